//! What conditions may name: how a metric is written, what its parameters may be and what kind of value it has.
//!
//! The playbook knows no metric. It is loaded against a vocabulary that whoever evaluates conditions hands it.

use super::condition::Tier;

/// Every metric there is, and the conditions of stages for which a playbook says nothing.
#[derive(Debug)]
pub struct Vocabulary {
    /// In the reference's order.
    pub metrics: Vec<&'static Signature>,
    pub activated: &'static str,
    pub regular_use: &'static str,
    pub proficient: &'static str,
    pub integrated: &'static str,
}

impl Vocabulary {
    /// The signature of the metric that is written `name`.
    pub fn signature(&self, name: &str) -> Option<&'static Signature> {
        self.metrics.iter().copied().find(|signature| signature.name == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
    Boolean,
}

impl Kind {
    pub fn described(self) -> &'static str {
        match self {
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::Boolean => "a boolean",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Product,
    Account,
}

/// What the name among a metric's arguments names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// In the catalogue.
    Feature,
    Tier,
    /// Free.
    Gauge,
    /// Free.
    Workflow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    Required,
    Optional,
}

/// The number among a metric's arguments: 1 ..= `max`. Left out, it is the playbook's `window_days`.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub label: &'static str,
    pub needed: Needed,
    pub max: u16,
    /// The bound where a name is given that is a feature's.
    pub max_of_feature: u16,
}

/// How a metric is written.
#[derive(Debug)]
pub struct Signature {
    pub name: &'static str,
    /// As in the reference; `?` marks what may be left out.
    pub usage: &'static str,
    pub of: Of,
    pub kind: Kind,
    /// Depends on a stage, so that no stage may depend on it.
    pub reads_stage: bool,
    pub naming: Option<(Naming, Needed)>,
    pub number: Option<Number>,
}

impl Signature {
    /// A metric without parameters.
    pub const fn plain(name: &'static str, of: Of, kind: Kind) -> Self {
        Self { name, usage: name, of, kind, reads_stage: false, naming: None, number: None }
    }

    /// A metric without parameters that depends on a stage.
    pub const fn staged(name: &'static str, of: Of) -> Self {
        Self { reads_stage: true, ..Self::plain(name, of, Kind::Number) }
    }

    /// A product's metric over a number of days or weeks.
    pub const fn windowed(name: &'static str, usage: &'static str, number: Number) -> Self {
        Self { usage, number: Some(number), ..Self::plain(name, Of::Product, Kind::Number) }
    }

    /// A product's metric over a window, of something named.
    pub const fn named(name: &'static str, usage: &'static str, naming: (Naming, Needed), number: Number) -> Self {
        Self { naming: Some(naming), ..Self::windowed(name, usage, number) }
    }
}

pub(super) const TIERS: [(&str, Tier); 4] =
    [("core", Tier::Core), ("main", Tier::Main), ("advanced", Tier::Advanced), ("high_value", Tier::HighValue)];
