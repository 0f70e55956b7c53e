//! The table of routes. A file for what belongs together; a route is a row, in one place: what it takes, what it answers, who may ask.

mod accounts;
mod changes;
mod history;
mod inputs;
mod playbook;
mod service;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;

use super::route::Route;

/// Every route, in the order of the document.
pub fn table() -> &'static [Route] {
    static TABLE: LazyLock<Vec<Route>> = LazyLock::new(|| {
        let mut all = Vec::new();
        all.extend(accounts::routes());
        all.extend(history::routes());
        all.extend(changes::routes());
        all.extend(inputs::routes());
        all.extend(playbook::routes());
        all.extend(service::routes());
        all
    });
    &TABLE
}

/// Of a route that takes no parameter.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NoParameters {}
