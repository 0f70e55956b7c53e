//! Exact fractions of any size, correctly rounded to a double or to decimal places where that is asked for.

use num_bigint::{BigInt, BigUint, Sign};
use num_rational::BigRational;
use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frac(BigRational);

impl Frac {
    pub fn int(n: i64) -> Self {
        Frac(BigRational::from_integer(n.into()))
    }

    /// `None` where `d` is 0.
    pub fn ratio(n: i128, d: i128) -> Option<Self> {
        (d != 0).then(|| Frac(BigRational::new(n.into(), d.into())))
    }

    /// A decimal literal: `12`, `0.6`, `1e3`, `2.5e-1`, also with a minus before it.
    pub fn decimal(text: &str) -> Option<Self> {
        if let Some(positive) = text.strip_prefix('-') {
            return Some(Frac::decimal(positive)?.negate());
        }
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let n: BigInt = digits.parse().ok()?;
        let power = exponent - fraction.len() as i32;
        let scale = BigInt::from(10).pow(power.unsigned_abs());
        Some(Frac(if power < 0 { BigRational::new(n, scale) } else { BigRational::from_integer(n * scale) }))
    }

    /// The exact value of a double, which is finite.
    pub fn of_double(double: f64) -> Self {
        Frac(BigRational::from_float(double).expect("a finite double"))
    }

    pub fn negate(&self) -> Self {
        Frac(-&self.0)
    }

    pub fn plus(&self, other: &Self) -> Self {
        Frac(&self.0 + &other.0)
    }

    pub fn minus(&self, other: &Self) -> Self {
        Frac(&self.0 - &other.0)
    }

    pub fn times(&self, other: &Self) -> Self {
        Frac(&self.0 * &other.0)
    }

    /// `None` where the other is 0.
    pub fn over(&self, other: &Self) -> Option<Self> {
        (other.0.numer().sign() != Sign::NoSign).then(|| Frac(&self.0 / &other.0))
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }

    pub fn as_integer(&self) -> Option<i64> {
        self.0.is_integer().then(|| i64::try_from(self.0.numer()).ok()).flatten()
    }

    /// The greatest whole number that is not above it.
    pub fn floor(&self) -> BigInt {
        self.0.floor().to_integer()
    }

    /// Rounded to so many places after the point, half to even.
    pub fn rounded(&self, places: u32) -> Self {
        let scale = BigInt::from(10).pow(places);
        let scaled = &self.0 * BigRational::from_integer(scale.clone());
        let below = scaled.floor().to_integer();
        let rest = scaled - BigRational::from_integer(below.clone());
        let half = BigRational::new(1.into(), 2.into());
        let up = match rest.cmp(&half) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => below.bit(0),
        };
        Frac(BigRational::new(if up { below + 1 } else { below }, scale))
    }

    /// Is it 10^15 or more in size?
    pub fn is_huge(&self) -> bool {
        let (n, d) = (self.0.numer().magnitude(), self.0.denom().magnitude());
        *n >= d * 1_000_000_000_000_000_u64
    }

    /// The nearest double, ties to even.
    pub fn to_f64(&self) -> f64 {
        let (n, d) = (self.0.numer().magnitude(), self.0.denom().magnitude());
        if *n == BigUint::ZERO {
            return 0.0;
        }
        // Long division: a quotient of 63 bits or 64 and whether anything is left over.
        let shift = 63 + d.bits() as i64 - n.bits() as i64;
        let (n, d) = if shift >= 0 { (n << shift, d.clone()) } else { (n.clone(), d << -shift) };
        let (quotient, rest) = (&n / &d, &n % &d);
        let mut bits = u64::try_from(quotient).expect("at most 64 bits");
        if rest != BigUint::ZERO {
            bits |= 1; // sticky: far below the rounding bit
        }
        let magnitude = bits as f64 * 2f64.powi(-shift as i32); // no fraction that is met is so small that it would be subnormal
        if self.0.numer().sign() == Sign::Minus { -magnitude } else { magnitude }
    }
}
