//! A running service, asked by its HTTP API.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::client::client;

/// How long an answer may take.
const TIME: Duration = Duration::from_secs(30);
/// Where the token stands.
pub const TOKEN: &str = "ADOPTION_TRACKER_TOKEN";

#[derive(Clone, Debug, Args)]
pub struct RemoteArgs {
    /// Ask a running service by its HTTP API, as http://127.0.0.1:9596, in place of a file. A token comes from the environment variable
    /// ADOPTION_TRACKER_TOKEN
    #[arg(long, value_name = "URL", conflicts_with_all = ["input", "playbook", "sort", "config", "set"])]
    pub api: Option<String>,
    /// CA certificates (PEM) that the service's certificate is signed by; without it, those that the system trusts
    #[arg(long, value_name = "FILE", requires = "api")]
    pub api_ca: Option<PathBuf>,
}

pub struct Remote {
    pub agent: ureq::Agent,
    /// Without a slash at its end.
    pub url: String,
    pub token: Option<String>,
}

/// What the service says.
#[derive(Debug, Deserialize)]
pub struct Told<T> {
    pub data: T,
    #[serde(default)]
    pub next_page_token: Option<String>,
}

/// Of a problem, what a reader needs.
#[derive(Debug, Deserialize)]
struct Problem {
    title: String,
    detail: String,
    #[serde(default)]
    nearest: Option<String>,
    #[serde(default)]
    position: Option<String>,
}

/// What was asked for, or that there is no such account, in words.
pub type Found<T> = Result<Told<T>, String>;

impl RemoteArgs {
    /// `None`: a file is meant.
    ///
    /// # Errors
    ///
    /// A URL or a file that cannot be used.
    pub fn open(&self) -> anyhow::Result<Option<Remote>> {
        let Some(url) = &self.api else { return Ok(None) };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            bail!("--api: expected a URL, as http://127.0.0.1:9596, found `{url}`");
        }
        let agent = client(self.api_ca.as_deref()).context("--api-ca")?.timeout_global(Some(TIME)).build().new_agent();
        Ok(Some(Remote {
            agent,
            url: url.trim_end_matches('/').to_owned(),
            token: std::env::var(TOKEN).ok().filter(|token| !token.is_empty()),
        }))
    }
}

impl Remote {
    /// Asks for something of an account, by the last part of its path.
    ///
    /// # Errors
    ///
    /// The service does not answer, or not with what was asked for.
    pub fn of_account<T: DeserializeOwned>(&self, account: &str, part: &str, query: &[(&str, Option<&str>)]) -> anyhow::Result<Found<T>> {
        self.get(&format!("/v1/accounts/{}{part}", utf8_percent_encode(account, NON_ALPHANUMERIC)), query)
    }

    /// Asks for a path.
    ///
    /// # Errors
    ///
    /// As [`Remote::of_account`].
    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, Option<&str>)]) -> anyhow::Result<Found<T>> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in query.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            request = request.query(name, value);
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().with_context(|| self.url.clone())?;
        let status = response.status().as_u16();
        let text = response.body_mut().read_to_string().with_context(|| self.url.clone())?;
        if status == 200 {
            return Ok(Ok(serde_json::from_str(&text).with_context(|| format!("{}: its answer", self.url))?));
        }
        let Ok(problem) = serde_json::from_str::<Problem>(&text) else { bail!("{}: it answers {status}", self.url) };
        if status == 404 && problem.position.as_deref() == Some("account") {
            return Ok(Err(problem.detail));
        }
        let mut told = format!("{}: {}: {}", self.url, problem.title, problem.detail);
        if let Some(nearest) = problem.nearest.filter(|nearest| !problem.detail.contains(&format!("`{nearest}`"))) {
            write!(told, "; did you mean `{nearest}`?").expect("a text takes it");
        }
        if status == 401 && self.token.is_none() {
            write!(told, " ({TOKEN} is not set)").expect("a text takes it");
        }
        bail!(told)
    }

    /// What was published about an account, the newest first, for as long as `goes_on` says of an event that it does.
    ///
    /// # Errors
    ///
    /// As [`Remote::of_account`].
    pub fn history(&self, account: &str, mut goes_on: impl FnMut(Value) -> bool) -> anyhow::Result<Result<(), String>> {
        let mut token: Option<String> = None;
        loop {
            let query = [("page_size", Some("500")), ("page_token", token.as_deref())];
            let page: Told<Vec<Value>> = match self.of_account(account, "/history", &query)? {
                Ok(page) => page,
                Err(none) => return Ok(Err(none)),
            };
            let has_ended = page.data.into_iter().any(|event| !goes_on(event));
            token = page.next_page_token;
            if has_ended || token.is_none() {
                return Ok(Ok(()));
            }
        }
    }
}
