//! What is open, under way, reached, and holds back.

use std::collections::BTreeMap;

use super::ask::Asked;
use crate::engine::{Day, Instance, Item, OpenIncident, Subject, Truth, View, rfc3339};
use crate::output::hex;
use crate::playbook::{Of, Playbook, ProductIndex, RuleKind};
use crate::view::account::{CampaignView, GuardrailView, IncidentView, MilestoneView, TaskState, TaskView};
use crate::view::date::Date;

pub fn open(asked: &Asked<'_>) -> Vec<IncidentView> {
    let account = asked.account();
    let view = |(key, open): (crate::engine::IncidentKey, &OpenIncident)| {
        let rule = &asked.playbook.rules[usize::from(key.rule)];
        let instance = asked.view.plan.instance_of(key).map(|number| &asked.view.plan.instances[number as usize]);
        let is_alert = rule.head.kind == RuleKind::Alert;
        IncidentView {
            kind: rule.head.kind,
            rule: rule.head.id.clone(),
            incident: hex(open.id),
            severity: rule.head.severity.clone(),
            product: key.subject.product().map(|index| asked.product_id(index)),
            user: key.subject.user().map(|user| account.users.id(user).to_owned()),
            opened: Date(open.opened_day),
            opened_at: rfc3339(open.opened_ms),
            due: open.due().map(Date),
            overdue: open.due().is_some_and(|due| due < account.day),
            route: account.assigned(&rule.route).filter(|_| is_alert).map(|to| to.to_string()),
            group: rule.group.clone().map(|group| group.to_string()),
            tasks: tasks(asked, key.rule, open),
            comparisons: instance.map(|instance| asked.comparisons(asked.of(key.subject), &instance.open.comparisons)).unwrap_or_default(),
        }
    };
    account.open_incidents().map(view).collect()
}

fn tasks(asked: &Asked<'_>, rule: u16, open: &OpenIncident) -> Vec<TaskView> {
    let account = asked.account();
    let worked = account.plays.iter().flat_map(|plays| &plays.worked[plays.worked_of(open.id)]);
    let worked: Vec<_> = worked.collect();
    let tasks = asked.playbook.rules[usize::from(rule)].play.tasks.iter().zip(0u8..);
    let view = |(task, place): (&crate::playbook::Task, u8)| {
        let told = worked.iter().find(|worked| worked.task == place);
        TaskView {
            task: task.id.clone(),
            title: task.title.clone(),
            assignee: account.assigned(&task.assignee).map(|assignee| assignee.to_string()),
            doc: task.doc.clone(),
            due: open.task_due(task).map(Date),
            state: told.map_or(TaskState::Open, |told| if told.is_done { TaskState::Done } else { TaskState::Dismissed }),
            reason: told.and_then(|told| told.reason.as_deref()).map(str::to_owned),
        }
    };
    tasks.map(view).collect()
}

pub fn campaigns(asked: &Asked<'_>) -> Vec<CampaignView> {
    let account = asked.account();
    let under_way = account.plays.iter().flat_map(|plays| &plays.under_way);
    let view = |under_way: &crate::engine::UnderWay| CampaignView {
        campaign: asked.playbook.campaigns[usize::from(under_way.key.campaign)].id.clone(),
        user: account.users.id(under_way.key.user).to_owned(),
        triggered: Date(under_way.triggered_day),
    };
    under_way.map(view).collect()
}

pub fn milestones(asked: &Asked<'_>) -> Vec<MilestoneView> {
    let account = asked.account();
    let mut views = Vec::new();
    for instance in &asked.view.plan.instances {
        let (Item::Milestone(milestone), subject) = (instance.item, instance.subject) else { continue };
        let product = subject.product();
        let reached = account.milestones.iter().find(|reached| (reached.milestone, reached.product) == (milestone, product));
        let is_useful = || asked.conditions.useful(milestone, subject).is_some_and(|useful| useful.truth(asked.view) == Truth::True);
        if reached.is_some() || product.is_none_or(|index| asked.is_entitled(index)) {
            views.push(MilestoneView {
                milestone: asked.playbook.milestones[usize::from(milestone)].id.clone(),
                product: product.map(|index| asked.product_id(index)),
                reached: reached.map(|reached| Date(reached.day)),
                gap: reached.is_none() && is_useful(),
            });
        }
    }
    views
}

/// A play's, where the playbook has it for such a subject.
pub fn instance_of_play<'a>(asked: &Asked<'a>, play: &str, subject: Subject) -> Option<&'a Instance> {
    let rule = asked.playbook.rules.iter().position(|rule| rule.head.kind == RuleKind::Play && rule.head.id == play)?;
    let number = asked.view.plan.instance_of(crate::engine::IncidentKey { rule: rule as u16, subject })?;
    Some(&asked.view.plan.instances[number as usize])
}

/// Those of a play that are true now, by their ids, in its order.
pub fn held_back_by(asked: &Asked<'_>, instance: &Instance) -> Vec<String> {
    let Item::Rule(rule) = instance.item else { return Vec::new() };
    let guards = asked.playbook.rules[usize::from(rule)].play.guards.iter().zip(&instance.attached.guards);
    let true_now = guards.filter(|(_, guard)| asked.view.truth(&guard.holds_back) == Truth::True);
    true_now.map(|(index, _)| asked.playbook.guardrails[usize::from(index.0)].id.clone()).collect()
}

/// A guardrail by its index in the playbook, and the product that it is asked of.
pub type Guard = (u16, Option<ProductIndex>);

/// Those that some play names and that are true, in the playbook's order: of the account once, of products for each of which it is so.
pub fn guards_true(playbook: &Playbook, view: View<'_>) -> Vec<Guard> {
    let mut looked_at: BTreeMap<Guard, bool> = BTreeMap::new();
    for instance in &view.plan.instances {
        let Item::Rule(rule) = instance.item else { continue };
        let guards = playbook.rules[usize::from(rule)].play.guards.iter().zip(&instance.attached.guards);
        for (index, guard) in guards {
            let of_product = playbook.guardrails[usize::from(index.0)].of == Of::Product;
            let product = instance.subject.product().filter(|_| of_product);
            looked_at.entry((index.0, product)).or_insert_with(|| view.truth(&guard.holds_back) == Truth::True);
        }
    }
    looked_at.into_iter().filter(|(_, is_true)| *is_true).map(|(guard, _)| guard).collect()
}

/// `until`: the days from which on they are not true any more.
pub fn guardrails(asked: &Asked<'_>, until: &[(Guard, Day)]) -> Vec<GuardrailView> {
    let view = |guard: Guard| {
        let guardrail = &asked.playbook.guardrails[usize::from(guard.0)];
        GuardrailView {
            guardrail: guardrail.id.clone(),
            product: guard.1.map(|index| asked.product_id(index)),
            reason: guardrail.reason.clone(),
            until: until.iter().find(|(known, _)| *known == guard).map(|(_, day)| Date(*day)),
        }
    };
    guards_true(asked.playbook, asked.view).into_iter().map(view).collect()
}
