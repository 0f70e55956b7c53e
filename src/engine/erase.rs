//! Forgetting an account, or one of its users.
//!
//! That is no thing that the account did: it moves no clock, begins no account, is never a duplicate, and is judged on the account's D as it stands,
//! whatever the time of the record. The days that the partition's clock has begun are lived first, as before any record: otherwise it would depend
//! on when silent accounts are taken through a boundary what is published of them.

use super::account::Account;
use super::apply::Applied;
use super::effect::{CauseRef, Effect};
use super::facts::UserIndex;
use super::judge::Changes;
use super::plan::family;
use super::{AccountIndex, Engine, Known, hash};
use crate::input::{Erase, Event};

impl Engine {
    pub(super) fn erase(
        &mut self,
        event: &Event<'_>,
        what: &Erase<'_>,
        cause: CauseRef<'_>,
        mark: u64,
        effects: &mut Vec<Effect>,
    ) -> Applied {
        let Some(index) = self.find(event.account.as_bytes()) else { return Applied::default() };
        self.live(index, effects);
        match &what.user {
            None => self.erase_account(index),
            Some(user) if self.erase_user(index, user, mark) => {
                let day = self.accounts[index as usize].day;
                self.judge_event(index, event, cause, day, effects);
            }
            Some(_) => return Applied::default(),
        }
        Applied { erased: true, ..Applied::default() }
    }

    /// The account that the last event has erased, with the number that it had.
    pub fn take_erased(&mut self) -> Option<Box<(AccountIndex, Account)>> {
        self.erased.take()
    }

    fn erase_account(&mut self, index: AccountIndex) {
        // What its records said of the clock they have said.
        self.hear_witnesses();
        self.witnesses.forget(index);
        self.roll.moved.retain(|moved| *moved != index);
        self.unsaved.verdicts.retain(|unsaved| *unsaved != index);
        self.unsaved.urgent.retain(|unsaved| *unsaved != index);
        self.unsaved.queue.retain(|(unsaved, _)| *unsaved != index);
        let account = self.take_out(index);
        self.days.erase(account.number);
        self.users -= account.users.count();
        self.latest_erased_ms = self.latest_erased_ms.max(account.latest_ms);
        self.followers.note(index, &mut self.accounts[index as usize]);
        self.erased = Some(Box::new((index, account)));
    }

    /// An account of which the changelog says, while it is read, that it was erased.
    pub fn restore_erased(&mut self, index: AccountIndex) {
        self.take_out(index);
    }

    fn take_out(&mut self, index: AccountIndex) -> Account {
        let hash = hash(self.accounts[index as usize].id.as_bytes()) as u32;
        if let Ok(known) = self.by_id.find_entry(Known::spread(hash), |known| known.index == index) {
            known.remove();
        }
        self.accounts.erase(index)
    }

    /// False: there is no such user.
    fn erase_user(&mut self, index: AccountIndex, user: &str, mark: u64) -> bool {
        self.changes.clear();
        let account = &mut self.accounts[index as usize];
        let users = account.users.count();
        if !account.erase_user(user, &mut self.changes) {
            return false;
        }
        self.users -= users - account.users.count();
        if !std::mem::replace(&mut account.unsaved.verdicts, true) {
            self.unsaved.verdicts.push(index);
        }
        self.followers.note(index, account);
        self.save_at_once(index, mark);
        true
    }
}

impl Account {
    /// Forgets a user, with all who have turned out to be that one. What is open of them ends, and is not told. False: there is no such user.
    fn erase_user(&mut self, user: &str, changes: &mut Changes) -> bool {
        let Some(one) = self.users.find(user).map(|user| self.users.merged(user)) else { return false };
        let others = self.users.described().filter(|user| *user != one && self.users.merged(*user) == one);
        let erased: Vec<UserIndex> = others.chain([one]).collect();
        let is_erased = |user: Option<UserIndex>| user.is_some_and(|user| erased.contains(&user));
        for (position, product) in self.products.iter_mut().enumerate() {
            let facts = &mut product.facts;
            let used = erased.iter().filter(|user| facts.users.erase(user.0 as usize, facts.last_use)).count();
            product.unsaved |= used > 0;
            if used > 0 && product.index.is_some() {
                changes.product(position, family::PRESENCE);
            }
        }
        self.recount_uses();
        self.users.erase(&erased);
        erased.iter().for_each(|user| self.unsaved.mark_user(*user));
        let ended = self.incidents.extract_if(.., |(key, _)| is_erased(key.subject.user()));
        let ended: Vec<u128> = ended.filter_map(|(_, state)| Some(state.open?.id)).collect();
        if let Some(plays) = &mut self.plays {
            ended.into_iter().for_each(|incident| plays.forget(incident));
            plays.forget_users(|user| is_erased(Some(user)));
        }
        if let Some(leftovers) = &mut self.leftovers {
            leftovers.retain(|leftover| !is_erased(leftover.user));
        }
        changes.account |= family::PEOPLE | family::ANSWERS | family::TOUCHPOINT;
        true
    }
}
