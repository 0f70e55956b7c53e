//! What one process of the group asks another.

use schemars::JsonSchema;

use super::NoParameters;
use crate::api::answer::{IntoReply, Reply};
use crate::api::ask::{Findings, PEER_PATH, PeerQuery, answer};
use crate::api::problem::{Problem, Result};
use crate::api::route::{Call, Needs, Route};

pub fn routes() -> Vec<Route> {
    vec![Route::post::<_, String, _, _>(PEER_PATH, "queryPartitions", query).needs(Needs::Peer).says(
        "Ask partitions of this process",
        "For other processes of the group alone, which see to it that nobody learns what they may not.",
    )]
}

#[derive(JsonSchema)]
#[schemars(transparent)]
struct Said(#[schemars(with = "String")] Findings);

impl IntoReply for Said {
    fn into_reply(self) -> Reply {
        Reply::json(&self.0, self.0.found.len())
    }
}

async fn query(call: Call<NoParameters>) -> Result<Said> {
    let query: PeerQuery = serde_json::from_slice(&call.body)
        .map_err(|error| Problem::bad_request(format!("the query of another process cannot be read, as while versions change: {error}")))?;
    Ok(Said(answer(&call.api, query.partitions, &query.inquiry).await))
}
