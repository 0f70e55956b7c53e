//! What waits for one target, partition by partition. Within a partition an output goes only after the one before it is done with; a partition
//! whose first output is refused for now holds no other one up.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::backoff::Attempts;
use super::endpoint::To;
use super::post::Failed;
use super::told::Told;
use crate::kafka::subscriber::{Place, Record};

/// Outputs of a partition that wait at most; then no more are read.
const FULL: usize = 100;
/// From here on, they are read again.
const ROOM: usize = 20;

/// An output that is to be delivered.
#[derive(Debug)]
pub struct Waiting {
    pub record: Record,
    pub told: Told,
    /// `None`: not known yet.
    pub to: Option<VecDeque<To>>,
    pub attempts: Attempts,
    /// Why the present one of `to` is given up: what is left is to write that down.
    pub given_up: Option<Failed>,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
    /// All before this offset is done with.
    next: i64,
    /// Records of it are read.
    read: i64,
    is_full: bool,
    /// Where it ended when it was last looked at.
    end: Option<i64>,
}

#[derive(Debug, Default)]
pub struct Lanes(BTreeMap<Place, Lane>);

impl Lanes {
    pub fn open(&mut self, place: Place, offset: i64) {
        self.0.insert(place, Lane { next: offset, read: offset, ..Lane::default() });
    }

    pub fn close(&mut self, place: &Place) {
        self.0.remove(place);
    }

    /// A record was read; `told`: it is to be delivered. One of a partition that is not open is passed over. Returns how far the partition is done
    /// with.
    pub fn push(&mut self, record: Record, told: Option<Told>) -> Option<(Place, i64)> {
        let place = (record.topic.clone(), record.partition);
        let lane = self.0.get_mut(&place).filter(|lane| lane.read <= record.offset)?;
        lane.read = record.offset + 1;
        if let Some(told) = told {
            lane.waiting.push_back(Waiting { record, told, to: None, attempts: Attempts::default(), given_up: None });
        }
        let next = lane.advance();
        Some((place, next))
    }

    /// The partition whose first output is to be tried now: of several, the one that has waited longest.
    pub fn due(&self, now: Instant) -> Option<Place> {
        let due = self.0.iter().filter_map(|(place, lane)| Some((place, lane.waiting.front()?)));
        let due = due.filter(|(_, first)| first.attempts.is_due(now));
        due.min_by_key(|(_, first)| (first.attempts.due(), first.record.written_ms)).map(|(place, _)| place.clone())
    }

    /// How long until something is to be tried; `None`: nothing waits.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        let firsts = self.0.values().filter_map(|lane| lane.waiting.front());
        firsts.map(|first| first.attempts.due().map_or(Duration::ZERO, |due| due.saturating_duration_since(now))).min()
    }

    pub fn first(&mut self, place: &Place) -> Option<&mut Waiting> {
        self.0.get_mut(place)?.waiting.front_mut()
    }

    /// The first output of the partition is done with. Returns how far the partition is.
    pub fn done(&mut self, place: &Place) -> i64 {
        let Some(lane) = self.0.get_mut(place) else { return 0 };
        lane.waiting.pop_front();
        lane.advance()
    }

    /// Partitions of which no more (`false`) or again (`true`) is to be read, each once.
    pub fn flows(&mut self) -> Vec<(Place, bool)> {
        let mut changed = Vec::new();
        for (place, lane) in &mut self.0 {
            let is_full = lane.waiting.len() >= if lane.is_full { ROOM } else { FULL };
            if is_full != lane.is_full {
                lane.is_full = is_full;
                changed.push((place.clone(), !is_full));
            }
        }
        changed
    }

    /// When the oldest that waits was written, in Unix milliseconds.
    pub fn oldest_ms(&self) -> Option<i64> {
        self.0.values().filter_map(|lane| lane.waiting.front()).map(|first| first.record.written_ms).filter(|ms| *ms >= 0).min()
    }

    pub fn places(&self) -> Vec<Place> {
        self.0.keys().cloned().collect()
    }

    /// Offsets that the partition has not behind it, from where it ends now. Where it ended there already at the last look, nothing waits and
    /// nothing has come since, what is left are markers of transactions, which nobody is handed.
    pub fn lag(&mut self, place: &Place, end: i64) -> i64 {
        let Some(lane) = self.0.get_mut(place) else { return 0 };
        let only_markers = lane.waiting.is_empty() && !lane.is_full && lane.end == Some(end);
        lane.end = Some(end);
        if only_markers { 0 } else { (end - lane.next).max(0) }
    }
}

impl Lane {
    fn advance(&mut self) -> i64 {
        self.next = self.waiting.front().map_or(self.read, |first| first.record.offset);
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(topic: &str, offset: i64) -> Record {
        Record { topic: topic.into(), offset, written_ms: 1_000 + offset, ..Record::default() }
    }

    fn place(topic: &str) -> Place {
        (topic.to_owned(), 0)
    }

    fn lanes() -> Lanes {
        let mut lanes = Lanes::default();
        lanes.open(place("a"), 5);
        lanes.open(place("b"), 0);
        lanes
    }

    #[test]
    fn a_partition_is_done_up_to_its_first_that_waits() {
        let mut lanes = lanes();
        assert_eq!(lanes.push(record("a", 5), None), Some((place("a"), 6)), "not for the target");
        assert_eq!(lanes.push(record("a", 7), Some(Told::default())), Some((place("a"), 7)));
        assert_eq!(lanes.push(record("a", 8), None), Some((place("a"), 7)), "what waits is not passed");
        assert_eq!(lanes.push(record("a", 9), Some(Told::default())), Some((place("a"), 7)));
        assert_eq!(lanes.push(record("a", 9), Some(Told::default())), None, "read before");
        assert_eq!(lanes.push(record("c", 0), None), None, "of another process");
        assert_eq!(lanes.done(&place("a")), 9);
        assert_eq!(lanes.done(&place("a")), 10);
        assert_eq!((lanes.oldest_ms(), lanes.wait(Instant::now())), (None, None));
    }

    #[test]
    fn one_that_is_refused_holds_up_its_partition_alone() {
        let mut lanes = lanes();
        let now = Instant::now();
        for (topic, offset) in [("a", 5), ("a", 6), ("b", 9)] {
            lanes.push(record(topic, offset), Some(Told::default()));
        }
        assert_eq!(lanes.due(now), Some(place("a")), "the oldest first");
        let first = lanes.first(&place("a")).expect("it waits");
        first.attempts.began(now);
        assert!(first.attempts.failed(now, None, Duration::from_secs(60), 1.0));
        assert_eq!(lanes.due(now), Some(place("b")));
        lanes.done(&place("b"));
        assert_eq!((lanes.due(now), lanes.wait(now)), (None, Some(Duration::from_secs(1))), "6 waits behind 5");
        assert_eq!(lanes.due(now + Duration::from_secs(1)), Some(place("a")));
        assert_eq!(lanes.oldest_ms(), Some(1_005));
    }

    #[test]
    fn a_full_partition_is_read_no_more_until_there_is_room() {
        let mut lanes = lanes();
        for offset in 0..FULL as i64 {
            assert!(lanes.flows().is_empty(), "{offset}");
            lanes.push(record("b", offset), Some(Told::default()));
        }
        assert_eq!(lanes.flows(), [(place("b"), false)]);
        assert!(lanes.flows().is_empty(), "once");
        for _ in ROOM..FULL {
            assert!(lanes.flows().is_empty());
            lanes.done(&place("b"));
        }
        assert!(lanes.flows().is_empty());
        lanes.done(&place("b"));
        assert_eq!(lanes.flows(), [(place("b"), true)]);
        assert!(lanes.flows().is_empty(), "once");
    }

    #[test]
    fn markers_at_the_end_are_no_lag_for_long() {
        let mut lanes = lanes();
        lanes.push(record("a", 5), Some(Told::default()));
        assert_eq!((lanes.lag(&place("a"), 7), lanes.lag(&place("a"), 7)), (2, 2), "it waits");
        lanes.done(&place("a"));
        assert_eq!((lanes.lag(&place("a"), 8), lanes.lag(&place("a"), 8)), (2, 0));
        assert_eq!(lanes.lag(&place("a"), 9), 3);
    }
}
