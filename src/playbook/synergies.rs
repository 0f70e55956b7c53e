//! Synergies: what products bring together that none of them brings alone.

use super::canonical::{About, canonical_condition, literal, product_names};
use super::check::ConditionOf;
use super::condition::{Condition, Decimal};
use super::declared::Place;
use super::depends::Site;
use super::load::{Loader, PRODUCTS_MAX};
use super::problem::quoted;
use super::products::{LEVELS, Level};
use super::reader::Entry;
use super::yaml::{Data, Node};
use super::{Of, Playbook, ProductIndex};

/// Most synergies.
pub(super) const SYNERGIES_MAX: usize = 1000;

/// Of two or three products.
#[derive(Debug)]
pub struct Synergy {
    pub id: String,
    /// As written.
    pub products: Vec<ProductIndex>,
    /// Over the account: by what it is unlocked.
    pub by: Condition,
    /// What it brings a year.
    pub value: Option<Decimal>,
    pub effort: Option<Level>,
}

impl<'n> Loader<'n> {
    pub(super) fn synergy(&mut self, index: usize, entry: Entry<'n>) -> Option<Synergy> {
        self.read_at(Place::Before, Site::Synergy(index), None);
        let what = format!("synergy {}", quoted(entry.key));
        self.subject_id(entry, "a synergy's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["products", "by", "value", "effort"])?;
        let products = self.reader.required(&fields, "products").and_then(|node| {
            let products = self.product_list(node, &what)?;
            if !(2..=3).contains(&products.len()) {
                return self.reader.refuse(node.position, format!("`products` of {what} must be two or three, found {}", products.len()));
            }
            Some(products)
        });
        let by = self.reader.required(&fields, "by").and_then(|node| self.condition(node, "by", ConditionOf::Account));
        let value = fields.get("value").and_then(|node| self.reader.amount(node, &format!("`value` of {what}")));
        let effort = fields.get("effort").and_then(|node| self.reader.choice(node, "effort", &LEVELS));
        Some(Synergy { id: entry.key.to_owned(), products: products?, by: by?, value, effort })
    }

    /// A list of different products, in the order written; `None` where none is left of it.
    pub(super) fn product_list(&mut self, node: &'n Node, what: &str) -> Option<Vec<ProductIndex>> {
        let mut products = Vec::new();
        for item in self.reader.list(node, &format!("`products` of {what}"), "products", 1..=PRODUCTS_MAX) {
            let Some(product) = self.one_product(item) else { continue };
            if products.contains(&product) {
                let product = quoted(self.product_named(product));
                self.reader.refuse::<()>(item.position, format!("the product {product} is given twice in `products` of {what}"));
            }
            products.push(product);
        }
        (!products.is_empty()).then_some(products)
    }

    /// By its id, or by another name of it.
    pub(super) fn one_product(&mut self, node: &'n Node) -> Option<ProductIndex> {
        if let Data::Scalar(scalar) = &node.data
            && let Some(index) = self.catalogue.iter().position(|product| product.is_called(&scalar.text))
        {
            return Some(ProductIndex(index as u16));
        }
        let choices = self.catalogue.iter().enumerate().map(|(index, product)| (product.id.as_str(), ProductIndex(index as u16)));
        self.reader.choice(node, "product", &choices.collect::<Vec<_>>())
    }

    /// The products that a rule or a milestone of products is about, sorted.
    pub(super) fn only_products(&mut self, node: &'n Node, of: Of, what: &str) -> Option<Vec<ProductIndex>> {
        if of != Of::Product {
            let message = format!("`products` chooses among products: {what} is about {}", super::resolve::article(of));
            return self.reader.refuse(node.position, message);
        }
        let mut products = self.product_list(node, what)?;
        products.sort();
        Some(products)
    }
}

/// Adds a synergy's lines of the canonical form.
pub(super) fn synergy_lines(lines: &mut Vec<String>, synergy: &Synergy, playbook: &Playbook) {
    let Synergy { id, products, by, value, effort } = synergy;
    let value = value.map(|value| format!(" value {value}")).unwrap_or_default();
    let effort = effort.map(|effort| format!(" effort {}", effort.name())).unwrap_or_default();
    lines.push(format!("synergy {} products{}{value}{effort}", literal(id), product_names(products, playbook)));
    lines.push(format!("  by {}", canonical_condition(by, About::ACCOUNT, playbook)));
}
