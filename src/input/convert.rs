//! From a value as it stands in the text to the value that docs/reference/inputs.md means: one function per kind of field.
//!
//! Each is given valid JSON and answers with a rejection whose pointer is relative to the value; the caller knows the field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::field::Named;
use super::instant::{self, Fault, MS_MAX, MS_MIN};
use super::json::{self, Kind, Raw};
use super::record::define::{Choice, Read};
use super::reject::{Checked, Reason, Reject, nearest, shortened};
use super::value::Date;

/// Bytes of UTF-8 in an id or a name.
pub const NAME_BYTES_MAX: usize = 256;
/// Bytes of UTF-8 in any other text.
pub const TEXT_BYTES_MAX: usize = 4096;
/// Entries of an object whose keys are names.
const ENTRIES_MAX: usize = 64;
/// The largest quantity, and the largest number of seats or employees.
pub const COUNT_MAX: u32 = 1_000_000_000;

#[inline(always)]
fn string<'a>(raw: Raw<'a>, expected: &str) -> Checked<Cow<'a, str>> {
    if raw.kind() != Kind::String {
        return Err(Reject::expected(Reason::WrongType, expected, raw.shown()));
    }
    raw.string().ok_or_else(|| Reject::expected(Reason::InvalidUtf8, "no lone surrogate", raw.shown()))
}

const NAME: &str = "a string of 1..=256 bytes";

/// An id or a name.
#[inline(always)]
pub(super) fn name(raw: Raw<'_>) -> Checked<Cow<'_, str>> {
    match raw.plain() {
        Some(name) if (1..=NAME_BYTES_MAX).contains(&name.len()) => Ok(Cow::Borrowed(name)),
        _ => other_name(raw),
    }
}

/// One with escapes, a number, and what is none.
#[cold]
fn other_name(raw: Raw<'_>) -> Checked<Cow<'_, str>> {
    if raw.kind() == Kind::Number {
        return digits(raw);
    }
    let name = string(raw, NAME)?;
    within_name(&name)?;
    Ok(name)
}

/// A whole number in place of an id or a name: its digits.
fn digits(raw: Raw<'_>) -> Checked<Cow<'_, str>> {
    const EXPECTED: &str = "a string of 1..=256 bytes or a whole number -9223372036854775808..=18446744073709551615";
    match any_whole(raw.text()) {
        Some(number) if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) => {
            let digits = number.to_string();
            Ok(if digits == raw.text() { Cow::Borrowed(raw.text()) } else { Cow::Owned(digits) })
        }
        Some(_) => Err(Reject::expected(Reason::OutOfRange, EXPECTED, raw.shown())),
        None => Err(Reject::expected(Reason::WrongType, EXPECTED, raw.shown())),
    }
}

fn within_name(name: &str) -> Checked<()> {
    if (1..=NAME_BYTES_MAX).contains(&name.len()) { Ok(()) } else { Err(of_length(NAME, name)) }
}

/// Any other text.
pub(super) fn text(raw: Raw<'_>) -> Checked<Cow<'_, str>> {
    const EXPECTED: &str = "a string of at most 4096 bytes";
    let text = string(raw, EXPECTED)?;
    if text.len() > TEXT_BYTES_MAX {
        return Err(of_length(EXPECTED, &text));
    }
    Ok(text)
}

#[cold]
fn of_length(expected: &str, found: &str) -> Box<Reject> {
    Reject::boxed(Reason::OutOfRange, format!("expected {expected}, found {} bytes", found.len()))
}

/// A whole number, however it is written: `3`, `3.0`, `0.3e1`.
#[inline]
fn integer<const MIN: u32, const MAX: u32>(raw: Raw<'_>) -> Checked<u32> {
    match whole(raw.bytes()) {
        Some(value) if (i64::from(MIN)..=i64::from(MAX)).contains(&value) => Ok(value as u32),
        _ => other_integer(raw, MIN, MAX),
    }
}

/// One with a fraction or an exponent, and what is none.
#[cold]
fn other_integer(raw: Raw<'_>, min: u32, max: u32) -> Checked<u32> {
    let value = if raw.kind() == Kind::Number { any_whole(raw.text()) } else { None };
    match value {
        Some(value) if (i128::from(min)..=i128::from(max)).contains(&value) => Ok(value as u32),
        value => {
            let reason = if value.is_some() { Reason::OutOfRange } else { Reason::WrongType };
            Err(unquoted(raw, Reject::expected(reason, format_args!("an integer {min}..={max}"), raw.shown())))
        }
    }
}

/// The value of a JSON number that is whole; `None` where it is not. One with a fraction or an exponent is what the double is, up to 2⁵³.
/// Beyond that, and beyond 128 bits, it is at the end of all numbers.
fn any_whole(text: &str) -> Option<i128> {
    const DOUBLES_MAX: f64 = (1_u64 << 53) as f64;
    let end = if text.starts_with('-') { i128::MIN } else { i128::MAX };
    if !text.contains(['.', 'e', 'E']) {
        return Some(text.parse().unwrap_or(end));
    }
    let value: f64 = text.parse().ok()?;
    match value.abs() {
        size if size > DOUBLES_MAX => Some(end),
        size if size.fract() == 0.0 => Some(value as i128),
        _ => None,
    }
}

/// A rejection that asks for what stands between the quotes, where that is a number.
#[cold]
fn unquoted(raw: Raw<'_>, reject: Box<Reject>) -> Box<Reject> {
    let is_number = raw.plain().is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
    if is_number { reject.and("write the number without quotes") } else { reject }
}

/// The value of a JSON integer, at the ends of `i64` where it lies beyond them; `None` where the text is something else.
#[inline]
fn whole(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (eights, rest) = digits.as_chunks();
    let mut value: i64 = 0;
    for digits in eights {
        value = value.saturating_mul(100_000_000).saturating_add(json::eight_digits(digits)?.into());
    }
    for byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.saturating_mul(10).saturating_add(digit.into());
    }
    Some(if negative { -value } else { value })
}

#[inline]
pub(super) fn quantity(raw: Raw<'_>) -> Checked<u32> {
    integer::<1, COUNT_MAX>(raw).map_err(|reject| nothing_done(raw, reject))
}

#[cold]
fn nothing_done(raw: Raw<'_>, reject: Box<Reject>) -> Box<Reject> {
    match whole(raw.bytes()) {
        Some(0) => reject.and("leave out what was not done"),
        Some(..0) => reject.and("what was counted cannot be taken back; leave the record out"),
        _ => reject,
    }
}

pub(super) fn count(raw: Raw<'_>) -> Checked<u32> {
    integer::<0, COUNT_MAX>(raw)
}

pub(super) fn score(raw: Raw<'_>) -> Checked<u8> {
    integer::<0, 10>(raw).map(|score| score as u8)
}

/// A finite double, rounded from the decimal number as IEEE 754 does.
#[inline]
pub(super) fn number(raw: Raw<'_>) -> Checked<f64> {
    double(raw, f64::MIN, f64::MAX, "a number within a double's range")
}

/// A score of an account's health.
pub(super) fn health_score(raw: Raw<'_>) -> Checked<f64> {
    double(raw, 0.0, 100.0, "a number 0..=100")
}

#[inline]
fn double(raw: Raw<'_>, min: f64, max: f64, expected: &str) -> Checked<f64> {
    if raw.kind() != Kind::Number {
        return Err(unquoted(raw, Reject::expected(Reason::WrongType, expected, raw.shown())));
    }
    match raw.text().parse::<f64>() {
        Ok(value) if (min..=max).contains(&value) => Ok(value),
        _ => Err(Reject::expected(Reason::OutOfRange, expected, raw.shown())),
    }
}

pub(super) fn boolean(raw: Raw<'_>) -> Checked<bool> {
    match raw.text() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => {
            let reject = Reject::expected(Reason::WrongType, "true or false", raw.shown());
            Err(match other.trim_matches('"').to_ascii_lowercase().as_str() {
                "1" | "true" => reject.and("write true"),
                "0" | "false" => reject.and("write false"),
                _ => reject,
            })
        }
    }
}

pub(super) fn date(raw: Raw<'_>) -> Checked<Date> {
    const EXPECTED: &str = "a date YYYY-MM-DD, 1970..=9999";
    if let Some(ms) = whole(raw.bytes()).filter(|ms| (MS_MIN..=MS_MAX).contains(ms)) {
        let date = instant::format_date((ms / 86_400_000) as i32);
        return Err(Reject::expected(Reason::WrongType, EXPECTED, raw.shown()).and(&format!("where these are milliseconds, write {date}")));
    }
    let text = string(raw, EXPECTED)?;
    instant::parse_date(&text).map(Date).map_err(|fault| {
        let reject = of_fault(fault, EXPECTED, raw.shown());
        match text.split_at_checked("YYYY-MM-DD".len()) {
            Some((date, time)) if !time.is_empty() && instant::parse_date(date).is_ok() => {
                reject.and(&format!("leave the time of day away: {date}"))
            }
            _ => reject,
        }
    })
}

const INSTANT: &str = "an RFC 3339 instant with offset or integer Unix milliseconds, 2000..=9999";

/// Unix milliseconds.
#[inline]
pub(super) fn instant(raw: Raw<'_>) -> Checked<i64> {
    if raw.kind() == Kind::String {
        let text = string(raw, INSTANT)?;
        return instant::parse(&text).map_err(|fault| not_instant(fault, &text));
    }
    match whole(raw.bytes()) {
        Some(ms) if (MS_MIN..=MS_MAX).contains(&ms) => Ok(ms),
        _ => other_instant(raw),
    }
}

/// Milliseconds with a fraction or an exponent, and what are none.
#[cold]
fn other_instant(raw: Raw<'_>) -> Checked<i64> {
    let number = if raw.kind() == Kind::Number { any_whole(raw.text()) } else { None };
    let Some(number) = number else { return Err(of_fault(Fault::Form, INSTANT, raw.shown())) };
    let instants = i128::from(MS_MIN)..=i128::from(MS_MAX);
    if instants.contains(&number) {
        return Ok(number as i64);
    }
    let reject = of_fault(Fault::Range, INSTANT, raw.shown());
    let other_units = [("microseconds", number / 1000), ("nanoseconds", number / 1_000_000)];
    Err(if number < *instants.start() {
        match number.checked_mul(1000).filter(|ms| instants.contains(ms)) {
            Some(ms) => reject.and(&format!("are these seconds? In milliseconds they are {ms}")),
            None => reject.and("are these seconds? Milliseconds are expected"),
        }
    } else if let Some((unit, ms)) = other_units.iter().find(|(_, ms)| instants.contains(ms)) {
        reject.and(&format!("are these {unit}? In milliseconds they are {ms}"))
    } else {
        reject
    })
}

#[cold]
fn of_fault(fault: Fault, expected: &str, found: &str) -> Box<Reject> {
    let reason = match fault {
        Fault::Form | Fault::NoOffset => Reason::WrongType,
        Fault::Range | Fault::Early => Reason::OutOfRange,
    };
    Reject::expected(reason, expected, found)
}

/// A zone of the compiled-in tz database, in the database's own spelling: names are matched without regard to ASCII case.
pub(super) fn time_zone(raw: Raw<'_>) -> Checked<Cow<'_, str>> {
    let name = text(raw)?;
    let zone = jiff::tz::db().get(&name).ok();
    match zone.as_ref().and_then(|zone| zone.iana_name()) {
        // A placeholder of CLDR and jiff, not a zone.
        None | Some("Etc/Unknown") => Err(Reject::expected(Reason::OutOfRange, "an IANA time zone", raw.shown())),
        Some(canonical) if canonical == name => Ok(name),
        Some(canonical) => Ok(Cow::Owned(canonical.to_owned())),
    }
}

pub(super) fn choice<T: Choice>(raw: Raw<'_>) -> Checked<T> {
    const EXPECTED: &str = "a string";
    let word = string(raw, EXPECTED)?;
    T::of_word(&word).ok_or_else(|| not_among(&word, T::ALL.iter().map(|choice| choice.as_str()), raw))
}

/// Some of these words, in any number.
pub(super) fn words(raw: Raw<'_>, known: &'static [&'static str]) -> Checked<Vec<&'static str>> {
    list(raw, |raw| {
        let word = string(raw, "a string")?;
        known.iter().copied().find(|known| *known == word).ok_or_else(|| not_among(&word, known.iter().copied(), raw))
    })
}

#[cold]
fn not_among(word: &str, known: impl Iterator<Item = &'static str> + Clone, raw: Raw<'_>) -> Box<Reject> {
    let all = known.clone().collect::<Vec<_>>().join(", ");
    let reject = Reject::expected(Reason::OutOfRange, format_args!("one of {all}"), raw.shown());
    match nearest(word, known) {
        Some(near) => reject.and(&format!("did you mean {near}?")),
        None => reject,
    }
}

pub(super) fn texts(raw: Raw<'_>) -> Checked<Vec<Cow<'_, str>>> {
    list(raw, text)
}

/// An array, item by item, without those that are `null`.
fn list<'a, T>(raw: Raw<'a>, item: impl Fn(Raw<'a>) -> Checked<T>) -> Checked<Vec<T>> {
    Ok(items(raw, item)?.into_iter().map(|(_, item)| item).collect())
}

/// A list with its items' indices; a rejection names the index, too.
fn items<'a, T>(raw: Raw<'a>, item: impl Fn(Raw<'a>) -> Checked<T>) -> Checked<Vec<(usize, T)>> {
    if raw.kind() != Kind::Array {
        return Err(Reject::expected(Reason::WrongType, "an array of strings", raw.shown()));
    }
    let items = raw.items().into_iter().enumerate().filter(|(_, raw)| raw.kind() != Kind::Null);
    items.map(|(index, raw)| Ok((index, item(raw).map_err(|reject| reject.within(&format!("/{index}")))?))).collect()
}

/// Two or more different names, in order.
pub(super) fn different_names(raw: Raw<'_>) -> Checked<Vec<Cow<'_, str>>> {
    let names = items(raw, name)?;
    if names.len() < 2 {
        return Err(Reject::boxed(Reason::OutOfRange, format!("expected two products or more, found {}", names.len())));
    }
    // Sorted, since the record bound alone limits the length.
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| names[*a].1.cmp(&names[*b].1).then(a.cmp(b)));
    let repeated = order.windows(2).filter(|pair| names[pair[0]].1 == names[pair[1]].1).map(|pair| pair[1]).min();
    match repeated.map(|place| &names[place]) {
        None => Ok(names.into_iter().map(|(_, name)| name).collect()),
        Some((index, name)) => {
            let reject = Reject::expected(Reason::OutOfRange, "different products", &format!("{name} again"));
            Err(reject.within(&format!("/{index}")))
        }
    }
}

/// An object, by its fields.
pub(super) fn object<'a, T: Read<'a>>(raw: Raw<'a>) -> Checked<T> {
    if raw.kind() != Kind::Object {
        return Err(Reject::expected(Reason::WrongType, "an object", raw.shown()));
    }
    T::read(&Named::of(raw.text(), "", T::NAMES))
}

/// An object of names by names that the sender chooses, [`ENTRIES_MAX`] at most. Of a repeated key the last counts, as in any object, and an
/// entry that is `null` is none.
///
/// A rejection has the field alone as its place and tells the key in words, since a key may hold what would garble a log.
pub(super) fn names_by_name(raw: Raw<'_>) -> Checked<BTreeMap<Cow<'_, str>, Cow<'_, str>>> {
    if raw.kind() != Kind::Object {
        return Err(Reject::expected(Reason::WrongType, "an object of strings", raw.shown()));
    }
    let mut values: BTreeMap<Cow<'_, str>, Raw<'_>> = BTreeMap::new();
    for (key, value) in raw.members() {
        let Some(key) = key else { return Err(Reject::boxed(Reason::InvalidUtf8, "expected no lone surrogate in a key")) };
        within_name(&key).map_err(|reject| about(reject, "a key"))?;
        values.insert(key, value);
    }
    values.retain(|_, value| value.kind() != Kind::Null);
    if values.len() > ENTRIES_MAX {
        return Err(Reject::boxed(Reason::OutOfRange, format!("expected at most {ENTRIES_MAX} entries, found {}", values.len())));
    }
    let entries = values.into_iter().map(|(key, value)| match name(value) {
        Ok(value) => Ok((key, value)),
        Err(reject) => Err(about(reject, &format!("the value of `{}`", shortened(&key)))),
    });
    entries.collect()
}

/// A rejection of a part of the value, named in words.
#[cold]
fn about(mut reject: Box<Reject>, what: &str) -> Box<Reject> {
    reject.message.insert_str(0, &format!("{what}: "));
    reject
}

/// Refuses a text that is no instant, wherever it came from.
#[cold]
pub(super) fn not_instant(fault: Fault, found: &str) -> Box<Reject> {
    let reject = of_fault(fault, INSTANT, &format!("\"{found}\""));
    match fault {
        Fault::NoOffset => reject.and("it has no offset: append Z where it is UTC, else one such as +02:00"),
        Fault::Early => reject.and("were these seconds, taken for milliseconds?"),
        Fault::Form if found.parse::<f64>().is_ok() => reject.and("write the number without quotes"),
        Fault::Form if instant::parse_date(found).is_ok() => reject.and("it is a date alone, without a time of day and an offset"),
        Fault::Form | Fault::Range => reject,
    }
}
