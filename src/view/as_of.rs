//! Of when an answer is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The committed state of a partition that an answer was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionAsOf {
    pub partition: i32,
    /// By input topic, up to where it was read: the first offset that the answer does not know of.
    pub offsets: BTreeMap<String, i64>,
    /// Up to where its accounts have lived; absent before its first event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub clock: Option<String>,
    /// By the wall clock; absent where nothing was committed since the process took the partition over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub committed_at: Option<String>,
    /// Whether nothing was left to be read when it was last looked.
    pub caught_up: bool,
}
