//! End to end on a real broker, in parts. Prints one table.
//!
//! `cargo bench --bench end_to_end -- [PART ...]`, after `tests/kafka-broker/fetch.sh`. Without a name, all but `soak`:
//!
//! | part | what it measures |
//! |---|---|
//! | `backlog` | CPU per million events, exactly-once on, beside a bare consumer of the same topic |
//! | `restore` | changelog records into live accounts; the time until ready after a clean stop and after kill -9 |
//! | `latency` | from an event to its output |
//! | `takeover` | the same while another partition of the process restores and reads a backlog |
//! | `views` | events a second beside account views, and how long those take beside commits |
//! | `ingest` | CPU of `ingest` per million calls of Segment, beside that of `run` over what it wrote |
//! | `seed` | wall time of `seed` beside GNU `sort` of the same file, and memory |
//! | `soak` | a constant rate for half an hour, with a verdict (`make soak`) |
//!
//! Sizes: `E2E_PARTITIONS` (default 4); `E2E_EVENTS` (5000000), the backlog that `latency` and `views` begin with too; `E2E_RESTORE_ACCOUNTS`
//! (160000), whose state `restore` and `takeover` restore; `E2E_LATENCY_SECONDS` (20); `E2E_TAKEOVER_EVENTS` (300000), the backlog of
//! the partitions that are taken over; `E2E_VIEWS_RATE` (100000) and `E2E_VIEWS_SECONDS` (30), of the events beside which views are timed, and
//! `E2E_VIEWS_PLAYBOOK`, another than the shipped one for `views`; `E2E_INGEST_CALLS` (5000000); `E2E_SEED_LINES` (5000000),
//! `E2E_SEED_PADDING` (0), bytes of a column that nobody reads, and `E2E_SEED_ROUNDS` (3);
//! `E2E_SOAK_MINUTES` (30) and `E2E_SOAK_RATE` (3000).

mod backlog;
#[path = "../../tests/kafka/broker.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod broker;
mod ingest;
mod latency;
#[path = "../load/mod.rs"]
#[expect(dead_code, reason = "shared with the engine's benchmark")]
mod load;
#[path = "../../tests/kafka/process.rs"]
mod process;
mod restore;
mod seed;
mod service;
mod soak;
mod takeover;
#[path = "../../tests/kafka/topics.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod topics;
mod views;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use broker::{Broker, Purpose};
use load::{Drawn, event_json, number};

const PARTS: [&str; 8] = ["backlog", "restore", "latency", "takeover", "views", "ingest", "seed", "soak"];

/// What all parts share.
struct Bench {
    brokers: String,
    partitions: i32,
    /// For the services' settings and logs.
    directory: PathBuf,
}

fn main() -> Result<()> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [mode, brokers, events] = &arguments[..]
        && mode == "bare"
    {
        return backlog::bare_consumer(brokers, events.parse()?);
    }
    if let Some(unknown) = arguments.iter().find(|argument| !PARTS.contains(&argument.as_str())) {
        bail!("there is no part `{unknown}`; the parts are {}", PARTS.join(", "));
    }
    let chosen = |part: &str| if arguments.is_empty() { part != "soak" } else { arguments.iter().any(|argument| argument == part) };

    let broker = Broker::start_for(Purpose::Measurement, "end-to-end")?;
    let partitions = number("E2E_PARTITIONS", 4) as i32;
    let bench = Bench { brokers: broker.address(), partitions, directory: broker::scratch().join("end-to-end-service") };
    std::fs::create_dir_all(&bench.directory)?;
    println!("| what | figure |\n|---|---|");
    if chosen("backlog") || chosen("latency") || chosen("views") {
        backlog::prepare(&bench)?;
    }
    if chosen("backlog") {
        backlog::run(&bench)?;
    }
    if chosen("latency") {
        latency::run(&bench)?;
    }
    if chosen("restore") || chosen("takeover") {
        restore::prepare(&bench)?;
    }
    if chosen("restore") {
        restore::run(&bench)?;
    }
    if chosen("takeover") {
        takeover::run(&bench)?;
    }
    if chosen("views") {
        views::run(&bench)?;
    }
    if chosen("ingest") {
        ingest::run(&bench)?;
    }
    if chosen("seed") {
        seed::run(&bench)?;
    }
    if chosen("soak") {
        soak::run(&bench)?;
    }
    broker.stop()?;
    broker.remove();
    Ok(())
}

/// Writes the events as fast as the broker takes them; the bytes of their values.
fn produce(bench: &Bench, topic: &str, events: impl Iterator<Item = Drawn>) -> Result<usize> {
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", &bench.brokers)
        .set("compression.type", "lz4")
        .set("linger.ms", "20")
        .set("batch.num.messages", "5000")
        .set("queue.buffering.max.messages", "500000")
        .create()?;
    let mut bytes = 0;
    for (number, drawn) in events.enumerate() {
        let (key, value) = (&*drawn.id, event_json(number as u64, &drawn));
        bytes += value.len();
        let mut record = BaseRecord::to(topic).partition(topics::partition_of(key, bench.partitions)).key(key).payload(&value);
        while let Err((_, again)) = producer.send(record) {
            record = again;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    producer.flush(Duration::from_secs(120))?;
    Ok(bytes)
}

fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn now_ms() -> i64 {
    (now_ns() / 1_000_000) as i64
}
