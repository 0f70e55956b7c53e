//! Outputs to people and to other systems: Slack, and any endpoint by Standard Webhooks.
//!
//! ```text
//!   topics of outputs ──► a group for each target ──► lanes (a queue for each partition) ──► a request ──► the offset is committed
//!                                                                                   └─ given up ──► the topic undelivered ─┘
//! ```
//!
//! | file | subject |
//! |---|---|
//! | `told` | an output as it was read: who and what it is about |
//! | `filter` | which outputs a target gets |
//! | `lanes` | what waits, partition by partition |
//! | `backoff` | when what failed is tried again, and when no more |
//! | `endpoint` | URLs, people and secrets of a target; the request that is sent |
//! | `signature` | signatures of Standard Webhooks |
//! | `slack` | an output in words |
//! | `post` | one attempt, and what its end means |
//! | `undelivered` | what was given up, as a record |
//! | `courier` | a target's thread: all of this in a loop |
//!
//! At least once: an offset is committed after everything before it was delivered or written to the topic of what was not. A target is a thread, a
//! group and a connection of its own, so that one that is dead stops no other.

mod backoff;
mod courier;
mod endpoint;
mod filter;
mod lanes;
mod post;
mod signature;
mod slack;
mod told;
mod undelivered;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::config::{DeliverBegin, Settings};
use crate::kafka::Connection;
use crate::kafka::admin::Admin;
use crate::kafka::subscriber::Begin;
use crate::ops::{Health, Metrics, watchdog};
use crate::playbook::Playbook;
use crate::service::{BROKERS_BYTES_MAX, connection, serve_probes, wanted};
use courier::{Courier, Shared};
use undelivered::Undelivered;

/// The process that delivers; it can be run once.
pub struct Delivery {
    settings: Settings,
    playbook: Arc<Playbook>,
    metrics: Arc<Metrics>,
    pub health: Arc<Health>,
}

impl Delivery {
    pub fn new(settings: Settings, playbook: Arc<Playbook>) -> Self {
        let metrics = Arc::new(Metrics::new(&playbook.digest));
        let health = Health::new(settings.deliver.targets.len());
        Self { settings, playbook, metrics, health }
    }

    /// Runs until `stop` is set, and what was delivered is committed.
    ///
    /// # Errors
    ///
    /// Settings or files that cannot be used, topics that are missing.
    pub fn run(&self, stop: &AtomicBool) -> anyhow::Result<()> {
        let targets = &self.settings.deliver.targets;
        ensure!(!targets.is_empty(), "there is nobody to deliver to: set `deliver.targets.NAME.kind` and `deliver.targets.NAME.url`");
        let (runtime, address) = serve_probes(&self.settings, &self.health, &self.metrics)?;
        let connection = connection(&self.settings);
        connection.validate()?;
        let couriers = self.couriers(&connection)?;
        self.health.set_started();
        watchdog::spawn(Arc::clone(&self.health), Duration::from_millis(self.settings.watchdog.timeout_ms))
            .context("starting the watchdog")?;
        tracing::info!(version = env!("CARGO_PKG_VERSION"), targets = couriers.len(), http = %address, "started");
        std::thread::scope(|scope| {
            for (name, courier) in targets.keys().zip(couriers) {
                let spawned = std::thread::Builder::new().name(format!("deliver-{name}")).spawn_scoped(scope, move || courier.run(stop));
                spawned.context("starting a target's thread")?;
            }
            anyhow::Ok(())
        })?;
        self.health.set_draining();
        runtime.shutdown_timeout(Duration::from_millis(200));
        tracing::info!("stopped");
        Ok(())
    }

    fn couriers(&self, connection: &Connection) -> anyhow::Result<Vec<Courier>> {
        let deliver = &self.settings.deliver;
        let admin = Admin::new(connection).context("making the Kafka client that looks at the topics")?;
        let sizes = admin.ready(&connection.topics, &wanted(&self.settings)?)?.sizes;
        let bytes_max = sizes.batch_bytes_max.unwrap_or(BROKERS_BYTES_MAX).min(self.settings.message_max_bytes() as usize);
        let shared = Shared {
            connection: connection.clone(),
            playbook: Arc::clone(&self.playbook),
            undelivered: Arc::new(
                Undelivered::new(connection, bytes_max).context("making the Kafka client that writes what is not delivered")?,
            ),
            health: Arc::clone(&self.health),
            metrics: Arc::clone(&self.metrics),
            console_url: deliver.console_url.clone(),
            begin: match deliver.begin {
                DeliverBegin::End => Begin::End,
                DeliverBegin::Beginning => Begin::Beginning,
            },
            retry: Duration::from_secs(deliver.retry_seconds.into()),
        };
        let courier = |(index, name): (usize, &String)| {
            Courier::new(index, name, &self.settings, shared.clone()).with_context(|| format!("the target `{name}`"))
        };
        deliver.targets.keys().enumerate().map(courier).collect()
    }
}
