//! Records of others, as mappings say, into the input topic: `ingest`.
//!
//! ```text
//!   topics of others ──► worker: a group of its own ──► mapping ──┬─► native records, keyed by account ──► input topic ─┐
//!                                                                  └─► what cannot be mapped ──► ingest dead letters ─────┤ one transaction
//!                                                                                                    offsets ────────────┘
//! ```
//!
//! | file | subject |
//! |---|---|
//! | `source` | a topic of others and the mapping of its records |
//! | `feed` | one partition of it, as a worker's task |
//! | `report` | what is told to metrics and probes |
//!
//! The workers are those of `run` ([`crate::worker`]): exactly once, rebalances, restarts, fences and outages are theirs. A feed has no state, so
//! that nothing is restored; where it goes on, the group knows. Each source has workers of its own, which are members of one group and read
//! that source alone.

mod feed;
mod report;
mod source;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::config::Settings;
use crate::kafka::Connection;
use crate::kafka::admin::{Admin, TopicPlan};
use crate::ops::{Health, Metrics, watchdog};
use crate::service::{BROKERS_BYTES_MAX, connection, serve_probes, wanted, worker_settings};
use crate::topics::Kind;
use crate::worker::{Mailbox, Observer, WallClock, WorkerSettings, run_workers};
use feed::Feed;
pub use feed::{REJECTED, SOURCE};
use report::Report;
use source::Source;

/// A topic that was created a moment ago is not known to all brokers.
const PATIENCE: Duration = Duration::from_secs(5);
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// The process that ingests; it can be run once.
pub struct Ingestion {
    settings: Settings,
    sources: Vec<Arc<Source>>,
    metrics: Arc<Metrics>,
    pub health: Arc<Health>,
}

impl Ingestion {
    /// # Errors
    ///
    /// A mapping that cannot be used, or no source with a topic.
    pub fn new(settings: Settings) -> anyhow::Result<Self> {
        let sources = source::load(&settings)?;
        let workers = settings.ingest.workers as usize * sources.len();
        Ok(Self { settings, sources, metrics: Arc::new(Metrics::new("")), health: Health::new(workers) })
    }

    /// Runs until `stop` is set and everything is committed, or until something failed that a restart must mend.
    ///
    /// # Errors
    ///
    /// Topics that are missing, and whatever ends a worker.
    pub fn run(&self, stop: &AtomicBool) -> anyhow::Result<()> {
        let (runtime, address) = serve_probes(&self.settings, &self.health, &self.metrics)?;
        let mut connection = connection(&self.settings);
        connection.validate()?;
        let bytes_max = self.bytes_max(&mut connection)?;
        self.health.set_started();
        watchdog::spawn(Arc::clone(&self.health), Duration::from_millis(self.settings.watchdog.timeout_ms))
            .context("starting the watchdog")?;
        let input = self.settings.ingest_input();
        tracing::info!(version = env!("CARGO_PKG_VERSION"), sources = self.sources.len(), input, http = %address, "started");
        let result = std::thread::scope(|scope| {
            let mut running = Vec::new();
            for (index, source) in self.sources.iter().enumerate() {
                let connection = source.connection(&connection, input);
                let name = format!("ingest-{}", source.name);
                let run = move || {
                    let result = self.feed(index, source, &connection, bytes_max, stop);
                    // One that ends by itself takes the others along.
                    stop.store(true, Ordering::Relaxed);
                    result.with_context(|| format!("the source `{}`", source.name))
                };
                let spawned = std::thread::Builder::new().name(name).spawn_scoped(scope, run).context("starting a source's thread");
                // The scope waits for those that run already.
                running.push(spawned.inspect_err(|_| stop.store(true, Ordering::Relaxed))?);
            }
            let ended = running.into_iter().map(|thread| thread.join().expect("workers' panics are errors"));
            ended.fold(Ok(()), Result::and)
        });
        self.health.set_draining();
        runtime.shutdown_timeout(Duration::from_millis(200));
        tracing::info!("stopped");
        result
    }

    fn feed(&self, index: usize, source: &Arc<Source>, connection: &Connection, bytes_max: usize, stop: &AtomicBool) -> anyhow::Result<()> {
        let workers = self.settings.ingest.workers as usize;
        let settings = WorkerSettings { workers, refuse_missing_history: false, ..worker_settings(&self.settings, WallClock::default()) };
        let report = Arc::new(Report::new(&source.name, index * workers, &self.metrics, &self.health));
        let observer = Arc::clone(&report) as Arc<dyn Observer>;
        let source = Arc::clone(source);
        let make_task = move |partition| Feed::new(partition, Arc::clone(&source), bytes_max, Arc::clone(&report));
        run_workers(connection, &settings, Arc::new(make_task), &observer, &Mailbox::<Infallible>::default(), stop)
    }

    /// Looks at the topics; how large a record may be that is written.
    fn bytes_max(&self, connection: &mut Connection) -> anyhow::Result<usize> {
        let admin = Admin::new(connection).context("making the Kafka client that looks at the topics")?;
        let sizes = admin.ready(&connection.topics, &wanted(&self.settings)?)?.sizes;
        let topic = |source: &Arc<Source>| TopicPlan {
            name: source.topic.clone(),
            kind: Kind::Input,
            partitions: 1,
            replication: 1,
            partitions_matter: false,
        };
        let plan: Vec<TopicPlan> = self.sources.iter().map(topic).collect();
        let until = Instant::now() + PATIENCE;
        loop {
            let there = admin.partitions(&plan)?;
            let missing: Vec<&str> = plan.iter().map(|topic| &*topic.name).filter(|name| !there.contains_key(*name)).collect();
            if missing.is_empty() {
                break;
            }
            let missing = missing.join(", ");
            ensure!(
                Instant::now() < until,
                "there are no topics {missing}, which the settings name as sources: they are their producers' to create"
            );
            std::thread::sleep(ASK_AGAIN);
        }
        let bytes_max = [sizes.dead_letter_bytes_max, sizes.input_bytes_max].into_iter().flatten().min();
        connection.batch_bytes_max = bytes_max;
        Ok(bytes_max.unwrap_or(BROKERS_BYTES_MAX).min(self.settings.message_max_bytes() as usize))
    }
}
