//! Logs while a table is on the screen: kept, and said afterwards.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, anyhow};
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
use crate::ops::logs;

/// That the broker has one replica, and the clock runs fast, is no news in a demo; what the workers report is.
const LEVEL: &str = "warn,adoption_tracker::service=error,adoption_tracker::service::report=warn";

/// Kept at most; what comes later is counted.
const BYTES_MAX: usize = 64 * 1024;

#[derive(Default)]
struct Kept {
    text: Vec<u8>,
    left_out: u64,
}

/// Clones share what is kept.
#[derive(Clone, Default)]
pub struct Logs(Arc<Mutex<Kept>>);

impl Logs {
    /// Logs to standard error at once, or, with a table on the screen, at the end.
    pub fn start(is_kept: bool) -> anyhow::Result<Self> {
        let kept = Self::default();
        if !is_kept {
            logs::init(LogFormat::Text, LEVEL)?;
            return Ok(kept);
        }
        let level = std::env::var("RUST_LOG").ok().filter(|level| !level.is_empty()).unwrap_or_else(|| LEVEL.to_owned());
        let filter = EnvFilter::builder().parse(&level).with_context(|| format!("RUST_LOG is {level:?}"))?;
        let writer = kept.clone();
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(move || writer.clone());
        builder.try_init().map_err(|error| anyhow!("logs have been started already: {error}"))?;
        Ok(kept)
    }

    /// Says on standard error what was kept.
    pub fn say(&self) {
        let kept = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut err = io::stderr().lock();
        // Nobody is left to be told that standard error is gone.
        let _ = err.write_all(&kept.text);
        if kept.left_out > 0 {
            let _ = writeln!(err, "and {} more lines of log", kept.left_out);
        }
    }
}

impl Write for Logs {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.text.len() + line.len() > BYTES_MAX {
            kept.left_out += 1;
        } else {
            kept.text.extend_from_slice(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
