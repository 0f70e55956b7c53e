//! Committed summaries of all accounts of this process, for whoever asks: lists, the live table, metrics.

use std::collections::{BTreeMap, HashMap};

use dashmap::DashMap;
use smallvec::SmallVec;

use crate::engine::{Account, Stage};
use crate::playbook::ProductIndex;

/// What is shown of an account without asking its worker. Names are the playbook's.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountSummary {
    /// Index among the playbook's account stages.
    pub stage: u8,
    /// In playbook order; those at `none` left out.
    pub products: SmallVec<[(ProductIndex, Stage); 4]>,
    pub open_incidents: u32,
}

/// The accounts of a partition by id.
pub type Summaries = HashMap<Box<str>, AccountSummary>;

/// By partition. Refreshed when a commit succeeded, so that readers see committed state.
#[derive(Debug, Default)]
pub struct Directory {
    partitions: DashMap<i32, Summaries>,
}

impl AccountSummary {
    pub fn of(account: &Account) -> Self {
        let stages = account.products.iter().filter_map(|product| Some((product.index?, product.stage)));
        let mut products: SmallVec<_> = stages.filter(|(_, stage)| *stage != Stage::None).collect();
        products.sort_unstable();
        Self {
            stage: account.stage,
            products,
            open_incidents: account.incidents.iter().filter(|(_, state)| state.open.is_some()).count() as u32,
        }
    }
}

impl Directory {
    /// All accounts of a partition.
    pub fn set_partition(&self, partition: i32, summaries: Summaries) {
        self.partitions.insert(partition, summaries);
    }

    /// Those of a partition that changed.
    pub fn update(&self, partition: i32, changed: impl Iterator<Item = (Box<str>, AccountSummary)>) {
        self.partitions.entry(partition).or_default().extend(changed);
    }

    /// The partition went to another owner.
    pub fn forget_partition(&self, partition: i32) {
        self.partitions.remove(&partition);
    }

    pub fn len(&self) -> usize {
        self.partitions.iter().map(|summaries| summaries.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of accounts by account stage.
    pub fn by_stage(&self) -> BTreeMap<u8, u64> {
        let mut counts = BTreeMap::new();
        self.each(|summary| *counts.entry(summary.stage).or_default() += 1);
        counts
    }

    /// Number of accounts by product and stage; those at `none` are left out.
    pub fn by_product_stage(&self) -> BTreeMap<(ProductIndex, Stage), u64> {
        let mut counts = BTreeMap::new();
        self.each(|summary| summary.products.iter().for_each(|product| *counts.entry(*product).or_default() += 1));
        counts
    }

    fn each(&self, mut see: impl FnMut(&AccountSummary)) {
        self.partitions.iter().for_each(|summaries| summaries.values().for_each(&mut see));
    }
}
