//! One test's world: a broker, topics and files of its own, the lines written so far, and the services started.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::broker::{Broker, scratch, shared, skipped};
use crate::outputs::{Channel, Difference, Output, Outputs, add_published, count, difference, replayed};
use crate::process::tail;
use crate::proxy::Proxy;
use crate::service::{SESSION_TIMEOUT, Service, Settings, TRANSACTION_TIMEOUT, run_to_end};
use crate::stream::{Event, MINUTE_MS, Plan, Stream, days_everywhere, now_ms, quiet_zones, rfc3339};
use crate::topics::{InputRecord, Reader, TransactionalWriter, Writer, create_topic, lags, written};

/// Longer than any test takes: no midnight may pass while events are written at the wall clock's pace.
const QUIET_MINUTES: i64 = 20;

/// The setting of KIP-848's group protocol, for `Scenario::texts`.
pub const CONSUMER_PROTOCOL: (&str, &str, &str) = ("kafka", "group_protocol", "consumer");

/// Tells the test's story once with each of Kafka's group protocols, on the shared broker.
pub fn with_each_protocol(name: &str, options: Options, story: impl Fn(&mut Scenario) -> Result<()>) {
    for (protocol, texts) in [("classic", vec![]), ("consumer", vec![CONSUMER_PROTOCOL])] {
        on_shared_broker(&format!("{name}_{protocol}"), options, |scenario| {
            scenario.texts.extend(texts);
            story(scenario)
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Playbook {
    /// The shipped one, which the service takes by default.
    Shipped,
    /// `lively.yaml`.
    Lively,
}

#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub partitions: i32,
    pub input_topics: usize,
    pub accounts: usize,
    pub playbook: Playbook,
    pub workers: usize,
    pub broken_per_mille: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self { partitions: 4, input_topics: 1, accounts: 300, playbook: Playbook::Lively, workers: 2, broken_per_mille: 1 }
    }
}

pub struct Scenario {
    pub name: String,
    pub seed: u64,
    pub brokers: String,
    pub directory: PathBuf,
    pub prefix: String,
    pub options: Options,
    pub stream: Option<Stream>,
    /// Where the services connect to, if not where the test does.
    service_brokers: Option<String>,
    /// The broker's ports for it: where the relay listens, and where it connects to.
    relay: (u16, u16),
    pub wall_clock_offset_ms: i64,
    pub transaction_timeout: Duration,
    /// Further librdkafka properties of the services.
    pub properties: Vec<(&'static str, &'static str)>,
    /// Further settings of the services: section, key, value.
    pub numbers: Vec<(&'static str, &'static str, i64)>,
    pub texts: Vec<(&'static str, &'static str, &'static str)>,
    writer: Writer,
    playbook: Option<PathBuf>,
    /// Every good and broken line written so far, in the order of writing.
    history: fs::File,
    events: u64,
    broken: u64,
    readers: Vec<(Channel, Reader)>,
    published: Outputs,
    expectation: Option<(u64, Vec<String>, Outputs)>,
}

/// Runs a test on the shared broker.
pub fn on_shared_broker(name: &str, options: Options, story: impl FnOnce(&mut Scenario) -> Result<()>) {
    if skipped(name) {
        return;
    }
    let broker = shared().unwrap_or_else(|error| panic!("{error:#}"));
    play(name, &broker, options, story);
}

/// Runs a test on a broker of its own, which the test may stop and kill.
pub fn on_own_broker(name: &str, options: Options, story: impl FnOnce(&mut Scenario, &Broker) -> Result<()>) {
    if skipped(name) {
        return;
    }
    let broker = Arc::new(Broker::start(&format!("{name}-broker")).unwrap_or_else(|error| panic!("{error:#}")));
    play(name, &broker, options, |scenario| story(scenario, &broker));
    broker.remove();
}

fn play(name: &str, broker: &Broker, options: Options, story: impl FnOnce(&mut Scenario) -> Result<()>) {
    let seed = std::env::var("ADOPTION_SEED")
        .ok()
        .map(|seed| seed.parse().expect("ADOPTION_SEED is a number"))
        .unwrap_or_else(|| now_ms() as u64 % 1_000_000_007);
    println!("{name}: ADOPTION_SEED={seed}");
    let started = Instant::now();
    let mut scenario = Scenario::new(name, seed, broker, options).unwrap_or_else(|error| panic!("{error:#}"));
    match catch_unwind(AssertUnwindSafe(|| story(&mut scenario))) {
        Ok(Ok(())) => {
            println!("{name}: passed in {:.1} s", started.elapsed().as_secs_f64());
            // Only a failed test's files are worth keeping.
            let _ = fs::remove_dir_all(&scenario.directory);
        }
        Ok(Err(error)) => {
            scenario.report_logs(broker);
            panic!("{name}, ADOPTION_SEED={seed}: {error:#}");
        }
        Err(payload) => {
            scenario.report_logs(broker);
            resume_unwind(payload);
        }
    }
}

impl Scenario {
    fn new(name: &str, seed: u64, broker: &Broker, options: Options) -> Result<Self> {
        let directory = scratch().join(name);
        fs::create_dir_all(&directory)?;
        let zones = quiet_zones(QUIET_MINUTES)?;
        let playbook = match options.playbook {
            Playbook::Shipped => None,
            Playbook::Lively => {
                let path = directory.join("playbook.yaml");
                let text = include_str!("lively.yaml").replace("time_zone: UTC", &format!("time_zone: {}", zones[0]));
                fs::write(&path, text)?;
                Some(path)
            }
        };
        let plan = Plan { accounts: options.accounts, zones, broken_per_mille: options.broken_per_mille };
        let brokers = broker.address();
        let scenario = Self {
            name: name.to_owned(),
            seed,
            prefix: name.replace('_', "-"),
            stream: Some(Stream::new(seed, &plan)),
            service_brokers: None,
            relay: broker.relay(),
            wall_clock_offset_ms: 0,
            transaction_timeout: TRANSACTION_TIMEOUT,
            properties: Vec::new(),
            numbers: Vec::new(),
            texts: Vec::new(),
            writer: Writer::new(&brokers)?,
            playbook,
            history: fs::File::create(directory.join("input.jsonl"))?,
            events: 0,
            broken: 0,
            readers: Vec::new(),
            published: Outputs::new(),
            expectation: None,
            brokers,
            directory,
            options,
        };
        Ok(scenario)
    }

    pub fn input(&self, number: usize) -> String {
        match number {
            0 => format!("{}.inputs.v1", self.prefix),
            number => format!("{}.inputs-{number}.v1", self.prefix),
        }
    }

    pub fn inputs(&self) -> Vec<String> {
        (0..self.options.input_topics).map(|number| self.input(number)).collect()
    }

    pub fn topic(&self, suffix: &str) -> String {
        format!("{}.{suffix}", self.prefix)
    }

    pub fn settings(&self, instance: &str) -> Settings {
        Settings {
            brokers: self.service_brokers.as_ref().unwrap_or(&self.brokers).clone(),
            application_id: format!("{}-app", self.prefix),
            instance_id: instance.to_owned(),
            inputs: self.inputs(),
            prefix: self.prefix.clone(),
            partitions: self.options.partitions,
            playbook: self.playbook.clone(),
            workers: self.options.workers,
            wall_clock_offset_ms: self.wall_clock_offset_ms,
            properties: self.properties(),
            numbers: self.numbers.clone(),
            texts: self.texts.clone(),
        }
    }

    fn properties(&self) -> Vec<(String, String)> {
        let mut properties: BTreeMap<_, _> = Settings::timeouts(SESSION_TIMEOUT, self.transaction_timeout).into_iter().collect();
        if self.texts.contains(&CONSUMER_PROTOCOL) {
            // The brokers set these.
            properties.retain(|key, _| !["session.timeout.ms", "heartbeat.interval.ms"].contains(&key.as_str()));
        }
        properties.extend(self.properties.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        properties.into_iter().collect()
    }

    /// The input topics as some other team made them, the rest by `topics create`.
    pub fn create_topics(&self) -> Result<()> {
        for input in self.inputs() {
            // Some tests write records that are older than what brokers keep by default.
            create_topic(&self.brokers, &input, self.options.partitions, &[("retention.ms", "-1")])?;
        }
        self.create_missing_topics()
    }

    /// By `topics create`.
    pub fn create_missing_topics(&self) -> Result<()> {
        let config = self.settings("topics").write(&self.directory, 0)?;
        let config = config.to_str().context("test paths are UTF-8")?;
        let outcome = run_to_end(&["topics", "create", "--config", config], &self.directory, Duration::from_secs(60))?;
        ensure!(outcome.status.success(), "`topics create` ended with {}:\n{}{}", outcome.status, outcome.stdout, outcome.stderr);
        Ok(())
    }

    pub fn start(&self, instance: &str) -> Result<Service> {
        Service::start(&self.settings(instance), &self.directory)
    }

    /// From now on, services connect by way of a relay; the test's own clients go straight to the broker. One test at a time
    /// may do so on a broker.
    pub fn relay_services(&mut self, delay: Duration) -> Result<Proxy> {
        let (port, target) = self.relay;
        self.service_brokers = Some(format!("127.0.0.1:{port}"));
        Proxy::start(port, target, delay)
    }

    pub fn stream(&mut self) -> &mut Stream {
        self.stream.as_mut().expect("the stream is here while no feeder has it")
    }

    // ------------------------------------------------------------ writing

    /// Writes the events to the first input topic.
    pub fn write(&mut self, events: &[Event]) -> Result<()> {
        let topic = self.input(0);
        let records =
            events.iter().map(|event| InputRecord::event(&topic, &event.account, &event.line, self.options.partitions)).collect::<Vec<_>>();
        self.write_as(events, &records)
    }

    /// From now on, batches hold at most so many records: the least that a fetch returns.
    pub fn write_batches_of(&mut self, most: u32) -> Result<()> {
        self.writer = Writer::with_batches(&self.brokers, most)?;
        Ok(())
    }

    /// Writes `records`, which carry `events` in this order.
    pub fn write_as(&mut self, events: &[Event], records: &[InputRecord]) -> Result<()> {
        for record in records {
            self.writer.write(record)?;
        }
        self.writer.flush()?;
        self.remember(events)
    }

    /// Writes the events in a transaction, and leaves it open.
    pub fn write_in(&mut self, writer: &TransactionalWriter, events: &[Event]) -> Result<()> {
        let topic = self.input(0);
        let record = |event: &Event| InputRecord::event(&topic, &event.account, &event.line, self.options.partitions);
        writer.write(&events.iter().map(record).collect::<Vec<_>>())
    }

    /// These lines are on the broker, and committed.
    pub fn remember(&mut self, events: &[Event]) -> Result<()> {
        let mut text = String::new();
        for event in events {
            text += &event.line;
            text.push('\n');
        }
        self.history.write_all(text.as_bytes())?;
        self.events += events.len() as u64;
        self.broken += events.iter().filter(|event| event.broken).count() as u64;
        Ok(())
    }

    /// Starts to write live events at a steady pace. The stream is the feeder's until it stops.
    pub fn feed(&mut self, events_per_second: u64) -> Result<Feeder> {
        Feeder::start(
            self.stream.take().context("another feeder has the stream")?,
            self.writer.clone(),
            self.input(0),
            self.options.partitions,
            events_per_second,
        )
    }

    /// Ends the feeding; everything it wrote is on the broker, and in the history.
    pub fn stop_feeding(&mut self, feeder: Feeder) -> Result<u64> {
        let (stream, events) = feeder.stop()?;
        self.stream = Some(stream);
        self.writer.flush()?;
        self.remember(&events)?;
        Ok(events.len() as u64)
    }

    // ------------------------------------------------------------ waiting and judging

    /// Per input topic and partition, what the group has not committed yet.
    pub fn lags(&self) -> Result<BTreeMap<(String, i32), i64>> {
        lags(&self.brokers, &format!("{}-app", self.prefix), &self.inputs())
    }

    /// Waits until the group has committed every record of the inputs.
    pub fn wait_caught_up(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let state = match self.lags().map(|lags| lags.values().sum()) {
                Ok(0) => return Ok(()),
                Ok(unread) => format!("{unread} records are unread"),
                Err(error) => format!("{error:#}"),
            };
            ensure!(Instant::now() < deadline, "not caught up after {limit:?}: {state}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// What `replay` says of the history, lived through up to now.
    pub fn expected(&mut self) -> Result<&Outputs> {
        let until = now_ms();
        let days = days_everywhere(until);
        // A day may have begun somewhere since the last answer, and with it what falls due on its boundary.
        let known = matches!(&self.expectation, Some((events, then, _)) if *events == self.events && *then == days);
        if !known {
            self.history.flush()?;
            let outputs = replayed(&self.directory.join("input.jsonl"), self.playbook.as_deref(), until)?;
            self.expectation = Some((self.events, days, outputs));
        }
        Ok(&self.expectation.as_ref().expect("it was just put there").2)
    }

    /// Everything a `read_committed` consumer finds in the three output topics.
    pub fn published(&mut self) -> Result<&Outputs> {
        if self.readers.is_empty() {
            self.readers = Channel::ALL
                .iter()
                .map(|channel| {
                    let topic = self.topic(channel.suffix());
                    (*channel, Reader::read_committed(&self.brokers, &topic))
                })
                .collect();
        }
        for (channel, reader) in &mut self.readers {
            add_published(*channel, &reader.read_to_end()?, &mut self.published)?;
        }
        Ok(&self.published)
    }

    /// Waits until the outputs are those of `replay`: nothing lost, nothing doubled, nothing different.
    pub fn wait_for_expected_outputs(&mut self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            self.published()?;
            let expected = self.expected()?.clone();
            let Some(difference) = difference(&expected, &self.published) else {
                return Ok(());
            };
            if Instant::now() >= deadline {
                self.keep_evidence(&difference)?;
                bail!("{} input events; {difference}", self.events);
            }
            thread::sleep(Duration::from_millis(300));
        }
    }

    /// Leaves what a difference can be explained from: all of it, and the outputs with their places in the topics.
    fn keep_evidence(&self, difference: &Difference) -> Result<()> {
        let details = difference.details.join("\n");
        fs::write(self.directory.join("difference.txt"), format!("{}\n{details}\n", difference.summary))?;
        for channel in Channel::ALL {
            let mut text = String::new();
            for record in Reader::read_committed(&self.brokers, &self.topic(channel.suffix())).read_to_end()? {
                text += &format!("{}/{} {}\n", record.partition, record.offset, Output::from_record(&record)?);
            }
            fs::write(self.directory.join(format!("published-{}.txt", channel.suffix())), text)?;
        }
        Ok(())
    }

    /// The verdict of a test: all input read, the outputs those of `replay`, every broken record in the dead letters once,
    /// a clean end of the services, and nothing more said by it.
    pub fn conclude(&mut self, services: Vec<Service>) -> Result<()> {
        let mut on_the_broker = 0;
        for input in self.inputs() {
            on_the_broker += written(&self.brokers, &input)?;
        }
        ensure!(
            on_the_broker as u64 == self.events,
            "the test is at fault: it wrote {} events, but {on_the_broker} are in the topics",
            self.events
        );
        self.wait_caught_up(Duration::from_secs(90))?;
        self.wait_for_expected_outputs(Duration::from_secs(30))?;
        for service in services {
            service.terminate()?;
        }
        self.wait_for_expected_outputs(Duration::ZERO).context("after the services' end")?;
        self.expect_dead_letters()?;
        let outputs = count(&self.published);
        ensure!(outputs > 0, "the test proves nothing: no output was expected");
        println!(
            "{}: {} events, {} broken; {outputs} outputs, once each; {} records of aborted transactions",
            self.name,
            self.events,
            self.broken,
            self.aborted()?
        );
        Ok(())
    }

    fn expect_dead_letters(&self) -> Result<()> {
        let letters = Reader::read_committed(&self.brokers, &self.topic("dead-letters.v1")).read_to_end()?;
        let mut origins = BTreeSet::new();
        for letter in &letters {
            let part = |name: &str| letter.header(&format!("__connect.errors.{name}")).unwrap_or("?").to_owned();
            let origin = (part("topic"), part("partition"), part("offset"));
            ensure!(origins.insert(origin.clone()), "two dead letters of {origin:?}");
        }
        ensure!(letters.len() as u64 == self.broken, "{} dead letters of {} broken records", letters.len(), self.broken);
        Ok(())
    }

    /// Output records that only a `read_uncommitted` consumer sees: how often a crash hit an open transaction.
    fn aborted(&self) -> Result<usize> {
        let mut all = 0;
        for channel in Channel::ALL {
            all += Reader::read_uncommitted(&self.brokers, &self.topic(channel.suffix())).read_to_end()?.len();
        }
        Ok(all - count(&self.published))
    }

    /// `replay` of the lines written so far, at another moment than now.
    pub fn replayed_until(&mut self, until_ms: i64) -> Result<Outputs> {
        self.history.flush()?;
        replayed(&self.directory.join("input.jsonl"), self.playbook.as_deref(), until_ms)
    }

    /// The record `fleet` that `replay` writes of the lines written so far, at this moment.
    pub fn replayed_fleet(&mut self) -> Result<Value> {
        self.history.flush()?;
        let file = self.directory.join("portfolio.json");
        let text = |path: &Path| path.to_str().map(str::to_owned).context("test paths are UTF-8");
        let mut arguments = ["replay", "--until", &rfc3339(now_ms()), "--portfolio"].map(str::to_owned).to_vec();
        arguments.push(text(&file)?);
        if let Some(playbook) = &self.playbook {
            arguments.extend(["--playbook".to_owned(), text(playbook)?]);
        }
        arguments.push(text(&self.directory.join("input.jsonl"))?);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let outcome = run_to_end(&arguments, &self.directory, Duration::from_secs(180))?;
        ensure!(outcome.status.success(), "replay ended with {}:\n{}", outcome.status, outcome.stderr);
        Ok(serde_json::from_str(&fs::read_to_string(&file)?)?)
    }

    fn report_logs(&self, broker: &Broker) {
        let mut logs: Vec<PathBuf> =
            fs::read_dir(&self.directory).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default();
        logs.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.sort();
        logs.push(broker.log());
        for log in logs {
            report_log(&log);
        }
        eprintln!("everything of this test is kept in {}", self.directory.display());
    }
}

fn report_log(log: &Path) {
    eprintln!("---- the end of {}\n{}", log.display(), tail(log, 40));
}

/// A backlog's usual span: the last 60 days up to an hour ago.
pub fn sixty_days() -> (i64, i64) {
    let now = now_ms();
    (now - 60 * 24 * 60 * MINUTE_MS, now - 60 * MINUTE_MS)
}

/// The stream as it stands after what was written, and that.
type Written = (Stream, Vec<Event>);

/// Writes live events from a thread of its own, until stopped.
pub struct Feeder {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    thread: Option<JoinHandle<Result<Written>>>,
}

impl Feeder {
    fn start(mut stream: Stream, writer: Writer, topic: String, partitions: i32, events_per_second: u64) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let written = Arc::new(AtomicU64::new(0));
        let (stopped, counter) = (stop.clone(), written.clone());
        let thread = thread::Builder::new().name("feeder".into()).spawn(move || {
            let started = Instant::now();
            let mut events = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let due = (started.elapsed().as_secs_f64() * events_per_second as f64) as usize;
                while events.len() < due {
                    let event = stream.live(now_ms());
                    writer.write(&InputRecord::event(&topic, &event.account, &event.line, partitions))?;
                    events.push(event);
                }
                counter.store(events.len() as u64, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
            Ok((stream, events))
        })?;
        Ok(Self { stop, written, thread: Some(thread) })
    }

    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    fn stop(mut self) -> Result<(Stream, Vec<Event>)> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("a feeder is stopped once");
        thread.join().unwrap_or_else(|payload| resume_unwind(payload))
    }
}

impl Drop for Feeder {
    /// A failed test writes no further.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
