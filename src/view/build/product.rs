//! A product of an account.

use std::cmp::Reverse;

use serde_json::Number;

use super::ask::{Asked, known_truth};
use super::features::{features, gaps, gauges, modules};
use super::{outlook, stage_name};
use crate::engine::facts::Term;
use crate::engine::metric::{OfProduct, has_addon_never_used};
use crate::engine::{AccountProduct, Day, NEVER, Number as Exact, Stage};
use crate::playbook::{Of, ProductIndex, Reason};
use crate::view::account::{CriteriaView, NotAdoptedView, ProductView, TermView, ValueView};
use crate::view::date::Date;

/// Days before which it is asked how far a product had come.
const STALLED_DAYS: i32 = 28;

/// Those that the account is entitled to or has a stage of.
pub fn products(asked: &Asked<'_>, lapses: &[(ProductIndex, Day)]) -> Vec<ProductView> {
    let shown = asked.named_products().filter(|(index, product)| product.stage != Stage::None || asked.is_entitled(*index));
    let mut products: Vec<_> = shown.map(|(index, product)| product_view(asked, index, product, lapses)).collect();
    products.sort_by_key(|product| Reverse(product.stage));
    products
}

fn product_view(asked: &Asked<'_>, index: ProductIndex, product: &AccountProduct, lapses: &[(ProductIndex, Day)]) -> ProductView {
    let known = &asked.playbook.products[usize::from(index.0)];
    let of = Some(index);
    let entitled = asked.is_entitled(index);
    let reading = asked.reading(Of::Product, of, "features_enabled", None);
    let looked_at = OfProduct { view: asked.view, index, product, reading: &reading };
    let active_users = asked.count(Of::Product, of, "active_users", None);
    let features = features(asked, &looked_at, active_users);
    let is_unadopted = entitled && product.stage < Stage::Adopted;
    ProductView {
        product: known.id.clone(),
        name: known.name.clone(),
        stage: stage_name(asked.account(), index),
        since: Date::known(product.stage_changed),
        entitled,
        adopted: Date::known(product.adopted_day),
        score: asked.playbook.view.score.map(|measure| asked.measure(measure, of)),
        criteria: criteria(asked, index, lapses),
        active_users,
        seats: asked.number(Of::Product, of, "seats", None).map(|_| asked.count(Of::Product, of, "seats", None)),
        license_utilization: asked.figure(Of::Product, of, "license_utilization", None),
        first_use: Date::known(product.facts.first_use),
        last_use: Date::known(product.facts.last_use),
        terms: terms(asked, product),
        value: value(asked, index),
        modules: modules(asked, &looked_at),
        gauges: gauges(asked, &looked_at),
        gaps: gaps(asked, index, &features),
        features,
        not_adopted: is_unadopted.then(|| not_adopted(asked, &looked_at)),
    }
}

fn criteria(asked: &Asked<'_>, index: ProductIndex, lapses: &[(ProductIndex, Day)]) -> CriteriaView {
    let adopted = &asked.view.plan.stages[usize::from(index.0)][1];
    CriteriaView {
        holds: known_truth(outlook::adopted(asked.conditions, index).truth(asked.view)),
        progress: asked.figure(Of::Product, Some(index), "criteria_progress", None),
        lapses_on: lapses.iter().find(|(product, _)| *product == index).map(|(_, day)| Date(*day)),
        comparisons: asked.comparisons(asked.view, &adopted.comparisons),
    }
}

fn terms(asked: &Asked<'_>, product: &AccountProduct) -> Vec<TermView> {
    let in_force = product.facts.entitlements.in_force(asked.account().day, asked.view.plan.grace_days);
    let mut terms: Vec<&Term> = in_force.collect();
    terms.sort_by_key(|term| (term.starts, term.told));
    let view = |term: &Term| TermView {
        term: term.id.clone(),
        starts: Date(term.starts),
        ends: term.ends.map(Date),
        trialing: term.trialing,
        seats: term.seats,
        plan: term.plan.clone(),
        arr: term.arr.and_then(Number::from_f64),
        addons: term.addons().map(<[String]>::to_vec),
        features: term.features().map(<[String]>::to_vec),
    };
    terms.into_iter().map(view).collect()
}

fn value(asked: &Asked<'_>, index: ProductIndex) -> ValueView {
    let [amount, hours] = ["value_realized", "hours_saved"].map(|name| {
        let found = asked.figure(Of::Product, Some(index), name, None);
        found.unwrap_or_else(|| 0.into())
    });
    ValueView { amount, hours }
}

fn not_adopted(asked: &Asked<'_>, of: &OfProduct<'_>) -> NotAdoptedView {
    let reason = reason(asked, of);
    let remedy = asked.playbook.remedies.iter().find(|remedy| remedy.reason == reason);
    NotAdoptedView { reason, plan: remedy.map(|remedy| remedy.plan.clone()).unwrap_or_default() }
}

/// The first that is so.
fn reason(asked: &Asked<'_>, of: &OfProduct<'_>) -> Reason {
    let (index, facts) = (of.index, of.facts());
    let number = |name, days| asked.number(Of::Product, Some(index), name, days);
    let sign = |number: Option<Exact>| number.and_then(|number| number.compare(Exact::integer(0)));
    let seats = number("seats", None);
    let champion_left = asked.count(Of::Account, None, "key_users_gone", Some(30)) > 0;
    if sign(seats).is_some_and(|order| order.is_eq()) {
        Reason::NoSeats
    } else if facts.first_use == NEVER {
        Reason::NeverUsed
    } else if asked.count(Of::Product, Some(index), "addons_unused", None) > 0 && has_addon_never_used(of) {
        Reason::AddonUnknown
    } else if facts.first_use == facts.last_use {
        Reason::TriedOnce
    } else if champion_left && sign(number("usage_change", Some(14))).is_some_and(|order| order.is_lt()) {
        Reason::ChampionLeft
    } else if is_stalled(asked, index) {
        Reason::Stalled
    } else {
        Reason::Growing
    }
}

/// Whether it is no nearer to its criteria than it was, by what is known today of then.
fn is_stalled(asked: &Asked<'_>, index: ProductIndex) -> bool {
    let criteria = &asked.view.plan.criteria[usize::from(index.0)];
    let then = asked.account().then(asked.account().day - STALLED_DAYS, asked.view.plan.grace_days);
    let view = crate::engine::View { account: &then, at_hand: None, memo: None, ..asked.view };
    let [now, before] = [asked.view, view].map(|view| view.progress(criteria));
    now.zip(before).is_some_and(|(now, before)| now.compare(before).is_some_and(|order| order.is_le()))
}
