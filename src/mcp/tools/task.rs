//! `adoption_record_task`: what became of a play's task.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::{Named, Tool};
use crate::mcp::bounds::Answer;
use crate::mcp::refusal::{Refusal, Result};
use crate::mcp::source::{Source, Told};
use crate::playbook::nearest;
use crate::view::account::{AccountView, IncidentView, TaskState};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "adoption_record_task",
        title: "Record what became of a task",
        description: "Records that a task of an open play was done or dismissed. It takes effect within moments; adoption_incidents then shows it. Needs \
                      the scope write.",
    };
    Tool::writing::<Wanted, Recorded>(NAMED, answer)
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// The open play's `incident`, as adoption_incidents has it.
    #[schemars(length(min = 1, max = 256))]
    incident: String,
    /// The id of one of its tasks.
    #[schemars(length(min = 1, max = 256))]
    task: String,
    status: Status,
    /// Why, for people who read it later.
    #[schemars(length(max = 1000))]
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RecordedStatus")]
#[serde(rename_all = "snake_case")]
enum Status {
    Done,
    Dismissed,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RecordedTask")]
struct Recorded {
    account: String,
    incident: String,
    task: String,
    status: Status,
    /// `topic/partition/offset` of the record.
    record: String,
}

fn answer(source: &dyn Source, wanted: Wanted) -> BoxFuture<'_, Result<Answer<Recorded>>> {
    Box::pin(async move {
        let view = source.account(&wanted.account).await?.data;
        let play = play(&view, &wanted)?;
        let Wanted { account, incident, task, status, reason } = wanted;
        check_task(play, &task)?;
        // Sent again it is the same record.
        let id = format!("mcp-{:016x}", xxh3_64(format!("{account}\0{incident}\0{task}\0{status:?}").as_bytes()));
        let texts = [("type", "task"), ("id", &id), ("account", &account), ("incident", &incident), ("task", &task)];
        let mut record: Map<String, Value> = texts.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect();
        record.insert("time".to_owned(), Timestamp::now().as_millisecond().into());
        record.insert("status".to_owned(), serde_json::to_value(status).expect("a text"));
        reason.map(|reason| record.insert("reason".to_owned(), reason.into()));
        let Told { data: record, as_of } = source.record(Value::Object(record)).await?;
        Ok(Answer { data: Recorded { account, incident, task, status, record }, as_of, left_out: BTreeMap::new(), next: None })
    })
}

fn play<'v>(view: &'v AccountView, wanted: &Wanted) -> Result<&'v IncidentView> {
    let plays = || view.incidents.iter().filter(|incident| !incident.tasks.is_empty());
    plays().find(|play| play.incident == wanted.incident).ok_or_else(|| {
        let near = nearest(&wanted.incident, plays().map(|play| play.incident.as_str())).map(str::to_owned);
        let known: Vec<String> = plays().take(5).map(|play| format!("{} ({})", play.incident, play.rule)).collect();
        let has =
            if known.is_empty() { "the account has no open play with tasks".to_owned() } else { format!("there are {}", known.join(", ")) };
        Refusal::not_found("incident", format!("incident: the account has no open play {:?}; {has}", wanted.incident)).near(near)
    })
}

fn check_task(play: &IncidentView, id: &str) -> Result<()> {
    let ids = || play.tasks.iter().map(|task| task.task.as_str());
    let Some(task) = play.tasks.iter().find(|task| task.task == id) else {
        let detail = format!("task: the play {} has no task {id:?}; there are {}", play.rule, ids().collect::<Vec<_>>().join(", "));
        return Err(Refusal::not_found("task", detail).near(nearest(id, ids())));
    };
    if task.state != TaskState::Open {
        let open: Vec<&str> = play.tasks.iter().filter(|task| task.state == TaskState::Open).map(|task| task.task.as_str()).collect();
        let detail =
            format!("task: {id:?} is not open any more; open are {}", if open.is_empty() { "none".to_owned() } else { open.join(", ") });
        return Err(Refusal::bad_request("task", detail));
    }
    Ok(())
}
