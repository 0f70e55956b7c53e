//! Reads typed values out of a YAML tree, collecting what is wrong with them.

use super::condition::Decimal;
use super::problem::{Position, listed, quoted, unknown};
use super::yaml::{Data, Document, Node, Problems, Resolved, Scalar};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Bytes of an id or a name, as in the input.
pub(crate) const NAME_BYTES_MAX: usize = 256;
/// Bytes of a text that is no name, as in the input.
pub(crate) const TEXT_BYTES_MAX: usize = 4096;
/// Longest wait, in days: ten years.
pub(crate) const WAIT_DAYS_MAX: u32 = 3650;
/// Most days that are left to a feed.
pub(crate) const SETTLE_DAYS_MAX: u32 = 7;
/// Largest amount of money or of hours, and its most places after the point: a sum of products of it with quantities is exact.
const AMOUNT_MAX: i64 = 1_000_000_000;
pub const AMOUNT_PLACES_MAX: u8 = 6;

pub(crate) struct Reader<'n> {
    pub document: &'n Document,
    pub problems: Problems,
}

/// A key of a mapping with its value.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'n> {
    pub key: &'n str,
    pub key_position: Position,
    pub value: &'n Node,
}

/// The entries of a mapping whose keys are fixed. A value that is not there is absent here too.
pub(crate) struct Fields<'n> {
    entries: Vec<Entry<'n>>,
    what: String,
    position: Position,
}

impl<'n> Fields<'n> {
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }
}

impl<'n> Reader<'n> {
    /// Adds a problem; `None`, so that it can be what the caller returns.
    pub fn refuse<T>(&mut self, position: Position, message: impl Into<String>) -> Option<T> {
        self.problems.push((position, message.into()));
        None
    }

    /// `what` is not what was expected. Silent where the node has been reported already.
    pub fn mistyped<T>(&mut self, node: &Node, what: &str, expected: &str) -> Option<T> {
        match node.data {
            Data::Refused => None,
            _ => self.refuse(node.position, format!("{what} must be {expected}, found {}", node.described())),
        }
    }

    /// The entries in file order; a key that comes again is reported and left out. Nothing at all is an empty mapping.
    pub fn mapping(&mut self, node: &'n Node, what: &str) -> Option<Vec<Entry<'n>>> {
        let entries = match &node.data {
            Data::Mapping(entries) => entries,
            _ if node.is_null() => return Some(Vec::new()),
            _ => return self.mistyped(node, what, "a mapping"),
        };
        let mut read = Vec::new();
        let mut lines: HashMap<&str, u32> = HashMap::new();
        for (key, value) in entries {
            let text = match &key.data {
                Data::Scalar(scalar) if scalar.resolved() == Resolved::Text => scalar.text.as_str(),
                Data::Scalar(_) => {
                    self.mistyped::<()>(key, &format!("a key of {what}"), "a text (put it in quotes)");
                    continue;
                }
                _ => {
                    self.mistyped::<()>(key, &format!("a key of {what}"), "a text");
                    continue;
                }
            };
            if let Some(line) = lines.get(text) {
                self.refuse::<()>(key.position, format!("{} is given twice in {what}: first in line {line}", quoted(text)));
                continue;
            }
            lines.insert(text, key.position.line);
            read.push(Entry { key: text, key_position: key.position, value });
        }
        Some(read)
    }

    /// The first of what was read, `what` being all of it; the first of those that are too many is told.
    pub fn at_most(&mut self, mut entries: Vec<Entry<'n>>, most: usize, what: &str) -> Vec<Entry<'n>> {
        if let Some(entry) = entries.get(most) {
            self.refuse::<()>(entry.key_position, format!("more than {most} {what}"));
        }
        entries.truncate(most);
        entries
    }

    /// The items of a list. `expected`: what it is a list of, perhaps with an example; `counts`: from 0, or from 1, to so many.
    pub fn list(&mut self, node: &'n Node, what: &str, expected: &str, counts: RangeInclusive<usize>) -> &'n [Node] {
        let items = match &node.data {
            Data::Sequence(items) => items,
            _ => {
                self.mistyped::<()>(node, what, &format!("a list of {expected}"));
                return &[];
            }
        };
        if items.len() < *counts.start() {
            self.refuse::<()>(node.position, format!("{what} is empty: expected a list of {expected}"));
        }
        let most = *counts.end();
        if let Some(item) = items.get(most) {
            self.refuse::<()>(item.position, format!("more than {most} in {what}"));
        }
        &items[..items.len().min(most)]
    }

    /// A mapping whose keys are all among `known`. `position` is where a missing key is reported.
    pub fn fields(&mut self, node: &'n Node, what: &str, position: Position, known: &[&str]) -> Option<Fields<'n>> {
        let mut entries = self.mapping(node, what)?;
        entries.retain(|entry| {
            let is_known = known.contains(&entry.key);
            if !is_known {
                let message = unknown("key", entry.key, &format!(" in {what}"), known.iter().copied());
                self.refuse::<()>(entry.key_position, message);
            }
            is_known
        });
        Some(Fields { entries, what: what.to_owned(), position })
    }

    pub fn required(&mut self, fields: &Fields<'n>, key: &str) -> Option<&'n Node> {
        match fields.get(key) {
            Some(node) => Some(node),
            None => self.refuse(fields.position, format!("missing key `{key}` in {}", fields.what)),
        }
    }

    /// A text of 1 to `bytes_max` bytes.
    pub fn text(&mut self, node: &'n Node, what: &str, bytes_max: usize) -> Option<String> {
        let text = match &node.data {
            Data::Scalar(scalar) if scalar.resolved() == Resolved::Text => &scalar.text,
            Data::Scalar(scalar) if scalar.resolved() != Resolved::Null => return self.mistyped(node, what, "a text (put it in quotes)"),
            _ => return self.mistyped(node, what, "a text"),
        };
        if text.is_empty() || text.len() > bytes_max {
            return self.refuse(node.position, format!("{what} must have 1 to {bytes_max} bytes, found {}", text.len()));
        }
        Some(text.clone())
    }

    pub fn whole_number(&mut self, node: &'n Node, what: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let (least, greatest) = (*range.start(), *range.end());
        let value = match &node.data {
            Data::Scalar(scalar) => match scalar.resolved() {
                Resolved::Integer(value) => value,
                _ => return self.mistyped(node, what, &format!("a whole number, {least} to {greatest}")),
            },
            _ => return self.mistyped(node, what, &format!("a whole number, {least} to {greatest}")),
        };
        match value.and_then(|value| u32::try_from(value).ok()).filter(|value| range.contains(value)) {
            Some(value) => Some(value),
            None => self.mistyped(node, what, &format!("{least} to {greatest}")),
        }
    }

    /// A number with a sign or without: at most 18 digits.
    pub fn decimal(&mut self, node: &'n Node, what: &str) -> Option<Decimal> {
        const EXPECTED: &str = "a number of at most 18 digits";
        let scalar = match &node.data {
            Data::Scalar(scalar) if matches!(scalar.resolved(), Resolved::Integer(_) | Resolved::Float) => scalar,
            _ => return self.mistyped(node, what, EXPECTED),
        };
        let (digits, negative) = match scalar.text.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (scalar.text.as_str(), false),
        };
        match Decimal::parse(digits) {
            Some(number) => Some(if negative { number.negated() } else { number }),
            None => self.mistyped(node, what, EXPECTED),
        }
    }

    /// A number from `least` to `most`, both included.
    pub fn decimal_within(&mut self, node: &'n Node, what: &str, least: Decimal, most: Decimal) -> Option<Decimal> {
        let number = self.decimal(node, what)?;
        if number.compare(least).is_lt() || number.compare(most).is_gt() {
            return self.mistyped(node, what, &format!("{least} to {most}"));
        }
        Some(number)
    }

    /// 0 to 1.
    pub fn share(&mut self, node: &'n Node, what: &str) -> Option<Decimal> {
        self.decimal_within(node, what, Decimal::ZERO, Decimal::integer(1))
    }

    /// An amount of money or of hours.
    pub fn amount(&mut self, node: &'n Node, what: &str) -> Option<Decimal> {
        let amount = self.decimal_within(node, what, Decimal::ZERO, Decimal::integer(AMOUNT_MAX))?;
        if amount.scale > AMOUNT_PLACES_MAX {
            return self.mistyped(node, what, &format!("a number with at most {AMOUNT_PLACES_MAX} places after the point"));
        }
        Some(amount)
    }

    /// A date, `2026-12-24`.
    pub fn date(&mut self, node: &'n Node, what: &str) -> Option<Date> {
        let Data::Scalar(scalar) = &node.data else { return self.mistyped(node, what, "a date such as 2026-12-24") };
        let is_written = scalar.text.len() == 10
            && scalar.text.bytes().enumerate().all(|(place, byte)| match place {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        match scalar.text.parse().ok().filter(|_| is_written) {
            Some(date) => Some(date),
            None => self.mistyped(node, what, "a date such as 2026-12-24"),
        }
    }

    /// One of a few texts.
    pub fn choice<T: Copy>(&mut self, node: &'n Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let Data::Scalar(scalar) = &node.data else {
            return self.mistyped(node, &format!("the {what}"), &listed(&names));
        };
        match choices.iter().find(|(name, _)| *name == scalar.text) {
            Some((_, value)) => Some(*value),
            None if scalar.resolved() == Resolved::Text => self.refuse(node.position, unknown(what, &scalar.text, "", names)),
            None => self.mistyped(node, &format!("the {what}"), &listed(&names)),
        }
    }

    /// The text of a condition, or of what else is written in CEL, whatever YAML takes it for: `true` is a condition.
    pub fn written(&mut self, node: &'n Node, what: &str, expected: &str) -> Option<&'n Scalar> {
        match &node.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => self.mistyped(node, what, expected),
        }
    }

    /// The version of the format, of which there is one.
    pub fn version(&mut self, node: &'n Node) {
        let one = matches!(&node.data, Data::Scalar(scalar) if scalar.resolved() == Resolved::Integer(Some(1)));
        if !one {
            let message = format!("`version` must be 1, the only version there is, found {}", node.described());
            self.refuse::<()>(node.position, message);
        }
    }

    pub fn time_zone(&mut self, node: &'n Node, what: &str) -> Option<TimeZone> {
        let name = self.text(node, what, NAME_BYTES_MAX)?;
        // The database's own spelling: names are found in any case. jiff has a zone of its own for an unknown one.
        match TimeZone::get(&name).ok().filter(|zone| zone.iana_name().is_some() && !zone.is_unknown()) {
            Some(zone) => Some(zone),
            None => {
                let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
                self.refuse(node.position, unknown("time zone", &name, "", known.iter().map(String::as_str)))
            }
        }
    }
}
