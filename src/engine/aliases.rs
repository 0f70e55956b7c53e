//! Old names of products and features, as the playbook tells them.
//!
//! An event is taken in under the present names. What accounts did under an old one before the playbook told so stands under it in the
//! changelog: it is joined to the present one's when an account has been restored. The old product stays, with nothing in it, so that the
//! record of its facts is written once more, empty: whatever is restored after that has the facts once.

use hashbrown::HashMap;

use super::account::{Account, Unsaved};
use super::day::Day;
use super::facts::{Product, TermContext, UserIndex};
use super::names::{NameId, Names};
use crate::playbook::{Playbook, ProductIndex};

/// Old names, each with the present one.
#[derive(Debug, Default)]
pub struct Aliases {
    products: HashMap<NameId, NameId>,
    /// By product index.
    features: Vec<HashMap<NameId, NameId>>,
}

impl Aliases {
    /// Of a playbook whose products have their names already.
    pub fn new(playbook: &Playbook, names: &mut Names) -> Self {
        let mut aliases = Self::default();
        for product in &playbook.products {
            let present = names.intern(&product.id);
            aliases.products.extend(product.aliases.iter().map(|alias| (names.intern(alias), present)));
            let mut features = HashMap::new();
            for feature in product.features.iter().filter(|feature| !feature.aliases.is_empty()) {
                let present = names.intern(&feature.id);
                features.extend(feature.aliases.iter().map(|alias| (names.intern(alias), present)));
            }
            aliases.features.push(features);
        }
        aliases
    }

    /// The present name of a product.
    #[inline]
    pub fn product(&self, name: NameId) -> NameId {
        self.products.get(&name).copied().unwrap_or(name)
    }

    /// The present name of a feature of a product.
    #[inline]
    pub fn feature(&self, product: Option<ProductIndex>, name: NameId) -> NameId {
        let features = product.map(|index| &self.features[usize::from(index.0)]);
        features.and_then(|features| features.get(&name)).copied().unwrap_or(name)
    }

    /// The present names of a connection; `None`: it is one of a product with itself.
    pub fn connection(&self, (from, to): (NameId, NameId)) -> Option<(NameId, NameId)> {
        let (from, to) = (self.product(from), self.product(to));
        (from != to).then_some((from, to))
    }
}

impl Account {
    /// Ends a restore: what happened under old names of products and features is the present ones'. `named`: name ids below it are the
    /// playbook's products.
    pub fn join_aliases(&mut self, aliases: &Aliases, named: usize, grace_days: Day, feature_limit: usize) {
        let on = self.term_context(grace_days);
        for position in 0..self.products.len() {
            let name = self.products[position].facts.name;
            let present = aliases.product(name);
            if present != name && !self.products[position].facts.is_blank() {
                let old = self.products[position].facts.take();
                let target = self.position_or_add(present, named);
                self.join(target, old, aliases, on, feature_limit);
                self.products[position].unsaved = true;
            }
        }
        for position in 0..self.products.len() {
            let index = self.products[position].index;
            let is_old = |(name, _)| aliases.feature(index, name) != name;
            if self.products[position].facts.features.iter().any(is_old) {
                let old = self.products[position].facts.take();
                self.join(position, old, aliases, on, feature_limit);
            }
        }
        let mut connections = Vec::new();
        for connection in self.connections.iter().filter_map(|&connection| aliases.connection(connection)) {
            if !connections.contains(&connection) {
                connections.push(connection);
            }
        }
        if connections != self.connections {
            self.connections = connections;
            (self.unsaved.core, self.unsaved.joined) = (true, true);
        }
        // A product may be known by its connection alone, which may have been told before the playbook named it.
        for place in 0..self.connections.len() {
            let (from, to) = self.connections[place];
            for name in [from, to].into_iter().filter(|name| (name.0 as usize) < named) {
                self.position_or_add(name, named);
            }
        }
    }

    fn join(&mut self, position: usize, old: Product, aliases: &Aliases, on: TermContext, feature_limit: usize) {
        let product = &mut self.products[position];
        let index = product.index;
        product.facts.join(old, |name| aliases.feature(index, name), on, feature_limit);
        (product.unsaved, self.unsaved.joined) = (true, true);
        // Their rows have other columns now.
        (0..self.users.len() as u32).step_by(Unsaved::PAGE_USERS as usize).for_each(|user| self.unsaved.mark_user(UserIndex(user)));
    }
}
