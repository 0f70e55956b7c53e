//! The input records as serde types: the source of their JSON Schemas, and what generators and tests write.
//!
//! The service itself does not read with these: [`decode`](fn@super::decode) is faster and stricter. A schema cannot say
//! all of docs/reference/inputs.md; the rest is in the descriptions: lengths are in bytes of UTF-8 (a schema counts characters), `3.0`
//! is no integer (to a schema it is), `from` differs from `to`, `ends` is not before `starts`, zones are of the compiled-in
//! database, instants lie in 1970 ..= 9999 in UTC.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::event::{EntitlementStatus, InputType, IntegrationStatus, OutcomeKind, TaskStatus, TouchpointKind, UserLevel};

/// Any input record, told apart by `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    Usage(Usage),
    Gauge(Gauge),
    Entitlement(Entitlement),
    Account(Account),
    User(User),
    Integration(Integration),
    Workflow(Workflow),
    Touchpoint(Touchpoint),
    Nps(Nps),
    Task(Task),
    Outcome(Outcome),
}

/// What every record has besides its `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Common {
    /// Names the event as a cause. 1..=256 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub id: Option<String>,
    pub time: Time,
    /// The account's id, and the key of the Kafka record. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub account: String,
}

/// Something was done; without `feature` it is a login, without `user` it counts as nobody's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    #[serde(flatten)]
    pub common: Common,
    /// The product's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub product: String,
    /// The user's id. 1..=256 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub user: Option<String>,
    /// The feature's name. 1..=256 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub feature: Option<String>,
    /// How many times; absent means once. `3.0` is not an integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000), extend("default" = 1))]
    pub quantity: Option<u32>,
}

/// A level was reported: active campaigns, contacts in lists, bandwidth. A gauge is not usage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Gauge {
    #[serde(flatten)]
    pub common: Common,
    /// The product's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub product: String,
    /// The gauge's name. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Finite, within the range of a double.
    pub value: f64,
}

/// What the account may use. Replaces the product's term as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entitlement {
    #[serde(flatten)]
    pub common: Common,
    /// The product's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub product: String,
    pub status: EntitlementStatus,
    /// Absent means no seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub seats: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub plan: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(length(max = 4096)))]
    pub addons: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(inner(length(max = 4096)))]
    pub features: Option<Vec<String>>,
    /// Annual recurring revenue of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arr: Option<f64>,
    /// The first day; without it the day of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Date>,
    /// The last day, included; not before `starts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Date>,
}

/// Facts about the account. Partial: what is absent stays, `null` clears.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    #[serde(flatten)]
    pub common: Common,
    /// 1..=256 bytes of UTF-8.
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub name: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub employees: Option<Option<u32>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub industry: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub region: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(inner(length(max = 4096)))]
    pub use_cases: Option<Option<Vec<String>>>,
    /// A name of the IANA time zone database, such as `Europe/Berlin`; matched without regard to case.
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub time_zone: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub owner: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub account_executive: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub success_role: Option<Option<String>>,
    /// The id of the parent account. 1..=256 bytes of UTF-8.
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub parent: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub onboarding_completed: Option<Option<Date>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub contract: Option<Option<Contract>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub health: Option<Option<Health>>,
}

/// The account's contract. Replaced whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Contract {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Date>,
    /// Annual recurring revenue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arr: Option<f64>,
}

/// Health scores told from outside. Replaced whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub relationship: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub service: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub financial: Option<f64>,
}

/// Facts about a user. Partial: what is absent stays, `null` clears.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    #[serde(flatten)]
    pub common: Common,
    /// The user's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub user: String,
    /// 1..=256 bytes of UTF-8.
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub name: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub email: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub role: Option<Option<String>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub level: Option<Option<UserLevel>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub department: Option<Option<String>>,
    /// Whether the user is a key user.
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub key: Option<Option<bool>>,
    /// Whether the user is the vendor's own: an internal user's usage is in no metric.
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub internal: Option<Option<bool>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub created: Option<Option<Date>>,
    #[serde(default, deserialize_with = "null_is_some", skip_serializing_if = "Option::is_none")]
    pub left: Option<Option<Date>>,
}

/// A directed connection between two different products.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Integration {
    #[serde(flatten)]
    pub common: Common,
    /// The product that data comes from. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub from: String,
    /// The product that data goes to, another one than `from`. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub to: String,
    pub status: IntegrationStatus,
}

/// A workflow across products ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workflow {
    #[serde(flatten)]
    pub common: Common,
    /// The workflow's name. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Two products or more, all different, in the order in which the workflow runs through them.
    #[schemars(length(min = 2), inner(length(min = 1, max = 256)), extend("uniqueItems" = true))]
    pub products: Vec<String>,
    /// The user's id. 1..=256 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub user: Option<String>,
    /// How many runs; absent means one. `3.0` is not an integer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000), extend("default" = 1))]
    pub quantity: Option<u32>,
}

/// The vendor talked with the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Touchpoint {
    #[serde(flatten)]
    pub common: Common,
    pub kind: TouchpointKind,
    /// The user's id. 1..=256 bytes of UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub user: Option<String>,
}

/// A user's answer to a survey. A later record with the same `id` replaces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nps {
    #[serde(flatten)]
    pub common: Common,
    /// The user's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub user: String,
    #[schemars(range(min = 0, max = 10))]
    pub score: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub comment: Option<String>,
}

/// A play's task was worked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Task {
    #[serde(flatten)]
    pub common: Common,
    /// The play's incident. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub incident: String,
    /// The task of the play. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    pub task: String,
    pub status: TaskStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub reason: Option<String>,
}

/// What became of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    #[serde(flatten)]
    pub common: Common,
    pub kind: OutcomeKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub reason: Option<String>,
}

/// When it happened: an RFC 3339 instant with offset, or integer Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Time {
    Ms(i64),
    Rfc3339(String),
}

impl JsonSchema for Time {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "When it happened, 1970 ..= 9999: an RFC 3339 instant with offset, or integer Unix milliseconds. Held in \
                milliseconds; finer digits are cut off.",
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "integer", "minimum": 0, "maximum": super::MS_MAX},
            ],
        })
    }
}

/// A calendar date `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(pub String);

impl JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date", "pattern": "^(19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}$"})
    }
}

/// For a partial record: `null` is `Some(None)`, which clears; an absent field is left to `default`, which keeps.
fn null_is_some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The JSON Schema (2020-12) of every input type, with the name of the file that it is published in.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("usage.v1.json", schema::<Usage>(InputType::Usage)),
        ("gauge.v1.json", schema::<Gauge>(InputType::Gauge)),
        ("entitlement.v1.json", schema::<Entitlement>(InputType::Entitlement)),
        ("account.v1.json", schema::<Account>(InputType::Account)),
        ("user.v1.json", schema::<User>(InputType::User)),
        ("integration.v1.json", schema::<Integration>(InputType::Integration)),
        ("workflow.v1.json", schema::<Workflow>(InputType::Workflow)),
        ("touchpoint.v1.json", schema::<Touchpoint>(InputType::Touchpoint)),
        ("nps.v1.json", schema::<Nps>(InputType::Nps)),
        ("task.v1.json", schema::<Task>(InputType::Task)),
        ("outcome.v1.json", schema::<Outcome>(InputType::Outcome)),
    ]
}

/// The schema of one type of record. `type` is the tag of [`Record`], which the struct itself does not have.
fn schema<T: JsonSchema>(input_type: InputType) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let generated = settings.into_generator().into_root_schema_for::<T>().to_value();
    let name = input_type.as_str();
    let mut properties = json!({"type": {"const": name}});
    let mut required = json!(["type"]);
    let own = generated["properties"].as_object().expect("a struct's schema has properties");
    properties.as_object_mut().expect("built as an object").extend(own.clone());
    required.as_array_mut().expect("built as an array").extend(generated["required"].as_array().into_iter().flatten().cloned());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("https://adoption-tracker.dev/schemas/{name}.v1.json"),
        "title": name,
        "description": generated["description"],
        "type": "object",
        "properties": properties,
        "required": required,
    })
}
