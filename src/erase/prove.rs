//! What the topics hold of an id, and until when the brokers may keep it.

use std::collections::{BTreeMap, HashMap};

use super::Whom;
use super::held::Traces;
use crate::engine::rfc3339;
use crate::kafka::reader::Reader;
use crate::partition::Record;

/// Records of one topic, of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub records: u64,
    /// The latest time that one of them bears; of what was replaced, the latest of what replaced it. Unix milliseconds.
    pub latest_ms: i64,
}

/// What a topic holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub topic: String,
    /// Records that stand as long as the topic keeps any.
    pub standing: Span,
    /// Of a compacted topic: those that a later record of their key has replaced, and which are gone once the topic is compacted.
    pub replaced: Span,
    /// Of a compacted topic: records without a value, which hold the id in their keys.
    pub tombstones: Span,
    settings: BTreeMap<String, String>,
}

impl Span {
    fn add(&mut self, at_ms: i64) {
        self.records += 1;
        self.latest_ms = self.latest_ms.max(at_ms);
    }
}

impl Held {
    fn new(topic: &str, settings: BTreeMap<String, String>) -> Self {
        Self { topic: topic.to_owned(), settings, ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        [self.standing, self.replaced, self.tombstones].iter().all(|span| span.records == 0)
    }

    fn is_compacted(&self) -> bool {
        self.settings.get("cleanup.policy").is_some_and(|policy| policy.contains("compact"))
    }

    fn setting(&self, name: &str) -> Option<i64> {
        self.settings.get(name)?.parse().ok()
    }

    /// What is held, in sentences: how many records, and until when.
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut tell = |span: Span, what: &str, until: String| {
            if span.records > 0 {
                let records = if span.records == 1 { "1 record".to_owned() } else { format!("{} records", span.records) };
                told.push(format!("{}: {records}{what}, {until}", self.topic));
            }
        };
        tell(self.standing, "", self.standing_until());
        tell(self.replaced, " that later ones have replaced", self.compacted_by(self.replaced, 0));
        tell(
            self.tombstones,
            " without a value",
            self.compacted_by(self.tombstones, self.setting("delete.retention.ms").unwrap_or(86_400_000)),
        );
        told
    }

    /// A segment goes whole, once its last record is old enough, and is begun anew after `segment.ms` at the latest.
    fn standing_until(&self) -> String {
        if self.is_compacted() {
            return "as long as no later record of the same key replaces them: they are not the account's own".to_owned();
        }
        match (self.setting("retention.ms"), self.setting("segment.ms")) {
            (Some(..0), _) => "for ever: retention.ms is -1".to_owned(),
            (Some(retention_ms), segment_ms) => {
                let until_ms = self.standing.latest_ms.saturating_add(retention_ms).saturating_add(segment_ms.unwrap_or(0));
                format!("gone by {} (retention.ms {retention_ms}, segment.ms {})", day(until_ms), segment_ms.unwrap_or(0))
            }
            (None, _) => "until the retention of the topic, whose settings could not be read (DescribeConfigs)".to_owned(),
        }
    }

    fn compacted_by(&self, span: Span, more_ms: i64) -> String {
        // The brokers' default is the greatest number there is.
        match self.setting("max.compaction.lag.ms").filter(|lag_ms| *lag_ms < i64::MAX) {
            Some(lag_ms) => {
                let until_ms = span.latest_ms.saturating_add(lag_ms).saturating_add(more_ms);
                format!("gone by {} (max.compaction.lag.ms {lag_ms})", day(until_ms))
            }
            None => "gone once the topic is compacted, which max.compaction.lag.ms does not bound: set it".to_owned(),
        }
    }
}

fn day(at_ms: i64) -> String {
    rfc3339(at_ms).chars().take(10).collect()
}

/// Reads topics whole, also what transactions took back, and tells of each what it holds. `topics`: each with its number of partitions and its
/// settings.
///
/// # Errors
///
/// A topic that cannot be read.
pub fn prove(
    reader: &Reader,
    whom: &Whom,
    topics: impl IntoIterator<Item = (String, i32, BTreeMap<String, String>)>,
) -> anyhow::Result<Vec<Held>> {
    let (traces, mut all) = (Traces::new(whom), Vec::new());
    for (topic, partitions, settings) in topics {
        let mut held = Held::new(&topic, settings);
        for partition in 0..partitions {
            let mut of_partition = OfPartition::new(&traces, held.is_compacted());
            reader.read_whole(&topic, partition, &mut |record| of_partition.take(record))?;
            of_partition.end(&mut held);
        }
        all.push(held);
    }
    Ok(all)
}

/// What one partition holds. Of a key the last record stands.
struct OfPartition<'t> {
    traces: &'t Traces<'t>,
    is_compacted: bool,
    standing: Span,
    replaced: Span,
    /// By key, the records that hold the id and that nothing has replaced so far, of a compacted topic: their times, and whether it is a tombstone.
    last: HashMap<Vec<u8>, (i64, bool)>,
}

impl<'t> OfPartition<'t> {
    fn new(traces: &'t Traces<'t>, is_compacted: bool) -> Self {
        Self { traces, is_compacted, standing: Span::default(), replaced: Span::default(), last: HashMap::new() }
    }

    fn take(&mut self, record: &Record<'_>) {
        let (at_ms, key) = (record.timestamp_ms, record.key.unwrap_or_default());
        if self.is_compacted && self.last.remove(key).is_some() {
            self.replaced.add(at_ms);
        }
        if !self.traces.are_in(record) {
            return;
        }
        if self.is_compacted {
            self.last.insert(key.to_vec(), (at_ms, record.value.is_none()));
        } else {
            self.standing.add(at_ms);
        }
    }

    fn end(self, held: &mut Held) {
        for (at_ms, is_tombstone) in self.last.into_values() {
            if is_tombstone { held.tombstones.add(at_ms) } else { held.standing.add(at_ms) }
        }
        for (all, own) in [(&mut held.standing, self.standing), (&mut held.replaced, self.replaced)] {
            all.records += own.records;
            all.latest_ms = all.latest_ms.max(own.latest_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;
    const AT_MS: i64 = 20_000 * DAY_MS;

    fn held(settings: &[(&str, &str)], records: &[(&str, Option<&str>)]) -> Held {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut held = Held::new("t", settings);
        let whom = Whom { account: "acme".to_owned(), user: None };
        let traces = Traces::new(&whom);
        let mut of_partition = OfPartition::new(&traces, held.is_compacted());
        for (offset, (key, value)) in (0..).zip(records) {
            let record = Record { timestamp_ms: AT_MS + offset, ..Record::bare(offset, key.as_bytes(), value.map(str::as_bytes)) };
            of_partition.take(&record);
        }
        of_partition.end(&mut held);
        held
    }

    #[test]
    fn what_is_held_is_told_with_its_end() {
        let (a, b) = (r#"{"account":"acme"}"#, r#"{"parent":"acme"}"#);
        let deleted = [("cleanup.policy", "delete"), ("retention.ms", "864000000"), ("segment.ms", "86400000")];
        let compacted = [("cleanup.policy", "compact"), ("max.compaction.lag.ms", "86400000"), ("delete.retention.ms", "86400000")];
        let told = |settings: &[(&str, &str)], records: &[(&str, Option<&str>)]| held(settings, records).told();
        assert_eq!(
            told(&deleted, &[("acme", Some(a)), ("globex", Some("{}")), ("acme", Some(a))]),
            ["t: 2 records, gone by 2024-10-15 (retention.ms 864000000, segment.ms 86400000)"]
        );
        assert_eq!(
            told(&[("cleanup.policy", "delete"), ("retention.ms", "-1")], &[("acme", Some(a))]),
            ["t: 1 record, for ever: retention.ms is -1"]
        );
        assert_eq!(
            told(&compacted, &[("acme", Some(a)), ("acme", Some(a)), ("acme", None), ("globex", Some(b))]),
            [
                "t: 1 record, as long as no later record of the same key replaces them: they are not the account's own",
                "t: 2 records that later ones have replaced, gone by 2024-10-05 (max.compaction.lag.ms 86400000)",
                "t: 1 record without a value, gone by 2024-10-06 (max.compaction.lag.ms 86400000)",
            ]
        );
        assert_eq!(
            told(&[("cleanup.policy", "compact")], &[("k", Some(a)), ("k", Some("{}"))]),
            [
                "t: 1 record that later ones have replaced, gone once the topic is compacted, which max.compaction.lag.ms does not bound: set it"
            ]
        );
        assert!(held(&deleted, &[("globex", Some("{}"))]).is_empty());
    }
}
