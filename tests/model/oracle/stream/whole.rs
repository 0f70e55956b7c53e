//! Playbooks of the whole language, and streams with the facts that they read.

mod plays;

use super::super::expr::{COMPLETED, Kind, METRICS, Of, Params, has_metric};
use super::super::zone::{Day, day_text};
use super::{Aliases, assembled, fields, first_day, listed, products};
use super::{
    CALENDARS, Catalogue, Fields, GAUGES, INDUSTRIES, REGIONS, ROLES, Rng, SPAN, Settling, Source, Subject, WORKFLOWS, Writer, ZONES,
};
use serde_json::{Value, json};

const USE_CASES: &[&str] = &["sales", "service", "analytics"];
const KINDS: &[&str] = &["email", "meeting", "call", "qbr", "training"];
const LEVELS: &[&str] = &["ic", "manager", "executive"];
const JOBS: &[&str] = &["sales rep", "sales manager", "admin"];
const DEPARTMENTS: &[&str] = &["sales", "marketing", "support"];
const BENCHMARKS: &[&str] = &["products_adopted", "expansion_rate", "nrr", "second_product_days"];
const TIERS: &[&str] = &["core", "core", "main", "advanced", "high_value", "high_value"];

type Near = &'static [&'static str];

const FEW: Near = &["0", "1", "1", "2", "3"];
const DAYS: Near = &["0", "1", "3", "7", "14", "30", "45"];
const SHARES: Near = &["0.2", "0.25", "0.333333333333", "0.5", "0.6", "0.75", "1"];
const CHANGES: Near = &["-0.5", "-0.3", "-0.15", "0", "0.2", "1"];
const SUMS: Near = &["1", "5", "10", "20", "40"];
const HUNDREDS: Near = &["-50", "0", "10", "33.3", "50", "100"];
const ANY: Near = &["0", "0.5", "1", "1.5", "2", "5", "10"];

/// The module of a feature: two to a product, and one without.
fn module(product: &Catalogue, place: usize) -> Option<String> {
    ["m1", "m2", "m1"].get(place % 4).map(|module| format!("{}_{module}", product.id))
}

#[derive(Clone)]
struct Measure {
    id: String,
    of: Of,
    /// Stage conditions may read it: neither a stage nor an aggregate stands behind it.
    plain: bool,
    /// The catalogue may read it: neither a stage nor the catalogue stands behind it.
    early: bool,
}

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// No stage, no aggregate, nothing of the catalogue.
    Stage,
    /// No stage, nothing of the catalogue.
    Catalogue,
    /// No verdict.
    Measure,
    Rule,
}

/// Whose expression it is: of whom what is written bare is.
#[derive(Clone, Copy)]
enum Whose {
    Account,
    /// Of each product in turn, or of one.
    Product(Option<&'static Catalogue>),
    User,
    /// Within an aggregate over users, of the account or of a product.
    EachUser(Option<Option<&'static Catalogue>>),
    EachProduct,
}

/// What is written so far.
struct Pen<'a> {
    w: Writer<'a>,
    stands: Stands,
    whose: Whose,
    measures: Vec<Measure>,
    personas: Vec<String>,
    segments: Vec<String>,
    /// Those that segments name.
    benchmarks: Vec<&'static str>,
    /// Those of a product are of every product.
    milestones: Vec<(String, Of)>,
    alerts: Vec<(String, Of)>,
    plays: Vec<(String, Of)>,
    /// A play is of a group.
    grouped: bool,
}

impl Pen<'_> {
    fn rng(&mut self) -> &mut Rng {
        self.w.rng
    }

    fn percent(&mut self, chance: i64) -> bool {
        self.w.rng.percent(chance)
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        *self.w.rng.pick(items)
    }

    fn product(&mut self) -> &'static Catalogue {
        let products = self.w.products.clone();
        self.pick(&products)
    }

    fn near(&mut self, near: Near) -> &'static str {
        self.pick(near)
    }

    /// `, N` or nothing, for a metric that has a name.
    fn length(&mut self, longest: i64) -> String {
        if self.percent(45) { String::new() } else { format!(", {}", self.w.days(longest)) }
    }

    /// `name` or `name(N)`
    fn trailing(&mut self, name: &str) -> String {
        if self.percent(45) { name.to_owned() } else { format!("{name}({})", self.w.days(92)) }
    }

    /// `name`, `name("tier")`, `name(N)`, `name("tier", N)`
    fn tiered(&mut self, name: &str) -> String {
        if self.percent(50) {
            return self.trailing(name);
        }
        let tier = self.pick(TIERS);
        format!("{name}(\"{tier}\"{})", self.length(92))
    }

    /// The N of a comparison of two windows.
    fn compared(&mut self) -> i64 {
        self.w.compared()
    }

    /// A name that is no other name of any feature: in an aggregate over products it would be another one for each of them.
    fn feature_of(&mut self, product: Option<&'static Catalogue>) -> Option<&'static str> {
        let old: Vec<&str> = self.w.aliases.features.iter().map(|known| known.2).collect();
        let those: Vec<&Catalogue> = product.map_or(self.w.meant.clone(), |product| vec![product]);
        let names: Vec<&'static str> = those.iter().flat_map(|c| c.features).map(|f| f.0).filter(|name| !old.contains(name)).collect();
        if names.is_empty() { None } else { Some(self.pick(&names)) }
    }

    /// A metric of a product, without what stands before it.
    fn of_product(&mut self, product: Option<&'static Catalogue>, in_turn: bool) -> (String, Near) {
        let staged = matches!(self.stands, Stands::Measure | Stands::Rule);
        if self.percent(45) {
            let subject = product.map_or(Subject::Each, Subject::One);
            let subject = std::mem::replace(&mut self.w.subject, subject);
            let of_stage = std::mem::replace(&mut self.w.of_stage, !staged);
            let none = Aliases { products: Vec::new(), features: Vec::new() };
            let aliases = if in_turn { None } else { Some(std::mem::replace(&mut self.w.aliases, none)) };
            let old: Vec<&str> = aliases.iter().flat_map(|aliases| &aliases.features).map(|known| known.2).collect();
            let (text, near) = loop {
                let (text, near) = self.w.product_metric();
                if !old.iter().any(|name| text.contains(name)) {
                    break (text, near);
                }
            };
            (self.w.subject, self.w.of_stage) = (subject, of_stage);
            if let Some(aliases) = aliases {
                self.w.aliases = aliases;
            }
            return (
                text,
                if near.contains(&"-0.3") {
                    CHANGES
                } else if near.contains(&"0.6") {
                    SHARES
                } else {
                    ANY
                },
            );
        }
        loop {
            let n = self.compared();
            let (text, near) = match self.rng().range(0, 20) {
                0 | 1 if staged => ("criteria_progress".into(), ["0.25", "0.5", "0.75", "0.99", "1"].as_slice()),
                2 => (format!("users_change({n})"), CHANGES),
                3 => (format!("utilization_change({n})"), CHANGES),
                4 => match self.feature_of(product) {
                    Some(feature) => (format!("feature_change(\"{feature}\", {n})"), CHANGES),
                    None => continue,
                },
                5 | 6 => {
                    let (complete, longest) = self.w.completed();
                    let tier = self.pick(TIERS);
                    let name = self.pick(&["unused_features", "feature_share"]);
                    (format!("{complete}{name}(\"{tier}\"{})", self.length(longest)), if name == "feature_share" { SHARES } else { FEW })
                }
                7 => (self.w.windowed("unused_features"), FEW),
                8 => ("features_enabled".into(), FEW),
                9 => (self.w.windowed("enabled_share"), SHARES),
                10 => (self.w.windowed("effective_features"), FEW),
                11 => (self.w.windowed("modules_used"), FEW),
                12 => ("modules".into(), FEW),
                13 => (self.w.windowed("addons_unused"), FEW),
                14 => (self.w.windowed("value_realized"), ["0", "1", "4.05", "20", "100"].as_slice()),
                15 => (self.w.windowed("hours_saved"), ["0", "0.1", "0.75", "3"].as_slice()),
                16 if staged => ("adopted_days".into(), DAYS),
                17 if staged => ("lost_days".into(), DAYS),
                18 => (format!("seats_added({})", self.w.days(90)), ["-1", "0", "1", "3"].as_slice()),
                _ => continue,
            };
            return (text, near);
        }
    }

    /// A metric of the account, without what stands before it.
    fn of_account(&mut self) -> (String, Near) {
        let staged = matches!(self.stands, Stands::Measure | Stands::Rule);
        loop {
            let n = self.compared();
            let (text, near): (String, Near) = match self.rng().range(0, 46) {
                0 => ("products_entitled".into(), FEW),
                1 => ("products_active".into(), FEW),
                2 if staged => ("products_adopted".into(), FEW),
                3 if staged => ("breadth".into(), SHARES),
                4 if staged => ("account_stage_days".into(), DAYS),
                5 => ("observed_days".into(), DAYS),
                6 if staged => ("first_product_days".into(), DAYS),
                7 if staged => ("days_to_second_product".into(), DAYS),
                8 => ("days_since_touchpoint".into(), DAYS),
                9 | 10 => (format!("days_since_touchpoint(\"{}\")", self.pick(KINDS)), DAYS),
                11 => ("employees".into(), ["10", "100", "1000"].as_slice()),
                12 => ("arr".into(), ["1000", "1000.1", "25000", "99999.99"].as_slice()),
                13 => ("days_to_renewal".into(), ["-10", "0", "14", "30", "60", "90"].as_slice()),
                14 => ("onboarded_days".into(), DAYS),
                15 => ("users_known".into(), FEW),
                16 | 17 => (self.trailing("login_rate"), SHARES),
                18 => ("departments".into(), FEW),
                19 => (self.trailing("departments_active"), FEW),
                20 => ("levels".into(), FEW),
                21 => (self.trailing("levels_active"), FEW),
                22 => (self.trailing("exposure"), ["0.01", "0.05", "0.3", "1"].as_slice()),
                23 if staged => (format!("products_added({})", self.w.days(92)), FEW),
                24 if staged => (format!("products_lost({})", self.w.days(92)), FEW),
                25 => (self.trailing("events"), SUMS),
                26 => (self.trailing("active_users"), FEW),
                27 => (self.trailing("active_days"), SUMS),
                28 => (self.tiered("features_used"), FEW),
                29 => (self.trailing("modules_used"), FEW),
                30 => (format!("usage_change({n})"), CHANGES),
                31 => (format!("frequency_change({n})"), CHANGES),
                32 => (format!("users_change({n})"), CHANGES),
                33 => (self.trailing("stickiness"), SHARES),
                34 => ("days_since_use".into(), DAYS),
                35 => ("integrations_active".into(), FEW),
                36 => (self.pick(&["integrations_possible", "integration_score"]).into(), HUNDREDS),
                37 if staged => (self.pick(&["synergies_unlocked", "synergies_untapped"]).into(), FEW),
                38 => {
                    let name = self.pick(WORKFLOWS);
                    let named = format!("workflow_runs(\"{name}\"{})", self.length(92));
                    (if self.percent(50) { named } else { self.trailing("workflow_runs") }, FEW)
                }
                39 => (format!("health(\"{}\")", self.pick(&["relationship", "service", "financial"])), ["50", "55.5", "80"].as_slice()),
                40 => (self.trailing("nps"), HUNDREDS),
                41 => (self.trailing("nps_answers"), FEW),
                42 => ("days_since_nps".into(), DAYS),
                43 => ("mrr".into(), ["0", "12.5", "100", "250.75"].as_slice()),
                44 => (format!("mrr_change({})", self.w.days(90)), CHANGES),
                45 if staged && !self.personas.is_empty() => {
                    let personas = self.personas.clone();
                    (format!("persona(\"{}\")", self.rng().pick(&personas)), SHARES)
                }
                46 => (format!("key_users_gone({})", n.min(40)), FEW),
                _ => continue,
            };
            // Stages are judged at every cause: what asks every user is left to the rest.
            let asks_users = ["persona", "key_users_gone", "nps", "departments", "levels"].iter().any(|name| text.starts_with(name));
            if !(asks_users && self.stands == Stands::Stage) {
                return (text, near);
            }
        }
    }

    /// A metric of a user; behind a product, of the use that is made of it.
    fn of_user(&mut self, of_use: bool) -> (String, Near) {
        let (text, near): (String, Near) = match self.rng().range(0, if of_use { 6 } else { 12 }) {
            0 => (self.trailing("active_days"), FEW),
            1 => (format!("active_weeks({})", self.rng().range(1, 13)), FEW),
            2 => ("days_since_use".into(), DAYS),
            3 => ("days_since_first_use".into(), DAYS),
            4 | 5 => (self.tiered("features_used"), FEW),
            6 => (self.trailing("modules_used"), FEW),
            7 => (self.trailing("products_used"), FEW),
            8 => ("known_days".into(), DAYS),
            9 => ("days_since_touchpoint".into(), DAYS),
            10 => ("nps_score".into(), ["3", "6", "7", "9", "10"].as_slice()),
            11 => ("days_since_nps".into(), DAYS),
            _ => ("gone_days".into(), DAYS),
        };
        (text, near)
    }

    /// `account.` before a name of the account, where a bare one would not mean it, and sometimes where it would.
    fn account(&mut self, text: String) -> String {
        let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let needed = match self.whose {
            Whose::Account => false,
            Whose::Product(_) => has_metric(Of::Product, &name),
            _ => true,
        };
        if needed || self.percent(15) { format!("account.{text}") } else { text }
    }

    fn measure(&mut self, of: Of) -> Option<String> {
        let stands = self.stands;
        let may = |measure: &&Measure| match stands {
            Stands::Stage => measure.plain && measure.early,
            Stands::Catalogue => measure.early,
            Stands::Measure | Stands::Rule => true,
        };
        let ids: Vec<String> =
            self.measures.iter().filter(|measure| measure.of == of).filter(may).map(|measure| measure.id.clone()).collect();
        if ids.is_empty() { None } else { Some(self.rng().pick(&ids).clone()) }
    }

    /// A metric or a measure of somebody, that may be read here.
    fn number(&mut self) -> (String, Near) {
        let measured = self.percent(25);
        let read = |pen: &mut Self, of: Of| pen.measure(of).filter(|_| measured).map(|id| (id, ANY));
        match self.whose {
            Whose::Account => {
                if self.percent(70) {
                    let (text, near) = read(self, Of::Account).unwrap_or_else(|| self.of_account());
                    return (self.account(text), near);
                }
                let product = self.product();
                let (text, near) = read(self, Of::Product).unwrap_or_else(|| self.of_product(Some(product), true));
                if matches!(self.stands, Stands::Measure | Stands::Rule) && self.percent(25) {
                    let (text, near) = if measured { (text, near) } else { self.of_product(None, false) };
                    return (format!("primary.{text}"), near);
                }
                (format!("{}.{text}", self.name_of(product)), near)
            }
            Whose::Product(one) => match self.rng().range(0, 9) {
                0..=6 => {
                    let (text, near) = read(self, Of::Product).unwrap_or_else(|| self.of_product(one, true));
                    // What means the product at hand is dropped in evidence.
                    let before = one.filter(|_| self.percent(15)).map_or(String::new(), |one| format!("{}.", one.id));
                    (before + &text, near)
                }
                7 => {
                    let product = self.product();
                    let (text, near) = self.of_product(Some(product), true);
                    (format!("{}.{text}", self.name_of(product)), near)
                }
                _ => {
                    let (text, near) = read(self, Of::Account).unwrap_or_else(|| self.of_account());
                    (self.account(text), near)
                }
            },
            Whose::User | Whose::EachUser(_) => match self.rng().range(0, 9) {
                0..=6 => read(self, Of::User).unwrap_or_else(|| self.of_user(false)),
                7 if matches!(self.whose, Whose::User) && self.stands != Stands::Catalogue => {
                    let (text, near) = read(self, Of::Account).unwrap_or_else(|| self.of_account());
                    (self.account(text), near)
                }
                _ => {
                    let product = self.product();
                    let (text, near) = self.of_user(true);
                    (format!("{}.{text}", self.name_of(product)), near)
                }
            },
            Whose::EachProduct => read(self, Of::Product).unwrap_or_else(|| self.of_product(None, false)),
        }
    }

    /// A product by one of its names.
    fn name_of(&mut self, product: &'static Catalogue) -> &'static str {
        let others = self.w.aliases.of_product(product.id);
        if !others.is_empty() && self.percent(20) { self.pick(&others) } else { product.id }
    }

    fn aggregates(&self) -> bool {
        self.stands != Stands::Stage && matches!(self.whose, Whose::Account | Whose::Product(_))
    }

    /// Within an aggregate.
    fn within<T>(&mut self, whose: Whose, write: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.whose, whose);
        let written = write(self);
        self.whose = before;
        written
    }

    fn aggregate(&mut self) -> (String, Near) {
        let of_users = matches!(self.whose, Whose::Product(_)) || self.percent(60);
        let (over, whose) = match self.whose {
            Whose::Product(one) => ("users", Whose::EachUser(Some(one))),
            _ if of_users => ("users", Whose::EachUser(None)),
            _ => ("products", Whose::EachProduct),
        };
        let how = self.pick(if of_users {
            ["count", "share", "share", "mean", "min", "max"].as_slice()
        } else {
            ["count", "share", "mean", "min", "max", "sum"].as_slice()
        });
        let (of, near) = match how {
            "count" => (self.within(whose, |pen| pen.condition(1)), FEW),
            "share" => (self.within(whose, |pen| pen.condition(1)), SHARES),
            _ => self.within(whose, |pen| if pen.percent(60) { pen.number() } else { pen.value(1) }),
        };
        let among = how != "count" && self.percent(40);
        let among = if among { format!(", {}", self.within(whose, |pen| pen.condition(0))) } else { String::new() };
        (format!("{over}.{how}({of}{among})"), near)
    }

    /// A number of some depth.
    fn value(&mut self, depth: i64) -> (String, Near) {
        if depth == 0 || self.percent(35) {
            return self.number();
        }
        match self.rng().range(0, 12) {
            0 | 1 if self.aggregates() => self.aggregate(),
            2 | 3 => {
                let ((a, near), (b, _)) = (self.value(depth - 1), self.value(depth - 1));
                let name = self.pick(&["min", "max", "mean"]);
                let third = if self.percent(30) { format!(", {}", self.near(near)) } else { String::new() };
                (format!("{name}({a}, {b}{third})"), near)
            }
            4 | 5 => {
                let ((a, near), (b, _)) = (self.value(depth - 1), self.value(depth - 1));
                let (v, w) = (self.pick(&["1", "2.5", "40"]), self.pick(&["1", "3", "0.5"]));
                (format!("weighted({a}, {v}, {b}, {w})"), near)
            }
            6 | 7 => {
                let (a, near) = self.value(depth - 1);
                let b = if self.percent(50) { self.near(near).to_owned() } else { self.value(depth - 1).0 };
                (format!("or({a}, {b})"), near)
            }
            8 => {
                let c = self.condition(0);
                let (a, near) = self.value(depth - 1);
                let b = if self.percent(50) { self.near(near).to_owned() } else { self.value(depth - 1).0 };
                (format!("({c} ? {a} : {b})"), near)
            }
            9 => {
                let ((a, near), (b, _)) = (self.value(depth - 1), self.value(depth - 1));
                let op = self.pick(&["+", "-"]);
                (format!("({a} {op} {b})"), near)
            }
            10 => {
                let ((a, _), (b, _)) = (self.number(), self.number());
                (format!("{a} / ({b} + 1)"), SHARES)
            }
            11 => {
                let (a, near) = self.value(depth - 1);
                let by = self.pick(&["2", "0.5", "-1"]);
                (format!("{by} * {a}"), near)
            }
            _ if self.stands == Stands::Rule => self.verdict_number().unwrap_or_else(|| self.number()),
            _ => self.number(),
        }
    }

    fn milestone(&mut self) -> Option<String> {
        let (id, of) = {
            let known = self.milestones.clone();
            if known.is_empty() {
                return None;
            }
            self.rng().pick(&known).clone()
        };
        let before = match (self.whose, of) {
            (Whose::Account, Of::Account) | (Whose::Product(_), _) => String::new(),
            (Whose::Account, _) if self.percent(40) => "primary.".into(),
            (Whose::Account, _) => format!("{}.", self.product().id),
            (Whose::User, Of::Account) => "account.".into(),
            _ => return None,
        };
        Some(format!("{before}{{}}(\"{id}\")"))
    }

    fn verdict_number(&mut self) -> Option<(String, Near)> {
        if self.percent(50) {
            return self.milestone().map(|text| (text.replace("{}", "days_since_milestone"), DAYS));
        }
        if !matches!(self.whose, Whose::Account | Whose::Product(_) | Whose::User) || self.benchmarks.is_empty() || self.alerts.is_empty() {
            return None;
        }
        let benchmarks = self.benchmarks.clone();
        let name = self.pick(&benchmarks);
        Some((self.account(format!("benchmark(\"{name}\")")), ANY))
    }

    fn verdict(&mut self) -> Option<String> {
        if self.stands != Stands::Rule || matches!(self.whose, Whose::EachUser(_) | Whose::EachProduct) {
            return None;
        }
        match self.rng().range(0, 5) {
            0..=2 if !self.segments.is_empty() => {
                let segments = self.segments.clone();
                let segment = format!("segment(\"{}\")", self.rng().pick(&segments));
                Some(if matches!(self.whose, Whose::User) { format!("account.{segment}") } else { segment })
            }
            3 => self.milestone().map(|text| text.replace("{}", "milestone")),
            _ => {
                let of = match self.whose {
                    Whose::Account => None,
                    Whose::Product(_) => Some(Of::Product),
                    _ => Some(Of::User),
                };
                let is_meant = |rule: &&(String, Of)| of.is_none_or(|of| rule.1 == of || rule.1 == Of::Account);
                let alerts = self.alerts.iter().filter(is_meant).map(|rule| format!("alert_open(\"{}\")", rule.0));
                let plays = self.plays.iter().filter(is_meant).map(|rule| format!("play_open(\"{}\")", rule.0));
                let all: Vec<String> = alerts.chain(plays).collect();
                if all.is_empty() { None } else { Some(self.rng().pick(&all).clone()) }
            }
        }
    }

    /// A comparison of texts, or what is true or false by itself.
    fn flag(&mut self) -> String {
        let staged = matches!(self.stands, Stands::Measure | Stands::Rule);
        let compared = |pen: &mut Self, text: &str, values: &[&str]| {
            let (a, b) = (pen.pick(values), pen.pick(values));
            match pen.rng().range(0, 2) {
                0 => format!("{text} == \"{a}\""),
                1 => format!("{text} != \"{a}\""),
                _ => format!("{text} in [\"{a}\", \"{b}\"]"),
            }
        };
        match self.whose {
            Whose::User | Whose::EachUser(_) => match self.rng().range(0, 9) {
                0 => "key".into(),
                1 => compared(self, "level", LEVELS),
                2 => compared(self, "role", JOBS),
                3 => compared(self, "department", DEPARTMENTS),
                4 => {
                    let text = self.pick(&["name", "email"]);
                    format!("known({text})")
                }
                5 | 6 if matches!(self.whose, Whose::EachUser(Some(_))) => {
                    let Whose::EachUser(Some(one)) = self.whose else { unreachable!() };
                    self.feature_of(one).map_or("key".into(), |feature| format!("used(\"{feature}\"{})", self.length(92)))
                }
                _ => {
                    let product = self.product();
                    let Some(feature) = self.feature_of(Some(product)) else { return "key".into() };
                    format!("{}.used(\"{feature}\"{})", product.id, self.length(92))
                }
            },
            Whose::Account => match self.rng().range(0, 14) {
                0 if staged => compared(self, "account_stage", &["not_adopted", "single_product", "multi_product"]),
                1 | 2 => {
                    let (a, b) = (self.pick(USE_CASES), self.pick(USE_CASES));
                    format!("has_any(use_cases, [\"{a}\", \"{b}\"])")
                }
                3 if staged => {
                    let ids: Vec<&str> = self.w.products.iter().map(|product| product.id).collect();
                    let which = self.pick(&["primary_product", "second_product", "next_product", "next_product"]);
                    compared(self, which, &ids)
                }
                4 => "churned".into(),
                5 => format!("holiday(\"{}\"{})", self.pick(CALENDARS), self.length(92)),
                6 => compared(self, "industry", INDUSTRIES),
                7 => compared(self, "region", REGIONS),
                8 => compared(self, "success_role", ROLES),
                9 => compared(self, "account_executive", &["ann", "bob"]),
                10 => format!("known({})", self.pick(&["owner", "use_cases", "name", "arr"])),
                11 if staged => format!("{}.fit", self.product().id),
                12 => format!("has_any({}.addons, [\"sso\", \"x\"])", self.product().id),
                _ => format!("{}.{}", self.product().id, self.pick(&["entitled", "trialing"])),
            },
            Whose::Product(_) | Whose::EachProduct => match self.rng().range(0, 8) {
                0 | 1 if staged => compared(self, "stage", &["none", "entitled", "activated", "adopted", "proficient"]),
                2 => "entitled".into(),
                3 => "trialing".into(),
                4 => compared(self, "plan", &["pro", "basic", "trial"]),
                5 if staged => self.pick(&["fit", "or(fit, false)", "known(fit)"]).into(),
                6 => format!("has_any(addons, [\"sso\", \"{}_m2\"])", self.product().id),
                7 if matches!(self.whose, Whose::Product(_)) => "churned".into(),
                _ => "known(seats)".into(),
            },
        }
    }

    fn comparison(&mut self, depth: i64) -> String {
        if self.percent(22) {
            let flag = self.flag();
            return if self.percent(20) { format!("!({flag})") } else { flag };
        }
        if self.percent(25)
            && let Some(verdict) = self.verdict()
        {
            return if self.percent(25) { format!("!{verdict}") } else { verdict };
        }
        let op = self.w.operator();
        let (left, near) = self.value(depth);
        let threshold = self.near(near);
        match self.rng().range(0, 19) {
            0 => format!("{left} in [{threshold}, {}, 7]", self.near(near)),
            1 => {
                let (right, _) = self.number();
                format!("{left} {op} {right}")
            }
            2 => format!("known({left})"),
            3 => format!("or({left} {op} {threshold}, {})", self.pick(&["true", "false"])),
            _ => format!("{left} {op} {threshold}"),
        }
    }

    fn condition(&mut self, depth: i64) -> String {
        if depth == 0 {
            return self.comparison(0);
        }
        let operand = |pen: &mut Self, of_and: bool| {
            let text = pen.condition(depth - 1);
            if of_and && text.contains("||") || pen.percent(10) { format!("({text})") } else { text }
        };
        match self.rng().range(0, 11) {
            0..=4 => self.comparison(depth),
            5..=7 => format!("{} && {}", operand(self, true), operand(self, true)),
            8 | 9 => format!("{} || {}", operand(self, false), operand(self, false)),
            10 => format!("!({})", self.condition(depth - 1)),
            _ => {
                let (c, a, b) = (self.condition(0), self.condition(0), self.condition(0));
                format!("({c} ? {a} : {b})")
            }
        }
    }

    fn at(&mut self, stands: Stands, whose: Whose) {
        (self.stands, self.whose) = (stands, whose);
        self.w.meant = self.w.products.clone();
    }

    /// At a rule or milestone of each of these products.
    fn at_products(&mut self, products: Vec<&'static Catalogue>) {
        let one = if let [one] = *products { Some(one) } else { None };
        (self.stands, self.whose) = (Stands::Rule, Whose::Product(one));
        self.w.meant = products;
    }

    fn measured(&mut self, of: Of) -> String {
        let whose = match of {
            Of::Account => Whose::Account,
            Of::Product => Whose::Product(None),
            Of::User => Whose::User,
        };
        self.whose = whose;
        self.value(2).0
    }
}

/// Whose a rule is.
fn of_text(of: Of) -> &'static str {
    match of {
        Of::Account => "account",
        Of::Product => "product",
        Of::User => "user",
    }
}

fn measures(pen: &mut Pen) -> String {
    let mut out = String::from("measures:\n");
    let early: &[Of] = &[Of::User, Of::Product, Of::Product, Of::Account, Of::Account];
    let late: &[Of] = &[Of::Product, Of::Account, Of::Account, Of::User];
    for (place, of) in early.iter().chain(late).enumerate() {
        let is_early = place < early.len();
        if pen.percent(15) {
            continue;
        }
        // Half of the early ones are what a stage may read.
        let plain = is_early && place % 2 == 1;
        pen.stands = match (is_early, plain) {
            (true, true) => Stands::Stage,
            (true, false) => Stands::Catalogue,
            _ => Stands::Measure,
        };
        let id = format!("{}_{place}", if is_early { "early" } else { "late" });
        let value = pen.measured(*of);
        out += &format!("  {id}:\n    of: {}\n    value: '{value}'\n", of_text(*of));
        if pen.percent(30) {
            out += "    range: [0, 10]\n";
        }
        if *of != Of::User && pen.percent(65) {
            let ends = pen.pick(&[["0", "1", "5"], ["-1", "0.5", "2"], ["0.25", "0.5", "0.75"], ["1", "10", "40"]]);
            out += &format!(
                "    bands: [{{name: poor, from: {}}}, {{name: fair, from: {}}}, {{name: good, from: {}}}]\n",
                ends[0], ends[1], ends[2]
            );
        }
        pen.measures.push(Measure { id, of: *of, plain, early: is_early });
    }
    out
}

fn catalogue_of(pen: &mut Pen, product: &'static Catalogue, settle_days: Option<i64>) -> String {
    let mut out = format!("  {}:\n    name: The {}\n    {}\n", product.id, product.id, listed(&pen.w.aliases.of_product(product.id)));
    if pen.percent(50) {
        let price = pen.pick(&["{per_seat: 600, currency: USD}", "{flat: 9000.50, currency: EUR}"]);
        out += &format!("    price: {price}\n    problem: Nobody knows\n");
    }
    if !product.features.is_empty() {
        out += "    features:\n";
    }
    for (place, (feature, tier)) in product.features.iter().enumerate() {
        let aliases = listed(&pen.w.aliases.of_feature(product.id, feature));
        let mut about = Vec::from_iter((!aliases.is_empty()).then_some(aliases));
        let module = module(product, place).filter(|_| pen.percent(85));
        about.extend(module.map(|module| format!("module: {module}")));
        about.push(if pen.percent(30) { format!("tier: [{tier}, high_value]") } else { format!("tier: {tier}") });
        if pen.percent(60) {
            about.push(format!(
                "value: {}",
                pen.pick(&["{amount: 0.50, hours: 0.05}", "{amount: 5}", "{hours: 0.75}", "{amount: 0.1, hours: 2}", "{amount: 20.25}"])
            ));
        }
        if pen.percent(40) {
            let of = pen.pick(&[5, 14, 28, 60, 80]);
            let days = pen.rng().range(1, 4);
            about.push(
                pen.pick(&["effective: {days: D, of: W}", "effective: {days: D}"])
                    .replace('D', &days.to_string())
                    .replace('W', &of.to_string()),
            );
        }
        if pen.percent(30) {
            about.push("impact: high, effort: low, recommendation: Show it".into());
        }
        out += &format!("      {feature}: {{{}}}\n", about.join(", "));
    }
    if let Some(days) = settle_days {
        out += &format!("    settle_days: {days}\n");
    }
    if pen.percent(60) {
        pen.at(Stands::Catalogue, Whose::Account);
        out += &format!("    fit: '{}'\n", pen.condition(1));
    }
    pen.at(Stands::Stage, Whose::Product(Some(product)));
    if pen.percent(25) {
        out += &format!("    regular_use: '{}'\n", pen.pick(&["days_since_use <= 20", "active_days(14) >= 1 && active_days(60) >= 2"]));
    }
    let feature = pen.feature_of(Some(product));
    let adopted = match pen.rng().range(0, 9) {
        0 => None,
        1 | 2 => Some(pen.condition(2)),
        3..=5 if feature.is_some() => {
            Some(format!("events(\"{}\") >= {} && active_days > 1", feature.unwrap_or_default(), pen.rng().range(1, 6)))
        }
        6 => Some(format!(
            "(events >= {} || gauge(\"{}\") > 1) && (active_users >= 1 && active_days >= 2)",
            pen.rng().range(4, 12),
            GAUGES[0]
        )),
        7 => Some("events >= 3 && !(days_since_use > 30) && features_used > 0.5".into()),
        _ => Some(format!("events >= {}", pen.rng().range(1, 6))),
    };
    if let Some(adopted) = adopted {
        out += &format!("    adopted: '{adopted}'\n");
    }
    if pen.percent(15) {
        out += &format!("    proficient: '{}'\n", pen.condition(1));
    }
    out
}

fn belonging(pen: &mut Pen) -> String {
    let products = pen.w.products.clone();
    let mut out = String::new();
    let some = |pen: &mut Pen, most: i64| {
        let mut ids: Vec<&str> = products.iter().map(|product| product.id).collect();
        pen.w.rng.shuffle(&mut ids);
        ids.truncate(pen.rng().range(2, most) as usize);
        ids
    };
    if pen.percent(60) {
        out += "integrations:\n";
        for from in &products {
            for to in &products {
                // One at least.
                let is_first = (from.id, to.id) == (products[0].id, products[1].id);
                if from.id != to.id && (is_first || pen.percent(40)) {
                    let (from, to) = (pen.name_of(from), pen.name_of(to));
                    out += &format!("  - {{from: {from}, to: {to}}}\n");
                }
            }
        }
    }
    out += "workflows:\n";
    for workflow in WORKFLOWS {
        out += &format!("  {workflow}: {{products: [{}], label: high}}\n", some(pen, 2).join(", "));
    }
    out += "synergies:\n";
    for place in 0..pen.rng().range(1, 3) {
        let ids = some(pen, 3).join(", ");
        pen.at(Stands::Catalogue, Whose::Account);
        let by = if pen.percent(50) { format!("workflow_runs(\"{}\") >= {}", WORKFLOWS[0], place + 1) } else { pen.condition(1) };
        out += &format!("  synergy_{place}: {{products: [{ids}], by: '{by}', value: 1000, effort: low}}\n");
    }
    out += "paths:\n";
    for place in 0..pen.rng().range(1, 4) {
        out += &format!("  path_{place}: {{products: [{}], retention: 0.8}}\n", some(pen, 4).join(", "));
    }
    out += "personas:\n";
    for place in 0..2 {
        pen.at(Stands::Catalogue, Whose::User);
        let among = pen.pick(&["role == \"sales rep\"", "level in [\"manager\", \"executive\"]", "key", "known(department)"]);
        out += &format!("  persona_{place}: {{among: '{among}', keeps: '{}'}}\n", pen.condition(1));
    }
    out
}

fn judged(pen: &mut Pen) -> &'static str {
    if pen.percent(25) { pen.pick(&["    judge: live\n", "    judge: daily\n"]) } else { "" }
}

/// `products:` of a rule, and of which products it then is.
fn of_products(pen: &mut Pen) -> (String, Vec<&'static Catalogue>) {
    let mut products = pen.w.products.clone();
    let several = products.len().min(2);
    let count = match pen.rng().range(0, 9) {
        0 | 1 => 1,
        2 | 3 => several,
        _ => return (String::new(), products),
    };
    pen.w.rng.shuffle(&mut products);
    products.truncate(count);
    let ids: Vec<&str> = products.iter().map(|product| product.id).collect();
    (format!("    products: [{}]\n", ids.join(", ")), products)
}

fn rules(pen: &mut Pen, section: &str, count: i64, guards: &[(String, Of)]) -> String {
    let mut out = format!("{section}s:\n");
    for place in 0..count {
        let (id, of) = (format!("{section}_{place}"), pen.pick(&[Of::Account, Of::Account, Of::Product, Of::Product, Of::User, Of::User]));
        out += &format!("  {id}:\n    scope: {}\n", of_text(of));
        match of {
            Of::Account => pen.at(Stands::Rule, Whose::Account),
            Of::User => {
                if pen.percent(25) {
                    out += "    gone: true\n";
                }
                pen.at(Stands::Rule, Whose::User);
            }
            Of::Product => {
                let (text, products) = of_products(pen);
                out += &text;
                if pen.percent(20) {
                    out += "    absent: true\n";
                }
                pen.at_products(products);
            }
        }
        match pen.rng().range(0, 9) {
            // One that is often open, so that tasks of it are done.
            _ if id == "play_0" => out += &plays::often_open(pen, of),
            // Hysteresis over one number.
            0..=2 => {
                let (left, near) = pen.value(2);
                let (low, high) = (pen.near(near), pen.near(near));
                out += &format!("    open: '{left} >= {high}'\n    clear: '{left} < {low}'\n");
            }
            3..=6 => out += &format!("    open: '{}'\n", pen.condition(2)),
            _ => out += &format!("    open: '{}'\n    clear: '{}'\n", pen.condition(2), pen.condition(1)),
        }
        out += judged(pen);
        for key in ["for_days", "cooldown_days", "clear_days"] {
            if pen.percent(35) {
                out += &format!("    {key}: {}\n", pen.rng().range(0, 6));
            }
        }
        if section == "play" {
            out += &plays::keys(pen, of, guards, id == "play_0");
            pen.plays.push((id, of));
        } else {
            if pen.percent(50) {
                out += &format!("    route: {}\n", pen.pick(&["owner", "account_executive", "success_role", "the team"]));
            }
            pen.alerts.push((id, of));
        }
    }
    out
}

/// A metric with some arguments, compared with something.
fn asked(pen: &mut Pen, (name, of, params, kind): (&str, Of, Params, Kind)) -> String {
    let completed = COMPLETED.contains(&name) && of == Of::Product;
    let (complete, longest) = if completed { pen.w.completed() } else { ("", 92) };
    let named = match name {
        "events" | "users_of" | "feature_change" if of == Of::Product => pen.w.feature(),
        "gauge" => Some(pen.pick(GAUGES).to_owned()),
        "holiday" => Some(pen.pick(CALENDARS).to_owned()),
        "workflow_runs" => Some(pen.pick(WORKFLOWS).to_owned()),
        "features_used" | "feature_share" | "unused_features" => Some(pen.pick(TIERS).to_owned()),
        "health" => Some(pen.pick(&["relationship", "service", "financial"]).to_owned()),
        "persona" => Some(pen.pick(&["persona_0", "persona_1"]).to_owned()),
        "days_since_touchpoint" => Some(pen.pick(KINDS).to_owned()),
        _ => None,
    };
    let named = match params {
        Params::None | Params::Window | Params::Length => None,
        Params::MaybeNamed | Params::MaybeName => named.filter(|_| pen.percent(50)),
        Params::Named | Params::NamedLength | Params::Name => named,
    };
    let n = match name {
        "active_weeks" => pen.rng().range(1, longest / 7),
        "utilization_change" => pen.compared(),
        "key_users_gone" => pen.pick(&[5, 7, 10, 14, 21, 40]),
        _ if params == Params::Length || params == Params::NamedLength => pen.compared().max(2),
        _ => pen.w.days(longest),
    };
    let needed = matches!(params, Params::Length | Params::NamedLength) || matches!(name, "utilization_change" | "key_users_gone");
    let n = if matches!(params, Params::None | Params::Name | Params::MaybeName) || !(needed || pen.percent(60)) { None } else { Some(n) };
    let arguments: Vec<String> = named.map(|named| format!("\"{named}\"")).into_iter().chain(n.map(|n| n.to_string())).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    let (text, near) = (format!("{complete}{name}{arguments}"), pen.near(ANY));
    match kind {
        Kind::Number => format!("{text} >= {near}"),
        Kind::Bool => format!("{text} == true"),
        Kind::Text => format!("{text} in [\"Acme\", \"crm\", \"pro\", \"executive\"]"),
        Kind::List => format!("has_any({text}, [\"sso\", \"sales\"]) == true"),
    }
}

/// Alerts that open on the days of a calendar, whatever is so: their evidence says what something comes to, and which days were read.
/// One seed after the other has every metric among them.
fn probes(pen: &mut Pen, seed: u64) -> String {
    const IN_TURN: u64 = 5;
    let mut out = String::new();
    for place in 0..IN_TURN + 3 {
        let metric = METRICS[((seed * IN_TURN + place) % METRICS.len() as u64) as usize];
        let of = if place < IN_TURN { metric.1 } else { pen.pick(&[Of::Account, Of::Product, Of::User]) };
        let whose = match of {
            Of::Account => Whose::Account,
            Of::Product => Whose::Product(None),
            Of::User => Whose::User,
        };
        pen.at(Stands::Rule, whose);
        let before = if of == Of::User { "account." } else { "" };
        let product = pen.product();
        let probe = match metric {
            ("used", ..) if place < IN_TURN => match pen.feature_of(Some(product)) {
                Some(feature) => format!("{}.used(\"{feature}\"{}) == true", product.id, pen.length(92)),
                None => continue,
            },
            metric if place < IN_TURN => asked(pen, metric),
            _ => {
                let (number, near) = pen.value(2);
                format!("{number} == {}", pen.near(near))
            }
        };
        let open = format!("{before}holiday(\"probes\", 1) && ({probe} || {before}observed_days >= 0)");
        out += &format!("  probe_{place}: {{scope: {}, open: '{open}'}}\n", of_text(of));
    }
    out
}

/// Fits `whole_lines` of the same seed.
pub fn whole_playbook(seed: u64) -> String {
    written(seed, 0)
}

/// One of several of a seed, which have the same products under the same names.
pub(super) fn written(seed: u64, which: u64) -> String {
    let mut rng = Rng::new(seed.wrapping_mul(5) ^ 0xE17E ^ (which << 32));
    let window_days = *rng.pick(&[7, 14, 21, 30, 30, 30]);
    let mut out = format!("version: 1\nwindow_days: {window_days}\n");
    if rng.percent(75) {
        out += &format!("time_zone: {}\n", rng.pick(ZONES));
    }
    out += &format!("min_volume: {}\nmin_active_days: {}\n", rng.pick(&[1, 3, 8]), rng.pick(&[0, 1, 2]));
    let settling = Settling::of(seed);
    if let Some(days) = settling.shared {
        out += &format!("settle_days: {days}\n");
    }
    out += "calendars:\n";
    for calendar in CALENDARS {
        let from = first_day(seed) + rng.range(-30, SPAN);
        out += &format!("  {calendar}: [{{from: {}, to: {}}}]\n", day_text(from), day_text(from + *rng.pick(&[0, 6, 11])));
    }
    out += "  probes:\n";
    for day in (3..SPAN + 60).step_by(11) {
        let day = day_text(first_day(seed) + day);
        out += &format!("    - {{from: {day}, to: {day}}}\n");
    }
    let settle_days = settling.most();
    let of_products = products(seed);
    let w = Writer {
        rng: &mut rng,
        products: of_products.clone(),
        meant: of_products.clone(),
        aliases: Aliases::of(seed),
        of_stage: true,
        subject: Subject::Each,
        settle_days,
    };
    let mut pen = Pen {
        w,
        stands: Stands::Stage,
        whose: Whose::Account,
        measures: Vec::new(),
        personas: vec!["persona_0".into(), "persona_1".into()],
        segments: Vec::new(),
        benchmarks: Vec::new(),
        milestones: Vec::new(),
        alerts: Vec::new(),
        plays: Vec::new(),
        grouped: false,
    };
    let pen = &mut pen;
    let measures = measures(pen);
    out += "products:\n";
    for (product, settle_days) in of_products.iter().zip(settling.own) {
        out += &catalogue_of(pen, product, settle_days);
    }
    out += &format!("stages:\n  hold_days: {}\n", pen.rng().range(0, 9));
    if pen.percent(50) {
        out += &format!("  grace_days: {}\n", pen.pick(&[0, 1, 5]));
    }
    if pen.percent(75) {
        out += &format!("  ladder: {}\n", pen.pick(&["cumulative", "cumulative", "highest"]));
    }
    if pen.percent(50) {
        out += "  regular_use: 'active_days(14) >= 1'\n";
    }
    if pen.percent(30) {
        pen.at(Stands::Stage, Whose::Product(None));
        out += &format!("  proficient: '{}'\n", pen.condition(1));
    }
    out += "account_stages:\n  - {name: not_adopted, from: 0}\n  - {name: single_product, from: 1}\n  - {name: multi_product, from: 2}\n";
    out += &belonging(pen);
    out += &measures;

    out += "segments:\n";
    for place in 0..pen.rng().range(3, 5) {
        pen.at(Stands::Rule, Whose::Account);
        out += &format!("  segment_{place}:\n    when: '{}'\n", pen.condition(2));
        out += judged(pen);
        for key in ["for_days", "clear_days"] {
            if pen.percent(45) {
                out += &format!("    {key}: {}\n", pen.rng().range(0, 6));
            }
        }
        if pen.percent(60) {
            let (a, b) = (pen.pick(&BENCHMARKS[..2]), pen.pick(&BENCHMARKS[2..]));
            pen.benchmarks.extend([a, b]);
            out += &format!("    benchmarks: {{{a}: {}, {b}: {}}}\n", pen.pick(&["0.45", "1", "2.4"]), pen.pick(&["1.28", "10", "60"]));
        }
        pen.segments.push(format!("segment_{place}"));
    }
    out += "milestones:\n";
    for place in 0..pen.rng().range(2, 4) {
        let of = pen.pick(&[Of::Account, Of::Product]);
        out += &format!("  milestone_{place}:\n    of: {}\n", of_text(of));
        let mut of_all = true;
        if of == Of::Product {
            let (text, products) = self::of_products(pen);
            of_all = text.is_empty();
            out += &text;
            pen.at_products(products);
        } else {
            pen.at(Stands::Rule, Whose::Account);
        }
        out += &format!("    when: '{}'\n", pen.condition(2));
        out += judged(pen);
        if pen.percent(40) {
            out += "    useful_if: employees >= 50\n";
        }
        if of_all {
            pen.milestones.push((format!("milestone_{place}"), of));
        }
    }
    let alerts = pen.rng().range(5, 8);
    out += &rules(pen, "alert", alerts, &[]);
    out += &probes(pen, seed);
    let (count, guards) = (pen.rng().range(3, 4), plays::guardrails_of(pen));
    out += &rules(pen, "play", count, &guards);
    out += &plays::guardrails(pen, &guards);
    out += &plays::campaigns(pen);
    out
}

impl Source {
    /// Of the kinds that the second part reads.
    pub(super) fn whole_other(&mut self, zones: &[&str], today: Day) -> Fields {
        if self.erases && self.rng.percent(4) {
            let mut out = fields(json!({"type": "erase"}));
            if self.rng.percent(75) {
                let user = self.user();
                out.push(("user".into(), json!(user)));
            }
            return out;
        }
        match self.rng.range(0, 99) {
            0..=15 => {
                let product = self.product_id();
                let mut out = self.entitlement(product, today);
                out.retain(|field| field.0 != "addons" && field.0 != "features");
                let catalogue = self.products.iter().copied().find(|known| known.id == product);
                let names: Vec<&str> = catalogue.iter().flat_map(|known| known.features).map(|feature| feature.0).collect();
                if self.rng.percent(50) && !names.is_empty() {
                    let mut told = names.clone();
                    self.rng.shuffle(&mut told);
                    told.truncate(self.rng.range(0, 3) as usize);
                    told.extend(self.aliases.features.iter().filter(|known| known.0 == product).map(|known| known.2));
                    out.push(("features".into(), json!(told)));
                }
                if self.rng.percent(50) {
                    let mut addons = vec!["sso".to_string(), format!("{product}_m1"), format!("{product}_m2")];
                    addons.extend(names.first().map(|name| (*name).to_string()));
                    self.rng.shuffle(&mut addons);
                    addons.truncate(self.rng.range(0, 3) as usize);
                    out.push(("addons".into(), json!(addons)));
                }
                out
            }
            16..=28 => {
                let mut out = self.profile(zones, today);
                out.retain(|field| !["health", "use_cases", "name", "account_executive"].contains(&field.0.as_str()));
                let mut maybe = |rng: &mut Rng, chance: i64, key: &str, value: Value| {
                    if rng.percent(chance) {
                        out.push((key.to_string(), value));
                    }
                };
                let (a, b) = (self.rng.range(0, 100) as f64, self.rng.range(0, 200) as f64 / 2.0);
                let health = self.rng.pick(&[json!({"relationship": a, "service": b}), json!({"financial": a}), json!({})]).clone();
                maybe(&mut self.rng, 40, "health", health);
                let cases: Vec<&str> = USE_CASES.iter().copied().filter(|_| self.rng.percent(40)).collect();
                maybe(&mut self.rng, 40, "use_cases", json!(cases));
                let name = *self.rng.pick(&["Acme", "Globex"]);
                maybe(&mut self.rng, 20, "name", json!(name));
                let executive = *self.rng.pick(&["ann", "bob"]);
                maybe(&mut self.rng, 30, "account_executive", json!(executive));
                out
            }
            29..=47 => self.person(today),
            48..=54 => {
                let (from, mut to) = (self.product_id(), self.product_id());
                if from == to {
                    to = "beta2";
                }
                let status = *self.rng.pick(&["connected", "connected", "disconnected"]);
                fields(json!({"type": "integration", "from": from, "to": to, "status": status}))
            }
            55..=59 => self.workflow(),
            60..=66 => {
                let mut out = fields(json!({"type": "touchpoint", "kind": self.rng.pick(KINDS)}));
                if self.rng.percent(60) {
                    let user = self.user();
                    out.push(("user".into(), json!(user)));
                }
                out
            }
            67..=76 => {
                let user = self.user();
                let mut out = fields(json!({"type": "nps", "user": user, "score": self.rng.range(0, 10)}));
                if self.rng.percent(70) {
                    out.push(("id".into(), json!(format!("answer-{user}-{}", self.rng.range(0, 2)))));
                }
                out
            }
            77..=91 => self.task(),
            _ => {
                let kind = *self.rng.pick(&["mrr", "mrr", "mrr", "churn", "renewal"]);
                let mut out = fields(json!({"type": "outcome", "kind": kind}));
                if self.rng.percent(85) {
                    let amount = self.rng.pick(&[json!(0), json!(12.5), json!(100), json!(250.75), json!(0.1), json!(-5)]).clone();
                    out.push(("amount".into(), amount));
                }
                out
            }
        }
    }

    fn person(&mut self, today: Day) -> Fields {
        let user = self.user();
        let mut out = fields(json!({"type": "user", "user": user}));
        if self.rng.percent(12) {
            let other = self.user();
            if other != user {
                out.push(("merged_into".into(), json!(other)));
                return out;
            }
        }
        let mut maybe = |rng: &mut Rng, chance: i64, key: &str, value: Value| {
            if rng.percent(chance) {
                out.push((key.to_string(), if rng.percent(6) { Value::Null } else { value }));
            }
        };
        let rng = &mut self.rng;
        let (level, role, department) = (*rng.pick(LEVELS), *rng.pick(JOBS), *rng.pick(DEPARTMENTS));
        maybe(rng, 45, "level", json!(level));
        maybe(rng, 45, "role", json!(role));
        maybe(rng, 45, "department", json!(department));
        maybe(rng, 25, "name", json!("Somebody"));
        maybe(rng, 15, "email", json!("somebody@example.com"));
        let (key, internal) = (rng.percent(70), rng.percent(40));
        maybe(rng, 50, "key", json!(key));
        maybe(rng, 15, "internal", json!(internal));
        let (created, left) = (today - rng.range(-3, 60), today + rng.range(-8, 10));
        maybe(rng, 25, "created", json!(day_text(created)));
        maybe(rng, 15, "left", json!(day_text(left)));
        let cleared =
            rng.pick(&[json!(["left"]), json!(["left", "internal"]), json!(["level", "key"]), json!(["created", "role"])]).clone();
        maybe(rng, 20, "clear", cleared);
        out
    }
}

/// Records with what `whole_playbook` of the same seed reads.
pub fn whole_lines(seed: u64, n: usize, with_bad: bool) -> Vec<String> {
    let mut source = Source::new(seed, 0x3B07);
    source.whole = true;
    source.crowded = seed.is_multiple_of(5);
    source.erases = seed % 4 == 3;
    assembled(source, seed, n, with_bad)
}
