//! Measures: named numbers, and the bands that they lie in.

use super::condition::{Decimal, MeasureIndex, Operand};
use super::declared::Place;
use super::depends::Site;
use super::functions::FUNCTIONS;
use super::load::Loader;
use super::problem::quoted;
use super::reader::{Entry, NAME_BYTES_MAX};
use super::resolve::OWNERS;
use super::syntax::{self, Is};
use super::vocabulary::{COMPLETE, Of};
use super::yaml::{Data, Node};
use cel::common::ast::Expr;

/// Most measures.
pub(super) const MEASURES_MAX: usize = 1000;
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
    pub(super) fn measure(&mut self, index: usize, entry: Entry<'n>) -> Option<Measure> {
        self.read_at(Place::Before, Site::Measure(MeasureIndex(index as u16)), None);
        let id = entry.key;
        let what = format!("measure {}", quoted(id));
        self.name_bytes(entry, "a measure's id");
        // What CEL reads as something else, such as a word that it keeps for itself, cannot be read as a name.
        let is_name = matches!(syntax::parse(id, Is::Expression), Ok((node, _)) if matches!(&node.expr, Expr::Ident(name) if name == id));
        if !id.is_empty() && !is_name {
            let message =
                format!("a measure's id is a name in conditions: expected letters, digits and `_`, no digit first, found {}", quoted(id));
            self.reader.refuse::<()>(entry.key_position, message);
        }
        let is_function = FUNCTIONS.iter().any(|function| function.name == id);
        let taken = [
            (self.vocabulary.subjects_of(id).next().is_some(), "is a metric"),
            (is_function, "is a function"),
            (id == COMPLETE || OWNERS.iter().any(|(owner, _)| *owner == id), "has a meaning in conditions"),
        ];
        if let Some((_, what)) = taken.into_iter().find(|(is_taken, _)| *is_taken) {
            self.reader.refuse::<()>(entry.key_position, format!("{} {what} already: a measure needs a name of its own", quoted(id)));
        }
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["of", "value", "range", "bands"])?;
        let subjects = [Of::Account, Of::Product, Of::User].map(|of| (of.name(), of));
        let of = self.reader.required(&fields, "of").and_then(|node| self.reader.choice(node, "subject", &subjects));
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
        let mut bands: Vec<Band> = Vec::new();
        for item in self.reader.list(node, &format!("`bands` of {what}"), "bands such as `{name: poor, from: 0}`", 1..=BANDS_MAX) {
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
