//! Which records took the days of their accounts ahead, and how much came late behind them.
//!
//! What is late follows from D, and D is where the partition's clock, or a record of the account's own, has put it. A row that is dated too far
//! ahead makes all rows behind it late, and nothing else tells of it. So whoever feeds an engine lets what became of each event by this: it keeps
//! the accounts that stand ahead of the clock by records of their own, of which there are few, since the clock follows once several do.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{AccountIndex, Day, Engine, EventOutcome, Timing, rfc3339};
use crate::input::{Body, Event};

/// More than one late usage row in so many is worth a word.
const MUCH: u64 = 50;

/// `P`: a place in the input.
#[derive(Debug)]
pub struct Movers<P> {
    accounts_max: usize,
    /// By account, the record that last took its day ahead of the partition's clock.
    held: HashMap<AccountIndex, Mover<P>>,
    /// Of those that are no longer held, the one that was furthest ahead.
    furthest: Option<(AccountIndex, Mover<P>)>,
    usage: u64,
    late: u64,
    late_by_clock: u64,
    clock_days: Day,
}

#[derive(Clone, Copy, Debug)]
struct Mover<P> {
    place: P,
    time_ms: i64,
    day: Day,
    ahead_days: Day,
    late: u64,
}

impl<P: Copy + Ord> Mover<P> {
    /// Of those furthest ahead the one with most behind it, of those the first.
    fn rank(&self) -> (Day, u64, Reverse<P>) {
        (self.ahead_days, self.late, Reverse(self.place))
    }
}

impl<P: Copy + Ord> Movers<P> {
    /// Keeps at most so many accounts: those whose records have the greatest times.
    pub fn new(accounts_max: usize) -> Self {
        Self { accounts_max, held: HashMap::new(), furthest: None, usage: 0, late: 0, late_by_clock: 0, clock_days: 0 }
    }

    /// Takes in what became of an event.
    pub fn take(&mut self, event: &Event<'_>, outcome: &EventOutcome, place: P) {
        let (timing, counts) = match outcome {
            EventOutcome::Applied(applied) => (&applied.timing, true),
            EventOutcome::TooLate(timing) => (timing, true),
            EventOutcome::Duplicate(timing) => (timing, false),
            EventOutcome::FromTheFuture => return,
        };
        if timing.moved_day
            && let Some(account) = timing.account
        {
            self.moved(account, Mover { place, time_ms: event.time_ms, day: timing.day, ahead_days: 0, late: 0 });
        }
        if counts && matches!(event.body, Body::Usage { .. }) {
            self.usage += 1;
            if timing.day < timing.today {
                self.take_late(timing);
            }
        }
    }

    fn moved(&mut self, account: AccountIndex, mover: Mover<P>) {
        if let Some(before) = self.held.insert(account, mover) {
            self.let_go(account, before);
        } else if self.held.len() > self.accounts_max
            && let Some((account, _)) =
                self.held.iter().map(|(account, mover)| (*account, mover.time_ms)).min_by_key(|&(account, ms)| (ms, account))
            && let Some(mover) = self.held.remove(&account)
        {
            self.let_go(account, mover);
        }
    }

    fn let_go(&mut self, account: AccountIndex, mover: Mover<P>) {
        let is_further = self.furthest.is_none_or(|(_, furthest)| furthest.rank() < mover.rank());
        if mover.late > 0 && is_further {
            self.furthest = Some((account, mover));
        }
    }

    #[cold]
    fn take_late(&mut self, timing: &Timing) {
        self.late += 1;
        let days = timing.today - timing.day;
        let mover = timing.account.and_then(|account| self.held.get_mut(&account));
        match mover.filter(|mover| mover.day == timing.today) {
            Some(mover) => {
                mover.late += 1;
                mover.ahead_days = mover.ahead_days.max(days);
            }
            // The clock has taken D to where it stands.
            None => {
                self.late_by_clock += 1;
                self.clock_days = self.clock_days.max(days);
            }
        }
    }

    pub fn usage(&self) -> u64 {
        self.usage
    }

    pub fn is_much(&self) -> bool {
        is_much(self.late, self.usage)
    }

    /// What was counted, with the names of accounts.
    pub fn lateness(&self, engine: &Engine) -> Lateness<P> {
        let held = self.held.iter().map(|(account, mover)| (*account, *mover)).filter(|(_, mover)| mover.late > 0);
        let furthest = held.chain(self.furthest).max_by_key(|(_, mover)| mover.rank());
        Lateness {
            usage: self.usage,
            late: self.late,
            late_by_clock: self.late_by_clock,
            clock_days: self.clock_days,
            furthest: furthest.map(|(account, mover)| Furthest {
                ahead_days: mover.ahead_days,
                late: mover.late,
                place: mover.place,
                account: engine.accounts()[account as usize].id.as_str().into(),
                time_ms: mover.time_ms,
            }),
        }
    }

    /// Counts anew. Who stands ahead of the clock is still known.
    pub fn start_anew(&mut self) {
        (self.usage, self.late, self.late_by_clock, self.clock_days, self.furthest) = (0, 0, 0, 0, None);
        for mover in self.held.values_mut() {
            (mover.late, mover.ahead_days) = (0, 0);
        }
    }
}

fn is_much(late: u64, usage: u64) -> bool {
    late.saturating_mul(MUCH) > usage
}

/// How many usage rows were late, those too late included, and what had put the days of their accounts ahead of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lateness<P> {
    /// Usage rows that were applied or too late.
    pub usage: u64,
    pub late: u64,
    /// Late since the partition's clock, and no record of the account's own, had put D where it stood.
    pub late_by_clock: u64,
    /// By how many days at most those were.
    pub clock_days: Day,
    pub furthest: Option<Furthest<P>>,
}

/// The record that took its account's day furthest ahead of rows behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Furthest<P> {
    pub ahead_days: Day,
    /// Usage rows behind it that were late, while D stood where it had put it.
    pub late: u64,
    pub place: P,
    pub account: Box<str>,
    pub time_ms: i64,
}

impl<P> Default for Lateness<P> {
    fn default() -> Self {
        Self { usage: 0, late: 0, late_by_clock: 0, clock_days: 0, furthest: None }
    }
}

impl<P: Copy + Ord> Lateness<P> {
    /// Adds what was counted of other accounts.
    pub fn add(&mut self, other: &Self) {
        let Self { usage, late, late_by_clock, clock_days, furthest } = other;
        self.usage += usage;
        self.late += late;
        self.late_by_clock += late_by_clock;
        self.clock_days = self.clock_days.max(*clock_days);
        let rank = |furthest: &Furthest<P>| (furthest.ahead_days, furthest.late, Reverse(furthest.place));
        if furthest.as_ref().map(rank) > self.furthest.as_ref().map(rank) {
            self.furthest.clone_from(furthest);
        }
    }

    pub fn is_much(&self) -> bool {
        is_much(self.late, self.usage)
    }

    /// What had put the days ahead, a sentence each.
    pub fn reasons(&self, place: impl Fn(&P) -> String) -> Vec<String> {
        let own = self.furthest.as_ref().map(|furthest| {
            let Furthest { ahead_days, late, account, time_ms, .. } = furthest;
            let (place, time) = (place(&furthest.place), rfc3339(*time_ms));
            format!(
                "{place} (account {account:?}, {time}) moved its account's day furthest ahead of the rows behind it: by {}; late behind it: {late}",
                days(*ahead_days)
            )
        });
        let clock = (self.late_by_clock > 0).then(|| {
            format!(
                "late by the partition's clock, which other accounts' records or the wall clock had moved, and by no record of their own \
                 account: {}, by up to {}",
                self.late_by_clock,
                days(self.clock_days)
            )
        });
        own.into_iter().chain(clock).collect()
    }
}

fn days(count: Day) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{CauseRef, EngineSettings};
    use crate::playbook::Playbook;

    /// An engine whose clock follows three accounts.
    struct Feed {
        engine: Engine,
        movers: Movers<u64>,
        place: u64,
    }

    const DAY_MS: i64 = 86_400_000;

    /// Of a record its place, its account, its day, days ahead and late rows behind it.
    type Named = (u64, String, i64, Day, u64);

    impl Feed {
        fn new(accounts_max: usize) -> Self {
            let settings = EngineSettings { clock_witnesses: 3, dedupe_ids: 4, ..EngineSettings::default() };
            Self { engine: Engine::new(Arc::new(Playbook::shipped()), settings), movers: Movers::new(accounts_max), place: 0 }
        }

        /// Rows of an account, at noon of these days.
        fn rows(&mut self, account: &str, days: &[i64]) -> &mut Self {
            for day in days {
                self.row(account, *day, None);
            }
            self
        }

        fn row(&mut self, account: &str, day: i64, id: Option<&str>) -> EventOutcome {
            let body = Body::Usage { product: "crm".into(), user: None, feature: None, quantity: 1 };
            let event = Event { id: id.map(Into::into), time_ms: (20_000 + day) * DAY_MS + DAY_MS / 2, account: account.into(), body };
            self.place += 1;
            let outcome = self.engine.apply(&event, CauseRef::Line(self.place), i64::MAX, self.place, &mut Vec::new());
            self.movers.take(&event, &outcome, self.place);
            outcome
        }

        /// Late, late by the clock and by how many days, and the record furthest ahead.
        fn told(&self) -> (u64, (u64, Day), Option<Named>) {
            let Lateness { late, late_by_clock, clock_days, furthest, .. } = self.movers.lateness(&self.engine);
            let furthest = furthest.map(|furthest| {
                let day = furthest.time_ms / DAY_MS - 20_000;
                (furthest.place, furthest.account.to_string(), day, furthest.ahead_days, furthest.late)
            });
            (late, (late_by_clock, clock_days), furthest)
        }
    }

    fn furthest(place: u64, account: &str, day: i64, ahead_days: Day, late: u64) -> Option<Named> {
        Some((place, account.to_owned(), day, ahead_days, late))
    }

    #[test]
    fn the_record_that_moved_the_day_is_named_and_no_other() {
        let mut feed = Feed::new(usize::MAX);
        feed.rows("a", &[1, 2]).rows("b", &[1, 40, 3, 4, 40, 5]).rows("a", &[3, 4]);
        assert_eq!(feed.told(), (3, (0, 0), furthest(4, "b", 40, 37, 3)));
        // One that is less far ahead, and has more behind it.
        feed.rows("a", &[20, 5, 6, 7, 8]);
        assert_eq!(feed.told(), (7, (0, 0), furthest(4, "b", 40, 37, 3)));
        // One that goes further, from where b stood; what was behind the other stays its own.
        feed.rows("b", &[50, 45]);
        assert_eq!(feed.told(), (8, (0, 0), furthest(4, "b", 40, 37, 3)));
        feed.rows("b", &[6]);
        assert_eq!(feed.told(), (9, (0, 0), furthest(16, "b", 50, 44, 2)));
    }

    #[test]
    fn where_the_clock_moved_the_day_no_record_is_named() {
        let mut feed = Feed::new(usize::MAX);
        // Three accounts, one after another, in order: the third takes the clock to the third day, and the fourth is late.
        feed.rows("a", &[1, 2, 3]).rows("b", &[1, 2, 3]).rows("c", &[1, 2, 3]);
        assert_eq!(feed.told(), (0, (0, 0), None));
        feed.rows("d", &[1, 2, 3]);
        assert_eq!(feed.told(), (2, (2, 2), None));
        // The account's own record goes further than the clock, and the clock catches up beyond it.
        feed.rows("d", &[10, 4]);
        assert_eq!(feed.told(), (3, (2, 2), furthest(13, "d", 10, 6, 1)));
        feed.rows("a", &[20]).rows("b", &[20]).rows("c", &[20]).rows("d", &[9]);
        assert_eq!(feed.told(), (4, (3, 11), furthest(13, "d", 10, 6, 1)));
    }

    #[test]
    fn what_is_too_late_is_late_and_a_repetition_moves_the_day_but_is_no_row() {
        let mut feed = Feed::new(usize::MAX);
        feed.row("a", 1, Some("x"));
        assert!(matches!(feed.row("a", 100, Some("x")), EventOutcome::Duplicate(_)));
        assert!(matches!(feed.row("a", 2, None), EventOutcome::TooLate(_)));
        assert_eq!((feed.movers.usage(), feed.told()), (2, (1, (0, 0), furthest(2, "a", 100, 98, 1))));
    }

    #[test]
    fn few_accounts_are_held_and_those_are_furthest() {
        let mut feed = Feed::new(1);
        feed.rows("a", &[30, 1]).rows("b", &[20, 2]).rows("a", &[2]);
        // b was let go, being nearer; a row behind it has no record to name.
        assert_eq!(feed.told(), (3, (1, 18), furthest(1, "a", 30, 29, 2)));
    }

    #[test]
    fn counting_anew_keeps_who_is_ahead() {
        let mut feed = Feed::new(usize::MAX);
        feed.rows("a", &[30, 1]);
        feed.movers.start_anew();
        assert_eq!((feed.movers.usage(), feed.told()), (0, (0, (0, 0), None)));
        feed.rows("a", &[20]);
        assert_eq!((feed.movers.usage(), feed.told()), (1, (1, (0, 0), furthest(1, "a", 30, 10, 1))));
    }

    #[test]
    fn more_than_one_in_fifty_is_much() {
        for (late, usage, much) in [(0, 0, false), (1, 49, true), (1, 50, false), (2, 99, true), (2, 100, false)] {
            assert_eq!(is_much(late, usage), much, "{late} of {usage}");
        }
    }

    #[test]
    fn parts_of_the_accounts_add_up() {
        let part = |late, place, ahead_days, behind| Lateness {
            usage: 10,
            late,
            late_by_clock: 1,
            clock_days: ahead_days,
            furthest: Some(Furthest { ahead_days, late: behind, place, account: "a".into(), time_ms: 0 }),
        };
        let parts = [part(3, 9, 5, 2), part(3, 4, 5, 2), Lateness::default(), part(3, 1, 5, 1), part(3, 2, 4, 7)];
        for turned in 0..parts.len() {
            let mut whole = Lateness::default();
            parts.iter().cycle().skip(turned).take(parts.len()).for_each(|part| whole.add(part));
            assert_eq!(whole, Lateness { usage: 40, late: 12, late_by_clock: 4, ..part(3, 4, 5, 2) }, "turned by {turned}");
        }
    }
}
