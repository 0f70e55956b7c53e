//! What people see of a product of an account.

use super::super::eval::is_below;
use super::super::expr::{Expr, Value as Found};
use super::super::facts::{ADOPTED, Account, Gauge, Subject, Usage};
use super::super::metric::STAGES;
use super::super::number::Frac;
use super::super::playbook::Feature;
use super::super::zone::{Day, day_text};
use super::{Seen, date, object};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many days are drawn, and how many are held.
const DRAWN_DAYS: i64 = 90;
const HELD_DAYS: i64 = 92;
/// How long ago progress is compared with.
const BEFORE_DAYS: i64 = 28;
/// As order goes: what is not said comes last.
const TIERS: [&str; 4] = ["core", "main", "advanced", "high_value"];

/// From the least; what is not said is less.
pub fn level(name: Option<&String>) -> Option<usize> {
    name.and_then(|name| ["low", "medium", "high"].iter().position(|known| known == name))
}

/// Of the highest impact, of these of the lowest effort, of these the first.
pub fn worthiest<'f>(features: impl Iterator<Item = &'f Feature>) -> Option<&'f Feature> {
    features.min_by_key(|feature| {
        let effort = level(feature.effort.as_ref()).unwrap_or(usize::MAX);
        (std::cmp::Reverse(level(feature.impact.as_ref())), effort)
    })
}

/// The account as it was some days ago by what is known today: what happened later is left out; what was told of it, of its terms and of its
/// users is as it is today.
fn before(account: &Account, playbook: &super::super::playbook::Playbook, day: Day) -> Account {
    let mut then = account.clone();
    then.day = day;
    then.usage.retain(|usage| usage.day <= day);
    then.gauges.retain(|gauge| gauge.day <= day);
    then.runs.retain(|run| run.day <= day);
    then.outcomes.retain(|outcome| outcome.day <= day);
    then.answers.retain(|_, answer| answer.day <= day);
    for product in &mut then.products {
        product.seen.retain(|seen| seen.day < day);
    }
    then.see(playbook, None);
    then
}

impl Seen<'_> {
    /// The highest stage first.
    pub fn all_products(&self) -> Vec<Value> {
        let mut those: Vec<usize> = self.products().filter(|p| self.is_entitled(*p) || self.stage(*p) > 0).collect();
        those.sort_by_key(|p| std::cmp::Reverse(self.stage(*p)));
        those.into_iter().map(|p| self.product(p)).collect()
    }

    fn window(&self) -> (Day, Day) {
        let d = self.account().day;
        (d - self.playbook().window_days + 1, d)
    }

    fn drawn(&self) -> std::ops::RangeInclusive<Day> {
        let d = self.account().day;
        d - DRAWN_DAYS + 1..=d
    }

    fn held(&self) -> (Day, Day) {
        let d = self.account().day;
        (d - HELD_DAYS + 1, d)
    }

    fn of_product(&self, p: usize, text: &str) -> Value {
        self.value_of(Subject::Product(p), text).to_json()
    }

    fn product(&self, p: usize) -> Value {
        let (product, state, this) = (&self.playbook().products[p], &self.account().products[p], Subject::Product(p));
        let of = |text: &str| self.of_product(p, text);
        object(json!({
            "product": product.id,
            "name": product.name,
            "stage": STAGES[state.stage],
            "since": date(state.changed),
            "entitled": self.is_entitled(p),
            "adopted": date(state.first_adopted),
            "score": self.shown(&this, self.playbook().shown.score.as_ref()),
            "criteria": self.criteria(p),
            "active_users": of("active_users"),
            "seats": of("seats"),
            "license_utilization": of("license_utilization"),
            "first_use": date(self.view.first_use(Some(p))),
            "last_use": date(self.view.last_use(Some(p))),
            "terms": self.terms(p),
            "value": {"amount": of("value_realized"), "hours": of("hours_saved")},
            "features": self.features(p),
            "modules": self.modules(p),
            "gauges": self.gauges(p),
            "gaps": self.gaps(p),
            "not_adopted": self.not_adopted(p),
        }))
    }

    fn criteria(&self, p: usize) -> Value {
        let this = Subject::Product(p);
        let conditions: Vec<&Expr> = self.playbook().products[p].conditions[ADOPTED - 2].iter().collect();
        let view = self.view.of(this.clone());
        let values: Vec<Found> = conditions.iter().map(|condition| view.value(condition)).collect();
        // All of them: one that is false decides, and else one that is unknown.
        let holds = if values.contains(&Found::Bool(false)) {
            json!(false)
        } else if values.contains(&Found::Missing) {
            Value::Null
        } else {
            json!(true)
        };
        let lapses_on = (holds == json!(true)).then(|| self.lapses(&this, &conditions)).flatten();
        object(json!({
            "holds": holds,
            "progress": self.of_product(p, "criteria_progress"),
            "lapses_on": date(lapses_on),
            "comparisons": self.comparisons(&this, &conditions),
        }))
    }

    /// Those in force, the first to begin first.
    fn terms(&self, p: usize) -> Vec<Value> {
        let mut terms = self.account().in_force(self.playbook(), p);
        terms.sort_by_key(|term| (term.begins, term.told));
        let of = |term: &super::super::facts::Term| {
            object(json!({
                "term": term.id,
                "starts": day_text(term.begins),
                "ends": date(term.ends),
                "trialing": term.trialing,
                "seats": term.seats,
                "plan": term.plan,
                "arr": term.arr,
                "addons": term.addons,
                "features": term.features,
            }))
        };
        terms.into_iter().map(of).collect()
    }

    /// Those of the catalogue, then others of the held days.
    fn features(&self, p: usize) -> Vec<Value> {
        let (from, to) = self.held();
        let catalogue = &self.playbook().products[p].features;
        let used: BTreeSet<&str> = self.account().used(Some(p), from, to).filter_map(|usage| usage.feature.as_deref()).collect();
        let others = used.into_iter().filter(|id| catalogue.iter().all(|known| known.id != *id));
        let of_catalogue = catalogue.iter().map(|feature| self.feature(p, &feature.id, Some(feature)));
        of_catalogue.chain(others.map(|id| self.feature(p, id, None))).collect()
    }

    fn feature(&self, p: usize, id: &str, feature: Option<&Feature>) -> Value {
        let ((from, to), held) = (self.window(), self.held());
        let uses = || self.view.uses(p, id, from, to);
        let users = self.account().users_in(uses()).len() as i64;
        let active = self.view.users(Some(p), from, to);
        let quantity: i64 = uses().map(|usage| usage.quantity).sum();
        let change = self.value_of(Subject::Product(p), &format!("feature_change({}, 30)", json!(id)));
        let tenth = |n: i64| Found::ratio(n, 10);
        let trend = match &change {
            Found::Missing => None,
            change if is_below(change, &tenth(-1)) => Some("down"),
            change if is_below(&tenth(1), change) => Some("up"),
            _ => Some("flat"),
        };
        let worth = |each: Option<&Frac>| each.map_or(Frac::int(0), |each| each.times(&Frac::int(quantity)));
        let value = feature.filter(|feature| feature.amount.is_some() || feature.hours.is_some()).map(|feature| {
            let [amount, hours] = [&feature.amount, &feature.hours].map(|each| Found::Exact(worth(each.as_ref())).to_json());
            json!({"amount": amount, "hours": hours})
        });
        let tiers: Vec<&str> = TIERS.into_iter().filter(|tier| feature.is_some_and(|f| f.tiers.iter().any(|told| told == tier))).collect();
        object(json!({
            "feature": id,
            "name": feature.map_or(id, |feature| &feature.name),
            "module": feature.and_then(|feature| feature.module.as_ref()),
            "tiers": if tiers.is_empty() { Value::Null } else { json!(tiers) },
            "in_catalogue": feature.is_some(),
            "enabled": feature.is_some() && self.view.enabled(p).iter().any(|enabled| enabled.id == id),
            "users": users,
            "adoption": Found::ratio(users, active).to_json(),
            "events": quantity,
            "change": change.to_json(),
            "trend": trend,
            "effective": feature.is_some_and(|feature| self.view.is_effective(p, feature, to)),
            "last_use": date(self.view.uses(p, id, held.0, held.1).map(|usage| usage.day).max()),
            "value": value,
        }))
    }

    fn modules(&self, p: usize) -> Vec<Value> {
        let ((from, to), features) = (self.window(), &self.playbook().products[p].features);
        let mut out: Vec<Value> = Vec::new();
        for module in features.iter().filter_map(|feature| feature.module.as_ref()) {
            if out.iter().any(|known| known["module"] == json!(module)) {
                continue;
            }
            let its: Vec<&Feature> = features.iter().filter(|feature| feature.module.as_ref() == Some(module)).collect();
            let is_its = |usage: &&Usage| its.iter().any(|feature| usage.feature.as_deref() == Some(&feature.id));
            let on = |day: Day| self.account().used(Some(p), day, day).filter(is_its).map(|usage| usage.quantity).sum::<i64>();
            out.push(json!({
                "module": module,
                "features": its.len(),
                "features_used": its.iter().filter(|feature| self.view.is_used(p, &feature.id, from, to)).count(),
                "daily": self.drawn().map(on).collect::<Vec<_>>(),
            }));
        }
        out
    }

    fn gauges(&self, p: usize) -> Vec<Value> {
        let (from, to) = self.held();
        let of = || self.account().gauges.iter().filter(|gauge| gauge.product == p);
        let names: BTreeSet<&str> = of().filter(|gauge| from <= gauge.day && gauge.day <= to).map(|gauge| gauge.name.as_str()).collect();
        let mut out = Vec::new();
        for name in names {
            // Of one instant the later read is the later.
            let latest = |is_meant: &dyn Fn(&Gauge) -> bool| {
                of().filter(|gauge| gauge.name == name && is_meant(gauge)).max_by_key(|gauge| gauge.time)
            };
            let last = latest(&|_| true).expect("it was reported");
            let daily: Vec<Option<f64>> = self.drawn().map(|day| latest(&|gauge| gauge.day == day).map(|gauge| gauge.value)).collect();
            out.push(json!({"gauge": name, "value": last.value, "day": day_text(last.day), "daily": daily}));
        }
        out
    }

    /// Of the catalogue what the account may use and did not use in the window.
    pub fn unused(&self, p: usize) -> Vec<&Feature> {
        let (from, to) = self.window();
        self.view.enabled(p).into_iter().filter(|feature| !self.view.is_used(p, &feature.id, from, to)).collect()
    }

    fn gaps(&self, p: usize) -> Vec<Value> {
        let ((from, to), unused) = (self.window(), self.unused(p));
        let gap = |kind: &str, id: &str, name: &str, of: &Feature| {
            object(json!({
                "kind": kind,
                "id": id,
                "name": name,
                "impact": of.impact,
                "effort": of.effort,
                "recommendation": of.recommendation,
            }))
        };
        let mut out: Vec<Value> = unused.iter().map(|feature| gap("feature", &feature.id, &feature.name, feature)).collect();
        let all = &self.playbook().products[p].features;
        let mut modules: Vec<&String> = Vec::new();
        for module in all.iter().filter_map(|feature| feature.module.as_ref()) {
            if modules.contains(&module) {
                continue;
            }
            modules.push(module);
            let is_its = |feature: &&Feature| feature.module.as_ref() == Some(module);
            let is_used = all.iter().filter(is_its).any(|feature| self.view.is_used(p, &feature.id, from, to));
            let worthiest = worthiest(unused.iter().copied().filter(is_its)).filter(|_| !is_used);
            out.extend(worthiest.map(|feature| gap("module", module, module, feature)));
        }
        out
    }

    /// Why the account has not adopted what it is entitled to.
    pub fn reason(&self, p: usize) -> Option<&'static str> {
        if !self.is_entitled(p) || self.stage(p) >= ADOPTED {
            return None;
        }
        let (account, d) = (self.account(), self.account().day);
        let days: BTreeSet<Day> = account.used(Some(p), Day::MIN, d).map(|usage| usage.day).collect();
        let (from, to) = self.window();
        let never_used = self.view.unused_addons(p, Day::MIN, d);
        let is_unknown = self.view.unused_addons(p, from, to).iter().any(|addon| never_used.contains(addon));
        let zero = Found::int(0);
        let champion_left =
            is_below(&zero, &self.value("key_users_gone(30)")) && is_below(&self.value_of(Subject::Product(p), "usage_change(14)"), &zero);
        let then = before(account, self.playbook(), d - BEFORE_DAYS);
        let criteria = &self.playbook().products[p].criteria;
        let now = self.view.of(Subject::Product(p)).progress(criteria);
        let progress_then = super::View { playbook: self.playbook(), account: &then, subject: Subject::Product(p) }.progress(criteria);
        Some(match () {
            () if self.view.seats(p) == Some(0) => "no_seats",
            () if days.is_empty() => "never_used",
            () if is_unknown => "addon_unknown",
            () if days.len() == 1 => "tried_once",
            () if champion_left => "champion_left",
            () if !is_below(&progress_then, &now) => "stalled",
            () => "growing",
        })
    }

    fn not_adopted(&self, p: usize) -> Value {
        let plan = |reason: &str| self.playbook().plans.get(reason).cloned().unwrap_or_default();
        self.reason(p).map_or(Value::Null, |reason| json!({"reason": reason, "plan": plan(reason)}))
    }
}
