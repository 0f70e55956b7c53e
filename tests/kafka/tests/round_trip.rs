//! Nothing goes wrong: a backlog of two months is read, published once, and never again.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::outputs::count;
use crate::scenario::{Options, Playbook, Scenario, on_shared_broker, sixty_days};
use crate::topics::InputRecord;

#[test]
fn round_trip() {
    let options = Options { playbook: Playbook::Shipped, ..Options::default() };
    on_shared_broker("round_trip", options, |scenario| {
        scenario.create_topics()?;
        let (from, to) = sixty_days();
        let backlog = scenario.stream().backlog(60_000, from, to);
        scenario.write(&backlog)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(60))?;
        scenario.conclude(vec![service])?;

        // A second start has nothing to add.
        let mut again = scenario.start("a")?;
        again.wait_ready(Duration::from_secs(60))?;
        thread::sleep(Duration::from_secs(3));
        again.expect_running()?;
        again.terminate()?;
        says_nothing_more(scenario)
    });
}

fn says_nothing_more(scenario: &mut Scenario) -> Result<()> {
    let before = count(scenario.published()?);
    // A day that began meanwhile is a reason to speak; then the expectation has grown too.
    scenario.wait_for_expected_outputs(Duration::from_secs(5))?;
    let after = count(scenario.published()?);
    ensure!(after == before, "{} outputs were added by reading nothing", after - before);
    Ok(())
}

/// Kinds in topics of their own are taken in the order of their record timestamps.
#[test]
fn several_inputs() {
    let options = Options { input_topics: 3, ..Options::default() };
    on_shared_broker("several_inputs", options, |scenario| {
        // On a busy machine a first fetch takes its time, and whoever gives up waiting for a topic gives up this order.
        scenario.numbers = vec![("topics", "max_idle_ms", 60_000)];
        scenario.create_topics()?;
        let (from, to) = sixty_days();
        let backlog = scenario.stream().backlog(30_000, from, to);
        let first_timestamp = crate::stream::now_ms() - backlog.len() as i64;
        let mut records = Vec::new();
        for (index, event) in backlog.iter().enumerate() {
            let number = if event.line.contains("\"type\":\"usage\"") {
                0
            } else if event.line.contains("\"type\":\"gauge\"") {
                1
            } else {
                2
            };
            let topic = scenario.input(number);
            let mut record = InputRecord::event(&topic, &event.account, &event.line, scenario.options.partitions);
            // No two alike, so that the order of the lines is the order of the timestamps.
            record.timestamp = Some(first_timestamp + index as i64);
            records.push(record);
        }
        scenario.write_as(&backlog, &records)?;
        let service = scenario.start("a")?;
        scenario.conclude(vec![service])
    });
}
