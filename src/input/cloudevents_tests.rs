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
    let ce: [Header<'_>; 6] = [
        JSON,
        VERSION,
        ("ce_type", b"com.example.usage"),
        ("ce_id", b"e1"),
        ("ce_time", b"1970-01-01T00:00:01Z"),
        ("ce_subject", b"other"),
    ];
    let bare = r#"{"account":"a","product":"p"}"#;
    assert_eq!(outcome(bare, &ce), r#"usage Some("e1") 1000"#);
    assert_eq!(outcome(r#"{"account":"a","product":"p","id":null,"type":null,"time":null}"#, &ce), r#"usage Some("e1") 1000"#);
    let own = r#"{"type":"gauge","id":"own","time":5,"account":"a","product":"p","name":"n","value":1}"#;
    assert_eq!(outcome(own, &ce), r#"gauge Some("own") 5"#);
    // The native type is a bare word, also where headers are.
    assert_eq!(outcome(r#"{"type":"x.usage","account":"a","product":"p"}"#, &ce), "unknown_type /type");
    assert_eq!(outcome(r#"{"product":"p"}"#, &ce), "missing_field /account");
    // Without `ce_specversion` the headers mean nothing.
    assert_eq!(outcome(bare, &ce[2..]), "missing_field /type");
    assert_eq!(outcome(USAGE, &[("traceparent", b"00"), ("ce_id", b"e1")]), "usage None 0");
    // No content type is needed.
    assert_eq!(outcome(bare, &ce[1..]), r#"usage Some("e1") 1000"#);
}

#[test]
fn binary_mode_checks_the_headers_it_uses() {
    let bare = r#"{"account":"a","product":"p"}"#;
    let with = |name: &'static str, value: &'static [u8]| {
        outcome(bare, &[VERSION, ("ce_type", b"usage"), ("ce_time", b"1970-01-01T00:00:00Z"), (name, value)])
    };
    assert_eq!(with("x", b""), "usage None 0");
    assert_eq!(with("CE_TYPE", b"nps"), "missing_field /user");
    assert_eq!(with("ce_type", b"usage."), "unknown_type /type");
    assert_eq!(with("ce_type", b"usage.v1"), "unknown_type /type");
    assert_eq!(with("ce_type", b"\xff"), "invalid_utf8 /type");
    assert_eq!(with("ce_time", b"0"), "wrong_type /time");
    assert_eq!(with("ce_time", b"1969-01-01T00:00:00Z"), "out_of_range /time");
    // A header without a value is absent, whichever it is.
    assert_eq!(with("ce_id", b""), "usage None 0");
    assert_eq!(with("ce_type", b""), "missing_field /type");
    assert_eq!(with("ce_time", b""), "missing_field /time");
}

#[test]
fn structured_mode() {
    let envelope = r#"{"specversion":"1.0","id":"e1","source":"s","type":"com.example.usage","time":"1970-01-01T00:00:01Z",
        "subject":"x","data":{"account":"a","product":"p"}}"#;
    let replaced = |from: &str, to: &str| envelope.replace(from, to);
    for headers in [&[STRUCTURED] as &[Header<'_>], &[]] {
        assert_eq!(outcome(envelope, headers), r#"usage Some("e1") 1000"#);
        let own = replaced(r#""product":"p""#, r#""product":"p","type":"touchpoint","kind":"call","id":"own","time":7"#);
        assert_eq!(outcome(&own, headers), r#"touchpoint Some("own") 7"#);
        assert_eq!(outcome(&replaced(r#""product":"p""#, r#""product":7"#), headers), "wrong_type /data/product");
        assert_eq!(outcome(&replaced(r#""account":"a","#, ""), headers), "missing_field /data/account");
        assert_eq!(outcome(&replaced(r#""account":"a""#, r#""account":"b""#), headers), "key_mismatch /data/account");
        assert_eq!(outcome(&replaced("1970-01-01T00:00:01Z", "soon"), headers), "wrong_type /time");
        assert_eq!(outcome(&replaced("com.example.usage", "com.example.login"), headers), "unknown_type /type");
        assert_eq!(outcome(&replaced(r#""id":"e1""#, r#""id":"""#), headers), "out_of_range /id");
        assert_eq!(outcome(&replaced(r#""time":"1970-01-01T00:00:01Z","#, ""), headers), "missing_field /data/time");
    }
    assert_eq!(outcome(r#"{"specversion":"1.0","type":"usage"}"#, &[STRUCTURED]), "missing_field /data");
    assert_eq!(outcome(&replaced(r#"{"account":"a","product":"p"}"#, "[]"), &[STRUCTURED]), "not_object /data");
    // Without the header a native record stays one, whatever its unknown members are called.
    let native = with(USAGE, r#""specversion":"1.0","data":{"account":"b"}"#);
    assert_eq!(outcome(&native, &[]), "usage None 0");
}

#[test]
fn structured_mode_has_nested_pointers() {
    let value = r#"{"specversion":"1.0","data":{"type":"account","time":0,"account":"a","contract":{"arr":"x"}}}"#;
    assert_eq!(outcome(value, &[]), "wrong_type /data/contract/arr");
}

#[test]
fn the_frame_of_a_schema_registry_is_skipped() {
    let framed = format!("\0\0\0\x01\x02{USAGE}");
    assert_eq!(outcome(&framed, &[]), "usage None 0");
    assert_eq!(outcome("\0\0\0\x01\x02", &[]), "bad_json ");
    let limits = Limits { max_record_bytes: USAGE.len(), check_key: false };
    let reject = decode(None, framed.as_bytes(), Vec::new, &limits).expect_err("the bound counts the frame");
    assert_eq!(reject.reason, Reason::TooLarge);
}
