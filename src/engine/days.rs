//! The days that accounts have lived up to, by the block.
//!
//! At a boundary every account goes on to the next day, and of most nothing else changes. Their days are written to the changelog in blocks of
//! [`BLOCK`] accounts: a record costs the brokers far more than the bytes in it.

use super::AccountIndex;
use super::account::Account;
use super::day::Day;

/// An account's number within its partition: given when it begins, and its own for ever, also where the account is erased.
pub type AccountNumber = u32;

/// Accounts of a block.
pub const BLOCK: usize = 256;

const NOBODY: AccountIndex = AccountIndex::MAX;

/// Blocks with the days of accounts, in the order of their numbers.
#[derive(Debug, Default)]
pub struct DayBlocks {
    /// By number; [`NOBODY`] where the account is erased.
    accounts: Vec<AccountIndex>,
    erased: usize,
    /// By block, whether a day in it is unsaved.
    unsaved: Vec<bool>,
    /// Those.
    list: Vec<u32>,
}

impl DayBlocks {
    /// An account begins.
    pub fn add(&mut self, index: AccountIndex) -> AccountNumber {
        self.accounts.push(index);
        (self.accounts.len() - 1) as AccountNumber
    }

    /// An account is erased.
    pub fn erase(&mut self, number: AccountNumber) {
        self.accounts[number as usize] = NOBODY;
        self.erased += 1;
    }

    /// Numbers of accounts that are erased.
    pub fn erased(&self) -> usize {
        self.erased
    }

    /// An account's day changed.
    pub fn mark(&mut self, number: AccountNumber) {
        let block = number as usize / BLOCK;
        if block >= self.unsaved.len() {
            self.unsaved.resize(block + 1, false);
        }
        if !std::mem::replace(&mut self.unsaved[block], true) {
            self.list.push(block as u32);
        }
    }

    /// Whether the day of an account, or of one near it, is to be written.
    pub fn is_marked(&self, number: AccountNumber) -> bool {
        self.unsaved.get(number as usize / BLOCK).is_some_and(|unsaved| *unsaved)
    }

    /// All days are to be written.
    pub fn mark_all(&mut self) {
        (0..self.accounts.len()).step_by(BLOCK).for_each(|number| self.mark(number as AccountNumber));
    }

    /// Whether there are days to be written.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The blocks with days to be written, which are written then.
    pub fn take(&mut self) -> Vec<u32> {
        for block in &self.list {
            self.unsaved[*block as usize] = false;
        }
        std::mem::take(&mut self.list)
    }

    /// The accounts of a block, in the order of their numbers; `None` of those that are erased.
    pub fn accounts(&self, block: u32) -> impl Iterator<Item = Option<AccountIndex>> + Clone {
        let from = block as usize * BLOCK;
        let of_block = &self.accounts[from..(from + BLOCK).min(self.accounts.len())];
        of_block.iter().map(|index| (*index != NOBODY).then_some(*index))
    }

    /// Takes accounts in by the numbers that they were restored with, as many as there are numbers but for those erased. `Err`: they are not the
    /// numbers of so many accounts.
    pub fn restore<'a>(accounts: impl Iterator<Item = (AccountIndex, &'a Account)>, numbers: usize) -> Result<Self, String> {
        let mut by_number = vec![NOBODY; numbers];
        for (index, account) in accounts {
            match by_number.get_mut(account.number as usize) {
                Some(place) if *place == NOBODY => *place = index,
                Some(_) => return Err(format!("account {:?} has the number {} of another one", account.id, account.number)),
                None => {
                    return Err(format!("account {:?} has the number {}, and there are fewer accounts", account.id, account.number));
                }
            }
        }
        let erased = by_number.iter().filter(|index| **index == NOBODY).count();
        Ok(Self { accounts: by_number, erased, ..Self::default() })
    }
}

/// Days as a block's record holds them: the earliest, and of each account by how much its own is later; nothing later of those that are erased.
/// A block of nobody has the first day that there is.
pub fn spread(days: impl Iterator<Item = Option<Day>> + Clone) -> (Day, Vec<u32>) {
    let first = days.clone().flatten().min().unwrap_or(0);
    (first, days.map(|day| day.map_or(0, |day| day.abs_diff(first))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_listed_once_until_it_is_written() {
        let mut blocks = DayBlocks::default();
        let numbers: Vec<AccountNumber> = (0..600).map(|index| blocks.add(index)).collect();
        assert!(blocks.is_empty());
        for number in [599, 0, 1, 598] {
            blocks.mark(numbers[number]);
        }
        assert_eq!(blocks.take(), [2, 0]);
        assert!(blocks.is_empty());
        assert_eq!(blocks.accounts(0).count(), BLOCK);
        blocks.erase(numbers[513]);
        let last: Vec<_> = blocks.accounts(2).collect();
        assert_eq!((last.len(), &last[..3], blocks.erased()), (88, &[Some(512), None, Some(514)][..], 1));
        blocks.mark(0);
        assert_eq!(blocks.take(), [0]);
        blocks.mark_all();
        assert_eq!(blocks.take(), [0, 1, 2]);
    }

    #[test]
    fn accounts_are_restored_in_any_order_by_numbers_that_are_theirs_alone() {
        let restored = |numbers: &[AccountNumber], erased: usize| {
            let numbered = |&number: &AccountNumber| {
                let mut account = Account::new("a", 0, 0);
                account.number = number;
                account
            };
            let accounts: Vec<Account> = numbers.iter().map(numbered).collect();
            DayBlocks::restore((0..).zip(&accounts), accounts.len() + erased).map(|blocks| blocks.accounts)
        };
        assert_eq!(restored(&[2, 0, 1], 0), Ok(vec![1, 2, 0]));
        assert_eq!(restored(&[4, 0, 1], 2), Ok(vec![1, 2, NOBODY, NOBODY, 0]));
        for (numbers, said) in [([1, 1, 0], "the number 1 of another"), ([0, 3, 1], "the number 3, and there are fewer")] {
            let error = restored(&numbers, 0).expect_err("refused");
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn days_are_told_from_the_earliest_on() {
        assert_eq!(spread([Some(20_003), Some(20_000), None, Some(20_001)].into_iter()), (20_000, vec![3, 0, 0, 1]));
        assert_eq!(spread([None].into_iter()), (0, vec![0]));
    }
}
