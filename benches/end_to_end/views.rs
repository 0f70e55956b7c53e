//! What people's questions cost the events, and how long an account's view takes beside them.
//!
//! First a backlog is read by turns without any question and with many account views in flight. Then events come at a constant rate, and accounts are
//! asked for one after the other: beside the commits of that time, since a view of an account that has just changed waits for one.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};

use super::backlog::{INPUT, events};
use super::latency::quantile_ms;
use super::load::{self, BACKLOG, Drawn, Random, event_json, number};
use super::service::Service;
use super::{Bench, now_ms, topics};

/// Of pairs, one without and one with questions.
const ROUNDS: usize = 3;
/// Views that are asked for at the same time.
const CLIENTS: usize = 32;
/// The part of the backlog before which nobody asks and nothing is measured, so that the accounts are there; and where measuring ends.
const FROM: f64 = 0.2;
const UNTIL: f64 = 0.95;
/// Events of a millisecond are sent together.
const TICK: Duration = Duration::from_millis(1);

pub fn run(bench: &Bench) -> Result<()> {
    let known = known_accounts();
    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let alone = read_backlog(bench, &format!("views-{round}-alone"), None)?;
        alone.service.stop()?;
        let asked = read_backlog(bench, &format!("views-{round}-asked"), Some(&known))?;
        asked.service.stop()?;
        let ratio = asked.rate / alone.rate;
        println!(
            "| views {round}: events a second without questions, with {CLIENTS} account views in flight; ÷ | {:.0}, {:.0}; {ratio:.3} |",
            alone.rate, asked.rate
        );
        println!("| views {round}: those views, {} |", row(&asked.views));
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("| views: events a second with ÷ without questions; the median | {:.3} |", ratios[ROUNDS / 2]);
    beside_traffic(bench, &known)
}

/// Ids of accounts that are met early in the backlog.
fn known_accounts() -> Arc<[String]> {
    let early = (FROM * events() as f64) as usize;
    let ids: std::collections::BTreeSet<String> =
        load::events(BACKLOG, events(), 5).take(early).map(|drawn| drawn.id.to_string()).collect();
    ids.into_iter().collect()
}

struct Read {
    service: Service,
    /// Events a second.
    rate: f64,
    views: Vec<View>,
}

/// Reads the backlog from its beginning, with or without questions about these accounts.
fn read_backlog(bench: &Bench, name: &str, asked: Option<&Arc<[String]>>) -> Result<Read> {
    let service = Service::start(bench, INPUT, name, "bench", &environment()?)?;
    let at = |part: f64| service.wait_for("adoption_events_total", part * events() as f64, Duration::from_secs(900));
    // A rebalance, for each further worker, is no part of it.
    service.wait_ready(bench.partitions)?;
    at(FROM)?;
    let clients = asked.map(|known| Clients::start(service.api, CLIENTS, known));
    let (from, began) = (service.metric("adoption_events_total"), Instant::now());
    at(UNTIL)?;
    let rate = (service.metric("adoption_events_total") - from) / began.elapsed().as_secs_f64();
    let views = clients.map(Clients::stop).transpose()?.unwrap_or_default();
    Ok(Read { service, rate, views })
}

fn environment() -> Result<Vec<(&'static str, &'static str)>> {
    let Ok(playbook) = std::env::var("E2E_VIEWS_PLAYBOOK") else { return Ok(Vec::new()) };
    let path = std::fs::canonicalize(&playbook).with_context(|| format!("E2E_VIEWS_PLAYBOOK: {playbook}"))?;
    Ok(vec![("ADOPTION__PLAYBOOK", path.to_string_lossy().into_owned().leak())])
}

/// Account views one at a time, beside events at a constant rate.
fn beside_traffic(bench: &Bench, known: &Arc<[String]>) -> Result<()> {
    let service = Service::start(bench, INPUT, "views-0-asked", "bench", &environment()?)?;
    service.settle(bench.partitions)?;
    let (rate, seconds) = (number("E2E_VIEWS_RATE", 100_000), number("E2E_VIEWS_SECONDS", 30));
    let stop = Arc::new(AtomicBool::new(false));
    let traffic = {
        let (brokers, partitions, stop) = (bench.brokers.clone(), bench.partitions, Arc::clone(&stop));
        std::thread::spawn(move || write(&brokers, partitions, rate, &stop))
    };
    std::thread::sleep(Duration::from_secs(10));
    let look = || (service.metric("adoption_events_total"), service.series("adoption_commit_duration_seconds_bucket"));
    let (before, began) = (look(), Instant::now());
    let clients = Clients::start(service.api, 1, known);
    std::thread::sleep(Duration::from_secs(seconds));
    let (after, took) = (look(), began.elapsed().as_secs_f64());
    let lag: f64 = service.metric("adoption_lag_records");
    let views = clients.stop()?;
    stop.store(true, Ordering::Relaxed);
    traffic.join().expect("the writer does not panic")?;

    let commits = Commits::between(&before.1, &after.1);
    let (shortest, longest) = commits.bounds(0.99).context("nothing was committed")?;
    println!(
        "| views beside traffic: events a second sent, applied; records that wait at the end | {rate}, {:.0}; {lag:.0} |",
        (after.0 - before.0) / took
    );
    println!(
        "| views beside traffic: commits a second; p50, p99 of their duration, about; bounds of the p99 | {:.0}; {:.0}, {:.0}; {:.0} to {:.0} ms |",
        commits.count() / took,
        commits.quantile_ms(0.5),
        commits.quantile_ms(0.99),
        1e3 * shortest,
        1e3 * longest
    );
    println!("| views beside traffic: one at a time, {} |", row(&views));
    let p99 = quantile_ms(&sorted(&views), 0.99);
    println!(
        "| views beside traffic: p99 of a view ÷ p99 of a commit; by its bounds | {:.2}; {:.2} to {:.2} |",
        p99 / commits.quantile_ms(0.99),
        p99 / (1e3 * longest),
        p99 / (1e3 * shortest)
    );
    service.stop()?;
    Ok(())
}

fn sorted(views: &[View]) -> Vec<u64> {
    let mut took: Vec<u64> = views.iter().map(|view| view.took.as_nanos() as u64).collect();
    took.sort_unstable();
    took
}

fn row(views: &[View]) -> String {
    let mut by_status = BTreeMap::<u16, usize>::new();
    views.iter().for_each(|view| *by_status.entry(view.status).or_default() += 1);
    let statuses = by_status.iter().map(|(status, count)| format!("{count} × {status}")).collect::<Vec<_>>().join(", ");
    let bytes = views.iter().map(|view| view.bytes).sum::<usize>() / views.len().max(1);
    let took = sorted(views);
    let [p50, p90, p99, max] = [0.5, 0.9, 0.99, 1.0].map(|part| if took.is_empty() { f64::NAN } else { quantile_ms(&took, part) });
    format!("{statuses}, {bytes} bytes each: p50, p90, p99, max | {p50:.1}, {p90:.1}, {p99:.1}, {max:.1} ms")
}

/// A view that was asked for.
struct View {
    status: u16,
    bytes: usize,
    took: Duration,
}

/// Clients that ask for one account after the other, each on a connection of its own.
struct Clients {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<Vec<View>>>>,
}

impl Clients {
    fn start(port: u16, count: usize, known: &Arc<[String]>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |seed| {
            let (known, stop) = (Arc::clone(known), Arc::clone(&stop));
            std::thread::spawn(move || ask(port, &mut Random(seed), &known, &stop))
        };
        Self { threads: (0..count as u64).map(client).collect(), stop }
    }

    fn stop(self) -> Result<Vec<View>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut views = Vec::new();
        for thread in self.threads {
            views.extend(thread.join().expect("a client does not panic")?);
        }
        ensure!(views.iter().any(|view| view.status == 200), "no view was answered: {}", row(&views));
        Ok(views)
    }
}

fn ask(port: u16, random: &mut Random, known: &[String], stop: &AtomicBool) -> Result<Vec<View>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let (mut views, mut line, mut body) = (Vec::new(), String::new(), Vec::new());
    while !stop.load(Ordering::Relaxed) {
        let account = &known[random.below(known.len() as u64) as usize];
        let began = Instant::now();
        stream.write_all(format!("GET /v1/accounts/{account} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
        let (mut status, mut length) = (None, 0);
        loop {
            line.clear();
            ensure!(answers.read_line(&mut line)? > 0, "the service closed the connection");
            let (name, value) = line.trim_end().split_once([':', ' ']).unwrap_or_default();
            match status {
                None => status = value.split(' ').next().and_then(|status| status.parse().ok()),
                Some(_) if name.is_empty() => break,
                Some(_) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse()?,
                Some(_) => {}
            }
        }
        body.resize(length, 0);
        answers.read_exact(&mut body)?;
        views.push(View { status: status.context("a status line")?, bytes: length, took: began.elapsed() });
    }
    Ok(views)
}

/// Durations of commits: by the upper bound of a bucket in seconds, how many took no longer.
struct Commits(Vec<(f64, f64)>);

impl Commits {
    fn between(before: &[(String, f64)], after: &[(String, f64)]) -> Self {
        let of = |(labels, count): &(String, f64)| {
            let bound = labels.split("le=\"").nth(1)?.split('"').next()?;
            let earlier = before.iter().find(|(other, _)| other == labels).map_or(0.0, |(_, count)| *count);
            Some((if bound == "+Inf" { f64::INFINITY } else { bound.parse().ok()? }, count - earlier))
        };
        Self(after.iter().filter_map(of).collect())
    }

    fn count(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, count)| *count)
    }

    /// Of the bucket that a quantile is in.
    fn bounds(&self, part: f64) -> Option<(f64, f64)> {
        let place = self.0.iter().position(|(_, count)| *count > 0.0 && *count >= part * self.count())?;
        Some((place.checked_sub(1).map_or(0.0, |before| self.0[before].0), self.0[place].0))
    }

    /// As if they lay evenly within the bucket.
    fn quantile_ms(&self, part: f64) -> f64 {
        let Some((shortest, longest)) = self.bounds(part) else { return f64::NAN };
        let count_at = |bound: f64| self.0.iter().find(|(other, _)| *other == bound).map_or(0.0, |(_, count)| *count);
        let (below, up_to) = (count_at(shortest), count_at(longest));
        1e3 * (shortest + (longest - shortest) * (part * self.count() - below) / (up_to - below))
    }
}

/// Events at the rate, as of now, until told to stop.
fn write(brokers: &str, partitions: i32, rate: u64, stop: &AtomicBool) -> Result<()> {
    let producer: ThreadedProducer<rdkafka::producer::DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("compression.type", "lz4")
        .set("linger.ms", "5")
        .set("queue.buffering.max.messages", "500000")
        .create()?;
    let mut drawn = load::events(BACKLOG, u64::MAX, 11);
    let (began, mut sent) = (Instant::now(), 0);
    while !stop.load(Ordering::Relaxed) {
        let due = (began.elapsed().as_secs_f64() * rate as f64) as u64;
        let time_ms = now_ms();
        while sent < due {
            let event = Drawn { time_ms, ..drawn.next().context("the load has no end")? };
            let value = event_json(sent, &event);
            let mut record = BaseRecord::to(INPUT).partition(topics::partition_of(&event.id, partitions)).key(&*event.id).payload(&value);
            while let Err((_, again)) = producer.send(record) {
                record = again;
                std::thread::sleep(TICK);
            }
            sent += 1;
        }
        std::thread::sleep(TICK);
    }
    producer.flush(Duration::from_secs(60))?;
    Ok(())
}
