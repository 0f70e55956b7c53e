//! `map`: files of others' records as native lines. These go to standard output, what is left out to standard error.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::MapArgs;
use crate::config::Settings;
use crate::input::Limits;
use crate::mapping::files::{Mapped, Records, open};
use crate::mapping::tally::Tally;
use crate::mapping::{LoadError, Mapping, Outcome, Rejected, Shipped};

/// Records were read, and none was mapped.
const NOTHING_MAPPED: u8 = 3;

pub(super) fn execute(args: MapArgs) -> anyhow::Result<ExitCode> {
    if args.list {
        let lines: Vec<String> = Mapping::shipped().map(|shipped| format!("{:<16}{}\n", shipped.name, shipped.about())).collect();
        return written(&lines.concat());
    }
    if let Some(name) = &args.print {
        return written(printed(name)?.yaml);
    }
    let source = args.source.context("clap asks for it")?;
    let files = if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut tally = Tally::default();
    let mapping = Arc::new(load(&source, &args.settings.load()?)?);
    for file in &files {
        let (reader, _) = open(Some(file))?;
        let records = Records::new(reader, mapping.input(), Limits::default().max_record_bytes);
        let mut mapped = Mapped::new(records, Arc::clone(&mapping));
        loop {
            let mut written = Ok(());
            let is_read = mapped.read(|line, _, outcomes| {
                for outcome in outcomes.iter() {
                    match outcome {
                        Outcome::Native(native) if written.is_ok() => written = writeln!(out, "{}", native.json),
                        Outcome::Rejected(rejected) => eprintln!("{}", refused(file, line, rejected)),
                        Outcome::Native(_) | Outcome::Unmapped | Outcome::Dropped => {}
                    }
                }
            });
            written.context("standard output")?;
            if !is_read.with_context(|| format!("{}", file.display()))? {
                break;
            }
        }
        tally.add_all(&mapped.tally);
    }
    out.flush().context("standard output")?;
    eprint!("{}", tally.summary());
    if let Some(told) = tally.in_vain() {
        eprintln!("error: {told}");
        return Ok(ExitCode::from(NOTHING_MAPPED));
    }
    Ok(ExitCode::SUCCESS)
}

/// The mapping of a source of the settings, one that ships, or one in a file.
pub(super) fn load(source: &str, settings: &Settings) -> anyhow::Result<Mapping> {
    let of_settings: Vec<&str> = settings.sources.keys().map(String::as_str).collect();
    let loaded = Mapping::load(settings.format_of(source)).map_err(|error| match error {
        LoadError::NotFound(text) if !of_settings.is_empty() => {
            LoadError::NotFound(format!("{text}; the settings have the sources {}", of_settings.join(", ")))
        }
        error => error,
    });
    loaded.context("the mapping cannot be used")
}

/// What is said of a record that is left out.
pub(super) fn refused(file: &std::path::Path, line: u64, rejected: &Rejected) -> String {
    let name = if file.as_os_str() == "-" { "line ".to_owned() } else { format!("{}:", file.display()) };
    format!("{name}{line}: {}: {rejected}", rejected.reason)
}

fn printed(name: &str) -> anyhow::Result<&'static Shipped> {
    match Mapping::shipped_as(name) {
        Some(shipped) => Ok(shipped),
        None => bail!("{}", crate::playbook::unknown("mapping", name, "", Mapping::shipped().map(|shipped| shipped.name))),
    }
}

fn written(text: &str) -> anyhow::Result<ExitCode> {
    io::stdout().write_all(text.as_bytes()).context("standard output")?;
    Ok(ExitCode::SUCCESS)
}
