//! Resetting the group by Kafka's own tool, as docs/operating.md says.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::java::consumer_groups;
use crate::scenario::{CONSUMER_PROTOCOL, Options, Playbook, Scenario, with_each_protocol};
use crate::stream::{Event, now_ms};
use crate::topics::partition_of;

const OPTIONS: Options =
    Options { partitions: 2, input_topics: 1, accounts: 1, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };
const LIMIT: Duration = Duration::from_secs(30);
const SESSION_TIMEOUT: Duration = Duration::from_secs(15);

/// Whether the group was reset. The tool's refusal is in what it says, not in its status.
fn reset(scenario: &Scenario, partition: i32, offset: i64) -> Result<bool> {
    let (group, topic) = (format!("{}-app", scenario.prefix), format!("{}:{partition}", scenario.input(0)));
    let to = offset.to_string();
    let arguments = ["--group", &group, "--reset-offsets", "--to-offset", &to, "--topic", &topic, "--execute"];
    let (status, said) = consumer_groups(&scenario.brokers, &arguments)?;
    ensure!(status == Some(0), "status {status:?}: {said}");
    let is_refused = said.contains("can only be reset if the group");
    ensure!(is_refused || said.contains(&scenario.input(0)), "neither refused nor done: {said}");
    Ok(!is_refused)
}

/// Resets the group as soon as it has no members, within a session of now.
fn reset_once_empty(scenario: &Scenario, partition: i32, offset: i64) -> Result<()> {
    let began = Instant::now();
    while !reset(scenario, partition, offset)? {
        ensure!(began.elapsed() < SESSION_TIMEOUT + Duration::from_secs(10), "the session does not end");
        thread::sleep(Duration::from_millis(500));
    }
    Ok(())
}

#[test]
fn a_reset_is_refused_while_the_session_lasts_and_told_after() {
    with_each_protocol("group_tool", OPTIONS, |scenario| {
        let is_static = !scenario.texts.contains(&CONSUMER_PROTOCOL);
        if is_static {
            // Long enough for a Java process to start within it.
            scenario.properties = vec![("session.timeout.ms", "15000")];
        }
        scenario.create_topics()?;
        let now = now_ms();
        let line = json!({"type": "usage", "time": now, "account": "acme", "product": "crm"}).to_string();
        let events: Vec<Event> = (0..5).map(|_| Event { account: "acme".to_owned(), line: line.clone(), broken: false }).collect();
        scenario.write(&events)?;
        let partition = partition_of("acme", OPTIONS.partitions);
        let written = events.len() as i64;
        let service = scenario.start("a")?;
        scenario.wait_caught_up(LIMIT)?;
        ensure!(!reset(scenario, partition, 0)?, "it was reset while the service ran");
        service.terminate()?;

        if is_static {
            // A static member leaves no word, so that a restart finds its partitions: for the group it is still there.
            ensure!(!reset(scenario, partition, 0)?, "it was reset within the session");
            reset_once_empty(scenario, partition, 0)?;
        } else {
            ensure!(reset(scenario, partition, 0)?, "a member of KIP-848's protocol is gone with an orderly stop");
        }

        let refusal = scenario.start("a")?.wait_refusal(LIMIT)?;
        ensure!(refusal.contains("somebody reset the group") && refusal.contains(&format!("--to-offset {written}")), "{refusal}");
        reset_once_empty(scenario, partition, written)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(LIMIT)?;
        service.terminate()
    });
}
