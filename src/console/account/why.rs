//! Why an account is where it is, and what would change that.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Head, Shown};
use crate::api::answer::Reply;
use crate::api::ask::{Told, of_account};
use crate::api::problem::Result;
use crate::api::route::Call;
use crate::api::routes::accounts::explained;
use crate::console::frame::{Frame, page};
use crate::console::happened::Happened;
use crate::console::links::{Link, account as account_link};
use crate::console::words::{self, Said, Words};
use crate::view::explain::{Change, ConditionReason, Explanation, Holds, RuleReason, RuleState, Rung};

/// What comes that is told at once.
const FORESEEN: usize = 40;

#[derive(Template)]
#[template(path = "account_why.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    w: Words<'a>,
    why: &'a Explanation,
    /// One alert or play alone was asked for.
    is_one: bool,
    /// Address, name, and whether it is the one that is shown.
    products: Vec<(String, String, bool)>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// Only this product.
    #[schemars(length(max = 256))]
    product: Option<String>,
    /// Only this alert or play.
    #[schemars(length(max = 256))]
    rule: Option<String>,
}

pub async fn why(call: Call<Asked>) -> Result<Reply> {
    let Asked { account, product, rule } = call.parameters;
    let (api, visible) = (call.api, call.principal.visible());
    let part = explained(&api.playbook, product.clone(), rule.clone())?;
    let shown = Shown::of(&api, &account, visible.clone(), None).await?;
    let told: Told<Explanation> = of_account(&api, &account, part, visible, None).await?;
    let mut why: Explanation = told.data.read()?;
    // There is nothing to see of those that are not looked at.
    why.rules.sort_by_key(|rule| rule.not_judged.is_some());
    let words = Words { playbook: &api.playbook };
    let link = Link::new(account_link(&account, "why"));
    let all = [(link.text(), "All".to_owned(), product.is_none() && rule.is_none())];
    let of_product = |of: &crate::view::account::ProductView| {
        (link.with("product", of.product.clone()).text(), of.name.clone(), product.as_deref() == Some(&*of.product))
    };
    let page_of = Page {
        frame: shown.frame("Why"),
        head: shown.head("why"),
        w: words,
        why: &why,
        is_one: rule.is_some(),
        products: all.into_iter().chain(shown.view.products.iter().map(of_product)).collect(),
    };
    page(&page_of, &call.headers, 1)
}

impl Page<'_> {
    fn said(&self, condition: &ConditionReason) -> Vec<(Said, String)> {
        let said = |comparison: &crate::view::explain::ComparisonReason| {
            let told = (&comparison.value, comparison.operator.as_deref(), &comparison.threshold);
            (self.w.compared(&comparison.metric, told, comparison.holds.holds), self.turns(&comparison.holds))
        };
        condition.comparisons.iter().map(said).collect()
    }

    fn foreseen(&self, change: &Change) -> (String, &'static str) {
        let happened = Happened {
            kind: &change.event_type,
            product: change.product.as_deref(),
            user: change.user.as_deref(),
            rule: change.of.as_deref(),
            from: change.from.as_deref(),
            to: change.to.as_deref(),
        };
        (happened.text(self.w), happened.tone(self.w))
    }

    /// When a step of the ladder is reached or lost.
    fn moves(&self, rung: &Rung) -> String {
        match (rung.falls, rung.reached) {
            (Some(day), _) => format!("lost on {} if nothing happens", words::date(&day)),
            (_, Some(day)) => format!("reached on {} if nothing happens", words::date(&day)),
            (None, None) => String::new(),
        }
    }

    fn state(&self, rule: &RuleReason) -> &'static str {
        match rule.state {
            RuleState::Open => "Open",
            RuleState::HeldOut => "Held out, to compare with",
            RuleState::CoolingDown => "Cleared a short time ago, so it does not open yet",
            RuleState::Waiting => "About to open: it has not been so for long enough",
            RuleState::HeldBack => "Held back by a guardrail",
            RuleState::WorkedOff => "Closed, as its tasks were worked",
            RuleState::NotOpen => "Not open",
            RuleState::NotJudged => "Not looked at",
        }
    }

    /// What is to come of an alert or play, by day.
    fn days(&self, rule: &RuleReason) -> Vec<String> {
        let told = |what: &str, day: Option<crate::view::Date>| day.map(|day| format!("{what} {}", words::date(&day)));
        let closes = rule.closes_on.filter(|_| rule.incident.is_some());
        [told("opens on", rule.opens_on), told("closes on", closes), told("cools down until", rule.cooldown_until)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// When what is so ends, or what is not so begins.
    fn turns(&self, holds: &Holds) -> String {
        match (holds.lapses_on, holds.holds_from) {
            (Some(day), _) => format!("until {}", words::date(&day)),
            (_, Some(day)) => format!("from {} on", words::date(&day)),
            (None, None) => String::new(),
        }
    }
}
