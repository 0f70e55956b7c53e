//! From the bytes of a record to an event, or to the reason why not.
//!
//! A record with several faults is rejected for the first of these, so that two runs, and two implementations, agree:
//!
//! 1. `too_large`: the length of the value as it came
//! 2. `invalid_utf8`: the whole value
//! 3. `bad_json`: the whole value, unknown members included
//! 4. `not_object`; in the structured form of CloudEvents also a `data` that is missing or no object, or a `data_base64` that holds none
//! 5. `type`: missing, no string, unknown
//! 6. `time`
//! 7. `account`, or the `subject` of a CloudEvent, then `key_mismatch`
//! 8. `id`
//! 9. the fields of the type, in the order of docs/reference/inputs.md and of the type's file, required ones first; a field that contradicts
//!    one before it (`to` = `from`, `ends` before `starts`), and `clear`, last
//!
//! The plain path (no `specversion`, and no headers or none that are needed) allocates nothing for usage and gauges, whose strings have no escapes.

use std::borrow::Cow;

use super::convert::{self, NAME_BYTES_MAX};
use super::envelope::{self, Attribute, AttributeSource, Form, Given, Payload};
use super::event::Event;
use super::field::{Field, Fields};
use super::instant::{self, MS_MAX, MS_MIN};
use super::json::{self, Kind, Raw};
use super::record::define::Choice;
use super::record::{InputType, body};
use super::reject::{Checked, Reason, Reject, nearest, shortened};
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
    let mut headers = Some(headers);
    if !COMMON.iter().all(|field| fields.is_present(*field)) {
        let headers = headers.take().map_or_else(Vec::new, |headers| headers());
        if !headers.is_empty() {
            return decode_enveloped(&fields, key, &headers, limits);
        }
    }
    let event = Record { fields: &fields, attributes: AttributeSource::Nothing, key, limits }.event();
    let is_complete = matches!(&event, Ok(event) if event.id.is_some());
    match headers {
        // A field that is there, but an empty text, may come from the headers as well as one that is not.
        Some(headers) if !is_complete && COMMON.iter().any(|field| fields.get(*field).is_some_and(Raw::is_empty_text)) => {
            decode_enveloped(&fields, key, &headers(), limits)
        }
        _ => event,
    }
}

/// What every record has. One that names all of these itself is not asked for its headers.
const COMMON: [Field; 4] = [Field::Account, Field::Type, Field::Time, Field::Id];

#[cold]
fn decode_enveloped<'a>(fields: &Fields<'a>, key: Option<&[u8]>, headers: &[Header<'_>], limits: &Limits) -> Checked<Event<'a>> {
    let form = envelope::form(headers, fields);
    let event = match form {
        Form::Plain => Record { fields, attributes: AttributeSource::Nothing, key, limits }.event(),
        Form::Binary => Record { fields, attributes: AttributeSource::Headers(headers), key, limits }.event(),
        Form::Structured => decode_structured(fields, key, limits),
    };
    event.map_err(|reject| match form {
        Form::Structured | Form::Plain if fields.is_present(Field::Specversion) => envelope::told_to_be_one(form, reject),
        _ => reject,
    })
}

fn decode_structured<'a>(envelope: &Fields<'a>, key: Option<&[u8]>, limits: &Limits) -> Checked<Event<'a>> {
    let attributes = AttributeSource::Envelope(envelope);
    match envelope::payload(envelope)? {
        Payload::Object(raw) => Record { fields: &Fields::of_object(raw, "/data")?, attributes, key, limits }.event(),
        Payload::Text(text) => {
            let mut data = Fields::new(envelope::BASE64);
            data.read(&text).map_err(|reject| reject.within(envelope::BASE64))?;
            Record { fields: &data, attributes: AttributeSource::Envelope(envelope), key, limits }.event().map(Event::detached)
        }
    }
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
        let account = match self.own(Field::Account) {
            Some(raw) => convert::name(raw).map_err(|reject| self.fields.at(Field::Account, reject))?,
            None => self.account_around()?,
        };
        if self.limits.check_key && self.key != Some(account.as_bytes()) {
            self.check_other_key(&account)?;
        }
        let id = self.id()?;
        let body = body(input_type, self.fields)?;
        Ok(Event { id, time_ms, account, body })
    }

    /// A field of every record, where the record itself gives it. Inside of a CloudEvent an empty text gives nothing: there all of these are
    /// optional.
    #[inline(always)]
    fn own(&self, field: Field) -> Option<Raw<'a>> {
        let raw = self.fields.present(field)?;
        let is_lacking = !matches!(self.attributes, AttributeSource::Nothing) && raw.is_empty_text();
        (!is_lacking).then_some(raw)
    }

    #[inline]
    fn input_type(&self) -> Checked<InputType> {
        if let Some(raw) = self.own(Field::Type) {
            return input_type(raw, |word| word).map_err(|reject| self.fields.at(Field::Type, reject));
        }
        match self.attributes.attribute(Attribute::Type)? {
            None => Err(envelope::unwrapped_elsewhere(self.fields, self.fields.missing(Field::Type))),
            Some(Given::Member(raw)) => input_type(raw, envelope::word_of_type).map_err(|reject| reject.within("/type")),
            Some(Given::Header(name)) => known_type(envelope::word_of_type(name), name).map_err(|reject| reject.within("/type")),
        }
    }

    #[inline]
    fn time_ms(&self) -> Checked<i64> {
        match self.own(Field::Time) {
            Some(raw) => convert::instant(raw).or_else(|reject| self.other_time(raw, reject)),
            None => self.time_around(),
        }
    }

    /// An empty text is absent where a time is optional.
    #[cold]
    fn other_time(&self, raw: Raw<'a>, reject: Box<Reject>) -> Checked<i64> {
        if raw.is_empty_text() && self.limits.record_ms.is_some() {
            self.time_of_record()
        } else {
            Err(self.fields.at(Field::Time, reject))
        }
    }

    #[cold]
    fn time_around(&self) -> Checked<i64> {
        match self.attributes.attribute(Attribute::Time)? {
            None => self.time_of_record(),
            Some(Given::Member(raw)) => convert::instant(raw).map_err(|reject| reject.within("/time")),
            Some(Given::Header(text)) => instant::parse(text).map_err(|fault| convert::not_instant(fault, text).within("/time")),
        }
    }

    /// The time of the Kafka record, where it may stand in for the event's.
    fn time_of_record(&self) -> Checked<i64> {
        match self.limits.record_ms {
            Some(ms) if (MS_MIN..=MS_MAX).contains(&ms) => Ok(ms),
            Some(ms) => {
                let hint = format!("that of the Kafka record, {ms}, cannot stand in: it is not of 2000..=9999");
                Err(self.fields.missing(Field::Time).and(&hint))
            }
            None if self.limits.check_key => {
                Err(self.fields.missing(Field::Time).and("with engine.time_from_record it would be that of the Kafka record"))
            }
            None => {
                let hint = "a line has no Kafka record around it, whose time engine.time_from_record could take";
                Err(self.fields.missing(Field::Time).and(hint))
            }
        }
    }

    #[cold]
    fn account_around(&self) -> Checked<Cow<'a, str>> {
        match self.attributes.attribute(Attribute::Subject)? {
            None => Err(self.fields.missing(Field::Account)),
            Some(Given::Member(raw)) => {
                let subject = convert::text(raw).map_err(|reject| reject.within("/subject"))?;
                self.account_of_subject(&subject)
            }
            Some(Given::Header(subject)) => self.account_of_subject(subject),
        }
    }

    fn account_of_subject(&self, subject: &str) -> Checked<Cow<'a, str>> {
        let account = subject.split('/').next().unwrap_or_default();
        match account.len() {
            0 => Err(self.fields.missing(Field::Account)),
            1..=NAME_BYTES_MAX => Ok(Cow::Owned(account.to_owned())),
            bytes => {
                let message = format!("expected 1..=256 bytes up to the first `/`, which are the account, found {bytes}");
                Err(Reject::boxed(Reason::OutOfRange, message).within("/subject"))
            }
        }
    }

    #[inline]
    fn id(&self) -> Checked<Option<Cow<'a, str>>> {
        if self.own(Field::Id).is_some() {
            return self.fields.optional(Field::Id, convert::name);
        }
        match self.attributes.attribute(Attribute::Id)? {
            None => Ok(None),
            Some(Given::Member(raw)) => convert::name(raw).map(Some).map_err(|reject| reject.within("/id")),
            Some(Given::Header(id)) if id.len() <= NAME_BYTES_MAX => Ok(Some(Cow::Owned(id.to_owned()))),
            Some(Given::Header(id)) => {
                let message = format!("expected 1..=256 bytes in the header ce_id, found {}", id.len());
                Err(Reject::boxed(Reason::OutOfRange, message).within("/id"))
            }
        }
    }

    /// The key is not the account's bytes, but may be so behind the frame of a schema registry, or be the same number.
    #[cold]
    fn check_other_key(&self, account: &str) -> Checked<()> {
        let own = self.own(Field::Account);
        let is_account = |key: &[u8]| key == account.as_bytes() || own.is_some_and(|raw| raw.kind() == Kind::Number && raw.bytes() == key);
        match self.key {
            Some(key) if is_account(key) || is_account(envelope::unframed(key)) => Ok(()),
            _ => Err(self.key_mismatch(account, own.is_some())),
        }
    }

    #[cold]
    fn key_mismatch(&self, account: &str, is_own: bool) -> Box<Reject> {
        let found = match self.key {
            None => String::from("no key"),
            Some(key) => format!("the key `{}`", shortened(&String::from_utf8_lossy(key))),
        };
        let message = format!("expected the record's key to be the account `{}`, found {found}", shortened(account));
        let reject = Reject::boxed(Reason::KeyMismatch, message);
        if is_own { self.fields.at(Field::Account, reject) } else { reject.within("/subject") }
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
    let reject = Reject::expected(Reason::UnknownType, format_args!("one of {}", InputType::words()), &format!("`{found}`"));
    match nearest(word, InputType::ALL.iter().map(|known| known.as_str())) {
        Some(near) => reject.and(&format!("did you mean {near}?")),
        None => reject,
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
