//! The counts of an engine's accounts, kept up with them.
//!
//! It goes by rounds. A round counts those accounts anew that have changed since the one before it began, some at a time between events; so one
//! that changes all the time is counted once a round. After a round the counts are of accounts as they were during it.

use super::contribution::Contribution;
use super::counts::Counts;
use super::outline::Outline;
use crate::engine::{AccountIndex, Census, Engine};

#[derive(Debug)]
pub struct Tracker {
    outline: Outline,
    census: Census,
    counts: Counts,
    /// By account; empty of those that were never counted.
    contributions: Vec<Contribution>,
    /// Heap bytes that they hold.
    bytes: usize,
    /// Left of the round.
    round: Vec<AccountIndex>,
}

impl Tracker {
    pub fn new(engine: &Engine) -> Self {
        let outline = Outline::new(engine.playbook());
        Self { counts: Counts::new(&outline), census: engine.census(), outline, contributions: Vec::new(), bytes: 0, round: Vec::new() }
    }

    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// As of the last round.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Of some of the accounts, likewise.
    pub fn counts_of(&self, accounts: impl Iterator<Item = AccountIndex>) -> Counts {
        let mut counts = Counts::new(&self.outline);
        let contributions = accounts.filter_map(|index| self.contributions.get(index as usize));
        contributions.filter(|contribution| !contribution.is_empty()).for_each(|contribution| counts.add(contribution));
        counts
    }

    /// Begins a round, or adds to the one under way. Returns whether there is anything in it.
    pub fn begin(&mut self, engine: &mut Engine) -> bool {
        self.round.extend(engine.take_uncounted());
        !self.round.is_empty()
    }

    /// Counts at most so many accounts of the round; true: there are more.
    pub fn step(&mut self, engine: &mut Engine, accounts_max: usize) -> bool {
        let left = self.round.len().saturating_sub(accounts_max);
        self.contributions.resize(engine.accounts().slots(), Contribution::default());
        for index in self.round.drain(left..) {
            let counted = engine.count_anew(index, &self.census);
            let contribution =
                counted.map_or_else(Contribution::default, |(entry, values)| Contribution::new(&entry, &values, &self.outline));
            let before = std::mem::replace(&mut self.contributions[index as usize], contribution);
            let after = &self.contributions[index as usize];
            self.bytes = self.bytes + after.bytes() - before.bytes();
            if before == *after {
                continue;
            }
            if !before.is_empty() {
                self.counts.subtract(&before);
            }
            if !after.is_empty() {
                self.counts.add(after);
            }
        }
        left > 0
    }

    /// Heap bytes held for the accounts, about.
    pub fn bytes(&self) -> usize {
        self.contributions.capacity() * size_of::<Contribution>() + self.bytes
    }
}
