//! How an account's products belong together, and how it stands beside other accounts.

use super::ask::Asked;
use crate::engine::{NameId, integer};
use crate::playbook::{Of, ProductIndex, Segment};
use crate::view::account::{ConnectionView, IntegrationsView, PeerView, PeersView, SegmentView, WorkflowView};
use crate::view::fleet::{Fleet, FleetSegment, variance};

/// What stands where a workflow has no runs.
const UNTAPPED: &str = "untapped";
/// Of fewer accounts nothing is told.
const PEERS_MIN: i64 = 5;

pub fn integrations(asked: &Asked<'_>) -> IntegrationsView {
    let (plan, entitled) = (asked.view.plan, asked.view.entitled().map(|(index, _)| index).collect::<Vec<_>>());
    let products = || (0..asked.playbook.products.len() as u16).map(ProductIndex);
    let name = |index: ProductIndex| NameId(index.0.into());
    let mut matrix = Vec::new();
    for (from, to) in products().flat_map(|from| products().map(move |to| (from, to))).filter(|(from, to)| from != to) {
        let is_entitled = entitled.contains(&from) && entitled.contains(&to);
        let in_catalogue = plan.integrations.is_empty() || plan.integrations.contains(&(from, to));
        // The names of the playbook's products are its product indexes.
        let connected = asked.account().connections.contains(&(name(from), name(to)));
        let possible = is_entitled && in_catalogue;
        if possible || connected {
            matrix.push(ConnectionView { from: asked.product_id(from), to: asked.product_id(to), connected, possible });
        }
    }
    IntegrationsView {
        active: asked.count(Of::Account, None, "integrations_active", None) as u32,
        possible: asked.count(Of::Account, None, "integrations_possible", None) as u32,
        score: asked.figure(Of::Account, None, "integration_score", None),
        matrix,
    }
}

pub fn workflows(asked: &Asked<'_>) -> Vec<WorkflowView> {
    let view = |workflow: &crate::playbook::Workflow| {
        let runs = asked.number_of(&asked.reading_named(Of::Account, None, ("workflow_runs", &workflow.id), 7));
        let runs_7d = runs.and_then(integer).map_or(0, |runs| runs as u64);
        WorkflowView {
            workflow: workflow.id.clone(),
            products: workflow.products.iter().map(|index| asked.product_id(*index)).collect(),
            runs_7d,
            label: if runs_7d == 0 { Some(UNTAPPED.to_owned()) } else { workflow.label.clone() },
        }
    };
    asked.playbook.workflows.iter().map(view).collect()
}

fn segments_in<'a>(asked: &Asked<'a>) -> impl Iterator<Item = &'a Segment> {
    let account = asked.account();
    asked.playbook.segments.iter().zip(0..).filter(|(_, index)| account.is_in(*index)).map(|(segment, _)| segment)
}

pub fn segments(asked: &Asked<'_>, fleet: Option<&Fleet>) -> Vec<SegmentView> {
    let view = |segment: &Segment| SegmentView { segment: segment.id.clone(), variance: variance(segment, fleet) };
    segments_in(asked).map(view).collect()
}

/// What the fleet says of the first of the account's segments with benchmarks.
pub fn peers_of<'f>(asked: &Asked<'_>, fleet: &'f Fleet) -> Option<(String, FleetSegment<'f>)> {
    let segment = segments_in(asked).find(|segment| !segment.benchmarks.is_empty())?;
    let known = fleet.segment(&segment.id)?;
    (known.accounts() >= PEERS_MIN).then(|| (segment.id.clone(), known))
}

pub fn peers(asked: &Asked<'_>, fleet: &Fleet) -> Option<PeersView> {
    let (segment, known) = peers_of(asked, fleet)?;
    let mut figures = vec![("products_adopted".to_owned(), asked.figure(Of::Account, None, "products_adopted", None))];
    for element in &asked.playbook.view.elements {
        let view = asked.measure(*element, None);
        figures.push((view.measure, view.value));
    }
    figures.push(("integration_score".to_owned(), asked.figure(Of::Account, None, "integration_score", None)));
    let peer = |(figure, account): (String, Option<serde_json::Number>)| PeerView {
        mean: known.mean(&figure),
        top_quartile: known.top_quartile(&figure),
        account,
        figure,
    };
    Some(PeersView { segment, accounts: known.accounts() as u64, figures: figures.into_iter().map(peer).collect() })
}
