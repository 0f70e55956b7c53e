//! Judging an account after one cause: which slots moved, then stages, account stage, alerts and plays, in that order.

use xxhash_rust::xxh3::xxh3_128;

use super::account::{Account, AccountProduct, IncidentState, Leftover, OpenIncident, Stage};
use super::day::{Day, NEVER};
use super::effect::{Cause, CauseRef, CloseReason, Effect, EffectKind, Evidence, evidence};
use super::metric::{View, derive_stage, entitled_due, entitled_stage};
use super::names::{NameId, Names};
use super::plan::{Group, Growth, Plan, Readers, Slot, SlotGroup, SlotState, Truth, UNKNOWN, between, family};
use super::subject::Subject;
use crate::playbook::{Ladder, Playbook, ProductIndex, Rule, RuleKind};

/// What a cause touched.
#[derive(Debug, Default)]
pub struct Changes {
    /// Families of the account's own metrics.
    pub account: u32,
    pub products: Vec<ProductChange>,
}

#[derive(Clone, Copy, Debug)]
pub struct ProductChange {
    /// Among the account's products.
    pub position: usize,
    pub families: u32,
    pub feature: Option<NameId>,
    /// Of usage.
    pub quantity: u32,
    /// A user's last day of use of the feature moved.
    pub feature_users: bool,
}

impl Changes {
    pub fn clear(&mut self) {
        self.account = 0;
        self.products.clear();
    }

    pub fn product(&mut self, position: usize, families: u32) {
        self.products.push(ProductChange { position, families, feature: None, quantity: 0, feature_users: false });
    }
}

/// What judging needs beside the account. Lives with the engine, so that nothing is allocated per event.
#[derive(Debug)]
pub struct Judge {
    /// By product index: the slots of a product of which nothing is known.
    absent: Vec<Vec<Slot>>,
    stages: Marks,
    instances: Marks,
}

/// A set of small numbers that is cheap to fill and to empty.
#[derive(Debug, Default)]
struct Marks {
    bits: Vec<u64>,
    list: Vec<u32>,
}

impl Marks {
    fn new(len: usize) -> Self {
        Self { bits: vec![0; len.div_ceil(64)], list: Vec::new() }
    }

    fn mark(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if self.bits[word] & bit == 0 {
            self.bits[word] |= bit;
            self.list.push(number);
        }
    }

    /// Takes the numbers out, ascending; give the list back with [`Marks::reuse`].
    fn take(&mut self) -> Vec<u32> {
        let mut list = std::mem::take(&mut self.list);
        if list.len() * 4 > self.bits.len() {
            // Many: they stand in the bits in their order already.
            list.clear();
            for (word, bits) in self.bits.iter_mut().enumerate() {
                while *bits != 0 {
                    list.push(word as u32 * 64 + bits.trailing_zeros());
                    *bits &= *bits - 1;
                }
            }
        } else {
            list.sort_unstable();
            list.iter().for_each(|&number| self.bits[number as usize / 64] = 0);
        }
        list
    }

    fn reuse(&mut self, mut list: Vec<u32>) {
        list.clear();
        if self.list.is_empty() {
            self.list = list;
        }
    }
}

/// The engine's parts that judging reads.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub playbook: &'a Playbook,
    pub plan: &'a Plan,
    pub names: &'a Names,
}

impl<'a> Context<'a> {
    fn view(self, account: &'a Account) -> View<'a> {
        View { account, names: self.names, plan: self.plan }
    }

    /// The slots of the account's product at a position, or the account's own.
    fn group(self, account: &Account, position: Option<usize>) -> &'a SlotGroup {
        match position.and_then(|position| account.products[position].index) {
            Some(index) => &self.plan.products[usize::from(index.0)],
            None => &self.plan.account,
        }
    }
}

impl Judge {
    pub fn new(context: Context<'_>) -> Self {
        let nobody = Account::new("", 0, 0);
        let view = context.view(&nobody);
        let absent = context
            .plan
            .products
            .iter()
            .map(|group| group.sources.iter().map(|source| view.slot(source, None, UNKNOWN).0).collect())
            .collect();
        Self { absent, stages: Marks::new(context.plan.products.len()), instances: Marks::new(context.plan.instances.len()) }
    }

    /// Judges an account after a cause, on its day D. Every condition sees the facts after the cause; rules also see the stages
    /// after it.
    pub fn judge(
        &mut self,
        context: Context<'_>,
        account: &mut Account,
        cause: CauseRef<'_>,
        time_ms: i64,
        changes: &Changes,
        effects: &mut Vec<Effect>,
    ) {
        let at = At { context, cause, time_ms };
        let anew = account.due == NEVER;
        if anew && context.playbook.ladder == Ladder::Highest {
            // A condition may hold of a product that the account has nothing of; on the cumulative ladder `entitled` forbids it.
            let named = context.plan.products.len();
            (0..named).for_each(|product| {
                account.position_or_add(NameId(product as u32), named);
            });
        }
        let day_passed = changes.account & family::DAY != 0;
        if anew {
            self.compute_missing(context, account);
        }
        self.refresh(context, account, changes);
        if day_passed {
            self.pass_day(context, account);
            for (key, _) in account.incidents.iter().filter(|(_, state)| state.since != NEVER) {
                self.instances.mark(context.plan.instance_of(*key).expect("what is remembered is judged"));
            }
        }
        // Most causes move no slot past a constant.
        if anew || !self.stages.list.is_empty() || !self.instances.list.is_empty() {
            if self.judge_stages(at, account, effects) || anew {
                self.judge_account_stage(at, account, effects);
            }
            let due = self.instances.take();
            for &instance in &due {
                self.judge_instance(at, account, instance, effects);
            }
            self.instances.reuse(due);
        }
        if day_passed || anew {
            settle_account(context, account);
        }
    }

    /// Judges an account by another playbook than the one it was judged by: everything anew, and what the new one lacks is closed.
    pub fn rejudge(&mut self, context: Context<'_>, account: &mut Account, time_ms: i64, effects: &mut Vec<Effect>) {
        let leftovers = account.leftovers.take();
        account.due = NEVER;
        account.slots = Box::default();
        account.products.iter_mut().for_each(|product| product.slots = Box::default());
        let highest = (context.playbook.account_stages.len() - 1) as u8;
        account.stage = account.stage.min(highest);
        account.playbook_changed = false;
        account.unsaved.verdicts = true;
        let start = effects.len();
        self.judge(context, account, CauseRef::Playbook, time_ms, &Changes::default(), effects);
        for kind in [RuleKind::Alert, RuleKind::Play] {
            // Removed rules have no place in the file: their alerts follow the alerts, their plays the plays.
            let mut at = effects.len();
            if kind == RuleKind::Alert {
                let is_play = |effect: &Effect| matches!(&effect.kind, EffectKind::IncidentOpened { rule, .. } | EffectKind::IncidentClosed { rule, .. } if rule.kind == RuleKind::Play);
                at = effects[start..].iter().position(is_play).map_or(at, |first| start + first);
            }
            let of_kind = leftovers.iter().flat_map(|leftovers| leftovers.iter()).filter(|leftover| leftover.rule.kind == kind);
            for leftover in of_kind {
                effects.insert(at, close_leftover(account, leftover, time_ms));
                at += 1;
            }
        }
    }

    /// Slots that were never computed in this process: a new account or product, or one just restored.
    fn compute_missing(&mut self, context: Context<'_>, account: &mut Account) {
        let plan = context.plan;
        for position in 0..account.products.len() {
            let product = &account.products[position];
            if let Some(index) = product.index
                && product.slots.is_empty()
            {
                self.compute_all(context, account, Some(position));
                self.stages.mark(index.0.into());
                plan.instances_of[usize::from(index.0)].iter().for_each(|&instance| self.instances.mark(instance));
            }
            settle_product(context, account, position);
        }
        if account.slots.is_empty() && !(plan.account.sources.is_empty() && plan.instances.is_empty()) {
            self.compute_all(context, account, None);
            (0..plan.instances.len() as u32).for_each(|instance| self.instances.mark(instance));
        }
    }

    /// Recomputes the slots that a cause may have moved and marks who reads the moved ones.
    fn refresh(&mut self, context: Context<'_>, account: &mut Account, changes: &Changes) {
        let plan = context.plan;
        let mut account_families = changes.account & !family::DAY;
        for change in &changes.products {
            let Some(index) = account.products[change.position].index else { continue };
            account_families |= change.families;
            if change.families & (family::TERM | family::ACTIVE_DAY) != 0 {
                let product = &account.products[change.position];
                // Usage may be what a product is entitled by. Where it was so already, it decides nothing.
                if change.families & family::TERM != 0 || product.stage == Stage::None || product.below_since != NEVER {
                    self.stages.mark(index.0.into());
                }
                // When what has begun ends, is found out with the next day.
                account.due_by(change.position, account.day + 1);
            }
            self.refresh_product(context, account, *change, index);
            let mixed = &plan.account.by_product[usize::from(index.0)];
            if !mixed.is_empty() {
                self.refresh_slots(context, account, None, mixed, change.families, change.quantity);
            }
        }
        self.refresh_account(context, account, account_families);
    }

    fn refresh_product(&mut self, context: Context<'_>, account: &mut Account, change: ProductChange, index: ProductIndex) {
        let group = &context.plan.products[usize::from(index.0)];
        let at = Some(change.position);
        for slots in by_families(group, change.families) {
            self.refresh_slots(context, account, at, slots, change.families, change.quantity);
        }
        if let Some(slots) = change.feature.and_then(|feature| group.by_feature.get(&feature)) {
            self.refresh_slots(context, account, at, &slots.counts, change.families, change.quantity);
            if change.feature_users {
                self.refresh_slots(context, account, at, &slots.users, change.families, change.quantity);
            }
        }
    }

    fn refresh_account(&mut self, context: Context<'_>, account: &mut Account, families: u32) {
        for slots in by_families(&context.plan.account, families) {
            self.refresh_slots(context, account, None, slots, families, u32::MAX);
        }
    }

    /// Recomputes what is due by D, for a day has begun, and finds the days on which anything is due next.
    fn pass_day(&mut self, context: Context<'_>, account: &mut Account) {
        for position in 0..account.products.len() {
            let product = &account.products[position];
            if product.due > account.day {
                continue;
            }
            if let Some(index) = product.index {
                if is_due(product, account.day) {
                    self.stages.mark(index.0.into());
                }
                self.refresh_due(context, account, Some(position));
            }
            settle_product(context, account, position);
        }
        self.refresh_due(context, account, None);
    }

    fn refresh_due(&mut self, context: Context<'_>, account: &mut Account, position: Option<usize>) {
        let today = account.day;
        let group_slots = context.group(account, position);
        let mut slots = take_slots(account, position);
        let view = context.view(account);
        let product = position.map(|position| &account.products[position]);
        for &number in &group_slots.by_family[family::DAY.trailing_zeros() as usize] {
            let slot = &mut slots[usize::from(number)];
            if slot.due(today) <= today {
                let now = slot_now(view, group_slots, number, product, slot.at);
                let before = std::mem::replace(slot, now).at;
                if before != now.at {
                    self.mark_readers(&group_slots.readers[usize::from(number)], before, now.at, &slots);
                }
            }
        }
        *slots_mut(account, position) = slots;
    }

    /// `families`: what the cause may have changed; of usage, `quantity`.
    fn refresh_slots(
        &mut self,
        context: Context<'_>,
        account: &mut Account,
        position: Option<usize>,
        which: &[u16],
        families: u32,
        quantity: u32,
    ) {
        let today = account.day;
        let group = context.group(account, position);
        let mut slots = take_slots(account, position);
        let view = context.view(account);
        let product = position.map(|position| &account.products[position]);
        let mut due = Day::MAX;
        let usage_today = families & !family::USAGE_TODAY == 0;
        for &number in which {
            let growth = if usage_today { group.growth[usize::from(number)] } else { Growth::Unknown };
            let slot = &mut slots[usize::from(number)];
            let rise = match growth {
                Growth::Quantity => quantity,
                Growth::One => 1,
                Growth::Fraction | Growth::Unknown => u32::MAX,
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
            let (at, room) = view.slot(&group.sources[usize::from(number)], product, slot.at);
            if at == slot.at && growth != Growth::Unknown {
                slot.room = room;
                continue;
            }
            let before = std::mem::replace(slot, slot_at(view, group, number, product, at, room)).at;
            due = due.min(slot.due(today));
            if at != before {
                self.mark_readers(&group.readers[usize::from(number)], before, at, &slots);
            }
        }
        *slots_mut(account, position) = slots;
        match position {
            Some(position) => account.due_by(position, due),
            None => account.due = account.due.min(due),
        }
    }

    fn compute_all(&mut self, context: Context<'_>, account: &mut Account, position: Option<usize>) {
        let group = context.group(account, position);
        let view = context.view(account);
        let product = position.map(|position| &account.products[position]);
        let numbers = 0..group.sources.len() as u16;
        let mut slots: Vec<SlotState> = numbers.map(|number| slot_now(view, group, number, product, UNKNOWN)).collect();
        // An empty array means "not computed": a group without slots gets one that nobody reads.
        if slots.is_empty() {
            slots.push(SlotState::new(0, 0, None, account.day));
        }
        for readers in &group.readers {
            readers.stages_of.iter().for_each(|(_, product)| self.stages.mark(product.0.into()));
            readers.instances.iter().for_each(|(_, reader)| self.instances.mark(reader.instance));
        }
        *slots_mut(account, position) = slots.into();
    }

    /// `slots`: those of the group whose slot moved, as they are by now. One that moves later marks its own readers.
    fn mark_readers(&mut self, readers: &Readers, from: Slot, to: Slot, slots: &[SlotState]) {
        between(&readers.stages_of, from, to).for_each(|product| self.stages.mark(product.0.into()));
        for reader in between(&readers.instances, from, to) {
            if reader.guard.is_none_or(|(guard, test)| test.holds(slots[usize::from(guard)].at) != Truth::False) {
                self.instances.mark(reader.instance);
            }
        }
    }

    /// Whether any changed.
    fn judge_stages(&mut self, at: At<'_>, account: &mut Account, effects: &mut Vec<Effect>) -> bool {
        let due = self.stages.take();
        let before = effects.len();
        for &index in &due {
            let index = ProductIndex(index as u16);
            let Some(position) = account.products.iter().position(|product| product.index == Some(index)) else { continue };
            self.judge_stage(at, account, position, index, effects);
        }
        // Only now, since every product's condition sees the stages before: it may not read them, but slots may be shared.
        for effect in &effects[before..] {
            let Some(index) = effect.product.as_deref().and_then(|id| at.context.playbook.product(id)) else { continue };
            let Some(position) = account.products.iter().position(|product| product.index == Some(index)) else { continue };
            let change = ProductChange { position, families: family::STAGE, feature: None, quantity: 0, feature_users: false };
            self.refresh_product(at.context, account, change, index);
            let mixed = &at.context.plan.account.by_product[usize::from(index.0)];
            self.refresh_slots(at.context, account, None, mixed, family::STAGE, 0);
        }
        let changed = before < effects.len();
        if changed && !account.slots.is_empty() {
            self.refresh_account(at.context, account, family::STAGE);
        }
        self.stages.reuse(due);
        changed
    }

    fn judge_stage(&mut self, at: At<'_>, account: &mut Account, position: usize, index: ProductIndex, effects: &mut Vec<Effect>) {
        let playbook = at.context.playbook;
        let today = account.day;
        let (entitled, ended) = entitled_stage(&account.products[position], today);
        let conditions = &at.context.plan.stages[usize::from(index.0)];
        let holds = {
            let slot_of = self.slot_reader(account);
            conditions.each_ref().map(|condition| condition.node.evaluate(&slot_of) == Truth::True)
        };
        let derived = if ended { Stage::None } else { derive_stage(playbook.ladder == Ladder::Cumulative, entitled, holds) };
        let product = &mut account.products[position];
        let current = product.stage;
        if derived >= current {
            if product.below_since != NEVER {
                product.below_since = NEVER;
                account.unsaved.verdicts = true;
            }
            if derived == current {
                return;
            }
        } else if !ended {
            if product.below_since == NEVER {
                product.below_since = today;
                account.unsaved.verdicts = true;
                account.due_by(position, today + 1);
            }
            let product = &account.products[position];
            if today < product.below_since + i32::from(playbook.hold_days) {
                return;
            }
        }
        let product = &mut account.products[position];
        product.stage = derived;
        product.stage_changed = today;
        product.below_since = NEVER;
        if derived >= Stage::Adopted && product.adopted_day == NEVER {
            product.adopted_day = today;
        }
        account.unsaved.verdicts = true;
        if (derived == Stage::None) != (current == Stage::None) {
            at.context.plan.instances_of[usize::from(index.0)].iter().for_each(|&instance| self.instances.mark(instance));
        }
        let decisive = if derived > current {
            (derived > Stage::Entitled).then(|| &conditions[derived as usize - 2])
        } else if entitled {
            // Down: the lowest condition up to the old stage that does not hold.
            (0..(current as usize).saturating_sub(1)).find(|&step| !holds[step]).map(|step| &conditions[step])
        } else {
            None
        };
        let evidence = decisive.map(|condition| evidence(at.context.view(account), condition)).unwrap_or_default();
        let in_force = account.products[position].facts.entitlements.in_force(today).is_some();
        let kind = EffectKind::ProductStageChanged { from: current, to: derived, entitled: in_force };
        effects.push(at.effect(account, Subject::Product(index), evidence, kind));
    }

    fn judge_account_stage(&mut self, at: At<'_>, account: &mut Account, effects: &mut Vec<Effect>) {
        let stages = &at.context.playbook.account_stages;
        let adopted = account.products_adopted();
        let reached = at.context.playbook.account_stage(adopted) as u8;
        let current = account.stage;
        if reached == current {
            return;
        }
        account.stage = reached;
        account.stage_changed = account.day;
        account.unsaved.verdicts = true;
        // Up: the bound reached. Down: the lowest bound no longer held, which is the next one above.
        let bound = stages[usize::from(if reached > current { reached } else { reached + 1 })].from;
        let evidence =
            Evidence { metric: "products_adopted".into(), value: adopted.into(), operator: ">=", threshold: bound.into(), window: None };
        let adoption_order = account.adoption_order();
        let kind = EffectKind::AccountStageChanged { from: current, to: reached, products_adopted: adopted, adoption_order };
        effects.push(at.effect(account, Subject::Account, vec![evidence], kind));
        self.refresh_account(at.context, account, family::ACCOUNT_STAGE);
    }

    fn judge_instance(&mut self, at: At<'_>, account: &mut Account, number: u32, effects: &mut Vec<Effect>) {
        let instance = &at.context.plan.instances[number as usize];
        let key = instance.key;
        let rule = &at.context.playbook.rules[usize::from(key.rule)];
        let found = account.incidents.binary_search_by_key(&key, |(key, _)| *key);
        // Most rules that share a constant with the one that is met are far from open: nothing is remembered of them, and nothing is to be.
        if found.is_err() && instance.open.node.evaluate(&self.slot_reader(account)) != Truth::True {
            return;
        }
        let applies = key.subject.product().is_none_or(|index| account.product(index).is_some_and(|product| product.stage != Stage::None));
        let today = account.day;
        let mut after =
            found.map_or(IncidentState::EMPTY, |found| std::mem::replace(&mut account.incidents[found].1, IncidentState::EMPTY));
        // An incident is opened or closed here and never replaced by another.
        let told = |state: &IncidentState| (state.since, state.last_clear, state.open.is_some());
        let before = told(&after);
        if !applies {
            after.since = NEVER;
            if let Some(incident) = after.open.take() {
                after.last_clear = today;
                effects.push(at.closed(account, rule, key.subject, *incident, CloseReason::NoLongerApplies, Vec::new()));
            }
        } else {
            let (open, clear) = {
                let slot_of = self.slot_reader(account);
                let open = instance.open.node.evaluate(&slot_of);
                (open, instance.clear.as_ref().map_or(!open, |clear| clear.node.evaluate(&slot_of)))
            };
            if clear == Truth::True && after.open.is_some() && !has_held(&mut after, account, rule.clear_days) {
                // It stays open until that has been so for long enough.
            } else if clear == Truth::True {
                after.since = NEVER;
                if let Some(incident) = after.open.take() {
                    after.last_clear = today;
                    let decisive = instance.clear.as_ref().unwrap_or(&instance.open);
                    let evidence = evidence(at.context.view(account), decisive);
                    effects.push(at.closed(account, rule, key.subject, *incident, CloseReason::Condition, evidence));
                }
            } else if after.open.is_some() || open != Truth::True {
                after.since = NEVER;
            } else {
                let held = has_held(&mut after, account, rule.for_days);
                let cooled = after.last_clear == NEVER || today >= after.last_clear + i32::from(rule.cooldown_days);
                if cooled && held {
                    after.since = NEVER;
                    let incident = at.new_incident(account, rule, key.subject);
                    after.open = Some(Box::new(incident.clone()));
                    let evidence = evidence(at.context.view(account), &instance.open);
                    effects.push(at.effect(
                        account,
                        key.subject,
                        evidence,
                        EffectKind::IncidentOpened { rule: rule.head.clone(), incident },
                    ));
                }
            }
        }
        account.unsaved.verdicts |= told(&after) != before;
        match found {
            Ok(found) if after == IncidentState::EMPTY => {
                account.incidents.remove(found);
            }
            Ok(found) => account.incidents[found].1 = after,
            Err(_) if after == IncidentState::EMPTY => {}
            Err(place) => {
                if account.incidents.len() == account.incidents.capacity() {
                    account.incidents.reserve_exact((account.incidents.len() / 4).max(1));
                }
                account.incidents.insert(place, (key, after));
            }
        }
    }

    fn slot_reader<'s>(&'s self, account: &'s Account) -> impl Fn(Group, u16) -> Slot + 's {
        move |group, slot| match group {
            Group::Account => account.slots[usize::from(slot)].at,
            Group::Product(index) => match account.product(index) {
                Some(product) => product.slots[usize::from(slot)].at,
                None => self.absent[usize::from(index.0)][usize::from(slot)],
            },
        }
    }
}

/// Whether a product's stage may change by the day alone: a fall is on hold, or `entitled` is another today than yesterday.
fn is_due(product: &AccountProduct, today: Day) -> bool {
    product.below_since != NEVER || entitled_stage(product, today) != entitled_stage(product, today - 1)
}

/// What a rule awaits of a subject is true today: whether it has been so for as many days as it must, counted from the first.
fn has_held(state: &mut IncidentState, account: &mut Account, days: u16) -> bool {
    if state.since == NEVER {
        state.since = account.day;
        account.due = account.due.min(account.day + 1);
    }
    account.day >= state.since + i32::from(days)
}

fn by_families(group: &SlotGroup, families: u32) -> impl Iterator<Item = &[u16]> {
    let mut left = families & group.all_families;
    std::iter::from_fn(move || {
        let bit = (left != 0).then(|| left.trailing_zeros())?;
        left &= left - 1;
        Some(&*group.by_family[bit as usize])
    })
}

/// Where a slot stands now, and until when.
fn slot_now(view: View<'_>, group: &SlotGroup, number: u16, product: Option<&AccountProduct>, before: Slot) -> SlotState {
    let (at, room) = view.slot(&group.sources[usize::from(number)], product, before);
    slot_at(view, group, number, product, at, room)
}

fn slot_at(view: View<'_>, group: &SlotGroup, number: u16, product: Option<&AccountProduct>, at: Slot, room: u16) -> SlotState {
    let moves_by_day = group.families[usize::from(number)] & family::DAY != 0;
    let due = moves_by_day.then(|| view.due(&group.sources[usize::from(number)], product, at)).flatten();
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
    product.due = [slots, entitled_due(product, today), held].into_iter().flatten().min().unwrap_or(Day::MAX);
}

/// The same of the account, once its products are settled.
fn settle_account(context: Context<'_>, account: &mut Account) {
    let today = account.day;
    let products = account.products.iter().map(|product| product.due).min();
    let slots = (!account.slots.is_empty()).then(|| earliest(&context.plan.account, &account.slots, today)).flatten();
    let waits = account.incidents.iter().any(|(_, state)| state.since != NEVER);
    account.due = [products, slots, waits.then_some(today + 1)].into_iter().flatten().min().unwrap_or(Day::MAX);
}

fn slots_mut(account: &mut Account, position: Option<usize>) -> &mut Box<[SlotState]> {
    match position {
        Some(position) => &mut account.products[position].slots,
        None => &mut account.slots,
    }
}

/// The slots leave the account while they are recomputed from the rest of it.
fn take_slots(account: &mut Account, position: Option<usize>) -> Box<[SlotState]> {
    std::mem::take(slots_mut(account, position))
}

/// The cause with its time.
#[derive(Clone, Copy)]
struct At<'a> {
    context: Context<'a>,
    cause: CauseRef<'a>,
    time_ms: i64,
}

impl<'a> At<'a> {
    fn product_id(&self, subject: Subject) -> Option<&'a str> {
        subject.product().map(|index| &*self.context.playbook.products[usize::from(index.0)].id)
    }

    fn effect(&self, account: &Account, subject: Subject, evidence: Vec<Evidence>, kind: EffectKind) -> Effect {
        Effect {
            account: account.id.as_str().into(),
            product: self.product_id(subject).map(str::to_owned),
            time_ms: self.time_ms,
            cause: self.cause.to_owned(),
            evidence,
            kind,
        }
    }

    fn closed(
        &self,
        account: &Account,
        rule: &Rule,
        subject: Subject,
        incident: OpenIncident,
        reason: CloseReason,
        evidence: Vec<Evidence>,
    ) -> Effect {
        let open_days = account.day - incident.opened_day;
        let kind = EffectKind::IncidentClosed { rule: rule.head.clone(), incident, reason, open_days };
        self.effect(account, subject, evidence, kind)
    }

    /// The id is a function of the rule, its subject and what opened it, so that it is the same however often it is computed.
    fn new_incident(&self, account: &Account, rule: &Rule, subject: Subject) -> OpenIncident {
        let product = self.product_id(subject);
        let identity =
            format!("{}\0{}\0{}\0{}\0{}", rule.head.id, account.id, product.unwrap_or(""), self.cause.to_owned().identity(), account.day);
        OpenIncident {
            id: xxh3_128(identity.as_bytes()),
            opened_ms: self.time_ms,
            opened_day: account.day,
            due: rule.due_days.map_or(NEVER, |days| account.day + i32::from(days)),
        }
    }
}

fn close_leftover(account: &Account, leftover: &Leftover, time_ms: i64) -> Effect {
    let reason = if leftover.rule_exists { CloseReason::NoLongerApplies } else { CloseReason::RuleRemoved };
    Effect {
        account: account.id.as_str().into(),
        product: leftover.product.clone(),
        time_ms,
        cause: Cause::Playbook,
        evidence: Vec::new(),
        kind: EffectKind::IncidentClosed {
            rule: leftover.rule.clone(),
            open_days: account.day - leftover.incident.opened_day,
            incident: leftover.incident.clone(),
            reason,
        },
    }
}
