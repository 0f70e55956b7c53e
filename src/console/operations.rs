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
    fn lag(&self, row: &PartitionRow) -> i64 {
        row.lag.values().sum()
    }

    fn left(&self, row: &PartitionRow) -> Option<i64> {
        let left = row.restore_remaining.unwrap_or(0) + row.redo_remaining.unwrap_or(0);
        (left > 0).then_some(left)
    }
}
