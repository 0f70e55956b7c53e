//! What is needed to send the records of a commit again that met a rebalance.
//!
//! While a rebalance is under way, the group refuses the offsets of members that have not heard of its new generation yet. That says nothing
//! against what they hold: the transaction is aborted, so nobody has seen anything of it, and a little later the same is accepted. A task has
//! forgotten by then what it handed out; so its records are kept here, to come first in the next transaction.

use std::time::{Duration, Instant};

use crate::task::{OutputTopic, Publish};

/// What is kept of a buffer between commits: so much, and several times what the last commit needed, as growing it anew for each of many
/// large ones would cost more than filling it. A larger one is for a backlog or for the last commit of a partition.
const BUFFER_BYTES: usize = 1 << 20;
const TIMES_NEEDED: usize = 4;

/// The records of a partition that were handed out for a commit that has not succeeded yet, in order.
#[derive(Debug, Default)]
pub struct Unsent {
    records: Vec<Shape>,
    /// Of the records' headers, one record after the other: the lengths of name and value.
    headers: Vec<(usize, usize)>,
    /// Of each record the key, the value, then names and values of its headers.
    bytes: Vec<u8>,
}

/// Where a record ends in the bytes follows from where it begins.
#[derive(Debug)]
struct Shape {
    topic: OutputTopic,
    key: Option<usize>,
    value: Option<usize>,
    headers: usize,
}

impl Unsent {
    pub fn note(&mut self, publish: &Publish<'_>) {
        let (key, value) = (publish.key.map(<[u8]>::len), publish.value.map(<[u8]>::len));
        self.records.push(Shape { topic: publish.topic, key, value, headers: publish.headers.len() });
        self.bytes.extend_from_slice(publish.key.unwrap_or_default());
        self.bytes.extend_from_slice(publish.value.unwrap_or_default());
        for (name, value) in publish.headers {
            self.headers.push((name.len(), value.len()));
            self.bytes.extend_from_slice(name.as_bytes());
            self.bytes.extend_from_slice(value);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Hands every record to the sink, as it was noted.
    pub fn each<E>(&self, mut sink: impl FnMut(&Publish<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut rest = self.bytes.as_slice();
        let mut take = |bytes: usize| {
            let (taken, behind) = rest.split_at(bytes);
            rest = behind;
            taken
        };
        let mut lengths = self.headers.iter();
        let mut headers: Vec<(&str, &[u8])> = Vec::new();
        for record in &self.records {
            let key = record.key.map(&mut take);
            let value = record.value.map(&mut take);
            headers.clear();
            for (name, value) in lengths.by_ref().take(record.headers) {
                let name = std::str::from_utf8(take(*name)).expect("noted as text");
                headers.push((name, take(*value)));
            }
            sink(&Publish { topic: record.topic, key, value, headers: &headers })?;
        }
        Ok(())
    }

    pub fn clear(&mut self) {
        clear(&mut self.records);
        clear(&mut self.headers);
        clear(&mut self.bytes);
    }
}

fn clear<T>(buffer: &mut Vec<T>) {
    let kept = (buffer.len() * TIMES_NEEDED).max(BUFFER_BYTES / size_of::<T>());
    buffer.clear();
    buffer.shrink_to(kept);
}

/// The first pause after a refusal; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(10);
/// Up to 160 ms: as slow as a person would call at once.
const DOUBLINGS: u32 = 4;

/// The group refuses what is committed, and when to try again.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    since: Instant,
    times: u32,
    pub retry_at: Instant,
}

impl Refusal {
    /// Refused now, and `before`, if that is so.
    pub fn after(before: Option<Self>, now: Instant) -> Self {
        let (since, times) = before.map_or((now, 0), |before| (before.since, before.times + 1));
        Self { since, times, retry_at: now + PAUSE * (1 << times.min(DOUBLINGS)) }
    }

    pub fn lasts(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Record = (OutputTopic, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(String, Vec<u8>)>);

    fn owned(publish: &Publish<'_>) -> Record {
        let headers = publish.headers.iter().map(|(name, value)| (name.to_string(), value.to_vec())).collect();
        (publish.topic, publish.key.map(<[u8]>::to_vec), publish.value.map(<[u8]>::to_vec), headers)
    }

    #[test]
    fn records_come_back_byte_for_byte_and_in_order() {
        let records = [
            Publish { topic: OutputTopic::Alerts, key: Some(b"a"), value: Some(b"{}"), headers: &[("ce_id", b"1"), ("ce_type", b"")] },
            Publish { topic: OutputTopic::DeadLetters, key: None, value: Some(&[0, 255, 7]), headers: &[("größe", &[128])] },
            // Empty is not the same as none.
            Publish { topic: OutputTopic::DeadLetters, key: Some(b""), value: None, headers: &[] },
            Publish { topic: OutputTopic::Changelog, key: Some(b"\0k"), value: Some(b""), headers: &[] },
            Publish { topic: OutputTopic::Changelog, key: Some(b"last"), value: Some(b"value"), headers: &[("", b"x")] },
        ];
        let mut unsent = Unsent::default();
        for round in 0..2 {
            assert!(unsent.is_empty());
            records.iter().for_each(|record| unsent.note(record));
            assert_eq!(unsent.len(), records.len());
            // As often as it takes.
            for _ in 0..2 {
                let mut back = Vec::new();
                let Ok(()) = unsent.each(|record| -> Result<(), std::convert::Infallible> {
                    back.push(owned(record));
                    Ok(())
                });
                assert_eq!(back, records.each_ref().map(owned), "round {round}");
            }
            unsent.clear();
        }
    }

    #[test]
    fn the_first_failure_ends_it() {
        let mut unsent = Unsent::default();
        for key in [b"1", b"2", b"3"] {
            unsent.note(&Publish { topic: OutputTopic::Changelog, key: Some(key), value: None, headers: &[] });
        }
        let mut sent = 0;
        let result = unsent.each(|_| {
            sent += 1;
            if sent == 2 { Err("full") } else { Ok(()) }
        });
        assert_eq!((result, sent, unsent.len()), (Err("full"), 2, 3));
    }

    #[test]
    fn the_buffer_is_large_for_as_long_as_commits_are() {
        let mut unsent = Unsent::default();
        let mut commit = |bytes: usize| {
            unsent.note(&Publish { topic: OutputTopic::Changelog, key: None, value: Some(&vec![1; bytes]), headers: &[] });
            unsent.clear();
            unsent.bytes.capacity()
        };
        assert!(commit(9 * BUFFER_BYTES) >= 9 * BUFFER_BYTES);
        assert!(commit(8 * BUFFER_BYTES) >= 9 * BUFFER_BYTES);
        let left = commit(1);
        assert!(left < 2 * BUFFER_BYTES, "{left}");
    }

    #[test]
    fn refusals_in_a_row_are_answered_ever_later_within_bounds() {
        let start = Instant::now();
        let (mut now, mut refusal, mut pauses) = (start, None, Vec::new());
        for _ in 0..6 {
            let next = Refusal::after(refusal, now);
            pauses.push((next.retry_at - now).as_millis());
            now = next.retry_at;
            refusal = Some(next);
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 160]);
        assert_eq!(refusal.expect("refused").lasts(now), Duration::from_millis(470));
    }
}
