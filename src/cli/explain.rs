//! `explain`: why an account of a file is where it is, and what changes that.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use super::history::{Opened, tell_refused};
use super::remote::Remote;
use super::replay::{input, set_up};
use super::{ExplainArgs, Format, HistoryArgs, Until, no_such_account};
use serde_json::Value;

use crate::engine::start_of_day;
use crate::input::{Limits, decode};
use crate::playbook::unknown;
use crate::replay::{Division, One, ReplayOptions, replay_one};
use crate::view::explain::{Change, Explanation, Question, explain, text};

pub(super) fn execute(args: ExplainArgs) -> anyhow::Result<ExitCode> {
    if let Some(remote) = args.remote.open()? {
        return remotely(&remote, &args);
    }
    let history = args.history;
    let settings = history.settings.load()?;
    let (playbook, mut options) = set_up(&settings, history.playbook.as_deref(), None, false)?;
    options.until_ms = args.at.map(|at| last_instant_ms(at, &playbook.time_zone));
    let question = Question::of(&playbook, args.product.as_deref(), args.rule.as_deref()).map_err(anyhow::Error::msg)?;
    let Opened { reader, tally, .. } = history.open()?;
    let lines = input(reader, history.sort, &options)?;
    let One { engine, effects, .. } =
        replay_one(Arc::clone(&playbook), options, Division::default(), &args.account, lines).context("replay")?;
    tell_refused(tally);
    let Some(account) = engine.account_index(&args.account) else {
        return Ok(no_such_account(&not_found(&args.account, &history, &options)));
    };
    let published: Vec<Change> = effects.iter().map(|(effect, day)| Change::of(effect, *day, &playbook)).collect();
    let explanation = explain(&engine, account, question, &published);
    print(&explanation, args.format)
}

fn print(explanation: &Explanation, format: Format) -> anyhow::Result<ExitCode> {
    write(&match format {
        Format::Text => text(explanation),
        Format::Json => serde_json::to_string_pretty(explanation).expect("plain data serializes") + "\n",
    })
}

fn write(answer: &str) -> anyhow::Result<ExitCode> {
    io::stdout().lock().write_all(answer.as_bytes()).context("standard output")?;
    Ok(ExitCode::SUCCESS)
}

/// As a running service tells.
fn remotely(remote: &Remote, args: &ExplainArgs) -> anyhow::Result<ExitCode> {
    if let Some(at) = args.at {
        return published(remote, args, at);
    }
    let query = [("product", args.product.as_deref()), ("rule", args.rule.as_deref())];
    match remote.of_account(&args.account, "/explain", &query)? {
        Ok(told) => print(&told.data, args.format),
        Err(none) => Ok(no_such_account(&none)),
    }
}

/// What had been published last by then: of each subject, and of each rule or kind, the newest event that is not later.
fn published(remote: &Remote, args: &ExplainArgs, at: Until) -> anyhow::Result<ExitCode> {
    let product = args.product.as_ref().map(|product| format!("{}/{product}", args.account));
    let is_meant = |event: &Value| {
        let is_of = |subject: &String| event["subject"] == subject.as_str();
        product.as_ref().is_none_or(is_of) && args.rule.as_ref().is_none_or(|rule| event["data"]["rule"] == rule.as_str())
    };
    let zone = match remote.get::<Value>("/v1/playbook", &[])? {
        Ok(playbook) => playbook.data["time_zone"].as_str().and_then(|name| jiff::tz::TimeZone::get(name).ok()),
        Err(none) => return Ok(no_such_account(&none)),
    };
    let at_ms = last_instant_ms(at, &zone.context("the service's playbook has a time zone that is not known here")?);
    let (mut seen, mut in_force) = (BTreeSet::new(), Vec::new());
    let found = remote.history(&args.account, |event| {
        let time = event["time"].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok());
        if is_meant(&event) && time.is_some_and(|time| time.as_millisecond() <= at_ms) {
            let kind = ["type", "subject"].map(|name| event[name].to_string()).join(" ") + &event["data"]["rule"].to_string();
            if seen.insert(kind) {
                in_force.push(event);
            }
        }
        true
    })?;
    if let Err(none) = found {
        return Ok(no_such_account(&none));
    }
    let line = |event: &Value| match args.format {
        Format::Json => format!("{event}\n"),
        Format::Text => {
            let of = |name: &str| event[name].as_str().unwrap_or_default();
            format!("{}  {}  {}  {}\n", of("time"), of("type"), of("subject"), event["data"])
        }
    };
    write(&in_force.iter().map(line).collect::<String>())
}

/// Of a day, its last one.
fn last_instant_ms(at: Until, zone: &jiff::tz::TimeZone) -> i64 {
    match at {
        Until::InstantMs(instant_ms) => instant_ms,
        Until::Date(date) => start_of_day(zone, date.saturating_add(jiff::Span::new().days(1))) - 1,
    }
}

/// A file is read once more for the names that there are; standard input cannot be.
fn not_found(account: &str, history: &HistoryArgs, options: &ReplayOptions) -> String {
    let is_file = history.input.as_ref().is_some_and(|file| file.as_os_str() != "-");
    let accounts = if is_file { accounts(history, options).ok() } else { None };
    match accounts {
        Some(accounts) if !accounts.contains(account) => {
            unknown("account", account, " in these events", accounts.iter().map(String::as_str))
        }
        Some(_) => format!("no record of the account `{account}` is applied until then"),
        None => format!("unknown account `{account}` in these events"),
    }
}

fn accounts(history: &HistoryArgs, options: &ReplayOptions) -> anyhow::Result<BTreeSet<String>> {
    let Opened { reader, .. } = history.open()?;
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
