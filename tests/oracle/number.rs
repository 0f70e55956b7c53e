//! Exact fractions over `i128`, correctly rounded to a double where one is needed.

use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frac {
    n: i128,
    /// Always positive; `n` and `d` have no common divisor.
    d: i128,
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn checked(value: Option<i128>) -> i128 {
    value.expect("the oracle's fractions overflowed: simplify the condition under test")
}

impl Frac {
    pub fn int(n: i64) -> Self {
        Frac { n: n as i128, d: 1 }
    }

    /// `None` where `d` is 0.
    pub fn ratio(n: i128, d: i128) -> Option<Self> {
        if d == 0 {
            return None;
        }
        let common = gcd(n.unsigned_abs(), d.unsigned_abs()).max(1) as i128;
        let (n, d) = (n / common, d / common);
        Some(if d < 0 { Frac { n: -n, d: -d } } else { Frac { n, d } })
    }

    /// A decimal literal: `12`, `0.6`, `1e3`, `2.5e-1`.
    pub fn decimal(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut n: i128 = 0;
        for c in whole.chars().chain(fraction.chars()) {
            n = checked(n.checked_mul(10)).checked_add(c.to_digit(10)? as i128)?;
        }
        let power = exponent - fraction.len() as i32;
        let scale = checked(10i128.checked_pow(power.unsigned_abs()));
        if power < 0 { Frac::ratio(n, scale) } else { Frac::ratio(checked(n.checked_mul(scale)), 1) }
    }

    pub fn negate(self) -> Self {
        Frac { n: -self.n, d: self.d }
    }

    pub fn plus(self, other: Self) -> Self {
        let left = checked(self.n.checked_mul(other.d));
        let right = checked(other.n.checked_mul(self.d));
        Frac::ratio(checked(left.checked_add(right)), checked(self.d.checked_mul(other.d))).unwrap()
    }

    pub fn minus(self, other: Self) -> Self {
        self.plus(other.negate())
    }

    pub fn times(self, other: Self) -> Self {
        Frac::ratio(checked(self.n.checked_mul(other.n)), checked(self.d.checked_mul(other.d))).unwrap()
    }

    pub fn over(self, other: Self) -> Option<Self> {
        if other.n == 0 {
            return None;
        }
        Frac::ratio(checked(self.n.checked_mul(other.d)), checked(self.d.checked_mul(other.n)))
    }

    pub fn compare(self, other: Self) -> Ordering {
        checked(self.n.checked_mul(other.d)).cmp(&checked(other.n.checked_mul(self.d)))
    }

    pub fn as_integer(self) -> Option<i64> {
        (self.d == 1).then(|| i64::try_from(self.n).ok()).flatten()
    }

    /// The nearest double, ties to even.
    pub fn to_f64(self) -> f64 {
        let exact = 1i128 << 53;
        if self.n.abs() <= exact && self.d <= exact {
            return self.n as f64 / self.d as f64; // one correctly rounded operation on exact operands
        }
        if self.d == 1 {
            return self.n as f64; // the cast rounds to nearest even
        }
        // Long division: 55 significant bits and whether anything is left over.
        let (n, d) = (self.n.unsigned_abs(), self.d as u128);
        let (mut quotient, mut rest, mut exponent) = (n / d, n % d, 0i32);
        while quotient < 1 << 55 {
            rest *= 2;
            quotient = quotient * 2 + rest / d;
            rest %= d;
            exponent -= 1;
        }
        if rest != 0 {
            quotient |= 1; // sticky: far below the rounding bit, as `quotient` has at least 56 bits
        }
        let magnitude = quotient as f64 * 2f64.powi(exponent); // no subnormals within i128 fractions
        if self.n < 0 { -magnitude } else { magnitude }
    }
}
