//! The service under test, as its operators know it: a process with a settings file, a log, signals and HTTP.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::process::{free_port, signal, spawn_guarded, tail, wait_at_most};

pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"));
    // Settings of the environment override the file: those of the person who runs the tests must not.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ADOPTION__") {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// The settings file of one instance.
#[derive(Debug, Clone)]
pub struct Settings {
    pub brokers: String,
    pub application_id: String,
    pub instance_id: String,
    pub inputs: Vec<String>,
    pub prefix: String,
    pub partitions: i32,
    pub playbook: Option<PathBuf>,
    pub workers: usize,
    /// Shifts the service's idea of now; negative is the past.
    pub wall_clock_offset_ms: i64,
    /// librdkafka's, passed through.
    pub properties: Vec<(String, String)>,
    /// Further settings: section, key, value.
    pub numbers: Vec<(&'static str, &'static str, i64)>,
    pub texts: Vec<(&'static str, &'static str, &'static str)>,
}

/// A member that is silent for so long loses its partitions.
pub const SESSION_TIMEOUT: Duration = Duration::from_secs(6);
/// A transaction open for so long is aborted by the broker.
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

impl Settings {
    /// A test waits for sessions and transactions to end.
    pub fn timeouts(session: Duration, transaction: Duration) -> Vec<(String, String)> {
        [
            ("session.timeout.ms", session.as_millis().to_string()),
            ("heartbeat.interval.ms", "1000".to_owned()),
            ("transaction.timeout.ms", transaction.as_millis().to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .to_vec()
    }

    fn toml(&self, http_port: u16, api_port: u16, peer_token: Option<&Path>) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let inputs: Vec<String> = self.inputs.iter().map(|input| quoted(input)).collect();
        let mut lines: Vec<(&str, String)> = vec![
            ("kafka", format!("brokers = {}", quoted(&self.brokers))),
            ("kafka", format!("application_id = {}", quoted(&self.application_id))),
            ("kafka", format!("instance_id = {}", quoted(&self.instance_id))),
            ("topics", format!("inputs = [{}]", inputs.join(", "))),
            ("topics", format!("prefix = {}", quoted(&self.prefix))),
            ("topics", format!("partitions = {}", self.partitions)),
            ("topics", "replication_factor = 1".to_owned()),
            ("engine", format!("workers = {}", self.workers)),
            ("http", format!("listen = \"127.0.0.1:{http_port}\"")),
            ("api", format!("listen = \"127.0.0.1:{api_port}\"")),
        ];
        if let Some(peer_token) = peer_token {
            lines.push(("api", format!("advertise = \"http://127.0.0.1:{api_port}\"")));
            lines.push(("api", format!("peer_token_file = {}", quoted(&peer_token.display().to_string()))));
        }
        if self.wall_clock_offset_ms != 0 {
            lines.push(("engine", format!("wall_clock_offset_ms = {}", self.wall_clock_offset_ms)));
        }
        for (key, value) in &self.properties {
            lines.push(("kafka.properties", format!("{} = {}", quoted(key), quoted(value))));
        }
        for (section, key, value) in &self.numbers {
            lines.push((section, format!("{key} = {value}")));
        }
        for (section, key, value) in &self.texts {
            lines.push((section, format!("{key} = {}", quoted(value))));
        }
        // Stable: within a section the lines stay in order.
        lines.sort_by_key(|(section, _)| *section);

        let mut toml = String::new();
        if let Some(playbook) = &self.playbook {
            toml += &format!("playbook = {}\n", quoted(&playbook.display().to_string()));
        }
        let mut open = "";
        for (section, line) in &lines {
            if *section != open {
                toml += &format!("\n[{section}]\n");
                open = section;
            }
            toml += line;
            toml.push('\n');
        }
        toml
    }

    /// Writes the file into `directory`, named after the instance.
    pub fn write(&self, directory: &Path, http_port: u16) -> Result<PathBuf> {
        self.write_with(directory, http_port, 0, None)
    }

    fn write_with(&self, directory: &Path, http_port: u16, api_port: u16, peer_token: Option<&Path>) -> Result<PathBuf> {
        let path = directory.join(format!("{}.toml", self.instance_id));
        fs::write(&path, self.toml(http_port, api_port, peer_token))?;
        Ok(path)
    }
}

/// What a command that ends by itself said.
#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command of the binary that is expected to end by itself.
pub fn run_to_end(arguments: &[&str], directory: &Path, limit: Duration) -> Result<Outcome> {
    let name = format!("command-{}", arguments.join("-").replace(['/', ' '], "_"));
    let stem: String = name.chars().take(60).collect();
    let (stdout, stderr) = (directory.join(format!("{stem}.out")), directory.join(format!("{stem}.err")));
    let mut command = binary();
    command.args(arguments).stdout(fs::File::create(&stdout)?).stderr(fs::File::create(&stderr)?);
    let mut child = spawn_guarded(command)?;
    let waited = wait_at_most(&mut child, limit);
    if waited.is_err() {
        child.kill()?;
        child.wait()?;
    }
    let status = waited.with_context(|| format!("`{}`; its log ends:\n{}", arguments.join(" "), tail(&stderr, 30)))?;
    let text = |path: &Path| -> Result<String> { Ok(String::from_utf8_lossy(&fs::read(path)?).into_owned()) };
    Ok(Outcome { status, stdout: text(&stdout)?, stderr: text(&stderr)? })
}

/// A running `adoption-tracker run`.
pub struct Service {
    child: Child,
    instance: String,
    http_port: u16,
    api_port: u16,
    log: PathBuf,
}

impl Service {
    /// Starts it; its output is appended to `<instance>.log`. It may not be ready yet.
    pub fn start(settings: &Settings, directory: &Path) -> Result<Self> {
        // A new port each time, so that a predecessor's connections cannot be in the way.
        let (http_port, api_port) = (free_port()?, free_port()?);
        let peer_token = directory.join("peer-token");
        fs::write(&peer_token, "known to all services of a test\n")?;
        let config = settings.write_with(directory, http_port, api_port, Some(&peer_token))?;
        Self::launch("run", settings, &config, (http_port, api_port), directory)
    }

    /// Starts `deliver` with the service's settings and these sections besides.
    pub fn deliver(settings: &Settings, sections: &str, directory: &Path) -> Result<Self> {
        Self::beside("deliver", settings, sections, directory)
    }

    /// Starts another command that goes on, with the service's settings and these sections besides.
    pub fn beside(what: &str, settings: &Settings, sections: &str, directory: &Path) -> Result<Self> {
        let http_port = free_port()?;
        let config = settings.write_with(directory, http_port, 0, None)?;
        let text = fs::read_to_string(&config)?;
        fs::write(&config, format!("{text}\n{sections}"))?;
        Self::launch(what, settings, &config, (http_port, 0), directory)
    }

    fn launch(what: &str, settings: &Settings, config: &Path, (http_port, api_port): (u16, u16), directory: &Path) -> Result<Self> {
        let log = directory.join(format!("{}.log", settings.instance_id));
        let mut output = fs::OpenOptions::new().create(true).append(true).open(&log)?;
        writeln!(output, "==== test: start of {}", settings.instance_id)?;
        let mut command = binary();
        command.args([what, "--config"]).arg(config).stdout(output.try_clone()?).stderr(output);
        Ok(Self { child: spawn_guarded(command)?, instance: settings.instance_id.clone(), http_port, api_port, log })
    }

    pub fn is_instance(&self, name: &str) -> bool {
        self.instance == name
    }

    /// SIGKILL.
    pub fn kill_nine(mut self) -> Result<()> {
        self.expect_running()?;
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and a clean end.
    pub fn terminate(mut self) -> Result<()> {
        self.expect_running()?;
        signal(&self.child, libc::SIGTERM)?;
        let status = wait_at_most(&mut self.child, Duration::from_secs(30)).with_context(|| format!("{} after SIGTERM", self.instance))?;
        ensure!(status.success(), "{} ended with {status} after SIGTERM", self.instance);
        Ok(())
    }

    /// SIGSTOP: it holds what it holds, and says nothing.
    pub fn freeze(&self) -> Result<()> {
        signal(&self.child, libc::SIGSTOP)
    }

    /// SIGCONT: it knows nothing of the time that has passed.
    pub fn thaw(&self) -> Result<()> {
        signal(&self.child, libc::SIGCONT)
    }

    /// `Some` once it has ended by itself.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    pub fn expect_running(&mut self) -> Result<()> {
        if let Some(status) = self.ended()? {
            anyhow::bail!("{} ended by itself with {status}:\n{}", self.instance, tail(&self.log, 30));
        }
        Ok(())
    }

    pub fn wait_ready(&mut self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            self.expect_running()?;
            if matches!(self.get("/readyz"), Ok((200, _))) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{} is not ready after {limit:?}", self.instance);
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for its end by itself, with status 1, and returns the last line of its log.
    pub fn wait_refusal(mut self, limit: Duration) -> Result<String> {
        let status = wait_at_most(&mut self.child, limit).with_context(|| format!("{}:\n{}", self.instance, tail(&self.log, 20)))?;
        ensure!(status.code() == Some(1), "{} ended with {status}", self.instance);
        Ok(fs::read_to_string(&self.log)?.lines().last().unwrap_or_default().to_owned())
    }

    /// What it has logged, it and its predecessors of the same name.
    pub fn logged(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.log)?)
    }

    /// The value of a metric's only sample, or of the one with this label.
    pub fn value(&self, name: &str, label: &str) -> Result<f64> {
        let samples = self.metric(name)?;
        let found = samples.iter().find(|(labels, _)| labels.contains(label)).map(|(_, value)| *value);
        found.with_context(|| format!("no sample of {name} with {label}: {samples:?}"))
    }

    /// Waits until the metric is so.
    pub fn wait_value(&self, name: &str, label: &str, limit: Duration, is: impl Fn(f64) -> bool) -> Result<f64> {
        let deadline = Instant::now() + limit;
        loop {
            match self.value(name, label) {
                Ok(value) if is(value) => return Ok(value),
                other => ensure!(Instant::now() < deadline, "{name} after {limit:?}: {other:?}"),
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until its log says so, and returns at once.
    pub fn wait_logged(&self, text: &str, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        while !fs::read_to_string(&self.log)?.contains(text) {
            ensure!(Instant::now() < deadline, "{} has not logged `{text}` after {limit:?}", self.instance);
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Status and body.
    pub fn get(&self, path: &str) -> Result<(u16, String)> {
        Self::ask(self.http_port, &format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n"))
    }

    /// Of the API.
    pub fn ask_api(&self, path: &str) -> Result<(u16, Value)> {
        ask_api_at(self.api_port, path)
    }

    /// Where its API listens.
    pub fn api_port(&self) -> u16 {
        self.api_port
    }

    /// Reports a record by the API.
    pub fn report(&self, record: &str) -> Result<(u16, Value)> {
        self.post("/v1/inputs", record)
    }

    pub fn post(&self, path: &str, body: &str) -> Result<(u16, Value)> {
        let head = "HTTP/1.0\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json";
        let request = format!("POST {path} {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let (status, answer) = Self::ask(self.api_port, &request)?;
        Ok((status, serde_json::from_str(&answer).with_context(|| format!("the answer to {body}: {answer}"))?))
    }

    /// The lines of a stream of the API, which goes on until it is dropped.
    pub fn stream_api(&self, path: &str, headers: &str) -> Result<impl Iterator<Item = std::io::Result<String>> + use<>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.api_port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n{headers}\r\n")?;
        Ok(BufReader::new(stream).lines())
    }

    /// HTTP/1.0, so that the answer is neither chunked nor kept alive.
    fn ask(port: u16, request: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
        let status = head.split(' ').nth(1).context("an answer without a status")?.parse()?;
        Ok((status, body.to_owned()))
    }

    /// The samples of one metric: the labels as written between the braces, and the value.
    pub fn metric(&self, name: &str) -> Result<Vec<(String, f64)>> {
        let (status, body) = self.get("/metrics")?;
        ensure!(status == 200, "/metrics answered {status}");
        let mut samples = Vec::new();
        for line in body.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let (metric, labels) = series.split_once('{').unwrap_or((series, ""));
            if metric == name {
                samples.push((labels.trim_end_matches('}').to_owned(), value.parse()?));
            }
        }
        Ok(samples)
    }
}

/// Of the API at a port: status and body.
pub fn ask_api_at(port: u16, path: &str) -> Result<(u16, Value)> {
    let (status, body) = Service::ask(port, &format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n"))?;
    Ok((status, serde_json::from_str(&body).with_context(|| format!("{path}: {body}"))?))
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
