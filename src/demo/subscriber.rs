//! The other side: an ordinary consumer of the output topics, and what it has seen.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;

use super::broker::PARTITIONS;
use super::output::{Family, Kind, Output};
use crate::topics::{Topic, Topics};

/// Lines kept for the table.
const LATEST: usize = 40;

/// Records taken before the caller has its turn.
const AT_ONCE: usize = 5_000;

/// What came out, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub by_type: BTreeMap<String, u64>,
    pub by_kind: BTreeMap<Kind, u64>,
    /// By rule, measure, segment or milestone: what began, and what is over.
    pub by_name: BTreeMap<(Family, String), (u64, u64)>,
    pub dead_letters: u64,
}

impl Tally {
    pub fn outputs(&self) -> u64 {
        self.by_type.values().sum()
    }

    pub fn of(&self, kind: Kind) -> u64 {
        self.by_kind.get(&kind).copied().unwrap_or_default()
    }

    fn count(&mut self, output: &Output) {
        *self.by_type.entry(output.event_type.clone()).or_default() += 1;
        *self.by_kind.entry(output.kind).or_default() += 1;
        if let Some(name) = &output.name {
            let (begun, ended) = self.by_name.entry((output.kind.family(), name.clone())).or_default();
            *(if output.kind.is_end() { ended } else { begun }) += 1;
        }
    }
}

pub struct Subscriber {
    consumer: BaseConsumer,
    dead_letters: String,
    account_stages: Vec<String>,
    pub tally: Tally,
    pub latest: Latest,
}

/// Of what is central, the newest last.
#[derive(Default)]
pub struct Latest {
    pub stages: VecDeque<Output>,
    /// Bands, segments, milestones.
    pub signals: VecDeque<Output>,
    pub incidents: VecDeque<Output>,
}

impl Subscriber {
    pub fn new(brokers: &str, topics: &Topics, account_stages: Vec<String>) -> anyhow::Result<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers).set("client.id", "demo-subscriber").set("group.id", "demo-subscriber");
        config.set("isolation.level", "read_committed").set("enable.auto.commit", "false").set("auto.offset.reset", "earliest");
        config.set("fetch.wait.max.ms", "50");
        let consumer: BaseConsumer = config.create().context("making the subscriber")?;
        let mut all = TopicPartitionList::new();
        for topic in [Topic::StageChanges, Topic::Signals, Topic::Alerts, Topic::Plays, Topic::Campaigns, Topic::DeadLetters] {
            for partition in 0..PARTITIONS {
                all.add_partition_offset(topics.name(topic), partition, Offset::Beginning).context("subscribing")?;
            }
        }
        consumer.assign(&all).context("subscribing to the output topics")?;
        Ok(Self {
            consumer,
            dead_letters: topics.name(Topic::DeadLetters).to_owned(),
            account_stages,
            tally: Tally::default(),
            latest: Latest::default(),
        })
    }

    /// Reads for so long; each output is handed on as it comes.
    pub fn read(&mut self, within: Duration, mut seen: impl FnMut(&Output)) {
        let until = Instant::now() + within;
        for _ in 0..AT_ONCE {
            let left = until.saturating_duration_since(Instant::now());
            let Some(polled) = self.consumer.poll(left) else { break };
            let message = match polled {
                Ok(message) => message,
                Err(error) => {
                    tracing::warn!("the subscriber: {error}");
                    continue;
                }
            };
            if message.topic() == self.dead_letters {
                self.tally.dead_letters += 1;
                continue;
            }
            let output = output(&message, &self.account_stages);
            drop(message);
            self.tally.count(&output);
            seen(&output);
            if !output.is_central() {
                continue;
            }
            let latest = match output.kind.family() {
                Family::Stages => &mut self.latest.stages,
                Family::Bands | Family::Segments | Family::Milestones => &mut self.latest.signals,
                Family::Incidents => &mut self.latest.incidents,
            };
            latest.push_back(output);
            if latest.len() > LATEST {
                latest.pop_front();
            }
        }
    }
}

/// CloudEvents in binary mode: the attributes are headers, the value is the data.
fn output(message: &BorrowedMessage<'_>, account_stages: &[String]) -> Output {
    let header = |name: &str| {
        let found = message.headers().and_then(|headers| headers.iter().find(|header| header.key == name));
        found.and_then(|header| std::str::from_utf8(header.value?).ok()).unwrap_or_default()
    };
    let data: Value = message.payload().and_then(|value| serde_json::from_slice(value).ok()).unwrap_or_default();
    Output::read(header("ce_type"), header("ce_subject"), header("ce_time"), &data, account_stages)
}
