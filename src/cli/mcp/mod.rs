//! `mcp`: tools for agents, on standard input and output. Over a file they answer from what came of its events; over a service each call is passed on
//! to its `/mcp`, whose answers are the same.

mod file;
mod remote;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rmcp::transport::stdio_pipes;
use rmcp::{ServerHandler, ServiceExt as _};

use super::McpArgs;
use super::history::History;
use super::replay::fleet_of;
use crate::mcp::{Note, Server};
use crate::replay::Division;
use crate::view::Fleet;
use file::FileSource;
use remote::Remote;

pub(super) fn execute(args: McpArgs) -> anyhow::Result<ExitCode> {
    if let Some(service) = args.remote.open()? {
        return serve(Remote::new(service));
    }
    if args.history.input.as_ref().is_none_or(|input| input.as_os_str() == "-") {
        bail!("standard input is the agent's: expected a file of events, or --api with the URL of a service");
    }
    let history = History::open(&args.history, args.until, true)?;
    let playbook = Arc::clone(&history.playbook);
    let (summary, engines) = history.replay(Division::default())?;
    let data = fleet_of(&summary, &playbook).map(|fleet| serde_json::from_str(&fleet.data)).transpose();
    let fleet = data.context("the portfolio is JSON")?.map(Fleet::new);
    serve(Server::new(Arc::new(FileSource::new(playbook, engines, fleet, summary.ended_ms)), Note::default()))
}

/// Answers until standard input ends.
fn serve(server: impl ServerHandler) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().context("no threads")?;
    runtime.block_on(async {
        let running = server.serve(stdio_pipes()).await.context("the agent's first message")?;
        running.waiting().await.context("serving the agent")
    })?;
    // A read of standard input that waits is not waited for.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}
