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
    Changelog,
}

/// What a topic is for, which decides its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Input,
    /// Stage changes, signals, alerts, plays, campaigns.
    Events,
    /// The last record of each key is what counts.
    State,
    /// What was of no use, and what could not be delivered.
    DeadLetters,
    Changelog,
}

impl Topic {
    /// The changelog last.
    pub const ALL: [Self; 10] = [
        Self::StageChanges,
        Self::Signals,
        Self::Alerts,
        Self::Plays,
        Self::Campaigns,
        Self::Accounts,
        Self::Portfolio,
        Self::DeadLetters,
        Self::Undelivered,
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
            Self::Changelog => "changelog",
        }
    }

    pub const fn kind(self) -> Kind {
        match self {
            Self::StageChanges | Self::Signals | Self::Alerts | Self::Plays | Self::Campaigns => Kind::Events,
            Self::Accounts | Self::Portfolio => Kind::State,
            Self::DeadLetters | Self::Undelivered => Kind::DeadLetters,
            Self::Changelog => Kind::Changelog,
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
            Self::DeadLetters => "dead letters, undelivered",
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
}

impl Topics {
    pub fn new(inputs: Vec<String>, prefix: &str) -> Self {
        Self { inputs, written: Topic::ALL.map(|topic| topic.name(prefix)) }
    }

    pub fn name(&self, topic: Topic) -> &str {
        &self.written[topic as usize]
    }

    pub fn changelog(&self) -> &str {
        self.name(Topic::Changelog)
    }

    /// The inputs, then the changelog: all that must have the same number of partitions.
    pub fn partitioned_alike(&self) -> impl Iterator<Item = &String> {
        self.inputs.iter().chain([&self.written[Topic::Changelog as usize]])
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
    }
}
