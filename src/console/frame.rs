//! What every page has around it: its title, where it is among the others, and of when it is.

use std::io::Write as _;

use askama::Template;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use axum::http::{HeaderName, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::links::{Link, encoded};
use super::words::{counted, instant};
use crate::api::answer::{Content, HTML, Incomplete, Reply};
use crate::api::problem::{Kind, Problem, Progress, Result};
use crate::view::PartitionAsOf;

/// The pages that lead to all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Today,
    Accounts,
    Users,
    Incidents,
    Playbook,
    Operations,
    Nowhere,
}

pub const SECTIONS: [(Section, &str, &str); 6] = [
    (Section::Today, "/", "Today"),
    (Section::Accounts, "/accounts", "Accounts"),
    (Section::Users, "/users", "Users"),
    (Section::Incidents, "/incidents", "Alerts and plays"),
    (Section::Playbook, "/playbook", "Playbook"),
    (Section::Operations, "/operations", "Operations"),
];

/// A page older than this says so, unless nothing was left to be read.
const STALE_SECONDS: i64 = 60;

pub struct Frame {
    pub title: String,
    pub section: Section,
    /// Where outputs are told that may change the page; empty: nowhere.
    pub changes: String,
    pub as_of: AsOf,
}

/// Of when a page is, and which accounts it lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsOf {
    /// Up to where the accounts have lived.
    pub clock: Option<String>,
    pub partitions: usize,
    /// How long ago the state was committed that the page shows, where more is still to be read.
    pub behind_seconds: Option<i64>,
    pub missing: Vec<String>,
}

impl AsOf {
    pub fn of(as_of: &[PartitionAsOf], incomplete: &[Incomplete]) -> Self {
        Self::at(as_of, incomplete, Timestamp::now())
    }

    fn at(as_of: &[PartitionAsOf], incomplete: &[Incomplete], now: Timestamp) -> Self {
        let read = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        let behind = as_of.iter().filter(|as_of| !as_of.caught_up).filter_map(|as_of| read(&as_of.committed_at)).min();
        Self {
            // Partitions without events have no clock.
            clock: as_of.iter().filter_map(|as_of| read(&as_of.clock)).max().map(|clock| instant(&clock.to_string())),
            partitions: as_of.len(),
            behind_seconds: behind.map(|at| now.as_second() - at.as_second()).filter(|behind| *behind > 0),
            missing: incomplete.iter().map(missing).collect(),
        }
    }

    /// It is so old that whoever reads it should know.
    pub fn is_stale(&self) -> bool {
        self.behind_seconds.is_some_and(|seconds| seconds > STALE_SECONDS)
    }
}

/// How much of a partition's restore is left, where that is known.
pub fn to_go(progress: &Progress) -> String {
    let left = progress.remaining_records.filter(|left| *left > 0);
    left.map(|left| format!(", {} to go", counted(left.unsigned_abs(), "record"))).unwrap_or_default()
}

fn missing(incomplete: &Incomplete) -> String {
    let progress = &incomplete.progress;
    let left = to_go(progress);
    let state = progress.state.as_deref().unwrap_or_default();
    let of = |kind: Kind| incomplete.reason == kind.name();
    let what = match () {
        () if of(Kind::PartitionRestoring) => format!("is being restored ({state}{left})"),
        () if of(Kind::PartitionUnowned) => "belongs to no process at the moment".to_owned(),
        () if of(Kind::PeerUnreachable) => "is with a process that does not answer".to_owned(),
        () => "is too busy to answer".to_owned(),
    };
    format!("Partition {} {what}.", progress.partition)
}

impl Frame {
    pub fn new(title: impl Into<String>, section: Section, as_of: AsOf) -> Self {
        Self { title: title.into(), section, changes: String::new(), as_of }
    }

    /// Says so when something was published, of one account or of all.
    pub fn with_changes(self, account: Option<&str>) -> Self {
        let of = account.map(|account| format!("?account={}", encoded(account))).unwrap_or_default();
        Self { changes: format!("/v1/changes{of}"), ..self }
    }

    pub fn sections(&self) -> [(&'static str, &'static str, bool); 6] {
        SECTIONS.map(|(section, path, name)| (path, name, section == self.section))
    }
}

/// Below this it is not worth the time.
const COMPRESSED_FROM: usize = 1_024;

/// A page, compressed for who takes that.
pub fn page(template: &impl Template, headers: &HeaderMap, rows: usize) -> Result<Reply> {
    let text = template.render().map_err(|error| Problem::bad_request(format!("the page cannot be put together: {error}")))?;
    Ok(compressed(Reply { rows, ..Reply::text(HTML, text) }, headers))
}

pub fn compressed(mut reply: Reply, headers: &HeaderMap) -> Reply {
    let takes = headers.get(ACCEPT_ENCODING).and_then(|takes| takes.to_str().ok()).is_some_and(|takes| takes.contains("gzip"));
    if let Content::Whole(body) = &mut reply.body
        && takes
        && body.len() >= COMPRESSED_FROM
    {
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::new(5));
        if encoder.write_all(body).is_ok()
            && let Ok(short) = encoder.finish()
        {
            *body = short;
            reply.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    reply.headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    reply
}

/// To another page, after a form was sent.
pub fn see(link: &Link, account: &str) -> Reply {
    let mut reply = Reply::text(HTML, String::new());
    if let Ok(location) = HeaderValue::from_str(&link.text()) {
        reply.headers.insert(HeaderName::from_static("location"), location);
    }
    Reply { account: Some(account.to_owned()), ..reply }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_how_old_it_is_only_where_more_is_to_be_read() {
        let now: Timestamp = "2026-04-14T09:30:00Z".parse().expect("an instant");
        let of = |caught_up, committed: &str| PartitionAsOf {
            partition: 0,
            offsets: Default::default(),
            clock: Some("2026-04-14T00:00:00Z".to_owned()),
            committed_at: Some(committed.to_owned()),
            caught_up,
        };
        let table = [
            (vec![of(true, "2026-04-14T08:00:00Z")], None, false),
            (vec![of(false, "2026-04-14T09:29:00Z")], Some(60), false),
            (vec![of(false, "2026-04-14T09:28:59Z"), of(false, "2026-04-14T09:29:59Z")], Some(61), true),
        ];
        for (as_of, behind, is_stale) in table {
            let told = AsOf::at(&as_of, &[], now);
            assert_eq!((told.behind_seconds, told.is_stale()), (behind, is_stale));
            assert_eq!(told.clock.as_deref(), Some("14 Apr 2026, 00:00 UTC"));
        }
    }

    #[test]
    fn what_is_missing_is_said_with_its_progress() {
        let progress = Progress { partition: 3, state: Some("restoring".to_owned()), remaining_records: Some(48_120) };
        let missing = |reason: Kind| AsOf::of(&[], &[Incomplete { reason: reason.name().to_owned(), progress: progress.clone() }]).missing;
        assert_eq!(missing(Kind::PartitionRestoring), ["Partition 3 is being restored (restoring, 48,120 records to go)."]);
        assert_eq!(missing(Kind::PartitionUnowned), ["Partition 3 belongs to no process at the moment."]);
    }
}
