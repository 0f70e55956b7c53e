//! A constant rate of events for half an hour: memory must stay flat, lag near nothing, latency where it was. `make soak`.
//!
//! `E2E_SOAK_MINUTES` (30), `E2E_SOAK_RATE` (3000 events a second). Ends with a verdict, and with status 1 where that is bad.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use adoption_tracker::playbook::SHIPPED;
use anyhow::{Context, Result, ensure};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use super::latency::{Output, quantile_ms, read_outputs};
use super::load::{self, Drawn, Random, Shape, account_id, event_json, number};
use super::service::Service;
use super::{Bench, now_ns, topics};

const INPUT: &str = "soak.inputs.v1";
const SAMPLE: Duration = Duration::from_secs(10);

/// So few accounts that every user has used everything well before half of the time: what grows after that is a leak.
const SHAPE: Shape = Shape { accounts: 2_000, users: 10, products: 5, features: 3, days: 1 };
/// One event of so many is a gauge that opens or clears an alert of its account: outputs without end, and no state that grows.
const CROSSES_EACH: u64 = 10;
const CROSSING: &str = "  soak: {scope: account, open: crm.gauge(\"soak.level\") >= 1}\n";

/// Bounds of the verdict.
const GROWTH_MAX: f64 = 0.05;
const LAG_SECONDS_MAX: f64 = 1.0;
const DRIFT_MAX: f64 = 1.5;

struct Sample {
    resident_bytes: u64,
    lag: f64,
    p50_ms: f64,
    p99_ms: f64,
}

pub fn run(bench: &Bench) -> Result<()> {
    let Bench { brokers, partitions, directory } = bench;
    let duration = Duration::from_secs(number("E2E_SOAK_MINUTES", 30) * 60);
    let rate = number("E2E_SOAK_RATE", 3_000);
    topics::create_topic(brokers, INPUT, *partitions, &[])?;
    let playbook = directory.join("soak.yaml");
    std::fs::write(&playbook, SHIPPED.replacen("alerts:\n", &format!("alerts:\n{CROSSING}"), 1))?;
    let playbook = playbook.to_str().context("a path in UTF-8")?;
    let service = Service::start(bench, INPUT, "soak", "bench", &[("ADOPTION__PLAYBOOK", playbook)])?;
    let stop = Arc::new(AtomicBool::new(false));
    let latencies = Arc::new(Mutex::new(Vec::new()));
    let reader = {
        let (brokers, stop, latencies) = (brokers.clone(), Arc::clone(&stop), Arc::clone(&latencies));
        let seen = move |output: Output| latencies.lock().expect("no holder panics").push(output.latency_ns);
        std::thread::spawn(move || read_outputs(&brokers, "soak.alerts.v1", &stop, seen))
    };
    let producer = {
        let (brokers, partitions, stop) = (brokers.clone(), *partitions, Arc::clone(&stop));
        std::thread::spawn(move || produce(&brokers, partitions, rate, &stop))
    };

    println!("{rate} events/s for {} minutes, {} accounts", duration.as_secs() / 60, SHAPE.accounts);
    println!("{:>7} {:>10} {:>8} {:>8} {:>8} {:>8}", "seconds", "memory", "lag", "p50", "p99", "outputs");
    let began = Instant::now();
    let mut samples = Vec::new();
    while began.elapsed() + SAMPLE <= duration {
        let due = began + SAMPLE * (samples.len() as u32 + 1);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let mut seen = std::mem::take(&mut *latencies.lock().expect("no holder panics"));
        ensure!(!seen.is_empty(), "no output was seen in {SAMPLE:?}; the service's log is in {}", directory.display());
        seen.sort_unstable();
        let sample = Sample {
            resident_bytes: resident_bytes(service.process_id())?,
            lag: service.metric("adoption_lag_records"),
            p50_ms: quantile_ms(&seen, 0.5),
            p99_ms: quantile_ms(&seen, 0.99),
        };
        println!(
            "{:>7} {:>7} MB {:>8} {:>5.0} ms {:>5.0} ms {:>8}",
            began.elapsed().as_secs(),
            sample.resident_bytes >> 20,
            sample.lag,
            sample.p50_ms,
            sample.p99_ms,
            seen.len()
        );
        samples.push(sample);
    }
    stop.store(true, Ordering::Relaxed);
    let produced = producer.join().expect("the producer does not panic")?;
    reader.join().expect("the reader does not panic")?;
    // Nothing was lost on the way.
    service.wait_for("adoption_events_total", produced as f64, Duration::from_secs(30))?;
    service.stop()?;
    verdict(&samples, rate)
}

fn verdict(samples: &[Sample], rate: u64) -> Result<()> {
    let third = samples.len() / 3;
    ensure!(third > 0, "too short for a verdict: {} samples", samples.len());
    let p99 = |samples: &[Sample]| {
        let mut figures: Vec<f64> = samples.iter().map(|sample| sample.p99_ms).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let (first, last) = (p99(&samples[..third]), p99(&samples[samples.len() - third..]));
    let (half, end) = (samples[samples.len() / 2].resident_bytes, samples[samples.len() - 1].resident_bytes);
    let growth = end as f64 / half as f64 - 1.0;
    let lag = samples.iter().map(|sample| sample.lag).fold(0.0, f64::max);
    let good = growth <= GROWTH_MAX && lag <= LAG_SECONDS_MAX * rate as f64 && last <= first * DRIFT_MAX;
    let report = format!(
        "{}: memory {:+.1} % over the last half ({} → {} MB, at most +{:.0} %); lag {lag} records at most (at most {:.0} s of input); \
         latency p99, median of the first and of the last third {first:.0} → {last:.0} ms (at most {DRIFT_MAX} ×)",
        if good { "good" } else { "bad" },
        growth * 100.0,
        half >> 20,
        end >> 20,
        GROWTH_MAX * 100.0,
        LAG_SECONDS_MAX,
    );
    println!("verdict: {report}");
    ensure!(good, "the soak ended badly");
    Ok(())
}

/// Sends at the rate until told to stop; the number of events sent.
fn produce(brokers: &str, partitions: i32, rate: u64, stop: &AtomicBool) -> Result<u64> {
    // A request for each event would keep the broker busier than the service; the wait is part of the latency.
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).set("linger.ms", "5").create()?;
    let mut random = Random(7);
    let mut levels = vec![false; SHAPE.accounts as usize];
    let mut drawn = load::events(SHAPE, u64::MAX, 5);
    let began = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let due = began + Duration::from_micros(sent * 1_000_000 / rate);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let now = now_ns();
        let time_ms = (now / 1_000_000) as i64;
        let (key, value) = if sent % CROSSES_EACH == 0 {
            let number = random.below(SHAPE.accounts);
            let level = &mut levels[number as usize];
            *level = !*level;
            let key = account_id(number);
            let value = format!(
                r#"{{"type":"gauge","id":"at-{now}","time":{time_ms},"account":"{key}","product":"crm","name":"soak.level","value":{}}}"#,
                u8::from(*level)
            );
            (key, value)
        } else {
            let drawn = Drawn { time_ms, ..drawn.next().context("the load has no end")? };
            let value = event_json(sent, &drawn);
            (drawn.id, value)
        };
        let record = BaseRecord::to(INPUT).partition(topics::partition_of(&key, partitions)).key(&*key).payload(&value);
        producer.send(record).map_err(|(error, _)| error)?;
        sent += 1;
    }
    producer.flush(Duration::from_secs(30))?;
    Ok(sent)
}

fn resident_bytes(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    Ok(kibibytes.context("a line VmRSS")?.parse::<u64>()? * 1024)
}
