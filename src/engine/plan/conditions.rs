//! The conditions of a playbook as trees, each with its subject written out: what is asked of an account on any day, comparison by comparison.
//!
//! Judging needs none of them, as it goes by slots. Whoever explains an account asks for few accounts, and of all comparisons at once.

use hashbrown::HashMap;

use super::compile::{about, drafts, each_product, present_condition, subjects};
use super::expression::{Extent, NamesOf, Resolver};
use super::{Compare, Item, Logic, Truth};
use crate::engine::day::Day;
use crate::engine::effect::{json, window_of};
use crate::engine::evaluate::{Value, View};
use crate::engine::names::Names;
use crate::engine::subject::Subject;
use crate::playbook::{Condition, GuardrailIndex, Operand, Playbook, ProductIndex, canonical_condition, canonical_operand};

/// All of a playbook, in the order of outputs.
#[derive(Debug)]
pub struct Conditions {
    /// By product index: of `activated`, `adopted`, `proficient`, `integrated`.
    stages: Vec<[Clause; 4]>,
    items: Vec<Conditioned>,
    /// By its index in the playbook: of the account, or of each product.
    guardrails: Vec<Vec<(Subject, Clause)>>,
    /// By the milestone's index in the playbook, of those that say whom they would be of use to: of the account, or of each product.
    useful: Vec<Vec<(Subject, Clause)>>,
}

/// What is judged of a subject, or of each user, by its conditions.
#[derive(Debug)]
pub struct Conditioned {
    pub item: Item,
    pub subject: Subject,
    pub open: Clause,
    /// Of a campaign, its goal.
    pub clear: Option<Clause>,
}

/// A condition of one subject.
#[derive(Debug)]
pub struct Clause {
    /// Canonical text.
    pub text: String,
    logic: Logic,
    /// What is compared or asked in it, in the order written.
    pub parts: Vec<Part>,
}

/// A comparison, or something that is true or false by itself.
#[derive(Debug)]
pub struct Part {
    /// Canonical text: of a comparison its left side.
    pub text: String,
    logic: Logic,
}

/// What a part sees of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// `null` where it is missing.
    pub value: serde_json::Value,
    /// Of a comparison: the operator, and the value of the right side.
    pub compared: Option<(&'static str, serde_json::Value)>,
    /// The days read, both ends included.
    pub window: Option<(Day, Day)>,
}

impl Conditions {
    /// `names`: all that conditions read are among them, as the playbook has been compiled.
    pub fn new(playbook: &Playbook, names: &Names) -> Self {
        let mut writer = Writer { playbook, resolver: Resolver { playbook, names: NamesOf::Known(names), remembered: HashMap::new() } };
        let stages = playbook.products.iter().zip(each_product(playbook)).map(|(product, subject)| {
            [&product.activated, &product.adopted, &product.proficient, &product.integrated]
                .map(|condition| writer.clause(condition, subject))
        });
        let stages = stages.collect();
        let items = drafts(playbook).into_iter().map(|draft| Conditioned {
            item: draft.item,
            subject: draft.subject,
            open: writer.clause(draft.open, draft.subject),
            clear: draft.clear.map(|clear| writer.clause(clear, draft.subject)),
        });
        let items = items.collect();
        let guardrails = playbook.guardrails.iter().map(|guardrail| {
            let of = subjects(playbook, guardrail.of, None).into_iter();
            of.map(|subject| (subject, writer.clause(&guardrail.holds_back, subject))).collect()
        });
        let guardrails = guardrails.collect();
        let useful = playbook.milestones.iter().map(|milestone| {
            let of = subjects(playbook, milestone.of, milestone.products.as_deref()).into_iter();
            milestone.useful_if.iter().flat_map(|useful| of.clone().map(move |subject| (subject, useful))).collect::<Vec<_>>()
        });
        let useful = useful.map(|of| of.into_iter().map(|(subject, useful)| (subject, writer.clause(useful, subject))).collect());
        Self { guardrails, items, stages, useful: useful.collect() }
    }

    /// Of `activated`, `adopted`, `proficient`, `integrated`.
    pub fn stages(&self, product: ProductIndex) -> &[Clause; 4] {
        &self.stages[usize::from(product.0)]
    }

    /// What holds back plays of a subject: a guardrail is of the account or of the play's product, whoever the play is of.
    pub fn guardrail(&self, guardrail: GuardrailIndex, subject: Subject) -> &Clause {
        let of = &self.guardrails[usize::from(guardrail.0)];
        let own = of.iter().find(|(known, _)| *known == subject);
        // Without one of the subject itself it is of the account.
        &own.unwrap_or(&of[0]).1
    }

    /// Whether a milestone that is not reached would be of use; `None`: the playbook does not say to whom.
    pub fn useful(&self, milestone: u16, subject: Subject) -> Option<&Clause> {
        self.useful[usize::from(milestone)].iter().find(|(known, _)| *known == subject).map(|(_, clause)| clause)
    }

    /// Segments, milestones by product, rules by product, campaigns; of users each once, for all of them.
    pub fn items(&self) -> &[Conditioned] {
        &self.items
    }
}

struct Writer<'a> {
    playbook: &'a Playbook,
    resolver: Resolver<'a>,
}

impl Writer<'_> {
    fn clause(&mut self, condition: &Condition, subject: Subject) -> Clause {
        let present = present_condition(condition, subject, self.playbook);
        let text = canonical_condition(&present, about(subject), self.playbook);
        let mut parts = Vec::new();
        visit_parts(&present, &mut |part| {
            let text = match part {
                Condition::Compare(comparison) => canonical_operand(&comparison.left, about(subject), self.playbook),
                part => canonical_condition(part, about(subject), self.playbook),
            };
            parts.push(Part { text, logic: self.resolver.logic(part, subject) });
        });
        Clause { text, logic: self.resolver.logic(&present, subject), parts }
    }
}

/// What a condition compares or asks, in the order written; what is compared within a number is none of it.
fn visit_parts<'a>(condition: &'a Condition, visit: &mut impl FnMut(&'a Condition)) {
    match condition {
        Condition::Not(inner) => visit_parts(inner, visit),
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| visit_parts(part, visit)),
        Condition::Either(parts) => parts.iter().for_each(|part| visit_parts(part, visit)),
        Condition::Choice(parts) => parts.iter().for_each(|part| visit_parts(part, visit)),
        Condition::Known(Operand::Truth(inner)) => visit_parts(inner, visit),
        Condition::Compare(_) | Condition::Flag(_) | Condition::Known(_) | Condition::HasAny(..) => visit(condition),
        Condition::Constant(_) => {}
    }
}

impl Clause {
    pub fn truth<'a>(&'a self, view: View<'a>) -> Truth {
        view.truth(&self.logic)
    }
}

impl Part {
    pub fn truth<'a>(&'a self, view: View<'a>) -> Truth {
        view.truth(&self.logic)
    }

    pub fn seen<'a>(&'a self, view: View<'a>) -> Seen {
        let extent = Extent { plan: view.plan, primary: view.account.primary() };
        let window = window_of(view, |visit| self.logic.visit(extent, &mut |asked| visit(asked)));
        let (value, compared) = match &self.logic {
            Logic::Compare(compare) => {
                let Compare { left, operator, right } = &**compare;
                (view.value(left), Some((operator.sign(), json(view, view.value(right)))))
            }
            logic => match view.truth(logic) {
                Truth::Unknown => (Value::Missing, None),
                truth => (Value::Boolean(truth == Truth::True), None),
            },
        };
        Seen { value: json(view, value), compared, window }
    }
}
