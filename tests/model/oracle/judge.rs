//! What follows from the facts after one cause, in the order of its outputs.

use super::campaigns::judge_campaign;
use super::eval::View;
use super::expr::{Of, Value as Found};
use super::facts::{ADOPTED, Account, Membership, Subject};
use super::metric::STAGES;
use super::playbook::{Measure, Milestone, Playbook, Rule, Segment};
use super::rules::judge_rule;
use super::zone::instant_text;
use serde_json::{Map, Value, json};

/// What made the account be judged.
pub struct Cause {
    pub time: i64,
    pub json: Value,
    /// Of an event on a day before D.
    pub late: bool,
    pub kind: Kind,
}

pub enum Kind {
    Event {
        /// A `usage`, `gauge` or `workflow` record: daily rules do not look.
        counts_use: bool,
        user: Option<String>,
        /// Whom it names, as who they were before it.
        named: Vec<String>,
        task: Option<Worked>,
    },
    Boundary,
    Edited {
        /// The rules of the playbook before, in its order, and whether each was a play.
        before: Vec<(String, bool)>,
    },
}

/// A task of what is open of a play and a subject, and how it is now.
pub struct Worked {
    pub rule: String,
    pub subject: Subject,
    pub task: String,
    pub state: String,
    pub reason: Option<String>,
}

impl Cause {
    pub fn is_boundary(&self) -> bool {
        matches!(self.kind, Kind::Boundary)
    }

    pub fn looks_at(&self, daily: bool) -> bool {
        !(daily && matches!(self.kind, Kind::Event { counts_use: true, .. }))
    }

    /// Of which users rules are looked at: those who turned out to be others before the rest, each as they were first named.
    fn users(&self, account: &Account) -> Vec<Subject> {
        let is_named = |id: &String| match &self.kind {
            Kind::Event { named, .. } => named.contains(id),
            Kind::Boundary | Kind::Edited { .. } => true,
        };
        let (merged, selves): (Vec<_>, Vec<_>) =
            account.users.iter().map(|user| user.id.clone()).filter(is_named).partition(|id| account.merged.contains_key(id));
        merged.into_iter().chain(selves).map(Subject::User).collect()
    }
}

pub fn judge(playbook: &Playbook, account: &mut Account, cause: &Cause) -> Vec<Value> {
    let mut out = Vec::new();
    judge_products(playbook, account, cause, &mut out);
    judge_account(playbook, account, cause, &mut out);
    let mut removed = Vec::new();
    if let Kind::Edited { before } = &cause.kind {
        removed = forget_what_is_gone(playbook, account, cause, before);
    }
    if cause.is_boundary() {
        forget_cooldowns(playbook, account);
    }
    for measure in &playbook.measures {
        judge_bands(playbook, account, cause, measure, &mut out);
    }
    for segment in &playbook.segments {
        judge_segment(playbook, account, cause, segment, &mut out);
    }
    for milestone in &playbook.milestones {
        judge_milestone(playbook, account, cause, milestone, &mut out);
    }
    for play in [false, true] {
        let of_kind = playbook.rules.iter().filter(|rule| rule.play == play && cause.looks_at(rule.daily));
        of_kind.for_each(|rule| judge_rule_of_all(playbook, account, cause, rule, &mut out));
        // What is removed has no place in the file.
        out.extend(removed.extract_if(.., |(of_play, _)| *of_play == play).map(|(_, cleared)| cleared));
    }
    for campaign in playbook.campaigns.iter().filter(|campaign| cause.looks_at(campaign.daily)) {
        for user in cause.users(account) {
            judge_campaign(playbook, account, cause, campaign, user, &mut out);
        }
    }
    out
}

/// A cooldown of a campaign that is over is forgotten with the day, whatever an edit makes of it later.
fn forget_cooldowns(playbook: &Playbook, account: &mut Account) {
    for ((id, _), written) in account.campaigns.iter_mut().filter(|(_, written)| written.under_way.is_none()) {
        let campaign = playbook.campaigns.iter().find(|campaign| campaign.id == *id).expect("what is gone was forgotten");
        written.last = written.last.filter(|day| account.day < day + campaign.cooldown_days);
    }
}

fn judge_rule_of_all(playbook: &Playbook, account: &mut Account, cause: &Cause, rule: &Rule, out: &mut Vec<Value>) {
    let subjects = match rule.of {
        Of::Account => vec![Subject::Account],
        Of::Product => (0..playbook.products.len()).filter(|p| rule.products.contains(p)).map(Subject::Product).collect(),
        Of::User => cause.users(account),
    };
    for subject in subjects {
        let known = account.incidents.get(&(rule.id.clone(), subject.clone()));
        // What guards hold back is as if it were daily.
        if cause.looks_at(known.is_some_and(|known| known.held_back.is_some())) {
            judge_rule(playbook, account, cause, rule, subject, out);
        }
    }
}

pub fn account_stage(playbook: &Playbook, adopted: i64) -> usize {
    playbook.account_stages.iter().rposition(|stage| stage.from <= adopted).unwrap_or(0)
}

fn envelope(kind: &str, subject: String, time: i64, data: Map<String, Value>) -> Value {
    json!({
        "specversion": "1.0",
        "id": "",
        "source": "adoption-tracker",
        "type": format!("adoption.{kind}"),
        "subject": subject,
        "time": instant_text(time),
        "datacontenttype": "application/json",
        "dataschema": "",
        "data": data,
    })
}

/// One output of a subject: what all have, and what this one has besides.
pub fn output(playbook: &Playbook, account: &Account, cause: &Cause, subject: &Subject, kind: &str, more: Value) -> Value {
    let mut data = Map::new();
    data.insert("account".into(), json!(account.id));
    let name = match subject {
        Subject::Account => account.id.clone(),
        Subject::Product(p) => {
            data.insert("product".into(), json!(playbook.products[*p].id));
            format!("{}/{}", account.id, playbook.products[*p].id)
        }
        Subject::User(user) | Subject::UserOf(_, user) => {
            data.insert("user".into(), json!(user));
            format!("{}/{user}", account.id)
        }
    };
    data.insert("evidence".into(), json!([]));
    data.insert("cause".into(), cause.json.clone());
    data.insert("playbook".into(), json!(""));
    let Value::Object(more) = more else { unreachable!("data is an object") };
    data.extend(more);
    envelope(kind, name, cause.time, data)
}

/// Does the own condition of the stage hold?
fn holds(view: &View, p: usize, stage: usize) -> bool {
    match stage {
        1 => view.account.entitled(view.playbook, p),
        _ => view.playbook.products[p].conditions[stage - 2].iter().all(|condition| view.holds(condition)),
    }
}

fn derived(view: &View, p: usize) -> usize {
    if view.playbook.highest {
        (1..STAGES.len()).rev().find(|stage| holds(view, p, *stage)).unwrap_or(0)
    } else {
        (1..STAGES.len()).take_while(|stage| holds(view, p, *stage)).count()
    }
}

fn stage_evidence(view: &View, p: usize, from: usize, to: usize) -> Vec<Value> {
    let told = if to > from { Some(to) } else { (1..=from).find(|stage| !holds(view, p, *stage)) };
    let mut evidence = Vec::new();
    if let Some(stage) = told.filter(|stage| *stage > 1) {
        for condition in &view.playbook.products[p].conditions[stage - 2] {
            view.evidence(condition, &mut evidence);
        }
    }
    evidence
}

fn judge_products(playbook: &Playbook, account: &mut Account, cause: &Cause, out: &mut Vec<Value>) {
    let d = account.day;
    for p in 0..playbook.products.len() {
        let view = View { playbook, account, subject: Subject::Product(p) };
        let state = &account.products[p];
        let from = state.stage;
        let in_force = !account.in_force(playbook, p).is_empty();
        let term_ended = account.is_closed() || (state.told() && !in_force);
        let derived = derived(&view, p);
        let mut below_since = None;
        let would_fall = term_ended || derived < from;
        let to = if would_fall && cause.late {
            below_since = state.below_since;
            from
        } else if term_ended {
            0
        } else if derived >= from {
            derived
        } else {
            let since = state.below_since.unwrap_or(d);
            if d >= since + playbook.hold_days {
                derived
            } else {
                below_since = Some(since);
                from
            }
        };
        if to != from {
            let evidence = stage_evidence(&view, p, from, to);
            let more = json!({"from": STAGES[from], "to": STAGES[to], "entitled": in_force, "evidence": evidence});
            out.push(output(playbook, account, cause, &Subject::Product(p), "product_stage.changed", more));
        }
        let state = &mut account.products[p];
        state.below_since = below_since;
        if to != from {
            state.stage = to;
            state.changed = Some(d);
            if to >= ADOPTED && state.first_adopted.is_none() {
                state.first_adopted = Some(d);
            }
            if from >= ADOPTED && to < ADOPTED {
                state.lost = Some(d);
            }
        }
    }
}

fn judge_account(playbook: &Playbook, account: &mut Account, cause: &Cause, out: &mut Vec<Value>) {
    let adopted = account.adopted_products();
    let (from, to) = (account.stage, account_stage(playbook, adopted));
    if from == to {
        return;
    }
    // Upwards the bound reached; downwards the lowest that no longer holds, which is the one above the stage reached.
    let bound = playbook.account_stages[if to > from { to } else { to + 1 }].from;
    let mut more = json!({
        "from": playbook.account_stages[from].name,
        "to": playbook.account_stages[to].name,
        "products_adopted": adopted,
        "evidence": [{"metric": "products_adopted", "value": adopted, "operator": ">=", "threshold": bound}],
    });
    for (key, text) in &playbook.account_stages[to].notes {
        more[*key] = json!(text);
    }
    out.push(output(playbook, account, cause, &Subject::Account, "account_stage.changed", more));
    account.stage = to;
    account.stage_changed = Some(account.day);
}

/// What an edited playbook does not have any more ends in silence, open incidents with an output: whether it is of a play, and the output. Of a
/// rule that there still is, though not of that subject, it is `no_longer_applies`. Milestones stay.
fn forget_what_is_gone(playbook: &Playbook, account: &mut Account, cause: &Cause, before: &[(String, bool)]) -> Vec<(bool, Value)> {
    let keeps_bands = |id: &str| playbook.measures.iter().any(|measure| measure.id == id && !measure.bands.is_empty());
    account.bands.retain(|(measure, _), _| keeps_bands(measure));
    account.segments.retain(|id, _| playbook.segments.iter().any(|segment| segment.id == *id));
    let present = |id: &str, play: bool| playbook.rules.iter().find(|rule| rule.id == id && rule.play == play);
    let is_of = |rule: &Rule, subject: &Subject| match subject {
        Subject::Account => rule.of == Of::Account,
        Subject::Product(p) => rule.of == Of::Product && rule.products.contains(p),
        Subject::User(_) | Subject::UserOf(..) => rule.of == Of::User,
    };
    let campaign = |id: &str| playbook.campaigns.iter().find(|campaign| campaign.id == id);
    account.campaigns.retain(|(id, _), _| campaign(id).is_some());
    // What waited for a goal that is gone is over.
    account
        .campaigns
        .iter_mut()
        .filter(|((id, _), _)| campaign(id).is_some_and(|campaign| campaign.goal.is_none()))
        .for_each(|(_, written)| written.under_way = None);
    account.watched.retain(|watched| present(&watched.rule, true).is_some_and(|rule| is_of(rule, &watched.subject)));
    let mut gone = Vec::new();
    for (place, (id, play)) in before.iter().enumerate() {
        let is_gone = |subject: &Subject| !present(id, *play).is_some_and(|rule| is_of(rule, subject));
        for ((_, subject), incident) in account.incidents.extract_if(.., |(of, subject), _| of == id && is_gone(subject)) {
            let of_user = matches!(subject, Subject::User(_));
            let position = match &subject {
                Subject::User(user) => account.users.iter().position(|known| known.id == *user),
                _ => None,
            };
            let open = incident.open.filter(|opened| !opened.held_out);
            gone.extend(open.map(|opened| ((of_user, place, position), *play, subject, opened)));
        }
    }
    // Those of users come last, each rule's as they were first named.
    gone.sort_by_key(|(order, ..)| *order);
    let mut cleared = Vec::new();
    for ((_, place, _), play, subject, opened) in gone {
        let id = &before[place].0;
        let reason = if present(id, play).is_some() { "no_longer_applies" } else { "rule_removed" };
        let more = json!({"rule": id, "reason": reason, "open_days": account.day - opened.day});
        let kind = if play { "play.closed" } else { "alert.cleared" };
        let mut output = output(playbook, account, cause, &subject, kind, more);
        for (key, value) in &opened.head {
            output["data"][key] = value.clone();
        }
        output["time"] = json!(instant_text(cause.time.max(opened.time)));
        cleared.push((play, output));
    }
    cleared
}

/// The last band whose lower end is not above the value; below all the first.
fn band<'p>(measure: &'p Measure, value: &Found) -> Option<&'p str> {
    let Found::Exact(value) = value else { return None };
    let reached = measure.bands.iter().rfind(|(_, from)| !from.compare(value).is_gt());
    Some(&reached.or(measure.bands.first())?.0)
}

fn judge_bands(playbook: &Playbook, account: &mut Account, cause: &Cause, measure: &Measure, out: &mut Vec<Value>) {
    let subjects: Vec<Subject> = match measure.of {
        Of::Product => (0..playbook.products.len()).map(Subject::Product).collect(),
        _ => vec![Subject::Account],
    };
    for subject in subjects.into_iter().filter(|_| !measure.bands.is_empty()) {
        let key = (measure.id.clone(), subject.clone());
        if matches!(subject, Subject::Product(p) if account.products[p].stage == 0) {
            account.bands.remove(&key);
            continue;
        }
        if account.is_closed() || !matches!(cause.kind, Kind::Boundary) {
            continue;
        }
        let value = View { playbook, account, subject: subject.clone() }.measure(&measure.id);
        let (from, to) = (account.bands.get(&key).cloned(), band(measure, &value).map(str::to_owned));
        if from != to {
            let more = json!({"measure": measure.id, "from": from, "to": to, "value": value.to_json()});
            out.push(output(playbook, account, cause, &subject, "band.changed", more));
        }
        match to {
            Some(to) => account.bands.insert(key, to),
            None => account.bands.remove(&key),
        };
    }
}

fn judge_segment(playbook: &Playbook, account: &mut Account, cause: &Cause, segment: &Segment, out: &mut Vec<Value>) {
    if cause.late || !cause.looks_at(segment.daily) {
        return;
    }
    let d = account.day;
    let before = account.segments.get(&segment.id).cloned().unwrap_or_default();
    let mut after = Membership { inside: before.inside, ..Membership::default() };
    if !account.is_closed() {
        let view = View { playbook, account, subject: Subject::Account };
        match (view.value(&segment.when), before.inside) {
            (Found::Bool(true), false) => {
                let since = before.true_since.unwrap_or(d);
                after.true_since = Some(since);
                after.inside = d >= since + segment.for_days;
            }
            (Found::Bool(false), true) => {
                let since = before.false_since.unwrap_or(d);
                after.false_since = Some(since);
                after.inside = d < since + segment.clear_days;
            }
            _ => {}
        }
        if after.inside != before.inside {
            let mut evidence = Vec::new();
            view.evidence(&segment.when, &mut evidence);
            let kind = if after.inside { "segment.entered" } else { "segment.exited" };
            let more = json!({"segment": segment.id, "evidence": evidence});
            out.push(output(playbook, account, cause, &Subject::Account, kind, more));
            after = Membership { inside: after.inside, ..Membership::default() };
        }
    }
    account.segments.insert(segment.id.clone(), after);
}

fn judge_milestone(playbook: &Playbook, account: &mut Account, cause: &Cause, milestone: &Milestone, out: &mut Vec<Value>) {
    if account.is_closed() || !cause.looks_at(milestone.daily) {
        return;
    }
    let subjects: Vec<Subject> = match milestone.of {
        Of::Product => (0..playbook.products.len()).filter(|p| milestone.products.contains(p)).map(Subject::Product).collect(),
        _ => vec![Subject::Account],
    };
    for subject in subjects {
        let key = (milestone.id.clone(), subject.clone());
        let view = View { playbook, account, subject: subject.clone() };
        let is_none = matches!(subject, Subject::Product(p) if account.products[p].stage == 0);
        if is_none || account.milestones.contains_key(&key) || !view.holds(&milestone.when) {
            continue;
        }
        let mut evidence = Vec::new();
        view.evidence(&milestone.when, &mut evidence);
        let mut more = json!({"milestone": milestone.id, "evidence": evidence});
        if let Kind::Event { user: Some(user), .. } = &cause.kind {
            more["user"] = json!(account.one(user));
        }
        out.push(output(playbook, account, cause, &subject, "milestone.achieved", more));
        account.milestones.insert(key, account.day);
    }
}
