//! Synergies: what products bring together that none of them brings alone.

use super::check::ConditionOf;
use super::condition::Condition;
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::problem::quoted;
use super::reader::Entry;
use super::yaml::{Data, Node};
use super::{Of, ProductIndex};

/// Most synergies.
const SYNERGIES_MAX: usize = 1000;

/// Of two or three products.
#[derive(Debug)]
pub struct Synergy {
    pub id: String,
    /// As written.
    pub products: Vec<ProductIndex>,
    /// Over the account: by what it is unlocked.
    pub by: Condition,
}

impl<'n> Loader<'n> {
    pub(super) fn synergies(&mut self, entries: &[Entry<'n>]) -> Vec<Option<Synergy>> {
        if let Some(entry) = entries.get(SYNERGIES_MAX) {
            self.reader.refuse::<()>(entry.key_position, format!("more than {SYNERGIES_MAX} synergies"));
        }
        let read = |(index, entry): (usize, &Entry<'n>)| {
            self.read_at(Place::Before, Site::Synergy(index), None);
            self.synergy(*entry)
        };
        entries.iter().take(SYNERGIES_MAX).enumerate().map(read).collect()
    }

    fn synergy(&mut self, entry: Entry<'n>) -> Option<Synergy> {
        let what = format!("synergy {}", quoted(entry.key));
        self.subject_id(entry, "a synergy's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["products", "by"])?;
        let products = self.reader.required(&fields, "products").and_then(|node| {
            let products = self.product_list(node, &what)?;
            if !(2..=3).contains(&products.len()) {
                return self.reader.refuse(node.position, format!("`products` of {what} must be two or three, found {}", products.len()));
            }
            Some(products)
        });
        let by = self.reader.required(&fields, "by").and_then(|node| self.condition(node, "by", ConditionOf::Account));
        Some(Synergy { id: entry.key.to_owned(), products: products?, by: by? })
    }

    /// A list of different products, in the order written.
    pub(super) fn product_list(&mut self, node: &'n Node, what: &str) -> Option<Vec<ProductIndex>> {
        let Data::Sequence(items) = &node.data else {
            return self
                .reader
                .refuse(node.position, format!("`products` of {what} must be a list of products, found {}", node.described()));
        };
        let known: Vec<(String, ProductIndex)> =
            self.catalogue.iter().enumerate().map(|(index, product)| (product.id.clone(), ProductIndex(index as u16))).collect();
        let choices: Vec<(&str, ProductIndex)> = known.iter().map(|(id, index)| (id.as_str(), *index)).collect();
        let mut products = Vec::new();
        for item in items {
            match self.reader.choice(item, "product", &choices) {
                Some(product) if products.contains(&product) => {
                    self.reader.refuse::<()>(item.position, format!("a product stands twice in `products` of {what}"));
                }
                Some(product) => products.push(product),
                None => {}
            }
        }
        if items.is_empty() {
            return self.reader.refuse(node.position, format!("`products` of {what} is empty: expected at least one product"));
        }
        Some(products)
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
