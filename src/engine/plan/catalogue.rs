//! What a playbook says of a product's features, found by their names.

use hashbrown::HashMap;

use crate::engine::names::{NameId, Names};
use crate::playbook::{Product, Tier};

/// The features of one product.
#[derive(Debug, Default)]
pub struct Catalogue {
    features: HashMap<NameId, CatalogueFeature>,
    /// By tier: how many features are of it.
    of_tier: [usize; Tier::COUNT],
    /// By name.
    modules: HashMap<Box<str>, Module>,
}

/// A module of a product, by its number among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Module(pub u16);

#[derive(Debug)]
pub struct CatalogueFeature {
    /// A bit for each.
    tiers: u8,
    pub module: Option<Module>,
}

impl Catalogue {
    pub fn new(product: &Product, names: &mut Names) -> Self {
        let mut catalogue = Self::default();
        for feature in &product.features {
            feature.tiers.iter().for_each(|tier| catalogue.of_tier[*tier as usize] += 1);
            let known = catalogue.modules.len() as u16;
            let module = feature.module.as_deref().map(|module| *catalogue.modules.entry_ref(module).or_insert(Module(known)));
            let tiers = feature.tiers.iter().fold(0, |tiers, tier| tiers | 1 << *tier as u8);
            catalogue.features.insert(names.intern(&feature.id), CatalogueFeature { tiers, module });
        }
        catalogue
    }

    pub fn feature(&self, name: NameId) -> Option<&CatalogueFeature> {
        self.features.get(&name)
    }

    pub fn features(&self) -> impl Iterator<Item = (NameId, &CatalogueFeature)> {
        self.features.iter().map(|(name, feature)| (*name, feature))
    }

    /// How many features there are, of a tier or in all.
    pub fn count(&self, tier: Option<Tier>) -> usize {
        tier.map_or(self.features.len(), |tier| self.of_tier[tier as usize])
    }

    /// How many modules there are.
    pub fn modules(&self) -> usize {
        self.modules.len()
    }

    pub fn module(&self, name: &str) -> Option<Module> {
        self.modules.get(name).copied()
    }
}

impl CatalogueFeature {
    /// Whether it is of a tier, where one is asked for.
    pub fn is_of(&self, tier: Option<Tier>) -> bool {
        tier.is_none_or(|tier| self.tiers >> tier as u8 & 1 == 1)
    }
}
