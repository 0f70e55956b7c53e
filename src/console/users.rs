//! Users of several accounts.

use std::sync::Arc;

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::accounts::{BandShown, WorklistShown, worklists_of_users};
use super::frame::{Frame, Section, page};
use super::links::Link;
use super::listing::{Column, Kind, Listing, Shape};
use super::words::{self, Words};
use crate::api::Api;
use crate::api::access::Visible;
use crate::api::answer::Reply;
use crate::api::lists::{Users, Wanted};
use crate::api::problem::{Kind as ProblemKind, Result};
use crate::api::route::{Call, Route};
use crate::api::routes::lists::{UsersWanted, users_listed};

pub fn routes() -> Vec<Route> {
    vec![Route::page("/users", list)]
}

const fn column(name: &'static str, label: &'static str, kind: Kind, missing: &'static str) -> Column {
    Column { name, label, kind, missing, by_default: true }
}

pub const SHAPE: Shape = Shape {
    ids: &["account", "user", "name"],
    columns: &[
        column("role", "Role", Kind::Text, "no role was told"),
        column("level", "Level", Kind::Name, "no level was told"),
        column("department", "Department", Kind::Text, "no department was told"),
        column("key", "Key user", Kind::Flag, "it was not told"),
        column("features_used_14d", "Features, 14 days", Kind::Count, "nothing was used"),
        column("active_days", "Days with use", Kind::Count, "nothing was used"),
        column("products_used", "Products", Kind::Count, "nothing was used"),
        column("days_since_use", "Last used", Kind::Ago, "nothing was ever used"),
        column("days_since_touchpoint", "Last contact", Kind::Ago, "no contact was told"),
        column("nps_score", "NPS score", Kind::Count, "no answer was given"),
    ],
    page_size: 10,
};

#[derive(Template)]
#[template(path = "users.html")]
struct Page {
    frame: Frame,
    list: Listing,
    accounts: String,
    worklists: Vec<WorklistShown>,
    /// Of all users of the accounts that are asked for.
    bands: Vec<BandShown>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// A condition over the fields of accounts.
    #[schemars(length(max = 4096))]
    accounts: Option<String>,
    #[serde(flatten)]
    list: Wanted,
    /// A worklist of the playbook, of users.
    #[schemars(length(max = 256))]
    worklist: Option<String>,
}

async fn list(call: Call<Asked>) -> Result<Reply> {
    let Asked { accounts, list, worklist } = call.parameters;
    let (api, headers, visible) = (call.api, call.headers, call.principal.visible());
    let words = Words { playbook: &api.playbook };
    let parameters = UsersWanted { accounts: accounts.clone(), list: SHAPE.wanted(&list), worklist: worklist.clone(), require: None };
    let asked = Call { api: api.clone(), principal: call.principal, parameters, headers: headers.clone(), body: call.body };
    let (listed, users) = match users_listed(asked).await {
        Ok((listed, users)) => (Ok(listed), Some(users)),
        Err(problem) => (Err(problem), None),
    };
    let (accounts, shown) = (accounts.unwrap_or_default(), worklist.unwrap_or_default());
    let link = Link::new("/users").with("accounts", accounts.clone());
    let list = SHAPE.listing(link, &list, &shown, listed, words)?;
    // What is wrong with the condition, the list has said.
    let of_accounts = Some(&*accounts).filter(|accounts| !accounts.is_empty() && list.wrong.is_none());
    let users = match users {
        Some(users) => Some(users),
        None => users_of(&api, of_accounts, &visible).await?,
    };
    let worklists = worklists_of_users(&api.playbook, users.as_ref(), of_accounts, &shown)?;
    let bands = bands(&api, of_accounts, users.as_ref())?;
    let title = if shown.is_empty() { "Users".to_owned() } else { words::title(&shown) };
    let frame = Frame::new(title, Section::Users, list.as_of.clone()).with_changes(None);
    let rows = list.rows.len();
    page(&Page { frame, list, accounts, worklists, bands }, &headers, rows)
}

/// The users of the accounts that a condition leaves; `None` where these are too many.
pub async fn users_of(api: &Arc<Api>, accounts: Option<&str>, visible: &Visible) -> Result<Option<Users>> {
    match Users::of(api, accounts, visible).await {
        Ok(users) => Ok(Some(users)),
        Err(problem) if problem.kind == ProblemKind::TooBroad => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// How users are: when they last came, each of them once; and of whom it matters most, or who said so.
const BANDS: [(&str, &str, &str); 5] = [
    ("Came this week", "good", "days_since_use <= 6"),
    ("Came this month", "warn", "days_since_use >= 7 && days_since_use <= 29"),
    ("Longer ago or never", "bad", "or(days_since_use, 30) >= 30"),
    ("Key users, not this week", "bad", "key && or(days_since_use, 7) >= 7"),
    ("Not content (NPS)", "bad", "nps_score <= 6"),
];

/// Users by how they are, of the accounts that the same condition leaves; nothing where these are too many.
pub fn bands(api: &Api, accounts: Option<&str>, users: Option<&Users>) -> Result<Vec<BandShown>> {
    let Some(users) = users else { return Ok(Vec::new()) };
    let band = |(name, tone, filter): (&str, &'static str, &str)| -> Result<BandShown> {
        let wanted = Wanted { filter: Some(filter.to_owned()), ..Wanted::default() };
        let count = users.count(&api.playbook, &wanted, None)?;
        let link = Link::new("/users").with("accounts", accounts.unwrap_or_default()).with("filter", filter);
        Ok(BandShown::new(name.to_owned(), tone, &link, count))
    };
    BANDS.into_iter().map(band).collect()
}
