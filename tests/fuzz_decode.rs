//! Fuzzing the decoder. Under `cargo test` these run for a moment with random input; under `cargo bolero test decode_bytes`
//! with a fuzzer.
//!
//! What must hold for any bytes: no panic; and what is accepted, written again through the wire types, decodes to the same.

use adoption_tracker::input::wire::Record;
use adoption_tracker::input::{Limits, decode};

const LIMITS: Limits = Limits { max_record_bytes: 1 << 16, check_key: false, record_ms: None };

/// A record of every type with every field, for the fuzzer to break.
const RECORDS: [&str; 15] = [
    r#"{"type":"usage","id":"e","time":"2026-10-03T10:15:30.123Z","account":"a","product":"p","user":"u","feature":"f","quantity":3}"#,
    r#"{"type":"gauge","time":1791022530123,"account":"a","product":"p","name":"n","value":-1.5e3}"#,
    r#"{"type":"entitlement","time":946684800000,"account":"a","product":"p","status":"active","term":7,"seats":5.0,"plan":"x","addons":["y"],"features":[],"arr":1.5,"starts":"2026-01-01","ends":"2026-12-31"}"#,
    r#"{"type":"account","time":946684800000,"account":"a","name":"A","employees":9,"industry":"i","region":null,"use_cases":["x",null,"y"],"time_zone":"Europe/Paris","owner":"o","closed":"2027-01-01","clear":["region","owner"]}"#,
    r#"{"type":"account","time":946684800000,"account":"a","parent":"b","onboarding_completed":"2026-01-01","contract":{"starts":"2026-01-01","renewal":"2027-01-01","arr":1e6},"health":{"relationship":1,"service":50.5,"financial":100},"ids":{"stripe":"cus_1","a/\u00e9":"x"}}"#,
    r#"{"type":"user","time":946684800000,"account":"a","user":"u","name":"N","email":"e","role":"r","level":"ic","department":"d","key":true,"internal":false,"created":"2026-01-01","left":null,"clear":["left","role",null]}"#,
    r#"{"type":"user","time":946684800000,"account":"a","user":"u","merged_into":"v","level":"x"}"#,
    r#"{"type":"integration","time":946684800000,"account":"a","from":"p","to":"q","status":"connected"}"#,
    r#"{"type":"workflow","time":946684800000,"account":"a","name":"w","products":["p","q","r"],"user":"u","quantity":2}"#,
    r#"{"specversion":"1.0","id":"e","type":"x.touchpoint","time":"2026-10-03T10:15:30Z","data":{"account":"a","kind":"call","user":"u"}}"#,
    r#"{"type":"nps","time":946684800000,"account":"a","user":"u","score":9,"comment":"\ud83d\ude00 \u00e9"}"#,
    r#"{"type":"task","time":946684800000,"account":"a","incident":"i","task":"t","status":"done","reason":"r"}"#,
    r#"{"type":"task","time":"2026-10-03 10:15:30 UTC","account":-42.0,"play":"y","product":"p","user":"","task":"t","status":"done"}"#,
    r#"{"specversion":"1.0","type":"x.usage.v1","time":"2026-10-03 10:15:30+02","subject":"a/p","data_base64":"eyJwcm9kdWN0IjoicCIsInVzZXIiOjd9"}"#,
    r#"{"type":"outcome","time":946684800000,"account":"a","kind":"mrr","amount":-0.0,"reason":"r"}"#,
];

const PIECES: [&str; 28] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "0",
    "9",
    "-",
    ".",
    "e",
    "1e999",
    "\\u",
    "\\ud800",
    "\\n",
    "\u{0}",
    "é",
    "true",
    "1969",
    "\"\"",
    "\"clear\":[",
    ".0",
    "e30=",
    "\"type\":\"nps\"",
    " ",
];

const HEADERS: [&[(&str, &[u8])]; 3] = [
    &[],
    &[("ce_specversion", b"1.0"), ("ce_type", b"a.b.usage"), ("ce_id", b"e"), ("ce_subject", b"a/p"), ("ce_time", b"2026-10-03T10:15:30Z")],
    &[("content-type", b"application/cloudevents+json")],
];

/// Whether the value was accepted.
fn check(value: &[u8], headers: &[(&str, &[u8])]) -> bool {
    let Ok(event) = decode(None, value, || headers.to_vec(), &LIMITS) else { return false };
    let written = serde_json::to_string(&Record::from(&event)).expect("a record is serializable");
    // The limit is on what came in; written again a record may be longer.
    let limits = Limits { max_record_bytes: usize::MAX, ..LIMITS };
    let again = decode(None, written.as_bytes(), Vec::new, &limits).unwrap_or_else(|reject| panic!("{written}: {reject}"));
    assert_eq!(again, event, "{written}");
    true
}

#[test]
fn records_are_accepted_as_they_are() {
    for record in RECORDS {
        assert!(check(record.as_bytes(), &[]), "{record}");
    }
}

#[test]
fn decode_bytes() {
    bolero::check!().for_each(|value: &[u8]| {
        for headers in HEADERS {
            check(value, headers);
        }
    });
}

#[test]
fn decode_broken_records() {
    bolero::check!().with_type::<(u8, u8, Vec<(u16, u8, u8)>)>().for_each(|(record, headers, edits)| {
        let mut value = RECORDS[usize::from(*record) % RECORDS.len()].as_bytes().to_vec();
        for (place, piece, removed) in edits {
            let start = usize::from(*place) % (value.len() + 1);
            let end = value.len().min(start + usize::from(removed % 4));
            value.splice(start..end, PIECES[usize::from(*piece) % PIECES.len()].bytes());
        }
        check(&value, HEADERS[usize::from(*headers) % HEADERS.len()]);
    });
}
