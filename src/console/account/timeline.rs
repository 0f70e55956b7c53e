//! An account day by day, over 90 days.

use askama::Template;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Number;

use super::{Head, Shown};
use crate::api::answer::Reply;
use crate::api::ask::{AccountPart, Told, of_account};
use crate::api::problem::{Problem, Result, nearest};
use crate::api::route::Call;
use crate::console::chart::{Line, WIDE, line};
use crate::console::frame::{Frame, page};
use crate::console::links::{Link, account as account_link};
use crate::console::words::{self, Words};
use crate::report::text::number;
use crate::view::Date;
use crate::view::timeline::{By, Timeline};

/// What there are charts of, by its name in the address.
const KINDS: [(&str, By, &str); 5] = [
    ("module", By::Module, "Modules"),
    ("active_users", By::ActiveUsers, "Active users"),
    ("product", By::Product, "Products"),
    ("feature", By::Feature, "Features"),
    ("gauge", By::Gauge, "Levels"),
];
/// That many days make a quarter, which is what success managers look at.
const DAYS: u16 = 90;

#[derive(Template)]
#[template(path = "account_timeline.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    kind: &'static str,
    kinds: Vec<(String, &'static str, bool)>,
    charts: Vec<Chart>,
    days: Vec<Date>,
    timeline: &'a Timeline,
}

struct Chart {
    name: String,
    of: String,
    line: Line,
    highest: String,
    last: String,
    /// Of days that have a number.
    total: Option<String>,
    numbers: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub struct Asked {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// `module`, `active_users`, `product`, `feature` or `gauge`.
    #[schemars(length(max = 32))]
    by: Option<String>,
}

pub async fn timeline(call: Call<Asked>) -> Result<Reply> {
    let Asked { account, by } = call.parameters;
    let wanted = by.as_deref().unwrap_or(KINDS[0].0);
    let Some((kind, by, name)) = KINDS.into_iter().find(|(kind, ..)| *kind == wanted) else {
        let names = KINDS.map(|(kind, ..)| kind);
        let detail = format!("by: expected one of {}", names.join(", "));
        return Err(Problem::bad_request(detail).at("by").near(nearest(wanted, names)));
    };
    let (api, visible) = (call.api, call.principal.visible());
    let shown = Shown::of(&api, &account, visible.clone(), None).await?;
    let part = AccountPart::Timeline { by, days: DAYS };
    let told: Told<Timeline> = of_account(&api, &account, part, visible, None).await?;
    let timeline = told.data.read()?;
    let words = Words { playbook: &api.playbook };
    let link = Link::new(account_link(&account, "timeline"));
    let page_of = Page {
        frame: shown.frame("Timeline"),
        head: shown.head("timeline"),
        kind: name,
        kinds: KINDS.iter().map(|(id, _, name)| (link.with("by", *id).text(), *name, *id == kind)).collect(),
        charts: timeline.series.iter().map(|series| chart(series, by, words)).collect(),
        days: (timeline.from.0..=timeline.to.0).map(Date).collect(),
        timeline: &timeline,
    };
    page(&page_of, &call.headers, timeline.series.len())
}

fn chart(series: &crate::view::timeline::Series, by: By, words: Words<'_>) -> Chart {
    let shown = |value: &Option<Number>| value.as_ref().map_or_else(|| "–".to_owned(), |value| number(value, 2));
    let line = line(&series.daily);
    let sum: f64 = series.daily.iter().flatten().filter_map(Number::as_f64).sum();
    let is_sum = matches!(by, By::Product | By::Module | By::Feature);
    let product = series.product.as_deref().map(|id| words.product(id)).filter(|product| *product != series.name);
    Chart {
        name: if series.product.is_none() { "The whole account".to_owned() } else { words::title(&series.name) },
        of: product.unwrap_or_default(),
        highest: Number::from_f64(line.highest).map(|highest| number(&highest, 2)).unwrap_or_default(),
        last: series.daily.last().map(shown).unwrap_or_default(),
        total: is_sum.then(|| words::count(sum as u64)),
        numbers: series.daily.iter().map(shown).collect(),
        line,
    }
}
