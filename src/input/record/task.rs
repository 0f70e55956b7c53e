//! `task`: a play's task was worked.

use std::borrow::Cow;

use crate::input::convert::{choice, name, text};

choices! {
    /// What became of a play's task.
    TaskStatus { Done "done", Dismissed "dismissed" }
}

record! {
    /// A play's task was worked.
    Task<'a>
    required {
        /// The play's incident. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        incident: Cow<'a, str> = name,
        /// The task of the play. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        task: Cow<'a, str> = name,
        status: TaskStatus = choice,
    }
    optional {
        #[schemars(length(max = 4096))]
        reason: Cow<'a, str> = text,
    }
}
