//! `replay`: a file of events through the engine.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow};

use super::dead_letters::DeadLetters;
use super::history::Opened;
use super::progress::Progress;
use super::{ReplayArgs, Until, load_playbook};
use crate::config::Settings;
use crate::engine::{Lateness, day_in, start_of_day};
use crate::input::Reason;
use crate::mapping::Mapping;
use crate::mapping::tally::Tally;
use crate::output::{CloudEvent, fleet};
use crate::playbook::Playbook;
use crate::portfolio::Outline;
use crate::replay::{DeadLine, Disorder, Division, Input, ReplayOptions, Sorted, Summary, replay};
use crate::service::engine_settings;
use crate::sorter::SORT_BYTES;

/// Lines were read, and none was applied.
const NOTHING_APPLIED: u8 = 3;

pub(super) fn execute(args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let history = args.history;
    let settings = history.settings.load()?;
    let (playbook, options) = set_up(&settings, history.playbook.as_deref(), args.until, args.portfolio.is_some())?;
    let output: Box<dyn Write> = match &args.output {
        Some(file) => Box::new(File::create(file).with_context(|| format!("{}: cannot be written", file.display()))?),
        None => Box::new(io::stdout().lock()),
    };
    let letters = DeadLetters::to(args.dead_letters.as_deref())?;
    let Opened { reader, size, tally } = {
        let letters = letters.clone();
        history.open_telling(move |file, line, record, rejected| letters.record(file, line, record, rejected))?
    };
    let began = Instant::now();
    let input = input(reader, history.sort, &options)?;
    let mut wrong_door = WrongDoor::default();
    let dead = |dead: &DeadLine| {
        wrong_door.note(dead);
        letters.line(dead)
    };
    let progress = Progress::new();
    let told = |lines: u64, bytes: u64| {
        progress.tell(|| {
            let done = size.filter(|&size| size > 0).map_or(String::new(), |size| format!(" ({} %)", 100 * bytes / size));
            format!("{lines} lines{done}, {:.0} lines/s", lines as f64 / began.elapsed().as_secs_f64())
        });
    };
    let (summary, _) = replay(Arc::clone(&playbook), options, Division::default(), input, output, dead, told).context("replay")?;
    letters.end()?;
    progress.end();
    if let Some(file) = &args.portfolio {
        let line = fleet_of(&summary, &playbook).map(|fleet| fleet.structured() + "\n").unwrap_or_default();
        std::fs::write(file, line).with_context(|| format!("{}: cannot be written", file.display()))?;
    }
    let tally = Opened::tally_of(tally);
    let mapped = tally.as_ref().map_or(String::new(), Tally::summary);
    eprint!("{mapped}{}", report(&summary, began.elapsed().as_secs_f64()));
    if tally.is_none()
        && let Some(hint) = wrong_door.hint(&summary)
    {
        eprintln!("{hint}");
    }
    if let Some(told) = tally.and_then(|tally| tally.in_vain()) {
        eprintln!("error: {told}");
        return Ok(ExitCode::from(NOTHING_APPLIED));
    }
    if summary.lines > 0 && summary.applied == 0 {
        eprintln!("error: {} lines were read, and none was applied", summary.lines);
        return Ok(ExitCode::from(NOTHING_APPLIED));
    }
    Ok(ExitCode::SUCCESS)
}

/// The playbook of the command line or the settings, and how events are taken in.
pub(super) fn set_up(
    settings: &Settings,
    playbook: Option<&Path>,
    until: Option<Until>,
    portfolio: bool,
) -> anyhow::Result<(Arc<Playbook>, ReplayOptions)> {
    let playbook = load_playbook(playbook.or(settings.playbook.as_deref()))
        .map_err(|problems| anyhow!("the playbook cannot be used:\n{}", problems.join("\n")))?;
    let until_ms = until.map(|until| match until {
        Until::InstantMs(instant_ms) => instant_ms,
        Until::Date(date) => start_of_day(&playbook.time_zone, date),
    });
    let wall_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let options = ReplayOptions {
        until_ms,
        latest_ms: wall_ms.saturating_add(i64::try_from(settings.engine.max_skew_ms).unwrap_or(i64::MAX)),
        max_record_bytes: settings.engine.max_record_bytes as usize,
        engine: engine_settings(settings),
        portfolio,
    };
    Ok((Arc::new(playbook), options))
}

/// The figures of all accounts as of the end; `None` where no clock was ever moved.
pub(super) fn fleet_of(summary: &Summary, playbook: &Arc<Playbook>) -> Option<CloudEvent> {
    let (counts, ended_ms) = summary.counts.as_ref().zip(summary.ended_ms)?;
    Some(fleet(counts, day_in(&playbook.time_zone, ended_ms), &Outline::new(playbook)).0)
}

/// Lines as they are to be taken in.
pub(super) fn input(reader: Box<dyn Read + Send>, sort: bool, options: &ReplayOptions) -> anyhow::Result<Input> {
    if !sort {
        return Ok(Input::AsItIs(reader));
    }
    let sorted = Sorted::new(reader, options, SORT_BYTES, &std::env::temp_dir()).context("sorting")?;
    eprintln!("{}", disorder(&sorted.disorder));
    Ok(Input::Sorted(Box::new(sorted)))
}

/// What sorting found.
fn disorder(disorder: &Disorder) -> String {
    let Disorder { lines, out_of_order, most_ms, most_line } = disorder;
    let most = if *out_of_order > 0 { format!(", by up to {} (line {most_line})", duration(*most_ms)) } else { String::new() };
    format!("sorted by time: {out_of_order} of {lines} lines were out of order{most}")
}

/// In days, hours, minutes and seconds, from the first of those that there are any of.
fn duration(ms: i64) -> String {
    let seconds = ms.div_euclid(1_000);
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let texts: Vec<String> = parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if texts.is_empty() { format!("{ms} ms") } else { texts.join(" ") }
}

/// The first lines that are none of native records: those of others, perhaps.
#[derive(Default)]
struct WrongDoor {
    lines: Vec<u8>,
    count: u64,
}

impl WrongDoor {
    /// What is looked at.
    const BYTES_MAX: usize = 64 * 1024;

    fn note(&mut self, dead: &DeadLine) {
        if matches!(dead.reject.reason, Reason::FromTheFuture | Reason::TooLate) {
            return;
        }
        self.count += 1;
        if self.lines.len() + dead.original.len() < Self::BYTES_MAX {
            self.lines.extend_from_slice(&dead.original);
            self.lines.push(b'\n');
        }
    }

    /// Where most lines are none of native records: the mapping that takes them.
    fn hint(&self, summary: &Summary) -> Option<String> {
        if 2 * self.count <= summary.lines {
            return None;
        }
        let shipped = Mapping::that_takes(&self.lines)?;
        Some(format!(
            "these look like records that the mapping {name} is for: `replay --source {name}` takes them, `map --source {name}` shows what it makes of them",
            name = shipped.name
        ))
    }
}

fn report(summary: &Summary, seconds: f64) -> String {
    let Summary { lines, applied, late, duplicates, dead, too_late, unknown_products, accounts, outputs, .. } = summary;
    let mut text = format!(
        "{lines} lines in {seconds:.2} s: {applied} applied ({late} late), {duplicates} duplicates, {dead} dead ({too_late} too late), \
         {unknown_products} of products the playbook does not name\naccounts: {accounts}, outputs: {outputs}\n"
    );
    for (reason, count) in Reason::ALL.iter().zip(summary.dead_by_reason).filter(|(_, count)| *count > 0) {
        text.push_str(&format!("  dead letters, {reason}: {count}\n"));
    }
    text.push_str(&lateness(&summary.lateness));
    text
}

/// Who took the days of accounts ahead of many rows, and what to do.
fn lateness(lateness: &Lateness<u64>) -> String {
    if !lateness.is_much() {
        return String::new();
    }
    let Lateness { usage, late, .. } = lateness;
    let mut text = format!(
        "late usage rows, those too late included: {late} of {usage}, more than one in fifty; late rows open nothing and let nothing fall\n"
    );
    for reason in lateness.reasons(|line| format!("line {line}")) {
        text.push_str(&format!("  {reason}\n"));
    }
    for remedy in [
        "where its time is wrong, mend the row; in `run`, engine.max_skew_ms bounds how far ahead of the wall clock a time may be",
        "where the file is not in order of time, `replay --sort`",
        "where a feed delivers late, leave days to it: settle_days of the playbook",
    ] {
        text.push_str(&format!("  - {remedy}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_their_units() {
        for (ms, text) in [
            (1, "1 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (61_500, "1 min 1 s"),
            (3_600_000, "1 h"),
            (38 * 86_400_000 + 4 * 3_600_000, "38 d 4 h"),
        ] {
            assert_eq!(duration(ms), text, "{ms}");
        }
    }
}
