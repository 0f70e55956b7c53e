//! Bands, segments and milestones.

use super::{At, Context, Judge};
use crate::engine::account::{Account, BandState, MilestoneState, SegmentState, Stage};
use crate::engine::day::{Day, NEVER};
use crate::engine::effect::{Effect, EffectKind, evidence};
use crate::engine::names::NameId;
use crate::engine::plan::{Band, Truth, UNKNOWN, family};
use crate::engine::subject::Subject;

impl Judge {
    /// On day boundaries alone: what moves from hour to hour has no band by the hour.
    pub(super) fn judge_bands(&mut self, at: At<'_>, account: &mut Account, effects: &mut Vec<Effect>) {
        if account.is_closed() {
            return;
        }
        for band in &at.context.plan.bands {
            let Some(now) = self.band_now(account, band) else { continue };
            let before = account.band_told(band);
            if before == now {
                continue;
            }
            account.bands.retain(|known| (known.measure, known.product) != (band.measure, band.product));
            account.bands.extend(now.map(|now| BandState { measure: band.measure, product: band.product, band: now }));
            account.unsaved.verdicts = true;
            let text = |name: NameId| at.context.names.text(name).into();
            let kind = EffectKind::BandChanged {
                measure: at.context.playbook.measures[usize::from(band.measure)].id.as_str().into(),
                from: before.map(text),
                to: now.map(text),
                value: at.context.view(account).measure(band.measure, band.product),
            };
            let subject = band.product.map_or(Subject::Account, Subject::Product);
            effects.push(at.effect(account, subject, Vec::new(), kind));
        }
    }

    /// The band in which a measure lies; `None`: it is not judged, as its product has no stage. What was published of it is forgotten then.
    fn band_now(&self, account: &Account, band: &Band) -> Option<Option<NameId>> {
        let has_stage = |index| account.product(index).is_some_and(|product| product.stage != Stage::None);
        if !band.product.is_none_or(has_stage) {
            return None;
        }
        let at = self.slot_reader(account, None)(band.group, band.slot);
        Some((at != UNKNOWN).then(|| band.names[band.from.partition_point(|from| *from <= at).saturating_sub(1)]))
    }

    /// Whether a measure is in another band than the one that is published, which is told with the next day.
    pub(super) fn bands_wait(&self, context: Context<'_>, account: &Account) -> bool {
        context.plan.bands.iter().any(|band| self.band_now(account, band).is_some_and(|now| now != account.band_told(band)))
    }

    pub(super) fn judge_segment(&mut self, at: At<'_>, account: &mut Account, number: u32, index: u16, effects: &mut Vec<Effect>) {
        let segment = &at.context.playbook.segments[usize::from(index)];
        let instance = &at.context.plan.instances[number as usize];
        if at.late {
            account.withhold();
            return;
        }
        let place = account.segments.binary_search_by_key(&index, |known| known.segment);
        let before = place.map_or(SegmentState { segment: index, is_in: false, since: NEVER }, |place| account.segments[place]);
        let mut after = SegmentState { since: NEVER, ..before };
        let mut turned = false;
        if !account.is_closed() {
            let when = instance.open.node.evaluate(&self.slot_reader(account, None));
            let turns = when == if before.is_in { Truth::False } else { Truth::True };
            if turns {
                let since = if before.since == NEVER { account.day } else { before.since };
                let days = if before.is_in { segment.clear_days } else { segment.for_days };
                turned = account.day >= since + Day::from(days);
                after = SegmentState { is_in: before.is_in != turned, since: if turned { NEVER } else { since }, ..before };
            }
        }
        if after == before {
            return;
        }
        account.unsaved.verdicts = true;
        if after.since != NEVER {
            account.due = account.due.min(account.day + 1);
        }
        match (place, after.is_in || after.since != NEVER) {
            (Ok(place), true) => account.segments[place] = after,
            (Ok(place), false) => _ = account.segments.remove(place),
            (Err(place), true) => account.segments.insert(place, after),
            (Err(_), false) => {}
        }
        if turned {
            let evidence = evidence(at.context.view(account), &instance.open.comparisons);
            let id = segment.id.as_str().into();
            let kind = if after.is_in { EffectKind::SegmentEntered { segment: id } } else { EffectKind::SegmentExited { segment: id } };
            effects.push(at.effect(account, Subject::Account, evidence, kind));
            self.verdict_changed(at, account, Subject::Account);
        }
    }

    pub(super) fn judge_milestone(&mut self, at: At<'_>, account: &mut Account, number: u32, index: u16, effects: &mut Vec<Effect>) {
        let instance = &at.context.plan.instances[number as usize];
        let product = instance.subject.product();
        let is_known = |known: &MilestoneState| (known.milestone, known.product) == (index, product);
        let has_stage = product.is_none_or(|index| account.product(index).is_some_and(|product| product.stage != Stage::None));
        if account.is_closed() || !has_stage || account.milestones.iter().any(is_known) {
            return;
        }
        if instance.open.node.evaluate(&self.slot_reader(account, None)) != Truth::True {
            return;
        }
        account.milestones.push(MilestoneState { milestone: index, product, day: account.day });
        account.unsaved.verdicts = true;
        let evidence = evidence(at.context.view(account), &instance.open.comparisons);
        let milestone = at.context.playbook.milestones[usize::from(index)].id.as_str().into();
        // Of a record that says who a user has turned out to be, that one.
        let user = at.named.first().map(|user| account.users.id(account.users.merged(*user)).into());
        effects.push(at.effect(account, instance.subject, evidence, EffectKind::MilestoneAchieved { milestone, user }));
        self.verdict_changed(at, account, instance.subject);
    }

    /// What reads verdicts as they stand is looked at again: it comes later in the order of outputs. Of a product only its own are read, and those
    /// of its account.
    pub(super) fn verdict_changed(&mut self, at: At<'_>, account: &mut Account, subject: Subject) {
        const VERDICTS: u32 = family::VERDICTS;
        let plan = at.context.plan;
        for position in 0..account.products.len() {
            let Some(index) = account.products[position].index else { continue };
            if subject != Subject::Account && subject.product() != Some(index) {
                continue;
            }
            let group = &plan.products[usize::from(index.0)];
            if (group.all_families | group.daily_families) & VERDICTS != 0 && !account.products[position].slots.is_empty() {
                account.note_dirty(position, VERDICTS, group);
                let change = super::ProductChange { position, families: VERDICTS, feature: None, quantity: 0, feature_users: false };
                self.refresh_product(at.context, account, change, index);
            }
        }
        if (plan.account.all_families | plan.account.daily_families | plan.users.families_beyond) & VERDICTS != 0
            && !account.slots.is_empty()
        {
            self.refresh_account(at.context, account, VERDICTS, 0);
        }
        if at.looks {
            self.look(at.context, account);
        }
        if plan.users.all_reads & VERDICTS != 0 {
            self.refresh_asked_users(at, account, VERDICTS);
        }
    }
}
