//! CloudEvents and framed values, through the decoder.

use super::*;

const JSON: Header<'static> = ("content-type", b"application/json");
const STRUCTURED: Header<'static> = ("Content-Type", b"application/CloudEvents+json; charset=utf-8");
const VERSION: Header<'static> = ("ce_specversion", b"1.0");

fn outcome(value: &str, headers: &[Header<'_>]) -> String {
    match decode(Some(b"a"), value.as_bytes(), || headers.to_vec(), &Limits::default()) {
        Ok(event) => format!("{} {:?} {}", event.body.input_type().as_str(), event.id.as_deref(), event.time_ms),
        Err(reject) => format!("{} {}", reject.reason, reject.pointer),
    }
}

#[test]
fn binary_mode_fills_what_the_value_lacks() {
    let ce: [Header<'_>; 6] =
        [JSON, VERSION, ("ce_type", b"com.example.usage"), ("ce_id", b"e1"), ("ce_time", b"2000-01-01T00:00:01Z"), ("ce_subject", b"a/p")];
    let bare = r#"{"account":"a","product":"p"}"#;
    assert_eq!(outcome(bare, &ce), r#"usage Some("e1") 946684801000"#);
    assert_eq!(outcome(r#"{"account":"a","product":"p","id":null,"type":null,"time":null}"#, &ce), r#"usage Some("e1") 946684801000"#);
    let own = r#"{"type":"gauge","id":"own","time":946684800005,"account":"a","product":"p","name":"n","value":1}"#;
    assert_eq!(outcome(own, &ce), r#"gauge Some("own") 946684800005"#);
    // The native type is a bare word, also where headers are.
    assert_eq!(outcome(r#"{"type":"x.usage","account":"a","product":"p"}"#, &ce), "unknown_type /type");
    // Without an account the subject up to its first slash is the account.
    assert_eq!(outcome(r#"{"product":"p"}"#, &ce), r#"usage Some("e1") 946684801000"#);
    assert_eq!(outcome(r#"{"account":"","product":"p","id":"","type":"","time":""}"#, &ce), r#"usage Some("e1") 946684801000"#);
    assert_eq!(outcome(r#"{"product":"p"}"#, &ce[..5]), "missing_field /account");
    // Without `ce_specversion` the headers mean nothing.
    assert_eq!(outcome(bare, &ce[2..]), "missing_field /type");
    assert_eq!(outcome(USAGE, &[("traceparent", b"00"), ("ce_id", b"e1")]), "usage None 946684800000");
    // No content type is needed.
    assert_eq!(outcome(bare, &ce[1..]), r#"usage Some("e1") 946684801000"#);
}

#[test]
fn binary_mode_checks_the_headers_it_uses() {
    let bare = r#"{"account":"a","product":"p"}"#;
    let with = |name: &'static str, value: &'static [u8]| {
        outcome(bare, &[VERSION, ("ce_type", b"usage"), ("ce_time", b"2000-01-01T00:00:00Z"), (name, value)])
    };
    assert_eq!(with("x", b""), "usage None 946684800000");
    assert_eq!(with("CE_TYPE", b"nps"), "missing_field /user");
    assert_eq!(with("ce_type", b"usage."), "unknown_type /type");
    assert_eq!(with("ce_type", b"com.example.usage.v1"), "usage None 946684800000");
    assert_eq!(with("ce_type", b"com.example.usage.v"), "unknown_type /type");
    assert_eq!(with("ce_type", b"\xff"), "invalid_utf8 /type");
    assert_eq!(with("ce_time", b"0"), "wrong_type /time");
    assert_eq!(with("ce_time", b"1999-01-01T00:00:00Z"), "out_of_range /time");
    assert_eq!(with("ce_time", b"2026-09-01 09:00:00+02"), "usage None 1788246000000");
    // A header without a value is absent, whichever it is.
    assert_eq!(with("ce_id", b""), "usage None 946684800000");
    assert_eq!(with("ce_type", b""), "missing_field /type");
    assert_eq!(with("ce_time", b""), "missing_field /time");
}

#[test]
fn structured_mode() {
    let envelope = r#"{"specversion":"1.0","id":"e1","source":"s","type":"com.example.usage","time":"2000-01-01T00:00:01Z",
        "subject":"x","data":{"account":"a","product":"p"}}"#;
    let replaced = |from: &str, to: &str| envelope.replace(from, to);
    for headers in [&[STRUCTURED] as &[Header<'_>], &[]] {
        assert_eq!(outcome(envelope, headers), r#"usage Some("e1") 946684801000"#);
        let own = replaced(r#""product":"p""#, r#""product":"p","type":"touchpoint","kind":"call","id":"own","time":946684800007"#);
        assert_eq!(outcome(&own, headers), r#"touchpoint Some("own") 946684800007"#);
        assert_eq!(outcome(&replaced(r#""product":"p""#, r#""product":{}"#), headers), "wrong_type /data/product");
        assert_eq!(outcome(&replaced(r#""account":"a","#, ""), headers), "key_mismatch /subject");
        for subject in ["a", "a/crm", "a/", "a/b/c"] {
            let value = replaced(r#""account":"a","#, "").replace(r#""subject":"x""#, &format!("\"subject\":\"{subject}\""));
            assert_eq!(outcome(&value, headers), r#"usage Some("e1") 946684801000"#, "{subject}");
        }
        for subject in ["null", "\"\"", "\"/crm\""] {
            let value = replaced(r#""account":"a","#, "").replace(r#""subject":"x""#, &format!("\"subject\":{subject}"));
            assert_eq!(outcome(&value, headers), "missing_field /data/account", "{subject}");
        }
        let long = replaced(r#""account":"a","#, "").replace(r#""subject":"x""#, &format!("\"subject\":\"{}\"", "x".repeat(257)));
        assert_eq!(outcome(&long, headers), "out_of_range /subject");
        assert_eq!(outcome(&replaced("com.example.usage", "com.example.usage.v1"), headers), r#"usage Some("e1") 946684801000"#);
        assert_eq!(
            outcome(&replaced(r#""product":"p""#, r#""product":"p","type":"","id":"","time":"""#), headers),
            r#"usage Some("e1") 946684801000"#
        );
        assert_eq!(outcome(&replaced(r#""product":"p""#, r#""product":"p","type":"usage.v1""#), headers), "unknown_type /data/type");
        assert_eq!(
            outcome(&replaced(r#""specversion":"1.0""#, r#""specversion":"1.0","account":"""#), headers),
            r#"usage Some("e1") 946684801000"#
        );
        assert_eq!(outcome(&replaced(r#""account":"a""#, r#""account":"b""#), headers), "key_mismatch /data/account");
        assert_eq!(outcome(&replaced("2000-01-01T00:00:01Z", "soon"), headers), "wrong_type /time");
        assert_eq!(outcome(&replaced("com.example.usage", "com.example.login"), headers), "unknown_type /type");
        assert_eq!(outcome(&replaced(r#""id":"e1""#, r#""id":"""#), headers), "usage None 946684801000");
        assert_eq!(outcome(&replaced(r#""id":"e1""#, r#""id":{}"#), headers), "wrong_type /id");
        assert_eq!(outcome(&replaced(r#""time":"2000-01-01T00:00:01Z","#, ""), headers), "missing_field /data/time");
    }
    assert_eq!(outcome(r#"{"specversion":"1.0","type":"usage"}"#, &[STRUCTURED]), "missing_field /data");
    assert_eq!(outcome(&replaced(r#"{"account":"a","product":"p"}"#, "[]"), &[STRUCTURED]), "not_object /data");
    // Without the header a native record stays one, whatever its unknown members are called.
    let native = with(USAGE, r#""specversion":"1.0","data":{"account":"b"}"#);
    assert_eq!(outcome(&native, &[]), "usage None 946684800000");
}

#[test]
fn structured_mode_has_nested_pointers() {
    let value = r#"{"specversion":"1.0","data":{"type":"account","time":946684800000,"account":"a","contract":{"arr":"x"}}}"#;
    assert_eq!(outcome(value, &[]), "wrong_type /data/contract/arr");
}

#[test]
fn the_frame_of_a_schema_registry_is_skipped() {
    let framed = format!("\0\0\0\x01\x02{USAGE}");
    assert_eq!(outcome(&framed, &[]), "usage None 946684800000");
    assert_eq!(outcome("\0\0\0\x01\x02", &[]), "bad_json ");
    let limits = Limits { max_record_bytes: USAGE.len(), check_key: false, record_ms: None };
    let reject = decode(None, framed.as_bytes(), Vec::new, &limits).expect_err("the bound counts the frame");
    assert_eq!(reject.reason, Reason::TooLarge);
}

/// Base64 of `{"account":"a","product":"p"}`, `{"account":"a"`, `[1]` and a byte that is no UTF-8.
const BASE64: [&str; 4] = ["eyJhY2NvdW50IjoiYSIsInByb2R1Y3QiOiJwIn0=", "eyJhY2NvdW50IjoiYSI=", "WzFd", "/w=="];

#[test]
fn json_in_base64_is_read() {
    let with = |data: &str| format!(r#"{{"specversion":"1.0","id":"e1","type":"usage","time":"2000-01-01T00:00:01Z",{data}}}"#);
    for headers in [&[STRUCTURED] as &[Header<'_>], &[]] {
        let of = |text: &str| outcome(&with(&format!(r#""data_base64":"{text}""#)), headers);
        assert_eq!(of(BASE64[0]), r#"usage Some("e1") 946684801000"#);
        assert_eq!(of(&BASE64[0].replace('a', "\\u0061")), r#"usage Some("e1") 946684801000"#);
        assert_eq!(of(BASE64[1]), "bad_json /data_base64");
        assert_eq!(of(BASE64[2]), "not_object /data_base64");
        assert_eq!(of(BASE64[3]), "invalid_utf8 /data_base64");
        assert_eq!(of("eyJ"), "wrong_type /data_base64");
        assert_eq!(of("eyJhY2NvdW50IjoiYSJ9"), "missing_field /data_base64/product");
        // An object beside it goes before it, and `null` beside it is nothing.
        let beside = |data: &str| outcome(&with(&format!(r#""data_base64":"{}","data":{data}"#, BASE64[0])), headers);
        assert_eq!(beside("null"), r#"usage Some("e1") 946684801000"#);
        assert_eq!(beside(r#"{"account":"a"}"#), "missing_field /data/product");
    }
    assert_eq!(outcome(&with(r#""data_base64":7"#), &[STRUCTURED]), "wrong_type /data_base64");
    assert_eq!(outcome(&with(r#""data_base64":"""#), &[STRUCTURED]), "missing_field /data");
}

#[test]
fn a_refused_value_with_specversion_is_told_to_be_a_cloud_event() {
    let message = |value: &str| decode(Some(b"a"), value.as_bytes(), Vec::new, &Limits::default()).expect_err("refused").message;
    let text = message(r#"{"specversion":"1.0","type":"com.example.usage","time":"2000-01-01T00:00:01Z","data":"x"}"#);
    assert!(text.contains("; this is a CloudEvent, by its specversion, but not read as one"), "{text}");
    let text = message(r#"{"specversion":"1.0","type":"com.example.usage","time":"2000-01-01T00:00:01Z","data":{"account":"a"}}"#);
    assert!(text.ends_with("; the record is in the data of a CloudEvent, by its specversion"), "{text}");
    let text = message(r#"{"specversion":null,"type":"com.example.usage"}"#);
    assert!(!text.contains("CloudEvent"), "{text}");
}

/// A value that names all by itself is plain; one that names something by an empty text is not, and its headers count.
#[test]
fn headers_count_where_a_field_is_an_empty_text() {
    let ce: [Header<'_>; 2] = [VERSION, ("ce_id", b"e1")];
    let value = r#"{"type":"usage","time":946684800000,"account":"a","product":"p","id":"own"}"#;
    assert_eq!(outcome(value, &[STRUCTURED]), r#"usage Some("own") 946684800000"#);
    let empty = value.replace("own", "");
    assert_eq!(outcome(&empty, &ce), r#"usage Some("e1") 946684800000"#);
    assert_eq!(outcome(&empty, &[]), "usage None 946684800000");
    assert_eq!(outcome(&empty, &[STRUCTURED]), "missing_field /data");
}
