//! Segments: groups of accounts by condition, and what is usual in each.

use super::check::ConditionOf;
use super::condition::{Condition, Decimal};
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::problem::quoted;
use super::reader::{Entry, WAIT_DAYS_MAX};
use super::{PACES, Pace};

/// Most segments.
pub(super) const SEGMENTS_MAX: usize = 1000;
const BENCHMARKS_MAX: usize = 100;

/// A group of accounts.
#[derive(Debug)]
pub struct Segment {
    pub id: String,
    /// Over the account.
    pub when: Condition,
    /// For how long `when` must have been true for an account to enter, and false for it to leave.
    pub for_days: u16,
    pub clear_days: u16,
    /// As written; see [`Segment::is_daily`].
    pub judge: Option<Pace>,
    pub is_daily: bool,
    /// What is usual in it, by name; sorted.
    pub benchmarks: Vec<(String, Decimal)>,
}

impl<'n> Loader<'n> {
    pub(super) fn segment(&mut self, index: usize, entry: Entry<'n>) -> Option<Segment> {
        self.read_at(Place::Segment(index), Site::Segment(index), None);
        let what = format!("segment {}", quoted(entry.key));
        self.subject_id(entry, "a segment's id");
        let fields =
            self.reader.fields(entry.value, &what, entry.key_position, &["when", "for_days", "clear_days", "judge", "benchmarks"])?;
        let when = self.reader.required(&fields, "when").and_then(|node| self.condition(node, "when", ConditionOf::Account));
        let [for_days, clear_days] = ["for_days", "clear_days"].map(|key| {
            let node = fields.get(key)?;
            self.reader.whole_number(node, &format!("`{key}` of {what}"), 0..=WAIT_DAYS_MAX)
        });
        let judge = fields.get("judge").and_then(|node| self.reader.choice(node, "pace", &PACES));
        let mut benchmarks = Vec::new();
        if let Some(node) = fields.get("benchmarks") {
            let entries = self.reader.mapping(node, &format!("`benchmarks` of {what}")).unwrap_or_default();
            for entry in self.reader.at_most(entries, BENCHMARKS_MAX, &format!("benchmarks of {what}")) {
                self.name_bytes(entry, "a benchmark's name");
                let number = self.reader.decimal(entry.value, &format!("the benchmark {} of {what}", quoted(entry.key)));
                benchmarks.extend(number.map(|number| (entry.key.to_owned(), number)));
            }
        }
        benchmarks.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (for_days, clear_days) = (for_days.unwrap_or(0) as u16, clear_days.unwrap_or(0) as u16);
        // Unless it says otherwise.
        let is_daily = judge != Some(Pace::Live);
        Some(Segment { id: entry.key.to_owned(), when: when?, for_days, clear_days, judge, is_daily, benchmarks })
    }
}
