//! The rows of up to 64 users of a product: when each used it, and each of its features when last.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::UserDays;
use crate::engine::day::Day;
use crate::engine::prefetch::ask_for_bytes;
use crate::engine::repack;
use crate::playbook::HELD_DAYS;

/// Bytes of a bit for each held day.
const DAYS: usize = 12;

/// Where a row has the first day: behind the last one (2 bytes) and the days before it.
const FIRST: usize = 2 + DAYS;

/// Where a row's columns begin.
const COLUMNS: usize = FIRST + 2;

/// Features with a column. The others have a pair for each user who used them: of a thousand features a user uses few.
const COLUMNS_MAX: usize = 32;

/// Bytes of a pair, without the feature's days: the user's number in the block, the feature (2 bytes), the age of its last use.
const PAIR: usize = 4;
const PAIR_AGE: usize = 3;

/// The age of a feature that a user never used.
const NEVER_USED: u8 = u8::MAX;

/// So long ago, at least, that it is in no window.
const LONG_AGO: u8 = NEVER_USED - 1;

/// In the byte behind a row's days, the bit that is of no day.
const AWAY: u8 = 0x80;

/// A row of bytes for each user who used the product, in the order of their numbers, so that an event finds all that it changes of a user in one
/// place.
///
/// | bytes | |
/// |---|---|
/// | 0–1 | the last day of use, its low 16 bits: no user's last day lies after the product's, and less than 179 years before |
/// | 2–13 | bit n: used on the last day − n. The highest bit, of no day: the user is away |
/// | 14–15 | the first day of use ever, likewise: less than 179 years before the last |
/// | from 16, one per column, of the product's first features | the feature's age: days from its last use to the last day |
///
/// Features beyond the columns have pairs of user and feature, in the order of both. Where the days of each feature are kept, beside the last one,
/// all features have pairs, and each pair has the days behind it: bit n, the feature was used on the user's last day − n.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Bit n: the block's user n has a row.
    users: u64,
    /// Rows, and room for more.
    rows: Box<[u8]>,
    #[expect(clippy::box_collection, reason = "a pointer where there are none, as nearly everywhere")]
    pairs: Option<Box<Vec<u8>>>,
    /// Rows, and features in them that were ever used.
    uses: u32,
    columns: u8,
    feature_days: bool,
}

/// The rows of half a block, as the changelog has them; numbers of users in the pairs are those within the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageRows<'a> {
    /// Bit n: the page's user n has a row.
    pub users: u32,
    pub columns: u8,
    pub feature_days: bool,
    #[serde(with = "serde_bytes", borrow)]
    pub rows: Cow<'a, [u8]>,
    #[serde(with = "serde_bytes", borrow)]
    pub pairs: Cow<'a, [u8]>,
}

/// What a user did with a product, taken apart.
#[derive(Clone, Debug)]
pub struct Use {
    pub days: UserDays,
    /// In the order of the features.
    pub features: Vec<FeatureUse>,
}

#[derive(Clone, Copy, Debug)]
pub struct FeatureUse {
    /// Its place in the product's order.
    pub feature: u16,
    /// Days from its last use to the user's last day.
    age: u8,
    /// Bit n: used on the user's last day − n. Where its days are not kept, that of the last use.
    bits: u128,
}

/// What an event changed of a row, and what was before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted {
    /// There was no room for the row, or for the feature in it.
    pub over: bool,
    /// The user has a row only now.
    pub is_new: bool,
    /// Rows and features in them that are new.
    pub uses: u32,
    /// The user's last day moved, …
    pub last_day: bool,
    /// … from there.
    pub last_before: Option<Day>,
    /// The day has one more distinct user.
    pub day: bool,
    /// The user's last use of the feature moved, …
    pub feature: bool,
    /// … from there.
    pub feature_before: Option<Day>,
}

impl Block {
    /// Users of a block.
    pub const USERS: usize = 64;

    /// Users of a page of the changelog.
    pub const PAGE_USERS: usize = 32;

    pub fn new(feature_days: bool) -> Self {
        Self { feature_days, ..Self::default() }
    }

    /// Users who have a row.
    pub fn count(&self) -> usize {
        self.users.count_ones() as usize
    }

    /// Rows, and features in them that were ever used.
    pub fn uses(&self) -> u32 {
        self.uses
    }

    pub fn has_feature_days(&self) -> bool {
        self.feature_days
    }

    /// Notes that a user used the product on a day. `last_use`: no user's last day so far lies after it. `away`: the user is in no count.
    /// `uses_left`: so many rows and features in them may be new.
    #[inline]
    pub fn note(&mut self, user: usize, day: Day, last_use: Day, feature: Option<usize>, away: bool, uses_left: u32) -> Noted {
        let mut noted = Noted::default();
        let Some(place) = self.place(user) else {
            if uses_left == 0 {
                return Noted { over: true, ..noted };
            }
            let place = self.insert(user);
            write(self.row_mut(place), UserDays { first: day, last: day, bits: 1, away });
            (noted.is_new, noted.uses, noted.last_day, noted.day) = (true, 1, true, true);
            self.uses += 1;
            if let Some(feature) = feature {
                self.note_feature(user, place, feature, (day, day), uses_left - 1, &mut noted);
            }
            return noted;
        };
        let UserDays { first, last, bits, .. } = read(self.row(place), last_use);
        let mut now = UserDays { first, last, bits, away };
        if day > last {
            (noted.last_day, noted.last_before, noted.day) = (true, Some(last), true);
            self.pass_days(user, place, day - last);
            (now.last, now.bits) = (day, passed(bits, day - last) | 1);
        } else {
            let bit = bit_of(last - day);
            (noted.day, now.bits) = (bits & bit != bit, bits | bit);
        }
        if noted.day || day < first {
            now.first = first.min(day);
            write(self.row_mut(place), now);
        }
        if let Some(feature) = feature {
            self.note_feature(user, place, feature, (day, now.last), uses_left, &mut noted);
        }
        noted
    }

    /// Notes the use of a feature on a day, of a user whose last day is known.
    #[inline]
    fn note_feature(&mut self, user: usize, place: usize, feature: usize, (day, last): (Day, Day), uses_left: u32, noted: &mut Noted) {
        let known = self.age_at(user, place, feature);
        let age = age_of(last - day);
        if known == NEVER_USED {
            if uses_left == 0 {
                noted.over = true;
                return;
            }
            self.make_room(user, feature);
            noted.uses += 1;
            self.uses += 1;
        }
        if age < known {
            noted.feature_before = (known != NEVER_USED).then(|| last - Day::from(known));
            noted.feature = true;
        }
        if noted.feature || self.feature_days {
            let bits = if self.feature_days { bit_of(last - day) } else { 0 };
            self.set_age(user, place, feature, age.min(known), bits);
        }
    }

    /// The user's days with the product.
    pub fn days_of(&self, user: usize, last_use: Day) -> Option<UserDays> {
        self.place(user).map(|place| read(self.row(place), last_use))
    }

    /// The days of each user who has a row, with the user's number in the block.
    pub fn each(&self, last_use: Day) -> impl Iterator<Item = (usize, UserDays)> + '_ {
        let mut left = self.users;
        self.own().chunks_exact(self.stride()).map(move |row| {
            let user = left.trailing_zeros() as usize;
            left &= left - 1;
            (user, read(row, last_use))
        })
    }

    /// The days of the users who count.
    #[inline]
    pub fn present(&self, last_use: Day) -> impl Iterator<Item = UserDays> + '_ {
        self.own().chunks_exact(self.stride()).map(move |row| read(row, last_use)).filter(|days| !days.away)
    }

    /// The last days of a feature's users who count.
    pub fn last_days_of(&self, feature: usize, last_use: Day) -> impl Iterator<Item = Day> + '_ {
        let column = (feature < usize::from(self.columns)).then(|| self.own().chunks_exact(self.stride()));
        let of_column = column.into_iter().flatten().map(move |row| (row, row[COLUMNS + feature])).filter(|(_, age)| *age != NEVER_USED);
        let of_pairs = self.pairs_of(feature).map(|pair| (self.row_of(pair), pair[PAIR_AGE]));
        let counted = of_column.chain(of_pairs).filter(|(row, _)| !is_away(row));
        counted.map(move |(row, age)| read(row, last_use).last.saturating_sub(Day::from(age)))
    }

    /// Users who count and used a feature on one of these days, of features whose days are kept.
    pub fn users_of_within(&self, feature: usize, from: Day, to: Day, last_use: Day) -> usize {
        let used = self.pairs_of(feature).filter(|pair| {
            let days = UserDays { bits: pair_bits(pair), ..read(self.row_of(pair), last_use) };
            !days.away && days.within(from, to) != 0
        });
        used.count()
    }

    /// The age of a user's last use of a feature.
    fn age_at(&self, user: usize, place: usize, feature: usize) -> u8 {
        if feature < usize::from(self.columns) {
            return self.rows[place * self.stride() + COLUMNS + feature];
        }
        if self.pairs.is_none() {
            return NEVER_USED;
        }
        self.find_pair(user, feature).map_or(NEVER_USED, |at| self.pair(at)[PAIR_AGE])
    }

    /// The user's last day with a feature.
    pub fn last_day_of(&self, user: usize, feature: usize, last_use: Day) -> Option<Day> {
        let place = self.place(user)?;
        let age = self.age_at(user, place, feature);
        (age != NEVER_USED).then(|| read(self.row(place), last_use).last.saturating_sub(Day::from(age)))
    }

    /// Each feature that a user ever used, by its place in the product's order, and the last day.
    pub fn features_of(&self, user: usize, last_use: Day) -> impl Iterator<Item = (usize, Day)> + '_ {
        let row = self.place(user).map(|place| self.row(place));
        let last = row.map_or(0, |row| read(row, last_use).last);
        let of_columns = row.into_iter().flat_map(|row| row[COLUMNS..].iter().copied().enumerate());
        let of_pairs = self.pairs_of_user(user).map(|pair| (usize::from(pair_feature(pair)), pair[PAIR_AGE]));
        let used = of_columns.filter(|(_, age)| *age != NEVER_USED).chain(of_pairs);
        used.map(move |(feature, age)| (feature, last.saturating_sub(Day::from(age))))
    }

    pub fn set_away(&mut self, user: usize, away: bool) {
        if let Some(place) = self.place(user) {
            let row = self.row_mut(place);
            row[FIRST - 1] = row[FIRST - 1] & !AWAY | if away { AWAY } else { 0 };
        }
    }

    /// All that a user did with the product.
    pub fn get(&self, user: usize, last_use: Day) -> Option<Use> {
        let row = self.row(self.place(user)?);
        let of_columns = row[COLUMNS..].iter().zip(0..).filter(|(age, _)| **age != NEVER_USED);
        let mut features: Vec<_> = of_columns.map(|(&age, feature)| FeatureUse { feature, age, bits: bit_of(age.into()) }).collect();
        features.extend(self.pairs_of_user(user).map(|pair| {
            let age = pair[PAIR_AGE];
            let bits = if self.feature_days { pair_bits(pair) } else { bit_of(age.into()) };
            FeatureUse { feature: pair_feature(pair), age, bits }
        }));
        Some(Use { days: read(row, last_use), features })
    }

    /// Makes that all that a user did with the product.
    pub fn put(&mut self, user: usize, of_user: &Use) {
        let mut header = [0; COLUMNS];
        write(&mut header, of_user.days);
        self.put_row(user, header, of_user.features.iter().copied());
    }

    fn put_row(&mut self, user: usize, header: [u8; COLUMNS], features: impl Iterator<Item = FeatureUse>) {
        self.remove(user);
        let place = self.insert(user);
        self.row_mut(place)[..COLUMNS].copy_from_slice(&header);
        self.uses += 1;
        for FeatureUse { feature, age, bits } in features {
            self.make_room(user, feature.into());
            self.set_age(user, place, feature.into(), age, bits);
            self.uses += 1;
        }
    }

    /// From now on the user never used the product.
    pub fn remove(&mut self, user: usize) {
        let Some(place) = self.place(user) else { return };
        let (stride, count) = (self.stride(), self.count());
        let pairs = self.pairs_of_user(user).len();
        self.uses -= 1 + self.row(place)[COLUMNS..].iter().filter(|age| **age != NEVER_USED).count() as u32 + pairs as u32;
        self.rows.copy_within((place + 1) * stride..count * stride, place * stride);
        self.users &= !(1 << user);
        let (first, size) = (self.first_pair(user), self.pair_size());
        if let Some(own) = &mut self.pairs {
            own.drain(first * size..(first + pairs) * size);
        }
    }

    /// Keeps the days of each feature from now on. Of those before, the last one is known.
    pub fn keep_feature_days(&mut self) {
        // No more of a day matters than is written.
        const LAST_USE: Day = 0;
        let mut with_days = Self::new(true);
        for user in bits(self.users) {
            with_days.put(user, &self.get(user, LAST_USE).expect("a user with a row"));
        }
        *self = with_days;
    }

    /// Moves what is in underfilled pages of memory.
    pub fn repack(&mut self) {
        repack::slice(&mut self.rows);
    }

    /// Asks memory for a user's row.
    pub fn prefetch(&self, user: usize) {
        let place = (self.users & ((1 << user) - 1)).count_ones() as usize;
        ask_for_bytes(self.rows.as_ptr().wrapping_add(place * self.stride()), self.stride());
    }

    /// Asks memory for all rows, where they are few.
    pub fn prefetch_all(&self) {
        ask_for_bytes(self.rows.as_ptr(), self.own().len().min(512));
    }

    pub fn heap_bytes(&self) -> usize {
        self.rows.len() + self.pairs.as_ref().map_or(0, |pairs| size_of::<Vec<u8>>() + pairs.capacity())
    }

    /// The bytes of all rows.
    fn own(&self) -> &[u8] {
        &self.rows[..self.count() * self.stride()]
    }

    fn stride(&self) -> usize {
        COLUMNS + usize::from(self.columns)
    }

    /// The place of a user's row.
    #[inline]
    fn place(&self, user: usize) -> Option<usize> {
        let bit = 1 << user;
        (self.users & bit != 0).then(|| (self.users & (bit - 1)).count_ones() as usize)
    }

    fn row(&self, place: usize) -> &[u8] {
        &self.rows[place * self.stride()..(place + 1) * self.stride()]
    }

    fn row_mut(&mut self, place: usize) -> &mut [u8] {
        let stride = self.stride();
        &mut self.rows[place * stride..(place + 1) * stride]
    }

    /// Makes a row for a user who has none; its header is to be written.
    fn insert(&mut self, user: usize) -> usize {
        let (stride, count) = (self.stride(), self.count());
        if (count + 1) * stride > self.rows.len() {
            self.rows = sized(&self.rows[..count * stride], roomy((count + 1) * stride));
        }
        let place = (self.users & ((1 << user) - 1)).count_ones() as usize;
        self.rows.copy_within(place * stride..count * stride, (place + 1) * stride);
        self.users |= 1 << user;
        self.row_mut(place)[COLUMNS..].fill(NEVER_USED);
        place
    }

    /// Makes room for a feature that a user has not used: a column for all, or a pair.
    fn make_room(&mut self, user: usize, feature: usize) {
        if feature < usize::from(self.columns) {
            return;
        }
        if feature < COLUMNS_MAX && !self.feature_days {
            // In steps, so that rows are not copied for each of many features.
            self.widen(if feature < 16 { (feature + 1).next_multiple_of(2) } else { COLUMNS_MAX });
            return;
        }
        if let Err(at) = self.find_pair(user, feature) {
            let (size, pairs) = (self.pair_size(), self.pairs.get_or_insert_default());
            let mut pair = [0; PAIR + DAYS];
            let [low, high] = (feature as u16).to_le_bytes();
            pair[..PAIR].copy_from_slice(&[user as u8, low, high, NEVER_USED]);
            pairs.splice(at * size..at * size, pair[..size].iter().copied());
        }
    }

    /// Rows with more columns.
    fn widen(&mut self, columns: usize) {
        let (before, stride) = (self.stride(), COLUMNS + columns);
        let mut wider = vec![NEVER_USED; roomy(self.count() * stride)];
        for (row, wide) in self.own().chunks_exact(before).zip(wider.chunks_exact_mut(stride)) {
            wide[..before].copy_from_slice(row);
        }
        (self.rows, self.columns) = (wider.into(), columns as u8);
    }

    /// Of a feature for which there is room; adds to its days, where they are kept.
    fn set_age(&mut self, user: usize, place: usize, feature: usize, age: u8, bits: u128) {
        if feature < usize::from(self.columns) {
            self.row_mut(place)[COLUMNS + feature] = age;
            return;
        }
        let at = self.find_pair(user, feature).expect("room was made for it");
        let size = self.pair_size();
        let pair = &mut self.pairs.as_mut().expect("it is there")[at * size..(at + 1) * size];
        pair[PAIR_AGE] = age;
        if let Some(days) = pair[PAIR..].first_chunk_mut() {
            write_bits(days, read_bits(days) | bits);
        }
    }

    /// The user's last day is so many days later than it was.
    #[inline]
    fn pass_days(&mut self, user: usize, place: usize, days: Day) {
        let by = u8::try_from(days).unwrap_or(u8::MAX);
        self.row_mut(place)[COLUMNS..].iter_mut().for_each(|age| *age = aged(*age, by));
        if self.pairs.is_none() {
            return;
        }
        let (first, count, size) = (self.first_pair(user), self.pairs_of_user(user).len(), self.pair_size());
        let pairs = self.pairs.as_mut().map_or(&mut [][..], |pairs| &mut pairs[first * size..(first + count) * size]);
        for pair in pairs.chunks_exact_mut(size) {
            pair[PAIR_AGE] = aged(pair[PAIR_AGE], by);
            if let Some(bits) = pair[PAIR..].first_chunk_mut() {
                write_bits(bits, passed(read_bits(bits), days));
            }
        }
    }

    fn pair_size(&self) -> usize {
        pair_size(self.feature_days)
    }

    fn pairs(&self) -> std::slice::ChunksExact<'_, u8> {
        self.pairs.as_ref().map_or(&[][..], |pairs| pairs).chunks_exact(self.pair_size())
    }

    fn pair(&self, at: usize) -> &[u8] {
        self.pairs().nth(at).expect("a pair that there is")
    }

    fn pairs_of(&self, feature: usize) -> impl Iterator<Item = &[u8]> {
        self.pairs().filter(move |pair| usize::from(pair_feature(pair)) == feature)
    }

    fn pairs_of_user(&self, user: usize) -> std::slice::ChunksExact<'_, u8> {
        let (size, from, end) = (self.pair_size(), self.first_pair(user), self.first_pair(user + 1));
        self.pairs.as_ref().map_or(&[][..], |pairs| &pairs[from * size..end * size]).chunks_exact(size)
    }

    /// The place of the first pair of a user, or of one with a higher number.
    fn first_pair(&self, user: usize) -> usize {
        self.find_pair(user, 0).unwrap_or_else(|at| at)
    }

    /// The place of a pair, or where it would be.
    fn find_pair(&self, user: usize, feature: usize) -> Result<usize, usize> {
        let (size, key) = (self.pair_size(), (user << 16 | feature) as u32);
        let bytes = self.pairs.as_ref().map_or(&[][..], |pairs| pairs);
        let (mut low, mut high) = (0, bytes.len() / size);
        while low < high {
            let middle = low.midpoint(high);
            match pair_key(&bytes[middle * size..]).cmp(&key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// The row of a pair's user.
    fn row_of(&self, pair: &[u8]) -> &[u8] {
        self.row(self.place(pair[0].into()).expect("who has a pair has a row"))
    }
}

/// The rows of pages.
impl Block {
    /// The rows of one of both halves as they are written.
    pub fn page(&self, half: usize) -> PageRows<'_> {
        let (stride, size, from) = (self.stride(), self.pair_size(), half * Self::PAGE_USERS);
        let first = (self.users & ((1 << from) - 1)).count_ones() as usize;
        let users = (self.users >> from) as u32;
        let own = self.pairs.as_ref().map_or(&[][..], |own| own);
        let mut pairs = Cow::Borrowed(&own[self.first_pair(from) * size..self.first_pair(from + Self::PAGE_USERS) * size]);
        if half > 0 && !pairs.is_empty() {
            pairs.to_mut().chunks_exact_mut(size).for_each(|pair| pair[0] -= from as u8);
        }
        PageRows {
            users,
            columns: self.columns,
            feature_days: self.feature_days,
            rows: Cow::Borrowed(&self.rows[first * stride..(first + users.count_ones() as usize) * stride]),
            pairs,
        }
    }

    /// Puts the rows of a page, which pass [`PageRows::check`], in the place of those of one of both halves. Of features whose days are kept
    /// elsewhere in the product they are known from the last one on.
    pub fn restore(&mut self, half: usize, page: &PageRows<'_>) {
        let from = half * Self::PAGE_USERS;
        self.clear(half);
        if self.users == 0 && (page.feature_days == self.feature_days || page.feature_days) {
            (self.columns, self.feature_days) = (page.columns, page.feature_days);
        }
        if (page.columns, page.feature_days) == (self.columns, self.feature_days) {
            self.take_rows(from, page);
            return;
        }
        let stride = COLUMNS + usize::from(page.columns);
        for (user, row) in bits(page.users.into()).zip(page.rows.chunks_exact(stride)) {
            let of_columns = row[COLUMNS..].iter().zip(0..).filter(|(age, _)| **age != NEVER_USED);
            let of_columns = of_columns.map(|(&age, feature)| FeatureUse { feature, age, bits: bit_of(age.into()) });
            let pairs = page.pairs.chunks_exact(pair_size(page.feature_days)).filter(|pair| usize::from(pair[0]) == user);
            let of_pairs = pairs.map(|pair| {
                let age = pair[PAIR_AGE];
                FeatureUse { feature: pair_feature(pair), age, bits: if page.feature_days { pair_bits(pair) } else { bit_of(age.into()) } }
            });
            let header = *row.first_chunk().expect("a row has a header");
            self.put_row(from + user, header, of_columns.chain(of_pairs));
        }
    }

    /// Takes in rows and pairs that are of the form of its own.
    fn take_rows(&mut self, from: usize, page: &PageRows<'_>) {
        let (stride, count, added) = (self.stride(), self.count(), page.users.count_ones() as usize);
        let first = (self.users & ((1 << from) - 1)).count_ones() as usize;
        // Most accounts have one page of users, to which no more are likely to be added soon.
        let mut rows = Vec::with_capacity((count + added) * stride);
        rows.extend_from_slice(&self.rows[..first * stride]);
        rows.extend_from_slice(&page.rows);
        rows.extend_from_slice(&self.rows[first * stride..count * stride]);
        self.rows = rows.into();
        self.users |= u64::from(page.users) << from;
        if !page.pairs.is_empty() {
            let (size, at) = (self.pair_size(), self.first_pair(from) * self.pair_size());
            let own = self.pairs.get_or_insert_default();
            own.splice(at..at, page.pairs.iter().copied());
            own[at..at + page.pairs.len()].chunks_exact_mut(size).for_each(|pair| pair[0] += from as u8);
        }
        let used = page.rows.chunks_exact(stride).map(|row| row[COLUMNS..].iter().filter(|age| **age != NEVER_USED).count());
        self.uses += (added + used.sum::<usize>() + page.pairs.len() / self.pair_size()) as u32;
    }

    /// Makes the users of one of both halves such as never used the product.
    pub fn clear(&mut self, half: usize) {
        let of_half = self.users & (u64::from(u32::MAX) << (half * Self::PAGE_USERS));
        bits(of_half).for_each(|user| self.remove(user));
    }
}

impl PageRows<'_> {
    pub fn into_owned(self) -> PageRows<'static> {
        PageRows { rows: Cow::Owned(self.rows.into_owned()), pairs: Cow::Owned(self.pairs.into_owned()), ..self }
    }

    /// What keeps rows of unknown origin from being taken over, of a product with so many features at most.
    pub fn check(&self, features_max: usize) -> Result<(), &'static str> {
        let (columns, size) = (usize::from(self.columns), pair_size(self.feature_days));
        let stride = COLUMNS + columns;
        if columns > COLUMNS_MAX || columns > 0 && self.feature_days || self.rows.len() != self.users.count_ones() as usize * stride {
            return Err("rows of a length that none has");
        }
        if self.rows.chunks_exact(stride).any(|row| read_bits(row_bits(row)) == 0) {
            return Err("a row of a user who did nothing");
        }
        let first = if self.feature_days { 0 } else { COLUMNS_MAX };
        let is_pair = |pair: &[u8]| {
            let (user, feature) = (pair[0], usize::from(pair_feature(pair)));
            let has_row = usize::from(user) < Block::PAGE_USERS && self.users >> user & 1 == 1;
            has_row && (first..features_max).contains(&feature) && pair[PAIR_AGE] != NEVER_USED
        };
        let pairs = self.pairs.chunks_exact(size);
        if !self.pairs.len().is_multiple_of(size) || !pairs.clone().all(is_pair) {
            return Err("a feature of a user who did nothing");
        }
        if !pairs.clone().zip(pairs.skip(1)).all(|(pair, next)| pair_key(pair) < pair_key(next)) {
            return Err("features of users out of their order");
        }
        Ok(())
    }
}

impl Use {
    /// What two did who are one.
    pub fn join(&self, other: &Self) -> Self {
        let days = self.days.join(other.days);
        let mut features: Vec<FeatureUse> = Vec::with_capacity(self.features.len() + other.features.len());
        for of_one in [self, other] {
            let later = days.last - of_one.days.last;
            let by = u8::try_from(later).unwrap_or(u8::MAX);
            features.extend(of_one.features.iter().map(|of_feature| FeatureUse {
                age: aged(of_feature.age, by),
                bits: passed(of_feature.bits, later),
                ..*of_feature
            }));
        }
        features.sort_by_key(|of_feature| of_feature.feature);
        features.dedup_by(|later, first| {
            let same = later.feature == first.feature;
            if same {
                (first.age, first.bits) = (first.age.min(later.age), first.bits | later.bits);
            }
            same
        });
        Self { days, features }
    }

    /// Of features that have other places now; those without one are forgotten.
    pub fn with_places(mut self, places: &[Option<usize>]) -> Self {
        let place = |of_feature: FeatureUse| {
            let place = places.get(usize::from(of_feature.feature)).copied().flatten()?;
            Some(FeatureUse { feature: place as u16, ..of_feature })
        };
        self.features = self.features.into_iter().filter_map(place).collect();
        // Two names of one feature have one place.
        self.join(&Self { days: self.days, features: Vec::new() })
    }
}

/// Rows as version 1 of the changelog has them.
///
/// | bytes | |
/// |---|---|
/// | 0–13 | as they are now; without a bit where the user never used the product |
/// | from 14, one per feature | its age |
/// | behind them, twelve per feature, where they are kept | its days |
pub mod v1 {
    use super::{Block, COLUMNS, DAYS, FIRST, FeatureUse, LONG_AGO, NEVER_USED, bit_of, read_bits, row_bits};

    /// The rows of a page; `None`: they are of a length that none has.
    pub fn page(stride: usize, feature_days: bool, rows: &[u8]) -> Option<Block> {
        let bytes = if feature_days { 1 + DAYS } else { 1 };
        let features = stride.checked_sub(FIRST)? / bytes;
        let is_whole = FIRST + features * bytes == stride && features <= usize::from(u16::MAX);
        if !is_whole || !rows.len().is_multiple_of(stride) || rows.len() / stride > Block::PAGE_USERS {
            return None;
        }
        let mut block = Block::new(feature_days);
        for (user, row) in rows.chunks_exact(stride).enumerate() {
            let days = read_bits(row_bits(row));
            if days == 0 {
                continue;
            }
            // The first day is that of the days held.
            let mut header = [0; COLUMNS];
            header[..FIRST].copy_from_slice(&row[..FIRST]);
            let first = u16::from_le_bytes([row[0], row[1]]).wrapping_sub(days.ilog2() as u16);
            header[FIRST..].copy_from_slice(&first.to_le_bytes());
            let (ages, of_features) = row[FIRST..].split_at(features);
            let used = ages.iter().zip(0..).filter(|(age, _)| **age != NEVER_USED).map(|(&age, feature)| {
                let kept = of_features.as_chunks().0.get(usize::from(feature)).map_or(0, read_bits);
                FeatureUse { feature, age: age.min(LONG_AGO), bits: kept | bit_of(age.into()) }
            });
            block.put_row(user, header, used);
        }
        Some(block)
    }
}

fn pair_size(feature_days: bool) -> usize {
    PAIR + if feature_days { DAYS } else { 0 }
}

/// In the order of users, and of each user's features.
fn pair_key(pair: &[u8]) -> u32 {
    u32::from(pair[0]) << 16 | u32::from(pair_feature(pair))
}

fn pair_feature(pair: &[u8]) -> u16 {
    u16::from_le_bytes([pair[1], pair[2]])
}

fn pair_bits(pair: &[u8]) -> u128 {
    pair[PAIR..].first_chunk().map_or(0, read_bits)
}

/// The bit of a day that lies so many days before the last one; none where it is not held.
fn bit_of(age: Day) -> u128 {
    if age < HELD_DAYS { 1 << age } else { 0 }
}

/// Days by their bits, once the last one is so many days later.
fn passed(bits: u128, days: Day) -> u128 {
    if days < HELD_DAYS { bits << days } else { 0 }
}

/// The age of a feature whose last use lies so many days before the user's last day.
fn age_of(days: Day) -> u8 {
    u8::try_from(days).unwrap_or(LONG_AGO).min(LONG_AGO)
}

fn aged(age: u8, by: u8) -> u8 {
    if age == NEVER_USED { NEVER_USED } else { age.saturating_add(by).min(LONG_AGO) }
}

/// The places of the bits that are set.
fn bits(mut left: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (left != 0).then(|| left.trailing_zeros() as usize)?;
        left &= left - 1;
        Some(place)
    })
}

/// Bytes that others follow, in room for them.
fn sized(bytes: &[u8], room: usize) -> Box<[u8]> {
    let mut wider = vec![0; room];
    wider[..bytes.len()].copy_from_slice(bytes);
    wider.into()
}

/// The bytes to allocate where so many are needed and more will be.
///
/// Few sizes, those that allocators have: they keep blocks of a size on pages of their own, and accounts that grow together leave pages behind
/// on which a few blocks stay.
fn roomy(needed: usize) -> usize {
    if needed <= 1024 { needed.next_power_of_two().max(32) } else { needed.next_multiple_of(needed.next_power_of_two() / 8) }
}

fn read(row: &[u8], last_use: Day) -> UserDays {
    let last = before(last_use, [row[0], row[1]]);
    UserDays { first: before(last, [row[FIRST], row[FIRST + 1]]), last, bits: read_bits(row_bits(row)), away: is_away(row) }
}

/// The last day with these low bits that does not lie after a day.
fn before(day: Day, low: [u8; 2]) -> Day {
    day.saturating_sub(Day::from((day as u16).wrapping_sub(u16::from_le_bytes(low))))
}

fn write(row: &mut [u8], days: UserDays) {
    row[..2].copy_from_slice(&(days.last as u16).to_le_bytes());
    write_bits(row[2..FIRST].first_chunk_mut().expect("as many bytes as days take"), days.bits);
    row[FIRST..COLUMNS].copy_from_slice(&(days.first as u16).to_le_bytes());
    if days.away {
        row[FIRST - 1] |= AWAY;
    }
}

fn is_away(row: &[u8]) -> bool {
    row[FIRST - 1] & AWAY != 0
}

fn row_bits(row: &[u8]) -> &[u8; DAYS] {
    row[2..FIRST].first_chunk().expect("as many bytes as days take")
}

fn read_bits(bytes: &[u8; DAYS]) -> u128 {
    let low = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    let high = u32::from_le_bytes(bytes[8..].try_into().expect("four bytes"));
    u128::from(low) | u128::from(high & (u32::MAX >> 1)) << 64
}

fn write_bits(bytes: &mut [u8; DAYS], bits: u128) {
    // Days further back than are held fall off the end.
    bytes.copy_from_slice(&(bits & ((1 << HELD_DAYS) - 1)).to_le_bytes()[..DAYS]);
}
