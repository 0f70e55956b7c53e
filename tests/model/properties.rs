//! The engine against the oracle, over random playbooks and streams: every output, every dead letter and every metric.
//!
//! `PROPERTY_SEEDS=500 cargo test --release --test model properties::` widens the run; `PROPERTY_SEED=42` runs one seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::oracle::model::normal;
use crate::oracle::{self, Line, Options, Oracle, compare_key, stream, until_instant};
use crate::seeds::{load, seeds};
use adoption_tracker::engine::EngineSettings;
use adoption_tracker::engine::metric::METRICS;
use adoption_tracker::playbook::{Comparison, Condition, MetricRef, Operand};
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::Value;

const WALL_MS: i64 = 4_000_000_000_000;

fn dedupe_ids(seed: u64) -> usize {
    if seed.is_multiple_of(3) { 8 } else { 0 }
}

/// A metric that is in one of them alone is tested by nobody else's reckoning.
#[test]
fn each_metric_has_an_entry_in_the_oracle() {
    let defined: BTreeSet<&str> = METRICS.iter().map(|def| def.signature.name).collect();
    let known: BTreeSet<&str> = oracle::expr::metric_names().chain(oracle::expr::verdict_names()).collect();
    assert_eq!(defined, known, "the engine's, and those that have an entry in tests/model/oracle/expr.rs");
}

/// Outputs by account, in order, without what the oracle does not model (ids, digests).
fn by_account(outputs: impl Iterator<Item = Value>) -> BTreeMap<String, Vec<Value>> {
    let mut all = BTreeMap::<String, Vec<Value>>::new();
    for output in outputs {
        let account = output["data"]["account"].as_str().expect("every output names its account").to_owned();
        all.entry(account).or_default().push(compare_key(&output));
    }
    all
}

fn assert_same_outputs(seed: u64, engine: &BTreeMap<String, Vec<Value>>, oracle: &BTreeMap<String, Vec<Value>>) {
    for account in oracle.keys().chain(engine.keys()) {
        let empty = Vec::new();
        let (ours, theirs) = (engine.get(account).unwrap_or(&empty), oracle.get(account).unwrap_or(&empty));
        for index in 0..ours.len().max(theirs.len()) {
            let (our, their) = (ours.get(index), theirs.get(index));
            assert!(
                without_additions(our) == their.cloned(),
                "seed {seed}, account {account}, output {index}\nengine: {}\noracle: {}",
                our.map_or("nothing".into(), Value::to_string),
                their.map_or("nothing".into(), Value::to_string)
            );
        }
    }
}

/// What the engine tells beyond the oracle.
fn without_additions(output: Option<&Value>) -> Option<Value> {
    let mut output = output?.clone();
    let data = output["data"].as_object_mut().expect("data is an object");
    for addition in ["primary_product", "second_product", "days_to_second_product"] {
        data.remove(addition);
    }
    Some(output)
}

#[test]
fn the_engine_agrees_with_the_oracle() {
    for seed in seeds("PROPERTY", 150) {
        let yaml = stream::playbook(seed);
        let playbook = load(&yaml, &format!("seed {seed}"));
        let lines = stream::lines(seed, 300, seed.is_multiple_of(2));
        let until = until_instant(&yaml, &stream::until(seed)).expect("the stream has an end");
        let options = Options {
            until: Some(until),
            wall_ms: WALL_MS,
            max_skew_ms: 3_600_000,
            dedupe_ids: dedupe_ids(seed),
            clock_witnesses: stream::witnesses(seed),
        };
        let mut oracle = Oracle::new(&yaml, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}"));
        let mut replay = Replay::new(
            Arc::clone(&playbook),
            ReplayOptions {
                until_ms: Some(until),
                latest_ms: WALL_MS,
                max_record_bytes: 1 << 20,
                engine: EngineSettings {
                    dedupe_ids: dedupe_ids(seed),
                    clock_witnesses: stream::witnesses(seed),
                    ..EngineSettings::default()
                },
                portfolio: false,
            },
        );
        let probes = probes(seed, &yaml);
        let mut outputs = Vec::new();
        let mut dead = Vec::new();
        for (index, text) in lines.iter().enumerate() {
            let number = index as u64 + 1;
            oracle.line(Line { number, text: text.as_bytes() });
            if let Err(reject) = replay.line(text.as_bytes()) {
                dead.push((number, reject.reason.as_str().to_owned()));
            }
            replay.drain(|event| outputs.push(serde_json::from_str(&event.structured()).expect("outputs are JSON")));
            if number.is_multiple_of(100) {
                compare_metrics(seed, number, &oracle, &mut replay, &probes);
            }
        }
        oracle.finish();
        replay.finish();
        replay.drain(|event| outputs.push(serde_json::from_str(&event.structured()).expect("outputs are JSON")));
        assert_eq!(dead, oracle.dead_letters(), "seed {seed}: dead letters");
        assert_same_outputs(seed, &by_account(outputs.into_iter()), &by_account(oracle.outputs().iter().cloned()));
        compare_metrics(seed, 0, &oracle, &mut replay, &probes);
    }
}

/// The probes as the playbook's own metrics: each is the left side of a rule of a playbook that has only such rules.
fn probes(seed: u64, yaml: &str) -> Vec<(Option<String>, String, MetricRef)> {
    let probes = stream::probes(seed);
    let mut asking: String = yaml
        .lines()
        .take_while(|line| !line.starts_with("alerts:") && !line.starts_with("plays:"))
        .map(|line| format!("{line}\n"))
        .collect();
    asking.push_str("alerts:\n");
    for (index, (product, text)) in probes.iter().enumerate() {
        let name = product.as_ref().map_or(text.clone(), |product| format!("{product}.{text}"));
        asking.push_str(&format!("  probe_{index}: {{scope: account, open: '{name} == {name}'}}\n"));
    }
    let playbook = load(&asking, &format!("seed {seed}"));
    let reference = |index: usize| match &playbook.rules[index].open {
        Condition::Compare(Comparison { left: Operand::Metric(reference), .. }) => reference.clone(),
        other => panic!("not a comparison of a metric: {other:?}"),
    };
    probes.into_iter().enumerate().map(|(index, (product, text))| (product, text, reference(index))).collect()
}

fn compare_metrics(seed: u64, line: u64, oracle: &Oracle, replay: &mut Replay, probes: &[(Option<String>, String, MetricRef)]) {
    for account in oracle.accounts() {
        // The oracle takes an account through boundaries with its events only; elsewhere both answer for other days.
        if replay.engine().day_of_account(&account) != oracle.day(&account) {
            continue;
        }
        for (product, text, reference) in probes {
            let ours = replay.engine().metric(&account, product.as_deref(), reference).expect("the account is known");
            let theirs = oracle.metric(&account, product.as_deref(), text);
            assert_eq!(normal(&ours), normal(&theirs), "seed {seed}, line {line}: {account} {product:?} {text}");
        }
    }
}

/// The oracle at the end of a stream.
fn lived_through(seed: u64, yaml: &str, lines: &[String]) -> Oracle {
    let until = until_instant(yaml, &stream::until(seed)).expect("the stream has an end");
    let options = Options { until: Some(until), wall_ms: WALL_MS, max_skew_ms: 3_600_000, dedupe_ids: 0, clock_witnesses: 1 };
    let mut oracle = Oracle::new(yaml, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}"));
    for (index, text) in lines.iter().enumerate() {
        oracle.line(Line { number: index as u64 + 1, text: text.as_bytes() });
    }
    oracle.finish();
    oracle
}

/// Words of an expression that are no texts.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split('"').step_by(2);
    outside.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_')).filter(|word| !word.is_empty())
}

#[test]
fn random_playbooks_of_the_whole_language_are_lively() {
    let count: u64 = std::env::var("ORACLE_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let mut kinds = BTreeMap::<String, u64>::new();
    // By word: in how many comparisons that were told it stood, and in how many of these the value was there, and was not 0 or false.
    let mut told = BTreeMap::<String, (u64, u64)>::new();
    let mut slowest = std::time::Duration::ZERO;
    for seed in 0..count {
        let playbook = stream::whole_playbook(seed);
        let lines = stream::whole_lines(seed, 300, seed % 2 == 0);
        let began = std::time::Instant::now();
        let oracle = lived_through(seed, &playbook, &lines);
        slowest = slowest.max(began.elapsed());
        for output in oracle.outputs() {
            let data = &output["data"];
            let rule = data["rule"].as_str().unwrap_or("").split('_').next().unwrap_or_default();
            let subject = ["product", "user"].into_iter().find(|key| data[*key].is_string()).unwrap_or("account");
            let what = format!("{} {rule} {subject} {}", output["type"].as_str().unwrap(), data["reason"].as_str().unwrap_or(""));
            *kinds.entry(what).or_default() += 1;
            for item in data["evidence"].as_array().unwrap() {
                let has_value = !item["value"].is_null() && item["value"] != false && item["value"].as_f64() != Some(0.0);
                for word in words(item["metric"].as_str().unwrap()) {
                    let count = told.entry(word.to_owned()).or_default();
                    count.0 += 1;
                    count.1 += u64::from(has_value);
                }
            }
        }
    }
    println!("slowest {slowest:?}");
    for (what, n) in &kinds {
        println!("{n:6} {what}");
    }
    for name in oracle::expr::metric_names().collect::<BTreeSet<_>>() {
        let (all, with_value) = told.get(name).copied().unwrap_or_default();
        println!("{name:25} told {all:6}, with a value {with_value:6}");
        assert!(count < 40 || with_value > 0, "{name}");
    }
    for what in ["alert.opened alert", "alert.opened probe", "play.opened play"] {
        for subject in ["account", "product", "user"] {
            assert!(count < 40 || kinds.contains_key(&format!("adoption.{what} {subject} ")), "{what} {subject}");
        }
    }
    for what in ["alert.cleared alert", "play.closed play"] {
        for (subject, reason) in [("account", "condition"), ("product", "account_closed"), ("product", "no_longer_applies")] {
            for subject in [subject, "user"] {
                assert!(count < 40 || kinds.contains_key(&format!("adoption.{what} {subject} {reason}")), "{what} {subject} {reason}");
            }
        }
    }
    for (what, subject) in [("band.changed", "product"), ("band.changed", "account"), ("milestone.achieved", "product")] {
        assert!(count < 40 || kinds[&format!("adoption.{what}  {subject} ")] > 50, "{what} {subject}");
    }
    for what in ["segment.entered", "segment.exited", "milestone.achieved"] {
        assert!(count < 40 || kinds[&format!("adoption.{what}  account ")] > 50, "{what}");
    }
    assert_eq!(stream::whole_playbook(7), stream::whole_playbook(7));
}
