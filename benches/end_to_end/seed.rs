//! Wall time and memory of `seed` over a warehouse's export, beside GNU `sort` of the same file by its time column with the same memory.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use super::load::{self, BACKLOG, PRODUCTS, Random, number};
use super::service::{Spent, spent};
use super::{Bench, produce, topics};

/// What `seed` holds of the records in memory.
const SORT_MIB: u32 = 128;

const MAPPING: &str = "\
version: 1
name: warehouse
input: csv
events:
  - type: usage
    time: {from: /time, format: rfc3339}
    account: /account
    product: /product
    user: /user
    feature: /feature
    quantity: /quantity
";

fn lines() -> u64 {
    number("E2E_SEED_LINES", 5_000_000)
}

/// Rows in disorder: blocks of a thousand, each in order of time.
fn write_export(file: &Path) -> Result<u64> {
    let mut random = Random(11);
    let mut out = BufWriter::new(File::create(file)?);
    let padding = "x".repeat(number("E2E_SEED_PADDING", 0) as usize);
    writeln!(out, "time,account,product,user,feature,quantity,note")?;
    let mut rows: Vec<load::Drawn> = Vec::new();
    let mut held: Vec<Vec<load::Drawn>> = Vec::new();
    let mut write = |rows: &[load::Drawn]| -> Result<()> {
        for load::Drawn { id, user, product, feature, time_ms, .. } in rows {
            let time = jiff::Timestamp::from_millisecond(*time_ms)?;
            writeln!(out, "{time:.3},{id},{},u-{user},f{feature},1,{padding}", PRODUCTS[*product as usize])?;
        }
        Ok(())
    };
    for drawn in load::events(BACKLOG, lines(), 5) {
        rows.push(drawn);
        if rows.len() == 1_000 {
            held.push(std::mem::take(&mut rows));
        }
        if held.len() == 400 {
            let block = held.swap_remove(random.below(400) as usize);
            write(&block)?;
        }
    }
    held.push(rows);
    held.iter().rev().try_for_each(|block| write(block))?;
    out.flush()?;
    Ok(std::fs::metadata(file)?.len())
}

fn row(what: &str, spent: &Spent) {
    let million = lines() as f64 / 1e6;
    println!(
        "| {what} | {:.1} s, {:.2} CPU-s per million, {:.0} MiB at most |",
        spent.wall,
        spent.cpu / million,
        spent.resident_kib as f64 / 1024.0
    );
}

fn sort(export: &Path, sorted: &Path) -> Result<Spent> {
    let began = Instant::now();
    let memory = format!("{SORT_MIB}M");
    let child = Command::new("sort")
        .env("LC_ALL", "C")
        .args(["-t", ",", "-k", "1,1", "-S", &memory, "-T"])
        .arg(sorted.parent().expect("it is in a folder"))
        .arg("-o")
        .args([sorted, export])
        .spawn()?;
    spent(&child, began)
}

fn seed(bench: &Bench, export: &Path, round: usize) -> Result<Spent> {
    let Bench { brokers, partitions, directory } = bench;
    let (config, mapping) = (directory.join("seed.toml"), directory.join("warehouse.yaml"));
    std::fs::write(&mapping, MAPPING)?;
    std::fs::write(
        &config,
        format!(
            "[kafka]\nbrokers = \"{brokers}\"\napplication_id = \"seed-{round}\"\ninstance_id = \"bench\"\n\
             [topics]\ninputs = [\"seed-{round}-inputs\"]\nprefix = \"seed-{round}\"\npartitions = {partitions}\nreplication_factor = 1\n"
        ),
    )?;
    let binary = env!("CARGO_BIN_EXE_adoption-tracker");
    let created = Command::new(binary).args(["topics", "create", "--config"]).arg(&config).stdout(Stdio::null()).status()?;
    ensure!(created.success(), "topics create failed");
    let began = Instant::now();
    let child = Command::new(binary)
        .args(["seed", "--config"])
        .arg(&config)
        .arg("--source")
        .args([&mapping, export])
        .env("TMPDIR", directory)
        .stderr(File::create(directory.join("seed.log"))?)
        .spawn()?;
    let spent = spent(&child, began)?;
    let told = std::fs::read_to_string(directory.join("seed.log"))?;
    println!("| round {round}: seed says | {} |", told.lines().last().unwrap_or_default());
    let there = topics::written(brokers, &format!("seed-{round}-inputs"))?;
    ensure!(there as u64 == lines(), "{there} of {} records are in the topic", lines());
    topics::delete_topic(brokers, &format!("seed-{round}-inputs"))?;
    Ok(spent)
}

/// As many records of the same size by a producer that does nothing else: what writing takes at least.
fn bare(bench: &Bench, round: usize) -> Result<()> {
    let topic = format!("seed-bare-{round}");
    topics::create_topic(&bench.brokers, &topic, bench.partitions, &[])?;
    let began = Instant::now();
    produce(bench, &topic, load::events(BACKLOG, lines(), 5))?;
    println!("| round {round}: a bare producer of as many records | {:.1} s |", began.elapsed().as_secs_f64());
    topics::delete_topic(&bench.brokers, &topic)
}

pub fn run(bench: &Bench) -> Result<()> {
    let (export, sorted) = (bench.directory.join("export.csv"), bench.directory.join("sorted.csv"));
    let bytes = write_export(&export)?;
    println!("| seed: lines, MB, partitions | {}, {}, {} |", lines(), bytes / 1_000_000, bench.partitions);
    let mut ratios = Vec::new();
    // An odd number, for its median.
    let rounds = number("E2E_SEED_ROUNDS", 3) as usize;
    for round in 0..rounds {
        let by_sort = sort(&export, &sorted)?;
        row(&format!("round {round}: sort -S {SORT_MIB}M"), &by_sort);
        let by_seed = seed(bench, &export, round)?;
        row(&format!("round {round}: seed"), &by_seed);
        ratios.push(by_seed.wall / by_sort.wall);
        bare(bench, round)?;
    }
    let each = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect::<Vec<_>>().join(", ");
    ratios.sort_by(f64::total_cmp);
    println!("| seed ÷ sort, wall; the median | {each}; {:.2} |", ratios[rounds / 2]);
    for file in [export, sorted] {
        std::fs::remove_file(file)?;
    }
    Ok(())
}
