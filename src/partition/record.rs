//! Records as a partition takes them in, wherever they come from.

use crate::input::Header;

/// A record of an input, or of the changelog.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    pub offset: i64,
    pub timestamp_ms: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a dyn Headers,
}

impl<'a> Record<'a> {
    /// One without headers and without a time of its own.
    pub fn bare(offset: i64, key: &'a [u8], value: Option<&'a [u8]>) -> Self {
        Self { offset, timestamp_ms: 0, key: Some(key), value, headers: &NoHeaders }
    }
}

/// Where a record's headers come from: to most records nobody asks for them.
pub trait Headers {
    fn headers(&self) -> Vec<Header<'_>>;
}

struct NoHeaders;

impl Headers for NoHeaders {
    fn headers(&self) -> Vec<Header<'_>> {
        Vec::new()
    }
}

/// A record that cannot be taken in.
#[derive(Debug, thiserror::Error)]
#[error("offset {offset}: {error:#}")]
pub struct Refused {
    pub offset: i64,
    pub error: anyhow::Error,
}
