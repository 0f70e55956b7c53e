//! Why a question was not answered.

use schemars::JsonSchema;
use serde::Serialize;

/// What was wrong, where, and the nearest right thing. The names of problems are those of the HTTP API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refusal {
    /// `bad-request`, `not-found`, `forbidden`, `too-busy`, …
    pub problem: String,
    /// What was wrong and what was expected.
    pub detail: String,
    /// The argument, perhaps with a place in it: `filter:3` is a character of the filter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// Seconds after which it is worth asking again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

pub type Result<T> = std::result::Result<T, Refusal>;

impl Refusal {
    pub fn new(problem: &str, detail: impl Into<String>) -> Self {
        Self { problem: problem.to_owned(), detail: detail.into(), position: None, nearest: None, retry_after: None }
    }

    pub fn bad_request(position: &str, detail: impl Into<String>) -> Self {
        Self { position: Some(position.to_owned()), ..Self::new("bad-request", detail) }
    }

    pub fn not_found(position: &str, detail: impl Into<String>) -> Self {
        Self { position: Some(position.to_owned()), ..Self::new("not-found", detail) }
    }

    pub fn near(self, nearest: Option<impl Into<String>>) -> Self {
        Self { nearest: nearest.map(Into::into), ..self }
    }
}
