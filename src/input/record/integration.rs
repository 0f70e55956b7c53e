//! `integration`: a connection between two products.

use std::borrow::Cow;

use crate::input::convert::{choice, name};
use crate::input::field::Named;
use crate::input::reject::Checked;

choices! {
    /// Whether a directed connection between two products is in place.
    IntegrationStatus { Connected "connected", Disconnected "disconnected" }
}

record! {
    /// A directed connection between two different products.
    Integration<'a>
    required {
        /// The product that data comes from. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        from: Cow<'a, str> = name,
        /// The product that data goes to, another one than `from`. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        to: Cow<'a, str> = name,
        status: IntegrationStatus = choice,
    }
    check to_is_another_product
}

fn to_is_another_product(integration: &Integration<'_>, named: &Named<'_>) -> Checked<()> {
    if integration.from == integration.to {
        return Err(named.contradiction("to", "another product than `from`"));
    }
    Ok(())
}
