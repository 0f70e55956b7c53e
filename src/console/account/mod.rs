//! One account: an overview, and the pages below it.

mod history;
mod integrations;
mod journey;
mod overview;
mod plays;
mod products;
mod timeline;
mod users;
mod why;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::frame::{AsOf, Frame, Section};
use super::{links, words};
use crate::api::Api;
use crate::api::access::Visible;
use crate::api::ask::{AccountPart, Told, WaitFor, of_account};
use crate::api::problem::Result;
use crate::api::route::Route;
use crate::view::account::AccountView;

pub fn routes() -> Vec<Route> {
    vec![
        Route::page("/accounts/{account}", overview::overview),
        Route::page("/accounts/{account}/products", products::products),
        Route::page("/accounts/{account}/timeline", timeline::timeline),
        Route::page("/accounts/{account}/users", users::users),
        Route::page("/accounts/{account}/integrations", integrations::integrations),
        Route::page("/accounts/{account}/journey", journey::journey),
        Route::page("/accounts/{account}/plays", plays::plays),
        Route::form("/accounts/{account}/tasks", plays::task),
        Route::page("/accounts/{account}/history", history::history),
        Route::page("/accounts/{account}/why", why::why),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Of {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// A record that the page is to know of.
    #[schemars(length(max = 600))]
    wait_for: Option<String>,
}

/// The pages of an account, by what stands behind its address.
const TABS: [(&str, &str); 9] = [
    ("", "Overview"),
    ("products", "Products"),
    ("timeline", "Timeline"),
    ("users", "Users"),
    ("integrations", "Integrations"),
    ("journey", "Journey"),
    ("plays", "Alerts and plays"),
    ("history", "History"),
    ("why", "Why"),
];

/// What every page of an account begins with.
pub struct Head {
    pub id: String,
    pub name: String,
    pub tab: &'static str,
    pub stage: String,
    pub owner: Option<String>,
    pub is_churned: bool,
    pub is_closed: bool,
    pub open: usize,
    pub day: String,
}

impl Head {
    fn of(view: &AccountView, tab: &'static str) -> Self {
        Self {
            id: view.account.clone(),
            name: view.name.clone().unwrap_or_else(|| view.account.clone()),
            tab,
            stage: words::title(&view.stage.stage),
            owner: view.profile.owner.clone(),
            is_churned: view.profile.churned,
            is_closed: view.profile.closed.is_some(),
            open: view.incidents.len(),
            day: words::date(&view.day),
        }
    }

    pub fn tabs(&self) -> [(String, &'static str, bool); 9] {
        TABS.map(|(part, name)| (links::account(&self.id, part), name, part == self.tab))
    }

    pub fn link(&self, part: &str) -> String {
        links::account(&self.id, part)
    }

    pub fn report(&self) -> String {
        format!("/v1/accounts/{}/report", links::encoded(&self.id))
    }
}

/// An account and of when it is.
struct Shown {
    view: AccountView,
    as_of: AsOf,
}

impl Shown {
    async fn of(api: &Arc<Api>, account: &str, visible: Visible, wait_for: Option<&str>) -> Result<Self> {
        let wait_for = wait_for.map(|text| WaitFor::read(text, api)).transpose()?;
        let told: Told<AccountView> = of_account(api, account, AccountPart::View, visible, wait_for).await?;
        Ok(Self { as_of: AsOf::of(&told.as_of, &[]), view: told.data.read()? })
    }

    fn head(&self, tab: &'static str) -> Head {
        Head::of(&self.view, tab)
    }

    /// `what`: the page's own title; empty on the overview.
    fn frame(&self, what: &str) -> Frame {
        let name = self.view.name.as_deref().unwrap_or(&self.view.account);
        let title = if what.is_empty() { name.to_owned() } else { format!("{what} · {name}") };
        Frame::new(title, Section::Accounts, self.as_of.clone()).with_changes(Some(&self.view.account))
    }
}
