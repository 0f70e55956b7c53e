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
//! | [`outputs`] | the topics of outputs, read from here to there or followed, outside the group |
//! | [`subscriber`] | a member of another group, which reads outputs and commits what was done with them |
//! | [`writer`] | single records to an input topic, or to that of what could not be delivered |
//! | [`bulk`] | many records to an input topic: a history |
//! | [`table`] | a compacted topic read as a table |
//! | [`ends`] | where the inputs end, asked once a second: only what was read to its end lets the clock run on |
//! | `describe` | which topics stand behind the names, and whether they are still the same |
//! | [`orphans`] | partitions that the group has given to nobody |
//! | [`admin`], [`topic_settings`] | creating and checking the topics; what their settings must be |
//!
//! The issue numbers in the comments are explained in `docs/kafka-pitfalls.md`.

pub mod admin;
pub mod bulk;
pub mod config;
pub mod consumer;
pub mod ends;
pub mod error;
pub mod message;
pub mod orphans;
pub mod outputs;
pub mod queue;
pub mod reader;
pub mod subscriber;
pub mod table;
pub mod topic_settings;
pub mod transaction;
pub mod writer;

mod context;
mod describe;

pub use config::{Connection, GroupProtocol};
pub use context::Outages;
pub use error::{Failure, Step, Verdict};
