//! How much and how often a product is used.

use super::definition::{Def, Due, Gap, Heading, Of, OfProduct, Window, count};
use super::{N, W, falls, falls_below};
use crate::engine::day::Day;
use crate::engine::number::Number;
use crate::engine::plan::Growth;
use crate::engine::plan::family::{ACTIVE_DAY, DAY, EVENTS};
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
.growing(Growth::Quantity(1));

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
