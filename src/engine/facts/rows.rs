//! Which users used a product on which days, and each of its features when last.

use std::collections::BTreeMap;

use super::block::{Noted, Use};
use super::{Block, DayCounts, PageRows, UserDays};
use crate::engine::day::Day;
use crate::playbook::HELD_DAYS;

/// Up to so many users, numbers of distinct users are counted from the rows when they are asked for; beyond, they are kept per day.
const COUNTED_ROWS_MAX: usize = 64;

/// A row for each user who used the product, by user number.
#[derive(Clone, Debug, Default)]
pub struct UserRows {
    /// Of the account's first users.
    first: Block,
    /// Only where an account has more.
    large: Option<Box<Large>>,
}

#[derive(Clone, Debug, Default)]
struct Large {
    /// Of the other users, by the number of the block; only those with rows.
    blocks: BTreeMap<u32, Block>,
    /// In these blocks.
    rows: usize,
    uses: u32,
    /// Only while there are more than [`COUNTED_ROWS_MAX`] rows.
    per_day: Option<UsersPerDay>,
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
    /// Rows, and features in them, that there were none of.
    pub uses: u32,
    /// There was no room for one of them.
    pub over: bool,
}

impl UserRows {
    /// Moves what is in underfilled pages of memory: the block that nearly every product has.
    pub fn repack(&mut self) {
        self.first.repack();
    }

    /// Notes that a user used the product on a day. `last_use`: no user's last day so far lies after it. `feature`: its place in the
    /// product's order. `away`: the user is in no count. `uses_left`: rows, and features in them, for which there is room.
    pub fn note(&mut self, user: usize, day: Day, last_use: Day, feature: Option<usize>, away: bool, uses_left: u32) -> RowChange {
        let noted = if user < Block::USERS {
            self.first.note(user, day, last_use, feature, away, uses_left)
        } else {
            self.note_later(user, day, last_use, feature, away, uses_left)
        };
        if let Some(large) = self.large.as_deref_mut() {
            match &mut large.per_day {
                Some(per_day) if !away => per_day.note(day, feature, &noted),
                Some(_) => {}
                None if noted.is_new && self.first.count() + large.rows > COUNTED_ROWS_MAX => self.count_per_day(last_use.max(day)),
                None => {}
            }
        }
        RowChange { last_day: noted.last_day, day: noted.day, feature: noted.feature, uses: noted.uses, over: noted.over }
    }

    /// Of a user who is not among the first.
    fn note_later(&mut self, user: usize, day: Day, last_use: Day, feature: Option<usize>, away: bool, uses_left: u32) -> Noted {
        let (number, user) = (block_of(user), user % Block::USERS);
        if uses_left == 0 && self.block(number).is_none() {
            return Noted { over: true, ..Noted::default() };
        }
        let feature_days = self.has_feature_days();
        let large = self.large.get_or_insert_default();
        let noted =
            large.blocks.entry(number).or_insert_with(|| Block::new(feature_days)).note(user, day, last_use, feature, away, uses_left);
        large.rows += usize::from(noted.is_new);
        large.uses += noted.uses;
        noted
    }

    /// Users who used the product on one of these days.
    pub fn active_within(&self, from: Day, to: Day, last_use: Day) -> u64 {
        if to >= last_use {
            return self.active_since(from, last_use);
        }
        self.blocks().map(|block| block.present(last_use).filter(|days| days.within(from, to) != 0).count() as u64).sum()
    }

    /// Users whose last day lies in `from ..` the last use.
    fn active_since(&self, from: Day, last_use: Day) -> u64 {
        match self.per_day() {
            Some(per_day) => per_day.by_last_day.sum(from, last_use),
            None => self.blocks().map(|block| block.present(last_use).filter(|days| days.last >= from).count() as u64).sum(),
        }
    }

    /// Users who used a feature on one of these days. Where its days are not kept, as far as the last one tells.
    pub fn users_of_within(&self, feature: usize, from: Day, to: Day, last_use: Day) -> u64 {
        if to >= last_use {
            return self.users_of_since(feature, from, last_use);
        }
        if self.has_feature_days() {
            return self.blocks().map(|block| block.users_of_within(feature, from, to, last_use) as u64).sum();
        }
        self.last_days_of(feature, last_use).filter(|day| (from..=to).contains(day)).count() as u64
    }

    /// Users whose last use of a feature lies in `from ..` the last use.
    fn users_of_since(&self, feature: usize, from: Day, last_use: Day) -> u64 {
        match self.per_day() {
            Some(per_day) => per_day.features.get(feature).map_or(0, |counts| counts.sum(from, last_use)),
            None => self.last_days_of(feature, last_use).filter(|&day| day >= from).count() as u64,
        }
    }

    /// Distinct users of each day, summed over these days.
    pub fn daily_within(&self, from: Day, to: Day, last_use: Day) -> u64 {
        match self.per_day() {
            Some(per_day) => per_day.daily.sum(from, to),
            None => self.blocks().flat_map(|block| block.present(last_use)).map(|days| u64::from(days.within(from, to).count_ones())).sum(),
        }
    }

    /// Users by their last day, or by that of a feature: day and number, in no order, days from `from` on.
    pub fn last_days(&self, feature: Option<usize>, from: Day, last_use: Day, mut visit: impl FnMut(Day, u64)) {
        match (self.per_day(), feature) {
            (Some(per_day), None) => per_day.by_last_day.days_within(from, last_use).for_each(|(day, count)| visit(day, count)),
            (Some(per_day), Some(feature)) => {
                let counts = per_day.features.get(feature);
                counts.into_iter().flat_map(|counts| counts.days_within(from, last_use)).for_each(|(day, count)| visit(day, count));
            }
            (None, None) => {
                let present = self.blocks().flat_map(|block| block.present(last_use));
                present.filter(|days| days.last >= from).for_each(|days| visit(days.last, 1));
            }
            (None, Some(feature)) => self.last_days_of(feature, last_use).filter(|&day| day >= from).for_each(|day| visit(day, 1)),
        }
    }

    /// Rows, and features in them, that there are: what the account's bound is about.
    pub fn uses(&self) -> u32 {
        self.first.uses() + self.large.as_ref().map_or(0, |large| large.uses)
    }

    /// Keeps the days of each feature from now on. Of those before, the last one is known.
    pub fn keep_feature_days(&mut self) {
        if !self.has_feature_days() {
            self.first.keep_feature_days();
            self.large.iter_mut().flat_map(|large| large.blocks.values_mut()).for_each(Block::keep_feature_days);
        }
    }

    pub fn has_feature_days(&self) -> bool {
        self.first.has_feature_days()
    }

    /// The days of a user; `None`: there are none.
    pub fn days_of(&self, user: usize, last_use: Day) -> Option<UserDays> {
        self.block(block_of(user))?.days_of(user % Block::USERS, last_use)
    }

    /// The last day on which a user used a feature.
    pub fn last_day_of(&self, user: usize, feature: usize, last_use: Day) -> Option<Day> {
        self.block(block_of(user))?.last_day_of(user % Block::USERS, feature, last_use)
    }

    /// The features that a user ever used, each with the last day.
    pub fn features_of(&self, user: usize, last_use: Day) -> impl Iterator<Item = (usize, Day)> + '_ {
        self.block(block_of(user)).into_iter().flat_map(move |block| block.features_of(user % Block::USERS, last_use))
    }

    /// The days of the users of a block, whether or not they count, each with the place within it; in the order of their numbers.
    #[inline]
    pub fn days_in_block(&self, block: usize, last_use: Day) -> impl Iterator<Item = (usize, UserDays)> + '_ {
        self.block(block as u32).into_iter().flat_map(move |block| block.each(last_use))
    }

    /// The rows of a page as they are written; `None`: nobody of it used the product.
    pub fn page(&self, page: u32) -> Option<PageRows<'_>> {
        let (block, half) = place_of(page);
        self.block(block).map(|block| block.page(half)).filter(|rows| rows.users != 0)
    }

    /// Puts rows where they were, which pass [`PageRows::check`]; [`UserRows::restored`] must follow.
    pub fn restore(&mut self, page: u32, rows: &PageRows<'_>) {
        if rows.feature_days {
            self.keep_feature_days();
        }
        let (feature_days, (number, half)) = (self.has_feature_days(), place_of(page));
        let block = match number {
            0 => &mut self.first,
            _ => self.large.get_or_insert_default().blocks.entry(number).or_insert_with(|| Block::new(feature_days)),
        };
        block.restore(half, rows);
    }

    /// Makes the users of a page such as never used the product; [`UserRows::restored`] must follow.
    pub fn clear(&mut self, page: u32) {
        let (number, half) = place_of(page);
        if let Some(block) = self.block_mut(number) {
            block.clear(half);
        }
    }

    /// Ends a restore.
    pub fn restored(&mut self, last_use: Day) {
        let Some(large) = &mut self.large else { return };
        large.per_day = None;
        large.rows = large.blocks.values().map(Block::count).sum();
        large.uses = large.blocks.values().map(Block::uses).sum();
        if self.rows() > COUNTED_ROWS_MAX {
            self.count_per_day(last_use);
        }
    }

    pub fn heap_bytes(&self) -> usize {
        let counts = |counts: &DayCounts| counts.heap_bytes() + size_of::<DayCounts>();
        let of_large = |large: &Large| {
            let per_day =
                large.per_day.iter().flat_map(|per_day| [&per_day.daily, &per_day.by_last_day].into_iter().chain(&per_day.features));
            let blocks = large.blocks.values().map(|block| block.heap_bytes() + size_of::<(u32, Block)>());
            size_of::<Large>() + blocks.sum::<usize>() + per_day.map(counts).sum::<usize>()
        };
        self.first.heap_bytes() + self.large.as_deref().map_or(0, of_large)
    }

    /// Asks memory for a user's row.
    pub fn prefetch(&self, user: usize) {
        if user < Block::USERS {
            self.first.prefetch(user);
        }
    }

    /// Asks memory for all rows, where they are few.
    pub fn prefetch_all(&self) {
        self.first.prefetch_all();
    }

    /// From now on a user is in no count, or in all again, whatever was done before. False: nothing is changed by it.
    pub fn set_away(&mut self, user: usize, away: bool, last_use: Day) -> bool {
        if self.days_of(user, last_use).is_none_or(|days| days.away == away) {
            return false;
        }
        self.tally(user, last_use, DayCounts::subtract_one);
        if let Some(block) = self.block_mut(block_of(user)) {
            block.set_away(user % Block::USERS, away);
        }
        self.tally(user, last_use, |counts, day| _ = counts.add(day, 1));
        true
    }

    /// One user turns out to be another: what both did is the latter's. False: the former never used the product.
    pub fn merge(&mut self, from: usize, into: usize, away: bool, last_use: Day) -> bool {
        let Some(joining) = self.get(from, last_use) else { return false };
        self.tally(from, last_use, DayCounts::subtract_one);
        self.tally(into, last_use, DayCounts::subtract_one);
        self.change(block_of(from), |block| block.remove(from % Block::USERS));
        let mut joined = self.get(into, last_use).map_or_else(|| joining.clone(), |known| known.join(&joining));
        joined.days.away = away;
        self.change(block_of(into), |block| block.put(into % Block::USERS, &joined));
        self.tally(into, last_use, |counts, day| _ = counts.add(day, 1));
        true
    }

    /// A user is erased: what the user did is in no count any more. False: the user never used the product.
    pub fn erase(&mut self, user: usize, last_use: Day) -> bool {
        if self.days_of(user, last_use).is_none() {
            return false;
        }
        self.tally(user, last_use, DayCounts::subtract_one);
        self.change(block_of(user), |block| block.remove(user % Block::USERS));
        true
    }

    /// Takes in the rows of the same users with the product under another name. `places`: by feature of those the place that it has here;
    /// [`UserRows::restored`] must follow. `last_use`: of both.
    pub fn join(&mut self, old: &Self, places: &[Option<usize>], last_use: Day) {
        if old.has_feature_days() {
            self.keep_feature_days();
        }
        for (number, block) in old.numbered_blocks() {
            for (user, _) in block.each(last_use) {
                let of_old = block.get(user, last_use).expect("a user with a row").with_places(places);
                let known = self.block(number).and_then(|block| block.get(user, last_use));
                let joined = known.map_or_else(|| of_old.clone(), |known| known.join(&of_old));
                self.change(number, |block| block.put(user, &joined));
            }
        }
    }

    fn rows(&self) -> usize {
        self.first.count() + self.large.as_ref().map_or(0, |large| large.rows)
    }

    fn get(&self, user: usize, last_use: Day) -> Option<Use> {
        self.block(block_of(user))?.get(user % Block::USERS, last_use)
    }

    /// Changes a block, made where there is none.
    fn change(&mut self, number: u32, change: impl FnOnce(&mut Block)) {
        if number == 0 {
            change(&mut self.first);
            return;
        }
        let feature_days = self.has_feature_days();
        let large = self.large.get_or_insert_default();
        let block = large.blocks.entry(number).or_insert_with(|| Block::new(feature_days));
        let (rows, uses) = (block.count(), block.uses());
        change(block);
        large.rows = large.rows + block.count() - rows;
        large.uses = large.uses + block.uses() - uses;
    }

    fn block(&self, number: u32) -> Option<&Block> {
        match number {
            0 => Some(&self.first),
            _ => self.large.as_ref()?.blocks.get(&number),
        }
    }

    fn block_mut(&mut self, number: u32) -> Option<&mut Block> {
        match number {
            0 => Some(&mut self.first),
            _ => self.large.as_mut()?.blocks.get_mut(&number),
        }
    }

    #[inline]
    fn blocks(&self) -> impl Iterator<Item = &Block> {
        std::iter::once(&self.first).chain(self.large.iter().flat_map(|large| large.blocks.values()))
    }

    fn numbered_blocks(&self) -> impl Iterator<Item = (u32, &Block)> {
        let later = self.large.iter().flat_map(|large| large.blocks.iter().map(|(number, block)| (*number, block)));
        std::iter::once((0, &self.first)).chain(later)
    }

    fn per_day(&self) -> Option<&UsersPerDay> {
        self.large.as_ref()?.per_day.as_ref()
    }

    /// The last days of a feature's users who count.
    fn last_days_of(&self, feature: usize, last_use: Day) -> impl Iterator<Item = Day> + '_ {
        self.blocks().flat_map(move |block| block.last_days_of(feature, last_use))
    }

    /// Takes a user's days, where the user counts, into what is kept per day, or out of it.
    fn tally(&mut self, user: usize, last_use: Day, each: impl Fn(&mut DayCounts, Day)) {
        let Some(mut per_day) = self.large.as_mut().and_then(|large| large.per_day.take()) else { return };
        if let Some(days) = self.days_of(user, last_use).filter(|days| !days.away) {
            let held = last_use.saturating_sub(HELD_DAYS - 1);
            per_day.tally(days, held, &each);
            for (feature, day) in self.features_of(user, last_use).filter(|(_, day)| *day >= held) {
                each(per_day.feature_mut(feature), day);
            }
        }
        if let Some(large) = &mut self.large {
            large.per_day = Some(per_day);
        }
    }

    fn count_per_day(&mut self, last_use: Day) {
        let mut per_day = UsersPerDay::default();
        let held = last_use.saturating_sub(HELD_DAYS - 1);
        let add = |counts: &mut DayCounts, day: Day| _ = counts.add(day, 1);
        for block in self.blocks() {
            for (user, days) in block.each(last_use).filter(|(_, days)| !days.away) {
                per_day.tally(days, held, add);
                for (feature, day) in block.features_of(user, last_use).filter(|(_, day)| *day >= held) {
                    add(per_day.feature_mut(feature), day);
                }
            }
        }
        self.large.get_or_insert_default().per_day = Some(per_day);
    }
}

impl UsersPerDay {
    /// Takes in what an event of a user who counts changed.
    fn note(&mut self, day: Day, feature: Option<usize>, noted: &Noted) {
        if noted.day {
            self.daily.add(day, 1);
        }
        if noted.last_day {
            noted.last_before.iter().for_each(|&before| self.by_last_day.subtract_one(before));
            self.by_last_day.add(day, 1);
        }
        if let Some(feature) = feature.filter(|_| noted.feature) {
            let counts = self.feature_mut(feature);
            noted.feature_before.iter().for_each(|&before| counts.subtract_one(before));
            counts.add(day, 1);
        }
    }

    fn tally(&mut self, days: UserDays, held: Day, each: impl Fn(&mut DayCounts, Day)) {
        if days.last >= held {
            each(&mut self.by_last_day, days.last);
        }
        let used = (0..HELD_DAYS).filter(|n| days.bits >> n & 1 == 1).map(|n| days.last.saturating_sub(n));
        used.filter(|&day| day >= held).for_each(|day| each(&mut self.daily, day));
    }

    fn feature_mut(&mut self, feature: usize) -> &mut DayCounts {
        if feature >= self.features.len() {
            self.features.resize(feature + 1, DayCounts::default());
        }
        &mut self.features[feature]
    }
}

/// The number of the block that a user is in.
fn block_of(user: usize) -> u32 {
    (user / Block::USERS) as u32
}

/// The block that a page is in, and in which half.
fn place_of(page: u32) -> (u32, usize) {
    const PAGES: u32 = (Block::USERS / Block::PAGE_USERS) as u32;
    (page / PAGES, (page % PAGES) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::collections::BTreeSet;

    /// No bound.
    const ANY: u32 = u32::MAX;

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
                let feature = (random(3) > 0).then(|| random(1 + round as u64 / 50) as usize);
                let today = last_use + if random(30) == 0 { random(40) as Day } else { 0 };
                let day = if random(5) == 0 { today - random(HELD_DAYS as u64) as Day } else { today };
                if feature_days {
                    rows.keep_feature_days();
                }
                rows.note(user, day, last_use, feature, away.contains(&user), ANY);
                last_use = last_use.max(day);
                events.push((user, day, feature));
                if round % 97 == 0 {
                    let copy = copy(&rows, last_use);
                    let counted: Vec<_> = events.iter().filter(|(user, ..)| !away.contains(user)).copied().collect();
                    for rows in [&rows, &copy] {
                        check(rows, &counted, last_use, 1 + random(90) as Day, random(60) as usize);
                        let to = last_use - random(10) as Day;
                        check_within(rows, &counted, (to - random(80) as Day, to), last_use, random(60) as usize);
                        check_user(rows, &events, last_use, user);
                        check_user(rows, &events, last_use, other);
                        let uses: BTreeSet<_> = events.iter().flat_map(|(user, _, feature)| [(*user, None), (*user, *feature)]).collect();
                        assert_eq!(rows.uses() as usize, uses.len());
                    }
                }
            }
        }
    }

    /// As the changelog would give it back.
    fn copy(rows: &UserRows, last_use: Day) -> UserRows {
        let mut copy = UserRows::default();
        // What was restored before is replaced.
        for page in (0..10).chain((0..10).rev()) {
            if let Some(page_rows) = rows.page(page) {
                assert_eq!(page_rows.check(100), Ok(()));
                copy.restore(page, &page_rows);
            }
        }
        copy.restored(last_use);
        copy
    }

    /// What is known of one user.
    fn check_user(rows: &UserRows, events: &[(usize, Day, Option<usize>)], last_use: Day, user: usize) {
        let own = || events.iter().filter(|(known, ..)| *known == user);
        let days = rows.days_of(user, last_use);
        let (first, last) = (own().map(|(_, day, _)| *day).min(), own().map(|(_, day, _)| *day).max());
        assert_eq!((days.map(|days| days.first), days.map(|days| days.last)), (first, last));
        let (block, place) = (user / Block::USERS, user % Block::USERS);
        assert_eq!(rows.days_in_block(block, last_use).find(|(other, _)| *other == place).map(|(_, days)| days), days);
        let Some(days) = days else { return };
        let held: BTreeSet<Day> = own().map(|(_, day, _)| *day).filter(|day| days.last - day < HELD_DAYS).collect();
        assert_eq!((0..HELD_DAYS).filter(|n| days.bits >> n & 1 == 1).map(|n| days.last - n).collect::<BTreeSet<_>>(), held);
        let mut features = BTreeMap::new();
        for (_, day, feature) in own() {
            let last = feature.map(|feature| features.entry(feature).or_insert(*day));
            last.into_iter().for_each(|last| *last = (*last).max(*day));
        }
        // How long ago is known of what is in a window.
        let known = |(feature, day): (usize, Day)| (feature, day.max(last_use - HELD_DAYS));
        let of_user: BTreeMap<_, _> = rows.features_of(user, last_use).map(known).collect();
        assert_eq!(of_user, features.into_iter().map(known).collect());
        for (feature, day) in of_user {
            assert_eq!(rows.last_day_of(user, feature, last_use).map(|day| known((feature, day))), Some((feature, day)));
        }
        assert_eq!(rows.last_day_of(user, 99, last_use), None);
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
            rows.note(0, day, day.max(100), Some(0), false, ANY);
        }
        rows.note(1, 103, 105, Some(1), false, ANY);
        rows.note(1, 103, 105, Some(50), false, ANY);
        rows.keep_feature_days();
        let users = |rows: &UserRows, feature, from, to| rows.users_of_within(feature, from, to, 110);
        rows.note(0, 110, 105, Some(2), false, ANY);
        assert_eq!([100, 105, 110].map(|day| users(&rows, 0, day, day.min(109))), [0, 1, 0]);
        assert_eq!([1, 50].map(|feature| users(&rows, feature, 100, 103)), [1, 1]);
        assert_eq!(users(&rows, 2, 100, 109), 0);
        // A page that was written before keeps what it knows, beside one that was written since.
        let mut before = UserRows::default();
        before.note(0, 103, 103, Some(0), false, ANY);
        before.note(0, 103, 103, Some(40), false, ANY);
        let mut copy = UserRows::default();
        for (page, rows) in [(0, &before), (1, &rows), (2, &before), (5, &rows)] {
            copy.restore(page, &rows.page(0).expect("it has rows"));
        }
        copy.restored(110);
        assert_eq!([(0, 103), (40, 103), (1, 103), (50, 103)].map(|(feature, day)| users(&copy, feature, day, day)), [2; 4]);
        assert_eq!(users(&copy, 0, 105, 109), 2);
    }

    /// Beyond the bound a user's use of another product, or of another feature, is not kept.
    #[test]
    fn what_there_is_no_room_for_changes_nothing() {
        for user in [3, 700] {
            let mut rows = UserRows::default();
            let over = RowChange { over: true, ..RowChange::default() };
            assert_eq!(rows.note(user, 10, 10, Some(0), false, 0), over);
            assert_eq!((rows.days_of(user, 10), rows.uses()), (None, 0));
            // The user, and not the feature.
            assert_eq!(rows.note(user, 10, 10, Some(40), false, 1), RowChange { last_day: true, day: true, uses: 1, ..over });
            assert_eq!((rows.last_day_of(user, 40, 10), rows.uses()), (None, 1));
            assert_eq!(
                rows.note(user, 11, 10, Some(40), false, 1),
                RowChange { last_day: true, day: true, feature: true, uses: 1, over: false }
            );
            assert_eq!(
                rows.note(user, 12, 11, Some(40), false, 0),
                RowChange { last_day: true, day: true, feature: true, ..RowChange::default() }
            );
            assert_eq!(rows.note(user, 12, 12, Some(1), false, 0), over);
            assert_eq!((rows.last_day_of(user, 40, 12), rows.last_day_of(user, 1, 12), rows.uses()), (Some(12), None, 2));
        }
    }

    /// An account of many users keeps nothing for those who never used the product.
    #[test]
    fn few_users_of_many_take_few_bytes() {
        let mut rows = UserRows::default();
        (0..300).for_each(|user| _ = rows.note(user * 1_024, 10, 10, Some(user % 1_000), false, ANY));
        assert_eq!(rows.uses(), 600);
        assert!(rows.heap_bytes() < 300 * 150 + 1_000 * 64, "{} bytes", rows.heap_bytes());
        assert_eq!((rows.active_within(10, 10, 10), rows.users_of_within(299, 10, 10, 10)), (300, 1));
    }

    #[test]
    fn rows_of_version_1_are_read() {
        // Of two users and two features; nobody; of one, away, with a feature used 91 days before.
        let mut bytes = vec![0; 3 * 16];
        bytes[..16].copy_from_slice(&[110, 0, 0b101, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 255]);
        bytes[16 + 14..32].copy_from_slice(&[255, 255]);
        bytes[32..].copy_from_slice(&[109, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 255, 91]);
        let block = crate::engine::facts::v1_page(16, false, &bytes).expect("rows of 16 bytes");
        let mut rows = UserRows::default();
        rows.restore(1, &block.page(0));
        rows.restored(110);
        let days = |user: usize| rows.days_of(user, 110).map(|days| (days.first, days.last, days.away));
        assert_eq!([32, 33, 34].map(days), [Some((108, 110, false)), None, Some((18, 109, true))]);
        assert_eq!((rows.last_day_of(32, 0, 110), rows.last_day_of(32, 1, 110), rows.last_day_of(34, 1, 110)), (Some(108), None, Some(18)));
        assert_eq!(rows.uses(), 4);
        // With the days of the feature.
        let mut bytes = vec![0; 27];
        bytes[..17].copy_from_slice(&[110, 0, 0b11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0b110, 1]);
        let block = crate::engine::facts::v1_page(27, true, &bytes).expect("rows of 27 bytes");
        let mut rows = UserRows::default();
        rows.restore(0, &block.page(0));
        assert_eq!([110, 109, 108, 102, 101].map(|day| rows.users_of_within(0, day, day, 111)), [0, 1, 1, 1, 0]);
        for (stride, feature_days, bytes) in [(13, false, 13), (15, true, 15), (16, false, 17), (16, false, 33 * 16)] {
            assert!(crate::engine::facts::v1_page(stride, feature_days, &vec![1; bytes]).is_none(), "{stride} {bytes}");
        }
    }
}
