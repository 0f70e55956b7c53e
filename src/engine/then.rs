//! An account as it stood at the end of an earlier day, by what is known of it today: what happened later is left out.
//!
//! It is asked for its use: quantities, users, features, levels, workflows, terms and seats. What is held of a day without its time (profiles,
//! connections, touchpoints) is as it is today.

use super::account::{Account, AccountProduct};
use super::day::{Day, NEVER};
use super::facts::{DayCounts, Led, Product, Standing, TermContext, UserIndex, Users, Workflow};
use crate::playbook::HELD_DAYS;

impl Account {
    /// Judged by nobody: its slots and verdicts are those of today.
    pub fn then(&self, day: Day, grace_days: Day) -> Self {
        let mut then = self.clone();
        then.day = day;
        let on = TermContext { today: day, grace_days, closed: then.is_closed() };
        for product in &mut then.products {
            product.until(day, &self.users, on);
        }
        then
    }
}

impl AccountProduct {
    fn until(&mut self, day: Day, users: &Users, on: TermContext) {
        self.facts = self.facts.until(day, users);
        self.facts.entitlements.until(on);
    }
}

fn counts_until(counts: &DayCounts, day: Day) -> DayCounts {
    let mut until = DayCounts::default();
    counts.days_within(day - HELD_DAYS, day).for_each(|(on, count)| _ = until.add(on, count));
    until
}

impl Product {
    fn until(&self, day: Day, users: &Users) -> Self {
        let mut until = Self::new(self.name);
        until.entitlements = self.entitlements.clone();
        until.integrations = self.integrations;
        until.became_internal = if self.became_internal <= day { self.became_internal } else { NEVER };
        until.events = counts_until(&self.events, day);
        if self.first_use <= day {
            until.first_use = self.first_use;
            let last = self.events.days_within(day - HELD_DAYS, day).map(|(on, _)| on).last();
            // Of an earlier one it is only known that there was the first.
            until.last_use = if self.last_use <= day { self.last_use } else { last.unwrap_or(self.first_use) };
        }
        let places = self.features_until(day, &mut until);
        self.users_until(day, users, &places, &mut until);
        let gauges = self.gauges().iter().filter_map(|gauge| gauge.until(day)).collect();
        let workflows = self.workflows().iter().map(|known| Workflow { name: known.name, runs: counts_until(&known.runs, day) });
        let led = self.led().iter().map(|led| Led { name: led.name, others: led.others.clone(), runs: counts_until(&led.runs, day) });
        until.restore_rare(gauges, workflows.collect(), led.collect());
        until
    }

    /// By the places of today those of then.
    fn features_until(&self, day: Day, until: &mut Self) -> Vec<Option<usize>> {
        let place = |place: usize| {
            let first = self.features.first_use(place, self.last_use);
            if first > day {
                return None;
            }
            let then = until.features.push(self.features.name(place), first);
            self.features.row(place).days_within(day - HELD_DAYS, day).for_each(|(on, count)| _ = until.features.add(then, on, count));
            Some(then)
        };
        (0..self.features.count()).map(place).collect()
    }

    fn users_until(&self, day: Day, users: &Users, places: &[Option<usize>], until: &mut Self) {
        for user in (0..users.len() as u32).map(UserIndex) {
            let Some(days) = self.days_of(user) else { continue };
            let away = users.merged(user) == user && users.standing(user, day) != Standing::Present;
            let mut note = |on: Day, feature| _ = until.users.note(user.0 as usize, on, until.last_use, feature, away, u32::MAX);
            let held = (0..HELD_DAYS).rev().filter(|ago| days.bits >> ago & 1 == 1).map(|ago| days.last - ago);
            let first = (days.first <= day).then_some(days.first);
            first.into_iter().chain(held.filter(|on| *on <= day)).for_each(|on| note(on, None));
            let used = self.features_of(user).filter(|(_, on)| *on <= day);
            used.for_each(|(place, on)| {
                if let Some(then) = places[place] {
                    note(on, Some(then));
                }
            });
        }
    }
}
