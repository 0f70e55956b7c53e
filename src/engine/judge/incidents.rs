//! Alerts and plays: what opens, what closes, what waits to.

use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_128;

use super::{At, Judge};
use crate::engine::account::{Account, IncidentState, Leftover, OpenIncident, Stage};
use crate::engine::day::NEVER;
use crate::engine::effect::{Cause, CloseReason, Effect, EffectKind, Opening, evidence};
use crate::engine::evaluate::View;
use crate::engine::facts::Standing;
use crate::engine::plan::{Item, Judged, Truth};
use crate::engine::subject::{IncidentKey, Subject};
use crate::playbook::{Rule, RuleKind};

impl Judge {
    /// Judges a rule of one subject.
    pub(super) fn judge_rule(&mut self, at: At<'_>, account: &mut Account, number: u32, subject: Subject, effects: &mut Vec<Effect>) {
        let instance = &at.context.plan.instances[number as usize];
        let Item::Rule(index) = instance.item else { return };
        let key = IncidentKey { rule: index, subject };
        let rule = &at.context.playbook.rules[usize::from(index)];
        let is_play = rule.head.kind == RuleKind::Play;
        if is_play {
            self.judge_outcomes(at, account, instance, key, effects);
            if !at.looks && account.is_held_back(key) {
                return;
            }
        }
        self.refresh_put_off(at.context, account, &instance.deferrable);
        let found = account.incidents.binary_search_by_key(&key, |(key, _)| *key);
        // Most rules that share a constant with the one that is met are far from open: nothing is remembered of them, and nothing is to be.
        let closed = account.is_closed();
        if found.is_err() && (closed || instance.open.node.evaluate(&self.slot_reader(account, subject.user())) != Truth::True) {
            return;
        }
        let applies = !closed && is_judged_of(account, rule, subject);
        let today = account.day;
        let mut after =
            found.map_or(IncidentState::EMPTY, |found| std::mem::replace(&mut account.incidents[found].1, IncidentState::EMPTY));
        // An incident is opened or closed here and never replaced by another.
        let told = |state: &IncidentState| (state.since, state.last_clear, state.open.is_some());
        let before = told(&after);
        let is_worked = after.open.as_ref().is_some_and(|open| Self::work_task(at, account, key, open, effects));
        let mut is_held_back = false;
        if !applies {
            after.since = NEVER;
            let reason = if closed { CloseReason::AccountClosed } else { CloseReason::NoLongerApplies };
            at.close(account, key, &mut after, reason, None, effects);
            account.forget_worked_off(key);
        } else {
            let (open, clear) = {
                let slot_of = self.slot_reader(account, subject.user());
                let open = instance.open.node.evaluate(&slot_of);
                (open, instance.clear.as_ref().map_or(!open, |clear| clear.node.evaluate(&slot_of)))
            };
            if open != Truth::True {
                account.forget_worked_off(key);
            }
            if is_worked {
                after.since = NEVER;
                at.close(account, key, &mut after, CloseReason::TasksDone, None, effects);
                if open == Truth::True {
                    account.note_worked_off(key);
                }
            } else if clear == Truth::True && after.open.is_some() && !has_held(&mut after, account, rule.clear_days) {
                // It stays open until that has been so for long enough.
            } else if clear == Truth::True {
                after.since = NEVER;
                let decisive = instance.clear.as_ref().unwrap_or(&instance.open);
                at.close(account, key, &mut after, CloseReason::Condition, Some(decisive), effects);
            } else if after.open.is_some() && at.late {
                if after.since != NEVER {
                    account.withhold();
                }
            } else if after.open.is_some() || open != Truth::True || account.is_worked_off(key) {
                after.since = NEVER;
            } else if at.late {
                account.withhold();
                is_held_back = true;
            } else {
                let held = has_held(&mut after, account, rule.for_days);
                let cooled = after.last_clear == NEVER || today >= after.last_clear + i32::from(rule.cooldown_days);
                let guards = if cooled && held { Self::guards(at, account, instance) } else { SmallVec::new() };
                if !guards.is_empty() {
                    is_held_back = true;
                    Self::hold_back(at, account, instance, key, guards, effects);
                } else if cooled && held {
                    after.since = NEVER;
                    let incident = at.new_incident(account, rule, key.subject);
                    after.open = Some(Box::new(incident.clone()));
                    let evidence = evidence(view_of(at, account, subject), &instance.open.comparisons);
                    let opening = match rule.head.kind {
                        RuleKind::Alert => Opening { route: account.assigned(&rule.route), ..Opening::default() },
                        RuleKind::Play => Self::open_play(at, account, instance, key, &incident),
                    };
                    let kind = EffectKind::IncidentOpened { rule: rule.head.clone(), incident, opening };
                    effects.push(at.effect(account, key.subject, evidence, kind));
                }
            }
        }
        if !is_held_back {
            account.forget_held_back(key);
        }
        if let Some(open) = &after.open {
            at.tell_overdue(account, key, open, effects);
        }
        let is_told_otherwise = told(&after) != before;
        account.unsaved.verdicts |= is_told_otherwise;
        let turned = after.open.is_some() != before.2;
        match found {
            Ok(found) if after == IncidentState::EMPTY => {
                account.incidents.remove(found);
            }
            Ok(found) => account.incidents[found].1 = after,
            Err(_) if after == IncidentState::EMPTY => {}
            Err(place) => {
                if account.incidents.len() == account.incidents.capacity() {
                    account.incidents.reserve_exact((account.incidents.len() / 4).max(1));
                }
                account.incidents.insert(place, (key, after));
            }
        }
        if turned {
            self.verdict_changed(at, account, subject);
        }
    }
}

/// Whether a rule is judged of a subject as it is now.
pub fn is_judged_of(account: &Account, rule: &Rule, subject: Subject) -> bool {
    match subject {
        Subject::Account => true,
        Subject::Product(index) => account.product(index).is_some_and(|product| product.stage != Stage::None) != rule.absent,
        Subject::User(user) | Subject::UserOfProduct { user, .. } => {
            let wanted = if rule.gone { Standing::Gone } else { Standing::Present };
            account.users.merged(user) == user && account.users.standing(user, account.day) == wanted
        }
    }
}

/// The account as conditions of a subject read it.
pub(super) fn view_of<'a>(at: At<'a>, account: &'a Account, subject: Subject) -> View<'a> {
    View { user: subject.user(), ..at.context.view(account) }
}

impl At<'_> {
    /// Closes what is open of a rule, by the condition that decided, where one did. Of a held-out play nothing is told.
    fn close(
        &self,
        account: &mut Account,
        key: IncidentKey,
        state: &mut IncidentState,
        reason: CloseReason,
        decisive: Option<&Judged>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(incident) = state.open.take() else { return };
        state.last_clear = account.day;
        let is_held_out = account.is_held_out(&incident);
        if let Some(plays) = &mut account.plays {
            plays.forget(incident.id);
        }
        if is_held_out {
            return;
        }
        let rule = &self.context.playbook.rules[usize::from(key.rule)];
        let evidence = decisive.map(|decisive| evidence(view_of(*self, account, key.subject), &decisive.comparisons)).unwrap_or_default();
        let open_days = account.day - incident.opened_day;
        // An event may be earlier than the one of its day that opened.
        let at = At { time_ms: self.time_ms.max(incident.opened_ms), ..*self };
        let kind = EffectKind::IncidentClosed { rule: rule.head.clone(), incident: *incident, reason, open_days };
        effects.push(at.effect(account, key.subject, evidence, kind));
    }

    /// The id is a function of the rule, its subject and what opened it, so that it is the same however often it is computed.
    fn new_incident(&self, account: &Account, rule: &Rule, subject: Subject) -> OpenIncident {
        // A rule is judged of products or of users, never of both.
        let user = || subject.user().map(|user| account.users.id(user));
        let within = self.product_id(subject).or_else(user).unwrap_or_default();
        let (cause, day) = (self.cause.to_owned().identity(), account.day.to_string());
        let identity = [rule.head.id.as_str(), account.id.as_str(), within, cause.as_str(), day.as_str()].join("\0");
        OpenIncident {
            id: xxh3_128(identity.as_bytes()),
            opened_ms: self.time_ms,
            opened_day: account.day,
            due: rule.due_days.map_or(NEVER, |days| account.day + i32::from(days)),
        }
    }
}

/// What a rule awaits of a subject is true today: whether it has been so for as many days as it must, counted from the first.
fn has_held(state: &mut IncidentState, account: &mut Account, days: u16) -> bool {
    if state.since == NEVER {
        state.since = account.day;
        account.due = account.due.min(account.day + 1);
    }
    account.day >= state.since + i32::from(days)
}

pub(super) fn close_leftover(account: &Account, leftover: &Leftover, time_ms: i64) -> Effect {
    let reason = if leftover.rule_exists { CloseReason::NoLongerApplies } else { CloseReason::RuleRemoved };
    Effect {
        account: account.id.as_str().into(),
        product: leftover.product.clone(),
        user: leftover.user.map(|user| account.users.id(user).to_owned()),
        time_ms: time_ms.max(leftover.incident.opened_ms),
        cause: Cause::Playbook,
        evidence: Vec::new(),
        kind: EffectKind::IncidentClosed {
            rule: leftover.rule.clone(),
            open_days: account.day - leftover.incident.opened_day,
            incident: leftover.incident.clone(),
            reason,
        },
    }
}
