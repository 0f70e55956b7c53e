//! What people, pages and tools see: typed answers, which everything else only renders.

pub mod account;
mod as_of;
mod build;
mod by_id;
pub mod crm;
mod date;
pub mod explain;
mod fleet;
pub mod incidents;
pub mod rows;
pub mod timeline;

pub use as_of::PartitionAsOf;
pub use build::{account_view, incident_views};
pub use by_id::accounts_of_id;
pub use date::Date;
pub use fleet::{Fleet, FleetBoard};

use serde_json::Value;

use crate::output::schema_of;
use crate::schema as published;

/// Every answer's file name and schema, as in `schemas/`.
pub fn schemas() -> Vec<(&'static str, Value)> {
    let named = |file: &'static str, title: &str, schema| (file, published::named(schema, file, title, published::OPEN));
    vec![
        named("account-view.v1.json", "AccountView", schema_of::<account::AccountView>()),
        named("explanation.v1.json", "Explanation", schema_of::<explain::Explanation>()),
    ]
}
