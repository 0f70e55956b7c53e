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
    replayed(name, &file(&format!("{name}.jsonl")), playbook, until)
}

fn replayed(name: &str, lines: &str, playbook: &str, until: &str) -> Case {
    let playbook = Playbook::load(name, playbook).unwrap_or_else(|problems| panic!("{name}: {}", problems[0]));
    let until_ms = start_of_day(&playbook.time_zone, until.parse().expect("a date"));
    let engine = EngineSettings::default();
    let options = ReplayOptions { until_ms: Some(until_ms), latest_ms: until_ms, max_record_bytes: 1 << 20, engine, portfolio: false };
    let mut replay = Replay::new(Arc::new(playbook), options);
    let mut case = Case { outputs: Vec::new(), dead: Vec::new() };
    for (number, line) in (1..).zip(lines.lines()) {
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

/// The shipped rules, on products with a plain criterion.
fn common() -> String {
    file("common.yaml")
}

/// All lines of a case are applied: its outputs with the shipped rules.
fn outputs(name: &str, playbook: &str, until: &str) -> Vec<Value> {
    let case = case(name, playbook, until);
    assert_eq!(case.dead, [], "{name}");
    case.outputs
}

/// Whether the case would alarm by the size of a change alone, as the first rule did.
fn alarms_by_size_alone(name: &str, until: &str) -> bool {
    let by_size = common().replace(" && usage_shift(14) <= -2.5", "").replace(", for_days: 1", "");
    let by_size = by_size.replace("version: 1\n", "version: 1\nmin_active_days: 1\n");
    told(&outputs(name, &by_size, until)).iter().any(|line| line.contains("usage_drop"))
}

/// Two days of 14 have use or three of them, by the day on which one looks: neither is a history.
#[test]
fn use_on_exactly_every_fifth_day_has_no_drop() {
    assert!(alarms_by_size_alone("every-fifth-day", "2026-11-15"));
    let outputs = outputs("every-fifth-day", &common(), "2026-11-15");
    assert_eq!(told(&outputs), ["2026-09-01T09:00:00Z acme/crm none → activated", "2026-09-11T09:00:00Z acme/crm activated → adopted"]);
}

/// Twenty thousand actions in one hour, then forty a day as before: one day that differs is no sure change.
#[test]
fn a_bulk_import_is_no_drop_once_it_is_over() {
    assert!(alarms_by_size_alone("bulk-import", "2026-10-31"));
    let told = told(&outputs("bulk-import", &common(), "2026-10-31"));
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
/// Two terms of 4 seats and 4 users: seats that lie idle, and no call to sell more.
#[test]
fn two_orders_of_a_product_are_as_many_seats_as_both() {
    let outputs = outputs("two-orders", &common(), "2026-10-10");
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
    let outputs = outputs("late-renewal", &common(), "2026-10-14");
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
    let outputs = outputs("seats-raised", &common(), "2026-10-20");
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
/// Sixteen rows as exporters write them. What is taken is what the row means; what is refused is told with its mend.
#[test]
fn exporters() {
    let case = case("exporters", &common(), "2026-09-03");
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
/// 20 actions each fourth day, and one row of bolt 38 days ahead: acme has what it has without that row. bolt's own days have moved, and its rows
/// behind are late.
#[test]
fn a_row_that_lies_ahead_moves_its_own_account_alone() {
    let all = outputs("future-row", &common(), "2026-10-31");
    let of = |outputs: &[Value], account: &str| -> Vec<String> {
        told(outputs).into_iter().filter(|line| line.contains(&format!(" {account}/"))).collect()
    };
    let without: String =
        file("future-row.jsonl").lines().filter(|line| !line.contains("2026-10-29T09:30")).map(|line| format!("{line}\n")).collect();
    let without = replayed("without", &without, &common(), "2026-10-31").outputs;
    assert!(!of(&all, "acme").is_empty());
    assert_eq!(of(&all, "acme"), of(&without, "acme"));
    assert_eq!(
        of(&all, "bolt"),
        [
            "2026-09-01T08:00:00Z bolt/crm none → entitled",
            "2026-09-01T09:00:00Z bolt/crm entitled → activated",
            "2026-09-09T09:00:00Z bolt/crm activated → adopted",
            // The days up to the row ahead, without use.
            "2026-10-01T00:00:00Z bolt/crm low_license_utilization opened",
            "2026-10-05T00:00:00Z bolt/crm adopted → activated",
            "2026-10-28T00:00:00Z bolt/crm activated → entitled",
            "2026-10-29T09:30:00Z bolt/crm entitled → activated",
            // What comes late behind it.
            "2026-10-07T09:00:00Z bolt/crm activated → adopted",
        ]
    );
}

/// Today's row, then 60 days of history: what is late opens nothing, and may raise a stage.
#[test]
fn a_backfill_behind_todays_row_raises_no_alarm() {
    let told = told(&outputs("backfill", &common(), "2026-11-01"));
    assert_eq!(told, ["2026-10-31T09:00:00Z acme/crm none → activated", "2026-10-05T09:00:00Z acme/crm activated → adopted"],);
}

/// Each day's use comes at six of the next; four nights fail, and then all comes. With days left to the feed nothing opens at all; without, nothing
/// opens by what comes late, and no clearing is told to be before its opening.
#[test]
fn a_feed_that_failed_for_four_nights_is_no_drop() {
    let drops = |playbook: &str| -> Vec<String> {
        told(&outputs("batch-feed", playbook, "2026-10-22")).into_iter().filter(|line| line.contains("usage_drop")).collect()
    };
    let settled = common().replace("version: 1\n", "version: 1\nsettle_days: 4\n");
    assert_eq!(drops(&settled), [""; 0]);
    assert_eq!(drops(&common()), [""; 0]);
}
