//! The playbook in force.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NoParameters;
use crate::api::answer::Answer;
use crate::api::problem::{Kind, Problem, Result, nearest};
use crate::api::route::{Call, Route};
use crate::playbook::{Playbook, Rule};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/playbook", "getPlaybook", playbook)
            .says("The playbook", "What it names, its rules, and the whole of it in the canonical form from which its digest is made."),
        Route::get("/v1/playbook/rules/{rule}", "getRule", rule)
            .errors(&[Kind::NotFound])
            .says("A rule of the playbook", "An alert or a play, as it is understood: with every default written out."),
    ]
}

/// The playbook in force. Names stand in the playbook's order.
#[derive(Debug, Serialize, JsonSchema)]
struct PlaybookView {
    /// `sha256:…` of the canonical form: comments, spacing and spelled-out defaults do not change it.
    digest: String,
    time_zone: String,
    account_stages: Vec<String>,
    products: Vec<Named>,
    measures: Vec<String>,
    segments: Vec<String>,
    milestones: Vec<String>,
    campaigns: Vec<String>,
    worklists: Vec<String>,
    targets: Vec<String>,
    rules: Vec<RuleRow>,
    /// The canonical form, a line each.
    definition: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Named {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuleRow {
    rule: String,
    /// `alert` or `play`.
    kind: String,
    /// Of whom it is judged: `account`, `product` or `user`.
    scope: String,
    severity: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuleView {
    #[serde(flatten)]
    row: RuleRow,
    /// When it is judged: `live`, at every event, or `daily`.
    judged: String,
    /// Of whose products it is judged; absent: of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<Vec<String>>,
    /// When an incident opens.
    open: String,
    /// When it clears.
    clear: String,
    /// The rule in the canonical form, a line each.
    definition: Vec<String>,
    /// Of the playbook.
    digest: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfRule {
    /// The rule's name in the playbook.
    #[schemars(length(min = 1, max = 256))]
    rule: String,
}

fn row(rule: &Rule) -> RuleRow {
    RuleRow {
        rule: rule.head.id.clone(),
        kind: rule.head.kind.name().to_owned(),
        scope: rule.scope.name().to_owned(),
        severity: rule.head.severity.clone(),
    }
}

async fn playbook(call: Call<NoParameters>) -> Result<Answer<PlaybookView>> {
    let playbook = &call.api.playbook;
    fn ids<T>(of: &[T], id: impl Fn(&T) -> &str) -> Vec<String> {
        of.iter().map(|item| id(item).to_owned()).collect()
    }
    Ok(Answer::new(PlaybookView {
        digest: playbook.digest.clone(),
        time_zone: playbook.time_zone_name.clone(),
        account_stages: ids(&playbook.account_stages, |stage| &stage.name),
        products: playbook.products.iter().map(|product| Named { id: product.id.clone(), name: product.name.clone() }).collect(),
        measures: ids(&playbook.measures, |measure| &measure.id),
        segments: ids(&playbook.segments, |segment| &segment.id),
        milestones: ids(&playbook.milestones, |milestone| &milestone.id),
        campaigns: ids(&playbook.campaigns, |campaign| &campaign.id),
        worklists: ids(&playbook.worklists, |worklist| &worklist.id),
        targets: ids(&playbook.targets, |target| &target.id),
        rules: playbook.rules.iter().map(row).collect(),
        definition: playbook.definition(),
    }))
}

async fn rule(call: Call<OfRule>) -> Result<Answer<RuleView>> {
    let playbook: &Playbook = &call.api.playbook;
    let wanted = call.parameters.rule;
    let Some(rule) = playbook.rules.iter().find(|rule| rule.head.id == wanted) else {
        let near = nearest(&wanted, playbook.rules.iter().map(|rule| rule.head.id.as_str()));
        return Err(Problem::not_found("the playbook has no rule of this name").at("rule").near(near));
    };
    let products = |products: &Vec<crate::playbook::ProductIndex>| {
        products.iter().map(|product| playbook.products[usize::from(product.0)].id.clone()).collect()
    };
    let (open, clear) = rule.conditions(playbook);
    Ok(Answer::new(RuleView {
        row: row(rule),
        judged: if rule.is_daily { "daily" } else { "live" }.to_owned(),
        products: rule.products.as_ref().map(products),
        open,
        clear,
        definition: rule.definition(playbook),
        digest: playbook.digest.clone(),
    }))
}
