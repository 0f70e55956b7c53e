//! The tools of a service, called over HTTP one by one. Which there are, the service says, and what it answers is passed on as it is.

use std::borrow::Cow;
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ResultType,
    ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::super::remote::{self, TOKEN};
use crate::mcp::{Refusal, Server, VERSIONS, told_error};

/// What it may have: what the listener sends at most.
const BYTES_MAX: u64 = 4 * 1024 * 1024;

#[derive(Clone)]
pub struct Remote(Arc<Service>);

struct Service {
    agent: ureq::Agent,
    url: String,
    token: Option<String>,
}

/// Why there is no result.
enum Failure {
    /// The service refused, or cannot be reached.
    Refused(Refusal),
    /// An error of the protocol, which it told.
    Protocol(ErrorData),
}

impl Remote {
    pub fn new(service: remote::Remote) -> Self {
        let remote::Remote { agent, url, token } = service;
        Self(Arc::new(Service { agent, url: format!("{url}/mcp"), token }))
    }

    async fn ask<T: DeserializeOwned + Send + 'static>(&self, method: &'static str, parameters: Value) -> Result<T, Failure> {
        let service = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || service.ask(method, &parameters)).await;
        let result = asked.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        serde_json::from_value(result).map_err(|error| self.0.unreachable(&error))
    }
}

impl Service {
    fn ask(&self, method: &str, parameters: &Value) -> Result<Value, Failure> {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
        let request = self.agent.post(&self.url).header("accept", "application/json, text/event-stream");
        let request = request.header("mcp-protocol-version", ProtocolVersion::V_2025_11_25.as_str());
        let request = match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        let sent = request.content_type("application/json").send(message.to_string());
        let mut response = sent.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(BYTES_MAX).read_to_vec().map_err(|error| self.unreachable(&error))?;
        let mut body: Map<String, Value> = serde_json::from_slice(&body).unwrap_or_default();
        if let Some(result) = body.remove("result") {
            return Ok(result);
        }
        if let Some(error) = body.remove("error").and_then(|error| serde_json::from_value(error).ok()) {
            return Err(Failure::Protocol(error));
        }
        Err(Failure::Refused(self.refused(status, &body)))
    }

    /// A problem of the HTTP API, in its own words.
    fn refused(&self, status: u16, problem: &Map<String, Value>) -> Refusal {
        let text = |name: &str| problem.get(name).and_then(Value::as_str).map(str::to_owned);
        let name =
            text("type").and_then(|kind| kind.rsplit('/').next().map(str::to_owned)).unwrap_or_else(|| "peer-unreachable".to_owned());
        let mut detail = text("detail").unwrap_or_else(|| format!("{} answers {status}, and is no adoption-tracker", self.url));
        if status == 401 {
            detail = format!("{detail}; the environment variable {TOKEN} is {}", if self.token.is_some() { "set" } else { "not set" });
        }
        Refusal { position: text("position"), nearest: text("nearest"), ..Refusal::new(&name, detail) }
    }

    fn unreachable(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::Refused(Refusal::new("peer-unreachable", format!("{}: {error}", self.url)))
    }
}

impl ServerHandler for Remote {
    fn get_info(&self) -> ServerConfig {
        Server::describe()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(&VERSIONS)
    }

    async fn list_tools(&self, _: Option<PaginatedRequestParams>, _: RequestContext<RoleServer>) -> Result<ListToolsResult, ErrorData> {
        let listed: Result<ListToolsResult, Failure> = self.ask("tools/list", json!({})).await;
        match listed {
            Ok(mut listed) => {
                listed.result_type = Some(ResultType::COMPLETE);
                Ok(listed)
            }
            Err(Failure::Protocol(error)) => Err(error),
            Err(Failure::Refused(refusal)) => Err(ErrorData::internal_error(format!("{}: {}", refusal.problem, refusal.detail), None)),
        }
    }

    async fn call_tool(&self, request: CallToolRequestParams, _: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> {
        let parameters = json!({"name": request.name, "arguments": request.arguments.unwrap_or_default()});
        match self.ask::<CallToolResult>("tools/call", parameters).await {
            // The revision that the service is asked by has no types of results; for agents that speak it they are taken out again.
            Ok(mut result) => {
                result.result_type = Some(ResultType::COMPLETE);
                Ok(result.into())
            }
            Err(Failure::Protocol(error)) => Err(error),
            Err(Failure::Refused(refusal)) => Ok(told_error(&refusal).into()),
        }
    }
}
