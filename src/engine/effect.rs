//! What to publish, as values: the engine says what happened and why, `output` renders it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Number as JsonNumber, Value as Json};

use super::account::{OpenIncident, Stage};
use super::day::Day;
use super::evaluate::{Value, View};
use super::number::Number;
use super::plan::{Asked, Compare, Extent, Reading, Shown, resolve};
use super::subject::Subject;
use crate::playbook::{MetricRef, Playbook, ProductIndex, RuleHead, RuleKind};

/// Something to publish about one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    pub account: Box<str>,
    /// Of a subject that is a product.
    pub product: Option<String>,
    /// Of a subject that is a user.
    pub user: Option<String>,
    /// The event's time, or the start of the day whose boundary was the cause, or the clock.
    pub time_ms: i64,
    pub cause: Cause,
    pub evidence: Vec<Evidence>,
    pub kind: EffectKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum EffectKind {
    ProductStageChanged {
        from: Stage,
        to: Stage,
        entitled: bool,
    },
    /// Indexes among the playbook's account stages.
    AccountStageChanged {
        from: u8,
        to: u8,
        products_adopted: u32,
        adoption_order: Vec<(Day, ProductIndex)>,
    },
    /// A measure is in another band than was published last; `None`: in none.
    BandChanged {
        measure: Arc<str>,
        from: Option<Arc<str>>,
        to: Option<Arc<str>>,
        value: Option<Number>,
    },
    SegmentEntered {
        segment: Arc<str>,
    },
    SegmentExited {
        segment: Arc<str>,
    },
    MilestoneAchieved {
        milestone: Arc<str>,
        /// Whom the event names that was the cause.
        user: Option<Arc<str>>,
    },
    IncidentOpened {
        rule: Arc<RuleHead>,
        incident: OpenIncident,
        opening: Opening,
    },
    IncidentClosed {
        rule: Arc<RuleHead>,
        incident: OpenIncident,
        reason: CloseReason,
        open_days: i32,
    },
    /// Tasks of an open play were worked, or it is overdue.
    PlayUpdated {
        rule: Arc<RuleHead>,
        incident: OpenIncident,
        /// All of them, in the play's order.
        tasks: Vec<TaskSeen>,
        is_overdue: bool,
    },
    /// A play would open, but for its guards.
    PlaySuppressed {
        rule: Arc<RuleHead>,
        /// The ids of those that are true, in the play's order.
        guards: Vec<String>,
    },
    PlayOutcome {
        rule: Arc<RuleHead>,
        outcome: Outcome,
    },
    CampaignMoved {
        campaign: Arc<str>,
        step: CampaignStep,
        triggered_ms: i64,
        /// JSON text of an object, by the tokens' names; `None`: the campaign has none.
        tokens: Option<Box<str>>,
    },
}

impl EffectKind {
    /// Where it stands in the order of the outputs of one cause: what has the same place comes as it is judged.
    pub fn place(&self) -> u8 {
        let of_rule = |rule: &RuleHead| if rule.kind == RuleKind::Alert { 1 } else { 2 };
        match self {
            Self::ProductStageChanged { .. }
            | Self::AccountStageChanged { .. }
            | Self::BandChanged { .. }
            | Self::SegmentEntered { .. }
            | Self::SegmentExited { .. }
            | Self::MilestoneAchieved { .. } => 0,
            Self::IncidentOpened { rule, .. } | Self::IncidentClosed { rule, .. } => of_rule(rule),
            Self::PlayUpdated { .. } | Self::PlaySuppressed { .. } | Self::PlayOutcome { .. } => 2,
            Self::CampaignMoved { .. } => 3,
        }
    }
}

/// What the opening of an incident tells, and no later output of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// Of alerts: to whom it goes; `None` where the account was not told who has that role.
    pub route: Option<Arc<str>>,
    /// Of plays, as all that follows.
    pub group: Option<Arc<str>>,
    pub tasks: Vec<OpeningTask>,
    /// An object, by the tokens' names; `None`: the play has none.
    pub tokens: Option<Json>,
    /// The ids of users; `None`: the play asks for none, or there is none.
    pub champions: Option<Vec<String>>,
    /// The account is held out of the play: nothing else of the incident is told but its outcome.
    pub is_held_out: bool,
}

/// A task as it is handed to whoever works it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningTask {
    pub id: String,
    pub title: String,
    /// `None` where the account was not told who has that role.
    pub assignee: Option<Arc<str>>,
    pub doc: Option<String>,
    pub due: Option<Day>,
}

/// A task as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSeen {
    pub id: String,
    /// `None`: it is open.
    pub is_done: Option<bool>,
    pub reason: Option<String>,
}

/// What became of what a play is for, so many days after its opening.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub incident: u128,
    pub opened_ms: i64,
    pub day: u16,
    pub baseline: Option<Number>,
    pub value: Option<Number>,
    pub change: Option<Number>,
    /// On the last of the days.
    pub verdict: Option<OutcomeVerdict>,
    pub is_held_out: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeVerdict {
    Better,
    Worse,
    Same,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignStep {
    Triggered,
    Reached,
    Missed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    Condition,
    NoLongerApplies,
    AccountClosed,
    /// None of the play's tasks is left to be worked.
    TasksDone,
    RuleRemoved,
}

/// What made an account be judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// An event with an id.
    Event(String),
    /// An event without: topic/partition/offset.
    Record(String),
    /// An event without, in a file; lines count from 1.
    Line(u64),
    /// The boundary at the start of the day.
    Day(Day),
    /// The first start with another playbook.
    Playbook,
}

/// A cause as it is handed in: nothing is copied until something is to be published.
#[derive(Clone, Copy, Debug)]
pub enum CauseRef<'a> {
    Event(&'a str),
    Record { topic: &'a str, partition: i32, offset: i64 },
    Line(u64),
    Day(Day),
    Playbook,
}

impl CauseRef<'_> {
    pub fn to_owned(self) -> Cause {
        match self {
            Self::Event(id) => Cause::Event(id.to_owned()),
            Self::Record { topic, partition, offset } => Cause::Record([topic, &*partition.to_string(), &*offset.to_string()].join("/")),
            Self::Line(number) => Cause::Line(number),
            Self::Day(day) => Cause::Day(day),
            Self::Playbook => Cause::Playbook,
        }
    }
}

impl Cause {
    /// A text that is the same for the same cause in every version: ids are hashed from it.
    pub fn identity(&self) -> String {
        match self {
            Self::Event(id) => ["event:", id].concat(),
            Self::Record(position) => ["record:", position].concat(),
            Self::Line(number) => ["line:", &*number.to_string()].concat(),
            Self::Day(day) => ["day:", &*day.to_string()].concat(),
            Self::Playbook => "playbook".to_owned(),
        }
    }
}

/// One comparison with what it saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Canonical text of the left side.
    pub metric: Arc<str>,
    pub value: Json,
    pub operator: &'static str,
    pub threshold: Json,
    /// The days read, both ends included; `None` where the comparison reads no window.
    pub window: Option<(Day, Day)>,
}

/// Comparisons with the values that they have now.
pub fn evidence(view: View<'_>, comparisons: &[Shown]) -> Vec<Evidence> {
    comparisons.iter().map(|shown| comparison_evidence(view, shown)).collect()
}

fn comparison_evidence(view: View<'_>, shown: &Shown) -> Evidence {
    let Compare { left, operator, right } = &shown.compare;
    let extent = Extent { plan: view.plan, primary: view.account.primary() };
    let window = window_of(view, |visit| [left, right].into_iter().for_each(|side| side.visit(extent, &mut |asked| visit(asked))));
    Evidence {
        metric: shown.metric.clone(),
        value: json(view, view.value(left)),
        operator: operator.sign(),
        threshold: json(view, view.value(right)),
        window,
    }
}

/// The days that are read by all that is visited.
pub fn window_of<'a>(view: View<'a>, visit: impl FnOnce(&mut dyn FnMut(Asked<'a>))) -> Option<(Day, Day)> {
    let mut window: Option<(Day, Day)> = None;
    visit(&mut |asked| {
        if let Asked::Of(reading) = asked
            && let Some((from, to)) = view.window(reading)
        {
            window = Some(window.map_or((from, to), |(low, high)| (low.min(from), high.max(to))));
        }
    });
    window
}

/// A metric's value as evidence shows it.
pub fn value_of(view: View<'_>, playbook: &Playbook, reference: &MetricRef, subject: Subject) -> Json {
    let reading = Reading::new(resolve(reference, subject, playbook), playbook, |name| view.names.get(name));
    json(view, view.reading(&reading))
}

/// A value as outputs show it.
pub fn json<'a>(view: View<'a>, value: Value<'a>) -> Json {
    match value {
        Value::Missing => Json::Null,
        Value::Text(text) => Json::from(text),
        Value::Boolean(value) => Json::from(value),
        Value::List(items) => Json::Array(items.iter().map(|item| json(view, view.value(item))).collect()),
        Value::Texts(texts) => texts.into(),
        Value::Number(number) => json_number(number),
    }
}

/// As [`plain_number`]; `null` where it is none.
pub fn json_number(number: Number) -> Json {
    plain_number(number).map_or(Json::Null, Json::Number)
}

/// Integers as integers; everything else as the nearest double. `None` of what is not finite.
pub fn plain_number(number: Number) -> Option<JsonNumber> {
    if let Number::Fraction { numerator, denominator: 1 } = number
        && let Ok(integer) = i64::try_from(numerator)
    {
        return Some(integer.into());
    }
    JsonNumber::from_f64(number.to_f64())
}
