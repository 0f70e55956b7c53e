//! The oracle's own sanity where measures, users, segments, milestones and the catalogue are concerned: values reckoned by hand.

use super::sanity::{line, run};
use super::{Oracle, compare_key};
use serde_json::{Value, json};

fn usage(time: &str, product: &str, user: &str, feature: &str, quantity: i64) -> String {
    line(time, json!({"type": "usage", "product": product, "user": user, "feature": feature, "quantity": quantity}))
}

fn user(time: &str, user: &str, mut rest: Value) -> String {
    rest["type"] = json!("user");
    rest["user"] = json!(user);
    line(time, rest)
}

fn told(time: &str, mut rest: Value, kind: &str) -> String {
    rest["type"] = json!(kind);
    line(time, rest)
}

/// What an output says: its type's end, its subject behind the account, its rule or the like, and the day with hour and minute.
fn said(oracle: &Oracle) -> Vec<String> {
    let say = |output: &Value| {
        let (data, text) = (&output["data"], |value: &Value| value.as_str().unwrap_or("-").to_owned());
        let kind = text(&output["type"]).replace("adoption.", "");
        let what = match ["rule", "segment", "milestone", "measure"].iter().find(|key| data[**key].is_string()) {
            Some(key) if *key == "measure" => format!("{} {}>{}", text(&data[*key]), text(&data["from"]), text(&data["to"])),
            Some(key) => text(&data[*key]),
            None => format!("{}>{}", text(&data["from"]), text(&data["to"])),
        };
        let reason = data["reason"].as_str().map_or(String::new(), |reason| format!(" {reason}"));
        format!("{kind} {} {what}{reason} {}", text(&output["subject"]), text(&output["time"])[5..16].replace('T', " "))
    };
    oracle.outputs().iter().map(say).collect()
}

/// Without stages of products and of the account.
fn said_of_rules(oracle: &Oracle) -> Vec<String> {
    said(oracle).into_iter().filter(|text| !text.contains("stage.changed")).collect()
}

fn ask(oracle: &Oracle, text: &str) -> Value {
    oracle.metric("a", None, text)
}

/// Text and value of each, asked of the account.
fn assert_values(oracle: &Oracle, expected: &[(&str, Value)]) {
    for (text, value) in expected {
        assert_eq!(ask(oracle, text), *value, "{text}");
    }
}

const PLAIN: &str = r#"
version: 1
products: {crm: {features: {f: {}}, adopted: events >= 5}}
measures:
  just: {of: account, value: '0.0000005'}
  over: {of: account, value: '0.0000015'}
  huge: {of: account, value: '1000000000000000'}
  large: {of: account, value: '-999999999999999.5'}
  third: {of: account, value: '1 / 3'}
  thrice: {of: account, value: 'third * 3'}
  busy: {of: user, value: 'active_days(7) / 7'}
"#;

#[test]
fn twelve_places_and_six() {
    let lines = [
        usage("2024-03-01T10:00:00Z", "crm", "u1", "f", 1),
        user("2024-03-01T10:00:00Z", "u2", json!({})),
        user("2024-03-01T10:00:00Z", "u3", json!({})),
        line("2024-03-01T10:00:00Z", json!({"type": "gauge", "product": "crm", "name": "g", "value": 0.1})),
        line("2024-03-01T10:00:00Z", json!({"type": "gauge", "product": "crm", "name": "huge", "value": 1e15})),
    ];
    let oracle = run(PLAIN, &lines, "2024-03-02");
    let (yes, no) = (json!(true), json!(false));
    assert_values(
        &oracle,
        &[
            // One user in three.
            ("users.share(days_since_use <= 1) == 0.333333333333", yes.clone()),
            ("users.share(days_since_use <= 1) >= 1 / 3", no.clone()),
            ("login_rate == 1 / 3", yes.clone()),
            ("login_rate", json!(1.0 / 3.0)),
            ("users.mean(active_days) == 0.333333333333", yes.clone()),
            // Ties go to the even one, on the way in and on the way out.
            ("mean(0.0000000000005, 0.0000000000005) == 0", yes.clone()),
            ("mean(0.0000000000015, 0.0000000000015) == 0.000000000002", yes.clone()),
            ("mean(0.0000000000025, -0.0000000000015) == 0", yes.clone()),
            ("mean(0.000000000001, 0) == 0", yes.clone()),
            ("mean(0.000000000003, 0) == 0.000000000002", yes.clone()),
            ("weighted(1, 1, 2, 2) == 1.666666666667", yes.clone()),
            // What is missing is left out, and the rest weighs more.
            ("weighted(employees, 5, 10, 3, 20, 1) == 12.5", yes.clone()),
            ("weighted(employees, 5, arr, 3)", Value::Null),
            ("mean(employees, 4)", json!(4)),
            ("mean(employees, arr)", Value::Null),
            ("min(4, employees)", Value::Null),
            ("max(4, 2.5, 3)", json!(4)),
            // A double enters with its exact value, 0.1000000000000000055..., and is exact then.
            ("mean(crm.gauge(\"g\"), 0.1) == 0.1", yes.clone()),
            ("mean(crm.gauge(\"g\"), 0.1) * 3 == 0.3", yes.clone()),
            ("crm.gauge(\"g\") * 3 == 0.3", no.clone()),
            ("min(0.1, crm.gauge(\"g\")) * 3 == 0.3", no.clone()),
            // Ten to the fifteenth is missing where it enters and as a measure.
            ("mean(1000000000000000, 1)", json!(1)),
            ("mean(999999999999999, 1)", json!(500_000_000_000_000_i64)),
            ("mean(crm.gauge(\"huge\"), 1)", json!(1)),
            ("max(1000000000000000, 1)", json!(1_000_000_000_000_000_i64)),
            ("huge", Value::Null),
            ("large == -999999999999999.5", yes.clone()),
            ("just == 0", yes.clone()),
            ("over == 0.000002", yes.clone()),
            ("third == 0.333333", yes.clone()),
            ("thrice == 0.999999", yes.clone()),
            ("users.max(busy) == 0.142857", yes.clone()),
            // Unknown conditions.
            ("or(employees, 7)", json!(7)),
            ("or(employees > 1, true)", yes.clone()),
            ("or(arr, employees)", Value::Null),
            ("known(employees > 1)", no.clone()),
            ("!known(arr) && known(observed_days)", yes.clone()),
            ("employees > 1 ? 1 : 2", Value::Null),
            ("observed_days >= 1 ? 1 : 2", json!(1)),
            ("observed_days > 1 ? 1 : observed_days < 1 ? 2 : 3", json!(3)),
            ("has_any(use_cases, [\"sales\"])", Value::Null),
            ("users.share(key, level == \"executive\")", Value::Null),
            ("products.sum(events)", json!(1)),
            ("products.sum(seats)", json!(0)),
            ("products.mean(seats)", Value::Null),
            ("primary.events", Value::Null),
        ],
    );
}

const CRITERIA: &str = r#"
version: 1
products:
  one: {features: {f: {}, g: {}}, adopted: 'events("f") >= 4 && (events("g") > 2 || active_days >= 4) && seats > 10 && !trialing'}
  two: {features: {f: {}}, adopted: '(events("f") >= 10 && seats >= 1) && (entitled && events > 4)'}
  three: {features: {f: {}}, adopted: 'events("f") > 4'}
  four: {adopted: '!(events >= 2 && active_days >= 1)'}
  five: {regular_use: active_days(7) >= 2}
  six: {adopted: 'gauge("g") >= 3 && events >= 0 && 1 <= events'}
"#;

#[test]
fn criteria_are_met_by_degrees() {
    let at = "2024-03-01T10:00:00Z";
    let mut lines = vec![usage(at, "one", "u", "f", 3), usage(at, "one", "u", "g", 2), usage(at, "two", "u", "f", 4)];
    lines.extend([usage(at, "three", "u", "f", 4), usage(at, "five", "u", "x", 1), usage(at, "six", "u", "x", 1)]);
    lines.push(line(at, json!({"type": "gauge", "product": "six", "name": "g", "value": 1.5})));
    let oracle = run(CRITERIA, &lines, "2024-03-01");
    let of = |product: &str| oracle.metric("a", Some(product), "criteria_progress");
    // Nothing is read of the day itself: `until` is its first instant.
    assert_eq!(of("one"), Value::Null);
    let oracle = run(CRITERIA, &lines, "2024-03-02");
    let of = |product: &str| oracle.metric("a", Some(product), "criteria_progress");
    // 3 of 4; of 2 > 2 (which does not hold) 0.99, greater than 1 of 4; seats missing; `!trialing` unknown.
    assert_eq!(of("one"), json!(0.435));
    // 4 of 10, seats missing, no term, 4 > 4: four parts, however they are nested.
    assert_eq!(of("two"), json!(0.3475));
    assert_eq!(of("three"), json!(0.99));
    assert_eq!(of("four"), json!(1));
    assert_eq!(of("five"), json!(0.5));
    // A half; 0 is no positive literal, but it holds; a literal on the left is a flag.
    assert_eq!(ask(&oracle, "six.criteria_progress == 0.833333333333"), json!(true));
    let lines = [usage(at, "three", "u", "f", 5), usage(at, "four", "u", "x", 2)];
    let oracle = run(CRITERIA, &lines, "2024-03-02");
    assert_eq!(oracle.metric("a", Some("three"), "criteria_progress"), json!(1));
    assert_eq!(oracle.metric("a", Some("four"), "criteria_progress"), json!(0));
}

const CATALOGUE: &str = r#"
version: 1
window_days: 10
products:
  crm:
    aliases: [old_crm]
    fit: 'has_any(use_cases, ["sales"]) && employees >= 50'
    features:
      a: {module: m1, tier: core, value: {amount: 0.50, hours: 0.05}, effective: {days: 3, of: 5}}
      b: {module: m1, tier: [core, high_value], value: {amount: 5}, aliases: [old_b]}
      c: {module: m2, tier: advanced, value: {hours: 0.1}}
      d: {}
  hub: {features: {a: {module: m1, tier: core}}}
  box: {}
integrations: [{from: crm, to: hub}, {from: hub, to: crm}, {from: box, to: crm}]
synergies:
  s1: {products: [crm, hub], by: 'workflow_runs("w") >= 2', value: 10, effort: low}
  s2: {products: [crm, box], by: 'workflow_runs >= 99'}
  s3: {products: [crm, hub], by: 'employees >= 1000'}
"#;

#[test]
fn the_catalogue_says_what_is_used() {
    let at = |day: i64| format!("2024-03-{day:02}T10:00:00Z");
    let term = |day: i64, product: &str, mut rest: Value| {
        rest["product"] = json!(product);
        rest["status"] = json!("active");
        told(&at(day), rest, "entitlement")
    };
    let mut lines = vec![
        term(1, "crm", json!({"term": "x", "seats": 4, "addons": ["m1", "m2", "d", "sso"], "features": ["a", "old_b", "zz"]})),
        told(&at(1), json!({"employees": 60, "use_cases": ["service", "sales"], "name": "Acme"}), "account"),
        usage(&at(1), "crm", "u1", "a", 3),
        usage(&at(2), "crm", "u1", "old_b", 2),
        usage(&at(3), "crm", "u1", "a", 1),
        usage(&at(3), "crm", "u2", "q", 1),
        usage(&at(5), "old_crm", "u1", "a", 1),
    ];
    let oracle = run(CATALOGUE, &lines, "2024-03-06");
    let of = |text: &str| oracle.metric("a", Some("crm"), text);
    for (text, value) in [
        ("stage", json!("adopted")),
        ("stage in [\"activated\", \"proficient\"]", json!(false)),
        ("fit", json!(true)),
        ("features_enabled", json!(2)),
        ("feature_share", json!(0.5)),
        ("feature_share(\"core\")", json!(1)),
        ("feature_share(\"advanced\", 5)", json!(0)),
        ("feature_share(\"main\")", Value::Null),
        // `b` was used on the 2nd, and D is the 6th.
        ("unused_features(4)", json!(1)),
        ("unused_features(\"high_value\", 4)", json!(1)),
        ("unused_features(\"advanced\")", json!(0)),
        ("enabled_share", json!(1)),
        ("enabled_share(4)", json!(0.5)),
        ("complete.enabled_share(4)", json!(1)),
        // `a` on two of the five days that end with D (3rd and 5th), on three of those that end with the 5th; `b` on one.
        ("effective_features", json!(0)),
        ("complete.effective_features", json!(1)),
        ("modules_used", json!(1)),
        ("modules", json!(2)),
        ("has_any(addons, [\"sso\"])", json!(true)),
        ("has_any(addons, [\"x\"])", json!(false)),
        // `m2` and `d`; `sso` names nothing.
        ("addons_unused", json!(2)),
        ("value_realized", json!(12.5)),
        ("value_realized == 12.5", json!(true)),
        ("hours_saved == 0.25", json!(true)),
        ("value_realized(4) == 1", json!(true)),
        ("utilization_change(3)", json!(-0.25)), // users of 4 to 6 March, of 1 to 3 March
        ("utilization_change(5)", json!(0.25)),
        ("utilization_change(6)", Value::Null),
        ("seats_added(3)", json!(0)),
        ("seats_added(6)", Value::Null),
        // Users of 27 February to 1 March, of 2 to 5 March.
        ("users_change(4)", Value::Null),
        ("users_change(2)", json!(-0.5)),
        // Read of the account, as the product has none.
        ("employees", json!(60)),
        ("account.modules_used(2)", json!(1)),
    ] {
        assert_eq!(of(text), value, "{text}");
    }
    assert_values(
        &oracle,
        &[
            ("features_used", json!(3)),
            ("features_used(\"core\")", json!(2)),
            ("modules_used", json!(1)),
            ("exposure == 2 / 60", json!(true)),
            ("name", json!("Acme")),
            ("synergies_unlocked", json!(0)),
            ("synergies_untapped", json!(0)),
            ("integrations_possible", json!(0)),
            ("integration_score", Value::Null),
        ],
    );
    // Another term that tells no features: all of the catalogue are enabled.
    lines.push(term(6, "crm", json!({"term": "y", "seats": 2})));
    lines.push(usage(&at(6), "hub", "u1", "a", 1)); // in use, and never told: entitled
    lines.push(told(&at(6), json!({"from": "crm", "to": "hub", "status": "connected"}), "integration"));
    lines.push(told(&at(6), json!({"from": "hub", "to": "box", "status": "connected"}), "integration"));
    lines.push(told(&at(6), json!({"name": "w", "products": ["hub", "crm"], "quantity": 2}), "workflow"));
    lines.push(told(&at(6), json!({"name": "w", "products": ["nobody's", "else"]}), "workflow"));
    let oracle = run(CATALOGUE, &lines, "2024-03-07");
    let of = |text: &str| oracle.metric("a", Some("crm"), text);
    assert_eq!(of("features_enabled"), json!(4));
    assert_eq!(of("seats_added(2)"), json!(2));
    assert_eq!(of("utilization_change(1)"), json!(0)); // the 7th and the 6th
    assert_eq!(of("utilization_change(2) == -1 / 6"), json!(true)); // 6 and 7; 4 and 5
    assert_values(
        &oracle,
        &[
            ("integrations_active", json!(1)),
            ("integrations_possible", json!(2)),
            ("integration_score", json!(50)),
            ("workflow_runs", json!(2)),
            ("workflow_runs(\"v\")", json!(0)),
            ("synergies_unlocked", json!(1)),
            ("synergies_untapped", json!(1)), // s3: the box is not entitled
            ("products.count(active_days >= 1)", json!(2)),
            ("products.share(seats >= 1)", json!(0.5)),
            ("features_used", json!(4)), // a, b and q of the crm, a of the hub
            ("modules_used", json!(2)),
            ("products_entitled", json!(1)),
            ("products.min(license_utilization)", json!(2.0 / 6.0)),
        ],
    );
}

const PEOPLE: &str = r#"
version: 1
products: {crm: {features: {f: {tier: core}}}, hub: {features: {f: {tier: core}}}}
personas: {daily: {among: 'role == "rep"', keeps: 'active_days(7) >= 2 && crm.used("f", 7)'}}
measures: {days: {of: user, value: active_days}, of_crm: {of: product, value: 'users.mean(days)'}, here: {of: product, value: 'users.mean(active_days)'}}
"#;

#[test]
fn users_come_and_go_and_are_one() {
    let at = |day: i64| format!("2024-03-{day:02}T10:00:00Z");
    let mut lines = vec![
        usage(&at(1), "crm", "old", "f", 1),
        user(&at(3), "new", json!({"role": "rep", "level": "ic", "department": "sales", "name": "New"})),
        usage(&at(4), "hub", "new", "f", 1),
        usage(&at(5), "crm", "new", "g", 1),
        user(&at(5), "boss", json!({"level": "executive", "key": true, "created": "2024-01-01"})),
        user(&at(5), "insider", json!({"internal": true, "level": "manager"})),
        told(&at(5), json!({"kind": "call", "user": "old"}), "touchpoint"),
        told(&at(6), json!({"kind": "qbr"}), "touchpoint"),
    ];
    let oracle = run(PEOPLE, &lines, "2024-03-07");
    assert_eq!(oracle.users("a"), ["old", "new", "boss", "insider"]);
    assert_values(
        &oracle,
        &[
            ("users_known", json!(3)),
            ("login_rate == 2 / 3", json!(true)),
            ("levels", json!(2)),
            ("levels_active", json!(1)),
            ("departments", json!(1)),
            ("departments_active(1)", json!(0)),
            ("persona(\"daily\")", json!(0)), // `new` did not use `f` of the crm
            ("users.count(products_used == 2)", json!(1)),
            ("users.min(known_days)", json!(4)),
            ("users.max(known_days)", json!(66)), // from 1 January
            ("days_since_touchpoint", json!(1)),
            ("days_since_touchpoint(\"call\")", json!(2)),
            ("days_since_touchpoint(\"email\")", Value::Null),
            ("active_days", json!(3)),
            ("active_users(3)", json!(1)),
            ("days_since_use", json!(2)),
            // (1 + 2 + 0) / 3 of the account, (1 + 1 + 0) / 3 of the crm.
            ("users.mean(days)", json!(1)),
            ("crm.of_crm", json!(1)),
            ("crm.here == 0.666667", json!(true)),
        ],
    );
    assert_eq!(oracle.metric("a", Some("hub"), "users.count(days_since_use <= 5)"), json!(1));
    lines.push(user(&at(7), "old", json!({"merged_into": "new"})));
    let oracle = run(PEOPLE, &lines, "2024-03-07");
    assert_eq!(oracle.metric_of_user("a", "new", "known_days"), json!(4)); // the event is from the future
    let oracle = run(PEOPLE, &lines, "2024-03-08");
    let of = |text: &str| oracle.metric_of_user("a", "new", text);
    assert_eq!(oracle.users("a"), ["new", "boss", "insider"]);
    assert_eq!(
        [of("known_days"), of("active_days"), of("days_since_first_use"), of("days_since_touchpoint")].map(|n| n.as_i64()),
        [Some(7), Some(3), Some(7), Some(3)]
    );
    assert_eq!(of("crm.active_days(3)"), json!(0));
    assert_eq!(of("crm.used(\"f\", 7)"), json!(false));
    assert_eq!(of("crm.used(\"f\", 8)"), json!(true));
    assert_eq!(of("features_used"), json!(3));
    assert_eq!(of("features_used(\"core\")"), json!(2));
    assert_eq!(of("active_weeks(2)"), json!(2));
    assert_eq!(of("account.users_known"), json!(2));
    assert_eq!(of("name"), json!("New"));
    assert_eq!(of("key"), json!(false));
    assert_eq!(of("email"), Value::Null);
}

#[test]
fn key_users_go_by_leaving_or_by_not_coming() {
    let at = |day: i64| format!("2024-03-{day:02}T10:00:00Z");
    let mut lines = Vec::new();
    for day in 1..=4 {
        lines.push(usage(&at(day), "crm", "quiet", "f", 1));
        lines.push(usage(&at(day), if day < 3 { "crm" } else { "hub" }, "left", "f", 1));
    }
    lines.push(usage(&at(4), "hub", "quiet", "f", 1));
    for id in ["quiet", "left", "insider"] {
        lines.push(user(&at(4), id, json!({"key": true})));
    }
    lines.push(user(&at(4), "left", json!({"left": "2024-03-09"})));
    lines.push(user(&at(4), "insider", json!({"internal": true, "left": "2024-03-09"})));
    let on = |day: i64, text: &str| ask(&run(PEOPLE, &lines, &format!("2024-03-{day:02}")), text);
    // 1 to 4 March are within D − 10 to D − 6 on the 10th and 11th (of the 1st on), and nothing since D − 5.
    assert_eq!(on(10, "key_users_gone(5)"), json!(2));
    assert_eq!(on(9, "key_users_gone(5)"), json!(1)); // 4 March is D − 5; the other left today
    assert_eq!(on(8, "key_users_gone(5)"), json!(0));
    assert_eq!(on(12, "key_users_gone(5)"), json!(1)); // 1 March is D − 11
    assert_eq!(on(14, "key_users_gone(5)"), json!(0));
    assert_eq!(on(13, "key_users_gone(5)"), json!(1));
    assert_eq!(on(10, "users_known"), json!(1));
    let oracle = run(PEOPLE, &lines, "2024-03-12");
    assert_eq!(oracle.metric_of_user("a", "left", "gone_days"), json!(3));
    assert_eq!(oracle.metric_of_user("a", "quiet", "gone_days"), Value::Null);
}

#[test]
fn answers_are_replaced_by_their_ids_and_levels_go_by_time() {
    let nps = |day: i64, user: &str, id: &str, score: i64| {
        told(&format!("2024-03-{day:02}T10:00:00Z"), json!({"user": user, "id": id, "score": score}), "nps")
    };
    let lines = [
        nps(5, "u1", "a1", 10),
        nps(5, "u2", "a2", 3),
        nps(5, "u3", "a3", 9),
        nps(4, "u1", "a0", 0),  // earlier: the latest stays
        nps(3, "u2", "a2", 9),  // replaced whole, to the 3rd
        nps(5, "u3", "a4", 7),  // of one day the later read
        nps(6, "u4", "a5", 10), // of one who is internal
        user("2024-03-06T10:00:00Z", "u4", json!({"internal": true})),
    ];
    let oracle = run(PEOPLE, &lines, "2024-03-07");
    assert_values(
        &oracle,
        &[
            ("nps_answers", json!(3)),
            ("nps == 100 * 2 / 3", json!(true)),
            ("nps(3)", json!(50)),
            ("nps_answers(3)", json!(2)),
            ("nps(2)", Value::Null),
            ("days_since_nps", json!(2)),
        ],
    );
    assert_eq!(oracle.metric_of_user("a", "u2", "nps_score"), json!(9));
    assert_eq!(oracle.metric_of_user("a", "u2", "days_since_nps"), json!(4));

    let outcome = |time: &str, kind: &str, amount: Value| told(time, json!({"kind": kind, "amount": amount}), "outcome");
    let mut lines = vec![
        outcome("2024-03-05T10:00:00Z", "mrr", json!(100)),
        outcome("2024-03-01T10:00:00Z", "mrr", json!(80)), // read later, and earlier
        outcome("2024-03-06T10:00:00Z", "mrr", Value::Null),
        outcome("2024-03-06T10:00:00Z", "renewal", json!(5)),
    ];
    let oracle = run(PEOPLE, &lines, "2024-03-07");
    let level = [("mrr", json!(100.0)), ("mrr_change(3)", json!(0.25)), ("mrr_change(2)", json!(0.0)), ("churned", json!(false))];
    assert_values(&oracle, &level);
    assert_values(&oracle, &[("mrr_change(7)", Value::Null)]);
    lines.push(outcome("2024-03-05T11:00:00Z", "churn", Value::Null)); // before the renewal
    let oracle = run(PEOPLE, &lines, "2024-03-07");
    assert_values(
        &oracle,
        &[("mrr", json!(0.0)), ("churned", json!(false)), ("mrr_change(3)", json!(-1.0)), ("mrr_change(1)", Value::Null)],
    );
    lines.push(outcome("2024-03-06T10:00:00Z", "churn", Value::Null)); // of one time the later read
    lines.push(outcome("2024-03-06T11:00:00Z", "mrr", json!(0)));
    let oracle = run(PEOPLE, &lines, "2024-03-07");
    assert_values(&oracle, &[("churned", json!(true)), ("mrr", json!(0.0))]);
    lines.push(outcome("2024-03-06T12:00:00Z", "mrr", json!(1)));
    assert_values(&run(PEOPLE, &lines, "2024-03-07"), &[("churned", json!(false)), ("mrr", json!(1.0))]);
}

#[test]
fn health_and_use_cases_are_replaced_whole() {
    let at = "2024-03-01T10:00:00Z";
    let lines = [
        told(at, json!({"health": {"service": 55.5, "financial": 3}, "use_cases": []}), "account"),
        told(at, json!({"health": {"service": 50}, "account_executive": "kim"}), "account"),
    ];
    let oracle = run(PEOPLE, &lines, "2024-03-02");
    assert_values(
        &oracle,
        &[
            ("health(\"service\")", json!(50.0)),
            ("health(\"financial\")", Value::Null),
            ("has_any(use_cases, [\"x\"])", json!(false)),
            ("account_executive", json!("kim")),
        ],
    );
}

const PATHS: &str = r#"
version: 1
products: {a: {adopted: events >= 1}, b: {adopted: events >= 1}, c: {adopted: events >= 1}, d: {adopted: events >= 1}}
stages: {hold_days: 0, regular_use: active_days(3) >= 1}
paths:
  first: {products: [a, d, b]}
  second: {products: [a, b, c], retention: 0.8}
  third: {products: [a, b, d]}
  fourth: {products: [c, b]}
"#;

#[test]
fn the_path_that_shares_the_longest_beginning_is_matched() {
    let at = |day: i64| format!("2024-03-{day:02}T10:00:00Z");
    let use_of = |day: i64, product: &str| usage(&at(day), product, "u", "f", 1);
    let next = |lines: &[String], until: i64| ask(&run(PATHS, lines, &format!("2024-03-{until:02}")), "next_product");
    assert_eq!(next(&[use_of(1, "b")], 2), Value::Null); // no path begins with it
    let mut lines = vec![use_of(1, "a")];
    assert_eq!(next(&lines, 2), json!("d")); // the first in the file
    lines.push(use_of(2, "b"));
    assert_eq!(next(&lines, 3), json!("c"));
    // The order of adoption stays: what fell below is not looked for before the end of the beginning.
    assert_eq!(next(&lines, 9), json!("c"));
    lines.push(use_of(9, "d"));
    assert_eq!(next(&lines, 10), Value::Null); // a, b, d: the third path is at its end
    let oracle = run(PATHS, &lines, "2024-03-10");
    assert_values(
        &oracle,
        &[
            ("primary_product", json!("a")),
            ("second_product", json!("b")),
            ("primary.adopted_days", json!(9)),
            ("a.lost_days", json!(6)), // used on the 1st: not on 2 to 4
            ("d.lost_days", Value::Null),
            ("products_added(2)", json!(1)),
            ("products_lost(6)", json!(1)), // b, five days ago
            ("products_lost(7)", json!(2)),
            ("account_stage", json!("single_product")),
        ],
    );
    assert_eq!(
        oracle.adoption("a"),
        json!({
            "products_adopted_count": 1, "products_available": 0, "adoption_breadth_percentage": null, "time_to_second_product_days": 1,
            "primary_product": "a", "second_product": "b", "adoption_stage": "single_product",
        })
    );
    // Both of one day: in the file's order, which is the fourth path's backwards.
    assert_eq!(next(&[use_of(1, "c"), use_of(1, "b")], 2), Value::Null);
}

const SEGMENTS: &str = r#"
version: 1
products: {crm: {}}
segments:
  large: {when: employees >= 100, for_days: 2, clear_days: 3, benchmarks: {nrr: 1.28, days: 60}}
  small: {when: employees < 100, benchmarks: {days: 120}}
  both: {when: 'segment("large") && segment("small")'}
  live: {when: 'crm.events >= 2', judge: live}
  daily: {when: 'crm.events >= 2'}
"#;

#[test]
fn segments_are_entered_and_left_after_days_without_a_break() {
    let at = |day: i64| format!("2024-03-{day:02}T10:00:00Z");
    let employees = |day: i64, n: Value| told(&at(day), json!({"employees": n}), "account");
    let mut lines = vec![
        employees(1, json!(100)), // S
        employees(2, json!(99)),  // a break
        employees(3, json!(100)), // S
        told(&at(7), json!({"clear": ["employees"]}), "account"),
        employees(8, json!(5)),                                    // C of the one
        told(&at(10), json!({"clear": ["employees"]}), "account"), // a break
        employees(11, json!(5)),
    ];
    let of_segments = |lines: &[String], until: &str| said_of_rules(&run(SEGMENTS, lines, until));
    assert_eq!(
        of_segments(&lines, "2024-03-20"),
        [
            "segment.entered a small 03-02 10:00",
            "segment.exited a small 03-03 10:00",
            "segment.entered a large 03-05 00:00",
            "segment.entered a small 03-08 10:00",
            "segment.entered a both 03-08 10:00",
            "segment.exited a large 03-14 00:00",
            "segment.exited a both 03-14 00:00",
        ]
    );
    let oracle = run(SEGMENTS, &lines, "2024-03-13");
    assert_values(
        &oracle,
        &[("benchmark(\"days\")", json!(60)), ("benchmark(\"nrr\") == 1.28", json!(true)), ("benchmark(\"x\")", Value::Null)],
    );
    let oracle = run(SEGMENTS, &lines, "2024-03-15");
    assert_values(&oracle, &[("benchmark(\"days\")", json!(120)), ("benchmark(\"nrr\")", Value::Null)]);
    let entered = &compare_key(&oracle.outputs()[2])["data"];
    assert_eq!(entered["evidence"], json!([{"metric": "employees", "value": 100.0, "operator": ">=", "threshold": 100.0}]));

    // Usage is looked at by the live one alone, and a late event by none.
    lines.truncate(0);
    lines.push(usage(&at(1), "crm", "u", "f", 2));
    assert_eq!(of_segments(&lines, "2024-03-03"), ["segment.entered a live 03-01 10:00", "segment.entered a daily 03-02 00:00"]);
    lines[0] = usage(&at(1), "crm", "u", "f", 1);
    lines.push(told(&at(3), json!({"kind": "call"}), "touchpoint"));
    lines.push(usage(&at(2), "crm", "u", "f", 1));
    assert_eq!(of_segments(&lines, "2024-03-05"), ["segment.entered a live 03-04 00:00", "segment.entered a daily 03-04 00:00"]);
    // While the account is closed they stand; what was true before begins anew.
    lines.truncate(0);
    lines.push(employees(1, json!(100)));
    lines.push(told(&at(2), json!({"closed": "2024-03-02"}), "account"));
    lines.push(told(&at(3), json!({"clear": ["closed"]}), "account"));
    lines.push(told(&at(6), json!({"closed": "2024-03-06", "employees": 5}), "account"));
    lines.push(told(&at(20), json!({"clear": ["closed"]}), "account"));
    assert_eq!(
        of_segments(&lines, "2024-03-30"),
        ["segment.entered a large 03-05 00:00", "segment.entered a small 03-20 10:00", "segment.entered a both 03-20 10:00"]
            .into_iter()
            .map(str::to_owned)
            .chain(["segment.exited a large 03-23 00:00".to_owned(), "segment.exited a both 03-23 00:00".to_owned()])
            .collect::<Vec<_>>()
    );
}

const WINDOWS: &str = r#"
version: 1
settle_days: 1
products:
  crm:
    settle_days: 3
    fit: crm.events(70) >= 0
    adopted: 'events("f", 20) >= 100 && gauge("g", 25) >= 1'
    features: {f: {effective: {days: 1, of: 40}}, g: {}}
  hub: {features: {f: {}}}
personas: {p: {among: 'active_days(50) >= 0', keeps: 'crm.used("f", 9)'}}
synergies: {s: {products: [crm, hub], by: 'workflow_runs("w", 33) >= 1'}}
measures:
  one: {of: product, value: 'users.mean(active_days(12)) + usage_change(5)'}
  two: {of: account, value: 'products.max(one) + persona("p")'}
alerts:
  a1: {scope: account, open: 'observed_days < 0 || two >= 0 || persona("p") >= 1', clear: 'account.two < 5'}
  a2: {scope: product, products: [crm], open: 'crm.criteria_progress >= 0 && account.employees == 5 || account.events(4) < 0 || crm.one < 9'}
  a3: {scope: account, open: 'products.count(usage_change(3) > 0 && fit) >= 0 || primary.usage_change(4) > 0 || synergies_unlocked >= 0'}
  a4: {scope: product, products: [hub, crm], open: 'effective_features(5) >= 0 || min(seats, hub.seats) > 1 || or(trialing, events(2) > 3) == false'}
  a5: {scope: user, open: 'active_days(3) >= 0 && account.users_known >= 1 && crm.used("f", 6) != (key == true)'}
  a6: {scope: product, products: [crm], open: 'users.share(crm.used("f", 6), key) < 2 || seats_added(8) > 0 || (observed_days > 1 ? 1 : 2) == 2 || known(events(3) > 1)'}
  a7: {scope: account, open: 'mrr_change(6) > 0 || key_users_gone(7) >= 0 || crm.utilization_change(10) > 0 || (-(1 + 2) * 3 - (4 - 5)) < 0'}
"#;

/// The evidence of the opening of a rule, each line as `metric value operator threshold from..to`.
fn evidence(oracle: &Oracle, rule: &str) -> Vec<String> {
    let opened = |output: &&Value| output["data"]["rule"] == rule && output["type"] == "adoption.alert.opened";
    let output = oracle.outputs().iter().find(opened).unwrap_or_else(|| panic!("{rule} did not open"));
    let item = |item: &Value| {
        let window = match &item["window"] {
            Value::Null => String::new(),
            window => format!(" {}..{}", &window["from"].as_str().unwrap()[5..], &window["to"].as_str().unwrap()[5..]),
        };
        format!(
            "{} {} {} {}{window}",
            item["metric"].as_str().unwrap(),
            item["value"],
            item["operator"].as_str().unwrap(),
            item["threshold"]
        )
    };
    output["data"]["evidence"].as_array().unwrap().iter().map(item).collect()
}

#[test]
fn evidence_says_what_was_read_and_over_which_days() {
    let at = "2024-05-31T10:00:00Z";
    let lines = [
        usage(at, "crm", "u", "f", 1),
        told(at, json!({"product": "crm", "status": "active", "seats": 2}), "entitlement"),
        told(at, json!({"employees": 5}), "account"),
        user(at, "u", json!({})),
    ];
    let oracle = run(WINDOWS, &lines, "2024-05-31");
    assert_eq!(oracle.outputs().len(), 0);
    let oracle = run(WINDOWS, &lines, "2024-06-02");
    // The persona reads 50 days, which is longest; of the products the crm's 5 + 5 days end four days ago, the hub's two days ago.
    assert_eq!(evidence(&oracle, "a1"), ["observed_days 0 < 0", "two null >= 0 04-12..05-31", "persona(\"p\") 1 >= 1 04-12..05-31",]);
    assert_eq!(
        evidence(&oracle, "a2"),
        [
            "criteria_progress 0.005 >= 0 05-07..05-31",
            "employees 5 == 5",
            "account.events(4) 1 < 0 05-28..05-31",
            "one null < 9 05-18..05-31", // D − 2 · 5 − 3
        ]
    );
    assert_eq!(
        evidence(&oracle, "a3"),
        [
            "products.count(usage_change(3) > 0 && fit) 0 >= 0 03-23..05-31",
            "primary.usage_change(4) null > 0 05-20..05-29",
            "synergies_unlocked 0 >= 0 04-29..05-31",
        ]
    );
    assert_eq!(
        evidence(&oracle, "a4"),
        [
            "effective_features(5) 1 >= 0 04-22..05-31",
            "min(seats, hub.seats) null > 1",
            "or(trialing, events(2) > 3) false == false 05-30..05-31",
            "events(2) 1 > 3 05-30..05-31",
        ]
    );
    assert_eq!(
        evidence(&oracle, "a5"),
        [
            "active_days(3) 1 >= 0 05-29..05-31",
            "account.users_known 1 >= 1",
            "crm.used(\"f\", 6) true != false 05-26..05-31",
            "key false == true",
        ]
    );
    assert_eq!(
        evidence(&oracle, "a6"),
        [
            "users.share(used(\"f\", 6), key) null < 2 05-26..05-31",
            "seats_added(8) null > 0 05-23..05-31",
            "observed_days > 1 ? 1 : 2 2 == 2",
            "events(3) 1 > 1 05-29..05-31",
        ]
    );
    assert_eq!(
        evidence(&oracle, "a7"),
        [
            "mrr_change(6) null > 0 05-25..05-31",
            "key_users_gone(7) 0 >= 0 05-17..05-31",
            "crm.utilization_change(10) null > 0 05-12..05-31",
            "-(1 + 2) * 3 - (4 - 5) -8 < 0",
        ]
    );
}

const RULES: &str = r#"
version: 1
products:
  crm: {adopted: events >= 3}
  hub: {}
  box: {}
measures:
  score: {of: product, value: 'events / 2', bands: [{name: low, from: 1}, {name: mid, from: 2}, {name: high, from: 4.5}]}
  all: {of: account, value: 'or(employees, 0) / 3', bands: [{name: few, from: 0}, {name: many, from: 3.333334}]}
milestones:
  first: {of: product, when: events >= 2}
  on_hub: {of: product, products: [hub], when: 'milestone("first") && days_since_milestone("first") >= 1'}
  big: {of: account, when: employees >= 10, useful_if: employees >= 5}
  both: {of: account, when: 'crm.milestone("first") && milestone("big")'}
alerts:
  counts: {scope: account, open: users_known >= 2, route: success_role}
  counts_live: {scope: account, open: users_known >= 2, judge: live, route: somebody}
  gap: {scope: product, absent: true, open: account.products_adopted >= 1, for_days: 1}
  quiet: {scope: user, open: days_since_use >= 2, clear: days_since_use < 1, severity: info}
  left: {scope: user, gone: true, open: key && gone_days <= 5}
plays:
  after: {scope: account, open: 'alert_open("quiet") && !play_open("other")', due_days: 3, group: calls}
  mine: {scope: user, open: 'alert_open("quiet") && alert_open("counts")'}
"#;

#[test]
fn things_happen_in_their_order() {
    let at = |day: i64| format!("2024-03-{day:02}T10:00:00Z");
    let lines = [
        usage(&at(1), "crm", "u1", "f", 2),
        user(&at(1), "u2", json!({"key": true})),
        usage(&at(2), "crm", "u2", "f", 1),
        usage(&at(2), "hub", "u3", "f", 2),
        told(&at(2), json!({"employees": 10, "success_role": "scaled"}), "account"),
        usage(&at(4), "crm", "u1", "f", 6),
        user(&at(5), "u2", json!({"left": "2024-03-05"})),
        user(&at(5), "u3", json!({"merged_into": "u1"})),
        usage(&at(6), "crm", "u3", "f", 1),
        usage(&at(6), "box", "u1", "f", 1),
    ];
    let oracle = run(RULES, &lines, "2024-03-07");
    assert_eq!(
        said(&oracle),
        [
            "product_stage.changed a/crm none>activated 03-01 10:00",
            "milestone.achieved a/crm first 03-01 10:00",
            "alert.opened a counts 03-01 10:00", // at the user's record
            "alert.opened a counts_live 03-01 10:00",
            "band.changed a/crm score ->low 03-02 00:00",
            "band.changed a all ->few 03-02 00:00",
            "product_stage.changed a/crm activated>adopted 03-02 10:00",
            "account_stage.changed a not_adopted>single_product 03-02 10:00",
            "product_stage.changed a/hub none>adopted 03-02 10:00",
            "account_stage.changed a single_product>multi_product 03-02 10:00",
            "milestone.achieved a/hub first 03-02 10:00",
            "milestone.achieved a big 03-02 10:00",
            "milestone.achieved a both 03-02 10:00",
            "band.changed a/hub score ->low 03-03 00:00",
            "milestone.achieved a/hub on_hub 03-03 00:00",
            "alert.opened a/box gap 03-03 00:00",
            "alert.opened a/u1 quiet 03-03 00:00",
            "play.opened a after 03-03 00:00",
            "play.opened a/u1 mine 03-03 00:00",
            "alert.opened a/u2 quiet 03-04 00:00",
            "alert.opened a/u3 quiet 03-04 00:00",
            "play.opened a/u2 mine 03-04 00:00",
            "play.opened a/u3 mine 03-04 00:00",
            "alert.cleared a/u1 quiet condition 03-04 10:00",
            "play.closed a/u1 mine condition 03-04 10:00",
            "band.changed a/crm score low>high 03-05 00:00",
            // u2 left. Of the account's alerts the one is looked at, and two users are left.
            "alert.cleared a/u2 quiet no_longer_applies 03-05 10:00",
            "alert.opened a/u2 left 03-05 10:00",
            "play.closed a/u2 mine no_longer_applies 03-05 10:00",
            // u3 turned out to be u1, who is left alone.
            "alert.cleared a counts condition 03-05 10:00",
            "alert.cleared a counts_live condition 03-05 10:00",
            "alert.cleared a/u3 quiet no_longer_applies 03-05 10:00",
            "play.closed a after condition 03-05 10:00",
            "play.closed a/u3 mine no_longer_applies 03-05 10:00",
            "alert.opened a/u1 quiet 03-06 00:00",
            "play.opened a after 03-06 00:00",
            "alert.cleared a/u1 quiet condition 03-06 10:00", // by what u3 did
            "play.closed a after condition 03-06 10:00",
            "product_stage.changed a/box none>adopted 03-06 10:00",
            "account_stage.changed a multi_product>platform 03-06 10:00",
            "alert.cleared a/box gap no_longer_applies 03-06 10:00",
            "band.changed a/box score ->low 03-07 00:00", // below all
        ]
    );
    let data = |what: &str| {
        let of =
            |output: &&Value| output["data"]["milestone"] == what || output["data"]["rule"] == what || output["data"]["measure"] == what;
        compare_key(oracle.outputs().iter().find(of).unwrap())["data"].clone()
    };
    assert_eq!(
        data("first"),
        json!({
            "account": "a", "product": "crm", "milestone": "first", "user": "u1", "cause": {"line": 1.0},
            "evidence": [{
                "metric": "events(30)", "value": 2.0, "operator": ">=", "threshold": 2.0,
                "window": {"from": "2024-02-01", "to": "2024-03-01"},
            }],
        })
    );
    assert_eq!(data("on_hub")["user"], Value::Null); // a day was the cause
    assert_eq!(
        data("score"),
        json!({
            "account": "a", "product": "crm", "measure": "score", "from": null, "to": "low", "value": 1.0, "evidence": [],
            "cause": {"day": "2024-03-02"},
        })
    );
    assert_eq!(data("counts")["route"], Value::Null); // nobody was told yet
    assert_eq!(data("counts_live")["route"], "somebody");
    assert_eq!(data("mine")["user"], "u1");
    assert_eq!(data("after")["due"], "2024-03-06");
    // Of the users' plays all are closed, and the last of the account's, which is of a group, opened on the day before.
    assert_values(
        &oracle,
        &[
            ("open_plays()", json!(0)),
            ("days_since_play()", json!(1)),
            ("days_since_play(\"calls\")", json!(1)),
            ("open_plays(\"x\")", json!(0)),
            ("days_since_play(\"x\")", Value::Null),
        ],
    );
    // With the fourth day: for three users, and for the account since the day before.
    let oracle = run(RULES, &lines, "2024-03-04");
    assert_values(&oracle, &[("open_plays()", json!(4)), ("open_plays(\"calls\")", json!(1)), ("days_since_play(\"calls\")", json!(1))]);
    assert_values(&oracle, &[("days_since_play()", json!(0))]);
}

const LOOKS: &str = r#"
version: 1
products: {crm: {features: {f: {}}, adopted: events >= 2}, hub: {}}
stages: {hold_days: 0}
measures:
  use: {of: account, value: events, bands: [{name: low, from: 0}, {name: high, from: 3}]}
  of_crm: {of: product, value: events, bands: [{name: low, from: 0}]}
milestones:
  live: {of: account, when: events >= 3}
  daily: {of: account, when: use >= 3}
  marked: {of: product, products: [crm], when: 'active_users >= 2 || account.active_users >= 2'}
alerts:
  live: {scope: account, open: events >= 3, for_days: 1}
  daily: {scope: account, open: use >= 3, for_days: 1}
  both: {scope: product, open: criteria_progress >= 1, judge: daily}
  user: {scope: user, open: 'active_days >= 1 && account.users_known >= 1'}
  absent: {scope: product, absent: true, products: [hub], open: account.events >= 3, clear_days: 2}
"#;

#[test]
fn daily_rules_look_at_boundaries_and_at_what_is_no_use() {
    let at = |day: i64, hour: i64| format!("2024-03-{day:02}T{hour:02}:00:00Z");
    let lines = [
        usage(&at(1, 8), "crm", "u1", "f", 3),
        usage(&at(1, 9), "crm", "u2", "f", 1),
        user(&at(1, 10), "u2", json!({"name": "Two"})),
        told(&at(3, 8), json!({"product": "crm", "status": "ended"}), "entitlement"),
        told(&at(3, 9), json!({"product": "crm", "status": "active"}), "entitlement"),
    ];
    let oracle = run(LOOKS, &lines, "2024-03-04");
    assert_eq!(
        said(&oracle),
        [
            "product_stage.changed a/crm none>adopted 03-01 08:00",
            "account_stage.changed a not_adopted>single_product 03-01 08:00",
            "milestone.achieved a live 03-01 08:00",
            "alert.opened a/hub absent 03-01 08:00",
            "milestone.achieved a daily 03-01 10:00",
            "milestone.achieved a/crm marked 03-01 10:00",
            "alert.opened a/crm both 03-01 10:00",
            "alert.opened a/u2 user 03-01 10:00", // whom the record names
            "band.changed a use ->high 03-02 00:00",
            "band.changed a/crm of_crm ->low 03-02 00:00",
            "alert.opened a live 03-02 00:00",
            "alert.opened a daily 03-02 00:00", // S is the 1st, by the user's record
            "alert.opened a/u1 user 03-02 00:00",
            "product_stage.changed a/crm adopted>none 03-03 08:00",
            "account_stage.changed a single_product>not_adopted 03-03 08:00",
            "alert.cleared a/crm both no_longer_applies 03-03 08:00",
            "product_stage.changed a/crm none>adopted 03-03 09:00",
            "account_stage.changed a not_adopted>single_product 03-03 09:00",
            "alert.opened a/crm both 03-03 09:00",
            "band.changed a/crm of_crm ->low 03-04 00:00", // it was forgotten
        ]
    );
    // Late records: milestones are achieved, and nothing opens.
    let mut late = vec![told(&at(3, 8), json!({"kind": "call"}), "touchpoint")];
    late.extend_from_slice(&lines[..3]);
    assert_eq!(
        said_of_rules(&run(LOOKS, &late, "2024-03-04")),
        [
            "milestone.achieved a live 03-01 08:00",
            "milestone.achieved a daily 03-01 10:00",
            "milestone.achieved a/crm marked 03-01 10:00",
            "band.changed a use ->high 03-04 00:00",
            "band.changed a/crm of_crm ->low 03-04 00:00",
            "alert.opened a/crm both 03-04 00:00",
            "alert.opened a/u1 user 03-04 00:00",
            "alert.opened a/u2 user 03-04 00:00",
            "alert.opened a/hub absent 03-04 00:00",
        ]
    );
    // A closed account: rules of users end where they are looked at, and nothing else of the second part happens.
    let mut closed = lines[..3].to_vec();
    closed.push(told(&at(2, 9), json!({"closed": "2024-03-02"}), "account"));
    closed.push(usage(&at(2, 10), "crm", "u2", "f", 9));
    let oracle = run(LOOKS, &closed, "2024-03-04");
    assert_eq!(
        said_of_rules(&oracle)[11..],
        [
            "alert.cleared a live account_closed 03-02 09:00",
            "alert.cleared a daily account_closed 03-02 09:00",
            "alert.cleared a/crm both account_closed 03-02 09:00",
            "alert.cleared a/hub absent account_closed 03-02 09:00",
            "alert.cleared a/u1 user account_closed 03-03 00:00",
            "alert.cleared a/u2 user account_closed 03-03 00:00",
        ]
    );
}

#[test]
fn an_edited_playbook_is_looked_at_by_all_rules() {
    let at = |day: i64, hour: i64| format!("2024-03-{day:02}T{hour:02}:00:00Z");
    let mut oracle = run(LOOKS, &[usage(&at(1, 8), "crm", "u1", "f", 3)], "2024-03-03");
    assert_eq!(said_of_rules(&oracle).len(), 9);
    let edited = LOOKS
        .replace("  daily: {scope: account, open: use >= 3, for_days: 1}\n", "")
        .replace("name: high, from: 3", "name: top, from: 3")
        .replace("  live: {of: account, when: events >= 3}\n", "  other: {of: account, when: events >= 3}\n")
        .replace("active_days >= 1 && account", "active_days >= 2 && account");
    let edited = format!("{edited}segments: {{busy: {{when: events >= 1}}}}\n");
    oracle.edit(&edited).unwrap();
    assert_eq!(
        said_of_rules(&oracle)[9..],
        [
            "segment.entered a busy 03-03 00:00",
            "milestone.achieved a other 03-03 00:00",
            "alert.cleared a/u1 user condition 03-03 00:00",
            "alert.cleared a daily rule_removed 03-03 00:00",
        ]
    );
    // Back again: the milestone was achieved, and the segment ends in silence.
    oracle.edit(LOOKS).unwrap();
    assert_eq!(said_of_rules(&oracle)[13..], ["alert.opened a/u1 user 03-03 00:00"]);
}

#[test]
fn what_a_playbook_may_not_say_is_refused() {
    let refused = |more: &str, why: &str| {
        let text = format!("version: 1\nproducts: {{crm: {{features: {{f: {{}}}}}}, hub: {{fit: m >= 1}}}}\n{more}\n");
        match super::playbook::Playbook::load(&text) {
            Ok(_) => panic!("{more} was taken"),
            Err(found) => assert!(found.contains(why), "{more}: {found}"),
        }
    };
    let m = |value: &str| format!("measures: {{m: {{of: account, value: '{value}'}}}}");
    for (more, why) in [
        (m("m + 1"), "in a circle"),
        (m("hub.fit ? 1 : 2"), "in a circle"),
        (m("products_adopted"), "a stage"),
        (m("primary.events"), "a stage"),
        (m("segment(\"x\") ? 1 : 2"), "a verdict"),
        (m("users.mean(users.mean(active_days))"), "within an aggregate"),
        (m("users.mean(account.events)"), "within an aggregate"),
        (m("users.mean(used(\"f\"))"), "of which product"),
        (m("products.mean(employees)"), "no `employees`"),
        (m("weighted(events, 0)"), "positive literal"),
        (m("weighted(events, employees)"), "positive literal"),
        (m("min(events)"), "two numbers"),
        (m("or(events, true)"), "should be Number"),
        (m("users.sum(active_days)"), "no aggregate"),
        (m("has_any(industry, [\"a\"]) ? 1 : 2"), "a list's metric"),
        ("measures: {m: {of: product, value: products.count(entitled)}}".into(), "not read of Product"),
        ("measures: {m: {of: product, value: primary.events}}".into(), "is the account's"),
        ("measures: {m: {of: user, value: employees}}".into(), "no `employees`"),
        ("measures: {m: {of: user, value: crm.known_days}}".into(), "no use"),
        ("measures: {events: {of: account, value: 1 + 1}}".into(), "a metric's name"),
    ] {
        refused(&more, why);
    }
}
