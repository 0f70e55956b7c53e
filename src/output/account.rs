//! An account as it stands after something was published about it.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{CauseData, FirstTwo, StageName, cause_data, json, stage_name};
use super::incident::Told;
use super::{OutputType, schema_of};
use crate::engine::{Account, Cause, Day, Engine, NEVER, Stage, date_text};
use crate::playbook::ProductIndex;
use crate::topics::Topic;

pub const UPDATED: OutputType = OutputType {
    name: "adoption.account.updated",
    topic: Topic::Accounts,
    dataschema: schema!("account-updated.v1.json"),
    schema: schema_of::<AccountUpdated<'static>>,
};

/// An account as it stands after something was published about it. The topic is compacted: of states that follow each other within
/// seconds only the last may be written.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccountUpdated<'a> {
    pub account: &'a str,
    /// The day lived up to, in the account's zone.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub day: String,
    /// The day of the account's first event.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub began: String,
    /// A name from the playbook's `account_stages`.
    pub stage: &'a str,
    pub products_adopted: u32,
    /// The product adopted first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_product: Option<&'a str>,
    /// The product adopted second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_product: Option<&'a str>,
    /// Days from the first adoption to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_to_second_product: Option<i32>,
    /// In playbook order; products at `none` that never were adopted are left out.
    pub products: Vec<ProductState<'a>>,
    /// Open alerts and plays, in the order of outputs.
    pub incidents: Vec<OpenIncidentState<'a>>,
    /// Of the last output before it.
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProductState<'a> {
    pub product: &'a str,
    pub stage: StageName,
    /// The day the stage last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Whether a term of the product is in force.
    pub entitled: bool,
    /// The day the product was first adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OpenIncidentState<'a> {
    pub incident: String,
    pub rule: &'a str,
    pub severity: &'a str,
    /// Of a rule with product scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// The `time` of the opening.
    pub opened: String,
    /// Plays: the day by which it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// The data of an account's state as JSON text.
pub fn updated(account: &Account, engine: &Engine, cause: &Cause) -> String {
    let playbook = engine.playbook();
    let id = |index: ProductIndex| &*playbook.products[usize::from(index.0)].id;
    let day = |day: Day| (day != NEVER).then(|| date_text(day));
    let FirstTwo { primary, second, days_to_second } = FirstTwo::of(&account.adoption_order(), playbook);
    let mut products: Vec<_> = account.products.iter().filter_map(|product| Some((product.index?, product))).collect();
    products.retain(|(_, product)| product.stage != Stage::None || product.adopted_day != NEVER);
    products.sort_by_key(|(index, _)| *index);
    let products = products.into_iter().map(|(index, product)| ProductState {
        product: id(index),
        stage: stage_name(product.stage),
        since: day(product.stage_changed),
        entitled: product.facts.entitlements.is_entitled(),
        adopted: day(product.adopted_day),
    });
    let open = account.incidents.iter().filter_map(|(key, state)| Some((*key, state.open.as_ref()?)));
    let incidents = open.map(|(key, open)| {
        let rule = engine.rule_of(key);
        let Told { id: incident, opened, due } = Told::of(&rule.head, open);
        OpenIncidentState {
            incident,
            rule: &rule.head.id,
            severity: &rule.head.severity,
            product: key.subject.product().map(id),
            opened,
            due,
        }
    });
    let state = AccountUpdated {
        account: &account.id,
        day: date_text(account.day),
        began: date_text(account.began),
        stage: &playbook.account_stages[usize::from(account.stage)].name,
        products_adopted: account.products_adopted(),
        primary_product: primary,
        second_product: second,
        days_to_second_product: days_to_second,
        products: products.collect(),
        incidents: incidents.collect(),
        cause: cause_data(cause, playbook),
        playbook: &playbook.digest,
    };
    json(&state)
}
