//! The playbook, as far as the oracle needs it. What it does not need (worklists, retention of paths ...) is read over.

use super::expr::{Before, Expr, Kind, Of, Read, Scope, What};
use super::number::Frac;
use super::zone::{Day, Zone, parse_date};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use std::collections::BTreeMap;

pub struct Playbook {
    pub zone: Zone,
    pub window_days: i64,
    /// Of the account's metrics, and of products that say nothing else.
    pub settle_days: i64,
    pub min_volume: i64,
    pub min_active_days: i64,
    pub calendars: Vec<Calendar>,
    pub hold_days: i64,
    pub grace_days: i64,
    pub highest: bool,
    pub product_ids: Vec<String>,
    pub products: Vec<Product>,
    /// From and to; `None`: there is no catalogue of integrations.
    pub integrations: Option<Vec<(usize, usize)>>,
    pub workflows: Vec<Workflow>,
    pub synergies: Vec<Synergy>,
    pub paths: Vec<Path>,
    /// In file order.
    pub personas: Vec<Persona>,
    /// What is done for each reason why a product is not adopted.
    pub plans: BTreeMap<String, Vec<String>>,
    pub shown: Shown,
    pub account_stages: Vec<AccountStage>,
    pub measures: Vec<Measure>,
    pub segments: Vec<Segment>,
    pub milestones: Vec<Milestone>,
    pub guardrails: Vec<Guardrail>,
    /// Alerts in file order, then plays in file order.
    pub rules: Vec<Rule>,
    pub campaigns: Vec<Campaign>,
    pub targets: Vec<Target>,
}

/// What a figure of all accounts is to reach, or not to exceed.
pub struct Target {
    pub id: String,
    pub figure: String,
    pub at_least: Option<Frac>,
    pub at_most: Option<Frac>,
}

pub struct Product {
    pub id: String,
    pub name: String,
    pub price: Option<Price>,
    /// What it solves.
    pub problem: Option<String>,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// Other names of its features, each with the feature's.
    pub feature_aliases: Vec<(String, String)>,
    pub settle_days: i64,
    pub features: Vec<Feature>,
    pub fit: Option<Expr>,
    /// What `criteria_progress` is measured by.
    pub criteria: Expr,
    /// What `activated`, `adopted`, `proficient`, `integrated` ask for: all of the list.
    pub conditions: [Vec<Expr>; 4],
}

/// A year.
pub struct Price {
    pub amount: Frac,
    pub per_seat: bool,
    pub currency: String,
}

pub struct Feature {
    pub id: String,
    pub name: String,
    pub module: Option<String>,
    pub tiers: Vec<String>,
    pub amount: Option<Frac>,
    pub hours: Option<Frac>,
    /// On how many of how many days it is to be used.
    pub effective: (i64, i64),
    /// `high`, `medium` or `low`, as `effort` is.
    pub impact: Option<String>,
    pub effort: Option<String>,
    pub recommendation: Option<String>,
}

pub struct Workflow {
    pub id: String,
    pub products: Vec<usize>,
    pub label: Option<String>,
}

pub struct Path {
    pub id: String,
    pub products: Vec<usize>,
}

/// Measures that people are shown, by their ids.
#[derive(Default)]
pub struct Shown {
    pub score: Option<String>,
    pub account_score: Option<String>,
    pub health: Option<String>,
    pub elements: Vec<String>,
}

pub struct Synergy {
    pub id: String,
    /// A year.
    pub value: Option<Frac>,
    pub effort: Option<String>,
    pub products: Vec<usize>,
    pub by: Expr,
}

pub struct Persona {
    pub id: String,
    pub among: Option<Expr>,
    pub keeps: Expr,
}

pub struct Calendar {
    pub name: String,
    /// First and last day of each.
    pub periods: Vec<(Day, Day)>,
}

pub struct AccountStage {
    pub name: String,
    pub from: i64,
    /// `churn_risk`, `priority`, `action`, where given.
    pub notes: Vec<(&'static str, String)>,
}

pub struct Measure {
    pub id: String,
    pub of: Of,
    pub value: Expr,
    /// Its ends.
    pub range: (Frac, Frac),
    /// Each with its lower end.
    pub bands: Vec<(String, Frac)>,
}

pub struct Segment {
    pub id: String,
    pub when: Expr,
    pub for_days: i64,
    pub clear_days: i64,
    pub benchmarks: Vec<(String, Frac)>,
    pub daily: bool,
}

pub struct Milestone {
    pub id: String,
    pub of: Of,
    /// Of a product's: of which.
    pub products: Vec<usize>,
    pub when: Expr,
    /// To whom one that is not reached would be of use.
    pub useful_if: Option<Expr>,
    pub daily: bool,
}

pub struct Rule {
    pub id: String,
    pub play: bool,
    pub of: Of,
    /// Of a product's: of which.
    pub products: Vec<usize>,
    /// Of a product's: where its stage is `none`.
    pub absent: bool,
    /// Of a user's: of those who are gone.
    pub gone: bool,
    pub daily: bool,
    pub route: String,
    pub group: Option<String>,
    pub open: Expr,
    /// `None`: `!(open)`
    pub clear: Option<Expr>,
    pub severity: String,
    pub for_days: i64,
    pub cooldown_days: i64,
    pub clear_days: i64,
    pub due_days: Option<i64>,
    pub tasks: Vec<Task>,
    pub tokens: Vec<(String, Token)>,
    /// The account's champions are named with it.
    pub champions: bool,
    pub outcome: Option<Outcome>,
    /// Guardrails.
    pub guards: Vec<usize>,
    pub holdout: Frac,
}

pub struct Task {
    pub id: String,
    pub title: String,
    pub assignee: String,
    pub doc: Option<String>,
    pub due_days: Option<i64>,
}

/// What is handed on by a name.
pub enum Token {
    Text(String),
    Value(Expr),
}

/// What is to become of a play.
pub struct Outcome {
    pub metric: Expr,
    pub days: Vec<i64>,
    /// Is more better?
    pub up: bool,
    pub by: Frac,
}

pub struct Guardrail {
    pub id: String,
    pub of: Of,
    pub holds_back: Expr,
    pub reason: Option<String>,
}

pub struct Campaign {
    pub id: String,
    pub open: Expr,
    pub goal: Option<Expr>,
    pub goal_days: i64,
    pub cooldown_days: i64,
    pub tokens: Vec<(String, Token)>,
    pub daily: bool,
}

fn get<'a>(yaml: &'a Yaml<'a>, key: &str) -> Option<&'a Yaml<'a>> {
    yaml.as_mapping()?.iter().find(|(k, _)| text(k).as_deref() == Some(key)).map(|(_, v)| v).filter(|v| !is_null(v))
}

fn is_null(yaml: &Yaml) -> bool {
    matches!(yaml, Yaml::Value(Scalar::Null))
}

/// A number with a fraction is the shortest text that says it.
fn text(yaml: &Yaml) -> Option<String> {
    match yaml {
        Yaml::Value(Scalar::String(s)) => Some(s.to_string()),
        Yaml::Value(Scalar::Integer(n)) => Some(n.to_string()),
        Yaml::Value(Scalar::FloatingPoint(f)) => Some(f.to_string()),
        Yaml::Value(Scalar::Boolean(b)) => Some(b.to_string()),
        _ => None,
    }
}

fn text_at(yaml: &Yaml, key: &str) -> Result<Option<String>, String> {
    get(yaml, key).map(|v| text(v).ok_or_else(|| format!("`{key}` should be a text"))).transpose()
}

fn int_at(yaml: &Yaml, key: &str, default: i64) -> Result<i64, String> {
    match get(yaml, key) {
        None => Ok(default),
        Some(Yaml::Value(Scalar::Integer(n))) => Ok(*n),
        Some(_) => Err(format!("`{key}` should be an integer")),
    }
}

fn flag_at(yaml: &Yaml, key: &str) -> bool {
    matches!(get(yaml, key), Some(Yaml::Value(Scalar::Boolean(true))))
}

/// The decimal number written.
fn decimal(yaml: &Yaml) -> Result<Frac, String> {
    text(yaml).and_then(|text| Frac::decimal(&text)).ok_or_else(|| "not a number".into())
}

fn members<'a>(yaml: &'a Yaml<'a>, key: &str) -> Result<Vec<(String, &'a Yaml<'a>)>, String> {
    let Some(value) = get(yaml, key) else { return Ok(Vec::new()) };
    let mapping = value.as_mapping().ok_or_else(|| format!("`{key}` should be a mapping"))?;
    mapping.iter().map(|(k, v)| Ok((text(k).ok_or_else(|| format!("a key of `{key}` is no text"))?, v))).collect()
}

fn items<'a>(yaml: &'a Yaml<'a>, key: &str) -> Result<Vec<&'a Yaml<'a>>, String> {
    let Some(value) = get(yaml, key) else { return Ok(Vec::new()) };
    Ok(value.as_sequence().ok_or_else(|| format!("`{key}` should be a list"))?.iter().collect())
}

fn texts(yaml: &Yaml, key: &str) -> Result<Vec<String>, String> {
    items(yaml, key)?.into_iter().map(|item| text(item).ok_or_else(|| format!("`{key}` is a list of texts"))).collect()
}

/// One text or a list of them.
fn one_or_more(yaml: &Yaml, key: &str) -> Result<Vec<String>, String> {
    match get(yaml, key).map(text) {
        Some(Some(one)) => Ok(vec![one]),
        _ => texts(yaml, key),
    }
}

fn calendars(root: &Yaml) -> Result<Vec<Calendar>, String> {
    let mut calendars = Vec::new();
    for (name, _) in members(root, "calendars")? {
        let mut periods = Vec::new();
        for period in items(get(root, "calendars").expect("just listed"), &name)? {
            let day = |key: &str| -> Result<Day, String> {
                let text = text_at(period, key)?.ok_or("a period has both ends")?;
                Ok(parse_date(&text).flatten().ok_or("not a date")?)
            };
            periods.push((day("from")?, day("to")?));
        }
        calendars.push(Calendar { name, periods });
    }
    Ok(calendars)
}

/// What conditions of a playbook may name, and which product a name is.
struct Names {
    /// By present names and by others, each with its index.
    products: Vec<(String, usize)>,
    /// What may stand before a dot.
    before: Vec<String>,
    measures: BTreeMap<String, Of>,
    window_days: i64,
    settle_days: i64,
}

impl Names {
    fn of(root: &Yaml, window_days: i64) -> Result<Names, String> {
        let mut names = Names { products: Vec::new(), before: Vec::new(), measures: BTreeMap::new(), window_days, settle_days: 0 };
        names.settle_days = int_at(root, "settle_days", 0)?;
        for (p, (id, yaml)) in members(root, "products")?.into_iter().enumerate() {
            names.products.push((id, p));
            names.products.extend(texts(yaml, "aliases")?.into_iter().map(|alias| (alias, p)));
            names.settle_days = names.settle_days.max(int_at(yaml, "settle_days", 0)?);
        }
        names.before = names.products.iter().map(|(name, _)| name.clone()).collect();
        for (id, yaml) in members(root, "measures")? {
            names.measures.insert(id, of(yaml, "of")?);
        }
        Ok(names)
    }

    fn product(&self, name: &str) -> Result<usize, String> {
        self.products.iter().find(|(known, _)| known == name).map(|(_, p)| *p).ok_or_else(|| format!("no product `{name}`"))
    }

    /// Those that a key lists, or all.
    fn listed(&self, yaml: &Yaml) -> Result<Vec<usize>, String> {
        match get(yaml, "products") {
            None => Ok((0..=self.products.iter().map(|(_, p)| *p).max().unwrap_or(0)).collect()),
            Some(_) => texts(yaml, "products")?.iter().map(|name| self.product(name)).collect(),
        }
    }

    fn scope(&self, of: Of, of_stage: bool) -> Scope<'_> {
        let Names { before, measures, window_days, settle_days, .. } = self;
        Scope { products: before, measures, window_days: *window_days, settle_days: *settle_days, of, of_stage }
    }

    fn condition(&self, text: &str, of: Of) -> Result<Expr, String> {
        Expr::condition(text, self.scope(of, false))
    }

    fn staged(&self, text: Option<String>, default: &str) -> Result<Expr, String> {
        Expr::condition(&text.unwrap_or_else(|| default.to_string()), self.scope(Of::Product, true))
    }

    fn condition_at(&self, yaml: &Yaml, key: &str, of: Of) -> Result<Option<Expr>, String> {
        text_at(yaml, key)?.map(|text| self.condition(&text, of)).transpose()
    }

    fn needed(&self, yaml: &Yaml, key: &str, of: Of) -> Result<Expr, String> {
        self.condition_at(yaml, key, of)?.ok_or_else(|| format!("no `{key}`"))
    }

    fn tokens(&self, yaml: &Yaml, of: Of) -> Result<Vec<(String, Token)>, String> {
        let token = |value: &Yaml| match text(value) {
            Some(written) => Expr::parse(&written, self.scope(of, false)).map(Token::Value),
            None => Ok(Token::Text(text_at(value, "text")?.ok_or("a token is an expression or a text")?)),
        };
        members(yaml, "tokens")?.into_iter().map(|(name, value)| Ok((name, token(value)?))).collect()
    }

    fn outcome(&self, yaml: &Yaml, of: Of) -> Result<Option<Outcome>, String> {
        let Some(yaml) = get(yaml, "outcome") else { return Ok(None) };
        let metric = Expr::number(&text_at(yaml, "metric")?.ok_or("an outcome without a metric")?, self.scope(of, false))?;
        let day = |item: &Yaml| text(item).and_then(|text| text.parse().ok()).ok_or("an outcome's days are numbers");
        let up = match text_at(yaml, "better")?.as_deref() {
            Some("up") => true,
            Some("down") => false,
            other => return Err(format!("better {other:?}")),
        };
        let days = items(yaml, "days")?.into_iter().map(day).collect::<Result<_, _>>()?;
        Ok(Some(Outcome { metric, days, up, by: decimal(get(yaml, "by").ok_or("an outcome without `by`")?)? }))
    }
}

fn tasks(yaml: &Yaml) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::new();
    for yaml in items(yaml, "tasks")? {
        let needed = |key: &str| text_at(yaml, key)?.ok_or_else(|| format!("a task without `{key}`"));
        let due_days = get(yaml, "due_days").map(|_| int_at(yaml, "due_days", 0)).transpose()?;
        let assignee = text_at(yaml, "assignee")?.unwrap_or_else(|| "owner".into());
        tasks.push(Task { id: needed("id")?, title: needed("title")?, assignee, doc: text_at(yaml, "doc")?, due_days });
    }
    Ok(tasks)
}

fn of(yaml: &Yaml, key: &str) -> Result<Of, String> {
    match text_at(yaml, key)?.as_deref() {
        Some("product") => Ok(Of::Product),
        Some("account") => Ok(Of::Account),
        Some("user") => Ok(Of::User),
        other => Err(format!("{key} {other:?}")),
    }
}

fn features(yaml: &Yaml, window_days: i64) -> Result<Vec<Feature>, String> {
    let mut features = Vec::new();
    for (id, about) in members(yaml, "features")? {
        let value = |key: &str| get(about, "value").and_then(|value| get(value, key)).map(decimal).transpose();
        let effective = match get(about, "effective") {
            None => (2, window_days),
            Some(effective) => (int_at(effective, "days", 2)?, int_at(effective, "of", window_days)?),
        };
        let (amount, hours) = (value("amount")?, value("hours")?);
        features.push(Feature {
            name: text_at(about, "name")?.unwrap_or_else(|| id.clone()),
            id,
            module: text_at(about, "module")?,
            tiers: one_or_more(about, "tier")?,
            amount,
            hours,
            effective,
            impact: text_at(about, "impact")?,
            effort: text_at(about, "effort")?,
            recommendation: text_at(about, "recommendation")?,
        });
    }
    Ok(features)
}

/// Other names of features, each with the feature's.
fn feature_aliases(yaml: &Yaml) -> Result<Vec<(String, String)>, String> {
    let mut aliases = Vec::new();
    for (id, about) in members(yaml, "features")? {
        aliases.extend(texts(about, "aliases")?.into_iter().map(|alias| (alias, id.clone())));
    }
    Ok(aliases)
}

fn product(names: &Names, stages: &Yaml, (id, yaml): (String, &Yaml), settle_by_default: i64) -> Result<Product, String> {
    let (features, feature_aliases) = (features(yaml, names.window_days)?, feature_aliases(yaml)?);
    let own = |key: &str| -> Result<Option<String>, String> { Ok(text_at(yaml, key)?.or(text_at(stages, key)?)) };
    let regular_use = names.staged(own("regular_use")?, "active_days(7) >= 1")?;
    let adopted = text_at(yaml, "adopted")?.map(|text| names.staged(Some(text), "")).transpose()?;
    let conditions = [
        vec![names.staged(text_at(stages, "activated")?, "active_days >= 1")?],
        adopted.iter().cloned().chain([regular_use.clone()]).collect(),
        vec![names.staged(own("proficient")?, "features_used(\"advanced\") >= 1")?],
        vec![names.staged(own("integrated")?, "integrations >= 1 || workflow_runs >= 1")?],
    ];
    let price = get(yaml, "price").map(price).transpose()?;
    Ok(Product {
        name: text_at(yaml, "name")?.unwrap_or_else(|| id.clone()),
        price,
        problem: text_at(yaml, "problem")?,
        aliases: texts(yaml, "aliases")?,
        settle_days: int_at(yaml, "settle_days", settle_by_default)?,
        fit: names.condition_at(yaml, "fit", Of::Account)?,
        criteria: adopted.unwrap_or(regular_use),
        id,
        feature_aliases,
        features,
        conditions,
    })
}

fn price(yaml: &Yaml) -> Result<Price, String> {
    let amount = get(yaml, "per_seat").or(get(yaml, "flat")).ok_or("a price without an amount")?;
    let currency = text_at(yaml, "currency")?.ok_or("a price without a currency")?;
    Ok(Price { amount: decimal(amount)?, per_seat: get(yaml, "per_seat").is_some(), currency })
}

fn shown(root: &Yaml) -> Result<Shown, String> {
    let Some(yaml) = get(root, "view") else { return Ok(Shown::default()) };
    let [score, account_score, health] = ["score", "account_score", "health"].map(|key| text_at(yaml, key));
    Ok(Shown { score: score?, account_score: account_score?, health: health?, elements: texts(yaml, "elements")? })
}

fn account_stages(root: &Yaml) -> Result<Vec<AccountStage>, String> {
    let mut account_stages = Vec::new();
    for yaml in items(root, "account_stages")? {
        let mut notes = Vec::new();
        for key in ["churn_risk", "priority", "action"] {
            notes.extend(text_at(yaml, key)?.map(|text| (key, text)));
        }
        let name = text_at(yaml, "name")?.ok_or("an account stage without a name")?;
        account_stages.push(AccountStage { name, from: int_at(yaml, "from", 0)?, notes });
    }
    if account_stages.is_empty() {
        let shipped = [("not_adopted", 0), ("single_product", 1), ("multi_product", 2), ("platform", 3), ("full_platform", 5)];
        account_stages = shipped.iter().map(|s| AccountStage { name: s.0.into(), from: s.1, notes: Vec::new() }).collect();
    }
    Ok(account_stages)
}

fn measure(names: &Names, (id, yaml): (String, &Yaml)) -> Result<Measure, String> {
    let of = of(yaml, "of")?;
    let value = text_at(yaml, "value")?.ok_or_else(|| format!("{id}: no `value`"))?;
    let mut bands = Vec::new();
    for band in items(yaml, "bands")? {
        let name = text_at(band, "name")?.ok_or("a band without a name")?;
        bands.push((name, decimal(get(band, "from").ok_or("a band without an end")?)?));
    }
    if of == Of::User && !bands.is_empty() {
        return Err(format!("{id}: bands are of accounts and products"));
    }
    if [Of::Account, Of::Product, Of::User].iter().any(|of| super::expr::has_metric(*of, &id)) {
        return Err(format!("{id}: a measure may not have a metric's name"));
    }
    let value = Expr::number(&value, names.scope(of, false)).map_err(|e| format!("{id}: {e}"))?;
    let range = match items(yaml, "range")?[..] {
        [] => (Frac::int(0), Frac::int(100)),
        [from, to] => (decimal(from)?, decimal(to)?),
        _ => return Err(format!("{id}: a range has two ends")),
    };
    Ok(Measure { id, of, value, range, bands })
}

fn rule(names: &Names, guardrails: &[Guardrail], id: String, yaml: &Yaml, play: bool) -> Result<Rule, String> {
    let of = of(yaml, "scope")?;
    let guard = |name: String| guardrails.iter().position(|guard| guard.id == name).ok_or_else(|| format!("no guardrail `{name}`"));
    let severity = text_at(yaml, "severity")?;
    Ok(Rule {
        play,
        of,
        products: names.listed(yaml)?,
        absent: flag_at(yaml, "absent"),
        gone: flag_at(yaml, "gone"),
        daily: false,
        route: text_at(yaml, "route")?.unwrap_or_else(|| "owner".into()),
        group: text_at(yaml, "group")?,
        open: names.needed(yaml, "open", of).map_err(|e| format!("{id}: {e}"))?,
        clear: names.condition_at(yaml, "clear", of).map_err(|e| format!("{id}: {e}"))?,
        severity: severity.unwrap_or_else(|| if play { "info" } else { "warning" }.into()),
        for_days: int_at(yaml, "for_days", 0)?,
        cooldown_days: int_at(yaml, "cooldown_days", 0)?,
        clear_days: int_at(yaml, "clear_days", 0)?,
        due_days: match get(yaml, "due_days") {
            None => None,
            Some(_) => Some(int_at(yaml, "due_days", 0)?),
        },
        tasks: tasks(yaml)?,
        tokens: names.tokens(yaml, of)?,
        champions: text_at(yaml, "with")?.is_some(),
        outcome: names.outcome(yaml, of)?,
        guards: texts(yaml, "guards")?.into_iter().map(guard).collect::<Result<_, _>>()?,
        holdout: get(yaml, "holdout").map_or(Ok(Frac::int(0)), decimal)?,
        id,
    })
}

/// What is judged when: as `judge` says, else `daily` where that is so by itself.
fn judged(yaml: &Yaml, by_itself: bool) -> Result<bool, String> {
    match text_at(yaml, "judge")?.as_deref() {
        None => Ok(by_itself),
        Some("live") => Ok(false),
        Some("daily") => Ok(true),
        Some(other) => Err(format!("judge `{other}`")),
    }
}

impl Playbook {
    /// The product that is called so, or was.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.products.iter().position(|p| p.id == name || p.aliases.iter().any(|alias| alias == name))
    }

    /// What a product is called now.
    pub fn present(&self, product: &str) -> String {
        self.named(product).map_or(product, |p| &self.products[p].id).to_string()
    }

    /// What a feature of a product is called now.
    pub fn present_feature(&self, p: usize, feature: &str) -> String {
        let alias = self.products[p].feature_aliases.iter().find(|(alias, _)| alias == feature);
        alias.map_or(feature, |(_, present)| present).to_string()
    }

    pub fn measure(&self, id: &str) -> &Measure {
        self.measures.iter().find(|measure| measure.id == id).expect("checked at load")
    }

    pub fn persona(&self, id: &str) -> &Persona {
        self.personas.iter().find(|persona| persona.id == id).expect("checked at load")
    }

    pub fn load(source: &str) -> Result<Playbook, String> {
        let documents = Yaml::load_from_str(source).map_err(|e| e.to_string())?;
        let root = documents.first().ok_or("an empty playbook")?;
        let zone_name = text_at(root, "time_zone")?.unwrap_or_else(|| "UTC".into());
        let window_days = int_at(root, "window_days", 30)?;
        let settle_days = int_at(root, "settle_days", 0)?;
        let names = Names::of(root, window_days)?;
        let nothing = Yaml::Value(Scalar::Null);
        let stages = get(root, "stages").unwrap_or(&nothing);
        let listed = members(root, "products")?;
        let mut playbook = Playbook {
            zone: Zone::get(&zone_name).ok_or_else(|| format!("no zone `{zone_name}`"))?,
            window_days,
            settle_days,
            min_volume: int_at(root, "min_volume", 20)?,
            min_active_days: int_at(root, "min_active_days", 5)?,
            calendars: calendars(root)?,
            hold_days: int_at(stages, "hold_days", 7)?,
            grace_days: int_at(stages, "grace_days", 0)?,
            highest: match text_at(stages, "ladder")?.as_deref() {
                None | Some("cumulative") => false,
                Some("highest") => true,
                Some(other) => return Err(format!("ladder `{other}`")),
            },
            product_ids: listed.iter().map(|(id, _)| id.clone()).collect(),
            products: Vec::new(),
            integrations: None,
            workflows: Vec::new(),
            synergies: Vec::new(),
            paths: Vec::new(),
            personas: Vec::new(),
            plans: BTreeMap::new(),
            shown: shown(root)?,
            account_stages: account_stages(root)?,
            measures: members(root, "measures")?.into_iter().map(|member| measure(&names, member)).collect::<Result<_, _>>()?,
            segments: Vec::new(),
            milestones: Vec::new(),
            guardrails: Vec::new(),
            rules: Vec::new(),
            campaigns: Vec::new(),
            targets: Vec::new(),
        };
        for member in listed {
            playbook.products.push(product(&names, stages, member, settle_days)?);
        }
        playbook.load_catalogue(&names, root)?;
        playbook.check()?;
        playbook.load_rules(&names, root)?;
        for (id, yaml) in members(root, "targets")? {
            let bound = |key: &str| get(yaml, key).map(decimal).transpose();
            let figure = text_at(yaml, "figure")?.ok_or("a target without a figure")?;
            playbook.targets.push(Target { id, figure, at_least: bound("at_least")?, at_most: bound("at_most")? });
        }
        Ok(playbook)
    }

    fn load_catalogue(&mut self, names: &Names, root: &Yaml) -> Result<(), String> {
        if get(root, "integrations").is_some() {
            let mut pairs = Vec::new();
            for pair in items(root, "integrations")? {
                let end = |key: &str| names.product(&text_at(pair, key)?.ok_or("an integration has two ends")?);
                pairs.push((end("from")?, end("to")?));
            }
            self.integrations = Some(pairs);
        }
        for (id, yaml) in members(root, "workflows")? {
            self.workflows.push(Workflow { id, products: names.listed(yaml)?, label: text_at(yaml, "label")? });
        }
        for (id, yaml) in members(root, "synergies")? {
            let (products, by) = (names.listed(yaml)?, names.needed(yaml, "by", Of::Account)?);
            let value = get(yaml, "value").map(decimal).transpose()?;
            self.synergies.push(Synergy { id, value, effort: text_at(yaml, "effort")?, products, by });
        }
        for (id, yaml) in members(root, "paths")? {
            self.paths.push(Path { id, products: names.listed(yaml)? });
        }
        for (reason, yaml) in members(root, "reasons")? {
            self.plans.insert(reason, texts(yaml, "plan")?);
        }
        for (id, yaml) in members(root, "personas")? {
            let (among, keeps) = (names.condition_at(yaml, "among", Of::User)?, names.needed(yaml, "keeps", Of::User)?);
            self.personas.push(Persona { id, among, keeps });
        }
        Ok(())
    }

    fn load_rules(&mut self, names: &Names, root: &Yaml) -> Result<(), String> {
        for (id, yaml) in members(root, "segments")? {
            let when = names.needed(yaml, "when", Of::Account).map_err(|e| format!("{id}: {e}"))?;
            let benchmarks: Result<_, String> =
                members(yaml, "benchmarks")?.into_iter().map(|(name, value)| Ok((name, decimal(value)?))).collect();
            let (for_days, clear_days) = (int_at(yaml, "for_days", 0)?, int_at(yaml, "clear_days", 0)?);
            self.segments.push(Segment { id, when, for_days, clear_days, benchmarks: benchmarks?, daily: judged(yaml, true)? });
        }
        for (id, yaml) in members(root, "milestones")? {
            let (of, products) = (of(yaml, "of")?, names.listed(yaml)?);
            let when = names.needed(yaml, "when", of).map_err(|e| format!("{id}: {e}"))?;
            let useful_if = names.condition_at(yaml, "useful_if", of).map_err(|e| format!("{id}: {e}"))?;
            let daily = judged(yaml, self.is_daily(&when, &products))?;
            self.milestones.push(Milestone { id, of, products, when, useful_if, daily });
        }
        for (id, yaml) in members(root, "guardrails")? {
            let of = if get(yaml, "of").is_some() { of(yaml, "of")? } else { Of::Account };
            let holds_back = names.needed(yaml, "holds_back", of).map_err(|e| format!("{id}: {e}"))?;
            self.guardrails.push(Guardrail { id, of, holds_back, reason: text_at(yaml, "reason")? });
        }
        for (section, play) in [("alerts", false), ("plays", true)] {
            for (id, yaml) in members(root, section)? {
                let mut rule = rule(names, &self.guardrails, id, yaml, play)?;
                let by_itself = [Some(&rule.open), rule.clear.as_ref()].iter().flatten().any(|c| self.is_daily(c, &rule.products));
                rule.daily = judged(yaml, by_itself)?;
                self.rules.push(rule);
            }
        }
        for (id, yaml) in members(root, "campaigns")? {
            let told = |e: String| format!("{id}: {e}");
            let (open, goal) = (names.needed(yaml, "open", Of::User).map_err(told)?, names.condition_at(yaml, "goal", Of::User)?);
            let every: Vec<usize> = (0..self.products.len()).collect();
            let by_itself = [Some(&open), goal.as_ref()].iter().flatten().any(|c| self.is_daily(c, &every));
            let (daily, tokens) = (judged(yaml, by_itself)?, names.tokens(yaml, Of::User)?);
            let (goal_days, cooldown_days) = (int_at(yaml, "goal_days", 14)?, int_at(yaml, "cooldown_days", 90)?);
            self.campaigns.push(Campaign { id, open, goal, goal_days, cooldown_days, tokens, daily });
        }
        Ok(())
    }

    /// Of which products a metric, or a measure, of a product may be, in an expression of some products.
    fn may_mean(&self, read: &Read, products: &[usize]) -> Vec<usize> {
        match &read.before {
            Before::Nothing => products.to_vec(),
            Before::Product(name) => self.named(name).into_iter().collect(),
            Before::Primary | Before::Account => (0..self.products.len()).collect(),
        }
    }

    /// The conditions that a metric asks: those behind it.
    fn behind(&self, read: &Read, products: &[usize]) -> Vec<&Expr> {
        let meant = self.may_mean(read, products);
        match (read.what, read.name.as_str()) {
            (What::Metric, "criteria_progress") => meant.iter().map(|p| &self.products[*p].criteria).collect(),
            (What::Metric, "fit") => meant.iter().filter_map(|p| self.products[*p].fit.as_ref()).collect(),
            (What::Metric, "synergies_unlocked" | "synergies_untapped") => self.synergies.iter().map(|synergy| &synergy.by).collect(),
            _ => Vec::new(),
        }
    }

    /// Is what has this condition, of some products, daily by itself?
    fn is_daily(&self, condition: &Expr, products: &[usize]) -> bool {
        let mut daily = false;
        condition.each(&mut |expr| match expr {
            Expr::Aggregate(..) => daily = true,
            Expr::Read(read) => {
                // Within the criteria of a product a bare name is that product's.
                let behind = self.behind(read, products);
                let of = self.may_mean(read, products);
                daily |= read.what == What::Measure || read.is_marked() || behind.iter().any(|c| self.is_daily(c, &of));
            }
            _ => {}
        });
        daily
    }

    /// All expressions that a value of this one comes from, itself first. An error where they go round in a circle.
    fn sources<'a>(&'a self, expr: &'a Expr, way: &mut Vec<*const Expr>, found: &mut Vec<&'a Expr>) -> Result<(), String> {
        if way.contains(&std::ptr::from_ref(expr)) {
            return Err(format!("what is read goes round in a circle: {expr:?}"));
        }
        way.push(expr);
        found.push(expr);
        let every: Vec<usize> = (0..self.products.len()).collect();
        let mut next = Vec::new();
        expr.each(&mut |part| {
            let Expr::Read(read) = part else { return };
            next.extend(self.behind(read, &every));
            if read.what == What::Measure {
                next.push(&self.measure(&read.name).value);
            }
            if let Some(persona) = read.named.as_deref().filter(|_| read.name == "persona").map(|id| self.persona(id)) {
                next.extend([Some(&persona.keeps), persona.among.as_ref()].into_iter().flatten());
            }
        });
        for expr in next {
            self.sources(expr, way, found)?;
        }
        way.pop();
        Ok(())
    }

    /// Nothing goes round in a circle, and what may not read a verdict, a stage or an aggregate does not.
    fn check(&self) -> Result<(), String> {
        let sources = |expr: &Expr| -> Result<Vec<String>, String> {
            let mut found = Vec::new();
            self.sources(expr, &mut Vec::new(), &mut found)?;
            let mut reads = Vec::new();
            for expr in found {
                expr.each(&mut |part| match part {
                    Expr::Aggregate(..) => reads.push("an aggregate".to_string()),
                    Expr::Read(read) if read.what == What::Verdict => reads.push("a verdict".to_string()),
                    Expr::Read(read) if read.is_of_stages() => reads.push("a stage".to_string()),
                    Expr::Read(read) if read.name == "persona" => reads.push("an aggregate".to_string()),
                    _ => {}
                });
            }
            Ok(reads)
        };
        let none_of = |what: &str, expr: &Expr, refused: &[&str]| match sources(expr)?.iter().find(|read| refused.contains(&read.as_str()))
        {
            None => Ok(()),
            Some(read) => Err(format!("{what} reads {read}: {expr:?}")),
        };
        for measure in &self.measures {
            none_of("a measure", &measure.value, &["a verdict"])?;
        }
        for product in &self.products {
            for condition in product.conditions.iter().flatten() {
                none_of("a stage", condition, &["a verdict", "a stage", "an aggregate"])?;
            }
        }
        let fits = self.products.iter().filter_map(|product| product.fit.as_ref());
        let of_personas = self.personas.iter().flat_map(|persona| [Some(&persona.keeps), persona.among.as_ref()].into_iter().flatten());
        for condition in fits.chain(self.synergies.iter().map(|synergy| &synergy.by)).chain(of_personas) {
            none_of("the catalogue", condition, &["a verdict", "a stage"])?;
        }
        Ok(())
    }

    /// What an expression may name, of whom.
    pub fn expression(&self, text: &str, of: Of) -> Result<Expr, String> {
        let before: Vec<String> = self.products.iter().flat_map(|p| p.aliases.iter().chain([&p.id])).cloned().collect();
        let measures = self.measures.iter().map(|measure| (measure.id.clone(), measure.of)).collect();
        let settle_days = self.products.iter().map(|p| p.settle_days).chain([self.settle_days]).max().unwrap_or(0);
        let scope = Scope { products: &before, measures: &measures, window_days: self.window_days, settle_days, of, of_stage: false };
        Expr::parse(text, scope).and_then(|expr| expr.kind().map(|_: Kind| expr))
    }
}
