//! Exact numbers: integers and fractions compare as they are; only gauges and amounts are IEEE doubles.

use std::cmp::Ordering;

use crate::playbook::{Arithmetic, Decimal};

/// A number in a condition. Fractions keep a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq)]
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
        match operation {
            Arithmetic::Add => Some(Self::Double(left + right)),
            Arithmetic::Subtract => Some(Self::Double(left - right)),
            Arithmetic::Multiply => Some(Self::Double(left * right)),
            Arithmetic::Divide => (right != 0.0).then(|| Self::Double(left / right)),
        }
    }

    pub fn negate(self) -> Self {
        match self {
            Self::Fraction { numerator, denominator } => Self::Fraction { numerator: -numerator, denominator },
            Self::Double(value) => Self::Double(-value),
        }
    }
}

impl From<Decimal> for Number {
    fn from(decimal: Decimal) -> Self {
        match 10i128.checked_pow(u32::from(decimal.scale)) {
            Some(denominator) => Self::Fraction { numerator: decimal.digits, denominator },
            None => Self::Double(decimal.digits as f64 / 10f64.powi(i32::from(decimal.scale))),
        }
    }
}

/// The fraction, reduced so that chains of arithmetic stay small; `None` beyond 128 bits.
fn fraction(n1: i128, d1: i128, operation: Arithmetic, n2: i128, d2: i128) -> Option<Number> {
    let (numerator, denominator) = match operation {
        Arithmetic::Add => (n1.checked_mul(d2)?.checked_add(n2.checked_mul(d1)?)?, d1.checked_mul(d2)?),
        Arithmetic::Subtract => (n1.checked_mul(d2)?.checked_sub(n2.checked_mul(d1)?)?, d1.checked_mul(d2)?),
        Arithmetic::Multiply => (n1.checked_mul(n2)?, d1.checked_mul(d2)?),
        Arithmetic::Divide => (n1.checked_mul(d2)?, d1.checked_mul(n2)?),
    };
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
