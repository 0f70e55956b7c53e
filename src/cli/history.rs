//! Events from a file, taken in to look at what came of them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use clap::Args;

use super::map;
use super::replay::{input, set_up};
use super::{SettingsArgs, Until};
use crate::engine::Engine;
use crate::input::Limits;
use crate::mapping::Rejected;
use crate::mapping::files::{Mapped, NativeLines, Records, open};
use crate::mapping::tally::Tally;
use crate::playbook::Playbook;
use crate::replay::{Division, Input, ReplayOptions, Summary, replay};

/// Which events are read, and by which playbook.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// Playbook file; without it, that of the settings, or the shipped one
    #[arg(long, value_name = "FILE")]
    pub playbook: Option<PathBuf>,
    /// Sort the lines by time first, those of the same time in their order. Takes 256 MiB of memory at most, and a temporary file (TMPDIR)
    /// where they do not fit. Bad lines and causes keep the numbers that lines have in the file
    #[arg(long)]
    pub sort: bool,
    /// The input is others' records, and this the mapping that makes native lines of them: that of a source of the settings, one that ships, by its
    /// name, or a file. Lines are then numbered as those that `map` writes
    #[arg(long, value_name = "NAME|FILE")]
    pub source: Option<String>,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// JSON lines, about in order of time, plain or packed by gzip or zstd, which is known by the first bytes; - or nothing is standard input
    #[arg(value_name = "INPUT.jsonl[.gz|.zst]")]
    pub input: Option<PathBuf>,
}

/// Native lines, wherever they come from.
pub struct Opened {
    pub reader: Box<dyn Read + Send>,
    /// Where it says how far a reader has come.
    pub size: Option<u64>,
    /// What became of others' records, once all are read.
    pub tally: Option<Arc<Mutex<Tally>>>,
}

impl HistoryArgs {
    /// Opens the input. What a mapping leaves out is counted.
    pub fn open(&self) -> anyhow::Result<Opened> {
        self.open_telling(|_, _, _, _| ())
    }

    /// Opens the input; `refused` is told what a mapping leaves out: the file, the line, the record and why.
    pub fn open_telling(&self, mut refused: impl FnMut(&Path, u64, &[u8], &Rejected) + Send + 'static) -> anyhow::Result<Opened> {
        let (reader, size) = open(self.input.as_deref())?;
        let Some(source) = &self.source else { return Ok(Opened { reader, size, tally: None }) };
        let mapping = map::load(source, &self.settings.load()?)?;
        let records = Records::new(reader, mapping.input(), Limits::default().max_record_bytes);
        let tally = Arc::new(Mutex::new(Tally::default()));
        let file = self.input.clone().unwrap_or_else(|| PathBuf::from("-"));
        let told = move |line, record: &[u8], rejected: &Rejected| refused(&file, line, record, rejected);
        let lines = NativeLines::new(Mapped::new(records, mapping), Arc::clone(&tally), told);
        Ok(Opened { reader: Box::new(lines), size: None, tally: Some(tally) })
    }
}

impl Opened {
    /// What became of others' records.
    pub fn tally_of(tally: Option<Arc<Mutex<Tally>>>) -> Option<Tally> {
        tally.map(|tally| tally.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// On standard error, how many records a mapping refused.
pub fn tell_refused(tally: Option<Arc<Mutex<Tally>>>) {
    let tally = Opened::tally_of(tally).unwrap_or_default();
    if tally.total_rejected() > 0 {
        eprintln!("{} of {} records are refused by the mapping and left out; `map` says why", tally.total_rejected(), tally.read);
    }
}

/// Events that are to be taken in.
pub struct History {
    pub playbook: Arc<Playbook>,
    pub options: ReplayOptions,
    pub input: Input,
    tally: Option<Arc<Mutex<Tally>>>,
}

impl History {
    /// `portfolio`: the accounts are counted at the end.
    pub fn open(args: &HistoryArgs, until: Option<Until>, portfolio: bool) -> anyhow::Result<Self> {
        let settings = args.settings.load()?;
        let (playbook, options) = set_up(&settings, args.playbook.as_deref(), until, portfolio)?;
        let Opened { reader, tally, .. } = args.open()?;
        Ok(Self { playbook, input: input(reader, args.sort, &options)?, options, tally })
    }

    /// Takes all of it in. Lines that cannot be used are counted on standard error.
    pub fn replay(self, division: Division) -> anyhow::Result<(Summary, Vec<Engine>)> {
        let Self { playbook, options, input, tally } = self;
        let (summary, engines) =
            replay(playbook, options, division, input, io::sink(), |_| Ok(()), |_, _| ()).context("reading the events")?;
        tell_refused(tally);
        if summary.dead > 0 {
            eprintln!("{} of {} lines cannot be used and are left out; `replay` says why", summary.dead, summary.lines);
        }
        Ok((summary, engines))
    }
}
