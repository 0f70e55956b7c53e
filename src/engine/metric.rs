//! The one definition of each metric, over an account's facts and verdicts on its day D.

use std::cmp::Ordering;

use super::account::{Account, AccountProduct, Stage};
use super::day::{Day, NEVER};
use super::facts::TermState;
use super::names::{NameId, Names};
use super::number::Number;
use super::plan::{Plan, Slot, Source, Truth, UNKNOWN, position};
use crate::playbook::{Comparison, HELD_DAYS, Metric, MetricRef, Operator, ProductIndex, Term};

/// What metrics are read from.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub account: &'a Account,
    pub names: &'a Names,
    pub plan: &'a Plan,
}

/// The value of a term.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Missing,
    Number(Number),
    Text(&'a str),
    Boolean(bool),
    List(&'a [Term]),
}

impl<'a> View<'a> {
    /// The value of a resolved metric.
    pub fn value(&self, reference: &MetricRef) -> Value<'a> {
        let account = self.account;
        let text = |text: Option<&'a String>| text.map_or(Value::Missing, |text| Value::Text(text));
        let profile = account.profile.as_deref();
        match &reference.metric {
            Metric::Entitled => {
                let product = reference.product.and_then(|index| account.product(index));
                Value::Boolean(product.is_some_and(|product| product.facts.entitlements.in_force(account.day).is_some()))
            }
            Metric::Industry => text(profile.and_then(|profile| profile.industry.as_ref())),
            Metric::Region => text(profile.and_then(|profile| profile.region.as_ref())),
            Metric::Owner => text(profile.and_then(|profile| profile.owner.as_ref())),
            Metric::SuccessRole => text(profile.and_then(|profile| profile.success_role.as_ref())),
            _ => self.number(reference).map_or(Value::Missing, Value::Number),
        }
    }

    /// The value of a resolved metric that is a number; `None` where it is missing.
    pub fn number(&self, reference: &MetricRef) -> Option<Number> {
        match reference.product {
            None => self.account_number(&reference.metric),
            Some(index) => self.product_number(&reference.metric, index, self.account.product(index), None),
        }
    }

    /// The name that a metric names, which the plan may have looked up already.
    fn name(&self, known: Option<NameId>, text: &str) -> Option<NameId> {
        known.or_else(|| self.names.get(text))
    }

    fn product_number(
        &self,
        metric: &Metric,
        index: ProductIndex,
        product: Option<&AccountProduct>,
        known: Option<NameId>,
    ) -> Option<Number> {
        let Some(product) = product else {
            // Nothing is known of it: what the metrics are without any fact.
            return self.product_number(metric, index, Some(&AccountProduct::new(NameId(u32::MAX), None)), known);
        };
        let facts = &product.facts;
        let today = self.account.day;
        let window = |days: u16| today - Day::from(days) + 1;
        let count = |value: u64| Some(Number::integer(value.min(i64::MAX as u64) as i64));
        let days_since = |day: Day| (day != NEVER).then(|| Number::integer(i64::from(today) - i64::from(day)));
        match metric {
            Metric::Events { feature: None, days } => count(facts.events.sum(window(*days), today)),
            Metric::Events { feature: Some(feature), days } => {
                let feature = self.name(known, feature).and_then(|name| facts.feature(name));
                count(feature.map_or(0, |feature| feature.counts.sum(window(*days), today)))
            }
            Metric::Gauge { name, days } => {
                let gauge = self.name(known, name).and_then(|name| facts.gauges.iter().find(|gauge| gauge.name == name));
                Some(Number::Double(gauge.filter(|gauge| gauge.day >= window(*days)).map_or(0.0, |gauge| gauge.value)))
            }
            Metric::ActiveUsers { days } => count(facts.users_by_last_day.sum(window(*days), today)),
            Metric::UsersOf { feature, days } => {
                let feature = self.name(known, feature).and_then(|name| facts.feature(name));
                count(feature.map_or(0, |feature| feature.users_by_last_day.sum(window(*days), today)))
            }
            Metric::ActiveDays { days } => count(facts.events.days_counted(window(*days), today).into()),
            Metric::ActiveWeeks { weeks } => {
                let week_used = |week: &i32| facts.events.any(today - 7 * week - 6, today - 7 * week);
                count((0..i32::from(*weeks)).filter(week_used).count() as u64)
            }
            Metric::FeaturesUsed { tier, days } => {
                let catalogue = &self.plan.catalogue[usize::from(index.0)];
                let of_tier = |name| tier.is_none_or(|tier| catalogue.get(name).is_some_and(|mask| mask >> tier as u8 & 1 == 1));
                let used = facts.features.iter().filter(|feature| feature.last_use >= window(*days));
                count(used.filter(|feature| of_tier(&feature.name)).count() as u64)
            }
            Metric::FeatureShare { days } => {
                let catalogue = &self.plan.catalogue[usize::from(index.0)];
                let used = facts.features.iter().filter(|feature| feature.last_use >= window(*days));
                Number::ratio(used.filter(|feature| catalogue.contains_key(&feature.name)).count() as i128, catalogue.len() as i128)
            }
            Metric::Seats => facts.entitlements.in_force(today)?.seats.map(|seats| Number::integer(seats.into())),
            Metric::EntitledDays => days_since(facts.entitlements.in_force(today)?.entitled_since),
            Metric::LicenseUtilization { days } => {
                let seats = facts.entitlements.in_force(today)?.seats?;
                Number::ratio(facts.users_by_last_day.sum(window(*days), today).into(), seats.into())
            }
            Metric::DaysSinceUse => days_since(facts.last_use),
            Metric::DaysSinceFirstUse => days_since(facts.first_use),
            Metric::StageDays => days_since(product.stage_changed),
            Metric::UsageChange { days, min_volume } => {
                let days = Day::from(*days);
                if facts.first_use == NEVER || facts.first_use > today - 2 * days {
                    return None;
                }
                let recent = facts.events.sum(today - days, today - 1);
                let previous = facts.events.sum(today - 2 * days, today - days - 1);
                if previous < u64::from(*min_volume) {
                    return None;
                }
                Number::ratio(i128::from(recent) - i128::from(previous), previous.into())
            }
            Metric::FrequencyChange { days } => {
                let days = Day::from(*days);
                if facts.first_use == NEVER || facts.first_use > today - 2 * days {
                    return None;
                }
                let recent = facts.events.days_counted(today - days, today - 1);
                let previous = facts.events.days_counted(today - 2 * days, today - days - 1);
                Number::ratio(i128::from(recent) - i128::from(previous), previous.into())
            }
            Metric::Stickiness { days } => {
                let daily = facts.daily_users.sum(window(*days), today);
                let users = facts.users_by_last_day.sum(window(*days), today);
                Number::ratio(daily.into(), i128::from(*days) * i128::from(users))
            }
            Metric::Concentration { days } => {
                let counts = facts.features.iter().map(|feature| feature.counts.sum(window(*days), today));
                let (most, all) = counts.fold((0, 0u64), |(most, all), count| (count.max(most), all.saturating_add(count)));
                Number::ratio(most.into(), all.into())
            }
            Metric::Integrations => count(facts.integrations.into()),
            Metric::WorkflowRuns { name, days } => {
                let wanted = name.as_ref().map(|name| self.name(known, name));
                let runs = facts.workflows.iter().filter(|workflow| wanted.is_none_or(|name| name == Some(workflow.name)));
                count(runs.fold(0, |sum, workflow| sum.saturating_add(workflow.runs.sum(window(*days), today))))
            }
            _ => None,
        }
    }

    fn account_number(&self, metric: &Metric) -> Option<Number> {
        let account = self.account;
        let today = account.day;
        let count = |value: usize| Some(Number::integer(value as i64));
        let days_since = |day: Day| Some(Number::integer(i64::from(today) - i64::from(day)));
        let named = || account.products.iter().filter(|product| product.index.is_some());
        let entitled = || named().filter(|product| product.facts.entitlements.in_force(today).is_some()).count();
        let profile = account.profile.as_deref();
        let contract = profile.and_then(|profile| profile.contract.as_ref());
        match metric {
            Metric::ProductsEntitled => count(entitled()),
            Metric::ProductsActive { days } => {
                let from = today - Day::from(*days) + 1;
                count(named().filter(|product| product.facts.events.any(from, today)).count())
            }
            Metric::ProductsAdopted => Some(Number::integer(account.products_adopted().into())),
            Metric::Breadth => Number::ratio(account.products_adopted().into(), entitled() as i128),
            Metric::AccountStageDays => days_since(if account.stage_changed == NEVER { account.began } else { account.stage_changed }),
            Metric::ObservedDays => days_since(account.began),
            Metric::FirstProductDays => days_since(named().map(|product| product.adopted_day).filter(|&day| day != NEVER).min()?),
            Metric::DaysToSecondProduct => {
                let order = account.adoption_order();
                Some(Number::integer(i64::from(order.get(1)?.0) - i64::from(order[0].0)))
            }
            Metric::DaysSinceTouchpoint => {
                days_since(account.signals.as_ref().map(|signals| signals.last_touchpoint).filter(|&day| day != NEVER)?)
            }
            Metric::Employees => Some(Number::integer(profile?.employees?.into())),
            Metric::Arr => Some(Number::Double(contract?.arr?)),
            Metric::DaysToRenewal => Some(Number::integer(i64::from(contract?.renewal?) - i64::from(today))),
            Metric::OnboardedDays => days_since(profile?.onboarding_completed?),
            _ => None,
        }
    }

    /// Where a slot's source stands now. `product` is that of the slot's group, where it is a product's.
    pub fn slot(&self, source: &Source, product: Option<&AccountProduct>) -> Slot {
        match source {
            Source::Number { metric, name, constants } => match metric.product {
                None => position(self.account_number(&metric.metric), constants),
                Some(index) => position(self.product_number(&metric.metric, index, product, *name), constants),
            },
            Source::Comparison(comparison) => match self.holds(comparison) {
                Truth::Unknown => UNKNOWN,
                truth => Slot::from(truth == Truth::True),
            },
            Source::Flag(reference) => match self.value(reference) {
                Value::Boolean(value) => Slot::from(value),
                _ => UNKNOWN,
            },
        }
    }

    /// The value of a term whose metrics are resolved.
    pub fn term<'t>(&self, term: &'t Term) -> Value<'t>
    where
        'a: 't,
    {
        match term {
            Term::Number(decimal) => Value::Number((*decimal).into()),
            Term::Text(text) => Value::Text(text),
            Term::Boolean(value) => Value::Boolean(*value),
            Term::List(items) => Value::List(items),
            Term::Metric(reference) => self.value(reference),
            Term::Negate(inner) => match self.term(inner) {
                Value::Number(number) => Value::Number(number.negate()),
                _ => Value::Missing,
            },
            Term::Arithmetic(left, operation, right) => match (self.term(left), self.term(right)) {
                (Value::Number(left), Value::Number(right)) => left.calculate(*operation, right).map_or(Value::Missing, Value::Number),
                _ => Value::Missing,
            },
        }
    }

    /// Whether a comparison whose metrics are resolved holds; unknown where a side is missing.
    pub fn holds(&self, comparison: &Comparison) -> Truth {
        let left = self.term(&comparison.left);
        if left == Value::Missing {
            return Truth::Unknown;
        }
        match self.term(&comparison.right) {
            Value::Missing => Truth::Unknown,
            Value::List(items) => items.iter().any(|item| compare(&left, &self.term(item)) == Some(Ordering::Equal)).into(),
            right => {
                let order = compare(&left, &right);
                Truth::from(match comparison.operator {
                    Operator::Equal | Operator::In => order == Some(Ordering::Equal),
                    Operator::NotEqual => order != Some(Ordering::Equal),
                    Operator::Less => order == Some(Ordering::Less),
                    Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    Operator::Greater => order == Some(Ordering::Greater),
                    Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                })
            }
        }
    }
}

fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.compare(*right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// The days a metric reads on day D, both ends included; `None` where it reads no window.
pub fn window_of(metric: &Metric, today: Day) -> Option<(Day, Day)> {
    let trailing = |days: u16| Some((today - Day::from(days) + 1, today));
    match metric {
        Metric::Events { days, .. }
        | Metric::Gauge { days, .. }
        | Metric::ActiveUsers { days }
        | Metric::UsersOf { days, .. }
        | Metric::ActiveDays { days }
        | Metric::FeaturesUsed { days, .. }
        | Metric::FeatureShare { days }
        | Metric::LicenseUtilization { days }
        | Metric::Stickiness { days }
        | Metric::Concentration { days }
        | Metric::WorkflowRuns { days, .. }
        | Metric::ProductsActive { days } => trailing(*days),
        Metric::ActiveWeeks { weeks } => trailing(7 * weeks),
        Metric::UsageChange { days, .. } | Metric::FrequencyChange { days } => Some((today - 2 * Day::from(*days), today - 1)),
        _ => None,
    }
}

/// Whether the ladder's `entitled` holds, and whether a term has ended.
pub fn entitled_stage(product: &AccountProduct, today: Day) -> (bool, bool) {
    match product.facts.entitlements.state(today) {
        TermState::InForce => (true, false),
        TermState::Ended => (false, true),
        // Compared so that "never" needs no case of its own.
        TermState::NeverTold => (product.facts.last_use > today - HELD_DAYS, false),
    }
}

/// The highest stage whose condition holds, given the truth of each above `entitled`.
pub fn derive_stage(cumulative: bool, entitled: bool, holds: [bool; 4]) -> Stage {
    let steps = [entitled, holds[0], holds[1], holds[2], holds[3]];
    let reached = if cumulative {
        steps.iter().take_while(|&&holds| holds).count()
    } else {
        steps.iter().rposition(|&holds| holds).map_or(0, |step| step + 1)
    };
    Stage::ALL[reached]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_is_climbed_step_by_step_or_by_the_highest() {
        for (cumulative, entitled, holds, stage) in [
            (true, false, [true; 4], Stage::None),
            (true, true, [true, false, true, true], Stage::Activated),
            (true, true, [true; 4], Stage::Integrated),
            (false, false, [false, true, false, false], Stage::Adopted),
            (false, true, [false; 4], Stage::Entitled),
            (false, false, [false; 4], Stage::None),
        ] {
            assert_eq!(derive_stage(cumulative, entitled, holds), stage);
        }
    }
}
