//! Inputs that are written in transactions, as Kafka Streams, Flink and Connect do with exactly once: markers and aborted records take offsets,
//! and what stands behind an open transaction cannot be read yet.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::java::consumer_groups;
use crate::scenario::{Options, Playbook, Scenario, with_each_protocol};
use crate::service::Service;
use crate::stream::{DAY_MS, Event, now_ms, rfc3339};
use crate::topics::{InputRecord, TransactionalWriter, alter_topic, wait_removed, watermarks};

const ONE: Options = Options { partitions: 1, input_topics: 1, accounts: 20, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };

fn usage(number: usize, time_ms: i64) -> Event {
    let line = json!({
        "type": "usage", "id": format!("e{number}"), "time": rfc3339(time_ms), "account": "acme", "product": "crm",
        "user": format!("user-{number}"), "feature": "contact.created", "quantity": 10,
    });
    Event { account: "acme".to_owned(), line: line.to_string(), broken: false }
}

fn input(scenario: &Scenario, events: &[Event]) -> Vec<InputRecord> {
    let topic = scenario.input(0);
    events.iter().map(|event| InputRecord::event(&topic, &event.account, &event.line, scenario.options.partitions)).collect()
}

#[test]
fn markers_at_the_end_count_as_read() {
    with_each_protocol("markers", ONE, |scenario| {
        scenario.create_topics()?;
        let topic = scenario.input(0);
        let writer = TransactionalWriter::new(&scenario.brokers, &format!("{}-writer", scenario.prefix))?;
        let now = now_ms() - 60_000;
        let mut number = 0;
        let mut events = |count| -> Vec<Event> {
            number += count;
            (number - count..number).map(|number| usage(number, now)).collect()
        };

        let first = events(3);
        scenario.write_in(&writer, &first)?;
        writer.commit()?;
        scenario.remember(&first)?;
        ensure!(watermarks(&scenario.brokers, &topic, 0)? == (0, 4), "three records and a marker");
        let service = scenario.start("a")?;
        // Until the group has committed offset 4, where there is no record any more to be read.
        scenario.wait_caught_up(Duration::from_secs(30))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(10))?;

        // Behind aborted records, too.
        scenario.write_in(&writer, &events(2))?;
        writer.abort()?;
        scenario.wait_caught_up(Duration::from_secs(10)).context("behind aborted records")?;
        let group = format!("{}-app", scenario.prefix);
        let (_, said) = consumer_groups(&scenario.brokers, &["--describe", "--group", &group])?;
        let row = said.lines().find(|line| line.contains(&topic)).with_context(|| said.clone())?;
        let fields: Vec<&str> = row.split_whitespace().collect();
        ensure!(fields[2..6] == ["0", "7", "7", "0"], "partition, offset, end and lag by Kafka's own tool: {row}");
        service.terminate()?;

        // An orderly stop while the marker is the last: all of it goes, and nothing was unread.
        alter_topic(&scenario.brokers, &topic, &[("retention.ms", "1")])?;
        wait_removed(&scenario.brokers, &topic, 0, 7)?;
        alter_topic(&scenario.brokers, &topic, &[("retention.ms", "-1")])?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30)).context("the start after retention removed a marker")?;
        let more = events(4);
        scenario.write_in(&writer, &more)?;
        writer.commit()?;
        scenario.remember(&more)?;
        scenario.wait_caught_up(Duration::from_secs(30))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(10))?;
        service.terminate()
    });
}

/// A partition's clock waits for what is there and cannot be read yet, with its own times.
#[test]
fn an_open_transaction_holds_the_clock() {
    with_each_protocol("open_transaction", ONE, |scenario| {
        // There is one account, and its records move the clock.
        scenario.numbers.push(("engine", "clock_witnesses", 1));
        scenario.create_topics()?;
        let topic = scenario.input(0);
        let days_ago = |days: i64| now_ms() - days * DAY_MS;
        let (before, within, behind) = (usage(0, days_ago(20)), usage(1, days_ago(15)), usage(2, days_ago(10)));
        scenario.write(std::slice::from_ref(&before))?;
        let writer = TransactionalWriter::new(&scenario.brokers, &format!("{}-writer", scenario.prefix))?;
        scenario.write_in(&writer, std::slice::from_ref(&within))?;
        // Of another producer, committed, and unreadable all the same.
        scenario.write_as(&[], &input(scenario, std::slice::from_ref(&behind)))?;

        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        service.wait_value("adoption_open_transaction_lag_records", &topic, Duration::from_secs(20), |records| records == 2.0)?;
        service.wait_value("adoption_open_transaction_age_seconds", &topic, Duration::from_secs(20), |age| age > 0.0)?;
        ensure!(service.value("adoption_lag_records", &topic)? == 2.0, "what cannot be read is unread");
        expect_clock(&service, 20, "the day of what was read last")?;

        writer.commit()?;
        scenario.remember(&[within, behind])?;
        scenario.wait_caught_up(Duration::from_secs(20))?;
        service.wait_value("adoption_clock_age_seconds", "partition", Duration::from_secs(10), |age| age < 60.0)?;
        // Nothing is late, so a replay in the order of the topic says the same.
        scenario.wait_for_expected_outputs(Duration::from_secs(10))?;
        service.terminate()
    });
}

fn expect_clock(service: &Service, days: i64, why: &str) -> Result<()> {
    let age = service.value("adoption_clock_age_seconds", "partition")?;
    let expected = (days * DAY_MS / 1_000) as f64;
    ensure!((age - expected).abs() < 600.0, "the clock is {age} s behind, expected {expected}: {why}");
    Ok(())
}

/// A producer that always has a transaction open (a long commit interval, under load) never leaves a moment in which nothing is open.
#[test]
fn a_producer_that_always_has_a_transaction_open_does_not_stop_the_clock() {
    with_each_protocol("always_open", ONE, |scenario| {
        scenario.create_topics()?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        let writers = ["even", "odd"].map(|name| TransactionalWriter::new(&scenario.brokers, &format!("{}-{name}", scenario.prefix)));
        let writers = [writers[0].as_ref(), writers[1].as_ref()].map(|writer| writer.map_err(|error| anyhow::anyhow!("{error:#}")));
        let [even, odd] = writers;
        let (even, odd) = (even?, odd?);
        // An event of long ago: only the wall clock moves the clock on.
        let event = |number| usage(number, now_ms() - 20 * DAY_MS);
        scenario.write_in(even, &[event(0)])?;
        for number in 1..8 {
            let (opens, commits) = if number % 2 == 1 { (odd, even) } else { (even, odd) };
            scenario.write_in(opens, &[event(number)])?;
            thread::sleep(Duration::from_millis(700));
            commits.commit()?;
            thread::sleep(Duration::from_millis(700));
        }
        let age = service.value("adoption_clock_age_seconds", "partition")?;
        ensure!(age < 10.0, "the clock is {age} s behind while transactions overlap");
        service.terminate()
    });
}
