//! The words of all who deal with a partition: the Kafka side, workers, tasks and the changelog.
//!
//! So a worker knows no task and the Kafka side no worker: what they hand to each other stands here.
//!
//! | module | what it holds |
//! |---|---|
//! | `clock` | the system's clock |
//! | `contract` | what a worker needs of a task: [`PartitionTask`] |
//! | `record` | records as a task takes them in |
//! | `outbox` | records that wait for the next transaction |
//! | [`partitioners`] | which producers' hash put an account where it is |
//! | `topic_id` | which topic stands behind a name |
//! | `refusals` | why a state cannot be gone on with |
//! | `share` | how much of a worker's time questions take |

mod clock;
mod contract;
mod outbox;
pub mod partitioners;
mod record;
mod refusals;
mod share;
mod topic_id;

pub use clock::wall_clock_ms;
pub use contract::{Checkpoint, PartitionTask, Redo, Resume, TaskGauges};
pub use outbox::{HeaderPairs, Outbox, Publish};
pub use partitioners::{Partitioner, Tally};
pub use record::{Headers, Record, Refused};
pub use refusals::{SET_OFFSETS, START_OVER, changelog_was_recreated, source_was_recreated, topic_was_recreated};
pub use share::Share;
pub use topic_id::TopicId;

/// What the cluster says of a partition's inputs when it is taken on. Lists follow the order of the input topics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// The group's next offset, where it has one.
    pub committed: Vec<Option<i64>>,
    /// `None`: the brokers give topics no ids.
    pub topic_ids: Vec<Option<TopicId>>,
    pub changelog_id: Option<TopicId>,
    /// Of each input topic; 0: not known.
    pub partitions: i32,
}

impl Inputs {
    /// Nothing is known but the group's offsets.
    pub fn committed(offsets: &[Option<i64>]) -> Self {
        Self { committed: offsets.to_vec(), topic_ids: vec![None; offsets.len()], ..Self::default() }
    }
}
