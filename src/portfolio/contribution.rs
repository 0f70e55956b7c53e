//! An account's part of the counts, in few bytes: it is kept for as long as it is counted, so that it can be taken out as it was put in.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::outline::Outline;
use crate::engine::{Entry, Number};

/// In postcard's wire format: about 150 bytes of an account that uses five products, with the playbook that ships.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contribution(Box<[u8]>);

/// What is in it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Parts {
    pub entry: Entry,
    /// One more than the bin of each number; 0 where it is missing.
    pub bins: SmallVec<[u16; 32]>,
}

impl Contribution {
    /// `values`: the numbers whose spread is counted.
    pub fn new(entry: &Entry, values: &[Option<Number>], outline: &Outline) -> Self {
        #[derive(Serialize)]
        struct Borrowed<'a> {
            entry: &'a Entry,
            bins: SmallVec<[u16; 32]>,
        }
        let bins = values.iter().zip(&outline.spread).map(|(value, (_, scale))| value.map_or(0, |value| scale.bin(value) + 1));
        let bytes = postcard::to_stdvec(&Borrowed { entry, bins: bins.collect() });
        Self(bytes.expect("numbers have a form").into())
    }

    pub(super) fn parts(&self) -> Parts {
        postcard::from_bytes(&self.0).expect("it was made here")
    }

    /// Nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Heap bytes held, about.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}
