//! Reading one partition from here to there, outside the group: the changelog of a restore, the input of a redo.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::admin::{TopicsError, partitions_differ};
use super::config::Connection;
use super::context;
use super::describe::{Described, describe};
use super::message::Message;
use super::queue::{PartitionQueue, Waker};
use crate::partition::{Inputs, Record, Refused};

/// How many records are taken at once.
const BATCH: usize = 1000;
/// Without a record for so long, the read is given up and tried again from the start.
const STALLED_AFTER: Duration = Duration::from_secs(60);
/// How long one question to the broker may take before the caller looks around again.
const ASK: Duration = Duration::from_secs(5);

struct ReaderContext;

impl ClientContext for ReaderContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::report_error("reader", &error, reason);
    }
}

impl ConsumerContext for ReaderContext {}

/// How a read ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadEnd {
    /// The position is at `until` or beyond; or at the partition's end, where that was to be enough.
    Done {
        position: i64,
    },
    Cancelled,
    /// Nothing came for a minute.
    Stalled {
        position: i64,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot read {topic} partition {partition}: {error}")]
    Kafka { topic: String, partition: i32, error: KafkaError },
    #[error("offset {offset} of {topic} partition {partition} is out of range: {why}")]
    OutOfRange { topic: String, partition: i32, offset: i64, why: String },
    #[error("{topic} partition {partition}, {refused}")]
    Record { topic: String, partition: i32, refused: Refused },
}

/// What to read.
#[derive(Clone, Copy, Debug)]
pub struct Range<'a> {
    pub topic: &'a str,
    pub partition: i32,
    /// Negative: from the beginning.
    pub from: i64,
    /// The offset after the last one. Compared with `>=`, because transaction markers occupy offsets and compaction removes them
    /// (quix-streams#1017, aiokafka#911).
    pub until: i64,
    /// The partition's end is enough even where it lies before `until`.
    pub end_is_enough: bool,
}

pub struct Reader {
    /// Sees what is committed, and its end is the last stable offset; but for [`Reader::of_all`].
    committed: Arc<BaseConsumer<ReaderContext>>,
    /// Sees all; its end is the high watermark (kafka-flow#850, #857; KAFKA-10167).
    uncommitted: BaseConsumer<ReaderContext>,
    waker: Arc<Waker>,
    describes_topics: bool,
}

impl Reader {
    pub fn new(connection: &Connection, worker: usize) -> KafkaResult<Self> {
        Self::made(connection, "read_committed", &worker.to_string())
    }

    /// One that sees all that stands in the topics, also what transactions took back.
    pub fn of_all(connection: &Connection) -> KafkaResult<Self> {
        Self::made(connection, "read_uncommitted", "of-all")
    }

    fn made(connection: &Connection, isolation: &str, name: &str) -> KafkaResult<Self> {
        let create =
            |isolation: &str, role: &str| connection.reader(isolation, &format!("{role}-{name}")).create_with_context(ReaderContext);
        Ok(Self {
            committed: Arc::new(create(isolation, "reader")?),
            uncommitted: create("read_uncommitted", "watermarks")?,
            waker: Arc::new(Waker::default()),
            describes_topics: connection.describes_topics,
        })
    }

    /// What stands behind the names of inputs and changelog, where there is one, now, and whether they have differing numbers of partitions.
    /// The group's offsets are left out.
    pub fn describe(&self, inputs: &[String], changelog: Option<&str>) -> KafkaResult<(Inputs, Option<TopicsError>)> {
        if !self.describes_topics {
            return Ok((Inputs::committed(&vec![None; inputs.len()]), None));
        }
        let names: Vec<&str> = inputs.iter().map(String::as_str).chain(changelog).collect();
        let topics = describe(&self.committed, &names)?;
        let there = |topic: &Option<Described>| topic.ok_or(KafkaError::AdminOp(RDKafkaErrorCode::UnknownTopicOrPartition));
        let topics: Vec<Described> = topics.iter().map(there).collect::<KafkaResult<_>>()?;
        let (of_inputs, of_changelog) = topics.split_at(inputs.len());
        let counts: Vec<(String, i32)> = names.iter().zip(&topics).map(|(name, topic)| ((*name).to_owned(), topic.partitions)).collect();
        let inputs = Inputs {
            topic_ids: of_inputs.iter().map(|topic| topic.id).collect(),
            changelog_id: of_changelog.first().and_then(|topic| topic.id),
            partitions: topics.first().map_or(0, |topic| topic.partitions),
            ..Inputs::default()
        };
        Ok((inputs, partitions_differ(&counts)))
    }

    /// The group's next offset of the partition in each topic. Fails, after a while, where a transaction that carries offsets is undecided:
    /// to be retried, since either outcome may come.
    pub fn group_offsets(&self, topics: &[String], partition: i32) -> KafkaResult<Vec<Option<i64>>> {
        let mut list = TopicPartitionList::with_capacity(topics.len());
        for topic in topics {
            list.add_partition(topic, partition);
        }
        let list = self.committed.committed_offsets(list, ASK)?;
        let mut offsets = Vec::with_capacity(topics.len());
        for topic in topics {
            let found = list.find_partition(topic, partition).ok_or(KafkaError::OffsetFetch(RDKafkaErrorCode::UnknownPartition))?;
            found.error()?;
            offsets.push(match found.offset() {
                Offset::Offset(offset) => Some(offset),
                _ => None,
            });
        }
        Ok(offsets)
    }

    /// First offset and high watermark.
    pub fn watermarks(&self, topic: &str, partition: i32) -> KafkaResult<(i64, i64)> {
        self.uncommitted.fetch_watermarks(topic, partition, ASK)
    }

    /// The last stable offset: what a `read_committed` reader can reach now.
    pub fn stable_end(&self, topic: &str, partition: i32) -> KafkaResult<i64> {
        self.committed.fetch_watermarks(topic, partition, ASK).map(|(_, end)| end)
    }

    /// Hands each record of a partition, as it is now, to `take`, in order.
    pub fn read_whole(&self, topic: &str, partition: i32, take: &mut dyn FnMut(&Record<'_>)) -> Result<(), ReadError> {
        let kafka = |error| ReadError::Kafka { topic: topic.to_owned(), partition, error };
        let (from, until) = self.watermarks(topic, partition).map_err(kafka)?;
        let range = Range { topic, partition, from, until, end_is_enough: true };
        let mut each = |records: &[Record<'_>]| {
            records.iter().for_each(&mut *take);
            Ok(())
        };
        match self.read(range, &AtomicBool::new(false), &mut each, &mut |_| ())? {
            ReadEnd::Stalled { .. } => Err(kafka(KafkaError::Global(RDKafkaErrorCode::OperationTimedOut))),
            ReadEnd::Done { .. } | ReadEnd::Cancelled => Ok(()),
        }
    }

    /// Hands the committed records of the range to `take`, several at once and in order, and the position to `progress` each time.
    pub fn read(
        &self,
        range: Range<'_>,
        cancelled: &AtomicBool,
        take: &mut dyn FnMut(&[Record<'_>]) -> Result<(), Refused>,
        progress: &mut dyn FnMut(i64),
    ) -> Result<ReadEnd, ReadError> {
        let Range { topic, partition, .. } = range;
        let kafka = |error| ReadError::Kafka { topic: topic.to_owned(), partition, error };
        let queue = PartitionQueue::split(&self.committed, topic, partition, &self.waker);
        let mut queue = queue.ok_or_else(|| kafka(KafkaError::Global(RDKafkaErrorCode::UnknownPartition)))?;
        let mut list = TopicPartitionList::with_capacity(1);
        // A client that has not met the topic looks for the partition's leader once a second; asked where the partition ends, at once.
        // Without an answer the read waits for that second.
        if let Err(error) = self.stable_end(topic, partition) {
            tracing::debug!(%error, topic, partition, "before a read");
        }
        let from = if range.from < 0 { Offset::Beginning } else { Offset::Offset(range.from) };
        list.add_partition_offset(topic, partition, from).map_err(kafka)?;
        self.committed.assign(&list).map_err(kafka)?;
        let end = self.drain(range, &mut queue, cancelled, take, progress);
        drop(queue);
        if let Err(error) = self.committed.unassign() {
            tracing::debug!(%error, topic, partition, "unassigning after a read");
        }
        end
    }

    fn drain(
        &self,
        range: Range<'_>,
        queue: &mut PartitionQueue<ReaderContext>,
        cancelled: &AtomicBool,
        take: &mut dyn FnMut(&[Record<'_>]) -> Result<(), Refused>,
        progress: &mut dyn FnMut(i64),
    ) -> Result<ReadEnd, ReadError> {
        let Range { topic, partition, .. } = range;
        let at_fault = |refused| ReadError::Record { topic: topic.to_owned(), partition, refused };
        let mut position = range.from.max(0);
        let mut batch = Vec::new();
        let mut messages = Vec::with_capacity(BATCH);
        let mut at_end = false;
        let mut last_record = Instant::now();
        loop {
            if position >= range.until || (at_end && range.end_is_enough) {
                return Ok(ReadEnd::Done { position });
            }
            if cancelled.load(Ordering::Relaxed) {
                return Ok(ReadEnd::Cancelled);
            }
            // Logs and global errors; records come by the partition's queue.
            if let Some(Err(error)) = self.committed.poll(Duration::ZERO) {
                tracing::debug!(%error, topic, partition, "while reading");
            }
            queue.fetch(BATCH, &mut batch);
            if batch.is_empty() {
                if last_record.elapsed() > STALLED_AFTER {
                    return Ok(ReadEnd::Stalled { position });
                }
                self.waker.wait(Duration::from_millis(50));
                continue;
            }
            last_record = Instant::now();
            while let Some(message) = batch.pop() {
                match message.error() {
                    None if message.offset() >= range.until => {
                        position = range.until;
                        batch.clear();
                    }
                    None => {
                        position = message.offset() + 1;
                        messages.push(message);
                    }
                    Some(RDKafkaErrorCode::PartitionEOF) => {
                        position = position.max(message.offset());
                        at_end = true;
                    }
                    Some(RDKafkaErrorCode::AutoOffsetReset) => {
                        return Err(ReadError::OutOfRange {
                            topic: topic.to_owned(),
                            partition,
                            offset: position,
                            why: message.error_text(),
                        });
                    }
                    Some(code) if message.is_unreadable() => {
                        let error = anyhow!("cannot be read: {} ({code:?})", message.error_text());
                        return Err(at_fault(Refused { offset: message.offset(), error }));
                    }
                    Some(code) => tracing::warn!(?code, topic, partition, "{}; reading goes on", message.error_text()),
                }
            }
            take(&messages.iter().map(Message::record).collect::<Vec<_>>()).map_err(at_fault)?;
            messages.clear();
            progress(position);
        }
    }
}
