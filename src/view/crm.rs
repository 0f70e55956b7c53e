//! What a CRM keeps of an account.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::engine::{AccountIndex, Engine};
use crate::output::{FirstTwo, percentage};

/// The system's name among an account's `ids`.
const SALESFORCE: &str = "salesforce";

/// An account's figures as a CRM has fields for them; each is what `adoption.account.updated` says under that name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrmFields {
    pub account: String,
    /// The account's id in Salesforce, where it was told, else its own.
    pub external_id: String,
    pub products_adopted_count: u32,
    pub products_available: u32,
    pub adoption_breadth_percentage: Option<Number>,
    pub primary_product: Option<String>,
    pub second_product: Option<String>,
    pub time_to_second_product_days: Option<i32>,
    pub adoption_stage: String,
}

impl CrmFields {
    pub fn of(engine: &Engine, index: AccountIndex) -> Self {
        let (account, playbook) = (&engine.accounts()[index as usize], engine.playbook());
        let FirstTwo { primary, second, days_to_second } = FirstTwo::of(&account.adoption_order(), playbook);
        let told = account.profile.as_ref().and_then(|profile| profile.ids.as_ref()?.get(SALESFORCE));
        let (adopted, available) = (account.products_adopted(), account.products_entitled() as u32);
        Self {
            account: account.id.as_str().to_owned(),
            external_id: told.map_or_else(|| account.id.as_str().to_owned(), Clone::clone),
            products_adopted_count: adopted,
            products_available: available,
            adoption_breadth_percentage: percentage(adopted, available),
            primary_product: primary.map(str::to_owned),
            second_product: second.map(str::to_owned),
            time_to_second_product_days: days_to_second,
            adoption_stage: playbook.account_stages[usize::from(account.stage)].name.clone(),
        }
    }
}
