//! The scanner against serde_json: both must call the same byte strings JSON.
//!
//! serde_json's `IgnoredAny` checks grammar alone, as our scanner does for what it does not read: lone surrogates and numbers
//! beyond a double pass. Its own `Value` refuses those, so for it only one direction must hold.

use adoption_tracker::input::{Limits, Reason, decode};
use proptest::prelude::*;
use serde::de::IgnoredAny;

const LIMITS: Limits = Limits { max_record_bytes: 1 << 20, check_key: false, record_ms: None };

/// Documents with every rule of the grammar in them.
const DOCUMENTS: &[&str] = &[
    r#"{"type":"usage","id":"01JA8ZQ3V7","time":"2026-10-03T10:15:30.123Z","account":"acme","product":"crm","quantity":3}"#,
    r#"{"a":[1,-0,0.5,-1.25e-7,1E+2,true,false,null,"x"],"b":{},"c":[],"d":{"e":{"f":[[],{"g":"h"}]}}}"#,
    "{\"a\" : \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\" ,\r\n\t\"é😀\":\"ü\", \"\" : [ 1 , { \"b\" : 2 } ] } \n",
    r#"[{"a":1},[2,[3,[4]]],"five",6.0,null]"#,
    r#""a string with \ud800 in it""#,
    "-12.5e300",
    " true ",
];

/// Pieces that matter to the grammar.
const PIECES: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\\", "0", "1", "-", "+", ".", "e", "E", " ", "\n", "\t", "\r", "\u{b}", "\u{a0}", "\u{feff}",
    "\0", "\u{1f}", "\u{7f}", "t", "true", "false", "null", "nul", "\\u", "\\u12", "\\ud800", "\\udc00", "\"a\":", "1e999", "00", "/",
    "//", "'", "NaN", "é", "😀", "{}", "[]", "\"\"", ",,",
];

fn calls_json(value: &[u8]) -> bool {
    match decode(None, value, Vec::new, &LIMITS) {
        Ok(_) => true,
        // With a pointer it is a lone surrogate in a field that is read, and JSON all the same.
        Err(reject) if reject.reason == Reason::InvalidUtf8 => !reject.pointer.is_empty(),
        Err(reject) => reject.reason != Reason::BadJson,
    }
}

fn assert_agrees(value: &[u8]) -> Result<(), TestCaseError> {
    // The frame of a schema registry, which is taken off before anything is read.
    if value.first() == Some(&0) {
        return Ok(());
    }
    let ours = calls_json(value);
    let theirs = std::str::from_utf8(value).is_ok() && serde_json::from_slice::<IgnoredAny>(value).is_ok();
    prop_assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(value));
    if serde_json::from_slice::<serde_json::Value>(value).is_ok() {
        prop_assert!(ours);
    }
    Ok(())
}

#[test]
fn unchanged_documents_are_json() {
    for document in DOCUMENTS {
        assert!(calls_json(document.as_bytes()), "{document}");
        assert_agrees(document.as_bytes()).expect("agreement");
    }
}

/// Every cut, every byte left out and every piece put in at every place: small enough to try them all.
#[test]
fn single_edits() {
    for document in DOCUMENTS {
        let bytes = document.as_bytes();
        for at in 0..=bytes.len() {
            assert_agrees(&bytes[..at]).expect("agreement");
            for piece in PIECES {
                assert_agrees(&[&bytes[..at], piece.as_bytes(), &bytes[at..]].concat()).expect("agreement");
                if at < bytes.len() {
                    assert_agrees(&[&bytes[..at], piece.as_bytes(), &bytes[at + 1..]].concat()).expect("agreement");
                }
            }
            if at < bytes.len() {
                assert_agrees(&[&bytes[..at], &bytes[at + 1..]].concat()).expect("agreement");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn many_edits(document in 0..DOCUMENTS.len(), edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, 0..PIECES.len()), 1..6)) {
        let mut value = DOCUMENTS[document].as_bytes().to_vec();
        for (place, edit, piece) in edits {
            let at = place.index(value.len() + 1);
            let removed = usize::from(edit > 0 && at < value.len());
            let inserted = if edit < 2 { PIECES[piece].as_bytes() } else { b"" };
            value.splice(at..at + removed, inserted.iter().copied());
        }
        assert_agrees(&value)?;
    }

    #[test]
    fn pieces_alone(pieces in prop::collection::vec(0..PIECES.len(), 0..12)) {
        let value: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        assert_agrees(value.as_bytes())?;
    }

    #[test]
    fn any_bytes(value in prop::collection::vec(any::<u8>(), 0..64)) {
        assert_agrees(&value)?;
    }
}
