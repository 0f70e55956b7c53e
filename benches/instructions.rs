//! Instructions of the hot paths, counted by callgrind: unlike times they are the same on a busy machine.
//!
//! `benches/instructions.sh` runs it, compares with `instructions.toml` and says what to do where a path has grown. The service's
//! allocator is not used here: glibc's takes the same number of instructions each time.

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use adoption_tracker::changelog::Writer;
use adoption_tracker::engine::EngineSettings;
use adoption_tracker::input::{Limits, decode as decode_event};
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::task::{Task, TaskSettings};
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use load::{DAY_MS, Drawn, FIRST_MS, Running, Shape};

const RECORDED: &str = include_str!("instructions.toml");
/// What a path may cost, as a multiple of what was recorded.
const GROWTH_MAX: f64 = 1.05;

const USAGE: &[u8] = br#"{"type":"usage","id":"01JA8ZQ3V7M2K4N6P8R0T2W4Y6","time":"2026-10-03T10:15:30.123Z","account":"acct-000184","product":"crm","user":"u-000184-007","feature":"contact.created","quantity":3}"#;

/// Fails the run where the path takes more than it may.
fn limited(path: &str) -> LibraryBenchmarkConfig {
    let recorded = RECORDED.lines().find_map(|line| line.strip_prefix(path)?.strip_prefix(" = ")?.parse::<u64>().ok());
    let limit = match recorded {
        // They are about to be recorded.
        _ if std::env::var("UPDATE_INSTRUCTIONS").is_ok_and(|value| value == "1") => u64::MAX,
        Some(recorded) => (recorded as f64 * GROWTH_MAX) as u64,
        None => panic!("benches/instructions.toml has no figure for {path}; UPDATE_INSTRUCTIONS=1 benches/instructions.sh records it"),
    };
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, limit)]));
    config
}

/// An engine that has lived through some weeks of events.
fn warmed(accounts: u64, events: u64) -> Running {
    let shape = Shape { accounts, users: 10, products: 3, features: 8, days: 40 };
    let mut running = Running::new(shape, 10);
    let drawn: Vec<Drawn> = load::events(shape, events, 1).collect();
    running.apply(&drawn);
    running.engine.roll_all(&mut running.effects);
    running.effects.clear();
    running
}

/// A warmed engine, and events of its last day.
fn with_events() -> (Running, Vec<Drawn>) {
    let shape = Shape { accounts: 100, users: 10, products: 3, features: 8, days: 1 };
    let now_ms = FIRST_MS + 39 * DAY_MS + DAY_MS / 2;
    let events = load::events(shape, 1_000, 2).map(|drawn| Drawn { time_ms: now_ms, ..drawn }).collect();
    (warmed(100, 20_000), events)
}

fn of_accounts(accounts: u64) -> Running {
    warmed(accounts, accounts * 10)
}

#[library_benchmark(config = limited("decode"))]
fn decode() {
    let limits = Limits::default();
    for _ in 0..1_000 {
        let _ = black_box(decode_event(Some(b"acct-000184"), black_box(USAGE), Vec::new, &limits));
    }
}

#[library_benchmark(config = limited("apply"))]
#[bench::events(args = (), setup = with_events)]
fn apply((mut running, events): (Running, Vec<Drawn>)) -> Running {
    running.apply(&events);
    running
}

#[library_benchmark(config = limited("roll"))]
#[bench::accounts(args = (1_000), setup = of_accounts)]
fn roll(mut running: Running) -> Running {
    running.engine.advance_clock(FIRST_MS + 40 * DAY_MS);
    while running.engine.roll(32, &mut running.effects) {}
    running
}

#[library_benchmark(config = limited("encode"))]
#[bench::accounts(args = (100), setup = of_accounts)]
fn encode(running: Running) -> Running {
    let mut writer = Writer::default();
    let mut sink = |key: &[u8], value: &[u8]| {
        black_box((key, value));
    };
    for account in running.engine.accounts().iter() {
        writer.facts(&running.engine, account, &[1], &mut sink);
        writer.verdicts(&running.engine, account, &mut sink);
    }
    running
}

/// Records that a worker hands over at once, and those of a commit.
const TURN: usize = 256;
const COMMIT: usize = 1_024;

/// Hands the values to a partition as a worker does, with all that it makes of them: outputs, changelog, commits.
fn process(task: &mut Task, values: &[(usize, Drawn, String)]) {
    for commit in values.chunks(COMMIT) {
        for turn in commit.chunks(TURN) {
            let records: Vec<Record<'_>> = turn
                .iter()
                .map(|(number, drawn, value)| Record::bare(*number as i64, drawn.id.as_bytes(), Some(value.as_bytes())))
                .collect();
            task.process(0, &records, i64::MAX);
            task.roll(32);
        }
        task.prepare_commit(Checkpoint::Slice, Instant::now());
        black_box(task.outbox().bytes());
        task.post_commit();
    }
}

/// A partition of a topic of so many, with weeks of events behind it, and the values that come next: the stream of `end_to_end`, smaller.
fn partition_of(partitions: i32) -> (Task, Vec<(usize, Drawn, String)>) {
    let settings = TaskSettings {
        engine: EngineSettings::default(),
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        // Facts are written after so many records, and not after a time: that would be counted with the machine's speed.
        redo_seconds: 1 << 30,
        redo_events: 50_000,
        dead_letter_bytes_max: 1 << 20,
    };
    let mut task = Task::new(0, &["adoption.inputs.v1".to_owned()], Arc::new(Playbook::shipped()), settings);
    task.restored(&Inputs { partitions, ..Inputs::committed(&[None]) }).expect("nothing was there");
    task.run();
    let shape = Shape { accounts: 400, ..load::BACKLOG };
    let mut values: Vec<_> = load::events(shape, 100_000, 5)
        .enumerate()
        .map(|(number, drawn)| {
            let value = load::event_json(number as u64, &drawn);
            (number, drawn, value)
        })
        .collect();
    let next = values.split_off(90_000);
    process(&mut task, &values);
    (task, next)
}

#[library_benchmark(config = limited("partition"))]
#[bench::stream(args = (12), setup = partition_of)]
fn partition((mut task, values): (Task, Vec<(usize, Drawn, String)>)) -> Task {
    process(&mut task, &values);
    task
}

library_benchmark_group!(name = hot_paths, benchmarks = [decode, apply, roll, encode, partition]);
main!(library_benchmark_groups = hot_paths);
