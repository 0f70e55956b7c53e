//! Files of records: JSON values, however many lines each, or CSV; plain or packed. A record at a time is in memory, of bounded size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use super::convert::quote;
use super::tally::Tally;
use super::{Input, Mapping, Outcome, Rejected, RejectedReason};
use crate::input::Reason;

/// Bytes read at once.
const CHUNK_BYTES: usize = 64 * 1024;

/// A file, unpacked, and its size where that says how far a reader has come. `None` or `-` is standard input.
///
/// # Errors
///
/// It cannot be read.
pub fn open(input: Option<&Path>) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
    let (name, mut reader, size): (_, Box<dyn Read + Send>, _) = match input.filter(|file| file.as_os_str() != "-") {
        None => ("standard input".to_owned(), Box::new(io::stdin()), None),
        Some(file) => {
            let opened = File::open(file).with_context(|| format!("{}: cannot be read", file.display()))?;
            let size = opened.metadata().ok().map(|metadata| metadata.len());
            (file.display().to_string(), Box::new(opened), size)
        }
    };
    // By what is there and not by the name: exporters write either without an ending, and a pipe has no name.
    let mut first = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut first).with_context(|| format!("{name}: cannot be read"))?;
    let is_gzip = first.starts_with(&[0x1f, 0x8b]);
    // A frame, or one that is to be skipped.
    let is_zstd = first == [0x28, 0xb5, 0x2f, 0xfd] || matches!(*first, [0x50..=0x5f, 0x2a, 0x4d, 0x18]);
    let whole = io::Cursor::new(first).chain(reader);
    Ok(if is_gzip {
        (Box::new(flate2::read::MultiGzDecoder::new(whole)), None)
    } else if is_zstd {
        let decoder = zstd::stream::read::Decoder::new(whole).with_context(|| format!("{name}: cannot be unpacked by zstd"))?;
        (Box::new(decoder), None)
    } else {
        (Box::new(whole), size)
    })
}

/// The records of a file, one after another.
pub struct Records {
    form: Form,
}

enum Form {
    Json(JsonValues),
    Csv(Box<CsvRows>),
}

/// A record of a file.
#[derive(Debug)]
pub struct Record<'r> {
    /// The line in which it begins, from 1.
    pub line: u64,
    /// As [`Mapping::map`] takes it, or why there is none.
    pub value: Result<&'r [u8], Box<Rejected>>,
}

impl Records {
    /// Those of a reader. A record longer than `max_record_bytes` is told and passed over.
    pub fn new(reader: Box<dyn Read + Send>, input: Input, max_record_bytes: usize) -> Self {
        let form = match input {
            Input::Csv => Form::Csv(Box::new(CsvRows::new(reader, max_record_bytes))),
            Input::Json | Input::Connect | Input::Debezium => Form::Json(JsonValues::new(reader, max_record_bytes)),
        };
        Self { form }
    }

    /// The next one; `None` at the end.
    ///
    /// # Errors
    ///
    /// The input cannot be read, or is no CSV of which anything could be made.
    pub fn read(&mut self) -> io::Result<Option<Record<'_>>> {
        match &mut self.form {
            Form::Json(values) => values.next(),
            Form::Csv(rows) => rows.next(),
        }
    }
}

fn too_large(max_record_bytes: usize) -> Box<Rejected> {
    rejected(Reason::TooLarge, format!("expected at most {max_record_bytes} bytes, found more"))
}

fn rejected(reason: Reason, message: String) -> Box<Rejected> {
    Box::new(Rejected { reason: RejectedReason::Input(reason), pointer: String::new(), message, is_known: false })
}

/// JSON values with white space between them, or as the elements of one array. A value that is not closed ends before the next line that begins with
/// `{`, so that it does not take all others with it.
struct JsonValues {
    reader: Box<dyn Read + Send>,
    max_record_bytes: usize,
    buffer: Vec<u8>,
    /// Where the next value begins, at the earliest.
    next: usize,
    is_read: bool,
    line: u64,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Beginning,
    Between,
    InArray,
}

impl JsonValues {
    fn new(reader: Box<dyn Read + Send>, max_record_bytes: usize) -> Self {
        Self { reader, max_record_bytes, buffer: Vec::new(), next: 0, is_read: false, line: 1, place: Place::Beginning }
    }

    /// Reads on; `false` at the end. What was passed over is forgotten.
    fn more(&mut self) -> io::Result<bool> {
        if self.is_read {
            return Ok(false);
        }
        self.buffer.drain(..self.next);
        self.next = 0;
        let read = self.reader.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut self.buffer)?;
        self.is_read = read < CHUNK_BYTES;
        Ok(read > 0)
    }

    /// The byte so far behind the beginning of the value.
    fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        loop {
            if let Some(byte) = self.buffer.get(self.next + at) {
                return Ok(Some(*byte));
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        let first = loop {
            let Some(byte) = self.byte(0)? else { return self.end() };
            match (byte, self.place) {
                (b'\n', _) => self.line += 1,
                (b' ' | b'\t' | b'\r', _) | (b',', Place::InArray) => {}
                (b'[', Place::Beginning) => self.place = Place::InArray,
                (b']', Place::InArray) => self.place = Place::Between,
                (byte, _) => break byte,
            }
            self.next += 1;
        };
        if self.place == Place::Beginning {
            self.place = Place::Between;
        }
        let line = self.line;
        let length = match first {
            b'{' | b'[' => self.nested()?,
            _ => self.scalar()?,
        };
        let Some(length) = length else { return Ok(Some(Record { line, value: Err(too_large(self.max_record_bytes)) })) };
        let begin = self.next;
        self.next += length;
        Ok(Some(Record { line, value: Ok(&self.buffer[begin..begin + length]) }))
    }

    /// There are no more values.
    fn end(&self) -> io::Result<Option<Record<'static>>> {
        if self.place == Place::InArray {
            let message = format!("line {}: the array that the file begins with is not closed: is the file cut off?", self.line);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(None)
    }

    /// The length of an object or array that begins here; `None`: it is too long, and was passed over.
    fn nested(&mut self) -> io::Result<Option<usize>> {
        let mut scan = Nesting::default();
        let (mut length, mut is_too_long) = (0, false);
        loop {
            let end = scan.end(&self.buffer[self.next + length..], self.place == Place::Between);
            length += end.unwrap_or(self.buffer.len() - self.next - length);
            if length > self.max_record_bytes || is_too_long {
                // Forgotten as it goes.
                is_too_long = true;
                self.next += length;
                length = 0;
            }
            if end.is_some() || !self.more()? {
                break;
            }
        }
        self.line += scan.lines;
        Ok((!is_too_long).then_some(length))
    }

    /// The length of anything else: up to the end of the line, or of the element.
    fn scalar(&mut self) -> io::Result<Option<usize>> {
        let mut at = 0;
        let mut is_too_long = false;
        while let Some(byte) = self.byte(at)? {
            if byte == b'\n' || self.place == Place::InArray && matches!(byte, b',' | b']') && at > 0 {
                break;
            }
            at += 1;
            if at > self.max_record_bytes {
                is_too_long = true;
                self.next += at;
                at = 0;
            }
        }
        if is_too_long {
            self.next += at;
            return Ok(None);
        }
        Ok(Some(at))
    }
}

/// Where in an object or array a reader is.
#[derive(Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    after_newline: bool,
    /// Line ends that were passed.
    lines: u64,
}

impl Nesting {
    /// Where the object or array ends in the bytes that follow, if it does; `lines_begin`: a line that begins with `{` begins another one.
    fn end(&mut self, bytes: &[u8], lines_begin: bool) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.in_string && !self.is_escaped {
                // A string has no line ends: one with some was not closed.
                at += memchr::memchr3(b'"', b'\\', b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
            }
            let Some(byte) = bytes.get(at) else { break };
            if std::mem::take(&mut self.after_newline) && *byte == b'{' && lines_begin {
                return Some(at);
            }
            at += 1;
            match byte {
                b'\n' => {
                    (self.in_string, self.is_escaped, self.after_newline) = (false, false, true);
                    self.lines += 1;
                }
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.in_string => self.is_escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// Rows of a CSV file, whose first line names the columns, each as an object of texts.
struct CsvRows {
    reader: csv::Reader<Bounded>,
    columns: Option<Vec<String>>,
    left: Arc<AtomicUsize>,
    max_record_bytes: usize,
    row: csv::ByteRecord,
    json: String,
}

/// A reader of so many bytes until it is allowed more: a quote that is not closed would take in all of the file.
struct Bounded {
    reader: Box<dyn Read + Send>,
    left: Arc<AtomicUsize>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a row is too long: is a quote not closed?"));
        }
        let read = self.reader.read(buffer)?;
        self.left.store(left.saturating_sub(read), Ordering::Relaxed);
        Ok(read)
    }
}

impl CsvRows {
    fn new(reader: Box<dyn Read + Send>, max_record_bytes: usize) -> Self {
        let left = Arc::new(AtomicUsize::new(0));
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // By itself it counts a line too few after each CRLF.
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(Bounded { reader, left: Arc::clone(&left) });
        Self { reader, columns: None, left, max_record_bytes, row: csv::ByteRecord::new(), json: String::new() }
    }

    fn read(&mut self) -> io::Result<bool> {
        self.left.store(self.max_record_bytes + CHUNK_BYTES, Ordering::Relaxed);
        let line = self.reader.position().line();
        let at = |error: csv::Error| io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {error}"));
        loop {
            if !self.reader.read_byte_record(&mut self.row).map_err(at)? {
                return Ok(false);
            }
            // A line of nothing is no row.
            if self.row.len() > 1 || cells(&self.row).any(|cell| !cell.is_empty()) {
                return Ok(true);
            }
        }
    }

    fn columns(&mut self) -> io::Result<()> {
        let mut columns: Vec<String> = Vec::new();
        if self.read()? {
            for (index, name) in cells(&self.row).enumerate() {
                // Excel begins a file so.
                let name = if index == 0 { name.strip_prefix("\u{feff}".as_bytes()).unwrap_or(name) } else { name };
                let refused = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("line 1: column {}: {what}", index + 1));
                let name = std::str::from_utf8(name).map_err(|_| refused("its name is not UTF-8"))?;
                if columns.iter().any(|known| known == name) {
                    return Err(refused(&format!("`{name}` is the name of a column before it, too")));
                }
                columns.push(name.to_owned());
            }
        }
        self.columns = Some(columns);
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        if self.columns.is_none() {
            self.columns()?;
        }
        if !self.read()? {
            return Ok(None);
        }
        let line = self.row.position().map_or(0, csv::Position::line);
        let value = match self.object() {
            Ok(()) if self.json.len() > self.max_record_bytes => Err(too_large(self.max_record_bytes)),
            Ok(()) => Ok(self.json.as_bytes()),
            Err(rejected) => Err(rejected),
        };
        Ok(Some(Record { line, value }))
    }

    /// The row as an object of texts.
    fn object(&mut self) -> Result<(), Box<Rejected>> {
        let columns = self.columns.as_deref().unwrap_or_default();
        if self.row.len() != columns.len() {
            let message = format!("expected {} values, one for each column, found {}", columns.len(), self.row.len());
            return Err(rejected(Reason::WrongType, message));
        }
        self.json.clear();
        self.json.push('{');
        for (index, (column, value)) in columns.iter().zip(cells(&self.row)).enumerate() {
            let Ok(value) = std::str::from_utf8(value) else {
                return Err(rejected(Reason::InvalidUtf8, format!("column `{column}` is not UTF-8")));
            };
            if index > 0 {
                self.json.push(',');
            }
            quote(column, &mut self.json);
            self.json.push(':');
            quote(value, &mut self.json);
        }
        self.json.push('}');
        Ok(())
    }
}

/// The values of a row, without the end of a line that ends as Windows has it.
fn cells(row: &csv::ByteRecord) -> impl Iterator<Item = &[u8]> {
    let last = row.len().saturating_sub(1);
    row.iter().enumerate().map(move |(index, cell)| if index == last { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell })
}

/// What becomes of the records of a file.
pub struct Mapped {
    records: Records,
    mapping: Arc<Mapping>,
    outcomes: Vec<Outcome>,
    pub tally: Tally,
}

impl Mapped {
    /// Several files may share a mapping.
    pub fn new(records: Records, mapping: impl Into<Arc<Mapping>>) -> Self {
        Self { records, mapping: mapping.into(), outcomes: Vec::new(), tally: Tally::default() }
    }

    /// Shows the next record: its line, its bytes where it has any, and what becomes of it. `false` at the end.
    ///
    /// # Errors
    ///
    /// As [`Records::read`].
    pub fn read(&mut self, mut show: impl FnMut(u64, &[u8], &mut Vec<Outcome>)) -> io::Result<bool> {
        self.outcomes.clear();
        let Some(Record { line, value }) = self.records.read()? else { return Ok(false) };
        self.tally.read += 1;
        let bytes = match value {
            Ok(bytes) => {
                self.mapping.map(bytes, &mut self.outcomes);
                bytes
            }
            Err(rejected) => {
                self.outcomes.push(Outcome::Rejected(rejected));
                &[]
            }
        };
        self.outcomes.iter().for_each(|outcome| self.tally.add(outcome));
        show(line, bytes, &mut self.outcomes);
        Ok(true)
    }
}

/// Native lines of a file, to be read as a file of them. `refused` is told what is left out: the line, the record's bytes and why.
pub struct NativeLines<F> {
    mapped: Mapped,
    lines: Vec<u8>,
    at: usize,
    refused: F,
    tally: Arc<Mutex<Tally>>,
}

impl<F: FnMut(u64, &[u8], &Rejected)> NativeLines<F> {
    /// `tally` is what became of the records, once all of them are read.
    pub fn new(mapped: Mapped, tally: Arc<Mutex<Tally>>, refused: F) -> Self {
        Self { mapped, lines: Vec::new(), at: 0, refused, tally }
    }
}

impl<F: FnMut(u64, &[u8], &Rejected)> Read for NativeLines<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.lines.len() {
            self.lines.clear();
            self.at = 0;
            let Self { mapped, lines, refused, .. } = self;
            let is_read = mapped.read(|line, bytes, outcomes| {
                for outcome in outcomes {
                    match outcome {
                        Outcome::Native(native) => {
                            lines.extend_from_slice(native.json.as_bytes());
                            lines.push(b'\n');
                        }
                        Outcome::Rejected(rejected) => refused(line, bytes, rejected),
                        Outcome::Unmapped | Outcome::Dropped => {}
                    }
                }
            })?;
            if !is_read {
                *self.tally.lock().unwrap_or_else(PoisonError::into_inner) = self.mapped.tally.clone();
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.lines.len() - self.at);
        buffer[..count].copy_from_slice(&self.lines[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines and values; a `!` before what is said of one.
    fn records(input: Input, text: &str, max_record_bytes: usize) -> Vec<(u64, String)> {
        let mut records = Records::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), input, max_record_bytes);
        let mut found = Vec::new();
        while let Some(Record { line, value }) = records.read().expect("memory can be read") {
            found.push((
                line,
                match value {
                    Ok(value) => String::from_utf8_lossy(value).into_owned(),
                    Err(rejected) => format!("!{rejected}"),
                },
            ));
        }
        found
    }

    #[test]
    fn json_values_have_as_many_lines_as_they_like() {
        for (text, expected) in [
            ("", &[][..]),
            ("{\"a\":1}\n\n{\"a\":2}\r\n", &[(1, "{\"a\":1}"), (3, "{\"a\":2}")]),
            ("{\"a\":1}{\"a\":2} {\"a\":3}", &[(1, "{\"a\":1}"), (1, "{\"a\":2}"), (1, "{\"a\":3}")]),
            ("{\n \"a\": {\n  \"b\": 1}\n}\n{}", &[(1, "{\n \"a\": {\n  \"b\": 1}\n}"), (5, "{}")]),
            ("[\n{\"a\":1},\n{\"a\":2}\n]\n", &[(2, "{\"a\":1}"), (3, "{\"a\":2}")]),
            ("[{\"a\":[1,2]}, 7 ]", &[(1, "{\"a\":[1,2]}"), (1, "7 ")]),
            ("{\"a\":\"}\\\"{\"}\n{}", &[(1, "{\"a\":\"}\\\"{\"}"), (2, "{}")]),
            // Torn lines end by themselves.
            ("{\"a\":\n{\"b\":1}\n", &[(1, "{\"a\":\n"), (2, "{\"b\":1}")]),
            ("{\"a\":\"x\n{\"b\":1}", &[(1, "{\"a\":\"x\n"), (2, "{\"b\":1}")]),
            ("nonsense\n{}", &[(1, "nonsense"), (2, "{}")]),
            ("{\"long\":\"0123456789012345678901234567890123456789\"}\n{}", &[(1, "!expected at most 40 bytes, found more"), (2, "{}")]),
        ] {
            let expected: Vec<(u64, String)> = expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
            assert_eq!(records(Input::Json, text, 40), expected, "{text:?}");
        }
    }

    #[test]
    fn an_array_that_is_cut_off_is_told() {
        let mut records = Records::new(Box::new(io::Cursor::new(b"[{\"a\":1},\n{\"a\":2}\n".to_vec())), Input::Json, 40);
        for line in [1, 2] {
            assert_eq!(records.read().expect("it can be read").map(|record| record.line), Some(line));
        }
        let error = records.read().expect_err("it is cut off").to_string();
        assert_eq!(error, "line 3: the array that the file begins with is not closed: is the file cut off?");
    }

    #[test]
    fn rows_are_objects_of_texts() {
        let text = "\u{feff}account,\"a\"\"b\",n\nacme,\"x, \"\"y\"\"\n2\",3\nbig,1\r\n,,\n";
        let expected = [
            (2, r#"{"account":"acme","a\"b":"x, \"y\"\n2","n":"3"}"#.to_owned()),
            (4, "!expected 3 values, one for each column, found 2".to_owned()),
            (5, r#"{"account":"","a\"b":"","n":""}"#.to_owned()),
        ];
        assert_eq!(records(Input::Csv, text, 1000), expected);
    }

    #[test]
    fn a_csv_of_which_nothing_can_be_made() {
        let unclosed = format!("a,b\n\"{}", "x".repeat(300_000));
        for (text, expected) in
            [("a,b,a\n1,2,3\n", "line 1: column 3: `a` is the name of a column before it, too"), (&unclosed, "is a quote not closed?")]
        {
            let mut records = Records::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), Input::Csv, 1000);
            let error = records.read().expect_err("it is refused");
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
