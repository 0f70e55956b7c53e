//! What the use of a product brings.

use super::N;
use super::definition::{Def, Due, Heading, Of, OfProduct, Window};
use crate::engine::number::Number;
use crate::engine::plan::family::{DAY, FEATURE_COUNTS};
use crate::engine::plan::{Growth, Worth};
use crate::playbook::vocabulary::Signature;

pub static VALUE_REALIZED: Def = Def::new(
    Heading::Value,
    Signature::windowed("value_realized", "value_realized(N?)", N),
    FEATURE_COUNTS | DAY,
    Due::WhileUsed,
    Of::Product(|of| Some(brought(of, Worth::Amount))),
    "sum over the catalogue features of `quantity` of usage in the window × the feature's `value.amount`, exact",
)
.over(Window::Trailing)
.growing(Growth::Worth(Worth::Amount));

pub static HOURS_SAVED: Def = Def::new(
    Heading::Value,
    Signature::windowed("hours_saved", "hours_saved(N?)", N),
    FEATURE_COUNTS | DAY,
    Due::WhileUsed,
    Of::Product(|of| Some(brought(of, Worth::Hours))),
    "the same of `value.hours`",
)
.over(Window::Trailing)
.growing(Growth::Worth(Worth::Hours));

fn brought(of: &OfProduct<'_>, worth: Worth) -> Number {
    let catalogue = of.view.plan.catalogue_of(of.index);
    let features = of.facts().features.iter().filter_map(|(name, row)| Some((row, catalogue.feature(name)?.worth(worth))));
    let sum = features.filter(|(_, worth)| *worth != 0).map(|(row, worth)| i128::from(row.sum(of.from(), of.to())) * worth).sum();
    Number::decimal(sum, Worth::PLACES)
}
