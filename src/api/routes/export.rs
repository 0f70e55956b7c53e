//! Accounts as files, for spreadsheets, warehouses and CRMs.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use futures_util::stream::iter;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Require, check_complete};
use crate::api::answer::{IntoReply, Reply};
use crate::api::ask::{Gathered, What, of_all};
use crate::api::lists::{self, ListAsked, of_accounts};
use crate::api::problem::{Kind, Problem, Result};
use crate::api::route::{Call, Route};
use crate::lists::Listed;
use crate::view::crm::CrmFields;
use crate::view::rows::{AccountRow, Cell, Figure, Row};

/// The header that says how many rows follow.
const ROWS: &str = "adoption-rows";
const CSV: &str = "text/csv; charset=utf-8";
const JSONL: &str = "application/x-ndjson";

/// Rows that are written together.
const TOGETHER: usize = 256;
/// Between the texts and the numbers of a list.
const BETWEEN: &str = ";";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/export/accounts", "exportAccounts", accounts)
            .asks_partitions()
            .media(CSV)
            .or_media(&[JSONL])
            .says(
                "Accounts as a file",
                "All that the filter leaves, as CSV, as a JSON object a line, or as CSV with the fields of a CRM; the header `Adoption-Rows` says how \
                 many they are. Where a partition is missing there is no file.",
            ),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Csv,
    Jsonl,
    Salesforce,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// `csv`: for spreadsheets; `jsonl`: a row as `/v1/accounts` has it on each line; `salesforce`: CSV with the names of custom fields.
    format: Format,
    /// A condition over the fields of a row, such as `health < 50`: the accounts of which it is true.
    #[schemars(length(max = 4096))]
    filter: Option<String>,
    /// What the id or the name has in it, in whichever case.
    #[schemars(length(max = 256))]
    q: Option<String>,
    /// Fields between commas, each with `desc` behind it where the highest comes first.
    #[schemars(length(max = 1024))]
    order_by: Option<String>,
    /// A worklist of the playbook, of accounts: its filter and its order.
    #[schemars(length(max = 256))]
    worklist: Option<String>,
    /// Of `salesforce`: also the fields that a CRM may reckon by a formula of its own, breadth and stage.
    formulas: Option<bool>,
}

/// The rows of accounts, as text.
#[derive(JsonSchema)]
#[schemars(transparent)]
struct Export(#[schemars(with = "String")] Reply);

impl IntoReply for Export {
    fn into_reply(self) -> Reply {
        self.0
    }
}

async fn accounts(call: Call<Wanted>) -> Result<Export> {
    let Wanted { format, filter, q, order_by, worklist, formulas } = call.parameters;
    let fields = (format == Format::Salesforce).then(|| "account".to_owned());
    let list = lists::Wanted { filter, q, order_by, fields, ..lists::Wanted::default() };
    let busy = |_| Problem::new(Kind::TooBusy, "other exports are being read; come again in a moment");
    let permit = Arc::clone(&call.api.exports).try_acquire_owned().map_err(busy)?;
    let visible = call.principal.visible();
    let (part, _) = of_accounts(&call.api, ListAsked::whole(list, worklist), &visible).await?;
    check_complete(Some(Require::Complete), &part.incomplete)?;
    let listed = part.page.rows;
    if format != Format::Salesforce {
        let (media, write, head) = match format {
            Format::Jsonl => (JSONL, json_lines as fn(&[Listed]) -> Vec<u8>, Vec::new()),
            _ => (CSV, csv_lines as fn(&[Listed]) -> Vec<u8>, csv_head()),
        };
        let chunks = chunks(listed).map(move |rows| write(&rows));
        return Ok(export(media, head, part.page.total, chunks, permit));
    }
    let Gathered { parts, incomplete, .. } = of_all::<Vec<CrmFields>>(&call.api, What::Crm, &visible).await?;
    check_complete(Some(Require::Complete), &incomplete)?;
    let mut fields: HashMap<String, CrmFields> = parts.into_iter().flatten().map(|fields| (fields.account.clone(), fields)).collect();
    // One that has got another owner since the rows were looked at is not told of.
    let rows: Vec<CrmFields> = listed.iter().filter_map(|listed| fields.remove(&row_of(listed).account)).collect();
    let (formulas, total) = (formulas.unwrap_or(false), rows.len() as u64);
    let chunks = chunks(rows).map(move |rows| written(|csv| rows.iter().try_for_each(|row| csv.write_record(crm_texts(row, formulas)))));
    Ok(export(CSV, written(|csv| csv.write_record(crm_head(formulas))), total, chunks, permit))
}

/// `permit` is held until the last of it was taken.
fn export(
    media: &'static str,
    head: Vec<u8>,
    rows: u64,
    chunks: impl Iterator<Item = Vec<u8>> + Send + 'static,
    permit: tokio::sync::OwnedSemaphorePermit,
) -> Export {
    let chunks = std::iter::once(head).chain(chunks).filter(|chunk| !chunk.is_empty());
    let chunks = chunks.map(move |chunk| {
        let _held = &permit;
        Ok::<_, Infallible>(Bytes::from(chunk))
    });
    let name = if media == JSONL { "accounts.jsonl" } else { "accounts.csv" };
    let mut reply = Reply { rows: rows as usize, ..Reply::stream(media, Body::from_stream(iter(chunks))) };
    reply.headers.insert(ROWS, HeaderValue::from(rows));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).expect("letters");
    reply.headers.insert(CONTENT_DISPOSITION, disposition);
    Export(reply)
}

/// Some at a time, which are given up once they are written.
fn chunks<T>(rows: Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || Some(rows.by_ref().take(TOGETHER).collect::<Vec<T>>()).filter(|rows| !rows.is_empty()))
}

fn row_of(listed: &Listed) -> AccountRow {
    serde_json::from_str(listed.row.get()).expect("a row is one of an account")
}

fn json_lines(rows: &[Listed]) -> Vec<u8> {
    rows.iter().flat_map(|listed| listed.row.get().bytes().chain(*b"\n")).collect()
}

/// What a writer of CSV is given: lines end with a line feed.
fn written(write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> Vec<u8> {
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    write(&mut csv).expect("records of a file have as many fields each, and memory takes them");
    csv.into_inner().expect("memory takes it")
}

fn csv_head() -> Vec<u8> {
    let days = AccountRow::DAYS.map(|(name, _)| name);
    written(|csv| csv.write_record(AccountRow::FIELDS.iter().map(|field| field.name).chain(days)))
}

fn csv_lines(rows: &[Listed]) -> Vec<u8> {
    let texts = |row: &AccountRow| {
        let days = row.days().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>().join(BETWEEN);
        row.cells().iter().map(cell_text).chain([days]).collect::<Vec<_>>()
    };
    written(|csv| rows.iter().map(row_of).try_for_each(|row| csv.write_record(texts(&row))))
}

/// What is missing is empty.
fn cell_text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Number(number) => serde_json::to_string(&Figure(*number)).expect("a number"),
        Cell::Boolean(value) => value.to_string(),
        Cell::Text(text) => harmless(text),
        Cell::Texts(texts) => harmless(&texts.join(BETWEEN)),
    }
}

/// A text that a spreadsheet would take for a formula has an apostrophe before it.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

fn crm_head(formulas: bool) -> Vec<&'static str> {
    let mut head = vec!["external_id", "products_adopted_count__c", "products_available__c"];
    head.extend(formulas.then_some("adoption_breadth_percentage__c"));
    head.extend(["primary_product__c", "second_product__c", "time_to_second_product_days__c"]);
    head.extend(formulas.then_some("adoption_stage__c"));
    head
}

/// As they are: an apostrophe would make another id of one.
fn crm_texts(row: &CrmFields, formulas: bool) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut texts = vec![row.external_id.clone(), row.products_adopted_count.to_string(), row.products_available.to_string()];
    texts.extend(formulas.then(|| row.adoption_breadth_percentage.as_ref().map(ToString::to_string).unwrap_or_default()));
    let days = row.time_to_second_product_days.map(|days| days.to_string()).unwrap_or_default();
    texts.extend([text(&row.primary_product), text(&row.second_product), days]);
    texts.extend(formulas.then(|| row.adoption_stage.clone()));
    texts
}
