//! The oracle's own sanity.

use super::decode::decode;
use super::number::Frac;
use super::zone::{Zone, day_from_date, day_text, instant_text, parse_instant};
use super::{Line, Options, Oracle, compare_key, stream, until_instant};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn run(playbook: &str, lines: &[String], until: &str) -> Oracle {
    let until = until_instant(playbook, until).unwrap();
    let options = Options { until: Some(until), wall_ms: 0, max_skew_ms: 3_600_000, dedupe_ids: 0, clock_witnesses: 1 };
    let mut oracle = Oracle::new(playbook, options).unwrap();
    for (i, text) in lines.iter().enumerate() {
        oracle.line(Line { number: i as u64 + 1, text: text.as_bytes() });
    }
    oracle.finish();
    oracle
}

/// `type subject from>to @time` and the like, short enough to read.
fn brief(oracle: &Oracle) -> Vec<String> {
    let short = |o: &Value| {
        let data = &o["data"];
        let what = if data["rule"].is_string() {
            let opened = if data["overdue"] == true { "overdue" } else { "opened" };
            format!("{} {}", data["rule"].as_str().unwrap(), data["reason"].as_str().unwrap_or(opened))
        } else {
            format!("{}>{}", data["from"].as_str().unwrap(), data["to"].as_str().unwrap())
        };
        format!("{} {what} {}", o["subject"].as_str().unwrap(), o["time"].as_str().unwrap())
    };
    oracle.outputs().iter().map(short).collect()
}

pub fn line(time: &str, mut rest: Value) -> String {
    rest["time"] = json!(time);
    rest["account"] = json!("a");
    rest.to_string()
}

#[test]
fn fractions_and_doubles() {
    let f = |text: &str| Frac::decimal(text).unwrap();
    assert_eq!(f("0.6").compare(&Frac::ratio(3, 5).unwrap()), std::cmp::Ordering::Equal);
    assert_eq!(f("1e3").compare(&f("1000.0")), std::cmp::Ordering::Equal);
    for text in ["0.1", "0.3333333333333333333", "123456789012345678901.5", "0.30000000000000004", "9007199254740993.5", "2.5e-7"] {
        assert_eq!(f(text).to_f64(), text.parse::<f64>().unwrap(), "{text}");
    }
}

#[test]
fn days_start_at_the_earliest_instant_that_shows_them_or_a_later_one() {
    let at = |text: &str| parse_instant(text).unwrap().unwrap();
    let day = |y, m, d| day_from_date(y, m, d).unwrap();
    let check = |zone: &str, date: (i64, i64, i64), start: &str| {
        let zone = Zone::get(zone).unwrap();
        let d = day(date.0, date.1, date.2);
        assert_eq!(instant_text(zone.start_of(d)), start);
        assert!(zone.day_of(at(start)) >= d);
        assert!(zone.day_of(at(start) - 1) < d);
    };
    check("UTC", (2024, 2, 29), "2024-02-29T00:00:00Z");
    check("America/Sao_Paulo", (2018, 11, 4), "2018-11-04T03:00:00Z"); // begins at 01:00
    check("America/Sao_Paulo", (2019, 2, 17), "2019-02-17T03:00:00Z"); // after 23:00 came twice
    check("Pacific/Apia", (2011, 12, 30), "2011-12-30T10:00:00Z"); // there was none
    check("Pacific/Apia", (2011, 12, 31), "2011-12-30T10:00:00Z");
    check("Australia/Lord_Howe", (2023, 10, 2), "2023-10-01T13:00:00Z");
    // 00:01 on the 7th was followed by 23:01 on the 6th: the 7th had begun.
    check("America/St_Johns", (2010, 11, 7), "2010-11-07T02:30:00Z");
    assert_eq!(Zone::get("America/St_Johns").unwrap().day_of(at("2010-11-07T02:45:00Z")), day(2010, 11, 7));
    for zone in ["Africa/Cairo", "America/Havana", "Asia/Tehran", "Asia/Beirut", "America/St_Johns", "Pacific/Apia"] {
        let zone = Zone::get(zone).unwrap();
        for d in day(2010, 1, 1)..day(2012, 6, 1) {
            let start = zone.start_of(d);
            assert!(zone.day_of(start) >= d && zone.day_of(start - 1) < d, "{}", day_text(d));
        }
    }
}

#[test]
fn bad_lines_have_the_class_they_say() {
    for (text, class) in stream::bad_lines(1_700_000_000_000) {
        let found = decode(text.as_bytes()).err().unwrap_or("");
        let class = if class == "from_the_future" { "" } else { class };
        assert_eq!(found, class, "{text}");
    }
    assert_eq!(decode(b"{\"type\":\"\xff\"}").err(), Some("invalid_utf8"));
}

const PLAYBOOK: &str = r#"
version: 1
products:
  crm:
    features: {f: {module: m, tier: core}, g: {module: m, tier: advanced}}
    adopted: events("f") >= 3
  hub: {}
stages: {hold_days: 2}
alerts:
  quiet: {scope: product, open: days_since_use >= 3, for_days: 1, cooldown_days: 10}
plays:
  second: {scope: account, open: products_adopted == 1, due_days: 5}
"#;

#[test]
fn a_product_rises_falls_silent_and_falls() {
    let lines = [
        line("2024-01-01T10:00:00Z", json!({"type": "usage", "product": "crm", "feature": "f", "quantity": 2})),
        line("2024-01-02T10:00:00.5+01:00", json!({"type": "usage", "product": "crm", "feature": "f", "id": "x"})),
    ];
    let oracle = run(PLAYBOOK, &lines, "2024-01-13");
    assert_eq!(
        brief(&oracle),
        [
            "a/crm none>activated 2024-01-01T10:00:00Z",
            "a/crm activated>adopted 2024-01-02T09:00:00.500Z",
            "a not_adopted>single_product 2024-01-02T09:00:00.500Z",
            "a second opened 2024-01-02T09:00:00.500Z",
            // D − 2 ≥ 3 on the 5th, for a day: the 6th.
            "a/crm quiet opened 2024-01-06T00:00:00Z",
            "a second overdue 2024-01-08T00:00:00Z",
            // Seven days without use on the 9th, held two days.
            "a/crm adopted>activated 2024-01-11T00:00:00Z",
            "a single_product>not_adopted 2024-01-11T00:00:00Z",
            "a second condition 2024-01-11T00:00:00Z",
        ]
    );
    let down = &compare_key(&oracle.outputs()[6])["data"];
    assert_eq!(
        down["evidence"],
        json!([
            {"metric": "events(\"f\", 30)", "operator": ">=", "threshold": 3.0, "value": 3.0,
             "window": {"from": "2023-12-13", "to": "2024-01-11"}},
            {"metric": "active_days(7)", "operator": ">=", "threshold": 1.0, "value": 0.0,
             "window": {"from": "2024-01-05", "to": "2024-01-11"}},
        ])
    );
    assert_eq!(oracle.outputs()[3]["data"]["due"], "2024-01-07");
    assert_eq!(oracle.outputs()[1]["data"]["cause"], json!({"event": "x"}));
    assert_eq!(oracle.outputs()[8]["data"]["open_days"], 9);
    assert_eq!(oracle.metric("a", Some("crm"), "days_since_use"), json!(11));
}

#[test]
fn terms_wait_end_and_follow_each_other() {
    let entitlement = |time: &str, rest: Value| {
        let mut body = json!({"type": "entitlement", "product": "crm", "status": "active"});
        for (k, v) in rest.as_object().unwrap() {
            body[k] = v.clone();
        }
        line(time, body)
    };
    let lines = [
        entitlement("2024-01-01T10:00:00Z", json!({"starts": "2024-01-03", "ends": "2024-01-05", "seats": 4})),
        entitlement("2024-01-04T10:00:00Z", json!({"starts": "2024-01-06", "ends": "2024-01-09"})),
    ];
    let oracle = run(PLAYBOOK, &lines, "2024-01-09");
    assert_eq!(brief(&oracle), ["a/crm none>entitled 2024-01-03T00:00:00Z"]);
    assert_eq!(oracle.metric("a", Some("crm"), "entitled_days"), json!(6));
    assert_eq!(oracle.metric("a", Some("crm"), "seats"), Value::Null);
    let oracle = run(PLAYBOOK, &lines, "2024-01-12");
    assert_eq!(brief(&oracle), ["a/crm none>entitled 2024-01-03T00:00:00Z", "a/crm entitled>none 2024-01-10T00:00:00Z"]);
    let mut lines = lines.to_vec();
    lines.push(entitlement("2024-01-04T11:00:00Z", json!({"status": "ended", "starts": "2030-01-01"})));
    let oracle = run(PLAYBOOK, &lines, "2024-01-12");
    assert_eq!(brief(&oracle), ["a/crm none>entitled 2024-01-03T00:00:00Z", "a/crm entitled>none 2024-01-04T11:00:00Z"]);
}

#[test]
fn a_new_zone_counts_from_the_next_boundary_on() {
    let lines = [
        line("2024-01-01T12:00:00Z", json!({"type": "account", "time_zone": "Pacific/Kiritimati"})),
        line("2024-01-01T12:00:00Z", json!({"type": "touchpoint", "kind": "call"})),
        line("2023-12-31T23:00:00Z", json!({"type": "usage", "product": "crm"})),
    ];
    let oracle = run(PLAYBOOK, &lines, "2024-01-01");
    // Until is midnight of the 1st: everything but the last line is from the future.
    assert_eq!(oracle.dead_letters().len(), 2);
    let oracle = run(PLAYBOOK, &lines, "2024-01-02");
    assert_eq!(oracle.day("a").unwrap(), "2024-01-02");
    assert_eq!(oracle.metric("a", None, "observed_days"), json!(1));
    assert_eq!(oracle.metric("a", None, "days_since_touchpoint"), json!(0));
    assert_eq!(oracle.metric("a", Some("crm"), "days_since_use"), json!(1));
}

const RULES: &str = r#"
version: 1
products:
  crm: {adopted: 'events >= 5'}
stages: {hold_days: 0, ladder: highest, regular_use: 'events >= 0'}
alerts:
  level: {scope: account, open: 'crm.gauge("g") >= 1 && !(industry == "x")', clear: 'crm.gauge("g") <= 2 && employees > 0', for_days: 1, cooldown_days: 3}
  half: {scope: product, open: 'license_utilization(7) == 0.5 || arr / 0 > 1'}
"#;

#[test]
fn incidents_wait_cool_down_and_never_open_while_clear_is_true() {
    let gauge = |time: &str, value: f64| line(time, json!({"type": "gauge", "product": "crm", "name": "g", "value": value}));
    let lines = [
        gauge("2024-01-01T10:00:00Z", 3.0), // `industry` is missing: unknown
        line("2024-01-02T10:00:00Z", json!({"type": "account", "industry": "y"})), // S = 2nd
        line("2024-01-03T10:00:00Z", json!({"type": "account", "employees": 5})),
        gauge("2024-01-04T10:00:00Z", 2.0), // open and clear: clears, S forgotten
        gauge("2024-01-04T11:00:00Z", 3.0), // S = 4th; cool on the 7th
        gauge("2024-01-04T09:00:00Z", 0.0), // late: not the latest
        line("2024-01-20T09:00:00Z", json!({"type": "account", "industry": null})), // unknown clears nothing
    ];
    assert_eq!(
        brief(&run(RULES, &lines, "2024-01-21")),
        ["a level opened 2024-01-03T00:00:00Z", "a level condition 2024-01-04T10:00:00Z", "a level opened 2024-01-07T00:00:00Z",]
    );
}

#[test]
fn internal_users_duplicates_and_ratios() {
    let usage =
        |time: &str, user: &str, id: &str| line(time, json!({"type": "usage", "product": "crm", "user": user, "quantity": 2, "id": id}));
    let mut lines = vec![
        line("2024-01-01T08:00:00Z", json!({"type": "entitlement", "product": "crm", "status": "trialing", "seats": 4})),
        usage("2024-01-01T10:00:00Z", "u1", "1"),
        usage("2024-01-01T10:00:00Z", "u1", "1"),
        line("2024-01-01T11:00:00Z", json!({"type": "user", "user": "u1", "internal": true})),
        usage("2024-01-01T12:00:00Z", "u1", "2"),
        usage("2024-01-02T12:00:00Z", "u2", "3"),
        usage("2024-01-02T12:00:00Z", "u3", "4"),
    ];
    let go = |lines: &[String], dedupe_ids: usize| {
        let until = Some(until_instant(RULES, "2024-01-03").unwrap());
        let options = Options { until, wall_ms: 0, max_skew_ms: 0, dedupe_ids, clock_witnesses: 1 };
        let mut oracle = Oracle::new(RULES, options).unwrap();
        for (i, text) in lines.iter().enumerate() {
            oracle.line(Line { number: i as u64 + 1, text: text.as_bytes() });
        }
        oracle
    };
    let oracle = go(&lines, 0);
    assert_eq!(oracle.metric("a", Some("crm"), "events(7)"), json!(8));
    // u1's use is in the sum, and u1 in no count: 2 over 4 days, of 2 users.
    assert_eq!(oracle.metric("a", Some("crm"), "stickiness(4)"), json!(0.25));
    assert_eq!(oracle.metric("a", None, "crm.license_utilization(1)"), json!(0.5));
    assert_eq!(
        brief(&oracle),
        [
            "a/crm none>entitled 2024-01-01T08:00:00Z",
            "a/crm entitled>activated 2024-01-01T10:00:00Z",
            "a/crm activated>adopted 2024-01-02T12:00:00Z",
            "a not_adopted>single_product 2024-01-02T12:00:00Z",
            "a/crm half opened 2024-01-02T12:00:00Z",
        ]
    );
    let oracle = go(&lines, 10);
    assert_eq!(oracle.metric("a", Some("crm"), "events(7)"), json!(6));
    // `integrations` alone is enough for the highest stage; the end of the term is the end of all.
    lines.push(line("2024-01-02T13:00:00Z", json!({"type": "integration", "from": "other", "to": "crm", "status": "connected"})));
    lines.push(line("2024-01-02T14:00:00Z", json!({"type": "entitlement", "product": "crm", "status": "ended"})));
    let oracle = go(&lines, 0);
    assert_eq!(
        brief(&oracle)[5..],
        [
            "a/crm adopted>integrated 2024-01-02T13:00:00Z",
            "a/crm integrated>none 2024-01-02T14:00:00Z",
            "a single_product>not_adopted 2024-01-02T14:00:00Z",
            "a/crm half no_longer_applies 2024-01-02T14:00:00Z",
        ]
    );
    let stage = &oracle.outputs()[7]["data"]["evidence"];
    assert_eq!(*stage, json!([{"metric": "products_adopted", "value": 0, "operator": ">=", "threshold": 1}]));
}

#[test]
fn changes_need_volume_and_an_early_first_use() {
    let usage = |day: i64, quantity: i64| {
        line(&format!("2024-01-{day:02}T10:00:00Z"), json!({"type": "usage", "product": "crm", "quantity": quantity}))
    };
    let lines = [usage(1, 15), usage(3, 5), usage(5, 12), usage(9, 1)];
    let rules = format!("min_active_days: 2\n{RULES}");
    let at = |until: &str, text: &str| run(&rules, &lines, until).metric("a", Some("crm"), text);
    assert_eq!(at("2024-01-09", "usage_change(4)"), json!(-0.4)); // 5..=8 against 1..=4
    assert_eq!(at("2024-01-09", "frequency_change(4)"), json!(-0.5));
    assert_eq!(at("2024-01-09", "usage_shift(4)"), json!(-8.0 / 24f64.sqrt())); // −3, 0, −5, 0: B is 72
    assert_eq!(run(RULES, &lines, "2024-01-09").metric("a", Some("crm"), "usage_change(4)"), Value::Null); // 2 days of 4
    assert_eq!(at("2024-01-08", "usage_change(4)"), Value::Null); // first used after D − 2N
    assert_eq!(at("2024-01-10", "usage_change(4)"), Value::Null); // 17 in 2..=5
    assert_eq!(at("2024-01-10", "frequency_change(4)"), json!(-0.5)); // 9 against 3 and 5
    assert_eq!(at("2024-01-09", "active_weeks(2)"), json!(2));
    assert_eq!(at("2024-01-09", "active_weeks(1)"), json!(1));
}

#[test]
fn random_streams_are_lively_and_quick() {
    let (mut rich, mut kinds, mut dead) = (0, BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    let (mut present, mut asked, mut written) =
        (BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new(), BTreeMap::<String, u64>::new());
    let seeds: u64 = std::env::var("ORACLE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    let mut slowest = std::time::Duration::ZERO;
    for seed in 0..seeds {
        let playbook = stream::playbook(seed);
        let lines = stream::lines(seed, 300, seed % 2 == 0);
        let began = std::time::Instant::now();
        let oracle = run(&playbook, &lines, &stream::until(seed));
        slowest = slowest.max(began.elapsed());
        rich += u64::from(oracle.outputs().len() >= 20);
        for output in oracle.outputs() {
            let what = match output["data"]["reason"].as_str() {
                Some(reason) => format!("{} {reason}", output["type"]),
                None => format!("{} {}", output["type"], output["data"]["to"]),
            };
            *kinds.entry(what).or_default() += 1;
        }
        for (_, reason) in oracle.dead_letters() {
            *dead.entry(reason.clone()).or_default() += 1;
        }
        for account in oracle.accounts() {
            for (product, text) in stream::probes(seed) {
                let name = text.split('(').next().unwrap().replace('.', "_");
                let value = oracle.metric(&account, product.as_deref(), &text);
                *asked.entry(name.clone()).or_default() += 1;
                *present.entry(name).or_default() += u64::from(!value.is_null() && value != json!(0) && value != json!(0.0));
            }
        }
        for name in asked.keys() {
            let text = playbook.replace("complete.", "complete_").replace(['(', ')', '.', '!', '\'', ':'], " ");
            *written.entry(name.clone()).or_default() += text.split_whitespace().filter(|w| w == name).count() as u64;
        }
    }
    println!("slowest {slowest:?}, {rich} of {seeds} with 20 outputs or more");
    for (what, n) in &kinds {
        println!("{n:6} {what}");
    }
    for (what, n) in &dead {
        println!("{n:6} {what}");
    }
    for (name, n) in &present {
        println!("{name:25} written {:4}, not 0 nor missing {n} of {}", written[name], asked[name]);
        assert!(seeds < 60 || *n > 0 && written[name] > 5, "{name}");
    }
    for what in ["alert.cleared", "play.closed"] {
        assert!(seeds < 60 || kinds.contains_key(&format!("\"adoption.{what}\" account_closed")), "{what}");
    }
    assert!(rich * 2 >= seeds);
    assert_eq!(stream::playbook(7), stream::playbook(7));
    assert_eq!(stream::lines(7, 100, true), stream::lines(7, 100, true));
}
