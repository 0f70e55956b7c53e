//! The engine alone: nanoseconds per applied event, by number of rules and of accounts, and events redone into their facts; a partition's
//! task without a broker; and what the machine's memory takes for what is in no cache.
//!
//! `cargo bench --bench engine`, or one part of it, as in `cargo bench --bench engine -- rules`. `ENGINE_ACCOUNTS` (1000000) is the
//! largest number of accounts of `growth`.

#[path = "load/mod.rs"]
mod load;

use std::sync::Arc;
use std::time::{Duration, Instant};

use adoption_tracker::engine::{EngineSettings, TOGETHER};
use adoption_tracker::input::{Limits, decode};
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use load::{BACKLOG, DAY_MS, Drawn, FIRST_MS, PRODUCTS, Random, Running, Shape, number};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let parts: [(&str, fn()); 6] =
        [("memory", memory), ("apply", apply), ("rules", rules), ("growth", growth), ("redo", redo), ("task", task)];
    for (_, part) in parts.iter().filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted == name)) {
        part();
    }
}

/// Applies the events, and takes accounts through their boundaries in slices between them.
fn run(running: &mut Running, events: &[Drawn]) {
    for events in events.chunks(64) {
        running.apply(events);
        running.engine.roll(64, &mut running.effects);
        running.effects.clear();
    }
}

fn warm(running: &mut Running, shape: Shape, events: u64) {
    let mut drawn = load::events(shape, events, 1);
    loop {
        let part: Vec<Drawn> = drawn.by_ref().take(100_000).collect();
        if part.is_empty() {
            break;
        }
        run(running, &part);
    }
    // Whatever boundary is left, so that what is measured then meets none.
    running.engine.roll_all(&mut running.effects);
    running.effects.clear();
}

/// Every user uses every product once, and every feature is used: what is measured then adds no user, row or feature, as in accounts that
/// are not new.
fn use_everything(running: &mut Running, shape: Shape) {
    for account in 0..shape.accounts {
        let id = load::account_id(account);
        let each = (0..shape.products).flat_map(|product| (0..shape.users).map(move |user| (product, user)));
        let drawn: Vec<Drawn> = each
            .map(|(product, user)| Drawn { account, id: id.clone(), user, product, feature: user % shape.features, time_ms: FIRST_MS })
            .collect();
        run(running, &drawn);
    }
}

/// Nanoseconds per event on the last day of a warmed engine. Boundaries are measured by `boundary`.
fn on_one_day(running: &mut Running, shape: Shape, events: u64, seed: u64) -> f64 {
    let time_ms = running.engine.clock_ms().expect("a warmed engine has a clock");
    let drawn: Vec<Drawn> = load::events(shape, events, seed).map(|drawn| Drawn { time_ms, ..drawn }).collect();
    let began = Instant::now();
    run(running, &drawn);
    nanoseconds_each(began.elapsed(), events)
}

fn nanoseconds_each(took: Duration, count: u64) -> f64 {
    took.as_nanos() as f64 / count as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// A line of memory that is in no cache: waited for before the next is known, and where many are known ahead.
fn memory() {
    const LINES: usize = (1 << 30) / 64;
    const LOADS: u64 = 4_000_000;
    let memory = vec![[1_u64; 8]; LINES];
    let round = |known_ahead: bool| {
        let (mut random, mut sum) = (Random(1), 0);
        let began = Instant::now();
        for _ in 0..LOADS {
            let waits_for = if known_ahead { 0 } else { sum };
            sum += memory[random.next().wrapping_add(waits_for) as usize % LINES][0];
        }
        assert_eq!(sum, LOADS);
        nanoseconds_each(began.elapsed(), LOADS)
    };
    let [alone, together] = [false, true].map(|known_ahead| median((0..5).map(|_| round(known_ahead)).collect()));
    println!("| a random line of 1 GiB, one after the other; many known ahead | {alone:.0}; {together:.0} ns |");
}

fn apply() {
    let shape = Shape { accounts: 100_000, users: 50, products: 5, features: 8, days: 60 };
    let mut running = Running::new(shape, 2);
    use_everything(&mut running, shape);
    warm(&mut running, shape, 10_000_000);
    let rounds: Vec<f64> = (0..7).map(|round| on_one_day(&mut running, shape, 1_000_000, 100 + round)).collect();
    println!("| apply, 100k accounts × 50 users × 5 products × 8 features, Zipf | {:.0} ns per event |", median(rounds));
}

fn rules() {
    compare_rules("rules", load::playbook);
    compare_rules("rules of products and users that read measures", load::playbook_of_measures);
}

/// One stream with 10 and with 1,000 rules, boundaries included, in slices by turns. The first half is not measured: a product's
/// first event has every rule judged, once. The ratio is taken slice by slice, so that a loud minute counts for both.
fn compare_rules(what: &str, playbook: fn(usize) -> String) {
    let shape = Shape { accounts: 5_000, users: 20, products: 5, features: 8, days: 60 };
    let drawn: Vec<Drawn> = load::events(shape, 4_000_000, 1).collect();
    let (first, second) = drawn.split_at(drawn.len() / 2);
    let mut engines = [10, 1_000].map(|rules| Running::with(shape, &playbook(rules)));
    for running in &mut engines {
        run(running, first);
    }
    let mut rounds = [Vec::new(), Vec::new()];
    for (number, slice) in second.chunks(50_000).enumerate() {
        for turn in 0..2 {
            // Each goes first as often as the other.
            let which = (number + turn) % 2;
            let began = Instant::now();
            run(&mut engines[which], slice);
            rounds[which].push(nanoseconds_each(began.elapsed(), slice.len() as u64));
        }
    }
    let ratio = median(rounds[0].iter().zip(&rounds[1]).map(|(few, many)| few / many).collect());
    let [few, many] = rounds.map(median);
    println!("| apply with 10 {what}, with 1,000 | {few:.0}, {many:.0} ns per event |");
    println!("| throughput with 1,000 {what} ÷ with 10 | {ratio:.3} |");
}

fn growth() {
    let largest = number("ENGINE_ACCOUNTS", 1_000_000);
    for accounts in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|&accounts| accounts <= largest) {
        let shape = Shape { accounts, users: 10, products: 3, features: 8, days: 60 };
        let mut running = Running::new(shape, 2);
        use_everything(&mut running, shape);
        warm(&mut running, shape, accounts * 5);
        let rounds: Vec<f64> = (0..5).map(|round| on_one_day(&mut running, shape, 500_000, 100 + round)).collect();
        println!("| apply, {accounts} accounts × 10 users × 3 products × 8 features, Zipf | {:.0} ns per event |", median(rounds));
    }
}

/// What a restart does with the input between the redo point and the committed offset: decoded, and into the facts alone.
fn redo() {
    let shape = Shape { accounts: 20_000, users: 10, products: 3, features: 8, days: 60 };
    let mut running = Running::new(shape, 2);
    warm(&mut running, shape, 1_000_000);
    let lines: Vec<String> = load::events(Shape { days: 1, ..shape }, 500_000, 2)
        .map(|drawn| {
            format!(
                r#"{{"type":"usage","time":{},"account":"{}","product":"{}","user":"user-{}","feature":"f{}"}}"#,
                FIRST_MS + (shape.days - 1) * DAY_MS,
                drawn.id,
                PRODUCTS[drawn.product as usize],
                drawn.user,
                drawn.feature
            )
        })
        .collect();
    let limits = Limits { check_key: false, ..Limits::default() };
    let mut round = |_| {
        let began = Instant::now();
        for (number, lines) in lines.chunks(TOGETHER).enumerate() {
            let events: [_; TOGETHER] =
                std::array::from_fn(|index| decode(None, lines.get(index)?.as_bytes(), Vec::new, &limits).expect("a valid event").into());
            let hints = running.engine.prefetch(events.iter().map(Option::as_ref));
            for (event, hint) in events.iter().flatten().zip(hints) {
                let account = running.engine.account_of(event, hint).expect("a known account");
                running.engine.redo(account, event, hint, number as u64);
            }
        }
        nanoseconds_each(began.elapsed(), lines.len() as u64)
    };
    let each = median((0..5).map(&mut round).collect());
    println!("| redo, decoded and into the facts of 20k accounts | {:.2} M events per second and core |", 1e3 / each);
}

/// The backlog of the benchmark end to end as one partition, with all that a worker does of it beside the client: decoded, applied, outputs
/// and changelog written, which are handed to nobody.
fn task() {
    const EVENTS: u64 = 5_000_000;
    const TURN: usize = 256;
    const COMMIT: usize = 100_000;
    let settings = PartitionSettings {
        engine: EngineSettings::default(),
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        time_from_record: false,
        redo_seconds: 3600,
        redo_events: EVENTS,
        dead_letter_bytes_max: 1 << 20,
        states: StateBeat::default(),
    };
    let mut task = Partition::new(0, &["adoption.inputs.v1".to_owned()], Arc::new(Playbook::shipped()), settings);
    task.restored(&Inputs::committed(&[None])).expect("nothing was there");
    task.run();
    let mut drawn = load::events(BACKLOG, EVENTS, 5).enumerate();
    let (mut took, mut written, mut bytes) = (Duration::ZERO, 0, 0);
    loop {
        let values: Vec<(usize, Drawn, String)> = drawn
            .by_ref()
            .take(COMMIT)
            .map(|(number, drawn)| {
                let value = load::event_json(number as u64, &drawn);
                (number, drawn, value)
            })
            .collect();
        if values.is_empty() {
            break;
        }
        let began = Instant::now();
        let mut records = Vec::with_capacity(TURN);
        for values in values.chunks(TURN) {
            records.clear();
            records.extend(
                values.iter().map(|(number, drawn, value)| Record::bare(*number as i64, drawn.id.as_bytes(), Some(value.as_bytes()))),
            );
            task.process(0, &records, i64::MAX);
            task.roll(32);
        }
        task.prepare_commit(Checkpoint::Slice, Instant::now());
        written += task.outbox().len();
        bytes += task.outbox().bytes();
        task.post_commit();
        took += began.elapsed();
    }
    let each = nanoseconds_each(took, EVENTS);
    println!(
        "| a partition's task without a broker, the backlog of `end_to_end` | {each:.0} ns per event, with {written} records of {bytes} bytes written |"
    );
}
