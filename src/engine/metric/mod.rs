//! The metrics: one [`Def`] each, in a file for each family, and what is read by them of an account on its day D.

mod account;
mod definition;
mod depth;
mod people;
mod stages;
mod terms;
mod usage;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::account::{Account, AccountProduct, Stage};
use super::day::Day;
use super::facts::{Cells, Product, TermState};
use super::names::{NameId, Names};
use super::number::Number;
use super::plan::{Plan, Slot, Source, Truth, UNKNOWN, position};
use crate::playbook::vocabulary::{Needed, Number as Limit, Reads, Signature};
use crate::playbook::{Comparison, HELD_DAYS, Metric, MetricRef, Operand, Operator, Playbook, Problem, SHIPPED, Vocabulary};
pub use definition::{Def, Due, FeatureFacts, Gap, Heading, Of, OfAccount, OfProduct, Window};

/// Every metric, in the reference's order.
pub static METRICS: [&Def; 44] = [
    &usage::EVENTS_OF,
    &depth::GAUGE_LEVEL,
    &people::ACTIVE_USERS,
    &people::USERS_OF,
    &usage::ACTIVE_DAYS,
    &usage::ACTIVE_WEEKS,
    &depth::FEATURES_USED,
    &depth::FEATURE_SHARE,
    &terms::SEATS,
    &terms::SEATS_DAYS,
    &terms::ENTITLED,
    &terms::ENTITLED_DAYS,
    &terms::PLAN,
    &terms::TRIALING,
    &terms::TERM_DAYS_LEFT,
    &people::LICENSE_UTILIZATION,
    &usage::DAYS_SINCE_USE,
    &usage::DAYS_SINCE_FIRST_USE,
    &stages::STAGE_DAYS,
    &usage::USAGE_CHANGE,
    &usage::USAGE_SHIFT,
    &usage::FREQUENCY_CHANGE,
    &people::STICKINESS,
    &depth::CONCENTRATION,
    &depth::INTEGRATIONS,
    &depth::WORKFLOW_RUNS,
    &terms::PRODUCTS_ENTITLED,
    &account::PRODUCTS_ACTIVE,
    &stages::PRODUCTS_ADOPTED,
    &stages::BREADTH,
    &stages::ACCOUNT_STAGE_DAYS,
    &account::OBSERVED_DAYS,
    &stages::FIRST_PRODUCT_DAYS,
    &stages::DAYS_TO_SECOND_PRODUCT,
    &account::DAYS_SINCE_TOUCHPOINT,
    &account::EMPLOYEES,
    &account::INDUSTRY,
    &account::REGION,
    &account::ARR,
    &account::DAYS_TO_RENEWAL,
    &account::ONBOARDED_DAYS,
    &account::OWNER,
    &account::SUCCESS_ROLE,
    &account::HOLIDAY,
];

const N: Limit = Limit { label: "N", needed: Needed::Optional, min: 1, days: 1, reads: Reads::Trailing { complete: true } };
/// Of what has no complete days of its own.
const N_UP_TO_D: Limit = Limit { reads: Reads::Trailing { complete: false }, ..N };
const N_OF_CHANGE: Limit = Limit { needed: Needed::Required, days: 2, reads: Reads::Complete, ..N };
const W: Limit = Limit { label: "W", needed: Needed::Required, days: 7, ..N };

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary {
    metrics: METRICS.iter().map(|def| &def.signature).collect(),
    activated: "active_days >= 1",
    regular_use: "active_days(7) >= 1",
    proficient: "features_used(\"advanced\") >= 1",
    integrated: "integrations >= 1 || workflow_runs >= 1",
});

/// Definitions by the address of their signature, which is a static's.
static BY_SIGNATURE: LazyLock<HashMap<usize, &'static Def, foldhash::fast::FixedState>> =
    LazyLock::new(|| METRICS.iter().map(|def| (address(&def.signature), *def)).collect());

fn address(signature: &'static Signature) -> usize {
    std::ptr::from_ref(signature).addr()
}

/// The definition of a metric of the engine's vocabulary.
pub fn def(metric: &Metric) -> &'static Def {
    BY_SIGNATURE.get(&address(metric.signature)).expect("conditions are loaded against the engine's vocabulary")
}

impl Playbook {
    /// Loads and checks a playbook; see [`Playbook::load_with`].
    ///
    /// # Errors
    ///
    /// Every problem, in the order of the file.
    pub fn load(file: &str, yaml: &str) -> Result<Self, Vec<Problem>> {
        Self::load_with(file, yaml, &VOCABULARY)
    }

    /// The playbook that ships with the service.
    pub fn shipped() -> Self {
        Self::load("deploy/playbook.yaml", SHIPPED).expect("the shipped playbook is checked by a test")
    }
}

/// What metrics are read from.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub account: &'a Account,
    pub names: &'a Names,
    pub plan: &'a Plan,
}

/// The value of an operand.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Missing,
    Number(Number),
    Text(&'a str),
    Boolean(bool),
    List(&'a [Operand]),
}

/// The product that a reference names, where it was looked up already, and the name that the metric names.
type Known<'p> = Option<(Option<&'p AccountProduct>, Option<NameId>)>;

impl<'a> View<'a> {
    /// The value of a resolved metric.
    pub fn value(&self, reference: &MetricRef) -> Value<'a> {
        let def = def(&reference.metric);
        match def.value {
            Of::ProductFlag(holds) => self.of_product(reference, None, holds).flatten().map_or(Value::Missing, Value::Boolean),
            Of::ProductText(text) => {
                let product = reference.product.and_then(|index| self.account.product(index));
                product.and_then(|product| text(*self, product)).map_or(Value::Missing, |text| Value::Text(text))
            }
            Of::AccountFlag(holds) => Value::Boolean(holds(&OfAccount { view: *self, metric: &reference.metric })),
            Of::AccountText(text) => text(self.account).map_or(Value::Missing, |text| Value::Text(text)),
            Of::Product(_) | Of::Account(_) => self.number(def, reference, None).map_or(Value::Missing, Value::Number),
        }
    }

    /// The days that a resolved metric reads, both ends included.
    pub fn window(&self, reference: &MetricRef) -> Option<(Day, Day)> {
        let today = self.account.day;
        def(&reference.metric).window.days(&reference.metric, today, self.plan.complete(reference.product, today))
    }

    /// The value of a resolved metric that is a number; `None` where it is missing.
    fn number(&self, def: &Def, reference: &MetricRef, known: Known<'_>) -> Option<Number> {
        match def.value {
            Of::Product(value) => self.of_product(reference, known, value)?,
            Of::Account(value) => value(&OfAccount { view: *self, metric: &reference.metric }),
            Of::ProductFlag(_) | Of::ProductText(_) | Of::AccountFlag(_) | Of::AccountText(_) => None,
        }
    }

    /// Reads something of the product that a reference names; `None` where it names none.
    fn of_product<T>(&self, reference: &MetricRef, known: Known<'_>, read: impl FnOnce(&OfProduct<'_>) -> T) -> Option<T> {
        let index = reference.product?;
        let (product, known) = known.map_or_else(|| (self.account.product(index), None), |(product, name)| (product, name));
        let of = |product| OfProduct { view: *self, index, product, metric: &reference.metric, known };
        Some(match product {
            Some(product) => read(&of(product)),
            // Nothing is known of it: what the metrics are without any fact.
            None => read(&of(&AccountProduct::new(NameId(u32::MAX), None))),
        })
    }

    /// Where a slot's source stands now, and by how much an integer may rise and stay there; `before`: where it stood. `product` is that
    /// of the slot's group, where it is a product's.
    pub fn slot(&self, source: &Source, product: Option<&AccountProduct>, before: Slot) -> (Slot, u16) {
        match source {
            Source::Number { def, metric, name, constants, gaps } => {
                let value = self.number(def, metric, Some((product, *name)));
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
        let (def, metric, name, gaps) = match source {
            Source::Number { def, metric, name, gaps, .. } => (*def, metric, *name, &**gaps),
            Source::Flag(metric) => (def(&metric.metric), metric, None, &[] as &[_]),
            Source::Comparison(_) => return Some(today + 1),
        };
        // Where the value is missing the gap is of no use, and no rising or falling metric asks for it.
        let (low, high) = gaps.get(usize::from(at)).copied().unwrap_or((i64::MIN, i64::MAX));
        let known = Some((product, name));
        let value = || integer(self.number(def, metric, known)?);
        let rises = || if high == i64::MAX { None } else { Some(after(today, i128::from(high) - value()?)) };
        let falls = || if low == i64::MIN { None } else { Some(after(today, value()? - i128::from(low))) };
        // Of a product of which nothing is known nothing falls due.
        if metric.product.is_some() && product.is_none() {
            return None;
        }
        let change = |product: &AccountProduct| product.facts.entitlements.next_change(today, self.plan.grace_days);
        let terms = || product.and_then(change);
        if metric.metric.complete {
            // Each day, while there is anything in the window or behind it.
            let (from, _) = self.window(metric)?;
            let facts = &product?.facts;
            let is_used = facts.last_use >= from || facts.workflows().iter().any(|workflow| workflow.runs.any(from, today));
            return [is_used.then_some(today + 1), terms()].into_iter().flatten().min();
        }
        match def.due {
            Due::Never => None,
            Due::Rises => rises(),
            Due::Falls => falls(),
            Due::Term => terms(),
            Due::RisesOrTerm => [rises(), terms()].into_iter().flatten().min(),
            Due::FallsOrTerm => [falls(), terms()].into_iter().flatten().min(),
            Due::AnyTerm => self.account.products.iter().filter_map(change).min(),
            Due::WhileUsed => {
                let (from, _) = self.window(metric)?;
                (product?.facts.last_use >= from).then_some(today + 1)
            }
            Due::Tomorrow => Some(today + 1),
            Due::Calendar => self.plan.calendar(metric.metric.name.as_deref()?).next_change(today, metric.metric.number),
            Due::Facts(due) => self.of_product(metric, known, |of| due(of, Gap { low }))?,
        }
    }

    /// The value of an operand whose metrics are resolved.
    pub fn operand<'t>(&self, operand: &'t Operand) -> Value<'t>
    where
        'a: 't,
    {
        match operand {
            Operand::Number(decimal) => Value::Number((*decimal).into()),
            Operand::Text(text) => Value::Text(text),
            Operand::Boolean(value) => Value::Boolean(*value),
            Operand::List(items) => Value::List(items),
            Operand::Metric(reference) => self.value(reference),
            Operand::Negate(inner) => match self.operand(inner) {
                Value::Number(number) => Value::Number(number.negate()),
                _ => Value::Missing,
            },
            Operand::Arithmetic(left, operation, right) => match (self.operand(left), self.operand(right)) {
                (Value::Number(left), Value::Number(right)) => left.calculate(*operation, right).map_or(Value::Missing, Value::Number),
                _ => Value::Missing,
            },
        }
    }

    /// Whether a comparison whose metrics are resolved holds; unknown where a side is missing.
    pub fn holds(&self, comparison: &Comparison) -> Truth {
        let left = self.operand(&comparison.left);
        if left == Value::Missing {
            return Truth::Unknown;
        }
        match self.operand(&comparison.right) {
            Value::Missing => Truth::Unknown,
            Value::List(items) => items.iter().any(|item| compare(&left, &self.operand(item)) == Some(Ordering::Equal)).into(),
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

/// The day on which a sum falls below a bound, if nothing is added, by what it is made of, the earliest day first.
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

/// The day on which the users of a product, or of a feature, fall below a bound, if nobody comes.
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

/// Whether the ladder's `entitled` holds of a product, and whether the product is to be at `none` whatever holds, as a term has ended or the
/// account is closed.
pub fn entitled_stage(account: &Account, position: usize) -> (bool, bool) {
    let product = &account.products[position];
    match product.facts.entitlements.state() {
        _ if account.is_closed() => (false, true),
        TermState::InForce => (true, false),
        TermState::Ended => (false, true),
        TermState::NeverTold => (is_held_by_use(product, account.day), false),
    }
}

/// Whether a product of which no term was told counts as entitled, for it was used of late.
pub fn is_held_by_use(product: &AccountProduct, today: Day) -> bool {
    // Compared so that "never" needs no case of its own.
    product.facts.last_use > today - HELD_DAYS
}

/// The first day after D on which [`entitled_stage`] may be another, or what is in force, although nothing happens.
pub fn entitled_due(product: &AccountProduct, today: Day, grace_days: Day) -> Option<Day> {
    let facts = &product.facts;
    let unused = is_held_by_use(product, today).then(|| facts.last_use + HELD_DAYS);
    [unused, facts.entitlements.next_change(today, grace_days)].into_iter().flatten().min()
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
