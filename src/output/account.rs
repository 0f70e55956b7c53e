//! An account as it stands after something was published about it.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Number;

use super::data::{CauseData, FirstTwo, StageName, cause_data, json, stage_name};
use super::incident::Head;
use super::{OutputType, schema_of};
use crate::engine::{Account, Cause, Day, Engine, NEVER, Stage, date_text};
use crate::playbook::ProductIndex;
use crate::topics::Topic;

pub const UPDATED: OutputType = OutputType {
    name: "adoption.account.updated",
    topic: Topic::Accounts,
    dataschema: schema!("account-updated.v1.json"),
    schema: schema_of::<AccountUpdated<'static>>,
};

/// An account as it stands after something was published about it. The topic is compacted: of states that follow each other within
/// seconds only the last may be written.
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
    /// As `stage`: for systems that name their field so.
    pub adoption_stage: &'a str,
    pub products_adopted: u32,
    /// As `products_adopted`.
    pub products_adopted_count: u32,
    /// Products with a term in force.
    pub products_available: u32,
    /// Products adopted of those available, to one place, half to even: 66.7. `null` where none is available.
    pub adoption_breadth_percentage: Option<Number>,
    /// The product adopted first.
    pub primary_product: Option<&'a str>,
    /// The product adopted second.
    pub second_product: Option<&'a str>,
    /// As `days_to_second_product`.
    pub time_to_second_product_days: Option<i32>,
    /// Days from the first adoption to the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_to_second_product: Option<i32>,
    /// In playbook order; products at `none` that never were adopted are left out.
    pub products: Vec<ProductState<'a>>,
    /// Open alerts and plays, in the order of outputs.
    pub incidents: Vec<OpenIncidentState<'a>>,
    /// Of the last output before it.
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

/// An open alert or play.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OpenIncidentState<'a> {
    #[serde(flatten)]
    pub head: Head<'a>,
    /// Of a rule with product scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// Of a rule with user scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
}

/// The data of an account's state as JSON text.
pub fn updated(account: &Account, engine: &Engine, cause: &Cause) -> String {
    let playbook = engine.playbook();
    let id = |index: ProductIndex| &*playbook.products[usize::from(index.0)].id;
    let day = |day: Day| (day != NEVER).then(|| date_text(day));
    let FirstTwo { primary, second, days_to_second } = FirstTwo::of(&account.adoption_order(), playbook);
    let mut products: Vec<_> = account.products.iter().filter_map(|product| Some((product.index?, product))).collect();
    products.retain(|(_, product)| product.stage != Stage::None || product.adopted_day != NEVER);
    products.sort_by_key(|(index, _)| *index);
    let products = products.into_iter().map(|(index, product)| ProductState {
        product: id(index),
        stage: stage_name(product.stage),
        since: day(product.stage_changed),
        entitled: product.facts.entitlements.is_entitled(),
        adopted: day(product.adopted_day),
    });
    let incidents = account.open_incidents().map(|(key, open)| OpenIncidentState {
        head: Head::of(&engine.rule_of(key).head, open),
        product: key.subject.product().map(id),
        user: key.subject.user().map(|user| account.users.id(user)),
    });
    let stage = &playbook.account_stages[usize::from(account.stage)].name;
    let (adopted, available) = (account.products_adopted(), account.products_entitled() as u32);
    let state = AccountUpdated {
        account: &account.id,
        day: date_text(account.day),
        began: date_text(account.began),
        stage,
        adoption_stage: stage,
        products_adopted: adopted,
        products_adopted_count: adopted,
        products_available: available,
        adoption_breadth_percentage: percentage(adopted, available),
        primary_product: primary,
        second_product: second,
        time_to_second_product_days: days_to_second,
        days_to_second_product: days_to_second,
        products: products.collect(),
        incidents: incidents.collect(),
        cause: cause_data(cause, playbook),
        playbook: &playbook.digest,
    };
    json(&state)
}

/// A share in per cent, to one place, half to even; `None` of nothing.
pub fn percentage(part: u32, whole: u32) -> Option<Number> {
    let (part, whole) = (1_000 * u64::from(part), u64::from(whole));
    let (tenths, rest) = (part.checked_div(whole)?, part.checked_rem(whole)?);
    let up = match (2 * rest).cmp(&whole) {
        Ordering::Less => false,
        Ordering::Equal => tenths % 2 == 1,
        Ordering::Greater => true,
    };
    let tenths = tenths + u64::from(up);
    if tenths.is_multiple_of(10) { Some(Number::from(tenths / 10)) } else { Number::from_f64(tenths as f64 / 10.0) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::engine::EngineSettings;
    use crate::playbook::Playbook;
    use crate::replay::{Replay, ReplayOptions};

    const PLAYBOOK: &str = "\
version: 1
products: {crm: {adopted: events >= 2}, portal: {adopted: events >= 2}, mail: }
alerts: {small: {scope: account, open: employees < 10}}
plays: {grow: {scope: product, open: events >= 3, due_days: 5}}
";

    /// The state after the lines, without what all states have at the end.
    fn state(lines: &[&str]) -> Value {
        let playbook = Arc::new(Playbook::load("p.yaml", PLAYBOOK).expect("a playbook"));
        let latest_ms = 4_102_444_800_000;
        let options =
            ReplayOptions { until_ms: None, latest_ms, max_record_bytes: 1 << 20, engine: EngineSettings::default(), portfolio: false };
        let mut replay = Replay::new(playbook, options);
        for line in lines {
            replay.line(line.as_bytes()).unwrap_or_else(|reject| panic!("{line}: {reject}"));
        }
        let account = replay.engine().accounts().iter().next().expect("one account");
        let mut state: Value = serde_json::from_str(&updated(account, replay.engine(), &Cause::Line(7))).expect("JSON");
        let members = state.as_object_mut().expect("an object");
        assert_eq!(members.shift_remove("cause"), Some(json!({"line": 7})));
        assert!(members.shift_remove("playbook").is_some_and(|digest| digest.as_str().is_some_and(|digest| digest.starts_with("sha256:"))));
        state
    }

    #[test]
    fn what_is_missing_is_null_or_left_out() {
        let told = state(&[r#"{"type":"account","account":"acme","time":"2026-03-01T09:00:00Z","name":"Acme"}"#]);
        let expected = json!({
            "account": "acme",
            "day": "2026-03-01",
            "began": "2026-03-01",
            "stage": "not_adopted",
            "adoption_stage": "not_adopted",
            "products_adopted": 0,
            "products_adopted_count": 0,
            "products_available": 0,
            "adoption_breadth_percentage": null,
            "primary_product": null,
            "second_product": null,
            "time_to_second_product_days": null,
            "products": [],
            "incidents": [],
        });
        assert_eq!(told, expected);
    }

    #[test]
    fn products_and_incidents_are_told_as_they_stand() {
        let told = state(&[
            r#"{"type":"entitlement","account":"acme","time":"2026-03-01T09:00:00Z","product":"crm","status":"active"}"#,
            r#"{"type":"entitlement","account":"acme","time":"2026-03-01T09:00:00Z","product":"portal","status":"active"}"#,
            r#"{"type":"entitlement","account":"acme","time":"2026-03-01T09:00:00Z","product":"mail","status":"active"}"#,
            r#"{"type":"usage","account":"acme","time":"2026-03-02T09:00:00Z","product":"crm","quantity":2}"#,
            r#"{"type":"usage","account":"acme","time":"2026-03-05T09:00:00Z","product":"portal","quantity":3}"#,
            r#"{"type":"account","account":"acme","time":"2026-03-05T10:00:00Z","employees":5}"#,
        ]);
        let mut expected = json!({
            "account": "acme",
            "day": "2026-03-05",
            "began": "2026-03-01",
            "stage": "multi_product",
            "adoption_stage": "multi_product",
            "products_adopted": 2,
            "products_adopted_count": 2,
            "products_available": 3,
            "adoption_breadth_percentage": 66.7,
            "primary_product": "crm",
            "second_product": "portal",
            "time_to_second_product_days": 3,
            "days_to_second_product": 3,
            "products": [
                {"product": "crm", "stage": "adopted", "since": "2026-03-02", "entitled": true, "adopted": "2026-03-02"},
                {"product": "portal", "stage": "adopted", "since": "2026-03-05", "entitled": true, "adopted": "2026-03-05"},
                {"product": "mail", "stage": "entitled", "since": "2026-03-01", "entitled": true},
            ],
            "incidents": [
                {"rule": "small", "severity": "warning", "opened": "2026-03-05T10:00:00Z"},
                {"rule": "grow", "severity": "info", "opened": "2026-03-05T09:00:00Z", "due": "2026-03-10", "product": "portal"},
            ],
        });
        // Their ids are hashes.
        for (place, incident) in told["incidents"].as_array().expect("a list").iter().enumerate() {
            expected["incidents"][place]["incident"] = incident["incident"].clone();
        }
        assert_eq!(told, expected);
    }

    #[test]
    fn a_percentage_has_one_place_rounded_half_to_even() {
        for (part, whole, expected) in [
            (0, 0, "null"),
            (2, 0, "null"),
            (0, 3, "0"),
            (1, 3, "33.3"),
            (2, 3, "66.7"),
            (3, 3, "100"),
            (5, 4, "125"),
            (1, 16, "6.2"),
            (3, 16, "18.8"),
            (1, 2_000, "0"),
            (3, 2_000, "0.2"),
        ] {
            assert_eq!(json(&percentage(part, whole)), expected, "{part} of {whole}");
        }
    }
}
