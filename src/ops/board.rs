//! What this process's partitions are at, and the last records that were of no use: for people who ask.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::partition::TaskGauges;
use crate::task::DeadLetter;

/// The last ones that are kept.
pub const DEAD_LETTERS_MAX: usize = 100;

/// One partition. What is not known yet is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionState {
    /// `gathering`, `restoring`, `redoing`, `seeking`, `running`, `draining`.
    pub phase: &'static str,
    /// Input records not read yet, by topic.
    pub lag: BTreeMap<String, i64>,
    /// Unix milliseconds.
    pub clock_ms: Option<i64>,
    /// Records of the changelog, and of the input, still to be read before the state is whole.
    pub restore_remaining: Option<i64>,
    pub redo_remaining: Option<i64>,
    pub accounts: Option<u64>,
    pub users: Option<u64>,
    pub state_bytes: Option<u64>,
}

/// Written by workers, read by whoever asks.
#[derive(Debug, Default)]
pub struct Board {
    partitions: Mutex<BTreeMap<i32, PartitionState>>,
    dead_letters: Mutex<VecDeque<DeadLetter>>,
}

impl Board {
    /// Of a partition that the process does not have, nothing is noted.
    pub fn note(&self, partition: i32, note: impl FnOnce(&mut PartitionState)) {
        if let Some(state) = self.partitions().get_mut(&partition) {
            note(state);
        }
    }

    /// `closed` is the last that is told of a partition here, be it before or after it is given up.
    pub fn phase(&self, partition: i32, phase: &'static str) {
        if phase == "closed" {
            return self.forget(partition);
        }
        self.partitions().entry(partition).or_default().phase = phase;
    }

    pub fn running(&self, partition: i32) {
        self.phase(partition, "running");
        self.note(partition, |state| (state.restore_remaining, state.redo_remaining) = (Some(0), Some(0)));
    }

    pub fn gauges(&self, partition: i32, gauges: &TaskGauges) {
        self.note(partition, |state| {
            state.clock_ms = (gauges.clock_ms > 0).then_some(gauges.clock_ms);
            (state.accounts, state.users) = (Some(gauges.accounts), Some(gauges.users));
            state.state_bytes = Some(gauges.state_bytes);
        });
    }

    /// The partition went to another owner.
    pub fn forget(&self, partition: i32) {
        self.partitions().remove(&partition);
    }

    pub fn states(&self) -> BTreeMap<i32, PartitionState> {
        self.partitions().clone()
    }

    pub fn dead(&self, letters: impl IntoIterator<Item = DeadLetter>) {
        let mut kept = self.letters();
        kept.extend(letters);
        let over = kept.len().saturating_sub(DEAD_LETTERS_MAX);
        kept.drain(..over);
    }

    /// The newest first.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.letters().iter().rev().cloned().collect()
    }

    fn partitions(&self) -> MutexGuard<'_, BTreeMap<i32, PartitionState>> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn letters(&self) -> MutexGuard<'_, VecDeque<DeadLetter>> {
        self.dead_letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_known_from_its_first_phase_until_it_is_given_up() {
        let board = Board::default();
        board.note(3, |state| state.restore_remaining = Some(7));
        assert!(board.states().is_empty(), "what comes late of a partition that is gone");
        board.phase(3, "restoring");
        board.note(3, |state| state.restore_remaining = Some(7));
        let state = board.states()[&3].clone();
        assert_eq!((state.phase, state.restore_remaining, state.clock_ms, state.accounts), ("restoring", Some(7), None, None));
        board.running(3);
        board.gauges(3, &TaskGauges { accounts: 2, clock_ms: 5, ..TaskGauges::default() });
        let state = board.states()[&3].clone();
        assert_eq!((state.phase, state.restore_remaining, state.clock_ms, state.accounts), ("running", Some(0), Some(5), Some(2)));
        board.forget(3);
        board.phase(3, "closed");
        assert!(board.states().is_empty());
    }

    #[test]
    fn the_last_dead_letters_are_kept() {
        let board = Board::default();
        let letter = |offset| DeadLetter { topic: "in".into(), partition: 0, offset, reason: "bad_json", pointer: "".into(), at_ms: 0 };
        board.dead((0..70).map(letter));
        board.dead((70..130).map(letter));
        let offsets: Vec<i64> = board.dead_letters().iter().map(|letter| letter.offset).collect();
        assert_eq!(offsets, (30..130).rev().collect::<Vec<i64>>());
    }
}
