//! What of a product is used, and with what it is connected.

use smallvec::SmallVec;

use super::definition::{Def, Due, Gap, Heading, Of, OfProduct, Window, count};
use super::{N, N_UP_TO_D};
use crate::engine::account::AccountProduct;
use crate::engine::day::Day;
use crate::engine::names::NameId;
use crate::engine::number::Number;
use crate::engine::plan::family::{CONNECTION, DAY, FEATURE_COUNTS, FEATURE_DAYS, GAUGE, WORKFLOW};
use crate::engine::plan::{Catalogue, CatalogueFeature as Feature, Growth, Module};
use crate::playbook::Metric;
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature};

pub static FEATURES_USED: Def = Def::new(
    Heading::Depth,
    Signature::named("features_used", "features_used(tier?, N?)", (Naming::Tier, Needed::Optional), N),
    FEATURE_DAYS | DAY,
    Due::Facts(a_feature_leaves),
    Of::Product(|of| count(features_used(of.product, of.view.plan.catalogue_of(of.index), &of.reading.metric, of.from(), of.to()))),
    "distinct features used in the window. With a tier, catalogue features of that tier; without, features outside the catalogue too",
)
.over(Window::Trailing)
.growing(Growth::One)
.shown("features_used(\"advanced\")");

/// Features used on these days, of the metric's tier if it names one.
pub fn features_used(product: &AccountProduct, catalogue: &Catalogue, metric: &Metric, from: Day, to: Day) -> u64 {
    let is_of = |name: &NameId| metric.tier.is_none() || catalogue.feature(*name).is_some_and(|feature| feature.is_of(metric.tier));
    product.facts.features.used_within(from, to).filter(is_of).count() as u64
}

pub static FEATURE_SHARE: Def = Def::new(
    Heading::Depth,
    Signature::named("feature_share", "feature_share(tier?, N?)", (Naming::Tier, Needed::Optional), N),
    FEATURE_DAYS | DAY,
    Due::Facts(a_feature_leaves),
    Of::Product(|of| {
        let (catalogue, tier) = (of.view.plan.catalogue_of(of.index), of.reading.metric.tier);
        let used = used_in_window(of).filter(|(_, feature)| feature.is_of(tier));
        Number::ratio(used.count() as i128, catalogue.count(tier) as i128)
    }),
    "catalogue features used ÷ catalogue features, of that tier if given; missing where there are none",
)
.over(Window::Trailing)
.growing(Growth::Fraction);

/// The catalogue features that were used on these days.
pub fn used_of_catalogue<'a>(
    product: &'a AccountProduct,
    catalogue: &'a Catalogue,
    from: Day,
    to: Day,
) -> impl Iterator<Item = (NameId, &'a Feature)> {
    product.facts.features.used_within(from, to).filter_map(|name| Some((name, catalogue.feature(name)?)))
}

/// Those that were used in the window.
pub fn used_in_window<'a>(of: &OfProduct<'a>) -> impl Iterator<Item = (NameId, &'a Feature)> + use<'a> {
    used_of_catalogue(of.product, of.view.plan.catalogue_of(of.index), of.from(), of.to())
}

pub static MODULES_USED: Def = Def::new(
    Heading::Depth,
    Signature::windowed("modules_used", "modules_used(N?)", N),
    FEATURE_DAYS | DAY,
    Due::Facts(a_feature_leaves),
    Of::Product(|of| count(modules_of(used_in_window(of)))),
    "distinct modules of the catalogue features used",
)
.over(Window::Trailing)
.growing(Growth::One);

/// How many modules the features are of.
pub fn modules_of<'a>(features: impl Iterator<Item = (NameId, &'a Feature)>) -> u64 {
    let mut modules: SmallVec<[Module; 16]> = features.filter_map(|(_, feature)| feature.module).collect();
    modules.sort_unstable();
    modules.dedup();
    modules.len() as u64
}

pub static MODULES: Def = Def::new(
    Heading::Depth,
    Signature::plain("modules", Whose::Product, Kind::Number),
    0,
    Due::Never,
    Of::Product(|of| count(of.view.plan.catalogue_of(of.index).modules() as u64)),
    "distinct modules of the catalogue",
);

/// The day on which the first of the features used in the window leaves it.
pub fn a_feature_leaves(of: &OfProduct<'_>, _: Gap) -> Option<Day> {
    let last_uses = of.facts().features.iter().filter_map(|(_, row)| row.last_counted()).filter(|&last_use| last_use >= of.from());
    last_uses.min().map(|day| day + of.number())
}

pub static CONCENTRATION: Def = Def::new(
    Heading::Depth,
    Signature::windowed("concentration", "concentration(N?)", N),
    FEATURE_COUNTS | DAY,
    Due::WhileUsed,
    Of::Product(|of| {
        let counts = of.facts().features.iter().map(|(_, row)| row.sum(of.from(), of.to()));
        let (most, all) = counts.fold((0, 0u64), |(most, all), count| (count.max(most), all.saturating_add(count)));
        Number::ratio(most.into(), all.into())
    }),
    "the most used feature's share of the events that name a feature, features outside the catalogue included; missing at 0",
)
.over(Window::Trailing);

pub static GAUGE_LEVEL: Def = Def::new(
    Heading::Depth,
    Signature::named("gauge", "gauge(name, N?)", (Naming::Gauge, Needed::Required), N_UP_TO_D),
    GAUGE | DAY,
    Due::Facts(|of, _| {
        let gauge = of.facts().gauge(of.name()?).filter(|gauge| gauge.day >= of.from())?;
        Some((gauge.day + of.number()).max(of.today() + 1))
    }),
    Of::Product(|of| {
        let gauge = of.name().and_then(|name| of.facts().gauge(name));
        Some(Number::Double(gauge.filter(|gauge| gauge.day >= of.from()).map_or(0.0, |gauge| gauge.value)))
    }),
    "the latest level by event time, while its day is in the window; else 0",
)
.over(Window::Trailing)
.shown("gauge(\"name\")");

pub static INTEGRATIONS: Def = Def::new(
    Heading::Depth,
    Signature::plain("integrations", Whose::Product, Kind::Number),
    CONNECTION,
    Due::Never,
    Of::Product(|of| count(of.facts().integrations.into())),
    "connections in place that touch the product; A→B and B→A are two",
);

pub static WORKFLOW_RUNS: Def = Def::new(
    Heading::Depth,
    Signature::named("workflow_runs", "workflow_runs(name?, N?)", (Naming::Workflow, Needed::Optional), N),
    WORKFLOW | DAY,
    Due::Facts(|of, _| {
        let ran = of.facts().workflows().iter().any(|workflow| workflow.runs.any(of.from(), of.today()));
        ran.then_some(of.today() + 1)
    }),
    Of::Product(|of| {
        let wanted = of.reading.metric.name.as_ref().map(|_| of.name());
        let runs = of.facts().workflows().iter().filter(|workflow| wanted.is_none_or(|name| name == Some(workflow.name)));
        count(runs.fold(0, |sum, workflow| sum.saturating_add(workflow.runs.sum(of.from(), of.to()))))
    }),
    "sum of `quantity` of the workflow runs in the window that include the product",
)
.over(Window::Trailing);
