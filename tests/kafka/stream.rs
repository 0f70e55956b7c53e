//! A synthetic customer base, seeded: what its accounts do over weeks, and what they do right now.
//!
//! **Order, and why it matters.** The tests expect of the service what one `replay` of the same lines says. The service
//! keeps a clock per partition, `replay` a single one over all accounts. Both agree on every account's day as long as the
//! lines run through the calendar together in all partitions. So the lines are shuffled only inside half hours (every zone
//! used here has its midnight on the half hour), and a late event directly follows a timely one of the same account.

use adoption_tracker::random;
use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;
const HALF_HOUR_MS: i64 = 30 * MINUTE_MS;

const ZONES: [&str; 6] = ["UTC", "America/New_York", "Asia/Tokyo", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney"];

/// Product, core features, advanced features: those of the playbooks.
const PRODUCTS: [(&str, &[&str], &[&str]); 5] = [
    ("crm", &["contact.created", "activity.logged", "deal.updated"], &["workflow.automated", "forecast.viewed"]),
    ("marketing", &["campaign.sent", "list.updated"], &["journey.published"]),
    ("sales_engagement", &["sequence.created", "email.sent", "call.logged"], &["sequence.branched"]),
    ("analytics", &["report.generated", "report.viewed"], &["query.custom"]),
    ("portal", &["ticket.created", "article.viewed"], &["automation.triggered"]),
];

pub fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// RFC 3339, in milliseconds, UTC.
pub fn rfc3339(instant_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(instant_ms).expect("test instants are in this century");
    format!("{instant:.3}")
}

/// `YYYY-MM-DD` in UTC.
fn date(instant_ms: i64) -> String {
    rfc3339(instant_ms)[..10].to_owned()
}

/// Zones in which no midnight lies within `minutes` from now. While events are written at the speed of the wall clock, a
/// midnight in between would set the service (whose clock is the wall's, once it has caught up) and `replay` (whose clock
/// is the last event's) rightfully apart.
pub fn quiet_zones(minutes: i64) -> Result<Vec<&'static str>> {
    let now = Timestamp::now();
    let later = Timestamp::from_millisecond(now.as_millisecond() + minutes * MINUTE_MS)?;
    let mut quiet = Vec::new();
    for name in ZONES {
        let zone = TimeZone::get(name).with_context(|| format!("zone {name}"))?;
        if zone.to_datetime(now).date() == zone.to_datetime(later).date() {
            quiet.push(name);
        }
    }
    ensure!(!quiet.is_empty(), "it is midnight everywhere");
    Ok(quiet)
}

/// The calendar day of `instant_ms` in each zone: where two instants agree on it, a `replay` up to either says the same.
pub fn days_everywhere(instant_ms: i64) -> Vec<String> {
    let instant = Timestamp::from_millisecond(instant_ms).expect("test instants are in this century");
    ZONES
        .iter()
        .map(|name| {
            let zone = TimeZone::get(name).expect("the zone database is compiled in");
            zone.to_datetime(instant).date().to_string()
        })
        .collect()
}

/// One line of input. `line` is a JSON object without a line break.
#[derive(Debug, Clone)]
pub struct Event {
    pub account: String,
    pub line: String,
    /// Meant to end in the dead letters.
    pub broken: bool,
}

/// What tests draw of a seed.
#[derive(Debug, Clone)]
pub struct Random(random::Random);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(random::Random::new(seed))
    }

    /// Uniform in `low ..= high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.0.draw() % (high - low + 1) as u64) as i64
    }

    /// True in `percent` of a hundred draws.
    pub fn percent(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }

    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.between(0, among.len() as i64 - 1) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.between(0, last as i64) as usize);
        }
    }
}

/// What a stream is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    pub accounts: usize,
    /// Of the accounts; those without one live in the playbook's.
    pub zones: Vec<&'static str>,
    /// In a thousand events, how many are broken. They must reach the dead letters, once each.
    pub broken_per_mille: i64,
}

pub struct Stream {
    random: Random,
    accounts: Vec<Account>,
    broken_per_mille: i64,
    events: u64,
    seed: u64,
}

struct Account {
    id: String,
    zone: Option<&'static str>,
    users: i64,
    /// Its use of each product, in the order of [`PRODUCTS`].
    products: Vec<Habit>,
}

/// How an account uses a product over the span of the backlog.
struct Habit {
    product: usize,
    /// Per mille of the backlog's span. Used between them: late starters, early leavers, steady ones.
    from: i64,
    until: i64,
    /// A short, dense time of use: it reaches adoption, and what follows is a drop.
    burst: Option<(i64, i64)>,
    weight: i64,
}

impl Stream {
    pub fn new(seed: u64, plan: &Plan) -> Self {
        let mut random = Random::new(seed);
        let accounts = (0..plan.accounts)
            .map(|number| {
                let first = random.between(0, 4);
                let habits = random.between(1, 4);
                Account {
                    id: format!("acct-{number:04}"),
                    zone: random.percent(60).then(|| *random.pick(&plan.zones)),
                    users: random.between(1, 14),
                    products: (0..habits).map(|step| Habit::drawn(((first + step) % 5) as usize, &mut random)).collect(),
                }
            })
            .collect();
        Self { random, accounts, broken_per_mille: plan.broken_per_mille, events: 0, seed }
    }

    /// About `count` events from `from_ms` to `to_ms`, in the order in which they are to be written.
    pub fn backlog(&mut self, count: usize, from_ms: i64, to_ms: i64) -> Vec<Event> {
        let mut timed: Vec<(i64, Event)> = Vec::with_capacity(count + count / 8);
        for index in 0..self.accounts.len() {
            self.introduce(index, from_ms, to_ms, &mut timed);
        }
        while timed.len() < count {
            let at = self.random.between(from_ms, to_ms);
            let progress = (at - from_ms) * 1000 / (to_ms - from_ms).max(1);
            let index = self.some_account();
            let Some(product) = self.product_in_use(index, progress) else {
                continue;
            };
            let event = self.activity(index, product, at, Pace::Backlog);
            timed.push((at, event));
        }
        timed.sort_by_key(|(at, _)| *at);

        let mut ordered = Vec::with_capacity(timed.len());
        let mut rest = timed;
        while !rest.is_empty() {
            let half_hour = rest[0].0.div_euclid(HALF_HOUR_MS);
            let end = rest.partition_point(|(at, _)| at.div_euclid(HALF_HOUR_MS) <= half_hour);
            let following = rest.split_off(end);
            if self.random.percent(50) {
                self.random.shuffle(&mut rest);
            }
            for (at, event) in rest {
                // A broken event moves no clock, so nothing late may lean on it.
                let late = (!event.broken && self.random.percent(1)).then(|| {
                    let index = self.index_of(&event.account);
                    let product = self.random.pick(&self.accounts[index].products).product;
                    let days = self.random.between(1, 25);
                    self.usage(index, product, at - days * DAY_MS)
                });
                ordered.push(event);
                ordered.extend(late);
            }
            rest = following;
        }
        ordered
    }

    /// What somebody does at this moment.
    pub fn live(&mut self, at_ms: i64) -> Event {
        let index = self.some_account();
        let product = self.random.pick(&self.accounts[index].products).product;
        self.activity(index, product, at_ms, Pace::Live)
    }

    /// Unvarying use: every account uses two products every day at the same hours, from `from_ms` to `to_ms`. Whoever reads
    /// it all, in order, has no drop to report.
    pub fn steady(&mut self, from_ms: i64, to_ms: i64) -> Vec<Event> {
        const TIMES_A_DAY: i64 = 4;
        let mut timed = Vec::new();
        for index in 0..self.accounts.len() {
            let minute = index as i64 % 240;
            for step in 0..2 {
                let product = (index + step) % PRODUCTS.len();
                let feature = PRODUCTS[product].1[0];
                let mut day_ms = from_ms.div_euclid(DAY_MS) * DAY_MS;
                while day_ms <= to_ms {
                    for turn in 0..TIMES_A_DAY {
                        let at = day_ms + turn * DAY_MS / TIMES_A_DAY + minute * MINUTE_MS;
                        if (from_ms..=to_ms).contains(&at) {
                            let user = format!("user-{}", turn % 3);
                            let fields = json!({
                                "product": PRODUCTS[product].0, "feature": feature, "user": user, "quantity": 2,
                            });
                            timed.push((at, self.event(index, "usage", at, fields)));
                        }
                    }
                    day_ms += DAY_MS;
                }
            }
        }
        timed.sort_by_key(|(at, _)| *at);
        timed.into_iter().map(|(_, event)| event).collect()
    }

    /// The account's own records: who it is, what it bought, who works there.
    fn introduce(&mut self, index: usize, from_ms: i64, to_ms: i64, timed: &mut Vec<(i64, Event)>) {
        let start = from_ms + self.random.between(0, (to_ms - from_ms) / 4);
        let mut profile = json!({
            "name": format!("Company {index}, Ltd. \u{2013} \"{}\"", self.random.between(1, 99)),
            "employees": self.random.between(5, 5000),
            "industry": *self.random.pick(&["software", "retail", "bank\u{0101}"]),
            "contract": {"starts": date(from_ms - 100 * DAY_MS), "renewal": date(to_ms + 90 * DAY_MS), "arr": 12000.5},
            "a_field_nobody_knows": [1, {"deep": null}],
        });
        if let Some(zone) = self.accounts[index].zone {
            profile["time_zone"] = json!(zone);
        }
        let event = self.event(index, "account", start, profile);
        timed.push((start, event));

        for habit in 0..self.accounts[index].products.len() {
            let at = start + self.random.between(0, HOUR_MS);
            let product = self.accounts[index].products[habit].product;
            // Some use what nobody has told an entitlement for.
            if self.random.percent(85) {
                let event = self.entitlement(index, product, at, "active");
                timed.push((at, event));
            }
        }
        for user in 0..self.accounts[index].users {
            if self.random.percent(40) {
                let at = start + self.random.between(0, 5 * DAY_MS);
                let event = self.user(index, user, at);
                timed.push((at, event));
            }
        }
    }

    fn activity(&mut self, index: usize, product: usize, at: i64, pace: Pace) -> Event {
        if self.random.between(1, 1000) <= self.broken_per_mille {
            return self.broken(index, at);
        }
        let kind = self.random.between(1, 1000);
        // At live pace nothing falls silent and no day passes, so what moves stages are gauges and entitlements.
        let (gauges, entitlements) = match pace {
            Pace::Backlog => (60, 6),
            Pace::Live => (220, 50),
        };
        match kind {
            kind if kind <= gauges => self.gauge(index, product, at),
            kind if kind <= gauges + entitlements => {
                let status = *self.random.pick(&["active", "active", "trialing", "ended"]);
                self.entitlement(index, product, at, status)
            }
            kind if kind > 985 => self.rare(index, product, at),
            kind if kind > 970 => {
                let user = self.random.between(0, self.accounts[index].users - 1);
                self.user(index, user, at)
            }
            _ => self.usage(index, product, at),
        }
    }

    fn usage(&mut self, index: usize, product: usize, at: i64) -> Event {
        let (name, core, advanced) = PRODUCTS[product];
        let mut fields = json!({ "product": name });
        if self.random.percent(85) {
            let features = if self.random.percent(96) { core } else { advanced };
            fields["feature"] = json!(self.random.pick(features));
        }
        if self.random.percent(92) {
            let user = self.random.between(0, self.accounts[index].users - 1);
            fields["user"] = json!(format!("user-{user}"));
        }
        if self.random.percent(50) {
            fields["quantity"] = json!(self.random.between(1, 7));
        }
        self.event(index, "usage", at, fields)
    }

    fn gauge(&mut self, index: usize, product: usize, at: i64) -> Event {
        let (name, value) = match (PRODUCTS[product].0, self.random.between(1, 100)) {
            ("marketing", ..=25) => ("campaigns.active", json!(self.random.between(0, 3))),
            ("marketing", ..=40) => ("contacts.listed", json!(self.random.between(50, 500))),
            _ => ("load.level", json!(self.random.between(0, 1000) as f64 / 10.0)),
        };
        let fields = json!({ "product": PRODUCTS[product].0, "name": name, "value": value });
        self.event(index, "gauge", at, fields)
    }

    fn entitlement(&mut self, index: usize, product: usize, at: i64, status: &str) -> Event {
        let mut fields = json!({ "product": PRODUCTS[product].0, "status": status });
        if self.random.percent(70) {
            fields["seats"] = json!(self.random.between(1, 20));
        }
        if self.random.percent(20) {
            fields["starts"] = json!(date(at - self.random.between(0, 40) * DAY_MS));
        }
        if self.random.percent(10) {
            fields["ends"] = json!(date(at + self.random.between(5, 60) * DAY_MS));
        }
        self.event(index, "entitlement", at, fields)
    }

    fn user(&mut self, index: usize, user: i64, at: i64) -> Event {
        let fields = json!({
            "user": format!("user-{user}"),
            "name": format!("Ms \u{010d} {user}"),
            "level": *self.random.pick(&["ic", "manager", "executive"]),
            "key": self.random.percent(10),
            "internal": self.random.percent(6),
        });
        self.event(index, "user", at, fields)
    }

    fn rare(&mut self, index: usize, product: usize, at: i64) -> Event {
        let here = PRODUCTS[product].0;
        let there = PRODUCTS[(product + 1) % PRODUCTS.len()].0;
        let (kind, fields) = match self.random.between(1, 9) {
            1 | 2 => {
                let status = if self.random.percent(60) { "connected" } else { "disconnected" };
                ("integration", json!({ "from": here, "to": there, "status": status }))
            }
            3 | 4 => ("workflow", json!({ "name": "lead-to-cash", "products": [here, there], "user": "user-0", "quantity": 2 })),
            5 => ("touchpoint", json!({ "kind": "call", "user": "user-1" })),
            7 => {
                let (task, status) = (*self.random.pick(&["call", "note"]), *self.random.pick(&["done", "dismissed"]));
                ("task", json!({ "play": "load_above", "product": here, "task": task, "status": status }))
            }
            8 => ("task", json!({ "play": "quiet_user", "user": "user-0", "task": "write", "status": "done", "reason": "answered" })),
            6 => ("nps", json!({ "user": "user-0", "score": self.random.between(0, 10), "comment": null })),
            _ => ("account", json!({ "employees": self.random.between(5, 5000) })),
        };
        self.event(index, kind, at, fields)
    }

    fn broken(&mut self, index: usize, at: i64) -> Event {
        let mut event = match self.random.between(1, 3) {
            1 => self.event(index, "teleport", at, json!({})),
            2 => self.event(index, "usage", at, json!({ "feature": "contact.created" })),
            _ => self.event(index, "usage", at, json!({ "product": "crm", "quantity": "many" })),
        };
        event.broken = true;
        event
    }

    fn event(&mut self, index: usize, kind: &str, at: i64, fields: Value) -> Event {
        self.events += 1;
        let account = &self.accounts[index].id;
        let mut object = Map::new();
        object.insert("type".into(), json!(kind));
        object.insert("id".into(), json!(format!("e-{:x}-{}", self.seed, self.events)));
        // Both forms of an instant are legal.
        let time = if self.events.is_multiple_of(3) { json!(at) } else { json!(rfc3339(at)) };
        object.insert("time".into(), time);
        object.insert("account".into(), json!(account));
        if let Value::Object(fields) = fields {
            object.extend(fields);
        }
        Event { account: account.clone(), line: Value::Object(object).to_string(), broken: false }
    }

    /// A few accounts do most of the work.
    fn some_account(&mut self) -> usize {
        let last = self.accounts.len() as i64 - 1;
        let bound = self.random.between(0, last);
        self.random.between(0, bound) as usize
    }

    fn product_in_use(&mut self, index: usize, progress: i64) -> Option<usize> {
        let draw = self.random.between(1, 100);
        let account = &self.accounts[index];
        let habit = &account.products[draw as usize % account.products.len()];
        (habit.weight_at(progress) >= draw).then_some(habit.product)
    }

    fn index_of(&self, account: &str) -> usize {
        account["acct-".len()..].parse().expect("account ids end in their number")
    }
}

#[derive(Clone, Copy)]
enum Pace {
    Backlog,
    Live,
}

impl Habit {
    fn drawn(product: usize, random: &mut Random) -> Self {
        let from = if random.percent(50) { 0 } else { random.between(0, 600) };
        let until = if random.percent(60) { 1000 } else { random.between(from, 1000) };
        let burst = random.percent(40).then(|| {
            let start = random.between(0, 900);
            (start, start + random.between(10, 80))
        });
        Self { product, from, until, burst, weight: random.between(5, 60) }
    }

    /// How readily the account uses the product at `progress` per mille of the span; 100 is always.
    fn weight_at(&self, progress: i64) -> i64 {
        if self.burst.is_some_and(|(from, until)| (from..until).contains(&progress)) {
            100
        } else if (self.from..=self.until).contains(&progress) {
            self.weight
        } else {
            0
        }
    }
}
