//! A product of an account moved to another stage.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{CauseData, Evidence, StageName, cause_data, evidence_data, json, stage_name};
use super::{OutputType, schema_of};
use crate::engine::{Effect, Stage};
use crate::playbook::Playbook;
use crate::topics::Topic;

pub const CHANGED: OutputType = OutputType {
    name: "adoption.product_stage.changed",
    topic: Topic::StageChanges,
    dataschema: schema!("product-stage-changed.v1.json"),
    schema: schema_of::<ProductStageChanged<'static>>,
};

/// A product of an account moved to another stage.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProductStageChanged<'a> {
    pub account: &'a str,
    pub product: &'a str,
    pub from: StageName,
    pub to: StageName,
    /// Whether a term of the product is in force.
    pub entitled: bool,
    /// Upwards every comparison of the condition reached; downwards of the lowest condition that no longer holds.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text.
pub fn changed(effect: &Effect, playbook: &Playbook, (from, to): (Stage, Stage), entitled: bool) -> String {
    json(&ProductStageChanged {
        account: &effect.account,
        product: effect.product.as_deref().unwrap_or_default(),
        from: stage_name(from),
        to: stage_name(to),
        entitled,
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
