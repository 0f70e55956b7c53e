//! Decoded events. They borrow their strings from the record, except where a string has escapes.

use std::borrow::Cow;

use super::record::Body;
use super::value::Detach;

/// One input record, checked by every rule that needs neither clock nor state.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    pub id: Option<Cow<'a, str>>,
    /// Unix milliseconds, [`MS_MIN`](super::MS_MIN) ..= [`MS_MAX`](super::MS_MAX).
    pub time_ms: i64,
    pub account: Cow<'a, str>,
    pub body: Body<'a>,
}

impl Event<'_> {
    /// This event without the record, for one that was made while it was decoded.
    pub(super) fn detached(self) -> Event<'static> {
        Event { id: self.id.detached(), time_ms: self.time_ms, account: self.account.detached(), body: self.body.detached() }
    }
}
