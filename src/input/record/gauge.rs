//! `gauge`, read by hand: many events are.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Body;
use crate::input::convert::{name, number};
use crate::input::field::{Field, Fields};
use crate::input::reject::Checked;

/// A level was reported: active campaigns, contacts in lists, bandwidth. A gauge is not usage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gauge<'a> {
    /// The product's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub product: Cow<'a, str>,
    /// The gauge's name. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub name: Cow<'a, str>,
    /// Finite, within the range of a double.
    pub value: f64,
}

#[inline]
pub(super) fn read<'a>(fields: &Fields<'a>) -> Checked<Body<'a>> {
    Ok(Body::Gauge {
        product: fields.required(Field::Product, name)?,
        name: fields.required(Field::Name, name)?,
        value: fields.required(Field::Value, number)?,
    })
}
