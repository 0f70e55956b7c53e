//! A milestone was achieved.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{CauseData, Evidence, cause_data, evidence_data, json};
use super::{OutputType, schema_of};
use crate::engine::Effect;
use crate::playbook::Playbook;
use crate::topics::Topic;

pub const ACHIEVED: OutputType = OutputType {
    name: "adoption.milestone.achieved",
    topic: Topic::Signals,
    dataschema: schema!("milestone-achieved.v1.json"),
    schema: schema_of::<MilestoneAchieved<'static>>,
};

/// An account, or a product of it, achieved a milestone: once for ever.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MilestoneAchieved<'a> {
    pub account: &'a str,
    /// Where the subject is a product of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// A name from the playbook's `milestones`.
    pub milestone: &'a str,
    /// Whom the event names that was the cause. The subject is the account or its product all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
    /// Every comparison of the milestone's `when`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text.
pub fn achieved(effect: &Effect, playbook: &Playbook, milestone: &str, user: Option<&str>) -> String {
    json(&MilestoneAchieved {
        account: &effect.account,
        product: effect.product.as_deref(),
        milestone,
        user,
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
