//! Asking the partitions of accounts. HTTP reaches no engine: a question goes to the partition's worker and comes back with what it saw.
//!
//! Which partition holds an account is asked and not hashed, for producers choose the partitioner: where it most likely is first, then all. That
//! there is no such account is said only where every partition says so.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use axum::http::header::ETAG;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use super::Api;
use super::access::Visible;
use super::answer::{Incomplete, IntoReply, Reply};
use super::problem::{Kind, Problem, Progress, Result};
use crate::engine::{AccountIndex, Engine};
use crate::ops::Metrics;
use crate::partition::Partitioner;
use crate::task::{Question, Request, Seen};
use crate::view::crm::CrmFields;
use crate::view::incidents::WantedIncidents;
use crate::view::rows::UserRow;
use crate::view::timeline::{By, timeline};
use crate::view::{Fleet, PartitionAsOf, account_view};

/// How long a record is waited for.
const WAIT_FOR: Duration = Duration::from_secs(2);
/// How long a worker may take for an answer.
const ANSWER: Duration = Duration::from_secs(5);

/// What is asked of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    View,
    Timeline {
        by: By,
        days: u16,
    },
    /// Rows of its users.
    Users,
    /// Whether there is such an account, for those who may see it.
    Presence,
}

/// A question about one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OfAccount {
    pub account: String,
    pub ask: Ask,
    /// What the principal may see.
    pub visible: Visible,
    pub wait_for: Option<WaitFor>,
}

/// A record of an input, which the answer is to know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitFor {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

/// What a partition says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Found {
        data: Box<RawValue>,
        as_of: PartitionAsOf,
    },
    /// It has no such account, or none that may be seen.
    Unknown,
    /// It cannot say.
    Nothing(Incomplete),
    /// The record has not been taken in.
    NotYet,
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
    pub fn read(&self) -> T {
        serde_json::from_str(self.0.get()).expect("a worker writes what its type says")
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
    fn into_reply(self) -> Reply {
        let tag = format!("\"{:016x}\"", xxhash_rust::xxh3::xxh3_64(self.data.0.get().as_bytes()));
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

impl Ask {
    /// `None`: there is no such account, or none that they may see.
    fn read(&self, seen: &Seen<'_>, visible: &Visible, fleet: Option<&Fleet>) -> Option<Box<RawValue>> {
        let index = seen.account?;
        if !visible.shows(owner(seen.engine, index)) {
            return None;
        }
        let json = match self {
            Self::View => serde_json::value::to_raw_value(&account_view(seen.engine, index, fleet)),
            Self::Timeline { by, days } => serde_json::value::to_raw_value(&timeline(seen.engine, index, *by, *days)),
            Self::Users => serde_json::value::to_raw_value(&UserRow::all(seen.engine, index, &seen.engine.row_readings())),
            Self::Presence => serde_json::value::to_raw_value(&true),
        };
        Some(json.expect("answers have texts as keys and no number that JSON has not"))
    }
}

fn owner(engine: &Engine, index: AccountIndex) -> Option<&str> {
    engine.accounts()[index as usize].profile.as_ref().and_then(|profile| profile.owner.as_deref())
}

/// Asks for an account, wherever it is.
///
/// # Errors
///
/// `not-found`, `not-yet`, or why it cannot be said whether there is such an account.
pub async fn of_account<T>(api: &Arc<Api>, question: OfAccount) -> Result<Told<T>> {
    let mut missing = Vec::new();
    let likely = likely(api, &question);
    let mut asked = vec![likely];
    match of_partition(api, likely, &question).await {
        Said::Found { data, as_of } => return Ok(told(data, as_of)),
        Said::NotYet => return Err(not_yet(&question)),
        Said::Nothing(incomplete) => missing.push(incomplete),
        Said::Unknown => {}
    }
    let mut others = JoinSet::new();
    for partition in (0..api.partitions).filter(|partition| *partition != likely) {
        let (api, question) = (Arc::clone(api), OfAccount { wait_for: None, ..question.clone() });
        asked.push(partition);
        others.spawn(async move { of_partition(&api, partition, &question).await });
    }
    while let Some(said) = others.join_next().await {
        match said {
            Ok(Said::Found { data, as_of }) => return Ok(told(data, as_of)),
            Ok(Said::Nothing(incomplete)) => missing.push(incomplete),
            Ok(Said::Unknown | Said::NotYet) | Err(_) => {}
        }
    }
    if missing.is_empty() {
        return Err(Problem::not_found(format!("there is no account {:?}, or it may not be seen", question.account)).at("account"));
    }
    Err(unsaid(&question, missing))
}

fn told<T>(data: Box<RawValue>, as_of: PartitionAsOf) -> Told<T> {
    Told { data: Json::new(data), as_of: [as_of], incomplete: [] }
}

fn not_yet(question: &OfAccount) -> Problem {
    let record = question.wait_for.as_ref().map(|wait| format!("{}/{}/{}", wait.topic, wait.partition, wait.offset)).unwrap_or_default();
    Problem::new(Kind::NotYet, format!("the record {record} was not taken in within {} s", WAIT_FOR.as_secs())).at("wait_for")
}

/// Where the account may be nobody can say now.
fn unsaid(question: &OfAccount, mut missing: Vec<Incomplete>) -> Problem {
    // Whichever was asked first: nothing tells where it most likely is.
    missing.sort_by_key(|missing| missing.progress.partition);
    let kinds = [Kind::PartitionRestoring, Kind::PeerUnreachable, Kind::PartitionUnowned];
    let kind = kinds.into_iter().find(|kind| missing.iter().any(|missing| missing.reason == kind.name())).unwrap_or(Kind::TooBusy);
    let detail = format!("whether there is an account {:?} cannot be said before these partitions answer", question.account);
    Problem::new(kind, detail).with_progress(missing.into_iter().map(|missing| missing.progress).collect())
}

/// The partition that holds the account, as far as this process knows, or that most producers would have put it into.
fn likely(api: &Api, question: &OfAccount) -> i32 {
    let waited_for = question.wait_for.as_ref().map(|wait| wait.partition);
    waited_for
        .or_else(|| api.known.partition_of(&question.account))
        .unwrap_or_else(|| Partitioner::Murmur2.partition_of(question.account.as_bytes(), api.partitions))
}

/// What is asked of all accounts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskAll {
    Incidents(WantedIncidents),
    /// Rows of the users of some accounts.
    Users {
        accounts: Vec<String>,
    },
    /// What a CRM keeps of each account.
    Crm,
}

impl AskAll {
    fn read(&self, seen: &Seen<'_>, visible: &Visible) -> Box<RawValue> {
        let engine = seen.engine;
        let is_shown = |index: &AccountIndex| visible.shows(owner(engine, *index));
        let json = match self {
            Self::Incidents(wanted) => serde_json::value::to_raw_value(&wanted.page(engine, |owner| visible.shows(owner))),
            Self::Users { accounts } => {
                let readings = engine.row_readings();
                let indexes = accounts.iter().filter_map(|account| engine.account_index(account)).filter(is_shown);
                let rows: Vec<UserRow> = indexes.flat_map(|index| UserRow::all(engine, index, &readings)).collect();
                serde_json::value::to_raw_value(&rows)
            }
            Self::Crm => {
                let indexes = (0..engine.accounts().len() as AccountIndex).filter(is_shown);
                let all: Vec<CrmFields> = indexes.map(|index| CrmFields::of(engine, index)).collect();
                serde_json::value::to_raw_value(&all)
            }
        };
        json.expect("answers have texts as keys and no number that JSON has not")
    }
}

/// Asks all partitions: what those say that answer, of when that is, and which do not.
pub async fn of_all<T: for<'de> Deserialize<'de>>(
    api: &Arc<Api>,
    ask: AskAll,
    visible: &Visible,
) -> (Vec<T>, Vec<PartitionAsOf>, Vec<Incomplete>) {
    let mut asked = JoinSet::new();
    for partition in 0..api.partitions {
        let (api, ask, visible) = (Arc::clone(api), ask.clone(), visible.clone());
        asked.spawn(async move { part(&api, partition, ask, visible).await });
    }
    let (mut parts, mut as_ofs, mut incomplete) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(part) = asked.join_next().await {
        match part {
            Ok(Ok((data, as_of))) => {
                parts.push(serde_json::from_str(data.get()).expect("a worker writes what its type says"));
                as_ofs.push(as_of);
            }
            Ok(Err(missing)) => incomplete.push(missing),
            Err(_) => {}
        }
    }
    as_ofs.sort_by_key(|as_of: &PartitionAsOf| as_of.partition);
    incomplete.sort_by_key(|missing: &Incomplete| missing.progress.partition);
    (parts, as_ofs, incomplete)
}

async fn part(api: &Api, partition: i32, ask: AskAll, visible: Visible) -> std::result::Result<(Box<RawValue>, PartitionAsOf), Incomplete> {
    let (request, answer) = Question::of_all(move |seen: &Seen<'_>| (ask.read(seen, &visible), seen.as_of.clone()));
    if api.mailbox.send(partition, Request::Ask(request)).is_err() {
        return Err(not_here(api, partition));
    }
    let _waiting = Waiting::new(&api.metrics);
    match tokio::time::timeout(ANSWER, answer).await {
        Ok(Ok(part)) => Ok(part),
        Ok(Err(_)) => Err(not_here(api, partition)),
        Err(_) => Err(Incomplete { reason: Kind::TooBusy.name().to_owned(), progress: progress(api, partition) }),
    }
}

/// Asks one partition, here or where it is.
async fn of_partition(api: &Arc<Api>, partition: i32, question: &OfAccount) -> Said {
    match local(api, partition, question).await {
        Some(said) => said,
        None => Said::Nothing(not_here(api, partition)),
    }
}

/// Asks a partition of this process; `None`: it is not one that answers here.
pub async fn local(api: &Api, partition: i32, question: &OfAccount) -> Option<Said> {
    let wait = question.wait_for.as_ref().filter(|wait| wait.partition == partition);
    let (ask, visible, fleet) = (question.ask.clone(), question.visible.clone(), api.fleet.get());
    let read = move |seen: &Seen<'_>| {
        let found = ask.read(seen, &visible, fleet.as_deref());
        found.map_or(Said::Unknown, |data| Said::Found { data, as_of: seen.as_of.clone() })
    };
    let after = wait.map(|wait| (wait.topic.clone(), wait.offset));
    let (request, answer) = Question::new(&question.account, after, read);
    let asked = Instant::now();
    api.mailbox.send(partition, Request::Ask(request)).ok()?;
    let _waiting = Waiting::new(&api.metrics);
    let said = match tokio::time::timeout(if wait.is_some() { WAIT_FOR } else { ANSWER }, answer).await {
        Ok(Ok(said)) => said,
        // The partition has left, or what it had in memory was given up.
        Ok(Err(_)) => return None,
        Err(_) if wait.is_some() => Said::NotYet,
        Err(_) => Said::Nothing(Incomplete { reason: Kind::TooBusy.name().to_owned(), progress: progress(api, partition) }),
    };
    tracing::trace!(partition, took = ?asked.elapsed(), "asked");
    Some(said)
}

/// A question that waits, as the metrics count it.
struct Waiting<'m>(&'m Metrics);

impl<'m> Waiting<'m> {
    fn new(metrics: &'m Metrics) -> Self {
        metrics.api_questions_waiting.inc();
        Self(metrics)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.api_questions_waiting.dec();
    }
}

fn progress(api: &Api, partition: i32) -> Progress {
    let state = api.board.states().remove(&partition);
    let remaining = state.as_ref().and_then(|state| match (state.restore_remaining, state.redo_remaining) {
        (None, None) => None,
        (restore, redo) => Some(restore.unwrap_or(0) + redo.unwrap_or(0)),
    });
    Progress { partition, state: state.map(|state| state.phase.to_owned()), remaining_records: remaining }
}

/// Why a partition does not answer here.
pub fn not_here(api: &Api, partition: i32) -> Incomplete {
    let progress = progress(api, partition);
    let kind = if progress.state.is_some() { Kind::PartitionRestoring } else { Kind::PartitionUnowned };
    Incomplete { reason: kind.name().to_owned(), progress }
}
