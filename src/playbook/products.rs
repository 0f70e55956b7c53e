//! Products and their features: what they are called, what they cost and bring, and by which conditions an account climbs their stages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aliases::{Alias, names_of};
use super::canonical::{About, aliased, canonical_condition, literal};
use super::check::{CatalogueFeature, CatalogueProduct, ConditionOf};
use super::condition::{Condition, Decimal, Tier};
use super::declared::Place;
use super::depends::Site;
use super::load::{Loader, PRODUCTS_MAX, Shared};
use super::problem::quoted;
use super::reader::{Entry, NAME_BYTES_MAX, SETTLE_DAYS_MAX, TEXT_BYTES_MAX};
use super::resolve::OWNERS;
use super::vocabulary::{COMPLETE, TIERS};
use super::yaml::{Data, Node};
use super::{HELD_DAYS, Playbook, ProductIndex};

/// Most features of a product.
const FEATURES_MAX: usize = 10_000;

const PRODUCT_KEYS: [&str; 11] =
    ["name", "aliases", "price", "problem", "fit", "features", "settle_days", "regular_use", "adopted", "proficient", "integrated"];
const FEATURE_KEYS: [&str; 9] = ["aliases", "name", "module", "tier", "value", "impact", "effort", "recommendation", "effective"];

/// As a playbook writes [`Level`].
pub(super) const LEVELS: [(&str, Level); 3] = [("high", Level::High), ("medium", Level::Medium), ("low", Level::Low)];

#[derive(Debug)]
pub struct Product {
    pub id: String,
    pub name: String,
    /// Other names under which records tell of it, sorted. None of them is itself a product.
    pub aliases: Vec<String>,
    pub price: Option<Price>,
    /// What it solves.
    pub problem: Option<String>,
    /// File order.
    pub features: Vec<Feature>,
    /// Days left to a feed that delivers late: the last complete day is D − 1 − `settle_days`.
    pub settle_days: u16,
    /// The condition of each stage above `entitled`: the product's own where it has one, the playbook's or the built-in default
    /// otherwise; `adopted` is already joined with `regular_use`, the product's own or the shared one.
    pub activated: Condition,
    pub adopted: Condition,
    pub proficient: Condition,
    pub integrated: Condition,
    /// What `criteria_progress` is measured by: the product's own `adopted`, without one its `regular_use`.
    pub criteria: Condition,
    /// Over the account: whom it is for.
    pub fit: Option<Condition>,
}

/// Of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    pub amount: Decimal,
    /// For each seat; otherwise for the product as a whole.
    pub per_seat: bool,
    /// Three letters, as in ISO 4217.
    pub currency: String,
}

#[derive(Debug)]
pub struct Feature {
    pub id: String,
    /// The id, where it has no other.
    pub name: String,
    /// Other names under which records tell of it, sorted. None of them is itself a feature of the product.
    pub aliases: Vec<String>,
    pub module: Option<String>,
    pub tiers: Vec<Tier>,
    pub value: FeatureValue,
    pub impact: Option<Level>,
    pub effort: Option<Level>,
    /// What to do where it is not used.
    pub recommendation: Option<String>,
    pub effective: Effective,
}

/// What one use of a feature brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureValue {
    /// Of money.
    pub amount: Decimal,
    pub hours: Decimal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Low,
    Medium,
    High,
}

/// A feature is used effectively on at least `days` of the `of` days that end with a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effective {
    pub days: u16,
    pub of: u16,
}

impl Product {
    /// The feature of which a name is an alias.
    pub fn feature_behind(&self, alias: &str) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.aliases.iter().any(|known| known == alias))
    }
}

impl FeatureValue {
    pub const NONE: Self = Self { amount: Decimal::ZERO, hours: Decimal::ZERO };
}

impl Level {
    /// As written in a playbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Effective {
    fn by_default(window_days: u16) -> Self {
        Self { days: 2, of: window_days }
    }
}

/// A product whose conditions have not been read yet.
pub(super) struct Draft<'n> {
    id: String,
    name: String,
    aliases: Vec<Alias>,
    price: Option<Price>,
    problem: Option<String>,
    features: Vec<Feature>,
    settle_days: u16,
    fit: Option<&'n Node>,
    regular_use: Option<&'n Node>,
    adopted: Option<&'n Node>,
    proficient: Option<&'n Node>,
    integrated: Option<&'n Node>,
}

impl Draft<'_> {
    pub fn catalogued(&self) -> CatalogueProduct {
        let aliases = self.aliases.iter().map(|alias| alias.name.clone()).collect();
        let feature = |feature: &Feature| CatalogueFeature { id: feature.id.clone(), aliases: feature.aliases.clone() };
        let features = self.features.iter().map(feature).collect();
        CatalogueProduct { id: self.id.clone(), aliases, features, settle_days: self.settle_days }
    }
}

impl<'n> Loader<'n> {
    pub(super) fn products(&mut self, node: &'n Node) -> Vec<Draft<'n>> {
        let problems_before = self.reader.problems.len();
        let Some(entries) = self.reader.mapping(node, "`products`") else {
            return Vec::new();
        };
        if entries.is_empty() && self.reader.problems.len() == problems_before {
            self.reader.refuse::<()>(node.position, "`products` is empty: expected at least one product");
        }
        let entries = self.reader.at_most(entries, PRODUCTS_MAX, "products");
        let names: Vec<_> = entries.iter().map(|entry| (entry.key, entry.key_position)).collect();
        let drafts: Vec<Draft<'n>> = entries.into_iter().map(|entry| self.draft(entry)).collect();
        let of = |draft: &Draft<'_>| format!("product {}", quoted(&draft.id));
        self.refuse_ambiguous("product", names, drafts.iter().flat_map(|draft| draft.aliases.iter().map(move |alias| (of(draft), alias))));
        drafts
    }

    fn draft(&mut self, entry: Entry<'n>) -> Draft<'n> {
        let what = format!("product {}", quoted(entry.key));
        self.subject_id(entry, "a product's id");
        if OWNERS.iter().any(|(owner, _)| *owner == entry.key) {
            let message = format!("a product's id must not be {}, which has a meaning of its own in conditions", quoted(entry.key));
            self.reader.refuse::<()>(entry.key_position, message);
        }
        if entry.key.rsplit('.').next() == Some(COMPLETE) {
            let message = format!("a product's id must not end with `{COMPLETE}`, which stands before metrics of complete days");
            self.reader.refuse::<()>(entry.key_position, message);
        }
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &PRODUCT_KEYS);
        let get = |key: &str| fields.as_ref().and_then(|fields| fields.get(key));
        let name = get("name").and_then(|node| self.reader.text(node, &format!("`name` of {what}"), NAME_BYTES_MAX));
        let aliases = get("aliases").map(|node| self.aliases(node, &what)).unwrap_or_default();
        let price = get("price").and_then(|node| self.price(node, &what));
        let problem = get("problem").and_then(|node| self.reader.text(node, &format!("`problem` of {what}"), TEXT_BYTES_MAX));
        let features = get("features").map(|node| self.features(node, &what)).unwrap_or_default();
        let settle_days =
            get("settle_days").and_then(|node| self.reader.whole_number(node, &format!("`settle_days` of {what}"), 0..=SETTLE_DAYS_MAX));
        Draft {
            id: entry.key.to_owned(),
            name: name.unwrap_or_else(|| entry.key.to_owned()),
            aliases,
            price,
            problem,
            features,
            settle_days: settle_days.map_or(self.settings.settle_days, |days| days as u16),
            fit: get("fit"),
            regular_use: get("regular_use"),
            adopted: get("adopted"),
            proficient: get("proficient"),
            integrated: get("integrated"),
        }
    }

    fn price(&mut self, node: &'n Node, product: &str) -> Option<Price> {
        let what = format!("`price` of {product}");
        let fields = self.reader.fields(node, &what, node.position, &["per_seat", "flat", "currency"])?;
        let currency = self.reader.required(&fields, "currency").and_then(|node| self.currency(node, &what));
        let [per_seat, flat] = ["per_seat", "flat"].map(|key| fields.get(key).map(|node| (key, node)));
        let (key, amount) = match (per_seat, flat) {
            (Some(only), None) | (None, Some(only)) => only,
            _ => return self.reader.refuse(node.position, format!("{what} is either `per_seat` or `flat`: expected one of them")),
        };
        let amount = self.reader.amount(amount, &format!("`{key}` of {what}"))?;
        Some(Price { amount, per_seat: key == "per_seat", currency: currency? })
    }

    fn currency(&mut self, node: &'n Node, price: &str) -> Option<String> {
        let code = self.reader.text(node, &format!("`currency` of {price}"), NAME_BYTES_MAX)?;
        if code.len() != 3 || !code.bytes().all(|letter| letter.is_ascii_uppercase()) {
            let message = format!("`currency` of {price} must be a code of three letters such as `USD`, found {}", quoted(&code));
            return self.reader.refuse(node.position, message);
        }
        Some(code)
    }

    fn features(&mut self, node: &'n Node, product: &str) -> Vec<Feature> {
        let Some(entries) = self.reader.mapping(node, &format!("`features` of {product}")) else {
            return Vec::new();
        };
        let entries = self.reader.at_most(entries, FEATURES_MAX, &format!("features of {product}"));
        let names: Vec<_> = entries.iter().map(|entry| (entry.key, entry.key_position)).collect();
        let read: Vec<_> = entries.into_iter().map(|entry| self.feature(entry)).collect();
        let of = |feature: &Feature| format!("feature {} of {product}", quoted(&feature.id));
        let aliases = read.iter().flat_map(|(feature, aliases)| aliases.iter().map(move |alias| (of(feature), alias)));
        self.refuse_ambiguous(&format!("feature of {product}"), names, aliases);
        read.into_iter().map(|(feature, aliases)| Feature { aliases: names_of(aliases), ..feature }).collect()
    }

    /// The aliases are told beside the feature, with where they stand.
    fn feature(&mut self, entry: Entry<'n>) -> (Feature, Vec<Alias>) {
        let what = format!("feature {}", quoted(entry.key));
        self.name_bytes(entry, "a feature's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &FEATURE_KEYS);
        let get = |key: &str| fields.as_ref().and_then(|fields| fields.get(key));
        let mut text = |key: &str, bytes_max| get(key).and_then(|node| self.reader.text(node, &format!("`{key}` of {what}"), bytes_max));
        let [name, module] = ["name", "module"].map(|key| text(key, NAME_BYTES_MAX));
        let recommendation = text("recommendation", TEXT_BYTES_MAX);
        let [impact, effort] = ["impact", "effort"].map(|key| get(key).and_then(|node| self.reader.choice(node, key, &LEVELS)));
        let feature = Feature {
            id: entry.key.to_owned(),
            name: name.unwrap_or_else(|| entry.key.to_owned()),
            aliases: Vec::new(),
            module,
            tiers: get("tier").map(|node| self.tiers(node)).unwrap_or_default(),
            value: get("value").and_then(|node| self.feature_value(node, &what)).unwrap_or(FeatureValue::NONE),
            impact,
            effort,
            recommendation,
            effective: self.effective(get("effective"), &what),
        };
        (feature, get("aliases").map(|node| self.aliases(node, &what)).unwrap_or_default())
    }

    fn feature_value(&mut self, node: &'n Node, feature: &str) -> Option<FeatureValue> {
        let what = format!("`value` of {feature}");
        let fields = self.reader.fields(node, &what, node.position, &["amount", "hours"])?;
        let [amount, hours] = ["amount", "hours"].map(|key| {
            let amount = fields.get(key).and_then(|node| self.reader.amount(node, &format!("`{key}` of {what}")));
            amount.unwrap_or(Decimal::ZERO)
        });
        Some(FeatureValue { amount, hours })
    }

    fn effective(&mut self, node: Option<&'n Node>, feature: &str) -> Effective {
        let default = Effective::by_default(self.settings.window_days);
        let what = format!("`effective` of {feature}");
        let Some((node, fields)) = node.and_then(|node| Some((node, self.reader.fields(node, &what, node.position, &["days", "of"])?)))
        else {
            return default;
        };
        let mut days = |key: &str| {
            let days = fields.get(key).map(|node| self.reader.whole_number(node, &format!("`{key}` of {what}"), 1..=HELD_DAYS as u32));
            days.map(|days| days.map(|days| days as u16))
        };
        let [days, of] = [("days", default.days), ("of", default.of)].map(|(key, default)| days(key).unwrap_or(Some(default)));
        let Some((days, of)) = days.zip(of) else { return default };
        if days > of {
            let message = format!("{what} asks for more days than it looks at: expected `days` of at most `of`, found {days} of {of}");
            self.reader.refuse::<()>(node.position, message);
        }
        Effective { days, of }
    }

    /// A tier or a list of tiers; a set, so it is sorted.
    fn tiers(&mut self, node: &'n Node) -> Vec<Tier> {
        let nodes: &[Node] = match &node.data {
            Data::Sequence(items) => items,
            _ => std::slice::from_ref(node),
        };
        let mut tiers = Vec::new();
        for node in nodes {
            match self.reader.choice(node, "tier", &TIERS) {
                Some(tier) if tiers.contains(&tier) => {
                    self.reader.refuse::<()>(node.position, format!("the tier `{}` is given twice", tier.name()));
                }
                Some(tier) => tiers.push(tier),
                None => {}
            }
        }
        tiers.sort();
        tiers
    }

    pub(super) fn product(&mut self, draft: Draft<'n>, index: ProductIndex, shared: &Shared) -> Option<Product> {
        let mut own = |key: &'static str, node: Option<&'n Node>, shared: &Option<Condition>| match node {
            Some(node) => {
                self.read_at(Place::Before, Site::Stage(Some(index), key), None);
                self.condition(node, key, ConditionOf::Stage(index))
            }
            None => shared.clone(),
        };
        let proficient = own("proficient", draft.proficient, &shared.proficient);
        let integrated = own("integrated", draft.integrated, &shared.integrated);
        let regular_use = own("regular_use", draft.regular_use, &shared.regular_use);
        let criteria = match draft.adopted {
            Some(_) => own("adopted", draft.adopted, &None),
            None => regular_use.clone(),
        };
        let adopted = match draft.adopted {
            Some(_) => criteria.clone().zip(regular_use).map(|(own, regular)| Condition::all([own, regular])),
            None => regular_use,
        };
        let fit = draft.fit.map(|node| {
            self.read_at(Place::Before, Site::Fit(index), None);
            self.condition(node, "fit", ConditionOf::Account)
        });
        let fit = match fit {
            Some(fit) => Some(fit?),
            None => None,
        };
        Some(Product {
            id: draft.id,
            name: draft.name,
            aliases: names_of(draft.aliases),
            price: draft.price,
            problem: draft.problem,
            features: draft.features,
            settle_days: draft.settle_days,
            activated: shared.activated.clone()?,
            adopted: adopted?,
            proficient: proficient?,
            integrated: integrated?,
            criteria: criteria?,
            fit,
        })
    }
}

/// Adds a product's lines of the canonical form.
pub(super) fn product_lines(lines: &mut Vec<String>, product: &Product, index: ProductIndex, playbook: &Playbook) {
    lines.push(format!("product {} name {}{}", literal(&product.id), literal(&product.name), aliased(&product.aliases)));
    lines.extend(product.features.iter().map(|feature| feature_line(feature, playbook)));
    // That of the playbook, too, stands where it counts.
    if product.settle_days > 0 {
        lines.push(format!("  settle_days {}", product.settle_days));
    }
    let stages = [
        ("activated", &product.activated),
        ("adopted", &product.adopted),
        ("proficient", &product.proficient),
        ("integrated", &product.integrated),
    ];
    for (stage, condition) in stages {
        lines.push(format!("  {stage} {}", canonical_condition(condition, About::product(index), playbook)));
    }
    lines.extend(product.fit.as_ref().map(|fit| format!("  fit {}", canonical_condition(fit, About::ACCOUNT, playbook))));
    lines.extend(product.price.as_ref().map(|Price { amount, per_seat, currency }| {
        let per = if *per_seat { "per_seat" } else { "flat" };
        format!("  price {per} {amount} {}", literal(currency))
    }));
    lines.extend(product.problem.as_ref().map(|problem| format!("  problem {}", literal(problem))));
}

fn feature_line(feature: &Feature, playbook: &Playbook) -> String {
    let Feature { id, name, aliases, module, tiers, value, impact, effort, recommendation, effective } = feature;
    let module = module.as_ref().map(|module| format!(" module {}", literal(module))).unwrap_or_default();
    let tiers: String = tiers.iter().map(|tier| format!(" {}", tier.name())).collect();
    let mut line = format!("  feature {}{module} tiers{tiers}{}", literal(id), aliased(aliases));
    // Keys that the first playbooks did not have are left out at their default.
    let number = |key: &str, number: Decimal| (number != Decimal::ZERO).then(|| format!(" {key} {number}"));
    let level = |key: &str, level: &Option<Level>| level.map(|level| format!(" {key} {}", level.name()));
    let further = [
        (name != id).then(|| format!(" name {}", literal(name))),
        number("amount", value.amount),
        number("hours", value.hours),
        level("impact", impact),
        level("effort", effort),
        recommendation.as_ref().map(|text| format!(" recommendation {}", literal(text))),
        (*effective != Effective::by_default(playbook.window_days)).then(|| format!(" effective {} of {}", effective.days, effective.of)),
    ];
    line.extend(further.into_iter().flatten());
    line
}
