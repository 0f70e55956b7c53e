//! Many records to one topic, each to a partition that is named: a history. Idempotent, without transactions.

use std::sync::Mutex;
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::Message as _;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};

use super::config::Connection;
use super::context;

/// The queue is full: the brokers have to take some first.
const FULL: Duration = Duration::from_millis(2);

#[derive(Default)]
struct BulkContext {
    /// Why the first record that was not taken was not, and where it should have gone.
    failed: Mutex<Option<(KafkaError, i32)>>,
}

impl ClientContext for BulkContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::report_error("seed", &error, reason);
    }
}

impl ProducerContext for BulkContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, record)) = result {
            self.failed.lock().expect("no panic while held").get_or_insert_with(|| (error.clone(), record.partition()));
        }
    }
}

/// Not every record was taken.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    #[error("a record for partition {partition} was not taken: {error}")]
    NotTaken { partition: i32, error: KafkaError },
    #[error("the producer cannot go on: {0}")]
    Producer(KafkaError),
}

pub struct BulkWriter {
    producer: ThreadedProducer<BulkContext>,
    topic: String,
}

impl BulkWriter {
    pub fn new(connection: &Connection, topic: &str) -> KafkaResult<Self> {
        let producer = connection.bulk_writer().create_with_context(BulkContext::default())?;
        Ok(Self { producer, topic: topic.to_owned() })
    }

    /// Queues a record, and waits where the queue is full. `time_ms`: the time that it bears; without it, that of writing.
    pub fn write(&self, partition: i32, key: &str, value: &[u8], time_ms: Option<i64>) -> Result<(), BulkError> {
        let mut record = BaseRecord::to(&self.topic).partition(partition).key(key).payload(value);
        record.timestamp = time_ms;
        loop {
            self.failure()?;
            record = match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), record)) => record,
                Err((error, _)) => return Err(BulkError::Producer(error)),
            };
            std::thread::sleep(FULL);
        }
    }

    /// Waits until the brokers have all of them. `waiting` is told now and then of how many they do not have yet.
    pub fn finish(self, mut waiting: impl FnMut(usize)) -> Result<(), BulkError> {
        loop {
            self.failure()?;
            match self.producer.flush(Duration::from_millis(500)) {
                Ok(()) => return self.failure(),
                Err(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)) => {}
                Err(error) => return Err(BulkError::Producer(error)),
            }
            waiting(usize::try_from(self.producer.in_flight_count()).unwrap_or(0));
        }
    }

    fn failure(&self) -> Result<(), BulkError> {
        match &*self.producer.context().failed.lock().expect("no panic while held") {
            None => Ok(()),
            Some((error, partition)) => Err(BulkError::NotTaken { partition: *partition, error: error.clone() }),
        }
    }
}
