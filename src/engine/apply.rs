//! Taking an event into an account's facts.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::AccountIndex;
use super::account::{Account, AccountProduct};
use super::aliases::Aliases;
use super::day::Day;
use super::facts::{Answer, Contract, CountedUser, Health, Outcome, Profile, Room, Signals, Standing, UserIndex};
use super::judge::{Changes, ProductChange};
use super::names::{NameId, Names};
use super::plan::family;
use super::prefetch::Hint;
use crate::input::{AccountPatch, Body, Entitlement, Event, Integration, IntegrationStatus, Patch, UserPatch, Workflow};
use crate::playbook::HELD_DAYS;

/// Bounds on what one account may hold.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Features of one account and product; those beyond count for the product alone.
    pub features_per_product: usize,
    /// Users of one account; usage of those beyond counts as nobody's.
    pub users_per_account: usize,
    /// Products, connections, gauges and workflows of one account, each; those beyond are dropped.
    pub names_per_account: usize,
    /// Terms of one account and product; one more takes the place of one that is over, or is dropped.
    pub terms_per_product: usize,
    /// Uses of one account: a user's of a product is one, and one for each of its features. Those beyond are nobody's, or of no feature.
    pub uses_per_account: usize,
    /// Outcomes of one account; the earliest leave.
    pub entries_per_account: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            features_per_product: 1024,
            users_per_account: 1_000_000,
            names_per_account: 1024,
            terms_per_product: 256,
            uses_per_account: 10_000_000,
            entries_per_account: 1000,
        }
    }
}

/// What applying an event did that is worth counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// A product that the playbook does not name.
    pub unknown_product: bool,
    pub bound_hit: Option<&'static str>,
    /// An account, or a user of one, was there and is erased.
    pub erased: bool,
    /// What was told of a task is of no play that is open, or changes nothing.
    pub idle_task: bool,
    /// Counted on a day before the account's D.
    pub late: bool,
    pub timing: Timing,
}

/// When an event came: its day, and that of its account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// `None`: no account has begun with it.
    pub account: Option<AccountIndex>,
    pub day: Day,
    /// The account's D.
    pub today: Day,
    /// It took D to its own day, ahead of where the partition's clock stood before it.
    pub moved_day: bool,
}

/// Where facts are written: the account, and the names of its partition.
pub struct Target<'a> {
    pub account: &'a mut Account,
    pub names: &'a mut Names,
    pub changes: &'a mut Changes,
    /// Name ids below it are the playbook's products.
    pub named: usize,
    pub aliases: &'a Aliases,
    /// See [`Plan::feature_days`].
    ///
    /// [`Plan::feature_days`]: super::plan::Plan::feature_days
    pub feature_days: Day,
    /// See [`Plan::days_of_users`].
    ///
    /// [`Plan::days_of_users`]: super::plan::Plan::days_of_users
    pub days_of_users: bool,
    /// The playbook's days of grace after a term.
    pub grace_days: Day,
    pub bounds: Bounds,
    pub hint: Hint,
    /// The event's day in the account's zone.
    pub day: Day,
}

impl Target<'_> {
    pub fn apply(&mut self, event: &Event<'_>) -> Applied {
        let mut applied = Applied { late: self.day < self.account.day, ..Applied::default() };
        match &event.body {
            Body::Usage { product, user, feature, quantity } => {
                self.usage(product, user.as_deref(), feature.as_deref(), *quantity, &mut applied)
            }
            Body::Gauge { product, name, value } => {
                let Some(position) = self.product(product, &mut applied) else { return applied };
                let known = self.names.get(name);
                let is_held = known.is_some_and(|name| self.account.products[position].facts.gauge(name).is_some());
                if !is_held && !self.has_room_for_name(|product| product.facts.gauges().len()) {
                    applied.bound_hit = Some("gauges");
                    return applied;
                }
                let name = known.unwrap_or_else(|| self.names.intern(name));
                self.account.products[position].facts.set_gauge(name, event.time_ms, self.day, *value);
                self.touch(position, family::GAUGE);
            }
            Body::Entitlement(entitlement) => self.entitlement(entitlement, &mut applied),
            Body::Account(patch) => self.account_patch(patch),
            Body::User(patch) => self.user_patch(patch, &mut applied),
            Body::Integration(integration) => self.integration(integration, &mut applied),
            Body::Workflow(Workflow { name, products, user, quantity }) => {
                let user = user.as_deref().and_then(|user| self.user(user, &mut applied));
                if user.is_some_and(|user| self.account.users.standing(user, self.account.day) == Standing::Internal) {
                    return applied;
                }
                let mut counted = SmallVec::<[usize; 4]>::new();
                for product in products {
                    let Some(position) = self.product(product, &mut applied) else { continue };
                    // Under two names it is included once.
                    if counted.contains(&position) {
                        continue;
                    }
                    counted.push(position);
                    let known = self.names.get(name);
                    let workflows = self.account.products[position].facts.workflows();
                    let is_held = known.is_some_and(|name| workflows.iter().any(|workflow| workflow.name == name));
                    if !is_held && !self.has_room_for_name(|product| product.facts.workflows().len()) {
                        applied.bound_hit = Some("workflows");
                        continue;
                    }
                    let name = known.unwrap_or_else(|| self.names.intern(name));
                    self.account.products[position].facts.count_workflow(name, self.day, quantity.unwrap_or(1));
                    self.touch(position, family::WORKFLOW);
                }
                if let Some(name) = self.names.get(name) {
                    self.led_run(name, &counted, quantity.unwrap_or(1), &mut applied);
                }
            }
            Body::Touchpoint(told) => {
                let day = self.day;
                self.signals().touch(told.kind.as_str(), day);
                if let Some(user) = told.user.as_deref().and_then(|user| self.user(user, &mut applied)) {
                    self.account.users.told_mut().touch(user, day);
                    self.account.unsaved.mark_user(user);
                }
                self.changes.account |= family::TOUCHPOINT;
            }
            Body::Nps(told) => {
                let Some(user) = self.user(&told.user, &mut applied) else { return applied };
                let text = |told: &Option<Cow<'_, str>>| told.as_deref().map(str::to_owned);
                let answer =
                    Answer { id: text(&event.id), score: told.score, comment: text(&told.comment), day: self.day, ..Answer::default() };
                let before = self.account.users.told_mut().answer(user, answer);
                [Some(user), before].into_iter().flatten().for_each(|user| self.account.unsaved.mark_user(user));
                self.changes.account |= family::ANSWERS;
            }
            // Of one that is there; what that takes with it is more than the facts.
            Body::Erase(_) => {}
            // What a play's task is, and whether the play is open, is judged.
            Body::Task(told) => _ = told.user.as_deref().and_then(|user| self.user(user, &mut applied)),
            Body::Outcome(told) => {
                let outcome = Outcome {
                    kind: told.kind.as_str().to_owned(),
                    amount: told.amount,
                    reason: told.reason.as_deref().map(str::to_owned),
                    day: self.day,
                    time_ms: event.time_ms,
                    ..Outcome::default()
                };
                let held = self.bounds.entries_per_account;
                if self.signals().outcomes.tell(outcome, held) {
                    applied.bound_hit = Some("outcomes");
                }
                self.changes.account |= family::OUTCOMES;
            }
        }
        applied
    }

    /// Counts a run of a workflow once, with the first of its products.
    fn led_run(&mut self, name: NameId, positions: &[usize], quantity: u32, applied: &mut Applied) {
        let products = &mut self.account.products;
        let names: SmallVec<[NameId; 4]> = positions.iter().map(|&position| products[position].facts.name).collect();
        let ([first, ..], [_, others @ ..]) = (positions, &*names) else { return };
        let is_held = products[*first].facts.led().iter().any(|led| led.name == name && *led.others == *others);
        if is_held || self.has_room_for_name(|product| product.facts.led().len()) {
            self.account.products[*first].facts.count_led(name, others, self.day, quantity);
        } else {
            applied.bound_hit = Some("workflows");
        }
    }

    /// Whether the account may have one more name of a kind of which each product has so many.
    fn has_room_for_name(&self, held: impl Fn(&AccountProduct) -> usize) -> bool {
        self.account.products.iter().map(held).sum::<usize>() < self.bounds.names_per_account
    }

    fn usage(&mut self, product: &str, user: Option<&str>, feature: Option<&str>, quantity: u32, applied: &mut Applied) {
        let user = match user.and_then(|user| self.user(user, applied)) {
            Some(index) => match self.account.users.standing(index, self.account.day) {
                Standing::Internal => return,
                standing => Some(CountedUser { index, away: standing == Standing::Gone }),
            },
            None => None,
        };
        let Some(position) = self.product(product, applied) else { return };
        let feature = feature.and_then(|feature| {
            let known = self.names.get_hinted(self.hint.feature, feature);
            // One that nobody has is none that the product holds.
            if known.is_none() && !self.account.products[position].facts.has_room_for_feature(self.bounds.features_per_product) {
                applied.bound_hit = Some("features");
                return None;
            }
            let name = known.unwrap_or_else(|| self.names.intern(feature));
            Some(self.aliases.feature(self.account.products[position].index, name))
        });
        let today = self.account.day;
        let uses_left = (self.bounds.uses_per_account as u32).saturating_sub(self.account.uses);
        let room = Room { features: self.bounds.features_per_product, uses: uses_left };
        let product = &mut self.account.products[position];
        if self.days_of_users {
            product.facts.users.keep_feature_days();
        }
        let feature_days = if self.day < today { 1 } else { self.feature_days };
        let (change, bound_hit) = product.facts.count_usage(self.day, quantity, user, feature, room, feature_days);
        product.unsaved = true;
        self.account.uses += change.uses;
        applied.bound_hit = bound_hit.or(applied.bound_hit);
        if let Some(user) = user {
            self.account.unsaved.mark_user(user.index);
        }
        if product.index.is_none() {
            return;
        }
        let mut families = family::EVENTS;
        for (changed, bits) in [
            (self.day < today, family::PAST),
            (change.day_became_active || change.use_dates, family::ACTIVE_DAY),
            (change.users, family::USERS),
            (change.daily_users, family::DAILY_USERS),
            (change.feature_came_into_use, family::FEATURE_DAYS),
            (change.feature_day, family::FEATURE_DAY),
            (feature.is_some(), family::FEATURE_COUNTS),
            (change.feature_users, family::USER_FEATURES),
        ] {
            families |= if changed { bits } else { 0 };
        }
        self.changes.products.push(ProductChange { position, families, feature, quantity, feature_users: change.feature_users });
    }

    fn entitlement(&mut self, entitlement: &Entitlement<'_>, applied: &mut Applied) {
        let Some(position) = self.product(&entitlement.product, applied) else { return };
        let on = self.account.term_context(self.grace_days);
        // Among those of all products, as a playbook may make one of two.
        let last_told = self.account.products.iter().map(|product| product.facts.entitlements.last_told()).max();
        let told = last_told.unwrap_or_default() + 1;
        let entitlements = &mut self.account.products[position].facts.entitlements;
        if !entitlements.tell(entitlement, self.day, told, on, self.bounds.terms_per_product) {
            applied.bound_hit = Some("terms");
        }
        self.account.due_by(position, on.today + 1);
        self.touch(position, family::TERM);
    }

    fn account_patch(&mut self, patch: &AccountPatch<'_>) {
        let was_closed = self.account.is_closed();
        let profile = self.account.profile.get_or_insert_default();
        let Profile { name, employees, industry, region, use_cases, time_zone, owner, account_executive, success_role, parent, .. } =
            &mut **profile;
        for (target, patch) in [
            (name, &patch.name),
            (industry, &patch.industry),
            (region, &patch.region),
            (time_zone, &patch.time_zone),
            (owner, &patch.owner),
            (account_executive, &patch.account_executive),
            (success_role, &patch.success_role),
            (parent, &patch.parent),
        ] {
            set(target, patch, |text| text.to_string());
        }
        set(employees, &patch.employees, |&number| number);
        set(use_cases, &patch.use_cases, |texts| texts.iter().map(|text| text.to_string()).collect());
        set(&mut profile.onboarding_completed, &patch.onboarding_completed, |date| date.0);
        set(&mut profile.closed, &patch.closed, |date| date.0);
        set(&mut profile.contract, &patch.contract, |contract| Contract {
            starts: contract.starts.map(|date| date.0),
            renewal: contract.renewal.map(|date| date.0),
            arr: contract.arr,
            ..Contract::default()
        });
        set(&mut profile.health, &patch.health, |health| Health {
            relationship: health.relationship,
            service: health.service,
            financial: health.financial,
            ..Health::default()
        });
        set(&mut profile.ids, &patch.ids, |ids| ids.iter().map(|(system, id)| (system.to_string(), id.to_string())).collect());
        self.account.unsaved.core = true;
        self.changes.account |= family::PROFILE;
        if !matches!(patch.closed, Patch::Keep) {
            self.close_or_open(was_closed);
        }
    }

    /// The day on which the account closes may be another.
    fn close_or_open(&mut self, was_closed: bool) {
        let account = &mut *self.account;
        account.note_closed();
        let on = account.term_context(self.grace_days);
        if on.closed != was_closed {
            account.forget_slots();
            self.changes.look_at_terms(account, |product| product.facts.entitlements.look(on));
        } else if !on.closed {
            account.due = account.due.min(account.closed);
        }
    }

    fn user_patch(&mut self, patch: &UserPatch<'_>, applied: &mut Applied) {
        let Some(user) = self.user(&patch.user, applied) else { return };
        self.changes.account |= family::PEOPLE;
        if let Some(into) = &patch.merged_into {
            if let Some(into) = self.user(into, applied) {
                self.merge(user, into);
            }
            return;
        }
        let profile = self.account.users.profile_mut(user);
        let (was_internal, left) = (profile.internal == Some(true), profile.left);
        for (target, patch) in [
            (&mut profile.name, &patch.name),
            (&mut profile.email, &patch.email),
            (&mut profile.role, &patch.role),
            (&mut profile.department, &patch.department),
        ] {
            set(target, patch, |text| text.to_string());
        }
        set(&mut profile.level, &patch.level, |level| level.as_str().to_owned());
        set(&mut profile.key, &patch.key, |&flag| flag);
        set(&mut profile.internal, &patch.internal, |&flag| flag);
        set(&mut profile.created, &patch.created, |date| date.0);
        set(&mut profile.left, &patch.left, |date| date.0);
        let became_internal = profile.internal == Some(true) && !was_internal;
        self.account.unsaved.mark_user(user);
        self.account.users.note_leaving(user, left, self.account.day);
        self.account.due = self.account.due.min(self.account.users.next_leaves().unwrap_or(Day::MAX));
        if became_internal {
            self.became_internal(user);
        }
        for position in self.account.note_standing(user) {
            self.changes.product(position, family::PRESENCE);
        }
    }

    /// What a user did of late turns out to be the vendor's own: sums keep it, and what follows is not in them.
    fn became_internal(&mut self, user: UserIndex) {
        let today = self.account.day;
        for position in 0..self.account.products.len() {
            let facts = &mut self.account.products[position].facts;
            if facts.days_of(user).is_some_and(|days| days.last > today - HELD_DAYS) {
                facts.became_internal = today;
                self.touch(position, family::PRESENCE | family::ACTIVE_DAY);
            }
        }
    }

    /// Both are one user, for the past too. Each is one who is nobody else.
    fn merge(&mut self, user: UserIndex, into: UserIndex) {
        if user == into {
            return;
        }
        let (today, users) = (self.account.day, &self.account.users);
        let (was, is) = (users.standing(user, today), users.standing(into, today));
        if is == Standing::Internal && was != Standing::Internal {
            self.became_internal(user);
        }
        self.account.users.merge(user, into, today);
        self.changes.account |= family::ANSWERS | family::TOUCHPOINT;
        [user, into].into_iter().for_each(|user| self.account.unsaved.mark_user(user));
        for position in 0..self.account.products.len() {
            let facts = &mut self.account.products[position].facts;
            if facts.users.merge(user.0 as usize, into.0 as usize, is != Standing::Present, facts.last_use) {
                self.touch(position, family::PRESENCE);
            }
        }
        self.account.recount_uses();
    }

    fn integration(&mut self, integration: &Integration<'_>, applied: &mut Applied) {
        let (from, to) = (&*integration.from, &*integration.to);
        let connected = integration.status == IntegrationStatus::Connected;
        let known = self.names.get(from).zip(self.names.get(to)).map(|(from, to)| (self.aliases.product(from), self.aliases.product(to)));
        if known.is_some_and(|(from, to)| from == to) {
            // Two names of one product, which is not connected with itself.
            return;
        }
        let connections = &mut self.account.connections;
        let position = known.and_then(|connection| connections.iter().position(|&other| other == connection));
        match (position, connected) {
            (None, true) if connections.len() >= self.bounds.names_per_account => applied.bound_hit = Some("connections"),
            (None, true) => {
                let [from, to] = [from, to].map(|product| self.aliases.product(self.names.intern(product)));
                connections.push((from, to));
            }
            (Some(position), false) => {
                connections.remove(position);
            }
            (Some(_), true) | (None, false) => {}
        }
        self.account.unsaved.core = true;
        // A product may be known by its connection alone.
        for product in [from, to] {
            match self.names.get(product).map(|name| self.aliases.product(name)).filter(|name| self.is_named(*name)) {
                Some(name) => {
                    let position = self.account.position_or_add(name, self.named);
                    self.touch(position, family::CONNECTION);
                }
                None => applied.unknown_product = true,
            }
        }
        self.account.recount_integrations();
    }

    fn is_named(&self, name: NameId) -> bool {
        (name.0 as usize) < self.named
    }

    /// The product's position. One that the playbook does not name is kept like any other, for a playbook that will.
    fn product(&mut self, product: &str, applied: &mut Applied) -> Option<usize> {
        let known = self.names.get_hinted(self.hint.product, product).map(|name| self.aliases.product(name));
        if !known.is_some_and(|name| self.is_named(name)) {
            applied.unknown_product = true;
            let is_held = known.is_some_and(|name| self.account.position_of(name).is_some());
            if !is_held && self.account.products.len() >= self.bounds.names_per_account {
                applied.bound_hit = Some("products");
                return None;
            }
        }
        let name = known.unwrap_or_else(|| self.names.intern(product));
        let held = self.account.products.len();
        let position = self.account.position_or_add(name, self.named);
        if position == held {
            // It may have been connected before it was known.
            self.account.recount_integrations();
        }
        Some(position)
    }

    /// The user of an id that the event names, or whom that one has turned out to be. `None`: there is no room for one more, who does not exist
    /// then.
    fn user(&mut self, id: &str, applied: &mut Applied) -> Option<UserIndex> {
        let users = &mut self.account.users;
        let user = match users.find_hinted(self.hint.user, id) {
            Some(known) => users.merged(known),
            None if users.len() >= self.bounds.users_per_account => {
                applied.bound_hit = Some("users");
                return None;
            }
            None => {
                let new = users.find_or_add(id, self.account.day);
                self.account.unsaved.mark_user(new);
                self.changes.account |= family::PEOPLE;
                new
            }
        };
        self.changes.users.push(user);
        Some(user)
    }

    fn signals(&mut self) -> &mut Signals {
        self.account.unsaved.core = true;
        self.account.signals.get_or_insert_default()
    }

    fn touch(&mut self, position: usize, families: u32) {
        let product = &mut self.account.products[position];
        product.unsaved = true;
        if product.index.is_some() {
            self.changes.product(position, families);
        }
    }
}

fn set<T, P>(target: &mut Option<T>, patch: &Patch<P>, value: impl FnOnce(&P) -> T) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => *target = None,
        Patch::Set(new) => *target = Some(value(new)),
    }
}
