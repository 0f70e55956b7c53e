//! CPU of the service per million events of a backlog, beside a bare consumer of the same topic.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adoption_tracker::kafka::queue::{PartitionQueue, Waker};
use anyhow::{Context, Result, ensure};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, DefaultConsumerContext};
use rdkafka::{Offset, TopicPartitionList};

use super::load::{self, BACKLOG, number};
use super::service::{Service, Spent, spent};
use super::{Bench, produce, topics};

pub const INPUT: &str = "adoption.inputs.v1";
/// An odd number, for its median.
const ROUNDS: usize = 5;

pub fn events() -> u64 {
    number("E2E_EVENTS", 5_000_000)
}

/// Writes the backlog.
pub fn prepare(bench: &Bench) -> Result<()> {
    topics::create_topic(&bench.brokers, INPUT, bench.partitions, &[])?;
    let bytes = produce(bench, INPUT, load::events(BACKLOG, events(), 5))?;
    println!(
        "| backlog: events, bytes each, accounts, partitions | {}, {}, {}, {} |",
        events(),
        bytes / events() as usize,
        BACKLOG.accounts,
        bench.partitions
    );
    Ok(())
}

pub fn run(bench: &Bench) -> Result<()> {
    let million = events() as f64 / 1e6;
    let mut ratios = Vec::new();
    // In turn, so that both meet the same machine.
    let mut before = bare(bench)?;
    for round in 0..ROUNDS {
        let service = Service::start(bench, INPUT, &format!("round-{round}"), "bench", &[])?;
        service.wait_for("adoption_events_total", events() as f64, Duration::from_secs(600))?;
        let wall = service.began.elapsed().as_secs_f64();
        let changelog_records = service.metric("adoption_changelog_records_total");
        let full = service.stop()?;
        println!(
            "| round {round}: service, exactly once, start and stop included | {:.2} CPU-s per million, {:.2} M events/s |",
            full.cpu / million,
            million / wall
        );
        println!("| round {round}: changelog records per event | {:.3} |", changelog_records / events() as f64);
        let after = bare(bench)?;
        ratios.push(2.0 * full.cpu / (before + after));
        before = after;
    }
    let each = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(", ");
    ratios.sort_by(f64::total_cmp);
    println!("| service ÷ mean of the bare consumers before and after it, CPU; the median | {each}; {:.2} |", ratios[ROUNDS / 2]);
    Ok(())
}

/// CPU-seconds of a bare consumer of the backlog, in a process of its own.
fn bare(bench: &Bench) -> Result<f64> {
    let began = Instant::now();
    let child = Command::new(std::env::current_exe()?).args(["bare", &bench.brokers, &events().to_string()]).spawn()?;
    let Spent { cpu, wall, .. } = spent(&child, began)?;
    let million = events() as f64 / 1e6;
    println!("| bare consumer | {:.2} CPU-s per million, {:.2} M records/s |", cpu / million, million / wall);
    Ok(cpu)
}

/// Reads the topic in batches from its partition queues and looks at each record's length: the least that any consumer does.
pub fn bare_consumer(brokers: &str, events: u64) -> Result<()> {
    let consumer: Arc<BaseConsumer<DefaultConsumerContext>> = Arc::new(
        ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", "bare").set("enable.auto.commit", "false").create()?,
    );
    let metadata = consumer.fetch_metadata(Some(INPUT), Duration::from_secs(10))?;
    let count = metadata.topics().first().context("the input topic")?.partitions().len() as i32;
    let mut list = TopicPartitionList::new();
    for partition in 0..count {
        list.add_partition_offset(INPUT, partition, Offset::Beginning)?;
    }
    let waker = Arc::new(Waker::default());
    let mut queues: Vec<_> = (0..count).filter_map(|partition| PartitionQueue::split(&consumer, INPUT, partition, &waker)).collect();
    consumer.assign(&list)?;
    let (mut seen, mut bytes) = (0, 0);
    let mut batch = Vec::new();
    while seen < events {
        let before = seen;
        for queue in &mut queues {
            queue.fetch(10_000, &mut batch);
            seen += batch.len() as u64;
            bytes += batch.drain(..).map(|message| message.value().map_or(0, <[u8]>::len)).sum::<usize>();
        }
        consumer.poll(Duration::ZERO);
        if seen == before {
            waker.wait(Duration::from_millis(10));
        }
    }
    ensure!(bytes > 0, "nothing was read");
    Ok(())
}
