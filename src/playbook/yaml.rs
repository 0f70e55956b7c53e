//! YAML as a tree that keeps the order, the positions and the repeated keys of the file.
//!
//! Built from the parser's events rather than from a loaded value: a loaded mapping has lost which key came twice, and a loaded
//! scalar where its characters were. What neither has a use for (aliases, tags, further documents) is refused.

use super::problem::{Position, quoted};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

/// Deeper nesting than any playbook or mapping has; a bound, because trees are walked and dropped recursively.
const DEPTH_MAX: usize = 32;

#[derive(Debug)]
pub(crate) struct Node {
    pub position: Position,
    pub data: Data,
}

#[derive(Debug)]
pub(crate) enum Data {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    /// File order, repeated keys included.
    Mapping(Vec<(Node, Node)>),
    /// Already reported; readers pass over it in silence.
    Refused,
}

#[derive(Debug)]
pub(crate) struct Scalar {
    pub text: String,
    style: ScalarStyle,
    span: Span,
}

/// What a scalar is in YAML 1.2's core schema. A quoted one is always a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resolved {
    Null,
    Boolean,
    /// `None`: too large for anything here.
    Integer(Option<i64>),
    Float,
    Text,
}

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Document {
    pub root: Node,
    chars: Vec<char>,
}

pub(crate) type Problems = Vec<(Position, String)>;

/// What kind of file it is, for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// As in `a playbook`.
    pub what: &'static str,
    /// What it has at least, as in `` `version` and `products` ``.
    pub least: &'static str,
}

/// Parses one document. What is refused but leaves the rest readable is added to `problems`; a syntax error is the only problem of
/// its file, because nothing after it can be trusted.
pub(crate) fn parse(text: &str, about: About, problems: &mut Problems) -> Option<Document> {
    let start = Position { line: 1, column: 1 };
    let mut roots: Vec<Node> = Vec::new();
    let mut open: Vec<Node> = Vec::new();
    // The key that waits for its value, for each open mapping.
    let mut keys: Vec<Option<Node>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                problems.clear();
                problems.push((position(*error.marker()), format!("not valid YAML: {}", error.info())));
                return None;
            }
        };
        let at = position(span.start);
        let tag = match &event {
            Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => tag.as_deref(),
            _ => None,
        };
        if let Some(tag) = tag {
            let name = format!("{}{}", tag.handle, tag.suffix);
            let message = format!("the YAML tag {} is not supported: put quotes around a text that begins with `!`", quoted(&name));
            problems.push((at, message));
        }
        let tagged = tag.is_some();
        let done = match event {
            Event::Scalar(..) if tagged => Node { position: at, data: Data::Refused },
            Event::Scalar(text, style, _, _) => Node { position: at, data: Data::Scalar(Scalar { text: text.into_owned(), style, span }) },
            Event::Alias(_) => {
                problems.push((at, "a YAML alias is not supported: write the value out".to_owned()));
                Node { position: at, data: Data::Refused }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= DEPTH_MAX {
                    problems.push((at, format!("nested more than {DEPTH_MAX} deep")));
                    return None;
                }
                let mapping = matches!(event, Event::MappingStart(..));
                let data = if mapping { Data::Mapping(Vec::new()) } else { Data::Sequence(Vec::new()) };
                open.push(Node { position: at, data });
                keys.push(None);
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                keys.pop();
                open.pop().expect("the parser closes only what it has opened")
            }
            _ => continue,
        };
        match (open.last_mut().map(|parent| &mut parent.data), keys.last_mut()) {
            (Some(Data::Sequence(items)), _) => items.push(done),
            (Some(Data::Mapping(entries)), Some(key)) => match key.take() {
                None => *key = Some(done),
                Some(key) => entries.push((key, done)),
            },
            _ => roots.push(done),
        }
    }
    if let Some(second) = roots.get(1) {
        problems.push((second.position, format!("a second YAML document: a {} is one document", about.what)));
    }
    match roots.into_iter().next() {
        Some(root) => Some(Document { root, chars: text.chars().collect() }),
        None => {
            problems.push((start, format!("the {} is empty: expected at least {}", about.what, about.least)));
            None
        }
    }
}

fn position(marker: Marker) -> Position {
    let cut = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position { line: cut(marker.line()), column: cut(marker.col().saturating_add(1)) }
}

impl Node {
    /// What it is, for a message.
    pub fn described(&self) -> String {
        match &self.data {
            Data::Sequence(_) => "a list".to_owned(),
            Data::Mapping(_) => "a mapping".to_owned(),
            Data::Refused => "something unsupported".to_owned(),
            Data::Scalar(scalar) => match scalar.resolved() {
                Resolved::Null => "nothing".to_owned(),
                Resolved::Boolean => format!("the boolean {}", quoted(&scalar.text)),
                Resolved::Integer(_) | Resolved::Float => format!("the number {}", quoted(&scalar.text)),
                Resolved::Text => format!("the text {}", quoted(&scalar.text)),
            },
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar(scalar) if scalar.resolved() == Resolved::Null)
    }
}

impl Scalar {
    pub fn resolved(&self) -> Resolved {
        let text = self.text.as_str();
        if self.style != ScalarStyle::Plain {
            return Resolved::Text;
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Resolved::Boolean,
            ".nan" | ".NaN" | ".NAN" => return Resolved::Float,
            _ => {}
        }
        for (prefix, radix) in [("0x", 16), ("0o", 8)] {
            if let Some(digits) = text.strip_prefix(prefix)
                && !digits.is_empty()
                && digits.chars().all(|c| c.is_digit(radix))
            {
                return Resolved::Integer(i64::from_str_radix(digits, radix).ok());
            }
        }
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
            return Resolved::Integer(text.parse().ok());
        }
        if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
            return Resolved::Float;
        }
        // The core schema's floats are Rust's, less the words that Rust has for what is not a number.
        let numeric = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if numeric && text.parse::<f64>().is_ok() { Resolved::Float } else { Resolved::Text }
    }
}

impl Document {
    /// Where in the file the character `offset` of a scalar's text is; past its end, the place after its last character.
    ///
    /// Folding, indentation and escapes leave every character that is not white space in its order, so the n-th of the text is
    /// the n-th of the source; white space is found by what stands before it.
    pub fn position_in(&self, scalar: &Scalar, offset: usize) -> Position {
        let inked = |c: &char| !c.is_whitespace();
        let before = scalar.text.chars().take(offset).filter(inked).count();
        let on_ink = scalar.text.chars().nth(offset).is_some_and(|c| inked(&c));
        let places = self.places(scalar);
        let after = |place: &Position| Position { line: place.line, column: place.column + 1 };
        let found = match before.checked_sub(1) {
            _ if on_ink => places.get(before).copied(),
            None => None,
            Some(last) => places.get(last).map(after),
        };
        found.unwrap_or_else(|| position(scalar.span.start))
    }

    /// The places of a scalar's characters that are not white space, in order.
    fn places(&self, scalar: &Scalar) -> Vec<Position> {
        let source = &self.chars[scalar.span.start.index().min(self.chars.len())..scalar.span.end.index().min(self.chars.len())];
        let (single, double) = (scalar.style == ScalarStyle::SingleQuoted, scalar.style == ScalarStyle::DoubleQuoted);
        let mut at = position(scalar.span.start);
        let mut places = Vec::new();
        let mut index = 0;
        if single || double {
            index = 1;
            at.column += 1;
        }
        while let Some(&c) = source.get(index) {
            let (width, inked) = match (c, source.get(index + 1)) {
                ('\'', Some('\'')) if single => (2, true),
                ('\'', _) if single => break,
                ('"', _) if double => break,
                ('\\', Some(&escaped)) if double => match escaped {
                    'x' => (4, self.escape_is_inked(&source[index..], 4)),
                    'u' => (6, self.escape_is_inked(&source[index..], 6)),
                    'U' => (10, self.escape_is_inked(&source[index..], 10)),
                    '\n' | '\r' => (1, false),
                    // The escapes of white space: tab, line feed, …, next line, no-break space, line and paragraph separator.
                    't' | '\t' | 'n' | 'v' | 'f' | 'r' | ' ' | 'N' | '_' | 'L' | 'P' => (2, false),
                    _ => (2, true),
                },
                (c, _) => (1, !c.is_whitespace()),
            };
            if inked {
                places.push(at);
            }
            for offset in index..index + width {
                match (source.get(offset), source.get(offset + 1)) {
                    (Some('\n'), _) => at = Position { line: at.line + 1, column: 1 },
                    (Some('\r'), next) if next != Some(&'\n') => at = Position { line: at.line + 1, column: 1 },
                    _ => at.column += 1,
                }
            }
            index += width;
        }
        places
    }

    fn escape_is_inked(&self, source: &[char], width: usize) -> bool {
        let digits: String = source.iter().take(width).skip(2).collect();
        let decoded = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        decoded.is_some_and(|c| !c.is_whitespace())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About = About { what: "playbook", least: "`version` and `products`" };

    fn only_value(text: &str) -> (Document, Problems) {
        let mut problems = Vec::new();
        let document = parse(text, ABOUT, &mut problems).expect("the text is one YAML document");
        (document, problems)
    }

    fn first_scalar(document: &Document) -> &Scalar {
        match &document.root.data {
            Data::Mapping(entries) => match &entries[0].1.data {
                Data::Scalar(scalar) => scalar,
                other => panic!("expected a scalar, found {other:?}"),
            },
            other => panic!("expected a mapping, found {other:?}"),
        }
    }

    #[test]
    fn a_character_of_a_scalar_is_found_in_the_file_in_every_style() {
        // Each text holds one `@`, whose place in the file is expected; the scalar is the first value.
        for (text, line, column) in [
            ("k: a @ b", 1, 6),
            ("k: a\n  b @", 2, 5),
            ("\u{feff}k: é @", 1, 6),
            ("k: 'it''s @'", 1, 11),
            ("k: 'one\n\n  two @'", 3, 7),
            ("k: \"x\\u0041 \\\"@\"", 1, 15),
            ("k: \"x\\n\\t\\x20 @\"", 1, 15),
            ("k: \"x \\\n   y @\"", 2, 6),
            ("k: |-  # note\n   foo\n    bar @\n# note @\n", 3, 9),
            ("k: >2\n    x\n  y\n\n  z @\n", 5, 5),
            ("k: |\r\n  one\r\n  two @\r\n", 3, 7),
        ] {
            let (document, _) = only_value(text);
            let scalar = first_scalar(&document);
            let offset = scalar.text.chars().position(|c| c == '@').expect("each text holds an @");
            assert_eq!(document.position_in(scalar, offset), Position { line, column }, "{text:?}");
        }
    }

    #[test]
    fn the_end_of_a_scalar_is_after_its_last_character() {
        for (text, line, column) in [("k: ab", 1, 6), ("k: 'ab '", 1, 7), ("k: |\n  ab\n\nl: 1", 2, 5)] {
            let (document, _) = only_value(text);
            let scalar = first_scalar(&document);
            assert_eq!(document.position_in(scalar, scalar.text.chars().count()), Position { line, column }, "{text:?}");
        }
    }

    #[test]
    fn scalars_resolve_by_the_core_schema() {
        for (text, expected) in [
            ("k:", Resolved::Null),
            ("k: ~", Resolved::Null),
            ("k: true", Resolved::Boolean),
            ("k: yes", Resolved::Text),
            ("k: 7", Resolved::Integer(Some(7))),
            ("k: -7", Resolved::Integer(Some(-7))),
            ("k: 0x10", Resolved::Integer(Some(16))),
            ("k: 99999999999999999999", Resolved::Integer(None)),
            ("k: 7.5", Resolved::Float),
            ("k: 1e3", Resolved::Float),
            ("k: .inf", Resolved::Float),
            ("k: inf", Resolved::Text),
            ("k: '7'", Resolved::Text),
            ("k: 7 days", Resolved::Text),
        ] {
            let (document, _) = only_value(text);
            assert_eq!(first_scalar(&document).resolved(), expected, "{text}");
        }
    }

    #[test]
    fn repeated_keys_and_their_order_are_kept() {
        let (document, problems) = only_value("b: 1\na: 2\nb: 3\n");
        let Data::Mapping(entries) = &document.root.data else { panic!("expected a mapping") };
        let places: Vec<u32> = entries.iter().map(|(key, _)| key.position.line).collect();
        assert_eq!((places, problems), (vec![1, 2, 3], vec![]));
    }

    #[test]
    fn what_a_playbook_has_no_use_for_is_refused() {
        for (text, line, column, message) in [
            ("a: [", 2, 1, "not valid YAML: while parsing a node, did not find expected node content"),
            ("# nothing\n", 1, 1, "the playbook is empty: expected at least `version` and `products`"),
            ("a: &x 1\nb: *x", 2, 4, "a YAML alias is not supported: write the value out"),
            ("a: !b c", 1, 4, "the YAML tag `!b` is not supported: put quotes around a text that begins with `!`"),
            ("a: 1\n---\nb: 2", 3, 1, "a second YAML document: a playbook is one document"),
            (&"[".repeat(33), 1, 33, "nested more than 32 deep"),
        ] {
            let mut problems = Vec::new();
            parse(text, ABOUT, &mut problems);
            assert_eq!(problems, [(Position { line, column }, message.to_owned())], "{text:?}");
        }
    }
}
