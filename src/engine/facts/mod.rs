//! What happened: counts per day, users, levels, terms, profile. Never a rule's verdict, so that an edited rule is right over
//! its whole window, and never more of the playbook than names, so that facts can be redone from the input by any version of it.

mod cells;
mod counts;
mod features;
mod product;
mod profile;
mod rows;
mod term;
mod users;

pub use cells::{Cells, WrittenCells};
pub use counts::DayCounts;
pub use features::FeatureDays;
pub use product::{CountedUser, Gauge, Product, Workflow};
pub use profile::{Contract, Health, Nps, Outcome, Profile, RecentIds, Signals, Task, Touchpoint, UserProfile};
pub use rows::UserRows;
pub use term::{Entitlements, Term, TermContext, TermState, Terms};
pub use users::{Standing, UserIndex, Users};
