//! What people, pages and tools see: typed answers, which everything else only renders.

pub mod account;
mod build;
mod date;
mod fleet;

pub use build::account_view;
pub use date::Date;
pub use fleet::Fleet;
