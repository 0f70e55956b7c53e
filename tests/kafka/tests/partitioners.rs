//! Producers that disagree about an account's partition, with real clients of three hashes: Kafka's own Java producer by its default (murmur2),
//! kcat, which is librdkafka, by its default (CRC-32), and kcat told to take librdkafka's `fnv1a`. That this is what sarama does, whose default
//! it is, and what other clients do, `findings/key-partitioners.sh` measures with the clients themselves.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::java;
use crate::scenario::{Options, Playbook, Scenario, on_shared_broker};
use crate::service::Service;
use crate::stream::{now_ms, rfc3339};
use crate::topics::{Reader, create_topic, grow_topic};

const OPTIONS: Options =
    Options { partitions: 12, input_topics: 1, accounts: 20, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };
const ACCOUNTS: usize = 20;
const LIMIT: Duration = Duration::from_secs(30);

/// An event of each account.
fn records(name: &str, accounts: usize) -> Vec<(String, String)> {
    let now = rfc3339(now_ms() - 60_000);
    let record = |number| {
        let account = format!("{name}-{number}");
        let event = json!({"type": "usage", "time": now, "account": account, "product": "crm", "user": "u"});
        (account, event.to_string())
    };
    (0..accounts).map(record).collect()
}

/// Writes by kcat, which hashes as librdkafka does by default, or as told.
fn kcat(brokers: &str, topic: &str, partitioner: Option<&str>, records: &[(String, String)]) -> Result<()> {
    let mut command = Command::new("kcat");
    command.args(["-P", "-b", brokers, "-t", topic, "-K", "\t"]);
    if let Some(partitioner) = partitioner {
        command.args(["-X", &format!("topic.partitioner={partitioner}")]);
    }
    let mut child = command.stdin(Stdio::piped()).spawn().context("`kcat` cannot be run: install it (Debian: kcat)")?;
    let input: String = records.iter().map(|(key, value)| format!("{key}\t{value}\n")).collect();
    child.stdin.take().expect("it is piped").write_all(input.as_bytes())?;
    ensure!(child.wait()?.success(), "kcat could not write");
    Ok(())
}

fn fitting(service: &Service, partitioner: &str) -> Result<f64> {
    service.value("adoption_account_partitioners", partitioner)
}

/// Starts it, and waits until it holds so many accounts.
fn started(scenario: &Scenario, accounts: usize) -> Result<Service> {
    let mut service = scenario.start("a")?;
    service.wait_ready(LIMIT)?;
    scenario.wait_caught_up(LIMIT)?;
    let held = |service: &Service| -> Result<f64> { Ok(service.metric("adoption_accounts")?.iter().map(|(_, accounts)| accounts).sum()) };
    let deadline = std::time::Instant::now() + LIMIT;
    while held(&service)? < accounts as f64 {
        ensure!(std::time::Instant::now() < deadline, "{} accounts of {accounts}", held(&service)?);
        std::thread::sleep(Duration::from_millis(100));
    }
    // Counted with the next report of each partition.
    std::thread::sleep(Duration::from_millis(1_500));
    Ok(service)
}

#[test]
fn each_partitioner_is_known_by_what_it_does() {
    for (name, label) in [("java", "murmur2"), ("kcat", "crc32"), ("fnv", "fnv1a")] {
        on_shared_broker(&format!("partitioner_{name}"), OPTIONS, |scenario| {
            scenario.create_topics()?;
            let (brokers, topic, records) = (scenario.brokers.clone(), scenario.input(0), records(name, ACCOUNTS));
            match name {
                "java" => java::produce(&brokers, &topic, &records)?,
                "kcat" => kcat(&brokers, &topic, None, &records)?,
                _ => kcat(&brokers, &topic, Some("fnv1a"), &records)?,
            }
            let service = started(scenario, ACCOUNTS)?;
            ensure!(
                fitting(&service, &format!("\"{label}\""))? == ACCOUNTS as f64,
                "{:?}",
                service.metric("adoption_account_partitioners")?
            );
            ensure!(service.value("adoption_partitioners_disagree", "")? == 0.0, "they agree");
            ensure!(!service.logged()?.contains("ERROR"), "nothing is said:\n{}", service.logged()?);
            service.terminate()
        });
    }
}

/// The partition in which each key stands.
fn places(brokers: &str, topic: &str) -> Result<BTreeMap<String, i32>> {
    let mut places = BTreeMap::new();
    for record in Reader::read_committed(brokers, topic).read_to_end()? {
        let key = record.key_text()?.to_owned();
        let before = places.insert(key.clone(), record.partition);
        ensure!(before.is_none_or(|partition| partition == record.partition), "{key} stands in two partitions of {topic}");
    }
    Ok(places)
}

/// Whoever joins outputs with inputs, or reads both by partition, finds an account in one place.
#[test]
fn outputs_stand_where_java_puts_their_keys() {
    on_shared_broker("output_partitions", OPTIONS, |scenario| {
        scenario.create_topics()?;
        let (brokers, topic) = (scenario.brokers.clone(), scenario.input(0));
        java::produce(&brokers, &topic, &records("acme", ACCOUNTS))?;
        started(scenario, ACCOUNTS)?.terminate()?;
        let inputs = places(&brokers, &topic)?;
        ensure!(inputs.len() == ACCOUNTS, "{inputs:?}");
        for outputs in ["stage-changes.v1", "accounts.v1"] {
            let outputs = scenario.topic(outputs);
            ensure!(places(&brokers, &outputs)? == inputs, "{outputs}: {:?}, where Java has put {inputs:?}", places(&brokers, &outputs)?);
        }
        Ok(())
    });
}

#[test]
fn producers_that_disagree_are_told() {
    on_shared_broker("partitioners_disagree", OPTIONS, |scenario| {
        scenario.create_topics()?;
        let (brokers, topic) = (scenario.brokers.clone(), scenario.input(0));
        java::produce(&brokers, &topic, &records("shared", ACCOUNTS))?;
        java::produce(&brokers, &topic, &records("java", ACCOUNTS))?;
        kcat(&brokers, &topic, None, &records("shared", ACCOUNTS))?;
        let service = started(scenario, 2 * ACCOUNTS + 1)?;
        let log = service.logged()?;
        let told: Vec<&str> = log.lines().filter(|line| line.contains("producers disagree")).collect();
        ensure!(told.len() == 1, "told once:\n{log}");
        for part in
            ["where murmur2 puts it (Java clients", "where crc32 puts it (librdkafka", "account \"shared-", "partitioner=murmur2_random"]
        {
            ensure!(told[0].contains(part), "{part} is not in {}", told[0]);
        }
        ensure!(!log.contains("has been given more partitions"), "not taken for a topic that has grown");
        // Some accounts are put into the same partition by both, by chance.
        let split = service.value("adoption_split_accounts", "")?;
        let named = log.lines().filter(|line| line.contains("is held in partitions")).count();
        ensure!((10..=ACCOUNTS).contains(&named) && split == named as f64, "{named} accounts named, {split} counted:\n{log}");
        ensure!(service.value("adoption_partitioners_disagree", "")? == 1.0, "the gauge of the alert");
        let (murmur2, crc32) = (fitting(&service, "\"murmur2\"")?, fitting(&service, "\"crc32\"")?);
        ensure!(murmur2 >= 2.0 * ACCOUNTS as f64 && crc32 >= ACCOUNTS as f64, "{murmur2} by murmur2, {crc32} by crc32");
        service.terminate()?;

        // It is part of the state: accounts begin once.
        let service = started(scenario, 2 * ACCOUNTS + 1)?;
        ensure!((fitting(&service, "\"murmur2\"")?, fitting(&service, "\"crc32\"")?) == (murmur2, crc32), "the same after a restart");
        ensure!(service.value("adoption_partitioners_disagree", "")? == 1.0, "after a restart");
        ensure!(service.logged()?.matches("producers disagree").count() == 2, "told again, once");
        service.terminate()
    });
}

#[test]
fn a_topic_that_has_grown_is_told_apart() {
    on_shared_broker("grown_topic", OPTIONS, |scenario| {
        let (brokers, topic) = (scenario.brokers.clone(), scenario.input(0));
        create_topic(&brokers, &topic, 4, &[("retention.ms", "-1")])?;
        java::produce(&brokers, &topic, &records("acme", 2 * ACCOUNTS))?;
        grow_topic(&brokers, &topic, OPTIONS.partitions)?;
        scenario.create_missing_topics()?;
        java::produce(&brokers, &topic, &records("acme", 2 * ACCOUNTS))?;
        let service = started(scenario, 2 * ACCOUNTS + 1)?;
        let log = service.logged()?;
        let told: Vec<&str> = log.lines().filter(|line| line.contains("has been given more partitions")).collect();
        ensure!(told.len() == 1, "told once:\n{log}");
        ensure!(told[0].contains("among 4 partitions, but not among 12") && told[0].contains("where murmur2 puts it"), "{}", told[0]);
        ensure!(!log.contains("producers disagree"), "producers are blamed:\n{log}");
        service.terminate()
    });
}
