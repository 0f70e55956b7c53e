//! Creating and checking the topics.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::config::{Connection, Topics};

const ASK: Duration = Duration::from_secs(20);

/// What becomes of a topic's old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// They go when they are old enough.
    Delete,
    /// The newest of each key stays.
    Compact,
}

impl fmt::Display for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cleanup::Delete => "delete",
            Cleanup::Compact => "compact",
        })
    }
}

/// A topic as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPlan {
    pub name: String,
    pub partitions: i32,
    pub replication: i32,
    pub cleanup: Cleanup,
    /// Set when the topic is created; the operator may have good reasons for others later, so they are not checked.
    pub settings: Vec<(&'static str, String)>,
    /// Inputs and changelog must have the same number of partitions; outputs need not.
    pub partitions_matter: bool,
}

/// All topics of the service. Inputs first.
pub fn plan(topics: &Topics, partitions: i32, replication: i32) -> Vec<TopicPlan> {
    let topic = |name: &str, cleanup, partitions_matter| TopicPlan {
        name: name.to_owned(),
        partitions,
        replication,
        cleanup,
        // With three replicas a record is safe once two have it: one broker may be away.
        settings: if replication >= 3 { vec![("min.insync.replicas", "2".to_owned())] } else { Vec::new() },
        partitions_matter,
    };
    let mut all: Vec<TopicPlan> = topics.inputs.iter().map(|name| topic(name, Cleanup::Delete, true)).collect();
    all.push(topic(&topics.stage_changes, Cleanup::Delete, false));
    all.push(topic(&topics.alerts, Cleanup::Delete, false));
    all.push(topic(&topics.plays, Cleanup::Delete, false));
    all.push(topic(&topics.accounts, Cleanup::Compact, false));
    all.push(topic(&topics.portfolio, Cleanup::Compact, false));
    all.push(topic(&topics.dead_letters, Cleanup::Delete, false));
    let mut changelog = topic(&topics.changelog, Cleanup::Compact, true);
    // The active segment is never compacted: smaller ones keep what a restore has to read near to what is alive.
    changelog.settings.push(("segment.bytes", (128 << 20).to_string()));
    changelog.settings.push(("min.cleanable.dirty.ratio", "0.3".to_owned()));
    all.push(changelog);
    all
}

/// A topic as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    partitions: i32,
    /// The smallest of its partitions.
    replication: i32,
}

/// What became of a topic in [`Admin::create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Creation {
    Created,
    Existed,
    Failed(String),
}

/// The cluster does not hold what the service needs.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TopicsError {
    #[error("missing topics: {}; create them with `adoption-tracker topics create`", .0.join(", "))]
    Missing(Vec<String>),
    #[error(
        "input topics and changelog must have the same number of partitions, so that one partition owns an account whole; found {}",
        .0.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", ")
    )]
    PartitionsDiffer(Vec<(String, i32)>),
    #[error("cannot ask {brokers} for the topics: {error}")]
    Unreachable { brokers: String, error: KafkaError },
}

/// What a start needs to know about the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Of inputs and changelog.
    pub partitions: i32,
    /// To be told, not to be refused.
    pub warnings: Vec<String>,
}

pub struct Admin {
    client: AdminClient<DefaultClientContext>,
    brokers: String,
}

impl Admin {
    pub fn new(connection: &Connection) -> Result<Self, KafkaError> {
        let brokers = connection.common.get("bootstrap.servers").cloned().unwrap_or_default();
        Ok(Self { client: AdminClient::from_config(&connection.admin())?, brokers })
    }

    /// Refuses to start where a topic is missing or the partition counts differ, naming each.
    pub fn ready(&self, topics: &Topics) -> Result<Ready, TopicsError> {
        judge(&plan(topics, 0, 0), &self.found()?)
    }

    /// Creates what is not there; one answer per topic, in the order of the plan.
    pub fn create(&self, plan: &[TopicPlan]) -> Result<Vec<(String, Creation)>, KafkaError> {
        let topics: Vec<NewTopic<'_>> = plan
            .iter()
            .map(|topic| {
                let new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(topic.replication));
                let policy = match topic.cleanup {
                    Cleanup::Delete => "delete",
                    Cleanup::Compact => "compact",
                };
                let new = new.set("cleanup.policy", policy);
                topic.settings.iter().fold(new, |new, (key, value)| new.set(key, value))
            })
            .collect();
        let options = AdminOptions::new().operation_timeout(Some(ASK)).request_timeout(Some(ASK));
        let results = block_on(self.client.create_topics(&topics, &options))?;
        let answer = |result| match result {
            Ok(name) => (name, Creation::Created),
            Err((name, RDKafkaErrorCode::TopicAlreadyExists)) => (name, Creation::Existed),
            Err((name, code)) => (name, Creation::Failed(code.to_string())),
        };
        Ok(results.into_iter().map(answer).collect())
    }

    /// Every deviation of the cluster from the plan, one sentence each; none: all is well.
    pub fn check(&self, plan: &[TopicPlan]) -> Result<Vec<String>, TopicsError> {
        let found = self.found()?;
        let mut deviations = Vec::new();
        for topic in plan {
            match found.get(&topic.name) {
                None => deviations.push(format!("{}: missing; create it with `adoption-tracker topics create`", topic.name)),
                Some(found) => deviations.extend(deviations_of(topic, found)),
            }
        }
        if let Err(error @ TopicsError::PartitionsDiffer(_)) = judge(plan, &found) {
            deviations.push(error.to_string());
        }
        let present: Vec<&TopicPlan> = plan.iter().filter(|topic| found.contains_key(&topic.name)).collect();
        let settings = self.settings(&present).map_err(|error| self.unreachable(error))?;
        for topic in present {
            deviations.extend(settings_deviations(topic, settings.get(&topic.name)));
        }
        Ok(deviations)
    }

    fn settings(&self, topics: &[&TopicPlan]) -> Result<BTreeMap<String, BTreeMap<String, String>>, KafkaError> {
        let wanted: Vec<ResourceSpecifier<'_>> = topics.iter().map(|topic| ResourceSpecifier::Topic(&topic.name)).collect();
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let answers = block_on(self.client.describe_configs(&wanted, &AdminOptions::new().request_timeout(Some(ASK))))?;
        let mut all = BTreeMap::new();
        // In the order asked for; a topic that may not be described has no settings here.
        for (topic, answer) in topics.iter().zip(answers) {
            if let Ok(resource) = answer {
                let entries = resource.entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))).collect();
                all.insert(topic.name.clone(), entries);
            }
        }
        Ok(all)
    }

    /// Asks for all topics: asking for one by name may create it, where brokers create topics by themselves.
    fn found(&self) -> Result<BTreeMap<String, Found>, TopicsError> {
        let metadata = self.client.inner().fetch_metadata(None, ASK).map_err(|error| self.unreachable(error))?;
        let found = metadata.topics().iter().filter(|topic| topic.error().is_none()).map(|topic| {
            let partitions = i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX);
            let replication = topic.partitions().iter().map(|partition| partition.replicas().len()).min().unwrap_or(0);
            (topic.name().to_owned(), Found { partitions, replication: i32::try_from(replication).unwrap_or(i32::MAX) })
        });
        Ok(found.collect())
    }

    fn unreachable(&self, error: KafkaError) -> TopicsError {
        TopicsError::Unreachable { brokers: self.brokers.clone(), error }
    }
}

fn judge(plan: &[TopicPlan], found: &BTreeMap<String, Found>) -> Result<Ready, TopicsError> {
    let missing: Vec<String> = plan.iter().filter(|topic| !found.contains_key(&topic.name)).map(|topic| topic.name.clone()).collect();
    if !missing.is_empty() {
        return Err(TopicsError::Missing(missing));
    }
    let counts: Vec<(String, i32)> =
        plan.iter().filter(|topic| topic.partitions_matter).map(|topic| (topic.name.clone(), found[&topic.name].partitions)).collect();
    let partitions = counts.first().map_or(0, |(_, count)| *count);
    if counts.iter().any(|(_, count)| *count != partitions) {
        return Err(TopicsError::PartitionsDiffer(counts));
    }
    let thin: Vec<String> = plan
        .iter()
        .filter(|topic| found[&topic.name].replication < 3)
        .map(|topic| format!("{} ({})", topic.name, found[&topic.name].replication))
        .collect();
    // kafka#22067.
    let warning = format!("replication factor below 3: {}; the loss of a broker's disk may lose or repeat events", thin.join(", "));
    Ok(Ready { partitions, warnings: if thin.is_empty() { Vec::new() } else { vec![warning] } })
}

fn deviations_of(topic: &TopicPlan, found: &Found) -> Vec<String> {
    let mut deviations = Vec::new();
    if topic.partitions_matter && found.partitions != topic.partitions {
        deviations.push(format!("{}: {} partitions, expected {}", topic.name, found.partitions, topic.partitions));
    }
    if found.replication < topic.replication {
        deviations.push(format!("{}: replication factor {}, expected {}", topic.name, found.replication, topic.replication));
    }
    deviations
}

fn settings_deviations(topic: &TopicPlan, settings: Option<&BTreeMap<String, String>>) -> Vec<String> {
    let Some(settings) = settings else {
        return vec![format!("{}: its settings cannot be read (DescribeConfigs is not allowed?)", topic.name)];
    };
    let mut deviations = Vec::new();
    let wanted = topic.cleanup.to_string();
    let policy = settings.get("cleanup.policy").map_or("unknown", String::as_str);
    if policy != wanted {
        let why = match topic.cleanup {
            Cleanup::Delete => "compaction would remove events that are still to be counted or read",
            Cleanup::Compact => "retention would remove state that is still alive",
        };
        deviations.push(format!("{}: cleanup.policy is {policy}, expected {wanted}: {why}", topic.name));
    }
    for (key, expected) in topic.settings.iter().filter(|(key, _)| *key == "min.insync.replicas") {
        let number = |text: &str| text.parse::<i32>().unwrap_or(0);
        let is = settings.get(*key).map_or("unknown", String::as_str);
        if number(is) < number(expected) {
            deviations.push(format!("{}: {key} is {is}, expected at least {expected}", topic.name));
        }
    }
    deviations
}

/// The admin client answers through futures, driven by a thread of its own; waiting needs no runtime, and works inside one.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics() -> Topics {
        Topics::new(vec!["usage".into(), "accounts".into()], "adoption")
    }

    fn cluster(except: &[&str], counts: &[(&str, i32)], replication: i32) -> BTreeMap<String, Found> {
        plan(&topics(), 12, replication)
            .into_iter()
            .filter(|topic| !except.contains(&topic.name.as_str()))
            .map(|topic| {
                let partitions = counts.iter().find(|(name, _)| *name == topic.name).map_or(12, |(_, count)| *count);
                (topic.name, Found { partitions, replication })
            })
            .collect()
    }

    #[test]
    fn all_missing_topics_are_named_with_the_command() {
        let error = judge(&plan(&topics(), 0, 0), &cluster(&["usage", "adoption.changelog.v1"], &[], 3)).expect_err("missing");
        let text = error.to_string();
        assert!(text.contains("usage, adoption.changelog.v1") && text.contains("adoption-tracker topics create"), "{text}");
    }

    #[test]
    fn inputs_and_changelog_agree_and_outputs_need_not() {
        let plan = plan(&topics(), 0, 0);
        assert_eq!(judge(&plan, &cluster(&[], &[("adoption.alerts.v1", 3)], 3)), Ok(Ready { partitions: 12, warnings: vec![] }));
        let text = judge(&plan, &cluster(&[], &[("accounts", 6)], 3)).expect_err("differ").to_string();
        assert!(text.contains("usage: 12, accounts: 6, adoption.changelog.v1: 12"), "{text}");
    }

    #[test]
    fn few_replicas_are_a_warning() {
        let ready = judge(&plan(&topics(), 0, 0), &cluster(&[], &[], 1)).expect("ready");
        assert_eq!(ready.warnings.len(), 1);
        assert!(ready.warnings[0].contains("usage (1)"), "{}", ready.warnings[0]);
    }

    #[test]
    fn each_deviation_is_a_sentence() {
        let plan = plan(&topics(), 12, 3);
        let changelog = plan.last().expect("the changelog comes last");
        let found = Found { partitions: 6, replication: 1 };
        assert_eq!(deviations_of(changelog, &found).len(), 2);
        assert!(deviations_of(changelog, &Found { partitions: 12, replication: 3 }).is_empty());
        let settings = |policy: &str, replicas: &str| {
            BTreeMap::from([("cleanup.policy".to_owned(), policy.to_owned()), ("min.insync.replicas".to_owned(), replicas.to_owned())])
        };
        assert!(settings_deviations(changelog, Some(&settings("compact", "2"))).is_empty());
        let deviations = settings_deviations(changelog, Some(&settings("delete", "1")));
        assert!(deviations[0].contains("cleanup.policy is delete, expected compact"), "{deviations:?}");
        assert!(deviations[1].contains("min.insync.replicas is 1, expected at least 2"), "{deviations:?}");
    }
}
