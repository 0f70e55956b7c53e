//! Input lines as a story writes them.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// The account whose events are ticks; what is said of it is not shown.
pub const CLOCK: &str = "clock";

/// One line of a story's input.
pub enum Step {
    /// Blank or a comment; a blank line to the service, so that lines keep their numbers.
    Nothing,
    Lines(Vec<Vec<u8>>),
    Ask {
        tick: Option<String>,
        account: String,
        questions: Vec<String>,
    },
    Until(String),
}

pub fn steps(input: &str) -> Vec<Step> {
    input.lines().map(|line| step(line.trim())).collect()
}

fn step(line: &str) -> Step {
    if line.is_empty() || line.starts_with('#') {
        return Step::Nothing;
    }
    if line.starts_with('{') {
        return Step::Lines(vec![line.as_bytes().to_vec()]);
    }
    if let Some(raw) = line.strip_prefix("raw ") {
        return Step::Lines(vec![bytes(raw)]);
    }
    if let Some(until) = line.strip_prefix("until ") {
        return Step::Until(until.to_owned());
    }
    if let Some(rest) = line.strip_prefix("ask ") {
        return ask(None, rest);
    }
    let (when, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}: expected a time and a type"));
    match rest.trim().split_once(' ').unwrap_or((rest.trim(), "")) {
        ("ask", rest) => ask(Some(tick(when)), rest),
        ("tick", "") => Step::Lines(vec![tick(when).into_bytes()]),
        (kind, rest) => Step::Lines(series(when, kind, rest)),
    }
}

fn ask(tick: Option<String>, rest: &str) -> Step {
    let (account, questions) = rest.trim().split_once(' ').unwrap_or_else(|| panic!("{rest}: expected an account and metrics"));
    let questions = questions.split(';').map(|question| question.trim().to_owned()).collect();
    Step::Ask { tick, account: account.to_owned(), questions }
}

/// An event of some other account, which does nothing but move the clock.
fn tick(when: &str) -> String {
    json!({"type": "touchpoint", "time": json_time(when), "account": CLOCK, "kind": "call"}).to_string()
}

/// `2026-03-01..2026-03-28` and a time is an event a day, each with an id of its own; with `/7` behind the last day, every seventh day.
fn series(when: &str, kind: &str, rest: &str) -> Vec<Vec<u8>> {
    let Some((first, last)) = when.split_once("..") else {
        return vec![event(&json_time(when), kind, rest, "").to_string().into_bytes()];
    };
    let (last, behind) = last.split_at("2026-03-28".len());
    let (every, time) = behind.strip_prefix('/').map_or(("1", behind), |every| every.split_at(every.find('T').unwrap_or(every.len())));
    let every: i32 = every.parse().unwrap_or_else(|_| panic!("{every}: expected a number of days"));
    let [first, last]: [Date; 2] = [first, last].map(|date| date.parse().unwrap_or_else(|_| panic!("{date}: expected a date")));
    let days = first.series(every.days()).take_while(|day| *day <= last);
    let on = |day: Date| event(&json_time(&format!("{day}{time}")), kind, rest, &format!("-{day}"));
    days.map(|day| on(day).to_string().into_bytes()).collect()
}

fn event(time: &Value, kind: &str, rest: &str, id_suffix: &str) -> Value {
    let mut fields = Map::new();
    fields.insert("type".to_owned(), json!(kind));
    fields.insert("time".to_owned(), time.clone());
    let mut words = Vec::new();
    for word in rest.split_whitespace() {
        if let Some(id) = word.strip_prefix('#') {
            fields.insert("id".to_owned(), json!(format!("{id}{id_suffix}")));
        } else if let Some(quantity) = word.strip_prefix('x').and_then(|digits| digits.parse::<u64>().ok()) {
            fields.insert("quantity".to_owned(), json!(quantity));
        } else if let Some((key, value)) = word.split_once('=') {
            fields.insert(key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| json!(value)));
        } else {
            words.push(word);
        }
    }
    assert!(id_suffix.is_empty() || fields.contains_key("id"), "{rest}: the events of a series need an id");
    let names = positions(kind);
    assert!(words.len() <= names.len() + 1, "{rest}: more words than {kind} has places");
    for (name, word) in std::iter::once(&"account").chain(names).zip(words) {
        let value = match *name {
            "value" | "score" => serde_json::from_str(word).expect("a number"),
            "products" => json!(word.split('>').collect::<Vec<_>>()),
            _ => json!(word),
        };
        fields.insert((*name).to_owned(), value);
    }
    if let Some(connection) = fields.remove("connection") {
        let (from, to) = connection.as_str().and_then(|text| text.split_once('>')).expect("from>to");
        fields.insert("from".to_owned(), json!(from));
        fields.insert("to".to_owned(), json!(to));
    }
    Value::Object(fields)
}

/// The fields that a type's words stand for, after the account.
fn positions(kind: &str) -> &'static [&'static str] {
    match kind {
        "usage" => &["product", "feature"],
        "gauge" => &["product", "name", "value"],
        "entitlement" => &["product", "status"],
        "user" => &["user"],
        "integration" => &["connection", "status"],
        "workflow" => &["name", "products"],
        "touchpoint" => &["kind"],
        "nps" => &["user", "score"],
        "task" => &["task", "status"],
        _ => &[],
    }
}

fn json_time(when: &str) -> Value {
    if when.bytes().all(|byte| byte.is_ascii_digit()) {
        return json!(when.parse::<i64>().expect("milliseconds"));
    }
    json!(time(when))
}

/// A date alone is noon in UTC; a time may leave its seconds out.
pub fn time(when: &str) -> String {
    let Some((date, clock)) = when.split_once('T') else { return format!("{when}T12:00:00Z") };
    let (minutes, rest) = clock.split_at("09:00".len());
    if rest.starts_with(':') { when.to_owned() } else { format!("{date}T{minutes}:00{rest}") }
}

/// `\xff` is the byte; everything else stands for itself.
fn bytes(raw: &str) -> Vec<u8> {
    let mut parts = raw.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits"));
        bytes.extend(rest.as_bytes());
    }
    bytes
}
