//! Relations between settings, and values that a type alone cannot refuse. Each relation says why it must hold; its test is at
//! equality.

use super::kafka::{CLASSIC_ONLY, FIXED, MAX_POLL_INTERVAL_MS, OWNED, SHORTHAND, SOCKET_MARGIN_MS, property_key};
use super::topics::{TOPIC_NAME_BYTES, is_legal_name};
use super::{GroupProtocol, SaslMechanism, SecurityProtocol, SettingProblem, Settings};
use crate::topics::Topic;

/// Properties that relations here read, and that must therefore be whole numbers.
const WHOLE_PROPERTIES: [&str; 8] = [
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "max.poll.interval.ms",
    "transaction.timeout.ms",
    "socket.timeout.ms",
    "message.timeout.ms",
    "delivery.timeout.ms",
    "message.max.bytes",
];

/// librdkafka's bounds of `session.timeout.ms`, `transaction.timeout.ms` (upper: a signed 32-bit number) and `message.max.bytes`.
const SESSION_TIMEOUT_MS_MAX: u32 = 3_600_000;
const TRANSACTION_TIMEOUT_MS_MIN: u32 = 1_000;
const INTEGER_MAX: u32 = i32::MAX as u32;
const RECORD_BYTES_MAX: u32 = 999_000_000;

/// A year: an event further ahead than this is not a clock that is wrong.
const SKEW_MS_MAX: u64 = 365 * 86_400_000;

/// A century, and far from where milliseconds overflow.
const RETENTION_DAYS_MAX: u32 = 36_525;

/// More threads than any machine this was meant for has cores.
pub(super) const WORKERS_MAX: u32 = 1_024;
/// Each event that takes a clock forward looks through them.
const WITNESSES_MAX: u32 = 1_000;

impl Settings {
    /// Everything that is wrong with the settings as a whole.
    pub fn validate(&self) -> Vec<SettingProblem> {
        let mut check = Check { settings: self, problems: Vec::new() };
        check.kafka_names();
        check.kafka_properties();
        // The relations read the properties: what is wrong with those is said alone.
        if check.problems.is_empty() {
            check.timeouts();
        }
        check.security();
        check.topics();
        check.engine();
        check.commit_and_state();
        check.http_and_log();
        check.api();
        check.deliver();
        check.sources();
        check.problems
    }

    /// What is allowed but should be said at start: it weakens a promise.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.topics.replication_factor < 3 {
            warnings.push(format!(
                "topics.replication_factor is {}: with fewer than 3 replicas, losing a broker can lose what was committed",
                self.topics.replication_factor
            ));
        }
        if self.engine.wall_clock_offset_ms != 0 {
            let offset = self.engine.wall_clock_offset_ms;
            warnings.push(format!(
                "engine.wall_clock_offset_ms is {offset}: the wall clock is wrong by that on purpose (drills and tests only)"
            ));
        }
        warnings
    }
}

pub(super) struct Check<'a> {
    pub(super) settings: &'a Settings,
    problems: Vec<SettingProblem>,
}

impl Check<'_> {
    pub(super) fn require(&mut self, key: &str, holds: bool, message: impl FnOnce() -> String) {
        if !holds {
            let origin = self.settings.origin(key).unwrap_or("default").to_owned();
            self.problems.push(SettingProblem { origin, message: format!("`{key}` {}", message()) });
        }
    }

    /// The key that a property in force comes from.
    fn key_of(&self, property: &str, setting: &str) -> String {
        if self.settings.kafka.properties.contains_key(property) { property_key(property) } else { setting.to_owned() }
    }

    fn kafka_names(&mut self) {
        let kafka = &self.settings.kafka;
        self.require("kafka.brokers", !kafka.brokers.trim().is_empty(), || "is empty; expected host:port, separated by commas".to_owned());
        self.require("kafka.application_id", is_legal_name(&kafka.application_id), || {
            format!("is {:?}; expected 1 to {TOPIC_NAME_BYTES} of the characters a-z A-Z 0-9 . _ -", kafka.application_id)
        });
        // Room for the worker's number, which is appended.
        let fits = is_legal_name(&kafka.instance_id) && kafka.instance_id.len() + 5 <= TOPIC_NAME_BYTES;
        self.require("kafka.instance_id", fits, || {
            let limit = TOPIC_NAME_BYTES - 5;
            format!("is {:?} (the host name, unless set); expected 1 to {limit} of the characters a-z A-Z 0-9 . _ -", kafka.instance_id)
        });
    }

    fn kafka_properties(&mut self) {
        let settings = self.settings;
        for (name, value) in &settings.kafka.properties {
            let key = property_key(name);
            let fixed = FIXED.iter().find(|(fixed, _)| fixed == name);
            self.require(&key, fixed.is_none(), || {
                format!("cannot be set, the service sets it itself: {}", fixed.map_or("", |(_, reason)| *reason))
            });
            let owned = OWNED.iter().find(|(owned, _)| owned == name);
            self.require(&key, owned.is_none(), || format!("cannot be set here; set `{}`", owned.map_or("", |(_, setting)| *setting)));
            for (_, setting) in SHORTHAND.iter().filter(|(shorthand, _)| shorthand == name) {
                let also = settings.origin(setting);
                self.require(&key, also.is_none(), || {
                    format!("sets the same as `{setting}` (from {}); keep one of them", also.unwrap_or("default"))
                });
            }
            let instead = CLASSIC_ONLY.iter().find(|(classic, _)| classic == name);
            if settings.kafka.group_protocol == GroupProtocol::Consumer {
                self.require(&key, instead.is_none(), || {
                    let instead = instead.map_or("", |(_, instead)| *instead);
                    format!("has no place with kafka.group_protocol = \"consumer\"; what decides there: {instead}")
                });
            }
            let whole = !WHOLE_PROPERTIES.contains(&name.as_str()) || value.trim().parse::<u32>().is_ok();
            self.require(&key, whole, || format!("is {value:?}; expected a whole number"));
        }
        if settings.kafka.group_protocol == GroupProtocol::Consumer {
            let said = settings.origin("kafka.session_timeout_ms").is_some();
            self.require("kafka.session_timeout_ms", !said, || {
                "has no place with kafka.group_protocol = \"consumer\"; what decides there: the broker's group.consumer.session.timeout.ms"
                    .to_owned()
            });
        }
        // One partition must come to one worker in every input topic, since it owns its accounts whole. Only `range` sees to that:
        // the others share out topic by topic.
        let inputs = settings.topics.inputs.len();
        for name in ["partition.assignment.strategy", "group.remote.assignor"] {
            let strategy = settings.kafka.properties.get(name).map(String::as_str);
            self.require(&property_key(name), inputs <= 1 || strategy.is_none_or(|strategy| strategy == "range"), || {
                let strategy = strategy.unwrap_or_default();
                format!(
                    "is {strategy:?}; with {inputs} input topics it must be \"range\", which gives a partition of all topics to one worker"
                )
            });
        }
    }

    fn timeouts(&mut self) {
        let settings = self.settings;
        let max_poll_ms = settings.kafka.whole("max.poll.interval.ms").unwrap_or(MAX_POLL_INTERVAL_MS);
        if settings.kafka.group_protocol == GroupProtocol::Classic {
            let session_ms = settings.session_timeout_ms();
            let key = self.key_of("session.timeout.ms", "kafka.session_timeout_ms");
            self.require(&key, (1..=SESSION_TIMEOUT_MS_MAX).contains(&session_ms), || {
                format!("is {session_ms}; expected 1 to {SESSION_TIMEOUT_MS_MAX}")
            });
            let heartbeat_ms = settings.kafka.whole("heartbeat.interval.ms");
            self.require(&property_key("heartbeat.interval.ms"), heartbeat_ms.is_none_or(|heartbeat_ms| heartbeat_ms < session_ms), || {
                let heartbeat_ms = heartbeat_ms.unwrap_or_default();
                format!("is {heartbeat_ms}; it must be below the session timeout ({session_ms}), or every session ends")
            });
            self.require(&key, session_ms <= max_poll_ms, || {
                format!("is {session_ms}; librdkafka wants it at most `max.poll.interval.ms` ({max_poll_ms})")
            });
        }
        let transaction_ms = settings.transaction_timeout_ms();
        let transaction_key = self.key_of("transaction.timeout.ms", "kafka.transaction_timeout_ms");
        self.require(&transaction_key, (TRANSACTION_TIMEOUT_MS_MIN..=INTEGER_MAX).contains(&transaction_ms), || {
            format!("is {transaction_ms}; expected {TRANSACTION_TIMEOUT_MS_MIN} to {INTEGER_MAX}")
        });
        // Not set, it follows the transaction timeout by itself.
        let socket_ms = settings.kafka.whole("socket.timeout.ms");
        let margin = socket_ms.is_none_or(|socket_ms| socket_ms.saturating_add(SOCKET_MARGIN_MS) <= transaction_ms);
        self.require(&property_key("socket.timeout.ms"), margin, || {
            let socket_ms = socket_ms.unwrap_or_default();
            format!("is {socket_ms}; it must be at least {SOCKET_MARGIN_MS} ms below the transaction timeout ({transaction_ms})")
        });
        for name in ["message.timeout.ms", "delivery.timeout.ms"] {
            let message_ms = settings.kafka.whole(name);
            self.require(&property_key(name), message_ms.is_none_or(|message_ms| message_ms <= transaction_ms), || {
                let message_ms = message_ms.unwrap_or_default();
                format!("is {message_ms}; it must be at most the transaction timeout ({transaction_ms}), after which the message is void")
            });
        }
        let interval_ms = settings.commit.interval_ms;
        self.require("commit.interval_ms", interval_ms < u64::from(transaction_ms), || {
            format!("is {interval_ms}; it must be below the transaction timeout ({transaction_ms}), or the broker aborts each commit")
        });
        let watchdog_ms = settings.watchdog.timeout_ms;
        self.require("watchdog.timeout_ms", watchdog_ms > u64::from(transaction_ms), || {
            format!("is {watchdog_ms}; it must be above the transaction timeout ({transaction_ms}), which a healthy commit may take")
        });
        self.require("watchdog.timeout_ms", watchdog_ms <= u64::from(max_poll_ms), || {
            format!(
                "is {watchdog_ms}; it must be at most `max.poll.interval.ms` ({max_poll_ms}), or a stuck worker loses its partitions first"
            )
        });
    }

    fn security(&mut self) {
        let kafka = &self.settings.kafka;
        if kafka.properties.contains_key("security.protocol") {
            // Whoever writes librdkafka's own names is checked by librdkafka.
            return;
        }
        let sasl = matches!(kafka.security_protocol, Some(SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl));
        let tls = matches!(kafka.security_protocol, Some(SecurityProtocol::Ssl | SecurityProtocol::SaslSsl));
        let sasl_settings = [
            ("kafka.sasl_mechanism", kafka.sasl_mechanism.is_some()),
            ("kafka.sasl_username", kafka.sasl_username.is_some()),
            ("kafka.sasl_password", kafka.sasl_password.is_some() && kafka.sasl_password_file.is_none()),
            ("kafka.sasl_password_file", kafka.sasl_password_file.is_some()),
        ];
        for (key, set) in sasl_settings {
            self.require(key, sasl || !set, || {
                "is set, but kafka.security_protocol is not sasl_plaintext or sasl_ssl: it would be ignored".to_owned()
            });
        }
        let tls_settings = [
            ("kafka.ssl_ca_location", kafka.ssl_ca_location.is_some()),
            ("kafka.ssl_certificate_location", kafka.ssl_certificate_location.is_some()),
            ("kafka.ssl_key_location", kafka.ssl_key_location.is_some()),
        ];
        for (key, set) in tls_settings {
            self.require(key, tls || !set, || "is set, but kafka.security_protocol is not ssl or sasl_ssl: it would be ignored".to_owned());
        }
        if !sasl {
            return;
        }
        let by_property = ["sasl.mechanism", "sasl.mechanisms"].iter().any(|name| kafka.properties.contains_key(*name));
        self.require("kafka.sasl_mechanism", kafka.sasl_mechanism.is_some() || by_property, || {
            "is not set; kafka.security_protocol asks for PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER".to_owned()
        });
        if matches!(kafka.sasl_mechanism, Some(SaslMechanism::Plain | SaslMechanism::ScramSha256 | SaslMechanism::ScramSha512)) {
            let username = kafka.sasl_username.is_some() || kafka.properties.contains_key("sasl.username");
            self.require("kafka.sasl_username", username, || "is not set; kafka.sasl_mechanism asks for it".to_owned());
            let password = kafka.sasl_password.is_some() || kafka.properties.contains_key("sasl.password");
            self.require("kafka.sasl_password", password, || {
                "is not set, nor is kafka.sasl_password_file; kafka.sasl_mechanism asks for one".to_owned()
            });
        }
    }

    fn topics(&mut self) {
        let topics = &self.settings.topics;
        self.require("topics.inputs", !topics.inputs.is_empty(), || "is empty; expected one topic or more".to_owned());
        for (index, name) in topics.inputs.iter().enumerate() {
            self.require("topics.inputs", is_legal_name(name), || {
                format!("has {name:?}, which is no topic name: expected 1 to {TOPIC_NAME_BYTES} of the characters a-z A-Z 0-9 . _ -")
            });
            self.require("topics.inputs", !topics.inputs[..index].contains(name), || format!("has {name:?} twice"));
            let own = Topic::ALL.iter().any(|topic| topic.name(&topics.prefix) == *name);
            self.require("topics.inputs", !own, || format!("has {name:?}, which the service writes itself: it would read its own output"));
        }
        let longest = Topic::ALL.map(|topic| topic.name(&topics.prefix)).into_iter().max_by_key(String::len).unwrap_or_default();
        self.require("topics.prefix", is_legal_name(&topics.prefix) && is_legal_name(&longest), || {
            format!("is {:?}; expected characters a-z A-Z 0-9 . _ -, and names of at most {TOPIC_NAME_BYTES} in all", topics.prefix)
        });
        self.require("topics.partitions", topics.partitions >= 1, || "is 0; expected at least 1".to_owned());
        self.require("topics.replication_factor", (1..=i16::MAX as u32).contains(&topics.replication_factor), || {
            format!("is {}; expected 1 to {}", topics.replication_factor, i16::MAX)
        });
        self.require("topics.input_retention_days", (1..=RETENTION_DAYS_MAX).contains(&topics.input_retention_days), || {
            format!("is {}; expected 1 to {RETENTION_DAYS_MAX}", topics.input_retention_days)
        });
    }

    fn engine(&mut self) {
        let engine = &self.settings.engine;
        self.require("engine.workers", (1..=WORKERS_MAX).contains(&engine.workers), || {
            format!("is {}; expected 1 to {WORKERS_MAX}", engine.workers)
        });
        self.require("engine.max_skew_ms", engine.max_skew_ms <= SKEW_MS_MAX, || {
            format!("is {}; expected at most {SKEW_MS_MAX} (a year)", engine.max_skew_ms)
        });
        self.require("engine.clock_witnesses", (1..=WITNESSES_MAX).contains(&engine.clock_witnesses), || {
            format!("is {}; expected 1 to {WITNESSES_MAX}", engine.clock_witnesses)
        });
        self.require("engine.max_record_bytes", (1..=RECORD_BYTES_MAX).contains(&engine.max_record_bytes), || {
            format!("is {}; expected 1 to {RECORD_BYTES_MAX}", engine.max_record_bytes)
        });
        let message_bytes = self.settings.message_max_bytes();
        self.require(&property_key("message.max.bytes"), message_bytes > engine.max_record_bytes, || {
            let limit = engine.max_record_bytes;
            format!(
                "is {message_bytes}; it must be above engine.max_record_bytes ({limit}), or a dead letter of that size cannot be written"
            )
        });
        for (name, bound) in [
            ("engine.max_features_per_product", engine.max_features_per_product),
            ("engine.max_names_per_account", engine.max_names_per_account),
            ("engine.max_terms_per_product", engine.max_terms_per_product),
            ("engine.max_users_per_account", engine.max_users_per_account),
            ("engine.max_uses_per_account", engine.max_uses_per_account),
            ("engine.max_entries_per_account", engine.max_entries_per_account),
        ] {
            self.require(name, bound >= 1, || "is 0; expected at least 1".to_owned());
        }
    }

    fn commit_and_state(&mut self) {
        let (commit, state) = (&self.settings.commit, &self.settings.state);
        self.require("commit.interval_ms", commit.interval_ms >= 1, || "is 0; expected at least 1".to_owned());
        self.require("commit.outputs_within_ms", commit.outputs_within_ms <= commit.interval_ms, || {
            let (within, interval) = (commit.outputs_within_ms, commit.interval_ms);
            format!("is {within}; it must be at most commit.interval_ms ({interval}), which commits outputs too")
        });
        self.require("commit.max_events", commit.max_events >= 1, || "is 0; expected at least 1".to_owned());
        self.require("state.redo_events", state.redo_events >= commit.max_events, || {
            let (redo, commit) = (state.redo_events, commit.max_events);
            format!("is {redo}; it must be at least commit.max_events ({commit}): facts are written with commits, never between them")
        });
        self.require("state.redo_seconds", state.redo_seconds.saturating_mul(1_000) >= commit.interval_ms, || {
            let (redo, interval) = (state.redo_seconds, commit.interval_ms);
            format!("is {redo}; it must be at least commit.interval_ms ({interval} ms): facts are written with commits, never between them")
        });
    }

    fn http_and_log(&mut self) {
        let (http, log) = (&self.settings.http, &self.settings.log);
        self.require("http.listen", is_address(&http.listen), || {
            format!("is {:?}; expected an address and a port, as 127.0.0.1:9595 or [::]:9595", http.listen)
        });
        // A bare word that is no level would silently be taken for a module's name.
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        for directive in log.level.split(',').map(str::trim) {
            let known = directive.contains('=') || levels.iter().any(|level| level.eq_ignore_ascii_case(directive));
            self.require("log.level", known, || {
                format!("has {directive:?}; expected one of {}, or MODULE=LEVEL, separated by commas", levels.join(", "))
            });
        }
    }
}

/// As the name of a section, which goes into names of consumer groups and their members.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
}

/// Host and port.
pub(super) fn is_address(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;
