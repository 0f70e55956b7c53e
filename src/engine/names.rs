//! Names as small numbers: products, features, gauges and workflows are stored once per partition.

use hashbrown::HashMap;

/// A name known to a [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<Box<str>, NameId, foldhash::fast::FixedState>,
    texts: Vec<Box<str>>,
}

impl Names {
    pub fn intern(&mut self, text: &str) -> NameId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let id = NameId(self.texts.len() as u32);
        self.texts.push(text.into());
        self.ids.insert(text.into(), id);
        id
    }

    /// The same, where the name is most likely a known one.
    pub fn intern_hinted(&mut self, hint: Option<NameId>, text: &str) -> NameId {
        match hint {
            Some(id) if self.texts.get(id.0 as usize).is_some_and(|known| **known == *text) => id,
            _ => self.intern(text),
        }
    }

    pub fn get(&self, text: &str) -> Option<NameId> {
        self.ids.get(text).copied()
    }

    pub fn text(&self, id: NameId) -> &str {
        &self.texts[id.0 as usize]
    }
}
