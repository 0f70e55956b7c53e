//! What a commit covers, counted: handed to the metrics once it succeeded, so that nothing is counted twice.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::engine::{Applied, CampaignStep, Effect, EffectKind, OutcomeVerdict};
use crate::input::{Body, Event};
use crate::playbook::{Playbook, RuleKind};

/// Takes the counts of each successful commit.
pub trait Recorder: Send + Sync {
    fn committed(&self, counts: &Counts);
}

/// Dead letters that a commit tells one by one: nobody looks at more.
const LETTERS_MAX: usize = 100;

/// A record that was of no use: where it stands, and why, without what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub topic: Arc<str>,
    pub partition: i32,
    pub offset: i64,
    pub reason: &'static str,
    /// JSON Pointer of the field; empty for the whole record.
    pub pointer: Box<str>,
    /// Unix milliseconds of the Kafka record; -1 where it has none.
    pub at_ms: i64,
}

/// A measure, and the bands that it left and reached.
pub type BandChange = (Arc<str>, Arc<str>, Arc<str>);

#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub events: BTreeMap<&'static str, u64>,
    pub dead_letters: BTreeMap<&'static str, u64>,
    /// The last of them.
    pub letters: VecDeque<DeadLetter>,
    pub late: u64,
    pub duplicates: u64,
    pub unknown_products: u64,
    pub bounds: BTreeMap<&'static str, u64>,
    pub outputs: BTreeMap<&'static str, u64>,
    /// By the names of the stages left and reached.
    pub transitions: BTreeMap<(Cow<'static, str>, Cow<'static, str>), u64>,
    /// `none` is among the bands.
    pub bands: BTreeMap<BandChange, u64>,
    /// By segment and transition.
    pub segments: BTreeMap<(Arc<str>, &'static str), u64>,
    pub milestones: BTreeMap<Arc<str>, u64>,
    /// By rule and transition.
    pub incidents: BTreeMap<(String, &'static str), u64>,
    /// By play, verdict, and whether the account is held out of it.
    pub outcomes: BTreeMap<(String, &'static str, bool), u64>,
    /// By campaign and step.
    pub campaigns: BTreeMap<(Arc<str>, &'static str), u64>,
    /// Tasks told of no open play, or of which nothing is new.
    pub idle_tasks: u64,
    pub restored: u64,
    pub redone: u64,
    pub changelog_records: u64,
    pub changelog_bytes: u64,
    /// Products that the playbook does not name, for the log.
    unknown_names: BTreeSet<String>,
}

/// Unknown products named in the log, per partition.
const UNKNOWN_NAMES_MAX: usize = 20;

impl Counts {
    pub fn applied(&mut self, event: &Event<'_>, applied: Applied) {
        *self.events.entry(event.body.input_type().as_str()).or_default() += 1;
        self.late += u64::from(applied.late);
        self.unknown_products += u64::from(applied.unknown_product);
        self.idle_tasks += u64::from(applied.idle_task);
        if let Some(bound) = applied.bound_hit {
            *self.bounds.entry(bound).or_default() += 1;
        }
    }

    pub fn dead(&mut self, letter: DeadLetter) {
        *self.dead_letters.entry(letter.reason).or_default() += 1;
        if self.letters.len() == LETTERS_MAX {
            self.letters.pop_front();
        }
        self.letters.push_back(letter);
    }

    pub fn output(&mut self, effect: &Effect, event_type: &'static str, playbook: &Playbook) {
        *self.outputs.entry(event_type).or_default() += 1;
        match &effect.kind {
            EffectKind::ProductStageChanged { from, to, .. } => {
                *self.transitions.entry((from.as_str().into(), to.as_str().into())).or_default() += 1;
            }
            EffectKind::AccountStageChanged { from, to, .. } => {
                let name = |index: u8| Cow::from(playbook.account_stages[usize::from(index)].name.clone());
                *self.transitions.entry((name(*from), name(*to))).or_default() += 1;
            }
            EffectKind::BandChanged { measure, from, to, .. } => {
                let name = |band: &Option<Arc<str>>| band.clone().unwrap_or_else(|| "none".into());
                *self.bands.entry((Arc::clone(measure), name(from), name(to))).or_default() += 1;
            }
            EffectKind::SegmentEntered { segment } => *self.segments.entry((Arc::clone(segment), "entered")).or_default() += 1,
            EffectKind::SegmentExited { segment } => *self.segments.entry((Arc::clone(segment), "exited")).or_default() += 1,
            EffectKind::MilestoneAchieved { milestone, .. } => *self.milestones.entry(Arc::clone(milestone)).or_default() += 1,
            EffectKind::IncidentOpened { rule, opening, .. } => {
                self.incident(&rule.id, if opening.is_held_out { "held_out" } else { "opened" });
            }
            EffectKind::IncidentClosed { rule, .. } => {
                self.incident(&rule.id, if rule.kind == RuleKind::Play { "closed" } else { "cleared" })
            }
            EffectKind::PlaySuppressed { rule, .. } => self.incident(&rule.id, "suppressed"),
            EffectKind::PlayUpdated { .. } => {}
            EffectKind::PlayOutcome { rule, outcome } => {
                let verdict = outcome.verdict.map(|verdict| match verdict {
                    OutcomeVerdict::Better => "better",
                    OutcomeVerdict::Worse => "worse",
                    OutcomeVerdict::Same => "same",
                    OutcomeVerdict::Unknown => "unknown",
                });
                if let Some(verdict) = verdict {
                    *self.outcomes.entry((rule.id.clone(), verdict, outcome.is_held_out)).or_default() += 1;
                }
            }
            EffectKind::CampaignMoved { campaign, step, .. } => {
                let step = match step {
                    CampaignStep::Triggered => "triggered",
                    CampaignStep::Reached => "reached",
                    CampaignStep::Missed => "missed",
                };
                *self.campaigns.entry((Arc::clone(campaign), step)).or_default() += 1;
            }
        }
    }

    fn incident(&mut self, rule: &str, transition: &'static str) {
        *self.incidents.entry((rule.to_owned(), transition)).or_default() += 1;
    }

    /// Names products of an event that the playbook does not have, each once and within a bound.
    pub fn name_unknown_product(&mut self, partition: i32, body: &Body<'_>, playbook: &Playbook) {
        let products: Vec<&str> = match body {
            Body::Usage { product, .. } | Body::Gauge { product, .. } => vec![product],
            Body::Entitlement(entitlement) => vec![&entitlement.product],
            Body::Integration(integration) => vec![&integration.from, &integration.to],
            Body::Workflow(workflow) => workflow.products.iter().map(|product| &**product).collect(),
            _ => Vec::new(),
        };
        for product in products {
            if playbook.product(product).is_none()
                && self.unknown_names.len() < UNKNOWN_NAMES_MAX
                && self.unknown_names.insert(product.to_owned())
            {
                tracing::warn!(partition, product, "events of a product that the playbook does not name: kept, and in no metric");
            }
        }
    }

    /// Begins anew after a commit; the names already told stay.
    pub fn reset(&mut self) {
        *self = Self { unknown_names: std::mem::take(&mut self.unknown_names), ..Self::default() };
    }
}
