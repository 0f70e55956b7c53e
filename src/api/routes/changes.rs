//! Outputs as they are published, as server-sent events.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use crate::api::Api;
use crate::api::access::Visible;
use crate::api::answer::{IntoReply, Reply};
use crate::api::ask::partition_of;
use crate::api::changes::{self, Change, News};
use crate::api::problem::{Kind, Problem, Result};
use crate::api::route::{Call, Route};

/// A stream ends after so long, and its reader comes again and says who it is: nobody reads on with a token that was taken away.
const LIFE: Duration = Duration::from_secs(15 * 60);
/// A line without meaning, so that proxies keep the connection and a reader who is gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const MEDIA: &str = "text/event-stream";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/changes", "streamChanges", stream).media(MEDIA).says(
            "Outputs as they are published",
            "Server-sent events. `data` is a CloudEvent in structured mode, `id` says how far the topics were read. Sent back as `Last-Event-ID`, \
             also to another process, the stream goes on behind it; where it cannot, it begins with `event: reset`: load anew what you show. \
             A stream ends after 15 minutes: come again.",
        ),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// Only of this account.
    #[schemars(length(min = 1, max = 256))]
    account: Option<String>,
    /// Only of these types: `adoption.alert.opened`.
    types: Option<Vec<String>>,
}

/// A stream of server-sent events.
struct Told(Reply);

impl JsonSchema for Told {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Changes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"description": "Server-sent events.", "type": "string"})
    }
}

impl IntoReply for Told {
    fn into_reply(self) -> Reply {
        self.0
    }
}

async fn stream(call: Call<Wanted>) -> Result<Told> {
    let after = call.headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default());
    let streams_max = call.api.settings.max_streams;
    let Some(stream) = call.api.changes.stream(after) else {
        return Err(Problem::new(Kind::TooBusy, format!("{streams_max} streams are open; come again later")));
    };
    let filter = Filter { wanted: call.parameters, visible: call.principal.visible(), api: call.api, seen: HashMap::new() };
    let sse = Sse::new(events(stream, filter)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(Told(Reply::stream(MEDIA, sse.into_response().into_body())))
}

/// Whom a stream is for, and what of it.
struct Filter {
    wanted: Wanted,
    visible: Visible,
    api: Arc<Api>,
    /// Accounts that may be seen, until when that is believed.
    seen: HashMap<String, Instant>,
}

/// That an account may be seen is believed so long: another owner's it may be from then on.
const SEEN: Duration = Duration::from_secs(30);
/// So many accounts are remembered; then all are asked for anew.
const SEEN_MAX: usize = 10_000;

impl Filter {
    fn wants(&self, change: &Change) -> bool {
        self.wanted.account.as_ref().is_none_or(|account| *account == change.account)
            && self.wanted.types.as_ref().is_none_or(|types| types.contains(&change.event_type))
    }

    /// # Errors
    ///
    /// It cannot be said now.
    async fn shows(&mut self, account: &str) -> Result<bool> {
        if self.visible.is_all() || self.seen.get(account).is_some_and(|until| Instant::now() < *until) {
            return Ok(true);
        }
        match partition_of(&self.api, account, self.visible.clone()).await {
            Ok(_) => {
                if self.seen.len() >= SEEN_MAX {
                    self.seen.clear();
                }
                self.seen.insert(account.to_owned(), Instant::now() + SEEN);
                Ok(true)
            }
            Err(problem) if problem.kind == Kind::NotFound => Ok(false),
            Err(problem) => Err(problem),
        }
    }
}

fn events(stream: changes::Stream, filter: Filter) -> impl Stream<Item = std::result::Result<Event, Infallible>> {
    let end = Instant::now() + LIFE;
    unfold((stream, filter), move |(mut stream, mut filter)| async move {
        loop {
            let event = match timeout_at(end, stream.next()).await.ok()?? {
                News::Begin(id) => Event::default().id(id),
                News::Reset(id) => Event::default().event("reset").id(id).data("{}"),
                News::Change(change) if filter.wants(&change) => match filter.shows(&change.account).await {
                    Ok(true) => Event::default().id(change.id.as_str()).data(change.event.as_str()),
                    Ok(false) => continue,
                    // Something may be missing, and nobody can say whether it may be told.
                    Err(_) => Event::default().event("reset").id(change.id.as_str()).data("{}"),
                },
                News::Change(_) => continue,
            };
            return Some((Ok(event), (stream, filter)));
        }
    })
}
