//! The figures of all accounts, from what the partitions publish of theirs: for whoever runs partition 0 to publish.
//!
//! While partition 0 runs in this process, or people may ask it, a thread reads the portfolio's topic from its beginning, adds up the newest counts
//! of each partition and hands the figures to partition 0, which publishes them with its own next commit. So they appear once, whoever believes to
//! have the partition. They are handed over again until the topic shows them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::engine::{Day, day_of_date};
use crate::kafka::Connection;
use crate::kafka::table::Table;
use crate::output::{FLEET, OWNER, PartitionOwned, PartitionUpdated};
use crate::portfolio::{Counts, CountsRecord, Outline};
use crate::task::{FleetNews, Request};
use crate::topics::Topic;
use crate::view::FleetBoard;
use crate::worker::Mailbox;

/// Whose owner publishes the figures.
const PUBLISHER: i32 = 0;
/// How long a look at the topic waits for a record.
const LOOK: Duration = Duration::from_millis(200);
/// After so long figures that the topic does not show are handed over again.
const AGAIN: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(10);

pub struct FleetWatch<'a> {
    connection: &'a Connection,
    outline: Outline,
    /// Those that the inputs have.
    partitions: i32,
    interval: Duration,
    /// Where people look the figures up; `None`: nobody does here.
    board: Option<Arc<FleetBoard>>,
}

impl<'a> FleetWatch<'a> {
    pub fn new(connection: &'a Connection, outline: Outline, partitions: i32, interval: Duration, board: Option<Arc<FleetBoard>>) -> Self {
        Self { connection, outline, partitions, interval, board }
    }

    /// Until the workers have ended.
    pub fn run(&self, mailbox: &Mailbox<Request>, ended: &AtomicBool) {
        while !ended.load(Ordering::Relaxed) {
            if self.is_wanted(mailbox)
                && let Err(error) = self.follow(mailbox, ended)
            {
                tracing::warn!(%error, "reading what the partitions publish of the portfolio; trying again");
                wait(RETRY, ended);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Whether somebody here wants to know: people, or partition 0.
    fn is_wanted(&self, mailbox: &Mailbox<Request>) -> bool {
        self.board.is_some() || mailbox.has(PUBLISHER)
    }

    fn follow(&self, mailbox: &Mailbox<Request>, ended: &AtomicBool) -> anyhow::Result<()> {
        let topic = self.connection.topics.name(Topic::Portfolio);
        let mut table = Table::open(self.connection, topic)?;
        let (mut fleet, mut publishes) = (Fleet::new(Instant::now()), false);
        while self.is_wanted(mailbox) && !ended.load(Ordering::Relaxed) {
            table.take(LOOK, |key, value| match owned(key, value) {
                Some(owned) => _ = self.board.as_ref().map(|board| board.own(owned)),
                None => fleet.take(key, value, self.partitions, Instant::now()),
            })?;
            if let Some(board) = &self.board
                && let Some(shown) = fleet.take_shown()
            {
                board.set(shown);
            }
            if !std::mem::replace(&mut publishes, mailbox.has(PUBLISHER)) {
                fleet.forget_told();
            }
            if table.is_read()
                && publishes
                && let Some(news) = fleet.news(&self.outline, (self.partitions, self.interval), Instant::now())
            {
                // One that comes back is handed over again.
                drop(mailbox.send(PUBLISHER, Request::Fleet(Box::new(news))));
            }
        }
        Ok(())
    }
}

/// What a record tells of who has a partition.
fn owned(key: &[u8], value: Option<&[u8]>) -> Option<PartitionOwned> {
    key.starts_with(OWNER.as_bytes()).then(|| serde_json::from_slice(value?).ok())?
}

/// Or until the workers have ended.
fn wait(time: Duration, ended: &AtomicBool) {
    let until = Instant::now() + time;
    while Instant::now() < until && !ended.load(Ordering::Relaxed) {
        std::thread::sleep(LOOK);
    }
}

/// What the topic shows, and what was handed over.
struct Fleet {
    partitions: BTreeMap<i32, (Day, CountsRecord)>,
    /// When the last of them was first seen.
    grown: Instant,
    /// Something has changed since the figures were reckoned.
    is_new: bool,
    shown: Option<Box<str>>,
    /// It was not taken since it changed.
    is_shown_new: bool,
    /// The last figures, and when they were reckoned and handed over last.
    told: Option<(FleetNews, Instant, Instant)>,
}

impl Fleet {
    fn new(now: Instant) -> Self {
        Self { partitions: BTreeMap::new(), grown: now, is_new: false, shown: None, is_shown_new: false, told: None }
    }

    fn take(&mut self, key: &[u8], value: Option<&[u8]>, partitions: i32, now: Instant) {
        let (Ok(key), Some(value)) = (std::str::from_utf8(key), value) else { return };
        if key == FLEET {
            self.shown = std::str::from_utf8(value).ok().map(Into::into);
            self.is_shown_new = true;
            return;
        }
        // Who has read more partitions than there are has met another application's.
        let Some(partition) = key.parse().ok().filter(|partition| (0..partitions).contains(partition)) else { return };
        match serde_json::from_slice::<PartitionUpdated>(value) {
            Ok(PartitionUpdated { day, counts, .. }) => {
                let Ok(date) = day.parse() else { return };
                if self.partitions.insert(partition, (day_of_date(date), counts)).is_none() {
                    self.grown = now;
                }
                self.is_new = true;
            }
            Err(error) => {
                tracing::warn!(partition, %error, "what the partition has published of the portfolio cannot be read: passed over")
            }
        }
    }

    /// What the topic shows, where that is new.
    fn take_shown(&mut self) -> Option<crate::view::Fleet> {
        let is_new = std::mem::take(&mut self.is_shown_new);
        let data = serde_json::from_str(self.shown.as_deref().filter(|_| is_new)?).ok()?;
        Some(crate::view::Fleet::new(data))
    }

    /// Partition 0 was elsewhere: whoever had it may have published something else.
    fn forget_told(&mut self) {
        self.told = None;
        self.is_new = true;
    }

    /// Figures to be handed over: new ones when the day is another, or the interval over, and those that the topic does not show yet.
    fn news(&mut self, outline: &Outline, (partitions, interval): (i32, Duration), now: Instant) -> Option<FleetNews> {
        let since = |at: Instant| now.saturating_duration_since(at);
        let day = self.partitions.values().map(|(day, _)| *day).min()?;
        // A partition without a record yet is waited for: the first figures of a day are those that targets are judged by.
        let is_whole = self.partitions.len() >= partitions as usize || since(self.grown) >= interval;
        let is_due = self.told.as_ref().is_none_or(|(told, reckoned, _)| told.day != day || since(*reckoned) >= interval);
        let is_reckoned = self.is_new && is_whole && is_due;
        if is_reckoned {
            self.is_new = false;
            self.told = Some((self.reckoned(day, outline), now, now));
        }
        let (news, _, handed_over) = self.told.as_mut()?;
        let is_shown = self.shown.as_deref() == Some(&*news.event.data);
        if is_shown || !is_reckoned && now.saturating_duration_since(*handed_over) < AGAIN {
            return None;
        }
        *handed_over = now;
        Some(news.clone())
    }

    fn reckoned(&self, day: Day, outline: &Outline) -> FleetNews {
        let mut counts = Counts::new(outline);
        self.partitions.values().for_each(|(_, own)| counts.merge(&own.counts(outline)));
        FleetNews::new(&counts, day, outline)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Entry, Live};
    use crate::output;
    use crate::playbook::Playbook;
    use crate::portfolio::Contribution;

    const INTERVAL: Duration = Duration::from_secs(60);

    struct Told {
        outline: Outline,
        fleet: Fleet,
        start: Instant,
    }

    impl Told {
        fn new() -> Self {
            let start = Instant::now();
            Self { outline: Outline::new(&Arc::new(Playbook::shipped())), fleet: Fleet::new(start), start }
        }

        fn at(&self, second: u64) -> Instant {
            self.start + Duration::from_secs(second)
        }

        /// A partition publishes that it has so many accounts on a day.
        fn publish(&mut self, second: u64, partition: i32, accounts: usize, day: Day) {
            let entry = Entry { live: Some(Box::new(Live::default())), ..Entry::default() };
            let mut counts = Counts::new(&self.outline);
            (0..accounts).for_each(|_| counts.add(&Contribution::new(&entry, &[], &self.outline)));
            let event = output::partition(partition, &counts, day, &self.outline);
            let now = self.at(second);
            self.fleet.take(partition.to_string().as_bytes(), Some(event.data.as_bytes()), 2, now);
        }

        /// Day and accounts of the figures that are handed over.
        fn news(&mut self, second: u64) -> Option<(Day, u64)> {
            let now = self.at(second);
            let news = self.fleet.news(&self.outline, (2, INTERVAL), now)?;
            let data: serde_json::Value = serde_json::from_str(&news.event.data).expect("JSON");
            Some((news.day, data["figures"]["accounts"].as_u64().expect("a number")))
        }

        fn show(&mut self) {
            let (news, ..) = self.fleet.told.clone().expect("something was told");
            self.fleet.take(FLEET.as_bytes(), Some(news.event.data.as_bytes()), 2, self.start);
        }
    }

    #[test]
    fn figures_are_handed_over_with_each_day_and_at_intervals_until_they_are_shown() {
        let mut told = Told::new();
        assert_eq!(told.news(0), None);
        told.publish(0, 0, 3, 100);
        assert_eq!(told.news(1), None, "the other partition is waited for");
        told.publish(2, 1, 4, 99);
        assert_eq!(told.news(2), Some((99, 7)), "of the earliest day");
        assert_eq!(told.news(4), None);
        assert_eq!(told.news(7), Some((99, 7)), "not shown yet");
        told.show();
        assert_eq!(told.news(60), None);
        told.publish(10, 0, 5, 100);
        assert_eq!(told.news(61), None, "not so soon");
        assert_eq!(told.news(62), Some((99, 9)));
        told.show();
        told.publish(63, 1, 6, 100);
        assert_eq!(told.news(63), Some((100, 11)), "another day");
        told.show();
        told.publish(200, 1, 6, 100);
        assert_eq!(told.news(200), None, "what is shown already");
    }

    #[test]
    fn a_partition_without_a_record_is_waited_for_and_one_that_there_is_not_is_passed_over() {
        let mut told = Told::new();
        told.publish(0, 1, 3, 100);
        told.publish(0, 2, 50, 90);
        told.fleet.take(b"0", Some(b"{}"), 2, told.start);
        told.fleet.take(b"0", None, 2, told.start);
        assert_eq!([0, 30, 59].map(|second| told.news(second)), [None; 3]);
        assert_eq!(told.news(60), Some((100, 3)));
    }
}
