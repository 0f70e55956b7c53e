//! A campaign was triggered for a user, and reached its goal or missed it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::data::{About, CauseData, Evidence, cause_data, evidence_data, json};
use super::{OutputType, schema_of};
use crate::engine::{Effect, rfc3339};
use crate::playbook::Playbook;
use crate::schema::Plain;
use crate::topics::Topic;

pub const TRIGGERED: OutputType = OutputType {
    name: "adoption.campaign.triggered",
    topic: Topic::Campaigns,
    dataschema: schema!("campaign-triggered.v1.json"),
    schema: schema_of::<CampaignMove<'static>>,
};
pub const REACHED: OutputType = OutputType {
    name: "adoption.campaign.reached",
    topic: Topic::Campaigns,
    dataschema: schema!("campaign-reached.v1.json"),
    schema: schema_of::<CampaignMove<'static>>,
};
pub const MISSED: OutputType = OutputType {
    name: "adoption.campaign.missed",
    topic: Topic::Campaigns,
    dataschema: schema!("campaign-missed.v1.json"),
    schema: schema_of::<CampaignMove<'static>>,
};

/// A campaign was triggered for a user, reached its goal, or missed it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CampaignMove<'a> {
    #[serde(flatten)]
    pub about: About<'a>,
    /// A name from the playbook's `campaigns`.
    pub rule: &'a str,
    /// The `time` of the triggering.
    pub triggered: String,
    /// What is handed on by name, as it was when the campaign was triggered: numbers, texts, booleans, lists, or `null` for what was missing.
    /// Absent where the campaign has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Plain>>")]
    pub tokens: Option<&'a RawValue>,
    /// Every comparison of the condition that decided: `open` where it was triggered, else `goal`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text.
pub fn moved(effect: &Effect, playbook: &Playbook, rule: &str, triggered_ms: i64, tokens: Option<&str>) -> String {
    json(&CampaignMove {
        about: About::of(effect),
        rule,
        triggered: rfc3339(triggered_ms),
        tokens: tokens.map(|tokens| serde_json::from_str(tokens).expect("tokens were rendered as JSON")),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
