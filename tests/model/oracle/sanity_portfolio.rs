//! The oracle's own sanity where figures of all accounts are concerned: values reckoned by hand.

use super::{Line, Options, Oracle, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn run(yaml: &str, lines: &[String], until: i64) -> Oracle {
    let options = Options { until: Some(until), wall_ms: 0, max_skew_ms: 0, dedupe_ids: 0, clock_witnesses: 1 };
    let mut oracle = Oracle::new(yaml, options).unwrap_or_else(|problem| panic!("{problem}\n{yaml}"));
    for (index, text) in lines.iter().enumerate() {
        oracle.line(Line { number: index as u64 + 1, text: text.as_bytes() });
    }
    oracle.finish();
    oracle
}

#[test]
fn random_fleets_have_figures() {
    let mut known = BTreeMap::<String, usize>::new();
    for seed in 1..=12 {
        let oracle = run(&stream::fleet_playbook(seed), &stream::fleet_lines(seed, 600), stream::fleet_until(seed));
        for (name, figure) in oracle.portfolio()["figures"].as_object().unwrap() {
            let of = |key: &str| figure.as_object().into_iter().flat_map(|map| map.values()).any(|value| value[key].is_number());
            let says = match figure {
                Value::Number(number) => number.as_f64() != Some(0.0),
                Value::Object(_) if name == "sequences" => of("retention"),
                Value::Object(_) if name == "pairs" => of("lift"),
                Value::Object(_) if name == "percentiles" => of("mean"),
                Value::Object(_) if name == "second_product" => figure["within_180"].is_number(),
                other => !other.is_null(),
            };
            *known.entry(name.clone()).or_default() += usize::from(says);
        }
    }
    assert!(known.len() == 26 && known.values().all(|count| *count >= 1), "{known:#?}");
}

const PLAYBOOK: &str = r#"
version: 1
products:
  crm: {adopted: active_days >= 1, features: {f: {}, g: {}}}
  hub: {adopted: active_days >= 1}
  box: {adopted: active_days >= 1}
stages: {hold_days: 0, regular_use: active_days(92) >= 1}
measures:
  staff: {of: account, value: employees, range: [0, 10], bands: [{name: few, from: 0}, {name: many, from: 5}]}
segments: {large: {when: employees >= 5}}
targets: {rate: {figure: multi_product_rate, at_least: 0.5}, many: {figure: 'band("staff", "many")', at_most: 2}}
"#;

/// A record of an account on a day of 2023, which 0 begins.
fn told(account: &str, day: i64, mut rest: Value) -> String {
    let start = super::zone::day_from_date(2023, 1, 1).unwrap();
    rest["account"] = json!(account);
    rest["time"] = json!((start + day) * super::zone::DAY_MS + 3_600_000);
    rest.to_string()
}

fn used(account: &str, day: i64, product: &str, user: &str) -> String {
    told(account, day, json!({"type": "usage", "product": product, "user": user, "feature": "f"}))
}

/// On the day so and so many after the first of 2023, at noon.
fn portfolio(mut lines: Vec<String>, day: i64) -> Value {
    let until = (super::zone::day_from_date(2023, 1, 1).unwrap() + day) * super::zone::DAY_MS + 43_200_000;
    let time = |line: &String| serde_json::from_str::<Value>(line).unwrap()["time"].as_i64().unwrap();
    lines.sort_by_key(time);
    run(PLAYBOOK, &lines, until).portfolio()
}

#[test]
fn second_products_are_reckoned_by_kaplan_and_meier() {
    // Second products after 10, 10, 30 and 200 days; one waits for 10 days, one for 170, one for 250.
    let mut lines = Vec::new();
    for (account, first, second) in [("a", 0, 10), ("b", 5, 15), ("c", 20, 50), ("d", 10, 210)] {
        lines.push(used(account, first, "crm", "u"));
        lines.push(used(account, second, "hub", "u"));
    }
    lines.extend([("e", 240), ("f", 80), ("g", 0)].map(|(account, first)| used(account, first, "box", "u")));
    // They keep on, so that they are counted.
    lines.extend(["a", "b", "c", "d", "e", "f", "g"].map(|account| used(account, 245, "box", "u")));
    let waits = portfolio(lines.clone(), 250)["figures"]["second_product"].clone();
    // `a` to `d` have `box` as a third; S is 5/7 after 10 days, of 4 then 15/28 after 30, of 2 then 15/56 after 200.
    assert_eq!(waits, json!({"of": 7, "quartiles": [10, 200, null], "within_180": 1.0 - 15.0 / 28.0}));
    // On the day 175 nobody has waited for 180 days; what came later is not known yet.
    let until = |day: i64| lines.iter().filter(|line| before(line, day)).cloned().collect();
    let waits = portfolio(until(170), 175)["figures"]["second_product"].clone();
    assert_eq!(waits["within_180"], Value::Null);
    let of_two = [used("a", 0, "crm", "u"), used("a", 0, "hub", "u")].to_vec();
    assert_eq!(portfolio(of_two, 1)["figures"]["second_product"], json!({"of": 1, "quartiles": [0, 0, 0], "within_180": 1}));
    assert_eq!(
        portfolio(vec![told("a", 0, json!({"type": "account"}))], 1)["figures"]["second_product"],
        json!({"of": 0, "quartiles": [null, null, null], "within_180": null})
    );
}

fn before(line: &str, day: i64) -> bool {
    let until = (super::zone::day_from_date(2023, 1, 1).unwrap() + day) * super::zone::DAY_MS;
    serde_json::from_str::<Value>(line).unwrap()["time"].as_i64().unwrap() < until
}

#[test]
fn a_year_is_kept_where_nothing_churned_in_it() {
    let outcome = |account: &str, day: i64, kind: &str, amount: Option<f64>| {
        told(account, day, json!({"type": "outcome", "kind": kind, "amount": amount}))
    };
    let lines = vec![
        // crm, then hub: kept; its level doubles.
        used("a", 0, "crm", "u"),
        used("a", 1, "hub", "u"),
        outcome("a", 2, "mrr", Some(100.0)),
        outcome("a", 300, "mrr", Some(200.0)),
        // crm, then hub: churned on the last day that counts.
        used("b", 3, "crm", "u"),
        used("b", 9, "hub", "u"),
        outcome("b", 4, "mrr", Some(0.1)),
        outcome("b", 368, "churn", None),
        // crm alone: churned a day too late to count, and is back.
        used("c", 2, "crm", "u"),
        outcome("c", 368, "churn", None),
        outcome("c", 369, "renewal", None),
        // hub alone, churned at once: the half of those with one product are kept.
        used("d", 5, "hub", "u"),
        outcome("d", 5, "churn", None),
        outcome("d", 6, "mrr", Some(7.0)),
        outcome("d", 399, "mrr", Some(14.0)),
        // box, crm and hub, too late to be known, and without a level then.
        used("e", 100, "box", "u"),
        used("e", 101, "crm", "u"),
        used("e", 102, "hub", "u"),
        outcome("e", 102, "mrr", Some(50.0)),
    ];
    let figures = portfolio(lines, 400)["figures"].clone();
    assert_eq!(
        figures["sequences"],
        json!({
            "crm": {"accounts": 3, "retention": 2.0 / 3.0},
            "crm > hub": {"accounts": 2, "retention": 0.5},
            "hub": {"accounts": 1, "retention": 0},
            "box": {"accounts": 1, "retention": null},
            "box > crm": {"accounts": 1, "retention": null},
            "box > crm > hub": {"accounts": 1, "retention": null},
        })
    );
    assert_eq!(
        figures["pairs"],
        json!({
            "crm + hub": {"accounts": 3, "retention": 0.5, "lift": 1},
            "crm + box": {"accounts": 1, "retention": null, "lift": null},
            "hub + box": {"accounts": 1, "retention": null, "lift": null},
        })
    );
    // As of the end of day 35: 100 and 0.1 and 7; now 200, 0 and 14. A double counts with twelve places.
    assert_eq!(figures["nrr"], json!(214.0 / 107.1));
    assert_eq!(figures["accounts"], 0); // nobody has used or is sold anything for long
}

#[test]
fn figures_of_a_day_are_those_of_accounts_that_count() {
    let sold = |account: &str, product: &str, seats: i64| {
        told(account, 0, json!({"type": "entitlement", "product": product, "status": "active", "seats": seats}))
    };
    let staff = |account: &str, employees: i64| told(account, 0, json!({"type": "account", "employees": employees}));
    let mut lines = vec![
        sold("a", "crm", 4),
        sold("a", "hub", 2),
        sold("b", "crm", 3),
        sold("c", "hub", 0),
        sold("d", "hub", 5),
        told("e", 0, json!({"type": "outcome", "kind": "churn"})),
        sold("e", "hub", 5),
        staff("a", 3),
        staff("b", 5),
        staff("c", 10),
        staff("d", 0),
        staff("f", 4),
        staff("e", 9),
        told("a", 1, json!({"type": "integration", "from": "crm", "to": "hub", "status": "connected"})),
    ];
    for (account, day, product, user) in [
        ("a", 60, "crm", "u1"),
        ("a", 99, "crm", "u1"),
        ("a", 99, "hub", "u1"),
        ("a", 100, "crm", "u2"),
        ("b", 90, "crm", "u1"),
        ("b", 90, "crm", "u3"),
        ("e", 100, "hub", "u1"),
        ("f", 70, "crm", "u1"), // never sold: used, and so entitled
    ] {
        lines.push(used(account, day, product, user));
    }
    let portfolio = portfolio(lines, 100);
    let figures = &portfolio["figures"];
    let expect = |key: &str, value: Value| assert_eq!(figures[key], value, "{key}");
    expect("accounts", json!(5)); // `e` churned
    expect("by_account_stage", json!({"not_adopted": 3, "single_product": 1, "multi_product": 1, "platform": 0, "full_platform": 0}));
    expect("by_products_adopted", json!([3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect("in_segment", json!({"large": 2}));
    expect("in_band", json!({"staff": {"few": 3, "many": 2}}));
    // Of `crm` a half of the features is used in 30 days, of `hub`, without a catalogue, nothing is known.
    expect("by_quadrant", json!({"broad_deep": 2, "broad_shallow": 0, "narrow_deep": 0, "narrow_shallow": 3}));
    expect("multi_product_rate", json!(0.2));
    expect("integration_rate", json!(0.2));
    expect("penetration", json!(3.0 / 15.0));
    expect("activation_rate", json!(3.0 / 6.0));
    // 2 of 4, 1 of 2, 2 of 3 and 0 of 5 seats.
    expect("utilization", json!(5.0 / 14.0));
    expect("utilization_mean", json!(0.416666666667));
    expect("below_60", json!(2));
    expect("utilization_up", json!(1)); // `a`, used since the day 60; `b` is new
    expect("weekly", json!(0.2));
    let weekly = figures["weekly_by_day"].as_array().unwrap();
    // From day 15 on. `a` on 60 to 66 and 99 on, `f` on 70 to 76, `b` on 90 to 96.
    let on = |day: i64| weekly[(day - 15) as usize].as_i64().unwrap();
    assert_eq!(weekly.len(), 86);
    assert_eq!([59, 60, 66, 67, 70, 76, 77, 90, 96, 97, 98, 99, 100].map(on), [0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1]);
    expect("dau", json!(1));
    expect("mau", json!(4));
    expect("dau_mau", json!(4.0 / 30.0 / 4.0));
    expect("expansion_90", json!(3.0 / 5.0));
    expect(
        "percentiles",
        json!({
            "products_adopted": {"of": 5, "mean": 0.6, "quartiles": [0, 0, 1]},
            "integration_score": {"of": 1, "mean": null, "quartiles": [null, null, null]},
            // 0, 3, 4, 5 and 10, which lies in the last bin.
            "staff": {"of": 5, "mean": 4.398, "quartiles": [3, 4, 5]},
        }),
    );
    let large = &portfolio["segments"]["large"];
    assert_eq!((&large["accounts"], &large["utilization"], &large["mau"]), (&json!(2), &json!(2.0 / 3.0), &json!(2)));
    assert_eq!(
        portfolio["targets"],
        json!({
            "rate": {"figure": "multi_product_rate", "value": 0.2, "at_least": 0.5, "met": false},
            "many": {"figure": "band(\"staff\", \"many\")", "value": 2, "at_most": 2, "met": true},
        })
    );
}
