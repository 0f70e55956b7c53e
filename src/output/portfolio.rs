//! The portfolio: the counts of a partition's accounts, and the figures of all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data::{CauseData, json};
use super::{CloudEvent, OutputType, schema_of};
use crate::engine::{Day, date_text};
use crate::playbook::{Bound, Playbook};
use crate::portfolio::{Counts, CountsRecord, Exact, Figures, Named, Outline, TargetState, figures, judged};
use crate::topics::Topic;

pub const UPDATED: OutputType = OutputType {
    name: "adoption.portfolio.updated",
    topic: Topic::Portfolio,
    dataschema: schema!("portfolio-updated.v1.json"),
    schema: schema_of::<PortfolioUpdated<'static>>,
};

pub const CROSSED: OutputType = OutputType {
    name: "adoption.target.crossed",
    topic: Topic::Signals,
    dataschema: schema!("target-crossed.v1.json"),
    schema: schema_of::<TargetCrossed<'static>>,
};

/// The subject, and in Kafka the key, of the figures of all accounts.
pub const FLEET: &str = "fleet";

/// The figures of all accounts, or the counts of a partition's accounts, from which those come.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum PortfolioUpdated<'a> {
    Fleet(Box<FleetUpdated<'a>>),
    Partition(Box<PartitionUpdated>),
}

/// The subject is `fleet`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FleetUpdated<'a> {
    /// In the playbook's zone; the earliest of the partitions'.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub day: String,
    pub figures: Figures,
    /// By segment, of the accounts in it.
    pub segments: Named<Figures>,
    /// How the playbook's targets stand.
    pub targets: Named<TargetData>,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

/// The subject is the partition's number.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PartitionUpdated {
    /// Of the partition's clock, in the playbook's zone.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub day: String,
    pub counts: CountsRecord,
    pub cause: DayCause,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: String,
}

/// The day told.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DayCause {
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub day: String,
}

/// A figure of the fleet against what it is to reach, or not to exceed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TargetData {
    /// As written in the playbook.
    pub figure: String,
    pub value: Exact,
    #[serde(flatten)]
    pub bound: BoundData,
    /// The bound itself meets it; `null` where the figure is.
    pub met: Option<bool>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoundData {
    AtLeast(Exact),
    AtMost(Exact),
}

/// A target is met that was not, or no longer met; told once a day at most, with the first figures of the day.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TargetCrossed<'a> {
    /// A name from the playbook's `targets`.
    pub target: &'a str,
    /// As written in the playbook.
    pub figure: String,
    pub value: Exact,
    #[serde(flatten)]
    pub bound: BoundData,
    pub met: bool,
    pub cause: CauseData<'a>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: &'a str,
}

impl BoundData {
    fn of(bound: Bound) -> Self {
        match bound {
            Bound::AtLeast(number) => Self::AtLeast(Exact::Number(number.into())),
            Bound::AtMost(number) => Self::AtMost(Exact::Number(number.into())),
        }
    }
}

/// The fleet on a day: the record `fleet`, and how the targets stand.
pub fn fleet<'o>(counts: &Counts, day: Day, outline: &'o Outline) -> (CloudEvent, Vec<TargetState<'o>>) {
    let (figures, segments) = figures(counts, outline);
    let states = judged(&figures, outline);
    let target = |state: &TargetState<'_>| {
        let figure = state.target.figure.written(&outline.playbook);
        let data = TargetData { figure, value: state.value.clone(), bound: BoundData::of(state.target.bound), met: state.met };
        (state.target.id.clone(), data)
    };
    let targets = Named(states.iter().map(target).collect());
    let data = PortfolioUpdated::Fleet(Box::new(FleetUpdated {
        day: date_text(day),
        figures,
        segments,
        targets,
        cause: CauseData::Day(date_text(day)),
        playbook: &outline.playbook.digest,
    }));
    (CloudEvent::of_day(&UPDATED, (FLEET, ""), day, &outline.playbook, json(&data)), states)
}

/// A partition's accounts on a day.
pub fn partition(number: i32, counts: &Counts, day: Day, outline: &Outline) -> CloudEvent {
    let data = PortfolioUpdated::Partition(Box::new(PartitionUpdated {
        day: date_text(day),
        counts: CountsRecord::of(counts, outline),
        cause: DayCause { day: date_text(day) },
        playbook: outline.playbook.digest.clone(),
    }));
    CloudEvent::of_day(&UPDATED, (&number.to_string(), ""), day, &outline.playbook, json(&data))
}

/// `None` where it is not known whether the target is met.
pub fn target_crossed(state: &TargetState<'_>, day: Day, playbook: &Playbook) -> Option<CloudEvent> {
    let data = TargetCrossed {
        target: &state.target.id,
        figure: state.target.figure.written(playbook),
        value: state.value.clone(),
        bound: BoundData::of(state.target.bound),
        met: state.met?,
        cause: CauseData::Day(date_text(day)),
        playbook: &playbook.digest,
    };
    Some(CloudEvent::of_day(&CROSSED, (FLEET, &state.target.id), day, playbook, json(&data)))
}
