//! Counts and levels day by day, the earliest first.

use serde_json::Number;

use crate::engine::facts::{Cells, Gauge, Product};
use crate::engine::{Day, Names, Number as Exact, plain_number};

/// The counts of some features of a product, of those that it knows.
pub fn rows_of<'a>(names: &'a Names, facts: &'a Product, features: &'a [String]) -> impl Iterator<Item = Cells<'a>> {
    let places = features.iter().filter_map(|id| facts.features.place_of(names.get(id)?));
    places.map(|place| facts.features.row(place))
}

/// What is counted on each of these days, all together.
pub fn daily<'a>(counts: impl Iterator<Item = Cells<'a>>, from: Day, to: Day) -> Vec<u64> {
    let mut daily = vec![0; (to - from + 1) as usize];
    counts.flat_map(|cells| cells.days_within(from, to)).for_each(|(day, count)| daily[(day - from) as usize] += count);
    daily
}

/// The last level of each of these days.
pub fn levels(gauge: &Gauge, from: Day, to: Day) -> Vec<Option<Number>> {
    (from..=to).map(|day| gauge.on(day).and_then(level)).collect()
}

pub fn level(value: f64) -> Option<Number> {
    plain_number(Exact::Double(value))
}
