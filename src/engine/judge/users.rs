//! Which slots of users a cause moved.

use super::{At, Changes, Judge, ProductChange};
use crate::engine::account::Account;
use crate::engine::day::{Day, NEVER};
use crate::engine::evaluate::View;
use crate::engine::facts::UserIndex;
use crate::engine::plan::{Item, Truth, UNKNOWN, between, family};
use crate::engine::plays::CampaignKey;
use crate::engine::subject::{IncidentKey, Subject};

/// Whatever is read.
const ALL: u32 = u32::MAX;

impl Changes {
    /// What may be another of the users whom the cause names.
    fn of_users(&self) -> u32 {
        let of_product = |change: &ProductChange| {
            let of_feature = if change.feature_users { family::ONE_FEATURE } else { 0 };
            change.families | of_feature
        };
        self.products.iter().map(of_product).fold(self.account, |all, families| all | families)
    }
}

impl Judge {
    /// An instance is to be judged of a user.
    pub(super) fn mark_of_user(&mut self, account: &Account, number: u32, user: UserIndex) {
        self.of_users.insert((number, account.users.merged(user) == user, user));
    }

    /// An instance is to be judged of a user, of whom it may open, or of whom something is remembered.
    pub(super) fn mark_where_open(&mut self, at: At<'_>, account: &Account, number: u32, user: UserIndex) {
        let instance = &at.context.plan.instances[number as usize];
        if instance.is_daily && !at.looks {
            return;
        }
        let is_remembered = || match instance.item {
            Item::Rule(rule) => {
                let key = IncidentKey { rule, subject: Subject::User(user) };
                account.incidents.binary_search_by_key(&key, |(key, _)| *key).is_ok()
            }
            Item::Campaign(campaign) => {
                let key = CampaignKey { campaign, user };
                account.plays.as_ref().is_some_and(|plays| plays.under_way(key).is_ok())
            }
            Item::Segment(_) | Item::Milestone(_) => false,
        };
        if is_remembered() || instance.open.node.evaluate(&self.slot_reader(account, Some(user))) == Truth::True {
            self.mark_of_user(account, number, user);
        }
    }

    /// Recomputes what rules ask of users: of those whom the event names, and with a new day of all of whom something may be another.
    pub(super) fn refresh_users(&mut self, at: At<'_>, account: &mut Account, changes: &Changes) {
        let named = &*changes.users;
        let plan = at.context.plan;
        if plan.of_users.is_empty() {
            return;
        }
        account.user_slots.grow(account.users.len(), &plan.users);
        let waiting = account.users_wait_for.take();
        if at.of_all_users {
            let all = std::mem::take(&mut account.dirty_of_users) != 0;
            for user in (0..account.users.len() as u32).map(UserIndex) {
                if all || account.user_slots.due_of(user) <= account.day {
                    self.refresh_user(at, account, user, ALL);
                }
            }
        }
        let moved = if at.looks { ALL } else { changes.of_users() | account.dirty_of_users };
        for &user in named {
            self.refresh_user(at, account, user, moved);
            self.mark_campaigns_of(at, account, user);
            if changes.account & family::PEOPLE != 0 || at.looks || account.is_closed() {
                // Whoever goes, or turns out to be another, has no incident any more, nor has anybody while the account is closed.
                self.mark_incidents_of(at, account, user);
            }
            if changes.account & family::PEOPLE != 0 {
                // Of whom rules are judged may be another, though nothing moved that they ask.
                plan.of_users.iter().for_each(|number| self.mark_where_open(at, account, *number, user));
            }
        }
        for number in waiting.iter().flat_map(|waiting| waiting.iter()) {
            self.refresh_put_off(at.context, account, &plan.instances[*number as usize].deferrable);
            if at.of_all_users {
                (0..account.users.len() as u32).for_each(|user| self.mark_where_open(at, account, *number, UserIndex(user)));
            } else {
                named.iter().for_each(|user| self.mark_where_open(at, account, *number, *user));
            }
        }
        if !at.of_all_users {
            account.users_wait_for = waiting;
        }
        account.due = account.due.min(account.user_slots.due().unwrap_or(Day::MAX));
    }

    /// Something that rules of users read has just been concluded.
    pub(super) fn refresh_asked_users(&mut self, at: At<'_>, account: &mut Account, families: u32) {
        if at.of_all_users {
            (0..account.users.len() as u32).for_each(|user| self.refresh_user(at, account, UserIndex(user), ALL));
        } else {
            at.named.iter().for_each(|user| self.refresh_user(at, account, *user, ALL));
            // Until the next day those whom a record names see it, and none else.
            account.dirty_of_users |= families;
            account.user_slots.due_by(account.day + 1);
            account.due = account.due.min(account.day + 1);
        }
    }

    fn mark_incidents_of(&mut self, at: At<'_>, account: &Account, user: UserIndex) {
        let of_user = account.incidents.iter().filter(|(key, _)| key.subject.user() == Some(user));
        for (key, _) in of_user {
            let number = at.context.plan.instance_of(*key).expect("what is remembered is judged");
            if at.looks || !at.context.plan.instances[number as usize].is_daily {
                self.mark_of_user(account, number, user);
            }
        }
    }

    /// `moved`: families of which something may be another than when the user was last looked at.
    fn refresh_user(&mut self, at: At<'_>, account: &mut Account, user: UserIndex, moved: u32) {
        let (context, today) = (at.context, account.day);
        let group = &context.plan.users;
        let is_new = account.user_slots.due_of(user) == NEVER;
        let moved = if is_new { ALL } else { moved };
        // One who is new is judged by what is asked of the account, too.
        if !is_new && group.all_reads & moved == 0 {
            return;
        }
        if account.users.merged(user) != user {
            account.user_slots.set_due(user, Day::MAX);
            return;
        }
        let mut slots = std::mem::take(&mut account.user_slots);
        let view = View { user: Some(user), ..context.view(account) };
        let mut due = if moved == ALL { Day::MAX } else { slots.due_of(user) };
        let is_usage = moved & !(family::USAGE_TODAY | family::ONE_FEATURE) == 0;
        for (number, source) in group.sources.iter().enumerate().filter(|(number, _)| moved == ALL || group.families[*number] & moved != 0)
        {
            if group.is_daily[number] && !at.looks {
                due = due.min(today + 1);
                continue;
            }
            let before = if is_new { UNKNOWN } else { slots.slot(user, number as u16) };
            let (now, _) = view.slot(source, before);
            slots.set_slot(user, number as u16, now);
            if before == now && is_usage && source.is_metric_of_user() {
                // Usage that leaves it where it stands does not bring the day nearer on which it may be elsewhere.
                continue;
            }
            due = due.min(view.due(source, now).unwrap_or(Day::MAX));
            if before != now {
                let marked = between(&group.readers[number].instances, before, now).map(|reader| reader.instance);
                marked.for_each(|instance| self.mark_of_user(account, instance, user));
            }
        }
        // Until all has been computed once, nothing of a user is known.
        let is_known = !is_new || at.looks || !context.plan.asks_users_daily;
        slots.set_due(user, if is_known { due } else { NEVER });
        account.user_slots = slots;
        if is_new {
            let plan = context.plan;
            let judged = plan.of_users.iter().filter(|number| at.looks || !plan.instances[**number as usize].is_daily);
            judged.for_each(|number| self.mark_of_user(account, *number, user));
        }
    }
}
