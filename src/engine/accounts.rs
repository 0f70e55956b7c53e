//! The accounts of a partition, by their number.

use std::ops::{Index, IndexMut};

use super::account::Account;

/// Accounts in chunks that stay where they are: however many there are, one more copies none of them and asks for no room for as many
/// again.
#[derive(Debug, Default)]
pub struct Accounts {
    /// All but the last one full.
    chunks: Vec<Vec<Account>>,
    len: usize,
}

const CHUNK: usize = 1024;

impl Accounts {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline]
    pub fn get(&self, index: usize) -> Option<&Account> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.chunks.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Account> {
        self.chunks.iter_mut().flatten()
    }

    pub(super) fn push(&mut self, account: Account) {
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks[self.len / CHUNK].push(account);
        self.len += 1;
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
            assert_eq!((accounts.len(), &*accounts[number].id), (number + 1, &*number.to_string()));
        }
        assert_eq!(first, &raw const accounts[0]);
        assert!(accounts.iter().enumerate().all(|(number, account)| *account.id == *number.to_string()));
    }
}
