//! The report of an account: its view as Markdown, section by section, or as HTML made of that. Nothing is computed here.

mod expansion;
mod integration;
mod product;
pub mod text;

use std::fmt::Write as _;

use crate::playbook::RuleKind;
use crate::view::account::{AccountView, PeersView, TaskState};
use text::{UNKNOWN, escaped, number, percent, plural, table};

/// As Markdown.
pub fn markdown(view: &AccountView) -> String {
    let mut out = String::new();
    head(&mut out, view);
    product::overview(&mut out, view);
    product::analysis(&mut out, view);
    product::breakdown(&mut out, view);
    integration::integration(&mut out, view);
    expansion::synergies(&mut out, view);
    expansion::cross_sell(&mut out, view);
    expansion::recommendations(&mut out, view);
    expansion::journey(&mut out, view);
    if let Some(peers) = &view.peers {
        comparison(&mut out, peers);
    }
    open(&mut out, view);
    guardrails(&mut out, view);
    milestones(&mut out, view);
    out
}

/// As a page of HTML.
pub fn html(view: &AccountView) -> String {
    let markdown = markdown(view);
    let options = pulldown_cmark::Options::ENABLE_TABLES;
    let mut body = String::new();
    pulldown_cmark::html::push_html(&mut body, pulldown_cmark::Parser::new_ext(&markdown, options));
    let title = view.name.as_deref().unwrap_or(&view.account);
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n{body}</html>\n"
    )
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
                     table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.25rem .6rem;text-align:left}pre{overflow-x:auto}";

fn head(out: &mut String, view: &AccountView) {
    let name = match &view.name {
        Some(name) => format!("{} ({})", escaped(name), escaped(&view.account)),
        None => escaped(&view.account),
    };
    let breadth = view.breadth.as_ref().map(|breadth| format!(" ({})", percent(breadth))).unwrap_or_default();
    let score = view
        .score
        .as_ref()
        .and_then(|score| score.value.as_ref())
        .map_or_else(|| UNKNOWN.to_owned(), |score| format!("{}/100", number(score, 0)));
    let _ = writeln!(out, "## Multi-Product Adoption Report\n");
    let _ = writeln!(out, "**Account**: {name}\n");
    let _ = writeln!(out, "**As of**: {}\n", view.day);
    let _ = writeln!(out, "**Account Stage**: {} since {}\n", escaped(&view.stage.stage), view.stage.since);
    let _ = writeln!(out, "**Products Licensed**: {}\n", view.products_entitled);
    let _ = writeln!(out, "**Products Adopted**: {}{breadth}\n", view.products_adopted);
    let _ = writeln!(out, "**Overall Adoption Score**: {score}\n");
    if let Some(health) = view.health.as_ref().and_then(|health| health.value.as_ref()) {
        let _ = writeln!(out, "**Health**: {}\n", number(health, 0));
    }
    let _ = writeln!(out, "**Active Users**: {} of {} known", view.active_users, view.users.present);
    if !view.elements.is_empty() {
        let row = |element: &crate::view::account::MeasureView| {
            let value = element.value.as_ref().map_or_else(|| UNKNOWN.to_owned(), |value| number(value, 2));
            vec![escaped(&element.measure), value, element.band.as_deref().map_or_else(|| UNKNOWN.to_owned(), escaped)]
        };
        out.push('\n');
        table(out, &["Element", "Value", "Band"], view.elements.iter().map(row));
    }
}

fn comparison(out: &mut String, peers: &PeersView) {
    let _ = writeln!(out, "\n### Peer Comparison\n\n{} in segment {}.\n", plural(peers.accounts, "account"), escaped(&peers.segment));
    let shown = |value: &Option<serde_json::Number>| value.as_ref().map_or_else(|| UNKNOWN.to_owned(), |value| number(value, 2));
    let row = |peer: &crate::view::account::PeerView| {
        vec![escaped(&peer.figure), shown(&peer.account), shown(&peer.mean), shown(&peer.top_quartile)]
    };
    table(out, &["Metric", "This Account", "Peer Avg", "Top 25%"], peers.figures.iter().map(row));
}

fn open(out: &mut String, view: &AccountView) {
    if view.incidents.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### Open Alerts and Plays\n");
    for incident in &view.incidents {
        let kind = if incident.kind == RuleKind::Alert { "Alert" } else { "Play" };
        let of = [incident.product.as_deref(), incident.user.as_deref()].into_iter().flatten().map(|of| format!(" of {}", escaped(of)));
        let due =
            incident.due.map(|due| format!(", {} {due}", if incident.overdue { "overdue, was due" } else { "due" })).unwrap_or_default();
        let _ = writeln!(out, "- **{kind} {}**{}: open since {}{due}", escaped(&incident.rule), of.collect::<String>(), incident.opened);
        for shown in &incident.comparisons {
            let _ = writeln!(out, "  - {}", text::comparison(shown));
        }
        for task in &incident.tasks {
            let state = match task.state {
                TaskState::Open => "open",
                TaskState::Done => "done",
                TaskState::Dismissed => "dismissed",
            };
            let assignee = task.assignee.as_deref().map(|assignee| format!(", {}", escaped(assignee))).unwrap_or_default();
            let due = task.due.map(|due| format!(", due {due}")).unwrap_or_default();
            let _ = writeln!(out, "  - Task: {} ({state}{assignee}{due})", escaped(&task.title));
        }
    }
}

fn guardrails(out: &mut String, view: &AccountView) {
    if view.guardrails.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### Guardrails\n");
    for guardrail in &view.guardrails {
        let of = guardrail.product.as_deref().map(|product| format!(" of {}", escaped(product))).unwrap_or_default();
        let reason = guardrail.reason.as_deref().map(|reason| format!(": {}", escaped(reason))).unwrap_or_default();
        let until = guardrail.until.map(|until| format!(" (until {until})")).unwrap_or_default();
        let _ = writeln!(out, "- **{}**{of}{reason}{until}", escaped(&guardrail.guardrail));
    }
}

fn milestones(out: &mut String, view: &AccountView) {
    if view.milestones.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n### Milestones\n");
    let row = |milestone: &crate::view::account::MilestoneView| {
        let product = milestone.product.as_deref().map_or_else(String::new, escaped);
        let missing = if milestone.gap { "not yet: it would be of use" } else { "not yet" };
        let reached = milestone.reached.map_or_else(|| missing.to_owned(), |day| day.to_string());
        vec![escaped(&milestone.milestone), product, reached]
    };
    table(out, &["Milestone", "Product", "Reached"], view.milestones.iter().map(row));
}
