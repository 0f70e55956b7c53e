//! The portfolio: what is counted over many accounts, and the figures that follow.
//!
//! An account's [`Contribution`] is added to [`Counts`] and taken out again when the account is another. Counts of parts of the accounts add up;
//! [`Figures`] follow from the counts of all. docs/reference/portfolio.md defines each.
//!
//! | module | subject |
//! |---|---|
//! | `outline` | what counts are by: the playbook's lists |
//! | `contribution` | an account's part, in few bytes |
//! | `sums` | counts that need no list |
//! | `group` | the counts of some accounts |
//! | `counts` | those of all, and of each segment |
//! | `record` | counts by name, as they are handed from partition to partition |
//! | `digits` | long lists of numbers as short texts |
//! | `histogram` | how numbers of accounts are spread |
//! | `survival` | after how many days a second product was adopted |
//! | `exact` | a figure before it is rounded |
//! | `figures` | what follows from counts |
//! | `targets` | figures against what they are to reach |
//! | `tracker` | counts that are kept up with an engine's accounts |

mod contribution;
mod counts;
mod digits;
mod exact;
mod figures;
mod group;
mod histogram;
mod outline;
mod record;
mod sums;
mod survival;
mod targets;
mod tracker;

pub use contribution::Contribution;
pub use counts::Counts;
pub use exact::Exact;
pub use figures::{Adopted, Figures, Named, Pair, Percentiles, Quadrants, SecondProduct, figures};
pub use outline::Outline;
pub use record::{CountsRecord, GroupRecord};
pub use targets::{TargetState, judged};
pub use tracker::Tracker;

use crate::engine::Engine;

/// The counts of all accounts of an engine, as they stand.
pub fn counted(engine: &Engine, outline: &Outline) -> Counts {
    let census = engine.census();
    let mut counts = Counts::new(outline);
    for (index, _) in engine.accounts().numbered() {
        let (entry, values) = engine.entry(index, &census);
        counts.add(&Contribution::new(&entry, &values, outline));
    }
    counts
}
