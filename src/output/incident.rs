//! What alerts and plays have in common.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{About, CauseData, Evidence, cause_data, evidence_data, hex, json};
use crate::engine::{CloseReason, Effect, OpenIncident, date_text, rfc3339};
use crate::playbook::{Playbook, RuleHead, RuleKind};

/// What all outputs of an incident, and its account's state, tell of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Head<'a> {
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
}

impl<'a> Head<'a> {
    pub fn of(rule: &'a RuleHead, incident: &OpenIncident) -> Self {
        Self {
            incident: hex(incident.id),
            rule: &rule.id,
            severity: &rule.severity,
            opened: rfc3339(incident.opened_ms),
            due: incident.due().filter(|_| rule.kind == RuleKind::Play).map(date_text),
        }
    }
}

/// An alert cleared or a play closed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Closed<'a> {
    #[serde(flatten)]
    pub about: About<'a>,
    #[serde(flatten)]
    pub head: Head<'a>,
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
    /// The rule is judged of the subject no more, or the playbook no longer names the product.
    NoLongerApplies,
    /// The account is closed.
    AccountClosed,
    /// Plays: none of its tasks is left to be worked.
    TasksDone,
    /// The playbook no longer has the rule.
    RuleRemoved,
}

/// Its data as JSON text; open for so many days of the account.
pub fn closed(effect: &Effect, playbook: &Playbook, head: Head<'_>, reason: CloseReason, open_days: i32) -> String {
    json(&Closed {
        about: About::of(effect),
        head,
        reason: match reason {
            CloseReason::Condition => Reason::Condition,
            CloseReason::NoLongerApplies => Reason::NoLongerApplies,
            CloseReason::AccountClosed => Reason::AccountClosed,
            CloseReason::TasksDone => Reason::TasksDone,
            CloseReason::RuleRemoved => Reason::RuleRemoved,
        },
        open_days,
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
