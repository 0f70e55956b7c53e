//! The plain client side of the tests: create topics, produce inputs, read what is committed, ask for offsets.

use std::collections::BTreeMap;
use std::future::Future;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};
use rdkafka_sys as sys;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// The partition of an account, as Kafka's Java clients choose it. Any stable function does: the service reads the account from the key, and
/// never computes a partition.
pub fn partition_of(account: &str, partitions: i32) -> i32 {
    let (key, length) = (account.as_ptr().cast(), account.len());
    // SAFETY: it reads the key and nothing else.
    unsafe { sys::rd_kafka_msg_partitioner_murmur2(ptr::null(), key, length, partitions, ptr::null_mut(), ptr::null_mut()) }
}

// ---------------------------------------------------------------- the group

/// Joins the group of the service for another topic than its inputs, and leaves it: two rebalances in which nobody loses a partition.
pub fn pass_through_group(brokers: &str, group: &str, topic: &str) -> Result<()> {
    let member: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", group)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "200")
        .set("enable.auto.commit", "false")
        .create()?;
    member.subscribe(&[topic])?;
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    while member.assignment()?.count() == 0 {
        ensure!(Instant::now() < deadline, "the group gave nothing of {topic} to a member that joined for it");
        // Whatever it may read is of no interest.
        drop(member.poll(Duration::from_millis(10)));
    }
    Ok(())
}

// ---------------------------------------------------------------- topics

/// Creates a topic with one replica. One that exists is an error.
pub fn create_topic(brokers: &str, name: &str, partitions: i32, settings: &[(&str, &str)]) -> Result<()> {
    let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
    for (key, value) in settings {
        topic = topic.set(key, value);
    }
    let admin = admin(brokers)?;
    let results = wait(admin.create_topics([&topic], &admin_options()))?;
    for result in results {
        result.map_err(|(topic, code)| anyhow!("topic {topic} was not created: {code}"))?;
    }
    Ok(())
}

/// Replaces the settings of a topic.
pub fn alter_topic(brokers: &str, name: &str, settings: &[(&str, &str)]) -> Result<()> {
    let mut change = AlterConfig::new(ResourceSpecifier::Topic(name));
    for (key, value) in settings {
        change = change.set(key, value);
    }
    let admin = admin(brokers)?;
    for result in wait(admin.alter_configs([&change], &admin_options()))? {
        result.map_err(|(resource, code)| anyhow!("{resource:?} was not altered: {code}"))?;
    }
    Ok(())
}

/// Deletes the topic, and waits until it is gone.
pub fn delete_topic(brokers: &str, name: &str) -> Result<()> {
    for result in wait(admin(brokers)?.delete_topics(&[name], &admin_options()))? {
        result.map_err(|(topic, code)| anyhow!("topic {topic} was not deleted: {code}"))?;
    }
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    while partition_counts(brokers)?.contains_key(name) {
        ensure!(Instant::now() < deadline, "topic {name} is still there");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Gives the topic more partitions.
pub fn grow_topic(brokers: &str, name: &str, partitions: i32) -> Result<()> {
    let grown = NewPartitions::new(name, usize::try_from(partitions)?);
    for result in wait(admin(brokers)?.create_partitions([&grown], &admin_options()))? {
        result.map_err(|(topic, code)| anyhow!("topic {topic} was not given more partitions: {code}"))?;
    }
    Ok(())
}

/// First offset and high watermark of a partition.
pub fn watermarks(brokers: &str, topic: &str, partition: i32) -> Result<(i64, i64)> {
    Ok(plain_consumer(brokers, "read_uncommitted")?.fetch_watermarks(topic, partition, REQUEST_TIMEOUT)?)
}

/// Waits until retention has removed what lies before an offset of the partition, and returns where it begins then.
pub fn wait_removed(brokers: &str, topic: &str, partition: i32, up_to: i64) -> Result<i64> {
    let consumer = plain_consumer(brokers, "read_uncommitted")?;
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    loop {
        let (low, _) = consumer.fetch_watermarks(topic, partition, REQUEST_TIMEOUT)?;
        if low >= up_to {
            return Ok(low);
        }
        ensure!(Instant::now() < deadline, "partition {partition} of {topic} still begins at {low}, not at {up_to}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The value of one setting of a topic.
pub fn topic_setting(brokers: &str, topic: &str, setting: &str) -> Result<String> {
    let admin = admin(brokers)?;
    let resource = ResourceSpecifier::Topic(topic);
    let results = wait(admin.describe_configs([&resource], &admin_options()))?;
    let result = results.into_iter().next().context("one resource was asked for")?;
    let resource = result.map_err(|code| anyhow!("settings of {topic}: {code}"))?;
    let entry = resource.get(setting).with_context(|| format!("topic {topic} has no setting {setting}"))?;
    entry.value.clone().with_context(|| format!("the broker hides {setting} of {topic}"))
}

/// Partition counts of all topics.
pub fn partition_counts(brokers: &str) -> Result<BTreeMap<String, i32>> {
    let consumer = plain_consumer(brokers, "read_uncommitted")?;
    let metadata = consumer.fetch_metadata(None, REQUEST_TIMEOUT)?;
    Ok(metadata.topics().iter().map(|topic| (topic.name().to_owned(), topic.partitions().len() as i32)).collect())
}

fn admin(brokers: &str) -> Result<AdminClient<DefaultClientContext>> {
    Ok(ClientConfig::new().set("bootstrap.servers", brokers).create()?)
}

fn admin_options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT))
}

/// Admin futures are completed by a thread of the client; nothing else of a runtime is needed.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers can always be built").block_on(future)
}

// ---------------------------------------------------------------- produce

/// One record to write. `key` and `headers` as the foreign writer of a bad record would choose them.
#[derive(Debug, Clone)]
pub struct InputRecord {
    pub topic: String,
    pub partition: i32,
    pub key: Option<Vec<u8>>,
    /// `None`: a tombstone.
    pub payload: Option<Vec<u8>>,
    /// A header may have no value.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Milliseconds of the record, not of the event; `None` is the moment of writing.
    pub timestamp: Option<i64>,
}

impl InputRecord {
    /// An event as all good ones are written: keyed by its account.
    pub fn event(topic: &str, account: &str, line: &str, partitions: i32) -> Self {
        Self {
            topic: topic.to_owned(),
            partition: partition_of(account, partitions),
            key: Some(account.as_bytes().to_vec()),
            payload: Some(line.as_bytes().to_vec()),
            headers: Vec::new(),
            timestamp: None,
        }
    }
}

impl InputRecord {
    fn message(&self) -> BaseRecord<'_, [u8], [u8]> {
        let headers =
            self.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: value.as_deref() }));
        let mut message = BaseRecord::<[u8], [u8]>::to(&self.topic).partition(self.partition).headers(headers);
        message.payload = self.payload.as_deref();
        message.key = self.key.as_deref();
        message.timestamp = self.timestamp;
        message
    }
}

/// A writer of transactions, as Kafka Streams, Flink and Connect write with exactly once.
pub struct TransactionalWriter {
    producer: BaseProducer,
}

impl TransactionalWriter {
    pub fn new(brokers: &str, id: &str) -> Result<Self> {
        let producer: BaseProducer =
            ClientConfig::new().set("bootstrap.servers", brokers).set("transactional.id", id).set("linger.ms", "5").create()?;
        producer.init_transactions(REQUEST_TIMEOUT)?;
        Ok(Self { producer })
    }

    /// Begins a transaction; the records are on the broker, and the transaction is open.
    pub fn write(&self, records: &[InputRecord]) -> Result<()> {
        self.producer.begin_transaction()?;
        for record in records {
            self.producer.send(record.message()).map_err(|(error, _)| error)?;
        }
        Ok(self.producer.flush(REQUEST_TIMEOUT)?)
    }

    pub fn commit(&self) -> Result<()> {
        Ok(self.producer.commit_transaction(REQUEST_TIMEOUT)?)
    }

    pub fn abort(&self) -> Result<()> {
        Ok(self.producer.abort_transaction(REQUEST_TIMEOUT)?)
    }
}

/// A plain, idempotent writer: it keeps the order within a partition over its own retries, and writes nothing but
/// records, so that a topic's end offset is the number of records.
#[derive(Clone)]
pub struct Writer {
    producer: Arc<ThreadedProducer<Deliveries>>,
    failed: Arc<AtomicU64>,
}

struct Deliveries {
    failed: Arc<AtomicU64>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: Self::DeliveryOpaque) {
        if result.is_err() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Writer {
    pub fn new(brokers: &str) -> Result<Self> {
        Self::with_batches(brokers, 10_000)
    }

    /// `most`: records that it puts into one batch, the least that a fetch returns.
    pub fn with_batches(brokers: &str, most: u32) -> Result<Self> {
        let failed = Arc::new(AtomicU64::new(0));
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .set("compression.type", "lz4")
            .set("batch.num.messages", most.to_string())
            .set("queue.buffering.max.messages", "2000000")
            .create_with_context(Deliveries { failed: failed.clone() })?;
        Ok(Self { producer: Arc::new(producer), failed })
    }

    /// Hands the record to the client. It is on the broker after [`Writer::flush`].
    pub fn write(&self, record: &InputRecord) -> Result<()> {
        loop {
            match self.producer.send(record.message()) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err((error, _)) => return Err(error).context("an input record could not be queued"),
            }
        }
    }

    /// Waits until everything written is acknowledged.
    pub fn flush(&self) -> Result<()> {
        self.producer.flush(Duration::from_secs(120))?;
        let failed = self.failed.load(Ordering::Relaxed);
        ensure!(failed == 0, "{failed} input records were not delivered");
        Ok(())
    }
}

// ---------------------------------------------------------------- read

/// A record as it lies in the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub partition: i32,
    pub offset: i64,
    pub key: Option<Vec<u8>>,
    /// Milliseconds; -1 where it has none.
    pub timestamp_ms: i64,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
}

impl Record {
    pub fn key_text(&self) -> Result<&str> {
        let key = self.key.as_deref().context("the record has no key")?;
        std::str::from_utf8(key).context("the record's key is not UTF-8")
    }

    /// The last header of that name, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find(|(key, _)| key == name).and_then(|(_, value)| std::str::from_utf8(value.as_deref()?).ok())
    }
}

/// Reads one topic, again and again from where it stopped.
pub struct Reader {
    brokers: String,
    topic: String,
    isolation: &'static str,
    next_offsets: BTreeMap<i32, i64>,
}

impl Reader {
    /// Sees what a consumer of the service sees: no record of an aborted or an open transaction.
    pub fn read_committed(brokers: &str, topic: &str) -> Self {
        Self::new(brokers, topic, "read_committed")
    }

    /// Sees every record, also those of aborted transactions.
    pub fn read_uncommitted(brokers: &str, topic: &str) -> Self {
        Self::new(brokers, topic, "read_uncommitted")
    }

    fn new(brokers: &str, topic: &str, isolation: &'static str) -> Self {
        Self { brokers: brokers.to_owned(), topic: topic.to_owned(), isolation, next_offsets: BTreeMap::new() }
    }

    /// Everything from where the last call stopped to the present end of all partitions, in order within each.
    /// In `read_committed` the end is the last stable offset: before the first open transaction.
    pub fn read_to_end(&mut self) -> Result<Vec<Record>> {
        // A new client each time. An old one reports an end once, and not again where nothing was added since.
        let consumer = plain_consumer(&self.brokers, self.isolation)?;
        let metadata = consumer.fetch_metadata(Some(&self.topic), REQUEST_TIMEOUT)?;
        let partitions = metadata.topics().first().map_or(0, |topic| topic.partitions().len() as i32);
        ensure!(partitions > 0, "topic {} does not exist", self.topic);

        let mut assignment = TopicPartitionList::new();
        for partition in 0..partitions {
            let next = *self.next_offsets.entry(partition).or_insert(0);
            let offset = if next == 0 { Offset::Beginning } else { Offset::Offset(next) };
            assignment.add_partition_offset(&self.topic, partition, offset)?;
        }
        consumer.assign(&assignment)?;

        let mut records: BTreeMap<i32, Vec<Record>> = BTreeMap::new();
        let mut unfinished: std::collections::BTreeSet<i32> = (0..partitions).collect();
        let deadline = Instant::now() + Duration::from_secs(60);
        while !unfinished.is_empty() {
            ensure!(Instant::now() < deadline, "partitions {unfinished:?} of {} were not read to their end in time", self.topic);
            match consumer.poll(Duration::from_millis(200)) {
                None => {}
                // After its end was seen, a partition may grow; that is left for the next call.
                Some(Ok(message)) if unfinished.contains(&message.partition()) => {
                    self.next_offsets.insert(message.partition(), message.offset() + 1);
                    let record = owned(&message);
                    records.entry(record.partition).or_default().push(record);
                }
                Some(Ok(_)) => {}
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    unfinished.remove(&partition);
                }
                Some(Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::OperationTimedOut,
                ))) => {}
                Some(Err(error)) => bail!("reading {}: {error}", self.topic),
            }
        }
        Ok(records.into_values().flatten().collect())
    }
}

fn owned(message: &rdkafka::message::BorrowedMessage<'_>) -> Record {
    let headers = message
        .headers()
        .map_or_else(Vec::new, |headers| headers.iter().map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect());
    Record {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().map(<[u8]>::to_vec),
        headers,
        payload: message.payload().map(<[u8]>::to_vec),
    }
}

fn plain_consumer(brokers: &str, isolation: &str) -> Result<BaseConsumer> {
    Ok(ClientConfig::new()
        .set("bootstrap.servers", brokers)
        // Required by the client, joined by nobody: partitions are assigned by hand, offsets never committed.
        .set("group.id", "test-reader")
        .set("enable.auto.commit", "false")
        .set("isolation.level", isolation)
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error")
        .set("fetch.wait.max.ms", "50")
        .set("fetch.queue.backoff.ms", "10")
        .create()?)
}

// ---------------------------------------------------------------- offsets

/// Per topic and partition, the records that the group has not committed yet. The topics are written by plain producers
/// only, so an end offset counts records.
///
/// # Errors
/// Also while the outcome of a transaction that carries offsets is undecided: ask again.
pub fn lags(brokers: &str, group: &str, topics: &[String]) -> Result<BTreeMap<(String, i32), i64>> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", group).set("enable.auto.commit", "false").create()?;
    let timeout = Duration::from_secs(5);
    let mut positions = TopicPartitionList::new();
    for topic in topics {
        let metadata = consumer.fetch_metadata(Some(topic), timeout)?;
        for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
            positions.add_partition(topic, partition.id());
        }
    }
    let committed = consumer.committed_offsets(positions, timeout)?;
    let mut lags = BTreeMap::new();
    for element in committed.elements() {
        let (_, end) = consumer.fetch_watermarks(element.topic(), element.partition(), timeout)?;
        let next = match element.offset() {
            Offset::Offset(next) => next,
            _ => 0,
        };
        ensure!(
            next <= end,
            "group {group} has committed offset {next} of {}/{}, which ends at {end}",
            element.topic(),
            element.partition()
        );
        lags.insert((element.topic().to_owned(), element.partition()), end - next);
    }
    Ok(lags)
}

/// The number of records ever written to the topic by plain producers.
pub fn written(brokers: &str, topic: &str) -> Result<i64> {
    let consumer = plain_consumer(brokers, "read_uncommitted")?;
    let metadata = consumer.fetch_metadata(Some(topic), REQUEST_TIMEOUT)?;
    let mut written = 0;
    for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
        written += consumer.fetch_watermarks(topic, partition.id(), REQUEST_TIMEOUT)?.1;
    }
    Ok(written)
}
