//! Asking other processes of the group.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use serde::{Deserialize, Serialize};

use super::super::Api;
use super::super::answer::{Incomplete, JSON};
use super::super::client::client;
use super::super::problem::{Kind, Progress};
use super::{Findings, Inquiry, WAIT_FOR, What};
use crate::config::Api as Settings;

/// Where one process asks another.
pub const PATH: &str = "/internal/v1/query";
/// Who is silent for so long does not answer.
const SILENCE: Duration = Duration::from_secs(2);
/// How long an answer with all rows may take.
const WHOLE: Duration = Duration::from_secs(60);
/// What an answer may have.
const BYTES_MAX: u64 = 1 << 30;

/// What one process asks another.
#[derive(Debug, Serialize, Deserialize)]
pub struct PeerQuery {
    /// Those that it has, as far as the one that asks knows.
    pub partitions: Vec<i32>,
    pub inquiry: Inquiry,
}

/// How other processes are asked.
pub struct Peers {
    agent: ureq::Agent,
    /// `None`: nobody would answer.
    token: Option<String>,
    /// Who did not answer when asked last, so that the log says it once.
    silent: Mutex<BTreeSet<String>>,
}

impl Peers {
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let token = settings.peer_token_file.as_ref().map(std::fs::read_to_string).transpose().context("api.peer_token_file")?;
        let client = client(settings.peer_ca_location.as_deref()).context("api.peer_ca_location")?;
        // Whoever is of the group is reached directly.
        let agent = client.proxy(None).timeout_connect(Some(SILENCE / 2)).build().new_agent();
        Ok(Self { agent, token: token.map(|token| token.trim().to_owned()), silent: Mutex::default() })
    }

    fn ask(&self, url: &str, query: &PeerQuery) -> anyhow::Result<Findings> {
        let token = self.token.as_deref().ok_or_else(|| anyhow!("api.peer_token_file is not set"))?;
        let request = self.agent.post(format!("{}{PATH}", url.trim_end_matches('/'))).header("authorization", format!("Bearer {token}"));
        let request = request.config().timeout_global(Some(query.inquiry.patience())).build();
        let mut response = request.content_type(JSON).send(&serde_json::to_vec(query)?)?;
        ensure!(response.status() == 200, "it answers {}", response.status());
        let body = response.body_mut().with_config().limit(BYTES_MAX).read_to_vec()?;
        serde_json::from_slice(&body).context("its answer")
    }
}

impl Inquiry {
    fn patience(&self) -> Duration {
        match &self.what {
            What::Account { wait_for: Some(_), .. } => SILENCE + WAIT_FOR,
            What::Lists(asked) if asked.iter().any(|asked| asked.is_whole()) => WHOLE,
            What::Crm => WHOLE,
            _ => SILENCE,
        }
    }
}

/// What another process says of its partitions.
pub(super) async fn ask(api: &Arc<Api>, url: String, partitions: Vec<i32>, inquiry: &Inquiry) -> Findings {
    let (of, query) = (Arc::clone(api), PeerQuery { partitions: partitions.clone(), inquiry: inquiry.clone() });
    let asked = url.clone();
    let said = tokio::task::spawn_blocking(move || of.peers.ask(&asked, &query)).await;
    let mut silent = api.peers.silent.lock().unwrap_or_else(PoisonError::into_inner);
    match said.map_err(anyhow::Error::from).flatten() {
        Ok(findings) => {
            if silent.remove(&url) {
                tracing::info!(url, "another process of the group answers again");
            }
            findings
        }
        Err(error) => {
            if silent.insert(url.clone()) {
                tracing::warn!(url, "another process of the group does not answer: {error:#}");
            }
            Findings { incomplete: partitions.into_iter().map(unreachable).collect(), ..Findings::default() }
        }
    }
}

fn unreachable(partition: i32) -> Incomplete {
    let progress = Progress { partition, state: None, remaining_records: None };
    Incomplete { reason: Kind::PeerUnreachable.name().to_owned(), progress }
}
