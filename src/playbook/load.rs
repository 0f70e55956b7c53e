//! Reads the sections of a playbook, first the catalogue, then the conditions, which name what is in it. Rules are read in `rule_fields`.

use super::aliases::{Alias, names_of};
use super::canonical::digest;
use super::check::{CatalogueFeature, CatalogueProduct, Checked, ConditionOf, Environment, Finding, check};
use super::condition::{Condition, Tier};
use super::declared::{Declared, Place};
use super::depends::{Reads, Site};
use super::problem::{Position, Problem, quoted};
use super::reader::{Entry, Fields, NAME_BYTES_MAX, Reader, WAIT_DAYS_MAX};
use super::resolve::{ACCOUNT, PRIMARY};
use super::vocabulary::{COMPLETE, TIERS, Vocabulary};
use super::yaml::{self, Data, Node, Scalar};
use super::{AccountStage, Calendar, Feature, Ladder, Playbook, Product, ProductIndex, syntax};
use jiff::tz::TimeZone;
use std::thread;

/// Most products; each has at most [`FEATURES_MAX`] features.
const PRODUCTS_MAX: usize = 1000;
const FEATURES_MAX: usize = 10_000;
/// Bytes of a text that is no name, as in the input.
const TEXT_BYTES_MAX: usize = 4096;
const WINDOW_DAYS_DEFAULT: u16 = 30;
const MIN_VOLUME_DEFAULT: u32 = 20;
pub(super) const MIN_ACTIVE_DAYS_DEFAULT: u16 = 5;
const SETTLE_DAYS_MAX: u32 = 7;
const HOLD_DAYS_DEFAULT: u16 = 7;

/// What stands before a dot in conditions, and is no product therefore.
const OWNERS: [&str; 4] = [ACCOUNT, PRIMARY, "users", "products"];

const TOP_KEYS: [&str; 17] = [
    "version",
    "time_zone",
    "window_days",
    "min_volume",
    "min_active_days",
    "settle_days",
    "calendars",
    "products",
    "stages",
    "account_stages",
    "measures",
    "personas",
    "synergies",
    "segments",
    "milestones",
    "alerts",
    "plays",
];
const PRODUCT_KEYS: [&str; 9] = ["name", "aliases", "fit", "features", "settle_days", "regular_use", "adopted", "proficient", "integrated"];
const STAGE_KEYS: [&str; 7] = ["hold_days", "grace_days", "ladder", "activated", "regular_use", "proficient", "integrated"];

/// Loads a playbook or tells everything that is wrong with it, in the order of the file.
pub(super) fn load(file: &str, text: &str, vocabulary: &'static Vocabulary) -> Result<Playbook, Vec<Problem>> {
    // The CEL parser recurses deeply, and the caller's stack may be small.
    let loaded = thread::scope(|scope| {
        let builder = thread::Builder::new().name("playbook".to_owned()).stack_size(syntax::STACK_BYTES);
        let handle = builder.spawn_scoped(scope, || load_document(text, vocabulary)).expect("a process that starts up can start a thread");
        handle.join().expect("loading reports problems and does not panic")
    });
    loaded.map_err(|mut problems| {
        problems.sort_by_key(|(position, _)| *position);
        let problem = |(Position { line, column }, message)| Problem { file: file.to_owned(), line, column, message };
        problems.into_iter().map(problem).collect()
    })
}

fn load_document(text: &str, vocabulary: &'static Vocabulary) -> Result<Playbook, yaml::Problems> {
    let mut problems = Vec::new();
    let Some(document) = yaml::parse(text, &mut problems) else {
        return Err(problems);
    };
    let reader = Reader { document: &document, problems };
    let mut loader = Loader {
        reader,
        vocabulary,
        catalogue: Vec::new(),
        calendars: Vec::new(),
        declared: Declared::default(),
        settings: Settings::default(),
        about: About::default(),
        reads: Reads::new(),
    };
    let playbook = loader.playbook(&document.root);
    match playbook {
        Some(playbook) if loader.reader.problems.is_empty() => Ok(Playbook { digest: digest(&playbook), ..playbook }),
        _ => {
            assert!(!loader.reader.problems.is_empty(), "a playbook that is refused has a problem");
            Err(loader.reader.problems)
        }
    }
}

/// What conditions depend on; where it is wrong, the default stands in, so that conditions are checked all the same.
struct Settings {
    window_days: u16,
    min_volume: u32,
    min_active_days: u16,
    /// Of products that say nothing else.
    settle_days: u16,
}

impl Default for Settings {
    fn default() -> Self {
        let (window_days, min_volume, min_active_days) = (WINDOW_DAYS_DEFAULT, MIN_VOLUME_DEFAULT, MIN_ACTIVE_DAYS_DEFAULT);
        Self { window_days, min_volume, min_active_days, settle_days: 0 }
    }
}

pub(super) struct Loader<'n> {
    pub(super) reader: Reader<'n>,
    pub(super) vocabulary: &'static Vocabulary,
    pub(super) catalogue: Vec<CatalogueProduct>,
    pub(super) declared: Declared,
    calendars: Vec<Calendar>,
    settings: Settings,
    /// What the conditions are of that are read at present.
    about: About,
    pub(super) reads: Reads,
}

/// Whose conditions are read.
#[derive(Clone, Debug)]
struct About {
    place: Place,
    site: Site,
    only_products: Option<Vec<ProductIndex>>,
}

impl Default for About {
    fn default() -> Self {
        Self { place: Place::Before, site: Site::Elsewhere, only_products: None }
    }
}

/// A product whose conditions have not been read yet.
struct Draft<'n> {
    id: String,
    name: String,
    aliases: Vec<Alias>,
    features: Vec<Feature>,
    settle_days: u16,
    fit: Option<&'n Node>,
    regular_use: Option<&'n Node>,
    adopted: Option<&'n Node>,
    proficient: Option<&'n Node>,
    integrated: Option<&'n Node>,
}

impl Draft<'_> {
    fn catalogued(&self) -> CatalogueProduct {
        let aliases = self.aliases.iter().map(|alias| alias.name.clone()).collect();
        let feature = |feature: &Feature| CatalogueFeature { id: feature.id.clone(), aliases: feature.aliases.clone() };
        let features = self.features.iter().map(feature).collect();
        CatalogueProduct { id: self.id.clone(), aliases, features, settle_days: self.settle_days }
    }
}

/// The conditions that products share.
struct Shared {
    hold_days: u16,
    grace_days: u16,
    ladder: Ladder,
    activated: Option<Condition>,
    regular_use: Option<Condition>,
    proficient: Option<Condition>,
    integrated: Option<Condition>,
}

impl<'n> Loader<'n> {
    fn playbook(&mut self, root: &'n Node) -> Option<Playbook> {
        let start = Position { line: 1, column: 1 };
        let fields = self.reader.fields(root, "the playbook", start, &TOP_KEYS)?;
        if let Some(version) = self.reader.required(&fields, "version") {
            self.version(version);
        }
        let time_zone = match fields.get("time_zone") {
            Some(node) => self.time_zone(node),
            None => Some(TimeZone::UTC),
        };
        self.settings(&fields);
        self.calendars = fields.get("calendars").map(|node| self.calendars(node)).unwrap_or_default();
        let drafts = self.reader.required(&fields, "products").map(|node| self.products(node)).unwrap_or_default();
        self.catalogue = drafts.iter().map(Draft::catalogued).collect();

        self.declared = Declared::new(|key| fields.get(key));
        let measures = self.entries(&fields, "measures");
        let measures = self.measures(&measures);
        let personas = self.entries(&fields, "personas");
        let personas = self.personas(&personas);
        let synergies = self.entries(&fields, "synergies");
        let synergies = self.synergies(&synergies);
        let shared = self.shared(fields.get("stages"));
        let products: Vec<Option<Product>> =
            drafts.into_iter().enumerate().map(|(index, draft)| self.product(draft, ProductIndex(index as u16), &shared)).collect();
        let account_stages = match fields.get("account_stages") {
            Some(node) => self.account_stages(node),
            None => Some(default_account_stages()),
        };
        let segments = self.entries(&fields, "segments");
        let segments = self.segments(&segments);
        let milestones = self.entries(&fields, "milestones");
        let milestones = self.milestones(&milestones);
        let (alerts, plays) = (self.entries(&fields, "alerts"), self.entries(&fields, "plays"));
        let rules = self.rules(&alerts, &plays);
        let mut playbook = time_zone.and_then(|time_zone| {
            Some(Playbook {
                vocabulary: self.vocabulary,
                digest: String::new(),
                time_zone_name: time_zone.iana_name().unwrap_or("UTC").to_owned(),
                time_zone,
                window_days: self.settings.window_days,
                min_volume: self.settings.min_volume,
                min_active_days: self.settings.min_active_days,
                settle_days: self.settings.settle_days,
                calendars: std::mem::take(&mut self.calendars),
                products: products.into_iter().collect::<Option<_>>()?,
                hold_days: shared.hold_days,
                grace_days: shared.grace_days,
                ladder: shared.ladder,
                account_stages: account_stages?,
                measures: measures.into_iter().collect::<Option<_>>()?,
                personas: personas.into_iter().collect::<Option<_>>()?,
                synergies: synergies.into_iter().collect::<Option<_>>()?,
                segments: segments.into_iter().collect::<Option<_>>()?,
                milestones: milestones.into_iter().collect::<Option<_>>()?,
                rules: rules.into_iter().collect::<Option<_>>()?,
            })
        });
        self.settle_dependencies(playbook.as_mut());
        playbook
    }

    /// The entries of a section; none where it is not written.
    fn entries(&mut self, fields: &Fields<'n>, key: &str) -> Vec<Entry<'n>> {
        fields.get(key).and_then(|node| self.reader.mapping(node, &format!("`{key}`"))).unwrap_or_default()
    }

    /// The conditions that are read from now on are those of a site, and judged at a place.
    pub(super) fn read_at(&mut self, place: Place, site: Site, only_products: Option<&[ProductIndex]>) {
        self.about = About { place, site, only_products: only_products.map(<[_]>::to_vec) };
        // A site that reads nothing is one, too.
        self.reads.entry(site).or_default();
    }

    /// What conditions depend on.
    fn settings(&mut self, fields: &Fields<'n>) {
        let mut days = |key: &str, least: u32, most: u32, default: u16| {
            let days = fields.get(key).and_then(|node| self.reader.whole_number(node, &format!("`{key}`"), least..=most));
            days.map_or(default, |days| days as u16)
        };
        let held = super::HELD_DAYS.unsigned_abs();
        let window_days = days("window_days", 1, held, WINDOW_DAYS_DEFAULT);
        let min_active_days = days("min_active_days", 0, held, MIN_ACTIVE_DAYS_DEFAULT);
        let settle_days = days("settle_days", 0, SETTLE_DAYS_MAX, 0);
        // 0 would divide by a previous volume of 0.
        let volume = fields.get("min_volume").and_then(|node| self.reader.whole_number(node, "`min_volume`", 1..=1_000_000_000));
        self.settings = Settings { window_days, min_volume: volume.unwrap_or(MIN_VOLUME_DEFAULT), min_active_days, settle_days };
    }

    fn version(&mut self, node: &'n Node) {
        let one = matches!(&node.data, Data::Scalar(scalar) if scalar.resolved() == yaml::Resolved::Integer(Some(1)));
        if !one {
            let message = format!("`version` must be 1, the only version there is, found {}", node.described());
            self.reader.refuse::<()>(node.position, message);
        }
    }

    fn time_zone(&mut self, node: &'n Node) -> Option<TimeZone> {
        let name = self.reader.text(node, "`time_zone`", NAME_BYTES_MAX)?;
        // The database's own spelling: names are found in any case. jiff has a zone of its own for an unknown one.
        match TimeZone::get(&name).ok().filter(|zone| zone.iana_name().is_some() && !zone.is_unknown()) {
            Some(zone) => Some(zone),
            None => {
                let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
                let message = super::problem::unknown("time zone", &name, "", known.iter().map(String::as_str));
                self.reader.refuse(node.position, message)
            }
        }
    }

    fn products(&mut self, node: &'n Node) -> Vec<Draft<'n>> {
        let problems_before = self.reader.problems.len();
        let Some(entries) = self.reader.mapping(node, "`products`") else {
            return Vec::new();
        };
        if entries.is_empty() && self.reader.problems.len() == problems_before {
            self.reader.refuse::<()>(node.position, "`products` is empty: expected at least one product");
        }
        if let Some(entry) = entries.get(PRODUCTS_MAX) {
            self.reader.refuse::<()>(entry.key_position, format!("more than {PRODUCTS_MAX} products"));
        }
        let names: Vec<_> = entries.iter().map(|entry| (entry.key, entry.key_position)).collect();
        let drafts: Vec<Draft<'n>> = entries.into_iter().take(PRODUCTS_MAX).map(|entry| self.draft(entry)).collect();
        let of = |draft: &Draft<'_>| format!("product {}", quoted(&draft.id));
        self.refuse_ambiguous("product", names, drafts.iter().flat_map(|draft| draft.aliases.iter().map(move |alias| (of(draft), alias))));
        drafts
    }

    fn draft(&mut self, entry: Entry<'n>) -> Draft<'n> {
        let what = format!("product {}", quoted(entry.key));
        self.subject_id(entry, "a product's id");
        if OWNERS.contains(&entry.key) {
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
        let features = get("features").map(|node| self.features(node, &what)).unwrap_or_default();
        let settle_days =
            get("settle_days").and_then(|node| self.reader.whole_number(node, &format!("`settle_days` of {what}"), 0..=SETTLE_DAYS_MAX));
        Draft {
            id: entry.key.to_owned(),
            name: name.unwrap_or_else(|| entry.key.to_owned()),
            aliases,
            features,
            settle_days: settle_days.map_or(self.settings.settle_days, |days| days as u16),
            fit: get("fit"),
            regular_use: get("regular_use"),
            adopted: get("adopted"),
            proficient: get("proficient"),
            integrated: get("integrated"),
        }
    }

    /// Ids of products and rules: subjects of outputs are `account/product`.
    pub(super) fn subject_id(&mut self, entry: Entry<'n>, what: &str) {
        let id = entry.key;
        if id.is_empty() || id.len() > NAME_BYTES_MAX {
            let message = format!("{what} must have 1 to {NAME_BYTES_MAX} bytes, found {}", id.len());
            self.reader.refuse::<()>(entry.key_position, message);
        }
        if id.contains('/') {
            let message = format!("{what} must not contain `/`, found {}", quoted(id));
            self.reader.refuse::<()>(entry.key_position, message);
        }
    }

    fn features(&mut self, node: &'n Node, product: &str) -> Vec<Feature> {
        let Some(entries) = self.reader.mapping(node, &format!("`features` of {product}")) else {
            return Vec::new();
        };
        if let Some(entry) = entries.get(FEATURES_MAX) {
            self.reader.refuse::<()>(entry.key_position, format!("more than {FEATURES_MAX} features of {product}"));
        }
        let names: Vec<_> = entries.iter().map(|entry| (entry.key, entry.key_position)).collect();
        let read: Vec<_> = entries.into_iter().take(FEATURES_MAX).map(|entry| self.feature(entry)).collect();
        let of = |feature: &Feature| format!("feature {} of {product}", quoted(&feature.id));
        let aliases = read.iter().flat_map(|(feature, aliases)| aliases.iter().map(move |alias| (of(feature), alias)));
        self.refuse_ambiguous(&format!("feature of {product}"), names, aliases);
        read.into_iter().map(|(feature, aliases)| Feature { aliases: names_of(aliases), ..feature }).collect()
    }

    /// The aliases are told beside the feature, with where they stand.
    fn feature(&mut self, entry: Entry<'n>) -> (Feature, Vec<Alias>) {
        let what = format!("feature {}", quoted(entry.key));
        if entry.key.is_empty() || entry.key.len() > NAME_BYTES_MAX {
            let message = format!("a feature's id must have 1 to {NAME_BYTES_MAX} bytes, found {}", entry.key.len());
            self.reader.refuse::<()>(entry.key_position, message);
        }
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["aliases", "module", "tier"]);
        let get = |key: &str| fields.as_ref().and_then(|fields| fields.get(key));
        let module = get("module").and_then(|node| self.reader.text(node, &format!("`module` of {what}"), NAME_BYTES_MAX));
        let tiers = get("tier").map(|node| self.tiers(node)).unwrap_or_default();
        let aliases = get("aliases").map(|node| self.aliases(node, &what)).unwrap_or_default();
        (Feature { id: entry.key.to_owned(), aliases: Vec::new(), module, tiers }, aliases)
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

    fn shared(&mut self, node: Option<&'n Node>) -> Shared {
        let fields = node.and_then(|node| self.reader.fields(node, "`stages`", node.position, &STAGE_KEYS));
        let get = |key: &str| fields.as_ref().and_then(|fields| fields.get(key));
        let mut days = |key: &str| {
            get(key).and_then(|node| self.reader.whole_number(node, &format!("`{key}`"), 0..=WAIT_DAYS_MAX)).map(|days| days as u16)
        };
        let (hold_days, grace_days) = (days("hold_days"), days("grace_days"));
        let ladders = [("cumulative", Ladder::Cumulative), ("highest", Ladder::Highest)];
        let ladder = get("ladder").and_then(|node| self.reader.choice(node, "ladder", &ladders));
        let vocabulary = self.vocabulary;
        let mut stage = |key: &'static str, default: &str| {
            self.read_at(Place::Before, Site::Stage(None, key), None);
            match get(key) {
                Some(node) => self.condition(node, key, ConditionOf::EachStage),
                None => match check(default, &self.environment(ConditionOf::EachStage)) {
                    Ok(checked) => Some(checked.read),
                    Err(findings) => panic!("the vocabulary's own condition of {key} is sound: {findings:?}"),
                },
            }
        };
        Shared {
            hold_days: hold_days.unwrap_or(HOLD_DAYS_DEFAULT),
            grace_days: grace_days.unwrap_or_default(),
            ladder: ladder.unwrap_or(Ladder::Cumulative),
            activated: stage("activated", vocabulary.activated),
            regular_use: stage("regular_use", vocabulary.regular_use),
            proficient: stage("proficient", vocabulary.proficient),
            integrated: stage("integrated", vocabulary.integrated),
        }
    }

    fn product(&mut self, draft: Draft<'n>, index: ProductIndex, shared: &Shared) -> Option<Product> {
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

    fn account_stages(&mut self, node: &'n Node) -> Option<Vec<AccountStage>> {
        let Data::Sequence(items) = &node.data else {
            let message = format!("`account_stages` must be a list, found {}", node.described());
            return self.reader.refuse(node.position, message);
        };
        if items.is_empty() {
            return self.reader.refuse(node.position, "`account_stages` is empty: expected at least one stage, from 0");
        }
        let mut stages: Vec<AccountStage> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Some(stage) = self.account_stage(item) else {
                continue;
            };
            if stages.iter().any(|earlier| earlier.name == stage.name) {
                self.reader.refuse::<()>(item.position, format!("the account stage {} is named twice", quoted(&stage.name)));
            }
            if index == 0 && stage.from != 0 {
                let message = format!("the first account stage must be `from: 0`, found {}", stage.from);
                self.reader.refuse::<()>(item.position, message);
            }
            if let Some(before) = stages.last().filter(|before| before.from >= stage.from) {
                let message = format!("account stages must ascend: {} after {} of {}", stage.from, before.from, quoted(&before.name));
                self.reader.refuse::<()>(item.position, message);
            }
            stages.push(stage);
        }
        Some(stages)
    }

    fn account_stage(&mut self, item: &'n Node) -> Option<AccountStage> {
        let what = "an account stage";
        let fields = self.reader.fields(item, what, item.position, &["name", "from", "churn_risk", "priority", "action"])?;
        let name =
            self.reader.required(&fields, "name").and_then(|node| self.reader.text(node, "`name` of an account stage", NAME_BYTES_MAX));
        let from = self.reader.required(&fields, "from");
        let from = from.and_then(|node| self.reader.whole_number(node, "`from` of an account stage", 0..=PRODUCTS_MAX as u32));
        let [churn_risk, priority, action] = ["churn_risk", "priority", "action"].map(|key| {
            let node = fields.get(key)?;
            self.reader.text(node, &format!("`{key}` of an account stage"), TEXT_BYTES_MAX)
        });
        Some(AccountStage { name: name?, from: from?, churn_risk, priority, action })
    }

    pub(super) fn environment(&self, subject: ConditionOf) -> Environment<'_> {
        let Settings { window_days, min_volume, min_active_days, settle_days } = self.settings;
        Environment {
            subject,
            vocabulary: self.vocabulary,
            products: &self.catalogue,
            calendars: &self.calendars,
            declared: &self.declared,
            only_products: self.about.only_products.as_deref(),
            place: self.about.place,
            settle_days,
            window_days,
            min_volume,
            min_active_days,
        }
    }

    pub(super) fn condition(&mut self, node: &'n Node, key: &str, subject: ConditionOf) -> Option<Condition> {
        let scalar = self.reader.condition(node, &format!("`{key}`"))?;
        let checked = check(&scalar.text, &self.environment(subject));
        self.accept(scalar, checked)
    }

    /// What was read of a text, whose dependencies are noted; or nothing, and its findings are told at their places.
    pub(super) fn accept<T>(&mut self, scalar: &'n Scalar, checked: Result<Checked<T>, Vec<Finding>>) -> Option<T> {
        match checked {
            Ok(Checked { read, dependencies }) => {
                let document = self.reader.document;
                let placed = dependencies.into_iter().map(|(offset, dependency)| (document.position_in(scalar, offset), dependency));
                self.reads.entry(self.about.site).or_default().extend(placed);
                Some(read)
            }
            Err(findings) => {
                for (offset, message) in findings {
                    let position = self.reader.document.position_in(scalar, offset);
                    self.reader.refuse::<()>(position, message);
                }
                None
            }
        }
    }
}

fn default_account_stages() -> Vec<AccountStage> {
    let stages = [("not_adopted", 0), ("single_product", 1), ("multi_product", 2), ("platform", 3), ("full_platform", 5)];
    let stage = |(name, from): (&str, u32)| AccountStage { name: name.to_owned(), from, churn_risk: None, priority: None, action: None };
    stages.into_iter().map(stage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::{About, Comparison, Metric, Operand, RuleKind, SHIPPED, canonical_condition};

    fn load(file: &str, text: &str) -> Result<Playbook, Vec<Problem>> {
        Playbook::load(file, text)
    }

    #[test]
    fn the_shipped_playbook_loads() {
        let playbook = load("deploy/playbook.yaml", SHIPPED).expect("the shipped playbook is valid");
        let ids: Vec<&str> = playbook.products.iter().map(|product| product.id.as_str()).collect();
        assert_eq!(ids, ["crm", "marketing", "sales_engagement", "analytics", "portal"]);
        let adopted = canonical_condition(&playbook.products[0].adopted, About::product(ProductIndex(0)), &playbook);
        assert_eq!(adopted, r#"events("contact.created", 30) >= 25 && events("activity.logged", 30) >= 10 && active_days(7) >= 1"#);
        for (id, kind, due_days) in [
            ("usage_drop", RuleKind::Alert, None),
            ("low_license_utilization", RuleKind::Alert, None),
            ("second_product", RuleKind::Play, Some(30)),
        ] {
            let rule = playbook.rule(id).expect("the shipped playbook has the rule");
            assert_eq!((rule.head.kind, rule.due_days), (kind, due_days), "{id}");
        }
        let stages: Vec<usize> = (0..=6).map(|adopted| playbook.account_stage(adopted)).collect();
        assert_eq!(stages, [0, 1, 2, 3, 3, 4, 4]);
        assert_eq!(playbook.digest.len(), "sha256:".len() + 64);
    }

    #[test]
    fn the_settings_of_a_playbook_fill_in_its_metrics() {
        let text = "version: 1\nwindow_days: 14\nmin_volume: 5\nproducts: {a: {features: {x: }, proficient: usage_change(7) > 0}, b: }\n\
                    stages: {regular_use: events(\"x\") >= 1 && products_active > 1}\n";
        let playbook = load("p.yaml", text).expect("the playbook of a test is valid");
        let metric = |condition: &Condition| match condition {
            Condition::Compare(Comparison { left: Operand::Metric(reference), .. }) => reference.metric.clone(),
            other => panic!("expected a comparison of a metric, found {other:?}"),
        };
        let [a, b] = &playbook.products[..] else { panic!("there are two products") };
        let told = |metric: &Metric| (metric.signature.name, metric.arguments().join(", "), metric.number);
        assert_eq!(told(&metric(&a.activated)), ("active_days", "14".to_owned(), 14));
        assert_eq!((told(&metric(&a.proficient)), metric(&a.proficient).min_volume), (("usage_change", "7".to_owned(), 7), 5));
        assert_eq!(told(&metric(&b.proficient)), ("features_used", "\"advanced\", 14".to_owned(), 14));
        // A shared condition may name a feature that only another product has; it reads 0 here.
        let Condition::And(adopted) = &b.adopted else { panic!("expected two comparisons, found {:?}", b.adopted) };
        let expected = [("events", "\"x\", 14".to_owned(), 14), ("products_active", String::new(), 14)];
        assert_eq!(adopted.iter().map(|condition| told(&metric(condition))).collect::<Vec<_>>(), expected);
    }
}
