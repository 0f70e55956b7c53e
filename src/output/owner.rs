//! Which process of the group has a partition.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::data::{hex, json};
use super::{CloudEvent, OutputType, schema_of};
use crate::engine::rfc3339;
use crate::topics::Topic;

pub const OWNED: OutputType = OutputType {
    name: "adoption.partition.owned",
    topic: Topic::Portfolio,
    dataschema: schema!("partition-owned.v1.json"),
    schema: schema_of::<PartitionOwned>,
};

/// Before the partition's number: the subject, and in Kafka the key.
pub const OWNER: &str = "owner/";

/// A process has taken a partition over. The last record of each partition names the process that answers for its accounts: it is written with the
/// first transaction after a takeover, which one that was fenced cannot do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PartitionOwned {
    pub partition: i32,
    /// `kafka.instance_id` of the process.
    pub instance: String,
    /// Where other processes reach its API (`api.advertise`); absent where they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `at_ms`: when it was taken over, by the wall clock.
pub fn owned(owned: &PartitionOwned, at_ms: i64) -> CloudEvent {
    let subject = format!("{OWNER}{}", owned.partition);
    let identity = [OWNED.name, &subject, &owned.instance, &at_ms.to_string()].join("\0");
    CloudEvent {
        topic: OWNED.topic,
        id: hex(xxh3_128(identity.as_bytes())),
        event_type: OWNED.name,
        subject,
        time: rfc3339(at_ms),
        dataschema: OWNED.dataschema,
        data: json(owned),
    }
}
