//! Synthetic customers: the events of all accounts in the order of time, the same for the same seed.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::names::{Company, company};
use super::story::{Archetype, Fact, PRODUCTS, Story, Usage};
use crate::engine::{Day, date_of, rfc3339, start_of_day};
use crate::input::wire::{self, Record, WithCommon};
use crate::input::{
    AccountPatch, Contract, Date, Entitlement, EntitlementStatus, Integration, IntegrationStatus, Nps, Outcome, OutcomeKind, Patch,
    Touchpoint, UserLevel, UserPatch, Workflow,
};
use crate::random::Random;

/// An event of the stream: the account, which is the key of the record; when it happened, in Unix milliseconds; and the record as JSON.
pub type Item = (Arc<str>, i64, String);

/// The demo's: the same customers in every one.
pub const DEMO_SEED: u64 = 20_260_105;

/// From signing to the end of onboarding.
const ONBOARDING_DAYS: Day = 10;

/// What accounts are there for, by turns.
const USE_CASES: [&[&str]; 3] = [&["sales", "marketing"], &["sales", "service"], &["sales", "marketing", "analytics"]];

/// Whose usage is internal.
const VENDOR_USER: &str = "solutions.engineer";

/// The events of `accounts` accounts over `days` days from `from_day` on (days of each account's own zone), by time. The stories
/// start within the first six weeks, most within two. Memory goes with the accounts, not with the days.
pub fn stream(seed: u64, accounts: usize, from_day: Day, days: u32) -> impl Iterator<Item = Item> + Send {
    let end = from_day.saturating_add(i32::try_from(days).unwrap_or(i32::MAX));
    let mut lives: Vec<Life> = (0..accounts).map(|number| Life::new(seed, number, from_day, end)).collect();
    let mut next: BinaryHeap<Reverse<(i64, usize)>> =
        lives.iter_mut().enumerate().filter_map(|(number, life)| Some(Reverse((life.peek()?, number)))).collect();
    std::iter::from_fn(move || {
        let mut first = next.peek_mut()?;
        let number = first.0.1;
        let item = lives[number].take();
        match lives[number].peek() {
            Some(time_ms) => first.0.0 = time_ms,
            None => drop(std::collections::binary_heap::PeekMut::pop(first)),
        }
        Some(item)
    })
}

/// Ids and stories of the accounts that [`stream`] tells of.
pub fn cast(seed: u64, accounts: usize) -> impl Iterator<Item = (String, Archetype)> {
    (0..accounts).map(move |number| (Life::new(seed, number, 0, 0).company.id, Archetype::of(number)))
}

/// `amara.abbott` as people write it.
fn full_name(id: &str) -> String {
    let capital = |name: &str| name.chars().next().into_iter().flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect::<String>();
    id.split('.').map(capital).collect::<Vec<_>>().join(" ")
}

/// Something on a day, before it is put into words.
enum What {
    Account,
    User(usize),
    /// A place in the story's facts.
    Fact(usize),
    Usage {
        product: usize,
        user: usize,
        feature: Option<&'static str>,
        quantity: u32,
    },
    Gauge {
        product: usize,
        name: &'static str,
        value: f64,
    },
}

/// One account on its way.
struct Life {
    id: Arc<str>,
    company: Company,
    story: Story,
    random: Random,
    zone: TimeZone,
    start: Day,
    /// The next day to be thought up.
    day: Day,
    end: Day,
    next_fact: usize,
    /// By usage of the story: fractions of an event carried over, so that volumes are even, and the user whose turn it is.
    turns: Vec<(f64, usize)>,
    /// What is left of the day before `day`.
    today: VecDeque<(i64, What)>,
    told: u64,
}

impl Life {
    fn new(seed: u64, number: usize, from_day: Day, end: Day) -> Self {
        let mut random = Random::of(seed, number);
        let story = Story::new(number, &mut random);
        let company = company(number, story.users, &mut random);
        let start = from_day.saturating_add(story.start);
        Self {
            id: company.id.as_str().into(),
            zone: TimeZone::get(company.time_zone).expect("a zone of the list of names, which is tested"),
            start,
            day: start,
            end,
            next_fact: 0,
            turns: vec![(0.0, 0); story.usage.len()],
            today: VecDeque::new(),
            told: 0,
            company,
            story,
            random,
        }
    }

    /// When the next event happens.
    fn peek(&mut self) -> Option<i64> {
        while self.today.is_empty() {
            if self.day >= self.end {
                return None;
            }
            self.live();
            self.day += 1;
        }
        self.today.front().map(|(time_ms, _)| *time_ms)
    }

    /// The event that [`Life::peek`] told of.
    fn take(&mut self) -> Item {
        let (time_ms, what) = self.today.pop_front().expect("peeked before");
        self.told += 1;
        let common = wire::Common {
            id: Some(format!("{}-{}", self.id, self.told)),
            time: wire::Time::Rfc3339(rfc3339(time_ms)),
            account: self.company.id.clone(),
        };
        let record = self.record(common, what);
        (Arc::clone(&self.id), time_ms, serde_json::to_string(&record).expect("plain data serializes"))
    }

    /// Thinks up all that happens on `day`.
    fn live(&mut self) {
        let date = date_of(self.day);
        let midnight_ms = start_of_day(&self.zone, date);
        let story_day = self.day - self.start;
        let mut day: Vec<(i64, What)> = Vec::new();
        // Master data comes from a nightly job, the rest during working hours.
        let mut nightly = (1..).map(|minute| midnight_ms + 6 * 3_600_000 + minute * 7_000);
        let mut by_night = |what: What| day.push((nightly.next().expect("endless"), what));
        if story_day == 0 {
            by_night(What::Account);
            (0..self.company.users.len()).for_each(|user| by_night(What::User(user)));
        }
        while self.story.facts.get(self.next_fact).is_some_and(|(day, _)| *day <= story_day) {
            by_night(What::Fact(self.next_fact));
            self.next_fact += 1;
        }
        for index in 0..self.story.usage.len() {
            self.use_product(index, story_day, date.weekday(), midnight_ms, &mut day);
        }
        // Stable: what was thought of first comes first.
        day.sort_by_key(|(time_ms, _)| *time_ms);
        self.today.extend(day);
    }

    fn use_product(&mut self, index: usize, story_day: i32, weekday: Weekday, midnight_ms: i64, day: &mut Vec<(i64, What)>) {
        let Usage { product, volume, advanced_from, .. } = self.story.usage[index];
        let level = self.story.usage[index].level(story_day);
        if level == 0.0 {
            return;
        }
        let rhythm = match weekday {
            Weekday::Saturday => 0.12,
            Weekday::Sunday => 0.08,
            Weekday::Tuesday | Weekday::Wednesday => 1.1,
            _ => 1.0,
        };
        let (carried, first_user) = self.turns[index];
        let wanted = carried + volume * level * rhythm * (0.9 + 0.2 * self.random.share());
        let events = wanted.floor();
        self.turns[index] = (wanted - events, first_user + events as usize);
        let is_advanced = advanced_from.is_some_and(|from| story_day >= from);
        for number in 0..events as usize {
            // The first thing ever done with a product is to log in.
            let (time_ms, feature) = match first_user + number {
                0 => (midnight_ms + 7 * 3_600_000 + 50 * 60_000, None),
                _ => (self.working_hours(midnight_ms), self.feature(product, is_advanced)),
            };
            let quantity = if feature == Some("email.sent") { 1 + self.random.below(3) as u32 } else { 1 };
            let user = (first_user + number) % self.company.users.len();
            day.push((time_ms, What::Usage { product, user, feature, quantity }));
        }
        if matches!(weekday, Weekday::Monday | Weekday::Thursday) {
            for (name, full) in PRODUCTS[product].gauges {
                let time_ms = self.working_hours(midnight_ms);
                day.push((time_ms, What::Gauge { product, name, value: (full * level).round() }));
            }
        }
    }

    /// 8:00 to 18:00.
    fn working_hours(&mut self, midnight_ms: i64) -> i64 {
        midnight_ms + 8 * 3_600_000 + self.random.below(10 * 3_600) as i64 * 1_000
    }

    /// `None` is a login.
    fn feature(&mut self, product: usize, is_advanced: bool) -> Option<&'static str> {
        let product = &PRODUCTS[product];
        let drawn = self.random.below(100);
        if drawn < 15 {
            return None;
        }
        if is_advanced && drawn < 25 {
            return Some(product.advanced[self.random.below(product.advanced.len())]);
        }
        let mut share = self.random.below(100);
        for (feature, of) in product.core {
            if share < *of {
                return Some(feature);
            }
            share -= of;
        }
        None
    }

    fn record(&self, common: wire::Common, what: What) -> Record<'_> {
        match what {
            What::Account => Record::Account(WithCommon { common, own: Box::new(self.account()) }),
            What::User(user) => Record::User(WithCommon { common, own: Box::new(self.user(user)) }),
            What::Fact(index) => self.fact(common, index),
            What::Usage { product, user, feature, quantity } => {
                let user = Some(self.company.users[user].as_str().into());
                let (product, feature) = (PRODUCTS[product].id.into(), feature.map(Cow::from));
                let own = wire::Usage { product, user, feature, quantity: (quantity > 1).then_some(quantity) };
                Record::Usage(WithCommon { common, own })
            }
            What::Gauge { product, name, value } => {
                let own = wire::Gauge { product: PRODUCTS[product].id.into(), name: name.into(), value };
                Record::Gauge(WithCommon { common, own })
            }
        }
    }

    fn date(&self, story_day: i32) -> Date {
        Date(self.start + story_day)
    }

    fn account(&self) -> AccountPatch<'_> {
        let users = self.company.users.len() as u32;
        AccountPatch {
            name: Patch::Set(self.company.name.as_str().into()),
            employees: Patch::Set(users * 11),
            use_cases: Patch::Set(USE_CASES[users as usize % USE_CASES.len()].iter().map(|of| Cow::from(*of)).collect()),
            industry: Patch::Set(self.company.industry.into()),
            region: Patch::Set(self.company.region.into()),
            time_zone: Patch::Set(self.company.time_zone.into()),
            owner: Patch::Set(self.company.owner.into()),
            account_executive: Patch::Set(self.company.account_executive.into()),
            onboarding_completed: Patch::Set(self.date(ONBOARDING_DAYS)),
            success_role: Patch::Set(if users >= 10 { "csm" } else { "pooled" }.into()),
            contract: Patch::Set(Contract {
                starts: Some(self.date(0)),
                renewal: Some(self.date(365)),
                arr: Some(f64::from(users) * 540.0),
            }),
            ..AccountPatch::default()
        }
    }

    fn user(&self, user: usize) -> UserPatch<'_> {
        let id = &self.company.users[user];
        let (level, role, department) = match user {
            0 => (UserLevel::Executive, "managing director", "management"),
            1 => (UserLevel::Manager, "sales manager", "sales"),
            2 => (UserLevel::Manager, "marketing manager", "marketing"),
            user if user % 3 == 0 => (UserLevel::Ic, "service agent", "service"),
            _ => (UserLevel::Ic, "sales rep", "sales"),
        };
        UserPatch {
            user: id.into(),
            name: Patch::Set(full_name(id).into()),
            role: Patch::Set(role.into()),
            department: Patch::Set(department.into()),
            email: Patch::Set(format!("{id}@{}.example", self.company.id).into()),
            level: Patch::Set(level),
            key: if user < 3 { Patch::Set(true) } else { Patch::Keep },
            created: Patch::Set(self.date(0)),
            ..UserPatch::default()
        }
    }

    fn fact(&self, common: wire::Common, index: usize) -> Record<'_> {
        let (day, fact) = self.story.facts[index].clone();
        let id = |product: usize| Cow::from(PRODUCTS[product].id);
        let first_user = Cow::from(&self.company.users[0]);
        let term = |common, product, status, seats, starts, ends| {
            let (plan, addons, features, arr) = (None, None, None, None);
            let own = Entitlement { product: id(product), term: None, status, seats, plan, addons, features, arr, starts, ends };
            Record::Entitlement(WithCommon { common, own: Box::new(own) })
        };
        match fact {
            Fact::Entitled { product, seats } => {
                term(common, product, EntitlementStatus::Active, Some(seats), Some(self.date(day)), Some(self.date(day + 364)))
            }
            Fact::Trial { product, seats, days } => {
                term(common, product, EntitlementStatus::Trialing, Some(seats), Some(self.date(day)), Some(self.date(day + days - 1)))
            }
            Fact::Ended { product } => term(common, product, EntitlementStatus::Ended, None, None, None),
            Fact::Integration { from, to, connected } => {
                let status = if connected { IntegrationStatus::Connected } else { IntegrationStatus::Disconnected };
                Record::Integration(WithCommon { common, own: Integration { from: id(from), to: id(to), status } })
            }
            Fact::Touchpoint(kind) => Record::Touchpoint(WithCommon { common, own: Touchpoint { kind, user: Some(first_user) } }),
            Fact::Nps { score } => Record::Nps(WithCommon { common, own: Nps { user: first_user, score, comment: None } }),
            Fact::Churned { amount } => {
                let own = Outcome { kind: OutcomeKind::Churn, amount: Some(amount), reason: Some("contract not renewed".into()) };
                Record::Outcome(WithCommon { common, own })
            }
            Fact::VendorUser => {
                let own = UserPatch { user: VENDOR_USER.into(), internal: Patch::Set(true), ..UserPatch::default() };
                Record::User(WithCommon { common, own: Box::new(own) })
            }
            Fact::ShownByVendor { product } => {
                let own = wire::Usage { product: id(product), user: Some(VENDOR_USER.into()), feature: None, quantity: None };
                Record::Usage(WithCommon { common, own })
            }
            Fact::Workflow { products, quantity } => {
                let products = products.iter().map(|product| id(*product)).collect();
                let own = Workflow { name: "lead to deal".into(), products, user: None, quantity: Some(quantity) };
                Record::Workflow(WithCommon { common, own })
            }
        }
    }
}

#[cfg(test)]
#[path = "customers_tests.rs"]
mod tests;
