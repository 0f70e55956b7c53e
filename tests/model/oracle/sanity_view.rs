//! The oracle's own sanity where the account view is concerned: figures reckoned by hand.

use super::zone::{DAY_MS, day_from_date, day_text};
use super::{Line, Options, Oracle};
use serde_json::{Value, json};

/// Of the days of these stories, by number; the first is 0.
fn date(day: i64) -> String {
    day_text(day_from_date(2024, 1, 1).unwrap() + day)
}

fn told(day: i64, mut rest: Value) -> (i64, String) {
    let time = (day_from_date(2024, 1, 1).unwrap() + day) * DAY_MS + 36_000_000;
    rest["time"] = json!(time);
    rest["account"] = json!("a");
    (time, rest.to_string())
}

fn used(day: i64, product: &str, user: &str, feature: &str, quantity: i64) -> (i64, String) {
    told(day, json!({"type": "usage", "product": product, "user": user, "feature": feature, "quantity": quantity}))
}

fn entitled(day: i64, product: &str, mut rest: Value) -> (i64, String) {
    rest["type"] = json!("entitlement");
    rest["product"] = json!(product);
    rest["status"] = json!("active");
    told(day, rest)
}

/// The view at noon of a day.
fn view(yaml: &str, mut lines: Vec<(i64, String)>, day: i64) -> Value {
    let until = (day_from_date(2024, 1, 1).unwrap() + day) * DAY_MS + 43_200_000;
    let options = Options { until: Some(until), wall_ms: 0, max_skew_ms: 0, dedupe_ids: 0, clock_witnesses: 1 };
    let mut oracle = Oracle::new(yaml, options).unwrap_or_else(|problem| panic!("{problem}\n{yaml}"));
    lines.sort_by_key(|(time, _)| *time);
    for (index, (_, text)) in lines.iter().enumerate() {
        oracle.line(Line { number: index as u64 + 1, text: text.as_bytes() });
    }
    oracle.finish();
    assert_eq!(oracle.dead_letters(), [], "each line is read");
    let view = oracle.account_view("a", None).expect("the account");
    assert_eq!(view["day"], date(day));
    view
}

fn of_product<'v>(view: &'v Value, product: &str) -> &'v Value {
    view["products"].as_array().unwrap().iter().find(|known| known["product"] == product).unwrap_or_else(|| panic!("{product}"))
}

/// Some members of each item.
fn listed(items: &Value, members: &[&str]) -> Vec<Value> {
    let of = |item: &Value| members.iter().map(|member| item[*member].clone()).collect::<Value>();
    items.as_array().unwrap().iter().map(of).collect()
}

/// Products that ask for one thing, each with two modules of one feature.
fn why() -> String {
    let products = ["none", "never", "addon", "once", "champion", "stalled", "growing", "bought", "strange"];
    let product = "{features: {x: {module: m}, y: {module: n}}, adopted: 'events(\"x\") >= 10'}";
    let products: String = products.iter().map(|id| format!("  {id}: {product}\n")).collect();
    let reasons = "reasons: {stalled: {plan: [Show it, Look again]}, tried_once: {plan: [Ask]}}";
    format!("version: 1\nmin_volume: 3\nmin_active_days: 1\nproducts:\n{products}{reasons}\n")
}

#[test]
fn the_first_reason_that_is_so_is_told() {
    let mut lines = vec![
        // It was used once as well.
        entitled(1, "none", json!({"seats": 0, "addons": ["n"]})),
        used(40, "none", "u", "x", 1),
        entitled(1, "never", json!({"addons": ["n"]})),
        entitled(1, "addon", json!({"seats": 5, "addons": ["m", "n"]})),
        used(95, "addon", "u", "x", 1),
        // The add-on was used, though not in the window.
        entitled(1, "once", json!({"addons": ["n"]})),
        used(40, "once", "u", "y", 3),
        // `strange` names nothing of the catalogue.
        entitled(1, "strange", json!({"addons": ["sso"]})),
        used(95, "strange", "u", "x", 1),
        told(1, json!({"type": "user", "user": "k", "key": true})),
        told(80, json!({"type": "user", "user": "k", "left": date(90)})),
    ];
    for product in ["champion", "stalled", "growing"] {
        lines.push(entitled(1, product, json!({"seats": 5})));
    }
    // 20 in the two weeks to 85, 10 in those to 99; it is no nearer, since `y` is not asked for.
    lines.extend([72, 80].map(|day| used(day, "champion", "k", "y", 10)));
    lines.push(used(99, "champion", "u", "y", 10));
    // Six of `x` in the 30 days to 72 and in those to 100.
    lines.extend([50, 55, 60, 90, 91, 92].map(|day| used(day, "stalled", "u", "x", 2)));
    lines.extend([50, 55, 60, 90, 91, 92].map(|day| used(day, "growing", "u", "x", 2)));
    lines.push(used(93, "growing", "u", "x", 1));
    let view = view(&why(), lines, 100);
    let reasons: Vec<(&str, &str)> = view["products"]
        .as_array()
        .unwrap()
        .iter()
        .map(|product| (product["product"].as_str().unwrap(), product["not_adopted"]["reason"].as_str().unwrap()))
        .collect();
    let mut sorted = reasons.clone();
    sorted.sort_unstable();
    let expected = [
        ("addon", "addon_unknown"),
        ("champion", "champion_left"),
        ("growing", "growing"),
        ("never", "never_used"),
        ("none", "no_seats"),
        ("once", "tried_once"),
        ("stalled", "stalled"),
        ("strange", "tried_once"),
    ];
    assert_eq!(sorted, expected);
    // The highest stage first: those that were used in the last 30 days are activated.
    let order: Vec<&str> = reasons.iter().map(|reason| reason.0).collect();
    assert_eq!(order, ["addon", "champion", "stalled", "growing", "strange", "none", "never", "once"]);
    assert_eq!(of_product(&view, "stalled")["not_adopted"]["plan"], json!(["Show it", "Look again"]));
    assert_eq!(of_product(&view, "growing")["not_adopted"]["plan"], json!([]));
    // What was bought without being sold is nothing to be explained.
    assert!(view["products"].as_array().unwrap().iter().all(|product| product["product"] != "bought"));
}

#[test]
fn stalled_is_no_nearer_than_four_weeks_before() {
    let yaml = "{version: 1, products: {crm: {adopted: 'events(\"x\") >= 10 && active_users >= 4'}}}";
    let lines = |before: i64| {
        vec![entitled(0, "crm", json!({})), used(60, "crm", "u", "x", before), used(61, "crm", "v", "z", 1), used(95, "crm", "u", "x", 5)]
    };
    let found = |lines: Vec<(i64, String)>| {
        let view = view(yaml, lines, 100);
        let crm = of_product(&view, "crm");
        (crm["criteria"]["progress"].as_f64().unwrap(), crm["not_adopted"]["reason"].as_str().unwrap().to_owned())
    };
    let with = |before: i64, more: Vec<(i64, String)>| found([lines(before), more].concat());
    // Today the mean of 5/10 and 1/4. Four weeks ago that of 2/10 and 2/4.
    assert_eq!(with(2, vec![]), (0.375, "growing".into()));
    assert_eq!(with(3, vec![]), (0.375, "stalled".into()));
    // 0.25 and 0.5 would be the same as today; nine tenths and one user less more.
    assert_eq!(with(9, vec![]), (0.375, "stalled".into()));
    // By what is known today `v` is not of the customer, and was not then: of 3/10 and 1/4.
    let internal = told(99, json!({"type": "user", "user": "v", "internal": true}));
    assert_eq!(with(3, vec![internal]), (0.375, "growing".into()));
    // Late news of that time count for it: 3/10 and 2/4.
    assert_eq!(with(2, vec![(told(99, json!({})).0, used(62, "crm", "u", "x", 1).1)]), (0.375, "stalled".into()));
}

const OFFERS: &str = r#"
version: 1
stages: {hold_days: 0, regular_use: active_days >= 1, proficient: events < 0}
products:
  crm:
    price: {per_seat: 100, currency: USD}
    adopted: active_days >= 1
    features:
      a: {tier: core, impact: low, effort: low, name: First}
      b: {tier: main, impact: high, effort: high}
      c: {tier: advanced, impact: high, effort: low}
      d: {tier: [advanced, high_value], impact: high, effort: medium, name: Fourth}
  hub: {adopted: active_days >= 1, price: {flat: 900, currency: EUR}, features: {e: {tier: core}, f: {tier: advanced}}}
  jet: {price: {flat: 500, currency: USD}}
  ink: {}
  box: {price: {flat: 500.0, currency: USD}}
  pen: {fit: employees >= 5 || churned, price: {flat: 1000, currency: USD}, features: {g: {}}, problem: Nothing is written}
  owl: {fit: 'has_any(use_cases, ["service", "sales", "legal"]) && employees >= 5', price: {per_seat: 20, currency: USD}, problem: Dark}
  ray: {fit: employees < 5, price: {flat: 1, currency: USD}}
  sun: {fit: 'has_any(use_cases, ["sales"]) && arr > 1'}
  sea: {}
integrations: [{from: crm, to: hub}, {from: hub, to: crm}, {from: crm, to: box}, {from: owl, to: crm}]
synergies:
  slow: {products: [crm, hub], by: events < 0, value: 700, effort: high}
  quick: {products: [hub, crm], by: events < 0, value: 700, effort: low}
  unsaid: {products: [crm, box], by: arr > 0, value: 700}
  worthless: {products: [crm, hub], by: events < 0, effort: low}
  unlocked: {products: [crm, owl], by: events > 0, value: 10000}
  impossible: {products: [crm, owl], by: events < 0, value: 10000}
guardrails:
  known: {of: product, holds_back: features_enabled >= 1}
  large: {holds_back: employees >= 100}
plays:
  connect_products: {scope: account, open: events < 0, guards: [large]}
  cross_sell: {scope: product, absent: true, open: events < 0, guards: [large, known], tasks: [{id: t, title: Offer it}]}
"#;

fn offers(employees: i64) -> Value {
    let lines = vec![
        told(0, json!({"type": "account", "employees": employees, "use_cases": ["sales", "finance", "service"]})),
        entitled(0, "crm", json!({"seats": 30})),
        entitled(0, "hub", json!({"seats": 50})),
        entitled(0, "box", json!({"seats": 0})),
        entitled(0, "ink", json!({})),
        entitled(0, "jet", json!({})),
        told(0, json!({"type": "integration", "from": "hub", "to": "crm", "status": "connected"})),
        told(0, json!({"type": "integration", "from": "owl", "to": "box", "status": "connected"})),
        used(1, "crm", "u", "z", 1),
        used(1, "hub", "u", "e", 1),
    ];
    view(OFFERS, lines, 3)
}

#[test]
fn recommendations_stand_in_their_order() {
    let view = offers(10);
    let found = listed(&view["recommendations"], &["kind", "id", "value", "effort", "gap"]);
    let expected = json!([
        ["activate", "box", 500, null, "it has no seats"],
        ["activate", "jet", 500, null, "it was never used"],
        ["activate", "ink", null, null, "it was never used"],
        // 100 for each of 50 seats, though it has 30. `c` is only advanced; `d` takes less than `b`.
        ["deepen", "crm", 5000, "medium", "First, b, Fourth"],
        ["connect", "quick", 700, "low", null],
        ["connect", "slow", 700, "high", null],
        ["connect", "unsaid", 700, null, null],
        ["connect", "worthless", null, "low", null],
        ["connect", "crm to hub", null, null, null],
        ["cross_sell", "owl", 1000, null, "sales, service"],
        ["cross_sell", "pen", 1000, null, "Nothing is written"],
    ]);
    assert_eq!(json!(found), expected);
    assert_eq!(listed(&view["synergies"]["unlocked"], &["synergy"]), [json!(["unlocked"])]);
    assert_eq!(listed(&view["synergies"]["untapped"], &["synergy"]), ["slow", "quick", "unsaid", "worthless"].map(|id| json!([id])));
    // What is possible is so of all that the account has; what is in place is told wherever it is.
    let matrix = listed(&view["integrations"]["matrix"], &["from", "to", "connected", "possible"]);
    let expected =
        json!([["crm", "hub", false, true], ["crm", "box", false, true], ["hub", "crm", true, true], ["owl", "box", true, false]]);
    assert_eq!(json!(matrix), expected);
    let score = 100.0 / 3.0;
    assert_eq!(listed(&json!([view["integrations"]]), &["active", "possible", "score"]), [json!([1, 3, score])]);
    let journey = listed(&view["journey"], &["product", "state", "target"]);
    let expected = json!([
        ["crm", "growing", null],
        ["hub", "growing", null],
        ["jet", "unused", "activate"],
        ["ink", "unused", "activate"],
        ["box", "unused", "activate"],
        ["pen", "manual_or_competitor", "new"],
        ["owl", "manual_or_competitor", "new"],
        ["ray", "manual_or_competitor", null],
        ["sun", "manual_or_competitor", null],
        ["sea", "manual_or_competitor", null],
    ]);
    assert_eq!(json!(journey), expected);
}

#[test]
fn what_is_held_back_is_not_counted_as_expansion() {
    // The guard of products holds back what has a catalogue: `pen`. 3 × 700 and 1000 are left.
    let view = offers(10);
    let held = |view: &Value| listed(&view["cross_sell"], &["product", "fit_score", "held_back_by"]);
    assert_eq!(json!(held(&view)), json!([["owl", 1, null], ["pen", 0.5, ["known"]]]));
    assert_eq!(view["total_expansion"], 3100);
    assert_eq!(listed(&view["guardrails"], &["guardrail", "product"]), ["crm", "hub", "pen"].map(|p| json!(["known", p])));
    // That of the account holds back everything.
    let view = offers(100);
    assert_eq!(json!(held(&view)), json!([["owl", 1, ["large"]], ["pen", 0.5, ["large", "known"]]]));
    assert_eq!(view["total_expansion"], 0);
    let held: Vec<Value> = listed(&view["recommendations"], &["held_back_by"]);
    assert_eq!(held[..4], [json!([null]), json!([null]), json!([null]), json!([null])]);
    assert!(held[4..9].iter().all(|guards| *guards == json!([["large"]])), "{held:?}");
}

#[test]
fn how_well_a_product_fits_is_a_mean_of_what_is_known() {
    let yaml = |paths: &str| {
        format!(
            "{{version: 1, paths: {{{paths}}}, stages: {{regular_use: active_days >= 1}}, products: {{\
             crm: {{}}, hub: {{fit: 'has_any(use_cases, [\"sales\"]) || employees > 100 || !churned'}}, box: {{}}}}}}"
        )
    };
    let score = |paths: &str| {
        let lines = vec![
            told(0, json!({"type": "account", "employees": 50, "use_cases": ["sales"]})),
            entitled(0, "crm", json!({})),
            used(1, "crm", "u", "x", 1),
        ];
        let view = view(&yaml(paths), lines, 2);
        assert_eq!(view["path"]["adopted"], json!(["crm"]));
        (view["cross_sell"][0]["fit_score"].clone(), view["path"].clone())
    };
    // Two of its three parts are true. Each of two numbers enters a mean with twelve places, and so does the mean leave it, half to even.
    assert_eq!(score("").0, 0.666_666_666_667);
    assert_eq!(score("p: {products: [crm, hub]}").0, 0.833_333_333_334);
    assert_eq!(score("p: {products: [crm, box, hub]}").0, 0.333_333_333_334);
    // Without a path that is matched nothing is known of it.
    let (found, path) = score("p: {products: [box, hub]}");
    assert_eq!((found, path), (json!(0.666_666_666_667), json!({"adopted": ["crm"], "shared": 0})));
}

#[test]
fn the_path_with_the_longest_beginning_is_matched_the_first_of_equal_ones() {
    let yaml = "
version: 1
stages: {regular_use: active_days >= 1, hold_days: 0}
products: {crm: {}, hub: {}, box: {}, pen: {}}
paths:
  backwards: {products: [hub, crm, box]}
  first: {products: [crm, hub, box]}
  second: {products: [crm, pen, hub]}
";
    let path = |uses: &[(i64, &str)]| {
        let mut lines: Vec<_> = ["crm", "hub", "box", "pen"].map(|product| entitled(0, product, json!({}))).to_vec();
        lines.extend(uses.iter().map(|(day, product)| used(*day, product, "u", "x", 1)));
        view(yaml, lines, 60)["path"].clone()
    };
    assert_eq!(path(&[]), json!({"adopted": [], "shared": 0}));
    let found = path(&[(50, "crm")]);
    assert_eq!(found, json!({"adopted": ["crm"], "path": "first", "shared": 1, "next_product": "hub"}));
    let found = path(&[(50, "crm"), (51, "pen")]);
    assert_eq!(found, json!({"adopted": ["crm", "pen"], "path": "second", "shared": 2, "next_product": "hub"}));
    // What comes past the beginning is passed over where it is adopted: `hub` is, `box` not.
    let found = path(&[(50, "crm"), (51, "box"), (52, "hub")]);
    assert_eq!(found, json!({"adopted": ["crm", "box", "hub"], "path": "first", "shared": 1}));
    // `crm` was adopted first, is not any more, and keeps its place; nothing of the beginning is the next.
    let found = path(&[(10, "crm"), (50, "hub"), (51, "box")]);
    assert_eq!(found, json!({"adopted": ["crm", "hub", "box"], "path": "first", "shared": 3}));
    // On one day in the order of the playbook.
    let found = path(&[(50, "pen"), (50, "crm")]);
    assert_eq!(found, json!({"adopted": ["crm", "pen"], "path": "second", "shared": 2, "next_product": "hub"}));
}

#[test]
fn half_is_broad_and_half_is_deep() {
    let yaml = "
version: 1
stages: {regular_use: active_days >= 1}
products:
  crm: {features: {a: {}, b: {}, c: {}, d: {}}}
  hub: {features: {a: {}, b: {}, c: {}, d: {}}}
  box: {features: {a: {}}}
";
    let quadrant = |products: &[&str], uses: &[(&str, &str)]| {
        let mut lines: Vec<_> = products.iter().map(|product| entitled(0, product, json!({}))).collect();
        lines.extend(uses.iter().map(|(product, feature)| used(1, product, "u", feature, 1)));
        view(yaml, lines, 2)["quadrant"].clone()
    };
    let found = quadrant(&["crm", "box"], &[("crm", "a"), ("crm", "b")]);
    assert_eq!(found, json!({"quadrant": "broad_deep", "breadth": 0.5, "depth": 0.5}));
    let found = quadrant(&["crm", "hub", "box"], &[("crm", "a"), ("crm", "b")]);
    assert_eq!(found, json!({"quadrant": "narrow_deep", "breadth": 1.0 / 3.0, "depth": 0.5}));
    // The mean of 2/4 and 1/4; what is not of the catalogue is no part of a share.
    let found = quadrant(&["crm", "hub"], &[("crm", "a"), ("crm", "b"), ("hub", "a"), ("hub", "z")]);
    assert_eq!(found, json!({"quadrant": "broad_shallow", "breadth": 1, "depth": 0.375}));
    let found = quadrant(&["box"], &[]);
    assert_eq!(found, json!({"quadrant": "narrow_shallow", "breadth": 0}));
    // Of products that were used without having been sold.
    assert_eq!(quadrant(&[], &[("box", "a")]), json!({"quadrant": "narrow_deep", "depth": 1}));
}

#[test]
fn a_tenth_more_or_less_is_flat() {
    let yaml = "{version: 1, min_volume: 20, min_active_days: 1, products: {crm: {features: {a: {value: {amount: 0.5}}, b: {}}}}}";
    let mut lines = vec![entitled(0, "crm", json!({}))];
    // The 30 days to 69, and those to 99; D is 100.
    for (feature, before, now) in [("a", 20, 22), ("b", 20, 23), ("c", 20, 18), ("d", 20, 17), ("e", 19, 40)] {
        lines.push(used(20, "crm", "u", feature, 1));
        lines.push(used(69, "crm", "u", feature, before));
        lines.push(used(99, "crm", "u", feature, now));
    }
    lines.push(used(100, "crm", "v", "a", 1000));
    lines.push(used(100, "crm", "w", "f", 1));
    let view = view(yaml, lines, 100);
    let found = listed(&of_product(&view, "crm")["features"], &["feature", "change", "trend", "users", "adoption", "events", "value"]);
    let third = |n: f64| json!(n / 3.0);
    let expected = json!([
        ["a", 0.1, "flat", 2, third(2.0), 1022, {"amount": 511, "hours": 0}],
        ["b", 0.15, "up", 1, third(1.0), 23, null],
        ["c", -0.1, "flat", 1, third(1.0), 18, null],
        ["d", -0.15, "down", 1, third(1.0), 17, null],
        ["e", null, null, 1, third(1.0), 40, null],
        ["f", null, null, 1, third(1.0), 1, null],
    ]);
    assert_eq!(json!(found), expected);
}

#[test]
fn a_gap_of_a_module_is_that_of_its_worthiest_feature() {
    let yaml = "
version: 1
products:
  crm:
    features:
      used: {module: m}
      other: {module: m, impact: high}
      a: {module: n, impact: medium, effort: low, recommendation: A}
      b: {module: n, impact: high, effort: high, recommendation: B}
      c: {module: n, impact: high, effort: medium, recommendation: C}
      d: {module: n, effort: low, recommendation: D}
      shut: {module: o, impact: high}
      open: {module: p, name: Open}
      free: {module: p}
";
    let lines = vec![
        entitled(0, "crm", json!({"features": ["used", "other", "a", "b", "c", "d", "open"]})),
        used(1, "crm", "u", "used", 1),
        used(1, "crm", "u", "free", 1),
    ];
    let view = view(yaml, lines, 2);
    let crm = of_product(&view, "crm");
    let found = listed(&crm["gaps"], &["kind", "id", "name", "impact", "effort", "recommendation"]);
    let expected = json!([
        ["feature", "other", "other", "high", null, null],
        ["feature", "a", "a", "medium", "low", "A"],
        ["feature", "b", "b", "high", "high", "B"],
        ["feature", "c", "c", "high", "medium", "C"],
        ["feature", "d", "d", null, "low", "D"],
        ["feature", "open", "Open", null, null, null],
        // `m` and `p` were used, the latter by what the account had not been sold; nothing of `o` is enabled.
        ["module", "n", "n", "high", "medium", "C"],
    ]);
    assert_eq!(json!(found), expected);
    let found = listed(&crm["modules"], &["module", "features", "features_used"]);
    assert_eq!(json!(found), json!([["m", 2, 1], ["n", 4, 0], ["o", 1, 0], ["p", 2, 1]]));
    let daily = crm["modules"][0]["daily"].as_array().unwrap();
    assert_eq!((daily.len(), &daily[88], &daily[89]), (90, &json!(1), &json!(0)));
}

#[test]
fn what_lapses_if_nothing_more_happens_does_so_on_its_day() {
    let yaml = |regular_use: &str| {
        format!(
            r#"
version: 1
window_days: 20
products: {{crm: {{adopted: 'events("x") >= 3 && active_users > 1', regular_use: '{regular_use}'}}}}
guardrails:
  lately: {{of: product, holds_back: days_since_use <= 5, reason: Wait}}
  always: {{holds_back: events >= 0}}
  playing: {{holds_back: 'open_plays("g") >= 1'}}
  never: {{holds_back: events < 0}}
  renewing: {{holds_back: days_to_renewal <= 3}}
  later: {{holds_back: days_since_use > 5}}
plays:
  some: {{scope: account, group: g, open: days_since_use <= 1, clear: days_since_use > 10, due_days: 2}}
  other: {{scope: product, open: events < 0, guards: [lately, always, playing, never, renewing, later]}}
"#
        )
    };
    let lines = || {
        vec![
            told(0, json!({"type": "account", "contract": {"renewal": date(94)}})),
            entitled(0, "crm", json!({"ends": date(94)})),
            used(80, "crm", "v", "x", 1),
            used(90, "crm", "u", "x", 3),
        ]
    };
    let of = |regular_use: &str| view(&yaml(regular_use), lines(), 93);
    let lapses = |view: &Value| of_product(view, "crm")["criteria"]["lapses_on"].clone();
    // Weekly use ends with the seventh day after the last; that the term has ended by then is another thing.
    let weekly = of("active_days(7) >= 1");
    assert_eq!(lapses(&weekly), date(97));
    // The second user, of whom there must be more than one, is in the window of 20 days up to the 99th.
    assert_eq!(lapses(&of("active_days(92) >= 1")), date(100));
    assert_eq!(lapses(&of("events >= 100")), Value::Null);
    let criteria = &of_product(&weekly, "crm")["criteria"];
    let window = |from: i64| json!({"from": date(from), "to": date(93)});
    let expected = json!({
        "holds": true,
        "progress": 1,
        "lapses_on": date(97),
        "comparisons": [
            {
                "metric": "events(\"x\", 20)", "value": 4, "operator": ">=", "threshold": 3,
                "holds": true, "progress": 1, "window": window(74),
            },
            {"metric": "active_users(20)", "value": 2, "operator": ">", "threshold": 1, "holds": true, "progress": 1, "window": window(74)},
            {"metric": "active_days(7)", "value": 1, "operator": ">=", "threshold": 1, "holds": true, "progress": 1, "window": window(87)},
        ],
    });
    assert_eq!(*criteria, expected);
    let found = listed(&weekly["guardrails"], &["guardrail", "product", "reason", "until"]);
    let expected = json!([
        ["lately", "crm", "Wait", date(96)],
        ["always", null, null, null],
        // The play goes on until it clears on the eleventh day.
        ["playing", null, null, date(101)],
        ["renewing", null, null, null],
    ]);
    assert_eq!(json!(found), expected);
    let found = listed(&weekly["incidents"], &["kind", "rule", "opened", "due", "overdue", "group"]);
    assert_eq!(json!(found), json!([["play", "some", date(80), date(82), true, "g"]]));
}

#[test]
fn a_measure_is_told_with_its_parts_as_written() {
    let yaml = r"
version: 1
window_days: 14
products: {crm: {}}
measures:
  score:
    of: product
    value: 'weighted(active_users, 3, min(1, license_utilization / 0.8), 1.5)'
    bands: [{name: low, from: 0}, {name: high, from: 2}]
  sum: {of: account, value: 100 * (crm.events + 1)}
  best: {of: account, value: 'max(employees, 3, events)'}
view: {score: score, account_score: sum, elements: [best]}
";
    let lines = vec![entitled(0, "crm", json!({})), used(1, "crm", "u", "x", 1), used(1, "crm", "v", "x", 6)];
    let view = view(yaml, lines, 2);
    let parts = json!([
        {"metric": "active_users(14)", "value": 2, "weight": 3},
        {"metric": "min(1, license_utilization(14) / 0.8)", "weight": 1.5},
    ]);
    assert_eq!(of_product(&view, "crm")["score"], json!({"measure": "score", "value": 2, "band": "high", "parts": parts}));
    assert_eq!(view["score"], json!({"measure": "sum", "value": 800}));
    assert_eq!(view.get("health"), None);
    let parts = json!([{"metric": "employees"}, {"metric": "3", "value": 3}, {"metric": "events(14)", "value": 7}]);
    assert_eq!(view["elements"], json!([{"measure": "best", "parts": parts}]));
}
