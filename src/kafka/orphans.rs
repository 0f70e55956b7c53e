//! Partitions that the group has given to nobody, for good.
//!
//! A cooperative member gives partitions up in one rebalance, and in the next, which it asks for itself, they go to somebody else. If it is
//! killed in between and comes back within its session under its static name, the group hands it what it had been assigned and holds no
//! further rebalance: nobody reads those partitions, and nothing says so. So the assignment is looked at now and then, and where it lacks
//! the same partitions twice in a row, one member stays away until its session is over, which the group answers with a rebalance. All
//! processes look, and all come to the same member: of those that read such a topic the one with the fewest partitions, which is often none.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;

const ASK: Duration = Duration::from_secs(5);

/// A partition of a topic.
type Place = (String, i32);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    id: String,
    /// The topics that it subscribes to; `None`: it does not say.
    reads: Option<Vec<String>>,
    places: Vec<Place>,
}

impl Member {
    fn may_read(&self, topic: &String) -> bool {
        self.reads.as_ref().is_none_or(|reads| reads.contains(topic))
    }
}

/// Shared by the workers and the one thread that asks.
#[derive(Debug, Default)]
pub struct OrphanWatch {
    before: Mutex<Option<Vec<Member>>>,
    leaver: Mutex<Option<String>>,
}

impl OrphanWatch {
    /// Whether this member is the one to leave; true once.
    pub fn must_leave(&self, member_id: &str) -> bool {
        let mut leaver = self.leaver.lock().expect("no panic while held");
        leaver.take_if(|leaver| leaver == member_id).is_some()
    }

    /// Looks at the group. Two looks must lie further apart than a rebalance takes.
    pub(super) fn look<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>, group: &str, topics: &[String]) -> KafkaResult<()> {
        let mut wanted = BTreeSet::new();
        for topic in topics {
            let metadata = consumer.fetch_metadata(Some(topic), ASK)?;
            let partitions = metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions);
            wanted.extend(partitions.map(|partition| (topic.clone(), partition.id())));
        }
        let groups = consumer.fetch_group_list(Some(group), ASK)?;
        let members = groups.groups().iter().find(|found| found.name() == group && found.state() == "Stable").map(|found| {
            let member = |member: &rdkafka::groups::GroupMemberInfo| Member {
                id: member.id().to_owned(),
                reads: member.metadata().and_then(topics_in),
                places: member.assignment().and_then(places_in).unwrap_or_default(),
            };
            found.members().iter().map(member).collect()
        });
        self.judge(members, &wanted);
        Ok(())
    }

    /// `None`: the group is in the middle of something.
    fn judge(&self, members: Option<Vec<Member>>, wanted: &BTreeSet<Place>) {
        let mut before = self.before.lock().expect("no panic while held");
        let again = members.is_some() && *before == members;
        *before = members;
        let members = before.as_deref().filter(|_| again).unwrap_or_default();
        let mut orphans = wanted.clone();
        for place in members.iter().flat_map(|member| &member.places) {
            orphans.remove(place);
        }
        let may_read = |member: &&Member| orphans.iter().any(|(topic, _)| member.may_read(topic));
        let leaver = members.iter().filter(may_read).min_by_key(|member| (member.places.len(), &member.id));
        if let Some(leaver) = leaver {
            tracing::warn!(
                partitions = ?orphans, member = leaver.id,
                "the group has given these partitions to nobody; this member stays away for a session, so that there is a rebalance"
            );
        }
        *self.leaver.lock().expect("no panic while held") = leaver.map(|leaver| leaver.id.clone());
    }
}

/// What an assignment of the consumer protocol holds: a version (int16), then topics (int32 count, each an int16 length, a name, an int32
/// count and int32 partitions), then user data. Source: ConsumerProtocolAssignment.json of Apache Kafka; later versions only add to the end.
fn places_in(assignment: &[u8]) -> Option<Vec<Place>> {
    let mut bytes = Bytes(assignment);
    let _version = bytes.int(2)?;
    let mut places = Vec::new();
    for _ in 0..bytes.int(4)? {
        let topic = bytes.text()?;
        for _ in 0..bytes.int(4)? {
            places.push((topic.to_owned(), bytes.int(4)?));
        }
    }
    Some(places)
}

/// What a subscription holds: a version (int16), then names of topics (int32 count, each an int16 length and the name), then more. Source:
/// ConsumerProtocolSubscription.json of Apache Kafka.
fn topics_in(subscription: &[u8]) -> Option<Vec<String>> {
    let mut bytes = Bytes(subscription);
    let _version = bytes.int(2)?;
    (0..bytes.int(4)?).map(|_| bytes.text().map(str::to_owned)).collect()
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn int(&mut self, length: usize) -> Option<i32> {
        self.take(length).map(|taken| taken.iter().fold(0, |value, byte| value << 8 | i32::from(*byte)))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.int(2)?;
        std::str::from_utf8(self.take(usize::try_from(length).ok()?)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(partition: i32) -> Place {
        ("in".to_owned(), partition)
    }

    fn member(id: &str, partitions: &[i32]) -> Member {
        Member { id: id.to_owned(), reads: Some(vec!["in".to_owned()]), places: partitions.iter().copied().map(place).collect() }
    }

    #[test]
    fn an_assignment_is_read() {
        let bytes = b"\0\x01\0\0\0\x02\0\x02in\0\0\0\x02\0\0\0\x07\0\0\x01\0\0\x01x\0\0\0\0\xff\xff\xff\xff";
        assert_eq!(places_in(bytes), Some(vec![place(7), place(256)]));
        assert_eq!(places_in(&bytes[..20]), None, "cut off");
        assert_eq!(places_in(b"\0\x01\0\0\0\0"), Some(Vec::new()));
        assert_eq!(topics_in(b"\0\x03\0\0\0\x02\0\x02in\0\x01xrest"), Some(vec!["in".to_owned(), "x".to_owned()]));
        assert_eq!(topics_in(b"\0\x03\0\0\0\x02\0\x02in\0\x01"), None, "cut off");
    }

    #[test]
    fn a_member_that_reads_another_topic_is_of_no_help() {
        let watch = OrphanWatch::default();
        let other = Member { id: "a".to_owned(), reads: Some(vec!["other".to_owned()]), places: Vec::new() };
        let wanted: BTreeSet<Place> = (0..2).map(place).collect();
        for _ in 0..2 {
            watch.judge(Some(vec![other.clone(), member("b", &[0])]), &wanted);
        }
        assert!(!watch.must_leave("a") && watch.must_leave("b"));
    }

    #[test]
    fn the_least_loaded_member_leaves_once_partitions_are_missing_twice() {
        let wanted: BTreeSet<Place> = (0..4).map(place).collect();
        let torn = || Some(vec![member("a", &[2]), member("b", &[]), member("c", &[])]);
        let whole = || Some(vec![member("a", &[2, 0]), member("b", &[1, 3])]);
        let cases = [
            ("nothing is missing", [whole(), whole()], None),
            ("missing for the first time", [whole(), torn()], None),
            ("missing twice", [torn(), torn()], Some("b")),
            ("a rebalance in between", [torn(), None], None),
            ("it is whole again", [torn(), whole()], None),
            ("an empty group", [Some(Vec::new()), Some(Vec::new())], None),
        ];
        for (story, looks, expected) in cases {
            let watch = OrphanWatch::default();
            for members in looks {
                watch.judge(members, &wanted);
            }
            for id in ["a", "b", "c"] {
                assert_eq!(watch.must_leave(id), expected == Some(id), "{story}: {id}");
                assert!(!watch.must_leave(id), "{story}: {id} is told once");
            }
        }
    }
}
