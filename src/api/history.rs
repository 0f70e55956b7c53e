//! What was published about an account, the newest first: the topics of outputs, read backwards, for so long as a page may take.
//!
//! Each topic is read in stretches from its end on, the topic first whose last stretch began latest. An event is told once no unread stretch
//! can hold a newer one. The token of the next page says, by topic, before which offset it goes on.

use std::time::{Duration, Instant};

use rdkafka::error::KafkaResult;

use super::changes::TOPICS;
use crate::kafka::Connection;
use crate::kafka::outputs::Outputs;
use crate::output::structured;

/// How long the topics are read for one page.
pub const TIME: Duration = Duration::from_secs(2);
/// Offsets of a stretch.
const STRETCH: i64 = 2_000;

/// An output about the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub written_ms: i64,
    pub offset: i64,
    /// A CloudEvent in structured mode.
    pub event: String,
}

/// The topics, each read where the account's outputs are.
pub trait Logs {
    fn count(&self) -> usize;

    /// First offset, and the one after the last.
    fn ends(&self, log: usize) -> KafkaResult<(i64, i64)>;

    /// When the oldest record of a stretch was written, and what of it is about the account. `None`: the time was over before.
    fn stretch(&self, log: usize, from: i64, until: i64, deadline: Instant) -> KafkaResult<Option<(i64, Vec<Entry>)>>;
}

/// The topics' partitions that hold what is published of an account.
pub struct Topics {
    outputs: Outputs,
    logs: Vec<(String, i32)>,
    account: String,
}

impl Topics {
    pub fn open(connection: &Connection, account: &str) -> KafkaResult<Self> {
        let outputs = Outputs::new(connection, "history")?;
        let mut logs = Vec::new();
        for topic in TOPICS {
            let name = connection.topics.name(topic);
            logs.push((name.to_owned(), connection.partition_of(account.as_bytes(), outputs.partitions(name)?)));
        }
        Ok(Self { outputs, logs, account: account.to_owned() })
    }
}

impl Logs for Topics {
    fn count(&self) -> usize {
        self.logs.len()
    }

    fn ends(&self, log: usize) -> KafkaResult<(i64, i64)> {
        let (topic, partition) = &self.logs[log];
        self.outputs.ends(topic, *partition)
    }

    fn stretch(&self, log: usize, from: i64, until: i64, deadline: Instant) -> KafkaResult<Option<(i64, Vec<Entry>)>> {
        let (topic, partition) = &self.logs[log];
        let (mut oldest, mut entries) = (i64::MAX, Vec::new());
        let is_whole = self.outputs.range((topic, *partition), (from, until), deadline, |output| {
            oldest = oldest.min(output.written_ms);
            if output.key == self.account.as_bytes()
                && let Some(event) = structured(&output.headers, output.value)
            {
                entries.push(Entry { written_ms: output.written_ms, offset: output.offset, event });
            }
        })?;
        Ok(is_whole.then_some((oldest, entries)))
    }
}

/// One of the logs, as far as it was read.
struct Log {
    first: i64,
    /// What lies before is not read yet.
    upper: i64,
    /// No unread record is newer.
    newest_ms: i64,
    found: Vec<Entry>,
}

/// At most so many entries, and where the next page goes on; `None`: there is none.
pub fn page(logs: &impl Logs, size: usize, before: Option<&[i64]>, deadline: Instant) -> KafkaResult<(Vec<Entry>, Option<Vec<i64>>)> {
    let mut open = Vec::with_capacity(logs.count());
    for index in 0..logs.count() {
        let (first, end) = logs.ends(index)?;
        let upper = before.map_or(end, |before| before[index].min(end));
        open.push(Log { first, upper, newest_ms: i64::MAX, found: Vec::new() });
    }
    while ready(&open) < size {
        let unread = open.iter().enumerate().filter(|(_, log)| log.upper > log.first);
        let Some((index, _)) = unread.max_by_key(|(_, log)| log.newest_ms) else { break };
        let from = (open[index].upper - STRETCH).max(open[index].first);
        let Some((oldest, entries)) = logs.stretch(index, from, open[index].upper, deadline)? else { break };
        let log = &mut open[index];
        log.upper = from;
        log.newest_ms = log.newest_ms.min(oldest);
        log.found.extend(entries);
    }
    Ok(told(open, size))
}

/// What may be told: nothing unread is newer.
fn bound(open: &[Log]) -> i64 {
    open.iter().filter(|log| log.upper > log.first).map(|log| log.newest_ms).max().unwrap_or(i64::MIN)
}

fn ready(open: &[Log]) -> usize {
    let bound = bound(open);
    open.iter().flat_map(|log| &log.found).filter(|entry| entry.written_ms >= bound).count()
}

fn told(open: Vec<Log>, size: usize) -> (Vec<Entry>, Option<Vec<i64>>) {
    let bound = bound(&open);
    let mut before: Vec<i64> = open.iter().map(|log| log.upper).collect();
    let firsts: Vec<i64> = open.iter().map(|log| log.first).collect();
    let mut all: Vec<(usize, Entry)> =
        open.into_iter().enumerate().flat_map(|(log, open)| open.found.into_iter().map(move |entry| (log, entry))).collect();
    all.sort_by(|(one_log, one), (other_log, other)| {
        (other.written_ms, *one_log, other.offset).cmp(&(one.written_ms, *other_log, one.offset))
    });
    let count = all.iter().filter(|(_, entry)| entry.written_ms >= bound).count().min(size);
    let left = all.split_off(count);
    for (log, entry) in left {
        before[log] = before[log].max(entry.offset + 1);
    }
    let more = before.iter().zip(&firsts).any(|(before, first)| before > first);
    (all.into_iter().map(|(_, entry)| entry).collect(), more.then_some(before))
}

/// A token that holds for this account alone.
pub fn token(account: &str, before: &[i64]) -> String {
    let offsets: Vec<String> = before.iter().map(i64::to_string).collect();
    format!("{:08x}.{}", crc32fast::hash(account.as_bytes()), offsets.join("."))
}

/// `None`: it is none, or another account's.
pub fn read_token(account: &str, token: &str) -> Option<Vec<i64>> {
    let (of, offsets) = token.split_once('.')?;
    let offsets: Vec<i64> = offsets.split('.').map(|offset| offset.parse().ok().filter(|offset| *offset >= 0)).collect::<Option<_>>()?;
    (of == format!("{:08x}", crc32fast::hash(account.as_bytes())) && offsets.len() == TOPICS.len()).then_some(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::random::Random;

    /// Logs of (written, whether it is about the account), from an offset on.
    struct Written(Vec<(i64, Vec<(i64, bool)>)>);

    impl Logs for Written {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn ends(&self, log: usize) -> KafkaResult<(i64, i64)> {
            let (first, records) = &self.0[log];
            Ok((*first, first + records.len() as i64))
        }

        fn stretch(&self, log: usize, from: i64, until: i64, _: Instant) -> KafkaResult<Option<(i64, Vec<Entry>)>> {
            let (first, records) = &self.0[log];
            let read = &records[(from - first) as usize..(until - first) as usize];
            let entry = |(index, (written_ms, ours)): (usize, &(i64, bool))| {
                let offset = from + index as i64;
                ours.then(|| Entry { written_ms: *written_ms, offset, event: format!("{log}/{offset}") })
            };
            let oldest = read.iter().map(|(written, _)| *written).min().unwrap_or(i64::MAX);
            Ok(Some((oldest, read.iter().enumerate().filter_map(entry).collect())))
        }
    }

    #[test]
    fn pages_hold_everything_once_and_the_newest_first() {
        for seed in 1..40 {
            let mut random = Random::new(seed);
            let mut logs = Vec::new();
            for _ in 0..3 {
                let mut written = 0;
                let records = (0..random.below(9_000)).map(|_| {
                    written += random.below(4) as i64;
                    (written, random.below(60) == 0)
                });
                let records: Vec<(i64, bool)> = records.collect();
                logs.push((random.below(50) as i64, records));
            }
            let expected: usize = logs.iter().flat_map(|(_, records)| records).filter(|(_, ours)| *ours).count();
            let logs = Written(logs);
            let (mut told, mut before) = (Vec::new(), None);
            loop {
                let (entries, next) = page(&logs, 50, before.as_deref(), Instant::now()).expect("no broker is needed");
                assert!(entries.len() <= 50, "seed {seed}");
                told.extend(entries);
                before = next;
                if before.is_none() {
                    break;
                }
            }
            assert!(told.is_sorted_by(|one, other| one.written_ms >= other.written_ms), "seed {seed}");
            told.sort_by(|one, other| one.event.cmp(&other.event));
            told.dedup();
            assert_eq!(told.len(), expected, "seed {seed}");
        }
    }

    #[test]
    fn a_token_is_of_one_account() {
        let token = token("acme", &[1, 2, 3, 4, 5, 6]);
        assert_eq!(read_token("acme", &token), Some(vec![1, 2, 3, 4, 5, 6]));
        for (account, token) in [("globex", &*token), ("acme", "1"), ("acme", ""), ("acme", &token[..token.len() - 2]), ("acme", "0.-1")] {
            assert_eq!(read_token(account, token), None, "{token}");
        }
    }
}
