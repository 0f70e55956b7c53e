//! Instructions of the hot paths, counted by callgrind: unlike times they are the same on a busy machine.
//!
//! `benches/instructions.sh` runs it, compares with `instructions.toml` and says what to do where a path has grown. The service's
//! allocator is not used here: glibc's takes the same number of instructions each time.

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adoption_tracker::changelog::Writer;
use adoption_tracker::engine::EngineSettings;
use adoption_tracker::input::{Limits, decode as decode_event};
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::{Playbook, SHIPPED};
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use compact_str::{CompactString, format_compact};
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
        writer.verdicts(&running.engine, account, None, &mut sink);
    }
    running
}

/// Records that a worker hands over at once, and those of a commit.
const TURN: usize = 256;
const COMMIT: usize = 1_024;

/// A record's offset, key and value.
type Input = (i64, CompactString, String);

fn take_turn(task: &mut Partition, turn: &[Input]) {
    let records: Vec<Record<'_>> =
        turn.iter().map(|(offset, key, value)| Record::bare(*offset, key.as_bytes(), Some(value.as_bytes()))).collect();
    task.process(0, &records, i64::MAX);
}

/// Hands the inputs to a partition as a worker does, with all that it makes of them: outputs, changelog, commits.
fn process(task: &mut Partition, inputs: &[Input]) {
    for commit in inputs.chunks(COMMIT) {
        for turn in commit.chunks(TURN) {
            take_turn(task, turn);
            task.roll(32);
        }
        task.prepare_commit(Checkpoint::Slice, Instant::now());
        black_box(task.outbox().bytes());
        task.post_commit();
    }
}

/// A partition of a topic of so many, 0 where that is not known, with nothing in it.
fn started(partitions: i32, playbook: Playbook) -> Partition {
    let settings = PartitionSettings {
        engine: EngineSettings::default(),
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        time_from_record: false,
        // Facts are written after so many records, and not after a time: that would be counted with the machine's speed.
        redo_seconds: 1 << 30,
        redo_events: 50_000,
        dead_letter_bytes_max: 1 << 20,
        // Nor are states of accounts.
        states: StateBeat { within: Duration::from_secs(1 << 30), ..StateBeat::default() },
    };
    let mut task = Partition::new(0, &["adoption.inputs.v1".to_owned()], Arc::new(playbook), settings);
    task.restored(&Inputs { partitions, ..Inputs::committed(&[None]) }).expect("nothing was there");
    task.run();
    task
}

/// Two alerts and a play: what the whole playbook is compared with.
const CORE: &str = include_str!("core.yaml");

fn loaded(yaml: &str) -> Playbook {
    Playbook::load("bench.yaml", yaml).unwrap_or_else(|problems| panic!("{}", problems[0]))
}

/// With the measures of the shipped playbook, but for their bands: nobody reads them then.
fn with_unread_measures() -> String {
    let from = SHIPPED.find("\nmeasures:").expect("it has measures");
    let after = from + "\nmeasures:\n".len();
    let lines = SHIPPED[after..].split_inclusive('\n');
    let section: usize = lines.take_while(|line| !line.starts_with(|first: char| first.is_ascii_lowercase())).map(str::len).sum();
    let end = after + section;
    let lines = SHIPPED[from..end].lines().filter(|line| !line.trim_start().starts_with("bands:"));
    format!("{CORE}{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Weeks of events behind it, and the records that come next: the stream of `end_to_end`, smaller.
fn partition_with(partitions: i32, playbook: Playbook) -> (Partition, Vec<Input>) {
    let mut task = started(partitions, playbook);
    let shape = Shape { accounts: 400, ..load::BACKLOG };
    let mut inputs: Vec<Input> = load::events(shape, 100_000, 5)
        .enumerate()
        .map(|(number, drawn)| {
            let value = load::event_json(number as u64, &drawn);
            (number as i64, drawn.id, value)
        })
        .collect();
    let next = inputs.split_off(90_000);
    process(&mut task, &inputs);
    (task, next)
}

#[library_benchmark(config = limited("partition"))]
#[bench::stream(args = (12, Playbook::shipped()), setup = partition_with)]
fn partition((mut task, inputs): (Partition, Vec<Input>)) -> (Partition, Vec<Input>) {
    process(&mut task, &inputs);
    (task, inputs)
}

#[library_benchmark(config = limited("partition_core"))]
#[bench::stream(args = (12, loaded(CORE)), setup = partition_with)]
fn partition_core((mut task, inputs): (Partition, Vec<Input>)) -> (Partition, Vec<Input>) {
    process(&mut task, &inputs);
    (task, inputs)
}

#[library_benchmark(config = limited("partition_unread"))]
#[bench::stream(args = (12, loaded(&with_unread_measures())), setup = partition_with)]
fn partition_unread((mut task, inputs): (Partition, Vec<Input>)) -> (Partition, Vec<Input>) {
    process(&mut task, &inputs);
    (task, inputs)
}

// Where it is not known how many partitions there are, nothing is asked about who put accounts where they are: what that check costs is the
// difference.
#[library_benchmark(config = limited("partition_unchecked"))]
#[bench::stream(args = (0, loaded(CORE)), setup = partition_with)]
fn partition_unchecked((mut task, inputs): (Partition, Vec<Input>)) -> (Partition, Vec<Input>) {
    process(&mut task, &inputs);
    (task, inputs)
}

/// Each event opens an alert or clears it: each has an output, with three comparisons as evidence.
const CROSSED_BY_EACH: &str = r#"
version: 1
products:
  crm:
    features: {f: {tier: core}}
alerts:
  crossed:
    scope: product
    open: gauge("level") >= 1 && events >= 0 && active_users <= 1
"#;

fn with_outputs(accounts: i64) -> (Partition, Vec<Input>) {
    let mut task = started(12, loaded(CROSSED_BY_EACH));
    // A product is judged from when it is entitled.
    let entitled = |account: i64| {
        let key = format_compact!("acct-{account:06}");
        let value = format!(
            r#"{{"type":"entitlement","time":{FIRST_MS},"account":"{key}","product":"crm","status":"active","starts":"2025-01-01"}}"#
        );
        (account, key, value)
    };
    let levelled = |offset: i64| {
        let (key, level) = (format_compact!("acct-{:06}", offset % accounts), offset / accounts % 2);
        let value = format!(r#"{{"type":"gauge","time":{FIRST_MS},"account":"{key}","product":"crm","name":"level","value":{level}}}"#);
        (offset, key, value)
    };
    let mut inputs: Vec<Input> = (0..accounts).map(entitled).chain((accounts..13 * accounts).map(levelled)).collect();
    let next = inputs.split_off(3 * accounts as usize);
    process(&mut task, &inputs);
    (task, next)
}

// Without the commits: what a record costs that has an output.
#[library_benchmark(config = limited("output"))]
#[bench::alerts(args = (100), setup = with_outputs)]
fn output((mut task, inputs): (Partition, Vec<Input>)) -> (Partition, Vec<Input>) {
    let before = task.outbox().len();
    for turn in inputs.chunks(TURN) {
        take_turn(&mut task, turn);
    }
    assert_eq!(task.outbox().len() - before, inputs.len(), "each record has an output");
    (task, inputs)
}

library_benchmark_group!(
    name = hot_paths,
    benchmarks = [decode, apply, roll, encode, output, partition, partition_core, partition_unread, partition_unchecked]
);
main!(library_benchmark_groups = hot_paths);
