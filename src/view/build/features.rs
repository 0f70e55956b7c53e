//! Features, modules and levels of a product, and what of them is not used.

use std::cmp::Reverse;

use super::ask::Asked;
use super::daily::{daily, level, levels, rows_of};
use crate::engine::facts::Gauge;
use crate::engine::metric::{Enabled, OfProduct, is_effective};
use crate::engine::{Number as Exact, integer, plain_number};
use crate::playbook::{Feature, Of, ProductIndex};
use crate::view::account::{FeatureView, GapKind, GapView, GaugeView, ModuleView, Trend, ValueView};
use crate::view::date::Date;

/// Days that are shown one by one; they end with D.
const DAILY: i32 = 90;
/// Days that a trend compares with those before.
const TREND_DAYS: u16 = 30;

/// Those of the catalogue, then others that were used on the held days. `active`: the product's active users.
pub fn features(asked: &Asked<'_>, of: &OfProduct<'_>, active: u64) -> Vec<FeatureView> {
    let enabled = Enabled::new(of);
    let catalogue = &asked.playbook.products[usize::from(of.index.0)].features;
    let named = catalogue.iter().map(|feature| feature_view(asked, of, active, &feature.id, Some((feature, &enabled))));
    let mut views: Vec<_> = named.collect();
    let known = of.view.plan.catalogue_of(of.index);
    let used = of.facts().features.used_within(asked.held_from(), of.today()).filter(|name| known.feature(*name).is_none());
    let mut others: Vec<&str> = used.map(|name| of.view.names.text(name)).collect();
    others.sort_unstable();
    views.extend(others.into_iter().map(|name| feature_view(asked, of, active, name, None)));
    views
}

fn feature_view(asked: &Asked<'_>, of: &OfProduct<'_>, active: u64, id: &str, known: Option<(&Feature, &Enabled<'_, '_>)>) -> FeatureView {
    let (index, window) = (Some(of.index), asked.playbook.window_days);
    let number = |name, days| asked.number_of(&asked.reading_named(Of::Product, index, (name, id), days));
    let count = |name| number(name, window).and_then(integer).map_or(0, |count| count as u64);
    let (users, events, change) = (count("users_of"), count("events"), number("feature_change", TREND_DAYS));
    let name = of.view.names.get(id);
    let place = name.and_then(|name| of.facts().features.place_of(name));
    let last_use = place.and_then(|place| of.facts().features.row(place).last_counted()).filter(|day| *day >= asked.held_from());
    let in_catalogue = name.and_then(|name| Some((name, of.view.plan.catalogue_of(of.index).feature(name)?)));
    FeatureView {
        feature: id.to_owned(),
        name: known.map_or_else(|| id.to_owned(), |(feature, _)| feature.name.clone()),
        module: known.and_then(|(feature, _)| feature.module.clone()),
        tiers: known.iter().flat_map(|(feature, _)| feature.tiers.iter().map(|tier| tier.name().to_owned())).collect(),
        in_catalogue: known.is_some(),
        enabled: known.zip(name).is_some_and(|((_, enabled), name)| enabled.has(name)),
        users,
        adoption: Exact::ratio(users.into(), active.into()).and_then(plain_number),
        events,
        change: change.and_then(plain_number),
        trend: change.and_then(trend),
        effective: in_catalogue.is_some_and(|(name, feature)| is_effective(of, name, feature)),
        last_use: last_use.map(Date),
        value: known.filter(|(feature, _)| feature.value != crate::playbook::FeatureValue::NONE).map(|(feature, _)| {
            let events = Exact::integer(events as i64);
            let [amount, hours] = [feature.value.amount, feature.value.hours].map(|worth| {
                let brought = events.calculate(crate::playbook::Arithmetic::Multiply, worth.into());
                brought.and_then(plain_number).unwrap_or_else(|| 0.into())
            });
            ValueView { amount, hours }
        }),
    }
}

/// Flat within 10 %.
fn trend(change: Exact) -> Option<Trend> {
    let against = |numerator| change.compare(Exact::Fraction { numerator, denominator: 10 });
    Some(if against(1)?.is_gt() {
        Trend::Up
    } else if against(-1)?.is_lt() {
        Trend::Down
    } else {
        Trend::Flat
    })
}

pub fn modules(asked: &Asked<'_>, of: &OfProduct<'_>) -> Vec<ModuleView> {
    let (from, today) = (of.today() - (DAILY - 1), of.today());
    let window_from = today - i32::from(asked.playbook.window_days) + 1;
    let view = |(module, ids): (String, Vec<String>)| {
        let rows: Vec<_> = rows_of(asked.view.names, of.facts(), &ids).collect();
        let features_used = rows.iter().filter(|row| row.any(window_from, today)).count() as u32;
        ModuleView { module, features: ids.len() as u32, features_used, daily: daily(rows.into_iter(), from, today) }
    };
    asked.catalogue_modules(of.index).into_iter().map(view).collect()
}

pub fn gauges(asked: &Asked<'_>, of: &OfProduct<'_>) -> Vec<GaugeView> {
    let (from, today) = (of.today() - (DAILY - 1), of.today());
    let reported = of.facts().gauges().iter().filter(|gauge| gauge.day >= asked.held_from());
    let view = |gauge: &Gauge| {
        Some(GaugeView {
            gauge: of.view.names.text(gauge.name).to_owned(),
            value: level(gauge.value)?,
            day: Date(gauge.day),
            daily: levels(gauge, from, today),
        })
    };
    let mut views: Vec<GaugeView> = reported.filter_map(view).collect();
    views.sort_by(|a, b| a.gauge.cmp(&b.gauge));
    views
}

/// Of several the one with the highest impact, and among those the lowest effort; what is missing comes last.
pub fn most_worthwhile<'p>(features: impl Iterator<Item = &'p Feature>) -> Option<&'p Feature> {
    features.min_by_key(|feature| (Reverse(feature.impact), feature.effort.is_none(), feature.effort))
}

/// Whether it is enabled and was not used in the window.
pub fn is_unused(feature: &FeatureView) -> bool {
    feature.enabled && feature.events == 0
}

pub fn gaps(asked: &Asked<'_>, index: ProductIndex, views: &[FeatureView]) -> Vec<GapView> {
    let catalogue = &asked.playbook.products[usize::from(index.0)].features;
    let gap = |kind, id: &str, name: &str, feature: &Feature| GapView {
        kind,
        id: id.to_owned(),
        name: name.to_owned(),
        impact: feature.impact,
        effort: feature.effort,
        recommendation: feature.recommendation.clone(),
    };
    let of_catalogue: Vec<(&Feature, &FeatureView)> = catalogue.iter().zip(views).collect();
    let unused = of_catalogue.iter().filter(|(_, view)| is_unused(view));
    let mut gaps: Vec<GapView> = unused.map(|(feature, _)| gap(GapKind::Feature, &feature.id, &feature.name, feature)).collect();
    for (module, ids) in asked.catalogue_modules(index) {
        let of_module: Vec<_> = of_catalogue.iter().filter(|(feature, _)| ids.contains(&feature.id)).collect();
        if of_module.iter().all(|(_, view)| view.events == 0)
            && let Some(feature) = most_worthwhile(of_module.iter().filter(|(_, view)| view.enabled).map(|(feature, _)| *feature))
        {
            gaps.push(gap(GapKind::Module, &module, &module, feature));
        }
    }
    gaps
}
