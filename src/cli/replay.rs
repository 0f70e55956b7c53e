//! `replay`: a file of events through the engine.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow};
use serde_json::json;

use super::{ReplayArgs, Until, load_playbook};
use crate::engine::start_of_day;
use crate::input::Reason;
use crate::replay::{DeadLine, Division, ReplayOptions, Summary, replay};
use crate::service::engine_settings;

pub(super) fn execute(args: ReplayArgs) -> anyhow::Result<()> {
    let settings = args.settings.load()?;
    let playbook_file = args.playbook.or_else(|| settings.playbook.clone());
    let playbook =
        load_playbook(playbook_file.as_deref()).map_err(|problems| anyhow!("the playbook cannot be used:\n{}", problems.join("\n")))?;
    let until_ms = args.until.map(|until| match until {
        Until::InstantMs(instant_ms) => instant_ms,
        Until::Date(date) => start_of_day(&playbook.time_zone, date),
    });
    let wall_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let options = ReplayOptions {
        until_ms,
        latest_ms: wall_ms.saturating_add(i64::try_from(settings.engine.max_skew_ms).unwrap_or(i64::MAX)),
        max_record_bytes: settings.engine.max_record_bytes as usize,
        engine: engine_settings(&settings),
    };
    let (input, size) = open(args.input.as_deref())?;
    let output: Box<dyn Write> = match &args.output {
        Some(file) => Box::new(File::create(file).with_context(|| format!("{}: cannot be written", file.display()))?),
        None => Box::new(io::stdout().lock()),
    };
    let mut dead_file = match &args.dead_letters {
        Some(file) => Some(BufWriter::new(File::create(file).with_context(|| format!("{}: cannot be written", file.display()))?)),
        None => None,
    };
    let began = Instant::now();
    let shows_progress = io::stderr().is_terminal();
    let dead = |dead: &DeadLine| match &mut dead_file {
        Some(file) => writeln!(file, "{}", dead_record(dead)),
        None => writeln!(io::stderr(), "line {}: {}: {}", dead.line, dead.reject.reason, dead.reject),
    };
    let progress = |lines: u64, bytes: u64| {
        if shows_progress {
            let done = size.filter(|&size| size > 0).map_or(String::new(), |size| format!(" ({} %)", 100 * bytes / size));
            eprint!("\r{lines} lines{done}, {:.0} lines/s ", lines as f64 / began.elapsed().as_secs_f64());
        }
    };
    let summary = replay(Arc::new(playbook), options, Division::default(), input, output, dead, progress).context("replay")?;
    if let Some(file) = &mut dead_file {
        file.flush().context("writing the dead letters")?;
    }
    if shows_progress {
        eprintln!();
    }
    eprint!("{}", report(&summary, began.elapsed().as_secs_f64()));
    Ok(())
}

/// The input, decompressed by its name, and its size where that says how far a reader has come.
fn open(input: Option<&Path>) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    let Some(file) = input.filter(|file| file.as_os_str() != "-") else {
        return Ok((Box::new(io::stdin()), None));
    };
    let reader = File::open(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    Ok(match file.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => (Box::new(flate2::read::MultiGzDecoder::new(reader)), None),
        Some("zst") => {
            let decoder = zstd::stream::read::Decoder::new(reader).with_context(|| format!("{}: not zstd", file.display()))?;
            (Box::new(decoder), None)
        }
        _ => {
            let size = reader.metadata().ok().map(|metadata| metadata.len());
            (Box::new(reader), size)
        }
    })
}

fn dead_record(dead: &DeadLine) -> serde_json::Value {
    json!({
        "line": dead.line,
        "reason": dead.reject.reason.as_str(),
        "pointer": dead.reject.pointer,
        "message": dead.reject.message,
        "record": String::from_utf8_lossy(&dead.original),
    })
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
    text
}
