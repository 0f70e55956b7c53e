//! Asking the partitions of accounts, wherever they are. HTTP reaches no engine: a question goes to the partition's worker and comes back with what
//! it saw.
//!
//! ```text
//!   a route ──► of_account, of_all, lists ──► where the partitions are ──► here: their workers, their rows
//!                                                                     └──► another process, by /internal/v1/query: its `here`
//! ```
//!
//! Which partition holds an account is asked and not hashed, for producers choose the partitioner: where it most likely is first, then all. That
//! there is no such account is said only where every partition says so. Another process answers for partitions of its own alone, so that a question
//! goes no further.

mod here;
mod peers;

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::header::ETAG;
use futures_util::future::join_all;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Api;
use super::access::Visible;
use super::answer::{Incomplete, IntoReply, Reply};
use super::lists::ListAsked;
use super::problem::{Kind, Problem, Result};
use crate::partition::Partitioner;
use crate::view::PartitionAsOf;
use crate::view::incidents::{WantedIncidents, WorstFirst};
use crate::view::timeline::By;

pub use here::{CountedPart, answer, not_here};
pub use peers::{PATH as PEER_PATH, PeerQuery, Peers};

/// How long a record is waited for.
const WAIT_FOR: Duration = Duration::from_secs(2);

/// What is asked, and for whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inquiry {
    pub what: What,
    /// What the principal may see.
    pub visible: Visible,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Of one account.
    Account {
        account: String,
        part: AccountPart,
        wait_for: Option<WaitFor>,
    },
    Incidents(WantedIncidents),
    /// Open incidents, the worst first.
    WorstIncidents(WorstFirst),
    /// Accounts that have an id in another system, by their own.
    AccountsOfId {
        system: String,
        id: String,
    },
    /// Rows of the users of some accounts.
    Users {
        accounts: Vec<String>,
    },
    /// What a CRM keeps of each account.
    Crm,
    /// Counts of accounts: of all that may be seen, or of those that a list has.
    Portfolio(Option<ListAsked>),
    /// Counts of these accounts, as far as they may be seen.
    PortfolioOf(Arc<[String]>),
    /// Pages of the rows of accounts.
    Lists(Vec<ListAsked>),
    /// How partitions are.
    Partitions,
    DeadLetters,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPart {
    View,
    Timeline {
        by: By,
        days: u16,
    },
    /// Rows of its users.
    Users,
    /// Why it is where it is, or its product, or how a rule stands.
    Explanation {
        product: Option<String>,
        rule: Option<String>,
    },
    /// Whether there is such an account, for those who may see it.
    Presence,
}

/// A record of an input, which the answer is to know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitFor {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

/// What partitions say. One that is neither in `incomplete` nor has anything to be found says that it has no such account, or none that may be seen.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Findings {
    /// JSON of what was asked for: of each partition that has it, or of all of them together.
    pub found: Vec<Box<RawValue>>,
    /// Of what was found, by partition.
    pub as_of: Vec<PartitionAsOf>,
    /// Partitions that cannot say.
    pub incomplete: Vec<Incomplete>,
}

/// Which process has which of some partitions.
#[derive(Debug, Default)]
pub struct Places {
    pub here: Vec<i32>,
    /// By the URL of the process.
    pub elsewhere: BTreeMap<String, Vec<i32>>,
    pub nowhere: Vec<Incomplete>,
}

/// JSON of a type, as a worker wrote it.
#[derive(Debug, Serialize)]
#[serde(transparent, bound = "")]
pub struct Json<T>(Box<RawValue>, #[serde(skip)] PhantomData<T>);

impl<T> Json<T> {
    pub fn new(json: Box<RawValue>) -> Self {
        Self(json, PhantomData)
    }
}

impl<T: for<'de> Deserialize<'de>> Json<T> {
    /// # Errors
    ///
    /// As [`read`].
    pub fn read(&self) -> Result<T> {
        read(&self.0)
    }
}

impl<T: JsonSchema> JsonSchema for Json<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// What is known of one account, with a tag that tells whether it has changed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(bound = "")]
#[schemars(rename = "Answer_{T}")]
pub struct Told<T> {
    pub data: Json<T>,
    /// The committed state of the account's partition that it was taken from.
    pub as_of: [PartitionAsOf; 1],
    /// Partitions that would belong to it and are not in it: none.
    pub incomplete: [Incomplete; 0],
}

impl<T: Send> IntoReply for Told<T> {
    const IS_TAGGED: bool = true;

    fn into_reply(self) -> Reply {
        let tag = format!("W/\"{:016x}\"", xxhash_rust::xxh3::xxh3_64(self.data.0.get().as_bytes()));
        let mut reply = Reply::json(&self, 1);
        reply.headers.insert(ETAG, HeaderValue::from_str(&tag).expect("hexadecimal digits"));
        reply
    }
}

impl WaitFor {
    /// `topic/partition/offset`, as a cause names a record.
    pub fn read(text: &str, api: &Api) -> Result<Self> {
        let expected =
            || Problem::bad_request(format!("wait_for: expected topic/partition/offset of an input record, found {text:?}")).at("wait_for");
        let mut parts = text.rsplitn(3, '/');
        let offset = parts.next().and_then(|offset| offset.parse().ok()).filter(|offset| *offset >= 0);
        let partition =
            parts.next().and_then(|partition| partition.parse().ok()).filter(|partition| (0..api.partitions).contains(partition));
        let inputs = &api.connection.topics.inputs;
        let topic = parts.next().filter(|topic| inputs.iter().any(|input| input == topic));
        match (topic, partition, offset) {
            (Some(topic), Some(partition), Some(offset)) => Ok(Self { topic: topic.to_owned(), partition, offset }),
            _ => Err(expected()),
        }
    }
}

impl WaitFor {
    fn text(&self) -> String {
        format!("{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

impl Findings {
    /// Adds what others say.
    pub fn add(&mut self, other: Self) {
        self.found.extend(other.found);
        self.as_of.extend(other.as_of);
        self.incomplete.extend(other.incomplete);
    }
}

impl Places {
    pub fn of(api: &Api, partitions: impl IntoIterator<Item = i32>) -> Self {
        let (mut places, states) = (Self::default(), api.board.states());
        for partition in partitions {
            // Also one that is being restored here.
            if states.contains_key(&partition) || api.mailbox.has(partition) {
                places.here.push(partition);
                continue;
            }
            let owner = api.fleet.owner_of(partition).filter(|owner| owner.instance != api.connection.instance_id);
            match owner.and_then(|owner| owner.url) {
                Some(url) => places.elsewhere.entry(url).or_default().push(partition),
                None => places.nowhere.push(not_here(api, partition)),
            }
        }
        places
    }
}

/// Asks partitions, here and where else they are.
async fn of_partitions(api: &Arc<Api>, partitions: impl IntoIterator<Item = i32>, inquiry: &Inquiry) -> Findings {
    let Places { here, elsewhere, nowhere } = Places::of(api, partitions);
    let (mut findings, theirs) = tokio::join!(answer(api, here, inquiry), of_peers(api, elsewhere, inquiry));
    theirs.into_iter().for_each(|of_peer| findings.add(of_peer));
    findings.incomplete.extend(nowhere);
    findings
}

/// What other processes say.
pub async fn of_peers(api: &Arc<Api>, elsewhere: BTreeMap<String, Vec<i32>>, inquiry: &Inquiry) -> Vec<Findings> {
    join_all(elsewhere.into_iter().map(|(url, partitions)| peers::ask(api, url, partitions, inquiry))).await
}

/// Asks for an account, wherever it is.
///
/// # Errors
///
/// `not-found`, `not-yet`, or why it cannot be said whether there is such an account.
pub async fn of_account<T>(
    api: &Arc<Api>,
    account: &str,
    part: AccountPart,
    visible: Visible,
    wait_for: Option<WaitFor>,
) -> Result<Told<T>> {
    let likely = likely(api, account, wait_for.as_ref());
    let inquiry =
        |wait_for| Inquiry { what: What::Account { account: account.to_owned(), part: part.clone(), wait_for }, visible: visible.clone() };
    let mut findings = of_partitions(api, [likely], &inquiry(wait_for.clone())).await;
    if let Some(wait_for) = wait_for.filter(|_| findings.incomplete.iter().any(|missing| missing.reason == Kind::NotYet.name())) {
        let detail = format!("the record {} was not taken in within {} s", wait_for.text(), WAIT_FOR.as_secs());
        return Err(Problem::new(Kind::NotYet, detail).at("wait_for"));
    }
    if findings.found.is_empty() {
        let others = (0..api.partitions).filter(|partition| *partition != likely);
        findings.add(of_partitions(api, others, &inquiry(None)).await);
    }
    match (findings.found.pop(), findings.as_of.pop()) {
        (Some(data), Some(as_of)) => Ok(Told { data: Json::new(data), as_of: [as_of], incomplete: [] }),
        _ if findings.incomplete.is_empty() => {
            Err(Problem::not_found(format!("there is no account {account:?}, or it may not be seen")).at("account"))
        }
        _ => Err(unsaid(account, findings.incomplete)),
    }
}

/// The partition that holds an account, where there is one that may be seen.
///
/// # Errors
///
/// As [`of_account`].
pub async fn partition_of(api: &Arc<Api>, account: &str, visible: Visible) -> Result<i32> {
    let told: Told<bool> = of_account(api, account, AccountPart::Presence, visible, None).await?;
    Ok(told.as_of[0].partition)
}

/// Where the account may be nobody can say now.
fn unsaid(account: &str, mut missing: Vec<Incomplete>) -> Problem {
    // Whichever was asked first: nothing tells where it most likely is.
    missing.sort_by_key(|missing| missing.progress.partition);
    let kinds = [Kind::PartitionRestoring, Kind::PeerUnreachable, Kind::PartitionUnowned];
    let kind = kinds.into_iter().find(|kind| missing.iter().any(|missing| missing.reason == kind.name())).unwrap_or(Kind::TooBusy);
    let detail = format!("whether there is an account {account:?} cannot be said before these partitions answer");
    Problem::new(kind, detail).with_progress(missing.into_iter().map(|missing| missing.progress).collect())
}

/// The partition that holds the account, as far as this process knows, or that most producers would have put it into.
fn likely(api: &Api, account: &str, wait_for: Option<&WaitFor>) -> i32 {
    let known = wait_for.map(|wait| wait.partition).or_else(|| api.directory.partition_of(account));
    known.unwrap_or_else(|| Partitioner::Murmur2.partition_of(account.as_bytes(), api.partitions))
}

/// What all partitions say that answer, of when that is, and which do not.
#[derive(Debug)]
pub struct Gathered<T> {
    pub parts: Vec<T>,
    pub as_of: Vec<PartitionAsOf>,
    pub incomplete: Vec<Incomplete>,
}

/// Asks all partitions.
///
/// # Errors
///
/// `peer-unreachable`: another process answers with something else than this one would.
pub async fn of_all<T: for<'de> Deserialize<'de>>(api: &Arc<Api>, what: What, visible: &Visible) -> Result<Gathered<T>> {
    let inquiry = Inquiry { what, visible: visible.clone() };
    let Findings { found, mut as_of, mut incomplete } = of_partitions(api, 0..api.partitions, &inquiry).await;
    let parts = found.iter().map(|part| read(part)).collect::<Result<Vec<T>>>()?;
    as_of.sort_by_key(|as_of| as_of.partition);
    incomplete.sort_by_key(|missing| missing.progress.partition);
    Ok(Gathered { parts, as_of, incomplete })
}

/// Reads what a partition has said, which may be another process's of another version.
pub fn read<'j, T: Deserialize<'j>>(json: &'j RawValue) -> Result<T> {
    serde_json::from_str(json.get()).map_err(|error| {
        let detail = format!("a process of the group answers as this one does not, as while versions change: {error}");
        Problem::new(Kind::PeerUnreachable, detail)
    })
}
