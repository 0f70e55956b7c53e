//! Tokens: what plays and campaigns hand on by name, so that a text can be written around it.

use super::Playbook;
use super::canonical::{About, canonical_operand, literal};
use super::check::{ConditionOf, check_value};
use super::condition::Operand;
use super::load::Loader;
use super::problem::quoted;
use super::reader::{Entry, TEXT_BYTES_MAX};
use super::yaml::{Data, Node};

/// Most tokens of a play or campaign.
const TOKENS_MAX: usize = 100;

#[derive(Debug)]
pub struct Token {
    pub name: String,
    pub value: TokenValue,
}

#[derive(Debug, PartialEq)]
pub enum TokenValue {
    /// Of any kind, read when there is something to be told.
    Read(Operand),
    /// Always the same text.
    Text(String),
}

impl<'n> Loader<'n> {
    /// Sorted by name: their order says nothing.
    pub(super) fn tokens(&mut self, node: &'n Node, what: &str, subject: ConditionOf) -> Vec<Token> {
        let entries = self.reader.mapping(node, &format!("`tokens` of {what}")).unwrap_or_default();
        let entries = self.reader.at_most(entries, TOKENS_MAX, &format!("tokens of {what}"));
        let mut tokens: Vec<Token> = entries.into_iter().filter_map(|entry| self.token(entry, what, subject)).collect();
        tokens.sort_by(|one, other| one.name.cmp(&other.name));
        tokens
    }

    fn token(&mut self, entry: Entry<'n>, of: &str, subject: ConditionOf) -> Option<Token> {
        let what = format!("token {} of {of}", quoted(entry.key));
        self.name_bytes(entry, "a token's name");
        let node = entry.value;
        let value = if matches!(node.data, Data::Mapping(_)) {
            let fields = self.reader.fields(node, &what, node.position, &["text"])?;
            let text = self.reader.required(&fields, "text")?;
            TokenValue::Text(self.reader.text(text, &format!("`text` of {what}"), TEXT_BYTES_MAX)?)
        } else {
            let scalar = self.reader.written(node, &what, "an expression, or `{text: …}`")?;
            let checked = check_value(&scalar.text, &self.environment(subject));
            TokenValue::Read(self.accept(scalar, checked)?.0)
        };
        Some(Token { name: entry.key.to_owned(), value })
    }
}

/// Adds the lines of the canonical form.
pub(super) fn token_lines(lines: &mut Vec<String>, tokens: &[Token], about: About, playbook: &Playbook) {
    for Token { name, value } in tokens {
        // A text is told from an expression that is one by its word.
        let value = match value {
            TokenValue::Read(operand) => format!("is {}", canonical_operand(operand, about, playbook)),
            TokenValue::Text(text) => format!("text {}", literal(text)),
        };
        lines.push(format!("  token {} {value}", literal(name)));
    }
}
