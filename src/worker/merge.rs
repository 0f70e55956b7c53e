//! In which order the records of a partition's several input topics are taken.
//!
//! By their timestamps, so that a backlog is not read topic after topic. A topic of which nothing is fetched may yet have older records: it
//! is waited for, a bounded time (Kafka Streams' `max.task.idle.ms`), unless it is known to be read to its end.

use std::time::{Duration, Instant};

/// What is known of one input topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A record is at hand, of this timestamp.
    Ready(i64),
    /// Read to its end.
    AtEnd,
    /// Nothing is fetched, since then, and more is or may be there.
    Waiting(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The next record of this input.
    Take(usize),
    /// Records are at hand, but another topic is waited for until then.
    WaitUntil(Instant),
    /// Nothing is at hand.
    Nothing,
}

/// The oldest record at hand; of equal timestamps that of the first topic.
pub fn choose(heads: &[Head], now: Instant, max_idle: Duration) -> Choice {
    let mut oldest: Option<(i64, usize)> = None;
    let mut wait: Option<Instant> = None;
    for (input, head) in heads.iter().enumerate() {
        match *head {
            Head::Ready(timestamp_ms) => {
                if oldest.is_none_or(|(earliest, _)| timestamp_ms < earliest) {
                    oldest = Some((timestamp_ms, input));
                }
            }
            Head::AtEnd => {}
            Head::Waiting(since) => {
                let until = since + max_idle;
                if until > now {
                    wait = Some(wait.map_or(until, |other| other.max(until)));
                }
            }
        }
    }
    match (oldest, wait) {
        (None, _) => Choice::Nothing,
        (Some(_), Some(until)) => Choice::WaitUntil(until),
        (Some((_, input)), None) => Choice::Take(input),
    }
}

#[cfg(test)]
mod tests {
    use super::Head::*;
    use super::*;

    #[test]
    fn the_oldest_record_is_taken_and_a_lagging_topic_waited_for() {
        let now = Instant::now();
        let idle = Duration::from_millis(100);
        let fresh = Waiting(now - Duration::from_millis(40));
        let stale = Waiting(now - Duration::from_millis(100));
        let until = now + Duration::from_millis(60);
        let table: [(&[Head], Choice); 9] = [
            (&[Ready(5)], Choice::Take(0)),
            (&[Ready(5), Ready(3)], Choice::Take(1)),
            (&[Ready(5), Ready(5)], Choice::Take(0)),
            (&[Ready(5), AtEnd], Choice::Take(0)),
            (&[Ready(5), fresh], Choice::WaitUntil(until)),
            (&[Ready(5), stale], Choice::Take(0)),
            (&[Ready(5), fresh, Ready(2)], Choice::WaitUntil(until)),
            (&[AtEnd, fresh], Choice::Nothing),
            (&[AtEnd, AtEnd], Choice::Nothing),
        ];
        for (heads, expected) in table {
            assert_eq!(choose(heads, now, idle), expected, "{heads:?}");
        }
    }
}
