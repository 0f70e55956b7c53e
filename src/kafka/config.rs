//! The librdkafka settings of each client role.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::ClientConfig;

use crate::partition::Partitioner;
use crate::topics::Topics;

/// Which of Kafka's group protocols the workers speak.
///
/// Static membership needs [`GroupProtocol::Classic`]: there a restarted process fences its predecessor and has its partitions back in
/// half a second; with KIP-848 the broker fences the newcomer until the old session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupProtocol {
    Classic,
    Consumer,
}

/// All that is needed to make this process's clients.
#[derive(Clone, Debug)]
pub struct Connection {
    /// librdkafka settings of every client: brokers, security, whatever the operator set. See [`Connection::validate`].
    pub common: BTreeMap<String, String>,
    /// The consumer group, and the prefix of the transactional ids.
    pub application_id: String,
    /// A stable name of this process. Two live processes with the same one fence each other.
    pub instance_id: String,
    pub group_protocol: GroupProtocol,
    pub session_timeout_ms: u32,
    pub transaction_timeout_ms: u32,
    pub topics: Topics,
    /// The largest batch that all topics take which are written; `None`: not known.
    pub batch_bytes_max: Option<usize>,
    /// Whether the brokers say which topic stands behind a name, and with what settings. Kafka's do; librdkafka's mock, on which the demo runs,
    /// leaves such questions unanswered.
    pub describes_topics: bool,
}

/// The combination of settings cannot work.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConnectionError {
    #[error("kafka.properties sets `{key}`, which librdkafka refuses with group_protocol = \"consumer\"; remove it, or use \"classic\"")]
    ClassicOnly { key: &'static str },
    #[error("kafka.transaction_timeout_ms is {0}, expected at least 1000")]
    TransactionTimeoutTooShort(u32),
}

/// librdkafka's `batch.size`.
const BATCH_BYTES: usize = 1_000_000;

/// librdkafka refuses to make a client that has these and `group.protocol=consumer` (wolverine#3486).
const CLASSIC_ONLY: [&str; 4] = ["session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy", "group.protocol.type"];

impl Connection {
    /// Refuses what librdkafka refuses when the client is made, by name. What would break exactly-once, `config` has refused.
    pub fn validate(&self) -> Result<(), ConnectionError> {
        if self.group_protocol == GroupProtocol::Consumer {
            for key in CLASSIC_ONLY {
                if self.common.contains_key(key) {
                    return Err(ConnectionError::ClassicOnly { key });
                }
            }
        }
        if self.transaction_timeout_ms < 1000 {
            return Err(ConnectionError::TransactionTimeoutTooShort(self.transaction_timeout_ms));
        }
        Ok(())
    }

    /// Stable per worker, so that a successor's `init_transactions` aborts what its predecessor left open (kafka-flow#853).
    pub fn transactional_id(&self, worker: usize) -> String {
        format!("{}-{}-{worker}", self.application_id, self.instance_id)
    }

    pub fn group_instance_id(&self, worker: usize) -> String {
        format!("{}-{worker}", self.instance_id)
    }

    pub fn session_timeout(&self) -> Duration {
        Duration::from_millis(u64::from(self.session_timeout_ms))
    }

    /// The session of a classic member. `None` with the consumer protocol: there the brokers keep the books of who has which partition, and
    /// take them from a member that was away before they let it in again.
    pub fn classic_session(&self) -> Option<Duration> {
        (self.group_protocol == GroupProtocol::Classic).then(|| self.session_timeout())
    }

    /// How often a classic member hears from the group, unless the operator says otherwise.
    pub fn heartbeat_interval_ms(&self) -> u32 {
        (self.session_timeout_ms / 3).clamp(1, 3000)
    }

    /// Settings of a member of the group.
    pub(crate) fn member(&self, worker: usize) -> ClientConfig {
        let mut config = self.base(&format!("member-{worker}"));
        config.set("group.id", &self.application_id);
        consumer_rules(&mut config, "read_committed");
        // One partition owns an account whole, so a partition number must come to one member in every input topic. The sticky and the
        // uniform assignors balance topic by topic and would tear it; `range` gives the same numbers of each topic to the same member.
        let together = self.topics.inputs.len() > 1;
        match self.group_protocol {
            GroupProtocol::Classic => {
                config.set("group.instance.id", self.group_instance_id(worker));
                self.suggest(&mut config, "session.timeout.ms", self.session_timeout_ms.to_string());
                self.suggest(&mut config, "heartbeat.interval.ms", self.heartbeat_interval_ms().to_string());
                self.suggest(&mut config, "partition.assignment.strategy", if together { "range" } else { "cooperative-sticky" }.into());
            }
            GroupProtocol::Consumer => {
                config.set("group.protocol", "consumer");
                if together {
                    self.suggest(&mut config, "group.remote.assignor", "range".into());
                }
            }
        }
        // No end events: `rd_kafka_consume_batch_queue` (2.12.1) takes one for a record and moves the position it resumes from after a
        // library pause to the end plus one, so that each cooperative rebalance skips a record of every partition that was read to its
        // end (librdkafka#4844, fixed by #5213 in a later version). Found by losing 3 of 54,000 records. The restore's readers are never
        // paused, and keep the events.
        config.set("enable.partition.eof", "false");
        // The default of 1000 ms stalls a reader that drains its queue in less than that.
        self.suggest(&mut config, "fetch.queue.backoff.ms", "20".into());
        config
    }

    /// Settings of a member of another group, which reads outputs.
    pub(crate) fn subscriber(&self, group: &str) -> ClientConfig {
        let mut config = self.base(&format!("subscriber-{group}"));
        config.set("group.id", group);
        consumer_rules(&mut config, "read_committed");
        config.set("enable.partition.eof", "false");
        // Only for an offset that is out of range: what retention has removed is gone, and what is left follows.
        config.set("auto.offset.reset", "earliest");
        match self.group_protocol {
            GroupProtocol::Classic => {
                config.set("group.instance.id", &self.instance_id);
                self.suggest(&mut config, "session.timeout.ms", self.session_timeout_ms.to_string());
                self.suggest(&mut config, "heartbeat.interval.ms", self.heartbeat_interval_ms().to_string());
                self.suggest(&mut config, "partition.assignment.strategy", "cooperative-sticky".into());
            }
            GroupProtocol::Consumer => {
                config.set("group.protocol", "consumer");
            }
        }
        // Of each partition some records wait at most, and there is such a client for each target.
        self.suggest(&mut config, "queued.max.messages.kbytes", "4096".into());
        config
    }

    /// Settings of a transactional producer.
    pub(crate) fn producer(&self, worker: usize) -> ClientConfig {
        let mut config = self.base(&format!("producer-{worker}"));
        config.set("transactional.id", self.transactional_id(worker));
        config.set("transaction.timeout.ms", self.transaction_timeout_ms.to_string());
        // Delivery reports of successes are not wanted, and waiting for them costs 100 ms a commit.
        config.set("delivery.report.only.error", "true");
        // librdkafka refuses a socket timeout that is not at least 100 ms below the transaction timeout.
        let ceiling = self.transaction_timeout_ms - 100;
        let socket = self.common.get("socket.timeout.ms").and_then(|text| text.parse().ok()).unwrap_or(60_000u32);
        config.set("socket.timeout.ms", socket.min(ceiling).to_string());
        self.suggest(&mut config, "compression.type", "lz4".into());
        self.bound_batches(&mut config);
        // What Kafka's Java clients do with a key, so that others may join our outputs with their own topics.
        self.suggest(&mut config, "partitioner", "murmur2_random".into());
        config
    }

    /// Where our producers put a record with this key, in a topic of so many partitions.
    pub fn partition_of(&self, key: &[u8], partitions: i32) -> i32 {
        self.partitioner().partition_of(key, partitions)
    }

    /// What our producers use.
    pub fn partitioner(&self) -> Partitioner {
        match self.common.get("partitioner").map(String::as_str) {
            Some("consistent" | "consistent_random") => Partitioner::Crc32,
            Some("fnv1a" | "fnv1a_random") => Partitioner::Fnv1a,
            _ => Partitioner::Murmur2,
        }
    }

    /// Settings of a producer without transactions: each record for itself, once.
    pub(crate) fn writer(&self) -> ClientConfig {
        let mut config = self.base("writer");
        config.set("enable.idempotence", "true");
        // Somebody waits for the answer.
        self.suggest(&mut config, "message.timeout.ms", "5000".into());
        self.suggest(&mut config, "linger.ms", "0".into());
        self.suggest(&mut config, "partitioner", "murmur2_random".into());
        config
    }

    /// Settings of a producer of a history.
    pub(crate) fn bulk_writer(&self) -> ClientConfig {
        let mut config = self.base("seed");
        config.set("enable.idempotence", "true");
        config.set("delivery.report.only.error", "true");
        // By default a gibibyte may wait for the brokers. What does not fit into the processor's caches costs both threads: with eight times as
        // much, a sixth more CPU; a quarter of it keeps the brokers waiting.
        let record_bytes = self.common.get("message.max.bytes").and_then(|text| text.parse().ok()).unwrap_or(BATCH_BYTES);
        self.suggest(&mut config, "queue.buffering.max.kbytes", (8 << 10).max((2 * record_bytes) >> 10).to_string());
        self.suggest(&mut config, "linger.ms", "50".into());
        self.suggest(&mut config, "compression.type", "lz4".into());
        self.bound_batches(&mut config);
        config
    }

    /// A topic refuses whole batches that are larger than it takes, and librdkafka does not try again with smaller ones.
    fn bound_batches(&self, config: &mut ClientConfig) {
        if let Some(bytes) = self.batch_bytes_max.filter(|bytes| *bytes < BATCH_BYTES) {
            self.suggest(config, "batch.size", bytes.to_string());
        }
    }

    /// Settings of a reader outside the group, which yet knows the group's name, to ask for its committed offsets.
    pub(crate) fn reader(&self, isolation: &str, role: &str) -> ClientConfig {
        let mut config = self.base(role);
        config.set("group.id", &self.application_id);
        consumer_rules(&mut config, isolation);
        // A fetch that waits on the broker blocks queries on the same connection: a restore took 1 s per partition with the default.
        self.suggest(&mut config, "fetch.wait.max.ms", "10".into());
        // The default of 1000 ms makes restoring six times slower.
        self.suggest(&mut config, "fetch.queue.backoff.ms", "10".into());
        config
    }

    pub(crate) fn admin(&self) -> ClientConfig {
        self.base("admin")
    }

    fn base(&self, role: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", format!("{}-{}-{role}", self.application_id, self.instance_id));
        for (key, value) in &self.common {
            config.set(key, value);
        }
        config
    }

    /// Sets what the operator did not.
    fn suggest(&self, config: &mut ClientConfig, key: &str, value: String) {
        if !self.common.contains_key(key) {
            config.set(key, value);
        }
    }
}

fn consumer_rules(config: &mut ClientConfig, isolation: &str) {
    config
        .set("isolation.level", isolation)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", "error")
        .set("allow.auto.create.topics", "false");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(protocol: GroupProtocol, inputs: &[&str], properties: &[(&str, &str)]) -> Connection {
        Connection {
            common: properties.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            application_id: "tracker".into(),
            instance_id: "host-1".into(),
            group_protocol: protocol,
            session_timeout_ms: 45_000,
            transaction_timeout_ms: 15_000,
            topics: Topics::new(inputs.iter().map(|name| name.to_string()).collect(), "adoption"),
            batch_bytes_max: None,
            describes_topics: true,
        }
    }

    #[test]
    fn settings_of_the_classic_protocol_are_refused_with_the_new_one() {
        let properties = [("session.timeout.ms", "6000")];
        assert_eq!(connection(GroupProtocol::Classic, &["in"], &properties).validate(), Ok(()));
        let refused = connection(GroupProtocol::Consumer, &["in"], &properties).validate();
        assert_eq!(refused, Err(ConnectionError::ClassicOnly { key: "session.timeout.ms" }));
    }

    #[test]
    fn several_inputs_need_an_assignor_that_keeps_a_partition_together() {
        let strategy = |inputs: &[&str]| {
            let config = connection(GroupProtocol::Classic, inputs, &[]).member(0);
            config.get("partition.assignment.strategy").map(str::to_owned)
        };
        assert_eq!(strategy(&["in"]).as_deref(), Some("cooperative-sticky"));
        assert_eq!(strategy(&["usage", "accounts"]).as_deref(), Some("range"));
        let config = connection(GroupProtocol::Consumer, &["usage", "accounts"], &[]).member(0);
        assert_eq!(config.get("group.remote.assignor"), Some("range"));
        assert_eq!(config.get("group.instance.id"), None);
        assert_eq!(config.get("session.timeout.ms"), None);
    }

    #[test]
    fn the_socket_timeout_stays_below_the_transaction_timeout() {
        let socket = |properties: &[(&str, &str)]| {
            connection(GroupProtocol::Classic, &["in"], properties).producer(3).get("socket.timeout.ms").map(str::to_owned)
        };
        assert_eq!(socket(&[]).as_deref(), Some("14900"));
        assert_eq!(socket(&[("socket.timeout.ms", "14900")]).as_deref(), Some("14900"));
        assert_eq!(socket(&[("socket.timeout.ms", "14901")]).as_deref(), Some("14900"));
        assert_eq!(socket(&[("socket.timeout.ms", "5000")]).as_deref(), Some("5000"));
    }

    #[test]
    fn every_role_makes_a_client() {
        use rdkafka::consumer::BaseConsumer;
        use rdkafka::producer::BaseProducer;
        for protocol in [GroupProtocol::Classic, GroupProtocol::Consumer] {
            let connection = connection(protocol, &["usage", "accounts"], &[("bootstrap.servers", "127.0.0.1:1")]);
            connection.member(0).create::<BaseConsumer>().expect("member");
            connection.reader("read_committed", "reader").create::<BaseConsumer>().expect("reader");
            connection.subscriber("tracker-deliver-team").create::<BaseConsumer>().expect("subscriber");
            connection.producer(0).create::<BaseProducer>().expect("producer");
            connection.writer().create::<BaseProducer>().expect("writer");
            connection.bulk_writer().create::<BaseProducer>().expect("bulk writer");
        }
    }
}
