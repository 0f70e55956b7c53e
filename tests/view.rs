//! The account view against the oracle's, field by field, over random playbooks and streams.

mod oracle;

use adoption_tracker::playbook::Playbook;
use adoption_tracker::view::account::AccountView;
use oracle::model::normal;
use oracle::{Line, Options, Oracle, stream, until_instant};
use serde_json::{Value, json};

const WALL_MS: i64 = 4_000_000_000_000;

/// The first place at which two values differ, and what stands there.
fn difference(ours: &Value, theirs: &Value, path: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(our), Value::Object(their)) => {
            let names = our.keys().chain(their.keys().filter(|name| !our.contains_key(*name)));
            names.into_iter().find_map(|name| match (our.get(name), their.get(name)) {
                (Some(our), Some(their)) => difference(our, their, &format!("{path}.{name}")),
                (our, their) => told(our, their, &format!("{path}.{name}")),
            })
        }
        (Value::Array(our), Value::Array(their)) if our.len() == their.len() => {
            (0..our.len()).find_map(|place| difference(&our[place], &their[place], &format!("{path}[{place}]")))
        }
        _ if normal(ours) == normal(theirs) => None,
        _ => told(Some(ours), Some(theirs), path),
    }
}

fn told(ours: Option<&Value>, theirs: Option<&Value>, path: &str) -> Option<String> {
    let text = |value: Option<&Value>| value.map_or("absent".into(), Value::to_string);
    Some(format!("{path}\nengine: {}\noracle: {}", text(ours), text(theirs)))
}

#[test]
fn the_oracles_view_has_the_shape_of_the_type() {
    for seed in 1..=40 {
        let yaml = stream::view_playbook(seed);
        Playbook::load("random.yaml", &yaml).unwrap_or_else(|problems| {
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("seed {seed}: the playbook does not load:\n{}\n{yaml}", problems.join("\n"))
        });
        let until = until_instant(&yaml, &stream::until(seed)).expect("the stream has an end");
        let options = Options { until: Some(until), wall_ms: WALL_MS, max_skew_ms: 3_600_000, dedupe_ids: 0, clock_witnesses: 1 };
        let mut oracle = Oracle::new(&yaml, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{yaml}"));
        for (index, text) in stream::whole_lines(seed, 300, false).iter().enumerate() {
            oracle.line(Line { number: index as u64 + 1, text: text.as_bytes() });
        }
        for account in oracle.accounts() {
            let mut theirs = oracle.account_view(&account).expect("an account");
            theirs["playbook"] = json!("");
            for segment in theirs["segments"].as_array_mut().expect("a list") {
                segment["variance"] = json!([]);
            }
            let read: AccountView = serde_json::from_value(theirs.clone()).unwrap_or_else(|fault| panic!("seed {seed}: {fault}\n{theirs}"));
            let ours = serde_json::to_value(&read).expect("JSON");
            assert_eq!(difference(&ours, &theirs, ""), None, "seed {seed} {account}");
        }
    }
}
