//! What becomes of an account if nothing more happens: seen on a copy that lives on.

use super::incidents::guards_true;
use crate::engine::{AccountIndex, Clause, Conditions, Day, Effect, EffectKind, Engine, Foresight, Truth};
use crate::output::{CloudEvent, StageName, stage_name};
use crate::playbook::{HELD_DAYS, ProductIndex};
use crate::view::account::OutlookView;
use crate::view::date::Date;

/// The first of the next 92 days …
pub struct Outlook {
    /// … on which the condition of `adopted` does not hold, by product, of those of which it does now.
    pub lapses: Vec<(ProductIndex, Day)>,
    /// … on which a guardrail is not true, by its index and product, of those that are now.
    pub until: Vec<((u16, Option<ProductIndex>), Day)>,
    pub changes: Vec<OutlookView>,
}

pub fn outlook(engine: &Engine, index: AccountIndex) -> Outlook {
    let mut foresight = engine.foresight(index);
    let mut outlook = Outlook { lapses: Vec::new(), until: Vec::new(), changes: Vec::new() };
    let mut met = met(&foresight, engine);
    let mut held = guards_true(engine.playbook(), foresight.view());
    for _ in 0..HELD_DAYS {
        foresight.next_day();
        let (day, view) = (foresight.account().day, foresight.view());
        met.retain(|product| {
            let still = adopted(engine.conditions(), *product).truth(view) == Truth::True;
            if !still {
                outlook.lapses.push((*product, day));
            }
            still
        });
        if !held.is_empty() {
            let now = guards_true(engine.playbook(), view);
            held.retain(|guard| {
                let still = now.contains(guard);
                if !still {
                    outlook.until.push((*guard, day));
                }
                still
            });
        }
        outlook.changes.extend(foresight.effects().iter().map(|effect| change(engine, day, effect)));
    }
    outlook
}

/// The condition of `adopted`.
pub fn adopted(conditions: &Conditions, product: ProductIndex) -> &Clause {
    let [_, adopted, ..] = conditions.stages(product);
    adopted
}

/// Products that meet the condition of `adopted`.
fn met(foresight: &Foresight<'_>, engine: &Engine) -> Vec<ProductIndex> {
    let view = foresight.view();
    let products = (0..engine.playbook().products.len() as u16).map(ProductIndex);
    products.filter(|product| adopted(engine.conditions(), *product).truth(view) == Truth::True).collect()
}

fn change(engine: &Engine, day: Day, effect: &Effect) -> OutlookView {
    let output = CloudEvent::new(effect, engine.playbook());
    let mut change = OutlookView {
        day: Date(day),
        output: output.event_type.to_owned(),
        product: effect.product.clone(),
        user: effect.user.clone(),
        rule: None,
        from: None,
        to: None,
    };
    let text = |stage: StageName| serde_json::to_value(stage).ok().and_then(|name| name.as_str().map(str::to_owned));
    match &effect.kind {
        EffectKind::ProductStageChanged { from, to, .. } => (change.from, change.to) = (text(stage_name(*from)), text(stage_name(*to))),
        EffectKind::AccountStageChanged { from, to, .. } => {
            let name = |stage: u8| Some(engine.playbook().account_stages[usize::from(stage)].name.clone());
            (change.from, change.to) = (name(*from), name(*to));
        }
        EffectKind::BandChanged { measure, from, to, .. } => {
            change.rule = Some(measure.to_string());
            (change.from, change.to) = (from.as_deref().map(str::to_owned), to.as_deref().map(str::to_owned));
        }
        EffectKind::SegmentEntered { segment } | EffectKind::SegmentExited { segment } => change.rule = Some(segment.to_string()),
        EffectKind::MilestoneAchieved { milestone, .. } => change.rule = Some(milestone.to_string()),
        EffectKind::IncidentOpened { rule, .. }
        | EffectKind::IncidentClosed { rule, .. }
        | EffectKind::PlayUpdated { rule, .. }
        | EffectKind::PlaySuppressed { rule, .. }
        | EffectKind::PlayOutcome { rule, .. } => change.rule = Some(rule.id.clone()),
        EffectKind::CampaignMoved { campaign, .. } => change.rule = Some(campaign.to_string()),
    }
    change
}
