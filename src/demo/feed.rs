//! The customers' side: a thread that produces what they do, when they do it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::customers;
use super::pace::Pace;

/// Events on their way at most. The mock broker drops what is older than 5 MiB per partition, read or not: rather than losing events, the
/// customers wait for a machine that cannot keep up.
const ON_THEIR_WAY_MAX: u64 = 30_000;

/// Between two looks at the clock.
const STEP: Duration = Duration::from_millis(5);

/// Produced between two looks at the stop.
const BURST: usize = 2_000;

#[derive(Default)]
struct Shared {
    produced: AtomicU64,
    finished: AtomicBool,
    stop: AtomicBool,
}

pub struct Feed {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Feed {
    /// `taken` tells how many events the service has committed.
    pub fn start(
        brokers: &str,
        topic: &str,
        accounts: usize,
        pace: Pace,
        taken: impl Fn() -> u64 + Send + 'static,
    ) -> anyhow::Result<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers).set("client.id", "demo-customers").set("linger.ms", "5").set("compression.type", "lz4");
        // Retries must not change the order, and an account's partition is where Kafka's Java clients put it.
        config.set("enable.idempotence", "true").set("partitioner", "murmur2_random");
        let producer: BaseProducer = config.create().context("making the customers' producer")?;
        let shared = Arc::new(Shared::default());
        let (topic, of_thread) = (topic.to_owned(), Arc::clone(&shared));
        let run = move || {
            let result = produce(&producer, &topic, accounts, pace, &of_thread, taken);
            of_thread.finished.store(true, Ordering::Release);
            result
        };
        let thread = std::thread::Builder::new().name("customers".to_owned()).spawn(run).context("starting the customers' thread")?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub fn produced(&self) -> u64 {
        self.shared.produced.load(Ordering::Acquire)
    }

    /// All is told, or it failed, which [`Feed::end`] says.
    pub fn is_finished(&self) -> bool {
        self.shared.finished.load(Ordering::Acquire)
    }

    /// Waits for what is on its way to the broker, a bounded time.
    pub fn end(&mut self) -> anyhow::Result<()> {
        self.shared.stop.store(true, Ordering::Release);
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => anyhow::bail!("the customers' thread panicked"),
        }
    }
}

fn produce(
    producer: &BaseProducer,
    topic: &str,
    accounts: usize,
    pace: Pace,
    shared: &Shared,
    taken: impl Fn() -> u64,
) -> anyhow::Result<()> {
    let mut events = customers::stream(customers::DEMO_SEED, accounts, pace.first_day, pace.days).peekable();
    while !shared.stop.load(Ordering::Acquire) {
        producer.poll(Duration::ZERO);
        let lived_ms = pace.lived_ms();
        let on_their_way = shared.produced.load(Ordering::Acquire).saturating_sub(taken());
        if on_their_way < ON_THEIR_WAY_MAX {
            for _ in 0..BURST {
                let Some((account, _, json)) = events.next_if(|(_, time_ms, _)| *time_ms < lived_ms) else { break };
                send(producer, BaseRecord::to(topic).key(&*account).payload(&json))?;
                shared.produced.fetch_add(1, Ordering::AcqRel);
            }
        }
        let next_ms = events.peek().map_or(i64::MAX, |(_, time_ms, _)| *time_ms);
        let told_ms = lived_ms.min(next_ms);
        pace.told(told_ms);
        // Silence belongs to the story too: it ends when its time has come.
        if told_ms >= pace.until_ms {
            break;
        }
        if on_their_way >= ON_THEIR_WAY_MAX || told_ms == lived_ms {
            std::thread::sleep(STEP);
        }
    }
    producer.flush(Duration::from_secs(3)).context("the customers' last events did not reach the broker")
}

fn send(producer: &BaseProducer, mut record: BaseRecord<'_, str, String>) -> anyhow::Result<()> {
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                producer.poll(Duration::from_millis(10));
            }
            Err((error, _)) => return Err(error).context("producing the customers' events"),
        }
    }
}
