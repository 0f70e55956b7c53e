//! Makes the account view: the one place where it is computed.

mod ask;
mod daily;
mod expansion;
mod features;
mod incidents;
mod outlook;
mod people;
mod product;
mod relations;

use serde_json::Number;

use super::account::{
    AccountStageView, AccountView, IncidentView, JourneyState, JourneyTarget, JourneyView, MeasureView, NextStage, PathView, ProfileView,
    Quadrant, QuadrantView,
};
use super::date::Date;
use super::fleet::Fleet;
use crate::engine::metric::path_followed;
use crate::engine::{Account, AccountIndex, Engine, NEVER, Stage, Twelve, is_half, plain_number};
use crate::output::StageName;
use crate::playbook::{Of, ProductIndex};
pub use ask::Asked;
pub use daily::{daily, levels, rows_of};

/// An account as it stands on its day. `fleet`: what is known of all accounts together, for its peers.
pub fn account_view(engine: &Engine, index: AccountIndex, fleet: Option<&Fleet>) -> AccountView {
    let asked = Asked::new(engine, index);
    let outlook = outlook::outlook(engine, index);
    let products = product::products(&asked, &outlook.lapses);
    let integrations = relations::integrations(&asked);
    let peers = fleet.and_then(|fleet| relations::peers(&asked, fleet));
    let expansion = expansion::expansion(&asked, &products, &integrations, fleet);
    let playbook = asked.playbook;
    let account = asked.account();
    AccountView {
        account: account.id.as_str().to_owned(),
        name: account.profile.as_ref().and_then(|profile| profile.name.clone()),
        day: Date(account.day),
        began: Date(account.began),
        profile: profile(&asked),
        stage: account_stage(&asked),
        products_entitled: asked.count(Of::Account, None, "products_entitled", None) as u32,
        products_adopted: account.products_adopted(),
        breadth: asked.figure(Of::Account, None, "breadth", None),
        active_users: asked.count(Of::Account, None, "active_users", None),
        score: playbook.view.account_score.map(|measure| asked.measure(measure, None)),
        health: playbook.view.health.map(|measure| asked.measure(measure, None)),
        elements: elements(&asked),
        quadrant: quadrant(&asked),
        journey: journey(&asked, &expansion.cross_sell),
        products,
        integrations,
        workflows: relations::workflows(&asked),
        synergies: expansion.synergies,
        cross_sell: expansion.cross_sell,
        total_expansion: expansion.total,
        recommendations: expansion.recommendations,
        guardrails: incidents::guardrails(&asked, &outlook.until),
        milestones: incidents::milestones(&asked),
        incidents: incidents::open(&asked),
        campaigns: incidents::campaigns(&asked),
        personas: people::personas(&asked),
        segments: relations::segments(&asked, fleet),
        path: path(&asked),
        users: people::users(&asked),
        peers,
        outlook: outlook.changes,
        playbook: playbook.digest.clone(),
    }
}

/// Open alerts and plays of an account, in the order of outputs.
pub fn incident_views(engine: &Engine, index: AccountIndex) -> Vec<IncidentView> {
    incidents::open(&Asked::new(engine, index))
}

fn elements(asked: &Asked<'_>) -> Vec<MeasureView> {
    asked.playbook.view.elements.iter().map(|measure| asked.measure(*measure, None)).collect()
}

fn profile(asked: &Asked<'_>) -> ProfileView {
    let account = asked.account();
    let told = account.profile.as_deref().cloned().unwrap_or_default();
    let contract = told.contract.unwrap_or_default();
    let last_touchpoint = account.signals.as_ref().and_then(|signals| Date::known(signals.last_touchpoint));
    ProfileView {
        owner: told.owner,
        account_executive: told.account_executive,
        success_role: told.success_role,
        industry: told.industry,
        region: told.region,
        employees: told.employees,
        use_cases: told.use_cases,
        time_zone: told.time_zone,
        parent: told.parent,
        ids: told.ids.unwrap_or_default(),
        onboarding_completed: told.onboarding_completed.map(Date),
        contract_starts: contract.starts.map(Date),
        renewal: contract.renewal.map(Date),
        arr: contract.arr.and_then(Number::from_f64),
        mrr: asked.figure(Of::Account, None, "mrr", None),
        last_touchpoint,
        closed: told.closed.map(Date),
        churned: asked.holds(Of::Account, None, "churned"),
    }
}

fn account_stage(asked: &Asked<'_>) -> AccountStageView {
    let account = asked.account();
    let stages = &asked.playbook.account_stages;
    // Until it is judged by an edited playbook it may have a stage that there is no longer.
    let place = usize::from(account.stage).min(stages.len() - 1);
    let stage = &stages[place];
    AccountStageView {
        stage: stage.name.clone(),
        since: Date(if account.stage_changed == NEVER { account.began } else { account.stage_changed }),
        churn_risk: stage.churn_risk.clone(),
        priority: stage.priority.clone(),
        action: stage.action.clone(),
        next: stages.get(place + 1).map(|next| NextStage { stage: next.name.clone(), products_adopted: next.from }),
    }
}

fn quadrant(asked: &Asked<'_>) -> QuadrantView {
    let breadth = asked.number(Of::Account, None, "breadth", None);
    let adopted = asked.named_products().filter(|(_, product)| product.stage >= Stage::Adopted);
    let shares = adopted.filter_map(|(index, _)| asked.number(Of::Product, Some(index), "feature_share", None)).filter_map(Twelve::of);
    let depth = Twelve::mean(shares);
    let quadrant = match (is_half(breadth), is_half(depth)) {
        (true, true) => Quadrant::BroadDeep,
        (true, false) => Quadrant::BroadShallow,
        (false, true) => Quadrant::NarrowDeep,
        (false, false) => Quadrant::NarrowShallow,
    };
    QuadrantView { quadrant, breadth: breadth.and_then(plain_number), depth: depth.and_then(plain_number) }
}

fn path(asked: &Asked<'_>) -> PathView {
    let order: Vec<ProductIndex> = asked.account().adoption_order().into_iter().map(|(_, product)| product).collect();
    let followed = path_followed(&asked.view.plan.paths, &order);
    PathView {
        adopted: order.iter().map(|product| asked.product_id(*product)).collect(),
        path: followed.map(|(path, _)| asked.playbook.paths[path].id.clone()),
        shared: followed.map_or(0, |(_, shared)| shared as u32),
        next_product: asked.text(Of::Account, None, "next_product"),
    }
}

fn journey(asked: &Asked<'_>, cross_sell: &[super::account::CrossSellView]) -> Vec<JourneyView> {
    let of = |(product, index): (&crate::playbook::Product, u16)| {
        let state = match asked.stage(ProductIndex(index)) {
            Stage::Proficient | Stage::Integrated => JourneyState::Mature,
            Stage::Activated | Stage::Adopted => JourneyState::Growing,
            Stage::Entitled => JourneyState::Unused,
            Stage::None => JourneyState::ManualOrCompetitor,
        };
        let is_offered = cross_sell.iter().any(|offered| offered.product == product.id);
        // A stage may be held for some days after the account is entitled to the product no more.
        let target = match state {
            _ if is_offered => Some(JourneyTarget::New),
            JourneyState::Unused => Some(JourneyTarget::Activate),
            _ => None,
        };
        JourneyView { problem: product.problem.clone(), product: product.id.clone(), name: product.name.clone(), state, target }
    };
    asked.playbook.products.iter().zip(0..).map(of).collect()
}

/// As outputs name it.
fn stage_name(account: &Account, index: ProductIndex) -> StageName {
    crate::output::stage_name(account.product(index).map_or(Stage::None, |product| product.stage))
}
