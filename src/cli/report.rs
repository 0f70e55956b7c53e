//! `report`: how an account stands, for people.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use super::history::History;
use super::replay::fleet_of;
use super::{ReportArgs, ReportFormat, no_such_account};
use crate::playbook::unknown;
use crate::replay::Division;
use crate::report;
use crate::view::account::AccountView;
use crate::view::{Fleet, account_view};

pub(super) fn execute(args: &ReportArgs) -> anyhow::Result<ExitCode> {
    if let Some(remote) = args.remote.open()? {
        return match remote.of_account(&args.account, "", &[])? {
            Ok(told) => print(&told.data, args.format).map(|()| ExitCode::SUCCESS),
            Err(none) => Ok(no_such_account(&none)),
        };
    }
    let history = History::open(&args.history, args.until, true)?;
    let playbook = Arc::clone(&history.playbook);
    let (summary, engines) = history.replay(Division::default())?;
    let data = fleet_of(&summary, &playbook).map(|fleet| serde_json::from_str(&fleet.data)).transpose();
    let fleet = data.context("the portfolio is JSON")?.map(Fleet::new);
    let found = engines.iter().find_map(|engine| Some((engine, engine.account_index(&args.account)?)));
    let Some((engine, index)) = found else {
        let ids = engines.iter().flat_map(|engine| engine.accounts().iter()).map(|account| account.id.as_str());
        return Ok(no_such_account(&unknown("account", &args.account, " in these events", ids)));
    };
    print(&account_view(engine, index, fleet.as_ref()), args.format)?;
    Ok(ExitCode::SUCCESS)
}

fn print(view: &AccountView, format: ReportFormat) -> anyhow::Result<()> {
    let text = match format {
        ReportFormat::Markdown => report::markdown(view),
        ReportFormat::Html => report::html(view),
        ReportFormat::Json => serde_json::to_string_pretty(view).context("plain data serializes")? + "\n",
    };
    io::stdout().write_all(text.as_bytes()).context("writing the report")
}
