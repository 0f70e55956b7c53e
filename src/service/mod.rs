//! The service put together: settings, topics, workers, metrics, probes and watchdog. `run` and `demo` both start it.

mod fleet;
mod report;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime::Runtime;

use crate::api::access::Access;
use crate::api::ask::Peers;
use crate::api::listener::Listener;
use crate::api::{self, Api};
use crate::config::{GroupProtocol as GroupProtocolSetting, MissingHistory, Settings};
use crate::console;
use crate::engine::{Bounds, EngineSettings};
use crate::kafka::admin::{Admin, Sizes};
use crate::kafka::topic_settings::Wanted;
use crate::kafka::{Connection, GroupProtocol};
use crate::ops::{Board, Health, Metrics, http, http::Ops, watchdog};
use crate::playbook::Playbook;
use crate::portfolio::Outline;
use crate::task::{Directory, Partition, PartitionSettings, Request, StateBeat};
use crate::topics::Topics;
use crate::view::FleetBoard;
use crate::worker::commit::CommitPolicy;
use crate::worker::{Mailbox, Observer, WallClock, WorkerSettings, run_workers};
use report::Report;
pub use report::{abort_reason, observe_commit};

/// A service that can be run once; what it reports can be looked at meanwhile.
pub struct Service {
    settings: Settings,
    playbook: Arc<Playbook>,
    clock: WallClock,
    listener: Option<TcpListener>,
    api_listener: Option<TcpListener>,
    describes_topics: bool,
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
    pub directory: Arc<Directory>,
    board: Arc<Board>,
    mailbox: Arc<Mailbox<Request>>,
    fleet: Arc<FleetBoard>,
}

impl Service {
    pub fn new(settings: Settings, playbook: Arc<Playbook>) -> Self {
        let metrics = Arc::new(Metrics::new(&playbook.digest));
        let health = Health::new(settings.engine.workers as usize);
        let clock = WallClock::shifted(settings.engine.wall_clock_offset_ms);
        Self {
            settings,
            playbook,
            clock,
            listener: None,
            api_listener: None,
            describes_topics: true,
            metrics,
            health,
            directory: Arc::default(),
            board: Arc::default(),
            mailbox: Arc::default(),
            fleet: Arc::default(),
        }
    }

    /// Goes by another clock than the system's, shifted as the settings say.
    pub fn with_clock(self, clock: WallClock) -> Self {
        Self { clock, ..self }
    }

    /// Serves HTTP there, instead of listening on `http.listen`.
    pub fn with_listener(self, listener: TcpListener) -> Self {
        Self { listener: Some(listener), ..self }
    }

    /// Serves the API there, instead of listening on `api.listen`.
    pub fn with_api_listener(self, listener: Option<TcpListener>) -> Self {
        Self { api_listener: listener, ..self }
    }

    /// Runs on a broker that does not say which topics stand behind the names, nor with what settings.
    pub fn without_describing_topics(self) -> Self {
        Self { describes_topics: false, ..self }
    }

    /// Runs until `stop` is set and everything is committed, or until something failed that a restart must mend.
    pub fn run(&self, stop: &Arc<AtomicBool>) -> anyhow::Result<()> {
        let runtime = http_runtime()?;
        let address = self.listen(&runtime)?;
        // What is wrong with it is said before the brokers are asked anything.
        let api_listener = Listener::bind(&self.settings.api, self.api_listener.as_ref())?;
        let access = (Access::new(&self.settings.api)?, Peers::new(&self.settings.api)?);
        watchdog::spawn(Arc::clone(&self.health), Duration::from_millis(self.settings.watchdog.timeout_ms))
            .context("starting the watchdog")?;
        let mut connection = connection(&self.settings);
        connection.validate()?;
        connection.describes_topics = self.describes_topics;
        let admin = Admin::new(&connection).context("making the Kafka client that looks at the topics")?;
        let ready = admin.ready(&connection.topics, &wanted(&self.settings)?)?;
        connection.batch_bytes_max = ready.sizes.batch_bytes_max;
        for warning in ready.warnings.into_iter().chain(self.settings.warnings()) {
            tracing::warn!("{warning}");
        }
        self.health.set_started();
        let api = api_listener.as_ref().map(|listener| listener.address.to_string());
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"), playbook = self.playbook.digest, workers = self.settings.engine.workers,
            partitions = ready.partitions, http = %address, api, "started"
        );
        if let Some(listener) = api_listener {
            listener.serve(runtime.handle(), Arc::new(self.api(&connection, ready.partitions, access)))?;
        }
        let report = Arc::new(Report::new(self, &connection.topics));
        let (mailbox, ended) = (&*self.mailbox, &AtomicBool::new(false));
        let result = std::thread::scope(|scope| {
            // However this ends, the thread beside it does, too: the scope waits for it.
            let _ends = Ends(ended);
            if let Some(watch) = self.fleet_watch(&connection, ready.partitions) {
                let spawned = std::thread::Builder::new().name("fleet".into()).spawn_scoped(scope, move || watch.run(mailbox, ended));
                spawned.context("starting the thread that reads the portfolio")?;
            }
            let observer = Arc::clone(&report) as Arc<dyn Observer>;
            let make_task = self.task_maker(&connection, &report, ready.sizes);
            run_workers(&connection, &worker_settings(&self.settings, self.clock), make_task, &observer, mailbox, stop)
        });
        self.health.set_draining();
        runtime.shutdown_timeout(Duration::from_millis(200));
        tracing::info!("stopped");
        result
    }

    fn api(&self, connection: &Connection, partitions: i32, (access, peers): (Access, Peers)) -> Api {
        Api::new(api::Parts {
            settings: self.settings.api.clone(),
            playbook: Arc::clone(&self.playbook),
            connection: connection.clone(),
            partitions,
            metrics: Arc::clone(&self.metrics),
            health: Arc::clone(&self.health),
            board: Arc::clone(&self.board),
            directory: Arc::clone(&self.directory),
            mailbox: Arc::clone(&self.mailbox),
            fleet: Arc::clone(&self.fleet),
            clock: self.clock,
            pages: console::pages(),
            access,
            peers,
        })
    }

    fn task_maker(&self, connection: &Connection, report: &Arc<Report>, sizes: Sizes) -> Arc<crate::worker::MakeTask<Partition>> {
        let inputs = connection.topics.inputs.clone();
        let playbook = Arc::clone(&self.playbook);
        let settings = task_settings(&self.settings, sizes);
        let portfolio = self.portfolio_interval();
        let batch_bytes_max = sizes.batch_bytes_max.unwrap_or(BROKERS_BYTES_MAX).min(self.settings.message_max_bytes() as usize);
        let bytes_max = batch_bytes_max.saturating_sub(RECORD_BYTES);
        let (directory, report) = (Arc::clone(&self.directory), Arc::clone(report));
        let row_age_max = self.row_age_max();
        let (instance, url) = (self.settings.kafka.instance_id.clone(), self.settings.api.advertise.clone());
        Arc::new(move |partition| {
            let task = Partition::new(partition, &inputs, Arc::clone(&playbook), settings);
            let task = task.report_to(Arc::clone(&directory), Arc::clone(&report) as _);
            let task = match row_age_max {
                Some(age_max) => task.with_rows(age_max).owned_by(&instance, url.as_deref()),
                None => task,
            };
            match portfolio {
                Some(interval) => task.with_portfolio(interval, bytes_max),
                None => task,
            }
        })
    }

    fn serves_api(&self) -> bool {
        self.api_listener.is_some() || !self.settings.api.listen.is_empty()
    }

    /// `None`: nobody can ask for lists.
    fn row_age_max(&self) -> Option<Duration> {
        self.serves_api().then(|| Duration::from_secs(self.settings.api.row_age_seconds.into()))
    }

    /// `None`: no portfolio is published.
    fn portfolio_interval(&self) -> Option<Duration> {
        let interval_ms = self.settings.portfolio.interval_ms;
        (interval_ms > 0).then(|| Duration::from_millis(interval_ms))
    }

    fn fleet_watch<'a>(&'a self, connection: &'a Connection, partitions: i32) -> Option<fleet::FleetWatch<'a>> {
        let board = self.serves_api().then(|| Arc::clone(&self.fleet));
        Some(fleet::FleetWatch::new(connection, Outline::new(&self.playbook), partitions, self.portfolio_interval()?, board))
    }

    fn listen(&self, runtime: &Runtime) -> anyhow::Result<SocketAddr> {
        let bound = match &self.listener {
            Some(listener) => listener.try_clone().context("taking the listener over")?,
            None => http::bind(&self.settings.http.listen)?,
        };
        let ops = Ops {
            health: Arc::clone(&self.health),
            metrics: Arc::clone(&self.metrics),
            heartbeat_limit_ms: self.settings.watchdog.timeout_ms,
            clock: self.clock,
        };
        http::serve(runtime, bound, ops)
    }
}

/// Metrics and probes of a process that has neither an API nor a clock of its own, for as long as the runtime is kept.
///
/// # Errors
///
/// `http.listen` cannot be listened on.
pub fn serve_probes(settings: &Settings, health: &Arc<Health>, metrics: &Arc<Metrics>) -> anyhow::Result<(Runtime, SocketAddr)> {
    let runtime = http_runtime()?;
    let ops = Ops {
        health: Arc::clone(health),
        metrics: Arc::clone(metrics),
        heartbeat_limit_ms: settings.watchdog.timeout_ms,
        clock: WallClock::default(),
    };
    let address = http::serve(&runtime, http::bind(&settings.http.listen)?, ops)?;
    Ok((runtime, address))
}

fn http_runtime() -> anyhow::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("http").enable_all().build();
    runtime.context("starting the HTTP threads")
}

/// What the Kafka clients are made from.
pub fn connection(settings: &Settings) -> Connection {
    Connection {
        common: settings.client_config_common(),
        application_id: settings.kafka.application_id.clone(),
        instance_id: settings.kafka.instance_id.clone(),
        group_protocol: match settings.kafka.group_protocol {
            GroupProtocolSetting::Classic => GroupProtocol::Classic,
            GroupProtocolSetting::Consumer => GroupProtocol::Consumer,
        },
        session_timeout_ms: settings.session_timeout_ms(),
        transaction_timeout_ms: settings.transaction_timeout_ms(),
        topics: Topics::new(settings.topics.inputs.clone(), &settings.topics.prefix),
        batch_bytes_max: None,
        describes_topics: true,
    }
}

/// What topics are to be like.
pub fn wanted(settings: &Settings) -> anyhow::Result<Wanted> {
    Ok(Wanted {
        partitions: i32::try_from(settings.topics.partitions).context("topics.partitions")?,
        replication: i32::try_from(settings.topics.replication_factor).context("topics.replication_factor")?,
        input_retention_days: settings.topics.input_retention_days,
    })
}

/// Where the wall clock runs fast, how often the ends are asked for in real time.
const ASK_ENDS_MIN: Duration = Duration::from_millis(50);

/// How workers are to work.
pub fn worker_settings(settings: &Settings, clock: WallClock) -> WorkerSettings {
    let defaults = WorkerSettings::default();
    WorkerSettings {
        workers: settings.engine.workers as usize,
        clock,
        ask_ends_every: defaults.ask_ends_every.div_f64(clock.speed().max(1.0)).max(ASK_ENDS_MIN),
        max_idle: Duration::from_millis(settings.topics.max_idle_ms),
        refuse_missing_history: settings.topics.on_missing_history == MissingHistory::Refuse,
        commit: CommitPolicy {
            outputs_within: Duration::from_millis(settings.commit.outputs_within_ms),
            interval: Duration::from_millis(settings.commit.interval_ms),
            max_records: settings.commit.max_events,
        },
        ..defaults
    }
}

/// The engine's part of the settings.
pub fn engine_settings(settings: &Settings) -> EngineSettings {
    EngineSettings {
        dedupe_ids: settings.engine.dedupe_ids as usize,
        clock_witnesses: settings.engine.clock_witnesses as usize,
        bounds: Bounds {
            features_per_product: settings.engine.max_features_per_product as usize,
            users_per_account: settings.engine.max_users_per_account as usize,
            names_per_account: settings.engine.max_names_per_account as usize,
            terms_per_product: settings.engine.max_terms_per_product as usize,
            uses_per_account: settings.engine.max_uses_per_account as usize,
            entries_per_account: settings.engine.max_entries_per_account as usize,
        },
    }
}

/// Says when it goes that the workers have ended, be it by a panic.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a record has beside its value, at most: headers, key, and what frames it.
const RECORD_BYTES: usize = 2_048;

/// What brokers take by default (`message.max.bytes`).
pub const BROKERS_BYTES_MAX: usize = 1_048_588;

fn task_settings(settings: &Settings, sizes: Sizes) -> PartitionSettings {
    PartitionSettings {
        engine: engine_settings(settings),
        max_skew_ms: i64::try_from(settings.engine.max_skew_ms).unwrap_or(i64::MAX),
        max_record_bytes: settings.engine.max_record_bytes as usize,
        time_from_record: settings.engine.time_from_record,
        redo_seconds: settings.state.redo_seconds,
        redo_events: settings.state.redo_events,
        dead_letter_bytes_max: sizes.dead_letter_bytes_max.unwrap_or(BROKERS_BYTES_MAX).min(settings.message_max_bytes() as usize),
        states: StateBeat::default(),
    }
}

/// Sets the flag when the process is asked to end; a second time, the process ends at once.
pub fn stop_on_signal(stop: &Arc<AtomicBool>, health: &Arc<Health>) -> anyhow::Result<()> {
    let (stop, health) = (Arc::clone(stop), Arc::clone(health));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the signal handler")?;
    // Registered before anything runs, so that a signal during the start is not lost.
    let _guard = runtime.enter();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).context("SIGINT")?;
    drop(_guard);
    let spawned = std::thread::Builder::new().name("stop-signals".into()).spawn(move || {
        runtime.block_on(async {
            for round in 0.. {
                tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
                if round > 0 {
                    tracing::warn!("asked to stop a second time: ending at once; the next start redoes what was not committed");
                    std::process::exit(1);
                }
                tracing::info!("asked to stop: committing and leaving the group");
                health.set_draining();
                stop.store(true, Ordering::Relaxed);
            }
        });
    });
    spawned.map(drop).context("starting the signal thread")
}
