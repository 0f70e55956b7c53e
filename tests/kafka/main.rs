//! Tests on a real Apache Kafka broker: what a `read_committed` consumer of the service sees equals what `replay` says of
//! the same lines, once each, whatever is killed, stopped or restarted meanwhile.
//!
//!     tests/kafka-broker/fetch.sh              once: jars, storage template, class archive, kcat
//!     cargo test --test kafka                  all; each test prints its seed and its figures with -- --nocapture
//!
//! | variable | meaning |
//! |---|---|
//! | `ADOPTION_SEED` | repeats a failed test's stream and moments |
//! | `ADOPTION_KILLS` | how often `kill_nine` kills; default 20 |
//! | `ADOPTION_RATE` | live events a second; default 2000 |
//! | `ADOPTION_SKIP_KAFKA=1` | the only way to skip: whatever else is missing is a failure |
//!
//! A failed test keeps its files (input, settings, logs) in `target/tmp/kafka-<pid>`; a passed one removes them.

mod broker;
mod java;
mod outputs;
mod process;
mod proxy;
mod receiver;
mod scenario;
mod service;
mod stream;
mod topics;

mod tests {
    mod api;
    mod bad_input;
    mod broker_restart;
    mod connections_cut;
    mod crashes;
    mod deliver;
    mod erase;
    mod fan_out;
    mod foreign_client;
    mod group_tool;
    mod harness;
    mod history;
    mod ingest;
    mod membership;
    mod partitioners;
    mod portfolio;
    mod refusals;
    mod restore;
    mod round_trip;
    mod seed;
    mod topic_settings;
    mod topics_change;
    mod transactions;
    mod two_weeks_down;
}
