//! History into the input topic, before the first start: `seed`.
//!
//! ```text
//!   files ──► records, in blocks ──► threads that map: a sorter each ──► merged by time ──► input topic
//!             (one thread)           (runs in temporary files)
//! ```
//!
//! | file | subject |
//! |---|---|
//! | `gather` | files to native records in order of time, in bounded memory |
//! | `target` | the topic: whether it may be seeded, and where a key goes |
//!
//! All files are read before anything is written, so that what is wrong with them is known while nothing has happened.

mod gather;
mod target;

use std::hash::BuildHasher as _;

use anyhow::{Context as _, ensure};
use foldhash::fast::FixedState;
use hashbrown::HashSet;

use crate::kafka::Connection;
use crate::kafka::bulk::BulkWriter;
use crate::partition::wall_clock_ms;
pub use gather::{Bounds, Gathered, Refused, Taking, gather};
pub use target::{Choice, Target};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub records: u64,
    /// Of keys and values.
    pub bytes: u64,
    pub accounts: u64,
}

/// Writes what was gathered. `progress` is told now and then of how many records are written.
///
/// # Errors
///
/// The topic removes records of that age, or the brokers do not take all.
pub fn write(gathered: &mut Gathered, target: &Target, connection: &Connection, mut progress: impl FnMut(u64)) -> anyhow::Result<Written> {
    target.keeps(gathered.tally.span_ms, wall_clock_ms())?;
    let writer = BulkWriter::new(connection, &target.topic).context("making the Kafka client that writes")?;
    // Hashes: of a million accounts, two are taken for one in one case of forty million.
    let mut accounts = HashSet::new();
    let (mut written, mut text) = (Written::default(), Vec::new());
    let part = |error| {
        anyhow::Error::from(error).context(format!(
            "{} holds a part of the history now: create the topic anew, or take another one, before it is seeded again",
            target.topic
        ))
    };
    loop {
        text.clear();
        let Some((time_ms, _)) = gathered.sorted.next(&mut text).context("the temporary file cannot be read")? else { break };
        let (account, value) = gather::account_and_value(&text);
        let partition = target.partitioner.partition_of(account.as_bytes(), target.partitions);
        writer.write(partition, account, value, target.bears_event_times.then_some(time_ms)).map_err(part)?;
        written.records += 1;
        accounts.insert(FixedState::default().hash_one(account));
        written.bytes += (account.len() + value.len()) as u64;
        if written.records.is_multiple_of(1_000) {
            progress(written.records);
        }
    }
    writer.finish(|waiting| progress(written.records.saturating_sub(waiting as u64))).map_err(part)?;
    written.accounts = accounts.len() as u64;
    let expected = gathered.tally.total_mapped();
    ensure!(written.records == expected, "{} records were written, and {expected} gathered", written.records);
    Ok(written)
}

/// For people.
pub fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |instant| instant.to_string())
}
