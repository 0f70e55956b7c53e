//! What people, pages and tools see: typed answers, which everything else only renders.

pub mod account;
mod date;

pub use date::Date;
