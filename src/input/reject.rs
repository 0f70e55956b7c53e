//! Why a record becomes a dead letter: a reason to count by, the field, and what was expected of it.

use std::fmt;

/// The class of a rejection: the label of the metric and the header of the dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The record has no value: a tombstone, which in a log of events says nothing. Never returned by `decode`, which is given one.
    NoValue,
    /// The value is longer than [`Limits::max_record_bytes`](super::Limits::max_record_bytes).
    TooLarge,
    /// The value is not UTF-8, or a string that is read holds a lone surrogate (`\ud800`), which no UTF-8 can express.
    InvalidUtf8,
    /// The value is not one JSON text by RFC 8259.
    BadJson,
    /// JSON, but not an object.
    NotObject,
    /// `type` is a string, but names none of the input types.
    UnknownType,
    /// A required field is absent.
    MissingField,
    /// A value of another JSON type, or a string that has not the form of a date, an instant or an integer.
    WrongType,
    /// The right form, but a value that is not allowed: beyond the bounds, not of the list, or contradicting another field.
    OutOfRange,
    /// The record has no key, or one that is not its account.
    KeyMismatch,
    /// The event's time is too far ahead. Never returned by `decode`, which knows no clock.
    FromTheFuture,
    /// The event's day lies too far back. Never returned by `decode`, which knows no clock.
    TooLate,
}

impl Reason {
    /// Every reason, in the order in which a record is checked.
    pub const ALL: [Reason; 12] = [
        Reason::NoValue,
        Reason::TooLarge,
        Reason::InvalidUtf8,
        Reason::BadJson,
        Reason::NotObject,
        Reason::UnknownType,
        Reason::MissingField,
        Reason::WrongType,
        Reason::OutOfRange,
        Reason::KeyMismatch,
        Reason::FromTheFuture,
        Reason::TooLate,
    ];

    /// The name in metrics, headers and logs, in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::NoValue => "no_value",
            Reason::TooLarge => "too_large",
            Reason::InvalidUtf8 => "invalid_utf8",
            Reason::BadJson => "bad_json",
            Reason::NotObject => "not_object",
            Reason::UnknownType => "unknown_type",
            Reason::MissingField => "missing_field",
            Reason::WrongType => "wrong_type",
            Reason::OutOfRange => "out_of_range",
            Reason::KeyMismatch => "key_mismatch",
            Reason::FromTheFuture => "from_the_future",
            Reason::TooLate => "too_late",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A record that is not applied. `Display` gives `pointer: message`, or the message alone where the whole record is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}{}{message}", if pointer.is_empty() { "" } else { ": " })]
pub struct Reject {
    pub reason: Reason,
    /// JSON Pointer (RFC 6901) of the field; empty for the whole record.
    pub pointer: String,
    /// What was expected and what was found, shortened.
    pub message: String,
}

/// Inside of the decoder a rejection is boxed, so that the results of its many small steps stay as small as what they carry.
pub(super) type Checked<T> = Result<T, Box<Reject>>;

impl Reject {
    /// A rejection of the whole record.
    pub fn new(reason: Reason, message: impl Into<String>) -> Reject {
        Reject { reason, pointer: String::new(), message: message.into() }
    }

    /// Of a record without a value.
    #[cold]
    pub fn no_value() -> Box<Reject> {
        Reject::boxed(Reason::NoValue, "expected a JSON object, found a record without a value (a tombstone)")
    }

    #[cold]
    pub(super) fn boxed(reason: Reason, message: impl Into<String>) -> Box<Reject> {
        Box::new(Reject::new(reason, message))
    }

    /// `expected …, found …`, with `found` shortened.
    #[cold]
    pub(super) fn expected(reason: Reason, expected: impl fmt::Display, found: &str) -> Box<Reject> {
        Reject::boxed(reason, format!("expected {expected}, found {}", shortened(found)))
    }

    /// This rejection with a hint at the mend.
    #[cold]
    pub(super) fn and(mut self: Box<Reject>, hint: &str) -> Box<Reject> {
        self.message.push_str("; ");
        self.message.push_str(hint);
        self
    }

    /// This rejection seen from the object around it: `within("/contract")` turns `/arr` into `/contract/arr`.
    #[cold]
    pub(super) fn within(mut self: Box<Reject>, outer: &str) -> Box<Reject> {
        self.pointer.insert_str(0, outer);
        self
    }
}

/// The known word that one most likely stands for.
#[cold]
pub(super) fn nearest(word: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    // Only short words are compared: the distance costs the product of the lengths, and the sender chooses one of them.
    let word = (word.len() <= SHOWN_BYTES_MAX).then(|| word.to_ascii_lowercase())?;
    let (distance, near) = known.map(|known| (strsim::osa_distance(known, &word), known)).min_by_key(|(distance, _)| *distance)?;
    (distance <= near.len().div_ceil(2)).then_some(near)
}

const SHOWN_BYTES_MAX: usize = 64;

/// At most 64 bytes of `text`, cut between characters, with control characters escaped: it goes to logs and headers.
pub(crate) fn shortened(text: &str) -> String {
    let cut = if text.len() <= SHOWN_BYTES_MAX { text.len() } else { text.floor_char_boundary(SHOWN_BYTES_MAX) };
    let mut short = String::with_capacity(cut + 3);
    for character in text[..cut].chars() {
        if character.is_control() {
            short.extend(character.escape_default());
        } else {
            short.push(character);
        }
    }
    if cut < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_the_field_first() {
        let reject = Reject::expected(Reason::WrongType, "an integer", "3.0").within("/quantity").within("/data");
        assert_eq!(reject.to_string(), "/data/quantity: expected an integer, found 3.0");
        assert_eq!(Reject::new(Reason::NotObject, "expected an object").to_string(), "expected an object");
    }

    #[test]
    fn found_is_cut_between_characters_and_escaped() {
        assert_eq!(shortened("a\u{1b}[2J\u{9b}"), "a\\u{1b}[2J\\u{9b}");
        let long = format!("{}é", "x".repeat(63));
        assert_eq!(shortened(&long), format!("{}…", "x".repeat(63)));
    }

    #[test]
    fn reasons_have_distinct_names() {
        let mut names: Vec<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len());
    }
}
