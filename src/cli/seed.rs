//! `seed`: history into the input topic, before the first start.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::dead_letters::DeadLetters;
use super::progress::Progress;
use super::{SeedArgs, map};
use crate::config::Settings;
use crate::input::Limits;
use crate::mapping::Rejected;
use crate::ops::logs;
use crate::seed::{Choice, Gathered, Taking, Target, Written, gather, write};
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
    // Before hours of reading.
    let target = Target::look(&settings, &connection, &wanted(&settings)?, &choice)?;
    connection.batch_bytes_max = target.bytes_max;
    let files = if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files };
    let began = Instant::now();
    let mut gathered = gathered(&files, &taking, &target, args.dead_letters.as_deref(), began)?;
    if let Some(told) = gathered.tally.in_vain() {
        eprint!("{}", gathered.tally.summary());
        eprintln!("error: {told}");
        return Ok(ExitCode::from(NOTHING_WRITTEN));
    }
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

fn gathered(files: &[PathBuf], taking: &Taking, target: &Target, dead_letters: Option<&Path>, began: Instant) -> anyhow::Result<Gathered> {
    let letters = DeadLetters::to(dead_letters)?;
    let refused = |file: &Path, line: u64, record: &[u8], rejected: &Rejected| letters.record(file, line, record, rejected);
    let progress = Progress::new();
    let told = |read: u64| {
        progress.tell(|| format!("{read} records read, {:.0} a second", read as f64 / began.elapsed().as_secs_f64()));
    };
    let gathered = gather(files, taking, (SORT_BYTES, &std::env::temp_dir()), target.bytes_max, &refused, &told)?;
    progress.end();
    letters.end()?;
    Ok(gathered)
}

fn summary(gathered: &Gathered, target: &Target, written: Written, read: Duration, total: Duration) -> String {
    let Gathered { tally, accounts, .. } = gathered;
    let instant = |ms: i64| jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |instant| instant.to_string());
    let span = tally.span_ms.map_or(String::new(), |(first, last)| {
        format!("from {} to {}: {} days\n", instant(first), instant(last), (last - first) / 86_400_000 + 1)
    });
    let times = if target.bears_event_times { "the times of their events" } else { "the time of writing" };
    format!(
        "{}{span}accounts: {accounts}\n{} records, {} MB, written to {}: {} partitions by {}, {times}\nread and sorted in {:.1} s, written in {:.1} s\n",
        tally.summary(),
        written.records,
        written.bytes / 1_000_000,
        target.topic,
        target.partitions,
        target.partitioner.name(),
        read.as_secs_f64(),
        (total - read).as_secs_f64(),
    )
}
