//! From an event to its output: 2,000 events a second of which 17 % change a stage, a new account's first login each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::load::{account_id, number};
use super::service::Service;
use super::{Bench, backlog, now_ns, topics};

const RATE: u64 = 2_000;
/// The broker is compiled while it runs: in its first minute at this rate a transaction takes up to three times as long.
pub const WARM_UP: Duration = Duration::from_secs(60);
/// One event of so many is of a new account.
const NEW_EACH: u64 = 6;

pub fn seconds() -> u64 {
    number("E2E_LATENCY_SECONDS", 20)
}

/// Beside the state that a backlog left.
pub fn run(bench: &Bench) -> Result<()> {
    let service = Service::start(bench, backlog::INPUT, "latency", "bench", &[])?;
    service.settle(bench.partitions)?;
    let all: Vec<i32> = (0..bench.partitions).collect();
    let traffic = Traffic::start(bench, backlog::INPUT, "latency.stage-changes.v1", &all)?;
    std::thread::sleep(WARM_UP);
    let from_ns = now_ns();
    let commits = || (service.metric("adoption_commits_total"), service.metric("adoption_commit_duration_seconds_sum"));
    let (before, steps_before) = (commits(), service.series("adoption_commit_step_seconds_total"));
    std::thread::sleep(Duration::from_secs(seconds()));
    let (after, steps_after) = (commits(), service.series("adoption_commit_step_seconds_total"));
    let outputs = traffic.stop()?;
    let latencies = Latencies::of(&outputs, from_ns..u64::MAX)?;
    println!("| latency, 2,000 events/s, produce → read_committed reader, {} |", latencies.row());
    let (made, took) = (after.0 - before.0, after.1 - before.1);
    println!(
        "| latency, the commits: a second of both workers, mean duration | {:.0}, {:.0} ms |",
        made / seconds() as f64,
        1e3 * took / made
    );
    let each_took = |(labels, seconds): &(String, f64)| {
        let before = steps_before.iter().find(|(step, _)| step == labels).map_or(0.0, |(_, seconds)| *seconds);
        format!("{labels} {:.1}", 1e3 * (seconds - before) / made)
    };
    println!("| latency, of a commit | {} ms |", steps_after.iter().map(each_took).collect::<Vec<_>>().join(", "));
    service.stop()?;
    Ok(())
}

/// An output that was read.
pub struct Output {
    /// When the event that caused it was made.
    pub made_ns: u64,
    pub latency_ns: u64,
}

/// Ascending, in nanoseconds.
pub struct Latencies(Vec<u64>);

impl Latencies {
    /// Of the events that were made in that time.
    pub fn of(outputs: &[Output], made: std::ops::Range<u64>) -> Result<Self> {
        let chosen = outputs.iter().filter(|output| made.contains(&output.made_ns));
        let mut latencies: Vec<u64> = chosen.map(|output| output.latency_ns).collect();
        ensure!(latencies.len() > 100, "only {} outputs were seen", latencies.len());
        latencies.sort_unstable();
        Ok(Self(latencies))
    }

    pub fn quantile_ms(&self, part: f64) -> f64 {
        quantile_ms(&self.0, part)
    }

    /// The end of a row of the table.
    pub fn row(&self) -> String {
        let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|part| self.quantile_ms(part));
        format!("{} outputs: p50, p90, p99, max | {p50:.0}, {p90:.0}, {p99:.0}, {max:.0} ms", self.0.len())
    }
}

pub fn quantile_ms(sorted_ns: &[u64], part: f64) -> f64 {
    sorted_ns[((sorted_ns.len() - 1) as f64 * part) as usize] as f64 / 1e6
}

/// Events at the constant rate, and a reader of the outputs that they cause.
pub struct Traffic {
    stop_writing: Arc<AtomicBool>,
    stop_reading: Arc<AtomicBool>,
    writer: JoinHandle<Result<()>>,
    reader: JoinHandle<Result<Vec<Output>>>,
}

impl Traffic {
    /// Only to the partitions `among` those of the input.
    pub fn start(bench: &Bench, input: &'static str, outputs: &'static str, among: &[i32]) -> Result<Self> {
        let (stop_writing, stop_reading) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let reader = {
            let (brokers, stop) = (bench.brokers.clone(), Arc::clone(&stop_reading));
            std::thread::spawn(move || {
                let mut seen = Vec::new();
                read_outputs(&brokers, outputs, &stop, |output| seen.push(output))?;
                Ok(seen)
            })
        };
        std::thread::sleep(Duration::from_secs(1));
        let writer = {
            let (brokers, partitions, among, stop) = (bench.brokers.clone(), bench.partitions, among.to_vec(), Arc::clone(&stop_writing));
            std::thread::spawn(move || write(&brokers, input, partitions, &among, &stop))
        };
        Ok(Self { stop_writing, stop_reading, writer, reader })
    }

    /// What was seen from the start until a second after the last event.
    pub fn stop(self) -> Result<Vec<Output>> {
        self.stop_writing.store(true, Ordering::Relaxed);
        self.writer.join().expect("the writer does not panic")?;
        std::thread::sleep(Duration::from_secs(1));
        self.stop_reading.store(true, Ordering::Relaxed);
        self.reader.join().expect("the reader does not panic")
    }
}

fn write(brokers: &str, input: &str, partitions: i32, among: &[i32], stop: &AtomicBool) -> Result<()> {
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let is_among = |key: &String| among.contains(&topics::partition_of(key, partitions));
    // Numbered from now on, so that nobody has met them before.
    let mut new = (now_ns()..).map(|number| format!("new-{number}")).filter(is_among);
    // These change nothing more after their first event.
    let known: Vec<String> = (0..).map(account_id).map(String::from).filter(is_among).take(500).collect();
    let begin = Instant::now();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let due = begin + Duration::from_micros(number * 1_000_000 / RATE);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let now = now_ns();
        let key =
            if number % NEW_EACH == 0 { new.next().context("numbers have an end")? } else { known[number as usize % known.len()].clone() };
        let value = format!(
            r#"{{"type":"usage","id":"at-{now}","time":{},"account":"{key}","product":"crm","user":"user-1","feature":"contact.created","quantity":1}}"#,
            now / 1_000_000
        );
        let record = BaseRecord::to(input).partition(topics::partition_of(&key, partitions)).key(&key).payload(&value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(30))?;
    Ok(())
}

/// Reads outputs as they are committed; those count that an event caused whose id tells when it was made.
pub fn read_outputs(brokers: &str, topic: &str, stop: &AtomicBool, mut seen: impl FnMut(Output)) -> Result<()> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "latency-reader")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("fetch.wait.max.ms", "10")
        .create()?;
    let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(10))?;
    let mut list = TopicPartitionList::new();
    for partition in metadata.topics().first().context("the output topic")?.partitions() {
        list.add_partition_offset(topic, partition.id(), Offset::End)?;
    }
    consumer.assign(&list)?;
    while !stop.load(Ordering::Relaxed) {
        let Some(message) = consumer.poll(Duration::from_millis(5)) else { continue };
        let message = message?;
        let text = std::str::from_utf8(message.payload().unwrap_or_default())?;
        if let Some(made_ns) = text.split("\"event\":\"at-").nth(1).and_then(|rest| rest.split('"').next()?.parse::<u64>().ok()) {
            seen(Output { made_ns, latency_ns: now_ns().saturating_sub(made_ns) });
        }
    }
    Ok(())
}
