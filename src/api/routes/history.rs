//! What was published about an account.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::api::answer::List;
use crate::api::ask::partition_of;
use crate::api::history::{TIME, Topics, page, read_token, token};
use crate::api::problem::{Kind, Problem, Result};
use crate::api::route::{Call, Route};

pub fn routes() -> Vec<Route> {
    let history = Route::get("/v1/accounts/{account}/history", "getHistory", history);
    vec![history.asks_partitions().errors(&[Kind::NotFound, Kind::BrokersUnreachable]).says(
        "What was published about an account",
        "CloudEvents in structured mode, the newest first, for as long as the topics keep them. The topics are read for 2 s a page: a page \
                 may hold fewer events than asked for, even none, and yet have a `next_page_token`.",
    )]
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    pub account: String,
    /// Events of a page; 50 unless it says otherwise.
    #[schemars(range(min = 1, max = 500))]
    pub page_size: Option<u32>,
    /// `next_page_token` of the page before.
    pub page_token: Option<String>,
}

/// An output as it was published.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct CloudEvent(pub Box<RawValue>);

impl JsonSchema for CloudEvent {
    fn schema_name() -> Cow<'static, str> {
        "CloudEvent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A CloudEvents 1.0 object in structured mode; schemas/cloudevent.v1.json says what each type holds.",
            "type": "object",
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string"},
                "source": {"type": "string"},
                "type": {"type": "string"},
                "subject": {"type": "string"},
                "time": {"type": "string", "format": "date-time"},
                "datacontenttype": {"const": "application/json"},
                "dataschema": {"type": "string", "format": "uri"},
                "data": {"type": "object"},
            },
            "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        })
    }
}

pub async fn history(call: Call<Wanted>) -> Result<List<CloudEvent>> {
    let Wanted { account, page_size, page_token } = call.parameters;
    let api = call.api;
    let visible = call.principal.visible();
    if !visible.is_all() {
        partition_of(&api, &account, visible).await?;
    }
    let before = match page_token.as_deref() {
        None => None,
        Some(text) => Some(read_token(&account, text).ok_or_else(|| {
            Problem::bad_request("page_token: expected the next_page_token of a page of this account's history").at("page_token")
        })?),
    };
    let busy = |_| Problem::new(Kind::TooBusy, "histories of other accounts are being read; come again in a moment");
    let permit = Arc::clone(&api.readers).try_acquire_owned().map_err(busy)?;
    let size = page_size.unwrap_or(50) as usize;
    let of = account.clone();
    let read = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let deadline = Instant::now() + TIME;
        page(&Topics::open(&api.connection, &of)?, size, before.as_deref(), deadline)
    });
    let read = read.await.map_err(|_| Problem::new(Kind::BrokersUnreachable, "the reader ended"))?;
    let (entries, next) = read.map_err(|error| Problem::new(Kind::BrokersUnreachable, format!("the topics cannot be read: {error}")))?;
    let events = entries.into_iter().filter_map(|entry| RawValue::from_string(entry.event).ok().map(CloudEvent)).collect();
    Ok(List { total: None, next_page_token: next.map(|before| token(&account, &before)), ..List::new(events) })
}
