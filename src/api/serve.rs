//! What happens to every request, whatever it asks: in this order, and for paths that there are not as well.
//!
//! 1. its `Host` is one of ours;
//! 2. it says who it is from, and they may do this;
//! 3. a change of state comes from where it may;
//! 4. there is room for one more;
//! 5. its route answers;
//! 6. the answer gets its headers, the audit log its line, the metrics their counts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, REFERRER_POLICY, RETRY_AFTER,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use tokio::time::timeout;

use super::Api;
use super::access::{By, Certified, Principal};
use super::answer::{Content, JSON, Reply};
use super::hosts::{check_same_origin, is_of_no_page};
use super::problem::{self, Kind, Problem, Result};
use super::route::{Asked, Method, Needs, Route};
use super::routes::{agents, table};

/// What a request may carry.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// What one from another process of the group may, which names accounts.
const PEER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long it may take to come.
const BODY_TIME: Duration = Duration::from_secs(10);
/// What an answer may, unless it is a stream.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Pages may load what this listener serves, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With `no-referrer` a browser says of a form of ours that it comes from nowhere (`Origin: null`).
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "private, no-cache"),
];

pub fn router(api: Arc<Api>) -> Router {
    let mut router = Router::new();
    for route in table().iter().chain([agents()]).chain(api.pages.routes) {
        let method = match route.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
        };
        let api = Arc::clone(&api);
        let handler = move |path: RawPathParams, request: Request| {
            let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            handle(Arc::clone(&api), Found::Route(route), path, request)
        };
        router = router.route(route.path, on(method, handler));
    }
    let of_path = Arc::clone(&api);
    router
        .fallback(move |request: Request| handle(Arc::clone(&api), Found::Nothing, Vec::new(), request))
        .method_not_allowed_fallback(move |request: Request| handle(Arc::clone(&of_path), Found::Path, Vec::new(), request))
}

#[derive(Clone, Copy)]
enum Found {
    Route(&'static Route),
    /// The path, but not for the method.
    Path,
    Nothing,
}

/// What the audit log says of a request, as far as it got.
#[derive(Default)]
struct Trail {
    principal: Option<Principal>,
    account: Option<String>,
    rows: usize,
}

async fn handle(api: Arc<Api>, found: Found, path: Vec<(String, String)>, request: Request) -> Response {
    let began = Instant::now();
    let account = path.iter().find(|(name, _)| name == "account").map(|(_, account)| account.clone());
    let mut trail = Trail { account, ..Trail::default() };
    let (parts, body) = request.into_parts();
    let page = accepts_page(&parts).then_some(api.pages.problem);
    let asked_for = format!("{} {}", parts.method, parts.uri.path());
    let known = parts.headers.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).map(str::to_owned);
    let answered = answered(&api, found, path, parts, body, &mut trail).await;
    let answered = answered.and_then(|reply| {
        trail.rows = reply.rows;
        trail.account = trail.account.take().or_else(|| reply.account.clone());
        if trail.principal.as_ref().is_some_and(|principal| principal.by == By::Peer) { Ok(reply) } else { bounded(reply) }
    });
    let mut response = match answered {
        Ok(reply) if is_known(known.as_deref(), &reply) => unchanged(reply),
        Ok(reply) => success(found, reply),
        Err(problem) => failure(&problem, page),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let name = match found {
        Found::Route(route) => route.path,
        Found::Path | Found::Nothing => "none",
    };
    api.metrics.api_answered(name, response.status().as_u16(), began.elapsed());
    tell(&trail, name, &asked_for, response.status());
    response
}

/// The one line of the log about a request, be it answered or refused.
fn tell(trail: &Trail, route: &str, asked_for: &str, status: StatusCode) {
    let method = asked_for.split(' ').next().unwrap_or_default();
    let principal = trail.principal.as_ref();
    tracing::info!(
        target: "audit",
        principal = principal.map_or("none", |principal| &principal.name),
        by = ?principal.map_or(By::Nothing, |principal| principal.by),
        method,
        route,
        account = trail.account,
        status = status.as_u16(),
        rows = trail.rows,
        "request"
    );
}

async fn answered(api: &Arc<Api>, found: Found, path: Vec<(String, String)>, parts: Parts, body: Body, trail: &mut Trail) -> Result<Reply> {
    let host = api.hosts.check(&parts)?;
    let certificate = parts.extensions.get::<Certified>().and_then(|certified| certified.0.clone());
    let principal = api.access.principal(&parts.headers, certificate.as_deref())?;
    trail.principal = Some(principal.clone());
    let route = match found {
        Found::Route(route) => route,
        Found::Path => return Err(method_not_allowed(&parts)),
        Found::Nothing => return Err(Route::none(parts.uri.path(), table())),
    };
    allowed(&principal, route.needs)?;
    let mut bytes = Bytes::new();
    if route.method == Method::Post {
        let needs_no_origin = principal.by_bearer || route.by_programs && is_of_no_page(&parts.headers);
        if !needs_no_origin {
            check_same_origin(&parts.headers, &host)?;
        }
        check_media(&parts, route.body.map_or(JSON, |body| body.media))?;
        bytes = read(body, if route.needs == Needs::Peer { PEER_BYTES_MAX } else { BODY_BYTES_MAX }).await?;
    }
    let query = query(&parts)?;
    let busy =
        |_| Problem::new(Kind::TooBusy, format!("{} requests are being answered; come again in a moment", api.settings.max_requests));
    // What another process asks for was let in there.
    let _permit = if route.needs == Needs::Peer { None } else { Some(api.permits.try_acquire().map_err(busy)?) };
    (route.handler)(Asked { api: Arc::clone(api), principal, path, query, headers: parts.headers, body: bytes }).await
}

/// Whether a page is preferred to what programs read: browsers name it, and others say that they take anything.
fn accepts_page(parts: &Parts) -> bool {
    parts.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

async fn read(body: Body, bytes_max: usize) -> Result<Bytes> {
    let too_slow = |_| Problem::bad_request(format!("the body did not come within {} s", BODY_TIME.as_secs()));
    let too_large = |_| Problem::new(Kind::TooLarge, format!("expected a body of at most {bytes_max} bytes"));
    timeout(BODY_TIME, axum::body::to_bytes(body, bytes_max)).await.map_err(too_slow)?.map_err(too_large)
}

fn allowed(principal: &Principal, needs: Needs) -> Result<()> {
    match needs {
        Needs::Nothing => Ok(()),
        Needs::Scope(scope) if principal.scopes.has(scope) => Ok(()),
        Needs::Scope(scope) => Err(Problem::forbidden(format!("{} lacks the scope {}", principal.name, scope.name()))),
        Needs::Peer if principal.by == By::Peer => Ok(()),
        Needs::Peer => Err(Problem::forbidden("this is for other processes of the group alone")),
    }
}

fn check_media(parts: &Parts, expected: &str) -> Result<()> {
    let media = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // Of JSON, a browser asks before it sends it elsewhere.
    if media == expected || expected == JSON && media.ends_with("+json") {
        return Ok(());
    }
    Err(Problem::bad_request(format!("expected Content-Type: {expected}, found {media:?}")).at("content-type"))
}

fn query(parts: &Parts) -> Result<Vec<(String, String)>> {
    let read = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    read.map(|query| query.0).map_err(|error| Problem::bad_request(format!("the query cannot be read: {error}")))
}

fn method_not_allowed(parts: &Parts) -> Problem {
    Problem::new(Kind::MethodNotAllowed, format!("{} is not for {}; /openapi.json lists what there is", parts.uri.path(), parts.method))
}

fn bounded(reply: Reply) -> Result<Reply> {
    match &reply.body {
        Content::Whole(body) if body.len() > ANSWER_BYTES_MAX => Err(Problem::new(
            Kind::TooLarge,
            format!("the answer has {} bytes, more than {ANSWER_BYTES_MAX}: ask for fewer rows (page_size) or fields", body.len()),
        )),
        _ => Ok(reply),
    }
}

/// Whether whoever asks has this already, by the tags that they send along. They are compared without `W/`.
fn is_known(tags: Option<&str>, reply: &Reply) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    match (tags, reply.headers.get(ETAG).and_then(|tag| tag.to_str().ok())) {
        (Some(tags), Some(tag)) => tags.split(',').any(|known| known.trim() == "*" || opaque(known) == opaque(tag)),
        _ => false,
    }
}

fn unchanged(reply: Reply) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.headers_mut() = reply.headers;
    response
}

fn success(found: Found, reply: Reply) -> Response {
    let body = match reply.body {
        Content::Whole(bytes) => Body::from(bytes),
        Content::Stream(body) => body,
    };
    let mut response = Response::new(body);
    if let Found::Route(route) = found {
        let of_route = || StatusCode::from_u16(route.status).expect("the table has statuses of HTTP");
        *response.status_mut() = reply.status.unwrap_or_else(of_route);
    }
    *response.headers_mut() = reply.headers;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(reply.media));
    response
}

/// `Allow`, where the method is not for the path, comes from the router.
fn failure(problem: &Problem, page: Option<fn(&Problem) -> Reply>) -> Response {
    let (media, body) = match page.map(|page| page(problem)) {
        Some(Reply { media, body: Content::Whole(body), .. }) => (media, body),
        _ => (problem::MEDIA, serde_json::to_vec(&problem.body()).expect("a problem is texts and numbers")),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = problem.kind.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    if let Some(seconds) = problem.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.kind == Kind::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
