//! `adoption_incidents`: what is open, of all accounts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::features::check_product;
use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging};
use crate::mcp::refusal::{Refusal, Result};
use crate::mcp::source::Told;
use crate::playbook::{RuleKind, nearest};
use crate::view::incidents::{IncidentRow, Rank, WantedIncidents, WorstFirst};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "adoption_incidents",
        title: "Open alerts and plays",
        description: "Open alerts and plays of all accounts, or of one, with what they see now and the tasks of plays: what is overdue first, then the \
                      most severe, then what is due first, then the oldest.",
    };
    Tool::reading::<Wanted, Vec<IncidentRow>>(NAMED, answer)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// Only alerts, or only plays.
    kind: Option<RuleKind>,
    /// Only of this account.
    #[schemars(length(min = 1, max = 256))]
    account: Option<String>,
    /// Only of this alert or play.
    #[schemars(length(min = 1, max = 256))]
    rule: Option<String>,
    /// Only of this product.
    #[schemars(length(min = 1, max = 256))]
    product: Option<String>,
    /// Only of accounts of this owner.
    #[schemars(length(min = 1, max = 4096))]
    owner: Option<String>,
    /// Only those that are overdue, or only others.
    overdue: Option<bool>,
    /// Of `next` of the answer before.
    #[schemars(length(max = 4096))]
    page_token: Option<String>,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { kind, account, rule, product, owner, overdue, page_token } = asked.arguments;
        let playbook = asked.source.playbook();
        check_product(playbook, product.as_deref())?;
        if let Some(id) = rule.as_deref().filter(|id| playbook.rule(id).is_none()) {
            let near = nearest(id, playbook.rules.iter().map(|rule| rule.head.id.as_str()));
            return Err(Refusal::bad_request("rule", format!("rule: the playbook has no alert or play {id:?}")).near(near));
        }
        let behind = page_token.as_deref().map(read).transpose()?;
        let filter = WantedIncidents { kind, rule, product, owner, overdue, page_size: asked.extent.items(), ..WantedIncidents::default() };
        let Told { data: page, as_of } = asked.source.incidents(WorstFirst { filter, account, behind }).await?;
        let ranks: Vec<Rank> = page.rows.iter().map(IncidentRow::rank).collect();
        let more = page.left.saturating_sub(page.rows.len() as u64);
        let next = move |shown: usize| {
            let mut next = asked.given.clone();
            next.insert("page_token".to_owned(), token(ranks.get(shown.checked_sub(1)?)?).into());
            Some(next)
        };
        let rows = page.rows.iter().map(json).collect();
        Ok(Draft { data: Value::Array(rows), as_of, paging: Paging::Rows { more, next: Box::new(next) } })
    })
}

fn token(rank: &Rank) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(rank).expect("numbers and texts"))
}

fn read(token: &str) -> Result<Rank> {
    let read = URL_SAFE_NO_PAD.decode(token).ok().and_then(|text| serde_json::from_slice(&text).ok());
    read.ok_or_else(|| Refusal::bad_request("page_token", "page_token: expected that of the `next` of an answer of this tool"))
}
