//! Restoring, on a thread of its own beside the worker: a takeover must not slow the partitions that run.
//!
//! The order is what makes it safe, whoever had the partition before:
//!
//! First it is asked which topics stand behind the names: ids and numbers of partitions are compared with those of the state. Then
//!
//! 1. the group's **committed offsets**. While a transaction that carries offsets is undecided, this fails, and is asked again: a zombie
//!    that wakes within the transaction timeout may still commit, and it has flushed all its records before it sent the offsets;
//! 2. then the changelog's **high watermark**, seen `read_uncommitted`: all that came with those offsets lies below it
//!    (kafka-flow#850, #857; KAFKA-10167);
//! 3. then wait until the **last stable offset** is there too. If it stays behind beyond the transaction timeout, a commit marker was lost
//!    (KAFKA-20734): say so, and go on with what is readable; the task then sees that its changelog is behind the group;
//! 4. **read** the changelog, **redo** the input up to the committed offset, hand the task over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::observer::Observer;
use crate::kafka::Connection;
use crate::kafka::queue::Waker;
use crate::kafka::reader::{Range, ReadEnd, Reader};
use crate::partition::{Inputs, PartitionTask, Record, Redo, Resume, SET_OFFSETS, START_OVER};

/// How long after the transaction timeout a stable end that lies behind counts as stuck.
const STUCK_AFTER: Duration = Duration::from_secs(10);
/// A third of the share that a thread of the usual priority has.
const NICENESS: i32 = 5;
const RETRY: Duration = Duration::from_millis(50);
const RETRY_AFTER_ERROR: Duration = Duration::from_millis(300);
const REMIND: Duration = Duration::from_secs(10);

/// Makes the empty task of a partition.
pub type MakeTask<T> = dyn Fn(i32) -> T + Send + Sync;

/// What a restore came to. `epoch` tells restores of the same partition apart.
pub enum RestoreStep<T> {
    /// The changelog is read.
    Redoing {
        partition: i32,
        epoch: u64,
    },
    Ready {
        partition: i32,
        epoch: u64,
        task: T,
        redo: Redo,
    },
    /// Trying again cannot help.
    Failed {
        partition: i32,
        epoch: u64,
        error: anyhow::Error,
    },
}

struct Job {
    partition: i32,
    epoch: u64,
    cancelled: Arc<AtomicBool>,
    not_before: Instant,
    /// Since when the committed offsets are undecided, or the stable end lies behind.
    held_up_since: Option<Instant>,
    reminded: Instant,
}

enum Attempt<T> {
    Ready(T, Redo),
    /// Nothing is lost; other partitions first.
    NotYet(Duration),
    Cancelled,
}

pub struct Restorer<T: PartitionTask> {
    jobs: Option<mpsc::Sender<Job>>,
    outcomes: mpsc::Receiver<RestoreStep<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: PartitionTask> Restorer<T> {
    pub fn spawn(
        connection: &Connection,
        refuse_missing_history: bool,
        worker: usize,
        make_task: Arc<MakeTask<T>>,
        waker: &Arc<Waker>,
        observer: &Arc<dyn Observer>,
    ) -> anyhow::Result<Self> {
        let reader = Reader::new(connection, worker).context("making the clients that restore")?;
        let (jobs, incoming) = mpsc::channel();
        let (report, outcomes) = mpsc::channel();
        let thread = RestoreThread {
            reader,
            make_task,
            inputs: connection.topics.inputs.clone(),
            changelog: connection.topics.changelog().map(str::to_owned),
            group: connection.application_id.clone(),
            transaction_timeout: Duration::from_millis(connection.transaction_timeout_ms.into()),
            refuse_missing_history,
            report,
            waker: waker.clone(),
            observer: observer.clone(),
        };
        let builder = std::thread::Builder::new().name(format!("restore-{worker}"));
        let handle = builder.spawn(move || thread.run(&incoming)).context("starting the restore thread")?;
        Ok(Self { jobs: Some(jobs), outcomes, thread: Some(handle) })
    }

    /// Restores the partition; setting `cancelled` ends it without an outcome.
    pub fn restore(&self, partition: i32, epoch: u64, cancelled: &Arc<AtomicBool>) {
        let now = Instant::now();
        let job = Job { partition, epoch, cancelled: cancelled.clone(), not_before: now, held_up_since: None, reminded: now };
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        assert!(sent, "partition {partition}: the restore thread is gone");
    }

    pub fn next_outcome(&self) -> Option<RestoreStep<T>> {
        match self.outcomes.try_recv() {
            Ok(step) => Some(step),
            Err(mpsc::TryRecvError::Empty) => None,
            Err(mpsc::TryRecvError::Disconnected) => panic!("the restore thread is gone"),
        }
    }
}

impl<T: PartitionTask> Drop for Restorer<T> {
    fn drop(&mut self) {
        self.jobs = None;
        // Bounded: closing a client may hang (librdkafka#4884), and nothing depends on it.
        let deadline = Instant::now() + Duration::from_secs(3);
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

struct RestoreThread<T: PartitionTask> {
    reader: Reader,
    make_task: Arc<MakeTask<T>>,
    inputs: Vec<String>,
    /// `None`: there is no state, and nothing but the group's offsets is asked for.
    changelog: Option<String>,
    group: String,
    transaction_timeout: Duration,
    refuse_missing_history: bool,
    report: mpsc::Sender<RestoreStep<T>>,
    waker: Arc<Waker>,
    observer: Arc<dyn Observer>,
}

impl<T: PartitionTask> RestoreThread<T> {
    fn run(self, incoming: &mpsc::Receiver<Job>) {
        // Where cores are scarce, partitions that run come before those that are restored beside them.
        // SAFETY: a number for the kernel, which takes 0 for the calling thread.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) };
        let mut jobs: VecDeque<Job> = VecDeque::new();
        loop {
            let wait = jobs.iter().map(|job| job.not_before.saturating_duration_since(Instant::now())).min();
            let arrived = match wait {
                None => incoming.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                Some(wait) => incoming.recv_timeout(wait),
            };
            match arrived {
                Ok(job) => jobs.push_back(job),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
            jobs.extend(incoming.try_iter());
            jobs.retain(|job| !job.cancelled.load(Ordering::Relaxed));
            let now = Instant::now();
            let Some(due) = jobs.iter().position(|job| job.not_before <= now) else { continue };
            let mut job = jobs.remove(due).expect("just found");
            let (partition, epoch) = (job.partition, job.epoch);
            match self.attempt(&mut job) {
                Ok(Attempt::Ready(task, redo)) => self.tell(RestoreStep::Ready { partition, epoch, task, redo }),
                Ok(Attempt::Cancelled) => {}
                Ok(Attempt::NotYet(wait)) => {
                    job.not_before = Instant::now() + wait;
                    jobs.push_back(job);
                }
                Err(error) => self.tell(RestoreStep::Failed { partition, epoch, error }),
            }
        }
    }

    fn tell(&self, outcome: RestoreStep<T>) {
        // A worker that is gone needs no answer.
        let _ = self.report.send(outcome);
        self.waker.wake();
    }

    fn attempt(&self, job: &mut Job) -> anyhow::Result<Attempt<T>> {
        let partition = job.partition;
        let described = match self.reader.describe(&self.inputs, self.changelog.as_deref()) {
            Ok((described, None)) => described,
            Ok((_, Some(differ))) => return Err(differ.into()),
            Err(error) => return self.asking_failed(job, &self.names(), error),
        };
        let committed = match self.reader.group_offsets(&self.inputs, partition) {
            Ok(committed) => committed,
            Err(error) => return self.undecided(job, error),
        };
        let mut task = (self.make_task)(partition);
        if let Some(changelog) = &self.changelog
            && let Some(not_ready) = self.read_changelog(job, changelog, &mut task)?
        {
            return Ok(not_ready);
        }
        self.observer.restore_remaining(partition, 0);
        let inputs = Inputs { committed, ..described };
        let redo = match task.restored(&inputs) {
            Ok(redo) => redo,
            Err(refusal) => {
                // Offsets and changelog are read one after the other. Where they moved in between, another member commits: it has the
                // partition, or is about to give it up, and this one will hear so from the group.
                match self.reader.group_offsets(&self.inputs, partition) {
                    Ok(now) if now == inputs.committed => {}
                    Ok(_) => {
                        tracing::warn!(partition, "another member of group {} commits the partition; restoring anew", self.group);
                        return Ok(Attempt::NotYet(RETRY));
                    }
                    Err(error) => return self.undecided(job, error),
                }
                bail!(
                    "partition {partition} of {} cannot be taken on: {refusal} (group {}, committed {:?})",
                    self.names(),
                    self.group,
                    inputs.committed
                );
            }
        };
        if let Some(quiet_to) = &redo.quiet_to {
            tracing::error!(
                partition, resume = ?redo.resume, group_offsets = ?quiet_to, changelog = self.changelog,
                "the changelog is behind the group's offsets: a broker lost a commit marker. Running from the changelog's offset to the \
                 group's with publishing off"
            );
        }
        for (input, topic) in self.inputs.iter().enumerate() {
            let watermarks = match self.reader.watermarks(topic, partition) {
                Ok(watermarks) => watermarks,
                Err(error) => return self.asking_failed(job, topic, error),
            };
            in_range(topic, partition, &redo, input, watermarks, self.way_out())?;
            if redo.resume[input] == Resume::Beginning && watermarks.0 > 0 {
                self.history_is_missing(topic, partition, watermarks.0)?;
                // Told once: where nothing is left, no record ever says from where it was read on.
                task.skip(input, watermarks.0);
            }
        }
        self.tell(RestoreStep::Redoing { partition, epoch: job.epoch });
        for (input, topic) in self.inputs.iter().enumerate() {
            let (from, until) = (redo.from[input], redo.to[input]);
            if from >= until {
                continue;
            }
            let range = Range { topic, partition, from, until, end_is_enough: true };
            let mut apply = |records: &[Record<'_>]| {
                task.redo(input, records);
                Ok(())
            };
            let remaining = &mut |position: i64| self.observer.redo_remaining(partition, (until - position).max(0));
            match self.reader.read(range, &job.cancelled, &mut apply, remaining)? {
                ReadEnd::Done { .. } => {}
                ReadEnd::Cancelled => return Ok(Attempt::Cancelled),
                ReadEnd::Stalled { position } => {
                    tracing::warn!(partition, position, until, "{topic}: no record for a minute; restoring anew");
                    return Ok(Attempt::NotYet(RETRY_AFTER_ERROR));
                }
            }
        }
        self.observer.redo_remaining(partition, 0);
        Ok(Attempt::Ready(task, redo))
    }

    /// Hands the changelog to the task, up to its end; `Some`: it is not ready.
    fn read_changelog(&self, job: &mut Job, changelog: &str, task: &mut T) -> anyhow::Result<Option<Attempt<T>>> {
        let partition = job.partition;
        let (low, high) = match self.reader.watermarks(changelog, partition) {
            Ok(watermarks) => watermarks,
            Err(error) => return self.asking_failed(job, changelog, error).map(Some),
        };
        if high <= low {
            return Ok(None);
        }
        let stable = match self.reader.stable_end(changelog, partition) {
            Ok(stable) => stable,
            Err(error) => return self.asking_failed(job, changelog, error).map(Some),
        };
        let end_is_enough = stable < high;
        if end_is_enough && !is_stuck(job, changelog, self.transaction_timeout, stable, high) {
            return Ok(Some(Attempt::NotYet(RETRY)));
        }
        let started = Instant::now();
        let range = Range { topic: changelog, partition, from: -1, until: high, end_is_enough };
        let mut records = 0u64;
        let mut restore = |some: &[Record<'_>]| {
            records += some.len() as u64;
            task.restore(some)
        };
        let remaining = &mut |position: i64| self.observer.restore_remaining(partition, (high - position).max(0));
        match self.reader.read(range, &job.cancelled, &mut restore, remaining)? {
            ReadEnd::Done { position } => {
                tracing::info!(partition, records, position, high_watermark = high, took = ?started.elapsed(), "changelog read");
                Ok(None)
            }
            ReadEnd::Cancelled => Ok(Some(Attempt::Cancelled)),
            ReadEnd::Stalled { position } => {
                tracing::warn!(partition, position, high_watermark = high, "{changelog}: no record for a minute; reading it anew");
                Ok(Some(Attempt::NotYet(RETRY_AFTER_ERROR)))
            }
        }
    }

    /// What is to be read from its beginning begins above offset 0.
    fn history_is_missing(&self, topic: &str, partition: i32, low: i64) -> anyhow::Result<()> {
        let missing = format!(
            "{topic} partition {partition}: it is read for the first time, and begins at offset {low}: what stood before has been removed, by \
             retention (which goes by the times that records bear: a history written with its own times is gone within minutes) or by hand. \
             What it said is in no window"
        );
        if self.refuse_missing_history {
            bail!("{missing}. topics.on_missing_history = \"refuse\" ends the process for it; \"warn\" begins with what is left");
        }
        tracing::warn!("{missing}; beginning with what is left");
        Ok(())
    }

    /// What may be done where offsets lead nowhere.
    fn way_out(&self) -> &'static str {
        if self.changelog.is_some() { START_OVER } else { SET_OFFSETS }
    }

    fn names(&self) -> String {
        self.inputs.join(", ")
    }

    /// The committed offsets could not be had. Never given up: either outcome may still come, and both are guesses until then.
    fn undecided(&self, job: &mut Job, error: KafkaError) -> anyhow::Result<Attempt<T>> {
        if is_refused(&error) {
            return Err(anyhow!(error).context(format!("reading the offsets of group {}", self.group)));
        }
        let since = *job.held_up_since.get_or_insert_with(Instant::now);
        if job.reminded.elapsed() > REMIND {
            job.reminded = Instant::now();
            tracing::error!(
                partition = job.partition, group = %self.group, waiting = ?since.elapsed(), %error,
                "the group's offsets cannot be had: the broker is away, or a transaction that carries offsets is undecided. If that lasts \
                 longer than transaction.timeout.ms: kafka-transactions.sh find-hanging, then abort"
            );
        }
        Ok(Attempt::NotYet(RETRY))
    }

    fn asking_failed(&self, job: &mut Job, topic: &str, error: KafkaError) -> anyhow::Result<Attempt<T>> {
        if is_refused(&error) {
            return Err(anyhow!(error).context(format!("asking for the offsets of {topic} partition {}", job.partition)));
        }
        if job.reminded.elapsed() > REMIND {
            job.reminded = Instant::now();
            let what = match error {
                KafkaError::AdminOp(RDKafkaErrorCode::UnknownTopicOrPartition) => "a topic is not there",
                _ => "cannot ask for offsets",
            };
            tracing::warn!(partition = job.partition, topic, %error, "{what}; asking again");
        }
        Ok(Attempt::NotYet(RETRY_AFTER_ERROR))
    }
}

/// Whether to stop waiting for the stable end.
fn is_stuck(job: &mut Job, changelog: &str, transaction_timeout: Duration, stable: i64, high: i64) -> bool {
    let since = *job.held_up_since.get_or_insert_with(Instant::now);
    let waited = since.elapsed();
    let partition = job.partition;
    if waited <= transaction_timeout + STUCK_AFTER {
        if job.reminded.elapsed() > REMIND {
            job.reminded = Instant::now();
            tracing::warn!(
                partition,
                stable,
                high_watermark = high,
                ?waited,
                "{changelog}: waiting for an open transaction to be decided before restoring"
            );
        }
        return false;
    }
    tracing::error!(
        partition,
        stable,
        high_watermark = high,
        ?waited,
        "{topic} partition {partition}: its last stable offset stays behind its end beyond the transaction timeout, so a commit marker \
         was lost. Going on with what is readable. Until it is freed, every restore will start from there: kafka-transactions.sh abort \
         --topic {topic} --partition {partition} --start-offset {stable}",
        topic = changelog
    );
    true
}

fn is_refused(error: &KafkaError) -> bool {
    let code = match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    };
    matches!(
        code,
        Some(
            RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition
        )
    )
}

/// Whether what the task wants to read is there: retention may have removed it (quix-streams#1114). Never a silent reset.
fn in_range(topic: &str, partition: i32, redo: &Redo, input: usize, (low, high): (i64, i64), way_out: &str) -> anyhow::Result<()> {
    let (from, until) = (redo.from[input], redo.to[input]);
    if from < until && from < low {
        bail!(
            "{topic} partition {partition}: offsets {from}..{until} are to be redone, but the topic begins at {low}: retention removed input \
             that the state does not hold yet. Give the topic a longer retention. {way_out}"
        );
    }
    if let Resume::Offset(offset) = redo.resume[input] {
        if offset < low {
            bail!(
                "{topic} partition {partition}: the next offset is {offset}, but the topic begins at {low}: what stood at {offset}..{low} was \
                 removed before it was read, records or the markers of transactions. Nothing is reset silently. {way_out}"
            );
        }
        if offset > high {
            bail!(
                "{topic} partition {partition}: the next offset is {offset}, but the topic ends at {high}: was it deleted and created anew, or did \
                 brokers lose what they had acknowledged? {way_out}"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_read_has_to_be_there() {
        let redo = |from, to, resume| Redo { from: vec![from], to: vec![to], quiet_to: None, resume: vec![resume] };
        let table = [
            (redo(0, 0, Resume::Beginning), (50, 90), None),
            (redo(10, 10, Resume::Offset(50)), (50, 90), None),
            (redo(50, 60, Resume::Offset(60)), (50, 90), None),
            (redo(90, 90, Resume::Offset(90)), (50, 90), None),
            (redo(49, 60, Resume::Offset(60)), (50, 90), Some("offsets 49..60 are to be redone, but the topic begins at 50")),
            (redo(49, 49, Resume::Offset(49)), (50, 90), Some("the next offset is 49, but the topic begins at 50")),
            (redo(91, 91, Resume::Offset(91)), (50, 90), Some("the next offset is 91, but the topic ends at 90")),
        ];
        for (redo, watermarks, expected) in table {
            match (in_range("inputs", 3, &redo, 0, watermarks, START_OVER), expected) {
                (Ok(()), None) => {}
                (Err(error), Some(part)) => {
                    assert!(error.to_string().contains(part) && error.to_string().contains("inputs partition 3"), "{error}")
                }
                (result, _) => panic!("{redo:?} {watermarks:?}: {result:?}, expected {expected:?}"),
            }
        }
    }
}
