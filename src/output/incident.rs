//! An alert or a play opened, or is over.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{CauseData, Evidence, cause_data, evidence_data, hex, json};
use super::{OutputType, schema_of};
use crate::engine::{CloseReason, Effect, OpenIncident, date_text, rfc3339};
use crate::playbook::{Playbook, RuleHead, RuleKind};
use crate::topics::Topic;

const ALERT_OPENED: OutputType = OutputType {
    name: "adoption.alert.opened",
    topic: Topic::Alerts,
    dataschema: schema!("alert-opened.v1.json"),
    schema: schema_of::<IncidentOpened<'static>>,
};
const ALERT_CLEARED: OutputType = OutputType {
    name: "adoption.alert.cleared",
    topic: Topic::Alerts,
    dataschema: schema!("alert-cleared.v1.json"),
    schema: schema_of::<IncidentClosed<'static>>,
};
const PLAY_OPENED: OutputType = OutputType {
    name: "adoption.play.opened",
    topic: Topic::Plays,
    dataschema: schema!("play-opened.v1.json"),
    schema: schema_of::<IncidentOpened<'static>>,
};
const PLAY_CLOSED: OutputType = OutputType {
    name: "adoption.play.closed",
    topic: Topic::Plays,
    dataschema: schema!("play-closed.v1.json"),
    schema: schema_of::<IncidentClosed<'static>>,
};

/// By what opens and closes.
pub const TYPES: [&OutputType; 4] = [&ALERT_OPENED, &ALERT_CLEARED, &PLAY_OPENED, &PLAY_CLOSED];

pub fn opened_type(kind: RuleKind) -> &'static OutputType {
    match kind {
        RuleKind::Alert => &ALERT_OPENED,
        RuleKind::Play => &PLAY_OPENED,
    }
}

pub fn closed_type(kind: RuleKind) -> &'static OutputType {
    match kind {
        RuleKind::Alert => &ALERT_CLEARED,
        RuleKind::Play => &PLAY_CLOSED,
    }
}

/// An alert or a play opened.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IncidentOpened<'a> {
    pub account: &'a str,
    /// Of a rule with product scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// Its id, from opening to closing.
    pub incident: String,
    pub rule: &'a str,
    pub severity: &'a str,
    /// The `time` of the opening.
    pub opened: String,
    /// Plays: the day by which it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub due: Option<String>,
    /// Every comparison of the rule's `open`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// An alert cleared or a play closed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IncidentClosed<'a> {
    pub account: &'a str,
    /// Of a rule with product scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// Its id, from opening to closing.
    pub incident: String,
    pub rule: &'a str,
    pub severity: &'a str,
    /// The `time` of the opening.
    pub opened: String,
    /// Plays: the day by which it was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub due: Option<String>,
    pub reason: Reason,
    /// Days of the account from opening to closing.
    pub open_days: i32,
    /// Every comparison of the condition that decided; none unless `reason` is `condition`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Why an incident is over.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The rule's `clear` holds.
    Condition,
    /// The product's stage became `none`, or the playbook no longer names the product.
    NoLongerApplies,
    /// The account is closed.
    AccountClosed,
    /// The playbook no longer has the rule.
    RuleRemoved,
}

/// What the outputs of an incident, and its account's state, tell of it.
pub(super) struct Told {
    pub id: String,
    pub opened: String,
    /// Of plays.
    pub due: Option<String>,
}

impl Told {
    pub fn of(rule: &RuleHead, incident: &OpenIncident) -> Self {
        Self {
            id: hex(incident.id),
            opened: rfc3339(incident.opened_ms),
            due: incident.due().filter(|_| rule.kind == RuleKind::Play).map(date_text),
        }
    }
}

/// The data of an opening as JSON text.
pub fn opened(effect: &Effect, playbook: &Playbook, rule: &RuleHead, incident: &OpenIncident) -> String {
    let Told { id, opened, due } = Told::of(rule, incident);
    json(&IncidentOpened {
        account: &effect.account,
        product: effect.product.as_deref(),
        incident: id,
        rule: &rule.id,
        severity: &rule.severity,
        opened,
        due,
        evidence: effect.evidence.iter().map(evidence_data).collect(),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}

/// The data of a closing as JSON text; open for so many days of the account.
pub fn closed(
    effect: &Effect,
    playbook: &Playbook,
    rule: &RuleHead,
    incident: &OpenIncident,
    reason: CloseReason,
    open_days: i32,
) -> String {
    let Told { id, opened, due } = Told::of(rule, incident);
    json(&IncidentClosed {
        account: &effect.account,
        product: effect.product.as_deref(),
        incident: id,
        rule: &rule.id,
        severity: &rule.severity,
        opened,
        due,
        reason: match reason {
            CloseReason::Condition => Reason::Condition,
            CloseReason::NoLongerApplies => Reason::NoLongerApplies,
            CloseReason::AccountClosed => Reason::AccountClosed,
            CloseReason::RuleRemoved => Reason::RuleRemoved,
        },
        open_days,
        evidence: effect.evidence.iter().map(evidence_data).collect(),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
