//! Who uses a product.

use super::definition::{Def, Due, Heading, Of, OfProduct, Window, count};
use super::{N, users_fall};
use crate::engine::day::Day;
use crate::engine::facts::Product;
use crate::engine::number::Number;
use crate::engine::plan::Growth;
use crate::engine::plan::family::{DAILY_USERS, DAY, TERM, USERS};
use crate::playbook::vocabulary::{Naming, Needed, Signature};

pub static ACTIVE_USERS: Def = Def::new(
    Heading::People,
    Signature::windowed("active_users", "active_users(N?)", N),
    USERS | DAY,
    Due::Facts(|of, gap| users_fall(of.facts(), None, of.reading.metric.number, of.today(), gap.low)),
    Of::Product(|of| count(active_users(of))),
    "distinct users with usage in the window, of those present: not internal now, and not gone",
)
.over(Window::Trailing)
.growing(Growth::One);

pub fn active_users(of: &OfProduct<'_>) -> u64 {
    users_within(of.facts(), of.from(), of.to())
}

/// Distinct users on these days.
pub fn users_within(facts: &Product, from: Day, to: Day) -> u64 {
    facts.users.active_within(from, to, facts.last_use)
}

pub static USERS_OF: Def = Def::new(
    Heading::People,
    Signature::named("users_of", "users_of(feature, N?)", (Naming::Feature, Needed::Required), N),
    USERS | DAY,
    Due::Facts(|of, gap| users_fall(of.facts(), Some(of.feature()?), of.reading.metric.number, of.today(), gap.low)),
    Of::Product(|of| {
        let facts = of.facts();
        count(of.feature().map_or(0, |place| facts.users.users_of_within(place, of.from(), of.to(), facts.last_use)))
    }),
    "the same of users who used the feature",
)
.over(Window::Trailing)
.growing(Growth::One)
.shown("users_of(\"feature\")");

pub static LICENSE_UTILIZATION: Def = Def::new(
    Heading::People,
    Signature::windowed("license_utilization", "license_utilization(N?)", N),
    USERS | TERM | DAY,
    // A ratio: the first user who leaves may move it.
    Due::Facts(|of, _| {
        let (facts, today) = (of.facts(), of.today());
        let leaves = facts.entitlements.seats().and_then(|_| users_fall(facts, None, of.reading.metric.number, today, i64::MAX));
        [leaves, facts.entitlements.next_change(today, of.view.plan.grace_days)].into_iter().flatten().min()
    }),
    Of::Product(|of| {
        let (seats, _) = of.facts().entitlements.seats()?;
        Number::ratio(active_users(of).into(), seats.into())
    }),
    "`active_users(N)` ÷ `seats`; missing without seats or at 0",
)
.over(Window::Trailing)
.growing(Growth::Fraction);

pub static STICKINESS: Def = Def::new(
    Heading::People,
    Signature::windowed("stickiness", "stickiness(N?)", N),
    USERS | DAILY_USERS | DAY,
    Due::WhileUsed,
    Of::Product(|of| {
        let facts = of.facts();
        let daily = facts.users.daily_within(of.from(), of.to(), facts.last_use);
        Number::ratio(daily.into(), i128::from(of.reading.metric.number) * i128::from(active_users(of)))
    }),
    "mean over the N days of that day's distinct users, of those present, ÷ `active_users(N)`; missing at 0 users",
)
.over(Window::Trailing);
