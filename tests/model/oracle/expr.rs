//! The condition language: what may be named, a recursive-descent parser for the part of CEL that there is, and kinds. What it
//! comes to is in [`super::eval`].

use super::number::Frac;
use serde_json::{Value as Out, json};
use std::collections::BTreeMap;

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
    pub fn text(self) -> &'static str {
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

    pub fn strength(self) -> u8 {
        match self {
            Op::Or => 1,
            Op::And => 2,
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In => 3,
            Op::Add | Op::Sub => 4,
            Op::Mul | Op::Div => 5,
        }
    }

    pub fn compares(self) -> bool {
        self.strength() == 3
    }
}

/// Whom metrics, measures and rules are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    Account,
    Product,
    User,
}

/// What a metric takes in its parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Params {
    None,
    /// `(N?)`
    Window,
    /// `(N)`
    Length,
    /// `(name?, N?)`
    MaybeNamed,
    /// `(name, N?)`
    Named,
    /// `(name, N)`
    NamedLength,
    /// `(name)`
    Name,
    /// `(name?)`
    MaybeName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    Bool,
    Text,
    List,
}

/// Name, whose, how it is written, what it is.
pub const METRICS: &[(&str, Of, Params, Kind)] = &[
    ("events", Of::Product, Params::MaybeNamed, Kind::Number),
    ("gauge", Of::Product, Params::Named, Kind::Number),
    ("active_users", Of::Product, Params::Window, Kind::Number),
    ("users_of", Of::Product, Params::Named, Kind::Number),
    ("active_days", Of::Product, Params::Window, Kind::Number),
    ("active_weeks", Of::Product, Params::Length, Kind::Number),
    ("features_used", Of::Product, Params::MaybeNamed, Kind::Number),
    ("feature_share", Of::Product, Params::MaybeNamed, Kind::Number),
    ("seats", Of::Product, Params::None, Kind::Number),
    ("seats_days", Of::Product, Params::None, Kind::Number),
    ("entitled_days", Of::Product, Params::None, Kind::Number),
    ("term_days_left", Of::Product, Params::None, Kind::Number),
    ("entitled", Of::Product, Params::None, Kind::Bool),
    ("plan", Of::Product, Params::None, Kind::Text),
    ("trialing", Of::Product, Params::None, Kind::Bool),
    ("license_utilization", Of::Product, Params::Window, Kind::Number),
    ("days_since_use", Of::Product, Params::None, Kind::Number),
    ("days_since_first_use", Of::Product, Params::None, Kind::Number),
    ("stage_days", Of::Product, Params::None, Kind::Number),
    ("usage_change", Of::Product, Params::Length, Kind::Number),
    ("usage_shift", Of::Product, Params::Length, Kind::Number),
    ("frequency_change", Of::Product, Params::Length, Kind::Number),
    ("stickiness", Of::Product, Params::Window, Kind::Number),
    ("concentration", Of::Product, Params::Window, Kind::Number),
    ("integrations", Of::Product, Params::None, Kind::Number),
    ("workflow_runs", Of::Product, Params::MaybeNamed, Kind::Number),
    ("stage", Of::Product, Params::None, Kind::Text),
    ("fit", Of::Product, Params::None, Kind::Bool),
    ("criteria_progress", Of::Product, Params::None, Kind::Number),
    ("users_change", Of::Product, Params::Length, Kind::Number),
    ("utilization_change", Of::Product, Params::Window, Kind::Number),
    ("feature_change", Of::Product, Params::NamedLength, Kind::Number),
    ("unused_features", Of::Product, Params::MaybeNamed, Kind::Number),
    ("features_enabled", Of::Product, Params::None, Kind::Number),
    ("enabled_share", Of::Product, Params::Window, Kind::Number),
    ("effective_features", Of::Product, Params::Window, Kind::Number),
    ("modules_used", Of::Product, Params::Window, Kind::Number),
    ("modules", Of::Product, Params::None, Kind::Number),
    ("addons", Of::Product, Params::None, Kind::List),
    ("addons_unused", Of::Product, Params::Window, Kind::Number),
    ("value_realized", Of::Product, Params::Window, Kind::Number),
    ("hours_saved", Of::Product, Params::Window, Kind::Number),
    ("adopted_days", Of::Product, Params::None, Kind::Number),
    ("lost_days", Of::Product, Params::None, Kind::Number),
    ("seats_added", Of::Product, Params::Length, Kind::Number),
    ("products_entitled", Of::Account, Params::None, Kind::Number),
    ("products_active", Of::Account, Params::None, Kind::Number),
    ("products_adopted", Of::Account, Params::None, Kind::Number),
    ("breadth", Of::Account, Params::None, Kind::Number),
    ("account_stage_days", Of::Account, Params::None, Kind::Number),
    ("observed_days", Of::Account, Params::None, Kind::Number),
    ("first_product_days", Of::Account, Params::None, Kind::Number),
    ("days_to_second_product", Of::Account, Params::None, Kind::Number),
    ("days_since_touchpoint", Of::Account, Params::MaybeName, Kind::Number),
    ("employees", Of::Account, Params::None, Kind::Number),
    ("industry", Of::Account, Params::None, Kind::Text),
    ("region", Of::Account, Params::None, Kind::Text),
    ("arr", Of::Account, Params::None, Kind::Number),
    ("days_to_renewal", Of::Account, Params::None, Kind::Number),
    ("onboarded_days", Of::Account, Params::None, Kind::Number),
    ("owner", Of::Account, Params::None, Kind::Text),
    ("success_role", Of::Account, Params::None, Kind::Text),
    ("holiday", Of::Account, Params::Named, Kind::Bool),
    ("account_stage", Of::Account, Params::None, Kind::Text),
    ("name", Of::Account, Params::None, Kind::Text),
    ("account_executive", Of::Account, Params::None, Kind::Text),
    ("primary_product", Of::Account, Params::None, Kind::Text),
    ("second_product", Of::Account, Params::None, Kind::Text),
    ("next_product", Of::Account, Params::None, Kind::Text),
    ("users_known", Of::Account, Params::None, Kind::Number),
    ("login_rate", Of::Account, Params::Window, Kind::Number),
    ("departments", Of::Account, Params::None, Kind::Number),
    ("departments_active", Of::Account, Params::Window, Kind::Number),
    ("levels", Of::Account, Params::None, Kind::Number),
    ("levels_active", Of::Account, Params::Window, Kind::Number),
    ("exposure", Of::Account, Params::Window, Kind::Number),
    ("products_added", Of::Account, Params::Length, Kind::Number),
    ("products_lost", Of::Account, Params::Length, Kind::Number),
    ("events", Of::Account, Params::Window, Kind::Number),
    ("active_users", Of::Account, Params::Window, Kind::Number),
    ("active_days", Of::Account, Params::Window, Kind::Number),
    ("features_used", Of::Account, Params::MaybeNamed, Kind::Number),
    ("modules_used", Of::Account, Params::Window, Kind::Number),
    ("usage_change", Of::Account, Params::Length, Kind::Number),
    ("frequency_change", Of::Account, Params::Length, Kind::Number),
    ("users_change", Of::Account, Params::Length, Kind::Number),
    ("stickiness", Of::Account, Params::Window, Kind::Number),
    ("days_since_use", Of::Account, Params::None, Kind::Number),
    ("integrations_active", Of::Account, Params::None, Kind::Number),
    ("integrations_possible", Of::Account, Params::None, Kind::Number),
    ("integration_score", Of::Account, Params::None, Kind::Number),
    ("synergies_unlocked", Of::Account, Params::None, Kind::Number),
    ("synergies_untapped", Of::Account, Params::None, Kind::Number),
    ("workflow_runs", Of::Account, Params::MaybeNamed, Kind::Number),
    ("health", Of::Account, Params::Name, Kind::Number),
    ("nps", Of::Account, Params::Window, Kind::Number),
    ("nps_answers", Of::Account, Params::Window, Kind::Number),
    ("days_since_nps", Of::Account, Params::None, Kind::Number),
    ("use_cases", Of::Account, Params::None, Kind::List),
    ("mrr", Of::Account, Params::None, Kind::Number),
    ("mrr_change", Of::Account, Params::Length, Kind::Number),
    ("churned", Of::Account, Params::None, Kind::Bool),
    ("persona", Of::Account, Params::Name, Kind::Number),
    ("key_users_gone", Of::Account, Params::Window, Kind::Number),
    ("active_days", Of::User, Params::Window, Kind::Number),
    ("active_weeks", Of::User, Params::Length, Kind::Number),
    ("days_since_use", Of::User, Params::None, Kind::Number),
    ("days_since_first_use", Of::User, Params::None, Kind::Number),
    ("products_used", Of::User, Params::Window, Kind::Number),
    ("features_used", Of::User, Params::MaybeNamed, Kind::Number),
    ("modules_used", Of::User, Params::Window, Kind::Number),
    ("used", Of::User, Params::Named, Kind::Bool),
    ("known_days", Of::User, Params::None, Kind::Number),
    ("name", Of::User, Params::None, Kind::Text),
    ("email", Of::User, Params::None, Kind::Text),
    ("level", Of::User, Params::None, Kind::Text),
    ("role", Of::User, Params::None, Kind::Text),
    ("department", Of::User, Params::None, Kind::Text),
    ("key", Of::User, Params::None, Kind::Bool),
    ("days_since_touchpoint", Of::User, Params::None, Kind::Number),
    ("nps_score", Of::User, Params::None, Kind::Number),
    ("days_since_nps", Of::User, Params::None, Kind::Number),
    ("gone_days", Of::User, Params::None, Kind::Number),
];

/// What was concluded, and may be read where it comes later.
const VERDICTS: &[(&str, Kind)] = &[
    ("segment", Kind::Bool),
    ("milestone", Kind::Bool),
    ("days_since_milestone", Kind::Number),
    ("alert_open", Kind::Bool),
    ("play_open", Kind::Bool),
    ("open_plays", Kind::Number),
    ("days_since_play", Kind::Number),
    ("benchmark", Kind::Number),
];

/// Of those, what is asked of a group of plays, or of all.
const OF_PLAYS: [&str; 2] = ["open_plays", "days_since_play"];

/// Metrics of a product that `complete.` may stand before.
pub const COMPLETED: &[&str] = &[
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
    "unused_features",
    "enabled_share",
    "effective_features",
    "modules_used",
    "addons_unused",
    "value_realized",
    "hours_saved",
];

/// Metrics of a user that say what use was made, and may be asked of one product.
const OF_USE: &[&str] =
    &["active_days", "active_weeks", "days_since_use", "days_since_first_use", "products_used", "features_used", "modules_used", "used"];

/// Metrics whose name is a feature of the product.
pub const OF_FEATURE: &[&str] = &["events", "users_of", "feature_change", "used"];

const STAGE_DEPENDENT: &[&str] = &[
    "products_adopted",
    "breadth",
    "stage_days",
    "account_stage_days",
    "first_product_days",
    "days_to_second_product",
    "stage",
    "account_stage",
    "adopted_days",
    "lost_days",
    "products_added",
    "products_lost",
    "primary_product",
    "second_product",
    "next_product",
];

/// Metrics of the account that make a rule daily.
const MARKED: &[&str] = &[
    "users_known",
    "login_rate",
    "departments",
    "departments_active",
    "levels",
    "levels_active",
    "exposure",
    "active_users",
    "features_used",
    "modules_used",
    "users_change",
    "stickiness",
    "nps",
    "nps_answers",
    "days_since_nps",
    "persona",
    "key_users_gone",
];

/// The names of all metrics that the oracle knows, of each subject.
/// What is read as it stands, by name.
pub fn verdict_names() -> impl Iterator<Item = &'static str> {
    VERDICTS.iter().map(|verdict| verdict.0)
}

pub fn metric_names() -> impl Iterator<Item = &'static str> {
    METRICS.iter().map(|(name, ..)| *name)
}

pub fn has_metric(of: Of, name: &str) -> bool {
    METRICS.iter().any(|metric| metric.0 == name && metric.1 == of)
}

/// What stands before a name.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    Nothing,
    Account,
    Primary,
    Product(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Metric,
    Measure,
    Verdict,
}

/// A metric, a measure or a verdict, as it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    pub before: Before,
    /// Reads complete days only.
    pub complete: bool,
    pub name: String,
    /// A feature, tier, gauge, workflow, calendar, segment ...
    pub named: Option<String>,
    /// The days of the window (weeks in `active_weeks`).
    pub n: i64,
    pub params: Params,
    pub what: What,
    /// Whose it is. Of a verdict: who asks.
    pub of: Of,
    pub kind: Kind,
}

impl Read {
    /// A metric that depends on a stage, or is read of a product that does.
    pub fn is_of_stages(&self) -> bool {
        self.before == Before::Primary || self.what == What::Metric && STAGE_DEPENDENT.contains(&self.name.as_str())
    }

    /// A metric of the account that makes a rule daily.
    pub fn is_marked(&self) -> bool {
        self.what == What::Metric && self.of == Of::Account && MARKED.contains(&self.name.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Func {
    Min,
    Max,
    Mean,
    Weighted,
    Or,
    Known,
    HasAny,
}

const FUNCTIONS: &[(&str, Func)] = &[
    ("min", Func::Min),
    ("max", Func::Max),
    ("mean", Func::Mean),
    ("weighted", Func::Weighted),
    ("or", Func::Or),
    ("known", Func::Known),
    ("has_any", Func::HasAny),
];

impl Func {
    pub fn text(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, func)| *func == self).expect("each has a name").0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    Users,
    Products,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Count,
    Share,
    Mean,
    Min,
    Max,
    Sum,
}

impl How {
    pub fn text(self) -> &'static str {
        match self {
            How::Count => "count",
            How::Share => "share",
            How::Mean => "mean",
            How::Min => "min",
            How::Max => "max",
            How::Sum => "sum",
        }
    }

    /// Does it ask a condition of each?
    pub fn asks(self) -> bool {
        matches!(self, How::Count | How::Share)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Number(Frac, String),
    Text(String),
    Bool(bool),
    List(Vec<Expr>),
    Read(Read),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Call(Func, Vec<Expr>),
    Aggregate(Over, How, Box<Expr>, Option<Box<Expr>>),
}

/// Where an expression stands, which decides what it may name.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// By present names and by others.
    pub products: &'a [String],
    pub measures: &'a BTreeMap<String, Of>,
    pub window_days: i64,
    /// The most that any product has, and the playbook.
    pub settle_days: i64,
    /// Whose expression it is.
    pub of: Of,
    /// A stage condition: nothing that depends on a stage, and no aggregate.
    pub of_stage: bool,
}

impl Expr {
    pub fn condition(text: &str, scope: Scope) -> Result<Expr, String> {
        let expr = Expr::parse(text, scope)?;
        match expr.kind()? {
            Kind::Bool => Ok(expr),
            other => Err(format!("`{text}` is not a condition but {other:?}")),
        }
    }

    pub fn number(text: &str, scope: Scope) -> Result<Expr, String> {
        let expr = Expr::parse(text, scope)?;
        match expr.kind()? {
            Kind::Number => Ok(expr),
            other => Err(format!("`{text}` is not a number but {other:?}")),
        }
    }

    pub fn parse(text: &str, scope: Scope) -> Result<Expr, String> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens, at: 0, scope, inside: None };
        let expr = parser.whole().map_err(|e| format!("`{text}`: {e}"))?;
        if parser.at < parser.tokens.len() {
            return Err(format!("`{text}`: did not expect {:?}", parser.tokens[parser.at]));
        }
        expr.kind().map_err(|e| format!("`{text}`: {e}"))?;
        Ok(expr)
    }

    pub fn kind(&self) -> Result<Kind, String> {
        let want = |expr: &Expr, kind: Kind| match expr.kind()? {
            found if found == kind => Ok(kind),
            other => Err(format!("{expr:?} should be {kind:?}, is {other:?}")),
        };
        let plain = |expr: &Expr| match expr.kind()? {
            Kind::List => Err("a list is not compared".to_string()),
            kind => Ok(kind),
        };
        Ok(match self {
            Expr::Number(..) => Kind::Number,
            Expr::Text(_) => Kind::Text,
            Expr::Bool(_) => Kind::Bool,
            Expr::Read(read) => read.kind,
            Expr::List(items) => {
                for item in items {
                    plain(item)?;
                }
                Kind::List
            }
            Expr::Negate(x) => want(x, Kind::Number)?,
            Expr::Not(x) => want(x, Kind::Bool)?,
            Expr::Binary(Op::Or | Op::And, a, b) => {
                want(a, Kind::Bool)?;
                want(b, Kind::Bool)?
            }
            Expr::Binary(Op::In, a, b) => {
                let kind = plain(a)?;
                let Expr::List(items) = &**b else { return Err("`in` wants a list".into()) };
                for item in items {
                    want(item, kind)?;
                }
                Kind::Bool
            }
            Expr::Binary(op, a, b) if op.compares() => {
                want(b, plain(a)?)?;
                Kind::Bool
            }
            Expr::Binary(_, a, b) => {
                want(a, Kind::Number)?;
                want(b, Kind::Number)?
            }
            Expr::If(c, a, b) => {
                want(c, Kind::Bool)?;
                want(b, plain(a)?)?
            }
            Expr::Call(Func::Or, args) => match &args[..] {
                [a, b] => want(b, plain(a)?)?,
                _ => return Err("`or` takes two".into()),
            },
            Expr::Call(Func::Known, args) => match &args[..] {
                [a] => a.kind().map(|_| Kind::Bool)?,
                _ => return Err("`known` takes one".into()),
            },
            Expr::Call(Func::HasAny, args) => match &args[..] {
                [Expr::Read(list), Expr::List(items)] if list.kind == Kind::List => {
                    for item in items {
                        want(item, Kind::Text)?;
                    }
                    Kind::Bool
                }
                _ => return Err("`has_any` takes a list's metric and a list".into()),
            },
            Expr::Call(Func::Weighted, args) => {
                let is_weight = |arg: &Expr| matches!(arg, Expr::Number(weight, _) if weight.compare(&Frac::int(0)).is_gt());
                if args.is_empty() || args.len() % 2 == 1 || !args.iter().skip(1).step_by(2).all(is_weight) {
                    return Err("`weighted` takes values, each with a positive literal".into());
                }
                for arg in args {
                    want(arg, Kind::Number)?;
                }
                Kind::Number
            }
            Expr::Call(_, args) => {
                if args.len() < 2 {
                    return Err("two numbers or more".into());
                }
                for arg in args {
                    want(arg, Kind::Number)?;
                }
                Kind::Number
            }
            Expr::Aggregate(_, how, of, among) => {
                want(of, if how.asks() { Kind::Bool } else { Kind::Number })?;
                if let Some(among) = among {
                    want(among, Kind::Bool)?;
                }
                Kind::Number
            }
        })
    }

    pub fn strength(&self) -> u8 {
        match self {
            Expr::If(..) => 0,
            Expr::Binary(op, ..) => op.strength(),
            Expr::Negate(_) | Expr::Not(_) => 6,
            _ => 7,
        }
    }

    /// What stands directly in it, from left to right.
    pub fn parts(&self) -> Vec<&Expr> {
        match self {
            Expr::Number(..) | Expr::Text(_) | Expr::Bool(_) | Expr::Read(_) => Vec::new(),
            Expr::List(items) | Expr::Call(_, items) => items.iter().collect(),
            Expr::Negate(x) | Expr::Not(x) => vec![x],
            Expr::Binary(_, a, b) => vec![a, b],
            Expr::If(c, a, b) => vec![c, a, b],
            Expr::Aggregate(_, _, of, among) => std::iter::once(of).chain(among).map(|part| &**part).collect(),
        }
    }

    /// This and all that stands in it.
    pub fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        for part in self.parts() {
            part.each(visit);
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
    const SIGNS: &[&str] = &["&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "!", "(", ")", "[", "]", ",", ".", "?", ":"];
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
    /// Within `users...( )` or `products...( )`.
    inside: Option<Over>,
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

    /// `c ? a : b`, or what is stronger.
    fn whole(&mut self) -> Result<Expr, String> {
        let condition = self.binary(1)?;
        if !self.sign("?") {
            return Ok(condition);
        }
        let then = self.binary(1)?;
        self.expect(":")?;
        Ok(Expr::If(Box::new(condition), Box::new(then), Box::new(self.whole()?)))
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

    /// What is listed up to `end`.
    fn listed(&mut self, end: &str) -> Result<Vec<Expr>, String> {
        let mut items = Vec::new();
        while !self.sign(end) {
            items.push(self.whole()?);
            if !self.sign(",") {
                self.expect(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        if self.sign("!") {
            // A negation of a negation is not written.
            return Ok(match self.unary()? {
                Expr::Not(inner) => *inner,
                inner => Expr::Not(Box::new(inner)),
            });
        }
        if self.sign("-") {
            return Ok(Expr::Negate(Box::new(self.unary()?)));
        }
        if self.sign("(") {
            let inner = self.whole()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.sign("[") {
            return Ok(Expr::List(self.listed("]")?));
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
            Token::Name(name) => self.named(name),
            Token::Sign(sign) => Err(format!("did not expect `{sign}`")),
        }
    }

    fn named(&mut self, first: String) -> Result<Expr, String> {
        let mut names = vec![first];
        while self.sign(".") {
            let Some(Token::Name(after)) = self.tokens.get(self.at).cloned() else {
                return Err(format!("`{}.` and then?", names.join(".")));
            };
            self.at += 1;
            names.push(after);
        }
        let opens = matches!(self.tokens.get(self.at), Some(Token::Sign("(")));
        match &names[..] {
            [name] if opens && FUNCTIONS.iter().any(|(known, _)| known == name) => {
                let func = FUNCTIONS.iter().find(|(known, _)| known == name).expect("just found").1;
                self.at += 1;
                Ok(Expr::Call(func, self.listed(")")?))
            }
            [over, how] if opens && (over == "users" || over == "products") => {
                let over = if over == "users" { Over::Users } else { Over::Products };
                let how = how.clone();
                self.aggregate(over, &how)
            }
            _ => self.read(names),
        }
    }

    fn aggregate(&mut self, over: Over, how: &str) -> Result<Expr, String> {
        let how = match (over, how) {
            (_, "count") => How::Count,
            (_, "share") => How::Share,
            (_, "mean") => How::Mean,
            (_, "min") => How::Min,
            (_, "max") => How::Max,
            (Over::Products, "sum") => How::Sum,
            _ => return Err(format!("no aggregate `{how}`")),
        };
        if self.inside.is_some() {
            return Err("an aggregate within an aggregate".into());
        }
        if self.scope.of_stage {
            return Err("a stage condition may not read an aggregate".into());
        }
        match (over, self.scope.of) {
            (_, Of::Account) | (Over::Users, Of::Product) => {}
            (over, of) => return Err(format!("{over:?} are not read of {of:?}")),
        }
        self.expect("(")?;
        self.inside = Some(over);
        let mut arguments = self.listed(")")?;
        self.inside = None;
        let among = if arguments.len() == 2 && how != How::Count { arguments.pop().map(Box::new) } else { None };
        match (arguments.pop(), arguments.is_empty()) {
            (Some(of), true) => Ok(Expr::Aggregate(over, how, Box::new(of), among)),
            _ => Err("an aggregate takes one expression, and perhaps among whom".into()),
        }
    }

    /// What a name in parentheses is, and N.
    fn arguments(&mut self, name: &str) -> Result<(Option<String>, Option<i64>, bool), String> {
        let (mut named, mut n, mut bare) = (None, None, true);
        if self.sign("(") {
            bare = false;
            while !self.sign(")") {
                match self.tokens.get(self.at).cloned() {
                    Some(Token::Text(text)) if named.is_none() && n.is_none() => named = Some(text),
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
        Ok((named, n, bare))
    }

    /// What a name means behind `before`.
    fn meant(&self, before: &Before, name: &str) -> Result<(What, Of, Params, Kind), String> {
        let found = |of: Of| {
            let metric = METRICS.iter().find(|metric| metric.0 == name && metric.1 == of);
            let measure = self.scope.measures.get(name).filter(|measure| **measure == of);
            metric.map(|metric| (What::Metric, of, metric.2, metric.3)).or(measure.map(|_| (What::Measure, of, Params::None, Kind::Number)))
        };
        let of = match (self.inside, before, self.scope.of) {
            (Some(Over::Users), Before::Nothing, _) => Of::User,
            (Some(Over::Products), Before::Nothing, _) => Of::Product,
            (Some(Over::Users), Before::Product(_), _) | (None, Before::Product(_), Of::User) => {
                let of_use = found(Of::User).filter(|_| OF_USE.contains(&name));
                return of_use.ok_or_else(|| format!("`{name}` is no use that a user makes of a product"));
            }
            (Some(_), _, _) => return Err(format!("`{name}` is not read within an aggregate")),
            (None, Before::Nothing, of) => of,
            (None, Before::Account, _) => Of::Account,
            (None, Before::Product(_), _) => Of::Product,
            (None, Before::Primary, Of::Account) => Of::Product,
            (None, Before::Primary, _) => return Err("`primary` is the account's".into()),
        };
        if self.inside.is_none()
            && let Some((_, kind)) = VERDICTS.iter().find(|verdict| verdict.0 == name)
        {
            let params = if OF_PLAYS.contains(&name) { Params::MaybeName } else { Params::Name };
            return if self.scope.of_stage { Err("a stage reads no verdict".into()) } else { Ok((What::Verdict, of, params, *kind)) };
        }
        let else_account = of == Of::Product && *before == Before::Nothing && self.inside.is_none();
        found(of).or_else(|| found(Of::Account).filter(|_| else_account)).ok_or_else(|| format!("no `{name}` of {of:?}"))
    }

    fn read(&mut self, mut names: Vec<String>) -> Result<Expr, String> {
        let name = names.pop().expect("a name at least");
        let mut names = names.into_iter().peekable();
        let before = match names.peek().map(String::as_str) {
            Some("account") => Before::Account,
            Some("primary") => Before::Primary,
            Some(product) if self.scope.products.iter().any(|known| known == product) => Before::Product(product.into()),
            _ => Before::Nothing,
        };
        if before != Before::Nothing {
            names.next();
        }
        let complete = names.next_if(|name| name == "complete").is_some();
        if let Some(unknown) = names.next() {
            return Err(format!("no product `{unknown}`"));
        }
        let (named, n, bare) = self.arguments(&name)?;
        let (what, of, params, kind) = self.meant(&before, &name)?;
        if complete && !(of == Of::Product && what == What::Metric && COMPLETED.contains(&name.as_str())) {
            return Err(format!("`{name}` has no window of complete days"));
        }
        if name == "used" && before == Before::Nothing && self.scope.of != Of::Product {
            return Err("`used` of which product?".into());
        }
        let fits = match params {
            Params::None => bare,
            Params::Window => named.is_none(),
            Params::Length => named.is_none() && n.is_some(),
            Params::MaybeNamed => true,
            Params::Named => named.is_some(),
            Params::NamedLength => named.is_some() && n.is_some(),
            Params::Name => named.is_some() && n.is_none(),
            Params::MaybeName => n.is_none(),
        };
        if !fits {
            return Err(format!("`{name}`: wrong parameters"));
        }
        let has_n = !matches!(params, Params::None | Params::Name | Params::MaybeName);
        let n = n.unwrap_or(self.scope.window_days);
        let read = Read { before, complete, name, named, n, params, what, of, kind };
        if self.scope.of_stage && read.is_of_stages() {
            return Err(format!("a stage condition may not read `{}`", read.name));
        }
        let shortest = if read.name == "usage_shift" { 2 } else { 1 };
        // All that is read is held: D and the 91 days before it, of the product that settles latest. What looks back at D − N alone reads
        // what was kept of the ends of 92 days.
        let oldest = read.own_window(0, self.scope.settle_days, self.scope.window_days).map_or(0, |window| window.0);
        let held = if matches!(read.name.as_str(), "seats_added" | "mrr_change") { -92 } else { -91 };
        if has_n && (oldest < held || n < shortest) {
            return Err(format!("`{}` cannot have {n}", read.name));
        }
        Ok(Expr::Read(read))
    }
}

/// First and last day.
pub type Window = (super::zone::Day, super::zone::Day);

impl Read {
    /// The days that a metric reads on day `d` by itself, without what stands behind it; `settle` are those of its product, or of the
    /// playbook where it is the account's.
    pub fn own_window(&self, d: super::zone::Day, settle: i64, window_days: i64) -> Option<Window> {
        if self.what != What::Metric {
            return None;
        }
        let to = if self.complete { d - 1 - settle } else { d };
        match (self.name.as_str(), self.params) {
            ("usage_change" | "usage_shift" | "frequency_change" | "users_change" | "feature_change", _) => {
                Some((d - 2 * self.n - settle, d - 1 - settle))
            }
            ("active_weeks", _) => Some((to - 7 * self.n + 1, to)),
            ("products_active", _) => Some((d - window_days + 1, d)),
            ("utilization_change", _) => Some((d - 2 * self.n + 1, d)),
            ("key_users_gone", _) => Some((d - 2 * self.n, d)),
            ("seats_added" | "mrr_change", _) => Some((d - self.n, d)),
            (_, Params::None | Params::Name | Params::MaybeName) => None,
            _ => Some((to - self.n + 1, to)),
        }
    }
}
