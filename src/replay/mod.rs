//! A file of events through the engine, on one partition: what `adoption-tracker replay` does, and what tests compare with.
//!
//! Accounts have nothing in common but the partition's clock, and that is a function of the lines alone. So accounts are dealt to shards,
//! each with an engine of its own that is told how far the other lines took the clock, and all cores have work. The order of the outputs is
//! a function of the input, whatever the number of shards: by line; at a line first what comes of its own event, then the other accounts
//! that live through a day boundary with it, in the order in which they were first met.
//!
//! | module | subject |
//! |---|---|
//! | `shard` | some of the accounts: taking in their events, and the boundaries that any event crosses |
//! | `block` | lines decoded and dealt to shards; what came of them |
//! | `one` | one account alone, as all of the lines would leave it |
//! | `source` | a file as blocks of whole lines |
//! | `sort` | a file's lines in order of their times |
//! | `ring` | the threads |

mod block;
mod one;
mod ring;
mod shard;
mod sort;
mod source;

use std::sync::Arc;

use crate::engine::{Engine, EngineSettings, Hint, Lateness};
use crate::input::{Reason, Reject};
use crate::output::CloudEvent;
use crate::playbook::Playbook;
use crate::portfolio::Counts;

pub use one::{One, replay_one};
pub use ring::{Division, replay};
pub use sort::{Disorder, Sorted};
pub use source::Input;

use block::{Line, Results};
use shard::Shard;

#[derive(Clone, Copy, Debug)]
pub struct ReplayOptions {
    /// Where the clock moves at the end of the input, else to the greatest time that moved any; later events are from the future.
    pub until_ms: Option<i64>,
    /// Without `until_ms`, events later than this are from the future: the wall clock plus the allowed skew.
    pub latest_ms: i64,
    pub max_record_bytes: usize,
    pub engine: EngineSettings,
    /// Whether the accounts are counted at the end.
    pub portfolio: bool,
}

impl ReplayOptions {
    /// Events later than this are from the future.
    fn bound_ms(&self) -> i64 {
        self.until_ms.unwrap_or(self.latest_ms)
    }
}

/// What a replay counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines read, blank ones excluded.
    pub lines: u64,
    pub applied: u64,
    pub duplicates: u64,
    /// Applied on a day before the account's own.
    pub late: u64,
    /// Dead letters whose day is no longer held.
    pub too_late: u64,
    pub dead: u64,
    pub unknown_products: u64,
    pub outputs: u64,
    pub accounts: usize,
    /// Known at the end of the input.
    pub lateness: Lateness<u64>,
    /// Dead letters by reason, in the order of [`Reason::ALL`].
    pub dead_by_reason: [u64; Reason::ALL.len()],
    /// Where the clock stands at the end of the input, if anything moved it.
    pub ended_ms: Option<i64>,
    /// Of all accounts at the end of the input, where they are asked for.
    pub counts: Option<Box<Counts>>,
}

impl Summary {
    fn add(&mut self, other: &Self) {
        let Self { lines, applied, duplicates, late, too_late, dead, unknown_products, outputs, accounts, lateness, .. } = other;
        self.lines += lines;
        self.applied += applied;
        self.duplicates += duplicates;
        self.late += late;
        self.too_late += too_late;
        self.dead += dead;
        self.unknown_products += unknown_products;
        self.outputs += outputs;
        self.accounts += accounts;
        self.lateness.add(lateness);
        for (own, other) in self.dead_by_reason.iter_mut().zip(other.dead_by_reason) {
            *own += other;
        }
        self.ended_ms = self.ended_ms.max(other.ended_ms);
        if let Some(counts) = &other.counts {
            self.add_counts(counts);
        }
    }

    fn add_counts(&mut self, counts: &Counts) {
        match &mut self.counts {
            Some(own) => own.merge(counts),
            None => self.counts = Some(Box::new(counts.clone())),
        }
    }
}

/// A line that was not applied.
#[derive(Debug, PartialEq, Eq)]
pub struct DeadLine {
    /// From 1, blank and bad lines included.
    pub line: u64,
    pub reject: Reject,
    pub original: Vec<u8>,
}

/// A replay line by line, with all accounts in one shard.
#[derive(Debug)]
pub struct Replay {
    shard: Shard,
    options: ReplayOptions,
    line: u64,
    results: Results,
}

impl Replay {
    pub fn new(playbook: Arc<Playbook>, options: ReplayOptions) -> Self {
        Self { shard: Shard::whole(playbook, &options), options, line: 0, results: Results::default() }
    }

    pub fn engine(&self) -> &Engine {
        self.shard.engine()
    }

    pub fn summary(&self) -> &Summary {
        &self.results.summary
    }

    /// Takes in the next line, without its line end. Effects gather until they are drained.
    pub fn line(&mut self, text: &[u8]) -> Result<(), Reject> {
        self.line += 1;
        let line = Line { place: self.line, number: self.line };
        let Some(decoded) = block::decode_line(text, &self.options) else { return Ok(()) };
        self.results.summary.lines += 1;
        let result = decoded.map_err(|reject| *reject).and_then(|event| self.shard.apply(line, &event, Hint::default(), &mut self.results));
        if let Err(reject) = &result {
            self.results.count_dead(reject);
        }
        result
    }

    /// The end of the input: the clock moves to `until`, or to the greatest time that moved a clock, and every account lives up to it.
    pub fn finish(&mut self) {
        let end_ms = self.options.until_ms.or_else(|| self.engine().latest_ms());
        self.shard.finish(end_ms, &mut self.results);
    }

    /// Hands over the effects gathered so far.
    pub fn drain(&mut self, mut take: impl FnMut(CloudEvent)) {
        for (_, effect) in self.results.effects.drain(..) {
            take(CloudEvent::new(&effect, self.shard.engine().playbook()));
        }
    }
}
