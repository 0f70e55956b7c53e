//! End to end on a real broker: CPU of the service per million events, exactly-once on, beside a bare consumer of the same topic in
//! the same run; restore; latency. Prints one table.
//!
//! `cargo bench --bench end_to_end`, after `tests/kafka-broker/fetch.sh`. `E2E_EVENTS` (default 5000000), `E2E_PARTITIONS` (4).
//! `make soak` is another run of it: a constant rate for half an hour (`soak.rs`).

#[path = "../../tests/kafka/broker.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod broker;
#[path = "../load/mod.rs"]
#[expect(dead_code, reason = "shared with the engine's benchmark")]
mod load;
#[path = "../../tests/kafka/process.rs"]
mod process;
mod soak;
#[path = "../../tests/kafka/topics.rs"]
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
mod topics;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use adoption_tracker::kafka::queue::{PartitionQueue, Waker};
use anyhow::{Context, Result, bail, ensure};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer, DefaultConsumerContext};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use broker::Broker;
use load::{Shape, event_json, number};

const INPUT: &str = "adoption.inputs.v1";
const SHAPE: Shape = Shape { accounts: 20_000, users: 10, products: 5, features: 3, days: 60 };

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, brokers, events] = &arguments[..]
        && mode == "bare"
    {
        return bare_consumer(brokers, events.parse()?);
    }
    let events = number("E2E_EVENTS", 5_000_000);
    let partitions = number("E2E_PARTITIONS", 4) as i32;
    let soak_minutes = number("E2E_SOAK_MINUTES", 0);
    let broker = Broker::start("end-to-end")?;
    let brokers = broker.address();
    let directory = broker::scratch().join("end-to-end-service");
    std::fs::create_dir_all(&directory)?;
    topics::create_topic(&brokers, INPUT, partitions, &[])?;
    if soak_minutes > 0 {
        soak::run(&brokers, &directory, partitions, Duration::from_secs(soak_minutes * 60))?;
        broker.stop()?;
        broker.remove();
        return Ok(());
    }
    let bytes = produce(&brokers, partitions, events)?;
    println!("{events} events of {bytes} bytes, {} accounts, {partitions} partitions", SHAPE.accounts);
    println!("| what | figure |\n|---|---|");

    // Interleaved, so that both meet the same machine.
    let mut ratios = Vec::new();
    for round in 0..2 {
        let bare = bare(&brokers, events)?;
        let full = backlog(&brokers, &directory, &format!("round-{round}"), partitions, events)?;
        let million = events as f64 / 1e6;
        println!("| round {round}: bare consumer | {:.2} CPU-s per million, {:.2} M records/s |", bare.cpu / million, million / bare.wall);
        println!(
            "| round {round}: service, exactly once, start and stop included | {:.2} CPU-s per million, {:.2} M events/s |",
            full.cpu / million,
            million / full.wall
        );
        println!("| round {round}: changelog records per event | {:.3} |", full.changelog_records / events as f64);
        ratios.push(full.cpu / bare.cpu);
    }
    println!("| service ÷ bare consumer, CPU | {} |", ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(", "));
    restart(&brokers, &directory, "round-0", partitions)?;
    latency(&brokers, &directory, partitions)?;
    broker.stop()?;
    broker.remove();
    Ok(())
}

fn account(number: u64) -> String {
    format!("account-{number}")
}

fn produce(brokers: &str, partitions: i32, events: u64) -> Result<usize> {
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("compression.type", "lz4")
        .set("linger.ms", "20")
        .set("batch.num.messages", "5000")
        .set("queue.buffering.max.messages", "500000")
        .create()?;
    let mut bytes = 0;
    for (number, drawn) in load::events(SHAPE, events, 5).enumerate() {
        let (key, value) = (account(drawn.account), event_json(number as u64, &drawn));
        bytes += value.len();
        let mut record = BaseRecord::to(INPUT).partition(topics::partition_of(&key, partitions)).key(&key).payload(&value);
        while let Err((_, again)) = producer.send(record) {
            record = again;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    producer.flush(Duration::from_secs(120))?;
    Ok(bytes / events as usize)
}

/// CPU (user and system) and wall time of a process, in seconds.
struct Spent {
    cpu: f64,
    wall: f64,
    changelog_records: f64,
}

/// Waits for the process and reads what it spent.
fn spent(child: &Child, began: Instant) -> Result<Spent> {
    let mut status = 0;
    // SAFETY: plain data, filled in by the call.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: our own child; both pointers are live.
    let pid = unsafe { libc::wait4(child.id() as i32, &mut status, 0, &mut usage) };
    ensure!(pid == child.id() as i32 && status == 0, "the process ended with status {status}");
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Ok(Spent { cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), wall: began.elapsed().as_secs_f64(), changelog_records: 0.0 })
}

fn bare(brokers: &str, events: u64) -> Result<Spent> {
    let began = Instant::now();
    let child = Command::new(std::env::current_exe()?).args(["bare", brokers, &events.to_string()]).spawn()?;
    spent(&child, began)
}

/// Reads the topic in batches from its partition queues and looks at each record's length: the least that any consumer does.
fn bare_consumer(brokers: &str, events: u64) -> Result<()> {
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

struct Service {
    child: Child,
    http: u16,
    began: Instant,
}

impl Service {
    fn start(brokers: &str, directory: &Path, name: &str, partitions: i32, playbook: Option<&str>) -> Result<Self> {
        let http = process::free_port()?;
        let config = directory.join(format!("{name}.toml"));
        let playbook = playbook.map_or(String::new(), |file| format!("playbook = \"{file}\"\n"));
        std::fs::write(
            &config,
            format!(
                "{playbook}[kafka]\nbrokers = \"{brokers}\"\napplication_id = \"{name}\"\ninstance_id = \"bench\"\n\
                 [topics]\ninputs = [\"{INPUT}\"]\nprefix = \"{name}\"\npartitions = {partitions}\nreplication_factor = 1\n\
                 [http]\nlisten = \"127.0.0.1:{http}\"\n"
            ),
        )?;
        let binary = env!("CARGO_BIN_EXE_adoption-tracker");
        let created = Command::new(binary).args(["topics", "create", "--config"]).arg(&config).stdout(Stdio::null()).status()?;
        ensure!(created.success(), "topics create failed");
        let log = std::fs::File::create(directory.join(format!("{name}.log")))?;
        let began = Instant::now();
        let mut command = Command::new(binary);
        command.args(["run", "--config"]).arg(&config).stderr(log);
        // A benchmark that is interrupted must not leave it running beside the next one.
        let child = process::spawn_guarded(command)?;
        Ok(Self { child, http, began })
    }

    /// The sum of a metric's series; 0 where it has none yet.
    fn metric(&self, name: &str) -> f64 {
        use std::io::{Read, Write};
        let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", self.http)) else { return 0.0 };
        let mut text = String::new();
        if stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").is_err()
            || stream.read_to_string(&mut text).is_err()
        {
            return 0.0;
        }
        let of_metric = text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
        of_metric.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    fn wait_for(&self, name: &str, at_least: f64, limit: Duration) -> Result<()> {
        let began = Instant::now();
        while self.metric(name) < at_least {
            if began.elapsed() > limit {
                bail!("{name} is {} after {limit:?}, expected {at_least}", self.metric(name));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn signal(&self, signal: i32) -> Result<()> {
        process::signal(&self.child, signal)
    }
}

fn backlog(brokers: &str, directory: &Path, name: &str, partitions: i32, events: u64) -> Result<Spent> {
    let service = Service::start(brokers, directory, name, partitions, None)?;
    service.wait_for("adoption_events_total", events as f64, Duration::from_secs(600))?;
    let wall = service.began.elapsed().as_secs_f64();
    let changelog_records = service.metric("adoption_changelog_records_total");
    service.signal(libc::SIGTERM)?;
    Ok(Spent { wall, changelog_records, ..spent(&service.child, service.began)? })
}

/// Start to first running partition and to all, with the state of a finished backlog; then the same after SIGKILL.
fn restart(brokers: &str, directory: &Path, name: &str, partitions: i32) -> Result<()> {
    for how in ["a clean stop", "kill -9"] {
        let service = Service::start(brokers, directory, name, partitions, None)?;
        let began = Instant::now();
        while !ready(service.http, partitions) {
            ensure!(began.elapsed() < Duration::from_secs(120), "not ready in two minutes");
            std::thread::sleep(Duration::from_millis(10));
        }
        let took = service.began.elapsed().as_secs_f64();
        // Counted with the first commit.
        service.wait_for("adoption_restored_records_total", 1.0, Duration::from_secs(30))?;
        let restored = service.metric("adoption_restored_records_total");
        let redone = service.metric("adoption_redone_events_total");
        println!("| ready after {how}: time, changelog records read, events redone | {took:.2} s, {restored:.0}, {redone:.0} |");
        service.signal(if how == "kill -9" { libc::SIGTERM } else { libc::SIGKILL })?;
        let mut child = service.child;
        child.wait()?;
    }
    Ok(())
}

fn ready(http: u16, partitions: i32) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", http)) else { return false };
    let mut text = String::new();
    let asked = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    if asked.is_err() || stream.read_to_string(&mut text).is_err() {
        return false;
    }
    // The gauges of a partition appear when it runs.
    text.lines().filter(|line| line.starts_with("adoption_accounts{")).count() as i32 >= partitions
}

/// 2,000 events a second of which 17 % change a stage: a new account's first login each.
fn latency(brokers: &str, directory: &Path, partitions: i32) -> Result<()> {
    let name = "latency";
    let service = Service::start(brokers, directory, name, partitions, None)?;
    let seconds = number("E2E_LATENCY_SECONDS", 20);
    // It reads the backlog first.
    std::thread::sleep(Duration::from_secs(2));
    let began = Instant::now();
    while service.metric("adoption_lag_records") > 0.0 || service.metric("adoption_events_total") == 0.0 {
        ensure!(began.elapsed() < Duration::from_secs(120), "the backlog was not read in two minutes");
        std::thread::sleep(Duration::from_millis(200));
    }
    // Then all accounts live through the months up to today: until no more outputs come of it.
    let mut outputs = -1.0;
    while service.metric("adoption_outputs_total") > outputs {
        outputs = service.metric("adoption_outputs_total");
        std::thread::sleep(Duration::from_secs(3));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let reader = {
        let (brokers, stop) = (brokers.to_owned(), Arc::clone(&stop));
        std::thread::spawn(move || -> Result<Vec<u64>> {
            let mut latencies = Vec::new();
            read_latencies(&brokers, &format!("{name}.stage-changes.v1"), &stop, |latency| latencies.push(latency))?;
            Ok(latencies)
        })
    };
    std::thread::sleep(Duration::from_secs(1));
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create()?;
    let begin = Instant::now();
    for number in 0..seconds * 2000 {
        let due = begin + Duration::from_micros(number * 500);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let now = now_ns();
        // The other events are of accounts that change nothing more after their first one.
        let key = if number % 6 == 0 { format!("new-{number}") } else { account(number % 500) };
        let value = format!(
            r#"{{"type":"usage","id":"at-{now}","time":{},"account":"{key}","product":"crm","user":"user-1","feature":"contact.created","quantity":1}}"#,
            now / 1_000_000
        );
        let record = BaseRecord::to(INPUT).partition(topics::partition_of(&key, partitions)).key(&key).payload(&value);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(Duration::from_secs(30))?;
    std::thread::sleep(Duration::from_secs(1));
    stop.store(true, Ordering::Relaxed);
    let mut latencies = reader.join().expect("the reader does not panic")?;
    ensure!(latencies.len() > 100, "only {} outputs were seen", latencies.len());
    latencies.sort_unstable();
    let quantile = |part| quantile_ms(&latencies, part);
    println!(
        "| latency, 2,000 events/s, produce → read_committed reader, {} outputs: p50, p90, p99, max | {:.0}, {:.0}, {:.0}, {:.0} ms |",
        latencies.len(),
        quantile(0.5),
        quantile(0.9),
        quantile(0.99),
        quantile(1.0)
    );
    service.signal(libc::SIGTERM)?;
    spent(&service.child, service.began)?;
    Ok(())
}

fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn quantile_ms(sorted_ns: &[u64], part: f64) -> f64 {
    sorted_ns[((sorted_ns.len() - 1) as f64 * part) as usize] as f64 / 1e6
}

/// Reads outputs as they are committed. `seen` is told the nanoseconds since the event that caused each, by its id, was made.
fn read_latencies(brokers: &str, topic: &str, stop: &AtomicBool, mut seen: impl FnMut(u64)) -> Result<()> {
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
        if let Some(at) = text.split("\"event\":\"at-").nth(1).and_then(|rest| rest.split('"').next()?.parse::<u64>().ok()) {
            seen(now_ns().saturating_sub(at));
        }
    }
    Ok(())
}
