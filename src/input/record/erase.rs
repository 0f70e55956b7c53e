//! `erase`: the account, or one of its users, is forgotten.

use std::borrow::Cow;

use crate::input::convert::name;
use crate::input::field::Named;
use crate::input::reject::Checked;

record! {
    /// The account is forgotten, whole and without an output: what comes later begins it anew. With `user` that user alone is: the id, the profile
    /// and what is remembered of the user go, sums of events stay.
    Erase<'a>
    optional {
        /// The user's id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        user: Cow<'a, str> = name,
    }
    check names_a_user
}

/// An empty text is otherwise as if the field was not there, and the whole account would go.
fn names_a_user(erase: &Erase<'_>, named: &Named<'_>) -> Checked<()> {
    if erase.user.is_none() && named.is_empty_text("user") {
        return Err(named.contradiction("user", "the id of the user, or no `user` where the account is to be erased"));
    }
    Ok(())
}
