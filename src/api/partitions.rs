//! How the partitions of a process are, and the records that were of no use to it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Api;
use crate::engine::rfc3339;
use crate::ops::board::PartitionState;
use crate::task::DeadLetter;

/// A partition, as the process that has it knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionRow {
    pub partition: i32,
    pub owner: Owner,
    /// `gathering`, `restoring`, `redoing`, `seeking`, `running` or `draining`. Only one that runs answers for its accounts.
    pub state: String,
    /// The partition's clock; absent before its first event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub clock: Option<String>,
    /// Input records not read yet, by topic.
    pub lag: BTreeMap<String, i64>,
    /// Records of the changelog still to be read before the state is restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_remaining: Option<i64>,
    /// Input records still to be read again before the facts are whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redo_remaining: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Estimated memory of the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_bytes: Option<u64>,
}

/// A process of the group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// `kafka.instance_id`.
    pub instance: String,
    /// `api.advertise`; absent where it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A record of an input that was of no use.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterRow {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// As in the metrics, and in the dead letter's header.
    pub reason: String,
    /// JSON Pointer of the field; absent where the whole record is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The Kafka record's own time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub time: Option<String>,
}

/// Those of some partitions that this process has, in their order.
pub fn rows(api: &Api, partitions: &[i32]) -> Vec<PartitionRow> {
    let owner = Owner { instance: api.connection.instance_id.clone(), url: api.settings.advertise.clone() };
    let row = |(partition, state): (i32, PartitionState)| PartitionRow {
        partition,
        owner: owner.clone(),
        state: state.phase.to_owned(),
        clock: state.clock_ms.map(rfc3339),
        lag: state.lag,
        restore_remaining: state.restore_remaining,
        redo_remaining: state.redo_remaining,
        accounts: state.accounts,
        users: state.users,
        state_bytes: state.state_bytes,
    };
    api.board.states().into_iter().filter(|(partition, _)| partitions.contains(partition)).map(row).collect()
}

/// The last of some partitions, the newest first.
pub fn dead_letters(api: &Api, partitions: &[i32]) -> Vec<DeadLetterRow> {
    let row = |letter: DeadLetter| DeadLetterRow {
        topic: letter.topic.to_string(),
        partition: letter.partition,
        offset: letter.offset,
        reason: letter.reason.to_owned(),
        pointer: (!letter.pointer.is_empty()).then(|| letter.pointer.into()),
        time: (letter.at_ms >= 0).then(|| rfc3339(letter.at_ms)),
    };
    api.board.dead_letters().into_iter().filter(|letter| partitions.contains(&letter.partition)).map(row).collect()
}
