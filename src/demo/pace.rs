//! How fast the customers live, and for how long.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::engine::{Day, day_of_date};
use crate::worker::WallClock;

use super::story::STORY_DAYS;

const DAY_MS: f64 = 86_400_000.0;

/// Simulated days per second of the demo, unless told otherwise: the whole story in a minute.
const DEFAULT_SPEED: f64 = 144_000.0;

/// The longest that the customers live: a hundred years.
const DAYS_MAX: f64 = 36_500.0;

/// The first day of the stories, a Monday. Fixed, so that every demo with the same arguments tells the same.
const FIRST_DAY: jiff::civil::Date = jiff::civil::date(2026, 1, 5);

/// From the start of the process until the customers begin to live: what the workers need to join their group on the mock broker, which
/// waits 3 s for further members. Should that take longer, the first days are simply read late.
const PRELUDE: Duration = Duration::from_millis(3_800);

/// An event is on its way for so long, in real time. The customers are that far ahead of the service's clock: otherwise, where a day
/// passes in a fraction of a second, a day would often be over before its last events have come in.
const ON_ITS_WAY: Duration = Duration::from_millis(50);

/// How far ahead of the service's clock an event may be, in real time: a thread that was not scheduled for a while is no reason for dead
/// letters.
const SKEW: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The service's. It waits for the customers: on a machine that cannot keep up, a clock that ran on would find them all silent.
    pub clock: WallClock,
    /// The one that drives the customers.
    drive: WallClock,
    /// All that happened before was produced.
    told_ms: &'static AtomicI64,
    pub first_day: Day,
    /// Days for which the customers live, the last one perhaps in part.
    pub days: u32,
    /// Where the story ends, in simulated time.
    pub until_ms: i64,
    pub speed: f64,
    /// How long the story takes, prelude included.
    pub lasts: Duration,
}

impl Pace {
    /// Of speed and seconds, one follows from the other: by default all of the story is told.
    pub fn new(speed: Option<f64>, seconds: Option<u64>, now_ms: i64) -> Self {
        let story_ms = f64::from(STORY_DAYS) * DAY_MS;
        let (speed, lasts_ms) = match (speed, seconds.map(|seconds| seconds as f64 * 1_000.0)) {
            (None, None) => (DEFAULT_SPEED, story_ms / DEFAULT_SPEED),
            (Some(speed), None) => (speed, story_ms / speed),
            (None, Some(lasts_ms)) => (story_ms / lasts_ms, lasts_ms),
            (Some(speed), Some(lasts_ms)) => (speed, lasts_ms),
        };
        let lasts_ms = lasts_ms.min(DAYS_MAX * DAY_MS / speed);
        let first_day = day_of_date(FIRST_DAY);
        let begins_ms = i64::from(first_day) * DAY_MS as i64;
        // Needed for as long as the process lives, which makes one.
        let told_ms: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(begins_ms)));
        let until_ms = begins_ms + (lasts_ms * speed) as i64;
        let started_ms = now_ms + PRELUDE.as_millis() as i64;
        let drive = WallClock::fast(started_ms, begins_ms, speed);
        Self {
            clock: drive.limited(told_ms),
            drive,
            told_ms,
            first_day,
            days: (lasts_ms * speed / DAY_MS).ceil().max(1.0) as u32,
            until_ms,
            speed,
            lasts: PRELUDE + Duration::from_millis(lasts_ms as u64),
        }
    }

    /// All that happened before `instant_ms` was produced.
    pub fn told(&self, instant_ms: i64) {
        self.told_ms.store(instant_ms.min(self.until_ms), Ordering::Relaxed);
    }

    /// Up to which instant the customers have lived.
    pub fn lived_ms(&self) -> i64 {
        self.drive.now_ms().saturating_add((ON_ITS_WAY.as_millis() as f64 * self.speed) as i64).min(self.until_ms)
    }

    /// For `engine.max_skew_ms`, which is a year at most.
    pub fn max_skew_ms(&self) -> u64 {
        ((SKEW.as_millis() as f64 * self.speed) as u64).clamp(3_600_000, 365 * 86_400_000)
    }

    /// Days of the story that lie behind the simulated instant.
    pub fn day_number(&self, instant_ms: i64) -> i64 {
        (instant_ms.div_euclid(DAY_MS as i64) - i64::from(self.first_day)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_story_is_told_unless_speed_and_seconds_say_otherwise() {
        let pace = |speed, seconds| {
            let pace = Pace::new(speed, seconds, 1_000_000_000);
            (pace.days, (pace.lasts - PRELUDE).as_secs_f64().round(), pace.speed)
        };
        assert_eq!(pace(None, None), (100, 60.0, 144_000.0));
        assert_eq!(pace(None, Some(15)), (100, 15.0, 576_000.0));
        assert_eq!(pace(Some(864_000.0), None), (100, 10.0, 864_000.0));
        assert_eq!(pace(Some(86_400.0), Some(7)), (7, 7.0, 86_400.0));
        assert_eq!(pace(Some(0.5), Some(7)), (1, 7.0, 0.5));
        assert_eq!(pace(Some(1e300), Some(7)).0, 36_500, "a hundred years at most");
    }

    #[test]
    fn the_customers_begin_on_a_monday_and_stop_at_the_end() {
        let pace = Pace::new(None, None, 0);
        assert_eq!(jiff::civil::Weekday::Monday, crate::engine::date_of(pace.first_day).weekday());
        assert_eq!(pace.clock.at(PRELUDE.as_millis() as i64), i64::from(pace.first_day) * DAY_MS as i64);
        assert_eq!(pace.lived_ms(), pace.until_ms, "long over, by the system's clock");
        assert_eq!(pace.clock.now_ms(), i64::from(pace.first_day) * DAY_MS as i64, "but nothing was told yet");
        pace.told(i64::MAX);
        assert_eq!(pace.clock.now_ms(), pace.until_ms);
        assert_eq!((pace.day_number(0), pace.day_number(pace.until_ms)), (0, 100));
    }
}
