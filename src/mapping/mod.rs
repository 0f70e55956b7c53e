//! Records of others as native ones: what `ingest`, `seed`, `replay --source` and `map` take records through.
//!
//! A mapping is a YAML file, checked when it is loaded as a playbook is. docs/reference/sources.md says how it is written. Several ship
//! ([`Mapping::shipped`]). Nothing is guessed: what a mapping does not say is refused, with the field, the value and what would take it; and what
//! it makes has been through the decoder of the service.
//!
//! ```
//! use adoption_tracker::mapping::{Mapping, Outcome};
//!
//! let segment = Mapping::load("segment").expect("it ships");
//! let record = br#"{"type":"track","event":"Contact Created","userId":"ann","timestamp":"2026-10-03T10:15:30Z",
//!     "properties":{"product":"crm","quantity":3},"context":{"groupId":"acme"}}"#;
//! let mut outcomes = Vec::new();
//! segment.map(record, &mut outcomes);
//! let [Outcome::Native(native)] = &outcomes[..] else { panic!("{outcomes:?}") };
//! assert_eq!((&*native.account, native.time_ms), ("acme", 1_791_022_530_000));
//! assert!(native.json.starts_with(r#"{"type":"usage","#), "{}", native.json);
//! ```
//!
//! | module | subject |
//! |---|---|
//! | `keys` | what a mapping may say |
//! | `load` | YAML to a plan, or problems |
//! | `plan` | a mapping as it is followed |
//! | `follow` | a record to native ones |
//! | `convert` | one value, by its form |
//! | `vocabulary` | the native types and their fields |
//! | `shipped` | the mappings that ship |
//! | [`files`] | files of records |
//! | [`tally`] | what became of many records |

pub mod files;
pub mod tally;

mod convert;
mod follow;
mod keys;
mod load;
mod plan;
mod shipped;
mod vocabulary;

use std::fmt;

use crate::input::{InputType, Reason};
use crate::playbook::Problem;

pub use keys::{EVENT_KEYS, FORMATS, MAPPING_KEYS, SOURCE_KEYS};
pub use shipped::{Measured, Shipped};
pub use vocabulary::{NativeField, NativeKind, NativeType, native_types};

/// A loaded mapping.
#[derive(Debug)]
pub struct Mapping {
    name: String,
    input: Input,
    named: Vec<Named>,
    plan: plan::Plan,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A JSON object.
    Json,
    /// A row of a CSV file, whose columns its first line names. [`Mapping::map`] takes it as an object of texts by column.
    Csv,
    /// As Kafka Connect writes it, with `schema` and `payload` or without: pointers begin at the payload.
    Connect,
    /// A change, with `schema` and `payload` or without: pointers begin at the row, `after` or of a deletion `before`.
    Debezium,
}

/// A native record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Native {
    /// On one line, without its end.
    pub json: String,
    /// The key of the Kafka record.
    pub account: String,
    /// Unix milliseconds.
    pub time_ms: i64,
    pub input_type: InputType,
}

/// What became of a record, or of one element of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Native(Native),
    /// No event's `when` holds, or there is nothing that could be one: no value, no elements.
    Unmapped,
    /// The mapping says `drop`.
    Dropped,
    Rejected(Box<Rejected>),
}

impl Outcome {
    /// A native record that is too large for a topic is refused: the brokers' refusal would end the process, each time it is read.
    pub fn within(self, bytes_max: usize) -> Self {
        match self {
            Self::Native(Native { json, account, .. }) if json.len() + account.len() + FRAME_BYTES > bytes_max => {
                Self::Rejected(Box::new(Rejected {
                    reason: RejectedReason::Input(Reason::TooLarge),
                    pointer: String::new(),
                    message: format!("the native record has {} bytes, and the topic takes {bytes_max} with key and frame", json.len()),
                    is_known: true,
                }))
            }
            outcome => outcome,
        }
    }
}

/// What a record of a topic has beside key and value, at most: its batch's 61 bytes, and lengths.
const FRAME_BYTES: usize = 100;

/// Why there is no native record. `Display` gives `/pointer: message`, or the message alone where the whole record is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}{}{message}", if pointer.is_empty() { "" } else { ": " })]
pub struct Rejected {
    pub reason: RejectedReason,
    /// JSON Pointer of the value in the record as it came; empty for the whole record, and where it is of no value of the record.
    pub pointer: String,
    pub message: String,
    /// Whether the `when` of some event held that asks for anything: it is a record of those that the mapping is for.
    pub is_known: bool,
}

/// The class of a rejection, to count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectedReason {
    /// As the decoder's.
    Input(Reason),
    /// A value is in no line of a `map` or `table`, and there is no `else`.
    NotListed,
    /// The mapping says `reject`.
    Told,
}

impl RejectedReason {
    /// The name in counts and logs, in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            RejectedReason::Input(reason) => reason.as_str(),
            RejectedReason::NotListed => "not_listed",
            RejectedReason::Told => "refused_by_mapping",
        }
    }
}

impl fmt::Display for RejectedReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A product or a feature that a mapping names itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub kind: NamedKind,
    pub name: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedKind {
    Product,
    Feature,
}

impl NamedKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            NamedKind::Product => "product",
            NamedKind::Feature => "feature",
        }
    }
}

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Every problem, in the order of the file.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// The text tells what was looked for.
    #[error("{0}")]
    NotFound(String),
}

impl Mapping {
    /// The mapping that ships under a name.
    pub fn shipped_as(name: &str) -> Option<&'static Shipped> {
        Self::shipped().find(|shipped| shipped.name == name)
    }

    /// A mapping that ships, by its name, or one in a file. What has a `/`, a `\` or an ending is a file.
    ///
    /// # Errors
    ///
    /// There is no such mapping or file, or everything that is wrong with it.
    pub fn load(name_or_path: &str) -> Result<Self, LoadError> {
        if let Some(shipped) = Self::shipped_as(name_or_path) {
            return Self::parse(&shipped.file(), shipped.yaml).map_err(LoadError::Problems);
        }
        match std::fs::read_to_string(name_or_path) {
            Ok(yaml) => Self::parse(name_or_path, &yaml).map_err(LoadError::Problems),
            Err(_) if !name_or_path.contains(['/', '\\', '.']) => {
                let known = Self::shipped().map(|shipped| shipped.name);
                let message = crate::playbook::unknown("mapping", name_or_path, "", known);
                Err(LoadError::NotFound(format!("{message} (a file of your own is given by its path, as ./{name_or_path}.yaml)")))
            }
            Err(error) => Err(LoadError::NotFound(format!("{name_or_path}: the mapping cannot be read: {error}"))),
        }
    }

    /// A mapping from its text. `file` is the name that problems are told under.
    ///
    /// # Errors
    ///
    /// Every problem, in the order of the file.
    pub fn parse(file: &str, yaml: &str) -> Result<Self, Vec<Problem>> {
        let load::Loaded { name, input, plan, named } = load::load(file, yaml)?;
        Ok(Self { name, input, plan, named })
    }

    /// The mappings that ship, by name.
    pub fn shipped() -> impl Iterator<Item = &'static Shipped> {
        shipped::SHIPPED.iter()
    }

    /// The shipped mapping that takes the most of some lines, at least half of them: those that it maps, and those that it knows and has to refuse.
    pub fn that_takes(lines: &[u8]) -> Option<&'static Shipped> {
        let mut best: Option<(u64, &'static Shipped)> = None;
        for shipped in Self::shipped() {
            let Ok(mapping) = Self::parse(&shipped.file(), shipped.yaml) else { continue };
            let records = files::Records::new(Box::new(std::io::Cursor::new(lines.to_vec())), mapping.input(), lines.len());
            let mut mapped = files::Mapped::new(records, mapping);
            let mut taken = 0;
            let mut read = || {
                mapped.read(|_, _, outcomes| {
                    let is_taken = |outcome: &Outcome| match outcome {
                        Outcome::Native(_) => true,
                        Outcome::Rejected(rejected) => rejected.is_known,
                        Outcome::Unmapped | Outcome::Dropped => false,
                    };
                    taken += u64::from(outcomes.iter().any(is_taken));
                })
            };
            while read().is_ok_and(|is_read| is_read) {}
            if 2 * taken >= mapped.tally.read && taken > best.map_or(0, |(most, _)| most) {
                best = Some((taken, shipped));
            }
        }
        best.map(|(_, shipped)| shipped)
    }

    /// As the mapping names itself.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn input(&self) -> Input {
        self.input
    }

    /// The products and features that the mapping names itself, in the order of the file.
    pub fn named(&self) -> &[Named] {
        &self.named
    }

    /// Adds what becomes of a record to `outcomes`: one for each element where the mapping says `each`, else one. An empty value (a tombstone) is
    /// unmapped. Of a record that is bad as a whole there is one rejection; a bad element leaves the others as they are.
    pub fn map(&self, value: &[u8], outcomes: &mut Vec<Outcome>) {
        follow::follow(&self.plan, value, outcomes);
    }
}
