//! The threads of a replay.
//!
//! A worker has a block from its bytes to its rendered outputs, so that nothing decoded goes from core to core. What blocks have in common
//! goes round: a worker hands the source, the clock, and each shard, on to the next one, which has the next block. So a shard sees the blocks
//! in their order, no two workers meet in one, and none waits for all others.
//!
//! ```text
//! worker 0   read  decode  clock           shard 0  shard 1  shard 2 …  render  read  decode …
//! worker 1         read    decode   clock           shard 0  shard 1  shard 2 …  render  read …
//! ```
//!
//! No more blocks are under way than there are workers. The caller's thread writes. A thread that ends before its time closes its channels:
//! whoever waits for something from it ends too, and whoever has a block already finishes that first.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use super::block::{Block, Clock, Results};
use super::shard::Shard;
use super::source::{Extent, Input, Source, Text};
use super::{DeadLine, ReplayOptions, Summary};
use crate::engine::Engine;
use crate::output::CloudEvent;
use crate::playbook::Playbook;

/// How the work is divided. Nothing that comes out depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Division {
    pub workers: usize,
    /// More than workers, so that those seldom wait for one.
    pub shards: usize,
    pub block_bytes: usize,
}

impl Default for Division {
    /// As many workers as cores.
    fn default() -> Self {
        const WORKERS_MAX: usize = 32;
        let workers = thread::available_parallelism().map_or(1, |cores| cores.get().min(WORKERS_MAX));
        Self { workers, shards: 2 * workers, block_bytes: 256 << 10 }
    }
}

/// Reads lines to the end, writing each output as a line of JSON. `progress` is told the lines and bytes read, now and then. Beside what was
/// counted it hands over the engines, each with some of the accounts, as they stand at the end.
pub fn replay(
    playbook: Arc<Playbook>,
    options: ReplayOptions,
    division: Division,
    input: Input,
    mut output: impl Write,
    mut dead: impl FnMut(&DeadLine) -> io::Result<()>,
    mut progress: impl FnMut(u64, u64),
) -> io::Result<(Summary, Vec<Engine>)> {
    let threads = start(&playbook, options, division, input)?;
    let mut summary = Summary::default();
    for thread in threads.iter().cycle() {
        let Ok(done) = thread.done.recv() else { break };
        let Done { extent, results, outputs, finished } = done?;
        output.write_all(&outputs)?;
        results.dead.iter().try_for_each(|(_, line)| dead(line))?;
        summary.add(&results.summary);
        progress(extent.lines, extent.bytes);
        if extent.is_last {
            output.flush()?;
            return Ok((summary, finished.into_iter().map(Shard::into_engine).collect()));
        }
    }
    // Without the receivers, so that none of them waits for this thread.
    let handles: Vec<_> = threads.into_iter().map(|thread| thread.handle).collect();
    let panic = handles.into_iter().find_map(|handle| handle.join().err());
    std::panic::resume_unwind(panic.expect("only a panic ends the workers early"))
}

/// A worker, as the caller sees it: what it has done comes in the order of its blocks.
struct Thread {
    handle: JoinHandle<()>,
    done: Receiver<io::Result<Done>>,
}

/// A block with all that came of it.
struct Done {
    extent: Extent,
    results: Results,
    outputs: Vec<u8>,
    /// All shards, with the last block.
    finished: Vec<Shard>,
}

/// The workers, in the order in which they have the blocks.
fn start(playbook: &Arc<Playbook>, options: ReplayOptions, division: Division, input: Input) -> io::Result<Vec<Thread>> {
    let sources = ring(division.workers, [Source::new(input, division.block_bytes)]);
    let clocks = ring(division.workers, [Clock::new(&options)]);
    let shards = ring(division.workers, (0..division.shards).map(|_| Box::new(Shard::part(Arc::clone(playbook), &options))));
    let mut threads = Vec::new();
    for (number, ((sources, clocks), shards)) in sources.into_iter().zip(clocks).zip(shards).enumerate() {
        let (sender, done) = sync_channel(1);
        let playbook = Arc::clone(playbook);
        let mut worker = Worker { playbook, options, division, sources, clocks, shards, done: sender, text: Text::default() };
        let handle = thread::Builder::new().name(format!("replay-{number}")).spawn(move || while worker.block() == Some(More) {})?;
        threads.push(Thread { handle, done });
    }
    Ok(threads)
}

/// What goes round, as one worker sees it.
struct Link<T> {
    from: Receiver<T>,
    to: Sender<T>,
}

impl<T> Link<T> {
    fn take(&self) -> Option<T> {
        self.from.recv().ok()
    }

    /// `None`: the next worker has ended.
    fn pass(&self, item: T) -> Option<()> {
        self.to.send(item).ok()
    }
}

/// Links in a ring, with the items before the first one.
fn ring<T>(workers: usize, items: impl IntoIterator<Item = T>) -> Vec<Link<T>> {
    let (mut to, from): (Vec<_>, Vec<_>) = (0..workers).map(|_| channel()).unzip();
    for item in items {
        to[0].send(item).expect("the receiver is here");
    }
    to.rotate_left(1);
    from.into_iter().zip(to).map(|(from, to)| Link { from, to }).collect()
}

struct Worker {
    playbook: Arc<Playbook>,
    options: ReplayOptions,
    division: Division,
    sources: Link<Source>,
    clocks: Link<Clock>,
    shards: Link<Box<Shard>>,
    done: SyncSender<io::Result<Done>>,
    text: Text,
}

/// There may be more blocks.
#[derive(PartialEq)]
struct More;

impl Worker {
    /// A block from its bytes to its outputs. `None`: it was the last one, it could not be read, or another thread has ended.
    fn block(&mut self) -> Option<More> {
        let mut source = self.sources.take()?;
        let extent = match source.read(&mut self.text) {
            Ok(extent) => extent,
            Err(error) => {
                self.done.send(Err(error)).ok()?;
                return None;
            }
        };
        let is_last = extent.is_last;
        if !is_last {
            self.sources.pass(source)?;
        }
        let mut results = Results::default();
        let mut block = Block::decode(&self.text, &extent, &self.options, self.division.shards, &mut results);
        let mut clock = self.clocks.take()?;
        block.move_clock(&mut clock);
        let end_ms = self.options.until_ms.or(clock.latest_ms);
        if !is_last {
            // Nobody takes it where the next worker has ended, as when its block could not be read: this one is whole all the same.
            self.clocks.pass(clock);
        }
        let mut finished = Vec::new();
        for own in &block.events {
            let mut shard = self.shards.take()?;
            shard.take(&block, own, &mut results);
            if is_last {
                shard.finish(end_ms, &mut results);
                finished.push(*shard);
            } else {
                self.shards.pass(shard);
            }
        }
        results.sort();
        let mut outputs = Vec::new();
        for (_, effect) in results.effects.drain(..) {
            outputs.extend_from_slice(CloudEvent::new(&effect, &self.playbook).structured().as_bytes());
            outputs.push(b'\n');
        }
        self.done.send(Ok(Done { extent, results, outputs, finished })).ok()?;
        (!is_last).then_some(More)
    }
}
