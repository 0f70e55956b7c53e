//! What can be told of a record without decoding it: whether it may be of one account, and up to when it may take a clock.
//!
//! A file has the records of many accounts. Who asks for one of them decodes that one's, and of the others those alone that go furthest. What is
//! told here is never less than what decoding would say: a record that is written in an unusual way is to be decoded.

use memchr::memchr;
use memchr::memmem::Finder;

use super::instant::{self, MS_MAX};

/// Looks for one account.
#[derive(Debug)]
pub struct Glance {
    account: Box<str>,
    finder: Finder<'static>,
    /// It may be told as a number, too, which may be written in several ways.
    is_number: bool,
    time: Finder<'static>,
    key: Finder<'static>,
    base64: Finder<'static>,
    erase: Finder<'static>,
}

/// What may be found in any of several lines.
#[derive(Clone, Copy, Debug)]
pub struct Hints {
    account: bool,
    escapes: bool,
    base64: bool,
    erases: bool,
}

/// What a line is at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glimpse {
    /// It has no time: it is blank, or not applied.
    Nothing,
    /// Of another account, and no later than that.
    Other(i64),
    /// Only decoding says what it is.
    Unread,
}

impl Glance {
    pub fn new(account: &str) -> Self {
        let finder = |text: &str| Finder::new(text).into_owned();
        Self {
            account: account.into(),
            finder: finder(account),
            is_number: account.parse::<i128>().is_ok(),
            time: finder("\"time\""),
            key: finder("\"account\""),
            base64: finder("data_base64"),
            erase: finder("erase"),
        }
    }

    /// What is to be looked for in each line of a text.
    pub fn hints(&self, text: &[u8]) -> Hints {
        Hints {
            account: self.is_number || self.finder.find(text).is_some(),
            escapes: memchr(b'\\', text).is_some(),
            base64: self.base64.find(text).is_some(),
            erases: self.erase.find(text).is_some(),
        }
    }

    pub fn line(&self, line: &[u8], hints: Hints) -> Glimpse {
        // Whatever is written with escapes or in Base64 may say anything.
        let is_unread = hints.escapes && memchr(b'\\', line).is_some()
            || hints.base64 && self.base64.find(line).is_some()
            // Whoever is erased bears witness to no instant any more.
            || hints.erases && self.erase.find(line).is_some()
            || hints.account && self.may_be_of_account(line);
        if is_unread { Glimpse::Unread } else { self.latest(line) }
    }

    /// A name is a text from its beginning, or a subject's up to a slash.
    fn may_be_of_account(&self, line: &[u8]) -> bool {
        let mut found = self.finder.find_iter(line);
        if !self.is_number {
            return found.any(|at| at > 0 && line[at - 1] == b'"');
        }
        // `4711` may be `47.11e2`.
        let is_odd = |at: usize| {
            value(line, at + self.key.needle().len())
                .is_some_and(|value| number(value).iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')))
        };
        found.next().is_some() || self.key.find_iter(line).any(is_odd)
    }

    /// The latest of all times in a line.
    fn latest(&self, line: &[u8]) -> Glimpse {
        let mut latest = None;
        for at in self.time.find_iter(line) {
            let Some(value) = value(line, at + self.time.needle().len()) else { continue };
            let time_ms = match value {
                [b'"', text @ ..] => {
                    let text = memchr(b'"', text).map(|end| &text[..end]);
                    text.and_then(|text| std::str::from_utf8(text).ok()).and_then(|text| instant::parse(text).ok())
                }
                [b'0'..=b'9' | b'-', ..] => match std::str::from_utf8(number(value)).ok().and_then(|digits| digits.parse().ok()) {
                    Some(time_ms) => Some(time_ms).filter(|time_ms| *time_ms <= MS_MAX),
                    None => return Glimpse::Unread,
                },
                _ => None,
            };
            latest = latest.max(time_ms);
        }
        latest.map_or(Glimpse::Nothing, Glimpse::Other)
    }

    /// The account that is looked for.
    pub fn account(&self) -> &str {
        &self.account
    }
}

/// What stands behind a key that ends here.
fn value(line: &[u8], end: usize) -> Option<&[u8]> {
    line[end..].trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start)
}

/// The characters of a number at the beginning of a text.
fn number(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Limits, decode};

    #[test]
    fn what_is_glimpsed_is_never_less_than_what_is_read() {
        let at = "2026-10-03T10:15:30Z";
        let ms = 1_791_022_530_000;
        for (account, line, glimpse) in [
            ("acme", format!(r#"{{"type":"usage","time":"{at}","account":"globex","product":"crm"}}"#), Glimpse::Other(ms)),
            ("acme", format!(r#"{{"type":"usage","time": {ms} ,"account":"globex","product":"crm"}}"#), Glimpse::Other(ms)),
            ("acme", format!(r#"{{"type":"usage","time":{ms}.0,"account":"globex","product":"crm"}}"#), Glimpse::Unread),
            ("acme", format!(r#"{{"type":"usage","ti\u006de":"{at}","account":"globex","product":"crm"}}"#), Glimpse::Unread),
            ("acme", format!(r#"{{"type":"usage","time":"{at}","account":"acme","product":"crm"}}"#), Glimpse::Unread),
            ("acme", format!(r#"{{"type":"usage","time":"{at}","account":"acme-2","product":"crm"}}"#), Glimpse::Unread),
            ("acme", format!(r#"{{"type":"usage","time":"{at}","account":"my-acme","product":"crm"}}"#), Glimpse::Other(ms)),
            ("4711", format!(r#"{{"type":"usage","time":"{at}","account":4711,"product":"crm"}}"#), Glimpse::Unread),
            ("4711", format!(r#"{{"type":"usage","time":"{at}","account": 47.11e2,"product":"crm"}}"#), Glimpse::Unread),
            ("4711", format!(r#"{{"type":"usage","time":"{at}","account":815,"product":"crm"}}"#), Glimpse::Other(ms)),
            ("acme", r#"{"type":"usage","time":null,"account":"globex","product":"crm"}"#.to_owned(), Glimpse::Nothing),
            ("acme", "not JSON, \"time\"".to_owned(), Glimpse::Nothing),
            (
                "acme",
                format!(
                    r#"{{"specversion":"1.0","id":"1","source":"s","type":"usage","time":"2026-10-03T10:15:29Z","subject":"b/c","data":{{"product":"crm","time":"{at}"}}}}"#
                ),
                Glimpse::Other(ms),
            ),
            (
                "acme",
                format!(
                    r#"{{"specversion":"1.0","id":"1","source":"s","type":"usage","time":"{at}","subject":"acme/c","data":{{"product":"crm"}}}}"#
                ),
                Glimpse::Unread,
            ),
            ("acme", format!(r#"{{"type":"erase","time":"{at}","account":"globex"}}"#), Glimpse::Unread),
            (
                "acme",
                format!(r#"{{"specversion":"1.0","id":"1","source":"s","type":"usage","time":"{at}","subject":"b","data_base64":"e30="}}"#),
                Glimpse::Unread,
            ),
        ] {
            let glance = Glance::new(account);
            let found = glance.line(line.as_bytes(), glance.hints(line.as_bytes()));
            assert_eq!(found, glimpse, "{account}: {line}");
            let read = decode(None, line.as_bytes(), Vec::new, &Limits { check_key: false, ..Limits::default() });
            if let Ok(event) = read {
                assert!(found == Glimpse::Unread || event.account != account, "{line}");
                assert!(found == Glimpse::Unread || found == Glimpse::Other(event.time_ms), "{line}");
            }
        }
    }
}
