//! Fuzzing mappings and the readers of files. Under `cargo test` these run for a moment with random input.
//!
//! What must hold for any bytes: no panic; every native record decodes to what is said of it; a reader ends, and all that it hands over is within
//! the bound.

use std::io::Cursor;

use adoption_tracker::input::{Limits, decode};
use adoption_tracker::mapping::files::Records;
use adoption_tracker::mapping::{Input, Mapping, Outcome};

const INPUTS: [Input; 4] = [Input::Json, Input::Csv, Input::Connect, Input::Debezium];
const RECORD_BYTES_MAX: usize = 200;

/// Of which fuzzed records are made.
const SAMPLES: [&str; 7] = [
    include_str!("../samples/segment-python-track.json"),
    include_str!("../samples/snowplow.json"),
    include_str!("../samples/debezium.json"),
    include_str!("../samples/connect-json-schema.json"),
    include_str!("../samples/amplitude.json"),
    include_str!("records/salesforce-cdc.jsonl"),
    include_str!("records/stripe.jsonl"),
];

const PIECES: [&str; 24] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "0",
    "-",
    ".",
    "e",
    "1e999",
    "\\ud800",
    "\\n",
    "\u{0}",
    "é",
    "true",
    "\"\"",
    "1e15",
    "\n",
    "\n{",
    "99999999999999999999",
];

fn check(mapping: &Mapping, value: &[u8]) {
    let mut outcomes = Vec::new();
    mapping.map(value, &mut outcomes);
    assert!(!outcomes.is_empty());
    for outcome in outcomes {
        if let Outcome::Native(native) = outcome {
            assert!(!native.json.contains('\n'), "{}", native.json);
            let limits = Limits { check_key: true, ..Limits::default() };
            let event = decode(Some(native.account.as_bytes()), native.json.as_bytes(), Vec::new, &limits);
            let event = event.unwrap_or_else(|reject| panic!("{}: {reject}", native.json));
            assert_eq!((event.time_ms, event.body.input_type()), (native.time_ms, native.input_type), "{}", native.json);
        }
    }
}

fn mappings() -> Vec<Mapping> {
    Mapping::shipped().map(|shipped| Mapping::load(shipped.name).expect("it ships")).collect()
}

#[test]
fn map_bytes() {
    let mappings = std::sync::Mutex::new(mappings());
    bolero::check!().for_each(|value: &[u8]| {
        mappings.lock().expect("nothing panicked").iter().for_each(|mapping| check(mapping, value));
    });
}

#[test]
fn map_broken_samples() {
    let mappings = std::sync::Mutex::new(mappings());
    bolero::check!().with_type::<(u8, Vec<(u16, u8, u8)>)>().for_each(|(sample, edits)| {
        let sample = SAMPLES[usize::from(*sample) % SAMPLES.len()];
        for line in sample.lines().take(2) {
            let mut value = line.as_bytes().to_vec();
            for (place, piece, removed) in edits {
                let start = usize::from(*place) % (value.len() + 1);
                let end = value.len().min(start + usize::from(removed % 4));
                value.splice(start..end, PIECES[usize::from(*piece) % PIECES.len()].bytes());
            }
            mappings.lock().expect("nothing panicked").iter().for_each(|mapping| check(mapping, &value));
        }
    });
}

#[test]
fn read_files() {
    bolero::check!().with_type::<(Vec<u8>, Vec<u8>)>().for_each(|(bytes, pieces)| {
        let of_pieces: String = pieces.iter().map(|piece| PIECES[usize::from(*piece) % PIECES.len()]).collect();
        for text in [bytes.clone(), of_pieces.into_bytes()] {
            for input in INPUTS {
                let mut records = Records::new(Box::new(Cursor::new(text.clone())), input, RECORD_BYTES_MAX);
                let mut count = 0;
                while let Ok(Some(record)) = records.read() {
                    if let Ok(value) = record.value {
                        assert!((1..=RECORD_BYTES_MAX).contains(&value.len()), "{input:?} {text:?}");
                    }
                    count += 1;
                    assert!(count <= text.len(), "{input:?} {text:?}");
                }
            }
        }
    });
}

/// A mapping is a file that somebody wrote: whatever is in it, it loads or is told what is wrong with it.
#[test]
fn load_broken_mappings() {
    bolero::check!().with_type::<(u8, Vec<(u16, u8, u8)>)>().for_each(|(which, edits)| {
        let all: Vec<&str> = Mapping::shipped().map(|shipped| shipped.yaml).collect();
        let mut yaml = all[usize::from(*which) % all.len()].as_bytes().to_vec();
        for (place, piece, removed) in edits {
            let start = usize::from(*place) % (yaml.len() + 1);
            let end = yaml.len().min(start + usize::from(*removed));
            yaml.splice(start..end, PIECES[usize::from(*piece) % PIECES.len()].bytes());
        }
        let yaml = String::from_utf8_lossy(&yaml);
        if let Err(problems) = Mapping::parse("m.yaml", &yaml) {
            assert!(!problems.is_empty());
        }
    });
}
