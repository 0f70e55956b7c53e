//! What was published about an account, as sentences.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Head, Shown};
use crate::api::answer::Reply;
use crate::api::problem::Result;
use crate::api::route::Call;
use crate::api::routes::history::{self, Wanted};
use crate::console::frame::{Frame, page};
use crate::console::links::{Link, account as account_link};
use crate::console::words::{Said, Words, instant};

#[derive(Template)]
#[template(path = "account_history.html")]
struct Page {
    frame: Frame,
    head: Head,
    events: Vec<Told>,
    older: Option<String>,
    newest: Option<String>,
}

/// An output, told.
struct Told {
    time: String,
    tone: &'static str,
    text: String,
    evidence: Vec<Said>,
    id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// `next_page_token` of the page before.
    page_token: Option<String>,
}

/// Outputs of a page.
const PAGE_SIZE: u32 = 50;
/// What repeats the account's state at each change, and is no news beside the others.
const STATE: &str = "adoption.account.updated";

pub async fn history(call: Call<Asked>) -> Result<Reply> {
    let Asked { account, page_token } = call.parameters;
    let (api, headers) = (call.api, call.headers);
    let shown = Shown::of(&api, &account, call.principal.visible(), None).await?;
    let link = Link::new(account_link(&account, "history"));
    let newest = page_token.is_some().then(|| link.text());
    let parameters = Wanted { account, page_size: Some(PAGE_SIZE), page_token };
    let asked = Call { api: api.clone(), principal: call.principal, parameters, headers: headers.clone(), body: call.body };
    let listed = history::history(asked).await?;
    let words = Words { playbook: &api.playbook };
    let events: Vec<Told> = listed.data.iter().filter_map(|event| told(words, serde_json::from_str(event.0.get()).ok()?)).collect();
    let (frame, head, rows) = (shown.frame("History"), shown.head("history"), events.len());
    let older = listed.next_page_token.map(|token| link.with("page_token", token).text());
    page(&Page { frame, head, events, older, newest }, &headers, rows)
}

fn told(words: Words<'_>, event: Value) -> Option<Told> {
    let kind = event["type"].as_str().filter(|kind| *kind != STATE)?;
    let data = &event["data"];
    let text = |key: &str| data[key].as_str();
    let rule = ["rule", "campaign", "segment", "milestone", "measure"].into_iter().find_map(text);
    let happened =
        crate::console::happened::Happened { kind, product: text("product"), user: text("user"), rule, from: text("from"), to: text("to") };
    let evidence = data["evidence"].as_array().into_iter().flatten().map(|evidence| {
        let value = |key: &str| evidence.get(key).filter(|value| !value.is_null()).cloned();
        words.compared(
            evidence["metric"].as_str().unwrap_or_default(),
            (&value("value"), evidence["operator"].as_str(), &value("threshold")),
            None,
        )
    });
    Some(Told {
        time: instant(event["time"].as_str().unwrap_or_default()),
        tone: happened.tone(words),
        text: happened.text(words),
        evidence: evidence.collect(),
        id: event["id"].as_str().unwrap_or_default().to_owned(),
    })
}
