//! From the bytes of a record to an event, or to the reason why not.
//!
//! A record with several faults is rejected for the first of these, so that two runs, and two implementations, agree:
//!
//! 1. `too_large`: the length of the value as it came
//! 2. `invalid_utf8`: the whole value
//! 3. `bad_json`: the whole value, unknown members included
//! 4. `not_object`; in the structured form of CloudEvents also a `data` that is missing or no object
//! 5. `type`: missing, no string, unknown
//! 6. `time`
//! 7. `account`, then `key_mismatch`
//! 8. `id`
//! 9. the fields of the type, in the order of docs/reference/inputs.md and of the type's file, required ones first; a field that contradicts
//!    one before it (`to` = `from`, `ends` before `starts`) last
//!
//! The plain path (no `specversion`, and no headers or none that are needed) allocates nothing for usage and gauges, whose strings have no escapes.

use std::borrow::Cow;

use super::convert::{self, NAME_BYTES_MAX};
use super::envelope::{self, Attribute, AttributeSource, Form};
use super::event::Event;
use super::field::{Field, Fields};
use super::instant;
use super::json::{self, Kind, Raw};
use super::record::define::Choice;
use super::record::{InputType, body};
use super::reject::{Checked, Reason, Reject, shortened};
use super::{Header, Limits};

/// Decodes one record.
///
/// `key` is the record's key, compared with `account` where `limits.check_key` is set. `headers` may hold any others besides
/// those of CloudEvents; they are asked for only where the value alone does not tell what it is (see [`envelope`]). The event borrows
/// from `value`.
///
/// # Errors
///
/// The first fault of the record, in the order of the module's description. [`Reason::FromTheFuture`] and
/// [`Reason::TooLate`] are never among them, for they need a clock.
pub fn decode<'a, 'h>(
    key: Option<&[u8]>,
    value: &'a [u8],
    headers: impl FnOnce() -> Vec<Header<'h>>,
    limits: &Limits,
) -> Result<Event<'a>, Box<Reject>> {
    if value.len() > limits.max_record_bytes.min(json::TEXT_BYTES_MAX) {
        return Err(too_large(value.len(), limits));
    }
    let mut fields = Fields::new("");
    fields.read(envelope::unframed(value))?;
    if fields.get(Field::Specversion).is_some() {
        return decode_enveloped(&fields, key, &headers(), limits);
    }
    let is_complete = fields.is_present(Field::Account)
        && fields.is_present(Field::Type)
        && fields.is_present(Field::Time)
        && fields.is_present(Field::Id);
    if !is_complete {
        let headers = headers();
        if !headers.is_empty() {
            return decode_enveloped(&fields, key, &headers, limits);
        }
    }
    Record { fields: &fields, attributes: AttributeSource::Nothing, key, limits }.event()
}

#[cold]
fn decode_enveloped<'a>(fields: &Fields<'a>, key: Option<&[u8]>, headers: &[Header<'_>], limits: &Limits) -> Checked<Event<'a>> {
    match envelope::form(headers, fields) {
        Form::Plain => Record { fields, attributes: AttributeSource::Nothing, key, limits }.event(),
        Form::Binary => Record { fields, attributes: AttributeSource::Headers(headers), key, limits }.event(),
        Form::Structured => {
            let data = fields.required(Field::Data, |raw| {
                let kind = raw.kind();
                if kind == Kind::Object { Fields::of_object(raw, "/data") } else { Err(not_object(raw)) }
            })?;
            Record { fields: &data, attributes: AttributeSource::Envelope(fields), key, limits }.event()
        }
    }
}

#[cold]
fn not_object(raw: Raw<'_>) -> Box<Reject> {
    Reject::expected(Reason::NotObject, "an object", raw.shown())
}

#[cold]
fn too_large(found: usize, limits: &Limits) -> Box<Reject> {
    Reject::boxed(Reason::TooLarge, format!("expected at most {} bytes, found {found}", limits.max_record_bytes))
}

/// A scanned record with all that is around it.
struct Record<'r, 'a> {
    fields: &'r Fields<'a>,
    attributes: AttributeSource<'r, 'a>,
    key: Option<&'r [u8]>,
    limits: &'r Limits,
}

impl<'a> Record<'_, 'a> {
    #[inline]
    fn event(&self) -> Checked<Event<'a>> {
        let input_type = self.input_type()?;
        let time_ms = self.time_ms()?;
        let account = self.fields.required(Field::Account, convert::name)?;
        if self.limits.check_key && self.key != Some(account.as_bytes()) {
            self.check_framed_key(&account)?;
        }
        let id = self.id()?;
        let body = body(input_type, self.fields)?;
        Ok(Event { id, time_ms, account, body })
    }

    #[inline]
    fn input_type(&self) -> Checked<InputType> {
        if let Some(raw) = self.fields.present(Field::Type) {
            return input_type(raw, |word| word).map_err(|reject| self.fields.at(Field::Type, reject));
        }
        let last_segment = |name: &'_ str| name.rfind('.').map_or(0, |dot| dot + 1);
        match self.attributes.attribute(Field::Type)? {
            None => self.fields.required(Field::Type, |raw| input_type(raw, |word| word)),
            Some(Attribute::Member(raw)) => input_type(raw, |name| &name[last_segment(name)..]).map_err(|reject| reject.within("/type")),
            Some(Attribute::Header(name)) => known_type(&name[last_segment(name)..], name).map_err(|reject| reject.within("/type")),
        }
    }

    #[inline]
    fn time_ms(&self) -> Checked<i64> {
        if self.fields.is_present(Field::Time) {
            return self.fields.required(Field::Time, convert::instant);
        }
        match self.attributes.attribute(Field::Time)? {
            None => self.fields.required(Field::Time, convert::instant),
            Some(Attribute::Member(raw)) => convert::instant(raw).map_err(|reject| reject.within("/time")),
            Some(Attribute::Header(text)) => {
                instant::parse_rfc3339(text).map_err(|fault| convert::not_instant(fault, text).within("/time"))
            }
        }
    }

    #[inline]
    fn id(&self) -> Checked<Option<Cow<'a, str>>> {
        if self.fields.is_present(Field::Id) {
            return self.fields.optional(Field::Id, convert::name);
        }
        match self.attributes.attribute(Field::Id)? {
            None => Ok(None),
            Some(Attribute::Member(raw)) => convert::name(raw).map(Some).map_err(|reject| reject.within("/id")),
            Some(Attribute::Header(id)) if id.len() <= NAME_BYTES_MAX => Ok(Some(Cow::Owned(id.to_owned()))),
            Some(Attribute::Header(id)) => {
                let message = format!("expected 1..=256 bytes in the header ce_id, found {}", id.len());
                Err(Reject::boxed(Reason::OutOfRange, message).within("/id"))
            }
        }
    }

    /// The key is not the account, but may be so behind the frame of a schema registry.
    #[cold]
    fn check_framed_key(&self, account: &str) -> Checked<()> {
        let is_account = self.key.map(envelope::unframed) == Some(account.as_bytes());
        if is_account { Ok(()) } else { Err(self.key_mismatch(account)) }
    }

    #[cold]
    fn key_mismatch(&self, account: &str) -> Box<Reject> {
        let found = match self.key {
            None => String::from("no key"),
            Some(key) => format!("the key `{}`", shortened(&String::from_utf8_lossy(key))),
        };
        let message = format!("expected the record's key to be the account `{}`, found {found}", shortened(account));
        self.fields.at(Field::Account, Reject::boxed(Reason::KeyMismatch, message))
    }
}

#[inline]
fn input_type(raw: Raw<'_>, word_of: impl Fn(&str) -> &str) -> Checked<InputType> {
    if raw.kind() != Kind::String {
        return Err(Reject::expected(Reason::WrongType, format_args!("one of {}", InputType::words()), raw.shown()));
    }
    match raw.string() {
        Some(name) => known_type(word_of(&name), &name),
        None => Err(Reject::expected(Reason::InvalidUtf8, "no lone surrogate", raw.shown())),
    }
}

#[inline]
fn known_type(word: &str, found: &str) -> Checked<InputType> {
    // The commonest first, and not through the table.
    if word == "usage" {
        return Ok(InputType::Usage);
    }
    InputType::of_word(word).ok_or_else(|| unknown_type(word, found))
}

#[cold]
fn unknown_type(word: &str, found: &str) -> Box<Reject> {
    let mut reject = Reject::expected(Reason::UnknownType, format_args!("one of {}", InputType::words()), &format!("`{found}`"));
    // Only short words are compared: the distance costs the product of the lengths, and the sender chooses one of them.
    let near = InputType::ALL.iter().map(|known| known.as_str()).min_by_key(|known| strsim::osa_distance(known, shortened(word).as_str()));
    if let Some(near) = near.filter(|near| word.len() <= 64 && strsim::osa_distance(near, word) <= near.len().div_ceil(2)) {
        reject.message.push_str(&format!("; did you mean {near}?"));
    }
    reject
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
