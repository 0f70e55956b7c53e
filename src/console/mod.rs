//! The console: pages for people, served by the listener of the API.
//!
//! ```text
//!   a page's route ──► what the API's routes ask (api::ask, api::lists) ──► typed views ──► a template ──► HTML
//! ```
//!
//! Pages compute nothing of their own: each shows what one question of the API answers, under the same principal, audit log and metrics. They need
//! neither script nor anything from elsewhere; all that they show is in their address.
//!
//! | module | subject |
//! |---|---|
//! | `frame` | what every page has around it |
//! | `words` | how pages say what views hold |
//! | `happened` | outputs in a sentence |
//! | `listing` | lists: columns, order, pages, what is wrong with a condition |
//! | `links`, `chart` | addresses; lines and bars |
//! | `home`, `portfolio` | who needs the reader today, and all accounts together |
//! | `accounts`, `account` | the list; one account and the pages below it |
//! | `users`, `incidents` | users of several accounts; what is open of all |
//! | `playbook`, `operations` | what accounts are judged by; how the service is |
//! | `assets` | the style sheet, the script, the icon |
//! | `problem` | what went wrong |
//!
//! Names of customers are hostile input: templates escape whatever they are given, and nothing is put together beside them.

mod account;
mod accounts;
mod assets;
mod chart;
mod frame;
mod happened;
mod home;
mod incidents;
mod links;
mod listing;
mod operations;
mod playbook;
mod portfolio;
mod problem;
mod users;
mod words;

use std::sync::LazyLock;

use crate::api::Pages;
use crate::api::route::Route;

pub fn pages() -> Pages {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
        let mut all = Vec::new();
        all.extend(home::routes());
        all.extend(accounts::routes());
        all.extend(account::routes());
        all.extend(users::routes());
        all.extend(incidents::routes());
        all.extend(playbook::routes());
        all.extend(operations::routes());
        all.extend(assets::routes());
        all
    });
    Pages { routes: &ROUTES, problem: problem::page }
}
