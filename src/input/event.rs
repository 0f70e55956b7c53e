//! Decoded events. They borrow their strings from the record, except where a string has escapes.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::convert::Choice;
pub use super::field::Patch;

macro_rules! choices {
    ($($(#[doc = $doc:literal])* $name:ident { $($variant:ident $word:literal),+ })+) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[schemars(inline)]
        pub enum $name { $(#[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word of the input.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl Choice for $name {
            const ALL: &'static [$name] = $name::ALL;

            fn as_str(self) -> &'static str {
                self.as_str()
            }
        }
    )+ };
}

choices! {
    /// What a record is, by its `type`.
    InputType {
        Usage "usage", Gauge "gauge", Entitlement "entitlement", Account "account", User "user", Integration "integration",
        Workflow "workflow", Touchpoint "touchpoint", Nps "nps", Task "task", Outcome "outcome"
    }
    /// Whether the account may use the product.
    EntitlementStatus { Active "active", Trialing "trialing", Ended "ended" }
    /// A user's place in the hierarchy: individual contributor, manager or executive.
    UserLevel { Ic "ic", Manager "manager", Executive "executive" }
    /// How the vendor talked with the account.
    TouchpointKind { Email "email", Meeting "meeting", Call "call", Qbr "qbr", Training "training" }
    /// What became of a play's task.
    TaskStatus { Done "done", Dismissed "dismissed" }
    /// What became of the account.
    OutcomeKind { Mrr "mrr", Churn "churn", Renewal "renewal" }
    /// Whether a directed connection between two products is in place.
    IntegrationStatus { Connected "connected", Disconnected "disconnected" }
}

/// One input record, checked by every rule that needs neither clock nor state.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    pub id: Option<Cow<'a, str>>,
    /// Unix milliseconds, 0 ..= 9999-12-31T23:59:59.999Z.
    pub time_ms: i64,
    pub account: Cow<'a, str>,
    pub body: Body<'a>,
}

/// The fields of each type. Dates are days since 1970-01-01; numbers are finite.
#[derive(Debug, Clone, PartialEq)]
pub enum Body<'a> {
    /// Something was done `quantity` (1..=10⁹) times; a login without a feature, nobody's without a user.
    Usage { product: Cow<'a, str>, user: Option<Cow<'a, str>>, feature: Option<Cow<'a, str>>, quantity: u32 },
    /// A level was reported.
    Gauge { product: Cow<'a, str>, name: Cow<'a, str>, value: f64 },
    /// What the account may use, replacing the product's term as a whole.
    Entitlement(Box<Entitlement<'a>>),
    /// Facts about the account, partial.
    Account(Box<AccountPatch<'a>>),
    /// Facts about a user, partial.
    User(Box<UserPatch<'a>>),
    /// A directed connection between two different products was made or cut.
    Integration { from: Cow<'a, str>, to: Cow<'a, str>, connected: bool },
    /// A workflow across two or more different products ran `quantity` (1..=10⁹) times.
    Workflow { name: Cow<'a, str>, products: Vec<Cow<'a, str>>, user: Option<Cow<'a, str>>, quantity: u32 },
    /// The vendor talked with the account.
    Touchpoint { kind: TouchpointKind, user: Option<Cow<'a, str>> },
    /// A user answered a survey with 0..=10.
    Nps { user: Cow<'a, str>, score: u8, comment: Option<Cow<'a, str>> },
    /// A task of a play was worked.
    Task { incident: Cow<'a, str>, task: Cow<'a, str>, status: TaskStatus, reason: Option<Cow<'a, str>> },
    /// What became of the account.
    Outcome { kind: OutcomeKind, amount: Option<f64>, reason: Option<Cow<'a, str>> },
}

impl Body<'_> {
    /// The `type` of the record.
    pub const fn input_type(&self) -> InputType {
        match self {
            Body::Usage { .. } => InputType::Usage,
            Body::Gauge { .. } => InputType::Gauge,
            Body::Entitlement(_) => InputType::Entitlement,
            Body::Account(_) => InputType::Account,
            Body::User(_) => InputType::User,
            Body::Integration { .. } => InputType::Integration,
            Body::Workflow { .. } => InputType::Workflow,
            Body::Touchpoint { .. } => InputType::Touchpoint,
            Body::Nps { .. } => InputType::Nps,
            Body::Task { .. } => InputType::Task,
            Body::Outcome { .. } => InputType::Outcome,
        }
    }
}

/// A term of a product. `starts` and `ends` are both included, and `ends` is not before `starts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Entitlement<'a> {
    pub product: Cow<'a, str>,
    pub status: EntitlementStatus,
    /// 0..=10⁹; absent means no seats.
    pub seats: Option<u32>,
    pub plan: Option<Cow<'a, str>>,
    pub addons: Option<Vec<Cow<'a, str>>>,
    pub features: Option<Vec<Cow<'a, str>>>,
    pub arr: Option<f64>,
    pub starts: Option<i32>,
    pub ends: Option<i32>,
}

/// What an `account` record changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccountPatch<'a> {
    pub name: Patch<Cow<'a, str>>,
    pub employees: Patch<u32>,
    pub industry: Patch<Cow<'a, str>>,
    pub region: Patch<Cow<'a, str>>,
    pub use_cases: Patch<Vec<Cow<'a, str>>>,
    /// A zone of the compiled-in tz database, in its spelling.
    pub time_zone: Patch<Cow<'a, str>>,
    pub owner: Patch<Cow<'a, str>>,
    pub account_executive: Patch<Cow<'a, str>>,
    pub success_role: Patch<Cow<'a, str>>,
    pub parent: Patch<Cow<'a, str>>,
    pub onboarding_completed: Patch<i32>,
    pub contract: Patch<Contract>,
    pub health: Patch<Health>,
}

/// The account's contract, replaced whole: what the record leaves out is unknown afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Contract {
    pub starts: Option<i32>,
    pub renewal: Option<i32>,
    pub arr: Option<f64>,
}

/// Health scores told from outside, 0..=100 each, replaced whole.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Health {
    pub relationship: Option<f64>,
    pub service: Option<f64>,
    pub financial: Option<f64>,
}

/// What a `user` record changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserPatch<'a> {
    pub user: Cow<'a, str>,
    pub name: Patch<Cow<'a, str>>,
    pub email: Patch<Cow<'a, str>>,
    pub role: Patch<Cow<'a, str>>,
    pub level: Patch<UserLevel>,
    pub department: Patch<Cow<'a, str>>,
    pub key: Patch<bool>,
    pub internal: Patch<bool>,
    pub created: Patch<i32>,
    pub left: Patch<i32>,
}
