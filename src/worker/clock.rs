//! The wall clock that the engine goes by.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::partition::wall_clock_ms;

/// The system's clock, shifted by what the settings say; in the demo it also runs faster, so that months pass in a minute.
///
/// An instant that was noted in real time can be taken over later.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    offset_ms: i64,
    /// Where `speed` takes effect, in real time; before it, and with a speed of 1, the clock is only shifted.
    started_ms: i64,
    speed: f64,
    /// Shows this at most.
    limit_ms: &'static AtomicI64,
}

static NO_LIMIT: AtomicI64 = AtomicI64::new(i64::MAX);

impl WallClock {
    pub const fn shifted(offset_ms: i64) -> Self {
        Self { offset_ms, started_ms: 0, speed: 1.0, limit_ms: &NO_LIMIT }
    }

    /// Shows `shows_ms` at the real instant `started_ms`, and from then on runs `speed` (above 0) times faster than real time.
    pub const fn fast(started_ms: i64, shows_ms: i64, speed: f64) -> Self {
        Self { offset_ms: shows_ms - started_ms, started_ms, speed, limit_ms: &NO_LIMIT }
    }

    /// Waits at `limit_ms`, which somebody moves: a simulated world must not be behind its clock.
    pub const fn limited(self, limit_ms: &'static AtomicI64) -> Self {
        Self { limit_ms, ..self }
    }

    /// What it shows at a real instant; both in Unix milliseconds.
    pub fn at(&self, real_ms: i64) -> i64 {
        let since_ms = real_ms - self.started_ms;
        let passed_ms = if self.speed == 1.0 || since_ms <= 0 { since_ms } else { (since_ms as f64 * self.speed) as i64 };
        self.started_ms.saturating_add(passed_ms).saturating_add(self.offset_ms).min(self.limit_ms.load(Ordering::Relaxed))
    }

    pub fn now_ms(&self) -> i64 {
        self.at(wall_clock_ms())
    }

    pub fn speed(&self) -> f64 {
        self.speed
    }
}

impl Default for WallClock {
    fn default() -> Self {
        Self::shifted(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shifted_or_runs_fast_from_its_start_on() {
        assert_eq!(WallClock::default().at(1_700_000_000_123), 1_700_000_000_123);
        assert_eq!(WallClock::shifted(-5).at(1_700_000_000_123), 1_700_000_000_118);
        let fast = WallClock::fast(500, 1_500, 86_400.0);
        assert_eq!(fast.at(500), 1_500);
        assert_eq!(fast.at(501), 1_500 + 86_400);
        assert_eq!(fast.at(1_500), 1_500 + 86_400_000);
        assert_eq!(fast.at(400), 1_400, "before its start it is only shifted");
        let slow = WallClock { speed: 0.5, ..fast };
        assert_eq!(slow.at(1_500), 2_000);
    }

    #[test]
    fn it_waits_at_its_limit() {
        static LIMIT: AtomicI64 = AtomicI64::new(2_000);
        let clock = WallClock::fast(0, 0, 10.0).limited(&LIMIT);
        assert_eq!((clock.at(199), clock.at(201)), (1_990, 2_000));
        LIMIT.store(3_000, Ordering::Relaxed);
        assert_eq!(clock.at(201), 2_010);
    }
}
