//! How the service is: its partitions, and the records that were of no use.

use askama::Template;

use super::frame::{AsOf, Frame, Section, page};
use super::words;
use crate::api::access::Scope;
use crate::api::answer::Reply;
use crate::api::ask::{Gathered, What, of_all};
use crate::api::partitions::{DeadLetterRow, PartitionRow};
use crate::api::problem::Result;
use crate::api::route::{Call, Route};
use crate::api::routes::NoParameters;
use crate::ops::board::DEAD_LETTERS_MAX;

pub fn routes() -> Vec<Route> {
    vec![Route::page("/operations", operations)]
}

/// The state of a partition that has nothing left to be restored.
const RUNNING: &str = "running";

#[derive(Template)]
#[template(path = "operations.html")]
struct Page<'a> {
    frame: Frame,
    partitions: Vec<PartitionRow>,
    /// `None`: whoever asks may not see them.
    dead_letters: Option<Vec<DeadLetterRow>>,
    principal: &'a str,
    scopes: String,
    owner: Option<&'a str>,
    instance: &'a str,
    version: &'static str,
    playbook: &'a str,
}

async fn operations(call: Call<NoParameters>) -> Result<Reply> {
    let (api, principal) = (&call.api, &call.principal);
    let visible = principal.visible();
    let Gathered { parts, as_of, incomplete } = of_all::<Vec<PartitionRow>>(api, What::Partitions, &visible).await?;
    let mut partitions: Vec<PartitionRow> = parts.into_iter().flatten().collect();
    partitions.sort_by_key(|row| row.partition);
    let dead_letters = match principal.scopes.has(Scope::Ops) {
        true => {
            let Gathered { parts, .. } = of_all::<Vec<DeadLetterRow>>(api, What::DeadLetters, &visible).await?;
            let mut letters: Vec<DeadLetterRow> = parts.into_iter().flatten().collect();
            letters.sort_by(|left, right| right.time.cmp(&left.time));
            letters.truncate(DEAD_LETTERS_MAX);
            Some(letters)
        }
        false => None,
    };
    let rows = partitions.len();
    let page_of = Page {
        frame: Frame::new("Operations", Section::Operations, AsOf::of(&as_of, &incomplete)),
        partitions,
        dead_letters,
        principal: &principal.name,
        scopes: principal.scopes.listed().into_iter().map(Scope::name).collect::<Vec<_>>().join(", "),
        owner: principal.owner.as_deref(),
        instance: &api.connection.instance_id,
        version: env!("CARGO_PKG_VERSION"),
        playbook: &api.playbook.digest,
    };
    page(&page_of, &call.headers, rows)
}

impl Page<'_> {
    /// `None`: it is not known before the partition runs.
    fn lag(&self, row: &PartitionRow) -> Option<i64> {
        let is_known = row.state == RUNNING || !row.lag.is_empty();
        is_known.then(|| row.lag.values().sum())
    }

    /// `None`: it is not known yet.
    fn left(&self, row: &PartitionRow) -> Option<i64> {
        let parts = [row.restore_remaining, row.redo_remaining];
        let is_known = row.state == RUNNING || parts.iter().any(Option::is_some);
        is_known.then(|| parts.iter().flatten().sum())
    }
}
