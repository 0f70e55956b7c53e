//! Which slots a cause moved, and who reads them.

use super::{Changes, Context, Judge, ProductChange};
use crate::engine::account::{Account, AccountProduct, Stage};
use crate::engine::day::{Day, NEVER};
use crate::engine::evaluate::View;
use crate::engine::facts::UserIndex;
use crate::engine::metric::{entitled_due, is_held_by_use};
use crate::engine::plan::{Group, Growth, PUT_OFF, Readers, Slot, SlotGroup, SlotState, Truth, UNKNOWN, between, family};
use crate::engine::plays::CampaignKey;
use crate::playbook::ProductIndex;

/// Whose slots.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    Account,
    /// Of the account's product at a position.
    Product(usize),
}

impl Owner {
    pub(super) fn product(self, account: &Account) -> Option<&AccountProduct> {
        match self {
            Self::Product(position) => Some(&account.products[position]),
            Self::Account => None,
        }
    }
}

impl Judge {
    /// Slots that were never computed in this process: a new account or product, or one just restored.
    pub(super) fn compute_missing(&mut self, context: Context<'_>, account: &mut Account) {
        let plan = context.plan;
        for position in 0..account.products.len() {
            let product = &account.products[position];
            if let Some(index) = product.index
                && product.slots.is_empty()
            {
                self.compute_all(context, account, Owner::Product(position));
                self.stages.mark(index.0.into());
                plan.instances_of[usize::from(index.0)].iter().for_each(|&instance| self.instances.mark(instance));
            }
            settle_product(context, account, position);
        }
        if account.slots.is_empty() && !(plan.account.sources.is_empty() && plan.instances.is_empty()) {
            self.compute_all(context, account, Owner::Account);
            (0..plan.instances.len() as u32).for_each(|instance| self.instances.mark(instance));
        }
    }

    /// Recomputes the slots that a cause may have moved and marks who reads the moved ones.
    pub(super) fn refresh(&mut self, context: Context<'_>, account: &mut Account, changes: &Changes) {
        let plan = context.plan;
        let mut account_families = changes.account & !family::DAY;
        let mut quantity = 0;
        for change in &changes.products {
            let Some(index) = account.products[change.position].index else { continue };
            account_families |= change.families;
            quantity = change.quantity.max(quantity);
            if change.families & (family::TERM | family::ACTIVE_DAY) != 0 {
                let product = &account.products[change.position];
                // Usage may be what a product is entitled by. Where it was so already, it decides nothing.
                if change.families & family::TERM != 0 || product.stage == Stage::None || product.below_since != NEVER {
                    self.stages.mark(index.0.into());
                }
                // When what has begun ends, is found out with the next day.
                account.due_by(change.position, account.day + 1);
            }
            account.note_dirty(change.position, change.families, &plan.products[usize::from(index.0)]);
            self.refresh_product(context, account, *change, index);
            let mixed = &plan.account.by_product[usize::from(index.0)];
            if change.feature.is_some() && !mixed.is_empty() {
                self.refresh_slots(context, account, Owner::Account, mixed, change.families, change.quantity);
            }
        }
        self.refresh_account(context, account, account_families, quantity);
    }

    /// What has been remembered of something for some days is judged with the next one.
    pub(super) fn mark_waiting(&mut self, context: Context<'_>, account: &Account) {
        let plan = context.plan;
        for (key, _) in account.incidents.iter().filter(|(_, state)| state.since != NEVER) {
            let number = plan.instance_of(*key).expect("what is remembered is judged");
            match key.subject.user() {
                Some(user) => self.mark_of_user(account, number, user),
                None => self.instances.mark(number),
            }
        }
        // Segments come first among the instances.
        account.segments.iter().filter(|segment| segment.since != NEVER).for_each(|segment| self.instances.mark(segment.segment.into()));
    }

    /// Recomputes what is looked at daily and may have moved since.
    pub(super) fn look(&mut self, context: Context<'_>, account: &mut Account) {
        for position in 0..account.products.len() {
            let dirty = std::mem::take(&mut account.products[position].dirty);
            if dirty != 0 {
                self.refresh_daily(context, account, Owner::Product(position), dirty);
            }
        }
        let dirty = std::mem::take(&mut account.dirty);
        if dirty != 0 {
            self.refresh_daily(context, account, Owner::Account, dirty);
        }
        if self.bands_wait(context, account) {
            account.due = account.due.min(account.day + 1);
        }
        if std::mem::take(&mut account.is_to_be_looked_at) {
            context.plan.daily.iter().for_each(|&instance| self.instances.mark(instance));
        }
    }

    /// Recomputes what is looked at daily and read by these families.
    fn refresh_daily(&mut self, context: Context<'_>, account: &mut Account, owner: Owner, families: u32) {
        let group = context.group(account, owner);
        if families & group.daily_families == 0 || slots_mut(account, owner).is_empty() {
            return;
        }
        let today = account.day;
        let mut slots = take_slots(account, owner);
        let view = view_of(context, account, owner);
        let moved = |number: &&u16| group.families[usize::from(**number)] & families != 0;
        for &number in group.daily.iter().filter(moved).filter(|number| group.guards[usize::from(**number)].is_empty()) {
            self.refresh_slot(view, group, number, &mut slots);
        }
        for &number in group.daily.iter().filter(moved).filter(|number| !group.guards[usize::from(**number)].is_empty()) {
            if group.decides(number, &slots) {
                self.refresh_slot(view, group, number, &mut slots);
            } else {
                slots[usize::from(number)] = slot_at(view, group, number, slots[usize::from(number)].at, PUT_OFF);
            }
        }
        let due = earliest(group, &slots, today).unwrap_or(Day::MAX);
        *slots_mut(account, owner) = slots;
        match owner {
            Owner::Product(position) => account.due_by(position, due),
            Owner::Account => account.due = account.due.min(due),
        }
    }

    pub(super) fn refresh_product(&mut self, context: Context<'_>, account: &mut Account, change: ProductChange, index: ProductIndex) {
        let group = &context.plan.products[usize::from(index.0)];
        let owner = Owner::Product(change.position);
        for slots in by_families(group, change.families) {
            self.refresh_slots(context, account, owner, slots, change.families, change.quantity);
        }
        if let Some(slots) = change.feature.and_then(|feature| group.by_feature.get(&feature)) {
            self.refresh_slots(context, account, owner, &slots.counts, change.families, change.quantity);
            if change.feature_users {
                self.refresh_slots(context, account, owner, &slots.users, change.families, change.quantity);
            }
        }
    }

    /// `quantity`: of usage.
    pub(super) fn refresh_account(&mut self, context: Context<'_>, account: &mut Account, families: u32, quantity: u32) {
        let group = &context.plan.account;
        if families & (group.daily_families | context.plan.users.families_beyond) != 0 {
            account.dirty |= families & group.daily_families;
            account.dirty_of_users |= families & context.plan.users.families_beyond;
            account.due = account.due.min(account.day + 1);
        }
        for slots in by_families(&context.plan.account, families) {
            self.refresh_slots(context, account, Owner::Account, slots, families, quantity);
        }
    }

    /// Recomputes what is due by D, for a day has begun, and finds the days on which anything is due next.
    pub(super) fn pass_day(&mut self, context: Context<'_>, account: &mut Account) {
        for position in 0..account.products.len() {
            let product = &account.products[position];
            if product.due > account.day {
                continue;
            }
            if let Some(index) = product.index {
                if is_due(product, account.day) {
                    self.stages.mark(index.0.into());
                }
                self.refresh_due(context, account, Owner::Product(position));
            }
            settle_product(context, account, position);
        }
        self.refresh_due(context, account, Owner::Account);
    }

    pub(super) fn refresh_due(&mut self, context: Context<'_>, account: &mut Account, owner: Owner) {
        let today = account.day;
        let dirty = match owner {
            Owner::Product(position) => std::mem::take(&mut account.products[position].dirty),
            Owner::Account => std::mem::take(&mut account.dirty),
        };
        let group_slots = context.group(account, owner);
        let mut slots = take_slots(account, owner);
        let view = view_of(context, account, owner);
        let may_move = |number: u16, slot: SlotState| {
            let is_dirty = || group_slots.is_daily[usize::from(number)] && group_slots.families[usize::from(number)] & dirty != 0;
            slot.due(today) <= today || is_dirty()
        };
        for &number in &group_slots.by_family[family::DAY.trailing_zeros() as usize] {
            if group_slots.guards[usize::from(number)].is_empty() && may_move(number, slots[usize::from(number)]) {
                self.refresh_slot(view, group_slots, number, &mut slots);
            }
        }
        // Once it is known what is tested beside them.
        for &number in &group_slots.deferrable {
            let slot = slots[usize::from(number)];
            if !may_move(number, slot) {
                continue;
            }
            if group_slots.decides(number, &slots) {
                self.refresh_slot(view, group_slots, number, &mut slots);
            } else {
                slots[usize::from(number)] = slot_at(view, group_slots, number, slot.at, PUT_OFF);
            }
        }
        *slots_mut(account, owner) = slots;
    }

    fn refresh_slot<'v>(&mut self, view: View<'v>, group: &'v SlotGroup, number: u16, slots: &mut [SlotState]) {
        let now = slot_now(view, group, number, slots[usize::from(number)].at);
        let before = std::mem::replace(&mut slots[usize::from(number)], now).at;
        if before != now.at {
            self.mark_readers(&group.readers[usize::from(number)], before, now.at, slots);
        }
    }

    /// Finds where the slots of an instance stand that were put off and decide something by now, for it is judged.
    pub(super) fn refresh_put_off(&mut self, context: Context<'_>, account: &mut Account, deferrable: &[(Group, u16)]) {
        for &(group, number) in deferrable {
            let owner = match group {
                Group::Users => None,
                Group::Account => Some(Owner::Account),
                Group::Product(index) => account.products.iter().position(|product| product.index == Some(index)).map(Owner::Product),
            };
            let Some(owner) = owner else { continue };
            let group = context.group(account, owner);
            let slots = slots_mut(account, owner);
            let is_put_off = slots.get(usize::from(number)).is_some_and(|slot| slot.room == PUT_OFF);
            if !is_put_off || !group.decides(number, slots) {
                continue;
            }
            let mut slots = take_slots(account, owner);
            let before = slots[usize::from(number)].at;
            let now = slot_now(view_of(context, account, owner), group, number, before);
            slots[usize::from(number)] = now;
            *slots_mut(account, owner) = slots;
            let due = now.due(account.day);
            match owner {
                Owner::Product(position) => account.due_by(position, due),
                Owner::Account => account.due = account.due.min(due),
            }
        }
    }

    /// `families`: what the cause may have changed; of usage, `quantity`.
    pub(super) fn refresh_slots(
        &mut self,
        context: Context<'_>,
        account: &mut Account,
        owner: Owner,
        which: &[u16],
        families: u32,
        quantity: u32,
    ) {
        let today = account.day;
        let group = context.group(account, owner);
        let mut slots = take_slots(account, owner);
        let view = view_of(context, account, owner);
        let mut due = Day::MAX;
        let usage_today = families & !family::USAGE_TODAY == 0;
        for &number in which {
            let growth = if usage_today { group.growth[usize::from(number)] } else { Growth::Unknown };
            let slot = &mut slots[usize::from(number)];
            let rise = match growth {
                Growth::Quantity(times) => quantity.saturating_mul(times),
                Growth::One => 1,
                Growth::Fraction | Growth::Worth(_) | Growth::Unknown => u32::MAX,
                Growth::Tomorrow => {
                    slot.due_by(today + 1, today);
                    due = due.min(today + 1);
                    continue;
                }
            };
            if u32::from(slot.room) >= rise {
                slot.room -= rise as u16;
                continue;
            }
            let (at, room) = view.slot(&group.sources[usize::from(number)], slot.at);
            if at == slot.at && growth != Growth::Unknown {
                slot.room = room;
                continue;
            }
            let before = std::mem::replace(slot, slot_at(view, group, number, at, room)).at;
            due = due.min(slot.due(today));
            if at != before {
                self.mark_readers(&group.readers[usize::from(number)], before, at, &slots);
            }
        }
        *slots_mut(account, owner) = slots;
        match owner {
            Owner::Product(position) => account.due_by(position, due),
            Owner::Account => account.due = account.due.min(due),
        }
    }

    pub(super) fn compute_all(&mut self, context: Context<'_>, account: &mut Account, owner: Owner) {
        let group = context.group(account, owner);
        let view = view_of(context, account, owner);
        let numbers = 0..group.sources.len() as u16;
        let mut slots: Vec<SlotState> = numbers.map(|number| slot_now(view, group, number, UNKNOWN)).collect();
        // An empty array means "not computed": a group without slots gets one that nobody reads.
        if slots.is_empty() {
            slots.push(SlotState::new(0, 0, None, account.day));
        }
        for readers in &group.readers {
            readers.stages_of.iter().for_each(|(_, product)| self.stages.mark(product.0.into()));
            readers.instances.iter().for_each(|(_, reader)| self.instances.mark(reader.instance));
        }
        *slots_mut(account, owner) = slots.into();
    }

    /// `slots`: those of the group whose slot moved, as they are by now. One that moves later marks its own readers.
    pub(super) fn mark_readers(&mut self, readers: &Readers, from: Slot, to: Slot, slots: &[SlotState]) {
        between(&readers.stages_of, from, to).for_each(|product| self.stages.mark(product.0.into()));
        for reader in between(&readers.instances, from, to) {
            if reader.guard.is_none_or(|(guard, test)| test.holds(slots[usize::from(guard)].at) != Truth::False) {
                self.instances.mark(reader.instance);
            }
        }
    }

    /// Of the user, where it is about one.
    pub(super) fn slot_reader<'s>(&'s self, account: &'s Account, user: Option<UserIndex>) -> impl Fn(Group, u16) -> Slot + 's {
        move |group, slot| match group {
            Group::Users => user.map_or(UNKNOWN, |user| account.user_slots.slot(user, slot)),
            Group::Account => account.slots[usize::from(slot)].at,
            Group::Product(index) => match account.product(index) {
                Some(product) => product.slots[usize::from(slot)].at,
                None => self.absent[usize::from(index.0)][usize::from(slot)],
            },
        }
    }
}

/// Whether a product's stage may change by the day alone: a fall is on hold, or use held it up to yesterday. What happens to terms is a change of
/// its own.
fn is_due(product: &AccountProduct, today: Day) -> bool {
    product.below_since != NEVER || is_held_by_use(product, today) != is_held_by_use(product, today - 1)
}

fn by_families(group: &SlotGroup, families: u32) -> impl Iterator<Item = &[u16]> {
    let mut left = families & group.all_families;
    std::iter::from_fn(move || {
        let bit = (left != 0).then(|| left.trailing_zeros())?;
        left &= left - 1;
        Some(&*group.by_family[bit as usize])
    })
}

/// The account as the slots of an owner read it.
fn view_of<'a>(context: Context<'a>, account: &'a Account, owner: Owner) -> View<'a> {
    let at_hand = owner.product(account).and_then(|product| Some((product.index?, Some(product))));
    View { at_hand, ..context.view(account) }
}

/// Where a slot stands now, and until when.
fn slot_now<'v>(view: View<'v>, group: &'v SlotGroup, number: u16, before: Slot) -> SlotState {
    let (at, room) = view.slot(&group.sources[usize::from(number)], before);
    slot_at(view, group, number, at, room)
}

fn slot_at<'v>(view: View<'v>, group: &'v SlotGroup, number: u16, at: Slot, room: u16) -> SlotState {
    // All slots of a product read that product alone.
    let is_blank = view.at_hand.is_some_and(|(_, product)| product.is_some_and(AccountProduct::is_blank));
    let moves_by_day = group.families[usize::from(number)] & family::DAY != 0 && !is_blank;
    let due = moves_by_day.then(|| view.due(&group.sources[usize::from(number)], at)).flatten();
    SlotState::new(at, room, due, view.account.day)
}

/// The earliest day of those that a group's slots are due on.
fn earliest(group: &SlotGroup, slots: &[SlotState], today: Day) -> Option<Day> {
    group.by_family[family::DAY.trailing_zeros() as usize].iter().map(|&number| slots[usize::from(number)].due(today)).min()
}

/// Finds the day on which anything of the product is due next.
fn settle_product(context: Context<'_>, account: &mut Account, position: usize) {
    let today = account.day;
    let product = &mut account.products[position];
    let slots = product.index.and_then(|index| earliest(&context.plan.products[usize::from(index.0)], &product.slots, today));
    // A fall that is held down ends on a day of its own.
    let held = (product.below_since != NEVER).then_some(today + 1);
    product.due = [slots, entitled_due(product, today, context.plan.grace_days), held].into_iter().flatten().min().unwrap_or(Day::MAX);
}

/// Finds the day on which anything of the account is due next, once its products are settled.
pub(super) fn settle_account(context: Context<'_>, account: &mut Account, bands_wait: bool) {
    let today = account.day;
    account.user_slots.settle();
    let products = account.products.iter().map(|product| product.due).min();
    let slots = (!account.slots.is_empty()).then(|| earliest(&context.plan.account, &account.slots, today)).flatten();
    let leaves = account.users.next_leaves();
    let waits = account.withheld
        || bands_wait
        || account.is_to_be_looked_at
        || account.dirty | account.dirty_of_users != 0
        || account.products.iter().any(|product| product.dirty != 0)
        || account.segments.iter().any(|segment| segment.since != NEVER)
        || account.incidents.iter().any(|(_, state)| state.since != NEVER);
    let closes = (account.closed > today).then_some(account.closed);
    let days = [products, slots, leaves, closes, account.user_slots.due(), plays_due(context, account), waits.then_some(today + 1)];
    account.due = days.into_iter().flatten().min().unwrap_or(Day::MAX);
}

/// The day on which there is something to tell of plays and campaigns next.
fn plays_due(context: Context<'_>, account: &Account) -> Option<Day> {
    let today = account.day;
    let overdue = account.incidents.iter().filter_map(|(_, state)| Some(state.open.as_ref()?.due()? + 1));
    let of_plays = account.plays.iter().flat_map(|plays| {
        let awaited = plays.awaited.iter().flat_map(|awaited| {
            let outcome = context.playbook.rules[usize::from(awaited.key.rule)].play.outcome.as_ref();
            outcome.into_iter().flat_map(|outcome| &outcome.days).map(|days| awaited.opened_day + Day::from(*days))
        });
        let campaign = |key: CampaignKey| &context.playbook.campaigns[usize::from(key.campaign)];
        let rested = plays.triggered.iter().map(move |(key, day)| (*day + Day::from(campaign(*key).cooldown_days)).max(today + 1));
        // A goal may be reached by the day alone.
        let under_way = plays.under_way.iter().map(move |_| today + 1);
        awaited.chain(rested).chain(under_way)
    });
    overdue.chain(of_plays).filter(|day| *day > today).min()
}

fn slots_mut(account: &mut Account, owner: Owner) -> &mut Box<[SlotState]> {
    match owner {
        Owner::Product(position) => &mut account.products[position].slots,
        Owner::Account => &mut account.slots,
    }
}

/// The slots leave the account while they are recomputed from the rest of it.
fn take_slots(account: &mut Account, owner: Owner) -> Box<[SlotState]> {
    std::mem::take(slots_mut(account, owner))
}
