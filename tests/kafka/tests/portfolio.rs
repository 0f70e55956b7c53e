//! The portfolio: what partitions publish, added up by whoever has partition 0, is what a replay of all lines says.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::scenario::{Options, Scenario, on_shared_broker};
use crate::service::SESSION_TIMEOUT;
use crate::stream::{DAY_MS, Event, HOUR_MS, MINUTE_MS, now_ms, rfc3339};
use crate::tests::crashes::rate;
use crate::topics::{Reader, Record};

const PORTFOLIO: &str = "portfolio.v1";
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn figures_of_the_fleet_are_those_of_a_replay() {
    on_shared_broker("portfolio", Options::default(), |scenario| {
        scenario.numbers.push(("portfolio", "interval_ms", 300));
        let now = now_ms();
        let yesterday = now - DAY_MS;
        let before = up_to(yesterday - HOUR_MS, scenario.stream().backlog(10_000, now - 60 * DAY_MS, yesterday - HOUR_MS))?;
        // The half hour after is the test's own: the service's clock runs on meanwhile.
        let after = up_to(now - HOUR_MS, scenario.stream().backlog(5_000, yesterday + 30 * MINUTE_MS, now - HOUR_MS))?;
        scenario.create_topics()?;

        // Yesterday nobody was in the segment that a target asks for.
        scenario.write(&before)?;
        scenario.wall_clock_offset_ms = -DAY_MS;
        let first = scenario.start("a")?;
        scenario.wait_caught_up(PATIENCE)?;
        let told =
            wait_for_fleet(scenario, |data| data["figures"]["accounts"].as_u64() > Some(10) && data["targets"]["accounts"]["met"] == true)?;
        ensure!(told["targets"]["told"]["met"] == false, "nobody is there yet: {}", told["targets"]);
        first.kill_nine()?;

        // Today somebody is. The day is told of all partitions once each has read on to it, whoever holds it by then.
        scenario.write(&after)?;
        scenario.write(&someone(now - HOUR_MS / 2))?;
        scenario.wall_clock_offset_ms = 0;
        let stays = scenario.start("a")?;
        let goes = scenario.start("b")?;
        let feeder = scenario.feed(rate())?;
        thread::sleep(Duration::from_secs(4));
        goes.kill_nine()?;
        thread::sleep(SESSION_TIMEOUT + Duration::from_secs(2));
        let comes = scenario.start("c")?;
        thread::sleep(Duration::from_secs(3));
        stays.terminate()?;
        thread::sleep(SESSION_TIMEOUT + Duration::from_secs(1));
        scenario.stop_feeding(feeder)?;
        scenario.wait_caught_up(PATIENCE)?;

        let expected = scenario.replayed_fleet()?;
        let parts = ["day", "figures", "segments", "targets", "cause", "playbook"];
        wait_for_fleet(scenario, |data| parts.iter().all(|part| data[*part] == expected["data"][*part]))
            .with_context(|| format!("expected {}", expected["data"]))?;
        let crossed = targets_crossed(scenario)?;
        ensure!(crossed.len() == 1, "a target has crossed once: {crossed:?}");
        ensure!((&crossed[0]["target"], &crossed[0]["met"]) == (&Value::from("told"), &Value::from(true)), "{crossed:?}");
        scenario.conclude(vec![comes])?;
        expect_state_of_partitions(scenario)
    });
}

/// Without the events that are later: whether they are from the future depends on the hour in which they are read.
fn up_to(latest_ms: i64, events: Vec<Event>) -> Result<Vec<Event>> {
    let mut kept = Vec::with_capacity(events.len());
    for event in events {
        let time = serde_json::from_str::<Value>(&event.line)?["time"].take();
        let time_ms = match time.as_str() {
            Some(text) => text.parse::<jiff::Timestamp>()?.as_millisecond(),
            None => time.as_i64().context("a time")?,
        };
        if time_ms <= latest_ms {
            kept.push(event);
        }
    }
    Ok(kept)
}

/// An account of an industry of its own, which uses a product.
fn someone(time_ms: i64) -> Vec<Event> {
    let time = rfc3339(time_ms);
    let line = |id: &str, told: &str| format!("{{\"id\":\"{id}\",{told},\"time\":\"{time}\",\"account\":\"someone\"}}");
    let used = line("someone-uses", "\"type\":\"usage\",\"product\":\"crm\",\"user\":\"u\"");
    let lines = [used, line("someone-is-told", "\"type\":\"account\",\"industry\":\"lonely\"")];
    lines.map(|line| Event { account: "someone".to_owned(), line, broken: false }).to_vec()
}

fn portfolio(scenario: &Scenario) -> Result<Vec<Record>> {
    Reader::read_committed(&scenario.brokers, &scenario.topic(PORTFOLIO)).read_to_end()
}

fn data(record: &Record) -> Result<Value> {
    Ok(serde_json::from_slice(record.payload.as_deref().context("a tombstone")?)?)
}

/// The fleet's last figures, once they are so.
fn wait_for_fleet(scenario: &Scenario, is: impl Fn(&Value) -> bool) -> Result<Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let records = portfolio(scenario)?;
        let last = records.iter().rfind(|record| record.key.as_deref() == Some(b"fleet")).map(data).transpose()?;
        if let Some(last) = last.as_ref().filter(|last| is(last)) {
            return Ok(last.clone());
        }
        ensure!(Instant::now() < deadline, "of {} records the fleet's last is {last:?}", records.len());
        thread::sleep(Duration::from_millis(300));
    }
}

fn targets_crossed(scenario: &Scenario) -> Result<Vec<Value>> {
    let signals = Reader::read_committed(&scenario.brokers, &scenario.topic("signals.v1")).read_to_end()?;
    signals.iter().filter(|record| record.header("ce_type") == Some("adoption.target.crossed")).map(data).collect()
}

/// Each partition has its own record, and one of who runs it; all of one key lie in one partition of the topic.
fn expect_state_of_partitions(scenario: &Scenario) -> Result<()> {
    let mut keys = std::collections::BTreeMap::new();
    for record in portfolio(scenario)? {
        let key = record.key_text()?.to_owned();
        ensure!(record.header("ce_subject") == Some(&*key), "{key}: subject {:?}", record.header("ce_subject"));
        let partition = *keys.entry(key.clone()).or_insert(record.partition);
        ensure!(partition == record.partition, "{key} is in two partitions");
    }
    let own = (0..scenario.options.partitions).flat_map(|partition| [partition.to_string(), format!("owner/{partition}")]);
    let expected: std::collections::BTreeSet<String> = own.chain(["fleet".to_owned()]).collect();
    ensure!(keys.keys().eq(&expected), "keys {keys:?}, expected {expected:?}");
    Ok(())
}
