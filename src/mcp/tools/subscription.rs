//! `stripe_get_subscription`: what an account has bought.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging, select};
use crate::mcp::refusal::{Refusal, Result};
use crate::mcp::source::{Source, Told};
use crate::view::Date;
use crate::view::account::{AccountView, ProductView, TermView};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "stripe_get_subscription",
        title: "What an account has bought",
        description: "The terms of an account that are in force, by product: seats, plan, revenue a year, features that may be used, and add-ons. \
                      What was not told is absent.",
    };
    Tool::reading::<Wanted, Subscription>(NAMED, answer).also("stripe.get_subscription")
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Section {
    Products,
    Addons,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// The customer's id in Stripe (`ids.stripe` of an account), or the account's own id.
    #[schemars(length(min = 1, max = 256))]
    customer_id: String,
    /// Products with their terms, the default.
    include_products: Option<bool>,
    /// Add-ons, the default.
    include_addons: Option<bool>,
    /// Only these lists.
    #[schemars(length(max = 2))]
    sections: Option<Vec<Section>>,
    /// Begin behind so many items of the one section.
    #[schemars(range(max = 1_000_000))]
    skip: Option<u32>,
}

const SECTIONS: [&str; 2] = ["products", "addons"];

#[derive(Serialize, JsonSchema)]
struct Subscription {
    /// As it was asked for.
    customer: String,
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    day: Date,
    /// Annual recurring revenue of the contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    arr: Option<Number>,
    /// Monthly recurring revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    mrr: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<Vec<Subscribed>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    addons: Option<Vec<Addon>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SubscribedProduct")]
struct Subscribed {
    product: String,
    name: String,
    /// Whether a term of it is in force.
    entitled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u64>,
    active_users: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_utilization: Option<Number>,
    /// Those in force, the first to begin first.
    terms: Vec<Term>,
}

/// A term, its add-ons apart.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SubscribedTerm")]
struct Term {
    #[serde(skip_serializing_if = "Option::is_none")]
    term: Option<String>,
    starts: Date,
    /// Its last day; absent where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<Date>,
    trialing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arr: Option<Number>,
    /// That may be used; absent where they were not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<String>>,
}

#[derive(Serialize, JsonSchema)]
struct Addon {
    addon: String,
    product: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    term: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<Date>,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { customer_id, include_products, include_addons, sections, skip } = asked.arguments;
        let Told { data: view, as_of } = customer(asked.source, &customer_id).await?;
        let include = (include_products.unwrap_or(true), include_addons.unwrap_or(true));
        let mut data = json(&subscription(view, customer_id, include));
        let wanted: Vec<&str> = sections.iter().flatten().map(|section| SECTIONS[*section as usize]).collect();
        let skip = skip.unwrap_or(0);
        select(&mut data, &SECTIONS, &wanted, skip)?;
        Ok(Draft { data, as_of, paging: Paging::Lists { asked: asked.given, skip, by_section: true } })
    })
}

/// The name of the system among an account's `ids`.
const STRIPE: &str = "stripe";

async fn customer(source: &dyn Source, id: &str) -> Result<Told<AccountView>> {
    let Told { data: accounts, as_of } = source.accounts_of_id(STRIPE, id).await?;
    let account = match accounts.as_slice() {
        [] => id,
        [account] => account,
        several => {
            let detail = format!("customerId: {} accounts have this id in Stripe; expected one account's own id", several.len());
            return Err(Refusal::bad_request("customerId", detail).near(several.first()));
        }
    };
    let told = source.account(account).await.map_err(|refusal| Refusal { position: Some("customerId".to_owned()), ..refusal })?;
    Ok(Told { as_of: told.as_of.and(as_of), ..told })
}

fn subscription(view: AccountView, customer: String, (products, addons): (bool, bool)) -> Subscription {
    let AccountView { account, name, day, profile, products: of, .. } = view;
    Subscription {
        customer,
        account,
        name,
        day,
        arr: profile.arr,
        mrr: profile.mrr,
        addons: addons.then(|| of.iter().flat_map(addons_of).collect()),
        products: products.then(|| of.into_iter().map(subscribed).collect()),
    }
}

fn addons_of(product: &ProductView) -> Vec<Addon> {
    let of_term = |term: &TermView| {
        let (of, ends, addons) = (term.term.clone(), term.ends, term.addons.clone().unwrap_or_default());
        let addon = |addon| Addon { addon, product: product.product.clone(), term: of.clone(), ends };
        addons.into_iter().map(addon).collect::<Vec<_>>()
    };
    product.terms.iter().flat_map(of_term).collect()
}

fn subscribed(product: ProductView) -> Subscribed {
    let ProductView { product, name, entitled, seats, active_users, license_utilization, terms, .. } = product;
    let term = |term: TermView| {
        let TermView { term, starts, ends, trialing, seats, plan, arr, features, .. } = term;
        Term { term, starts, ends, trialing, seats, plan, arr, features }
    };
    Subscribed { product, name, entitled, seats, active_users, license_utilization, terms: terms.into_iter().map(term).collect() }
}
