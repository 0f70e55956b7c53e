//! What the workers report: to metrics, to the probes, to the watchdog.

use std::time::Duration;

use crate::kafka::transaction::CommitTimes;
use crate::partition::TaskGauges;

/// One commit.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommitReport {
    /// From the first output handed over to the broker's answer.
    pub took: Duration,
    /// Of that.
    pub times: CommitTimes,
    /// Of the records produced those that were in an earlier transaction too, which met a rebalance and was aborted.
    pub resent: u64,
}

/// Every method does nothing unless overridden, and is called from the workers' threads: it must not wait.
pub trait Observer: Send + Sync + 'static {
    /// The worker is alive and about to do this. Where none comes for long, something hangs (librdkafka#4420, #3013, #3041).
    fn heartbeat(&self, _worker: usize, _phase: &'static str) {}
    /// The worker has ended; no more heartbeats are due.
    fn worker_stopped(&self, _worker: usize) {}

    /// All partitions the worker holds now, whatever their phase.
    fn assigned(&self, _worker: usize, _partitions: &[i32]) {}
    fn rebalance(&self, _worker: usize, _kind: &'static str) {}
    fn phase(&self, _worker: usize, _partition: i32, _phase: &'static str) {}

    fn restore_remaining(&self, _partition: i32, _records: i64) {}
    fn redo_remaining(&self, _partition: i32, _records: i64) {}
    /// Restored, redone, and running again.
    fn running(&self, _worker: usize, _partition: i32, _took: Duration) {}

    fn lag(&self, _topic: &str, _partition: i32, _records: i64) {}
    fn gauges(&self, _partition: i32, _gauges: &TaskGauges) {}
    /// How far the stable end of a topic lies behind its end, and for how long it has not moved.
    fn open_transaction(&self, _topic: &str, _partition: i32, _records: i64, _age: Duration) {}

    fn commit(&self, _worker: usize, _report: &CommitReport) {}
    /// From the timestamp of the record that caused the oldest output of a commit until that was committed.
    fn end_to_end(&self, _worker: usize, _took: Duration) {}
    fn abort(&self, _worker: usize, _reason: &str) {}
    /// A new producer or a new member was needed.
    fn rebuild(&self, _worker: usize, _reason: &str) {}
}

/// Reports to nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
