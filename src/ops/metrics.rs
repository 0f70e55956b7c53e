//! The Prometheus metrics of the service. [`TABLE`] is the one list of names; [`Metrics`] holds a typed handle for each.
//!
//! No label ever holds an account, a user or anything else that input can make up: the number of series is bounded by the
//! playbook, the number of partitions and closed lists of reasons.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    CounterVec, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TEXT_FORMAT, TextEncoder,
};

use super::Health;
use super::process::ProcessCollector;
use crate::task::Placed;

/// The content type of what [`Metrics::render`] returns.
pub const CONTENT_TYPE: &str = TEXT_FORMAT;

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MetricSpec {
    pub name: &'static str,
    pub kind: MetricKind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricKind {
    Counter,
    Gauge,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> MetricSpec {
    MetricSpec { name, kind: MetricKind::Counter, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> MetricSpec {
    MetricSpec { name, kind: MetricKind::Gauge, labels, help }
}

const fn histogram(name: &'static str, buckets: &'static [f64], help: &'static str) -> MetricSpec {
    MetricSpec { name, kind: MetricKind::Histogram(buckets), labels: &[], help }
}

/// From a commit on loopback (5 ms) to the transaction timeout and beyond.
const COMMIT_SECONDS: &[f64] = &[0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0];

/// From a commit at once to a backlog of a day.
const LATENCY_SECONDS: &[f64] = &[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0];

/// From an answer out of memory to one that reads topics for two seconds.
const REQUEST_SECONDS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// Every metric, for the registry, the reference and the tests.
pub static TABLE: &[MetricSpec] = &[
    // What came in.
    counter("adoption_events_total", &["type"], "Events applied, by type."),
    counter("adoption_dead_letters_total", &["reason"], "Records sent to dead letters, by reason."),
    counter("adoption_late_events_total", &[], "Events applied to a day before their account's current day."),
    counter("adoption_duplicates_total", &[], "Events ignored because their id is among the last applied ids of their account."),
    counter("adoption_unknown_products_total", &[], "Events of products that the playbook does not name."),
    counter("adoption_idle_tasks_total", &[], "Events of type task that name no task of an open play, or of which nothing is new."),
    counter("adoption_bounds_hit_total", &["bound"], "Times that a configured bound kept something out, by bound."),
    // What went out.
    counter("adoption_outputs_total", &["type"], "CloudEvents committed, by type."),
    counter("adoption_stage_transitions_total", &["from", "to"], "Product stage changes committed."),
    counter(
        "adoption_band_changes_total",
        &["measure", "from", "to"],
        "Changes of band committed, by measure and the bands left and reached; none where there is no band.",
    ),
    counter("adoption_segment_changes_total", &["segment", "transition"], "Segments entered and exited, by segment."),
    counter("adoption_milestones_total", &["milestone"], "Milestones achieved, by milestone."),
    counter(
        "adoption_incidents_total",
        &["rule", "transition"],
        "Alerts opened and cleared; plays opened, held_out, suppressed and closed, by rule.",
    ),
    counter(
        "adoption_play_outcomes_total",
        &["rule", "verdict", "held_out"],
        "Outcomes of plays by the verdict of their last day; held_out is true or false.",
    ),
    counter("adoption_campaigns_total", &["campaign", "transition"], "Campaigns triggered for a user, and their goals reached and missed."),
    // Consumption.
    gauge("adoption_lag_records", &["topic", "partition"], "Input records not yet read: the end of the partition minus the next offset."),
    gauge("adoption_assigned_partitions", &[], "Partitions assigned to this process."),
    counter("adoption_rebalances_total", &["kind"], "Changes of a worker's assignment, by kind."),
    gauge(
        "adoption_clock_age_seconds",
        &["partition"],
        "Wall clock minus the partition's clock, computed at the scrape, so that it grows when consumption stops.",
    ),
    // Recovery.
    gauge(
        "adoption_restore_remaining_records",
        &["partition"],
        "Changelog records still to be read before the partition's state is restored; 0 when it is.",
    ),
    counter("adoption_restored_records_total", &[], "Changelog records read to restore state."),
    gauge(
        "adoption_redo_remaining_records",
        &["partition"],
        "Input records still to be read again before the partition's facts are whole; 0 when they are.",
    ),
    counter("adoption_redone_events_total", &[], "Input records read again to make facts whole."),
    counter("adoption_rebuilds_total", &[], "Times that the state of a partition was thrown away and rebuilt from the changelog."),
    // Transactions.
    counter("adoption_commits_total", &[], "Transactions committed."),
    histogram("adoption_commit_duration_seconds", COMMIT_SECONDS, "Time from the start of a commit to its acknowledgement."),
    counter(
        "adoption_commit_step_seconds_total",
        &["step"],
        "Of the time of the commits: flush (records to their partitions), send_offsets (to the group), commit_transaction (its end).",
    ),
    counter(
        "adoption_resent_records_total",
        &[],
        "Records committed at a later try: the group was in the middle of a rebalance and refused the first.",
    ),
    counter("adoption_transaction_aborts_total", &["reason"], "Transactions aborted, or with an unknown outcome, by reason."),
    histogram(
        "adoption_end_to_end_latency_seconds",
        LATENCY_SECONDS,
        "Time from an input record's timestamp to the commit of what it caused.",
    ),
    gauge(
        "adoption_open_transaction_lag_records",
        &["topic", "partition"],
        "High watermark minus last stable offset of inputs and changelog: records behind a transaction that is open.",
    ),
    gauge(
        "adoption_open_transaction_age_seconds",
        &["topic", "partition"],
        "For how long the last stable offset has not moved while records stand behind it; 0 where none do. Looked at every 10 seconds.",
    ),
    // State.
    gauge("adoption_accounts", &["partition"], "Accounts held."),
    gauge("adoption_users", &["partition"], "Users held."),
    gauge("adoption_state_bytes", &["partition"], "Estimated memory of the state held."),
    gauge(
        "adoption_account_partitioners",
        &["partitioner"],
        "Accounts held that a partitioner would have put into the partition they are in, by partitioner, several where several would; \
         unexplained where none would.",
    ),
    gauge(
        "adoption_partitioners_disagree",
        &[],
        "1 where no single partitioner explains in which partitions the accounts are, so that an account may be in two; else 0.",
    ),
    gauge("adoption_split_accounts", &[], "Accounts that this process has met in more than one of its partitions since it began."),
    counter("adoption_changelog_records_total", &[], "Records written to the changelog."),
    counter("adoption_changelog_bytes_total", &[], "Bytes of keys and values written to the changelog."),
    // The HTTP API.
    counter(
        "adoption_api_requests_total",
        &["route", "status"],
        "Requests to the HTTP API, by route and status; none where there is no such route.",
    ),
    MetricSpec {
        name: "adoption_api_request_duration_seconds",
        kind: MetricKind::Histogram(REQUEST_SECONDS),
        labels: &["route"],
        help: "Time from a request's headers to its answer; of a stream, to its beginning.",
    },
    gauge("adoption_api_streams", &[], "Streams of changes that are open."),
    gauge("adoption_api_questions_waiting", &[], "Questions that partitions of this process have not answered yet."),
    // Deliveries, of `deliver`.
    counter("adoption_deliver_delivered_total", &["target"], "Outputs that a target has taken, by each of its URLs that they went to."),
    counter(
        "adoption_deliver_failed_attempts_total",
        &["target", "reason"],
        "Attempts that failed, by reason: timeout, connection, status (of the answer), settings (a file of the target cannot be used).",
    ),
    counter(
        "adoption_deliver_undelivered_total",
        &["target", "reason"],
        "Outputs given up and written to the topic undelivered, by reason.",
    ),
    gauge(
        "adoption_deliver_lag_records",
        &["target"],
        "Offsets of the topics of outputs that the target's group has not got behind it, markers of transactions among them; 0 where no record \
         is left. Looked at every 15 seconds.",
    ),
    gauge(
        "adoption_deliver_oldest_seconds",
        &["target"],
        "Time since the oldest output was published that waits for the target; 0 where none does.",
    ),
    // Topics of others, of `ingest`.
    counter("adoption_ingest_records_total", &["source"], "Records of a source that were read and committed."),
    counter("adoption_ingest_events_total", &["source", "type"], "Native records made of a source's, by type."),
    counter(
        "adoption_ingest_left_out_total",
        &["source", "reason"],
        "Records, or elements of one, that were left out on purpose: unmapped (no event's `when` holds), dropped (the mapping says so).",
    ),
    counter(
        "adoption_ingest_dead_letters_total",
        &["source", "reason"],
        "Records, or elements of one, that could not be mapped, by reason.",
    ),
    gauge("adoption_ingest_lag_records", &["source", "partition"], "Records of a source's partition that are not yet read."),
    // The process.
    gauge(
        "adoption_worker_heartbeat_age_seconds",
        &["worker"],
        "Time since a worker's last sign of life; the watchdog ends the process at watchdog.timeout_ms.",
    ),
    gauge("adoption_build_info", &["version", "playbook"], "Always 1; the labels tell version and playbook digest."),
    counter("process_cpu_seconds_total", &[], "User and system CPU time."),
    gauge("process_resident_memory_bytes", &[], "Resident memory."),
    gauge("process_start_time_seconds", &[], "Start of the process, in seconds since 1970."),
];

/// A typed handle for every metric of [`TABLE`] that somebody counts; the others are computed when rendered.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// By partition: the partition's clock, in Unix milliseconds.
    clocks_ms: Mutex<BTreeMap<i32, i64>>,

    pub events: IntCounterVec,
    pub dead_letters: IntCounterVec,
    pub late_events: IntCounter,
    pub duplicates: IntCounter,
    pub unknown_products: IntCounter,
    pub idle_tasks: IntCounter,
    pub bounds_hit: IntCounterVec,
    pub outputs: IntCounterVec,
    pub stage_transitions: IntCounterVec,
    pub band_changes: IntCounterVec,
    pub segment_changes: IntCounterVec,
    pub milestones: IntCounterVec,
    pub incidents: IntCounterVec,
    pub play_outcomes: IntCounterVec,
    pub campaigns: IntCounterVec,
    lag: IntGaugeVec,
    assigned_partitions: IntGauge,
    pub rebalances: IntCounterVec,
    clock_age: GaugeVec,
    restore_remaining: IntGaugeVec,
    pub restored_records: IntCounter,
    redo_remaining: IntGaugeVec,
    pub redone_events: IntCounter,
    pub rebuilds: IntCounter,
    pub commits: IntCounter,
    pub commit_duration: Histogram,
    pub commit_steps: CounterVec,
    pub resent_records: IntCounter,
    pub transaction_aborts: IntCounterVec,
    pub end_to_end_latency: Histogram,
    open_transaction_lag: IntGaugeVec,
    open_transaction_age: GaugeVec,
    accounts: IntGaugeVec,
    users: IntGaugeVec,
    state_bytes: IntGaugeVec,
    account_partitioners: IntGaugeVec,
    partitioners_disagree: IntGauge,
    split_accounts: IntGauge,
    pub changelog_records: IntCounter,
    pub changelog_bytes: IntCounter,
    api_requests: IntCounterVec,
    api_request_duration: HistogramVec,
    pub api_streams: IntGauge,
    pub api_questions_waiting: IntGauge,
    pub deliver_delivered: IntCounterVec,
    pub deliver_failed_attempts: IntCounterVec,
    pub deliver_undelivered: IntCounterVec,
    pub deliver_lag: IntGaugeVec,
    pub deliver_oldest: GaugeVec,
    pub ingest_records: IntCounterVec,
    pub ingest_events: IntCounterVec,
    pub ingest_left_out: IntCounterVec,
    pub ingest_dead_letters: IntCounterVec,
    ingest_lag: IntGaugeVec,
    heartbeat_age: GaugeVec,
}

impl Metrics {
    /// With a registry of its own, so that tests do not share one. `playbook_digest` is that of the playbook in force.
    pub fn new(playbook_digest: &str) -> Self {
        let build = Build(Registry::new());
        let build_info: IntGaugeVec = build.gauges("adoption_build_info");
        build_info.with_label_values(&[env!("CARGO_PKG_VERSION"), playbook_digest]).set(1);
        build.register(ProcessCollector::new());
        Self {
            clocks_ms: Mutex::default(),
            events: build.counters("adoption_events_total"),
            dead_letters: build.counters("adoption_dead_letters_total"),
            late_events: build.counter("adoption_late_events_total"),
            duplicates: build.counter("adoption_duplicates_total"),
            unknown_products: build.counter("adoption_unknown_products_total"),
            idle_tasks: build.counter("adoption_idle_tasks_total"),
            bounds_hit: build.counters("adoption_bounds_hit_total"),
            outputs: build.counters("adoption_outputs_total"),
            stage_transitions: build.counters("adoption_stage_transitions_total"),
            band_changes: build.counters("adoption_band_changes_total"),
            segment_changes: build.counters("adoption_segment_changes_total"),
            milestones: build.counters("adoption_milestones_total"),
            incidents: build.counters("adoption_incidents_total"),
            play_outcomes: build.counters("adoption_play_outcomes_total"),
            campaigns: build.counters("adoption_campaigns_total"),
            lag: build.gauges("adoption_lag_records"),
            assigned_partitions: build.gauge("adoption_assigned_partitions"),
            rebalances: build.counters("adoption_rebalances_total"),
            clock_age: build.gauges("adoption_clock_age_seconds"),
            restore_remaining: build.gauges("adoption_restore_remaining_records"),
            restored_records: build.counter("adoption_restored_records_total"),
            redo_remaining: build.gauges("adoption_redo_remaining_records"),
            redone_events: build.counter("adoption_redone_events_total"),
            rebuilds: build.counter("adoption_rebuilds_total"),
            commits: build.counter("adoption_commits_total"),
            commit_duration: build.histogram("adoption_commit_duration_seconds"),
            commit_steps: build.counters("adoption_commit_step_seconds_total"),
            resent_records: build.counter("adoption_resent_records_total"),
            transaction_aborts: build.counters("adoption_transaction_aborts_total"),
            end_to_end_latency: build.histogram("adoption_end_to_end_latency_seconds"),
            open_transaction_lag: build.gauges("adoption_open_transaction_lag_records"),
            open_transaction_age: build.gauges("adoption_open_transaction_age_seconds"),
            accounts: build.gauges("adoption_accounts"),
            users: build.gauges("adoption_users"),
            state_bytes: build.gauges("adoption_state_bytes"),
            account_partitioners: build.gauges("adoption_account_partitioners"),
            partitioners_disagree: build.gauge("adoption_partitioners_disagree"),
            split_accounts: build.gauge("adoption_split_accounts"),
            changelog_records: build.counter("adoption_changelog_records_total"),
            changelog_bytes: build.counter("adoption_changelog_bytes_total"),
            api_requests: build.counters("adoption_api_requests_total"),
            api_request_duration: build.histograms("adoption_api_request_duration_seconds"),
            api_streams: build.gauge("adoption_api_streams"),
            api_questions_waiting: build.gauge("adoption_api_questions_waiting"),
            deliver_delivered: build.counters("adoption_deliver_delivered_total"),
            deliver_failed_attempts: build.counters("adoption_deliver_failed_attempts_total"),
            deliver_undelivered: build.counters("adoption_deliver_undelivered_total"),
            deliver_lag: build.gauges("adoption_deliver_lag_records"),
            deliver_oldest: build.gauges("adoption_deliver_oldest_seconds"),
            ingest_records: build.counters("adoption_ingest_records_total"),
            ingest_events: build.counters("adoption_ingest_events_total"),
            ingest_left_out: build.counters("adoption_ingest_left_out_total"),
            ingest_dead_letters: build.counters("adoption_ingest_dead_letters_total"),
            ingest_lag: build.gauges("adoption_ingest_lag_records"),
            heartbeat_age: build.gauges("adoption_worker_heartbeat_age_seconds"),
            registry: build.0,
        }
    }

    pub fn set_lag(&self, topic: &str, partition: i32, records: i64) {
        self.lag.with_label_values(&[topic, &partition.to_string()]).set(records);
    }

    /// The partition's clock, in Unix milliseconds. Its age is computed at each scrape.
    pub fn set_clock(&self, partition: i32, clock_ms: i64) {
        self.clocks().insert(partition, clock_ms);
    }

    pub fn set_restore_remaining(&self, partition: i32, records: i64) {
        self.restore_remaining.with_label_values(&[partition.to_string()]).set(records);
    }

    pub fn set_redo_remaining(&self, partition: i32, records: i64) {
        self.redo_remaining.with_label_values(&[partition.to_string()]).set(records);
    }

    /// High watermark minus last stable offset, and for how long the latter has not moved.
    pub fn set_open_transaction(&self, topic: &str, partition: i32, records: i64, age: Duration) {
        let partition = partition.to_string();
        self.open_transaction_lag.with_label_values(&[topic, &partition]).set(records);
        self.open_transaction_age.with_label_values(&[topic, &partition]).set(age.as_secs_f64());
    }

    /// What the partition's state holds.
    pub fn set_state(&self, partition: i32, accounts: u64, users: u64, bytes: u64) {
        let partition = partition.to_string();
        self.accounts.with_label_values(&[&partition]).set(accounts as i64);
        self.users.with_label_values(&[&partition]).set(users as i64);
        self.state_bytes.with_label_values(&[&partition]).set(bytes as i64);
    }

    /// Who put the accounts where they are.
    pub fn set_placed(&self, placed: &Placed) {
        let explained = placed.by_partitioner.iter().map(|(partitioner, accounts)| (partitioner.name(), *accounts));
        for (partitioner, accounts) in explained.chain([("unexplained", placed.unexplained)]) {
            self.account_partitioners.with_label_values(&[partitioner]).set(accounts as i64);
        }
        self.partitioners_disagree.set(placed.disagree.into());
        self.split_accounts.set(placed.split as i64);
    }

    /// Drops every series of a partition that is gone: it would otherwise stand still here and be summed with its new owner's.
    /// `topics` are the inputs and the changelog.
    pub fn forget_partition(&self, partition: i32, topics: &[String]) {
        self.clocks().remove(&partition);
        let partition = partition.to_string();
        let by_partition = [&self.restore_remaining, &self.redo_remaining, &self.accounts, &self.users, &self.state_bytes];
        // A series that was never set is as gone as one that is removed.
        for gauges in by_partition {
            let _ = gauges.remove_label_values(&[&partition]);
        }
        let _ = self.clock_age.remove_label_values(&[&partition]);
        for topic in topics {
            let _ = self.lag.remove_label_values(&[topic, &partition]);
            let _ = self.open_transaction_lag.remove_label_values(&[topic, &partition]);
            let _ = self.open_transaction_age.remove_label_values(&[topic, &partition]);
        }
    }

    pub fn set_ingest_lag(&self, source: &str, partition: i32, records: i64) {
        self.ingest_lag.with_label_values(&[source, &partition.to_string()]).set(records);
    }

    /// Drops what is told of a source's partition that is gone.
    pub fn forget_ingest_lag(&self, source: &str, partition: i32) {
        let _ = self.ingest_lag.remove_label_values(&[source, &partition.to_string()]);
    }

    /// A request to the API was answered. `route` is a path of its table, or `none`.
    pub fn api_answered(&self, route: &str, status: u16, took: Duration) {
        self.api_requests.with_label_values(&[route, &status.to_string()]).inc();
        self.api_request_duration.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// All metrics in Prometheus's text format. `wall_ms` is the wall clock in Unix milliseconds, as the engine sees it.
    pub fn render(&self, health: &Health, wall_ms: i64) -> String {
        self.assigned_partitions.set(health.assigned_partitions() as i64);
        let beats = health.beats();
        for worker in 0..health.workers() {
            match beats.iter().find(|beat| beat.worker == worker) {
                Some(beat) => self.heartbeat_age.with_label_values(&[worker.to_string()]).set(beat.age_ms as f64 / 1_000.0),
                // It has ended; its series may have gone already.
                None => drop(self.heartbeat_age.remove_label_values(&[&worker.to_string()])),
            }
        }
        for (partition, clock_ms) in self.clocks().iter() {
            self.clock_age.with_label_values(&[partition.to_string()]).set((wall_ms - clock_ms) as f64 / 1_000.0);
        }
        TextEncoder::new().encode_to_string(&self.registry.gather()).expect("every metric of the table has a name and is of one kind")
    }

    fn clocks(&self) -> std::sync::MutexGuard<'_, BTreeMap<i32, i64>> {
        self.clocks_ms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The row of [`TABLE`] with this name.
pub(super) fn spec(name: &str) -> &'static MetricSpec {
    TABLE.iter().find(|spec| spec.name == name).unwrap_or_else(|| panic!("{name} is not in the table of metrics"))
}

/// Makes metrics from their rows. A name that is not in the table, or of another kind there, is a mistake in this file that the first
/// test finds.
struct Build(Registry);

impl Build {
    fn register<M: Collector + 'static>(&self, metric: M) {
        self.0.register(Box::new(metric)).expect("a metric is registered once");
    }

    fn add<M: Collector + Clone + 'static>(&self, metric: prometheus::Result<M>) -> M {
        let metric = metric.expect("names, labels and buckets of the table are valid");
        self.register(metric.clone());
        metric
    }

    fn opts(&self, name: &str, kind: MetricKind) -> Opts {
        let spec = spec(name);
        assert_eq!(spec.kind, kind, "the kind of {name}");
        Opts::new(name, spec.help)
    }

    fn counter(&self, name: &str) -> IntCounter {
        self.add(IntCounter::with_opts(self.opts(name, MetricKind::Counter)))
    }

    fn counters<P: prometheus::core::Atomic + 'static>(&self, name: &str) -> prometheus::core::GenericCounterVec<P> {
        self.add(prometheus::core::GenericCounterVec::new(self.opts(name, MetricKind::Counter), spec(name).labels))
    }

    fn gauge(&self, name: &str) -> IntGauge {
        self.add(IntGauge::with_opts(self.opts(name, MetricKind::Gauge)))
    }

    fn gauges<P: prometheus::core::Atomic + 'static>(&self, name: &str) -> prometheus::core::GenericGaugeVec<P> {
        self.add(prometheus::core::GenericGaugeVec::new(self.opts(name, MetricKind::Gauge), spec(name).labels))
    }

    fn histogram(&self, name: &str) -> Histogram {
        self.add(Histogram::with_opts(histogram_opts(name)))
    }

    fn histograms(&self, name: &str) -> HistogramVec {
        self.add(HistogramVec::new(histogram_opts(name), spec(name).labels))
    }
}

fn histogram_opts(name: &str) -> HistogramOpts {
    let spec = spec(name);
    let MetricKind::Histogram(buckets) = spec.kind else { panic!("{name} is no histogram in the table") };
    HistogramOpts::new(name, spec.help).buckets(buckets.to_vec())
}

#[cfg(test)]
#[path = "metrics_tests.rs"]
mod tests;
