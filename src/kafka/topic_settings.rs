//! What the settings of topics must be: the one table of it.
//!
//! `topics create` sets them, `topics check` compares them, `run` warns of what deviates, and docs/reference/topics.md is generated from here.

use std::collections::BTreeMap;
use std::fmt;

use super::admin::{Sizes, TopicPlan};
use crate::topics::Kind;

/// What the operator chose.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub partitions: i32,
    pub replication: i32,
    pub input_retention_days: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Text(&'static str),
    Number(i64),
    /// Two, where there are three replicas or more.
    TwoOfThree,
    /// `topics.input_retention_days`, in milliseconds.
    InputRetention,
}

impl Value {
    fn given(self, wanted: &Wanted) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.to_owned()),
            Self::Number(number) => Some(number.to_string()),
            Self::TwoOfThree => (wanted.replication >= 3).then(|| "2".to_owned()),
            Self::InputRetention => Some((i64::from(wanted.input_retention_days) * 86_400_000).to_string()),
        }
    }
}

/// For the reference.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "`{text}`"),
            Self::Number(number) => write!(f, "{number}"),
            Self::TwoOfThree => f.write_str("2, with 3 replicas or more"),
            Self::InputRetention => f.write_str("`topics.input_retention_days` (92), in milliseconds"),
        }
    }
}

/// What `topics check` compares a setting with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: the operator may have good reasons for another value later.
    Anything,
    Is(Value),
    /// -1 is without bound.
    AtLeast(Value),
    /// Equal in all of them.
    Alike,
    /// As much as every input has.
    AtLeastThatOfInputs,
}

/// For the reference.
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anything => f.write_str("–"),
            Self::Is(value) => value.fmt(f),
            Self::AtLeast(value) => write!(f, "at least {value}"),
            Self::Alike => f.write_str("the same in all inputs"),
            Self::AtLeastThatOfInputs => f.write_str("at least that of each input"),
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub setting: &'static str,
    pub of: &'static [Kind],
    /// What `topics create` sets; `None`: it leaves the brokers' default.
    pub created: Option<Value>,
    pub expected: Expected,
    pub why: &'static str,
}

/// What librdkafka's producer sends at most, unless `message.max.bytes` says otherwise.
const CLIENT_BYTES_MAX: i64 = 1_000_000;

pub const RULES: &[Rule] = &[
    Rule {
        setting: "cleanup.policy",
        of: &[Kind::Input],
        created: Some(Value::Text("delete")),
        expected: Expected::Is(Value::Text("delete")),
        why: "compaction keeps the last event of each account and removes the others: those that were not read by then are never counted, and a \
              state that is made anew lacks nearly all",
    },
    Rule {
        setting: "cleanup.policy",
        of: &[Kind::Events, Kind::DeadLetters],
        created: Some(Value::Text("delete")),
        expected: Expected::Is(Value::Text("delete")),
        why: "compaction would remove what is still to be read",
    },
    Rule {
        setting: "cleanup.policy",
        of: &[Kind::State, Kind::Changelog],
        created: Some(Value::Text("compact")),
        expected: Expected::Is(Value::Text("compact")),
        why: "retention would remove state that is still alive",
    },
    Rule {
        setting: "min.insync.replicas",
        of: &Kind::ALL,
        created: Some(Value::TwoOfThree),
        expected: Expected::AtLeast(Value::TwoOfThree),
        why: "a record is safe once two replicas have it, and one broker may be away",
    },
    Rule {
        setting: "retention.ms",
        of: &[Kind::Input],
        created: Some(Value::InputRetention),
        expected: Expected::AtLeast(Value::InputRetention),
        why: "brokers remove records by the times that the records bear: of a history that is written with its own times, what is older is gone \
              within minutes, before it is read; and a state that is made anew is whole only where 92 days of input are left",
    },
    Rule {
        setting: "retention.bytes",
        of: &[Kind::Input],
        created: Some(Value::Number(-1)),
        expected: Expected::Is(Value::Number(-1)),
        why: "beyond so many bytes brokers remove the oldest records, read or not",
    },
    Rule {
        setting: "message.timestamp.type",
        of: &[Kind::Input],
        created: None,
        expected: Expected::Alike,
        why: "several inputs are merged by the times of their records: where one bears times of writing and another times of events, a history is \
              read in the wrong order",
    },
    Rule {
        setting: "max.message.bytes",
        of: &[Kind::DeadLetters],
        created: None,
        expected: Expected::AtLeastThatOfInputs,
        why: "a dead letter carries the whole record; what does not fit is cut off",
    },
    Rule {
        setting: "max.message.bytes",
        of: &[Kind::Events, Kind::State, Kind::Changelog],
        created: None,
        expected: Expected::AtLeast(Value::Number(CLIENT_BYTES_MAX)),
        why: "a record that the topic does not take ends the process. The least of all topics that are written is also the most that goes into one \
              batch, of whichever topic",
    },
    Rule {
        setting: "segment.bytes",
        of: &[Kind::Changelog],
        created: Some(Value::Number(128 << 20)),
        expected: Expected::Anything,
        why: "the active segment is never compacted: smaller ones keep what a restore has to read near to what is alive",
    },
    Rule {
        setting: "min.cleanable.dirty.ratio",
        of: &[Kind::Changelog],
        created: Some(Value::Text("0.3")),
        expected: Expected::Anything,
        why: "compacted sooner than by default, for the same reason",
    },
    Rule {
        setting: "max.compaction.lag.ms",
        of: &[Kind::State, Kind::Changelog],
        created: Some(Value::Number(604_800_000)),
        expected: Expected::Anything,
        why: "what is erased stands in the topic until it is compacted, which nothing bounds by default: seven days",
    },
];

/// By topic, its settings; without those that may not be described.
pub type FoundSettings = BTreeMap<String, BTreeMap<String, String>>;

/// What a topic of this kind is created with.
pub fn created(kind: Kind, wanted: &Wanted) -> Vec<(&'static str, String)> {
    let rules = RULES.iter().filter(|rule| rule.of.contains(&kind));
    rules.filter_map(|rule| Some((rule.setting, rule.created?.given(wanted)?))).collect()
}

/// Every deviation from the table, a sentence each.
pub fn deviations(plan: &[TopicPlan], settings: &FoundSettings, wanted: &Wanted) -> Vec<String> {
    let mut deviations = Vec::new();
    for topic in plan {
        let Some(found) = settings.get(&topic.name) else {
            deviations.push(format!("{}: its settings cannot be read (DescribeConfigs is not allowed?)", topic.name));
            continue;
        };
        for rule in RULES.iter().filter(|rule| rule.of.contains(&topic.kind)) {
            let is = found.get(rule.setting).map_or("unknown", String::as_str);
            let inputs = plan.iter().filter(|other| other.kind == Kind::Input);
            let of_inputs: Vec<&str> =
                inputs.filter_map(|input| settings.get(&input.name)?.get(rule.setting)).map(String::as_str).collect();
            if let Some(expected) = unmet(rule.expected, is, &of_inputs, wanted) {
                deviations.push(format!("{}: {} is {is}, expected {expected}: {}", topic.name, rule.setting, rule.why));
            }
        }
    }
    deviations
}

/// What was expected instead of what is there; `None`: it is as it should be.
fn unmet(expected: Expected, is: &str, of_inputs: &[&str], wanted: &Wanted) -> Option<String> {
    // Without bound is more than any number, and what is no number is less.
    let number = |text: &str| match text.parse::<i64>() {
        Ok(-1) => i64::MAX,
        Ok(number) => number,
        Err(_) => i64::MIN,
    };
    match expected {
        Expected::Anything => None,
        Expected::Is(value) => value.given(wanted).filter(|value| is != value),
        Expected::AtLeast(value) => value.given(wanted).filter(|value| number(is) < number(value)).map(|value| format!("at least {value}")),
        Expected::Alike => of_inputs.first().filter(|first| is != **first).map(|first| format!("{first}, as the first input has")),
        Expected::AtLeastThatOfInputs => {
            let largest = of_inputs.iter().copied().max_by_key(|text| number(text))?;
            (number(is) < number(largest)).then(|| format!("at least {largest}, as an input has"))
        }
    }
}

/// How large a batch the topics take that the service writes.
pub fn sizes(plan: &[TopicPlan], settings: &FoundSettings) -> Sizes {
    let size = |topic: &TopicPlan| settings.get(&topic.name)?.get("max.message.bytes")?.parse::<usize>().ok();
    let least = |kind: Kind| plan.iter().filter(|topic| topic.kind == kind).filter_map(size).min();
    Sizes {
        dead_letter_bytes_max: least(Kind::DeadLetters),
        input_bytes_max: least(Kind::Input),
        batch_bytes_max: plan.iter().filter(|topic| topic.kind != Kind::Input).filter_map(size).min(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::admin::plan;
    use crate::topics::Topics;

    const WANTED: Wanted = Wanted { partitions: 12, replication: 3, input_retention_days: 92 };

    /// All topics as brokers show them after `topics create`, but for these settings.
    fn found(but: &[(&str, &str, &str)]) -> (Vec<TopicPlan>, FoundSettings) {
        let plan = plan(&Topics::new(vec!["usage".into(), "accounts".into()], "adoption"), &WANTED);
        let mut settings: FoundSettings = plan
            .iter()
            .map(|topic| {
                let defaults = [("message.timestamp.type", "CreateTime"), ("max.message.bytes", "1048588")];
                let defaults = defaults.map(|(key, value)| (key.to_owned(), value.to_owned()));
                let set = created(topic.kind, &WANTED).into_iter().map(|(key, value)| (key.to_owned(), value));
                (topic.name.clone(), defaults.into_iter().chain(set).collect())
            })
            .collect();
        for (topic, key, value) in but {
            settings.get_mut(*topic).expect("a topic of the plan").insert((*key).to_owned(), (*value).to_owned());
        }
        (plan, settings)
    }

    #[test]
    fn each_rule_is_checked_and_said_with_its_reason() {
        let changelog = "adoption.changelog.v1";
        // (a topic, its setting, a value that will not do, one that just does)
        let table = [
            ("usage", "cleanup.policy", "compact", "delete"),
            ("usage", "cleanup.policy", "compact,delete", "delete"),
            ("adoption.plays.v1", "cleanup.policy", "compact", "delete"),
            (changelog, "cleanup.policy", "delete", "compact"),
            ("adoption.accounts.v1", "cleanup.policy", "compact,delete", "compact"),
            (changelog, "min.insync.replicas", "1", "2"),
            ("usage", "retention.ms", "7948799999", "7948800000"),
            ("usage", "retention.ms", "604800000", "-1"),
            ("accounts", "retention.bytes", "1073741824", "-1"),
            ("accounts", "message.timestamp.type", "LogAppendTime", "CreateTime"),
            ("adoption.dead-letters.v1", "max.message.bytes", "1048587", "1048588"),
            (changelog, "max.message.bytes", "999999", "1000000"),
        ];
        for (topic, setting, wrong, right) in table {
            let (plan, settings) = found(&[(topic, setting, wrong)]);
            let deviations = deviations(&plan, &settings, &WANTED);
            let rule = RULES.iter().find(|rule| rule.setting == setting && deviations.iter().any(|said| said.ends_with(rule.why)));
            assert!(deviations.len() == 1 && rule.is_some(), "{topic} {setting} {wrong}: {deviations:?}");
            assert!(deviations[0].starts_with(&format!("{topic}: {setting} is {wrong}, expected ")), "{}", deviations[0]);
            let (plan, settings) = found(&[(topic, setting, right)]);
            assert_eq!(super::deviations(&plan, &settings, &WANTED), Vec::<String>::new(), "{topic} {setting} {right}");
        }
        let checked = table.iter().map(|(_, setting, ..)| *setting);
        let rules = RULES.iter().filter(|rule| rule.expected != Expected::Anything).map(|rule| rule.setting);
        let sets: [std::collections::BTreeSet<&str>; 2] = [checked.collect(), rules.collect()];
        assert_eq!(sets[0], sets[1], "each checked rule is tried here");
    }

    #[test]
    fn sizes_are_those_of_what_is_written() {
        let (plan, settings) = found(&[("adoption.dead-letters.v1", "max.message.bytes", "20000"), ("usage", "max.message.bytes", "500")]);
        let expected = Sizes { dead_letter_bytes_max: Some(20_000), input_bytes_max: Some(500), batch_bytes_max: Some(20_000) };
        assert_eq!(sizes(&plan, &settings), expected);
        assert_eq!(sizes(&plan, &FoundSettings::new()), Sizes::default());
    }

    #[test]
    fn a_topic_that_may_not_be_described_is_named() {
        let (plan, mut settings) = found(&[]);
        settings.remove("usage");
        let deviations = deviations(&plan, &settings, &WANTED);
        assert!(deviations.len() == 1 && deviations[0].starts_with("usage: its settings cannot be read"), "{deviations:?}");
    }

    #[test]
    fn on_a_single_broker_one_replica_in_sync_will_do() {
        assert!(created(Kind::Input, &Wanted { replication: 1, ..WANTED }).iter().all(|(setting, _)| *setting != "min.insync.replicas"));
    }
}
