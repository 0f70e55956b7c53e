//! Restore of a large changelog from the broker: what it costs, and how soon the service is ready again.
//!
//! The CPU is the whole process's, from its start until all partitions run, as the kernel counts it (in ticks of 10 ms). A start with an
//! empty changelog, in the same run, tells how much of that is not the restore's: that subtracted is the net figure. Records per second
//! and core are what one CPU-second of it restores; records per second are the records by the time from the start until ready.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::load::{self, Drawn, Shape, number};
use super::service::Service;
use super::{Bench, now_ms, produce, topics};

pub const INPUT: &str = "restore.inputs.v1";
pub const NAME: &str = "restore";
pub const INSTANCE: &str = "bench";
/// An input without records, and what reads it.
const EMPTY_INPUT: &str = "empty.inputs.v1";
const EMPTY_NAME: &str = "empty";
/// So few that the changelog is of accounts more than of days.
const EVENTS_PER_ACCOUNT: u64 = 5;
const ROUNDS: usize = 3;

pub fn shape() -> Shape {
    Shape { accounts: number("E2E_RESTORE_ACCOUNTS", 160_000), users: 10, products: 5, features: 3, days: 60 }
}

/// Makes the changelog: reads a backlog of many accounts, lives up to today, stops cleanly.
pub fn prepare(bench: &Bench) -> Result<()> {
    topics::create_topic(&bench.brokers, INPUT, bench.partitions, &[])?;
    let shape = shape();
    let events = shape.accounts * EVENTS_PER_ACCOUNT;
    produce(bench, INPUT, load::events(shape, events, 5))?;
    let service = Service::start(bench, INPUT, NAME, INSTANCE, &[])?;
    service.settle(bench.partitions)?;
    let [accounts, changelog, dead] =
        ["adoption_accounts", "adoption_changelog_records_total", "adoption_dead_letters_total"].map(|name| service.metric(name));
    ensure!(dead == 0.0, "{dead} events were refused");
    println!("| restore: accounts, events, changelog records before the stop | {accounts}, {events}, {changelog} |");
    service.stop()?;
    Ok(())
}

/// A start up to the moment at which all partitions run.
struct Started {
    service: Service,
    seconds: f64,
    cpu: f64,
    restored: f64,
    redone: f64,
}

fn start(bench: &Bench, input: &str, name: &str) -> Result<Started> {
    let service = Service::start(bench, input, name, INSTANCE, &[])?;
    service.wait_ready(bench.partitions)?;
    let seconds = service.began.elapsed().as_secs_f64();
    let cpu = service.metric("process_cpu_seconds_total");
    let restored = service.metric("adoption_restored_records_total");
    let redone = service.metric("adoption_redone_events_total");
    Ok(Started { service, seconds, cpu, restored, redone })
}

/// Until the gauges of all partitions are there, which a worker sets once a second.
fn until_gauges(started: &Started, partitions: i32) -> Result<f64> {
    let service = &started.service;
    service.wait_until("told by gauges", || service.by_partition("adoption_accounts").len() as i32 == partitions)?;
    Ok(service.began.elapsed().as_secs_f64())
}

pub fn run(bench: &Bench) -> Result<()> {
    topics::create_topic(&bench.brokers, EMPTY_INPUT, bench.partitions, &[])?;
    // The group's first start: its members share the partitions out. Each later one finds them as they were.
    start(bench, EMPTY_INPUT, EMPTY_NAME)?.service.stop()?;
    for round in 0..ROUNDS {
        let empty = start(bench, EMPTY_INPUT, EMPTY_NAME)?;
        empty.service.stop()?;
        let full = start(bench, INPUT, NAME)?;
        let gauges = until_gauges(&full, bench.partitions)?;
        full.service.stop()?;
        let million = full.restored / 1e6;
        println!(
            "| restore {round}: {:.0} changelog records, start until ready; the same with an empty changelog | {:.2} CPU-s in {:.2} s; {:.2} CPU-s in {:.2} s |",
            full.restored, full.cpu, full.seconds, empty.cpu, empty.seconds
        );
        println!(
            "| restore {round}: raw | {:.2} CPU-s per million records, {:.2} M records/s |",
            full.cpu / million,
            million / full.seconds
        );
        let net = (full.cpu - empty.cpu) / million;
        println!("| restore {round}: net of the empty start | {net:.2} CPU-s per million records, {:.2} M records/s and core |", 1.0 / net);
        println!(
            "| ready after a clean stop {round}: all partitions run, changelog records, events redone; gauges in /metrics | {:.2} s, {:.0}, {:.0}; {gauges:.2} s |",
            full.seconds, full.restored, full.redone
        );
    }
    after_a_kill(bench)
}

/// Killed while facts of the last events stand in the input alone.
fn after_a_kill(bench: &Bench) -> Result<()> {
    let shape = shape();
    let before = start(bench, INPUT, NAME)?.service;
    let events = load::events(shape, shape.accounts, 6).map(|drawn| Drawn { time_ms: now_ms(), ..drawn });
    produce(bench, INPUT, events)?;
    before.wait_for("adoption_events_total", shape.accounts as f64, Duration::from_secs(120))?;
    before.kill()?;
    let killed = start(bench, INPUT, NAME)?;
    let gauges = until_gauges(&killed, bench.partitions)?;
    println!(
        "| ready after kill -9: all partitions run, changelog records, events redone; gauges in /metrics | {:.2} s, {:.0}, {:.0}; {gauges:.2} s |",
        killed.seconds, killed.restored, killed.redone
    );
    killed.service.stop()?;
    Ok(())
}
