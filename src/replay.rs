//! A file of events through the engine, on one partition: what `adoption-tracker replay` does, and what tests compare with.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use crate::engine::{CauseRef, Effect, Engine, EngineSettings, Hint, Outcome, TOGETHER};
use crate::input::{Event, Limits, Reason, Reject, decode};
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

/// Bytes read and decoded at once; lines are never cut.
const BLOCK_BYTES: usize = 1 << 20;

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
        self.decoded(decode_line(line, &self.limits), Hint::default())
    }

    fn decoded(&mut self, decoded: Option<Result<Event<'_>, Reject>>, hint: Hint) -> Result<(), Reject> {
        self.line += 1;
        let Some(decoded) = decoded else { return Ok(()) };
        self.summary.lines += 1;
        let result = decoded.and_then(|event| self.apply(&event, hint));
        if let Err(reject) = &result {
            self.summary.dead += 1;
            let place = Reason::ALL.iter().position(|&reason| reason == reject.reason);
            self.summary.dead_by_reason[place.expect("every reason is listed")] += 1;
        }
        self.engine.roll(ROLL_ACCOUNTS, &mut self.effects);
        result
    }

    fn apply(&mut self, event: &Event<'_>, hint: Hint) -> Result<(), Reject> {
        let cause = event.id.as_deref().map_or(CauseRef::Line(self.line), CauseRef::Event);
        let latest_ms = self.options.until_ms.unwrap_or(self.options.latest_ms);
        match self.engine.apply_hinted(event, hint, cause, latest_ms, self.line, &mut self.effects) {
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
    let limits = replay.limits;
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let mut bytes = 0;
    let mut written = Ok(());
    loop {
        block.clear();
        while block.len() < BLOCK_BYTES && input.read_until(b'\n', &mut block)? > 0 {}
        if block.is_empty() {
            break;
        }
        bytes += block.len() as u64;
        let lines: Vec<&[u8]> = block.strip_suffix(b"\n").unwrap_or(&block).split(|&byte| byte == b'\n').collect();
        let mut decoded = decode_lines(&lines, &limits);
        for (lines, decoded) in lines.chunks(TOGETHER).zip(decoded.chunks_mut(TOGETHER)) {
            let hints = replay.engine.prefetch(decoded.iter().map(|decoded| decoded.as_ref()?.as_ref().ok()));
            for ((line, decoded), hint) in lines.iter().zip(decoded).zip(hints) {
                if let Err(reject) = replay.decoded(decoded.take(), hint) {
                    dead(DeadLine { line: replay.line, reject: &reject, original: line })?;
                }
                if !replay.effects.is_empty() {
                    replay.drain(|event| written = write_event(&mut output, &written, &event));
                    std::mem::replace(&mut written, Ok(()))?;
                }
            }
        }
        progress(replay.line, bytes);
    }
    replay.finish();
    replay.drain(|event| written = write_event(&mut output, &written, &event));
    written?;
    output.flush()?;
    Ok(replay.summary)
}

/// `None`: a blank line.
fn decode_line<'a>(line: &'a [u8], limits: &Limits) -> Option<Result<Event<'a>, Reject>> {
    (!line.trim_ascii().is_empty()).then(|| decode(None, line, Vec::new, limits))
}

/// Decodes the lines of a block, half of them on another core.
fn decode_lines<'a>(lines: &[&'a [u8]], limits: &Limits) -> Vec<Option<Result<Event<'a>, Reject>>> {
    let (first, second) = lines.split_at(lines.len() / 2);
    let decode_all = |lines: &[&'a [u8]]| -> Vec<_> { lines.iter().map(|line| decode_line(line, limits)).collect() };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| decode_all(second));
        let mut decoded = decode_all(first);
        decoded.extend(second.join().expect("decoding does not panic"));
        decoded
    })
}

/// Writes unless an earlier write failed: the first error is the one reported.
fn write_event(output: &mut impl Write, before: &io::Result<()>, event: &CloudEvent) -> io::Result<()> {
    match before {
        Ok(()) => writeln!(output, "{}", event.structured()),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    }
}
