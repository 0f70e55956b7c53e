//! What expressions come to, in three-valued logic, and the evidence of conditions.

use super::expr::{Before, Expr, Func, How, Kind, Of, Op, Over, Params, Read, Value, What, Window, has_metric};
use super::facts::{Account, Subject};
use super::number::Frac;
use super::playbook::Playbook;
use super::zone::day_text;
use serde_json::{Value as Out, json};
use std::cmp::Ordering;

/// The places to which values are rounded that enter a mean or a sum.
const PLACES: u32 = 12;
/// The places of a measure.
const MEASURE_PLACES: u32 = 6;

/// An account, and whose expression is evaluated.
#[derive(Clone)]
pub struct View<'a> {
    pub playbook: &'a Playbook,
    pub account: &'a Account,
    pub subject: Subject,
}

fn double(value: &Value) -> f64 {
    match value {
        Value::Exact(f) => f.to_f64(),
        Value::Double(d) => *d,
        other => unreachable!("{other:?} is not a number"),
    }
}

/// The exact value of a number.
fn exact(value: &Value) -> Option<Frac> {
    match value {
        Value::Exact(f) => Some(f.clone()),
        Value::Double(d) => Some(Frac::of_double(*d)),
        _ => None,
    }
}

/// Rounded, half to even; missing where it is huge.
fn rounded(value: &Value, places: u32) -> Option<Frac> {
    exact(value).filter(|value| !value.is_huge()).map(|value| value.rounded(places))
}

/// `None`: one is missing.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::Missing, _) | (_, Value::Missing) => return None,
        (Value::Exact(a), Value::Exact(b)) => a.compare(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        _ => double(a).partial_cmp(&double(b)).expect("no metric is NaN"),
    })
}

fn arithmetic(op: Op, a: &Value, b: &Value) -> Value {
    match (a, b) {
        (Value::Missing, _) | (_, Value::Missing) => Value::Missing,
        (Value::Exact(a), Value::Exact(b)) => match op {
            Op::Add => Value::Exact(a.plus(b)),
            Op::Sub => Value::Exact(a.minus(b)),
            Op::Mul => Value::Exact(a.times(b)),
            _ => Value::or_missing(a.over(b), Value::Exact),
        },
        _ => {
            let (a, b) = (double(a), double(b));
            let result = match op {
                Op::Add => a + b,
                Op::Sub => a - b,
                Op::Mul => a * b,
                _ if b == 0.0 => return Value::Missing,
                _ => a / b,
            };
            if result.is_finite() { Value::Double(result) } else { Value::Missing }
        }
    }
}

pub fn minus(a: &Value, b: &Value) -> Value {
    arithmetic(Op::Sub, a, b)
}

pub fn quotient(a: &Value, b: &Value) -> Value {
    arithmetic(Op::Div, a, b)
}

/// The one that stands first in an order, all as doubles where one is; missing without any.
fn extreme(values: Vec<Value>, first: Ordering) -> Value {
    let as_doubles = values.iter().any(|value| matches!(value, Value::Double(_)));
    let same = values.into_iter().map(|value| if as_doubles { Value::Double(double(&value)) } else { value });
    same.reduce(|best, next| if order(&next, &best) == Some(first) { next } else { best }).unwrap_or(Value::Missing)
}

pub fn is_below(a: &Value, b: &Value) -> bool {
    order(a, b) == Some(Ordering::Less)
}

pub fn greatest(values: Vec<Value>) -> Value {
    extreme(values, Ordering::Greater)
}

/// Sum of value times weight ÷ sum of weights, of those that are there.
fn weighted(values: impl Iterator<Item = (Value, Frac)>) -> Value {
    let (mut sum, mut weights) = (Frac::int(0), Frac::int(0));
    for (value, weight) in values {
        if let Some(value) = rounded(&value, PLACES) {
            sum = sum.plus(&value.times(&weight));
            weights = weights.plus(&weight);
        }
    }
    Value::or_missing(sum.over(&weights), |mean| Value::Exact(mean.rounded(PLACES)))
}

pub fn mean(values: impl Iterator<Item = Value>) -> Value {
    weighted(values.map(|value| (value, Frac::int(1))))
}

impl<'a> View<'a> {
    pub fn of(&self, subject: Subject) -> View<'a> {
        View { playbook: self.playbook, account: self.account, subject }
    }

    pub fn of_account(&self) -> View<'a> {
        self.of(Subject::Account)
    }

    pub fn of_product(&self, p: usize) -> View<'a> {
        self.of(Subject::Product(p))
    }

    fn product(&self) -> Option<usize> {
        match &self.subject {
            Subject::Product(p) | Subject::UserOf(p, _) => Some(*p),
            Subject::Account | Subject::User(_) => None,
        }
    }

    pub fn holds(&self, expr: &Expr) -> bool {
        self.value(expr) == Value::Bool(true)
    }

    pub fn value(&self, expr: &Expr) -> Value {
        match expr {
            Expr::Number(f, _) => Value::Exact(f.clone()),
            Expr::Text(t) => Value::Text(t.clone()),
            Expr::Bool(b) => Value::Bool(*b),
            Expr::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            Expr::Read(read) => self.read(read),
            Expr::Negate(x) => match self.value(x) {
                Value::Exact(f) => Value::Exact(f.negate()),
                Value::Double(d) => Value::Double(-d),
                _ => Value::Missing,
            },
            Expr::Not(x) => match self.value(x) {
                Value::Bool(b) => Value::Bool(!b),
                _ => Value::Missing,
            },
            Expr::Binary(op @ (Op::And | Op::Or), a, b) => {
                // What decides by itself, whatever the other is, also where that is unknown.
                let decides = Value::Bool(*op == Op::Or);
                let a = self.value(a);
                if a == decides {
                    return a;
                }
                let b = self.value(b);
                if b == decides || a != Value::Missing { b } else { Value::Missing }
            }
            Expr::Binary(Op::In, a, b) => {
                let (a, Value::List(items)) = (self.value(a), self.value(b)) else { return Value::Missing };
                if a == Value::Missing {
                    return Value::Missing;
                }
                let found: Vec<Option<Ordering>> = items.iter().map(|item| order(&a, item)).collect();
                if found.contains(&Some(Ordering::Equal)) {
                    Value::Bool(true)
                } else if items.contains(&Value::Missing) {
                    Value::Missing
                } else {
                    Value::Bool(false)
                }
            }
            Expr::Binary(op, a, b) if op.compares() => {
                let Some(order) = order(&self.value(a), &self.value(b)) else { return Value::Missing };
                Value::Bool(match op {
                    Op::Eq => order.is_eq(),
                    Op::Ne => order.is_ne(),
                    Op::Lt => order.is_lt(),
                    Op::Le => order.is_le(),
                    Op::Gt => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
            Expr::Binary(op, a, b) => arithmetic(*op, &self.value(a), &self.value(b)),
            Expr::If(c, a, b) => match self.value(c) {
                Value::Bool(true) => self.value(a),
                Value::Bool(false) => self.value(b),
                _ => Value::Missing,
            },
            Expr::Call(func, args) => self.call(*func, args),
            Expr::Aggregate(over, how, of, among) => self.aggregate(*over, *how, of, among.as_deref()),
        }
    }

    fn call(&self, func: Func, args: &[Expr]) -> Value {
        let mut values = args.iter().map(|arg| self.value(arg));
        match func {
            Func::Min | Func::Max => {
                let values: Vec<Value> = values.collect();
                if values.contains(&Value::Missing) {
                    return Value::Missing;
                }
                extreme(values, if func == Func::Min { Ordering::Less } else { Ordering::Greater })
            }
            Func::Mean => mean(values),
            Func::Weighted => {
                let values: Vec<Value> = values.collect();
                weighted(values.chunks(2).map(|pair| (pair[0].clone(), exact(&pair[1]).expect("a weight is a literal"))))
            }
            Func::Or => values.find(|value| *value != Value::Missing).unwrap_or(Value::Missing),
            Func::Known => Value::Bool(values.all(|value| value != Value::Missing)),
            Func::HasAny => match (values.next(), values.next()) {
                (Some(Value::List(told)), Some(Value::List(asked))) => Value::Bool(asked.iter().any(|item| told.contains(item))),
                _ => Value::Missing,
            },
        }
    }

    /// Each of those that an aggregate is over. In a product's expression what users do is what they do with it.
    fn each(&self, over: Over) -> Vec<View<'a>> {
        let product = self.product();
        match over {
            Over::Users => {
                let user = |id: &String| product.map_or(Subject::User(id.clone()), |p| Subject::UserOf(p, id.clone()));
                self.account.present_users().map(|present| self.of(user(&present.id))).collect()
            }
            Over::Products => {
                let entitled = (0..self.playbook.products.len()).filter(|p| self.account.entitled(self.playbook, *p));
                entitled.map(|p| self.of_product(p)).collect()
            }
        }
    }

    fn aggregate(&self, over: Over, how: How, of: &Expr, among: Option<&Expr>) -> Value {
        let meant: Vec<View> = self.each(over).into_iter().filter(|each| among.is_none_or(|among| each.holds(among))).collect();
        let values = || meant.iter().map(|each| each.value(of));
        let present = || values().filter(|value| *value != Value::Missing).collect::<Vec<Value>>();
        let holding = || values().filter(|value| *value == Value::Bool(true)).count() as i64;
        match how {
            How::Count => Value::int(holding()),
            How::Share => match Value::ratio(holding(), meant.len() as i64) {
                Value::Exact(share) => Value::Exact(share.rounded(PLACES)),
                _ => Value::Missing,
            },
            How::Mean => mean(values()),
            How::Min => extreme(present(), Ordering::Less),
            How::Max => greatest(present()),
            How::Sum => {
                let entering = values().filter_map(|value| rounded(&value, PLACES));
                Value::Exact(entering.fold(Frac::int(0), |sum, value| sum.plus(&value)).rounded(PLACES))
            }
        }
    }

    pub fn share_of_users(&self, of: &Expr, among: Option<&Expr>) -> Value {
        self.aggregate(Over::Users, How::Share, of, among)
    }

    /// Of whom something is read; empty where `primary` is asked for and there is none.
    fn whose(&self, read: &Read) -> Option<View<'a>> {
        let user = match &self.subject {
            Subject::User(id) | Subject::UserOf(_, id) => Some(id.clone()),
            _ => None,
        };
        match (&read.before, read.of) {
            (Before::Primary, _) => self.account.primary().map(|p| self.of_product(p)),
            (Before::Account, _) => Some(self.of_account()),
            (Before::Product(name), Of::User) => {
                Some(self.of(Subject::UserOf(self.playbook.named(name).expect("checked at load"), user.expect("a user's expression"))))
            }
            (Before::Product(name), _) => Some(self.of_product(self.playbook.named(name).expect("checked at load"))),
            // A user's measure is of the account's user wherever it is read.
            (Before::Nothing, Of::User) if read.what == What::Measure => Some(self.of(Subject::User(user.expect("a user's expression")))),
            (Before::Nothing, Of::Account) => Some(self.of_account()),
            (Before::Nothing, _) => Some(self.clone()),
        }
    }

    fn read(&self, read: &Read) -> Value {
        let Some(whose) = self.whose(read) else { return Value::Missing };
        match read.what {
            What::Verdict => whose.verdict(read),
            What::Measure => whose.measure(&read.name),
            What::Metric => {
                let read = &Read { named: whose.present_name(read), ..read.clone() };
                match &whose.subject {
                    Subject::Account => whose.account_metric(read),
                    Subject::Product(p) => whose.product_metric(*p, read),
                    Subject::User(user) => whose.user_metric(user, None, read),
                    Subject::UserOf(p, user) => whose.user_metric(user, Some(*p), read),
                }
            }
        }
    }

    /// The name in a metric's parentheses, where it is a feature what that is called now.
    fn present_name(&self, read: &Read) -> Option<String> {
        let named = read.named.clone()?;
        let p = self.product().filter(|_| read.what == What::Metric && super::expr::OF_FEATURE.contains(&read.name.as_str()));
        Some(p.map_or(named.clone(), |p| self.playbook.present_feature(p, &named)))
    }

    /// Rounded to so many places.
    pub fn places(&self, expr: &Expr, places: u32) -> Value {
        Value::or_missing(rounded(&self.value(expr), places), Value::Exact)
    }

    pub fn measure(&self, id: &str) -> Value {
        self.places(&self.playbook.measure(id).value, MEASURE_PLACES)
    }

    fn verdict(&self, read: &Read) -> Value {
        let is_meant = |rule: &str| {
            let play = self.playbook.rules.iter().find(|known| known.id == rule && known.play);
            play.is_some_and(|play| read.named.is_none() || play.group == read.named)
        };
        match read.name.as_str() {
            "open_plays" => {
                let open = self.account.incidents.iter().filter(|((rule, _), incident)| incident.is_open() && is_meant(rule));
                return Value::int(open.count() as i64);
            }
            "days_since_play" => {
                let opened = self.account.openings.iter().filter(|(rule, _)| is_meant(rule)).map(|(_, day)| *day);
                return Value::or_missing(opened.max(), |day| Value::int(self.account.day - day));
            }
            _ => {}
        }
        let id = read.named.as_deref().expect("checked at load");
        let inside = |segment: &str| self.account.segments.get(segment).is_some_and(|membership| membership.inside);
        match read.name.as_str() {
            "segment" => Value::Bool(inside(id)),
            "benchmark" => {
                let named = |segment: &super::playbook::Segment| segment.benchmarks.iter().find(|b| b.0 == id).map(|b| b.1.clone());
                let first = self.playbook.segments.iter().filter(|segment| inside(&segment.id)).find_map(named);
                Value::or_missing(first, Value::Exact)
            }
            "milestone" => Value::Bool(self.achieved(id).is_some()),
            "days_since_milestone" => Value::or_missing(self.achieved(id), |day| Value::int(self.account.day - day)),
            "alert_open" | "play_open" => {
                let is_open = |subject: &Subject| {
                    let incident = self.account.incidents.get(&(id.to_string(), subject.clone()));
                    incident.is_some_and(super::facts::Incident::is_open)
                };
                let mut all = self.account.incidents.keys().filter(|(rule, _)| rule == id).map(|(_, subject)| subject);
                Value::Bool(match &self.subject {
                    Subject::Account => all.any(is_open),
                    this => is_open(this) || is_open(&Subject::Account),
                })
            }
            other => unreachable!("{other}"),
        }
    }

    /// When a milestone was, of a product where it is one's.
    fn achieved(&self, id: &str) -> Option<super::zone::Day> {
        let milestone = self.playbook.milestones.iter().find(|milestone| milestone.id == id).expect("a milestone of the playbook");
        let subject = match milestone.of {
            Of::Product => Subject::Product(self.product()?),
            _ => Subject::Account,
        };
        self.account.milestones.get(&(id.to_string(), subject)).copied()
    }

    /// Single spaces, no parenthesis that precedence does not need, every default written out, no prefix that says what is meant without it,
    /// present names.
    pub fn canonical(&self, expr: &Expr, inside: Option<Over>) -> String {
        let inner = |expr: &Expr, at_least: u8| {
            let text = self.canonical(expr, inside);
            if expr.strength() < at_least { format!("({text})") } else { text }
        };
        let listed =
            |items: &[Expr], inside: Option<Over>| items.iter().map(|item| self.canonical(item, inside)).collect::<Vec<_>>().join(", ");
        match expr {
            Expr::Number(_, text) => text.clone(),
            Expr::Text(text) => Out::String(text.clone()).to_string(),
            Expr::Bool(b) => b.to_string(),
            Expr::List(items) => format!("[{}]", listed(items, inside)),
            Expr::Read(read) => self.canonical_read(read, inside),
            Expr::Negate(x) => format!("-{}", inner(x, 6)),
            Expr::Not(x) => format!("!{}", inner(x, 6)),
            Expr::Binary(op, a, b) => {
                format!("{} {} {}", inner(a, op.strength()), op.text(), inner(b, op.strength() + 1))
            }
            Expr::If(c, a, b) => format!("{} ? {} : {}", inner(c, 1), inner(a, 1), inner(b, 0)),
            Expr::Call(func, args) => format!("{}({})", func.text(), listed(args, inside)),
            Expr::Aggregate(over, how, of, among) => {
                let over_text = if *over == Over::Users { "users" } else { "products" };
                let arguments: Vec<Expr> = std::iter::once(of).chain(among).map(|argument| (**argument).clone()).collect();
                format!("{over_text}.{}({})", how.text(), listed(&arguments, Some(*over)))
            }
        }
    }

    fn canonical_read(&self, read: &Read, inside: Option<Over>) -> String {
        let own = self.product();
        let is_products =
            |name: &str| has_metric(Of::Product, name) || self.playbook.measures.iter().any(|m| m.id == name && m.of == Of::Product);
        let is_product_milestone = || {
            let of_product = |m: &super::playbook::Milestone| Some(m.id.as_str()) == read.named.as_deref() && m.of == Of::Product;
            read.what == What::Verdict && read.name.contains("milestone") && self.playbook.milestones.iter().any(of_product)
        };
        let before = match &read.before {
            Before::Nothing => String::new(),
            Before::Primary => "primary.".into(),
            Before::Account => match &self.subject {
                Subject::Account => String::new(),
                Subject::Product(_) if !is_products(&read.name) && !is_product_milestone() && !read.name.ends_with("_open") => {
                    String::new()
                }
                _ => "account.".into(),
            },
            Before::Product(name) => {
                let p = self.playbook.named(name);
                if p == own && p.is_some() { String::new() } else { format!("{}.", self.playbook.present(name)) }
            }
        };
        let complete = if read.complete { "complete." } else { "" };
        // Within an aggregate over products a feature is called as it was written: it may be another one's old name for each of them.
        let whose = if inside == Some(Over::Products) { None } else { self.named_of(read, inside) };
        let named = whose.map_or(read.named.clone(), |whose| whose.present_name(read));
        let named = named.map(|named| Out::String(named).to_string());
        let n = match read.params {
            Params::None | Params::Name | Params::MaybeName => None,
            _ => Some(read.n.to_string()),
        };
        let arguments: Vec<String> = named.into_iter().chain(n).collect();
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        format!("{before}{complete}{}{arguments}", read.name)
    }

    /// Of which product a feature is that is named.
    fn named_of(&self, read: &Read, inside: Option<Over>) -> Option<View<'a>> {
        match (&read.before, inside) {
            (Before::Product(name), _) => self.playbook.named(name).map(|p| self.of_product(p)),
            (Before::Primary, _) => self.account.primary().map(|p| self.of_product(p)),
            (Before::Nothing, _) => self.product().map(|p| self.of_product(p)),
            (Before::Account, _) => None,
        }
    }

    /// The days that are read, through measures, personas and criteria too.
    fn windows(&self, expr: &Expr) -> Vec<Window> {
        let every = || (0..self.playbook.products.len()).map(|p| self.of_product(p));
        match expr {
            Expr::Read(read) => match self.whose(read) {
                Some(whose) => whose.windows_of(read),
                None => every().flat_map(|product| product.windows_of(read)).collect(),
            },
            Expr::Aggregate(Over::Products, ..) => {
                every().flat_map(|product| expr.parts().into_iter().flat_map(move |part| product.windows(part))).collect()
            }
            Expr::Aggregate(Over::Users, ..) => {
                // Which user it is makes no difference.
                let user = self.product().map_or(Subject::User(String::new()), |p| Subject::UserOf(p, String::new()));
                expr.parts().into_iter().flat_map(|part| self.of(user.clone()).windows(part)).collect()
            }
            _ => expr.parts().into_iter().flat_map(|part| self.windows(part)).collect(),
        }
    }

    /// ... of what is read of this one.
    fn windows_of(&self, read: &Read) -> Vec<Window> {
        let product = self.product().map(|p| &self.playbook.products[p]);
        let settle_days = product.map_or(self.playbook.settle_days, |product| product.settle_days);
        let mut windows: Vec<Window> = read.own_window(self.account.day, settle_days, self.playbook.window_days).into_iter().collect();
        match (read.what, read.name.as_str()) {
            (What::Measure, id) => windows.extend(self.windows(&self.playbook.measure(id).value)),
            (What::Verdict, _) => {}
            (_, "criteria_progress") => windows.extend(product.iter().flat_map(|product| self.windows(&product.criteria))),
            (_, "fit") => {
                let fit = product.iter().filter_map(|product| product.fit.as_ref());
                windows.extend(fit.flat_map(|fit| self.of_account().windows(fit)));
            }
            (_, "synergies_unlocked" | "synergies_untapped") => {
                windows.extend(self.playbook.synergies.iter().flat_map(|synergy| self.of_account().windows(&synergy.by)));
            }
            (_, "persona") => {
                let persona = self.playbook.persona(read.named.as_deref().expect("checked at load"));
                let user = self.of(Subject::User(String::new()));
                windows.extend([Some(&persona.keeps), persona.among.as_ref()].into_iter().flatten().flat_map(|part| user.windows(part)));
            }
            (_, "effective_features") => {
                // The days of each feature end with the window.
                let to = windows[0].1;
                windows.extend(product.iter().flat_map(|product| &product.features).map(|feature| (to - feature.effective.1 + 1, to)));
            }
            _ => {}
        }
        windows
    }

    /// Every comparison of a condition, from left to right. What is compared inside a number, a text or an aggregate has no line.
    pub fn evidence(&self, expr: &Expr, into: &mut Vec<Out>) {
        if let Expr::Binary(op, a, b) = expr
            && op.compares()
        {
            let mut item = json!({
                "metric": self.canonical(a, None),
                "value": self.value(a).to_json(),
                "operator": op.text(),
                "threshold": self.value(b).to_json(),
            });
            let read = self.windows(expr);
            if let (Some(from), Some(to)) = (read.iter().map(|w| w.0).min(), read.iter().map(|w| w.1).max()) {
                item["window"] = json!({"from": day_text(from), "to": day_text(to)});
            }
            into.push(item);
        }
        for part in expr.parts() {
            if part.kind() == Ok(Kind::Bool) {
                self.evidence(part, into);
            }
        }
    }
}
