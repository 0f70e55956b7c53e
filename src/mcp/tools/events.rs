//! `analytics_query_events`: what an account did, day by day.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging, select};
use crate::mcp::refusal::{Refusal, Result};
use crate::mcp::source::Told;
use crate::playbook::{HELD_DAYS, nearest};
use crate::view::Date;
use crate::view::account::ConnectionView;
use crate::view::timeline::{By, Series, Timeline};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "analytics_query_events",
        title: "Events day by day",
        description: "How often an account did something on each day of a period that ends with its day. `workflow_complete`: runs of workflows across \
                      products; `integration_use`: the connections between its products, of which no days are held; `cross_product_action`: both; any \
                      other name: the use of that feature, of each product that has it.",
    };
    Tool::reading::<Wanted, Events>(NAMED, answer).also("analytics.query_events")
}

/// Names that stand for more than a feature.
const WORKFLOWS: &str = "workflow_complete";
const CONNECTIONS: &str = "integration_use";
const BOTH: &str = "cross_product_action";

/// Where nothing is said.
const DAYS: u16 = 30;
const _: () = assert!(HELD_DAYS == 92, "the sentence of `period` tells of as many");

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Section {
    Events,
    Connections,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account_id: String,
    /// `workflow_complete`, `integration_use`, `cross_product_action`, or ids of features; without it, these three.
    #[schemars(length(max = 25), inner(length(min = 1, max = 256)))]
    events: Option<Vec<String>>,
    /// So many days, such as 7d; 30d unless it says otherwise, 92d at most.
    #[schemars(length(min = 2, max = 3))]
    period: Option<String>,
    /// Only these lists.
    #[schemars(length(max = 2))]
    sections: Option<Vec<Section>>,
    /// Begin behind so many items of the one section.
    #[schemars(range(max = 1_000_000))]
    skip: Option<u32>,
}

const SECTIONS: [&str; 2] = ["events", "connections"];

#[derive(Serialize, JsonSchema)]
struct Events {
    account: String,
    granularity: Granularity,
    /// The first day.
    from: Date,
    /// The account's day, the last.
    to: Date,
    /// A series for each workflow, or feature of a product.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<Counted>>,
    /// Pairs of products that are connected, or could be: those that are not first.
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<Vec<ConnectionView>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Granularity {
    Day,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EventSeries")]
struct Counted {
    /// The name that it was asked for by.
    event: String,
    /// Of a feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// The workflow or the feature.
    id: String,
    /// A count for each day, the earliest first.
    daily: Vec<Option<Number>>,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { account_id, events, period, sections, skip } = asked.arguments;
        let days = days(period.as_deref())?;
        let events = events.unwrap_or_else(|| [BOTH, CONNECTIONS, WORKFLOWS].map(str::to_owned).into());
        let asks = |names: &[&str]| events.iter().any(|event| names.contains(&event.as_str()));
        let mut told = Vec::new();
        if asks(&[WORKFLOWS, BOTH]) {
            let event = if asks(&[WORKFLOWS]) { WORKFLOWS } else { BOTH };
            told.push((asked.source.timeline(&account_id, By::Workflow, days).await?, vec![event.to_owned()]));
        }
        let features: Vec<String> =
            events.iter().filter(|event| ![WORKFLOWS, CONNECTIONS, BOTH].contains(&event.as_str())).cloned().collect();
        if !features.is_empty() {
            told.push((asked.source.timeline(&account_id, By::Feature, days).await?, features));
        }
        let account = asked.source.account(&account_id).await?;
        let connections = asks(&[CONNECTIONS, BOTH]).then_some(account.data.integrations.matrix);
        // Where nothing is told by day, of the account's own day.
        let whole = (Date(account.data.day.0 - i32::from(days) + 1), account.data.day);
        let (mut as_of, mut range, mut series) = (account.as_of, whole, None::<Vec<Counted>>);
        for (Told { data: timeline, as_of: of }, wanted) in told {
            as_of = as_of.and(of);
            range = (timeline.from, timeline.to);
            series.get_or_insert_default().extend(counted(timeline, &wanted)?);
        }
        let connections = connections.map(|mut connections| {
            connections.sort_by_key(|connection| connection.connected);
            connections
        });
        let (from, to) = range;
        let mut data =
            json(&Events { account: account.data.account, granularity: Granularity::Day, from, to, events: series, connections });
        let wanted: Vec<&str> = sections.iter().flatten().map(|section| SECTIONS[*section as usize]).collect();
        let skip = skip.unwrap_or(0);
        select(&mut data, &SECTIONS, &wanted, skip)?;
        Ok(Draft { data, as_of, paging: Paging::Lists { asked: asked.given, skip, by_section: true } })
    })
}

fn days(period: Option<&str>) -> Result<u16> {
    let Some(period) = period else { return Ok(DAYS) };
    let days = period.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=HELD_DAYS as u16).contains(days));
    days.ok_or_else(|| Refusal::bad_request("period", format!("period: expected 1d to {HELD_DAYS}d, found {period:?}")))
}

/// The series of a timeline that are wanted: of workflows all, of features those that were named.
fn counted(timeline: Timeline, wanted: &[String]) -> Result<Vec<Counted>> {
    let by_feature = timeline.by == By::Feature;
    let ids: BTreeSet<String> = timeline.series.iter().filter_map(|series| series.id.clone()).collect();
    if let Some((place, unknown)) = wanted.iter().enumerate().find(|(_, event)| by_feature && !ids.contains(*event)) {
        let names = ids.iter().map(String::as_str).chain([WORKFLOWS, CONNECTIONS, BOTH]);
        let detail = format!("events[{place}]: {unknown:?} is no feature of the catalogue, and none that the account used in the period");
        return Err(Refusal::bad_request(&format!("events[{place}]"), detail).near(nearest(unknown, names)));
    }
    let of = |series: Series| {
        let id = series.id?;
        let event = if by_feature { wanted.iter().find(|event| **event == id)?.clone() } else { wanted.first()?.clone() };
        Some(Counted { event, product: series.product, id, daily: series.daily })
    };
    Ok(timeline.series.into_iter().filter_map(of).collect())
}
