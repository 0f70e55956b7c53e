//! What was done of late against what was done before.

use super::definition::{Def, Due, Gap, Heading, Of, OfProduct, Window};
use super::people::{active_users, users_within};
use super::{Limit, N, N_OF_CHANGE};
use crate::engine::day::{Day, NEVER};
use crate::engine::number::Number;
use crate::engine::plan::Growth;
use crate::engine::plan::family::{ACTIVE_DAY, DAY, PAST, TERM, USERS};
use crate::playbook::vocabulary::{Naming, Needed, Reads, Signature};
use crate::playbook::{HELD_DAYS, Metric};

/// N, where the N days before those are read, too.
pub const TWICE: Limit = Limit { days: 2, reads: Reads::Trailing { complete: false }, ..N };

pub static USAGE_CHANGE: Def = Def::new(
    Heading::Use,
    Signature::windowed("usage_change", "usage_change(N)", N_OF_CHANGE),
    PAST | ACTIVE_DAY | DAY,
    Due::Facts(comparison_due),
    Of::Product(|of| {
        let events = &of.facts().events;
        usage_change(&compared(of)?, &of.reading.metric, |(from, to)| events.sum(from, to), |(from, to)| events.days_counted(from, to))
    }),
    "(recent − previous) ÷ previous of `events`, over complete days: recent is D−N−s to D−1−s, previous the N days before, s the product's \
     `settle_days`. Missing where previous is below `min_volume`, where fewer than `min_active_days` (at most N) of its days have usage, and where, \
     after previous began, the product was first used or a user of it became internal",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.shown("usage_change(14)");

pub static USAGE_SHIFT: Def = Def::new(
    Heading::Use,
    Signature::windowed("usage_shift", "usage_shift(N)", Limit { min: 2, ..N_OF_CHANGE }),
    PAST | ACTIVE_DAY | DAY,
    Due::Facts(comparison_due),
    Of::Product(|of| {
        let events = &of.facts().events;
        let days = compared(of)?;
        let Compared { previous, recent } = days;
        let has_volume =
            days.has_volume(&of.reading.metric, |(from, to)| events.sum(from, to), |(from, to)| events.days_counted(from, to));
        if !has_volume {
            return None;
        }
        let mut differences = [0; HELD_DAYS as usize];
        for (day, sum) in events.days_within(previous.0, previous.1) {
            differences[(day - previous.0) as usize] -= i128::from(sum);
        }
        for (day, sum) in events.days_within(recent.0, recent.1) {
            differences[(day - recent.0) as usize] += i128::from(sum);
        }
        shift(&differences[..of.number() as usize]).map(Number::Double)
    }),
    "how sure the change is: each day of recent against the day N before it (N = 7 or 14: the same weekday), in standard errors, as a paired t-test \
     has them. With d the N differences of daily sums, A = Σd and B = N·Σd² − A²: A ÷ √(B ÷ (N − 1)), a double; where B is 0, ±10⁹ by the sign of A, \
     missing at A = 0. N is 2 at least. Missing as `usage_change`",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.costly()
.shown("usage_shift(14)");

pub static FREQUENCY_CHANGE: Def = Def::new(
    Heading::Use,
    Signature::windowed("frequency_change", "frequency_change(N)", N_OF_CHANGE),
    PAST | ACTIVE_DAY | DAY,
    Due::Facts(comparison_due),
    Of::Product(|of| {
        let days = compared(of)?;
        days.change(|(from, to)| of.facts().events.days_counted(from, to).into())
    }),
    "the same of active days; missing where previous has none, and as the last two",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.shown("frequency_change(14)");

pub static USERS_CHANGE: Def = Def::new(
    Heading::People,
    Signature::windowed("users_change", "users_change(N)", N_OF_CHANGE),
    PAST | ACTIVE_DAY | DAY,
    Due::Facts(|of, _| {
        let facts = of.facts();
        due(facts.first_use, facts.last_use, of.complete() - 2 * of.number() + 1, of.today())
    }),
    Of::Product(|of| {
        let days = Compared::new(of.number(), of.complete()).since(of.facts().first_use)?;
        days.change(|(from, to)| users_within(of.facts(), from, to))
    }),
    "`usage_change` of distinct users, of those present; missing where previous has none, and where the product was first used after previous began",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.shown("users_change(14)");

pub static FEATURE_CHANGE: Def = Def::new(
    Heading::Depth,
    Signature::named("feature_change", "feature_change(feature, N)", (Naming::Feature, Needed::Required), N_OF_CHANGE),
    PAST | ACTIVE_DAY | DAY,
    Due::Facts(|of, _| {
        let (features, place) = (&of.facts().features, of.feature()?);
        let since = of_one_kind_since(features.first_use(place, of.facts().last_use), of.facts().became_internal);
        due(since, features.row(place).last_counted()?, of.complete() - 2 * of.number() + 1, of.today())
    }),
    Of::Product(|of| {
        let (features, place) = (&of.facts().features, of.feature()?);
        let since = of_one_kind_since(features.first_use(place, of.facts().last_use), of.facts().became_internal);
        let (days, row) = (Compared::new(of.number(), of.complete()).since(since)?, features.row(place));
        usage_change(&days, &of.reading.metric, |(from, to)| row.sum(from, to), |(from, to)| row.days_counted(from, to))
    }),
    "`usage_change` of one feature: of its events, by its days, missing after its first use; for a user who became internal as there",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.shown("feature_change(\"feature\", 14)");

pub static UTILIZATION_CHANGE: Def = Def::new(
    Heading::People,
    Signature::windowed("utilization_change", "utilization_change(N?)", TWICE),
    USERS | PAST | TERM | ACTIVE_DAY | DAY,
    // While there is use in either window, which a day may move out of one, and into the other.
    Due::Facts(|of, _| {
        let (facts, today) = (of.facts(), of.today());
        let is_used = facts.entitlements.seats().is_some() && facts.last_use > today - 2 * of.number();
        let terms = facts.entitlements.next_change(today, of.view.plan.grace_days);
        [is_used.then_some(today + 1), terms].into_iter().flatten().min()
    }),
    Of::Product(|of| {
        let (facts, before) = (of.facts(), of.today() - of.number());
        let (seats, _) = facts.entitlements.seats()?;
        if facts.first_use > before {
            return None;
        }
        let [now, then] = [active_users(of), users_within(facts, before - of.number() + 1, before)].map(i128::from);
        Number::ratio(now - then, seats.into())
    }),
    "in points: (`active_users(N)` − those of the N days before) ÷ `seats`; missing without seats or at 0, and where the product was first used \
     within the N days",
)
.over(Window::TwoUpToD);

/// `usage_change` of whatever is added up over days.
pub fn usage_change(
    days: &Compared,
    metric: &Metric,
    sum: impl Fn((Day, Day)) -> u64,
    active_days: impl Fn((Day, Day)) -> u32,
) -> Option<Number> {
    if days.has_volume(metric, &sum, active_days) { days.change(sum) } else { None }
}

/// What `usage_shift` makes of the differences.
fn shift(differences: &[i128]) -> Option<f64> {
    /// By so many standard errors differs what differs by the same on each day.
    const WITHOUT_ERROR: f64 = 1e9;
    let count = differences.len() as i128;
    let sum: i128 = differences.iter().sum();
    let squares = differences.iter().try_fold(0i128, |squares, difference| squares.checked_add(difference.checked_mul(*difference)?));
    let exact = squares.and_then(|squares| count.checked_mul(squares)?.checked_sub(sum.checked_mul(sum)?));
    let spread = exact.map(|spread| spread as f64).unwrap_or_else(|| {
        // Only days of more than 10¹⁷ come here, which takes a hundred million events of the greatest quantity.
        let mean = sum as f64 / count as f64;
        count as f64 * differences.iter().map(|&difference| (difference as f64 - mean).powi(2)).sum::<f64>()
    });
    if spread > 0.0 {
        return Some(sum as f64 / (spread / (count - 1) as f64).sqrt());
    }
    (sum != 0).then(|| WITHOUT_ERROR.copysign(sum as f64))
}

/// The days that a comparison compares, first and last.
#[derive(Clone, Copy)]
pub struct Compared {
    pub previous: (Day, Day),
    pub recent: (Day, Day),
}

impl Compared {
    /// N days of each, which end with the last complete one.
    pub fn new(number: Day, complete: Day) -> Self {
        let middle = complete - number;
        Self { previous: (middle - number + 1, middle), recent: (middle + 1, complete) }
    }

    /// `None` where what lies before says nothing of what lies after: it was not counted in the same way until a day.
    pub fn since(self, of_one_kind_since: Day) -> Option<Self> {
        (of_one_kind_since != NEVER && of_one_kind_since <= self.previous.0).then_some(self)
    }

    /// Whether there was enough before for a change to say anything.
    fn has_volume(&self, metric: &Metric, sum: impl Fn((Day, Day)) -> u64, active_days: impl Fn((Day, Day)) -> u32) -> bool {
        let needed = u32::from(metric.min_active_days.min(metric.number));
        sum(self.previous) >= u64::from(metric.min_volume) && active_days(self.previous) >= needed
    }

    /// `None` where there was nothing before.
    pub fn change(&self, of: impl Fn((Day, Day)) -> u64) -> Option<Number> {
        let [previous, recent] = [self.previous, self.recent].map(|days| i128::from(of(days)));
        Number::ratio(recent - previous, previous)
    }
}

fn compared(of: &OfProduct<'_>) -> Option<Compared> {
    let facts = of.facts();
    Compared::new(of.number(), of.complete()).since(of_one_kind_since(facts.first_use, facts.became_internal))
}

/// Since when usage was counted in the same way throughout: it was in use by then, and nobody whose use it was turned out to be the vendor's own.
pub fn of_one_kind_since(first_use: Day, became_internal: Day) -> Day {
    if first_use == NEVER { NEVER } else { first_use.max(became_internal) }
}

fn comparison_due(of: &OfProduct<'_>, _: Gap) -> Option<Day> {
    let facts = of.facts();
    let since = of_one_kind_since(facts.first_use, facts.became_internal);
    due(since, facts.last_use, of.complete() - 2 * of.number() + 1, of.today())
}

/// When a comparison may change though nothing happens. `began`: the first day that it reads.
pub fn due(of_one_kind_since: Day, last_use: Day, began: Day, today: Day) -> Option<Day> {
    if of_one_kind_since == NEVER {
        None
    } else if of_one_kind_since > began {
        Some(today + (of_one_kind_since - began))
    } else {
        (last_use >= began).then_some(today + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_windows_end_with_the_last_complete_day() {
        let days = Compared::new(7, 100);
        assert_eq!((days.previous, days.recent), ((87, 93), (94, 100)));
        for (since, is_compared) in [(NEVER, false), (86, true), (87, true), (88, false), (100, false)] {
            assert_eq!(days.since(since).is_some(), is_compared, "{since}");
        }
        let of = |previous: u64, recent: u64| days.change(|days| if days == (87, 93) { previous } else { recent });
        assert_eq!([of(0, 5), of(10, 4)], [None, Number::ratio(-6, 10)]);
    }

    /// When a comparison is known for the first time, and when it may be another: each day as long as there was any use.
    #[test]
    fn a_comparison_is_due_once_all_that_it_compares_is_of_one_kind() {
        for (since, last_use, began, due_on) in
            [(NEVER, NEVER, 87, None), (90, 99, 87, Some(104)), (87, 99, 87, Some(102)), (50, 87, 87, Some(102)), (50, 86, 87, None)]
        {
            assert_eq!(due(since, last_use, began, 101), due_on, "{since} {last_use}");
        }
    }

    #[test]
    fn a_shift_is_a_paired_t() {
        let differences = |previous: &[i128], recent: &[i128]| -> Vec<i128> { previous.iter().zip(recent).map(|(p, r)| r - p).collect() };
        let weekdays = |quantity: i128| -> Vec<i128> { (0..14).map(|day| if day % 7 < 5 { quantity } else { 0 }).collect() };
        for (differences, expected) in [
            // Ten a day, then nine such days and five of none.
            ([vec![0; 9], vec![-10; 5]].concat(), Some(-2.68741924943285)),
            (differences(&weekdays(10), &weekdays(5)), Some(-5.7008771254956905)),
            (differences(&[9, 4, 4, 12], &[3, 0, 7, 1]), Some(-1.5511094719778504)),
            (vec![-3; 7], Some(-1e9)),
            (vec![1, 1], Some(1e9)),
            (vec![0, 0], None),
            (vec![5, -5], Some(0.0)),
        ] {
            assert_eq!(shift(&differences), expected, "{differences:?}");
        }
    }

    #[test]
    fn days_beyond_any_stream_shift_all_the_same() {
        let greatest = i128::from(u64::MAX);
        let found = shift(&[greatest, 0, greatest, 0]).expect("the days differ");
        assert!((found / 3f64.sqrt() - 1.0).abs() < 1e-12, "{found}");
    }
}
