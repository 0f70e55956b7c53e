//! What one user does: of all products, or of one.

use smallvec::SmallVec;

use super::definition::{Def, Due, Gap, Heading, Of, OfUser, Window, count};
use super::{Limit, N_UP_TO_D, W, falls_below};
use crate::engine::account::AccountProduct;
use crate::engine::day::Day;
use crate::engine::facts::UserProfile;
use crate::engine::plan::family::{ACTIVE_DAY, ANSWERS, DAILY_USERS, DAY, PAST, PEOPLE, TOUCHPOINT, USER_FEATURES, USERS};
use crate::engine::plan::{CatalogueFeature, Module, Reading};
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Reads, Signature};
use crate::playbook::{Playbook, ProductIndex};

/// What moves what is read of a user's days.
const DAYS: u32 = USERS | DAILY_USERS | ACTIVE_DAY | PAST | PEOPLE | DAY;
/// What moves what is read of a user's features.
const FEATURES: u32 = USER_FEATURES | DAYS;

const fn of_user(name: &'static str, kind: Kind) -> Signature {
    Signature::plain(name, Whose::User, kind)
}

pub static ACTIVE_DAYS: Def = Def::new(
    Heading::Users,
    Signature::windowed("active_days", "active_days(N?)", N_UP_TO_D).of(Whose::User),
    DAYS,
    Due::OfUser(|of, gap| {
        let (days, today) = (of.days(), of.today());
        let ascending = (0..of.number()).rev().filter(|ago| days.bits >> ago & 1 == 1).map(|ago| (today - ago, 1));
        falls_below(days.count(of.number(), 0).into(), ascending, of.reading.metric.number, gap.low)
    }),
    Of::User(|of| count(of.days().count(of.number(), 0).into())),
    "days of the window with usage of a named product",
)
.over(Window::Trailing);

pub static ACTIVE_WEEKS: Def = Def::new(
    Heading::Users,
    Signature::windowed("active_weeks", "active_weeks(W)", Limit { reads: Reads::Trailing { complete: false }, ..W }).of(Whose::User),
    DAYS,
    Due::WhileUsed,
    Of::User(|of| {
        let days = of.days();
        count((0..of.number()).filter(|week| days.count(7, 7 * week) > 0).count() as u64)
    }),
    "of the W trailing blocks of 7 days, the last of which ends on D: those with usage",
)
.over(Window::Weeks)
.shown("active_weeks(4)");

pub static DAYS_SINCE_USE: Def = Def::new(
    Heading::Users,
    of_user("days_since_use", Kind::Number),
    DAYS,
    Due::Rises,
    Of::User(|of| of.days_since(of.days().last)),
    "since the last day of use; missing if there is none",
);

pub static DAYS_SINCE_FIRST_USE: Def = Def::new(
    Heading::Users,
    of_user("days_since_first_use", Kind::Number),
    DAYS,
    Due::Rises,
    Of::User(|of| of.days_since(of.days().first)),
    "since the first day of use ever; missing if there is none",
);

pub static PRODUCTS_USED: Def = Def::new(
    Heading::Users,
    Signature::windowed("products_used", "products_used(N?)", N_UP_TO_D).of(Whose::User),
    DAYS,
    Due::OfUser(|of, _| last_days(of).filter(|day| *day >= of.from()).min().map(|day| day + of.number())),
    Of::User(|of| count(last_days(of).filter(|day| *day >= of.from()).count() as u64)),
    "distinct products used in the window",
)
.over(Window::Trailing);

/// What the champions of an account are the first by, each over the playbook's window.
pub fn champions_by(playbook: &Playbook) -> [Reading; 3] {
    [&PRODUCTS_USED, &ACTIVE_DAYS, &FEATURES_USED].map(|def| Reading::of(&def.signature, None, None, playbook))
}

/// Of each product the last day of use.
fn last_days(of: &OfUser<'_>) -> impl Iterator<Item = Day> {
    let user = of.user;
    of.products().filter_map(move |(_, product)| product.facts.days_of(user)).map(|days| days.last)
}

pub static FEATURES_USED: Def = Def::new(
    Heading::Users,
    Signature::named("features_used", "features_used(tier?, N?)", (Naming::Tier, Needed::Optional), N_UP_TO_D).of(Whose::User),
    FEATURES,
    Due::OfUser(a_feature_leaves),
    Of::User(|of| {
        let tier = of.reading.metric.tier;
        let is_of = |index: &ProductIndex, place: &usize| {
            tier.is_none() || catalogued(of, *index, *place).is_some_and(|feature| feature.is_of(tier))
        };
        count(features(of).filter(|(index, place, _)| is_of(index, place)).count() as u64)
    }),
    "distinct features used in the window, by the last use of each. With a tier, catalogue features of that tier; without, features outside the \
     catalogue too",
)
.over(Window::Trailing);

pub static MODULES_USED: Def = Def::new(
    Heading::Users,
    Signature::windowed("modules_used", "modules_used(N?)", N_UP_TO_D).of(Whose::User),
    FEATURES,
    Due::OfUser(a_feature_leaves),
    Of::User(|of| {
        let module = |(index, place, _)| Some((index, catalogued(of, index, place)?.module?));
        let mut modules: SmallVec<[(ProductIndex, Module); 16]> = features(of).filter_map(module).collect();
        modules.sort_unstable();
        modules.dedup();
        count(modules.len() as u64)
    }),
    "distinct modules of the catalogue features used in the window",
)
.over(Window::Trailing);

pub static USED: Def = Def::new(
    Heading::Users,
    Signature::named("used", "used(feature, N?)", (Naming::Feature, Needed::Required), N_UP_TO_D).of(Whose::User).kind(Kind::Boolean),
    FEATURES,
    Due::OfUser(|of, _| last_use(of).filter(|day| *day >= of.from()).map(|day| day + of.number())),
    Of::UserFlag(|of| Some(last_use(of).is_some_and(|day| day >= of.from()))),
    "whether the feature was used in the window. A boolean, never missing. Outside of what is about a product, with that before it: \
     `crm.used(\"deal.updated\", 14)`",
)
.over(Window::Trailing)
.shown("used(\"feature\")");

/// The last use of the feature that is named.
fn last_use(of: &OfUser<'_>) -> Option<Day> {
    let (_, product) = of.products().next()?;
    let place = product.facts.features.place_of(of.reading.name?)?;
    product.facts.last_day_of(of.user, place)
}

/// The features used in the window: product, the place among its features, last day.
fn features<'a>(of: &OfUser<'a>) -> impl Iterator<Item = (ProductIndex, usize, Day)> + use<'a> {
    let (user, from) = (of.user, of.from());
    let of_product = move |(index, product): (ProductIndex, &'a AccountProduct)| {
        product.facts.features_of(user).map(move |(place, day)| (index, place, day))
    };
    of.products().flat_map(of_product).filter(move |(_, _, day)| *day >= from)
}

fn catalogued<'a>(of: &OfUser<'a>, index: ProductIndex, place: usize) -> Option<&'a CatalogueFeature> {
    let name = of.view.product(index)?.facts.features.name(place);
    of.view.plan.catalogue_of(index).feature(name)
}

fn a_feature_leaves(of: &OfUser<'_>, _: Gap) -> Option<Day> {
    features(of).map(|(_, _, day)| day).min().map(|day| day + of.number())
}

pub static KNOWN_DAYS: Def = Def::new(
    Heading::Users,
    of_user("known_days", Kind::Number),
    PEOPLE | DAY,
    Due::Rises,
    Of::User(|of| {
        let created = of.profile().and_then(|profile| profile.created);
        of.days_since(created.unwrap_or_else(|| of.view.account.users.seen(of.user, of.today())))
    }),
    "since `created`; where that is not told, since D when the user was first seen",
);

pub static GONE_DAYS: Def = Def::new(
    Heading::Users,
    of_user("gone_days", Kind::Number),
    PEOPLE | DAY,
    // From the day on which the user leaves, when all that is read of the user is looked at.
    Due::OfUser(|of, _| {
        let left = of.profile()?.left?;
        Some(left.max(of.today() + 1))
    }),
    Of::User(|of| of.days_since(of.profile()?.left.filter(|left| *left <= of.today())?)),
    "since `left`; missing while that is not told, or lies after D",
);

/// A text of the profile.
const fn text(name: &'static str, value: for<'a> fn(&OfUser<'a>) -> Option<&'a str>, doc: &'static str) -> Def {
    Def::new(Heading::Users, of_user(name, Kind::Text), PEOPLE, Due::Never, Of::UserText(value), doc)
}

const TEXT: &str = "text; missing if not told";

pub static NAME: Def = text("name", |of| of.profile()?.name.as_deref(), TEXT);
pub static EMAIL: Def = text("email", |of| of.profile()?.email.as_deref(), TEXT);
pub static LEVEL: Def = text("level", |of| of.profile()?.level.as_deref(), "text: `ic`, `manager` or `executive`; missing if not told");
pub static ROLE: Def = text("role", |of| of.profile()?.role.as_deref(), TEXT);
pub static DEPARTMENT: Def = text("department", |of| of.profile()?.department.as_deref(), TEXT);

pub static KEY: Def = Def::new(
    Heading::Users,
    of_user("key", Kind::Boolean),
    PEOPLE,
    Due::Never,
    Of::UserFlag(|of| Some(of.profile().is_some_and(UserProfile::is_key))),
    "whether the profile says so. A boolean, never missing",
);

pub static DAYS_SINCE_TOUCHPOINT: Def = Def::new(
    Heading::Users,
    of_user("days_since_touchpoint", Kind::Number),
    TOUCHPOINT | DAY,
    Due::Rises,
    Of::User(|of| of.days_since(of.view.account.users.touched(of.user)?)),
    "since the latest day of a touchpoint with the user; missing without one",
);

pub static NPS_SCORE: Def = Def::new(
    Heading::Users,
    of_user("nps_score", Kind::Number),
    ANSWERS,
    Due::Never,
    Of::User(|of| count(of.view.account.users.answer(of.user)?.score.into())),
    "of the user's latest answer, by day; missing without one",
);

pub static DAYS_SINCE_NPS: Def = Def::new(
    Heading::Users,
    of_user("days_since_nps", Kind::Number),
    ANSWERS | DAY,
    Due::Rises,
    Of::User(|of| of.days_since(of.view.account.users.answer(of.user)?.day)),
    "since that answer",
);
