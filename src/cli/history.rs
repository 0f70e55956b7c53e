//! Events from a file, taken in to look at what came of them.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use super::replay::{input, open, set_up};
use super::{SettingsArgs, Until};
use crate::engine::Engine;
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
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// JSON lines, about in order of time, plain or packed by gzip or zstd, which is known by the first bytes; - or nothing is standard input
    #[arg(value_name = "INPUT.jsonl[.gz|.zst]")]
    pub input: Option<PathBuf>,
}

/// Events that are to be taken in.
pub struct History {
    pub playbook: Arc<Playbook>,
    pub options: ReplayOptions,
    pub input: Input,
}

impl History {
    /// `portfolio`: the accounts are counted at the end.
    pub fn open(args: &HistoryArgs, until: Option<Until>, portfolio: bool) -> anyhow::Result<Self> {
        let settings = args.settings.load()?;
        let (playbook, options) = set_up(&settings, args.playbook.as_deref(), until, portfolio)?;
        let (reader, _) = open(args.input.as_deref())?;
        Ok(Self { playbook, input: input(reader, args.sort, &options)?, options })
    }

    /// Takes all of it in. Lines that cannot be used are counted on standard error.
    pub fn replay(self, division: Division) -> anyhow::Result<(Summary, Vec<Engine>)> {
        let Self { playbook, options, input } = self;
        let (summary, engines) =
            replay(playbook, options, division, input, io::sink(), |_| Ok(()), |_, _| ()).context("reading the events")?;
        if summary.dead > 0 {
            eprintln!("{} of {} lines cannot be used and are left out; `replay` says why", summary.dead, summary.lines);
        }
        Ok((summary, engines))
    }
}
