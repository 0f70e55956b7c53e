//! One account.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::answer::{IntoReply, Reply};
use crate::api::ask::{AccountPart, Told, WaitFor, of_account};
use crate::api::problem::{Kind, Problem, Result, nearest};
use crate::api::route::{Call, Route};
use crate::playbook::{HELD_DAYS, Playbook};
use crate::report;
use crate::view::account::AccountView;
use crate::view::explain::{Explanation, Question};
use crate::view::timeline::{By, Timeline};

const ERRORS: &[Kind] = &[Kind::NotFound, Kind::NotYet];

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/accounts/{account}", "getAccount", account).asks_partitions().errors(ERRORS).says(
            "An account as it stands",
            "Its products with criteria, features, gaps and value, what could be added, what holds back, what is open, what will come if nothing more \
             happens. Taken right after a commit.",
        ),
        Route::get("/v1/accounts/{account}/report", "getReport", report)
            .asks_partitions().errors(ERRORS)
            .media(MARKDOWN)
            .says("An account as a report", "The same as Markdown, for people."),
        Route::get("/v1/accounts/{account}/timeline", "getTimeline", timeline).asks_partitions().errors(ERRORS).says(
            "An account day by day",
            "A series for each product, module, feature, gauge or workflow, or the active users; the last of the days is the account's own.",
        ),
        Route::get("/v1/accounts/{account}/explain", "explainAccount", explanation).asks_partitions().errors(ERRORS).says(
            "Why an account is where it is",
            "Each comparison of its conditions with what it sees, what would change them, and on which day they change if nothing happens. What was \
             published is in its history.",
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
    let Wanted { account, wait_for } = call.parameters;
    let wait_for = wait_for.map(|text| WaitFor::read(&text, &call.api)).transpose()?;
    of_account(&call.api, &account, AccountPart::View, call.principal.visible(), wait_for).await
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
    Ok(Markdown(report::markdown(&told.data.read()?)))
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
    let part = AccountPart::Timeline { by, days: days.unwrap_or(DAYS) };
    of_account(&call.api, &account, part, call.principal.visible(), None).await
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ExplanationWanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// Only this product: its ladder, and its milestones, alerts and plays.
    #[schemars(length(max = 256))]
    product: Option<String>,
    /// Only this alert or play, of each product or user that it is judged of. Not together with `product`.
    #[schemars(length(max = 256))]
    rule: Option<String>,
}

async fn explanation(call: Call<ExplanationWanted>) -> Result<Told<Explanation>> {
    let ExplanationWanted { account, product, rule } = call.parameters;
    let part = explained(&call.api.playbook, product, rule)?;
    of_account(&call.api, &account, part, call.principal.visible(), None).await
}

/// What is to be explained of an account.
///
/// # Errors
///
/// `bad-request`: product and rule together, or one that the playbook has not.
pub fn explained(playbook: &Playbook, product: Option<String>, rule: Option<String>) -> Result<AccountPart> {
    if product.is_some() && rule.is_some() {
        return Err(Problem::bad_request("rule: expected product or rule, found both").at("rule"));
    }
    if let Err(unknown) = Question::of(playbook, product.as_deref(), rule.as_deref()) {
        let (position, near) = match (&product, &rule) {
            (Some(id), _) => ("product", nearest(id, playbook.products.iter().map(|product| &*product.id))),
            (None, id) => ("rule", nearest(id.as_deref().unwrap_or_default(), playbook.rules.iter().map(|rule| &*rule.head.id))),
        };
        return Err(Problem::bad_request(format!("{position}: {unknown}")).at(position).near(near));
    }
    Ok(AccountPart::Explanation { product, rule })
}
