//! `adoption_portfolio`: all accounts together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging, select};
use crate::mcp::refusal::Refusal;
use crate::mcp::source::Told;
use crate::output::TargetData;
use crate::playbook::nearest;
use crate::portfolio::Figures;
use crate::view::account::VarianceView;

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "adoption_portfolio",
        title: "All accounts together",
        description: "The figures of all accounts, or of a segment: stages, adoption rates, utilization, second products, sequences, retention; how the \
                      playbook's targets stand, those that are missed first; and each segment against its benchmarks. Nothing of it tells a single account.",
    };
    Tool::reading::<Wanted, Portfolio>(NAMED, answer)
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Section {
    Targets,
    Segments,
}

const SECTIONS: [&str; 2] = ["targets", "segments"];

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// The figures of the accounts in this segment of the playbook, instead of those of all.
    #[schemars(length(min = 1, max = 256))]
    segment: Option<String>,
    /// Only these lists.
    #[schemars(length(max = 2))]
    sections: Option<Vec<Section>>,
    /// Begin behind so many items of the one section.
    #[schemars(range(max = 1_000_000))]
    skip: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PortfolioAnswer")]
struct Portfolio {
    /// The earliest of the partitions', in the playbook's zone.
    #[schemars(with = "String", extend("format" = "date"))]
    day: Value,
    /// Whose figures they are; absent of all accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<String>,
    #[schemars(with = "Figures")]
    figures: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    targets: Option<Vec<Target>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<Segment>>,
}

/// How a target of the playbook stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TargetOfPortfolio")]
struct Target {
    target: String,
    #[schemars(with = "TargetData")]
    standing: Value,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SegmentOfPortfolio")]
struct Segment {
    segment: String,
    /// How many are in it.
    #[schemars(with = "i64")]
    accounts: Value,
    /// What they reach against the segment's benchmarks.
    #[schemars(with = "Vec<VarianceView>")]
    variance: Value,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { segment, sections, skip } = asked.arguments;
        let playbook = asked.source.playbook();
        if let Some(id) = segment.as_deref().filter(|id| playbook.segments.iter().all(|segment| segment.id != **id)) {
            let near = nearest(id, playbook.segments.iter().map(|segment| &*segment.id));
            return Err(Refusal::bad_request("segment", format!("segment: the playbook has no segment {id:?}")).near(near));
        }
        let Told { data: told, as_of } = asked.source.portfolio().await?;
        let mut data = json(&portfolio(&told, segment));
        let wanted: Vec<&str> = sections.iter().flatten().map(|section| SECTIONS[*section as usize]).collect();
        let skip = skip.unwrap_or(0);
        select(&mut data, &SECTIONS, &wanted, skip)?;
        Ok(Draft { data, as_of, paging: Paging::Lists { asked: asked.given, skip, by_section: true } })
    })
}

fn portfolio(told: &Value, segment: Option<String>) -> Portfolio {
    let entries = |name: &str| told[name].as_object().into_iter().flatten();
    let mut targets: Vec<Target> = entries("targets").map(|(id, of)| Target { target: id.clone(), standing: of.clone() }).collect();
    // Missed, unknown, met.
    targets.sort_by_key(|target| target.standing["met"].as_bool().map_or(1, |met| if met { 2 } else { 0 }));
    let of_segment = |(id, figures): (&String, &Value)| Segment {
        segment: id.clone(),
        accounts: figures["accounts"].clone(),
        variance: told["variance"].get(id).cloned().unwrap_or_else(|| Value::Array(Vec::new())),
    };
    let figures = segment.as_ref().map_or(&told["figures"], |segment| &told["segments"][segment]);
    Portfolio {
        day: told["day"].clone(),
        figures: figures.clone(),
        segment,
        targets: Some(targets),
        segments: Some(entries("segments").map(of_segment).collect()),
    }
}
