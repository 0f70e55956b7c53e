//! What is known of accounts without asking their workers.

use std::sync::Arc;

use super::access::Visible;
use crate::task::Directory;

/// Where an account is, and whose it is.
pub trait KnownAccounts: Send + Sync {
    /// The partition that holds the account, where it is known.
    fn partition_of(&self, account: &str) -> Option<i32>;

    /// The account's owner, where it is known whose it is: `Some(None)` is nobody's.
    fn owner_of(&self, account: &str) -> Option<Option<Arc<str>>>;

    /// Whether what is told of the account may be told to them. What is not known is not told.
    fn shows(&self, account: &str, visible: &Visible) -> bool {
        visible.is_all() || self.owner_of(account).is_some_and(|owner| visible.shows(owner.as_deref()))
    }
}

/// Partitions of this process alone, and no owners.
impl KnownAccounts for Directory {
    fn partition_of(&self, account: &str) -> Option<i32> {
        Directory::partition_of(self, account)
    }

    fn owner_of(&self, _account: &str) -> Option<Option<Arc<str>>> {
        None
    }
}
