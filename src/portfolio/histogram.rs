//! How numbers of accounts are spread: a thousand equal bins of a range, of which quartiles and the mean are read by lower edges.

use super::exact::Exact;
use crate::engine::{Number, Twelve};
use crate::playbook::{Arithmetic, Decimal};

pub const BINS: usize = 1000;

/// Of fewer numbers nothing is told but how many there are.
const NUMBERS_MIN: i64 = 5;

/// A range, divided.
#[derive(Clone, Debug)]
pub struct Scale {
    pub range: [Decimal; 2],
    low: Number,
    width: Number,
}

impl Scale {
    /// The range ascends.
    pub fn new(range: [Decimal; 2]) -> Self {
        let [low, high] = range.map(Number::from);
        let width = high.calculate(Arithmetic::Subtract, low).expect("two numbers");
        Self { range, low, width: width.calculate(Arithmetic::Divide, Number::integer(BINS as i64)).expect("two numbers") }
    }

    /// What lies outside, and the upper end, is in the nearest bin.
    pub fn bin(&self, value: Number) -> u16 {
        let above = value.calculate(Arithmetic::Subtract, self.low).and_then(|above| above.calculate(Arithmetic::Divide, self.width));
        let bin = match above {
            Some(Number::Fraction { numerator, denominator }) => numerator.div_euclid(denominator),
            Some(Number::Double(above)) => above.floor() as i128,
            None => 0,
        };
        bin.clamp(0, BINS as i128 - 1) as u16
    }

    /// The lower edge of a bin.
    fn edge(&self, bin: usize) -> Number {
        let above = self.width.calculate(Arithmetic::Multiply, Number::integer(bin as i64));
        above.and_then(|above| self.low.calculate(Arithmetic::Add, above)).expect("numbers of a range")
    }
}

/// Numbers by bin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    pub of: i64,
    /// None while there are no numbers.
    bins: Vec<i64>,
}

/// The mean and the quartiles, each by lower edges.
#[derive(Debug)]
pub struct Spread {
    pub mean: Exact,
    pub quartiles: [Exact; 3],
}

impl Histogram {
    /// So many more in a bin, or fewer.
    pub fn change(&mut self, bin: usize, by: i64) {
        if self.bins.is_empty() {
            self.bins = vec![0; BINS];
        }
        self.bins[bin] += by;
        self.of += by;
        if self.of == 0 && self.bins.iter().all(|count| *count == 0) {
            self.bins = Vec::new();
        }
    }

    pub fn add(&mut self, other: &Self) {
        other.counted().for_each(|(bin, count)| self.change(bin, count));
    }

    /// The bins with numbers in them.
    pub fn counted(&self) -> impl Iterator<Item = (usize, i64)> + '_ {
        self.bins.iter().copied().enumerate().filter(|(_, count)| *count != 0)
    }

    /// `None` of too few.
    pub fn spread(&self, scale: &Scale) -> Option<Spread> {
        if self.of < NUMBERS_MIN {
            return None;
        }
        let edges = self.counted().filter_map(|(bin, count)| Some(Twelve::of(scale.edge(bin))?.units() * i128::from(count)));
        let mean = Twelve::mean_of_units(edges.sum(), self.of.into());
        let quartile = |quarters: i64| {
            // The ⌈n q⌉-th.
            let mut left = (quarters * self.of + 3) / 4;
            let reached = self.counted().find(|(_, count)| {
                left -= count;
                left <= 0
            });
            reached.map(|(bin, _)| scale.edge(bin)).into()
        };
        Some(Spread { mean: mean.into(), quartiles: [1, 2, 3].map(quartile) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn scale(low: i128, high: i128, places: u8) -> Scale {
        Scale::new([low, high].map(|digits| Decimal { digits, scale: places }))
    }

    fn decimal(digits: i128, places: u8) -> Number {
        Decimal { digits, scale: places }.into()
    }

    #[test]
    fn a_number_is_in_the_bin_that_holds_it_or_in_the_nearest() {
        // From -1 to 1: bins of two thousandths.
        let scale = scale(-1, 1, 0);
        for (value, bin) in [
            (decimal(-1, 0), 0),
            (decimal(-998_000_001, 9), 0),
            (decimal(-998, 3), 1),
            (Number::integer(0), 500),
            (decimal(-1, 6), 499),
            (decimal(998, 3), 999),
            (Number::integer(1), 999),
            (Number::integer(50), 999),
            (Number::integer(-50), 0),
            (Number::ratio(1, 3).expect("a ratio"), 666),
        ] {
            assert_eq!(scale.bin(value), bin, "{value:?}");
            assert!(scale.edge(bin.into()).compare(value).is_some_and(|order| order.is_le() || bin == 0), "{value:?}");
        }
        assert_eq!((0..1000).find(|bin| usize::from(scale.bin(scale.edge(*bin))) != *bin), None);
    }

    /// In order, one by one.
    #[test]
    fn mean_and_quartiles_are_those_of_the_numbers_in_order() {
        let mut random = Random::new(3);
        for of in 0..60 {
            let (scale, mut histogram, mut values) = (scale(-25, 75, 1), Histogram::default(), Vec::new());
            for _ in 0..of {
                let value = random.below(120) as i128 - 30;
                histogram.change(scale.bin(decimal(value, 1)).into(), 1);
                // In thousandths. Each number is an edge: a tenth is ten bins. The upper end is in the last one.
                values.push(if value >= 75 { 7490 } else { value.max(-25) * 100 });
            }
            values.sort_unstable();
            assert_eq!(histogram.of, of as i64);
            let Some(Spread { mean, quartiles }) = histogram.spread(&scale) else {
                assert!(of < 5);
                continue;
            };
            let thousandths = |value: i128| Exact::Number(decimal(value, 3)).json();
            let nth = |quarters: usize| thousandths(values[(quarters * of).div_ceil(4) - 1]);
            assert_eq!(quartiles.map(|quartile| quartile.json()), [nth(1), nth(2), nth(3)], "{values:?}");
            let expected = values.iter().sum::<i128>() as f64 / 1000.0 / of as f64;
            let found = mean.json().as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-11, "{found} {expected}");
        }
    }
}
