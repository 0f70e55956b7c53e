//! Committed summaries of all accounts of this process, for whoever asks: lists, the live table, metrics.

use std::collections::{BTreeMap, HashMap};
use std::mem::Discriminant;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use smallvec::SmallVec;

use crate::changelog::SourceRecord;
use crate::engine::{Account, Stage};
use crate::lists::RowStore;
use crate::partition::partitioners::{Finding, compare};
use crate::partition::{Partitioner, Tally};
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
    placing: Mutex<Placing>,
    /// What lists show.
    pub rows: RowStore,
}

/// Where accounts are, and who put them there.
#[derive(Debug, Default)]
struct Placing {
    /// Of each input topic.
    partitions: i32,
    tallies: BTreeMap<i32, Tally>,
    /// Accounts that are held in two partitions.
    split: BTreeMap<Box<str>, (i32, i32)>,
    /// Why accounts are not where one partitioner puts them.
    finding: Option<Finding>,
    /// Kinds of findings that were told.
    told: Vec<Discriminant<Finding>>,
    /// Split accounts that were named.
    named: usize,
}

/// Split accounts named in the log.
const NAMED_MAX: usize = 20;
/// Split accounts that are counted.
const SPLIT_MAX: usize = 10_000;

/// What [`Directory::placed`] counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// Accounts that each partitioner would have put where they are.
    pub by_partitioner: Vec<(Partitioner, u64)>,
    /// Accounts that none of them would have.
    pub unexplained: u64,
    /// No single partitioner explains where the accounts are.
    pub disagree: bool,
    /// Accounts seen in more than one partition since the process began.
    pub split: u64,
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

    /// Accounts of a partition that are erased.
    pub fn erased(&self, partition: i32, accounts: impl Iterator<Item = Box<str>>) {
        let Some(mut summaries) = self.partitions.get_mut(&partition) else { return };
        for account in accounts {
            summaries.remove(&account);
            self.placing().split.remove(&account);
        }
    }

    /// The partition went to another owner.
    pub fn forget_partition(&self, partition: i32) {
        self.partitions.remove(&partition);
        self.rows.forget(partition);
        let mut placing = self.placing();
        placing.tallies.remove(&partition);
        placing.finding = compare(&placing.tallies, placing.partitions);
        placing.split.retain(|_, (one, other)| *one != partition && *other != partition);
    }

    /// These accounts of a partition began, or are examples of those that were restored; what is now known of who put accounts there.
    pub fn accounts_began(&self, partition: i32, accounts: &[Box<str>], source: &SourceRecord) {
        let elsewhere = |account: &str| {
            let holds = |held: &dashmap::mapref::multiple::RefMulti<'_, i32, Summaries>| {
                *held.key() != partition && held.value().contains_key(account)
            };
            self.partitions.iter().find(holds).map(|held| *held.key())
        };
        let split: Vec<(&Box<str>, i32)> = accounts.iter().filter_map(|account| Some((account, elsewhere(account)?))).collect();
        let mut placing = self.placing();
        placing.partitions = source.partitions;
        placing.tallies.insert(partition, source.tally.clone());
        placing.finding = compare(&placing.tallies, source.partitions);
        for (account, other) in split {
            if placing.split.len() < SPLIT_MAX
                && placing.split.insert(account.clone(), (partition, other)).is_none()
                && placing.named < NAMED_MAX
            {
                placing.named += 1;
                tracing::error!(
                    account = &**account,
                    "the account is held in partitions {other} and {partition}, and its events are counted apart: producers use different \
                     partitioners, or the topic was given more partitions"
                );
            }
        }
        let kind = placing.finding.as_ref().map(std::mem::discriminant);
        if let Some((finding, kind)) = placing.finding.as_ref().zip(kind)
            && !placing.told.contains(&kind)
        {
            tracing::error!("{finding}");
            placing.told.push(kind);
        }
    }

    /// Who put the accounts of this process where they are.
    pub fn placed(&self) -> Placed {
        let placing = self.placing();
        let sum = |of: &dyn Fn(&Tally) -> u64| placing.tallies.values().map(of).sum();
        Placed {
            by_partitioner: Partitioner::ALL.map(|partitioner| (partitioner, sum(&|tally| tally.fitting(partitioner)))).to_vec(),
            unexplained: sum(&Tally::unexplained),
            disagree: placing.finding.is_some(),
            split: placing.split.len() as u64,
        }
    }

    fn placing(&self) -> MutexGuard<'_, Placing> {
        self.placing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The partition of this process that holds the account.
    pub fn partition_of(&self, account: &str) -> Option<i32> {
        self.partitions.iter().find(|held| held.value().contains_key(account)).map(|held| *held.key())
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
