//! Sums per day over the days that are held.

use serde::{Deserialize, Serialize};

use crate::engine::day::Day;
use crate::playbook::HELD_DAYS;

/// One counter per day, for a span of at most [`HELD_DAYS`] days that ends with the last day counted.
///
/// Counters begin as bytes and widen when one overflows; the span covers only days between the first and the last that were
/// counted. Most features of most accounts are used on few days and a few times, so this is what keeps an account small.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DayCounts {
    /// Day of the first cell.
    first: Day,
    cells: Cells,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Cells {
    // As one run of bytes: most counts are, and a restore reads little else.
    #[serde(with = "serde_bytes")]
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Words(Vec<u32>),
    Longs(Vec<u64>),
}

impl Default for Cells {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

/// Runs the same code on whichever width the cells have.
macro_rules! each_width {
    ($cells:expr, $v:ident => $body:expr) => {
        match $cells {
            Cells::Bytes($v) => $body,
            Cells::Shorts($v) => $body,
            Cells::Words($v) => $body,
            Cells::Longs($v) => $body,
        }
    };
}

impl DayCounts {
    /// Adds to a day. A day that lies [`HELD_DAYS`] or more before the last counted one is out of every window: ignored.
    pub fn add(&mut self, day: Day, amount: u64) {
        let Some(index) = self.cell_for(day) else { return };
        loop {
            let fits = match &mut self.cells {
                Cells::Bytes(v) => add_to(&mut v[index], amount),
                Cells::Shorts(v) => add_to(&mut v[index], amount),
                Cells::Words(v) => add_to(&mut v[index], amount),
                Cells::Longs(v) => {
                    v[index] = v[index].saturating_add(amount);
                    true
                }
            };
            if fits {
                return;
            }
            self.widen();
        }
    }

    /// Takes one from a day that may have left the span already.
    pub fn subtract_one(&mut self, day: Day) {
        let index = i64::from(day) - i64::from(self.first);
        if index >= 0 && (index as usize) < self.len() {
            each_width!(&mut self.cells, v => {
                let cell = &mut v[index as usize];
                *cell = cell.saturating_sub(1);
            });
        }
    }

    /// Sum over `from ..= to`.
    pub fn sum(&self, from: Day, to: Day) -> u64 {
        let Some((low, high)) = self.range(from, to) else { return 0 };
        match &self.cells {
            // Narrow cells are summed in 32 bits, which the compiler turns into vector code.
            Cells::Bytes(v) => u64::from(v[low..high].iter().map(|&cell| u32::from(cell)).sum::<u32>()),
            Cells::Shorts(v) => u64::from(v[low..high].iter().map(|&cell| u32::from(cell)).sum::<u32>()),
            Cells::Words(v) => v[low..high].iter().map(|&cell| u64::from(cell)).sum(),
            Cells::Longs(v) => v[low..high].iter().fold(0u64, |sum, &cell| sum.saturating_add(cell)),
        }
    }

    /// Number of days in `from ..= to` with a count.
    pub fn days_counted(&self, from: Day, to: Day) -> u32 {
        let Some((low, high)) = self.range(from, to) else { return 0 };
        each_width!(&self.cells, v => v[low..high].iter().map(|&cell| u32::from(cell != 0)).sum())
    }

    pub fn any(&self, from: Day, to: Day) -> bool {
        let Some((low, high)) = self.range(from, to) else { return false };
        each_width!(&self.cells, v => v[low..high].iter().any(|&cell| cell != 0))
    }

    /// Day and count of each day counted, ascending.
    pub fn days(&self) -> impl Iterator<Item = (Day, u64)> + '_ {
        (0..self.len()).map(|index| (self.first + index as Day, self.cell(index))).filter(|&(_, count)| count != 0)
    }

    /// Whether the span is one that can be held: for what was read from elsewhere.
    pub fn is_valid(&self) -> bool {
        self.len() <= HELD_DAYS as usize && self.first.checked_add(HELD_DAYS).is_some()
    }

    /// Heap bytes held.
    pub fn heap_bytes(&self) -> usize {
        match &self.cells {
            Cells::Bytes(v) => v.capacity(),
            Cells::Shorts(v) => v.capacity() * 2,
            Cells::Words(v) => v.capacity() * 4,
            Cells::Longs(v) => v.capacity() * 8,
        }
    }

    fn cell(&self, index: usize) -> u64 {
        match &self.cells {
            Cells::Bytes(v) => u64::from(v[index]),
            Cells::Shorts(v) => u64::from(v[index]),
            Cells::Words(v) => u64::from(v[index]),
            Cells::Longs(v) => v[index],
        }
    }

    fn len(&self) -> usize {
        each_width!(&self.cells, v => v.len())
    }

    fn range(&self, from: Day, to: Day) -> Option<(usize, usize)> {
        let len = self.len() as i64;
        let low = (i64::from(from) - i64::from(self.first)).clamp(0, len) as usize;
        let high = (i64::from(to) - i64::from(self.first) + 1).clamp(0, len) as usize;
        (low < high).then_some((low, high))
    }

    /// Makes room for a day and returns its cell, or `None` where it is too old to be held.
    fn cell_for(&mut self, day: Day) -> Option<usize> {
        let len = self.len();
        if len == 0 {
            self.first = day;
            self.grow_to(1);
            return Some(0);
        }
        let index = i64::from(day) - i64::from(self.first);
        if index < 0 {
            let missing = -index;
            if missing + len as i64 > i64::from(HELD_DAYS) {
                return None;
            }
            each_width!(&mut self.cells, v => { v.splice(0..0, std::iter::repeat_n(0, missing as usize)); });
            self.first = day;
            return Some(0);
        }
        if (index as usize) < len {
            return Some(index as usize);
        }
        let surplus = index + 1 - i64::from(HELD_DAYS);
        if surplus > 0 {
            if surplus as usize >= len {
                each_width!(&mut self.cells, v => v.clear());
                self.first = day;
                self.grow_to(1);
                return Some(0);
            }
            each_width!(&mut self.cells, v => { v.drain(..surplus as usize); });
            self.first += surplus as Day;
        }
        let index = (day - self.first) as usize;
        self.grow_to(index + 1);
        Some(index)
    }

    fn grow_to(&mut self, len: usize) {
        // In steps, so that a day does not cost an allocation, and never past what can be held.
        let capacity = len.next_multiple_of(16).min(HELD_DAYS as usize);
        each_width!(&mut self.cells, v => {
            if len > v.capacity() {
                v.reserve_exact(capacity - v.len());
            }
            v.resize(len, 0);
        });
    }

    fn widen(&mut self) {
        self.cells = match &self.cells {
            Cells::Bytes(v) => Cells::Shorts(v.iter().map(|&cell| cell.into()).collect()),
            Cells::Shorts(v) => Cells::Words(v.iter().map(|&cell| cell.into()).collect()),
            Cells::Words(v) => Cells::Longs(v.iter().map(|&cell| cell.into()).collect()),
            Cells::Longs(v) => Cells::Longs(v.clone()),
        };
    }
}

fn add_to<T: Copy + TryFrom<u64> + Into<u64>>(cell: &mut T, amount: u64) -> bool {
    match T::try_from((*cell).into().saturating_add(amount)) {
        Ok(sum) => {
            *cell = sum;
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

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
    fn a_day_too_old_to_be_held_is_ignored() {
        let mut counts = DayCounts::default();
        counts.add(200, 1);
        counts.add(200 - HELD_DAYS, 5);
        counts.add(200 - HELD_DAYS + 1, 7);
        assert_eq!(counts.days().collect::<Vec<_>>(), [(109, 7), (200, 1)]);
    }
}
