//! The topic that a history goes to: whether it may, and where a key goes.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rdkafka::error::KafkaResult;

use crate::config::Settings;
use crate::kafka::Connection;
use crate::kafka::admin::{Admin, plan};
use crate::kafka::reader::{Range, Reader};
use crate::kafka::topic_settings::Wanted;
use crate::partition::partitioners::compare;
use crate::partition::{Partitioner, START_OVER, Tally};

/// Keys that are looked at in each partition, to learn what its producers use.
const LOOKED_AT: i64 = 2_000;

/// For so long the brokers may leave a question unanswered.
const PATIENCE: Duration = Duration::from_secs(15);
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// What the operator chose.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// One of `topics.inputs`; without it, the only one.
    pub topic: Option<String>,
    /// Without it, that on which the topic's keys agree, else the one that our producers use.
    pub partitioner: Option<Partitioner>,
    /// The topic may hold records already.
    pub append: bool,
}

/// A topic that may be written to.
#[derive(Clone, Debug)]
pub struct Target {
    pub topic: String,
    pub partitions: i32,
    pub partitioner: Partitioner,
    /// Several inputs are merged by the times of their records.
    pub bears_event_times: bool,
    /// How large a record the topic and the client take, with key and frame.
    pub bytes_max: usize,
    retention_ms: Option<i64>,
}

impl Target {
    /// Looks at topics and group.
    ///
    /// # Errors
    ///
    /// The group has begun, or the topic holds records already: what is written now would be late, or there twice.
    pub fn look(settings: &Settings, connection: &Connection, wanted: &Wanted, choice: &Choice) -> anyhow::Result<Self> {
        let inputs = &settings.topics.inputs;
        let topic = match &choice.topic {
            Some(topic) if inputs.contains(topic) => topic.clone(),
            Some(topic) => bail!("{topic} is none of topics.inputs: {}", inputs.join(", ")),
            None if inputs.len() == 1 => inputs[0].clone(),
            None => bail!("there are several input topics: choose one with --topic: {}", inputs.join(", ")),
        };
        let admin = Admin::new(connection).context("making the Kafka client that looks at the topics")?;
        let ready = admin.ready(&connection.topics, wanted)?;
        let reader = Reader::new(connection, 0).context("making the Kafka client that looks at the group")?;
        let partitions = ready.partitions;
        has_not_begun(&reader, connection, partitions)?;
        let (holds, tallies) = keys(&reader, &topic, partitions)?;
        ensure!(
            holds == 0 || choice.append,
            "{topic} holds {holds} records already. Where an earlier `seed` wrote them, all of it would be there twice: create the topic anew. Where \
             others did, --append writes behind them"
        );
        let of_topics = admin.settings_of(&plan(&connection.topics, wanted)).unwrap_or_default();
        let setting = |name: &str| of_topics.get(&topic).and_then(|settings| settings.get(name)).map(String::as_str);
        let bears_event_times = inputs.len() > 1;
        ensure!(
            !bears_event_times || setting("message.timestamp.type") != Some("LogAppendTime"),
            "{topic} has message.timestamp.type=LogAppendTime: several inputs are merged by the times of their records, and those of a history would be \
             the times of its writing. Create the inputs with CreateTime"
        );
        Ok(Self {
            partitioner: choice.partitioner.unwrap_or_else(|| agreed(&tallies, partitions, connection.partitioner())),
            partitions,
            bears_event_times,
            bytes_max: ready.sizes.input_bytes_max.unwrap_or(usize::MAX).min(settings.message_max_bytes() as usize),
            retention_ms: setting("retention.ms").and_then(|text| text.parse().ok()).filter(|retention_ms| *retention_ms >= 0),
            topic,
        })
    }

    /// Refuses where records that bear the times of their events would be removed at once.
    pub fn keeps(&self, span_ms: Option<(i64, i64)>, now_ms: i64) -> anyhow::Result<()> {
        let (Some((first_ms, _)), Some(retention_ms), true) = (span_ms, self.retention_ms, self.bears_event_times) else { return Ok(()) };
        let days = |ms: i64| ms / 86_400_000;
        let age_ms = now_ms - first_ms;
        ensure!(
            age_ms <= retention_ms,
            "the history goes back {} days, and {} keeps records for {} (retention.ms): several inputs are merged by the times of their records, so \
             that these bear the times of their events, and the brokers would remove the oldest within minutes. Give the topic a longer retention",
            days(age_ms),
            self.topic,
            days(retention_ms)
        );
        Ok(())
    }
}

fn has_not_begun(reader: &Reader, connection: &Connection, partitions: i32) -> anyhow::Result<()> {
    let (inputs, group) = (&connection.topics.inputs, &connection.application_id);
    let mut begun = Vec::new();
    for partition in 0..partitions {
        let offsets = group_offsets(reader, inputs, partition).with_context(|| format!("asking for the offsets of the group {group}"))?;
        let of_inputs = inputs.iter().zip(offsets).filter_map(|(topic, offset)| Some((topic, partition, offset?)));
        begun.extend(of_inputs.map(|(topic, partition, offset)| format!("{topic} partition {partition}: {offset}")));
    }
    let told = &begun[..begun.len().min(3)];
    let more = if begun.len() > told.len() { format!(" and {} more", begun.len() - told.len()) } else { String::new() };
    ensure!(
        begun.is_empty(),
        "the group {group} has begun already, with these offsets: {}{more}. What is written behind what it has read is late, opens nothing and \
         triggers nothing: seed before the first start. {START_OVER}",
        told.join(", ")
    );
    Ok(())
}

/// A group that nobody has asked for has no coordinator yet, and one that moves has none for a moment.
fn group_offsets(reader: &Reader, inputs: &[String], partition: i32) -> KafkaResult<Vec<Option<i64>>> {
    let until = Instant::now() + PATIENCE;
    loop {
        match reader.group_offsets(inputs, partition) {
            Err(_) if Instant::now() < until => std::thread::sleep(ASK_AGAIN),
            answer => return answer,
        }
    }
}

/// How many records the topic holds, and by which partitioners the keys of some of them are where they are.
fn keys(reader: &Reader, topic: &str, partitions: i32) -> anyhow::Result<(i64, BTreeMap<i32, Tally>)> {
    let (mut holds, mut tallies) = (0, BTreeMap::new());
    for partition in 0..partitions {
        let (low, high) = reader.watermarks(topic, partition).with_context(|| format!("asking for the ends of {topic}"))?;
        holds += high - low;
        if high == low {
            continue;
        }
        let tally: &mut Tally = tallies.entry(partition).or_default();
        let mut seen = std::collections::BTreeSet::new();
        let range = Range { topic, partition, from: low, until: high.min(low + LOOKED_AT), end_is_enough: true };
        let mut count = |records: &[crate::partition::Record<'_>]| {
            for key in records.iter().filter_map(|record| record.key) {
                if seen.insert(key.to_vec()) {
                    tally.count(key, partition, partitions);
                }
            }
            Ok(())
        };
        reader.read(range, &AtomicBool::new(false), &mut count, &mut |_| ())?;
    }
    Ok((holds, tallies))
}

/// That which explains all of the keys, else our own.
fn agreed(tallies: &BTreeMap<i32, Tally>, partitions: i32, ours: Partitioner) -> Partitioner {
    let total: u64 = tallies.values().map(Tally::accounts).sum();
    let explains = |partitioner: &Partitioner| tallies.values().map(|tally| tally.fitting(*partitioner)).sum::<u64>() == total;
    if total == 0 || explains(&ours) {
        return ours;
    }
    if let Some(theirs) = Partitioner::ALL.into_iter().find(explains) {
        return theirs;
    }
    let finding = compare(tallies, partitions)
        .map_or_else(|| "no known partitioner explains where its keys are".to_owned(), |found| found.to_string());
    tracing::warn!("{finding}. Going on with {}; --partitioner chooses another", ours.name());
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_that_are_there_decide() {
        let placed = |by: &dyn Fn(usize, &[u8]) -> i32| {
            let mut tallies: BTreeMap<i32, Tally> = BTreeMap::new();
            for number in 0..200 {
                let key = format!("account-{number}");
                let partition = by(number, key.as_bytes());
                tallies.entry(partition).or_default().count(key.as_bytes(), partition, 12);
            }
            agreed(&tallies, 12, Partitioner::Murmur2)
        };
        for partitioner in Partitioner::ALL {
            assert_eq!(placed(&|_, key| partitioner.partition_of(key, 12)), partitioner);
        }
        let torn = |number: usize, key: &[u8]| {
            if number.is_multiple_of(2) { Partitioner::Crc32 } else { Partitioner::Fnv1a }.partition_of(key, 12)
        };
        assert_eq!(placed(&torn), Partitioner::Murmur2);
        assert_eq!(placed(&|number, _| number as i32 % 12), Partitioner::Murmur2);
        assert_eq!(agreed(&BTreeMap::new(), 12, Partitioner::Crc32), Partitioner::Crc32);
    }

    #[test]
    fn a_topic_that_would_not_keep_the_history_is_refused() {
        let day = 86_400_000;
        let target = |bears_event_times, retention_ms| Target {
            topic: "in".to_owned(),
            partitions: 1,
            partitioner: Partitioner::Murmur2,
            bears_event_times,
            bytes_max: 1_000_000,
            retention_ms,
        };
        let span = Some((0, 5 * day));
        for (target, is_kept) in [
            (target(true, Some(100 * day)), true),
            (target(true, Some(100 * day - 1)), false),
            (target(true, None), true),
            (target(false, Some(day)), true),
        ] {
            let kept = target.keeps(span, 100 * day);
            assert_eq!(kept.is_ok(), is_kept, "{target:?}: {kept:?}");
        }
        let error = target(true, Some(7 * day)).keeps(span, 100 * day).expect_err("it is refused").to_string();
        assert!(error.starts_with("the history goes back 100 days, and in keeps records for 7 (retention.ms)"), "{error}");
        assert!(target(true, Some(day)).keeps(None, 100 * day).is_ok());
    }
}
