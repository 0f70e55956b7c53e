//! What is open of an account, with its evidence, and its tasks to be closed.

use askama::Template;
use axum::body::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Head, Of, Shown};
use crate::api::access::Scope;
use crate::api::answer::Reply;
use crate::api::problem::{Problem, Result};
use crate::api::route::Call;
use crate::api::routes::NoParameters;
use crate::api::routes::inputs::report;
use crate::console::frame::{Frame, page, see};
use crate::console::links::{self, Link, account as account_link};
use crate::console::words::{self, Words};
use crate::playbook::RuleKind;
use crate::view::account::{IncidentView, TaskState};

#[derive(Template)]
#[template(path = "account_plays.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    w: Words<'a>,
    /// The most urgent first.
    incidents: Vec<&'a IncidentView>,
    /// An alert of several users, once.
    of_users: Vec<Vec<&'a IncidentView>>,
    /// Whether tasks may be closed here.
    may_write: bool,
    /// A task was closed just now.
    is_closed: bool,
}

pub async fn plays(call: Call<Of>) -> Result<Reply> {
    let Of { account, wait_for } = call.parameters;
    let shown = Shown::of(&call.api, &account, call.principal.visible(), wait_for.as_deref()).await?;
    let mut incidents: Vec<&IncidentView> = shown.view.incidents.iter().collect();
    incidents.sort_by_cached_key(|of| words::urgency(of));
    let of_users = alerts_of_users(&mut incidents);
    let page_of = Page {
        frame: shown.frame("Alerts and plays"),
        head: shown.head("plays"),
        w: Words { playbook: &call.api.playbook },
        incidents,
        of_users,
        may_write: call.principal.scopes.has(Scope::Write),
        is_closed: wait_for.is_some(),
    };
    page(&page_of, &call.headers, shown.view.incidents.len())
}

/// Takes out those that are open of more than one user, by alert: a row each is enough of them.
fn alerts_of_users<'a>(incidents: &mut Vec<&'a IncidentView>) -> Vec<Vec<&'a IncidentView>> {
    let mut by_rule: Vec<Vec<&IncidentView>> = Vec::new();
    for of in incidents.iter().filter(|of| of.user.is_some() && of.tasks.is_empty()) {
        match by_rule.iter_mut().find(|known| known[0].rule == of.rule) {
            Some(known) => known.push(of),
            None => by_rule.push(vec![of]),
        }
    }
    by_rule.retain(|of| of.len() > 1);
    incidents.retain(|of| by_rule.iter().flatten().all(|known| known.incident != of.incident));
    by_rule
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Worked {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// The play's incident.
    #[schemars(length(min = 1, max = 256))]
    incident: String,
    #[schemars(length(min = 1, max = 256))]
    task: String,
    /// `done` or `dismissed`.
    #[schemars(length(min = 1, max = 16))]
    status: String,
    #[schemars(length(max = 1000))]
    reason: Option<String>,
}

/// A task was worked: the record that `POST /v1/inputs` takes.
pub async fn task(call: Call<Worked>) -> Result<Reply> {
    let Worked { account, incident, task, status, reason } = call.parameters;
    let time = jiff::Timestamp::from_millisecond(call.api.clock.now_ms())
        .map_err(|error| Problem::bad_request(format!("the service's clock is out of range: {error}")))?;
    let mut record = json!({
        "type": "task",
        // Whoever sends the form twice closes the task once.
        "id": format!("console/{incident}/{task}/{status}"),
        "time": time.to_string(),
        "account": account,
        "incident": incident,
        "task": task,
        "status": status,
    });
    if let Some(reason) = reason {
        record["reason"] = reason.into();
    }
    let body = Bytes::from(record.to_string());
    let sent = Call { api: call.api, principal: call.principal, parameters: NoParameters {}, headers: call.headers, body };
    let written = report(sent).await?;
    Ok(see(&Link::new(account_link(&account, "plays")).with("wait_for", written.0.data.record), &account))
}
