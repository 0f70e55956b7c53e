//! State comes back from a changelog from which compaction has removed most records.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::scenario::{Options, Scenario, on_shared_broker};
use crate::tests::crashes::{prepare, rate};
use crate::topics::{Reader, alter_topic};

#[test]
fn restore_after_compaction() {
    on_shared_broker("restore_after_compaction", Options::default(), |scenario| {
        // Facts reach the changelog within seconds, so that it holds more than the verdicts.
        scenario.numbers = vec![("state", "redo_seconds", 2)];
        prepare(scenario, 40_000)?;
        let changelog = scenario.topic("changelog.v1");
        alter_topic(
            &scenario.brokers,
            &changelog,
            &[
                ("cleanup.policy", "compact"),
                ("segment.ms", "1000"),
                ("min.cleanable.dirty.ratio", "0.01"),
                ("delete.retention.ms", "1000"),
            ],
        )?;

        let service = scenario.start("a")?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        // The active segment is never cleaned, and rolls only when it is written to.
        let feeder = scenario.feed(rate() / 4)?;
        wait_for_compaction(scenario, &changelog)?;
        scenario.stop_feeding(feeder)?;
        service.kill_nine()?;

        // Restored by the same instance; it reads on.
        let service = scenario.start("a")?;
        let feeder = scenario.feed(rate())?;
        thread::sleep(Duration::from_secs(3));
        scenario.stop_feeding(feeder)?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        service.kill_nine()?;

        // Restored by another one, with nothing to read at first.
        let mut service = scenario.start("b")?;
        service.wait_ready(Duration::from_secs(60))?;
        let feeder = scenario.feed(rate())?;
        thread::sleep(Duration::from_secs(2));
        scenario.stop_feeding(feeder)?;
        scenario.conclude(vec![service])
    });
}

/// Waits until half of the changelog is gone.
fn wait_for_compaction(scenario: &Scenario, changelog: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let records = Reader::read_committed(&scenario.brokers, changelog).read_to_end()?;
        // Offsets are never given twice, so the last ones tell how many there were, markers included.
        let mut ends = std::collections::BTreeMap::new();
        for record in &records {
            ends.insert(record.partition, record.offset + 1);
        }
        let written: i64 = ends.values().sum();
        let readable = records.len() as i64;
        let tombstones = records.iter().filter(|record| record.payload.is_none()).count();
        if readable > 0 && readable * 2 <= written && has_gaps(&records) {
            println!("{}: of {written} changelog offsets {readable} are readable, {tombstones} of them tombstones", scenario.name);
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "compaction did not happen: {readable} of {written} changelog offsets are readable");
        thread::sleep(Duration::from_millis(700));
    }
}

/// Transaction markers take single offsets; a gap of three or more was made by compaction (or by an abort, of which there
/// are none before the first kill).
fn has_gaps(records: &[crate::topics::Record]) -> bool {
    records.windows(2).any(|pair| pair[0].partition == pair[1].partition && pair[1].offset - pair[0].offset > 3)
}
