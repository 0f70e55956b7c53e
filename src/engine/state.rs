//! The engine's state as the changelog reads and writes it.

use super::account::Account;
use super::day::{Day, NEVER};
use super::days::AccountNumber;
use super::facts::UserIndex;
use super::plan::Plan;
use super::subject::{IncidentKey, Subject};
use super::{AccountIndex, DayBlocks, Engine, NameId, UnsavedAccounts};
use crate::playbook::{Rule, RuleKind};

impl Engine {
    /// Stands for the playbook in verdict records; never 0.
    pub fn playbook_hash(&self) -> u64 {
        self.playbook_hash.max(1)
    }

    /// The rule of an incident.
    pub fn rule_of(&self, key: IncidentKey) -> &Rule {
        &self.playbook.rules[usize::from(key.rule)]
    }

    /// The key of a rule's incident by names, where the playbook judges it. `likely`: the rule is looked for from there on, as an account's
    /// incidents are written in the order of the rules.
    pub fn incident_key(
        &self,
        kind: RuleKind,
        rule: &str,
        product: Option<&str>,
        user: Option<UserIndex>,
        likely: &mut usize,
    ) -> Option<IncidentKey> {
        let (before, after) = self.playbook.rules.split_at(*likely);
        let steps = after.iter().chain(before).position(|known| known.head.id == rule && known.head.kind == kind)?;
        *likely = (*likely + steps) % self.playbook.rules.len();
        let subject = match (product, user) {
            (_, Some(user)) => Subject::User(user),
            (Some(product), None) => Subject::Product(self.playbook.product(product)?),
            (None, None) => Subject::Account,
        };
        let key = IncidentKey { rule: *likely as u16, subject };
        self.plan.instance_of(key).map(|_| key)
    }

    pub fn account_index(&self, id: &str) -> Option<AccountIndex> {
        self.find(id.as_bytes())
    }

    /// Bytes held by the accounts, from a sample of them.
    pub fn estimated_bytes(&self) -> usize {
        const SAMPLE: usize = 64;
        let step = (self.accounts.slots() / SAMPLE).max(1);
        let sample: Vec<usize> = (0..self.accounts.slots()).step_by(step).map(|index| self.accounts[index].bytes()).collect();
        sample.iter().sum::<usize>() * self.accounts.slots() / sample.len().max(1)
    }

    pub fn account_mut(&mut self, index: AccountIndex) -> &mut Account {
        &mut self.accounts[index as usize]
    }

    pub fn intern(&mut self, text: &str) -> NameId {
        self.names.intern(text)
    }

    /// [`Engine::intern`] of bytes; `None` where they are no text.
    pub fn intern_bytes(&mut self, bytes: &[u8]) -> Option<NameId> {
        self.names.intern_bytes(bytes)
    }

    /// The playbook's product of that name, or of that alias; and whether it is an alias.
    pub fn product_named(&self, name: &[u8]) -> Option<(NameId, bool)> {
        let name = self.names.find(name)?;
        let present = self.plan.aliases.product(name);
        ((present.0 as usize) < self.plan.products.len()).then_some((present, present != name))
    }

    pub fn zone_of(&mut self, name: Option<&str>) -> u16 {
        self.zone(name)
    }

    /// Accounts with something to write.
    pub fn unsaved_mut(&mut self) -> &mut UnsavedAccounts {
        &mut self.unsaved
    }

    pub fn unsaved(&self) -> &UnsavedAccounts {
        &self.unsaved
    }

    /// The days that accounts have lived up to.
    pub fn days(&self) -> &DayBlocks {
        &self.days
    }

    pub fn days_mut(&mut self) -> &mut DayBlocks {
        &mut self.days
    }

    /// Users an account may have, by its bound or by the default, whichever is more.
    pub fn users_max(&self) -> usize {
        self.settings.bounds.users_per_account.max(super::Bounds::default().users_per_account)
    }

    /// Features an account's product may have, in the same way; rows of users grow for some more at once.
    pub fn features_max(&self) -> usize {
        self.settings.bounds.features_per_product.max(super::Bounds::default().features_per_product) + 16
    }

    /// The account of a record being restored, made where it is the first. `None`: the id is no text.
    pub fn restore_account(&mut self, id: &[u8], likely: Option<AccountIndex>) -> Option<AccountIndex> {
        self.find_hinted(likely, id).or_else(|| Some(self.insert(Account::new(std::str::from_utf8(id).ok()?, 0, NEVER))))
    }

    /// The position of a product of an account being restored.
    pub fn restore_position(&mut self, index: AccountIndex, name: NameId) -> usize {
        let named = self.plan.products.len();
        self.accounts[index as usize].position_or_add(name, named)
    }

    /// Ends a restore: what is derived is derived, the clock stands where it stood, and every account is due to be lived up to it.
    /// `erased`: so many numbers are nobody's. `day_of`: what the blocks say of an account, which may be later than what its verdicts say, or
    /// earlier.
    ///
    /// # Errors
    ///
    /// Two accounts have one number, or users have turned out to be nobody.
    pub fn restored(&mut self, clock_ms: Option<i64>, erased: u32, day_of: impl Fn(AccountNumber) -> Option<Day>) -> Result<(), String> {
        self.days = DayBlocks::restore(self.accounts.numbered(), self.accounts.len() + erased as usize)?;
        self.users = 0;
        for account in self.accounts.iter_mut() {
            account.day = account.day.max(day_of(account.number).unwrap_or(NEVER));
            let users_max = self.settings.bounds.users_per_account;
            if !account.users.restored(account.day, account.began) {
                return Err(format!("account {:?} has users who have turned out to be nobody", account.id));
            }
            account.take_over_signals(users_max);
            let of_incidents = account.incidents.iter().filter_map(|(key, _)| key.subject.user());
            let of_leftovers = account.leftovers.iter().flat_map(|leftovers| leftovers.iter()).filter_map(|leftover| leftover.user);
            let of_plays = account.plays.iter().flat_map(|plays| plays.users());
            if of_incidents.chain(of_leftovers).chain(of_plays).any(|user| user.0 as usize >= account.users.len()) {
                return Err(format!("account {:?} has incidents of users whom it does not have", account.id));
            }
            // An account whose verdicts are missing has no day.
            if account.day != NEVER {
                let Plan { aliases, products, grace_days, .. } = &self.plan;
                account.join_aliases(aliases, products.len(), *grace_days, self.settings.bounds.features_per_product);
            }
            account.recount_integrations();
            for product in &mut account.products {
                product.facts.users.restored(product.facts.last_use);
            }
            account.recount_uses();
            let described: Vec<_> = account.users.described().collect();
            described.into_iter().for_each(|user| _ = account.note_standing(user));
            self.users += account.users.count();
        }
        self.clock_ms = clock_ms;
        for (index, account) in self.accounts.numbered() {
            // The clock is restored: who bears witness to it is known again, and moves nothing.
            self.witnesses.reached(index, account.latest_ms);
        }
        if let Some(clock_ms) = clock_ms {
            // An account whose verdicts are missing has never lived: it begins now. No committed state has one.
            let today = self.zones[0].1.day_of(clock_ms);
            for account in self.accounts.iter_mut().filter(|account| account.day == NEVER) {
                account.day = today;
                account.began = today;
            }
            self.begin_roll(clock_ms);
        }
        Ok(())
    }
}
