//! Checks calls: functions, and aggregates over users and products; what is neither is a metric.

use super::check::{Checker, shown, truth_of};
use super::condition::{Aggregate, Decimal, Figure, Function, Operand, Over};
use super::depends::Dependency;
use super::problem::{listed, quoted};
use super::vocabulary::{Kind, Of};
use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, operators};

const FIGURES_OF_USERS: [&str; 5] = ["count", "share", "mean", "min", "max"];
const FIGURES_OF_PRODUCTS: [&str; 6] = ["count", "share", "mean", "min", "max", "sum"];

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
            ("min", arguments) => self.function(node, Function::Least, arguments, 2),
            ("max", arguments) => self.function(node, Function::Greatest, arguments, 2),
            ("mean", arguments) => self.function(node, Function::Mean, arguments, 1),
            ("weighted", arguments) => self.weighted(node, arguments),
            ("or", [first, second]) => self.either(node, first, second),
            ("or", _) => self.wrong_call(node, "or(a, b)"),
            ("known", [of]) => self.value(of).map(|(operand, _)| truth(super::Condition::Known(operand))),
            ("known", _) => self.wrong_call(node, "known(a)"),
            ("has_any", [list, texts]) => self.has_any(list, texts),
            ("has_any", _) => self.wrong_call(node, "has_any(list, [\"a\", \"b\"])"),
            _ => self.metric(node),
        }
    }

    fn wrong_call<T>(&mut self, node: &IdedExpr, usage: &str) -> Option<T> {
        let at = self.text.name_before(self.text.offset(node));
        self.refuse(at, format!("wrong number of arguments: expected `{usage}`"))
    }

    /// A number, for a function that needs one.
    fn number_for(&mut self, node: &IdedExpr, function: &str) -> Option<Operand> {
        let (operand, kind) = self.operand(node)?;
        if kind != Kind::Number {
            let message = format!("`{function}` needs numbers: {} is {}", shown(&operand), kind.described());
            return self.refuse(self.text.start(node), message);
        }
        Some(operand)
    }

    fn function(&mut self, node: &IdedExpr, function: Function, arguments: &[IdedExpr], least: usize) -> Option<(Operand, Kind)> {
        let name = function.name();
        if arguments.len() < least {
            return self.wrong_call(node, &format!("{name}(a, b, …)"));
        }
        let numbers: Vec<Option<Operand>> = arguments.iter().map(|argument| self.number_for(argument, name)).collect();
        Some((Operand::Call(function, numbers.into_iter().collect::<Option<_>>()?), Kind::Number))
    }

    fn weighted(&mut self, node: &IdedExpr, arguments: &[IdedExpr]) -> Option<(Operand, Kind)> {
        const USAGE: &str = "weighted(a, weight, b, weight, …)";
        if arguments.is_empty() || !arguments.len().is_multiple_of(2) {
            return self.wrong_call(node, USAGE);
        }
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
                let message = format!("a weight of `weighted` is a positive number that is written out, found {}", shown(&operand));
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
            let sides = [(&first, kind), (&second, other)].map(|(side, kind)| format!("{} is {}", shown(side), kind.described()));
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
            let message = format!("`has_any` needs a list: {} is {}: expected {}", shown(&of), kind.described(), listed(&lists));
            return self.refuse(self.text.start(list), message);
        }
        let mut known = Vec::new();
        for item in items? {
            match item {
                Operand::Text(text) => known.push(text),
                other => return self.refuse(self.text.start(texts), format!("`has_any` looks for texts: {} is none", shown(&other))),
            }
        }
        Some(truth(super::Condition::HasAny(of, known)))
    }

    fn aggregate(&mut self, node: &IdedExpr, over: Over, call: &CallExpr) -> Option<Aggregate> {
        let (name, at) = (call.func_name.as_str(), self.text.name_before(self.text.offset(node)));
        let over_name = over.name();
        let figures: &[&str] = if over == Over::Users { &FIGURES_OF_USERS } else { &FIGURES_OF_PRODUCTS };
        if !figures.contains(&name) {
            return self.refuse(at, super::problem::unknown(format!("figure of `{over_name}`"), name, "", figures.iter().copied()));
        }
        self.may_aggregate(node, over)?;
        self.dependencies.push((self.text.start(node), Dependency::Aggregate));
        let takes_condition = ["count", "share"].contains(&name);
        let (usage, most) = match name {
            "count" => (format!("{over_name}.count(condition)"), 1),
            "share" => (format!("{over_name}.share(condition, among?)"), 2),
            _ => (format!("{over_name}.{name}(number, among?)"), 2),
        };
        let (of, among) = match call.args.as_slice() {
            [of] => (of, None),
            [of, among] if most == 2 => (of, Some(among)),
            _ => return self.refuse(at, format!("wrong number of arguments: expected `{usage}`")),
        };
        self.among = Some(over);
        let figure = if takes_condition {
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
        if self.among.is_some() {
            return self.refuse(at, format!("no aggregate stands within an aggregate: put `{name}.…` into a measure, and read that"));
        }
        if subject.is_stage() {
            return self.refuse(at, format!("a stage condition cannot read `{name}.…`: stages are judged with each event"));
        }
        match (over, subject.of()) {
            (_, Of::User) => self.refuse(at, format!("{} are not read of a user, but of an account: put it into a measure", quoted(name))),
            (Over::Products, Of::Product) => self.refuse(
                at,
                "`products` are read of the account: put it into a measure with `of: account`, and read `account.` and its name",
            ),
            _ => Some(()),
        }
    }
}

/// A condition as a value.
fn truth(condition: super::Condition) -> (Operand, Kind) {
    (Operand::Truth(Box::new(condition)), Kind::Boolean)
}
