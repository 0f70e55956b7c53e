//! The demo as somebody runs it who has just built the thing: without a terminal here, so it prints lines.
//!
//! It shows that the whole works together. It is no evidence for exactly-once: the broker in the process is librdkafka's mock.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A demo under way; its lines come as they are printed.
struct Demo {
    child: Child,
    lines: mpsc::Receiver<String>,
    said: Vec<String>,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"));
        command.arg("demo").args(arguments).env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ADOPTION__")) {
            command.env_remove(name);
        }
        let mut child = command.spawn().expect("the binary starts");
        let (out, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if out.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, said: Vec::new() }
    }

    fn wait_for(&mut self, what: &str, limit: Duration, is_it: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + limit;
        loop {
            let line = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|error| panic!("no {what} ({error}) in\n{}", self.said.join("\n")));
            self.said.push(line.clone());
            if is_it(&line) {
                return line;
            }
        }
    }

    /// Host and port of the metrics.
    fn metrics_address(&mut self) -> String {
        let line = self.wait_for("address of the metrics", Duration::from_secs(10), |line| line.contains("metrics on http://"));
        let (_, url) = line.split_once("http://").expect("just found");
        url.strip_suffix("/metrics").expect("the path of the metrics").to_owned()
    }

    /// Status, all lines of standard output, standard error.
    fn end(mut self, limit: Duration) -> (ExitStatus, String, String) {
        let deadline = Instant::now() + limit;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                break status;
            }
            assert!(Instant::now() < deadline, "still running after {limit:?}:\n{}", self.said.join("\n"));
            std::thread::sleep(Duration::from_millis(50));
        };
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
            self.said.push(line);
        }
        let mut errors = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut errors).expect("text");
        (status, self.said.join("\n"), errors)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The sum of a counter's samples.
fn metric(answer: &str, name: &str) -> f64 {
    let of_metric = answer.lines().filter(|line| line.starts_with(name));
    of_metric.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}

/// The first number after the label in the summary.
fn number(summary: &str, label: &str) -> u64 {
    let line = summary.lines().find(|line| line.trim_start().starts_with(label)).unwrap_or_else(|| panic!("no {label} in\n{summary}"));
    let (_, rest) = line.split_once(label).expect("just found");
    let digits: String =
        rest.trim_start().chars().take_while(|char| char.is_ascii_digit() || *char == ',').filter(|char| *char != ',').collect();
    digits.parse().unwrap_or_else(|_| panic!("no number after {label} in {line}"))
}

#[test]
fn the_whole_story_is_told() {
    // By speed, not by seconds: it ends when the story is told, however slow the machine.
    let mut demo = Demo::start(&["--accounts", "30", "--speed", "576000"]);
    let address = demo.metrics_address();
    // Somebody scrapes it while it runs, and sees the customers' events come in.
    let deadline = Instant::now() + Duration::from_secs(20);
    let answer = loop {
        match get(&address, "/metrics") {
            Ok(answer) if metric(&answer, "adoption_events_total") > 0.0 => break answer,
            other => assert!(Instant::now() < deadline, "no events in the metrics: {other:?}"),
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(get(&address, "/readyz").expect("it answers").contains(r#""ready":true"#));

    let (status, said, errors) = demo.end(Duration::from_secs(180));
    assert!(status.success(), "{status}\n{said}\n{errors}");
    assert_eq!(errors, "", "nothing to warn of");
    let (_, summary) = said.split_once("100 simulated days of 30 accounts").unwrap_or_else(|| panic!("no summary in\n{said}"));

    let events = number(summary, "events");
    assert!(events > 10_000, "{summary}");
    let (_, produced) = summary.split_once("applied of").expect("events produced");
    assert_eq!(number(&format!("produced {produced}"), "produced"), events, "everything produced was applied:\n{summary}");
    assert_eq!(number(summary, "dead letters"), 0, "nothing too late, nothing from the future:\n{summary}");
    assert!(!summary.contains("committed)"), "the subscriber has read what was committed:\n{summary}");
    for kind in [
        "adoption.product_stage.changed",
        "adoption.account_stage.changed",
        "adoption.band.changed",
        "adoption.segment.entered",
        "adoption.segment.exited",
        "adoption.milestone.achieved",
        "adoption.alert.opened",
        "adoption.alert.cleared",
        "adoption.play.opened",
        "adoption.play.closed",
    ] {
        assert!(number(summary, kind) > 0, "{kind}\n{summary}");
    }
    for stages in ["adoption.product_stage.changed", "adoption.account_stage.changed"] {
        let line = summary.lines().find(|line| line.contains(stages)).expect("just found");
        let (_, directions) = line.split_once('(').expect("up and down");
        assert!(!directions.starts_with("0 up") && !directions.contains(" 0 down"), "{line}");
    }
    for rule in ["usage_drop", "low_license_utilization", "second_product", "recover_usage", "raise_utilization"] {
        let line = summary.lines().find(|line| line.trim_start().starts_with(rule)).unwrap_or_else(|| panic!("{rule}\n{summary}"));
        assert!(number(line, rule) > 0 && !line.contains("opened, 0 cleared"), "opened and cleared: {line}");
    }
    for name in ["usage_dropped", "first_value", "second_product_adopted", "account_score", "cross_sell"] {
        let line = summary.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap_or_else(|| panic!("{name}\n{summary}"));
        assert!(number(line, name) > 0, "{line}");
    }
    assert!(summary.lines().count() < 80, "a summary that can be read:\n{summary}");
    for stage in ["not_adopted", "single_product", "multi_product", "full_platform"] {
        assert!(number(summary, stage) > 0, "{stage}\n{summary}");
    }
    // Each output is a line with its reason.
    let (told, _) = said.split_once("100 simulated days").expect("found before");
    assert!(told.lines().any(|line| line.contains("usage_drop opened: usage_change(14")), "{told}");
    assert!(told.lines().any(|line| line.contains("play second_product opened, due ")), "{told}");
    for what in [
        " account_score ",
        " enters ",
        " leaves ",
        " achieves first_value: ",
        " low_license_utilization cleared after ",
        " play recover_usage ",
    ] {
        assert!(told.lines().any(|line| line.contains(what)), "{what}\n{told}");
    }
}

#[test]
fn ctrl_c_ends_it_with_the_summary_and_a_taken_port_is_no_obstacle() {
    // Where somebody else has it, it is taken just as well.
    let _taken = TcpListener::bind("127.0.0.1:9595");
    let mut demo = Demo::start(&["--accounts", "10", "--speed", "86400", "--seconds", "600"]);
    let address = demo.metrics_address();
    assert!(!address.ends_with(":9595"), "{address}");
    demo.wait_for("status line with events", Duration::from_secs(30), |line| line.starts_with("-- ") && !line.contains(": 0 events"));
    let pid = i32::try_from(demo.child.id()).expect("a pid");
    // SAFETY: a signal to a child that has not been waited for.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
    let asked = Instant::now();
    let (status, said, errors) = demo.end(Duration::from_secs(40));
    assert!(status.success(), "{status}\n{said}\n{errors}");
    assert!(asked.elapsed() < Duration::from_secs(25), "{:?}", asked.elapsed());
    assert!(said.contains("ended early: interrupted") && said.contains(" simulated days of "), "{said}");
}
