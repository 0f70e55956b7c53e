use super::*;

/// The keys and values of the outermost object, as they stand.
fn members(text: &str) -> Scan<Vec<(&str, &str)>> {
    let mut members = Vec::new();
    scan_object(text, |key, span| members.push((std::str::from_utf8(key.bytes).expect("UTF-8"), span.of(text).expect("a value").text())))?;
    Ok(members)
}

#[test]
fn members_in_order_with_their_text() {
    let text = " {\"a\" : 1 ,\n\"b\":[1,{\"c\":[]}],\"a\":\"x\\\"y\", \"d\":{}, \"e\": -0.5e+7,\"f\":null}\r\n";
    let expected = vec![("a", "1"), ("b", "[1,{\"c\":[]}]"), ("a", "\"x\\\"y\""), ("d", "{}"), ("e", "-0.5e+7"), ("f", "null")];
    assert_eq!(members(text), Ok(expected));
    assert_eq!(members("{}"), Ok(vec![]));
}

#[test]
fn valid_without_being_an_object() {
    for text in ["1", "\"\"", "[]", "[[],{}]", "true", "null", " [1, 2] "] {
        assert_eq!(scan_object(text, |_, _| ()), Ok(false), "{text}");
    }
}

#[test]
fn refused_at() {
    let cases: &[(&str, usize, &str)] = &[
        ("", 0, "a value"),
        (" ", 1, "a value"),
        ("\u{feff}{}", 0, "a value"),
        ("{", 1, "a key in quotes"),
        ("{,}", 1, "a key in quotes"),
        ("{\"a\"}", 4, "`:`"),
        ("{\"a\":}", 5, "a value"),
        ("{\"a\":1,}", 7, "a key in quotes"),
        ("{\"a\":1 \"b\":2}", 7, "`,` or `}`"),
        ("{\"a\":1}x", 7, "the end of the text"),
        ("{\"a\":1}{}", 7, "the end of the text"),
        ("{\"a\":1", 6, "`,` or `}`"),
        ("{'a':1}", 1, "a key in quotes"),
        ("{\"a\":[1,]}", 8, "a value"),
        ("{\"a\":[1 2]}", 8, "`,` or `]`"),
        ("{\"a\":[1}", 7, "`,` or `]`"),
        ("{\"a\":{\"b\":1]}", 11, "`,` or `}`"),
        ("{\"a\":{1:2}}", 6, "a key in quotes"),
        ("{\"a\":{\"b\":1,}}", 12, "a key in quotes"),
        ("{\"a\":tru}", 5, "true"),
        ("{\"a\":nul", 5, "null"),
        ("{\"a\":NaN}", 5, "a value"),
        ("{\"a\":+1}", 5, "a value"),
        ("{\"a\":01}", 6, "`,` or `}`"),
        ("{\"a\":.5}", 5, "a value"),
        ("{\"a\":1.}", 7, "a digit"),
        ("{\"a\":-}", 6, "a digit"),
        ("{\"a\":1e}", 7, "a digit"),
        ("{\"a\":1e+}", 8, "a digit"),
        ("{\"a\":0x1}", 6, "`,` or `}`"),
        ("{\"a\":\"b}", 8, "`\"`"),
        ("{\"a\":\"b\\", 8, "an escape of JSON"),
        ("{\"a\":\"\\x\"}", 7, "an escape of JSON"),
        ("{\"a\":\"\\u12g4\"}", 10, "four hexadecimal digits"),
        ("{\"a\":\"\n\"}", 6, "no raw control character in a string"),
        ("{\"a\":\"0123456789\u{1f}\"}", 16, "no raw control character in a string"),
        ("{\"a\":\"\0\"}", 6, "no raw control character in a string"),
        ("{\"a\":1\u{a0}}", 6, "`,` or `}`"),
        ("// no\n{}", 0, "a value"),
    ];
    for &(text, at, expected) in cases {
        assert_eq!(scan_object(text, |_, _| ()), Err(SyntaxError { at, expected }), "{text:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |arrays: usize| format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays));
    assert_eq!(scan_object(&nested(63), |_, _| ()), Ok(true));
    assert!(scan_object(&nested(64), |_, _| ()).is_err());
    assert_eq!(scan_object(&format!("{}{}", "[".repeat(64), "]".repeat(64)), |_, _| ()), Ok(false));
    assert!(scan_object(&format!("{}{}", "[".repeat(65), "]".repeat(65)), |_, _| ()).is_err());
    let objects = format!("{}1{}", "{\"a\":".repeat(64), "}".repeat(64));
    assert_eq!(scan_object(&objects, |_, _| ()), Ok(true));
    let hostile = "[".repeat(1_000_000);
    assert!(scan_object(&hostile, |_, _| ()).is_err());
}

/// Every length of string around the word size, and every position of the byte that ends a run.
#[test]
fn strings_of_every_length() {
    for length in 0..40 {
        for position in 0..=length {
            for (special, escaped) in
                [("", false), ("\\n", true), ("é", false), ("\u{7f}", false), ("!", false), ("[", false), ("\\\"", true)]
            {
                let text = format!("[\"{}{special}{}\"]", "x".repeat(position), "y".repeat(length - position));
                let raw = Raw { bytes: text.as_bytes(), escaped: false };
                let items = raw.items();
                assert_eq!(items.len(), 1);
                assert_eq!(items[0].text(), &text[1..text.len() - 1]);
                assert_eq!(items[0].escaped, escaped, "{text}");
            }
        }
    }
}

/// Every byte at every place among plain ones and beside each kind of mark.
#[test]
fn marks_are_the_bytes_that_are_not_plain() {
    for byte in 0..=255_u8 {
        for place in 0..STEP {
            for plain in [*b"az #[]!~az #[]!~", *b"\"#\"z#\\]]\\!\x1f \x00\"\"#"] {
                let mut chunk = plain;
                chunk[place] = byte;
                let expected = (0..STEP).filter(|&place| is_mark(chunk[place])).fold(0, |marks, place| marks | 1 << place);
                assert_eq!(marks(&chunk), expected, "{byte:#x} at {place}");
            }
        }
    }
}

/// Every byte at every place behind digits.
#[test]
fn digits_end_at_the_first_other_byte() {
    for byte in 0..=255_u8 {
        for place in 0..8 {
            let mut word = *b"90517283";
            word[place] = byte;
            let found = (others_than_digits(u64::from_le_bytes(word)).trailing_zeros() / 8) as usize;
            assert_eq!(found, if byte.is_ascii_digit() { 8 } else { place }, "{byte:#x} at {place}");
        }
    }
}

#[test]
fn unescaping() {
    let cases: &[(&str, Option<&str>)] = &[
        ("", Some("")),
        (r#"\"\\\/\b\f\n\r\t"#, Some("\"\\/\u{8}\u{c}\n\r\t")),
        (r"a\u0041\u00e9\u20ACz", Some("aAé€z")),
        (r"\u0000", Some("\0")),
        (r"\uD83D\uDE00", Some("😀")),
        (r"\udbff\udfff", Some("\u{10ffff}")),
        (r"\ud800", None),
        (r"\ud800x", None),
        (r"\ud800\n", None),
        (r"\ud800\u0041", None),
        (r"\ud800\ud800\udc00", None),
        (r"\udc00", None),
        (r"\udc00\ud800", None),
    ];
    for (escaped, plain) in cases {
        assert_eq!(unescape(escaped).as_deref(), *plain, "{escaped}");
    }
}

#[test]
fn items_of_an_array() {
    let raw = Raw { bytes: b"[ 1,\"a,b\" , [2,3],{\"x\":[]} ]", escaped: false };
    let items: Vec<_> = raw.items().iter().map(|item| item.text()).collect();
    assert_eq!(items, ["1", "\"a,b\"", "[2,3]", "{\"x\":[]}"]);
    assert!(Raw { bytes: b"[ ]", escaped: false }.items().is_empty());
}
