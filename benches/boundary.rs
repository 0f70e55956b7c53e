//! The day boundary: the longest time without an event processed while many small accounts cross midnight, with the playbook that ships.
//!
//! `cargo bench --bench boundary`; `BOUNDARY_ACCOUNTS` (1000000). The engine is driven as `src/worker/run.rs` does: a turn of events,
//! then a few accounts through the boundary, and so on until all are through.

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::time::Instant;

use adoption_tracker::engine::TOGETHER;
use adoption_tracker::playbook::Playbook;
use load::{DAY_MS, Drawn, FIRST_MS, Random, Running, Shape, account_id, number};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As in `src/worker/run.rs`.
const TURN: usize = 256;
const ROLL: usize = 32;

/// Boundaries lived through before the one that is measured: accounts have a history by then, and some have fallen silent.
const DAYS_BEFORE: i64 = 20;

fn main() {
    let shape = Shape { accounts: number("BOUNDARY_ACCOUNTS", 1_000_000), users: 3, products: 2, features: 8, days: DAYS_BEFORE };
    let mut running = Running::of(shape, Playbook::shipped());
    let mut random = Random(1);
    // On four days of twenty each, so that windows both fill and empty.
    for day in 0..DAYS_BEFORE {
        for account in (0..shape.accounts).filter(|account| (account + day as u64).is_multiple_of(5)) {
            running.apply(&[small(&mut random, account, FIRST_MS + day * DAY_MS + DAY_MS / 2)]);
        }
        running.engine.roll_all(&mut running.effects);
        running.effects.clear();
    }

    let midnight_ms = FIRST_MS + DAYS_BEFORE * DAY_MS;
    let (mut pauses, mut outputs, mut events) = (Vec::new(), 0, 0_u64);
    let mut longest_between_events = Pause::default();
    let mut turn = Vec::with_capacity(TURN);
    let mut rolling = true;
    let began = Instant::now();
    while rolling {
        turn.clear();
        turn.extend((0..TURN).map(|_| {
            let account = random.below(shape.accounts);
            small(&mut random, account, midnight_ms)
        }));
        let mut last = Moment::now();
        // The clock is read between the batches that are applied together.
        for drawn in turn.chunks(TOGETHER) {
            running.apply(drawn);
            let now = Moment::now();
            longest_between_events = longest_between_events.longer_of(last.until(&now));
            last = now;
        }
        events += TURN as u64;
        rolling = running.engine.roll(ROLL, &mut running.effects);
        outputs += running.effects.len();
        running.effects.clear();
        pauses.push(last.until(&Moment::now()));
    }
    let took = began.elapsed();
    let longest = pauses.iter().copied().fold(longest_between_events, Pause::longer_of);
    pauses.sort_unstable_by_key(|pause| pause.wall_ns);
    let milliseconds = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    println!(
        "| {} accounts × up to {} users cross midnight: longest time without an event, by the clock; by the thread's CPU time | {:.2}; {:.2} ms |",
        shape.accounts,
        shape.users,
        milliseconds(longest.wall_ns),
        milliseconds(longest.cpu_ns)
    );
    println!(
        "| the same, p99 of the pauses between two turns of events | {:.3} ms |",
        milliseconds(pauses[pauses.len() * 99 / 100].wall_ns)
    );
    println!(
        "| all accounts are through, with {:.1} M events and {outputs} outputs meanwhile | after {:.2} s |",
        events as f64 / 1e6,
        took.as_secs_f64()
    );
}

/// By the clock and by the thread's own time: what the second has not, the machine took.
struct Moment {
    wall: Instant,
    cpu_ns: u64,
}

impl Moment {
    fn now() -> Self {
        // SAFETY: plain data, filled in by the call.
        let mut cpu: libc::timespec = unsafe { std::mem::zeroed() };
        // SAFETY: the pointer is live.
        let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut cpu) };
        assert_eq!(status, 0, "this system has no clock of a thread's CPU time");
        Self { wall: Instant::now(), cpu_ns: cpu.tv_sec as u64 * 1_000_000_000 + cpu.tv_nsec as u64 }
    }

    fn until(&self, later: &Self) -> Pause {
        Pause { wall_ns: (later.wall - self.wall).as_nanos() as u64, cpu_ns: later.cpu_ns - self.cpu_ns }
    }
}

#[derive(Clone, Copy, Default)]
struct Pause {
    wall_ns: u64,
    cpu_ns: u64,
}

impl Pause {
    /// The longest by each of the clocks.
    fn longer_of(self, other: Self) -> Self {
        Self { wall_ns: self.wall_ns.max(other.wall_ns), cpu_ns: self.cpu_ns.max(other.cpu_ns) }
    }
}

/// An event of a small account: one of its up to three users, one or two products.
fn small(random: &mut Random, account: u64, time_ms: i64) -> Drawn {
    Drawn {
        account,
        id: account_id(account),
        user: random.below(1 + account % 3),
        product: random.below(1 + account % 2),
        feature: random.below(8),
        time_ms,
    }
}
