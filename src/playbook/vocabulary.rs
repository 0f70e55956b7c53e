//! What conditions may name: how a metric is written, what its parameters may be and what kind of value it has.
//!
//! The playbook knows no metric. It is loaded against a vocabulary that whoever evaluates conditions hands it.

use super::HELD_DAYS;
use super::condition::Tier;

/// Every metric there is, and the conditions of stages for which a playbook says nothing.
#[derive(Debug)]
pub struct Vocabulary {
    /// In the reference's order.
    pub metrics: Vec<&'static Signature>,
    /// The fields of the rows that lists of accounts show, without parameters.
    pub account_row: &'static [Signature],
    /// Likewise of users.
    pub user_row: &'static [Signature],
    pub activated: &'static str,
    pub regular_use: &'static str,
    pub proficient: &'static str,
    pub integrated: &'static str,
}

impl Vocabulary {
    /// The signature of what is written `name` of such a subject.
    pub fn signature(&self, name: &str, of: Of) -> Option<&'static Signature> {
        self.metrics.iter().copied().find(|signature| signature.name == name && signature.of == of)
    }

    /// The fields of such rows.
    pub fn row(&self, rows: Rows) -> &'static [Signature] {
        match rows {
            Rows::Accounts => self.account_row,
            Rows::Users => self.user_row,
        }
    }

    /// The subjects that have a metric of that name.
    pub fn subjects_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Of> + 'a {
        self.metrics.iter().filter(move |signature| signature.name == name).map(|signature| signature.of)
    }
}

/// What lists show a row of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    Accounts,
    Users,
}

impl Rows {
    /// As written in a playbook.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Users => "users",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
    Boolean,
    /// Of texts: only functions take one.
    List,
}

impl Kind {
    pub fn described(self) -> &'static str {
        match self {
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::Boolean => "a boolean",
            Kind::List => "a list",
        }
    }
}

/// Whose a metric or a measure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    Product,
    Account,
    /// Of the account's user, or of a user's use of one product.
    User,
}

impl Of {
    /// As written in a playbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Account => "account",
            Self::User => "user",
        }
    }
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
    /// Of the playbook.
    Calendar,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// Of the playbook: what is concluded, read as it stands.
    Verdict(Verdict),
    /// Of the playbook's plays.
    Group,
    /// Of the playbook's segments.
    Benchmark,
    /// Of the playbook.
    Persona,
}

/// What is concluded of a subject and may be asked for by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Segment,
    Milestone,
    Alert,
    Play,
}

/// Conditions of the playbook that a metric's value follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// What the product asks for at `adopted`.
    Criteria,
    /// Whom the product is for.
    Fit,
    /// By which synergies are unlocked.
    Synergies,
    /// Of the persona that is named.
    Persona,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    Required,
    Optional,
}

/// The number among a metric's arguments. Left out, it is the playbook's `window_days`.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub label: &'static str,
    pub needed: Needed,
    pub min: u16,
    /// Days that one more of it reads.
    pub days: u16,
    /// Days that are read beside those.
    pub beside: u16,
    pub reads: Reads,
}

/// Where the days end that a metric reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// With D, which has not ended yet; with `complete.` before it, where it is allowed, with the last day that is complete.
    Trailing { complete: bool },
    /// With the last day that is complete: D − 1 − `settle_days`.
    Complete,
}

impl Number {
    /// The greatest that is allowed, so that all the days read are held. `complete`: written with that prefix.
    pub fn max(self, complete: bool, settle_days: u16) -> u16 {
        let held = HELD_DAYS as u16;
        let behind = if complete || self.reads == Reads::Complete { 1 + settle_days } else { 0 };
        (held - behind - self.beside) / self.days
    }
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
    /// Computed from much: a rule that reads it is judged on day boundaries, where it does not say otherwise.
    pub daily: bool,
    pub through: Option<Through>,
    pub naming: Option<(Naming, Needed)>,
    pub number: Option<Number>,
}

/// What may stand before a metric, so that it reads complete days only.
pub(super) const COMPLETE: &str = "complete";

impl Signature {
    /// A metric without parameters.
    pub const fn plain(name: &'static str, of: Of, kind: Kind) -> Self {
        Self { name, usage: name, of, kind, reads_stage: false, daily: false, through: None, naming: None, number: None }
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

    pub const fn of(self, of: Of) -> Self {
        Self { of, ..self }
    }

    pub const fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// Depends on a stage.
    pub const fn reading_stages(self) -> Self {
        Self { reads_stage: true, ..self }
    }

    /// See [`Signature::daily`].
    pub const fn daily(self) -> Self {
        Self { daily: true, ..self }
    }

    pub const fn through(self, through: Through) -> Self {
        Self { through: Some(through), ..self }
    }

    /// The verdict that is named.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.naming {
            Some((Naming::Verdict(verdict), _)) => Some(verdict),
            _ => None,
        }
    }

    /// Whether its value follows from what was concluded of segments, milestones, alerts or plays.
    pub fn reads_verdicts(&self) -> bool {
        matches!(self.naming, Some((Naming::Verdict(_) | Naming::Benchmark | Naming::Group, _)))
    }

    /// Whether [`COMPLETE`] may stand before it.
    pub fn may_be_complete(&self) -> bool {
        self.number.is_some_and(|number| number.reads == Reads::Trailing { complete: true })
    }
}

pub(super) const TIERS: [(&str, Tier); Tier::COUNT] =
    [("core", Tier::Core), ("main", Tier::Main), ("advanced", Tier::Advanced), ("high_value", Tier::HighValue)];
