//! `deploy/examples/history.jsonl`: eight customers over nine months, so that whatever the shipped playbook can say is said once at least. It is
//! written from `tests/examples/history.txt` by `UPDATE_EXAMPLES=1 cargo test --test examples`, and so are the excerpts in docs/walkthrough.md.

#[path = "story/lines.rs"]
mod lines;
#[path = "story/notation.rs"]
mod notation;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use adoption_tracker::playbook::{Playbook, RuleKind};
use serde_json::{Map, Value};

const HISTORY: &str = "deploy/examples/history.jsonl";
const WALKTHROUGH: &str = "docs/walkthrough.md";
/// Of the README's kind: it is to be looked at, not mined.
const HISTORY_BYTES_MAX: usize = 400_000;

/// The command of the walkthrough, without the program's name.
const COMMAND: [&str; 4] = ["replay", "--until", "2026-10-01", HISTORY];

/// What happens to segments, alerts, plays and campaigns, whatever they are called.
const KINDS: [&str; 15] = [
    "segment.exited",
    "alert.cleared",
    "play.held_out",
    "play.suppressed",
    "play.updated",
    "overdue",
    "play.outcome",
    "verdict better",
    "verdict same",
    "verdict worse",
    "closed for condition",
    "closed for no_longer_applies",
    "closed for tasks_done",
    "campaign.reached",
    "campaign.missed",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn is_update() -> bool {
    std::env::var_os("UPDATE_EXAMPLES").is_some()
}

/// The lines that the notation stands for, in order of time.
fn written() -> String {
    let lines = lines::lines(&read("tests/examples/history.txt"));
    let mut lines: Vec<(String, String)> = lines.map(|line| ordered(&line)).collect();
    // Those of one time stay in the order in which they were told.
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

/// A line's time, and the line with what all have in common first.
fn ordered(line: &[u8]) -> (String, String) {
    let mut fields: Map<String, Value> = serde_json::from_slice(line).expect("a JSON object");
    let mut ordered = Map::new();
    for key in ["type", "id", "time", "account"] {
        ordered.extend(fields.shift_remove(key).map(|value| (key.to_owned(), value)));
    }
    ordered.extend(fields);
    (ordered["time"].as_str().expect("a time").to_owned(), Value::Object(ordered).to_string())
}

/// What the command says, with these words besides.
fn replayed(more: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .args(COMMAND)
        .args(more)
        .current_dir(root())
        .env_clear()
        .output()
        .expect("the program of this crate can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.contains("(0 late), 0 duplicates, 0 dead"), "{errors}");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn outputs() -> Vec<Value> {
    replayed(&[])
}

/// How the targets stand at the end, one a line.
fn targets() -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet-of-the-walkthrough.json");
    replayed(&["--portfolio", file.to_str().expect("a path in UTF-8")]);
    let fleet: Value = serde_json::from_str(&std::fs::read_to_string(&file).expect("the portfolio is written")).expect("JSON");
    let targets = fleet["data"]["targets"].as_object().expect("targets");
    assert_eq!(targets.len(), Playbook::shipped().targets.len());
    let line = |(id, target): (&String, &Value)| {
        let bound = ["at_least", "at_most"].into_iter().find(|bound| !target[*bound].is_null()).expect("a bound");
        let met = match target["met"].as_bool() {
            None => "not known",
            Some(true) => "met",
            Some(false) => "not met",
        };
        // As many places as one looks at.
        let value = target["value"].as_f64().map_or("–".to_owned(), |value| format!("{:.2}", value).trim_end_matches(".00").to_owned());
        format!("{id:<18}  {value:>5}  {} {:<4}  {met}\n", bound.replace('_', " "), target[bound].to_string())
    };
    targets.iter().map(line).collect()
}

#[test]
fn the_history_is_what_its_notation_says() {
    let written = written();
    assert!(written.len() < HISTORY_BYTES_MAX, "{} bytes", written.len());
    if is_update() {
        std::fs::write(root().join(HISTORY), written).expect("the history can be written");
        return;
    }
    assert!(read(HISTORY) == written, "{HISTORY} is another: UPDATE_EXAMPLES=1 cargo test --test examples writes it anew");
}

/// What one output says, as the playbook names it: `segment enterprise`, `band depth: good`.
fn said(event: &Value) -> Vec<String> {
    let data = &event["data"];
    let text = |key: &str| data[key].as_str().unwrap_or("?").to_owned();
    let kind = event["type"].as_str().expect("a type").trim_start_matches("adoption.").to_owned();
    let what = match kind.as_str() {
        "product_stage.changed" => format!("product stage {}", text("to")),
        "account_stage.changed" => format!("account stage {}", text("to")),
        "band.changed" => format!("band {}: {}", text("measure"), text("to")),
        "segment.entered" => format!("segment {}", text("segment")),
        "milestone.achieved" => format!("milestone {}", text("milestone")),
        "alert.opened" => format!("alert {}", text("rule")),
        "play.opened" => format!("play {}", text("rule")),
        "campaign.triggered" => format!("campaign {}", text("rule")),
        "play.closed" => format!("closed for {}", text("reason")),
        "play.suppressed" => {
            let guards = data["guards"].as_array().expect("guards").iter().filter_map(Value::as_str);
            return guards.map(|guard| format!("guardrail {guard}")).chain([kind]).collect();
        }
        "play.outcome" if data["verdict"].is_string() => format!("verdict {}", text("verdict")),
        "play.updated" if data["overdue"] == true => "overdue".to_owned(),
        _ => return vec![kind],
    };
    vec![kind, what]
}

/// All that the shipped playbook may say.
fn sayable(playbook: &Playbook) -> BTreeSet<String> {
    let stages = ["none", "entitled", "activated", "adopted", "proficient", "integrated"].map(|stage| format!("product stage {stage}"));
    let account_stages = playbook.account_stages.iter().map(|stage| format!("account stage {}", stage.name));
    let bands = playbook.measures.iter().flat_map(|measure| measure.bands.iter().map(|band| format!("band {}: {}", measure.id, band.name)));
    let segments = playbook.segments.iter().map(|segment| format!("segment {}", segment.id));
    let milestones = playbook.milestones.iter().map(|milestone| format!("milestone {}", milestone.id));
    let rules = playbook.rules.iter().map(|rule| match rule.head.kind {
        RuleKind::Alert => format!("alert {}", rule.head.id),
        RuleKind::Play => format!("play {}", rule.head.id),
    });
    let campaigns = playbook.campaigns.iter().map(|campaign| format!("campaign {}", campaign.id));
    let guardrails = playbook.guardrails.iter().map(|guardrail| format!("guardrail {}", guardrail.id));
    let kinds = KINDS.map(str::to_owned);
    let others = campaigns.chain(guardrails).chain(kinds);
    stages.into_iter().chain(account_stages).chain(bands).chain(segments).chain(milestones).chain(rules).chain(others).collect()
}

#[test]
fn all_that_the_shipped_playbook_may_say_is_said() {
    let said: BTreeSet<String> = outputs().iter().flat_map(said).collect();
    let missing: Vec<String> = sayable(&Playbook::shipped()).into_iter().filter(|what| !said.contains(what)).collect();
    assert!(missing.is_empty(), "in {HISTORY} these never happen:\n  {}", missing.join("\n  "));
}

/// One line for each output: time, subject, what happened.
fn summary(event: &Value) -> String {
    let data = &event["data"];
    let text = |key: &str| data[key].as_str().unwrap_or("none").to_owned();
    let kind = event["type"].as_str().expect("a type").trim_start_matches("adoption.").to_owned();
    let mut what = match kind.as_str() {
        "product_stage.changed" | "account_stage.changed" => format!("{kind}: {} → {}", text("from"), text("to")),
        "band.changed" => format!("{kind}: {} {} → {}", text("measure"), text("from"), text("to")),
        "segment.entered" | "segment.exited" => format!("{kind}: {}", text("segment")),
        "milestone.achieved" => format!("{kind}: {}", text("milestone")),
        _ => format!("{kind}: {}", text("rule")),
    };
    let listed = |key: &str, text: &dyn Fn(&Value) -> Option<String>| {
        let items = data[key].as_array().into_iter().flatten().filter_map(text).collect::<Vec<_>>();
        (!items.is_empty()).then(|| items.join(", "))
    };
    what.extend(listed("guards", &|guard| Some(guard.as_str()?.to_owned())).map(|guards| format!(", held back by {guards}")));
    what.extend(
        listed("tasks", &|task| Some(format!("{} {}", task["id"].as_str()?, task["state"].as_str()?))).map(|tasks| format!(": {tasks}")),
    );
    what.extend((data["overdue"] == true).then_some(", overdue"));
    what.extend(data["day"].as_i64().map(|day| format!(", day {day}: {} → {}", data["baseline"], data["value"])));
    for key in ["reason", "verdict"] {
        what.extend(data[key].as_str().map(|value| format!(", {value}")));
    }
    let time = event["time"].as_str().expect("a time");
    format!("{}  {:<23}  {what}\n", time.strip_suffix(":00Z").unwrap_or(time), event["subject"].as_str().expect("a subject"))
}

/// The text of an excerpt. `SUBJECT FROM..TO [WORD…]`: what is said of the subject, and of its products and users where it ends with `/*`, on these
/// days, one line for each output that has one of the words in it; `full SUBJECT TYPE NAME`: the first such output, whole; `counts`: how many there
/// are of each type; `targets`: how those of all accounts stand at the end.
fn excerpt(outputs: &[Value], asked: &str) -> String {
    let words: Vec<&str> = asked.split(' ').collect();
    if asked == "targets" {
        return targets();
    }
    if asked == "counts" {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        outputs.iter().for_each(|event| *counts.entry(event["type"].as_str().expect("a type")).or_default() += 1);
        return counts.iter().map(|(kind, count)| format!("{count:>5}  {kind}\n")).collect();
    }
    if let ["full", subject, kind, name] = words[..] {
        let is_asked = |event: &&Value| {
            event["subject"] == subject
                && event["type"] == format!("adoption.{kind}")
                && ["rule", "segment", "milestone"].iter().any(|key| event["data"][*key] == name)
        };
        let event = outputs.iter().find(is_asked).unwrap_or_else(|| panic!("{asked}: there is none"));
        return serde_json::to_string_pretty(event).expect("JSON") + "\n";
    }
    let [subject, days, words @ ..] = &words[..] else { panic!("{asked}: expected SUBJECT FROM..TO WORD…") };
    let (from, to) = days.split_once("..").expect("FROM..TO");
    let lines = outputs.iter().filter(|event| {
        let of = event["subject"].as_str().expect("a subject");
        let day = &event["time"].as_str().expect("a time")[..10];
        let is_of = subject.strip_suffix("/*").map_or(of == *subject, |account| of.split('/').next() == Some(account));
        is_of && from <= day && day <= to
    });
    let lines = lines.map(summary).filter(|line| words.is_empty() || words.iter().any(|word| line.contains(word)));
    let text: String = lines.collect();
    assert!(!text.is_empty(), "{asked}: nothing is said");
    text
}

/// `<!-- output: ASKED -->`, a fence, and in it the excerpt.
#[test]
fn the_walkthrough_shows_what_the_program_says() {
    const MARK: &str = "<!-- output: ";
    let page = read(WALKTHROUGH);
    assert!(page.contains(&format!("adoption-tracker {}", COMMAND.join(" "))), "{WALKTHROUGH} shows the command that is tested");
    let outputs = outputs();
    let mut parts = page.split(MARK);
    let mut written = parts.next().expect("a beginning").to_owned();
    let mut shown = 0;
    for part in parts {
        let (asked, rest) = part.split_once(" -->\n").expect("a mark ends");
        let (fence, rest) = rest.split_once('\n').expect("a fence follows");
        assert!(fence.starts_with("```"), "{asked}: a fence follows");
        let (_, after) = rest.split_once("```\n").expect("the fence ends");
        written.push_str(&[MARK, asked, " -->\n", fence, "\n", &excerpt(&outputs, asked), "```\n", after].concat());
        shown += 1;
    }
    assert!(shown > 5, "{shown} excerpts");
    if is_update() {
        std::fs::write(root().join(WALKTHROUGH), written).expect("the page can be written");
        return;
    }
    assert!(
        page == written,
        "{WALKTHROUGH} shows other outputs than the program: UPDATE_EXAMPLES=1 cargo test --test examples writes them anew"
    );
}
