//! `erase`: the account, or one of its users, is forgotten.

use std::borrow::Cow;

use crate::input::convert::name;

record! {
    /// The account is forgotten, whole and without an output: what comes later begins it anew. With `user` that user alone is: the id, the profile
    /// and what is remembered of the user go, sums of events stay.
    Erase<'a>
    optional {
        /// The user's id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        user: Cow<'a, str> = name,
    }
}
