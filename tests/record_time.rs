//! `engine.time_from_record`: a record without a time has that of its Kafka record.

use std::sync::Arc;
use std::time::Instant;

use adoption_tracker::engine::EngineSettings;
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use adoption_tracker::topics::Topic;

/// 2026-06-30T12:00:00Z.
const NOW_MS: i64 = 1_782_820_800_000;

/// The times of the stage changes, or the messages of dead letters, that a record without a time gives.
fn told(time_from_record: bool, timestamp_ms: i64) -> Vec<String> {
    let settings = PartitionSettings {
        engine: EngineSettings::default(),
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        time_from_record,
        redo_seconds: 60,
        redo_events: 1_000_000,
        dead_letter_bytes_max: 1 << 20,
        states: StateBeat::default(),
    };
    let playbook = Playbook::load("playbook.yaml", "version: 1\nproducts: {crm: {adopted: events >= 5}}\n").expect("a valid playbook");
    let mut task = Partition::new(0, &["adoption.inputs.v1".to_owned()], Arc::new(playbook), settings);
    task.restored(&Inputs::committed(&[None])).expect("nothing to restore");
    task.run();
    let value = br#"{"type":"usage","account":"acme","product":"crm","time":null}"#;
    task.process(0, &[Record { timestamp_ms, ..Record::bare(0, b"acme", Some(value)) }], NOW_MS);
    task.prepare_commit(Checkpoint::All { in_time: &|| true }, Instant::now());
    let named = |topic: Topic| match topic {
        Topic::StageChanges => Some("ce_time"),
        Topic::DeadLetters => Some("__connect.errors.exception.message"),
        _ => None,
    };
    let mut told = Vec::new();
    for publish in task.outbox().iter() {
        let Some(wanted) = named(publish.topic) else { continue };
        let (_, value) = publish.headers.clone().find(|(name, _)| *name == wanted).expect("the header");
        told.push(String::from_utf8(value.to_vec()).expect("a text"));
    }
    told
}

#[test]
fn a_record_without_a_time() {
    assert_eq!(told(true, NOW_MS - 1000), ["2026-06-30T11:59:59Z"]);
    let missing = "/time: required, but null, which is as if it were absent; ";
    assert_eq!(told(false, NOW_MS), [missing.to_owned() + "with engine.time_from_record it would be that of the Kafka record"]);
    // Kafka's word for no time.
    assert_eq!(told(true, -1), [missing.to_owned() + "that of the Kafka record, -1, cannot stand in: it is not of 2000..=9999"]);
}
