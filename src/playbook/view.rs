//! The view: which measures are shown as the scores, the health and the elements of accounts and products.

use super::condition::MeasureIndex;
use super::load::Loader;
use super::problem::quoted;
use super::vocabulary::Of;
use super::yaml::Node;
use super::{Playbook, canonical::literal};

/// Most elements.
const ELEMENTS_MAX: usize = 20;

/// What is not named is absent where it would be shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ViewMeasures {
    /// Of products.
    pub score: Option<MeasureIndex>,
    /// Of accounts, as all that follows.
    pub account_score: Option<MeasureIndex>,
    pub health: Option<MeasureIndex>,
    /// In the order written.
    pub elements: Vec<MeasureIndex>,
}

impl<'n> Loader<'n> {
    pub(super) fn view(&mut self, node: &'n Node) -> ViewMeasures {
        let keys = ["score", "account_score", "health", "elements"];
        let Some(fields) = self.reader.fields(node, "`view`", node.position, &keys) else { return ViewMeasures::default() };
        let mut measure = |key: &str, of| fields.get(key).and_then(|node| self.shown_measure(node, &format!("`{key}` of `view`"), of));
        let (score, account_score) = (measure("score", Of::Product), measure("account_score", Of::Account));
        let health = measure("health", Of::Account);
        let mut elements = Vec::new();
        if let Some(node) = fields.get("elements") {
            for item in self.reader.list(node, "`elements` of `view`", "measures", 0..=ELEMENTS_MAX) {
                let Some(element) = self.shown_measure(item, "an element of `view`", Of::Account) else { continue };
                if elements.contains(&element) {
                    let id = quoted(&self.declared.measures[usize::from(element.0)].0);
                    self.reader.refuse::<()>(item.position, format!("the measure {id} is given twice in `elements` of `view`"));
                }
                elements.push(element);
            }
        }
        ViewMeasures { score, account_score, health, elements }
    }

    /// A measure of such a subject, by its id.
    fn shown_measure(&mut self, node: &'n Node, what: &str, of: Of) -> Option<MeasureIndex> {
        let declared = self.declared.measures.clone();
        let choices: Vec<_> = declared.iter().enumerate().map(|(index, (id, _))| (id.as_str(), MeasureIndex(index as u16))).collect();
        let measure = self.reader.choice(node, "measure", &choices)?;
        let (id, found) = &declared[usize::from(measure.0)];
        if *found != of {
            let message = format!("{what} is a measure `of: {}`: {} is `of: {}`", of.name(), quoted(id), found.name());
            return self.reader.refuse(node.position, message);
        }
        Some(measure)
    }
}

/// Adds the line of the canonical form; none where nothing is named.
pub(super) fn view_line(lines: &mut Vec<String>, playbook: &Playbook) {
    let ViewMeasures { score, account_score, health, elements } = &playbook.view;
    let id = |measure: &MeasureIndex| literal(&playbook.measures[usize::from(measure.0)].id);
    let named = [("score", score), ("account_score", account_score), ("health", health)];
    let named: String =
        named.iter().filter_map(|(key, measure)| measure.as_ref().map(|measure| format!(" {key} {}", id(measure)))).collect();
    let elements: String = elements.iter().map(|measure| format!(" element {}", id(measure))).collect();
    if playbook.view != ViewMeasures::default() {
        lines.push(format!("view{named}{elements}"));
    }
}
