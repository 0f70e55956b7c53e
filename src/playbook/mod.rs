//! The playbook: what the rule owner writes, loaded, checked and typed.
//!
//! [`Playbook::load`] turns YAML into these types or into a list of [`Problem`]s, each with file, line and column. Conditions are
//! CEL; they are parsed by the `cel` crate, checked against the catalogue and kept as [`Condition`]s. Nothing of CEL is left
//! at run time: the engine compiles conditions to comparisons of slots (`engine::plan`).

mod aliases;
mod calendars;
mod campaigns;
mod canonical;
mod check;
mod condition;
mod declared;
mod depends;
mod functions;
mod guardrails;
mod integrations;
mod load;
mod measures;
mod milestones;
mod paths;
mod personas;
mod plays;
pub(crate) mod problem;
mod products;
pub(crate) mod reader;
mod reasons;
mod resolve;
mod row_texts;
mod rule_fields;
mod segments;
mod synergies;
mod syntax;
mod targets;
mod tokens;
mod view;
pub mod vocabulary;
mod workflows;
mod worklists;
pub(crate) mod yaml;

pub use calendars::Calendar;
pub use campaigns::Campaign;
pub use canonical::{About, canonical_condition, canonical_metric, canonical_operand};
pub use condition::{
    Aggregate, Arithmetic, Comparison, Condition, Decimal, Figure, Function, MeasureIndex, MeasureRef, Metric, MetricRef, Operand,
    Operator, Over, Part, Tier,
};
pub use functions::{FIGURES, FUNCTIONS, FunctionDoc};
pub use guardrails::{Guardrail, GuardrailIndex};
pub use integrations::Integration;
pub use measures::{Band, Measure};
pub use milestones::Milestone;
pub use paths::Path;
pub use personas::Persona;
pub use plays::{Better, Outcome, PlayFields, Task};
pub use problem::Problem;
pub(crate) use problem::{nearest, unknown};
pub use products::{Effective, Feature, FeatureValue, Level, Price, Product};
pub use reader::AMOUNT_PLACES_MAX;
pub use reasons::{Reason, Remedy};
pub use row_texts::TextProblem;
pub use rule_fields::{RULE_FIELDS, Rule, RuleField};
pub use segments::Segment;
pub use synergies::Synergy;
pub use targets::{Bound, FLEET_FIGURES, FleetFigure, Target};
pub use tokens::{Token, TokenValue};
pub use view::ViewMeasures;
pub use vocabulary::{Of, Rows, Vocabulary};
pub use workflows::Workflow;
pub use worklists::{OrderBy, Worklist, order_text};

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The playbook that ships with the service.
pub const SHIPPED: &str = include_str!("../../deploy/playbook.yaml");

/// Days of history that are held: every trailing window lies within them.
pub const HELD_DAYS: i32 = 92;

/// Most days of grace after a term (`stages.grace_days`).
pub const GRACE_DAYS_MAX: u16 = reader::WAIT_DAYS_MAX as u16;

/// Index of a product in [`Playbook::products`], file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductIndex(pub u16);

#[derive(Debug)]
pub struct Playbook {
    /// What its conditions are made of.
    pub vocabulary: &'static Vocabulary,
    /// `sha256:…` of the canonical form: comments, spacing and spelled-out defaults do not change it.
    pub digest: String,
    pub time_zone: TimeZone,
    pub time_zone_name: String,
    pub window_days: u16,
    /// Previous volume below which `usage_change` is missing; each `usage_change` of a condition carries it too.
    pub min_volume: u32,
    /// Days with usage that a previous window needs, at most as many as it has; each `usage_change` carries it too.
    pub min_active_days: u16,
    /// Of products that say nothing else, and of the account.
    pub settle_days: u16,
    pub calendars: Vec<Calendar>,
    /// File order, which is the order of outputs.
    pub products: Vec<Product>,
    /// Days for which a lower stage must have been derived before the stage falls; 0 = at once.
    pub hold_days: u16,
    /// Days after the end of its last term for which a product counts as entitled still.
    pub grace_days: u16,
    pub ladder: Ladder,
    /// Ascending by `from`; the first one has `from: 0`.
    pub account_stages: Vec<AccountStage>,
    /// File order, as all that follows.
    pub measures: Vec<Measure>,
    pub personas: Vec<Persona>,
    /// None: any connection counts as one.
    pub integrations: Vec<Integration>,
    pub workflows: Vec<Workflow>,
    pub synergies: Vec<Synergy>,
    pub paths: Vec<Path>,
    pub segments: Vec<Segment>,
    pub milestones: Vec<Milestone>,
    pub guardrails: Vec<Guardrail>,
    /// Alerts in file order, then plays in file order.
    pub rules: Vec<Rule>,
    pub campaigns: Vec<Campaign>,
    /// In the order of [`Reason`].
    pub remedies: Vec<Remedy>,
    pub targets: Vec<Target>,
    pub view: ViewMeasures,
    pub worklists: Vec<Worklist>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ladder {
    /// A stage is reached only where all lower ones hold too.
    Cumulative,
    /// The highest stage whose own condition holds.
    Highest,
}

#[derive(Debug)]
pub struct AccountStage {
    pub name: String,
    /// Smallest number of adopted products.
    pub from: u32,
    pub churn_risk: Option<String>,
    pub priority: Option<String>,
    pub action: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "IncidentKind")]
pub enum RuleKind {
    Alert,
    Play,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Account,
    /// Judged for each product whose stage is not `none`; an unqualified product metric is that product's.
    Product,
    /// Judged for each user who is present.
    User,
}

/// As a playbook writes [`Pace`].
const PACES: [(&str, Pace); 2] = [("live", Pace::Live), ("daily", Pace::Daily)];

/// When a rule is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// At every cause.
    Live,
    /// On day boundaries, and at causes other than usage, gauges and workflows.
    Daily,
}

/// Which rule it is, as its outputs tell it.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleHead {
    pub kind: RuleKind,
    pub id: String,
    pub severity: String,
}

impl Pace {
    /// As written in a playbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Daily => "daily",
        }
    }
}

impl RuleKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Play => "play",
        }
    }
}

impl Scope {
    /// As written in a playbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Product => "product",
            Self::User => "user",
        }
    }

    /// Whose metrics its conditions read where they name nobody.
    pub fn of(self) -> Of {
        match self {
            Self::Account => Of::Account,
            Self::Product => Of::Product,
            Self::User => Of::User,
        }
    }
}

impl Playbook {
    /// Loads and checks a playbook whose conditions are made of the vocabulary's metrics. `file` is the name that problems are reported under;
    /// nothing is read from disk. [`Playbook::load`] takes those of the engine.
    ///
    /// Bounds: 1 to 1000 products, 10 000 features each, 10 000 integrations, 1000 calendars with 1000 periods each; 1000 workflows, synergies
    /// and paths; 1000 measures with 100 bands each, personas, segments with 100 benchmarks each, milestones, guardrails; 1000 alerts and plays
    /// together; 1000 campaigns and targets; 100 worklists in order of 10 fields each; 20 elements of the view; 100 steps of each plan. Of a play
    /// 100 tasks, tokens and guards, and 10 days of an outcome, 1 to 365. Ids and names of 1 to 256 bytes, sentences of up to 4096; waits of 0 to
    /// 3650 days; money and hours of 0 to 10⁹ with 6 places after the point; conditions of up to 4096 characters with 500 operators and brackets
    /// 32 deep.
    ///
    /// # Errors
    ///
    /// Every problem, in the order of the file. A syntax error of the YAML is the only one of its file, one of a condition's CEL
    /// the only one of its condition: what comes after it cannot be trusted.
    pub fn load_with(file: &str, yaml: &str, vocabulary: &'static Vocabulary) -> Result<Self, Vec<Problem>> {
        load::load(file, yaml, vocabulary)
    }

    /// The lines of the canonical form, from which the digest is made.
    pub fn definition(&self) -> Vec<String> {
        canonical::canonical_playbook(self).lines().map(str::to_owned).collect()
    }

    /// The product of that id, or of which it is an alias.
    pub fn product(&self, id: &str) -> Option<ProductIndex> {
        let is_called = |product: &Product| product.id == id || product.aliases.iter().any(|alias| alias == id);
        self.products.iter().position(is_called).map(|index| ProductIndex(index as u16))
    }

    /// The alert or play of that id: they share one name space.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.head.id == id)
    }

    /// The names of benchmarks, each once, in order.
    pub fn benchmark_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.segments.iter().flat_map(|segment| &segment.benchmarks).map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The groups of plays, each once, in order.
    pub fn group_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.rules.iter().filter_map(|rule| rule.group.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether a list of products, of a rule or a milestone, holds one.
    pub fn is_of(products: Option<&[ProductIndex]>, product: ProductIndex) -> bool {
        products.is_none_or(|products| products.contains(&product))
    }

    /// Index, in [`Playbook::account_stages`], of the stage of an account with so many adopted products.
    pub fn account_stage(&self, products_adopted: u32) -> usize {
        // The first stage is from 0, so that there always is one.
        self.account_stages.iter().rposition(|stage| stage.from <= products_adopted).unwrap_or(0)
    }
}
