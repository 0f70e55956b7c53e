//! The loop of a worker.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::commit::{LastCommit, Pending, Since};
use super::fence::FenceGuard;
use super::mailbox::Mailbox;
use super::observer::{CommitReport, Observer};
use super::resend::Refusal;
use super::restorer::{MakeTask, RestoreStep, Restorer};
use super::seat::{OutOfRange, Seat};
use super::tenure::{Moment, Tenure};
use super::{WorkerSettings, catching};
use crate::kafka::Outages;
use crate::kafka::consumer::GroupMember;
use crate::kafka::ends::EndWatch;
use crate::kafka::orphans::OrphanWatch;
use crate::kafka::queue::Waker;
use crate::kafka::transaction::TransactionalProducer;
use crate::kafka::{Connection, Failure};
use crate::partition::{Checkpoint, PartitionTask, Share, wall_clock_ms};

/// A record that waited so long before it was read belongs to a backlog. By the timestamps of the records, on the wall clock.
const BACKLOG_AGE: Duration = Duration::from_secs(5);

/// Records of one partition before the next has its turn.
const TURN: usize = 256;
/// Accounts of one partition that live through a day boundary between two turns.
const ROLL: usize = 32;
/// What is asked at once after a quiet while is answered for so long without a break.
const ANSWERS_AT_ONCE: Duration = Duration::from_millis(50);
/// An idle worker looks around so often, for the stop and the watchdog's sake; records wake it at once.
const IDLE: Duration = Duration::from_millis(50);
/// Within a long commit the member is polled so often.
const POLL_WITHIN_COMMIT: Duration = Duration::from_millis(100);
const REPORT: Duration = Duration::from_secs(1);
/// Where a topic was deleted and created anew, whoever reads from it may hear of it some looks before the one that tells its id.
const EXPLAINED_WITHIN: Duration = Duration::from_secs(5);

pub(super) struct Worker<'a, T: PartitionTask> {
    pub(super) index: usize,
    pub(super) connection: &'a Connection,
    pub(super) settings: &'a WorkerSettings,
    pub(super) observer: &'a Arc<dyn Observer>,
    pub(super) mailbox: &'a Mailbox<T::Request>,
    pub(super) ends: &'a EndWatch,
    orphans: &'a OrphanWatch,
    pub(super) stop: &'a AtomicBool,
    pub(super) waker: Arc<Waker>,
    pub(super) outages: Arc<Outages>,
    pub(super) topics: Arc<[String]>,
    /// Questions from the mailbox; the sender is what the mailbox is given.
    letters: mpsc::Receiver<(i32, T::Request)>,
    letter_slot: mpsc::Sender<(i32, T::Request)>,
    /// Before the member: its queues keep the client alive.
    pub(super) seats: BTreeMap<i32, Seat<T>>,
    /// `None` only while a new one is made.
    pub(super) member: Option<GroupMember>,
    pub(super) producer: Option<TransactionalProducer>,
    pub(super) restorer: Restorer<T>,
    pub(super) epoch: u64,
    pub(super) tenure: Tenure,
    pub(super) fences: FenceGuard,
    pub(super) last_turn: Instant,
    pub(super) suspended: Option<Instant>,
    pub(super) rejoins: u32,
    pub(super) last_rejoin: Option<Instant>,
    last_commit: LastCommit,
    /// What questions may take of the worker's time.
    share: Share,
    /// The last commit was refused. Until one succeeds nothing more is taken in, so that memory stays bounded.
    pub(super) refusal: Option<Refusal>,
    next_report: Instant,
}

/// Which partitions write everything that is dirty.
pub(super) enum Drain<'a> {
    Nothing,
    These(&'a [i32]),
}

impl<'a, T: PartitionTask> Worker<'a, T> {
    #[expect(clippy::too_many_arguments, reason = "what a worker is made of; called once")]
    pub(super) fn new(
        index: usize,
        connection: &'a Connection,
        settings: &'a WorkerSettings,
        make_task: Arc<MakeTask<T>>,
        observer: &'a Arc<dyn Observer>,
        mailbox: &'a Mailbox<T::Request>,
        ends: &'a EndWatch,
        orphans: &'a OrphanWatch,
        stop: &'a AtomicBool,
    ) -> anyhow::Result<Self> {
        let waker = Arc::new(Waker::default());
        let restorer = Restorer::spawn(connection, settings.refuse_missing_history, index, make_task, &waker, observer)?;
        let (letter_slot, letters) = mpsc::channel();
        let now = Instant::now();
        Ok(Self {
            index,
            connection,
            settings,
            observer,
            mailbox,
            ends,
            orphans,
            stop,
            waker,
            outages: Arc::default(),
            topics: connection.topics.inputs.clone().into(),
            letters,
            letter_slot,
            seats: BTreeMap::new(),
            member: None,
            producer: None,
            restorer,
            epoch: 0,
            tenure: Tenure::new(connection.classic_session(), Moment::now()),
            fences: FenceGuard::default(),
            last_turn: now,
            suspended: None,
            rejoins: 0,
            last_rejoin: None,
            last_commit: LastCommit::new(now),
            share: Share::new(ANSWERS_AT_ONCE, now),
            refusal: None,
            next_report: now,
        })
    }

    pub(super) fn run(mut self) -> anyhow::Result<()> {
        // Caught here, where the group can still be left: what unwinding drops would wait for a group that nobody answers any more.
        let result = catching(|| self.turns());
        if let Err(error) = &result {
            tracing::error!(worker = self.index, "the worker gives its partitions up: {error:#}");
        }
        self.end(result.is_ok());
        result
    }

    fn turns(&mut self) -> anyhow::Result<()> {
        // The group's join runs in the background while `init_transactions` waits: 3 ms to 1 s.
        self.join()?;
        self.renew_producer()?;
        while !self.stopping() {
            self.heartbeat("turn");
            if let Some(refusal) = self.ends.refusal() {
                bail!("{refusal}");
            }
            self.notice_suspension();
            self.poll_member()?;
            while let Some(outcome) = self.restorer.next_outcome() {
                self.on_outcome(outcome)?;
            }
            let seeking = self.seek_restored()?;
            let retry_at = self.refusal.map(|refusal| refusal.retry_at);
            let (busy, wait_until, rolling) = if retry_at.is_some() {
                (false, None, false)
            } else {
                let (busy, wait_until) = self.take_records()?;
                (busy, wait_until, self.advance_days())
            };
            self.answer_letters(busy);
            let now = Instant::now();
            let due = retry_at.or_else(|| self.settings.commit.due(&self.pending(busy), &self.last_commit, now));
            if due.is_some_and(|due| due <= now) {
                if let Err(failure) = self.commit(Drain::Nothing) {
                    self.recover(failure)?;
                }
                continue;
            }
            self.report(now)?;
            if busy || rolling {
                continue;
            }
            let mut until = now + if seeking { Duration::from_millis(5) } else { IDLE };
            for other in [due, wait_until].into_iter().flatten() {
                until = until.min(other);
            }
            self.waker.wait(until.saturating_duration_since(now));
        }
        Ok(())
    }

    pub(super) fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn heartbeat(&self, phase: &'static str) {
        self.observer.heartbeat(self.index, phase);
    }

    pub(super) fn wall_ms(&self) -> i64 {
        self.settings.clock.now_ms()
    }

    fn take_records(&mut self) -> anyhow::Result<(bool, Option<Instant>)> {
        let wall_ms = self.wall_ms();
        let member = self.member.as_ref().expect("a member while turning");
        let (mut busy, mut wait_until) = (false, None::<Instant>);
        for seat in self.seats.values_mut().filter(|seat| seat.is_running()) {
            let taken = seat.take(member, TURN, wall_ms, self.settings.max_idle).map_err(|error| explained(error, self.ends))?;
            busy |= seat.more;
            if let Some(until) = taken.wait_until {
                wait_until = Some(wait_until.map_or(until, |other| other.min(until)));
            }
        }
        Ok((busy, wait_until))
    }

    /// Lets the clocks of partitions without unread input follow the wall clock, and lives a few accounts through their day boundaries;
    /// true: there are more.
    fn advance_days(&mut self) -> bool {
        let member = self.member.as_ref().expect("a member while turning");
        let mut rolling = false;
        for (partition, seat) in self.seats.iter_mut().filter(|(_, seat)| seat.is_running()) {
            if let Some(ends) = self.ends.take(*partition) {
                for (topic, records) in seat.lags(&ends, member) {
                    self.observer.lag(topic, *partition, records);
                }
                seat.skip_what_is_no_record(member);
                seat.ends_are(ends);
            }
            let caught_up_ms = seat.caught_up_ms(member);
            let task = seat.task.as_mut().expect("a running seat has its task");
            if let Some(asked_ms) = caught_up_ms {
                task.caught_up(self.settings.clock.at(asked_ms));
            }
            rolling |= task.roll(ROLL);
            seat.note_pending();
        }
        rolling
    }

    fn answer_letters(&mut self, busy: bool) {
        while let Ok((partition, request)) = self.letters.try_recv() {
            // A letter to a partition that left meanwhile is dropped, which its sender sees.
            if let Some(task) = self.seats.get_mut(&partition).and_then(|seat| seat.task.as_mut()) {
                task.answer(request);
            }
        }
        self.share.refill(Instant::now(), busy);
        for seat in self.seats.values_mut().filter(|seat| seat.is_running()) {
            if let Some(task) = &mut seat.task {
                task.answer_asked(&mut self.share, false);
                if task.is_asked() {
                    seat.note_pending();
                }
            }
        }
    }

    fn on_outcome(&mut self, outcome: RestoreStep<T>) -> anyhow::Result<()> {
        match outcome {
            RestoreStep::Redoing { partition, epoch } => {
                if let Some(seat) = self.seats.get_mut(&partition).filter(|seat| seat.is_epoch(epoch)) {
                    seat.redoing();
                    self.observer.phase(self.index, partition, seat.phase().name());
                }
            }
            RestoreStep::Ready { partition, epoch, task, redo } => {
                if let Some(seat) = self.seats.get_mut(&partition).filter(|seat| seat.is_epoch(epoch)) {
                    seat.restored(task, redo);
                    self.observer.phase(self.index, partition, seat.phase().name());
                }
            }
            RestoreStep::Failed { partition, epoch, error } => {
                if self.seats.get(&partition).is_some_and(|seat| seat.is_epoch(epoch)) {
                    return Err(error.context(format!("restoring partition {partition}")));
                }
            }
        }
        Ok(())
    }

    /// Sets restored partitions running; true: some are not ready yet.
    fn seek_restored(&mut self) -> anyhow::Result<bool> {
        let member = self.member.as_ref().expect("a member while turning");
        let (mut waiting, mut failed) = (false, None);
        for (partition, seat) in self.seats.iter_mut().filter(|(_, seat)| seat.phase() == super::lifecycle::Phase::Seeking) {
            match seat.seek(member) {
                Ok(true) => {
                    self.ends.watch(*partition, &self.waker);
                    self.mailbox.open(*partition, self.index, &self.letter_slot, &self.waker);
                    self.observer.phase(self.index, *partition, seat.phase().name());
                    self.observer.running(self.index, *partition, seat.started().elapsed());
                }
                Ok(false) => waiting = true,
                Err(error) => failed = Some(format!("partition {partition} cannot be resumed: {error}")),
            }
        }
        if let Some(reason) = failed {
            self.rejoin(&reason)?;
        }
        Ok(waiting)
    }

    fn pending(&self, busy: bool) -> Pending {
        let recent_ms = wall_clock_ms() - BACKLOG_AGE.as_millis() as i64;
        Pending::of(self.seats.values().filter(|seat| seat.can_commit()).map(|seat| seat.waiting(recent_ms)), busy)
    }

    /// One transaction with the outputs, state changes and offsets of all partitions that have any. On failure
    /// the tasks' memory is ahead of what was committed: the caller has to [`Worker::recover`].
    pub(super) fn commit(&mut self, drain: Drain<'_>) -> Result<(), Failure> {
        let drained = |partition: &i32| matches!(drain, Drain::These(those) if those.contains(partition));
        let started = Instant::now();
        let deadline = started + self.settings.drain_within;
        let in_time = || Instant::now() < deadline;
        let (observer, index) = (self.observer, self.index);
        let member = self.member.as_ref().expect("a member while committing");
        let producer = self.producer.as_mut().expect("a producer while committing");
        let mut polled = started;
        let mut keep_alive = |phase: &'static str| {
            observer.heartbeat(index, phase);
            if polled.elapsed() > POLL_WITHIN_COMMIT {
                member.poll();
                polled = Instant::now();
            }
        };
        let mut report = CommitReport::default();
        let mut committing: Vec<i32> = Vec::new();
        let mut offsets = TopicPartitionList::new();
        let mut cause_ms: Option<i64> = None;
        keep_alive("commit: prepare");
        for (partition, seat) in &mut self.seats {
            let drains = drained(partition);
            let takes_part = seat.wants_commit() || (drains && seat.can_commit());
            if !takes_part {
                // Nothing is to be committed: the next due is reckoned anew.
                seat.since = Since::default();
                continue;
            }
            let checkpoint = if drains { Checkpoint::All { in_time: &in_time } } else { Checkpoint::Slice };
            let task = seat.task.as_mut().expect("a seat that commits has its task");
            task.prepare_commit(checkpoint, started);
            for publish in task.outbox().iter() {
                producer.send(*partition, publish, &mut keep_alive)?;
            }
            report.resent += seat.refused as u64;
            seat.refused = task.outbox().len();
            for (place, offset) in seat.offsets() {
                let added = offsets.add_partition_offset(&self.topics[place.input], place.partition, Offset::Offset(offset));
                added.map_err(|error| {
                    let context = format!("offset {offset} of {} partition {}", self.topics[place.input], place.partition);
                    Failure::new(crate::kafka::Step::SendOffsets, error, context)
                })?;
            }
            cause_ms = [cause_ms, seat.since.cause_ms].into_iter().flatten().min();
            committing.push(*partition);
        }
        if committing.is_empty() {
            self.refusal = None;
            return Ok(());
        }
        producer.begin()?;
        let (tenure, mut asked) = (&mut self.tenure, Moment::now());
        let mut metadata = || {
            asked = Moment::now();
            let metadata = member.group_metadata();
            // The generation is looked at after: it is the one of the metadata, or a later one, and then the broker refuses the metadata.
            tenure.observe(member.generation(), asked).ok()?;
            metadata
        };
        report.times = producer.commit(&offsets, &mut metadata, &mut keep_alive)?;
        tenure.accepted(asked);
        for partition in &committing {
            self.seats.get_mut(partition).expect("still there").committed(&mut self.share);
        }
        let ended = Instant::now();
        if let Some(refusal) = self.refusal.take() {
            let after = refusal.lasts(ended);
            tracing::info!(
                worker = index,
                records = report.resent,
                ?after,
                "the records of a refused commit were sent again, and committed"
            );
        }
        report.took = ended - started;
        self.last_commit.note(ended, report.took);
        observer.commit(index, &report);
        if let Some(cause_ms) = cause_ms.filter(|cause_ms| *cause_ms >= 0) {
            let took = u64::try_from(wall_clock_ms() - cause_ms).unwrap_or(0);
            observer.end_to_end(index, Duration::from_millis(took));
        }
        Ok(())
    }

    fn report(&mut self, now: Instant) -> anyhow::Result<()> {
        if now < self.next_report {
            return Ok(());
        }
        self.next_report = now + REPORT;
        if !self.is_continuous() {
            return self.rejoin_after_absence();
        }
        let id = self.member.as_ref().and_then(GroupMember::id);
        if id.is_some_and(|id| self.orphans.must_leave(&id)) {
            return self.leave_for("the group needs a rebalance", self.connection.session_timeout());
        }
        for (partition, seat) in &self.seats {
            if let Some(task) = &seat.task {
                self.observer.gauges(*partition, &task.gauges());
            }
            if seat.is_gathering_for(Duration::from_secs(30)) {
                tracing::error!(
                    worker = self.index, partition, missing = ?seat.missing(),
                    "the group gave this worker the partition in some input topics only; it waits. Do all members of the group subscribe to \
                     the same topics with the same assignment strategy?"
                );
            }
        }
        Ok(())
    }

    /// A clean end: everything that is dirty is written, the partitions given up, the group left. After an error nothing is written.
    fn end(&mut self, clean: bool) {
        let clean = clean && self.ends.refusal().is_none();
        if clean && self.producer.is_some() && self.member.is_some() {
            self.heartbeat("drain");
            let running: Vec<i32> = self.seats.iter().filter(|(_, seat)| seat.is_running()).map(|(partition, _)| *partition).collect();
            let member = self.member.as_ref().expect("just looked at");
            for partition in &running {
                self.seats.get_mut(partition).expect("just found").drain(member);
            }
            match self.commit(Drain::These(&running)) {
                Ok(()) => tracing::info!(worker = self.index, partitions = ?running, "committed; leaving the group"),
                // Nothing is lost: the successor redoes what was not committed.
                Err(failure) => {
                    tracing::warn!(worker = self.index, "the last commit failed, the successor redoes its input: {failure}");
                    if let Some(producer) = &mut self.producer {
                        let _ = producer.abort(&mut |_| {});
                    }
                }
            }
        }
        self.close_all();
        self.heartbeat("leave");
        if let Some(member) = self.member.take()
            && !member.leave(self.settings.leave_within)
        {
            tracing::warn!(worker = self.index, "leaving the group took too long; the broker ends the session");
        }
        self.producer = None;
    }
}

/// An offset that is out of range is the reader's view of a topic that was created anew, which the look at the topics tells with the ways out.
fn explained(error: anyhow::Error, ends: &EndWatch) -> anyhow::Error {
    if !error.is::<OutOfRange>() {
        return error;
    }
    let until = Instant::now() + EXPLAINED_WITHIN;
    while ends.refusal().is_none() && Instant::now() < until {
        std::thread::sleep(IDLE);
    }
    ends.refusal().map_or(error, |refusal| anyhow!("{refusal}"))
}
