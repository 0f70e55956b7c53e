//! `analytics_feature_adoption`: how far an account's products, modules and features have come.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging, select};
use crate::mcp::refusal::{Refusal, Result};
use crate::mcp::source::Told;
use crate::output::StageName;
use crate::playbook::{Playbook, nearest};
use crate::view::Date;
use crate::view::account::{AccountView, FeatureView, ModuleView, ProductView};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "analytics_feature_adoption",
        title: "Adoption by product, module and feature",
        description: "How far an account has come with each of its products: stage, score, users, seats, features and modules. What is used least comes \
                      first. Shares are 0 to 1, scores 0 to 100, windows end with the account's day.",
    };
    Tool::reading::<Wanted, Adoption>(NAMED, answer).also("analytics.feature_adoption")
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account_id: String,
    /// Features within their products, the default; false: all features in one list.
    group_by_product: Option<bool>,
    /// Modules of each product as well, the default.
    include_modules: Option<bool>,
    /// Only this product.
    #[schemars(length(min = 1, max = 256))]
    product: Option<String>,
    /// Begin behind so many products, or features.
    #[schemars(range(max = 1_000_000))]
    skip: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FeatureAdoption")]
struct Adoption {
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// D: the day that the account has lived up to.
    day: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<Vec<Product>>,
    /// Where they are not grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    features: Option<Vec<Feature>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ProductAdoption")]
struct Product {
    product: String,
    name: String,
    stage: StageName,
    entitled: bool,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    band: Option<String>,
    active_users: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u64>,
    /// `active_users` ÷ `seats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    license_utilization: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_use: Option<Date>,
    features: Vec<FeatureView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modules: Option<Vec<Module>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FeatureOfProduct")]
struct Feature {
    product: String,
    #[serde(flatten)]
    feature: FeatureView,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ModuleUse")]
struct Module {
    module: String,
    /// Of the catalogue.
    features: u32,
    /// Of them, those used in the window.
    features_used: u32,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { account_id, group_by_product, include_modules, product, skip } = asked.arguments;
        check_product(asked.source.playbook(), product.as_deref())?;
        let Told { data: view, as_of } = asked.source.account(&account_id).await?;
        let grouped = group_by_product.unwrap_or(true);
        let mut data = json(&adoption(view, product.as_deref(), grouped, include_modules.unwrap_or(true)));
        let skip = skip.unwrap_or(0);
        select(&mut data, &["products", "features"], &[], skip)?;
        Ok(Draft { data, as_of, paging: Paging::Lists { asked: asked.given, skip, by_section: false } })
    })
}

/// # Errors
///
/// The playbook has no such product.
pub fn check_product(playbook: &Playbook, product: Option<&str>) -> Result<()> {
    let Some(id) = product.filter(|id| playbook.product(id).is_none()) else { return Ok(()) };
    let near = nearest(id, playbook.products.iter().map(|product| &*product.id));
    Err(Refusal::bad_request("product", format!("product: the playbook has no product {id:?}")).near(near))
}

fn adoption(view: AccountView, product: Option<&str>, grouped: bool, with_modules: bool) -> Adoption {
    let AccountView { account, name, day, mut products, .. } = view;
    products.retain(|known| product.is_none_or(|wanted| known.product == wanted));
    worst_first(&mut products);
    for product in &mut products {
        product.features.sort_by_key(|feature| (!feature.in_catalogue, feature.users, feature.events));
    }
    let (mut grouped_products, mut features) = (None, None);
    if grouped {
        grouped_products = Some(products.into_iter().map(|product| of_product(product, with_modules)).collect());
    } else {
        let of = |product: ProductView| {
            let id = product.product;
            product.features.into_iter().map(move |feature| Feature { product: id.clone(), feature })
        };
        features = Some(products.into_iter().flat_map(of).collect());
    }
    Adoption { account, name, day, products: grouped_products, features }
}

/// The lowest stage first, then the lowest score.
pub fn worst_first(products: &mut [ProductView]) {
    let score = |product: &ProductView| product.score.as_ref().and_then(|score| score.value.as_ref()?.as_f64()).unwrap_or(f64::MAX);
    products.sort_by(|a, b| a.stage.cmp(&b.stage).then_with(|| score(a).total_cmp(&score(b))));
}

fn of_product(product: ProductView, with_modules: bool) -> Product {
    let ProductView {
        product, name, stage, entitled, score, active_users, seats, license_utilization, last_use, features, modules, ..
    } = product;
    let (score, band) = score.map_or((None, None), |score| (score.value, score.band));
    let module = |ModuleView { module, features, features_used, .. }| Module { module, features, features_used };
    let modules = with_modules.then(|| {
        let mut modules: Vec<Module> = modules.into_iter().map(module).collect();
        modules.sort_by_key(|module| module.features_used);
        modules
    });
    Product { product, name, stage, entitled, score, band, active_users, seats, license_utilization, last_use, features, modules }
}
