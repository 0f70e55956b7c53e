//! An output as it was read: who and what it is about, as far as filters and messages ask.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::kafka::subscriber::Record;

/// An output's attributes and data.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub id: String,
    pub event_type: String,
    pub subject: String,
    pub data: Data,
}

/// The fields of all outputs' data that are asked for; those of other types are absent. `docs/reference/outputs.md` says what each means.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Data {
    pub account: Option<String>,
    pub product: Option<String>,
    pub user: Option<String>,
    pub rule: Option<String>,
    pub severity: Option<String>,
    pub due: Option<String>,
    pub route: Option<String>,
    pub tasks: Vec<Task>,
    pub overdue: Option<bool>,
    pub guards: Vec<String>,
    pub reason: Option<String>,
    pub open_days: Option<i64>,
    pub day: Option<Json>,
    pub baseline: Option<Json>,
    pub value: Option<Json>,
    pub verdict: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub action: Option<String>,
    pub measure: Option<String>,
    pub segment: Option<String>,
    pub milestone: Option<String>,
    pub target: Option<String>,
    pub met: Option<bool>,
    pub evidence: Vec<Evidence>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Task {
    pub id: String,
    pub title: Option<String>,
    pub assignee: Option<String>,
    pub due: Option<String>,
    pub state: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Evidence {
    pub metric: String,
    pub value: Json,
    pub operator: String,
    pub threshold: Json,
}

impl Told {
    /// `None`: the record is no output.
    pub fn of(record: &Record) -> Option<Self> {
        Some(Self {
            id: header(record, "ce_id")?,
            event_type: header(record, "ce_type")?,
            subject: header(record, "ce_subject")?,
            data: serde_json::from_slice(record.value.as_deref()?).ok()?,
        })
    }

    /// Whom it is for, each once: the alert's route, then the tasks' assignees in their order.
    pub fn people(&self) -> Vec<&str> {
        let assignees = self.data.tasks.iter().filter_map(|task| task.assignee.as_deref());
        let mut people: Vec<&str> = Vec::new();
        for person in self.data.route.as_deref().into_iter().chain(assignees) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }
}

fn header(record: &Record, name: &str) -> Option<String> {
    let (_, value) = record.headers.iter().find(|(known, _)| known == name)?;
    String::from_utf8(value.clone()).ok()
}
