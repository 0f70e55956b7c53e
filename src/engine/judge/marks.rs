//! Which of many small numbers are to be looked at.

/// A set of small numbers that is cheap to fill, and is emptied from its least on.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    bits: Vec<u64>,
    count: usize,
    /// No word before it has any.
    from: usize,
}

impl Marks {
    pub fn new(len: usize) -> Self {
        Self { bits: vec![0; len.div_ceil(64)], count: 0, from: 0 }
    }

    pub fn mark(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        self.count += usize::from(self.bits[word] & bit == 0);
        self.bits[word] |= bit;
        self.from = self.from.min(word);
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The least.
    pub fn first(&mut self) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        self.from += self.bits[self.from..].iter().position(|bits| *bits != 0)?;
        Some(self.from as u32 * 64 + self.bits[self.from].trailing_zeros())
    }

    /// Takes the least out.
    pub fn take_first(&mut self) -> Option<u32> {
        let first = self.first()?;
        self.bits[first as usize / 64] &= !(1 << (first % 64));
        self.count -= 1;
        Some(first)
    }
}
