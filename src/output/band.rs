//! A measure moved to another band.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::data::{CauseData, Evidence, cause_data, evidence_data, json};
use super::{OutputType, schema_of};
use crate::engine::{Effect, Number, json_number};
use crate::playbook::Playbook;
use crate::topics::Topic;

pub const CHANGED: OutputType = OutputType {
    name: "adoption.band.changed",
    topic: Topic::Signals,
    dataschema: schema!("band-changed.v1.json"),
    schema: schema_of::<BandChanged<'static>>,
};

/// A measure of an account or of a product is, at a day boundary, in another band than was published last.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BandChanged<'a> {
    pub account: &'a str,
    /// Where the subject is a product of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'a str>,
    /// A name from the playbook's `measures`.
    pub measure: &'a str,
    /// The band published last; `null` where there is none.
    pub from: Option<&'a str>,
    /// The band now; `null` where the value is missing.
    pub to: Option<&'a str>,
    /// Of the measure; `null` where it is missing.
    #[schemars(with = "Option<f64>")]
    pub value: Json,
    /// None: a band has no condition.
    pub evidence: Vec<Evidence<'a>>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// Its data as JSON text.
pub fn changed(
    effect: &Effect,
    playbook: &Playbook,
    measure: &str,
    (from, to): (Option<&str>, Option<&str>),
    value: Option<Number>,
) -> String {
    json(&BandChanged {
        account: &effect.account,
        product: effect.product.as_deref(),
        measure,
        from,
        to,
        value: value.map_or(Json::Null, json_number),
        evidence: evidence_data(effect),
        cause: cause_data(&effect.cause, playbook),
        playbook: &playbook.digest,
    })
}
