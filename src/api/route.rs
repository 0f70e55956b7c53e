//! A row of the table of routes: what makes both the router and the OpenAPI document.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::access::{Principal, Scope};
use super::answer::{FORM, HTML, IntoReply, JSON, Reply};
use super::problem::{Kind, Problem, Result};
use super::{Api, parameters};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Any principal.
    Nothing,
    Scope(Scope),
    /// Another process of the group.
    Peer,
}

pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A body, as the document has it.
#[derive(Clone, Copy)]
pub struct Content {
    pub media: &'static str,
    pub schema: SchemaOf,
}

/// A request that may be answered.
pub struct Asked {
    pub api: Arc<Api>,
    pub principal: Principal,
    /// Names and values that the path holds.
    pub path: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A request whose parameters are read.
pub struct Call<P> {
    pub api: Arc<Api>,
    pub principal: Principal,
    /// Of path and query.
    pub parameters: P,
    pub headers: HeaderMap,
    pub body: Bytes,
}

type Answering = Pin<Box<dyn Future<Output = Result<Reply>> + Send>>;

pub struct Route {
    pub method: Method,
    /// With `{name}` for what a segment may be.
    pub path: &'static str,
    /// What generated clients call it.
    pub id: &'static str,
    pub summary: &'static str,
    pub doc: &'static str,
    pub needs: Needs,
    /// Whether programs send it that say nothing of where they come from, as no page in a browser does.
    pub by_programs: bool,
    pub status: u16,
    /// A struct whose fields are those of path and query, its schema without references.
    pub parameters: Schema,
    pub body: Option<Content>,
    pub answer: Content,
    /// What the answer may be beside it, each a text.
    pub other_media: &'static [&'static str],
    /// The answer has an `ETag`.
    pub is_tagged: bool,
    /// Beside those that every route has.
    pub errors: Vec<Kind>,
    pub handler: Box<dyn Fn(Asked) -> Answering + Send + Sync>,
}

impl Route {
    /// A question. Its scope is `read` unless [`Route::needs`] says otherwise.
    pub fn get<P, A, F>(path: &'static str, id: &'static str, handler: fn(Call<P>) -> F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        A: IntoReply + JsonSchema,
        F: Future<Output = Result<A>> + Send + 'static,
    {
        Self::made(Method::Get, path, id, handler)
    }

    /// A change of state, with the scope `write` unless [`Route::needs`] says otherwise. `B` is what its body is like.
    pub fn post<P, B, A, F>(path: &'static str, id: &'static str, handler: fn(Call<P>) -> F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: JsonSchema,
        A: IntoReply + JsonSchema,
        F: Future<Output = Result<A>> + Send + 'static,
    {
        let route = Self::made(Method::Post, path, id, handler);
        Self {
            needs: Needs::Scope(Scope::Write),
            body: Some(Content { media: JSON, schema: |schemas| schemas.subschema_for::<B>() }),
            ..route
        }
    }

    /// A page for people, which is no part of the document. What a form leaves empty is as if it was not sent.
    pub fn page<P, F>(path: &'static str, handler: fn(Call<P>) -> F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        let route = Self::shaped(Method::Get, path, "page", |_| Schema::default(), handler);
        let answering = route.handler;
        let handler = move |mut asked: Asked| -> Answering {
            asked.query.retain(|(_, value)| !value.is_empty());
            answering(asked)
        };
        Self { handler: Box::new(handler), ..route }.media(HTML)
    }

    /// What a page's form sends, its fields read as those of a query are. It answers with where to go on.
    pub fn form<P, F>(path: &'static str, handler: fn(Call<P>) -> F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        let route = Self::page(path, handler);
        let answering = route.handler;
        let handler = move |mut asked: Asked| -> Answering {
            match parameters::of_form(&asked.body) {
                Ok(fields) => {
                    asked.query.extend(fields);
                    answering(asked)
                }
                Err(problem) => Box::pin(std::future::ready(Err(problem))),
            }
        };
        let body = Content { media: FORM, schema: |_| Schema::default() };
        Self { method: Method::Post, body: Some(body), handler: Box::new(handler), ..route }.needs(Needs::Scope(Scope::Write)).status(303)
    }

    fn made<P, A, F>(method: Method, path: &'static str, id: &'static str, handler: fn(Call<P>) -> F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        A: IntoReply + JsonSchema,
        F: Future<Output = Result<A>> + Send + 'static,
    {
        Self::shaped(method, path, id, |schemas| schemas.subschema_for::<A>(), handler)
    }

    fn shaped<P, A, F>(method: Method, path: &'static str, id: &'static str, answer: SchemaOf, handler: fn(Call<P>) -> F) -> Self
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        A: IntoReply,
        F: Future<Output = Result<A>> + Send + 'static,
    {
        let schema = parameters::schema::<P>();
        let known = schema.clone();
        let handler = move |asked: Asked| -> Answering {
            let Asked { api, principal, path, query, headers, body } = asked;
            match parameters::read(&known, &path, &query) {
                Ok(parameters) => {
                    let answer = handler(Call { api, principal, parameters, headers, body });
                    Box::pin(async move { Ok(answer.await?.into_reply()) })
                }
                Err(problem) => Box::pin(std::future::ready(Err(problem))),
            }
        };
        Self {
            method,
            path,
            id,
            summary: "",
            doc: "",
            needs: Needs::Scope(Scope::Read),
            by_programs: false,
            status: 200,
            parameters: schema,
            body: None,
            answer: Content { media: JSON, schema: answer },
            other_media: &[],
            is_tagged: A::IS_TAGGED,
            errors: Vec::new(),
            handler: Box::new(handler),
        }
    }

    /// One line, and sentences for those who want to know more.
    pub fn says(self, summary: &'static str, doc: &'static str) -> Self {
        Self { summary, doc, ..self }
    }

    pub fn needs(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }

    /// Programs send it as well as pages.
    pub fn by_programs(self) -> Self {
        Self { by_programs: true, ..self }
    }

    /// The status of success, where that is not 200.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Problems beside those that every route may answer with.
    pub fn errors(mut self, errors: &[Kind]) -> Self {
        self.errors.extend(errors);
        self
    }

    /// It asks partitions, of which some may not answer.
    pub fn asks_partitions(self) -> Self {
        self.errors(&[Kind::PartitionRestoring, Kind::PartitionUnowned, Kind::PeerUnreachable])
    }

    /// The content type of the answer, where that is not JSON.
    pub fn media(self, media: &'static str) -> Self {
        Self { answer: Content { media, ..self.answer }, ..self }
    }

    /// Content types that it may have as well, on request.
    pub fn or_media(self, other_media: &'static [&'static str]) -> Self {
        Self { other_media, ..self }
    }

    /// All problems that it may answer with, each once, in the order of [`Kind::ALL`].
    pub fn problems(&self) -> Vec<Kind> {
        let mut problems = vec![Kind::Unauthenticated, Kind::Forbidden, Kind::BadRequest, Kind::TooLarge, Kind::TooBusy];
        problems.extend(&self.errors);
        problems.sort();
        problems.dedup();
        problems
    }

    /// Problems of the whole API for what no route answers.
    pub fn none(path: &str, routes: &[Route]) -> Problem {
        let paths = routes.iter().map(|route| route.path);
        let path: String = path.chars().take(200).collect();
        let path = path.as_str();
        Problem::not_found(format!("there is no {path}; /openapi.json lists what there is")).near(super::problem::nearest(path, paths))
    }
}
