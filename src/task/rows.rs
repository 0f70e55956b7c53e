//! The rows of a partition's accounts, as lists show them: made once the partition runs, and kept up while somebody asks for lists.
//!
//! A row is of committed state: it is made right after a commit, or while nothing is waiting for one. Accounts whose verdicts a commit holds come
//! first, with that commit, as do those that have another owner. The others go by rounds, as those of the portfolio do: a round makes the rows anew
//! of those accounts that have changed since the one before it began.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Directory;
use crate::engine::rows::RowReadings;
use crate::engine::{AccountIndex, Engine};
use crate::lists::PartitionRows;
use crate::partition::Share;
use crate::view::PartitionAsOf;
use crate::view::rows::AccountRow;

/// What is left of the share of time is kept for later, but no more than this: a commit is not held up for long.
const SAVED_MAX: Duration = Duration::from_millis(20);
/// Accounts that are looked at before the clock is.
const BATCH: usize = 16;

pub struct Rows {
    directory: Arc<Directory>,
    rows: Arc<PartitionRows>,
    readings: RowReadings,
    /// Rows are to be no older.
    age_max: Duration,
    /// Left of the round, the next one last.
    round: Vec<AccountIndex>,
    /// When the round under way began, and how far the partition had come.
    began: Option<(Instant, PartitionAsOf)>,
    /// Accounts whose rows are due with the commit under way.
    concluded: Vec<AccountIndex>,
    /// What they may take of the time between commits.
    share: Share,
}

impl Rows {
    /// The partition runs from now on.
    pub fn new(directory: &Arc<Directory>, partition: i32, engine: &Engine, age_max: Duration, now: Instant) -> Self {
        Self {
            rows: directory.rows.begin(partition),
            directory: Arc::clone(directory),
            readings: engine.row_readings(),
            age_max,
            round: Vec::new(),
            began: None,
            concluded: Vec::new(),
            share: Share::new(SAVED_MAX, now),
        }
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        self.rows.bytes() + (self.round.capacity() + self.concluded.capacity()) * size_of::<AccountIndex>()
    }

    /// Whether they are to be kept up: not all were made yet, or somebody asks.
    fn are_wanted(&self, now: Instant) -> bool {
        self.rows.as_of().is_none() || self.directory.rows.is_asked(now)
    }

    /// The commit that is being prepared holds verdicts of these accounts.
    pub fn conclude(&mut self, accounts: &[AccountIndex], now: Instant) {
        if self.are_wanted(now) {
            self.concluded.extend(accounts);
        }
    }

    /// The commit that is being prepared holds what was told of these accounts. Whose an account is decides who may see it: that is in its row
    /// with the commit, whether or not anybody asks.
    pub fn told(&mut self, accounts: &[AccountIndex], engine: &Engine) {
        let table = self.rows.table();
        let changes_hands = |index: &&AccountIndex| {
            let profile = engine.accounts()[**index as usize].profile.as_deref();
            table.differs(**index as usize, "owner", profile.and_then(|profile| profile.owner.as_deref()))
        };
        self.concluded.extend(accounts.iter().filter(changes_hands));
    }

    /// An account is erased: its row goes with the commit that says so, whether or not anybody asks.
    pub fn erased(&mut self, account: AccountIndex) {
        self.concluded.push(account);
    }

    /// Everything is committed, as has just happened. `as_of` tells how far the partition has come.
    pub fn committed(&mut self, engine: &mut Engine, now: Instant, as_of: impl Fn(&Engine) -> PartitionAsOf) {
        self.share.refill(now, true);
        let started = Instant::now();
        let concluded = std::mem::take(&mut self.concluded);
        for accounts in concluded.chunks(BATCH) {
            let rows: Vec<_> = accounts.iter().map(|index| (*index, Self::row(engine, *index, &self.readings))).collect();
            self.rows.put(&rows);
        }
        self.share.spend(started.elapsed());
        while self.share.is_left() {
            let started = Instant::now();
            if !self.step(engine, BATCH, now, &as_of) {
                break;
            }
            self.share.spend(started.elapsed());
        }
    }

    /// Makes some rows anew, of at most so many accounts, while nothing waits for a commit; true: there are more to be made.
    pub fn step(&mut self, engine: &mut Engine, accounts_max: usize, now: Instant, as_of: impl Fn(&Engine) -> PartitionAsOf) -> bool {
        if !self.are_wanted(now) || !self.is_in_a_round(engine, now, as_of) {
            return false;
        }
        let left = self.round.len().saturating_sub(accounts_max);
        let mut made = Vec::with_capacity(self.round.len() - left);
        for index in self.round.drain(left..).rev() {
            engine.mark_listed(index);
            made.push((index, Self::row(engine, index, &self.readings)));
        }
        self.rows.put(&made);
        self.end_round();
        left > 0
    }

    /// `None`: the account is erased.
    fn row(engine: &Engine, index: AccountIndex, readings: &RowReadings) -> Option<AccountRow> {
        (!engine.accounts()[index as usize].is_erased()).then(|| AccountRow::new(engine, index, readings))
    }

    /// Begins a round where one is due. Whether there is anything in it.
    fn is_in_a_round(&mut self, engine: &mut Engine, now: Instant, as_of: impl Fn(&Engine) -> PartitionAsOf) -> bool {
        if self.began.is_some() {
            return true;
        }
        // In the middle of their time, so that a round may take as long again.
        if self.rows.as_of().is_some_and(|as_of| now.saturating_duration_since(as_of) < self.age_max / 2) {
            return false;
        }
        self.round = engine.take_unlisted();
        self.round.reverse();
        self.began = Some((now, as_of(engine)));
        self.end_round();
        self.began.is_some()
    }

    fn end_round(&mut self) {
        if self.round.is_empty()
            && let Some((began, as_of)) = self.began.take()
        {
            self.rows.are_as_of(began, as_of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::engine::{CauseRef, EngineSettings, rfc3339};
    use crate::lists::{Asked, Query};
    use crate::partition::{Checkpoint, Inputs, Record};
    use crate::playbook::{Playbook, Rows as OfWhat};
    use crate::task::{Counts, Partition, PartitionSettings, Recorder, StateBeat};

    const DAY_MS: i64 = 86_400_000;

    fn as_of_one(engine: &Engine) -> PartitionAsOf {
        PartitionAsOf {
            partition: 0,
            offsets: Default::default(),
            clock: engine.clock_ms().map(rfc3339),
            committed_at: None,
            caught_up: true,
        }
    }

    fn usage(account: &str, user: &str) -> String {
        format!("{{\"type\":\"usage\",\"time\":{},\"account\":\"{account}\",\"product\":\"crm\",\"user\":\"{user}\"}}", DAY_MS * 20_000)
    }

    /// Of each account that is listed, the users that are active.
    fn listed(directory: &Directory) -> Vec<(String, u32)> {
        let query = Query::new(&Playbook::shipped(), OfWhat::Accounts, &Asked { page_size: Some("500"), ..Asked::default() });
        let (page, _) = directory.rows.page(&query.expect("nothing is asked"), &[0], None);
        let rows = page.rows.iter().map(|listed| serde_json::from_str(listed.row.get()).expect("a row"));
        rows.map(|row: AccountRow| (row.account, row.active_users.expect("always told"))).collect()
    }

    fn of(rows: &[(&str, u32)]) -> Vec<(String, u32)> {
        rows.iter().map(|(account, users)| ((*account).to_owned(), *users)).collect()
    }

    #[test]
    fn rows_are_kept_up_by_rounds_while_somebody_asks() {
        let mut engine = Engine::new(Arc::new(Playbook::shipped()), EngineSettings::default());
        let used = |engine: &mut Engine, account: &str, user: &str| {
            let (line, limits) =
                (usage(account, user), crate::input::Limits { max_record_bytes: 1 << 20, check_key: false, record_ms: None });
            let event = crate::input::decode(None, line.as_bytes(), Vec::new, &limits).expect("a good line");
            engine.apply(&event, CauseRef::Line(1), i64::MAX, 0, &mut Vec::new());
        };
        ["a", "b", "c"].iter().for_each(|account| used(&mut engine, account, "u1"));
        let (directory, start) = (Arc::new(Directory::default()), Instant::now());
        let at = |second: u64| start + Duration::from_secs(second);
        let mut rows = Rows::new(&directory, 0, &engine, Duration::from_secs(10), start);
        let as_of = || directory.rows.ages().first().and_then(|age| age.as_of);
        // At first all are made, though nobody asks.
        assert_eq!((rows.step(&mut engine, 2, at(0), as_of_one), as_of()), (true, None));
        assert_eq!(listed(&directory), [], "as long as not all are made there is none");
        assert_eq!((rows.step(&mut engine, 2, at(1), as_of_one), as_of()), (false, Some(at(0))), "as of when the round began");
        assert_eq!(listed(&directory), of(&[("a", 1), ("b", 1), ("c", 1)]));
        used(&mut engine, "b", "u2");
        assert!(!rows.step(&mut engine, 2, at(100), as_of_one));
        assert_eq!(listed(&directory)[1], ("b".to_owned(), 1), "nobody asks");
        assert!(!directory.rows.ask(at(100), Duration::from_secs(10)), "they are too old, and due now");
        assert!(!rows.step(&mut engine, 2, at(100), as_of_one));
        assert_eq!((listed(&directory)[1].1, as_of()), (2, Some(at(100))));
        assert!(directory.rows.ask(at(101), Duration::from_secs(10)));
        // Half of their age is over before the next round begins.
        used(&mut engine, "c", "u2");
        rows.step(&mut engine, 2, at(104), as_of_one);
        assert_eq!(listed(&directory)[2].1, 1);
        rows.step(&mut engine, 2, at(105), as_of_one);
        assert_eq!((listed(&directory)[2].1, as_of()), (2, Some(at(105))));
        // But verdicts come with their commit.
        used(&mut engine, "a", "u2");
        rows.conclude(&[0], at(106));
        assert_eq!(listed(&directory)[0].1, 1);
        rows.committed(&mut engine, at(106), as_of_one);
        assert_eq!((listed(&directory)[0].1, as_of()), (2, Some(at(105))));
        // It is among those that have changed, still.
        rows.step(&mut engine, 2, at(110), as_of_one);
        assert_eq!(as_of(), Some(at(110)), "with nothing new");
        rows.step(&mut engine, 2, at(200), as_of_one);
        assert_eq!(as_of(), Some(at(110)), "nobody asks any more");
        directory.forget_partition(0);
        assert_eq!((listed(&directory), directory.rows.ages()), (Vec::new(), Vec::new()));
    }

    struct Nobody;

    impl Recorder for Nobody {
        fn committed(&self, _: &Counts) {}
    }

    #[test]
    fn rows_are_of_what_is_committed() {
        let settings = PartitionSettings {
            engine: EngineSettings::default(),
            max_skew_ms: 0,
            max_record_bytes: 1 << 20,
            time_from_record: false,
            redo_seconds: 3600,
            redo_events: 1000,
            dead_letter_bytes_max: 1 << 20,
            states: StateBeat::default(),
        };
        let directory = Arc::new(Directory::default());
        let task = Partition::new(0, &["inputs".to_owned()], Arc::new(Playbook::shipped()), settings);
        let mut task = task.report_to(Arc::clone(&directory), Arc::new(Nobody)).with_rows(Duration::ZERO);
        task.restored(&Inputs::committed(&[None])).expect("nothing was there");
        assert_eq!(directory.rows.ages(), [], "it does not run yet");
        task.run();
        let process = |task: &mut Partition, account: &str, value: String| {
            let offset = task.next_offsets()[0];
            task.process(0, &[Record::bare(offset, account.as_bytes(), Some(value.as_bytes()))], i64::MAX);
        };
        let used = |task: &mut Partition, account: &str, user: &str| process(task, account, usage(account, user));
        let told = |task: &mut Partition, account: &str, owner: &str| {
            let time_ms = DAY_MS * 20_000;
            process(task, account, format!("{{\"type\":\"account\",\"time\":{time_ms},\"account\":\"{account}\",\"owner\":\"{owner}\"}}"));
        };
        let commit = |task: &mut Partition| {
            task.prepare_commit(Checkpoint::Slice, Instant::now());
            let before = listed(&directory);
            task.post_commit();
            before
        };
        used(&mut task, "a", "u1");
        task.roll(32);
        assert_eq!(listed(&directory), []);
        assert_eq!(commit(&mut task), []);
        assert_eq!(listed(&directory), of(&[("a", 1)]));
        told(&mut task, "b", "ann");
        told(&mut task, "a", "ann");
        commit(&mut task);
        let owned = |may_see: &dyn Fn(Option<&str>) -> bool| {
            let query = Query::new(&Playbook::shipped(), OfWhat::Accounts, &Asked::default()).expect("nothing is asked");
            directory.rows.page(&query, &[0], Some(may_see)).0.total
        };
        assert_eq!(owned(&|owner| owner == Some("ann")), 1, "of `b` nobody has asked yet");
        told(&mut task, "a", "bob");
        assert_eq!(owned(&|owner| owner == Some("ann")), 1);
        commit(&mut task);
        assert_eq!([owned(&|owner| owner == Some("ann")), owned(&|owner| owner == Some("bob"))], [0, 1], "though nobody asks");
        directory.rows.ask(Instant::now(), Duration::ZERO);
        used(&mut task, "a", "u2");
        task.roll(32);
        assert_eq!(listed(&directory), of(&[("a", 1)]), "not while it is uncommitted");
        assert_eq!(commit(&mut task), of(&[("a", 1)]));
        assert_eq!(listed(&directory), of(&[("a", 2), ("b", 0)]));
        assert!(task.gauges().state_bytes > 0);
        process(&mut task, "a", format!("{{\"type\":\"erase\",\"time\":{},\"account\":\"a\"}}", DAY_MS * 20_000));
        assert_eq!(directory.len(), 2, "not yet committed");
        assert_eq!(commit(&mut task), of(&[("a", 2), ("b", 0)]));
        assert_eq!((listed(&directory), directory.len(), directory.partition_of("a")), (of(&[("b", 0)]), 1, None));
        used(&mut task, "a", "u3");
        commit(&mut task);
        assert_eq!((listed(&directory), task.gauges().accounts), (of(&[("a", 1), ("b", 0)]), 2), "it begins anew");
    }
}
