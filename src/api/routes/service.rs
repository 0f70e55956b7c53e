//! The service itself: who asks, its partitions, the records that were of no use, the document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::NoParameters;
use crate::api::access::{By, Scope};
use crate::api::answer::{Answer, IntoReply, List, Reply};
use crate::api::openapi;
use crate::api::problem::Result;
use crate::api::route::{Call, Needs, Route};
use crate::engine::rfc3339;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/partitions", "listPartitions", partitions).says(
            "The partitions of this process",
            "What each is at, how far behind, and how far its restore is. A partition that another process has is not among them.",
        ),
        Route::get("/v1/dead-letters", "listDeadLetters", dead_letters).needs(Needs::Scope(Scope::Ops)).says(
            "The last records that were of no use",
            "Where they stand and why, the newest first, without what they hold: at most 100.",
        ),
        Route::get("/v1/me", "whoAmI", me)
            .needs(Needs::Nothing)
            .says("Who asks", "How the service knows the principal, and what it may do."),
        Route::get("/openapi.json", "getOpenApi", document)
            .needs(Needs::Nothing)
            .says("This document", "OpenAPI 3.1, made from the same table as the routes."),
    ]
}

/// A partition, as the process that has it knows it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PartitionRow {
    pub partition: i32,
    pub owner: Owner,
    /// `gathering`, `restoring`, `redoing`, `seeking`, `running` or `draining`. Only one that runs answers for its accounts.
    pub state: String,
    /// The partition's clock; absent before its first event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub clock: Option<String>,
    /// Input records not read yet, by topic.
    pub lag: BTreeMap<String, i64>,
    /// Records of the changelog still to be read before the state is restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_remaining: Option<i64>,
    /// Input records still to be read again before the facts are whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redo_remaining: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Estimated memory of the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_bytes: Option<u64>,
}

/// A process of the group.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Owner {
    /// `kafka.instance_id`.
    pub instance: String,
    /// `api.advertise`; absent where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

async fn partitions(call: Call<NoParameters>) -> Result<List<PartitionRow>> {
    let api = call.api;
    let owner = Owner { instance: api.connection.instance_id.clone(), url: api.settings.advertise.clone() };
    let row = |(partition, state): (i32, crate::ops::board::PartitionState)| PartitionRow {
        partition,
        owner: owner.clone(),
        state: state.phase.to_owned(),
        clock: state.clock_ms.map(rfc3339),
        lag: state.lag,
        restore_remaining: state.restore_remaining,
        redo_remaining: state.redo_remaining,
        accounts: state.accounts,
        users: state.users,
        state_bytes: state.state_bytes,
    };
    Ok(List::new(api.board.states().into_iter().map(row).collect()))
}

/// A record of an input that was of no use.
#[derive(Debug, Serialize, JsonSchema)]
struct DeadLetterRow {
    topic: String,
    partition: i32,
    offset: i64,
    /// As in the metrics, and in the dead letter's header.
    reason: String,
    /// JSON Pointer of the field; absent where the whole record is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The Kafka record's own time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    time: Option<String>,
}

async fn dead_letters(call: Call<NoParameters>) -> Result<List<DeadLetterRow>> {
    let row = |letter: crate::task::DeadLetter| DeadLetterRow {
        topic: letter.topic.to_string(),
        partition: letter.partition,
        offset: letter.offset,
        reason: letter.reason.to_owned(),
        pointer: (!letter.pointer.is_empty()).then(|| letter.pointer.into()),
        time: (letter.at_ms >= 0).then(|| rfc3339(letter.at_ms)),
    };
    Ok(List::new(call.api.board.dead_letters().into_iter().map(row).collect()))
}

/// The principal of a request.
#[derive(Debug, Serialize, JsonSchema)]
struct Me {
    principal: String,
    by: By,
    scopes: Vec<Scope>,
    /// Whose accounts it may see beside those of nobody; absent: of nobody alone, unless it has the scope `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// Of the service.
    version: String,
    /// `kafka.instance_id` of the process that answers.
    instance: String,
}

async fn me(call: Call<NoParameters>) -> Result<Answer<Me>> {
    let principal = call.principal;
    Ok(Answer::new(Me {
        principal: principal.name.to_string(),
        by: principal.by,
        scopes: principal.scopes.listed(),
        owner: principal.owner.as_deref().map(str::to_owned),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        instance: call.api.connection.instance_id.clone(),
    }))
}

/// An OpenAPI document.
#[derive(JsonSchema)]
#[schemars(transparent)]
struct Document(serde_json::Map<String, serde_json::Value>);

impl IntoReply for Document {
    fn into_reply(self) -> Reply {
        Reply::json(&self.0, 1)
    }
}

async fn document(_: Call<NoParameters>) -> Result<Document> {
    let serde_json::Value::Object(document) = openapi::document() else { unreachable!("a document is an object") };
    Ok(Document(document))
}
