//! CPU of `ingest` per million track calls of Segment, beside that of `run` over the native records that came of them.

use std::time::Duration;

use anyhow::Result;
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use super::load::{self, BACKLOG, Drawn, PRODUCTS, number};
use super::service::Service;
use super::{Bench, topics};

const SOURCE: &str = "segment";
/// An odd number, for its median.
const ROUNDS: usize = 3;
const LIMIT: Duration = Duration::from_secs(600);

fn calls() -> u64 {
    number("E2E_INGEST_CALLS", 5_000_000)
}

/// As analytics-node 3.1.0 writes one.
fn call(number: u64, drawn: &Drawn) -> String {
    let Drawn { id, user, product, feature, time_ms, .. } = drawn;
    let time = jiff::Timestamp::from_millisecond(*time_ms).expect("a time of this century");
    format!(
        r#"{{"timestamp":"{time:.3}","integrations":{{}},"event":"f{feature}","type":"track","properties":{{"product":"{}","quantity":1}},"context":{{"groupId":"{id}","library":{{"name":"@segment/analytics-node","version":"3.1.0"}}}},"userId":"u-{user}","messageId":"node-next-1795888822301-{number:08x}-085f-47db-b9f9-0d5bf11b3387","_metadata":{{"nodeVersion":"v20.20.2","jsRuntime":"node"}}}}"#,
        PRODUCTS[*product as usize]
    )
}

pub fn run(bench: &Bench) -> Result<()> {
    topics::create_topic(&bench.brokers, SOURCE, bench.partitions, &[])?;
    let bytes = prepare(bench)?;
    println!("| ingest: calls, bytes each, partitions | {}, {}, {} |", calls(), bytes / calls() as usize, bench.partitions);
    let million = calls() as f64 / 1e6;
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let (name, input) = (format!("ingest-{round}"), format!("ingest-{round}-inputs"));
        topics::create_topic(&bench.brokers, &input, bench.partitions, &[])?;
        // As many threads as `run` has.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let sections = format!("[sources.segment]\ntopic = \"{SOURCE}\"\nformat = \"segment\"\n[ingest]\nworkers = {cores}\n");
        let ingest = Service::start_as("ingest", bench, &input, &name, "feed", &sections, &[])?;
        ingest.wait_for("adoption_ingest_events_total", calls() as f64, LIMIT)?;
        let wall = ingest.began.elapsed().as_secs_f64();
        let fed = ingest.stop()?;
        println!("| round {round}: ingest | {:.2} CPU-s per million, {:.2} M records/s |", fed.cpu / million, million / wall);
        // A playbook of a few rules: with the shipped one, most of what `run` takes are the days of accounts and not the events.
        let playbook = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/core.yaml");
        let service = Service::start(bench, &input, &name, "bench", &[("ADOPTION__PLAYBOOK", playbook)])?;
        service.wait_for("adoption_events_total", calls() as f64, LIMIT)?;
        let wall = service.began.elapsed().as_secs_f64();
        let read = service.stop()?;
        println!("| round {round}: run of what it wrote | {:.2} CPU-s per million, {:.2} M events/s |", read.cpu / million, million / wall);
        ratios.push(fed.cpu / read.cpu);
    }
    let each = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(", ");
    ratios.sort_by(f64::total_cmp);
    println!("| ingest ÷ run, CPU; the median | {each}; {:.2} |", ratios[ROUNDS / 2]);
    Ok(())
}

/// Writes the calls without keys, as a sender that knows no accounts.
fn prepare(bench: &Bench) -> Result<usize> {
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", &bench.brokers)
        .set("compression.type", "lz4")
        .set("linger.ms", "20")
        .set("queue.buffering.max.messages", "500000")
        .create()?;
    let mut bytes = 0;
    for (number, drawn) in load::events(BACKLOG, calls(), 5).enumerate() {
        let value = call(number as u64, &drawn);
        bytes += value.len();
        let mut record = BaseRecord::<(), _>::to(SOURCE).partition((number as i32 / 100) % bench.partitions).payload(&value);
        while let Err((_, again)) = producer.send(record) {
            record = again;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    producer.flush(Duration::from_secs(120))?;
    Ok(bytes)
}
