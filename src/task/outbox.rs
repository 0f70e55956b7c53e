//! The records that wait for the next transaction.
//!
//! One buffer holds them all, as they are to be published, from the moment they arise until a transaction with them has committed. So a
//! transaction that the group refuses while a rebalance is under way, which says nothing against what it held, is simply made again.

use crate::output::OutputTopic;

/// What is kept of a buffer between commits: so much, and several times what the last commit needed, as growing it anew for each of many
/// large ones would cost more than filling it. A larger one is for the last commit of a partition, or for a playbook that changes all accounts.
const BUFFER_BYTES: usize = 1 << 20;
const TIMES_NEEDED: usize = 4;

/// A record to be published in the next transaction.
#[derive(Clone, Debug)]
pub struct Publish<'a> {
    pub topic: OutputTopic,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: HeaderPairs<'a>,
}

/// Names and values of a record's headers, in order.
#[derive(Clone, Debug)]
pub struct HeaderPairs<'a> {
    lengths: &'a [(usize, usize)],
    bytes: &'a [u8],
}

impl<'a> Iterator for HeaderPairs<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&(name, value), rest) = self.lengths.split_first()?;
        self.lengths = rest;
        let name = std::str::from_utf8(take(&mut self.bytes, name)).expect("pushed as text");
        Some((name, take(&mut self.bytes, value)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.lengths.len(), Some(self.lengths.len()))
    }
}

impl ExactSizeIterator for HeaderPairs<'_> {}

/// The records of a partition that no transaction has committed yet, in order.
#[derive(Debug, Default)]
pub struct Outbox {
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

impl Outbox {
    pub fn push<'a>(
        &mut self,
        topic: OutputTopic,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) {
        self.bytes.extend_from_slice(key.unwrap_or_default());
        self.bytes.extend_from_slice(value.unwrap_or_default());
        let headers_before = self.headers.len();
        for (name, value) in headers {
            self.headers.push((name.len(), value.len()));
            self.bytes.extend_from_slice(name.as_bytes());
            self.bytes.extend_from_slice(value);
        }
        let headers = self.headers.len() - headers_before;
        self.records.push(Shape { topic, key: key.map(<[u8]>::len), value: value.map(<[u8]>::len), headers });
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Of keys, values and headers.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = Publish<'_>> {
        let (mut bytes, mut lengths) = (self.bytes.as_slice(), self.headers.as_slice());
        self.records.iter().map(move |record| {
            let key = record.key.map(|length| take(&mut bytes, length));
            let value = record.value.map(|length| take(&mut bytes, length));
            let of_record = lengths.split_off(..record.headers).expect("as many as were pushed");
            let length = of_record.iter().map(|(name, value)| name + value).sum();
            let headers = HeaderPairs { lengths: of_record, bytes: take(&mut bytes, length) };
            Publish { topic: record.topic, key, value, headers }
        })
    }

    /// A transaction with all of them has committed.
    pub fn clear(&mut self) {
        clear(&mut self.records);
        clear(&mut self.headers);
        clear(&mut self.bytes);
    }
}

/// Cuts off the first so many.
fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    bytes.split_off(..length).expect("as many as were pushed")
}

fn clear<T>(buffer: &mut Vec<T>) {
    let kept = (buffer.len() * TIMES_NEEDED).max(BUFFER_BYTES / size_of::<T>());
    buffer.clear();
    buffer.shrink_to(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    type Record<'a> = (OutputTopic, Option<&'a [u8]>, Option<&'a [u8]>, Vec<(&'a str, &'a [u8])>);

    #[test]
    fn records_come_back_byte_for_byte_and_in_order() {
        let records: [Record<'_>; 5] = [
            (OutputTopic::Alerts, Some(b"a"), Some(b"{}"), vec![("ce_id", b"1"), ("ce_type", b"")]),
            (OutputTopic::DeadLetters, None, Some(&[0, 255, 7]), vec![("größe", &[128])]),
            // Empty is not the same as none.
            (OutputTopic::DeadLetters, Some(b""), None, vec![]),
            (OutputTopic::Changelog, Some(b"\0k"), Some(b""), vec![]),
            (OutputTopic::Changelog, Some(b"last"), Some(b"value"), vec![("", b"x")]),
        ];
        let mut outbox = Outbox::default();
        for round in 0..2 {
            assert!(outbox.is_empty());
            for (topic, key, value, headers) in &records {
                outbox.push(*topic, *key, *value, headers.iter().copied());
            }
            assert_eq!((outbox.len(), outbox.bytes()), (5, 39));
            // As often as it takes.
            for _ in 0..2 {
                let back: Vec<Record<'_>> =
                    outbox.iter().map(|record| (record.topic, record.key, record.value, record.headers.collect())).collect();
                assert_eq!(back, records, "round {round}");
            }
            outbox.clear();
        }
    }

    #[test]
    fn the_buffer_is_large_for_as_long_as_commits_are() {
        let mut outbox = Outbox::default();
        let mut commit = |bytes: usize| {
            outbox.push(OutputTopic::Changelog, None, Some(&vec![1; bytes]), []);
            outbox.clear();
            outbox.bytes.capacity()
        };
        assert!(commit(9 * BUFFER_BYTES) >= 9 * BUFFER_BYTES);
        assert!(commit(8 * BUFFER_BYTES) >= 9 * BUFFER_BYTES);
        let left = commit(1);
        assert!(left < 2 * BUFFER_BYTES, "{left}");
    }
}
