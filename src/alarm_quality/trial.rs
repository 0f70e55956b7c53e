//! Accounts of one shape through an engine.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::life::{Life, Use};
use super::shape::{Fall, Shape, Trouble};
use crate::engine::{CauseRef, Day, Effect, EffectKind, Engine, EngineSettings, date_of, day_of_date, start_of_day};
use crate::input::{Body, Entitlement, EntitlementStatus, Event};
use crate::playbook::Playbook;
use crate::random::Random;

/// The first day of every account.
const FIRST_DAY: jiff::civil::Date = jiff::civil::date(2026, 1, 12);
/// Days until every window has a history; openings in them do not count.
const WARM_UP_DAYS: Day = 98;
const YEAR_DAYS: Day = 365;
/// A fall begins within the four weeks behind the warm-up, and is watched for so long.
const WATCHED_DAYS: Day = 91;

const HOUR_MS: i64 = 3_600_000;

/// What trials have in common.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub playbook: &'a Arc<Playbook>,
    pub product: &'a str,
    pub rules: &'a [String],
    pub seed: u64,
}

/// Accounts alike.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    pub shape: Shape,
    pub mean: u32,
    pub fall: Option<Fall>,
}

/// What became of one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The rule's place, and the day on which it opened, from the end of the warm-up on.
    openings: Vec<(usize, Day)>,
    falls_on: Option<Day>,
}

impl Outcome {
    /// Days from the fall to the first opening after it.
    pub fn told_after(&self) -> Option<i32> {
        let falls_on = self.falls_on?;
        let told = self.openings.iter().map(|(_, day)| day - falls_on).filter(|&days| (1..=WATCHED_DAYS).contains(&days));
        told.min()
    }
}

/// Openings of all accounts, by rule.
pub fn openings_by_rule(outcomes: &[Outcome], rules: usize) -> Vec<usize> {
    let mut by_rule = vec![0; rules];
    for (rule, _) in outcomes.iter().flat_map(|outcome| &outcome.openings) {
        by_rule[*rule] += 1;
    }
    by_rule
}

/// An account on its way.
#[derive(Debug)]
struct Living {
    id: String,
    life: Life,
    /// Use that the feed has not delivered yet.
    waiting: Vec<(Day, Use)>,
    outcome: Outcome,
}

/// The engine, and what it is fed.
struct Stage<'a> {
    setting: &'a Setting<'a>,
    engine: Engine,
    effects: Vec<Effect>,
    features: Vec<&'a str>,
    users: Vec<String>,
}

impl Trial {
    /// Lives these accounts from their first day to their last.
    pub fn run(&self, setting: &Setting<'_>, accounts: Range<usize>) -> Vec<Outcome> {
        let first = day_of_date(FIRST_DAY);
        let counts_from = first + WARM_UP_DAYS;
        let end = counts_from + self.fall.map_or(YEAR_DAYS, |_| 28 + WATCHED_DAYS + 1);
        let mut living: Vec<Living> = accounts.map(|number| self.account(setting.seed, number, counts_from)).collect();
        let mut stage = Stage::new(setting);
        for account in &living {
            stage.entitle(&account.id, first);
        }
        for day in first..end {
            stage.begin(day);
            for account in &mut living {
                if self.shape.trouble == Trouble::LateFeed {
                    if account.life.is_delivered() {
                        account.waiting.drain(..).for_each(|(of, used)| stage.take(&account.id, of, used));
                    }
                    let used = account.life.on(day);
                    account.waiting.push((day, used));
                } else {
                    let used = account.life.on(day);
                    stage.take(&account.id, day, used);
                }
            }
            stage.collect(day, counts_from, &mut living);
        }
        living.into_iter().map(|account| account.outcome).collect()
    }

    fn account(&self, seed: u64, number: usize, falls_from: Day) -> Living {
        let fall = self.fall.map_or(String::new(), |fall| fall.to_string());
        let of_trial = xxh3_64(format!("{}/{}/{fall}", self.shape, self.mean).as_bytes());
        let life = Life::new(self.shape, self.mean, self.fall, falls_from, Random::of(seed ^ of_trial, number));
        let outcome = Outcome { openings: Vec::new(), falls_on: life.falls_on() };
        Living { id: number.to_string(), life, waiting: Vec::new(), outcome }
    }
}

impl<'a> Stage<'a> {
    fn new(setting: &'a Setting<'a>) -> Self {
        // The clock is that of a partition whose other accounts are live: it moves whether or not an account has use.
        let engine = Engine::new(Arc::clone(setting.playbook), EngineSettings { clock_witnesses: 0, ..EngineSettings::default() });
        let product = setting.playbook.product(setting.product).map(|index| &setting.playbook.products[usize::from(index.0)]);
        let features = product.map_or(Vec::new(), |product| product.features.iter().map(|feature| feature.id.as_str()).collect());
        Self { setting, engine, effects: Vec::new(), features, users: Vec::new() }
    }

    fn midnight_ms(&self, day: Day) -> i64 {
        start_of_day(&self.setting.playbook.time_zone, date_of(day))
    }

    /// Every account lives through the boundary to the day.
    fn begin(&mut self, day: Day) {
        self.engine.advance_clock(self.midnight_ms(day));
        self.engine.roll_all(&mut self.effects);
    }

    /// A term without an end and without seats.
    fn entitle(&mut self, account: &str, day: Day) {
        let own = Entitlement {
            product: Cow::from(self.setting.product),
            status: EntitlementStatus::Active,
            term: None,
            seats: None,
            plan: None,
            addons: None,
            features: None,
            arr: None,
            starts: None,
            ends: None,
        };
        self.apply(account, self.midnight_ms(day), Body::Entitlement(Box::new(own)));
    }

    /// Takes in the use of a day: an event for each user, at noon.
    fn take(&mut self, account: &str, day: Day, used: Use) {
        let noon_ms = self.midnight_ms(day) + 12 * HOUR_MS;
        let users = used.users.min(used.actions);
        for user in 0..users {
            let place = user as usize;
            if self.users.len() <= place {
                self.users.push(format!("user-{place}"));
            }
            let quantity = used.actions / users + u32::from(user < used.actions % users);
            let feature = self.features.get(place % self.features.len().max(1)).copied();
            let body = Body::Usage {
                product: Cow::from(self.setting.product),
                user: Some(Cow::from(self.users[place].clone())),
                feature: feature.map(Cow::from),
                quantity,
            };
            self.apply(account, noon_ms, body);
        }
    }

    fn apply(&mut self, account: &str, time_ms: i64, body: Body<'_>) {
        let event = Event { id: None, time_ms, account: Cow::from(account), body };
        self.engine.apply(&event, CauseRef::Line(0), i64::MAX, 0, &mut self.effects);
    }

    /// Notes what opened on a day.
    fn collect(&mut self, day: Day, counts_from: Day, living: &mut [Living]) {
        for effect in self.effects.drain(..).filter(|_| day >= counts_from) {
            let EffectKind::IncidentOpened { rule, .. } = &effect.kind else { continue };
            let place = self.setting.rules.iter().position(|id| *id == rule.id);
            let account = living.iter_mut().find(|account| *account.id == *effect.account);
            if let (Some(place), Some(account)) = (place, account) {
                account.outcome.openings.push((place, day));
            }
        }
    }
}
