//! Milestones: what is reached once and for ever.

use super::condition::Condition;
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::problem::quoted;
use super::reader::Entry;
use super::vocabulary::Of;
use super::{PACES, Pace, ProductIndex};

/// Most milestones.
pub(super) const MILESTONES_MAX: usize = 1000;

/// Reached by an account, or by each product of an account, at most once.
#[derive(Debug)]
pub struct Milestone {
    pub id: String,
    /// The account or a product.
    pub of: Of,
    /// Only these; `None`: every product.
    pub products: Option<Vec<ProductIndex>>,
    pub when: Condition,
    /// Where it is not reached, whether that is a gap.
    pub useful_if: Option<Condition>,
    /// As written; see [`Milestone::is_daily`].
    pub judge: Option<Pace>,
    pub is_daily: bool,
}

impl<'n> Loader<'n> {
    pub(super) fn milestone(&mut self, index: usize, entry: Entry<'n>) -> Option<Milestone> {
        let what = format!("milestone {}", quoted(entry.key));
        self.subject_id(entry, "a milestone's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["of", "products", "when", "useful_if", "judge"])?;
        let subjects = [Of::Account, Of::Product].map(|of| (of.name(), of));
        let of = self.reader.required(&fields, "of").and_then(|node| self.reader.choice(node, "subject", &subjects));
        let subject = of.unwrap_or(Of::Product);
        let products = fields.get("products").and_then(|node| self.only_products(node, subject, &what));
        self.read_at(Place::Milestone(index), Site::Milestone(index), products.as_deref());
        let when = self.reader.required(&fields, "when").and_then(|node| self.condition(node, "when", subject.into()));
        // Who looks at the account asks for it.
        self.read_at(Place::After, Site::Elsewhere, products.as_deref());
        let useful_if = fields.get("useful_if").and_then(|node| self.condition(node, "useful_if", subject.into()));
        let judge = fields.get("judge").and_then(|node| self.reader.choice(node, "pace", &PACES));
        Some(Milestone { id: entry.key.to_owned(), of: of?, products, when: when?, useful_if, judge, is_daily: false })
    }
}
