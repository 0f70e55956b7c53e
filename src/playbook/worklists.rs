//! Worklists: rows of accounts or users to work through, chosen by a filter and in an order.

use super::Playbook;
use super::canonical::{About, canonical_condition, literal};
use super::check::{ConditionOf, Finding};
use super::condition::Condition;
use super::load::Loader;
use super::problem::{quoted, unknown};
use super::reader::Entry;
use super::vocabulary::{Kind, Of, Rows, Vocabulary};
use super::yaml::Node;

/// Most worklists.
pub(super) const WORKLISTS_MAX: usize = 100;
const ORDERS_MAX: usize = 10;

const ROWS: [(&str, Rows); 2] = [(Rows::Accounts.name(), Rows::Accounts), (Rows::Users.name(), Rows::Users)];
/// Behind a field: from the lowest value up, which is so without either, or from the highest down.
const DIRECTIONS: [(&str, bool); 2] = [("asc", false), ("desc", true)];

#[derive(Debug)]
pub struct Worklist {
    pub id: String,
    pub rows: Rows,
    /// Over a row; `None`: all.
    pub filter: Option<Condition>,
    /// The first that tells two rows apart decides; after them the ids.
    pub order_by: Vec<OrderBy>,
}

/// What is missing comes last, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// A field of the rows.
    pub field: &'static str,
    pub descending: bool,
}

impl<'n> Loader<'n> {
    pub(super) fn worklist(&mut self, _index: usize, entry: Entry<'n>) -> Option<Worklist> {
        let what = format!("worklist {}", quoted(entry.key));
        self.subject_id(entry, "a worklist's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["rows", "filter", "order_by"])?;
        let rows = self.reader.required(&fields, "rows").and_then(|node| self.reader.choice(node, "kind of rows", &ROWS))?;
        let filter = fields.get("filter").map(|node| self.condition(node, "filter", ConditionOf::Row(rows)));
        let order_by = fields.get("order_by").map(|node| self.order_by(node, rows, &what)).unwrap_or_default();
        let filter = match filter {
            Some(filter) => Some(filter?),
            None => None,
        };
        Some(Worklist { id: entry.key.to_owned(), rows, filter, order_by })
    }

    fn order_by(&mut self, node: &'n Node, rows: Rows, what: &str) -> Vec<OrderBy> {
        let Some(scalar) = self.reader.written(node, &format!("`order_by` of {what}"), "fields such as `a desc, b`") else {
            return Vec::new();
        };
        let (orders, findings) = read_order(&scalar.text, rows, self.vocabulary, &format!("`order_by` of {what}"));
        for (offset, message) in findings {
            let at = self.reader.document.position_in(scalar, offset);
            self.reader.refuse::<()>(at, message);
        }
        orders
    }
}

/// Fields between commas, each perhaps with its direction; and what is wrong with them. `what`: of what the text is.
pub(super) fn read_order(text: &str, rows: Rows, vocabulary: &Vocabulary, what: &str) -> (Vec<OrderBy>, Vec<Finding>) {
    let known: Vec<&'static str> = vocabulary.row(rows).iter().map(|field| field.name).collect();
    let (mut orders, mut findings, mut offset): (Vec<OrderBy>, Vec<Finding>, usize) = (Vec::new(), Vec::new(), 0);
    for part in text.split(',') {
        let at = offset + part.chars().take_while(|c| c.is_whitespace()).count();
        offset += part.chars().count() + 1;
        let (name, direction) = part.trim().split_once(char::is_whitespace).unwrap_or((part.trim(), DIRECTIONS[0].0));
        if name.is_empty() {
            findings.push((at, "expected the name of a field, found nothing".to_owned()));
            continue;
        }
        let Some(field) = vocabulary.row(rows).iter().find(|field| field.name == name) else {
            findings.push((at, unknown("field", name, &format!(" of a row of {}", rows.name()), known.iter().copied())));
            continue;
        };
        let Some(descending) = DIRECTIONS.into_iter().find(|(word, _)| *word == direction.trim()).map(|(_, descending)| descending) else {
            let message = unknown("direction", direction.trim(), &format!(" of {}", quoted(name)), DIRECTIONS.map(|(word, _)| word));
            findings.push((at, message));
            continue;
        };
        if field.kind == Kind::List {
            findings.push((at, format!("{} is a list: nothing is in order by it", quoted(name))));
        }
        if orders.iter().any(|order| order.field == field.name) {
            findings.push((at, format!("{} is given twice in {what}", quoted(name))));
        }
        if orders.len() == ORDERS_MAX {
            findings.push((at, format!("more than {ORDERS_MAX} in {what}")));
        }
        orders.push(OrderBy { field: field.name, descending });
    }
    (orders, findings)
}

/// An order as it is written: `a desc, b`.
pub fn order_text(order_by: &[OrderBy]) -> String {
    let (asc, desc) = (DIRECTIONS[0], DIRECTIONS[1]);
    let one = |order: &OrderBy| if order.descending == asc.1 { order.field.to_owned() } else { format!("{} {}", order.field, desc.0) };
    order_by.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Adds a worklist's lines of the canonical form.
pub(super) fn worklist_lines(lines: &mut Vec<String>, worklist: &Worklist, playbook: &Playbook) {
    let Worklist { id, rows, filter, order_by } = worklist;
    let order = |order: &OrderBy| format!(" {} {}", order.field, DIRECTIONS[usize::from(order.descending)].0);
    let order_by: String = order_by.iter().map(order).collect();
    lines.push(format!("worklist {} rows {} order_by{order_by}", literal(id), rows.name()));
    let about = About { of: Of::Account, product: None };
    lines.extend(filter.as_ref().map(|filter| format!("  filter {}", canonical_condition(filter, about, playbook))));
}
