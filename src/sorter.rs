//! Texts in order of their keys, in bounded memory: an external merge sort.
//!
//! Texts are gathered until they fill the memory there is, sorted, and written to a temporary file as a run; at the end the runs are merged.
//!
//! The temporary file has no name, so it is gone with the process, however that ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Texts held in memory, in bytes. Buffers, and the room that they grow into, come to as much again at most.
pub const SORT_BYTES: usize = 128 << 20;

/// A run's buffer while runs are merged.
const BUFFER_BYTES: std::ops::RangeInclusive<usize> = 16 << 10..=1 << 20;

/// Where a text stands among all of them: by its time, then by its number. No two are equal.
pub type Key = (i64, u64);

/// Takes texts in.
pub struct Sorter {
    batch: Batch,
    spill: Option<Spill>,
    bytes_max: usize,
    directory: PathBuf,
}

impl Sorter {
    /// As many bytes as said are held in memory, the others go to a temporary file in the directory.
    pub fn new(bytes_max: usize, directory: &Path) -> Self {
        Self { batch: Batch::default(), spill: None, bytes_max, directory: directory.to_owned() }
    }

    /// Where the next text is to be appended to.
    pub fn text(&mut self) -> &mut Vec<u8> {
        &mut self.batch.text
    }

    /// What has been appended since the text before, which is the next one.
    pub fn appended(&self) -> &[u8] {
        &self.batch.text[self.batch.end()..]
    }

    /// Ends the text.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be written.
    pub fn end(&mut self, key: Key) -> io::Result<()> {
        let (start, end) = (self.batch.end(), self.batch.text.len());
        self.batch.texts.push(Entry { key, start, end });
        if self.batch.bytes() < self.bytes_max {
            return Ok(());
        }
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new(&self.directory)?),
        };
        spill.write(&mut self.batch).map_err(|error| about(&self.directory, &error))
    }
}

/// Hands texts out in order.
pub struct Sorted {
    runs: Vec<Run>,
    /// Of each run that has texts left, the next one.
    heads: BinaryHeap<Reverse<(Key, usize)>>,
}

impl Sorted {
    /// What all of these took in.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be read.
    pub fn new(sorters: impl IntoIterator<Item = Sorter>) -> io::Result<Self> {
        let mut sorted = Self { runs: Vec::new(), heads: BinaryHeap::new() };
        for Sorter { mut batch, spill, bytes_max, directory: _ } in sorters {
            batch.sort();
            sorted.runs.extend(spill.map_or_else(Vec::new, |spill| spill.runs(bytes_max)));
            sorted.runs.push(Run::Memory { batch, next: 0 });
        }
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }

    /// Appends the next text, and returns its key; `None`: there is none.
    pub fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<Key>> {
        let Some(Reverse((key, run))) = self.heads.pop() else { return Ok(None) };
        self.runs[run].take_text(text)?;
        self.advance(run)?;
        Ok(Some(key))
    }

    fn advance(&mut self, run: usize) -> io::Result<()> {
        let key = self.runs[run].key()?;
        self.heads.extend(key.map(|key| Reverse((key, run))));
        Ok(())
    }
}

/// Texts in memory.
#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    texts: Vec<Entry>,
}

struct Entry {
    key: Key,
    start: usize,
    end: usize,
}

impl Batch {
    /// Where the last text ends.
    fn end(&self) -> usize {
        self.texts.last().map_or(0, |text| text.end)
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.texts.len() * size_of::<Entry>()
    }

    fn sort(&mut self) {
        self.texts.sort_unstable_by_key(|text| text.key);
    }
}

/// Runs in a temporary file.
struct Spill {
    file: Arc<File>,
    /// Where each run ends.
    ends: Vec<u64>,
}

impl Spill {
    fn new(directory: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(directory).map_err(|error| about(directory, &error))?;
        Ok(Self { file: Arc::new(file), ends: Vec::new() })
    }

    /// Writes a run: of each text time, number, length and bytes. Nothing is left of the batch.
    fn write(&mut self, batch: &mut Batch) -> io::Result<()> {
        batch.sort();
        let mut file = BufWriter::with_capacity(*BUFFER_BYTES.end(), &*self.file);
        let mut end = self.ends.last().copied().unwrap_or(0);
        for Entry { key: (time_ms, number), start, end: text_end } in batch.texts.drain(..) {
            let text = &batch.text[start..text_end];
            for word in [time_ms as u64, number, text.len() as u64] {
                file.write_all(&word.to_le_bytes())?;
            }
            file.write_all(text)?;
            end += (3 * size_of::<u64>() + text.len()) as u64;
        }
        file.flush()?;
        batch.text.clear();
        self.ends.push(end);
        Ok(())
    }

    fn runs(self, bytes_max: usize) -> Vec<Run> {
        let buffer = (bytes_max / self.ends.len()).clamp(*BUFFER_BYTES.start(), *BUFFER_BYTES.end());
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let section = |(at, &end)| Section { file: Arc::clone(&self.file), at, end };
        let reader = |section| Run::File { reader: BufReader::with_capacity(buffer, section), text_bytes: 0 };
        starts.zip(&self.ends).map(section).map(reader).collect()
    }
}

/// A part of the file.
struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(usize::try_from(self.end - self.at).unwrap_or(usize::MAX));
        let read = self.file.read_at(&mut buffer[..length], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Sorted texts.
enum Run {
    Memory {
        batch: Batch,
        next: usize,
    },
    File {
        reader: BufReader<Section>,
        /// Of the text whose key was read.
        text_bytes: u64,
    },
}

impl Run {
    /// Where its next text stands; `None`: it has none left. Asked for once, before the text is taken.
    fn key(&mut self) -> io::Result<Option<Key>> {
        match self {
            Self::Memory { batch, next } => Ok(batch.texts.get(*next).map(|text| text.key)),
            Self::File { reader, text_bytes } => {
                if reader.fill_buf()?.is_empty() {
                    return Ok(None);
                }
                let mut word = || {
                    let mut bytes = [0; size_of::<u64>()];
                    reader.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
                };
                let key = (word()? as i64, word()?);
                *text_bytes = word()?;
                Ok(Some(key))
            }
        }
    }

    fn take_text(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Memory { batch, next } => {
                let Entry { start, end, .. } = batch.texts[*next];
                text.extend_from_slice(&batch.text[start..end]);
                *next += 1;
            }
            Self::File { reader, text_bytes } => {
                if reader.take(*text_bytes).read_to_end(text)? as u64 != *text_bytes {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        Ok(())
    }
}

fn about(directory: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("a temporary file in {} (TMPDIR names another directory): {error}", directory.display()))
}
