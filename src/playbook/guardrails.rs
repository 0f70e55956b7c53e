//! Guardrails: what holds plays back while it is so.

use super::Playbook;
use super::canonical::{About, canonical_condition, literal};
use super::condition::Condition;
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::problem::quoted;
use super::reader::{Entry, TEXT_BYTES_MAX};
use super::vocabulary::Of;

/// Most guardrails.
pub(super) const GUARDRAILS_MAX: usize = 1000;

/// Index of a guardrail in [`Playbook::guardrails`], file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuardrailIndex(pub u16);

#[derive(Debug)]
pub struct Guardrail {
    pub id: String,
    /// The account, or, for plays of products, a product.
    pub of: Of,
    /// While it is true, no play that names the guardrail opens.
    pub holds_back: Condition,
    /// What people are told.
    pub reason: Option<String>,
}

impl<'n> Loader<'n> {
    pub(super) fn guardrail(&mut self, _index: usize, entry: Entry<'n>) -> Option<Guardrail> {
        let what = format!("guardrail {}", quoted(entry.key));
        self.subject_id(entry, "a guardrail's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["of", "holds_back", "reason"])?;
        let subjects = [Of::Account, Of::Product].map(|of| (of.name(), of));
        let of = match fields.get("of") {
            Some(node) => self.reader.choice(node, "subject", &subjects),
            None => Some(Of::Account),
        };
        self.read_at(Place::After, Site::Elsewhere, None);
        let holds_back = self.reader.required(&fields, "holds_back");
        let holds_back = holds_back.and_then(|node| self.condition(node, "holds_back", of.unwrap_or(Of::Product).into()));
        let reason = fields.get("reason").and_then(|node| self.reader.text(node, &format!("`reason` of {what}"), TEXT_BYTES_MAX));
        Some(Guardrail { id: entry.key.to_owned(), of: of?, holds_back: holds_back?, reason })
    }
}

/// Adds a guardrail's lines of the canonical form.
pub(super) fn guardrail_lines(lines: &mut Vec<String>, guardrail: &Guardrail, playbook: &Playbook) {
    let Guardrail { id, of, holds_back, reason } = guardrail;
    let reason = reason.as_ref().map(|reason| format!(" reason {}", literal(reason))).unwrap_or_default();
    lines.push(format!("guardrail {} of {}{reason}", literal(id), of.name()));
    lines.push(format!("  holds_back {}", canonical_condition(holds_back, About { of: *of, product: None }, playbook)));
}
