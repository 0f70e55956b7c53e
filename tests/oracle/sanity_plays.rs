//! The oracle's own sanity where plays and campaigns are concerned: values reckoned by hand.

use super::{Line, Options, Oracle, stream, until_instant};
use std::collections::BTreeMap;

#[test]
fn random_streams_have_all_of_it() {
    let mut counts = BTreeMap::<String, usize>::new();
    for seed in 1..=60 {
        let yaml = stream::whole_playbook(seed);
        let until = until_instant(&yaml, &stream::until(seed)).unwrap();
        let clock_witnesses = stream::witnesses(seed);
        let options = Options { until: Some(until), wall_ms: 0, max_skew_ms: 0, dedupe_ids: 0, clock_witnesses };
        let mut oracle = Oracle::new(&yaml, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{yaml}"));
        for (index, text) in stream::whole_lines(seed, 300, false).iter().enumerate() {
            oracle.line(Line { number: index as u64 + 1, text: text.as_bytes() });
        }
        oracle.finish();
        for output in oracle.outputs() {
            let data = &output["data"];
            let kind = output["type"].as_str().unwrap();
            let mut what = vec![kind.to_string()];
            for key in ["reason", "verdict"] {
                what.extend(data[key].as_str().map(|reason| format!("{kind} {key} {reason}")));
            }
            for key in ["overdue", "tokens", "champions", "held_out", "tasks"] {
                what.extend((!data[key].is_null()).then(|| format!("{kind} with {key}")));
            }
            for what in what {
                *counts.entry(what).or_default() += 1;
            }
        }
    }
    eprintln!("{counts:#?}");
}
