//! Aliases: other names, mostly older ones, under which records tell of a product or of one of its features.

use super::load::Loader;
use super::problem::{Position, quoted};
use super::reader::NAME_BYTES_MAX;
use super::yaml::{Data, Node};
use std::collections::HashMap;

/// Most aliases of one name.
const ALIASES_MAX: usize = 1000;

/// An alias, and where it stands.
pub(super) struct Alias {
    pub name: String,
    position: Position,
}

impl<'n> Loader<'n> {
    /// `aliases` of a product or of a feature.
    pub(super) fn aliases(&mut self, node: &'n Node, what: &str) -> Vec<Alias> {
        let items: &'n [Node] = match &node.data {
            Data::Sequence(items) => items,
            Data::Refused => &[],
            _ if node.is_null() => &[],
            _ => {
                let message = format!("`aliases` of {what} must be a list of names, such as [old_name], found {}", node.described());
                self.reader.refuse::<()>(node.position, message);
                &[]
            }
        };
        if let Some(item) = items.get(ALIASES_MAX) {
            self.reader.refuse::<()>(item.position, format!("more than {ALIASES_MAX} aliases of {what}"));
        }
        let texts = items.iter().take(ALIASES_MAX);
        texts
            .filter_map(|item| {
                let name = self.reader.text(item, &format!("an alias of {what}"), NAME_BYTES_MAX)?;
                Some(Alias { name, position: item.position })
            })
            .collect()
    }

    /// Refuses what could mean two: an alias that is itself a name, or that stands twice. `kind`: what the names are of; `aliases`: each with
    /// whose it is.
    pub(super) fn refuse_ambiguous<'a>(
        &mut self,
        kind: &str,
        names: impl IntoIterator<Item = (&'a str, Position)>,
        aliases: impl IntoIterator<Item = (String, &'a Alias)>,
    ) {
        let names: HashMap<&str, Position> = names.into_iter().collect();
        let mut lines: HashMap<&str, u32> = HashMap::new();
        for (of, alias) in aliases {
            let name = quoted(&alias.name);
            if let Some(position) = names.get(&*alias.name) {
                let message = format!(
                    "the alias {name} of {of} is itself a {kind}, in line {}: expected a name that stands for nothing else",
                    position.line
                );
                self.reader.refuse::<()>(alias.position, message);
            } else if let Some(line) = lines.get(&*alias.name) {
                self.reader.refuse::<()>(alias.position, format!("the alias {name} of {of} is given twice: first in line {line}"));
            }
            lines.entry(&alias.name).or_insert(alias.position.line);
        }
    }
}

/// A set: sorted.
pub(super) fn names_of(aliases: Vec<Alias>) -> Vec<String> {
    let mut names: Vec<String> = aliases.into_iter().map(|alias| alias.name).collect();
    names.sort_unstable();
    names
}
