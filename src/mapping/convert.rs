//! From a value as a record writes it to JSON as a native record has it. What is said of a form is in docs/reference/sources.md.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use num_bigint::BigInt;

use super::plan::{Form, Format, TimeForm};
use crate::input::instant::{self, Fault};
use crate::input::pointers::base64_bytes;
use crate::input::{Kind, Raw, shortened};

const DAY_MS: i64 = 86_400_000;

/// What was found, and what would take it.
pub(super) type Converted = Result<(), String>;

/// Writes a value by a form that needs nothing else of the record.
pub(super) fn write(form: &Form, raw: Raw<'_>, out: &mut String) -> Converted {
    match form {
        Form::Text | Form::AsItIs => {
            as_it_is(raw, out);
            Ok(())
        }
        Form::Number => number(raw, out),
        Form::Boolean => boolean(raw, out),
        Form::Time(form) => time(form, raw, out),
        Form::Date(form) => date(form, raw, out),
        Form::Base64(_) | Form::List { .. } => unreachable!("these need more of the record"),
    }
}

/// What is compared, looked up and joined: the content of a text, or a number or a boolean as it is written.
pub(super) fn text(raw: Raw<'_>) -> Result<Cow<'_, str>, String> {
    match raw.kind() {
        Kind::String => raw.string().ok_or_else(|| "it holds a lone surrogate, which is no UTF-8".to_owned()),
        Kind::Number | Kind::Boolean => Ok(Cow::Borrowed(raw.text())),
        Kind::Null | Kind::Array | Kind::Object => Err(format!("expected a text, a number or a boolean, found {}", raw.shown())),
    }
}

/// A text as JSON.
pub(super) fn quote(text: &str, out: &mut String) {
    if text.bytes().any(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f)) {
        out.push_str(&serde_json::to_string(text).expect("a text is JSON"));
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// Writes a value as the record has it, on one line: outside of strings, which have none, line ends say nothing.
fn as_it_is(raw: Raw<'_>, out: &mut String) {
    match raw.kind() {
        Kind::Array | Kind::Object => out.extend(raw.text().chars().filter(|c| !matches!(c, '\n' | '\r'))),
        _ => out.push_str(raw.text()),
    }
}

fn found(raw: Raw<'_>) -> String {
    shortened(raw.shown())
}

/// A number, with quotes or without.
fn number(raw: Raw<'_>, out: &mut String) -> Converted {
    match digits(raw) {
        Some(digits) => out.push_str(digits),
        // The decoder says what it expected.
        None => as_it_is(raw, out),
    }
    Ok(())
}

/// The JSON number that a value is, perhaps in quotes.
fn digits(raw: Raw<'_>) -> Option<&str> {
    match raw.kind() {
        Kind::Number => Some(raw.text()),
        Kind::String => raw.plain().filter(|text| is_number(text)),
        _ => None,
    }
}

/// Whether a text is a number of JSON.
pub(super) fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(unsigned);
    if whole == 0 || whole > 1 && unsigned.starts_with('0') {
        return false;
    }
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let count = digits(exponent);
        if count == 0 {
            return false;
        }
        rest = &exponent[count..];
    }
    rest.is_empty()
}

fn boolean(raw: Raw<'_>, out: &mut String) -> Converted {
    match raw.text() {
        "true" | "\"true\"" => out.push_str("true"),
        "false" | "\"false\"" => out.push_str("false"),
        _ => return Err(format!("expected true or false, found {}; `map` says which values are meant", found(raw))),
    }
    Ok(())
}

/// The decimal number whose digits without the point are a whole number of big-endian bytes, in Base64.
pub(super) fn base64_decimal(raw: Raw<'_>, scale: u32, out: &mut String) -> Converted {
    if raw.kind() == Kind::Number {
        out.push_str(raw.text());
        return Ok(());
    }
    let bytes = raw.plain().and_then(base64_bytes).filter(|bytes| (1..=64).contains(&bytes.len()));
    let Some(bytes) = bytes else {
        return Err(format!("expected a number, or one in Base64 as `scale` has it, found {}", found(raw)));
    };
    let unscaled = BigInt::from_signed_bytes_be(&bytes).to_string();
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", &*unscaled),
    };
    let scale = scale as usize;
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let point = if fraction.is_empty() { "" } else { "." };
    out.push_str(&format!("{sign}{whole}{point}{fraction}"));
    Ok(())
}

fn time(form: &TimeForm, raw: Raw<'_>, out: &mut String) -> Converted {
    match form.format {
        Format::Native => {
            as_it_is(raw, out);
            return Ok(());
        }
        Format::Rfc3339 => return rfc3339(raw, out),
        _ => {}
    }
    let ms = match moment(form, raw)? {
        Moment::Instant(ms) => ms,
        Moment::Local(ms) => match &form.zone {
            Some(zone) => instant_of(ms, zone)?,
            None => return Err(format!("{} has no offset: say the `zone` that it is of", found(raw))),
        },
        Moment::Day(_) => return Err(format!("expected a time, found the date {}", found(raw))),
    };
    out.push_str(&ms.to_string());
    Ok(())
}

/// A text that the decoder reads.
fn rfc3339(raw: Raw<'_>, out: &mut String) -> Converted {
    match raw.kind() {
        Kind::String => {
            if raw.plain().is_some_and(|text| instant::parse(text) == Err(Fault::NoOffset)) {
                return Err(format!("{} has no offset: `format: loose` takes it, with the `zone` that it is of", found(raw)));
            }
            out.push_str(raw.text());
            Ok(())
        }
        Kind::Number => {
            Err(format!("expected an RFC 3339 instant, found {}: `format: unix_s`, `unix_ms` or `unix_us` takes numbers", found(raw)))
        }
        _ => Err(format!("expected an RFC 3339 instant, found {}", found(raw))),
    }
}

/// What a text or a number says of time.
enum Moment {
    /// Unix milliseconds.
    Instant(i64),
    /// Milliseconds since 1970 by a clock on some wall.
    Local(i64),
    /// Days since 1970.
    Day(i64),
}

fn moment(form: &TimeForm, raw: Raw<'_>) -> Result<Moment, String> {
    match (form.format, digits(raw)) {
        (Format::Loose, Some(number)) => match form.unit {
            Some(unit) => epoch(unit, number).map(Moment::Instant),
            None => Err(format!("found the number {}: say its `unit`, s, ms or us", found(raw))),
        },
        (Format::Loose | Format::Native | Format::Rfc3339, _) => written(raw),
        (Format::Days, Some(number)) => match number.parse::<i64>() {
            Ok(days) => Ok(Moment::Day(days)),
            Err(_) => Err(format!("expected whole days since 1970, found {}", found(raw))),
        },
        (unit, Some(number)) => epoch(unit, number).map(Moment::Instant),
        (_, None) => {
            Err(format!("expected a number, as the `format` says, found {}: `rfc3339` or `loose` takes what is written out", found(raw)))
        }
    }
}

/// Unix milliseconds of a number, cut off below.
fn epoch(unit: Format, number: &str) -> Result<i64, String> {
    let refused = || format!("{number} is no time of 2000 ..= 9999 in the unit that is named");
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.contains(['e', 'E']) {
        let value: f64 = number.parse().map_err(|_| refused())?;
        let ms = match unit {
            Format::Seconds => value * 1000.0,
            Format::Micros => value / 1000.0,
            _ => value,
        };
        return if ms.abs() < 1e15 { Ok(ms.floor() as i64) } else { Err(refused()) };
    }
    let value: i64 = whole.parse().map_err(|_| refused())?;
    match unit {
        Format::Seconds => {
            // Milliseconds are the first three digits behind the point: a double would round them.
            let digits: i64 = format!("{fraction:0<3}")[..3].parse().map_err(|_| refused())?;
            let sign = if number.starts_with('-') { -1 } else { 1 };
            value.checked_mul(1000).map(|ms| ms + sign * digits).ok_or_else(refused)
        }
        Format::Micros => Ok(value.div_euclid(1000)),
        _ => Ok(value),
    }
}

/// A date, or a date and a time of day.
fn written(raw: Raw<'_>) -> Result<Moment, String> {
    let expected = || format!("expected a date or a time written out, found {}", found(raw));
    if raw.kind() != Kind::String {
        return Err(expected());
    }
    let text = raw.string().ok_or_else(expected)?;
    if let Ok(days) = instant::parse_date(&text) {
        return Ok(Moment::Day(days.into()));
    }
    let text = without_blank(&text);
    match instant::parse(&text) {
        Ok(ms) => Ok(Moment::Instant(ms)),
        Err(Fault::NoOffset) => instant::parse(&format!("{text}Z")).map(Moment::Local).map_err(|_| expected()),
        Err(_) => Err(expected()),
    }
}

/// Without the blank before an offset, as in `2026-09-01 07:00:00.000 +0000`.
fn without_blank(text: &str) -> Cow<'_, str> {
    match text.rsplit_once(' ') {
        Some((time, offset)) if offset == "Z" || offset.starts_with(['+', '-']) => Cow::Owned(format!("{time}{offset}")),
        _ => Cow::Borrowed(text),
    }
}

/// What a clock on the wall shows twice is the first of both; what it never shows is as long after the gap as it would be.
fn instant_of(local_ms: i64, zone: &TimeZone) -> Result<i64, String> {
    if *zone == TimeZone::UTC {
        return Ok(local_ms);
    }
    let refused = |_| "no such time in the `zone`".to_owned();
    let local: DateTime = Timestamp::from_millisecond(local_ms).map_err(refused)?.to_zoned_datetime(TimeZone::UTC).datetime();
    let instant = zone.to_ambiguous_timestamp(local).compatible().map_err(refused)?;
    Ok(instant.as_millisecond())
}

fn date(form: &TimeForm, raw: Raw<'_>, out: &mut String) -> Converted {
    if form.format == Format::Native {
        as_it_is(raw, out);
        return Ok(());
    }
    let days = match moment(form, raw)? {
        Moment::Day(days) => days,
        // The day that is written.
        Moment::Local(ms) => ms.div_euclid(DAY_MS),
        Moment::Instant(ms) => match &form.zone {
            Some(zone) => day_in(ms, zone)?,
            None if ms.rem_euclid(DAY_MS) == 0 => ms.div_euclid(DAY_MS),
            None => return Err(format!("{} is within a day: say the `zone` whose day it is", found(raw))),
        },
    };
    match i32::try_from(days).ok().filter(|days| (0..=2_932_896).contains(days)) {
        Some(days) => {
            out.push('"');
            out.push_str(&instant::format_date(days));
            out.push('"');
            Ok(())
        }
        None => Err(format!("expected a date of 1970 ..= 9999, found {}", found(raw))),
    }
}

fn day_in(ms: i64, zone: &TimeZone) -> Result<i64, String> {
    let timestamp = Timestamp::from_millisecond(ms).map_err(|_| format!("{ms} ms are no time of 2000 ..= 9999"))?;
    let date = timestamp.to_zoned_datetime(zone.clone()).date();
    let noon = date.at(12, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).map_err(|_| "no such day".to_owned())?;
    Ok(noon.timestamp().as_millisecond().div_euclid(DAY_MS))
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
