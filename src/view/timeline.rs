//! An account day by day.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::build::{Asked, daily, levels, rows_of};
use super::date::Date;
use crate::engine::facts::{Cells, Led, Product};
use crate::engine::{AccountIndex, Day, Engine, NameId, present};
use crate::playbook::{HELD_DAYS, ProductIndex};

/// What there is a line for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Quantity of usage of each product.
    Product,
    /// Quantity of usage of each module of the catalogue.
    Module,
    /// Quantity of usage of each feature.
    Feature,
    /// The last level of each gauge.
    Gauge,
    /// Distinct users of the account, and of each product.
    ActiveUsers,
    /// Runs of each workflow across products.
    Workflow,
}

/// An account day by day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    pub account: String,
    pub by: By,
    /// The first day.
    pub from: Date,
    /// The account's day D, the last.
    pub to: Date,
    /// In the playbook's order, and what it does not name by name behind.
    pub series: Vec<Series>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// Absent of the account as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The module, feature, gauge or workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
    /// A value for each day; `null` where no level was told.
    pub daily: Vec<Option<Number>>,
}

/// The `days` days that end with the account's day, at most those that are held.
pub fn timeline(engine: &Engine, index: AccountIndex, by: By, days: u16) -> Timeline {
    let asked = Asked::new(engine, index);
    let to = asked.account().day;
    let from = to - (Day::from(days).clamp(1, HELD_DAYS) - 1);
    let lines = Lines { asked: &asked, from, to };
    let series = match by {
        By::Product => lines.of_products(|facts| lines.counts([facts.events.cells()].into_iter())),
        By::ActiveUsers => lines.active_users(),
        By::Module => lines.modules(),
        By::Feature => lines.features(),
        By::Gauge => lines.gauges(),
        By::Workflow => lines.workflows(),
    };
    Timeline { account: asked.account().id.as_str().to_owned(), by, from: Date(from), to: Date(to), series }
}

struct Lines<'l, 'a> {
    asked: &'l Asked<'a>,
    from: Day,
    to: Day,
}

impl Lines<'_, '_> {
    fn counts<'c>(&self, counts: impl Iterator<Item = Cells<'c>>) -> Vec<Option<Number>> {
        numbers(daily(counts, self.from, self.to))
    }

    fn of_products(&self, daily: impl Fn(&Product) -> Vec<Option<Number>>) -> Vec<Series> {
        let series = |(index, product): (ProductIndex, &crate::engine::AccountProduct)| {
            let known = &self.asked.playbook.products[usize::from(index.0)];
            Series { product: Some(known.id.clone()), id: None, name: known.name.clone(), daily: daily(&product.facts) }
        };
        self.asked.named_products().map(series).collect()
    }

    fn active_users(&self) -> Vec<Series> {
        let days = (self.to - self.from + 1) as usize;
        let mut daily = vec![0; days];
        self.asked.view.with_members(|members| {
            for member in present(members) {
                // Bit n is D − n.
                (0..days).filter(|ago| member.days.bits >> ago & 1 == 1).for_each(|ago| daily[days - 1 - ago] += 1);
            }
        });
        let whole = Series { product: None, id: None, name: "active users".to_owned(), daily: numbers(daily) };
        let of_product =
            |facts: &Product| numbers((self.from..=self.to).map(|day| facts.users.daily_within(day, day, facts.last_use)).collect());
        [whole].into_iter().chain(self.of_products(of_product)).collect()
    }

    fn modules(&self) -> Vec<Series> {
        let mut series = Vec::new();
        for (index, product) in self.asked.named_products() {
            for (module, features) in self.asked.catalogue_modules(index) {
                let daily = self.counts(rows_of(self.asked.view.names, &product.facts, &features));
                let product = Some(self.asked.product_id(index));
                series.push(Series { product, name: module.clone(), id: Some(module), daily });
            }
        }
        series
    }

    fn features(&self) -> Vec<Series> {
        let mut series = Vec::new();
        for (index, product) in self.asked.named_products() {
            let known = &self.asked.playbook.products[usize::from(index.0)];
            let (rows, names) = (&product.facts.features, self.asked.view.names);
            let mut line = |id: &str, name: &str| {
                let place = names.get(id).and_then(|id| rows.place_of(id));
                let daily = self.counts(place.map(|place| rows.row(place)).into_iter());
                series.push(Series { product: Some(known.id.clone()), id: Some(id.to_owned()), name: name.to_owned(), daily });
            };
            known.features.iter().for_each(|feature| line(&feature.id, &feature.name));
            let used = rows.used_within(self.from, self.to).map(|name| names.text(name));
            let mut others: Vec<&str> = used.filter(|id| known.features.iter().all(|feature| feature.id != **id)).collect();
            others.sort_unstable();
            others.into_iter().for_each(|id| line(id, id));
        }
        series
    }

    fn gauges(&self) -> Vec<Series> {
        let mut series = Vec::new();
        for (index, product) in self.asked.named_products() {
            let mut lines: Vec<Series> = product.facts.gauges().iter().map(|gauge| self.gauge(index, gauge)).collect();
            lines.sort_by(|a, b| a.name.cmp(&b.name));
            series.append(&mut lines);
        }
        series
    }

    /// Of runs that include a product which the playbook names, each once, as `workflow_runs` counts them.
    fn workflows(&self) -> Vec<Series> {
        let (plan, names) = (self.asked.view.plan, self.asked.view.names);
        let is_named = |name: &NameId| plan.is_named(plan.aliases.product(*name));
        let products = self.asked.account().products.iter();
        let runs = products
            .flat_map(|product| product.facts.led().iter().filter(move |led| product.index.is_some() || led.others.iter().any(is_named)));
        let mut by_name: BTreeMap<&str, Vec<&Led>> = BTreeMap::new();
        runs.filter(|led| led.runs.any(self.from, self.to)).for_each(|led| by_name.entry(names.text(led.name)).or_default().push(led));
        let known: Vec<&str> = self.asked.playbook.workflows.iter().map(|workflow| workflow.id.as_str()).collect();
        let others: Vec<&str> = by_name.keys().copied().filter(|name| !known.contains(name)).collect();
        let series = |name: &str| {
            let of: &[&Led] = by_name.get(name).map_or(&[], Vec::as_slice);
            let daily = self.counts(of.iter().map(|led| led.runs.cells()));
            Series { product: None, id: Some(name.to_owned()), name: name.to_owned(), daily }
        };
        known.into_iter().chain(others).map(series).collect()
    }

    fn gauge(&self, index: ProductIndex, gauge: &crate::engine::facts::Gauge) -> Series {
        let name = self.asked.view.names.text(gauge.name).to_owned();
        Series { product: Some(self.asked.product_id(index)), id: Some(name.clone()), name, daily: levels(gauge, self.from, self.to) }
    }
}

fn numbers(daily: Vec<u64>) -> Vec<Option<Number>> {
    daily.into_iter().map(|count| Some(count.into())).collect()
}
