//! The table of routes. A file for what belongs together; a route is a row, in one place: what it takes, what it answers, who may ask.

pub mod accounts;
mod changes;
mod export;
pub mod history;
pub mod incidents;
pub mod inputs;
mod internal;
pub mod lists;
mod mcp;
mod playbook;
pub mod portfolio;
mod service;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::Incomplete;
use super::problem::{Kind, Problem, Result};
use super::route::Route;

pub use mcp::agents;

/// Every route, in the order of the document.
pub fn table() -> &'static [Route] {
    static TABLE: LazyLock<Vec<Route>> = LazyLock::new(|| {
        let mut all = Vec::new();
        all.extend(lists::routes());
        all.extend(accounts::routes());
        all.extend(export::routes());
        all.extend(incidents::routes());
        all.extend(portfolio::routes());
        all.extend(history::routes());
        all.extend(changes::routes());
        all.extend(inputs::routes());
        all.extend(playbook::routes());
        all.extend(service::routes());
        all.extend(internal::routes());
        all
    });
    &TABLE
}

/// What an answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Require {
    Complete,
}

/// # Errors
///
/// Where an answer must be complete and is not: why.
fn check_complete(require: Option<Require>, incomplete: &[Incomplete]) -> Result<()> {
    match (require, incomplete.first()) {
        (Some(Require::Complete), Some(first)) => {
            let progress = incomplete.iter().map(|missing| missing.progress.clone()).collect();
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == first.reason).unwrap_or(Kind::TooBusy);
            Err(Problem::new(kind, "the answer would lack these partitions, and is to be complete").at("require").with_progress(progress))
        }
        _ => Ok(()),
    }
}

/// Of a route that takes no parameter.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NoParameters {}
