//! Campaigns: what one user is written to about, and what that is to bring about.

use super::canonical::{About, canonical_condition, canonical_pace, literal};
use super::check::ConditionOf;
use super::condition::Condition;
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::problem::quoted;
use super::reader::{Entry, WAIT_DAYS_MAX};
use super::tokens::{Token, token_lines};
use super::{PACES, Pace, Playbook, RuleKind};

/// Most campaigns.
pub(super) const CAMPAIGNS_MAX: usize = 1000;
const GOAL_DAYS_DEFAULT: u16 = 14;
const COOLDOWN_DAYS_DEFAULT: u16 = 90;

#[derive(Debug)]
pub struct Campaign {
    pub id: String,
    /// Over a user, as all that follows.
    pub open: Condition,
    /// Without one it is over at once.
    pub goal: Option<Condition>,
    /// How long the goal is waited for; at least 1.
    pub goal_days: u16,
    /// From one triggering to the next; at least 1.
    pub cooldown_days: u16,
    /// Sorted by name.
    pub tokens: Vec<Token>,
    /// As written; see [`Campaign::is_daily`].
    pub judge: Option<Pace>,
    pub is_daily: bool,
}

impl<'n> Loader<'n> {
    pub(super) fn campaign(&mut self, index: usize, entry: Entry<'n>) -> Option<Campaign> {
        let what = format!("campaign {}", quoted(entry.key));
        self.subject_id(entry, "a campaign's id");
        self.refuse_namesake(entry, &[RuleKind::Alert, RuleKind::Play]);
        let keys = ["open", "goal", "goal_days", "cooldown_days", "tokens", "judge"];
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &keys)?;
        self.read_at(Place::After, Site::Campaign(index), None);
        let open = self.reader.required(&fields, "open").and_then(|node| self.condition(node, "open", ConditionOf::EachUser));
        let goal = fields.get("goal").map(|node| self.condition(node, "goal", ConditionOf::EachUser));
        // What is told has no say in when it is looked at.
        self.read_at(Place::After, Site::Elsewhere, None);
        let tokens = fields.get("tokens").map(|node| self.tokens(node, &what, ConditionOf::EachUser)).unwrap_or_default();
        let [goal_days, cooldown_days] = ["goal_days", "cooldown_days"].map(|key| {
            let node = fields.get(key)?;
            self.reader.whole_number(node, &format!("`{key}` of {what}"), 1..=WAIT_DAYS_MAX).map(|days| days as u16)
        });
        let judge = fields.get("judge").and_then(|node| self.reader.choice(node, "pace", &PACES));
        let goal = match goal {
            Some(goal) => Some(goal?),
            None => None,
        };
        Some(Campaign {
            id: entry.key.to_owned(),
            open: open?,
            goal,
            goal_days: goal_days.unwrap_or(GOAL_DAYS_DEFAULT),
            cooldown_days: cooldown_days.unwrap_or(COOLDOWN_DAYS_DEFAULT),
            tokens,
            judge,
            is_daily: false,
        })
    }
}

/// Adds a campaign's lines of the canonical form.
pub(super) fn campaign_lines(lines: &mut Vec<String>, campaign: &Campaign, playbook: &Playbook) {
    let Campaign { id, open, goal, goal_days, cooldown_days, tokens, judge, .. } = campaign;
    // They count with a goal alone.
    let goal_days = goal.as_ref().map(|_| format!(" goal_days {goal_days}")).unwrap_or_default();
    lines.push(format!("campaign {}{goal_days} cooldown_days {cooldown_days}{}", literal(id), canonical_pace(*judge)));
    lines.push(format!("  open {}", canonical_condition(open, About::USER, playbook)));
    lines.extend(goal.as_ref().map(|goal| format!("  goal {}", canonical_condition(goal, About::USER, playbook))));
    token_lines(lines, tokens, About::USER, playbook);
}
