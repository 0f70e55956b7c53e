//! A member of a group of its own, which reads outputs, and commits what was done with them.
//!
//! librdkafka calls back within `poll` when the group gives or takes partitions. The answer is given there: with the offsets that are committed
//! or, of a partition of which none is, the one to begin at, which is committed at once. `auto.offset.reset` would look for the end again at
//! each restart until the first commit, and pass over what was published meanwhile.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::Message as _;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka_sys::types::RDKafkaRespErr;

use super::config::Connection;
use super::context;

/// How long one question to the broker may take.
const ASK: Duration = Duration::from_secs(5);

/// Topic and partition.
pub type Place = (String, i32);

/// Where a partition begins of which the group has committed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    End,
    Beginning,
}

/// A record that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// When it was written, in Unix milliseconds; -1 where that is not known.
    pub written_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
}

/// What the group did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Read from this offset on.
    Given(Place, i64),
    Taken(Place),
}

#[derive(Debug, Default)]
struct State {
    changes: Vec<Change>,
    /// The next offset of each partition that is held, and whether it is still to be committed.
    next: BTreeMap<Place, (i64, bool)>,
    /// Why the partitions that the group gave could not be begun with.
    failure: Option<KafkaError>,
}

struct SubscriberContext {
    begin: Begin,
    state: Mutex<State>,
}

impl SubscriberContext {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the partitions are to be read from, all as numbers.
    fn begin(&self, consumer: &BaseConsumer<Self>, given: &TopicPartitionList) -> KafkaResult<TopicPartitionList> {
        let committed = consumer.committed_offsets(given.clone(), ASK)?;
        let (mut begin, mut new) = (TopicPartitionList::new(), TopicPartitionList::new());
        for element in committed.elements() {
            let (topic, partition) = (element.topic(), element.partition());
            let (low, high) = consumer.fetch_watermarks(topic, partition, ASK)?;
            let offset = match (element.offset(), self.begin) {
                (Offset::Offset(offset), _) => {
                    if offset < low {
                        tracing::warn!(topic, partition, "retention has removed {} offsets that were not delivered", low - offset);
                    }
                    offset
                }
                (_, Begin::End) => high,
                (_, Begin::Beginning) => low,
            };
            if !matches!(element.offset(), Offset::Offset(_)) {
                new.add_partition_offset(topic, partition, Offset::Offset(offset))?;
            }
            begin.add_partition_offset(topic, partition, Offset::Offset(offset))?;
        }
        if new.count() > 0 {
            consumer.commit(&new, CommitMode::Sync)?;
        }
        Ok(begin)
    }

    fn given(&self, consumer: &BaseConsumer<Self>, given: &TopicPartitionList) {
        let begin = self.begin(consumer, given).unwrap_or_else(|error| {
            // Nothing is read until somebody has begun anew.
            self.state().failure = Some(error);
            TopicPartitionList::new()
        });
        let answered = match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_assign(&begin),
            _ => consumer.assign(&begin),
        };
        let mut state = self.state();
        if let Err(error) = answered {
            state.failure = Some(error);
            return;
        }
        for element in begin.elements() {
            let Offset::Offset(offset) = element.offset() else { continue };
            let place = (element.topic().to_owned(), element.partition());
            state.next.insert(place.clone(), (offset, false));
            state.changes.push(Change::Given(place, offset));
        }
    }

    fn taken(&self, consumer: &BaseConsumer<Self>, taken: &TopicPartitionList) {
        let places: Vec<Place> = taken.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect();
        if !consumer.assignment_lost()
            && let Err(error) = self.commit(consumer, CommitMode::Sync, |place| places.contains(place))
        {
            tracing::warn!(%error, "what was delivered of partitions that go to another process is delivered again there");
        }
        let mut state = self.state();
        for place in places {
            state.next.remove(&place);
            state.changes.push(Change::Taken(place));
        }
        drop(state);
        let answered = match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_unassign(taken),
            _ => consumer.unassign(),
        };
        if let Err(error) = answered {
            self.state().failure = Some(error);
        }
    }

    fn commit(&self, consumer: &BaseConsumer<Self>, mode: CommitMode, of: impl Fn(&Place) -> bool) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for (place, (offset, open)) in &mut self.state().next {
            // Whether a commit that nobody waited for came to its end is not known: one that is waited for does it again.
            if (*open || matches!(mode, CommitMode::Sync)) && of(place) {
                list.add_partition_offset(&place.0, place.1, Offset::Offset(*offset))?;
                *open = false;
            }
        }
        if list.count() == 0 {
            return Ok(());
        }
        consumer.commit(&list, mode)
    }
}

impl ClientContext for SubscriberContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::report_error("subscriber", &error, reason);
    }
}

impl ConsumerContext for SubscriberContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        if error == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.given(consumer, list);
        } else {
            self.taken(consumer, list);
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        match result {
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
            // What comes later commits these offsets too.
            Err(error) => tracing::warn!(%error, "offsets were not committed: after a crash, what they stand for is delivered again"),
        }
    }
}

pub struct Subscriber(BaseConsumer<SubscriberContext>);

impl Subscriber {
    pub fn join(connection: &Connection, group: &str, topics: &[&str], begin: Begin) -> KafkaResult<Self> {
        let context = SubscriberContext { begin, state: Mutex::default() };
        let consumer: BaseConsumer<SubscriberContext> = connection.subscriber(group).create_with_context(context)?;
        consumer.subscribe(topics)?;
        Ok(Self(consumer))
    }

    /// The next record, if one comes in so long a time. [`Subscriber::changes`] come before it.
    ///
    /// # Errors
    ///
    /// Those after which the group is to be joined anew.
    pub fn next(&self, wait: Duration) -> KafkaResult<Option<Record>> {
        let polled = self.0.poll(wait);
        if let Some(error) = self.0.context().state().failure.take() {
            return Err(error);
        }
        match polled {
            None | Some(Err(KafkaError::PartitionEOF(_))) => Ok(None),
            Some(Ok(message)) => Ok(Some(record(&message))),
            Some(Err(error)) => match error.rdkafka_error_code() {
                // librdkafka goes on trying.
                Some(RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::OperationTimedOut) => {
                    Ok(None)
                }
                // And so it does here, from what is left.
                Some(RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset) => {
                    tracing::warn!(%error, "retention has removed outputs that were not delivered");
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    /// What the group did since the last call, in order.
    pub fn changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.0.context().state().changes)
    }

    /// All before this offset is done with. Of a partition that is not held any more, nothing is noted.
    pub fn done(&self, place: &Place, next: i64) {
        if let Some(known) = self.0.context().state().next.get_mut(place).filter(|(known, _)| *known < next) {
            *known = (next, true);
        }
    }

    /// Commits what is done. `wait`: until the brokers have it.
    pub fn commit(&self, wait: bool) -> KafkaResult<()> {
        let mode = if wait { CommitMode::Sync } else { CommitMode::Async };
        self.0.context().commit(&self.0, mode, |_| true)
    }

    /// Whether records of the partition come or are held back by the client.
    pub fn flow(&self, place: &Place, flows: bool) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        list.add_partition(&place.0, place.1);
        if flows { self.0.resume(&list) } else { self.0.pause(&list) }
    }

    /// The offset after the last that can be read.
    pub fn end(&self, place: &Place) -> KafkaResult<i64> {
        self.0.fetch_watermarks(&place.0, place.1, ASK).map(|(_, end)| end)
    }
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    Record {
        topic: message.topic().to_owned(),
        partition: message.partition(),
        offset: message.offset(),
        written_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect(),
    }
}
