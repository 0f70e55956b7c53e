//! Integrations: which products may be connected, each way by itself.

use super::canonical::product_names;
use super::load::Loader;
use super::problem::quoted;
use super::yaml::Node;
use super::{Playbook, ProductIndex};

/// Most integrations.
const INTEGRATIONS_MAX: usize = 10_000;

/// A connection from one product to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Integration {
    pub from: ProductIndex,
    pub to: ProductIndex,
}

impl<'n> Loader<'n> {
    pub(super) fn integrations(&mut self, node: &'n Node) -> Vec<Integration> {
        let items = self.reader.list(node, "`integrations`", "connections such as `{from: a, to: b}`", 1..=INTEGRATIONS_MAX);
        let mut integrations = Vec::new();
        for item in items {
            let Some(integration) = self.integration(item) else { continue };
            if integrations.contains(&integration) {
                let [from, to] = [integration.from, integration.to].map(|product| quoted(self.product_named(product)));
                self.reader.refuse::<()>(item.position, format!("the integration from {from} to {to} is given twice"));
            }
            integrations.push(integration);
        }
        integrations
    }

    fn integration(&mut self, item: &'n Node) -> Option<Integration> {
        let fields = self.reader.fields(item, "an integration", item.position, &["from", "to"])?;
        let [from, to] = ["from", "to"].map(|key| {
            let node = self.reader.required(&fields, key)?;
            self.one_product(node)
        });
        let (from, to) = (from?, to?);
        if from == to {
            let product = quoted(self.product_named(from));
            return self.reader.refuse(item.position, format!("an integration is between two products: {product} stands for both"));
        }
        Some(Integration { from, to })
    }
}

/// Adds the lines of the canonical form: a set, so that they are sorted.
pub(super) fn integration_lines(lines: &mut Vec<String>, playbook: &Playbook) {
    let mut integrations = playbook.integrations.clone();
    integrations.sort_by_key(|integration| (integration.from, integration.to));
    lines.extend(integrations.iter().map(|Integration { from, to }| format!("integration{}", product_names(&[*from, *to], playbook))));
}
