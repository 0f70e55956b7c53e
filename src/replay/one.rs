//! One account of a file, as a replay of all of it would leave it.
//!
//! Accounts have nothing in common but the partition's clock. Where that stands decides on which day the account is when a record of its own comes,
//! and on which it is at the end; in between nothing happens to it. The clock goes as far as enough accounts have gone, in whichever order: so of
//! the records of others those that go furthest are decoded, and of all the rest it is enough to know that they do not.

use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;

use super::block::{decode_line, hash};
use super::source::{Input, Source, Text, lines};
use super::{Division, ReplayOptions};
use crate::engine::{CauseRef, Day, Effect, Engine, EngineSettings, Witnesses};
use crate::input::{Body, Erase, Event, Glance, Glimpse};
use crate::playbook::Playbook;

/// An engine that knows one account, and what was told of it.
#[derive(Debug)]
pub struct One {
    /// Without any account where the file has none of that name.
    pub engine: Engine,
    /// Each with the account's day after its cause.
    pub effects: Vec<(Effect, Day)>,
    /// Lines that were read, blank ones included.
    pub lines: u64,
}

/// Replays one account of a file.
///
/// # Errors
///
/// The input cannot be read.
pub fn replay_one(playbook: Arc<Playbook>, options: ReplayOptions, division: Division, account: &str, input: Input) -> io::Result<One> {
    let mut source = Source::new(input, division.block_bytes);
    let settings = EngineSettings { clock_witnesses: 0, ..options.engine };
    let mut reader = Reader {
        options,
        glance: Glance::new(account),
        engine: Engine::new(playbook, settings),
        effects: Vec::new(),
        told: Vec::new(),
        clock: Clock {
            witnesses: Witnesses::new(options.engine.clock_witnesses),
            needed: options.engine.clock_witnesses,
            reached_ms: None,
            latest_ms: None,
        },
    };
    let mut text = Text::default();
    loop {
        let extent = source.read(&mut text)?;
        reader.block(&text, extent.first_line);
        if extent.is_last {
            return Ok(reader.finish(extent.lines));
        }
    }
}

struct Reader {
    options: ReplayOptions,
    glance: Glance,
    engine: Engine,
    effects: Vec<Effect>,
    told: Vec<(Effect, Day)>,
    clock: Clock,
}

/// Where the partition's clock stands by the records that have been read.
struct Clock {
    witnesses: Witnesses<u64>,
    needed: usize,
    reached_ms: Option<i64>,
    /// The greatest time of any record that counts.
    latest_ms: Option<i64>,
}

impl Clock {
    /// Whether a record of that time may say anything new.
    fn may_move(&self, time_ms: i64) -> bool {
        let is_ahead = self.needed > 0 && self.reached_ms.is_none_or(|reached_ms| time_ms > reached_ms);
        is_ahead || self.latest_ms.is_none_or(|latest_ms| time_ms > latest_ms)
    }

    fn reached(&mut self, account: &str, time_ms: i64) {
        self.latest_ms = self.latest_ms.max(Some(time_ms));
        self.reached_ms = self.witnesses.reached(hash(account), time_ms);
    }
}

impl Reader {
    fn block(&mut self, block: &Text, first_line: u64) {
        let hints = self.glance.hints(&block.bytes);
        // Lines of others that may move the clock, by how far at most.
        let mut others: Vec<(i64, &[u8])> = Vec::new();
        let mut furthest_ms = i64::MIN;
        for (place, line) in (first_line..).zip(lines(&block.bytes)) {
            match self.glance.line(line, hints) {
                Glimpse::Nothing => {}
                Glimpse::Other(time_ms) if time_ms > self.options.bound_ms() || !self.clock.may_move(time_ms) => {}
                Glimpse::Other(time_ms) => {
                    furthest_ms = furthest_ms.max(time_ms);
                    others.push((time_ms, line));
                }
                Glimpse::Unread => {
                    let number = block.number_of(place - first_line).unwrap_or(place);
                    self.read(line, number, &mut others, &mut furthest_ms);
                }
            }
        }
        self.catch_up(&mut others);
    }

    /// A line that may be the account's.
    fn read(&mut self, line: &[u8], number: u64, others: &mut Vec<(i64, &[u8])>, furthest_ms: &mut i64) {
        let Some(Ok(event)) = decode_line(line, &self.options) else { return };
        if event.time_ms > self.options.bound_ms() {
            // It changes nothing, whosoever it is.
            return;
        }
        let is_own = event.account == self.glance.account();
        if let Body::Erase(Erase { user }) = &event.body {
            // It finds the clock where the lines before have taken it, and takes it nowhere.
            self.catch_up(others);
            *furthest_ms = i64::MIN;
            if user.is_none() {
                self.clock.witnesses.forget(hash(&event.account));
            }
            if is_own {
                self.apply(&event, number);
            }
            return;
        }
        if is_own {
            // Where no record before it goes further the clock does not, and the account's day is its own record's.
            if *furthest_ms > event.time_ms {
                self.catch_up(others);
                *furthest_ms = i64::MIN;
            }
            self.apply(&event, number);
        }
        self.clock.reached(&event.account, event.time_ms);
    }

    fn apply(&mut self, event: &Event<'_>, number: u64) {
        if let Some(clock_ms) = self.clock.reached_ms {
            self.engine.advance_clock(clock_ms);
        }
        let cause = event.id.as_deref().map_or(CauseRef::Line(number), CauseRef::Event);
        self.engine.apply(event, cause, self.options.bound_ms(), number, &mut self.effects);
        // Only where it has changed its zone.
        self.engine.roll(0, &mut self.effects);
        self.tell();
    }

    /// Takes the clock as far as these lines do.
    fn catch_up(&mut self, others: &mut Vec<(i64, &[u8])>) {
        let mut furthest_first: BinaryHeap<(i64, usize)> = others.iter().zip(0..).map(|((time_ms, _), place)| (*time_ms, place)).collect();
        while let Some((_, place)) = furthest_first.pop().filter(|(time_ms, _)| self.clock.may_move(*time_ms)) {
            if let Some(Ok(event)) = decode_line(others[place].1, &self.options)
                && event.time_ms <= self.options.bound_ms()
            {
                self.clock.reached(&event.account, event.time_ms);
            }
        }
        others.clear();
    }

    fn tell(&mut self) {
        let day = self.engine.accounts().iter().next().map_or(0, |account| account.day);
        self.told.extend(self.effects.drain(..).map(|effect| (effect, day)));
    }

    fn finish(mut self, lines: u64) -> One {
        if let Some(end_ms) = self.options.until_ms.or(self.clock.latest_ms) {
            self.engine.advance_clock(end_ms);
            self.engine.roll_all(&mut self.effects);
        }
        self.tell();
        One { engine: self.engine, effects: self.told, lines }
    }
}
