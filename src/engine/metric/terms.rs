//! What an account may use.

use super::definition::{Def, Due, Heading, Of};
use crate::engine::number::Number;
use crate::engine::plan::family::{DAY, TERM};
use crate::playbook::vocabulary::{Kind, Of as Whose, Signature};

pub static SEATS: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("seats", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::Term,
    Of::Product(|of| of.facts().entitlements.in_force(of.today())?.seats.map(|seats| Number::integer(seats.into()))),
    "of the term in force; missing without a term in force, or where the term has none",
);

pub static ENTITLED: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("entitled", Whose::Product, Kind::Boolean),
    TERM | DAY,
    Due::Term,
    Of::ProductFlag(|of| of.facts().entitlements.in_force(of.today()).is_some()),
    "whether a term is in force: `active` or `trialing`, D within `starts` to `ends`. A boolean, never missing",
);

pub static ENTITLED_DAYS: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("entitled_days", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::RisesOrTerm,
    Of::Product(|of| of.days_since(of.facts().entitlements.in_force(of.today())?.entitled_since)),
    "days since the product has been entitled without a break; missing where no term is in force",
);

pub static TERM_DAYS_LEFT: Def = Def::new(
    Heading::Entitlement,
    Signature::plain("term_days_left", Whose::Product, Kind::Number),
    TERM | DAY,
    Due::FallsOrTerm,
    Of::Product(|of| {
        let ends = of.facts().entitlements.in_force(of.today())?.ends?;
        Some(Number::integer(i64::from(ends) - i64::from(of.today())))
    }),
    "days to the `ends` of the term in force, 0 on that day; missing where none is in force, or where it has no end",
);

pub static PRODUCTS_ENTITLED: Def = Def::new(
    Heading::Account,
    Signature::plain("products_entitled", Whose::Account, Kind::Number),
    TERM | DAY,
    Due::AnyTerm,
    Of::Account(|of| Some(Number::integer(of.entitled() as i64))),
    "products with a term in force",
);
