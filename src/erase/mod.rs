//! Erasing an account, or a user of one, from outside the service, and proving it: what the topics hold of the id still, and until when.
//!
//! The service itself erases what it is told to by an `erase` record ([`crate::engine`], [`crate::task`]). Here that record is written, waited for,
//! and then every topic of ours is read whole.

mod held;
mod prove;

pub use prove::{Held, Span, prove};

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::changelog::Key;
use crate::input::wire::{self, WithCommon};
use crate::input::{Erase, Limits, Record, Reject, decode};
use crate::kafka::Connection;
use crate::kafka::reader::Reader;
use crate::kafka::writer::Writer;
use crate::partition::wall_clock_ms;
use crate::topics::Topic;

/// Between two questions whether the record was read.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// The partitions whose state has the account: as a rule one, and several where producers disagree about where it belongs.
pub fn partitions_of(reader: &Reader, connection: &Connection, partitions: i32, account: &str) -> anyhow::Result<BTreeSet<i32>> {
    let (topic, mut found) = (connection.topics.name(Topic::Changelog), BTreeSet::new());
    for partition in 0..partitions {
        let mut is_there = false;
        reader.read_whole(topic, partition, &mut |record| {
            if let Some(Key::Verdict { account: of }) = record.key.and_then(Key::decode)
                && of == account.as_bytes()
            {
                is_there = record.value.is_some();
            }
        })?;
        if is_there {
            found.insert(partition);
        }
    }
    Ok(found)
}

/// Whom to erase, and whose traces are looked for.
#[derive(Clone, Debug)]
pub struct Whom {
    pub account: String,
    /// `None`: the account itself.
    pub user: Option<String>,
}

impl Whom {
    /// The record that erases.
    ///
    /// # Errors
    ///
    /// An id that none can be.
    pub fn record(&self) -> Result<Vec<u8>, Box<Reject>> {
        let common = wire::Common { id: None, time: wire::Time::Ms(wall_clock_ms()), account: self.account.clone() };
        let record = Record::Erase(WithCommon { common, own: Erase { user: self.user.as_deref().map(Into::into) } });
        let record = serde_json::to_vec(&record).expect("a record serializes");
        decode(None, &record, Vec::new, &Limits { check_key: false, ..Limits::default() })?;
        Ok(record)
    }
}

/// Writes the record to each of these partitions, and waits until the service has read it there. Where it stands, for each.
pub fn erase(
    reader: &Reader,
    connection: &Connection,
    whom: &Whom,
    partitions: &BTreeSet<i32>,
    within: Duration,
) -> anyhow::Result<Vec<String>> {
    let record = whom.record()?;
    let writer = Writer::new(connection).context("making the producer")?;
    let topic = &connection.topics.inputs[0];
    let mut places = Vec::new();
    for partition in partitions {
        places.push(writer.write_to(topic, *partition, &whom.account, &record).context("writing the record")?);
    }
    let began = Instant::now();
    for &(partition, offset) in &places {
        loop {
            let next = reader.group_offsets(std::slice::from_ref(topic), partition)?[0];
            if next.is_some_and(|next| next > offset) {
                break;
            }
            if began.elapsed() > within {
                bail!(
                    "{topic}/{partition}/{offset} is written and was not read within {} s: does `run` run, and is the partition restored? Once \
                     it is read the erasing is done; --only-prove then tells what is left",
                    within.as_secs()
                );
            }
            std::thread::sleep(ASK_EVERY);
        }
    }
    Ok(places.into_iter().map(|(partition, offset)| format!("{topic}/{partition}/{offset}")).collect())
}
