//! What a playbook says of a product's features, found by their names.

use hashbrown::HashMap;

use crate::engine::day::Day;
use crate::engine::names::{NameId, Names};
use crate::playbook::{AMOUNT_PLACES_MAX, Decimal, Product, Tier};

/// The features of one product.
#[derive(Debug, Default)]
pub struct Catalogue {
    features: HashMap<NameId, CatalogueFeature>,
    /// By tier: how many features are of it.
    of_tier: [usize; Tier::COUNT],
    /// By name.
    modules: HashMap<String, Module>,
    /// Of the longest window in which a feature's effective use is looked for.
    pub effective_days: Day,
}

/// A module of a product, by its number among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Module(pub u16);

#[derive(Debug)]
pub struct CatalogueFeature {
    /// A bit for each.
    tiers: u8,
    pub module: Option<Module>,
    pub effective: Effective,
    /// In units of [`Worth::PLACES`] places, by [`Worth`].
    worth: [i128; 2],
}

/// What one use of a feature brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// Of money.
    Amount,
    Hours,
}

impl Worth {
    /// No playbook tells more of them.
    pub const PLACES: u32 = AMOUNT_PLACES_MAX as u32;

    /// A number of at most so many places in units of them.
    fn units(decimal: Decimal) -> i128 {
        decimal.digits * 10i128.pow(Self::PLACES - u32::from(decimal.scale))
    }
}

/// A feature is used effectively on so many days of so many.
#[derive(Clone, Copy, Debug)]
pub struct Effective {
    pub days: u32,
    pub of: Day,
}

impl Catalogue {
    pub fn new(product: &Product, names: &mut Names) -> Self {
        let mut catalogue = Self::default();
        for feature in &product.features {
            feature.tiers.iter().for_each(|tier| catalogue.of_tier[*tier as usize] += 1);
            let known = catalogue.modules.len() as u16;
            let module = feature.module.as_deref().map(|module| *catalogue.modules.entry_ref(module).or_insert(Module(known)));
            let effective = Effective { days: feature.effective.days.into(), of: feature.effective.of.into() };
            let worth = [feature.value.amount, feature.value.hours].map(Worth::units);
            catalogue.effective_days = catalogue.effective_days.max(effective.of);
            let tiers = feature.tiers.iter().fold(0, |tiers, tier| tiers | 1 << *tier as u8);
            catalogue.features.insert(names.intern(&feature.id), CatalogueFeature { tiers, module, effective, worth });
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

    /// What one use of any feature brings at most, rounded up.
    pub fn worth_most(&self, worth: Worth) -> u32 {
        let most = self.features.values().map(|feature| feature.worth(worth)).max().unwrap_or(0);
        u32::try_from(most.div_euclid(10i128.pow(Worth::PLACES)) + 1).unwrap_or(u32::MAX)
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
    /// In units of [`Worth::PLACES`] places.
    pub fn worth(&self, worth: Worth) -> i128 {
        self.worth[worth as usize]
    }

    /// Whether it is of a tier, where one is asked for.
    pub fn is_of(&self, tier: Option<Tier>) -> bool {
        tier.is_none_or(|tier| self.tiers >> tier as u8 & 1 == 1)
    }
}
