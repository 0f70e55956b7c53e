//! A real Apache Kafka broker: one JVM on two loopback ports, with its data in a directory of its own.
//!
//! `tests/kafka-broker/fetch.sh` lays the jars, a formatted storage template and a class archive into
//! `target/kafka-broker`, once. Each broker copies the template, so that it starts in seconds.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::process::{free_port, signal, spawn_guarded, tail, wait_at_most};

/// Where everything of this test process lies: `target/tmp/kafka-<pid>`.
pub fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kafka-{}", std::process::id()))
}

/// What `fetch.sh` prepares: `target/kafka-broker`.
pub fn prepared() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("kafka-broker")
}

/// Whether the run was told to do without Kafka. Only this variable skips; whatever is missing is a failure.
pub fn skipped(test: &str) -> bool {
    let skipped = std::env::var("ADOPTION_SKIP_KAFKA").is_ok_and(|value| value == "1");
    if skipped {
        println!("{test}: SKIPPED, because ADOPTION_SKIP_KAFKA=1");
    }
    skipped
}

/// The broker shared by the tests that leave it running. It ends with the test process.
pub fn shared() -> Result<Arc<Broker>> {
    static SHARED: OnceLock<std::result::Result<Arc<Broker>, String>> = OnceLock::new();
    SHARED
        .get_or_init(|| {
            let broker = Broker::start("shared-broker").map_err(|error| format!("{error:#}"))?;
            // Statics are not dropped. The kernel kills the broker with the test process; this takes its data along.
            // SAFETY: the handler is a plain function of this program.
            unsafe { libc::atexit(remove_shared) };
            Ok(Arc::new(broker))
        })
        .clone()
        .map_err(|error| anyhow::anyhow!(error))
}

extern "C" fn remove_shared() {
    if let Ok(broker) = shared() {
        broker.remove();
    }
}

/// What a broker is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It lives for seconds: it is there soon, and compacts what was just written.
    Test,
    /// It lives for minutes and is measured against: Java as Kafka's own start script sets it, compaction as by default.
    #[allow(dead_code, reason = "the benchmarks' broker")]
    Measurement,
}

pub struct Broker {
    directory: PathBuf,
    purpose: Purpose,
    port: u16,
    /// The second listener, and the port under which it is advertised: a relay's.
    relay_target: u16,
    relayed_port: u16,
    process: Mutex<Option<Child>>,
}

impl Broker {
    /// A fresh broker without topics, for a test. `name` is unique in this process.
    pub fn start(name: &str) -> Result<Self> {
        Self::start_for(Purpose::Test, name)
    }

    pub fn start_for(purpose: Purpose, name: &str) -> Result<Self> {
        let prepared = prepared();
        let advice = "run tests/kafka-broker/fetch.sh (needs a JDK 17 and Maven), \
                      or set ADOPTION_SKIP_KAFKA=1 to do without the tests on a real broker";
        ensure!(prepared.join("ready").exists(), "no Kafka broker in {}: {advice}", prepared.display());
        ensure!(Command::new("java").arg("-version").output().is_ok(), "`java` cannot be run: {advice}");

        let directory = scratch().join(name);
        let data = directory.join("data");
        fs::create_dir_all(&data)?;
        for entry in fs::read_dir(prepared.join("template"))? {
            let entry = entry?;
            fs::copy(entry.path(), data.join(entry.file_name()))?;
        }
        let (port, relay_target, relayed_port) = (free_port()?, free_port()?, free_port()?);
        let mut properties = server_properties(port, relay_target, relayed_port, free_port()?);
        if purpose == Purpose::Test {
            properties.push_str(CLEAN_AT_ONCE);
        }
        fs::write(directory.join("server.properties"), properties)?;
        let broker = Self { directory, purpose, port, relay_target, relayed_port, process: Mutex::new(None) };
        broker.start_again()?;
        Ok(broker)
    }

    /// For `bootstrap.servers`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// For a relay: the port where clients look for it, and the port that it must connect to.
    pub fn relay(&self) -> (u16, u16) {
        (self.relayed_port, self.relay_target)
    }

    /// Starts the stopped or killed broker on the same ports and data, and waits until it accepts connections.
    pub fn start_again(&self) -> Result<()> {
        let prepared = prepared();
        let log = fs::OpenOptions::new().create(true).append(true).open(self.log())?;
        let mut command = Command::new("java");
        match self.purpose {
            Purpose::Test => command.args(["-Xms128m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]),
            Purpose::Measurement => {
                command.args(["-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"])
            }
        };
        command.args([
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            // What it does with the transactions that a crash left open belongs to the report of a failed test.
            "-Dorg.slf4j.simpleLogger.log.kafka.coordinator.transaction=info",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
        ]);
        let archive = prepared.join("kafka.jsa");
        if self.purpose == Purpose::Test && archive.exists() {
            command.arg(format!("-XX:SharedArchiveFile={}", archive.display()));
        }
        command
            .arg("-cp")
            .arg(prepared.join("lib").join("*"))
            .args(["kafka.Kafka", "server.properties"])
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut process = self.process();
        ensure!(process.is_none(), "the broker is already running");
        *process = Some(spawn_guarded(command)?);

        let deadline = Instant::now() + Duration::from_secs(90);
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        loop {
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
                return Ok(());
            }
            let child = process.as_mut().context("the broker was just started")?;
            if let Some(status) = child.try_wait()? {
                bail!("the broker ended while starting, {status}:\n{}", tail(&self.log(), 30));
            }
            ensure!(Instant::now() < deadline, "the broker's port stayed closed:\n{}", tail(&self.log(), 30));
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// SIGTERM: a controlled shutdown.
    pub fn stop(&self) -> Result<()> {
        let mut process = self.process();
        let mut child = process.take().context("the broker is not running")?;
        signal(&child, libc::SIGTERM)?;
        wait_at_most(&mut child, Duration::from_secs(60))?;
        Ok(())
    }

    /// SIGKILL: what had been acknowledged stays, in the page cache.
    pub fn kill(&self) -> Result<()> {
        let mut child = self.process().take().context("the broker is not running")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    pub fn log(&self) -> PathBuf {
        self.directory.join("broker.log")
    }

    /// Ends it and takes its data along.
    pub fn remove(&self) {
        self.end();
        let _ = fs::remove_dir_all(&self.directory);
        // Gone only where no failed test, and no other broker, has files in it.
        let _ = fs::remove_dir(scratch());
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        // A test that failed while it held the lock must not hide its own message behind a second panic.
        self.process.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn end(&self) {
        if let Some(mut child) = self.process().take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.end();
    }
}

/// Of the tests' topics nothing is too little or too young to be compacted, and what retention removes is gone at once.
const CLEAN_AT_ONCE: &str = "log.cleaner.backoff.ms=500
log.cleaner.min.cleanable.ratio=0.01
log.initial.task.delay.ms=100
log.segment.delete.delay.ms=500
log.retention.check.interval.ms=300
";

/// Everything single, and short what a start, or a process that was killed, waits for.
fn server_properties(port: u16, relay_target: u16, relayed_port: u16, controller_port: u16) -> String {
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},RELAYED://127.0.0.1:{relay_target},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},RELAYED://127.0.0.1:{relayed_port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,RELAYED:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
group.consumer.min.heartbeat.interval.ms=200
group.consumer.heartbeat.interval.ms=500
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=6000
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
"
    )
}
