//! `ingest` on a real broker: two topics of others into the input topic, exactly once, while its processes are killed and put to sleep.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::scenario::{CONSUMER_PROTOCOL, Options, Playbook, Scenario, on_own_broker, on_shared_broker};
use crate::service::{SESSION_TIMEOUT, Service, TRANSACTION_TIMEOUT};
use crate::stream::{Random, now_ms, rfc3339};
use crate::topics::{InputRecord, Reader, Record, Writer, create_topic, grow_topic, lags, partition_of};

const OPTIONS: Options =
    Options { partitions: 4, input_topics: 1, accounts: 40, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };
const RECORDS: usize = 9_000;
const LIMIT: Duration = Duration::from_secs(60);

/// Of a sender that puts several events into a record, without a key.
const MAPPING: &str = include_str!("../../mapping/clicks.yaml");

/// What is to come of the records written so far.
#[derive(Default)]
struct Expected {
    /// By id: the account, the partition of the source's topic, and the place among that partition's events.
    natives: BTreeMap<String, (String, i32, usize)>,
    /// Topic, partition, offset and reason of each record that cannot be mapped.
    letters: BTreeSet<(String, String, String, String)>,
    unmapped: u64,
    /// By topic and partition: records written.
    written: BTreeMap<(String, i32), usize>,
    /// By topic and partition: events made.
    made: BTreeMap<(String, i32), usize>,
}

impl Expected {
    fn native(&mut self, topic: &str, partition: i32, id: String, account: String) {
        let place = self.made.entry((topic.to_owned(), partition)).or_default();
        self.natives.insert(id, (account, partition, *place));
        *place += 1;
    }

    /// A record is written: where it stands.
    fn offset(&mut self, topic: &str, partition: i32) -> usize {
        let next = self.written.entry((topic.to_owned(), partition)).or_default();
        *next += 1;
        *next - 1
    }

    fn letter(&mut self, topic: &str, partition: i32, offset: usize, reason: &str) {
        self.letters.insert((topic.to_owned(), partition.to_string(), offset.to_string(), reason.to_owned()));
    }
}

struct Sources {
    segment: String,
    clicks: String,
}

impl Sources {
    fn create(scenario: &Scenario) -> Result<Self> {
        let sources = Self { segment: scenario.topic("segment"), clicks: scenario.topic("clicks") };
        create_topic(&scenario.brokers, &sources.segment, 3, &[])?;
        create_topic(&scenario.brokers, &sources.clicks, 2, &[])?;
        Ok(sources)
    }

    fn sections(&self, scenario: &Scenario) -> Result<String> {
        fs::write(scenario.directory.join("clicks.yaml"), MAPPING)?;
        let Self { segment, clicks } = self;
        Ok(format!(
            "[[sources]]\nname = \"segment\"\ntopic = \"{segment}\"\nformat = \"segment\"\n\
             [[sources]]\nname = \"clicks\"\ntopic = \"{clicks}\"\nformat = \"clicks.yaml\"\n[ingest]\nworkers = 1\n"
        ))
    }

    fn record(topic: &str, partition: i32, value: &Value) -> InputRecord {
        InputRecord { key: None, partition, ..InputRecord::event(topic, "", &value.to_string(), 1) }
    }

    fn draw(&self, number: usize, random: &mut Random, expected: &mut Expected) -> InputRecord {
        let account = |random: &mut Random| format!("acme-{}", random.between(0, OPTIONS.accounts as i64 - 1));
        if random.percent(60) {
            let (partition, account) = (random.between(0, 2) as i32, account(random));
            let offset = expected.offset(&self.segment, partition);
            let mut call = json!({"type": "track", "messageId": format!("s-{number}"), "timestamp": rfc3339(now_ms()), "userId": "ann",
                "event": "Contact Created", "properties": {"product": "crm"}, "context": {"groupId": account}});
            match random.between(0, 30) {
                0 => {
                    call["context"] = json!({});
                    expected.letter(&self.segment, partition, offset, "missing_field");
                }
                1 => {
                    call["type"] = json!("alias");
                    expected.unmapped += 1;
                }
                _ => expected.native(&self.segment, partition, format!("s-{number}"), account),
            }
            return Self::record(&self.segment, partition, &call);
        }
        let partition = random.between(0, 1) as i32;
        let offset = expected.offset(&self.clicks, partition);
        let mut items = Vec::new();
        for index in 0..random.between(1, 3) {
            let (id, account) = (format!("c-{number}-{index}"), account(random));
            let feature = if random.percent(4) { "/unheard-of" } else { *random.pick(&["/contacts", "/deals"]) };
            items.push(json!({"kind": "click", "id": id, "at": now_ms(), "account": account, "feature": feature}));
            if feature == "/unheard-of" {
                expected.letter(&self.clicks, partition, offset, "not_listed");
            } else {
                expected.native(&self.clicks, partition, id, account);
            }
        }
        Self::record(&self.clicks, partition, &json!({"items": items}))
    }
}

fn start(scenario: &Scenario, instance: &str, sections: &str) -> Result<Service> {
    Service::beside("ingest", &scenario.settings(instance), sections, &scenario.directory)
}

/// Kills one of two, again and again, and once puts one to sleep past everything that it held.
fn disturb(scenario: &Scenario, sections: &str, mut running: Vec<Service>) -> Result<Vec<Service>> {
    let mut random = Random::new(scenario.seed ^ 22);
    for _ in 0..5 {
        let victim = random.between(0, 1) as usize;
        if random.percent(70) {
            running[victim].wait_ready(LIMIT)?;
        }
        thread::sleep(Duration::from_millis(random.between(50, 1_200) as u64));
        running.swap_remove(victim).kill_nine()?;
        let instance = if running[0].is_instance("i") { "j" } else { "i" };
        running.push(start(scenario, instance, sections)?);
    }
    if !scenario.texts.contains(&CONSUMER_PROTOCOL) {
        running[0].wait_ready(LIMIT)?;
        running[0].freeze()?;
        thread::sleep(SESSION_TIMEOUT + TRANSACTION_TIMEOUT + Duration::from_secs(2));
        running[0].thaw()?;
        thread::sleep(Duration::from_secs(2));
        // It may have decided to end: a successor is then an operator's next step.
        if running[0].ended()?.is_some() {
            let instance = if running[1].is_instance("i") { "j" } else { "i" };
            running[0] = start(scenario, instance, sections)?;
        }
    }
    Ok(running)
}

fn wait_read(scenario: &Scenario, sources: &Sources) -> Result<()> {
    let group = format!("{}-app-ingest", scenario.prefix);
    let deadline = Instant::now() + LIMIT;
    loop {
        let unread: i64 = lags(&scenario.brokers, &group, &[sources.segment.clone(), sources.clicks.clone()])?.values().sum();
        if unread == 0 {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{unread} records of the sources are unread");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Each event once, keyed by its account, where that key belongs, and in the order of its source's partition.
fn expect_natives(scenario: &Scenario, expected: &Expected) -> Result<()> {
    let records = Reader::read_committed(&scenario.brokers, &scenario.input(0)).read_to_end()?;
    let mut last: BTreeMap<(bool, i32, String), usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for record in &records {
        let native: Value = serde_json::from_slice(record.payload.as_deref().unwrap_or_default())?;
        let id = native["id"].as_str().context("each has an id")?;
        ensure!(seen.insert(id.to_owned()), "{id} is there twice");
        let (account, source, place) = expected.natives.get(id).with_context(|| format!("nobody sent {id}"))?;
        ensure!(native["account"] == account.as_str() && record.key_text()? == account, "{id}: {native} with {:?}", record.key_text());
        ensure!(record.partition == partition_of(account, OPTIONS.partitions), "{id} of {account} is in partition {}", record.partition);
        let before = last.insert((id.starts_with('s'), *source, account.clone()), *place);
        ensure!(before.is_none_or(|before| before < *place), "{id} of {account} was overtaken");
    }
    ensure!(seen.len() == expected.natives.len(), "{} of {} events are there", seen.len(), expected.natives.len());
    Ok(())
}

fn expect_letters(scenario: &Scenario, expected: &Expected) -> Result<()> {
    let letters = Reader::read_committed(&scenario.brokers, &scenario.topic("ingest-dead-letters.v1")).read_to_end()?;
    let origin = |letter: &Record| -> Result<_> {
        let part = |name: &str| letter.header(&format!("__connect.errors.{name}")).map(str::to_owned).with_context(|| format!("no {name}"));
        let value: Value = serde_json::from_slice(letter.payload.as_deref().unwrap_or_default())?;
        ensure!(value.is_object() && part("stage")? == "ingest", "{letter:?}");
        Ok((part("topic")?, part("partition")?, part("offset")?, part("exception.class.name")?))
    };
    let found: Vec<_> = letters.iter().map(origin).collect::<Result<_>>()?;
    let once: BTreeSet<_> = found.iter().cloned().collect();
    ensure!(once == expected.letters && once.len() == found.len(), "{} letters, expected {}", found.len(), expected.letters.len());
    Ok(())
}

#[test]
fn ingest_is_killed() {
    on_own_broker("ingest", OPTIONS, |scenario, _| {
        // A commit is several requests: on the loopback hardly a kill would fall between them.
        let _relay = scenario.relay_services(Duration::from_millis(10))?;
        kill_and_count(scenario)
    });
}

#[test]
fn ingest_is_killed_by_the_new_protocol() {
    on_shared_broker("ingest_consumer", OPTIONS, |scenario| {
        scenario.texts.push(CONSUMER_PROTOCOL);
        kill_and_count(scenario)
    });
}

fn kill_and_count(scenario: &mut Scenario) -> Result<()> {
    scenario.create_topics()?;
    let sources = Sources::create(scenario)?;
    let sections = sources.sections(scenario)?;
    let writer = Writer::new(&scenario.brokers)?;
    let running = vec![start(scenario, "i", &sections)?, start(scenario, "j", &sections)?];
    let (mut random, mut expected) = (Random::new(scenario.seed), Expected::default());
    let records: Vec<InputRecord> = (0..RECORDS).map(|number| sources.draw(number, &mut random, &mut expected)).collect();
    let running = thread::scope(|scope| {
        let feeding = scope.spawn(|| -> Result<()> {
            for some in records.chunks(RECORDS / 100) {
                some.iter().try_for_each(|record| writer.write(record))?;
                thread::sleep(Duration::from_millis(100));
            }
            writer.flush()
        });
        let running = disturb(scenario, &sections, running)?;
        feeding.join().expect("it does not panic")?;
        anyhow::Ok(running)
    })?;
    wait_read(scenario, &sources)?;
    expect_natives(scenario, &expected)?;
    expect_letters(scenario, &expected)?;
    for service in running {
        service.terminate()?;
    }
    expect_natives(scenario, &expected).context("after the end of all")?;
    println!("ingest: {} events, {} letters, {} unmapped", expected.natives.len(), expected.letters.len(), expected.unmapped);
    Ok(())
}

/// What an operator sees of it, a source that grows, and what is refused at the start.
#[test]
fn ingest_is_looked_at() {
    on_shared_broker("ingest_looked_at", OPTIONS, |scenario| {
        scenario.create_topics()?;
        let sources = Sources { segment: scenario.topic("segment"), clicks: scenario.topic("clicks") };
        let sections = sources.sections(scenario)?;
        let refusal = start(scenario, "i", &sections)?.wait_refusal(LIMIT)?;
        let expected = format!("there are no topics {}, {}, which the settings name as sources", sources.clicks, sources.segment);
        ensure!(refusal.contains(&expected), "{refusal}");

        let sources = Sources::create(scenario)?;
        let (mut random, mut expected) = (Random::new(scenario.seed), Expected::default());
        let write = |numbers: std::ops::Range<usize>, random: &mut Random, expected: &mut Expected| -> Result<()> {
            // A new one each time: a client hears late of a topic that has grown.
            let writer = Writer::new(&scenario.brokers)?;
            numbers.map(|number| sources.draw(number, random, expected)).try_for_each(|record| writer.write(&record))?;
            writer.flush()
        };
        write(0..500, &mut random, &mut expected)?;
        let mut service = start(scenario, "i", &sections)?;
        service.wait_ready(LIMIT)?;
        wait_read(scenario, &sources)?;
        expect_natives(scenario, &expected)?;
        let records: usize = expected.written.iter().filter(|((topic, _), _)| *topic == sources.segment).map(|(_, written)| written).sum();
        service.wait_value("adoption_ingest_records_total", "segment", LIMIT, |value| value == records as f64)?;
        let unmapped = expected.unmapped as f64;
        ensure!(service.value("adoption_ingest_left_out_total", "reason=\"unmapped\",source=\"segment\"")? == unmapped, "unmapped");
        let letters = expected.letters.iter().filter(|(.., reason)| reason == "missing_field").count();
        let counted = service.value("adoption_ingest_dead_letters_total", "reason=\"missing_field\"")?;
        ensure!(counted == letters as f64, "{counted} dead letters are counted of {letters}");
        let natives = expected.natives.keys().filter(|id| id.starts_with('c')).count();
        ensure!(service.value("adoption_ingest_events_total", "clicks")? == natives as f64, "events");
        service.wait_value("adoption_ingest_lag_records", "segment", LIMIT, |lag| lag == 0.0)?;
        ensure!(service.value("adoption_assigned_partitions", "")? == 5.0, "all partitions of both topics");

        // No account lives in a source's partition: one more changes nothing.
        grow_topic(&scenario.brokers, &sources.segment, 4)?;
        let offset = expected.offset(&sources.segment, 3);
        ensure!(offset == 0, "it is new");
        let call = json!({
            "type": "track",
            "messageId": "s-grown",
            "timestamp": rfc3339(now_ms()),
            "userId": "ann",
            "event": "Contact Created",
            "properties": {"product": "crm"},
            "context": {"groupId": "acme-1"},
        });
        expected.native(&sources.segment, 3, "s-grown".to_owned(), "acme-1".to_owned());
        let writer = Writer::new(&scenario.brokers)?;
        writer.write(&Sources::record(&sources.segment, 3, &call))?;
        writer.flush()?;
        write(500..700, &mut random, &mut expected)?;
        service.terminate()?;
        let mut service = start(scenario, "i", &sections)?;
        service.wait_ready(LIMIT)?;
        wait_read(scenario, &sources)?;
        expect_natives(scenario, &expected)?;
        expect_letters(scenario, &expected)?;
        service.terminate()
    });
}
