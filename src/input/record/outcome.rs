//! `outcome`: what became of the account.

use std::borrow::Cow;

use crate::input::convert::{choice, number, text};

choices! {
    /// What became of the account.
    OutcomeKind { Mrr "mrr", Churn "churn", Renewal "renewal" }
}

record! {
    /// What became of the account.
    Outcome<'a>
    required {
        kind: OutcomeKind = choice,
    }
    optional {
        amount: f64 = number,
        #[schemars(length(max = 4096))]
        reason: Cow<'a, str> = text,
    }
}
