//! Where the inputs end.
//!
//! A partition's clock may follow the wall clock only where there is no unread input. That a fetch came back empty says so for that moment
//! only: once the broker is out of reach, unread input piles up unseen, and a clock that ran on would fire usage drops that are false. So
//! the ends are asked for, about once a second for all partitions of the process, together with the instant at which they were asked; what
//! was read up to an end may let the clock go to that instant. No answer, no progress of the clock.
//!
//! The end is the high watermark. What lies behind a producer's open transaction cannot be read yet, but it is there, and with its own times:
//! a clock that ran past it would make it late.
//!
//! The same thread looks at the topics, whether they are still those that the process began with, and now and then at the group
//! ([`super::orphans`]).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::config::Connection;
use super::context;
use super::describe::TopicWatch;
use super::orphans::OrphanWatch;
use super::queue::Waker;
use crate::partition::wall_clock_ms;

/// The ends of one partition's inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Per input topic the high watermark.
    pub offsets: Vec<i64>,
    /// Wall clock, Unix milliseconds, from before the question was sent.
    pub asked_ms: i64,
}

/// How often it is asked whether the topics are still the same: a cheap question, and until the answer what is read may be another topic.
const LOOK_AT_TOPICS: Duration = Duration::from_secs(1);

struct Watched {
    waker: Arc<Waker>,
    ends: Option<Ends>,
}

/// Shared by the workers and the one thread that asks.
#[derive(Default)]
pub struct EndWatch {
    partitions: Mutex<BTreeMap<i32, Watched>>,
    refusal: OnceLock<String>,
}

impl EndWatch {
    /// From now on; the waker is woken when an answer came.
    pub fn watch(&self, partition: i32, waker: &Arc<Waker>) {
        let watched = Watched { waker: waker.clone(), ends: None };
        self.partitions.lock().expect("no panic while held").insert(partition, watched);
    }

    /// No more, if it is still this worker that watches.
    pub fn unwatch(&self, partition: i32, waker: &Arc<Waker>) {
        let mut partitions = self.partitions.lock().expect("no panic while held");
        if partitions.get(&partition).is_some_and(|watched| Arc::ptr_eq(&watched.waker, waker)) {
            partitions.remove(&partition);
        }
    }

    /// The newest answer, once: it is taken.
    pub fn take(&self, partition: i32) -> Option<Ends> {
        self.partitions.lock().expect("no panic while held").get_mut(&partition)?.ends.take()
    }

    /// Why the topics are not to be gone on with: nothing more may be committed.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.get().map(String::as_str)
    }

    fn refuse(&self, why: String) {
        // The first reason stands.
        let _ = self.refusal.set(why);
        self.partitions.lock().expect("no panic while held").values().for_each(|watched| watched.waker.wake());
    }

    fn partitions(&self) -> Vec<i32> {
        self.partitions.lock().expect("no panic while held").keys().copied().collect()
    }

    fn answer(&self, partition: i32, ends: Ends) {
        if let Some(watched) = self.partitions.lock().expect("no panic while held").get_mut(&partition) {
            watched.ends = Some(ends);
            watched.waker.wake();
        }
    }
}

struct AskerContext;

impl ClientContext for AskerContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, _reason: &str) {
        // The workers' clients say the same.
        tracing::debug!(%error, "while asking for the ends of the inputs");
    }
}

impl ConsumerContext for AskerContext {}

/// Is told of a topic's partition how many records stand behind an open transaction, and for how long at least.
type OpenTransactions<'a> = dyn Fn(&str, i32, i64, Duration) + 'a;

/// Asks on a thread of its own until told to stop.
pub struct Asker {
    committed: BaseConsumer<AskerContext>,
    uncommitted: BaseConsumer<AskerContext>,
    inputs: Vec<String>,
    changelog: Option<String>,
    /// `None`: the brokers do not say.
    topics: Option<TopicWatch>,
    /// By topic and partition: the last stable offset, and since when it has been that, with records behind it.
    stable_since: BTreeMap<(String, i32), (i64, Instant)>,
    group: String,
    /// How often the group is looked at for partitions that nobody has; `None`: the brokers see to that.
    look_every: Option<Duration>,
}

impl Asker {
    pub fn new(connection: &Connection) -> KafkaResult<Self> {
        Ok(Self {
            committed: connection.reader("read_committed", "ends").create_with_context(AskerContext)?,
            uncommitted: connection.reader("read_uncommitted", "high-watermarks").create_with_context(AskerContext)?,
            inputs: connection.topics.inputs.clone(),
            changelog: connection.topics.changelog().map(str::to_owned),
            topics: connection.describes_topics.then(|| TopicWatch::new(&connection.topics)),
            stable_since: BTreeMap::new(),
            group: connection.application_id.clone(),
            look_every: connection.classic_session(),
        })
    }

    /// `open_transactions(topic, partition, records, age)` is told every ten seconds how far the stable end of inputs and changelog lies behind
    /// their end, and for how long it has not moved: beyond the transaction timeout that is a transaction nobody decides (KAFKA-12671).
    pub fn run(
        &mut self,
        watch: &EndWatch,
        orphans: &OrphanWatch,
        every: Duration,
        stop: &AtomicBool,
        open_transactions: &OpenTransactions<'_>,
    ) {
        let mut next_look = Instant::now();
        let mut next = Instant::now();
        let mut next_gap = Instant::now();
        let mut next_topics = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            if now < next {
                // Short steps, to see the stop.
                std::thread::sleep((next - now).min(Duration::from_millis(50)));
                continue;
            }
            next = now + every;
            for consumer in [&self.committed, &self.uncommitted] {
                let _ = consumer.poll(Duration::ZERO);
            }
            if let Some(look_every) = self.look_every.filter(|_| now >= next_look) {
                next_look = now + look_every;
                if let Err(error) = orphans.look(&self.committed, &self.group, &self.inputs) {
                    tracing::debug!(%error, "whether all partitions of the inputs are assigned is unknown");
                }
            }
            if let Some(topics) = self.topics.as_mut().filter(|_| now >= next_topics) {
                next_topics = now + LOOK_AT_TOPICS;
                match topics.look(&self.uncommitted) {
                    Ok(None) => {}
                    Ok(Some(refusal)) => watch.refuse(refusal),
                    Err(error) => tracing::debug!(%error, "whether the topics are still the same is unknown"),
                }
            }
            let partitions = watch.partitions();
            if partitions.is_empty() {
                continue;
            }
            if let Err(error) = self.ask_inputs(watch, &partitions) {
                tracing::debug!(%error, "the ends of the inputs are unknown; the clocks of partitions without input wait");
            }
            if now >= next_gap {
                next_gap = now + Duration::from_secs(10);
                if let Err(error) = self.ask_gaps(&partitions, open_transactions) {
                    tracing::debug!(%error, "the open-transaction lag is unknown");
                }
            }
        }
    }

    fn ask_inputs(&self, watch: &EndWatch, partitions: &[i32]) -> KafkaResult<()> {
        let asked_ms = wall_clock_ms();
        let topics: Vec<&str> = self.inputs.iter().map(String::as_str).collect();
        let ends = ask(&self.uncommitted, &topics, partitions)?;
        for (index, partition) in partitions.iter().enumerate() {
            let offsets: Option<Vec<i64>> = ends.iter().map(|of_topic| of_topic[index]).collect();
            if let Some(offsets) = offsets {
                watch.answer(*partition, Ends { offsets, asked_ms });
            }
        }
        Ok(())
    }

    fn ask_gaps(&mut self, partitions: &[i32], report: &OpenTransactions<'_>) -> KafkaResult<()> {
        let names: Vec<String> = self.inputs.iter().chain(&self.changelog).cloned().collect();
        let topics: Vec<&str> = names.iter().map(String::as_str).collect();
        // The stable end last: asked first it would lie behind by what was committed between the questions.
        let high = ask(&self.uncommitted, &topics, partitions)?;
        let stable = ask(&self.committed, &topics, partitions)?;
        self.stable_since.retain(|(_, partition), _| partitions.contains(partition));
        for (index, partition) in partitions.iter().enumerate() {
            for (topic, (high, stable)) in topics.iter().zip(high.iter().zip(&stable)) {
                if let (Some(high), Some(stable)) = (high[index], stable[index]) {
                    let (records, now) = ((high - stable).max(0), Instant::now());
                    let since = self.stable_since.entry(((*topic).to_owned(), *partition)).or_insert((stable, now));
                    if since.0 != stable || records == 0 {
                        *since = (stable, now);
                    }
                    report(topic, *partition, records, now - since.1);
                }
            }
        }
        Ok(())
    }
}

/// One request per broker: per topic, per partition the end as the consumer's isolation level sees it.
fn ask(consumer: &BaseConsumer<AskerContext>, topics: &[&str], partitions: &[i32]) -> KafkaResult<Vec<Vec<Option<i64>>>> {
    let mut list = TopicPartitionList::with_capacity(topics.len() * partitions.len());
    for topic in topics {
        for partition in partitions {
            // As a timestamp, `End` asks for the end.
            list.add_partition_offset(topic, *partition, Offset::End)?;
        }
    }
    let answer = consumer.offsets_for_times(list, Duration::from_secs(5))?;
    let end = |topic: &str, partition: i32| match answer.find_partition(topic, partition) {
        Some(found) if found.error().is_ok() => match found.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        },
        _ => None,
    };
    Ok(topics.iter().map(|topic| partitions.iter().map(|partition| end(topic, *partition)).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_once_and_only_by_a_watched_partition() {
        let (watch, waker, other) = (EndWatch::default(), Arc::new(Waker::default()), Arc::new(Waker::default()));
        let ends = Ends { offsets: vec![7], asked_ms: 1 };
        watch.answer(3, ends.clone());
        assert_eq!(watch.take(3), None);
        watch.watch(3, &waker);
        watch.answer(3, ends.clone());
        assert_eq!(watch.take(3), Some(ends));
        assert_eq!(watch.take(3), None);
        // Another worker has taken the partition over: the first one's farewell changes nothing.
        watch.watch(3, &other);
        watch.unwatch(3, &waker);
        assert_eq!(watch.partitions(), [3]);
    }
}
