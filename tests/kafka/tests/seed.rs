//! `seed` on a real broker: a history in disorder, in two files, then `run`; and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::scenario::{Options, Playbook, Scenario, on_shared_broker};
use crate::service::{Outcome, run_to_end};
use crate::stream::{DAY_MS, Event, HOUR_MS, Random, now_ms, rfc3339};
use crate::topics::{InputRecord, Reader, alter_topic, create_topic, partition_of, topic_setting, written};

const OPTIONS: Options =
    Options { partitions: 4, input_topics: 1, accounts: 60, playbook: Playbook::Lively, workers: 1, broken_per_mille: 0 };
const LIMIT: Duration = Duration::from_secs(60);

fn seed(scenario: &Scenario, arguments: &[&str]) -> Result<Outcome> {
    let config = scenario.settings("seed").write(&scenario.directory, 0)?;
    let config = config.to_str().context("test paths are UTF-8")?;
    run_to_end(&[&["seed", "--config", config], arguments].concat(), &scenario.directory, LIMIT)
}

/// Seeds, and it is refused.
fn refused(scenario: &Scenario, arguments: &[&str], expected: &str) -> Result<()> {
    let outcome = seed(scenario, arguments)?;
    ensure!(outcome.status.code() == Some(1) && outcome.stderr.contains(expected), "{arguments:?}: {}: {}", outcome.status, outcome.stderr);
    Ok(())
}

fn file(scenario: &Scenario, name: &str, text: &str) -> Result<String> {
    let path = scenario.directory.join(name);
    fs::write(&path, text)?;
    Ok(path.to_str().context("test paths are UTF-8")?.to_owned())
}

fn time_of(event: &Event) -> Result<i64> {
    let line: Value = serde_json::from_str(&event.line)?;
    match &line["time"] {
        Value::String(text) => Ok(text.parse::<jiff::Timestamp>()?.as_millisecond()),
        number => number.as_i64().context("milliseconds"),
    }
}

#[test]
fn seed_then_run() {
    on_shared_broker("seed", OPTIONS, |scenario| {
        scenario.create_topics()?;
        let mut events = scenario.stream().backlog(12_000, now_ms() - 75 * DAY_MS, now_ms() - HOUR_MS);
        // In any order, in two files, the second packed, and with lines that are of no use.
        let mut random = Random::new(scenario.seed ^ 3);
        for last in (1..events.len()).rev() {
            events.swap(last, random.between(0, last as i64) as usize);
        }
        let lines: Vec<&str> = events.iter().map(|event| event.line.as_str()).collect();
        let (first, second) = lines.split_at(lines.len() / 3);
        let plain = file(scenario, "first.jsonl", &format!("{}\nnonsense\n\n", first.join("\n")))?;
        let packed: PathBuf = scenario.directory.join("second.jsonl.gz");
        let mut gzip = flate2::write::GzEncoder::new(fs::File::create(&packed)?, flate2::Compression::fast());
        gzip.write_all(second.join("\n").as_bytes())?;
        gzip.finish()?;
        let packed = packed.to_str().context("test paths are UTF-8")?;

        refused(scenario, &["--topic", "elsewhere", &plain], "elsewhere is none of topics.inputs: seed.inputs.v1")?;
        ensure!(written(&scenario.brokers, &scenario.input(0))? == 0, "nothing is written");
        let of_no_use = file(scenario, "none.jsonl", "{}\n")?;
        let outcome = seed(scenario, &[&of_no_use])?;
        ensure!(outcome.status.code() == Some(3) && outcome.stderr.contains("none was mapped"), "{}: {}", outcome.status, outcome.stderr);

        let outcome = seed(scenario, &[&plain, packed])?;
        ensure!(outcome.status.success(), "{}: {}", outcome.status, outcome.stderr);
        let accounts: std::collections::BTreeSet<&str> = events.iter().map(|event| event.account.as_str()).collect();
        for part in [
            format!("{} records read: {} mapped, 0 unmapped, 0 dropped, 1 rejected", events.len() + 1, events.len()),
            "rejected, bad_json: 1".to_owned(),
            format!("{plain}:{}: bad_json: ", first.len() + 1),
            format!("accounts: {}\n", accounts.len()),
            format!("written to {}", scenario.input(0)),
            "4 partitions by murmur2, the time of writing".to_owned(),
        ] {
            ensure!(outcome.stderr.contains(&part), "{part:?} is not in:\n{}", outcome.stderr);
        }

        // By time, and those of one time by their places.
        let mut timed = events.iter().map(|event| Ok((time_of(event)?, event.clone()))).collect::<Result<Vec<_>>>()?;
        timed.sort_by_key(|(time_ms, _)| *time_ms);
        let sorted: Vec<Event> = timed.into_iter().map(|(_, event)| event).collect();
        let mut expected: BTreeMap<i32, Vec<&str>> = BTreeMap::new();
        for event in &sorted {
            expected.entry(partition_of(&event.account, OPTIONS.partitions)).or_default().push(&event.line);
        }
        let records = Reader::read_committed(&scenario.brokers, &scenario.input(0)).read_to_end()?;
        let mut found: BTreeMap<i32, Vec<&str>> = BTreeMap::new();
        for record in &records {
            found.entry(record.partition).or_default().push(std::str::from_utf8(record.payload.as_deref().unwrap_or_default())?);
        }
        ensure!(found == expected, "the topic holds the lines by time");
        ensure!(records.iter().all(|record| record.key.is_some()), "keyed");

        refused(scenario, &[&plain], &format!("{} holds {} records already", scenario.input(0), events.len()))?;
        scenario.remember(&sorted)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(LIMIT)?;
        scenario.wait_caught_up(LIMIT)?;
        scenario.wait_for_expected_outputs(Duration::from_secs(20))?;
        refused(scenario, &["--append", &plain], "the group seed-app has begun already, with these offsets: seed.inputs.v1 partition 0: ")?;
        service.terminate()
    });
}

/// Accounts that somebody has put where his hash says are gone on with there.
#[test]
fn seed_behind_others() {
    on_shared_broker("seed_behind", OPTIONS, |scenario| {
        scenario.create_topics()?;
        let topic = scenario.input(0);
        let crc32 = |account: &str| (crc32fast::hash(account.as_bytes()) % OPTIONS.partitions as u32) as i32;
        let line = |account: &str, time_ms: i64| {
            json!({"type": "usage", "time": rfc3339(time_ms), "account": account, "product": "crm", "user": "u"}).to_string()
        };
        let accounts: Vec<String> = (0..40).map(|number| format!("acme-{number}")).collect();
        let records: Vec<InputRecord> = accounts
            .iter()
            .map(|account| InputRecord {
                partition: crc32(account),
                ..InputRecord::event(&topic, account, &line(account, now_ms()), OPTIONS.partitions)
            })
            .collect();
        scenario.write_as(&[], &records)?;
        let history: Vec<String> = accounts.iter().map(|account| line(account, now_ms() - DAY_MS)).collect();
        let history = file(scenario, "history.jsonl", &history.join("\n"))?;
        let outcome = seed(scenario, &["--append", &history])?;
        ensure!(outcome.status.success() && outcome.stderr.contains("4 partitions by crc32"), "{}: {}", outcome.status, outcome.stderr);
        let outcome = seed(scenario, &["--append", "--partitioner", "fnv1a_random", &history])?;
        ensure!(outcome.status.success() && outcome.stderr.contains("4 partitions by fnv1a"), "{}: {}", outcome.status, outcome.stderr);
        let found = Reader::read_committed(&scenario.brokers, &topic).read_to_end()?;
        let by_crc32 = found.iter().filter(|record| record.key_text().is_ok_and(|account| record.partition == crc32(account))).count();
        ensure!(found.len() == 120 && (80..110).contains(&by_crc32), "{by_crc32} of {} records", found.len());
        Ok(())
    });
}

/// Several inputs are merged by the times of their records.
#[test]
fn seed_one_of_several_inputs() {
    let options = Options { input_topics: 2, partitions: 2, ..OPTIONS };
    on_shared_broker("seed_several", options, |scenario| {
        for topic in scenario.inputs() {
            create_topic(&scenario.brokers, &topic, options.partitions, &[("retention.ms", "604800000")])?;
        }
        scenario.create_missing_topics()?;
        let topic = scenario.input(1);
        ensure!(topic_setting(&scenario.brokers, &topic, "retention.ms")? == "604800000", "as brokers make topics");
        let now = now_ms();
        let calls: Vec<String> = (0..60)
            .map(|day| {
                json!({"type": "track", "messageId": format!("m-{day}"), "timestamp": rfc3339(now - day * DAY_MS), "userId": "ann",
                    "event": "Contact Created", "properties": {"product": "crm"}, "context": {"groupId": "acme"}})
                .to_string()
            })
            .collect();
        let history = file(scenario, "segment.jsonl", &calls.join("\n"))?;
        refused(scenario, &["--source", "segment", &history], "there are several input topics: choose one with --topic")?;
        let arguments = ["--source", "segment", "--topic", &topic, &history];
        refused(scenario, &arguments, &format!("the history goes back 59 days, and {topic} keeps records for 7 (retention.ms)"))?;
        ensure!(written(&scenario.brokers, &topic)? == 0, "nothing is written");
        alter_topic(&scenario.brokers, &topic, &[("retention.ms", "-1")])?;
        let outcome = seed(scenario, &arguments)?;
        ensure!(
            outcome.status.success() && outcome.stderr.contains("2 partitions by murmur2, the times of their events"),
            "{}: {}",
            outcome.status,
            outcome.stderr
        );
        let records = Reader::read_committed(&scenario.brokers, &topic).read_to_end()?;
        let times: Vec<i64> = records.iter().map(|record| record.timestamp_ms).collect();
        ensure!(times.len() == 60 && times.is_sorted() && times[59] - times[0] == 59 * DAY_MS, "{times:?}");
        Ok(())
    });
}
