//! The transactional producer of a worker.
//!
//! A transaction is open only while a commit is made: the tasks hold their outputs back until then. So a rebalance never meets an open one
//! (librdkafka#3258), and readers never wait behind one for longer than a commit takes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext, PurgeConfig};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka_sys as sys;

use super::config::Connection;
use super::context::{self, Outages};
use super::error::{Failure, Step, Verdict};
use crate::partition::Publish;
use crate::topics::{Topic, Topics};

/// How often a call that is worth repeating is repeated before the producer is given up.
const TRIES: usize = 3;

pub struct ProducerTap {
    /// The first record of the present transaction that could not be delivered.
    undelivered: Mutex<Option<(KafkaError, String)>>,
    outages: Arc<Outages>,
}

impl ClientContext for ProducerTap {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.outages.note(&error);
        context::report_error("producer", &error, reason);
    }
}

impl ProducerContext for ProducerTap {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, record)) = result {
            let mut first = self.undelivered.lock().expect("no panic while held");
            first.get_or_insert_with(|| (error.clone(), format!("delivering to {} partition {}", record.topic(), record.partition())));
        }
    }
}

/// Where the time of a commit went.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommitTimes {
    pub flush: Duration,
    pub send_offsets: Duration,
    pub commit: Duration,
}

/// Called between the steps and while waiting, so that the worker stays a live member of the group; the text names the step.
pub type KeepAlive<'a> = &'a mut dyn FnMut(&'static str);

pub struct TransactionalProducer {
    producer: BaseProducer<ProducerTap>,
    topics: Topics,
    transactional_id: String,
    open: bool,
    /// Longer than this the broker does not wait either.
    timeout: Duration,
}

impl TransactionalProducer {
    /// Only makes the client; [`TransactionalProducer::init`] comes next, beside the group's join.
    pub fn new(connection: &Connection, worker: usize, outages: &Arc<Outages>) -> Result<Self, Failure> {
        let config: ClientConfig = connection.producer(worker);
        let transactional_id = connection.transactional_id(worker);
        let tap = ProducerTap { undelivered: Mutex::default(), outages: outages.clone() };
        let producer = config.create_with_context(tap).map_err(|error| {
            let mut failure = Failure::new(Step::Init, error, format!("making the producer {transactional_id}"));
            failure.verdict = Verdict::Exit;
            failure
        })?;
        let timeout = Duration::from_millis(connection.transaction_timeout_ms.into());
        Ok(Self { producer, topics: connection.topics.clone(), transactional_id, open: false, timeout })
    }

    /// Fences the predecessor with the same id and settles what it left open. A failure with [`Verdict::Retry`] may be called again.
    pub fn init(&self, timeout: Duration) -> Result<(), Failure> {
        // librdkafka looks for the coordinator once it has a connection, and where it has none yet, again after 500 ms. Any question that waits
        // for an answer waits for the connection as well; where none comes, `init_transactions` says why.
        let _ = self.producer.client().fetch_metadata(Some(self.topics.name(Topic::DeadLetters)), timeout / 2);
        self.producer
            .init_transactions(timeout)
            .map_err(|error| Failure::new(Step::Init, error, format!("initializing transactions of {}", self.transactional_id)))
    }

    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Queues one record, beginning the transaction where none is open. `partition` is the task's: changelog records go to it, the rest
    /// where their key says.
    pub fn send(&mut self, partition: i32, publish: Publish<'_>, keep_alive: KeepAlive<'_>) -> Result<(), Failure> {
        if !self.open {
            self.begin()?;
        }
        let topic = self.topics.name(publish.topic);
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic);
        record.key = publish.key;
        record.payload = publish.value;
        if publish.topic == Topic::Changelog {
            record = record.partition(partition);
        }
        if publish.headers.len() > 0 {
            let headers = OwnedHeaders::new_with_capacity(publish.headers.len());
            record =
                record.headers(publish.headers.fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) })));
        }
        let started = Instant::now();
        loop {
            let (error, returned) = match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            let failure = self.failure(Step::Produce, error, format!("producing to {topic} of partition {partition}"));
            if failure.verdict != Verdict::Retry {
                return Err(failure);
            }
            // Back-pressure: the queue is full until the broker has taken some.
            if started.elapsed() > self.timeout {
                return Err(Failure { verdict: Verdict::Rebuild, ..failure });
            }
            record = returned;
            self.producer.poll(Duration::from_millis(5));
            keep_alive("commit: produce");
        }
    }

    /// Once the client is dead, every call and every record fails for reasons that are only consequences (a fenced producer's records come
    /// back as purged): the cause is asked for.
    fn failure(&self, step: Step, error: KafkaError, context: String) -> Failure {
        let failure = Failure::new(step, error, context);
        match self.producer.client().fatal_error() {
            None => failure,
            Some((code, reason)) => failure.caused_by(code, &reason),
        }
    }

    /// Opens a transaction without a record, for a commit that only moves offsets.
    pub fn begin(&mut self) -> Result<(), Failure> {
        if self.open {
            return Ok(());
        }
        *self.producer.context().undelivered.lock().expect("no panic while held") = None;
        let context = || format!("beginning a transaction of {}", self.transactional_id);
        self.producer.begin_transaction().map_err(|error| self.failure(Step::Begin, error, context()))?;
        self.open = true;
        Ok(())
    }

    /// Flush, send the offsets, commit. Flush first: a successor waits for pending offsets to be decided, so whoever has offsets pending
    /// must have all its records on the broker. `metadata` is asked for after the flush, as late as can be.
    ///
    /// On failure the transaction is still open: [`TransactionalProducer::abort`], or drop the producer, as the verdict says.
    pub fn commit(
        &mut self,
        offsets: &TopicPartitionList,
        metadata: &mut dyn FnMut() -> Option<ConsumerGroupMetadata>,
        keep_alive: KeepAlive<'_>,
    ) -> Result<CommitTimes, Failure> {
        let started = Instant::now();
        self.flush(self.timeout, keep_alive)?;
        let flush = started.elapsed();
        self.send_offsets(offsets, metadata, keep_alive)?;
        let send_offsets = started.elapsed() - flush;
        keep_alive("commit: commit_transaction");
        // Not cut short by the socket timeout (materialize#30508). The flush inside finds nothing to wait for.
        self.producer
            .commit_transaction(self.timeout)
            .map_err(|error| self.failure(Step::Commit, error, format!("committing a transaction of {}", self.transactional_id)))?;
        self.open = false;
        Ok(CommitTimes { flush, send_offsets, commit: started.elapsed() - flush - send_offsets })
    }

    fn send_offsets(
        &self,
        offsets: &TopicPartitionList,
        metadata: &mut dyn FnMut() -> Option<ConsumerGroupMetadata>,
        keep_alive: KeepAlive<'_>,
    ) -> Result<(), Failure> {
        let deadline = Instant::now() + self.timeout;
        let mut tries = 0;
        loop {
            keep_alive("commit: send_offsets");
            let context = || format!("sending {} offsets to a transaction of {}", offsets.count(), self.transactional_id);
            let Some(metadata) = metadata() else {
                let error = KafkaError::Global(RDKafkaErrorCode::UnknownMemberId);
                return Err(Failure::new(Step::SendOffsets, error, context()));
            };
            let remaining = deadline.saturating_duration_since(Instant::now());
            let Err(error) = self.producer.send_offsets_to_transaction(offsets, &metadata, remaining) else { return Ok(()) };
            let failure = self.failure(Step::SendOffsets, error, context());
            tries += 1;
            if failure.verdict != Verdict::Retry {
                return Err(failure);
            }
            if tries == TRIES || Instant::now() >= deadline {
                return Err(Failure { verdict: Verdict::Rebuild, ..failure });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// rust-rdkafka's own flush waits in steps of 100 ms, which makes a commit take 106 ms; this way it takes 5.
    fn flush(&self, timeout: Duration, keep_alive: KeepAlive<'_>) -> Result<(), Failure> {
        let deadline = Instant::now() + timeout;
        loop {
            keep_alive("commit: flush");
            // SAFETY: a live client. Delivery reports of failures are served by the poll below.
            let error = unsafe { sys::rd_kafka_flush(self.producer.client().native_ptr(), 50) };
            self.producer.poll(Duration::ZERO);
            if let Some((error, context)) = self.producer.context().undelivered.lock().expect("no panic while held").take() {
                return Err(self.failure(Step::Flush, error, context));
            }
            let code = RDKafkaErrorCode::from(error);
            if code == RDKafkaErrorCode::NoError {
                return Ok(());
            }
            if code != RDKafkaErrorCode::OperationTimedOut || Instant::now() >= deadline {
                let context = format!("flushing {} records of {}", self.producer.in_flight_count(), self.transactional_id);
                return Err(self.failure(Step::Flush, KafkaError::Flush(code), context));
            }
        }
    }

    /// Gives the open transaction up. Purge and flush come first: librdkafka waits for what is in flight, and its mock broker for ever.
    pub fn abort(&mut self, keep_alive: KeepAlive<'_>) -> Result<(), Failure> {
        if !self.open {
            return Ok(());
        }
        keep_alive("abort");
        self.producer.purge(PurgeConfig::default().queue().inflight());
        let deadline = Instant::now() + Duration::from_secs(1);
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            self.producer.poll(Duration::from_millis(5));
        }
        let mut tries = 0;
        loop {
            keep_alive("abort");
            let Err(error) = self.producer.abort_transaction(self.timeout.min(Duration::from_secs(5))) else { break };
            let failure = self.failure(Step::Abort, error, format!("aborting a transaction of {}", self.transactional_id));
            tries += 1;
            if failure.verdict != Verdict::Retry {
                return Err(failure);
            }
            // After an outage it may be retriable for ever; a new producer's init settles it as well.
            if tries == TRIES {
                return Err(Failure { verdict: Verdict::Rebuild, ..failure });
            }
        }
        self.open = false;
        *self.producer.context().undelivered.lock().expect("no panic while held") = None;
        Ok(())
    }
}
