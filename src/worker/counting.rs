//! A task for tests of the worker: counts the records of each key.
//!
//! Each record gives an output `key → count`, so a reader sees at once whether one was lost, repeated, or counted on memory that was never
//! committed. Counts are facts: written lazily, with the offset they are as of, and redone from the input.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::partition::{Checkpoint, Inputs, Outbox, PartitionTask, Record, Redo, Refused, Resume, TaskGauges};
use crate::topics::Topic;

/// A record that makes the task panic.
pub const PANIC: &[u8] = b"panic";
/// Keys written with each commit, of those that have been dirty longest.
const SLICE: usize = 3;
/// The key of the partition's own record.
const PARTITION: &[u8] = b"\0partition";

#[derive(Clone, Debug, Default)]
struct Count {
    count: u64,
    /// Per input: counted up to here.
    as_of: Vec<i64>,
    /// Per input: the first offset that is not written yet.
    dirty_from: Option<Vec<i64>>,
}

pub struct CountingTask {
    inputs: usize,
    counts: BTreeMap<Vec<u8>, Count>,
    dirty: VecDeque<Vec<u8>>,
    next: Vec<i64>,
    /// From the partition's record.
    stored: Option<(Vec<i64>, Vec<i64>)>,
    quiet_to: Option<Vec<i64>>,
    outbox: Outbox,
    changed: bool,
    pub caught_up_ms: i64,
    /// Being caught up gives an output, once.
    has_a_clock: bool,
}

impl CountingTask {
    pub fn new(inputs: usize) -> Self {
        Self {
            inputs,
            counts: BTreeMap::new(),
            dirty: VecDeque::new(),
            next: vec![0; inputs],
            stored: None,
            quiet_to: None,
            outbox: Outbox::default(),
            changed: false,
            caught_up_ms: 0,
            has_a_clock: false,
        }
    }

    pub fn with_a_clock(self, has_a_clock: bool) -> Self {
        Self { has_a_clock, ..self }
    }

    fn count(&mut self, input: usize, record: &Record<'_>) -> Option<u64> {
        let key = record.key?;
        let counted = self.counts.entry(key.to_vec()).or_insert_with(|| Count { as_of: vec![0; self.inputs], ..Count::default() });
        if record.offset < counted.as_of[input] {
            return None;
        }
        counted.count += 1;
        if counted.dirty_from.is_none() {
            self.dirty.push_back(key.to_vec());
            let mut from = self.next.clone();
            from[input] = record.offset;
            counted.dirty_from = Some(from);
        }
        counted.as_of[input] = record.offset + 1;
        Some(counted.count)
    }

    fn restore_one(&mut self, record: &Record<'_>) -> anyhow::Result<()> {
        let value = std::str::from_utf8(record.value.context("no tombstones here")?)?;
        let Some((first, second)) = value.split_once(';') else { bail!("expected two fields, found {value:?}") };
        let key = record.key.context("no record without a key")?;
        if key == PARTITION {
            self.stored = Some((numbers(first)?, numbers(second)?));
        } else {
            let count = Count { count: first.parse()?, as_of: numbers(second)?, dirty_from: None };
            self.counts.insert(key.to_vec(), count);
        }
        Ok(())
    }

    fn redo_point(&self) -> Vec<i64> {
        let mut point = self.next.clone();
        for from in self.counts.values().filter_map(|count| count.dirty_from.as_ref()) {
            for (point, from) in point.iter_mut().zip(from) {
                *point = (*point).min(*from);
            }
        }
        point
    }

    fn is_quiet(&self) -> bool {
        self.quiet_to.as_ref().is_some_and(|to| self.next.iter().zip(to).any(|(next, to)| next < to))
    }
}

fn text(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

fn numbers(text: &str) -> anyhow::Result<Vec<i64>> {
    text.split(',').map(|number| Ok(number.parse()?)).collect()
}

impl PartitionTask for CountingTask {
    /// Asks for the counts; answered by the channel.
    type Request = std::sync::mpsc::Sender<Vec<(Vec<u8>, u64)>>;

    fn restore(&mut self, records: &[Record<'_>]) -> Result<(), Refused> {
        records.iter().try_for_each(|record| self.restore_one(record).map_err(|error| Refused { offset: record.offset, error }))
    }

    fn restored(&mut self, inputs: &Inputs) -> Result<Redo, String> {
        let committed = &inputs.committed;
        let Some((next, redo_from)) = self.stored.clone() else {
            if committed.iter().any(Option::is_some) {
                return Err("the group has offsets but the changelog is empty".into());
            }
            let none = vec![0; self.inputs];
            return Ok(Redo { from: none.clone(), to: none, quiet_to: None, resume: vec![Resume::Beginning; self.inputs] });
        };
        // The mock broker keeps no offsets of transactions.
        let group: Vec<i64> = committed.iter().zip(&next).map(|(offset, next)| offset.unwrap_or(*next)).collect();
        if next.iter().zip(&group).any(|(next, group)| next > group) {
            return Err(format!("the changelog is at {next:?}, ahead of the group's {group:?}"));
        }
        self.quiet_to = (next != group).then_some(group);
        self.next = next.clone();
        let resume = next.iter().map(|next| if *next == 0 { Resume::Beginning } else { Resume::Offset(*next) }).collect();
        Ok(Redo { from: redo_from, to: next, quiet_to: self.quiet_to.clone(), resume })
    }

    fn redo(&mut self, input: usize, records: &[Record<'_>]) {
        for record in records {
            self.count(input, record);
        }
    }

    fn run(&mut self) {}

    fn process(&mut self, input: usize, records: &[Record<'_>], _wall_ms: i64) {
        for record in records {
            assert_ne!(record.value, Some(PANIC), "told to panic");
            let quiet = self.is_quiet();
            let count = self.count(input, record);
            self.next[input] = record.offset + 1;
            self.changed = true;
            if let (Some(count), Some(key), false) = (count, record.key, quiet) {
                self.outbox.push(Topic::Alerts, Some(key), Some(count.to_string().as_bytes()), [("ce_type", &b"count"[..])]);
            }
        }
    }

    fn skip(&mut self, input: usize, next_offset: i64) {
        self.next[input] = self.next[input].max(next_offset);
        self.changed = true;
    }

    fn caught_up(&mut self, wall_ms: i64) {
        self.caught_up_ms = wall_ms;
        if std::mem::take(&mut self.has_a_clock) {
            self.outbox.push(Topic::Alerts, Some(b"clock"), Some(b"1"), [("ce_type", &b"count"[..])]);
            self.changed = true;
        }
    }

    fn roll(&mut self, _budget_accounts: usize) -> bool {
        false
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn has_changes(&self) -> bool {
        self.changed
    }

    fn next_offsets(&self) -> &[i64] {
        &self.next
    }

    fn prepare_commit(&mut self, checkpoint: Checkpoint<'_>, _now: Instant) {
        let slice = if matches!(checkpoint, Checkpoint::Slice) { SLICE } else { self.dirty.len() };
        for _ in 0..slice {
            let Some(key) = self.dirty.pop_front() else { break };
            let count = self.counts.get_mut(&key).expect("dirty keys are counted");
            count.dirty_from = None;
            let value = format!("{};{}", count.count, text(&count.as_of));
            self.outbox.push(Topic::Changelog, Some(&key), Some(value.as_bytes()), []);
        }
        let value = format!("{};{}", text(&self.next), text(&self.redo_point()));
        self.outbox.push(Topic::Changelog, Some(PARTITION), Some(value.as_bytes()), []);
    }

    fn post_commit(&mut self) {
        self.changed = false;
        self.outbox.clear();
    }

    fn gauges(&self) -> TaskGauges {
        TaskGauges::default()
    }

    fn answer(&mut self, request: Self::Request) {
        let _ = request.send(self.counts.iter().map(|(key, count)| (key.clone(), count.count)).collect());
    }
}
