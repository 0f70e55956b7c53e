//! Mappings: what they make of what tools write, what is said of wrong ones, and that nothing is lost on the way.
//!
//! | module | what would break it |
//! |---|---|
//! | `golden` | a shipped mapping, or what it makes of `tests/samples` and of `records`, which were made after what the makers publish |
//! | `errors` | what the owner of a mapping is told |
//! | `refusals` | what is told of a record that a mapping cannot take |
//! | `round_trip` | a native record that does not come back from a form that can carry it |
//! | `fuzz` | bytes that make it panic |
//! | `commands` | `map`, and `--source` of `replay` and `check`, against the binary |

#[path = "../binary/mod.rs"]
mod binary;
#[path = "../carets/mod.rs"]
mod carets;
mod commands;
mod errors;
mod fuzz;
mod golden;
mod refusals;
mod round_trip;

use adoption_tracker::mapping::files::{Mapped, Records};
use adoption_tracker::mapping::{Mapping, Outcome};

/// What becomes of the records of a text, with the line of each.
fn outcomes(mapping: Mapping, text: &[u8]) -> Vec<(u64, Outcome)> {
    let records = Records::new(Box::new(std::io::Cursor::new(text.to_vec())), mapping.input(), 1 << 20);
    let mut mapped = Mapped::new(records, mapping);
    let mut found = Vec::new();
    while mapped.read(|line, _, outcomes| found.extend(outcomes.drain(..).map(|outcome| (line, outcome)))).expect("memory can be read") {}
    found
}

/// Of a mapping that has no problem.
fn mapping(yaml: &str) -> Mapping {
    Mapping::parse("m.yaml", yaml)
        .unwrap_or_else(|problems| panic!("{}\n{yaml}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// What becomes of one record, in a line.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Native(native) => native.json.clone(),
        Outcome::Unmapped => "unmapped".to_owned(),
        Outcome::Dropped => "dropped".to_owned(),
        Outcome::Rejected(rejected) => format!("{}: {rejected}", rejected.reason),
    }
}
