//! Filters: conditions over the fields of rows, asked of some hundreds of rows at a time, column by column.
//!
//! Numbers are compared, and calculated with, as the doubles that rows show.

use std::borrow::Cow;
use std::ops::Range;

use super::table::{BETWEEN, Coded, Column, MISSING, Table};
use crate::playbook::vocabulary::{Kind, Signature};
use crate::playbook::{Arithmetic, Comparison, Condition, Decimal, Function, Operand, Operator};

/// Rows that are looked at together.
pub(super) const TOGETHER: usize = 1024;

/// The truth of a row, in the order in which `&&` takes the least and `||` the greatest.
pub(super) const FALSE: u8 = 0;
const UNKNOWN: u8 = 1;
pub(super) const TRUE: u8 = 2;

/// A condition over a row.
#[derive(Clone, Debug)]
pub(super) enum Filter {
    Constant(u8),
    /// A boolean field.
    Flag(usize),
    Numbers(Operator, Number, Number),
    NumberIn(Number, Vec<f64>),
    /// Whether a field is one of these.
    TextIs(usize, Vec<String>),
    /// By the code of a field in one table.
    Coded(usize, Vec<u8>),
    Same(Text, Text),
    TextIn(Text, Vec<String>),
    SameTruth(Box<[Filter; 2]>),
    TruthIn(Box<Filter>, Vec<u8>),
    KnownNumber(Number),
    KnownText(Text),
    KnownTruth(Box<Filter>),
    HasAny(usize, Vec<String>),
    Not(Box<Filter>),
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Either(Box<[Filter; 2]>),
    Choice(Box<[Filter; 3]>),
}

#[derive(Clone, Debug)]
pub(super) enum Number {
    Constant(f64),
    Field(usize),
    Negate(Box<Number>),
    Arithmetic(Arithmetic, Box<[Number; 2]>),
    Call(Function, Vec<Number>),
    Weighted(Vec<(Number, f64)>),
    Either(Box<[Number; 2]>),
    Choice(Box<(Filter, Number, Number)>),
}

#[derive(Clone, Debug)]
pub(super) enum Text {
    Constant(String),
    Field(usize),
    Either(Box<[Text; 2]>),
    Choice(Box<(Filter, Text, Text)>),
}

/// Compiles what has been checked as a condition over rows of these fields.
pub(super) struct Compiler {
    pub fields: &'static [Signature],
}

impl Compiler {
    pub fn filter(&self, condition: &Condition) -> Filter {
        let all = |parts: &[Condition]| parts.iter().map(|part| self.filter(part)).collect();
        match condition {
            Condition::Constant(value) => Filter::Constant(if *value { TRUE } else { FALSE }),
            Condition::Flag(operand) => self.truth(operand),
            Condition::Compare(comparison) => self.comparison(comparison),
            Condition::Known(operand) => match self.kind(operand) {
                Kind::Number => Filter::KnownNumber(self.number(operand)),
                Kind::Boolean => Filter::KnownTruth(Box::new(self.truth(operand))),
                Kind::Text | Kind::List => Filter::KnownText(self.text(operand)),
            },
            Condition::HasAny(operand, texts) => Filter::HasAny(self.field(operand), texts.clone()),
            Condition::Not(inner) => Filter::Not(Box::new(self.filter(inner))),
            Condition::And(parts) => Filter::And(all(parts)),
            Condition::Or(parts) => Filter::Or(all(parts)),
            Condition::Either(sides) => Filter::Either(Box::new(sides.each_ref().map(|side| self.filter(side)))),
            Condition::Choice(parts) => Filter::Choice(Box::new(parts.each_ref().map(|part| self.filter(part)))),
        }
    }

    fn comparison(&self, Comparison { left, operator, right }: &Comparison) -> Filter {
        let found = match (self.kind(left), right) {
            (Kind::Number, Operand::List(items)) => {
                return Filter::NumberIn(self.number(left), items.iter().map(constant).collect());
            }
            (Kind::Number, _) => return Filter::Numbers(*operator, self.number(left), self.number(right)),
            (Kind::Boolean, Operand::List(items)) => {
                let truths = items.iter().map(|item| if *item == Operand::Boolean(true) { TRUE } else { FALSE });
                return Filter::TruthIn(Box::new(self.truth(left)), truths.collect());
            }
            (Kind::Boolean, _) => Filter::SameTruth(Box::new([self.truth(left), self.truth(right)])),
            (_, Operand::List(items)) => {
                let texts =
                    items.iter().filter_map(|item| if let Operand::Text(text) = item { Some(text.clone()) } else { None }).collect();
                return match self.text(left) {
                    Text::Field(field) => Filter::TextIs(field, texts),
                    left => Filter::TextIn(left, texts),
                };
            }
            (_, _) => match (self.text(left), self.text(right)) {
                (Text::Field(field), Text::Constant(text)) | (Text::Constant(text), Text::Field(field)) => {
                    Filter::TextIs(field, vec![text])
                }
                (left, right) => Filter::Same(left, right),
            },
        };
        // Of what is in no order.
        if *operator == Operator::NotEqual { Filter::Not(Box::new(found)) } else { found }
    }

    fn truth(&self, operand: &Operand) -> Filter {
        match operand {
            Operand::Boolean(value) => Filter::Constant(if *value { TRUE } else { FALSE }),
            Operand::Truth(condition) => self.filter(condition),
            Operand::Metric(_) => Filter::Flag(self.field(operand)),
            Operand::Either(sides) => Filter::Either(Box::new(sides.each_ref().map(|side| self.truth(side)))),
            Operand::Choice(choice) => Filter::Choice(Box::new([self.filter(&choice.0), self.truth(&choice.1), self.truth(&choice.2)])),
            other => unreachable!("no boolean: {other:?}"),
        }
    }

    fn number(&self, operand: &Operand) -> Number {
        match operand {
            Operand::Number(_) => Number::Constant(constant(operand)),
            Operand::Metric(_) => Number::Field(self.field(operand)),
            Operand::Negate(inner) => Number::Negate(Box::new(self.number(inner))),
            Operand::Arithmetic(left, operation, right) => {
                Number::Arithmetic(*operation, Box::new([self.number(left), self.number(right)]))
            }
            Operand::Call(function, operands) => Number::Call(*function, operands.iter().map(|operand| self.number(operand)).collect()),
            Operand::Weighted(weighted) => {
                Number::Weighted(weighted.iter().map(|(operand, weight)| (self.number(operand), double(*weight))).collect())
            }
            Operand::Either(sides) => Number::Either(Box::new(sides.each_ref().map(|side| self.number(side)))),
            Operand::Choice(choice) => Number::Choice(Box::new((self.filter(&choice.0), self.number(&choice.1), self.number(&choice.2)))),
            other => unreachable!("no number of a row: {other:?}"),
        }
    }

    fn text(&self, operand: &Operand) -> Text {
        match operand {
            Operand::Text(text) => Text::Constant(text.clone()),
            Operand::Metric(_) => Text::Field(self.field(operand)),
            Operand::Either(sides) => Text::Either(Box::new(sides.each_ref().map(|side| self.text(side)))),
            Operand::Choice(choice) => Text::Choice(Box::new((self.filter(&choice.0), self.text(&choice.1), self.text(&choice.2)))),
            other => unreachable!("no text of a row: {other:?}"),
        }
    }

    fn kind(&self, operand: &Operand) -> Kind {
        match operand {
            Operand::Text(_) => Kind::Text,
            Operand::Boolean(_) | Operand::Truth(_) => Kind::Boolean,
            Operand::List(_) => Kind::List,
            Operand::Metric(_) => self.fields[self.field(operand)].kind,
            Operand::Either(sides) => self.kind(&sides[0]),
            Operand::Choice(choice) => self.kind(&choice.1),
            _ => Kind::Number,
        }
    }

    fn field(&self, operand: &Operand) -> usize {
        let Operand::Metric(reference) = operand else { unreachable!("no field: {operand:?}") };
        let place = self.fields.iter().position(|field| field.name == reference.metric.signature.name);
        place.expect("a filter is checked against the fields of its rows")
    }
}

fn constant(operand: &Operand) -> f64 {
    match operand {
        Operand::Number(number) => double(*number),
        other => unreachable!("no number that is written out: {other:?}"),
    }
}

/// The nearest double.
fn double(number: Decimal) -> f64 {
    number.to_string().parse().expect("a decimal number is written as one")
}

impl Filter {
    /// For one table: what is asked of texts that repeat is asked once of each.
    pub fn of_table(&self, table: &Table) -> Self {
        let of = |filter: &Self| filter.of_table(table);
        match self {
            Self::TextIs(field, texts) => match &table.columns[*field] {
                Column::Coded(coded) => Self::Coded(*field, text_is(coded, texts)),
                _ => self.clone(),
            },
            Self::HasAny(field, texts) => match &table.columns[*field] {
                Column::Coded(coded) => Self::Coded(*field, has_any(coded, texts)),
                _ => unreachable!("`{}` is no list", table.fields[*field].name),
            },
            Self::SameTruth(sides) => Self::SameTruth(Box::new(sides.each_ref().map(of))),
            Self::TruthIn(inner, among) => Self::TruthIn(Box::new(of(inner)), among.clone()),
            Self::KnownTruth(inner) => Self::KnownTruth(Box::new(of(inner))),
            Self::Not(inner) => Self::Not(Box::new(of(inner))),
            Self::And(parts) => Self::And(parts.iter().map(of).collect()),
            Self::Or(parts) => Self::Or(parts.iter().map(of).collect()),
            Self::Either(sides) => Self::Either(Box::new(sides.each_ref().map(of))),
            Self::Choice(parts) => Self::Choice(Box::new(parts.each_ref().map(of))),
            other => other.clone(),
        }
    }

    /// The truth of each of some rows.
    pub fn truths(&self, table: &Table, rows: &Range<usize>) -> Vec<u8> {
        let of = |filter: &Self| filter.truths(table, rows);
        match self {
            Self::Constant(truth) => vec![*truth; rows.len()],
            Self::Flag(field) => numbers(table, *field, rows).iter().map(|value| known_or(*value, *value != 0.0)).collect(),
            Self::Numbers(operator, left, Number::Constant(right)) => {
                let with = |left: &f64| (*left, *right);
                compared(*operator, left.values(table, rows).iter().map(with))
            }
            Self::Numbers(operator, left, right) => {
                compared(*operator, left.values(table, rows).iter().copied().zip(right.values(table, rows).iter().copied()))
            }
            Self::NumberIn(of, among) => of.values(table, rows).iter().map(|value| known_or(*value, among.contains(value))).collect(),
            Self::Coded(field, truths) => match &table.columns[*field] {
                Column::Coded(coded) => coded.codes[rows.clone()].iter().map(|code| truths[*code as usize]).collect(),
                _ => unreachable!("`{}` has no codes", table.fields[*field].name),
            },
            Self::TextIs(field, texts) => match &table.columns[*field] {
                // Where it decides between numbers or texts.
                Column::Coded(_) => self.of_table(table).truths(table, rows),
                _ => {
                    let is = |row| table.text(*field, row).map_or(UNKNOWN, |known| truth(texts.iter().any(|text| text == known)));
                    rows.clone().map(is).collect()
                }
            },
            Self::Same(left, right) => {
                let same =
                    |(left, right): (Option<&str>, Option<&str>)| left.zip(right).map_or(UNKNOWN, |(left, right)| truth(left == right));
                left.values(table, rows).into_iter().zip(right.values(table, rows)).map(same).collect()
            }
            Self::TextIn(of, among) => {
                let is_among = |text: Option<&str>| text.map_or(UNKNOWN, |text| truth(among.iter().any(|other| other == text)));
                of.values(table, rows).into_iter().map(is_among).collect()
            }
            Self::SameTruth(sides) => {
                let same = |left, right| if left == UNKNOWN || right == UNKNOWN { UNKNOWN } else { truth(left == right) };
                zipped(of(&sides[0]), &of(&sides[1]), same)
            }
            Self::TruthIn(inner, among) => {
                of(inner).into_iter().map(|known| if known == UNKNOWN { UNKNOWN } else { truth(among.contains(&known)) }).collect()
            }
            Self::KnownNumber(of) => of.values(table, rows).iter().map(|value| truth(!value.is_nan())).collect(),
            Self::KnownText(of) => of.values(table, rows).into_iter().map(|text| truth(text.is_some())).collect(),
            Self::KnownTruth(inner) => of(inner).into_iter().map(|known| truth(known != UNKNOWN)).collect(),
            Self::HasAny(..) => self.of_table(table).truths(table, rows),
            Self::Not(inner) => of(inner).into_iter().map(|known| TRUE - known).collect(),
            Self::And(parts) => parts.iter().fold(vec![TRUE; rows.len()], |all, part| zipped(all, &of(part), u8::min)),
            Self::Or(parts) => parts.iter().fold(vec![FALSE; rows.len()], |any, part| zipped(any, &of(part), u8::max)),
            Self::Either(sides) => zipped(of(&sides[0]), &of(&sides[1]), |first, second| if first == UNKNOWN { second } else { first }),
            Self::Choice(parts) => {
                let [condition, yes, no] = parts.each_ref().map(of);
                let chosen = |row: usize| chosen(condition[row], yes[row], no[row], UNKNOWN);
                (0..rows.len()).map(chosen).collect()
            }
        }
    }
}

impl Number {
    /// Its value of each of some rows; NaN where it is missing.
    fn values<'t>(&self, table: &'t Table, rows: &Range<usize>) -> Cow<'t, [f64]> {
        let of = |number: &Self| number.values(table, rows);
        let found: Vec<f64> = match self {
            Self::Constant(value) => vec![*value; rows.len()],
            Self::Field(field) => return Cow::Borrowed(numbers(table, *field, rows)),
            Self::Negate(inner) => of(inner).iter().map(|value| -value).collect(),
            Self::Arithmetic(operation, sides) => {
                let calculate: fn(f64, f64) -> f64 = match operation {
                    Arithmetic::Add => |left, right| left + right,
                    Arithmetic::Subtract => |left, right| left - right,
                    Arithmetic::Multiply => |left, right| left * right,
                    Arithmetic::Divide => |left, right| left / right,
                };
                // What is divided by 0 is missing, as is what is too large.
                let finite =
                    |(left, right): (&f64, &f64)| Some(calculate(*left, *right)).filter(|value| value.is_finite()).unwrap_or(f64::NAN);
                of(&sides[0]).iter().zip(&*of(&sides[1])).map(finite).collect()
            }
            Self::Call(function, operands) => {
                let operands: Vec<_> = operands.iter().map(of).collect();
                (0..rows.len()).map(|row| called(*function, operands.iter().map(|values| values[row]))).collect()
            }
            Self::Weighted(weighted) => {
                let weighted: Vec<_> = weighted.iter().map(|(number, weight)| (of(number), *weight)).collect();
                let mean = |row: usize| {
                    let known = weighted.iter().map(|(values, weight)| (values[row], *weight)).filter(|(value, _)| !value.is_nan());
                    let (sum, weights) = known.fold((0.0, 0.0), |(sum, weights), (value, weight)| (sum + value * weight, weights + weight));
                    // Of none that is 0 ÷ 0, which is missing.
                    sum / weights
                };
                (0..rows.len()).map(mean).collect()
            }
            Self::Either(sides) => {
                let or = |(first, second): (&f64, &f64)| if first.is_nan() { *second } else { *first };
                of(&sides[0]).iter().zip(&*of(&sides[1])).map(or).collect()
            }
            Self::Choice(choice) => {
                let (condition, yes, no) = (choice.0.truths(table, rows), of(&choice.1), of(&choice.2));
                (0..rows.len()).map(|row| chosen(condition[row], yes[row], no[row], f64::NAN)).collect()
            }
        };
        Cow::Owned(found)
    }
}

impl Text {
    fn values<'t>(&'t self, table: &'t Table, rows: &Range<usize>) -> Vec<Option<&'t str>> {
        let of = |text: &'t Self| text.values(table, rows);
        match self {
            Self::Constant(text) => vec![Some(text); rows.len()],
            Self::Field(field) => rows.clone().map(|row| table.text(*field, row)).collect(),
            Self::Either(sides) => of(&sides[0]).into_iter().zip(of(&sides[1])).map(|(first, second)| first.or(second)).collect(),
            Self::Choice(choice) => {
                let (condition, yes, no) = (choice.0.truths(table, rows), of(&choice.1), of(&choice.2));
                (0..rows.len()).map(|row| chosen(condition[row], yes[row], no[row], None)).collect()
            }
        }
    }
}

fn truth(holds: bool) -> u8 {
    if holds { TRUE } else { FALSE }
}

fn known_or(value: f64, holds: bool) -> u8 {
    if value.is_nan() { UNKNOWN } else { truth(holds) }
}

fn zipped(mut left: Vec<u8>, right: &[u8], join: impl Fn(u8, u8) -> u8) -> Vec<u8> {
    left.iter_mut().zip(right).for_each(|(left, right)| *left = join(*left, *right));
    left
}

fn chosen<T>(condition: u8, yes: T, no: T, missing: T) -> T {
    match condition {
        TRUE => yes,
        FALSE => no,
        _ => missing,
    }
}

fn called(function: Function, values: impl Iterator<Item = f64>) -> f64 {
    match function {
        // NaN, of what is missing, stays.
        Function::Least => values.reduce(|least, value| if least.is_nan() || least <= value { least } else { value }).unwrap_or(f64::NAN),
        Function::Greatest => {
            values.reduce(|greatest, value| if greatest.is_nan() || greatest >= value { greatest } else { value }).unwrap_or(f64::NAN)
        }
        Function::Mean => {
            let (sum, count) = values.filter(|value| !value.is_nan()).fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            sum / count
        }
    }
}

fn compared(operator: Operator, sides: impl Iterator<Item = (f64, f64)>) -> Vec<u8> {
    fn each(sides: impl Iterator<Item = (f64, f64)>, holds: impl Fn(f64, f64) -> bool) -> Vec<u8> {
        let one = |(left, right): (f64, f64)| {
            // Without a branch, so that many are compared at once.
            let is_missing = left.is_nan() | right.is_nan();
            u8::from(is_missing) | (u8::from(holds(left, right) & !is_missing) << 1)
        };
        sides.map(one).collect()
    }
    match operator {
        Operator::Equal | Operator::In => each(sides, |left, right| left == right),
        Operator::NotEqual => each(sides, |left, right| left != right),
        Operator::Less => each(sides, |left, right| left < right),
        Operator::LessOrEqual => each(sides, |left, right| left <= right),
        Operator::Greater => each(sides, |left, right| left > right),
        Operator::GreaterOrEqual => each(sides, |left, right| left >= right),
    }
}

fn numbers<'t>(table: &'t Table, field: usize, rows: &Range<usize>) -> &'t [f64] {
    match &table.columns[field] {
        Column::Number(values) => &values[rows.clone()],
        _ => unreachable!("`{}` is no number", table.fields[field].name),
    }
}

/// By code.
fn text_is(coded: &Coded, texts: &[String]) -> Vec<u8> {
    let mut truths = vec![FALSE; coded.count()];
    texts.iter().filter_map(|text| coded.find(text)).for_each(|code| truths[code as usize] = TRUE);
    truths[MISSING as usize] = UNKNOWN;
    truths
}

/// By code.
fn has_any(coded: &Coded, texts: &[String]) -> Vec<u8> {
    let holds = |list: &str| list.split(BETWEEN).any(|held| !held.is_empty() && texts.iter().any(|text| text == held));
    (0..coded.count() as u32).map(|code| coded.text(code).map_or(UNKNOWN, |list| truth(holds(list)))).collect()
}
