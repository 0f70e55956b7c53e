//! librdkafka properties: which are refused, and what all clients share. What each role adds is `kafka::config`'s.
//!
//! | property | where it is set |
//! |---|---|
//! | [`FIXED`] | nowhere: exactly-once rests on them |
//! | [`OWNED`] | by the setting named there, never in `kafka.properties` |
//! | [`SHORTHAND`] | by the setting named there or in `kafka.properties`, not by both; the property wins over the setting's default |
//! | any other | in `kafka.properties` |

use std::collections::BTreeMap;

use super::sections::{HIDDEN, Kafka, Secret};
use super::{SaslMechanism, SecurityProtocol, SettingProblem, Settings};

/// Properties that nobody may set, with the reason.
pub(super) const FIXED: [(&str, &str); 10] = [
    ("isolation.level", "records of aborted transactions would be counted"),
    ("enable.idempotence", "retries would duplicate records"),
    ("enable.auto.commit", "offsets are committed inside the transaction"),
    // The name under which librdkafka also knows `enable.auto.commit`.
    ("auto.commit.enable", "offsets are committed inside the transaction"),
    (
        "transactional.id",
        "it is made from kafka.application_id, kafka.instance_id and the worker, so that a successor aborts its predecessor",
    ),
    ("enable.auto.offset.store", "offsets are committed inside the transaction"),
    ("enable.partition.eof", "an end event among batched records moves librdkafka's own position one record too far"),
    ("auto.offset.reset", "an offset out of range is an error, never a silent reset"),
    ("allow.auto.create.topics", "a topic is made by `topics create`, with the right partitions, never by accident"),
    ("delivery.report.only.error", "the flush of a commit depends on it"),
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

/// Properties that librdkafka refuses with the KIP-848 protocol (wolverine#3486), and what decides instead.
pub(super) const CLASSIC_ONLY: [(&str, &str); 4] = [
    ("session.timeout.ms", "the broker's group.consumer.session.timeout.ms"),
    ("heartbeat.interval.ms", "the broker's group.consumer.heartbeat.interval.ms"),
    ("partition.assignment.strategy", "group.remote.assignor"),
    ("group.protocol.type", "nothing: there is one type"),
];

/// librdkafka's default of `max.poll.interval.ms`.
pub(super) const MAX_POLL_INTERVAL_MS: u32 = 300_000;

/// librdkafka wants a request to fail before the transaction does, by this much.
pub(super) const SOCKET_MARGIN_MS: u32 = 100;

/// Room for key and headers (the reason of a dead letter) around a value of `engine.max_record_bytes`.
const HEADER_BYTES: u32 = 64 * 1024;

impl Settings {
    /// librdkafka properties that all clients share: brokers, security, and those of `kafka.properties`. The transaction timeout is
    /// not among them: producers alone have it, from [`Settings::transaction_timeout_ms`].
    pub fn client_config_common(&self) -> BTreeMap<String, String> {
        let kafka = &self.kafka;
        let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let named = [
            ("bootstrap.servers", Some(kafka.brokers.clone())),
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
        let mut common: BTreeMap<String, String> = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let properties = kafka.properties.iter().filter(|(name, _)| name.as_str() != "transaction.timeout.ms");
        common.extend(properties.map(|(name, value)| (name.clone(), value.clone())));
        common
    }

    /// The session timeout in force, also where a property sets it.
    pub fn session_timeout_ms(&self) -> u32 {
        self.kafka.whole("session.timeout.ms").unwrap_or(self.kafka.session_timeout_ms)
    }

    /// The transaction timeout in force, also where a property sets it.
    pub fn transaction_timeout_ms(&self) -> u32 {
        self.kafka.whole("transaction.timeout.ms").unwrap_or(self.kafka.transaction_timeout_ms)
    }

    /// A dead letter carries the original bytes, so the producer must take more than the largest record.
    pub fn message_max_bytes(&self) -> u32 {
        self.kafka.whole("message.max.bytes").unwrap_or(self.engine.max_record_bytes.saturating_add(HEADER_BYTES))
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
    /// A property that is a whole number; `validate` has refused any other text.
    pub(super) fn whole(&self, name: &str) -> Option<u32> {
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
    fn a_property_wins_over_a_default() {
        let settings = settings(&[("session.timeout.ms", "6000"), ("transaction.timeout.ms", "5000"), ("message.max.bytes", "2000000")]);
        assert_eq!((settings.session_timeout_ms(), settings.transaction_timeout_ms()), (6_000, 5_000));
        let common = settings.client_config_common();
        assert_eq!(common["session.timeout.ms"], "6000");
        assert_eq!(common["message.max.bytes"], "2000000");
        assert_eq!(common.get("transaction.timeout.ms"), None, "consumers would warn of it");
    }

    #[test]
    fn a_dead_letter_of_the_largest_record_can_be_written() {
        assert_eq!(settings(&[]).client_config_common()["message.max.bytes"], (1_048_576 + 65_536).to_string());
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
        let shown =
            ["security.protocol", "sasl.mechanism", "sasl.username", "sasl.password", "ssl.ca.location"].map(|name| common[name].as_str());
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
