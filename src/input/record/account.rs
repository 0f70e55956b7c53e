//! `account`: facts about the account.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::input::Date;
use crate::input::convert::{count, date, health_score, name, names_by_name, number, object, text, texts, time_zone};

patch! {
    /// Facts about the account. Partial: what is absent stays, what `clear` names is forgotten.
    AccountPatch<'a> as WrittenAccount
    partial {
        /// 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        name: Cow<'a, str> = name,
        #[schemars(range(min = 0, max = 1_000_000_000))]
        employees: u32 = count,
        #[schemars(length(max = 4096))]
        industry: Cow<'a, str> = text,
        #[schemars(length(max = 4096))]
        region: Cow<'a, str> = text,
        #[schemars(inner(length(max = 4096)))]
        use_cases: Vec<Cow<'a, str>> = texts,
        /// A name of the IANA time zone database, such as `Europe/Berlin`; matched without regard to case.
        #[schemars(length(max = 4096))]
        time_zone: Cow<'a, str> = time_zone,
        #[schemars(length(max = 4096))]
        owner: Cow<'a, str> = text,
        #[schemars(length(max = 4096))]
        account_executive: Cow<'a, str> = text,
        #[schemars(length(max = 4096))]
        success_role: Cow<'a, str> = text,
        /// The id of the parent account. 1..=256 bytes of UTF-8.
        #[schemars(length(min = 1, max = 256))]
        parent: Cow<'a, str> = name,
        onboarding_completed: Date = date,
        /// From this day on nothing is in force, and no rule is judged.
        closed: Date = date,
        contract: Contract = object,
        health: Health = object,
        /// The account's id in other systems, by the system's name. Replaced whole. Names and ids have 1..=256 bytes of UTF-8.
        #[schemars(extend(
            "maxProperties" = 64,
            "propertyNames" = {"type": "string", "minLength": 1, "maxLength": 256},
            "additionalProperties" = {"type": "string", "minLength": 1, "maxLength": 256},
        ))]
        ids: BTreeMap<Cow<'a, str>, Cow<'a, str>> = names_by_name,
    }
}

record! {
    /// The account's contract. Replaced whole.
    #[derive(Copy, Default)]
    Contract
    optional {
        starts: Date = date,
        renewal: Date = date,
        /// Annual recurring revenue.
        arr: f64 = number,
    }
}

record! {
    /// Health scores told from outside. Replaced whole.
    #[derive(Copy, Default)]
    Health
    optional {
        #[schemars(range(min = 0, max = 100))]
        relationship: f64 = health_score,
        #[schemars(range(min = 0, max = 100))]
        service: f64 = health_score,
        #[schemars(range(min = 0, max = 100))]
        financial: f64 = health_score,
    }
}
