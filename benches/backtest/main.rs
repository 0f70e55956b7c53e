//! `replay` of a file beside DuckDB, which computes daily events and 30-day distinct users by account and product from the same file.
//!
//! `cargo bench --bench backtest`; `BACKTEST_EVENTS` (5000000). DuckDB comes from PyPI into a directory of its own under `target/`.
//!
//! `replay` does more: it judges stages and rules after every event and writes what comes of it. For DuckDB the query alone is timed, for
//! `replay` the whole process.

#[path = "../load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use load::{Shape, event_json, number};

const SHAPE: Shape = Shape { accounts: 20_000, users: 10, products: 5, features: 3, days: 60 };
/// The day after the last event.
const UNTIL: &str = "2026-03-02";
const ROUNDS: usize = 2;

fn main() -> Result<()> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("backtest");
    std::fs::create_dir_all(&directory)?;
    let python = duckdb(&directory)?;
    let events = number("BACKTEST_EVENTS", 5_000_000);
    let file = directory.join("events.jsonl");
    write(&file, events)?;
    let bytes = file.metadata()?.len();

    let mut ratios = Vec::new();
    for round in 0..ROUNDS {
        let ours = replay(&file, &directory, events)?;
        let theirs = query(&python, &file, events)?;
        println!(
            "| backtest of {:.1} M events, {} MB, round {round}: replay, DuckDB | {ours:.2}, {theirs:.2} s |",
            events as f64 / 1e6,
            bytes >> 20
        );
        ratios.push(format!("{:.2}", theirs / ours));
    }
    println!("| backtest, DuckDB's time ÷ replay's | {} |", ratios.join(", "));
    std::fs::remove_file(file)?;
    Ok(())
}

fn write(file: &Path, events: u64) -> Result<()> {
    let mut output = BufWriter::new(File::create(file)?);
    for (number, drawn) in load::events(SHAPE, events, 5).enumerate() {
        writeln!(output, "{}", event_json(number as u64, &drawn))?;
    }
    Ok(output.flush()?)
}

/// The Python of an environment that has DuckDB.
fn duckdb(directory: &Path) -> Result<PathBuf> {
    let environment = directory.join("python");
    let python = environment.join("bin/python");
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/backtest/requirements.txt");
    if !python.exists() {
        succeed(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(requirements))?;
    Ok(python)
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Seconds of the whole process. That it took in every line is read from its report.
fn replay(file: &Path, directory: &Path, events: u64) -> Result<f64> {
    let began = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .args(["replay", "--until", UNTIL, "--output"])
        .arg(directory.join("outputs.jsonl"))
        .arg(file)
        .stderr(Stdio::piped())
        .output()?;
    let took = began.elapsed().as_secs_f64();
    let report = String::from_utf8_lossy(&done.stderr).into_owned();
    ensure!(done.status.success() && report.contains(&format!(" {events} applied")), "replay: {}: {report}", done.status);
    Ok(took)
}

/// Seconds of the query.
fn query(python: &Path, file: &Path, events: u64) -> Result<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/backtest/query.py");
    let done = Command::new(python).arg(script).arg(file).stderr(Stdio::inherit()).output()?;
    ensure!(done.status.success(), "the query ended with {}", done.status);
    let printed = String::from_utf8(done.stdout)?;
    let (took, counted) = printed.trim().split_once(' ').context("two numbers")?;
    ensure!(counted == events.to_string(), "DuckDB counted {counted} of {events} events");
    Ok(took.parse()?)
}
