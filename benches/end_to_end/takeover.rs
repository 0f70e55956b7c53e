//! Latency of partitions that run while others of the same process are restored and read a backlog.
//!
//! Two processes share the partitions. One is killed and a backlog is written to its partitions; when the group gives them to the other,
//! that one restores and reads them. The events that are timed go to partitions that it had all along.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::latency::{Latencies, Traffic, WARM_UP, seconds};
use super::load::{self, Drawn, number};
use super::restore::{self, INPUT, INSTANCE, NAME};
use super::service::Service;
use super::{Bench, now_ms, now_ns, produce, topics};

/// How soon the group notices the kill: after the backlog is written.
const SESSION_TIMEOUT_MS: &str = "10000";
/// The survivor hears of a rebalance within half a second, so that one lies within the second before it is given partitions.
const HEARTBEAT_INTERVAL_MS: &str = "500";
const REBALANCE_NS: u64 = 1_000_000_000;

/// Whether a commit meets the rebalance is luck.
const ROUNDS: usize = 3;

pub fn run(bench: &Bench) -> Result<()> {
    ensure!(bench.partitions >= 2, "a takeover needs two partitions");
    (0..ROUNDS).try_for_each(|round| take_over(bench, round))
}

fn take_over(bench: &Bench, round: usize) -> Result<()> {
    // One partition for each worker while both processes live, two after.
    let each = bench.partitions / 2;
    let workers = each.to_string();
    let environment = [
        ("ADOPTION__ENGINE__WORKERS", workers.as_str()),
        ("ADOPTION__KAFKA__SESSION_TIMEOUT_MS", SESSION_TIMEOUT_MS),
        ("ADOPTION__KAFKA__PROPERTIES__HEARTBEAT_INTERVAL_MS", HEARTBEAT_INTERVAL_MS),
    ];
    let survivor = Service::start(bench, INPUT, NAME, INSTANCE, &environment)?;
    survivor.wait_ready(bench.partitions)?;
    let killed = Service::start(bench, INPUT, NAME, "killed", &environment)?;
    killed.wait_ready(each)?;
    survivor.wait_ready(bench.partitions - each)?;
    survivor.settle(bench.partitions - each)?;
    let kept: Vec<i32> = survivor.by_partition("adoption_accounts").into_keys().collect();
    let moving: Vec<i32> = killed.by_partition("adoption_accounts").into_keys().collect();
    ensure!(kept.len() + moving.len() == bench.partitions as usize, "{kept:?} and {moving:?} are not all partitions, each once");
    let restored_before = survivor.metric("adoption_restored_records_total");

    let traffic = Traffic::start(bench, INPUT, "restore.stage-changes.v1", &kept)?;
    // The first events meet cold caches and clients, those of the first round a cold broker.
    std::thread::sleep(if round == 0 { WARM_UP } else { Duration::from_secs(2) });
    let calm = now_ns();
    std::thread::sleep(Duration::from_secs(seconds()));
    let calm = calm..now_ns();

    killed.kill()?;
    let events = number("E2E_TAKEOVER_EVENTS", 300_000);
    let is_moving = |drawn: &Drawn| moving.contains(&topics::partition_of(&drawn.id, bench.partitions));
    let backlog = load::events(restore::shape(), u64::MAX, 7).filter(is_moving).take(usize::try_from(events)?);
    produce(bench, INPUT, backlog.map(|drawn| Drawn { time_ms: now_ms(), ..drawn }))?;
    ensure!(survivor.is_ready(kept.len() as i32), "taken over before the backlog was written; fewer E2E_TAKEOVER_EVENTS?");

    survivor.wait_until("given partitions", || survivor.metric("adoption_assigned_partitions") > kept.len() as f64)?;
    let begin = now_ns() - REBALANCE_NS;
    survivor.wait_ready(bench.partitions)?;
    let restored = now_ns();
    survivor.wait_until("at the end of the backlog", || {
        let lags = survivor.by_partition("adoption_lag_records");
        moving.iter().all(|partition| lags.get(partition) == Some(&0.0))
    })?;
    let end = now_ns();
    let outputs = traffic.stop()?;

    let before = Latencies::of(&outputs, calm)?;
    let during = Latencies::of(&outputs, begin..end)?;
    let seconds = |from: u64, to: u64| (to - from) as f64 / 1e9;
    println!("| takeover {round}: latency of the kept partitions before, {} |", before.row());
    println!(
        "| takeover {round}: {} of {} partitions: changelog records restored, events of backlog, transactions aborted; rebalance and restore, backlog | {:.0}, {events}, {:.0}; {:.2} s, {:.2} s |",
        moving.len(),
        bench.partitions,
        survivor.metric("adoption_restored_records_total") - restored_before,
        // What an abort delays is sent again, for the kept partitions too.
        survivor.metric("adoption_transaction_aborts_total"),
        seconds(begin, restored),
        seconds(restored, end)
    );
    println!("| takeover {round}: latency of the kept partitions during it, {} |", during.row());
    for (what, range) in [("rebalance and restore", begin..restored), ("the backlog", restored..end)] {
        // Too short for quantiles where little was to be done.
        if let Ok(part) = Latencies::of(&outputs, range) {
            println!("| takeover {round}: the same during {what} alone, {} |", part.row());
        }
    }
    println!("| takeover {round}: p99 during ÷ before | {:.2} |", during.quantile_ms(0.99) / before.quantile_ms(0.99));
    survivor.stop()?;
    Ok(())
}
