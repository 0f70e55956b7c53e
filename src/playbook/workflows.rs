//! Workflows: what is done with several products, by the name under which records tell of it.

use super::canonical::{literal, product_names};
use super::load::Loader;
use super::problem::quoted;
use super::reader::{Entry, NAME_BYTES_MAX};
use super::{Playbook, ProductIndex};

/// Most workflows.
pub(super) const WORKFLOWS_MAX: usize = 1000;

#[derive(Debug)]
pub struct Workflow {
    /// The name in `workflow` records.
    pub id: String,
    /// As written.
    pub products: Vec<ProductIndex>,
    /// What it is called where it runs, such as `high`.
    pub label: Option<String>,
}

impl<'n> Loader<'n> {
    pub(super) fn workflow(&mut self, _index: usize, entry: Entry<'n>) -> Option<Workflow> {
        let what = format!("workflow {}", quoted(entry.key));
        self.name_bytes(entry, "a workflow's name");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["products", "label"])?;
        let products = self.reader.required(&fields, "products").and_then(|node| self.product_list(node, &what));
        let label = fields.get("label").and_then(|node| self.reader.text(node, &format!("`label` of {what}"), NAME_BYTES_MAX));
        Some(Workflow { id: entry.key.to_owned(), products: products?, label })
    }
}

/// Adds a workflow's line of the canonical form.
pub(super) fn workflow_line(lines: &mut Vec<String>, workflow: &Workflow, playbook: &Playbook) {
    let label = workflow.label.as_ref().map(|label| format!(" label {}", literal(label))).unwrap_or_default();
    lines.push(format!("workflow {} products{}{label}", literal(&workflow.id), product_names(&workflow.products, playbook)));
}
