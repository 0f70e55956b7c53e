//! What an account did with one product.

use super::{Cells, DayCounts, Entitlements, FeatureDays, Gauge, TermContext, UserDays, UserIndex, UserRows};
use crate::engine::day::{Day, NEVER};
use crate::engine::names::NameId;

#[derive(Clone, Debug)]
pub struct Product {
    pub name: NameId,
    /// [`NEVER`] where never used.
    pub first_use: Day,
    pub last_use: Day,
    /// The D on which one of its users of the last days last turned out to be the vendor's own; [`NEVER`] if none did. What was done by then is in
    /// the sums, what is done since is not.
    pub became_internal: Day,
    /// Quantities of usage.
    pub events: DayCounts,
    /// Which users used it when.
    pub users: UserRows,
    /// Quantities of usage per feature.
    pub features: FeatureDays,
    /// Apart, as most products of most accounts have none of it.
    rare: Option<Box<Rare>>,
    pub entitlements: Entitlements,
    /// Connections in place that touch the product.
    pub integrations: u32,
}

#[derive(Clone, Debug, Default)]
struct Rare {
    gauges: Vec<Gauge>,
    workflows: Vec<Workflow>,
    led: Vec<Led>,
}

#[derive(Clone, Debug)]
pub struct Workflow {
    pub name: NameId,
    pub runs: DayCounts,
}

/// Runs of a workflow that a product leads: each run has one product that does, so that runs of several products are counted once.
#[derive(Clone, Debug)]
pub struct Led {
    pub name: NameId,
    /// The other products, as they were told.
    pub others: Box<[NameId]>,
    pub runs: DayCounts,
}

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
    /// The feature's last day of use moved, and by so much that it may be in a window that it was not in.
    pub feature_came_into_use: bool,
    /// The feature has one more day of use.
    pub feature_day: bool,
    /// A user's last day of use of the feature moved.
    pub feature_users: bool,
    /// Rows of users, and features in them, that there were none of.
    pub uses: u32,
}

/// What an account has room for.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Features of the product, at most.
    pub features: usize,
    /// Rows of users, and features in them, that may be new.
    pub uses: u32,
}

/// A user whose usage is counted.
#[derive(Clone, Copy, Debug)]
pub struct CountedUser {
    pub index: UserIndex,
    /// In no count of users, as one who is gone.
    pub away: bool,
}

impl Product {
    pub fn new(name: NameId) -> Self {
        Self {
            name,
            first_use: NEVER,
            last_use: NEVER,
            became_internal: NEVER,
            events: DayCounts::default(),
            users: UserRows::default(),
            features: FeatureDays::default(),
            rare: None,
            entitlements: Entitlements::default(),
            integrations: 0,
        }
    }

    /// Whether nothing is known of it.
    pub fn is_blank(&self) -> bool {
        self.first_use == NEVER && self.rare.is_none() && !self.entitlements.any_told()
    }

    /// What is known of it, which is nothing from then on.
    pub fn take(&mut self) -> Self {
        let name = self.name;
        std::mem::replace(self, Self::new(name))
    }

    /// Takes in what happened under another name of the product: sums add, a day, a user and a last use count once, and of two levels or
    /// terms the later holds. `feature`: the present name of a feature; [`UserRows::restored`] must follow.
    pub fn join(&mut self, old: Self, feature: impl Fn(NameId) -> NameId, on: TermContext, feature_limit: usize) {
        if old.first_use != NEVER {
            self.first_use = if self.first_use == NEVER { old.first_use } else { self.first_use.min(old.first_use) };
        }
        self.last_use = self.last_use.max(old.last_use);
        self.became_internal = self.became_internal.max(old.became_internal);
        add_days(&mut self.events, old.events.cells());
        let mut places = Vec::with_capacity(old.features.count());
        for (name, row) in old.features.iter() {
            let name = feature(name);
            let has_room = self.has_room_for_feature(feature_limit);
            let first_use = old.features.first_use(places.len(), old.last_use);
            let place = self.features.place_of(name).or_else(|| has_room.then(|| self.features.push(name, first_use)));
            if let Some(place) = place {
                row.days_within(NEVER, Day::MAX).for_each(|(day, count)| _ = self.features.add(place, day, count));
                self.features.used_on(place, first_use, self.last_use);
            }
            places.push(place);
        }
        self.users.join(&old.users, &places, self.last_use);
        for gauge in old.gauges() {
            self.gauge_mut(gauge.name, |own| own.join(gauge));
        }
        for workflow in old.workflows() {
            self.workflow_mut(workflow.name, |runs| add_days(runs, workflow.runs.cells()));
        }
        for led in old.led() {
            self.led_mut(led.name, &led.others, |runs| add_days(runs, led.runs.cells()));
        }
        self.entitlements.join(old.entitlements, on);
    }

    /// Whether another feature may be held.
    pub fn has_room_for_feature(&self, feature_limit: usize) -> bool {
        self.features.count() < feature_limit.min(FeatureDays::FEATURES_MAX)
    }

    /// Counts a usage event on its day. Features beyond those that there is room for are counted for the product alone, users as nobody, and
    /// a user's features without the user; the second value tells whether that was so. `feature_days`: the days of the shortest window that
    /// asks whether a feature was used; 1 where the event is late.
    pub fn count_usage(
        &mut self,
        day: Day,
        quantity: u32,
        user: Option<CountedUser>,
        feature: Option<NameId>,
        room: Room,
        feature_days: Day,
    ) -> (UsageChange, Option<&'static str>) {
        let mut change = UsageChange { day_became_active: self.events.add(day, u64::from(quantity)), ..UsageChange::default() };
        let mut bound_hit = None;
        let feature = feature.and_then(|name| {
            self.features.place_of(name).or_else(|| {
                let has_room = self.has_room_for_feature(room.features);
                bound_hit = (!has_room).then_some("features");
                has_room.then(|| self.features.push(name, day))
            })
        });
        if let Some(place) = feature {
            let moved = self.features.add(place, day, u64::from(quantity));
            if day < self.last_use {
                self.features.used_on(place, day, self.last_use);
            }
            change.feature_day = moved;
            change.feature_came_into_use = moved && !self.features.row(place).any(day - (feature_days - 1), day - 1);
        }
        if let Some(user) = user {
            let row = self.users.note(user.index.0 as usize, day, self.last_use, feature, user.away, room.uses);
            (change.users, change.daily_users, change.feature_users, change.uses) = (row.last_day, row.day, row.feature, row.uses);
            if row.over {
                bound_hit = Some("uses");
            }
        }
        // After the users' days, which are read by the last use.
        if self.first_use == NEVER || day < self.first_use {
            self.first_use = day;
            change.use_dates = true;
        }
        if day > self.last_use {
            self.last_use = day;
            change.use_dates = true;
        }
        (change, bound_hit)
    }

    /// On which days a user used it, whether or not the user counts; `None`: never.
    pub fn days_of(&self, user: UserIndex) -> Option<UserDays> {
        self.users.days_of(user.0 as usize, self.last_use)
    }

    /// The last day on which a user used a feature, by its place in the product's order.
    pub fn last_day_of(&self, user: UserIndex, feature: usize) -> Option<Day> {
        self.users.last_day_of(user.0 as usize, feature, self.last_use)
    }

    /// The features that a user ever used, by their places in the product's order, each with the last day.
    pub fn features_of(&self, user: UserIndex) -> impl Iterator<Item = (usize, Day)> + '_ {
        self.users.features_of(user.0 as usize, self.last_use)
    }

    /// Moves what is in underfilled pages of memory.
    pub fn repack(&mut self) {
        self.events.repack();
        self.users.repack();
        self.features.repack();
    }

    pub fn gauges(&self) -> &[Gauge] {
        self.rare.as_ref().map_or(&[], |rare| &rare.gauges)
    }

    /// Runs that the product leads.
    pub fn led(&self) -> &[Led] {
        self.rare.as_ref().map_or(&[], |rare| &rare.led)
    }

    pub fn workflows(&self) -> &[Workflow] {
        self.rare.as_ref().map_or(&[], |rare| &rare.workflows)
    }

    pub fn gauge(&self, name: NameId) -> Option<&Gauge> {
        self.gauges().iter().find(|gauge| gauge.name == name)
    }

    /// Takes in a level of a gauge.
    pub fn set_gauge(&mut self, name: NameId, time_ms: i64, day: Day, value: f64) {
        self.gauge_mut(name, |gauge| gauge.set(time_ms, day, value));
    }

    fn gauge_mut(&mut self, name: NameId, change: impl FnOnce(&mut Gauge)) {
        let gauges = &mut self.rare.get_or_insert_default().gauges;
        let position = gauges.iter().position(|gauge| gauge.name == name).unwrap_or_else(|| {
            gauges.push(Gauge::new(name));
            gauges.len() - 1
        });
        change(&mut gauges[position]);
    }

    pub fn count_workflow(&mut self, name: NameId, day: Day, quantity: u32) {
        self.workflow_mut(name, |runs| _ = runs.add(day, u64::from(quantity)));
    }

    /// Counts a run once for all of its products.
    pub fn count_led(&mut self, name: NameId, others: &[NameId], day: Day, quantity: u32) {
        self.led_mut(name, others, |runs| _ = runs.add(day, u64::from(quantity)));
    }

    fn led_mut(&mut self, name: NameId, others: &[NameId], change: impl FnOnce(&mut DayCounts)) {
        let led = &mut self.rare.get_or_insert_default().led;
        let position = led.iter().position(|led| led.name == name && *led.others == *others).unwrap_or_else(|| {
            led.push(Led { name, others: others.into(), runs: DayCounts::default() });
            led.len() - 1
        });
        change(&mut led[position].runs);
    }

    fn workflow_mut(&mut self, name: NameId, change: impl FnOnce(&mut DayCounts)) {
        let workflows = &mut self.rare.get_or_insert_default().workflows;
        let position = workflows.iter().position(|workflow| workflow.name == name).unwrap_or_else(|| {
            workflows.push(Workflow { name, runs: DayCounts::default() });
            workflows.len() - 1
        });
        change(&mut workflows[position].runs);
    }

    pub fn restore_rare(&mut self, gauges: Vec<Gauge>, workflows: Vec<Workflow>, led: Vec<Led>) {
        let is_any = !gauges.is_empty() || !workflows.is_empty() || !led.is_empty();
        self.rare = is_any.then(|| Box::new(Rare { gauges, workflows, led }));
    }

    /// Heap bytes held, about.
    pub fn heap_bytes(&self) -> usize {
        self.events.heap_bytes() + self.users.heap_bytes() + self.features.heap_bytes() + self.rare.as_deref().map_or(0, Rare::bytes)
    }
}

fn add_days(counts: &mut DayCounts, days: Cells<'_>) {
    days.days_within(NEVER, Day::MAX).for_each(|(day, count)| _ = counts.add(day, count));
}

impl Rare {
    fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.gauges.capacity() * size_of::<Gauge>()
            + self.gauges.iter().map(Gauge::heap_bytes).sum::<usize>()
            + self.workflows.iter().map(|workflow| workflow.runs.heap_bytes() + size_of::<Workflow>()).sum::<usize>()
            + self.led.iter().map(|led| led.runs.heap_bytes() + size_of_val(&*led.others) + size_of::<Led>()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { features: 8, uses: 8 };

    #[test]
    fn distinct_users_move_between_last_days() {
        let mut product = Product::new(NameId(0));
        let user = Some(CountedUser { index: UserIndex(3), away: false });
        let (change, _) = product.count_usage(10, 1, user, Some(NameId(9)), ROOM, 1);
        assert!(change.day_became_active && change.users && change.daily_users && change.feature_users && change.use_dates);
        let (change, _) = product.count_usage(10, 1, user, Some(NameId(9)), ROOM, 1);
        assert_eq!(change, UsageChange::default());
        product.count_usage(12, 1, user, None, ROOM, 1);
        // A late event adds a distinct user to its own day and moves nobody.
        let (change, _) = product.count_usage(11, 1, user, None, ROOM, 1);
        assert!(change.daily_users && !change.users);
        assert_eq!((product.users.active_within(12, 12, 12), product.users.active_within(13, 13, 12)), (1, 0));
        assert_eq!(product.users.daily_within(10, 12, 12), 3);
        assert_eq!((product.users.users_of_within(0, 10, 12, 12), product.users.users_of_within(0, 11, 12, 12)), (1, 0));
    }
}
