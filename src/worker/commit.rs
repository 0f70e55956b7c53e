//! When a worker commits.
//!
//! An output is not seen before its commit, so it is committed soon. A commit costs the broker about as much as the client, so commits keep
//! a distance that follows their own cost: an idle worker answers within milliseconds, a busy one batches.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
pub struct CommitPolicy {
    /// An output waits no longer than this for its commit to begin.
    pub outputs_within: Duration,
    /// Without outputs, offsets and facts wait so long.
    pub interval: Duration,
    /// Bounds what an aborted transaction has to do again.
    pub max_records: u64,
}

/// Since when a task has something to commit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Since {
    pub outputs: Option<Instant>,
    pub changes: Option<Instant>,
    /// The timestamp of the record that caused the oldest output held back.
    pub cause_ms: Option<i64>,
    pub records: u64,
}

/// What waits in one partition.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waiting {
    pub since: Since,
    /// Of the outputs held back.
    pub bytes: usize,
    /// More input is at hand.
    pub more: bool,
    /// The record taken in last is of a backlog.
    pub in_backlog: bool,
}

/// What waits for the next commit, of all partitions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pending {
    /// Of partitions whose outputs are awaited: not of those that read a backlog while there is more input at hand. What these cause is late
    /// already, and larger commits carry fewer changes of the same account.
    pub outputs_since: Option<Instant>,
    pub changes_since: Option<Instant>,
    /// Input records taken in since the last commit.
    pub records: u64,
    /// Of the outputs held back.
    pub bytes: usize,
    /// Commits are to be few and large: of the partitions whose outputs are awaited one has more input at hand, or reads a backlog of which
    /// nothing is at hand for the moment.
    pub batched: bool,
    /// Partitions whose outputs are awaited and such as read a backlog both have something to commit.
    pub mixed: bool,
}

impl Pending {
    /// `busy`: some partition has more input at hand. A partition that reads a backlog runs dry now and then, and is behind all the same.
    pub fn of(partitions: impl Iterator<Item = Waiting>, busy: bool) -> Self {
        let mut pending = Self::default();
        let earlier = |a: Option<Instant>, b: Option<Instant>| a.into_iter().chain(b).min();
        let (mut awaited, mut behind) = (false, false);
        for Waiting { since, bytes, more, in_backlog } in partitions {
            if busy && in_backlog {
                behind |= since.changes.is_some();
            } else {
                awaited |= since.changes.is_some();
                pending.outputs_since = earlier(pending.outputs_since, since.outputs);
                pending.batched |= more || in_backlog && since.outputs.is_some();
            }
            pending.changes_since = earlier(pending.changes_since, since.changes);
            pending.records += since.records;
            pending.bytes += bytes;
        }
        pending.mixed = awaited && behind;
        pending
    }
}

/// The last commit.
#[derive(Clone, Copy, Debug)]
pub struct LastCommit {
    pub ended: Instant,
    /// Smoothed, so that one slow commit does not delay the next ten.
    pub took: Duration,
}

impl LastCommit {
    pub fn new(now: Instant) -> Self {
        Self { ended: now, took: Duration::from_millis(5) }
    }

    pub fn note(&mut self, ended: Instant, took: Duration) {
        self.ended = ended;
        self.took = (self.took * 3 + took) / 4;
    }
}

/// How much longer than the commits the pauses between them are. 1: an idle worker commits half of the time at most.
const PAUSE_PER_COMMIT: u32 = 1;
/// How much longer the pauses are where commits are batched: of a worker's time, commits take a fifth at most.
const PAUSE_WHEN_BATCHED: u32 = 4;

/// More outputs are not held back: so much memory is used again for each commit, and costs the client's queue as much once more.
const BYTES_MAX: usize = 8 << 20;
/// What is held back beside partitions whose outputs are awaited: they wait for the commit under way, and 8 MiB take a third of a second on busy
/// cores.
const BYTES_MAX_MIXED: usize = 256 << 10;

impl CommitPolicy {
    /// The instant at which the next commit is due; `None`: there is nothing to commit.
    pub fn due(&self, pending: &Pending, last: &LastCommit, now: Instant) -> Option<Instant> {
        let changes = pending.changes_since.map(|since| since + self.interval);
        let waits = pending.changes_since.is_some() || pending.outputs_since.is_some();
        let bytes_max = if pending.mixed { BYTES_MAX_MIXED } else { BYTES_MAX };
        if waits && (pending.records >= self.max_records || pending.bytes >= bytes_max) {
            return Some(now);
        }
        let pause = last.took * if pending.batched { PAUSE_WHEN_BATCHED } else { PAUSE_PER_COMMIT };
        let outputs = pending.outputs_since.map(|since| (last.ended + pause).min(since + self.outputs_within));
        match (outputs, changes) {
            (Some(outputs), Some(changes)) => Some(outputs.min(changes)),
            (due, None) | (None, due) => due,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_committed_soon_and_facts_at_intervals() {
        let policy = CommitPolicy { outputs_within: Duration::from_millis(100), interval: Duration::from_secs(1), max_records: 1000 };
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let last = |ended: u64, took: u64| LastCommit { ended: at(ended), took: Duration::from_millis(took) };
        let pending = |outputs: Option<u64>, changes: Option<u64>, records: u64| Pending {
            outputs_since: outputs.map(at),
            changes_since: changes.map(at),
            records,
            ..Pending::default()
        };
        let batched = |pending: Pending| Pending { batched: true, ..pending };
        // (what waits, the last commit, now) → due
        let table = [
            ("nothing waits", pending(None, None, 0), last(0, 6), 50, None),
            ("only facts", pending(None, Some(10), 5), last(0, 6), 50, Some(1010)),
            ("an output, the last commit long ago", pending(Some(500), Some(500), 1), last(0, 6), 500, Some(6)),
            ("an output right after a commit", pending(Some(101), Some(101), 1), last(100, 6), 101, Some(106)),
            ("slow commits keep their distance, within bounds", pending(Some(101), Some(101), 1), last(100, 120), 101, Some(201)),
            ("under load, and in a backlog, it batches", batched(pending(Some(101), Some(90), 1)), last(100, 6), 101, Some(124)),
            ("within bounds too", batched(pending(Some(101), Some(90), 1)), last(100, 60), 101, Some(201)),
            ("facts wait no longer for outputs", batched(pending(Some(1000), Some(5), 1)), last(990, 6), 1001, Some(1005)),
            ("what an abort repeats is bounded", batched(pending(Some(10), Some(10), 1000)), last(9, 6), 11, Some(11)),
            ("memory is bounded", Pending { bytes: BYTES_MAX, ..batched(pending(None, Some(10), 1)) }, last(9, 6), 11, Some(11)),
            ("and less waits", Pending { bytes: BYTES_MAX - 1, ..batched(pending(None, Some(10), 1)) }, last(9, 6), 11, Some(1010)),
            (
                "beside awaited partitions a backlog is committed in small parts",
                Pending { bytes: BYTES_MAX_MIXED, mixed: true, ..pending(Some(10), Some(10), 1) },
                last(9, 6),
                11,
                Some(11),
            ),
            (
                "and those come sooner where less waits",
                Pending { bytes: BYTES_MAX_MIXED - 1, mixed: true, ..pending(Some(10), Some(10), 1) },
                last(9, 6),
                11,
                Some(15),
            ),
        ];
        for (story, pending, last, now, expected) in table {
            assert_eq!(policy.due(&pending, &last, at(now)), expected.map(at), "{story}");
        }
    }

    #[test]
    fn a_backlog_beside_awaited_partitions_neither_presses_nor_holds_them_up() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let waiting = |ms: u64| Waiting {
            since: Since { outputs: Some(at(ms)), changes: Some(at(ms)), records: 1, ..Since::default() },
            bytes: 10,
            ..Waiting::default()
        };
        let idle = Waiting::default();
        let live = waiting(5);
        let busy = Waiting { more: true, ..waiting(5) };
        let behind = Waiting { more: true, in_backlog: true, ..waiting(2) };
        let dry = Waiting { in_backlog: true, ..waiting(3) };
        // (what waits in the partitions) → (outputs pressing since, batched, mixed)
        type Expected = (Option<u64>, bool, bool);
        let table: [(&str, &[Waiting], Expected); 11] = [
            ("nothing", &[idle, idle], (None, false, false)),
            ("new input, taken in as it comes", &[idle, live], (Some(5), false, false)),
            ("more than is taken in at once", &[live, busy], (Some(5), true, false)),
            ("a backlog alone", &[behind, behind], (None, false, false)),
            ("the same beside idle partitions", &[behind, idle], (None, false, false)),
            ("beside new input", &[behind, live], (Some(5), false, true)),
            ("beside more of it than is taken in at once", &[behind, busy], (Some(5), true, true)),
            ("a backlog that has run dry, beside one that has not", &[dry, behind], (None, false, false)),
            ("dry, beside new input", &[dry, live], (Some(3), true, false)),
            ("dry, beside more new input than is taken in at once", &[dry, busy], (Some(5), true, true)),
            ("a backlog read long ago", &[Waiting { since: Since::default(), bytes: 0, ..dry }, busy], (Some(5), true, false)),
        ];
        for (story, partitions, (outputs, batched, mixed)) in table {
            let pending = Pending::of(partitions.iter().copied(), partitions.iter().any(|waiting| waiting.more));
            assert_eq!((pending.outputs_since, pending.batched, pending.mixed), (outputs.map(at), batched, mixed), "{story}");
            assert_eq!(pending.changes_since, partitions.iter().filter_map(|waiting| waiting.since.changes).min(), "{story}");
            let some = partitions.iter().filter(|waiting| waiting.bytes > 0).count();
            assert_eq!((pending.records, pending.bytes), (some as u64, 10 * some), "{story}");
        }
    }

    #[test]
    fn one_slow_commit_does_not_delay_the_next_ten() {
        let mut last = LastCommit::new(Instant::now());
        last.note(Instant::now(), Duration::from_millis(105));
        assert_eq!(last.took, Duration::from_millis(30));
        for _ in 0..5 {
            last.note(Instant::now(), Duration::from_millis(5));
        }
        assert!(last.took < Duration::from_millis(12), "{:?}", last.took);
    }
}
