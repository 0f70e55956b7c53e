//! Topics that change under the service: deleted and made anew under the same name, or given more partitions.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::scenario::{Options, Playbook, Scenario, with_each_protocol};
use crate::service::SESSION_TIMEOUT;
use crate::stream::{Event, now_ms, rfc3339};
use crate::topics::{create_topic, delete_topic, grow_topic};

const OPTIONS: Options =
    Options { partitions: 2, input_topics: 1, accounts: 20, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };
const LIMIT: Duration = Duration::from_secs(30);

fn write(scenario: &mut Scenario, count: usize) -> Result<()> {
    let now = rfc3339(now_ms() - 60_000);
    let events: Vec<Event> = (0..count)
        .map(|number| {
            let line = json!({"type": "usage", "time": now, "account": "acme", "product": "crm", "user": format!("user-{number}")});
            Event { account: "acme".to_owned(), line: line.to_string(), broken: false }
        })
        .collect();
    scenario.write(&events)
}

/// The ids of topics that a text names, as Kafka's tools write them.
fn ids(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    words.filter(|word| word.len() == 22 && word.chars().any(|c| c.is_ascii_uppercase() || c.is_ascii_digit())).collect()
}

fn expect_both_ids(refusal: &str, topic: &str) -> Result<()> {
    ensure!(refusal.contains(topic) && refusal.contains("deleted and created anew"), "{refusal}");
    ensure!(ids(refusal).len() == 2, "both ids are named: {refusal}");
    for way_out in ["give the new topic another name", "delete the group's offsets and the changelog"] {
        ensure!(refusal.contains(way_out), "the refusal does not say `{way_out}`: {refusal}");
    }
    Ok(())
}

fn recreate(scenario: &mut Scenario, records: usize) -> Result<()> {
    let topic = scenario.input(0);
    delete_topic(&scenario.brokers, &topic)?;
    create_topic(&scenario.brokers, &topic, OPTIONS.partitions, &[])?;
    write(scenario, records)
}

#[test]
fn an_input_made_anew_while_stopped_is_refused() {
    with_each_protocol("recreated", OPTIONS, |scenario| {
        scenario.create_topics()?;
        write(scenario, 5)?;
        let service = scenario.start("a")?;
        scenario.wait_caught_up(LIMIT)?;
        service.terminate()?;
        // Longer than before: its offsets are all there, and its first five records would never be read.
        recreate(scenario, 12)?;
        let topic = scenario.input(0);
        expect_both_ids(&scenario.start("a")?.wait_refusal(LIMIT)?, &topic)?;

        // The way out that keeps the state: the same records under another name, which is read from its beginning.
        scenario.options.input_topics = 2;
        let renamed = scenario.input(1);
        create_topic(&scenario.brokers, &renamed, OPTIONS.partitions, &[])?;
        // For the group the member is still there, with what it subscribed to before.
        std::thread::sleep(SESSION_TIMEOUT);
        let settings = crate::service::Settings { inputs: vec![renamed], ..scenario.settings("a") };
        let mut service = crate::service::Service::start(&settings, &scenario.directory)?;
        service.wait_ready(LIMIT)?;
        let accounts = || -> Result<f64> { Ok(service.metric("adoption_accounts")?.iter().map(|(_, accounts)| accounts).sum()) };
        let deadline = std::time::Instant::now() + LIMIT;
        while accounts()? < 1.0 {
            ensure!(std::time::Instant::now() < deadline, "the state is not there");
            std::thread::sleep(Duration::from_millis(100));
        }
        service.terminate()
    });
}

#[test]
fn an_input_made_anew_while_running_ends_the_process() {
    with_each_protocol("recreated_running", OPTIONS, |scenario| {
        scenario.create_topics()?;
        write(scenario, 5)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(LIMIT)?;
        scenario.wait_caught_up(LIMIT)?;
        recreate(scenario, 12)?;
        let topic = scenario.input(0);
        expect_both_ids(&service.wait_refusal(LIMIT)?, &topic)?;
        expect_both_ids(&scenario.start("a")?.wait_refusal(LIMIT)?, &topic)
    });
}

/// The state's only copy is gone, and what a process goes on to write would look like one.
#[test]
fn a_changelog_made_anew_while_running_is_not_taken_for_the_state() {
    with_each_protocol("recreated_changelog", OPTIONS, |scenario| {
        scenario.create_topics()?;
        write(scenario, 5)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(LIMIT)?;
        scenario.wait_caught_up(LIMIT)?;
        let changelog = scenario.topic("changelog.v1");
        delete_topic(&scenario.brokers, &changelog)?;
        create_topic(&scenario.brokers, &changelog, OPTIONS.partitions, &[("cleanup.policy", "compact")])?;
        write(scenario, 5)?;
        service.wait_refusal(LIMIT)?;
        let refusal = scenario.start("a")?.wait_refusal(LIMIT)?;
        ensure!(refusal.contains("changelog") && refusal.contains("delete the group's offsets"), "{refusal}");
        Ok(())
    });
}

#[test]
fn partitions_added_while_running_end_the_process_with_the_sentence_of_a_restart() {
    with_each_protocol("grown", OPTIONS, |scenario| {
        scenario.create_topics()?;
        write(scenario, 5)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(LIMIT)?;
        scenario.wait_caught_up(LIMIT)?;
        let (topic, changelog) = (scenario.input(0), scenario.topic("changelog.v1"));
        grow_topic(&scenario.brokers, &topic, 4)?;
        let began = std::time::Instant::now();
        let ended = service.wait_refusal(LIMIT)?;
        let took = began.elapsed();
        ensure!(took < Duration::from_secs(10), "it took {took:?}");
        let sentence = format!(
            "input topics and changelog must have the same number of partitions, so that one partition owns an account whole; found {topic}: 4, \
             {changelog}: 2"
        );
        ensure!(ended.contains(&sentence), "{ended}");
        let refusal = scenario.start("a")?.wait_refusal(LIMIT)?;
        ensure!(refusal.contains(&sentence), "{refusal}");

        // Both grown: accounts have moved all the same.
        grow_topic(&scenario.brokers, &changelog, 4)?;
        let refusal = scenario.start("a")?.wait_refusal(LIMIT)?;
        ensure!(refusal.contains("the state was made from topics of 2 partitions, and now they have 4"), "{refusal}");
        Ok(())
    });
}
