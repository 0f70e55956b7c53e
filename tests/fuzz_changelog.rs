//! No bytes in a changelog make the service panic: a record restores, or the reason why not is told. Runs briefly under `cargo test`;
//! `cargo bolero test fuzz_changelog` searches on with coverage.

use std::path::PathBuf;
use std::sync::Arc;

use adoption_tracker::changelog::{Restore, VERSION};
use adoption_tracker::engine::{CauseRef, Engine, EngineSettings, TOGETHER};
use adoption_tracker::input::{Limits, decode};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::random::Random;

/// Starting points: the beginnings of keys of each kind, and values of each version.
fn records(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while let Some((&kind, after)) = rest.split_first() {
        let mut key = vec![b"pvacfus"[usize::from(kind) % 7]];
        let take = after.len().min(usize::from(kind) / 2);
        let (value, after) = after.split_at(take);
        if key[0] != b'p' {
            key.extend([0, 1, b'a' + kind % 3]);
            match key[0] {
                b'f' => key.extend(b"crm"),
                b'u' => key.extend([0, 0, 0, kind % 4]),
                _ => {}
            }
        }
        records.push((key, [&[1 + kind % VERSION], value].concat()));
        rest = after;
    }
    records
}

/// A small one, since an engine is made of it for each try; its rules are those of the records in tests/changelog, and one of each kind besides.
fn playbook() -> Playbook {
    let yaml = r#"
version: 1
products:
  crm: {features: {contact.created: {tier: core}, workflow.automated: {tier: advanced}}, adopted: events("contact.created") >= 20}
  marketing: {features: {campaign.sent: {}}, adopted: gauge("campaigns.active") >= 1}
measures: {use: {of: product, value: events, bands: [{name: low, from: 0}, {name: high, from: 50}]}}
segments: {weekly_user: {when: active_days(7) >= 1, clear_days: 7}}
milestones: {first_login: {of: product, when: active_days >= 1}}
alerts:
  usage_drop: {scope: product, open: usage_change(14) <= -0.3, clear: usage_change(14) >= -0.15}
  fewer_users: {scope: product, open: active_users < 3}
  unused_seats: {scope: product, open: license_utilization < 0.6 && entitled_days >= 10}
  quiet: {scope: user, open: days_since_use >= 14}
plays:
  talk: {scope: account, open: days_since_touchpoint >= 30 && employees >= 10, due_days: 5}
"#;
    Playbook::load("fuzz.yaml", yaml).unwrap_or_else(|problems| panic!("{}", problems[0]))
}

/// Whether all of them were taken in.
fn restore(engine: &mut Engine, records: &[(Vec<u8>, Vec<u8>)]) -> bool {
    let mut restore = Restore::default();
    let mut sound = true;
    for records in records.chunks(TOGETHER) {
        let likely = Restore::prefetch(engine, records.iter().map(|(key, _)| &**key));
        for ((key, value), likely) in records.iter().zip(likely) {
            sound &= restore.record(engine, key, Some(value), likely).is_ok();
        }
    }
    let clock_ms =
        restore.partition.as_ref().and_then(|partition| partition.clock_ms).map(|clock_ms| clock_ms.clamp(0, 253_402_300_799_999));
    let erased = restore.partition.as_ref().map_or(0, |partition| partition.erased % 1_000);
    sound & engine.restored(clock_ms, erased, |number| restore.day_of(number)).is_ok()
}

#[test]
fn fuzz_changelog() {
    let playbook = Arc::new(playbook());
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        let mut engine = Engine::new(Arc::clone(&playbook), EngineSettings::default());
        // As they come, and dressed up so that more of them get past the key.
        let as_they_come = (bytes[..bytes.len() / 2].to_vec(), bytes[bytes.len() / 2..].to_vec());
        restore(&mut engine, &std::iter::once(as_they_come).chain(records(bytes)).collect::<Vec<_>>());
    });
}

/// Records that were sound, each with a byte or two that are others: what is taken in nonetheless can be lived with.
#[test]
fn damaged_records_are_told_or_lived_with() {
    let playbook = Arc::new(playbook());
    let unhex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
    };
    let (mut taken, mut random) = (0, Random::new(8));
    for version in 1..=VERSION {
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "changelog", &format!("v{version}.txt")].iter().collect();
        let text = std::fs::read_to_string(path).expect("each version has its file");
        let sound: Vec<_> = text.lines().filter_map(|line| line.split_once(' ')).map(|(key, value)| (unhex(key), unhex(value))).collect();
        for _ in 0..600 {
            let mut records = sound.clone();
            let damaged = random.below(records.len());
            for _ in 0..1 + random.below(2) {
                let value = &mut records[damaged].1;
                let at = 1 + random.below(value.len() - 1);
                value[at] = random.below(256) as u8;
            }
            let mut engine = Engine::new(Arc::clone(&playbook), EngineSettings::default());
            if !restore(&mut engine, &records) {
                continue;
            }
            taken += 1;
            for (user, feature) in [("u1", "contact.created"), ("u35", "f33"), ("new", "new")] {
                let line = format!(
                    r#"{{"type":"usage","time":1776000000000,"account":"acme","product":"crm","user":"{user}","feature":"{feature}"}}"#
                );
                let event = decode(None, line.as_bytes(), Vec::new, &Limits { check_key: false, ..Limits::default() }).expect("an event");
                engine.apply(&event, CauseRef::Line(1), i64::MAX, 1, &mut Vec::new());
            }
        }
    }
    assert!(taken > 150, "{taken} were taken in");
}
