//! Which users used a product on which days, and each of its features when last.

use super::{DayCounts, FeatureDays};
use crate::engine::day::Day;
use crate::engine::prefetch::ask_for_bytes;
use crate::engine::repack;
use crate::playbook::HELD_DAYS;

/// Up to so many users, numbers of distinct users are counted from the rows when they are asked for; beyond, they are kept per day.
const COUNTED_ROWS_MAX: usize = 64;

/// A feature that a user never used, or so long ago that it is in no window.
const NEVER_USED: u8 = u8::MAX;

/// Bytes of a bit for each held day.
const DAYS: usize = 12;

/// Where a row's features begin: behind the last day (2 bytes) and the days before it.
const FEATURES: usize = 2 + DAYS;

/// One row of bytes per user, by user number, so that an event finds all that it changes of a user in one place.
///
/// | bytes | |
/// |---|---|
/// | 0–1 | the last day of use, its low 16 bits: no user's last day lies after the product's, and less than 179 years before |
/// | 2–13 | bit n: used on the last day − n; none where the user never did. The highest bit, of no day: the user is away |
/// | from 14, one per feature in the product's order | days from the feature's last use to the last day |
/// | behind them, twelve per feature, where they are kept | bit n: the feature was used on the last day − n |
#[derive(Clone, Debug, Default)]
pub struct UserRows {
    bytes: Box<[u8]>,
    /// Rows; there may be room for more.
    rows: u32,
    /// Features for which there is room.
    room: u16,
    /// Whether the days of each feature are kept, beside the last one: only where a playbook asks for them.
    feature_days: bool,
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
    /// Users of each feature by their last day with it.
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

/// In the byte behind a row's days, the bit that is of no day.
const AWAY: u8 = 0x80;

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
        let (row, days_of_features) = self.bytes[user * stride..(user + 1) * stride].split_at_mut(FEATURES + usize::from(self.room));
        let before = read(row, last_use);
        let mut change = RowChange::default();
        let now = match before {
            None => {
                (change.last_day, change.day) = (true, true);
                row[FEATURES..].fill(NEVER_USED);
                days_of_features.fill(0);
                Days { last: day, bits: 1, away }
            }
            Some(Days { last, bits, .. }) if day > last => {
                (change.last_day, change.day) = (true, true);
                let ahead = day - last;
                let by = u8::try_from(ahead).unwrap_or(u8::MAX);
                row[FEATURES..].iter_mut().for_each(|age| *age = age.saturating_add(by));
                days_of_features.as_chunks_mut().0.iter_mut().for_each(|bits| pass_days(bits, ahead));
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
            if let Some(bits) = days_of_features.as_chunks_mut().0.get_mut(feature) {
                add_day(bits, now.last - day);
            }
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

    /// Users who used the product on one of these days.
    pub fn active_within(&self, from: Day, to: Day, last_use: Day) -> u64 {
        if to >= last_use {
            return self.active_since(from, last_use);
        }
        self.present(last_use).filter(|days| days.within(from, to) != 0).count() as u64
    }

    /// Users whose last day lies in `from ..` the last use.
    fn active_since(&self, from: Day, last_use: Day) -> u64 {
        match &self.per_day {
            Some(per_day) => per_day.by_last_day.sum(from, last_use),
            None => self.present(last_use).filter(|days| days.last >= from).count() as u64,
        }
    }

    /// Users who used a feature on one of these days. Where its days are not kept, as far as the last one tells.
    pub fn users_of_within(&self, feature: usize, from: Day, to: Day, last_use: Day) -> u64 {
        if to >= last_use {
            return self.users_of_since(feature, from, last_use);
        }
        if !self.feature_days {
            return self.last_days_of(feature, last_use).filter(|day| (from..=to).contains(day)).count() as u64;
        }
        let at = FEATURES + usize::from(self.room) + feature * DAYS;
        let rows = self.own().chunks_exact(self.stride()).filter(|row| feature < usize::from(self.room) && !is_away(row));
        let used = rows.filter(|row| {
            let bits = row[at..].first_chunk().map_or(0, read_bits);
            bits != 0 && Days { last: last_day(row, last_use), bits, away: false }.within(from, to) != 0
        });
        used.count() as u64
    }

    /// Users whose last use of a feature lies in `from ..` the last use.
    fn users_of_since(&self, feature: usize, from: Day, last_use: Day) -> u64 {
        match &self.per_day {
            Some(per_day) => per_day.features.get(feature).map_or(0, |counts| counts.sum(from, last_use)),
            None => self.last_days_of(feature, last_use).filter(|&day| day >= from).count() as u64,
        }
    }

    /// Distinct users of each day, summed over these days.
    pub fn daily_within(&self, from: Day, to: Day, last_use: Day) -> u64 {
        match &self.per_day {
            Some(per_day) => per_day.daily.sum(from, to),
            None => self.present(last_use).map(|days| u64::from(days.within(from, to).count_ones())).sum(),
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
            (None, Some(feature)) => self.last_days_of(feature, last_use).filter(|&day| day >= from).for_each(|day| visit(day, 1)),
        }
    }

    /// Rows, those of users who never used the product included.
    pub fn count(&self) -> usize {
        self.rows as usize
    }

    /// Keeps the days of each feature from now on. Of those before, the last one is known.
    pub fn keep_feature_days(&mut self) {
        if !self.feature_days {
            self.rebuild(self.room, true);
        }
    }

    pub fn has_feature_days(&self) -> bool {
        self.feature_days
    }

    /// The rows `from .. end` as they are written: bytes per row, and the rows with that many.
    pub fn written(&self, from: usize, end: usize) -> (u32, &[u8]) {
        let (stride, end) = (self.stride(), end.min(self.count()));
        (stride as u32, if from < end { &self.bytes[from * stride..end * stride] } else { &[] })
    }

    /// Puts rows where they were; [`UserRows::restored`] must follow.
    pub fn restore(&mut self, from: usize, stride: u32, feature_days: bool, rows: &[u8]) {
        if feature_days {
            self.keep_feature_days();
        }
        let room = room_of(stride, feature_days);
        if room > usize::from(self.room) {
            self.make_room(room);
        }
        let (own, end) = (self.stride(), from + rows.len() / stride as usize);
        // Most accounts have one page of users, to which no more are likely to be added soon.
        if from == 0 && end * own > self.bytes.len() {
            self.allocate(end * own);
        }
        self.extend_to(end);
        if (room, feature_days) == (usize::from(self.room), self.feature_days) {
            self.bytes[from * own..end * own].copy_from_slice(rows);
            return;
        }
        for (row, target) in rows.chunks_exact(stride as usize).zip(self.bytes[from * own..].chunks_exact_mut(own)) {
            copy_row(row, room, target, self.room.into());
        }
    }

    /// Makes so many rows those of users who never used the product.
    pub fn clear(&mut self, from: usize, rows: usize) {
        let (stride, room, end) = (self.stride(), usize::from(self.room), (from + rows).min(self.count()));
        if from < end {
            self.bytes[from * stride..end * stride].chunks_exact_mut(stride).for_each(|row| blank(row, room));
        }
    }

    /// Whether rows can be of this many bytes each, for `features` features at most.
    pub fn is_stride(stride: u32, feature_days: bool, features: usize) -> bool {
        let room = room_of(stride, feature_days);
        room <= features.min(FeatureDays::FEATURES_MAX + 16) && stride_of(room, feature_days) == stride as usize
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

    /// Asks memory for all rows, where they are few.
    pub fn prefetch_all(&self) {
        ask_for_bytes(self.bytes.as_ptr(), self.own().len().min(512));
    }

    fn stride(&self) -> usize {
        stride_of(self.room.into(), self.feature_days)
    }

    /// Rows of nobody up to so many.
    fn extend_to(&mut self, rows: usize) {
        if rows <= self.count() {
            return;
        }
        let (stride, room) = (self.stride(), usize::from(self.room));
        self.reserve(rows);
        self.bytes[self.rows as usize * stride..rows * stride].chunks_exact_mut(stride).for_each(|row| blank(row, room));
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
        // In steps, so that the rows of many users are not copied for each of many features.
        let room = features.next_multiple_of(if features <= 16 { 2 } else { 16 });
        self.rebuild(room as u16, self.feature_days);
    }

    fn rebuild(&mut self, room: u16, feature_days: bool) {
        let before = self.stride();
        let mut wider = Self { bytes: Box::default(), rows: 0, room, feature_days, per_day: self.per_day.take() };
        wider.reserve(self.count());
        let stride = wider.stride();
        for (row, wide) in self.own().chunks_exact(before).zip(wider.bytes.chunks_exact_mut(stride)) {
            copy_row(row, self.room.into(), wide, room.into());
        }
        wider.rows = self.rows;
        *self = wider;
    }

    /// Of the users who count.
    fn present(&self, last_use: Day) -> impl Iterator<Item = Days> + '_ {
        self.own().chunks_exact(self.stride()).filter_map(move |row| read(row, last_use)).filter(|days| !days.away)
    }

    /// The last days of a feature's users who count.
    fn last_days_of(&self, feature: usize, last_use: Day) -> impl Iterator<Item = Day> + '_ {
        let rows = self.own().chunks_exact(self.stride()).filter(move |row| feature < usize::from(self.room) && !is_away(row));
        rows.filter_map(move |row| feature_day(row, feature, last_use))
    }

    fn row(&self, user: usize) -> Option<&[u8]> {
        (user < self.count()).then(|| &self.bytes[user * self.stride()..(user + 1) * self.stride()])
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
        if self.row(from).and_then(|row| read(row, last_use)).is_none() {
            return false;
        }
        self.extend_to(from.max(into) + 1);
        if self.count() > COUNTED_ROWS_MAX && self.per_day.is_none() {
            self.count_per_day(last_use);
        }
        self.tally(from, last_use, DayCounts::subtract_one);
        self.tally(into, last_use, DayCounts::subtract_one);
        let (stride, room) = (self.stride(), usize::from(self.room));
        let leaving = &mut self.bytes[from * stride..(from + 1) * stride];
        let joining = leaving.to_vec();
        blank(leaving, room);
        join_row(&mut self.bytes[into * stride..(into + 1) * stride], &joining, room, away, last_use);
        self.tally(into, last_use, |counts, day| _ = counts.add(day, 1));
        true
    }

    /// Takes in the rows of the same users with the product under another name. `places`: by feature of those the place that it has here;
    /// [`UserRows::restored`] must follow. `last_use`: of both.
    pub fn join(&mut self, old: &Self, places: &[Option<usize>], last_use: Day) {
        self.per_day = None;
        if old.feature_days {
            self.keep_feature_days();
        }
        let features = places.iter().flatten().max().map_or(0, |&last| last + 1);
        if features > usize::from(self.room) {
            self.make_room(features);
        }
        self.extend_to(old.count());
        let (stride, room, old_room) = (self.stride(), usize::from(self.room), usize::from(old.room));
        let mut joining = vec![0; stride];
        for (user, row) in old.own().chunks_exact(old.stride()).enumerate() {
            if read(row, last_use).is_none() {
                continue;
            }
            blank(&mut joining, room);
            joining[..FEATURES].copy_from_slice(&row[..FEATURES]);
            let (ages, days_of_features) = joining[FEATURES..].split_at_mut(room);
            for (feature, place) in places.iter().enumerate().take(old_room) {
                let Some(place) = *place else { continue };
                let age = row[FEATURES + feature];
                ages[place] = ages[place].min(age);
                if let Some(bits) = days_of_features.as_chunks_mut().0.get_mut(place) {
                    add_day(bits, age.into());
                    let of_old = row[FEATURES + old_room..].as_chunks().0.get(feature).map_or(0, read_bits);
                    write_bits(bits, read_bits(bits) | of_old);
                }
            }
            join_row(&mut self.bytes[user * stride..(user + 1) * stride], &joining, room, is_away(row), last_use);
        }
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
            let used = (0..HELD_DAYS).filter(|n| days.bits >> n & 1 == 1).map(|n| days.last - n);
            used.filter(|&day| day >= held).for_each(|day| each(&mut per_day.daily, day));
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
            for day in self.last_days_of(feature, last_use).filter(|&day| day >= held) {
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
    /// The bits of these days, that of the last one lowest.
    fn within(self, from: Day, to: Day) -> u128 {
        let to = to.min(self.last);
        let bits = self.bits.checked_shr(self.last.saturating_sub(to).unsigned_abs()).unwrap_or(0);
        match to.saturating_sub(from).saturating_add(1) {
            days if days <= 0 => 0,
            days if days >= 128 => bits,
            days => bits & ((1 << days) - 1),
        }
    }
}

fn stride_of(room: usize, feature_days: bool) -> usize {
    FEATURES + room * if feature_days { 1 + DAYS } else { 1 }
}

fn room_of(stride: u32, feature_days: bool) -> usize {
    (stride as usize).saturating_sub(FEATURES) / if feature_days { 1 + DAYS } else { 1 }
}

/// Copies a row with room for so many features into one with room for as many or more.
fn copy_row(row: &[u8], room: usize, wide: &mut [u8], wide_room: usize) {
    let (row, days_of_features) = row.split_at(FEATURES + room);
    let (wide, wide_days) = wide.split_at_mut(FEATURES + wide_room);
    wide[..row.len()].copy_from_slice(row);
    wide[row.len()..].fill(NEVER_USED);
    wide_days.fill(0);
    if wide_days.is_empty() {
        return;
    }
    if days_of_features.len() == room * DAYS {
        wide_days[..room * DAYS].copy_from_slice(days_of_features);
        return;
    }
    for (bits, &age) in wide_days.as_chunks_mut().0.iter_mut().zip(&row[FEATURES..]) {
        add_day(bits, age.into());
    }
}

/// Takes a row's days, of which there are some, into another with room for as many features.
fn join_row(row: &mut [u8], joining: &[u8], room: usize, away: bool, last_use: Day) {
    let Some(other) = read(joining, last_use) else { return };
    let known = read(row, last_use).unwrap_or(other);
    let last = known.last.max(other.last);
    for feature in 0..room {
        let days = [feature_day(row, feature, last_use), feature_day(joining, feature, last_use)];
        row[FEATURES + feature] = days.into_iter().flatten().max().map_or(NEVER_USED, |day| u8::try_from(last - day).unwrap_or(NEVER_USED));
    }
    let of_features = row[FEATURES + room..].as_chunks_mut().0.iter_mut().zip(joining[FEATURES + room..].as_chunks().0);
    for (own, of_other) in of_features {
        let mut of_other = *of_other;
        pass_days(own, last - known.last);
        pass_days(&mut of_other, last - other.last);
        write_bits(own, read_bits(own) | read_bits(&of_other));
    }
    let shifted = |days: Days| if last - days.last < HELD_DAYS { days.bits << (last - days.last) } else { 0 };
    write(row, Days { last, bits: shifted(known) | shifted(other), away });
}

/// The last day, of a row that has one.
fn last_day(row: &[u8], last_use: Day) -> Day {
    let last = u16::from_le_bytes([row[0], row[1]]);
    last_use.saturating_sub(Day::from((last_use as u16).wrapping_sub(last)))
}

fn read(row: &[u8], last_use: Day) -> Option<Days> {
    let bits = read_bits(row[2..FEATURES].first_chunk().expect("as many bytes as days take"));
    (bits != 0).then(|| Days { last: last_day(row, last_use), bits, away: is_away(row) })
}

fn is_away(row: &[u8]) -> bool {
    row[FEATURES - 1] & AWAY != 0
}

/// The last day of a feature, of a row that has one.
fn feature_day(row: &[u8], feature: usize, last_use: Day) -> Option<Day> {
    let age = row[FEATURES + feature];
    (age != NEVER_USED).then(|| last_day(row, last_use).saturating_sub(Day::from(age)))
}

/// Makes a row, with room for so many features, that of a user who never used the product.
fn blank(row: &mut [u8], room: usize) {
    row.fill(0);
    row[FEATURES..FEATURES + room].fill(NEVER_USED);
}

fn write(row: &mut [u8], days: Days) {
    row[..2].copy_from_slice(&(days.last as u16).to_le_bytes());
    write_bits(row[2..FEATURES].first_chunk_mut().expect("as many bytes as days take"), days.bits);
    if days.away {
        row[FEATURES - 1] |= AWAY;
    }
}

fn read_bits(bytes: &[u8; DAYS]) -> u128 {
    let low = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    let high = u32::from_le_bytes(bytes[8..].try_into().expect("four bytes"));
    u128::from(low) | u128::from(high & (u32::MAX >> 1)) << 64
}

/// The last day is so many days later than it was.
fn pass_days(bytes: &mut [u8; DAYS], days: Day) {
    write_bits(bytes, if days < HELD_DAYS { read_bits(bytes) << days } else { 0 });
}

/// Adds a day that lies so many days before the last one.
fn add_day(bytes: &mut [u8; DAYS], age: Day) {
    if age < HELD_DAYS {
        write_bits(bytes, read_bits(bytes) | 1 << age);
    }
}

fn write_bits(bytes: &mut [u8; DAYS], bits: u128) {
    // Days further back than are held fall off the end.
    bytes.copy_from_slice(&(bits & ((1 << HELD_DAYS) - 1)).to_le_bytes()[..DAYS]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Few rows are counted when asked, many per day: both must give what a list of all events gives.
    #[test]
    fn rows_agree_with_a_list_of_events() {
        let mut source = Random::new(3);
        let mut random = move |bound: u64| source.below(bound as usize) as u64;
        for (users, feature_days) in [(1, true), (20, false), (20, true), (64, false), (65, false), (300, false), (300, true)] {
            let mut rows = UserRows::default();
            let mut events: Vec<(usize, Day, Option<usize>)> = Vec::new();
            let mut away = std::collections::HashSet::new();
            let mut last_use = 65_500;
            for round in 0..3_000 {
                let user = random(users) as usize;
                let other = random(users) as usize;
                let known = events.iter().any(|(known, ..)| *known == other);
                match random(40) {
                    0 => {
                        let gone = !away.remove(&other) && away.insert(other);
                        assert_eq!(rows.set_away(other, gone, last_use), known);
                    }
                    1 if user != other => {
                        assert_eq!(rows.merge(other, user, away.contains(&user), last_use), known);
                        events.iter_mut().filter(|(known, ..)| *known == other).for_each(|event| event.0 = user);
                    }
                    _ => {}
                }
                let feature = (random(3) > 0).then(|| random(1 + round as u64 / 100) as usize);
                let today = last_use + if random(30) == 0 { random(40) as Day } else { 0 };
                let day = if random(5) == 0 { today - random(HELD_DAYS as u64) as Day } else { today };
                if feature_days {
                    rows.keep_feature_days();
                }
                rows.note(user, day, last_use, feature, away.contains(&user));
                last_use = last_use.max(day);
                events.push((user, day, feature));
                if round % 97 == 0 {
                    let copy = {
                        let mut copy = UserRows::default();
                        for from in (0..rows.count()).step_by(32) {
                            let (stride, bytes) = rows.written(from, from + 32);
                            assert!(UserRows::is_stride(stride, feature_days, 100), "{stride}");
                            copy.restore(from, stride, feature_days, bytes);
                        }
                        copy.restored(last_use);
                        copy
                    };
                    let counted: Vec<_> = events.iter().filter(|(user, ..)| !away.contains(user)).copied().collect();
                    for rows in [&rows, &copy] {
                        check(rows, &counted, last_use, 1 + random(90) as Day, random(12) as usize);
                        let to = last_use - random(10) as Day;
                        check_within(rows, &counted, (to - random(80) as Day, to), last_use, random(12) as usize);
                    }
                }
            }
        }
    }

    fn check(rows: &UserRows, events: &[(usize, Day, Option<usize>)], last_use: Day, days: Day, feature: usize) {
        let from = last_use - days + 1;
        let distinct = |keys: &mut dyn Iterator<Item = (usize, Day)>| keys.collect::<std::collections::HashSet<_>>().len() as u64;
        let within = || events.iter().filter(|(_, day, _)| *day >= from);
        assert_eq!(rows.daily_within(from, last_use, last_use), distinct(&mut within().map(|&(user, day, _)| (user, day))));
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

    /// Days that end before the last use: of a feature they are known where its days are kept.
    fn check_within(rows: &UserRows, events: &[(usize, Day, Option<usize>)], days: (Day, Day), last_use: Day, feature: usize) {
        let (from, to) = days;
        let distinct = |keys: &mut dyn Iterator<Item = (usize, Day)>| keys.collect::<std::collections::HashSet<_>>().len() as u64;
        let within = || events.iter().filter(|(_, day, _)| (from..=to).contains(day));
        assert_eq!(rows.daily_within(from, to, last_use), distinct(&mut within().map(|&(user, day, _)| (user, day))));
        assert_eq!(rows.active_within(from, to, last_use), distinct(&mut within().map(|&(user, ..)| (user, 0))));
        let of_feature = |(.., other): &&(usize, Day, Option<usize>)| *other == Some(feature);
        let used = distinct(&mut within().filter(of_feature).map(|&(user, ..)| (user, 0)));
        let last = |user: usize| events.iter().filter(of_feature).filter(|event| event.0 == user).map(|event| event.1).max();
        let by_last = within().filter(of_feature).filter(|event| last(event.0).is_some_and(|last| last <= to));
        let known = if rows.has_feature_days() || to >= last_use { used } else { distinct(&mut by_last.map(|&(user, ..)| (user, 0))) };
        assert_eq!(rows.users_of_within(feature, from, to, last_use), known, "{feature} {days:?}");
    }

    /// What is kept once a playbook asks for it is right for every day since, and knows the last day before.
    #[test]
    fn the_days_of_features_are_kept_from_when_they_are_asked_for() {
        let mut rows = UserRows::default();
        for day in [100, 105] {
            rows.note(0, day, day.max(100), Some(0), false);
        }
        rows.note(1, 103, 105, Some(1), false);
        rows.keep_feature_days();
        let users = |rows: &UserRows, feature, from, to| rows.users_of_within(feature, from, to, 110);
        rows.note(0, 110, 105, Some(2), false);
        assert_eq!([100, 105, 110].map(|day| users(&rows, 0, day, day.min(109))), [0, 1, 0]);
        assert_eq!((users(&rows, 1, 100, 103), users(&rows, 2, 100, 109)), (1, 0));
        // A page that was written before keeps what it knows, beside one that was written since.
        let mut before = UserRows::default();
        before.note(0, 103, 103, Some(0), false);
        let mut copy = UserRows::default();
        let (stride, bytes) = before.written(0, 32);
        copy.restore(0, stride, false, bytes);
        let (stride, bytes) = rows.written(0, 32);
        copy.restore(32, stride, true, bytes);
        copy.restored(110);
        assert_eq!((users(&copy, 0, 103, 103), users(&copy, 0, 105, 109), users(&copy, 1, 103, 103)), (1, 1, 1));
    }
}
