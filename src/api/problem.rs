//! What went wrong, as RFC 9457 has it: `application/problem+json`.

use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a problem's type begins with; its name follows.
pub const BASE: &str = "https://adoption-tracker.dev/problems/";

/// The content type of problems.
pub const MEDIA: &str = "application/problem+json";

/// Every kind of problem. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    BadRequest,
    TooBroad,
    TooLarge,
    TooBusy,
    PartitionRestoring,
    PartitionUnowned,
    PeerUnreachable,
    BrokersUnreachable,
    NotYet,
}

impl Kind {
    pub const ALL: [Self; 13] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BadRequest,
        Self::TooBroad,
        Self::TooLarge,
        Self::TooBusy,
        Self::PartitionRestoring,
        Self::PartitionUnowned,
        Self::PeerUnreachable,
        Self::BrokersUnreachable,
        Self::NotYet,
    ];

    /// Name, status and title.
    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Unauthenticated => ("unauthenticated", StatusCode::UNAUTHORIZED, "The request does not say who it is from"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "The principal may not do this"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "There is no such thing, or it may not be seen"),
            Self::MethodNotAllowed => ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "The path is there, but not for this method"),
            Self::BadRequest => ("bad-request", StatusCode::BAD_REQUEST, "The request cannot be understood"),
            Self::TooBroad => ("too-broad", StatusCode::BAD_REQUEST, "The filter leaves too much"),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "The request or its answer is too large"),
            Self::TooBusy => ("too-busy", StatusCode::TOO_MANY_REQUESTS, "Too much is asked at once"),
            Self::PartitionRestoring => ("partition-restoring", StatusCode::SERVICE_UNAVAILABLE, "A partition is being restored"),
            Self::PartitionUnowned => ("partition-unowned", StatusCode::SERVICE_UNAVAILABLE, "No process has the partition now"),
            Self::PeerUnreachable => ("peer-unreachable", StatusCode::SERVICE_UNAVAILABLE, "Another process does not answer"),
            Self::BrokersUnreachable => ("brokers-unreachable", StatusCode::SERVICE_UNAVAILABLE, "The brokers do not answer"),
            Self::NotYet => ("not-yet", StatusCode::GATEWAY_TIMEOUT, "What was waited for has not come yet"),
        }
    }

    pub fn name(self) -> &'static str {
        self.row().0
    }

    pub fn status(self) -> StatusCode {
        self.row().1
    }

    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// Seconds after which it is worth asking again.
    fn retry_after(self) -> Option<u32> {
        match self {
            Self::TooBusy | Self::NotYet => Some(1),
            Self::PartitionRestoring | Self::PartitionUnowned | Self::PeerUnreachable | Self::BrokersUnreachable => Some(2),
            _ => None,
        }
    }
}

/// How far a partition is that cannot answer yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    pub partition: i32,
    /// `gathering`, `restoring`, `redoing`, `seeking`; absent where no process has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Records still to be read before it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_records: Option<i64>,
}

/// A problem. Made by the functions named as its kinds are, then told more of.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub kind: Kind,
    pub detail: String,
    /// Where in the request: a parameter's name, a JSON Pointer into the body, or `filter:3` for a character of a filter.
    pub position: Option<String>,
    pub nearest: Option<String>,
    pub progress: Vec<Progress>,
}

pub type Result<T> = std::result::Result<T, Problem>;

/// A problem as it is sent.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct ProblemBody {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem it is, in words.
    pub title: String,
    pub status: u16,
    /// What was wrong, where, and what was expected.
    pub detail: String,
    /// Where in the request: a parameter's name, or a JSON Pointer into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// The nearest right name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// Of the partitions that cannot answer yet.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub progress: Vec<Progress>,
}

impl Problem {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), position: None, nearest: None, progress: Vec::new() }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, detail)
    }

    pub fn at(self, position: impl Into<String>) -> Self {
        Self { position: Some(position.into()), ..self }
    }

    pub fn near(self, nearest: Option<impl Into<String>>) -> Self {
        Self { nearest: nearest.map(Into::into), ..self }
    }

    pub fn with_progress(self, progress: Vec<Progress>) -> Self {
        Self { progress, ..self }
    }

    pub fn retry_after(&self) -> Option<u32> {
        self.kind.retry_after()
    }

    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: format!("{BASE}{}", self.kind.name()),
            title: self.kind.title().to_owned(),
            status: self.kind.status().as_u16(),
            detail: self.detail.clone(),
            position: self.position.clone(),
            nearest: self.nearest.clone(),
            progress: self.progress.clone(),
        }
    }
}

/// The name most like `unknown`, unless none is like it. Below 0.7 Jaro-Winkler calls words alike that share a few letters.
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_ascii_lowercase();
    let scored = known.into_iter().map(|name| (strsim::jaro_winkler(&name.to_ascii_lowercase(), &unknown), name));
    scored.filter(|(score, _)| *score >= 0.7).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
