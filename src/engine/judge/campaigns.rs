//! Campaigns: what one user is written to about, and whether that brought about what it was for.

use super::plays::tokens;
use super::{At, Judge};
use crate::engine::account::Account;
use crate::engine::day::{Day, NEVER};
use crate::engine::effect::{CampaignStep, CauseRef, Effect, EffectKind, Evidence, evidence};
use crate::engine::facts::UserIndex;
use crate::engine::plan::Truth;
use crate::engine::plays::{CampaignKey, UnderWay};
use crate::engine::subject::Subject;
use crate::playbook::Campaign;

impl Judge {
    /// Judges a campaign of one user.
    pub(super) fn judge_campaign(&mut self, at: At<'_>, account: &mut Account, number: u32, key: CampaignKey, effects: &mut Vec<Effect>) {
        let instance = &at.context.plan.instances[number as usize];
        if instance.is_daily && !at.looks {
            return;
        }
        let campaign = &at.context.playbook.campaigns[usize::from(key.campaign)];
        let is_judged = !account.is_closed() && account.is_present(key.user);
        let under_way = account.plays.as_ref().map_or(Err(0), |plays| plays.under_way(key));
        if let Ok(place) = under_way {
            let step = if is_judged { self.step(at, account, number, place, campaign) } else { None };
            if step.is_none() && is_judged {
                return;
            }
            let under_way = account.plays_mut().under_way.remove(place);
            account.unsaved.verdicts = true;
            self.rest(account, key, campaign);
            if let Some(step) = step {
                let goal = instance.clear.as_ref().map_or(&[] as &[_], |goal| &goal.comparisons);
                let evidence = evidence(at.context.view(account).of_user(key.user), goal);
                effects.push(at.campaign_moved(account, campaign, under_way, step, evidence));
            }
            return;
        }
        let last = account.plays.as_ref().map_or(NEVER, |plays| plays.last_triggered(key));
        let may = is_judged && (last == NEVER || account.day >= last + Day::from(campaign.cooldown_days));
        if !may || instance.open.node.evaluate(&self.slot_reader(account, Some(key.user))) != Truth::True {
            return;
        }
        if at.late {
            account.withhold();
            return;
        }
        let view = at.context.view(account).of_user(key.user);
        let (evidence, tokens) = (evidence(view, &instance.open.comparisons), tokens(view, &instance.attached));
        let tokens = tokens.map(|tokens| tokens.to_string().into());
        let under_way = UnderWay { key, triggered_ms: at.time_ms, triggered_day: account.day, tokens };
        effects.push(at.campaign_moved(account, campaign, under_way.clone(), CampaignStep::Triggered, evidence));
        let day = account.day;
        let plays = account.plays_mut();
        plays.trigger(key, day);
        if let Err(place) = plays.under_way(key)
            && campaign.goal.is_some()
        {
            plays.under_way.insert(place, under_way);
        }
        account.unsaved.verdicts = true;
        // What is due next is found with the next day.
        account.due = account.due.min(day + 1);
    }

    /// What has become of a campaign under way; `None`: nothing yet.
    fn step(&self, at: At<'_>, account: &Account, number: u32, place: usize, campaign: &Campaign) -> Option<CampaignStep> {
        let UnderWay { key, triggered_day, .. } = account.plays.as_ref()?.under_way[place];
        let goal = at.context.plan.instances[number as usize].clear.as_ref()?;
        if goal.node.evaluate(&self.slot_reader(account, Some(key.user))) == Truth::True {
            return Some(CampaignStep::Reached);
        }
        let ends = triggered_day + Day::from(campaign.goal_days);
        (matches!(at.cause, CauseRef::Day(_)) && account.day >= ends).then_some(CampaignStep::Missed)
    }

    /// A campaign is over: where it may be triggered again on this very day, its user is to be looked at again.
    fn rest(&self, account: &mut Account, key: CampaignKey, campaign: &Campaign) {
        let today = account.day;
        let plays = account.plays_mut();
        if today >= plays.last_triggered(key) + Day::from(campaign.cooldown_days) {
            plays.is_restless = true;
            account.due = account.due.min(today + 1);
        }
    }

    /// Whoever has a campaign under way is looked at, as its goal may be reached though nothing moves; and so is whoever may be triggered again.
    pub(super) fn mark_campaigns_of(&mut self, at: At<'_>, account: &Account, user: UserIndex) {
        let Some(plays) = account.plays.as_ref().filter(|plays| !plays.triggered.is_empty()) else { return };
        for (number, campaign) in at.context.plan.of_campaign.iter().zip(0..) {
            let key = CampaignKey { campaign, user };
            let is_over = || (plays.is_restless || at.looks) && plays.last_triggered(key) != NEVER;
            if plays.under_way(key).is_ok() || is_over() {
                self.mark_of_user(account, *number, user);
            }
        }
    }

    /// A day has begun: campaigns under way are looked at, and such as may be triggered again.
    pub(super) fn mark_campaigns(&mut self, at: At<'_>, account: &mut Account) {
        let Some(mut plays) = account.plays.take() else { return };
        plays.is_restless = false;
        let of_campaign = &at.context.plan.of_campaign;
        for under_way in &plays.under_way {
            self.mark_of_user(account, of_campaign[usize::from(under_way.key.campaign)], under_way.key.user);
        }
        let before = plays.triggered.len();
        let today = account.day;
        let (under_way, triggered) = (&plays.under_way, &mut plays.triggered);
        triggered.retain(|(key, day)| {
            let campaign = &at.context.playbook.campaigns[usize::from(key.campaign)];
            let rests =
                today < *day + Day::from(campaign.cooldown_days) || under_way.binary_search_by_key(key, |under_way| under_way.key).is_ok();
            if !rests {
                self.mark_of_user(account, of_campaign[usize::from(key.campaign)], key.user);
            }
            rests
        });
        // A Vec keeps the room that it once had, which all accounts would pay for.
        if triggered.capacity() > 2 * triggered.len() {
            triggered.shrink_to_fit();
        }
        account.unsaved.verdicts |= plays.triggered.len() < before;
        account.plays = Some(plays);
    }
}

impl At<'_> {
    fn campaign_moved(&self, account: &Account, campaign: &Campaign, of: UnderWay, step: CampaignStep, evidence: Vec<Evidence>) -> Effect {
        let UnderWay { key, triggered_ms, tokens, .. } = of;
        let kind = EffectKind::CampaignMoved { campaign: campaign.id.as_str().into(), step, triggered_ms, tokens };
        let at = At { time_ms: self.time_ms.max(triggered_ms), ..*self };
        at.effect(account, Subject::User(key.user), evidence, kind)
    }
}
