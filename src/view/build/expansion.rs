//! What could be added: synergies, products to offer, and what to do in which order.

use serde_json::Number as JsonNumber;

use super::ask::Asked;
use super::features::{is_unused, most_worthwhile};
use super::incidents::{held_back_by, instance_of_play};
use super::relations::peers_of;
use crate::engine::metric::path_followed;
use crate::engine::{Logic, Number, Stage, Subject, Truth, Twelve, plain_number};
use crate::playbook::{Arithmetic, Better, Condition, Of, Operand, Price, Product, ProductIndex, Tier, canonical_operand};
use crate::view::account::{
    CrossSellView, IntegrationsView, ProductView, RecommendationKind, RecommendationView, SynergiesView, SynergyView,
};
use crate::view::fleet::Fleet;

/// The ids of the plays that do what is recommended.
const ACTIVATE: &str = "activate_product";
const DEEPEN: &str = "deepen_product";
const CONNECT: &str = "connect_products";
const CROSS_SELL: &str = "cross_sell";

/// Features of these are missed where they are not used.
const DEEP: [Tier; 3] = [Tier::Core, Tier::Main, Tier::HighValue];

pub struct Expansion {
    pub synergies: SynergiesView,
    pub cross_sell: Vec<CrossSellView>,
    pub recommendations: Vec<RecommendationView>,
    pub total: JsonNumber,
}

/// A recommendation, with its value as it is compared.
#[derive(Clone)]
struct Draft {
    value: Option<Number>,
    view: RecommendationView,
}

pub fn expansion(asked: &Asked<'_>, products: &[ProductView], integrations: &IntegrationsView, fleet: Option<&Fleet>) -> Expansion {
    let synergies = synergies(asked);
    let mut offers = offers(asked, fleet);
    let mut drafts: Vec<Draft> = products.iter().filter_map(|product| activate(asked, product)).collect();
    drafts.extend(products.iter().filter_map(|product| deepen(asked, product)));
    drafts.extend(connect(asked, &synergies, integrations));
    drafts.extend(offers.iter().map(|(_, draft)| draft.clone()));
    let value = |draft: &Draft| draft.value.unwrap_or(Number::integer(0));
    drafts.sort_by(|a, b| {
        let by_value = value(b).compare(value(a)).unwrap_or(std::cmp::Ordering::Equal);
        let effort = |draft: &Draft| (draft.view.effort.is_none(), draft.view.effort);
        a.view.kind.cmp(&b.view.kind).then(by_value).then_with(|| effort(a).cmp(&effort(b))).then_with(|| a.view.id.cmp(&b.view.id))
    });
    let total = drafts.iter().filter(|draft| counts_in_total(&draft.view)).filter_map(|draft| draft.value);
    let total = total.fold(Number::integer(0), |sum, value| sum.calculate(Arithmetic::Add, value).unwrap_or(sum));
    offers.sort_by(|(a, _), (b, _)| {
        let score = |offer: &CrossSellView| offer.fit_score.as_ref().and_then(JsonNumber::as_f64);
        score(b).partial_cmp(&score(a)).unwrap_or(std::cmp::Ordering::Equal)
    });
    Expansion {
        synergies,
        cross_sell: offers.into_iter().map(|(offer, _)| offer).collect(),
        recommendations: drafts.into_iter().map(|draft| draft.view).collect(),
        total: plain_number(total).unwrap_or_else(|| 0.into()),
    }
}

/// What is connected or sold, where nothing holds it back.
fn counts_in_total(view: &RecommendationView) -> bool {
    matches!(view.kind, RecommendationKind::Connect | RecommendationKind::CrossSell) && view.held_back_by.is_empty()
}

fn synergies(asked: &Asked<'_>) -> SynergiesView {
    let (mut unlocked, mut untapped) = (Vec::new(), Vec::new());
    for (synergy, judged) in asked.playbook.synergies.iter().zip(&asked.view.plan.synergies) {
        let view = || SynergyView {
            synergy: synergy.id.clone(),
            products: synergy.products.iter().map(|index| asked.product_id(*index)).collect(),
            value: synergy.value.and_then(|value| plain_number(value.into())),
            effort: synergy.effort,
        };
        if asked.view.truth(&judged.by) == Truth::True {
            unlocked.push(view());
        } else if synergy.products.iter().all(|index| asked.is_entitled(*index)) {
            untapped.push(view());
        }
    }
    SynergiesView { unlocked, untapped }
}

/// What a product costs a year, for the account's largest number of seats where it is priced by the seat.
fn price(asked: &Asked<'_>, product: &Product) -> Option<(Number, String)> {
    let Price { amount, per_seat, currency } = product.price.as_ref()?;
    let amount = Number::from(*amount);
    if !per_seat {
        return Some((amount, currency.clone()));
    }
    let seats = asked.named_products().filter_map(|(index, _)| asked.number(Of::Product, Some(index), "seats", None));
    let most = Number::extreme(seats, true)?;
    Some((amount.calculate(Arithmetic::Multiply, most)?, currency.clone()))
}

fn of_product<'a>(asked: &Asked<'a>, id: &str) -> (ProductIndex, &'a Product) {
    let index = asked.playbook.product(id).expect("a product of the playbook");
    (index, &asked.playbook.products[usize::from(index.0)])
}

/// What the play of a kind says of itself, and what holds it back.
fn draft(asked: &Asked<'_>, kind: RecommendationKind, id: String, products: Vec<String>, subject: Subject) -> Draft {
    let play = match kind {
        RecommendationKind::Activate => ACTIVATE,
        RecommendationKind::Deepen => DEEPEN,
        RecommendationKind::Connect => CONNECT,
        RecommendationKind::CrossSell => CROSS_SELL,
    };
    let rule = asked.playbook.rule(play);
    let titles: Vec<&str> = rule.iter().flat_map(|rule| rule.play.tasks.iter().map(|task| task.title.as_str())).collect();
    let expected = rule.and_then(|rule| rule.play.outcome.as_ref()).map(|outcome| {
        let about = subject.product().map_or(crate::playbook::About::ACCOUNT, crate::playbook::About::product);
        let metric = canonical_operand(&outcome.metric, about, asked.playbook);
        let direction = if outcome.better == Better::Up { "up" } else { "down" };
        let days = outcome.days.last().copied().unwrap_or_default();
        format!("{metric} {direction} by {} in {days} days", outcome.by)
    });
    let view = RecommendationView {
        kind,
        id,
        products,
        gap: None,
        action: (!titles.is_empty()).then(|| titles.join("; ")),
        expected,
        value: None,
        currency: None,
        effort: None,
        held_back_by: instance_of_play(asked, play, subject).map(|instance| held_back_by(asked, instance)).unwrap_or_default(),
    };
    Draft { value: None, view }
}

/// Of one product, with its price.
fn draft_of_product(asked: &Asked<'_>, kind: RecommendationKind, id: &str) -> Draft {
    let (index, product) = of_product(asked, id);
    let mut draft = draft(asked, kind, id.to_owned(), vec![id.to_owned()], Subject::Product(index));
    if let Some((value, currency)) = price(asked, product) {
        draft.value = Some(value);
        draft.view.value = plain_number(value);
        draft.view.currency = Some(currency);
    }
    draft
}

/// A product that the account is entitled to and has not adopted.
fn activate(asked: &Asked<'_>, product: &ProductView) -> Option<Draft> {
    let not_adopted = product.not_adopted.as_ref()?;
    let mut draft = draft_of_product(asked, RecommendationKind::Activate, &product.product);
    draft.view.gap = Some(not_adopted.reason.in_words().to_owned());
    if !not_adopted.plan.is_empty() {
        draft.view.action = Some(not_adopted.plan.join("; "));
    }
    Some(draft)
}

/// An adopted product, of which main features are not used.
fn deepen(asked: &Asked<'_>, product: &ProductView) -> Option<Draft> {
    if asked.stage(of_product(asked, &product.product).0) < Stage::Adopted {
        return None;
    }
    let (_, known) = of_product(asked, &product.product);
    let unused = known
        .features
        .iter()
        .zip(&product.features)
        .filter(|(feature, view)| is_unused(view) && feature.tiers.iter().any(|tier| DEEP.contains(tier)));
    let unused: Vec<_> = unused.map(|(feature, _)| feature).collect();
    let first = most_worthwhile(unused.iter().copied())?;
    let mut draft = draft_of_product(asked, RecommendationKind::Deepen, &product.product);
    draft.view.gap = Some(unused.iter().map(|feature| feature.name.as_str()).collect::<Vec<_>>().join(", "));
    draft.view.effort = first.effort;
    draft.view.action = first.recommendation.clone().or(draft.view.action);
    Some(draft)
}

/// Synergies that wait, and connections of the catalogue between adopted products that are not in place.
fn connect(asked: &Asked<'_>, synergies: &SynergiesView, integrations: &IntegrationsView) -> Vec<Draft> {
    let kind = RecommendationKind::Connect;
    let mut drafts = Vec::new();
    for synergy in &synergies.untapped {
        let mut draft = draft(asked, kind, synergy.synergy.clone(), synergy.products.clone(), Subject::Account);
        let known = asked.playbook.synergies.iter().find(|known| known.id == synergy.synergy);
        draft.value = known.and_then(|known| known.value).map(Number::from);
        draft.view.value = synergy.value.clone();
        draft.view.effort = synergy.effort;
        drafts.push(draft);
    }
    if asked.playbook.integrations.is_empty() {
        return drafts;
    }
    let is_adopted = |id: &String| asked.stage(of_product(asked, id).0) >= Stage::Adopted;
    for pair in integrations.matrix.iter().filter(|pair| pair.possible && !pair.connected) {
        if is_adopted(&pair.from) && is_adopted(&pair.to) {
            let (id, products) = (format!("{} to {}", pair.from, pair.to), vec![pair.from.clone(), pair.to.clone()]);
            drafts.push(draft(asked, kind, id, products, Subject::Account));
        }
    }
    drafts
}

/// Products that the account is not entitled to and that fit it.
fn offers(asked: &Asked<'_>, fleet: Option<&Fleet>) -> Vec<(CrossSellView, Draft)> {
    let mut offers = Vec::new();
    for (product, index) in asked.playbook.products.iter().zip((0..).map(ProductIndex)) {
        let Some((fit, written)) = asked.view.plan.fit[usize::from(index.0)].as_ref().zip(product.fit.as_ref()) else { continue };
        if asked.is_entitled(index) || asked.view.truth(fit) != Truth::True {
            continue;
        }
        let mut draft = draft_of_product(asked, RecommendationKind::CrossSell, &product.id);
        let use_cases = use_cases(asked, product, written);
        draft.view.gap = (!use_cases.is_empty()).then(|| use_cases.join(", "));
        let offer = CrossSellView {
            product: product.id.clone(),
            name: product.name.clone(),
            fit_score: fit_score(asked, index, fit, fleet).and_then(plain_number),
            use_cases,
            value: draft.view.value.clone(),
            currency: draft.view.currency.clone(),
            held_back_by: draft.view.held_back_by.clone(),
        };
        offers.push((offer, draft));
    }
    offers
}

/// Those of the account that the condition names, else what the product solves.
fn use_cases(asked: &Asked<'_>, product: &Product, fit: &Condition) -> Vec<String> {
    let mut named = Vec::new();
    named_in(fit, &mut named);
    let held = asked.account().profile.as_ref().and_then(|profile| profile.use_cases.clone()).unwrap_or_default();
    let shared: Vec<String> = held.into_iter().filter(|use_case| named.contains(use_case)).collect();
    if shared.is_empty() { product.problem.iter().cloned().collect() } else { shared }
}

/// The texts that a condition asks whether `use_cases` has.
fn named_in(condition: &Condition, named: &mut Vec<String>) {
    match condition {
        Condition::HasAny(Operand::Metric(reference), texts) if reference.metric.signature.name == "use_cases" => {
            named.extend(texts.iter().cloned());
        }
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| named_in(part, named)),
        Condition::Not(inner) => named_in(inner, named),
        Condition::Either(parts) => parts.iter().for_each(|part| named_in(part, named)),
        Condition::Choice(parts) => parts.iter().for_each(|part| named_in(part, named)),
        Condition::Constant(_) | Condition::Flag(_) | Condition::Compare(_) | Condition::Known(_) | Condition::HasAny(..) => {}
    }
}

fn fit_score(asked: &Asked<'_>, index: ProductIndex, fit: &Logic, fleet: Option<&Fleet>) -> Option<Number> {
    let (mut all, mut held) = (0, 0);
    parts_of(fit, &mut |part| {
        all += 1;
        held += u64::from(asked.view.truth(part) == Truth::True);
    });
    let asked_for = Twelve::share(held, all);
    let order: Vec<ProductIndex> = asked.account().adoption_order().into_iter().map(|(_, product)| product).collect();
    // Without a path that it follows nothing is known of what comes next.
    let is_next = path_followed(&asked.view.plan.paths, &order).map(|_| {
        let next = asked.text(Of::Account, None, "next_product");
        Number::integer((next.as_deref() == Some(&*asked.product_id(index))).into())
    });
    let peers = fleet
        .and_then(|fleet| peers_of(asked, fleet))
        .and_then(|(_, known)| Twelve::share(known.adopted(&asked.product_id(index)) as u64, known.accounts() as u64));
    Twelve::mean([asked_for, is_next, peers].into_iter().flatten().filter_map(Twelve::of))
}

/// Its comparisons and flags.
fn parts_of<'l>(logic: &'l Logic, visit: &mut impl FnMut(&'l Logic)) {
    match logic {
        Logic::And(parts) | Logic::Or(parts) => parts.iter().for_each(|part| parts_of(part, visit)),
        Logic::Constant(_) => {}
        part => visit(part),
    }
}
