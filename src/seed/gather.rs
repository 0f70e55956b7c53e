//! Files to native records in order of time, in bounded memory.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::instant;
use crate::input::{Limits, Reason, Reject, decode, unframed};
use crate::mapping::files::{Records, open};
use crate::mapping::tally::Tally;
use crate::mapping::{Input, Mapping, Native, Outcome, Rejected, RejectedReason};
use crate::sorter::{Key, Sorted, Sorter};
use anyhow::{Context as _, anyhow};

/// Records handed from the thread that reads to one that maps.
const BLOCK_BYTES: usize = 256 << 10;
/// What is refused has no bytes.
const BLOCK_RECORDS: usize = 4_096;
/// Blocks that wait for each thread that maps.
const WAITING: usize = 2;
const MAPPERS_MAX: usize = 8;

/// What the files hold.
pub enum Taking {
    /// Native records, which are written as they are.
    Native(Limits),
    Mapped(Mapping),
}

impl Taking {
    fn input(&self) -> Input {
        match self {
            Self::Native(_) => Input::Json,
            Self::Mapped(mapping) => mapping.input(),
        }
    }

    fn max_record_bytes(&self) -> usize {
        match self {
            Self::Native(limits) => limits.max_record_bytes,
            Self::Mapped(_) => Limits::default().max_record_bytes,
        }
    }

    fn take(&self, value: &[u8], outcomes: &mut Vec<Outcome>) {
        match self {
            Self::Mapped(mapping) => mapping.map(value, outcomes),
            Self::Native(limits) => outcomes.push(match decode(None, value, Vec::new, limits) {
                Ok(event) => Outcome::Native(Native {
                    json: String::from_utf8_lossy(unframed(value)).into_owned(),
                    account: event.account.to_string(),
                    time_ms: event.time_ms,
                    input_type: event.body.input_type(),
                }),
                Err(reject) => {
                    let Reject { reason, pointer, message } = *reject;
                    let reason = RejectedReason::Input(reason);
                    Outcome::Rejected(Box::new(Rejected { reason, pointer, message, is_known: true }))
                }
            }),
        }
    }
}

/// Is told of what is left out: the file, the line, the record and why.
pub type Refused<'a> = dyn Fn(&Path, u64, &[u8], &Rejected) + Sync + 'a;

/// All that the files hold.
pub struct Gathered {
    pub sorted: Sorted,
    pub tally: Tally,
}

/// Native records beyond these are refused.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// With key and frame, as the topic takes it.
    pub bytes_max: usize,
    /// Unix milliseconds: `run` would take what is later for from the future.
    pub latest_ms: i64,
}

impl Bounds {
    fn within(&self, outcome: Outcome) -> Outcome {
        match outcome.within(self.bytes_max) {
            Outcome::Native(native) if native.time_ms > self.latest_ms => Outcome::Rejected(Box::new(Rejected {
                reason: RejectedReason::Input(Reason::FromTheFuture),
                pointer: String::new(),
                message: format!("expected a time up to {}, found {}", instant(self.latest_ms), instant(native.time_ms)),
                is_known: true,
            })),
            outcome => outcome,
        }
    }
}

/// Reads the files. So many bytes are held in memory, the others go to temporary files in the directory. `progress` is told of records
/// read.
///
/// # Errors
///
/// A file cannot be read, or a temporary one not be written.
pub fn gather(
    files: &[PathBuf],
    taking: &Taking,
    (sort_bytes, directory): (usize, &Path),
    bounds: Bounds,
    refused: &Refused<'_>,
    progress: &(dyn Fn(u64) + Sync),
) -> anyhow::Result<Gathered> {
    let mappers = thread::available_parallelism().map_or(1, |cores| cores.get().min(MAPPERS_MAX));
    let shared = &Shared { files, taking, bounds, refused, failed: AtomicBool::new(false), done: AtomicU64::new(0) };
    let (blocks, waiting) = sync_channel(WAITING * mappers);
    // In the hands of the threads that map alone: where none is left, the one that reads hears so.
    let waiting = Arc::new(Mutex::new(waiting));
    let (read, mapped) = thread::scope(|scope| {
        let mapper = |waiting: Arc<Mutex<Receiver<Block>>>| {
            let mapper = Mapper::new(shared, Sorter::new(sort_bytes / mappers, directory));
            scope.spawn(move || mapper.run(&waiting))
        };
        let threads: Vec<_> = std::iter::repeat_n(waiting, mappers).map(mapper).collect();
        let read = read_files(shared, blocks, progress);
        let mapped: Vec<_> =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a thread panicked")))).collect();
        (read, mapped)
    });
    read?;
    let (mut tally, mut sorters) = (Tally::default(), Vec::new());
    for mapped in mapped {
        let mapped = mapped?;
        tally.add_all(&mapped.tally);
        sorters.push(mapped.sorter);
    }
    let sorted = Sorted::new(sorters).context("the temporary file cannot be read")?;
    Ok(Gathered { sorted, tally })
}

struct Shared<'a> {
    files: &'a [PathBuf],
    taking: &'a Taking,
    bounds: Bounds,
    refused: &'a Refused<'a>,
    /// A thread that maps cannot go on.
    failed: AtomicBool,
    /// Records.
    done: AtomicU64,
}

/// Records of a file, one after another.
struct Block {
    file: usize,
    /// The number of the first record, among those of all files.
    first: u64,
    bytes: Vec<u8>,
    records: Vec<Framed>,
}

struct Framed {
    line: u64,
    /// Where it ends in the block's bytes.
    end: usize,
    /// There is no record that could be mapped.
    refused: Option<Box<Rejected>>,
}

fn read_files(shared: &Shared<'_>, blocks: SyncSender<Block>, progress: &(dyn Fn(u64) + Sync)) -> anyhow::Result<()> {
    let mut number = 0;
    for (file, path) in shared.files.iter().enumerate() {
        let (reader, _) = open(Some(path))?;
        let mut records = Records::new(reader, shared.taking.input(), shared.taking.max_record_bytes());
        loop {
            let mut block = Block { file, first: number, bytes: Vec::with_capacity(BLOCK_BYTES + (16 << 10)), records: Vec::new() };
            while block.bytes.len() < BLOCK_BYTES && block.records.len() < BLOCK_RECORDS {
                let Some(record) = records.read().with_context(|| format!("{}", path.display()))? else { break };
                let refused = match record.value {
                    Ok(bytes) => {
                        block.bytes.extend_from_slice(bytes);
                        None
                    }
                    Err(refused) => Some(refused),
                };
                block.records.push(Framed { line: record.line, end: block.bytes.len(), refused });
            }
            if block.records.is_empty() || shared.failed.load(Ordering::Relaxed) {
                break;
            }
            number += block.records.len() as u64;
            // The threads that map take blocks until there are no more, whatever happens to them.
            blocks.send(block).context("the threads that map are gone")?;
            progress(shared.done.load(Ordering::Relaxed));
        }
    }
    Ok(())
}

struct Mapper<'a> {
    shared: &'a Shared<'a>,
    sorter: Sorter,
    tally: Tally,
    outcomes: Vec<Outcome>,
}

impl<'a> Mapper<'a> {
    fn new(shared: &'a Shared<'a>, sorter: Sorter) -> Self {
        Self { shared, sorter, tally: Tally::default(), outcomes: Vec::new() }
    }

    fn run(mut self, waiting: &Mutex<Receiver<Block>>) -> anyhow::Result<Self> {
        let mut result = Ok(());
        loop {
            let block = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(block) = block else { break };
            if result.is_ok() {
                result = self.take(&block).context("sorting");
                self.shared.failed.fetch_or(result.is_err(), Ordering::Relaxed);
            }
            self.shared.done.fetch_add(block.records.len() as u64, Ordering::Relaxed);
        }
        result.map(|()| self)
    }

    fn take(&mut self, block: &Block) -> std::io::Result<()> {
        let mut start = 0;
        for (framed, number) in block.records.iter().zip(block.first..) {
            let record = &block.bytes[start..framed.end];
            start = framed.end;
            self.tally.read += 1;
            let mut outcomes = std::mem::take(&mut self.outcomes);
            match &framed.refused {
                Some(refused) => outcomes.push(Outcome::Rejected(refused.clone())),
                None => self.shared.taking.take(record, &mut outcomes),
            }
            for (index, outcome) in outcomes.drain(..).enumerate() {
                let outcome = self.shared.bounds.within(outcome);
                self.tally.add(&outcome);
                match outcome {
                    Outcome::Native(native) => self.put(&native, number, index)?,
                    Outcome::Rejected(rejected) => {
                        (self.shared.refused)(&self.shared.files[block.file], framed.line, record, &rejected);
                    }
                    Outcome::Unmapped | Outcome::Dropped => {}
                }
            }
            self.outcomes = outcomes;
        }
        Ok(())
    }

    fn put(&mut self, native: &Native, number: u64, index: usize) -> std::io::Result<()> {
        // A record has fewer elements than bytes, of which it has a mebibyte.
        let key: Key = (native.time_ms, number << 21 | index as u64);
        let text = self.sorter.text();
        text.extend_from_slice(&(native.account.len() as u32).to_le_bytes());
        text.extend_from_slice(native.account.as_bytes());
        text.extend_from_slice(native.json.as_bytes());
        self.sorter.end(key)
    }
}

/// Takes apart what was put into the sorter.
pub fn account_and_value(text: &[u8]) -> (&str, &[u8]) {
    let (length, rest) = text.split_first_chunk::<4>().expect("it begins with a length");
    let (account, value) = rest.split_at(u32::from_le_bytes(*length) as usize);
    (std::str::from_utf8(account).expect("it was a text"), value)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::sync::Mutex;

    use super::*;

    const LINES: [&str; 6] = [
        r#"{"type":"usage","time":1790000003000,"account":"b","product":"crm"}"#,
        r#"{"type":"usage","time":1790000001000,"account":"a","product":"crm"}"#,
        "nonsense",
        r#"{"type":"nps","time":1790000002000,"account":"a","user":"u","score":9}"#,
        r#"{"type":"usage","time":1790000001000,"account":"c","product":"crm","quantity":2}"#,
        r#"{"type":"usage","time":1790000002000,"product":"crm"}"#,
    ];

    const BOUNDS: Bounds = Bounds { bytes_max: 1_000, latest_ms: 1_790_000_009_000 };

    /// Accounts and values in the order written, the tally, and what was refused.
    fn gathered(files: &[&str], taking: &Taking, sort_bytes: usize) -> (Vec<(String, String)>, Tally, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        let paths: Vec<PathBuf> = (0..files.len()).map(|index| folder.path().join(format!("{index}.jsonl"))).collect();
        for (path, text) in paths.iter().zip(files) {
            std::fs::File::create(path).and_then(|mut file| file.write_all(text.as_bytes())).expect("the folder can be written to");
        }
        let told = Mutex::new(Vec::new());
        let refused = |file: &Path, line: u64, record: &[u8], why: &Rejected| {
            let name = file.file_name().expect("it has a name").to_string_lossy().into_owned();
            told.lock().expect("no panic").push(format!("{name}:{line}: {}: {}", why.reason, String::from_utf8_lossy(record)));
        };
        let found = gather(&paths, taking, (sort_bytes, folder.path()), BOUNDS, &refused, &|_| ()).expect("all can be read");
        let Gathered { mut sorted, tally } = found;
        let mut all = Vec::new();
        let mut text = Vec::new();
        while sorted.next(&mut text).expect("it can be read").is_some() {
            let (account, value) = account_and_value(&text);
            all.push((account.to_owned(), String::from_utf8_lossy(value).into_owned()));
            text.clear();
        }
        let mut told = told.into_inner().expect("no panic");
        told.sort();
        (all, tally, told)
    }

    #[test]
    fn native_lines_come_out_by_time_and_place_as_they_were() {
        let files = [LINES[..3].join("\n"), LINES[3..].join("\n")];
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        for sort_bytes in [1, 200, 1 << 20] {
            let (all, tally, told) = gathered(&files, &Taking::Native(Limits { check_key: false, ..Limits::default() }), sort_bytes);
            let expected: Vec<(String, String)> =
                [("a", 1), ("c", 4), ("a", 3), ("b", 0)].map(|(account, line)| (account.to_owned(), LINES[line].to_owned())).to_vec();
            assert_eq!(all, expected, "{sort_bytes} bytes");
            assert_eq!((tally.read, tally.total_mapped(), tally.total_rejected()), (6, 4, 2));
            assert_eq!(tally.span_ms, Some((1_790_000_001_000, 1_790_000_003_000)));
            assert_eq!(told, ["0.jsonl:3: bad_json: nonsense".to_owned(), format!("1.jsonl:3: missing_field: {}", LINES[5])]);
        }
    }

    #[test]
    fn what_the_topic_or_the_service_would_not_take_is_refused() {
        let long = LINES[0].replace("\"b\"", &format!("\"{}\"", "b".repeat(250))).replace("crm", &"c".repeat(250));
        let long = long.replace("\"usage\"", &format!("\"usage\",\"user\":\"{}\"", "u".repeat(250)));
        let ahead = LINES[0].replace("1790000003000", "1790000009001");
        let framed = format!("\0\u{0}\u{1}\u{6}\u{1}{}", LINES[1]);
        let limits = Limits { check_key: false, ..Limits::default() };
        let (all, tally, told) = gathered(&[&[&*long, &ahead, LINES[0]].join("\n")], &Taking::Native(limits), 1 << 20);
        assert_eq!((all.len(), tally.total_rejected()), (1, 2), "{told:?}");
        assert!(told[0].starts_with("0.jsonl:1: too_large: ") && told[1].starts_with("0.jsonl:2: from_the_future: "), "{told:?}");
        let mut outcomes = Vec::new();
        Taking::Native(limits).take(framed.as_bytes(), &mut outcomes);
        assert!(matches!(&outcomes[..], [Outcome::Native(native)] if native.json == LINES[1]), "{outcomes:?}");
    }

    #[test]
    fn many_rows_that_are_refused_are_many_blocks() {
        let rows: String = std::iter::repeat_n("1,2,3\n", 3 * BLOCK_RECORDS).collect();
        let yaml = "version: 1\nname: m\ninput: csv\nevents: [{type: usage, time: /t, account: /a, product: p}]\n";
        let mapping = Mapping::parse("m.yaml", yaml).unwrap_or_else(|problems| panic!("{problems:?}"));
        let (all, tally, told) = gathered(&[&format!("t,a\n{rows}")], &Taking::Mapped(mapping), 1 << 20);
        assert_eq!((all.len(), tally.total_rejected() as usize, told.len()), (0, 3 * BLOCK_RECORDS, 3 * BLOCK_RECORDS));
    }

    #[test]
    fn many_blocks_are_mapped_by_several_threads_into_one_order() {
        let mut expected: Vec<(i64, usize)> =
            (0..20_000).map(|number| (1_790_000_000_000 + (number as i64 * 7_919) % 5_000, number)).collect();
        let line = |(time_ms, number): &(i64, usize)| {
            format!(
                r#"{{"type":"track","event":"Contact Created","userId":"u{number}","timestamp":{time_ms},"properties":{{"product":"crm"}},"context":{{"groupId":"acme-{}"}}}}"#,
                number % 100
            )
        };
        let yaml = "version: 1\nname: tracks\ninput: json\nevents:\n  - type: usage\n    time: {from: /timestamp, format: unix_ms}\n    \
                    account: /context/groupId\n    product: /properties/product\n    user: /userId\n    feature: {from: /event, map: {Contact Created: contact.created}}\n";
        let mapping = Mapping::parse("tracks.yaml", yaml).unwrap_or_else(|problems| panic!("{problems:?}"));
        let file = expected.iter().map(line).collect::<Vec<_>>().join("\n");
        let (all, tally, told) = gathered(&[&file], &Taking::Mapped(mapping), 100_000);
        expected.sort_unstable();
        let users: Vec<String> = expected.iter().map(|(_, number)| format!("\"user\":\"u{number}\"")).collect();
        assert_eq!((all.len(), tally.total_mapped(), told.len()), (20_000, 20_000, 0));
        assert!(all.iter().zip(&users).all(|((_, value), user)| value.contains(user.as_str())));
    }
}
