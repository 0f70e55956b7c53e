//! Figures of the fleet against what they are to reach, or not to exceed.

use std::cmp::Ordering;

use super::exact::Exact;
use super::figures::Figures;
use super::outline::Outline;
use crate::playbook::{Bound, Target};

/// How a figure stands against its target.
#[derive(Clone, Debug)]
pub struct TargetState<'a> {
    pub target: &'a Target,
    pub value: Exact,
    /// The bound itself meets it; `None` where the figure is missing.
    pub met: Option<bool>,
}

/// In the playbook's order.
pub fn judged<'a>(figures: &Figures, outline: &'a Outline) -> Vec<TargetState<'a>> {
    let targets = outline.playbook.targets.iter();
    let state = |target: &'a Target| {
        let value = figures.number(target.figure, outline);
        let met = match target.bound {
            Bound::AtLeast(bound) => value.compare(bound).map(Ordering::is_ge),
            Bound::AtMost(bound) => value.compare(bound).map(Ordering::is_le),
        };
        TargetState { target, value, met }
    };
    targets.map(state).collect()
}
