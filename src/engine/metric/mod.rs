//! The metrics: one [`Def`] each, in a file for each family, and what is read by them of an account on its day D.

mod account;
mod audience;
mod change;
mod definition;
mod depth;
mod enabled;
mod fit;
mod people;
mod platform;
mod relations;
mod stages;
mod terms;
mod together;
mod usage;
mod users;
mod value;
mod verdicts;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::account::{Account, AccountProduct, Stage};
use super::day::Day;
use super::facts::{Cells, Product, TermState};
use super::rows::{ACCOUNT_ROW, USER_ROW};
use crate::playbook::vocabulary::{Needed, Number as Limit, Reads, Signature};
use crate::playbook::{HELD_DAYS, Metric, Playbook, Problem, SHIPPED, Vocabulary};
pub use definition::{Def, Due, FeatureFacts, Gap, Heading, Of, OfAccount, OfProduct, OfUser, Window};
pub use enabled::{Enabled, has_addon_never_used, is_effective};
pub use platform::{days_of_use, features_by_day};
pub use stages::path_followed;
pub use users::champions_by;

/// Every metric, in the reference's order.
pub static METRICS: &[&Def] = &[
    &usage::EVENTS_OF,
    &depth::GAUGE_LEVEL,
    &people::ACTIVE_USERS,
    &people::USERS_OF,
    &usage::ACTIVE_DAYS,
    &usage::ACTIVE_WEEKS,
    &depth::FEATURES_USED,
    &depth::FEATURE_SHARE,
    &terms::SEATS,
    &terms::SEATS_DAYS,
    &terms::SEATS_ADDED,
    &terms::ENTITLED,
    &terms::ENTITLED_DAYS,
    &terms::PLAN,
    &terms::TRIALING,
    &terms::TERM_DAYS_LEFT,
    &people::LICENSE_UTILIZATION,
    &usage::DAYS_SINCE_USE,
    &usage::DAYS_SINCE_FIRST_USE,
    &stages::STAGE_DAYS,
    &change::USAGE_CHANGE,
    &change::USAGE_SHIFT,
    &change::FREQUENCY_CHANGE,
    &people::STICKINESS,
    &depth::CONCENTRATION,
    &depth::INTEGRATIONS,
    &depth::WORKFLOW_RUNS,
    &change::USERS_CHANGE,
    &change::UTILIZATION_CHANGE,
    &change::FEATURE_CHANGE,
    &depth::MODULES_USED,
    &depth::MODULES,
    &enabled::FEATURES_ENABLED,
    &enabled::ENABLED_SHARE,
    &enabled::UNUSED_FEATURES,
    &enabled::EFFECTIVE_FEATURES,
    &enabled::ADDONS,
    &enabled::ADDONS_UNUSED,
    &value::VALUE_REALIZED,
    &value::HOURS_SAVED,
    &stages::STAGE_OF,
    &stages::ADOPTED_DAYS,
    &stages::LOST_DAYS,
    &fit::CRITERIA_PROGRESS,
    &fit::FIT,
    &verdicts::MILESTONE_OF_PRODUCT,
    &verdicts::DAYS_SINCE_MILESTONE_OF_PRODUCT,
    &verdicts::ALERT_OPEN_OF_PRODUCT,
    &verdicts::PLAY_OPEN_OF_PRODUCT,
    &terms::PRODUCTS_ENTITLED,
    &account::PRODUCTS_ACTIVE,
    &stages::PRODUCTS_ADOPTED,
    &stages::BREADTH,
    &stages::ACCOUNT_STAGE_DAYS,
    &account::OBSERVED_DAYS,
    &stages::FIRST_PRODUCT_DAYS,
    &stages::DAYS_TO_SECOND_PRODUCT,
    &stages::ACCOUNT_STAGE_OF,
    &stages::PRODUCTS_ADDED,
    &stages::PRODUCTS_LOST,
    &stages::PRIMARY_PRODUCT,
    &stages::SECOND_PRODUCT,
    &stages::NEXT_PRODUCT,
    &relations::DAYS_SINCE_TOUCHPOINT,
    &account::EMPLOYEES,
    &account::NAME,
    &account::INDUSTRY,
    &account::REGION,
    &account::ARR,
    &account::DAYS_TO_RENEWAL,
    &account::ONBOARDED_DAYS,
    &account::OWNER,
    &account::ACCOUNT_EXECUTIVE,
    &account::SUCCESS_ROLE,
    &account::USE_CASES,
    &account::HOLIDAY,
    &platform::EVENTS_OF,
    &platform::ACTIVE_DAYS,
    &platform::DAYS_SINCE_USE,
    &platform::FEATURES_USED,
    &platform::MODULES_USED,
    &platform::USAGE_CHANGE,
    &platform::FREQUENCY_CHANGE,
    &audience::USERS_KNOWN,
    &audience::ACTIVE_USERS,
    &audience::LOGIN_RATE,
    &audience::DEPARTMENTS,
    &audience::DEPARTMENTS_ACTIVE,
    &audience::LEVELS,
    &audience::LEVELS_ACTIVE,
    &audience::EXPOSURE,
    &audience::STICKINESS,
    &audience::USERS_CHANGE,
    &audience::PERSONA,
    &audience::KEY_USERS_GONE,
    &together::INTEGRATIONS_ACTIVE,
    &together::INTEGRATIONS_POSSIBLE,
    &together::INTEGRATION_SCORE,
    &together::WORKFLOW_RUNS,
    &together::SYNERGIES_UNLOCKED,
    &together::SYNERGIES_UNTAPPED,
    &verdicts::SEGMENT,
    &verdicts::MILESTONE,
    &verdicts::DAYS_SINCE_MILESTONE,
    &verdicts::ALERT_OPEN,
    &verdicts::PLAY_OPEN,
    &verdicts::OPEN_PLAYS,
    &verdicts::DAYS_SINCE_PLAY,
    &verdicts::BENCHMARK,
    &relations::HEALTH,
    &relations::NPS,
    &relations::NPS_ANSWERS,
    &relations::DAYS_SINCE_NPS,
    &relations::MRR,
    &relations::MRR_CHANGE,
    &relations::CHURNED,
    &users::ACTIVE_DAYS,
    &users::ACTIVE_WEEKS,
    &users::DAYS_SINCE_USE,
    &users::DAYS_SINCE_FIRST_USE,
    &users::PRODUCTS_USED,
    &users::FEATURES_USED,
    &users::MODULES_USED,
    &users::USED,
    &users::KNOWN_DAYS,
    &users::NAME,
    &users::EMAIL,
    &users::LEVEL,
    &users::ROLE,
    &users::DEPARTMENT,
    &users::KEY,
    &users::DAYS_SINCE_TOUCHPOINT,
    &users::NPS_SCORE,
    &users::DAYS_SINCE_NPS,
    &users::GONE_DAYS,
    &verdicts::ALERT_OPEN_OF_USER,
    &verdicts::PLAY_OPEN_OF_USER,
];

const N: Limit = Limit { label: "N", needed: Needed::Optional, min: 1, days: 1, beside: 0, reads: Reads::Trailing { complete: true } };
/// Of what has no complete days of its own.
const N_UP_TO_D: Limit = Limit { reads: Reads::Trailing { complete: false }, ..N };
const N_OF_CHANGE: Limit = Limit { needed: Needed::Required, days: 2, reads: Reads::Complete, ..N };
const W: Limit = Limit { label: "W", needed: Needed::Required, days: 7, ..N };

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary {
    metrics: METRICS.iter().map(|def| &def.signature).collect(),
    account_row: &ACCOUNT_ROW,
    user_row: &USER_ROW,
    activated: "active_days >= 1",
    regular_use: "active_days(7) >= 1",
    proficient: "features_used(\"advanced\") >= 1",
    integrated: "integrations >= 1 || workflow_runs >= 1",
});

/// Definitions by the address of their signature, which is a static's.
static BY_SIGNATURE: LazyLock<HashMap<usize, &'static Def, foldhash::fast::FixedState>> =
    LazyLock::new(|| METRICS.iter().map(|def| (address(&def.signature), *def)).collect());

fn address(signature: &'static Signature) -> usize {
    std::ptr::from_ref(signature).addr()
}

/// The definition of a metric of the engine's vocabulary.
pub fn def(metric: &Metric) -> &'static Def {
    BY_SIGNATURE.get(&address(metric.signature)).expect("conditions are loaded against the engine's vocabulary")
}

impl Playbook {
    /// Loads and checks a playbook; see [`Playbook::load_with`].
    ///
    /// # Errors
    ///
    /// Every problem, in the order of the file.
    pub fn load(file: &str, yaml: &str) -> Result<Self, Vec<Problem>> {
        Self::load_with(file, yaml, &VOCABULARY)
    }

    /// The playbook that ships with the service.
    pub fn shipped() -> Self {
        Self::load("deploy/playbook.yaml", SHIPPED).expect("the shipped playbook is checked by a test")
    }
}

/// The day on which the sum over the trailing days falls below a bound, if nothing is added.
fn falls(counts: Cells<'_>, days: u16, today: Day, low: i64) -> Option<Day> {
    if low <= 0 {
        return None;
    }
    let from = today - Day::from(days) + 1;
    falls_below(counts.sum(from, today), counts.days_within(from, today), days, low)
}

/// The day on which a sum falls below a bound, if nothing is added, by what it is made of, the earliest day first.
fn falls_below(sum: u64, ascending: impl Iterator<Item = (Day, u64)>, days: u16, low: i64) -> Option<Day> {
    if low <= 0 {
        return None;
    }
    let mut left = i128::from(sum);
    for (day, count) in ascending {
        left -= i128::from(count);
        if left < i128::from(low) {
            return Some(day + Day::from(days));
        }
    }
    None
}

/// The day on which the users of a product, or of a feature, fall below a bound, if nobody comes.
fn users_fall(facts: &Product, feature: Option<usize>, days: u16, today: Day, low: i64) -> Option<Day> {
    if low <= 0 {
        return None;
    }
    let from = today - Day::from(days) + 1;
    let (mut by_day, mut sum) = ([0u64; HELD_DAYS as usize], 0);
    facts.users.last_days(feature, from, facts.last_use, |day, users| {
        if let Some(of_day) = by_day.get_mut((day - from) as usize) {
            *of_day += users;
            sum += users;
        }
    });
    let ascending = (from..).zip(by_day).filter(|&(_, users)| users > 0);
    falls_below(sum, ascending, days, low)
}

/// Whether the ladder's `entitled` holds of a product, and whether the product is to be at `none` whatever holds, as a term has ended or the
/// account is closed.
pub fn entitled_stage(account: &Account, position: usize) -> (bool, bool) {
    let product = &account.products[position];
    match product.facts.entitlements.state() {
        _ if account.is_closed() => (false, true),
        TermState::InForce => (true, false),
        TermState::Ended => (false, true),
        TermState::NeverTold => (is_held_by_use(product, account.day), false),
    }
}

/// Whether a product of which no term was told counts as entitled, for it was used of late.
pub fn is_held_by_use(product: &AccountProduct, today: Day) -> bool {
    // Compared so that "never" needs no case of its own.
    product.facts.last_use > today - HELD_DAYS
}

/// The first day after D on which [`entitled_stage`] may be another, or what is in force, although nothing happens.
pub fn entitled_due(product: &AccountProduct, today: Day, grace_days: Day) -> Option<Day> {
    let facts = &product.facts;
    let unused = is_held_by_use(product, today).then(|| facts.last_use + HELD_DAYS);
    [unused, facts.entitlements.next_change(today, grace_days)].into_iter().flatten().min()
}

/// The highest stage whose condition holds, given the truth of each above `entitled`.
pub fn derive_stage(cumulative: bool, entitled: bool, holds: [bool; 4]) -> Stage {
    let steps = [entitled, holds[0], holds[1], holds[2], holds[3]];
    let reached = if cumulative {
        steps.iter().take_while(|&&holds| holds).count()
    } else {
        steps.iter().rposition(|&holds| holds).map_or(0, |step| step + 1)
    };
    Stage::ALL[reached]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_is_climbed_step_by_step_or_by_the_highest() {
        for (cumulative, entitled, holds, stage) in [
            (true, false, [true; 4], Stage::None),
            (true, true, [true, false, true, true], Stage::Activated),
            (true, true, [true; 4], Stage::Integrated),
            (false, false, [false, true, false, false], Stage::Adopted),
            (false, true, [false; 4], Stage::Entitled),
            (false, false, [false; 4], Stage::None),
        ] {
            assert_eq!(derive_stage(cumulative, entitled, holds), stage);
        }
    }
}
