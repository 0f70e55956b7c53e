//! Values anywhere in a record of any form: what a mapping asks for, found in one pass.
//!
//! The pointers are known before the records. They make a tree, down which a record is walked: each object on the way is scanned once for all
//! of its members that are asked for, and nothing is built of the others.

use std::borrow::Cow;
use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::GeneralPurposeConfig;
use base64::engine::{DecodePaddingMode, GeneralPurpose};
use smallvec::{SmallVec, smallvec};

use super::field;
use super::json::{self, Key, Kind, Literal, Marks, Members, Raw, Span};
use super::reject::{Checked, Reason, Reject};

/// JSON Pointers (RFC 6901), each with a number: the place of its value among those that are found.
#[derive(Debug, Default)]
pub(crate) struct Pointers {
    nodes: Vec<Node>,
    count: usize,
}

#[derive(Debug, Default)]
struct Node {
    /// By key; of an array by index.
    children: Vec<(Box<str>, usize)>,
    slot: Option<usize>,
    text: Option<Embedded>,
}

/// How JSON is written in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Embedded {
    Plain,
    /// With either alphabet, padded or not.
    Base64,
}

/// Values by the numbers of their pointers. Of a repeated key the last counts.
pub(crate) type Found<'a> = SmallVec<[Option<Raw<'a>>; 24]>;

/// Texts that hold JSON which is to be walked: the node, and the text.
pub(crate) type Texts<'a> = Vec<(usize, Raw<'a>)>;

/// Base64 as it is met: of either alphabet, padded or not.
const STANDARD: GeneralPurpose = lenient(&base64::alphabet::STANDARD);
const URL_SAFE: GeneralPurpose = lenient(&base64::alphabet::URL_SAFE);

const fn lenient(alphabet: &base64::alphabet::Alphabet) -> GeneralPurpose {
    GeneralPurpose::new(alphabet, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent))
}

/// The bytes behind Base64.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

thread_local! {
    /// Of the text that is read, so that not every one takes new memory.
    static MARKS: RefCell<Marks> = RefCell::default();
}

impl Pointers {
    pub fn new() -> Self {
        Self { nodes: vec![Node::default()], count: 0 }
    }

    /// The number of a pointer, given by its keys.
    pub fn add(&mut self, keys: &[String]) -> usize {
        let node = self.node(keys);
        let next = self.count;
        let slot = *self.nodes[node].slot.get_or_insert(next);
        self.count = self.count.max(slot + 1);
        slot
    }

    /// The value there is a text that holds JSON: pointers go on within.
    pub fn add_text(&mut self, keys: &[String], embedded: Embedded) {
        let node = self.node(keys);
        self.nodes[node].text = Some(embedded);
    }

    fn node(&mut self, keys: &[String]) -> usize {
        keys.iter().fold(0, |node, key| {
            let known = self.nodes[node].children.iter().find(|(known, _)| **known == **key).map(|(_, child)| *child);
            known.unwrap_or_else(|| {
                let child = self.nodes.len();
                self.nodes.push(Node::default());
                self.nodes[node].children.push((key.as_str().into(), child));
                child
            })
        })
    }

    /// Nothing found yet.
    pub fn nothing<'a>(&self) -> Found<'a> {
        smallvec![None; self.count]
    }

    /// Walks a whole record, all of which must be one object.
    pub fn record<'a>(&self, value: &'a [u8], found: &mut Found<'a>, texts: &mut Texts<'a>) -> Checked<Raw<'a>> {
        let text = std::str::from_utf8(value).map_err(field::invalid_utf8)?;
        if text.len() > json::TEXT_BYTES_MAX {
            return Err(Reject::boxed(Reason::TooLarge, format!("expected at most {} bytes, found {}", json::TEXT_BYTES_MAX, text.len())));
        }
        let mut level = Level::of(self, 0);
        let scanned = MARKS.with_borrow_mut(|marks| {
            marks.note(text.as_bytes());
            json::scan_object(text, marks, &mut level)
        });
        match scanned {
            Ok(true) => {
                let whole = Raw::whole(text);
                self.note(0, whole, found, texts);
                self.descend(level, text, found, texts);
                Ok(whole)
            }
            Ok(false) => Err(field::not_object(text)),
            Err(error) => Err(field::bad_json(text, error)),
        }
    }

    /// Walks a value that stands in a record that was read.
    pub fn value<'a>(&self, value: Raw<'a>, found: &mut Found<'a>, texts: &mut Texts<'a>) {
        self.walk(0, value, found, texts);
    }

    /// What a text holds, which is to be handed to [`Pointers::embedded`].
    pub fn unpacked(&self, node: usize, text: Raw<'_>) -> Checked<String> {
        let told = text.string().ok_or_else(|| Reject::expected(Reason::InvalidUtf8, "no lone surrogate", text.shown()))?;
        match self.nodes[node].text {
            Some(Embedded::Base64) => base64_bytes(&told)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| Reject::expected(Reason::WrongType, "JSON in Base64", text.shown())),
            _ => Ok(told.into_owned()),
        }
    }

    /// Walks what a text of the record holds.
    pub fn embedded<'a>(&self, node: usize, text: &'a str, found: &mut Found<'a>) -> Checked<()> {
        let mut level = Level::of(self, node);
        let scanned = MARKS.with_borrow_mut(|marks| {
            marks.note(text.as_bytes());
            json::scan_object(text, marks, &mut level)
        });
        let mut deeper = Texts::new();
        match scanned {
            Ok(true) => self.descend(level, text, found, &mut deeper),
            Ok(false) => self.walk_children(node, Raw::whole(text), found, &mut deeper),
            Err(error) => return Err(field::bad_json(text, error)),
        }
        Ok(())
    }

    fn note<'a>(&self, node: usize, value: Raw<'a>, found: &mut Found<'a>, texts: &mut Texts<'a>) {
        let Node { slot, text, .. } = &self.nodes[node];
        if let Some(slot) = slot {
            found[*slot] = Some(value);
        }
        if text.is_some() && value.kind() == Kind::String && !value.is_empty_text() {
            texts.push((node, value));
        }
    }

    fn walk<'a>(&self, node: usize, value: Raw<'a>, found: &mut Found<'a>, texts: &mut Texts<'a>) {
        self.note(node, value, found, texts);
        self.walk_children(node, value, found, texts);
    }

    fn walk_children<'a>(&self, node: usize, value: Raw<'a>, found: &mut Found<'a>, texts: &mut Texts<'a>) {
        if self.nodes[node].children.is_empty() {
            return;
        }
        match value.kind() {
            Kind::Object => {
                let mut level = Level::of(self, node);
                MARKS.with_borrow_mut(|marks| {
                    marks.note(value.bytes());
                    json::scan_object(value.text(), marks, &mut level).expect("the object was scanned before");
                });
                self.descend(level, value.text(), found, texts);
            }
            Kind::Array => {
                for (index, item) in value.items().into_iter().enumerate() {
                    let index = index.to_string();
                    if let Some((_, child)) = self.nodes[node].children.iter().find(|(key, _)| **key == *index) {
                        self.walk(*child, item, found, texts);
                    }
                }
            }
            _ => {}
        }
    }

    fn descend<'a>(&self, level: Level<'_>, text: &'a str, found: &mut Found<'a>, texts: &mut Texts<'a>) {
        for ((_, child), span) in level.children.iter().zip(level.spans) {
            if let Some(value) = span.of(text) {
                self.walk(*child, value, found, texts);
            }
        }
    }
}

/// One object on the way.
struct Level<'p> {
    children: &'p [(Box<str>, usize)],
    /// By child.
    spans: SmallVec<[Span; 16]>,
}

impl<'p> Level<'p> {
    fn of(pointers: &'p Pointers, node: usize) -> Self {
        let children = &*pointers.nodes[node].children;
        Self { children, spans: smallvec![Span::ABSENT; children.len()] }
    }
}

impl Members for Level<'_> {
    /// The place of the child, if it is one.
    type Name = Option<usize>;

    fn expected(&self) -> (Literal, Option<usize>) {
        (Literal::NONE, None)
    }

    fn name_of(&mut self, key: Key<'_>) -> Option<usize> {
        let unescaped =
            if key.escaped { std::str::from_utf8(key.bytes).ok().and_then(json::unescape).map(Cow::Owned)? } else { Cow::Borrowed("") };
        let key = if key.escaped { unescaped.as_bytes() } else { key.bytes };
        self.children.iter().position(|(known, _)| known.as_bytes() == key)
    }

    fn member(&mut self, name: Option<usize>, value: Span) {
        if let Some(place) = name {
            self.spans[place] = value;
        }
    }
}

/// The keys of a JSON Pointer; `None` where it is none.
pub(crate) fn keys(pointer: &str) -> Option<Vec<String>> {
    let keys = pointer.strip_prefix('/')?.split('/');
    keys.map(|key| {
        let is_escaped = |rest: &str| rest.starts_with(['0', '1']);
        key.split('~').skip(1).all(is_escaped).then(|| key.replace("~1", "/").replace("~0", "~"))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pointers: &[&str], texts: &[(&str, Embedded)], record: &str) -> Vec<Option<String>> {
        let mut tree = Pointers::new();
        for pointer in pointers {
            tree.add(&keys(pointer).expect("a pointer"));
        }
        for (pointer, embedded) in texts {
            tree.add_text(&keys(pointer).expect("a pointer"), *embedded);
        }
        // Before what borrows from it.
        let mut unpacked: Vec<String> = Vec::new();
        let (mut found, mut texts) = (tree.nothing(), Texts::new());
        tree.record(record.as_bytes(), &mut found, &mut texts).expect("an object");
        unpacked.extend(texts.iter().map(|(node, text)| tree.unpacked(*node, *text).expect("a text")));
        for ((node, _), text) in texts.iter().zip(&unpacked) {
            tree.embedded(*node, text, &mut found).expect("JSON");
        }
        found.iter().map(|value| value.map(|value| value.text().to_owned())).collect()
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        let record = r#" {"a":{"b":[10,{"c":"x"}],"a/b":1},"t":"{\"n\":[7]}","b":"eyJuIjo4fQ","d":1,"d":{"e":2},"\u0066":3} "#;
        for (pointer, value) in [
            ("/a/b/0", Some("10")),
            ("/a/b/1/c", Some("\"x\"")),
            ("/a/b/2", None),
            ("/a/a~1b", Some("1")),
            ("/a/c", None),
            ("/d/e", Some("2")),
            ("/d", Some("{\"e\":2}")),
            ("/f", Some("3")),
            ("/t/n/0", Some("7")),
            ("/b/n", Some("8")),
            ("/d/e/f", None),
        ] {
            let texts = [("/t", Embedded::Plain), ("/b", Embedded::Base64)];
            assert_eq!(found(&[pointer], &texts, record), [value.map(str::to_owned)], "{pointer}");
        }
    }

    #[test]
    fn a_pointer_has_keys() {
        for (pointer, expected) in [
            ("/a/b", Some(vec!["a", "b"])),
            ("/", Some(vec![""])),
            ("/a~1b/~01", Some(vec!["a/b", "~1"])),
            ("/a~", None),
            ("/a~2", None),
            ("a", None),
        ] {
            let expected = expected.map(|keys| keys.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(keys(pointer), expected, "{pointer}");
        }
    }
}
