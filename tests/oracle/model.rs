//! The stream: clock, days, judging, outputs.

use super::decode::{Body, Event, decode};
use super::expr::{Expr, Scope};
use super::facts::{ADOPTED, Account, Gauge, Incident, ProductState, Run, Term, Usage, View};
use super::playbook::{Playbook, Rule};
use super::zone::{Day, Zone, day_text, instant_text, parse_date};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct Options {
    /// An instant, in milliseconds.
    pub until: Option<i64>,
    pub wall_ms: i64,
    /// The default of `engine.max_skew_ms`: 3_600_000.
    pub max_skew_ms: i64,
    pub dedupe_ids: usize,
    pub clock_witnesses: usize,
}

pub struct Line<'a> {
    /// From 1.
    pub number: u64,
    pub text: &'a [u8],
}

pub struct Oracle {
    playbook: Playbook,
    options: Options,
    /// The partition's.
    clock: Option<i64>,
    accounts: BTreeMap<String, Account>,
    outputs: Vec<Value>,
    dead: Vec<(u64, String)>,
}

/// `--until DATE`: the first instant of that day in the playbook's zone.
pub fn until_instant(playbook_yaml: &str, date: &str) -> Result<i64, String> {
    let day = parse_date(date).flatten().ok_or("not a date")?;
    Ok(Playbook::load(playbook_yaml)?.zone.start_of(day))
}

const STAGES: [&str; 6] = ["none", "entitled", "activated", "adopted", "proficient", "integrated"];

/// What made the account be judged.
struct Cause {
    time: i64,
    json: Value,
    /// Of an event on a day before D.
    late: bool,
}

impl Oracle {
    pub fn new(playbook_yaml: &str, options: Options) -> Result<Self, String> {
        let playbook = Playbook::load(playbook_yaml)?;
        Ok(Oracle { playbook, options, clock: None, accounts: BTreeMap::new(), outputs: Vec::new(), dead: Vec::new() })
    }

    pub fn outputs(&self) -> &[Value] {
        &self.outputs
    }

    pub fn dead_letters(&self) -> &[(u64, String)] {
        &self.dead
    }

    pub fn accounts(&self) -> Vec<String> {
        self.accounts.keys().cloned().collect()
    }

    /// D, for messages.
    pub fn day(&self, account: &str) -> Option<String> {
        self.accounts.get(account).map(|a| day_text(a.day))
    }

    /// The present stage, for messages and closer comparison.
    pub fn stage(&self, account: &str, product: &str) -> Option<&'static str> {
        let p = self.playbook.product_ids.iter().position(|id| id == product)?;
        Some(STAGES[self.accounts.get(account)?.products[p].stage])
    }

    pub fn products(&self) -> &[String] {
        &self.playbook.product_ids
    }

    pub fn metric(&self, account: &str, product: Option<&str>, metric_text: &str) -> Value {
        let Some(account) = self.accounts.get(account) else { return Value::Null };
        let aliases = self.playbook.products.iter().flat_map(|p| &p.aliases);
        let products: &Vec<String> = &self.playbook.product_ids.iter().chain(aliases).cloned().collect();
        let subject = product.map(|name| self.playbook.named(name).expect("a product of the playbook"));
        let (window_days, settle_days) =
            (self.playbook.window_days, self.playbook.products.iter().map(|p| p.settle_days).max().unwrap_or(0));
        let scope = Scope { products, window_days, settle_days, of_product: subject.is_some(), of_stage: false };
        let expr = Expr::parse(metric_text, scope).unwrap_or_else(|e| panic!("{e}"));
        expr.value(&View { playbook: &self.playbook, account, subject }).to_json()
    }

    pub fn line(&mut self, line: Line) {
        if line.text.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
            return;
        }
        if let Err(reason) = self.take(&line) {
            self.dead.push((line.number, reason.to_string()));
        }
    }

    fn take(&mut self, line: &Line) -> Result<(), &'static str> {
        let event = decode(line.text)?;
        let latest = self.options.until.unwrap_or(self.options.wall_ms + self.options.max_skew_ms);
        if event.time > latest {
            return Err("from_the_future");
        }
        if let Some(account) = self.accounts.get_mut(&event.account) {
            account.latest = account.latest.max(event.time);
        }
        self.clock = self.clock.max(self.witnessed());
        self.live(&event.account);

        let known = self.accounts.get(&event.account);
        let zone = known.map_or(&self.playbook.zone, |a| a.zone(&self.playbook)).clone();
        let d = known.map_or_else(|| zone.day_of(self.clock.max(Some(event.time)).unwrap()), |a| a.day);
        let day = zone.day_of(event.time);
        if matches!(event.body, Body::Usage { .. } | Body::Gauge { .. } | Body::Workflow { .. }) && day < d - 91 {
            return Err("too_late");
        }
        if let (Some(account), Some(id)) = (known, &event.id)
            && account.applied_ids.contains(id)
        {
            return Ok(());
        }

        let mut account = self.accounts.remove(&event.account).unwrap_or_else(|| self.begin(&event.account, d, event.time));
        let cause = Cause {
            time: event.time,
            late: day < d,
            json: match &event.id {
                Some(id) => json!({"event": id}),
                None => json!({"line": line.number}),
            },
        };
        if let Some(id) = &event.id {
            account.applied_ids.push_back(id.clone());
            while account.applied_ids.len() > self.options.dedupe_ids {
                account.applied_ids.pop_front();
            }
        }
        let ended = match &event.body {
            Body::Entitlement { product, ended: true, .. } => self.playbook.named(product),
            _ => None,
        };
        let new_zone = self.apply(&mut account, event, day);
        account.see(&self.playbook, ended);
        self.judge(&mut account, &cause);
        if let Some(zone) = new_zone {
            account.zone = zone; // D moves when it is lived through, before the account's next event
        }
        self.accounts.insert(account.id.clone(), account);
        self.clock = self.clock.max(self.witnessed());
        Ok(())
    }

    /// The greatest instant that enough accounts have reached by records of their own.
    fn witnessed(&self) -> Option<i64> {
        let mut reached: Vec<i64> = self.accounts.values().map(|account| account.latest).collect();
        reached.sort_unstable();
        reached.into_iter().rev().nth(self.options.clock_witnesses - 1)
    }

    pub fn finish(&mut self) {
        let latest = self.accounts.values().map(|account| account.latest).max();
        self.clock = self.clock.max(self.options.until.or(latest));
        for id in self.accounts() {
            self.live(&id);
        }
    }

    fn begin(&self, id: &str, d: Day, time: i64) -> Account {
        let incidents = self.playbook.rules.iter().map(|rule| {
            let subjects = if rule.of_product { self.playbook.products.len() } else { 1 };
            vec![Incident::default(); subjects]
        });
        Account {
            id: id.to_string(),
            zone: None,
            latest: time,
            day: d,
            began: d,
            usage: Vec::new(),
            gauges: Vec::new(),
            runs: Vec::new(),
            internal: BTreeMap::new(),
            left: BTreeMap::new(),
            merged: BTreeMap::new(),
            connections: Default::default(),
            touchpoints: Vec::new(),
            employees: None,
            industry: None,
            region: None,
            owner: None,
            account_executive: None,
            success_role: None,
            onboarded: None,
            closed: None,
            contract: None,
            products: self.playbook.products.iter().map(|_| ProductState::default()).collect(),
            stage: account_stage(&self.playbook, 0),
            stage_changed: None,
            incidents: incidents.collect(),
            applied_ids: Default::default(),
        }
    }

    /// Every day boundary up to the account's clock, one at a time.
    fn live(&mut self, id: &str) {
        let Some(mut account) = self.accounts.remove(id) else { return };
        let zone = account.zone(&self.playbook).clone();
        let today = zone.day_of(account.latest.max(self.clock.unwrap_or(i64::MIN)));
        while account.day < today {
            account.day += 1;
            let d = account.day;
            for product in &mut account.products {
                let (begin, wait) = std::mem::take(&mut product.waiting).into_iter().partition(|term| term.begins <= d);
                product.waiting = wait;
                product.terms.extend::<Vec<Term>>(begin);
            }
            account.see(&self.playbook, None);
            let cause = Cause { time: zone.start_of(d), json: json!({"day": day_text(d)}), late: false };
            self.judge(&mut account, &cause);
        }
        self.accounts.insert(account.id.clone(), account);
    }

    /// Returns the new zone where the event brings one: it counts after the event was judged.
    fn apply(&self, account: &mut Account, event: Event, day: Day) -> Option<Option<Zone>> {
        let named = |name: &str| self.playbook.named(name);
        let internal = |account: &Account, user: &Option<String>| user.as_ref().is_some_and(|user| account.is_internal(user));
        match event.body {
            Body::Usage { product, user, feature, quantity } => {
                if let Some(product) = named(&product)
                    && !internal(account, &user)
                {
                    let feature = feature.map(|feature| self.playbook.present_feature(product, &feature));
                    account.usage.push(Usage { day, product, user, feature, quantity });
                }
            }
            Body::Gauge { product, name, value } => {
                if let Some(product) = named(&product) {
                    account.gauges.push(Gauge { day, time: event.time, product, name, value });
                }
            }
            Body::Workflow { name, products, user, quantity } => {
                if !internal(account, &user) {
                    let products = products.iter().map(|product| self.playbook.present(product)).collect();
                    account.runs.push(Run { day, name, products, quantity });
                }
            }
            Body::Entitlement { product, term, ended, trialing, plan, seats, starts, ends } => {
                if let Some(p) = named(&product) {
                    let begins = if ended { day } else { starts.unwrap_or(day) };
                    let told = account.products[p].told_count;
                    let term = Term { id: term, told, ended, trialing, plan, seats, begins, ends };
                    account.products[p].tell(term, account.day);
                }
            }
            Body::Integration { from, to, connected } => {
                let (from, to) = (self.playbook.present(&from), self.playbook.present(&to));
                if from == to {
                    return None; // two names of one product
                }
                if connected {
                    account.connections.insert((from, to));
                } else {
                    account.connections.remove(&(from, to));
                }
            }
            Body::User { user, internal, left } => {
                let one = account.one(&user).to_owned();
                if let Some(left) = left {
                    account.left.insert(one.clone(), left);
                }
                if let Some(internal) = internal {
                    let internal = internal.unwrap_or(false);
                    if internal && !account.is_internal(&one) {
                        account.became_internal(&one);
                    }
                    account.internal.insert(one, internal);
                }
            }
            Body::Merge { user, into } => {
                let (user, into) = (account.one(&user).to_owned(), account.one(&into).to_owned());
                if user != into {
                    if account.is_internal(&into) && !account.is_internal(&user) {
                        account.became_internal(&user);
                    }
                    account.merged.insert(user, into);
                }
            }
            Body::Touchpoint => account.touchpoints.push(day),
            Body::Other => {}
            Body::Account(profile) => {
                fn update<T>(field: &mut Option<T>, update: Option<Option<T>>) {
                    if let Some(value) = update {
                        *field = value;
                    }
                }
                update(&mut account.employees, profile.employees);
                update(&mut account.industry, profile.industry);
                update(&mut account.region, profile.region);
                update(&mut account.owner, profile.owner);
                update(&mut account.account_executive, profile.account_executive);
                update(&mut account.success_role, profile.success_role);
                update(&mut account.onboarded, profile.onboarded);
                update(&mut account.closed, profile.closed);
                update(&mut account.contract, profile.contract);
                return profile.zone;
            }
        }
        None
    }

    fn judge(&mut self, account: &mut Account, cause: &Cause) {
        let mut out = Vec::new();
        judge_products(&self.playbook, account, cause, &mut out);
        judge_account(&self.playbook, account, cause, &mut out);
        for (r, rule) in self.playbook.rules.iter().enumerate() {
            for i in 0..account.incidents[r].len() {
                judge_rule(&self.playbook, account, cause, rule, r, i, &mut out);
            }
        }
        for mut output in out {
            output["id"] = json!(format!("oracle-{}", self.outputs.len()));
            self.outputs.push(output);
        }
    }
}

fn account_stage(playbook: &Playbook, adopted: i64) -> usize {
    playbook.account_stages.iter().rposition(|stage| stage.from <= adopted).unwrap_or(0)
}

fn envelope(kind: &str, subject: String, time: i64, data: Map<String, Value>) -> Value {
    json!({
        "specversion": "1.0",
        "id": "",
        "source": "adoption-tracker",
        "type": kind,
        "subject": subject,
        "time": instant_text(time),
        "datacontenttype": "application/json",
        "dataschema": "",
        "data": data,
    })
}

/// Does the own condition of the stage hold?
fn holds(view: &View, p: usize, stage: usize) -> bool {
    match stage {
        1 => view.account.entitled(view.playbook, p),
        _ => view.playbook.products[p].conditions[stage - 2].iter().all(|condition| condition.holds(view)),
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
            condition.evidence(view, &mut evidence);
        }
    }
    evidence
}

fn judge_products(playbook: &Playbook, account: &mut Account, cause: &Cause, out: &mut Vec<Value>) {
    let d = account.day;
    for p in 0..playbook.products.len() {
        let view = View { playbook, account, subject: Some(p) };
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
            let mut data = Map::new();
            data.insert("account".into(), json!(account.id));
            data.insert("product".into(), json!(playbook.products[p].id));
            data.insert("from".into(), json!(STAGES[from]));
            data.insert("to".into(), json!(STAGES[to]));
            data.insert("entitled".into(), json!(in_force));
            data.insert("evidence".into(), json!(stage_evidence(&view, p, from, to)));
            data.insert("cause".into(), cause.json.clone());
            data.insert("playbook".into(), json!(""));
            let subject = format!("{}/{}", account.id, playbook.products[p].id);
            out.push(envelope("adoption.product_stage.changed", subject, cause.time, data));
        }
        let state = &mut account.products[p];
        state.below_since = below_since;
        if to != from {
            state.stage = to;
            state.changed = Some(d);
            if to >= ADOPTED && state.first_adopted.is_none() {
                state.first_adopted = Some(d);
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
    let mut data = Map::new();
    data.insert("account".into(), json!(account.id));
    data.insert("from".into(), json!(playbook.account_stages[from].name));
    data.insert("to".into(), json!(playbook.account_stages[to].name));
    data.insert("products_adopted".into(), json!(adopted));
    for (key, text) in &playbook.account_stages[to].notes {
        data.insert((*key).into(), json!(text));
    }
    let evidence = json!([{"metric": "products_adopted", "value": adopted, "operator": ">=", "threshold": bound}]);
    data.insert("evidence".into(), evidence);
    data.insert("cause".into(), cause.json.clone());
    data.insert("playbook".into(), json!(""));
    out.push(envelope("adoption.account_stage.changed", account.id.clone(), cause.time, data));
    account.stage = to;
    account.stage_changed = Some(account.day);
}

fn judge_rule(playbook: &Playbook, account: &mut Account, cause: &Cause, rule: &Rule, r: usize, i: usize, out: &mut Vec<Value>) {
    let d = account.day;
    let subject = rule.of_product.then_some(i);
    let closed = account.is_closed();
    let applies = !closed && subject.is_none_or(|p| account.products[p].stage > 0);
    let view = View { playbook, account, subject };
    let open = applies && rule.open.holds(&view);
    // The default is `!(open)`: an unknown `open` clears nothing.
    let clear = applies
        && match &rule.clear {
            Some(clear) => clear.holds(&view),
            None => Expr::Not(Box::new(rule.open.clone())).holds(&view),
        };
    let mut evidence = Vec::new();
    let before = account.incidents[r][i].clone();
    let mut after = before.clone();
    let mut reason = None;
    let mut opened = None;
    if let Some(since) = &before.open {
        if closed {
            reason = Some("account_closed");
        } else if !applies {
            reason = Some("no_longer_applies");
        } else if clear {
            let clear_since = before.clear_since.unwrap_or(d);
            after.clear_since = Some(clear_since);
            if d >= clear_since + rule.clear_days {
                reason = Some("condition");
                rule.clear.as_ref().unwrap_or(&rule.open).evidence(&view, &mut evidence);
            }
        } else if !cause.late {
            after.clear_since = None;
        }
        if reason.is_some() {
            opened = Some(*since);
            after = Incident { open: None, true_since: None, clear_since: None, last_clear: Some(d) };
        }
    } else if clear || !open {
        after.true_since = None;
    } else if !cause.late {
        let since = before.true_since.unwrap_or(d);
        after.true_since = Some(since);
        let cooled = before.last_clear.is_none_or(|day| d >= day + rule.cooldown_days);
        if d >= since + rule.for_days && cooled {
            rule.open.evidence(&view, &mut evidence);
            opened = Some((cause.time, d));
            after.open = opened;
        }
    }
    if let Some((time, day)) = opened {
        let mut data = Map::new();
        data.insert("account".into(), json!(account.id));
        let mut name = account.id.clone();
        if let Some(p) = subject {
            data.insert("product".into(), json!(playbook.products[p].id));
            name = format!("{name}/{}", playbook.products[p].id);
        }
        data.insert("incident".into(), json!(""));
        data.insert("rule".into(), json!(rule.id));
        data.insert("severity".into(), json!(rule.severity));
        data.insert("opened".into(), json!(instant_text(time)));
        if rule.play
            && let Some(due) = rule.due_days
        {
            data.insert("due".into(), json!(day_text(day + due)));
        }
        match reason {
            Some(reason) => {
                data.insert("reason".into(), json!(reason));
                data.insert("open_days".into(), json!(d - day));
            }
            None if rule.play => {
                if let Some(group) = &rule.group {
                    data.insert("group".into(), json!(group));
                }
            }
            None => {
                let route = match rule.route.as_str() {
                    "owner" => account.owner.clone(),
                    "account_executive" => account.account_executive.clone(),
                    "success_role" => account.success_role.clone(),
                    other => Some(other.to_string()),
                };
                data.insert("route".into(), json!(route));
            }
        }
        data.insert("evidence".into(), json!(evidence));
        data.insert("cause".into(), cause.json.clone());
        data.insert("playbook".into(), json!(""));
        let kind = match (rule.play, reason.is_some()) {
            (false, false) => "adoption.alert.opened",
            (false, true) => "adoption.alert.cleared",
            (true, false) => "adoption.play.opened",
            (true, true) => "adoption.play.closed",
        };
        // A clearing is never told to be before its opening.
        out.push(envelope(kind, name, cause.time.max(time), data));
    }
    account.incidents[r][i] = after;
}

/// What two implementations must agree on: without `id`, `dataschema`, `data.incident`, `data.playbook`; every number as
/// a double, every object with its keys in order.
pub fn compare_key(output: &Value) -> Value {
    let mut output = output.clone();
    if let Some(envelope) = output.as_object_mut() {
        envelope.remove("id");
        envelope.remove("dataschema");
        if let Some(data) = envelope.get_mut("data").and_then(Value::as_object_mut) {
            data.remove("incident");
            data.remove("playbook");
        }
    }
    normal(&output)
}

/// Numbers as doubles, keys sorted: for comparing metric values and outputs.
pub fn normal(value: &Value) -> Value {
    match value {
        Value::Number(n) => json!(n.as_f64()),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            Value::Object(sorted.into_iter().map(|(k, v)| (k.clone(), normal(v))).collect())
        }
        other => other.clone(),
    }
}
