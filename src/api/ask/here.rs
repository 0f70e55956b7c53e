//! How a process answers for partitions of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::super::access::Visible;
use super::super::answer::Incomplete;
use super::super::partitions::{dead_letters, rows};
use super::super::problem::{Kind, Progress};
use super::super::{Api, lists};
use super::{AccountPart, Findings, Inquiry, WAIT_FOR, What};
use crate::engine::{AccountIndex, Engine, date_text, day_in};
use crate::ops::Metrics;
use crate::portfolio::CountsRecord;
use crate::task::{Question, Request, Seen};
use crate::view::crm::CrmFields;
use crate::view::rows::UserRow;
use crate::view::timeline::timeline;
use crate::view::{Fleet, PartitionAsOf, account_view, accounts_of_id, explain};

/// How long a worker may take for an answer.
const ANSWER: Duration = Duration::from_secs(5);

/// What these partitions say; those that are not of this process are in `incomplete`.
pub async fn answer(api: &Arc<Api>, partitions: Vec<i32>, inquiry: &Inquiry) -> Findings {
    match &inquiry.what {
        What::Lists(asked) => {
            let (pages, as_of, incomplete) = lists::here(api, &partitions, asked, &inquiry.visible).await;
            Findings { found: vec![json(&pages)], as_of, incomplete }
        }
        What::Partitions => Findings { found: vec![json(&rows(api, &partitions))], ..Findings::default() },
        What::DeadLetters => Findings { found: vec![json(&dead_letters(api, &partitions))], ..Findings::default() },
        What::Portfolio(Some(asked)) => {
            let (mut pages, _, incomplete) = lists::here(api, &partitions, std::slice::from_ref(asked), &inquiry.visible).await;
            let accounts = pages.pop().map(|page| lists::account_ids(&page)).unwrap_or_default();
            let known: Vec<i32> = partitions.into_iter().filter(|of| incomplete.iter().all(|no| no.progress.partition != *of)).collect();
            let inquiry = Inquiry { what: What::PortfolioOf(accounts.into()), visible: inquiry.visible.clone() };
            let mut findings = of_workers(api, known, &inquiry).await;
            findings.incomplete.extend(incomplete);
            findings
        }
        _ => of_workers(api, partitions, inquiry).await,
    }
}

async fn of_workers(api: &Arc<Api>, partitions: Vec<i32>, inquiry: &Inquiry) -> Findings {
    let mut findings = Findings::default();
    for said in join_all(partitions.into_iter().map(|partition| of_worker(api, partition, inquiry))).await {
        match said {
            Ok(Some((data, as_of))) => {
                findings.found.push(data);
                findings.as_of.push(as_of);
            }
            Ok(None) => {}
            Err(missing) => findings.incomplete.push(missing),
        }
    }
    findings
}

/// `None`: it has no such account, or none that may be seen.
async fn of_worker(
    api: &Api,
    partition: i32,
    inquiry: &Inquiry,
) -> std::result::Result<Option<(Box<RawValue>, PartitionAsOf)>, Incomplete> {
    let (asked, fleet) = (inquiry.clone(), api.fleet.get());
    let read = move |seen: &Seen<'_>| asked.read(seen, fleet.as_deref()).map(|data| (data, seen.as_of.clone()));
    let (mut patience, mut reason) = (ANSWER, Kind::TooBusy);
    let (question, answer) = match &inquiry.what {
        What::Account { account, wait_for, .. } => {
            let wait = wait_for.as_ref().filter(|wait| wait.partition == partition);
            if wait.is_some() {
                (patience, reason) = (WAIT_FOR, Kind::NotYet);
            }
            Question::new(account, wait.map(|wait| (wait.topic.clone(), wait.offset)), read)
        }
        _ => Question::of_all(read),
    };
    let began = Instant::now();
    if api.mailbox.send(partition, Request::Ask(question)).is_err() {
        return Err(not_here(api, partition));
    }
    let _waiting = Waiting::new(&api.metrics);
    let said = match tokio::time::timeout(patience, answer).await {
        Ok(Ok(said)) => Ok(said),
        // The partition has left, or what it had in memory was given up.
        Ok(Err(_)) => Err(not_here(api, partition)),
        Err(_) => Err(Incomplete { reason: reason.name().to_owned(), progress: progress(api, partition) }),
    };
    tracing::trace!(partition, took = ?began.elapsed(), "asked");
    said
}

impl Inquiry {
    /// `None`: there is no such account, or none that may be seen.
    fn read(&self, seen: &Seen<'_>, fleet: Option<&Fleet>) -> Option<Box<RawValue>> {
        let (engine, visible) = (seen.engine, &self.visible);
        Some(match &self.what {
            What::Account { part, .. } => part.read(engine, seen.account.filter(|index| is_shown(engine, *index, visible))?, fleet)?,
            What::Incidents(wanted) => json(&wanted.page(engine, |owner| visible.shows(owner))),
            What::WorstIncidents(wanted) => json(&wanted.page(engine, |owner| visible.shows(owner))),
            What::AccountsOfId { system, id } => json(&accounts_of_id(engine, system, id, |owner| visible.shows(owner))),
            What::Users { accounts } => {
                let readings = engine.row_readings();
                let indexes = accounts.iter().filter_map(|account| engine.account_index(account));
                let shown = indexes.filter(|index| is_shown(engine, *index, visible));
                json(&shown.flat_map(|index| UserRow::all(engine, index, &readings)).collect::<Vec<UserRow>>())
            }
            What::Crm => {
                let shown = all(engine).filter(|index| is_shown(engine, *index, visible));
                json(&shown.map(|index| CrmFields::of(engine, index)).collect::<Vec<CrmFields>>())
            }
            What::Portfolio(_) => json(&CountedPart::of(seen, all(engine).filter(|index| is_shown(engine, *index, visible)))?),
            What::PortfolioOf(accounts) => {
                let indexes = accounts.iter().filter_map(|account| engine.account_index(account));
                json(&CountedPart::of(seen, indexes.filter(|index| is_shown(engine, *index, visible)))?)
            }
            What::Lists(_) | What::Partitions | What::DeadLetters => unreachable!("no worker is asked for it"),
        })
    }
}

/// What a partition counts of some of its accounts, and on which day.
#[derive(Debug, Serialize, Deserialize)]
pub struct CountedPart {
    pub day: String,
    pub counts: CountsRecord,
}

impl CountedPart {
    /// `None`: nothing is counted, or nothing has been yet.
    fn of(seen: &Seen<'_>, accounts: impl Iterator<Item = AccountIndex>) -> Option<Self> {
        let tracker = seen.tracker?;
        let day = day_in(&seen.engine.playbook().time_zone, seen.engine.clock_ms()?);
        Some(Self { day: date_text(day), counts: CountsRecord::of(&tracker.counts_of(accounts), tracker.outline()) })
    }
}

impl AccountPart {
    fn read(&self, engine: &Engine, index: AccountIndex, fleet: Option<&Fleet>) -> Option<Box<RawValue>> {
        Some(match self {
            Self::View => json(&account_view(engine, index, fleet)),
            Self::Timeline { by, days } => json(&timeline(engine, index, *by, *days)),
            Self::Users => json(&UserRow::all(engine, index, &engine.row_readings())),
            Self::Explanation { product, rule } => {
                // Where versions of the playbook differ in the group, one may not know what the other does.
                let question = explain::Question::of(engine.playbook(), product.as_deref(), rule.as_deref()).ok()?;
                json(&explain::explain(engine, index, question, &[]))
            }
            Self::Presence => json(&true),
        })
    }
}

fn json(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).expect("answers have texts as keys and no number that JSON has not")
}

fn all(engine: &Engine) -> impl Iterator<Item = AccountIndex> {
    engine.accounts().numbered().map(|(index, _)| index)
}

fn is_shown(engine: &Engine, index: AccountIndex, visible: &Visible) -> bool {
    let profile = engine.accounts()[index as usize].profile.as_ref();
    visible.shows(profile.and_then(|profile| profile.owner.as_deref()))
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
