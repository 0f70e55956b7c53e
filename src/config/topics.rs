//! Names and cleanup policies of the topics that the service writes.

use super::Topics;

/// What a broker does with old records of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// Dropped by age: a stream of events.
    Delete,
    /// The last record of each key stays: a table.
    Compact,
}

impl Cleanup {
    /// The value of the topic's `cleanup.policy`.
    pub fn policy(self) -> &'static str {
        match self {
            Cleanup::Delete => "delete",
            Cleanup::Compact => "compact",
        }
    }
}

/// A topic that the service writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputTopic {
    pub name: String,
    pub cleanup: Cleanup,
}

/// The one list of what is written: the part of the name between prefix and version.
const WRITTEN: [(&str, Cleanup); 7] = [
    ("stage-changes", Cleanup::Delete),
    ("alerts", Cleanup::Delete),
    ("plays", Cleanup::Delete),
    ("accounts", Cleanup::Compact),
    ("portfolio", Cleanup::Compact),
    ("dead-letters", Cleanup::Delete),
    ("changelog", Cleanup::Compact),
];

impl Topics {
    pub fn stage_changes(&self) -> String {
        self.named("stage-changes")
    }

    pub fn alerts(&self) -> String {
        self.named("alerts")
    }

    pub fn plays(&self) -> String {
        self.named("plays")
    }

    pub fn accounts(&self) -> String {
        self.named("accounts")
    }

    pub fn portfolio(&self) -> String {
        self.named("portfolio")
    }

    pub fn dead_letters(&self) -> String {
        self.named("dead-letters")
    }

    pub fn changelog(&self) -> String {
        self.named("changelog")
    }

    /// Every topic that the service writes, the changelog last.
    pub fn outputs(&self) -> Vec<OutputTopic> {
        WRITTEN.iter().map(|&(dataset, cleanup)| OutputTopic { name: self.named(dataset), cleanup }).collect()
    }

    fn named(&self, dataset: &str) -> String {
        format!("{}.{dataset}.v1", self.prefix)
    }
}

/// The bytes that a Kafka topic name may have.
pub(super) const TOPIC_NAME_BYTES: usize = 249;

/// Whether `name` may name a Kafka topic; the same holds for a `group.instance.id`.
pub(super) fn is_legal_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= TOPIC_NAME_BYTES
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_helper_names_a_topic_of_the_table() {
        let topics = Topics { prefix: "x".to_owned(), ..Topics::default() };
        let by_helper = [
            topics.stage_changes(),
            topics.alerts(),
            topics.plays(),
            topics.accounts(),
            topics.portfolio(),
            topics.dead_letters(),
            topics.changelog(),
        ];
        let by_table: Vec<String> = topics.outputs().into_iter().map(|topic| topic.name).collect();
        assert_eq!(by_table, by_helper);
        assert_eq!(topics.stage_changes(), "x.stage-changes.v1");
    }

    #[test]
    fn legal_names() {
        for (name, legal) in [("a", true), ("A.b_c-9", true), ("", false), (".", false), ("..", false), ("a b", false), ("ä", false)] {
            assert_eq!(is_legal_name(name), legal, "{name:?}");
        }
        assert!(is_legal_name(&"a".repeat(TOPIC_NAME_BYTES)));
        assert!(!is_legal_name(&"a".repeat(TOPIC_NAME_BYTES + 1)));
    }
}
