//! `task`: a play's task was worked.

use std::borrow::Cow;

use crate::input::convert::{choice, name, text};
use crate::input::field::Named;
use crate::input::reject::{Checked, Reason, Reject};

choices! {
    /// What became of a play's task.
    TaskStatus { Done "done", Dismissed "dismissed" }
}

record! {
    /// A play's task was worked. `incident` or `play` tells which play; where both are there, the former counts.
    Task<'a>
    required {
        /// The task of the play. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        task: Cow<'a, str> = name,
        status: TaskStatus = choice,
    }
    optional {
        /// The play's incident. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        incident: Cow<'a, str> = name,
        /// The play's name in the playbook: its incident that is open. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        play: Cow<'a, str> = name,
        /// The product, for a play whose scope is `product`. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        product: Cow<'a, str> = name,
        /// The user, for a play whose scope is `user`. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        user: Cow<'a, str> = name,
        #[schemars(length(max = 4096))]
        reason: Cow<'a, str> = text,
    }
    check names_a_play
}

fn names_a_play(task: &Task<'_>, named: &Named<'_>) -> Checked<()> {
    if task.incident.is_none() && task.play.is_none() {
        return Err(named.at("incident", Reject::boxed(Reason::MissingField, "`incident` or `play` is required, but both are absent")));
    }
    Ok(())
}
