//! A page that says what is wrong, and what to do.

use askama::Template;

use super::frame::{AsOf, Frame, Section, to_go};
use crate::api::answer::{HTML, Reply};
use crate::api::problem::{Kind, Problem};

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    frame: Frame,
    problem: &'a Problem,
    what: &'static str,
    remedy: &'static str,
    /// A parameter of a list, and what is wrong at which of its characters.
    progress: Vec<String>,
    /// Seconds after which the script asks again.
    retry: Option<u32>,
}

pub fn page(problem: &Problem) -> Reply {
    let (what, remedy) = said(problem.kind);
    let progress = problem.progress.iter().map(|progress| {
        let state = progress.state.as_deref().unwrap_or("with no process at the moment");
        format!("Partition {}: {state}{}", progress.partition, to_go(progress))
    });
    let frame = Frame::new(what, Section::Nowhere, AsOf::default());
    let page = Page { frame, problem, what, remedy, progress: progress.collect(), retry: problem.retry_after() };
    let text = page.render().unwrap_or_else(|_| problem.detail.replace(['<', '&'], " "));
    Reply::text(HTML, text)
}

/// What it is called, and what whoever reads it can do.
fn said(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Unauthenticated => {
            ("Please sign in", "The service does not know who you are. Come in through the address that your team uses.")
        }
        Kind::Forbidden => ("This is not for you to see", "Ask whoever runs the service for the scope that is named above."),
        Kind::NotFound => {
            ("There is nothing here", "It may have another name, or be somebody else’s. Search for it above, or look among the accounts.")
        }
        Kind::MethodNotAllowed => ("This address takes no such request", "Go back and use the page’s own links and buttons."),
        Kind::BadRequest => ("This cannot be understood", "Go back and mend what is named above."),
        Kind::TooBroad => ("That is too much at once", "Narrow it down by a condition."),
        Kind::TooLarge => ("That is too large", "Ask for fewer rows or columns."),
        Kind::TooBusy => ("Too much is asked at once", "Try again in a moment."),
        Kind::PartitionRestoring => {
            ("Just a moment: this account is being brought back", "Nothing is lost. Its history is read again; the page comes by itself.")
        }
        Kind::PartitionUnowned => {
            ("Just a moment: this account is moving", "Another process is about to take it over; the page comes by itself.")
        }
        Kind::PeerUnreachable => {
            ("A part of the service does not answer", "The page tries again by itself. If this goes on, tell whoever runs the service.")
        }
        Kind::BrokersUnreachable => {
            ("The brokers do not answer", "The page tries again by itself. If this goes on, tell whoever runs the service.")
        }
        Kind::NotYet => ("It has not come through yet", "What you sent was taken. Load the page again in a moment."),
    }
}
