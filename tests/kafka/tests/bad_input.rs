//! Bad records: each kind reaches the dead letters as it came, with the reason and its origin, and the good ones around
//! it are processed.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::scenario::{Options, on_shared_broker};
use crate::service::Service;
use crate::stream::{DAY_MS, Event, now_ms, rfc3339};
use crate::topics::{InputRecord, Reader, Record, partition_of};

const ACCOUNT: &str = "acme";

/// The service's bound is set below what a topic takes by default, so that a record over it can be written at all.
const MAX_RECORD_BYTES: i64 = 500_000;

struct Case {
    name: &'static str,
    key: Option<&'static str>,
    payload: Option<Vec<u8>>,
    /// What the reason's header must name; empty where any text will do.
    named: &'static str,
}

fn cases(now: i64) -> Vec<Case> {
    let with = |name, payload: Vec<u8>, named| Case { name, key: Some(ACCOUNT), payload: Some(payload), named };
    let usage = |change: fn(&mut serde_json::Value), time: i64| {
        let mut event = json!({"type": "usage", "id": "bad", "time": time, "account": ACCOUNT, "product": "crm"});
        change(&mut event);
        event.to_string().into_bytes()
    };
    let mut not_utf8 = usage(|_| {}, now);
    let place = not_utf8.windows(5).position(|bytes| bytes == b"\"crm\"").expect("it is in there");
    not_utf8[place + 2] = 0xff;
    vec![
        Case { payload: None, ..with("tombstone", Vec::new(), "without a value") },
        with("not JSON", b"{\"type\":\"usage\",".to_vec(), ""),
        with("empty", Vec::new(), ""),
        with("not an object", b"[1,2]".to_vec(), ""),
        with("invalid UTF-8", not_utf8, ""),
        with("unknown type", usage(|event| event["type"] = json!("teleport"), now), "teleport"),
        with(
            "missing field",
            usage(
                |event| {
                    event.as_object_mut().expect("an object").remove("product");
                },
                now,
            ),
            "product",
        ),
        with("wrong type", usage(|event| event["quantity"] = json!("many"), now), "/quantity"),
        with("not an integer", usage(|event| event["quantity"] = json!(3.5), now), "/quantity"),
        with("out of range", usage(|event| event["quantity"] = json!(0), now), "/quantity"),
        with("bad time", usage(|event| event["time"] = json!("yesterday"), now), "/time"),
        Case { key: Some("somebody-else"), ..with("key mismatch", usage(|_| {}, now), "") },
        Case { key: None, ..with("no key", usage(|_| {}, now), "") },
        with("from the future", usage(|_| {}, now + 2 * DAY_MS), ""),
        with("too late", usage(|_| {}, now - 120 * DAY_MS), ""),
        with(
            "over the size bound",
            {
                let mut event = json!({"type": "usage", "id": "big", "time": now, "account": ACCOUNT, "product": "crm"});
                event["ballast"] = json!("x".repeat(MAX_RECORD_BYTES as usize));
                event.to_string().into_bytes()
            },
            "",
        ),
    ]
}

#[test]
fn bad_input() {
    let options = Options { accounts: 20, broken_per_mille: 0, ..Options::default() };
    on_shared_broker("bad_input", options, |scenario| {
        scenario.numbers = vec![("engine", "max_record_bytes", MAX_RECORD_BYTES)];
        scenario.create_topics()?;
        let (topic, partitions) = (scenario.input(0), scenario.options.partitions);
        // One time for all, so that bad and good ones find the same day.
        let now = now_ms() - 60_000;
        let cases = cases(now);
        let mut events = Vec::new();
        let mut records = Vec::new();
        // Bad record `n` is preceded and followed by good ones of the same account, in the same partition.
        for round in 0..=cases.len() {
            let line = json!({
                "type": "usage", "id": format!("good-{round}"), "time": rfc3339(now), "account": ACCOUNT,
                "product": "crm", "feature": "contact.created", "user": format!("user-{round}"),
            });
            let gauge = json!({
                "type": "gauge", "id": format!("level-{round}"), "time": rfc3339(now), "account": ACCOUNT,
                "product": "crm", "name": "load.level", "value": if round % 2 == 0 { 90 } else { 10 },
            });
            for line in [line, gauge] {
                let event = Event { account: ACCOUNT.to_owned(), line: line.to_string(), broken: false };
                let mut record = InputRecord::event(&topic, ACCOUNT, &event.line, partitions);
                // Some as a serializer with a schema registry writes keys, some with a header that has no value.
                match round % 3 {
                    1 => record.key = Some([b"\0\0\0\0\x07", ACCOUNT.as_bytes()].concat()),
                    2 => record.headers = vec![("ce_specversion".to_owned(), Some(b"1.0".to_vec())), ("ce_id".to_owned(), None)],
                    _ => {}
                }
                records.push(record);
                events.push(event);
            }
            if let Some(case) = cases.get(round) {
                records.push(InputRecord {
                    topic: topic.clone(),
                    partition: partition_of(ACCOUNT, partitions),
                    key: case.key.map(|key| key.as_bytes().to_vec()),
                    payload: case.payload.clone(),
                    headers: vec![("trace".to_owned(), Some(case.name.as_bytes().to_vec())), ("binary".to_owned(), Some(vec![0, 255, 10]))],
                    timestamp: None,
                });
            }
        }
        scenario.write_as(&events, &records)?;

        let service = scenario.start("a")?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(20))?;

        let letters = Reader::read_committed(&scenario.brokers, &scenario.topic("dead-letters.v1")).read_to_end()?;
        let by_name: BTreeMap<&str, &Record> = letters.iter().filter_map(|letter| Some((letter.header("trace")?, letter))).collect();
        let missing: Vec<&str> = cases.iter().map(|case| case.name).filter(|name| !by_name.contains_key(name)).collect();
        ensure!(missing.is_empty(), "no dead letter of: {missing:?}");
        ensure!(letters.len() == cases.len(), "{} dead letters of {}", letters.len(), cases.len());

        let mut reasons = BTreeMap::new();
        for case in &cases {
            let letter = by_name[case.name];
            let offset = records
                .iter()
                .position(|record| record.headers.iter().any(|(_, value)| value.as_deref() == Some(case.name.as_bytes())))
                .context("every case was written")?;
            let reason =
                check(case, letter, &topic, partition_of(ACCOUNT, partitions), offset as i64).with_context(|| case.name.to_owned())?;
            reasons.insert(case.name, reason);
        }
        println!("bad_input: {reasons:#?}");
        check_metric(&service, cases.len())?;
        service.terminate()?;
        Ok(())
    });
}

/// The original bytes, key and headers, and the headers of Kafka Connect's dead letters. Returns the reason.
fn check(case: &Case, letter: &Record, topic: &str, partition: i32, offset: i64) -> Result<String> {
    ensure!(letter.payload == case.payload, "the bytes were changed");
    ensure!(letter.key.as_deref() == case.key.map(str::as_bytes), "the key was changed to {:?}", letter.key);
    let binary = ("binary".to_owned(), Some(vec![0, 255, 10]));
    ensure!(letter.headers.contains(&binary), "an original header is gone");

    let error = |name: &str| letter.header(&format!("__connect.errors.{name}")).unwrap_or_default();
    ensure!(error("topic") == topic, "topic {:?}", error("topic"));
    ensure!(error("partition") == partition.to_string(), "partition {:?}", error("partition"));
    ensure!(error("offset") == offset.to_string(), "offset {:?}, not {offset}", error("offset"));
    for name in ["stage", "exception.class.name", "exception.message"] {
        ensure!(!error(name).is_empty(), "no header {name}");
    }
    let message = error("exception.message");
    ensure!(message.contains(case.named), "the message does not name {}: {message}", case.named);
    Ok(format!("{}: {message}", error("exception.class.name")))
}

fn check_metric(service: &Service, letters: usize) -> Result<()> {
    let samples = service.metric("adoption_dead_letters_total")?;
    let counted = |reason: &str| -> f64 {
        let label = format!("reason=\"{reason}\"");
        samples.iter().filter(|(labels, _)| labels.contains(&label)).map(|(_, value)| value).sum()
    };
    for (reason, expected) in [("no_value", 1.0), ("key_mismatch", 2.0), ("from_the_future", 1.0), ("too_late", 1.0)] {
        ensure!(counted(reason) == expected, "{reason}: {} of {expected} counted", counted(reason));
    }
    let total: f64 = samples.iter().map(|(_, value)| value).sum();
    ensure!(total == letters as f64, "{total} of {letters} dead letters are counted: {samples:?}");
    Ok(())
}
