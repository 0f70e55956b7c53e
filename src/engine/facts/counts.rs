//! Sums per day over the days that are held.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::day::Day;
use crate::engine::prefetch::ask_for_bytes;
use crate::playbook::HELD_DAYS;

/// One counter per day, for the [`HELD_DAYS`] days that end with the last day counted.
///
/// Most features of most accounts are used on few days and a few times, so counters begin with four bits and all widen when one
/// overflows, and the span covers only days between the first and the last that were counted. It grows and moves by
/// [`BLOCK_DAYS`], which is a whole number of bytes at every width; days that it holds beyond the held ones are in no window.
#[derive(Clone, Debug, PartialEq)]
pub struct DayCounts {
    /// Little endian; two days to the byte while they have four bits, the earlier one low.
    cells: Box<[u8]>,
    /// Day of the first cell.
    first: Day,
    /// Days from the first cell to the last day counted.
    days: u8,
    /// Bits per cell: 4, 8, 16, 32 or 64.
    bits: u8,
}

/// Days by which the span grows and moves.
const BLOCK_DAYS: usize = 16;

/// A span of the held days, wherever in a block it begins.
const SPAN_DAYS_MAX: usize = (HELD_DAYS as usize).next_multiple_of(BLOCK_DAYS) + BLOCK_DAYS;

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
        let before = self.cell(index);
        let sum = before.saturating_add(amount);
        while self.bits < 64 && sum >> self.bits != 0 {
            self.widen();
        }
        self.set_cell(index, sum);
        before == 0
    }

    /// Takes one from a day that may have left the span already.
    pub fn subtract_one(&mut self, day: Day) {
        let index = i64::from(day) - i64::from(self.first);
        if index >= 0 && index < i64::from(self.days) {
            self.set_cell(index as usize, self.cell(index as usize).saturating_sub(1));
        }
    }

    /// Sum over `from ..= to`.
    #[inline]
    pub fn sum(&self, from: Day, to: Day) -> u64 {
        let Some((low, high)) = self.range(from, to) else { return 0 };
        match self.bits {
            // Sixteen at once: pairs of four bits into bytes, and bytes added up by a multiplication.
            4 => self.words(low, high).map(|word| (((word & NIBBLES) + (word >> 4 & NIBBLES)).wrapping_mul(BYTES_ONE)) >> 56).sum(),
            // Eight at once, in the same way: the sum of eight bytes needs more than one.
            8 => self.words(low, high).map(|word| (((word & SHORTS) + (word >> 8 & SHORTS)).wrapping_mul(SHORTS_ONE)) >> 48).sum(),
            _ => (low..high).fold(0u64, |sum, index| sum.saturating_add(self.cell(index))),
        }
    }

    /// Number of days in `from ..= to` with a count.
    pub fn days_counted(&self, from: Day, to: Day) -> u32 {
        let Some((low, high)) = self.range(from, to) else { return 0 };
        match self.bits {
            4 => self.words(low, high).map(|word| (fold(fold(word, 1), 2) & NIBBLES_ONE).count_ones()).sum(),
            8 => self.words(low, high).map(|word| (fold(fold(fold(word, 4), 2), 1) & BYTES_ONE).count_ones()).sum(),
            _ => (low..high).filter(|&index| self.cell(index) != 0).count() as u32,
        }
    }

    pub fn any(&self, from: Day, to: Day) -> bool {
        let Some((low, high)) = self.range(from, to) else { return false };
        match self.bits {
            4 | 8 => self.words(low, high).any(|word| word != 0),
            _ => (low..high).any(|index| self.cell(index) != 0),
        }
    }

    /// Day and count of each day counted in `from ..= to`, ascending.
    pub fn days_within(&self, from: Day, to: Day) -> impl Iterator<Item = (Day, u64)> + '_ {
        let (low, high) = self.range(from, to).unwrap_or((0, 0));
        (low..high).map(|index| (self.first + index as Day, self.cell(index))).filter(|&(_, count)| count != 0)
    }

    /// Asks memory for the last held days.
    pub fn prefetch(&self) {
        let tail = self.cells.len().min(128);
        ask_for_bytes(self.cells[self.cells.len() - tail..].as_ptr(), tail);
    }

    /// Heap bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.cells.len()
    }

    #[inline]
    fn cell(&self, index: usize) -> u64 {
        let cells = &self.cells;
        match self.bits {
            4 => u64::from(cells[index / 2] >> (index % 2 * 4) & 15),
            8 => u64::from(cells[index]),
            16 => u64::from(u16::from_le_bytes(self.bytes(index))),
            32 => u64::from(u32::from_le_bytes(self.bytes(index))),
            _ => u64::from_le_bytes(self.bytes(index)),
        }
    }

    /// `value` fits.
    #[inline]
    fn set_cell(&mut self, index: usize, value: u64) {
        if self.bits == 4 {
            let (byte, shift) = (&mut self.cells[index / 2], index % 2 * 4);
            *byte = *byte & !(15 << shift) | (value as u8) << shift;
            return;
        }
        let width = usize::from(self.bits / 8);
        self.cells[index * width..(index + 1) * width].copy_from_slice(&value.to_le_bytes()[..width]);
    }

    fn bytes<const N: usize>(&self, index: usize) -> [u8; N] {
        self.cells[index * N..(index + 1) * N].try_into().expect("N bytes")
    }

    /// The cells `low .. high`, of four or eight bits, in words; cells outside are 0.
    fn words(&self, low: usize, high: usize) -> impl Iterator<Item = u64> + '_ {
        let bits = usize::from(self.bits);
        let per_word = 64 / bits;
        let (first, end) = (low / per_word, high.div_ceil(per_word));
        let words = self.cells[first * 8..end * 8].chunks_exact(8).enumerate();
        words.map(move |(index, bytes)| {
            let mut word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
            let start = (first + index) * per_word;
            if start < low {
                word &= u64::MAX << ((low - start) * bits);
            }
            if start + per_word > high {
                word &= u64::MAX >> ((start + per_word - high) * bits);
            }
            word
        })
    }

    fn range(&self, from: Day, to: Day) -> Option<(usize, usize)> {
        let days = i64::from(self.days);
        let low = (i64::from(from) - i64::from(self.first)).clamp(0, days) as usize;
        let high = (i64::from(to) - i64::from(self.first) + 1).clamp(0, days) as usize;
        (low < high).then_some((low, high))
    }

    /// Bytes of a block.
    fn block(&self) -> usize {
        BLOCK_DAYS * usize::from(self.bits) / 8
    }

    /// Makes room for a day and returns its cell, or `None` where it is too old to be held.
    #[inline]
    fn cell_for(&mut self, day: Day) -> Option<usize> {
        let days = i64::from(self.days);
        let index = i64::from(day) - i64::from(self.first);
        if (0..days).contains(&index) && days - index <= i64::from(HELD_DAYS) {
            return Some(index as usize);
        }
        self.make_cell(day)
    }

    /// The same for a day outside of the span.
    #[cold]
    fn make_cell(&mut self, day: Day) -> Option<usize> {
        let days = i64::from(self.days);
        let index = i64::from(day) - i64::from(self.first);
        if days == 0 || index - days >= i64::from(HELD_DAYS) {
            // Nothing that was counted is held any more.
            self.cells.fill(0);
            self.first = day;
            return Some(self.grow_to(0));
        }
        if days - index > i64::from(HELD_DAYS) {
            return None;
        }
        if index < 0 {
            let blocks = (-index as usize).div_ceil(BLOCK_DAYS);
            let mut cells = vec![0; blocks * self.block() + self.cells.len()];
            cells[blocks * self.block()..].copy_from_slice(&self.cells);
            self.cells = cells.into();
            self.first -= (blocks * BLOCK_DAYS) as Day;
            self.days += (blocks * BLOCK_DAYS) as u8;
            return Some((day - self.first) as usize);
        }
        let surplus = (index as usize + 1).saturating_sub(HELD_DAYS as usize) / BLOCK_DAYS;
        if surplus > 0 {
            let dropped = (surplus * self.block()).min(self.cells.len());
            self.cells.copy_within(dropped.., 0);
            let kept = self.cells.len() - dropped;
            self.cells[kept..].fill(0);
            self.first += (surplus * BLOCK_DAYS) as Day;
        }
        Some(self.grow_to((day - self.first) as usize))
    }

    /// Lets the span end with a cell, and returns it.
    fn grow_to(&mut self, index: usize) -> usize {
        self.days = index as u8 + 1;
        let needed = (index / BLOCK_DAYS + 1) * self.block();
        if needed > self.cells.len() {
            let mut cells = vec![0; needed];
            cells[..self.cells.len()].copy_from_slice(&self.cells);
            self.cells = cells.into();
        }
        index
    }

    #[cold]
    fn widen(&mut self) {
        let mut wider = Self { cells: vec![0; self.cells.len() * 2].into(), bits: self.bits * 2, ..*self };
        (0..usize::from(self.days)).for_each(|index| wider.set_cell(index, self.cell(index)));
        *self = wider;
    }
}

const NIBBLES: u64 = 0x0F0F_0F0F_0F0F_0F0F;
const NIBBLES_ONE: u64 = 0x1111_1111_1111_1111;
const BYTES_ONE: u64 = 0x0101_0101_0101_0101;
const SHORTS: u64 = 0x00FF_00FF_00FF_00FF;
const SHORTS_ONE: u64 = 0x0001_0001_0001_0001;

/// Gathers whether any bit of a cell is set into its lowest one.
fn fold(word: u64, by: u32) -> u64 {
    word | word >> by
}

/// As it is written: the cells end with the last day.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    first: Day,
    days: u8,
    bits: u8,
    #[serde(with = "serde_bytes", borrow)]
    cells: &'a [u8],
}

impl Serialize for DayCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = (usize::from(self.days) * usize::from(self.bits)).div_ceil(8);
        Written { first: self.first, days: self.days, bits: self.bits, cells: &self.cells[..bytes] }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DayCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { first, days, bits, cells } = Written::deserialize(deserializer)?;
        if !matches!(bits, 4 | 8 | 16 | 32 | 64) || usize::from(days) > SPAN_DAYS_MAX {
            return Err(D::Error::custom("counts of no known width or of more days than are held"));
        }
        if cells.len() != (usize::from(days) * usize::from(bits)).div_ceil(8) || !(-1_000_000..=4_000_000).contains(&first) {
            return Err(D::Error::custom("counts with too few cells, too many, or on days that are in no calendar"));
        }
        let mut counts = Self { first, days, bits, ..Self::default() };
        let mut all = vec![0; usize::from(days).div_ceil(BLOCK_DAYS) * counts.block()];
        all[..cells.len()].copy_from_slice(cells);
        counts.cells = all.into();
        // Behind the last day nothing is counted, also in what was read from elsewhere.
        if days % 2 == 1 && bits == 4 {
            counts.set_cell(usize::from(days), 0);
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn days(counts: &DayCounts) -> Vec<(Day, u64)> {
        counts.days_within(0, Day::MAX).collect()
    }

    /// Compares with a map that forgets nothing, over a pseudo-random walk of days and amounts.
    #[test]
    fn agrees_with_a_map_over_the_held_days() {
        let mut state = 7u64;
        let mut random = move |bound: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % bound
        };
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
        let copy = |counts: &DayCounts| postcard::from_bytes::<DayCounts>(&postcard::to_stdvec(counts).expect("encodes")).expect("decodes");
        assert_eq!(copy(&counts), counts);
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
