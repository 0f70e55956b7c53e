//! A history that is written before the first start, each record with its own time: brokers remove records by the times they bear.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::outputs::{Outputs, count};
use crate::scenario::{Options, Playbook, Scenario, on_shared_broker};
use crate::service::run_to_end;
use crate::stream::{DAY_MS, Event, HOUR_MS, now_ms, rfc3339};
use crate::topics::{InputRecord, create_topic, wait_removed, watermarks, written};

const OPTIONS: Options =
    Options { partitions: 2, input_topics: 1, accounts: 20, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };

/// What was written, each record at the time of its event.
fn write_history(scenario: &mut Scenario, topic: &str) -> Result<i64> {
    let (from, to) = (now_ms() - 90 * DAY_MS, now_ms() - HOUR_MS);
    let events = scenario.stream().backlog(1_800, from, to);
    let records: Vec<InputRecord> = events
        .iter()
        .map(|event| {
            let line: serde_json::Value = serde_json::from_str(&event.line)?;
            let time = match &line["time"] {
                serde_json::Value::String(text) => text.parse::<jiff::Timestamp>()?.as_millisecond(),
                number => number.as_i64().context("milliseconds")?,
            };
            let record = InputRecord::event(topic, &event.account, &event.line, OPTIONS.partitions);
            Ok(InputRecord { timestamp: Some(time), ..record })
        })
        .collect::<Result<_>>()?;
    // In batches, so that a segment can begin between any two weeks.
    for part in records.chunks(100) {
        scenario.write_as(&[], part)?;
    }
    scenario.remember(&events)?;
    Ok(events.len() as i64)
}

#[test]
fn a_history_that_retention_removed_is_told() {
    on_shared_broker("short_retention", OPTIONS, |scenario| {
        let topic = scenario.input(0);
        // As brokers make a topic: seven days, by the records' own times. Small segments, as a busy topic would have had.
        create_topic(&scenario.brokers, &topic, OPTIONS.partitions, &[("segment.ms", "86400000"), ("retention.ms", "604800000")])?;
        scenario.create_missing_topics()?;
        write_history(scenario, &topic)?;
        let mut lows = Vec::new();
        for partition in 0..OPTIONS.partitions {
            lows.push(wait_removed(&scenario.brokers, &topic, partition, 1)?);
        }
        // Until several rounds of the brokers' check have removed nothing more.
        loop {
            std::thread::sleep(Duration::from_millis(1_500));
            let now: Vec<i64> =
                (0..OPTIONS.partitions).map(|partition| Ok(watermarks(&scenario.brokers, &topic, partition)?.0)).collect::<Result<_>>()?;
            if now == std::mem::replace(&mut lows, now.clone()) {
                break;
            }
        }

        let config = scenario.settings("check").write(&scenario.directory, 0)?;
        let config = config.to_str().context("test paths are UTF-8")?;
        let check = run_to_end(&["topics", "check", "--config", config], &scenario.directory, Duration::from_secs(30))?;
        ensure!(check.status.code() == Some(1), "topics check: {}", check.status);
        let expected = format!("{topic}: retention.ms is 604800000, expected at least 7948800000: brokers remove records by the times");
        ensure!(check.stderr.contains(&expected), "topics check says {}", check.stderr);

        scenario.texts = vec![("topics", "on_missing_history", "refuse")];
        let refusal = scenario.start("a")?.wait_refusal(Duration::from_secs(30))?;
        ensure!(
            refusal.contains("it is read for the first time, and begins at offset") && refusal.contains("on_missing_history"),
            "{refusal}"
        );

        scenario.texts.clear();
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        scenario.wait_caught_up(Duration::from_secs(30))?;
        let log = service.logged()?;
        let of_first_reads = log.matches("for the first time").count();
        ensure!(log.contains("retention.ms is 604800000"), "the start warns of the setting:\n{log}");
        for (partition, low) in lows.iter().enumerate() {
            let warning = format!("{topic} partition {partition}: it is read for the first time, and begins at offset {low}");
            ensure!(log.lines().any(|line| line.contains("WARN") && line.contains(&warning)), "no line says `{warning}`:\n{log}");
        }
        service.terminate()?;

        // What was read once is not missing at the next start.
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        ensure!(service.logged()?.matches("for the first time").count() == of_first_reads, "told once");
        service.terminate()
    });
}

/// Where retention has left nothing, no record ever says from where it was read on.
#[test]
fn a_partition_that_retention_emptied_is_read_on_from_where_it_begins() {
    let options = Options { partitions: 1, ..OPTIONS };
    on_shared_broker("emptied", options, |scenario| {
        let topic = scenario.input(0);
        create_topic(&scenario.brokers, &topic, 1, &[])?;
        scenario.create_missing_topics()?;
        let old: Vec<InputRecord> = (0..5)
            .map(|_| InputRecord { timestamp: Some(now_ms() - 30 * DAY_MS), ..InputRecord::event(&topic, "acme", "{}", 1) })
            .collect();
        scenario.write_as(&[], &old)?;
        wait_removed(&scenario.brokers, &topic, 0, 5)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        // The clock follows the wall, and the group has an offset.
        service.wait_value("adoption_clock_age_seconds", "partition", Duration::from_secs(10), |age| age < 10.0)?;
        scenario.wait_caught_up(Duration::from_secs(10))?;
        service.terminate()?;

        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30)).context("the second start")?;
        ensure!(service.logged()?.matches("for the first time").count() == 1, "told once");
        let events = scenario.stream().steady(now_ms() - 2 * HOUR_MS, now_ms() - HOUR_MS);
        scenario.write(&events)?;
        scenario.wait_caught_up(Duration::from_secs(10))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(10))?;
        service.terminate()
    });
}

#[test]
fn a_topic_as_topics_create_makes_it_keeps_a_history() {
    on_shared_broker("long_retention", OPTIONS, |scenario| {
        scenario.create_missing_topics()?;
        let topic = scenario.input(0);
        let count = write_history(scenario, &topic)?;
        // A topic beside it with brokers' default loses what was written later: so there was time enough.
        let other = scenario.topic("witness");
        create_topic(&scenario.brokers, &other, OPTIONS.partitions, &[("retention.ms", "604800000")])?;
        let old = InputRecord { timestamp: Some(now_ms() - 80 * DAY_MS), ..InputRecord::event(&other, "a", "{}", OPTIONS.partitions) };
        scenario.write_as(&[], std::slice::from_ref(&old))?;
        wait_removed(&scenario.brokers, &other, old.partition, 1)?;
        for partition in 0..OPTIONS.partitions {
            ensure!(watermarks(&scenario.brokers, &topic, partition)?.0 == 0, "partition {partition} has lost records");
        }
        ensure!(written(&scenario.brokers, &topic)? == count, "all are there");

        let service = scenario.start("a")?;
        scenario.wait_caught_up(Duration::from_secs(30))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(20))?;
        ensure!(!service.logged()?.contains("for the first time"), "nothing is missing");
        service.terminate()
    });
}

/// Ten accounts of a partition, by names that lie in it.
fn accounts_in(partition: i32) -> Vec<String> {
    let names = (0..).map(|number| format!("account-{number}"));
    names.filter(|name| InputRecord::event("any", name, "{}", OPTIONS.partitions).partition == partition).take(10).collect()
}

/// What came of an account, but for what its name is in.
fn nameless(outputs: &Outputs, account: &str) -> Vec<Value> {
    let own = outputs.iter().filter(|((_, other), _)| other == account);
    let of = own.flat_map(|(_, outputs)| outputs).map(|output| {
        let mut data = output.data.clone();
        data.as_object_mut().expect("data is an object").retain(|name, _| name != "account" && name != "incident");
        json!({"type": output.attribute("type"), "time": output.attribute("time"), "data": data})
    });
    of.collect()
}

/// A row dated now at the head of a partition's history gave false drops for all of its accounts. Two partitions have one history, and one of them
/// such a row before it.
#[test]
fn a_record_dated_now_moves_its_own_account_alone() {
    on_shared_broker("dated_now", OPTIONS, |scenario| {
        scenario.create_topics()?;
        let pairs: Vec<(String, String)> = accounts_in(0).into_iter().zip(accounts_in(1)).collect();
        let bolt = (0..).map(|number| format!("bolt-{number}"));
        let bolt = bolt.filter(|name| InputRecord::event("any", name, "{}", OPTIONS.partitions).partition == 0);
        let usage = |account: &str, id: String, time_ms: i64, quantity: i64| {
            let line = json!({"type": "usage", "id": id, "time": rfc3339(time_ms), "account": account, "product": "crm", "user": "ann",
                              "feature": "contact.created", "quantity": quantity});
            Event { account: account.to_owned(), line: line.to_string(), broken: false }
        };
        let now = now_ms();
        let mut events = vec![usage(&bolt.take(1).collect::<String>(), "ahead".to_owned(), now, 1)];
        for day in 0..70 {
            for (place, (own, other)) in pairs.iter().enumerate() {
                let time_ms = now - (70 - day) * DAY_MS + place as i64 * HOUR_MS;
                // Falls by four fifths, in earnest.
                let quantity = if day < 45 { 10 } else { 2 };
                events.extend([own, other].map(|account| usage(account, format!("day-{day}"), time_ms, quantity)));
            }
        }
        scenario.write(&events)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        scenario.wait_caught_up(Duration::from_secs(30))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(20))?;
        let published = scenario.published()?;
        for (own, other) in &pairs {
            let (own, other) = (nameless(published, own), nameless(published, other));
            ensure!(own == other, "behind the record {own:#?}\nwithout it {other:#?}");
            let drops =
                own.iter().filter(|output| output["data"]["rule"] == "usage_drop" && output["type"] == "adoption.alert.opened").count();
            ensure!(drops == 1, "{drops} drops are told of one: {own:#?}");
        }
        ensure!(count(published) > 0, "the test proves nothing");
        service.terminate()
    });
}
