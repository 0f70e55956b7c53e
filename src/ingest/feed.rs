//! One partition of a source: its records in, native ones out.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use super::report::Report;
use super::source::Source;
use crate::mapping::tally::Tally;
use crate::mapping::{Native, Outcome, Rejected};
use crate::partition::{Checkpoint, Inputs, Outbox, PartitionTask, Record, Redo, Refused, Resume, TaskGauges};
use crate::task::{Letter, Why};
use crate::topics::Topic;

/// The source's name, and of how many elements of the record the letter tells, where they are several: it tells why the first of them was not mapped.
pub const SOURCE: &str = "adoption.source";
pub const REJECTED: &str = "adoption.rejected";

pub struct Feed {
    partition: i32,
    source: Arc<Source>,
    /// Larger records the topics do not take.
    bytes_max: usize,
    report: Arc<Report>,
    /// Of the one input.
    next_offsets: [i64; 1],
    has_changes: bool,
    outbox: Outbox,
    outcomes: Vec<Outcome>,
    /// Since the last commit.
    tally: Tally,
}

impl Feed {
    pub fn new(partition: i32, source: Arc<Source>, bytes_max: usize, report: Arc<Report>) -> Self {
        Self {
            partition,
            source,
            bytes_max,
            report,
            next_offsets: [0],
            has_changes: false,
            outbox: Outbox::default(),
            outcomes: Vec::new(),
            tally: Tally::default(),
        }
    }

    fn take(&mut self, record: &Record<'_>) {
        self.tally.read += 1;
        let mut outcomes = std::mem::take(&mut self.outcomes);
        self.source.mapping.map(record.value.unwrap_or_default(), &mut outcomes);
        let (mut first, mut rejected) = (None, 0);
        for outcome in outcomes.drain(..) {
            let outcome = outcome.within(self.bytes_max);
            self.tally.add(&outcome);
            match outcome {
                Outcome::Native(Native { json, account, .. }) => {
                    self.outbox.push(Topic::Fed, Some(account.as_bytes()), Some(json.as_bytes()), []);
                }
                Outcome::Rejected(why) => {
                    rejected += 1;
                    first.get_or_insert(why);
                }
                Outcome::Unmapped | Outcome::Dropped => {}
            }
        }
        self.outcomes = outcomes;
        if let Some(first) = first {
            self.dead_letter(record, &first, rejected);
        }
    }

    fn dead_letter(&mut self, record: &Record<'_>, first: &Rejected, rejected: u64) {
        let (message, rejected) = (first.to_string(), (rejected > 1).then(|| rejected.to_string()));
        let why = Why::new((&self.source.topic, self.partition, record.offset), "ingest", first.reason.as_str(), &message);
        let mut why = why.headers().to_vec();
        why.push((SOURCE, &self.source.name));
        why.extend(rejected.as_deref().map(|count| (REJECTED, count)));
        let letter = Letter { key: record.key, value: record.value, headers: record.headers.headers() };
        letter.push(&mut self.outbox, Topic::IngestDeadLetters, &why, self.bytes_max);
    }
}

impl PartitionTask for Feed {
    type Request = Infallible;

    fn restore(&mut self, _records: &[Record<'_>]) -> Result<(), Refused> {
        unreachable!("there is no changelog")
    }

    /// It goes on where the group is, or begins with what the topic still holds.
    fn restored(&mut self, inputs: &Inputs) -> Result<Redo, String> {
        let committed = inputs.committed[0];
        if committed.is_none() {
            tracing::info!(source = self.source.name, partition = self.partition, "the group has no offset: read from the beginning");
        }
        self.next_offsets = [committed.unwrap_or(0)];
        let offsets = self.next_offsets.to_vec();
        let resume = committed.map_or(Resume::Beginning, Resume::Offset);
        Ok(Redo { from: offsets.clone(), to: offsets, quiet_to: None, resume: vec![resume] })
    }

    fn redo(&mut self, _input: usize, _records: &[Record<'_>]) {
        unreachable!("there is no state to be made whole")
    }

    fn run(&mut self) {}

    fn process(&mut self, _input: usize, records: &[Record<'_>], _wall_ms: i64) {
        for record in records {
            self.take(record);
            self.next_offsets = [record.offset + 1];
        }
        self.has_changes |= !records.is_empty();
    }

    fn skip(&mut self, _input: usize, next_offset: i64) {
        self.has_changes |= next_offset > self.next_offsets[0];
        self.next_offsets = [next_offset.max(self.next_offsets[0])];
    }

    fn caught_up(&mut self, _wall_ms: i64) {}

    fn roll(&mut self, _budget_accounts: usize) -> bool {
        false
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn has_changes(&self) -> bool {
        self.has_changes
    }

    fn next_offsets(&self) -> &[i64] {
        &self.next_offsets
    }

    /// All that belongs into the transaction is in the outbox already.
    fn prepare_commit(&mut self, _checkpoint: Checkpoint<'_>, _now: Instant) {}

    fn post_commit(&mut self) {
        self.outbox.clear();
        self.has_changes = false;
        self.report.committed(&std::mem::take(&mut self.tally));
    }

    fn gauges(&self) -> TaskGauges {
        TaskGauges::default()
    }

    fn answer(&mut self, request: Infallible) {
        match request {}
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
