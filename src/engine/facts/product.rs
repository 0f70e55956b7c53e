//! What an account did with one product.

use serde::{Deserialize, Serialize};

use super::{DayCounts, Entitlements, UserIndex};
use crate::engine::day::{Day, NEVER};
use crate::engine::names::NameId;
use crate::playbook::HELD_DAYS;

#[derive(Clone, Debug)]
pub struct Product {
    pub name: NameId,
    /// Quantities of usage.
    pub events: DayCounts,
    /// Distinct users of each day.
    pub daily_users: DayCounts,
    /// Users by the last day they used the product: the users active in a trailing window are those whose last day is in it.
    pub users_by_last_day: DayCounts,
    /// [`NEVER`] where never used.
    pub first_use: Day,
    pub last_use: Day,
    /// By user number; shorter than the account's users where the last ones never used the product.
    pub users: Vec<UserDays>,
    /// In the order they were first used.
    pub features: Vec<Feature>,
    pub gauges: Vec<Gauge>,
    pub workflows: Vec<Workflow>,
    pub entitlements: Entitlements,
    /// Connections in place that touch the product.
    pub integrations: u32,
}

/// The days on which a user used a product, back from the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDays {
    /// [`NEVER`] where the user never did.
    pub last: Day,
    /// Bit n: used on day `last` − n.
    pub bits: [u32; 3],
}

#[derive(Clone, Debug)]
pub struct Feature {
    pub name: NameId,
    pub counts: DayCounts,
    pub last_use: Day,
    /// By user number: the last day the user used the feature.
    pub user_last: Vec<ShortDay>,
    /// Users by that day.
    pub users_by_last_day: DayCounts,
}

#[derive(Clone, Debug)]
pub struct Gauge {
    pub name: NameId,
    pub time_ms: i64,
    /// The day of `time_ms`, in the zone in force when it was read.
    pub day: Day,
    pub value: f64,
}

#[derive(Clone, Debug)]
pub struct Workflow {
    pub name: NameId,
    pub runs: DayCounts,
}

/// A day in 16 bits, or never: enough to tell days apart that lie less than 65,535 days, which is 179 years, from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortDay(u16);

/// What counting a usage event changed beside the sums it was added to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageChange {
    /// The day had no usage before.
    pub day_became_active: bool,
    /// The last or the first day of use moved.
    pub use_dates: bool,
    /// A user's last day of use moved.
    pub users: bool,
    /// The day has one more distinct user.
    pub daily_users: bool,
    /// The feature's last day of use moved.
    pub feature_last_use: bool,
    /// A user's last day of use of the feature moved.
    pub feature_users: bool,
}

impl Product {
    pub fn new(name: NameId) -> Self {
        Self {
            name,
            events: DayCounts::default(),
            daily_users: DayCounts::default(),
            users_by_last_day: DayCounts::default(),
            first_use: NEVER,
            last_use: NEVER,
            users: Vec::new(),
            features: Vec::new(),
            gauges: Vec::new(),
            workflows: Vec::new(),
            entitlements: Entitlements::default(),
            integrations: 0,
        }
    }

    /// Counts a usage event on its day. `feature_limit`: features beyond it are counted for the product alone; the second value
    /// tells whether that was so.
    pub fn count_usage(
        &mut self,
        day: Day,
        quantity: u32,
        user: Option<UserIndex>,
        feature: Option<NameId>,
        feature_limit: usize,
    ) -> (UsageChange, bool) {
        let mut change = UsageChange { day_became_active: !self.events.any(day, day), ..UsageChange::default() };
        self.events.add(day, u64::from(quantity));
        if self.first_use == NEVER || day < self.first_use {
            self.first_use = day;
            change.use_dates = true;
        }
        if day > self.last_use {
            self.last_use = day;
            change.use_dates = true;
        }
        if let Some(user) = user {
            let index = user.0 as usize;
            if index >= self.users.len() {
                self.users.resize(index + 1, UserDays::NONE);
            }
            let days = &mut self.users[index];
            if !days.contains(day) {
                self.daily_users.add(day, 1);
                change.daily_users = true;
            }
            let before = days.last;
            if days.insert(day) {
                if before != NEVER {
                    self.users_by_last_day.subtract_one(before);
                }
                self.users_by_last_day.add(day, 1);
                change.users = true;
            }
        }
        let mut over_limit = false;
        if let Some(name) = feature {
            let position = self.features.iter().position(|feature| feature.name == name).or_else(|| {
                over_limit = self.features.len() >= feature_limit;
                (!over_limit).then(|| {
                    self.features.push(Feature::new(name));
                    self.features.len() - 1
                })
            });
            if let Some(position) = position {
                self.features[position].count(day, quantity, user, &mut change);
            }
        }
        (change, over_limit)
    }

    pub fn feature(&self, name: NameId) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.name == name)
    }

    pub fn feature_or_add(&mut self, name: NameId) -> &mut Feature {
        let position = self.features.iter().position(|feature| feature.name == name).unwrap_or_else(|| {
            self.features.push(Feature::new(name));
            self.features.len() - 1
        });
        &mut self.features[position]
    }

    /// The value latest by event time; of two with the same time the later read.
    pub fn set_gauge(&mut self, name: NameId, time_ms: i64, day: Day, value: f64) {
        match self.gauges.iter_mut().find(|gauge| gauge.name == name) {
            Some(gauge) if time_ms >= gauge.time_ms => *gauge = Gauge { name, time_ms, day, value },
            Some(_) => {}
            None => self.gauges.push(Gauge { name, time_ms, day, value }),
        }
    }

    pub fn count_workflow(&mut self, name: NameId, day: Day, quantity: u32) {
        let position = self.workflows.iter().position(|workflow| workflow.name == name).unwrap_or_else(|| {
            self.workflows.push(Workflow { name, runs: DayCounts::default() });
            self.workflows.len() - 1
        });
        self.workflows[position].runs.add(day, u64::from(quantity));
    }

    /// Heap bytes held, about.
    pub fn heap_bytes(&self) -> usize {
        let features: usize = self.features.iter().map(Feature::heap_bytes).sum();
        self.events.heap_bytes()
            + self.daily_users.heap_bytes()
            + self.users_by_last_day.heap_bytes()
            + self.users.capacity() * size_of::<UserDays>()
            + self.features.capacity() * size_of::<Feature>()
            + features
            + self.gauges.capacity() * size_of::<Gauge>()
            + self.workflows.iter().map(|workflow| workflow.runs.heap_bytes() + size_of::<Workflow>()).sum::<usize>()
    }
}

impl Feature {
    pub fn new(name: NameId) -> Self {
        Self { name, counts: DayCounts::default(), last_use: NEVER, user_last: Vec::new(), users_by_last_day: DayCounts::default() }
    }

    fn count(&mut self, day: Day, quantity: u32, user: Option<UserIndex>, change: &mut UsageChange) {
        self.counts.add(day, u64::from(quantity));
        let last_use = self.last_use;
        if day > self.last_use {
            self.last_use = day;
            change.feature_last_use = true;
        }
        let Some(user) = user else { return };
        let index = user.0 as usize;
        if index >= self.user_last.len() {
            self.user_last.resize(index + 1, ShortDay::NEVER);
        }
        // No user's last day lies after the feature's.
        let before = self.user_last[index].at_or_before(last_use);
        if before.is_none_or(|before| day > before) {
            if let Some(before) = before {
                self.users_by_last_day.subtract_one(before);
            }
            self.user_last[index] = ShortDay::new(day);
            self.users_by_last_day.add(day, 1);
            change.feature_users = true;
        }
    }

    fn heap_bytes(&self) -> usize {
        self.counts.heap_bytes() + self.user_last.capacity() * size_of::<ShortDay>() + self.users_by_last_day.heap_bytes()
    }
}

impl UserDays {
    pub const NONE: Self = Self { last: NEVER, bits: [0; 3] };

    pub fn contains(&self, day: Day) -> bool {
        let age = i64::from(self.last) - i64::from(day);
        (0..i64::from(HELD_DAYS)).contains(&age) && self.word() >> age & 1 == 1
    }

    /// Returns whether the day is the new last one. A day further back than is held leaves no mark.
    pub fn insert(&mut self, day: Day) -> bool {
        if self.last == NEVER {
            *self = Self { last: day, bits: [1, 0, 0] };
            return true;
        }
        let ahead = i64::from(day) - i64::from(self.last);
        let word = self.word();
        if ahead > 0 {
            let shifted = if ahead < 96 { word << ahead } else { 0 };
            self.set_word(shifted | 1);
            self.last = day;
            return true;
        }
        if -ahead < i64::from(HELD_DAYS) {
            self.set_word(word | 1 << -ahead);
        }
        false
    }

    fn word(&self) -> u128 {
        u128::from(self.bits[0]) | u128::from(self.bits[1]) << 32 | u128::from(self.bits[2]) << 64
    }

    fn set_word(&mut self, word: u128) {
        // Bits beyond the held days are dropped with the shift out of 96.
        self.bits = [word as u32, (word >> 32) as u32, (word >> 64) as u32];
    }
}

impl ShortDay {
    pub const NEVER: Self = Self(0);

    pub fn new(day: Day) -> Self {
        Self(day.rem_euclid(65_535) as u16 + 1)
    }

    /// The day, given one that it does not lie after.
    pub fn at_or_before(self, reference: Day) -> Option<Day> {
        let back = (reference.rem_euclid(65_535) - (i32::from(self.0) - 1)).rem_euclid(65_535);
        (self.0 != 0).then(|| reference.saturating_sub(back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_days_are_kept_back_to_the_held_days() {
        let mut days = UserDays::NONE;
        assert!(!days.contains(0));
        assert!(days.insert(100));
        assert!(days.insert(191));
        assert!(days.contains(100), "91 days back is held");
        assert!(!days.insert(150));
        assert!(days.contains(150) && !days.contains(151));
        assert!(days.insert(192));
        assert!(!days.contains(100), "92 days back is not");
        assert!(days.contains(191));
        assert!(days.insert(400) && !days.contains(192));
    }

    #[test]
    fn short_days_survive_their_wrap() {
        for day in [0, 1, 20_000, 65_534, 65_535, 65_536, 200_000] {
            for later in [0, 1, 92, 500, 32_768, 65_534] {
                assert_eq!(ShortDay::new(day).at_or_before(day + later), Some(day));
            }
        }
        assert_eq!(ShortDay::NEVER.at_or_before(5), None);
    }

    #[test]
    fn distinct_users_move_between_last_days() {
        let mut product = Product::new(NameId(0));
        let user = Some(UserIndex(3));
        let (change, _) = product.count_usage(10, 1, user, Some(NameId(9)), 8);
        assert!(change.day_became_active && change.users && change.daily_users && change.feature_users && change.use_dates);
        let (change, _) = product.count_usage(10, 1, user, Some(NameId(9)), 8);
        assert_eq!(change, UsageChange::default());
        product.count_usage(12, 1, user, None, 8);
        // A late event adds a distinct user to its own day and moves nobody.
        let (change, _) = product.count_usage(11, 1, user, None, 8);
        assert!(change.daily_users && !change.users);
        assert_eq!(product.users_by_last_day.days().collect::<Vec<_>>(), [(12, 1)]);
        assert_eq!(product.daily_users.sum(10, 12), 3);
        assert_eq!(product.features[0].users_by_last_day.days().collect::<Vec<_>>(), [(10, 1)]);
    }
}
