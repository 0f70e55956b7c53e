//! The one definition of each metric, over an account's facts and verdicts on its day D.

use std::cmp::Ordering;

use super::account::{Account, AccountProduct, Stage};
use super::day::{Day, NEVER};
use super::facts::{Cells, Product, TermState};
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
                let place = self.name(known, feature).and_then(|name| facts.features.place_of(name));
                count(place.map_or(0, |place| facts.features.row(place).sum(window(*days), today)))
            }
            Metric::Gauge { name, days } => {
                let gauge = self.name(known, name).and_then(|name| facts.gauge(name));
                Some(Number::Double(gauge.filter(|gauge| gauge.day >= window(*days)).map_or(0.0, |gauge| gauge.value)))
            }
            Metric::ActiveUsers { days } => count(facts.users.active_since(window(*days), facts.last_use)),
            Metric::UsersOf { feature, days } => {
                let place = self.name(known, feature).and_then(|name| facts.features.place_of(name));
                count(place.map_or(0, |place| facts.users.users_of_since(place, window(*days), facts.last_use)))
            }
            Metric::ActiveDays { days } => count(facts.events.days_counted(window(*days), today).into()),
            Metric::ActiveWeeks { weeks } => {
                let week_used = |week: &i32| facts.events.any(today - 7 * week - 6, today - 7 * week);
                count((0..i32::from(*weeks)).filter(week_used).count() as u64)
            }
            Metric::FeaturesUsed { tier, days } => {
                let catalogue = &self.plan.catalogue[usize::from(index.0)];
                let of_tier = |name: &NameId| tier.is_none_or(|tier| catalogue.get(name).is_some_and(|mask| mask >> tier as u8 & 1 == 1));
                count(facts.features.used_since(window(*days)).filter(of_tier).count() as u64)
            }
            Metric::FeatureShare { days } => {
                let catalogue = &self.plan.catalogue[usize::from(index.0)];
                let used = facts.features.used_since(window(*days)).filter(|name| catalogue.contains_key(name));
                Number::ratio(used.count() as i128, catalogue.len() as i128)
            }
            Metric::Seats => facts.entitlements.in_force(today)?.seats.map(|seats| Number::integer(seats.into())),
            Metric::EntitledDays => days_since(facts.entitlements.in_force(today)?.entitled_since),
            Metric::LicenseUtilization { days } => {
                let seats = facts.entitlements.in_force(today)?.seats?;
                Number::ratio(facts.users.active_since(window(*days), facts.last_use).into(), seats.into())
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
                let daily = facts.users.daily_since(window(*days), facts.last_use);
                let users = facts.users.active_since(window(*days), facts.last_use);
                Number::ratio(daily.into(), i128::from(*days) * i128::from(users))
            }
            Metric::Concentration { days } => {
                let counts = facts.features.iter().map(|(_, row)| row.sum(window(*days), today));
                let (most, all) = counts.fold((0, 0u64), |(most, all), count| (count.max(most), all.saturating_add(count)));
                Number::ratio(most.into(), all.into())
            }
            Metric::Integrations => count(facts.integrations.into()),
            Metric::WorkflowRuns { name, days } => {
                let wanted = name.as_ref().map(|name| self.name(known, name));
                let runs = facts.workflows().iter().filter(|workflow| wanted.is_none_or(|name| name == Some(workflow.name)));
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

    /// Where a slot's source stands now, and by how much an integer may rise and stay there; `before`: where it stood. `product` is that
    /// of the slot's group, where it is a product's.
    pub fn slot(&self, source: &Source, product: Option<&AccountProduct>, before: Slot) -> (Slot, u16) {
        match source {
            Source::Number { metric, name, constants, gaps } => {
                let value = match metric.product {
                    None => self.account_number(&metric.metric),
                    Some(index) => self.product_number(&metric.metric, index, product, *name),
                };
                let Some(number) = value.and_then(integer) else { return (position(value, constants), 0) };
                let within =
                    |slot: Slot| gaps.get(usize::from(slot)).filter(|gap| (i128::from(gap.0)..=i128::from(gap.1)).contains(&number));
                // Most values stay in their gap.
                let at = if within(before).is_some() { before } else { position(value, constants) };
                let room = within(at).map_or(0, |gap| (i128::from(gap.1) - number).min(u16::MAX.into()));
                (at, room as u16)
            }
            Source::Comparison(comparison) => match self.holds(comparison) {
                Truth::Unknown => (UNKNOWN, 0),
                truth => (Slot::from(truth == Truth::True), 0),
            },
            Source::Flag(reference) => match self.value(reference) {
                Value::Boolean(value) => (Slot::from(value), 0),
                _ => (UNKNOWN, 0),
            },
        }
    }

    /// The first day after D on which a source may stand in another slot than `at`, where it stands, although nothing happens
    /// until then; never later than the true one. `None`: it stays.
    pub fn due(&self, source: &Source, product: Option<&AccountProduct>, at: Slot) -> Option<Day> {
        let today = self.account.day;
        let (metric, name, gaps) = match source {
            Source::Number { metric, name, gaps, .. } => (metric, *name, gaps),
            Source::Flag(reference) => {
                return reference.product.and_then(|index| self.account.product(index)?.facts.entitlements.next_change(today));
            }
            Source::Comparison(_) => return Some(today + 1),
        };
        // Where the value is missing the gap is of no use, and no rising or falling metric asks for it.
        let (low, high) = gaps.get(usize::from(at)).copied().unwrap_or((i64::MIN, i64::MAX));
        let value = || match metric.product {
            None => self.account_number(&metric.metric),
            Some(index) => self.product_number(&metric.metric, index, product, name),
        };
        // Of a number that a day moves by one.
        let rises = || if high == i64::MAX { None } else { Some(after(today, i128::from(high) - integer(value()?)?)) };
        let falls = || if low == i64::MIN { None } else { Some(after(today, integer(value()?)? - i128::from(low))) };
        match metric.product {
            None => self.account_due(&metric.metric, rises, falls),
            Some(_) => self.product_due(&metric.metric, &product?.facts, name, low, rises),
        }
    }

    fn product_due(
        &self,
        metric: &Metric,
        facts: &Product,
        name: Option<NameId>,
        low: i64,
        rises: impl FnOnce() -> Option<Day>,
    ) -> Option<Day> {
        let today = self.account.day;
        let from = |days: u16| today - Day::from(days) + 1;
        let tomorrow = today + 1;
        let terms = || facts.entitlements.next_change(today);
        match metric {
            Metric::Events { feature: None, days } => falls(facts.events.cells(), *days, today, low),
            Metric::Events { feature: Some(feature), days } => {
                let place = facts.features.place_of(self.name(name, feature)?)?;
                falls(facts.features.row(place), *days, today, low)
            }
            Metric::ActiveDays { days } => {
                let sum = facts.events.days_counted(from(*days), today);
                falls_below(sum.into(), facts.events.days_within(from(*days), today).map(|(day, _)| (day, 1)), *days, low)
            }
            Metric::ActiveUsers { days } => users_fall(facts, None, *days, today, low),
            Metric::UsersOf { feature, days } => {
                let place = facts.features.place_of(self.name(name, feature)?)?;
                users_fall(facts, Some(place), *days, today, low)
            }
            // A ratio: the first user who leaves may move it.
            Metric::LicenseUtilization { days } => {
                let seats = facts.entitlements.in_force(today).and_then(|term| term.seats);
                [seats.and_then(|_| users_fall(facts, None, *days, today, i64::MAX)), terms()].into_iter().flatten().min()
            }
            Metric::FeaturesUsed { days, .. } | Metric::FeatureShare { days } => {
                let last_uses = facts.features.iter().filter_map(|(_, row)| row.last_counted()).filter(|&last_use| last_use >= from(*days));
                last_uses.min().map(|day| day + Day::from(*days))
            }
            Metric::Gauge { name: text, days } => {
                let gauge = facts.gauge(self.name(name, text)?).filter(|gauge| gauge.day >= from(*days))?;
                Some((gauge.day + Day::from(*days)).max(tomorrow))
            }
            Metric::UsageChange { days, .. } | Metric::FrequencyChange { days } => {
                let span = 2 * Day::from(*days);
                if facts.first_use == NEVER {
                    None
                } else if facts.first_use > today - span {
                    Some(facts.first_use + span)
                } else {
                    (facts.last_use >= today - span).then_some(tomorrow)
                }
            }
            Metric::Stickiness { days } | Metric::Concentration { days } => (facts.last_use >= from(*days)).then_some(tomorrow),
            Metric::ActiveWeeks { weeks } => (facts.last_use >= from(7 * weeks)).then_some(tomorrow),
            Metric::EntitledDays => [rises(), terms()].into_iter().flatten().min(),
            Metric::Seats => terms(),
            Metric::DaysSinceUse | Metric::DaysSinceFirstUse | Metric::StageDays => rises(),
            Metric::WorkflowRuns { days, .. } => {
                facts.workflows().iter().any(|workflow| workflow.runs.any(from(*days), today)).then_some(tomorrow)
            }
            Metric::Integrations => None,
            _ => Some(tomorrow),
        }
    }

    fn account_due(&self, metric: &Metric, rises: impl FnOnce() -> Option<Day>, falls: impl FnOnce() -> Option<Day>) -> Option<Day> {
        let account = self.account;
        match metric {
            Metric::AccountStageDays
            | Metric::ObservedDays
            | Metric::FirstProductDays
            | Metric::DaysSinceTouchpoint
            | Metric::OnboardedDays => rises(),
            Metric::DaysToRenewal => falls(),
            Metric::ProductsEntitled | Metric::Breadth => {
                account.products.iter().filter_map(|product| product.facts.entitlements.next_change(account.day)).min()
            }
            Metric::ProductsAdopted
            | Metric::DaysToSecondProduct
            | Metric::Employees
            | Metric::Industry
            | Metric::Region
            | Metric::Arr
            | Metric::Owner
            | Metric::SuccessRole => None,
            _ => Some(account.day + 1),
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

/// The value of a number that is an integer.
fn integer(number: Number) -> Option<i128> {
    match number {
        Number::Fraction { numerator, denominator: 1 } => Some(numerator),
        _ => None,
    }
}

/// The day after so many more days than today, at least tomorrow.
fn after(today: Day, days: i128) -> Day {
    today + 1 + days.clamp(0, 1 << 20) as Day
}

/// The day on which the sum over the trailing days falls below a bound, if nothing is added.
fn falls(counts: Cells<'_>, days: u16, today: Day, low: i64) -> Option<Day> {
    if low <= 0 {
        return None;
    }
    let from = today - Day::from(days) + 1;
    falls_below(counts.sum(from, today), counts.days_within(from, today), days, low)
}

/// The same, of a sum and of what it is made of, the earliest day first.
fn falls_below(sum: u64, ascending: impl Iterator<Item = (Day, u64)>, days: u16, low: i64) -> Option<Day> {
    if low <= 0 {
        return None;
    }
    let mut left = i128::from(sum);
    for (day, count) in ascending {
        left -= i128::from(count);
        if left < i128::from(low) {
            return Some(day + Day::from(days));
        }
    }
    None
}

/// The same, of the users of a product or of a feature.
fn users_fall(facts: &Product, feature: Option<usize>, days: u16, today: Day, low: i64) -> Option<Day> {
    if low <= 0 {
        return None;
    }
    let from = today - Day::from(days) + 1;
    let (mut by_day, mut sum) = ([0u64; HELD_DAYS as usize], 0);
    facts.users.last_days(feature, from, facts.last_use, |day, users| {
        if let Some(of_day) = by_day.get_mut((day - from) as usize) {
            *of_day += users;
            sum += users;
        }
    });
    let ascending = (from..).zip(by_day).filter(|&(_, users)| users > 0);
    falls_below(sum, ascending, days, low)
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

/// The first day after D on which [`entitled_stage`] may be another, or a waiting term begins, although nothing happens.
pub fn entitled_due(product: &AccountProduct, today: Day) -> Option<Day> {
    let facts = &product.facts;
    let unused = (facts.last_use > today - HELD_DAYS).then(|| facts.last_use + HELD_DAYS);
    [unused, facts.entitlements.next_change(today)].into_iter().flatten().min()
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
