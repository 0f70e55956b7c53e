//! Where lines and records go that are of no use: to a file, or to standard error.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use serde_json::json;

use super::map;
use crate::mapping::Rejected;
use crate::replay::DeadLine;

/// Written to by several threads.
#[derive(Clone)]
pub struct DeadLetters(Arc<Mutex<State>>);

struct State {
    file: Option<BufWriter<File>>,
    /// The first error.
    result: io::Result<()>,
}

impl DeadLetters {
    /// Without a file, to standard error.
    pub fn to(file: Option<&Path>) -> anyhow::Result<Self> {
        let file = match file {
            Some(file) => Some(BufWriter::new(File::create(file).with_context(|| format!("{}: cannot be written", file.display()))?)),
            None => None,
        };
        Ok(Self(Arc::new(Mutex::new(State { file, result: Ok(()) }))))
    }

    /// A record that a mapping leaves out. What cannot be written is told by [`DeadLetters::end`].
    pub fn record(&self, file: &Path, line: u64, record: &[u8], rejected: &Rejected) {
        let State { file: letters, result } = &mut *self.state();
        let written = match letters {
            Some(letters) => {
                writeln!(letters, "{}", letter(line, rejected.reason.as_str(), &rejected.pointer, &rejected.message, record))
            }
            None => writeln!(io::stderr(), "{}", map::refused(file, line, rejected)),
        };
        if result.is_ok() {
            *result = written;
        }
    }

    /// A native line.
    pub fn line(&self, DeadLine { line, reject, original }: &DeadLine) -> io::Result<()> {
        match &mut self.state().file {
            Some(letters) => writeln!(letters, "{}", letter(*line, reject.reason.as_str(), &reject.pointer, &reject.message, original)),
            None => writeln!(io::stderr(), "line {line}: {}: {reject}", reject.reason),
        }
    }

    /// All are written.
    pub fn end(&self) -> anyhow::Result<()> {
        let State { file, result } = &mut *self.state();
        let result = std::mem::replace(result, Ok(()));
        result.and_then(|()| file.as_mut().map_or(Ok(()), BufWriter::flush)).context("writing the dead letters")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn letter(line: u64, reason: &str, pointer: &str, message: &str, record: &[u8]) -> serde_json::Value {
    json!({"line": line, "reason": reason, "pointer": pointer, "message": message, "record": String::from_utf8_lossy(record)})
}
