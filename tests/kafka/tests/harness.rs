//! The instruments, tested themselves: a reader that sees aborted records, or a comparison that overlooks a loss, would let
//! every other test pass.

use std::time::Duration;

use anyhow::{Result, ensure};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::outputs::{Channel, Outputs, add_published, difference};
use crate::scenario::{Options, on_own_broker, on_shared_broker};
use crate::stream::{DAY_MS, Plan, Stream, now_ms};
use crate::topics::{InputRecord, Reader, Record, Writer, create_topic, lags, partition_counts, written};

#[test]
fn reader_sees_only_what_is_committed() {
    on_shared_broker("harness_reader", Options::default(), |scenario| {
        let topic = scenario.topic("probe");
        create_topic(&scenario.brokers, &topic, 3, &[])?;
        ensure!(partition_counts(&scenario.brokers)?.get(&topic) == Some(&3), "three partitions");

        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", &scenario.brokers)
            .set("transactional.id", format!("{}-probe", scenario.prefix))
            .set("transaction.timeout.ms", "10000")
            .create()?;
        let limit = Duration::from_secs(20);
        let send = |text: &str| -> Result<()> {
            let record = BaseRecord::to(&topic).partition(1).key("key").payload(text);
            producer.send(record).map_err(|(error, _)| error)?;
            producer.flush(limit)?;
            Ok(())
        };
        producer.init_transactions(limit)?;
        producer.begin_transaction()?;
        send("committed")?;
        producer.commit_transaction(limit)?;
        producer.begin_transaction()?;
        send("aborted")?;
        producer.abort_transaction(limit)?;
        producer.begin_transaction()?;
        send("open, then committed")?;

        let texts = |records: Vec<Record>| -> Vec<String> {
            let payloads = records.into_iter().filter_map(|record| record.payload);
            payloads.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
        };
        let mut committed = Reader::read_committed(&scenario.brokers, &topic);
        ensure!(texts(committed.read_to_end()?) == ["committed"], "neither aborted nor open ones");
        ensure!(committed.read_to_end()?.is_empty(), "nothing twice");
        let all = Reader::read_uncommitted(&scenario.brokers, &topic).read_to_end()?;
        ensure!(all.len() == 3, "all three were written");

        producer.commit_transaction(limit)?;
        ensure!(texts(committed.read_to_end()?) == ["open, then committed"], "reads on where it stopped");
        Ok(())
    });
}

#[test]
fn broker_keeps_its_data_over_kill_and_stop() {
    on_own_broker("harness_restart", Options::default(), |scenario, broker| {
        let topic = scenario.topic("probe");
        create_topic(&scenario.brokers, &topic, 2, &[])?;
        let writer = Writer::new(&scenario.brokers)?;
        let mut reader = Reader::read_committed(&scenario.brokers, &topic);
        for round in 0..3 {
            for number in 0..50 {
                let account = format!("acct-{number}");
                let mut record = InputRecord::event(&topic, &account, "{}", 2);
                record.headers = vec![("round".into(), Some(vec![round]))];
                writer.write(&record)?;
            }
            writer.flush()?;
            match round {
                0 => broker.kill()?,
                1 => broker.stop()?,
                _ => break,
            }
            broker.start_again()?;
            ensure!(reader.read_to_end()?.len() == 50, "round {round}");
        }
        ensure!(written(&scenario.brokers, &topic)? == 150, "the end offset counts the records");
        ensure!(lags(&scenario.brokers, "nobody", &[topic])?.values().sum::<i64>() == 150, "nothing is committed");
        Ok(())
    });
}

/// A record as the service would publish it.
fn record(partition: i32, offset: i64, account: &str, id: &str, events: i64) -> Record {
    let header = |name: &str, value: &str| (name.to_owned(), Some(value.as_bytes().to_vec()));
    Record {
        partition,
        offset,
        timestamp_ms: -1,
        key: Some(account.as_bytes().to_vec()),
        headers: vec![header("ce_id", id), header("ce_type", "adoption.alert.opened"), header("ce_subject", &format!("{account}/crm"))],
        payload: Some(format!("{{\"events\":{events}}}").into_bytes()),
    }
}

fn outputs(records: &[Record]) -> Result<Outputs> {
    let mut outputs = Outputs::new();
    add_published(Channel::Alerts, records, &mut outputs)?;
    Ok(outputs)
}

#[test]
fn comparison_overlooks_nothing() -> Result<()> {
    let expected = outputs(&[record(0, 0, "a", "1", 5), record(0, 1, "a", "2", 6), record(1, 0, "b", "3", 7)])?;
    let same = outputs(&[record(1, 8, "b", "3", 7), record(0, 3, "a", "1", 5), record(0, 9, "a", "2", 6)])?;
    assert!(difference(&expected, &same).is_none(), "the order across accounts is free");

    let cases = [
        ("1 lost", vec![record(0, 0, "a", "1", 5), record(1, 0, "b", "3", 7)]),
        ("1 doubled", vec![record(0, 0, "a", "1", 5), record(0, 1, "a", "2", 6), record(0, 2, "a", "2", 6), record(1, 0, "b", "3", 7)]),
        ("1 surplus", vec![record(0, 0, "a", "1", 5), record(0, 1, "a", "2", 6), record(1, 0, "b", "3", 7), record(2, 0, "c", "4", 7)]),
        ("1 different", vec![record(0, 0, "a", "1", 5), record(0, 1, "a", "2", 7), record(1, 0, "b", "3", 7)]),
        ("1 accounts out of order", vec![record(0, 0, "a", "2", 6), record(0, 1, "a", "1", 5), record(1, 0, "b", "3", 7)]),
    ];
    for (finding, records) in cases {
        let found = difference(&expected, &outputs(&records)?).map(|difference| difference.summary);
        assert!(found.as_ref().is_some_and(|found| found.contains(finding)), "{finding}: {found:?}");
    }
    assert!(
        outputs(&[record(0, 0, "a", "1", 5), record(1, 0, "a", "2", 6)]).is_err(),
        "an account's events in two partitions have no order"
    );
    Ok(())
}

/// The stream is a function of its seed, and its days never go back across accounts (see `stream.rs`).
#[test]
fn stream_is_repeatable_and_in_order_of_days() -> Result<()> {
    let plan = Plan { accounts: 50, zones: vec!["UTC", "Asia/Kolkata"], broken_per_mille: 5 };
    let to = now_ms() - DAY_MS / 24;
    let events = Stream::new(7, &plan).backlog(5000, to - 60 * DAY_MS, to);
    let again = Stream::new(7, &plan).backlog(5000, to - 60 * DAY_MS, to);
    assert!(events.iter().map(|event| &event.line).eq(again.iter().map(|event| &event.line)));

    let mut ids = std::collections::BTreeSet::new();
    let (mut clock, mut late) = (i64::MIN, 0);
    for event in &events {
        let object: serde_json::Value = serde_json::from_str(&event.line)?;
        assert!(ids.insert(object["id"].to_string()), "ids are unique: {}", event.line);
        let time = match &object["time"] {
            serde_json::Value::String(text) => text.parse::<jiff::Timestamp>()?.as_millisecond(),
            number => number.as_i64().expect("an integer of milliseconds"),
        };
        let half_hour = time.div_euclid(DAY_MS / 48);
        late += i32::from(half_hour < clock);
        clock = clock.max(half_hour);
    }
    assert!((10..500).contains(&late), "{late} of {} events are late", events.len());
    assert!(events.iter().any(|event| event.broken));
    Ok(())
}
