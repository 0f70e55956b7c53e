//! A compacted topic read as a table: all its partitions, from the beginning and on, outside the group. The last record of each key counts.

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::Message as _;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::config::Connection;
use super::context;

/// How long one question to the broker may take.
const ASK: Duration = Duration::from_secs(5);
/// Records taken before the caller looks around again.
const TURN: usize = 256;

struct TableContext;

impl ClientContext for TableContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        // The workers' clients say the same.
        tracing::debug!(%error, "while reading a table");
    }
}

impl ConsumerContext for TableContext {}

/// Only what is committed is seen.
pub struct Table {
    consumer: BaseConsumer<TableContext>,
    /// Partitions that have not been read to their end yet.
    unread: BTreeSet<i32>,
}

impl Table {
    pub fn open(connection: &Connection, topic: &str) -> KafkaResult<Self> {
        let consumer: BaseConsumer<TableContext> = connection.reader("read_committed", "table").create_with_context(TableContext)?;
        let metadata = consumer.fetch_metadata(Some(topic), ASK)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic);
        let unread: BTreeSet<i32> = found.into_iter().flat_map(|found| found.partitions()).map(|partition| partition.id()).collect();
        if unread.is_empty() {
            return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition));
        }
        let mut list = TopicPartitionList::with_capacity(unread.len());
        for partition in &unread {
            list.add_partition_offset(topic, *partition, Offset::Beginning)?;
        }
        consumer.assign(&list)?;
        Ok(Self { consumer, unread })
    }

    /// Whether each partition has been read to its end at least once.
    pub fn is_read(&self) -> bool {
        self.unread.is_empty()
    }

    /// Hands over key and value of what is there, and waits so long for the first.
    ///
    /// # Errors
    ///
    /// Those after which the topic is to be opened anew.
    pub fn take(&mut self, wait: Duration, mut take: impl FnMut(&[u8], Option<&[u8]>)) -> KafkaResult<()> {
        let mut wait = wait;
        for _ in 0..TURN {
            match self.consumer.poll(wait) {
                None => return Ok(()),
                Some(Ok(record)) => take(record.key().unwrap_or_default(), record.payload()),
                Some(Err(KafkaError::PartitionEOF(partition))) => _ = self.unread.remove(&partition),
                Some(Err(error)) => match error.rdkafka_error_code() {
                    // librdkafka goes on trying.
                    Some(
                        RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::OperationTimedOut,
                    ) => {
                        return Ok(());
                    }
                    _ => return Err(error),
                },
            }
            wait = Duration::ZERO;
        }
        Ok(())
    }
}
