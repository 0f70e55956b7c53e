//! What the portfolio costs: an account counted anew, the record of a partition, the figures of all; with the playbook that ships.
//!
//! `cargo bench --bench portfolio`; `PORTFOLIO_ACCOUNTS` (100000) is the number of accounts of the first layout.

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::time::Instant;

use adoption_tracker::output;
use adoption_tracker::playbook::Playbook;
use adoption_tracker::portfolio::{CountsRecord, Tracker};
use load::{DAY_MS, Drawn, FIRST_MS, Random, Running, Shape, account_id, number};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAYS: i64 = 40;

fn main() {
    let small = Shape { accounts: number("PORTFOLIO_ACCOUNTS", 100_000), users: 3, products: 2, features: 8, days: DAYS };
    measure("up to 3 users, 1 or 2 products", small);
    measure("25 users, 5 products", Shape { accounts: small.accounts / 20, users: 25, products: 5, features: 8, days: DAYS });
}

fn measure(what: &str, shape: Shape) {
    let mut running = Running::of(shape, Playbook::shipped());
    let mut random = Random(1);
    for day in 0..shape.days {
        for account in (0..shape.accounts).filter(|account| (account + day as u64).is_multiple_of(5)) {
            let drawn: Vec<Drawn> = (0..shape.users).map(|_| event(&mut random, shape, account, day)).collect();
            drawn.chunks(adoption_tracker::engine::TOGETHER).for_each(|drawn| running.apply(drawn));
        }
        running.effects.clear();
    }
    running.engine.advance_clock(FIRST_MS + shape.days * DAY_MS);
    running.engine.roll_all(&mut running.effects);
    running.effects.clear();

    let mut tracker = Tracker::new(&running.engine);
    let first = round(&mut tracker, &mut running);
    // One account in a hundred has one event more.
    for account in (0..shape.accounts).step_by(100) {
        running.apply(&[event(&mut random, shape, account, shape.days)]);
    }
    let changed = round(&mut tracker, &mut running);
    let accounts = shape.accounts as f64;
    println!("| {} accounts, {what}: all are counted | {:.1} µs each |", shape.accounts, 1e6 * first / accounts);
    println!("| one in a hundred has changed, with one event each | {:.1} µs each |", 1e6 * changed / (accounts / 100.0).ceil());
    println!("| kept of an account | {:.0} bytes |", tracker.bytes() as f64 / accounts);
    let began = Instant::now();
    let record = output::partition(0, tracker.counts(), 0, tracker.outline()).data;
    println!("| the partition's record: written, bytes | {:.1} ms, {} |", 1e3 * began.elapsed().as_secs_f64(), record.len());
    let began = Instant::now();
    let counts = CountsRecord::of(tracker.counts(), tracker.outline()).counts(tracker.outline());
    let (fleet, _) = output::fleet(&counts, 0, tracker.outline());
    println!(
        "| counts read from it, figures of them: written, bytes | {:.1} ms, {} |",
        1e3 * began.elapsed().as_secs_f64(),
        fleet.data.len()
    );
}

/// Seconds.
fn round(tracker: &mut Tracker, running: &mut Running) -> f64 {
    let began = Instant::now();
    tracker.begin(&mut running.engine);
    while tracker.step(&mut running.engine, 64) {}
    began.elapsed().as_secs_f64()
}

fn event(random: &mut Random, shape: Shape, account: u64, day: i64) -> Drawn {
    Drawn {
        account,
        id: account_id(account),
        user: random.below(shape.users),
        product: random.below(1 + (account % shape.products).max(if shape.products > 2 { shape.products - 1 } else { 0 })),
        feature: random.below(shape.features),
        time_ms: FIRST_MS + day * DAY_MS + DAY_MS / 2,
    }
}
