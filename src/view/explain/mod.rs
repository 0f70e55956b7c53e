//! Why an account is where it is, what would change that, and on which day it changes if nothing happens.
//!
//! Every comparison of a condition is told with what it sees. A copy of the account lives on without events, so that the days are exact: the
//! first of the next 92 days on which something is otherwise, or none.

mod build;
mod text;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::account::Days;
use super::date::Date;
use crate::engine::{Cause, Day, Effect};
use crate::output::{CloudEvent, StageName};
use crate::playbook::{Playbook, ProductIndex, unknown};
use crate::schema::Plain;

pub use build::{AHEAD, explain};
pub use text::text;

/// What is asked of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Its stage, its products, its segments and milestones, and the rules of which something is remembered.
    Account,
    /// A product, with its milestones and rules.
    Product(ProductIndex),
    /// An alert or a play, by its index among the playbook's rules, of each subject.
    Rule(u16),
}

impl Question {
    /// # Errors
    ///
    /// A product or a rule that the playbook has not, with the nearest one.
    pub fn of(playbook: &Playbook, product: Option<&str>, rule: Option<&str>) -> Result<Self, String> {
        const OF_THE_PLAYBOOK: &str = " of the playbook";
        if let Some(id) = product {
            let known = playbook.products.iter().map(|product| &*product.id);
            return playbook.product(id).map(Self::Product).ok_or_else(|| unknown("product", id, OF_THE_PLAYBOOK, known));
        }
        let Some(id) = rule else { return Ok(Self::Account) };
        let known = playbook.rules.iter().map(|rule| &*rule.head.id);
        let place = known.clone().position(|known| known == id);
        place.map(|place| Self::Rule(place as u16)).ok_or_else(|| unknown("alert or play", id, OF_THE_PLAYBOOK, known))
    }
}

/// Why an account is where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    pub account: String,
    /// D: the day that it has lived up to, in its own time zone. All is as of then.
    pub day: Date,
    /// The last day that is looked ahead to. What is told of days to come is so if nothing happens until then.
    pub until: Date,
    /// The day from which on it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Date>,
    pub stage: AccountStageReason,
    /// Of an account, those that it is entitled to or has a stage of.
    pub products: Vec<ProductReason>,
    /// Of an account, all of the playbook.
    pub segments: Vec<SegmentReason>,
    /// Of an account its own, of a product the product's.
    pub milestones: Vec<MilestoneReason>,
    /// Of an account, those of which something is remembered; else all that were asked for.
    pub rules: Vec<RuleReason>,
    /// Users of whom the rule is judged and who are not among `rules`, as they are many and nothing is remembered of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users_left_out: Option<u64>,
    /// What will be published of what was asked for, in order.
    pub foreseen: Vec<Change>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountStageReason {
    /// A name of the playbook's `account_stages`.
    pub stage: String,
    /// The day on which it last changed, or on which the account began.
    pub since: Date,
    pub products_adopted: u32,
    /// The stage above it, and the products adopted that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStage>,
    /// The id of the output that told it; absent where that is not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextStage {
    pub stage: String,
    pub products_adopted: u32,
}

/// A condition, or a part of one, as it is on D and on the days to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Holds {
    /// Absent where it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
    /// Of what is true, the first day on which it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapses_on: Option<Date>,
    /// Of what is not true, the first day on which it is. Absent: the days until then alone do not make it true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds_from: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConditionReason {
    /// Canonical text.
    pub condition: String,
    #[serde(flatten)]
    pub holds: Holds,
    /// What it compares or asks, in the order written.
    pub comparisons: Vec<ComparisonReason>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonReason {
    /// Canonical text: of a comparison its left side.
    pub metric: String,
    /// Absent where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Plain>")]
    pub value: Option<serde_json::Value>,
    /// Absent of what is true or false by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Absent where it is missing, and of what is true or false by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Plain>")]
    pub threshold: Option<serde_json::Value>,
    /// The days read; absent where no window is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Days>,
    #[serde(flatten)]
    pub holds: Holds,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductReason {
    pub product: String,
    pub stage: StageName,
    /// The day on which the stage last changed; absent where it never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// A lower stage is derived, and held back for the playbook's `hold_days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// From `entitled` up.
    pub ladder: Vec<Rung>,
    /// The id of the output that told the stage; absent where that is not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// The first day without a break on which a lower stage is derived.
    pub since: Date,
    /// The day on which the stage falls unless it is derived again before.
    pub falls: Date,
}

/// A stage of the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rung {
    pub stage: StageName,
    /// Of `entitled` without comparisons: a term in force, or use of late where no term was ever told.
    #[serde(flatten)]
    pub condition: ConditionReason,
    /// Of the product's stage and those below, the first day on which the stage is lower.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub falls: Option<Date>,
    /// Of the stages above the product's, the first day on which the stage is that, or higher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Date>,
}

/// What has been so for some days, and must be so for some more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wait {
    /// The first day without a break.
    pub since: Date,
    /// The day on which that is long enough.
    pub until: Date,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentReason {
    pub segment: String,
    pub is_in: bool,
    pub when: ConditionReason,
    /// `when` says otherwise, and must for the segment's `for_days` or `clear_days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// The first day on which the account enters it, or leaves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves_on: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MilestoneReason {
    pub milestone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// The day on which it was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Date>,
    /// Where it is not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<ConditionReason>,
    /// The day on which it is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached_on: Option<Date>,
}

/// An alert or a play of one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleReason {
    pub rule: String,
    /// `alert` or `play`.
    pub kind: String,
    pub severity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    pub state: RuleState,
    /// Why it is not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_judged: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentReason>,
    /// While it is open, `clear` is true and must be for `clear_days`; else `open`, for `for_days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// It does not open before this day, for it cleared within `cooldown_days` of D.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cooldown_until: Option<Date>,
    pub open: ConditionReason,
    /// Absent: `!(open)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clear: Option<ConditionReason>,
    /// Of plays, in the play's order: it does not open while one of them is true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<GuardReason>,
    /// The day on which it opens next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_on: Option<Date>,
    /// The day on which it clears or closes next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_on: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    Open,
    /// It would be open, but the account is held out of the play: nothing is published.
    HeldOut,
    /// `open` is true, and it cleared too short a time ago.
    CoolingDown,
    /// `open` is true, and has not been so for long enough, or not been looked at since.
    Waiting,
    /// It would open, but for its guards.
    HeldBack,
    /// All its tasks have been worked; it opens again after `open` was seen not to be true.
    WorkedOff,
    /// `open` is not true.
    NotOpen,
    NotJudged,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentReason {
    /// As outputs name it.
    pub incident: String,
    pub opened: Date,
    /// RFC 3339.
    pub opened_at: String,
    /// Of plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// The id of the output that told the opening; absent where that is not at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GuardReason {
    pub guardrail: String,
    /// What people are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(flatten)]
    pub condition: ConditionReason,
}

/// An output in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Of the CloudEvent.
    pub id: String,
    /// Of the CloudEvent.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The account's D.
    pub day: Date,
    /// RFC 3339.
    pub time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The rule, segment, milestone or measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why an incident is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
}

impl Change {
    /// `today`: the account's D after the cause.
    pub fn of(effect: &Effect, today: Day, playbook: &Playbook) -> Self {
        let event = CloudEvent::new(effect, playbook);
        let data: serde_json::Value = serde_json::from_str(&event.data).expect("data was rendered as JSON");
        let text = |key: &str| data[key].as_str().map(str::to_owned);
        Self {
            day: Date(if let Cause::Day(day) = effect.cause { day } else { today }),
            product: effect.product.clone(),
            user: effect.user.clone(),
            of: ["rule", "segment", "milestone", "measure"].into_iter().find_map(text),
            from: text("from"),
            to: text("to"),
            reason: text("reason"),
            incident: text("incident"),
            id: event.id,
            event_type: event.event_type.to_owned(),
            time: event.time,
        }
    }
}
