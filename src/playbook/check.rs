//! Checks a condition's CEL and turns it into a [`Condition`].
//!
//! Works on the condition's text alone: problems are told at character offsets, which the loader turns into places of the file.
//! The `cel` crate's source info gives a call the offset of its parenthesis, a selection that of its dot and a binary operator
//! that of its sign, in bytes; where an expression or a name begins is found from there.

use super::condition::{Arithmetic, Comparison, Condition, Decimal, Operand, Operator, Over};
use super::declared::{Declared, Place};
use super::depends::Dependency;
use super::problem::quoted;
use super::syntax::{self, Is};
use super::vocabulary::{Kind, Of, Rows, Vocabulary};
use super::{Calendar, ProductIndex};
use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, ListExpr, LiteralValue, SourceInfo, operators};

/// CEL's word for what the names of an expression stand for: whose condition it is, and what it may name.
pub(super) struct Environment<'a> {
    pub subject: ConditionOf,
    pub vocabulary: &'a Vocabulary,
    pub products: &'a [CatalogueProduct],
    pub calendars: &'a [Calendar],
    pub declared: &'a Declared,
    /// Of whom only these are meant; `None`: all products.
    pub only_products: Option<&'a [ProductIndex]>,
    /// What it is read by.
    pub place: Place,
    /// The playbook's.
    pub settle_days: u16,
    pub window_days: u16,
    pub min_volume: u32,
    pub min_active_days: u16,
}

/// What an unqualified name is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConditionOf {
    /// The account: a product has to be named.
    Account,
    /// Each product in turn.
    EachProduct,
    /// Each user of the account in turn.
    EachUser,
    /// A stage condition that all products share.
    EachStage,
    /// A product's own stage condition.
    Stage(ProductIndex),
    /// A row of a list, which has fields and nothing else.
    Row(Rows),
}

impl ConditionOf {
    pub fn is_stage(self) -> bool {
        matches!(self, ConditionOf::EachStage | ConditionOf::Stage(_))
    }

    /// Whose names stand by themselves.
    pub fn of(self) -> Of {
        match self {
            Self::Account | Self::Row(_) => Of::Account,
            Self::EachProduct | Self::EachStage | Self::Stage(_) => Of::Product,
            Self::EachUser => Of::User,
        }
    }
}

impl From<Of> for ConditionOf {
    fn from(of: Of) -> Self {
        match of {
            Of::Account => Self::Account,
            Of::Product => Self::EachProduct,
            Of::User => Self::EachUser,
        }
    }
}

/// What a condition may name of a product.
pub(super) struct CatalogueProduct {
    pub id: String,
    pub aliases: Vec<String>,
    pub features: Vec<CatalogueFeature>,
    pub settle_days: u16,
}

pub(super) struct CatalogueFeature {
    pub id: String,
    pub aliases: Vec<String>,
}

impl CatalogueProduct {
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// The present name of a feature that is called so.
    pub fn feature(&self, name: &str) -> Option<&str> {
        let is_called = |feature: &&CatalogueFeature| feature.id == name || feature.aliases.iter().any(|alias| alias == name);
        self.features.iter().find(is_called).map(|feature| feature.id.as_str())
    }
}

/// A problem at an offset, in characters, of the condition's text.
pub(super) type Finding = (usize, String);

/// What a text was read as, and what it depends on, each at its offset.
pub(super) struct Checked<T> {
    pub read: T,
    pub dependencies: Vec<(usize, Dependency)>,
}

/// Parses and checks a condition.
pub(super) fn check(text: &str, environment: &Environment<'_>) -> Result<Checked<Condition>, Vec<Finding>> {
    checked(text, Is::Condition, environment, |checker, node| checker.condition(node))
}

/// Parses and checks an expression that has a value.
pub(super) fn check_value(text: &str, environment: &Environment<'_>) -> Result<Checked<(Operand, Kind)>, Vec<Finding>> {
    checked(text, Is::Expression, environment, |checker, node| checker.value(node))
}

/// Parses and checks an expression that is a number.
pub(super) fn check_number(text: &str, environment: &Environment<'_>) -> Result<Checked<Operand>, Vec<Finding>> {
    checked(text, Is::Expression, environment, |checker, node| {
        let (operand, kind) = checker.value(node)?;
        if kind != Kind::Number {
            let message = format!("expected a number: {} is {}", checker.shown(&operand), kind.described());
            return checker.refuse(checker.text.start(node), message);
        }
        Some(operand)
    })
}

/// Parses and checks a text.
pub(super) fn checked<T>(
    text: &str,
    is: Is,
    environment: &Environment<'_>,
    read: impl FnOnce(&mut Checker<'_>, &IdedExpr) -> Option<T>,
) -> Result<Checked<T>, Vec<Finding>> {
    let (expression, source) = syntax::parse(text, is).map_err(|finding| vec![finding])?;
    let text = Text { text: text.to_owned(), chars: text.chars().collect(), source };
    let mut checker = Checker { environment, among: None, text, findings: Vec::new(), dependencies: Vec::new() };
    match read(&mut checker, &expression) {
        Some(read) if checker.findings.is_empty() => Ok(Checked { read, dependencies: checker.dependencies }),
        _ => {
            assert!(!checker.findings.is_empty(), "what is refused has a reason: {}", checker.text.text);
            Err(checker.findings)
        }
    }
}

pub(super) struct Checker<'a> {
    pub environment: &'a Environment<'a>,
    /// Within an aggregate, over what.
    pub among: Option<Over>,
    pub text: Text,
    pub findings: Vec<Finding>,
    pub dependencies: Vec<(usize, Dependency)>,
}

/// The text of a condition and where its nodes stand.
pub(super) struct Text {
    text: String,
    chars: Vec<char>,
    /// Offsets in bytes, ends included.
    source: SourceInfo,
}

const PARTS: &str =
    "a condition is made of metrics, measures, functions, literals, lists, comparisons, `in`, `&& || !`, `? :` and `+ - * /`";

impl Checker<'_> {
    /// Adds a finding; `None`, so that it can be what the caller returns.
    pub fn refuse<T>(&mut self, offset: usize, message: impl Into<String>) -> Option<T> {
        self.findings.push((offset, message.into()));
        None
    }

    /// An operand, short, for a message.
    pub fn shown(&self, operand: &Operand) -> String {
        shown(operand, self.environment.declared)
    }

    pub fn condition(&mut self, node: &IdedExpr) -> Option<Condition> {
        match &node.expr {
            Expr::Literal(LiteralValue::Boolean(value)) => Some(Condition::Constant(*value.inner())),
            Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::LOGICAL_AND, _) => self.joined(node, operators::LOGICAL_AND).map(Condition::And),
                (operators::LOGICAL_OR, _) => self.joined(node, operators::LOGICAL_OR).map(Condition::Or),
                (operators::LOGICAL_NOT, [inner]) => self.condition(inner).map(Condition::negated),
                (name, [left, right]) if comparison(name).is_some() => {
                    let operator = comparison(name).expect("the guard has found it");
                    self.comparison(node, left, operator, right).map(Condition::Compare)
                }
                _ => self.flag(node),
            },
            _ => self.flag(node),
        }
    }

    /// The operands of a chain of one logical operator: `a && (b && c)` has three, as the grouping has no meaning.
    fn joined(&mut self, node: &IdedExpr, operator: &str) -> Option<Vec<Condition>> {
        let mut nodes = vec![node];
        let mut operands = Some(Vec::new());
        while let Some(node) = nodes.pop() {
            match &node.expr {
                Expr::Call(call) if call.func_name == operator => nodes.extend(call.args.iter().rev()),
                _ => {
                    let operand = self.condition(node);
                    operands = operands.zip(operand).map(|(mut operands, operand)| {
                        operands.push(operand);
                        operands
                    });
                }
            }
        }
        operands
    }

    /// A boolean value by itself; anything else of an operand's kind is no condition.
    fn flag(&mut self, node: &IdedExpr) -> Option<Condition> {
        let (operand, kind) = self.operand(node)?;
        if kind == Kind::Boolean {
            return Some(truth_of(operand));
        }
        let message = format!("{} is {}: expected a condition, such as a comparison", self.shown(&operand), kind.described());
        self.refuse(self.text.start(node), message)
    }

    /// What has a value: an operand, or a condition, whose value is a boolean.
    pub fn value(&mut self, node: &IdedExpr) -> Option<(Operand, Kind)> {
        let is_logical = matches!(&node.expr, Expr::Call(call) if is_logical(&call.func_name));
        if is_logical {
            return self.condition(node).map(|condition| (Operand::Truth(Box::new(condition)), Kind::Boolean));
        }
        self.operand(node)
    }

    fn comparison(&mut self, node: &IdedExpr, left: &IdedExpr, operator: Operator, right: &IdedExpr) -> Option<Comparison> {
        if operator == Operator::In {
            return self.membership(left, right);
        }
        let (left, right) = (self.operand(left), self.operand(right));
        let ((left, left_kind), (right, right_kind)) = (left?, right?);
        let sign = operator.sign();
        let at = self.text.offset(node);
        if left_kind != right_kind {
            let sides = [(self.shown(&left), left_kind), (self.shown(&right), right_kind)]
                .map(|(side, kind)| format!("{side} is {}", kind.described()));
            return self.refuse(at, format!("`{sign}` needs two values of one kind: {}", sides.join(" and ")));
        }
        if left_kind == Kind::List {
            return self.refuse(at, format!("`{sign}` compares no lists: expected `has_any({}, [\"…\"])`", bare(&left)));
        }
        if left_kind != Kind::Number && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            let side = format!("{} is {}", self.shown(&left), left_kind.described());
            return self.refuse(at, format!("`{sign}` compares numbers: {side}, for which there is `==`, `!=` and `in`"));
        }
        Some(Comparison { left, operator, right })
    }

    fn membership(&mut self, left: &IdedExpr, right: &IdedExpr) -> Option<Comparison> {
        let operand = self.operand(left);
        let Expr::List(list) = &right.expr else {
            return self.refuse(self.text.start(right), "`in` needs a list of literals on its right, such as `[\"a\", \"b\"]`");
        };
        let items = self.list(right, list, operand.as_ref().filter(|(_, kind)| *kind != Kind::List));
        if let Some((operand, Kind::List)) = &operand {
            let message = format!("{} is a list: expected `has_any({}, [\"…\"])`", self.shown(operand), bare(operand));
            return self.refuse(self.text.start(left), message);
        }
        Some(Comparison { left: operand?.0, operator: Operator::In, right: Operand::List(items?) })
    }

    pub fn list(&mut self, node: &IdedExpr, list: &ListExpr, left: Option<&(Operand, Kind)>) -> Option<Vec<Operand>> {
        if list.elements.is_empty() {
            return self.refuse(self.text.offset(node), "an empty list holds nothing: expected at least one literal");
        }
        let mut items = Some(Vec::new());
        for element in &list.elements {
            let item = match self.operand(element) {
                None => None,
                Some((Operand::Number(_) | Operand::Text(_) | Operand::Boolean(_), kind))
                    if left.is_some_and(|(_, expected)| *expected != kind) =>
                {
                    let (left, expected) = left.expect("the guard has found it");
                    let message =
                        format!("{} is {}, this is {}: `in` needs one kind", self.shown(left), expected.described(), kind.described());
                    self.refuse(self.text.start(element), message)
                }
                Some((item @ (Operand::Number(_) | Operand::Text(_) | Operand::Boolean(_)), _)) => Some(item),
                Some(_) => self.refuse(self.text.start(element), "a list holds literals only"),
            };
            items = items.zip(item).map(|(mut items, item)| {
                items.push(item);
                items
            });
        }
        items
    }

    pub fn operand(&mut self, node: &IdedExpr) -> Option<(Operand, Kind)> {
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(_) | Expr::Select(_) => self.metric(node),
            Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::NEGATE, [inner]) => self.negation(node, inner),
                (name, [left, right]) if arithmetic(name).is_some() => {
                    let operator = arithmetic(name).expect("the guard has found it");
                    self.arithmetic(node, left, operator, right)
                }
                (name, _) => match self.refused_operator(name) {
                    Some(message) => self.refuse(self.text.offset(node), message),
                    None => self.called(node, call),
                },
            },
            Expr::List(_) => self.refuse(self.text.offset(node), "a list can only stand on the right of `in`"),
            Expr::Comprehension(_) => {
                let at = self.text.name_before(self.text.offset(node));
                self.refuse(at, format!("the macro {} is not supported: {PARTS}", quoted(&self.text.word(at))))
            }
            Expr::Map(_) => self.refuse(self.text.offset(node), format!("a map is not supported: {PARTS}")),
            Expr::Struct(_) => self.refuse(self.text.offset(node), format!("a message is not supported: {PARTS}")),
            Expr::Unspecified => self.refuse(self.text.offset(node), format!("this is not supported: {PARTS}")),
        }
    }

    /// The message for an operator that cannot stand in an operand, `None` for what is a call of a metric.
    fn refused_operator(&self, name: &str) -> Option<String> {
        if is_logical(name) {
            return Some("a condition is not a value: join comparisons with `&&` or `||`, as in `1 <= seats && seats < 5`".to_owned());
        }
        let unsupported = match name {
            operators::MODULO => "`%`",
            operators::INDEX | operators::OPT_INDEX => "`[…]` after a value",
            operators::OPT_SELECT => "`.?`",
            _ => return None,
        };
        Some(format!("{unsupported} is not supported: {PARTS}"))
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Option<(Operand, Kind)> {
        let at = self.text.offset(node);
        let (value, negative) = match literal {
            LiteralValue::Boolean(value) => return Some((Operand::Boolean(*value.inner()), Kind::Boolean)),
            LiteralValue::String(value) => return Some((Operand::Text(value.inner().to_owned()), Kind::Text)),
            LiteralValue::Int(value) => (value.inner().unsigned_abs().to_string(), *value.inner() < 0),
            LiteralValue::UInt(value) => (value.inner().to_string(), false),
            LiteralValue::Double(value) => {
                let written = self.text.written(node);
                (written.unwrap_or_else(|| value.inner().abs().to_string()), value.inner().is_sign_negative())
            }
            LiteralValue::Null => {
                return self.refuse(at, "`null` is not a value: a comparison with a missing metric is unknown, and does not hold");
            }
            LiteralValue::Bytes(_) => return self.refuse(at, format!("bytes are not supported: {PARTS}")),
        };
        match Decimal::parse(&value) {
            Some(number) => Some((Operand::Number(if negative { number.negated() } else { number }), Kind::Number)),
            None => {
                self.refuse(at, format!("the number {} does not fit: at most 18 digits, and 18 places after the point", quoted(&value)))
            }
        }
    }

    fn negation(&mut self, node: &IdedExpr, inner: &IdedExpr) -> Option<(Operand, Kind)> {
        let (operand, kind) = self.operand(inner)?;
        match (operand, kind) {
            (Operand::Number(number), _) => Some((Operand::Number(number.negated()), Kind::Number)),
            (operand, Kind::Number) => Some((Operand::Negate(Box::new(operand)), Kind::Number)),
            (operand, kind) => {
                self.refuse(self.text.offset(node), format!("`-` needs a number: {} is {}", self.shown(&operand), kind.described()))
            }
        }
    }

    fn arithmetic(&mut self, node: &IdedExpr, left: &IdedExpr, operator: Arithmetic, right: &IdedExpr) -> Option<(Operand, Kind)> {
        let (left, right_term) = (self.operand(left), self.operand(right));
        let (left, right_term) = (left?, right_term?);
        for (operand, kind) in [&left, &right_term] {
            if *kind != Kind::Number {
                let message = format!("`{}` needs numbers: {} is {}", operator.sign(), self.shown(operand), kind.described());
                return self.refuse(self.text.offset(node), message);
            }
        }
        if operator == Arithmetic::Divide && right_term.0 == Operand::Number(Decimal::ZERO) {
            return self.refuse(self.text.start(right), "division by zero");
        }
        Some((Operand::Arithmetic(Box::new(left.0), operator, Box::new(right_term.0)), Kind::Number))
    }
}

impl Text {
    /// Where the node's own sign is: its operator, parenthesis, bracket, dot or first character.
    pub fn offset(&self, node: &IdedExpr) -> usize {
        let bytes = self.source.offset_for(node.id).map_or(0, |(start, _)| start as usize);
        self.text.get(..bytes).map_or(0, |before| before.chars().count())
    }

    /// Where the node's first character is, parentheses around it left out.
    pub fn start(&self, node: &IdedExpr) -> usize {
        let own = self.offset(node);
        match &node.expr {
            Expr::Select(select) if select.test => self.name_before(own),
            Expr::Select(select) => self.start(&select.operand),
            Expr::Comprehension(comprehension) => self.start(&comprehension.iter_range).min(own),
            Expr::Call(CallExpr { target: Some(target), .. }) => self.start(target),
            Expr::Call(CallExpr { func_name, .. }) if [operators::LOGICAL_NOT, operators::NEGATE].contains(&func_name.as_str()) => own,
            Expr::Call(CallExpr { func_name, args, .. }) => match args.first() {
                Some(first) if is_operator(func_name) => self.start(first),
                _ => self.name_before(own),
            },
            // The parser folds a sign into the number, whose token is then the digits.
            Expr::Literal(LiteralValue::Int(value)) if *value.inner() < 0 => self.sign_before(own),
            Expr::Literal(LiteralValue::Double(value)) if value.inner().is_sign_negative() => self.sign_before(own),
            _ => own,
        }
    }

    fn sign_before(&self, offset: usize) -> usize {
        let before = &self.chars[..offset.min(self.chars.len())];
        before.iter().rposition(|c| !c.is_whitespace()).filter(|last| before[*last] == '-').unwrap_or(offset)
    }

    /// Where the name before the parenthesis at `offset` begins.
    pub fn name_before(&self, offset: usize) -> usize {
        let before = &self.chars[..offset.min(self.chars.len())];
        let end = before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |last| last + 1);
        before[..end].iter().rposition(|c| !is_word(*c)).map_or(0, |last| last + 1)
    }

    /// Where the name after the dot at `offset` begins.
    pub fn name_after(&self, offset: usize) -> usize {
        let after = self.chars.iter().enumerate().skip(offset + 1);
        after.filter(|(_, c)| !c.is_whitespace()).map(|(index, _)| index).next().unwrap_or(offset)
    }

    /// The name that begins at `offset`.
    fn word(&self, offset: usize) -> String {
        self.chars.iter().skip(offset).take_while(|c| is_word(**c)).collect()
    }

    /// The node's token as it was written.
    fn written(&self, node: &IdedExpr) -> Option<String> {
        let (first, last) = self.source.offset_for(node.id)?;
        self.text.get(first as usize..=last as usize).map(str::to_owned)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// CEL's parser gives operators names that no call can have.
fn is_operator(name: &str) -> bool {
    name.contains(|c: char| !is_word(c) && c != '.')
}

/// A comparison or a connective: what makes a condition.
fn is_logical(name: &str) -> bool {
    comparison(name).is_some() || [operators::LOGICAL_AND, operators::LOGICAL_OR, operators::LOGICAL_NOT].contains(&name)
}

/// The condition that holds where a boolean value is true.
pub(super) fn truth_of(operand: Operand) -> Condition {
    match operand {
        Operand::Truth(condition) => *condition,
        Operand::Boolean(value) => Condition::Constant(value),
        operand => Condition::Flag(operand),
    }
}

fn comparison(name: &str) -> Option<Operator> {
    Some(match name {
        operators::EQUALS => Operator::Equal,
        operators::NOT_EQUALS => Operator::NotEqual,
        operators::LESS => Operator::Less,
        operators::LESS_EQUALS => Operator::LessOrEqual,
        operators::GREATER => Operator::Greater,
        operators::GREATER_EQUALS => Operator::GreaterOrEqual,
        operators::IN => Operator::In,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        _ => return None,
    })
}

/// A metric's name without its arguments.
fn bare(operand: &Operand) -> &str {
    match operand {
        Operand::Metric(reference) => reference.metric.signature.name,
        _ => "…",
    }
}

fn shown(operand: &Operand, declared: &Declared) -> String {
    match operand {
        Operand::Number(number) => format!("`{number}`"),
        Operand::Text(text) => quoted(&format!("\"{text}\"")),
        Operand::Boolean(value) => format!("`{value}`"),
        Operand::Metric(reference) => format!("`{}`", reference.metric.signature.name),
        Operand::List(_) => "the list".to_owned(),
        Operand::Measure(reference) => quoted(&declared.measures[usize::from(reference.measure.0)].0),
        Operand::Primary(inner) => shown(inner, declared),
        Operand::Negate(_) | Operand::Arithmetic(..) => "the calculation".to_owned(),
        Operand::Call(function, _) => format!("`{}(…)`", function.name()),
        Operand::Weighted(_) => "`weighted(…)`".to_owned(),
        Operand::Either(_) => "`or(…)`".to_owned(),
        Operand::Choice(_) => "`? :`".to_owned(),
        Operand::Truth(_) => "the condition".to_owned(),
        Operand::Aggregate(aggregate) => format!("`{}.{}(…)`", aggregate.over.name(), aggregate.figure.name()),
    }
}
