//! Judging an account after one cause: which slots moved, then stages, account stage, bands, segments, milestones, alerts, plays and campaigns,
//! in that order.

mod campaigns;
mod conclusions;
mod incidents;
mod marks;
mod plays;
mod slots;
mod stages;
mod users;

use std::collections::BTreeSet;

use smallvec::SmallVec;

use super::account::{Account, AccountProduct};
use super::day::NEVER;
use super::effect::{CauseRef, Effect, EffectKind, Evidence};
use super::evaluate::{Memo, View};
use super::facts::UserIndex;
use super::names::{NameId, Names};
use super::plan::{Item, Plan, Slot, SlotGroup, UNKNOWN, family};
use super::plays::CampaignKey;
use super::subject::Subject;
use crate::playbook::{Ladder, Playbook};
use incidents::close_leftover;
pub use incidents::is_judged_of;
use marks::Marks;
pub use plays::TaskTold;
use slots::{Owner, settle_account};

/// What a cause touched.
#[derive(Debug, Default)]
pub struct Changes {
    /// Families of the account's own metrics.
    pub account: u32,
    pub products: Vec<ProductChange>,
    /// Those whom an event names, whoever they have turned out to be by then: of one that merges two, both. Who leaves with the day, too.
    pub users: SmallVec<[UserIndex; 2]>,
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
        self.users.clear();
    }

    pub fn product(&mut self, position: usize, families: u32) {
        self.products.push(ProductChange { position, families, feature: None, quantity: 0, feature_users: false });
    }

    /// Looks at the terms of an account's products. Returns whether anything changed, which is to be written at once then, as every change of
    /// a term.
    pub fn look_at_terms(&mut self, account: &mut Account, mut look: impl FnMut(&mut AccountProduct) -> bool) -> bool {
        let mut changed = false;
        for (position, product) in account.products.iter_mut().enumerate() {
            if look(product) {
                (product.unsaved, changed) = (true, true);
                if product.index.is_some() {
                    self.product(position, family::TERM);
                }
            }
        }
        changed
    }
}

/// What judging needs beside the account. Lives with the engine, so that nothing is allocated per event.
#[derive(Clone, Debug)]
pub struct Judge {
    /// By product index: the slots of a product of which nothing is known.
    absent: Vec<Vec<Slot>>,
    stages: Marks,
    instances: Marks,
    /// Instances of users, each with one of whom it is to be judged; those who have turned out to be another come first.
    of_users: BTreeSet<(u32, bool, UserIndex)>,
}

/// The engine's parts that judging reads.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub playbook: &'a Playbook,
    pub plan: &'a Plan,
    pub names: &'a Names,
    pub memo: &'a Memo,
}

impl<'a> Context<'a> {
    fn view(self, account: &'a Account) -> View<'a> {
        View { account, names: self.names, plan: self.plan, user: None, at_hand: None, memo: Some(self.memo) }
    }

    /// The slots' places in the plan.
    fn group(self, account: &Account, owner: Owner) -> &'a SlotGroup {
        match owner.product(account).and_then(|product| product.index) {
            Some(index) => &self.plan.products[usize::from(index.0)],
            None => &self.plan.account,
        }
    }
}

impl Judge {
    pub fn new(context: Context<'_>) -> Self {
        let nobody = Account::new("", 0, 0);
        let view = context.view(&nobody);
        let absent =
            context.plan.products.iter().map(|group| group.sources.iter().map(|source| view.slot(source, UNKNOWN).0).collect()).collect();
        context.memo.forget();
        let (stages, instances) = (Marks::new(context.plan.products.len()), Marks::new(context.plan.instances.len()));
        Self { absent, stages, instances, of_users: BTreeSet::new() }
    }

    /// Judges an account after a cause, on its day D. Every condition sees the facts after the cause; what comes later in the order of outputs
    /// sees what came before it, too.
    pub fn judge(&mut self, at: At<'_>, account: &mut Account, changes: &Changes, effects: &mut Vec<Effect>) {
        let context = at.context;
        context.memo.forget();
        let anew = account.due == NEVER;
        if anew && (context.playbook.ladder == Ladder::Highest || context.plan.asks_of_absent) {
            // A condition may hold of a product that the account has nothing of. On the cumulative ladder `entitled` forbids it for stages.
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
            self.mark_waiting(context, account);
            self.mark_plays_due(at, account);
            self.mark_campaigns(at, account);
        }
        if at.looks {
            self.look(context, account);
            self.mark_held_back(at, account);
        }
        self.mark_task(at, account);
        if account.withheld && !at.late {
            account.withheld = false;
            (0..context.plan.products.len() as u32).for_each(|product| self.stages.mark(product));
            (0..context.plan.instances.len() as u32).for_each(|instance| self.instances.mark(instance));
        }
        self.refresh_users(at, account, changes);
        // Most causes move no slot past a constant.
        if (!self.stages.is_empty() && self.judge_stages(at, account, effects)) || anew {
            self.judge_account_stage(at, account, effects);
        }
        if day_passed {
            self.judge_bands(at, account, effects);
        }
        self.judge_instances(at, account, &changes.users, effects);
        if day_passed {
            Self::forget_outcomes(at, account);
        }
        if day_passed || anew {
            settle_account(context, account, self.bands_wait(context, account));
        }
    }

    /// Judges what is marked, in the order of outputs; what follows from one thing may mark others that come later.
    fn judge_instances(&mut self, at: At<'_>, account: &mut Account, named: &[UserIndex], effects: &mut Vec<Effect>) {
        loop {
            let of_user = self.of_users.first().map(|(number, ..)| *number);
            let Some(number) = [self.instances.first(), of_user].into_iter().flatten().min() else { break };
            if self.instances.first() == Some(number) {
                self.instances.take_first();
                self.judge_marked(at, account, number, named, effects);
            }
            while let Some((_, _, user)) = self.of_users.first().copied().filter(|(of, ..)| *of == number) {
                self.of_users.pop_first();
                match at.context.plan.instances[number as usize].item {
                    Item::Campaign(campaign) => self.judge_campaign(at, account, number, CampaignKey { campaign, user }, effects),
                    _ => self.judge_rule(at, account, number, Subject::User(user), effects),
                }
            }
        }
    }

    fn judge_marked(&mut self, at: At<'_>, account: &mut Account, number: u32, named: &[UserIndex], effects: &mut Vec<Effect>) {
        let instance = &at.context.plan.instances[number as usize];
        if instance.is_daily && !at.looks {
            account.wait_for_look();
            return;
        }
        self.refresh_put_off(at.context, account, &instance.deferrable);
        match (instance.item, instance.subject) {
            (Item::Segment(segment), _) => self.judge_segment(at, account, number, segment, effects),
            (Item::Milestone(milestone), _) => self.judge_milestone(at, account, number, milestone, effects),
            (Item::Rule(_) | Item::Campaign(_), Subject::User(_)) if at.of_all_users => {
                (0..account.users.len() as u32).for_each(|user| self.mark_where_open(at, account, number, UserIndex(user)));
            }
            (Item::Rule(_) | Item::Campaign(_), Subject::User(_)) => {
                account.wait_for_users(number);
                named.iter().for_each(|user| self.mark_where_open(at, account, number, *user));
            }
            (Item::Rule(_) | Item::Campaign(_), subject) => self.judge_rule(at, account, number, subject, effects),
        }
    }

    /// Judges an account by another playbook than the one it was judged by: everything anew, and what the new one lacks is closed.
    pub fn rejudge(&mut self, at: At<'_>, account: &mut Account, effects: &mut Vec<Effect>) {
        let (context, time_ms) = (at.context, at.time_ms);
        let leftovers = account.leftovers.take();
        account.forget_slots();
        account.is_to_be_looked_at = true;
        let highest = (context.playbook.account_stages.len() - 1) as u8;
        account.stage = account.stage.min(highest);
        account.playbook_changed = false;
        account.unsaved.verdicts = true;
        let start = effects.len();
        self.judge(at, account, &Changes::default(), effects);
        // Removed rules have no place in the file: their alerts follow the alerts, their plays the plays.
        for leftover in leftovers.iter().flat_map(|leftovers| leftovers.iter()) {
            let closed = close_leftover(account, leftover, time_ms);
            let later = effects[start..].iter().position(|effect| effect.kind.place() > closed.kind.place());
            effects.insert(later.map_or(effects.len(), |later| start + later), closed);
        }
    }
}

/// The cause with its time.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub context: Context<'a>,
    pub cause: CauseRef<'a>,
    pub time_ms: i64,
    /// A record of a day before the account's D: only what is in the account's favour follows from it.
    pub late: bool,
    /// What is looked at daily is looked at: no usage, gauge or workflow is the cause.
    pub looks: bool,
    /// Rules of users are judged of all of them.
    pub of_all_users: bool,
    /// What an event tells of a task of an open play.
    pub task: Option<&'a TaskTold>,
    /// The users whom the event names; of one that merges two, both, the one who is another by then first.
    pub named: &'a [UserIndex],
}

impl<'a> At<'a> {
    /// A cause that everything is looked at with.
    pub fn all(context: Context<'a>) -> Self {
        Self { context, cause: CauseRef::Playbook, time_ms: 0, late: false, looks: true, of_all_users: true, task: None, named: &[] }
    }

    fn product_id(&self, subject: Subject) -> Option<&'a str> {
        subject.product().map(|index| &*self.context.playbook.products[usize::from(index.0)].id)
    }

    fn effect(&self, account: &Account, subject: Subject, evidence: Vec<Evidence>, kind: EffectKind) -> Effect {
        Effect {
            account: account.id.as_str().into(),
            product: self.product_id(subject).map(str::to_owned),
            user: subject.user().map(|user| account.users.id(user).to_owned()),
            time_ms: self.time_ms,
            cause: self.cause.to_owned(),
            evidence,
            kind,
        }
    }
}
