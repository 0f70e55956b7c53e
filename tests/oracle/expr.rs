//! Conditions: a recursive-descent parser for the part of CEL that docs/reference/conditions.md names, and their evaluation in
//! three-valued logic.

use super::number::Frac;
use super::zone::{Day, day_text};
use serde_json::{Value as Out, json};
use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Missing,
    Bool(bool),
    Exact(Frac),
    Double(f64),
    Text(String),
    List(Vec<Value>),
}

impl Value {
    pub fn int(n: i64) -> Value {
        Value::Exact(Frac::int(n))
    }

    pub fn ratio(n: i64, d: i64) -> Value {
        Frac::ratio(n.into(), d.into()).map_or(Value::Missing, Value::Exact)
    }

    pub fn or_missing<T>(value: Option<T>, make: impl Fn(T) -> Value) -> Value {
        value.map_or(Value::Missing, make)
    }

    pub fn to_json(&self) -> Out {
        match self {
            Value::Missing => Out::Null,
            Value::Bool(b) => json!(b),
            Value::Exact(f) => f.as_integer().map_or_else(|| json!(f.to_f64()), |n| json!(n)),
            Value::Double(d) => json!(d),
            Value::Text(t) => json!(t),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Add,
    Sub,
    Mul,
    Div,
}

impl Op {
    fn text(self) -> &'static str {
        match self {
            Op::Or => "||",
            Op::And => "&&",
            Op::Eq => "==",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
            Op::In => "in",
            Op::Add => "+",
            Op::Sub => "-",
            Op::Mul => "*",
            Op::Div => "/",
        }
    }

    fn strength(self) -> u8 {
        match self {
            Op::Or => 1,
            Op::And => 2,
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In => 3,
            Op::Add | Op::Sub => 4,
            Op::Mul | Op::Div => 5,
        }
    }

    fn compares(self) -> bool {
        self.strength() == 3
    }
}

/// What a metric takes in its parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Params {
    None,
    /// `(N?)`
    Window,
    /// `(N)`
    Length,
    /// `(name?, N?)`
    MaybeNamed,
    /// `(name, N?)`
    Named,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Bool,
    Text,
}

const PRODUCT_METRICS: &[(&str, Params, Kind)] = &[
    ("events", Params::MaybeNamed, Kind::Number),
    ("gauge", Params::Named, Kind::Number),
    ("active_users", Params::Window, Kind::Number),
    ("users_of", Params::Named, Kind::Number),
    ("active_days", Params::Window, Kind::Number),
    ("active_weeks", Params::Length, Kind::Number),
    ("features_used", Params::MaybeNamed, Kind::Number),
    ("feature_share", Params::Window, Kind::Number),
    ("seats", Params::None, Kind::Number),
    ("seats_days", Params::None, Kind::Number),
    ("entitled_days", Params::None, Kind::Number),
    ("term_days_left", Params::None, Kind::Number),
    ("entitled", Params::None, Kind::Bool),
    ("plan", Params::None, Kind::Text),
    ("trialing", Params::None, Kind::Bool),
    ("license_utilization", Params::Window, Kind::Number),
    ("days_since_use", Params::None, Kind::Number),
    ("days_since_first_use", Params::None, Kind::Number),
    ("stage_days", Params::None, Kind::Number),
    ("usage_change", Params::Length, Kind::Number),
    ("usage_shift", Params::Length, Kind::Number),
    ("frequency_change", Params::Length, Kind::Number),
    ("stickiness", Params::Window, Kind::Number),
    ("concentration", Params::Window, Kind::Number),
    ("integrations", Params::None, Kind::Number),
    ("workflow_runs", Params::MaybeNamed, Kind::Number),
];

const ACCOUNT_METRICS: &[(&str, Kind)] = &[
    ("products_entitled", Kind::Number),
    ("products_active", Kind::Number),
    ("products_adopted", Kind::Number),
    ("breadth", Kind::Number),
    ("account_stage_days", Kind::Number),
    ("observed_days", Kind::Number),
    ("first_product_days", Kind::Number),
    ("days_to_second_product", Kind::Number),
    ("days_since_touchpoint", Kind::Number),
    ("employees", Kind::Number),
    ("industry", Kind::Text),
    ("region", Kind::Text),
    ("arr", Kind::Number),
    ("days_to_renewal", Kind::Number),
    ("onboarded_days", Kind::Number),
    ("owner", Kind::Text),
    ("success_role", Kind::Text),
    ("holiday", Kind::Bool),
];

/// Metrics that `complete.` may stand before.
const COMPLETED: &[&str] = &[
    "events",
    "active_users",
    "users_of",
    "active_days",
    "active_weeks",
    "features_used",
    "feature_share",
    "license_utilization",
    "stickiness",
    "concentration",
    "workflow_runs",
];

/// The names of all metrics that the oracle knows.
pub fn metric_names() -> impl Iterator<Item = &'static str> {
    PRODUCT_METRICS.iter().map(|(name, ..)| *name).chain(ACCOUNT_METRICS.iter().map(|(name, _)| *name))
}

const STAGE_DEPENDENT: &[&str] =
    &["products_adopted", "breadth", "stage_days", "account_stage_days", "first_product_days", "days_to_second_product"];

#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// A product named before a dot.
    pub product: Option<String>,
    /// Reads complete days only.
    pub complete: bool,
    pub name: String,
    /// A feature, tier, gauge, workflow or calendar.
    pub of: Option<String>,
    /// The days of the window (weeks in `active_weeks`).
    pub n: i64,
    params: Params,
    pub of_product: bool,
    kind: Kind,
}

impl Metric {
    fn canonical(&self, subject: Option<&str>) -> String {
        let mut text = String::new();
        if let Some(product) = &self.product
            && subject != Some(product)
        {
            text = format!("{product}.");
        }
        if self.complete {
            text += "complete.";
        }
        text += &self.name;
        let of = self.of.as_ref().map(|of| Out::String(of.clone()).to_string());
        if self.params != Params::None {
            let arguments: Vec<String> = of.into_iter().chain([self.n.to_string()]).collect();
            text += &format!("({})", arguments.join(", "));
        }
        text
    }

    /// The days that the metric reads on day `d`; `settle` are those of its product.
    pub fn window(&self, d: Day, settle: i64, window_days: i64) -> Option<(Day, Day)> {
        let to = if self.complete { d - 1 - settle } else { d };
        match self.name.as_str() {
            "usage_change" | "usage_shift" | "frequency_change" => Some((d - 2 * self.n - settle, d - 1 - settle)),
            "active_weeks" => Some((to - 7 * self.n + 1, to)),
            "products_active" => Some((d - window_days + 1, d)),
            _ if self.params == Params::None => None,
            _ => Some((to - self.n + 1, to)),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Number(Frac, String),
    Text(String),
    Bool(bool),
    List(Vec<Expr>),
    Metric(Metric),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
}

/// Where a condition stands, which decides what it may name.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// By present names and by others.
    pub products: &'a [String],
    pub window_days: i64,
    /// The most that any product has.
    pub settle_days: i64,
    /// Bare product metrics mean the product at hand.
    pub of_product: bool,
    /// A stage condition: nothing that depends on a stage.
    pub of_stage: bool,
}

/// What evaluation needs to know.
pub trait Facts {
    /// The metric by the present names of what it names.
    fn present(&self, metric: &Metric) -> Metric;
    fn value(&self, metric: &Metric) -> Value;
    fn window(&self, metric: &Metric) -> Option<(Day, Day)>;
    /// The product whose condition it is.
    fn subject(&self) -> Option<&str>;
}

impl Expr {
    pub fn condition(text: &str, scope: Scope) -> Result<Expr, String> {
        let expr = Expr::parse(text, scope)?;
        match expr.kind()? {
            Some(Kind::Bool) => Ok(expr),
            other => Err(format!("`{text}` is not a condition but {other:?}")),
        }
    }

    pub fn parse(text: &str, scope: Scope) -> Result<Expr, String> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens, at: 0, scope };
        let expr = parser.binary(1)?;
        if parser.at < parser.tokens.len() {
            return Err(format!("`{text}`: did not expect {:?}", parser.tokens[parser.at]));
        }
        expr.kind().map_err(|e| format!("`{text}`: {e}"))?;
        Ok(expr)
    }

    /// `None`: a list.
    fn kind(&self) -> Result<Option<Kind>, String> {
        let want = |expr: &Expr, kind: Kind| match expr.kind()? {
            Some(found) if found == kind => Ok(()),
            other => Err(format!("{} should be {kind:?}, is {other:?}", expr.canonical(None))),
        };
        Ok(Some(match self {
            Expr::Number(..) => Kind::Number,
            Expr::Text(_) => Kind::Text,
            Expr::Bool(_) => Kind::Bool,
            Expr::Metric(m) => m.kind,
            Expr::List(items) => {
                for item in items {
                    item.kind()?.ok_or("a list in a list")?;
                }
                return Ok(None);
            }
            Expr::Negate(x) => want(x, Kind::Number).map(|()| Kind::Number)?,
            Expr::Not(x) => want(x, Kind::Bool).map(|()| Kind::Bool)?,
            Expr::Binary(Op::Or | Op::And, a, b) => {
                want(a, Kind::Bool)?;
                want(b, Kind::Bool)?;
                Kind::Bool
            }
            Expr::Binary(Op::In, a, b) => {
                let kind = a.kind()?.ok_or("a list on the left of `in`")?;
                let Expr::List(items) = &**b else { return Err("`in` wants a list".into()) };
                for item in items {
                    want(item, kind)?;
                }
                Kind::Bool
            }
            Expr::Binary(op, a, b) if op.compares() => {
                want(b, a.kind()?.ok_or("a list is not compared")?)?;
                Kind::Bool
            }
            Expr::Binary(_, a, b) => {
                want(a, Kind::Number)?;
                want(b, Kind::Number)?;
                Kind::Number
            }
        }))
    }

    fn strength(&self) -> u8 {
        match self {
            Expr::Binary(op, ..) => op.strength(),
            Expr::Negate(_) | Expr::Not(_) => 6,
            _ => 7,
        }
    }

    /// Single spaces, no parenthesis that precedence does not need, every default written out.
    pub fn canonical(&self, subject: Option<&str>) -> String {
        let inner = |expr: &Expr, at_least: u8| {
            let text = expr.canonical(subject);
            if expr.strength() < at_least { format!("({text})") } else { text }
        };
        match self {
            Expr::Number(_, text) => text.clone(),
            Expr::Text(text) => Out::String(text.clone()).to_string(),
            Expr::Bool(b) => b.to_string(),
            Expr::List(items) => {
                format!("[{}]", items.iter().map(|i| i.canonical(subject)).collect::<Vec<_>>().join(", "))
            }
            Expr::Metric(m) => m.canonical(subject),
            Expr::Negate(x) => format!("-{}", inner(x, 6)),
            Expr::Not(x) => format!("!{}", inner(x, 6)),
            Expr::Binary(op, a, b) => {
                format!("{} {} {}", inner(a, op.strength()), op.text(), inner(b, op.strength() + 1))
            }
        }
    }

    pub fn holds(&self, facts: &dyn Facts) -> bool {
        self.value(facts) == Value::Bool(true)
    }

    pub fn value(&self, facts: &dyn Facts) -> Value {
        match self {
            Expr::Number(f, _) => Value::Exact(*f),
            Expr::Text(t) => Value::Text(t.clone()),
            Expr::Bool(b) => Value::Bool(*b),
            Expr::List(items) => Value::List(items.iter().map(|i| i.value(facts)).collect()),
            Expr::Metric(m) => facts.value(m),
            Expr::Negate(x) => match x.value(facts) {
                Value::Exact(f) => Value::Exact(f.negate()),
                Value::Double(d) => Value::Double(-d),
                _ => Value::Missing,
            },
            Expr::Not(x) => match x.value(facts) {
                Value::Bool(b) => Value::Bool(!b),
                _ => Value::Missing,
            },
            Expr::Binary(Op::And, a, b) => match (a.value(facts), b.value(facts)) {
                (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
                (Value::Bool(true), Value::Bool(true)) => Value::Bool(true),
                _ => Value::Missing,
            },
            Expr::Binary(Op::Or, a, b) => match (a.value(facts), b.value(facts)) {
                (Value::Bool(true), _) | (_, Value::Bool(true)) => Value::Bool(true),
                (Value::Bool(false), Value::Bool(false)) => Value::Bool(false),
                _ => Value::Missing,
            },
            Expr::Binary(Op::In, a, b) => {
                let (a, Value::List(items)) = (a.value(facts), b.value(facts)) else { return Value::Missing };
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
                let Some(order) = order(&a.value(facts), &b.value(facts)) else { return Value::Missing };
                Value::Bool(match op {
                    Op::Eq => order.is_eq(),
                    Op::Ne => order.is_ne(),
                    Op::Lt => order.is_lt(),
                    Op::Le => order.is_le(),
                    Op::Gt => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
            Expr::Binary(op, a, b) => arithmetic(*op, &a.value(facts), &b.value(facts)),
        }
    }

    fn present(&self, facts: &dyn Facts) -> Expr {
        let all = |items: &[Expr]| items.iter().map(|i| i.present(facts)).collect();
        let inner = |x: &Expr| Box::new(x.present(facts));
        match self {
            Expr::Metric(m) => Expr::Metric(facts.present(m)),
            Expr::List(items) => Expr::List(all(items)),
            Expr::Negate(x) => Expr::Negate(inner(x)),
            Expr::Not(x) => Expr::Not(inner(x)),
            Expr::Binary(op, a, b) => Expr::Binary(*op, inner(a), inner(b)),
            literal => literal.clone(),
        }
    }

    fn metrics<'a>(&'a self, into: &mut Vec<&'a Metric>) {
        match self {
            Expr::Metric(m) => into.push(m),
            Expr::List(items) => items.iter().for_each(|i| i.metrics(into)),
            Expr::Negate(x) | Expr::Not(x) => x.metrics(into),
            Expr::Binary(_, a, b) => {
                a.metrics(into);
                b.metrics(into);
            }
            _ => {}
        }
    }

    /// Every comparison, from left to right.
    pub fn evidence(&self, facts: &dyn Facts, into: &mut Vec<Out>) {
        match self {
            Expr::Binary(op, a, b) if op.compares() => {
                let mut item = json!({
                    "metric": a.present(facts).canonical(facts.subject()),
                    "value": a.value(facts).to_json(),
                    "operator": op.text(),
                    "threshold": b.value(facts).to_json(),
                });
                let mut metrics = Vec::new();
                self.metrics(&mut metrics);
                let read: Vec<(Day, Day)> = metrics.iter().filter_map(|m| facts.window(m)).collect();
                if let (Some(from), Some(to)) = (read.iter().map(|w| w.0).min(), read.iter().map(|w| w.1).max()) {
                    item["window"] = json!({"from": day_text(from), "to": day_text(to)});
                }
                into.push(item);
                // Conditions compared with each other (`(a < 1) == (b < 2)`) hold comparisons of their own.
                a.evidence(facts, into);
                b.evidence(facts, into);
            }
            Expr::Negate(x) | Expr::Not(x) => x.evidence(facts, into),
            Expr::Binary(_, a, b) => {
                a.evidence(facts, into);
                b.evidence(facts, into);
            }
            Expr::List(items) => items.iter().for_each(|i| i.evidence(facts, into)),
            _ => {}
        }
    }
}

fn double(value: &Value) -> f64 {
    match value {
        Value::Exact(f) => f.to_f64(),
        Value::Double(d) => *d,
        other => unreachable!("{other:?} is not a number"),
    }
}

/// `None`: one is missing.
fn order(a: &Value, b: &Value) -> Option<Ordering> {
    Some(match (a, b) {
        (Value::Missing, _) | (_, Value::Missing) => return None,
        (Value::Exact(a), Value::Exact(b)) => a.compare(*b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
        _ => double(a).partial_cmp(&double(b)).expect("no metric is NaN"),
    })
}

fn arithmetic(op: Op, a: &Value, b: &Value) -> Value {
    match (a, b) {
        (Value::Missing, _) | (_, Value::Missing) => Value::Missing,
        (Value::Exact(a), Value::Exact(b)) => match op {
            Op::Add => Value::Exact(a.plus(*b)),
            Op::Sub => Value::Exact(a.minus(*b)),
            Op::Mul => Value::Exact(a.times(*b)),
            _ => Value::or_missing(a.over(*b), Value::Exact),
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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(String),
    Text(String),
    Name(String),
    Sign(&'static str),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const SIGNS: &[&str] = &["&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "!", "(", ")", "[", "]", ",", "."];
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(out) };
        if first.is_ascii_digit() {
            let mut end = 0;
            let bytes = rest.as_bytes();
            while end < bytes.len()
                && (bytes[end].is_ascii_digit()
                    || bytes[end] == b'.'
                    || bytes[end] == b'e'
                    || (bytes[end] == b'-' && bytes[end - 1] == b'e'))
            {
                end += 1;
            }
            out.push(Token::Number(rest[..end].into()));
            rest = &rest[end..];
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            out.push(Token::Name(rest[..end].into()));
            rest = &rest[end..];
        } else if first == '"' || first == '\'' {
            let mut value = String::new();
            let mut chars = rest.char_indices().skip(1);
            loop {
                match chars.next().ok_or_else(|| format!("`{text}`: a string has no end"))? {
                    (at, c) if c == first => {
                        rest = &rest[at + 1..];
                        break;
                    }
                    (_, '\\') => match chars.next() {
                        Some((_, c @ ('"' | '\'' | '\\'))) => value.push(c),
                        _ => return Err(format!("`{text}`: the oracle knows only escaped quotes and backslashes")),
                    },
                    (_, c) => value.push(c),
                }
            }
            out.push(Token::Text(value));
        } else {
            let sign = SIGNS.iter().find(|s| rest.starts_with(**s)).ok_or_else(|| format!("`{text}`: `{first}`?"))?;
            out.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        }
    }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    scope: Scope<'a>,
}

impl Parser<'_> {
    fn operator(&self) -> Option<Op> {
        Some(match self.tokens.get(self.at)? {
            Token::Name(name) if name == "in" => Op::In,
            Token::Sign(sign) => match *sign {
                "||" => Op::Or,
                "&&" => Op::And,
                "==" => Op::Eq,
                "!=" => Op::Ne,
                "<" => Op::Lt,
                "<=" => Op::Le,
                ">" => Op::Gt,
                ">=" => Op::Ge,
                "+" => Op::Add,
                "-" => Op::Sub,
                "*" => Op::Mul,
                "/" => Op::Div,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.sign(sign) { Ok(()) } else { Err(format!("expected `{sign}`, found {:?}", self.tokens.get(self.at))) }
    }

    fn binary(&mut self, strength: u8) -> Result<Expr, String> {
        if strength > 5 {
            return self.unary();
        }
        let mut left = self.binary(strength + 1)?;
        while let Some(op) = self.operator().filter(|op| op.strength() == strength) {
            self.at += 1;
            let right = self.binary(strength + 1)?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.sign("!") {
            return Ok(Expr::Not(Box::new(self.unary()?)));
        }
        if self.sign("-") {
            return Ok(Expr::Negate(Box::new(self.unary()?)));
        }
        if self.sign("(") {
            let inner = self.binary(1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.sign("[") {
            let mut items = Vec::new();
            while !self.sign("]") {
                items.push(self.binary(1)?);
                if !self.sign(",") {
                    self.expect("]")?;
                    break;
                }
            }
            return Ok(Expr::List(items));
        }
        let token = self.tokens.get(self.at).cloned().ok_or("the condition ends too early")?;
        self.at += 1;
        match token {
            Token::Number(text) => {
                let value = Frac::decimal(&text).ok_or_else(|| format!("`{text}` is not a number"))?;
                Ok(Expr::Number(value, text))
            }
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Name(name) if name == "true" || name == "false" => Ok(Expr::Bool(name == "true")),
            Token::Name(name) => self.metric(name),
            Token::Sign(sign) => Err(format!("did not expect `{sign}`")),
        }
    }

    fn metric(&mut self, first: String) -> Result<Expr, String> {
        let (mut product, mut complete, mut name) = (None, false, first);
        while self.sign(".") {
            let Some(Token::Name(after)) = self.tokens.get(self.at).cloned() else {
                return Err(format!("`{name}.` and then?"));
            };
            self.at += 1;
            match std::mem::replace(&mut name, after) {
                _ if complete => return Err("`complete` stands before the metric".into()),
                before if before == "complete" => complete = true,
                before if self.scope.products.contains(&before) && product.is_none() => product = Some(before),
                before => return Err(format!("no product `{before}`")),
            }
        }
        let (mut of, mut n, mut bare) = (None, None, true);
        if self.sign("(") {
            bare = false;
            while !self.sign(")") {
                match self.tokens.get(self.at).cloned() {
                    Some(Token::Text(text)) if of.is_none() && n.is_none() => of = Some(text),
                    Some(Token::Number(text)) if n.is_none() => {
                        n = Some(text.parse::<i64>().map_err(|_| format!("`{text}` is not a number of days"))?);
                    }
                    other => return Err(format!("{name}: did not expect {other:?}")),
                }
                self.at += 1;
                if !self.sign(",") {
                    self.expect(")")?;
                    break;
                }
            }
        }
        let (params, kind, of_product) = if let Some(m) = PRODUCT_METRICS.iter().find(|m| m.0 == name) {
            (m.1, m.2, true)
        } else if let Some(m) = ACCOUNT_METRICS.iter().find(|m| m.0 == name) {
            (if name == "holiday" { Params::Named } else { Params::None }, m.1, false)
        } else {
            return Err(format!("no metric `{name}`"));
        };
        if complete && !COMPLETED.contains(&name.as_str()) {
            return Err(format!("`{name}` has no window of complete days"));
        }
        if of_product && product.is_none() && !self.scope.of_product {
            return Err(format!("`{name}` of which product?"));
        }
        if !of_product && product.is_some() {
            return Err(format!("`{name}` is the account's"));
        }
        if self.scope.of_stage && STAGE_DEPENDENT.contains(&name.as_str()) {
            return Err(format!("a stage condition may not read `{name}`"));
        }
        let fits = match params {
            Params::None => bare,
            Params::Window => of.is_none(),
            Params::Length => of.is_none() && n.is_some(),
            Params::MaybeNamed => true,
            Params::Named => of.is_some(),
        };
        if !fits {
            return Err(format!("`{name}`: wrong parameters"));
        }
        let n = n.unwrap_or(self.scope.window_days);
        let metric = Metric { product, complete, name, of, n, params, of_product, kind };
        let name = &metric.name;
        let shortest = if name == "usage_shift" { 2 } else { 1 };
        // All that is read is held: D and the 91 days before it, of the product that settles latest.
        let (oldest, _) = metric.window(0, self.scope.settle_days, self.scope.window_days).unwrap_or((0, 0));
        if oldest < -91 || params != Params::None && n < shortest {
            return Err(format!("`{name}` cannot have {n}"));
        }
        Ok(Expr::Metric(metric))
    }
}
