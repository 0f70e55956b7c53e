//! `nps`: a user answered a survey.

use std::borrow::Cow;

use crate::input::convert::{name, score, text};

record! {
    /// A user's answer to a survey. A later record with the same `id` replaces it.
    Nps<'a>
    required {
        /// The user's id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        user: Cow<'a, str> = name,
        #[schemars(range(min = 0, max = 10))]
        score: u8 = score,
    }
    optional {
        #[schemars(length(max = 4096))]
        comment: Cow<'a, str> = text,
    }
}
