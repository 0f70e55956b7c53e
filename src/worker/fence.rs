//! Fenced: by whom?
//!
//! A producer's `_FENCED` says two things: a successor with our name exists, or the broker timed our transaction out. So the first time the
//! worker starts anew; again soon, it is another process with our `instance_id`, and one of the two has to end, else they take turns for
//! ever. It should be the older one: the group tells, since a static member is fenced by a younger one with its id and by nothing else, but
//! for an outage longer than the session, after which it may have fenced itself (librdkafka#3437).

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
        fenced == Fenced::Member || self.seen.len() >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_of_two_processes_with_one_name_ends() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        type Events = &'static [(u64, Fenced, bool)];
        let stories: [(&str, Events, bool); 6] = [
            ("once", &[(0, Fenced::Producer, false)], false),
            ("twice", &[(0, Fenced::Producer, false), (20, Fenced::Producer, false)], true),
            ("the group knows a younger one", &[(0, Fenced::Member, false)], true),
            ("long ago", &[(0, Fenced::Producer, false), (60, Fenced::Producer, false)], false),
            ("after an outage", &[(0, Fenced::Producer, true), (1, Fenced::Member, true)], false),
            ("an outage, then another", &[(0, Fenced::Producer, true), (1, Fenced::Producer, false)], false),
        ];
        for (story, events, ends) in stories {
            let mut guard = FenceGuard::default();
            let last = events.iter().map(|(second, fenced, excused)| guard.note(*fenced, *excused, at(*second))).last();
            assert_eq!(last, Some(ends), "{story}");
        }
    }
}
