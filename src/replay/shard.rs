//! Some of a file's accounts, with an engine of their own.

use std::sync::Arc;

use super::ReplayOptions;
use super::block::{Block, Decoded, Line, Place, Results};
use crate::engine::{CauseRef, Effect, Engine, EngineSettings, EventOutcome, Hint, Movers, TOGETHER, from_the_future, too_late};
use crate::input::{Event, Reject};
use crate::playbook::Playbook;
use crate::portfolio::{Outline, counted};

#[derive(Debug)]
pub struct Shard {
    engine: Engine,
    bound_ms: i64,
    /// The line in which each account was first met: the order among the accounts of all shards.
    met: Vec<u64>,
    /// By the lines' own numbers.
    movers: Movers<u64>,
    /// Of one account, not yet placed.
    effects: Vec<Effect>,
    /// Whether the accounts are counted at the end.
    counts: bool,
}

impl Shard {
    /// All of a file's accounts: they take the clock along themselves.
    pub fn whole(playbook: Arc<Playbook>, options: &ReplayOptions) -> Self {
        Self::new(playbook, options, options.engine)
    }

    /// Some of them: where the clock stands is known of blocks.
    pub fn part(playbook: Arc<Playbook>, options: &ReplayOptions) -> Self {
        Self::new(playbook, options, EngineSettings { clock_witnesses: 0, ..options.engine })
    }

    fn new(playbook: Arc<Playbook>, options: &ReplayOptions, settings: EngineSettings) -> Self {
        Self {
            engine: Engine::new(playbook, settings),
            bound_ms: options.bound_ms(),
            met: Vec::new(),
            movers: Movers::new(usize::MAX),
            effects: Vec::new(),
            counts: options.portfolio,
        }
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn into_engine(self) -> Engine {
        self.engine
    }

    /// Takes in the shard's own events of a block, and lives through the boundaries that other lines of it cross.
    pub fn take(&mut self, block: &Block<'_>, own: &[Decoded<'_>], results: &mut Results) {
        for own in own.chunks(TOGETHER) {
            let hints = self.engine.prefetch(own.iter().map(|decoded| Some(&decoded.event)));
            for (decoded, hint) in own.iter().zip(hints) {
                self.catch_up(block, decoded.line.place, results);
                if let Err(reject) = self.apply(decoded.line, &decoded.event, hint, results) {
                    results.reject(decoded.line, decoded.text, reject);
                }
            }
        }
        self.catch_up(block, block.end(), results);
    }

    /// Applies one event; the clock is where the lines before took it. Where it crosses a boundary with it, every account does.
    pub fn apply(&mut self, line: Line, event: &Event<'_>, hint: Hint, results: &mut Results) -> Result<(), Reject> {
        let cause = event.id.as_deref().map_or(CauseRef::Line(line.number), CauseRef::Event);
        let outcome = self.engine.apply_hinted(event, hint, cause, self.bound_ms, line.place, &mut self.effects);
        self.movers.take(event, &outcome, line.number);
        let line = line.place;
        if self.met.len() < self.engine.accounts().slots() {
            self.met.push(line);
        }
        // Only an account that changed its zone with this event.
        self.engine.roll(0, &mut self.effects);
        self.place(Place { line, met: 0 }, results);
        self.roll(line, results);
        let summary = &mut results.summary;
        match outcome {
            EventOutcome::Applied(applied) => {
                summary.applied += 1;
                summary.unknown_products += u64::from(applied.unknown_product);
                summary.late += u64::from(applied.late);
                Ok(())
            }
            EventOutcome::Duplicate(_) => {
                summary.duplicates += 1;
                Ok(())
            }
            EventOutcome::FromTheFuture => Err(from_the_future(event.time_ms, self.bound_ms)),
            EventOutcome::TooLate(timing) => {
                summary.too_late += 1;
                Err(too_late(timing.day, timing.today))
            }
        }
    }

    /// Takes the clock to where it stood before the line, stopping at each line that crossed a boundary of this shard.
    fn catch_up(&mut self, block: &Block<'_>, line: u64, results: &mut Results) {
        let Some(clock_ms) = block.clock_before(line) else { return };
        while clock_ms >= self.engine.boundary_ms() {
            let (line, clock_ms) = block.line_reaching(self.engine.boundary_ms());
            self.engine.advance_clock(clock_ms);
            self.roll(line, results);
        }
        self.engine.advance_clock(clock_ms);
    }

    /// Takes every account through the boundary that the line has crossed, if it has.
    fn roll(&mut self, line: u64, results: &mut Results) {
        let mut account = 0;
        while self.engine.is_rolling() {
            self.engine.roll(1, &mut self.effects);
            if !self.effects.is_empty() {
                self.place(Place { line, met: self.met[account] }, results);
            }
            account += 1;
        }
    }

    fn place(&mut self, place: Place, results: &mut Results) {
        results.summary.outputs += self.effects.len() as u64;
        results.effects.extend(self.effects.drain(..).map(|effect| (place, effect)));
    }

    /// The end of the input: the clock moves there and every account lives up to it.
    pub fn finish(&mut self, end_ms: Option<i64>, results: &mut Results) {
        if let Some(end_ms) = end_ms {
            self.engine.advance_clock(end_ms);
            self.roll(u64::MAX, results);
        }
        let summary = &mut results.summary;
        summary.accounts += self.engine.accounts().len();
        summary.lateness.add(&self.movers.lateness(&self.engine));
        summary.ended_ms = end_ms;
        if self.counts {
            summary.add_counts(&counted(&self.engine, &Outline::new(self.engine.playbook())));
        }
    }
}
