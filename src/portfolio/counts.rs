//! The counts of all accounts, and of the accounts of each segment.

use super::contribution::Contribution;
use super::group::Group;
use super::outline::Outline;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub(super) all: Group,
    /// In the playbook's order.
    pub(super) segments: Vec<Group>,
}

impl Counts {
    pub fn new(outline: &Outline) -> Self {
        let group = || Group::new(outline);
        Self { all: group(), segments: outline.playbook.segments.iter().map(|_| group()).collect() }
    }

    pub fn add(&mut self, contribution: &Contribution) {
        self.change(contribution, 1);
    }

    /// Takes out what was added.
    pub fn subtract(&mut self, contribution: &Contribution) {
        self.change(contribution, -1);
    }

    fn change(&mut self, contribution: &Contribution, by: i64) {
        let parts = contribution.parts();
        self.all.change(&parts, by);
        parts.entry.segments.iter().for_each(|segment| self.segments[usize::from(*segment)].change(&parts, by));
    }

    /// Takes in the counts of other accounts, by the same playbook.
    pub fn merge(&mut self, other: &Self) {
        self.all.merge(&other.all);
        self.segments.iter_mut().zip(&other.segments).for_each(|(own, other)| own.merge(other));
    }
}

#[cfg(test)]
#[path = "counts_tests.rs"]
mod tests;
