//! Who needs the reader today, and why; then all accounts together.

use std::sync::Arc;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::accounts::{BandShown, WorklistShown, Worklists, bands, worklists};
use super::frame::{AsOf, Frame, Section, page};
use super::links::{self, Link};
use super::portfolio::Portfolio;
use super::users::{self, users_of};
use super::words::{self, Said, Words};
use crate::api::Api;
use crate::api::access::{Principal, Visible};
use crate::api::answer::Reply;
use crate::api::ask::{Gathered, What, of_all};
use crate::api::lists::{ListAsked, Wanted, add_missing, of_accounts};
use crate::api::problem::{Problem, Result};
use crate::api::route::{Call, Route};
use crate::api::routes::portfolio::published;
use crate::playbook::RuleKind;
use crate::view::incidents::{IncidentPage, IncidentRow, WantedIncidents};
use crate::view::rows::AccountRow;

pub fn routes() -> Vec<Route> {
    vec![Route::page("/", home)]
}

/// Accounts that are shown with what they need.
const ACCOUNTS: u32 = 8;
/// Of each, what is told at once.
const REASONS: usize = 3;
/// Of all of them together.
const INCIDENTS: usize = 400;

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    frame: Frame,
    /// Whose accounts come first; `None`: everybody's.
    owner: Option<String>,
    /// Without an owner.
    everybody: String,
    needing: Vec<Needing>,
    /// Accounts with something open.
    total: u64,
    more: String,
    accounts: u64,
    worklists: Vec<WorklistShown>,
    /// Of the accounts that come first, by health.
    bands: Vec<BandShown>,
    /// Their users, by how they are.
    users: Vec<BandShown>,
    portfolio: Option<Portfolio>,
}

/// An account that needs somebody, and why.
struct Needing {
    link: String,
    name: String,
    owner: String,
    stage: String,
    health: String,
    tone: &'static str,
    due: String,
    is_overdue: bool,
    renewal: String,
    reasons: Vec<WhyNow>,
    more: usize,
    plays: String,
}

struct WhyNow {
    kind: &'static str,
    tone: &'static str,
    what: String,
    of: String,
    evidence: Option<Said>,
    task: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// Whose accounts come first.
    #[schemars(length(max = 4096))]
    owner: Option<String>,
    /// Everybody's.
    all: Option<bool>,
}

async fn home(call: Call<Asked>) -> Result<Reply> {
    let (api, visible) = (&call.api, call.principal.visible());
    let owner = whose(&call.parameters, &call.principal);
    let words = Words { playbook: &api.playbook };
    // A text of JSON is one of conditions.
    let filter = owner.as_ref().map(|owner| format!("owner == {}", serde_json::Value::from(owner.as_str())));
    let (needing, total, as_of) = needing(api, &visible, filter.as_deref(), words).await?;
    let users = users_of(api, filter.as_deref(), &visible).await?;
    let Worklists { lists, all } = worklists(api, &visible, filter.as_deref(), "", users.as_ref()).await?;
    let more = Link::new("/accounts").with("filter", with_open(filter.as_deref())).with("order_by", ORDER);
    let page_of = Page {
        frame: Frame::new("Today", Section::Today, as_of).with_changes(None),
        everybody: Link::new("/").with("all", "true").text(),
        owner,
        needing,
        total,
        more: more.text(),
        accounts: all,
        worklists: lists,
        bands: bands(api, &visible, filter.as_deref()).await?,
        users: users::bands(api, filter.as_deref(), users.as_ref())?,
        portfolio: published(api, &visible).ok().map(|fleet| Portfolio::of(&fleet, words)),
    };
    page(&page_of, &call.headers, page_of.needing.len())
}

fn whose(asked: &Asked, principal: &Principal) -> Option<String> {
    if asked.all == Some(true) {
        return None;
    }
    asked.owner.clone().or_else(|| principal.owner.as_deref().map(str::to_owned))
}

/// What is due first, then who has most alerts.
const ORDER: &str = "next_due, open_alerts desc, health";
const OPEN: &str = "(open_alerts > 0 || open_plays > 0)";

fn with_open(filter: Option<&str>) -> String {
    filter.map_or_else(|| OPEN.to_owned(), |filter| format!("{filter} && {OPEN}"))
}

async fn needing(api: &Arc<Api>, visible: &Visible, filter: Option<&str>, words: Words<'_>) -> Result<(Vec<Needing>, u64, AsOf)> {
    let list = Wanted {
        filter: Some(with_open(filter)),
        order_by: Some(ORDER.to_owned()),
        fields: Some("account,name,owner,stage,health,next_due,days_to_renewal".to_owned()),
        page_size: Some(ACCOUNTS),
        ..Wanted::default()
    };
    let (part, _) = of_accounts(api, ListAsked::page(list, None), visible).await?;
    let read = |row: &crate::lists::Listed| serde_json::from_str(row.row.get());
    let rows: Vec<AccountRow> = part.page.rows.iter().map(read).collect::<std::result::Result<_, _>>().map_err(unreadable)?;
    let accounts = rows.iter().map(|row| row.account.clone()).collect();
    let wanted = WantedIncidents { accounts: Some(accounts), page_size: INCIDENTS, ..WantedIncidents::default() };
    let Gathered { parts, incomplete, .. } = of_all::<IncidentPage>(api, What::Incidents(wanted), visible).await?;
    let incidents = IncidentPage::merged(parts, INCIDENTS);
    let mut missing = part.incomplete;
    add_missing(&mut missing, incomplete);
    let of = |row: &AccountRow| incidents.rows.iter().filter(|incident| incident.account == row.account).collect();
    let needing = rows.iter().map(|row| Needing::of(row, of(row), words)).collect();
    Ok((needing, part.page.total, AsOf::of(&part.as_of, &missing)))
}

fn unreadable(error: serde_json::Error) -> Problem {
    Problem::bad_request(format!("a row cannot be read: {error}"))
}

impl Needing {
    fn of(row: &AccountRow, mut incidents: Vec<&IncidentRow>, words: Words<'_>) -> Self {
        incidents.sort_by_cached_key(|incident| words::urgency(&incident.incident));
        let first = incidents.first().map(|incident| &incident.incident);
        let health = row.health.map(|health| health.0);
        Self {
            link: links::account(&row.account, ""),
            name: row.name.clone().unwrap_or_else(|| row.account.clone()),
            owner: row.owner.clone().unwrap_or_default(),
            stage: row.stage.as_deref().map(words::title).unwrap_or_default(),
            health: health.map(|health| format!("{health:.0}")).unwrap_or_default(),
            tone: health.map(|health| words.health_tone(health)).unwrap_or_default(),
            due: first.and_then(|of| of.due).map(|due| words::date(&due)).unwrap_or_default(),
            is_overdue: first.is_some_and(|of| of.overdue),
            renewal: row
                .days_to_renewal
                .filter(|days| (0..=90).contains(days))
                .map(|days| format!("renews in {days} days"))
                .unwrap_or_default(),
            reasons: incidents.iter().take(REASONS).map(|incident| WhyNow::of(incident, words)).collect(),
            more: incidents.len().saturating_sub(REASONS),
            plays: links::account(&row.account, "plays"),
        }
    }
}

impl WhyNow {
    fn of(row: &IncidentRow, words: Words<'_>) -> Self {
        use crate::view::account::TaskState;
        let of = &row.incident;
        let product = of.product.as_deref().map(|id| words.product(id));
        let task = of.tasks.iter().find(|task| task.state == TaskState::Open).map(|task| task.title.clone());
        // What opened it, if it is still so, and can be said in words.
        let said: Vec<Said> = of.comparisons.iter().map(|comparison| words.said(comparison)).collect();
        let best = said.iter().find(|said| said.holds == Some(true) && !said.is_formula && !said.value.is_empty());
        Self {
            kind: if of.kind == RuleKind::Alert { "Alert" } else { "Play" },
            tone: words::severity(&of.severity),
            what: words::title(&of.rule),
            of: product.or_else(|| of.user.clone()).unwrap_or_default(),
            evidence: best.cloned(),
            task: task.unwrap_or_default(),
        }
    }
}
