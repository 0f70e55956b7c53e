//! Whom tools ask: the partitions of a group, or the accounts of a file. What may not be seen is not there for any of them.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::refusal::Result;
use crate::playbook::Playbook;
use crate::view::PartitionAsOf;
use crate::view::account::AccountView;
use crate::view::explain::Explanation;
use crate::view::incidents::{IncidentPage, WorstFirst};
use crate::view::timeline::{By, Timeline};

/// What was told, and of when it is.
#[derive(Clone, Debug)]
pub struct Told<T> {
    pub data: T,
    pub as_of: AsOf,
}

/// Of when an answer is: of several partitions, the earliest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AsOf {
    /// Up to where the accounts have lived; absent before the first event.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub clock: Option<Timestamp>,
    /// By the wall clock; absent of a file, and where nothing was committed yet.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub committed_at: Option<Timestamp>,
    /// Whether nothing was left to be read.
    pub caught_up: bool,
    /// Partitions that would belong to the answer and are not in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<Missing>,
}

fn rfc3339<S: Serializer>(instant: &Option<Timestamp>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(&instant.map(|instant| instant.to_string()).unwrap_or_default())
}

/// A partition that is not in an answer, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Missing {
    pub partition: i32,
    /// `partition-restoring`, `partition-unowned`, `peer-unreachable`, …
    pub reason: String,
}

impl AsOf {
    pub fn of(partitions: &[PartitionAsOf], incomplete: Vec<Missing>) -> Self {
        let earliest = |of: fn(&PartitionAsOf) -> Option<&String>| partitions.iter().filter_map(|as_of| of(as_of)?.parse().ok()).min();
        Self {
            clock: earliest(|as_of| as_of.clock.as_ref()),
            committed_at: earliest(|as_of| as_of.committed_at.as_ref()),
            caught_up: partitions.iter().all(|as_of| as_of.caught_up),
            incomplete,
        }
    }

    /// Of two answers to one question.
    pub fn and(self, other: Self) -> Self {
        let earliest = |one: Option<Timestamp>, other: Option<Timestamp>| one.into_iter().chain(other).min();
        let mut incomplete = self.incomplete;
        incomplete.extend(other.incomplete);
        incomplete.sort_by(|a, b| (a.partition, &a.reason).cmp(&(b.partition, &b.reason)));
        incomplete.dedup();
        Self {
            clock: earliest(self.clock, other.clock),
            committed_at: earliest(self.committed_at, other.committed_at),
            caught_up: self.caught_up && other.caught_up,
            incomplete,
        }
    }
}

/// Which rows of accounts; docs/reference/lists.md tells what texts may be.
#[derive(Clone, Debug, Default)]
pub struct AccountsWanted {
    pub filter: Option<String>,
    pub q: Option<String>,
    pub order_by: Option<String>,
    pub fields: Option<String>,
    pub worklist: Option<String>,
    pub page_size: u32,
    pub page_token: Option<String>,
}

/// Rows of accounts, as far as their fields were wanted.
#[derive(Clone, Debug)]
pub struct AccountPage {
    pub rows: Vec<Value>,
    /// Rows of the list from this page on, those of the page included.
    pub left: u64,
    pub next_page_token: Option<String>,
}

pub type Asking<'a, T> = BoxFuture<'a, Result<Told<T>>>;

pub trait Source: Send + Sync {
    fn playbook(&self) -> &Playbook;
    fn account<'a>(&'a self, account: &'a str) -> Asking<'a, AccountView>;
    /// Accounts that have this id in another system, by their own ids.
    fn accounts_of_id<'a>(&'a self, system: &'a str, id: &'a str) -> Asking<'a, Vec<String>>;
    fn timeline<'a>(&'a self, account: &'a str, by: By, days: u16) -> Asking<'a, Timeline>;
    /// The product or the rule is one of the playbook.
    fn explanation<'a>(&'a self, account: &'a str, product: Option<String>, rule: Option<String>) -> Asking<'a, Explanation>;
    fn accounts(&self, wanted: AccountsWanted) -> Asking<'_, AccountPage>;
    fn incidents(&self, wanted: WorstFirst) -> Asking<'_, IncidentPage>;
    /// What the API's `/v1/portfolio` has as `data`.
    fn portfolio(&self) -> Asking<'_, Value>;
    /// Whether [`Source::record`] may be asked.
    fn can_record(&self) -> bool;
    /// Writes a record of an input topic, and answers its name.
    fn record(&self, record: Value) -> Asking<'_, String>;
}
