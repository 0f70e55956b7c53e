//! When a commit that met a rebalance is tried again.
//!
//! While a rebalance is under way, the group refuses the offsets of members that have not heard of its new generation yet. That says nothing
//! against what they hold: the transaction is aborted, so nobody has seen anything of it, and a little later the same is accepted. Its records
//! are still in the tasks' outboxes.

use std::time::{Duration, Instant};

/// The first pause after a refusal; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(10);
/// Up to 160 ms: as slow as a person would call at once.
const DOUBLINGS: u32 = 4;

/// The group refuses what is committed, and when to try again.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    since: Instant,
    times: u32,
    pub retry_at: Instant,
}

impl Refusal {
    /// Refused now, and `before`, if that is so.
    pub fn after(before: Option<Self>, now: Instant) -> Self {
        let (since, times) = before.map_or((now, 0), |before| (before.since, before.times + 1));
        Self { since, times, retry_at: now + PAUSE * (1 << times.min(DOUBLINGS)) }
    }

    pub fn lasts(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_in_a_row_are_answered_ever_later_within_bounds() {
        let start = Instant::now();
        let (mut now, mut refusal, mut pauses) = (start, None, Vec::new());
        for _ in 0..6 {
            let next = Refusal::after(refusal, now);
            pauses.push((next.retry_at - now).as_millis());
            now = next.retry_at;
            refusal = Some(next);
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 160]);
        assert_eq!(refusal.expect("refused").lasts(now), Duration::from_millis(470));
    }
}
