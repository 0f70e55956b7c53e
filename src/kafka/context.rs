//! What librdkafka tells us outside of any call: log lines and global errors.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Remembers when the brokers were last out of reach. Being fenced shortly after an outage is the outage's doing and not another process
/// with our name (librdkafka#3437).
#[derive(Debug, Default)]
pub struct Outages {
    last: Mutex<Option<Instant>>,
}

impl Outages {
    pub fn within(&self, window: Duration) -> bool {
        self.last.lock().expect("no panic while held").is_some_and(|at| at.elapsed() < window)
    }

    pub(super) fn note(&self, error: &KafkaError) {
        if matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure)) {
            *self.last.lock().expect("no panic while held") = Some(Instant::now());
        }
    }
}

/// Global errors are informational: librdkafka goes on trying. What matters comes back from a call or as a message.
pub(super) fn report_error(client: &str, error: &KafkaError, reason: &str) {
    tracing::warn!(client, %error, reason, "librdkafka reports an error; it goes on trying");
}

pub(super) fn report_log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    // One set of properties serves consumers and producers: that a producer ignores a consumer's is no news.
    if facility == "CONFWARN" {
        tracing::debug!(target: "librdkafka", facility, "{message}");
        return;
    }
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
            tracing::error!(target: "librdkafka", facility, "{message}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, "{message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => tracing::info!(target: "librdkafka", facility, "{message}"),
        RDKafkaLogLevel::Debug => tracing::debug!(target: "librdkafka", facility, "{message}"),
    }
}
