//! `explain`: why an account of a file is where it is, and what changes that.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use super::replay::{input, open, set_up};
use super::{ExplainArgs, Format, NO_SUCH_ACCOUNT, Until};
use crate::engine::{AccountIndex, start_of_day};
use crate::input::{Limits, decode};
use crate::playbook::unknown;
use crate::replay::{Division, One, ReplayOptions, replay_one};
use crate::view::explain::{Change, Question, explain, text};

/// It is the only one of its engine.
const THE_ACCOUNT: AccountIndex = 0;

pub(super) fn execute(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let history = args.history;
    let settings = history.settings.load()?;
    let (playbook, mut options) = set_up(&settings, history.playbook.as_deref(), None, false)?;
    options.until_ms = args.at.map(|at| match at {
        Until::InstantMs(instant_ms) => instant_ms,
        // The last instant of the day.
        Until::Date(date) => start_of_day(&playbook.time_zone, date.saturating_add(jiff::Span::new().days(1))) - 1,
    });
    let question = Question::of(&playbook, args.product.as_deref(), args.rule.as_deref()).map_err(anyhow::Error::msg)?;
    let (reader, _) = open(history.input.as_deref())?;
    let lines = input(reader, history.sort, &options)?;
    let One { engine, effects, .. } =
        replay_one(Arc::clone(&playbook), options, Division::default(), &args.account, lines).context("replay")?;
    if engine.accounts().is_empty() {
        eprintln!("error: {}", no_such_account(&args.account, history.input.as_deref(), &options));
        return Ok(ExitCode::from(NO_SUCH_ACCOUNT));
    }
    let published: Vec<Change> = effects.iter().map(|(effect, day)| Change::of(effect, *day, &playbook)).collect();
    let explanation = explain(&engine, THE_ACCOUNT, question, &published);
    let answer = match args.format {
        Format::Text => text(&explanation),
        Format::Json => serde_json::to_string_pretty(&explanation).expect("plain data serializes") + "\n",
    };
    io::stdout().lock().write_all(answer.as_bytes()).context("standard output")?;
    Ok(ExitCode::SUCCESS)
}

/// A file is read once more for the names that there are; standard input cannot be.
fn no_such_account(account: &str, file: Option<&Path>, options: &ReplayOptions) -> String {
    let accounts = file.filter(|file| file.as_os_str() != "-").and_then(|file| accounts(file, options).ok());
    match accounts {
        Some(accounts) if !accounts.contains(account) => {
            unknown("account", account, " in these events", accounts.iter().map(String::as_str))
        }
        Some(_) => format!("no record of the account `{account}` is applied until then"),
        None => format!("unknown account `{account}` in these events"),
    }
}

fn accounts(file: &Path, options: &ReplayOptions) -> anyhow::Result<BTreeSet<String>> {
    let (reader, _) = open(Some(file))?;
    let limits = Limits { max_record_bytes: options.max_record_bytes, check_key: false, record_ms: None };
    let mut accounts = BTreeSet::new();
    for line in io::BufRead::split(io::BufReader::new(reader), b'\n') {
        if let Ok(event) = decode(None, &line?, Vec::new, &limits)
            && !accounts.contains(&*event.account)
        {
            accounts.insert(event.account.into_owned());
        }
    }
    Ok(accounts)
}
