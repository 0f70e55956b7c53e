//! One attempt at one URL, and what its end means.

use std::io::Read as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::Agent;
use ureq::http::{HeaderMap, Response};

use super::backoff::ASKED_MAX;
use super::endpoint::Request;
use crate::api::client::client;
use crate::config::DeliverTarget;

/// Why an attempt failed, as metrics and headers call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Timeout,
    Connection,
    /// The answer's.
    Status,
    /// A file of the target cannot be used.
    Settings,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Status => "status",
            Self::Settings => "settings",
        }
    }
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub reason: Reason,
    pub status: Option<u16>,
    /// In words; never the URL, which may be a secret.
    pub message: String,
    /// Whether another attempt may do better.
    pub again: bool,
    /// How long the receiver wants to be left alone.
    pub asked: Option<Duration>,
}

impl Failed {
    pub fn settings(error: &anyhow::Error) -> Self {
        Self { reason: Reason::Settings, status: None, message: format!("{error:#}"), again: true, asked: None }
    }
}

/// What of an answer is read: enough to say why, and that a connection can be used again.
const ANSWER_MAX: u64 = 16 << 10;
/// What of an answer is told.
const TOLD_MAX: usize = 200;

pub struct Post(Agent);

impl Post {
    /// # Errors
    ///
    /// A file of CA certificates that cannot be used.
    pub fn new(target: &DeliverTarget, timeout: Duration) -> anyhow::Result<Self> {
        let config = client(target.ca_location.as_deref())?
            .timeout_global(Some(timeout))
            .user_agent(concat!("adoption-tracker/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self(config.into()))
    }

    pub fn post(&self, url: &str, request: &Request) -> Result<(), Failed> {
        let asked = request.headers.iter().fold(self.0.post(url), |asked, (name, value)| asked.header(*name, value));
        let mut response = asked.send(&request.body[..]).map_err(|error| failed(&error))?;
        let mut said = Vec::new();
        // An answer that breaks off has been given all the same: its status counts.
        let _ = response.body_mut().as_reader().take(ANSWER_MAX).read_to_end(&mut said);
        judged(&response, &said, SystemTime::now())
    }
}

/// What the answer means.
fn judged<B>(response: &Response<B>, said: &[u8], now: SystemTime) -> Result<(), Failed> {
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let again = matches!(status.as_u16(), 408 | 429) || status.is_server_error();
    let asked = if matches!(status.as_u16(), 429 | 503) { retry_after(response.headers(), now) } else { None };
    let said: String = String::from_utf8_lossy(said).chars().take(TOLD_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let message = if said.trim().is_empty() { format!("answered {status}") } else { format!("answered {status}: {}", said.trim()) };
    Err(Failed { reason: Reason::Status, status: Some(status.as_u16()), message, again, asked })
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(ASKED_MAX));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let now_ms = now.duration_since(UNIX_EPOCH).ok()?.as_millis() as i64;
    let wait_ms = u64::try_from(until.as_millisecond() - now_ms).ok()?;
    Some(Duration::from_millis(wait_ms).min(ASKED_MAX))
}

fn failed(error: &ureq::Error) -> Failed {
    use ureq::Error;
    let (reason, again) = match error {
        Error::Timeout(_) => (Reason::Timeout, true),
        Error::Io(error) if matches!(error.kind(), std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock) => {
            (Reason::Timeout, true)
        }
        Error::BadUri(_) | Error::Http(_) => (Reason::Settings, false),
        _ => (Reason::Connection, true),
    };
    let message = match error {
        // These may quote the URL.
        Error::BadUri(_) | Error::Http(_) => "the URL cannot be used".to_owned(),
        other => other.to_string(),
    };
    Failed { reason, status: None, message, again, asked: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<(), Failed> {
        let builder = Response::builder().status(status);
        let builder = retry_after.into_iter().fold(builder, |builder, value| builder.header("Retry-After", value));
        // 2026-10-03T00:00:00Z
        judged(&builder.body(()).expect("an answer"), b"no_team\n", UNIX_EPOCH + Duration::from_secs(1_790_985_600))
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_not() {
        for status in [200, 202, 204] {
            assert_eq!(answer(status, None), Ok(()));
        }
        for (status, again) in
            [(301, false), (400, false), (401, false), (404, false), (410, false), (408, true), (429, true), (500, true), (503, true)]
        {
            let failed = answer(status, None).expect_err("no success");
            assert_eq!((failed.again, failed.status, failed.reason), (again, Some(status), Reason::Status));
        }
        assert_eq!(answer(404, None).expect_err("no success").message, "answered 404 Not Found: no_team");
    }

    #[test]
    fn a_receiver_may_ask_for_time() {
        let asked = |status, header| answer(status, Some(header)).expect_err("no success").asked;
        assert_eq!(asked(429, "30"), Some(Duration::from_secs(30)));
        assert_eq!(asked(503, "Sat, 03 Oct 2026 00:02:00 GMT"), Some(Duration::from_secs(120)));
        assert_eq!(asked(429, "Fri, 02 Oct 2026 00:02:00 GMT"), None, "that time is over");
        assert_eq!(asked(429, "999999999"), Some(ASKED_MAX));
        assert_eq!(asked(429, "soon"), None);
        assert_eq!(asked(500, "30"), None, "it is for answers that ask for patience");
    }

    #[test]
    fn a_message_never_shows_the_url() {
        let agent: Agent = Agent::config_builder().build().into();
        for url in ["http://exa mple/secret-part", "secret-part", "http://127.0.0.1:1/secret-part"] {
            let request = Request { headers: vec![], body: vec![] };
            let failed = Post(agent.clone()).post(url, &request).expect_err("nobody is there");
            assert!(!failed.message.contains("secret-part"), "{failed:?}");
        }
    }
}
