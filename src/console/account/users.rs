//! An account's users.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Head, Shown};
use crate::api::answer::Reply;
use crate::api::problem::Result;
use crate::api::route::Call;
use crate::api::routes::lists::{AccountUsersWanted, account_users};
use crate::console::frame::{Frame, page};
use crate::console::links::{Link, account as account_link};
use crate::console::listing::Listing;
use crate::console::users::SHAPE;
use crate::console::words::{self, Words};
use crate::view::account::AccountView;

#[derive(Template)]
#[template(path = "account_users.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    view: &'a AccountView,
    list: Listing,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    #[serde(flatten)]
    list: crate::api::lists::Wanted,
}

pub async fn users(call: Call<Asked>) -> Result<Reply> {
    let Asked { account, list } = call.parameters;
    let (api, headers, visible) = (call.api, call.headers, call.principal.visible());
    let shown = Shown::of(&api, &account, visible, None).await?;
    let link = Link::new(account_link(&account, "users"));
    let parameters = AccountUsersWanted { account, list: SHAPE.wanted(&list) };
    let asked = Call { api: api.clone(), principal: call.principal, parameters, headers: headers.clone(), body: call.body };
    let listed = account_users(asked).await;
    let list = SHAPE.listing(link, &list, "", listed, Words { playbook: &api.playbook })?;
    let (frame, head, rows) = (shown.frame("Users"), shown.head("users"), list.rows.len());
    page(&Page { frame, head, view: &shown.view, list }, &headers, rows)
}
