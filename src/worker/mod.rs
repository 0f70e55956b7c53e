//! The workers: each one thread, one member of the group, one transactional producer, and the tasks of its partitions, without locks.
//!
//! ```text
//!    partition queues ──► merge ──► task ──► outputs, state changes, offsets ──► one transaction
//!    main queue ──► rebalances, errors                                  ▲
//!    restore thread ──► tasks that are ready ───────────────────────────┘
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`clock`] | the wall clock that the engine goes by |
//! | [`lifecycle`] | the life of a partition: the state diagram and its legal transitions |
//! | `seat` | one partition: queues, task, phase |
//! | [`merge`] | in which order the records of several topics are taken |
//! | [`commit`] | when to commit |
//! | `run` | the loop |
//! | `membership` | rebalances, and the life of the group member |
//! | [`tenure`] | whether the partitions held have been the member's own all the time |
//! | `recover` | what follows a failed transaction |
//! | `resend` | the records of a commit that met a rebalance |
//! | [`restorer`] | restoring beside the loop |
//! | [`fence`] | telling a successor with our name from an outage |
//! | [`mailbox`] | questions to a partition's task |
//! | [`observer`] | what is reported |
//!
//! **Invariant.** Memory that is ahead of what was committed is carried on with only where all that lies between is at hand, is known not to
//! have been committed, and comes first in the next transaction: that is so where a rebalance refused the offsets. Every other failure of a
//! transaction, but one that is merely to be repeated, throws the tasks of the worker away and restores them from the changelog.

pub mod clock;
pub mod commit;
pub mod fence;
pub mod lifecycle;
pub mod mailbox;
pub mod merge;
pub mod observer;
pub mod restorer;
pub mod tenure;

mod membership;
mod recover;
mod resend;
mod run;
mod seat;

#[cfg(test)]
mod counting;
#[cfg(test)]
mod mock_test;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use crate::kafka::Connection;
use crate::kafka::ends::{Asker, EndWatch};
use crate::kafka::orphans::OrphanWatch;
use crate::partition::PartitionTask;
pub use clock::WallClock;
pub use mailbox::Mailbox;
pub use observer::{CommitReport, Observer};
pub use restorer::MakeTask;

/// What the operator may choose.
#[derive(Clone, Copy, Debug)]
pub struct WorkerSettings {
    /// Threads, each a member of the group.
    pub workers: usize,
    pub clock: WallClock,
    /// How long an input topic that lags is waited for.
    pub max_idle: Duration,
    /// An input that begins above offset 0 when it is read for the first time is refused.
    pub refuse_missing_history: bool,
    pub commit: commit::CommitPolicy,
    /// How long writing everything dirty may take when a partition is given up.
    pub drain_within: Duration,
    /// How long leaving the group may take before the client is left behind.
    pub leave_within: Duration,
    /// How often the ends of the inputs are asked for, which is how exactly the clock of a silent partition follows the wall clock.
    pub ask_ends_every: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            workers: 1,
            clock: WallClock::default(),
            max_idle: Duration::from_millis(200),
            refuse_missing_history: false,
            commit: commit::CommitPolicy {
                outputs_within: Duration::from_millis(100),
                interval: Duration::from_secs(1),
                max_records: 200_000,
            },
            drain_within: Duration::from_secs(5),
            leave_within: Duration::from_secs(5),
            ask_ends_every: Duration::from_secs(1),
        }
    }
}

/// Runs the workers until `stop` is set and all have committed and left, or until one fails: then the others are told to stop, and the
/// error is returned. `stop` is set in either case.
///
/// The topics must be there ([`crate::kafka::admin::Admin::ready`]) and the connection valid ([`Connection::validate`]).
pub fn run_workers<T: PartitionTask>(
    connection: &Connection,
    settings: &WorkerSettings,
    make_task: Arc<MakeTask<T>>,
    observer: &Arc<dyn Observer>,
    mailbox: &Mailbox<T::Request>,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    connection.validate()?;
    let ends = EndWatch::default();
    let orphans = OrphanWatch::default();
    let mut asker = Asker::new(connection).context("making the clients that ask for the ends of the inputs")?;
    let asked_enough = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (asker, ends_watched, orphans_watched) = (&mut asker, &ends, &orphans);
        let stop_asking = &asked_enough;
        let asking = std::thread::Builder::new().name("kafka-ends".into()).spawn_scoped(scope, move || {
            let report =
                |topic: &str, partition: i32, records: i64, age: Duration| observer.open_transaction(topic, partition, records, age);
            asker.run(ends_watched, orphans_watched, settings.ask_ends_every, stop_asking, &report);
        });
        let mut failed = asking.context("starting the thread that asks for the ends of the inputs").err();
        let (done, results) = mpsc::channel();
        let mut running = 0;
        for worker in 0..settings.workers {
            let (done, make_task, ends, orphans) = (done.clone(), make_task.clone(), &ends, &orphans);
            let spawned = std::thread::Builder::new().name(format!("worker-{worker}")).spawn_scoped(scope, move || {
                let run = || run::Worker::new(worker, connection, settings, make_task, observer, mailbox, ends, orphans, stop)?.run();
                let result = catching(run);
                observer.worker_stopped(worker);
                let _ = done.send((worker, result));
            });
            match spawned {
                Ok(_) => running += 1,
                Err(error) => failed = failed.or(Some(anyhow!(error).context(format!("starting worker {worker}")))),
            }
        }
        if failed.is_some() {
            stop.store(true, Ordering::Relaxed);
        }
        for _ in 0..running {
            let (worker, result) = results.recv().expect("each worker sends once");
            if let Err(error) = result {
                tracing::error!(worker, "worker failed: {error:#}");
                failed = failed.or(Some(error.context(format!("worker {worker}"))));
            }
            // One that ends by itself takes the others along: half a process is harder to see than none.
            stop.store(true, Ordering::Relaxed);
        }
        asked_enough.store(true, Ordering::Relaxed);
        failed.map_or(Ok(()), Err)
    })
}

/// A panic is a failure like any other: the other workers stop and say so, instead of the process limping on.
fn catching(run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(anyhow!("panicked: {}", text.unwrap_or("without a message")))
    })
}
