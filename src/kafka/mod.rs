//! The Kafka side: bytes, offsets and transactions, never stages.
//!
//! | module | what it holds |
//! |---|---|
//! | [`config`] | the librdkafka settings of each client role, and which of them nobody may override |
//! | [`error`] | one function from an error to what to do next: [`Verdict`] |
//! | [`message`], [`queue`] | batches of borrowed records straight from librdkafka's partition queues |
//! | [`consumer`] | the group member: rebalances become events that the worker answers in its own time |
//! | [`transaction`] | the transactional producer |
//! | [`reader`] | reading one partition from here to there, outside the group: changelog and redo |
//! | [`ends`] | where the inputs end, asked once a second: only what was read to its end lets the clock run on |
//! | [`orphans`] | partitions that the group has given to nobody |
//! | [`admin`] | creating and checking the topics |
//!
//! The issue numbers in the comments are explained in `docs/kafka-pitfalls.md`.

pub mod admin;
pub mod config;
pub mod consumer;
pub mod ends;
pub mod error;
pub mod message;
pub mod orphans;
pub mod queue;
pub mod reader;
pub mod transaction;

mod context;

pub use config::{Connection, GroupProtocol, Topics};
pub use context::Outages;
pub use error::{Failure, Step, Verdict};
