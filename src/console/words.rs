//! How pages say what views hold: names of people's things, numbers, days, and conditions in words.

mod metrics;

use serde_json::{Number, Value};

use crate::output::StageName;
use crate::playbook::{Level, Playbook, Reason, RuleKind};
use crate::report::text::{number, percent};
use crate::view::Date;
use crate::view::account::{ComparisonView, IncidentView, JourneyState, MeasureView, Quadrant, RecommendationKind};
use metrics::Unit;

/// Says things in the words of a playbook.
#[derive(Clone, Copy)]
pub struct Words<'p> {
    pub playbook: &'p Playbook,
}

/// A comparison in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What is looked at, such as `Seats in use`.
    pub what: String,
    /// `what` is a formula of the playbook: there are no words for it.
    pub is_formula: bool,
    /// Empty where it is not known.
    pub value: String,
    /// What was asked of it, such as `below 60%`.
    pub bound: String,
    pub holds: Option<bool>,
    /// 0 to 100, where it is known how far it is on its way.
    pub progress: Option<u32>,
}

/// Names that people write in capitals.
const CAPITALS: [&str; 7] = ["nps", "qbr", "arr", "nrr", "smb", "crm", "ic"];

/// An id of the playbook as people read it: `low_license_utilization` as `Low license utilization`.
pub fn title(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for (place, word) in id.split(['_', ' ']).filter(|word| !word.is_empty()).enumerate() {
        if place > 0 {
            out.push(' ');
        }
        let mut letters = word.chars();
        match letters.next() {
            _ if CAPITALS.contains(&word) => out.push_str(&word.to_uppercase()),
            Some(first) if place == 0 => out.extend(first.to_uppercase().chain(letters)),
            _ => out.push_str(word),
        }
    }
    out
}

/// `14 Apr 2026`
pub fn date(day: &Date) -> String {
    let text = day.to_string();
    text.parse::<jiff::civil::Date>().map_or(text, |date| date.strftime("%-d %b %Y").to_string())
}

/// A day as a number of days from another: `in 12 days`, `today`, `3 days ago`.
pub fn until(day: &Date, today: &Date) -> String {
    match day.0 - today.0 {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    }
}

/// `14 Apr 2026, 09:30`
pub fn instant(text: &str) -> String {
    let at = text.parse::<jiff::Timestamp>().map(|at| jiff::tz::TimeZone::UTC.to_datetime(at));
    at.map_or_else(|_| text.to_owned(), |at| at.strftime("%-d %b %Y, %H:%M UTC").to_string())
}

/// What is counted. Templates hand on references.
pub trait Count {
    fn whole(&self) -> u64;
}

impl Count for u64 {
    fn whole(&self) -> u64 {
        *self
    }
}

impl Count for u32 {
    fn whole(&self) -> u64 {
        (*self).into()
    }
}

impl<T: Count> Count for &T {
    fn whole(&self) -> u64 {
        (**self).whole()
    }
}

/// A count, such as 12,000.
pub fn count(of: impl Count) -> String {
    number(&of.whole().into(), 0)
}

/// `1 seat`, `2 seats`
pub fn counted(of: impl Count, thing: &str) -> String {
    format!("{} {thing}{}", count(&of), if of.whole() == 1 { "" } else { "s" })
}

/// With a sign, in per cent.
pub fn change(share: f64) -> String {
    let whole = (100.0 * share).round();
    if whole > 0.0 { format!("+{whole}%") } else { format!("{whole}%").replace('-', "−") }
}

pub fn stage(stage: &StageName) -> &'static str {
    match stage {
        StageName::None => "None",
        StageName::Entitled => "Entitled",
        StageName::Activated => "Activated",
        StageName::Adopted => "Adopted",
        StageName::Proficient => "Proficient",
        StageName::Integrated => "Integrated",
    }
}

/// How many of the five steps from entitled to integrated are reached.
pub fn steps(stage: &StageName) -> usize {
    *stage as usize
}

pub fn level(level: &Option<Level>) -> &'static str {
    match level {
        Some(Level::Low) => "Low",
        Some(Level::Medium) => "Medium",
        Some(Level::High) => "High",
        None => "",
    }
}

/// A reason as a sentence begins.
pub fn reason(reason: &Reason) -> String {
    capital(reason.in_words())
}

pub fn recommendation(kind: &RecommendationKind) -> &'static str {
    match kind {
        RecommendationKind::Activate => "Activate",
        RecommendationKind::Deepen => "Deepen",
        RecommendationKind::Connect => "Connect",
        RecommendationKind::CrossSell => "Offer",
    }
}

pub fn journey(state: &JourneyState) -> &'static str {
    match state {
        JourneyState::Mature => "Mature",
        JourneyState::Growing => "Growing",
        JourneyState::Unused => "Bought, not used",
        JourneyState::ManualOrCompetitor => "By hand, or with somebody else’s product",
    }
}

pub fn quadrant(quadrant: &Quadrant) -> &'static str {
    match quadrant {
        Quadrant::BroadDeep => "Broad and deep",
        Quadrant::BroadShallow => "Broad, not deep",
        Quadrant::NarrowDeep => "Deep, not broad",
        Quadrant::NarrowShallow => "Neither broad nor deep",
    }
}

/// 0 to 100, for what a bar shows.
pub fn per_cent(share: Option<f64>) -> Option<u32> {
    share.filter(|share| share.is_finite()).map(|share| (100.0 * share).round().clamp(0.0, 100.0) as u32)
}

fn float(number: &Option<Number>) -> Option<f64> {
    number.as_ref().and_then(Number::as_f64)
}

/// A share in whole per cent; empty where it is missing.
pub fn share(share: &Option<Number>) -> String {
    share.as_ref().map(percent).unwrap_or_default()
}

/// How long the bar of a share is, 0 to 100.
pub fn share_bar(share: &Option<Number>) -> Option<u32> {
    per_cent(float(share))
}

/// A score of 0 to 100, whole; empty where it is missing.
pub fn score(score: &Option<Number>) -> String {
    score.as_ref().map(|score| number(score, 0)).unwrap_or_default()
}

pub fn score_bar(score: &Option<Number>) -> Option<u32> {
    per_cent(float(score).map(|score| score / 100.0))
}

/// With two places at most; empty where it is missing.
pub fn figure(figure: &Option<Number>) -> String {
    figure.as_ref().map(|figure| number(figure, 2)).unwrap_or_default()
}

/// A figure that is there.
pub fn amount(of: &Number) -> String {
    number(of, 2)
}

/// An amount of money without places; empty where it is missing.
pub fn money(amount: &Option<Number>, currency: &Option<String>) -> String {
    let Some(amount) = amount else { return String::new() };
    match currency {
        Some(currency) => format!("{} {currency}", number(amount, 0)),
        None => number(amount, 0),
    }
}

/// How a severity of the playbook looks.
pub fn severity(severity: &str) -> &'static str {
    match severity {
        "critical" => "bad",
        "warning" => "warn",
        _ => "note",
    }
}

/// What comes first of what is open: what is overdue, then what is due, then what is worst; plays before alerts, since they say what to do.
pub fn urgency(of: &IncidentView) -> impl Ord + use<> {
    let severity = ["bad", "warn", "note"].iter().position(|tone| *tone == severity(&of.severity));
    (!of.overdue, of.due.is_none(), of.due, of.kind == RuleKind::Alert, severity, of.opened, of.incident.clone())
}

impl Words<'_> {
    pub fn product(&self, id: &str) -> String {
        self.playbook.product(id).map_or_else(|| id.to_owned(), |index| self.playbook.products[usize::from(index.0)].name.clone())
    }

    pub fn products(&self, ids: &[String]) -> String {
        ids.iter().map(|id| self.product(id)).collect::<Vec<_>>().join(" + ")
    }

    /// Of whichever product.
    pub fn feature(&self, id: &str) -> String {
        let features = self.playbook.products.iter().flat_map(|product| &product.features);
        features.filter(|feature| feature.id == id).map(|feature| feature.name.clone()).next().unwrap_or_else(|| id.to_owned())
    }

    /// What a guardrail of this name tells people.
    pub fn guardrail(&self, id: &str) -> String {
        let known = self.playbook.guardrails.iter().find(|guardrail| guardrail.id == id);
        known.and_then(|guardrail| guardrail.reason.clone()).unwrap_or_else(|| title(id))
    }

    /// How a band looks, by its place among those of its measure: the first is the worst.
    pub fn tone(&self, measure: &str, band: &str) -> &'static str {
        let bands = self.playbook.measures.iter().find(|known| known.id == measure).map(|known| &known.bands[..]).unwrap_or_default();
        match bands.iter().position(|known| known.name == band) {
            Some(0) => "bad",
            Some(place) if place + 1 == bands.len() => "good",
            Some(_) => "warn",
            None => "note",
        }
    }

    /// How a band of the account's score looks.
    pub fn band_tone(&self, band: &str) -> &'static str {
        let measure = self.playbook.view.account_score.map(|measure| &self.playbook.measures[usize::from(measure.0)]);
        measure.map_or("note", |measure| self.tone(&measure.id, band))
    }

    /// How a score looks by the bands of the account's health, which are where people draw the line.
    pub fn health_tone(&self, score: f64) -> &'static str {
        let Some(measure) = self.playbook.view.health.map(|measure| &self.playbook.measures[usize::from(measure.0)]) else { return "" };
        let band = measure
            .bands
            .iter()
            .rfind(|band| band.from.to_string().parse::<f64>().is_ok_and(|from| from <= score))
            .or(measure.bands.first());
        band.map_or("", |band| self.tone(&measure.id, &band.name))
    }

    pub fn tone_of(&self, measure: &MeasureView) -> &'static str {
        self.tone(&measure.measure, measure.band.as_deref().unwrap_or_default())
    }

    pub fn said(&self, comparison: &ComparisonView) -> Said {
        let progress = comparison.progress.as_ref().and_then(|share| per_cent(share.as_f64()));
        let told = (&comparison.value, Some(&*comparison.operator), &comparison.threshold);
        Said { progress, ..self.compared(&comparison.metric, told, comparison.holds) }
    }

    /// A metric with its value, operator and threshold.
    pub fn compared(
        &self,
        metric: &str,
        (value, operator, threshold): (&Option<Value>, Option<&str>, &Option<Value>),
        holds: Option<bool>,
    ) -> Said {
        let (what, unit, is_formula) = match metrics::phrase(self, metric) {
            Some((what, unit)) => (what, unit, false),
            None => (metric.to_owned(), Unit::Figure, true),
        };
        let bound = match (operator, threshold) {
            (Some(operator), Some(threshold)) => format!("{} {}", asked(operator), self.valued(threshold, unit)).trim().to_owned(),
            _ => String::new(),
        };
        let value = value.as_ref().map(|value| self.valued(value, unit)).unwrap_or_default();
        // That something is what it was asked to be need not be said twice.
        let bound = if bound == value { String::new() } else { bound };
        Said { what, is_formula, value, bound, holds, progress: None }
    }

    /// What is put together from, in words where there are some.
    pub fn part(&self, metric: &str) -> String {
        metrics::phrase(self, metric).map_or_else(|| metric.to_owned(), |(what, _)| what)
    }

    fn valued(&self, value: &Value, unit: Unit) -> String {
        match value {
            Value::Number(value) => match unit {
                Unit::Share => percent(value),
                Unit::Change => change(value.as_f64().unwrap_or_default()),
                Unit::Score => number(value, 0),
                Unit::Days => value.as_i64().map_or_else(|| number(value, 1), |days| format!("{days} {}", plural(days, "day"))),
                Unit::Figure => number(value, 2),
            },
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().map(|item| self.valued(item, unit)).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        }
    }
}

pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn plural(count: i64, thing: &str) -> String {
    if count == 1 { thing.to_owned() } else { format!("{thing}s") }
}

/// What an operator asks for.
fn asked(operator: &str) -> &'static str {
    match operator {
        "<" => "below",
        "<=" => "at most",
        ">" => "above",
        ">=" => "at least",
        "!=" => "not",
        "in" => "one of",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use serde_json::json;

    #[test]
    fn ids_are_read_as_words() {
        for (id, told) in [("low_license_utilization", "Low license utilization"), ("qbr_overdue", "QBR overdue"), ("a", "A"), ("", "")] {
            assert_eq!(title(id), told);
        }
    }

    #[test]
    fn comparisons_are_said_in_words() {
        let playbook = Playbook::shipped();
        let words = Words { playbook: &playbook };
        let table = [
            ("license_utilization(30)", json!(0.412), "<", json!(0.6), "Seats in use, of 30 days: 41% | below 60%"),
            ("usage_change(14)", json!(-0.385), "<=", json!(-0.3), "Use, against the 14 days before: −39% | at most −30%"),
            ("events(\"contact.created\", 30)", json!(31), ">=", json!(25), "Contacts in 30 days: 31 | at least 25"),
            ("entitled_days", json!(1), ">=", json!(30), "Licensed for: 1 day | at least 30 days"),
            ("account.product_depth", json!(0.5), ">=", json!(0.4), "Product depth (account): 0.5 | at least 0.4"),
            ("alert_open(\"usage_drop\")", json!(true), "==", json!(true), "The alert “Usage drop” is open: yes | "),
            ("stage", json!("adopted"), "in", json!(["adopted", "proficient"]), "Stage: adopted | one of adopted, proficient"),
            ("or(days_since_touchpoint, observed_days)", json!(32), ">=", json!(15), "Last contact: 32 days | at least 15 days"),
            ("products.mean(feature_share)", json!(0.25), "<", json!(0.5), "Share of features in use, mean of products: 25% | below 50%"),
            ("a / b", json!(3), ">", json!(2), "a / b: 3 | above 2"),
        ];
        for (metric, value, operator, threshold, told) in table {
            let said = words.compared(metric, (&Some(value), Some(operator), &Some(threshold)), None);
            assert_eq!(format!("{}: {} | {}", said.what, said.value, said.bound), told);
            assert_eq!(said.is_formula, metric.contains('/'));
        }
    }

    #[test]
    fn days_are_told_from_a_day() {
        let day = |day| Date(day);
        let told = [0, 1, -1, 12, -3].map(|days| until(&day(20_000 + days), &day(20_000)));
        assert_eq!(told, ["today", "tomorrow", "yesterday", "in 12 days", "3 days ago"]);
        assert_eq!(date(&day(0)), "1 Jan 1970");
    }
}
