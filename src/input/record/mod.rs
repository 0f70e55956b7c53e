//! The types of record, a file for each: its fields, once for the event, for the schema, for reading and for writing.
//!
//! `usage` and `gauge`, which come with most events, are read by hand; what the others are is said with `record!` or `patch!`.

#[macro_use]
pub(super) mod define;

mod account;
mod entitlement;
mod erase;
mod gauge;
mod integration;
mod nps;
mod outcome;
mod task;
mod touchpoint;
mod usage;
mod user;
mod workflow;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::account::{AccountPatch, Contract, Health};
pub use self::entitlement::{Entitlement, EntitlementStatus};
pub use self::erase::Erase;
pub use self::gauge::Gauge;
pub use self::integration::{Integration, IntegrationStatus};
pub use self::nps::Nps;
pub use self::outcome::{Outcome, OutcomeKind};
pub use self::task::{Task, TaskStatus};
pub use self::touchpoint::{Touchpoint, TouchpointKind};
pub use self::usage::Usage;
pub use self::user::{UserLevel, UserPatch};
pub use self::workflow::Workflow;
use super::event::Event;
use super::field::Fields;
use super::reject::Checked;
use super::value::Detach;
use super::wire::{self, WithCommon};

/// Makes what has a variant for each type of record: the word of its `type`, and what holds the fields of those that are not read by hand.
macro_rules! types {
    ($($variant:ident $word:literal $body:ty,)+) => {
        choices! {
            /// What a record is, by its `type`.
            InputType { Usage "usage", Gauge "gauge", $($variant $word),+ }
        }

        /// The fields of each type. Numbers are finite.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Body<'a> {
            /// Something was done `quantity` (1..=10⁹) times; a login without a feature, nobody's without a user.
            Usage { product: Cow<'a, str>, user: Option<Cow<'a, str>>, feature: Option<Cow<'a, str>>, quantity: u32 },
            /// A level was reported.
            Gauge { product: Cow<'a, str>, name: Cow<'a, str>, value: f64 },
            $($variant($body),)+
        }

        impl Detach for Body<'_> {
            type Detached = Body<'static>;

            fn detached(self) -> Body<'static> {
                match self {
                    Body::Usage { product, user, feature, quantity } => {
                        Body::Usage { product: product.detached(), user: user.detached(), feature: feature.detached(), quantity }
                    }
                    Body::Gauge { product, name, value } => Body::Gauge { product: product.detached(), name: name.detached(), value },
                    $(Body::$variant(own) => Body::$variant(own.detached()),)+
                }
            }
        }

        impl Body<'_> {
            /// The `type` of the record.
            pub const fn input_type(&self) -> InputType {
                match self {
                    Body::Usage { .. } => InputType::Usage,
                    Body::Gauge { .. } => InputType::Gauge,
                    $(Body::$variant(_) => InputType::$variant,)+
                }
            }
        }

        /// Reads the fields of a type.
        #[inline]
        pub(super) fn body<'a>(input_type: InputType, fields: &Fields<'a>) -> Checked<Body<'a>> {
            match input_type {
                InputType::Usage => usage::read(fields),
                InputType::Gauge => gauge::read(fields),
                $(InputType::$variant => fields.read_named().map(Body::$variant),)+
            }
        }

        /// Any input record, told apart by `type`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type")]
        pub enum Record<'a> {
            #[serde(rename = "usage")]
            Usage(WithCommon<Usage<'a>>),
            #[serde(rename = "gauge")]
            Gauge(WithCommon<Gauge<'a>>),
            $(#[serde(rename = $word)] $variant(WithCommon<$body>),)+
        }

        impl<'a> From<&Event<'a>> for Record<'a> {
            /// Decoding the record gives the event again. The time is written as Unix milliseconds.
            fn from(event: &Event<'a>) -> Record<'a> {
                let common = wire::Common::of(event);
                match &event.body {
                    Body::Usage { product, user, feature, quantity } => {
                        let (product, user, feature) = (product.clone(), user.clone(), feature.clone());
                        Record::Usage(WithCommon { common, own: Usage { product, user, feature, quantity: Some(*quantity) } })
                    }
                    Body::Gauge { product, name, value } => {
                        let (product, name) = (product.clone(), name.clone());
                        Record::Gauge(WithCommon { common, own: Gauge { product, name, value: *value } })
                    }
                    $(Body::$variant(own) => Record::$variant(WithCommon { common, own: own.clone() }),)+
                }
            }
        }

        /// The JSON Schema (2020-12) of every input type, with the name of the file that it is published in.
        pub fn schemas() -> Vec<(&'static str, Value)> {
            vec![
                ("usage.v1.json", wire::schema::<Usage<'_>>("usage")),
                ("gauge.v1.json", wire::schema::<Gauge<'_>>("gauge")),
                $({
                    type Own<'a> = $body;
                    (concat!($word, ".v1.json"), wire::schema::<Own<'_>>($word))
                },)+
            ]
        }
    };
}

// Boxed is what would make every event larger.
types! {
    Entitlement "entitlement" Box<Entitlement<'a>>,
    Account "account" Box<AccountPatch<'a>>,
    User "user" Box<UserPatch<'a>>,
    Integration "integration" Integration<'a>,
    Workflow "workflow" Workflow<'a>,
    Touchpoint "touchpoint" Touchpoint<'a>,
    Nps "nps" Nps<'a>,
    Task "task" Task<'a>,
    Outcome "outcome" Outcome<'a>,
    Erase "erase" Erase<'a>,
}
