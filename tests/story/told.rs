//! What the service says, as a story shows it.

use serde_json::Value;

/// How much of an output is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Show {
    WithoutEvidence,
    WithEvidence,
    /// The whole CloudEvent.
    InFull,
}

pub enum Told {
    /// A CloudEvent in structured mode.
    Output(Value),
    /// A line that was not applied.
    Dead(String),
    /// A metric that the story asked for.
    Answer(String),
}

impl Told {
    pub fn text(&self, show: Show) -> String {
        match self {
            Told::Dead(text) | Told::Answer(text) => text.clone(),
            Told::Output(event) if show == Show::InFull => serde_json::to_string_pretty(event).expect("JSON serializes"),
            Told::Output(event) => {
                let mut text = summary(event);
                if show == Show::WithEvidence {
                    for evidence in event["data"]["evidence"].as_array().expect("every output has evidence, if none") {
                        text.push_str(&evidence_line(evidence));
                    }
                }
                text
            }
        }
    }
}

/// `2026-03-01T09:00Z  acme/crm  none → adopted, term  (event e1)`; `term` where one is in force, that is where `entitled` is true.
fn summary(event: &Value) -> String {
    let data = &event["data"];
    let text = |key: &str| data[key].as_str().expect("a text");
    let kind = event["type"].as_str().expect("a type");
    let what = match kind {
        "adoption.product_stage.changed" => {
            let term = if data["entitled"] == true { "term" } else { "no term" };
            format!("{} → {}, {term}", text("from"), text("to"))
        }
        "adoption.account_stage.changed" => format!("{} → {}, {} adopted", text("from"), text("to"), data["products_adopted"]),
        "adoption.band.changed" => {
            let band = |key: &str| data[key].as_str().unwrap_or("none").to_owned();
            format!("band {} {} → {}, {}", text("measure"), band("from"), band("to"), data["value"])
        }
        "adoption.segment.entered" => format!("segment {} entered", text("segment")),
        "adoption.segment.exited" => format!("segment {} exited", text("segment")),
        "adoption.milestone.achieved" => {
            let by = data["user"].as_str().map(|user| format!(" by {user}")).unwrap_or_default();
            format!("milestone {} achieved{by}", text("milestone"))
        }
        "adoption.play.outcome" => outcome(data),
        "adoption.play.suppressed" => format!("play {} suppressed by {}", text("rule"), names(&data["guards"])),
        _ => incident(kind, data),
    };
    let (time, subject) = (short_time(event["time"].as_str().expect("a time")), event["subject"].as_str().expect("a subject"));
    format!("{time}  {subject}  {what}  ({})", cause(&data["cause"]))
}

/// `alert usage_drop opens, to kim`, `play second_product closes: condition, open 3 days since 2026-03-01T00:00Z`
fn incident(kind: &str, data: &Value) -> String {
    let kind = kind.strip_prefix("adoption.").expect("an output's type");
    let (what, happened) = kind.split_once('.').expect("two parts");
    let verb = match happened {
        "opened" => "opens",
        "cleared" => "clears",
        "closed" => "closes",
        "held_out" => "held out",
        other => other,
    };
    let mut text = format!("{what} {} {verb}", data["rule"].as_str().expect("a rule"));
    if let Some(reason) = data["reason"].as_str() {
        let opened = short_time(data["opened"].as_str().expect("opened"));
        text.push_str(&format!(": {reason}, open {} days since {opened}", data["open_days"]));
    }
    if let Some(due) = data["due"].as_str() {
        text.push_str(&format!(", due {due}"));
    }
    if let Some(route) = data["route"].as_str() {
        text.push_str(&format!(", to {route}"));
    }
    if let Some(group) = data["group"].as_str() {
        text.push_str(&format!(", of {group}"));
    }
    if let Some(tasks) = data["tasks"].as_array().filter(|tasks| !tasks.is_empty()) {
        let tasks: Vec<String> = tasks.iter().map(task).collect();
        text.push_str(&format!(", tasks {}", tasks.join(", ")));
    }
    if data["overdue"] == true {
        text.push_str(", overdue");
    }
    if !data["tokens"].is_null() {
        text.push_str(&format!(", tokens {}", data["tokens"]));
    }
    if data["champions"].is_array() {
        text.push_str(&format!(", champions {}", names(&data["champions"])));
    }
    if let Some(triggered) = data["triggered"].as_str().filter(|_| happened != "triggered") {
        text.push_str(&format!(", triggered {}", short_time(triggered)));
    }
    text
}

/// `call for kim by 2026-03-08`; once it is told how it stands, `call done (no answer)`.
fn task(task: &Value) -> String {
    let id = task["id"].as_str().expect("an id");
    match task["state"].as_str() {
        Some(state) => format!("{id} {state}{}", task["reason"].as_str().map(|reason| format!(" ({reason})")).unwrap_or_default()),
        None => {
            let due = task["due"].as_str().map(|due| format!(" by {due}")).unwrap_or_default();
            format!("{id} for {}{due}", task["assignee"].as_str().unwrap_or("nobody"))
        }
    }
}

/// `play grow after 7 days: 3 → 5, change 2, better; opened 2026-03-01T12:00Z`
fn outcome(data: &Value) -> String {
    let text = |key: &str| data[key].as_str().expect("a text");
    let verdict = data["verdict"].as_str().map(|verdict| format!(", {verdict}")).unwrap_or_default();
    let held_out = if data["held_out"] == true { ", held out" } else { "" };
    let (rule, opened) = (text("rule"), short_time(text("opened")));
    let numbers = format!("{} → {}, change {}", data["baseline"], data["value"], data["change"]);
    format!("play {rule} after {} days: {numbers}{verdict}{held_out}; opened {opened}", data["day"])
}

fn names(names: &Value) -> String {
    let names: Vec<&str> = names.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// `    events("contact.created", 30) = 25  >= 25  2026-01-31..2026-03-01`, on a line of its own.
fn evidence_line(evidence: &Value) -> String {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (metric, operator) = (text(&evidence["metric"]), text(&evidence["operator"]));
    let mut line = format!("\n    {metric} = {}  {operator} {}", evidence["value"], evidence["threshold"]);
    if let Some(window) = evidence["window"].as_object() {
        line.push_str(&format!("  {}..{}", text(&window["from"]), text(&window["to"])));
    }
    line
}

fn cause(cause: &Value) -> String {
    let (kind, value) = cause.as_object().and_then(|cause| cause.iter().next()).expect("a cause is one of several");
    format!("{kind} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Seconds only where there are some.
fn short_time(time: &str) -> String {
    time.strip_suffix(":00Z").map_or_else(|| time.to_owned(), |minutes| format!("{minutes}Z"))
}
