//! When the state of an account is published that something was published about.
//!
//! With the commit itself, as long as that concerns few accounts. Where there are many, in a backlog or at a boundary, the next commit would
//! replace most of those states: they wait, all of them together, until the first has waited for long enough or there are very many.
//!
//! A process that is killed owes those that waited. Each account's verdicts say by which commit it was last published about; the partition's
//! record says which commit was the last that left nothing waiting.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::changelog::StateDue;
use crate::engine::{AccountIndex, Cause};

/// How long states wait for each other.
#[derive(Clone, Copy, Debug)]
pub struct StateBeat {
    /// Up to so many are published at once.
    pub few: usize,
    /// From so many on too, as a commit must not grow beyond bounds.
    pub most: usize,
    /// None waits longer.
    pub within: Duration,
}

impl Default for StateBeat {
    fn default() -> Self {
        Self { few: 64, most: 8_192, within: Duration::from_secs(10) }
    }
}

#[derive(Debug, Default)]
pub struct AccountStates {
    beat: StateBeat,
    /// With cause and time of the last output.
    waiting: BTreeMap<AccountIndex, (Cause, i64)>,
    /// When the first of them was met by a commit.
    since: Option<Instant>,
    /// The number of the commit under way, or of the last.
    commit: u64,
    /// The last commit that left none waiting.
    clear: u64,
}

impl AccountStates {
    pub fn new(beat: StateBeat) -> Self {
        Self { beat, ..Self::default() }
    }

    /// Something is published about the account.
    pub fn publish(&mut self, account: AccountIndex, cause: Cause, time_ms: i64) {
        self.waiting.insert(account, (cause, time_ms));
    }

    /// The account is erased: nothing is to be published about it any more.
    pub fn forget(&mut self, account: AccountIndex) {
        self.waiting.remove(&account);
    }

    /// A commit begins: the states that go with it.
    pub fn take(&mut self, all: bool, now: Instant) -> BTreeMap<AccountIndex, (Cause, i64)> {
        self.commit += 1;
        let count = self.waiting.len();
        let since = *self.since.get_or_insert(now);
        let waited = now.saturating_duration_since(since) >= self.beat.within;
        if !all && !waited && count > self.beat.few && count < self.beat.most {
            return BTreeMap::new();
        }
        (self.since, self.clear) = (None, self.commit);
        std::mem::take(&mut self.waiting)
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What an account's verdicts say of its state.
    pub fn due(&self, account: AccountIndex) -> Option<StateDue> {
        let (cause, time_ms) = self.waiting.get(&account)?;
        Some(StateDue { commit: self.commit, cause: cause.clone(), time_ms: *time_ms })
    }

    /// The commit under way and the last that left none waiting: for the partition's record.
    pub fn commits(&self) -> (u64, u64) {
        (self.commit, self.clear)
    }

    /// Goes on where a process ended.
    pub fn restore(&mut self, (commit, clear): (u64, u64), due: impl Iterator<Item = (AccountIndex, StateDue)>) {
        (self.commit, self.clear) = (commit, clear);
        let owed = due.filter(|(_, due)| due.commit > clear);
        self.waiting = owed.map(|(account, due)| (account, (due.cause, due.time_ms))).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: StateBeat = StateBeat { few: 2, most: 5, within: Duration::from_secs(10) };

    #[test]
    fn few_states_go_with_their_commit_and_many_wait_for_each_other() {
        let start = Instant::now();
        let mut states = AccountStates::new(BEAT);
        let mut commit = |accounts: std::ops::Range<u32>, seconds: u64, all: bool| {
            accounts.for_each(|account| states.publish(account, Cause::Line(seconds), 0));
            states.take(all, start + Duration::from_secs(seconds)).into_keys().collect::<Vec<_>>()
        };
        assert_eq!(commit(0..2, 0, false), [0, 1]);
        assert_eq!(commit(0..3, 20, false), [0; 0], "the clock begins with the first that waits");
        assert_eq!(commit(1..4, 29, false), [0; 0]);
        assert_eq!(commit(0..0, 30, false), [0, 1, 2, 3]);
        assert_eq!(commit(0..5, 31, false), [0, 1, 2, 3, 4], "as many as there may be");
        assert_eq!(commit(0..3, 32, true), [0, 1, 2], "the last commit");
        assert!(states.is_empty());
    }

    #[test]
    fn a_restart_owes_those_that_waited_and_no_others() {
        let now = Instant::now();
        let mut states = AccountStates::new(BEAT);
        (0..2).for_each(|account| states.publish(account, Cause::Playbook, 1));
        assert_eq!(states.take(false, now).len(), 2);
        let published = states.due(0);
        (0..3).for_each(|account| states.publish(account, Cause::Line(7), 2));
        assert_eq!(states.take(false, now).len(), 0);
        let due: Vec<_> = (0..4).filter_map(|account| Some((account, states.due(account)?))).collect();
        assert_eq!((published, due.len()), (None, 3));
        // An account whose verdicts were written before its state was published, and not since.
        let old = (3, StateDue { commit: 1, cause: Cause::Playbook, time_ms: 1 });
        let mut next = AccountStates::new(BEAT);
        next.restore(states.commits(), due.into_iter().chain([old]));
        assert_eq!(next.take(true, now).into_iter().collect::<Vec<_>>(), [0, 1, 2].map(|account| (account, (Cause::Line(7), 2))));
        assert_eq!(next.commits(), (3, 3));
    }
}
