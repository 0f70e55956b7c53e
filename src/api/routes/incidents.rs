//! What is open, of all accounts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::answer::List;
use crate::api::ask::{Gathered, What, of_all};
use crate::api::problem::{Problem, Result};
use crate::api::route::{Call, Route};
use crate::playbook::RuleKind;
use crate::view::incidents::{IncidentPage, IncidentRow, WantedIncidents};

/// Where nothing is said.
const PAGE_SIZE: u32 = 50;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/incidents", "listIncidents", incidents)
            .asks_partitions()
            .says("Open alerts and plays", "Of all accounts, by account and incident, with what they see now and the tasks of plays."),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Wanted {
    /// Only alerts, or only plays.
    pub kind: Option<RuleKind>,
    /// Only of this alert or play.
    #[schemars(length(max = 256))]
    pub rule: Option<String>,
    /// Only of this product.
    #[schemars(length(max = 256))]
    pub product: Option<String>,
    /// Only of accounts of this owner.
    #[schemars(length(max = 4096))]
    pub owner: Option<String>,
    /// Only those that are overdue, or only others.
    pub overdue: Option<bool>,
    /// Incidents of a page; 50 unless it says otherwise.
    #[schemars(range(min = 1, max = 500))]
    pub page_size: Option<u32>,
    /// `next_page_token` of the page before.
    pub page_token: Option<String>,
    /// `complete`: a partition that is missing is a problem, and no part of an answer.
    pub require: Option<super::Require>,
}

pub async fn incidents(call: Call<Wanted>) -> Result<List<IncidentRow>> {
    let Wanted { kind, rule, product, owner, overdue, page_size, page_token, require } = call.parameters;
    if let Some(rule) = rule.as_deref().filter(|rule| call.api.playbook.rule(rule).is_none()) {
        let known = call.api.playbook.rules.iter().map(|rule| rule.head.id.as_str());
        let nearest = crate::api::problem::nearest(rule, known);
        return Err(Problem::bad_request(format!("rule: the playbook has no alert or play {rule:?}")).at("rule").near(nearest));
    }
    let after = page_token.as_deref().map(read_token).transpose()?;
    let page_size = page_size.unwrap_or(PAGE_SIZE) as usize;
    let wanted = WantedIncidents { kind, rule, product, owner, overdue, accounts: None, after, page_size };
    let Gathered { parts, as_of, incomplete } =
        of_all::<IncidentPage>(&call.api, What::Incidents(wanted), &call.principal.visible()).await?;
    super::check_complete(require, &incomplete)?;
    let page = IncidentPage::merged(parts, page_size);
    let next_page_token = page.next().map(|after| URL_SAFE_NO_PAD.encode(serde_json::to_vec(&after).expect("two texts")));
    Ok(List { data: page.rows, as_of, incomplete, total: Some(page.total), next_page_token })
}

fn read_token(token: &str) -> Result<(String, String)> {
    let read = URL_SAFE_NO_PAD.decode(token).ok().and_then(|text| serde_json::from_slice(&text).ok());
    read.ok_or_else(|| Problem::bad_request("page_token: expected the next_page_token of a page of incidents").at("page_token"))
}
