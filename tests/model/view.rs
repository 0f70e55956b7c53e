//! The account view against the oracle's, member by member, over random playbooks and streams, over fleets of random accounts, and over the
//! example of a history with the shipped playbook.
//!
//! `VIEW_SEEDS=500 cargo test --release --test model view::` widens the runs; `VIEW_SEED=42` runs one seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::oracle::model::normal;
use crate::oracle::{Line, Options, Oracle, stream, until_instant};
use crate::seeds::seeds;
use adoption_tracker::engine::{Engine, EngineSettings};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::replay::{Replay, ReplayOptions};
use adoption_tracker::view::{Fleet, account_view};
use serde_json::{Value, json};

const WALL_MS: i64 = 4_000_000_000_000;

/// What some view of random accounts has, by where it stands.
const LIVELY: &[(&str, &[&str])] = &[
    (".products.not_adopted.reason", &["no_seats", "never_used", "addon_unknown", "tried_once", "champion_left", "stalled", "growing"]),
    (".products.features.trend", &["up", "flat", "down"]),
    (".products.gaps.kind", &["feature", "module"]),
    (".recommendations.kind", &["activate", "deepen", "connect", "cross_sell"]),
    (".journey.state", &["mature", "growing", "unused", "manual_or_competitor"]),
    (".journey.target", &["new", "activate"]),
    (".quadrant.quadrant", &["broad_deep", "broad_shallow", "narrow_deep", "narrow_shallow"]),
];

/// By where it stands, without the numbers of items: how often something differs there, and the first that does.
#[derive(Default)]
struct Differences(BTreeMap<String, (usize, String)>);

impl Differences {
    fn compare(&mut self, ours: &Value, theirs: &Value, path: &str, of: &str) {
        match (ours, theirs) {
            (Value::Object(our), Value::Object(their)) => {
                let names: BTreeSet<&String> = our.keys().chain(their.keys()).collect();
                for name in names {
                    let path = format!("{path}.{name}");
                    match (our.get(name), their.get(name)) {
                        (Some(our), Some(their)) => self.compare(our, their, &path, of),
                        (our, their) => self.differs(our, their, path, of),
                    }
                }
            }
            (Value::Array(our), Value::Array(their)) if our.len() == their.len() => {
                our.iter().zip(their).for_each(|(our, their)| self.compare(our, their, &format!("{path}[]"), of));
            }
            _ if normal(ours) == normal(theirs) => {}
            _ => self.differs(Some(ours), Some(theirs), path.to_owned(), of),
        }
    }

    fn differs(&mut self, ours: Option<&Value>, theirs: Option<&Value>, path: String, of: &str) {
        let text = |value: Option<&Value>| value.map_or("absent".into(), Value::to_string);
        let known = self.0.entry(path).or_insert_with(|| (0, format!("{of}\n  engine: {}\n  oracle: {}", text(ours), text(theirs))));
        known.0 += 1;
    }
}

impl Drop for Differences {
    fn drop(&mut self) {
        let told: Vec<String> = self.0.iter().map(|(path, (count, first))| format!("{path}, {count} times, first {first}")).collect();
        assert!(told.is_empty() || std::thread::panicking(), "\n{}", told.join("\n"));
    }
}

/// Both, told of one thing after the other.
struct Both {
    oracle: Oracle,
    replay: Replay,
}

impl Both {
    fn new(yaml: &str, until_ms: Option<i64>, clock_witnesses: usize) -> Self {
        let playbook = Playbook::load("playbook.yaml", yaml).unwrap_or_else(|problems| {
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("the playbook does not load:\n{}\n{yaml}", problems.join("\n"))
        });
        let engine = EngineSettings { clock_witnesses, ..EngineSettings::default() };
        let options = ReplayOptions { until_ms, latest_ms: WALL_MS, max_record_bytes: 1 << 20, engine, portfolio: false };
        let replay = Replay::new(Arc::new(playbook), options);
        let options = Options { until: until_ms, wall_ms: WALL_MS, max_skew_ms: 3_600_000, dedupe_ids: 0, clock_witnesses };
        let oracle = Oracle::new(yaml, options).unwrap_or_else(|problem| panic!("{problem}\n{yaml}"));
        Self { oracle, replay }
    }

    fn line(&mut self, number: u64, text: &str) {
        self.oracle.line(Line { number, text: text.as_bytes() });
        drop(self.replay.line(text.as_bytes()));
        self.replay.drain(drop);
    }

    fn finish(&mut self) {
        self.oracle.finish();
        self.replay.finish();
        self.replay.drain(drop);
    }

    /// Accounts that both have brought to one day: the oracle lives through days with an account's own events only, up to the end.
    fn compare(&self, with_fleet: bool, of: &str, found: &mut Differences, mut each: impl FnMut(&Value)) {
        let engine = self.replay.engine();
        let fleet = with_fleet.then(|| self.oracle.portfolio());
        for account in self.oracle.accounts() {
            if engine.day_of_account(&account) != self.oracle.day(&account) {
                continue;
            }
            let theirs = self.oracle.account_view(&account, fleet.as_ref()).expect("an account");
            let known = fleet.clone().map(Fleet::new);
            let of = format!("{of}, {account} on {}", theirs["day"]);
            let ours = seen(engine, &account, known.as_ref());
            found.compare(&ours, &theirs, "", &of);
            each(&ours);
        }
    }
}

/// Of the engine, without what the oracle does not know: ids of incidents, the digest of the playbook.
fn seen(engine: &Engine, account: &str, fleet: Option<&Fleet>) -> Value {
    let index = engine.account_index(account).expect("the account is known");
    let mut view = serde_json::to_value(account_view(engine, index, fleet)).expect("JSON");
    view.as_object_mut().expect("an object").remove("playbook");
    for incident in view["incidents"].as_array_mut().expect("a list") {
        incident["incident"] = json!("");
    }
    view
}

/// How often something was seen, by where it stands and, of a few names, what it is.
fn count(view: &Value, path: &str, counts: &mut BTreeMap<String, usize>) {
    match view {
        Value::Object(members) => members.iter().for_each(|(name, value)| count(value, &format!("{path}.{name}"), counts)),
        Value::Array(items) => items.iter().for_each(|item| count(item, path, counts)),
        _ => {
            let named = ["reason", "trend", "kind", "state", "target", "quadrant", "effort", "impact"];
            let name = path.rsplit('.').next().unwrap_or_default();
            let what = view.as_str().filter(|_| named.contains(&name)).map_or(String::new(), |text| format!(" {text}"));
            *counts.entry(format!("{path}{what}")).or_default() += 1;
        }
    }
}

#[test]
fn views_of_random_accounts_agree_with_the_oracle() {
    let (mut found, mut counts) = (Differences::default(), BTreeMap::new());
    for seed in seeds("VIEW", 40) {
        let yaml = stream::view_playbook(seed);
        let until = until_instant(&yaml, &stream::until(seed)).expect("the stream has an end");
        let mut both = Both::new(&yaml, Some(until), stream::witnesses(seed));
        for (number, text) in (1..).zip(stream::whole_lines(seed, 300, false)) {
            both.line(number, &text);
            if number % 100 == 0 {
                both.compare(false, &format!("seed {seed}, line {number}"), &mut found, |view| count(view, "", &mut counts));
            }
        }
        both.finish();
        both.compare(false, &format!("seed {seed}"), &mut found, |view| count(view, "", &mut counts));
    }
    let whole = std::env::var_os("VIEW_SEED").is_none();
    for (path, names) in LIVELY {
        for name in *names {
            assert!(!whole || counts.contains_key(&format!("{path} {name}")), "{path} {name}");
        }
    }
    for path in
        [".products.criteria.lapses_on", ".guardrails.until", ".cross_sell.held_back_by", ".outlook.day", ".recommendations.expected"]
    {
        assert!(!whole || counts.contains_key(path), "{path}");
    }
}

#[test]
fn views_beside_peers_agree_with_the_oracle() {
    let (mut found, mut peers) = (Differences::default(), 0);
    for seed in seeds("VIEW", 8) {
        let yaml = stream::view_playbook(seed);
        let mut both = Both::new(&yaml, Some(stream::fleet_until(seed)), stream::witnesses(seed));
        for (number, text) in (1..).zip(stream::fleet_lines(seed, 500)) {
            both.line(number, &text);
        }
        both.finish();
        both.compare(true, &format!("seed {seed}"), &mut found, |view| peers += usize::from(view.get("peers").is_some()));
    }
    assert!(std::env::var_os("VIEW_SEED").is_some() || peers > 5, "{peers} accounts have peers");
}

#[test]
fn the_shipped_playbook_over_the_example_of_a_history_agrees_with_the_oracle() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let read = |file: &str| std::fs::read_to_string(folder.join(file)).expect("it ships");
    let (mut both, mut found) = (Both::new(&read("playbook.yaml"), None, 1), Differences::default());
    for (number, text) in (1..).zip(read("examples/history.jsonl").lines()) {
        both.line(number, text);
        if number % 600 == 0 {
            both.compare(true, &format!("line {number}"), &mut found, |_| ());
        }
    }
    both.finish();
    both.compare(true, "the end", &mut found, |_| ());
}
