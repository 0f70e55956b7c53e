//! What the data of several outputs has in it, and how it is rendered. The JSON Schemas in `schemas/` are generated from the types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::engine::{Cause, Day, Effect, Stage, date_text};
use crate::playbook::{Playbook, ProductIndex};
use crate::schema::Plain;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StageName {
    None,
    Entitled,
    Activated,
    Adopted,
    Proficient,
    Integrated,
}

/// Whom an output is about: its subject, in parts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct About<'a> {
    pub account: &'a str,
    /// Where the subject is a product of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// Where the subject is a user of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
}

impl<'a> About<'a> {
    pub fn of(effect: &'a Effect) -> Self {
        Self { account: &effect.account, product: effect.product.as_deref(), user: effect.user.as_deref() }
    }
}

/// One comparison with what it saw.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Evidence<'a> {
    /// The left side in canonical form, every default written out.
    pub metric: &'a str,
    /// `null` where it is missing.
    #[schemars(with = "Plain")]
    pub value: &'a Json,
    pub operator: &'a str,
    /// The value of the right side.
    #[schemars(with = "Plain")]
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

/// What made the account be judged. Later versions may add kinds.
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

/// Most outputs are shorter: a text that grows is copied each time.
const TEXT_BYTES: usize = 1 << 10;

pub fn json(data: &impl Serialize) -> String {
    let mut text = Vec::with_capacity(TEXT_BYTES);
    serde_json::to_writer(&mut text, data).expect("plain data serializes");
    String::from_utf8(text).expect("JSON is UTF-8")
}

pub fn stage_name(stage: crate::engine::Stage) -> StageName {
    match stage {
        Stage::None => StageName::None,
        Stage::Entitled => StageName::Entitled,
        Stage::Activated => StageName::Activated,
        Stage::Adopted => StageName::Adopted,
        Stage::Proficient => StageName::Proficient,
        Stage::Integrated => StageName::Integrated,
    }
}

/// Every comparison of an effect.
pub fn evidence_data(effect: &Effect) -> Vec<Evidence<'_>> {
    let data = effect.evidence.iter().map(|evidence| Evidence {
        metric: &evidence.metric,
        value: &evidence.value,
        operator: evidence.operator,
        threshold: &evidence.threshold,
        window: evidence.window.map(|(from, to)| Window { from: date_text(from), to: date_text(to) }),
    });
    data.collect()
}

pub fn cause_data<'a>(cause: &'a Cause, playbook: &'a Playbook) -> CauseData<'a> {
    match cause {
        Cause::Event(id) => CauseData::Event(id),
        Cause::Record(position) => CauseData::Record(position),
        Cause::Line(number) => CauseData::Line(*number),
        Cause::Day(day) => CauseData::Day(date_text(*day)),
        Cause::Playbook => CauseData::Playbook(&playbook.digest),
    }
}

/// The products adopted first and second, and the days between.
pub struct FirstTwo<'a> {
    pub primary: Option<&'a str>,
    pub second: Option<&'a str>,
    pub days_to_second: Option<i32>,
}

impl<'a> FirstTwo<'a> {
    /// `order`: the products ever adopted, in the order of their days.
    pub fn of(order: &[(Day, ProductIndex)], playbook: &'a Playbook) -> Self {
        let id = |place: usize| order.get(place).map(|(_, index)| &*playbook.products[usize::from(index.0)].id);
        Self { primary: id(0), second: id(1), days_to_second: order.get(1).map(|(second, _)| second - order[0].0) }
    }
}

/// An id of 128 bits, in hexadecimal.
pub fn hex(id: u128) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(32);
    id.to_be_bytes().iter().flat_map(|byte| [byte >> 4, byte & 15]).for_each(|digit| text.push(char::from(DIGITS[usize::from(digit)])));
    text
}
