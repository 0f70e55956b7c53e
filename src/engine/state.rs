//! The engine's state as the changelog reads and writes it.

use super::account::Account;
use super::day::NEVER;
use super::facts::{UserIndex, UserProfile};
use super::{AccountIndex, Engine, NameId, UnsavedAccounts};
use crate::playbook::{ProductIndex, Rule, RuleKind};

impl Engine {
    /// Stands for the playbook in verdict records; never 0.
    pub fn playbook_hash(&self) -> u64 {
        self.playbook_hash.max(1)
    }

    /// The rule and the subject of an instance.
    pub fn subject_of(&self, instance: u32) -> (&Rule, Option<ProductIndex>) {
        let instance = &self.plan.instances[instance as usize];
        (&self.playbook.rules[usize::from(instance.rule)], instance.product)
    }

    /// The instance of a rule for a subject, where the playbook has it.
    pub fn instance_of(&self, kind: RuleKind, rule: &str, product: Option<&str>) -> Option<u32> {
        let number = self.playbook.rules.iter().position(|known| known.id == rule && known.kind == kind)? as u16;
        let product = match product {
            Some(product) => Some(self.playbook.product(product)?),
            None => None,
        };
        let first = self.plan.instances.partition_point(|instance| instance.rule < number);
        let of_rule = self.plan.instances[first..].iter().take_while(|instance| instance.rule == number);
        of_rule.enumerate().find(|(_, instance)| instance.product == product).map(|(offset, _)| (first + offset) as u32)
    }

    pub fn account_index(&self, id: &str) -> Option<AccountIndex> {
        self.find(id)
    }

    /// Bytes held by the accounts, from a sample of them.
    pub fn estimated_bytes(&self) -> usize {
        const SAMPLE: usize = 64;
        let step = (self.accounts.len() / SAMPLE).max(1);
        let sample: Vec<usize> = (0..self.accounts.len()).step_by(step).map(|index| self.accounts[index].bytes()).collect();
        sample.iter().sum::<usize>() * self.accounts.len() / sample.len().max(1)
    }

    pub fn account_mut(&mut self, index: AccountIndex) -> &mut Account {
        &mut self.accounts[index as usize]
    }

    pub fn intern(&mut self, text: &str) -> NameId {
        self.names.intern(text)
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

    /// Users an account may have, by its bound or by the default, whichever is more.
    pub fn users_max(&self) -> usize {
        self.settings.bounds.users_per_account.max(super::Bounds::default().users_per_account)
    }

    /// Features an account's product may have, in the same way; rows of users grow for some more at once.
    pub fn features_max(&self) -> usize {
        self.settings.bounds.features_per_product.max(super::Bounds::default().features_per_product) + 16
    }

    /// The account of a record being restored, made where it is the first. `likely`: that of the record before, as an account's records
    /// are written together.
    pub fn restore_account(&mut self, id: &str, likely: Option<AccountIndex>) -> AccountIndex {
        match likely {
            Some(index) if *self.accounts[index as usize].id == *id => index,
            _ => self.find(id).unwrap_or_else(|| self.insert(Account::new(id, 0, NEVER))),
        }
    }

    /// The position of a product of an account being restored.
    pub fn restore_position(&mut self, index: AccountIndex, product: &str) -> usize {
        let name = self.names.intern(product);
        let named = self.plan.products.len();
        self.accounts[index as usize].position_or_add(name, named)
    }

    /// So many users of an account follow, with so many bytes of ids.
    pub fn restore_users(&mut self, index: AccountIndex, users: usize, bytes: usize) {
        self.accounts[index as usize].users.make_room(users, bytes);
    }

    pub fn restore_user(&mut self, index: AccountIndex, user: UserIndex, id: &str, profile: Option<&UserProfile>) {
        self.accounts[index as usize].users.restore(user, id, profile.cloned());
    }

    /// Ends a restore: what is derived is derived, the clock stands where it stood, and every account is due to be lived up to it.
    pub fn restored(&mut self, clock_ms: Option<i64>) {
        self.users = 0;
        for account in self.accounts.iter_mut() {
            account.users.reindex();
            account.recount_integrations();
            for product in &mut account.products {
                product.facts.users.restored(product.facts.last_use);
            }
            self.users += account.users.len();
        }
        self.clock_ms = clock_ms;
        if let Some(clock_ms) = clock_ms {
            // An account whose verdicts are missing has never lived: it begins now. No committed state has one.
            let today = self.zones[0].1.day_of(clock_ms);
            for account in self.accounts.iter_mut().filter(|account| account.day == NEVER) {
                account.day = today;
                account.began = today;
            }
            self.begin_roll(clock_ms);
        }
    }
}
