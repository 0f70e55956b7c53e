//! A figure before it is rounded to what is written.

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::BigUint;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::{Number as JsonNumber, Value as Json};

use crate::engine::{Number, json_number};
use crate::playbook::Decimal;

/// A number that is exact, or missing. Written as an integer where it is one, else as the nearest double; `null` where it is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Exact {
    #[default]
    Missing,
    Number(Number),
    /// A fraction, not in lowest terms, whose parts are too large for a [`Number`].
    Large(Box<[BigUint; 2]>),
}

impl Exact {
    pub fn integer(value: i64) -> Self {
        Self::Number(Number::integer(value))
    }

    /// Missing where it is divided by nothing.
    pub fn ratio(numerator: impl Into<i128>, denominator: impl Into<i128>) -> Self {
        Number::ratio(numerator.into(), denominator.into()).into()
    }

    /// A share of two numbers that may be very large.
    pub fn large(numerator: BigUint, denominator: BigUint) -> Self {
        // Such as compare exactly with any decimal that is written.
        match (i64::try_from(&numerator), i64::try_from(&denominator)) {
            (Ok(numerator), Ok(denominator)) => Self::ratio(numerator, denominator),
            _ => Self::Large(Box::new([numerator, denominator])),
        }
    }

    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// `None` where it is missing.
    pub fn compare(&self, with: Decimal) -> Option<Ordering> {
        match self {
            Self::Missing => None,
            Self::Number(number) => number.compare(with.into()),
            Self::Large(parts) => {
                let [numerator, denominator] = &**parts;
                // A share is never negative.
                let Ok(digits) = u128::try_from(with.digits) else { return Some(Ordering::Greater) };
                Some((numerator * 10u128.pow(with.scale.into())).cmp(&(denominator * digits)))
            }
        }
    }

    pub fn json(&self) -> Json {
        match self {
            Self::Missing => Json::Null,
            Self::Number(Number::Fraction { numerator, denominator }) if numerator % denominator == 0 => {
                json_number(Number::Fraction { numerator: numerator / denominator, denominator: 1 })
            }
            Self::Number(number) => json_number(*number),
            Self::Large(parts) => JsonNumber::from_f64(nearest_double(&parts[0], &parts[1])).map_or(Json::Null, Json::Number),
        }
    }
}

impl From<Option<Number>> for Exact {
    fn from(number: Option<Number>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

impl JsonSchema for Exact {
    fn schema_name() -> Cow<'static, str> {
        "Figure".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "`null` where it is missing.", "type": ["number", "null"]})
    }
}

/// Of a fraction that is not 0: a quotient of 64 bits, the last of which remembers whether anything was left over, is rounded once.
fn nearest_double(numerator: &BigUint, denominator: &BigUint) -> f64 {
    if *numerator == BigUint::ZERO {
        return 0.0;
    }
    let shift = 64 - (numerator.bits() as i64 - denominator.bits() as i64);
    let (scaled, divisor) = if shift >= 0 { (numerator << shift, denominator.clone()) } else { (numerator.clone(), denominator << -shift) };
    let quotient = &scaled / &divisor;
    let is_left_over = &quotient * &divisor != scaled;
    let bits = u128::try_from(&quotient).unwrap_or(u128::MAX) | u128::from(is_left_over);
    bits as f64 * 2f64.powi(-shift as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large(numerator: u32, denominator: u32) -> Exact {
        let by = BigUint::from(3u32).pow(200);
        Exact::large(by.clone() * numerator, by * denominator)
    }

    #[test]
    fn a_large_fraction_is_what_the_small_one_is() {
        for (numerator, denominator) in [(0, 1), (1, 1), (3, 5), (1, 3), (2, 3), (1, 1_000_003), (999_999_937, 1_000_000_007)] {
            let (large, small) = (large(numerator, denominator), Exact::ratio(numerator, denominator));
            assert!(matches!(large, Exact::Large(_)));
            let doubles = [&large, &small].map(|exact| exact.json().as_f64());
            assert_eq!(doubles[0], doubles[1], "{numerator} / {denominator}");
            for (digits, scale) in [(0, 0), (1, 0), (6, 1), (333_333_333_333, 12), (-1, 0)] {
                let with = Decimal { digits, scale };
                assert_eq!(large.compare(with), small.compare(with), "{numerator} / {denominator} and {digits}e-{scale}");
            }
        }
        assert_eq!(large(3, 5).compare(Decimal { digits: 6, scale: 1 }), Some(Ordering::Equal));
    }

    #[test]
    fn a_missing_figure_compares_with_nothing() {
        assert_eq!((Exact::ratio(1, 0).json(), Exact::Missing.compare(Decimal::ZERO)), (Json::Null, None));
        assert_eq!(Exact::ratio(6, 3).json(), Json::from(2));
    }
}
