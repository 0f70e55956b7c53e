//! What happened: counts per day, users, levels, terms, profile. Never a rule's verdict, so that an edited rule is right over
//! its whole window, and never more of the playbook than names, so that facts can be redone from the input by any version of it.

mod block;
mod cells;
mod counts;
mod features;
mod gauge;
mod outcomes;
mod product;
mod profile;
mod rows;
mod term;
mod told;
mod user_days;
mod users;

pub use block::{Block, PageRows, v1::page as v1_page};
pub use cells::{Cells, WrittenCells};
pub use counts::DayCounts;
pub use features::FeatureDays;
pub use gauge::{DayLevel, Gauge};
pub use outcomes::{Outcome, Outcomes};
pub use product::{CountedUser, Led, Product, Room, Workflow};
pub use profile::{Contract, Health, Nps, Profile, RecentIds, Signals, Touchpoint, UserProfile};
pub use rows::UserRows;
pub use term::{Entitlements, Term, TermContext, TermState, Terms};
pub use told::{Answer, UserTold};
pub use user_days::{RecentDays, UserDays};
pub use users::{Standing, UserIndex, Users};
