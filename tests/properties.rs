//! The engine against the oracle, over random playbooks and streams: every output, every dead letter and every metric.
//!
//! `PROPERTY_SEEDS=500 cargo test --release --test properties` widens the run; `PROPERTY_SEED=42` runs one seed.

mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adoption_tracker::engine::EngineSettings;
use adoption_tracker::engine::metric::METRICS;
use adoption_tracker::playbook::{Comparison, Condition, MetricRef, Operand, Playbook};
use adoption_tracker::replay::{Replay, ReplayOptions};
use oracle::model::normal;
use oracle::{Line, Options, Oracle, compare_key, stream, until_instant};
use serde_json::Value;

const WALL_MS: i64 = 4_000_000_000_000;

fn seeds() -> Vec<u64> {
    if let Ok(seed) = std::env::var("PROPERTY_SEED") {
        return vec![seed.parse().expect("PROPERTY_SEED is a number")];
    }
    let count = std::env::var("PROPERTY_SEEDS").map_or(150, |count| count.parse().expect("PROPERTY_SEEDS is a number"));
    (1..=count).collect()
}

fn dedupe_ids(seed: u64) -> usize {
    if seed.is_multiple_of(3) { 8 } else { 0 }
}

fn load(yaml: &str, seed: u64) -> Arc<Playbook> {
    Arc::new(Playbook::load("random.yaml", yaml).unwrap_or_else(|problems| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("seed {seed}: the playbook does not load:\n{}\n{yaml}", problems.join("\n"))
    }))
}

/// A metric that is in one of them alone is tested by nobody else's reckoning.
#[test]
fn each_metric_has_an_entry_in_the_oracle() {
    let defined: BTreeSet<&str> = METRICS.iter().map(|def| def.signature.name).collect();
    let known: BTreeSet<&str> = oracle::expr::metric_names().collect();
    assert_eq!(defined.difference(&known).collect::<Vec<_>>(), [&""; 0], "the engine's that have no entry in tests/oracle/expr.rs");
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
                without_additions(our) == without_additions(their),
                "seed {seed}, account {account}, output {index}\nengine: {}\noracle: {}",
                our.map_or("nothing".into(), Value::to_string),
                their.map_or("nothing".into(), Value::to_string)
            );
        }
    }
}

/// What only one of them tells.
fn without_additions(output: Option<&Value>) -> Option<Value> {
    let mut output = output?.clone();
    let data = output["data"].as_object_mut().expect("data is an object");
    for addition in ["primary_product", "second_product", "days_to_second_product", "route"] {
        data.remove(addition);
    }
    Some(output)
}

#[test]
fn the_engine_agrees_with_the_oracle() {
    for seed in seeds() {
        let yaml = stream::playbook(seed);
        let playbook = load(&yaml, seed);
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
    let playbook = load(&asking, seed);
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
