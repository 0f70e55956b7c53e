use super::*;

/// Members as they are found: the key, whether it was the expected one, and the value.
struct Found<'t> {
    text: &'t str,
    expected: &'static str,
    members: Vec<(String, bool, &'t str)>,
}

impl<'t> Found<'t> {
    fn expecting(expected: &'static str, text: &'t str) -> Self {
        Self { text, expected, members: Vec::new() }
    }
}

impl Members for Found<'_> {
    type Name = Option<(usize, usize)>;

    fn expected(&self) -> (Literal, Self::Name) {
        (if self.expected.is_empty() { Literal::NONE } else { Literal::of_key(self.expected.as_bytes()) }, None)
    }

    fn name_of(&mut self, key: Key<'_>) -> Self::Name {
        let start = key.bytes.as_ptr() as usize - self.text.as_ptr() as usize;
        Some((start, start + key.bytes.len()))
    }

    fn member(&mut self, name: Self::Name, value: Span) {
        let key = name.map_or(self.expected, |(start, end)| &self.text[start..end]);
        self.members.push((key.to_owned(), name.is_none(), value.of(self.text).expect("a value").text()));
    }
}

fn scan_into(text: &str, found: &mut Found<'_>) -> Scan<bool> {
    let mut marks = Marks::default();
    marks.note(text.as_bytes());
    scan_object(text, &marks, found)
}

fn scan(text: &str) -> Scan<bool> {
    scan_into(text, &mut Found::expecting("", text))
}

/// The keys and values of the outermost object, as they stand.
fn members(text: &str) -> Scan<Vec<(String, &str)>> {
    let mut found = Found::expecting("", text);
    scan_into(text, &mut found)?;
    Ok(found.members.into_iter().map(|(key, _, value)| (key, value)).collect())
}

/// An expected key is recognised wherever it stands as most producers write it, and only there; what is found is the same.
#[test]
fn expected_keys_are_only_a_guess() {
    for (text, guessed) in [
        (r#"{"time":1,"name":"a string of some length"}"#, 1),
        (r#"{"time": 1, "time": 2, "name": "a string of some length"}"#, 2),
        (r#"{"time" :1,"times":2,"tim":3,"ti\u006de":4,"name":"a string of some length"}"#, 0),
        (r#"{"name":"a string of some length","time":1}"#, 0),
        (r#"{"name":"a string of some length","time":1}          "#, 1),
    ] {
        let mut found = Found::expecting("time", text);
        assert_eq!(scan_into(text, &mut found), Ok(true));
        assert_eq!(found.members.iter().filter(|(_, guessed, _)| *guessed).count(), guessed, "{text}");
        assert_eq!(found.members.into_iter().map(|(key, _, value)| (key, value)).collect::<Vec<_>>(), members(text).expect("an object"));
    }
    for key in ["twelve bytes", "thirteenbytes"] {
        let text = format!(r#"{{"{key}":1,"other":"a string"}}"#);
        let mut found = Found::expecting(key, &text);
        assert_eq!(scan_into(&text, &mut found), Ok(true));
        assert_eq!(found.members[0], (key.to_owned(), key.len() == 12, "1"));
    }
    assert_eq!(scan_into("{\"time\":", &mut Found::expecting("time", "{\"time\":")), scan("{\"time\":"));
}

#[test]
fn members_in_order_with_their_text() {
    let text = " {\"a\" : 1 ,\n\"b\":[1,{\"c\":[]}],\"a\":\"x\\\"y\", \"d\":{}, \"e\": -0.5e+7,\"f\":null}\r\n";
    let expected = [("a", "1"), ("b", "[1,{\"c\":[]}]"), ("a", "\"x\\\"y\""), ("d", "{}"), ("e", "-0.5e+7"), ("f", "null")];
    assert_eq!(members(text), Ok(expected.map(|(key, value)| (key.to_owned(), value)).to_vec()));
    assert_eq!(members("{}"), Ok(vec![]));
}

#[test]
fn valid_without_being_an_object() {
    for text in ["1", "\"\"", "[]", "[[],{}]", "true", "null", " [1, 2] "] {
        assert_eq!(scan(text), Ok(false), "{text}");
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
        assert_eq!(scan(text), Err(SyntaxError { at, expected }), "{text:?}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |arrays: usize| format!("{{\"a\":{}{}}}", "[".repeat(arrays), "]".repeat(arrays));
    assert_eq!(scan(&nested(63)), Ok(true));
    assert!(scan(&nested(64)).is_err());
    assert_eq!(scan(&format!("{}{}", "[".repeat(64), "]".repeat(64))), Ok(false));
    assert!(scan(&format!("{}{}", "[".repeat(65), "]".repeat(65))).is_err());
    let objects = format!("{}1{}", "{\"a\":".repeat(64), "}".repeat(64));
    assert_eq!(scan(&objects), Ok(true));
    let hostile = "[".repeat(1_000_000);
    assert!(scan(&hostile).is_err());
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
                assert_eq!(look(&chunk).marks, expected, "{byte:#x} at {place}");
            }
        }
    }
}

/// Whatever was noted before, from every place on.
#[test]
fn marks_are_found_in_texts_of_every_length() {
    let mut marks = Marks::default();
    for (longest, every) in [(300, 1), (70, 1), (200, 64), (200, 65), (100, 1000)] {
        for len in (0..=longest).rev() {
            let mut text = vec![b'x'; len];
            text.iter_mut().skip(len % 7).step_by(every).for_each(|byte| *byte = b'"');
            assert!(marks.note(&text));
            for from in 0..=len {
                let expected = text[from..].iter().position(|&byte| is_mark(byte)).map_or(len, |ahead| from + ahead);
                assert_eq!(marks.next(from), expected, "{len} bytes, a mark every {every}, from {from}");
            }
        }
    }
    for len in 1..40 {
        for place in 0..len {
            let mut text = vec![b'x'; len];
            text[place] = 0x80;
            assert!(!marks.note(&text), "{len} bytes, not ASCII at {place}");
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
fn eight_digits_are_a_number() {
    for number in [0, 1, 12_345_678, 90_000_001, 99_999_999, 10_203_040] {
        assert_eq!(eight_digits(format!("{number:08}").as_bytes().try_into().expect("eight")), Some(number));
    }
    for other in [b"1234567/", b":2345678", b"123.5678", b"-1234567", b"1234567e"] {
        assert_eq!(eight_digits(other), None);
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
