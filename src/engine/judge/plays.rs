//! What plays do beside opening and closing: what holds them back, their tasks, what becomes of them, and who is held out.

use std::cmp::Reverse;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use super::incidents::view_of;
use super::{At, Judge};
use crate::engine::account::{Account, OpenIncident};
use crate::engine::day::Day;
use crate::engine::effect::{CauseRef, Effect, EffectKind, Opening, OpeningTask, Outcome, OutcomeVerdict, TaskSeen, evidence, json};
use crate::engine::evaluate::{Value, View};
use crate::engine::facts::UserIndex;
use crate::engine::number::Number;
use crate::engine::plan::{Attached, Instance, TokenOf, Truth};
use crate::engine::plays::{Awaited, HeldBack, Worked};
use crate::engine::subject::{IncidentKey, Subject};
use crate::input::{Task, TaskStatus};
use crate::playbook::{Arithmetic, Better, Decimal, Playbook, Rule, RuleKind, Scope};

/// Who has been active in so many days may be a champion; so many of them are named.
const CHAMPION_DAYS: u16 = 14;
const CHAMPIONS: usize = 3;

/// What an event tells of a task of an open play.
#[derive(Debug)]
pub struct TaskTold {
    pub key: IncidentKey,
    worked: Worked,
}

impl TaskTold {
    /// `None`: the play is not open, or has no such task, or nothing changes by it.
    pub fn of(told: &Task<'_>, playbook: &Playbook, account: &Account) -> Option<Self> {
        let mut open = account.incidents.iter().filter_map(|(key, state)| Some((*key, state.open.as_ref()?.id)));
        let (key, incident) = match &told.incident {
            Some(incident) => {
                let id = u128::from_str_radix(incident, 16).ok()?;
                open.find(|(_, open)| *open == id)?
            }
            None => {
                let key = key_of_play(told, playbook, account)?;
                open.find(|(known, _)| *known == key)?
            }
        };
        let tasks = &playbook.rules[usize::from(key.rule)].play.tasks;
        let task = tasks.iter().position(|task| task.id == told.task)? as u8;
        let is_done = matches!(told.status, TaskStatus::Done);
        let worked = Worked { incident, task, is_done, reason: told.reason.as_deref().map(Box::from) };
        let is_known = account.plays.as_ref().is_some_and(|plays| plays.worked.contains(&worked));
        (!is_known).then_some(Self { key, worked })
    }
}

/// Whose play an event names that names no incident.
fn key_of_play(told: &Task<'_>, playbook: &Playbook, account: &Account) -> Option<IncidentKey> {
    let is_meant = |rule: &Rule| rule.head.kind == RuleKind::Play && Some(&*rule.head.id) == told.play.as_deref();
    let rule = playbook.rules.iter().position(is_meant)?;
    let subject = match playbook.rules[rule].scope {
        Scope::Account => Subject::Account,
        Scope::Product => Subject::Product(playbook.product(told.product.as_deref()?)?),
        Scope::User => Subject::User(account.users.merged(account.users.find(told.user.as_deref()?)?)),
    };
    Some(IncidentKey { rule: rule as u16, subject })
}

impl Account {
    /// Whether guards held a play back when its opening was last judged.
    pub(super) fn is_held_back(&self, key: IncidentKey) -> bool {
        self.plays.as_ref().is_some_and(|plays| plays.held_back(key).is_ok_and(|place| plays.held_back[place].is_held))
    }

    pub(super) fn forget_held_back(&mut self, key: IncidentKey) {
        if let Some(plays) = &mut self.plays
            && let Ok(place) = plays.held_back(key)
            && plays.held_back[place].is_held
        {
            let held_back = &mut plays.held_back[place];
            held_back.is_held = false;
            held_back.told.clear();
            self.unsaved.verdicts = true;
        }
    }

    /// Whether a play was closed as all its tasks were worked, and `open` has been true ever since.
    pub(super) fn is_worked_off(&self, key: IncidentKey) -> bool {
        self.plays.as_ref().is_some_and(|plays| plays.worked_off.binary_search(&key).is_ok())
    }

    pub(super) fn forget_worked_off(&mut self, key: IncidentKey) {
        if let Some(plays) = &mut self.plays
            && let Ok(place) = plays.worked_off.binary_search(&key)
        {
            plays.worked_off.remove(place);
            self.unsaved.verdicts = true;
        }
    }

    pub(super) fn note_worked_off(&mut self, key: IncidentKey) {
        let worked_off = &mut self.plays_mut().worked_off;
        if let Err(place) = worked_off.binary_search(&key) {
            worked_off.insert(place, key);
        }
    }
}

impl Judge {
    /// Plays that guards hold back are looked at whenever anything is looked at that is looked at daily.
    pub(super) fn mark_held_back(&mut self, at: At<'_>, account: &Account) {
        for HeldBack { key, .. } in account.plays.iter().flat_map(|plays| &plays.held_back).filter(|held_back| held_back.is_held) {
            self.mark_of(at, account, *key);
        }
    }

    /// What an event tells of a task is judged with it.
    pub(super) fn mark_task(&mut self, at: At<'_>, account: &Account) {
        if let Some(told) = at.task {
            self.mark_of(At { of_all_users: true, ..at }, account, told.key);
        }
    }

    /// A day has begun: of plays that are overdue by it, and of outcomes that are looked at on it, there is something to tell.
    pub(super) fn mark_plays_due(&mut self, at: At<'_>, account: &mut Account) {
        let today = account.day;
        if let Some(plays) = &mut account.plays {
            let before = plays.held_back.len();
            plays.held_back.retain(|held_back| held_back.is_held);
            account.unsaved.verdicts |= plays.held_back.len() < before;
        }
        let overdue = account.incidents.iter().filter(|(_, state)| state.open.as_ref().is_some_and(|open| is_overdue(open, today)));
        overdue.for_each(|(key, _)| self.mark_of(at, account, *key));
        for awaited in account.plays.iter().flat_map(|plays| &plays.awaited) {
            if outcome_days(at, awaited).iter().any(|days| awaited.opened_day + Day::from(*days) == today) {
                self.mark_of(at, account, awaited.key);
            }
        }
    }

    fn mark_of(&mut self, at: At<'_>, account: &Account, key: IncidentKey) {
        let number = at.context.plan.instance_of(key).expect("what is remembered is judged");
        match key.subject.user() {
            Some(user) if at.of_all_users || at.named.contains(&user) => self.mark_of_user(account, number, user),
            Some(_) => {}
            None => self.instances.mark(number),
        }
    }

    /// Tells what became of a play's openings on the day that begins, be they closed by then.
    pub(super) fn judge_outcomes(
        &self,
        at: At<'_>,
        account: &mut Account,
        instance: &Instance,
        key: IncidentKey,
        effects: &mut Vec<Effect>,
    ) {
        let Some(plays) = account.plays.as_ref().filter(|_| matches!(at.cause, CauseRef::Day(_)) && !account.is_closed()) else { return };
        let awaited = &plays.awaited[plays.awaited_of(key)];
        // One who has turned out to be another is nobody of whom anything is told.
        if awaited.is_empty() || key.subject.user().is_some_and(|user| account.users.merged(user) != user) {
            return;
        }
        let rule = &at.context.playbook.rules[usize::from(key.rule)];
        let today = account.day;
        let value = instance.attached.outcome.as_ref().and_then(|metric| view_of(at, account, key.subject).number(metric));
        for awaited in awaited {
            let days = outcome_days(at, awaited);
            let Some(outcome) = &rule.play.outcome else { continue };
            let Some(day) = days.iter().copied().find(|days| awaited.opened_day + Day::from(*days) == today) else { continue };
            let change = value.zip(awaited.baseline).and_then(|(value, baseline)| value.calculate(Arithmetic::Subtract, baseline));
            let verdict = (days.last() == Some(&day)).then(|| verdict(change, outcome.better, outcome.by));
            let outcome = Outcome {
                incident: awaited.incident,
                opened_ms: awaited.opened_ms,
                day,
                baseline: awaited.baseline,
                value,
                change,
                verdict,
                is_held_out: awaited.is_held_out,
            };
            let at = At { time_ms: at.time_ms.max(awaited.opened_ms), ..at };
            effects.push(at.effect(account, key.subject, Vec::new(), EffectKind::PlayOutcome { rule: rule.head.clone(), outcome }));
        }
    }

    /// Outcomes of which no day is left are forgotten, also where an account was closed on it.
    pub(super) fn forget_outcomes(at: At<'_>, account: &mut Account) {
        let today = account.day;
        let Some(plays) = account.plays.as_mut().filter(|plays| !plays.awaited.is_empty()) else { return };
        let before = plays.awaited.len();
        plays.awaited.retain(|awaited| outcome_days(at, awaited).last().is_some_and(|days| awaited.opened_day + Day::from(*days) > today));
        account.unsaved.verdicts |= plays.awaited.len() < before;
    }

    /// Which of a play's guards are true, by their places.
    pub(super) fn guards(at: At<'_>, account: &Account, instance: &Instance) -> SmallVec<[u8; 4]> {
        // Whoever a play is about, its guards are of the account or of its product.
        let view = at.context.view(account);
        let guards = instance.attached.guards.iter().zip(0..);
        guards.filter(|(guard, _)| view.truth(&guard.holds_back) == Truth::True).map(|(_, place)| place).collect()
    }

    /// A play would open, but for its guards: tells so where others hold it back than was told last, once a day at most.
    pub(super) fn hold_back(
        at: At<'_>,
        account: &mut Account,
        instance: &Instance,
        key: IncidentKey,
        guards: SmallVec<[u8; 4]>,
        effects: &mut Vec<Effect>,
    ) {
        let today = account.day;
        let plays = account.plays_mut();
        let place = plays.held_back(key);
        if let Ok(place) = place {
            let known = &mut plays.held_back[place];
            let is_known = known.is_held && known.told == guards;
            if is_known || known.told_on == today {
                account.unsaved.verdicts |= !std::mem::replace(&mut known.is_held, true);
                return;
            }
        }
        let rule = &at.context.playbook.rules[usize::from(key.rule)];
        let first = &instance.attached.guards[usize::from(guards[0])];
        let id = |place: &u8| at.context.playbook.guardrails[usize::from(rule.play.guards[usize::from(*place)].0)].id.clone();
        let kind = EffectKind::PlaySuppressed { rule: rule.head.clone(), guards: guards.iter().map(id).collect() };
        let held_back = HeldBack { key, told: guards, told_on: today, is_held: true };
        match place {
            Ok(place) => plays.held_back[place] = held_back,
            Err(place) => plays.held_back.insert(place, held_back),
        }
        account.unsaved.verdicts = true;
        if !is_held_out(rule, &account.id) {
            let evidence = evidence(at.context.view(account), &first.comparisons);
            effects.push(at.effect(account, key.subject, evidence, kind));
        }
    }

    /// Remembers of a play that opens what is asked of it later, and says what the opening hands on.
    pub(super) fn open_play(at: At<'_>, account: &mut Account, instance: &Instance, key: IncidentKey, open: &OpenIncident) -> Opening {
        let rule = &at.context.playbook.rules[usize::from(key.rule)];
        let is_held_out = is_held_out(rule, &account.id);
        let baseline = instance.attached.outcome.as_ref().map(|metric| view_of(at, account, key.subject).number(metric));
        let (incident, opened_ms, opened_day) = (open.id, open.opened_ms, open.opened_day);
        let plays = account.plays_mut();
        if let Some(baseline) = baseline {
            plays.await_outcome(Awaited { key, incident, opened_ms, opened_day, baseline, is_held_out });
        }
        if is_held_out {
            let place = plays.held_out.partition_point(|other| *other < incident);
            plays.held_out.insert(place, incident);
        } else {
            plays.note_opening(key.rule, opened_day);
        }
        // What is due next is found with the next day.
        account.due = account.due.min(account.day + 1);
        let view = view_of(at, account, key.subject);
        let tasks = rule.play.tasks.iter().map(|task| OpeningTask {
            id: task.id.clone(),
            title: task.title.clone(),
            assignee: account.assigned(&task.assignee),
            doc: task.doc.clone(),
            due: open.task_due(task),
        });
        Opening {
            route: None,
            group: rule.group.clone(),
            tasks: tasks.collect(),
            tokens: tokens(view, &instance.attached),
            champions: rule.play.with_champions.then(|| champions(at.context.view(account))).filter(|champions| !champions.is_empty()),
            is_held_out,
        }
    }

    /// Takes in what the cause tells of a task of an open play. Returns whether none of its tasks is left to be worked.
    pub(super) fn work_task(at: At<'_>, account: &mut Account, key: IncidentKey, open: &OpenIncident, effects: &mut Vec<Effect>) -> bool {
        let Some(TaskTold { worked: told, .. }) = at.task.filter(|told| told.key == key && told.worked.incident == open.id) else {
            return false;
        };
        account.plays_mut().work(told.clone());
        account.unsaved.verdicts = true;
        at.update(account, key, open, effects);
        let rule = &at.context.playbook.rules[usize::from(key.rule)];
        tasks_seen(account, rule, open).iter().all(|task| task.is_done.is_some())
    }
}

impl At<'_> {
    /// Tells how an open play stands.
    fn update(&self, account: &Account, key: IncidentKey, open: &OpenIncident, effects: &mut Vec<Effect>) {
        if account.is_held_out(open) {
            return;
        }
        let rule = &self.context.playbook.rules[usize::from(key.rule)];
        let kind = EffectKind::PlayUpdated {
            rule: rule.head.clone(),
            incident: open.clone(),
            tasks: tasks_seen(account, rule, open),
            is_overdue: open.due().is_some_and(|due| account.day > due),
        };
        let at = At { time_ms: self.time_ms.max(open.opened_ms), ..*self };
        effects.push(at.effect(account, key.subject, Vec::new(), kind));
    }

    /// Tells of a play that is still open on the day after it was due.
    pub(super) fn tell_overdue(&self, account: &Account, key: IncidentKey, open: &OpenIncident, effects: &mut Vec<Effect>) {
        if matches!(self.cause, CauseRef::Day(_)) && is_overdue(open, account.day) {
            self.update(account, key, open, effects);
        }
    }
}

/// Whether a day is the one after an incident was due.
fn is_overdue(open: &OpenIncident, today: Day) -> bool {
    open.due().is_some_and(|due| today == due + 1)
}

/// The days after its opening on which a play's outcome is looked at; none where the playbook asks for none any more.
fn outcome_days<'a>(at: At<'a>, awaited: &Awaited) -> &'a [u16] {
    let rule = &at.context.playbook.rules[usize::from(awaited.key.rule)];
    rule.play.outcome.as_ref().map_or(&[], |outcome| &outcome.days)
}

fn verdict(change: Option<Number>, better: Better, by: Decimal) -> OutcomeVerdict {
    let Some(change) = change else { return OutcomeVerdict::Unknown };
    let in_direction = if better == Better::Up { change } else { change.negate() };
    let by = Number::from(by);
    let reaches = |change: Number| change.compare(by).is_some_and(std::cmp::Ordering::is_ge);
    if reaches(in_direction) {
        OutcomeVerdict::Better
    } else if reaches(in_direction.negate()) {
        OutcomeVerdict::Worse
    } else {
        OutcomeVerdict::Same
    }
}

/// Whether an account is held out of a play: as the hash of both falls, the same for ever, for the share of accounts that the play asks for.
fn is_held_out(rule: &Rule, account: &str) -> bool {
    let Decimal { digits, scale } = rule.play.holdout;
    if digits == 0 {
        return false;
    }
    let hash = Sha256::new().chain_update(&rule.head.id).chain_update([0]).chain_update(account).finalize();
    let first = hash[..8].iter().fold(0u64, |all, byte| all << 8 | u64::from(*byte));
    // A loaded decimal has at most 18 digits, so that both sides fit.
    u128::from(first) * 10u128.pow(scale.into()) < digits.unsigned_abs() << 64
}

/// A play's tasks as they stand, in its order.
fn tasks_seen(account: &Account, rule: &Rule, open: &OpenIncident) -> Vec<TaskSeen> {
    let worked = account.plays.as_ref().map_or(&[] as &[_], |plays| &plays.worked[plays.worked_of(open.id)]);
    let seen = rule.play.tasks.iter().zip(0..).map(|(task, place)| {
        let worked = worked.iter().find(|worked| worked.task == place);
        let reason = worked.and_then(|worked| worked.reason.as_deref()).map(str::to_owned);
        TaskSeen { id: task.id.clone(), is_done: worked.map(|worked| worked.is_done), reason }
    });
    seen.collect()
}

/// What is handed on by name; `None`: there is nothing.
pub(super) fn tokens(view: View<'_>, attached: &Attached) -> Option<Json> {
    let value = |token: &TokenOf| match token {
        TokenOf::Text(text) => Json::from(&**text),
        TokenOf::Read(expr) => json(view, view.value(expr)),
    };
    let tokens = attached.tokens.iter().map(|(name, token)| (name.to_string(), value(token)));
    (!attached.tokens.is_empty()).then(|| Json::Object(tokens.collect()))
}

/// The users who are named with a play, the first first.
fn champions(view: View<'_>) -> Vec<String> {
    let rank = |user: UserIndex| {
        let view = view.of_user(user);
        view.plan.champions_by.each_ref().map(|reading| match view.reading(reading) {
            Value::Number(Number::Fraction { numerator, .. }) => numerator,
            _ => 0,
        })
    };
    let id = |user: UserIndex| view.account.users.id(user);
    let mut active: Vec<_> = view.with_members(|members| {
        let active = members.iter().filter(|member| member.is_present() && member.days.count(CHAMPION_DAYS.into(), 0) > 0);
        active.map(|member| (Reverse(rank(member.user)), member.user)).collect()
    });
    active.sort_by(|(one, user), (other, another)| one.cmp(other).then_with(|| id(*user).as_bytes().cmp(id(*another).as_bytes())));
    active.iter().take(CHAMPIONS).map(|(_, user)| id(*user).to_owned()).collect()
}
