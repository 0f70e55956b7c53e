//! The operators' side of HTTP: metrics and probes.
//!
//! | path | 200 | otherwise |
//! |---|---|---|
//! | `/metrics` | always | |
//! | `/livez` | every worker has given a sign of life within the limit | 503 |
//! | `/readyz` | started, not draining, every assigned partition running | 503 |
//! | `/startupz` | started | 503 |
//!
//! The probes answer in JSON and say what is missing. [`router`] can be merged with other routes.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use super::{Health, Metrics, metrics};
use crate::worker::WallClock;

/// What the routes answer from.
#[derive(Clone, Debug)]
pub struct Ops {
    pub health: Arc<Health>,
    pub metrics: Arc<Metrics>,
    /// The age of a worker's last sign of life from which the process counts as dead: `watchdog.timeout_ms`.
    pub heartbeat_limit_ms: u64,
    /// Ages are measured on the clock that the engine goes by.
    pub clock: WallClock,
}

#[derive(Debug, Serialize)]
struct Liveness {
    alive: bool,
    /// A sentence for each worker that has been silent too long.
    missing: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Startup {
    started: bool,
}

pub fn router(ops: Ops) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/startupz", get(startupz))
        .with_state(ops)
}

/// Serves them until the runtime ends, where the listener is bound.
pub fn serve(runtime: &tokio::runtime::Runtime, bound: TcpListener, ops: Ops) -> anyhow::Result<SocketAddr> {
    let _runtime = runtime.enter();
    bound.set_nonblocking(true).context("http.listen: making it as tokio wants it")?;
    let listener = tokio::net::TcpListener::from_std(bound).context("http.listen: handing it to tokio")?;
    let address = listener.local_addr().context("asking for the address of http.listen")?;
    runtime.spawn(async move {
        if let Err(error) = axum::serve(listener, router(ops)).await {
            tracing::error!("the HTTP server ended: {error}");
        }
    });
    Ok(address)
}

/// Binds `http.listen`.
pub fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen).with_context(|| format!("http.listen: {listen} cannot be listened on; another process may have it"))
}

async fn metrics(State(ops): State<Ops>) -> Response {
    let text = ops.metrics.render(&ops.health, ops.clock.now_ms());
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()
}

async fn livez(State(ops): State<Ops>) -> Response {
    let silent = ops.health.beats().into_iter().filter(|beat| beat.age_ms >= ops.heartbeat_limit_ms);
    let missing: Vec<String> = silent
        .map(|beat| {
            let limit = ops.heartbeat_limit_ms;
            format!("worker {}: no sign of life for {} ms while {} (limit {limit} ms)", beat.worker, beat.age_ms, beat.phase)
        })
        .collect();
    answer(missing.is_empty(), Liveness { alive: missing.is_empty(), missing })
}

async fn readyz(State(ops): State<Ops>) -> Response {
    let readiness = ops.health.readiness();
    answer(readiness.ready, readiness)
}

async fn startupz(State(ops): State<Ops>) -> Response {
    let started = ops.health.started();
    answer(started, Startup { started })
}

fn answer(good: bool, body: impl Serialize) -> Response {
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::{Read, Write};
    use std::net::TcpStream;

    /// A server on a free port of loopback, and what it answers from.
    fn serve(heartbeat_limit_ms: u64) -> (Arc<Health>, std::net::SocketAddr) {
        let health = Health::new(2);
        let ops = Ops {
            health: Arc::clone(&health),
            metrics: Arc::new(Metrics::new("sha256:0")),
            heartbeat_limit_ms,
            clock: WallClock::default(),
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("as tokio wants it");
        let address = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("it does not block");
                axum::serve(listener, router(ops)).await.expect("it serves until the test ends");
            });
        });
        (health, address)
    }

    /// Status, and headers with body.
    fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(address).expect("the server listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("it answers");
        let status = response.split(' ').nth(1).expect("a status line").parse().expect("a status");
        (status, response)
    }

    #[test]
    fn probes_follow_the_life_of_a_process() {
        let (health, address) = serve(60_000);
        assert_eq!(get(address, "/startupz").0, 503);
        assert_eq!(get(address, "/readyz").0, 503);
        assert_eq!(get(address, "/livez").0, 200, "a process that starts is alive");
        health.set_started();
        assert_eq!(get(address, "/startupz").0, 200);
        health.set_assigned(1, &[4, 5]);
        health.set_running(1, 4, true);
        let (status, body) = get(address, "/readyz");
        assert_eq!(status, 503);
        assert!(body.contains(r#""restoring_partitions":[5]"#) && body.contains("1 of 2 assigned partitions"), "{body}");
        health.set_running(1, 5, true);
        assert_eq!(get(address, "/readyz").0, 200);
        health.set_draining();
        assert_eq!(get(address, "/readyz").0, 503);
        assert_eq!(get(address, "/livez").0, 200, "a process that drains is not to be killed");
    }

    #[test]
    fn a_silent_worker_is_named() {
        let (health, address) = serve(0);
        health.ended(0);
        health.beat(1, "committing");
        let (status, body) = get(address, "/livez");
        assert_eq!(status, 503);
        assert!(body.contains("worker 1: no sign of life for") && body.contains("while committing"), "{body}");
        assert!(!body.contains("worker 0"), "{body}");
    }

    #[test]
    fn metrics_are_text() {
        let (_, address) = serve(60_000);
        let (status, response) = get(address, "/metrics");
        assert_eq!(status, 200);
        assert!(response.contains("content-type: text/plain; version=0.0.4"), "{response}");
        assert!(response.contains("adoption_build_info{"), "{response}");
    }
}
