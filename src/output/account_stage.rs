//! An account moved to another stage.

use schemars::JsonSchema;
use serde::Serialize;

use super::data::{CauseData, Evidence, FirstTwo, cause_data, evidence_data, json};
use super::{OutputType, schema_of};
use crate::engine::{Day, Effect};
use crate::playbook::{Playbook, ProductIndex};
use crate::topics::Topic;

pub const CHANGED: OutputType = OutputType {
    name: "adoption.account_stage.changed",
    topic: Topic::StageChanges,
    dataschema: schema!("account-stage-changed.v1.json"),
    schema: schema_of::<AccountStageChanged<'static>>,
};

/// An account moved to another stage: the number of products it has adopted crossed a bound.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccountStageChanged<'a> {
    pub account: &'a str,
    /// A name from the playbook's `account_stages`.
    pub from: &'a str,
    /// A name from the playbook's `account_stages`.
    pub to: &'a str,
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
    /// Of the stage reached, as the playbook has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn_risk: Option<&'a str>,
    /// Of the stage reached, as the playbook has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<&'a str>,
    /// Of the stage reached, as the playbook has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'a str>,
    /// `products_adopted` with the bound of the stage reached; downwards the lowest bound no longer held.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text. Stages are indexes among the playbook's; the products are in the order in which they were adopted.
pub fn changed(effect: &Effect, playbook: &Playbook, (from, to): (u8, u8), products_adopted: u32, order: &[(Day, ProductIndex)]) -> String {
    let stage = |index: u8| &playbook.account_stages[usize::from(index)];
    let FirstTwo { primary, second, days_to_second } = FirstTwo::of(order, playbook);
    let reached = stage(to);
    json(&AccountStageChanged {
        account: &effect.account,
        from: &stage(from).name,
        to: &reached.name,
        products_adopted,
        primary_product: primary,
        second_product: second,
        days_to_second_product: days_to_second,
        churn_risk: reached.churn_risk.as_deref(),
        priority: reached.priority.as_deref(),
        action: reached.action.as_deref(),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
