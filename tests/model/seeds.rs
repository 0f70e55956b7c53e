//! What the tests over random playbooks share.

use std::sync::Arc;

use adoption_tracker::playbook::Playbook;

/// The seeds of a run, 1 to `count`. `NAME_SEED` is one alone, `NAME_SEEDS` another count, where `name` is `NAME`.
pub fn seeds(name: &str, count: u64) -> Vec<u64> {
    let number =
        |variable: String| std::env::var(&variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number")));
    match number(format!("{name}_SEED")) {
        Some(seed) => vec![seed],
        None => (1..=number(format!("{name}_SEEDS")).unwrap_or(count)).collect(),
    }
}

/// `what`: whose playbook it is, where it does not load.
pub fn load(yaml: &str, what: &str) -> Arc<Playbook> {
    Arc::new(Playbook::load("random.yaml", yaml).unwrap_or_else(|problems| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        panic!("{what}: the playbook does not load:\n{}\n{yaml}", problems.join("\n"))
    }))
}
