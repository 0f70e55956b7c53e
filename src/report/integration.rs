//! How the products of an account are connected.

use std::fmt::Write as _;

use super::text::{UNKNOWN, escaped, number, plural, table};
use crate::view::account::{AccountView, WorkflowView};

pub fn integration(out: &mut String, view: &AccountView) {
    let integrations = &view.integrations;
    let _ = writeln!(out, "\n### Cross-Product Integration");
    let products: Vec<&crate::view::account::ProductView> = view.products.iter().collect();
    if products.len() > 1 {
        let _ = writeln!(out, "\n**Integration Matrix**\n");
        let heads: Vec<String> = products.iter().map(|product| escaped(&product.name)).collect();
        let mut all = vec!["From → To"];
        all.extend(heads.iter().map(String::as_str));
        let cell = |from: &str, to: &str| {
            let pair = integrations.matrix.iter().find(|pair| pair.from == from && pair.to == to);
            match pair {
                _ if from == to => "-",
                Some(pair) if pair.connected => "✓ Connected",
                Some(_) => "✗ Not connected",
                None => UNKNOWN,
            }
        };
        let row = |from: &&crate::view::account::ProductView| {
            let cells = products.iter().map(|to| cell(&from.product, &to.product).to_owned());
            [escaped(&from.name)].into_iter().chain(cells).collect()
        };
        table(out, &all, products.iter().map(row));
    }
    let score = integrations.score.as_ref().map_or_else(|| UNKNOWN.to_owned(), |score| format!("{}/100", number(score, 0)));
    let _ = writeln!(out, "\n**Active Integrations**: {} of {} possible\n", integrations.active, integrations.possible);
    let _ = writeln!(out, "**Integration Score**: {score}");
    if view.workflows.is_empty() {
        return;
    }
    let row = |workflow: &WorkflowView| {
        let products: Vec<String> = workflow.products.iter().map(|product| escaped(product)).collect();
        let label = workflow.label.as_deref().map_or_else(|| UNKNOWN.to_owned(), escaped);
        vec![escaped(&workflow.workflow), products.join(" → "), format!("{} a week", plural(workflow.runs_7d, "run")), label]
    };
    let _ = writeln!(out, "\n**Cross-Product Workflows**\n");
    table(out, &["Workflow", "Products", "Usage", "Value"], view.workflows.iter().map(row));
}
