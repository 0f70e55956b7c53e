//! Reasons: why an account has not adopted a product, and what is to be done then.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::canonical::literal;
use super::load::Loader;
use super::problem::unknown;
use super::reader::{Entry, Fields, TEXT_BYTES_MAX};

/// Most steps of a plan.
const STEPS_MAX: usize = 100;

/// The first of these that is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ReasonName")]
pub enum Reason {
    /// It has 0 seats.
    NoSeats,
    NeverUsed,
    /// An add-on was bought that was never used.
    AddonUnknown,
    /// It was used on one day, ever.
    TriedOnce,
    /// A key user left in the last 30 days, and usage falls.
    ChampionLeft,
    /// It is no nearer to its criteria than it was 28 days ago.
    Stalled,
    Growing,
}

/// What is done for a reason.
#[derive(Debug)]
pub struct Remedy {
    pub reason: Reason,
    /// In the order written.
    pub plan: Vec<String>,
}

impl Reason {
    pub const ALL: [Self; 7] =
        [Self::NoSeats, Self::NeverUsed, Self::AddonUnknown, Self::TriedOnce, Self::ChampionLeft, Self::Stalled, Self::Growing];

    /// As written in a playbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSeats => "no_seats",
            Self::NeverUsed => "never_used",
            Self::AddonUnknown => "addon_unknown",
            Self::TriedOnce => "tried_once",
            Self::ChampionLeft => "champion_left",
            Self::Stalled => "stalled",
            Self::Growing => "growing",
        }
    }

    /// For people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NoSeats => "it has no seats",
            Self::NeverUsed => "it was never used",
            Self::AddonUnknown => "an add-on was never used",
            Self::TriedOnce => "it was used on one day only",
            Self::ChampionLeft => "a key user has left, and usage falls",
            Self::Stalled => "it is no nearer to its criteria than four weeks ago",
            Self::Growing => "it is on its way",
        }
    }
}

impl<'n> Loader<'n> {
    /// In the order of the reasons.
    pub(super) fn remedies(&mut self, fields: &Fields<'n>) -> Vec<Remedy> {
        let entries = fields.get("reasons").and_then(|node| self.reader.mapping(node, "`reasons`")).unwrap_or_default();
        let mut remedies: Vec<Remedy> = entries.into_iter().filter_map(|entry| self.remedy(entry)).collect();
        remedies.sort_by_key(|remedy| remedy.reason);
        remedies
    }

    fn remedy(&mut self, Entry { key, key_position, value }: Entry<'n>) -> Option<Remedy> {
        let Some(reason) = Reason::ALL.into_iter().find(|reason| reason.name() == key) else {
            return self.reader.refuse(key_position, unknown("reason", key, "", Reason::ALL.map(Reason::name)));
        };
        let what = format!("reason `{key}`");
        let fields = self.reader.fields(value, &what, key_position, &["plan"])?;
        let node = self.reader.required(&fields, "plan")?;
        let steps = self.reader.list(node, &format!("`plan` of {what}"), "texts, one for each step", 1..=STEPS_MAX);
        let step = |step| self.reader.text(step, &format!("a step of {what}"), TEXT_BYTES_MAX);
        Some(Remedy { reason, plan: steps.iter().filter_map(step).collect() })
    }
}

/// Adds the line of the canonical form.
pub(super) fn remedy_line(lines: &mut Vec<String>, remedy: &Remedy) {
    let plan: String = remedy.plan.iter().map(|step| format!(" {}", literal(step))).collect();
    lines.push(format!("reason {} plan{plan}", remedy.reason.name()));
}
