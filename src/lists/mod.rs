//! Lists of rows: filtered by a condition over their fields, searched, in an order, page by page.
//!
//! | module | subject |
//! |---|---|
//! | `table` | rows, column by column |
//! | `filter` | conditions over them |
//! | `page` | the best rows after a token, and pages of parts that become one |
//! | `store` | the rows of all accounts of a process, by partition |
//!
//! A list is asked for by a [`Query`], which is checked once and then answered by each [`Table`] that has some of the rows, in whichever process.

mod filter;
mod page;
mod store;
mod table;

pub use page::{Listed, MaySee, Page};
pub use store::{Age, PartitionRows, RowStore};
pub use table::Table;

use memchr::memmem::Finder;

use crate::playbook::vocabulary::Signature;
use crate::playbook::{About, Condition, OrderBy, Playbook, Rows, TextProblem, Worklist, canonical_condition};
use crate::view::rows::{AccountRow, Row, UserRow};
use filter::{Compiler, Filter};
use page::Place;

/// Rows of a page where nothing is said.
pub const PAGE_SIZE: usize = 50;
pub const PAGE_SIZE_MAX: usize = 500;

/// What is asked of a list, as it is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// A condition over the fields of a row.
    pub filter: Option<&'a str>,
    /// What the id or the name has in it, in whichever case.
    pub q: Option<&'a str>,
    /// Fields, each perhaps with `desc` behind it.
    pub order_by: Option<&'a str>,
    /// Those that are wanted; ids always are.
    pub fields: Option<&'a str>,
    pub page_size: Option<&'a str>,
    pub page_token: Option<&'a str>,
}

/// Why a list cannot be asked for so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{parameter}`: {}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct BadRequest {
    /// By its name in [`Asked`].
    pub parameter: &'static str,
    /// At least one.
    pub problems: Vec<TextProblem>,
}

/// A list that can be asked for.
#[derive(Clone, Debug)]
pub struct Query {
    filter: Option<Filter>,
    /// What is looked for in ids and names, in lower case.
    q: Option<Finder<'static>>,
    /// Fields, and whether the highest comes first.
    order: Vec<(usize, bool)>,
    /// `None`: all fields.
    shown: Option<Vec<String>>,
    page_size: usize,
    after: Option<Place>,
    /// Of what tokens belong to.
    binding: u64,
}

impl Query {
    /// # Errors
    ///
    /// What is wrong with the first parameter with which anything is.
    pub fn new(playbook: &Playbook, rows: Rows, asked: &Asked<'_>) -> Result<Self, BadRequest> {
        let order = match asked.order_by {
            Some(order) => playbook.row_order(order, rows).map_err(|problems| BadRequest { parameter: "order_by", problems })?,
            None => Vec::new(),
        };
        Self::checked(playbook, rows, None, &order, asked)
    }

    /// A worklist of the playbook: what is asked beside it narrows it down, or is another order.
    ///
    /// # Errors
    ///
    /// As [`Query::new`].
    pub fn of_worklist(playbook: &Playbook, worklist: &Worklist, asked: &Asked<'_>) -> Result<Self, BadRequest> {
        let order = match asked.order_by {
            Some(order) => playbook.row_order(order, worklist.rows).map_err(|problems| BadRequest { parameter: "order_by", problems })?,
            None => worklist.order_by.clone(),
        };
        Self::checked(playbook, worklist.rows, worklist.filter.as_ref(), &order, asked)
    }

    /// Counts the rows, and returns none of them.
    pub fn counting(self) -> Self {
        Self { page_size: 0, ..self }
    }

    /// All rows are on one page.
    pub fn whole(self) -> Self {
        Self { page_size: u32::MAX as usize, ..self }
    }

    pub fn page_size(&self) -> usize {
        self.page_size
    }

    fn checked(
        playbook: &Playbook,
        rows: Rows,
        given: Option<&Condition>,
        order: &[OrderBy],
        asked: &Asked<'_>,
    ) -> Result<Self, BadRequest> {
        let written = match asked.filter {
            Some(filter) => Some(playbook.row_filter(filter, rows).map_err(|problems| BadRequest { parameter: "filter", problems })?),
            None => None,
        };
        let conditions: Vec<Condition> = given.cloned().into_iter().chain(written).collect();
        let condition = (!conditions.is_empty()).then(|| Condition::all(conditions));
        let fields = fields_of(rows);
        let place = |name: &str| fields.iter().position(|field| field.name == name);
        let q = asked.q.map(str::to_lowercase).filter(|q| !q.is_empty());
        let canonical = condition.as_ref().map(|condition| canonical_condition(condition, About::ACCOUNT, playbook));
        let binding = binding(rows, canonical.as_deref(), q.as_deref(), order);
        let order: Vec<(usize, bool)> = order.iter().filter_map(|order| Some((place(order.field)?, order.descending))).collect();
        let refused = |parameter, message: &str| {
            let problem = TextProblem { position: 1, message: message.to_owned(), nearest: None };
            BadRequest { parameter, problems: vec![problem] }
        };
        let after = match asked.page_token {
            Some(token) => {
                Some(Place::from_token(token, binding, order.len(), ids_of(rows)).map_err(|message| refused("page_token", message))?)
            }
            None => None,
        };
        let page_size = match asked.page_size {
            Some(size) => size
                .parse()
                .ok()
                .filter(|size| (1..=PAGE_SIZE_MAX).contains(size))
                .ok_or_else(|| refused("page_size", &format!("expected a whole number, 1 to {PAGE_SIZE_MAX}, found `{size}`")))?,
            None => PAGE_SIZE,
        };
        let shown = asked.fields.map(|fields| shown(playbook, rows, fields)).transpose()?;
        let filter = condition.map(|condition| Compiler { fields }.filter(&condition));
        let q = q.map(|q| Finder::new(&q).into_owned());
        Ok(Self { filter, q, order, shown, page_size, after, binding })
    }
}

fn fields_of(rows: Rows) -> &'static [Signature] {
    match rows {
        Rows::Accounts => AccountRow::FIELDS,
        Rows::Users => UserRow::FIELDS,
    }
}

fn ids_of(rows: Rows) -> usize {
    match rows {
        Rows::Accounts => AccountRow::IDS,
        Rows::Users => UserRow::IDS,
    }
}

/// The names of fields, between commas.
fn shown(playbook: &Playbook, rows: Rows, written: &str) -> Result<Vec<String>, BadRequest> {
    let days = match rows {
        Rows::Accounts => AccountRow::DAYS,
        Rows::Users => UserRow::DAYS,
    };
    let (mut names, mut problems, mut offset) = (Vec::new(), Vec::new(), 0);
    for part in written.split(',') {
        let at = offset + part.chars().take_while(|c| c.is_whitespace()).count();
        offset += part.chars().count() + 1;
        let name = part.trim();
        let is_known = fields_of(rows).iter().any(|field| field.name == name) || days.is_some_and(|(days, _)| days == name);
        if is_known {
            names.push(name.to_owned());
            continue;
        }
        let nearest = playbook.nearest_field(name, rows).map(str::to_owned);
        let meant = nearest.as_ref().map(|nearest| format!(": did you mean `{nearest}`?")).unwrap_or_default();
        let message = format!("unknown field `{name}` of a row of {}{meant}", rows.name());
        problems.push(TextProblem { position: at as u32 + 1, message, nearest });
    }
    if problems.is_empty() { Ok(names) } else { Err(BadRequest { parameter: "fields", problems }) }
}

/// A hash of all that decides which rows a list has, and in which order.
fn binding(rows: Rows, filter: Option<&str>, q: Option<&str>, order: &[OrderBy]) -> u64 {
    let order: Vec<(&str, bool)> = order.iter().map(|order| (order.field, order.descending)).collect();
    let all = serde_json::to_vec(&(rows.name(), filter, q, order)).expect("texts can be written");
    xxhash_rust::xxh3::xxh3_64(&all)
}
