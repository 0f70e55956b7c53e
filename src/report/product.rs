//! The products of an account, one by one.

use std::fmt::Write as _;

use super::text::{UNKNOWN, comparison, escaped, money, number, percent, table};
use crate::output::StageName;
use crate::playbook::Level;
use crate::view::account::{AccountView, GapView, ProductView, RecommendationKind, Trend, ValueView};

/// Characters of a bar.
const BAR: usize = 20;

fn mark(stage: StageName) -> (&'static str, &'static str) {
    match stage {
        StageName::None => ("✗", "None"),
        StageName::Entitled => ("✗", "Entitled only"),
        StageName::Activated => (" ", "Activated"),
        StageName::Adopted => ("→", "Adopted"),
        StageName::Proficient => ("✓", "Proficient"),
        StageName::Integrated => ("✓", "Integrated"),
    }
}

/// A score of 0 to 100, where it is known.
fn score(product: &ProductView) -> Option<f64> {
    product.score.as_ref()?.value.as_ref()?.as_f64()
}

pub fn overview(out: &mut String, view: &AccountView) {
    let _ = writeln!(out, "\n### Product Portfolio Overview\n\n```");
    let width = view.products.iter().map(|product| product.name.chars().count()).max().unwrap_or(0);
    for product in &view.products {
        let (mark, stage) = mark(product.stage);
        let filled = score(product).map_or(0, |score| (score.clamp(0.0, 100.0) / 100.0 * BAR as f64).round() as usize);
        let share = score(product).map_or_else(|| format!("{UNKNOWN:>4}"), |score| format!("{score:>3.0}%"));
        let name = product.name.replace(|character: char| character.is_control() || character == '`', " ");
        let _ = writeln!(out, "{name:width$}  {}{} {share} {mark} {stage}", "█".repeat(filled), "░".repeat(BAR - filled));
    }
    let _ = writeln!(out, "```");
}

pub fn analysis(out: &mut String, view: &AccountView) {
    let _ = writeln!(out, "\n### Product-by-Product Analysis\n");
    let row = |product: &ProductView| {
        let adoption = score(product).map_or_else(|| UNKNOWN.to_owned(), |score| format!("{score:.0}%"));
        vec![escaped(&product.name), mark(product.stage).1.to_owned(), adoption, users(product), value(&product.value)]
    };
    table(out, &["Product", "Stage", "Adoption", "Users", "Value Realized"], view.products.iter().map(row));
}

/// Active ones of the seats.
fn users(product: &ProductView) -> String {
    product.seats.map_or_else(|| product.active_users.to_string(), |seats| format!("{}/{seats}", product.active_users))
}

fn value(value: &ValueView) -> String {
    number(&value.amount, 2)
}

pub fn breakdown(out: &mut String, view: &AccountView) {
    let _ = writeln!(out, "\n### Detailed Product Breakdown");
    for (place, product) in view.products.iter().enumerate() {
        if place > 0 {
            let _ = writeln!(out, "\n---");
        }
        let deepens = view.recommendations.iter().any(|known| known.kind == RecommendationKind::Deepen && known.id == product.product);
        of_product(out, product, deepens);
    }
}

fn of_product(out: &mut String, product: &ProductView, deepens: bool) {
    let (mark, stage) = mark(product.stage);
    let since = product.since.map(|since| format!(" since {since}")).unwrap_or_default();
    let note = if deepens { " (deepening opportunity)" } else { "" };
    let status = format!("{mark} {stage}{since}{note}");
    let _ = writeln!(out, "\n#### {}\n\n**Status**: {}\n", escaped(&product.name), status.trim());
    let shown = score(product).map_or_else(|| UNKNOWN.to_owned(), |score| format!("{score:.0}/100"));
    let band =
        product.score.as_ref().and_then(|score| score.band.as_deref()).map(|band| format!(" ({})", escaped(band))).unwrap_or_default();
    let _ = writeln!(out, "**Adoption Score**: {shown}{band}\n");
    let utilization = product.license_utilization.as_ref().map_or_else(|| UNKNOWN.to_owned(), percent);
    let _ = writeln!(out, "**License Utilization**: {utilization}");
    criteria(out, product);
    features(out, product);
    value_realized(out, product);
    gaps(out, &product.gaps);
    if let Some(not_adopted) = &product.not_adopted {
        let _ = writeln!(out, "\n**Reason for Non-Adoption**: {}", not_adopted.reason.in_words());
        if !not_adopted.plan.is_empty() {
            let _ = writeln!(out, "\n**Activation Plan**\n");
            for (step, text) in not_adopted.plan.iter().enumerate() {
                let _ = writeln!(out, "{}. {}", step + 1, escaped(text));
            }
        }
    }
}

fn criteria(out: &mut String, product: &ProductView) {
    let criteria = &product.criteria;
    if criteria.comparisons.is_empty() {
        return;
    }
    let progress = criteria.progress.as_ref().map(|progress| format!(", {} there", percent(progress))).unwrap_or_default();
    let state = match criteria.holds {
        Some(true) => criteria.lapses_on.map_or_else(|| "met".to_owned(), |day| format!("met, lapses on {day} if nothing more happens")),
        Some(false) => format!("not met{progress}"),
        None => format!("unknown{progress}"),
    };
    let _ = writeln!(out, "\n**Adoption Criteria**: {state}\n");
    criteria.comparisons.iter().for_each(|shown| {
        let _ = writeln!(out, "- {}", comparison(shown));
    });
}

fn features(out: &mut String, product: &ProductView) {
    if product.features.is_empty() {
        return;
    }
    let row = |feature: &crate::view::account::FeatureView| {
        let adoption = feature.adoption.as_ref().map_or_else(|| UNKNOWN.to_owned(), percent);
        let trend = match feature.trend {
            Some(Trend::Up) => "↑",
            Some(Trend::Down) => "↓",
            Some(Trend::Flat) => "→",
            None => UNKNOWN,
        };
        vec![escaped(&feature.name), adoption, feature.users.to_string(), trend.to_owned()]
    };
    let _ = writeln!(out, "\n**Feature Adoption**\n");
    table(out, &["Feature", "Adoption", "Users", "Trend"], product.features.iter().map(row));
}

fn value_realized(out: &mut String, product: &ProductView) {
    let is_some = |number: &serde_json::Number| number.as_f64().is_some_and(|number| number != 0.0);
    let brought = product.features.iter().filter_map(|feature| Some((feature, feature.value.as_ref()?)));
    let brought: Vec<_> = brought.filter(|(_, value)| is_some(&value.amount) || is_some(&value.hours)).collect();
    if brought.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n**Value Realized**\n");
    for (feature, value) in brought {
        let amount = is_some(&value.amount).then(|| format!("{} value", money(&value.amount, None)));
        let hours = is_some(&value.hours).then(|| format!("{} hours saved", number(&value.hours, 2)));
        let both: Vec<String> = [amount, hours].into_iter().flatten().collect();
        let _ = writeln!(out, "- {}: {}", escaped(&feature.name), both.join(", "));
    }
}

pub fn level(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::High) => "High",
        Some(Level::Medium) => "Medium",
        Some(Level::Low) => "Low",
        None => UNKNOWN,
    }
}

fn gaps(out: &mut String, gaps: &[GapView]) {
    if gaps.is_empty() {
        return;
    }
    let row = |gap: &GapView| {
        let kind = if gap.kind == crate::view::account::GapKind::Module { "Module " } else { "" };
        let recommendation = gap.recommendation.as_deref().map_or_else(|| UNKNOWN.to_owned(), escaped);
        vec![format!("{kind}{}", escaped(&gap.name)), level(gap.impact).to_owned(), level(gap.effort).to_owned(), recommendation]
    };
    let _ = writeln!(out, "\n**Adoption Gaps**\n");
    table(out, &["Gap", "Impact", "Effort", "Recommendation"], gaps.iter().map(row));
}
