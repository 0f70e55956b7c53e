//! `replay --portfolio` against the oracle, over random playbooks and streams of a dozen accounts: every figure of all, of each segment, every
//! target.
//!
//! `PORTFOLIO_SEEDS=500` widens the run; `PORTFOLIO_SEED=42` runs one seed and leaves its playbook and its stream where they can be looked at.

mod oracle;

use oracle::model::normal;
use oracle::{Line, Options, Oracle, stream};
use serde_json::Value;
use std::process::Command;

fn seeds() -> Vec<u64> {
    if let Ok(seed) = std::env::var("PORTFOLIO_SEED") {
        return vec![seed.parse().expect("PORTFOLIO_SEED is a number")];
    }
    (1..=std::env::var("PORTFOLIO_SEEDS").map_or(40, |count| count.parse().expect("PORTFOLIO_SEEDS is a number"))).collect()
}

/// Where two values differ, each place with both.
fn differences(place: &str, ours: Option<&Value>, theirs: Option<&Value>, into: &mut Vec<String>) {
    match (ours, theirs) {
        (Some(Value::Object(ours)), Some(Value::Object(theirs))) => {
            for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
                differences(&format!("{place}/{name}"), ours.get(name), theirs.get(name), into);
            }
        }
        _ if ours == theirs => {}
        _ => {
            let [ours, theirs] = [ours, theirs].map(|value| value.map_or("nothing".into(), Value::to_string));
            into.push(format!("{place}\n  engine: {ours}\n  oracle: {theirs}"));
        }
    }
}

#[test]
fn the_portfolio_is_what_the_oracle_says() {
    for seed in seeds() {
        let (yaml, lines, until) = (stream::fleet_playbook(seed), stream::fleet_lines(seed, 600), stream::fleet_until(seed));
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = if std::env::var_os("PORTFOLIO_SEED").is_some() { std::env::temp_dir() } else { scratch.path().to_owned() };
        let [playbook, input, outputs, portfolio] =
            ["fleet.yaml", "fleet.jsonl", "fleet-outputs.jsonl", "fleet.json"].map(|name| folder.join(name));
        std::fs::write(&playbook, &yaml).expect("the playbook is written");
        std::fs::write(&input, lines.join("\n")).expect("the stream is written");
        let witnesses = stream::witnesses(seed);
        let run = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
            .args(["replay", "--set", &format!("engine.clock_witnesses={witnesses}"), "--until", &oracle::zone::instant_text(until)])
            .arg("--playbook")
            .arg(&playbook)
            .arg("--output")
            .arg(&outputs)
            .arg("--portfolio")
            .arg(&portfolio)
            .arg(&input)
            .env_clear()
            .output()
            .expect("the service starts");
        assert!(run.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&run.stderr));
        let ours: Value = serde_json::from_slice(&std::fs::read(&portfolio).expect("the portfolio is written")).expect("JSON");

        let options = Options { until: Some(until), wall_ms: 0, max_skew_ms: 0, dedupe_ids: 0, clock_witnesses: witnesses };
        let mut oracle = Oracle::new(&yaml, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{yaml}"));
        for (index, text) in lines.iter().enumerate() {
            oracle.line(Line { number: index as u64 + 1, text: text.as_bytes() });
        }
        oracle.finish();
        let theirs = oracle.portfolio();
        let mut found = Vec::new();
        for key in ["day", "figures", "segments", "targets"] {
            differences(key, Some(&normal(&ours["data"][key])), Some(&normal(&theirs[key])), &mut found);
        }
        assert!(found.is_empty(), "seed {seed}:\n{}", found.join("\n"));
    }
}
