//! The service itself: who asks, its partitions, the records that were of no use, the document.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::NoParameters;
use crate::api::access::{By, Scope};
use crate::api::answer::{Answer, IntoReply, List, Reply};
use crate::api::ask::{Gathered, What, of_all};
use crate::api::openapi;
use crate::api::partitions::{DeadLetterRow, PartitionRow};
use crate::api::problem::Result;
use crate::api::route::{Call, Needs, Route};
use crate::ops::board::DEAD_LETTERS_MAX;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/partitions", "listPartitions", partitions).says(
            "The partitions",
            "Which process has each, what it is at, how far behind, and how far its restore is. One that nobody has, or whose process does not \
             answer, is in `incomplete`.",
        ),
        Route::get("/v1/dead-letters", "listDeadLetters", dead_letters).needs(Needs::Scope(Scope::Ops)).says(
            "The last records that were of no use",
            "Where they stand and why, the newest first, without what they hold: at most 100, of partitions as they are divided now.",
        ),
        Route::get("/v1/me", "whoAmI", me)
            .needs(Needs::Nothing)
            .says("Who asks", "How the service knows the principal, and what it may do."),
        Route::get("/openapi.json", "getOpenApi", document)
            .needs(Needs::Nothing)
            .says("This document", "OpenAPI 3.1, made from the same table as the routes."),
    ]
}

async fn partitions(call: Call<NoParameters>) -> Result<List<PartitionRow>> {
    let mut told: List<PartitionRow> = told(&call, What::Partitions).await?;
    told.data.sort_by_key(|row| row.partition);
    Ok(told)
}

async fn dead_letters(call: Call<NoParameters>) -> Result<List<DeadLetterRow>> {
    let mut told: List<DeadLetterRow> = told(&call, What::DeadLetters).await?;
    // Each process has its own in order; those without a time come last.
    told.data.sort_by(|left, right| right.time.cmp(&left.time));
    told.data.truncate(DEAD_LETTERS_MAX);
    told.total = Some(told.data.len() as u64);
    Ok(told)
}

/// Rows of all processes.
async fn told<T: DeserializeOwned>(call: &Call<NoParameters>, what: What) -> Result<List<T>> {
    let Gathered { parts, as_of, incomplete } = of_all::<Vec<T>>(&call.api, what, &call.principal.visible()).await?;
    Ok(List { as_of, incomplete, ..List::new(parts.into_iter().flatten().collect()) })
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
