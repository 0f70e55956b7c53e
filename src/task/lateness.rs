//! What is said of a partition's late rows: at most once an hour, beside once after a start.

use std::time::{Duration, Instant};

use crate::engine::{Engine, EventOutcome, Lateness, Movers};
use crate::input::Event;

/// A record's input and offset.
type Place = (usize, i64);

/// From one word about late rows to the next; what it says is of the time between.
const EVERY: Duration = Duration::from_secs(3_600);

/// Accounts that are held as being ahead of the clock: fewer are by far, since the clock follows.
const ACCOUNTS_MAX: usize = 64;

/// So many usage rows say enough though more is to be read.
const ROWS_ENOUGH: u64 = 10_000;

#[derive(Debug)]
pub struct LateRows {
    movers: Movers<Place>,
    /// Since when it has been counted, or nothing was said.
    since: Option<Instant>,
    /// Something was said before, and the next word comes in its hour.
    told: bool,
}

impl LateRows {
    pub fn new() -> Self {
        Self { movers: Movers::new(ACCOUNTS_MAX), since: None, told: false }
    }

    pub fn take(&mut self, event: &Event<'_>, outcome: &EventOutcome, input: usize, offset: i64) {
        self.movers.take(event, outcome, (input, offset));
    }

    /// What is to be said now. `read_to_end`: there is no unread input.
    pub fn due(&mut self, engine: &Engine, read_to_end: bool, now: Instant) -> Option<Lateness<Place>> {
        let hour_is_over = now.saturating_duration_since(*self.since.get_or_insert(now)) >= EVERY;
        let knows_enough = hour_is_over || !self.told && (read_to_end || self.movers.usage() >= ROWS_ENOUGH);
        let lateness = (knows_enough && self.movers.is_much()).then(|| self.movers.lateness(engine));
        if hour_is_over || lateness.is_some() {
            self.since = Some(now);
            self.told |= lateness.is_some();
        }
        if hour_is_over {
            self.movers.start_anew();
        }
        lateness
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;
    use crate::engine::EngineSettings;
    use crate::partition::{Inputs, Record};
    use crate::playbook::Playbook;
    use crate::task::{Partition, PartitionSettings, StateBeat};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn take(&self) -> String {
            String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))).expect("UTF-8")
        }
    }

    struct Fed {
        task: Partition,
        offset: i64,
        now: Instant,
    }

    impl Fed {
        fn new() -> Self {
            let settings = PartitionSettings {
                engine: EngineSettings::default(),
                max_skew_ms: 0,
                max_record_bytes: 1 << 20,
                time_from_record: false,
                redo_seconds: 60,
                redo_events: 1_000_000,
                dead_letter_bytes_max: 1 << 20,
                states: StateBeat::default(),
            };
            let mut task = Partition::new(3, &["usage".to_owned()], Arc::new(Playbook::shipped()), settings);
            task.restored(&Inputs::committed(&[None])).expect("nothing is there");
            task.run();
            Self { task, offset: 0, now: Instant::now() }
        }

        /// Usage on these days of October, at noon.
        fn rows(&mut self, days: impl IntoIterator<Item = u32>) {
            for day in days {
                let value = format!(r#"{{"type":"usage","time":"2026-10-{day:02}T12:00:00Z","account":"acme","product":"crm"}}"#);
                self.task.process(0, &[Record::bare(self.offset, b"acme", Some(value.as_bytes()))], i64::MAX);
                self.offset += 1;
            }
        }

        fn after(&mut self, seconds: u64, read_to_end: bool) {
            self.now += Duration::from_secs(seconds);
            self.task.tell_lateness(read_to_end, self.now);
        }
    }

    /// Runs with what is logged written down.
    fn logged(run: impl FnOnce(&Log)) {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(subscriber, || run(&log));
    }

    #[test]
    fn the_record_is_named_with_its_offset_once_the_input_is_read() {
        logged(|log| {
            let mut fed = Fed::new();
            fed.rows([1, 2, 31, 3, 4, 5]);
            fed.after(0, false);
            assert_eq!(log.take(), "", "little is known yet");
            fed.after(1, true);
            let said = log.take();
            for part in [
                "WARN",
                "partition=3 usage=6 late=3",
                "usage/3/2 (account \"acme\", 2026-10-31T12:00:00Z) moved its account's day furthest ahead of the rows behind it: by 28 days; \
                 late behind it: 3.",
                "engine.max_skew_ms",
            ] {
                assert!(said.contains(part), "expected {part:?} in {said}");
            }
            assert_eq!(said.lines().count(), 1);
        });
    }

    #[test]
    fn enough_rows_say_it_before_the_input_is_read() {
        logged(|log| {
            let mut fed = Fed::new();
            fed.rows([31, 1]);
            fed.rows((0..ROWS_ENOUGH - 3).map(|_| 1));
            fed.after(0, false);
            assert_eq!(log.take(), "");
            fed.rows([1]);
            fed.after(0, false);
            assert!(log.take().contains("usage=10000 late=9999"));
        });
    }

    #[test]
    fn it_is_said_once_an_hour_at_most_and_of_that_hour() {
        logged(|log| {
            let mut fed = Fed::new();
            fed.rows([1, 2, 3]);
            fed.after(0, true);
            fed.rows([31, 4]);
            fed.after(60, true);
            assert!(log.take().contains("usage=5 late=1\n"));
            fed.rows([5]);
            fed.after(3_599, true);
            assert_eq!(log.take(), "");
            fed.after(1, true);
            assert!(log.take().contains("usage=6 late=2\n"), "the hour is over");
            fed.rows((0..100).map(|_| 31));
            fed.rows([6, 7]);
            fed.after(3_600, true);
            assert_eq!(log.take(), "", "2 of 102 are few");
            fed.rows((0..49).map(|_| 31));
            fed.rows([8]);
            fed.after(3_599, true);
            assert_eq!(log.take(), "");
            fed.rows([9]);
            fed.after(1, true);
            let said = log.take();
            assert!(said.contains("usage=51 late=2\n") && said.contains("usage/3/3 ("), "{said}");
        });
    }
}
