//! Rejections that need a clock: of events that the decoder cannot judge.

use super::day::{Day, date_of, rfc3339};
use crate::input::{Reason, Reject};
use crate::playbook::HELD_DAYS;

/// The rejection of an event that lies too far ahead.
pub fn from_the_future(time_ms: i64, latest_ms: i64) -> Reject {
    let (time, latest) = (rfc3339(time_ms), rfc3339(latest_ms));
    Reject { reason: Reason::FromTheFuture, pointer: "/time".to_owned(), message: format!("expected a time up to {latest}, found {time}") }
}

/// The rejection of an event whose day is no longer held.
pub fn too_late(day: Day, today: Day) -> Reject {
    let (earliest, day) = (date_of(today - (HELD_DAYS - 1)), date_of(day));
    let message = format!("expected a day from {earliest} on, the earliest held for this account, found {day}");
    Reject { reason: Reason::TooLate, pointer: "/time".to_owned(), message }
}
