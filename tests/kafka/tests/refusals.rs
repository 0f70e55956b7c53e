//! What the service refuses to start with, and how it says so.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::scenario::{Options, Scenario, on_shared_broker};
use crate::service::{Outcome, Settings, run_to_end};
use crate::topics::{alter_topic, create_topic, partition_counts, topic_setting};

const LIMIT: Duration = Duration::from_secs(40);

/// Topics of the service after the prefix, and their clean-up policy.
const TOPICS: [(&str, &str); 11] = [
    ("stage-changes.v1", "delete"),
    ("signals.v1", "delete"),
    ("alerts.v1", "delete"),
    ("plays.v1", "delete"),
    ("campaigns.v1", "delete"),
    ("dead-letters.v1", "delete"),
    ("undelivered.v1", "delete"),
    ("ingest-dead-letters.v1", "delete"),
    ("accounts.v1", "compact"),
    ("portfolio.v1", "compact"),
    ("changelog.v1", "compact"),
];

fn command(scenario: &Scenario, settings: &Settings, arguments: &[&str]) -> Result<Outcome> {
    let config = settings.write(&scenario.directory, crate::process::free_port()?)?;
    let config = config.to_str().context("test paths are UTF-8")?;
    run_to_end(&[arguments, &["--config", config]].concat(), &scenario.directory, LIMIT)
}

fn expect_refusal(outcome: &Outcome, words: &[&str]) -> Result<()> {
    ensure!(!outcome.status.success(), "it should have refused");
    ensure!(outcome.status.code().is_some(), "it died of {}", outcome.status);
    for word in words {
        ensure!(outcome.stderr.contains(word), "the refusal does not name {word}:\n{}", outcome.stderr);
    }
    Ok(())
}

fn expect_success(outcome: &Outcome) -> Result<()> {
    ensure!(outcome.status.success(), "{}:\n{}{}", outcome.status, outcome.stdout, outcome.stderr);
    Ok(())
}

#[test]
fn missing_topics_are_refused_and_created() {
    on_shared_broker("missing_topics", Options::default(), |scenario| {
        let settings = scenario.settings("a");
        expect_refusal(&command(scenario, &settings, &["run"])?, &["topics create"])?;
        expect_refusal(&command(scenario, &settings, &["topics", "check"])?, &["changelog.v1"])?;

        create_topic(&scenario.brokers, &scenario.input(0), scenario.options.partitions, &[])?;
        let created = command(scenario, &settings, &["topics", "create"])?;
        expect_success(&created)?;
        // The input is somebody else's: what it lacks is said, and stops nobody.
        ensure!(created.stderr.contains("retention.ms is 604800000"), "{}", created.stderr);
        expect_refusal(&command(scenario, &settings, &["topics", "check"])?, &["retention.ms", "1 deviations"])?;
        alter_topic(&scenario.brokers, &scenario.input(0), &[("retention.ms", "7948800000")])?;
        expect_success(&command(scenario, &settings, &["topics", "check"])?)?;
        expect_success(&command(scenario, &settings, &["topics", "create"])?).context("a second time")?;

        let counts = partition_counts(&scenario.brokers)?;
        for (suffix, policy) in TOPICS {
            let topic = scenario.topic(suffix);
            ensure!(counts.contains_key(&topic), "{topic} was not created");
            let found = topic_setting(&scenario.brokers, &topic, "cleanup.policy")?;
            ensure!(found == policy, "cleanup.policy of {topic} is {found}, not {policy}");
        }
        let changelog = counts[&scenario.topic("changelog.v1")];
        ensure!(changelog == scenario.options.partitions, "the changelog has {changelog} partitions");

        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30)).context("now it starts")?;
        service.terminate()
    });
}

#[test]
fn different_partition_counts_are_refused() {
    let options = Options { input_topics: 2, ..Options::default() };
    on_shared_broker("partition_counts", options, |scenario| {
        let brokers = scenario.brokers.clone();
        create_topic(&brokers, &scenario.input(0), 4, &[])?;
        create_topic(&brokers, &scenario.input(1), 3, &[])?;
        for (suffix, policy) in TOPICS {
            create_topic(&brokers, &scenario.topic(suffix), 4, &[("cleanup.policy", policy)])?;
        }
        let (first, second) = (scenario.input(0), scenario.input(1));
        let settings = scenario.settings("a");
        let refusal = command(scenario, &settings, &["run"])?;
        expect_refusal(&refusal, &[&first, &second, "4", "3"]).context("two inputs differ")?;

        // The changelog (4) beside an input of 3.
        let settings = Settings { inputs: vec![second.clone()], ..scenario.settings("a") };
        let changelog = scenario.topic("changelog.v1");
        let refusal = command(scenario, &settings, &["run"])?;
        expect_refusal(&refusal, &[&second, &changelog]).context("input and changelog differ")
    });
}

/// What exactly-once rests on is nobody's to change. The broker is not even asked.
#[test]
fn properties_that_break_exactly_once_are_refused() {
    on_shared_broker("properties", Options::default(), |scenario| {
        let forbidden: BTreeMap<&str, &str> = BTreeMap::from([
            ("isolation.level", "read_uncommitted"),
            ("enable.idempotence", "false"),
            ("enable.auto.commit", "true"),
            ("transactional.id", "mine"),
        ]);
        for (property, value) in forbidden {
            let mut settings = scenario.settings("a");
            settings.properties.push((property.to_owned(), value.to_owned()));
            let refusal = command(scenario, &settings, &["run"])?;
            expect_refusal(&refusal, &[property])?;
            ensure!(matches!(refusal.status.code(), Some(1 | 2)), "{property}: exit status {}", refusal.status);
        }
        Ok(())
    });
}
