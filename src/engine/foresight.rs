//! What becomes of an account if nothing happens.
//!
//! A copy of the account lives on without events, judged as the account itself will be: so the days on which something is told, and all that it
//! says, are exact. Nothing of the engine is touched.

use super::account::Account;
use super::day::Zone;
use super::effect::Effect;
use super::evaluate::{Memo, View};
use super::judge::{Changes, Context, Judge};
use super::living::Living;
use super::names::Names;
use super::plan::Plan;
use super::{AccountIndex, Engine};
use crate::playbook::Playbook;

/// An account as it will be, seen day by day.
#[derive(Debug)]
pub struct Foresight<'e> {
    playbook: &'e Playbook,
    plan: &'e Plan,
    names: &'e Names,
    account: Account,
    judge: Judge,
    changes: Changes,
    memo: Memo,
    zone: Zone,
    effects: Vec<Effect>,
}

impl Engine {
    /// The account as it stands on its day D. One that is yet to be judged by an edited playbook is judged by it first, as it would be before
    /// anything else: [`Foresight::effects`] says what follows from that.
    pub fn foresight(&self, index: AccountIndex) -> Foresight<'_> {
        let account = self.accounts[index as usize].clone();
        let clock_ms = self.clock_ms.max(account.latest_ms());
        let mut foresight = Foresight {
            playbook: &self.playbook,
            plan: &self.plan,
            names: &self.names,
            judge: self.judge.clone(),
            changes: Changes::default(),
            memo: Memo::of(&self.playbook, &self.plan),
            zone: self.zones[usize::from(account.zone)].1.clone(),
            account,
            effects: Vec::new(),
        };
        if let Some(clock_ms) = clock_ms.filter(|_| foresight.account.playbook_changed) {
            foresight.live(|living, account, effects| _ = living.judge_edited(account, clock_ms, effects));
        }
        foresight
    }
}

impl Foresight<'_> {
    /// As it is on the day that is seen.
    pub fn account(&self) -> &Account {
        &self.account
    }

    pub fn view(&self) -> View<'_> {
        View { account: &self.account, names: self.names, plan: self.plan, user: None, at_hand: None, memo: Some(&self.memo) }
    }

    /// What is told when the day that is seen begins.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Goes on to the next day, through which nothing happens.
    pub fn next_day(&mut self) {
        self.effects.clear();
        self.live(|living, account, effects| _ = living.begin_day(account, effects));
    }

    fn live(&mut self, pass: impl FnOnce(&mut Living<'_>, &mut Account, &mut Vec<Effect>)) {
        let context = Context { playbook: self.playbook, plan: self.plan, names: self.names, memo: &self.memo };
        let mut living = Living { context, judge: &mut self.judge, changes: &mut self.changes, zone: &mut self.zone };
        pass(&mut living, &mut self.account, &mut self.effects);
        self.memo.forget();
    }
}
