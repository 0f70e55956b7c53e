//! Reads the sections of a playbook, first the catalogue, then the conditions, which name what is in it. Rules are read in `rule_fields`.

use super::calendars::Calendar;
use super::campaigns::CAMPAIGNS_MAX;
use super::canonical::digest;
use super::check::{CatalogueProduct, Checked, ConditionOf, Environment, Finding, check, check_number};
use super::condition::{Condition, Operand};
use super::declared::{Declared, Place};
use super::depends::{Reads, Site};
use super::guardrails::GUARDRAILS_MAX;
use super::measures::MEASURES_MAX;
use super::milestones::MILESTONES_MAX;
use super::paths::PATHS_MAX;
use super::personas::PERSONAS_MAX;
use super::problem::{Position, Problem, quoted};
use super::products::Draft;
use super::reader::{Entry, Fields, NAME_BYTES_MAX, Reader, SETTLE_DAYS_MAX, TEXT_BYTES_MAX, WAIT_DAYS_MAX};
use super::segments::SEGMENTS_MAX;
use super::synergies::SYNERGIES_MAX;
use super::targets::TARGETS_MAX;
use super::vocabulary::Vocabulary;
use super::workflows::WORKFLOWS_MAX;
use super::worklists::WORKLISTS_MAX;
use super::yaml::{self, Node, Scalar};
use super::{AccountStage, Ladder, Playbook, ProductIndex, syntax};
use jiff::tz::TimeZone;
use std::thread;

/// Most products.
pub(super) const PRODUCTS_MAX: usize = 1000;
/// Most stages of an account: one for each number of products.
const ACCOUNT_STAGES_MAX: usize = PRODUCTS_MAX + 1;
const WINDOW_DAYS_DEFAULT: u16 = 30;
const MIN_VOLUME_DEFAULT: u32 = 20;
pub(super) const MIN_ACTIVE_DAYS_DEFAULT: u16 = 5;
const HOLD_DAYS_DEFAULT: u16 = 7;

const ABOUT: yaml::About = yaml::About { what: "playbook", least: "`version` and `products`" };

const TOP_KEYS: [&str; 26] = [
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
    "integrations",
    "workflows",
    "synergies",
    "paths",
    "measures",
    "personas",
    "segments",
    "milestones",
    "guardrails",
    "alerts",
    "plays",
    "campaigns",
    "reasons",
    "targets",
    "view",
    "worklists",
];
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
    let Some(document) = yaml::parse(text, ABOUT, &mut problems) else {
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
pub(super) struct Settings {
    pub window_days: u16,
    min_volume: u32,
    min_active_days: u16,
    /// Of products that say nothing else.
    pub settle_days: u16,
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
    pub(super) calendars: Vec<Calendar>,
    pub(super) settings: Settings,
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

/// The conditions that products share.
pub(super) struct Shared {
    hold_days: u16,
    grace_days: u16,
    ladder: Ladder,
    pub activated: Option<Condition>,
    pub regular_use: Option<Condition>,
    pub proficient: Option<Condition>,
    pub integrated: Option<Condition>,
}

impl<'n> Loader<'n> {
    /// Where something is wrong, and so is told, what stands here for it is never looked at.
    fn playbook(&mut self, root: &'n Node) -> Option<Playbook> {
        let start = Position { line: 1, column: 1 };
        let fields = self.reader.fields(root, "the playbook", start, &TOP_KEYS)?;
        if let Some(version) = self.reader.required(&fields, "version") {
            self.reader.version(version);
        }
        let time_zone = fields.get("time_zone").and_then(|node| self.reader.time_zone(node, "`time_zone`")).unwrap_or(TimeZone::UTC);
        self.settings(&fields);
        self.calendars = fields.get("calendars").map(|node| self.calendars(node)).unwrap_or_default();
        let drafts = self.reader.required(&fields, "products").map(|node| self.products(node)).unwrap_or_default();
        self.catalogue = drafts.iter().map(Draft::catalogued).collect();
        self.declared = Declared::new(|key| fields.get(key));

        let shared = self.shared(fields.get("stages"));
        let products = drafts.into_iter().enumerate().filter_map(|(index, draft)| self.product(draft, ProductIndex(index as u16), &shared));
        let products = products.collect();
        let account_stages = fields.get("account_stages").map(|node| self.account_stages(node));
        let measures = self.section(&fields, "measures", MEASURES_MAX, Self::measure);
        let Settings { window_days, min_volume, min_active_days, settle_days } = self.settings;
        let mut playbook = Playbook {
            vocabulary: self.vocabulary,
            digest: String::new(),
            time_zone_name: time_zone.iana_name().unwrap_or("UTC").to_owned(),
            time_zone,
            window_days,
            min_volume,
            min_active_days,
            settle_days,
            products,
            hold_days: shared.hold_days,
            grace_days: shared.grace_days,
            ladder: shared.ladder,
            account_stages: account_stages.unwrap_or_else(default_account_stages),
            personas: self.section(&fields, "personas", PERSONAS_MAX, Self::persona),
            integrations: fields.get("integrations").map(|node| self.integrations(node)).unwrap_or_default(),
            workflows: self.section(&fields, "workflows", WORKFLOWS_MAX, Self::workflow),
            synergies: self.section(&fields, "synergies", SYNERGIES_MAX, Self::synergy),
            paths: self.section(&fields, "paths", PATHS_MAX, Self::path),
            segments: self.section(&fields, "segments", SEGMENTS_MAX, Self::segment),
            milestones: self.section(&fields, "milestones", MILESTONES_MAX, Self::milestone),
            guardrails: self.section(&fields, "guardrails", GUARDRAILS_MAX, Self::guardrail),
            rules: self.rules(&fields),
            campaigns: self.section(&fields, "campaigns", CAMPAIGNS_MAX, Self::campaign),
            remedies: self.remedies(&fields),
            targets: self.section(&fields, "targets", TARGETS_MAX, |loader, _, entry| loader.target(entry, &measures)),
            view: fields.get("view").map(|node| self.view(node)).unwrap_or_default(),
            worklists: self.section(&fields, "worklists", WORKLISTS_MAX, Self::worklist),
            measures,
            calendars: std::mem::take(&mut self.calendars),
        };
        self.settle_dependencies(&mut playbook);
        Some(playbook)
    }

    /// What stands by its id in a section, read one by one; nothing where it is not written.
    fn section<T>(
        &mut self,
        fields: &Fields<'n>,
        key: &str,
        most: usize,
        read: impl Fn(&mut Self, usize, Entry<'n>) -> Option<T>,
    ) -> Vec<T> {
        let entries = self.entries(fields, key);
        let entries = self.reader.at_most(entries, most, key);
        entries.into_iter().enumerate().filter_map(|(index, entry)| read(self, index, entry)).collect()
    }

    pub(super) fn entries(&mut self, fields: &Fields<'n>, key: &str) -> Vec<Entry<'n>> {
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

    /// Ids of products, rules and what else outputs tell of: subjects of outputs are `account/product`.
    pub(super) fn subject_id(&mut self, entry: Entry<'n>, what: &str) {
        self.name_bytes(entry, what);
        if entry.key.contains('/') {
            let message = format!("{what} must not contain `/`, found {}", quoted(entry.key));
            self.reader.refuse::<()>(entry.key_position, message);
        }
    }

    pub(super) fn name_bytes(&mut self, entry: Entry<'n>, what: &str) {
        if entry.key.is_empty() || entry.key.len() > NAME_BYTES_MAX {
            let message = format!("{what} must have 1 to {NAME_BYTES_MAX} bytes, found {}", entry.key.len());
            self.reader.refuse::<()>(entry.key_position, message);
        }
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

    fn account_stages(&mut self, node: &'n Node) -> Vec<AccountStage> {
        let items = self.reader.list(node, "`account_stages`", "stages, the first `from: 0`", 1..=ACCOUNT_STAGES_MAX);
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
        stages
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
        let scalar = self.reader.written(node, &format!("`{key}`"), "a condition")?;
        let checked = check(&scalar.text, &self.environment(subject));
        self.accept(scalar, checked)
    }

    /// An expression that is a number.
    pub(super) fn number(&mut self, node: &'n Node, key: &str, subject: ConditionOf) -> Option<Operand> {
        let scalar = self.reader.written(node, &format!("`{key}`"), "an expression that is a number")?;
        let checked = check_number(&scalar.text, &self.environment(subject));
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
    use crate::playbook::{About, Comparison, Metric, RuleKind, SHIPPED, canonical_condition};

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
