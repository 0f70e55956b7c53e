//! What an answer is made of.
//!
//! `/v1` answers with `{data, as_of, incomplete}`, lists also with `total` and `next_page_token`. What is missing is absent, never 0 and
//! never null.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Progress;
use crate::view::PartitionAsOf;

/// One thing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Answer_{T}")]
pub struct Answer<T> {
    pub data: T,
    /// The committed state that it was taken from, by partition; empty where it comes from no partition's state.
    pub as_of: Vec<PartitionAsOf>,
    /// Partitions that would belong to it and are not in it; empty where none is missing.
    pub incomplete: Vec<Incomplete>,
}

/// A list, or a page of one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "List_{T}")]
pub struct List<T> {
    pub data: Vec<T>,
    /// The committed state that it was taken from, by partition; empty where it comes from no partition's state.
    pub as_of: Vec<PartitionAsOf>,
    /// Partitions that would belong to it and are not in it; empty where none is missing.
    pub incomplete: Vec<Incomplete>,
    /// How many there are on all pages, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// For the page that follows, as `page_token`; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// A partition that is not in an answer, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Incomplete {
    /// The name of a problem: `partition-restoring`, `partition-unowned`, `peer-unreachable`.
    pub reason: String,
    #[serde(flatten)]
    pub progress: Progress,
}

impl<T> Answer<T> {
    /// Of no partition's state.
    pub fn new(data: T) -> Self {
        Self { data, as_of: Vec::new(), incomplete: Vec::new() }
    }
}

impl<T> List<T> {
    /// Of no partition's state, and whole.
    pub fn new(data: Vec<T>) -> Self {
        let total = Some(data.len() as u64);
        Self { data, as_of: Vec::new(), incomplete: Vec::new(), total, next_page_token: None }
    }
}

/// An answer made ready, and what the audit log says of it.
pub struct Reply {
    pub body: Content,
    pub media: &'static str,
    /// Beside those that every answer has.
    pub headers: HeaderMap,
    pub rows: usize,
    /// The account that it is about, where the path does not name it.
    pub account: Option<String>,
    /// Where it is another one than the route's.
    pub status: Option<StatusCode>,
}

pub enum Content {
    Whole(Vec<u8>),
    /// Sent as it arises.
    Stream(Body),
}

pub const JSON: &str = "application/json";
pub const HTML: &str = "text/html; charset=utf-8";
pub const FORM: &str = "application/x-www-form-urlencoded";

impl Reply {
    pub fn json(body: &impl Serialize, rows: usize) -> Self {
        let body = serde_json::to_vec(body).expect("answers have texts as keys and no number that JSON has not");
        Self { body: Content::Whole(body), media: JSON, headers: HeaderMap::new(), rows, account: None, status: None }
    }

    pub fn text(media: &'static str, body: String) -> Self {
        Self { body: Content::Whole(body.into_bytes()), media, headers: HeaderMap::new(), rows: 1, account: None, status: None }
    }

    pub fn stream(media: &'static str, body: Body) -> Self {
        Self { body: Content::Stream(body), media, headers: HeaderMap::new(), rows: 0, account: None, status: None }
    }
}

/// What handlers return.
pub trait IntoReply: Send {
    /// It has an `ETag`.
    const IS_TAGGED: bool = false;

    fn into_reply(self) -> Reply;
}

impl IntoReply for Reply {
    fn into_reply(self) -> Reply {
        self
    }
}

impl<T: Serialize + Send> IntoReply for Answer<T> {
    fn into_reply(self) -> Reply {
        Reply::json(&self, 1)
    }
}

impl<T: Serialize + Send> IntoReply for List<T> {
    fn into_reply(self) -> Reply {
        let rows = self.data.len();
        Reply::json(&self, rows)
    }
}
