//! What becomes of an alert or a play of one subject at a look.

use super::eval::{View, minus};
use super::expr::{Of, Value as Found};
use super::facts::{Account, Incident, Opened, Subject, Watched};
use super::judge::{Cause, Kind, Worked, output};
use super::number::Frac;
use super::playbook::{Outcome, Playbook, Rule, Task, Token};
use super::zone::{Day, day_text, instant_text};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::cmp::Reverse;

/// Is the rule judged of the subject, as things stand?
fn applies(account: &Account, rule: &Rule, subject: &Subject) -> bool {
    match subject {
        Subject::Account => true,
        Subject::Product(p) => (account.products[*p].stage == 0) == rule.absent,
        Subject::User(user) | Subject::UserOf(_, user) => {
            !account.merged.contains_key(user) && !account.is_internal(user) && account.gone(user).is_some() == rule.gone
        }
    }
}

/// Who is meant: a role of the account, or any text.
pub fn whom(account: &Account, role: &str) -> Option<String> {
    match role {
        "owner" => account.owner.clone(),
        "account_executive" => account.account_executive.clone(),
        "success_role" => account.success_role.clone(),
        other => Some(other.to_owned()),
    }
}

/// Is the account among those of which nobody is told that the play opened?
fn is_held_out(rule: &Rule, account: &Account) -> bool {
    let digest = Sha256::digest(format!("{}\0{}", rule.id, account.id).as_bytes());
    let first = digest.iter().take(8).fold(0, |number: i128, byte| number * 256 + i128::from(*byte));
    Frac::ratio(first, 1 << 64).expect("not 0").compare(&rule.holdout).is_lt()
}

/// By their names; `None` where there are none.
pub fn tokens(view: &View, tokens: &[(String, Token)]) -> Option<Value> {
    let value = |token: &Token| match token {
        Token::Text(text) => json!(text),
        Token::Value(expr) => view.value(expr).to_json(),
    };
    let members: Map<String, Value> = tokens.iter().map(|(name, token)| (name.clone(), value(token))).collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// The three who use most, of those who came in the last 14 days.
fn champions(view: &View) -> Vec<String> {
    let account = view.account;
    let figure = |user: &str, text: &str| {
        let expr = view.playbook.expression(text, Of::User).expect("a metric of users");
        match (View { subject: Subject::User(user.into()), ..view.clone() }).value(&expr) {
            Found::Exact(number) => number.as_integer().expect("a count"),
            other => unreachable!("{other:?} is no count"),
        }
    };
    let came = |user: &str| account.used_by(user, None, account.day - 13, account.day).next().is_some();
    let ids = account.present_users().map(|user| user.id.clone()).filter(|user| came(user));
    let key = |user: &String| Reverse(["products_used", "active_days", "features_used"].map(|text| figure(user, text)));
    let mut ranked: Vec<_> = ids.map(|user| (key(&user), user)).collect();
    ranked.sort();
    ranked.into_iter().take(3).map(|(_, user)| user).collect()
}

fn task_to_do(account: &Account, rule: &Rule, task: &Task) -> Value {
    let mut out = json!({"id": task.id, "title": task.title, "assignee": whom(account, &task.assignee)});
    if let Some(doc) = &task.doc {
        out["doc"] = json!(doc);
    }
    if let Some(days) = task.due_days.or(rule.due_days) {
        out["due"] = json!(day_text(account.day + days));
    }
    out
}

/// How each task stands.
fn task_states(rule: &Rule, opened: &Opened) -> Vec<Value> {
    let state = |task: &Task| {
        let Some((state, reason)) = opened.tasks.get(&task.id) else { return json!({"id": task.id, "state": "open"}) };
        let mut out = json!({"id": task.id, "state": state});
        if let Some(reason) = reason {
            out["reason"] = json!(reason);
        }
        out
    };
    rule.tasks.iter().map(state).collect()
}

/// A rule and a subject at one cause.
struct Look<'a> {
    playbook: &'a Playbook,
    cause: &'a Cause,
    rule: &'a Rule,
    subject: Subject,
}

pub fn judge_rule(playbook: &Playbook, account: &mut Account, cause: &Cause, rule: &Rule, subject: Subject, out: &mut Vec<Value>) {
    let key = (rule.id.clone(), subject.clone());
    let look = Look { playbook, cause, rule, subject };
    if cause.is_boundary() {
        look.outcomes(account, out);
    }
    let mut incident = account.incidents.get(&key).cloned().unwrap_or_default();
    let was_open = incident.open.is_some();
    if was_open {
        let done = look.task(account, &mut incident, out);
        look.close(account, &mut incident, done, out);
    } else {
        look.open(account, &mut incident, out);
    }
    if was_open {
        look.overdue(account, &incident, out);
    }
    account.incidents.insert(key, incident);
}

impl Look<'_> {
    fn view<'a>(&'a self, account: &'a Account) -> View<'a> {
        View { playbook: self.playbook, account, subject: self.subject.clone() }
    }

    fn applies(&self, account: &Account) -> bool {
        !account.is_closed() && applies(account, self.rule, &self.subject)
    }

    /// Does `clear` hold? The default is `!(open)`: an unknown `open` clears nothing.
    fn clears(&self, account: &Account) -> bool {
        let view = self.view(account);
        match &self.rule.clear {
            Some(clear) => view.holds(clear),
            None => view.value(&self.rule.open) == Found::Bool(false),
        }
    }

    /// An output, not before what it follows.
    fn tell(&self, account: &Account, kind: &str, more: Map<String, Value>, not_before: i64, out: &mut Vec<Value>) {
        let kind = format!("{}.{kind}", if self.rule.play { "play" } else { "alert" });
        let mut output = output(self.playbook, account, self.cause, &self.subject, &kind, Value::Object(more));
        output["time"] = json!(instant_text(self.cause.time.max(not_before)));
        out.push(output);
    }

    /// ... of what is open, where it is told of.
    fn tell_of(&self, account: &Account, opened: &Opened, kind: &str, more: Value, out: &mut Vec<Value>) {
        if !opened.held_out {
            let mut data = opened.head.clone();
            data.extend(more.as_object().cloned().expect("an object"));
            self.tell(account, kind, data, opened.time, out);
        }
    }

    /// What became of what opened some days ago.
    fn outcomes(&self, account: &mut Account, out: &mut Vec<Value>) {
        let d = account.day;
        let is_other = matches!(&self.subject, Subject::User(user) if account.merged.contains_key(user));
        let is_meant = |watched: &Watched| watched.rule == self.rule.id && watched.subject == self.subject;
        let outcome = self.rule.outcome.as_ref().filter(|_| !account.is_closed() && !is_other);
        for watched in account.watched.iter().filter(|watched| is_meant(watched)) {
            if let Some(outcome) = outcome.filter(|outcome| outcome.days.contains(&(d - watched.day))) {
                self.tell(account, "outcome", self.outcome(account, outcome, watched), watched.time, out);
            }
        }
        let last = self.rule.outcome.as_ref().and_then(|outcome| outcome.days.last().copied());
        account.watched.retain(|watched| !is_meant(watched) || !is_other && last.is_none_or(|last| d < watched.day + last));
    }

    fn outcome(&self, account: &Account, outcome: &Outcome, watched: &Watched) -> Map<String, Value> {
        let day = account.day - watched.day;
        let value = self.view(account).value(&outcome.metric);
        let change = minus(&value, &watched.baseline);
        let mut more = json!({
            "incident": "",
            "rule": self.rule.id,
            "opened": instant_text(watched.time),
            "day": day,
            "baseline": watched.baseline.to_json(),
            "value": value.to_json(),
            "change": change.to_json(),
        });
        if watched.held_out {
            more["held_out"] = json!(true);
        }
        if outcome.days.last() == Some(&day) {
            let at_least = |change: &Found| match change {
                Found::Exact(change) => !change.compare(&outcome.by).is_lt(),
                Found::Double(change) => *change >= outcome.by.to_f64(),
                _ => false,
            };
            let back = minus(&Found::int(0), &change);
            let (up, down) = (at_least(&change), at_least(&back));
            more["verdict"] = json!(match (&change, up, down) {
                (Found::Missing, ..) => "unknown",
                (_, false, false) => "same",
                (_, up, _) => ["worse", "better"][usize::from(up == outcome.up)],
            });
        }
        more.as_object().cloned().expect("an object")
    }

    /// The record of a task of it. Is none open any more, by this one?
    fn task(&self, account: &Account, incident: &mut Incident, out: &mut Vec<Value>) -> bool {
        let (rule, opened) = (self.rule, incident.open.as_mut().expect("it is open"));
        let Kind::Event { task: Some(Worked { rule: of, subject, task, state, reason }), .. } = &self.cause.kind else { return false };
        let now = (state.clone(), reason.clone());
        let is_one = *of == rule.id && *subject == self.subject && rule.tasks.iter().any(|known| known.id == *task);
        if account.is_closed() || !is_one || opened.tasks.get(task) == Some(&now) {
            return false;
        }
        opened.tasks.insert(task.clone(), now);
        self.update(account, opened, out);
        rule.tasks.iter().all(|task| opened.tasks.contains_key(&task.id))
    }

    fn update(&self, account: &Account, opened: &Opened, out: &mut Vec<Value>) {
        let mut more = json!({"tasks": task_states(self.rule, opened)});
        if opened.due.is_some_and(|due| account.day > due) {
            more["overdue"] = json!(true);
        }
        self.tell_of(account, opened, "updated", more, out);
    }

    fn overdue(&self, account: &Account, incident: &Incident, out: &mut Vec<Value>) {
        if let Some(opened) = &incident.open
            && self.rule.play
            && self.cause.is_boundary()
            && opened.due.is_some_and(|due| account.day == due + 1)
        {
            self.update(account, opened, out);
        }
    }

    fn close(&self, account: &Account, incident: &mut Incident, done: bool, out: &mut Vec<Value>) {
        let (rule, d) = (self.rule, account.day);
        let opened = incident.open.clone().expect("it is open");
        let mut evidence = Vec::new();
        let reason = if account.is_closed() {
            "account_closed"
        } else if !self.applies(account) {
            "no_longer_applies"
        } else if done {
            "tasks_done"
        } else if self.clears(account) {
            let since = *incident.clear_since.get_or_insert(d);
            if d < since + rule.clear_days {
                return;
            }
            self.view(account).evidence(rule.clear.as_ref().unwrap_or(&rule.open), &mut evidence);
            "condition"
        } else {
            if !self.cause.late {
                incident.clear_since = None;
            }
            return;
        };
        let more = json!({"evidence": evidence, "reason": reason, "open_days": d - opened.day});
        self.tell_of(account, &opened, if rule.play { "closed" } else { "cleared" }, more, out);
        let awaits_a_break = reason == "tasks_done" && self.view(account).holds(&rule.open);
        let suppressed_day = incident.suppressed_day;
        *incident = Incident { last_clear: Some(d), awaits_a_break, suppressed_day, ..Incident::default() };
    }

    fn open(&self, account: &mut Account, incident: &mut Incident, out: &mut Vec<Value>) {
        let (rule, d) = (self.rule, account.day);
        let would = self.applies(account) && self.view(account).holds(&rule.open);
        incident.awaits_a_break &= would;
        if !would || self.clears(account) {
            incident.true_since = None;
            incident.held_back = None;
            return;
        }
        if self.cause.late {
            return;
        }
        let since = *incident.true_since.get_or_insert(d);
        let cooled = incident.last_clear.is_none_or(|day| d >= day + rule.cooldown_days);
        if d < since + rule.for_days || !cooled || incident.awaits_a_break {
            incident.held_back = None;
        } else if self.is_held_back(account, incident, out) {
            // It opens at the first look at which no guard is true.
        } else {
            let opened = self.opening(account, out);
            if !opened.held_out {
                account.openings.insert(rule.id.clone(), d);
            }
            if let Some(outcome) = &rule.outcome {
                let baseline = self.view(account).value(&outcome.metric);
                let (rule, subject, time, held_out) = (rule.id.clone(), self.subject.clone(), opened.time, opened.held_out);
                account.watched.push(Watched { rule, subject, time, day: d, held_out, baseline });
            }
            *incident = Incident { open: Some(opened), ..std::mem::take(incident) };
            incident.held_back = None;
        }
    }

    /// Is one of its guards true? Tells where others are than those last told.
    fn is_held_back(&self, account: &Account, incident: &mut Incident, out: &mut Vec<Value>) -> bool {
        let of = |guard: usize| match self.playbook.guardrails[guard].of {
            Of::Account => self.view(account).of_account(),
            _ => self.view(account),
        };
        let holds_back = |guard: usize| &self.playbook.guardrails[guard].holds_back;
        let held: Vec<usize> = self.rule.guards.iter().copied().filter(|guard| of(*guard).holds(holds_back(*guard))).collect();
        let Some(first) = held.first() else { return false };
        let ids: Vec<String> = held.iter().map(|guard| self.playbook.guardrails[*guard].id.clone()).collect();
        let published = incident.held_back.get_or_insert_default();
        let sorted = |ids: &[String]| ids.iter().cloned().collect::<std::collections::BTreeSet<String>>();
        if sorted(published) != sorted(&ids) && incident.suppressed_day.is_none_or(|day| day < account.day) {
            published.clone_from(&ids);
            incident.suppressed_day = Some(account.day);
            if !is_held_out(self.rule, account) {
                let mut evidence = Vec::new();
                of(*first).evidence(holds_back(*first), &mut evidence);
                let more = json!({"rule": self.rule.id, "guards": ids, "evidence": evidence});
                self.tell(account, "suppressed", more.as_object().cloned().expect("an object"), i64::MIN, out);
            }
        }
        true
    }

    fn opening(&self, account: &Account, out: &mut Vec<Value>) -> Opened {
        let (rule, cause, view) = (self.rule, self.cause, self.view(account));
        let held_out = rule.play && is_held_out(rule, account);
        let due: Option<Day> = rule.due_days.filter(|_| rule.play).map(|days| account.day + days);
        let mut head = Map::new();
        let about = json!({"incident": "", "rule": rule.id, "severity": rule.severity, "opened": instant_text(cause.time)});
        head.extend(about.as_object().cloned().expect("an object"));
        head.extend(due.map(|due| ("due".into(), json!(day_text(due)))));
        let mut more = head.clone();
        let mut evidence = Vec::new();
        view.evidence(&rule.open, &mut evidence);
        more.insert("evidence".into(), json!(evidence));
        if rule.play {
            more.extend(rule.group.as_ref().map(|group| ("group".into(), json!(group))));
            let tasks: Vec<Value> = rule.tasks.iter().map(|task| task_to_do(account, rule, task)).collect();
            more.extend((!tasks.is_empty()).then(|| ("tasks".into(), json!(tasks))));
            more.extend(tokens(&view, &rule.tokens).map(|tokens| ("tokens".into(), tokens)));
            let champions = rule.champions.then(|| champions(&view)).filter(|champions| !champions.is_empty());
            more.extend(champions.map(|champions| ("champions".into(), json!(champions))));
        } else {
            more.insert("route".into(), json!(whom(account, &rule.route)));
        }
        self.tell(account, if held_out { "held_out" } else { "opened" }, more, cause.time, out);
        Opened { time: cause.time, day: account.day, held_out, due, tasks: Default::default(), head }
    }
}
