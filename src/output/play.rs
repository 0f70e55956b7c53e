//! A play opened, was worked, held back or closed, and what became of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::data::{About, CauseData, Evidence, cause_data, evidence_data, hex, json};
use super::incident::{Closed, Head};
use super::{OutputType, schema_of};
use crate::engine::{Effect, Opening, OpeningTask, Outcome, OutcomeVerdict, TaskSeen, date_text, json_number, rfc3339};
use crate::playbook::Playbook;
use crate::schema::Plain;
use crate::topics::Topic;

pub const OPENED: OutputType = OutputType {
    name: "adoption.play.opened",
    topic: Topic::Plays,
    dataschema: schema!("play-opened.v1.json"),
    schema: schema_of::<PlayOpened<'static>>,
};
pub const HELD_OUT: OutputType = OutputType {
    name: "adoption.play.held_out",
    topic: Topic::Plays,
    dataschema: schema!("play-held-out.v1.json"),
    schema: schema_of::<PlayOpened<'static>>,
};
pub const SUPPRESSED: OutputType = OutputType {
    name: "adoption.play.suppressed",
    topic: Topic::Plays,
    dataschema: schema!("play-suppressed.v1.json"),
    schema: schema_of::<PlaySuppressed<'static>>,
};
pub const UPDATED: OutputType = OutputType {
    name: "adoption.play.updated",
    topic: Topic::Plays,
    dataschema: schema!("play-updated.v1.json"),
    schema: schema_of::<PlayUpdated<'static>>,
};
pub const OUTCOME: OutputType = OutputType {
    name: "adoption.play.outcome",
    topic: Topic::Plays,
    dataschema: schema!("play-outcome.v1.json"),
    schema: schema_of::<PlayOutcome<'static>>,
};
pub const CLOSED: OutputType = OutputType {
    name: "adoption.play.closed",
    topic: Topic::Plays,
    dataschema: schema!("play-closed.v1.json"),
    schema: schema_of::<Closed<'static>>,
};

/// A play opened; or it would have, had the account not been held out of it, to compare with.
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
    /// What is to be done, in the play's order; absent where it has no tasks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task<'a>>,
    /// What is handed on by name: numbers, texts, booleans, lists, or `null` for what is missing. Absent where the play has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, Plain>>")]
    pub tokens: Option<&'a Map<String, Json>>,
    /// The ids of the account's most active users, at most three, the first first. Absent where the play asks for none, or there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub champions: Option<&'a [String]>,
    /// Every comparison of the rule's `open`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// A task of a play.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Task<'a> {
    /// Its own within the play: events of type `task` name it.
    pub id: &'a str,
    pub title: &'a str,
    /// Whose it is; `null` where the account was not told who has that role.
    pub assignee: Option<&'a str>,
    /// Where more is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<&'a str>,
    /// The day by which it is due: its own, else the play's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub due: Option<String>,
}

/// A play would have opened, but for its guards.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PlaySuppressed<'a> {
    #[serde(flatten)]
    pub about: About<'a>,
    pub rule: &'a str,
    /// Names from the playbook's `guardrails`: all that are true, in the play's order.
    pub guards: &'a [String],
    /// Every comparison of the first guard's `holds_back`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// A task of an open play was worked, or the play is overdue.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PlayUpdated<'a> {
    #[serde(flatten)]
    pub about: About<'a>,
    #[serde(flatten)]
    pub head: Head<'a>,
    /// All of them, in the play's order.
    pub tasks: Vec<TaskState<'a>>,
    /// `true` after the day by which the play was due; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue: Option<bool>,
    /// None.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// A task as it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TaskState<'a> {
    pub id: &'a str,
    pub state: State,
    /// As the event that told of it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Done,
    Dismissed,
}

/// What became of what a play is for, so many days after it opened, be it closed by then.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PlayOutcome<'a> {
    #[serde(flatten)]
    pub about: About<'a>,
    /// Its id.
    pub incident: String,
    pub rule: &'a str,
    /// The `time` of the opening.
    pub opened: String,
    /// Days of the account since the opening.
    pub day: u16,
    /// The value of the outcome's metric at the opening; `null` where it was missing.
    #[schemars(with = "Option<f64>")]
    pub baseline: Option<Json>,
    /// Its value now; `null` where it is missing.
    #[schemars(with = "Option<f64>")]
    pub value: Option<Json>,
    /// The value less the baseline; `null` where either is missing.
    #[schemars(with = "Option<f64>")]
    pub change: Option<Json>,
    /// On the last of the days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// `true` where the account is held out of the play; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<bool>,
    /// None.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Whether it changed by at least as much as the outcome asks for.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// In the direction that the outcome asks for.
    Better,
    /// In the other one.
    Worse,
    /// Neither.
    Same,
    /// The change is missing.
    Unknown,
}

/// The data of an opening as JSON text.
pub fn opened(effect: &Effect, playbook: &Playbook, head: Head<'_>, opening: &Opening) -> String {
    fn of_task(task: &OpeningTask) -> Task<'_> {
        Task {
            id: &task.id,
            title: &task.title,
            assignee: task.assignee.as_deref(),
            doc: task.doc.as_deref(),
            due: task.due.map(date_text),
        }
    }
    json(&PlayOpened {
        about: About::of(effect),
        head,
        group: opening.group.as_deref(),
        tasks: opening.tasks.iter().map(of_task).collect(),
        tokens: opening.tokens.as_ref().and_then(Json::as_object),
        champions: opening.champions.as_deref(),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}

/// The data as JSON text.
pub fn suppressed(effect: &Effect, playbook: &Playbook, rule: &str, guards: &[String]) -> String {
    json(&PlaySuppressed {
        about: About::of(effect),
        rule,
        guards,
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}

/// The data as JSON text.
pub fn updated(effect: &Effect, playbook: &Playbook, head: Head<'_>, tasks: &[TaskSeen], is_overdue: bool) -> String {
    fn state_of(task: &TaskSeen) -> TaskState<'_> {
        TaskState {
            id: &task.id,
            state: match task.is_done {
                None => State::Open,
                Some(true) => State::Done,
                Some(false) => State::Dismissed,
            },
            reason: task.reason.as_deref(),
        }
    }
    json(&PlayUpdated {
        about: About::of(effect),
        head,
        tasks: tasks.iter().map(state_of).collect(),
        overdue: is_overdue.then_some(true),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}

/// The data as JSON text.
pub fn outcome(effect: &Effect, playbook: &Playbook, rule: &str, outcome: &Outcome) -> String {
    let verdict = |verdict| match verdict {
        OutcomeVerdict::Better => Verdict::Better,
        OutcomeVerdict::Worse => Verdict::Worse,
        OutcomeVerdict::Same => Verdict::Same,
        OutcomeVerdict::Unknown => Verdict::Unknown,
    };
    json(&PlayOutcome {
        about: About::of(effect),
        incident: hex(outcome.incident),
        rule,
        opened: rfc3339(outcome.opened_ms),
        day: outcome.day,
        baseline: outcome.baseline.map(json_number),
        value: outcome.value.map(json_number),
        change: outcome.change.map(json_number),
        verdict: outcome.verdict.map(verdict),
        held_out: outcome.is_held_out.then_some(true),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
