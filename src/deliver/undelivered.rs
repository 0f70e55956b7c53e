//! What could not be delivered, as a record: the output as it was, with headers that say to whom, why, and how often it was tried.

use rdkafka::error::KafkaError;

use super::endpoint::To;
use super::lanes::Waiting;
use super::post::Failed;
use crate::kafka::Connection;
use crate::kafka::writer::Writer;
use crate::task::{Letter, Why};
use crate::topics::Topic;

/// The target, the person where the URL was theirs, the answer's status where there was one, and how many attempts were made.
pub const TARGET: &str = "adoption.target";
pub const PERSON: &str = "adoption.person";
pub const STATUS: &str = "adoption.status";
pub const ATTEMPTS: &str = "adoption.attempts";

pub struct Undelivered {
    writer: Writer,
    topic: String,
    /// How large a record the topic takes.
    bytes_max: usize,
}

impl Undelivered {
    pub fn new(connection: &Connection, bytes_max: usize) -> Result<Self, KafkaError> {
        Ok(Self { writer: Writer::new(connection)?, topic: connection.topics.name(Topic::Undelivered).to_owned(), bytes_max })
    }

    pub fn write(&self, target: &str, waiting: &Waiting, to: Option<&To>, failed: &Failed) -> Result<(), KafkaError> {
        let record = &waiting.record;
        let attempts = waiting.attempts.count.to_string();
        let status = failed.status.map(|status| status.to_string());
        let place = (record.topic.as_str(), record.partition, record.offset);
        let why = Why::new(place, "deliver", failed.reason.as_str(), &failed.message);
        let mut reason: Vec<(&str, &str)> = why.headers().to_vec();
        reason.extend([(TARGET, target), (ATTEMPTS, &*attempts)]);
        if let Some(To::Person(person)) = to {
            reason.push((PERSON, person));
        }
        reason.extend(status.as_deref().map(|status| (STATUS, status)));
        let headers = record.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let letter = Letter { key: record.key.as_deref(), value: record.value.as_deref(), headers };
        let (letter, cut) = letter.cut(&reason, self.bytes_max);
        let told = reason.into_iter().chain(cut.iter().map(|(name, text)| (*name, text.as_str())));
        let told = told.map(|(name, text)| (name, text.as_bytes()));
        let headers: Vec<(&str, &[u8])> = letter.headers.iter().copied().chain(told).collect();
        self.writer.write_letter(&self.topic, letter.key, letter.value, &headers).map(drop)
    }
}
