//! Expressions with every subject written out: what is left of the playbook's once it is known of whom each is asked.

use std::fmt;

use hashbrown::HashMap;

use super::{Growth, Plan, Truth, family, resolve};
use crate::engine::metric::{Def, Of as Value, def};
use crate::engine::names::{NameId, Names};
use crate::engine::number::Number;
use crate::engine::subject::Subject;
use crate::playbook::vocabulary::{Naming, Signature, Through, Verdict};
use crate::playbook::{
    Aggregate, Arithmetic, Comparison, Condition, Decimal, Figure, Function, Metric, MetricRef, Of, Operand, Operator, Over, Playbook,
    ProductIndex,
};

/// What has a value.
#[derive(Debug)]
pub enum Expr {
    Number(Number),
    Text(Box<str>),
    Boolean(bool),
    /// Literals only.
    List(Box<[Self]>),
    Metric(Box<Reading>),
    /// Of the account, of a product, or of the user at hand.
    Measure {
        measure: u16,
        product: Option<ProductIndex>,
    },
    /// By product: what is asked of the account's primary one.
    Primary(Box<[Self]>),
    Negate(Box<Self>),
    Arithmetic(Box<[Self; 2]>, Arithmetic),
    Call(Function, Box<[Self]>),
    Weighted(Box<[(Self, Decimal)]>),
    Either(Box<[Self; 2]>),
    Choice(Box<(Logic, Self, Self)>),
    Truth(Box<Logic>),
    Users(Box<FigureOf>),
    /// By product: what is asked of each that the account is entitled to.
    Products(Box<[FigureOf]>),
}

/// A figure of many, as it is asked of one.
#[derive(Debug)]
pub struct FigureOf {
    pub kind: FigureKind,
    pub of: FigureValue,
    pub among: Option<Logic>,
}

#[derive(Debug)]
pub enum FigureValue {
    Number(Expr),
    Truth(Logic),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FigureKind {
    Count,
    Share,
    Mean,
    Least,
    Greatest,
    Sum,
}

/// How far it is looked for what an expression reads.
#[derive(Clone, Copy)]
pub struct Extent<'p> {
    pub plan: &'p Plan,
    /// The account's primary product, where it is known: only that is read then.
    pub primary: Option<ProductIndex>,
}

/// What is true, false or unknown.
#[derive(Debug)]
pub enum Logic {
    Constant(Truth),
    /// A boolean value by itself.
    Flag(Expr),
    Compare(Box<Compare>),
    Known(Expr),
    HasAny(Expr, Box<[String]>),
    Not(Box<Self>),
    And(Box<[Self]>),
    Or(Box<[Self]>),
    Either(Box<[Self; 2]>),
    Choice(Box<[Self; 3]>),
}

#[derive(Debug)]
pub struct Compare {
    pub left: Expr,
    pub operator: Operator,
    pub right: Expr,
}

/// A metric of someone, with what would otherwise be looked up each time.
pub struct Reading {
    pub def: &'static Def,
    pub metric: Metric,
    /// Of a product's metric, and of a user's with a product.
    pub product: Option<ProductIndex>,
    /// Of the feature, gauge or workflow that is named.
    pub name: Option<NameId>,
    /// Of what else is named, the place in the playbook's list.
    pub place: Option<u16>,
    /// Its place among what is remembered while an account is judged: many expressions ask for the same. `None`: it is not remembered.
    pub memo: Option<u16>,
}

/// What a value follows from.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'p> {
    Of(&'p Reading),
    /// Who the users are.
    Users,
    /// Which products the account is entitled to.
    Products,
    /// Which product is the primary one.
    Primary,
}

impl Asked<'_> {
    /// The families that move it, where it is no metric.
    pub fn families(self) -> u32 {
        match self {
            Self::Of(_) => 0,
            Self::Users => family::PEOPLE,
            // What is held by its use alone is held no more one day.
            Self::Products => family::TERM | family::ACTIVE_DAY | family::DAY,
            Self::Primary => family::STAGE,
        }
    }
}

/// What an account is measured by on its way to `adopted`.
#[derive(Debug)]
pub enum Progress {
    /// How far a number is on its way to a threshold, which it must pass where `above`.
    Ratio {
        of: Expr,
        threshold: Number,
        above: bool,
        holds: Logic,
    },
    Mean(Box<[Self]>),
    Greatest(Box<[Self]>),
    Flag(Logic),
}

/// A synergy, as it is judged.
#[derive(Debug)]
pub struct Synergy {
    pub products: Box<[ProductIndex]>,
    pub by: Logic,
}

/// Where names have their ids from.
pub enum NamesOf<'a> {
    /// While a playbook is compiled: its names are given ids.
    Compiled(&'a mut Names),
    /// Later: all of them have one.
    Known(&'a Names),
}

impl NamesOf<'_> {
    pub fn id(&mut self, text: &str) -> Option<NameId> {
        match self {
            Self::Compiled(names) => Some(names.intern(text)),
            Self::Known(names) => names.get(text),
        }
    }
}

/// Writes out subjects.
pub struct Resolver<'a> {
    pub playbook: &'a Playbook,
    pub names: NamesOf<'a>,
    /// By what is read, its place in the memo.
    pub remembered: HashMap<String, u16>,
}

impl Resolver<'_> {
    pub fn reading(&mut self, reference: &MetricRef, subject: Subject) -> Reading {
        let mut reading = Reading::new(resolve(reference, subject, self.playbook), self.playbook, |name| self.names.id(name));
        // Users are many, and verdicts change while the account is judged. The memo has places for what was compiled.
        let is_compiled = matches!(self.names, NamesOf::Compiled(_));
        if is_compiled && matches!(reading.def.value, Value::Product(_) | Value::Account(_)) && reading.def.reads & family::VERDICTS == 0 {
            let next = self.remembered.len() as u16;
            reading.memo = Some(*self.remembered.entry(format!("{reading:?}")).or_insert(next));
        }
        reading
    }

    pub fn expr(&mut self, operand: &Operand, subject: Subject) -> Expr {
        match operand {
            Operand::Number(decimal) => Expr::Number((*decimal).into()),
            Operand::Text(text) => Expr::Text(text.as_str().into()),
            Operand::Boolean(value) => Expr::Boolean(*value),
            Operand::List(items) => Expr::List(items.iter().map(|item| self.expr(item, subject)).collect()),
            Operand::Metric(reference) => Expr::Metric(Box::new(self.reading(reference, subject))),
            Operand::Measure(reference) => {
                let of = self.playbook.measures[usize::from(reference.measure.0)].of;
                let product = (of == Of::Product).then(|| reference.product.or(subject.product())).flatten();
                Expr::Measure { measure: reference.measure.0, product }
            }
            Operand::Primary(inner) => Expr::Primary(self.each_product(|resolver, subject| resolver.expr(inner, subject))),
            Operand::Negate(inner) => Expr::Negate(Box::new(self.expr(inner, subject))),
            Operand::Arithmetic(left, operation, right) => {
                Expr::Arithmetic(Box::new([self.expr(left, subject), self.expr(right, subject)]), *operation)
            }
            Operand::Call(function, operands) => {
                Expr::Call(*function, operands.iter().map(|operand| self.expr(operand, subject)).collect())
            }
            Operand::Weighted(weighted) => {
                Expr::Weighted(weighted.iter().map(|(operand, weight)| (self.expr(operand, subject), *weight)).collect())
            }
            Operand::Either(sides) => Expr::Either(Box::new([self.expr(&sides[0], subject), self.expr(&sides[1], subject)])),
            Operand::Choice(choice) => {
                let (condition, yes, no) = &**choice;
                Expr::Choice(Box::new((self.logic(condition, subject), self.expr(yes, subject), self.expr(no, subject))))
            }
            Operand::Truth(condition) => Expr::Truth(Box::new(self.logic(condition, subject))),
            Operand::Aggregate(aggregate) => self.aggregate(aggregate, subject),
        }
    }

    fn each_product<T>(&mut self, mut read: impl FnMut(&mut Self, Subject) -> T) -> Box<[T]> {
        (0..self.playbook.products.len() as u16).map(|index| read(self, Subject::Product(ProductIndex(index)))).collect()
    }

    fn aggregate(&mut self, aggregate: &Aggregate, subject: Subject) -> Expr {
        match aggregate.over {
            // A user's metric of a product's expression is of the use of that product.
            Over::Users => Expr::Users(Box::new(self.figure(aggregate, subject))),
            Over::Products => Expr::Products(self.each_product(|resolver, subject| resolver.figure(aggregate, subject))),
        }
    }

    fn figure(&mut self, aggregate: &Aggregate, subject: Subject) -> FigureOf {
        let (kind, of) = match &aggregate.figure {
            Figure::Count(of) => (FigureKind::Count, FigureValue::Truth(self.logic(of, subject))),
            Figure::Share(of) => (FigureKind::Share, FigureValue::Truth(self.logic(of, subject))),
            Figure::Mean(of) => (FigureKind::Mean, FigureValue::Number(self.expr(of, subject))),
            Figure::Least(of) => (FigureKind::Least, FigureValue::Number(self.expr(of, subject))),
            Figure::Greatest(of) => (FigureKind::Greatest, FigureValue::Number(self.expr(of, subject))),
            Figure::Sum(of) => (FigureKind::Sum, FigureValue::Number(self.expr(of, subject))),
        };
        FigureOf { kind, of, among: aggregate.among.as_ref().map(|among| self.logic(among, subject)) }
    }

    pub fn compare(&mut self, comparison: &Comparison, subject: Subject) -> Compare {
        let [left, right] = [&comparison.left, &comparison.right].map(|side| self.expr(side, subject));
        Compare { left, operator: comparison.operator, right }
    }

    pub fn logic(&mut self, condition: &Condition, subject: Subject) -> Logic {
        let mut all = |parts: &[Condition]| parts.iter().map(|part| self.logic(part, subject)).collect();
        match condition {
            Condition::And(parts) => Logic::And(all(parts)),
            Condition::Or(parts) => Logic::Or(all(parts)),
            Condition::Constant(value) => Logic::Constant((*value).into()),
            Condition::Flag(operand) => Logic::Flag(self.expr(operand, subject)),
            Condition::Compare(comparison) => Logic::Compare(Box::new(self.compare(comparison, subject))),
            Condition::Known(operand) => Logic::Known(self.expr(operand, subject)),
            Condition::HasAny(list, texts) => Logic::HasAny(self.expr(list, subject), texts.as_slice().into()),
            Condition::Not(inner) => Logic::Not(Box::new(self.logic(inner, subject))),
            Condition::Either(sides) => Logic::Either(Box::new(sides.each_ref().map(|side| self.logic(side, subject)))),
            Condition::Choice(parts) => Logic::Choice(Box::new(parts.each_ref().map(|part| self.logic(part, subject)))),
        }
    }

    /// How far a product is on its way to what a condition asks for.
    pub fn progress(&mut self, condition: &Condition, subject: Subject) -> Progress {
        match condition {
            Condition::And(parts) => Progress::Mean(parts.iter().map(|part| self.progress(part, subject)).collect()),
            Condition::Or(parts) => Progress::Greatest(parts.iter().map(|part| self.progress(part, subject)).collect()),
            Condition::Compare(Comparison {
                left,
                operator: operator @ (Operator::GreaterOrEqual | Operator::Greater),
                right: Operand::Number(threshold),
            }) if threshold.digits > 0 => Progress::Ratio {
                of: self.expr(left, subject),
                threshold: (*threshold).into(),
                above: *operator == Operator::Greater,
                holds: self.logic(condition, subject),
            },
            condition => Progress::Flag(self.logic(condition, subject)),
        }
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?} of {:?}", self.metric.signature.of, self.metric, self.product)
    }
}

impl Reading {
    /// A metric that names nothing, with a number of days or with the playbook's window.
    pub fn of(signature: &'static Signature, product: Option<ProductIndex>, number: Option<u16>, playbook: &Playbook) -> Self {
        let Playbook { window_days, min_volume, min_active_days, .. } = *playbook;
        let number = number.unwrap_or(window_days);
        let metric = Metric { signature, name: None, tier: None, number, complete: false, min_volume, min_active_days };
        Self::new(MetricRef { product, metric }, playbook, |_| None)
    }

    pub fn new(reference: MetricRef, playbook: &Playbook, name_of: impl FnOnce(&str) -> Option<NameId>) -> Self {
        let MetricRef { product, metric } = reference;
        let place = |known: Option<usize>| known.map(|place| place as u16);
        let (mut name, mut at) = (None, None);
        if let (Some(written), Some((naming, _))) = (metric.name.as_deref(), metric.signature.naming) {
            let is_called = |id: &String| id == written;
            match naming {
                Naming::Feature | Naming::Gauge | Naming::Workflow => name = name_of(written),
                Naming::Persona => at = place(playbook.personas.iter().position(|persona| is_called(&persona.id))),
                Naming::Verdict(Verdict::Segment) => at = place(playbook.segments.iter().position(|segment| is_called(&segment.id))),
                Naming::Verdict(Verdict::Milestone) => {
                    at = place(playbook.milestones.iter().position(|milestone| is_called(&milestone.id)))
                }
                Naming::Verdict(Verdict::Alert | Verdict::Play) => {
                    at = place(playbook.rules.iter().position(|rule| is_called(&rule.head.id)))
                }
                Naming::Benchmark => at = place(playbook.benchmark_names().iter().position(|name| *name == written)),
                Naming::Group => at = place(playbook.group_names().iter().position(|name| *name == written)),
                Naming::Tier | Naming::Calendar | Naming::Word(_) => {}
            }
        }
        Self { def: def(&metric), metric, product, name, place: at, memo: None }
    }
}

impl Expr {
    /// All that its value follows from, through measures, criteria and all else that is asked for by name.
    pub fn visit<'p>(&'p self, extent: Extent<'p>, visit: &mut impl FnMut(Asked<'p>)) {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Boolean(_) | Self::List(_) => {}
            Self::Metric(reading) => {
                visit(Asked::Of(reading));
                reading.visit_through(extent, visit);
            }
            Self::Measure { measure, product } => extent.plan.measure(*measure, *product).visit(extent, visit),
            Self::Primary(of_products) => {
                visit(Asked::Primary);
                match extent.primary {
                    Some(index) => of_products[usize::from(index.0)].visit(extent, visit),
                    None => of_products.iter().for_each(|of| of.visit(extent, visit)),
                }
            }
            Self::Negate(inner) => inner.visit(extent, visit),
            Self::Arithmetic(sides, _) | Self::Either(sides) => sides.iter().for_each(|side| side.visit(extent, visit)),
            Self::Call(_, operands) => operands.iter().for_each(|operand| operand.visit(extent, visit)),
            Self::Weighted(weighted) => weighted.iter().for_each(|(operand, _)| operand.visit(extent, visit)),
            Self::Choice(choice) => {
                let (condition, yes, no) = &**choice;
                condition.visit(extent, visit);
                [yes, no].into_iter().for_each(|side| side.visit(extent, visit));
            }
            Self::Truth(condition) => condition.visit(extent, visit),
            Self::Users(figure) => {
                visit(Asked::Users);
                figure.visit(extent, visit);
            }
            Self::Products(of_products) => {
                visit(Asked::Products);
                of_products.iter().for_each(|figure| figure.visit(extent, visit));
            }
        }
    }

    /// Whether it is asked of the user at hand, rather than of all of them.
    pub fn is_of_user(&self, plan: &Plan) -> bool {
        match self {
            Self::Metric(reading) => reading.metric.signature.of == Of::User,
            Self::Measure { measure, .. } => plan.measures[usize::from(*measure)].of == Of::User,
            Self::Number(_) | Self::Text(_) | Self::Boolean(_) | Self::List(_) => false,
            Self::Primary(_) | Self::Users(_) | Self::Products(_) => false,
            Self::Negate(inner) => inner.is_of_user(plan),
            Self::Arithmetic(sides, _) | Self::Either(sides) => sides.iter().any(|side| side.is_of_user(plan)),
            Self::Call(_, operands) => operands.iter().any(|operand| operand.is_of_user(plan)),
            Self::Weighted(weighted) => weighted.iter().any(|(operand, _)| operand.is_of_user(plan)),
            Self::Choice(choice) => choice.0.is_of_user(plan) || choice.1.is_of_user(plan) || choice.2.is_of_user(plan),
            Self::Truth(condition) => condition.is_of_user(plan),
        }
    }

    /// Whether it holds a figure of many, be it through a measure.
    pub fn is_of_many(&self, plan: &Plan) -> bool {
        match self {
            Self::Users(_) | Self::Products(_) | Self::Primary(_) => true,
            Self::Number(_) | Self::Text(_) | Self::Boolean(_) | Self::List(_) => false,
            Self::Metric(reading) => reading.metric.signature.daily || reading.metric.signature.through.is_some(),
            Self::Measure { measure, product } => plan.measure(*measure, *product).is_of_many(plan),
            Self::Negate(inner) => inner.is_of_many(plan),
            Self::Arithmetic(sides, _) | Self::Either(sides) => sides.iter().any(|side| side.is_of_many(plan)),
            Self::Call(_, operands) => operands.iter().any(|operand| operand.is_of_many(plan)),
            Self::Weighted(weighted) => weighted.iter().any(|(operand, _)| operand.is_of_many(plan)),
            Self::Choice(choice) => choice.0.is_of_many(plan) || choice.1.is_of_many(plan) || choice.2.is_of_many(plan),
            Self::Truth(condition) => condition.is_of_many(plan),
        }
    }
}

impl Logic {
    /// As [`Expr::visit`].
    pub fn visit<'p>(&'p self, extent: Extent<'p>, visit: &mut impl FnMut(Asked<'p>)) {
        match self {
            Self::Constant(_) => {}
            Self::Flag(expr) | Self::Known(expr) | Self::HasAny(expr, _) => expr.visit(extent, visit),
            Self::Compare(compare) => [&compare.left, &compare.right].into_iter().for_each(|side| side.visit(extent, visit)),
            Self::Not(inner) => inner.visit(extent, visit),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.visit(extent, visit)),
            Self::Either(parts) => parts.iter().for_each(|part| part.visit(extent, visit)),
            Self::Choice(parts) => parts.iter().for_each(|part| part.visit(extent, visit)),
        }
    }

    fn exprs(&self, found: &mut impl FnMut(&Expr) -> bool) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::Flag(expr) | Self::Known(expr) | Self::HasAny(expr, _) => found(expr),
            Self::Compare(compare) => found(&compare.left) || found(&compare.right),
            Self::Not(inner) => inner.exprs(found),
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.exprs(found)),
            Self::Either(parts) => parts.iter().any(|part| part.exprs(found)),
            Self::Choice(parts) => parts.iter().any(|part| part.exprs(found)),
        }
    }

    /// As [`Expr::is_of_user`].
    pub fn is_of_user(&self, plan: &Plan) -> bool {
        self.exprs(&mut |expr| expr.is_of_user(plan))
    }

    /// As [`Expr::is_of_many`].
    pub fn is_of_many(&self, plan: &Plan) -> bool {
        self.exprs(&mut |expr| expr.is_of_many(plan))
    }
}

impl FigureOf {
    fn visit<'p>(&'p self, extent: Extent<'p>, visit: &mut impl FnMut(Asked<'p>)) {
        match &self.of {
            FigureValue::Number(of) => of.visit(extent, visit),
            FigureValue::Truth(of) => of.visit(extent, visit),
        }
        self.among.iter().for_each(|among| among.visit(extent, visit));
    }
}

impl Progress {
    /// What usage of one raises it by at most; `None`: that is not known.
    pub fn step(&self) -> Option<Number> {
        match self {
            Self::Ratio { of: Expr::Metric(reading), threshold, .. } if reading.metric.signature.through.is_none() => {
                matches!(reading.def.growth(&reading.metric), Growth::Quantity(1) | Growth::One)
                    .then(|| Number::integer(1).calculate(Arithmetic::Divide, *threshold))
                    .flatten()
            }
            // No part rises by more.
            Self::Mean(parts) | Self::Greatest(parts) => {
                let steps: Option<Vec<Number>> = parts.iter().map(Self::step).collect();
                Number::extreme(steps?.into_iter(), true)
            }
            Self::Ratio { .. } | Self::Flag(_) => None,
        }
    }

    fn visit<'p>(&'p self, extent: Extent<'p>, visit: &mut impl FnMut(Asked<'p>)) {
        match self {
            Self::Ratio { of, .. } => of.visit(extent, visit),
            Self::Mean(parts) | Self::Greatest(parts) => parts.iter().for_each(|part| part.visit(extent, visit)),
            Self::Flag(condition) => condition.visit(extent, visit),
        }
    }
}

impl Reading {
    fn visit_through<'p>(&'p self, extent: Extent<'p>, visit: &mut impl FnMut(Asked<'p>)) {
        match self.metric.signature.through {
            None => {}
            Some(Through::Criteria) => {
                self.product.iter().for_each(|index| extent.plan.criteria[usize::from(index.0)].visit(extent, visit))
            }
            Some(Through::Fit) => self
                .product
                .iter()
                .filter_map(|index| extent.plan.fit[usize::from(index.0)].as_ref())
                .for_each(|fit| fit.visit(extent, visit)),
            Some(Through::Synergies) => extent.plan.synergies.iter().for_each(|synergy| synergy.by.visit(extent, visit)),
            Some(Through::Persona) => self.place.iter().for_each(|place| {
                let persona = &extent.plan.personas[usize::from(*place)];
                [&persona.keeps, &persona.among].into_iter().for_each(|condition| condition.visit(extent, visit));
            }),
        }
    }
}
