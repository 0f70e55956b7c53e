//! What a worker needs of a partition's task, and the words that the two share.
//!
//! [`crate::task::Partition`] is the one; tests count with a smaller one. Pure, no IO: the worker brings the records and carries the outputs.

use std::time::Instant;

use super::{Inputs, Outbox, Record, Refused, Share};

/// Where an input is read on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    Offset(i64),
    Beginning,
}

/// What follows a restore, per input topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redo {
    /// Facts only, from here …
    pub from: Vec<i64>,
    /// … up to here, excluded.
    pub to: Vec<i64>,
    /// The changelog was behind the group's offsets: what lies before these was published already, and is not again.
    pub quiet_to: Option<Vec<i64>>,
    pub resume: Vec<Resume>,
}

/// How much of the unsaved facts a commit writes.
#[derive(Clone, Copy)]
pub enum Checkpoint<'a> {
    /// Those that must not wait, and a slice of the others.
    Slice,
    /// All, for as long as there is time: the next owner has nothing to redo.
    All { in_time: &'a dyn Fn() -> bool },
}

#[derive(Clone, Copy, Debug, Default)]
pub struct TaskGauges {
    pub accounts: u64,
    pub users: u64,
    pub state_bytes: u64,
    pub clock_ms: i64,
    /// Accounts with unsaved facts.
    pub dirty: u64,
    /// Input records that a restart now would redo.
    pub redo_distance: u64,
}

pub trait PartitionTask: Send + 'static {
    /// A question to one partition, answered between two batches, which brings its own way back; or news for it.
    type Request: Send + 'static;

    /// Records of the changelog, in order.
    fn restore(&mut self, records: &[Record<'_>]) -> Result<(), Refused>;

    /// The changelog was read. The error is the reason to refuse, for the operator.
    fn restored(&mut self, inputs: &Inputs) -> Result<Redo, String>;

    /// Records before the committed offset, in order: facts only.
    fn redo(&mut self, input: usize, records: &[Record<'_>]);

    /// All is redone: from here on it runs.
    fn run(&mut self);

    /// Records in the order of their offsets.
    fn process(&mut self, input: usize, records: &[Record<'_>], wall_ms: i64);

    /// The input is read up to there, beyond the last record: what lies between are no records.
    fn skip(&mut self, input: usize, next_offset: i64);

    /// There is no unread input as of `wall_ms`: the clock may go there.
    fn caught_up(&mut self, wall_ms: i64);

    /// Lives at most so many accounts through due day boundaries; true: there is more to do.
    fn roll(&mut self, budget_accounts: usize) -> bool;

    /// What the next transaction publishes.
    fn outbox(&self) -> &Outbox;

    /// Something is to be committed, be it only the offset.
    fn has_changes(&self) -> bool;

    /// Per input topic the next offset to read.
    fn next_offsets(&self) -> &[i64];

    /// Adds to the outbox all that belongs into the transaction. Called again without [`PartitionTask::post_commit`] between where the group
    /// refused the first.
    fn prepare_commit(&mut self, checkpoint: Checkpoint<'_>, now: Instant);

    /// The transaction committed: the outbox is emptied.
    fn post_commit(&mut self);

    fn gauges(&self) -> TaskGauges;

    fn answer(&mut self, request: Self::Request);

    /// Whether somebody waits for what the next commit makes certain: it is due as for an output.
    fn is_asked(&self) -> bool {
        false
    }

    /// Answers what can be answered now and was not yet. `committed`: all that the task has in memory was committed just now.
    fn answer_asked(&mut self, _share: &mut Share, _committed: bool) {}
}
