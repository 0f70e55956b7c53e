//! Seeded random playbooks and streams. The same seed gives the same product ids to both, so use one seed for a pair;
//! any other pairing is legal too (more products are then unknown to the playbook).

mod edits;
mod fleet;
mod shown;
mod whole;

use super::zone::{DAY_MS, Day, Zone, day_from_date, day_text, instant_text};
pub use edits::edited_playbook;
pub use fleet::{fleet_lines, fleet_playbook, fleet_until};
use serde_json::{Value, json};
pub use shown::view_playbook;
pub use whole::{whole_lines, whole_playbook};

/// splitmix64
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Rng(seed ^ 0x5DEE_CE66_D123_4567)
    }

    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Both ends included.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + (self.bits() % (high - low + 1) as u64) as i64
    }

    pub fn percent(&mut self, chance: i64) -> bool {
        self.range(0, 99) < chance
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.range(0, items.len() as i64 - 1) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.range(0, i as i64) as usize);
        }
    }
}

struct Catalogue {
    id: &'static str,
    /// Another name of it, and of one of its features.
    old: &'static str,
    old_feature: (&'static str, &'static str),
    features: &'static [(&'static str, &'static str)],
}

const CATALOGUES: &[Catalogue] = &[
    Catalogue {
        id: "crm",
        old: "old_crm",
        old_feature: ("contact.made", "contact.created"),
        features: &[
            ("contact.created", "core"),
            ("activity.logged", "core"),
            ("deal.updated", "core"),
            ("workflow.automated", "advanced"),
            ("forecast.viewed", "advanced"),
        ],
    },
    Catalogue {
        id: "marketing",
        old: "mailer",
        old_feature: ("campaign.sent_v1", "campaign.sent"),
        features: &[("campaign.sent", "core"), ("list.updated", "core"), ("journey.published", "advanced")],
    },
    Catalogue {
        id: "sales_engagement",
        old: "outreach",
        old_feature: ("sequence.new", "sequence.created"),
        features: &[("sequence.created", "core"), ("email.sent", "core"), ("call.logged", "core"), ("sequence.branched", "advanced")],
    },
    Catalogue {
        id: "analytics",
        old: "reports",
        old_feature: ("report.made", "report.generated"),
        features: &[("report.generated", "core"), ("report.viewed", "core"), ("query.custom", "advanced")],
    },
    Catalogue {
        id: "portal",
        old: "helpdesk",
        old_feature: ("report.viewed", "article.viewed"),
        features: &[("ticket.created", "core"), ("article.viewed", "core"), ("automation.triggered", "advanced")],
    },
    Catalogue { id: "vault", old: "safe", old_feature: ("", ""), features: &[] },
];

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "America/New_York",
    "Asia/Kolkata",
    "Africa/Cairo",
    "America/Havana",
    "Asia/Tehran",
    "Asia/Beirut",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/Asuncion",
    "Asia/Kathmandu",
];

const GAUGES: &[&str] = &["campaigns.active", "contacts.listed", "bandwidth"];
const WORKFLOWS: &[&str] = &["lead-to-cash", "ticket-to-deal"];
const INDUSTRIES: &[&str] = &["software", "retail", "health"];
const CLEARED: &[&str] = &[
    "employees",
    "industry",
    "region",
    "success_role",
    "account_executive",
    "owner",
    "time_zone",
    "onboarding_completed",
    "contract",
    "health",
    "ids",
    "name",
];
const REGIONS: &[&str] = &["emea", "amer", "apac"];
const ROLES: &[&str] = &["csm", "scaled", "none"];
const CALENDARS: &[&str] = &["de", "us"];
/// Days of the stream.
const SPAN: i64 = 150;

/// `settle_days` of the playbook and of each product, where they say any.
struct Settling {
    shared: Option<i64>,
    own: Vec<Option<i64>>,
}

impl Settling {
    fn of(seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0x5E77);
        let shared = if rng.percent(35) { Some(rng.range(0, 7)) } else { None };
        let own = products(seed).into_iter().map(|_| if rng.percent(20) { Some(rng.range(0, 7)) } else { None });
        Settling { own: own.collect(), shared }
    }

    /// The most of any product, or of the account: so many days fewer may be read of complete ones.
    fn most(&self) -> i64 {
        self.own.iter().copied().chain([self.shared]).flatten().max().unwrap_or(0)
    }
}

fn products(seed: u64) -> Vec<&'static Catalogue> {
    let mut rng = Rng::new(seed ^ 0xA11CE);
    let mut all: Vec<_> = CATALOGUES[..5].iter().collect();
    rng.shuffle(&mut all);
    all.truncate(rng.range(2, 5) as usize);
    if rng.percent(40) {
        all.insert(rng.range(0, all.len() as i64) as usize, &CATALOGUES[5]);
    }
    all
}

/// The aliases that the playbook of a seed tells: of products, and of their features.
struct Aliases {
    /// Product and alias.
    products: Vec<(&'static str, &'static str)>,
    /// Product, feature and alias.
    features: Vec<(&'static str, &'static str, &'static str)>,
}

impl Aliases {
    fn of(seed: u64) -> Self {
        let mut rng = Rng::new(seed ^ 0xA11A5);
        let mut aliases = Aliases { products: Vec::new(), features: Vec::new() };
        let all = products(seed);
        for product in &all {
            if rng.percent(35) {
                aliases.products.push((product.id, product.old));
            }
            if !product.features.is_empty() && rng.percent(45) {
                aliases.features.push((product.id, product.old_feature.1, product.old_feature.0));
            }
        }
        if rng.percent(25) {
            aliases.products.push((rng.pick(&all).id, "legacy"));
        }
        aliases
    }

    fn of_product(&self, id: &str) -> Vec<&'static str> {
        self.products.iter().filter(|(product, _)| *product == id).map(|(_, alias)| *alias).collect()
    }

    fn of_feature(&self, id: &str, feature: &str) -> Vec<&'static str> {
        self.features.iter().filter(|known| (known.0, known.1) == (id, feature)).map(|known| known.2).collect()
    }
}

/// `[a, b]` with its key, or nothing.
fn listed(aliases: &[&str]) -> String {
    if aliases.is_empty() { String::new() } else { format!("aliases: [{}]", aliases.join(", ")) }
}

fn first_day(seed: u64) -> Day {
    const STARTS: &[(i64, i64, i64)] = &[
        (2018, 9, 20),  // Sao Paulo: 2018-11-04 begins at 01:00
        (2019, 1, 5),   // Sao Paulo: 2019-02-17 begins after a repeated hour
        (2024, 1, 20),  // Berlin, Cairo, New York, Beirut forward
        (2024, 8, 10),  // Berlin, Cairo, Asuncion
        (2023, 8, 15),  // Lord Howe forward by half an hour
        (2010, 8, 1),   // St Johns: back at 00:01 on 2010-11-07
        (2011, 1, 10),  // St Johns: forward at 00:01
        (2011, 10, 10), // Apia: no 2011-12-30
        (2021, 1, 25),  // Tehran: 2021-03-22 begins at 01:00
        (2021, 7, 10),  // Tehran back at midnight
        (2019, 11, 20), // a leap day
    ];
    let (y, m, d) = *Rng::new(seed ^ 0xDA7E).pick(STARTS);
    day_from_date(y, m, d).unwrap()
}

/// A fitting `engine.clock_witnesses`: of streams with few accounts.
pub fn witnesses(seed: u64) -> usize {
    [1, 2, 3, 8][(seed / 2 % 4) as usize]
}

/// A fitting `--until` date: mostly some time after the stream's last event, sometimes before (what comes later is then
/// from the future).
pub fn until(seed: u64) -> String {
    let mut rng = Rng::new(seed ^ 0xE4D);
    let after = match rng.range(0, 99) {
        0..=14 => rng.range(100, SPAN),
        15..=49 => SPAN + rng.range(0, 10),
        _ => SPAN + rng.range(10, 60),
    };
    day_text(first_day(seed) + after)
}

// ---------------------------------------------------------------------------------------------------------------------
// Playbooks

struct Writer<'a> {
    rng: &'a mut Rng,
    products: Vec<&'static Catalogue>,
    /// Those that may be meant where the subject is each in turn.
    meant: Vec<&'static Catalogue>,
    aliases: Aliases,
    /// A stage condition: nothing that depends on a stage.
    of_stage: bool,
    subject: Subject,
    /// The most of any product.
    settle_days: i64,
}

/// What a bare product metric means.
#[derive(Clone, Copy)]
enum Subject {
    /// An account rule: nothing.
    Account,
    /// A product rule, a stage condition for all products: each of them in turn.
    Each,
    One(&'static Catalogue),
}

impl Writer<'_> {
    fn days(&mut self, longest: i64) -> i64 {
        let n = *self.rng.pick(&[1, 2, 3, 5, 7, 7, 10, 14, 14, 21, 28, 30, 30, 45, 60, 61, 90, 92]);
        n.min(longest)
    }

    /// Sometimes what makes a metric read complete days only, and the longest window that it then may have.
    fn completed(&mut self) -> (&'static str, i64) {
        if self.rng.percent(30) { ("complete.", 91 - self.settle_days) } else { ("", 92) }
    }

    /// `name`, `name(N)`, `complete.name(N)`
    fn windowed(&mut self, name: &str) -> String {
        let (complete, longest) = self.completed();
        if self.rng.percent(45) { format!("{complete}{name}") } else { format!("{complete}{name}({})", self.days(longest)) }
    }

    /// `name("of")`, `name("of", N)`, `complete.name("of", N)`
    fn named(&mut self, name: &str, of: &str) -> String {
        let (complete, longest) = if name == "gauge" { ("", 92) } else { self.completed() };
        let days = if self.rng.percent(45) { String::new() } else { format!(", {}", self.days(longest)) };
        format!("{complete}{name}(\"{of}\"{days})")
    }

    /// The N of a comparison.
    fn compared(&mut self) -> i64 {
        self.days((91 - self.settle_days) / 2)
    }

    /// A feature that the subject has; `None` where it has none.
    fn feature(&mut self) -> Option<String> {
        let those = if let Subject::One(one) = self.subject { vec![one] } else { self.meant.clone() };
        let old = self.aliases.features.iter().filter(|known| those.iter().any(|c| c.id == known.0)).map(|known| known.2);
        let features: Vec<&str> = those.iter().flat_map(|c| c.features).map(|f| f.0).chain(old).collect();
        if features.is_empty() { None } else { Some((*self.rng.pick(&features)).to_string()) }
    }

    /// A product metric, without the product, and thresholds that are near its values.
    fn product_metric(&mut self) -> (String, Vec<&'static str>) {
        const FEW: &[&str] = &["1", "1", "2", "3", "4"];
        const DAYS: &[&str] = &["0", "1", "3", "7", "14", "21", "30", "45"];
        const RATIOS: &[&str] = &["0.2", "0.25", "0.4", "0.5", "0.6", "0.65", "0.75", "1", "1.5"];
        const CHANGES: &[&str] = &["-0.5", "-0.3", "-0.3", "-0.15", "0", "0.2", "1"];
        loop {
            let chosen = self.rng.range(0, 30);
            let (text, near): (String, &[&str]) = match chosen {
                0 | 1 => {
                    let Some(feature) = self.feature() else { continue };
                    (self.named("events", &feature), &["1", "2", "3", "5", "8", "12", "25"])
                }
                2 => (self.windowed("events"), &["1", "5", "10", "20", "40"]),
                3 | 4 => {
                    let name = *self.rng.pick(GAUGES);
                    (self.named("gauge", name), &["0", "0.1", "0.3", "1", "2.5", "50", "100"])
                }
                5 => (self.windowed("active_users"), FEW),
                6 => {
                    let Some(feature) = self.feature() else { continue };
                    (self.named("users_of", &feature), FEW)
                }
                7 => (self.windowed("active_days"), FEW),
                8 => {
                    let (complete, longest) = self.completed();
                    (format!("{complete}active_weeks({})", self.rng.range(1, longest / 7)), FEW)
                }
                9 => {
                    let tier = *self.rng.pick(&["core", "advanced"]);
                    (self.named("features_used", tier), FEW)
                }
                10 => (self.windowed("features_used"), FEW),
                11 => (self.windowed("feature_share"), &["0.2", "0.25", "0.3333", "0.4", "0.5", "0.6", "1"]),
                12 => ("seats".into(), &["1", "3", "5", "8", "12"]),
                13 => ("entitled_days".into(), DAYS),
                28 => ("term_days_left".into(), &["-2", "0", "1", "7", "14", "30"]),
                30 => ("seats_days".into(), DAYS),
                14 | 15 => (self.windowed("license_utilization"), RATIOS),
                16 => ("days_since_use".into(), DAYS),
                17 => ("days_since_first_use".into(), DAYS),
                18 if !self.of_stage => ("stage_days".into(), DAYS),
                19 | 20 => (format!("usage_change({})", self.compared()), CHANGES),
                21 => (format!("frequency_change({})", self.compared()), CHANGES),
                29 => (format!("usage_shift({})", self.compared().max(2)), &["-2.5", "-1", "-1.75", "0", "1.5", "-1000000000"]),
                22 => (self.windowed("stickiness"), &["0.05", "0.1", "0.2", "0.25", "0.5", "1"]),
                23 => (self.windowed("concentration"), &["0.25", "0.4", "0.5", "0.6", "0.75", "1"]),
                24 | 25 => ("integrations".into(), FEW),
                26 => (self.windowed("workflow_runs"), FEW),
                27 => {
                    let name = *self.rng.pick(WORKFLOWS);
                    (self.named("workflow_runs", name), FEW)
                }
                _ => continue,
            };
            return (text, near.to_vec());
        }
    }

    fn account_metric(&mut self) -> (String, Vec<&'static str>) {
        const FEW: &[&str] = &["0", "1", "1", "2", "3"];
        const DAYS: &[&str] = &["0", "1", "5", "10", "20", "30", "45"];
        loop {
            let (text, near): (&str, &[&str]) = match self.rng.range(0, 13) {
                0 => ("products_entitled", FEW),
                1 => ("products_active", FEW),
                2 => ("products_adopted", FEW),
                3 => ("breadth", &["0.25", "0.3", "0.5", "0.6", "1"]),
                4 => ("account_stage_days", DAYS),
                5 => ("observed_days", DAYS),
                6 => ("first_product_days", DAYS),
                7 => ("days_to_second_product", DAYS),
                8 => ("days_since_touchpoint", DAYS),
                9 => ("employees", &["10", "100", "1000"]),
                10 => ("arr", &["1000", "1000.1", "25000", "99999.99"]),
                11 => ("days_to_renewal", &["-10", "0", "14", "30", "60", "90"]),
                _ => ("onboarded_days", DAYS),
            };
            let depends =
                matches!(text, "products_adopted" | "breadth" | "account_stage_days" | "first_product_days" | "days_to_second_product");
            if !(depends && self.of_stage) {
                return (text.into(), near.to_vec());
            }
        }
    }

    /// A number that may be read here.
    fn number(&mut self) -> (String, Vec<&'static str>) {
        if !matches!(self.subject, Subject::Account) {
            if self.rng.percent(80) {
                return self.product_metric();
            }
            if self.rng.percent(70) {
                return self.account_metric();
            }
        } else if self.rng.percent(60) {
            return self.account_metric();
        }
        // A product before a dot.
        let product = self.products[self.rng.range(0, self.products.len() as i64 - 1) as usize];
        let before = std::mem::replace(&mut self.subject, Subject::One(product));
        let (text, near) = self.product_metric();
        self.subject = before;
        // Where it has another name, some metrics are written with that.
        let alias = self.aliases.of_product(product.id).pop().filter(|_| text.len().is_multiple_of(3));
        (format!("{}.{text}", alias.unwrap_or(product.id)), near)
    }

    fn operator(&mut self) -> &'static str {
        self.rng.pick::<&'static str>(&[">=", ">=", ">=", ">=", ">", "<", "<", "<=", "<=", "==", "!="])
    }

    fn comparison(&mut self) -> String {
        let op = self.operator();
        match self.rng.range(0, 99) {
            0..=66 => {
                let (left, near) = self.number();
                format!("{left} {op} {}", self.rng.pick(&near))
            }
            67..=69 => {
                let (left, near) = self.number();
                format!("{} {op} {left}", self.rng.pick(&near))
            }
            70..=73 => {
                let (left, near) = self.number();
                format!("{left} * 2 {op} {} + 1", self.rng.pick(&near))
            }
            74..=77 => {
                let ((a, near), (b, _)) = (self.number(), self.number());
                format!("{a} + {b} {op} {}", self.rng.pick(&near))
            }
            78..=80 => {
                let ((a, _), (b, _)) = (self.number(), self.number());
                format!("{a} - {b} {op} 0")
            }
            81..=84 => {
                let ((a, _), (b, near)) = (self.number(), self.number());
                format!("{a} / {b} {op} {}", self.rng.pick(&near))
            }
            85..=86 => {
                let ((a, _), (b, _)) = (self.number(), self.number());
                format!("({a} + 1) / ({b} + 3) {op} 0.5")
            }
            87 => {
                let ((a, _), (b, _)) = (self.number(), self.number());
                format!("{a} {op} {b}")
            }
            88..=89 => {
                let (left, near) = self.number();
                format!("{left} in [{}, {}, 7]", self.rng.pick(&near), self.rng.pick(&near))
            }
            90 => format!("industry in [\"{}\", \"finance\"]", self.rng.pick(INDUSTRIES)),
            91 => format!("region == \"{}\"", self.rng.pick(REGIONS)),
            92 => format!("success_role != \"{}\"", self.rng.pick(ROLES)),
            93 => format!("owner in [\"kim\", \"{}\"]", self.rng.pick(&["lee", "pat"])),
            _ => {
                let product = self.products[self.rng.range(0, self.products.len() as i64 - 1) as usize].id;
                let metric =
                    if !matches!(self.subject, Subject::Account) && self.rng.percent(70) { String::new() } else { format!("{product}.") };
                if self.rng.percent(20) {
                    let shape = *self.rng.pick(&["== \"pro\"", "!= \"pro\"", "in [\"basic\", \"trial\"]"]);
                    return format!("{metric}plan {shape}");
                }
                let metric = if self.rng.percent(20) {
                    let calendar = *self.rng.pick(CALENDARS);
                    let days = if self.rng.percent(30) { String::new() } else { format!(", {}", self.days(92)) };
                    format!("holiday(\"{calendar}\"{days})")
                } else {
                    metric + self.rng.pick::<&'static str>(&["entitled", "trialing"])
                };
                let shape = *self.rng.pick(&["{}", "{}", "!{}", "{} == true", "{} != false", "!({} == false)"]);
                shape.replace("{}", &metric)
            }
        }
    }

    fn condition(&mut self, depth: i64) -> String {
        if depth == 0 {
            return self.comparison();
        }
        match self.rng.range(0, 9) {
            0..=2 => self.comparison(),
            3..=5 => format!("{} && {}", self.operand(depth, true), self.operand(depth, true)),
            6 | 7 => format!("{} || {}", self.operand(depth, false), self.operand(depth, false)),
            _ => format!("!({})", self.condition(depth - 1)),
        }
    }

    fn operand(&mut self, depth: i64, of_and: bool) -> String {
        let text = self.condition(depth - 1);
        if of_and && text.contains("||") || self.rng.percent(10) { format!("({text})") } else { text }
    }
}

pub fn playbook(seed: u64) -> String {
    let mut rng = Rng::new(seed.wrapping_mul(3) ^ 0xB00C);
    let products = products(seed);
    let mut out = String::from("version: 1\n");
    if rng.percent(75) {
        out += &format!("time_zone: {}\n", rng.pick(ZONES));
    }
    if rng.percent(70) {
        out += &format!("window_days: {}\n", rng.pick(&[7, 14, 21, 30, 30, 30, 45, 60]));
    }
    if rng.percent(50) {
        out += &format!("min_volume: {}\n", rng.pick(&[1, 3, 8, 20]));
    }
    if rng.percent(60) {
        out += &format!("min_active_days: {}\n", rng.pick(&[0, 1, 2, 3, 10]));
    }
    let settling = Settling::of(seed);
    if let Some(days) = settling.shared {
        out += &format!("settle_days: {days}\n");
    }
    out += "calendars:\n";
    for calendar in CALENDARS {
        out += &format!("  {calendar}:\n");
        for _ in 0..rng.range(1, 4) {
            let from = first_day(seed) + rng.range(-30, SPAN);
            out += &format!("    - {{from: {}, to: {}}}\n", day_text(from), day_text(from + *rng.pick(&[0, 0, 1, 6, 11])));
        }
    }
    let settle_days = settling.most();
    let aliases = Aliases::of(seed);
    let mut w = Writer {
        rng: &mut rng,
        products: products.clone(),
        meant: products.clone(),
        aliases,
        of_stage: true,
        subject: Subject::Each,
        settle_days,
    };
    out += "products:\n";
    for (product, settle_days) in products.iter().zip(settling.own) {
        out += &format!("  {}:\n    name: The {}\n    {}\n", product.id, product.id, listed(&w.aliases.of_product(product.id)));
        if !product.features.is_empty() {
            out += "    features:\n";
            for (feature, tier) in product.features {
                let aliases = listed(&w.aliases.of_feature(product.id, feature));
                let aliases = if aliases.is_empty() { aliases } else { format!(", {aliases}") };
                out += &format!("      {feature}: {{module: m, tier: {tier}{aliases}}}\n");
            }
        }
        if let Some(days) = settle_days {
            out += &format!("    settle_days: {days}\n");
        }
        w.subject = Subject::One(product);
        if w.rng.percent(25) {
            let own = if w.rng.percent(30) { w.condition(1) } else { "days_since_use <= 20".into() };
            out += &format!("    regular_use: '{own}'\n");
        }
        let simple = |w: &mut Writer| {
            let feature = w.feature();
            match w.rng.range(if feature.is_some() { 0 } else { 2 }, 5) {
                0 => format!("events(\"{}\") >= {}", feature.unwrap_or_default(), w.rng.range(1, 6)),
                1 => format!("users_of(\"{}\", 28) >= 1", feature.unwrap_or_default()),
                2 => format!("events >= {} && active_users >= {}", w.rng.range(2, 10), w.rng.range(1, 2)),
                3 => format!("gauge(\"{}\") >= 1 || events(14) >= 8", GAUGES[0]),
                4 => format!("active_days >= {}", w.rng.range(1, 3)),
                _ => format!("features_used >= {} && days_since_use <= 10", w.rng.range(1, 2)),
            }
        };
        let adopted = match w.rng.range(0, 9) {
            0 => None,
            1..=6 => Some(simple(&mut w)),
            _ => Some(w.condition(2)),
        };
        if let Some(adopted) = adopted {
            out += &format!("    adopted: '{adopted}'\n");
        }
        if w.rng.percent(20) {
            let own = if w.rng.percent(50) { w.condition(1) } else { "features_used >= 2".into() };
            out += &format!("    proficient: '{own}'\n");
        }
        if w.rng.percent(20) {
            let own = if w.rng.percent(50) { w.condition(1) } else { "integrations >= 1 || seats > 3".into() };
            out += &format!("    integrated: '{own}'\n");
        }
    }
    w.subject = Subject::Each;
    out += &format!("stages:\n  hold_days: {}\n", w.rng.range(0, 9));
    if w.rng.percent(50) {
        out += &format!("  grace_days: {}\n", w.rng.pick(&[0, 1, 3, 5, 10, 20]));
    }
    if w.rng.percent(75) {
        out += &format!("  ladder: {}\n", w.rng.pick(&["cumulative", "cumulative", "highest"]));
    }
    if w.rng.percent(50) {
        out += &format!(
            "  regular_use: '{}'\n",
            w.rng.pick(&[
                "active_days(7) >= 1",
                "active_days(14) >= 1",
                "active_weeks(2) >= 1",
                "days_since_use <= 6",
                "active_days(10) >= 1 && !(concentration > 0.95 && events > 30)",
                "complete.active_days(5) >= 1 || active_days(1) >= 1",
            ])
        );
    }
    if w.rng.percent(30) {
        out += &format!("  activated: '{}'\n", w.rng.pick(&["active_days >= 1", "events >= 2", "active_users(60) >= 1 || events(7) > 3"]));
    }
    if w.rng.percent(40) {
        out += &format!(
            "  proficient: '{}'\n",
            w.rng.pick(&[
                "features_used(\"advanced\") >= 1",
                "features_used(\"advanced\", 14) >= 1 || feature_share >= 0.6",
                "stickiness >= 0.1",
                "feature_share(60) > 0.5",
                "complete.features_used(\"advanced\", 21) >= 1",
            ])
        );
    }
    if w.rng.percent(30) {
        out += &format!(
            "  integrated: '{}'\n",
            w.rng.pick(&[
                "integrations >= 1",
                "workflow_runs(14) >= 1",
                "integrations >= 1 || workflow_runs >= 1",
                "integrations + workflow_runs(\"lead-to-cash\") >= 2",
            ])
        );
    }
    out += "account_stages:\n  - {name: not_adopted, from: 0}\n";
    out += "  - {name: single_product, from: 1, churn_risk: high, priority: critical, action: Introduce a second product}\n";
    out += "  - {name: multi_product, from: 2, churn_risk: medium, action: 'Identify the third: by use case'}\n";
    out += "  - {name: platform, from: 3, priority: moderate}\n  - {name: full_platform, from: 5}\n";

    w.of_stage = false;
    out += "alerts:\n";
    if w.rng.percent(60) {
        out += "  usage_drop:\n    scope: product\n    open: usage_change(14) <= -0.3 && usage_shift(14) <= -2.5\n    clear: usage_change(14) >= -0.15\n    for_days: 1\n    severity: warning\n";
        out += "  low_license_utilization:\n    scope: product\n    open: license_utilization < 0.6 && entitled_days >= 10 && seats_days >= 5 && observed_days >= 10 && !trialing\n    clear: license_utilization >= 0.65\n    severity: warning\n";
    }
    for i in 0..w.rng.range(4, 7) {
        rule(&mut w, &mut out, &format!("alert_{i}"), false);
    }
    if asks_for_days_of_users(seed) {
        let (product, feature) = products.iter().find_map(|p| Some((p.id, p.features.first()?.0))).unwrap();
        out += &format!("  users_of_a_feature: {{scope: account, open: {product}.complete.users_of(\"{feature}\") >= 2}}\n");
    }
    out += "plays:\n";
    if w.rng.percent(60) {
        out += &format!(
            "  second_product:\n    scope: account\n    open: products_adopted == 1 && account_stage_days >= {}\n    clear: products_adopted != 1\n    due_days: 30\n",
            w.rng.range(0, 20)
        );
    }
    for i in 0..w.rng.range(2, 4) {
        rule(&mut w, &mut out, &format!("play_{i}"), true);
    }
    out
}

/// Whether a user's days with each feature are kept, beside the last one: what a playbook does not ask for cannot be probed.
fn asks_for_days_of_users(seed: u64) -> bool {
    seed.is_multiple_of(2)
}

fn rule(w: &mut Writer, out: &mut String, id: &str, play: bool) {
    let of_product = w.rng.percent(60);
    w.subject = if of_product { Subject::Each } else { Subject::Account };
    *out += &format!("  {id}:\n    scope: {}\n", if of_product { "product" } else { "account" });
    let (open, clear) = match w.rng.range(0, 9) {
        // Hysteresis over one metric.
        0..=2 => {
            let (left, near) = w.number();
            let low = *w.rng.pick(&near);
            let high = *w.rng.pick(&near);
            if w.rng.percent(50) {
                (format!("{left} <= {low}"), Some(format!("{left} > {high}")))
            } else {
                (format!("{left} >= {high}"), Some(format!("{left} < {low}")))
            }
        }
        3..=6 => (w.condition(2), None),
        _ => (w.condition(2), Some(w.condition(1))),
    };
    *out += &format!("    open: '{open}'\n");
    if let Some(clear) = clear {
        *out += &format!("    clear: '{clear}'\n");
    }
    if w.rng.percent(50) {
        *out += &format!("    severity: {}\n", w.rng.pick(&["info", "warning", "critical"]));
    }
    if w.rng.percent(45) {
        *out += &format!("    for_days: {}\n", w.rng.range(0, 6));
    }
    if w.rng.percent(45) {
        *out += &format!("    cooldown_days: {}\n", w.rng.range(0, 14));
    }
    if w.rng.percent(35) {
        *out += &format!("    clear_days: {}\n", w.rng.range(0, 6));
    }
    if play {
        *out += &format!("    due_days: {}\n", w.rng.range(0, 40));
        if w.rng.percent(35) {
            *out += &format!("    group: {}\n", w.rng.pick(&["expansion", "'on: boarding'"]));
        }
    } else if w.rng.percent(60) {
        *out += &format!("    route: {}\n", w.rng.pick(&["owner", "account_executive", "success_role", "'#help desk'"]));
    }
}

/// Every metric of the tables of docs/reference/metrics.md, with several parameters: `None` for the account's, else the product's.
/// For asking both implementations with a playbook of the same seed.
pub fn probes(seed: u64) -> Vec<(Option<String>, String)> {
    let mut rng = Rng::new(seed ^ 0x9806E);
    let products = products(seed);
    let mut out: Vec<(Option<String>, String)> = [
        "products_entitled",
        "products_active",
        "products_adopted",
        "breadth",
        "account_stage_days",
        "observed_days",
        "first_product_days",
        "days_to_second_product",
        "days_since_touchpoint",
        "employees",
        "industry",
        "region",
        "arr",
        "days_to_renewal",
        "onboarded_days",
        "owner",
        "success_role",
    ]
    .iter()
    .map(|name| (None, (*name).to_string()))
    .collect();
    for calendar in CALENDARS {
        out.push((None, format!("holiday(\"{calendar}\")")));
        out.push((None, format!("holiday(\"{calendar}\", {})", rng.range(1, 92))));
    }
    let complete = 91 - Settling::of(seed).most();
    let aliases = Aliases::of(seed);
    for (_, alias) in &aliases.products {
        out.push((Some((*alias).to_string()), "events".into()));
    }
    for product in products {
        let id = Some(product.id.to_string());
        let mut add = |text: String| out.push((id.clone(), text));
        for name in [
            "seats",
            "seats_days",
            "entitled_days",
            "plan",
            "trialing",
            "term_days_left",
            "entitled",
            "days_since_use",
            "days_since_first_use",
            "stage_days",
            "integrations",
        ] {
            add(name.into());
        }
        for name in [
            "events",
            "active_users",
            "active_days",
            "license_utilization",
            "stickiness",
            "workflow_runs",
            "features_used",
            "feature_share",
            "concentration",
        ] {
            add(name.into());
            add(format!("{name}({})", rng.range(1, 92)));
            add(format!("complete.{name}"));
            add(format!("complete.{name}({})", rng.range(1, complete)));
        }
        for name in ["usage_change", "usage_shift", "frequency_change"] {
            add(format!("{name}(7)"));
            add(format!("{name}({})", rng.range(2, complete / 2)));
        }
        add(format!("active_weeks({})", rng.range(1, 13)));
        add(format!("complete.active_weeks({})", rng.range(1, complete / 7)));
        for name in GAUGES {
            add(format!("gauge(\"{name}\")"));
            add(format!("gauge(\"{name}\", {})", rng.range(1, 92)));
        }
        for name in WORKFLOWS {
            add(format!("workflow_runs(\"{name}\", {})", rng.range(1, 92)));
            add(format!("complete.workflow_runs(\"{name}\", {})", rng.range(1, complete)));
        }
        for tier in ["core", "advanced"] {
            add(format!("features_used(\"{tier}\", {})", rng.range(1, 92)));
            add(format!("complete.features_used(\"{tier}\", {})", rng.range(1, complete)));
        }
        let of_features = aliases.features.iter().filter(|known| known.0 == product.id).map(|known| known.2);
        for feature in product.features.iter().map(|f| f.0).chain(of_features) {
            add(format!("events(\"{feature}\")"));
            for name in ["events", "users_of"] {
                add(format!("{name}(\"{feature}\", {})", rng.range(1, 92)));
                if name == "events" || asks_for_days_of_users(seed) {
                    add(format!("complete.{name}(\"{feature}\", {})", rng.range(1, complete)));
                }
            }
        }
    }
    out
}

// ---------------------------------------------------------------------------------------------------------------------
// Lines

type Fields = Vec<(String, Value)>;

fn fields(value: Value) -> Fields {
    match value {
        Value::Object(members) => members.into_iter().collect(),
        _ => unreachable!(),
    }
}

/// An id that may be written as a number.
const NUMBER: &str = "1042";

struct Source {
    rng: Rng,
    products: Vec<&'static Catalogue>,
    aliases: Aliases,
    next_id: u64,
    ids: Vec<String>,
    /// With what the second part reads.
    whole: bool,
    /// An account has more users than a page of them holds.
    crowded: bool,
    /// Accounts and users are erased now and then.
    erases: bool,
    names: Vec<String>,
    /// Days after the first day of the seed.
    later: Day,
}

impl Source {
    fn new(seed: u64, salt: u64) -> Self {
        let rng = Rng::new(seed.wrapping_mul(7) ^ salt);
        let names = ["acme", "globex", "åre-skidor", NUMBER].map(str::to_owned).to_vec();
        Source {
            rng,
            products: products(seed),
            aliases: Aliases::of(seed),
            next_id: 0,
            ids: Vec::new(),
            whole: false,
            crowded: false,
            erases: false,
            names,
            later: 0,
        }
    }

    fn product(&mut self) -> &'static Catalogue {
        self.products[self.rng.range(0, self.products.len() as i64 - 1) as usize]
    }

    fn product_id(&mut self) -> &'static str {
        if self.rng.percent(4) { self.rng.pick::<&'static str>(&["legacy", "beta"]) } else { self.product().id }
    }

    fn user(&mut self) -> String {
        if self.crowded && self.rng.percent(60) {
            return format!("u{}", self.rng.range(9, 80));
        }
        // Some come often, so that they can stay away.
        if self.whole && self.rng.percent(40) {
            return format!("u{}", self.rng.range(1, 2));
        }
        match self.rng.range(1, if self.whole { 8 } else { 6 }) {
            6 => NUMBER.to_string(),
            number => format!("u{number}"),
        }
    }

    /// Some of the products and features of a record by another name.
    fn renamed(&mut self, body: &mut Fields) {
        let Self { rng, aliases, .. } = self;
        let product = body.iter().find(|f| f.0 == "product").and_then(|f| f.1.as_str()).unwrap_or_default().to_string();
        for (key, value) in body.iter_mut() {
            let mut rename = |name: &mut Value, aliases: Vec<&str>| {
                if !aliases.is_empty() && rng.percent(30) {
                    *name = json!(rng.pick(&aliases));
                }
            };
            match (key.as_str(), value) {
                ("product" | "from" | "to", name @ Value::String(_)) => rename(name, aliases.of_product(name.as_str().unwrap())),
                ("feature", name @ Value::String(_)) => rename(name, aliases.of_feature(&product, name.as_str().unwrap())),
                ("products", Value::Array(names)) => {
                    names.iter_mut().for_each(|name| rename(name, aliases.of_product(name.as_str().unwrap())));
                    // One by both of its names.
                    let both =
                        names.iter().find_map(|name| aliases.products.iter().find(|(id, _)| name == id)).map(|(_, alias)| json!(alias));
                    names.extend(both.filter(|alias| !names.contains(alias) && rng.percent(30)));
                }
                _ => {}
            }
        }
        // Two names of one product.
        let from = body.iter().find(|f| f.0 == "from").map(|f| f.1.clone());
        let alias = aliases.products.iter().find(|(id, _)| from == Some(json!(id))).map(|(_, alias)| json!(alias));
        if let (Some(to), Some(alias)) = (body.iter_mut().find(|f| f.0 == "to"), alias)
            && rng.percent(20)
        {
            to.1 = alias;
        }
    }

    /// A record as exporters and generated code write it: numbers for ids, fractions for whole numbers, `null` and empty texts for
    /// what they do not know.
    fn exported(&mut self, body: &mut Fields) {
        const ABSENT: [(&str, &[&str]); 6] = [
            ("usage", &["user", "feature", "quantity", "level", "clear"]),
            ("entitlement", &["term", "seats", "plan", "addons", "arr", "starts", "ends"]),
            ("account", &["industry", "employees", "time_zone", "contract", "ids", "owner", "onboarding_completed", "clear"]),
            ("user", &["internal", "level", "key", "created", "left", "merged_into", "email", "clear"]),
            ("workflow", &["user", "quantity"]),
            ("nps", &["comment"]),
        ];
        for (key, value) in body.iter_mut() {
            match value {
                Value::String(text) if text == NUMBER => *value = self.rng.pick(&[json!(1042), json!(1042.0), json!(NUMBER)]).clone(),
                Value::Number(number) if key != "value" && self.rng.percent(70) => *value = json!(number.as_f64()),
                _ => {}
            }
        }
        let kind = body.iter().find(|(key, _)| key == "type").map(|(_, kind)| kind.clone());
        let absent = ABSENT.iter().find(|(name, _)| kind == Some(json!(name))).map_or(&[] as &[&str], |(_, fields)| fields);
        for field in absent {
            if !body.iter().any(|(key, _)| key == field) && self.rng.percent(50) {
                body.push(((*field).to_string(), self.rng.pick(&[Value::Null, json!("")]).clone()));
            }
        }
    }

    /// A record inside of a CloudEvent.
    fn enveloped(&mut self, body: Fields) -> Fields {
        let mut around = fields(json!({"specversion": "1.0", "source": "/crm"}));
        let mut data = Fields::new();
        for (key, value) in body {
            let is_text = value.as_str().is_some_and(|text| !text.is_empty());
            match key.as_str() {
                "type" => {
                    let kind = value.as_str().unwrap();
                    let shape = *self.rng.pick(&["{}", "com.example.{}", "com.example.{}.v1", "{}.v12"]);
                    around.push((key, json!(shape.replace("{}", kind))));
                }
                "account" if is_text && self.rng.percent(50) => {
                    let subject = value.as_str().unwrap().to_string() + self.rng.pick::<&'static str>(&["", "/crm", "/", "/a/b"]);
                    around.push(("subject".into(), json!(subject)));
                    if self.rng.percent(50) {
                        data.push((key, self.rng.pick(&[Value::Null, json!("")]).clone()));
                    }
                }
                "id" | "time" if self.rng.percent(80) => around.push((key, value)),
                _ => data.push((key, value)),
            }
        }
        let text = write(&data);
        if self.rng.percent(50) {
            around.push(("data".into(), serde_json::from_str(&text).unwrap()));
        } else {
            around.push(("data_base64".into(), json!(base64(text.as_bytes()))));
        }
        around
    }

    fn usage(&mut self, product: &'static Catalogue) -> Fields {
        let rng = &mut self.rng;
        let feature = match rng.range(0, 99) {
            0..=34 if self.whole && !product.features.is_empty() => Some(product.features[0].0),
            0..=74 if !product.features.is_empty() => Some(rng.pick(product.features).0),
            0..=84 => None,
            85..=92 => Some(*rng.pick(&["extra.one", "extra.two"])),
            _ => {
                let anywhere = rng.range(0, 4) as usize;
                Some(rng.pick(CATALOGUES[anywhere].features).0)
            }
        };
        let id = if rng.percent(3) { "legacy" } else { product.id };
        let mut out = fields(json!({"type": "usage", "product": id}));
        if let Some(feature) = feature {
            out.push(("feature".into(), json!(feature)));
        } else if rng.percent(15) {
            out.push(("feature".into(), Value::Null));
        }
        if rng.percent(85) {
            let user = self.user();
            out.push(("user".into(), json!(user)));
        } else if self.rng.percent(15) {
            out.push(("user".into(), Value::Null));
        }
        match self.rng.range(0, 99) {
            0..=39 => {}
            40..=94 => out.push(("quantity".into(), json!(self.rng.range(1, 9)))),
            95..=97 => out.push(("quantity".into(), Value::Null)),
            98 => {
                out.push(("quantity".into(), json!("the last one wins")));
                out.push(("quantity".into(), json!(self.rng.range(1, 9))));
            }
            _ => out.push(("quantity".into(), json!(self.rng.range(20, 200)))),
        }
        out
    }

    fn gauge(&mut self, product: &str) -> Fields {
        let value = match self.rng.range(0, 9) {
            0..=2 => json!(self.rng.range(0, 3)),
            3 => json!(self.rng.range(0, 400) as f64 / 4.0),
            4 => json!(0.1),
            5 => json!(0.30000000000000004),
            6 => json!(-1.5),
            7 => json!(100.0),
            _ => json!(self.rng.range(0, 1_000_000_000) as f64 / 999_983.0),
        };
        fields(json!({"type": "gauge", "product": product, "name": self.rng.pick(GAUGES), "value": value}))
    }

    fn workflow(&mut self) -> Fields {
        let mut ids: Vec<&str> = self.products.iter().map(|p| p.id).collect();
        if self.rng.percent(20) {
            ids.push("legacy");
        }
        if ids.len() < 2 {
            ids.push("beta");
        }
        self.rng.shuffle(&mut ids);
        ids.truncate(self.rng.range(2, 3) as usize);
        let mut out = fields(json!({"type": "workflow", "name": self.rng.pick(WORKFLOWS), "products": ids}));
        if self.rng.percent(50) {
            let user = self.user();
            out.push(("user".into(), json!(user)));
        }
        if self.rng.percent(30) {
            out.push(("quantity".into(), json!(self.rng.range(1, 4))));
        }
        out
    }

    fn entitlement(&mut self, product: &str, today: Day) -> Fields {
        let rng = &mut self.rng;
        let status = *rng.pick(&["active", "active", "active", "active", "active", "trialing", "trialing", "ended"]);
        let mut out = fields(json!({"type": "entitlement", "product": product, "status": status}));
        if rng.percent(50) {
            out.push(("term".into(), json!(rng.pick(&["order-1", "order-2", "größe"]))));
        } else if rng.percent(10) {
            out.push(("term".into(), Value::Null));
        }
        if rng.percent(80) {
            out.push(("seats".into(), json!(if rng.percent(4) { 0 } else { rng.range(1, 10) })));
        }
        let starts = match rng.range(0, 99) {
            0..=49 => None,
            50..=74 => Some(today - rng.range(0, 45)),
            75..=79 => Some(today),
            _ => Some(today + rng.range(1, 25)),
        };
        if let Some(starts) = starts {
            out.push(("starts".into(), json!(day_text(starts))));
        } else if rng.percent(10) {
            out.push(("starts".into(), Value::Null));
        }
        match rng.range(0, 99) {
            0..=39 => out.push(("ends".into(), json!(day_text(starts.unwrap_or(today) + rng.range(0, 70))))),
            40..=42 if starts.is_none() => out.push(("ends".into(), json!(day_text(today - rng.range(0, 5))))),
            _ => {}
        }
        if rng.percent(50) {
            out.push(("plan".into(), json!(rng.pick(&["pro", "basic", "trial"]))));
        }
        if rng.percent(20) {
            out.extend(fields(json!({"addons": ["sso"], "features": [], "arr": 1200.5})));
        }
        out
    }

    fn profile(&mut self, zones: &[&str], today: Day) -> Fields {
        let rng = &mut self.rng;
        let mut out = fields(json!({"type": "account"}));
        let mut maybe = |rng: &mut Rng, chance: i64, key: &str, value: Value| {
            if rng.percent(chance) {
                let value = if rng.percent(8) { Value::Null } else { value };
                out.push((key.to_string(), value));
            }
        };
        // Some of these are given all the same.
        let cleared: Vec<&str> = (0..rng.range(1, 3)).map(|_| *rng.pick(CLEARED)).collect();
        maybe(rng, 20, "clear", json!(cleared));
        let employees = *rng.pick(&[0, 5, 10, 99, 100, 2500]);
        maybe(rng, 40, "employees", json!(employees));
        let (industry, region, role) = (*rng.pick(INDUSTRIES), *rng.pick(REGIONS), *rng.pick(ROLES));
        maybe(rng, 40, "industry", json!(industry));
        maybe(rng, 40, "region", json!(region));
        maybe(rng, 40, "success_role", json!(role));
        let owner = *rng.pick(&["kim", "lee", "pat"]);
        maybe(rng, 40, "owner", json!(owner));
        let executive = *rng.pick(&["ada", "kim"]);
        maybe(rng, 30, "account_executive", json!(executive));
        let zone = *rng.pick(zones);
        maybe(rng, 25, "time_zone", json!(zone));
        let onboarded = day_text(today - rng.range(-5, 30));
        maybe(rng, 35, "onboarding_completed", json!(onboarded));
        let renewal = day_text(today + rng.range(-5, 100));
        let arr = rng.pick(&[json!(1000), json!(1000.1), json!(25000), json!(99999.99), json!(120000.5)]).clone();
        let contract = match rng.range(0, 4) {
            0 => json!({"renewal": renewal}),
            1 => json!({"arr": arr, "renewal": null}),
            _ => json!({"starts": day_text(today - 100), "renewal": renewal, "arr": arr}),
        };
        maybe(rng, 45, "contract", contract);
        maybe(rng, 15, "health", json!({"relationship": 80, "service": 55.5}));
        maybe(rng, 15, "use_cases", json!(["onboarding", "größe"]));
        maybe(rng, 10, "name", json!("Acme Inc."));
        maybe(rng, 15, "ids", json!({"stripe": "cus_123", "größe": "1"}));
        // Closed accounts do little: not many, and most open again.
        let closed = day_text(today + rng.range(-3, 25));
        let closed = if rng.percent(60) { Value::Null } else { json!(closed) };
        maybe(rng, 20, "closed", closed);
        out
    }

    fn other(&mut self, zones: &[&str], today: Day) -> Fields {
        if self.whole {
            return self.whole_other(zones, today);
        }
        match self.rng.range(0, 99) {
            0..=29 => {
                let product = self.product_id();
                self.entitlement(product, today)
            }
            30..=49 => self.profile(zones, today),
            50..=59 => {
                let user = self.user();
                let mut out = fields(json!({"type": "user", "user": user}));
                match self.rng.range(0, 14) {
                    0..=2 => out.push(("internal".into(), json!(true))),
                    3..=5 => out.push(("internal".into(), json!(false))),
                    6 => out.push(("internal".into(), self.rng.pick(&[Value::Null, json!("")]).clone())),
                    7..=8 => out.push(("left".into(), json!(day_text(today + self.rng.range(-10, 20))))),
                    9 => out.push(("left".into(), Value::Null)),
                    10..=11 => {
                        let other = self.user();
                        if other != user {
                            out.push(("merged_into".into(), json!(other)));
                        }
                    }
                    12 => out.extend(fields(json!({"clear": ["internal", "left"]}))),
                    13 => out.extend(fields(json!({"clear": ["internal", null, "left"], "internal": true}))),
                    _ => out.extend(fields(json!({"level": "manager", "key": true, "created": "2020-02-29"}))),
                }
                out
            }
            60..=74 => {
                let (from, mut to) = (self.product_id(), self.product_id());
                if from == to {
                    to = "beta2";
                }
                let status = *self.rng.pick(&["connected", "connected", "disconnected"]);
                fields(json!({"type": "integration", "from": from, "to": to, "status": status}))
            }
            75..=82 => self.workflow(),
            83..=90 => {
                let kind = *self.rng.pick(&["email", "meeting", "call", "qbr", "training"]);
                fields(json!({"type": "touchpoint", "kind": kind}))
            }
            91..=93 => {
                let user = self.user();
                fields(json!({"type": "nps", "user": user, "score": self.rng.range(0, 10), "comment": "ok"}))
            }
            94 | 95 => fields(json!({"type": "task", "incident": "i", "task": "t", "status": "done"})),
            96 => fields(json!({"type": "task", "play": "second_product", "user": "", "task": "t", "status": "dismissed"})),
            _ => fields(json!({"type": "outcome", "kind": "mrr", "amount": 12.5, "reason": null})),
        }
    }

    fn time(&mut self, ms: i64) -> Value {
        match self.rng.range(0, 10) {
            0..=3 => json!(ms),
            4..=6 => json!(instant_text(ms)),
            10 => {
                // As databases write it.
                let minutes = *self.rng.pick(&[0, 60, -180, 330, -600]);
                let text = instant_text(ms + minutes * 60_000).replace('T', " ");
                let (sign, hours, rest) = (if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60);
                let offset = match rest {
                    0 if hours == 0 => " UTC".to_string(),
                    0 => format!("{sign}{hours:02}"),
                    _ => format!("{sign}{hours:02}{rest:02}"),
                };
                json!(format!("{}{offset}", &text[..text.len() - 1]))
            }
            7 => {
                // More digits than milliseconds: cut off.
                let text = instant_text(ms - ms.rem_euclid(1000));
                json!(format!("{}.{:03}{}Z", &text[..19], ms.rem_euclid(1000), self.rng.pick(&["9", "999999", "0001"])))
            }
            _ => {
                let minutes = *self.rng.pick(&[60, 120, -180, -210, 330, 570, 630, 840, -600]);
                let text = instant_text(ms + minutes * 60_000);
                let sign = if minutes < 0 { '-' } else { '+' };
                let m = minutes.abs();
                json!(format!("{}{sign}{:02}:{:02}", &text[..text.len() - 1], m / 60, m % 60))
            }
        }
    }

    fn finish(&mut self, account: &str, time: Value, mut body: Fields) -> String {
        body.push(("account".into(), json!(account)));
        body.push(("time".into(), time));
        if self.rng.percent(70) {
            let id = if !self.ids.is_empty() && self.rng.percent(4) {
                self.rng.pick(&self.ids).clone() // a duplicate, mostly with another body
            } else {
                self.next_id += 1;
                format!("e{}", self.next_id)
            };
            self.ids.push(id.clone());
            if self.ids.len() > 40 {
                self.ids.remove(0);
            }
            // The id of an answer is that of the answer.
            if !body.iter().any(|(key, value)| key == "type" && value == "nps") {
                body.push(("id".into(), json!(id)));
            }
        } else if self.rng.percent(10) && !body.iter().any(|(key, _)| key == "id") {
            body.push(("id".into(), Value::Null));
        }
        if self.rng.percent(5) {
            body.push(("zz_unknown".into(), json!({"a": [1, 2.5e3, null], "type": "usage"})));
        }
        if self.rng.percent(15) {
            self.exported(&mut body);
        }
        if self.rng.percent(5) {
            body = self.enveloped(body);
        }
        let rotate = self.rng.range(0, body.len() as i64 - 1) as usize;
        let repeated = body.iter().filter(|f| f.0 == "quantity").count() > 1;
        if !repeated {
            body.rotate_left(rotate);
        }
        write(&body)
    }
}

fn write(body: &Fields) -> String {
    // Some whole numbers with an exponent.
    let text = |value: &Value| match value.as_f64() {
        Some(double) if value.is_f64() && double != 0.0 && double % 10.0 == 0.0 && double.abs() < 1e15 => format!("{}e1", double / 10.0),
        _ => value.to_string(),
    };
    let members: Vec<String> = body.iter().map(|(k, v)| format!("{}:{}", json!(k), text(v))).collect();
    format!("{{{}}}", members.join(","))
}

fn base64(bytes: &[u8]) -> String {
    let letter = |value: u32| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[value as usize % 64]);
    let groups = bytes.chunks(3).map(|group| {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..4).map(|place| if place > group.len() { '=' } else { letter(bits >> (18 - 6 * place)) }).collect::<String>()
    });
    groups.collect()
}

/// About in order of time. Some come late, few of them too late. Not exactly `n`: a few more where lines are repeated,
/// blank or bad.
pub fn lines(seed: u64, n: usize, with_bad: bool) -> Vec<String> {
    assembled(Source::new(seed, 0x57EA), seed, n, with_bad)
}

fn assembled(mut s: Source, seed: u64, n: usize, with_bad: bool) -> Vec<String> {
    let start = first_day(seed) + s.later;
    let most = s.names.len();
    let count = s.rng.range(most as i64 / 2, most as i64) as usize;
    let each = (n / count).max(1);

    // (instant, account, body), per account, then merged.
    let mut all: Vec<(i64, usize, Fields)> = Vec::new();
    for account in 0..count {
        let zones: Vec<&str> = (0..s.rng.range(1, 3)).map(|_| *s.rng.pick(ZONES)).collect();
        let zone = Zone::get(zones[0]).unwrap();
        let begin = start * DAY_MS + s.rng.range(0, 20 * DAY_MS);
        let end = (start + SPAN) * DAY_MS;
        let mut t = begin;
        let mut made: Vec<(i64, Fields)> = Vec::new();
        if s.rng.percent(75) {
            let mut profile = s.profile(&zones, t / DAY_MS);
            profile.retain(|f| f.0 != "time_zone");
            if s.rng.percent(80) {
                profile.push(("time_zone".into(), json!(zones[0])));
            }
            made.push((t, profile));
            for product in s.products.clone() {
                if s.rng.percent(70) {
                    t += s.rng.range(0, 3_600_000);
                    let entitlement = s.entitlement(product.id, t / DAY_MS);
                    made.push((t, entitlement));
                }
            }
        }
        // Bursts of work and silences between, so that both fill the span.
        let bursts = (each / 14).max(1) as i64;
        let mean_pause = (end - t) / (bursts + 1);
        while made.len() < each && t < end {
            let favourites: Vec<&'static Catalogue> = (0..s.rng.range(1, 3)).map(|_| s.product()).collect();
            let size = s.rng.range(6, 24);
            let length = s.rng.range(1, 14) * DAY_MS;
            for _ in 0..size {
                let at = t + s.rng.range(0, length);
                let product = *s.rng.pick(&favourites);
                let body = match s.rng.range(0, 99) {
                    52..=57 if s.whole => s.task(),
                    58..=67 if s.whole => s.other(&zones, at / DAY_MS),
                    0..=67 => s.usage(product),
                    68..=71 => s.gauge(product.id),
                    72..=79 if !s.whole => s.gauge(product.id),
                    80..=83 => s.workflow(),
                    _ => s.other(&zones, at / DAY_MS),
                };
                made.push((at, body));
            }
            let pause = if s.rng.percent(35) { s.rng.range(0, 4 * DAY_MS) } else { s.rng.range(0, 3 * mean_pause) };
            t += pause;
        }
        for (at, body) in made {
            let at = match s.rng.range(0, 99) {
                0..=11 => zone.start_of(at / DAY_MS) + *s.rng.pick(&[-1, 0, 0, 1, -60_000, 59_999, 3_599_999, 3_600_000]),
                12..=40 => at - at % 1000,
                _ => at,
            };
            all.push((at, account, body));
        }
    }
    all.sort_by_key(|(at, account, _)| (*at, *account));

    let mut out: Vec<String> = Vec::new();
    for (at, account, mut body) in all {
        s.renamed(&mut body);
        let told = match s.rng.range(0, 199) {
            0..=19 => at - s.rng.range(1, 6 * DAY_MS),
            20..=21 => at - s.rng.range(10, 88) * DAY_MS,
            22..=24 => at - s.rng.range(90, 93) * DAY_MS,
            25 => at - s.rng.range(94, 130) * DAY_MS,
            26 => at + s.rng.range(1, 2 * DAY_MS), // ahead of its neighbours: the clock runs on
            _ => at,
        };
        let time = s.time(told);
        let name = s.names[account].clone();
        let line = s.finish(&name, time, body);
        if s.rng.percent(2) && line.contains("\"id\":\"") {
            out.push(line.clone());
        }
        out.push(line);
        if s.rng.percent(1) {
            out.push(String::from("  "));
        }
        if with_bad && s.rng.percent(8) {
            let bad = bad_lines(at);
            out.push(s.rng.pick(&bad).0.clone());
        }
    }
    out
}

/// Lines with one fault each, and the class of the dead letter (`""`: none, it only looks bad).
pub fn bad_lines(at: i64) -> Vec<(String, &'static str)> {
    let mut out: Vec<(String, &'static str)> = [
        ("not json", "bad_json"),
        ("{\"type\":\"usage\",", "bad_json"),
        ("{} {}", "bad_json"),
        ("{\"type\":\"usage\",\"quantity\":01}", "bad_json"),
        ("[]", "not_object"),
        ("\"usage\"", "not_object"),
        ("null", "not_object"),
        ("42", "not_object"),
    ]
    .map(|(text, class)| (text.to_string(), class))
    .to_vec();
    out.extend(bad_events(at));
    let good = |kind: &str| -> Fields {
        fields(match kind {
            "usage" => json!({"type": "usage", "product": "crm"}),
            "gauge" => json!({"type": "gauge", "product": "crm", "name": "bandwidth", "value": 1}),
            "entitlement" => json!({"type": "entitlement", "product": "crm", "status": "active"}),
            "account" => json!({"type": "account"}),
            "user" => json!({"type": "user", "user": "u1"}),
            "integration" => json!({"type": "integration", "from": "crm", "to": "portal", "status": "connected"}),
            "workflow" => json!({"type": "workflow", "name": "lead-to-cash", "products": ["crm", "portal"]}),
            "touchpoint" => json!({"type": "touchpoint", "kind": "call"}),
            "nps" => json!({"type": "nps", "user": "u1", "score": 9}),
            "task" => json!({"type": "task", "incident": "i", "task": "t", "status": "done"}),
            "erase" => json!({"type": "erase"}),
            _ => json!({"type": "outcome", "kind": "churn"}),
        })
    };
    // `raw` replaces the field's value, `None` takes the field away.
    let mut spoil = |kind: &str, key: &str, raw: Option<&str>, class: &'static str| {
        let mut body = good(kind);
        body.push(("account".into(), json!("acme")));
        body.push(("time".into(), json!(at)));
        body.retain(|f| f.0 != key);
        let mut members: Vec<String> = body.iter().map(|(k, v)| format!("{}:{v}", json!(k))).collect();
        members.extend(raw.map(|raw| format!("\"{key}\":{raw}")));
        out.push((format!("{{{}}}", members.join(",")), class));
    };
    let long = format!("\"{}\"", "x".repeat(257));
    for (kind, key) in [
        ("task", "incident"),
        ("usage", "account"),
        ("usage", "time"),
        ("usage", "type"),
        ("usage", "product"),
        ("gauge", "name"),
        ("gauge", "value"),
        ("entitlement", "status"),
        ("user", "user"),
        ("integration", "to"),
        ("workflow", "products"),
        ("touchpoint", "kind"),
        ("nps", "score"),
        ("task", "task"),
        ("outcome", "kind"),
    ] {
        spoil(kind, key, None, "missing_field");
    }
    spoil("usage", "type", Some("\"usages\""), "unknown_type");
    spoil("usage", "type", Some("7"), "wrong_type");
    for (kind, key, raw) in [
        ("usage", "quantity", "3.5"),
        ("usage", "quantity", "\"5\""),
        ("usage", "quantity", "1e-2"),
        ("usage", "user", "7.5"),
        ("usage", "feature", "{}"),
        ("usage", "id", "true"),
        ("usage", "account", "false"),
        ("usage", "time", "1.5"),
        ("usage", "time", "\"\""),
        ("usage", "time", "\"yesterday\""),
        ("usage", "time", "\"2024-01-01T00:00:00\""),
        ("usage", "time", "\"2024-01-01 00:00:00\""),
        ("usage", "time", "\"2024-01-01T00:00:00+1\""),
        ("usage", "time", "\"2024-01-01T00:00:00UTC\""),
        ("usage", "time", "true"),
        ("gauge", "value", "\"1\""),
        ("entitlement", "seats", "2.5"),
        ("entitlement", "addons", "\"sso\""),
        ("entitlement", "features", "[1]"),
        ("entitlement", "starts", "20240101"),
        ("entitlement", "term", "[]"),
        ("account", "closed", "20240101"),
        ("entitlement", "arr", "\"1\""),
        ("account", "employees", "\"10\""),
        ("account", "contract", "[]"),
        ("account", "contract", "{\"arr\":\"1\"}"),
        ("account", "use_cases", "\"x\""),
        ("account", "ids", "[]"),
        ("account", "ids", "{\"stripe\":true}"),
        ("account", "owner", "7"),
        ("account", "clear", "\"owner\""),
        ("account", "clear", "[7]"),
        ("user", "merged_into", "{}"),
        ("task", "play", "[]"),
        ("gauge", "value", "\"\""),
        ("account", "industry", "false"),
        ("user", "key", "\"yes\""),
        ("user", "internal", "1"),
        ("workflow", "products", "\"crm\""),
        ("nps", "score", "5.5"),
        ("outcome", "amount", "\"1\""),
        ("erase", "user", "{}"),
    ] {
        spoil(kind, key, Some(raw), "wrong_type");
    }
    for (kind, key, raw) in [
        ("usage", "quantity", "0"),
        ("usage", "quantity", "1000000001"),
        ("usage", "quantity", "-1"),
        ("usage", "quantity", "99999999999999999999999"),
        ("usage", "account", "\"\""),
        ("usage", "account", long.as_str()),
        ("usage", "product", "\"\""),
        ("usage", "user", "18446744073709551616"),
        ("usage", "user", "-9223372036854775809"),
        ("usage", "user", "9007199254740994.0"),
        ("usage", "quantity", "1e10"),
        ("usage", "time", "-1"),
        ("usage", "time", "1704067200"),
        ("usage", "time", "946684799999"),
        ("usage", "time", "\"1999-12-31T23:59:59.999Z\""),
        ("user", "merged_into", "\"u1\""),
        ("user", "clear", "[\"industry\"]"),
        ("account", "clear", "[\"owner\",\"Owner\"]"),
        ("account", "closed", "\"2024-02-30\""),
        ("workflow", "products", "[\"crm\",null]"),
        ("workflow", "products", "[7,\"7\"]"),
        ("entitlement", "status", "\"paused\""),
        ("entitlement", "seats", "-1"),
        ("entitlement", "term", long.as_str()),
        ("account", "closed", "\"2024-02-30\""),
        ("entitlement", "seats", "1000000001"),
        ("entitlement", "ends", "\"2024-01-01\",\"starts\":\"2024-01-02\""),
        ("account", "time_zone", "\"Mars/Base\""),
        ("account", "employees", "-1"),
        ("account", "health", "{\"service\":100.5}"),
        ("account", "ids", "{\"\":\"cus_123\"}"),
        ("account", "ids", "{\"stripe\":\"\"}"),
        ("user", "level", "\"boss\""),
        ("integration", "to", "\"crm\""),
        ("integration", "status", "\"up\""),
        ("workflow", "products", "[\"crm\"]"),
        ("workflow", "products", "[\"crm\",\"portal\",\"crm\"]"),
        ("touchpoint", "kind", "\"lunch\""),
        ("nps", "score", "11"),
        ("task", "status", "\"open\""),
        ("outcome", "kind", "\"arr\""),
        ("erase", "user", "\"\""),
    ] {
        spoil(kind, key, Some(raw), "out_of_range");
    }
    spoil("usage", "feature", Some("\"a\\ud800b\""), "invalid_utf8");
    spoil("usage", "id", Some("\"\\udc00\""), "invalid_utf8");
    spoil("account", "use_cases", Some("[\"\\ud83d\"]"), "invalid_utf8");
    spoil("account", "ids", Some("{\"\\ud83d\":\"x\"}"), "invalid_utf8");
    for (kind, key) in [("usage", "account"), ("usage", "time"), ("usage", "type"), ("gauge", "value"), ("entitlement", "status")] {
        spoil(kind, key, Some("null"), "missing_field");
    }
    // Only looks bad.
    spoil("usage", "feature", Some("\"\""), "");
    spoil("usage", "quantity", Some("2.5e1"), "");
    spoil("usage", "user", Some("-0.0"), "");
    spoil("entitlement", "features", Some("[null,\"\"]"), "");
    spoil("entitlement", "seats", Some("\"\""), "");
    spoil("account", "ids", Some("{\"stripe\":null,\"x\":7}"), "");
    spoil("account", "time_zone", Some("\"\""), "");
    spoil("account", "clear", Some("[\"owner\",\"closed\"]"), "");
    spoil("user", "internal", Some("\"\""), "");
    spoil("user", "merged_into", Some("\"u2\",\"level\":\"boss\",\"clear\":7"), "");
    spoil("task", "incident", Some("null,\"play\":\"second_product\""), "");
    spoil("usage", "note", Some("\"\\ud800\""), "");
    spoil("usage", "feature", Some("\"\\ud83d\\ude00\""), "");
    spoil("gauge", "feature", Some("17"), "");
    spoil("account", "time_zone", Some("null"), "");
    spoil("account", "ids", Some("{\"stripe\":7,\"stripe\":\"cus_123\"}"), "");
    spoil("usage", "quantity", Some("\"x\",\"quantity\":2"), "");
    // Whatever `until` or the wall clock is.
    spoil("usage", "time", Some("\"9998-01-01T00:00:00Z\""), "from_the_future");
    out
}

/// CloudEvents that are refused.
fn bad_events(at: i64) -> Vec<(String, &'static str)> {
    let event = |data: &str| format!("{{\"specversion\":\"1.0\",\"type\":\"usage\",\"time\":{at},\"subject\":\"acme\",{data}}}");
    let base64_of = |text: &str| format!("\"data_base64\":\"{}\"", base64(text.as_bytes()));
    [
        (event("\"data\":{\"quantity\":2}"), "missing_field"),
        (event("\"data\":{\"product\":\"crm\",\"quantity\":0}"), "out_of_range"),
        (event("\"data\":{\"product\":\"crm\",\"type\":\"com.example.usage\"}"), "unknown_type"),
        // Not a CloudEvent, but a record without account.
        (event("\"data\":[]"), "missing_field"),
        (event("\"data\":[],\"data_base64\":\"e30=\""), "not_object"),
        (event(&base64_of("{\"product\":")), "bad_json"),
        (event(&base64_of("[]")), "not_object"),
        (event("\"data_base64\":\"e30\""), "wrong_type"),
        (event("\"data_base64\":\"/w==\""), "invalid_utf8"),
    ]
    .to_vec()
}
