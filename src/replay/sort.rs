//! A file's lines in order of their times, in bounded memory: an external merge sort.
//!
//! Lines are gathered until they fill the memory there is, sorted, and written to a temporary file as a run; at the end the runs are merged. Lines
//! of the same time keep their order. One without a time, blank or bad, stays behind the line before it.
//!
//! The temporary file has no name, so it is gone with the process, however that ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use super::ReplayOptions;
use super::block::decode_line;

/// Lines held in memory, in bytes. Buffers, and the room that they grow into, come to as much again at most.
pub const SORT_BYTES: usize = 128 << 20;

/// A run's buffer while runs are merged.
const BUFFER_BYTES: std::ops::RangeInclusive<usize> = 16 << 10..=1 << 20;

/// How far from sorted the lines were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disorder {
    /// Lines with a time; those from the future are not counted.
    pub lines: u64,
    /// Those that are earlier than some line before them.
    pub out_of_order: u64,
    /// By how much at most, and the first line that was.
    pub most_ms: i64,
    pub most_line: u64,
}

impl Disorder {
    fn take(&mut self, line: u64, time_ms: i64, greatest_ms: i64) {
        self.lines += 1;
        if time_ms < greatest_ms {
            self.out_of_order += 1;
            let behind_ms = greatest_ms - time_ms;
            if behind_ms > self.most_ms {
                (self.most_ms, self.most_line) = (behind_ms, line);
            }
        }
    }
}

/// Where a line stands among all of them: by its time, then by its number in the file.
type Key = (i64, u64);

/// Lines in order of their times.
pub struct Sorted {
    pub disorder: Disorder,
    runs: Vec<Run>,
    /// Of each run that has lines left, the next one.
    heads: BinaryHeap<Reverse<(Key, usize)>>,
}

impl Sorted {
    /// Reads all lines. Of those, as many bytes as said are held in memory, the others go to a temporary file in the directory.
    ///
    /// # Errors
    ///
    /// The input cannot be read, or the temporary file not be written.
    pub fn new(input: impl Read, options: &ReplayOptions, bytes_max: usize, directory: &Path) -> io::Result<Self> {
        let mut input = BufReader::with_capacity(256 << 10, input);
        let mut batch = Batch::default();
        let mut spill: Option<Spill> = None;
        let (mut disorder, mut greatest_ms, mut before_ms) = (Disorder::default(), i64::MIN, i64::MIN);
        for number in 1.. {
            let start = batch.text.len();
            if input.read_until(b'\n', &mut batch.text)? == 0 {
                break;
            }
            if batch.text.last() == Some(&b'\n') {
                batch.text.pop();
            }
            if let Some(Ok(event)) = decode_line(&batch.text[start..], options) {
                before_ms = event.time_ms;
                if before_ms <= options.bound_ms() {
                    disorder.take(number, before_ms, greatest_ms);
                    greatest_ms = greatest_ms.max(before_ms);
                }
            }
            batch.lines.push(Entry { key: (before_ms, number), start, end: batch.text.len() });
            if batch.bytes() >= bytes_max {
                let spill = match &mut spill {
                    Some(spill) => spill,
                    none => none.insert(Spill::new(directory)?),
                };
                spill.write(&mut batch).map_err(|error| about(directory, &error))?;
            }
        }
        batch.sort();
        let mut runs = spill.map_or_else(Vec::new, |spill| spill.runs(bytes_max));
        runs.push(Run::Memory { batch, next: 0 });
        let mut sorted = Self { disorder, runs, heads: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }

    /// Appends the next line with its end, and returns its number; `None`: there is none.
    pub fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let Some(Reverse(((_, number), run))) = self.heads.pop() else { return Ok(None) };
        self.runs[run].take_line(text)?;
        text.push(b'\n');
        self.advance(run)?;
        Ok(Some(number))
    }

    fn advance(&mut self, run: usize) -> io::Result<()> {
        let key = self.runs[run].key()?;
        self.heads.extend(key.map(|key| Reverse((key, run))));
        Ok(())
    }
}

/// Lines in memory.
#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    lines: Vec<Entry>,
}

struct Entry {
    key: Key,
    start: usize,
    end: usize,
}

impl Batch {
    fn bytes(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<Entry>()
    }

    fn sort(&mut self) {
        // No two keys are equal.
        self.lines.sort_unstable_by_key(|line| line.key);
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

    /// Writes a run: of each line time, number, length and text. Nothing is left of the batch.
    fn write(&mut self, batch: &mut Batch) -> io::Result<()> {
        batch.sort();
        let mut file = BufWriter::with_capacity(*BUFFER_BYTES.end(), &*self.file);
        let mut end = self.ends.last().copied().unwrap_or(0);
        for Entry { key: (time_ms, number), start, end: line_end } in batch.lines.drain(..) {
            let line = &batch.text[start..line_end];
            for word in [time_ms as u64, number, line.len() as u64] {
                file.write_all(&word.to_le_bytes())?;
            }
            file.write_all(line)?;
            end += (3 * size_of::<u64>() + line.len()) as u64;
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
        let reader = |section| Run::File { reader: BufReader::with_capacity(buffer, section), line_bytes: 0 };
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

/// Sorted lines.
enum Run {
    Memory {
        batch: Batch,
        next: usize,
    },
    File {
        reader: BufReader<Section>,
        /// Of the line whose key was read.
        line_bytes: u64,
    },
}

impl Run {
    /// Where its next line stands; `None`: it has none left. Asked for once, before the line is taken.
    fn key(&mut self) -> io::Result<Option<Key>> {
        match self {
            Self::Memory { batch, next } => Ok(batch.lines.get(*next).map(|line| line.key)),
            Self::File { reader, line_bytes } => {
                if reader.fill_buf()?.is_empty() {
                    return Ok(None);
                }
                let mut word = || {
                    let mut bytes = [0; size_of::<u64>()];
                    reader.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
                };
                let key = (word()? as i64, word()?);
                *line_bytes = word()?;
                Ok(Some(key))
            }
        }
    }

    fn take_line(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Memory { batch, next } => {
                let line = &batch.lines[*next];
                text.extend_from_slice(&batch.text[line.start..line.end]);
                *next += 1;
            }
            Self::File { reader, line_bytes } => {
                if reader.take(*line_bytes).read_to_end(text)? as u64 != *line_bytes {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineSettings;
    use crate::random::Random;

    fn options() -> ReplayOptions {
        ReplayOptions {
            until_ms: Some(2_000_000_000_000),
            latest_ms: 0,
            max_record_bytes: 1 << 20,
            engine: EngineSettings::default(),
            portfolio: false,
        }
    }

    fn usage(time_ms: i64) -> String {
        format!(r#"{{"type":"usage","time":{time_ms},"account":"acme","product":"crm"}}"#)
    }

    fn sorted(text: &str, bytes_max: usize) -> (Vec<(u64, String)>, Disorder) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sorted = Sorted::new(text.as_bytes(), &options(), bytes_max, folder.path()).expect("memory can be read");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "the temporary file has no name");
        let mut lines = Vec::new();
        loop {
            let mut line = Vec::new();
            let Some(number) = sorted.next(&mut line).expect("the file can be read") else { break };
            let line = String::from_utf8(line).expect("UTF-8");
            lines.push((number, line.strip_suffix('\n').expect("a line's end").to_owned()));
        }
        (lines, sorted.disorder)
    }

    #[test]
    fn lines_are_sorted_by_time_then_number_whatever_the_memory() {
        let mut random = Random::new(17);
        let (mut text, mut expected, mut before) = (String::new(), Vec::new(), i64::MIN);
        let (mut greatest, mut disorder) = (i64::MIN, Disorder::default());
        for number in 1..=500_u64 {
            let time_ms = 1_700_000_000_000 + random.below(41) as i64 * 1_000;
            let line = match random.below(10) {
                0 => String::new(),
                1 => "not JSON\r".to_owned(),
                _ => {
                    before = time_ms;
                    disorder.lines += 1;
                    disorder.out_of_order += u64::from(time_ms < greatest);
                    if greatest.saturating_sub(time_ms) > disorder.most_ms && greatest != i64::MIN {
                        (disorder.most_ms, disorder.most_line) = (greatest - time_ms, number);
                    }
                    greatest = greatest.max(time_ms);
                    usage(time_ms)
                }
            };
            text.push_str(&line);
            text.push('\n');
            expected.push((before, number, line));
        }
        // The last line needs no end.
        text.pop();
        expected.sort_by_key(|(time_ms, ..)| *time_ms);
        let expected: Vec<(u64, String)> = expected.into_iter().map(|(_, number, line)| (number, line)).collect();
        for bytes_max in [1, 1_000, 10_000, 1 << 20] {
            let (lines, found) = sorted(&text, bytes_max);
            assert_eq!((lines == expected, found), (true, disorder), "{bytes_max} bytes");
        }
        assert!(disorder.out_of_order > 100 && disorder.most_ms > 30_000, "{disorder:?}");
    }

    #[test]
    fn what_is_from_the_future_is_last_and_puts_nothing_out_of_order() {
        let text = [usage(2_000_000_000_001), usage(1_999_999_999_999), usage(2_000_000_000_000)].join("\n");
        let (lines, disorder) = sorted(&text, 1);
        assert_eq!(lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 3, 1]);
        assert_eq!(disorder, Disorder { lines: 2, ..Disorder::default() });
        assert_eq!(sorted("", 1).0, []);
    }

    #[test]
    fn errors_are_told_with_the_place() {
        let new = |input: &mut dyn Read, directory: &str| Sorted::new(input, &options(), 10, Path::new(directory)).err().expect("an error");
        let text = usage(0).repeat(2);
        let error = new(&mut text.as_bytes(), "/nowhere/at/all");
        assert!(error.to_string().starts_with("a temporary file in /nowhere/at/all (TMPDIR names another directory): "), "{error}");
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        assert_eq!(new(&mut Breaks, "/nowhere").kind(), io::ErrorKind::BrokenPipe);
    }
}
