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
mod alert;
mod band;
mod campaign;
mod data;
mod incident;
mod milestone;
mod owner;
mod play;
mod portfolio;
mod product_stage;
mod segment;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_128;

use incident::Head;

pub(crate) use account::percentage;
pub(crate) use data::FirstTwo;
pub use data::{StageName, hex, stage_name};
pub use owner::{OWNER, PartitionOwned, owned};
pub use portfolio::{FLEET, PartitionUpdated, TargetData, fleet, partition, target_crossed};

use crate::engine::{Account, CampaignStep, Cause, CauseRef, Day, Effect, EffectKind, Engine, rfc3339, start_of};
use crate::playbook::{Playbook, RuleKind};
use crate::schema as published;
use crate::topics::Topic;

pub const SOURCE: &str = "adoption-tracker";

/// Where the schemas are named; `schemas/` holds them.
pub const SCHEMA_BASE: &str = published::BASE;

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
    vec![
        &product_stage::CHANGED,
        &account_stage::CHANGED,
        &band::CHANGED,
        &segment::ENTERED,
        &segment::EXITED,
        &milestone::ACHIEVED,
        &alert::OPENED,
        &alert::CLEARED,
        &play::OPENED,
        &play::HELD_OUT,
        &play::SUPPRESSED,
        &play::UPDATED,
        &play::CLOSED,
        &play::OUTCOME,
        &campaign::TRIGGERED,
        &campaign::REACHED,
        &campaign::MISSED,
        &account::UPDATED,
        &portfolio::UPDATED,
        &portfolio::CROSSED,
        &owner::OWNED,
    ]
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
        published::named((self.schema)(), self.schema_file(), self.name, published::OPEN)
    }
}

/// What is written, rather than what would be read: a field that may be `null` is there all the same.
pub fn schema_of<T: schemars::JsonSchema>() -> schemars::Schema {
    published::of_outputs().into_generator().into_root_schema_for::<T>()
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
    event_type: &'a str,
    subject: &'a str,
    time: &'a str,
    datacontenttype: &'static str,
    dataschema: &'a str,
    data: &'a RawValue,
}

impl CloudEvent {
    pub fn new(effect: &Effect, playbook: &Playbook) -> Self {
        let (output, what, data) = rendered(effect, playbook);
        let within = effect.product.as_deref().or(effect.user.as_deref());
        let subject = |separator: &str| within.map_or_else(|| effect.account.to_string(), |id| [&*effect.account, id].join(separator));
        // Ids of accounts and users may hold a slash, those of products none.
        let told_apart = subject(if effect.user.is_some() { "\0" } else { "/" });
        // On one day the outcomes of several openings of a play may be told.
        let what = match &effect.kind {
            EffectKind::PlayOutcome { outcome, .. } => Cow::Owned([what, &*hex(outcome.incident)].join("\0")),
            _ => Cow::Borrowed(what),
        };
        let identity = [output.name, &told_apart, &what, &effect.cause.identity(), of_playbook(effect, playbook)].join("\0");
        Self {
            topic: output.topic,
            id: hex(xxh3_128(identity.as_bytes())),
            event_type: output.name,
            subject: subject("/"),
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

    /// Of a day of the playbook's zone; `about`: the subject, and the name within it.
    fn of_day(output: &OutputType, about: (&str, &str), day: Day, playbook: &Playbook, data: String) -> Self {
        let identity = [output.name, about.0, about.1, &Cause::Day(day).identity(), ""].join("\0");
        Self {
            topic: output.topic,
            id: hex(xxh3_128(identity.as_bytes())),
            event_type: output.name,
            subject: about.0.to_owned(),
            time: rfc3339(start_of(&playbook.time_zone, day)),
            dataschema: output.dataschema,
            data,
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

/// An output in structured mode, from the headers and the value of its Kafka record; `None`: the record is none of ours.
pub fn structured(headers: &[(&str, &[u8])], value: &[u8]) -> Option<String> {
    let header = |name: &str| headers.iter().find(|(known, _)| *known == name).and_then(|(_, value)| std::str::from_utf8(value).ok());
    let event = Structured {
        specversion: "1.0",
        id: header("ce_id")?,
        source: SOURCE,
        event_type: header("ce_type")?,
        subject: header("ce_subject")?,
        time: header("ce_time")?,
        datacontenttype: "application/json",
        dataschema: header("ce_dataschema")?,
        data: serde_json::from_slice(value).ok()?,
    };
    serde_json::to_string(&event).ok()
}

/// The type of an effect's output, the rule, measure, segment or milestone that it is of, and its data as JSON text.
fn rendered<'a>(effect: &'a Effect, playbook: &Playbook) -> (&'static OutputType, &'a str, String) {
    match &effect.kind {
        EffectKind::ProductStageChanged { from, to, entitled } => {
            (&product_stage::CHANGED, "", product_stage::changed(effect, playbook, (*from, *to), *entitled))
        }
        EffectKind::AccountStageChanged { from, to, products_adopted, adoption_order } => {
            let data = account_stage::changed(effect, playbook, (*from, *to), *products_adopted, adoption_order);
            (&account_stage::CHANGED, "", data)
        }
        EffectKind::BandChanged { measure, from, to, value } => {
            let data = band::changed(effect, playbook, measure, (from.as_deref(), to.as_deref()), *value);
            (&band::CHANGED, measure, data)
        }
        EffectKind::SegmentEntered { segment } => (&segment::ENTERED, segment, segment::moved(effect, playbook, segment)),
        EffectKind::SegmentExited { segment } => (&segment::EXITED, segment, segment::moved(effect, playbook, segment)),
        EffectKind::MilestoneAchieved { milestone, user } => {
            (&milestone::ACHIEVED, milestone, milestone::achieved(effect, playbook, milestone, user.as_deref()))
        }
        EffectKind::IncidentOpened { rule, incident, opening } => {
            let head = Head::of(rule, incident);
            match rule.kind {
                RuleKind::Alert => (&alert::OPENED, &rule.id, alert::opened(effect, playbook, head, opening)),
                RuleKind::Play => {
                    let output = if opening.is_held_out { &play::HELD_OUT } else { &play::OPENED };
                    (output, &rule.id, play::opened(effect, playbook, head, opening))
                }
            }
        }
        EffectKind::IncidentClosed { rule, incident, reason, open_days } => {
            let output = match rule.kind {
                RuleKind::Alert => &alert::CLEARED,
                RuleKind::Play => &play::CLOSED,
            };
            (output, &rule.id, incident::closed(effect, playbook, Head::of(rule, incident), *reason, *open_days))
        }
        EffectKind::PlayUpdated { rule, incident, tasks, is_overdue } => {
            (&play::UPDATED, &rule.id, play::updated(effect, playbook, Head::of(rule, incident), tasks, *is_overdue))
        }
        EffectKind::PlaySuppressed { rule, guards } => (&play::SUPPRESSED, &rule.id, play::suppressed(effect, playbook, &rule.id, guards)),
        EffectKind::PlayOutcome { rule, outcome } => (&play::OUTCOME, &rule.id, play::outcome(effect, playbook, &rule.id, outcome)),
        EffectKind::CampaignMoved { campaign, step, triggered_ms, tokens } => {
            let output = match step {
                CampaignStep::Triggered => &campaign::TRIGGERED,
                CampaignStep::Reached => &campaign::REACHED,
                CampaignStep::Missed => &campaign::MISSED,
            };
            (output, campaign, campaign::moved(effect, playbook, campaign, *triggered_ms, tokens.as_deref()))
        }
    }
}

/// An edited playbook is a cause of its own each time: its digest belongs to the id.
fn of_playbook<'a>(effect: &Effect, playbook: &'a Playbook) -> &'a str {
    if effect.cause == CauseRef::Playbook.to_owned() { &playbook.digest } else { "" }
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
