//! How far a command has come: a line on a terminal that is written over, and nothing elsewhere.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const EVERY: Duration = Duration::from_millis(200);

pub struct Progress {
    is_shown: bool,
    told: Mutex<Option<Instant>>,
}

impl Progress {
    pub fn new() -> Self {
        Self { is_shown: io::stderr().is_terminal(), told: Mutex::default() }
    }

    /// May be called as often as one likes.
    pub fn tell(&self, text: impl FnOnce() -> String) {
        if !self.is_shown {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|at| at.elapsed() >= EVERY) {
            *told = Some(Instant::now());
            eprint!("\r{} ", text());
        }
    }

    pub fn end(&self) {
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            eprintln!();
        }
    }
}
