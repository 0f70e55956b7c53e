//! A file of events through the engine, on one partition: what `adoption-tracker replay` does, and what tests compare with.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use crate::engine::{CauseRef, Effect, Engine, EngineSettings, Outcome};
use crate::input::{Limits, Reason, Reject, decode};
use crate::output::CloudEvent;
use crate::playbook::{HELD_DAYS, Playbook};

#[derive(Clone, Copy, Debug)]
pub struct ReplayOptions {
    /// Where the clock moves at the end of the input; later events are from the future.
    pub until_ms: Option<i64>,
    /// Without `until_ms`, events later than this are from the future: the wall clock plus the allowed skew.
    pub latest_ms: i64,
    pub max_record_bytes: usize,
    pub engine: EngineSettings,
}

/// What a replay counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines read, blank ones excluded.
    pub lines: u64,
    pub applied: u64,
    pub duplicates: u64,
    /// Applied on a day before the account's own.
    pub late: u64,
    /// Dead letters whose day is no longer held.
    pub too_late: u64,
    pub dead: u64,
    pub unknown_products: u64,
    pub outputs: u64,
    pub accounts: usize,
    /// Dead letters by reason, in the order of [`Reason::ALL`].
    pub dead_by_reason: [u64; Reason::ALL.len()],
}

/// A line that was not applied.
#[derive(Debug)]
pub struct DeadLine<'a> {
    /// From 1, blank and bad lines included.
    pub line: u64,
    pub reject: &'a Reject,
    pub original: &'a [u8],
}

/// Accounts taken through a boundary between two lines.
const ROLL_ACCOUNTS: usize = 64;

/// A replay under way.
#[derive(Debug)]
pub struct Replay {
    engine: Engine,
    options: ReplayOptions,
    limits: Limits,
    line: u64,
    effects: Vec<Effect>,
    pub summary: Summary,
}

impl Replay {
    pub fn new(playbook: Arc<Playbook>, options: ReplayOptions) -> Self {
        Self {
            engine: Engine::new(playbook, options.engine),
            options,
            limits: Limits { max_record_bytes: options.max_record_bytes, check_key: false },
            line: 0,
            effects: Vec::new(),
            summary: Summary::default(),
        }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes in the next line, without its line end. Effects gather until they are drained.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Reject> {
        self.line += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        self.summary.lines += 1;
        let result = self.apply(line);
        if let Err(reject) = &result {
            self.summary.dead += 1;
            let place = Reason::ALL.iter().position(|&reason| reason == reject.reason);
            self.summary.dead_by_reason[place.expect("every reason is listed")] += 1;
        }
        self.engine.roll(ROLL_ACCOUNTS, &mut self.effects);
        result
    }

    fn apply(&mut self, line: &[u8]) -> Result<(), Reject> {
        let event = decode(None, line, Vec::new, &self.limits)?;
        let cause = event.id.as_deref().map_or(CauseRef::Line(self.line), CauseRef::Event);
        let latest_ms = self.options.until_ms.unwrap_or(self.options.latest_ms);
        match self.engine.apply(&event, cause, latest_ms, self.line, &mut self.effects) {
            Outcome::Applied(applied) => {
                self.summary.applied += 1;
                self.summary.unknown_products += u64::from(applied.unknown_product);
                self.summary.late += u64::from(applied.late);
                Ok(())
            }
            Outcome::Duplicate => {
                self.summary.duplicates += 1;
                Ok(())
            }
            Outcome::FromTheFuture => Err(from_the_future(event.time_ms, latest_ms)),
            Outcome::TooLate { day, today } => {
                self.summary.too_late += 1;
                Err(too_late(day, today))
            }
        }
    }

    /// The end of the input: the clock moves to `until` and every account lives up to it.
    pub fn finish(&mut self) {
        if let Some(until_ms) = self.options.until_ms {
            self.engine.advance_clock(until_ms);
            self.engine.roll_all(&mut self.effects);
        }
        self.summary.accounts = self.engine.accounts().len();
    }

    /// Hands over the effects gathered so far.
    pub fn drain(&mut self, mut take: impl FnMut(CloudEvent)) {
        for effect in self.effects.drain(..) {
            self.summary.outputs += 1;
            take(CloudEvent::new(&effect, self.engine.playbook()));
        }
    }
}

/// The rejection of an event that lies too far ahead.
pub fn from_the_future(time_ms: i64, latest_ms: i64) -> Reject {
    let (time, latest) = (crate::engine::rfc3339(time_ms), crate::engine::rfc3339(latest_ms));
    Reject { reason: Reason::FromTheFuture, pointer: "/time".to_owned(), message: format!("expected a time up to {latest}, found {time}") }
}

/// The rejection of an event whose day is no longer held.
pub fn too_late(day: crate::engine::Day, today: crate::engine::Day) -> Reject {
    let (earliest, day) = (crate::engine::date_of(today - (HELD_DAYS - 1)), crate::engine::date_of(day));
    let message = format!("expected a day from {earliest} on, the earliest held for this account, found {day}");
    Reject { reason: Reason::TooLate, pointer: "/time".to_owned(), message }
}

/// Reads lines to the end, writing each output as a line of JSON. `progress` is told the lines and bytes read, now and then.
pub fn replay(
    playbook: Arc<Playbook>,
    options: ReplayOptions,
    mut input: impl BufRead,
    mut output: impl Write,
    mut dead: impl FnMut(DeadLine<'_>) -> io::Result<()>,
    mut progress: impl FnMut(u64, u64),
) -> io::Result<Summary> {
    let mut replay = Replay::new(playbook, options);
    let mut buffer = Vec::new();
    let mut bytes = 0;
    let mut written = Ok(());
    loop {
        buffer.clear();
        let read = input.read_until(b'\n', &mut buffer)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        let line = buffer.strip_suffix(b"\n").unwrap_or(&buffer);
        if let Err(reject) = replay.line(line) {
            dead(DeadLine { line: replay.line, reject: &reject, original: line })?;
        }
        if !replay.effects.is_empty() {
            replay.drain(|event| written = write_event(&mut output, &written, &event));
            std::mem::replace(&mut written, Ok(()))?;
        }
        if replay.line.is_multiple_of(100_000) {
            progress(replay.line, bytes);
        }
    }
    replay.finish();
    replay.drain(|event| written = write_event(&mut output, &written, &event));
    written?;
    output.flush()?;
    Ok(replay.summary)
}

/// Writes unless an earlier write failed: the first error is the one reported.
fn write_event(output: &mut impl Write, before: &io::Result<()>, event: &CloudEvent) -> io::Result<()> {
    match before {
        Ok(()) => writeln!(output, "{}", event.structured()),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    }
}
