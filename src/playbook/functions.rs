//! Checks calls: functions, and aggregates over users and products; what is neither is a metric.

use super::check::{Checker, ConditionOf, truth_of};
use super::condition::{Aggregate, Decimal, Figure, Function, Operand, Over};
use super::depends::Dependency;
use super::problem::{listed, quoted};
use super::resolve::BY_A_MEASURE;
use super::vocabulary::{Kind, Of};
use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, operators};

/// A function, as the reference tells of it.
#[derive(Debug)]
pub struct FunctionDoc {
    pub name: &'static str,
    /// How it is called; `?` marks what may be left out.
    pub usage: &'static str,
    pub value: &'static str,
}

const fn function(name: &'static str, usage: &'static str, value: &'static str) -> FunctionDoc {
    FunctionDoc { name, usage, value }
}

/// Every function, in the reference's order.
pub static FUNCTIONS: [FunctionDoc; 7] = [
    function("min", "min(a, b, …)", "the least of two or more numbers; missing if one is"),
    function("max", "max(a, b, …)", "the greatest of two or more numbers; missing if one is"),
    function("mean", "mean(a, b, …)", "the mean of those numbers that are not missing; missing where all are"),
    function(
        "weighted",
        "weighted(a, weight, b, weight, …)",
        "the sum of value × weight ÷ the sum of weights, of those values that are not missing; missing where all are. A weight is a positive number that \
         is written out",
    ),
    function("or", "or(a, b)", "a, but where it is missing (a condition: unknown), b. Both are numbers, texts or booleans"),
    function("known", "known(a)", "a boolean that is never missing: whether a is not missing (a condition: not unknown)"),
    function(
        "has_any",
        "has_any(list, [\"a\", \"b\"])",
        "a boolean: whether the list holds one of these texts; missing where the list was never told",
    ),
];

/// Every figure of users or products, in the reference's order; `sum` is of products alone.
pub static FIGURES: [FunctionDoc; 6] = [
    function("count", "count(condition)", "those of whom it is true"),
    function("share", "share(condition, among?)", "those of whom both are true ÷ those of whom `among` is (without it: all); missing at 0"),
    function(
        "mean",
        "mean(number, among?)",
        "over those of whom `among` is true and the number is not missing; missing where there is none",
    ),
    function("min", "min(number, among?)", "likewise, the least"),
    function("max", "max(number, among?)", "likewise, the greatest"),
    function("sum", "sum(number, among?)", "likewise, of products only; of none 0"),
];

impl Over {
    pub(super) fn figures(self) -> impl Iterator<Item = &'static FunctionDoc> + Clone {
        FIGURES.iter().filter(move |figure| self == Self::Products || figure.name != "sum")
    }
}

impl Checker<'_> {
    /// What a call stands for.
    pub(super) fn called(&mut self, node: &IdedExpr, call: &CallExpr) -> Option<(Operand, Kind)> {
        let over = match call.target.as_deref().map(|target| &target.expr) {
            Some(Expr::Ident(name)) if name == Over::Users.name() => Some(Over::Users),
            Some(Expr::Ident(name)) if name == Over::Products.name() => Some(Over::Products),
            _ => None,
        };
        if let Some(over) = over {
            return self.aggregate(node, over, call).map(|aggregate| (Operand::Aggregate(Box::new(aggregate)), Kind::Number));
        }
        if call.target.is_some() {
            return self.metric(node);
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::CONDITIONAL, [condition, yes, no]) => self.choice(node, condition, yes, no),
            ("min", [_, _, ..]) => self.function(Function::Least, &call.args),
            ("max", [_, _, ..]) => self.function(Function::Greatest, &call.args),
            ("mean", [_, ..]) => self.function(Function::Mean, &call.args),
            ("weighted", [_, _, ..]) if call.args.len().is_multiple_of(2) => self.weighted(&call.args),
            ("or", [first, second]) => self.either(node, first, second),
            ("known", [of]) => self.value(of).map(|(operand, _)| truth(super::Condition::Known(operand))),
            ("has_any", [list, texts]) => self.has_any(list, texts),
            (name, arguments) => match FUNCTIONS.iter().find(|function| function.name == name) {
                Some(function) => self.wrong_call(node, function.usage, arguments.len()),
                None => self.metric(node),
            },
        }
    }

    fn wrong_call<T>(&mut self, node: &IdedExpr, usage: &str, found: usize) -> Option<T> {
        let at = self.text.name_before(self.text.offset(node));
        self.refuse(at, format!("wrong number of arguments: expected `{usage}`, found {found}"))
    }

    /// A number, for a function that needs one.
    fn number_for(&mut self, node: &IdedExpr, function: &str) -> Option<Operand> {
        let (operand, kind) = self.value(node)?;
        if kind != Kind::Number {
            let message = format!("`{function}` needs numbers: {} is {}", self.shown(&operand), kind.described());
            return self.refuse(self.text.start(node), message);
        }
        Some(operand)
    }

    fn function(&mut self, function: Function, arguments: &[IdedExpr]) -> Option<(Operand, Kind)> {
        let numbers: Vec<Option<Operand>> = arguments.iter().map(|argument| self.number_for(argument, function.name())).collect();
        Some((Operand::Call(function, numbers.into_iter().collect::<Option<_>>()?), Kind::Number))
    }

    /// Of pairs.
    fn weighted(&mut self, arguments: &[IdedExpr]) -> Option<(Operand, Kind)> {
        let mut weighted = Some(Vec::new());
        for pair in arguments.as_chunks::<2>().0 {
            let (value, weight) = (self.number_for(&pair[0], "weighted"), self.weight(&pair[1]));
            weighted = weighted.zip(value.zip(weight)).map(|(mut weighted, pair)| {
                weighted.push(pair);
                weighted
            });
        }
        weighted.map(|weighted| (Operand::Weighted(weighted), Kind::Number))
    }

    fn weight(&mut self, node: &IdedExpr) -> Option<Decimal> {
        match self.operand(node)? {
            (Operand::Number(weight), _) if weight.digits > 0 => Some(weight),
            (operand, _) => {
                let message = format!("a weight of `weighted` is a positive number that is written out, found {}", self.shown(&operand));
                self.refuse(self.text.start(node), message)
            }
        }
    }

    fn either(&mut self, node: &IdedExpr, first: &IdedExpr, second: &IdedExpr) -> Option<(Operand, Kind)> {
        let (first, second) = (self.value(first), self.value(second));
        let (first, second, kind) = self.of_one_kind(node, "or", first?, second?)?;
        Some(match kind {
            Kind::Boolean => truth(super::Condition::Either(Box::new([truth_of(first), truth_of(second)]))),
            _ => (Operand::Either(Box::new([first, second])), kind),
        })
    }

    fn choice(&mut self, node: &IdedExpr, condition: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> Option<(Operand, Kind)> {
        let condition = self.condition(condition);
        let (yes, no) = (self.value(yes), self.value(no));
        let (yes, no, kind) = self.of_one_kind(node, "? :", yes?, no?)?;
        let condition = condition?;
        Some(match kind {
            Kind::Boolean => truth(super::Condition::Choice(Box::new([condition, truth_of(yes), truth_of(no)]))),
            _ => (Operand::Choice(Box::new((condition, yes, no))), kind),
        })
    }

    fn of_one_kind(
        &mut self,
        node: &IdedExpr,
        function: &str,
        (first, kind): (Operand, Kind),
        (second, other): (Operand, Kind),
    ) -> Option<(Operand, Operand, Kind)> {
        if kind != other || kind == Kind::List {
            let sides = [(&first, kind), (&second, other)].map(|(side, kind)| format!("{} is {}", self.shown(side), kind.described()));
            let at = self.text.offset(node);
            return self.refuse(at, format!("`{function}` needs two numbers, texts or booleans: {}", sides.join(" and ")));
        }
        Some((first, second, kind))
    }

    fn has_any(&mut self, list: &IdedExpr, texts: &IdedExpr) -> Option<(Operand, Kind)> {
        let of = self.operand(list);
        let Expr::List(items) = &texts.expr else {
            return self.refuse(self.text.start(texts), "`has_any` needs a list of texts, such as `[\"a\", \"b\"]`");
        };
        let items = self.list(texts, items, None);
        let (of, kind) = of?;
        if kind != Kind::List {
            let lists = self.environment.vocabulary.metrics.iter().filter(|signature| signature.kind == Kind::List);
            let lists: Vec<&str> = lists.map(|signature| signature.name).collect();
            let message = format!("`has_any` needs a list: {} is {}: expected {}", self.shown(&of), kind.described(), listed(&lists));
            return self.refuse(self.text.start(list), message);
        }
        let mut known = Vec::new();
        for item in items? {
            match item {
                Operand::Text(text) => known.push(text),
                other => return self.refuse(self.text.start(texts), format!("`has_any` looks for texts: {} is none", self.shown(&other))),
            }
        }
        Some(truth(super::Condition::HasAny(of, known)))
    }

    fn aggregate(&mut self, node: &IdedExpr, over: Over, call: &CallExpr) -> Option<Aggregate> {
        let (name, at) = (call.func_name.as_str(), self.text.name_before(self.text.offset(node)));
        let over_name = over.name();
        let Some(figure) = over.figures().find(|figure| figure.name == name) else {
            let known = over.figures().map(|figure| figure.name);
            return self.refuse(at, super::problem::unknown(format!("figure of `{over_name}`"), name, "", known));
        };
        self.may_aggregate(node, over)?;
        self.dependencies.push((self.text.start(node), Dependency::Aggregate));
        let (of, among) = match call.args.as_slice() {
            [of] => (of, None),
            [of, among] if name != "count" => (of, Some(among)),
            arguments => return self.wrong_call(node, &format!("{over_name}.{}", figure.usage), arguments.len()),
        };
        self.among = Some(over);
        let figure = if ["count", "share"].contains(&name) {
            self.condition(of).map(|of| if name == "count" { Figure::Count(of) } else { Figure::Share(of) })
        } else {
            self.number_for(of, &format!("{over_name}.{name}")).map(|of| match name {
                "mean" => Figure::Mean(of),
                "min" => Figure::Least(of),
                "max" => Figure::Greatest(of),
                _ => Figure::Sum(of),
            })
        };
        let among = among.map(|among| self.condition(among));
        self.among = None;
        let among = match among {
            Some(among) => Some(among?),
            None => None,
        };
        Some(Aggregate { over, figure: figure?, among })
    }

    /// Where an aggregate may stand.
    fn may_aggregate(&mut self, node: &IdedExpr, over: Over) -> Option<()> {
        let at = self.text.start(node);
        let (name, subject) = (over.name(), self.environment.subject);
        if let ConditionOf::Row(rows) = subject {
            return self.refuse(at, format!("a row of {} has fields, and no `{name}.…`", rows.name()));
        }
        if self.among.is_some() {
            return self.refuse(at, format!("no aggregate stands within an aggregate: put `{name}.…` into a measure, and read that"));
        }
        if subject.is_stage() {
            return self.refuse(at, format!("a stage condition cannot read `{name}.…`: stages are judged with each event"));
        }
        match (over, subject.of()) {
            (_, Of::User) | (Over::Products, Of::Product) => {
                self.refuse(at, format!("{} are read of the account: {BY_A_MEASURE}", quoted(name)))
            }
            _ => Some(()),
        }
    }
}

/// A condition as a value.
fn truth(condition: super::Condition) -> (Operand, Kind) {
    (Operand::Truth(Box::new(condition)), Kind::Boolean)
}
