//! After how many days a second product was adopted, with those who have not adopted one yet: the estimator of E. L. Kaplan and P. Meier,
//! "Nonparametric Estimation from Incomplete Observations" (1958).

use std::collections::BTreeMap;

use num_bigint::BigUint;

use super::exact::Exact;

/// By days since the first adoption: accounts that then adopted a second product, and such as have not, after so many days.
pub type Waits = BTreeMap<u32, [i64; 2]>;

/// The share within which is told.
const WITHIN_DAYS: u32 = 180;

#[derive(Debug, PartialEq)]
pub struct Survival {
    pub of: i64,
    /// The first days on which at most three quarters, one half, one quarter have no second product.
    pub quartiles: [Option<u32>; 3],
    /// The share with a second product within 180 days.
    pub within: Exact,
}

/// S after some event: `top` × `left` ÷ `bottom`, exactly.
struct Share {
    top: BigUint,
    bottom: BigUint,
    /// Apart, as it cancels where nobody was lost before the next event.
    left: i64,
}

impl Share {
    /// Of so many at risk so many had the event.
    fn pass(&mut self, at_risk: i64, events: i64) {
        if self.left != at_risk {
            self.top *= self.left as u64;
            self.bottom *= at_risk as u64;
        }
        self.left = at_risk - events;
    }

    fn is_at_most(&self, quarters: u64) -> bool {
        &self.top * (4 * self.left as u64) <= &self.bottom * quarters
    }

    /// 1 − S.
    fn rest(&self) -> Exact {
        let gone = &self.bottom - &self.top * self.left as u64;
        Exact::large(gone, self.bottom.clone())
    }
}

/// Those who are lost on a day are lost after its events.
pub fn survival(waits: &Waits) -> Survival {
    let of: i64 = waits.values().flatten().sum();
    let mut share = Share { top: 1u32.into(), bottom: 1u32.into(), left: 1 };
    let (mut at_risk, mut quartiles) = (of, [None; 3]);
    let (mut within, mut is_known) = (Exact::ratio(0, 1), false);
    for (&days, &[events, lost]) in waits {
        is_known |= days >= WITHIN_DAYS;
        if events > 0 {
            share.pass(at_risk, events);
            for (quarters, quartile) in [3, 2, 1].into_iter().zip(&mut quartiles) {
                if quartile.is_none() && share.is_at_most(quarters) {
                    *quartile = Some(days);
                }
            }
            if days <= WITHIN_DAYS {
                within = share.rest();
                is_known |= share.left == 0;
            }
        }
        at_risk -= events + lost;
    }
    Survival { of, quartiles, within: if is_known { within } else { Exact::Missing } }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use num_rational::BigRational;

    use super::*;
    use crate::engine::Number;
    use crate::playbook::Decimal;
    use crate::random::Random;

    #[test]
    fn the_share_is_reckoned_by_hand() {
        let quarter = |digits| Some(Decimal { digits, scale: 2 });
        for (waits, of, quartiles, within) in [
            // Of six one has a second at once: 5/6. Of five two after 30 days: 1/2. One is lost, so that after 100 days it is one of two: 1/4.
            (&[(0, 1, 0), (30, 2, 0), (90, 0, 1), (100, 1, 0), (200, 0, 1)][..], 6, [Some(30), Some(30), Some(100)], quarter(75)),
            // Who is lost on a day was at risk with its events: 1/2, and not 0.
            (&[(10, 1, 1)], 2, [Some(10), Some(10), None], None),
            (&[(180, 1, 1)], 2, [Some(180), Some(180), None], quarter(50)),
            // Once all have one, nobody's days need reach so far.
            (&[(10, 2, 0)], 2, [Some(10); 3], quarter(100)),
            (&[(179, 0, 3)], 3, [None; 3], None),
            (&[(180, 0, 3)], 3, [None; 3], quarter(0)),
            (&[(181, 1, 0)], 1, [Some(181); 3], quarter(0)),
            (&[], 0, [None; 3], None),
        ] {
            let found = survival(&waits.iter().map(|&(days, events, lost)| (days, [events, lost])).collect());
            assert_eq!((found.of, found.quartiles), (of, quartiles), "{waits:?}");
            let compared = within.map(|within| found.within.compare(within));
            assert_eq!(compared, within.map(|_| Some(Ordering::Equal)), "{waits:?}: {:?}", found.within);
            assert_eq!(found.within.is_missing(), within.is_none(), "{waits:?}");
        }
    }

    /// The estimator as a product of fractions in lowest terms.
    fn product(waits: &Waits) -> ([Option<u32>; 3], BigRational) {
        let whole = |number: i64| BigRational::from_integer(number.into());
        let (mut share, mut within, mut quartiles) = (whole(1), whole(0), [None; 3]);
        let mut at_risk: i64 = waits.values().flatten().sum();
        for (&days, &[events, lost]) in waits {
            if events > 0 {
                share *= BigRational::new((at_risk - events).into(), at_risk.into());
                for quarters in (1..=3).filter(|quarters| share <= BigRational::new((*quarters).into(), 4.into())) {
                    quartiles[3 - quarters as usize].get_or_insert(days);
                }
                within = if days <= WITHIN_DAYS { whole(1) - &share } else { within };
            }
            at_risk -= events + lost;
        }
        (quartiles, within)
    }

    #[test]
    fn it_is_the_product_of_fractions() {
        let mut random = Random::new(7);
        let mut large = 0;
        for _ in 0..300 {
            let mut waits = Waits::new();
            for _ in 0..random.below(400) {
                let wait = waits.entry(random.below(260) as u32).or_insert([0; 2]);
                wait[usize::from(random.below(3) == 0)] += 1 + random.below(3) as i64;
            }
            let found = survival(&waits);
            let (quartiles, within) = product(&waits);
            assert_eq!(found.quartiles, quartiles, "{waits:?}");
            let told = match found.within {
                Exact::Missing => continue,
                Exact::Number(Number::Fraction { numerator, denominator }) => BigRational::new(numerator.into(), denominator.into()),
                Exact::Number(double) => panic!("{double:?}"),
                Exact::Large(parts) => {
                    large += 1;
                    BigRational::new(parts[0].clone().into(), parts[1].clone().into())
                }
            };
            assert_eq!(told, within, "{waits:?}");
        }
        assert!(large > 50, "{large}");
    }
}
