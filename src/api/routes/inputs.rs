//! What people report back, or ask to be erased: a record of an input topic. The engine stays the only one who writes state.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::NoParameters;
use crate::api::Api;
use crate::api::access::{Principal, Scope};
use crate::api::answer::{Answer, IntoReply, Reply};
use crate::api::ask::partition_of;
use crate::api::problem::{Kind, Problem, Result, nearest};
use crate::api::route::{Call, Needs, Route};
use crate::api::serve::BODY_BYTES_MAX;
use crate::erase::Whom;
use crate::input::{InputType, Limits, Reject, decode, wire};

/// What may be reported.
const TYPES: [InputType; 4] = [InputType::Task, InputType::Touchpoint, InputType::Outcome, InputType::Nps];

pub fn routes() -> Vec<Route> {
    vec![
        Route::post::<_, Reported, _, _>("/v1/inputs", "report", report)
            .status(202)
            .asks_partitions()
            .errors(&[Kind::NotFound, Kind::BrokersUnreachable])
            .says(
                "Report a task, a touchpoint, an outcome or an answer",
                "One record, in the form that input topics have. It is written to the first of `topics.inputs`, into the partition that holds the \
                 account, and takes effect once it was read from there: `record` names it, as `cause.record` of outputs does. Give it an `id`, so that it can be sent again.",
            ),
        Route::post::<_, Erasing, _, _>("/v1/erase", "erase", erase)
            .needs(Needs::Scope(Scope::Erase))
            .status(202)
            .asks_partitions()
            .errors(&[Kind::NotFound, Kind::BrokersUnreachable])
            .says(
                "Erase an account, or a user of one",
                "An `erase` is written to the first of `topics.inputs`, into the partition that holds the account, and takes effect once it was read \
                 from there: `record` names it, and `wait_for` of a question waits for it. An account goes whole. With `user` that user's ids, profile \
                 and days of use go, and sums of events stay. `adoption-tracker erase --prove` lists what holds the id still, and until when.",
            ),
    ]
}

/// The schemas of the types that may be reported.
struct Reported;

impl JsonSchema for Reported {
    fn schema_name() -> Cow<'static, str> {
        "Reported".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let files: Vec<String> = TYPES.iter().map(|of| format!("{}.v1.json", of.as_str())).collect();
        let mut of_types = Vec::new();
        for (_, mut schema) in wire::schemas().into_iter().filter(|(file, _)| files.iter().any(|known| known == file)) {
            let object = schema.as_object_mut().expect("an object's schema");
            object.remove("$schema");
            object.remove("$id");
            of_types.push(schema);
        }
        json_schema!({"description": "A record of an input topic, as docs/reference/inputs.md has it.", "oneOf": of_types})
    }
}

/// What is to be erased.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Erasing {
    /// The account's id. 1..=256 bytes of UTF-8.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// The id of one of its users, 1..=256 bytes of UTF-8; without it, the account is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    user: Option<String>,
}

/// What was written.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Written {
    /// `topic/partition/offset` of the record.
    pub record: String,
}

/// An answer, and the account for the audit log.
#[derive(Debug, JsonSchema)]
#[schemars(transparent)]
pub struct Taken(pub Answer<Written>, #[schemars(skip)] String);

impl IntoReply for Taken {
    fn into_reply(self) -> Reply {
        Reply { account: Some(self.1), ..self.0.into_reply() }
    }
}

pub async fn report(call: Call<NoParameters>) -> Result<Taken> {
    written(&call.api, &call.principal, &call.body).await.map(|(record, account)| Taken(Answer::new(Written { record }), account))
}

pub async fn erase(call: Call<NoParameters>) -> Result<Taken> {
    let Erasing { account, user } =
        serde_json::from_slice(&call.body).map_err(|error| Problem::bad_request(format!("the body: {error}")))?;
    let whom = Whom { account, user };
    let record = whom.record().map_err(refused)?;
    let place = write(&call.api, &call.principal, &whom.account, &record, false).await?;
    Ok(Taken(Answer::new(Written { record: place }), whom.account))
}

fn refused(reject: Box<Reject>) -> Problem {
    Problem::bad_request(reject.to_string()).at(reject.pointer.clone())
}

/// Writes a record, as far as the principal may: its name, and the account.
pub async fn written(api: &Arc<Api>, principal: &Principal, body: &[u8]) -> Result<(String, String)> {
    let limits = Limits { max_record_bytes: BODY_BYTES_MAX, check_key: false, record_ms: None };
    let event = decode(None, body, Vec::new, &limits).map_err(refused)?;
    let kind = event.body.input_type();
    if !TYPES.contains(&kind) {
        let names = TYPES.map(InputType::as_str);
        let detail =
            format!("/type: expected one of {}, found {}; other records are written to the topic", names.join(", "), kind.as_str());
        return Err(Problem::bad_request(detail).at("/type").near(nearest(kind.as_str(), names)));
    }
    let account = event.account.into_owned();
    let place = write(api, principal, &account, body, true).await?;
    Ok((place, account))
}

/// `may_begin`: the account need not be there yet.
async fn write(api: &Arc<Api>, principal: &Principal, account: &str, record: &[u8], may_begin: bool) -> Result<String> {
    let visible = principal.visible();
    let partition = match partition_of(api, account, visible.clone()).await {
        Ok(partition) => Some(partition),
        // It begins with this record.
        Err(problem) if problem.kind == Kind::NotFound && visible.is_all() && may_begin => None,
        Err(problem) if problem.kind == Kind::NotFound => return Err(Problem::not_found("there is no such account").at("/account")),
        Err(problem) => return Err(problem),
    };
    let topic = &api.connection.topics.inputs[0];
    let unreachable = |error| Problem::new(Kind::BrokersUnreachable, format!("the record was not written: {error}"));
    let (partition, offset) = api.writer()?.write(topic, partition, account, record).await.map_err(unreachable)?;
    Ok(format!("{topic}/{partition}/{offset}"))
}
