//! Which users used a product on which days, and each of its features when last.

use super::DayCounts;
use crate::engine::day::Day;
use crate::engine::prefetch::ask_for_bytes;
use crate::engine::repack;
use crate::playbook::HELD_DAYS;

/// Up to so many users, numbers of distinct users are counted from the rows when they are asked for; beyond, they are kept per day.
const COUNTED_ROWS_MAX: usize = 64;

/// A feature that a user never used, or so long ago that it is in no window.
const NEVER_USED: u8 = u8::MAX;

/// Where a row's features begin: behind the last day (2 bytes) and the days before it (12).
const FEATURES: usize = 14;

/// One row of bytes per user, by user number, so that an event finds all that it changes of a user in one place.
///
/// | bytes | |
/// |---|---|
/// | 0–1 | the last day of use, its low 16 bits: no user's last day lies after the product's, and less than 179 years before |
/// | 2–13 | bit n: used on the last day − n; none where the user never did. The highest bit, of no day: the user is away |
/// | from 14, one per feature in the product's order | days from the feature's last use to the last day |
#[derive(Clone, Debug, Default)]
pub struct UserRows {
    bytes: Box<[u8]>,
    /// Rows; there may be room for more.
    rows: u32,
    /// Bytes per row less [`FEATURES`]: features for which there is room.
    room: u16,
    /// Only while there are more than [`COUNTED_ROWS_MAX`] rows.
    per_day: Option<Box<UsersPerDay>>,
}

/// What is otherwise counted from the rows.
#[derive(Clone, Debug, Default)]
struct UsersPerDay {
    /// Distinct users of each day.
    daily: DayCounts,
    /// Users by their last day: those active in a trailing window are those whose last day is in it.
    by_last_day: DayCounts,
    /// The same per feature.
    features: Vec<DayCounts>,
}

/// What an event changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowChange {
    /// The user's last day moved.
    pub last_day: bool,
    /// The day has one more distinct user.
    pub day: bool,
    /// The user's last use of the feature moved.
    pub feature: bool,
}

/// A user's days with a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days {
    last: Day,
    /// Bit n: used on `last` − n. Never 0.
    bits: u128,
    /// The user is in no count: one of the vendor's own, or gone.
    away: bool,
}

/// The bit of a row that is of no day.
const AWAY: u128 = 1 << 95;

impl UserRows {
    /// Moves what is in underfilled pages of memory.
    pub fn repack(&mut self) {
        repack::slice(&mut self.bytes);
    }

    /// Notes that a user used the product on a day. `last_use`: no user's last day so far lies after it. `feature`: its place in the
    /// product's order. `away`: the user is in no count.
    pub fn note(&mut self, user: usize, day: Day, last_use: Day, feature: Option<usize>, away: bool) -> RowChange {
        if feature.is_some_and(|feature| feature >= usize::from(self.room)) {
            self.make_room(feature.unwrap_or_default() + 1);
        }
        let stride = self.stride();
        if user >= self.count() {
            self.extend_to(user + 1);
            if self.count() > COUNTED_ROWS_MAX && self.per_day.is_none() {
                self.count_per_day(last_use);
            }
        }
        let row = &mut self.bytes[user * stride..(user + 1) * stride];
        let before = read(row, last_use);
        let mut change = RowChange::default();
        let now = match before {
            None => {
                (change.last_day, change.day) = (true, true);
                row[FEATURES..].fill(NEVER_USED);
                Days { last: day, bits: 1, away }
            }
            Some(Days { last, bits, .. }) if day > last => {
                (change.last_day, change.day) = (true, true);
                let ahead = day - last;
                let by = u8::try_from(ahead).unwrap_or(u8::MAX);
                row[FEATURES..].iter_mut().for_each(|age| *age = age.saturating_add(by));
                Days { last: day, bits: if ahead < HELD_DAYS { bits << ahead | 1 } else { 1 }, away }
            }
            Some(Days { last, bits, .. }) => {
                let bit = if last - day < HELD_DAYS { 1 << (last - day) } else { 0 };
                change.day = bits & bit != bit;
                Days { last, bits: bits | bit, away }
            }
        };
        if change.day {
            write(row, now);
        }
        let mut feature_before = None;
        if let Some(feature) = feature {
            let cell = &mut row[FEATURES + feature];
            let age = u8::try_from(now.last - day).unwrap_or(NEVER_USED);
            if age < *cell {
                feature_before = (*cell != NEVER_USED).then(|| now.last - Day::from(*cell));
                *cell = age;
                change.feature = true;
            }
        }
        if let Some(per_day) = self.per_day.as_mut().filter(|_| !away) {
            if change.day {
                per_day.daily.add(day, 1);
            }
            if change.last_day {
                before.iter().for_each(|before| per_day.by_last_day.subtract_one(before.last));
                per_day.by_last_day.add(day, 1);
            }
            if let Some(feature) = feature.filter(|_| change.feature) {
                if feature >= per_day.features.len() {
                    per_day.features.resize(feature + 1, DayCounts::default());
                }
                feature_before.iter().for_each(|&before| per_day.features[feature].subtract_one(before));
                per_day.features[feature].add(day, 1);
            }
        }
        change
    }

    /// Users whose last day lies in `from ..` the last use.
    pub fn active_since(&self, from: Day, last_use: Day) -> u64 {
        match &self.per_day {
            Some(per_day) => per_day.by_last_day.sum(from, last_use),
            None => self.present(last_use).filter(|days| days.last >= from).count() as u64,
        }
    }

    /// Users whose last use of a feature lies in `from ..` the last use.
    pub fn users_of_since(&self, feature: usize, from: Day, last_use: Day) -> u64 {
        match &self.per_day {
            Some(per_day) => per_day.features.get(feature).map_or(0, |counts| counts.sum(from, last_use)),
            None => self.feature_days(feature, last_use).filter(|&day| day >= from).count() as u64,
        }
    }

    /// Distinct users of each day, summed over `from ..` the last use.
    pub fn daily_since(&self, from: Day, last_use: Day) -> u64 {
        match &self.per_day {
            Some(per_day) => per_day.daily.sum(from, last_use),
            None => self.present(last_use).map(|days| u64::from(days.since(from).count_ones())).sum(),
        }
    }

    /// Users by their last day, or by that of a feature: day and number, in no order, days from `from` on.
    pub fn last_days(&self, feature: Option<usize>, from: Day, last_use: Day, mut visit: impl FnMut(Day, u64)) {
        match (&self.per_day, feature) {
            (Some(per_day), None) => per_day.by_last_day.days_within(from, last_use).for_each(|(day, count)| visit(day, count)),
            (Some(per_day), Some(feature)) => {
                let counts = per_day.features.get(feature);
                counts.into_iter().flat_map(|counts| counts.days_within(from, last_use)).for_each(|(day, count)| visit(day, count));
            }
            (None, None) => self.present(last_use).filter(|days| days.last >= from).for_each(|days| visit(days.last, 1)),
            (None, Some(feature)) => self.feature_days(feature, last_use).filter(|&day| day >= from).for_each(|day| visit(day, 1)),
        }
    }

    /// Rows, those of users who never used the product included.
    pub fn count(&self) -> usize {
        self.rows as usize
    }

    /// The rows `from .. end` as they are written: bytes per row, and the rows with that many.
    pub fn written(&self, from: usize, end: usize) -> (u16, &[u8]) {
        let (stride, end) = (self.stride(), end.min(self.count()));
        (stride as u16, if from < end { &self.bytes[from * stride..end * stride] } else { &[] })
    }

    /// Puts rows where they were; [`UserRows::restored`] must follow.
    pub fn restore(&mut self, from: usize, stride: u16, rows: &[u8]) {
        let room = usize::from(stride).saturating_sub(FEATURES);
        if room > usize::from(self.room) {
            self.make_room(room);
        }
        let (own, end) = (self.stride(), from + rows.len() / usize::from(stride));
        // Most accounts have one page of users, to which no more are likely to be added soon.
        if from == 0 && end * own > self.bytes.len() {
            self.allocate(end * own);
        }
        self.extend_to(end);
        if usize::from(stride) == own {
            self.bytes[from * own..end * own].copy_from_slice(rows);
            return;
        }
        for (index, row) in rows.chunks_exact(usize::from(stride)).enumerate() {
            let target = &mut self.bytes[(from + index) * own..(from + index + 1) * own];
            target[..row.len()].copy_from_slice(row);
            target[row.len()..].fill(NEVER_USED);
        }
    }

    /// Whether rows can be of this many bytes each, for `features` features at most.
    pub fn is_stride(stride: u16, features: usize) -> bool {
        (FEATURES..=FEATURES + features).contains(&usize::from(stride))
    }

    /// Ends a restore.
    pub fn restored(&mut self, last_use: Day) {
        self.per_day = None;
        if self.count() > COUNTED_ROWS_MAX {
            self.count_per_day(last_use);
        }
    }

    pub fn heap_bytes(&self) -> usize {
        let per_day = self.per_day.as_ref().map_or(0, |per_day| {
            let counts = [&per_day.daily, &per_day.by_last_day].into_iter().chain(&per_day.features);
            counts.map(|counts| counts.heap_bytes() + size_of::<DayCounts>()).sum()
        });
        self.bytes.len() + per_day
    }

    /// Asks memory for a user's row.
    pub fn prefetch(&self, user: usize) {
        ask_for_bytes(self.bytes.as_ptr().wrapping_add(user * self.stride()), self.stride());
    }

    /// The same of all rows, where they are few.
    pub fn prefetch_all(&self) {
        ask_for_bytes(self.bytes.as_ptr(), self.own().len().min(512));
    }

    fn stride(&self) -> usize {
        FEATURES + usize::from(self.room)
    }

    /// Rows of nobody up to so many.
    fn extend_to(&mut self, rows: usize) {
        if rows <= self.count() {
            return;
        }
        let stride = self.stride();
        self.reserve(rows);
        self.bytes[self.rows as usize * stride..rows * stride].chunks_exact_mut(stride).for_each(blank);
        self.rows = rows as u32;
    }

    fn reserve(&mut self, rows: usize) {
        let needed = rows * self.stride();
        if needed > self.bytes.len() {
            self.allocate(roomy(needed));
        }
    }

    fn allocate(&mut self, bytes: usize) {
        let mut wider = vec![0; bytes];
        wider[..self.own().len()].copy_from_slice(self.own());
        self.bytes = wider.into();
    }

    /// The bytes of all rows.
    fn own(&self) -> &[u8] {
        &self.bytes[..self.count() * self.stride()]
    }

    /// Room for a feature: rows become longer.
    fn make_room(&mut self, features: usize) {
        let before = self.stride();
        // In steps, so that the rows of many users are not copied for each of many features.
        let room = features.next_multiple_of(if features <= 16 { 2 } else { 16 });
        let mut wider = Self { bytes: Box::default(), rows: 0, room: room as u16, per_day: self.per_day.take() };
        wider.reserve(self.count());
        let stride = wider.stride();
        for (row, wide) in self.own().chunks_exact(before).zip(wider.bytes.chunks_exact_mut(stride)) {
            wide[..before].copy_from_slice(row);
            wide[before..].fill(NEVER_USED);
        }
        wider.rows = self.rows;
        *self = wider;
    }

    /// Of the users who count.
    fn present(&self, last_use: Day) -> impl Iterator<Item = Days> + '_ {
        self.own().chunks_exact(self.stride()).filter_map(move |row| read(row, last_use)).filter(|days| !days.away)
    }

    /// The last days of a feature's users who count.
    fn feature_days(&self, feature: usize, last_use: Day) -> impl Iterator<Item = Day> + '_ {
        let rows = self.own().chunks_exact(self.stride()).filter(move |row| feature < usize::from(self.room) && !is_away(row));
        rows.filter_map(move |row| feature_day(row, feature, last_use))
    }

    fn row(&self, user: usize) -> Option<&[u8]> {
        self.own().chunks_exact(self.stride()).nth(user)
    }

    /// The user's last day of use; `None`: never.
    pub fn last_day(&self, user: usize, last_use: Day) -> Option<Day> {
        read(self.row(user)?, last_use).map(|days| days.last)
    }

    /// From now on a user is in no count, or in all again, whatever was done before. False: nothing is changed by it.
    pub fn set_away(&mut self, user: usize, away: bool, last_use: Day) -> bool {
        let Some(days) = self.row(user).and_then(|row| read(row, last_use)) else { return false };
        if days.away == away {
            return false;
        }
        self.tally(user, last_use, DayCounts::subtract_one);
        let stride = self.stride();
        write(&mut self.bytes[user * stride..(user + 1) * stride], Days { away, ..days });
        self.tally(user, last_use, |counts, day| _ = counts.add(day, 1));
        true
    }

    /// One user turns out to be another: what both did is the latter's. False: the former never used the product.
    pub fn merge(&mut self, from: usize, into: usize, away: bool, last_use: Day) -> bool {
        let Some(joining) = self.row(from).and_then(|row| read(row, last_use)) else { return false };
        self.extend_to(from.max(into) + 1);
        if self.count() > COUNTED_ROWS_MAX && self.per_day.is_none() {
            self.count_per_day(last_use);
        }
        self.tally(from, last_use, DayCounts::subtract_one);
        self.tally(into, last_use, DayCounts::subtract_one);
        let stride = self.stride();
        let joining_row = self.bytes[from * stride..(from + 1) * stride].to_vec();
        blank(&mut self.bytes[from * stride..(from + 1) * stride]);
        let row = &mut self.bytes[into * stride..(into + 1) * stride];
        let known = read(row, last_use).unwrap_or(joining);
        let last = known.last.max(joining.last);
        let shifted = |days: Days| if last - days.last < HELD_DAYS { days.bits << (last - days.last) } else { 0 };
        for feature in 0..stride - FEATURES {
            let days = [feature_day(row, feature, last_use), feature_day(&joining_row, feature, last_use)];
            let age = days.into_iter().flatten().max().map_or(NEVER_USED, |day| u8::try_from(last - day).unwrap_or(NEVER_USED));
            row[FEATURES + feature] = age;
        }
        write(row, Days { last, bits: shifted(known) | shifted(joining), away });
        self.tally(into, last_use, |counts, day| _ = counts.add(day, 1));
        true
    }

    /// Takes a user's days, where the user counts, into what is kept per day, or out of it.
    fn tally(&mut self, user: usize, last_use: Day, each: impl Fn(&mut DayCounts, Day)) {
        let Some(mut per_day) = self.per_day.take() else { return };
        let held = last_use.saturating_sub(HELD_DAYS - 1);
        if let Some(row) = self.row(user)
            && let Some(days) = read(row, last_use).filter(|days| !days.away)
        {
            if days.last >= held {
                each(&mut per_day.by_last_day, days.last);
            }
            (0..HELD_DAYS)
                .filter(|n| days.bits >> n & 1 == 1 && days.last - n >= held)
                .for_each(|n| each(&mut per_day.daily, days.last - n));
            per_day.features.resize(per_day.features.len().max(usize::from(self.room)), DayCounts::default());
            for feature in 0..usize::from(self.room) {
                if let Some(day) = feature_day(row, feature, last_use).filter(|&day| day >= held) {
                    each(&mut per_day.features[feature], day);
                }
            }
        }
        self.per_day = Some(per_day);
    }

    fn count_per_day(&mut self, last_use: Day) {
        let mut per_day = UsersPerDay::default();
        let held = last_use.saturating_sub(HELD_DAYS - 1);
        for days in self.present(last_use).filter(|days| days.last >= held) {
            per_day.by_last_day.add(days.last, 1);
            for n in (0..HELD_DAYS).filter(|n| days.bits >> n & 1 == 1) {
                per_day.daily.add(days.last.saturating_sub(n), 1);
            }
        }
        for feature in 0..usize::from(self.room) {
            let mut counts = DayCounts::default();
            for day in self.feature_days(feature, last_use).filter(|&day| day >= held) {
                counts.add(day, 1);
            }
            per_day.features.push(counts);
        }
        self.per_day = Some(Box::new(per_day));
    }
}

/// The bytes to allocate where so many are needed and more will be.
///
/// Few sizes while they are small: an allocator keeps blocks of a size on pages of their own, and accounts that grow together leave pages
/// behind on which a few blocks stay.
fn roomy(needed: usize) -> usize {
    if needed <= 1024 { needed.next_power_of_two().max(32) } else { needed + needed / 8 }
}

impl Days {
    /// The bits of the days from `from` on.
    fn since(self, from: Day) -> u128 {
        match self.last.saturating_sub(from).saturating_add(1) {
            days if days <= 0 => 0,
            days if days >= 128 => self.bits,
            days => self.bits & ((1 << days) - 1),
        }
    }
}

/// The last day, of a row that has one.
fn last_day(row: &[u8], last_use: Day) -> Day {
    let last = u16::from_le_bytes([row[0], row[1]]);
    last_use.saturating_sub(Day::from((last_use as u16).wrapping_sub(last)))
}

fn read(row: &[u8], last_use: Day) -> Option<Days> {
    let low = u64::from_le_bytes(row[2..10].try_into().expect("eight bytes"));
    let high = u32::from_le_bytes(row[10..14].try_into().expect("four bytes"));
    let bits = u128::from(low) | u128::from(high) << 64;
    (bits & !AWAY != 0).then(|| Days { last: last_day(row, last_use), bits: bits & !AWAY, away: bits & AWAY != 0 })
}

fn is_away(row: &[u8]) -> bool {
    row[FEATURES - 1] & 0x80 != 0
}

/// The last day of a feature, of a row that has one.
fn feature_day(row: &[u8], feature: usize, last_use: Day) -> Option<Day> {
    let age = row[FEATURES + feature];
    (age != NEVER_USED).then(|| last_day(row, last_use).saturating_sub(Day::from(age)))
}

/// Makes a row that of a user who never used the product.
fn blank(row: &mut [u8]) {
    row[..FEATURES].fill(0);
    row[FEATURES..].fill(NEVER_USED);
}

fn write(row: &mut [u8], days: Days) {
    row[..2].copy_from_slice(&(days.last as u16).to_le_bytes());
    // Days further back than are held fall off the end.
    let held = days.bits & ((1 << HELD_DAYS) - 1);
    row[2..FEATURES].copy_from_slice(&(held | if days.away { AWAY } else { 0 }).to_le_bytes()[..FEATURES - 2]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few rows are counted when asked, many per day: both must give what a list of all events gives.
    #[test]
    fn rows_agree_with_a_list_of_events() {
        let mut state = 3u64;
        let mut random = move |bound: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % bound
        };
        for users in [1, 20, 64, 65, 300] {
            let mut rows = UserRows::default();
            let mut events: Vec<(usize, Day, Option<usize>)> = Vec::new();
            let mut away = std::collections::HashSet::new();
            let mut last_use = 65_500;
            for round in 0..3_000 {
                let user = random(users) as usize;
                let other = random(users) as usize;
                match random(40) {
                    0 => {
                        let gone = !away.remove(&other) && away.insert(other);
                        let known = events.iter().any(|(user, ..)| *user == other);
                        assert_eq!(rows.set_away(other, gone, last_use), known);
                    }
                    1 if user != other => {
                        let known = events.iter().any(|(known, ..)| *known == other);
                        assert_eq!(rows.merge(other, user, away.contains(&user), last_use), known);
                        events.iter_mut().filter(|(known, ..)| *known == other).for_each(|event| event.0 = user);
                    }
                    _ => {}
                }
                let feature = (random(3) > 0).then(|| random(1 + round as u64 / 100) as usize);
                let today = last_use + if random(30) == 0 { random(40) as Day } else { 0 };
                let day = if random(5) == 0 { today - random(HELD_DAYS as u64) as Day } else { today };
                rows.note(user, day, last_use, feature, away.contains(&user));
                last_use = last_use.max(day);
                events.push((user, day, feature));
                if round % 97 == 0 {
                    let copy = {
                        let mut copy = UserRows::default();
                        for from in (0..rows.count()).step_by(32) {
                            let (stride, bytes) = rows.written(from, from + 32);
                            copy.restore(from, stride, bytes);
                        }
                        copy.restored(last_use);
                        copy
                    };
                    let counted: Vec<_> = events.iter().filter(|(user, ..)| !away.contains(user)).copied().collect();
                    for rows in [&rows, &copy] {
                        check(rows, &counted, last_use, 1 + random(90) as Day, random(12) as usize);
                    }
                }
            }
        }
    }

    fn check(rows: &UserRows, events: &[(usize, Day, Option<usize>)], last_use: Day, days: Day, feature: usize) {
        let from = last_use - days + 1;
        let distinct = |keys: &mut dyn Iterator<Item = (usize, Day)>| keys.collect::<std::collections::HashSet<_>>().len() as u64;
        let within = || events.iter().filter(|(_, day, _)| *day >= from);
        assert_eq!(rows.daily_since(from, last_use), distinct(&mut within().map(|&(user, day, _)| (user, day))));
        let active = distinct(&mut within().map(|&(user, ..)| (user, 0)));
        assert_eq!(rows.active_since(from, last_use), active);
        let of_feature = distinct(&mut within().filter(|(.., other)| *other == Some(feature)).map(|&(user, ..)| (user, 0)));
        assert_eq!(rows.users_of_since(feature, from, last_use), of_feature);
        for (feature, expected) in [(None, active), (Some(feature), of_feature)] {
            let mut all = 0;
            rows.last_days(feature, from, last_use, |day, count| {
                assert!(day >= from && day <= last_use);
                all += count;
            });
            assert_eq!(all, expected);
        }
    }
}
