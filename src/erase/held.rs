//! Whether a record holds an id.
//!
//! An id is held where it stands by itself: as a text of JSON, or as a word of one; as a key; as a text of the changelog's binary records, which
//! stands behind its length. That is never too little, and now and then too much: `acme` is held by a comment that says "as at acme".

use memchr::memmem::Finder;
use serde_json::Value;
use smallvec::SmallVec;

use super::Whom;
use crate::partition::Record;

/// What is looked for: the id of an account, and that of its user.
pub struct Traces<'w>(Vec<Id<'w>>);

impl<'w> Traces<'w> {
    pub fn new(whom: &'w Whom) -> Self {
        Self(std::iter::once(&whom.account).chain(&whom.user).map(|id| Id::new(id)).collect())
    }

    /// Whether a record holds the id: of a user, where it holds that of the account, too.
    pub fn are_in(&self, record: &Record<'_>) -> bool {
        let headers = record.headers.headers();
        let parts: SmallVec<[&[u8]; 12]> =
            record.key.into_iter().chain(record.value).chain(headers.iter().map(|(_, value)| *value)).collect();
        self.0.iter().all(|id| parts.iter().any(|part| id.is_in(part)))
    }
}

struct Id<'i> {
    id: &'i str,
    finder: Finder<'i>,
    /// It may be told as a number, too, which may be written in several ways.
    is_number: bool,
    /// Its length, as postcard writes it before a text.
    length: Vec<u8>,
}

impl<'i> Id<'i> {
    fn new(id: &'i str) -> Self {
        let length = postcard::to_stdvec(&(id.len() as u64)).expect("a number serializes");
        Self { id, finder: Finder::new(id), is_number: id.parse::<i128>().is_ok(), length }
    }

    fn is_in(&self, part: &[u8]) -> bool {
        // What is written with escapes may say anything.
        let may_be = self.is_number || memchr::memchr(b'\\', part).is_some() || self.finder.find(part).is_some();
        may_be
            && match serde_json::from_slice::<Value>(part) {
                Ok(value) => self.is_in_json(&value) || self.is_word_of(part),
                Err(_) => self.is_word_of(part),
            }
    }

    fn is_in_json(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_word_of(text.as_bytes()),
            Value::Number(number) => self.is_number && is_number(number, self.id),
            Value::Array(items) => items.iter().any(|item| self.is_in_json(item)),
            Value::Object(members) => members.iter().any(|(name, value)| self.is_word_of(name.as_bytes()) || self.is_in_json(value)),
            Value::Null | Value::Bool(_) => false,
        }
    }

    fn is_word_of(&self, text: &[u8]) -> bool {
        let is_in_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii());
        let mut found = self.finder.find_iter(text);
        found.any(|at| {
            let (before, behind) = (&text[..at], &text[at + self.id.len()..]);
            !is_in_word(before.last()) && !is_in_word(behind.first()) || before.ends_with(&self.length)
        })
    }
}

/// Whether a number is one whose digits are the id's.
fn is_number(number: &serde_json::Number, id: &str) -> bool {
    number.to_string() == id || number.as_f64().is_some_and(|value| value.fract() == 0.0 && format!("{value:.0}") == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_held_where_it_stands_by_itself() {
        let holds = |account: &str, user: Option<&str>, key: &[u8], value: &[u8]| {
            let whom = Whom { account: account.to_owned(), user: user.map(str::to_owned) };
            Traces::new(&whom).are_in(&Record::bare(0, key, Some(value)))
        };
        for (value, is_held) in [
            (r#"{"account":"acme"}"#, true),
            (r#"{"subject":"acme/crm"}"#, true),
            (r#"{"parent": "acme"}"#, true),
            (r#"{"account":"\u0061cme"}"#, true),
            (r#"{"name":"bought acme in May"}"#, true),
            (r#"{"acme":1}"#, true),
            ("not JSON acme,", true),
            (r#"{"account":"acme2"}"#, false),
            (r#"{"account":"my_acme"}"#, false),
            (r#"{"account":"globex"}"#, false),
        ] {
            assert_eq!(holds("acme", None, b"key", value.as_bytes()), is_held, "{value}");
        }
        assert!(holds("acme", None, b"acme", b"{}"));
        assert!(holds("acme", None, b"v\x00\x04acme", b"\x02x\x00"), "the changelog's key");
        assert!(holds("acme", None, b"k", b"\x02a\x04acmex\x00"), "a text behind its length");
        assert!(!holds("acme", None, b"k", b"\x02a\x05acmex\x00"));
        for (value, is_held) in [("42", true), ("42.0", true), ("4.2e1", true), ("\"42\"", true), ("421", false)] {
            assert_eq!(holds("42", None, b"k", format!("{{\"account\":{value}}}").as_bytes()), is_held, "{value}");
        }
        for (key, value, is_held) in [("acme", "ann", true), ("globex", "ann", false), ("acme", "bob", false)] {
            let value = format!("{{\"user\":\"{value}\"}}");
            assert_eq!(holds("acme", Some("ann"), key.as_bytes(), value.as_bytes()), is_held, "{key} {value}");
        }
    }
}
