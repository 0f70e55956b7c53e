//! The data of each output, as documented serde types: the JSON Schemas in `schemas/` are generated from them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::engine::{Account, Cause, Day, Effect, EffectKind, Engine, NEVER, Stage, date_of, rfc3339};
use crate::playbook::{Playbook, ProductIndex, RuleKind};

/// A product of an account moved to another stage.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProductStageChanged<'a> {
    pub account: &'a str,
    pub product: &'a str,
    pub from: StageName,
    pub to: StageName,
    /// Whether a term of the product is in force.
    pub entitled: bool,
    /// Upwards every comparison of the condition reached; downwards of the lowest condition that no longer holds.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StageName {
    None,
    Entitled,
    Activated,
    Adopted,
    Proficient,
    Integrated,
}

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

/// An alert or a play opened.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IncidentOpened<'a> {
    pub account: &'a str,
    /// Of a rule with product scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// The same from opening to closing.
    pub incident: String,
    pub rule: &'a str,
    pub severity: &'a str,
    /// The `time` of the opening.
    pub opened: String,
    /// Plays: the day by which it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub due: Option<String>,
    /// Every comparison of the rule's `open`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// An alert cleared or a play closed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IncidentClosed<'a> {
    pub account: &'a str,
    /// Of a rule with product scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// The same from opening to closing.
    pub incident: String,
    pub rule: &'a str,
    pub severity: &'a str,
    /// The `time` of the opening.
    pub opened: String,
    /// Plays: the day by which it was due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub due: Option<String>,
    pub reason: Reason,
    /// Days of the account from opening to closing.
    pub open_days: i32,
    /// Every comparison of the condition that decided; none unless `reason` is `condition`.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Why an incident is over.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The rule's `clear` holds.
    Condition,
    /// The product's stage became `none`, or the playbook no longer names the product.
    NoLongerApplies,
    /// The playbook no longer has the rule.
    RuleRemoved,
}

/// One comparison with what it saw.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Evidence<'a> {
    /// The left side in canonical form, every default written out.
    pub metric: &'a str,
    /// `null` where it is missing.
    pub value: &'a Json,
    pub operator: &'a str,
    /// The value of the right side.
    pub threshold: &'a Json,
    /// The days read; absent where the comparison reads no window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// Days, both ends included.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Window {
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub from: String,
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub to: String,
}

/// What made the account be judged.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CauseData<'a> {
    /// The `id` of an input event.
    Event(&'a str),
    /// An input event without id: `topic/partition/offset`.
    Record(&'a str),
    /// An input event without id in a file: its line, from 1.
    Line(u64),
    /// The boundary at the start of this day.
    Day(String),
    /// The first start with this playbook.
    Playbook(&'a str),
}

/// An account as it stands after a commit that published something about it. The topic is compacted: of the states within a commit
/// only the last is written.
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
    /// Of the last output of the commit.
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

/// Every output type's file name and schema, as in `schemas/`.
pub fn schemas() -> Vec<(&'static str, Json)> {
    let named = |name: &'static str, title: &str, schema: schemars::Schema| {
        let mut schema = schema.to_value();
        if let Some(object) = schema.as_object_mut() {
            object.insert("$id".to_owned(), Json::from(format!("{}{name}", super::SCHEMA_BASE)));
            object.insert("title".to_owned(), Json::from(title));
        }
        (name, schema)
    };
    vec![
        named("product-stage-changed.v1.json", "adoption.product_stage.changed", schemars::schema_for!(ProductStageChanged)),
        named("account-stage-changed.v1.json", "adoption.account_stage.changed", schemars::schema_for!(AccountStageChanged)),
        named("alert-opened.v1.json", "adoption.alert.opened", schemars::schema_for!(IncidentOpened)),
        named("alert-cleared.v1.json", "adoption.alert.cleared", schemars::schema_for!(IncidentClosed)),
        named("play-opened.v1.json", "adoption.play.opened", schemars::schema_for!(IncidentOpened)),
        named("play-closed.v1.json", "adoption.play.closed", schemars::schema_for!(IncidentClosed)),
        named("account-updated.v1.json", "adoption.account.updated", schemars::schema_for!(AccountUpdated)),
    ]
}

/// The data of an account's state as JSON text.
pub(super) fn render_account(account: &Account, engine: &Engine, cause: &Cause) -> String {
    let playbook = engine.playbook();
    let id = |index: ProductIndex| &*playbook.products[usize::from(index.0)].id;
    let day = |day: Day| (day != NEVER).then(|| date(day));
    let order = account.adoption_order();
    let mut products: Vec<_> = account.products.iter().filter_map(|product| Some((product.index?, product))).collect();
    products.retain(|(_, product)| product.stage != Stage::None || product.adopted_day != NEVER);
    products.sort_by_key(|(index, _)| *index);
    let products = products.into_iter().map(|(index, product)| ProductState {
        product: id(index),
        stage: stage_name(product.stage),
        since: day(product.stage_changed),
        entitled: product.facts.entitlements.in_force(account.day).is_some(),
        adopted: day(product.adopted_day),
    });
    let open = account.incidents.iter().filter_map(|(key, state)| Some((*key, state.open.as_ref()?)));
    let incidents = open.map(|(key, open)| {
        let rule = engine.rule_of(key);
        OpenIncidentState {
            incident: format!("{:032x}", open.id),
            rule: &rule.head.id,
            severity: &rule.head.severity,
            product: key.subject.product().map(id),
            opened: rfc3339(open.opened_ms),
            due: open.due().filter(|_| rule.head.kind == RuleKind::Play).map(date),
        }
    });
    let state = AccountUpdated {
        account: &account.id,
        day: date(account.day),
        began: date(account.began),
        stage: &playbook.account_stages[usize::from(account.stage)].name,
        products_adopted: account.products_adopted(),
        primary_product: order.first().map(|&(_, index)| id(index)),
        second_product: order.get(1).map(|&(_, index)| id(index)),
        days_to_second_product: order.get(1).map(|(second, _)| second - order[0].0),
        products: products.collect(),
        incidents: incidents.collect(),
        cause: cause_data(cause, playbook),
        playbook: &playbook.digest,
    };
    json(&state)
}

/// The data of an effect as JSON text.
pub(super) fn render(effect: &Effect, playbook: &Playbook) -> String {
    let account = &*effect.account;
    let product = effect.product.as_deref();
    let evidence = effect.evidence.iter().map(evidence_data).collect();
    let cause = cause_data(&effect.cause, playbook);
    let digest = &*playbook.digest;
    match &effect.kind {
        EffectKind::ProductStageChanged { from, to, entitled } => json(&ProductStageChanged {
            account,
            product: product.unwrap_or_default(),
            from: stage_name(*from),
            to: stage_name(*to),
            entitled: *entitled,
            evidence,
            cause,
            playbook: digest,
        }),
        EffectKind::AccountStageChanged { from, to, products_adopted, adoption_order } => {
            let reached = &playbook.account_stages[usize::from(*to)];
            let adopted = |place: usize| adoption_order.get(place).map(|(_, index)| &*playbook.products[usize::from(index.0)].id);
            json(&AccountStageChanged {
                account,
                from: &playbook.account_stages[usize::from(*from)].name,
                to: &reached.name,
                products_adopted: *products_adopted,
                primary_product: adopted(0),
                second_product: adopted(1),
                days_to_second_product: adoption_order.get(1).map(|(second, _)| second - adoption_order[0].0),
                churn_risk: reached.churn_risk.as_deref(),
                priority: reached.priority.as_deref(),
                action: reached.action.as_deref(),
                evidence,
                cause,
                playbook: digest,
            })
        }
        EffectKind::IncidentOpened { rule, incident } => json(&IncidentOpened {
            account,
            product,
            incident: format!("{:032x}", incident.id),
            rule: &rule.id,
            severity: &rule.severity,
            opened: rfc3339(incident.opened_ms),
            due: incident.due().filter(|_| rule.kind == RuleKind::Play).map(date),
            evidence,
            cause,
            playbook: digest,
        }),
        EffectKind::IncidentClosed { rule, incident, reason, open_days } => json(&IncidentClosed {
            account,
            product,
            incident: format!("{:032x}", incident.id),
            rule: &rule.id,
            severity: &rule.severity,
            opened: rfc3339(incident.opened_ms),
            due: incident.due().filter(|_| rule.kind == RuleKind::Play).map(date),
            reason: match reason {
                crate::engine::CloseReason::Condition => Reason::Condition,
                crate::engine::CloseReason::NoLongerApplies => Reason::NoLongerApplies,
                crate::engine::CloseReason::RuleRemoved => Reason::RuleRemoved,
            },
            open_days: *open_days,
            evidence,
            cause,
            playbook: digest,
        }),
    }
}

/// Most outputs are shorter: a text that grows is copied each time.
const TEXT_BYTES: usize = 1 << 10;

fn json(data: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(TEXT_BYTES);
    serde_json::to_writer(&mut text, data).expect("plain data serializes");
    String::from_utf8(text).expect("JSON is UTF-8")
}

fn stage_name(stage: crate::engine::Stage) -> StageName {
    match stage {
        Stage::None => StageName::None,
        Stage::Entitled => StageName::Entitled,
        Stage::Activated => StageName::Activated,
        Stage::Adopted => StageName::Adopted,
        Stage::Proficient => StageName::Proficient,
        Stage::Integrated => StageName::Integrated,
    }
}

fn evidence_data(evidence: &crate::engine::Evidence) -> Evidence<'_> {
    Evidence {
        metric: &evidence.metric,
        value: &evidence.value,
        operator: evidence.operator,
        threshold: &evidence.threshold,
        window: evidence.window.map(|(from, to)| Window { from: date(from), to: date(to) }),
    }
}

fn cause_data<'a>(cause: &'a Cause, playbook: &'a Playbook) -> CauseData<'a> {
    match cause {
        Cause::Event(id) => CauseData::Event(id),
        Cause::Record(position) => CauseData::Record(position),
        Cause::Line(number) => CauseData::Line(*number),
        Cause::Day(day) => CauseData::Day(date(*day)),
        Cause::Playbook => CauseData::Playbook(&playbook.digest),
    }
}

fn date(day: Day) -> String {
    date_of(day).to_string()
}
