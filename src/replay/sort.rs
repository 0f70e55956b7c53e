//! A file's lines in order of their times.
//!
//! Lines of the same time keep their order. One without a time, blank or bad, stays behind the line before it.

use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use super::ReplayOptions;
use super::block::decode_line;
use crate::sorter::{Sorted as Texts, Sorter};

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

/// Lines in order of their times.
pub struct Sorted {
    pub disorder: Disorder,
    lines: Texts,
}

impl Sorted {
    /// Reads all lines. Of those, as many bytes as said are held in memory, the others go to a temporary file in the directory.
    ///
    /// # Errors
    ///
    /// The input cannot be read, or the temporary file not be written.
    pub fn new(input: impl Read, options: &ReplayOptions, bytes_max: usize, directory: &Path) -> io::Result<Self> {
        let mut input = BufReader::with_capacity(256 << 10, input);
        let mut sorter = Sorter::new(bytes_max, directory);
        let (mut disorder, mut greatest_ms, mut before_ms) = (Disorder::default(), i64::MIN, i64::MIN);
        for number in 1.. {
            let text = sorter.text();
            if input.read_until(b'\n', text)? == 0 {
                break;
            }
            if text.last() == Some(&b'\n') {
                text.pop();
            }
            if let Some(Ok(event)) = decode_line(sorter.appended(), options) {
                before_ms = event.time_ms;
                if before_ms <= options.bound_ms() {
                    disorder.take(number, before_ms, greatest_ms);
                    greatest_ms = greatest_ms.max(before_ms);
                }
            }
            sorter.end((before_ms, number))?;
        }
        Ok(Self { disorder, lines: Texts::new([sorter])? })
    }

    /// Appends the next line with its end, and returns its number; `None`: there is none.
    pub fn next(&mut self, text: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let Some((_, number)) = self.lines.next(text)? else { return Ok(None) };
        text.push(b'\n');
        Ok(Some(number))
    }
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
