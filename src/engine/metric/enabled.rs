//! What of a product an account may use, and does not.

use smallvec::SmallVec;

use super::N;
use super::definition::{Def, Due, Gap, Heading, Of, OfProduct, Window, count};
use super::depth::{a_feature_leaves, used_in_window};
use crate::engine::day::Day;
use crate::engine::facts::Term;
use crate::engine::names::NameId;
use crate::engine::number::Number;
use crate::engine::plan::family::{DAY, FEATURE_DAY, FEATURE_DAYS, PAST, TERM};
use crate::engine::plan::{CatalogueFeature, Growth};
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature};
use crate::playbook::{HELD_DAYS, Tier};

pub static FEATURES_ENABLED: Def = Def::new(
    Heading::Depth,
    Signature::plain("features_enabled", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::Term,
    Of::Product(|of| count(Enabled::new(of).count(None))),
    "the product's **enabled** features: those of the catalogue; where every term in force tells `features`, of these those told by one",
);

pub static UNUSED_FEATURES: Def = Def::new(
    Heading::Depth,
    Signature::named("unused_features", "unused_features(tier?, N?)", (Naming::Tier, Needed::Optional), N),
    FEATURE_DAYS | TERM | DAY,
    Due::Facts(a_feature_or_term_leaves),
    Of::Product(|of| {
        let (enabled, tier) = (Enabled::new(of), of.reading.metric.tier);
        count(enabled.count(tier) - enabled.used().filter(|(_, feature)| feature.is_of(tier)).count() as u64)
    }),
    "enabled features that were not used in the window, of that tier if given",
)
.over(Window::Trailing)
.shown("unused_features(\"advanced\")");

pub static ENABLED_SHARE: Def = Def::new(
    Heading::Depth,
    Signature::windowed("enabled_share", "enabled_share(N?)", N),
    FEATURE_DAYS | TERM | DAY,
    Due::Facts(a_feature_or_term_leaves),
    Of::Product(|of| {
        let enabled = Enabled::new(of);
        Number::ratio(enabled.used().count() as i128, enabled.count(None).into())
    }),
    "enabled features used in the window ÷ `features_enabled`; missing at 0",
)
.over(Window::Trailing)
.growing(Growth::Fraction);

pub static EFFECTIVE_FEATURES: Def = Def::new(
    Heading::Depth,
    Signature::windowed("effective_features", "effective_features(N?)", N),
    // A day that is told late may be the one that was missing, though the feature was used since.
    FEATURE_DAY | PAST | TERM | DAY,
    // Days of a feature leave, before the feature itself does.
    Due::Facts(|of, _| {
        let (from, _) = of.view.window(of.reading)?;
        let terms = of.facts().entitlements.next_change(of.today(), of.view.plan.grace_days);
        [(of.facts().last_use >= from).then_some(of.today() + 1), terms].into_iter().flatten().min()
    }),
    Of::Product(|of| {
        let enabled = Enabled::new(of);
        count(enabled.used().filter(|(name, feature)| is_effective(of, *name, feature)).count() as u64)
    }),
    "enabled features used in the window, and on as many of the days that end with it as the feature's `effective` asks for; days before D − 91 are \
     not looked at",
)
.over(Window::Effective)
.growing(Growth::One);

/// Whether a feature was used on as many of the days that end with the window as its `effective` asks for.
pub fn is_effective(of: &OfProduct<'_>, name: NameId, feature: &CatalogueFeature) -> bool {
    let features = &of.facts().features;
    let from = (of.to() - feature.effective.of + 1).max(of.today() - (HELD_DAYS - 1));
    features.place_of(name).is_some_and(|place| features.row(place).days_counted(from, of.to()) >= feature.effective.days)
}

pub static ADDONS: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("addons", Whose::Product, Kind::List),
    TERM | DAY,
    Due::Term,
    Of::ProductList(addons),
    "list, of the terms in force; missing where none of them tells any",
);

pub static ADDONS_UNUSED: Def = Def::new(
    Heading::Entitlement,
    Signature::windowed("addons_unused", "addons_unused(N?)", N),
    FEATURE_DAYS | TERM | DAY,
    Due::Facts(a_feature_or_term_leaves),
    Of::Product(|of| {
        let features = &of.facts().features;
        let used = |name: NameId| features.place_of(name).is_some_and(|place| features.row(place).any(of.from(), of.to()));
        count(addons_without(of, used) as u64)
    }),
    "how many of `addons` name a module or a feature of the catalogue nothing of which was used in the window",
)
.over(Window::Trailing);

/// How many add-ons name a module or a feature of the catalogue nothing of which is so.
fn addons_without<'a>(of: &OfProduct<'a>, is_so: impl Fn(NameId) -> bool) -> usize {
    let catalogue = of.view.plan.catalogue_of(of.index);
    let is_without = |addon: &&str| {
        let feature = feature_called(of, addon);
        let module = catalogue.module(addon);
        let of_module = |(_, feature): &(NameId, &CatalogueFeature)| module.is_some() && feature.module == module;
        (feature.is_some() || module.is_some())
            && !feature.is_some_and(&is_so)
            && !catalogue.features().filter(of_module).any(|(name, _)| is_so(name))
    };
    addons(of).unwrap_or_default().into_iter().filter(is_without).count()
}

/// Whether one of the add-ons names a module or a feature of the catalogue nothing of which was ever used.
pub fn has_addon_never_used(of: &OfProduct<'_>) -> bool {
    addons_without(of, |name| of.facts().features.place_of(name).is_some()) > 0
}

/// Those of the terms in force, each once.
fn addons<'a>(of: &OfProduct<'a>) -> Option<Vec<&'a str>> {
    let told: SmallVec<[&[String]; 2]> = in_force(of).filter_map(Term::addons).collect();
    if told.is_empty() {
        return None;
    }
    let mut addons: Vec<&str> = told.into_iter().flatten().map(String::as_str).collect();
    addons.sort_unstable();
    addons.dedup();
    Some(addons)
}

fn in_force<'a>(of: &OfProduct<'a>) -> impl Iterator<Item = &'a Term> + use<'a> {
    of.facts().entitlements.in_force(of.today(), of.view.plan.grace_days)
}

/// The catalogue feature of a name, be it an old one.
fn feature_called(of: &OfProduct<'_>, name: &str) -> Option<NameId> {
    let present = of.view.plan.aliases.feature(Some(of.index), of.view.names.get(name)?);
    of.view.plan.catalogue_of(of.index).feature(present).map(|_| present)
}

/// The features of a product that are enabled.
pub struct Enabled<'a, 'o> {
    of: &'o OfProduct<'a>,
    /// Those that the terms tell, sorted; `None`: all of the catalogue.
    told: Option<SmallVec<[NameId; 16]>>,
}

impl<'a, 'o> Enabled<'a, 'o> {
    pub fn new(of: &'o OfProduct<'a>) -> Self {
        let told: Option<SmallVec<[&[String]; 2]>> = in_force(of).map(Term::features).collect();
        let told = told.filter(|told| !told.is_empty()).map(|told| {
            let mut names: SmallVec<[NameId; 16]> = told.into_iter().flatten().filter_map(|name| feature_called(of, name)).collect();
            names.sort_unstable();
            names.dedup();
            names
        });
        Self { of, told }
    }

    /// Of a feature of the catalogue.
    pub fn has(&self, name: NameId) -> bool {
        self.told.as_ref().is_none_or(|told| told.binary_search(&name).is_ok())
    }

    fn count(&self, tier: Option<Tier>) -> u64 {
        let catalogue = self.of.view.plan.catalogue_of(self.of.index);
        let is_of = |name: &&NameId| catalogue.feature(**name).is_some_and(|feature| feature.is_of(tier));
        self.told.as_ref().map_or_else(|| catalogue.count(tier), |told| told.iter().filter(is_of).count()) as u64
    }

    /// Those that were used in the window.
    fn used(&self) -> impl Iterator<Item = (NameId, &'a CatalogueFeature)> {
        used_in_window(self.of).filter(|(name, _)| self.has(*name))
    }
}

fn a_feature_or_term_leaves(of: &OfProduct<'_>, gap: Gap) -> Option<Day> {
    let terms = of.facts().entitlements.next_change(of.today(), of.view.plan.grace_days);
    [a_feature_leaves(of, gap), terms].into_iter().flatten().min()
}
