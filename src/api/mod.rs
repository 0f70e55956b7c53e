//! The HTTP API: what the service knows, for people and programs.
//!
//! ```text
//!   request ──► listener (TLS, client's certificate) ──► serve (Host, access, scope, audit) ──► a route of the table ──► answer
//! ```
//!
//! | module | subject |
//! |---|---|
//! | `listener` | sockets, TLS, the end |
//! | `serve` | what happens to every request |
//! | `hosts` | which `Host` and `Origin` a request may have |
//! | `access` | who asks, and what they may do and see |
//! | `route`, `routes` | the table of routes; the routes, a file for what belongs together |
//! | `parameters` | texts of path and query, read by the schema of what they become |
//! | `openapi` | the document, made from the table |
//! | `watched` | files that are read again when they change |
//! | `problem`, `answer` | what comes back |
//! | `ask` | asking the partitions, here and in other processes of the group |
//! | `client` | HTTP as a client |
//! | `lists` | rows of accounts and users |
//! | `partitions` | how partitions are, and the records that were of no use |
//! | `changes` | outputs as they are published, for streams |
//! | `history` | outputs about one account, read backwards |
//!
//! A route is a row in a file of `routes/`: its handler, its parameters and its answer are types with sentences, from which come router,
//! document and checks. `docs/reference/api.md` is for those who call it.

pub mod access;
pub mod answer;
pub mod ask;
pub mod client;
pub mod listener;
pub mod lists;
pub mod openapi;
pub mod partitions;
pub mod problem;
pub mod route;
pub mod routes;
pub mod serve;

mod changes;
mod history;
mod hosts;
mod parameters;
mod watched;

#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use access::Access;
use answer::Reply;
use ask::Peers;
use changes::Changes;
use hosts::Hosts;
use problem::{Kind, Problem, Result};
use route::Route;

use crate::config::Api as Settings;
use crate::kafka::Connection;
use crate::kafka::writer::Writer;
use crate::ops::{Board, Health, Metrics};
use crate::playbook::Playbook;
use crate::task::{Directory, Request};
use crate::view::FleetBoard;
use crate::worker::{Mailbox, WallClock};

/// What the routes answer from.
pub struct Api {
    pub settings: Settings,
    pub playbook: Arc<Playbook>,
    pub connection: Connection,
    /// Of each input topic, and of each output topic.
    pub partitions: i32,
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
    pub board: Arc<Board>,
    /// What this process knows of its accounts, rows of lists among it.
    pub directory: Arc<Directory>,
    pub mailbox: Arc<Mailbox<Request>>,
    pub fleet: Arc<FleetBoard>,
    /// The one that the engines go by.
    pub clock: WallClock,
    pages: Pages,
    access: Access,
    peers: Peers,
    hosts: Hosts,
    permits: Semaphore,
    /// Readers of the histories of accounts, each of which is a Kafka client.
    readers: Arc<Semaphore>,
    /// Exports, each of which holds its rows until they are read.
    exports: Arc<Semaphore>,
    changes: Changes,
    writer: OnceLock<Writer>,
}

/// What an [`Api`] is made from.
pub struct Parts {
    pub settings: Settings,
    pub playbook: Arc<Playbook>,
    pub connection: Connection,
    pub partitions: i32,
    pub metrics: Arc<Metrics>,
    pub health: Arc<Health>,
    pub board: Arc<Board>,
    /// What this process knows of its accounts, rows of lists among it.
    pub directory: Arc<Directory>,
    pub mailbox: Arc<Mailbox<Request>>,
    pub fleet: Arc<FleetBoard>,
    /// The one that the engines go by.
    pub clock: WallClock,
    pub pages: Pages,
    pub access: Access,
    pub peers: Peers,
}

/// Pages for people, which are served beside the table of routes and by the same rules.
#[derive(Clone, Copy)]
pub struct Pages {
    pub routes: &'static [Route],
    /// What went wrong, for who asked for a page.
    pub problem: fn(&Problem) -> Reply,
}

impl Pages {
    /// There are none.
    pub const NONE: Self = Self { routes: &[], problem: |problem| Reply::json(&problem.body(), 0) };
}

/// Clients that read histories at the same time.
const READERS_MAX: usize = 4;
/// Exports at the same time.
const EXPORTS_MAX: usize = 4;

/// Whether the files that the settings name can be used: what a start would refuse.
///
/// # Errors
///
/// The first that cannot, by its setting.
pub fn check(settings: &Settings) -> anyhow::Result<()> {
    if settings.listen.is_empty() {
        return Ok(());
    }
    Access::new(settings)?;
    Peers::new(settings)?;
    listener::check(settings)
}

impl Api {
    pub fn new(parts: Parts) -> Self {
        let Parts { settings, playbook, connection, partitions, metrics, health, board, .. } = parts;
        let Parts { directory, mailbox, fleet, clock, pages, access, peers, .. } = parts;
        Self {
            access,
            peers,
            hosts: Hosts::new(&settings),
            permits: Semaphore::new(settings.max_requests as usize),
            readers: Arc::new(Semaphore::new(READERS_MAX)),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
            changes: Changes::new(connection.clone(), settings.max_streams as usize, Arc::clone(&metrics)),
            writer: OnceLock::new(),
            settings,
            playbook,
            connection,
            partitions,
            metrics,
            health,
            board,
            directory,
            mailbox,
            fleet,
            clock,
            pages,
        }
    }

    /// Made with the first record that is written.
    fn writer(&self) -> Result<&Writer> {
        if let Some(writer) = self.writer.get() {
            return Ok(writer);
        }
        let made =
            Writer::new(&self.connection).map_err(|error| Problem::new(Kind::BrokersUnreachable, format!("no producer: {error}")))?;
        Ok(self.writer.get_or_init(|| made))
    }
}
