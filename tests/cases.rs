//! Inputs from the field, each after a public report, with made-up names: `tests/cases/NAME.jsonl` and the playbook beside it. A test for each
//! says what is right.

use std::path::Path;
use std::sync::Arc;

use adoption_tracker::engine::{EngineSettings, start_of_day};
use adoption_tracker::input::{Reason, Reject};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::Value;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What came of a case.
struct Case {
    /// CloudEvents, in order.
    outputs: Vec<Value>,
    /// Lines that were not applied, by number.
    dead: Vec<(u64, Reject)>,
}

/// Replays NAME.jsonl until a date in the playbook's zone.
fn case(name: &str, playbook: &str, until: &str) -> Case {
    let playbook = Playbook::load(name, playbook).unwrap_or_else(|problems| panic!("{name}: {}", problems[0]));
    let until_ms = start_of_day(&playbook.time_zone, until.parse().expect("a date"));
    let engine = EngineSettings::default();
    let options = ReplayOptions { until_ms: Some(until_ms), latest_ms: until_ms, max_record_bytes: 1 << 20, engine };
    let mut replay = Replay::new(Arc::new(playbook), options);
    let mut case = Case { outputs: Vec::new(), dead: Vec::new() };
    for (number, line) in (1..).zip(file(&format!("{name}.jsonl")).lines()) {
        if let Err(reject) = replay.line(line.as_bytes()) {
            case.dead.push((number, reject));
        }
    }
    replay.finish();
    replay.drain(|output| case.outputs.push(serde_json::from_str(&output.structured()).expect("outputs are JSON")));
    case
}

/// Each output as `time subject what`, without those of the account's stage.
fn told(outputs: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |output: &Value| {
        let data = &output["data"];
        let what = if data["rule"].is_null() {
            format!("{} → {}", text(&data["from"]), text(&data["to"]))
        } else {
            format!("{} {}", text(&data["rule"]), text(&output["type"]).rsplit('.').next().unwrap_or_default())
        };
        format!("{} {} {what}", text(&output["time"]), text(&output["subject"]))
    };
    outputs.iter().filter(|output| output["type"] != "adoption.account_stage.changed").map(one).collect()
}

/// A playbook without what stands behind its products.
fn products_alone(yaml: &str) -> &str {
    yaml.split_once("\nstages:").map_or(yaml, |(before, _)| before)
}

/// Sixteen rows as exporters write them. What is taken is what the row means; what is refused is told with its mend.
#[test]
fn exporters() {
    let case = case("exporters", products_alone(&file("common.yaml")), "2026-09-03");
    let mends = [
        (6, Reason::OutOfRange, "/quantity", "leave out what was not done"),
        (7, Reason::OutOfRange, "/quantity", "what was counted cannot be taken back"),
        (8, Reason::WrongType, "/starts", "leave the time of day away: 2026-09-01"),
        (9, Reason::OutOfRange, "/status", "expected one of active, trialing, ended, found \"past_due\""),
        (10, Reason::OutOfRange, "/status", "did you mean active?"),
        (11, Reason::WrongType, "/time", "it has no offset: append Z where it is UTC"),
        (12, Reason::WrongType, "/time", "it has no offset: append Z where it is UTC"),
        (16, Reason::MissingField, "/type", "set value.converter.schemas.enable=false"),
    ];
    assert_eq!(case.dead.len(), mends.len(), "{:?}", case.dead);
    for ((line, reject), (expected_line, reason, pointer, mend)) in case.dead.iter().zip(mends) {
        assert_eq!((*line, reject.reason, reject.pointer.as_str()), (expected_line, reason, pointer));
        assert!(reject.message.contains(mend), "line {line}: {reject}");
    }
    // The number 1042 is an account. Of the other rows all that are taken are acme's, that of a CloudEvent with its `subject` alone, too.
    assert_eq!(
        told(&case.outputs),
        [
            "2026-09-01T08:00:00Z acme/crm none → entitled",
            "2026-09-01T09:00:00Z acme/crm entitled → activated",
            "2026-09-01T09:00:00Z 1042/crm none → activated",
        ]
    );
}

/// A time in Unix seconds lies in January 1970: no entitlement of long ago, whose seats are idle at once, but a mistake that is told.
#[test]
fn seconds() {
    let case = case("seconds", &file("seconds.yaml"), "2026-09-10");
    let [(2, reject)] = &case.dead[..] else { panic!("{:?}", case.dead) };
    assert_eq!((reject.reason, reject.pointer.as_str()), (Reason::OutOfRange, "/time"));
    assert!(reject.message.ends_with("found 1788249600; are these seconds? In milliseconds they are 1788249600000"), "{reject}");
    assert_eq!(told(&case.outputs), ["2026-09-01T09:00:00Z acme/crm none → adopted"]);
}
