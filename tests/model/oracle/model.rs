//! The stream: clock, days, judging, outputs.

use super::decode::{Body, Event, decode};
use super::eval::View;
use super::expr::Of;
use super::facts::{Account, Gauge, Outcome, ProductState, Run, Subject, Term, Touchpoint, Usage};
use super::judge::{Cause, Kind, Worked, account_stage, judge};
use super::playbook::Playbook;
use super::zone::{Day, Zone, day_text, parse_date};
use serde_json::{Value, json};
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
    /// The greatest time that moved any clock.
    latest: Option<i64>,
    accounts: BTreeMap<String, Account>,
    outputs: Vec<Value>,
    dead: Vec<(u64, String)>,
    /// The rules of the playbook before the last edit, in its order, and whether each was a play.
    rules_before: Vec<(String, bool)>,
    /// Accounts that were not judged by the edited playbook yet.
    unjudged: Vec<String>,
}

/// `--until DATE`: the first instant of that day in the playbook's zone.
pub fn until_instant(playbook_yaml: &str, date: &str) -> Result<i64, String> {
    let day = parse_date(date).flatten().ok_or("not a date")?;
    Ok(Playbook::load(playbook_yaml)?.zone.start_of(day))
}

impl Oracle {
    pub fn new(playbook_yaml: &str, options: Options) -> Result<Self, String> {
        let playbook = Playbook::load(playbook_yaml)?;
        Ok(Oracle {
            playbook,
            options,
            clock: None,
            latest: None,
            accounts: BTreeMap::new(),
            outputs: Vec::new(),
            dead: Vec::new(),
            rules_before: Vec::new(),
            unjudged: Vec::new(),
        })
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

    /// What an expression comes to, of the account or of a product of it.
    pub fn metric(&self, account: &str, product: Option<&str>, text: &str) -> Value {
        let subject = product.map(|name| self.playbook.named(name).expect("a product of the playbook"));
        self.value(account, subject.map_or(Subject::Account, Subject::Product), text)
    }

    /// ... of a user of the account.
    pub fn metric_of_user(&self, account: &str, user: &str, text: &str) -> Value {
        self.value(account, Subject::User(user.into()), text)
    }

    fn value(&self, account: &str, subject: Subject, text: &str) -> Value {
        let Some(account) = self.accounts.get(account) else { return Value::Null };
        let of = match subject {
            Subject::Account => Of::Account,
            Subject::Product(_) => Of::Product,
            Subject::User(_) | Subject::UserOf(..) => Of::User,
        };
        let expr = self.playbook.expression(text, of).unwrap_or_else(|e| panic!("{e}"));
        View { playbook: &self.playbook, account, subject }.value(&expr).to_json()
    }

    /// Who is nobody else, in the order in which they were first named.
    pub fn users(&self, account: &str) -> Vec<String> {
        self.accounts.get(account).into_iter().flat_map(|account| account.selves()).map(|user| user.id.clone()).collect()
    }

    /// What people see of an account, in the shape of `AccountView`, but for the digest of the playbook. `fleet`: the record of all accounts.
    pub fn account_view(&self, account: &str, fleet: Option<&Value>) -> Option<Value> {
        self.accounts.get(account).map(|account| super::view::account_view(&self.playbook, account, fleet))
    }

    /// The record of all accounts, as they stand: `day`, `figures` and `segments`.
    pub fn portfolio(&self) -> Value {
        let mut data = super::portfolio::portfolio(&self.playbook, self.accounts.values());
        data["day"] = json!(self.clock.map(|clock| day_text(self.playbook.zone.day_of(clock))));
        data
    }

    /// What `adoption.account.updated` tells of the adoption beside the part that it always told.
    pub fn adoption(&self, account: &str) -> Value {
        let of = |text: &str| self.metric(account, None, text);
        let percentage = match self.accounts.get(account) {
            None => Value::Null,
            Some(known) => {
                let breadth = self.playbook.expression("100 * breadth", Of::Account).expect("a metric");
                let view = View { playbook: &self.playbook, account: known, subject: Subject::Account };
                view.places(&breadth, 1).to_json()
            }
        };
        json!({
            "products_adopted_count": of("products_adopted"),
            "products_available": of("products_entitled"),
            "adoption_breadth_percentage": percentage,
            "time_to_second_product_days": of("days_to_second_product"),
            "primary_product": of("primary_product"),
            "second_product": of("second_product"),
            "adoption_stage": of("account_stage"),
        })
    }

    /// The first start with another playbook, once all days are lived through: every account is judged once. Products and their names stay
    /// as they are.
    pub fn edit(&mut self, playbook_yaml: &str) -> Result<(), String> {
        let playbook = Playbook::load(playbook_yaml)?;
        let names = |playbook: &Playbook| {
            let products = playbook.products.iter().map(|p| (p.id.clone(), p.aliases.clone(), p.feature_aliases.clone()));
            let stages = playbook.account_stages.iter().map(|stage| stage.name.clone());
            (products.collect::<Vec<_>>(), stages.collect::<Vec<_>>())
        };
        if names(&playbook) != names(&self.playbook) {
            return Err("the oracle knows no edit of products or of an account's stages".into());
        }
        for id in self.accounts() {
            self.live(&id);
        }
        self.rules_before = self.playbook.rules.iter().map(|rule| (rule.id.clone(), rule.play)).collect();
        self.playbook = playbook;
        self.unjudged = self.accounts();
        // While the partition has no clock, an account waits for its next event.
        if self.clock.is_some() {
            self.accounts().iter().for_each(|id| self.judge_edited(id));
        }
        Ok(())
    }

    fn judge_edited(&mut self, id: &str) {
        let Some(place) = self.unjudged.iter().position(|unjudged| unjudged == id) else { return };
        self.unjudged.remove(place);
        let mut account = self.accounts.remove(id).expect("an account");
        let time = account.latest.max(self.clock.unwrap_or(i64::MIN));
        let kind = Kind::Edited { before: self.rules_before.clone() };
        let cause = Cause { time, json: json!({"playbook": ""}), late: false, kind };
        account.see(&self.playbook, None);
        let out = judge(&self.playbook, &mut account, &cause);
        self.publish(out);
        self.accounts.insert(id.to_owned(), account);
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
        if let Body::Erase { user } = &event.body {
            self.erase(&event, user.as_deref(), line.number);
            return Ok(());
        }
        self.latest = self.latest.max(Some(event.time));
        self.judge_edited(&event.account);
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
        // Answers have ids of their own.
        let is_answer = matches!(event.body, Body::Nps { .. });
        if let (Some(account), Some(id)) = (known, &event.id)
            && !is_answer
            && account.applied_ids.contains(id)
        {
            return Ok(());
        }

        let mut account = self.accounts.remove(&event.account).unwrap_or_else(|| self.begin(&event.account, d, event.time));
        let names: Vec<String> = match &event.body {
            Body::Merge { user, into } => vec![user.clone(), into.clone()],
            body => body.user().map(str::to_owned).into_iter().collect(),
        };
        for name in &names {
            account.meet(name);
        }
        // Who they are before it applies: one of them may be another afterwards.
        let named = names.iter().map(|name| account.one(name).to_owned()).collect();
        let cause = Cause {
            time: event.time,
            late: day < d,
            json: told_of(&event, line.number),
            kind: Kind::Event {
                counts_use: matches!(event.body, Body::Usage { .. } | Body::Gauge { .. } | Body::Workflow { .. }),
                user: event.body.user().map(str::to_owned),
                named,
                task: self.worked(&account, &event.body),
            },
        };
        if let Some(id) = event.id.as_ref().filter(|_| !is_answer) {
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
        let out = judge(&self.playbook, &mut account, &cause);
        self.publish(out);
        if let Some(zone) = new_zone {
            account.zone = zone; // D moves when it is lived through, before the account's next event
        }
        self.accounts.insert(account.id.clone(), account);
        self.clock = self.clock.max(self.witnessed());
        Ok(())
    }

    /// An account, or one of its users, is forgotten. That moves no clock, and whoever is not there is not made.
    fn erase(&mut self, event: &Event, user: Option<&str>, line: u64) {
        let id = &event.account;
        self.live(id);
        let Some(user) = user else {
            self.accounts.remove(id);
            self.unjudged.retain(|unjudged| unjudged != id);
            return;
        };
        let Some(mut account) = self.accounts.remove(id) else { return };
        if account.users.iter().any(|known| known.id == user) {
            account.erase_user(user);
            let kind = Kind::Event { counts_use: false, user: None, named: Vec::new(), task: None };
            account.see(&self.playbook, None);
            let out = judge(&self.playbook, &mut account, &Cause { time: event.time, late: false, json: told_of(event, line), kind });
            self.publish(out);
        }
        self.accounts.insert(id.clone(), account);
    }

    /// What a record of a task is about; `None` where that is none of this account.
    fn worked(&self, account: &Account, body: &Body) -> Option<Worked> {
        let Body::Task { incident: None, play, product, user, task, state, reason } = body else { return None };
        let rule = self.playbook.rules.iter().find(|rule| rule.play && Some(&rule.id) == play.as_ref())?;
        let subject = match rule.of {
            Of::Account => Subject::Account,
            Of::Product => Subject::Product(self.playbook.named(product.as_ref()?)?),
            Of::User => Subject::User(account.one(user.as_ref()?).to_owned()),
        };
        Some(Worked { rule: rule.id.clone(), subject, task: task.clone(), state: state.clone(), reason: reason.clone() })
    }

    /// The greatest instant that enough accounts have reached by records of their own.
    fn witnessed(&self) -> Option<i64> {
        let mut reached: Vec<i64> = self.accounts.values().map(|account| account.latest).collect();
        reached.sort_unstable();
        reached.into_iter().rev().nth(self.options.clock_witnesses - 1)
    }

    pub fn finish(&mut self) {
        self.clock = self.clock.max(self.options.until.or(self.latest));
        for id in self.accounts() {
            self.live(&id);
        }
    }

    fn begin(&self, id: &str, d: Day, time: i64) -> Account {
        Account {
            id: id.to_string(),
            zone: None,
            latest: time,
            day: d,
            began: d,
            usage: Vec::new(),
            gauges: Vec::new(),
            runs: Vec::new(),
            users: Vec::new(),
            merged: BTreeMap::new(),
            connections: Default::default(),
            touchpoints: Vec::new(),
            answers: BTreeMap::new(),
            answers_read: 0,
            outcomes: Vec::new(),
            name: None,
            employees: None,
            industry: None,
            region: None,
            use_cases: None,
            owner: None,
            account_executive: None,
            success_role: None,
            onboarded: None,
            closed: None,
            contract: None,
            parent: None,
            ids: None,
            health: None,
            products: self.playbook.products.iter().map(|_| ProductState::default()).collect(),
            stage: account_stage(&self.playbook, 0),
            stage_changed: None,
            bands: BTreeMap::new(),
            segments: BTreeMap::new(),
            milestones: BTreeMap::new(),
            incidents: BTreeMap::new(),
            openings: BTreeMap::new(),
            watched: Vec::new(),
            campaigns: BTreeMap::new(),
            applied_ids: Default::default(),
        }
    }

    /// Every day boundary up to the account's clock, one at a time.
    fn live(&mut self, id: &str) {
        self.judge_edited(id);
        let Some(mut account) = self.accounts.remove(id) else { return };
        let zone = account.zone(&self.playbook).clone();
        let today = zone.day_of(account.latest.max(self.clock.unwrap_or(i64::MIN)));
        while account.day < today {
            let out = live_a_day(&self.playbook, &mut account, &zone);
            self.publish(out);
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
            Body::Entitlement { product, term, ended, trialing, plan, seats, addons, features, arr, starts, ends } => {
                if let Some(p) = named(&product) {
                    let begins = if ended { day } else { starts.unwrap_or(day) };
                    let told = account.products[p].told_count;
                    let term = Term { id: term, told, ended, trialing, plan, seats, addons, features, arr, begins, ends };
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
            Body::User { user, profile } => {
                if let Some(internal) = profile.internal
                    && internal == Some(true)
                    && !account.is_internal(&user)
                {
                    let one = account.one(&user).to_owned();
                    account.became_internal(&one);
                }
                let known = account.user_mut(&user);
                update(&mut known.name, profile.name);
                update(&mut known.email, profile.email);
                update(&mut known.role, profile.role);
                update(&mut known.level, profile.level);
                update(&mut known.department, profile.department);
                update(&mut known.key, profile.key);
                update(&mut known.internal, profile.internal);
                update(&mut known.created, profile.created);
                update(&mut known.left, profile.left);
            }
            Body::Merge { user, into } => account.merge(&user, &into),
            Body::Touchpoint { kind, user } => account.touchpoints.push(Touchpoint { day, kind, user }),
            Body::Nps { user, score } => account.answer(&user, event.id, day, score),
            Body::Outcome { kind, amount } => account.outcomes.push(Outcome { day, time: event.time, kind, amount }),
            Body::Task { .. } => {}
            Body::Erase { .. } => unreachable!("it is no fact"),
            Body::Account(profile) => {
                update(&mut account.name, profile.name);
                update(&mut account.use_cases, profile.use_cases);
                update(&mut account.account_executive, profile.account_executive);
                update(&mut account.health, profile.health);
                update(&mut account.employees, profile.employees);
                update(&mut account.industry, profile.industry);
                update(&mut account.region, profile.region);
                update(&mut account.owner, profile.owner);
                update(&mut account.success_role, profile.success_role);
                update(&mut account.onboarded, profile.onboarded);
                update(&mut account.closed, profile.closed);
                update(&mut account.contract, profile.contract);
                update(&mut account.parent, profile.parent);
                update(&mut account.ids, profile.ids);
                return profile.zone;
            }
        }
        None
    }

    fn publish(&mut self, outputs: Vec<Value>) {
        for mut output in outputs {
            output["id"] = json!(format!("oracle-{}", self.outputs.len()));
            self.outputs.push(output);
        }
    }
}

/// What a record is called as a cause.
fn told_of(event: &Event, line: u64) -> Value {
    event.id.as_ref().map_or_else(|| json!({"line": line}), |id| json!({"event": id}))
}

/// The boundary to the next day, and what follows from it.
pub fn live_a_day(playbook: &Playbook, account: &mut Account, zone: &Zone) -> Vec<Value> {
    account.day += 1;
    let d = account.day;
    for product in &mut account.products {
        let (begin, wait) = std::mem::take(&mut product.waiting).into_iter().partition(|term| term.begins <= d);
        product.waiting = wait;
        product.terms.extend::<Vec<Term>>(begin);
    }
    account.see(playbook, None);
    let cause = Cause { time: zone.start_of(d), json: json!({"day": day_text(d)}), late: false, kind: Kind::Boundary };
    judge(playbook, account, &cause)
}

fn update<T>(field: &mut Option<T>, update: Option<Option<T>>) {
    if let Some(value) = update {
        *field = value;
    }
}

/// What two implementations must agree on: without `id`, `dataschema`, `data.incident`, digests of playbooks; every number as
/// a double, every object with its keys in order.
pub fn compare_key(output: &Value) -> Value {
    let mut output = output.clone();
    if let Some(envelope) = output.as_object_mut() {
        envelope.remove("id");
        envelope.remove("dataschema");
        if let Some(data) = envelope.get_mut("data").and_then(Value::as_object_mut) {
            data.remove("incident");
            data.remove("playbook");
            if let Some(digest) = data.get_mut("cause").and_then(|cause| cause.get_mut("playbook")) {
                *digest = json!("");
            }
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
