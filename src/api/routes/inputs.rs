//! What people report back: a record of an input topic. The engine stays the only one who writes state.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::NoParameters;
use crate::api::Api;
use crate::api::access::Principal;
use crate::api::answer::{Answer, IntoReply, Reply};
use crate::api::ask::partition_of;
use crate::api::problem::{Kind, Problem, Result, nearest};
use crate::api::route::{Call, Route};
use crate::api::serve::BODY_BYTES_MAX;
use crate::input::{InputType, Limits, decode, wire};

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

/// Writes a record, as far as the principal may: its name, and the account.
pub async fn written(api: &Arc<Api>, principal: &Principal, body: &[u8]) -> Result<(String, String)> {
    let limits = Limits { max_record_bytes: BODY_BYTES_MAX, check_key: false, record_ms: None };
    let event =
        decode(None, body, Vec::new, &limits).map_err(|reject| Problem::bad_request(reject.to_string()).at(reject.pointer.clone()))?;
    let kind = event.body.input_type();
    if !TYPES.contains(&kind) {
        let names = TYPES.map(InputType::as_str);
        let detail =
            format!("/type: expected one of {}, found {}; other records are written to the topic", names.join(", "), kind.as_str());
        return Err(Problem::bad_request(detail).at("/type").near(nearest(kind.as_str(), names)));
    }
    let account = event.account.into_owned();
    let visible = principal.visible();
    let partition = match partition_of(api, &account, visible.clone()).await {
        Ok(partition) => Some(partition),
        // It begins with this record.
        Err(problem) if problem.kind == Kind::NotFound && visible.is_all() => None,
        Err(problem) if problem.kind == Kind::NotFound => return Err(Problem::not_found("there is no such account").at("/account")),
        Err(problem) => return Err(problem),
    };
    let topic = &api.connection.topics.inputs[0];
    let unreachable = |error| Problem::new(Kind::BrokersUnreachable, format!("the record was not written: {error}"));
    let (partition, offset) = api.writer()?.write(topic, partition, &account, body).await.map_err(unreachable)?;
    Ok((format!("{topic}/{partition}/{offset}"), account))
}
