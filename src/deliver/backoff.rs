//! When what failed is tried again, and when no more.

use std::time::{Duration, Instant};

/// After the first failure; doubled with each further one.
const FIRST: Duration = Duration::from_secs(1);
/// Longer waits only delay what an endpoint that is back would take.
const LONGEST: Duration = Duration::from_secs(60);
/// What a receiver may ask for at most (`Retry-After`).
pub const ASKED_MAX: Duration = Duration::from_secs(3_600);

/// The attempts at one delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    pub count: u32,
    first: Option<Instant>,
    /// `None`: at once.
    due: Option<Instant>,
}

impl Attempts {
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| due <= now)
    }

    pub fn began(&mut self, now: Instant) {
        self.count += 1;
        self.first.get_or_insert(now);
    }

    /// One has failed. `false`: it was the last. `asked`: how long the receiver wants to be left alone. `random`: 0 to 1, so that many who failed
    /// together do not come back together. The last attempt is made where the time is over, and not before.
    pub fn failed(&mut self, now: Instant, asked: Option<Duration>, retry: Duration, random: f64) -> bool {
        let end = self.first.unwrap_or(now) + retry;
        if now >= end {
            return false;
        }
        let doubled = FIRST.saturating_mul(1 << self.count.saturating_sub(1).min(16)).min(LONGEST);
        let wait = doubled.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0).max(asked.unwrap_or_default().min(ASKED_MAX));
        self.due = Some((now + wait).min(end));
        true
    }

    /// Again after so long, whatever has failed so far.
    pub fn again_at(&mut self, due: Instant) {
        self.due = Some(due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_a_minute_and_vary_by_half() {
        let start = Instant::now();
        for (random, expected) in [(1.0, [1, 2, 4, 8, 16, 32, 60, 60]), (0.0, [0, 1, 2, 4, 8, 16, 30, 30])] {
            let mut attempts = Attempts::default();
            let mut now = start;
            assert!(attempts.is_due(now));
            let mut waits = Vec::new();
            for _ in 0..expected.len() {
                attempts.began(now);
                assert!(attempts.failed(now, None, 3_600 * SECOND, random));
                let due = attempts.due().expect("it is tried again");
                assert!(!attempts.is_due(due - Duration::from_millis(1)) && attempts.is_due(due));
                waits.push((due - now).as_secs());
                now = due;
            }
            assert_eq!(waits, expected, "with {random}");
        }
    }

    #[test]
    fn the_last_attempt_is_at_the_end_of_the_time() {
        let start = Instant::now();
        let mut attempts = Attempts::default();
        let mut now = start;
        let mut count = 0;
        loop {
            attempts.began(now);
            count += 1;
            if !attempts.failed(now, None, 10 * SECOND, 1.0) {
                break;
            }
            now = attempts.due().expect("it is tried again");
        }
        // At 0, 1, 3, 7 and 10 seconds.
        assert_eq!((count, now - start), (5, 10 * SECOND));
        let mut once = Attempts::default();
        once.began(start);
        assert!(!once.failed(start, Some(SECOND), Duration::ZERO, 0.5), "no time, one attempt");
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_it_within_bounds() {
        let start = Instant::now();
        for (asked, retry, expected) in [(30, 3_600, 30), (30, 20, 20), (86_400, 90_000, 3_600), (0, 3_600, 1)] {
            let mut attempts = Attempts::default();
            attempts.began(start);
            assert!(attempts.failed(start, Some(asked * SECOND), retry * SECOND, 1.0));
            assert_eq!(attempts.due(), Some(start + expected * SECOND), "asked for {asked} s of {retry} s");
        }
    }
}
