//! One account.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::answer::{IntoReply, Reply};
use crate::api::ask::{Ask, OfAccount, Told, WaitFor, of_account};
use crate::api::problem::{Kind, Result};
use crate::api::route::{Call, Route};
use crate::playbook::HELD_DAYS;
use crate::report;
use crate::view::account::AccountView;
use crate::view::timeline::{By, Timeline};

const ERRORS: &[Kind] = &[Kind::NotFound, Kind::PartitionRestoring, Kind::PartitionUnowned, Kind::PeerUnreachable, Kind::NotYet];

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/accounts/{account}", "getAccount", account).errors(ERRORS).says(
            "An account as it stands",
            "Its products with criteria, features, gaps and value, what could be added, what holds back, what is open, what will come if nothing more \
             happens. Taken right after a commit.",
        ),
        Route::get("/v1/accounts/{account}/report", "getReport", report)
            .errors(ERRORS)
            .media(MARKDOWN)
            .says("An account as a report", "The same as Markdown, for people."),
        Route::get("/v1/accounts/{account}/timeline", "getTimeline", timeline).errors(ERRORS).says(
            "An account day by day",
            "A series for each product, module, feature or gauge, or the active users; the last of the days is the account's own.",
        ),
    ]
}

const MARKDOWN: &str = "text/markdown; charset=utf-8";

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// `topic/partition/offset` of an input record, as `POST /v1/inputs` answers it: the answer waits up to 2 s until it is taken in.
    #[schemars(length(max = 600))]
    wait_for: Option<String>,
}

async fn account(call: Call<Wanted>) -> Result<Told<AccountView>> {
    let question = question(&call, Ask::View)?;
    of_account(&call.api, question).await
}

fn question(call: &Call<Wanted>, ask: Ask) -> Result<OfAccount> {
    let wait_for = call.parameters.wait_for.as_deref().map(|text| WaitFor::read(text, &call.api)).transpose()?;
    Ok(OfAccount { account: call.parameters.account.clone(), ask, visible: call.principal.visible(), wait_for })
}

/// Markdown.
#[derive(JsonSchema)]
#[schemars(transparent)]
struct Markdown(String);

impl IntoReply for Markdown {
    fn into_reply(self) -> Reply {
        Reply::text(MARKDOWN, self.0)
    }
}

async fn report(call: Call<Wanted>) -> Result<Markdown> {
    let told: Told<AccountView> = account(call).await?;
    Ok(Markdown(report::markdown(&told.data.read())))
}

#[derive(Debug, Deserialize, JsonSchema)]
struct TimelineWanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// What there is a series for.
    by: By,
    /// How many days, the last of which is the account's own; 90 unless it says otherwise.
    #[schemars(range(min = 1, max = 92))]
    days: Option<u16>,
}

async fn timeline(call: Call<TimelineWanted>) -> Result<Told<Timeline>> {
    /// Where nothing is said.
    const DAYS: u16 = 90;
    const _: () = assert!(DAYS as i32 <= HELD_DAYS);
    let TimelineWanted { account, by, days } = call.parameters;
    let ask = Ask::Timeline { by, days: days.unwrap_or(DAYS) };
    of_account(&call.api, OfAccount { account, ask, visible: call.principal.visible(), wait_for: None }).await
}
