//! Inputs from the field, each after a public report, with made-up names: `tests/cases/NAME.jsonl` and the playbook beside it. A test for each
//! says what is right.

use std::path::Path;
use std::sync::Arc;

use adoption_tracker::engine::{EngineSettings, start_of_day};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::Value;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The outputs of NAME.jsonl up to the start of a day in the playbook's zone.
fn outputs(name: &str, playbook: &str, until: &str) -> Vec<Value> {
    let playbook = Playbook::load(name, playbook).unwrap_or_else(|problems| panic!("{name}: {}", problems[0]));
    let until_ms = start_of_day(&playbook.time_zone, until.parse().expect("a date"));
    let engine = EngineSettings::default();
    let options = ReplayOptions { until_ms: Some(until_ms), latest_ms: until_ms, max_record_bytes: 1 << 20, engine };
    let mut replay = Replay::new(Arc::new(playbook), options);
    for line in file(&format!("{name}.jsonl")).lines() {
        replay.line(line.as_bytes()).unwrap_or_else(|reject| panic!("{line}: {reject}"));
    }
    replay.finish();
    let mut outputs = Vec::new();
    replay.drain(|output| outputs.push(serde_json::from_str(&output.structured()).expect("outputs are JSON")));
    outputs
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

/// The rule about use, on the products of the common playbook: the others are about terms.
fn usage_drop() -> String {
    let yaml = file("common.yaml");
    let (before, _) = yaml.split_once("  low_license_utilization:").expect("the rule after it");
    before.lines().filter(|line| !line.starts_with("stages:")).map(|line| format!("{line}\n")).collect()
}

/// Whether the case would alarm by the size of a change alone, as the first rule did.
fn alarms_by_size_alone(name: &str, until: &str) -> bool {
    let by_size = usage_drop().replace(" && usage_shift(14) <= -2.5", "").replace(", for_days: 1", "");
    let by_size = by_size.replace("version: 1\n", "version: 1\nmin_active_days: 1\n");
    told(&outputs(name, &by_size, until)).iter().any(|line| line.contains("usage_drop"))
}

/// Two days of 14 have use or three of them, by the day on which one looks: neither is a history.
#[test]
fn use_on_exactly_every_fifth_day_has_no_drop() {
    assert!(alarms_by_size_alone("every-fifth-day", "2026-11-15"));
    let outputs = outputs("every-fifth-day", &usage_drop(), "2026-11-15");
    assert_eq!(told(&outputs), ["2026-09-01T09:00:00Z acme/crm none → activated", "2026-09-11T09:00:00Z acme/crm activated → adopted"]);
}

/// Twenty thousand actions in one hour, then forty a day as before: one day that differs is no sure change.
#[test]
fn a_bulk_import_is_no_drop_once_it_is_over() {
    assert!(alarms_by_size_alone("bulk-import", "2026-10-31"));
    let told = told(&outputs("bulk-import", &usage_drop(), "2026-10-31"));
    assert!(told.iter().any(|line| line.ends_with("activated → adopted")), "{told:?}");
    assert!(told.iter().all(|line| !line.contains("usage_drop")), "{told:?}");
}

/// Payroll, at the end of each month: between two of them lie up to 30 days without use.
#[test]
fn a_monthly_product_stays_adopted() {
    let outputs = outputs("monthly-product", &file("monthly-product.yaml"), "2027-01-20");
    assert_eq!(
        told(&outputs),
        ["2026-09-01T08:00:00Z acme/payroll none → entitled", "2026-09-29T14:00:00Z acme/payroll entitled → adopted",]
    );
}

/// Seven users and five in alternate weeks: `clear_days` holds what would open and clear each fortnight.
#[test]
fn a_number_of_users_that_hovers_alarms_once_where_the_clear_must_hold() {
    let outputs = outputs("hovering", &file("hovering.yaml"), "2026-11-24");
    let of_rule = |rule: &str| -> Vec<String> {
        let of_rule = outputs.iter().filter(|output| output["data"]["rule"] == rule);
        of_rule.map(|output| output["type"].as_str().unwrap_or_default().rsplit('.').next().unwrap_or_default().to_owned()).collect()
    };
    let few_users = of_rule("few_users");
    let by_turns = ["opened", "cleared"].iter().cycle().take(few_users.len());
    assert!(few_users.len() >= 10 && few_users.iter().eq(by_turns), "{few_users:?}");
    assert_eq!(of_rule("few_users_held"), ["opened"]);
}
