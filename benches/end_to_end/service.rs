//! The service as a process: started, asked by HTTP, ended.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use super::{Bench, process};

/// CPU (user and system) and wall time of a process, in seconds.
pub struct Spent {
    pub cpu: f64,
    pub wall: f64,
    /// At most.
    pub resident_kib: i64,
}

/// Waits for the process and reads what it spent.
pub fn spent(child: &Child, began: Instant) -> Result<Spent> {
    let mut status = 0;
    // SAFETY: plain data, filled in by the call.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: our own child; both pointers are live.
    let pid = unsafe { libc::wait4(child.id() as i32, &mut status, 0, &mut usage) };
    ensure!(pid == child.id() as i32 && status == 0, "the process ended with status {status}");
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    Ok(Spent { cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), wall: began.elapsed().as_secs_f64(), resident_kib: usage.ru_maxrss })
}

pub struct Service {
    child: Child,
    http: u16,
    /// The port of its API.
    pub api: u16,
    pub began: Instant,
}

impl Service {
    /// `name`: application id and prefix of the topics. `environment`: further settings.
    pub fn start(bench: &Bench, input: &str, name: &str, instance: &str, environment: &[(&str, &str)]) -> Result<Self> {
        Self::start_as("run", bench, input, name, instance, "", environment)
    }

    /// Another command that goes on. `sections`: further ones of the settings file.
    pub fn start_as(
        what: &str,
        bench: &Bench,
        input: &str,
        name: &str,
        instance: &str,
        sections: &str,
        environment: &[(&str, &str)],
    ) -> Result<Self> {
        let Bench { brokers, partitions, directory } = bench;
        let (http, api) = (process::free_port()?, process::free_port()?);
        let config = directory.join(format!("{name}-{instance}.toml"));
        std::fs::write(
            &config,
            format!(
                "[kafka]\nbrokers = \"{brokers}\"\napplication_id = \"{name}\"\ninstance_id = \"{instance}\"\n\
                 [topics]\ninputs = [\"{input}\"]\nprefix = \"{name}\"\npartitions = {partitions}\nreplication_factor = 1\n\
                 [http]\nlisten = \"127.0.0.1:{http}\"\n[api]\nlisten = \"127.0.0.1:{api}\"\n{sections}"
            ),
        )?;
        let binary = env!("CARGO_BIN_EXE_adoption-tracker");
        let created = Command::new(binary).args(["topics", "create", "--config"]).arg(&config).stdout(Stdio::null()).status()?;
        ensure!(created.success(), "topics create failed");
        let log = std::fs::File::create(directory.join(format!("{name}-{instance}.log")))?;
        let began = Instant::now();
        let mut command = Command::new(binary);
        command.args([what, "--config"]).arg(&config).envs(environment.iter().copied()).stderr(log);
        // A benchmark that is interrupted must not leave it running beside the next one.
        let child = process::spawn_guarded(command)?;
        Ok(Self { child, http, api, began })
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// The answer with its head; empty where there is none.
    fn get(&self, path: &str) -> String {
        let mut text = String::new();
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.http))
            && write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").is_ok()
        {
            // Half an answer has half of the lines.
            let _ = stream.read_to_string(&mut text);
        }
        text
    }

    /// The labels and values of a metric's series.
    pub fn series(&self, name: &str) -> Vec<(String, f64)> {
        let text = self.get("/metrics");
        let of_metric = text.lines().filter_map(|line| line.strip_prefix(name)).filter(|rest| rest.starts_with(['{', ' ']));
        of_metric
            .filter_map(|rest| rest.rsplit_once(' '))
            .filter_map(|(labels, value)| Some((labels.to_owned(), value.parse().ok()?)))
            .collect()
    }

    /// The sum of a metric's series; 0 where it has none yet.
    pub fn metric(&self, name: &str) -> f64 {
        self.series(name).iter().fold(0.0, |sum, (_, value)| sum + value)
    }

    /// Of a metric that has a series for each partition.
    pub fn by_partition(&self, name: &str) -> BTreeMap<i32, f64> {
        let partition = |labels: &str| labels.split("partition=\"").nth(1)?.split('"').next()?.parse().ok();
        self.series(name).iter().filter_map(|(labels, value)| Some((partition(labels)?, *value))).collect()
    }

    /// Whether it has so many partitions and all of them run: a process is ready by itself once those run that it has already.
    pub fn is_ready(&self, partitions: i32) -> bool {
        let answer = self.get("/readyz");
        answer.starts_with("HTTP/1.1 200 ") && answer.contains(&format!("\"assigned_partitions\":{partitions},"))
    }

    pub fn wait_until(&self, what: &str, mut condition: impl FnMut() -> bool) -> Result<()> {
        let began = Instant::now();
        while !condition() {
            if began.elapsed() > Duration::from_secs(600) {
                bail!("not {what} after ten minutes; {} partitions are assigned", self.metric("adoption_assigned_partitions"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub fn wait_ready(&self, partitions: i32) -> Result<()> {
        self.wait_until("ready", || self.is_ready(partitions))
    }

    pub fn wait_for(&self, name: &str, at_least: f64, limit: Duration) -> Result<()> {
        let began = Instant::now();
        while self.metric(name) < at_least {
            if began.elapsed() > limit {
                bail!("{name} is {} after {limit:?}, expected {at_least}", self.metric(name));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Waits until the input is read, and all accounts have lived through the months up to today: until no more outputs come of it.
    pub fn settle(&self, partitions: i32) -> Result<()> {
        self.wait_until("at the end of the input", || {
            let lags = self.by_partition("adoption_lag_records");
            lags.len() as i32 == partitions && lags.values().all(|lag| *lag == 0.0)
        })?;
        let mut outputs = -1.0;
        while self.metric("adoption_outputs_total") > outputs {
            outputs = self.metric("adoption_outputs_total");
            std::thread::sleep(Duration::from_secs(3));
        }
        Ok(())
    }

    /// SIGTERM, and a clean end.
    pub fn stop(self) -> Result<Spent> {
        process::signal(&self.child, libc::SIGTERM)?;
        spent(&self.child, self.began)
    }

    /// SIGKILL.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}
