//! Whom a product is for, and how far it has come.

use super::definition::{Def, Due, Heading, Of};
use crate::engine::plan::Truth;
use crate::playbook::vocabulary::{Kind, Of as Whose, Signature, Through};

pub static FIT: Def = Def::new(
    Heading::Stages,
    Signature::plain("fit", Whose::Product, Kind::Boolean).through(Through::Fit),
    0,
    Due::Tomorrow,
    Of::ProductFlag(|of| match of.view.truth(of.view.plan.fit[usize::from(of.index.0)].as_ref()?) {
        Truth::Unknown => None,
        truth => Some(truth == Truth::True),
    }),
    "whether the product's `fit` holds. A boolean; missing without one, and where it is unknown",
);

pub static CRITERIA_PROGRESS: Def = Def::new(
    Heading::Stages,
    Signature::plain("criteria_progress", Whose::Product, Kind::Number).through(Through::Criteria),
    0,
    Due::Tomorrow,
    Of::Product(|of| of.view.progress(&of.view.plan.criteria[usize::from(of.index.0)])),
    "how far the product is on its way to its own `adopted` (without one, its `regular_use`), 0 to 1: of `a && b` the mean of both, of `a || b` the \
     greater; of `m >= t` and `m > t`, with t a positive number that is written out, m ÷ t within 0 and 1, a missing m as 0, and at most 0.99 where \
     `m > t` does not hold; of anything else 1 where it is true, else 0",
);
