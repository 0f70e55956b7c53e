//! Settings of topics that lose or stop something: what `topics check` and a start say of them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::scenario::{Options, Playbook, Scenario, on_shared_broker};
use crate::service::run_to_end;
use crate::stream::now_ms;
use crate::topics::{InputRecord, Reader, alter_topic, create_topic};

const OPTIONS: Options =
    Options { partitions: 2, input_topics: 2, accounts: 20, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };

/// What `topics check` says, with status 1.
fn deviations(scenario: &Scenario) -> Result<String> {
    let config = scenario.settings("check").write(&scenario.directory, 0)?;
    let config = config.to_str().context("test paths are UTF-8")?;
    let check = run_to_end(&["topics", "check", "--config", config], &scenario.directory, Duration::from_secs(30))?;
    ensure!(check.status.code() == Some(1), "topics check ended with {}:\n{}", check.status, check.stdout);
    Ok(check.stderr)
}

#[test]
fn inputs_of_differing_timestamps_and_a_compacted_one_are_told() {
    on_shared_broker("input_settings", OPTIONS, |scenario| {
        create_topic(&scenario.brokers, &scenario.input(0), 2, &[("retention.ms", "-1"), ("cleanup.policy", "compact")])?;
        create_topic(
            &scenario.brokers,
            &scenario.input(1),
            2,
            &[("retention.ms", "-1"), ("message.timestamp.type", "LogAppendTime"), ("cleanup.policy", "compact,delete")],
        )?;
        scenario.create_missing_topics()?;
        let expected = [
            format!("{}: cleanup.policy is compact, expected delete: compaction keeps the last event of each account", scenario.input(0)),
            format!("{}: cleanup.policy is compact,delete, expected delete: compaction keeps", scenario.input(1)),
            format!("{}: message.timestamp.type is LogAppendTime, expected CreateTime, as the first input has", scenario.input(1)),
        ];
        let said = deviations(scenario)?;
        ensure!(said.contains("3 deviations"), "{said}");
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        let log = service.logged()?;
        for expected in expected {
            ensure!(said.contains(&expected), "{said}");
            ensure!(log.lines().any(|line| line.contains("WARN") && line.contains(&expected)), "{log}");
        }
        service.terminate()
    });
}

#[test]
fn dead_letters_fit_into_their_topic() {
    let options = Options { input_topics: 1, ..OPTIONS };
    on_shared_broker("small_dead_letters", options, |scenario| {
        scenario.create_topics()?;
        let letters = scenario.topic("dead-letters.v1");
        alter_topic(&scenario.brokers, &letters, &[("max.message.bytes", "2000")])?;
        let said = deviations(scenario)?;
        ensure!(said.contains(&format!("{letters}: max.message.bytes is 2000, expected at least 1048588, as an input has")), "{said}");

        // One that is far too large, and many that together make a batch which is.
        let topic = scenario.input(0);
        let bad = |size: usize| format!("not JSON {}", "x".repeat(size));
        let record = |number: usize, size| {
            let mut record = InputRecord::event(&topic, "acme", &bad(size), options.partitions);
            record.headers = vec![("number".to_owned(), Some(number.to_string().into_bytes()))];
            record
        };
        let records: Vec<InputRecord> = (0..60).map(|number| record(number, if number == 30 { 100_000 } else { 100 })).collect();
        scenario.write_as(&[], &records)?;
        let good = scenario.stream().steady(now_ms() - 3_600_000, now_ms() - 1_800_000);
        scenario.write(&good)?;

        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(30))?;
        scenario.wait_caught_up(Duration::from_secs(30))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(10))?;
        let written = Reader::read_committed(&scenario.brokers, &letters).read_to_end()?;
        ensure!(written.len() == 60, "{} dead letters of 60", written.len());
        for letter in &written {
            let number: usize = letter.header("number").context("the original's header")?.parse()?;
            let payload = letter.payload.as_deref().unwrap_or_default();
            if number == 30 {
                ensure!(letter.header("adoption.original_bytes") == Some("100009"), "the letter says that it is cut: {:?}", letter.headers);
                ensure!((1_000..2_000).contains(&payload.len()) && bad(100_000).as_bytes().starts_with(payload), "{} bytes", payload.len());
            } else {
                ensure!(payload == bad(100).as_bytes(), "letter {number} is as it came");
            }
        }
        service.terminate()
    });
}
