//! Sums per day over the days that are held.

use super::cells::{Cells, Reach, WrittenCells, cell, fits, index_within, set_cell};
use crate::engine::day::Day;
use crate::engine::prefetch::ask_for_bytes;
use crate::engine::repack;
use crate::playbook::HELD_DAYS;

/// One counter per day, for the [`HELD_DAYS`] days that end with the last day counted.
///
/// Most features of most accounts are used on few days and a few times, so counters begin with four bits and all widen when one
/// overflows, and the span covers only days between the first and the last that were counted. It grows and moves by blocks of days,
/// which are whole words at every width; days that it holds beyond the held ones are in no window.
#[derive(Clone, Debug)]
pub struct DayCounts {
    /// As [`Cells`] has them.
    cells: Box<[u8]>,
    /// Day of the first cell.
    first: Day,
    /// Days from the first cell to the last day counted.
    days: u8,
    /// Bits per cell: 4, 8, 16, 32 or 64.
    bits: u8,
}

const REACH: Reach = Reach { block: 16, longest: (HELD_DAYS as usize).next_multiple_of(16) + 16 };

impl Default for DayCounts {
    fn default() -> Self {
        Self { cells: Box::default(), first: 0, days: 0, bits: 4 }
    }
}

impl DayCounts {
    /// Adds to a day; returns whether it had no count. A day that lies [`HELD_DAYS`] or more before the last counted one is out of
    /// every window: ignored.
    pub fn add(&mut self, day: Day, amount: u64) -> bool {
        let Some(index) = self.cell_for(day) else { return true };
        let before = cell(&self.cells, self.bits, index);
        let sum = before.saturating_add(amount);
        while !fits(self.bits, sum) {
            self.widen();
        }
        set_cell(&mut self.cells, self.bits, index, sum);
        before == 0
    }

    /// Takes one from a day that may have left the span already.
    pub fn subtract_one(&mut self, day: Day) {
        if let Some(index) = index_within(self.first, self.days, day) {
            let before = cell(&self.cells, self.bits, index);
            set_cell(&mut self.cells, self.bits, index, before.saturating_sub(1));
        }
    }

    #[inline]
    pub fn cells(&self) -> Cells<'_> {
        Cells { bytes: &self.cells, first: self.first, days: self.days, bits: self.bits }
    }

    /// Sum over `from ..= to`.
    #[inline]
    pub fn sum(&self, from: Day, to: Day) -> u64 {
        self.cells().sum(from, to)
    }

    /// Number of days in `from ..= to` with a count.
    pub fn days_counted(&self, from: Day, to: Day) -> u32 {
        self.cells().days_counted(from, to)
    }

    pub fn any(&self, from: Day, to: Day) -> bool {
        self.cells().any(from, to)
    }

    /// Day and count of each day counted in `from ..= to`, ascending.
    pub fn days_within(&self, from: Day, to: Day) -> impl Iterator<Item = (Day, u64)> + '_ {
        self.cells().days_within(from, to)
    }

    /// Asks memory for the last held days.
    pub fn prefetch(&self) {
        let tail = self.cells.len().min(128);
        ask_for_bytes(self.cells[self.cells.len() - tail..].as_ptr(), tail);
    }

    /// Moves what is in underfilled pages of memory.
    pub fn repack(&mut self) {
        repack::slice(&mut self.cells);
    }

    /// Heap bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.cells.len()
    }

    /// Bytes of so many days, in whole blocks.
    fn bytes_of(days: usize, bits: u8) -> usize {
        days.next_multiple_of(REACH.block) * usize::from(bits) / 8
    }

    /// Makes room for a day and returns its cell, or `None` where it is too old to be held.
    #[inline]
    fn cell_for(&mut self, day: Day) -> Option<usize> {
        index_within(self.first, self.days, day).or_else(|| self.make_cell(day))
    }

    /// The cell of a day outside of the span; see [`DayCounts::cell_for`].
    #[cold]
    fn make_cell(&mut self, day: Day) -> Option<usize> {
        let (first, days) = REACH.extend(self.first, self.days, day)?;
        let needed = Self::bytes_of(days.into(), self.bits);
        if first != self.first || needed > self.cells.len() {
            let mut cells = vec![0; needed];
            // In whole blocks, but where nothing is left.
            let earlier = Self::bytes_of((self.first - first).max(0) as usize, self.bits).min(needed);
            let dropped = Self::bytes_of((first - self.first).max(0) as usize, self.bits).min(self.cells.len());
            let kept = (self.cells.len() - dropped).min(needed - earlier);
            cells[earlier..earlier + kept].copy_from_slice(&self.cells[dropped..dropped + kept]);
            self.cells = cells.into();
        }
        (self.first, self.days) = (first, days);
        Some((day - first) as usize)
    }

    #[cold]
    fn widen(&mut self) {
        let bits = self.bits * 2;
        let mut cells = vec![0; self.cells.len() * 2];
        (0..usize::from(self.days)).for_each(|index| set_cell(&mut cells, bits, index, cell(&self.cells, self.bits, index)));
        (self.cells, self.bits) = (cells.into(), bits);
    }
}

/// Of cells of four bits or more that pass [`WrittenCells::check`].
impl From<WrittenCells<'_>> for DayCounts {
    fn from(WrittenCells { first, days, bits, bytes }: WrittenCells<'_>) -> Self {
        let mut cells = vec![0; Self::bytes_of(days.into(), bits)];
        cells[..bytes.len()].copy_from_slice(bytes);
        Self { cells: cells.into(), first, days, bits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::collections::BTreeMap;

    fn days(counts: &DayCounts) -> Vec<(Day, u64)> {
        counts.days_within(0, Day::MAX).collect()
    }

    /// Compares with a map that forgets nothing, over a pseudo-random walk of days and amounts.
    #[test]
    fn agrees_with_a_map_over_the_held_days() {
        let mut source = Random::new(7);
        let mut random = move |bound: u64| source.below(bound as usize) as u64;
        for _ in 0..50 {
            let mut counts = DayCounts::default();
            let mut all = BTreeMap::<Day, u64>::new();
            let mut today = 100;
            for _ in 0..400 {
                today += if random(12) == 0 { random(40) as Day } else { random(2) as Day };
                let day = today - if random(4) == 0 { random(HELD_DAYS as u64) as Day } else { 0 };
                let amount = if random(20) == 0 { random(1_000_000_000) + 1 } else { random(100) + 1 };
                counts.add(day, amount);
                *all.entry(day).or_default() += amount;
                let days = 1 + random(HELD_DAYS as u64) as Day;
                let expected: u64 = all.range(today - days + 1..=today).map(|(_, amount)| amount).sum();
                assert_eq!(counts.sum(today - days + 1, today), expected);
                let expected = all.range(today - days + 1..=today).count() as u32;
                assert_eq!(counts.days_counted(today - days + 1, today), expected);
                assert_eq!(counts.any(today - days + 1, today), expected > 0);
            }
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let mut counts = DayCounts::default();
        let copy = |counts: &DayCounts| {
            let written = counts.cells().written();
            assert_eq!(written.check(4), Ok(()));
            DayCounts::from(written)
        };
        assert_eq!(days(&copy(&counts)), []);
        for (day, amount) in [(300, 3), (301, 200), (310, 70_000), (299, 1), (380, 5_000_000_000), (500, 1)] {
            counts.add(day, amount);
            assert_eq!(days(&copy(&counts)), days(&counts));
        }
    }

    #[test]
    fn a_day_too_old_to_be_held_is_ignored() {
        let mut counts = DayCounts::default();
        counts.add(200, 1);
        counts.add(200 - HELD_DAYS, 5);
        counts.add(200 - HELD_DAYS + 1, 7);
        assert_eq!(days(&counts), [(109, 7), (200, 1)]);
    }
}
