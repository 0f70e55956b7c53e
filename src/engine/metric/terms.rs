//! What an account may use.

use super::N_UP_TO_D;
use super::definition::{Def, Due, Heading, Of, Window, count};
use crate::engine::number::Number;
use crate::engine::plan::family::{DAY, TERM};
use crate::playbook::vocabulary::{Kind, Needed, Number as Limit, Of as Whose, Signature};

pub static SEATS: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("seats", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::Term,
    Of::Product(|of| count(of.facts().entitlements.seats()?.0)),
    "the sum over the terms in force that have any; missing where none is in force, or none has any",
);

pub static SEATS_ADDED: Def = Def::new(
    Heading::Entitlement,
    Signature::windowed("seats_added", "seats_added(N)", Limit { needed: Needed::Required, ..N_UP_TO_D }),
    TERM | DAY,
    // Seats that changed of late are compared with others each day.
    Due::Facts(|of, _| {
        let entitlements = &of.facts().entitlements;
        let is_new = entitlements.seats().is_some_and(|(_, since)| since > of.today() - of.number());
        let terms = entitlements.next_change(of.today(), of.view.plan.grace_days);
        [is_new.then_some(of.today() + 1), terms].into_iter().flatten().min()
    }),
    Of::Product(|of| {
        let entitlements = &of.facts().entitlements;
        let [now, then] = [entitlements.seats().map(|(seats, _)| seats), entitlements.seats_on(of.today() - of.number())];
        Number::ratio(i128::from(now?) - i128::from(then?), 1)
    }),
    "`seats` − those at the end of D − N; missing unless there are both",
)
.over(Window::Since)
.shown("seats_added(60)");

pub static SEATS_DAYS: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("seats_days", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::RisesOrTerm,
    Of::Product(|of| of.days_since(of.facts().entitlements.seats()?.1)),
    "days since `seats` was last seen to change, be it from missing; missing with it",
);

pub static ENTITLED: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("entitled", Whose::Product, Kind::Boolean),
    TERM | DAY,
    Due::Term,
    Of::ProductFlag(|of| Some(of.facts().entitlements.is_entitled())),
    "whether a term is in force. A boolean, never missing",
);

pub static ENTITLED_DAYS: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("entitled_days", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::RisesOrTerm,
    Of::Product(|of| of.days_since(of.facts().entitlements.entitled_since()?)),
    "days since the product has been entitled without a break, as told below; missing where no term is in force",
);

pub static PLAN: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("plan", Whose::Product, Kind::Text),
    TERM | DAY,
    Due::Term,
    Of::ProductText(|of| of.facts().entitlements.last_to_end(of.today(), of.view.plan.grace_days)?.plan.as_deref()),
    "text, of the term in force that ends last; missing where none is in force, or where it has none",
);

pub static TRIALING: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("trialing", Whose::Product, Kind::Boolean),
    TERM | DAY,
    Due::Term,
    Of::ProductFlag(|of| {
        let mut in_force = of.facts().entitlements.in_force(of.today(), of.view.plan.grace_days);
        Some(in_force.next()?.trialing && in_force.all(|term| term.trialing))
    }),
    "whether all terms in force are `trialing`. A boolean; missing where none is in force",
);

pub static TERM_DAYS_LEFT: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("term_days_left", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::FallsOrTerm,
    Of::Product(|of| {
        let ends = of.facts().entitlements.last_to_end(of.today(), of.view.plan.grace_days)?.ends?;
        Some(Number::integer(i64::from(ends) - i64::from(of.today())))
    }),
    "days to the `ends` of the term in force that ends last, 0 on that day, negative in the days of grace; missing where none is in force, or \
     where it has no end",
);

pub static PRODUCTS_ENTITLED: Def = Def::new(
    Heading::Account,
    Signature::plain("products_entitled", Whose::Account, Kind::Number),
    TERM | DAY,
    Due::AnyTerm,
    Of::Account(|of| Some(Number::integer(of.entitled() as i64))),
    "products with a term in force",
);
