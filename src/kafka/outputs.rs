//! The topics of outputs, read outside the group: followed, or from here to there. Only what is committed is seen.

use std::time::{Duration, Instant};

use rdkafka::Message as _;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::config::Connection;
use super::context;

/// How long one question to the broker may take.
const ASK: Duration = Duration::from_secs(5);
/// How long a look waits for a record where the caller does not say.
const LOOK: Duration = Duration::from_millis(50);

struct OutputsContext;

impl ClientContext for OutputsContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        // The workers' clients say the same.
        tracing::debug!(%error, "while reading outputs");
    }
}

impl ConsumerContext for OutputsContext {}

/// One record of an output.
pub struct Output<'r> {
    pub topic: &'r str,
    pub partition: i32,
    pub offset: i64,
    /// When it was written, in Unix milliseconds; -1 where that is not known.
    pub written_ms: i64,
    pub key: &'r [u8],
    pub headers: Vec<(&'r str, &'r [u8])>,
    pub value: &'r [u8],
}

pub struct Outputs(BaseConsumer<OutputsContext>);

impl Outputs {
    /// `role` is its name among this process's clients.
    pub fn new(connection: &Connection, role: &str) -> KafkaResult<Self> {
        connection.reader("read_committed", role).create_with_context(OutputsContext).map(Self)
    }

    /// How many partitions the topic has.
    pub fn partitions(&self, topic: &str) -> KafkaResult<i32> {
        let metadata = self.0.fetch_metadata(Some(topic), ASK)?;
        let found = metadata.topics().iter().find(|found| found.name() == topic).map_or(0, |found| found.partitions().len());
        if found == 0 {
            return Err(KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition));
        }
        Ok(found as i32)
    }

    /// First offset, and the one after the last that can be read.
    pub fn ends(&self, topic: &str, partition: i32) -> KafkaResult<(i64, i64)> {
        self.0.fetch_watermarks(topic, partition, ASK)
    }

    /// Reads on from these places: topic, partition, offset.
    pub fn seek<'t>(&self, places: impl IntoIterator<Item = (&'t str, i32, i64)>) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for (topic, partition, offset) in places {
            list.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        }
        self.0.assign(&list)
    }

    /// Hands over the next record, if one comes in so long a time.
    ///
    /// # Errors
    ///
    /// Those after which the topics are to be opened anew.
    pub fn next<R>(&self, wait: Duration, take: impl FnOnce(Output<'_>) -> R) -> KafkaResult<Option<R>> {
        match self.0.poll(wait) {
            None | Some(Err(KafkaError::PartitionEOF(_))) => Ok(None),
            Some(Ok(record)) => Ok(Some(take(output(&record)))),
            Some(Err(error)) => match error.rdkafka_error_code() {
                // librdkafka goes on trying.
                Some(RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::OperationTimedOut) => {
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    /// Hands over the records of a partition from one offset up to another, excluded, which is at most where it ends. `false`: the time was
    /// over before.
    pub fn range(
        &self,
        (topic, partition): (&str, i32),
        (from, until): (i64, i64),
        deadline: Instant,
        mut take: impl FnMut(Output<'_>),
    ) -> KafkaResult<bool> {
        self.seek([(topic, partition, from)])?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            match self.0.poll(left.min(LOOK)) {
                None => {}
                // The last offsets may be those of markers, which nobody is handed.
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(true),
                Some(Ok(record)) if record.offset() >= until => return Ok(true),
                Some(Ok(record)) => {
                    let is_last = record.offset() + 1 >= until;
                    take(output(&record));
                    if is_last {
                        return Ok(true);
                    }
                }
                Some(Err(error)) => return Err(error),
            }
        }
    }
}

fn output<'r>(record: &'r BorrowedMessage<'_>) -> Output<'r> {
    let headers = record.headers().into_iter().flat_map(|headers| headers.iter());
    Output {
        topic: record.topic(),
        partition: record.partition(),
        offset: record.offset(),
        written_ms: record.timestamp().to_millis().unwrap_or(-1),
        key: record.key().unwrap_or_default(),
        headers: headers.map(|header| (header.key, header.value.unwrap_or_default())).collect(),
        value: record.payload().unwrap_or_default(),
    }
}
