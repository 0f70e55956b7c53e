//! Measures: named numbers, and the bands that they lie in.

use super::check::{ConditionOf, check_number};
use super::condition::{Decimal, MeasureIndex, Operand};
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::problem::quoted;
use super::reader::{Entry, NAME_BYTES_MAX};
use super::vocabulary::Of;
use super::yaml::{Data, Node};

/// Most measures.
const MEASURES_MAX: usize = 1000;
const BANDS_MAX: usize = 100;

/// A named number.
#[derive(Debug)]
pub struct Measure {
    pub id: String,
    pub of: Of,
    pub value: Operand,
    /// Its lower and its upper end, of the portfolio's percentiles.
    pub range: [Decimal; 2],
    /// Ascending by `from`.
    pub bands: Vec<Band>,
}

/// The last whose `from` is not above a value, and below all the first.
#[derive(Debug)]
pub struct Band {
    pub name: String,
    pub from: Decimal,
}

impl Measure {
    /// The default of `range`.
    pub const RANGE: [Decimal; 2] = [Decimal::ZERO, Decimal { digits: 100, scale: 0 }];
}

impl<'n> Loader<'n> {
    pub(super) fn measures(&mut self, entries: &[Entry<'n>]) -> Vec<Option<Measure>> {
        if let Some(entry) = entries.get(MEASURES_MAX) {
            self.reader.refuse::<()>(entry.key_position, format!("more than {MEASURES_MAX} measures"));
        }
        let read = |(index, entry): (usize, &Entry<'n>)| {
            self.read_at(Place::Before, Site::Measure(MeasureIndex(index as u16)), None);
            self.measure(*entry)
        };
        entries.iter().take(MEASURES_MAX).enumerate().map(read).collect()
    }

    fn measure(&mut self, entry: Entry<'n>) -> Option<Measure> {
        let id = entry.key;
        let what = format!("measure {}", quoted(id));
        let is_name = !id.is_empty() && id.len() <= NAME_BYTES_MAX && !id.starts_with(|first: char| first.is_ascii_digit());
        if !is_name || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let message =
                format!("a measure's id is read in conditions: expected letters, digits and `_`, no digit first, found {}", quoted(id));
            self.reader.refuse::<()>(entry.key_position, message);
        }
        if self.vocabulary.subjects_of(id).next().is_some() {
            self.reader.refuse::<()>(entry.key_position, format!("{} is a metric already: a measure needs a name of its own", quoted(id)));
        }
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["of", "value", "range", "bands"])?;
        let subjects = [Of::Account, Of::Product, Of::User].map(|of| (of.name(), of));
        let of = self.reader.required(&fields, "of").and_then(|node| self.reader.choice(node, "of", &subjects));
        let value = self.reader.required(&fields, "value").and_then(|node| self.number(node, "value", of.unwrap_or(Of::Product).into()));
        let range = match fields.get("range") {
            Some(node) => self.range(node, &what),
            None => Some(Measure::RANGE),
        };
        let bands = fields.get("bands").map(|node| self.bands(node, &what)).unwrap_or_default();
        if let (Some(Of::User), Some(node)) = (of, fields.get("bands")) {
            self.reader.refuse::<()>(node.position, format!("bands are of accounts and products: {what} is of users"));
        }
        Some(Measure { id: id.to_owned(), of: of?, value: value?, range: range?, bands })
    }

    /// An expression that is a number.
    pub(super) fn number(&mut self, node: &'n Node, key: &str, subject: ConditionOf) -> Option<Operand> {
        let scalar = self.reader.condition(node, &format!("`{key}`"))?;
        let checked = check_number(&scalar.text, &self.environment(subject));
        self.accept(scalar, checked)
    }

    fn range(&mut self, node: &'n Node, what: &str) -> Option<[Decimal; 2]> {
        let Data::Sequence(ends) = &node.data else {
            return self
                .reader
                .refuse(node.position, format!("`range` of {what} must be a list of two numbers, found {}", node.described()));
        };
        let [low, high] = ends.as_slice() else {
            return self.reader.refuse(node.position, format!("`range` of {what} must have two numbers, found {}", ends.len()));
        };
        let [low, high] = [low, high].map(|end| self.reader.decimal(end, &format!("an end of `range` of {what}")));
        let (low, high) = (low?, high?);
        if low.compare(high).is_ge() {
            return self.reader.refuse(node.position, format!("`range` of {what} must ascend, found {low} to {high}"));
        }
        Some([low, high])
    }

    fn bands(&mut self, node: &'n Node, what: &str) -> Vec<Band> {
        let Data::Sequence(items) = &node.data else {
            let message = format!("`bands` of {what} must be a list such as `[{{name: poor, from: 0}}]`, found {}", node.described());
            self.reader.refuse::<()>(node.position, message);
            return Vec::new();
        };
        if items.is_empty() || items.len() > BANDS_MAX {
            self.reader.refuse::<()>(node.position, format!("`bands` of {what} must be 1 to {BANDS_MAX}, found {}", items.len()));
        }
        let mut bands: Vec<Band> = Vec::new();
        for item in items.iter().take(BANDS_MAX) {
            let Some(band) = self.band(item, what) else { continue };
            if bands.iter().any(|earlier| earlier.name == band.name) {
                self.reader.refuse::<()>(item.position, format!("the band {} of {what} is named twice", quoted(&band.name)));
            }
            if let Some(before) = bands.last().filter(|before| before.from.compare(band.from).is_ge()) {
                let message = format!("bands must ascend: {} after {} of {}", band.from, before.from, quoted(&before.name));
                self.reader.refuse::<()>(item.position, message);
            }
            bands.push(band);
        }
        bands
    }

    fn band(&mut self, item: &'n Node, what: &str) -> Option<Band> {
        let fields = self.reader.fields(item, &format!("a band of {what}"), item.position, &["name", "from"])?;
        let name = self.reader.required(&fields, "name");
        let name = name.and_then(|node| self.reader.text(node, &format!("`name` of a band of {what}"), NAME_BYTES_MAX));
        let from = self.reader.required(&fields, "from");
        let from = from.and_then(|node| self.reader.decimal(node, &format!("`from` of a band of {what}")));
        Some(Band { name: name?, from: from? })
    }
}
