//! `crm_get_account`: who an account is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging};
use crate::mcp::source::Told;
use crate::view::Date;
use crate::view::account::{AccountStageView, AccountView, DepartmentView, JourneyView, ProfileView};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "crm_get_account",
        title: "Who an account is",
        description: "What was told of an account: who looks after it, industry, size, departments, its use cases with the products that solve them, \
                      and its contract. What was not told is absent.",
    };
    Tool::reading::<Wanted, Account>(NAMED, answer).also("crm.get_account")
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account_id: String,
    /// Use cases and what solves them, the default.
    include_use_case: Option<bool>,
    /// The contract, the default.
    include_contract: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CrmAccount")]
struct Account {
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    day: Date,
    profile: Profile,
    stage: AccountStageView,
    /// Users who are present.
    users: u64,
    /// Those that are known, with how many of their users are active; the fewest first.
    departments: Vec<DepartmentView>,
    /// Ids of the segments that it is in.
    segments: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_cases: Option<Vec<String>>,
    /// Which product solves which of their problems, and how far that has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    journey: Option<Vec<JourneyView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<Contract>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CrmProfile")]
struct Profile {
    /// Whose account it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_executive: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success_role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    industry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    employees: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// Its ids in other systems, by the system's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ids: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    onboarding_completed: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_touchpoint: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<Date>,
    churned: bool,
}

#[derive(Serialize, JsonSchema)]
struct Contract {
    #[serde(skip_serializing_if = "Option::is_none")]
    starts: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal: Option<Date>,
    /// Annual recurring revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    arr: Option<Number>,
    /// Monthly recurring revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    mrr: Option<Number>,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { account_id, include_use_case, include_contract } = asked.arguments;
        let Told { data: view, as_of } = asked.source.account(&account_id).await?;
        let account = account(view, include_use_case.unwrap_or(true), include_contract.unwrap_or(true));
        Ok(Draft { data: json(&account), as_of, paging: Paging::Whole })
    })
}

fn account(view: AccountView, with_use_case: bool, with_contract: bool) -> Account {
    let AccountView { account, name, day, profile, stage, users, segments, journey, .. } = view;
    let ProfileView { use_cases, contract_starts, renewal, arr, mrr, .. } = profile;
    let mut departments = users.departments;
    departments.sort_by_key(|department| department.active_users);
    Account {
        account,
        name,
        day,
        profile: Profile {
            owner: profile.owner,
            account_executive: profile.account_executive,
            success_role: profile.success_role,
            industry: profile.industry,
            region: profile.region,
            employees: profile.employees,
            time_zone: profile.time_zone,
            parent: profile.parent,
            ids: profile.ids,
            onboarding_completed: profile.onboarding_completed,
            last_touchpoint: profile.last_touchpoint,
            closed: profile.closed,
            churned: profile.churned,
        },
        stage,
        users: users.present,
        departments,
        segments: segments.into_iter().map(|segment| segment.segment).collect(),
        use_cases: use_cases.filter(|_| with_use_case),
        journey: with_use_case.then_some(journey),
        contract: with_contract.then_some(Contract { starts: contract_starts, renewal, arr, mrr }),
    }
}
