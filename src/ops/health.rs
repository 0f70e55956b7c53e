//! Signs of life: what the probes answer from and the watchdog judges by.
//!
//! | probe | holds when |
//! |---|---|
//! | startup | [`Health::started`] was called: settings are good and the brokers have answered once |
//! | liveness | every worker's last beat is younger than a limit. Brokers that are away make nobody unhealthy |
//! | readiness | started, not draining, and every assigned partition is running (restored and redone) |
//!
//! Times are milliseconds since [`Health::new`], on a clock that never goes back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

/// Shared by workers (which write), probes and watchdog (which read).
#[derive(Debug)]
pub struct Health {
    origin: Instant,
    started: AtomicBool,
    draining: AtomicBool,
    workers: Box<[Mutex<State>]>,
}

#[derive(Debug)]
struct State {
    beats: u64,
    beat_ms: u64,
    phase: &'static str,
    /// A worker that has returned gives no more signs of life, and owes none.
    ended: bool,
    /// Assigned partitions, and whether each is running (restored and redone).
    partitions: BTreeMap<i32, bool>,
}

/// A worker's last sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    pub worker: usize,
    /// Beats so far: whether it has moved, whatever the clock says.
    pub beats: u64,
    pub age_ms: u64,
    pub phase: &'static str,
}

/// The answer of `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    pub ready: bool,
    /// What stands in the way, in sentences; empty when ready.
    pub missing: Vec<String>,
    pub assigned_partitions: usize,
    /// Assigned partitions that are not running yet, ascending.
    pub restoring_partitions: Vec<i32>,
}

impl Health {
    /// For as many workers as the process has; each counts as alive from now on, in phase `starting`.
    pub fn new(workers: usize) -> Arc<Self> {
        let state = || State { beats: 0, beat_ms: 0, phase: "starting", ended: false, partitions: BTreeMap::new() };
        Arc::new(Self {
            origin: Instant::now(),
            started: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            workers: (0..workers).map(|_| Mutex::new(state())).collect(),
        })
    }

    /// A worker's sign of life: what it does next, as an error would tell it (`committing`). To be called whenever its loop turns and
    /// before anything that may block; cheap enough for that, not for every event.
    pub fn beat(&self, worker: usize, phase: &'static str) {
        let now_ms = self.now_ms();
        let mut state = self.state(worker);
        state.beats += 1;
        state.beat_ms = now_ms;
        state.phase = phase;
    }

    /// All partitions that a worker holds now. Those it did not hold before are not running yet; those it holds no more are returned.
    pub fn set_assigned(&self, worker: usize, partitions: &[i32]) -> Vec<i32> {
        let mut state = self.state(worker);
        let held = partitions.iter().map(|partition| (*partition, state.partitions.get(partition) == Some(&true))).collect();
        let before = std::mem::replace(&mut state.partitions, held);
        before.into_keys().filter(|partition| !partitions.contains(partition)).collect()
    }

    /// Whether a partition is restored and redone. Of a partition that the worker does not hold, nothing is to be said.
    pub fn set_running(&self, worker: usize, partition: i32, running: bool) {
        if let Some(held) = self.state(worker).partitions.get_mut(&partition) {
            *held = running;
        }
    }

    /// The worker has returned: it holds nothing, and no beat is expected from it.
    pub fn ended(&self, worker: usize) {
        let mut state = self.state(worker);
        state.ended = true;
        state.partitions.clear();
    }

    /// Settings are good and the brokers have answered once.
    pub fn set_started(&self) {
        self.started.store(true, Ordering::Release);
    }

    pub fn started(&self) -> bool {
        self.started.load(Ordering::Acquire)
    }

    /// The process is leaving: no more work for it. There is no way back.
    pub fn set_draining(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Workers there are or have been: they are numbered from 0.
    pub fn workers(&self) -> usize {
        self.workers.len()
    }

    /// The last beat of every worker that has not ended.
    pub fn beats(&self) -> Vec<Beat> {
        let now_ms = self.now_ms();
        let beat = |(worker, state): (usize, &Mutex<State>)| {
            let state = lock(state);
            let age_ms = now_ms.saturating_sub(state.beat_ms);
            (!state.ended).then_some(Beat { worker, beats: state.beats, age_ms, phase: state.phase })
        };
        self.workers.iter().enumerate().filter_map(beat).collect()
    }

    /// Partitions assigned to the process.
    pub fn assigned_partitions(&self) -> usize {
        self.workers.iter().map(|state| lock(state).partitions.len()).sum()
    }

    pub fn readiness(&self) -> Readiness {
        let mut missing = Vec::new();
        if !self.started() {
            missing.push("not started: the brokers have not answered yet".to_owned());
        }
        if self.draining() {
            missing.push("draining: the process is stopping".to_owned());
        }
        let mut restoring_partitions = Vec::new();
        for state in &self.workers {
            restoring_partitions.extend(lock(state).partitions.iter().filter(|(_, running)| !**running).map(|(partition, _)| *partition));
        }
        restoring_partitions.sort_unstable();
        let assigned_partitions = self.assigned_partitions();
        if !restoring_partitions.is_empty() {
            missing.push(format!(
                "restoring: {} of {assigned_partitions} assigned partitions are not running yet",
                restoring_partitions.len()
            ));
        }
        Readiness { ready: missing.is_empty(), missing, assigned_partitions, restoring_partitions }
    }

    /// A worker that does not exist is a mistake of the caller's.
    fn state(&self, worker: usize) -> MutexGuard<'_, State> {
        lock(&self.workers[worker])
    }

    fn now_ms(&self) -> u64 {
        self.origin.elapsed().as_millis() as u64
    }
}

/// Each field is whole by itself, so what a panicking holder left behind can be read.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readiness_names_what_is_missing() {
        let health = Health::new(2);
        assert_eq!(health.readiness().missing, ["not started: the brokers have not answered yet"]);
        health.set_started();
        assert!(health.readiness().ready, "a process without partitions is ready to get some");
        health.set_assigned(0, &[7, 1, 2]);
        health.set_assigned(1, &[4, 5]);
        health.set_running(0, 2, true);
        health.set_running(1, 5, true);
        let readiness = health.readiness();
        assert_eq!(readiness.missing, ["restoring: 3 of 5 assigned partitions are not running yet"]);
        assert_eq!(readiness.restoring_partitions, [1, 4, 7]);
        // 7 and 1 are gone, 2 is still running, 3 is new.
        assert_eq!(health.set_assigned(0, &[2, 3]), [1, 7]);
        assert_eq!(health.readiness().restoring_partitions, [3, 4]);
        for (worker, partition) in [(0, 3), (1, 4), (1, 9)] {
            health.set_running(worker, partition, true);
        }
        assert!(health.readiness().ready);
        health.set_draining();
        assert_eq!(health.readiness().missing, ["draining: the process is stopping"]);
    }

    #[test]
    fn a_beat_tells_the_phase_and_an_ended_worker_owes_none() {
        let health = Health::new(2);
        assert_eq!(health.beats().iter().map(|beat| beat.phase).collect::<Vec<_>>(), ["starting", "starting"]);
        health.beat(1, "polling");
        health.beat(1, "committing");
        health.set_assigned(1, &[1, 2]);
        let beat = health.beats()[1];
        assert_eq!((beat.worker, beat.beats, beat.phase), (1, 2, "committing"));
        assert_eq!(health.assigned_partitions(), 2);
        health.ended(1);
        assert_eq!(health.beats().len(), 1);
        assert_eq!(health.assigned_partitions(), 0);
    }
}
