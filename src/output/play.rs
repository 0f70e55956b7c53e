//! A play opened, or closed.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{About, CauseData, Evidence, cause_data, evidence_data, json};
use super::incident::{Closed, Head};
use super::{OutputType, schema_of};
use crate::engine::{Effect, Opening};
use crate::playbook::Playbook;
use crate::topics::Topic;

pub const OPENED: OutputType = OutputType {
    name: "adoption.play.opened",
    topic: Topic::Plays,
    dataschema: schema!("play-opened.v1.json"),
    schema: schema_of::<PlayOpened<'static>>,
};
pub const CLOSED: OutputType = OutputType {
    name: "adoption.play.closed",
    topic: Topic::Plays,
    dataschema: schema!("play-closed.v1.json"),
    schema: schema_of::<Closed<'static>>,
};

/// A play opened.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PlayOpened<'a> {
    #[serde(flatten)]
    pub about: About<'a>,
    #[serde(flatten)]
    pub head: Head<'a>,
    /// What the playbook says that it is one of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    /// Every comparison of the rule's `open`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text.
pub fn opened(effect: &Effect, playbook: &Playbook, head: Head<'_>, opening: &Opening) -> String {
    json(&PlayOpened {
        about: About::of(effect),
        head,
        group: opening.group.as_deref(),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
