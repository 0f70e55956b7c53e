//! Agents' tools, by the Model Context Protocol: one request, one answer, no sessions. They ask what the other routes ask, for the same principal.

use std::sync::{Arc, LazyLock};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use futures_util::future::BoxFuture;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use schemars::JsonSchema;
use serde_json::Value;

use super::NoParameters;
use super::inputs::written;
use super::portfolio::published;
use crate::api::Api;
use crate::api::access::{Principal, Scope};
use crate::api::answer::{Content, Incomplete, IntoReply, JSON, Reply};
use crate::api::ask::{AccountPart, Gathered, Told as Answered, What, of_account, of_all};
use crate::api::lists::{ListAsked, Wanted, of_accounts};
use crate::api::problem::{Kind, Problem, Result};
use crate::api::route::{Call, Needs, Route};
use crate::api::serve::ANSWER_BYTES_MAX;
use crate::mcp::{AccountPage, AccountsWanted, AsOf, Asking, Missing, Note, Refusal, Server, Source, Told};
use crate::playbook::Playbook;
use crate::view::account::AccountView;
use crate::view::explain::Explanation;
use crate::view::incidents::{IncidentPage, WorstFirst};
use crate::view::timeline::{By, Timeline};

/// The one route that is none of the document: what it takes and answers, its tools say.
pub fn agents() -> &'static Route {
    static ROUTE: LazyLock<Route> = LazyLock::new(|| {
        Route::post::<_, Message, _, _>("/mcp", "callTools", answer)
            .needs(Needs::Scope(Scope::Read))
            .by_programs()
            .says("Call tools for agents", "JSON-RPC as the Model Context Protocol has it; docs/reference/agents.md tells of the tools.")
    });
    &ROUTE
}

/// JSON-RPC.
#[derive(JsonSchema)]
#[schemars(transparent)]
struct Message(#[expect(dead_code, reason = "what it is like; rmcp reads it")] Value);

#[derive(JsonSchema)]
#[schemars(transparent)]
struct Passed(#[schemars(with = "Value")] Reply);

impl IntoReply for Passed {
    fn into_reply(self) -> Reply {
        self.0
    }
}

async fn answer(call: Call<NoParameters>) -> Result<Passed> {
    let Call { api, principal, headers, body, .. } = call;
    let note = Note::default();
    let source: Arc<dyn Source> = Arc::new(Asker { api, principal });
    let served = note.clone();
    // Host and Origin were looked at before.
    let settings = StreamableHttpServerConfig::default().with_legacy_session_mode(false).with_json_response(true).disable_allowed_hosts();
    let make = move || Ok(Server::new(Arc::clone(&source), served.clone()));
    let service = StreamableHttpService::new(make, Arc::new(NeverSessionManager::default()), settings);
    let mut request = Request::post("/mcp").body(Body::from(body)).expect("a path of our own");
    *request.headers_mut() = headers;
    let (parts, body) = service.handle(request).await.into_parts();
    let body = to_bytes(Body::new(body), ANSWER_BYTES_MAX).await;
    let body = body.map_err(|_| Problem::new(Kind::TooLarge, format!("the answer has more than {ANSWER_BYTES_MAX} bytes")))?;
    let (account, rows) = note.told();
    // All but JSON tells in a few words what was wrong with the request.
    let is_json = parts.headers.get("content-type").is_none_or(|media| media == JSON);
    let media = if is_json { JSON } else { "text/plain; charset=utf-8" };
    Ok(Passed(Reply { body: Content::Whole(body.into()), media, headers: HeaderMap::new(), rows, account, status: Some(parts.status) }))
}

/// Asks for a principal.
struct Asker {
    api: Arc<Api>,
    principal: Principal,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let retry_after = problem.retry_after();
        Self { position: problem.position, nearest: problem.nearest, retry_after, ..Self::new(problem.kind.name(), problem.detail) }
    }
}

fn told<T: for<'de> serde::Deserialize<'de>>(answered: Answered<T>) -> Result<Told<T>> {
    Ok(Told { data: answered.data.read()?, as_of: AsOf::of(&answered.as_of, Vec::new()) })
}

fn missing(incomplete: Vec<Incomplete>) -> Vec<Missing> {
    incomplete.into_iter().map(|missing| Missing { partition: missing.progress.partition, reason: missing.reason }).collect()
}

fn asking<'a, T>(answer: impl Future<Output = Result<Told<T>>> + Send + 'a) -> Asking<'a, T> {
    let answer: BoxFuture<'a, _> = Box::pin(async move { Ok(answer.await?) });
    answer
}

impl Asker {
    fn of_account<'a, T>(&'a self, account: &'a str, part: AccountPart) -> Asking<'a, T>
    where
        T: for<'de> serde::Deserialize<'de> + Send + 'a,
    {
        asking(async move { told(of_account(&self.api, account, part, self.principal.visible(), None).await?) })
    }
}

impl Source for Asker {
    fn playbook(&self) -> &Playbook {
        &self.api.playbook
    }

    fn account<'a>(&'a self, account: &'a str) -> Asking<'a, AccountView> {
        self.of_account(account, AccountPart::View)
    }

    fn accounts_of_id<'a>(&'a self, system: &'a str, id: &'a str) -> Asking<'a, Vec<String>> {
        asking(async move {
            let what = What::AccountsOfId { system: system.to_owned(), id: id.to_owned() };
            let Gathered { parts, as_of, incomplete } = of_all::<Vec<String>>(&self.api, what, &self.principal.visible()).await?;
            let mut accounts = parts.concat();
            accounts.sort_unstable();
            Ok(Told { data: accounts, as_of: AsOf::of(&as_of, missing(incomplete)) })
        })
    }

    fn timeline<'a>(&'a self, account: &'a str, by: By, days: u16) -> Asking<'a, Timeline> {
        self.of_account(account, AccountPart::Timeline { by, days })
    }

    fn explanation<'a>(&'a self, account: &'a str, product: Option<String>, rule: Option<String>) -> Asking<'a, Explanation> {
        self.of_account(account, AccountPart::Explanation { product, rule })
    }

    fn accounts(&self, wanted: AccountsWanted) -> Asking<'_, AccountPage> {
        asking(async move {
            let AccountsWanted { filter, q, order_by, fields, worklist, page_size, page_token } = wanted;
            let list = Wanted { filter, q, order_by, fields, page_size: Some(page_size), page_token };
            let (part, query) = of_accounts(&self.api, ListAsked::page(list, worklist), &self.principal.visible()).await?;
            let next_page_token = part.page.next_page_token(&query);
            let rows = part.page.rows.iter().map(|listed| serde_json::from_str(listed.row.get()).expect("a row is JSON")).collect();
            let page = AccountPage { rows, left: part.page.left, next_page_token };
            Ok(Told { data: page, as_of: AsOf::of(&part.as_of, missing(part.incomplete)) })
        })
    }

    fn incidents(&self, wanted: WorstFirst) -> Asking<'_, IncidentPage> {
        asking(async move {
            let page_size = wanted.filter.page_size;
            let what = What::WorstIncidents(wanted);
            let Gathered { parts, as_of, incomplete } = of_all::<IncidentPage>(&self.api, what, &self.principal.visible()).await?;
            let data = IncidentPage::merged_worst_first(parts, page_size);
            Ok(Told { data, as_of: AsOf::of(&as_of, missing(incomplete)) })
        })
    }

    fn portfolio(&self) -> Asking<'_, Value> {
        asking(async move {
            let data = published(&self.api, &self.principal.visible())?.told(&self.api.playbook);
            // Of the record, which comes from no partition's state.
            Ok(Told { data, as_of: AsOf { caught_up: true, ..AsOf::default() } })
        })
    }

    fn can_record(&self) -> bool {
        self.principal.scopes.has(Scope::Write)
    }

    fn record(&self, record: Value) -> Asking<'_, String> {
        asking(async move {
            if !self.can_record() {
                return Err(Problem::forbidden(format!("{} lacks the scope {}", self.principal.name, Scope::Write.name())));
            }
            let body = serde_json::to_vec(&record).expect("JSON");
            let (record, _) = written(&self.api, &self.principal, &body).await?;
            Ok(Told { data: record, as_of: AsOf { caught_up: true, ..AsOf::default() } })
        })
    }
}
