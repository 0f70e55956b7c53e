//! `usage`, read by hand: most events are.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Body;
use crate::input::convert::{self, name};
use crate::input::field::{Field, Fields};
use crate::input::reject::Checked;

/// Something was done; without `feature` it is a login, without `user` it counts as nobody's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usage<'a> {
    /// The product's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub product: Cow<'a, str>,
    /// The user's id. 1..=256 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub user: Option<Cow<'a, str>>,
    /// The feature's name. 1..=256 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub feature: Option<Cow<'a, str>>,
    /// How many times; absent means once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000), extend("default" = 1))]
    pub quantity: Option<u32>,
}

#[inline]
pub(super) fn read<'a>(fields: &Fields<'a>) -> Checked<Body<'a>> {
    Ok(Body::Usage {
        product: fields.required(Field::Product, name)?,
        user: fields.optional(Field::User, name)?,
        feature: fields.optional(Field::Feature, name)?,
        quantity: fields.optional(Field::Quantity, convert::quantity)?.unwrap_or(1),
    })
}
