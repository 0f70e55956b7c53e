//! Exact numbers: integers and fractions compare as they are; only gauges and amounts are IEEE doubles.

use std::cmp::Ordering;

use ethnum::I256;
use serde::{Deserialize, Serialize};

use crate::playbook::{Arithmetic, Decimal};

/// A number in a condition. Fractions keep a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Number {
    Fraction { numerator: i128, denominator: i128 },
    Double(f64),
}

impl Number {
    pub fn integer(value: i64) -> Self {
        Self::Fraction { numerator: i128::from(value), denominator: 1 }
    }

    /// `None` for a zero denominator: the value is missing.
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        match denominator.signum() {
            0 => None,
            1 => Some(Self::Fraction { numerator, denominator }),
            _ => Some(Self::Fraction { numerator: -numerator, denominator: -denominator }),
        }
    }

    pub fn to_f64(self) -> f64 {
        match self {
            Self::Double(value) => value,
            Self::Fraction { numerator, denominator: 1 } => numerator as f64,
            Self::Fraction { numerator, denominator } => nearest_double(numerator, denominator),
        }
    }

    /// A number of so many places; an integer where it is one.
    pub fn decimal(value: i128, places: u32) -> Self {
        let unit = 10i64.pow(places);
        let integer = match i64::try_from(value) {
            Ok(value) => (value % unit == 0).then(|| i128::from(value / unit)),
            Err(_) => (value % i128::from(unit) == 0).then(|| value / i128::from(unit)),
        };
        match integer {
            Some(numerator) => Self::Fraction { numerator, denominator: 1 },
            None => Self::Fraction { numerator: value, denominator: unit.into() },
        }
    }

    /// The order of two numbers; where one is a double, the other is rounded to one first.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        if let (Self::Fraction { numerator: n1, denominator: d1 }, Self::Fraction { numerator: n2, denominator: d2 }) = (self, other) {
            // As nearly always.
            if let (Ok(n1), Ok(d1), Ok(n2), Ok(d2)) = (i64::try_from(n1), i64::try_from(d1), i64::try_from(n2), i64::try_from(d2)) {
                return Some((i128::from(n1) * i128::from(d2)).cmp(&(i128::from(n2) * i128::from(d1))));
            }
            if let (Some(left), Some(right)) = (n1.checked_mul(d2), n2.checked_mul(d1)) {
                return Some(left.cmp(&right));
            }
        }
        // A double on one side, or a product beyond 128 bits, which only arithmetic on arithmetic reaches.
        self.to_f64().partial_cmp(&other.to_f64())
    }

    /// `None` where the result is missing (division by zero).
    pub fn calculate(self, operation: Arithmetic, other: Self) -> Option<Self> {
        if let (Self::Fraction { numerator: n1, denominator: d1 }, Self::Fraction { numerator: n2, denominator: d2 }) = (self, other) {
            if operation == Arithmetic::Divide && n2 == 0 {
                return None;
            }
            if let Some(exact) = fraction(n1, d1, operation, n2, d2) {
                return Some(exact);
            }
        }
        let (left, right) = (self.to_f64(), other.to_f64());
        let result = match operation {
            Arithmetic::Add => left + right,
            Arithmetic::Subtract => left - right,
            Arithmetic::Multiply => left * right,
            Arithmetic::Divide => left / right,
        };
        // Division by zero is among what is not finite.
        result.is_finite().then_some(Self::Double(result))
    }

    /// The least or the greatest of some numbers; doubles if one is. `None` of none.
    pub fn extreme(numbers: impl Iterator<Item = Self>, greatest: bool) -> Option<Self> {
        let wanted = if greatest { Ordering::Greater } else { Ordering::Less };
        let mut is_any_double = false;
        let best = numbers
            .inspect(|number| is_any_double |= matches!(number, Self::Double(_)))
            .reduce(|best, number| if number.compare(best) == Some(wanted) { number } else { best })?;
        Some(if is_any_double { Self::Double(best.to_f64()) } else { best })
    }

    /// Whether it is a fraction, or more.
    pub fn is_at_least(self, numerator: i128, denominator: i128) -> bool {
        self.compare(Self::Fraction { numerator, denominator }).is_some_and(Ordering::is_ge)
    }

    pub fn negate(self) -> Self {
        match self {
            Self::Fraction { numerator, denominator } => Self::Fraction { numerator: -numerator, denominator },
            Self::Double(value) => Self::Double(-value),
        }
    }
}

/// A number rounded to twelve places after the point, half to even, as 10⁻¹²: what enters a mean, a share or a sum of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twelve(i128);

impl Twelve {
    const PLACES: u32 = 12;

    /// `None`: it is 10¹⁵ or more in size, or not finite.
    pub fn of(number: Number) -> Option<Self> {
        rounded::<{ Self::PLACES }>(number).map(Self)
    }

    /// In units of 10⁻¹²: such as add up.
    pub fn units(self) -> i128 {
        self.0
    }

    /// `None` of none.
    pub fn mean(values: impl Iterator<Item = Self>) -> Option<Number> {
        let (sum, count) = values.fold((0i128, 0i128), |(sum, count), Self(value)| (sum + value, count + 1));
        Self::mean_of_units(sum, count)
    }

    /// The mean of so many that add up to so many units; `None` of none.
    pub fn mean_of_units(sum: i128, count: i128) -> Option<Number> {
        (count > 0).then(|| Number::decimal(divided(sum, count), Self::PLACES))
    }

    /// `None`: it is too large.
    pub fn sum(values: impl Iterator<Item = Self>) -> Option<Number> {
        let sum: i128 = values.map(|Self(value)| value).sum();
        (sum.unsigned_abs() < SIZE_MAX * 10u128.pow(Self::PLACES)).then(|| Number::decimal(sum, Self::PLACES))
    }

    /// The sum of each value times its weight ÷ the sum of the weights; `None` of none.
    pub fn weighted(values: impl Iterator<Item = (Self, Decimal)> + Clone) -> Option<Number> {
        let scale = values.clone().map(|(_, weight)| weight.scale).max()?;
        let raised = |weight: Decimal| weight.digits * 10i128.pow(u32::from(scale - weight.scale));
        let short = values.clone().try_fold((0i64, 0i64), |(sum, weights), (Self(value), weight)| {
            let (value, weight) = (i64::try_from(value).ok()?, i64::try_from(raised(weight)).ok()?);
            Some((sum.checked_add(value.checked_mul(weight)?)?, weights.checked_add(weight)?))
        });
        if let Some((sum, weights)) = short {
            return Some(Number::decimal(divided_short(sum, weights).into(), Self::PLACES));
        }
        let exact = values.clone().try_fold((0i128, 0i128), |(sum, weights), (Self(value), weight)| {
            let weight = raised(weight);
            Some((sum.checked_add(value.checked_mul(weight)?)?, weights.checked_add(weight)?))
        });
        let mean = match exact {
            Some((sum, weights)) => divided(sum, weights),
            // Weights of many digits.
            None => {
                let wide = values.fold((I256::ZERO, I256::ZERO), |(sum, weights), (Self(value), weight)| {
                    let weight = I256::from(raised(weight));
                    (sum + I256::from(value) * weight, weights + weight)
                });
                divided_wide(wide.0, wide.1)
            }
        };
        Some(Number::decimal(mean, Self::PLACES))
    }

    /// So many of so many; `None` of none.
    pub fn share(of: u64, all: u64) -> Option<Number> {
        (all > 0).then(|| Number::decimal(divided(i128::from(of) * 10i128.pow(Self::PLACES), all.into()), Self::PLACES))
    }
}

/// What is as large, or larger, is missing where it would be rounded.
const SIZE_MAX: u128 = 1_000_000_000_000_000;

impl Number {
    /// Rounded to so many places, 18 at most, half to even; `None`: it is 10¹⁵ or more in size, or not finite.
    pub fn to_places<const PLACES: u32>(self) -> Option<Self> {
        rounded::<PLACES>(self).map(|value| Number::decimal(value, PLACES))
    }
}

/// A number in units of so many places, of 18 at most.
fn rounded<const PLACES: u32>(number: Number) -> Option<i128> {
    let unit = const { 10i64.pow(PLACES) };
    let (numerator, denominator) = match number {
        Number::Fraction { numerator, denominator: 1 } => {
            return (numerator.unsigned_abs() < SIZE_MAX).then(|| numerator * i128::from(unit));
        }
        Number::Fraction { numerator, denominator } => (numerator, denominator),
        Number::Double(value) => return rounded_double(value, unit.into()),
    };
    // What is small is not divided to find that out.
    if numerator.unsigned_abs() >= SIZE_MAX && numerator.unsigned_abs() / denominator.unsigned_abs() >= SIZE_MAX {
        return None;
    }
    if let (Ok(numerator), Ok(denominator)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        // As nearly always; and what has been rounded before needs no division, or a short one.
        if unit % denominator == 0 {
            return Some(i128::from(numerator) * i128::from(unit / denominator));
        }
        if denominator % unit == 0 {
            return Some(divided_short(numerator, denominator / unit).into());
        }
        if let Some(scaled) = numerator.checked_mul(unit) {
            return Some(divided_short(scaled, denominator).into());
        }
    }
    Some(match numerator.checked_mul(unit.into()) {
        Some(scaled) => divided(scaled, denominator),
        None => divided_wide(I256::from(numerator) * I256::from(unit), I256::from(denominator)),
    })
}

/// By its exact binary value.
fn rounded_double(value: f64, unit: i128) -> Option<i128> {
    const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    if !value.is_finite() || value.abs() >= SIZE_MAX as f64 {
        return None;
    }
    let bits = value.to_bits();
    let (exponent, fraction) = ((bits >> FRACTION_BITS & 0x7FF) as i32, (bits & ((1 << FRACTION_BITS) - 1)) as i128);
    // Below the normal numbers all is nothing.
    let mantissa = if exponent == 0 { 0 } else { fraction | 1 << FRACTION_BITS };
    let (scaled, power) = (mantissa * unit, exponent - 1023 - FRACTION_BITS as i32);
    let magnitude = match power {
        0.. => scaled << power,
        // A mantissa times the unit has less than 94 bits.
        -126..0 => divided(scaled, 1 << -power),
        _ => 0,
    };
    Some(if value < 0.0 { -magnitude } else { magnitude })
}

/// The nearest integer to a quotient, half to even. The divisor is positive.
fn divided(numerator: i128, divisor: i128) -> i128 {
    if let (Ok(numerator), Ok(divisor)) = (i64::try_from(numerator), i64::try_from(divisor)) {
        return divided_short(numerator, divisor).into();
    }
    // One division, which takes long.
    let (mut quotient, mut remainder) = (numerator / divisor, numerator % divisor);
    if remainder < 0 {
        (quotient, remainder) = (quotient - 1, remainder + divisor);
    }
    let rounds_up = rounds_up(remainder, divisor - remainder, quotient % 2 != 0);
    quotient + i128::from(rounds_up)
}

/// As [`divided`].
fn divided_short(numerator: i64, divisor: i64) -> i64 {
    let (quotient, remainder) = (numerator.div_euclid(divisor), numerator.rem_euclid(divisor));
    let rounds_up = rounds_up(remainder, divisor - remainder, quotient % 2 != 0);
    quotient + i64::from(rounds_up)
}

/// Whether a quotient is rounded up, half to even. `rest`: what the remainder lacks of the divisor, since twice a remainder may be too large.
#[inline]
fn rounds_up<T: Ord>(remainder: T, rest: T, is_odd: bool) -> bool {
    match remainder.cmp(&rest) {
        Ordering::Less => false,
        Ordering::Equal => is_odd,
        Ordering::Greater => true,
    }
}

fn divided_wide(numerator: I256, divisor: I256) -> i128 {
    let (quotient, remainder) = (numerator.div_euclid(divisor), numerator.rem_euclid(divisor));
    let rounds_up = rounds_up(remainder, divisor - remainder, quotient % 2 != 0);
    (quotient + I256::from(i128::from(rounds_up))).as_i128()
}

impl From<Decimal> for Number {
    fn from(decimal: Decimal) -> Self {
        match 10i128.checked_pow(u32::from(decimal.scale)) {
            Some(denominator) => Self::Fraction { numerator: decimal.digits, denominator },
            None => Self::Double(decimal.digits as f64 / 10f64.powi(i32::from(decimal.scale))),
        }
    }
}

/// The fraction, reduced where it is an integer or large, so that chains of arithmetic stay small; `None` beyond 128 bits.
fn fraction(n1: i128, d1: i128, operation: Arithmetic, n2: i128, d2: i128) -> Option<Number> {
    let short = |number: i128| i64::try_from(number).ok().map(i128::from);
    let (numerator, denominator) = if let (Some(n1), Some(d1), Some(n2), Some(d2)) = (short(n1), short(d1), short(n2), short(d2)) {
        // As nearly always: no product of two is too large, nor a sum of two products.
        match operation {
            Arithmetic::Add => (n1 * d2 + n2 * d1, d1 * d2),
            Arithmetic::Subtract => (n1 * d2 - n2 * d1, d1 * d2),
            Arithmetic::Multiply => (n1 * n2, d1 * d2),
            Arithmetic::Divide => (n1 * d2, d1 * n2),
        }
    } else {
        match operation {
            Arithmetic::Add => (n1.checked_mul(d2)?.checked_add(n2.checked_mul(d1)?)?, d1.checked_mul(d2)?),
            Arithmetic::Subtract => (n1.checked_mul(d2)?.checked_sub(n2.checked_mul(d1)?)?, d1.checked_mul(d2)?),
            Arithmetic::Multiply => (n1.checked_mul(n2)?, d1.checked_mul(d2)?),
            Arithmetic::Divide => (n1.checked_mul(d2)?, d1.checked_mul(n2)?),
        }
    };
    if let (Ok(top), Ok(bottom)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        // As nearly always: what is as small may stay unreduced.
        return match (bottom, top.checked_rem(bottom)) {
            (_, Some(0)) => Some(Number::integer(top / bottom)),
            _ => Number::ratio(numerator, denominator),
        };
    }
    let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128;
    Number::ratio(numerator / divisor.max(1), denominator / divisor.max(1))
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The double nearest to a fraction. Parts below 2^53 divide exactly rounded; larger ones by long division to 64 bits, the
/// last of which remembers whether anything was left over, so that the one rounding that follows is right.
fn nearest_double(numerator: i128, denominator: i128) -> f64 {
    const EXACT: u128 = 1 << 53;
    let (magnitude, divisor) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    if magnitude < EXACT && divisor < EXACT {
        return numerator as f64 / denominator as f64;
    }
    let (mut quotient, mut remainder) = (magnitude / divisor, magnitude % divisor);
    let mut exponent = 0;
    while quotient < 1 << 62 && remainder != 0 && remainder < 1 << 126 {
        remainder <<= 1;
        quotient = quotient << 1 | u128::from(remainder >= divisor);
        remainder = if remainder >= divisor { remainder - divisor } else { remainder };
        exponent -= 1;
    }
    let value = (quotient | u128::from(remainder != 0)) as f64 * 2f64.powi(exponent);
    if numerator < 0 { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(digits: i128, scale: u8) -> Number {
        Decimal { digits, scale }.into()
    }

    #[test]
    fn ratios_compare_exactly_with_decimals() {
        let three_of_five = Number::ratio(3, 5).expect("not zero");
        assert_eq!(three_of_five.compare(decimal(6, 1)), Some(Ordering::Equal));
        assert_eq!(Number::ratio(-3, 10).expect("not zero").compare(decimal(-3, 1)), Some(Ordering::Equal));
        assert_eq!(Number::Double(0.1 + 0.2).compare(decimal(3, 1)), Some(Ordering::Greater));
        assert_eq!(Number::Double(0.3).compare(decimal(3, 1)), Some(Ordering::Equal));
    }

    #[test]
    fn arithmetic_is_exact_and_division_by_zero_is_missing() {
        let third = Number::integer(1).calculate(Arithmetic::Divide, Number::integer(3)).expect("a third");
        assert_eq!(
            third.calculate(Arithmetic::Multiply, Number::integer(3)).and_then(|one| one.compare(Number::integer(1))),
            Some(Ordering::Equal)
        );
        assert_eq!(Number::integer(1).calculate(Arithmetic::Divide, Number::integer(0)), None);
    }

    #[test]
    fn large_fractions_round_to_the_nearest_double() {
        let value = Number::ratio((1 << 60) + 1, (1 << 60) - 1).expect("not zero");
        assert_eq!(value.to_f64(), 1.0);
        assert_eq!(Number::ratio(1, 3).expect("not zero").to_f64(), 1.0 / 3.0);
        assert_eq!(Number::ratio(6_000_000_000_000_000_000, 10_000_000_000_000_000_000).expect("not zero").to_f64(), 0.6);
    }
}
