//! Resetting the group by Kafka's own tool, as docs/operating.md says.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::java::consumer_groups;
use crate::scenario::{Options, Playbook, Scenario, on_shared_broker};
use crate::stream::{Event, now_ms};
use crate::topics::partition_of;

const OPTIONS: Options =
    Options { partitions: 2, input_topics: 1, accounts: 1, playbook: Playbook::Shipped, workers: 1, broken_per_mille: 0 };
const LIMIT: Duration = Duration::from_secs(30);
const SESSION_TIMEOUT: Duration = Duration::from_secs(15);

fn reset(scenario: &Scenario, partition: i32, offset: i64) -> Result<(Option<i32>, String)> {
    let (group, topic) = (format!("{}-app", scenario.prefix), format!("{}:{partition}", scenario.input(0)));
    let to = offset.to_string();
    consumer_groups(&scenario.brokers, &["--group", &group, "--reset-offsets", "--to-offset", &to, "--topic", &topic, "--execute"])
}

#[test]
fn a_reset_is_refused_while_the_session_lasts_and_told_after() {
    on_shared_broker("group_tool", OPTIONS, |scenario| {
        // Long enough for a Java process to start within it.
        scenario.properties = vec![("session.timeout.ms", "15000")];
        scenario.create_topics()?;
        let now = now_ms();
        let line = json!({"type": "usage", "time": now, "account": "acme", "product": "crm"}).to_string();
        let events: Vec<Event> = (0..5).map(|_| Event { account: "acme".to_owned(), line: line.clone(), broken: false }).collect();
        scenario.write(&events)?;
        let partition = partition_of("acme", OPTIONS.partitions);
        let written = events.len() as i64;
        let service = scenario.start("a")?;
        scenario.wait_caught_up(LIMIT)?;
        service.terminate()?;

        // A static member leaves no word, so that a restart finds its partitions: for the group it is still there, and the tool's refusal
        // is in what it says, not in its status.
        let (status, said) = reset(scenario, partition, 0)?;
        ensure!(status == Some(0) && said.contains("can only be reset if the group"), "status {status:?}: {said}");
        let stopped = Instant::now();
        loop {
            let (_, said) = reset(scenario, partition, 0)?;
            if !said.contains("can only be reset") {
                break;
            }
            ensure!(stopped.elapsed() < SESSION_TIMEOUT + Duration::from_secs(10), "the session does not end: {said}");
            thread::sleep(Duration::from_millis(500));
        }

        let refusal = scenario.start("a")?.wait_refusal(LIMIT)?;
        ensure!(refusal.contains("somebody reset the group") && refusal.contains(&format!("--to-offset {written}")), "{refusal}");
        thread::sleep(SESSION_TIMEOUT);
        let (_, said) = reset(scenario, partition, written)?;
        ensure!(!said.contains("can only be reset"), "{said}");
        let mut service = scenario.start("a")?;
        service.wait_ready(LIMIT)?;
        service.terminate()
    });
}
