//! Names as small numbers: products, features, gauges and workflows are stored once per partition.

use std::hash::BuildHasher;

use hashbrown::HashTable;

/// A name known to a [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

#[derive(Debug, Default)]
pub struct Names {
    ids: HashTable<NameId>,
    texts: Vec<Box<str>>,
}

impl Names {
    pub fn intern(&mut self, text: &str) -> NameId {
        self.find(text.as_bytes()).unwrap_or_else(|| self.add(text))
    }

    /// [`Names::intern`] of bytes; `None` where they are no text. Those of a known name need no second look.
    pub fn intern_bytes(&mut self, bytes: &[u8]) -> Option<NameId> {
        match self.find(bytes) {
            None => Some(self.add(std::str::from_utf8(bytes).ok()?)),
            known => known,
        }
    }

    fn add(&mut self, text: &str) -> NameId {
        let id = NameId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.ids.insert_unique(hash(text.as_bytes()), id, |other| hash(self.texts[other.0 as usize].as_bytes()));
        id
    }

    /// The name where it is a known one, which it most likely is.
    pub fn get_hinted(&self, hint: Option<NameId>, text: &str) -> Option<NameId> {
        match hint {
            Some(id) if self.texts.get(id.0 as usize).is_some_and(|known| **known == *text) => Some(id),
            _ => self.get(text),
        }
    }

    /// Names known.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    pub fn get(&self, text: &str) -> Option<NameId> {
        self.find(text.as_bytes())
    }

    pub fn find(&self, text: &[u8]) -> Option<NameId> {
        self.ids.find(hash(text), |id| self.texts[id.0 as usize].as_bytes() == text).copied()
    }

    pub fn text(&self, id: NameId) -> &str {
        &self.texts[id.0 as usize]
    }
}

fn hash(text: &[u8]) -> u64 {
    foldhash::fast::FixedState::default().hash_one(text)
}
