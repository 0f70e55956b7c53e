//! Users of several accounts.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::accounts::{WorklistShown, Worklists, worklists};
use super::frame::{Frame, Section, page};
use super::links::Link;
use super::listing::{Column, Kind, Listing, Shape};
use super::words::{self, Words};
use crate::api::answer::Reply;
use crate::api::lists::Wanted;
use crate::api::problem::Result;
use crate::api::route::{Call, Route};
use crate::api::routes::lists::UsersWanted;

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
    let listed = crate::api::routes::lists::users(asked).await;
    let (accounts, shown) = (accounts.unwrap_or_default(), worklist.unwrap_or_default());
    let link = Link::new("/users").with("accounts", accounts.clone());
    let list = SHAPE.listing(link, &list, &shown, listed, words)?;
    let Worklists { lists, .. } = worklists(&api, &visible, None, &shown).await?;
    let worklists = lists.into_iter().filter(|list| list.rows == "users").collect();
    let title = if shown.is_empty() { "Users".to_owned() } else { words::title(&shown) };
    let frame = Frame::new(title, Section::Users, list.as_of.clone()).with_changes(None);
    let rows = list.rows.len();
    page(&Page { frame, list, accounts, worklists }, &headers, rows)
}
