//! Outputs as they are published, for any number of streams.
//!
//! One thread follows the topics of outputs, from its first stream on, and keeps the last events. A stream is a place among them, so that one
//! whose reader is slow costs nothing and holds nobody up; where its place is gone it is told so.
//!
//! The id of an event says how far each partition of each topic was read, in the order of the topics: any process of the group can read on
//! from it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use crate::kafka::Connection;
use crate::kafka::outputs::{Output, Outputs};
use crate::ops::Metrics;
use crate::output::structured;
use crate::topics::Topic;

/// The topics whose records are told, each keyed by account.
pub const TOPICS: [Topic; 6] = [Topic::StageChanges, Topic::Signals, Topic::Alerts, Topic::Plays, Topic::Campaigns, Topic::Accounts];

/// Events that are kept, and their bytes.
const EVENTS_MAX: usize = 4_096;
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Records of each partition that are read before the first stream's begin, so that one that was elsewhere before can read on.
const BEFORE: i64 = 200;
const LOOK: Duration = Duration::from_millis(200);
const RETRY: Duration = Duration::from_secs(5);

/// One output.
#[derive(Debug)]
pub struct Change {
    pub account: String,
    pub event_type: String,
    /// A CloudEvent in structured mode.
    pub event: String,
    /// How far everything was read with it.
    pub id: String,
    slot: usize,
    offset: i64,
}

pub struct Changes {
    connection: Connection,
    shared: Arc<Shared>,
    streams: Arc<AtomicUsize>,
    streams_max: usize,
    metrics: Arc<Metrics>,
}

struct Shared {
    tail: Mutex<Tail>,
    /// Changes with each event, and when the tail is ready.
    news: watch::Sender<u64>,
}

#[derive(Default)]
struct Tail {
    is_followed: bool,
    /// Topic and partition; empty until the topics were found.
    slots: Vec<(String, i32)>,
    /// By slot the next offset, the one with which the first stream began, and from which on nothing is missing.
    positions: Vec<i64>,
    begin: Vec<i64>,
    floors: Vec<i64>,
    events: VecDeque<Arc<Change>>,
    bytes: usize,
    /// Events that are kept no more.
    gone: u64,
}

/// What a stream is told next.
#[derive(Debug)]
pub enum News {
    Change(Arc<Change>),
    /// Something may be missing before this id: to be loaded anew.
    Reset(String),
    /// Nothing but where the stream stands.
    Begin(String),
}

/// The place of one stream.
pub struct Stream {
    shared: Arc<Shared>,
    news: watch::Receiver<u64>,
    wanted: Option<String>,
    place: Option<Place>,
    _open: Open,
}

struct Place {
    next: u64,
    /// By slot: what lies before was told already.
    after: Vec<i64>,
}

/// Counts as a stream that is open.
struct Open(Arc<AtomicUsize>, Arc<Metrics>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
        self.1.api_streams.dec();
    }
}

impl Changes {
    pub fn new(connection: Connection, streams_max: usize, metrics: Arc<Metrics>) -> Self {
        let shared = Arc::new(Shared { tail: Mutex::default(), news: watch::Sender::new(0) });
        Self { connection, shared, streams: Arc::default(), streams_max, metrics }
    }

    /// A stream from now on, or from behind the event with this id; `None`: too many are open.
    pub fn stream(&self, after: Option<&str>) -> Option<Stream> {
        let open = self.streams.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| (open < self.streams_max).then_some(open + 1));
        open.ok()?;
        self.metrics.api_streams.inc();
        let open = Open(Arc::clone(&self.streams), Arc::clone(&self.metrics));
        if !std::mem::replace(&mut self.shared.tail().is_followed, true) {
            self.follow();
        }
        let news = self.shared.news.subscribe();
        Some(Stream { shared: Arc::clone(&self.shared), news, wanted: after.map(str::to_owned), place: None, _open: open })
    }

    fn follow(&self) {
        let (connection, shared) = (self.connection.clone(), Arc::downgrade(&self.shared));
        let spawned = std::thread::Builder::new().name("changes".to_owned()).spawn(move || {
            while let Some(true) = follow(&connection, &shared) {
                std::thread::sleep(RETRY);
            }
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to follow the outputs with; the next stream tries again");
            self.shared.tail().is_followed = false;
        }
    }
}

/// `Some(true)`: to be tried again. `None`: nobody is left to be told.
fn follow(connection: &Connection, shared: &Weak<Shared>) -> Option<bool> {
    match followed(connection, shared) {
        Ok(()) => None,
        Err(error) => {
            tracing::warn!(%error, "following the outputs; trying again");
            shared.upgrade().map(|_| true)
        }
    }
}

fn followed(connection: &Connection, shared: &Weak<Shared>) -> rdkafka::error::KafkaResult<()> {
    let outputs = Outputs::new(connection, "changes")?;
    {
        let Some(shared) = shared.upgrade() else { return Ok(()) };
        let found = found(connection, &outputs)?;
        let mut tail = shared.tail();
        tail.open(found);
        let places: Vec<(String, i32, i64)> =
            tail.slots.iter().zip(&tail.positions).map(|((topic, partition), offset)| (topic.clone(), *partition, *offset)).collect();
        drop(tail);
        outputs.seek(places.iter().map(|(topic, partition, offset)| (topic.as_str(), *partition, *offset)))?;
        shared.news.send_modify(|count| *count += 1);
    }
    while let Some(shared) = shared.upgrade() {
        if outputs.next(LOOK, |output| shared.tail().take(&output))?.is_some() {
            shared.news.send_modify(|count| *count += 1);
        }
    }
    Ok(())
}

/// Topic, partition, first offset, end.
type Found = Vec<(String, i32, (i64, i64))>;

fn found(connection: &Connection, outputs: &Outputs) -> rdkafka::error::KafkaResult<Found> {
    let mut found = Vec::new();
    for topic in TOPICS {
        let name = connection.topics.name(topic);
        for partition in 0..outputs.partitions(name)? {
            found.push((name.to_owned(), partition, outputs.ends(name, partition)?));
        }
    }
    Ok(found)
}

impl Shared {
    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    /// Begins, or goes on where it was, if that is still there.
    fn open(&mut self, found: Found) {
        let slots: Vec<(String, i32)> = found.iter().map(|(topic, partition, _)| (topic.clone(), *partition)).collect();
        let goes_on = slots == self.slots && found.iter().zip(&self.positions).all(|((.., (first, end)), at)| (*first..=*end).contains(at));
        if goes_on {
            return;
        }
        // One more than there are: a stream that has seen them all is told, too.
        self.gone += self.events.len() as u64 + 1;
        self.events.clear();
        self.bytes = 0;
        self.slots = slots;
        self.begin = found.iter().map(|(.., (_, end))| *end).collect();
        self.floors = found.iter().map(|(.., (first, end))| (end - BEFORE).max(*first)).collect();
        self.positions.clone_from(&self.floors);
    }

    fn take(&mut self, output: &Output<'_>) {
        let place = |(topic, partition): &(String, i32)| topic == output.topic && *partition == output.partition;
        let Some(slot) = self.slots.iter().position(place) else { return };
        self.positions[slot] = output.offset + 1;
        let (Some(event), Ok(account)) = (structured(&output.headers, output.value), std::str::from_utf8(output.key)) else { return };
        let event_type =
            output.headers.iter().find(|(name, _)| *name == "ce_type").map(|(_, name)| String::from_utf8_lossy(name).into_owned());
        let id = written(&self.positions);
        self.bytes += event.len() + id.len();
        let event_type = event_type.unwrap_or_default();
        self.events.push_back(Arc::new(Change { account: account.to_owned(), event_type, event, id, slot, offset: output.offset }));
        while self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.event.len() + oldest.id.len();
            self.floors[oldest.slot] = oldest.offset + 1;
            self.gone += 1;
        }
    }

    /// Where a stream begins, and what it is told first. `None`: the topics were not found yet.
    fn place(&self, after: Option<&str>) -> Option<(Place, News)> {
        if self.slots.is_empty() {
            return None;
        }
        // Those from before the first stream's begin are for streams that were elsewhere before.
        let now: Vec<i64> = self.positions.iter().zip(&self.begin).map(|(at, begin)| *at.max(begin)).collect();
        let at_end = |news: fn(String) -> News| {
            let id = written(&now);
            (Place { next: self.gone + self.events.len() as u64, after: now.clone() }, news(id))
        };
        let Some(after) = after else { return Some(at_end(News::Begin)) };
        let known = read(after).filter(|known| known.len() == self.slots.len());
        let whole = known.filter(|known| known.iter().zip(&self.floors).all(|(at, floor)| at >= floor));
        Some(match whole {
            Some(known) => (Place { next: self.gone, after: known }, News::Begin(after.to_owned())),
            None => at_end(News::Reset),
        })
    }

    /// What comes next for a stream; `None`: nothing yet.
    fn next(&self, place: &mut Place) -> Option<News> {
        if place.next < self.gone {
            let (begun, news) = self.place(Some(""))?;
            *place = begun;
            return Some(news);
        }
        while let Some(change) = self.events.get((place.next - self.gone) as usize) {
            place.next += 1;
            if change.offset >= place.after[change.slot] {
                return Some(News::Change(Arc::clone(change)));
            }
        }
        None
    }
}

impl Stream {
    /// Waits for what comes next; `None`: nothing more will.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            self.news.borrow_and_update();
            {
                let tail = self.shared.tail();
                match &mut self.place {
                    Some(place) => {
                        if let Some(news) = tail.next(place) {
                            return Some(news);
                        }
                    }
                    None => {
                        if let Some((place, news)) = tail.place(self.wanted.as_deref()) {
                            self.place = Some(place);
                            return Some(news);
                        }
                    }
                }
            }
            self.news.changed().await.ok()?;
        }
    }
}

fn written(positions: &[i64]) -> String {
    positions.iter().map(i64::to_string).collect::<Vec<_>>().join(".")
}

fn read(id: &str) -> Option<Vec<i64>> {
    id.split('.').map(|offset| offset.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail() -> Tail {
        let mut tail = Tail::default();
        tail.open(vec![("alerts".to_owned(), 0, (0, 10)), ("plays".to_owned(), 0, (5, 7))]);
        tail
    }

    fn take(tail: &mut Tail, topic: &str, offset: i64) {
        let headers = ["ce_id", "ce_type", "ce_subject", "ce_time", "ce_dataschema"].map(|name| (name, b"x".as_slice()));
        let headers = headers.to_vec();
        tail.take(&Output { topic, partition: 0, offset, written_ms: 0, key: b"acme", headers, value: b"{}" });
    }

    /// What a stream is told now, events by their ids.
    fn told(tail: &Tail, place: &mut Place) -> Vec<String> {
        let mut told = Vec::new();
        while let Some(news) = tail.next(place) {
            told.push(match news {
                News::Change(change) => change.id.clone(),
                News::Reset(id) => format!("reset {id}"),
                News::Begin(id) => format!("begin {id}"),
            });
        }
        told
    }

    fn begin(tail: &Tail, after: Option<&str>) -> (Place, String) {
        let (place, news) = tail.place(after).expect("the topics are found");
        (place, format!("{news:?}"))
    }

    #[test]
    fn a_stream_begins_now_or_behind_the_event_that_it_knows() {
        let mut tail = tail();
        assert_eq!((tail.positions.clone(), tail.begin.clone()), (vec![0, 5], vec![10, 7]));
        let (mut fresh, news) = begin(&tail, None);
        assert_eq!(news, "Begin(\"10.7\")");
        for offset in [8, 9, 10] {
            take(&mut tail, "alerts", offset);
        }
        take(&mut tail, "plays", 6);
        assert_eq!(told(&tail, &mut fresh), ["11.5"], "what stood there before is not new");
        let (mut back, news) = begin(&tail, Some("9.5"));
        assert_eq!(news, "Begin(\"9.5\")");
        assert_eq!(told(&tail, &mut back), ["10.5", "11.5", "11.7"]);
        take(&mut tail, "plays", 8);
        assert_eq!(told(&tail, &mut back), ["11.9"]);
        assert_eq!(told(&tail, &mut fresh), ["11.9"]);
    }

    #[test]
    fn a_stream_whose_place_is_gone_is_told_so() {
        let mut tail = tail();
        for id in ["", "3", "1.2.3", "a.b", "9.4"] {
            assert_eq!(begin(&tail, Some(id)).1, "Reset(\"10.7\")", "{id}");
        }
        let (mut slow, _) = begin(&tail, None);
        for offset in 10..10 + EVENTS_MAX as i64 + 2 {
            take(&mut tail, "alerts", offset);
        }
        assert_eq!(tail.events.len(), EVENTS_MAX);
        assert_eq!(told(&tail, &mut slow), [format!("reset {}.7", 12 + EVENTS_MAX)]);
        assert_eq!(begin(&tail, Some("11.7")).1, format!("Reset(\"{}.7\")", 12 + EVENTS_MAX));
        assert_eq!(begin(&tail, Some("12.7")).1, "Begin(\"12.7\")");
        // The topic was made anew: what was read lies beyond its end.
        tail.open(vec![("alerts".to_owned(), 0, (0, 1)), ("plays".to_owned(), 0, (5, 7))]);
        assert_eq!(told(&tail, &mut slow), ["reset 1.7"]);
    }
}
