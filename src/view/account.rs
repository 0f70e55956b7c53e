//! An account as people look at it: one answer, which report, API, pages and tools render.
//!
//! What is missing is left out, and never 0. A window of N days ends with the account's day D; N is the playbook's `window_days` where nothing else
//! is said.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::date::Date;
use crate::output::StageName;
use crate::playbook::{Level, Reason, RuleKind};
use crate::schema::Plain;

/// An account as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountView {
    pub account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// D: the day that it has lived up to, in its own time zone.
    pub day: Date,
    /// The day of its first event.
    pub began: Date,
    pub profile: ProfileView,
    pub stage: AccountStageView,
    pub products_entitled: u32,
    pub products_adopted: u32,
    /// `products_adopted` ÷ `products_entitled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breadth: Option<Number>,
    pub active_users: u64,
    /// The measure that the playbook's `view` names `account_score`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<MeasureView>,
    /// The measure that the playbook's `view` names `health`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<MeasureView>,
    /// The measures that the playbook's `view` names `elements`.
    pub elements: Vec<MeasureView>,
    pub quadrant: QuadrantView,
    /// Those that the account is entitled to or has a stage of: the highest stage first, then in the playbook's order.
    pub products: Vec<ProductView>,
    pub integrations: IntegrationsView,
    /// Those of the playbook, in its order.
    pub workflows: Vec<WorkflowView>,
    pub synergies: SynergiesView,
    /// The highest fit score first.
    pub cross_sell: Vec<CrossSellView>,
    /// The value a year of the connections and cross-sells that no guardrail holds back.
    pub total_expansion: Number,
    /// In the order of their priority.
    pub recommendations: Vec<RecommendationView>,
    /// Those that a play names and that are true now, in the playbook's order.
    pub guardrails: Vec<GuardrailView>,
    /// All of the playbook, in its order; of products by those that the account is entitled to, and those that are reached.
    pub milestones: Vec<MilestoneView>,
    /// Open alerts and plays, in the order of outputs.
    pub incidents: Vec<IncidentView>,
    /// Campaigns whose goal is waited for.
    pub campaigns: Vec<CampaignView>,
    /// Those of the playbook, in its order.
    pub personas: Vec<PersonaView>,
    /// Those that the account is in, in the playbook's order.
    pub segments: Vec<SegmentView>,
    pub path: PathView,
    pub users: UsersView,
    /// All products of the playbook, in its order.
    pub journey: Vec<JourneyView>,
    /// Accounts of the first segment of this one that has benchmarks; absent where fewer than five are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peers: Option<PeersView>,
    /// What will be published on which of the next 92 days if nothing more happens, in that order.
    pub outlook: Vec<OutlookView>,
    /// SHA-256 of the playbook's canonical form.
    pub playbook: String,
}

/// Something that will be published if nothing more happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutlookView {
    pub day: Date,
    /// The type of the output: `adoption.product.stage_changed`, …
    pub output: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The alert, play, campaign, segment, milestone or measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Of stages and bands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What was told of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_executive: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employees: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_cases: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The parent account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The account's id in other systems, by the system's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ids: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onboarding_completed: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_starts: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Date>,
    /// Annual recurring revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arr: Option<Number>,
    /// Monthly recurring revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mrr: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_touchpoint: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Date>,
    pub churned: bool,
}

/// The account stage, by the number of products adopted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccountStageView {
    /// A name of the playbook's `account_stages`.
    pub stage: String,
    /// The day on which it last changed, or on which the account began.
    pub since: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub churn_risk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The stage above it, and the products adopted that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NextStage {
    pub stage: String,
    pub products_adopted: u32,
}

/// A measure as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureView {
    /// Its id in the playbook.
    pub measure: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    /// As published last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub band: Option<String>,
    /// What it is put together from, where it is a `weighted`, `mean`, `min` or `max`: as written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartView {
    /// Canonical text of the expression.
    pub metric: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    /// Of `weighted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<Number>,
}

/// How much is adopted, and how deeply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuadrantView {
    pub quadrant: Quadrant,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breadth: Option<Number>,
    /// The mean `feature_share` of the adopted products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<Number>,
}

/// Broad: `breadth` is at least one half. Deep: depth is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quadrant {
    BroadDeep,
    BroadShallow,
    NarrowDeep,
    NarrowShallow,
}

/// A product of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductView {
    pub product: String,
    pub name: String,
    pub stage: StageName,
    /// The day on which the stage last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// Whether its `entitled` rung holds.
    pub entitled: bool,
    /// The day on which it first was `adopted` or above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adopted: Option<Date>,
    /// The measure that the playbook's `view` names `score`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<MeasureView>,
    pub criteria: CriteriaView,
    pub active_users: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u64>,
    /// `active_users` ÷ `seats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_utilization: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_use: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use: Option<Date>,
    /// Those in force, the first to begin first.
    pub terms: Vec<TermView>,
    pub value: ValueView,
    /// Those of the catalogue in its order, then others that were used in the held 92 days, by name.
    pub features: Vec<FeatureView>,
    /// Of the catalogue, in its order.
    pub modules: Vec<ModuleView>,
    /// Those that were reported in the held 92 days, by name.
    pub gauges: Vec<GaugeView>,
    /// Enabled features, and modules of them, that were not used in the window: features first, each in the catalogue's order.
    pub gaps: Vec<GapView>,
    /// Why it is not adopted; absent where it is, and where the account is not entitled to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_adopted: Option<NotAdoptedView>,
}

/// The condition of `adopted`, regular use included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriteriaView {
    /// Absent where it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
    /// `criteria_progress`, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Number>,
    /// The first of the next 92 days on which it would not hold if nothing more happened; absent where it does not hold, or would on all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapses_on: Option<Date>,
    /// Its comparisons, in the order written.
    pub comparisons: Vec<ComparisonView>,
}

/// A comparison of a condition with what it sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparisonView {
    /// Canonical text of the left side.
    pub metric: String,
    /// Absent where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Plain>")]
    pub value: Option<serde_json::Value>,
    pub operator: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Plain>")]
    pub threshold: Option<serde_json::Value>,
    /// Absent where it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
    /// value ÷ threshold, 0 to 1, of `>=` and `>` what is a positive number, be it written out or reckoned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Number>,
    /// The days read, both ends included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Days>,
}

/// Both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Days {
    pub from: Date,
    pub to: Date,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TermView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    pub starts: Date,
    /// Its last day; absent where it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<Date>,
    pub trialing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arr: Option<Number>,
    /// Absent where they were not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addons: Option<Vec<String>>,
    /// Absent where they were not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
}

/// What use brought in the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValueView {
    /// Of money.
    pub amount: Number,
    pub hours: Number,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeatureView {
    pub feature: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// `core`, `advanced`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<String>,
    /// Whether it is of the catalogue.
    pub in_catalogue: bool,
    /// Whether the account may use it; of the catalogue's.
    pub enabled: bool,
    /// Distinct users in the window.
    pub users: u64,
    /// `users` ÷ the product's `active_users`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Number>,
    /// Quantity in the window.
    pub events: u64,
    /// `feature_change(30)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<Number>,
    /// Flat within 10 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend: Option<Trend>,
    /// Whether it was used on as many days as its `effective` asks for; of the catalogue's.
    pub effective: bool,
    /// The last day of use in the held 92 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_use: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<ValueView>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trend {
    Up,
    Flat,
    Down,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModuleView {
    pub module: String,
    /// Of the catalogue.
    pub features: u32,
    /// Of them, those used in the window.
    pub features_used: u32,
    /// Quantity of its features on each of the 90 days that end with D, the earliest first.
    pub daily: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GaugeView {
    pub gauge: String,
    /// The latest level by event time.
    pub value: Number,
    /// Its day.
    pub day: Date,
    /// The last level of each of the 90 days that end with D, the earliest first; `null` where none was reported.
    pub daily: Vec<Option<Number>>,
}

/// What is there to use, and is not used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GapView {
    pub kind: GapKind,
    /// The feature's id, or the module's name.
    pub id: String,
    pub name: String,
    /// Of a module: the highest of its unused features.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<Level>,
    /// Of a module: the lowest of its unused features of that impact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Level>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GapKind {
    Feature,
    Module,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NotAdoptedView {
    pub reason: Reason,
    /// The steps of the playbook's plan for that reason.
    pub plan: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationsView {
    pub active: u32,
    pub possible: u32,
    /// 100 × active ÷ possible, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Number>,
    /// Directed pairs: those that are possible, and those in place.
    pub matrix: Vec<ConnectionView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionView {
    pub from: String,
    pub to: String,
    pub connected: bool,
    /// Of the playbook's `integrations`, without any there of all; and the account is entitled to both.
    pub possible: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowView {
    pub workflow: String,
    pub products: Vec<String>,
    /// In the 7 days that end with D.
    pub runs_7d: u64,
    /// The playbook's; `untapped` without runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SynergiesView {
    /// Those whose `by` holds.
    pub unlocked: Vec<SynergyView>,
    /// Those whose `by` does not hold, of products that the account is entitled to.
    pub untapped: Vec<SynergyView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SynergyView {
    pub synergy: String,
    pub products: Vec<String>,
    /// A year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Level>,
}

/// A product that the account is not entitled to and that is for such accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossSellView {
    pub product: String,
    pub name: String,
    /// 0 to 1: the mean of the share of what its `fit` asks for that is true, whether it is the next product of the path, and the share of peers
    /// that have adopted it; of those that are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fit_score: Option<Number>,
    /// The account's use cases that its `fit` names, else what it solves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub use_cases: Vec<String>,
    /// A year: the price, of a price per seat times the account's largest number of seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Guardrails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_back_by: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecommendationView {
    pub kind: RecommendationKind,
    /// The product; of a connection the synergy's id, or `crm to portal`.
    pub id: String,
    pub products: Vec<String>,
    /// What stands in the way, or is missing: the reason, the unused features, the use case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// What to do: the plan for the reason, the recommendation for the most worthwhile of the unused features; else the tasks of the play
    /// `activate_product`, `deepen_product`, `connect_products` or `cross_sell`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What that play's outcome asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// A year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Level>,
    /// Guardrails.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_back_by: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecommendationKind {
    Activate,
    Deepen,
    Connect,
    CrossSell,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GuardrailView {
    pub guardrail: String,
    /// Of a guardrail of products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The first of the next 92 days on which it would not be true if nothing more happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MilestoneView {
    pub milestone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Absent where it is not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Date>,
    /// Whether it is not reached, and `useful_if` says that it would be of use.
    pub gap: bool,
}

/// An open alert or play.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentView {
    pub kind: RuleKind,
    pub rule: String,
    /// As outputs name it.
    pub incident: String,
    pub severity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    pub opened: Date,
    /// RFC 3339.
    pub opened_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    pub overdue: bool,
    /// Of alerts: to whom it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Of plays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Of plays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskView>,
    /// The comparisons of its `open` as they are now.
    pub comparisons: Vec<ComparisonView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskView {
    pub task: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    pub state: TaskState,
    /// As the event that told of it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskState {
    Open,
    Done,
    Dismissed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignView {
    pub campaign: String,
    pub user: String,
    pub triggered: Date,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PersonaView {
    pub persona: String,
    /// Of its users those who keep to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Number>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SegmentView {
    pub segment: String,
    /// What all accounts of the segment reach against its benchmarks, by their names.
    pub variance: Vec<VarianceView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VarianceView {
    pub benchmark: String,
    /// What the playbook expects.
    pub expected: Number,
    /// What the segment's accounts reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    /// `value` − `expected`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance: Option<Number>,
}

/// In which order products were adopted, and which comes next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathView {
    /// Products ever adopted, in that order.
    pub adopted: Vec<String>,
    /// The playbook's path that shares the longest beginning with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many products of that path are that beginning.
    pub shared: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_product: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsersView {
    /// Users who are present.
    pub present: u64,
    /// Departments that are known of them, by name, with how many used a product in the window.
    pub departments: Vec<DepartmentView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DepartmentView {
    pub department: String,
    pub users: u64,
    pub active_users: u64,
}

/// A problem, the product that solves it, and how far that has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JourneyView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    pub product: String,
    pub name: String,
    pub state: JourneyState,
    /// What is to become of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<JourneyTarget>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JourneyState {
    /// Proficient or above.
    Mature,
    /// Activated or adopted.
    Growing,
    /// Entitled.
    Unused,
    ManualOrCompetitor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JourneyTarget {
    /// It is among the cross-sells.
    New,
    /// It is unused.
    Activate,
}

/// This account beside those of its segment, itself included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeersView {
    pub segment: String,
    pub accounts: u64,
    /// `products_adopted`, the elements of the playbook's `view`, `integration_score`.
    pub figures: Vec<PeerView>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeerView {
    pub figure: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<Number>,
    /// What a quarter of them reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_quartile: Option<Number>,
}
