//! Synthetic load for the benchmarks: accounts drawn by Zipf, users, products and features evenly.

use std::borrow::Cow;
use std::sync::Arc;

use adoption_tracker::engine::{CauseRef, Effect, Engine, EngineSettings, TOGETHER};
use adoption_tracker::input::{Body, Event};
use adoption_tracker::playbook::Playbook;
use compact_str::{CompactString, format_compact};

/// SplitMix64: benchmarks draw the same load each time.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Ranks drawn with a probability falling as rank^-exponent (exponent < 1), by inverting the integral.
pub struct Zipf {
    count: f64,
    power: f64,
}

impl Zipf {
    pub fn new(count: u64, exponent: f64) -> Self {
        Self { count: count as f64, power: 1.0 / (1.0 - exponent) }
    }

    pub fn draw(&self, random: &mut Random) -> u64 {
        ((self.count * random.unit().powf(self.power)) as u64).min(self.count as u64 - 1)
    }
}

/// The shape of a load.
#[derive(Clone, Copy)]
pub struct Shape {
    pub accounts: u64,
    pub users: u64,
    pub products: u64,
    pub features: u64,
    pub days: i64,
}

/// Of the backlog that the benchmarks end to end are about.
pub const BACKLOG: Shape = Shape { accounts: 20_000, users: 10, products: 5, features: 3, days: 60 };

pub const PRODUCTS: [&str; 5] = ["crm", "marketing", "sales_engagement", "analytics", "portal"];

/// 2026-01-01T00:00:00Z.
pub const FIRST_MS: i64 = 1_767_225_600_000;
pub const DAY_MS: i64 = 86_400_000;

/// A number from the environment, or the default.
pub fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// One usage event: account, user, product, feature, time.
#[derive(Clone)]
pub struct Drawn {
    pub account: u64,
    /// The account's id, beside the rest: a service finds it in the event that it has just decoded, and not somewhere in memory.
    pub id: CompactString,
    pub user: u64,
    pub product: u64,
    pub feature: u64,
    pub time_ms: i64,
}

/// Events in order of time, spread evenly over the days. Each account uses only some of the products where `products` is below 5.
pub fn events(shape: Shape, count: u64, seed: u64) -> impl Iterator<Item = Drawn> {
    let mut random = Random(seed);
    let zipf = Zipf::new(shape.accounts, 0.8);
    let span_ms = shape.days * DAY_MS;
    (0..count).map(move |number| {
        let account = scatter(zipf.draw(&mut random), shape.accounts);
        Drawn {
            account,
            id: account_id(account),
            user: random.below(shape.users),
            product: random.below(shape.products),
            feature: random.below(shape.features),
            time_ms: FIRST_MS + (span_ms as i128 * i128::from(number) / i128::from(count)) as i64,
        }
    })
}

pub fn account_id(account: u64) -> CompactString {
    format_compact!("account-{account}")
}

/// Spreads ranks over account numbers, so that the frequent ones are not neighbours.
fn scatter(rank: u64, accounts: u64) -> u64 {
    (rank.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) % accounts
}

/// A playbook of the shipped products with eight features each and so many product rules over a handful of metrics.
pub fn playbook(rules: usize) -> String {
    let mut text = String::from("version: 1\nproducts:\n");
    for product in PRODUCTS {
        text.push_str(&format!("  {product}:\n    name: {product}\n    features:\n"));
        for feature in 0..8 {
            let tier = if feature < 6 { "core" } else { "advanced" };
            text.push_str(&format!("      f{feature}: {{tier: {tier}}}\n"));
        }
        text.push_str("    adopted: events(\"f0\") >= 25 && events(\"f1\") >= 10\n");
    }
    text.push_str("alerts:\n");
    for rule in 0..rules {
        // The first ten open and clear now and then; the others lie beyond what the load reaches, so that what is measured is their
        // number and not their outputs.
        let threshold = if rule < 10 { 5 + rule * 7 } else { 100_000 + rule };
        let condition = match rule % 6 {
            0 => format!("events >= {threshold}"),
            1 => format!("events(7) >= {threshold}"),
            2 => format!("active_users >= {threshold}"),
            3 => format!("events(\"f2\") >= {threshold} && active_days(14) >= 3"),
            4 => format!("events(\"f3\", 14) >= {threshold}"),
            _ => format!("days_since_use >= {threshold}"),
        };
        text.push_str(&format!("  rule_{rule}: {{scope: product, open: '{condition}'}}\n"));
    }
    text
}

/// So many rules, of products and of users by turns, that read measures of theirs, with the same products.
pub fn playbook_of_measures(rules: usize) -> String {
    let mut text = playbook(0);
    text.truncate(text.find("alerts:").expect("rules come last"));
    text.push_str(
        "measures:
  score: {of: product, value: '100 * weighted(feature_share, 40, min(1, active_days(28) / 20), 40, criteria_progress, 20)'}
  habit: {of: user, value: '100 * weighted(min(1, active_days(28) / 20), 60, min(1, features_used / 8), 40)'}
alerts:
",
    );
    for rule in 0..rules {
        // As above: the first ten open and clear now and then, the others lie beyond what a measure reaches.
        let threshold = if rule < 10 { 20 + rule * 7 } else { 1_000 + rule };
        let (scope, measure) = if rule % 2 == 0 { ("product", "score") } else { ("user", "habit") };
        text.push_str(&format!("  rule_{rule}: {{scope: {scope}, open: '{measure} >= {threshold}'}}\n"));
    }
    text
}

/// Names made once, so that making them is no part of what is measured.
pub struct Texts {
    users: Vec<String>,
    /// By product.
    features: Vec<Vec<String>>,
}

impl Texts {
    /// Of each product first the features that the playbook has of it.
    fn new(shape: Shape, playbook: &Playbook) -> Self {
        let named = |prefix: &'static str, count: u64| (0..count).map(move |number| format!("{prefix}{number}"));
        let features = |product: &str| {
            let known = playbook.product(product).map(|index| &playbook.products[usize::from(index.0)].features);
            let known = known.into_iter().flatten().map(|feature| feature.id.clone());
            known.chain(named("f", shape.features)).take(shape.features as usize).collect()
        };
        Self { users: named("user-", shape.users).collect(), features: PRODUCTS.map(features).into() }
    }

    pub fn event<'a>(&'a self, drawn: &'a Drawn) -> Event<'a> {
        Event {
            id: None,
            time_ms: drawn.time_ms,
            account: Cow::Borrowed(&*drawn.id),
            body: Body::Usage {
                product: Cow::Borrowed(PRODUCTS[drawn.product as usize]),
                user: Some(Cow::Borrowed(&self.users[drawn.user as usize])),
                feature: Some(Cow::Borrowed(&self.features[drawn.product as usize][drawn.feature as usize])),
                quantity: 1,
            },
        }
    }
}

/// An engine fed with drawn events.
pub struct Running {
    pub engine: Engine,
    pub effects: Vec<Effect>,
    texts: Texts,
    number: u64,
}

impl Running {
    pub fn new(shape: Shape, rules: usize) -> Self {
        Self::with(shape, &playbook(rules))
    }

    /// With a playbook's text.
    pub fn with(shape: Shape, playbook: &str) -> Self {
        Self::of(shape, Playbook::load("bench.yaml", playbook).unwrap_or_else(|problems| panic!("{}", problems[0])))
    }

    pub fn of(shape: Shape, playbook: Playbook) -> Self {
        let texts = Texts::new(shape, &playbook);
        let engine = Engine::new(Arc::new(playbook), EngineSettings::default());
        Self { engine, effects: Vec::new(), texts, number: 0 }
    }

    /// As a partition's task does: what several events will touch is asked for before the first is applied.
    pub fn apply(&mut self, drawn: &[Drawn]) {
        for drawn in drawn.chunks(TOGETHER) {
            let events: [Option<Event<'_>>; TOGETHER] = std::array::from_fn(|index| drawn.get(index).map(|drawn| self.texts.event(drawn)));
            let hints = self.engine.prefetch(events.iter().map(Option::as_ref));
            for (event, hint) in events.iter().flatten().zip(hints) {
                self.number += 1;
                let cause = CauseRef::Line(self.number);
                self.engine.apply_hinted(event, hint, cause, i64::MAX, self.number, &mut self.effects);
            }
        }
    }
}

/// The event as a line of JSON, of an account that uses one to four of the products, 2.6 on average. The shipped playbook knows the
/// names.
pub fn event_json(number: u64, drawn: &Drawn) -> String {
    let used = [1, 2, 3, 4, 3][(drawn.account % 5) as usize];
    let product = PRODUCTS[((drawn.account + drawn.product % used) % 5) as usize];
    format!(
        r#"{{"type":"usage","id":"evt-{number:012}","time":{},"account":"{}","product":"{product}","user":"user-{:05}","feature":"{}","quantity":1,"source":"web"}}"#,
        drawn.time_ms,
        drawn.id,
        drawn.account * 10 + drawn.user,
        ["contact.created", "activity.logged", "deal.updated"][drawn.feature as usize]
    )
}
