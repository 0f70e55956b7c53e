//! CloudEvents around an input record, and the framing of a schema registry before it.
//!
//! | form | recognised by | the record is | filled in where the record lacks it |
//! |---|---|---|---|
//! | structured, Kafka | header `content-type: application/cloudevents+json`, parameters allowed | the member `data` | `type`, `time`, `id` of the envelope |
//! | structured, no header (files) | a string `specversion` and an object `data`, and no `account` beside them | the member `data` | the same |
//! | binary, Kafka | header `ce_specversion` | the value | `type`, `time`, `id` from `ce_type`, `ce_time`, `ce_id` |
//!
//! A value that names `account`, `type`, `time` and `id` itself and has no `specversion` is a plain record, whatever its headers say:
//! nothing around it could add to it. Asking librdkafka for the headers of a record costs as much as decoding its value.
//!
//! The names of headers and the media type are matched without regard to ASCII case; of a repeated header the last counts, and
//! one without a value is absent.
//! A `type` that comes from the envelope may be a full name: its last segment counts, so `com.example.usage` is `usage`.
//! Inside of the record `type` must be the bare word. `null` in the record counts as lacking. In the binary form any
//! `content-type` but the structured one is left to the value: what is not JSON is refused as such. `subject` is not used:
//! the account must be named by the record. A native record always has `account`, so that members of it that happen to be
//! called `specversion` and `data` stay what they are, unknown and ignored.
//!
//! The Confluent wire format (0x00, a schema id of four bytes, the value) is taken off first; 0x00 begins no JSON text. It is taken off a key,
//! too, where the rest is the account.

use super::Header;
use super::field::{Field, Fields};
use super::json::{Kind, Raw};
use super::reject::{Checked, Reason, Reject};

/// Where an attribute comes from that the record itself lacks.
#[derive(Clone, Copy)]
pub(super) enum AttributeSource<'r, 'a> {
    /// A plain record.
    Nothing,
    Headers(&'r [Header<'r>]),
    Envelope(&'r Fields<'a>),
}

/// An attribute from around the record.
pub(super) enum Attribute<'r, 'a> {
    Header(&'r str),
    Member(Raw<'a>),
}

impl<'r, 'a> AttributeSource<'r, 'a> {
    /// `Type`, `Time` or `Id` from around the record, if it is there.
    pub fn attribute(self, field: Field) -> Checked<Option<Attribute<'r, 'a>>> {
        match self {
            AttributeSource::Nothing => Ok(None),
            AttributeSource::Envelope(envelope) => Ok(envelope.present(field).map(Attribute::Member)),
            AttributeSource::Headers(headers) => {
                let name = match field {
                    Field::Type => "ce_type",
                    Field::Time => "ce_time",
                    _ => "ce_id",
                };
                // A header without a value, which some clients write for what they do not know, says nothing.
                match header(headers, name).filter(|value| !value.is_empty()).map(std::str::from_utf8) {
                    None => Ok(None),
                    Some(Ok(text)) => Ok(Some(Attribute::Header(text))),
                    Some(Err(_)) => {
                        let reject = Reject::boxed(Reason::InvalidUtf8, format!("the header {name} is not UTF-8"));
                        Err(reject.within(&format!("/{}", field.name())))
                    }
                }
            }
        }
    }
}

/// The form of CloudEvents that a record is in.
pub(super) enum Form {
    Plain,
    Binary,
    Structured,
}

/// Tells the form from the headers, then from the members of the outermost object.
pub(super) fn form(headers: &[Header<'_>], fields: &Fields<'_>) -> Form {
    if header(headers, "content-type").is_some_and(is_structured) {
        return Form::Structured;
    }
    if header(headers, "ce_specversion").is_some() {
        return Form::Binary;
    }
    let is = |field, kind| fields.get(field).is_some_and(|raw| raw.kind() == kind);
    if is(Field::Specversion, Kind::String) && is(Field::Data, Kind::Object) && fields.get(Field::Account).is_none() {
        return Form::Structured;
    }
    Form::Plain
}

/// The value behind the frame of a schema registry, where it has one.
#[inline]
pub(super) fn unframed(value: &[u8]) -> &[u8] {
    match value {
        [0, _, _, _, _, rest @ ..] if !rest.is_empty() => rest,
        _ => value,
    }
}

fn header<'h>(headers: &[Header<'h>], name: &str) -> Option<&'h [u8]> {
    headers.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

fn is_structured(content_type: &[u8]) -> bool {
    let media_type = content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"application/cloudevents+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_media_types() {
        for yes in ["application/cloudevents+json", "Application/CloudEvents+JSON; charset=UTF-8", " application/cloudevents+json ;x"] {
            assert!(is_structured(yes.as_bytes()), "{yes}");
        }
        for no in ["", "application/json", "application/cloudevents-batch+json", "application/cloudevents+avro"] {
            assert!(!is_structured(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn the_frame_needs_its_id_and_a_value() {
        assert_eq!(unframed(b"\0\0\0\0\x07{}"), b"{}");
        assert_eq!(unframed(b"\0\0\0\0\x07"), b"\0\0\0\0\x07");
        assert_eq!(unframed(b"{}"), b"{}");
    }
}
