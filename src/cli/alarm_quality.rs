//! `alarm-quality`: how often a playbook's alarms are false, and how soon they tell a true fall.

use std::io::Write as _;

use anyhow::{Context as _, anyhow};

use super::{AlarmQualityArgs, load_playbook};
use crate::alarm_quality::{Options, measure, text};

pub(super) fn execute(args: AlarmQualityArgs) -> anyhow::Result<()> {
    let playbook =
        load_playbook(args.playbook.as_deref()).map_err(|problems| anyhow!("the playbook cannot be used:\n{}", problems.join("\n")))?;
    let options = Options {
        accounts: args.accounts as usize,
        seed: args.seed,
        product: args.product,
        rules: args.rule,
        only: args.only.unwrap_or_default(),
        by_rule: args.by_rule,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let report = measure(playbook, &options).map_err(|problem| anyhow!(problem))?;
    std::io::stdout().lock().write_all(text(&report).as_bytes()).context("standard output")
}
