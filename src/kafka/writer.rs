//! Single records: what people report by the API to an input topic, and what could not be delivered. Idempotent, without transactions.

use rdkafka::ClientContext;
use rdkafka::Message as _;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, ProducerContext, ThreadedProducer};
use tokio::sync::oneshot;

use super::config::Connection;
use super::context;

/// Where a record stands: partition and offset.
pub type Place = (i32, i64);

type Delivered = Result<Place, KafkaError>;

struct WriterContext;

impl ClientContext for WriterContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::report_error("writer", &error, reason);
    }
}

impl ProducerContext for WriterContext {
    type DeliveryOpaque = Box<oneshot::Sender<Result<Place, KafkaError>>>;

    fn delivery(&self, result: &DeliveryResult<'_>, waiting: Self::DeliveryOpaque) {
        let told = match result {
            Ok(record) => Ok((record.partition(), record.offset())),
            Err((error, _)) => Err(error.clone()),
        };
        // Whoever asked may have gone.
        drop(waiting.send(told));
    }
}

pub struct Writer(ThreadedProducer<WriterContext>);

impl Writer {
    pub fn new(connection: &Connection) -> Result<Self, KafkaError> {
        connection.writer().create_with_context(WriterContext).map(Self)
    }

    /// Writes a record, to the partition that its key's hash says where none is named, and waits until the brokers have it.
    pub async fn write(&self, topic: &str, partition: Option<i32>, key: &str, value: &[u8]) -> Result<Place, KafkaError> {
        self.send(topic, partition, key, value)?.await.unwrap_or(Err(KafkaError::Canceled))
    }

    /// Writes a record to a partition, and waits. Not to be called within a runtime: the thread waits.
    pub fn write_to(&self, topic: &str, partition: i32, key: &str, value: &[u8]) -> Result<Place, KafkaError> {
        self.send(topic, Some(partition), key, value)?.blocking_recv().unwrap_or(Err(KafkaError::Canceled))
    }

    fn send(&self, topic: &str, partition: Option<i32>, key: &str, value: &[u8]) -> Result<oneshot::Receiver<Delivered>, KafkaError> {
        let (answer, answered) = oneshot::channel();
        let record = BaseRecord::with_opaque_to(topic, Box::new(answer)).key(key).payload(value);
        let record = match partition {
            Some(partition) => record.partition(partition),
            None => record,
        };
        self.0.send(record).map_err(|(error, _)| error)?;
        Ok(answered)
    }

    /// Writes a record with headers, to the partition that its key's hash says, and waits until the brokers have it. Not to be called within a
    /// runtime: the thread waits.
    pub fn write_letter(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, &[u8])],
    ) -> Result<Place, KafkaError> {
        let (answer, answered) = oneshot::channel();
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(*value) }));
        let mut record = BaseRecord::<[u8], [u8], _>::with_opaque_to(topic, Box::new(answer)).headers(headers);
        (record.key, record.payload) = (key, value);
        self.0.send(record).map_err(|(error, _)| error)?;
        answered.blocking_recv().unwrap_or(Err(KafkaError::Canceled))
    }
}
