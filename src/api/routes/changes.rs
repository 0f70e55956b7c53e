//! Outputs as they are published, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use crate::api::access::Visible;
use crate::api::answer::{IntoReply, Reply};
use crate::api::changes::{self, News};
use crate::api::known::KnownAccounts;
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
    let filter = Filter { wanted: call.parameters, visible: call.principal.visible(), known: call.api.known.clone() };
    let sse = Sse::new(events(stream, filter)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(Told(Reply::stream(MEDIA, sse.into_response().into_body())))
}

struct Filter {
    wanted: Wanted,
    visible: Visible,
    known: std::sync::Arc<dyn KnownAccounts>,
}

impl Filter {
    fn takes(&self, change: &changes::Change) -> bool {
        self.wanted.account.as_ref().is_none_or(|account| *account == change.account)
            && self.wanted.types.as_ref().is_none_or(|types| types.contains(&change.event_type))
            && self.known.shows(&change.account, &self.visible)
    }
}

fn events(stream: changes::Stream, filter: Filter) -> impl Stream<Item = std::result::Result<Event, Infallible>> {
    let end = Instant::now() + LIFE;
    unfold((stream, filter), move |(mut stream, filter)| async move {
        loop {
            let event = match timeout_at(end, stream.next()).await.ok()?? {
                News::Begin(id) => Event::default().id(id),
                News::Reset(id) => Event::default().event("reset").id(id).data("{}"),
                News::Change(change) if filter.takes(&change) => Event::default().id(change.id.as_str()).data(change.event.as_str()),
                News::Change(_) => continue,
            };
            return Some((Ok(event), (stream, filter)));
        }
    })
}
