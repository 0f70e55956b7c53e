//! What workers and tasks report, told to metrics, probes and directory.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Service;
use crate::ops::{Board, Health, Metrics};
use crate::partition::TaskGauges;
use crate::task::{Counts, Directory, Recorder};
use crate::topics::Topics;
use crate::worker::{CommitReport, Observer};

pub struct Report {
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    directory: Arc<Directory>,
    board: Arc<Board>,
    /// Topics that have series by partition.
    topics: Vec<String>,
    placed_at: Mutex<Option<Instant>>,
}

impl Report {
    pub fn new(service: &Service, topics: &Topics) -> Self {
        Self {
            metrics: Arc::clone(&service.metrics),
            health: Arc::clone(&service.health),
            directory: Arc::clone(&service.directory),
            board: Arc::clone(&service.board),
            topics: topics.partitioned_alike().map(str::to_owned).collect(),
            placed_at: Mutex::default(),
        }
    }
}

/// The reasons that aborts are counted by: a bounded label for what librdkafka says in many words.
pub fn abort_reason(text: &str) -> &'static str {
    let text = text.to_lowercase();
    let known = [
        ("fenced", "fenced"),
        ("lost", "assignment_lost"),
        ("revoke", "rebalance"),
        ("rebalance", "rebalance"),
        ("generation", "rebalance"),
        ("member", "rebalance"),
        ("timed out", "timed_out"),
        ("timeout", "timed_out"),
        ("coordinator", "coordinator"),
        ("transport", "broker_unreachable"),
        ("brokers", "broker_unreachable"),
    ];
    known.iter().find(|(part, _)| text.contains(part)).map_or("other", |(_, reason)| reason)
}

pub fn observe_commit(metrics: &Metrics, report: &CommitReport) {
    metrics.commits.inc();
    metrics.resent_records.inc_by(report.resent);
    metrics.commit_duration.observe(report.took.as_secs_f64());
    let times = &report.times;
    for (step, took) in [("flush", times.flush), ("send_offsets", times.send_offsets), ("commit_transaction", times.commit)] {
        metrics.commit_steps.with_label_values(&[step]).inc_by(took.as_secs_f64());
    }
}

impl Observer for Report {
    fn heartbeat(&self, worker: usize, phase: &'static str) {
        self.health.beat(worker, phase);
    }

    fn worker_stopped(&self, worker: usize) {
        self.health.ended(worker);
    }

    fn assigned(&self, worker: usize, partitions: &[i32]) {
        for gone in self.health.set_assigned(worker, partitions) {
            self.metrics.forget_partition(gone, &self.topics);
            self.directory.forget_partition(gone);
            self.board.forget(gone);
            self.metrics.set_placed(&self.directory.placed());
        }
    }

    fn rebalance(&self, _worker: usize, kind: &'static str) {
        self.metrics.rebalances.with_label_values(&[kind]).inc();
    }

    fn phase(&self, worker: usize, partition: i32, phase: &'static str) {
        self.board.phase(partition, phase);
        if phase != "running" {
            self.health.set_running(worker, partition, false);
        }
    }

    fn restore_remaining(&self, partition: i32, records: i64) {
        self.metrics.set_restore_remaining(partition, records);
        self.board.note(partition, |state| state.restore_remaining = Some(records));
    }

    fn redo_remaining(&self, partition: i32, records: i64) {
        self.metrics.set_redo_remaining(partition, records);
        self.board.note(partition, |state| state.redo_remaining = Some(records));
    }

    fn running(&self, worker: usize, partition: i32, took: Duration) {
        self.health.set_running(worker, partition, true);
        self.board.running(partition);
        self.metrics.set_restore_remaining(partition, 0);
        self.metrics.set_redo_remaining(partition, 0);
        tracing::info!(worker, partition, took_ms = took.as_millis() as u64, "partition restored and running");
    }

    fn lag(&self, topic: &str, partition: i32, records: i64) {
        self.metrics.set_lag(topic, partition, records);
        self.board.note(partition, |state| _ = state.lag.insert(topic.to_owned(), records));
    }

    fn gauges(&self, partition: i32, gauges: &TaskGauges) {
        self.metrics.set_state(partition, gauges.accounts, gauges.users, gauges.state_bytes);
        self.board.gauges(partition, gauges);
        if gauges.clock_ms > 0 {
            self.metrics.set_clock(partition, gauges.clock_ms);
        }
        // Each partition reports once a second; of all together once is enough.
        let mut placed_at = self.placed_at.lock().unwrap_or_else(PoisonError::into_inner);
        if placed_at.is_none_or(|at| at.elapsed() >= Duration::from_millis(900)) {
            *placed_at = Some(Instant::now());
            self.metrics.set_placed(&self.directory.placed());
        }
    }

    fn open_transaction(&self, topic: &str, partition: i32, records: i64, age: Duration) {
        self.metrics.set_open_transaction(topic, partition, records, age);
    }

    fn commit(&self, _worker: usize, report: &CommitReport) {
        observe_commit(&self.metrics, report);
    }

    fn end_to_end(&self, _worker: usize, took: Duration) {
        self.metrics.end_to_end_latency.observe(took.as_secs_f64());
    }

    fn abort(&self, worker: usize, reason: &str) {
        tracing::warn!(worker, "transaction aborted: {reason}");
        self.metrics.transaction_aborts.with_label_values(&[abort_reason(reason)]).inc();
    }

    fn rebuild(&self, worker: usize, reason: &str) {
        tracing::warn!(worker, "state thrown away, to be restored from the changelog: {reason}");
        self.metrics.rebuilds.inc();
    }
}

impl Recorder for Report {
    fn committed(&self, counts: &Counts) {
        let metrics = &self.metrics;
        self.board.dead(counts.letters.iter().cloned());
        for (event_type, count) in &counts.events {
            metrics.events.with_label_values(&[event_type]).inc_by(*count);
        }
        for (reason, count) in &counts.dead_letters {
            metrics.dead_letters.with_label_values(&[reason]).inc_by(*count);
        }
        for (bound, count) in &counts.bounds {
            metrics.bounds_hit.with_label_values(&[bound]).inc_by(*count);
        }
        for (event_type, count) in &counts.outputs {
            metrics.outputs.with_label_values(&[event_type]).inc_by(*count);
        }
        for ((from, to), count) in &counts.transitions {
            metrics.stage_transitions.with_label_values(&[&**from, &**to]).inc_by(*count);
        }
        for ((measure, from, to), count) in &counts.bands {
            metrics.band_changes.with_label_values(&[&**measure, from, to]).inc_by(*count);
        }
        for ((segment, transition), count) in &counts.segments {
            metrics.segment_changes.with_label_values(&[&**segment, transition]).inc_by(*count);
        }
        for (milestone, count) in &counts.milestones {
            metrics.milestones.with_label_values(&[&**milestone]).inc_by(*count);
        }
        for ((rule, transition), count) in &counts.incidents {
            metrics.incidents.with_label_values(&[rule.as_str(), transition]).inc_by(*count);
        }
        for ((rule, verdict, held_out), count) in &counts.outcomes {
            metrics.play_outcomes.with_label_values(&[rule.as_str(), verdict, if *held_out { "true" } else { "false" }]).inc_by(*count);
        }
        for ((campaign, transition), count) in &counts.campaigns {
            metrics.campaigns.with_label_values(&[&**campaign, transition]).inc_by(*count);
        }
        metrics.late_events.inc_by(counts.late);
        metrics.duplicates.inc_by(counts.duplicates);
        metrics.unknown_products.inc_by(counts.unknown_products);
        metrics.idle_tasks.inc_by(counts.idle_tasks);
        metrics.redone_events.inc_by(counts.redone);
        metrics.changelog_records.inc_by(counts.changelog_records);
        metrics.changelog_bytes.inc_by(counts.changelog_bytes);
        metrics.restored_records.inc_by(counts.restored);
    }
}

#[cfg(test)]
mod tests {
    use super::abort_reason;

    #[test]
    fn abort_reasons_are_a_closed_list() {
        for (text, reason) in [
            ("Local: This instance has been fenced by a newer instance", "fenced"),
            ("Broker: Specified group generation id is not valid", "rebalance"),
            ("Local: Timed out", "timed_out"),
            ("something nobody has seen", "other"),
        ] {
            assert_eq!(abort_reason(text), reason);
        }
    }
}
