//! Lists: accounts and users by row, and the playbook's worklists.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Require, check_complete};
use crate::api::answer::List;
use crate::api::ask::{AccountPart, Json, Told, of_account};
use crate::api::lists::{ListAsked, Part, Users, Wanted, add_missing, of_accounts, several};
use crate::api::problem::{Kind, Result};
use crate::api::route::{Call, Route};
use crate::lists::{Query, Table};
use crate::playbook::{About, Rows, canonical_condition, order_text};
use crate::view::rows::{AccountRow, UserRow};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/accounts", "listAccounts", accounts)
            .asks_partitions()
            .says("Accounts", "A row for each, filtered, searched and in an order, page by page; or a worklist of the playbook."),
        Route::get("/v1/accounts/{account}/users", "listAccountUsers", account_users)
            .asks_partitions()
            .errors(&[Kind::NotFound])
            .says("An account's users", "Those who are present, a row for each. Taken right after a commit."),
        Route::get("/v1/users", "listUsers", users)
            .asks_partitions()
            .errors(&[Kind::TooBroad])
            .says("Users of several accounts", "Those who are present, of at most 500 accounts: `accounts` narrows these down."),
        Route::get("/v1/worklists", "listWorklists", worklists).asks_partitions().says(
            "The playbook's worklists",
            "Each with its filter, its order and how many rows it has of what may be seen. `/v1/accounts` or `/v1/users` lists them, with \
             `worklist`.",
        ),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct AccountsWanted {
    #[serde(flatten)]
    pub list: Wanted,
    /// A worklist of the playbook, of accounts: its filter and its order. `filter` narrows it down; `order_by` is another order.
    #[schemars(length(max = 256))]
    pub worklist: Option<String>,
    /// `complete`: a partition that is missing is a problem, and no part of an answer.
    pub require: Option<Require>,
}

pub async fn accounts(call: Call<AccountsWanted>) -> Result<List<Json<AccountRow>>> {
    let AccountsWanted { list, worklist, require } = call.parameters;
    let (part, query) = of_accounts(&call.api, ListAsked::page(list, worklist), &call.principal.visible()).await?;
    check_complete(require, &part.incomplete)?;
    Ok(listed(part, &query))
}

fn listed<T>(part: Part, query: &Query) -> List<Json<T>> {
    let (total, next_page_token) = (Some(part.page.total), part.page.next_page_token(query));
    let data = part.page.rows.into_iter().map(|listed| Json::new(listed.row)).collect();
    List { data, as_of: part.as_of, incomplete: part.incomplete, total, next_page_token }
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct AccountUsersWanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    pub account: String,
    #[serde(flatten)]
    pub list: Wanted,
}

pub async fn account_users(call: Call<AccountUsersWanted>) -> Result<List<Json<UserRow>>> {
    let AccountUsersWanted { account, list } = call.parameters;
    let query = list.query(&call.api.playbook, Rows::Users, None)?;
    let told: Told<Vec<UserRow>> = of_account(&call.api, &account, AccountPart::Users, call.principal.visible(), None).await?;
    let page = Table::of(&told.data.read()?).page(&query, None);
    Ok(listed(Part { page, as_of: told.as_of.into(), incomplete: Vec::new() }, &query))
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct UsersWanted {
    /// A condition over the fields of accounts: users of these accounts alone. It has to leave 500 accounts or fewer.
    #[schemars(length(max = 4096))]
    pub accounts: Option<String>,
    #[serde(flatten)]
    pub list: Wanted,
    /// A worklist of the playbook, of users: its filter and its order. `filter` narrows it down; `order_by` is another order.
    #[schemars(length(max = 256))]
    pub worklist: Option<String>,
    /// `complete`: a partition that is missing is a problem, and no part of an answer.
    pub require: Option<Require>,
}

async fn users(call: Call<UsersWanted>) -> Result<List<Json<UserRow>>> {
    Ok(users_listed(call).await?.0)
}

/// A page of users, and all those that it is of.
pub async fn users_listed(call: Call<UsersWanted>) -> Result<(List<Json<UserRow>>, Users)> {
    let UsersWanted { accounts, list, worklist, require } = call.parameters;
    let query = list.query(&call.api.playbook, Rows::Users, worklist.as_deref())?;
    let users = Users::of(&call.api, accounts.as_deref(), &call.principal.visible()).await?;
    let part = users.part(&query);
    check_complete(require, &part.incomplete)?;
    Ok((listed(part, &query), users))
}

/// A list of the playbook.
#[derive(Debug, Serialize, JsonSchema)]
struct WorklistRow {
    worklist: String,
    /// What it lists: `accounts` or `users`, which is also the path that has it.
    rows: String,
    /// Of which rows; absent: of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// Absent: by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_by: Option<String>,
    /// How many rows it has; absent of users where there are more than 500 accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct WorklistsWanted {
    /// `complete`: a partition that is missing is a problem, and no part of an answer.
    require: Option<Require>,
}

async fn worklists(call: Call<WorklistsWanted>) -> Result<List<WorklistRow>> {
    let (playbook, visible) = (&call.api.playbook, call.principal.visible());
    let of_accounts = playbook.worklists.iter().filter(|worklist| worklist.rows == Rows::Accounts);
    // Of all accounts, too: there may be no worklist of accounts, and yet partitions that are missing.
    let asked = std::iter::once(None).chain(of_accounts.map(|worklist| Some(&*worklist.id))).map(ListAsked::count).collect();
    let (counted, as_of, mut incomplete) = several(&call.api, asked, &visible).await?;
    let mut counts = counted.into_iter().skip(1).map(|(page, _)| page.total);
    let users = match playbook.worklists.iter().any(|worklist| worklist.rows == Rows::Users) {
        // That they are too many is no mistake of whoever asks for worklists.
        true => Users::of(&call.api, None, &visible).await.ok(),
        false => None,
    };
    let mut data = Vec::new();
    for worklist in &playbook.worklists {
        let count = match (worklist.rows, &users) {
            (Rows::Accounts, _) => counts.next(),
            (Rows::Users, Some(users)) => Some(users.count(playbook, &Wanted::default(), Some(&worklist.id))?),
            (Rows::Users, None) => None,
        };
        data.push(WorklistRow {
            worklist: worklist.id.clone(),
            rows: worklist.rows.name().to_owned(),
            filter: worklist.filter.as_ref().map(|filter| canonical_condition(filter, About::ACCOUNT, playbook)),
            order_by: (!worklist.order_by.is_empty()).then(|| order_text(&worklist.order_by)),
            count,
        });
    }
    add_missing(&mut incomplete, users.map(|users| users.incomplete).unwrap_or_default());
    check_complete(call.parameters.require, &incomplete)?;
    let total = Some(data.len() as u64);
    Ok(List { data, as_of, incomplete, total, next_page_token: None })
}
