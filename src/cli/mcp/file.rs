//! The accounts of a file of events, as its end has left them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::api::lists::Wanted;
use crate::engine::{AccountIndex, Engine};
use crate::lists::Table;
use crate::mcp::{AccountPage, AccountsWanted, AsOf, Asking, Refusal, Result, Source, Told};
use crate::playbook::{Playbook, Rows, nearest};
use crate::view::account::AccountView;
use crate::view::explain::{Explanation, Question, explain};
use crate::view::incidents::{IncidentPage, WorstFirst};
use crate::view::rows::AccountRow;
use crate::view::timeline::{By, Timeline, timeline};
use crate::view::{Fleet, account_view, accounts_of_id};

pub struct FileSource {
    playbook: Arc<Playbook>,
    /// Each of which remembers what it computed last.
    engines: Vec<Mutex<Engine>>,
    fleet: Option<Fleet>,
    rows: Table,
    as_of: AsOf,
}

impl FileSource {
    /// `ended_ms`: where the clock stands at the end, if anything moved it.
    pub fn new(playbook: Arc<Playbook>, engines: Vec<Engine>, fleet: Option<Fleet>, ended_ms: Option<i64>) -> Self {
        let mut rows = Vec::new();
        for engine in &engines {
            let readings = engine.row_readings();
            rows.extend(engine.accounts().numbered().map(|(index, _)| AccountRow::new(engine, index, &readings)));
        }
        let clock = ended_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let engines = engines.into_iter().map(Mutex::new).collect();
        Self { playbook, engines, fleet, rows: Table::of(&rows), as_of: AsOf { clock, caught_up: true, ..AsOf::default() } }
    }

    fn told<'a, T: Send + 'a>(&self, data: Result<T>) -> Asking<'a, T> {
        let told = data.map(|data| Told { data, as_of: self.as_of.clone() });
        Box::pin(std::future::ready(told))
    }

    /// What is so of an account.
    fn of<'a, T: Send + 'a>(&self, account: &str, answer: impl Fn(&Engine, AccountIndex) -> T) -> Asking<'a, T> {
        let found = self.engines().find_map(|engine| engine.account_index(account).map(|index| answer(&engine, index)));
        self.told(found.ok_or_else(|| {
            let ids = |engine: MutexGuard<'_, Engine>| engine.accounts().iter().map(|account| account.id.to_string()).collect::<Vec<_>>();
            let ids: Vec<String> = self.engines().flat_map(ids).collect();
            let near = nearest(account, ids.iter().map(String::as_str));
            Refusal::not_found("account", format!("there is no account {account:?} in these events")).near(near)
        }))
    }

    fn engines(&self) -> impl Iterator<Item = MutexGuard<'_, Engine>> {
        self.engines.iter().map(|engine| engine.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn page(&self, wanted: AccountsWanted) -> Result<AccountPage> {
        let AccountsWanted { filter, q, order_by, fields, worklist, page_size, page_token } = wanted;
        let list = Wanted { filter, q, order_by, fields, page_size: Some(page_size), page_token };
        let query = list.query(&self.playbook, Rows::Accounts, worklist.as_deref())?;
        let page = self.rows.page(&query, None);
        let rows = page.rows.iter().map(|listed| serde_json::from_str(listed.row.get()).expect("a row is JSON")).collect();
        Ok(AccountPage { rows, left: page.left, next_page_token: page.next_page_token(&query) })
    }
}

impl Source for FileSource {
    fn playbook(&self) -> &Playbook {
        &self.playbook
    }

    fn account<'a>(&'a self, account: &'a str) -> Asking<'a, AccountView> {
        self.of(account, |engine, index| account_view(engine, index, self.fleet.as_ref()))
    }

    fn accounts_of_id<'a>(&'a self, system: &'a str, id: &'a str) -> Asking<'a, Vec<String>> {
        self.told(Ok(self.engines().flat_map(|engine| accounts_of_id(&engine, system, id, |_| true)).collect()))
    }

    fn timeline<'a>(&'a self, account: &'a str, by: By, days: u16) -> Asking<'a, Timeline> {
        self.of(account, |engine, index| timeline(engine, index, by, days))
    }

    fn explanation<'a>(&'a self, account: &'a str, product: Option<String>, rule: Option<String>) -> Asking<'a, Explanation> {
        match Question::of(&self.playbook, product.as_deref(), rule.as_deref()) {
            Ok(question) => self.of(account, |engine, index| explain(engine, index, question, &[])),
            Err(unknown) => self.told(Err(Refusal::new("bad-request", unknown))),
        }
    }

    fn accounts(&self, wanted: AccountsWanted) -> Asking<'_, AccountPage> {
        self.told(self.page(wanted))
    }

    fn incidents(&self, wanted: WorstFirst) -> Asking<'_, IncidentPage> {
        let pages = self.engines().map(|engine| wanted.page(&engine, |_| true));
        self.told(Ok(IncidentPage::merged_worst_first(pages, wanted.filter.page_size)))
    }

    fn portfolio(&self) -> Asking<'_, Value> {
        let fleet = self.fleet.as_ref().ok_or_else(|| Refusal::new("not-found", "there are no accounts in these events"));
        self.told(fleet.map(|fleet| fleet.told(&self.playbook)))
    }

    fn can_record(&self) -> bool {
        false
    }

    fn record(&self, _: Value) -> Asking<'_, String> {
        self.told(Err(Refusal::new("forbidden", "a file is only read: ask a service (--api) to record anything")))
    }
}
