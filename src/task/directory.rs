//! Committed summaries of all accounts of this process, for whoever asks: lists, the live table, metrics.

use std::collections::BTreeMap;

use dashmap::DashMap;

use crate::engine::{Account, Stage};
use crate::playbook::Playbook;

/// What is shown of an account without asking its worker.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountSummary {
    pub partition: i32,
    pub stage: String,
    /// Product ids in playbook order with their stages; those at `none` left out.
    pub products: Vec<(String, Stage)>,
    pub open_incidents: u32,
}

/// Accounts by id. Refreshed when a commit succeeded, so that readers see committed state.
#[derive(Debug, Default)]
pub struct Directory {
    accounts: DashMap<Box<str>, AccountSummary>,
}

impl AccountSummary {
    pub fn of(partition: i32, account: &Account, playbook: &Playbook) -> Self {
        let mut products: Vec<_> = account.products.iter().filter_map(|product| Some((product.index?, product.stage))).collect();
        products.retain(|(_, stage)| *stage != Stage::None);
        products.sort_unstable();
        Self {
            partition,
            stage: playbook.account_stages[usize::from(account.stage)].name.clone(),
            products: products.into_iter().map(|(index, stage)| (playbook.products[usize::from(index.0)].id.clone(), stage)).collect(),
            open_incidents: account.incidents.iter().filter(|(_, state)| state.open.is_some()).count() as u32,
        }
    }
}

impl Directory {
    pub fn insert(&self, account: Box<str>, summary: AccountSummary) {
        self.accounts.insert(account, summary);
    }

    pub fn get(&self, account: &str) -> Option<AccountSummary> {
        self.accounts.get(account).map(|summary| summary.clone())
    }

    /// The partition went to another owner.
    pub fn forget_partition(&self, partition: i32) {
        self.accounts.retain(|_, summary| summary.partition != partition);
    }

    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Number of accounts by account stage.
    pub fn by_stage(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for summary in &self.accounts {
            *counts.entry(summary.stage.clone()).or_default() += 1;
        }
        counts
    }

    /// Number of accounts by product id and stage; those at `none` are left out.
    pub fn by_product_stage(&self) -> BTreeMap<(String, Stage), u64> {
        let mut counts = BTreeMap::new();
        for summary in &self.accounts {
            for product in &summary.products {
                *counts.entry(product.clone()).or_default() += 1;
            }
        }
        counts
    }
}
