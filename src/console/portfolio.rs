//! All accounts together, as they were published last.

use serde_json::{Map, Number, Value};

use super::chart::{Line, line};
use super::links::Link;
use super::words::{self, Words};
use crate::report::text::number;
use crate::view::{Date, Fleet};

pub struct Portfolio {
    pub day: String,
    pub accounts: u64,
    pub targets: Vec<Target>,
    pub stages: Vec<Bar>,
    pub health: Vec<Bar>,
    pub quadrants: Vec<Bar>,
    pub adopted: Vec<Bar>,
    /// By product, in the order of stages.
    pub products: Vec<(String, Vec<u64>)>,
    pub segments: Vec<Segment>,
    pub second: Second,
    pub sequences: Vec<Together>,
    pub pairs: Vec<Together>,
    pub weekly: Line,
    /// By day: accounts with use in the seven days that end with it.
    pub weekly_by_day: Vec<(String, u64)>,
    pub users: [String; 3],
}

/// A figure against what it is to reach.
pub struct Target {
    pub name: String,
    pub value: String,
    pub bound: String,
    pub met: Option<bool>,
    pub bar: Option<u32>,
}

pub struct Bar {
    pub name: String,
    pub count: u64,
    pub share: u32,
    pub tone: &'static str,
    pub link: String,
}

pub struct Segment {
    pub name: String,
    pub accounts: u64,
    /// Benchmark, what is reached, what is expected, and by how much it differs.
    pub variance: Vec<[String; 4]>,
}

pub struct Second {
    pub of: u64,
    /// Days after which a quarter, half and three quarters have a second product.
    pub quartiles: [Option<u64>; 3],
    pub within_180: String,
}

/// Accounts that adopted products in an order, or two products.
pub struct Together {
    pub products: String,
    pub accounts: u64,
    pub retention: String,
    pub lift: String,
}

/// Rows that are shown of sequences and of pairs.
const TOGETHER: usize = 8;

/// What figures of the fleet are called, and whether they are shares.
const FIGURES: [(&str, &str, bool); 16] = [
    ("accounts", "Accounts", false),
    ("multi_product_rate", "Accounts with two products or more", true),
    ("integration_rate", "Accounts with connected products", true),
    ("penetration", "Of all products, those adopted", true),
    ("activation_rate", "Licensed products in use", true),
    ("utilization", "Seats in use", true),
    ("utilization_mean", "Seats in use, by product", true),
    ("below_60", "Accounts that use less than 60% of their seats", false),
    ("utilization_up", "Accounts that fill more seats than a month ago", false),
    ("weekly", "Accounts that came this week", true),
    ("dau", "Users a day", false),
    ("mau", "Users a month", false),
    ("dau_mau", "Users on a day, of a month’s", true),
    ("expansion_90", "Added a product within 90 days", true),
    ("nrr", "Net revenue retention", true),
    ("second_product_180", "Second product within 180 days", true),
];

impl Portfolio {
    pub fn of(fleet: &Fleet, words: Words<'_>) -> Self {
        let (data, playbook) = (fleet.data(), words.playbook);
        let figures = &data["figures"];
        let accounts = figures["accounts"].as_u64().unwrap_or_default();
        let by = |name: &str| bars(&figures[name], accounts);
        let health = playbook.view.health.map(|measure| &*playbook.measures[usize::from(measure.0)].id).unwrap_or_default();
        let mut stages = by("by_account_stage");
        for stage in &mut stages {
            stage.link = Link::new("/accounts").with("filter", format!("stage == {}", Value::from(&*stage.name))).text();
            stage.name = words::title(&stage.name);
        }
        let mut bands = bars(&figures["in_band"][health], accounts);
        for band in &mut bands {
            band.tone = words.tone(health, &band.name);
            band.name = words::title(&band.name);
        }
        let weekly: Vec<Option<Number>> = list(&figures["weekly_by_day"]).map(|count| count.as_number().cloned()).collect();
        let text = |name: &str, is_share| value(&figures[name], is_share);
        Self {
            day: data["day"]
                .as_str()
                .and_then(|day| day.parse().ok())
                .map(|day: jiff::civil::Date| words::date(&Date(crate::engine::day_of_date(day))))
                .unwrap_or_default(),
            accounts,
            targets: object(&data["targets"]).map(|(_, of)| Target::of(of)).collect(),
            stages,
            health: bands,
            quadrants: by("by_quadrant").into_iter().map(|bar| Bar { name: words::title(&bar.name), ..bar }).collect(),
            adopted: adopted(&figures["by_products_adopted"], accounts),
            products: object(&figures["by_product_stage"]).map(|(id, stages)| (words.product(id), counts(stages))).collect(),
            segments: segments(data, fleet, words),
            second: Second::of(&figures["second_product"]),
            sequences: together(&figures["sequences"], " > ", " → ", words),
            pairs: together(&figures["pairs"], " + ", " + ", words),
            weekly_by_day: weekly_by_day(&figures["weekly_by_day"], data["day"].as_str()),
            weekly: line(&weekly),
            users: [text("dau", false), text("mau", false), text("dau_mau", true)],
        }
    }
}

impl Target {
    fn of(of: &Value) -> Self {
        let figure = of["figure"].as_str().unwrap_or_default();
        let known = FIGURES.iter().find(|(name, ..)| *name == figure);
        let is_share = known.is_some_and(|(.., is_share)| *is_share);
        let named = || match figure.split('"').collect::<Vec<_>>()[..] {
            ["segment(", segment, ..] => format!("Accounts in “{}”", words::title(segment)),
            ["band(", measure, _, band, ..] => format!("{}: {}", words::title(measure), words::title(band)),
            _ => words::title(figure),
        };
        let (word, bound) = if of.get("at_least").is_some() { ("at least", &of["at_least"]) } else { ("at most", &of["at_most"]) };
        let share = |value: &Value| value.as_f64();
        Self {
            name: known.map_or_else(named, |(_, name, _)| (*name).to_owned()),
            value: value(&of["value"], is_share),
            bound: format!("{word} {}", value(bound, is_share)),
            met: of["met"].as_bool(),
            bar: if is_share { words::per_cent(share(&of["value"])) } else { None },
        }
    }
}

impl Portfolio {
    /// What has an order and what has not: an id, a heading, rows.
    pub fn together(&self) -> [(String, &'static str, &[Together]); 2] {
        let (order, pairs) = ("In which order products are adopted", "Products that go together");
        [("sequences".to_owned(), order, &self.sequences), ("pairs".to_owned(), pairs, &self.pairs)]
    }
}

impl Second {
    pub fn named(&self) -> [(&'static str, Option<u64>); 3] {
        let [quarter, half, most] = self.quartiles;
        [("A quarter after", quarter), ("Half after", half), ("Three quarters after", most)]
    }

    fn of(of: &Value) -> Self {
        let quartile = |place: usize| of["quartiles"][place].as_u64();
        Self {
            of: of["of"].as_u64().unwrap_or_default(),
            quartiles: [quartile(0), quartile(1), quartile(2)],
            within_180: value(&of["within_180"], true),
        }
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn counts(by_name: &Value) -> Vec<u64> {
    object(by_name).filter_map(|(_, count)| count.as_u64()).collect()
}

/// Empty where it is missing.
fn value(value: &Value, is_share: bool) -> String {
    match value.as_number() {
        Some(of) if is_share => crate::report::text::percent(of),
        Some(of) => number(of, 1),
        None => String::new(),
    }
}

fn bars(by_name: &Value, all: u64) -> Vec<Bar> {
    let bar = |(name, count): (&String, &Value)| bar(name.clone(), count.as_u64().unwrap_or_default(), all);
    object(by_name).map(bar).collect()
}

fn bar(name: String, count: u64, all: u64) -> Bar {
    let share = (count * 100).checked_div(all).unwrap_or_default().min(100) as u32;
    Bar { name, count, share, tone: "", link: String::new() }
}

/// Accounts by the number of their products, up to the highest that there is.
fn adopted(by_number: &Value, all: u64) -> Vec<Bar> {
    let counts: Vec<u64> = list(by_number).filter_map(Value::as_u64).collect();
    let last = counts.iter().rposition(|count| *count > 0).unwrap_or_default();
    let name = |number: usize| match number {
        11 => "More than 10".to_owned(),
        number => words::counted(number as u64, "product"),
    };
    counts.iter().take(last + 1).enumerate().map(|(number, count)| bar(name(number), *count, all)).collect()
}

fn segments(data: &Value, fleet: &Fleet, words: Words<'_>) -> Vec<Segment> {
    let shown = |value: &Option<Number>| value.as_ref().map_or_else(|| "–".to_owned(), |value| number(value, 2));
    let segments = words.playbook.segments.iter().map(|segment| Segment {
        name: words::title(&segment.id),
        accounts: data["figures"]["in_segment"][&segment.id].as_u64().unwrap_or_default(),
        variance: fleet
            .variance(segment)
            .iter()
            .map(|of| {
                let expected = number(&of.expected, 2);
                let by = of.variance.as_ref().map(|by| format!("{}{}", if by.as_f64() > Some(0.0) { "+" } else { "" }, number(by, 2)));
                [words::title(&of.benchmark), shown(&of.value), expected, by.unwrap_or_else(|| "–".to_owned())]
            })
            .collect(),
    });
    segments.filter(|segment| segment.accounts > 0 || !segment.variance.is_empty()).collect()
}

fn together(by_products: &Value, between: &str, shown: &str, words: Words<'_>) -> Vec<Together> {
    let mut all: Vec<Together> = object(by_products)
        .map(|(ids, of)| Together {
            products: ids.split(between).map(|id| words.product(id)).collect::<Vec<_>>().join(shown),
            accounts: of["accounts"].as_u64().unwrap_or_default(),
            retention: value(&of["retention"], true),
            lift: value(&of["lift"], false),
        })
        .collect();
    all.sort_by_key(|of| std::cmp::Reverse(of.accounts));
    all.truncate(TOGETHER);
    all
}

fn weekly_by_day(by_day: &Value, last: Option<&str>) -> Vec<(String, u64)> {
    let counts: Vec<u64> = list(by_day).filter_map(Value::as_u64).collect();
    let Some(last) = last.and_then(|last| last.parse::<jiff::civil::Date>().ok()).map(crate::engine::day_of_date) else {
        return Vec::new();
    };
    let first = last - counts.len() as i32 + 1;
    (first..).zip(counts).map(|(day, count)| (words::date(&Date(day)), count)).collect()
}
