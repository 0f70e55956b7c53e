//! What is open, of all accounts.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::frame::{AsOf, Frame, Section, page};
use super::links::{self, Link};
use super::words::{self, Words};
use crate::api::answer::{List, Reply};
use crate::api::problem::{Problem, Result};
use crate::api::route::{Call, Route};
use crate::api::routes::incidents::{Wanted, incidents};
use crate::playbook::{Playbook, RuleKind};
use crate::view::account::TaskState;
use crate::view::incidents::IncidentRow;

pub fn routes() -> Vec<Route> {
    vec![Route::page("/incidents", list)]
}

const PAGE_SIZE: u32 = 20;

#[derive(Template)]
#[template(path = "incidents.html")]
struct Page<'a> {
    frame: Frame,
    w: Words<'a>,
    asked: Asked,
    listed: List<IncidentRow>,
    next: Option<String>,
    first: Option<String>,
    is_narrow: bool,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Asked {
    /// `alert` or `play`.
    #[schemars(length(max = 16))]
    kind: Option<String>,
    #[schemars(length(max = 256))]
    rule: Option<String>,
    #[schemars(length(max = 256))]
    product: Option<String>,
    /// Of the account.
    #[schemars(length(max = 4096))]
    owner: Option<String>,
    overdue: Option<bool>,
    page_token: Option<String>,
}

async fn list(call: Call<Asked>) -> Result<Reply> {
    let asked = call.parameters;
    let kind = match asked.kind.as_deref() {
        None => None,
        Some("alert") => Some(RuleKind::Alert),
        Some("play") => Some(RuleKind::Play),
        Some(other) => return Err(Problem::bad_request(format!("kind: expected alert or play, found {other:?}")).at("kind")),
    };
    let Asked { rule, product, owner, overdue, page_token, .. } = &asked;
    let parameters = Wanted {
        kind,
        rule: rule.clone(),
        product: product.clone(),
        owner: owner.clone(),
        overdue: *overdue,
        page_size: Some(PAGE_SIZE),
        page_token: page_token.clone(),
        require: None,
    };
    let (api, headers) = (call.api, call.headers);
    let sent = Call { api: api.clone(), principal: call.principal, parameters, headers: headers.clone(), body: call.body };
    let listed = incidents(sent).await?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let link = Link::new("/incidents").with("kind", text(&asked.kind)).with("rule", text(rule)).with("product", text(product));
    let link = link.with("owner", text(owner)).with("overdue", overdue.map(|overdue| overdue.to_string()).unwrap_or_default());
    let page_of = Page {
        frame: Frame::new("Alerts and plays", Section::Incidents, AsOf::of(&listed.as_of, &listed.incomplete)).with_changes(None),
        w: Words { playbook: &api.playbook },
        next: listed.next_page_token.as_ref().map(|token| link.with("page_token", token.clone()).text()),
        first: page_token.is_some().then(|| link.text()),
        is_narrow: link.text().contains('?'),
        listed,
        asked,
    };
    page(&page_of, &headers, page_of.listed.data.len())
}

impl Page<'_> {
    fn playbook(&self) -> &Playbook {
        self.w.playbook
    }

    fn is(&self, of: &Option<String>, value: &str) -> bool {
        of.as_deref() == Some(value)
    }
}
