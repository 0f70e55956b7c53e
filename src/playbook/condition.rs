//! Conditions in their typed form: what is left of CEL once it has been parsed and checked.

use super::ProductIndex;
use super::canonical::literal;
use super::vocabulary::{Naming, Signature};
use std::cmp::Ordering;
use std::fmt;

/// A boolean expression over metrics, in three-valued (Kleene) logic.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Constant(bool),
    /// A boolean value by itself (`entitled`).
    Flag(Operand),
    Compare(Comparison),
    /// Whether a value is not missing.
    Known(Operand),
    /// Whether a list holds one of these texts.
    HasAny(Operand, Vec<String>),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    /// The first unless it is unknown, else the second.
    Either(Box<[Condition; 2]>),
    /// The second where the first is true, the third where it is false.
    Choice(Box<[Condition; 3]>),
}

/// `left operator right`. `In` has a [`Operand::List`] on its right.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub left: Operand,
    pub operator: Operator,
    pub right: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Number(Decimal),
    Text(String),
    Boolean(bool),
    /// Literals only.
    List(Vec<Operand>),
    Metric(MetricRef),
    Measure(MeasureRef),
    /// A metric or measure of products, read of the account's primary one.
    Primary(Box<Operand>),
    Negate(Box<Operand>),
    Arithmetic(Box<Operand>, Arithmetic, Box<Operand>),
    /// Of two numbers or more.
    Call(Function, Vec<Operand>),
    /// Values and their weights.
    Weighted(Vec<(Operand, Decimal)>),
    /// The first unless it is missing, else the second.
    Either(Box<[Operand; 2]>),
    /// The first where the condition is true, the second where it is false.
    Choice(Box<(Condition, Operand, Operand)>),
    /// A condition's truth as a value, missing where that is unknown.
    Truth(Box<Condition>),
    Aggregate(Box<Aggregate>),
}

/// A function of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Missing if one is.
    Least,
    /// Missing if one is.
    Greatest,
    /// Of those that are not missing.
    Mean,
}

/// A figure of an account's users, or of the products that it is entitled to.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    pub over: Over,
    pub figure: Figure,
    /// Only those of whom it is true.
    pub among: Option<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    Users,
    Products,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// How many.
    Count(Condition),
    /// How many of all.
    Share(Condition),
    Mean(Operand),
    Least(Operand),
    Greatest(Operand),
    Sum(Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// The decimal number written: `digits × 10^-scale`. Without trailing zeros after the point, so that equal numbers are equal.
/// A loaded one has |digits| < 10^18 and a scale of at most 18, so that two of them multiply within an `i128`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    pub digits: i128,
    pub scale: u8,
}

/// A metric and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricRef {
    /// `None`: of the subject (the product judged, or the account for an account metric).
    pub product: Option<ProductIndex>,
    pub metric: Metric,
}

/// Index of a measure in [`Playbook::measures`](super::Playbook::measures), file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MeasureIndex(pub u16);

/// A measure and whose it is, as [`MetricRef`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasureRef {
    pub product: Option<ProductIndex>,
    pub measure: MeasureIndex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    Core,
    Main,
    Advanced,
    HighValue,
}

/// A metric with its arguments, the defaults filled in. What a metric does not take is `None` or unused.
#[derive(Clone)]
pub struct Metric {
    pub signature: &'static Signature,
    /// Of the feature, gauge or workflow that is named.
    pub name: Option<String>,
    pub tier: Option<Tier>,
    /// The N of a trailing window D−N+1 ..= D, or of whatever else the metric counts; the playbook's `window_days` where it takes none.
    pub number: u16,
    /// Only complete days are read.
    pub complete: bool,
    /// The playbook's.
    pub min_volume: u32,
    pub min_active_days: u16,
}

impl Metric {
    fn key(&self) -> (&'static str, Option<&str>, Option<Tier>, u16, bool, u32, u16) {
        let Self { signature, name, tier, number, complete, min_volume, min_active_days } = self;
        (signature.name, name.as_deref(), *tier, *number, *complete, *min_volume, *min_active_days)
    }

    /// Its arguments, every default written out.
    pub fn arguments(&self) -> Vec<String> {
        let name = self.tier.map(Tier::name).or(self.name.as_deref());
        let number = self.signature.number.map(|_| self.number.to_string());
        name.map(literal).into_iter().chain(number).collect()
    }

    /// The feature that is named.
    pub fn feature(&self) -> Option<&str> {
        self.name.as_deref().filter(|_| matches!(self.signature.naming, Some((Naming::Feature, _))))
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Metric {}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, of, tier, number, complete, min_volume, min_active_days) = self.key();
        write!(f, "{name}({of:?}, {tier:?}, {number}, {complete}, {min_volume}, {min_active_days})")
    }
}

/// A part of a condition, as [`Condition::visit`] comes by it.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    Metric(&'a MetricRef),
    Measure(MeasureRef),
    /// Before what is in it.
    Aggregate(&'a Aggregate),
    /// Before what is read of the primary product.
    Primary,
}

impl Operand {
    /// Everything that is read, in the order written; what is in an aggregate, too.
    pub fn visit<'a>(&'a self, visit: &mut impl FnMut(Part<'a>)) {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Boolean(_) | Self::List(_) => {}
            Self::Metric(reference) => visit(Part::Metric(reference)),
            Self::Measure(reference) => visit(Part::Measure(*reference)),
            Self::Primary(inner) => {
                visit(Part::Primary);
                inner.visit(visit);
            }
            Self::Negate(inner) => inner.visit(visit),
            Self::Arithmetic(left, _, right) => [left, right].into_iter().for_each(|side| side.visit(visit)),
            Self::Call(_, operands) => operands.iter().for_each(|operand| operand.visit(visit)),
            Self::Weighted(weighted) => weighted.iter().for_each(|(operand, _)| operand.visit(visit)),
            Self::Either(sides) => sides.iter().for_each(|side| side.visit(visit)),
            Self::Choice(choice) => {
                let (condition, yes, no) = &**choice;
                condition.visit(visit);
                [yes, no].into_iter().for_each(|side| side.visit(visit));
            }
            Self::Truth(condition) => condition.visit(visit),
            Self::Aggregate(aggregate) => {
                visit(Part::Aggregate(aggregate));
                match &aggregate.figure {
                    Figure::Count(condition) | Figure::Share(condition) => condition.visit(visit),
                    Figure::Mean(of) | Figure::Least(of) | Figure::Greatest(of) | Figure::Sum(of) => of.visit(visit),
                }
                aggregate.among.iter().for_each(|among| among.visit(visit));
            }
        }
    }
}

impl Condition {
    /// As [`Operand::visit`].
    pub fn visit<'a>(&'a self, visit: &mut impl FnMut(Part<'a>)) {
        match self {
            Self::Constant(_) => {}
            Self::Flag(operand) | Self::Known(operand) | Self::HasAny(operand, _) => operand.visit(visit),
            Self::Compare(Comparison { left, right, .. }) => [left, right].into_iter().for_each(|side| side.visit(visit)),
            Self::Not(inner) => inner.visit(visit),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Self::Either(parts) => parts.iter().for_each(|part| part.visit(visit)),
            Self::Choice(parts) => parts.iter().for_each(|part| part.visit(visit)),
        }
    }

    /// `!condition`; of a negation, what was negated, which is the same in three-valued logic too.
    pub fn negated(self) -> Self {
        match self {
            Condition::Not(inner) => *inner,
            other => Condition::Not(Box::new(other)),
        }
    }

    /// All hold, in this order; conjunctions among them are taken apart, as the grouping has no meaning.
    pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Self {
        let mut parts = Vec::new();
        for condition in conditions {
            match condition {
                Condition::And(inner) => parts.extend(inner),
                other => parts.push(other),
            }
        }
        if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) }
    }
}

impl Operator {
    /// As written in a condition.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "in",
        }
    }
}

impl Arithmetic {
    /// As written in a condition.
    pub fn sign(self) -> &'static str {
        match self {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
        }
    }
}

impl Function {
    /// As written in a condition.
    pub fn name(self) -> &'static str {
        match self {
            Self::Least => "min",
            Self::Greatest => "max",
            Self::Mean => "mean",
        }
    }
}

impl Over {
    /// As written in a condition.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Products => "products",
        }
    }
}

impl Figure {
    /// As written in a condition.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Count(_) => "count",
            Self::Share(_) => "share",
            Self::Mean(_) => "mean",
            Self::Least(_) => "min",
            Self::Greatest(_) => "max",
            Self::Sum(_) => "sum",
        }
    }
}

impl Tier {
    pub const COUNT: usize = 4;

    /// As written in a playbook.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Core => "core",
            Tier::Main => "main",
            Tier::Advanced => "advanced",
            Tier::HighValue => "high_value",
        }
    }
}

impl Decimal {
    pub const ZERO: Self = Self { digits: 0, scale: 0 };

    /// Most digits a written number has, and most of them after the point: two of them multiply within an `i128`.
    pub const DIGITS_MAX: u32 = 18;

    pub fn integer(value: i64) -> Self {
        Self { digits: i128::from(value), scale: 0 }
    }

    pub fn negated(self) -> Self {
        Self { digits: -self.digits, ..self }
    }

    pub fn compare(self, other: Self) -> Ordering {
        // Of at most 18 digits and as many places.
        let scaled = |decimal: Self, by: u8| decimal.digits * 10_i128.pow(u32::from(by));
        scaled(self, other.scale).cmp(&scaled(other, self.scale))
    }

    /// An unsigned decimal number with or without a point and an exponent, `None` where it is not one or does not fit: at most 18
    /// digits once zeros at either end are left out, at most 18 of them after the point.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written = format!("{whole}{fraction}");
        if written.is_empty() || !written.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let significant = written.trim_end_matches('0');
        let dropped = written.len() - significant.len();
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self::ZERO);
        }
        if significant.len() > Self::DIGITS_MAX as usize {
            return None;
        }
        let digits: i128 = significant.parse().ok()?;
        // The number is digits × 10^power.
        let power = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(i64::try_from(dropped).ok()?)?;
        let scale = u32::try_from(power.checked_neg()?.max(0)).ok().filter(|scale| *scale <= Self::DIGITS_MAX)?;
        let raised = u32::try_from(power.max(0)).ok().filter(|raised| *raised < Self::DIGITS_MAX)?;
        let digits = digits.checked_mul(10_i128.pow(raised))?;
        (digits < 10_i128.pow(Self::DIGITS_MAX)).then_some(Self { digits, scale: scale as u8 })
    }
}

impl fmt::Display for Decimal {
    /// Without an exponent: `-0.3`, `1000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = usize::from(self.scale);
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_the_number_written() {
        for (text, digits, scale) in [
            ("0", 0, 0),
            ("0.0", 0, 0),
            ("0e999", 0, 0),
            ("30", 30, 0),
            ("0.6", 6, 1),
            ("0.60", 6, 1),
            (".5", 5, 1),
            ("1.5e3", 1500, 0),
            ("1500e-3", 15, 1),
            ("1e17", 100_000_000_000_000_000, 0),
            ("1e-18", 1, 18),
            ("999999999999999999", 999_999_999_999_999_999, 0),
            ("000000000000000000000.500000000000000000000", 5, 1),
        ] {
            assert_eq!(Decimal::parse(text), Some(Decimal { digits, scale }), "{text}");
        }
        for text in ["", ".", "e3", "1e", "-1", "1e18", "1e-19", "1000000000000000000", "1.000000000000000001", "1e99999999999999999999"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_decimal_is_displayed_without_an_exponent() {
        for (digits, scale, text) in [(0, 0, "0"), (-3, 1, "-0.3"), (15, 1, "1.5"), (1, 18, "0.000000000000000001"), (1000, 0, "1000")] {
            assert_eq!(Decimal { digits, scale }.to_string(), text);
        }
    }
}
