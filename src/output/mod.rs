//! Effects as CloudEvents 1.0: structured in files, binary in Kafka.

pub mod data;

use serde::Serialize;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_128;

use crate::engine::{Account, Cause, CauseRef, Effect, EffectKind, Engine, rfc3339};
use crate::playbook::{Playbook, RuleKind};
use crate::topics::Topic;

pub const SOURCE: &str = "adoption-tracker";

macro_rules! schema {
    ($file:literal) => {
        concat!("https://adoption-tracker.dev/schemas/", $file)
    };
}

/// Where the schemas are named; `schemas/` holds them.
pub const SCHEMA_BASE: &str = schema!("");

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
        let (topic, event_type, schema, rule) = match &effect.kind {
            EffectKind::ProductStageChanged { .. } => {
                (Topic::StageChanges, "adoption.product_stage.changed", schema!("product-stage-changed.v1.json"), "")
            }
            EffectKind::AccountStageChanged { .. } => {
                (Topic::StageChanges, "adoption.account_stage.changed", schema!("account-stage-changed.v1.json"), "")
            }
            EffectKind::IncidentOpened { rule, .. } => match rule.kind {
                RuleKind::Alert => (Topic::Alerts, "adoption.alert.opened", schema!("alert-opened.v1.json"), &*rule.id),
                RuleKind::Play => (Topic::Plays, "adoption.play.opened", schema!("play-opened.v1.json"), &*rule.id),
            },
            EffectKind::IncidentClosed { rule, .. } => match rule.kind {
                RuleKind::Alert => (Topic::Alerts, "adoption.alert.cleared", schema!("alert-cleared.v1.json"), &*rule.id),
                RuleKind::Play => (Topic::Plays, "adoption.play.closed", schema!("play-closed.v1.json"), &*rule.id),
            },
        };
        let subject = match &effect.product {
            Some(product) => [&*effect.account, product].join("/"),
            None => effect.account.to_string(),
        };
        let identity = [event_type, &subject, rule, &effect.cause.identity(), of_playbook(effect, playbook)].join("\0");
        Self {
            topic,
            id: format!("{:032x}", xxh3_128(identity.as_bytes())),
            event_type,
            subject,
            time: rfc3339(effect.time_ms),
            dataschema: schema,
            data: data::render(effect, playbook),
        }
    }

    /// The state of an account after a commit; `cause` and `time_ms` are those of the last output about it.
    pub fn account_updated(account: &Account, engine: &Engine, cause: &Cause, time_ms: i64) -> Self {
        let event_type = "adoption.account.updated";
        let identity = [event_type, &account.id, "", &cause.identity(), ""].join("\0");
        Self {
            topic: Topic::Accounts,
            id: format!("{:032x}", xxh3_128(identity.as_bytes())),
            event_type,
            subject: account.id.to_string(),
            time: rfc3339(time_ms),
            dataschema: schema!("account-updated.v1.json"),
            data: data::render_account(account, engine, cause),
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
