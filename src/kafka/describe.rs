//! Which topics stand behind the names: their ids, and how many partitions they have.
//!
//! rust-rdkafka has no DescribeTopics; librdkafka has, and it alone tells the id of a topic. It asks for the topics by name, which makes none:
//! an admin client's metadata request does not allow brokers to create topics by themselves.

use std::ffi::{CStr, CString};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{IsError, KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka_sys as sys;

use super::admin::{TopicsError, partitions_differ};
use crate::partition::{TopicId, changelog_was_recreated, source_was_recreated, topic_was_recreated};
use crate::topics::Topics;

/// How long one question may take.
const ASK: Duration = Duration::from_secs(5);

/// A topic that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// `None`: brokers before 2.8 give topics none.
    pub id: Option<TopicId>,
    pub partitions: i32,
}

/// Notices where topics change under a running process.
pub struct TopicWatch {
    /// The inputs, then the changelog, where there is one.
    names: Vec<String>,
    changelog: Option<String>,
    /// As they were at the first look.
    first: Option<Vec<Described>>,
}

impl TopicWatch {
    pub fn new(topics: &Topics) -> Self {
        let names = topics.partitioned_alike().map(str::to_owned).collect();
        Self { names, changelog: topics.changelog().map(str::to_owned), first: None }
    }

    /// Why the topics are not to be gone on with, if so.
    pub fn look<C: ConsumerContext>(&mut self, client: &BaseConsumer<C>) -> KafkaResult<Option<String>> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let now = describe(client, &names)?;
        Ok(self.judge(&now))
    }

    fn judge(&mut self, now: &[Option<Described>]) -> Option<String> {
        // One that is not there, for a moment or for good, is told by whoever reads from it.
        let now: Vec<Described> = now.iter().copied().collect::<Option<_>>()?;
        let first = self.first.get_or_insert_with(|| now.clone());
        let has_state = self.changelog.is_some();
        let is_changelog = |index: usize| self.changelog.as_ref() == Some(&self.names[index]);
        let recreated = first.iter().zip(&now).enumerate().find_map(|(index, (before, now))| match (before.id, now.id) {
            (Some(before), Some(now)) if before != now && is_changelog(index) => Some(changelog_was_recreated(before, now)),
            (Some(before), Some(now)) if before != now && has_state => Some(topic_was_recreated(&self.names[index], before, now)),
            (Some(before), Some(now)) if before != now => Some(source_was_recreated(&self.names[index], before, now)),
            _ => None,
        });
        let counts: Vec<(String, i32)> = self.names.iter().cloned().zip(now.iter().map(|topic| topic.partitions)).collect();
        // Without state no account lives in a partition.
        let grown = first.iter().filter(|_| has_state).zip(&now).zip(&self.names).find_map(|((before, now), name)| {
            (before.partitions != now.partitions)
                .then(|| TopicsError::PartitionsChanged { topic: name.clone(), before: before.partitions, now: now.partitions }.to_string())
        });
        recreated.or_else(|| partitions_differ(&counts).map(|error| error.to_string())).or(grown)
    }
}

/// Asks the brokers for these topics; of each the answer, `None` where it is not there.
pub fn describe<C: ConsumerContext>(client: &BaseConsumer<C>, topics: &[&str]) -> KafkaResult<Vec<Option<Described>>> {
    // SAFETY: the client is borrowed, and so alive.
    unsafe { ask(client.client().native_ptr(), topics, ASK) }
}

/// # Safety
///
/// `client` is a live client, of whatever kind, and stays one until this returns.
unsafe fn ask(client: *mut sys::rd_kafka_t, topics: &[&str], within: Duration) -> KafkaResult<Vec<Option<Described>>> {
    let names: Vec<CString> = topics
        .iter()
        .map(|topic| CString::new(*topic).map_err(|_| KafkaError::AdminOpCreation(format!("a topic's name holds NUL: {topic:?}"))))
        .collect::<KafkaResult<_>>()?;
    let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    let timeout_ms = i32::try_from(within.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: all handles made here are destroyed here, once, after their last use; the names outlive the collection, which copies them. The
    // descriptions belong to the event.
    unsafe {
        let mut error_text = [0; 256];
        let options = sys::rd_kafka_AdminOptions_new(client, sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
        let refused = sys::rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, error_text.as_mut_ptr(), error_text.len());
        if refused != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            sys::rd_kafka_AdminOptions_destroy(options);
            return Err(KafkaError::AdminOpCreation(CStr::from_ptr(error_text.as_ptr()).to_string_lossy().into_owned()));
        }
        let collection = sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
        let queue = sys::rd_kafka_queue_new(client);
        sys::rd_kafka_DescribeTopics(client, collection, options, queue);
        // The request ends by itself at its timeout; a little longer, so that it is its own answer that says so.
        let event = sys::rd_kafka_queue_poll(queue, timeout_ms.saturating_add(1_000));
        let answer = if event.is_null() { Err(KafkaError::AdminOp(RDKafkaErrorCode::OperationTimedOut)) } else { read(event, topics) };
        if !event.is_null() {
            sys::rd_kafka_event_destroy(event);
        }
        sys::rd_kafka_queue_destroy(queue);
        sys::rd_kafka_TopicCollection_destroy(collection);
        sys::rd_kafka_AdminOptions_destroy(options);
        answer
    }
}

/// # Safety
///
/// `event` is a live event that came in answer to `rd_kafka_DescribeTopics`.
unsafe fn read(event: *mut sys::rd_kafka_event_t, topics: &[&str]) -> KafkaResult<Vec<Option<Described>>> {
    // SAFETY: what is read belongs to the event, which the caller keeps; pointers are as many as their counts say.
    unsafe {
        let error = sys::rd_kafka_event_error(event);
        if error.is_error() {
            return Err(KafkaError::AdminOp(error.into()));
        }
        let result = sys::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return Err(KafkaError::AdminOp(RDKafkaErrorCode::BadMessage));
        }
        let mut count = 0;
        let found = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
        let mut answers = vec![None; topics.len()];
        for index in 0..count {
            let description = *found.add(index);
            // Of a topic that the broker left out.
            if description.is_null() {
                continue;
            }
            let name = CStr::from_ptr(sys::rd_kafka_TopicDescription_name(description)).to_string_lossy();
            let error = sys::rd_kafka_error_code(sys::rd_kafka_TopicDescription_error(description));
            match RDKafkaErrorCode::from(error) {
                RDKafkaErrorCode::NoError => {}
                RDKafkaErrorCode::UnknownTopicOrPartition => continue,
                code => return Err(KafkaError::AdminOp(code)),
            }
            let mut partitions = 0;
            let _ = sys::rd_kafka_TopicDescription_partitions(description, &mut partitions);
            let id = sys::rd_kafka_TopicDescription_topic_id(description);
            let half = |bits: i64| u128::from(bits.cast_unsigned());
            let id = half(sys::rd_kafka_Uuid_most_significant_bits(id)) << 64 | half(sys::rd_kafka_Uuid_least_significant_bits(id));
            let id = (id != 0).then_some(TopicId(id));
            if let Some(place) = topics.iter().position(|topic| *topic == name) {
                answers[place] = Some(Described { id, partitions: i32::try_from(partitions).unwrap_or(i32::MAX) });
            }
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_that_change_are_named_with_the_way_out() {
        let topics = Topics::new(vec!["usage".into(), "accounts".into()], "adoption");
        let topic = |id: u128, partitions| Some(Described { id: Some(TopicId(id)), partitions });
        let without_id = |partitions| Some(Described { id: None, partitions });
        let first = [topic(1, 4), topic(2, 4), topic(3, 4)];
        const DIFFER: &str = "must have the same number of partitions";
        // What the topics are at a later look → what the refusal says; nothing: there is none.
        type Case = (&'static str, [Option<Described>; 3], &'static [&'static str]);
        let table: [Case; 8] = [
            ("nothing", first, &[]),
            ("one is away for a moment", [None, topic(2, 4), topic(3, 4)], &[]),
            ("ids are not known any more", [without_id(4), topic(2, 4), topic(3, 4)], &[]),
            (
                "an input made anew",
                [topic(1, 4), topic(9, 4), topic(3, 4)],
                &["accounts", "AAAAAAAAAAAAAAAAAAAAAg", "AAAAAAAAAAAAAAAAAAAACQ", "anew"],
            ),
            ("the changelog made anew", [topic(1, 4), topic(2, 4), topic(9, 4)], &["the changelog had the id", "AAAAAAAAAAAAAAAAAAAACQ"]),
            ("an input grown", [topic(1, 6), topic(2, 4), topic(3, 4)], &[DIFFER, "usage: 6, accounts: 4, adoption.changelog.v1: 4"]),
            ("made anew and smaller", [topic(9, 2), topic(2, 4), topic(3, 4)], &["usage", "deleted and created anew"]),
            ("all grown", [topic(1, 8), topic(2, 8), topic(3, 8)], &["usage has 8 partitions, and had 4"]),
        ];
        for (story, now, expected) in table {
            let mut watch = TopicWatch::new(&topics);
            assert_eq!(watch.judge(&[None, None, None]), None, "{story}: not there yet");
            assert_eq!(watch.judge(&first), None, "{story}: the first look");
            let found = watch.judge(&now).unwrap_or_default();
            assert_eq!(found.is_empty(), expected.is_empty(), "{story}: {found}");
            assert!(expected.iter().all(|part| found.contains(part)), "{story}: {found}");
        }
    }
}
