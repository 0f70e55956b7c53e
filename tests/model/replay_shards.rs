//! However a replay is divided among workers, shards and blocks, it says what one engine says line by line: outputs, dead letters and
//! summary, byte by byte.
//!
//! `SHARDS_SEEDS=500 cargo test --release --test model replay_shards::` widens the run; `SHARDS_SEED=42` runs one seed.

use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::oracle::stream::{self, Rng};
use crate::oracle::until_instant;
use crate::seeds::seeds;
use adoption_tracker::engine::EngineSettings;
use adoption_tracker::playbook::Playbook;
use adoption_tracker::replay::{DeadLine, Division, Input, Replay, ReplayOptions, Summary, replay};

#[derive(Debug, PartialEq)]
struct Said {
    outputs: Vec<u8>,
    dead: Vec<DeadLine>,
    summary: Summary,
}

fn divided(playbook: &Arc<Playbook>, options: ReplayOptions, division: Division, text: &[u8]) -> Said {
    let (mut outputs, mut dead, mut last) = (Vec::new(), Vec::new(), (0, 0));
    let keep = |letter: &DeadLine| {
        dead.push(DeadLine { line: letter.line, reject: letter.reject.clone(), original: letter.original.clone() });
        Ok(())
    };
    let progress = |lines, bytes| last = (lines, bytes);
    let input = Input::AsItIs(Box::new(io::Cursor::new(text.to_vec())));
    let (summary, _) = replay(Arc::clone(playbook), options, division, input, &mut outputs, keep, progress).expect("memory can be read");
    assert_eq!(last, (lines_of(text).count() as u64, text.len() as u64));
    Said { outputs, dead, summary }
}

fn line_by_line(playbook: &Arc<Playbook>, options: ReplayOptions, text: &[u8]) -> Said {
    let mut replay = Replay::new(Arc::clone(playbook), options);
    let (mut outputs, mut dead) = (Vec::new(), Vec::new());
    for (line, original) in (1..).zip(lines_of(text)) {
        if let Err(reject) = replay.line(original) {
            dead.push(DeadLine { line, reject, original: original.to_vec() });
        }
        replay.drain(|event| writeln!(outputs, "{}", event.structured()).expect("memory takes it"));
    }
    replay.finish();
    replay.drain(|event| writeln!(outputs, "{}", event.structured()).expect("memory takes it"));
    Said { outputs, dead, summary: replay.summary().clone() }
}

fn lines_of(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = (!text.is_empty()).then(|| text.strip_suffix(b"\n").unwrap_or(text).split(|&byte| byte == b'\n'));
    lines.into_iter().flatten()
}

/// Several streams of the same days, each with its own accounts, woven into one: some thirty accounts in zones all over the world, which
/// they change, with events late, too late, repeated, bad or from the future, and blank lines.
fn text(seed: u64, random: &mut Rng) -> Vec<u8> {
    let streams: Vec<Vec<String>> = (0..random.range(1, 10))
        .map(|part| {
            let rename = |line: String| line.replace("\"account\":\"", &format!("\"account\":\"{part}-"));
            // The days, and the products, follow from the seed.
            stream::lines(seed, random.range(1, 80) as usize, random.percent(50)).into_iter().map(rename).collect()
        })
        .collect();
    let mut streams: Vec<_> = streams.into_iter().map(|lines| lines.into_iter().peekable()).collect();
    let mut text = Vec::new();
    while !streams.is_empty() {
        let chosen = random.range(0, streams.len() as i64 - 1) as usize;
        match streams[chosen].next() {
            Some(line) => text.extend_from_slice(line.as_bytes()),
            None => drop(streams.swap_remove(chosen)),
        }
        text.push(b'\n');
    }
    if random.percent(50) {
        text.pop();
    }
    text
}

#[test]
fn every_division_says_the_same() {
    let mut total = Summary::default();
    let mut movers = 0;
    for seed in seeds("SHARDS", 60) {
        let mut random = Rng::new(seed);
        let yaml = stream::playbook(seed);
        let playbook = Arc::new(Playbook::load("random.yaml", &yaml).expect("random playbooks load"));
        let until = until_instant(&yaml, &stream::until(seed)).expect("the stream has an end");
        let options = ReplayOptions {
            until_ms: (!seed.is_multiple_of(4)).then_some(until),
            latest_ms: until,
            max_record_bytes: 1 << 20,
            engine: EngineSettings {
                dedupe_ids: if seed.is_multiple_of(3) { 0 } else { 8 },
                clock_witnesses: stream::witnesses(seed),
                ..EngineSettings::default()
            },
            portfolio: true,
        };
        let text = text(seed, &mut random);
        let expected = line_by_line(&playbook, options, &text);
        for (workers, shards) in [(1, 1), (1, 3), (2, 2), (2, 5), (3, 1), (5, 3)] {
            // From less than a line to all of it.
            let block_bytes = *random.pick(&[1, 50, 300, 1000, 3000, 10_000, text.len(), 1 << 20]).max(&1);
            let division = Division { workers, shards, block_bytes };
            let found = divided(&playbook, options, division, &text);
            if found != expected {
                let (found, expected) = (first_difference(&found, &expected), first_difference(&expected, &found));
                panic!("seed {seed}, {division:?}:\nexpected {expected}\nfound    {found}");
            }
        }
        let Summary { duplicates, late, too_late, dead, outputs, lateness, .. } = expected.summary;
        total.lateness.add(&lateness);
        movers += u64::from(lateness.furthest.is_some());
        total.duplicates += duplicates;
        total.late += late;
        total.too_late += too_late;
        total.dead += dead;
        total.outputs += outputs;
    }
    let Summary { duplicates, late, too_late, dead, outputs, .. } = total.clone();
    let by_record = total.lateness.late - total.lateness.late_by_clock;
    assert!(
        [duplicates, late, too_late, dead - too_late, outputs, total.lateness.late_by_clock, by_record, movers]
            .iter()
            .all(|&count| count > 0),
        "{total:?}"
    );
}

/// The first line that the other does not have at its place.
fn first_difference(of: &Said, other: &Said) -> String {
    let mut others = lines_of(&other.outputs);
    let differs = lines_of(&of.outputs).find(|&line| others.next() != Some(line));
    let output = String::from_utf8_lossy(differs.unwrap_or_default());
    format!("{output}\n{:?}\n{:?}", of.dead, of.summary)
}

/// Of the order itself: the account of the line, then the others as they were met, whichever shards they are in.
#[test]
fn a_boundary_is_lived_through_at_the_line_that_crosses_it() {
    let yaml = "version: 1\nstages: {hold_days: 0}\nproducts:\n  crm: {adopted: events(1) >= 1}\n";
    let playbook = Arc::new(Playbook::load("p.yaml", yaml).expect("it loads"));
    let options =
        ReplayOptions { until_ms: None, latest_ms: i64::MAX, max_record_bytes: 1000, engine: EngineSettings::default(), portfolio: true };
    let usage =
        |time: &str, account: usize| format!("{{\"type\":\"usage\",\"time\":\"{time}\",\"account\":\"a{account}\",\"product\":\"crm\"}}\n");
    let accounts = 100;
    let mut text: String = (0..accounts).map(|account| usage("2026-03-01T12:00:00Z", account)).collect();
    // The last but one is late: what crosses the boundary is the line after it.
    text.push_str(&usage("2026-03-01T11:00:00Z", 70));
    text.push_str(&usage("2026-03-02T12:00:00Z", 50));
    let division = Division { workers: 3, shards: 7, block_bytes: 500 };
    let said = divided(&playbook, options, division, text.as_bytes());
    let mut subjects: Vec<String> = lines_of(&said.outputs)
        .map(|line| {
            serde_json::from_slice::<serde_json::Value>(line).expect("JSON")["data"]["account"].as_str().expect("a text").to_owned()
        })
        .collect();
    subjects.dedup();
    let name = |account| format!("a{account}");
    let others = (0..accounts).filter(|&account| account != 50).map(name);
    let expected: Vec<String> = (0..accounts).map(name).chain([name(50)]).chain(others).collect();
    assert_eq!(subjects, expected);
}

/// Cannot be read, and takes only so many bytes.
struct Breaks(usize);

impl Read for Breaks {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("torn"))
    }
}

impl Write for Breaks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn errors_end_a_replay() {
    let playbook = Arc::new(Playbook::shipped());
    let options =
        ReplayOptions { until_ms: None, latest_ms: i64::MAX, max_record_bytes: 1000, engine: EngineSettings::default(), portfolio: true };
    let division = Division { workers: 3, shards: 3, block_bytes: 100 };
    let usage =
        |account: u64| format!("{{\"type\":\"usage\",\"time\":1000000000000,\"account\":\"a{account}\",\"product\":\"crm\"}}\n{{}}\n");
    let text: String = (0..1000).map(usage).collect();
    let run = |input: Box<dyn Read + Send>, output: &mut dyn Write, dead_max: u64| {
        let mut dead = 0;
        let take = |_: &DeadLine| {
            dead += 1;
            if dead > dead_max { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
        };
        let result = replay(Arc::clone(&playbook), options, division, Input::AsItIs(input), output, take, |_, _| ());
        (result.map(|(summary, _)| (summary.applied, summary.dead)).map_err(|error| error.kind()), dead)
    };
    let good = || io::Cursor::new(text.clone().into_bytes());
    assert_eq!(run(Box::new(good()), &mut io::sink(), 1000), (Ok((1000, 1000)), 1000));
    assert_eq!(run(Box::new(good()), &mut Breaks(100_000), 1000).0, Err(io::ErrorKind::BrokenPipe));
    assert_eq!(run(Box::new(good()), &mut io::sink(), 10), (Err(io::ErrorKind::StorageFull), 11));
    // What was read before has been dealt with, to the block; often, for the workers that are at it may be found at any point.
    for _ in 0..100 {
        let (result, dead) = run(Box::new(good().chain(Breaks(0))), &mut io::sink(), 1000);
        assert_eq!(result, Err(io::ErrorKind::Other));
        assert!((990..1000).contains(&dead), "{dead}");
    }
}
