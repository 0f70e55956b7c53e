//! A file as blocks of whole lines.

use std::io::{self, Read};

use memchr::{memchr_iter, memrchr};

use super::sort::Sorted;

/// Where lines come from.
pub enum Input {
    AsItIs(Box<dyn Read + Send>),
    Sorted(Box<Sorted>),
}

/// Lines one after another.
#[derive(Debug, Default)]
pub struct Text {
    pub bytes: Vec<u8>,
    /// Their numbers in the file, where those are not their places.
    numbers: Vec<u64>,
}

impl Text {
    pub fn number_of(&self, index: u64) -> Option<u64> {
        self.numbers.get(index as usize).copied()
    }
}

pub struct Source {
    input: Input,
    /// Bytes read at once.
    block_bytes: usize,
    /// The beginning of the line that the block before ended in.
    rest: Vec<u8>,
    lines: u64,
    bytes: u64,
}

/// What is known of a block without a look at its lines.
pub struct Extent {
    pub first_line: u64,
    /// Lines and bytes of the file up to its end.
    pub lines: u64,
    pub bytes: u64,
    pub is_last: bool,
}

impl Source {
    pub fn new(input: Input, block_bytes: usize) -> Self {
        Self { input, block_bytes, rest: Vec::new(), lines: 0, bytes: 0 }
    }

    /// Reads the next block. A line longer than a block makes it as long as it takes.
    pub fn read(&mut self, text: &mut Text) -> io::Result<Extent> {
        let Text { bytes: block, numbers } = text;
        block.clear();
        numbers.clear();
        let is_last = match &mut self.input {
            Input::AsItIs(input) => {
                block.append(&mut self.rest);
                read_lines(input, self.block_bytes, block, &mut self.rest)?
            }
            Input::Sorted(sorted) => loop {
                match sorted.next(block)? {
                    None => break true,
                    Some(number) => numbers.push(number),
                }
                if block.len() >= self.block_bytes {
                    break false;
                }
            },
        };
        let first_line = self.lines + 1;
        self.lines += ends(block).count() as u64;
        self.bytes += block.len() as u64;
        Ok(Extent { first_line, lines: self.lines, bytes: self.bytes, is_last })
    }
}

/// Reads to the end of a line; `rest` is what was read of the next one. Returns whether it is the last.
fn read_lines(input: &mut dyn Read, block_bytes: usize, block: &mut Vec<u8>, rest: &mut Vec<u8>) -> io::Result<bool> {
    loop {
        let read_before = block.len();
        let read = (&mut *input).take(block_bytes as u64).read_to_end(block)?;
        if read < block_bytes {
            return Ok(true);
        }
        if let Some(newline) = memrchr(b'\n', &block[read_before..]) {
            let end = read_before + newline + 1;
            rest.extend_from_slice(&block[end..]);
            block.truncate(end);
            return Ok(false);
        }
    }
}

/// The lines of a block, without their ends.
pub fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    ends(block).map(move |end| &block[std::mem::replace(&mut start, end + 1)..end])
}

/// Where lines end: the last one may do so without a newline.
fn ends(block: &[u8]) -> impl Iterator<Item = usize> {
    let torn = block.last().is_some_and(|&last| last != b'\n');
    memchr_iter(b'\n', block).chain(torn.then_some(block.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_whole_lines_wherever_they_are_cut() {
        for (text, expected) in [
            ("", &[] as &[&str]),
            ("\n", &[""]),
            ("a", &["a"]),
            ("a\n\nbcdefghijklmnopqrstuvwxyz\n\r\n", &["a", "", "bcdefghijklmnopqrstuvwxyz", "\r"]),
            ("abcdef\ng\nhi\n\nj", &["abcdef", "g", "hi", "", "j"]),
        ] {
            for block_bytes in 1..text.len() + 2 {
                let mut source = Source::new(Input::AsItIs(Box::new(text.as_bytes())), block_bytes);
                let (mut block, mut found) = (Text::default(), Vec::new());
                loop {
                    let extent = source.read(&mut block).expect("memory can be read");
                    assert_eq!(extent.first_line, found.len() as u64 + 1);
                    found.extend(lines(&block.bytes).map(|line| String::from_utf8_lossy(line).into_owned()));
                    assert_eq!(extent.lines, found.len() as u64);
                    if extent.is_last {
                        assert_eq!(extent.bytes, text.len() as u64);
                        break;
                    }
                }
                assert_eq!(found, expected, "{text:?} in blocks of {block_bytes}");
            }
        }
    }
}
