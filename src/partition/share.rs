//! The part of a worker's time that people's questions, and what is kept ready for them, may take.

use std::time::{Duration, Instant};

/// One part in so many, while there is input at hand; otherwise all of it.
const PART: u32 = 20;

/// What is left of it.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    saved: Duration,
    /// No more is saved up.
    saved_max: Duration,
    refilled: Instant,
}

impl Share {
    /// Nothing is saved up yet.
    pub fn new(saved_max: Duration, now: Instant) -> Self {
        Self { saved: Duration::ZERO, saved_max, refilled: now }
    }

    /// `busy`: there is input at hand.
    pub fn refill(&mut self, now: Instant, busy: bool) {
        let since = now.saturating_duration_since(self.refilled);
        self.refilled = now;
        self.saved = if busy { (self.saved + since / PART).min(self.saved_max) } else { self.saved_max };
    }

    /// Whether there is time.
    pub fn is_left(&self) -> bool {
        !self.saved.is_zero()
    }

    /// Something took so long, which may be more than there was.
    pub fn spend(&mut self, took: Duration) {
        self.saved = self.saved.saturating_sub(took);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twentieth_of_a_busy_worker_s_time_is_for_questions() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        const SAVED_MAX: Duration = Duration::from_millis(50);
        let mut share = Share::new(SAVED_MAX, start);
        assert!(!share.is_left());
        share.refill(start, false);
        share.spend(Duration::from_millis(60));
        assert!(!share.is_left());
        share.refill(at(20), true);
        assert!(share.is_left());
        share.spend(Duration::from_micros(999));
        assert!(share.is_left(), "20 ms give one");
        share.spend(Duration::from_micros(1));
        assert!(!share.is_left());
        share.refill(at(10_000), true);
        share.spend(SAVED_MAX);
        assert!(!share.is_left(), "no more is saved up");
        share.refill(at(10_000), false);
        assert_eq!(share.saved, SAVED_MAX, "an idle worker has time");
    }
}
