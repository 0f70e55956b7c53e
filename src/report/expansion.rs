//! What could be added, what to do first, and the way there.

use std::fmt::Write as _;

use super::product::level;
use super::text::{UNKNOWN, escaped, money, number, percent, table};
use crate::view::account::{AccountView, CrossSellView, JourneyState, JourneyTarget, RecommendationKind, RecommendationView, SynergyView};

/// A problem that nobody wrote down.
const UNNAMED: &str = "(problem not told)";

fn names(products: &[String]) -> String {
    products.iter().map(|product| escaped(product)).collect::<Vec<_>>().join(" + ")
}

pub fn synergies(out: &mut String, view: &AccountView) {
    let synergies = &view.synergies;
    if synergies.unlocked.is_empty() && synergies.untapped.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### Synergy Opportunities");
    let value = |synergy: &SynergyView| synergy.value.as_ref().map_or_else(|| UNKNOWN.to_owned(), |value| number(value, 2));
    if !synergies.unlocked.is_empty() {
        let _ = writeln!(out, "\n**Unlocked Synergies** (currently using)\n");
        let row = |synergy: &SynergyView| vec![escaped(&synergy.synergy), names(&synergy.products), value(synergy)];
        table(out, &["Synergy", "Products", "Value"], synergies.unlocked.iter().map(row));
    }
    if !synergies.untapped.is_empty() {
        let _ = writeln!(out, "\n**Untapped Synergies** (available)\n");
        let row = |synergy: &SynergyView| {
            vec![escaped(&synergy.synergy), names(&synergy.products), value(synergy), level(synergy.effort).to_owned()]
        };
        table(out, &["Synergy", "Products", "Potential", "Effort"], synergies.untapped.iter().map(row));
    }
}

pub fn cross_sell(out: &mut String, view: &AccountView) {
    let _ = writeln!(out, "\n### Cross-Sell Opportunities\n");
    if view.cross_sell.is_empty() {
        let _ = writeln!(out, "No product that fits is left to offer.");
    } else {
        let row = |offer: &CrossSellView| {
            let fit = offer.fit_score.as_ref().map_or_else(|| UNKNOWN.to_owned(), percent);
            let use_case = if offer.use_cases.is_empty() { UNKNOWN.to_owned() } else { escaped(&offer.use_cases.join(", ")) };
            let value =
                offer.value.as_ref().map_or_else(|| UNKNOWN.to_owned(), |value| format!("{}/yr", money(value, offer.currency.as_deref())));
            let held = if offer.held_back_by.is_empty() { String::new() } else { escaped(&offer.held_back_by.join(", ")) };
            vec![escaped(&offer.name), fit, use_case, value, held]
        };
        table(out, &["Product/Module", "Fit Score", "Use Case", "Est. Value", "Held Back By"], view.cross_sell.iter().map(row));
    }
    let _ = writeln!(out, "\n**Total Expansion Opportunity**: {}", number(&view.total_expansion, 2));
}

pub fn recommendations(out: &mut String, view: &AccountView) {
    if view.recommendations.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### Adoption Recommendations");
    for (place, recommendation) in view.recommendations.iter().enumerate() {
        one(out, place + 1, recommendation, view);
    }
}

fn one(out: &mut String, priority: usize, recommendation: &RecommendationView, view: &AccountView) {
    let product = |id: &String| {
        let named = view.journey.iter().find(|known| known.product == *id);
        escaped(named.map_or(id, |known| &known.name))
    };
    let products: Vec<String> = recommendation.products.iter().map(product).collect();
    let (title, gap) = match recommendation.kind {
        RecommendationKind::Activate => (format!("Activate {}", products.join(" & ")), "Blocker"),
        RecommendationKind::Deepen => (format!("Deepen {}", products.join(" & ")), "Gap"),
        RecommendationKind::Connect => (format!("Connect {}", products.join(" & ")), "Synergy"),
        RecommendationKind::CrossSell => (format!("Offer {}", products.join(" & ")), "Use case"),
    };
    let _ = writeln!(out, "\n**Priority {priority}: {title}**\n");
    let told = recommendation.gap.as_deref().or((recommendation.kind == RecommendationKind::Connect).then_some(&*recommendation.id));
    if let Some(told) = told {
        let _ = writeln!(out, "- **{gap}**: {}", escaped(told));
    }
    if let Some(action) = &recommendation.action {
        let _ = writeln!(out, "- **Action**: {}", escaped(action));
    }
    let value = recommendation.value.as_ref().map(|value| format!("{} a year", money(value, recommendation.currency.as_deref())));
    let expected: Vec<String> = [recommendation.expected.as_deref().map(escaped), value].into_iter().flatten().collect();
    if !expected.is_empty() {
        let _ = writeln!(out, "- **Expected Impact**: {}", expected.join("; "));
    }
    if !recommendation.held_back_by.is_empty() {
        let _ = writeln!(out, "- **Held back by**: {}", escaped(&recommendation.held_back_by.join(", ")));
    }
}

pub fn journey(out: &mut String, view: &AccountView) {
    let plain = |text: &str| text.replace(|character: char| character.is_control() || character == '`', " ");
    let problem = |step: &crate::view::account::JourneyView| plain(step.problem.as_deref().unwrap_or(UNNAMED));
    let _ = writeln!(out, "\n### Adoption Journey Map\n\n**Current State**\n\n```");
    for step in &view.journey {
        let name = plain(&step.name);
        let _ = match step.state {
            JourneyState::Mature => writeln!(out, "{} → {name} (Mature) ✓", problem(step)),
            JourneyState::Growing => writeln!(out, "{} → {name} (Growing) →", problem(step)),
            JourneyState::Unused => writeln!(out, "{} → {name} (Unused) ✗", problem(step)),
            JourneyState::ManualOrCompetitor => writeln!(out, "{} → Manual/Competitor ✗", problem(step)),
        };
    }
    let _ = writeln!(out, "```\n\n**Target State**\n\n```");
    for step in view.journey.iter().filter(|step| step.state != JourneyState::ManualOrCompetitor || step.target.is_some()) {
        let target = match step.target {
            Some(JourneyTarget::New) => " (NEW)",
            Some(JourneyTarget::Activate) => " (ACTIVATE)",
            None => "",
        };
        let _ = writeln!(out, "{} → {} ✓{target}", problem(step), plain(&step.name));
    }
    let _ = writeln!(out, "```");
}
