//! Lists of rows, as routes ask for them: the rows of the accounts of this process, and which partitions they lack.

use std::sync::Arc;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Api;
use super::access::Visible;
use super::answer::Incomplete;
use super::ask::{Findings, Gathered, Inquiry, Places, What, not_here, of_all, of_peers, read};
use super::problem::{Kind, Problem, Result, nearest};
use crate::lists::{Asked, BadRequest, PAGE_SIZE_MAX, Page, Query, Table};
use crate::playbook::{Playbook, Rows};
use crate::view::PartitionAsOf;
use crate::view::rows::{AccountRow, UserRow};

/// Where rows are too old they are looked at again for so long; then they are told as they are.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Users are listed of so many accounts at most: one page of them.
pub const ACCOUNTS_MAX: usize = PAGE_SIZE_MAX;

/// What is asked of a list of rows; docs/reference/lists.md tells more.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Wanted {
    /// A condition over the fields of a row, such as `health < 50 && has_any(products, ["crm"])`: the rows of which it is true.
    #[schemars(length(max = 4096))]
    pub filter: Option<String>,
    /// What the id or the name has in it, in whichever case.
    #[schemars(length(max = 256))]
    pub q: Option<String>,
    /// Fields between commas, each with `desc` behind it where the highest comes first. What is missing comes last; what is equal, by id.
    #[schemars(length(max = 1024))]
    pub order_by: Option<String>,
    /// The fields that are wanted, between commas; ids always are.
    #[schemars(length(max = 1024))]
    pub fields: Option<String>,
    /// Rows of a page; 50 unless it says otherwise.
    #[schemars(range(min = 1, max = 500))]
    pub page_size: Option<u32>,
    /// `next_page_token` of the page before.
    pub page_token: Option<String>,
}

impl Wanted {
    /// # Errors
    ///
    /// `bad-request`, with the place of what is wrong.
    pub fn query(&self, playbook: &Playbook, rows: Rows, worklist: Option<&str>) -> Result<Query> {
        let page_size = self.page_size.map(|size| size.to_string());
        let asked = Asked {
            filter: self.filter.as_deref(),
            q: self.q.as_deref(),
            order_by: self.order_by.as_deref(),
            fields: self.fields.as_deref(),
            page_size: page_size.as_deref(),
            page_token: self.page_token.as_deref(),
        };
        let query = match worklist {
            None => Query::new(playbook, rows, &asked),
            Some(id) => Query::of_worklist(playbook, worklist_of(playbook, rows, id)?, &asked),
        };
        query.map_err(|bad| refused(&bad, bad.parameter))
    }
}

fn worklist_of<'p>(playbook: &'p Playbook, rows: Rows, id: &str) -> Result<&'p crate::playbook::Worklist> {
    let refused = |detail: String| Problem::bad_request(detail).at("worklist");
    match playbook.worklist(id) {
        Some(worklist) if worklist.rows == rows => Ok(worklist),
        Some(worklist) => {
            let of = worklist.rows.name();
            Err(refused(format!("worklist: {id:?} is of {of}; ask /v1/{of} for it")))
        }
        None => {
            let known = playbook.worklists.iter().filter(|worklist| worklist.rows == rows).map(|worklist| worklist.id.as_str());
            let near = nearest(id, known);
            Err(refused(format!("worklist: the playbook has no worklist {id:?} of {}", rows.name())).near(near))
        }
    }
}

/// `parameter`: what the text is called in the request.
fn refused(bad: &BadRequest, parameter: &str) -> Problem {
    let told: Vec<String> = bad.problems.iter().map(ToString::to_string).collect();
    let problem = Problem::bad_request(format!("{parameter}: {}", told.join("; ")));
    let Some(first) = bad.problems.first() else { return problem.at(parameter) };
    let is_text = !matches!(bad.parameter, "page_size" | "page_token");
    let position = if is_text { format!("{parameter}:{}", first.position) } else { parameter.to_owned() };
    problem.at(position).near(first.nearest.clone())
}

/// A page of accounts that is asked for, as it goes from one process to another.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ListAsked {
    pub list: Wanted,
    pub worklist: Option<String>,
    pub extent: Extent,
}

/// How much of a list is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    #[default]
    Page,
    /// How many rows it has.
    Count,
    Whole,
}

impl ListAsked {
    pub fn page(list: Wanted, worklist: Option<String>) -> Self {
        Self { list, worklist, extent: Extent::Page }
    }

    pub fn count(worklist: Option<&str>) -> Self {
        Self { worklist: worklist.map(str::to_owned), extent: Extent::Count, ..Self::default() }
    }

    pub fn whole(list: Wanted, worklist: Option<String>) -> Self {
        Self { list, worklist, extent: Extent::Whole }
    }

    pub fn is_whole(&self) -> bool {
        self.extent == Extent::Whole
    }

    /// # Errors
    ///
    /// `bad-request`, with the place of what is wrong.
    pub fn query(&self, playbook: &Playbook) -> Result<Query> {
        let query = self.list.query(playbook, Rows::Accounts, self.worklist.as_deref())?;
        Ok(match self.extent {
            Extent::Page => query,
            Extent::Count => query.counting(),
            Extent::Whole => query.whole(),
        })
    }
}

/// A page, as of when it is by partition, and the partitions that it lacks.
#[derive(Debug)]
pub struct Part {
    pub page: Page,
    pub as_of: Vec<PartitionAsOf>,
    pub incomplete: Vec<Incomplete>,
}

/// A page of accounts, as far as they may be seen, and the list that it is of.
///
/// # Errors
///
/// `bad-request`; `peer-unreachable` where another process answers with something else.
pub async fn of_accounts(api: &Arc<Api>, asked: ListAsked, visible: &Visible) -> Result<(Part, Query)> {
    let (mut pages, as_of, incomplete) = several(api, vec![asked], visible).await?;
    let (page, query) = pages.pop().expect("one for each that was asked for");
    Ok((Part { page, as_of, incomplete }, query))
}

/// Pages of several lists of accounts, in their order.
///
/// # Errors
///
/// As [`of_accounts`].
pub async fn several(
    api: &Arc<Api>,
    asked: Vec<ListAsked>,
    visible: &Visible,
) -> Result<(Vec<(Page, Query)>, Vec<PartitionAsOf>, Vec<Incomplete>)> {
    let queries = asked.iter().map(|asked| asked.query(&api.playbook)).collect::<Result<Vec<Query>>>()?;
    let Places { here: partitions, elsewhere, nowhere } = Places::of(api, 0..api.partitions);
    let inquiry = Inquiry { what: What::Lists(asked.clone()), visible: visible.clone() };
    let (ours, theirs) = tokio::join!(here(api, &partitions, &asked, visible), of_peers(api, elsewhere, &inquiry));
    let (pages, mut as_of, mut incomplete) = ours;
    let mut of_processes = vec![pages];
    for Findings { found, as_of: theirs, incomplete: missing } in theirs {
        of_processes.extend(found.iter().map(|pages| read(pages)).collect::<Result<Vec<Vec<Page>>>>()?);
        as_of.extend(theirs);
        incomplete.extend(missing);
    }
    incomplete.extend(nowhere);
    as_of.sort_by_key(|as_of| as_of.partition);
    incomplete.sort_by_key(|missing| missing.progress.partition);
    let mut by_process: Vec<_> = of_processes.into_iter().map(Vec::into_iter).collect();
    let merged = |query: Query| (Page::merged(by_process.iter_mut().filter_map(Iterator::next), &query), query);
    Ok((queries.into_iter().map(merged).collect(), as_of, incomplete))
}

/// A page for each list that is asked for, of those of the partitions whose rows this process has, and which it has not.
pub async fn here(
    api: &Arc<Api>,
    partitions: &[i32],
    asked: &[ListAsked],
    visible: &Visible,
) -> (Vec<Page>, Vec<PartitionAsOf>, Vec<Incomplete>) {
    wait_for_rows(api).await;
    // One that does not know what another has asked for says that it has none of it.
    let queries: Vec<Query> = asked.iter().map_while(|asked| asked.query(&api.playbook).ok()).collect();
    let (of, wanted, visible) = (Arc::clone(api), partitions.to_vec(), visible.clone());
    let read = move || {
        let pages = queries.iter().map(|query| of.directory.rows.page(query, &wanted, Some(&|owner| visible.shows(owner))));
        pages.collect::<Vec<_>>()
    };
    // Rows of all accounts take a while where they are many.
    let read = tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    let as_of = if read.len() == asked.len() { read.first().map(|(_, as_of)| as_of.clone()).unwrap_or_default() } else { Vec::new() };
    let is_missing = |partition: &&i32| as_of.iter().all(|as_of| as_of.partition != **partition);
    let incomplete = partitions.iter().filter(is_missing).map(|partition| not_here(api, *partition)).collect();
    (read.into_iter().map(|(page, _)| page).collect(), as_of, incomplete)
}

/// Rows that are too old are due from now on, and waited for a moment.
async fn wait_for_rows(api: &Api) {
    let age_max = Duration::from_secs(api.settings.row_age_seconds.into());
    let end = Instant::now() + LOOK_AGAIN;
    while !api.directory.rows.ask(Instant::now(), age_max) && Instant::now() < end {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The users of some accounts.
#[derive(Debug)]
pub struct Users {
    rows: Table,
    as_of: Vec<PartitionAsOf>,
    pub incomplete: Vec<Incomplete>,
}

impl Users {
    /// Those of the accounts that a filter leaves, as far as they may be seen.
    ///
    /// # Errors
    ///
    /// `bad-request` or `too-broad`.
    pub async fn of(api: &Arc<Api>, accounts: Option<&str>, visible: &Visible) -> Result<Self> {
        let list = Wanted {
            filter: accounts.map(str::to_owned),
            fields: Some("account".to_owned()),
            page_size: Some(ACCOUNTS_MAX as u32),
            ..Wanted::default()
        };
        // The filter goes by another name here.
        let asked = Asked { filter: accounts, ..Asked::default() };
        Query::new(&api.playbook, Rows::Accounts, &asked).map_err(|bad| refused(&bad, "accounts"))?;
        let (listed, _) = of_accounts(api, ListAsked::page(list, None), visible).await?;
        if listed.page.total > ACCOUNTS_MAX as u64 {
            return Err(too_broad(listed.page.total));
        }
        let what = What::Users { accounts: account_ids(&listed.page) };
        let Gathered { parts, mut as_of, mut incomplete } = of_all::<Vec<UserRow>>(api, what, visible).await?;
        // A partition that answers, but whose accounts are not known, is lacking.
        as_of.retain(|as_of| listed.incomplete.iter().all(|missing| missing.progress.partition != as_of.partition));
        add_missing(&mut incomplete, listed.incomplete);
        let rows: Vec<UserRow> = parts.into_iter().flatten().collect();
        Ok(Self { rows: Table::of(&rows), as_of, incomplete })
    }

    /// How many of them a list has.
    ///
    /// # Errors
    ///
    /// `bad-request`.
    pub fn count(&self, playbook: &Playbook, wanted: &Wanted, worklist: Option<&str>) -> Result<u64> {
        Ok(self.rows.page(&wanted.query(playbook, Rows::Users, worklist)?.counting(), None).total)
    }

    pub fn part(&self, query: &Query) -> Part {
        Part { page: self.rows.page(query, None), as_of: self.as_of.clone(), incomplete: self.incomplete.clone() }
    }
}

/// Adds those partitions that are not among them yet.
pub fn add_missing(incomplete: &mut Vec<Incomplete>, more: Vec<Incomplete>) {
    for missing in more {
        if incomplete.iter().all(|known| known.progress.partition != missing.progress.partition) {
            incomplete.push(missing);
        }
    }
    incomplete.sort_by_key(|missing| missing.progress.partition);
}

fn too_broad(accounts: u64) -> Problem {
    let detail = format!(
        "accounts: {accounts} accounts are left, and users are listed of {ACCOUNTS_MAX} at most; narrow them down by a condition over the fields of \
         accounts, such as accounts=owner == \"Amy Wong\", or ask for those of one account"
    );
    Problem::new(Kind::TooBroad, detail).at("accounts")
}

/// The ids of a page of accounts.
pub fn account_ids(page: &Page) -> Vec<String> {
    let id = |listed: &crate::lists::Listed| {
        let row: AccountRow = serde_json::from_str(listed.row.get()).expect("a row is one of an account");
        row.account
    };
    page.rows.iter().map(id).collect()
}
