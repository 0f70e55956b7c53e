//! Logs: tracing to standard error, since standard output belongs to what a command produces.

use std::io::IsTerminal;

use anyhow::{Context, anyhow};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::SubscriberBuilder;

use crate::config::LogFormat;

/// Starts logging for the whole process. `RUST_LOG`, where set, wins over `level` (both as in `log.level`). Colours only for text on
/// a terminal, and not where `NO_COLOR` is set to anything.
///
/// # Errors
///
/// A level that cannot be read, naming where it came from; logs that have been started already.
pub fn init(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let (source, directives) = match std::env::var("RUST_LOG") {
        Ok(directives) if !directives.is_empty() => ("RUST_LOG", directives),
        _ => ("log.level", level.to_owned()),
    };
    let filter = EnvFilter::builder().parse(&directives).with_context(|| format!("{source} is {directives:?}"))?;
    let builder: SubscriberBuilder<_, _, EnvFilter, _> =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours());
    match format {
        LogFormat::Text => builder.try_init(),
        // Fields at the top level, where log pipelines look for them.
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
    }
    .map_err(|error| anyhow!("logs have been started already: {error}"))
}

fn colours() -> bool {
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    wanted && std::io::stderr().is_terminal()
}
