//! `workflow`: a workflow across products ran.

use std::borrow::Cow;

use crate::input::convert::{different_names, name, quantity};

record! {
    /// A workflow across products ran.
    Workflow<'a>
    required {
        /// The workflow's name. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        name: Cow<'a, str> = name,
        /// Two products or more, all different, in the order in which the workflow runs through them.
        #[schemars(length(min = 2), inner(length(min = 1, max = 256)), extend("uniqueItems" = true))]
        products: Vec<Cow<'a, str>> = different_names,
    }
    optional {
        /// The user's id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        user: Cow<'a, str> = name,
        /// How many runs; absent means one.
        #[schemars(range(min = 1, max = 1_000_000_000), extend("default" = 1))]
        quantity: u32 = quantity,
    }
}
