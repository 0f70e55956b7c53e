//! An alert opened, or cleared.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{About, CauseData, Evidence, cause_data, evidence_data, json};
use super::incident::{Closed, Head};
use super::{OutputType, schema_of};
use crate::engine::{Effect, Opening};
use crate::playbook::Playbook;
use crate::topics::Topic;

pub const OPENED: OutputType = OutputType {
    name: "adoption.alert.opened",
    topic: Topic::Alerts,
    dataschema: schema!("alert-opened.v1.json"),
    schema: schema_of::<AlertOpened<'static>>,
};
pub const CLEARED: OutputType = OutputType {
    name: "adoption.alert.cleared",
    topic: Topic::Alerts,
    dataschema: schema!("alert-cleared.v1.json"),
    schema: schema_of::<Closed<'static>>,
};

/// An alert opened.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AlertOpened<'a> {
    #[serde(flatten)]
    pub about: About<'a>,
    #[serde(flatten)]
    pub head: Head<'a>,
    /// To whom it goes; `null` where the account was not told who has that role.
    pub route: Option<&'a str>,
    /// Every comparison of the rule's `open`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text.
pub fn opened(effect: &Effect, playbook: &Playbook, head: Head<'_>, opening: &Opening) -> String {
    json(&AlertOpened {
        about: About::of(effect),
        head,
        route: opening.route.as_deref(),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
