//! The rows of all accounts of a process, by partition. Whoever has the accounts puts rows in after commits; whoever asks for a list reads them, and
//! waits for nobody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use dashmap::DashMap;

use super::{MaySee, Page, Query, Table};
use crate::view::PartitionAsOf;
use crate::view::rows::AccountRow;

/// Rows are kept up for so long after a list was last asked for. What is not asked for costs nothing; the first question afterwards makes all due.
const ASKED_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct RowStore {
    partitions: DashMap<i32, Arc<PartitionRows>>,
    began: Instant,
    /// Milliseconds after the beginning at which a list was last asked for, and one; 0: none was.
    asked: AtomicU64,
}

/// The rows of one partition's accounts.
#[derive(Debug)]
pub struct PartitionRows {
    table: RwLock<Table>,
    /// `None`: some rows were never made.
    as_of: Mutex<Option<(Instant, PartitionAsOf)>>,
}

/// How old the rows of a partition are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    pub partition: i32,
    /// The rows are the accounts' as committed then, or later; `None`: some were never made, and are missing.
    pub as_of: Option<Instant>,
}

impl Default for RowStore {
    fn default() -> Self {
        Self { partitions: DashMap::new(), began: Instant::now(), asked: AtomicU64::new(0) }
    }
}

impl RowStore {
    /// The rows of a partition, which begin empty: it has come to this process.
    pub fn begin(&self, partition: i32) -> Arc<PartitionRows> {
        let rows = Arc::new(PartitionRows { table: RwLock::new(Table::new::<AccountRow>()), as_of: Mutex::new(None) });
        self.partitions.insert(partition, Arc::clone(&rows));
        rows
    }

    /// The partition went to another owner.
    pub fn forget(&self, partition: i32) {
        self.partitions.remove(&partition);
    }

    /// A list is asked for at an instant. Whether all rows are as of no longer ago than so; where not, they are due, and whoever asks may look
    /// again in a moment.
    pub fn ask(&self, now: Instant, age_max: Duration) -> bool {
        let since = now.saturating_duration_since(self.began).as_millis() as u64;
        self.asked.fetch_max(since + 1, Ordering::Relaxed);
        self.ages().iter().all(|age| age.as_of.is_some_and(|as_of| now.saturating_duration_since(as_of) <= age_max))
    }

    /// Whether somebody has asked for a list of late.
    pub fn is_asked(&self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.began).as_millis() as u64;
        match self.asked.load(Ordering::Relaxed) {
            0 => false,
            asked => since <= asked - 1 + ASKED_WITHIN.as_millis() as u64,
        }
    }

    /// By partition, in order.
    pub fn ages(&self) -> Vec<Age> {
        let mut ages: Vec<Age> = self.each().iter().map(|(partition, rows)| Age { partition: *partition, as_of: rows.as_of() }).collect();
        ages.sort_unstable_by_key(|age| age.partition);
        ages
    }

    /// A page of the accounts of those of some partitions whose rows were all made, and as of when they are, by partition: rows are of then, or
    /// later.
    pub fn page(&self, query: &Query, partitions: &[i32], may_see: Option<&MaySee<'_>>) -> (Page, Vec<PartitionAsOf>) {
        let (mut pages, mut as_ofs) = (Vec::new(), Vec::new());
        // The map is not held while rows are looked at.
        for (partition, rows) in self.each() {
            if !partitions.contains(&partition) {
                continue;
            }
            let Some((_, as_of)) = rows.lock().clone() else { continue };
            as_ofs.push(as_of);
            pages.push(rows.table().page(query, may_see));
        }
        as_ofs.sort_by_key(|as_of| as_of.partition);
        (Page::merged(pages, query), as_ofs)
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        self.each().iter().map(|(_, rows)| rows.bytes()).sum()
    }

    fn each(&self) -> Vec<(i32, Arc<PartitionRows>)> {
        self.partitions.iter().map(|held| (*held.key(), Arc::clone(held.value()))).collect()
    }
}

impl PartitionRows {
    pub fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts rows in, by the numbers of their accounts, or takes out those of accounts that are gone. A list that is being read is waited for, which
    /// takes milliseconds.
    pub fn put(&self, rows: &[(u32, Option<AccountRow>)]) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        for (number, row) in rows {
            match row {
                Some(row) => table.set(*number as usize, row),
                None => table.remove(*number as usize),
            }
        }
    }

    /// All rows are the accounts' as of then, when the partition had come so far.
    pub fn are_as_of(&self, then: Instant, as_of: PartitionAsOf) {
        *self.lock() = Some((then, as_of));
    }

    pub fn as_of(&self) -> Option<Instant> {
        self.lock().as_ref().map(|(then, _)| *then)
    }

    pub fn bytes(&self) -> usize {
        self.table().bytes()
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Instant, PartitionAsOf)>> {
        self.as_of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::rows::Figure;

    /// What the account's budget of 12 kB has for its row, with an id and a name that are longer than most.
    const BYTES_MAX: usize = 400;

    #[test]
    fn a_row_takes_few_bytes() {
        const ACCOUNTS: u32 = 20_000;
        let row = |number: u32| AccountRow {
            account: format!("0017F00000{number:08}"),
            name: Some(format!("Somebody and Sons, number {number} (Holding)")),
            owner: Some(format!("owner-{}@example.com", number % 300)),
            success_role: Some(format!("success-{}@example.com", number % 50)),
            segment: Some(format!("segment-{}", number % 7)),
            stage: Some(format!("stage-{}", number % 5)),
            products: Some((0..number % 5).map(|product| format!("product-{product}")).collect()),
            band: Some("good".to_owned()),
            arr: Some(Figure(f64::from(number) / 3.0)),
            next_due: Some(format!("2026-07-{:02}", 1 + number % 30)),
            features_used_by_day: Some(vec![number; 14]),
            ..AccountRow::default()
        };
        let rows = RowStore::default().begin(0);
        for from in (0..ACCOUNTS).step_by(16) {
            rows.put(&(from..from + 16).map(|number| (number, Some(row(number)))).collect::<Vec<_>>());
        }
        // Texts that change leave nothing behind.
        for round in 0..10 {
            let renamed = |number: u32| AccountRow { owner: Some(format!("{round}-{number}")), ..row(number) };
            rows.put(&(0..ACCOUNTS).map(|number| (number, Some(renamed(number)))).collect::<Vec<_>>());
        }
        rows.put(&(0..ACCOUNTS).map(|number| (number, Some(row(number)))).collect::<Vec<_>>());
        let each = rows.bytes() / ACCOUNTS as usize;
        assert!((200..BYTES_MAX).contains(&each), "{each} bytes");
    }
}
