//! What people see of an account, each figure by its definition and as if nothing else had been reckoned. What is missing is absent.

mod offers;
mod product;

use super::eval::{View, mean};
use super::expr::{Expr, Func, Of, Op, Value as Found};
use super::facts::{ADOPTED, Account, Opened, Subject};
use super::model::live_a_day;
use super::number::Frac;
use super::playbook::{Playbook, Rule, Segment};
use super::rules::whom;
use super::zone::{Day, day_text, instant_text};
use serde_json::{Map, Value, json};

/// How far is looked ahead.
const AHEAD_DAYS: i64 = 92;
/// So many accounts are peers, at least.
const PEERS_LEAST: i64 = 5;
/// Of a proficient product, and of one that is in use.
const PROFICIENT: usize = 4;
const ACTIVATED: usize = 2;

/// Without members that are `null`: what is missing.
fn object(members: Value) -> Value {
    let Value::Object(members) = members else { unreachable!("members") };
    Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

fn date(day: Option<Day>) -> Value {
    day.map_or(Value::Null, |day| json!(day_text(day)))
}

/// What an output says in short.
fn foreseen(day: Day, output: &Value) -> Value {
    let data = &output["data"];
    let rule = ["rule", "segment", "milestone", "measure"].into_iter().find_map(|key| data[key].as_str());
    object(json!({
        "day": day_text(day),
        "output": output["type"],
        "product": data["product"],
        "user": data["user"],
        "rule": rule,
        "from": data["from"],
        "to": data["to"],
    }))
}

/// What the account is seen with, and what becomes of it if nothing happens any more.
struct Seen<'a> {
    /// The figures of all accounts, where they are known.
    fleet: Option<&'a Value>,
    /// Of the account.
    view: View<'a>,
    /// As it will be on each of the next days, the first first.
    ahead: Vec<Account>,
    /// What is published until then.
    outlook: Vec<Value>,
}

impl<'a> Seen<'a> {
    fn new(playbook: &'a Playbook, account: &'a Account, fleet: Option<&'a Value>) -> Self {
        let zone = account.zone(playbook).clone();
        let mut later = account.clone();
        let (mut ahead, mut outlook) = (Vec::new(), Vec::new());
        for _ in 0..AHEAD_DAYS {
            outlook.extend(live_a_day(playbook, &mut later, &zone).iter().map(|output| foreseen(later.day, output)));
            ahead.push(later.clone());
        }
        Seen { fleet, ahead, outlook, view: View { playbook, account, subject: Subject::Account } }
    }

    fn account(&self) -> &'a Account {
        self.view.account
    }

    fn playbook(&self) -> &'a Playbook {
        self.view.playbook
    }

    fn products(&self) -> std::ops::Range<usize> {
        0..self.playbook().products.len()
    }

    fn id(&self, p: usize) -> &'a str {
        &self.playbook().products[p].id
    }

    fn ids(&self, products: &[usize]) -> Vec<&'a str> {
        products.iter().map(|p| self.id(*p)).collect()
    }

    fn value_of(&self, subject: Subject, text: &str) -> Found {
        let of = if subject == Subject::Account { Of::Account } else { Of::Product };
        self.view.of(subject).value(&self.playbook().expression(text, of).expect("a metric"))
    }

    fn value(&self, text: &str) -> Found {
        self.value_of(Subject::Account, text)
    }

    fn json(&self, text: &str) -> Value {
        self.value(text).to_json()
    }

    fn is_entitled(&self, p: usize) -> bool {
        self.account().entitled(self.playbook(), p)
    }

    fn stage(&self, p: usize) -> usize {
        self.account().products[p].stage
    }

    /// The first of the next days on which not all of these would be true of a subject.
    fn lapses(&self, subject: &Subject, conditions: &[&Expr]) -> Option<Day> {
        let holds = |account: &Account| {
            let view = View { account, playbook: self.playbook(), subject: subject.clone() };
            conditions.iter().all(|condition| view.holds(condition))
        };
        self.ahead.iter().find(|later| !holds(later)).map(|later| later.day)
    }

    /// Comparisons of conditions, as they are now.
    fn comparisons(&self, subject: &Subject, conditions: &[&Expr]) -> Vec<Value> {
        let view = self.view.of(subject.clone());
        let mut all = Vec::new();
        for condition in conditions {
            let mut evidence = Vec::new();
            view.evidence(condition, &mut evidence);
            let mut written = Vec::new();
            compared(condition, &mut written);
            assert_eq!(evidence.len(), written.len(), "one line for each");
            for (mut item, comparison) in evidence.into_iter().zip(written) {
                item["holds"] = view.value(comparison).to_json();
                if let Expr::Binary(op @ (Op::Ge | Op::Gt), m, threshold) = comparison {
                    item["progress"] = view.progress_to(*op, &view.value(m), &view.value(threshold)).to_json();
                }
                all.push(object(item));
            }
        }
        all
    }

    fn measure(&self, subject: &Subject, id: &str) -> Value {
        let (view, measure) = (self.view.of(subject.clone()), self.playbook().measure(id));
        let part = |expr: &Expr, weight: Value| {
            object(json!({"metric": view.canonical(expr, None), "value": view.value(expr).to_json(), "weight": weight}))
        };
        let parts: Vec<Value> = match &measure.value {
            Expr::Call(Func::Weighted, args) => args.chunks(2).map(|pair| part(&pair[0], view.value(&pair[1]).to_json())).collect(),
            Expr::Call(Func::Mean | Func::Min | Func::Max, args) => args.iter().map(|arg| part(arg, Value::Null)).collect(),
            _ => Vec::new(),
        };
        let parts = if parts.is_empty() { Value::Null } else { json!(parts) };
        let band = self.account().bands.get(&(id.to_owned(), subject.clone()));
        object(json!({"measure": id, "value": view.measure(id).to_json(), "band": band, "parts": parts}))
    }

    fn shown(&self, subject: &Subject, id: Option<&String>) -> Value {
        id.map_or(Value::Null, |id| self.measure(subject, id))
    }

    fn profile(&self) -> Value {
        let account = self.account();
        let contract = account.contract.unwrap_or_default();
        object(json!({
            "owner": account.owner,
            "account_executive": account.account_executive,
            "success_role": account.success_role,
            "industry": account.industry,
            "region": account.region,
            "employees": account.employees,
            "use_cases": account.use_cases,
            "time_zone": account.zone.as_ref().and_then(|zone| zone.name()),
            "parent": account.parent,
            "ids": account.ids.as_ref().filter(|ids| !ids.is_empty()),
            "onboarding_completed": date(account.onboarded),
            "contract_starts": date(contract.starts),
            "renewal": date(contract.renewal),
            "arr": contract.arr,
            "mrr": self.json("mrr"),
            "last_touchpoint": date(account.touchpoints.iter().map(|touchpoint| touchpoint.day).max()),
            "closed": date(account.closed),
            "churned": self.json("churned"),
        }))
    }

    fn account_stage(&self) -> Value {
        let account = self.account();
        let stages = &self.playbook().account_stages;
        let next = stages.get(account.stage + 1).map(|next| json!({"stage": next.name, "products_adopted": next.from}));
        let since = account.stage_changed.unwrap_or(account.began);
        let mut out = object(json!({"stage": stages[account.stage].name, "since": day_text(since), "next": next}));
        for (key, text) in &stages[account.stage].notes {
            out[*key] = json!(text);
        }
        out
    }

    fn quadrant(&self) -> Value {
        let adopted = self.products().filter(|p| self.stage(*p) >= ADOPTED);
        let depth = mean(adopted.map(|p| self.value_of(Subject::Product(p), "feature_share")));
        let breadth = self.value("breadth");
        let half = Frac::ratio(1, 2).expect("2 is not 0");
        let is_half = |value: &Found| matches!(value, Found::Exact(value) if !value.compare(&half).is_lt());
        let breadth_text = if is_half(&breadth) { "broad" } else { "narrow" };
        let depth_text = if is_half(&depth) { "deep" } else { "shallow" };
        let quadrant = format!("{breadth_text}_{depth_text}");
        object(json!({"quadrant": quadrant, "breadth": breadth.to_json(), "depth": depth.to_json()}))
    }

    /// Possible are pairs of the catalogue, without one all, of products that the account is entitled to. Those that are connected stand beside
    /// them.
    fn integrations(&self) -> Value {
        let catalogue = self.playbook().integrations.as_ref();
        let is_listed = |pair: &(usize, usize)| catalogue.is_none_or(|catalogue| catalogue.contains(pair));
        let is_connected =
            |(from, to): &(usize, usize)| self.account().connections.contains(&(self.id(*from).to_owned(), self.id(*to).to_owned()));
        let mut matrix = Vec::new();
        for pair in self.products().flat_map(|from| self.products().map(move |to| (from, to))).filter(|(from, to)| from != to) {
            let possible = is_listed(&pair) && self.is_entitled(pair.0) && self.is_entitled(pair.1);
            let connected = is_connected(&pair);
            if connected || possible {
                matrix.push(json!({"from": self.id(pair.0), "to": self.id(pair.1), "connected": connected, "possible": possible}));
            }
        }
        object(json!({
            "active": self.json("integrations_active"),
            "possible": self.json("integrations_possible"),
            "score": self.json("integration_score"),
            "matrix": matrix,
        }))
    }

    fn workflows(&self) -> Vec<Value> {
        let (account, d) = (self.account(), self.account().day);
        let is_named = |product: &String| self.playbook().named(product).is_some();
        let mut out = Vec::new();
        for workflow in &self.playbook().workflows {
            let runs = account.runs.iter().filter(|run| run.name == workflow.id && d - 7 < run.day && run.day <= d);
            let runs: i64 = runs.filter(|run| run.products.iter().any(is_named)).map(|run| run.quantity).sum();
            let label = if runs == 0 { json!("untapped") } else { json!(workflow.label) };
            let products = self.ids(&workflow.products);
            out.push(object(json!({"workflow": workflow.id, "products": products, "runs_7d": runs, "label": label})));
        }
        out
    }

    /// Those that some play has, of products where a play of these has them.
    fn guardrails(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for (place, guardrail) in self.playbook().guardrails.iter().enumerate() {
            let plays = || self.playbook().rules.iter().filter(|rule| rule.guards.contains(&place));
            let subjects: Vec<Subject> = match guardrail.of {
                Of::Product => self.products().filter(|p| plays().any(|play| play.products.contains(p))).map(Subject::Product).collect(),
                _ => plays().next().map(|_| Subject::Account).into_iter().collect(),
            };
            for subject in subjects {
                if !self.view.of(subject.clone()).holds(&guardrail.holds_back) {
                    continue;
                }
                let product = if let Subject::Product(p) = subject { Some(self.id(p)) } else { None };
                let until = date(self.lapses(&subject, &[&guardrail.holds_back]));
                out.push(object(json!({
                    "guardrail": guardrail.id,
                    "product": product,
                    "reason": guardrail.reason,
                    "until": until,
                })));
            }
        }
        out
    }

    fn milestones(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for milestone in &self.playbook().milestones {
            let subjects: Vec<Subject> = match milestone.of {
                Of::Product => {
                    let is_reached = |p: &usize| self.account().milestones.contains_key(&(milestone.id.clone(), Subject::Product(*p)));
                    let may = |p: &usize| milestone.products.contains(p) && self.is_entitled(*p);
                    self.products().filter(|p| may(p) || is_reached(p)).map(Subject::Product).collect()
                }
                _ => vec![Subject::Account],
            };
            for subject in subjects {
                let product = if let Subject::Product(p) = subject { Some(self.id(p)) } else { None };
                let asked = self.view.of(subject.clone());
                let is_useful = milestone.useful_if.as_ref().is_some_and(|useful| asked.holds(useful));
                let reached = self.account().milestones.get(&(milestone.id.clone(), subject)).copied();
                out.push(object(
                    json!({"milestone": milestone.id, "product": product, "reached": date(reached), "gap": reached.is_none() && is_useful}),
                ));
            }
        }
        out
    }

    /// Of a rule, in the order of outputs.
    fn subjects(&self, rule: &Rule) -> Vec<Subject> {
        match rule.of {
            Of::Account => vec![Subject::Account],
            Of::Product => self.products().map(Subject::Product).collect(),
            Of::User => self.account().users.iter().map(|user| Subject::User(user.id.clone())).collect(),
        }
    }

    fn incidents(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for rule in &self.playbook().rules {
            for subject in self.subjects(rule) {
                let known = self.account().incidents.get(&(rule.id.clone(), subject.clone()));
                let opened = known.filter(|known| known.is_open()).and_then(|known| known.open.as_ref());
                out.extend(opened.map(|opened| self.incident(rule, &subject, opened)));
            }
        }
        out
    }

    /// Whose it is, and whose tasks are, as the account is now.
    fn incident(&self, rule: &Rule, subject: &Subject, opened: &Opened) -> Value {
        let account = self.account();
        let mut tasks = Vec::new();
        for task in &rule.tasks {
            let (state, reason) = opened.tasks.get(&task.id).cloned().unwrap_or_else(|| ("open".into(), None));
            let due = task.due_days.or(rule.due_days).map(|days| opened.day + days);
            tasks.push(object(json!({
                "task": task.id,
                "title": task.title,
                "assignee": whom(account, &task.assignee),
                "doc": task.doc,
                "due": date(due),
                "state": state,
                "reason": reason,
            })));
        }
        let (product, user) = match subject {
            Subject::Product(p) => (Some(self.id(*p)), None),
            Subject::User(user) => (None, Some(user)),
            _ => (None, None),
        };
        object(json!({
            "kind": if rule.play { "play" } else { "alert" },
            "rule": rule.id,
            "incident": "",
            "severity": rule.severity,
            "product": product,
            "user": user,
            "opened": day_text(opened.day),
            "opened_at": instant_text(opened.time),
            "due": date(opened.due),
            "overdue": opened.due.is_some_and(|due| account.day > due),
            "route": if rule.play { None } else { whom(account, &rule.route) },
            "group": rule.group,
            "tasks": if tasks.is_empty() { Value::Null } else { json!(tasks) },
            "comparisons": self.comparisons(subject, &[&rule.open]),
        }))
    }

    fn campaigns(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for campaign in &self.playbook().campaigns {
            for user in &self.account().users {
                let written = self.account().campaigns.get(&(campaign.id.clone(), user.id.clone()));
                let triggered = written.and_then(|written| written.under_way.as_ref());
                out.extend(
                    triggered.map(|triggered| json!({"campaign": campaign.id, "user": user.id, "triggered": day_text(triggered.day)})),
                );
            }
        }
        out
    }

    fn personas(&self) -> Vec<Value> {
        let share = |id: &str| self.json(&format!("persona({})", json!(id)));
        self.playbook().personas.iter().map(|persona| object(json!({"persona": persona.id, "share": share(&persona.id)}))).collect()
    }

    /// Those that the account is in.
    fn segments(&self) -> impl Iterator<Item = &'a Segment> {
        let inside = |segment: &&Segment| self.account().segments.get(&segment.id).is_some_and(|membership| membership.inside);
        self.playbook().segments.iter().filter(inside)
    }

    fn figures_of(&self, segment: &Segment) -> Option<&'a Value> {
        self.fleet.map(|fleet| &fleet["segments"][&segment.id])
    }

    fn segment(&self, segment: &'a Segment) -> Value {
        let mut benchmarks: Vec<&(String, Frac)> = segment.benchmarks.iter().collect();
        benchmarks.sort_by_key(|benchmark| &benchmark.0);
        let mut variance = Vec::new();
        for (name, expected) in benchmarks {
            let figures = self.figures_of(segment);
            let value = figures.map_or(&Value::Null, |figures| match name.as_str() {
                "products_adopted" => &figures["percentiles"][name]["mean"],
                "expansion_rate" => &figures["expansion_90"],
                "nrr" => &figures[name],
                "second_product_days" => &figures["second_product"]["quartiles"][1],
                _ => &Value::Null,
            });
            let expected = expected.to_f64();
            let beyond = value.as_f64().map(|value| value - expected);
            variance.push(object(json!({"benchmark": name, "expected": expected, "value": value, "variance": beyond})));
        }
        json!({"segment": segment.id, "variance": variance})
    }

    /// The accounts beside which this one is put, with their figures; `None` where they are fewer than five.
    fn peers(&self) -> Option<(&'a Segment, &'a Value)> {
        let segment = self.segments().find(|segment| !segment.benchmarks.is_empty())?;
        let figures = self.figures_of(segment)?;
        (figures["accounts"].as_i64() >= Some(PEERS_LEAST)).then_some((segment, figures))
    }

    fn beside(&self, (segment, figures): &(&Segment, &Value)) -> Value {
        let names = ["products_adopted"].into_iter().chain(self.playbook().shown.elements.iter().map(String::as_str));
        let of = |name: &str| {
            let all = &figures["percentiles"][name];
            let account = self.json(name);
            object(json!({"figure": name, "account": account, "mean": all["mean"], "top_quartile": all["quartiles"][2]}))
        };
        let figures_beside: Vec<Value> = names.chain(["integration_score"]).map(of).collect();
        json!({"segment": segment.id, "accounts": figures["accounts"], "figures": figures_beside})
    }

    fn path(&self) -> Value {
        let adopted: Vec<usize> = self.account().adoptions().into_iter().map(|(_, p)| p).collect();
        let matched = self.view.matched_path();
        object(json!({
            "adopted": self.ids(&adopted),
            "path": matched.map(|(path, _)| &path.id),
            "shared": matched.map_or(0, |(_, shared)| shared),
            "next_product": self.view.next_product().map(|p| self.id(p)),
        }))
    }

    fn users(&self) -> Value {
        let (account, d) = (self.account(), self.account().day);
        let from = d - self.playbook().window_days + 1;
        let mut departments = std::collections::BTreeMap::<&str, (u64, u64)>::new();
        for user in account.present_users() {
            let Some(department) = &user.department else { continue };
            let counts = departments.entry(department).or_default();
            counts.0 += 1;
            counts.1 += u64::from(account.used_by(&user.id, None, from, d).next().is_some());
        }
        let of = |(name, (users, active)): (&str, (u64, u64))| json!({"department": name, "users": users, "active_users": active});
        json!({"present": account.present_users().count(), "departments": departments.into_iter().map(of).collect::<Vec<_>>()})
    }

    fn journey(&self, cross_sells: &[usize]) -> Vec<Value> {
        let mut out = Vec::new();
        for p in self.products() {
            let (product, stage) = (&self.playbook().products[p], self.stage(p));
            let state = match stage {
                PROFICIENT.. => "mature",
                ACTIVATED.. => "growing",
                1 => "unused",
                0 => "manual_or_competitor",
            };
            let target = if cross_sells.contains(&p) {
                Some("new")
            } else if state == "unused" {
                Some("activate")
            } else {
                None
            };
            let (id, name) = (&product.id, &product.name);
            out.push(object(json!({"problem": product.problem, "product": id, "name": name, "state": state, "target": target})));
        }
        out
    }
}

/// The comparisons that have lines of their own, as evidence lists them.
fn compared<'e>(expr: &'e Expr, into: &mut Vec<&'e Expr>) {
    if matches!(expr, Expr::Binary(op, ..) if op.compares()) {
        into.push(expr);
    }
    for part in expr.parts() {
        if part.kind() == Ok(super::expr::Kind::Bool) {
            compared(part, into);
        }
    }
}

/// In the shape of `AccountView`, but for the digest of the playbook.
pub fn account_view(playbook: &Playbook, account: &Account, fleet: Option<&Value>) -> Value {
    let seen = Seen::new(playbook, account, fleet);
    let this = Subject::Account;
    let shown = &playbook.shown;
    let mut out = Map::new();
    let mut add = |members: Value| out.extend(members.as_object().cloned().expect("an object"));
    add(object(json!({
        "account": account.id,
        "name": account.name,
        "day": day_text(account.day),
        "began": day_text(account.began),
        "profile": seen.profile(),
        "stage": seen.account_stage(),
        "products_entitled": seen.json("products_entitled"),
        "products_adopted": seen.json("products_adopted"),
        "breadth": seen.json("breadth"),
        "active_users": seen.json("active_users"),
        "score": seen.shown(&this, shown.account_score.as_ref()),
        "health": seen.shown(&this, shown.health.as_ref()),
        "elements": shown.elements.iter().map(|id| seen.measure(&this, id)).collect::<Vec<_>>(),
        "quadrant": seen.quadrant(),
        "products": seen.all_products(),
        "integrations": seen.integrations(),
        "workflows": seen.workflows(),
    })));
    let offers = offers::Offers::new(&seen);
    add(offers.json());
    add(object(json!({
        "guardrails": seen.guardrails(),
        "milestones": seen.milestones(),
        "incidents": seen.incidents(),
        "campaigns": seen.campaigns(),
        "personas": seen.personas(),
        "segments": seen.segments().map(|segment| seen.segment(segment)).collect::<Vec<_>>(),
        "peers": seen.peers().map_or(Value::Null, |peers| seen.beside(&peers)),
        "path": seen.path(),
        "users": seen.users(),
        "journey": seen.journey(&offers.cross_sold()),
        "outlook": seen.outlook,
    })));
    Value::Object(out)
}
