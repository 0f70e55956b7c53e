//! Creating and checking the topics.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::FromClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::config::Connection;
use super::topic_settings::{self as settings, FoundSettings, Wanted};
use crate::topics::{Kind, Topic, Topics};

const ASK: Duration = Duration::from_secs(20);

/// A topic as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPlan {
    pub name: String,
    pub kind: Kind,
    pub partitions: i32,
    pub replication: i32,
    /// Inputs and changelog must have the same number of partitions; outputs need not.
    pub partitions_matter: bool,
}

/// All topics of the service. Inputs first, the changelog last.
pub fn plan(topics: &Topics, wanted: &Wanted) -> Vec<TopicPlan> {
    let Wanted { partitions, replication, .. } = *wanted;
    let topic = |name: &str, kind| {
        let partitions_matter = matches!(kind, Kind::Input | Kind::Changelog);
        TopicPlan { name: name.to_owned(), kind, partitions, replication, partitions_matter }
    };
    let mut all: Vec<TopicPlan> = topics.inputs.iter().map(|name| topic(name, Kind::Input)).collect();
    all.extend(Topic::ALL.map(|written| topic(topics.name(written), written.kind())));
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
    #[error(
        "{topic} has {now} partitions, and had {before} when the process began: accounts move between partitions, and state does not. Start \
         anew: a new input topic with enough history copied to it, another kafka.application_id and topics.prefix"
    )]
    PartitionsChanged { topic: String, before: i32, now: i32 },
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
    pub sizes: Sizes,
}

/// How large a record the topics take, as far as the brokers tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    pub dead_letter_bytes_max: Option<usize>,
    pub input_bytes_max: Option<usize>,
    /// The least of all topics that `run` writes: brokers look at batches, not at single records.
    pub batch_bytes_max: Option<usize>,
}

pub struct Admin {
    client: AdminClient<DefaultClientContext>,
    brokers: String,
    describes_topics: bool,
}

impl Admin {
    pub fn new(connection: &Connection) -> Result<Self, KafkaError> {
        let brokers = connection.common.get("bootstrap.servers").cloned().unwrap_or_default();
        Ok(Self { client: AdminClient::from_config(&connection.admin())?, brokers, describes_topics: connection.describes_topics })
    }

    /// Refuses to start where a topic is missing or the partition counts differ, naming each.
    pub fn ready(&self, topics: &Topics, wanted: &Wanted) -> Result<Ready, TopicsError> {
        let plan = plan(topics, wanted);
        let (partitions, thin) = judge(&plan, &self.found()?)?;
        if !self.describes_topics {
            return Ok(Ready { partitions, warnings: thin.into_iter().collect(), sizes: Sizes::default() });
        }
        // To start, none of it is needed: a process that may not see the settings does without.
        let settings = self.settings(&plan).unwrap_or_else(|error| {
            tracing::debug!(%error, "the settings of the topics cannot be asked for");
            FoundSettings::new()
        });
        let seen: Vec<TopicPlan> = plan.iter().filter(|topic| settings.contains_key(&topic.name)).cloned().collect();
        if seen.len() < plan.len() {
            tracing::info!("not all topics' settings can be seen (DescribeConfigs): what `topics check` would say of them is not known");
        }
        let warnings = thin.into_iter().chain(settings::deviations(&seen, &settings, wanted)).collect();
        Ok(Ready { partitions, warnings, sizes: settings::sizes(&plan, &settings) })
    }

    /// Creates what is not there; one answer per topic, in the order of the plan.
    pub fn create(&self, plan: &[TopicPlan], wanted: &Wanted) -> Result<Vec<(String, Creation)>, KafkaError> {
        let created: BTreeMap<&String, Vec<(&str, String)>> =
            plan.iter().map(|topic| (&topic.name, settings::created(topic.kind, wanted))).collect();
        let topics: Vec<NewTopic<'_>> = plan
            .iter()
            .map(|topic| {
                let new = NewTopic::new(&topic.name, topic.partitions, TopicReplication::Fixed(topic.replication));
                created[&topic.name].iter().fold(new, |new, (key, value)| new.set(key, value))
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
    pub fn check(&self, plan: &[TopicPlan], wanted: &Wanted) -> Result<Vec<String>, TopicsError> {
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
        let present: Vec<TopicPlan> = plan.iter().filter(|topic| found.contains_key(&topic.name)).cloned().collect();
        let settings = self.settings(&present).map_err(|error| self.unreachable(error))?;
        deviations.extend(settings::deviations(&present, &settings, wanted));
        Ok(deviations)
    }

    /// The number of partitions of each topic of the plan that is there.
    pub fn partitions(&self, plan: &[TopicPlan]) -> Result<BTreeMap<String, i32>, TopicsError> {
        let found = self.found()?;
        Ok(plan.iter().filter_map(|topic| Some((topic.name.clone(), found.get(&topic.name)?.partitions))).collect())
    }

    /// The settings of each topic of the plan that may be described.
    pub fn settings_of(&self, plan: &[TopicPlan]) -> Result<FoundSettings, TopicsError> {
        self.settings(plan).map_err(|error| self.unreachable(error))
    }

    fn settings(&self, topics: &[TopicPlan]) -> Result<FoundSettings, KafkaError> {
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

/// The number of partitions that inputs and changelog have, and a warning of topics with few replicas.
fn judge(plan: &[TopicPlan], found: &BTreeMap<String, Found>) -> Result<(i32, Option<String>), TopicsError> {
    let missing: Vec<String> = plan.iter().filter(|topic| !found.contains_key(&topic.name)).map(|topic| topic.name.clone()).collect();
    if !missing.is_empty() {
        return Err(TopicsError::Missing(missing));
    }
    let counts: Vec<(String, i32)> =
        plan.iter().filter(|topic| topic.partitions_matter).map(|topic| (topic.name.clone(), found[&topic.name].partitions)).collect();
    if let Some(differ) = partitions_differ(&counts) {
        return Err(differ);
    }
    let thin: Vec<String> = plan
        .iter()
        .filter(|topic| found[&topic.name].replication < 3)
        .map(|topic| format!("{} ({})", topic.name, found[&topic.name].replication))
        .collect();
    // kafka#22067.
    let warning = format!("replication factor below 3: {}; the loss of a broker's disk may lose or repeat events", thin.join(", "));
    Ok((counts.first().map_or(0, |(_, count)| *count), (!thin.is_empty()).then_some(warning)))
}

/// Names and numbers of partitions of inputs and changelog: an error where they are not all the same.
pub fn partitions_differ(counts: &[(String, i32)]) -> Option<TopicsError> {
    let differ = counts.iter().any(|(_, count)| *count != counts[0].1);
    differ.then(|| TopicsError::PartitionsDiffer(counts.to_vec()))
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

    const WANTED: Wanted = Wanted { partitions: 12, replication: 3, input_retention_days: 92 };

    fn topics() -> Topics {
        Topics::new(vec!["usage".into(), "accounts".into()], "adoption")
    }

    fn cluster(except: &[&str], counts: &[(&str, i32)], replication: i32) -> BTreeMap<String, Found> {
        plan(&topics(), &WANTED)
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
        let error = judge(&plan(&topics(), &WANTED), &cluster(&["usage", "adoption.changelog.v1"], &[], 3)).expect_err("missing");
        let text = error.to_string();
        assert!(text.contains("usage, adoption.changelog.v1") && text.contains("adoption-tracker topics create"), "{text}");
    }

    #[test]
    fn inputs_and_changelog_agree_and_outputs_need_not() {
        let plan = plan(&topics(), &WANTED);
        assert_eq!(judge(&plan, &cluster(&[], &[("adoption.alerts.v1", 3)], 3)), Ok((12, None)));
        let text = judge(&plan, &cluster(&[], &[("accounts", 6)], 3)).expect_err("differ").to_string();
        assert!(text.contains("usage: 12, accounts: 6, adoption.changelog.v1: 12"), "{text}");
    }

    #[test]
    fn few_replicas_are_a_warning() {
        let (_, warning) = judge(&plan(&topics(), &WANTED), &cluster(&[], &[], 1)).expect("ready");
        assert!(warning.as_ref().is_some_and(|warning| warning.contains("usage (1)")), "{warning:?}");
    }

    #[test]
    fn each_deviation_is_a_sentence() {
        let plan = plan(&topics(), &WANTED);
        let changelog = plan.last().expect("the changelog comes last");
        let found = Found { partitions: 6, replication: 1 };
        assert_eq!(deviations_of(changelog, &found).len(), 2);
        assert!(deviations_of(changelog, &Found { partitions: 12, replication: 3 }).is_empty());
    }
}
