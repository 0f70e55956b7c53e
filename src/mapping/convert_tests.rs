//! Values by their forms.

use jiff::tz::TimeZone;

use super::super::plan::{Form, Format, TimeForm};
use super::{base64_decimal, is_number, write};
use crate::input::pointers::{Pointers, Texts};

/// What is written of a value, or what is said of it.
fn written(form: &Form, json: &str) -> Result<String, String> {
    let record = format!("{{\"x\":{json}}}");
    let mut tree = Pointers::new();
    let slot = tree.add(&["x".to_owned()]);
    let mut found = tree.nothing();
    tree.record(record.as_bytes(), &mut found, &mut Texts::new()).expect("an object");
    let mut out = String::new();
    write(form, found[slot].expect("x is there"), &mut out).map(|()| out)
}

fn form(format: Format, unit: Option<Format>, zone: Option<&str>) -> TimeForm {
    TimeForm { format, unit, zone: zone.map(|name| TimeZone::get(name).expect("a zone")) }
}

#[test]
fn times() {
    use Format::{Loose, Micros, Millis, Native, Rfc3339, Seconds};
    for (format, unit, zone, json, expected) in [
        (Native, None, None, "1791022530123", "1791022530123"),
        (Rfc3339, None, None, "\"2026-10-03T10:15:30Z\"", "\"2026-10-03T10:15:30Z\""),
        (Seconds, None, None, "1791022530", "1791022530000"),
        (Seconds, None, None, "1795888824.6666055", "1795888824666"),
        (Seconds, None, None, "\"1791022530.5\"", "1791022530500"),
        (Seconds, None, None, "1.79102253e9", "1791022530000"),
        (Millis, None, None, "1791022530123", "1791022530123"),
        (Millis, None, None, "\"1791022530123\"", "1791022530123"),
        (Micros, None, None, "1791022530123456", "1791022530123"),
        (Loose, None, None, "\"2026-10-03 10:15:30.123456+00\"", "1791022530123"),
        (Loose, None, None, "\"2026-10-03 10:15:30.123 +0000\"", "1791022530123"),
        (Loose, None, None, "\"2026-10-03 10:15:30.123 Z\"", "1791022530123"),
        (Loose, None, None, "\"2026-10-03 10:15:30 UTC\"", "1791022530000"),
        (Loose, None, Some("UTC"), "\"2026-10-03 10:15:30.5\"", "1791022530500"),
        (Loose, None, Some("Europe/Berlin"), "\"2026-10-03T12:15:30\"", "1791022530000"),
        // Shown twice: the first of both. Never shown: as long after the gap.
        (Loose, None, Some("Europe/Berlin"), "\"2026-10-25 02:30:00\"", "1792888200000"),
        (Loose, None, Some("Europe/Berlin"), "\"2026-03-29 02:30:00\"", "1774747800000"),
        (Loose, Some(Millis), None, "1791022530123", "1791022530123"),
        (Loose, Some(Seconds), Some("UTC"), "1791022530.25", "1791022530250"),
    ] {
        let found = written(&Form::Time(form(format, unit, zone)), json);
        assert_eq!(found.as_deref(), Ok(expected), "{format:?} {json}");
    }
    for (format, unit, json, expected) in [
        (Loose, None, "\"2026-10-03 10:15:30\"", "\"2026-10-03 10:15:30\" has no offset: say the `zone` that it is of"),
        (
            Rfc3339,
            None,
            "\"2026-10-03 10:15:30\"",
            "\"2026-10-03 10:15:30\" has no offset: `format: loose` takes it, with the `zone` that it is of",
        ),
        (
            Rfc3339,
            None,
            "1791022530",
            "expected an RFC 3339 instant, found 1791022530: `format: unix_s`, `unix_ms` or `unix_us` takes numbers",
        ),
        (Loose, None, "1791022530", "found the number 1791022530: say its `unit`, s, ms or us"),
        (Loose, None, "\"2026-10-03\"", "expected a time, found the date \"2026-10-03\""),
        (Loose, None, "\"soon\"", "expected a date or a time written out, found \"soon\""),
        (Loose, None, "true", "expected a date or a time written out, found true"),
        (
            Seconds,
            None,
            "\"2026-10-03\"",
            "expected a number, as the `format` says, found \"2026-10-03\": `rfc3339` or `loose` takes what is written out",
        ),
    ] {
        let found = written(&Form::Time(form(format, unit, None)), json);
        assert_eq!(found.as_deref(), Err(&expected.to_owned()), "{format:?} {json}");
    }
}

#[test]
fn dates() {
    use Format::{Days, Loose, Millis, Native, Rfc3339, Seconds};
    for (format, unit, zone, json, expected) in [
        (Native, None, None, "\"2026-10-03\"", "\"2026-10-03\""),
        (Days, None, None, "20729", "\"2026-10-03\""),
        (Millis, None, None, "1790985600000", "\"2026-10-03\""),
        (Seconds, None, Some("America/New_York"), "1790985600", "\"2026-10-02\""),
        (Rfc3339, None, Some("UTC"), "\"2026-10-03T23:30:00-02:00\"", "\"2026-10-04\""),
        (Loose, None, None, "\"2026-10-03\"", "\"2026-10-03\""),
        (Loose, None, None, "\"2026-10-03T00:00:00.000\"", "\"2026-10-03\""),
        (Loose, None, None, "\"2026-10-03 23:59:59\"", "\"2026-10-03\""),
        (Loose, Some(Millis), None, "1790985600000", "\"2026-10-03\""),
    ] {
        let found = written(&Form::Date(form(format, unit, zone)), json);
        assert_eq!(found.as_deref(), Ok(expected), "{format:?} {json}");
    }
    for (format, json, expected) in [
        (Millis, "1790985600001", "1790985600001 is within a day: say the `zone` whose day it is"),
        (Days, "1.5", "expected whole days since 1970, found 1.5"),
        (Days, "-1", "expected a date of 1970 ..= 9999, found -1"),
    ] {
        let found = written(&Form::Date(form(format, None, None)), json);
        assert_eq!(found.as_deref(), Err(&expected.to_owned()), "{format:?} {json}");
    }
}

#[test]
fn numbers_and_booleans() {
    for (form, json, expected) in [
        (Form::Number, "10.0", "10.0"),
        (Form::Number, "\"48000.00\"", "48000.00"),
        (Form::Number, "\"-1e3\"", "-1e3"),
        // Left to the decoder, which says what it expected.
        (Form::Number, "\"1,5\"", "\"1,5\""),
        (Form::Boolean, "true", "true"),
        (Form::Boolean, "\"false\"", "false"),
    ] {
        assert_eq!(written(&form, json).as_deref(), Ok(expected), "{json}");
    }
    let refused = written(&Form::Boolean, "0").expect_err("0 is no boolean");
    assert_eq!(refused, "expected true or false, found 0; `map` says which values are meant");
    for (text, is) in [
        ("0", true),
        ("-0.5e+10", true),
        ("01", false),
        ("1.", false),
        (".5", false),
        ("1e", false),
        ("", false),
        ("-", false),
        ("1 ", false),
    ] {
        assert_eq!(is_number(text), is, "{text:?}");
    }
}

#[test]
fn decimals_in_base64() {
    for (json, scale, expected) in [
        ("\"ST4A\"", 2, "48000.00"),
        ("\"BNI=\"", 2, "12.34"),
        ("\"Iw==\"", 1, "3.5"),
        ("\"/w==\"", 2, "-0.01"),
        ("\"AA==\"", 0, "0"),
        ("12.5", 2, "12.5"),
    ] {
        let record = format!("{{\"x\":{json}}}");
        let mut tree = Pointers::new();
        let slot = tree.add(&["x".to_owned()]);
        let mut found = tree.nothing();
        tree.record(record.as_bytes(), &mut found, &mut Texts::new()).expect("an object");
        let mut out = String::new();
        base64_decimal(found[slot].expect("x is there"), scale, &mut out).expect("a decimal");
        assert_eq!(out, expected, "{json}");
    }
}
