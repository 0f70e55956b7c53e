//! Decoded events. They borrow their strings from the record, except where a string has escapes.

use std::borrow::Cow;

use super::record::Body;

/// One input record, checked by every rule that needs neither clock nor state.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    pub id: Option<Cow<'a, str>>,
    /// Unix milliseconds, 0 ..= 9999-12-31T23:59:59.999Z.
    pub time_ms: i64,
    pub account: Cow<'a, str>,
    pub body: Body<'a>,
}
