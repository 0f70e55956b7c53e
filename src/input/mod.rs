//! The input side: the bytes of a record in, an event or a dead letter's reason out.
//!
//! Nothing here knows a clock, an account or Kafka. The decoder is hand-written because it runs once per event: it scans the
//! whole record in one pass and converts only the fields that its type has, without allocating for usage and gauges. Records of the other
//! types, which come seldom, are scanned a second time, so that the first pass knows the fields of usage and gauges alone.
//!
//! ```
//! use adoption_tracker::input::{Body, Limits, decode};
//!
//! let value = br#"{"type":"usage","time":"2026-10-03T10:15:30Z","account":"acme","product":"crm","feature":"contact.created"}"#;
//! let event = decode(Some(b"acme"), value, Vec::new, &Limits::default())?;
//! assert_eq!(event.time_ms, 1_791_022_530_000);
//! assert!(matches!(event.body, Body::Usage { quantity: 1, .. }));
//!
//! let value = br#"{"type":"usage","time":"2026-10-03T10:15:30Z","account":"acme","product":"crm","quantity":3.5}"#;
//! let reject = decode(Some(b"acme"), value, Vec::new, &Limits::default()).expect_err("3.5 is not an integer");
//! assert_eq!(reject.to_string(), "/quantity: expected an integer 1..=1000000000, found 3.5");
//! # Ok::<(), Box<adoption_tracker::input::Reject>>(())
//! ```
//!
//! | module | subject |
//! |---|---|
//! | [`decode`](mod@decode) | the order of the checks |
//! | `record` | the types of record, a file for each, and their list |
//! | `envelope` | CloudEvents and the frame of a schema registry |
//! | `json` | the scanner |
//! | `field` | where the fields of one object stand |
//! | `convert`, `instant` | from raw values to values |
//! | `pointers` | values anywhere in a record of any form, for mappings |
//! | `glance` | what can be told of a record without decoding it |
//! | `value` | values of fields for which Rust has no type |
//! | [`event`] | what comes out |
//! | [`reject`] | what comes out otherwise |
//! | [`wire`] | the same records as serde types, for schemas, generators and tests |

pub mod decode;
pub mod event;
pub mod reject;
pub mod wire;

mod convert;
mod envelope;
mod field;
mod glance;
pub(crate) mod instant;
mod json;
pub(crate) mod pointers;
mod record;
mod value;

pub use convert::{COUNT_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};
pub use decode::decode;
pub(crate) use envelope::unframed;
pub use event::Event;
pub use glance::{Glance, Glimpse};
pub use instant::{MS_MAX, MS_MIN};
pub(crate) use json::{Kind, Raw};
pub use record::{
    AccountPatch, Body, Contract, Entitlement, EntitlementStatus, Erase, Health, InputType, Integration, IntegrationStatus, Nps, Outcome,
    OutcomeKind, Record, Task, TaskStatus, Touchpoint, TouchpointKind, UserLevel, UserPatch, Workflow,
};
pub(crate) use reject::shortened;
pub use reject::{Reason, Reject};
pub use value::{DATE_PATTERN, Date, Patch};

/// A header of a record: name and value.
pub type Header<'a> = (&'a str, &'a [u8]);

/// Bounds on a record, and what stands in for what it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest value in bytes, included.
    pub max_record_bytes: usize,
    /// Whether the record's key must be its account; `false` in `replay`, where lines carry no key.
    pub check_key: bool,
    /// Unix milliseconds of the Kafka record, where they are the time of an event that has none: `engine.time_from_record`.
    pub record_ms: Option<i64>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { max_record_bytes: 1024 * 1024, check_key: true, record_ms: None }
    }
}
