//! The records that wait for the next transaction.
//!
//! One buffer holds them all, as they are to be published, from the moment they arise until a transaction with them has committed. So a
//! transaction that the group refuses while a rebalance is under way, which says nothing against what it held, is simply made again.

use crate::topics::Topic;

/// The buffer grows by pieces of so many bytes: a larger one that is filled anew would be copied meanwhile, and the system clears its memory, a
/// millisecond for each half megabyte on a slow machine.
const CHUNK_BYTES: usize = 256 << 10;
/// What is kept of the buffer between commits: so many chunks, and several times what the last commit needed. A larger one is for the last commit
/// of a partition, or for a playbook that changes all accounts.
const CHUNKS_KEPT: usize = 4;
const TIMES_NEEDED: usize = 4;

/// A record to be published in the next transaction.
#[derive(Clone, Debug)]
pub struct Publish<'a> {
    pub topic: Topic,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: HeaderPairs<'a>,
}

/// Names and values of a record's headers, in order.
#[derive(Clone, Debug)]
pub struct HeaderPairs<'a> {
    lengths: &'a [(u32, u32)],
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
    chunks: Vec<Chunk>,
    /// Chunks that hold records; the others are kept for the next.
    used: usize,
}

#[derive(Debug, Default)]
struct Chunk {
    records: Vec<Shape>,
    /// Of the records' headers, one record after the other: the lengths of name and value.
    headers: Vec<(u32, u32)>,
    /// Of each record the key, the value, then names and values of its headers.
    bytes: Vec<u8>,
}

/// Where a record ends in its chunk follows from where it begins.
#[derive(Debug)]
struct Shape {
    topic: Topic,
    key: Option<u32>,
    value: Option<u32>,
    headers: u32,
}

impl Outbox {
    pub fn push<'a>(
        &mut self,
        topic: Topic,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])> + Clone,
    ) {
        let of_headers: usize = headers.clone().into_iter().map(|(name, value)| name.len() + value.len()).sum();
        let chunk = self.chunk_with_room_for(key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len) + of_headers);
        chunk.bytes.extend_from_slice(key.unwrap_or_default());
        chunk.bytes.extend_from_slice(value.unwrap_or_default());
        let headers_before = chunk.headers.len();
        for (name, value) in headers {
            chunk.headers.push((length(name.as_bytes()), length(value)));
            chunk.bytes.extend_from_slice(name.as_bytes());
            chunk.bytes.extend_from_slice(value);
        }
        let headers = (chunk.headers.len() - headers_before) as u32;
        chunk.records.push(Shape { topic, key: key.map(length), value: value.map(length), headers });
    }

    fn chunk_with_room_for(&mut self, bytes: usize) -> &mut Chunk {
        let has_room = |chunk: &Chunk| chunk.bytes.capacity() - chunk.bytes.len() >= bytes;
        if self.used == 0 || !has_room(&self.chunks[self.used - 1]) {
            if self.used == self.chunks.len() {
                self.chunks.push(Chunk::default());
            }
            // One that was kept may be too small for a long record.
            self.chunks[self.used].bytes.reserve(CHUNK_BYTES.max(bytes));
            self.used += 1;
        }
        &mut self.chunks[self.used - 1]
    }

    fn used(&self) -> &[Chunk] {
        &self.chunks[..self.used]
    }

    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Records.
    pub fn len(&self) -> usize {
        self.used().iter().map(|chunk| chunk.records.len()).sum()
    }

    /// Of keys, values and headers.
    pub fn bytes(&self) -> usize {
        self.used().iter().map(|chunk| chunk.bytes.len()).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = Publish<'_>> {
        self.used().iter().flat_map(Chunk::iter)
    }

    /// A transaction with all of them has committed.
    pub fn clear(&mut self) {
        self.chunks.truncate((self.used * TIMES_NEEDED).max(CHUNKS_KEPT));
        for chunk in &mut self.chunks {
            chunk.records.clear();
            chunk.headers.clear();
            chunk.bytes.clear();
            chunk.bytes.shrink_to(CHUNK_BYTES);
        }
        self.used = 0;
    }
}

impl Chunk {
    fn iter(&self) -> impl Iterator<Item = Publish<'_>> {
        let (mut bytes, mut lengths) = (self.bytes.as_slice(), self.headers.as_slice());
        self.records.iter().map(move |record| {
            let key = record.key.map(|length| take(&mut bytes, length));
            let value = record.value.map(|length| take(&mut bytes, length));
            let of_record = lengths.split_off(..record.headers as usize).expect("as many as were pushed");
            let length = of_record.iter().map(|(name, value)| name + value).sum();
            let headers = HeaderPairs { lengths: of_record, bytes: take(&mut bytes, length) };
            Publish { topic: record.topic, key, value, headers }
        })
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("Kafka's records are shorter than 2 GiB")
}

/// Cuts off the first so many.
fn take<'a>(bytes: &mut &'a [u8], length: u32) -> &'a [u8] {
    bytes.split_off(..length as usize).expect("as many as were pushed")
}

#[cfg(test)]
mod tests {
    use super::*;

    type Record<'a> = (Topic, Option<&'a [u8]>, Option<&'a [u8]>, Vec<(&'a str, &'a [u8])>);

    #[test]
    fn records_come_back_byte_for_byte_and_in_order() {
        let records: [Record<'_>; 5] = [
            (Topic::Alerts, Some(b"a"), Some(b"{}"), vec![("ce_id", b"1"), ("ce_type", b"")]),
            (Topic::DeadLetters, None, Some(&[0, 255, 7]), vec![("größe", &[128])]),
            // Empty is not the same as none.
            (Topic::DeadLetters, Some(b""), None, vec![]),
            (Topic::Changelog, Some(b"\0k"), Some(b""), vec![]),
            (Topic::Changelog, Some(b"last"), Some(b"value"), vec![("", b"x")]),
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
    fn records_fill_chunks_and_long_ones_have_one_of_their_own() {
        let lengths =
            [0, 1, CHUNK_BYTES - 1, 1, 0, 2, CHUNK_BYTES, 3 * CHUNK_BYTES, 5, CHUNK_BYTES / 2, CHUNK_BYTES / 2, CHUNK_BYTES / 2, 0];
        let mut outbox = Outbox::default();
        // The second time into chunks that are there, some of them too small.
        for round in 0..3 {
            for (number, length) in lengths.iter().enumerate() {
                outbox.push(Topic::Changelog, Some(&[number as u8]), Some(&vec![number as u8; *length]), []);
                outbox.push(Topic::Alerts, None, None, [("", &b""[..])]);
            }
            assert_eq!((outbox.len(), outbox.bytes()), (2 * lengths.len(), lengths.iter().map(|length| length + 1).sum()));
            let mut records = outbox.iter();
            for (number, length) in lengths.iter().enumerate() {
                let record = records.next().expect("pushed");
                assert_eq!(
                    (record.key, record.value),
                    (Some(&[number as u8][..]), Some(&vec![number as u8; *length][..])),
                    "round {round}"
                );
                let empty = records.next().expect("pushed");
                assert_eq!((empty.key, empty.value, empty.headers.collect::<Vec<_>>()), (None, None, vec![("", &b""[..])]));
            }
            assert!(records.next().is_none());
            drop(records);
            outbox.clear();
        }
    }

    #[test]
    fn the_buffer_is_large_for_as_long_as_commits_are() {
        let mut outbox = Outbox::default();
        let mut commit = |chunks: usize| {
            for _ in 0..chunks {
                outbox.push(Topic::Changelog, None, Some(&vec![1; CHUNK_BYTES]), []);
            }
            outbox.clear();
            outbox.chunks.len()
        };
        assert_eq!([36, 32, 9, 8, 2, 1, 1].map(&mut commit), [36, 36, 36, 32, 8, 4, 4]);
    }
}
