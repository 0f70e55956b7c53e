//! Ends the process when a worker has given no sign of life for too long.
//!
//! Calls into librdkafka have been seen to hang (librdkafka#4420, #3013, #3041). Such a worker cannot be helped from within: its
//! thread cannot be stopped, and as long as the process lives it keeps its partitions. So the process ends, with one line that
//! names the worker and what it was doing, and its partitions move on. Nothing is lost: what was not committed is done again.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Health;
use super::health::Beat;

/// `EX_SOFTWARE` of sysexits.h: an internal error. Told apart from 1, which is an error that the process could report itself.
pub const EXIT_STATUS: i32 = 70;

/// How often the workers are looked at.
const TICK: Duration = Duration::from_millis(500);

/// A worker that has been silent for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stall {
    worker: usize,
    phase: &'static str,
    silent_ms: u64,
}

/// Starts the watchdog's thread, which lives as long as the process.
///
/// # Errors
///
/// The system has no thread to give.
pub fn spawn(health: Arc<Health>, timeout: Duration) -> std::io::Result<thread::JoinHandle<()>> {
    let tick = TICK.min(timeout / 4).max(Duration::from_millis(1));
    thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
        let mut watch = Watch::new(timeout, tick);
        let mut last = Instant::now();
        loop {
            thread::sleep(tick);
            let elapsed = last.elapsed();
            last = Instant::now();
            if let Some(stall) = watch.observe(&health.beats(), elapsed) {
                end_process(stall, timeout);
            }
        }
    })
}

/// Adds up, for each worker, how long it has been silent while the watchdog itself was running.
#[derive(Debug)]
struct Watch {
    timeout_ms: u64,
    /// The most that one tick adds. A process that was stopped or whose machine slept finds a long time gone by at once, in which
    /// its workers could not move: that is no stall.
    step_max_ms: u64,
    /// By worker: its beats at the last look, and how long they have not changed.
    silent: Vec<(u64, u64)>,
}

impl Watch {
    fn new(timeout: Duration, tick: Duration) -> Self {
        Self { timeout_ms: timeout.as_millis() as u64, step_max_ms: 2 * tick.as_millis() as u64, silent: Vec::new() }
    }

    /// The worker that has been silent longest, if that is at least the timeout.
    fn observe(&mut self, beats: &[Beat], elapsed: Duration) -> Option<Stall> {
        let step_ms = (elapsed.as_millis() as u64).min(self.step_max_ms);
        let mut worst: Option<Stall> = None;
        for beat in beats {
            if self.silent.len() <= beat.worker {
                self.silent.resize(beat.worker + 1, (0, 0));
            }
            let (beats, silent_ms) = &mut self.silent[beat.worker];
            if *beats == beat.beats {
                *silent_ms += step_ms;
            } else {
                (*beats, *silent_ms) = (beat.beats, 0);
            }
            if *silent_ms >= self.timeout_ms && worst.is_none_or(|worst| worst.silent_ms < *silent_ms) {
                worst = Some(Stall { worker: beat.worker, phase: beat.phase, silent_ms: *silent_ms });
            }
        }
        worst
    }
}

fn end_process(stall: Stall, timeout: Duration) -> ! {
    tracing::error!(
        worker = stall.worker,
        phase = stall.phase,
        silent_ms = stall.silent_ms,
        timeout_ms = timeout.as_millis() as u64,
        "worker {} has given no sign of life for {} ms while {}; the process ends (exit status {EXIT_STATUS}) so that its partitions move on",
        stall.worker,
        stall.silent_ms,
        stall.phase,
    );
    // SAFETY: `_exit` takes any status and does not return. `exit` would run the destructors of C libraries, which may wait for
    // the very thread that is stuck; standard error has no buffer that would be lost.
    unsafe { libc::_exit(EXIT_STATUS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::process::Command;

    const TICK_MS: u64 = 100;

    fn watch() -> Watch {
        Watch::new(Duration::from_millis(300), Duration::from_millis(TICK_MS))
    }

    fn beat(worker: usize, beats: u64, phase: &'static str) -> Beat {
        Beat { worker, beats, age_ms: 0, phase }
    }

    #[test]
    fn a_silent_worker_is_found_at_the_timeout_and_not_before() {
        let mut watch = watch();
        let tick = Duration::from_millis(TICK_MS);
        assert_eq!(watch.observe(&[beat(0, 1, "polling"), beat(1, 1, "polling")], tick), None);
        assert_eq!(watch.observe(&[beat(0, 2, "polling"), beat(1, 1, "committing")], tick), None);
        assert_eq!(watch.observe(&[beat(0, 3, "polling"), beat(1, 1, "committing")], tick), None);
        assert_eq!(
            watch.observe(&[beat(0, 4, "polling"), beat(1, 1, "committing")], tick),
            Some(Stall { worker: 1, phase: "committing", silent_ms: 300 })
        );
    }

    #[test]
    fn a_worker_that_has_ended_is_not_waited_for() {
        let mut watch = watch();
        for _ in 0..10 {
            assert_eq!(watch.observe(&[], Duration::from_millis(TICK_MS)), None);
        }
    }

    #[test]
    fn a_process_that_was_stopped_is_not_a_stall() {
        let mut watch = watch();
        watch.observe(&[beat(0, 1, "polling")], Duration::from_millis(TICK_MS));
        assert_eq!(watch.observe(&[beat(0, 1, "polling")], Duration::from_secs(3600)), None, "no more than two ticks count");
        assert_eq!(watch.observe(&[beat(0, 2, "polling")], Duration::from_millis(TICK_MS)), None);
    }

    /// Set for the process that is to be ended.
    const VICTIM: &str = "ADOPTION_TEST_WATCHDOG_VICTIM";

    #[test]
    fn the_process_ends_with_one_line() {
        if std::env::var_os(VICTIM).is_some() {
            super::super::logs::init(crate::config::LogFormat::Text, "info").expect("no logs yet in this process");
            let health = Health::new(2);
            health.beat(1, "committing");
            spawn(Arc::clone(&health), Duration::from_millis(400)).expect("a thread");
            // Only worker 0 gives signs of life. The time is bounded, should the watchdog fail.
            for _ in 0..200 {
                health.beat(0, "polling");
                thread::sleep(Duration::from_millis(50));
            }
            return;
        }
        let output = Command::new(std::env::current_exe().expect("the path of this test"))
            .args(["--exact", "ops::watchdog::tests::the_process_ends_with_one_line", "--nocapture"])
            .env(VICTIM, "1")
            .env_remove("RUST_LOG")
            .output()
            .expect("this test can run itself");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(EXIT_STATUS), "{errors}");
        let lines: Vec<&str> = errors.lines().filter(|line| line.contains("ERROR")).collect();
        assert_eq!(lines.len(), 1, "{errors}");
        assert!(lines[0].contains("worker 1 has given no sign of life") && lines[0].contains("while committing"), "{errors}");
    }
}
