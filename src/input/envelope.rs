//! CloudEvents around an input record, and the framing of a schema registry before it.
//!
//! | form | recognised by | the record is | filled in where the record lacks it |
//! |---|---|---|---|
//! | structured, Kafka | header `content-type: application/cloudevents+json`, parameters allowed | the member `data`, or the JSON in `data_base64` | `type`, `time`, `id` of the envelope, and the account from `subject` |
//! | structured, no header (files) | a text `specversion` and an object `data` or a text `data_base64`, and no `account` beside them | the same | the same |
//! | binary, Kafka | header `ce_specversion` | the value | `type`, `time`, `id` from `ce_type`, `ce_time`, `ce_id`, and the account from `ce_subject` |
//!
//! A value that names `account`, `type`, `time` and `id` itself and has no `specversion` is a plain record, whatever its headers say:
//! nothing around it could add to it. Asking librdkafka for the headers of a record costs as much as decoding its value.
//!
//! The names of headers and the media type are matched without regard to ASCII case; of a repeated header the last counts, and
//! one without a value is absent.
//! A `type` that comes from the envelope may be a full name: its last segment counts, so `com.example.usage` is `usage`, and one that is a
//! version is passed over, so `com.example.usage.v1` is `usage`, too. Inside of the record `type` must be the bare word. `null` and an empty text
//! in the record count as lacking. The account is the `subject` up to its first `/`. In the binary form any
//! `content-type` but the structured one is left to the value: what is not JSON is refused as such. A native record always has `account`, so that
//! members of it that happen to be called `specversion` and `data` stay what they are, unknown and ignored.
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

/// What may come from around the record.
#[derive(Clone, Copy)]
pub(super) enum Attribute {
    Type,
    Time,
    Id,
    Subject,
}

/// An attribute from around the record.
pub(super) enum Given<'r, 'a> {
    Header(&'r str),
    Member(Raw<'a>),
}

impl<'r, 'a> AttributeSource<'r, 'a> {
    /// The attribute from around the record, if it is there. `null`, an empty text and a header without a value, which some clients write for
    /// what they do not know, say nothing.
    pub fn attribute(self, attribute: Attribute) -> Checked<Option<Given<'r, 'a>>> {
        let (name, header_name, field) = match attribute {
            Attribute::Type => ("type", "ce_type", Some(Field::Type)),
            Attribute::Time => ("time", "ce_time", Some(Field::Time)),
            Attribute::Id => ("id", "ce_id", Some(Field::Id)),
            Attribute::Subject => ("subject", "ce_subject", None),
        };
        match self {
            AttributeSource::Nothing => Ok(None),
            AttributeSource::Envelope(envelope) => {
                let member = match field {
                    Some(field) => envelope.present(field).filter(|raw| !raw.is_empty_text()),
                    None => envelope.named(&["subject"]).given(name),
                };
                Ok(member.map(Given::Member))
            }
            AttributeSource::Headers(headers) => {
                match header(headers, header_name).filter(|value| !value.is_empty()).map(std::str::from_utf8) {
                    None => Ok(None),
                    Some(Ok(text)) => Ok(Some(Given::Header(text))),
                    Some(Err(_)) => {
                        let reject = Reject::boxed(Reason::InvalidUtf8, format!("the header {header_name} is not UTF-8"));
                        Err(reject.within(&format!("/{name}")))
                    }
                }
            }
        }
    }
}

/// The word of a type's full name: its last segment that is no version, such as `v1`.
pub(super) fn word_of_type(name: &str) -> &str {
    let is_version = |segment: &str| {
        segment.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match name.rsplit_once('.') {
        Some((before, last)) if is_version(last) => before.rsplit_once('.').map_or(before, |(_, word)| word),
        Some((_, word)) => word,
        None => name,
    }
}

/// The form of CloudEvents that a record is in.
#[derive(Clone, Copy)]
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
    let has_account = fields.present(Field::Account).is_some_and(|raw| !raw.is_empty_text());
    let has_data = || is(Field::Data, Kind::Object) || data_base64(fields).is_some_and(|raw| raw.kind() == Kind::String);
    if is(Field::Specversion, Kind::String) && !has_account && has_data() { Form::Structured } else { Form::Plain }
}

/// The record in an envelope.
pub(super) enum Payload<'a> {
    Object(Raw<'a>),
    /// What `data_base64` holds.
    Text(Vec<u8>),
}

/// The place of what `data_base64` holds.
pub(super) const BASE64: &str = "/data_base64";

fn data_base64<'a>(fields: &Fields<'a>) -> Option<Raw<'a>> {
    fields.named(&["data_base64"]).given("data_base64")
}

/// The record in an envelope: an object, or bytes.
pub(super) fn payload<'a>(fields: &Fields<'a>) -> Checked<Payload<'a>> {
    match (fields.present(Field::Data), data_base64(fields)) {
        (Some(raw), _) if raw.kind() == Kind::Object => Ok(Payload::Object(raw)),
        (None, Some(raw)) => {
            let bytes = if raw.kind() == Kind::String { raw.string().and_then(|text| decode_base64(text.as_bytes())) } else { None };
            let reject = || Reject::expected(Reason::WrongType, "a text in Base64", raw.shown()).within(BASE64);
            bytes.map(Payload::Text).ok_or_else(reject)
        }
        (Some(raw), _) => Err(Reject::expected(Reason::NotObject, "an object", raw.shown()).within("/data")),
        (None, None) => Err(fields.missing(Field::Data)),
    }
}

/// The bytes that a text of RFC 4648, section 4, stands for; `None` where it is not of that form.
fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let (groups, rest) = text.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(3 * groups.len());
    for (index, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || padding > 0 && index + 1 < groups.len() {
            return None;
        }
        let mut bits: u32 = 0;
        for byte in &group[..4 - padding] {
            bits = bits << 6 | u32::from(six_bits(*byte)?);
        }
        bits <<= 6 * padding;
        bytes.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(bytes)
}

fn six_bits(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Tells of a value that is refused, and has `specversion`, what it was taken for.
#[cold]
pub(super) fn told_to_be_one(form: Form, reject: Box<Reject>) -> Box<Reject> {
    reject.and(match form {
        Form::Structured => "the record is in the data of a CloudEvent, by its specversion",
        _ => {
            "this is a CloudEvent, by its specversion, but not read as one: that takes a text specversion, an object data or a text data_base64, and \
             no account beside them"
        }
    })
}

/// Tells of a value without `type` what wrapped its record.
#[cold]
pub(super) fn unwrapped_elsewhere(fields: &Fields<'_>, reject: Box<Reject>) -> Box<Reject> {
    let members = fields.named(&["payload", "schema", "after", "op"]);
    if members.given("payload").is_some() && members.given("schema").is_some() {
        reject.and("this is Kafka Connect's JSON with a schema: set value.converter.schemas.enable=false")
    } else if members.given("after").is_some() && members.given("op").is_some() {
        reject.and("this is Debezium's envelope: unwrap it with its transformation ExtractNewRecordState")
    } else {
        reject
    }
}

/// The value behind the frame of a schema registry, where it has one.
#[inline]
pub(crate) fn unframed(value: &[u8]) -> &[u8] {
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

    #[test]
    fn a_version_is_passed_over() {
        let cases = [
            ("usage", "usage"),
            ("com.example.usage", "usage"),
            ("com.example.usage.v1", "usage"),
            ("usage.v12", "usage"),
            ("usage.v1.v2", "v1"),
            ("v1", "v1"),
            ("usage.v", "v"),
            ("usage.V1", "V1"),
            ("usage.v1a", "v1a"),
            ("usage.1", "1"),
            ("usage.", ""),
            (".v1", ""),
        ];
        for (name, word) in cases {
            assert_eq!(word_of_type(name), word, "{name}");
        }
    }

    #[test]
    fn base64() {
        // RFC 4648, section 10.
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(decode_base64(text.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        assert_eq!(decode_base64(b"+/+/").as_deref(), Some(b"\xfb\xff\xbf".as_slice()));
        for text in ["Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm8=Zm9v", "Zm9\n", "-_-_", "Zé==", "Zm 9"] {
            assert_eq!(decode_base64(text.as_bytes()), None, "{text}");
        }
    }
}
