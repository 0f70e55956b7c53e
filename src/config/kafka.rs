//! librdkafka properties: which ones are refused, which client gets which, and what the named settings amount to.
//!
//! | property | where it is set |
//! |---|---|
//! | [`FIXED`] | nowhere: exactly-once rests on them |
//! | [`OWNED`] | by the setting named there, never in `kafka.properties` |
//! | [`SHORTHAND`] | by the setting named there or in `kafka.properties`, not by both; the property wins over the setting's default |
//! | any other | in `kafka.properties` |

use std::collections::BTreeMap;
use std::time::Duration;

use super::sections::{HIDDEN, Kafka, Secret};
use super::{GroupProtocol, SaslMechanism, SecurityProtocol, SettingProblem, Settings};

/// Properties that nobody may set, with what the service sets them to.
pub(super) const FIXED: [(&str, &str); 5] = [
    ("isolation.level", "read_committed"),
    ("enable.idempotence", "true"),
    ("enable.auto.commit", "false"),
    // The name under which librdkafka also knows `enable.auto.commit`.
    ("auto.commit.enable", "false"),
    ("transactional.id", "one for each worker, from kafka.application_id and kafka.instance_id"),
];

/// Properties that only their own setting may set: other things are derived from it.
pub(super) const OWNED: [(&str, &str); 5] = [
    ("bootstrap.servers", "kafka.brokers"),
    ("metadata.broker.list", "kafka.brokers"),
    ("group.id", "kafka.application_id"),
    ("group.instance.id", "kafka.instance_id"),
    ("group.protocol", "kafka.group_protocol"),
];

/// Properties that have a setting too.
pub(super) const SHORTHAND: [(&str, &str); 13] = [
    ("session.timeout.ms", "kafka.session_timeout_ms"),
    ("transaction.timeout.ms", "kafka.transaction_timeout_ms"),
    ("security.protocol", "kafka.security_protocol"),
    ("sasl.mechanism", "kafka.sasl_mechanism"),
    ("sasl.mechanisms", "kafka.sasl_mechanism"),
    ("sasl.username", "kafka.sasl_username"),
    ("sasl.password", "kafka.sasl_password"),
    ("sasl.password", "kafka.sasl_password_file"),
    ("ssl.ca.location", "kafka.ssl_ca_location"),
    ("ssl.certificate.location", "kafka.ssl_certificate_location"),
    ("ssl.key.location", "kafka.ssl_key_location"),
    ("ssl.key.password", "kafka.ssl_key_password"),
    ("ssl.key.password", "kafka.ssl_key_password_file"),
];

/// Properties that librdkafka refuses with the KIP-848 protocol, where the broker decides.
pub(super) const CLASSIC_ONLY: [(&str, &str); 3] = [
    ("session.timeout.ms", "group.consumer.session.timeout.ms"),
    ("heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms"),
    ("partition.assignment.strategy", "group.consumer.assignors"),
];

/// Properties of consumers alone (librdkafka 2.12 CONFIGURATION.md, column C/P): a producer would warn of each.
const CONSUMER_ONLY: [&str; 25] = [
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "check.crcs",
    "consume.callback.max.messages",
    "coordinator.query.interval.ms",
    "enable.auto.offset.store",
    "enable.partition.eof",
    "fetch.error.backoff.ms",
    "fetch.max.bytes",
    "fetch.message.max.bytes",
    "fetch.min.bytes",
    "fetch.queue.backoff.ms",
    "fetch.wait.max.ms",
    "group.protocol.type",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "offset.store.method",
    "offset.store.path",
    "offset.store.sync.interval.ms",
    "partition.assignment.strategy",
    "queued.max.messages.kbytes",
    "queued.min.messages",
    "session.timeout.ms",
];

/// Properties of producers alone, from the same table.
const PRODUCER_ONLY: [&str; 25] = [
    "acks",
    "batch.num.messages",
    "batch.size",
    "compression.codec",
    "compression.level",
    "compression.type",
    "delivery.report.only.error",
    "delivery.timeout.ms",
    "enable.gapless.guarantee",
    "linger.ms",
    "message.send.max.retries",
    "message.timeout.ms",
    "partitioner",
    "produce.offset.report",
    "queue.buffering.backpressure.threshold",
    "queue.buffering.max.kbytes",
    "queue.buffering.max.messages",
    "queue.buffering.max.ms",
    "queuing.strategy",
    "request.required.acks",
    "request.timeout.ms",
    "retries",
    "sticky.partitioning.linger.ms",
    "transaction.timeout.ms",
    "transactional.id",
];

/// librdkafka's default of `heartbeat.interval.ms`.
const HEARTBEAT_MS: u64 = 3_000;

/// librdkafka's default of `max.poll.interval.ms`.
pub(super) const MAX_POLL_INTERVAL_MS: u64 = 300_000;

/// A request that has had no answer for this long is sent again elsewhere. librdkafka's 60 s are beyond the transaction timeout.
const SOCKET_TIMEOUT_MS: u64 = 10_000;

/// librdkafka wants a request to fail before the transaction does, by this much.
pub(super) const SOCKET_MARGIN_MS: u64 = 100;

/// Room for key and headers (the reason of a dead letter) around a value of `engine.max_record_bytes`.
const HEADER_BYTES: u64 = 64 * 1024;

impl Settings {
    /// librdkafka properties that all clients share (admin, restore, consumers, producers): brokers, security, timeouts and
    /// those of `kafka.properties` that are not of consumers or producers alone.
    pub fn client_config_common(&self) -> BTreeMap<String, String> {
        let kafka = &self.kafka;
        let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let named = [
            ("bootstrap.servers", Some(kafka.brokers.clone())),
            ("client.id", Some(format!("{}-{}", kafka.application_id, kafka.instance_id))),
            ("socket.timeout.ms", Some(self.socket_timeout_ms().to_string())),
            ("message.max.bytes", Some(self.message_max_bytes().to_string())),
            ("security.protocol", kafka.security_protocol.map(|protocol| protocol.name().to_owned())),
            ("sasl.mechanism", kafka.sasl_mechanism.map(|mechanism| mechanism.name().to_owned())),
            ("sasl.username", kafka.sasl_username.clone()),
            ("sasl.password", secret(&kafka.sasl_password)),
            ("ssl.ca.location", path(&kafka.ssl_ca_location)),
            ("ssl.certificate.location", path(&kafka.ssl_certificate_location)),
            ("ssl.key.location", path(&kafka.ssl_key_location)),
            ("ssl.key.password", secret(&kafka.ssl_key_password)),
        ];
        let mut properties: BTreeMap<String, String> =
            named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        properties.extend(kafka.properties_where(|name| !CONSUMER_ONLY.contains(&name) && !PRODUCER_ONLY.contains(&name)));
        properties
    }

    /// [`Settings::client_config_common`] and what group members need besides. The group member adds `isolation.level` and
    /// `enable.auto.commit`, last.
    pub fn client_config_consumer(&self, worker: u32) -> BTreeMap<String, String> {
        let mut properties = self.client_config_common();
        let mut set = |name: &str, value: String| properties.insert(name.to_owned(), value);
        set("group.id", self.kafka.application_id.clone());
        match self.kafka.group_protocol {
            GroupProtocol::Classic => {
                set("group.protocol", "classic".to_owned());
                set("session.timeout.ms", self.session_timeout_ms().to_string());
                set("heartbeat.interval.ms", self.heartbeat_ms().to_string());
                set("partition.assignment.strategy", "cooperative-sticky".to_owned());
            }
            GroupProtocol::Consumer => {
                set("group.protocol", "consumer".to_owned());
            }
        }
        if let Some(id) = self.kafka.group_instance_id(worker) {
            set("group.instance.id", id);
        }
        properties.extend(self.kafka.properties_where(|name| CONSUMER_ONLY.contains(&name)));
        properties
    }

    /// [`Settings::client_config_common`] and what transactional producers need besides. The producer adds `enable.idempotence`,
    /// last.
    pub fn client_config_producer(&self, worker: u32) -> BTreeMap<String, String> {
        let mut properties = self.client_config_common();
        properties.insert("transactional.id".to_owned(), self.kafka.transactional_id(worker));
        properties.insert("transaction.timeout.ms".to_owned(), self.transaction_timeout_ms().to_string());
        properties.extend(self.kafka.properties_where(|name| PRODUCER_ONLY.contains(&name)));
        properties
    }

    /// The session timeout in force, also where a property sets it.
    pub fn session_timeout_ms(&self) -> u64 {
        self.kafka.milliseconds("session.timeout.ms").unwrap_or(self.kafka.session_timeout_ms)
    }

    /// The transaction timeout in force, also where a property sets it.
    pub fn transaction_timeout_ms(&self) -> u64 {
        self.kafka.milliseconds("transaction.timeout.ms").unwrap_or(self.kafka.transaction_timeout_ms)
    }

    /// [`Settings::transaction_timeout_ms`] as a duration: the longest that a transactional call may take.
    pub fn transaction_timeout(&self) -> Duration {
        Duration::from_millis(self.transaction_timeout_ms())
    }

    pub(super) fn socket_timeout_ms(&self) -> u64 {
        let below_transaction = self.transaction_timeout_ms().saturating_sub(SOCKET_MARGIN_MS);
        self.kafka.milliseconds("socket.timeout.ms").unwrap_or(SOCKET_TIMEOUT_MS.min(below_transaction))
    }

    /// A third of the session at most, so that two lost heartbeats do not end it.
    pub(super) fn heartbeat_ms(&self) -> u64 {
        self.kafka.milliseconds("heartbeat.interval.ms").unwrap_or(HEARTBEAT_MS.min(self.session_timeout_ms() / 3).max(1))
    }

    /// A dead letter carries the original bytes, so the producer must take more than the largest record.
    pub(super) fn message_max_bytes(&self) -> u64 {
        self.kafka.milliseconds("message.max.bytes").unwrap_or(u64::from(self.engine.max_record_bytes) + HEADER_BYTES)
    }

    /// Replaces `*_file` secrets by what the files hold.
    pub(super) fn read_secret_files(&mut self) -> Vec<SettingProblem> {
        let origins = &self.origins;
        let kafka = &mut self.kafka;
        let secrets = [
            ("kafka.sasl_password", &mut kafka.sasl_password, "kafka.sasl_password_file", &kafka.sasl_password_file),
            ("kafka.ssl_key_password", &mut kafka.ssl_key_password, "kafka.ssl_key_password_file", &kafka.ssl_key_password_file),
        ];
        let mut problems = Vec::new();
        for (key, secret, file_key, file) in secrets {
            let Some(file) = file else { continue };
            let origin = origins.get(file_key).cloned().unwrap_or_default();
            if secret.is_some() {
                let message = format!("`{file_key}` and `{key}` are both set; keep one of them");
                problems.push(SettingProblem { origin, message });
                continue;
            }
            match std::fs::read_to_string(file) {
                Ok(text) => *secret = Some(Secret::new(text.trim_end_matches(['\r', '\n']))),
                Err(error) => {
                    let message = format!("`{file_key}`: {} cannot be read: {error}", file.display());
                    problems.push(SettingProblem { origin, message });
                }
            }
        }
        problems
    }
}

impl Kafka {
    /// The static member id of a worker; `None` with KIP-848, where a restarted static member is locked out until its old
    /// session ends.
    pub fn group_instance_id(&self, worker: u32) -> Option<String> {
        (self.group_protocol == GroupProtocol::Classic).then(|| format!("{}-{worker}", self.instance_id))
    }

    /// The same for the same worker after a restart, so that the successor ends its predecessor's transaction. A slash cannot be
    /// in the parts, so different parts never make the same id.
    pub fn transactional_id(&self, worker: u32) -> String {
        format!("{}/{}/{worker}", self.application_id, self.instance_id)
    }

    fn properties_where(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (String, String)> {
        self.properties.iter().filter(move |(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone()))
    }

    /// A property that is a whole number; `validate` has refused any other text.
    pub(super) fn milliseconds(&self, name: &str) -> Option<u64> {
        self.properties.get(name)?.trim().parse().ok()
    }
}

impl SecurityProtocol {
    pub fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "plaintext",
            SecurityProtocol::Ssl => "ssl",
            SecurityProtocol::SaslPlaintext => "sasl_plaintext",
            SecurityProtocol::SaslSsl => "sasl_ssl",
        }
    }
}

impl SaslMechanism {
    pub fn name(self) -> &'static str {
        match self {
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
            SaslMechanism::OauthBearer => "OAUTHBEARER",
        }
    }
}

/// A property's key in errors and origins; its name has dots, so it is quoted as in TOML.
pub(super) fn property_key(name: &str) -> String {
    format!("kafka.properties.\"{name}\"")
}

/// `client_rack` → `client.rack`. librdkafka has underscores in two names that a text can set.
pub(super) fn property_of_variable(name: &str) -> String {
    if matches!(name, "log_level" | "enabled_events") { name.to_owned() } else { name.replace('_', ".") }
}

/// Whether a property's value, or a line of a settings file that names it, is kept from people's eyes.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passphrase", "secret", "token", "key.pem", "sasl.oauthbearer.config"].iter().any(|part| name.contains(part))
}

/// Serialises the properties as they may be shown.
pub(super) fn serialize_hiding<S: serde::Serializer>(properties: &BTreeMap<String, String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(properties.iter().map(|(name, value)| (name, if is_secret(name) { HIDDEN } else { value.as_str() })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(properties: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        settings.kafka.instance_id = "node-1".to_owned();
        settings.kafka.properties = properties.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        settings
    }

    #[test]
    fn each_client_gets_its_own_properties() {
        let settings = settings(&[("client.rack", "a"), ("linger.ms", "5"), ("fetch.min.bytes", "9"), ("statistics.interval.ms", "1000")]);
        let has = |properties: &BTreeMap<String, String>| {
            ["client.rack", "linger.ms", "fetch.min.bytes", "statistics.interval.ms"].map(|name| properties.contains_key(name))
        };
        assert_eq!(has(&settings.client_config_common()), [true, false, false, true]);
        assert_eq!(has(&settings.client_config_producer(0)), [true, true, false, true]);
        assert_eq!(has(&settings.client_config_consumer(0)), [true, false, true, true]);
    }

    #[test]
    fn a_property_wins_over_a_default() {
        let settings = settings(&[("session.timeout.ms", "6000"), ("transaction.timeout.ms", "5000"), ("partition.assignment.strategy", "range")]);
        let consumer = settings.client_config_consumer(3);
        assert_eq!(consumer["session.timeout.ms"], "6000");
        assert_eq!(consumer["heartbeat.interval.ms"], "2000");
        assert_eq!(consumer["partition.assignment.strategy"], "range");
        assert_eq!(consumer["group.instance.id"], "node-1-3");
        let producer = settings.client_config_producer(3);
        assert_eq!(producer["transaction.timeout.ms"], "5000");
        assert_eq!(producer["socket.timeout.ms"], "4900");
        assert_eq!(producer["transactional.id"], "adoption-tracker/node-1/3");
    }

    #[test]
    fn the_consumer_protocol_has_no_static_membership_and_no_session() {
        let mut settings = settings(&[]);
        settings.kafka.group_protocol = GroupProtocol::Consumer;
        let consumer = settings.client_config_consumer(0);
        assert_eq!(consumer["group.protocol"], "consumer");
        for name in CLASSIC_ONLY.map(|(name, _)| name).into_iter().chain(["group.instance.id"]) {
            assert!(!consumer.contains_key(name), "{name}");
        }
    }

    #[test]
    fn security_settings_become_properties() {
        let mut settings = settings(&[]);
        settings.kafka.security_protocol = Some(SecurityProtocol::SaslSsl);
        settings.kafka.sasl_mechanism = Some(SaslMechanism::ScramSha512);
        settings.kafka.sasl_username = Some("adoption".to_owned());
        settings.kafka.sasl_password = Some(Secret::new("hunter2"));
        settings.kafka.ssl_ca_location = Some("/etc/kafka/ca.pem".into());
        let common = settings.client_config_common();
        let shown = ["security.protocol", "sasl.mechanism", "sasl.username", "sasl.password", "ssl.ca.location"].map(|name| common[name].as_str());
        assert_eq!(shown, ["sasl_ssl", "SCRAM-SHA-512", "adoption", "hunter2", "/etc/kafka/ca.pem"]);
    }

    #[test]
    fn what_is_secret() {
        for name in ["sasl.password", "ssl.key.pem", "sasl.oauthbearer.config", "sasl.oauthbearer.client.secret", "ssl.keystore.password"] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["client.rack", "ssl.key.location", "sasl.username"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
