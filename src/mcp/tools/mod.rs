//! The table of tools: what each is called and called with, and what it answers. The first four have the names and shapes that agents' instructions
//! ask for; clients refuse dots in names, so that the dotted ones are understood and not listed.

mod accounts;
mod crm;
mod events;
mod explain;
mod features;
mod incidents;
mod portfolio;
mod report;
mod subscription;
mod task;

use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::arguments::{self, Arguments};
use super::bounds::{Answer, Draft, Extent, fit};
use super::refusal::{Refusal, Result};
use super::source::Source;
use crate::output::schema_of;
use crate::playbook::nearest;

/// A tool as clients are told of it.
pub struct Listed {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub input: Arguments,
    pub output: Arguments,
    /// Whether it changes anything.
    pub writes: bool,
}

/// What a call came to, and how many rows it tells.
#[derive(Debug)]
pub struct Answered {
    pub answer: Value,
    pub rows: usize,
}

/// A call whose arguments are read.
struct Asked<'a, A> {
    source: &'a dyn Source,
    arguments: A,
    extent: Extent,
    /// As they came, for those of `next`.
    given: Arguments,
}

type Answering<'a> = BoxFuture<'a, Result<Draft<'a>>>;

/// How a tool answers.
type Handler = Box<dyn for<'a> Fn(&'a dyn Source, &Arguments) -> BoxFuture<'a, Result<Answered>> + Send + Sync>;

/// How a tool that writes does.
type Writing<A, D> = for<'a> fn(&'a dyn Source, A) -> BoxFuture<'a, Result<Answer<D>>>;

struct Tool {
    listed: Listed,
    /// The name with a dot.
    dotted: Option<&'static str>,
    answer: Handler,
}

/// What a tool is called, and what it is for.
struct Named {
    name: &'static str,
    title: &'static str,
    description: &'static str,
}

impl Tool {
    /// A tool that only reads. `A` is what it is called with, `D` what its answer's `data` is.
    fn reading<A, D>(named: Named, answer: for<'a> fn(Asked<'a, A>) -> Answering<'a>) -> Self
    where
        A: DeserializeOwned + JsonSchema + Send + 'static,
        D: JsonSchema,
    {
        let mut input = arguments::schema::<A>();
        let bounds = arguments::schema::<Extent>();
        let (own, own_bounds) = (input.clone(), bounds.clone());
        if let (Some(Value::Object(properties)), Some(Value::Object(more))) = (input.get_mut("properties"), bounds.get("properties")) {
            properties.extend(more.clone());
        }
        let known = input.clone();
        let handler = handler(move |source, given| {
            let read = arguments::read::<serde::de::IgnoredAny>(&known, given).and_then(|_| {
                let is_bound = |name: &String| own_bounds["properties"].get(name).is_some();
                let (bounds, others): (Arguments, Arguments) = given.clone().into_iter().partition(|(name, _)| is_bound(name));
                let (arguments, extent) = (arguments::read(&own, &others)?, arguments::read(&own_bounds, &bounds)?);
                Ok(Asked { source, arguments, extent, given: given.clone() })
            });
            Box::pin(async move {
                let asked = read?;
                let extent = asked.extent;
                let answer = fit(&answer(asked).await?, &extent)?;
                Ok(Answered { rows: rows(&answer), answer: json(&answer) })
            })
        });
        let Named { name, title, description } = named;
        let listed = Listed { name, title, description, input, output: output::<D>(), writes: false };
        Self { listed, dotted: None, answer: Box::new(handler) }
    }

    /// The tool that writes.
    fn writing<A, D>(named: Named, answer: Writing<A, D>) -> Self
    where
        A: DeserializeOwned + JsonSchema + Send + 'static,
        D: JsonSchema + Serialize + 'static,
    {
        let input = arguments::schema::<A>();
        let known = input.clone();
        let handler = handler(move |source, given| {
            let read = arguments::read(&known, given);
            Box::pin(async move { Ok(Answered { answer: json(&answer(source, read?).await?), rows: 1 }) })
        });
        let Named { name, title, description } = named;
        let listed = Listed { name, title, description, input, output: output::<D>(), writes: true };
        Self { listed, dotted: None, answer: Box::new(handler) }
    }

    fn also(self, dotted: &'static str) -> Self {
        Self { dotted: Some(dotted), ..self }
    }
}

/// A function as the table holds it, whatever it borrows for how long.
fn handler<F>(handler: F) -> F
where
    F: for<'a> Fn(&'a dyn Source, &Arguments) -> BoxFuture<'a, Result<Answered>> + Send + Sync + 'static,
{
    handler
}

/// What an answer is like, without sentences: the API's document has them, and clients that hand schemas to a model would fill its memory.
fn output<D: JsonSchema>() -> Arguments {
    let mut schema = schema_of::<Answer<D>>().to_value();
    without_sentences(&mut schema);
    match schema {
        Value::Object(mut schema) => {
            schema.remove("$schema");
            schema.remove("title");
            schema
        }
        _ => unreachable!("an answer is an object"),
    }
}

fn without_sentences(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(without_sentences),
        Value::Object(of) => {
            // A field of that name has a schema, and no text.
            of.retain(|name, value| name != "description" || !value.is_string());
            of.values_mut().for_each(without_sentences);
        }
        _ => {}
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("answers have texts as keys and no number that JSON has not")
}

/// The account, by whichever of its names, that a call is about.
pub fn account_of(given: &Arguments) -> Option<String> {
    let names = ["account", "accountId", "customerId"];
    names.iter().find_map(|name| given.get(*name)?.as_str()).map(str::to_owned)
}

fn rows(answer: &Answer<Value>) -> usize {
    answer.data.as_array().map_or(1, Vec::len)
}

fn table() -> &'static [Tool] {
    static TABLE: LazyLock<Vec<Tool>> = LazyLock::new(|| {
        vec![
            features::tool(),
            subscription::tool(),
            crm::tool(),
            events::tool(),
            accounts::tool(),
            report::tool(),
            explain::tool(),
            incidents::tool(),
            portfolio::tool(),
            task::tool(),
        ]
    });
    &TABLE
}

/// The tools, in the order of the table. `can_record`: with those that write.
pub fn listed(can_record: bool) -> impl Iterator<Item = &'static Listed> {
    table().iter().map(|tool| &tool.listed).filter(move |listed| can_record || !listed.writes)
}

/// The name that a tool is listed under, of either of its names.
///
/// # Errors
///
/// `not-found`, with the nearest name.
pub fn canonical_name(name: &str) -> Result<&'static str> {
    named(name).map(|tool| tool.listed.name)
}

fn named(name: &str) -> Result<&'static Tool> {
    table().iter().find(|tool| tool.listed.name == name || tool.dotted == Some(name)).ok_or_else(|| {
        let shown: String = name.chars().take(64).collect();
        Refusal::not_found("name", format!("there is no tool {shown:?}")).near(nearest(name, table().iter().map(|tool| tool.listed.name)))
    })
}

/// Calls a tool by either of its names.
///
/// # Errors
///
/// `not-found`: there is no such tool; `bad-request`: its arguments; else why nothing could be answered.
pub async fn call(source: &dyn Source, name: &str, given: &Arguments) -> Result<Answered> {
    (named(name)?.answer)(source, given).await
}
