//! An account entered a segment, or left it.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{CauseData, Evidence, cause_data, evidence_data, json};
use super::{OutputType, schema_of};
use crate::engine::Effect;
use crate::playbook::Playbook;
use crate::topics::Topic;

pub const ENTERED: OutputType = OutputType {
    name: "adoption.segment.entered",
    topic: Topic::Signals,
    dataschema: schema!("segment-entered.v1.json"),
    schema: schema_of::<SegmentMove<'static>>,
};
pub const EXITED: OutputType = OutputType {
    name: "adoption.segment.exited",
    topic: Topic::Signals,
    dataschema: schema!("segment-exited.v1.json"),
    schema: schema_of::<SegmentMove<'static>>,
};

/// An account entered a segment, or left it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SegmentMove<'a> {
    pub account: &'a str,
    /// A name from the playbook's `segments`.
    pub segment: &'a str,
    /// Every comparison of the segment's `when`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text.
pub fn moved(effect: &Effect, playbook: &Playbook, segment: &str) -> String {
    json(&SegmentMove {
        account: &effect.account,
        segment,
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
