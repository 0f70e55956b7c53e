//! Personas: what is expected of some of the users.

use super::check::ConditionOf;
use super::condition::Condition;
use super::declared::Place;
use super::depends::Site;
use super::load::Loader;
use super::problem::quoted;
use super::reader::Entry;

/// Most personas.
pub(super) const PERSONAS_MAX: usize = 1000;

/// Those of whom `among` is true, and what they are expected to keep; both over a user.
#[derive(Debug)]
pub struct Persona {
    pub id: String,
    pub among: Condition,
    pub keeps: Condition,
}

impl<'n> Loader<'n> {
    pub(super) fn persona(&mut self, index: usize, entry: Entry<'n>) -> Option<Persona> {
        self.read_at(Place::Before, Site::Persona(index), None);
        let what = format!("persona {}", quoted(entry.key));
        self.subject_id(entry, "a persona's id");
        let fields = self.reader.fields(entry.value, &what, entry.key_position, &["among", "keeps"])?;
        let [among, keeps] = ["among", "keeps"].map(|key| {
            let node = self.reader.required(&fields, key)?;
            self.condition(node, key, ConditionOf::EachUser)
        });
        Some(Persona { id: entry.key.to_owned(), among: among?, keeps: keeps? })
    }
}
