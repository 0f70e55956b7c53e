//! How often each feature of a product was used on the held days.

use super::DayCounts;
use super::cells::{Cells, Reach, WrittenCells, cell, fits, index_within, set_cell, widen};
use crate::engine::day::Day;
use crate::engine::names::NameId;
use crate::engine::prefetch::ask_for_bytes;
use crate::engine::repack;
use crate::playbook::HELD_DAYS;

/// A row of day counters per feature, in the order in which the features were first used, for the days that are held: those
/// that end with the last day on which one of them was counted.
///
/// Most features of most accounts are used on few days and a few times, so counters begin with two bits, and all widen when one
/// overflows, up to eight bits. What needs more is rare, and has counts of its own: it would widen a thousand others.
#[derive(Clone, Debug)]
pub struct FeatureDays {
    /// Of each feature the name, four bytes, and the first day of use ever, its low 16 bits: no later than the product's last day of use, and less
    /// than 179 years before. Those from the front, and the rows from the back; between them room for more features.
    block: Box<[u8]>,
    /// Counts of the features whose row was too narrow, which is empty from then on.
    #[expect(clippy::box_collection, reason = "a pointer where there are none, as nearly everywhere")]
    busy: Option<Box<Vec<(u16, DayCounts)>>>,
    /// Day of the first cell of each row.
    first: Day,
    features: u16,
    /// Days from the first cell to the last day counted.
    days: u8,
    /// Bits per cell: 2, 4 or 8.
    bits: u8,
}

/// A row has 32, 64 or 128 days, so that moving on by a block once the held days are full changes no row's length.
const REACH: Reach = Reach { block: 32, longest: 128 };

const BITS_MAX: u8 = 8;
const NAME: usize = size_of::<u32>();
const FIRST: usize = size_of::<u16>();

/// Of a feature beside its row.
const HEAD: usize = NAME + FIRST;

impl Default for FeatureDays {
    fn default() -> Self {
        Self { block: Box::default(), busy: None, first: 0, features: 0, days: 0, bits: 2 }
    }
}

impl FeatureDays {
    /// More features than this have no number.
    pub const FEATURES_MAX: usize = 65_000;

    /// With room for rows that pass [`WrittenCells::check`]: [`FeatureDays::restore`] is to follow for each of them.
    pub fn for_rows<'a>(rows: impl ExactSizeIterator<Item = WrittenCells<'a>>) -> Self {
        let count = rows.len();
        let (mut first, mut end, mut bits) = (Day::MAX, Day::MIN, 2);
        for row in rows.filter(|row| row.days > 0 && row.bits <= BITS_MAX) {
            (first, end, bits) = (first.min(row.first), end.max(row.end()), bits.max(row.bits));
        }
        let mut table = Self { bits, ..Self::default() };
        if first < end {
            table.first = if end - first > REACH.longest as Day { end - HELD_DAYS } else { first };
            table.days = (end - table.first) as u8;
        }
        table.block = vec![0; count * (HEAD + table.row_bytes())].into();
        table
    }

    /// Adds a feature and its counts. There is room for them.
    pub fn restore(&mut self, name: NameId, first_use: Day, counts: WrittenCells<'_>) {
        let place = self.push(name, first_use);
        if counts.bits > BITS_MAX {
            self.busy.get_or_insert_default().push((place as u16, counts.into()));
        } else {
            self.fill_row(place, counts);
        }
    }

    pub fn count(&self) -> usize {
        self.features.into()
    }

    pub fn place_of(&self, name: NameId) -> Option<usize> {
        self.names().position(|other| other == name)
    }

    pub fn name(&self, place: usize) -> NameId {
        NameId(u32::from_le_bytes(self.block[place * HEAD..][..NAME].try_into().expect("four bytes")))
    }

    /// Adds a feature that it does not have, first used on a day, and returns its place.
    pub fn push(&mut self, name: NameId, first_use: Day) -> usize {
        let place = self.count();
        if self.block.len() < (place + 1) * (HEAD + self.row_bytes()) {
            // Two at a time while they are few: an account has many products, and a product few features.
            *self = self.rebuilt(place + (place / 8).max(2), self.first, self.days, self.bits);
        }
        self.block[place * HEAD..][..NAME].copy_from_slice(&name.0.to_le_bytes());
        self.set_first_use(place, first_use);
        self.features += 1;
        place
    }

    /// The first day on which a feature was ever used. `last_use`: the product's.
    pub fn first_use(&self, place: usize, last_use: Day) -> Day {
        let bits = u16::from_le_bytes([self.block[place * HEAD + NAME], self.block[place * HEAD + NAME + 1]]);
        last_use.saturating_sub(Day::from((last_use as u16).wrapping_sub(bits)))
    }

    /// A feature was used on a day, which may be earlier than all that were known.
    pub fn used_on(&mut self, place: usize, day: Day, last_use: Day) {
        if day < self.first_use(place, last_use) {
            self.set_first_use(place, day);
        }
    }

    fn set_first_use(&mut self, place: usize, day: Day) {
        self.block[place * HEAD + NAME..][..FIRST].copy_from_slice(&(day as u16).to_le_bytes());
    }

    /// Adds to a feature's day; returns whether the feature's last day moved. A day that lies before the held ones is out of
    /// every window: ignored.
    #[inline]
    pub fn add(&mut self, place: usize, day: Day, amount: u64) -> bool {
        if let Some(index) = index_within(self.first, self.days, day) {
            let bits = self.bits;
            let before = cell(self.own_row(place).bytes, bits, index);
            let sum = before.saturating_add(amount);
            // Of a day that had no count it is to be known whether there is a later one: not behind the last.
            let is_known = before != 0 || index + 1 == usize::from(self.days) && self.busy.is_none();
            if is_known && fits(bits, sum) {
                let row = self.row_mut(place);
                set_cell(row, bits, index, sum);
                return before == 0;
            }
        }
        self.add_anew(place, day, amount)
    }

    /// Adds where the day lies behind the last one or long before it, or where the count outgrows its cell.
    #[inline(never)]
    fn add_anew(&mut self, place: usize, day: Day, amount: u64) -> bool {
        let is_behind = self.busy.is_none() && day >= self.first + Day::from(self.days);
        let is_last = is_behind || self.row(place).last_counted().is_none_or(|last| day > last);
        if let Some((_, counts)) = self.busy.iter_mut().flat_map(|busy| busy.iter_mut()).find(|(of, _)| usize::from(*of) == place) {
            counts.add(day, amount);
            return is_last;
        }
        let Some((first, days)) = REACH.extend(self.first, self.days, day) else { return false };
        if first != self.first || Self::row_days(days) != Self::row_days(self.days) {
            *self = self.rebuilt(self.room(), first, days, self.bits);
        }
        self.days = days;
        let index = (day - first) as usize;
        let sum = cell(self.own_row(place).bytes, self.bits, index).saturating_add(amount);
        while !fits(self.bits, sum) {
            if self.bits == BITS_MAX {
                self.move_out(place, day, amount);
                return is_last;
            }
            *self = self.rebuilt(self.room(), self.first, self.days, self.bits * 2);
        }
        let bits = self.bits;
        set_cell(self.row_mut(place), bits, index, sum);
        is_last
    }

    /// The days and counts of a feature.
    #[inline]
    pub fn row(&self, place: usize) -> Cells<'_> {
        let busy = self.busy.iter().flat_map(|busy| busy.iter()).find(|(of, _)| usize::from(*of) == place);
        busy.map_or_else(|| self.own_row(place), |(_, counts)| counts.cells())
    }

    /// Each feature's name and row, in order.
    pub fn iter(&self) -> impl Iterator<Item = (NameId, Cells<'_>)> {
        self.names().enumerate().map(|(place, name)| (name, self.row(place)))
    }

    /// The names of the features that were used on one of these days.
    pub fn used_within(&self, from: Day, to: Day) -> impl Iterator<Item = NameId> {
        self.iter().filter(move |(_, row)| row.any(from, to)).map(|(name, _)| name)
    }

    /// Moves what is in underfilled pages of memory.
    pub fn repack(&mut self) {
        repack::slice(&mut self.block);
    }

    /// Heap bytes held.
    pub fn heap_bytes(&self) -> usize {
        let of_busy = |busy: &Vec<(u16, DayCounts)>| {
            busy.capacity() * size_of::<(u16, DayCounts)>() + busy.iter().map(|(_, counts)| counts.heap_bytes()).sum::<usize>()
        };
        self.block.len() + self.busy.as_deref().map_or(0, of_busy)
    }

    /// Asks memory for the first names.
    pub fn prefetch_names(&self) {
        ask_for_bytes(self.block.as_ptr(), (self.count() * HEAD).min(128));
    }

    /// Asks memory for all of it, where it is not long.
    pub fn prefetch(&self) {
        ask_for_bytes(self.block.as_ptr(), self.block.len().min(256));
    }

    fn names(&self) -> impl Iterator<Item = NameId> {
        let heads = self.block[..self.count() * HEAD].chunks_exact(HEAD);
        heads.map(|head| NameId(u32::from_le_bytes(head[..NAME].try_into().expect("four bytes"))))
    }

    fn own_row(&self, place: usize) -> Cells<'_> {
        let end = self.block.len() - place * self.row_bytes();
        Cells { bytes: &self.block[end - self.row_bytes()..end], first: self.first, days: self.days, bits: self.bits }
    }

    #[inline]
    fn row_mut(&mut self, place: usize) -> &mut [u8] {
        let (end, bytes) = (self.block.len() - place * self.row_bytes(), self.row_bytes());
        &mut self.block[end - bytes..end]
    }

    #[inline]
    fn row_bytes(&self) -> usize {
        Self::row_days(self.days) * usize::from(self.bits) / 8
    }

    #[inline]
    fn row_days(days: u8) -> usize {
        usize::from(days).next_power_of_two().max(REACH.block)
    }

    /// Features for which there is room.
    fn room(&self) -> usize {
        self.block.len() / (HEAD + self.row_bytes())
    }

    /// Gives a feature counts of its own, and adds to one of its days.
    #[cold]
    fn move_out(&mut self, place: usize, day: Day, amount: u64) {
        let mut counts = DayCounts::from(self.own_row(place).written());
        counts.add(day, amount);
        self.row_mut(place).fill(0);
        self.busy.get_or_insert_default().push((place as u16, counts));
    }

    /// These counts with room for so many features and in other rows, as far as those have their days.
    #[cold]
    fn rebuilt(&mut self, room: usize, first: Day, days: u8, bits: u8) -> Self {
        let mut rebuilt = Self { block: Box::default(), busy: self.busy.take(), first, days, bits, ..*self };
        rebuilt.block = vec![0; room * (HEAD + rebuilt.row_bytes())].into();
        let heads = self.count() * HEAD;
        rebuilt.block[..heads].copy_from_slice(&self.block[..heads]);
        for place in 0..self.count() {
            let counts = self.own_row(place);
            // Moving on by whole blocks moves whole bytes. A span that begins anew lies behind the end of the old rows.
            let skipped = (first - self.first) * Day::from(bits) / 8;
            if bits == self.bits && skipped >= 0 {
                let kept = counts.bytes.get(skipped as usize..).unwrap_or_default();
                let row = rebuilt.row_mut(place);
                let kept = &kept[..kept.len().min(row.len())];
                row[..kept.len()].copy_from_slice(kept);
            } else if bits == 2 * self.bits && skipped == 0 {
                widen(counts.bytes, bits / 2, rebuilt.row_mut(place));
            } else {
                rebuilt.fill_row(place, counts.written());
            }
        }
        rebuilt
    }

    /// Takes over what a row without any count has days for.
    fn fill_row(&mut self, place: usize, counts: WrittenCells<'_>) {
        let (bits, days) = (self.bits, Day::from(self.days));
        let ahead = counts.first - self.first;
        let row = self.row_mut(place);
        let skipped = ahead * Day::from(bits);
        if counts.bits == bits && (0..days).contains(&ahead) && skipped % 8 == 0 {
            row[skipped as usize / 8..][..counts.bytes.len()].copy_from_slice(counts.bytes);
            return;
        }
        for index in 0..Day::from(counts.days) {
            if (0..days).contains(&(ahead + index)) {
                set_cell(row, bits, (ahead + index) as usize, cell(counts.bytes, counts.bits, index as usize));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::collections::BTreeMap;

    fn random_below(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut random = Random::new(seed);
        move |bound| random.below(bound as usize) as u64
    }

    fn copy(features: &FeatureDays, last_use: Day) -> FeatureDays {
        let rows: Vec<_> = features.iter().map(|(name, row)| (name, row.written())).collect();
        let mut copy = FeatureDays::for_rows(rows.iter().map(|(_, row)| *row));
        for (place, (name, row)) in rows.into_iter().enumerate() {
            assert_eq!(row.check(2), Ok(()), "{row:?}");
            copy.restore(name, features.first_use(place, last_use), row);
        }
        copy
    }

    /// Compares with a map that forgets nothing, over a pseudo-random walk of days and amounts. In each run amounts are small, so that
    /// all widths are seen as the widest one.
    #[test]
    fn agrees_with_a_map_over_the_held_days() {
        let mut random = random_below(11);
        let mut widths = BTreeMap::<(u8, bool), usize>::new();
        for run in 0..60 {
            let most = [1, 2, 6, 40, 100_000][run % 5];
            let names = 1 + random(40);
            let mut features = FeatureDays::default();
            let mut all = BTreeMap::<(u64, Day), u64>::new();
            let mut today = 100;
            for _ in 0..600 {
                today += match random(60) {
                    0 => random(200) as Day,
                    1..20 => random(3) as Day,
                    _ => 0,
                };
                let day = today - if random(4) == 0 { random(HELD_DAYS as u64) as Day } else { 0 };
                // One of them is used far more than the others.
                let name = if random(3) == 0 { 0 } else { random(names) };
                let amount = 1 + random(if name == 0 { most } else { most.min(6) });
                let place = features.place_of(NameId(name as u32)).unwrap_or_else(|| features.push(NameId(name as u32), day));
                let last = all.range((name, 0)..(name + 1, 0)).next_back().map(|((_, day), _)| *day);
                let moved = features.add(place, day, amount);
                features.used_on(place, day, today);
                assert_eq!(moved, last.is_none_or(|last| day > last), "the last day of {name} on {day}");
                *all.entry((name, day)).or_default() += amount;

                let (asked, days) = (random(names), 1 + random(HELD_DAYS as u64) as Day);
                let Some(place) = features.place_of(NameId(asked as u32)) else { continue };
                let from = today - days + 1;
                let expected: Vec<(Day, u64)> = all.range((asked, from)..=(asked, today)).map(|((_, day), count)| (*day, *count)).collect();
                for features in [&features, &copy(&features, today)] {
                    let row = features.row(place);
                    let first = all.range((asked, 0)..).next().map(|((_, day), _)| *day);
                    assert_eq!(Some(features.first_use(place, today)), first);
                    assert_eq!(row.days_within(from, today).collect::<Vec<_>>(), expected);
                    assert_eq!(row.sum(from, today), expected.iter().map(|(_, count)| count).sum::<u64>());
                    assert_eq!(row.days_counted(from, today), expected.len() as u32);
                    assert_eq!(row.any(from, today), !expected.is_empty());
                    assert_eq!(row.last_counted().filter(|&last| last >= from), expected.last().map(|(day, _)| *day));
                }
                *widths.entry((features.bits, features.busy.is_some())).or_default() += 1;
            }
        }
        for width in [(2, false), (4, false), (8, false), (8, true)] {
            assert!(widths.get(&width).is_some_and(|&times| times > 500), "{width:?} in {widths:?}");
        }
    }

    fn table(rows: &[WrittenCells<'_>]) -> FeatureDays {
        let mut table = FeatureDays::for_rows(rows.iter().copied());
        for (name, row) in rows.iter().enumerate() {
            assert_eq!(row.check(2), Ok(()));
            table.restore(NameId(name as u32), row.first, *row);
        }
        table
    }

    #[test]
    fn rows_of_any_width_and_first_day_are_taken_over() {
        // Of each row the days counted, of all together less than the held days.
        let rows = [
            WrittenCells { first: 100, days: 4, bits: 2, bytes: &[0b11_10_01_00] },
            WrittenCells { first: 103, days: 3, bits: 4, bytes: &[0x21, 0x0F] },
            WrittenCells { first: 121, days: 2, bits: 8, bytes: &[255, 7] },
            WrittenCells { first: 90, days: 2, bits: 16, bytes: &[0, 1, 2, 0] },
            WrittenCells { first: 160, days: 1, bits: 64, bytes: &[0, 0, 0, 0, 0, 1, 0, 0] },
            WrittenCells { first: 3_000_000, days: 0, bits: 2, bytes: &[] },
        ];
        let expected: [&[(Day, u64)]; 6] = [
            &[(101, 1), (102, 2), (103, 3)],
            &[(103, 1), (104, 2), (105, 15)],
            &[(121, 255), (122, 7)],
            &[(90, 256), (91, 2)],
            &[(160, 1 << 40)],
            &[],
        ];
        let table = table(&rows);
        assert_eq!((table.bits, table.first, table.days), (8, 100, 23));
        for (place, expected) in expected.iter().enumerate() {
            assert_eq!(table.row(place).days_within(0, Day::MAX).collect::<Vec<_>>(), *expected, "row {place}");
        }
    }

    /// Rows that one table never had: what lies before the held days is in no window.
    #[test]
    fn rows_too_far_apart_keep_the_held_days() {
        let last = 10_000;
        let rows = [
            WrittenCells { first: last - 128, days: 128, bits: 2, bytes: &[0x55; 32] },
            WrittenCells { first: last, days: 1, bits: 2, bytes: &[1] },
            WrittenCells { first: 4, days: 1, bits: 2, bytes: &[1] },
        ];
        let table = table(&rows);
        let counted = |place: usize| table.row(place).days_within(0, Day::MAX).map(|(day, _)| day).collect::<Vec<_>>();
        assert_eq!(counted(0), (last - (HELD_DAYS - 1)..last).collect::<Vec<_>>());
        assert_eq!((counted(1), counted(2)), (vec![last], vec![]));
    }

    #[test]
    fn a_restored_table_takes_no_more_than_the_live_one() {
        let mut features = FeatureDays::default();
        for name in 0..8 {
            let place = features.push(NameId(name), 50);
            (0..60).filter(|day| day % 8 == name as Day % 8).for_each(|day| _ = features.add(place, 1_000 + day, 1));
        }
        assert!(copy(&features, 1_060).heap_bytes() <= features.heap_bytes());
        features.add(3, 1_040, 200);
        assert!(copy(&features, 1_060).heap_bytes() <= features.heap_bytes());
    }

    #[test]
    fn a_busy_feature_widens_no_other_beyond_a_byte() {
        let mut features = FeatureDays::default();
        (0..1_000).for_each(|name| {
            let place = features.push(NameId(name), 50);
            features.add(place, 50, 1);
        });
        let before = features.heap_bytes();
        features.add(500, 51, 3_000_000_000);
        features.add(500, 51, 1_500_000_000);
        assert!(features.heap_bytes() < before * 5, "{} bytes, and {before} before", features.heap_bytes());
        assert_eq!(features.row(500).days_within(0, 100).collect::<Vec<_>>(), [(50, 1), (51, 4_500_000_000)]);
        assert_eq!(features.row(499).days_within(0, 100).collect::<Vec<_>>(), [(50, 1)]);
    }

    #[test]
    fn a_day_too_old_to_be_held_is_ignored() {
        let mut features = FeatureDays::default();
        let (a, b) = (features.push(NameId(1), 200), features.push(NameId(2), 200 - HELD_DAYS));
        assert!(features.add(a, 200, 1));
        assert!(!features.add(b, 200 - HELD_DAYS, 5));
        assert!(features.add(b, 200 - HELD_DAYS + 1, 1));
        assert_eq!((features.row(a).last_counted(), features.row(b).last_counted()), (Some(200), Some(200 - HELD_DAYS + 1)));
        // After a long silence of both, one is used again.
        assert!(features.add(b, 1_000, 2));
        assert_eq!((features.row(a).last_counted(), features.row(b).last_counted()), (None, Some(1_000)));
    }
}
