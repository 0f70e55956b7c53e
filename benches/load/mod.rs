//! Synthetic load for the benchmarks: accounts drawn by Zipf, users, products and features evenly.

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

pub const PRODUCTS: [&str; 5] = ["crm", "marketing", "sales_engagement", "analytics", "portal"];

/// 2026-01-01T00:00:00Z.
pub const FIRST_MS: i64 = 1_767_225_600_000;

/// One usage event: account, user, product, feature, time.
#[derive(Clone, Copy)]
pub struct Drawn {
    pub account: u64,
    pub user: u64,
    pub product: u64,
    pub feature: u64,
    pub time_ms: i64,
}

/// Events in order of time, spread evenly over the days. Each account uses only some of the products where `products` is below 5.
pub fn events(shape: Shape, count: u64, seed: u64) -> impl Iterator<Item = Drawn> {
    let mut random = Random(seed);
    let zipf = Zipf::new(shape.accounts, 0.8);
    let span_ms = shape.days * 86_400_000;
    (0..count).map(move |number| {
        let account = scatter(zipf.draw(&mut random), shape.accounts);
        Drawn {
            account,
            user: random.below(shape.users),
            product: random.below(shape.products),
            feature: random.below(shape.features),
            time_ms: FIRST_MS + (span_ms as i128 * i128::from(number) / i128::from(count)) as i64,
        }
    })
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
        text.push_str(&format!("  rule_{rule}: {{scope: product, open: {condition}}}\n"));
    }
    text
}
