//! What of a record fits into a dead letter.
//!
//! The topic of the dead letters takes records up to a size, and a record that is larger ends the process, at each restart again. So the
//! value is cut to what is left beside the reason; where not even the original headers or the key leave room, they are left out. What was
//! taken away is said in headers, and the original stands at the topic, partition and offset named there.

use crate::input::Header;
use crate::partition::Outbox;
use crate::topics::Topic;

/// How many headers, and bytes of the key and of the value, the original had that was cut.
pub const ORIGINAL_HEADERS: &str = "adoption.original_headers";
pub const ORIGINAL_KEY_BYTES: &str = "adoption.original_key_bytes";
pub const ORIGINAL_BYTES: &str = "adoption.original_bytes";

/// The original record.
pub struct Letter<'r> {
    pub key: Option<&'r [u8]>,
    pub value: Option<&'r [u8]>,
    pub headers: Vec<Header<'r>>,
}

/// Where the original stands, at which stage it was given up, and why: the headers are those of Kafka Connect's dead letters.
#[derive(Clone, Debug)]
pub struct Why<'r> {
    topic: &'r str,
    partition: String,
    offset: String,
    stage: &'static str,
    reason: &'static str,
    message: &'r str,
}

impl<'r> Why<'r> {
    pub fn new((topic, partition, offset): (&'r str, i32, i64), stage: &'static str, reason: &'static str, message: &'r str) -> Self {
        Self { topic, partition: partition.to_string(), offset: offset.to_string(), stage, reason, message }
    }

    pub fn headers(&self) -> [(&'static str, &str); 6] {
        [
            ("__connect.errors.topic", self.topic),
            ("__connect.errors.partition", &self.partition),
            ("__connect.errors.offset", &self.offset),
            ("__connect.errors.stage", self.stage),
            ("__connect.errors.exception.class.name", self.reason),
            ("__connect.errors.exception.message", self.message),
        ]
    }
}

/// A batch's own 61 bytes, and of its single record the lengths, attributes and deltas (at most 36).
const FRAME_BYTES: usize = 100;
/// Lengths of a header's name and value.
const HEADER_BYTES: usize = 10;
/// What the headers that tell of a cut may take.
const TOLD_BYTES: usize = 120;

impl<'r> Letter<'r> {
    /// The letter as it fits into `bytes_max` together with the reason's headers, and the headers that tell what was taken away.
    pub fn cut(mut self, reason: &[(&str, &str)], bytes_max: usize) -> (Self, Vec<(&'static str, String)>) {
        let of_reason: usize = reason.iter().map(|(name, text)| HEADER_BYTES + name.len() + text.len()).sum();
        let room = bytes_max.saturating_sub(FRAME_BYTES + TOLD_BYTES + of_reason);
        let mut told = Vec::new();
        let key_bytes = self.key.map_or(0, <[u8]>::len);
        let headers_bytes: usize = self.headers.iter().map(|(name, value)| HEADER_BYTES + name.len() + value.len()).sum();
        if key_bytes + headers_bytes > room {
            told.push((ORIGINAL_HEADERS, self.headers.len().to_string()));
            self.headers.clear();
        }
        if key_bytes > room {
            told.push((ORIGINAL_KEY_BYTES, key_bytes.to_string()));
            self.key = None;
        }
        let taken = self.key.map_or(0, <[u8]>::len) + if self.headers.is_empty() { 0 } else { headers_bytes };
        if let Some(value) = self.value.filter(|value| taken + value.len() > room) {
            told.push((ORIGINAL_BYTES, value.len().to_string()));
            self.value = Some(&value[..room - taken]);
        }
        (self, told)
    }

    /// Has it published in the next transaction, cut to what the topic takes.
    pub fn push(self, outbox: &mut Outbox, topic: Topic, why: &[(&str, &str)], bytes_max: usize) {
        let (letter, cut) = self.cut(why, bytes_max);
        let told = why.iter().copied().chain(cut.iter().map(|(name, text)| (*name, text.as_str())));
        let headers = letter.headers.iter().copied().chain(told.map(|(name, text)| (name, text.as_bytes())));
        outbox.push(topic, letter.key, letter.value, headers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REASON: [(&str, &str); 1] = [("reason", "bad_json")];

    fn bytes(letter: &Letter<'_>, told: &[(&str, String)]) -> usize {
        let headers: usize = letter.headers.iter().map(|(name, value)| HEADER_BYTES + name.len() + value.len()).sum();
        let told: usize = told.iter().map(|(name, text)| HEADER_BYTES + name.len() + text.len()).sum();
        let reason: usize = REASON.iter().map(|(name, text)| HEADER_BYTES + name.len() + text.len()).sum();
        FRAME_BYTES + letter.key.map_or(0, <[u8]>::len) + letter.value.map_or(0, <[u8]>::len) + headers + told + reason
    }

    #[test]
    fn it_is_cut_to_what_the_topic_takes_and_says_so() {
        let (long, key, header) = ([b'x'; 5_000], [b'k'; 300], [b'h'; 300]);
        // (bytes of key, of the header and of the value; the topic's) → (key, header, bytes of the value; what is told)
        type Expected = (bool, bool, usize, &'static [&'static str]);
        let table: [(usize, usize, usize, usize, Expected); 7] = [
            (10, 10, 100, 1_000, (true, true, 100, &[])),
            (10, 10, 5_000, 10_000, (true, true, 5_000, &[])),
            (10, 10, 5_000, 1_000, (true, true, 725, &["adoption.original_bytes"])),
            (10, 300, 5_000, 600, (true, true, 35, &["adoption.original_bytes"])),
            (10, 300, 5_000, 500, (true, false, 246, &["adoption.original_headers", "adoption.original_bytes"])),
            (300, 10, 100, 500, (false, false, 100, &["adoption.original_headers", "adoption.original_key_bytes"])),
            (
                300,
                300,
                5_000,
                300,
                (false, false, 56, &["adoption.original_headers", "adoption.original_key_bytes", "adoption.original_bytes"]),
            ),
        ];
        for (of_key, of_header, of_value, bytes_max, expected) in table {
            let letter = Letter { key: Some(&key[..of_key]), value: Some(&long[..of_value]), headers: vec![("h", &header[..of_header])] };
            let (letter, told) = letter.cut(&REASON, bytes_max);
            let names: Vec<&str> = told.iter().map(|(name, _)| *name).collect();
            let found = (letter.key.is_some(), !letter.headers.is_empty(), letter.value.map_or(0, <[u8]>::len), &*names);
            assert_eq!(found, expected, "{of_key}, {of_header}, {of_value} into {bytes_max}");
            assert!(bytes(&letter, &told) <= bytes_max, "{} bytes into {bytes_max}", bytes(&letter, &told));
        }
    }

    #[test]
    fn a_tombstone_stays_one() {
        let (letter, told) = Letter { key: Some(b"a"), value: None, headers: Vec::new() }.cut(&REASON, 300);
        assert_eq!((letter.key, letter.value, told.len()), (Some(b"a".as_slice()), None, 0));
    }
}
