//! How much and how often a product is used.

use super::definition::{Def, Due, Gap, Heading, Of, OfProduct, Window, count};
use super::{N, N_OF_CHANGE, W, falls, falls_below};
use crate::engine::day::{Day, NEVER};
use crate::engine::number::Number;
use crate::engine::plan::Growth;
use crate::engine::plan::family::{ACTIVE_DAY, DAY, EVENTS, PAST};
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
    if of.metric.name.is_none() {
        return count(facts.events.sum(of.from(), of.today()));
    }
    count(of.feature().map_or(0, |place| facts.features.row(place).sum(of.from(), of.today())))
}

fn events_fall(of: &OfProduct<'_>, gap: Gap) -> Option<Day> {
    let facts = of.facts();
    let counts = if of.metric.name.is_none() { facts.events.cells() } else { facts.features.row(of.feature()?) };
    falls(counts, of.metric.number, of.today(), gap.low)
}

pub static ACTIVE_DAYS: Def = Def::new(
    Heading::Use,
    Signature::windowed("active_days", "active_days(N?)", N),
    ACTIVE_DAY | DAY,
    Due::Facts(|of, gap| {
        let events = &of.facts().events;
        let ascending = events.days_within(of.from(), of.today()).map(|(day, _)| (day, 1));
        falls_below(events.days_counted(of.from(), of.today()).into(), ascending, of.metric.number, gap.low)
    }),
    Of::Product(|of| count(of.facts().events.days_counted(of.from(), of.today()).into())),
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
        let today = of.today();
        let week_used = |week: &Day| of.facts().events.any(today - 7 * week - 6, today - 7 * week);
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
    Due::Facts(change_due),
    Of::Product(|of| {
        let (recent, previous) = two_windows(of, |from, to| of.facts().events.sum(from, to))?;
        if previous < u64::from(of.metric.min_volume) {
            return None;
        }
        Number::ratio(i128::from(recent) - i128::from(previous), previous.into())
    }),
    "(recent − previous) ÷ previous of `events`, over complete days: recent is D−N to D−1, previous is D−2N to D−N−1. Missing where previous is \
     below `min_volume`, and where, after D−2N, the product was first used or a user of it became internal",
)
.over(Window::TwoBefore)
.growing(Growth::Tomorrow)
.shown("usage_change(14)");

pub static FREQUENCY_CHANGE: Def = Def::new(
    Heading::Use,
    Signature::windowed("frequency_change", "frequency_change(N)", N_OF_CHANGE),
    PAST | ACTIVE_DAY | DAY,
    Due::Facts(change_due),
    Of::Product(|of| {
        let (recent, previous) = two_windows(of, |from, to| of.facts().events.days_counted(from, to))?;
        Number::ratio(i128::from(recent) - i128::from(previous), previous.into())
    }),
    "the same of active days; missing where previous has none, and where the product was first used after D−2N",
)
.over(Window::TwoBefore)
.growing(Growth::Tomorrow)
.shown("frequency_change(14)");

/// Something of the N complete days before D, and of the N before those; `None` where the product was not in use yet.
fn two_windows<T>(of: &OfProduct<'_>, read: impl Fn(Day, Day) -> T) -> Option<(T, T)> {
    let (days, today) = (of.number(), of.today());
    if of.facts().first_use == NEVER || of.facts().first_use.max(of.facts().became_internal) > today - 2 * days {
        return None;
    }
    Some((read(today - days, today - 1), read(today - 2 * days, today - days - 1)))
}

fn change_due(of: &OfProduct<'_>, _: Gap) -> Option<Day> {
    let (facts, today, span) = (of.facts(), of.today(), 2 * of.number());
    if facts.first_use == NEVER {
        None
    } else if facts.first_use.max(facts.became_internal) > today - span {
        Some(facts.first_use.max(facts.became_internal) + span)
    } else {
        (facts.last_use >= today - span).then_some(today + 1)
    }
}
