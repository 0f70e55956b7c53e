//! Accounts of one shape through an engine.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::life::{Life, Use};
use super::shape::{Fall, Shape, Trouble};
use super::team::{Change, Done, Rank, Team, TeamLife};
use crate::engine::{CauseRef, Day, Effect, EffectKind, Engine, EngineSettings, date_of, day_of_date, start_of_day};
use crate::input::{AccountPatch, Body, Contract, Date, Entitlement, EntitlementStatus, Event, Patch, UserLevel, UserPatch};
use crate::playbook::Playbook;
use crate::random::Random;

/// The first day of every account.
const FIRST_DAY: jiff::civil::Date = jiff::civil::date(2026, 1, 12);
/// Days until every window has a history; openings in them do not count.
const WARM_UP_DAYS: Day = 98;
const YEAR_DAYS: Day = 365;
/// A fall begins within the four weeks behind the warm-up, and is watched for so long.
const WATCHED_DAYS: Day = 91;

/// A team has a seat for each of its people, and one more for so many of them.
const SEATS_OVER_ONE_IN: u32 = 8;
/// Days from a team's first day to the end of its onboarding, and to its renewal: what asks for either is asked for while the team changes.
const ONBOARDED_DAYS: Day = 70;
const RENEWAL_DAYS: Day = 220;

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

/// Teams alike.
#[derive(Clone, Copy, Debug)]
pub struct TeamTrial {
    pub team: Team,
    pub change: Option<Change>,
}

/// What became of one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The rule's place, and the day on which it opened, from the end of the warm-up on.
    openings: Vec<(usize, Day)>,
    /// Or something else becomes of it.
    falls_on: Option<Day>,
}

impl Outcome {
    /// Days from the fall to the first opening after it.
    pub fn told_after(&self) -> Option<i32> {
        self.told_after_by(|_| true)
    }

    /// Likewise, by rules of these places.
    pub fn told_after_by(&self, is_one: impl Fn(usize) -> bool) -> Option<i32> {
        let falls_on = self.falls_on?;
        let told = self.openings.iter().filter(|(rule, _)| is_one(*rule)).map(|(_, day)| day - falls_on);
        told.filter(|days| (1..=WATCHED_DAYS).contains(days)).min()
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

/// A team on its way.
#[derive(Debug)]
struct LivingTeam {
    id: String,
    life: TeamLife,
    waiting: Vec<(Day, Vec<Done>)>,
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
            stage.entitle(&account.id, first, None);
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
            for (id, rule) in stage.opened() {
                let account = living.iter_mut().find(|account| day >= counts_from && account.id == id);
                account.into_iter().for_each(|account| account.outcome.openings.push((rule, day)));
            }
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

impl TeamTrial {
    /// Lives these teams from their first day to their last.
    pub fn run(&self, setting: &Setting<'_>, accounts: Range<usize>) -> Vec<Outcome> {
        let first = day_of_date(FIRST_DAY);
        let counts_from = first + WARM_UP_DAYS;
        let end = counts_from + self.change.map_or(YEAR_DAYS, |_| 28 + WATCHED_DAYS + 1);
        let mut stage = Stage::new(setting);
        let features = stage.features.len();
        let mut living: Vec<LivingTeam> = accounts.map(|number| self.account(setting.seed, number, features, counts_from)).collect();
        for account in &living {
            stage.found(&account.id, self.team, first);
        }
        for day in first..end {
            stage.begin(day);
            for account in &mut living {
                let is_late = self.team.trouble == Trouble::LateFeed;
                if is_late && account.life.is_delivered() {
                    for (of, done) in account.waiting.drain(..) {
                        stage.take_in(&account.id, of, &done);
                    }
                }
                let done = account.life.on(day);
                if is_late {
                    account.waiting.push((day, done));
                } else {
                    stage.take_in(&account.id, day, &done);
                }
            }
            for (id, rule) in stage.opened() {
                let account = living.iter_mut().find(|account| day >= counts_from && account.id == id);
                account.into_iter().for_each(|account| account.outcome.openings.push((rule, day)));
            }
        }
        living.into_iter().map(|account| account.outcome).collect()
    }

    fn account(&self, seed: u64, number: usize, features: usize, changes_from: Day) -> LivingTeam {
        let change = self.change.map_or(String::new(), |change| change.to_string());
        let of_trial = xxh3_64(format!("{}/{change}", self.team).as_bytes());
        let life = TeamLife::new(self.team, features, self.change, changes_from, Random::of(seed ^ of_trial, number));
        let outcome = Outcome { openings: Vec::new(), falls_on: life.changes_on() };
        LivingTeam { id: number.to_string(), life, waiting: Vec::new(), outcome }
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

    /// A term without an end.
    fn entitle(&mut self, account: &str, day: Day, seats: Option<u32>) {
        let own = Entitlement {
            product: Cow::from(self.setting.product),
            status: EntitlementStatus::Active,
            term: None,
            seats,
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
                self.users.push(user_id(place));
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

    /// An account with a team: seats for all and a few more, and who is what.
    fn found(&mut self, account: &str, team: Team, day: Day) {
        let people = team.people as u32;
        self.entitle(account, day, Some(people + people.div_ceil(SEATS_OVER_ONE_IN)));
        let contract = Contract { starts: Some(Date(day)), renewal: Some(Date(day + RENEWAL_DAYS)), arr: Some(f64::from(people) * 600.0) };
        let patch = AccountPatch {
            employees: Patch::Set(people * 5),
            use_cases: Patch::Set(vec![Cow::from("sales")]),
            onboarding_completed: Patch::Set(Date(day + ONBOARDED_DAYS)),
            contract: Patch::Set(contract),
            ..AccountPatch::default()
        };
        self.apply(account, self.midnight_ms(day), Body::Account(Box::new(patch)));
        for person in 0..team.people {
            let (level, role, department) = match team.rank(person) {
                Rank::Ic if person % 3 == 2 => (UserLevel::Ic, "agent", "service"),
                Rank::Ic => (UserLevel::Ic, "sales rep", "sales"),
                Rank::Manager => (UserLevel::Manager, "sales manager", "sales"),
                Rank::Executive => (UserLevel::Executive, "managing director", "management"),
            };
            let patch = UserPatch {
                user: Cow::from(user_id(person)),
                level: Patch::Set(level),
                role: Patch::Set(Cow::from(role)),
                department: Patch::Set(Cow::from(department)),
                key: Patch::Set(person == 0),
                created: Patch::Set(Date(day)),
                ..UserPatch::default()
            };
            self.apply(account, self.midnight_ms(day), Body::User(Box::new(patch)));
        }
    }

    /// Takes in what a team did on a day, at noon.
    fn take_in(&mut self, account: &str, day: Day, done: &[Done]) {
        let noon_ms = self.midnight_ms(day) + 12 * HOUR_MS;
        for Done { person, feature, quantity } in done {
            let body = Body::Usage {
                product: Cow::from(self.setting.product),
                user: Some(Cow::from(user_id(*person))),
                feature: self.features.get(*feature).copied().map(Cow::from),
                quantity: *quantity,
            };
            self.apply(account, noon_ms, body);
        }
    }

    fn apply(&mut self, account: &str, time_ms: i64, body: Body<'_>) {
        let event = Event { id: None, time_ms, account: Cow::from(account), body };
        self.engine.apply(&event, CauseRef::Line(0), i64::MAX, 0, &mut self.effects);
    }

    /// The account and the rule's place, of each opening since this was asked last.
    fn opened(&mut self) -> Vec<(String, usize)> {
        let rules = self.setting.rules;
        let opened = self.effects.drain(..).filter_map(|effect| {
            let EffectKind::IncidentOpened { rule, .. } = &effect.kind else { return None };
            Some((effect.account.to_string(), rules.iter().position(|id| *id == rule.id)?))
        });
        opened.collect()
    }
}

fn user_id(person: usize) -> String {
    format!("user-{person}")
}
