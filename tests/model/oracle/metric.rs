//! Every metric, computed from what was told by its definition.

use super::eval::{View, greatest, is_below, mean, quotient};
use super::expr::{Expr, Op, Read, Value};
use super::facts::{ADOPTED, Gauge, Outcome, Usage, distinct, sum};
use super::number::Frac;
use super::playbook::{Feature, Path};
use super::zone::Day;
use std::collections::{BTreeMap, BTreeSet};

pub const STAGES: [&str; 6] = ["none", "entitled", "activated", "adopted", "proficient", "integrated"];

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

/// The last level by time, of equal ones the later read: 0 from a churn on.
pub fn revenue<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Option<f64> {
    let levels = outcomes.filter(|outcome| outcome.kind == "churn" || outcome.kind == "mrr" && outcome.amount.is_some());
    levels.max_by_key(|outcome| outcome.time).map(|latest| if latest.kind == "churn" { 0.0 } else { latest.amount.unwrap_or_default() })
}

/// Two windows that are compared, of a product or of the account.
struct Compared<'a> {
    view: &'a View<'a>,
    product: Option<usize>,
    feature: Option<&'a str>,
    n: i64,
    recent: (Day, Day),
    previous: (Day, Day),
}

impl<'a> Compared<'a> {
    fn new(view: &'a View<'a>, product: Option<usize>, feature: Option<&'a str>, n: i64) -> Self {
        let settle_days = product.map_or(view.playbook.settle_days, |p| view.playbook.products[p].settle_days);
        let last = view.account.day - 1 - settle_days;
        Compared { view, product, feature, n, recent: (last - n + 1, last), previous: (last - 2 * n + 1, last - n) }
    }

    fn used(&self, (from, to): (Day, Day)) -> impl Iterator<Item = &'a Usage> {
        let feature = self.feature;
        let is_meant = move |u: &&Usage| feature.is_none_or(|feature| u.feature.as_deref() == Some(feature));
        self.view.account.used(self.product, from, to).filter(is_meant)
    }

    fn sum(&self, window: (Day, Day)) -> i64 {
        self.used(window).map(|u| u.quantity).sum()
    }

    fn days(&self, window: (Day, Day)) -> i64 {
        distinct(self.used(window).map(|u| u.day))
    }

    fn users(&self, window: (Day, Day)) -> i64 {
        self.view.account.users_in(self.used(window)).len() as i64
    }

    /// Was it in use when the earlier window began?
    fn used_before(&self) -> bool {
        self.used((Day::MIN, self.previous.0)).next().is_some()
    }

    /// ... by users who have been customers since?
    fn known_since(&self) -> bool {
        let all = &self.view.account.products;
        let of = |p: usize| self.product.is_none_or(|product| product == p);
        let became_internal = (0..all.len()).filter(|p| of(*p)).filter_map(|p| all[p].became_internal).max();
        self.used_before() && became_internal.is_none_or(|day| day <= self.previous.0)
    }

    fn enough_before(&self) -> bool {
        let playbook = self.view.playbook;
        self.sum(self.previous) >= playbook.min_volume && self.days(self.previous) >= playbook.min_active_days.min(self.n)
    }

    fn value(&self, metric: &str) -> Value {
        match metric {
            "users_change" if !self.used_before() => Value::Missing,
            "users_change" => change(self.users(self.recent), self.users(self.previous)),
            _ if !self.known_since() => Value::Missing,
            "frequency_change" => change(self.days(self.recent), self.days(self.previous)),
            _ if !self.enough_before() => Value::Missing,
            "usage_shift" => {
                let of_day = |day: Day| self.sum((day, day));
                let differences: Vec<i64> = (self.recent.0..=self.recent.1).map(|day| of_day(day) - of_day(day - self.n)).collect();
                shift(&differences)
            }
            _ => change(self.sum(self.recent), self.sum(self.previous)),
        }
    }
}

impl View<'_> {
    fn since(&self, day: Option<Day>) -> Value {
        Value::or_missing(day, |day| Value::int(self.account.day - day))
    }

    pub fn first_use(&self, product: Option<usize>) -> Option<Day> {
        self.account.used(product, Day::MIN, Day::MAX).map(|u| u.day).min()
    }

    pub fn last_use(&self, product: Option<usize>) -> Option<Day> {
        self.account.used(product, Day::MIN, Day::MAX).map(|u| u.day).max()
    }

    pub fn users(&self, product: Option<usize>, from: Day, to: Day) -> i64 {
        self.account.users_in(self.account.used(product, from, to)).len() as i64
    }

    fn days(&self, product: Option<usize>, from: Day, to: Day) -> i64 {
        distinct(self.account.used(product, from, to).map(|u| u.day))
    }

    /// Mean over the days of that day's users ÷ all users.
    fn stickiness(&self, product: Option<usize>, from: Day, to: Day) -> Value {
        let daily: i64 = (from..=to).map(|day| self.users(product, day, day)).sum();
        Value::ratio(daily, (to - from + 1) * self.users(product, from, to))
    }

    pub fn seats(&self, p: usize) -> Option<i64> {
        sum(self.account.in_force(self.playbook, p).iter().filter_map(|term| term.seats))
    }

    fn catalogue(&self, p: usize, feature: &str) -> Option<&Feature> {
        self.playbook.products[p].features.iter().find(|known| known.id == feature)
    }

    /// Features that were used, within the catalogue or not, each with its product.
    fn features<'a>(&self, usage: impl Iterator<Item = &'a Usage>) -> BTreeSet<(usize, &'a str)> {
        usage.filter_map(|u| u.feature.as_deref().map(|feature| (u.product, feature))).collect()
    }

    /// How many, of a tier if one is named.
    fn count_features<'a>(&self, usage: impl Iterator<Item = &'a Usage>, tier: Option<&str>) -> i64 {
        let is_of_tier = |p: usize, feature: &str| tier.is_none_or(|tier| self.catalogue(p, feature).is_some_and(|f| is_of(f, tier)));
        self.features(usage).into_iter().filter(|(p, feature)| is_of_tier(*p, feature)).count() as i64
    }

    fn count_modules<'a>(&self, usage: impl Iterator<Item = &'a Usage>) -> i64 {
        let modules = self.features(usage).into_iter().filter_map(|(p, feature)| Some((p, self.catalogue(p, feature)?.module.as_deref()?)));
        distinct(modules)
    }

    /// Of the catalogue, what the account may use.
    pub fn enabled(&self, p: usize) -> Vec<&Feature> {
        let in_force = self.account.in_force(self.playbook, p);
        let told: Vec<_> = in_force.iter().filter_map(|term| term.features.as_ref()).collect();
        let all_tell = !in_force.is_empty() && told.len() == in_force.len();
        let is_told = |id: &str| told.iter().any(|list| list.iter().any(|name| self.playbook.present_feature(p, name) == id));
        self.playbook.products[p].features.iter().filter(|feature| !all_tell || is_told(&feature.id)).collect()
    }

    pub fn uses(&self, p: usize, feature: &str, from: Day, to: Day) -> impl Iterator<Item = &Usage> {
        self.account.used(Some(p), from, to).filter(move |u| u.feature.as_deref() == Some(feature))
    }

    pub fn is_used(&self, p: usize, feature: &str, from: Day, to: Day) -> bool {
        self.uses(p, feature, from, to).next().is_some()
    }

    /// Distinct ones that terms in force tell; `None` where none tells any.
    fn addons(&self, p: usize) -> Option<BTreeSet<&str>> {
        let in_force = self.account.in_force(self.playbook, p);
        let told: Vec<_> = in_force.into_iter().filter_map(|term| term.addons.as_ref()).collect();
        if told.is_empty() { None } else { Some(told.into_iter().flatten().map(String::as_str).collect()) }
    }

    /// Of those that name something of the catalogue, those nothing of which was used.
    pub fn unused_addons(&self, p: usize, from: Day, to: Day) -> Vec<&str> {
        let product = &self.playbook.products[p];
        let names = |addon: &str, feature: &Feature| {
            feature.module.as_deref() == Some(addon) || feature.id == self.playbook.present_feature(p, addon)
        };
        let is_unused = |addon: &&str| {
            let named: Vec<_> = product.features.iter().filter(|feature| names(addon, feature)).collect();
            !named.is_empty() && !named.iter().any(|feature| self.is_used(p, &feature.id, from, to))
        };
        self.addons(p).unwrap_or_default().into_iter().filter(|addon| is_unused(addon)).collect()
    }

    pub fn is_effective(&self, p: usize, feature: &Feature, to: Day) -> bool {
        let (days, of) = feature.effective;
        distinct(self.uses(p, &feature.id, to - of + 1, to).map(|u| u.day)) >= days
    }

    /// Quantities times what one use of each feature is worth.
    fn worth(&self, p: usize, from: Day, to: Day, of: impl Fn(&Feature) -> Option<&Frac>) -> Value {
        let worth = |feature: &Feature| {
            let quantity = self.uses(p, &feature.id, from, to).map(|u| u.quantity).sum();
            of(feature).map(|each| each.times(&Frac::int(quantity)))
        };
        let all = self.playbook.products[p].features.iter().filter_map(worth);
        Value::Exact(all.fold(Frac::int(0), |sum, worth| sum.plus(&worth)))
    }

    /// How much of a condition is there.
    pub fn progress(&self, condition: &Expr) -> Value {
        match condition {
            Expr::Binary(Op::And, ..) => {
                let parts = flattened(condition, Op::And);
                mean(parts.into_iter().map(|part| self.progress(part)))
            }
            Expr::Binary(Op::Or, ..) => {
                let parts = flattened(condition, Op::Or);
                greatest(parts.into_iter().map(|part| self.progress(part)).collect())
            }
            Expr::Binary(op @ (Op::Ge | Op::Gt), m, t) if is_positive(t) => self.progress_to(*op, &self.value(m), &self.value(t)),
            flag => Value::int(i64::from(self.holds(flag))),
        }
    }

    /// How much of a positive number is reached; missing where that is something else.
    pub fn progress_to(&self, op: Op, m: &Value, t: &Value) -> Value {
        if !is_below(&Value::int(0), t) {
            return Value::Missing;
        }
        if *m == Value::Missing {
            return Value::int(0);
        }
        let falls_short = op == Op::Gt && !is_below(t, m);
        let most = if falls_short { Frac::ratio(99, 100).expect("100 is not 0") } else { Frac::int(1) };
        match quotient(m, t) {
            Value::Exact(ratio) if ratio.compare(&Frac::int(0)).is_lt() => Value::int(0),
            Value::Exact(ratio) if ratio.compare(&most).is_gt() => Value::Exact(most),
            Value::Double(ratio) => Value::Double(ratio.clamp(0.0, most.to_f64())),
            ratio => ratio,
        }
    }

    pub fn product_metric(&self, p: usize, read: &Read) -> Value {
        let (account, d, n, named) = (self.account, self.account.day, read.n, read.named.as_deref());
        let (product, state) = (&self.playbook.products[p], &account.products[p]);
        // The last day that is complete, and the window.
        let to = if read.complete { d - 1 - product.settle_days } else { d };
        let from = to - n + 1;
        let used = || account.used(Some(p), from, to);
        // A feature that the product does not have reads 0.
        let of_feature = |u: &&Usage| named.is_some_and(|named| u.feature.as_deref() == Some(named));
        let in_force = account.in_force(self.playbook, p);
        let last_to_end = in_force.iter().max_by_key(|t| (t.ends.unwrap_or(Day::MAX), t.told));
        match read.name.as_str() {
            "events" if named.is_some() => Value::int(used().filter(of_feature).map(|u| u.quantity).sum()),
            "events" => Value::int(used().map(|u| u.quantity).sum()),
            "gauge" => {
                let mut latest: Option<&Gauge> = None;
                for gauge in account.gauges.iter().filter(|g| g.product == p && Some(g.name.as_str()) == named) {
                    if latest.is_none_or(|l| gauge.time >= l.time) {
                        latest = Some(gauge);
                    }
                }
                let level = latest.filter(|g| from <= g.day && g.day <= d).map_or(0.0, |g| g.value);
                Value::Double(level)
            }
            "active_users" => Value::int(self.users(Some(p), from, to)),
            "users_of" => Value::int(account.users_in(used().filter(of_feature)).len() as i64),
            "active_days" => Value::int(self.days(Some(p), from, to)),
            "active_weeks" => {
                let weeks = (0..n).filter(|w| account.used(Some(p), to - 7 * w - 6, to - 7 * w).next().is_some());
                Value::int(weeks.count() as i64)
            }
            "features_used" => Value::int(self.count_features(used(), named)),
            "feature_share" => {
                let of_tier: Vec<_> = product.features.iter().filter(|f| named.is_none_or(|tier| is_of(f, tier))).collect();
                let used = of_tier.iter().filter(|feature| self.is_used(p, &feature.id, from, to)).count();
                Value::ratio(used as i64, of_tier.len() as i64)
            }
            "entitled" => Value::Bool(!in_force.is_empty()),
            "seats" => Value::or_missing(self.seats(p), Value::int),
            "seats_days" => self.since(state.seats_since()),
            "seats_added" => {
                let then = state.seen.iter().rev().find(|seen| seen.day == d - n).and_then(|seen| seen.seats);
                Value::or_missing(self.seats(p).zip(then), |(now, then)| Value::int(now - then))
            }
            "plan" => Value::or_missing(last_to_end.and_then(|t| t.plan.clone()), Value::Text),
            "trialing" if in_force.is_empty() => Value::Missing,
            "trialing" => Value::Bool(in_force.iter().all(|t| t.trialing)),
            "term_days_left" => Value::or_missing(last_to_end.and_then(|t| t.ends), |ends| Value::int(ends - d)),
            "entitled_days" => self.since(state.seen.last().and_then(|seen| seen.since)),
            "license_utilization" => Value::or_missing(self.seats(p), |seats| Value::ratio(self.users(Some(p), from, to), seats)),
            "utilization_change" if self.first_use(Some(p)).is_some_and(|first| first > d - n) => Value::Missing,
            "utilization_change" => {
                let change = self.users(Some(p), from, to) - self.users(Some(p), from - n, to - n);
                Value::or_missing(self.seats(p), |seats| Value::ratio(change, seats))
            }
            "days_since_use" => self.since(self.last_use(Some(p))),
            "days_since_first_use" => self.since(self.first_use(Some(p))),
            "stage_days" => self.since(state.changed),
            "stage" => Value::Text(STAGES[state.stage].into()),
            "adopted_days" => self.since(state.first_adopted),
            "lost_days" => self.since(state.lost.filter(|_| state.stage < ADOPTED)),
            "usage_change" | "usage_shift" | "frequency_change" | "users_change" => Compared::new(self, Some(p), None, n).value(&read.name),
            "feature_change" => Compared::new(self, Some(p), named, n).value("usage_change"),
            "stickiness" => self.stickiness(Some(p), from, to),
            "concentration" => {
                let mut by_feature: BTreeMap<&str, i64> = BTreeMap::new();
                for used in used() {
                    if let Some(feature) = &used.feature {
                        *by_feature.entry(feature).or_default() += used.quantity;
                    }
                }
                Value::ratio(by_feature.values().copied().max().unwrap_or(0), by_feature.values().sum())
            }
            "integrations" => {
                let touching = account.connections.iter().filter(|(a, b)| *a == product.id || *b == product.id);
                Value::int(touching.count() as i64)
            }
            "workflow_runs" => {
                let runs = account.runs.iter().filter(|r| from <= r.day && r.day <= to && r.products.contains(&product.id));
                Value::int(runs.filter(|r| named.is_none_or(|named| r.name == named)).map(|r| r.quantity).sum())
            }
            "fit" => product.fit.as_ref().map_or(Value::Missing, |fit| self.of_account().value(fit)),
            "criteria_progress" => self.of_product(p).progress(&product.criteria),
            "unused_features" => {
                let of_tier = self.enabled(p).into_iter().filter(|f| named.is_none_or(|tier| is_of(f, tier)));
                Value::int(of_tier.filter(|feature| !self.is_used(p, &feature.id, from, to)).count() as i64)
            }
            "features_enabled" => Value::int(self.enabled(p).len() as i64),
            "enabled_share" => {
                let enabled = self.enabled(p);
                let used = enabled.iter().filter(|feature| self.is_used(p, &feature.id, from, to)).count();
                Value::ratio(used as i64, enabled.len() as i64)
            }
            "effective_features" => {
                let used = self.enabled(p).into_iter().filter(|feature| self.is_used(p, &feature.id, from, to));
                Value::int(used.filter(|feature| self.is_effective(p, feature, to)).count() as i64)
            }
            "modules_used" => Value::int(self.count_modules(used())),
            "modules" => Value::int(distinct(product.features.iter().filter_map(|feature| feature.module.as_ref()))),
            "addons" => {
                let list = |addons: BTreeSet<&str>| Value::List(addons.into_iter().map(|addon| Value::Text(addon.into())).collect());
                Value::or_missing(self.addons(p), list)
            }
            "addons_unused" => Value::int(self.unused_addons(p, from, to).len() as i64),
            "value_realized" => self.worth(p, from, to, |feature| feature.amount.as_ref()),
            "hours_saved" => self.worth(p, from, to, |feature| feature.hours.as_ref()),
            other => unreachable!("{other}"),
        }
    }

    pub fn entitled(&self) -> Vec<usize> {
        (0..self.playbook.products.len()).filter(|p| self.account.entitled(self.playbook, *p)).collect()
    }

    /// In place between named products, and of the catalogue of integrations where there is one.
    fn integrations_active(&self) -> i64 {
        let named = |(a, b): &(String, String)| self.playbook.named(a).zip(self.playbook.named(b));
        let listed = |pair: &(usize, usize)| self.playbook.integrations.as_ref().is_none_or(|catalogue| catalogue.contains(pair));
        distinct(self.account.connections.iter().filter_map(named).filter(listed))
    }

    /// Of the catalogue of integrations, or without one of all pairs, those between entitled products.
    fn integrations_possible(&self) -> i64 {
        let entitled = self.entitled();
        let all = || entitled.iter().flat_map(|a| entitled.iter().map(|b| (*a, *b))).filter(|(a, b)| a != b).collect();
        let pairs: Vec<(usize, usize)> = self.playbook.integrations.clone().unwrap_or_else(all);
        distinct(pairs.into_iter().filter(|(a, b)| entitled.contains(a) && entitled.contains(b)))
    }

    /// Departments or levels, of all users or of those who were active; missing where no user has one.
    fn kinds<'a>(&'a self, of: impl Fn(&'a super::facts::User) -> Option<&'a String>, active: Option<(Day, Day)>) -> Value {
        if !self.account.present_users().any(|user| of(user).is_some()) {
            return Value::Missing;
        }
        let is_meant =
            |user: &&super::facts::User| active.is_none_or(|(from, to)| self.account.used_by(&user.id, None, from, to).next().is_some());
        Value::int(distinct(self.account.present_users().filter(is_meant).filter_map(of)))
    }

    /// Of users present, each one's latest answer.
    fn answers(&self, from: Day, to: Day) -> Vec<(Day, i64)> {
        let of_users = self.account.present_users().filter_map(|user| self.account.answers.get(&user.id));
        of_users.filter(|answer| from <= answer.day && answer.day <= to).map(|answer| (answer.day, answer.score)).collect()
    }

    /// Key users who are gone: who left in the window, or came on four days at least of the window before and not since.
    fn key_users_gone(&self, n: i64) -> i64 {
        let (account, d) = (self.account, self.account.day);
        let is_gone = |user: &super::facts::User| match user.left {
            Some(left) => d - n < left && left <= d,
            None => {
                let before = distinct(account.used_by(&user.id, None, d - 2 * n, d - n - 1).map(|u| u.day));
                before >= 4 && account.used_by(&user.id, None, d - n, d).next().is_none()
            }
        };
        let key = account.selves().filter(|user| user.key == Some(true) && !account.is_internal(&user.id));
        key.filter(|user| is_gone(user)).count() as i64
    }

    /// The path that shares the longest beginning with the order of adoption, and how long that is.
    pub fn matched_path(&self) -> Option<(&Path, usize)> {
        let order: Vec<usize> = self.account.adoptions().into_iter().map(|(_, p)| p).collect();
        let shared = |path: &Path| path.products.iter().zip(&order).take_while(|(a, b)| a == b).count();
        let mut matched: Option<&Path> = None;
        for path in self.playbook.paths.iter().filter(|path| shared(path) > 0) {
            if matched.is_none_or(|matched| shared(path) > shared(matched)) {
                matched = Some(path);
            }
        }
        matched.map(|path| (path, shared(path)))
    }

    pub fn next_product(&self) -> Option<usize> {
        let (path, shared) = self.matched_path()?;
        path.products[shared..].iter().copied().find(|p| self.account.products[*p].stage < ADOPTED)
    }

    pub fn account_metric(&self, read: &Read) -> Value {
        let (account, d, n, named) = (self.account, self.account.day, read.n, read.named.as_deref());
        let (from, to) = (d - n + 1, d);
        let every = 0..self.playbook.products.len();
        let used = || account.used(None, from, to);
        let text = |text: &Option<String>| Value::or_missing(text.clone(), Value::Text);
        let product = |p: Option<usize>| Value::or_missing(p, |p| Value::Text(self.playbook.product_ids[p].clone()));
        let users = || account.present_users().count() as i64;
        match read.name.as_str() {
            "holiday" => {
                let calendar = self.playbook.calendars.iter().find(|c| Some(c.name.as_str()) == named).expect("checked at load");
                let is_holiday = |day: Day| calendar.periods.iter().any(|(from, to)| *from <= day && day <= *to);
                Value::Bool((from..=to).any(is_holiday))
            }
            "products_entitled" => Value::int(every.filter(|p| !account.in_force(self.playbook, *p).is_empty()).count() as i64),
            "products_active" => {
                let active = every.filter(|p| self.days(Some(*p), d - self.playbook.window_days + 1, d) >= 1);
                Value::int(active.count() as i64)
            }
            "products_adopted" => Value::int(account.adopted_products()),
            "breadth" => {
                let entitled = every.filter(|p| !account.in_force(self.playbook, *p).is_empty()).count();
                Value::ratio(account.adopted_products(), entitled as i64)
            }
            "products_added" => Value::int(account.adoptions().iter().filter(|(day, _)| from <= *day && *day <= to).count() as i64),
            "products_lost" => {
                let lost = account.products.iter().filter(|state| state.stage < ADOPTED).filter_map(|state| state.lost);
                Value::int(lost.filter(|day| d - day < n).count() as i64)
            }
            "account_stage" => Value::Text(self.playbook.account_stages[account.stage].name.clone()),
            "account_stage_days" => self.since(Some(account.stage_changed.unwrap_or(account.began))),
            "observed_days" => self.since(Some(account.began)),
            "first_product_days" => self.since(account.adoptions().first().map(|(day, _)| *day)),
            "days_to_second_product" => match account.adoptions()[..] {
                [first, second, ..] => Value::int(second.0 - first.0),
                _ => Value::Missing,
            },
            "primary_product" => product(account.primary()),
            "second_product" => product(account.adoptions().get(1).map(|(_, p)| *p)),
            "next_product" => product(self.next_product()),
            "days_since_touchpoint" => {
                let meant = account.touchpoints.iter().filter(|touchpoint| named.is_none_or(|kind| touchpoint.kind == kind));
                self.since(meant.map(|touchpoint| touchpoint.day).max())
            }
            "name" => text(&account.name),
            "employees" => Value::or_missing(account.employees, Value::int),
            "industry" => text(&account.industry),
            "region" => text(&account.region),
            "owner" => text(&account.owner),
            "account_executive" => text(&account.account_executive),
            "success_role" => text(&account.success_role),
            "arr" => Value::or_missing(account.contract.and_then(|c| c.arr), Value::Double),
            "days_to_renewal" => Value::or_missing(account.contract.and_then(|c| c.renewal), |renewal| Value::int(renewal - d)),
            "onboarded_days" => self.since(account.onboarded),
            "use_cases" => {
                let list = |cases: &Vec<String>| Value::List(cases.iter().cloned().map(Value::Text).collect());
                Value::or_missing(account.use_cases.as_ref(), list)
            }
            "health" => {
                let part = account.health.and_then(|health| match named {
                    Some("relationship") => health.relationship,
                    Some("service") => health.service,
                    Some("financial") => health.financial,
                    other => unreachable!("{other:?}"),
                });
                Value::or_missing(part, Value::Double)
            }
            "users_known" => Value::int(users()),
            "login_rate" => Value::ratio(self.users(None, from, to), users()),
            "departments" => self.kinds(|user| user.department.as_ref(), None),
            "departments_active" => self.kinds(|user| user.department.as_ref(), Some((from, to))),
            "levels" => self.kinds(|user| user.level.as_ref(), None),
            "levels_active" => self.kinds(|user| user.level.as_ref(), Some((from, to))),
            "exposure" => {
                let most_seats = || every.clone().filter_map(|p| self.seats(p)).max();
                let of = account.employees.filter(|employees| *employees > 0).or_else(most_seats);
                Value::or_missing(of, |of| Value::ratio(self.users(None, from, to), of))
            }
            "events" => Value::int(used().map(|u| u.quantity).sum()),
            "active_users" => Value::int(self.users(None, from, to)),
            "active_days" => Value::int(self.days(None, from, to)),
            "features_used" => Value::int(self.count_features(used(), named)),
            "modules_used" => Value::int(self.count_modules(used())),
            "usage_change" | "frequency_change" | "users_change" => Compared::new(self, None, None, n).value(&read.name),
            "stickiness" => self.stickiness(None, from, to),
            "days_since_use" => self.since(self.last_use(None)),
            "integrations_active" => Value::int(self.integrations_active()),
            "integrations_possible" => Value::int(self.integrations_possible()),
            "integration_score" => {
                let (active, possible) = (self.integrations_active(), self.integrations_possible());
                Value::ratio((100 * active).min(100 * possible), possible)
            }
            "synergies_unlocked" => {
                Value::int(self.playbook.synergies.iter().filter(|synergy| self.of_account().holds(&synergy.by)).count() as i64)
            }
            "synergies_untapped" => {
                let entitled = self.entitled();
                let could = self.playbook.synergies.iter().filter(|synergy| synergy.products.iter().all(|p| entitled.contains(p)));
                Value::int(could.filter(|synergy| !self.of_account().holds(&synergy.by)).count() as i64)
            }
            "workflow_runs" => {
                let runs = account.runs.iter().filter(|r| from <= r.day && r.day <= to && named.is_none_or(|named| r.name == named));
                let with_named = runs.filter(|r| r.products.iter().any(|product| self.playbook.named(product).is_some()));
                Value::int(with_named.map(|r| r.quantity).sum())
            }
            "nps" => {
                let answers = self.answers(from, to);
                let promoters = answers.iter().filter(|(_, score)| *score >= 9).count() as i64;
                let detractors = answers.iter().filter(|(_, score)| *score <= 6).count() as i64;
                Value::ratio(100 * (promoters - detractors), answers.len() as i64)
            }
            "nps_answers" => Value::int(self.answers(from, to).len() as i64),
            "days_since_nps" => self.since(self.answers(Day::MIN, Day::MAX).iter().map(|(day, _)| *day).max()),
            "mrr" => Value::or_missing(revenue(account.outcomes.iter()), Value::Double),
            "mrr_change" => {
                let now = revenue(account.outcomes.iter());
                let then = revenue(account.outcomes.iter().filter(|outcome| outcome.day <= d - n));
                Value::or_missing(now.zip(then), |(now, then)| quotient(&Value::Double(now - then), &Value::Double(then)))
            }
            "churned" => {
                let says = |outcome: &&Outcome| outcome.kind != "mrr" || outcome.amount.is_some_and(|amount| amount > 0.0);
                let latest = account.outcomes.iter().filter(says).max_by_key(|outcome| outcome.time);
                Value::Bool(latest.is_some_and(|outcome| outcome.kind == "churn"))
            }
            "persona" => {
                let persona = self.playbook.persona(named.expect("checked at load"));
                self.of_account().share_of_users(&persona.keeps, persona.among.as_ref())
            }
            "key_users_gone" => Value::int(self.key_users_gone(n)),
            other => unreachable!("{other}"),
        }
    }

    /// Of a user, with all named products or with one.
    pub fn user_metric(&self, one: &str, product: Option<usize>, read: &Read) -> Value {
        let (account, d, n, named) = (self.account, self.account.day, read.n, read.named.as_deref());
        let Some(user) = account.user(one) else { return Value::Missing };
        let used = || account.used_by(one, product, d - n + 1, d);
        let ever = || account.used_by(one, product, Day::MIN, Day::MAX);
        let text = |text: &Option<String>| Value::or_missing(text.clone(), Value::Text);
        let answer = account.answers.get(one);
        match read.name.as_str() {
            "active_days" => Value::int(distinct(used().map(|u| u.day))),
            "active_weeks" => {
                let weeks = (0..n).filter(|w| account.used_by(one, product, d - 7 * w - 6, d - 7 * w).next().is_some());
                Value::int(weeks.count() as i64)
            }
            "days_since_use" => self.since(ever().map(|u| u.day).max()),
            "days_since_first_use" => self.since(ever().map(|u| u.day).min()),
            "products_used" => Value::int(distinct(used().map(|u| u.product))),
            "features_used" => Value::int(self.count_features(used(), named)),
            "modules_used" => Value::int(self.count_modules(used())),
            "used" => Value::Bool(used().any(|u| u.feature.as_deref() == named)),
            "known_days" => {
                let seen = account.users.iter().filter(|other| account.one(&other.id) == one).map(|other| other.seen).min();
                self.since(user.created.or(seen))
            }
            "name" => text(&user.name),
            "email" => text(&user.email),
            "level" => text(&user.level),
            "role" => text(&user.role),
            "department" => text(&user.department),
            "key" => Value::Bool(user.key == Some(true)),
            "days_since_touchpoint" => {
                let with = account.touchpoints.iter().filter(|t| t.user.as_deref().is_some_and(|id| account.one(id) == one));
                self.since(with.map(|touchpoint| touchpoint.day).max())
            }
            "nps_score" => Value::or_missing(answer, |answer| Value::int(answer.score)),
            "days_since_nps" => self.since(answer.map(|answer| answer.day)),
            "gone_days" => self.since(account.gone(one)),
            other => unreachable!("{other}"),
        }
    }
}

pub fn is_of(feature: &Feature, tier: &str) -> bool {
    feature.tiers.iter().any(|known| known == tier)
}

fn is_positive(expr: &Expr) -> bool {
    matches!(expr, Expr::Number(t, _) if t.compare(&Frac::int(0)).is_gt())
}

/// The parts of `a && b && ...`, or of `a || b || ...`, however they are nested.
pub fn flattened(expr: &Expr, op: Op) -> Vec<&Expr> {
    match expr {
        Expr::Binary(this, a, b) if *this == op => [flattened(a, op), flattened(b, op)].concat(),
        other => vec![other],
    }
}
