//! The engine alone: nanoseconds per applied event, by number of accounts and of rules.
//!
//! `cargo bench --bench engine`; `ENGINE_ACCOUNTS=1000000 cargo bench --bench engine -- growth` for the largest.

#[path = "load/mod.rs"]
mod load;

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adoption_tracker::engine::{CauseRef, Effect, Engine, EngineSettings};
use adoption_tracker::input::{Body, Event};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::task::BATCH;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use load::{Drawn, PRODUCTS, Shape, playbook};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Names made once, so that applying is all that is measured.
struct Texts {
    accounts: Vec<String>,
    users: Vec<String>,
    features: Vec<String>,
}

impl Texts {
    fn new(shape: Shape) -> Self {
        let named = |prefix: &str, count: u64| (0..count).map(|number| format!("{prefix}{number}")).collect();
        Self { accounts: named("account-", shape.accounts), users: named("user-", shape.users), features: named("f", shape.features) }
    }

    fn event(&self, drawn: &Drawn) -> Event<'_> {
        Event {
            id: None,
            time_ms: drawn.time_ms,
            account: Cow::Borrowed(&self.accounts[drawn.account as usize]),
            body: Body::Usage {
                product: Cow::Borrowed(PRODUCTS[drawn.product as usize]),
                user: Some(Cow::Borrowed(&self.users[drawn.user as usize])),
                feature: Some(Cow::Borrowed(&self.features[drawn.feature as usize])),
                quantity: 1,
            },
        }
    }
}

/// An engine that applies one event after another, rolling accounts over boundaries in slices between them.
struct Running {
    engine: Engine,
    texts: Texts,
    effects: Vec<Effect>,
    number: u64,
    outputs: u64,
}

impl Running {
    fn new(shape: Shape, rules: usize) -> Self {
        let playbook = Playbook::load("bench.yaml", &playbook(rules)).unwrap_or_else(|problems| panic!("{}", problems[0]));
        let engine = Engine::new(Arc::new(playbook), EngineSettings::default());
        Self { engine, texts: Texts::new(shape), effects: Vec::new(), number: 0, outputs: 0 }
    }

    /// As a partition's task does: what several events will touch is asked for before the first is applied.
    fn apply(&mut self, drawn: &[Drawn]) {
        for drawn in drawn.chunks(BATCH) {
            let events: [Option<Event<'_>>; BATCH] = std::array::from_fn(|index| drawn.get(index).map(|drawn| self.texts.event(drawn)));
            let hints = self.engine.prefetch(events.iter().flatten());
            for (event, hint) in events.iter().flatten().zip(hints) {
                self.number += 1;
                let cause = CauseRef::Line(self.number);
                black_box(self.engine.apply_hinted(event, hint, cause, i64::MAX, self.number, &mut self.effects));
            }
            if (self.number / BATCH as u64).is_multiple_of(4) {
                self.engine.roll(64, &mut self.effects);
                self.outputs += self.effects.len() as u64;
                self.effects.clear();
            }
        }
    }
}

/// Time per event after a warm-up that fills the windows. The clock stands on one day: boundaries are measured by `boundary`.
fn measure(running: &mut Running, shape: Shape, events: u64) -> Duration {
    let drawn: Vec<Drawn> = load::events(Shape { days: 1, ..shape }, events, 99).collect();
    let shift_ms = running.engine.clock_ms().unwrap_or(load::FIRST_MS) - load::FIRST_MS;
    let drawn: Vec<Drawn> =
        drawn.iter().map(|event| Drawn { time_ms: event.time_ms / 86_400_000 * 86_400_000 + shift_ms, ..*event }).collect();
    let began = Instant::now();
    running.apply(&drawn);
    began.elapsed()
}

fn warmed(shape: Shape, rules: usize, events: u64) -> Running {
    let mut running = Running::new(shape, rules);
    let mut drawn = load::events(shape, events, 1);
    loop {
        let part: Vec<Drawn> = drawn.by_ref().take(100_000).collect();
        if part.is_empty() {
            return running;
        }
        running.apply(&part);
    }
}

fn engine(criterion: &mut Criterion) {
    let shape = Shape { accounts: 100_000, users: 50, products: 5, features: 8, days: 60 };
    let mut group = criterion.benchmark_group("engine");
    group.sample_size(10).throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(8));
    let mut running = warmed(shape, 2, 10_000_000);
    println!("bytes per account, estimated: {}", running.engine.estimated_bytes() / running.engine.accounts().len());
    group.bench_function("apply, 100k accounts", |bencher| {
        bencher.iter_custom(|iterations| measure(&mut running, shape, iterations));
    });
    group.finish();
}

/// The same stream with 10 and with 1,000 rules, boundaries included, interleaved.
fn rules(criterion: &mut Criterion) {
    let shape = Shape { accounts: 5_000, users: 20, products: 5, features: 8, days: 60 };
    let mut group = criterion.benchmark_group("rules");
    group.sample_size(10).throughput(Throughput::Elements(1_000_000));
    for rules in [10, 1_000, 10, 1_000] {
        let name = format!("1 M events, {rules} rules");
        let began = Instant::now();
        let running = warmed(shape, rules, 1_000_000);
        println!("{name}: {:.0} ns per event, {} outputs", began.elapsed().as_nanos() as f64 / 1e6, running.outputs);
    }
    group.finish();
}

fn growth(_criterion: &mut Criterion) {
    let largest = std::env::var("ENGINE_ACCOUNTS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    for accounts in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|&accounts| accounts <= largest) {
        let shape = Shape { accounts, users: 10, products: 3, features: 8, days: 60 };
        let mut running = warmed(shape, 2, accounts * 20);
        let events = 2_000_000;
        let took = measure(&mut running, shape, events);
        let bytes = running.engine.estimated_bytes() / running.engine.accounts().len();
        println!("growth: {accounts} accounts: {:.0} ns per event, {bytes} bytes per account", took.as_nanos() as f64 / events as f64);
    }
}

criterion_group!(benches, engine, rules, growth);
criterion_main!(benches);
