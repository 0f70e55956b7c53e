//! What a metric is: one [`Def`] says all there is to say of it.

use super::super::account::{Account, AccountProduct};
use super::super::day::{Day, NEVER};
use super::super::evaluate::View;
use super::super::facts::{Product, RecentDays, UserIndex, UserProfile};
use super::super::names::NameId;
use super::super::number::Number;
use super::super::plan::{Growth, Reading, family};
use crate::playbook::vocabulary::Signature;
use crate::playbook::{Metric, ProductIndex};

/// The one definition of a metric.
#[derive(Debug)]
pub struct Def {
    pub signature: Signature,
    /// Its value in words: its row of the reference.
    pub doc: &'static str,
    pub group: Heading,
    /// As the README shows it, where the bare name says too little.
    pub example: Option<&'static str>,
    /// The families ([`family`]) that move it, where it names no feature: what one feature moves is found by that feature's name.
    pub reads: u32,
    /// What usage on D can do to it at most.
    growth: Growth,
    /// Reads many days one by one: where a condition asks for something else before, that is asked first.
    pub is_costly: bool,
    pub window: Window,
    pub due: Due,
    pub value: Of,
}

/// The headings of the README's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    Use,
    People,
    Depth,
    Value,
    Stages,
    Entitlement,
    Account,
    /// Of an account's people, all together.
    Audience,
    Relations,
    Verdicts,
    /// Of one user.
    Users,
}

/// The days that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    None,
    /// D−N+1 ..= D.
    Trailing,
    /// D−7W+1 ..= D, of W weeks.
    Weeks,
    /// Twice N days, which end with the last complete one.
    Two,
    /// Twice N days, which end with D.
    TwoUpToD,
    /// D−N ..= D.
    Since,
    /// D−2N ..= D.
    SinceTwice,
    /// N days, or as many as a feature's own window has, which end with D.
    Effective,
}

impl Window {
    /// Both ends included. `complete`: the last complete day.
    pub fn days(self, metric: &Metric, today: Day, complete: Day) -> Option<(Day, Day)> {
        let number = Day::from(metric.number);
        let (days, to) = match self {
            Self::None => return None,
            Self::Trailing | Self::Effective => (number, if metric.complete { complete } else { today }),
            Self::Weeks => (7 * number, if metric.complete { complete } else { today }),
            Self::Two => (2 * number, complete),
            Self::TwoUpToD => (2 * number, today),
            Self::Since => (number + 1, today),
            Self::SinceTwice => (2 * number + 1, today),
        };
        Some((to - days + 1, to))
    }
}

/// When the passing of days alone may take a metric out of the gap between its constants; never later than that.
#[derive(Clone, Copy, Debug)]
pub enum Due {
    /// Days alone do nothing to it.
    Never,
    /// A day raises it by one.
    Rises,
    /// A day lowers it by one.
    Falls,
    /// With the product's next change of terms.
    Term,
    RisesOrTerm,
    FallsOrTerm,
    /// With the next change of terms of any product.
    AnyTerm,
    /// Each day, while the product, any of the account's, or the user's use of them, lies within the window.
    WhileUsed,
    Tomorrow,
    /// When a period of the calendar that is named enters the window or leaves it.
    Calendar,
    /// As the product's facts say.
    Facts(fn(&OfProduct<'_>, Gap) -> Option<Day>),
    /// As the account's facts say.
    OfAccount(fn(&OfAccount<'_>, Gap) -> Option<Day>),
    /// As the user's facts say.
    OfUser(fn(&OfUser<'_>, Gap) -> Option<Day>),
}

/// The gap in which a metric lies: its lowest integer.
#[derive(Clone, Copy, Debug)]
pub struct Gap {
    pub low: i64,
}

/// Whose value it is, and of what kind. `None` is missing.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    Product(fn(&OfProduct<'_>) -> Option<Number>),
    ProductFlag(fn(&OfProduct<'_>) -> Option<bool>),
    ProductText(for<'a> fn(&OfProduct<'a>) -> Option<&'a str>),
    ProductList(for<'a> fn(&OfProduct<'a>) -> Option<Vec<&'a str>>),
    Account(fn(&OfAccount<'_>) -> Option<Number>),
    AccountFlag(fn(&OfAccount<'_>) -> Option<bool>),
    AccountText(for<'a> fn(&OfAccount<'a>) -> Option<&'a str>),
    AccountList(for<'a> fn(&OfAccount<'a>) -> Option<Vec<&'a str>>),
    User(fn(&OfUser<'_>) -> Option<Number>),
    UserFlag(fn(&OfUser<'_>) -> Option<bool>),
    UserText(for<'a> fn(&OfUser<'a>) -> Option<&'a str>),
}

/// Which facts a metric that names a feature reads of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureFacts {
    Counts,
    Users,
}

impl Def {
    /// A metric that is moved by these families, and has no window and no growth that is known.
    pub const fn new(group: Heading, signature: Signature, reads: u32, due: Due, value: Of, doc: &'static str) -> Self {
        Self { signature, doc, group, example: None, reads, growth: Growth::Unknown, is_costly: false, window: Window::None, due, value }
    }

    pub const fn over(self, window: Window) -> Self {
        Self { window, ..self }
    }

    pub const fn growing(self, growth: Growth) -> Self {
        Self { growth, ..self }
    }

    pub const fn costly(self) -> Self {
        Self { is_costly: true, ..self }
    }

    pub const fn shown(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    /// The families that move it with these arguments.
    pub fn families(&self, metric: &Metric) -> u32 {
        if metric.complete {
            // Usage on D moves nothing yet, but it is to be looked at again with the next day; an earlier day's moves it at once.
            return self.reads & !(family::EVENTS | family::FEATURE_COUNTS | family::FEATURE_DAYS | family::FEATURE_DAY)
                | family::PAST
                | family::ACTIVE_DAY;
        }
        if metric.feature().is_some() { family::ONE_FEATURE | family::DAY } else { self.reads }
    }

    /// What usage on D can do to it at most, with these arguments.
    pub fn growth(&self, metric: &Metric) -> Growth {
        if metric.complete && self.reads & family::WORKFLOW == 0 { Growth::Tomorrow } else { self.growth }
    }

    /// What it reads of the feature that it names.
    pub fn feature_facts(&self) -> FeatureFacts {
        if self.reads & family::USERS != 0 { FeatureFacts::Users } else { FeatureFacts::Counts }
    }

    /// Whether a feature that comes into use today may move it, and then the days of the window that it may come into.
    pub fn feature_days(&self, metric: &Metric) -> Option<Day> {
        let asks = self.reads & family::FEATURE_DAYS != 0 && !metric.complete;
        asks.then(|| metric.number.into())
    }

    /// Whether it asks for more of a user's days with a feature than the last one.
    pub fn asks_for_days_of_users(&self, metric: &Metric) -> bool {
        metric.complete && metric.feature().is_some() && self.feature_facts() == FeatureFacts::Users
    }
}

/// A product of an account, looked at by a metric.
pub struct OfProduct<'a> {
    pub view: View<'a>,
    pub index: ProductIndex,
    pub product: &'a AccountProduct,
    pub reading: &'a Reading,
}

impl<'a> OfProduct<'a> {
    pub fn facts(&self) -> &'a Product {
        &self.product.facts
    }

    pub fn today(&self) -> Day {
        self.view.account.day
    }

    /// N.
    pub fn number(&self) -> Day {
        Day::from(self.reading.metric.number)
    }

    /// The last complete day.
    pub fn complete(&self) -> Day {
        self.view.plan.complete(Some(self.index), self.today())
    }

    /// The first day of the window.
    pub fn from(&self) -> Day {
        self.to() - self.number() + 1
    }

    /// The last day of the window.
    pub fn to(&self) -> Day {
        if self.reading.metric.complete { self.complete() } else { self.today() }
    }

    pub fn name(&self) -> Option<NameId> {
        self.reading.name
    }

    /// The place of the feature that the metric names among the product's.
    pub fn feature(&self) -> Option<usize> {
        self.facts().features.place_of(self.name()?)
    }

    pub fn days_since(&self, day: Day) -> Option<Number> {
        days_between(day, self.today())
    }
}

/// `None` of a day that never was.
fn days_between(day: Day, today: Day) -> Option<Number> {
    (day != NEVER).then(|| Number::integer(i64::from(today) - i64::from(day)))
}

pub fn count(value: u64) -> Option<Number> {
    Some(Number::integer(value.min(i64::MAX as u64) as i64))
}

/// An account, looked at by a metric.
pub struct OfAccount<'a> {
    pub view: View<'a>,
    pub reading: &'a Reading,
}

/// A user of an account, looked at by a metric; with a product where the reading names one.
pub struct OfUser<'a> {
    pub view: View<'a>,
    pub user: UserIndex,
    pub reading: &'a Reading,
}

impl<'a> OfAccount<'a> {
    pub fn account(&self) -> &'a Account {
        self.view.account
    }

    pub fn today(&self) -> Day {
        self.view.account.day
    }

    /// N.
    pub fn number(&self) -> Day {
        Day::from(self.reading.metric.number)
    }

    /// The first day of the window, which ends with D.
    pub fn from(&self) -> Day {
        self.today() - self.number() + 1
    }

    /// The last complete day.
    pub fn complete(&self) -> Day {
        self.view.plan.complete(None, self.today())
    }

    pub fn days_since(&self, day: Day) -> Option<Number> {
        days_between(day, self.today())
    }

    /// Products that the playbook names.
    pub fn named(&self) -> impl Iterator<Item = &'a AccountProduct> + use<'a> {
        self.view.account.products.iter().filter(|product| product.index.is_some())
    }

    pub fn entitled(&self) -> usize {
        self.account().products_entitled()
    }
}

impl<'a> OfUser<'a> {
    pub fn today(&self) -> Day {
        self.view.account.day
    }

    /// N.
    pub fn number(&self) -> Day {
        Day::from(self.reading.metric.number)
    }

    /// The first day of the window, which ends with D.
    pub fn from(&self) -> Day {
        self.today() - self.number() + 1
    }

    pub fn days_since(&self, day: Day) -> Option<Number> {
        days_between(day, self.today())
    }

    /// The days of use, seen from D.
    pub fn days(&self) -> RecentDays {
        if self.reading.product.is_none() {
            return self.view.days_of(self.user);
        }
        let mut days = RecentDays::NONE;
        let of_product = self.products().filter_map(|(_, product)| product.facts.days_of(self.user));
        of_product.for_each(|of_product| days.add(of_product, self.today()));
        days
    }

    pub fn profile(&self) -> Option<&'a UserProfile> {
        self.view.account.users.profile(self.user)
    }

    /// The products whose use is asked for: the one that is named, or all that the playbook names.
    pub fn products(&self) -> impl Iterator<Item = (ProductIndex, &'a AccountProduct)> + use<'a> {
        let (only, products) = (self.reading.product, &self.view.account.products);
        let named = products.iter().filter_map(|product| Some((product.index?, product)));
        named.filter(move |(index, _)| only.is_none_or(|only| only == *index))
    }
}
