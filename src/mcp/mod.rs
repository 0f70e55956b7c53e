//! Tools for agents, by the Model Context Protocol.
//!
//! ```text
//!   POST /mcp (api) ──► Server ──► a tool of the table ──► Source ──► the API's own questions to the partitions
//!   stdio (cli) ──────────┘                                  └──────► the accounts of a file
//! ```
//!
//! | module | subject |
//! |---|---|
//! | `server` | the protocol, which `rmcp` speaks |
//! | `tools` | the table of tools, a file for what belongs together |
//! | `arguments` | what a tool is called with, read by the schema of what it becomes |
//! | `bounds` | how much an answer may have, and what it says of the rest |
//! | `source` | whom tools ask |
//! | `refusal` | why a question was not answered |
//!
//! A tool is a function of the views: it chooses, orders and cuts what they tell, and computes no figure. What customers wrote stands in fields of
//! its own, cut to a length, and never in a sentence: an agent reads sentences as ours. `docs/reference/agents.md` is for those who connect one.

mod arguments;
mod bounds;
mod refusal;
mod server;
mod source;
mod tools;

#[cfg(test)]
mod tests;

pub use arguments::Arguments;
pub use refusal::{Refusal, Result};
pub use server::{INSTRUCTIONS, Note, Server, VERSIONS, result, served_tool, told_error};
pub use source::{AccountPage, AccountsWanted, AsOf, Asking, Missing, Source, Told};
pub use tools::{Answered, Listed, call, canonical_name, listed};
