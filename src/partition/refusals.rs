//! Why a partition's state cannot be gone on with, for the operator: what was found, and the ways out.

use super::TopicId;

/// The way out where the state is of no more use.
pub const START_OVER: &str = "To start over from what the inputs hold: delete the group's offsets and the changelog, or take another kafka.application_id and topics.prefix";

/// The way out where there is no state, and only the group's offsets are of no more use.
pub const SET_OFFSETS: &str =
    "To go on with what is there: stop the group's processes, and set its offsets (kafka-consumer-groups.sh --reset-offsets)";

/// Why a topic without state cannot be gone on with.
pub fn source_was_recreated(topic: &str, before: TopicId, now: TopicId) -> String {
    format!(
        "{topic} had the id {before} when the process began, and the topic of that name now has the id {now}: it was deleted and created anew, and \
         offsets of the one say nothing of the other. {SET_OFFSETS}"
    )
}

pub fn changelog_was_recreated(before: TopicId, now: TopicId) -> String {
    format!(
        "the changelog had the id {before}, and the topic of its name now has the id {now}: it was deleted and created anew, or is a mirror of \
         another, and what it holds is not the state. {START_OVER}"
    )
}

/// Why the state cannot be gone on with, and what can be done.
pub fn topic_was_recreated(topic: &str, before: TopicId, now: TopicId) -> String {
    format!(
        "{topic}: the state was made from the topic with the id {before}, and the topic of that name now has the id {now}: it was deleted and \
         created anew, and offsets of the one say nothing of the other. To keep the state and read the new topic from its beginning: give the \
         new topic another name, and topics.inputs that name. {START_OVER}"
    )
}
