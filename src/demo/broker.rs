//! The broker in this process: librdkafka's mock, which is good for a show that is consumed as it is produced.
//!
//! It keeps 5 MiB per partition and drops what is older in silence, its transactions mean nothing, and nobody else can rely on it:
//! exactly-once is shown on a real Kafka, never here.

use anyhow::Context as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use crate::kafka::admin::plan;
use crate::kafka::topic_settings::Wanted;
use crate::topics::Topics;

pub const PARTITIONS: i32 = 6;

/// Lives as long as the demo, on the thread that made it.
pub struct Broker(MockCluster<'static, DefaultProducerContext>);

impl Broker {
    pub fn start() -> anyhow::Result<Self> {
        MockCluster::new(1).map(Self).context("starting the broker in this process")
    }

    /// All topics of the service. The mock knows no CreateTopics request.
    pub fn create(&self, topics: &Topics) -> anyhow::Result<()> {
        for topic in plan(topics, &Wanted { partitions: PARTITIONS, replication: 1, input_retention_days: 0 }) {
            let created = self.0.create_topic(&topic.name, topic.partitions, topic.replication);
            created.with_context(|| format!("creating topic {} on the broker in this process", topic.name))?;
        }
        Ok(())
    }

    pub fn addresses(&self) -> String {
        self.0.bootstrap_servers()
    }
}
