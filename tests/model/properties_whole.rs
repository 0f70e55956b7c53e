//! The engine against the oracle, over random playbooks of the whole language: every output and every dead letter. Alerts named `probe_..`
//! open on some days whatever is so, so that their evidence says what every metric comes to, of every subject, and which days were read.
//!
//! `PROPERTY_SEEDS=500 cargo test --release --test model properties_whole::` widens the run; `PROPERTY_LINES=1000` makes the streams longer;
//! `PROPERTY_SEED=42` runs one seed and prints its playbook where it fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::oracle::{Line, Options, Oracle, compare_key, stream, until_instant};
use crate::seeds::{load, seeds};
use adoption_tracker::engine::EngineSettings;
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::Value;

const WALL_MS: i64 = 4_000_000_000_000;

/// Outputs by account, in order, without what the oracle does not model (ids, digests).
fn by_account(outputs: impl Iterator<Item = Value>) -> BTreeMap<String, Vec<Value>> {
    let mut all = BTreeMap::<String, Vec<Value>>::new();
    for output in outputs {
        let account = output["data"]["account"].as_str().expect("every output names its account").to_owned();
        all.entry(account).or_default().push(without_additions(compare_key(&output)));
    }
    all
}

/// What the engine tells beyond the oracle.
fn without_additions(mut output: Value) -> Value {
    if output["type"] == "adoption.account_stage.changed" {
        let data = output["data"].as_object_mut().expect("data is an object");
        for addition in ["primary_product", "second_product", "days_to_second_product"] {
            data.remove(addition);
        }
    }
    output
}

/// The rule, segment, milestone or measure that an output is of, as the playbook writes it.
fn written(yaml: &str, output: Option<&Value>) -> String {
    let Some(data) = output.map(|output| &output["data"]) else { return String::new() };
    let id = ["rule", "segment", "milestone", "measure", "product"].iter().find_map(|key| data[*key].as_str());
    let Some(id) = id else { return String::new() };
    let mut lines = yaml.lines().skip_while(|line| !line.starts_with(&format!("  {id}:")));
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.take_while(|line| line.starts_with("    ")).collect();
    format!("\n{first}\n{}", rest.join("\n"))
}

#[test]
fn the_engine_agrees_with_the_oracle_on_the_whole_language() {
    let count = std::env::var("PROPERTY_LINES").map_or(300, |count| count.parse().expect("PROPERTY_LINES is a number"));
    for seed in seeds("PROPERTY", 100) {
        let yaml = stream::whole_playbook(seed);
        let playbook = load(&yaml, &format!("seed {seed}"));
        let lines = stream::whole_lines(seed, count, seed.is_multiple_of(2));
        if std::env::var_os("PROPERTY_SEED").is_some() {
            // To be tried by hand, with `replay`.
            let folder = std::env::temp_dir();
            std::fs::write(folder.join("whole.yaml"), &yaml).expect("the playbook is written");
            std::fs::write(folder.join("whole.jsonl"), lines.join("\n")).expect("the stream is written");
        }
        let until = until_instant(&yaml, &stream::until(seed)).expect("the stream has an end");
        let (dedupe_ids, clock_witnesses) = (if seed.is_multiple_of(3) { 8 } else { 0 }, stream::witnesses(seed));
        let options = Options { until: Some(until), wall_ms: WALL_MS, max_skew_ms: 3_600_000, dedupe_ids, clock_witnesses };
        let mut oracle = Oracle::new(&yaml, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{yaml}"));
        let mut replay = Replay::new(
            Arc::clone(&playbook),
            ReplayOptions {
                until_ms: Some(until),
                latest_ms: WALL_MS,
                max_record_bytes: 1 << 20,
                engine: EngineSettings { dedupe_ids, clock_witnesses, ..EngineSettings::default() },
                portfolio: false,
            },
        );
        let (mut outputs, mut dead) = (Vec::new(), Vec::new());
        for (index, text) in lines.iter().enumerate() {
            let number = index as u64 + 1;
            oracle.line(Line { number, text: text.as_bytes() });
            if let Err(reject) = replay.line(text.as_bytes()) {
                dead.push((number, reject.reason.as_str().to_owned()));
            }
            replay.drain(|event| outputs.push(serde_json::from_str(&event.structured()).expect("outputs are JSON")));
        }
        oracle.finish();
        replay.finish();
        replay.drain(|event| outputs.push(serde_json::from_str(&event.structured()).expect("outputs are JSON")));
        assert_eq!(dead, oracle.dead_letters(), "seed {seed}: dead letters");
        let (ours, theirs) = (by_account(outputs.into_iter()), by_account(oracle.outputs().iter().cloned()));
        for account in theirs.keys().chain(ours.keys()) {
            let empty = Vec::new();
            let (ours, theirs) = (ours.get(account).unwrap_or(&empty), theirs.get(account).unwrap_or(&empty));
            for index in 0..ours.len().max(theirs.len()) {
                let (our, their) = (ours.get(index), theirs.get(index));
                assert!(
                    our == their,
                    "seed {seed}, account {account}, output {index}\nengine: {}\noracle: {}{}{}",
                    our.map_or("nothing".into(), Value::to_string),
                    their.map_or("nothing".into(), Value::to_string),
                    written(&yaml, our),
                    written(&yaml, their)
                );
            }
        }
    }
}
