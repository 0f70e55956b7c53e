//! What is said of an input partition by all who deal with it: the Kafka side, workers, tasks and the changelog.

pub mod partitioners;
mod topic_id;

pub use partitioners::{Partitioner, Tally};
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
