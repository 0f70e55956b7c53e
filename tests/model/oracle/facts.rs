//! Everything an account was ever told, kept as it came, and what was concluded of it. What it comes to is in [`super::metric`].

use super::decode::{Contract, Health};
use super::playbook::Playbook;
use super::zone::{Day, Zone};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const ADOPTED: usize = 3;

/// Whom a value, an incident or a milestone is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Account,
    Product(usize),
    User(String),
    /// What a user does with a product.
    UserOf(usize, String),
}

#[derive(Clone)]
pub struct Account {
    pub id: String,
    /// `None`: the playbook's zone.
    pub zone: Option<Zone>,
    /// The latest time of a record of its own.
    pub latest: i64,
    /// D: the day lived through so far.
    pub day: Day,
    pub began: Day,
    pub usage: Vec<Usage>,
    pub gauges: Vec<Gauge>,
    pub runs: Vec<Run>,
    /// In the order in which they were first named.
    pub users: Vec<User>,
    /// Whom each user turned out to be.
    pub merged: BTreeMap<String, String>,
    pub connections: BTreeSet<(String, String)>,
    pub touchpoints: Vec<Touchpoint>,
    /// Of each user the latest.
    pub answers: BTreeMap<String, Answer>,
    /// Of answers that were read.
    pub answers_read: usize,
    pub outcomes: Vec<Outcome>,
    pub name: Option<String>,
    pub employees: Option<i64>,
    pub industry: Option<String>,
    pub region: Option<String>,
    pub use_cases: Option<Vec<String>>,
    pub owner: Option<String>,
    pub account_executive: Option<String>,
    pub success_role: Option<String>,
    pub onboarded: Option<Day>,
    pub closed: Option<Day>,
    pub contract: Option<Contract>,
    pub parent: Option<String>,
    pub ids: Option<BTreeMap<String, String>>,
    pub health: Option<Health>,
    /// One for each of the playbook's products.
    pub products: Vec<ProductState>,
    /// An index into the playbook's account stages.
    pub stage: usize,
    pub stage_changed: Option<Day>,
    /// By measure, what was published last.
    pub bands: BTreeMap<(String, Subject), String>,
    pub segments: BTreeMap<String, Membership>,
    /// When it was achieved.
    pub milestones: BTreeMap<(String, Subject), Day>,
    /// By rule.
    pub incidents: BTreeMap<(String, Subject), Incident>,
    /// By rule, the day on which it last opened, of whomever; without what was held out.
    pub openings: BTreeMap<String, Day>,
    /// In the order in which the plays opened.
    pub watched: Vec<Watched>,
    /// By campaign and user.
    pub campaigns: BTreeMap<(String, String), Written>,
    pub applied_ids: VecDeque<String>,
}

/// Counted usage: an internal user's never gets here, nor does that of a product the playbook does not name.
#[derive(Clone)]
pub struct Usage {
    pub day: Day,
    pub product: usize,
    pub user: Option<String>,
    pub feature: Option<String>,
    pub quantity: i64,
}

#[derive(Clone)]
pub struct Gauge {
    pub day: Day,
    pub time: i64,
    pub product: usize,
    pub name: String,
    pub value: f64,
}

#[derive(Clone)]
pub struct Run {
    pub day: Day,
    pub name: String,
    pub products: Vec<String>,
    pub quantity: i64,
}

#[derive(Clone, Default)]
pub struct User {
    pub id: String,
    /// The D on which it was first named.
    pub seen: Day,
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<String>,
    pub level: Option<String>,
    pub department: Option<String>,
    pub key: Option<bool>,
    pub internal: Option<bool>,
    pub created: Option<Day>,
    pub left: Option<Day>,
}

#[derive(Clone)]
pub struct Touchpoint {
    pub day: Day,
    pub kind: String,
    pub user: Option<String>,
}

/// To a survey.
#[derive(Clone)]
pub struct Answer {
    pub id: Option<String>,
    pub day: Day,
    pub score: i64,
    /// How many were read before.
    pub read: usize,
}

#[derive(Clone)]
pub struct Outcome {
    pub day: Day,
    pub time: i64,
    pub kind: String,
    pub amount: Option<f64>,
}

/// Of a segment.
#[derive(Clone, Default)]
pub struct Membership {
    pub inside: bool,
    /// S
    pub true_since: Option<Day>,
    /// C
    pub false_since: Option<Day>,
}

#[derive(Clone)]
pub struct Term {
    pub id: Option<String>,
    /// How many terms of the product were told before it.
    pub told: usize,
    pub ended: bool,
    pub trialing: bool,
    pub plan: Option<String>,
    pub seats: Option<i64>,
    pub addons: Option<Vec<String>>,
    /// `None`: it does not tell them.
    pub features: Option<Vec<String>>,
    pub arr: Option<f64>,
    pub begins: Day,
    pub ends: Option<Day>,
}

/// What was found at one evaluation.
#[derive(Clone)]
pub struct Seen {
    pub day: Day,
    /// The first begin of the terms in force; `None` where there are none.
    pub begin: Option<Day>,
    pub seats: Option<i64>,
    /// The evaluation was of an `ended`, and none is in force after it.
    pub ended: bool,
    /// E.
    pub since: Option<Day>,
}

#[derive(Clone, Default)]
pub struct ProductState {
    /// Every term that was told and has begun, in the order in which they became the present one of their id.
    pub terms: Vec<Term>,
    pub waiting: Vec<Term>,
    pub told_count: usize,
    /// At each evaluation since the account began.
    pub seen: Vec<Seen>,
    /// The D on which a user of it last turned out to be internal.
    pub became_internal: Option<Day>,
    /// 0 none, 1 entitled, 2 activated, 3 adopted, 4 proficient, 5 integrated.
    pub stage: usize,
    pub changed: Option<Day>,
    pub below_since: Option<Day>,
    pub first_adopted: Option<Day>,
    /// The D on which its stage last fell below `adopted`.
    pub lost: Option<Day>,
}

#[derive(Clone)]
pub struct Opened {
    /// The output's `time`, and D.
    pub time: i64,
    pub day: Day,
    pub held_out: bool,
    pub due: Option<Day>,
    /// Of its tasks, those that are not open: how each is, and why.
    pub tasks: BTreeMap<String, (String, Option<String>)>,
    /// What its outputs say of it.
    pub head: serde_json::Map<String, serde_json::Value>,
}

/// What becomes of a play that opened.
#[derive(Clone)]
pub struct Watched {
    pub rule: String,
    pub subject: Subject,
    pub time: i64,
    pub day: Day,
    pub held_out: bool,
    pub baseline: super::expr::Value,
}

/// Of a campaign and a user.
#[derive(Clone, Default)]
pub struct Written {
    /// Waits for the goal.
    pub under_way: Option<Triggered>,
    /// The day on which it was last triggered.
    pub last: Option<Day>,
}

#[derive(Clone)]
pub struct Triggered {
    pub time: i64,
    pub day: Day,
    pub tokens: Option<serde_json::Value>,
}

#[derive(Clone, Default)]
pub struct Incident {
    pub open: Option<Opened>,
    /// S
    pub true_since: Option<Day>,
    /// While it is open.
    pub clear_since: Option<Day>,
    pub last_clear: Option<Day>,
    /// All of its tasks were done: it opens again only after a look at which `open` is not true.
    pub awaits_a_break: bool,
    /// Guardrails held it back when its opening was last judged: those that were published last since it would have opened.
    pub held_back: Option<Vec<String>>,
    /// When that was last published.
    pub suppressed_day: Option<Day>,
}

impl Incident {
    /// ... and told of?
    pub fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|opened| !opened.held_out)
    }
}

impl ProductState {
    /// Was a term ever told, other than one that waits?
    pub fn told(&self) -> bool {
        !self.terms.is_empty()
    }

    /// A term is told on day D.
    pub fn tell(&mut self, term: Term, d: Day) {
        self.told_count += 1;
        if !term.ended && term.begins > d {
            self.waiting.retain(|waiting| waiting.id != term.id);
            self.waiting.push(term);
            return;
        }
        if term.ended {
            self.waiting.retain(|waiting| term.id.is_some() && waiting.id != term.id);
            if term.id.is_none() {
                let all: Vec<Term> = self.present().map(|other| Term { id: other.id.clone(), ..term.clone() }).collect();
                self.terms.extend(all);
            }
        }
        self.terms.push(term);
    }

    /// The present term of each id: the last that became it.
    fn present(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().enumerate().filter(|(i, term)| self.terms[i + 1..].iter().all(|later| later.id != term.id)).map(|(_, term)| term)
    }

    /// The terms in force on a day, by their dates alone.
    pub fn in_force(&self, d: Day, grace_days: i64) -> Vec<&Term> {
        // Of an earlier day some have not begun.
        let not_ended = || self.present().filter(|t| !t.ended && t.begins <= d);
        let hold_d: Vec<&Term> = not_ended().filter(|t| t.ends.is_none_or(|ends| d <= ends)).collect();
        if hold_d.is_empty() { not_ended().filter(|t| t.ends.is_some_and(|ends| d - ends <= grace_days)).collect() } else { hold_d }
    }

    /// An evaluation: `in_force` are the terms in force at it.
    fn see(&self, day: Day, in_force: &[&Term], of_ended: bool) -> Seen {
        let begin = in_force.iter().map(|term| term.begins).min();
        // As far back as no `ended` has left none.
        let unbroken = || self.seen.iter().rev().take_while(|seen| !seen.ended);
        let since = begin.map(|begin| {
            let goes_on = unbroken().any(|seen| seen.begin.is_some() && seen.day >= begin - 1);
            let before = unbroken().find_map(|seen| seen.since);
            before.filter(|before| goes_on && *before < begin).unwrap_or(begin)
        });
        Seen { day, begin, seats: sum(in_force.iter().filter_map(|term| term.seats)), ended: of_ended && in_force.is_empty(), since }
    }

    /// The day of the evaluation at which the sum of seats became what it is.
    pub fn seats_since(&self) -> Option<Day> {
        let now = self.seen.last()?.seats?;
        let changed = self.seen.iter().rposition(|seen| seen.seats != Some(now)).map_or(0, |before| before + 1);
        Some(self.seen[changed].day)
    }
}

/// Missing where there is nothing to be summed.
pub fn sum(numbers: impl Iterator<Item = i64>) -> Option<i64> {
    numbers.fold(None, |sum, n| Some(sum.unwrap_or(0) + n))
}

pub fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> i64 {
    items.collect::<BTreeSet<T>>().len() as i64
}

impl Account {
    pub fn zone<'a>(&'a self, playbook: &'a Playbook) -> &'a Zone {
        self.zone.as_ref().unwrap_or(&playbook.zone)
    }

    /// Of one product, or of all.
    pub fn used(&self, product: Option<usize>, from: Day, to: Day) -> impl Iterator<Item = &Usage> {
        self.usage.iter().filter(move |u| product.is_none_or(|p| u.product == p) && from <= u.day && u.day <= to)
    }

    /// Whom an id names, in the end.
    pub fn one<'a>(&'a self, id: &'a str) -> &'a str {
        self.merged.get(id).map_or(id, |into| self.one(into))
    }

    /// A user is named: from then on it exists.
    pub fn meet(&mut self, id: &str) {
        if !self.users.iter().any(|user| user.id == id) {
            self.users.push(User { id: id.to_owned(), seen: self.day, ..User::default() });
        }
    }

    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == self.one(id))
    }

    pub fn user_mut(&mut self, id: &str) -> &mut User {
        let one = self.one(id).to_owned();
        self.users.iter_mut().find(|user| user.id == one).expect("it was met")
    }

    pub fn is_internal(&self, id: &str) -> bool {
        self.user(id).is_some_and(|user| user.internal == Some(true))
    }

    /// Since when it has been gone.
    pub fn gone(&self, id: &str) -> Option<Day> {
        self.user(id)?.left.filter(|left| *left <= self.day)
    }

    /// Who is nobody else, in the order in which they were first named.
    pub fn selves(&self) -> impl Iterator<Item = &User> {
        self.users.iter().filter(|user| !self.merged.contains_key(&user.id))
    }

    pub fn is_present(&self, one: &str) -> bool {
        !self.is_internal(one) && self.gone(one).is_none()
    }

    /// Who counts: the users.
    pub fn present_users(&self) -> impl Iterator<Item = &User> {
        self.selves().filter(|user| self.is_present(&user.id))
    }

    /// Of those present, each once.
    pub fn users_in<'a>(&'a self, usage: impl Iterator<Item = &'a Usage>) -> BTreeSet<&'a str> {
        usage.filter_map(|u| u.user.as_deref()).map(|id| self.one(id)).filter(|one| self.is_present(one)).collect()
    }

    /// What a user did, under any of its names.
    pub fn used_by<'a>(&'a self, one: &'a str, product: Option<usize>, from: Day, to: Day) -> impl Iterator<Item = &'a Usage> {
        self.used(product, from, to).filter(move |u| u.user.as_deref().is_some_and(|id| self.one(id) == one))
    }

    /// What a user did with these products of late is the vendor's own.
    pub fn became_internal(&mut self, one: &str) {
        for p in 0..self.products.len() {
            if self.used_by(one, Some(p), self.day - 91, self.day).next().is_some() {
                self.products[p].became_internal = Some(self.day);
            }
        }
    }

    /// An answer is given: the latest of its user is kept.
    pub fn answer(&mut self, user: &str, id: Option<String>, day: Day, score: i64) {
        let one = self.one(user).to_owned();
        let answer = Answer { id, day, score, read: self.answers_read };
        self.answers_read += 1;
        let keeps = self.answers.get(&one).is_some_and(|known| {
            let replaced = answer.id.is_some() && answer.id == known.id;
            !replaced && answer.day < known.day
        });
        if !keeps {
            self.answers.insert(one, answer);
        }
    }

    /// A user turns out to be another.
    pub fn merge(&mut self, user: &str, into: &str) {
        let (user, into) = (self.one(user).to_owned(), self.one(into).to_owned());
        if user == into {
            return;
        }
        if self.is_internal(&into) && !self.is_internal(&user) {
            self.became_internal(&user);
        }
        let answers = [self.answers.remove(&user), self.answers.remove(&into)];
        if let Some(latest) = answers.into_iter().flatten().max_by_key(|answer| (answer.day, answer.read)) {
            self.answers.insert(into.clone(), latest);
        }
        self.merged.insert(user, into);
    }

    /// A user is forgotten, and whoever turned out to be that one. What they did is nobody's.
    pub fn erase_user(&mut self, user: &str) {
        let one = self.one(user).to_owned();
        let erased: Vec<String> = self.users.iter().map(|user| user.id.clone()).filter(|id| self.one(id) == one).collect();
        let is_erased = |user: &String| erased.contains(user);
        for of in self.usage.iter_mut().map(|usage| &mut usage.user).chain(self.touchpoints.iter_mut().map(|told| &mut told.user)) {
            of.take_if(|user| is_erased(user));
        }
        let is_of = |subject: &Subject| matches!(subject, Subject::User(user) | Subject::UserOf(_, user) if is_erased(user));
        self.users.retain(|user| !is_erased(&user.id));
        self.merged.retain(|user, _| !is_erased(user));
        self.answers.retain(|user, _| !is_erased(user));
        self.incidents.retain(|(_, subject), _| !is_of(subject));
        self.watched.retain(|watched| !is_of(&watched.subject));
        self.campaigns.retain(|(_, user), _| !is_erased(user));
    }

    pub fn is_closed(&self) -> bool {
        self.closed.is_some_and(|closed| closed <= self.day)
    }

    pub fn in_force(&self, playbook: &Playbook, p: usize) -> Vec<&Term> {
        if self.is_closed() { Vec::new() } else { self.products[p].in_force(self.day, playbook.grace_days) }
    }

    /// Notes what is in force of each product at an evaluation. `ended`: the product that an `ended` was told of.
    pub fn see(&mut self, playbook: &Playbook, ended: Option<usize>) {
        for p in 0..self.products.len() {
            let seen = self.products[p].see(self.day, &self.in_force(playbook, p), ended == Some(p));
            self.products[p].seen.push(seen);
        }
    }

    /// The condition of the stage `entitled`.
    pub fn entitled(&self, playbook: &Playbook, p: usize) -> bool {
        if self.products[p].told() {
            !self.in_force(playbook, p).is_empty()
        } else {
            !self.is_closed() && self.used(Some(p), self.day - 91, self.day).next().is_some()
        }
    }

    pub fn adopted_products(&self) -> i64 {
        self.products.iter().filter(|s| s.stage >= ADOPTED).count() as i64
    }

    /// Adoption days and products in their order: the primary product, the second ...
    pub fn adoptions(&self) -> Vec<(Day, usize)> {
        let mut all: Vec<(Day, usize)> =
            self.products.iter().enumerate().filter_map(|(p, s)| s.first_adopted.map(|day| (day, p))).collect();
        all.sort_unstable();
        all
    }

    pub fn primary(&self) -> Option<usize> {
        self.adoptions().first().map(|(_, p)| *p)
    }
}
