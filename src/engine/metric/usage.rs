//! How much and how often a product is used.

use super::definition::{Def, Due, Gap, Heading, Of, OfProduct, Window, count};
use super::{Limit, N, N_OF_CHANGE, W, falls, falls_below};
use crate::engine::day::{Day, NEVER};
use crate::engine::number::Number;
use crate::engine::plan::Growth;
use crate::engine::plan::family::{ACTIVE_DAY, DAY, EVENTS, PAST};
use crate::playbook::HELD_DAYS;
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature};

pub static EVENTS_OF: Def = Def::new(
    Heading::Use,
    Signature::named("events", "events(feature?, N?)", (Naming::Feature, Needed::Optional), N),
    EVENTS | DAY,
    Due::Facts(events_fall),
    Of::Product(events),
    "sum of `quantity` of usage in the window; without a feature, of all usage of the product. A feature must be in the catalogue",
)
.over(Window::Trailing)
.growing(Growth::Quantity);

fn events(of: &OfProduct<'_>) -> Option<Number> {
    let facts = of.facts();
    if of.reading.metric.name.is_none() {
        return count(facts.events.sum(of.from(), of.to()));
    }
    count(of.feature().map_or(0, |place| facts.features.row(place).sum(of.from(), of.to())))
}

fn events_fall(of: &OfProduct<'_>, gap: Gap) -> Option<Day> {
    let facts = of.facts();
    let counts = if of.reading.metric.name.is_none() { facts.events.cells() } else { facts.features.row(of.feature()?) };
    falls(counts, of.reading.metric.number, of.today(), gap.low)
}

pub static ACTIVE_DAYS: Def = Def::new(
    Heading::Use,
    Signature::windowed("active_days", "active_days(N?)", N),
    ACTIVE_DAY | DAY,
    Due::Facts(|of, gap| {
        let events = &of.facts().events;
        let ascending = events.days_within(of.from(), of.today()).map(|(day, _)| (day, 1));
        falls_below(events.days_counted(of.from(), of.today()).into(), ascending, of.reading.metric.number, gap.low)
    }),
    Of::Product(|of| count(of.facts().events.days_counted(of.from(), of.to()).into())),
    "days of the window with usage",
)
.over(Window::Trailing)
.growing(Growth::One);

pub static ACTIVE_WEEKS: Def = Def::new(
    Heading::Use,
    Signature::windowed("active_weeks", "active_weeks(W)", W),
    ACTIVE_DAY | DAY,
    Due::WhileUsed,
    Of::Product(|of| {
        let to = of.to();
        let week_used = |week: &Day| of.facts().events.any(to - 7 * week - 6, to - 7 * week);
        count((0..of.number()).filter(week_used).count() as u64)
    }),
    "of the W trailing blocks of 7 days, the last of which ends on D: those with usage",
)
.over(Window::Weeks);

pub static DAYS_SINCE_USE: Def = Def::new(
    Heading::Use,
    Signature::plain("days_since_use", Whose::Product, Kind::Number),
    ACTIVE_DAY | DAY,
    Due::Rises,
    Of::Product(|of| of.days_since(of.facts().last_use)),
    "since the last day of use; missing if never used",
);

pub static DAYS_SINCE_FIRST_USE: Def = Def::new(
    Heading::Use,
    Signature::plain("days_since_first_use", Whose::Product, Kind::Number),
    ACTIVE_DAY | DAY,
    Due::Rises,
    Of::Product(|of| of.days_since(of.facts().first_use)),
    "since the first day of use ever; missing if never used",
);

pub static USAGE_CHANGE: Def = Def::new(
    Heading::Use,
    Signature::windowed("usage_change", "usage_change(N)", N_OF_CHANGE),
    PAST | ACTIVE_DAY | DAY,
    Due::Facts(comparison_due),
    Of::Product(|of| {
        let Compared { previous, recent } = Compared::of(of).filter(|days| days.have_volume(of))?;
        let [previous, recent] = [previous, recent].map(|(from, to)| of.facts().events.sum(from, to));
        change(recent, previous)
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
        let Compared { previous, recent } = Compared::of(of).filter(|days| days.have_volume(of))?;
        let mut differences = [0; HELD_DAYS as usize];
        let events = &of.facts().events;
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
        let Compared { previous, recent } = Compared::of(of)?;
        let [previous, recent] = [previous, recent].map(|(from, to)| of.facts().events.days_counted(from, to));
        change(recent.into(), previous.into())
    }),
    "the same of active days; missing where previous has none, and as the last two",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.shown("frequency_change(14)");

/// `None` where there was nothing before.
fn change(recent: u64, previous: u64) -> Option<Number> {
    Number::ratio(i128::from(recent) - i128::from(previous), previous.into())
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
struct Compared {
    previous: (Day, Day),
    recent: (Day, Day),
}

impl Compared {
    /// `None` where what lies before says nothing of what lies after.
    fn of(of: &OfProduct<'_>) -> Option<Self> {
        let (days, to) = (of.number(), of.complete());
        let middle = to - days;
        let began = middle - days + 1;
        is_of_one_kind(of, began).then_some(Self { previous: (began, middle), recent: (middle + 1, to) })
    }

    /// Whether there was enough before for a change to say anything.
    fn have_volume(&self, of: &OfProduct<'_>) -> bool {
        let ((from, to), events, metric) = (self.previous, &of.facts().events, &of.reading.metric);
        let active_days = u32::from(metric.min_active_days.min(metric.number));
        events.sum(from, to) >= u64::from(metric.min_volume) && events.days_counted(from, to) >= active_days
    }
}

/// Whether a product's usage since a day was counted in the same way throughout: it was in use by then, and nobody who used it turned out
/// to be the vendor's own.
fn is_of_one_kind(of: &OfProduct<'_>, began: Day) -> bool {
    of.facts().first_use != NEVER && of_one_kind_since(of) <= began
}

fn of_one_kind_since(of: &OfProduct<'_>) -> Day {
    of.facts().first_use.max(of.facts().became_internal)
}

fn comparison_due(of: &OfProduct<'_>, _: Gap) -> Option<Day> {
    let (facts, today) = (of.facts(), of.today());
    let began = of.complete() - 2 * of.number() + 1;
    let since = of_one_kind_since(of);
    if facts.first_use == NEVER {
        None
    } else if since > began {
        Some(today + (since - began))
    } else {
        (facts.last_use >= began).then_some(today + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
