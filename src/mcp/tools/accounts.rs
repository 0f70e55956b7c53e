//! `adoption_find_accounts`: accounts by what is so of them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answering, Asked, Named, Tool};
use crate::mcp::bounds::{Draft, Paging, fit};
use crate::mcp::source::{AccountsWanted, Told};
use crate::view::rows::AccountRow;

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "adoption_find_accounts",
        title: "Find accounts",
        description: "Accounts by a condition over their fields, by a text of id or name, or of a worklist; the worst health first where nothing else is \
                      said. Fields: account, name, owner, success_role, segment, stage, products, products_entitled, products_adopted, breadth, \
                      adoption_score, band, health, license_utilization, active_users, features_used_14d, modules_used_14d, usage_change_30, \
                      days_since_use, days_since_touchpoint, days_to_renewal, arr, open_alerts, open_plays, next_due. Shares and changes are 0.25 \
                      for a quarter, scores 0 to 100.",
    };
    Tool::reading::<Wanted, Vec<AccountRow>>(NAMED, answer)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// A condition in CEL over the fields, such as `health < 50 && days_to_renewal < 90 && has_any(products, ["crm"])`.
    #[schemars(length(min = 1, max = 4096))]
    filter: Option<String>,
    /// What the id or the name has in it, in whichever case.
    #[schemars(length(min = 1, max = 256))]
    q: Option<String>,
    /// A worklist of the playbook: its filter and its order.
    #[schemars(length(min = 1, max = 256))]
    worklist: Option<String>,
    /// Fields between commas, each with `desc` behind it where the highest comes first. What is missing comes last.
    #[schemars(length(min = 1, max = 1024))]
    order_by: Option<String>,
    /// The fields that are wanted, between commas.
    #[schemars(length(min = 1, max = 1024))]
    fields: Option<String>,
    /// Of `next` of the answer before.
    #[schemars(length(max = 4096))]
    page_token: Option<String>,
}

/// Where nothing is said: the worst first.
const ORDER: &str = "health, adoption_score";
/// Where nothing is said: those by which one decides which account to look at.
const FIELDS: &str = "account, name, owner, segment, stage, products, products_entitled, products_adopted, adoption_score, band, health, \
                      license_utilization, active_users, usage_change_30, days_since_use, days_since_touchpoint, days_to_renewal, arr, open_alerts, \
                      open_plays, next_due";

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { filter, q, worklist, order_by, fields, page_token } = asked.arguments;
        let order_by = order_by.or_else(|| worklist.is_none().then(|| ORDER.to_owned()));
        let fields = Some(fields.unwrap_or_else(|| FIELDS.to_owned()));
        let mut rows = asked.extent.items();
        loop {
            let wanted = AccountsWanted {
                filter: filter.clone(),
                q: q.clone(),
                order_by: order_by.clone(),
                fields: fields.clone(),
                worklist: worklist.clone(),
                page_size: rows as u32,
                page_token: page_token.clone(),
            };
            let Told { data: page, as_of } = asked.source.accounts(wanted).await?;
            let (found, more) = (page.rows.len(), page.left.saturating_sub(page.rows.len() as u64));
            let mut next = asked.given.clone();
            page.next_page_token.map(|token| next.insert("page_token".to_owned(), token.into()));
            let next = move |_| Some(next.clone());
            let draft = Draft { data: Value::Array(page.rows), as_of, paging: Paging::Rows { more, next: Box::new(next) } };
            let shown = fit(&draft, &asked.extent)?.data.as_array().map_or(0, Vec::len);
            // A token goes on behind a whole page: one that is as long as what fits is asked for.
            if shown == found || shown == 0 {
                return Ok(draft);
            }
            rows = shown;
        }
    })
}
