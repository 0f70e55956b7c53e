//! How much and how often the products that the playbook names are used, all together.

use super::change::{self, Compared, of_one_kind_since, usage_change};
use super::definition::{Def, Due, Gap, Heading, Of, OfAccount, Window, count};
use super::depth::{features_used, modules_of, used_of_catalogue};
use super::{N_OF_CHANGE, N_UP_TO_D};
use crate::engine::day::{Day, NEVER};
use crate::engine::plan::Growth;
use crate::engine::plan::family::{ACTIVE_DAY, DAY, EVENTS, FEATURE_DAYS, PAST};
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature};

/// A metric over the trailing window.
const fn windowed(name: &'static str, usage: &'static str) -> Signature {
    Signature::windowed(name, usage, N_UP_TO_D).of(Whose::Account)
}

pub static EVENTS_OF: Def = Def::new(
    Heading::Account,
    windowed("events", "events(N?)"),
    EVENTS | DAY,
    Due::WhileUsed,
    Of::Account(|of| count(events(of, (of.from(), of.today())))),
    "sum of `quantity` of usage of all named products in the window",
)
.over(Window::Trailing)
.growing(Growth::Quantity(1));

fn events(of: &OfAccount<'_>, (from, to): (Day, Day)) -> u64 {
    of.named().map(|product| product.facts.events.sum(from, to)).fold(0, u64::saturating_add)
}

pub static ACTIVE_DAYS: Def = Def::new(
    Heading::Account,
    windowed("active_days", "active_days(N?)"),
    ACTIVE_DAY | DAY,
    Due::WhileUsed,
    Of::Account(|of| count(active_days(of, (of.from(), of.today())).into())),
    "days of the window with usage of any named product",
)
.over(Window::Trailing)
.growing(Growth::One);

fn active_days(of: &OfAccount<'_>, (from, to): (Day, Day)) -> u32 {
    days_of_use(of, (from, to)).count_ones()
}

/// Bit n: any named product was used on `from` + n; of at most 128 days.
pub fn days_of_use(of: &OfAccount<'_>, (from, to): (Day, Day)) -> u128 {
    of.named().fold(0, |days, product| days | product.facts.events.cells().days_as_bits(from, to))
}

/// How many features were used on each of the last days, the last of which is D; those of two products are two.
pub fn features_by_day<const DAYS: usize>(of: &OfAccount<'_>) -> [u32; DAYS] {
    let mut by_day = [0; DAYS];
    let (from, to) = (of.today() - DAYS as Day + 1, of.today());
    for (_, row) in of.named().flat_map(|product| product.facts.features.iter()) {
        let mut used = row.days_as_bits(from, to);
        while used != 0 {
            by_day[used.trailing_zeros() as usize] += 1;
            used &= used - 1;
        }
    }
    by_day
}

pub static DAYS_SINCE_USE: Def = Def::new(
    Heading::Account,
    Signature::plain("days_since_use", Whose::Account, Kind::Number),
    ACTIVE_DAY | DAY,
    Due::Rises,
    Of::Account(|of| of.days_since(of.account().last_use())),
    "since the last day of use of any named product; missing if none ever was used",
);

pub static FEATURES_USED: Def = Def::new(
    Heading::Account,
    Signature::named("features_used", "features_used(tier?, N?)", (Naming::Tier, Needed::Optional), N_UP_TO_D).of(Whose::Account).daily(),
    FEATURE_DAYS | DAY,
    Due::WhileUsed,
    Of::Account(|of| {
        let catalogues = of.named().filter_map(|product| Some((product, of.view.plan.catalogue_of(product.index?))));
        let used = catalogues.map(|(product, catalogue)| features_used(product, catalogue, &of.reading.metric, of.from(), of.today()));
        count(used.sum())
    }),
    "distinct features used in the window; those of two products are two. With a tier, catalogue features of that tier; without, features outside the \
     catalogue too",
)
.over(Window::Trailing)
.growing(Growth::One);

pub static MODULES_USED: Def = Def::new(
    Heading::Account,
    windowed("modules_used", "modules_used(N?)").daily(),
    FEATURE_DAYS | DAY,
    Due::WhileUsed,
    Of::Account(|of| {
        let catalogues = of.named().filter_map(|product| Some((product, of.view.plan.catalogue_of(product.index?))));
        let used = catalogues.map(|(product, catalogue)| modules_of(used_of_catalogue(product, catalogue, of.from(), of.today())));
        count(used.sum())
    }),
    "distinct modules of the catalogue features used in the window; those of two products are two",
)
.over(Window::Trailing)
.growing(Growth::One);

pub static USAGE_CHANGE: Def = Def::new(
    Heading::Account,
    Signature::windowed("usage_change", "usage_change(N)", N_OF_CHANGE).of(Whose::Account),
    PAST | ACTIVE_DAY | DAY,
    Due::OfAccount(comparison_due),
    Of::Account(|of| {
        let days = Compared::new(of.number(), of.complete()).since(since(of))?;
        usage_change(&days, &of.reading.metric, |days| events(of, days), |days| active_days(of, days))
    }),
    "as that of a product, of the usage of all named products: their days of use count once, the first use is that of any, s is the playbook's \
     `settle_days`",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.shown("usage_change(14)");

pub static FREQUENCY_CHANGE: Def = Def::new(
    Heading::Account,
    Signature::windowed("frequency_change", "frequency_change(N)", N_OF_CHANGE).of(Whose::Account),
    PAST | ACTIVE_DAY | DAY,
    Due::OfAccount(comparison_due),
    Of::Account(|of| {
        let days = Compared::new(of.number(), of.complete()).since(since(of))?;
        days.change(|days| active_days(of, days).into())
    }),
    "the same of active days; missing where previous has none, and as the last",
)
.over(Window::Two)
.growing(Growth::Tomorrow)
.shown("frequency_change(14)");

/// Since when usage was counted in the same way throughout.
fn since(of: &OfAccount<'_>) -> Day {
    let became_internal = of.named().map(|product| product.facts.became_internal).max().unwrap_or(NEVER);
    of_one_kind_since(of.account().first_use(), became_internal)
}

fn comparison_due(of: &OfAccount<'_>, _: Gap) -> Option<Day> {
    change::due(since(of), of.account().last_use(), of.complete() - 2 * of.number() + 1, of.today())
}
