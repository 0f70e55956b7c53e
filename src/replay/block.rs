//! Lines decoded and dealt to shards, and what came of them.

use super::source::{Extent, Text, lines};
use super::{DeadLine, ReplayOptions, Summary};
use crate::engine::{Effect, Witnesses};
use crate::input::{Body, Erase, Event, Limits, Reason, Reject, decode};

/// Consecutive lines of a file.
#[derive(Debug)]
pub struct Block<'a> {
    first_line: u64,
    /// Of each line whose event is not from the future.
    said: Vec<Said>,
    /// The partition's clock after each line.
    clocks: Vec<Option<i64>>,
    /// By shard, in the order of the lines.
    pub events: Vec<Vec<Decoded<'a>>>,
}

/// What a line says of the clock, by the hash of its account.
#[derive(Clone, Copy, Debug)]
enum Said {
    Nothing,
    Reached(u64, i64),
    Erased(u64),
}

/// A line of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// In the order in which lines are taken in, from 1.
    pub place: u64,
    /// In the file, from 1: another one where it was sorted.
    pub number: u64,
}

#[derive(Debug)]
pub struct Decoded<'a> {
    pub line: Line,
    pub text: &'a [u8],
    pub event: Event<'a>,
}

impl<'a> Block<'a> {
    pub fn decode(block_text: &'a Text, extent: &Extent, options: &ReplayOptions, shards: usize, results: &mut Results) -> Self {
        let first_line = extent.first_line;
        let count = (extent.lines + 1 - first_line) as usize;
        // Some shards have more than others.
        let events = (0..shards).map(|_| Vec::with_capacity(3 * count / (2 * shards))).collect();
        let mut block = Self { first_line, said: Vec::with_capacity(count), clocks: Vec::new(), events };
        for (place, text) in (first_line..).zip(lines(&block_text.bytes)) {
            let line = Line { place, number: block_text.number_of(place - first_line).unwrap_or(place) };
            let mut said = Said::Nothing;
            if let Some(decoded) = decode_line(text, options) {
                results.summary.lines += 1;
                match decoded {
                    Ok(event) => {
                        let account = hash(&event.account);
                        said = Said::of(&event, account, options);
                        block.events[shard_of(account, shards)].push(Decoded { line, text, event });
                    }
                    Err(reject) => results.reject(line, text, *reject),
                }
            }
            block.said.push(said);
        }
        block
    }

    /// Takes the clock through the lines, which no other block may do before.
    pub fn move_clock(&mut self, clock: &mut Clock) {
        self.clocks = self.said.drain(..).map(|said| clock.after(said)).collect();
    }

    /// The line after the last one.
    pub fn end(&self) -> u64 {
        self.first_line + self.clocks.len() as u64
    }

    /// Where the clock stood before this line, which is not the first; before that it stands where the block before left it.
    pub fn clock_before(&self, line: u64) -> Option<i64> {
        let before = (line - self.first_line).checked_sub(1)?;
        self.clocks[before as usize]
    }

    /// The first line that took the clock to the instant or beyond, and how far: there is one.
    pub fn line_reaching(&self, instant_ms: i64) -> (u64, i64) {
        let index = self.clocks.partition_point(|&clock| clock < Some(instant_ms));
        (self.first_line + index as u64, self.clocks[index].expect("it is not before the instant"))
    }
}

impl Said {
    fn of(event: &Event<'_>, account: u64, options: &ReplayOptions) -> Self {
        match &event.body {
            _ if event.time_ms > options.bound_ms() => Self::Nothing,
            Body::Erase(Erase { user: None }) => Self::Erased(account),
            Body::Erase(_) => Self::Nothing,
            _ => Self::Reached(account, event.time_ms),
        }
    }
}

/// `None`: a blank line.
pub fn decode_line<'a>(line: &'a [u8], options: &ReplayOptions) -> Option<Result<Event<'a>, Box<Reject>>> {
    let limits = Limits { max_record_bytes: options.max_record_bytes, check_key: false, record_ms: None };
    (!line.trim_ascii().is_empty()).then(|| decode(None, line, Vec::new, &limits))
}

/// What stands for an account among witnesses and shards.
pub fn hash(account: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(account.as_bytes())
}

/// By the upper half of the account's hash: an engine's table of accounts goes by the lower one.
fn shard_of(account: u64, shards: usize) -> usize {
    (((account >> 32) * shards as u64) >> 32) as usize
}

/// The clock of the partition that a file stands for.
#[derive(Debug)]
pub struct Clock {
    witnesses: Witnesses<u64>,
    /// The greatest time that moved any account's clock.
    pub latest_ms: Option<i64>,
}

impl Clock {
    pub fn new(options: &ReplayOptions) -> Self {
        Self { witnesses: Witnesses::new(options.engine.clock_witnesses), latest_ms: None }
    }

    /// Where it stands after a line.
    fn after(&mut self, said: Said) -> Option<i64> {
        // What reaches nothing moves nothing; the least instant is one that every clock has passed.
        let (account, instant_ms) = if let Said::Reached(account, instant_ms) = said { (account, instant_ms) } else { (0, i64::MIN) };
        if let Said::Erased(account) = said {
            self.witnesses.forget(account);
        }
        self.latest_ms = self.latest_ms.max(Some(instant_ms).filter(|instant_ms| *instant_ms > i64::MIN));
        self.witnesses.reached(account, instant_ms)
    }
}

/// Where an effect stands among those of all shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line whose event, or whose time, was the cause.
    pub line: u64,
    /// 0 for the account of the line; for others the line in which they were first met.
    pub met: u64,
}

/// What came of lines, shard by shard.
#[derive(Debug, Default)]
pub struct Results {
    pub effects: Vec<(Place, Effect)>,
    /// Each with its line's place.
    pub dead: Vec<(u64, DeadLine)>,
    pub summary: Summary,
}

impl Results {
    pub fn reject(&mut self, line: Line, text: &[u8], reject: Reject) {
        self.count_dead(&reject);
        self.dead.push((line.place, DeadLine { line: line.number, reject, original: text.to_vec() }));
    }

    pub fn count_dead(&mut self, reject: &Reject) {
        let place = Reason::ALL.iter().position(|&reason| reason == reject.reason);
        self.summary.dead += 1;
        self.summary.dead_by_reason[place.expect("every reason is listed")] += 1;
    }

    /// Into the order that one shard would have left them in. No two shards have effects at the same place.
    pub fn sort(&mut self) {
        self.effects.sort_by_key(|(place, _)| *place);
        self.dead.sort_by_key(|(place, _)| *place);
    }
}
