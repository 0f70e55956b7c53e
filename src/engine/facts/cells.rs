//! Counters of few bits, one per day, wherever they are kept: how they are read and written, and which days they stand for.

use serde::{Deserialize, Serialize};

use crate::engine::day::{Day, is_in_calendar};
use crate::engine::prefetch::ask_for_bytes;
use crate::playbook::HELD_DAYS;

/// One counter per day of a run of days, to be read.
///
/// Little endian, in whole words of eight bytes; counters of less than eight bits share a byte, the earlier day's low. Behind the last
/// day nothing is counted.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    pub bytes: &'a [u8],
    /// Day of the first cell.
    pub first: Day,
    /// Days from the first cell to the last day counted.
    pub days: u8,
    /// Bits per cell: 2, 4, 8, 16, 32 or 64.
    pub bits: u8,
}

impl<'a> Cells<'a> {
    /// Sum over `from ..= to`.
    #[inline]
    pub fn sum(self, from: Day, to: Day) -> u64 {
        let Some((low, high)) = self.range(from, to) else { return 0 };
        // A word at once: neighbours are added into cells of twice the bits, and bytes added up by a multiplication.
        match self.bits {
            2 => self.words::<2>(low, high).map(|word| sum_of_bytes(pairs(pairs(word, 2, PAIRS), 4, NIBBLES))).sum(),
            4 => self.words::<4>(low, high).map(|word| sum_of_bytes(pairs(word, 4, NIBBLES))).sum(),
            // The sum of eight bytes needs more than one.
            8 => self.words::<8>(low, high).map(|word| (pairs(word, 8, SHORTS).wrapping_mul(SHORTS_ONE)) >> 48).sum(),
            _ => (low..high).fold(0u64, |sum, index| sum.saturating_add(self.cell(index))),
        }
    }

    /// Number of days in `from ..= to` with a count.
    pub fn days_counted(self, from: Day, to: Day) -> u32 {
        let Some((low, high)) = self.range(from, to) else { return 0 };
        match self.bits {
            2 => self.words::<2>(low, high).map(|word| (fold(word, 1) & PAIRS_ONE).count_ones()).sum(),
            4 => self.words::<4>(low, high).map(|word| (fold(fold(word, 1), 2) & NIBBLES_ONE).count_ones()).sum(),
            8 => self.words::<8>(low, high).map(|word| (fold(fold(fold(word, 4), 2), 1) & BYTES_ONE).count_ones()).sum(),
            _ => (low..high).filter(|&index| self.cell(index) != 0).count() as u32,
        }
    }

    /// Bit n: `from` + n has a count; of at most 128 days.
    pub fn days_as_bits(self, from: Day, to: Day) -> u128 {
        let Some((low, high)) = self.range(from, to) else { return 0 };
        // By the place of the cell, of which there are 128 at most.
        let by_cell = match self.bits {
            2 => self.gathered::<2>(low, high, |word| even_bits(fold(word, 1) & PAIRS_ONE)),
            4 => self.gathered::<4>(low, high, |word| every_fourth_bit(fold(fold(word, 1), 2) & NIBBLES_ONE)),
            8 => self.gathered::<8>(low, high, |word| every_eighth_bit(fold(fold(fold(word, 4), 2), 1) & BYTES_ONE)),
            _ => (low..high).filter(|&index| self.cell(index) != 0).fold(0, |bits, index| bits | 1 << index),
        };
        if self.first < from { by_cell >> (from - self.first) } else { by_cell << (self.first - from) }
    }

    fn gathered<const BITS: usize>(self, low: usize, high: usize, gather: impl Fn(u64) -> u64) -> u128 {
        let per_word = 64 / BITS;
        let words = (low / per_word..).zip(self.words::<BITS>(low, high));
        words.fold(0, |bits, (index, word)| bits | u128::from(gather(word)) << (index * per_word))
    }

    pub fn any(self, from: Day, to: Day) -> bool {
        self.days_within(from, to).next().is_some()
    }

    /// Asks memory for the last day.
    pub fn prefetch_last(self) {
        let last = usize::from(self.days.saturating_sub(1)) * usize::from(self.bits) / 8;
        ask_for_bytes(self.bytes.as_ptr().wrapping_add(last), 1);
    }

    /// The first day with a count.
    fn first_counted(self) -> Option<Day> {
        let (at, word) = self.whole_words().enumerate().find(|(_, word)| *word != 0)?;
        Some(self.day_at(at * 64 + word.trailing_zeros() as usize))
    }

    /// The last day with a count.
    pub fn last_counted(self) -> Option<Day> {
        let (at, word) = self.whole_words().enumerate().rfind(|(_, word)| *word != 0)?;
        Some(self.day_at(at * 64 + word.ilog2() as usize))
    }

    /// As the changelog has them.
    pub fn written(self) -> WrittenCells<'a> {
        let (Some(first), Some(last)) = (self.first_counted(), self.last_counted()) else { return WrittenCells::NONE };
        let bits = usize::from(self.bits);
        let skipped = (first - self.first) as usize / (8 / bits).max(1) * (8 / bits).max(1);
        let days = (last - self.first) as usize + 1 - skipped;
        let bytes = &self.bytes[skipped * bits / 8..][..(days * bits).div_ceil(8)];
        WrittenCells { first: self.first + skipped as Day, days: days as u8, bits: self.bits, bytes }
    }

    fn whole_words(self) -> impl DoubleEndedIterator<Item = u64> + ExactSizeIterator + 'a {
        self.bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word))
    }

    fn day_at(self, bit: usize) -> Day {
        self.first + (bit / usize::from(self.bits)) as Day
    }

    /// Day and count of each day counted in `from ..= to`, ascending.
    pub fn days_within(self, from: Day, to: Day) -> impl Iterator<Item = (Day, u64)> + 'a {
        let (mut at, end) = self.range(from, to).unwrap_or((0, 0));
        let bits = usize::from(self.bits);
        std::iter::from_fn(move || {
            while at < end {
                let word = &self.bytes[at * bits / 64 * 8..][..8];
                let rest = u64::from_le_bytes(word.try_into().expect("eight bytes")) >> (at * bits % 64);
                if rest == 0 {
                    // On to the next word.
                    at = (at * bits / 64 + 1) * 64 / bits;
                    continue;
                }
                let index = at + rest.trailing_zeros() as usize / bits;
                at = index + 1;
                return (index < end).then(|| (self.first + index as Day, self.cell(index)));
            }
            None
        })
    }

    #[inline]
    fn cell(self, index: usize) -> u64 {
        cell(self.bytes, self.bits, index)
    }

    /// The words with the cells `low .. high`; cells outside are 0.
    fn words<const BITS: usize>(self, low: usize, high: usize) -> impl Iterator<Item = u64> + 'a {
        let per_word = 64 / BITS;
        let (first, end) = (low / per_word, high.div_ceil(per_word));
        let words = self.bytes[first * 8..end * 8].chunks_exact(8).enumerate();
        words.map(move |(index, bytes)| {
            let mut word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
            let start = (first + index) * per_word;
            if start < low {
                word &= u64::MAX << ((low - start) * BITS);
            }
            if start + per_word > high {
                word &= u64::MAX >> ((start + per_word - high) * BITS);
            }
            word
        })
    }

    fn range(self, from: Day, to: Day) -> Option<(usize, usize)> {
        let days = i64::from(self.days);
        let low = (i64::from(from) - i64::from(self.first)).clamp(0, days) as usize;
        let high = (i64::from(to) - i64::from(self.first) + 1).clamp(0, days) as usize;
        (low < high).then_some((low, high))
    }
}

/// Cells as the changelog has them: from the byte of the first day counted to that of the last one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenCells<'a> {
    pub first: Day,
    pub days: u8,
    pub bits: u8,
    #[serde(with = "serde_bytes", borrow)]
    pub bytes: &'a [u8],
}

impl WrittenCells<'_> {
    /// Nothing was counted.
    const NONE: Self = Self { first: 0, days: 0, bits: 4, bytes: &[] };
    /// A run of days is no longer, wherever it was kept.
    const DAYS_MAX: u8 = 128;

    /// What keeps cells of unknown origin from being taken over; of fewer bits they are not kept where these belong.
    pub fn check(self, bits_min: u8) -> Result<(), &'static str> {
        if !matches!(self.bits, 2 | 4 | 8 | 16 | 32 | 64) || self.bits < bits_min {
            return Err("counts of a width that none have");
        }
        if self.days > Self::DAYS_MAX {
            return Err("counts of more days than are kept");
        }
        if !is_in_calendar(self.first) {
            return Err("counts of a day that is in no calendar");
        }
        let bits = usize::from(self.days) * usize::from(self.bits);
        if self.bytes.len() != bits.div_ceil(8) {
            return Err("counts of more days or fewer than they say");
        }
        if !bits.is_multiple_of(8) && self.bytes[bits / 8] >> (bits % 8) != 0 {
            return Err("a count behind the last day");
        }
        Ok(())
    }

    /// The first day with a count, of such as pass [`WrittenCells::check`].
    pub fn first_counted(self) -> Option<Day> {
        let index = (0..usize::from(self.days)).find(|&index| cell(self.bytes, self.bits, index) != 0)?;
        Some(self.first + index as Day)
    }

    /// The last day with a count.
    pub fn last_counted(self) -> Option<Day> {
        (self.days > 0).then(|| self.end() - 1)
    }

    /// The day behind the last one.
    pub fn end(self) -> Day {
        self.first + Day::from(self.days)
    }
}

#[inline]
pub fn cell(bytes: &[u8], bits: u8, index: usize) -> u64 {
    match bits {
        16 => u64::from(u16::from_le_bytes(array(bytes, index))),
        32 => u64::from(u32::from_le_bytes(array(bytes, index))),
        64 => u64::from_le_bytes(array(bytes, index)),
        _ => {
            let (byte, shift) = within_byte(bits, index);
            u64::from(bytes[byte]) >> shift & mask(bits)
        }
    }
}

/// `value` fits.
#[inline]
pub fn set_cell(bytes: &mut [u8], bits: u8, index: usize, value: u64) {
    if bits <= 8 {
        let (byte, shift) = within_byte(bits, index);
        bytes[byte] = bytes[byte] & !((mask(bits) << shift) as u8) | (value << shift) as u8;
        return;
    }
    let width = usize::from(bits / 8);
    bytes[index * width..(index + 1) * width].copy_from_slice(&value.to_le_bytes()[..width]);
}

/// Writes cells of 2 or 4 bits, in words of four bytes, as such of twice as many.
pub fn widen(cells: &[u8], bits: u8, wider: &mut [u8]) {
    for (narrow, wide) in cells.as_chunks().0.iter().zip(wider.as_chunks_mut().0) {
        // Halves move apart until each cell has the bits above it free.
        let mut word = u64::from(u32::from_le_bytes(*narrow));
        word = (word | word << 16) & 0x0000_FFFF_0000_FFFF;
        word = (word | word << 8) & SHORTS;
        word = (word | word << 4) & NIBBLES;
        if bits == 2 {
            word = (word | word << 2) & PAIRS;
        }
        *wide = word.to_le_bytes();
    }
}

/// Whether a cell can hold a value.
#[inline]
pub fn fits(bits: u8, value: u64) -> bool {
    value & !mask(bits) == 0
}

/// The index of a day in the span of `days` days from the first; `None` where it lies outside, or before the held days that end with it.
#[inline]
pub fn index_within(first: Day, days: u8, day: Day) -> Option<usize> {
    let (index, days) = (i64::from(day) - i64::from(first), i64::from(days));
    ((0..days).contains(&index) && days - index <= i64::from(HELD_DAYS)).then_some(index as usize)
}

/// How far a span of days reaches, and by how many at once it moves.
#[derive(Clone, Copy)]
pub struct Reach {
    pub block: usize,
    /// The longest span; a block longer than the held days, at least.
    pub longest: usize,
}

impl Reach {
    /// The span of `days` days from the first, after it was made to hold one more day: its first day and its days. It begins as many
    /// blocks earlier or later as are needed, or anew where nothing that was counted is held any more. `None`: the day is too old.
    pub fn extend(self, first: Day, days: u8, day: Day) -> Option<(Day, u8)> {
        let held = i64::from(HELD_DAYS);
        let (index, length) = (i64::from(day) - i64::from(first), i64::from(days));
        if length == 0 || index - length >= held {
            return Some((day, 1));
        }
        if length - index > held {
            return None;
        }
        if index < 0 {
            let ahead = (-index as usize).next_multiple_of(self.block);
            return Some((first - ahead as Day, days + ahead as u8));
        }
        let needed = index as usize + 1;
        if needed <= self.longest {
            return Some((first, days.max(needed as u8)));
        }
        let dropped = (needed - HELD_DAYS as usize) / self.block * self.block;
        Some((first + dropped as Day, (needed - dropped) as u8))
    }
}

#[inline]
fn within_byte(bits: u8, index: usize) -> (usize, usize) {
    let at = index * usize::from(bits);
    (at / 8, at % 8)
}

#[inline]
fn mask(bits: u8) -> u64 {
    u64::MAX >> (64 - bits)
}

fn array<const N: usize>(bytes: &[u8], index: usize) -> [u8; N] {
    bytes[index * N..(index + 1) * N].try_into().expect("N bytes")
}

const PAIRS: u64 = 0x3333_3333_3333_3333;
const PAIRS_ONE: u64 = 0x5555_5555_5555_5555;
const NIBBLES: u64 = 0x0F0F_0F0F_0F0F_0F0F;
const NIBBLES_ONE: u64 = 0x1111_1111_1111_1111;
const BYTES_ONE: u64 = 0x0101_0101_0101_0101;
const SHORTS: u64 = 0x00FF_00FF_00FF_00FF;
const SHORTS_ONE: u64 = 0x0001_0001_0001_0001;

/// Adds each cell and its neighbour, `by` bits apart; `mask` has the lower one of both.
fn pairs(word: u64, by: u32, mask: u64) -> u64 {
    (word & mask) + (word >> by & mask)
}

/// The sum of the bytes, where it fits into one.
fn sum_of_bytes(word: u64) -> u64 {
    word.wrapping_mul(BYTES_ONE) >> 56
}

/// Moves every second bit, the others being 0, to its neighbours.
fn even_bits(word: u64) -> u64 {
    let word = (word | word >> 1) & 0x3333_3333_3333_3333;
    let word = (word | word >> 2) & NIBBLES;
    let word = (word | word >> 4) & SHORTS;
    let word = (word | word >> 8) & 0x0000_FFFF_0000_FFFF;
    (word | word >> 16) & 0xFFFF_FFFF
}

/// Moves every fourth bit, the others being 0, to its neighbours.
fn every_fourth_bit(word: u64) -> u64 {
    let word = (word | word >> 3) & 0x0303_0303_0303_0303;
    let word = (word | word >> 6) & 0x000F_000F_000F_000F;
    let word = (word | word >> 12) & 0x0000_00FF_0000_00FF;
    (word | word >> 24) & 0xFFFF
}

/// Moves every eighth bit, the others being 0, to its neighbours.
fn every_eighth_bit(word: u64) -> u64 {
    word.wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Gathers whether any bit of a cell is set into its lowest one.
fn fold(word: u64, by: u32) -> u64 {
    word | word >> by
}
