//! One partition on a worker: its queues, its task, where it is in its life.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::Offset;

use super::commit::{Since, Waiting};
use super::lifecycle::{Lifecycle, Phase};
use super::merge::{self, Choice, Head};
use crate::engine::TOGETHER;
use crate::kafka::consumer::{GroupMember, MemberContext, Place};
use crate::kafka::ends::Ends;
use crate::kafka::message::Message;
use crate::kafka::queue::PartitionQueue;
use crate::partition::{PartitionTask, Redo, Resume, Share};

/// Records taken from a queue at once.
const BATCH: usize = 500;

/// The broker does not know the offset that is to be read next.
#[derive(Debug, thiserror::Error)]
#[error(
    "{topic} partition {partition}: the next offset {next} is out of range: retention removed it before it was read, or the topic was created \
     anew ({why}). Nothing is reset silently"
)]
pub struct OutOfRange {
    topic: String,
    partition: i32,
    next: i64,
    why: String,
}

struct Input {
    queue: PartitionQueue<MemberContext>,
    /// The next one last.
    batch: Vec<Message>,
    /// The next offset to hand to the task; what lies below is skipped.
    next: i64,
    /// Since when nothing is at hand.
    idle_since: Instant,
    /// Reads from the beginning and has met no record yet: there is no offset worth committing.
    offset_unknown: bool,
    /// An error came. librdkafka takes it for a record, at the offset that it was to fetch, and moves its position past that: until it is sought
    /// back, the position says nothing, and a pause would go on behind a record that nobody has seen.
    position_unknown: bool,
}

/// What [`Seat::take`] did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    pub records: u64,
    /// Records are held back, for a topic that lags, until then.
    pub wait_until: Option<Instant>,
}

pub struct Seat<T> {
    partition: i32,
    life: Lifecycle,
    topics: Arc<[String]>,
    /// Per input topic; `None`: not assigned.
    inputs: Vec<Option<Input>>,
    pub task: Option<T>,
    /// So many of the outbox's records were in a transaction already, which was refused.
    pub refused: usize,
    epoch: u64,
    cancelled: Arc<AtomicBool>,
    started: Instant,
    resume: Vec<Resume>,
    sought: usize,
    /// Up to there nothing is committed: the changelog was behind the group, and committing would move the group's offset back.
    quiet_to: Option<Vec<i64>>,
    /// The ends that are to be reached, and newer ones. The older are kept until then: a producer that always has a transaction open would
    /// otherwise keep the clock from ever following the wall, for the end moves on with each answer.
    ends: Option<Ends>,
    newer_ends: Option<Ends>,
    pub since: Since,
    /// The timestamp of the record taken in last.
    read_to_ms: Option<i64>,
    /// The last turn left more to be taken in.
    pub more: bool,
}

impl<T: PartitionTask> Seat<T> {
    pub fn new(partition: i32, topics: Arc<[String]>) -> Self {
        Self {
            partition,
            life: Lifecycle::new(partition),
            inputs: topics.iter().map(|_| None).collect(),
            topics,
            task: None,
            refused: 0,
            epoch: 0,
            cancelled: Arc::default(),
            started: Instant::now(),
            resume: Vec::new(),
            sought: 0,
            quiet_to: None,
            ends: None,
            newer_ends: None,
            since: Since::default(),
            read_to_ms: None,
            more: false,
        }
    }

    pub fn phase(&self) -> Phase {
        self.life.phase()
    }

    pub fn is_running(&self) -> bool {
        self.phase() == Phase::Running
    }

    /// The input topic's queue; it is assigned to this worker.
    pub fn attach(&mut self, input: usize, queue: PartitionQueue<MemberContext>) {
        let idle_since = Instant::now();
        self.inputs[input] = Some(Input { queue, batch: Vec::new(), next: 0, idle_since, offset_unknown: true, position_unknown: true });
    }

    /// The input topic's queue is gone, and the partition with it.
    pub fn detach(&mut self, input: usize) {
        self.inputs[input] = None;
    }

    pub fn is_complete(&self) -> bool {
        self.inputs.iter().all(Option::is_some)
    }

    pub fn is_empty(&self) -> bool {
        self.inputs.iter().all(Option::is_none)
    }

    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        let partition = self.partition;
        self.inputs.iter().enumerate().filter(|(_, input)| input.is_some()).map(move |(input, _)| Place { input, partition })
    }

    /// The names of the input topics that are not assigned here.
    pub fn missing(&self) -> Vec<&str> {
        let topics = self.topics.iter().zip(&self.inputs);
        topics.filter(|(_, input)| input.is_none()).map(|(topic, _)| topic.as_str()).collect()
    }

    /// What waits for a commit. Records from before `recent_ms` belong to a backlog.
    pub fn waiting(&self, recent_ms: i64) -> Waiting {
        Waiting {
            since: self.since,
            bytes: self.task.as_ref().map_or(0, |task| task.outbox().bytes()),
            more: self.more,
            in_backlog: self.read_to_ms.is_some_and(|read_to_ms| read_to_ms < recent_ms),
        }
    }

    /// Since when it restores, or gathers.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Forgets everything in memory and begins a restore under a new epoch. Returns what the restorer is to be given.
    pub fn begin_restore(&mut self, epoch: u64) -> &Arc<AtomicBool> {
        self.forget();
        self.life.become_(Phase::Restoring);
        self.epoch = epoch;
        self.cancelled = Arc::default();
        self.started = Instant::now();
        &self.cancelled
    }

    fn forget(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.task = None;
        self.refused = 0;
        self.quiet_to = None;
        self.ends = None;
        self.newer_ends = None;
        self.since = Since::default();
        self.read_to_ms = None;
        self.more = false;
        for input in self.inputs.iter_mut().flatten() {
            input.batch.clear();
        }
    }

    pub fn is_epoch(&self, epoch: u64) -> bool {
        self.epoch == epoch
    }

    pub fn redoing(&mut self) {
        self.life.become_(Phase::Redoing);
    }

    pub fn restored(&mut self, task: T, redo: Redo) {
        self.life.become_(Phase::Seeking);
        self.task = Some(task);
        self.resume = redo.resume;
        self.quiet_to = redo.quiet_to;
        self.sought = 0;
    }

    /// Takes the member to where the task goes on; true: all is set and it runs. False: librdkafka is not ready, to be tried again.
    pub fn seek(&mut self, member: &GroupMember) -> Result<bool, rdkafka::error::KafkaError> {
        while self.sought < self.inputs.len() {
            let index = self.sought;
            let input = self.inputs[index].as_mut().expect("a seat seeks when it is complete");
            // Whatever came before the seek.
            loop {
                input.queue.fetch(BATCH, &mut input.batch);
                if input.batch.is_empty() {
                    break;
                }
                input.batch.clear();
            }
            let (offset, next) = match self.resume[index] {
                Resume::Offset(offset) => (Offset::Offset(offset), offset),
                Resume::Beginning => (Offset::Beginning, self.task.as_ref().map_or(0, |task| task.next_offsets()[index])),
            };
            if let Err(error) = member.seek(Place { input: index, partition: self.partition }, offset) {
                tracing::debug!(partition = self.partition, topic = self.topics[index], %error, "cannot seek yet");
                return Ok(false);
            }
            input.next = next;
            input.idle_since = Instant::now();
            input.offset_unknown = self.resume[index] == Resume::Beginning && next == 0;
            input.position_unknown = false;
            self.sought += 1;
        }
        let places: Vec<Place> = self.places().collect();
        member.start(&places)?;
        self.task.as_mut().expect("a seat that seeks has its task").run();
        self.life.become_(Phase::Running);
        Ok(true)
    }

    /// Hands up to `budget` records to the task, in the order of [`merge`].
    pub fn take(&mut self, member: &GroupMember, budget: usize, wall_ms: i64, max_idle: Duration) -> anyhow::Result<Taken> {
        self.regain_positions(member);
        let mut taken = Taken::default();
        if self.inputs.len() == 1 {
            while taken.records < budget as u64 && self.refill(0)? {
                taken.records += self.give(0, budget - taken.records as usize, wall_ms);
            }
        } else {
            self.take_merged(member, budget, wall_ms, max_idle, &mut taken)?;
        }
        self.more = taken.wait_until.is_none() && self.has_at_hand();
        self.since.records += taken.records;
        Ok(taken)
    }

    /// After an error, back to the next record.
    fn regain_positions(&mut self, member: &GroupMember) {
        for (index, input) in self.inputs.iter_mut().enumerate() {
            let Some(input) = input.as_mut().filter(|input| input.position_unknown) else { continue };
            let (place, next) = (Place { input: index, partition: self.partition }, Offset::Offset(input.next));
            match member.seek(place, if input.offset_unknown { Offset::Beginning } else { next }) {
                Ok(()) => input.position_unknown = false,
                Err(error) => tracing::debug!(partition = self.partition, topic = self.topics[index], %error, "cannot seek back yet"),
            }
        }
    }

    fn take_merged(
        &mut self,
        member: &GroupMember,
        budget: usize,
        wall_ms: i64,
        max_idle: Duration,
        taken: &mut Taken,
    ) -> anyhow::Result<()> {
        let mut heads = Vec::with_capacity(self.inputs.len());
        while taken.records < budget as u64 {
            heads.clear();
            for index in 0..self.inputs.len() {
                let ready = self.refill(index)?;
                let input = self.inputs[index].as_ref().expect("a running seat is complete");
                heads.push(match input.batch.last() {
                    Some(message) if ready => Head::Ready(message.timestamp_ms()),
                    _ if self.is_at_end(index, member) => Head::AtEnd,
                    _ => Head::Waiting(input.idle_since),
                });
            }
            match merge::choose(&heads, Instant::now(), max_idle) {
                Choice::Take(index) => taken.records += self.give(index, 1, wall_ms),
                Choice::WaitUntil(until) => {
                    taken.wait_until = Some(until);
                    return Ok(());
                }
                Choice::Nothing => return Ok(()),
            }
        }
        Ok(())
    }

    /// Makes sure that the input's next record is at hand, serving the partition's events on the way; false: there is none.
    fn refill(&mut self, index: usize) -> anyhow::Result<bool> {
        let (topic, partition) = (&self.topics[index], self.partition);
        let input = self.inputs[index].as_mut().expect("a running seat is complete");
        loop {
            let Some(message) = input.batch.last() else {
                input.queue.fetch(BATCH, &mut input.batch);
                if input.batch.is_empty() {
                    return Ok(false);
                }
                continue;
            };
            match message.error() {
                None => return Ok(true),
                // auto.offset.reset=error.
                Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                    let why = message.error_text();
                    return Err(OutOfRange { topic: topic.clone(), partition, next: input.next, why }.into());
                }
                Some(code) if message.is_unreadable() => {
                    bail!("{topic} partition {partition}, offset {}: cannot be read: {} ({code:?})", message.offset(), message.error_text())
                }
                Some(code) => {
                    input.position_unknown = true;
                    tracing::warn!(topic, partition, ?code, "{}; reading goes on", message.error_text());
                }
            }
            input.batch.pop();
        }
    }

    /// Hands the record at hand to the task, and up to so many in all of those behind it. Returns how many: an old one is skipped.
    fn give(&mut self, index: usize, at_most: usize, wall_ms: i64) -> u64 {
        let input = self.inputs[index].as_mut().expect("a running seat is complete");
        let at_most = at_most.min(TOGETHER);
        let mut messages = Vec::with_capacity(at_most);
        while messages.len() < at_most
            && let Some(message) = input.batch.pop_if(|message| message.error().is_none())
        {
            if message.offset() >= input.next {
                input.next = message.offset() + 1;
                messages.push(message);
            }
        }
        if input.batch.is_empty() {
            input.idle_since = Instant::now();
        }
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return 0 };
        self.read_to_ms = Some(last.timestamp_ms());
        input.offset_unknown = false;
        let task = self.task.as_mut().expect("a running seat has its task");
        let records: Vec<_> = messages.iter().map(Message::record).collect();
        task.process(index, &records, wall_ms);
        if self.since.outputs.is_none() && (!task.outbox().is_empty() || task.is_asked()) {
            self.since.outputs = Some(Instant::now());
            self.since.cause_ms = Some(first.timestamp_ms());
        }
        if self.since.changes.is_none() {
            self.since.changes = Some(Instant::now());
        }
        messages.len() as u64
    }

    /// Notes what came of rolling or of the clock, which no record caused.
    pub fn note_pending(&mut self) {
        let Some(task) = &self.task else { return };
        if self.since.outputs.is_none() && !task.outbox().is_empty() {
            self.since.outputs = Some(Instant::now());
        }
        if self.since.changes.is_none() && task.has_changes() {
            self.since.changes = Some(Instant::now());
        }
    }

    /// Up to where the input was read. Beyond `next` where transaction markers or aborted records end the partition.
    fn position(&self, index: usize, member: &GroupMember) -> i64 {
        let input = self.inputs[index].as_ref().expect("a running seat is complete");
        if !input.batch.is_empty() || input.position_unknown {
            return input.next;
        }
        // What librdkafka handed out is processed, so its position may count.
        member.position(Place { input: index, partition: self.partition }).map_or(input.next, |position| position.max(input.next))
    }

    fn has_at_hand(&self) -> bool {
        self.inputs.iter().flatten().any(|input| !input.batch.is_empty())
    }

    /// As of the last fetch.
    fn is_at_end(&self, index: usize, member: &GroupMember) -> bool {
        member.known_end(Place { input: index, partition: self.partition }).is_some_and(|end| self.position(index, member) >= end)
    }

    /// The ends of the inputs were told.
    pub fn ends_are(&mut self, ends: Ends) {
        // State that was made from other topics goes on while these are empty. Their beginning is what the group is told then, once there is
        // anything to commit.
        if self.task.as_ref().is_some_and(PartitionTask::has_changes) {
            for (input, end) in self.inputs.iter_mut().flatten().zip(&ends.offsets) {
                input.offset_unknown &= input.next != *end;
            }
        }
        if self.ends.is_none() {
            self.ends = Some(ends);
        } else {
            self.newer_ends = Some(ends);
        }
    }

    /// Where all that was there at some instant has been read: that instant, once, on the wall clock.
    pub fn caught_up_ms(&mut self, member: &GroupMember) -> Option<i64> {
        let reached = |ends: &&Ends| self.reached(ends, member);
        if let Some(asked_ms) = self.newer_ends.as_ref().filter(reached).map(|ends| ends.asked_ms) {
            (self.ends, self.newer_ends) = (None, None);
            return Some(asked_ms);
        }
        let asked_ms = self.ends.as_ref().filter(reached).map(|ends| ends.asked_ms)?;
        self.ends = self.newer_ends.take();
        Some(asked_ms)
    }

    /// Where nothing is in flight, what lies between the last record and the client's position are no records: markers of transactions, and
    /// records of aborted ones. They count as read, else the group would seem to lag by them, and retention would seem to have removed what
    /// nobody has read.
    pub fn skip_what_is_no_record(&mut self, member: &GroupMember) {
        for index in 0..self.inputs.len() {
            let position = self.position(index, member);
            let input = self.inputs[index].as_mut().expect("a running seat is complete");
            if position > input.next && input.batch.is_empty() {
                input.next = position;
                input.offset_unknown = false;
                self.task.as_mut().expect("a running seat has its task").skip(index, position);
            }
        }
    }

    /// Whether all that was there when the ends were asked for is read, and nothing is at hand.
    fn reached(&self, ends: &Ends, member: &GroupMember) -> bool {
        !self.has_at_hand() && ends.offsets.iter().enumerate().all(|(index, end)| self.position(index, member) >= *end)
    }

    /// Per input topic the records between the position and the end.
    pub fn lags<'a>(&'a self, ends: &'a Ends, member: &'a GroupMember) -> impl Iterator<Item = (&'a str, i64)> + 'a {
        let ends = self.topics.iter().zip(&ends.offsets).enumerate();
        ends.map(|(index, (topic, end))| (topic.as_str(), (end - self.position(index, member)).max(0)))
    }

    /// Some of its input topics are assigned elsewhere, for so long.
    pub fn is_gathering_for(&self, long: Duration) -> bool {
        self.phase() == Phase::Gathering && self.started.elapsed() > long
    }

    /// Whether it runs with publishing off, to where the group was: its changelog was behind.
    pub fn is_quiet(&self) -> bool {
        let (Some(task), Some(quiet_to)) = (&self.task, &self.quiet_to) else { return false };
        task.next_offsets().iter().zip(quiet_to).any(|(next, to)| next < to)
    }

    /// Whether this partition may take part in a commit now. Not while it is quiet: that would move the group's offset back. Not before it has
    /// an offset to tell the group: a transaction without any is committed without a question to the group, also by a member whose partitions
    /// are another's by now.
    pub fn can_commit(&self) -> bool {
        let runs = self.task.is_some() && matches!(self.phase(), Phase::Running | Phase::Draining);
        runs && !self.is_quiet() && self.offsets().next().is_some()
    }

    /// Whether it may, and has something to commit.
    pub fn wants_commit(&self) -> bool {
        self.can_commit() && self.task.as_ref().is_some_and(PartitionTask::has_changes)
    }

    /// What the group is to be told: per input topic the next offset to read, as the task and its changelog have it.
    pub fn offsets(&self) -> impl Iterator<Item = (Place, i64)> + '_ {
        let next = self.task.as_ref().map_or(&[][..], |task| task.next_offsets());
        let inputs = self.inputs.iter().zip(next).enumerate();
        inputs.filter_map(move |(index, (input, next))| {
            let known = input.as_ref().is_some_and(|input| !input.offset_unknown);
            known.then_some((Place { input: index, partition: self.partition }, *next))
        })
    }

    pub fn committed(&mut self, share: &mut Share) {
        let task = self.task.as_mut().expect("a committed seat has its task");
        task.post_commit();
        task.answer_asked(share, true);
        self.refused = 0;
        self.since = Since::default();
        self.note_pending();
    }

    /// Before its last commit.
    pub fn drain(&mut self, member: &GroupMember) {
        self.skip_what_is_no_record(member);
        self.life.become_(Phase::Draining);
    }

    /// Its partition at the beginning of its life, with the input topics that are still assigned here.
    pub fn reborn(self) -> Self {
        Self { inputs: self.inputs, ..Self::new(self.partition, self.topics) }
    }

    pub fn close(&mut self) {
        self.forget();
        self.life.become_(Phase::Closed);
    }
}
