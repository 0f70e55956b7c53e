//! `seed`: history into the input topic, before the first start.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::dead_letters::DeadLetters;
use super::progress::Progress;
use super::{SeedArgs, map};
use crate::config::Settings;
use crate::input::Limits;
use crate::mapping::Rejected;
use crate::ops::logs;
use crate::partition::wall_clock_ms;
use crate::seed::{Bounds, Choice, Gathered, Taking, Target, Written, gather, instant, write};
use crate::service::{connection, wanted};
use crate::sorter::SORT_BYTES;

/// Records were read, and there is nothing to write.
const NOTHING_WRITTEN: u8 = 3;

pub(super) fn execute(args: SeedArgs) -> anyhow::Result<ExitCode> {
    let settings = args.settings.load()?;
    logs::init(settings.log.format, &settings.log.level)?;
    let taking = taking(args.source.as_deref(), &settings)?;
    let mut connection = connection(&settings);
    connection.validate()?;
    let choice = Choice { topic: args.topic, partitioner: args.partitioner.map(Into::into), append: args.append };
    let files = if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files };
    for file in files.iter().filter(|file| file.as_os_str() != "-") {
        File::open(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    }
    let letters = DeadLetters::to(args.dead_letters.as_deref())?;
    let wanted = wanted(&settings)?;
    // Before hours of reading, and after them.
    let target = Target::look(&settings, &connection, &wanted, &choice)?;
    connection.batch_bytes_max = Some(target.bytes_max);
    let latest_ms = wall_clock_ms().saturating_add(i64::try_from(settings.engine.max_skew_ms).unwrap_or(i64::MAX));
    let bounds = Bounds { bytes_max: target.bytes_max, latest_ms };
    let began = Instant::now();
    let mut gathered = gathered(&files, &taking, bounds, &letters, began)?;
    if gathered.tally.total_mapped() == 0 {
        eprint!("{}", gathered.tally.summary());
        eprintln!("error: {}", gathered.tally.in_vain().unwrap_or_else(|| "there are no records".to_owned()));
        return Ok(ExitCode::from(NOTHING_WRITTEN));
    }
    let target = Target::look(&settings, &connection, &wanted, &choice)?;
    let total = gathered.tally.total_mapped();
    let read = began.elapsed();
    let progress = Progress::new();
    let written = write(&mut gathered, &target, &connection, |done| {
        progress.tell(|| format!("{done} of {total} records written ({} %)", 100 * done / total.max(1)));
    })?;
    progress.end();
    eprint!("{}", summary(&gathered, &target, written, read, began.elapsed()));
    Ok(ExitCode::SUCCESS)
}

fn taking(source: Option<&str>, settings: &Settings) -> anyhow::Result<Taking> {
    let limits = Limits { max_record_bytes: settings.engine.max_record_bytes as usize, check_key: false, record_ms: None };
    source.map_or(Ok(Taking::Native(limits)), |source| map::load(source, settings).map(Taking::Mapped))
}

fn gathered(files: &[PathBuf], taking: &Taking, bounds: Bounds, letters: &DeadLetters, began: Instant) -> anyhow::Result<Gathered> {
    let refused = |file: &Path, line: u64, record: &[u8], rejected: &Rejected| letters.record(file, line, record, rejected);
    let progress = Progress::new();
    let told = |read: u64| {
        progress.tell(|| format!("{read} records read, {:.0} a second", read as f64 / began.elapsed().as_secs_f64()));
    };
    let gathered = gather(files, taking, (SORT_BYTES, &std::env::temp_dir()), bounds, &refused, &told)?;
    progress.end();
    letters.end()?;
    Ok(gathered)
}

fn summary(gathered: &Gathered, target: &Target, written: Written, read: Duration, total: Duration) -> String {
    let Gathered { tally, .. } = gathered;
    let span = tally.span_ms.map_or(String::new(), |(first, last)| {
        format!("from {} to {}: {} days\n", instant(first), instant(last), (last - first) / 86_400_000 + 1)
    });
    let times = if target.bears_event_times { "the times of their events" } else { "the time of writing" };
    format!(
        "{}{span}accounts: {}\n{} records, {} MB, written to {}: {} partitions by {}, {times}\nread and sorted in {:.1} s, written in {:.1} s\n",
        tally.summary(),
        written.accounts,
        written.records,
        written.bytes / 1_000_000,
        target.topic,
        target.partitions,
        target.partitioner.name(),
        read.as_secs_f64(),
        (total - read).as_secs_f64(),
    )
}
