//! What operators see: metrics, probes, logs, and the watchdog that ends a process that is stuck.
//!
//! | file | subject |
//! |---|---|
//! | `board` | what each partition is at, and the last dead letters |
//! | `health` | signs of life of the workers, what is restored, whether the process is leaving |
//! | `metrics` | the Prometheus metrics and the one table of their names |
//! | `process` | CPU, memory and start time from /proc, as metrics |
//! | `http` | `/metrics`, `/livez`, `/readyz`, `/startupz` |
//! | `logs` | tracing to standard error, text or JSON |
//! | `watchdog` | ends the process when a worker is silent too long |
//!
//! Workers push into `health` and `metrics`; nothing here asks a worker anything, so a stuck worker cannot block a probe.

pub mod board;
pub mod health;
pub mod http;
pub mod logs;
pub mod metrics;
mod process;
pub mod watchdog;

pub use board::Board;
pub use health::Health;
pub use metrics::Metrics;
