//! The life of a partition on a worker.

use std::fmt;

/// Where a partition is in its life.
///
/// ```text
///        some inputs assigned        all inputs assigned
///   ───────────────► Gathering ──────────────► Restoring ─────────► Redoing
///                        │                      │   ▲  ▲               │
///                        │              revoked │   │  └───────────┐   │ at the committed offset
///                        ▼                      ▼   │ transaction  │   ▼
///                      Closed ◄──────────────────   │ failed     Seeking ─────► Running
///                        ▲    revoked, or lost      │            (the member     │  │
///                        │                          └──────────── goes there) ◄──┼──┘ transaction failed: memory thrown away
///                        │                                                       │
///                        └───────────────────── Draining ◄───────────────────────┘ revoked, or the process stops:
///                             committed, or given up          ▲                    everything dirty is written
///                                                             └── lost: straight to Closed, nothing is committed
/// ```
///
/// | from | to | because |
/// |---|---|---|
/// | Gathering | Restoring | the last of its input topics was assigned |
/// | Restoring | Redoing | the changelog was read to its high watermark |
/// | Redoing | Seeking | the input was redone up to the committed offset |
/// | Seeking | Running | the member reads from where the task goes on |
/// | Redoing, Seeking, Running, Draining | Restoring | a transaction failed and cannot be sent again, or the member is a new one: the memory may be ahead of what was committed |
/// | Running | Draining | revoked, or the process stops |
/// | any | Closed | revoked or lost; the end |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Gathering,
    Restoring,
    Redoing,
    Seeking,
    Running,
    Draining,
    Closed,
}

impl Phase {
    pub const ALL: [Phase; 7] =
        [Phase::Gathering, Phase::Restoring, Phase::Redoing, Phase::Seeking, Phase::Running, Phase::Draining, Phase::Closed];

    pub fn may_become(self, next: Phase) -> bool {
        use Phase::*;
        match (self, next) {
            (Closed, _) => false,
            (_, Closed) => true,
            (Gathering, Restoring) | (Restoring, Redoing) | (Redoing, Seeking) | (Seeking, Running) | (Running, Draining) => true,
            (Restoring | Redoing | Seeking | Running | Draining, Restoring) => true,
            _ => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Phase::Gathering => "gathering",
            Phase::Restoring => "restoring",
            Phase::Redoing => "redoing",
            Phase::Seeking => "seeking",
            Phase::Running => "running",
            Phase::Draining => "draining",
            Phase::Closed => "closed",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The phase of one partition; an illegal transition is a bug and ends the worker.
#[derive(Debug)]
pub struct Lifecycle {
    partition: i32,
    phase: Phase,
}

impl Lifecycle {
    pub fn new(partition: i32) -> Self {
        Self { partition, phase: Phase::Gathering }
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    pub fn become_(&mut self, next: Phase) {
        assert!(self.phase.may_become(next), "partition {}: illegal transition from {} to {next}", self.partition, self.phase);
        tracing::debug!(partition = self.partition, from = %self.phase, to = %next, "partition changes phase");
        self.phase = next;
    }
}

#[cfg(test)]
mod tests {
    use super::Phase::*;
    use super::*;

    #[test]
    fn the_legal_transitions_are_these() {
        let legal: Vec<(Phase, Phase)> =
            Phase::ALL.iter().flat_map(|from| Phase::ALL.map(|to| (*from, to))).filter(|(from, to)| from.may_become(*to)).collect();
        let forward = [(Gathering, Restoring), (Restoring, Redoing), (Redoing, Seeking), (Seeking, Running), (Running, Draining)];
        let again = [Restoring, Redoing, Seeking, Running, Draining].map(|from| (from, Restoring));
        let end = [Gathering, Restoring, Redoing, Seeking, Running, Draining].map(|from| (from, Closed));
        let mut expected: Vec<(Phase, Phase)> = forward.into_iter().chain(again).chain(end).collect();
        let order = |pair: &(Phase, Phase)| (pair.0 as usize, pair.1 as usize);
        expected.sort_by_key(order);
        expected.dedup();
        assert_eq!(legal, expected);
    }

    #[test]
    #[should_panic(expected = "partition 7: illegal transition from gathering to running")]
    fn an_illegal_transition_fails_loudly() {
        Lifecycle::new(7).become_(Running);
    }
}
