//! Small inputs after reports from the field, in `tests/cases`, and what is right for each. All of one file but `common.yaml` is made up.

use std::sync::Arc;

use adoption_tracker::engine::{EngineSettings, start_of_day};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::Value;

/// 2100-01-01.
const WALL_MS: i64 = 4_102_444_800_000;

fn file(name: &str) -> String {
    let path = format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The outputs of a file, with the rules on products of a plain criterion, up to the start of a day.
fn outputs(input: &str, until: &str) -> Vec<Value> {
    // A rule that is about use alone reads a metric of its own.
    let yaml: String =
        file("common.yaml").lines().filter(|line| !line.starts_with("  usage_drop:")).map(|line| format!("{line}\n")).collect();
    let playbook = Playbook::load("common.yaml", &yaml).unwrap_or_else(|problems| panic!("{}", problems[0]));
    let until_ms = start_of_day(&playbook.time_zone, until.parse().expect("a date"));
    let options =
        ReplayOptions { until_ms: Some(until_ms), latest_ms: WALL_MS, max_record_bytes: 1 << 20, engine: EngineSettings::default() };
    let mut replay = Replay::new(Arc::new(playbook), options);
    for line in file(&format!("{input}.jsonl")).lines() {
        replay.line(line.as_bytes()).unwrap_or_else(|reject| panic!("{line}: {reject}"));
    }
    replay.finish();
    let mut outputs = Vec::new();
    replay.drain(|event| outputs.push(serde_json::from_str(&event.structured()).expect("outputs are JSON")));
    outputs
}

/// Each as `time subject what`, without those of the account's stage.
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

/// Two terms of 4 seats and 4 users: seats that lie idle, and no call to sell more.
#[test]
fn two_orders_of_a_product_are_as_many_seats_as_both() {
    let outputs = outputs("two-orders", "2026-10-10");
    assert_eq!(
        told(&outputs),
        [
            "2026-09-01T08:00:00Z acme/crm none → entitled",
            "2026-09-01T09:00:00Z acme/crm entitled → activated",
            "2026-09-15T09:00:00Z acme/crm activated → adopted",
            "2026-10-01T00:00:00Z acme/crm low_license_utilization opened",
        ]
    );
    let evidence = &outputs.last().expect("the alert")["data"]["evidence"];
    assert_eq!((&evidence[0]["metric"], &evidence[0]["value"]), (&Value::from("license_utilization(30)"), &Value::from(0.5)));
}

/// A term to 30 September, renewed on 3 October as from the 1st: nothing falls and nothing closes.
#[test]
fn a_renewal_that_is_booked_late_is_no_churn() {
    let outputs = outputs("late-renewal", "2026-10-14");
    assert_eq!(
        told(&outputs),
        [
            "2026-09-01T08:00:00Z acme/crm none → entitled",
            "2026-09-01T09:00:00Z acme/crm entitled → activated",
            "2026-09-05T09:00:00Z acme/crm activated → adopted",
            "2026-09-15T00:00:00Z acme/crm upsell opened",
        ]
    );
}

/// 12 seats are bought on 6 October: the call to sell more closes, and the new seats are not idle before 30 days are over.
#[test]
fn seats_that_were_just_bought_are_not_idle() {
    let outputs = outputs("seats-raised", "2026-10-20");
    assert_eq!(
        told(&outputs),
        [
            "2026-09-01T08:00:00Z acme/crm none → entitled",
            "2026-09-01T09:00:00Z acme/crm entitled → activated",
            "2026-09-15T00:00:00Z acme/crm upsell opened",
            "2026-09-15T09:00:00Z acme/crm activated → adopted",
            "2026-10-06T12:00:00Z acme/crm upsell closed",
        ]
    );
}
