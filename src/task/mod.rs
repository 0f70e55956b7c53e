//! One partition's life between Kafka and the engine: what to restore, what to redo, what to commit, what to checkpoint.
//!
//! ```text
//!   restoring ──restored──► redoing ──run──► running ──(revoked, stopped: everything unsaved is written)──► dropped
//!       └───────── a failed commit that cannot be sent again: dropped, and restored anew ─────────────────────┘
//! ```
//!
//! Pure: records are handed in, and what to publish waits in an outbox. Every record that a commit carries is decided here:
//! outputs and dead letters, verdicts of accounts whose verdicts changed, facts of accounts that must not wait and a slice of
//! those that have waited longest, and the partition's own record with offsets, clock and redo point.

mod checkpoint;
mod counts;
mod dead_letter;
mod directory;
mod erasing;
mod lateness;
mod portfolio;
mod questions;
mod rows;
mod states;

pub use counts::{Counts, DeadLetter, Recorder};
pub use dead_letter::{Letter, ORIGINAL_BYTES, ORIGINAL_HEADERS, ORIGINAL_KEY_BYTES, Why};
pub use directory::{AccountSummary, Directory, Placed, Summaries};
pub use portfolio::{FleetNews, TargetNews};
pub use questions::{Question, Seen};
pub use states::StateBeat;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::anyhow;

use crate::changelog::{Offsets, PartitionRecord, Restore, SourceRecord, Writer};
use crate::engine::{CauseRef, Effect, Engine, EngineSettings, EventOutcome, Hint, TOGETHER};
use crate::engine::{from_the_future, too_late};
use crate::input::{Event, Limits, Reject, decode};
use crate::output::{CloudEvent, FLEET, PartitionOwned, owned};
use crate::partition::{
    Checkpoint, Inputs, Outbox, PartitionTask, Record, Redo, Refused, Resume, START_OVER, Share, TaskGauges, changelog_was_recreated,
    topic_was_recreated, wall_clock_ms,
};
use crate::playbook::Playbook;
use crate::tagged::Unknown;
use crate::topics::Topic;
use checkpoint::Marks;

use lateness::LateRows;
use portfolio::{Judged, Portfolio};
use questions::Questions;
use rows::Rows;
use states::AccountStates;

#[derive(Clone, Copy, Debug)]
pub struct PartitionSettings {
    pub engine: EngineSettings,
    pub max_skew_ms: i64,
    pub max_record_bytes: usize,
    /// A record without a time has that of its Kafka record.
    pub time_from_record: bool,
    /// Unsaved facts are written before so many seconds …
    pub redo_seconds: u64,
    /// … or input records, whichever is first.
    pub redo_events: u64,
    /// A dead letter is cut to so many bytes, as the brokers count them: the original is named by its offset.
    pub dead_letter_bytes_max: usize,
    pub states: StateBeat,
}

/// To count an account, or to make its row, takes longer than to live a boundary through.
const SHARE: usize = 8;

pub struct Partition {
    partition: i32,
    inputs: Vec<String>,
    settings: PartitionSettings,
    limits: Limits,
    engine: Engine,
    /// What the changelog said; taken apart when the redo is done.
    restore: Option<Restore>,
    /// By account and input: events before it are in the account's facts. Only while redoing.
    as_of: Vec<Offsets>,
    next_offsets: Vec<i64>,
    /// Outputs are off while any input is before its offset here.
    quiet_to: Option<Vec<i64>>,
    source: SourceRecord,
    /// Of the partition's record.
    unknown: Unknown,
    /// Keys of the records with which accounts began, and the source's record is to be written.
    source_changed: bool,
    /// Accounts that began since the last commit.
    begun: Vec<Box<str>>,
    /// Those that were erased.
    erased: Vec<Box<str>>,
    marks: Marks,
    writer: Writer,
    effects: Vec<Effect>,
    outbox: Outbox,
    changed: bool,
    counts: Counts,
    /// Summaries of accounts in the commit under way, for the directory once it succeeded.
    summaries: Vec<(Box<str>, AccountSummary)>,
    /// Summaries of all accounts as restored, until the task runs.
    restored: Summaries,
    states: AccountStates,
    /// `None`: nothing is counted.
    portfolio: Option<Portfolio>,
    /// Larger records the topics do not take.
    portfolio_bytes_max: usize,
    /// Of partition 0.
    judged: Judged,
    /// Who runs it, where others are to know; told with the first commit.
    owner: Option<PartitionOwned>,
    late_rows: LateRows,
    questions: Questions,
    /// How old the rows of lists may be; `None`: there are no lists.
    row_age_max: Option<Duration>,
    /// Once it runs.
    rows: Option<Rows>,
    directory: Option<Arc<Directory>>,
    recorder: Option<Arc<dyn Recorder>>,
}

impl Partition {
    pub fn new(partition: i32, inputs: &[String], playbook: Arc<Playbook>, settings: PartitionSettings) -> Self {
        Self {
            partition,
            inputs: inputs.to_vec(),
            limits: Limits { max_record_bytes: settings.max_record_bytes, check_key: true, record_ms: None },
            engine: Engine::new(playbook, settings.engine),
            restore: Some(Restore::default()),
            as_of: Vec::new(),
            next_offsets: vec![0; inputs.len()],
            quiet_to: None,
            source: SourceRecord::default(),
            unknown: Unknown::default(),
            source_changed: false,
            begun: Vec::new(),
            erased: Vec::new(),
            marks: Marks::new(settings.redo_seconds, settings.redo_events),
            writer: Writer::default(),
            effects: Vec::new(),
            outbox: Outbox::default(),
            changed: false,
            counts: Counts::default(),
            summaries: Vec::new(),
            restored: Summaries::new(),
            states: AccountStates::new(settings.states),
            portfolio: None,
            portfolio_bytes_max: 0,
            judged: Judged::default(),
            owner: None,
            late_rows: LateRows::new(),
            questions: Questions::default(),
            row_age_max: None,
            rows: None,
            directory: None,
            recorder: None,
            settings,
        }
    }

    /// Where committed account summaries and counts go.
    pub fn report_to(mut self, directory: Arc<Directory>, recorder: Arc<dyn Recorder>) -> Self {
        self.directory = Some(directory);
        self.recorder = Some(recorder);
        self
    }

    /// With its first commit it tells that it is run by this instance, reached there.
    pub fn owned_by(mut self, instance: &str, url: Option<&str>) -> Self {
        self.owner = Some(PartitionOwned { partition: self.partition, instance: instance.to_owned(), url: url.map(str::to_owned) });
        self
    }

    /// Accounts are counted, and the counts published so often. Records of more than so many bytes are not.
    pub fn with_portfolio(mut self, interval: Duration, bytes_max: usize) -> Self {
        self.portfolio = Some(Portfolio::new(&self.engine, interval));
        self.portfolio_bytes_max = bytes_max;
        self
    }

    /// Rows of its accounts are kept for lists, in the directory that it reports to, and are no older than so.
    pub fn with_rows(self, age_max: Duration) -> Self {
        Self { row_age_max: Some(age_max), ..self }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes in records of the changelog, in order.
    pub fn restore(&mut self, records: &[Record<'_>]) -> Result<(), Refused> {
        let restore = self.restore.get_or_insert_default();
        for records in records.chunks(TOGETHER) {
            let likely = Restore::prefetch(&self.engine, records.iter().map(|record| record.key.unwrap_or_default()));
            for (record, likely) in records.iter().zip(likely) {
                let refused = |error: anyhow::Error| Refused {
                    offset: record.offset,
                    error: error.context(format!("the changelog of partition {} cannot be restored", self.partition)),
                };
                let key = record.key.ok_or_else(|| refused(anyhow!("the record has no key")))?;
                restore.record(&mut self.engine, key, record.value, likely).map_err(|error| refused(error.into()))?;
            }
        }
        self.counts.restored += records.len() as u64;
        Ok(())
    }

    /// The changelog was read to its end.
    pub fn restored(&mut self, inputs: &Inputs) -> Result<Redo, String> {
        let mut restore = self.restore.take().unwrap_or_default();
        let committed = &inputs.committed;
        if restore.partition.is_some() && restore.source.is_none() {
            return Err(format!(
                "partition {}: the changelog says where the input is read up to, but not from which topics, which stands in its first commit: \
                 it was deleted and created anew while a process ran, or its retention removes what is old (its cleanup.policy must be \
                 compact), or a build from before the first release wrote it. It may hold a part of the state only. {START_OVER}",
                self.partition
            ));
        }
        self.take_source(restore.source.take().unwrap_or_default(), inputs)?;
        let Some(record) = restore.partition.take() else { return self.restored_from_nothing(committed) };
        let (mut next, mut redo) = (Vec::new(), Vec::new());
        let (mut resume, mut quiet_to) = (Vec::new(), Vec::new());
        for (input, topic) in self.inputs.iter().enumerate() {
            let place = record.topics.iter().position(|known| known == topic);
            let at = |offsets: &[i64]| place.and_then(|place| offsets.get(place)).copied();
            match (at(&record.next_offsets), committed.get(input).copied().flatten()) {
                (Some(ours), Some(group)) if group < ours => return Err(self.group_was_reset(topic, ours, group)),
                (Some(ours), group) => {
                    next.push(ours);
                    redo.push(at(&record.redo_offsets).unwrap_or(ours).min(ours));
                    resume.push(Resume::Offset(ours));
                    quiet_to.push(group.unwrap_or(ours).max(ours));
                }
                // A topic that was added to the inputs since.
                (None, group) => {
                    let from = group.unwrap_or(0);
                    next.push(from);
                    redo.push(from);
                    resume.push(group.map_or(Resume::Beginning, Resume::Offset));
                    quiet_to.push(from);
                }
            }
        }
        // Offset lists of the changelog follow its own order of topics.
        let reorder = |offsets: Offsets| {
            let of = |topic: &String| record.topics.iter().position(|known| known == topic).and_then(|place| offsets.get(place)).copied();
            self.inputs.iter().map(|topic| of(topic).unwrap_or(0)).collect()
        };
        let restored = self.engine.restored(record.clock_ms, record.erased, |number| restore.day_of(number));
        restored.map_err(|error| self.no_changelog(&error))?;
        self.unknown = record.unknown.clone();
        self.judged = Judged { day: record.targets_day, met: record.targets_met.iter().cloned().collect() };
        self.states.restore((record.commit, record.clear_commit), restore.states_due.drain());
        self.as_of = restore.as_of.into_iter().map(reorder).collect();
        if self.directory.is_some() {
            // Here and not when it runs, for a restore has a thread of its own. What is redone changes no stage.
            let accounts = self.engine.accounts();
            self.restored.reserve(accounts.len());
            self.restored.extend(accounts.iter().map(|account| (account.id.as_str().into(), AccountSummary::of(account))));
        }
        self.next_offsets = next.clone();
        self.marks.start(&redo);
        let behind = quiet_to != next;
        if behind {
            tracing::warn!(
                partition = self.partition, ours = ?next, group = ?quiet_to,
                "the changelog is behind the group's offsets: a commit marker was lost; reading on from the changelog's with publishing off up to the group's"
            );
        }
        if behind {
            // Others may have written days in between, which come to light when the lost marker is found.
            self.engine.days_mut().mark_all();
        }
        self.quiet_to = behind.then(|| quiet_to.clone());
        Ok(Redo { from: redo, to: next, quiet_to: behind.then_some(quiet_to), resume })
    }

    /// Compares where the state comes from with what is there now, and keeps the latter.
    fn take_source(&mut self, known: SourceRecord, inputs: &Inputs) -> Result<(), String> {
        if known.partitions > 0 && inputs.partitions > 0 && known.partitions != inputs.partitions {
            return Err(format!(
                "the state was made from topics of {} partitions, and now they have {}: accounts have moved between partitions, and state does \
                 not. Start anew: a new input topic with enough history copied to it, another kafka.application_id and topics.prefix",
                known.partitions, inputs.partitions
            ));
        }
        let mut topics = Vec::with_capacity(self.inputs.len());
        for (topic, id) in self.inputs.iter().zip(&inputs.topic_ids) {
            let before = known.topics.iter().find(|(name, _)| name == topic).and_then(|(_, id)| *id);
            if let (Some(before), Some(now)) = (before, id)
                && before != *now
            {
                return Err(topic_was_recreated(topic, before, *now));
            }
            topics.push((topic.clone(), id.or(before)));
        }
        if let (Some(before), Some(now)) = (known.changelog, inputs.changelog_id)
            && before != now
        {
            return Err(changelog_was_recreated(before, now));
        }
        let partitions = if inputs.partitions > 0 { inputs.partitions } else { known.partitions };
        let changelog = inputs.changelog_id.or(known.changelog);
        self.source = SourceRecord { topics, changelog, partitions, tally: known.tally.clone(), unknown: known.unknown.clone() };
        self.source_changed = self.source != known;
        Ok(())
    }

    fn restored_from_nothing(&mut self, committed: &[Option<i64>]) -> Result<Redo, String> {
        if let Some((input, offset)) =
            committed.iter().enumerate().find_map(|(input, offset)| offset.filter(|&offset| offset > 0).map(|offset| (input, offset)))
        {
            return Err(format!(
                "partition {}: the group has read {} up to offset {offset}, but the changelog holds nothing of it. Running on would lose what was \
                 read. To start anew from the beginning, delete the group's offsets (kafka-consumer-groups.sh --delete-offsets); to keep the \
                 state, name the changelog it is in (topics.prefix)",
                self.partition, self.inputs[input]
            ));
        }
        self.engine.restored(None, 0, |_| None).map_err(|error| self.no_changelog(&error))?;
        let zero = vec![0; self.inputs.len()];
        self.marks.start(&zero);
        Ok(Redo { from: zero.clone(), to: zero, quiet_to: None, resume: vec![Resume::Beginning; self.inputs.len()] })
    }

    fn no_changelog(&self, what: &str) -> String {
        format!("the changelog of partition {} cannot be restored: {what}. It is damaged. {START_OVER}", self.partition)
    }

    fn group_was_reset(&self, topic: &str, ours: i64, group: i64) -> String {
        format!(
            "partition {} of {topic}: the group's offset {group} lies before {ours}, up to where the state in the changelog has read: somebody \
             reset the group. Reading on from {group} would count those records twice. Either set the group's offset to {ours} \
             (kafka-consumer-groups.sh --reset-offsets --to-offset {ours} --topic {topic}:{}), or start anew: another kafka.application_id and \
             topics.prefix",
            self.partition, self.partition
        )
    }

    /// Records between the redo point and the committed offset: facts only.
    pub fn redo(&mut self, input: usize, records: &[Record<'_>]) {
        for records in records.chunks(TOGETHER) {
            let events = self.decoded(records);
            let hints = self.engine.prefetch(events.iter().map(|event| event.as_ref()?.as_ref().ok()));
            for ((record, event), hint) in records.iter().zip(events.iter().flatten()).zip(hints) {
                let Ok(event) = event else { continue };
                let Some(index) = self.engine.account_of(event, hint) else { continue };
                let as_of = self.as_of.get(index as usize).and_then(|as_of| as_of.get(input));
                if as_of.is_some_and(|&as_of| record.offset >= as_of) {
                    self.engine.redo(index, event, hint, self.marks.next(&self.next_offsets, None));
                }
            }
        }
        self.counts.redone += records.len() as u64;
    }

    /// All is redone: from here on events are judged and published.
    pub fn run(&mut self) {
        self.as_of = Vec::new();
        // What was restored and redone. Whether there will be anything to commit is not known.
        self.report_counts();
        if let Some(directory) = &self.directory {
            directory.set_partition(self.partition, std::mem::take(&mut self.restored));
            let examples: Vec<Box<str>> = self.source.tally.examples().map(Into::into).collect();
            directory.accounts_began(self.partition, &examples, &self.source);
            let rows = |age_max| Rows::new(directory, self.partition, &self.engine, age_max, Instant::now());
            self.rows = self.row_age_max.map(rows);
        }
    }

    /// The input is read up to `next_offset`, and what stands before it are no records: markers of transactions, records of aborted ones, what
    /// compaction removed.
    pub fn skip(&mut self, input: usize, next_offset: i64) {
        if next_offset > self.next_offsets[input] {
            self.next_offsets[input] = next_offset;
            self.changed = true;
        }
    }

    /// Takes in records in the order of their offsets. Several at once cost less than one after another: memory is asked for all of
    /// what they will touch before the first is applied.
    pub fn process(&mut self, input: usize, records: &[Record<'_>], wall_ms: i64) {
        self.changed = true;
        self.questions.caught_up = false;
        for records in records.chunks(TOGETHER) {
            let events = self.decoded(records);
            let hints = self.engine.prefetch(events.iter().map(|event| event.as_ref()?.as_ref().ok()));
            for ((record, event), hint) in records.iter().zip(events.iter().flatten()).zip(hints) {
                let mark = self.marks.next(&self.next_offsets, Some((input, record.offset)));
                self.next_offsets[input] = record.offset + 1;
                match event {
                    Ok(event) => {
                        if let Err(reject) = self.apply(input, record, event, hint, wall_ms, mark) {
                            self.dead_letter(input, record, &reject);
                        }
                    }
                    Err(reject) => self.dead_letter(input, record, reject),
                }
                let quiet = self.quiet_to.as_ref().is_some_and(|quiet_to| record.offset < quiet_to[input]);
                self.take_effects(quiet);
            }
        }
    }

    /// The events of at most [`TOGETHER`] records; `None` beyond the last.
    fn decoded<'r>(&self, records: &[Record<'r>]) -> [Option<Result<Event<'r>, Box<Reject>>>; TOGETHER] {
        std::array::from_fn(|index| {
            let record = records.get(index)?;
            let Some(value) = record.value else { return Some(Err(Reject::no_value())) };
            let record_ms = self.settings.time_from_record.then_some(record.timestamp_ms);
            Some(decode(record.key, value, || record.headers.headers(), &Limits { record_ms, ..self.limits }))
        })
    }

    fn apply(&mut self, input: usize, record: &Record<'_>, event: &Event<'_>, hint: Hint, wall_ms: i64, mark: u64) -> Result<(), Reject> {
        let latest_ms = wall_ms.saturating_add(self.settings.max_skew_ms);
        let cause = cause_of(&self.inputs[input], self.partition, record, event);
        let accounts = self.engine.accounts().slots();
        let outcome = self.engine.apply_hinted(event, hint, cause, latest_ms, mark, &mut self.effects);
        self.late_rows.take(event, &outcome, input, record.offset);
        if self.engine.accounts().slots() > accounts {
            self.account_began(&event.account, record.key);
        }
        match outcome {
            EventOutcome::Applied(applied) => {
                self.counts.applied(event, applied);
                if applied.erased {
                    self.erased(input, record, event);
                }
                if applied.unknown_product {
                    self.counts.name_unknown_product(self.partition, &event.body, self.engine.playbook());
                }
                Ok(())
            }
            EventOutcome::Duplicate(_) => {
                self.counts.duplicates += 1;
                Ok(())
            }
            EventOutcome::FromTheFuture => Err(from_the_future(event.time_ms, latest_ms)),
            EventOutcome::TooLate(timing) => Err(too_late(timing.day, timing.today)),
        }
    }

    #[cold]
    fn account_began(&mut self, account: &str, key: Option<&[u8]>) {
        if self.source.partitions > 0 {
            self.source.tally.count(key.unwrap_or(account.as_bytes()), self.partition, self.source.partitions);
            self.source_changed = true;
        }
        if self.directory.is_some() {
            self.begun.push(account.into());
        }
    }

    /// There is no unread input as of `wall_ms`: the clock follows the wall clock.
    pub fn caught_up(&mut self, wall_ms: i64) {
        self.questions.caught_up = true;
        self.engine.advance_clock(wall_ms);
        self.tell_lateness(true, Instant::now());
    }

    /// Says in the log who took the days of accounts ahead of many rows.
    fn tell_lateness(&mut self, read_to_end: bool, now: Instant) {
        let Some(lateness) = self.late_rows.due(&self.engine, read_to_end, now) else { return };
        let place = |&(input, offset): &(usize, i64)| format!("{}/{}/{offset}", self.inputs[input], self.partition);
        tracing::warn!(
            partition = self.partition,
            usage = lateness.usage,
            late = lateness.late,
            "more than one in fifty usage rows were late; late rows open nothing and let nothing fall. {}. What to do: mend the row where its time \
             is wrong; write a history in order of time (`replay --sort` shows what it gives then); leave days to a feed that delivers late \
             (settle_days of the playbook); bound how far ahead of the wall clock a time may be (engine.max_skew_ms)",
            lateness.reasons(place).join(". ")
        );
    }

    /// Takes at most so many accounts through due boundaries; true: there are more.
    pub fn roll(&mut self, accounts_max: usize) -> bool {
        // While publishing is off only an account's own events take it through boundaries: those the earlier run had published. How
        // far it had rolled silent accounts is not known, so they wait: an output twice, with the same id, but none lost.
        if self.is_quiet() {
            return false;
        }
        let more = self.engine.roll(accounts_max, &mut self.effects);
        self.take_effects(false);
        more || self.count_accounts(accounts_max) || self.list_accounts(accounts_max)
    }

    /// Makes rows of some accounts for lists, where all that is known of them is committed; true: there are more.
    fn list_accounts(&mut self, accounts_max: usize) -> bool {
        let unsaved = self.engine.unsaved();
        let is_waiting = self.changed || !self.outbox.is_empty() || !unsaved.verdicts.is_empty() || !unsaved.urgent.is_empty();
        if is_waiting || !self.engine.days().is_empty() {
            return false;
        }
        let as_of = |engine: &Engine| self.questions.as_of(self.partition, &self.inputs, &self.next_offsets, engine);
        self.rows.as_mut().is_some_and(|rows| rows.step(&mut self.engine, accounts_max.div_ceil(SHARE), Instant::now(), as_of))
    }

    /// Publishing is off.
    fn is_quiet(&self) -> bool {
        self.quiet_to.as_ref().is_some_and(|quiet_to| self.next_offsets.iter().zip(quiet_to).any(|(next, end)| next < end))
    }

    /// Counts some accounts for the portfolio, and publishes the counts once they are whole; true: there are more.
    fn count_accounts(&mut self, accounts_max: usize) -> bool {
        let Some(portfolio) = &mut self.portfolio else { return false };
        let (whole, more) = portfolio.step(&mut self.engine, accounts_max.div_ceil(SHARE), Instant::now());
        if let Some(day) = whole {
            let event = portfolio.event(self.partition, day);
            self.publish_portfolio(&event);
        }
        more
    }

    fn publish_portfolio(&mut self, event: &CloudEvent) {
        if event.data.len() > self.portfolio_bytes_max {
            tracing::error!(
                partition = self.partition,
                subject = event.subject,
                bytes = event.data.len(),
                bytes_max = self.portfolio_bytes_max,
                "a record of the portfolio is larger than the topics take, and is not published: raise max.message.bytes of the topics that are written, \
                 and engine.max_record_bytes or kafka.properties' message.max.bytes; or name fewer segments and measures in the playbook"
            );
            return;
        }
        *self.counts.outputs.entry(event.event_type).or_default() += 1;
        publish(&mut self.outbox, &event.subject, event);
    }

    /// The figures of all accounts, of which partition 0 is told.
    fn publish_fleet(&mut self, news: &FleetNews) {
        // What is not published is told again.
        if self.is_quiet() {
            return;
        }
        self.publish_portfolio(&news.event);
        for event in self.judged.judge(news) {
            *self.counts.outputs.entry(event.event_type).or_default() += 1;
            publish(&mut self.outbox, FLEET, event);
        }
    }

    /// What the next transaction publishes. Outputs wait here as they arise; the rest comes with [`Partition::prepare_commit`].
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Something is to be committed, be it only the offset.
    pub fn has_changes(&self) -> bool {
        let unsaved = self.engine.unsaved();
        let to_write = !unsaved.verdicts.is_empty() || !unsaved.urgent.is_empty() || !unsaved.queue.is_empty();
        self.changed
            || self.owner.is_some()
            || to_write
            || !self.outbox.is_empty()
            || !self.engine.days().is_empty()
            || !self.states.is_empty()
    }

    pub fn next_offsets(&self) -> &[i64] {
        &self.next_offsets
    }

    /// Adds to the outbox all else that belongs into the transaction. Where that is refused, the next one begins with the same records.
    pub fn prepare_commit(&mut self, checkpoint: Checkpoint<'_>, now: Instant) {
        self.engine.hear_witnesses();
        self.tell_lateness(false, now);
        self.publish_states(matches!(checkpoint, Checkpoint::All { .. }), now);
        if let Some(owner) = self.owner.take() {
            let event = owned(&owner, wall_clock_ms());
            *self.counts.outputs.entry(event.event_type).or_default() += 1;
            publish(&mut self.outbox, &event.subject, &event);
        }
        let (records, bytes) = (self.outbox.len(), self.outbox.bytes());
        let mut verdicts = std::mem::take(&mut self.engine.unsaved_mut().verdicts);
        if let Some(rows) = &mut self.rows {
            rows.conclude(&verdicts, now);
            rows.told(&self.engine.unsaved().urgent, &self.engine);
        }
        for index in verdicts.drain(..) {
            let account = &self.engine.accounts()[index as usize];
            self.writer.verdicts(&self.engine, account, self.states.due(index), &mut changelog(&mut self.outbox));
            if self.directory.is_some() {
                self.summaries.push((account.id.as_str().into(), AccountSummary::of(account)));
            }
            self.engine.account_mut(index).unsaved.verdicts = false;
        }
        self.engine.unsaved_mut().verdicts = verdicts;
        for block in self.engine.days_mut().take() {
            self.writer.days(&self.engine, block, &mut changelog(&mut self.outbox));
        }
        let mut urgent = std::mem::take(&mut self.engine.unsaved_mut().urgent);
        for index in urgent.drain(..) {
            self.write_facts(index);
            self.engine.account_mut(index).unsaved.urgent = false;
        }
        self.engine.unsaved_mut().urgent = urgent;
        self.write_slice(checkpoint, now);
        let oldest = self.oldest_unsaved();
        let (commit, clear_commit) = self.states.commits();
        let record = PartitionRecord {
            topics: self.inputs.clone(),
            next_offsets: self.next_offsets.clone(),
            redo_offsets: self.marks.redo_point(oldest, &self.next_offsets),
            clock_ms: self.engine.clock_ms(),
            commit,
            clear_commit,
            targets_day: self.judged.day,
            targets_met: self.judged.met.iter().map(|(target, met)| (target.clone(), *met)).collect(),
            erased: self.engine.days().erased() as u32,
            unknown: self.unknown.clone(),
        };
        self.writer.partition(&record, &mut changelog(&mut self.outbox));
        if std::mem::take(&mut self.source_changed) {
            self.writer.source(&self.source, &mut changelog(&mut self.outbox));
        }
        self.counts.changelog_records += (self.outbox.len() - records) as u64;
        self.counts.changelog_bytes += (self.outbox.bytes() - bytes) as u64;
        self.marks.committed(now, &self.next_offsets, oldest);
        self.changed = false;
    }

    /// The states of accounts that something was published about.
    fn publish_states(&mut self, all: bool, now: Instant) {
        for (index, (cause, time_ms)) in self.states.take(all, now) {
            let account = &self.engine.accounts()[index as usize];
            publish(&mut self.outbox, &account.id, &CloudEvent::account_updated(account, &self.engine, &cause, time_ms));
        }
    }

    /// Writes facts of accounts that have waited longest.
    fn write_slice(&mut self, checkpoint: Checkpoint<'_>, now: Instant) {
        let mut left = match checkpoint {
            Checkpoint::Slice => self.marks.slice(self.engine.unsaved().queue.len(), now),
            Checkpoint::All { .. } => usize::MAX,
        };
        while let Some(&(index, mark)) = self.engine.unsaved().queue.front() {
            // Written already, with the verdicts of a rare event.
            let saved = !self.engine.accounts()[index as usize].unsaved.queued;
            if !saved {
                if left == 0 && !self.marks.is_overdue(mark, now) {
                    break;
                }
                if let Checkpoint::All { in_time } = checkpoint
                    && !in_time()
                {
                    break;
                }
                left = left.saturating_sub(1);
                self.write_facts(index);
            }
            self.engine.unsaved_mut().queue.pop_front();
        }
    }

    fn write_facts(&mut self, index: u32) {
        let account = &self.engine.accounts()[index as usize];
        if !(account.is_small() && self.writer.small_facts(&self.engine, account, &self.next_offsets, &mut changelog(&mut self.outbox))) {
            if self.engine.account_mut(index).outgrow() {
                self.write_outgrown(index);
            }
            let account = &self.engine.accounts()[index as usize];
            self.writer.facts(&self.engine, account, &self.next_offsets, &mut changelog(&mut self.outbox));
        }
        self.engine.account_mut(index).mark_facts_saved();
    }

    fn oldest_unsaved(&self) -> Option<u64> {
        let queue = &self.engine.unsaved().queue;
        queue.iter().find(|(index, _)| self.engine.accounts()[*index as usize].unsaved.queued).map(|&(_, mark)| mark)
    }

    /// The transaction committed.
    pub fn post_commit(&mut self) {
        self.outbox.clear();
        self.questions.note_commit();
        if let Some(directory) = &self.directory {
            directory.erased(self.partition, self.erased.drain(..));
            directory.update(self.partition, self.summaries.drain(..));
            if !self.begun.is_empty() {
                directory.accounts_began(self.partition, &self.begun, &self.source);
                self.begun.clear();
            }
        }
        if let Some(rows) = &mut self.rows {
            let as_of = |engine: &Engine| self.questions.as_of(self.partition, &self.inputs, &self.next_offsets, engine);
            rows.committed(&mut self.engine, Instant::now(), as_of);
        }
        self.report_counts();
    }

    fn report_counts(&mut self) {
        let mut counts = std::mem::take(&mut self.counts);
        if let Some(recorder) = &self.recorder {
            recorder.committed(&counts);
        }
        counts.reset();
        self.counts = counts;
    }

    pub fn gauges(&self) -> TaskGauges {
        let oldest = self.marks.redo_point(self.oldest_unsaved(), &self.next_offsets);
        TaskGauges {
            accounts: self.engine.accounts().len() as u64,
            users: self.engine.users() as u64,
            state_bytes: (self.engine.estimated_bytes()
                + self.portfolio.as_ref().map_or(0, Portfolio::bytes)
                + self.rows.as_ref().map_or(0, Rows::bytes)) as u64,
            clock_ms: self.engine.clock_ms().unwrap_or_default(),
            dirty: self.engine.unsaved().queue.len() as u64,
            redo_distance: self.next_offsets.iter().zip(&oldest).map(|(next, redo)| (next - redo).max(0) as u64).sum(),
        }
    }

    /// While it is quiet outputs are not published again; a state may not have been, so that it is, and readers keep the last one.
    fn take_effects(&mut self, quiet: bool) {
        for effect in self.effects.drain(..) {
            if !quiet {
                let event = CloudEvent::new(&effect, self.engine.playbook());
                self.counts.output(&effect, event.event_type, self.engine.playbook());
                publish(&mut self.outbox, &effect.account, &event);
            }
            // One that was erased after it has no state.
            if let Some(account) = self.engine.account_index(&effect.account) {
                self.states.publish(account, effect.cause, effect.time_ms);
            }
        }
    }

    fn dead_letter(&mut self, input: usize, record: &Record<'_>, reject: &Reject) {
        if self.quiet_to.as_ref().is_some_and(|quiet_to| record.offset < quiet_to[input]) {
            return;
        }
        self.counts.dead(DeadLetter {
            topic: self.inputs[input].as_str().into(),
            partition: self.partition,
            offset: record.offset,
            reason: reject.reason.as_str(),
            pointer: reject.pointer.as_str().into(),
            at_ms: record.timestamp_ms,
        });
        let message = reject.to_string();
        let why = Why::new((&self.inputs[input], self.partition, record.offset), "input", reject.reason.as_str(), &message);
        let letter = Letter { key: record.key, value: record.value, headers: record.headers.headers() };
        letter.push(&mut self.outbox, Topic::DeadLetters, &why.headers(), self.settings.dead_letter_bytes_max);
    }
}

/// A record as a cause: by its id, or by where it stands.
fn cause_of<'a>(topic: &'a str, partition: i32, record: &Record<'_>, event: &'a Event<'_>) -> CauseRef<'a> {
    event.id.as_deref().map_or(CauseRef::Record { topic, partition, offset: record.offset }, CauseRef::Event)
}

fn publish(outbox: &mut Outbox, account: &str, event: &CloudEvent) {
    let headers = event.headers().map(|(name, value)| (name, value.as_bytes()));
    outbox.push(event.topic, Some(account.as_bytes()), Some(event.data.as_bytes()), headers);
}

/// Where the changelog's records go, by key and value.
fn changelog(outbox: &mut Outbox) -> impl FnMut(&[u8], &[u8]) {
    |key, value| outbox.push(Topic::Changelog, Some(key), Some(value), [])
}

/// What comes to a partition beside its input.
#[derive(Debug)]
pub enum Request {
    /// The figures of all accounts, told to partition 0.
    Fleet(Box<FleetNews>),
    Ask(Question),
}

impl PartitionTask for Partition {
    type Request = Request;

    fn restore(&mut self, records: &[Record<'_>]) -> Result<(), Refused> {
        Partition::restore(self, records)
    }

    fn restored(&mut self, inputs: &Inputs) -> Result<Redo, String> {
        Partition::restored(self, inputs)
    }

    fn redo(&mut self, input: usize, records: &[Record<'_>]) {
        Partition::redo(self, input, records);
    }

    fn run(&mut self) {
        Partition::run(self);
    }

    fn process(&mut self, input: usize, records: &[Record<'_>], wall_ms: i64) {
        Partition::process(self, input, records, wall_ms);
    }

    fn skip(&mut self, input: usize, next_offset: i64) {
        Partition::skip(self, input, next_offset);
    }

    fn caught_up(&mut self, wall_ms: i64) {
        Partition::caught_up(self, wall_ms);
    }

    fn roll(&mut self, budget_accounts: usize) -> bool {
        Partition::roll(self, budget_accounts)
    }

    fn outbox(&self) -> &Outbox {
        Partition::outbox(self)
    }

    fn has_changes(&self) -> bool {
        Partition::has_changes(self)
    }

    fn next_offsets(&self) -> &[i64] {
        Partition::next_offsets(self)
    }

    fn prepare_commit(&mut self, checkpoint: Checkpoint<'_>, now: Instant) {
        Partition::prepare_commit(self, checkpoint, now);
    }

    fn post_commit(&mut self) {
        Partition::post_commit(self);
    }

    fn gauges(&self) -> TaskGauges {
        Partition::gauges(self)
    }

    fn answer(&mut self, request: Self::Request) {
        match request {
            Request::Fleet(news) => self.publish_fleet(&news),
            Request::Ask(question) => self.ask(question),
        }
    }

    fn is_asked(&self) -> bool {
        Partition::is_asked(self)
    }

    fn answer_asked(&mut self, share: &mut Share, committed: bool) {
        Partition::answer_asked(self, share, committed);
    }
}
