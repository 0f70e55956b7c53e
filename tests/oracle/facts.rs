//! Everything an account was ever told, kept as it came, and every metric computed from it by definition.

use super::decode::Contract;
use super::expr::{Facts, Metric, Value};
use super::playbook::Playbook;
use super::zone::{Day, Zone};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const ADOPTED: usize = 3;

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
    pub internal: BTreeMap<String, bool>,
    pub left: BTreeMap<String, Option<Day>>,
    /// Whom each user turned out to be.
    pub merged: BTreeMap<String, String>,
    pub connections: BTreeSet<(String, String)>,
    pub touchpoints: Vec<Day>,
    pub employees: Option<i64>,
    pub industry: Option<String>,
    pub region: Option<String>,
    pub owner: Option<String>,
    pub account_executive: Option<String>,
    pub success_role: Option<String>,
    pub onboarded: Option<Day>,
    pub closed: Option<Day>,
    pub contract: Option<Contract>,
    /// One for each of the playbook's products.
    pub products: Vec<ProductState>,
    /// An index into the playbook's account stages.
    pub stage: usize,
    pub stage_changed: Option<Day>,
    /// By rule, then by product (account rules: one).
    pub incidents: Vec<Vec<Incident>>,
    pub applied_ids: VecDeque<String>,
}

/// Counted usage: an internal user's never gets here, nor does that of a product the playbook does not name.
pub struct Usage {
    pub day: Day,
    pub product: usize,
    pub user: Option<String>,
    pub feature: Option<String>,
    pub quantity: i64,
}

pub struct Gauge {
    pub day: Day,
    pub time: i64,
    pub product: usize,
    pub name: String,
    pub value: f64,
}

pub struct Run {
    pub day: Day,
    pub name: String,
    pub products: Vec<String>,
    pub quantity: i64,
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

#[derive(Default)]
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
}

#[derive(Clone, Default)]
pub struct Incident {
    /// The output's `time` and D of the opening.
    pub open: Option<(i64, Day)>,
    /// S
    pub true_since: Option<Day>,
    /// While it is open.
    pub clear_since: Option<Day>,
    pub last_clear: Option<Day>,
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
    fn in_force(&self, d: Day, grace_days: i64) -> Vec<&Term> {
        let not_ended = || self.present().filter(|t| !t.ended);
        let hold_d: Vec<&Term> = not_ended().filter(|t| t.begins <= d && t.ends.is_none_or(|ends| d <= ends)).collect();
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
    fn seats_since(&self) -> Option<Day> {
        let now = self.seen.last()?.seats?;
        let changed = self.seen.iter().rposition(|seen| seen.seats != Some(now)).map_or(0, |before| before + 1);
        Some(self.seen[changed].day)
    }
}

/// Missing where there is nothing to be summed.
fn sum(numbers: impl Iterator<Item = i64>) -> Option<i64> {
    numbers.fold(None, |sum, n| Some(sum.unwrap_or(0) + n))
}

fn distinct<T: Ord>(items: impl Iterator<Item = T>) -> i64 {
    items.collect::<BTreeSet<T>>().len() as i64
}

/// (recent − previous) ÷ previous
fn change(recent: i64, previous: i64) -> Value {
    Value::ratio(recent - previous, previous)
}

/// How many standard errors the differences are away from none.
fn shift(differences: &[i64]) -> Value {
    let n = differences.len() as i128;
    let a: i128 = differences.iter().map(|d| i128::from(*d)).sum();
    let squares: i128 = differences.iter().map(|d| i128::from(*d) * i128::from(*d)).sum();
    let b = n * squares - a * a;
    match (a.signum(), b) {
        (0, 0) => Value::Missing,
        (1, 0) => Value::Double(1e9),
        (_, 0) => Value::Double(-1e9),
        _ => Value::Double(a as f64 / (b as f64 / (n - 1) as f64).sqrt()),
    }
}

impl Account {
    pub fn zone<'a>(&'a self, playbook: &'a Playbook) -> &'a Zone {
        self.zone.as_ref().unwrap_or(&playbook.zone)
    }

    fn used(&self, p: usize, from: Day, to: Day) -> impl Iterator<Item = &Usage> {
        self.usage.iter().filter(move |u| u.product == p && from <= u.day && u.day <= to)
    }

    fn sum(&self, p: usize, from: Day, to: Day) -> i64 {
        self.used(p, from, to).map(|u| u.quantity).sum()
    }

    fn days(&self, p: usize, from: Day, to: Day) -> i64 {
        distinct(self.used(p, from, to).map(|u| u.day))
    }

    /// Whom an id names, in the end.
    pub fn one<'a>(&'a self, id: &'a str) -> &'a str {
        self.merged.get(id).map_or(id, |into| self.one(into))
    }

    pub fn is_internal(&self, id: &str) -> bool {
        self.internal.get(self.one(id)) == Some(&true)
    }

    /// Who counts in numbers of users.
    fn is_present(&self, one: &str) -> bool {
        let gone = self.left.get(one).copied().flatten().is_some_and(|left| left <= self.day);
        !self.is_internal(one) && !gone
    }

    fn present<'a>(&'a self, usage: impl Iterator<Item = &'a Usage>) -> impl Iterator<Item = &'a str> {
        usage.filter_map(|u| u.user.as_deref()).map(|id| self.one(id)).filter(|one| self.is_present(one))
    }

    fn users(&self, p: usize, from: Day, to: Day) -> i64 {
        distinct(self.present(self.used(p, from, to)))
    }

    /// What a user did with these products of late is the vendor's own.
    pub fn became_internal(&mut self, one: &str) {
        for p in 0..self.products.len() {
            let of_late = self.used(p, self.day - 91, self.day);
            if of_late.filter_map(|u| u.user.as_deref()).any(|id| self.one(id) == one) {
                self.products[p].became_internal = Some(self.day);
            }
        }
    }

    fn first_use(&self, p: usize) -> Option<Day> {
        self.usage.iter().filter(|u| u.product == p).map(|u| u.day).min()
    }

    fn last_use(&self, p: usize) -> Option<Day> {
        self.usage.iter().filter(|u| u.product == p).map(|u| u.day).max()
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
            !self.is_closed() && self.used(p, self.day - 91, self.day).next().is_some()
        }
    }

    pub fn adopted_products(&self) -> i64 {
        self.products.iter().filter(|s| s.stage >= ADOPTED).count() as i64
    }

    fn entitled_products(&self, playbook: &Playbook) -> i64 {
        (0..self.products.len()).filter(|p| !self.in_force(playbook, *p).is_empty()).count() as i64
    }

    /// Adoption days in their order: primary product, second …
    fn adoptions(&self) -> Vec<Day> {
        let mut days: Vec<Day> = self.products.iter().filter_map(|s| s.first_adopted).collect();
        days.sort_unstable();
        days
    }

    pub fn metric(&self, playbook: &Playbook, subject: Option<usize>, metric: &Metric) -> Value {
        if metric.of_product {
            let p = match &metric.product {
                Some(id) => playbook.product_ids.iter().position(|known| known == id),
                None => subject,
            };
            self.product_metric(playbook, p.expect("checked at load"), metric)
        } else {
            self.account_metric(playbook, metric)
        }
    }

    fn product_metric(&self, playbook: &Playbook, p: usize, metric: &Metric) -> Value {
        let d = self.day;
        let n = metric.n;
        let of = metric.of.as_deref();
        let product = &playbook.products[p];
        // The last day that is complete, and the window.
        let complete = d - 1 - product.settle_days;
        let to = if metric.complete { complete } else { d };
        let from = to - n + 1;
        let state = &self.products[p];
        let tier_of = |feature: &str| product.features.iter().find(|f| f.0 == feature);
        // A feature that the product does not have reads 0.
        let of_feature = |u: &&Usage| of.is_some_and(|of| u.feature.as_deref() == Some(of));
        let since = |day: Option<Day>| Value::or_missing(day, |day| Value::int(d - day));
        let in_force = self.in_force(playbook, p);
        let seats = sum(in_force.iter().filter_map(|t| t.seats));
        let last_to_end = in_force.iter().max_by_key(|t| (t.ends.unwrap_or(Day::MAX), t.told));
        // The two windows of a comparison. Was the product in use when the earlier one began, by users who have been customers since?
        let (recent, previous) = ((complete - n + 1, complete), (complete - 2 * n + 1, complete - n));
        let known_since =
            self.first_use(p).is_some_and(|first| first <= previous.0) && state.became_internal.is_none_or(|day| day <= previous.0);
        let enough_before = self.sum(p, previous.0, previous.1) >= playbook.min_volume
            && self.days(p, previous.0, previous.1) >= playbook.min_active_days.min(n);
        match metric.name.as_str() {
            "events" if of.is_some() => Value::int(self.used(p, from, to).filter(of_feature).map(|u| u.quantity).sum()),
            "events" => Value::int(self.sum(p, from, to)),
            "gauge" => {
                let mut latest: Option<&Gauge> = None;
                for gauge in self.gauges.iter().filter(|g| g.product == p && Some(g.name.as_str()) == of) {
                    if latest.is_none_or(|l| gauge.time >= l.time) {
                        latest = Some(gauge);
                    }
                }
                let level = latest.filter(|g| from <= g.day && g.day <= d).map_or(0.0, |g| g.value);
                Value::Double(level)
            }
            "active_users" => Value::int(self.users(p, from, to)),
            "users_of" => Value::int(distinct(self.present(self.used(p, from, to).filter(of_feature)))),
            "active_days" => Value::int(self.days(p, from, to)),
            "active_weeks" => {
                let weeks = (0..n).filter(|w| self.used(p, to - 7 * w - 6, to - 7 * w).next().is_some());
                Value::int(weeks.count() as i64)
            }
            "features_used" => {
                let features = self.used(p, from, to).filter_map(|u| u.feature.as_deref());
                let of_tier = features.filter(|f| of.is_none() || tier_of(f).is_some_and(|f| f.1.as_deref() == of));
                Value::int(distinct(of_tier))
            }
            "feature_share" => {
                let features = self.used(p, from, to).filter_map(|u| u.feature.as_deref());
                Value::ratio(distinct(features.filter(|f| tier_of(f).is_some())), product.features.len() as i64)
            }
            "entitled" => Value::Bool(!in_force.is_empty()),
            "seats" => Value::or_missing(seats, Value::int),
            "seats_days" => since(state.seats_since()),
            "plan" => Value::or_missing(last_to_end.and_then(|t| t.plan.clone()), Value::Text),
            "trialing" if in_force.is_empty() => Value::Missing,
            "trialing" => Value::Bool(in_force.iter().all(|t| t.trialing)),
            "term_days_left" => Value::or_missing(last_to_end.and_then(|t| t.ends), |ends| Value::int(ends - d)),
            "entitled_days" => since(state.seen.last().and_then(|seen| seen.since)),
            "license_utilization" => match seats {
                Some(seats) => Value::ratio(self.users(p, from, to), seats),
                None => Value::Missing,
            },
            "days_since_use" => since(self.last_use(p)),
            "days_since_first_use" => since(self.first_use(p)),
            "stage_days" => since(state.changed),
            "usage_change" | "usage_shift" if !(known_since && enough_before) => Value::Missing,
            "usage_change" => change(self.sum(p, recent.0, recent.1), self.sum(p, previous.0, previous.1)),
            "usage_shift" => {
                let differences: Vec<i64> =
                    (recent.0..=recent.1).map(|day| self.sum(p, day, day) - self.sum(p, day - n, day - n)).collect();
                shift(&differences)
            }
            "frequency_change" if !known_since => Value::Missing,
            "frequency_change" => change(self.days(p, recent.0, recent.1), self.days(p, previous.0, previous.1)),
            "stickiness" => {
                let daily: i64 = (from..=to).map(|day| self.users(p, day, day)).sum();
                Value::ratio(daily, n * self.users(p, from, to))
            }
            "concentration" => {
                let mut by_feature: BTreeMap<&str, i64> = BTreeMap::new();
                for used in self.used(p, from, to) {
                    if let Some(feature) = &used.feature {
                        *by_feature.entry(feature).or_default() += used.quantity;
                    }
                }
                Value::ratio(by_feature.values().copied().max().unwrap_or(0), by_feature.values().sum())
            }
            "integrations" => Value::int(self.connections.iter().filter(|(a, b)| *a == product.id || *b == product.id).count() as i64),
            "workflow_runs" => {
                let runs = self.runs.iter().filter(|r| from <= r.day && r.day <= to && r.products.contains(&product.id));
                Value::int(runs.filter(|r| of.is_none_or(|of| r.name == of)).map(|r| r.quantity).sum())
            }
            other => unreachable!("{other}"),
        }
    }

    fn account_metric(&self, playbook: &Playbook, metric: &Metric) -> Value {
        let d = self.day;
        let since = |day: Option<Day>| Value::or_missing(day, |day| Value::int(d - day));
        let text = |text: &Option<String>| Value::or_missing(text.clone(), Value::Text);
        match metric.name.as_str() {
            "holiday" => {
                let calendar = playbook.calendars.iter().find(|c| Some(&c.name) == metric.of.as_ref()).expect("checked at load");
                let is_holiday = |day: Day| calendar.periods.iter().any(|(from, to)| *from <= day && day <= *to);
                Value::Bool((d - metric.n + 1..=d).any(is_holiday))
            }
            "products_entitled" => Value::int(self.entitled_products(playbook)),
            "products_active" => {
                let active = (0..self.products.len()).filter(|p| self.days(*p, d - playbook.window_days + 1, d) >= 1);
                Value::int(active.count() as i64)
            }
            "products_adopted" => Value::int(self.adopted_products()),
            "breadth" => Value::ratio(self.adopted_products(), self.entitled_products(playbook)),
            "account_stage_days" => since(Some(self.stage_changed.unwrap_or(self.began))),
            "observed_days" => since(Some(self.began)),
            "first_product_days" => since(self.adoptions().first().copied()),
            "days_to_second_product" => match self.adoptions()[..] {
                [first, second, ..] => Value::int(second - first),
                _ => Value::Missing,
            },
            "days_since_touchpoint" => since(self.touchpoints.iter().max().copied()),
            "employees" => Value::or_missing(self.employees, Value::int),
            "industry" => text(&self.industry),
            "region" => text(&self.region),
            "owner" => text(&self.owner),
            "success_role" => text(&self.success_role),
            "arr" => Value::or_missing(self.contract.and_then(|c| c.arr), Value::Double),
            "days_to_renewal" => Value::or_missing(self.contract.and_then(|c| c.renewal), |renewal| Value::int(renewal - d)),
            "onboarded_days" => since(self.onboarded),
            other => unreachable!("{other}"),
        }
    }
}

/// An account and the product whose condition is judged.
pub struct View<'a> {
    pub playbook: &'a Playbook,
    pub account: &'a Account,
    pub subject: Option<usize>,
}

impl Facts for View<'_> {
    fn present(&self, metric: &Metric) -> Metric {
        let product = metric.product.as_ref().map(|name| self.playbook.present(name));
        let p = product.as_ref().map_or(self.subject, |id| self.playbook.named(id)).filter(|_| metric.of_product);
        let names_a_feature = matches!(metric.name.as_str(), "events" | "users_of");
        let of = metric.of.as_ref().map(|of| p.filter(|_| names_a_feature).map_or(of.clone(), |p| self.playbook.present_feature(p, of)));
        let mut present = metric.clone();
        (present.product, present.of) = (product, of);
        present
    }

    fn value(&self, metric: &Metric) -> Value {
        self.account.metric(self.playbook, self.subject, &self.present(metric))
    }

    fn window(&self, metric: &Metric) -> Option<(Day, Day)> {
        let p = match &metric.product {
            Some(name) => self.playbook.named(name),
            None => self.subject.filter(|_| metric.of_product),
        };
        let settle = p.map_or(0, |p| self.playbook.products[p].settle_days);
        metric.window(self.account.day, settle, self.playbook.window_days)
    }

    fn subject(&self) -> Option<&str> {
        self.subject.map(|p| self.playbook.product_ids[p].as_str())
    }
}
