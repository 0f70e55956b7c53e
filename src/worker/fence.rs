//! Fenced: by whom?
//!
//! `_FENCED` says two things: a successor with our name exists, or the broker timed our transaction out. A fenced member may have fenced
//! itself, after the broker was away for longer than the session (librdkafka#3437). So the first time the worker starts anew; again soon, or
//! producer and member both, it is another process with our `instance_id`, and one of the two has to end, else they take turns for ever.

use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fenced {
    Producer,
    Member,
}

#[derive(Debug, Default)]
pub struct FenceGuard {
    seen: Vec<(Instant, Fenced)>,
}

impl FenceGuard {
    /// True: end. `excused`: the brokers were away, or this process was stopped, a moment ago, which explains it.
    pub fn note(&mut self, fenced: Fenced, excused: bool, now: Instant) -> bool {
        if excused {
            return false;
        }
        self.seen.retain(|(at, _)| now.duration_since(*at) < WINDOW);
        self.seen.push((now, fenced));
        self.seen.len() >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_within_a_minute_is_another_process_with_our_name() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let stories: [(&str, &[(u64, Fenced, bool)], bool); 6] = [
            ("once", &[(0, Fenced::Producer, false)], false),
            ("twice", &[(0, Fenced::Producer, false), (20, Fenced::Producer, false)], true),
            ("both", &[(0, Fenced::Member, false), (1, Fenced::Producer, false)], true),
            ("long ago", &[(0, Fenced::Producer, false), (60, Fenced::Producer, false)], false),
            ("after an outage", &[(0, Fenced::Producer, true), (1, Fenced::Member, true)], false),
            ("an outage, then another", &[(0, Fenced::Producer, true), (1, Fenced::Member, false)], false),
        ];
        for (story, events, ends) in stories {
            let mut guard = FenceGuard::default();
            let last = events.iter().map(|(second, fenced, excused)| guard.note(*fenced, *excused, at(*second))).last();
            assert_eq!(last, Some(ends), "{story}");
        }
    }
}
