//! How an account is, what needs doing, and what comes if nothing happens.

use askama::Template;

use super::{Head, Of, Shown};
use crate::api::answer::Reply;
use crate::api::problem::Result;
use crate::api::route::Call;
use crate::console::frame::{Frame, page};
use crate::console::happened::Happened;
use crate::console::links;
use crate::console::words::{self, Words};
use crate::playbook::RuleKind;
use crate::view::Date;
use crate::view::account::{
    AccountView, GapKind, IncidentView, MeasureView, OutlookView, ProductView, RecommendationKind, RecommendationView, TaskState,
};

/// Days of the outlook, alerts and plays, and recommendations that are shown here.
const DAYS: usize = 8;
const INCIDENTS: usize = 4;
const RECOMMENDATIONS: usize = 6;
/// Of one day of the outlook.
const CHANGES: usize = 6;

/// What comes on a day: a sentence each, and whether it is good news.
struct Foreseen {
    day: Date,
    changes: Vec<(String, &'static str)>,
    more: usize,
}

#[derive(Template)]
#[template(path = "account_overview.html")]
struct Page<'a> {
    frame: Frame,
    head: Head,
    w: Words<'a>,
    view: &'a AccountView,
}

pub async fn overview(call: Call<Of>) -> Result<Reply> {
    let Of { account, wait_for } = call.parameters;
    let shown = Shown::of(&call.api, &account, call.principal.visible(), wait_for.as_deref()).await?;
    let (frame, head) = (shown.frame(""), shown.head(""));
    page(&Page { frame, head, w: Words { playbook: &call.api.playbook }, view: &shown.view }, &call.headers, 1)
}

impl Page<'_> {
    /// What comes, by day, each with whether it is good news.
    fn by_day(&self) -> Vec<Foreseen> {
        let mut days: Vec<Foreseen> = Vec::new();
        for of in &self.view.outlook {
            let is_full = days.len() == DAYS;
            match days.last_mut() {
                Some(last) if last.day == of.day => last.changes.push(self.told(of)),
                _ if is_full => break,
                _ => days.push(Foreseen { day: of.day, changes: vec![self.told(of)], more: 0 }),
            }
        }
        for day in &mut days {
            // What is bad comes first of a day, and what is neither last.
            day.changes.sort_by_key(|(_, tone)| ["bad", "warn", "good", "note"].iter().position(|known| known == tone));
            day.more = day.changes.len().saturating_sub(CHANGES);
            day.changes.truncate(CHANGES);
        }
        days
    }

    /// Alerts and plays, the most urgent first.
    fn urgent(&self) -> Vec<&IncidentView> {
        let mut all: Vec<&IncidentView> = self.view.incidents.iter().collect();
        all.sort_by_cached_key(|of| words::urgency(of));
        all.truncate(INCIDENTS);
        all
    }

    /// What a recommendation is about.
    fn about(&self, of: &RecommendationView) -> String {
        match (of.kind, of.id.split_once(" to ")) {
            (RecommendationKind::Connect, Some((from, to))) => format!("{} → {}", self.w.product(from), self.w.product(to)),
            (RecommendationKind::Connect, None) => self.w.products(&of.products),
            _ => self.w.product(&of.id),
        }
    }

    fn days_left_out(&self) -> usize {
        let days: std::collections::BTreeSet<Date> = self.view.outlook.iter().map(|of| of.day).collect();
        days.len().saturating_sub(DAYS)
    }

    fn told(&self, of: &OutlookView) -> (String, &'static str) {
        let happened = Happened {
            kind: &of.output,
            product: of.product.as_deref(),
            user: of.user.as_deref(),
            rule: of.rule.as_deref(),
            from: of.from.as_deref(),
            to: of.to.as_deref(),
        };
        (happened.text(self.w), happened.tone(self.w))
    }

    /// What a play's outcome asks for, such as `active_users(30) up by 1 in 30 days`.
    fn expected(&self, expected: &str) -> String {
        let at = [" up by ", " down by "].iter().find_map(|word| expected.find(word));
        at.map_or_else(|| expected.to_owned(), |at| format!("{}{}", self.w.part(&expected[..at]), &expected[at..]))
    }

    fn measures(&self) -> Vec<(&'static str, &MeasureView)> {
        let named = [("Health", &self.view.health), ("Adoption score", &self.view.score)];
        named.into_iter().filter_map(|(name, of)| Some((name, of.as_ref()?))).collect()
    }

    /// With something left to do: features that nobody uses, or not adopted at all.
    fn with_gaps(&self) -> Vec<&ProductView> {
        self.view.products.iter().filter(|product| !product.gaps.is_empty()).collect()
    }
}
