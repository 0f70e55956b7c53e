//! What became of many records.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Outcome, RejectedReason};

/// Counts, and the span of what was mapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that were read, those among them that are no JSON too.
    pub read: u64,
    /// Native records by type.
    pub mapped: BTreeMap<&'static str, u64>,
    pub unmapped: u64,
    pub dropped: u64,
    pub rejected: BTreeMap<RejectedReason, u64>,
    /// Unix milliseconds of the first and the last by time.
    pub span_ms: Option<(i64, i64)>,
}

impl Tally {
    pub fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Native(native) => {
                *self.mapped.entry(native.input_type.as_str()).or_default() += 1;
                let (first, last) = self.span_ms.unwrap_or((native.time_ms, native.time_ms));
                self.span_ms = Some((first.min(native.time_ms), last.max(native.time_ms)));
            }
            Outcome::Unmapped => self.unmapped += 1,
            Outcome::Dropped => self.dropped += 1,
            Outcome::Rejected(rejected) => *self.rejected.entry(rejected.reason).or_default() += 1,
        }
    }

    pub fn add_all(&mut self, other: &Tally) {
        let Tally { read, mapped, unmapped, dropped, rejected, span_ms } = other;
        self.read += read;
        self.unmapped += unmapped;
        self.dropped += dropped;
        for (word, count) in mapped {
            *self.mapped.entry(word).or_default() += count;
        }
        for (reason, count) in rejected {
            *self.rejected.entry(*reason).or_default() += count;
        }
        self.span_ms = match (self.span_ms, span_ms) {
            (Some((first, last)), Some((other_first, other_last))) => Some((first.min(*other_first), last.max(*other_last))),
            (own, other) => own.or(*other),
        };
    }

    pub fn total_mapped(&self) -> u64 {
        self.mapped.values().sum()
    }

    pub fn total_rejected(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Records were read, and none was mapped: in words.
    pub fn in_vain(&self) -> Option<String> {
        (self.read > 0 && self.total_mapped() == 0).then(|| format!("{} records were read, and none was mapped", self.read))
    }

    /// For people, a line for each kind of outcome.
    pub fn summary(&self) -> String {
        let Self { read, mapped, unmapped, dropped, rejected, .. } = self;
        let total = self.total_mapped();
        let mut text =
            format!("{read} records read: {total} mapped, {unmapped} unmapped, {dropped} dropped, {} rejected\n", self.total_rejected());
        for (word, count) in mapped {
            let _ = writeln!(text, "  mapped, {word}: {count}");
        }
        for (reason, count) in rejected {
            let _ = writeln!(text, "  rejected, {reason}: {count}");
        }
        text
    }
}
