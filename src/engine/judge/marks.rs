//! Which of many small numbers are to be looked at.

/// A set of small numbers that is cheap to fill and to empty.
#[derive(Debug, Default)]
pub struct Marks {
    bits: Vec<u64>,
    list: Vec<u32>,
}

impl Marks {
    pub fn new(len: usize) -> Self {
        Self { bits: vec![0; len.div_ceil(64)], list: Vec::new() }
    }

    pub fn mark(&mut self, number: u32) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if self.bits[word] & bit == 0 {
            self.bits[word] |= bit;
            self.list.push(number);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes the numbers out, ascending; give the list back with [`Marks::reuse`].
    pub fn take(&mut self) -> Vec<u32> {
        let mut list = std::mem::take(&mut self.list);
        if list.len() * 4 > self.bits.len() {
            // Many: they stand in the bits in their order already.
            list.clear();
            for (word, bits) in self.bits.iter_mut().enumerate() {
                while *bits != 0 {
                    list.push(word as u32 * 64 + bits.trailing_zeros());
                    *bits &= *bits - 1;
                }
            }
        } else {
            list.sort_unstable();
            list.iter().for_each(|&number| self.bits[number as usize / 64] = 0);
        }
        list
    }

    pub fn reuse(&mut self, mut list: Vec<u32>) {
        list.clear();
        if self.list.is_empty() {
            self.list = list;
        }
    }
}
