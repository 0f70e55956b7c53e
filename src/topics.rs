//! The topics that the service writes: the one list of them.

use std::fmt;

/// A topic by what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    StageChanges,
    Signals,
    Alerts,
    Plays,
    Campaigns,
    Accounts,
    Portfolio,
    DeadLetters,
    Undelivered,
    IngestDeadLetters,
    Changelog,
    /// The input topic that `ingest` writes to. Not in [`Topic::ALL`]: the operator names it.
    Fed,
}

/// What a topic is for, which decides its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Input,
    /// Stage changes, signals, alerts, plays, campaigns.
    Events,
    /// The last record of each key is what counts.
    State,
    /// What was of no use, what could not be mapped, and what could not be delivered.
    DeadLetters,
    Changelog,
}

impl Topic {
    /// The changelog last.
    pub const ALL: [Self; 11] = [
        Self::StageChanges,
        Self::Signals,
        Self::Alerts,
        Self::Plays,
        Self::Campaigns,
        Self::Accounts,
        Self::Portfolio,
        Self::DeadLetters,
        Self::Undelivered,
        Self::IngestDeadLetters,
        Self::Changelog,
    ];

    /// The part of the name between prefix and version.
    pub const fn dataset(self) -> &'static str {
        match self {
            Self::StageChanges => "stage-changes",
            Self::Signals => "signals",
            Self::Alerts => "alerts",
            Self::Plays => "plays",
            Self::Campaigns => "campaigns",
            Self::Accounts => "accounts",
            Self::Portfolio => "portfolio",
            Self::DeadLetters => "dead-letters",
            Self::Undelivered => "undelivered",
            Self::IngestDeadLetters => "ingest-dead-letters",
            Self::Changelog => "changelog",
            Self::Fed => "inputs",
        }
    }

    pub const fn kind(self) -> Kind {
        match self {
            Self::StageChanges | Self::Signals | Self::Alerts | Self::Plays | Self::Campaigns => Kind::Events,
            Self::Accounts | Self::Portfolio => Kind::State,
            Self::DeadLetters | Self::Undelivered | Self::IngestDeadLetters => Kind::DeadLetters,
            Self::Changelog => Kind::Changelog,
            Self::Fed => Kind::Input,
        }
    }

    /// `<prefix>.stage-changes.v1`.
    pub fn name(self, prefix: &str) -> String {
        format!("{prefix}.{}.v1", self.dataset())
    }
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Input, Self::Events, Self::State, Self::DeadLetters, Self::Changelog];
}

/// As documents and messages call it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "inputs",
            Self::Events => "stage changes, signals, alerts, plays, campaigns",
            Self::State => "accounts, portfolio",
            Self::DeadLetters => "dead letters, undelivered, ingest dead letters",
            Self::Changelog => "changelog",
        })
    }
}

/// The names of an application's topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    pub inputs: Vec<String>,
    /// In the order of [`Topic::ALL`].
    written: [String; Topic::ALL.len()],
    fed: String,
    has_changelog: bool,
}

impl Topics {
    pub fn new(inputs: Vec<String>, prefix: &str) -> Self {
        let fed = inputs.first().cloned().unwrap_or_default();
        Self { inputs, written: Topic::ALL.map(|topic| topic.name(prefix)), fed, has_changelog: true }
    }

    /// Those of whoever reads a topic of others and feeds an input topic with it, and has no state.
    pub fn feeding(self, source: &str, input: &str) -> Self {
        Self { inputs: vec![source.to_owned()], fed: input.to_owned(), has_changelog: false, ..self }
    }

    pub fn name(&self, topic: Topic) -> &str {
        if topic == Topic::Fed { &self.fed } else { &self.written[topic as usize] }
    }

    /// `None`: there is no state.
    pub fn changelog(&self) -> Option<&str> {
        self.has_changelog.then(|| self.name(Topic::Changelog))
    }

    /// The inputs, then the changelog, where there is one: all that must have the same number of partitions.
    pub fn partitioned_alike(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().map(String::as_str).chain(self.changelog())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_the_list() {
        let topics = Topics::new(vec!["in".to_owned()], "x");
        for (index, topic) in Topic::ALL.into_iter().enumerate() {
            assert_eq!((topic as usize, topics.name(topic)), (index, &*topic.name("x")));
        }
        assert_eq!(topics.name(Topic::StageChanges), "x.stage-changes.v1");
        assert_eq!(topics.partitioned_alike().collect::<Vec<_>>(), ["in", "x.changelog.v1"]);
        assert_eq!(topics.name(Topic::Fed), "in");
        let feeding = topics.feeding("segment", "in-2");
        assert_eq!(feeding.partitioned_alike().collect::<Vec<_>>(), ["segment"]);
        assert_eq!((feeding.name(Topic::Fed), feeding.name(Topic::IngestDeadLetters)), ("in-2", "x.ingest-dead-letters.v1"));
    }
}
