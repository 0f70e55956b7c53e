//! `touchpoint`: the vendor talked with the account.

use std::borrow::Cow;

use crate::input::convert::{choice, name};

choices! {
    /// How the vendor talked with the account.
    TouchpointKind { Email "email", Meeting "meeting", Call "call", Qbr "qbr", Training "training" }
}

record! {
    /// The vendor talked with the account.
    Touchpoint<'a>
    required {
        kind: TouchpointKind = choice,
    }
    optional {
        /// The user's id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        user: Cow<'a, str> = name,
    }
}
