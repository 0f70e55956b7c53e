//! What accounts are judged by.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::frame::{AsOf, Frame, Section, page};
use super::links::{self, Link};
use super::words::{self, Words};
use crate::api::answer::Reply;
use crate::api::problem::{Problem, Result, nearest};
use crate::api::route::{Call, Route};
use crate::api::routes::NoParameters;
use crate::playbook::{About, Playbook, Rule, RuleKind, canonical_condition};

pub fn routes() -> Vec<Route> {
    vec![Route::page("/playbook", playbook), Route::page("/playbook/rules/{rule}", rule)]
}

#[derive(Template)]
#[template(path = "playbook.html")]
struct Page<'a> {
    frame: Frame,
    w: Words<'a>,
    playbook: &'a Playbook,
}

async fn playbook(call: Call<NoParameters>) -> Result<Reply> {
    let playbook = &*call.api.playbook;
    let frame = Frame::new("Playbook", Section::Playbook, AsOf::default());
    page(&Page { frame, w: Words { playbook }, playbook }, &call.headers, playbook.rules.len())
}

impl Page<'_> {
    fn rules(&self, kind: &RuleKind) -> Vec<&Rule> {
        self.playbook.rules.iter().filter(|rule| rule.head.kind == *kind).collect()
    }

    fn when(&self, condition: &crate::playbook::Condition) -> String {
        canonical_condition(condition, About::ACCOUNT, self.playbook)
    }
}

#[derive(Template)]
#[template(path = "playbook_rule.html")]
struct RulePage<'a> {
    frame: Frame,
    rule: &'a Rule,
    open: String,
    clear: String,
    products: Vec<String>,
    guards: Vec<String>,
    definition: Vec<String>,
    incidents: String,
    digest: &'a str,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Of {
    /// The rule's name in the playbook.
    #[schemars(length(min = 1, max = 256))]
    rule: String,
}

async fn rule(call: Call<Of>) -> Result<Reply> {
    let (playbook, wanted) = (&*call.api.playbook, &*call.parameters.rule);
    let Some(rule) = playbook.rules.iter().find(|rule| rule.head.id == wanted) else {
        let near = nearest(wanted, playbook.rules.iter().map(|rule| rule.head.id.as_str()));
        return Err(Problem::not_found("the playbook has no alert or play of this name").at("rule").near(near));
    };
    let (open, clear) = rule.conditions(playbook);
    let words = Words { playbook };
    let products = rule.products.iter().flatten().map(|product| playbook.products[usize::from(product.0)].name.clone());
    let guards = rule.play.guards.iter().map(|guard| words.guardrail(&playbook.guardrails[usize::from(guard.0)].id));
    let page_of = RulePage {
        frame: Frame::new(words::title(wanted), Section::Playbook, AsOf::default()),
        rule,
        open,
        clear,
        products: products.collect(),
        guards: guards.collect(),
        definition: rule.definition(playbook),
        incidents: Link::new("/incidents").with("rule", wanted).text(),
        digest: &playbook.digest,
    };
    page(&page_of, &call.headers, 1)
}
