//! What a play has and an alert has not, beside the plain fields of rules: tasks, tokens, champions, an outcome, guards, and who is held out.

use std::sync::Arc;

use super::canonical::{About, canonical_operand, literal};
use super::check::ConditionOf;
use super::condition::{Decimal, Operand};
use super::declared::Place;
use super::depends::Site;
use super::guardrails::GuardrailIndex;
use super::load::Loader;
use super::problem::{listed, quoted};
use super::reader::{Fields, NAME_BYTES_MAX, TEXT_BYTES_MAX, WAIT_DAYS_MAX};
use super::tokens::{Token, token_lines};
use super::vocabulary::Of;
use super::yaml::Node;
use super::{Playbook, ProductIndex, RuleKind};

const TASKS_MAX: usize = 100;
const GUARDS_MAX: usize = 100;
/// Most days on which an outcome is looked at, and the last of them that may be.
const OUTCOME_DAYS_MAX: usize = 10;
const OUTCOME_DAY_MAX: u32 = 365;
/// Whose a task is where it does not say.
const ASSIGNEE: &str = "owner";

/// The keys of [`PlayFields`], what may be written under each, what it is without, and what it does.
pub(super) const PLAY_FIELDS: [(&str, &str, &str, &str); 6] = [
    ("tasks", "list of [tasks](#tasks)", "none", "what is to be done"),
    ("tokens", "by name, [tokens](#tokens)", "none", "what is handed on with it"),
    ("with", "`champions`", "none", "users who are named with it"),
    ("outcome", "an [outcome](#outcomes)", "none", "what is to become of it"),
    ("guards", "list of [guardrails](#guardrails)", "none", "what holds it back"),
    ("holdout", "0 to 0.5", "0", "the share of accounts that are held out, to compare with"),
];

/// As a playbook writes [`Better`].
const DIRECTIONS: [(&str, Better); 2] = [("up", Better::Up), ("down", Better::Down)];

#[derive(Debug)]
pub struct PlayFields {
    /// In the order written.
    pub tasks: Vec<Task>,
    /// Sorted by name.
    pub tokens: Vec<Token>,
    /// Whether the account's champions are named with it.
    pub with_champions: bool,
    pub outcome: Option<Outcome>,
    /// In the order written.
    pub guards: Vec<GuardrailIndex>,
    /// 0 to 0.5.
    pub holdout: Decimal,
}

impl Default for PlayFields {
    fn default() -> Self {
        let (tasks, tokens, guards) = (Vec::new(), Vec::new(), Vec::new());
        Self { tasks, tokens, with_champions: false, outcome: None, guards, holdout: Decimal::ZERO }
    }
}

/// What is to be done in a play.
#[derive(Debug)]
pub struct Task {
    /// Its own within the play.
    pub id: String,
    pub title: String,
    /// `owner`, `account_executive` or `success_role`, which is whoever that is of the account, or any other text as it is.
    pub assignee: Arc<str>,
    /// Where more is said.
    pub doc: Option<String>,
    /// After the opening; without it the play's.
    pub due_days: Option<u16>,
}

/// Whether what a play is for has become better.
#[derive(Debug)]
pub struct Outcome {
    /// A number of the play's subject.
    pub metric: Operand,
    /// After the opening, ascending.
    pub days: Vec<u16>,
    pub better: Better,
    /// By how much, at least.
    pub by: Decimal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Up,
    Down,
}

impl Better {
    /// As written in a playbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl<'n> Loader<'n> {
    /// The fields of a play; of an alert that has one, that it cannot.
    pub(super) fn play_fields(
        &mut self,
        fields: &Fields<'n>,
        kind: RuleKind,
        of: Of,
        products: Option<&[ProductIndex]>,
        what: &str,
    ) -> PlayFields {
        if kind != RuleKind::Play {
            for (key, ..) in PLAY_FIELDS {
                if let Some(node) = fields.get(key) {
                    self.reader.refuse::<()>(node.position, format!("`{key}` is for plays: {what} cannot have it"));
                }
            }
            return PlayFields::default();
        }
        // They are read as they stand once the play is judged.
        self.read_at(Place::After, Site::Elsewhere, products);
        let tasks = fields.get("tasks").map(|node| self.tasks(node, what)).unwrap_or_default();
        let tokens = fields.get("tokens").map(|node| self.tokens(node, what, of.into())).unwrap_or_default();
        let with = fields.get("with").and_then(|node| self.reader.choice(node, "kind of users", &[("champions", true)]));
        let outcome = fields.get("outcome").and_then(|node| self.outcome(node, what, of.into()));
        let guards = fields.get("guards").map(|node| self.guards(node, what, of)).unwrap_or_default();
        let holdout = fields.get("holdout").and_then(|node| {
            let half = Decimal { digits: 5, scale: 1 };
            self.reader.decimal_within(node, &format!("`holdout` of {what}"), Decimal::ZERO, half)
        });
        PlayFields { tasks, tokens, with_champions: with.unwrap_or(false), outcome, guards, holdout: holdout.unwrap_or(Decimal::ZERO) }
    }

    fn tasks(&mut self, node: &'n Node, play: &str) -> Vec<Task> {
        let mut tasks: Vec<Task> = Vec::new();
        for item in self.reader.list(node, &format!("`tasks` of {play}"), "tasks such as `{id: call, title: Call them}`", 0..=TASKS_MAX) {
            let Some(task) = self.task(item, play) else { continue };
            if tasks.iter().any(|earlier| earlier.id == task.id) {
                self.reader.refuse::<()>(item.position, format!("the task {} of {play} is named twice", quoted(&task.id)));
            }
            tasks.push(task);
        }
        tasks
    }

    fn task(&mut self, item: &'n Node, play: &str) -> Option<Task> {
        let what = format!("a task of {play}");
        let fields = self.reader.fields(item, &what, item.position, &["id", "title", "assignee", "doc", "due_days"])?;
        let [id, title] = [("id", NAME_BYTES_MAX), ("title", TEXT_BYTES_MAX)].map(|(key, bytes_max)| {
            let node = self.reader.required(&fields, key)?;
            self.reader.text(node, &format!("`{key}` of {what}"), bytes_max)
        });
        let [assignee, doc] = [("assignee", NAME_BYTES_MAX), ("doc", TEXT_BYTES_MAX)].map(|(key, bytes_max)| {
            let node = fields.get(key)?;
            self.reader.text(node, &format!("`{key}` of {what}"), bytes_max)
        });
        let due_days = fields.get("due_days");
        let due_days = due_days.and_then(|node| self.reader.whole_number(node, &format!("`due_days` of {what}"), 0..=WAIT_DAYS_MAX));
        let assignee = assignee.as_deref().unwrap_or(ASSIGNEE).into();
        Some(Task { id: id?, title: title?, assignee, doc, due_days: due_days.map(|days| days as u16) })
    }

    fn outcome(&mut self, node: &'n Node, play: &str, subject: ConditionOf) -> Option<Outcome> {
        let what = format!("`outcome` of {play}");
        let fields = self.reader.fields(node, &what, node.position, &["metric", "days", "better", "by"])?;
        let metric = self.reader.required(&fields, "metric").and_then(|node| self.number(node, "metric", subject));
        let days = self.reader.required(&fields, "days").map(|node| self.outcome_days(node, &what));
        let better = self.reader.required(&fields, "better").and_then(|node| self.reader.choice(node, "direction", &DIRECTIONS));
        let by = self.reader.required(&fields, "by").and_then(|node| {
            let by = self.reader.decimal(node, &format!("`by` of {what}"))?;
            if by.digits <= 0 {
                let message = format!("`by` of {what} must be above 0, whichever way is better, found {by}");
                return self.reader.refuse(node.position, message);
            }
            Some(by)
        });
        Some(Outcome { metric: metric?, days: days?, better: better?, by: by? })
    }

    fn outcome_days(&mut self, node: &'n Node, outcome: &str) -> Vec<u16> {
        let what = format!("`days` of {outcome}");
        let mut days: Vec<u16> = Vec::new();
        for item in self.reader.list(node, &what, "numbers of days such as `[7, 14, 30]`", 1..=OUTCOME_DAYS_MAX) {
            let Some(day) = self.reader.whole_number(item, &format!("a day of {outcome}"), 1..=OUTCOME_DAY_MAX) else { continue };
            let day = day as u16;
            if let Some(before) = days.last().filter(|before| **before >= day) {
                self.reader.refuse::<()>(item.position, format!("{what} must ascend: {day} after {before}"));
            }
            days.push(day);
        }
        days
    }

    fn guards(&mut self, node: &'n Node, play: &str, of: Of) -> Vec<GuardrailIndex> {
        let declared = self.declared.guardrails.clone();
        let number = |index: usize| GuardrailIndex(index as u16);
        let choices: Vec<_> = declared.iter().enumerate().map(|(index, (id, _))| (id.as_str(), number(index))).collect();
        let mut guards = Vec::new();
        for item in self.reader.list(node, &format!("`guards` of {play}"), "guardrails", 0..=GUARDS_MAX) {
            let Some(guard) = self.reader.choice(item, "guardrail", &choices) else { continue };
            let (id, guards_of) = &declared[usize::from(guard.0)];
            if guards.contains(&guard) {
                self.reader.refuse::<()>(item.position, format!("the guardrail {} of {play} is given twice", quoted(id)));
            }
            if *guards_of == Of::Product && of != Of::Product {
                let of_account: Vec<&str> = declared.iter().filter(|(_, of)| *of == Of::Account).map(|(id, _)| id.as_str()).collect();
                let message = format!(
                    "the guardrail {} is of products, and {play} is about {}: expected {}",
                    quoted(id),
                    super::resolve::article(of),
                    listed(&of_account),
                );
                self.reader.refuse::<()>(item.position, message);
            }
            guards.push(guard);
        }
        guards
    }
}

/// Adds the lines of the canonical form: none of what is not written.
pub(super) fn play_lines(lines: &mut Vec<String>, play: &PlayFields, of: Of, playbook: &Playbook) {
    let about = About { of, product: None };
    for Task { id, title, assignee, doc, due_days } in &play.tasks {
        let doc = doc.as_ref().map(|doc| format!(" doc {}", literal(doc))).unwrap_or_default();
        let due_days = due_days.map(|days| format!(" due_days {days}")).unwrap_or_default();
        lines.push(format!("  task {} title {} assignee {}{doc}{due_days}", literal(id), literal(title), literal(assignee)));
    }
    token_lines(lines, &play.tokens, about, playbook);
    lines.extend(play.with_champions.then(|| "  with champions".to_owned()));
    if let Some(Outcome { metric, days, better, by }) = &play.outcome {
        let days: String = days.iter().map(|day| format!(" {day}")).collect();
        lines.push(format!("  outcome days{days} better {} by {by}", better.name()));
        lines.push(format!("    metric {}", canonical_operand(metric, about, playbook)));
    }
    lines.extend(play.guards.iter().map(|guard| format!("  guard {}", literal(&playbook.guardrails[usize::from(guard.0)].id))));
    lines.extend((play.holdout != Decimal::ZERO).then(|| format!("  holdout {}", play.holdout)));
}
