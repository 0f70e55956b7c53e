//! `adoption_account_report`: how an account stands, and what to do about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::features::worst_first;
use super::{Answering, Asked, Named, Tool, json};
use crate::mcp::bounds::{Draft, Paging, select};
use crate::mcp::source::Told;
use crate::output::StageName;
use crate::view::Date;
use crate::view::account::{
    AccountStageView, AccountView, ConnectionView, CriteriaView, CrossSellView, GapView, GuardrailView, IncidentView, IntegrationsView,
    JourneyView, MeasureView, MilestoneView, NotAdoptedView, OutlookView, PathView, PeersView, ProductView, QuadrantView,
    RecommendationView, SegmentView, SynergyView, ValueView, WorkflowView,
};

pub fn tool() -> Tool {
    const NAMED: Named = Named {
        name: "adoption_account_report",
        title: "How an account stands",
        description: "Stage, scores and their parts, products with criteria, gaps and reasons, connections, workflows, synergies, what could be sold, \
                      recommendations in the order of their priority, guardrails that hold back, milestones, open alerts and plays, peers, and what will \
                      be published if nothing more happens. Ask for the sections that you need. Features stand in analytics_feature_adoption.",
    };
    Tool::reading::<Wanted, Report>(NAMED, answer)
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Section {
    Elements,
    Recommendations,
    Products,
    Incidents,
    Guardrails,
    Connections,
    Workflows,
    Synergies,
    CrossSell,
    Milestones,
    Segments,
    Journey,
    Outlook,
}

const SECTIONS: [&str; 13] = [
    "elements",
    "recommendations",
    "products",
    "incidents",
    "guardrails",
    "connections",
    "workflows",
    "synergies",
    "cross_sell",
    "milestones",
    "segments",
    "journey",
    "outlook",
];

#[derive(Debug, Deserialize, JsonSchema)]
struct Wanted {
    /// The account's id.
    #[schemars(length(min = 1, max = 256))]
    account: String,
    /// Only these lists.
    #[schemars(length(max = 13))]
    sections: Option<Vec<Section>>,
    /// Begin behind so many items of the one section.
    #[schemars(range(max = 1_000_000))]
    skip: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccountReport")]
struct Report {
    account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    day: Date,
    stage: AccountStageView,
    products_entitled: u32,
    products_adopted: u32,
    /// `products_adopted` ÷ `products_entitled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    breadth: Option<Number>,
    active_users: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<MeasureView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<MeasureView>,
    quadrant: QuadrantView,
    integrations: Integrations,
    /// The value a year of the connections and cross-sells that no guardrail holds back.
    total_expansion: Number,
    path: PathView,
    /// Absent where fewer than five are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    peers: Option<PeersView>,
    /// The four elements of healthy adoption.
    #[serde(skip_serializing_if = "Option::is_none")]
    elements: Option<Vec<MeasureView>>,
    /// In the order of their priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    recommendations: Option<Vec<RecommendationView>>,
    /// The lowest stage first, then the lowest score.
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<Vec<Product>>,
    /// Open alerts and plays: what is overdue first, then what was opened first.
    #[serde(skip_serializing_if = "Option::is_none")]
    incidents: Option<Vec<IncidentView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardrails: Option<Vec<GuardrailView>>,
    /// Those that are not in place first.
    #[serde(skip_serializing_if = "Option::is_none")]
    connections: Option<Vec<ConnectionView>>,
    /// The fewest runs first.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflows: Option<Vec<WorkflowView>>,
    /// Untapped ones first.
    #[serde(skip_serializing_if = "Option::is_none")]
    synergies: Option<Vec<Synergy>>,
    /// The highest fit score first.
    #[serde(skip_serializing_if = "Option::is_none")]
    cross_sell: Option<Vec<CrossSellView>>,
    /// Those that would be of use first, then others that are not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    milestones: Option<Vec<MilestoneView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<SegmentView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journey: Option<Vec<JourneyView>>,
    /// By day.
    #[serde(skip_serializing_if = "Option::is_none")]
    outlook: Option<Vec<OutlookView>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportedIntegrations")]
struct Integrations {
    active: u32,
    possible: u32,
    /// 100 × active ÷ possible, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<Number>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportedProduct")]
struct Product {
    product: String,
    name: String,
    stage: StageName,
    /// The day on which the stage last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Date>,
    entitled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<MeasureView>,
    /// What `adopted` takes, and how far it is.
    criteria: CriteriaView,
    active_users: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_utilization: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_use: Option<Date>,
    value: ValueView,
    /// What may be used and is not: the highest impact first.
    gaps: Vec<GapView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_adopted: Option<NotAdoptedView>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportedSynergy")]
struct Synergy {
    unlocked: bool,
    #[serde(flatten)]
    synergy: SynergyView,
}

fn answer(asked: Asked<'_, Wanted>) -> Answering<'_> {
    Box::pin(async move {
        let Wanted { account, sections, skip } = asked.arguments;
        let Told { data: view, as_of } = asked.source.account(&account).await?;
        let mut data = json(&report(view));
        let wanted: Vec<&str> = sections.iter().flatten().map(|section| SECTIONS[*section as usize]).collect();
        let skip = skip.unwrap_or(0);
        select(&mut data, &SECTIONS, &wanted, skip)?;
        Ok(Draft { data, as_of, paging: Paging::Lists { asked: asked.given, skip, by_section: true } })
    })
}

fn report(view: AccountView) -> Report {
    let AccountView { mut products, mut incidents, mut workflows, mut milestones, .. } = view;
    worst_first(&mut products);
    incidents.sort_by(|a, b| (!a.overdue, &a.opened_at, &a.incident).cmp(&(!b.overdue, &b.opened_at, &b.incident)));
    workflows.sort_by_key(|workflow| workflow.runs_7d);
    milestones.sort_by_key(|milestone| (!milestone.gap, milestone.reached.is_some()));
    let IntegrationsView { active, possible, score, matrix: mut connections } = view.integrations;
    connections.sort_by_key(|connection| connection.connected);
    let untapped = view.synergies.untapped.into_iter().map(|synergy| Synergy { unlocked: false, synergy });
    let unlocked = view.synergies.unlocked.into_iter().map(|synergy| Synergy { unlocked: true, synergy });
    Report {
        account: view.account,
        name: view.name,
        day: view.day,
        stage: view.stage,
        products_entitled: view.products_entitled,
        products_adopted: view.products_adopted,
        breadth: view.breadth,
        active_users: view.active_users,
        score: view.score,
        health: view.health,
        quadrant: view.quadrant,
        integrations: Integrations { active, possible, score },
        total_expansion: view.total_expansion,
        path: view.path,
        peers: view.peers,
        elements: Some(view.elements),
        recommendations: Some(view.recommendations),
        products: Some(products.into_iter().map(product).collect()),
        incidents: Some(incidents),
        guardrails: Some(view.guardrails),
        connections: Some(connections),
        workflows: Some(workflows),
        synergies: Some(untapped.chain(unlocked).collect()),
        cross_sell: Some(view.cross_sell),
        milestones: Some(milestones),
        segments: Some(view.segments),
        journey: Some(view.journey),
        outlook: Some(view.outlook),
    }
}

fn product(product: ProductView) -> Product {
    let ProductView { mut gaps, .. } = product;
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.impact.map(|impact| impact as u8)));
    Product {
        product: product.product,
        name: product.name,
        stage: product.stage,
        since: product.since,
        entitled: product.entitled,
        score: product.score,
        criteria: product.criteria,
        active_users: product.active_users,
        seats: product.seats,
        license_utilization: product.license_utilization,
        last_use: product.last_use,
        value: product.value,
        gaps,
        not_adopted: product.not_adopted,
    }
}
