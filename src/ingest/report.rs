//! What a source's workers report, told to metrics and probes.

use std::sync::Arc;
use std::time::Duration;

use crate::mapping::tally::Tally;
use crate::ops::{Health, Metrics};
use crate::service::{abort_reason, observe_commit};
use crate::worker::{CommitReport, Observer};

pub struct Report {
    source: String,
    /// The number of the source's first worker among all of the process.
    first_worker: usize,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
}

impl Report {
    pub fn new(source: &str, first_worker: usize, metrics: &Arc<Metrics>, health: &Arc<Health>) -> Self {
        Self { source: source.to_owned(), first_worker, metrics: Arc::clone(metrics), health: Arc::clone(health) }
    }

    /// What became of the records of a commit.
    pub fn committed(&self, tally: &Tally) {
        let Tally { read, mapped, unmapped, dropped, rejected, span_ms: _ } = tally;
        let (metrics, source) = (&self.metrics, &*self.source);
        metrics.ingest_records.with_label_values(&[source]).inc_by(*read);
        for (word, count) in mapped {
            metrics.ingest_events.with_label_values(&[source, word]).inc_by(*count);
        }
        for (reason, count) in [("unmapped", unmapped), ("dropped", dropped)] {
            metrics.ingest_left_out.with_label_values(&[source, reason]).inc_by(*count);
        }
        for (reason, count) in rejected {
            metrics.ingest_dead_letters.with_label_values(&[source, reason.as_str()]).inc_by(*count);
        }
    }
}

impl Observer for Report {
    fn heartbeat(&self, worker: usize, phase: &'static str) {
        self.health.beat(self.first_worker + worker, phase);
    }

    fn worker_stopped(&self, worker: usize) {
        self.health.ended(self.first_worker + worker);
    }

    fn assigned(&self, worker: usize, partitions: &[i32]) {
        for gone in self.health.set_assigned(self.first_worker + worker, partitions) {
            self.metrics.forget_ingest_lag(&self.source, gone);
        }
    }

    fn rebalance(&self, _worker: usize, kind: &'static str) {
        self.metrics.rebalances.with_label_values(&[kind]).inc();
    }

    fn phase(&self, worker: usize, partition: i32, phase: &'static str) {
        if phase != "running" {
            self.health.set_running(self.first_worker + worker, partition, false);
        }
    }

    fn running(&self, worker: usize, partition: i32, took: Duration) {
        self.health.set_running(self.first_worker + worker, partition, true);
        tracing::info!(source = self.source, worker, partition, took_ms = took.as_millis() as u64, "partition is read");
    }

    fn lag(&self, _topic: &str, partition: i32, records: i64) {
        self.metrics.set_ingest_lag(&self.source, partition, records);
    }

    fn commit(&self, _worker: usize, report: &CommitReport) {
        observe_commit(&self.metrics, report);
    }

    fn end_to_end(&self, _worker: usize, took: Duration) {
        self.metrics.end_to_end_latency.observe(took.as_secs_f64());
    }

    fn abort(&self, worker: usize, reason: &str) {
        tracing::warn!(source = self.source, worker, "transaction aborted: {reason}");
        self.metrics.transaction_aborts.with_label_values(&[abort_reason(reason)]).inc();
    }

    fn rebuild(&self, worker: usize, reason: &str) {
        tracing::warn!(source = self.source, worker, "what was not committed is read anew: {reason}");
        self.metrics.rebuilds.inc();
    }
}
