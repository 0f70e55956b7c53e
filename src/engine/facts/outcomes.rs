//! What became of the account: levels of revenue, churns, renewals.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::engine::day::Day;
use crate::input::OutcomeKind;
use crate::tagged::tagged;

tagged! {
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Outcome {
        1 kind: String,
        2 amount: Option<f64>,
        3 reason: Option<String>,
        /// The event's, in the zone in force when it was read.
        4 day: Day,
        5 time_ms: i64,
    }
}

/// In the order of their instants; of one instant as they were read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcomes(VecDeque<Outcome>);

impl Outcomes {
    /// Takes in an outcome, of which so many are held: the last ones. A level without an amount says nothing. Returns whether one had no room.
    pub fn tell(&mut self, outcome: Outcome, held: usize) -> bool {
        if outcome.kind == OutcomeKind::Mrr.as_str() && outcome.amount.is_none() {
            return false;
        }
        let place = self.0.partition_point(|known| known.time_ms <= outcome.time_ms);
        self.0.insert(place, outcome);
        let full = self.0.len() > held;
        if full {
            self.0.pop_front();
        }
        full
    }

    /// Recurring revenue at the end of a day: the level told last by then, 0 where the account has churned since.
    pub fn mrr_on(&self, day: Day) -> Option<f64> {
        let by_then = self.0.iter().rev().filter(|outcome| outcome.day <= day);
        by_then.filter_map(|outcome| if is(outcome, OutcomeKind::Churn) { Some(0.0) } else { level(outcome) }).next()
    }

    /// Whether the account has churned, and nothing since says that it is there again.
    pub fn churned(&self) -> bool {
        let told = self.0.iter().rev().filter_map(|outcome| {
            if is(outcome, OutcomeKind::Churn) {
                return Some(true);
            }
            let is_there = is(outcome, OutcomeKind::Renewal) || level(outcome).is_some_and(|level| level > 0.0);
            is_there.then_some(false)
        });
        told.into_iter().next().unwrap_or_default()
    }

    /// Whether anything was told of a later day.
    pub fn any_after(&self, day: Day) -> bool {
        self.0.iter().any(|outcome| outcome.day > day)
    }

    /// The days of churns.
    pub fn churns(&self) -> impl Iterator<Item = Day> + '_ {
        self.0.iter().filter(|outcome| is(outcome, OutcomeKind::Churn)).map(|outcome| outcome.day)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends a restore: earlier builds kept the days alone, in the order in which they were read.
    pub fn restored(&mut self) {
        const DAY_MS: i64 = 86_400_000;
        for outcome in self.0.iter_mut().filter(|outcome| outcome.time_ms == 0) {
            outcome.time_ms = i64::from(outcome.day) * DAY_MS;
        }
        self.0.retain(|outcome| !is(outcome, OutcomeKind::Mrr) || outcome.amount.is_some());
        self.0.make_contiguous().sort_by_key(|outcome| outcome.time_ms);
    }

    /// Heap bytes held, about.
    pub fn bytes(&self) -> usize {
        let texts = self.0.iter().map(|outcome| outcome.kind.len() + outcome.reason.as_ref().map_or(0, String::len));
        self.0.capacity() * size_of::<Outcome>() + texts.sum::<usize>()
    }
}

fn is(outcome: &Outcome, kind: OutcomeKind) -> bool {
    outcome.kind == kind.as_str()
}

/// A level of revenue.
fn level(outcome: &Outcome) -> Option<f64> {
    outcome.amount.filter(|_| is(outcome, OutcomeKind::Mrr))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At noon of a day.
    fn at(kind: OutcomeKind, day: Day, amount: Option<f64>) -> Outcome {
        let time_ms = i64::from(day) * 86_400_000 + 43_200_000;
        Outcome { kind: kind.as_str().to_owned(), amount, day, time_ms, ..Outcome::default() }
    }

    fn told(outcomes: &[(OutcomeKind, Day, Option<f64>)]) -> Outcomes {
        let mut all = Outcomes::default();
        outcomes.iter().for_each(|&(kind, day, amount)| assert!(!all.tell(at(kind, day, amount), 1_000)));
        all
    }

    #[test]
    fn levels_go_by_event_time() {
        use OutcomeKind::{Churn, Mrr, Renewal};
        let all = told(&[(Mrr, 10, Some(100.0)), (Mrr, 20, Some(50.0)), (Mrr, 5, Some(70.0)), (Mrr, 30, None), (Churn, 25, Some(9.0))]);
        assert_eq!(
            [4, 5, 9, 10, 19, 20, 24, 25, 99].map(|day| all.mrr_on(day)),
            [None, Some(70.0), Some(70.0), Some(100.0), Some(100.0), Some(50.0), Some(50.0), Some(0.0), Some(0.0)]
        );
        assert_eq!(all.churns().collect::<Vec<_>>(), [25]);
        // A renewal is no level. Of one instant the later read holds.
        let all = told(&[(Churn, 10, None), (Renewal, 11, Some(5.0)), (Mrr, 12, Some(1.0)), (Mrr, 12, Some(2.0))]);
        assert_eq!([10, 11, 12].map(|day| all.mrr_on(day)), [Some(0.0), Some(0.0), Some(2.0)]);
    }

    #[test]
    fn an_account_has_churned_until_something_says_that_it_is_there() {
        use OutcomeKind::{Churn, Mrr, Renewal};
        for (outcomes, churned) in [
            (&[][..], false),
            (&[(Mrr, 1, Some(5.0))], false),
            (&[(Churn, 1, None)], true),
            (&[(Churn, 1, None), (Renewal, 2, None)], false),
            (&[(Churn, 2, None), (Renewal, 1, None)], true),
            (&[(Renewal, 1, None), (Churn, 1, None)], true),
            (&[(Churn, 1, None), (Mrr, 2, Some(0.0))], true),
            (&[(Churn, 1, None), (Mrr, 2, Some(-3.0))], true),
            (&[(Churn, 1, None), (Mrr, 2, Some(3.0))], false),
            (&[(Churn, 1, None), (Mrr, 2, Some(3.0)), (Churn, 3, None)], true),
        ] {
            assert_eq!(told(outcomes).churned(), churned, "{outcomes:?}");
        }
    }

    #[test]
    fn the_last_ones_are_held() {
        let mut all = Outcomes::default();
        for day in [3, 1, 2, 5, 4, 0] {
            let full = all.tell(at(OutcomeKind::Mrr, day, Some(f64::from(day))), 3);
            assert_eq!(full, ![3, 1, 2].contains(&day));
        }
        assert_eq!([2, 3, 4, 5].map(|day| all.mrr_on(day)), [None, Some(3.0), Some(4.0), Some(5.0)]);
    }

    #[test]
    fn what_earlier_builds_kept_is_in_order_once_restored() {
        let without_time = |day: Day, amount: Option<f64>| Outcome { time_ms: 0, ..at(OutcomeKind::Mrr, day, amount) };
        let list: VecDeque<_> =
            [(9, Some(1.0)), (7, Some(2.0)), (9, Some(3.0)), (12, None)].map(|(day, amount)| without_time(day, amount)).into();
        let mut all = Outcomes(list);
        all.restored();
        assert_eq!([6, 7, 9, 12].map(|day| all.mrr_on(day)), [None, Some(2.0), Some(3.0), Some(3.0)]);
        all.tell(at(OutcomeKind::Mrr, 8, Some(4.0)), 1_000);
        assert_eq!([7, 8, 9].map(|day| all.mrr_on(day)), [Some(2.0), Some(4.0), Some(3.0)]);
    }
}
