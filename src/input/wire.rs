//! The input records as serde types: the source of their JSON Schemas, and what generators and tests write.
//!
//! The service itself does not read with these: [`decode`](fn@super::decode) is faster and stricter. A schema cannot say all of
//! docs/reference/inputs.md; the rest is in the descriptions: a day is one that its month has, lengths are in bytes of UTF-8 (a schema counts
//! characters), `from` differs from `to`, `ends` is not before `starts`, zones are of the compiled-in database, instants lie in 2000 ..= 9999 in
//! UTC. They say how records are to be written; what is taken beside that (numbers for ids, an empty text for an absent field, a blank in an
//! instant) they refuse.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::Event;
pub use super::record::{Gauge, Record, Usage, schemas};
use crate::schema as published;

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

impl Common {
    pub(super) fn of(event: &Event<'_>) -> Common {
        let id = event.id.as_deref().map(str::to_owned);
        Common { id, time: Time::Ms(event.time_ms), account: event.account.clone().into_owned() }
    }
}

/// A record without its `type`: what every record has, and the fields of the type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WithCommon<T> {
    #[serde(flatten)]
    pub common: Common,
    #[serde(flatten)]
    pub own: T,
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
            "description": "When it happened, 2000 ..= 9999: an RFC 3339 instant with offset, or integer Unix milliseconds. Held in \
                milliseconds; finer digits are cut off.",
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "integer", "minimum": super::MS_MIN, "maximum": super::MS_MAX},
            ],
        })
    }
}

/// The schema of the type of record that is called `name` and has, beside what every record has, the fields of `T`.
pub(super) fn schema<T: JsonSchema>(name: &str) -> Value {
    let (common, own) = (object_schema::<Common>(), object_schema::<T>());
    let mut properties = json!({"type": {"type": "string", "enum": [name]}});
    let mut required = json!(["type"]);
    for part in [&common, &own] {
        let of_part = part["properties"].as_object().expect("a struct's schema has properties");
        properties.as_object_mut().expect("built as an object").extend(of_part.clone());
        required.as_array_mut().expect("built as an array").extend(part["required"].as_array().into_iter().flatten().cloned());
    }
    let schema = json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "description": own["description"],
        "type": "object",
        "properties": properties,
        "required": required,
    });
    published::named(schema, &format!("{name}.v1.json"), name, "Other members are ignored.")
}

fn object_schema<T: JsonSchema>() -> Value {
    let settings = published::of_inputs().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}
