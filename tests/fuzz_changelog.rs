//! No bytes in a changelog make the service panic: a record restores, or the reason why not is told. Runs briefly under `cargo test`;
//! `cargo bolero test fuzz_changelog` searches on with coverage.

use std::sync::Arc;

use adoption_tracker::changelog::Restore;
use adoption_tracker::engine::{Engine, EngineSettings, TOGETHER};
use adoption_tracker::playbook::Playbook;

/// Starting points: the beginnings of keys of each kind, and values of version 1.
fn records(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while let Some((&kind, after)) = rest.split_first() {
        let mut key = vec![b"pvacfu"[usize::from(kind) % 6]];
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
        records.push((key, [&[1], value].concat()));
        rest = after;
    }
    records
}

#[test]
fn fuzz_changelog() {
    let playbook = Arc::new(Playbook::shipped());
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        let mut engine = Engine::new(Arc::clone(&playbook), EngineSettings::default());
        let mut restore = Restore::default();
        // As they come, and dressed up so that more of them get past the key.
        let as_they_come = (bytes[..bytes.len() / 2].to_vec(), bytes[bytes.len() / 2..].to_vec());
        let records: Vec<_> = std::iter::once(as_they_come).chain(records(bytes)).collect();
        for records in records.chunks(TOGETHER) {
            let likely = Restore::prefetch(&engine, records.iter().map(|(key, _)| &**key));
            for ((key, value), likely) in records.iter().zip(likely) {
                let _ = restore.record(&mut engine, key, Some(value), likely);
            }
        }
        let clock_ms =
            restore.partition.as_ref().and_then(|partition| partition.clock_ms).map(|clock_ms| clock_ms.clamp(0, 253_402_300_799_999));
        let _ = engine.restored(clock_ms, |number| restore.day_of(number));
    });
}
