//! What a worker needs of a partition's task.
//!
//! [`crate::task::Task`] is the one; tests count with a smaller one. Pure, no IO: the worker brings the records and carries the outputs.

use crate::partition::Inputs;
use crate::task::{Checkpoint, Outbox, Record, Redo, Refused, TaskGauges};

pub trait PartitionTask: Send + 'static {
    /// A question to one partition, answered between two batches; it brings its own way back.
    type Request: Send + 'static;

    /// Records of the changelog, in order.
    fn restore(&mut self, records: &[Record<'_>]) -> Result<(), Refused>;

    /// The changelog was read. The error is the reason to refuse, for the operator.
    fn restored(&mut self, inputs: &Inputs) -> Result<Redo, String>;

    /// Records before the committed offset, in order: facts only.
    fn redo(&mut self, input: usize, records: &[Record<'_>]);

    /// All is redone: from here on it runs.
    fn run(&mut self, wall_ms: i64);

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
    fn prepare_commit(&mut self, checkpoint: Checkpoint, wall_ms: i64);

    /// The transaction committed: the outbox is emptied.
    fn post_commit(&mut self);

    fn gauges(&self) -> TaskGauges;

    fn answer(&mut self, request: Self::Request);
}
