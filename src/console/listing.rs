//! Lists of rows: columns that can be chosen and sorted by, pages, and what is wrong with a condition.

use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::chart;
use super::frame::AsOf;
use super::links::{self, Link};
use super::words::{self, Words, count};
use crate::api::answer::List;
use crate::api::lists::Wanted;
use crate::api::problem::{Kind as ProblemKind, Problem, Result};
use crate::report::text::number;

/// How a column's values look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// An id of the playbook.
    Name,
    /// The band of the account's score.
    Band,
    Products,
    Flag,
    Count,
    Share,
    Change,
    Score,
    /// So many days ago.
    Ago,
    /// In so many days.
    Ahead,
    Money,
    Date,
    /// Counts by day.
    Spark,
}

/// A field of a row, as a column.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    /// Why there is nothing where it is missing.
    pub missing: &'static str,
    /// Shown where nothing is chosen.
    pub by_default: bool,
}

/// What a list is of.
pub struct Shape {
    /// Fields that every row has, and its name.
    pub ids: &'static [&'static str],
    pub columns: &'static [Column],
    pub page_size: u32,
}

/// A list as a page shows it.
pub struct Listing {
    pub heads: Vec<Head>,
    pub choices: Vec<Choice>,
    pub rows: Vec<Row>,
    pub total: u64,
    pub filter: String,
    pub q: String,
    pub fields: String,
    pub order_by: String,
    pub worklist: String,
    pub wrong: Option<Wrong>,
    pub next: Option<String>,
    pub first: Option<String>,
    /// Without what narrows it down.
    pub all: Option<String>,
    pub as_of: AsOf,
}

pub struct Head {
    pub label: &'static str,
    /// Of `aria-sort`.
    pub sort: &'static str,
    /// Sorted by it, the other way where it is so already; empty where nothing is in order by it.
    pub link: String,
    pub is_number: bool,
}

pub struct Choice {
    pub label: &'static str,
    pub is_shown: bool,
    pub link: String,
}

pub struct Row {
    pub link: String,
    pub name: String,
    /// The id, where the row has a name beside it.
    pub id: String,
    /// Of a user.
    pub account: String,
    pub cells: Vec<Cell>,
}

pub struct Cell {
    pub text: String,
    pub missing: &'static str,
    pub tone: &'static str,
    pub is_number: bool,
    /// The bars of a chart, whose numbers are the text.
    pub spark: String,
    pub label: &'static str,
}

/// What is wrong with a condition, and where.
pub struct Wrong {
    pub detail: String,
    pub before: String,
    pub at: String,
    pub after: String,
    pub nearest: Option<String>,
    pub is_too_broad: bool,
}

impl Shape {
    fn chosen(&self, fields: Option<&str>) -> Vec<&'static Column> {
        match fields {
            Some(fields) => {
                let names: Vec<&str> = fields.split(',').map(str::trim).collect();
                names.iter().filter_map(|name| self.columns.iter().find(|column| column.name == *name)).collect()
            }
            None => self.columns.iter().filter(|column| column.by_default).collect(),
        }
    }

    /// What is asked of the API: the chosen columns and no others.
    pub fn wanted(&self, asked: &Wanted) -> Wanted {
        let columns = self.chosen(asked.fields.as_deref());
        let fields: Vec<&str> = self.ids.iter().copied().chain(columns.iter().map(|column| column.name)).collect();
        Wanted { fields: Some(fields.join(",")), page_size: asked.page_size.or(Some(self.page_size)), ..asked.clone() }
    }

    /// # Errors
    ///
    /// What the list says is wrong, but for what the reader can mend on the page.
    pub fn listing<T: Serialize>(
        &self,
        base: Link,
        asked: &Wanted,
        worklist: &str,
        listed: Result<List<T>>,
        words: Words<'_>,
    ) -> Result<Listing> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (listed, wrong) = match listed {
            Ok(listed) => (listed, None),
            Err(problem) => (List::new(Vec::new()), Some(Wrong::of(problem, &base, asked)?)),
        };
        let size = asked.page_size.map(|size| size.to_string()).unwrap_or_default();
        let link = base.with("worklist", worklist).with("q", text(&asked.q)).with("filter", text(&asked.filter));
        let link = link.with("order_by", text(&asked.order_by)).with("fields", text(&asked.fields)).with("page_size", size);
        let columns = self.chosen(asked.fields.as_deref());
        let rows = serde_json::to_value(&listed.data).unwrap_or_default();
        let rows = rows.as_array().into_iter().flatten().filter_map(Value::as_object).map(|row| self.row(row, &columns, words)).collect();
        let is_narrow = [&asked.q, &asked.filter].into_iter().any(Option::is_some) || !worklist.is_empty();
        Ok(Listing {
            heads: columns.iter().map(|column| column.head(&link, asked.order_by.as_deref())).collect(),
            choices: self.columns.iter().map(|column| column.choice(&link, &columns)).collect(),
            rows,
            total: listed.total.unwrap_or_default(),
            filter: text(&asked.filter),
            q: text(&asked.q),
            fields: text(&asked.fields),
            order_by: text(&asked.order_by),
            worklist: worklist.to_owned(),
            wrong,
            next: listed.next_page_token.map(|token| link.with("page_token", token).text()),
            first: asked.page_token.is_some().then(|| link.text()),
            all: is_narrow.then(|| link.without("worklist").without("q").without("filter").text()),
            as_of: AsOf::of(&listed.as_of, &listed.incomplete),
        })
    }

    fn row(&self, row: &Map<String, Value>, columns: &[&'static Column], words: Words<'_>) -> Row {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (account, user) = (text("account"), text("user"));
        let id = if user.is_empty() { account.clone() } else { user.clone() };
        let name = text("name");
        let link = links::account(&account, "");
        let (name, id) = if name.is_empty() { (id, String::new()) } else { (name, id) };
        let account = if user.is_empty() { String::new() } else { account };
        Row { link, name, id, account, cells: columns.iter().map(|column| column.cell(row.get(column.name), words)).collect() }
    }
}

impl Column {
    fn is_number(&self) -> bool {
        use Kind::{Ago, Ahead, Change, Count, Money, Score, Share};
        matches!(self.kind, Count | Share | Change | Score | Ago | Ahead | Money)
    }

    fn head(&self, link: &Link, order_by: Option<&str>) -> Head {
        let first = order_by.and_then(|order| order.split(',').next()).map(str::trim).unwrap_or_default();
        let (field, direction) = first.split_once(' ').unwrap_or((first, "asc"));
        let is_by = field == self.name;
        let is_descending = is_by && direction.trim() == "desc";
        // Of numbers the highest first, of names the first.
        let next = match (is_by, is_descending) {
            (true, true) => self.name.to_owned(),
            (true, false) => format!("{} desc", self.name),
            (false, _) if matches!(self.kind, Kind::Count | Kind::Money | Kind::Ago) => format!("{} desc", self.name),
            (false, _) => self.name.to_owned(),
        };
        let is_sorted = !matches!(self.kind, Kind::Spark | Kind::Products);
        Head {
            label: self.label,
            sort: if is_descending {
                "descending"
            } else if is_by {
                "ascending"
            } else {
                "none"
            },
            link: if is_sorted { link.with("order_by", next).text() } else { String::new() },
            is_number: self.is_number(),
        }
    }

    fn choice(&self, link: &Link, shown: &[&'static Column]) -> Choice {
        let is_shown = shown.iter().any(|column| column.name == self.name);
        let mut names: Vec<&str> = shown.iter().map(|column| column.name).filter(|name| *name != self.name).collect();
        if !is_shown {
            names.push(self.name);
        }
        Choice { label: self.label, is_shown, link: link.with("fields", names.join(",")).text() }
    }

    fn cell(&self, value: Option<&Value>, words: Words<'_>) -> Cell {
        let (text, tone, spark) = match value {
            Some(value) => self.shown(value, words),
            None => (String::new(), "", String::new()),
        };
        Cell { text, missing: self.missing, tone, is_number: self.is_number(), spark, label: self.label }
    }

    fn shown(&self, value: &Value, words: Words<'_>) -> (String, &'static str, String) {
        let whole = || value.as_number().map(|value| number(value, 0)).unwrap_or_default();
        let share = value.as_f64().unwrap_or_default();
        let text = value.as_str().unwrap_or_default();
        let list = || value.as_array().into_iter().flatten();
        let plain = |text: String| (text, "", String::new());
        match self.kind {
            Kind::Text => plain(text.to_owned()),
            Kind::Name => plain(words::title(text)),
            Kind::Band => (words::title(text), words.band_tone(text), String::new()),
            Kind::Products => plain(list().filter_map(Value::as_str).map(|id| words.product(id)).collect::<Vec<_>>().join(", ")),
            Kind::Flag => plain(if value == true { "Yes" } else { "No" }.to_owned()),
            Kind::Count | Kind::Money => plain(whole()),
            Kind::Score => (whole(), words.health_tone(share), String::new()),
            Kind::Share => plain(words::share(&Number::from_f64(share))),
            Kind::Change => (
                words::change(share),
                if share <= -0.1 {
                    "bad"
                } else if share >= 0.1 {
                    "good"
                } else {
                    ""
                },
                String::new(),
            ),
            Kind::Ago => plain(match value.as_i64().unwrap_or_default() {
                0 => "today".to_owned(),
                days => format!("{days} d"),
            }),
            Kind::Ahead => plain(match value.as_i64().unwrap_or_default() {
                days if days < 0 => format!("{} d ago", -days),
                days => format!("{days} d"),
            }),
            Kind::Date => {
                let day = text.parse::<jiff::civil::Date>();
                (day.map_or_else(|_| text.to_owned(), |day| day.strftime("%-d %b").to_string()), "nowrap", String::new())
            }
            Kind::Spark => {
                let counts: Vec<u32> = list().filter_map(Value::as_u64).map(|count| count as u32).collect();
                let told: Vec<String> = counts.iter().map(|of| count(*of)).collect();
                (told.join(", "), "", chart::bars(&counts))
            }
        }
    }
}

impl Wrong {
    /// # Errors
    ///
    /// What is no mistake of a condition.
    fn of(problem: Problem, base: &Link, asked: &Wanted) -> Result<Self> {
        let position = problem.position.clone().unwrap_or_default();
        let (of, at) = position.split_once(':').map_or((&*position, None), |(of, at)| (of, at.parse::<usize>().ok()));
        let text = match of {
            "filter" => asked.filter.clone().unwrap_or_default(),
            "order_by" => asked.order_by.clone().unwrap_or_default(),
            "fields" => asked.fields.clone().unwrap_or_default(),
            "accounts" => base.value("accounts"),
            _ => return Err(problem),
        };
        if !matches!(problem.kind, ProblemKind::BadRequest | ProblemKind::TooBroad) {
            return Err(problem);
        }
        // Counted from 1; what is missing at the end is pointed at behind it.
        let at = at.unwrap_or(1).saturating_sub(1);
        Ok(Self {
            before: text.chars().take(at).collect(),
            at: text.chars().skip(at).take(1).collect(),
            after: text.chars().skip(at + 1).collect(),
            detail: problem.detail.split_once(": ").map_or_else(|| problem.detail.clone(), |(_, detail)| detail.to_owned()),
            nearest: problem.nearest,
            is_too_broad: problem.kind == ProblemKind::TooBroad,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::playbook::Playbook;

    const SHAPE: Shape = Shape {
        ids: &["account", "name"],
        columns: &[
            Column { name: "stage", label: "Stage", kind: Kind::Name, missing: "", by_default: true },
            Column { name: "arr", label: "Revenue", kind: Kind::Money, missing: "no revenue was told", by_default: false },
        ],
        page_size: 10,
    };

    fn listing(asked: &Wanted, listed: Result<List<Value>>) -> Result<Listing> {
        let playbook = Playbook::shipped();
        SHAPE.listing(Link::new("/accounts"), asked, "", listed, Words { playbook: &playbook })
    }

    #[test]
    fn only_the_columns_that_are_shown_are_asked_for() {
        let wanted = SHAPE.wanted(&Wanted::default());
        assert_eq!((wanted.fields.as_deref(), wanted.page_size), (Some("account,name,stage"), Some(10)));
        let asked = Wanted { fields: Some("arr,none".to_owned()), ..Wanted::default() };
        assert_eq!(SHAPE.wanted(&asked).fields.as_deref(), Some("account,name,arr"));
    }

    #[test]
    fn a_head_sorts_by_its_column_and_the_other_way_where_it_does_already() {
        let asked =
            |order_by: &str| Wanted { order_by: Some(order_by.to_owned()), fields: Some("stage,arr".to_owned()), ..Wanted::default() };
        let head = |order_by: &str, place: usize| {
            let listing = listing(&asked(order_by), Ok(List::new(vec![]))).expect("a list");
            (listing.heads[place].sort, listing.heads[place].link.clone())
        };
        assert_eq!(head("stage", 0), ("ascending", "/accounts?order_by=stage%20desc&fields=stage%2Carr".to_owned()));
        assert_eq!(head("stage desc", 0), ("descending", "/accounts?order_by=stage&fields=stage%2Carr".to_owned()));
        assert_eq!(head("stage", 1), ("none", "/accounts?order_by=arr%20desc&fields=stage%2Carr".to_owned()));
    }

    #[test]
    fn what_is_missing_says_why_and_what_is_wrong_says_where() {
        let row = serde_json::json!({"account": "a/b", "name": "<b>A</b>", "stage": "single_product"});
        let asked = Wanted { fields: Some("stage,arr".to_owned()), ..Wanted::default() };
        let shown = listing(&asked, Ok(List::new(vec![row]))).expect("a list");
        let row = &shown.rows[0];
        assert_eq!((&*row.link, &*row.name, &*row.id), ("/accounts/a%2Fb", "<b>A</b>", "a/b"));
        assert_eq!((&*row.cells[0].text, &*row.cells[1].text, row.cells[1].missing), ("Single product", "", "no revenue was told"));
        let asked = Wanted { filter: Some("heath < 50".to_owned()), ..Wanted::default() };
        let problem = Problem::bad_request("filter: 1: unknown field").at("filter:1").near(Some("health"));
        let wrong = listing(&asked, Err(problem)).expect("a page").wrong.expect("it is wrong");
        assert_eq!((&*wrong.before, &*wrong.at, &*wrong.after, wrong.nearest.as_deref()), ("", "h", "eath < 50", Some("health")));
        assert!(listing(&asked, Err(Problem::not_found("no"))).is_err());
    }
}
