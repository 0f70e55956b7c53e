//! `entitlement`: a term of a product.

use std::borrow::Cow;

use crate::input::Date;
use crate::input::convert::{choice, count, date, name, number, text, texts};
use crate::input::field::Named;
use crate::input::instant;
use crate::input::reject::Checked;

choices! {
    /// Whether the account may use the product.
    EntitlementStatus { Active "active", Trialing "trialing", Ended "ended" }
}

record! {
    /// What the account may use. Replaces the product's term of that id as a whole.
    Entitlement<'a>
    required {
        /// The product's id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        product: Cow<'a, str> = name,
        status: EntitlementStatus = choice,
    }
    optional {
        /// The term's id, such as that of the order; without it the term with no id. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        term: Cow<'a, str> = name,
        /// Absent means no seats.
        #[schemars(range(min = 0, max = 1_000_000_000))]
        seats: u32 = count,
        #[schemars(length(max = 4096))]
        plan: Cow<'a, str> = text,
        #[schemars(inner(length(max = 4096)))]
        addons: Vec<Cow<'a, str>> = texts,
        #[schemars(inner(length(max = 4096)))]
        features: Vec<Cow<'a, str>> = texts,
        /// Annual recurring revenue of the product.
        arr: f64 = number,
        /// The first day; without it the day of the event.
        starts: Date = date,
        /// The last day, included; not before `starts`.
        ends: Date = date,
    }
    check ends_not_before_starts
}

fn ends_not_before_starts(entitlement: &Entitlement<'_>, named: &Named<'_>) -> Checked<()> {
    match (entitlement.starts, entitlement.ends) {
        (Some(starts), Some(ends)) if ends < starts => {
            let expected = format!("a date not before `starts`, {}", instant::format_date(starts.0));
            Err(named.contradiction("ends", &expected))
        }
        _ => Ok(()),
    }
}
