//! The accounts of a partition, by their number.

use std::ops::{Index, IndexMut};

use super::AccountIndex;
use super::account::Account;

/// Accounts in chunks that stay where they are: however many there are, one more copies none of them and asks for no room for as many
/// again.
#[derive(Debug, Default)]
pub struct Accounts {
    /// All but the last one full.
    chunks: Vec<Vec<Account>>,
    slots: usize,
    /// Of accounts that were erased, which stand empty: what is kept by number is nobody else's.
    erased: usize,
}

const CHUNK: usize = 1024;

impl Accounts {
    /// Those that there are.
    pub fn len(&self) -> usize {
        self.slots - self.erased
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers below it are, or were, those of accounts.
    pub fn slots(&self) -> usize {
        self.slots
    }

    #[inline]
    pub fn get(&self, index: usize) -> Option<&Account> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)
    }

    /// Those that there are, each with its number.
    pub fn numbered(&self) -> impl Iterator<Item = (AccountIndex, &Account)> {
        (0..).zip(self.chunks.iter().flatten()).filter(|(_, account)| !account.is_erased())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.numbered().map(|(_, account)| account)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Account> {
        self.chunks.iter_mut().flatten().filter(|account| !account.is_erased())
    }

    pub(super) fn push(&mut self, account: Account) {
        if self.slots.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks[self.slots / CHUNK].push(account);
        self.slots += 1;
    }

    /// Takes an account out. Its number is nobody's from then on.
    pub(super) fn erase(&mut self, index: AccountIndex) -> Account {
        self.erased += 1;
        let account = &mut self[index as usize];
        std::mem::replace(account, Account::new("", 0, account.day))
    }
}

impl Index<usize> for Accounts {
    type Output = Account;

    #[inline]
    fn index(&self, index: usize) -> &Account {
        &self.chunks[index / CHUNK][index % CHUNK]
    }
}

impl IndexMut<usize> for Accounts {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut Account {
        &mut self.chunks[index / CHUNK][index % CHUNK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_keep_their_number_and_their_place() {
        let mut accounts = Accounts::default();
        accounts.push(Account::new("0", 0, 0));
        let first: *const Account = &raw const accounts[0];
        for number in 1..3 * CHUNK {
            assert!(accounts.get(number).is_none());
            accounts.push(Account::new(&number.to_string(), 0, 0));
            assert_eq!((accounts.slots(), &*accounts[number].id), (number + 1, &*number.to_string()));
        }
        assert_eq!(first, &raw const accounts[0]);
        assert!(accounts.iter().enumerate().all(|(number, account)| *account.id == *number.to_string()));
        assert_eq!((&*accounts.erase(7).id, accounts.len(), accounts.slots()), ("7", 3 * CHUNK - 1, 3 * CHUNK));
        accounts.push(Account::new("new", 0, 0));
        let present: Vec<AccountIndex> = accounts.numbered().map(|(number, _)| number).collect();
        assert_eq!(present, (0..=3 * CHUNK as AccountIndex).filter(|number| *number != 7).collect::<Vec<_>>());
        assert_eq!((accounts.len(), accounts.iter_mut().count()), (3 * CHUNK, 3 * CHUNK));
    }
}
