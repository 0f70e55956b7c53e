//! Whether the partitions that a member holds have been its own all the time.
//!
//! A member that is away for longer than its session (stopped, cut off) loses its partitions to others. librdkafka notices that while it is
//! at rest, but not in the middle of a rebalance: it then joins again, as if it still had them, and the group accepts what it commits in the
//! new generation, although somebody else has committed since. So the worker counts the generations itself: partitions change hands only in
//! a generation that the member takes no part in, and the next one it is in is then not the next in number.
//!
//! A number may be skipped harmlessly, when one rebalance follows upon another before its answer was read. Then the member was in touch with
//! the group within the session, and nobody can have been given its partitions.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// A moment on both clocks: the monotonic one may stand still while the machine sleeps, the other may be set.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub monotonic: Instant,
    pub wall: SystemTime,
}

impl Moment {
    pub fn now() -> Self {
        Self { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    /// The longer of the two.
    fn since(self, earlier: Self) -> Duration {
        let monotonic = self.monotonic.saturating_duration_since(earlier.monotonic);
        monotonic.max(self.wall.duration_since(earlier.wall).unwrap_or_default())
    }
}

/// Generations went by, and perhaps the partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    from: i32,
    to: i32,
    silence: Duration,
}

impl fmt::Display for Missed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, silence } = self;
        write!(
            formatter,
            "the group went from generation {from} to {to} while this member was perhaps away (last in touch {:.1} s ago)",
            silence.as_secs_f64()
        )
    }
}

#[derive(Debug)]
pub struct Tenure {
    /// `None`: the brokers count, and nothing is ever missed.
    session: Option<Duration>,
    /// The last generation seen, and when it was seen last.
    seen: Option<(i32, Moment)>,
    /// The group knew this member then, or later.
    in_touch: Moment,
    missed: Option<Missed>,
}

impl Tenure {
    /// Of a member that joins now and holds nothing.
    pub fn new(session: Option<Duration>, now: Moment) -> Self {
        Self { session, seen: None, in_touch: now, missed: None }
    }

    /// The member is in `generation`, as far as it knows; negative: in none. `Err`, from then on: what it holds may be another's.
    pub fn observe(&mut self, generation: i32, now: Moment) -> Result<(), Missed> {
        if let Some(missed) = self.missed {
            return Err(missed);
        }
        // While it is in none, the group refuses its commits.
        if generation < 0 {
            return Ok(());
        }
        let Some((known, seen)) = self.seen.replace((generation, now)) else {
            self.in_touch = now;
            return Ok(());
        };
        if generation == known {
            return Ok(());
        }
        let silence = now.since(self.in_touch);
        if generation != known + 1 && self.session.is_some_and(|session| silence >= session) {
            let missed = Missed { from: known, to: generation, silence };
            self.missed = Some(missed);
            return Err(missed);
        }
        // The group let it in after it was seen in the generation before; how long after is not known.
        self.in_touch = seen;
        Ok(())
    }

    /// The group accepted a commit that was sent then, and so this member.
    pub fn accepted(&mut self, sent: Moment) {
        self.in_touch = sent;
    }

    pub fn missed(&self) -> Option<Missed> {
        self.missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Story {
        Observe(i32),
        Accepted,
    }

    #[test]
    fn generations_skipped_in_a_long_silence_are_missed() {
        use Story::{Accepted, Observe};
        let start = Moment::now();
        let at = |second| Moment { monotonic: start.monotonic + Duration::from_secs(second), wall: start.wall };
        /// The second, and what happened then.
        type Steps = &'static [(u64, Story)];
        // Whether something was missed at the end.
        let stories: [(&str, Steps, bool); 9] = [
            ("the first generation, whatever it is", &[(100, Observe(7))], false),
            ("the same for a long time", &[(0, Observe(7)), (100, Observe(7))], false),
            ("the next, however late", &[(0, Observe(7)), (100, Observe(8))], false),
            ("two rebalances in a row", &[(0, Observe(7)), (5, Observe(9))], false),
            ("away for longer than the session", &[(0, Observe(7)), (10, Observe(9))], true),
            ("away, but a commit was accepted", &[(0, Observe(7)), (95, Accepted), (100, Observe(9))], false),
            // Seen in generation 8 on waking, which it had joined before it fell asleep.
            ("asleep within a rebalance", &[(0, Observe(7)), (20, Observe(8)), (21, Observe(10))], true),
            ("in none for a moment, then in a later one", &[(0, Observe(7)), (20, Observe(-1)), (20, Observe(9))], true),
            ("a group that begins anew", &[(0, Observe(7)), (20, Observe(1))], true),
        ];
        for (story, steps, expected) in stories {
            let mut tenure = Tenure::new(Some(Duration::from_secs(10)), at(0));
            for (second, step) in steps {
                match step {
                    Observe(generation) => drop(tenure.observe(*generation, at(*second))),
                    Accepted => tenure.accepted(at(*second)),
                }
            }
            assert_eq!(tenure.missed().is_some(), expected, "{story}");
        }
    }

    #[test]
    fn a_machine_that_slept_was_silent() {
        let start = Moment::now();
        let woken = Moment { monotonic: start.monotonic, wall: start.wall + Duration::from_secs(3600) };
        let mut tenure = Tenure::new(Some(Duration::from_secs(10)), start);
        assert_eq!(tenure.observe(7, start), Ok(()));
        let missed = Missed { from: 7, to: 9, silence: Duration::from_secs(3600) };
        assert_eq!(tenure.observe(9, woken), Err(missed));
        assert_eq!(tenure.observe(10, woken), Err(missed), "once missed, only a new member helps");
    }
}
