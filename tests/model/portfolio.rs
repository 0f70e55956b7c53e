//! The portfolio: `replay --portfolio`, with figures reckoned by hand; those of random accounts, held against the oracle; counts that follow
//! accounts as they change.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::oracle::stream::{self, Rng};
use crate::oracle::{Line, Options, Oracle};
use adoption_tracker::engine::{CauseRef, Engine, EngineSettings, day_in};
use adoption_tracker::input::{Limits, decode};
use adoption_tracker::output;
use adoption_tracker::playbook::Playbook;
use adoption_tracker::portfolio::{Outline, Tracker, counted, figures};
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::{Value, json};

const PLAYBOOK: &str = r#"
version: 1
products:
  crm:
    adopted: active_days(92) >= 1
    features: {deals: {}, calls: {}}
  mail:
    adopted: active_days(92) >= 1
    features: {sends: {}}
stages: {hold_days: 0, regular_use: active_days(92) >= 1}
measures:
  use: {of: account, value: events, range: [0, 4], bands: [{name: low, from: 0}, {name: high, from: 2}]}
  of_product: {of: product, value: events, bands: [{name: idle, from: 0}, {name: busy, from: 1}]}
segments:
  big: {when: employees >= 100}
  small: {when: employees < 100}
targets:
  multi_product: {figure: multi_product_rate, at_least: 0.2}
  few_below_60: {figure: below_60, at_most: 0}
  second: {figure: second_product_180, at_least: 0.6}
  big: {figure: segment("big"), at_most: 2}
  high: {figure: 'band("use", "high")', at_least: 4}
"#;

/// Who they are at noon of 2026-06-01: `acme` grew, `bolt` churned, `core` has all of its seats in use, `dust` and `hill` bought and wait, `elm` is
/// entitled to nothing, `fern` tries without having been sold anything, `gale` has ended its term.
const EVENTS: &str = r#"
{"type":"outcome","time":"2025-05-01T09:00:00Z","account":"acme","kind":"mrr","amount":100}
{"type":"account","time":"2025-05-01T09:00:00Z","account":"acme","employees":500}
{"type":"entitlement","time":"2025-05-02T09:00:00Z","account":"acme","product":"crm","status":"active","seats":10}
{"type":"entitlement","time":"2025-05-02T09:00:00Z","account":"acme","product":"mail","status":"active","seats":4}
{"type":"usage","time":"2025-05-02T10:00:00Z","account":"acme","product":"crm","user":"u1"}
{"type":"outcome","time":"2025-05-10T09:00:00Z","account":"bolt","kind":"mrr","amount":200}
{"type":"entitlement","time":"2025-05-10T09:00:00Z","account":"bolt","product":"crm","status":"active","seats":5}
{"type":"usage","time":"2025-05-10T10:00:00Z","account":"bolt","product":"crm","user":"u1"}
{"type":"entitlement","time":"2025-05-20T09:00:00Z","account":"gale","product":"crm","status":"active"}
{"type":"usage","time":"2025-05-20T10:00:00Z","account":"gale","product":"crm","user":"u1"}
{"type":"entitlement","time":"2025-07-01T09:00:00Z","account":"gale","product":"crm","status":"ended"}
{"type":"outcome","time":"2025-09-01T09:00:00Z","account":"bolt","kind":"churn"}
{"type":"entitlement","time":"2026-01-01T09:00:00Z","account":"core","product":"crm","status":"active","seats":2}
{"type":"usage","time":"2026-01-01T10:00:00Z","account":"core","product":"crm","user":"v1"}
{"type":"outcome","time":"2026-02-01T09:00:00Z","account":"acme","kind":"mrr","amount":150}
{"type":"account","time":"2026-03-01T09:00:00Z","account":"elm","employees":10}
{"type":"account","time":"2026-05-15T09:00:00Z","account":"dust","employees":500}
{"type":"entitlement","time":"2026-05-15T09:00:00Z","account":"dust","product":"mail","status":"active"}
{"type":"entitlement","time":"2026-05-16T09:00:00Z","account":"hill","product":"crm","status":"active"}
{"type":"usage","time":"2026-05-20T09:00:00Z","account":"acme","product":"mail","user":"u1"}
{"type":"integration","time":"2026-05-20T09:00:00Z","account":"acme","from":"crm","to":"mail","status":"connected"}
{"type":"usage","time":"2026-05-25T09:00:00Z","account":"core","product":"crm","user":"v1"}
{"type":"usage","time":"2026-05-25T09:00:00Z","account":"core","product":"crm","user":"v2"}
{"type":"usage","time":"2026-05-30T09:00:00Z","account":"acme","product":"crm","user":"u1","feature":"deals"}
{"type":"usage","time":"2026-05-30T09:00:00Z","account":"acme","product":"crm","user":"u2"}
{"type":"usage","time":"2026-05-30T09:00:00Z","account":"acme","product":"crm","user":"u3"}
{"type":"usage","time":"2026-05-31T09:00:00Z","account":"acme","product":"crm","user":"u1"}
{"type":"usage","time":"2026-05-31T09:00:00Z","account":"fern","product":"crm","user":"w","feature":"deals"}
{"type":"usage","time":"2026-05-31T09:00:00Z","account":"fern","product":"crm","user":"w","feature":"calls"}
{"type":"usage","time":"2026-06-01T09:00:00Z","account":"acme","product":"crm","user":"u1"}
"#;

/// What `replay` writes as the portfolio.
fn portfolio(lines: &str, until: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let [playbook, portfolio] = ["playbook.yaml", "portfolio.json"].map(|name| folder.path().join(name));
    std::fs::write(&playbook, PLAYBOOK).expect("a file");
    let words = ["replay", "--until", until, "--output"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .args(words)
        .arg(folder.path().join("outputs.jsonl"))
        .arg("--playbook")
        .arg(&playbook)
        .arg("--portfolio")
        .arg(&portfolio)
        .env_clear()
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the service starts");
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() || lines.trim().is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read_to_string(&portfolio).expect("the portfolio is written")
}

fn fleet() -> Value {
    let text = portfolio(EVENTS, "2026-06-01T12:00:00Z");
    assert_eq!((text.lines().count(), text.ends_with('\n')), (1, true));
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_figures_of_a_small_fleet_are_those_reckoned_by_hand() {
    let fleet = fleet();
    assert_eq!((&fleet["type"], &fleet["subject"]), (&json!("adoption.portfolio.updated"), &json!("fleet")));
    assert_eq!(fleet["time"], "2026-06-01T00:00:00Z");
    let data = &fleet["data"];
    assert_eq!((&data["day"], &data["cause"]), (&json!("2026-06-01"), &json!({"day": "2026-06-01"})));
    // acme on 20, 30 and 31 May and 1 June, core on 25 May, fern on 31 May: each for seven days.
    let mut weekly = vec![0; 73];
    weekly.extend([1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 2, 3, 2]);
    let too_few = |of: i64| json!({"of": of, "mean": null, "quartiles": [null, null, null]});
    let expected = json!({
        "accounts": 5,
        "by_account_stage": {"not_adopted": 2, "single_product": 2, "multi_product": 1, "platform": 0, "full_platform": 0},
        "by_product_stage": {
            "crm": {"none": 1, "entitled": 1, "activated": 0, "adopted": 3, "proficient": 0, "integrated": 0},
            "mail": {"none": 3, "entitled": 1, "activated": 0, "adopted": 1, "proficient": 0, "integrated": 0},
        },
        "by_products_adopted": [2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        "in_segment": {"big": 2, "small": 0},
        "in_band": {"use": {"low": 2, "high": 3}, "of_product": {"idle": 2, "busy": 4}},
        // acme has all and uses half of one product's features and none of the other's; fern uses all, and has been sold nothing.
        "by_quadrant": {"broad_deep": 0, "broad_shallow": 2, "narrow_deep": 1, "narrow_shallow": 2},
        "multi_product_rate": 0.2,
        "integration_rate": 0.2,
        "penetration": 0.4,
        // Of acme both, of core, fern; not of dust, hill.
        "activation_rate": 4.0 / 6.0,
        // 3 of 10, 1 of 4, 2 of 2.
        "utilization": 0.375,
        "utilization_mean": 0.516_666_666_667,
        "below_60": 1,
        "utilization_up": 2,
        "weekly": 0.4,
        "weekly_by_day": weekly,
        "dau": 1,
        "mau": 6,
        // 6 days of acme's users, 2 of core's, 1 of fern's: 9 / 30 / 6.
        "dau_mau": 0.05,
        "expansion_90": 0.5,
        // 150 of 300.
        "nrr": 0.5,
        "second_product": {"of": 3, "quartiles": [383, 383, 383], "within_180": 0},
        // A year ago acme, bolt and gale began with it; bolt left in that year.
        "sequences": {"crm": {"accounts": 5, "retention": 2.0 / 3.0}, "crm > mail": {"accounts": 1, "retention": 1}},
        "pairs": {"crm + mail": {"accounts": 1, "retention": 1, "lift": 2}},
        "percentiles": {
            "products_adopted": {"of": 5, "mean": 0.8, "quartiles": [0, 1, 1]},
            "integration_score": too_few(1),
            // 0, 0, 2, 2, and 6, which is in the last bin.
            "use": {"of": 5, "mean": 1.5992, "quartiles": [0, 2, 2]},
        },
    });
    for (figure, value) in expected.as_object().expect("an object") {
        assert_eq!(&data["figures"][figure], value, "{figure}");
    }
    assert_eq!(data["figures"], expected);
    let big = &data["segments"]["big"];
    let found = ["accounts", "multi_product_rate", "nrr", "in_segment", "sequences", "second_product"].map(|figure| &big[figure]);
    let retained = |accounts: i64| json!({"accounts": accounts, "retention": 1});
    let of_big = [
        json!(2),
        json!(0.5),
        json!(1.5),
        json!({"big": 2, "small": 0}),
        json!({"crm": retained(1), "crm > mail": retained(1)}),
        json!({"of": 1, "quartiles": [383, 383, 383], "within_180": 0}),
    ];
    assert_eq!(found, of_big.each_ref());
    // elm is in it, but entitled to nothing.
    let small = &data["segments"]["small"];
    let found = ["accounts", "weekly", "dau_mau", "nrr", "utilization_mean"].map(|figure| &small[figure]);
    assert_eq!(found, [&json!(0), &Value::Null, &Value::Null, &Value::Null, &Value::Null]);
    assert_eq!(small["second_product"], json!({"of": 0, "quartiles": [null, null, null], "within_180": null}));
}

#[test]
fn each_target_is_told_with_what_it_is_held_against() {
    let fleet = fleet();
    let expected = json!({
        "multi_product": {"figure": "multi_product_rate", "value": 0.2, "at_least": 0.2, "met": true},
        "few_below_60": {"figure": "below_60", "value": 1, "at_most": 0, "met": false},
        "second": {"figure": "second_product_180", "value": 0, "at_least": 0.6, "met": false},
        "big": {"figure": "segment(\"big\")", "value": 2, "at_most": 2, "met": true},
        "high": {"figure": "band(\"use\", \"high\")", "value": 3, "at_least": 4, "met": false},
    });
    assert_eq!(fleet["data"]["targets"], expected);
    // Of nobody: shares are not known, numbers are.
    let text = portfolio("", "2026-06-01");
    let nobody: Value = serde_json::from_str(&text).expect("JSON");
    let met = |target: &str| &nobody["data"]["targets"][target]["met"];
    assert_eq!(["multi_product", "second", "few_below_60", "high"].map(met), [&Value::Null, &Value::Null, &json!(true), &json!(false)]);
}

#[test]
fn the_record_is_what_its_schema_says() {
    let (_, schema) = output::schemas().into_iter().find(|(file, _)| *file == "portfolio-updated.v1.json").expect("a schema");
    let schema = jsonschema::validator_for(&schema).expect("a valid schema");
    let mut data = fleet()["data"].clone();
    let faults: Vec<String> = schema.iter_errors(&data).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    data["figures"]["accounts"] = json!("1");
    assert!(!schema.is_valid(&data));
}

/// Whatever happens between two rounds, and however a round is divided, counts are those of the accounts as they are after it.
#[test]
fn counts_are_kept_up_with_accounts() {
    const LIMITS: Limits = Limits { max_record_bytes: 1 << 20, check_key: false, record_ms: None };
    let mut accounts = 0;
    for seed in 1..=40 {
        let mut random = Rng::new(seed);
        let playbook = Arc::new(Playbook::load("random.yaml", &stream::playbook(seed)).expect("random playbooks load"));
        let settings = EngineSettings { clock_witnesses: stream::witnesses(seed), ..EngineSettings::default() };
        let mut engine = Engine::new(playbook, settings);
        let mut tracker = Tracker::new(&engine);
        let mut effects = Vec::new();
        for (line, text) in stream::lines(seed, random.range(50, 400) as usize, true).iter().enumerate() {
            if let Ok(event) = decode(None, text.as_bytes(), Vec::new, &LIMITS) {
                engine.apply(&event, CauseRef::Line(line as u64), i64::MAX, line as u64, &mut effects);
            }
            effects.clear();
            engine.roll(random.range(0, 3) as usize, &mut effects);
            if random.percent(20) && tracker.begin(&mut engine) {
                tracker.step(&mut engine, random.range(1, 4) as usize);
            }
        }
        engine.hear_witnesses();
        engine.roll_all(&mut effects);
        tracker.begin(&mut engine);
        while tracker.step(&mut engine, 3) {}
        let expected = counted(&engine, tracker.outline());
        assert_eq!(tracker.counts(), &expected, "seed {seed}");
        assert!(!tracker.begin(&mut engine), "seed {seed}: nothing has changed since");
        accounts += figures(&expected, tracker.outline()).0.accounts;
    }
    assert!(accounts > 40, "{accounts}");
}

/// Numbers as doubles: a whole one may be written either way.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

/// What differs, by where it stands.
fn differences(ours: &Value, theirs: &Value, path: &str, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(our), Value::Object(their)) => {
            for name in our.keys().chain(their.keys().filter(|name| !our.contains_key(*name))) {
                let of = |members: &serde_json::Map<String, Value>| members.get(name).cloned().unwrap_or(json!("absent"));
                differences(&of(our), &of(their), &format!("{path}/{name}"), found);
            }
        }
        _ if plain(ours) == plain(theirs) => {}
        _ => found.push(format!("{path}: {ours}, by the oracle {theirs}")),
    }
}

/// `FLEET_SEEDS` (60): so many fleets of random accounts; `FLEET_SEED`: this one alone.
#[test]
fn figures_agree_with_the_oracle() {
    const WALL_MS: i64 = 4_000_000_000_000;
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = number("FLEET_SEED").map_or_else(|| 1..=number("FLEET_SEEDS").unwrap_or(60), |seed| seed..=seed);
    let (mut accounts, mut adopted, mut lifts) = (0, 0, 0);
    for seed in seeds {
        let (yaml, until_ms) = (stream::fleet_playbook(seed), stream::fleet_until(seed));
        let playbook = Arc::new(Playbook::load("random.yaml", &yaml).expect("random playbooks load"));
        let clock_witnesses = stream::witnesses(seed);
        let engine = EngineSettings { clock_witnesses, ..EngineSettings::default() };
        let options = ReplayOptions { until_ms: Some(until_ms), latest_ms: WALL_MS, max_record_bytes: 1 << 20, engine, portfolio: true };
        let mut replay = Replay::new(Arc::clone(&playbook), options);
        let options = Options { until: Some(until_ms), wall_ms: WALL_MS, max_skew_ms: 3_600_000, dedupe_ids: 0, clock_witnesses };
        let mut oracle = Oracle::new(&yaml, options).expect("the oracle reads it, too");
        for (number, text) in (1..).zip(stream::fleet_lines(seed, 600)) {
            drop(replay.line(text.as_bytes()));
            replay.drain(drop);
            oracle.line(Line { number, text: text.as_bytes() });
        }
        replay.finish();
        oracle.finish();
        let outline = Outline::new(&playbook);
        let counts = replay.summary().counts.as_deref().expect("they were asked for");
        let (fleet, _) = output::fleet(counts, day_in(&playbook.time_zone, until_ms), &outline);
        let mut ours: Value = serde_json::from_str(&fleet.data).expect("JSON");
        ["cause", "playbook"].iter().for_each(|member| _ = ours.as_object_mut().and_then(|data| data.remove(*member)));
        let mut found = Vec::new();
        differences(&ours, &oracle.portfolio(), "", &mut found);
        assert!(found.is_empty(), "seed {seed}: {} figures differ\n{}", found.len(), found[..found.len().min(20)].join("\n"));
        accounts += ours["figures"]["accounts"].as_i64().expect("a number");
        adopted += ours["figures"]["second_product"]["of"].as_i64().expect("a number");
        lifts += ours["figures"]["pairs"].as_object().expect("an object").values().filter(|pair| pair["lift"].is_number()).count();
    }
    assert!(std::env::var_os("FLEET_SEED").is_some() || accounts > 300 && adopted > 200 && lifts > 5, "{accounts} {adopted} {lifts}");
}
