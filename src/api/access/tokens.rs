//! The file of tokens: who may do what, a line each.
//!
//! ```text
//! # SHA-256 of the token, or cn:NAME of a certificate   name        scopes      owner
//! 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08   dashboard   read,all
//! cn:crm-sync                                           crm-sync    read,write  Amy Wong
//! ```
//!
//! Tokens themselves do not stand in it, so that whoever reads it cannot use them.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::{By, Principal, Scope};
use crate::api::problem::nearest;
use crate::config::SCOPES;

pub type Digest = [u8; 32];

pub fn digest(token: &[u8]) -> Digest {
    Sha256::digest(token).into()
}

#[derive(Debug, Default)]
pub struct Tokens {
    by_digest: HashMap<Digest, Principal>,
    by_common_name: HashMap<String, Principal>,
}

impl Tokens {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                tokens.take(line).map_err(|what| format!("line {}: {what}", index + 1))?;
            }
        }
        Ok(tokens)
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let mut words = line.split_whitespace();
        let (Some(who), Some(name), Some(scopes)) = (words.next(), words.next(), words.next()) else {
            return Err("expected a digest or cn:NAME, a name and scopes, separated by blanks".to_owned());
        };
        let owner = words.collect::<Vec<_>>().join(" ");
        let by_common_name = who.strip_prefix("cn:");
        let principal = Principal {
            name: name.into(),
            by: if by_common_name.is_some() { By::Certificate } else { By::Token },
            scopes: scopes.split(',').map(scope).collect::<Result<_, _>>()?,
            owner: (!owner.is_empty()).then(|| owner.into()),
            by_bearer: by_common_name.is_none(),
        };
        let before = match by_common_name {
            Some("") => return Err("expected a name after cn:".to_owned()),
            Some(common_name) => self.by_common_name.insert(common_name.to_owned(), principal),
            None => self.by_digest.insert(hex(who)?, principal),
        };
        // Of two lines one would win, and nobody could tell which.
        before.map_or(Ok(()), |before| Err(format!("stands twice, first as {}", before.name)))
    }

    /// By the digest: how long the look takes says nothing of the token.
    pub fn by_token(&self, token: &str) -> Option<Principal> {
        self.by_digest.get(&digest(token.as_bytes())).cloned()
    }

    pub fn by_common_name(&self, name: &str) -> Option<Principal> {
        self.by_common_name.get(name).cloned()
    }
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::of(name).ok_or_else(|| {
        let hint = nearest(name, SCOPES).map_or(String::new(), |near| format!("; the nearest one is {near}"));
        format!("{name:?} is no scope; expected some of {}{hint}", SCOPES.join(", "))
    })
}

/// Without the text itself in the error: somebody may have put the token there.
fn hex(text: &str) -> Result<Digest, String> {
    let wrong = || format!("expected 64 hexadecimal digits (printf %s \"$TOKEN\" | sha256sum) or cn:NAME, found {} characters", text.len());
    let byte = |index: usize| text.get(2 * index..2 * index + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let mut digest = Digest::default();
    for (index, place) in digest.iter_mut().enumerate() {
        *place = byte(index).ok_or_else(wrong)?;
    }
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::super::Scopes;
    use super::*;

    /// Of `test`.
    const TEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    #[test]
    fn lines_become_principals() {
        let text = format!("# who\n\n{TEST}  board read,all\ncn:sync crm read,write Amy Wong \n");
        let tokens = Tokens::parse(&text).expect("a good file");
        let board = tokens.by_token("test").expect("its digest is there");
        assert_eq!((&*board.name, board.by, board.owner), ("board", By::Token, None));
        assert_eq!(board.scopes, [Scope::Read, Scope::All].into_iter().collect::<Scopes>());
        let sync = tokens.by_common_name("sync").expect("its name is there");
        assert_eq!((&*sync.name, sync.by, sync.owner.as_deref()), ("crm", By::Certificate, Some("Amy Wong")));
        assert_eq!((tokens.by_token("Test"), tokens.by_common_name("board")), (None, None));
    }

    #[test]
    fn a_bad_line_is_named_without_its_secret() {
        let twice = format!("{TEST} a read\n{TEST} b read");
        let table = [
            ("\nhunter2 a read", "line 2: expected 64 hexadecimal digits"),
            ("cn:a", "line 1: expected a digest or cn:NAME, a name and scopes"),
            ("cn: a read", "line 1: expected a name after cn:"),
            ("cn:a a reed", "line 1: \"reed\" is no scope; expected some of read, all, write, rules, ops, erase; the nearest one is read"),
            (&twice, "line 2: stands twice, first as a"),
        ];
        for (text, told) in table {
            let error = Tokens::parse(text).expect_err(text);
            assert!(error.starts_with(told) && !error.contains("hunter2"), "{error}");
        }
    }
}
