//! `user`: facts about a user.

use std::borrow::Cow;

use crate::input::Date;
use crate::input::convert::{boolean, choice, date, name, text};
use crate::input::field::Named;
use crate::input::reject::Checked;

choices! {
    /// A user's place in the hierarchy: individual contributor, manager or executive.
    UserLevel { Ic "ic", Manager "manager", Executive "executive" }
}

patch! {
    /// Facts about a user. Partial: what is absent stays, what `clear` names is forgotten.
    UserPatch<'a> as WrittenUser
    required {
        /// The user's id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        user: Cow<'a, str> = name,
    }
    instead {
        /// The user whom this one has turned out to be; of such a record nothing else is read. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        merged_into: Cow<'a, str> = name, check is_another_user
    }
    partial {
        /// 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        name: Cow<'a, str> = name,
        #[schemars(length(max = 4096))]
        email: Cow<'a, str> = text,
        #[schemars(length(max = 4096))]
        role: Cow<'a, str> = text,
        level: UserLevel = choice,
        #[schemars(length(max = 4096))]
        department: Cow<'a, str> = text,
        /// Whether the user is a key user.
        key: bool = boolean,
        /// Whether the user is the vendor's own: an internal user's usage is in no metric.
        internal: bool = boolean,
        created: Date = date,
        /// The day from which the user is gone.
        left: Date = date,
    }
}

fn is_another_user(patch: &UserPatch<'_>, named: &Named<'_>) -> Checked<()> {
    if patch.merged_into.as_ref() == Some(&patch.user) {
        return Err(named.contradiction("merged_into", "another user than `user`"));
    }
    Ok(())
}
