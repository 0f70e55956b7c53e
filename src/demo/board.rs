//! What the demo shows at one moment, taken together from the service and the subscriber.

use std::collections::BTreeMap;
use std::time::Instant;

use prometheus::core::Collector as _;

use crate::engine::{Stage, rfc3339};
use crate::ops::Metrics;
use crate::playbook::{Playbook, ProductIndex};
use crate::task::Directory;

use super::pace::Pace;

/// The stages of a product that are shown; those at `none` are no customers of it.
pub const PRODUCT_STAGES: [Stage; 5] = [Stage::Entitled, Stage::Activated, Stage::Adopted, Stage::Proficient, Stage::Integrated];

#[derive(Clone, Debug, Default)]
pub struct Board {
    /// `2026-03-04 14:30`, simulated, UTC.
    pub now: String,
    pub day: i64,
    pub days: u32,
    pub accounts: usize,
    /// By name, in the playbook's order.
    pub account_stages: Vec<(String, u64)>,
    /// By product in the playbook's order: accounts at each of [`PRODUCT_STAGES`].
    pub products: Vec<(String, [u64; PRODUCT_STAGES.len()])>,
    pub events: u64,
    pub events_per_second: f64,
    pub metrics_url: String,
}

/// Looks at the service again and again.
pub struct Watch {
    pace: Pace,
    playbook_stages: Vec<String>,
    products: Vec<String>,
    metrics_url: String,
    last: Option<(Instant, u64, f64)>,
}

impl Watch {
    pub fn new(pace: Pace, playbook: &Playbook, metrics_url: String) -> Self {
        Self {
            pace,
            playbook_stages: playbook.account_stages.iter().map(|stage| stage.name.clone()).collect(),
            products: playbook.products.iter().map(|product| product.id.clone()).collect(),
            metrics_url,
            last: None,
        }
    }

    pub fn look(&mut self, metrics: &Metrics, directory: &Directory) -> Board {
        let now_ms = self.pace.clock.now_ms();
        let events = events(metrics);
        let by_stage = directory.by_stage();
        let by_product = directory.by_product_stage();
        let at = |product, stage| by_product.get(&(product, stage)).copied().unwrap_or_default();
        Board {
            now: rfc3339(now_ms).get(..16).unwrap_or_default().replace('T', " "),
            day: self.pace.day_number(now_ms),
            days: self.pace.days,
            accounts: directory.len(),
            account_stages: self
                .playbook_stages
                .iter()
                .zip(0..)
                .map(|(name, stage)| (name.clone(), by_stage.get(&stage).copied().unwrap_or_default()))
                .collect(),
            products: self
                .products
                .iter()
                .zip(0..)
                .map(|(id, index)| (id.clone(), PRODUCT_STAGES.map(|stage| at(ProductIndex(index), stage))))
                .collect(),
            events,
            events_per_second: self.rate(events),
            metrics_url: self.metrics_url.clone(),
        }
    }

    /// Smoothed over a second or two, since commits come in bunches.
    fn rate(&mut self, events: u64) -> f64 {
        let now = Instant::now();
        let rate = match self.last {
            None => 0.0,
            Some((at, before, rate)) => {
                let seconds = now.duration_since(at).as_secs_f64().max(0.001);
                let fresh = events.saturating_sub(before) as f64 / seconds;
                let weight = (seconds / 1.5).min(1.0);
                rate * (1.0 - weight) + fresh * weight
            }
        };
        self.last = Some((now, events, rate));
        rate
    }
}

/// Events applied and committed.
pub fn events(metrics: &Metrics) -> u64 {
    sum(&metrics.events)
}

/// Events applied or refused, and committed.
pub fn taken(metrics: &Metrics) -> u64 {
    sum(&metrics.events) + sum(&metrics.dead_letters) + metrics.duplicates.get()
}

/// Of the topics that the subscriber reads: that of the portfolio is not among them.
pub fn outputs(metrics: &Metrics) -> u64 {
    let of_the_portfolio =
        ["adoption.portfolio.updated", "adoption.partition.owned"].map(|output| metrics.outputs.with_label_values(&[output]).get());
    sum(&metrics.outputs) - of_the_portfolio.iter().sum::<u64>()
}

/// Dead letters by reason.
pub fn dead_letters(metrics: &Metrics) -> BTreeMap<String, u64> {
    let families = metrics.dead_letters.collect();
    let samples = families.iter().flat_map(|family| family.get_metric());
    samples.filter_map(|sample| Some((sample.get_label().first()?.value().to_owned(), sample.get_counter().get_value() as u64))).collect()
}

fn sum(counters: &prometheus::IntCounterVec) -> u64 {
    counters.collect().iter().flat_map(|family| family.get_metric()).map(|sample| sample.get_counter().get_value() as u64).sum()
}

/// `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn counters_are_added_up_over_their_labels() {
        let metrics = Metrics::new("sha256:0");
        metrics.events.with_label_values(&["usage"]).inc_by(5);
        metrics.events.with_label_values(&["gauge"]).inc_by(2);
        metrics.dead_letters.with_label_values(&["too_late"]).inc_by(3);
        metrics.outputs.with_label_values(&["adoption.portfolio.updated"]).inc_by(4);
        metrics.outputs.with_label_values(&["adoption.partition.owned"]).inc_by(1);
        metrics.outputs.with_label_values(&["adoption.target.crossed"]).inc_by(2);
        assert_eq!((events(&metrics), taken(&metrics), outputs(&metrics)), (7, 10, 2));
        assert_eq!(dead_letters(&metrics), BTreeMap::from([("too_late".to_owned(), 3)]));
    }
}
