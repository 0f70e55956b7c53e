//! Asks the engine's metrics, measures and conditions of one account.

use serde_json::Number as JsonNumber;

use crate::engine::{
    Account, AccountIndex, AccountProduct, Conditions, Engine, Evidence, Expr, Number, Reading, Shown, Stage, Subject, Truth, Value, View,
    evidence, integer, plain_number, way_to,
};
use crate::playbook::{
    Function, HELD_DAYS, MeasureIndex, Metric, MetricRef, Of, Operand, Operator, Playbook, ProductIndex, canonical_operand,
};
use crate::view::account::{ComparisonView, Days, MeasureView, PartView};
use crate::view::date::Date;

/// An account, and all that it is asked by.
pub struct Asked<'a> {
    pub playbook: &'a Playbook,
    pub view: View<'a>,
    pub conditions: &'a Conditions,
}

impl<'a> Asked<'a> {
    pub fn new(engine: &'a Engine, index: AccountIndex) -> Self {
        Self { playbook: engine.playbook(), view: engine.view(index), conditions: engine.conditions() }
    }

    pub fn account(&self) -> &'a Account {
        self.view.account
    }

    pub fn product_id(&self, index: ProductIndex) -> String {
        self.playbook.products[usize::from(index.0)].id.clone()
    }

    pub fn stage(&self, index: ProductIndex) -> Stage {
        self.account().product(index).map_or(Stage::None, |product| product.stage)
    }

    /// Products of the account that the playbook names, in its order.
    pub fn named_products(&self) -> impl Iterator<Item = (ProductIndex, &'a AccountProduct)> {
        let mut products: Vec<_> = self.account().products.iter().filter_map(|product| Some((product.index?, product))).collect();
        products.sort_by_key(|(index, _)| *index);
        products.into_iter()
    }

    pub fn is_entitled(&self, index: ProductIndex) -> bool {
        self.view.entitled().any(|(entitled, _)| entitled == index)
    }

    /// A metric that names nothing; `days`: the N that is asked for, or the playbook's window.
    pub fn reading(&self, of: Of, product: Option<ProductIndex>, name: &str, days: Option<u16>) -> Reading {
        let signature = self.playbook.vocabulary.signature(name, of).expect("it is among the engine's metrics");
        Reading::of(signature, product, days, self.playbook)
    }

    /// A metric that names something, such as a feature.
    pub fn reading_named(&self, of: Of, product: Option<ProductIndex>, (name, named): (&str, &str), days: u16) -> Reading {
        let mut metric: Metric = self.reading(of, product, name, Some(days)).metric;
        metric.name = Some(named.to_owned());
        Reading::new(MetricRef { product, metric }, self.playbook, |name| self.view.names.get(name))
    }

    pub fn number_of(&self, reading: &Reading) -> Option<Number> {
        match self.view.reading(reading) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    pub fn number(&self, of: Of, product: Option<ProductIndex>, name: &str, days: Option<u16>) -> Option<Number> {
        self.number_of(&self.reading(of, product, name, days))
    }

    pub fn figure(&self, of: Of, product: Option<ProductIndex>, name: &str, days: Option<u16>) -> Option<JsonNumber> {
        self.number(of, product, name, days).and_then(plain_number)
    }

    /// 0 where it is missing.
    pub fn count(&self, of: Of, product: Option<ProductIndex>, name: &str, days: Option<u16>) -> u64 {
        self.number(of, product, name, days).and_then(integer).map_or(0, |count| count as u64)
    }

    pub fn holds(&self, of: Of, product: Option<ProductIndex>, name: &str) -> bool {
        matches!(self.view.reading(&self.reading(of, product, name, None)), Value::Boolean(true))
    }

    pub fn text(&self, of: Of, product: Option<ProductIndex>, name: &str) -> Option<String> {
        match self.view.reading(&self.reading(of, product, name, None)) {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }

    /// Bounds of the windows of days that are shown one by one.
    pub fn held_from(&self) -> i32 {
        self.account().day - (HELD_DAYS - 1)
    }

    /// The modules of a product's catalogue, each with its features by their ids.
    pub fn catalogue_modules(&self, index: ProductIndex) -> Vec<(String, Vec<String>)> {
        let mut modules: Vec<(String, Vec<String>)> = Vec::new();
        for feature in &self.playbook.products[usize::from(index.0)].features {
            let Some(module) = &feature.module else { continue };
            match modules.iter_mut().find(|(known, _)| known == module) {
                Some((_, features)) => features.push(feature.id.clone()),
                None => modules.push((module.clone(), vec![feature.id.clone()])),
            }
        }
        modules
    }

    pub fn measure(&self, measure: MeasureIndex, product: Option<ProductIndex>) -> MeasureView {
        let known = &self.playbook.measures[usize::from(measure.0)];
        let told = self.account().bands.iter().find(|told| (told.measure, told.product) == (measure.0, product));
        MeasureView {
            measure: known.id.clone(),
            value: self.view.measure(measure.0, product).and_then(plain_number),
            band: told.map(|told| self.view.names.text(told.band).to_owned()),
            parts: self.parts(measure, product),
        }
    }

    /// The terms of the expression, where it is one of several.
    fn parts(&self, measure: MeasureIndex, product: Option<ProductIndex>) -> Vec<PartView> {
        let about = product.map_or(crate::playbook::About::ACCOUNT, crate::playbook::About::product);
        let part = |written: &Operand, value: Option<Number>, weight: Option<Number>| PartView {
            metric: canonical_operand(written, about, self.playbook),
            value: value.and_then(plain_number),
            weight: weight.and_then(plain_number),
        };
        let expr = self.view.plan.measure(measure.0, product);
        match (&self.playbook.measures[usize::from(measure.0)].value, expr) {
            (Operand::Weighted(written), Expr::Weighted(parts)) => {
                let parts = written.iter().zip(&**parts);
                parts.map(|((written, weight), (of, _))| part(written, self.view.number(of), Some((*weight).into()))).collect()
            }
            (Operand::Call(Function::Mean | Function::Least | Function::Greatest, written), Expr::Call(_, parts)) => {
                written.iter().zip(&**parts).map(|(written, of)| part(written, self.view.number(of), None)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Of whom a condition's expressions are asked.
    pub fn of(&self, subject: Subject) -> View<'a> {
        subject.user().map_or(self.view, |user| self.view.of_user(user))
    }

    pub fn comparisons(&self, view: View<'a>, comparisons: &'a [Shown]) -> Vec<ComparisonView> {
        let shown = evidence(view, comparisons);
        comparisons.iter().zip(shown).map(|(comparison, shown)| comparison_view(view, comparison, shown)).collect()
    }
}

fn comparison_view(view: View<'_>, shown: &Shown, seen: Evidence) -> ComparisonView {
    let (compare, known) = (&shown.compare, |value: serde_json::Value| (!value.is_null()).then_some(value));
    ComparisonView {
        metric: seen.metric.to_string(),
        value: known(seen.value),
        operator: seen.operator.to_owned(),
        threshold: known(seen.threshold),
        holds: known_truth(view.holds(compare)),
        progress: progress(view, shown).and_then(plain_number),
        window: seen.window.map(|(from, to)| Days { from: Date(from), to: Date(to) }),
    }
}

/// How far a number is on its way to a positive threshold.
fn progress(view: View<'_>, shown: &Shown) -> Option<Number> {
    let compare = &shown.compare;
    if !matches!(compare.operator, Operator::GreaterOrEqual | Operator::Greater) {
        return None;
    }
    let is_positive = |threshold: &Number| threshold.compare(Number::integer(0)).is_some_and(|order| order.is_gt());
    let threshold = view.number(&compare.right).filter(is_positive)?;
    way_to(view.number(&compare.left), threshold, compare.operator == Operator::Greater && view.holds(compare) != Truth::True)
}

/// `None` of what is unknown.
pub fn known_truth(truth: Truth) -> Option<bool> {
    match truth {
        Truth::Unknown => None,
        truth => Some(truth == Truth::True),
    }
}
