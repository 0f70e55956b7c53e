//! Effects as CloudEvents 1.0: structured in files, binary in Kafka.
//!
//! A file for each output, or for those that are alike: its types, its data, how that is rendered.

/// The URL of a schema in `schemas/`.
macro_rules! schema {
    ($file:literal) => {
        concat!("https://adoption-tracker.dev/schemas/", $file)
    };
}

mod account;
mod account_stage;
mod data;
mod incident;
mod product_stage;

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_128;

use data::hex;

use crate::engine::{Account, Cause, CauseRef, Effect, EffectKind, Engine, rfc3339};
use crate::playbook::Playbook;
use crate::topics::Topic;

pub const SOURCE: &str = "adoption-tracker";

/// Where the schemas are named; `schemas/` holds them.
pub const SCHEMA_BASE: &str = schema!("");

/// A type of output.
#[derive(Debug)]
pub struct OutputType {
    /// Of the CloudEvent.
    pub name: &'static str,
    pub topic: Topic,
    /// Where its data's schema is named.
    pub dataschema: &'static str,
    schema: fn() -> schemars::Schema,
}

/// All of them; docs/reference/outputs.md has them in this order.
pub fn types() -> Vec<&'static OutputType> {
    [&product_stage::CHANGED, &account_stage::CHANGED].into_iter().chain(incident::TYPES).chain([&account::UPDATED]).collect()
}

/// Every output type's file name and schema, as in `schemas/`.
pub fn schemas() -> Vec<(&'static str, Json)> {
    types().into_iter().map(|output| (output.schema_file(), output.schema())).collect()
}

impl OutputType {
    /// The file in `schemas/`.
    pub fn schema_file(&self) -> &'static str {
        self.dataschema.trim_start_matches(SCHEMA_BASE)
    }

    fn schema(&self) -> Json {
        let mut schema = (self.schema)().to_value();
        if let Some(object) = schema.as_object_mut() {
            object.insert("$id".to_owned(), Json::from(self.dataschema));
            object.insert("title".to_owned(), Json::from(self.name));
        }
        schema
    }
}

fn schema_of<T: schemars::JsonSchema>() -> schemars::Schema {
    schemars::schema_for!(T)
}

/// One CloudEvent, its data rendered.
#[derive(Clone, Debug)]
pub struct CloudEvent {
    pub topic: Topic,
    pub id: String,
    pub event_type: &'static str,
    pub subject: String,
    pub time: String,
    pub dataschema: &'static str,
    /// JSON.
    pub data: String,
}

#[derive(Serialize)]
struct Structured<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'static str,
    #[serde(rename = "type")]
    event_type: &'static str,
    subject: &'a str,
    time: &'a str,
    datacontenttype: &'static str,
    dataschema: &'a str,
    data: &'a RawValue,
}

impl CloudEvent {
    pub fn new(effect: &Effect, playbook: &Playbook) -> Self {
        let (output, rule, data) = match &effect.kind {
            EffectKind::ProductStageChanged { from, to, entitled } => {
                (&product_stage::CHANGED, "", product_stage::changed(effect, playbook, (*from, *to), *entitled))
            }
            EffectKind::AccountStageChanged { from, to, products_adopted, adoption_order } => {
                let data = account_stage::changed(effect, playbook, (*from, *to), *products_adopted, adoption_order);
                (&account_stage::CHANGED, "", data)
            }
            EffectKind::IncidentOpened { rule, incident } => {
                (incident::opened_type(rule.kind), &*rule.id, incident::opened(effect, playbook, rule, incident))
            }
            EffectKind::IncidentClosed { rule, incident, reason, open_days } => {
                let data = incident::closed(effect, playbook, rule, incident, *reason, *open_days);
                (incident::closed_type(rule.kind), &*rule.id, data)
            }
            _ => unimplemented!("rendered by what follows"),
        };
        let subject = match &effect.product {
            Some(product) => [&*effect.account, product].join("/"),
            None => effect.account.to_string(),
        };
        let identity = [output.name, &subject, rule, &effect.cause.identity(), of_playbook(effect, playbook)].join("\0");
        Self {
            topic: output.topic,
            id: hex(xxh3_128(identity.as_bytes())),
            event_type: output.name,
            subject,
            time: rfc3339(effect.time_ms),
            dataschema: output.dataschema,
            data,
        }
    }

    /// The state of an account after a commit; `cause` and `time_ms` are those of the last output about it.
    pub fn account_updated(account: &Account, engine: &Engine, cause: &Cause, time_ms: i64) -> Self {
        let output = &account::UPDATED;
        let identity = [output.name, &account.id, "", &cause.identity(), ""].join("\0");
        Self {
            topic: output.topic,
            id: hex(xxh3_128(identity.as_bytes())),
            event_type: output.name,
            subject: account.id.to_string(),
            time: rfc3339(time_ms),
            dataschema: output.dataschema,
            data: account::updated(account, engine, cause),
        }
    }

    /// One JSON object, as `replay` writes it.
    pub fn structured(&self) -> String {
        let data: &RawValue = serde_json::from_str(&self.data).expect("data was rendered as JSON");
        let event = Structured {
            specversion: "1.0",
            id: &self.id,
            source: SOURCE,
            event_type: self.event_type,
            subject: &self.subject,
            time: &self.time,
            datacontenttype: "application/json",
            dataschema: self.dataschema,
            data,
        };
        serde_json::to_string(&event).expect("strings and JSON serialize")
    }

    /// The headers of a Kafka record in binary mode; its value is the data.
    pub fn headers(&self) -> [(&'static str, &str); 8] {
        [
            ("ce_specversion", "1.0"),
            ("ce_id", &self.id),
            ("ce_source", SOURCE),
            ("ce_type", self.event_type),
            ("ce_subject", &self.subject),
            ("ce_time", &self.time),
            ("ce_dataschema", self.dataschema),
            ("content-type", "application/json"),
        ]
    }
}

/// An edited playbook is a cause of its own each time: its digest belongs to the id.
fn of_playbook<'a>(effect: &Effect, playbook: &'a Playbook) -> &'a str {
    if effect.cause == CauseRef::Playbook.to_owned() { &playbook.digest } else { "" }
}
