//! The accounts: worklists, and a list whose columns, order and condition are the reader's.

use std::sync::Arc;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::frame::{Frame, Section, page};
use super::links::Link;
use super::listing::{Column, Kind, Listing, Shape};
use super::words::{self, Words};
use crate::api::Api;
use crate::api::access::Visible;
use crate::api::answer::Reply;
use crate::api::lists::{ListAsked, Users, Wanted, several};
use crate::api::problem::Result;
use crate::api::route::{Call, Route};
use crate::api::routes::lists::{AccountsWanted, accounts};
use crate::playbook::{Playbook, Rows, Worklist};

pub fn routes() -> Vec<Route> {
    vec![Route::page("/accounts", list)]
}

const fn column(name: &'static str, label: &'static str, kind: Kind, missing: &'static str) -> Column {
    Column { name, label, kind, missing, by_default: false }
}

const fn shown(name: &'static str, label: &'static str, kind: Kind, missing: &'static str) -> Column {
    Column { by_default: true, ..column(name, label, kind, missing) }
}

const NO_SCORE: &str = "nothing is known yet that it could be reckoned from";
const SHAPE: Shape = Shape {
    ids: &["account", "name"],
    columns: &[
        shown("owner", "Owner", Kind::Text, "nobody has it"),
        column("success_role", "Success role", Kind::Text, "no role was told"),
        column("segment", "Segment", Kind::Name, "it is in none"),
        shown("stage", "Stage", Kind::Name, "it has none"),
        column("products", "Products", Kind::Products, "it has none"),
        column("products_entitled", "Licensed", Kind::Count, "no product"),
        shown("products_adopted", "Adopted", Kind::Count, "no product"),
        column("breadth", "Breadth", Kind::Share, "no product is licensed"),
        shown("health", "Health", Kind::Score, NO_SCORE),
        column("adoption_score", "Adoption score", Kind::Score, NO_SCORE),
        column("band", "Band", Kind::Band, NO_SCORE),
        shown("license_utilization", "Seats in use", Kind::Share, "no seats were told"),
        column("active_users", "Active users", Kind::Count, "nobody was seen"),
        shown("features_used_14d", "Features, 14 days", Kind::Count, "nothing was used"),
        shown("features_used_by_day", "By day", Kind::Spark, "nothing was used"),
        column("modules_used_14d", "Modules, 14 days", Kind::Count, "nothing was used"),
        shown("usage_change_30", "Use, 30 days", Kind::Change, "too little use before to compare with"),
        column("days_since_use", "Last used", Kind::Ago, "it was never used"),
        column("days_since_touchpoint", "Last contact", Kind::Ago, "no contact was told"),
        shown("days_to_renewal", "Renewal in", Kind::Ahead, "no renewal was told"),
        column("arr", "Revenue a year", Kind::Money, "no revenue was told"),
        shown("open_alerts", "Alerts", Kind::Count, "none"),
        shown("open_plays", "Plays", Kind::Count, "none"),
        shown("next_due", "Next due", Kind::Date, "nothing is due"),
    ],
    // What people work through at a time.
    page_size: 10,
};

#[derive(Template)]
#[template(path = "accounts.html")]
struct Page {
    frame: Frame,
    list: Listing,
    worklists: Vec<WorklistShown>,
    csv: String,
    all: u64,
}

/// A list of the playbook, and how long it is.
pub struct WorklistShown {
    pub name: String,
    pub link: String,
    /// Of users: `None` where they were not asked for, or there are too many accounts.
    pub count: Option<u64>,
    pub rows: &'static str,
    pub is_shown: bool,
}

impl WorklistShown {
    /// `filter`: a condition on the accounts, which narrows the list down.
    fn new(worklist: &Worklist, count: Option<u64>, filter: Option<&str>, is_shown: &str) -> Self {
        let (path, narrow) = match worklist.rows {
            Rows::Accounts => ("/accounts", "filter"),
            Rows::Users => ("/users", "accounts"),
        };
        let link = Link::new(path).with("worklist", worklist.id.clone()).with(narrow, filter.unwrap_or_default());
        let (name, is_shown) = (words::title(&worklist.id), worklist.id == is_shown);
        Self { name, link: link.text(), count, rows: worklist.rows.name(), is_shown }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    #[serde(flatten)]
    list: Wanted,
    /// A worklist of the playbook.
    #[schemars(length(max = 256))]
    worklist: Option<String>,
}

async fn list(call: Call<Asked>) -> Result<Reply> {
    let Asked { list, worklist } = call.parameters;
    let (api, headers, visible) = (call.api, call.headers, call.principal.visible());
    let parameters = AccountsWanted { list: SHAPE.wanted(&list), worklist: worklist.clone(), require: None };
    let asked = Call { api: api.clone(), principal: call.principal, parameters, headers: headers.clone(), body: call.body };
    let listed = accounts(asked).await;
    let shown = worklist.unwrap_or_default();
    let list = SHAPE.listing(Link::new("/accounts"), &list, &shown, listed, Words { playbook: &api.playbook })?;
    // The page shows no list of users.
    let Worklists { lists, all } = worklists(&api, &visible, None, &shown, None).await?;
    let csv = Link::new("/v1/export/accounts").with("format", "csv").with("filter", list.filter.clone()).with("q", list.q.clone());
    let csv = csv.with("order_by", list.order_by.clone()).with("worklist", shown.clone()).text();
    let title = if shown.is_empty() { "Accounts".to_owned() } else { words::title(&shown) };
    let frame = Frame::new(title, Section::Accounts, list.as_of.clone()).with_changes(None);
    let rows = list.rows.len();
    page(&Page { frame, list, worklists: lists, csv, all }, &headers, rows)
}

/// How many accounts, or users, are how they are, and where they are listed.
pub struct BandShown {
    pub name: String,
    pub tone: &'static str,
    pub link: String,
    pub count: u64,
}

impl BandShown {
    pub fn new(name: String, tone: &'static str, link: &Link, count: u64) -> Self {
        // That there are none is neither good nor bad news.
        Self { name, tone: if count == 0 { "" } else { tone }, link: link.text(), count }
    }
}

/// Of the accounts that a condition leaves, by the bands of the playbook's health, the worst first; nothing where it has none.
pub async fn bands(api: &Arc<Api>, visible: &Visible, filter: Option<&str>) -> Result<Vec<BandShown>> {
    let playbook = &api.playbook;
    let Some(measure) = playbook.view.health.map(|measure| &playbook.measures[usize::from(measure.0)]) else { return Ok(Vec::new()) };
    let mut wanted = Vec::new();
    for (place, band) in measure.bands.iter().enumerate() {
        // Below all bands is what the first holds, too.
        let from = (place > 0).then(|| format!("health >= {}", band.from));
        let to = measure.bands.get(place + 1).map(|next| format!("health < {}", next.from));
        let parts: Vec<String> = filter.map(str::to_owned).into_iter().chain(from).chain(to).collect();
        wanted.push(parts.join(" && "));
    }
    let asked = wanted.iter().map(|filter| {
        let list = Wanted { filter: Some(filter.clone()).filter(|filter| !filter.is_empty()), ..Wanted::default() };
        ListAsked { list, ..ListAsked::count(None) }
    });
    let (counted, ..) = several(api, asked.collect(), visible).await?;
    let words = Words { playbook };
    let shown = measure.bands.iter().zip(wanted).zip(counted).map(|((band, filter), (page, _))| {
        let link = Link::new("/accounts").with("filter", filter).with("order_by", "health");
        BandShown::new(words::title(&band.name), words.tone(&measure.id, &band.name), &link, page.total)
    });
    Ok(shown.collect())
}

/// The playbook's lists with their counts, and how many accounts there are.
pub struct Worklists {
    pub lists: Vec<WorklistShown>,
    pub all: u64,
}

/// Of the accounts that a condition leaves, where there is one, and of their users.
pub async fn worklists(
    api: &Arc<Api>,
    visible: &Visible,
    filter: Option<&str>,
    is_shown: &str,
    users: Option<&Users>,
) -> Result<Worklists> {
    let playbook = &api.playbook;
    let narrowed = |worklist: Option<&str>| {
        let list = Wanted { filter: filter.map(str::to_owned), ..Wanted::default() };
        ListAsked { list, ..ListAsked::count(worklist) }
    };
    let of_accounts = playbook.worklists.iter().filter(|worklist| worklist.rows == Rows::Accounts);
    let asked = std::iter::once(None).chain(of_accounts.map(|worklist| Some(&*worklist.id))).map(narrowed).collect();
    // Of when they are, and what they lack, the page's own list says.
    let (counted, ..) = several(api, asked, visible).await?;
    let mut counts = counted.into_iter().map(|(page, _)| page.total);
    let all = counts.next().unwrap_or_default();
    let mut lists = Vec::new();
    for worklist in &playbook.worklists {
        let count = match worklist.rows {
            Rows::Accounts => counts.next(),
            Rows::Users => count_of_users(playbook, users, worklist)?,
        };
        lists.push(WorklistShown::new(worklist, count, filter, is_shown));
    }
    Ok(Worklists { lists, all })
}

/// The playbook's lists of users with their counts, of the accounts that a condition leaves, where there is one.
pub fn worklists_of_users(playbook: &Playbook, users: Option<&Users>, filter: Option<&str>, is_shown: &str) -> Result<Vec<WorklistShown>> {
    let of_users = playbook.worklists.iter().filter(|worklist| worklist.rows == Rows::Users);
    of_users.map(|worklist| Ok(WorklistShown::new(worklist, count_of_users(playbook, users, worklist)?, filter, is_shown))).collect()
}

fn count_of_users(playbook: &Playbook, users: Option<&Users>, worklist: &Worklist) -> Result<Option<u64>> {
    users.map(|users| users.count(playbook, &Wanted::default(), Some(&worklist.id))).transpose()
}
