//! The stages of products and of the account.

use super::{At, Judge, ProductChange};
use crate::engine::account::{Account, Stage};
use crate::engine::day::NEVER;
use crate::engine::effect::{Effect, EffectKind, Evidence, evidence};
use crate::engine::metric::{derive_stage, entitled_stage};
use crate::engine::plan::{Truth, family};
use crate::engine::subject::Subject;
use crate::playbook::{Ladder, ProductIndex};

impl Judge {
    /// Whether any changed.
    pub(super) fn judge_stages(&mut self, at: At<'_>, account: &mut Account, effects: &mut Vec<Effect>) -> bool {
        let before = effects.len();
        while let Some(index) = self.stages.take_first() {
            let index = ProductIndex(index as u16);
            let Some(position) = account.products.iter().position(|product| product.index == Some(index)) else { continue };
            self.judge_stage(at, account, position, index, effects);
        }
        if before < effects.len() {
            at.context.memo.forget_numbers();
        }
        // Only now, since every product's condition sees the stages before: it may not read them, but slots may be shared.
        for effect in &effects[before..] {
            let Some(index) = effect.product.as_deref().and_then(|id| at.context.playbook.product(id)) else { continue };
            let Some(position) = account.products.iter().position(|product| product.index == Some(index)) else { continue };
            let change = ProductChange { position, families: family::STAGE, feature: None, quantity: 0, feature_users: false };
            account.note_dirty(position, family::STAGE, &at.context.plan.products[usize::from(index.0)]);
            self.refresh_product(at.context, account, change, index);
        }
        let changed = before < effects.len();
        if changed {
            if !account.slots.is_empty() {
                self.refresh_account(at.context, account, family::STAGE, 0);
            }
            self.stages_moved(at, account);
        }
        changed
    }

    pub(super) fn judge_stage(
        &mut self,
        at: At<'_>,
        account: &mut Account,
        position: usize,
        index: ProductIndex,
        effects: &mut Vec<Effect>,
    ) {
        let playbook = at.context.playbook;
        let today = account.day;
        let (entitled, ended) = entitled_stage(account, position);
        let conditions = &at.context.plan.stages[usize::from(index.0)];
        let holds = {
            let slot_of = self.slot_reader(account, None);
            conditions.each_ref().map(|condition| condition.node.evaluate(&slot_of) == Truth::True)
        };
        let derived = if ended { Stage::None } else { derive_stage(playbook.ladder == Ladder::Cumulative, entitled, holds) };
        let product = &mut account.products[position];
        let current = product.stage;
        if derived >= current {
            if product.below_since != NEVER {
                product.below_since = NEVER;
                account.unsaved.verdicts = true;
            }
            if derived == current {
                return;
            }
        } else if at.late {
            account.withhold();
            return;
        } else if !ended {
            if product.below_since == NEVER {
                product.below_since = today;
                account.unsaved.verdicts = true;
                account.due_by(position, today + 1);
            }
            let product = &account.products[position];
            if today < product.below_since + i32::from(playbook.hold_days) {
                return;
            }
        }
        let product = &mut account.products[position];
        product.stage = derived;
        product.stage_changed = today;
        product.below_since = NEVER;
        if derived >= Stage::Adopted && product.adopted_day == NEVER {
            product.adopted_day = today;
        }
        if derived < Stage::Adopted && current >= Stage::Adopted {
            product.lost_day = today;
        }
        account.unsaved.verdicts = true;
        if (derived == Stage::None) != (current == Stage::None) {
            account.bands.retain(|band| band.product != Some(index));
            at.context.plan.instances_of[usize::from(index.0)].iter().for_each(|&instance| self.instances.mark(instance));
        }
        let decisive = if derived > current {
            (derived > Stage::Entitled).then(|| &conditions[derived as usize - 2])
        } else if entitled {
            // Down: the lowest condition up to the old stage that does not hold.
            (0..(current as usize).saturating_sub(1)).find(|&step| !holds[step]).map(|step| &conditions[step])
        } else {
            None
        };
        let evidence = decisive.map(|condition| evidence(at.context.view(account), &condition.comparisons)).unwrap_or_default();
        let in_force = account.products[position].facts.entitlements.is_entitled();
        let kind = EffectKind::ProductStageChanged { from: current, to: derived, entitled: in_force };
        effects.push(at.effect(account, Subject::Product(index), evidence, kind));
    }

    pub(super) fn judge_account_stage(&mut self, at: At<'_>, account: &mut Account, effects: &mut Vec<Effect>) {
        let stages = &at.context.playbook.account_stages;
        let adopted = account.products_adopted();
        let reached = at.context.playbook.account_stage(adopted) as u8;
        let current = account.stage;
        if reached == current {
            return;
        }
        account.stage = reached;
        account.stage_changed = account.day;
        account.unsaved.verdicts = true;
        // Up: the bound reached. Down: the lowest bound no longer held, which is the next one above.
        let bound = stages[usize::from(if reached > current { reached } else { reached + 1 })].from;
        let evidence =
            Evidence { metric: "products_adopted".into(), value: adopted.into(), operator: ">=", threshold: bound.into(), window: None };
        let adoption_order = account.adoption_order();
        let kind = EffectKind::AccountStageChanged { from: current, to: reached, products_adopted: adopted, adoption_order };
        effects.push(at.effect(account, Subject::Account, vec![evidence], kind));
        at.context.memo.forget_numbers();
        self.refresh_account(at.context, account, family::ACCOUNT_STAGE, 0);
        self.stages_moved(at, account);
    }

    /// What is looked at daily, and what rules ask of users, may read stages, which are others than when it was looked at.
    fn stages_moved(&mut self, at: At<'_>, account: &mut Account) {
        if at.looks {
            self.look(at.context, account);
        }
        const STAGES: u32 = family::STAGE | family::ACCOUNT_STAGE;
        if at.context.plan.users.all_reads & STAGES != 0 {
            self.refresh_asked_users(at, account, STAGES);
        }
    }
}
