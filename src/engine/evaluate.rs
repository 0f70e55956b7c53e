//! What an expression is of an account on its day D.

use std::cell::{Cell, Ref, RefCell};
use std::cmp::Ordering;
use std::sync::LazyLock;

use super::account::{Account, AccountProduct};
use super::day::Day;
use super::facts::{RecentDays, UserIndex};
use super::metric::{Due, Gap, Of, OfAccount, OfProduct, OfUser, Window, entitled_stage};
use super::names::{NameId, Names};
use super::number::{Number, Twelve};
use super::people::Member;
use super::plan::{
    Compare, Constant, Expr, FigureKind, FigureOf, FigureValue, Logic, Plan, Progress, ROOM_MAX, Reading, Slot, Source, Truth, UNKNOWN,
    position,
};
use crate::playbook::vocabulary::{Kind, Of as Whose};
use crate::playbook::{Arithmetic, Function, HELD_DAYS, Operator, Playbook, ProductIndex};

/// What expressions are evaluated of.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub account: &'a Account,
    pub names: &'a Names,
    pub plan: &'a Plan,
    /// Who is asked, where it is a user.
    pub user: Option<UserIndex>,
    /// A product that has been looked up already: `None` is one of which nothing is known.
    pub at_hand: Option<(ProductIndex, Option<&'a AccountProduct>)>,
    /// What has been computed of this account since it last changed.
    pub memo: Option<&'a Memo>,
}

/// The value of an expression.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    Missing,
    Number(Number),
    Text(&'a str),
    Boolean(bool),
    /// Literals.
    List(&'a [Expr]),
    Texts(Vec<&'a str>),
}

/// What has been computed of an account: many read the same measures, and the days of all its users.
#[derive(Debug, Default)]
pub struct Memo {
    /// By measure, and within it by product.
    known: Vec<Cell<(u64, Option<Number>)>>,
    products: usize,
    /// By [`Reading::memo`].
    readings: Vec<Cell<(u64, Option<Number>)>>,
    /// What was computed under an earlier one is forgotten.
    age: Cell<u64>,
    members: RefCell<Vec<Member>>,
    /// Whether those are this account's as it is now.
    knows_members: Cell<bool>,
}

impl Memo {
    pub fn of(playbook: &Playbook, plan: &Plan) -> Self {
        let nothing = |places| vec![Cell::new((0, None)); places];
        let products = playbook.products.len().max(1);
        Self {
            known: nothing(playbook.measures.len() * products),
            products,
            readings: nothing(plan.readings),
            age: Cell::new(1),
            members: RefCell::default(),
            knows_members: Cell::new(false),
        }
    }

    /// The account is another, or its facts are.
    pub fn forget(&self) {
        self.forget_numbers();
        self.knows_members.set(false);
    }

    /// Stages of the account are others.
    pub fn forget_numbers(&self) {
        self.age.set(self.age.get() + 1);
    }

    /// What a place holds, computed where it holds nothing yet.
    fn number(&self, place: &Cell<(u64, Option<Number>)>, compute: impl FnOnce() -> Option<Number>) -> Option<Number> {
        match place.get() {
            (age, known) if age == self.age.get() => known,
            _ => {
                let value = compute();
                place.set((self.age.get(), value));
                value
            }
        }
    }

    /// The account's users, who are found once.
    fn members(&self, account: &Account) -> Ref<'_, Vec<Member>> {
        if !self.knows_members.replace(true) {
            let mut members = self.members.borrow_mut();
            members.clear();
            account.add_members(&mut members);
        }
        self.members.borrow()
    }

    fn place(&self, measure: u16, product: Option<ProductIndex>) -> &Cell<(u64, Option<Number>)> {
        &self.known[usize::from(measure) * self.products + product.map_or(0, |index| usize::from(index.0))]
    }
}

impl<'a> View<'a> {
    pub fn of_user(self, user: UserIndex) -> Self {
        Self { user: Some(user), ..self }
    }

    pub fn product(&self, index: ProductIndex) -> Option<&'a AccountProduct> {
        match self.at_hand {
            Some((known, product)) if known == index => product,
            _ => self.account.product(index),
        }
    }

    /// The value of an expression.
    pub fn value(&self, expr: &'a Expr) -> Value<'a> {
        match expr {
            Expr::Text(text) => Value::Text(text),
            Expr::Boolean(value) => Value::Boolean(*value),
            Expr::List(items) => Value::List(items),
            Expr::Metric(reading) => self.reading(reading),
            Expr::Primary(by_product) => match self.account.primary() {
                Some(index) => self.value(&by_product[usize::from(index.0)]),
                None => Value::Missing,
            },
            Expr::Either(sides) => match self.value(&sides[0]) {
                Value::Missing => self.value(&sides[1]),
                known => known,
            },
            Expr::Choice(choice) => match self.truth(&choice.0) {
                Truth::True => self.value(&choice.1),
                Truth::False => self.value(&choice.2),
                Truth::Unknown => Value::Missing,
            },
            Expr::Truth(condition) => match self.truth(condition) {
                Truth::Unknown => Value::Missing,
                truth => Value::Boolean(truth == Truth::True),
            },
            _ => self.number(expr).map_or(Value::Missing, Value::Number),
        }
    }

    /// The value of an expression that is a number; `None`: it is missing.
    pub fn number(&self, expr: &'a Expr) -> Option<Number> {
        match expr {
            Expr::Number(number) => Some(*number),
            Expr::Metric(reading) => self.number_of(reading),
            Expr::Measure { measure, product } => self.measure(*measure, *product),
            Expr::Negate(inner) => self.number(inner).map(Number::negate),
            Expr::Arithmetic(sides, operation) => self.number(&sides[0])?.calculate(*operation, self.number(&sides[1])?),
            Expr::Call(Function::Mean, operands) => {
                Twelve::mean(operands.iter().filter_map(|operand| self.number(operand).and_then(Twelve::of)))
            }
            Expr::Call(function, operands) => {
                let numbers: Option<smallvec::SmallVec<[Number; 4]>> = operands.iter().map(|operand| self.number(operand)).collect();
                Number::extreme(numbers?.into_iter(), *function == Function::Greatest)
            }
            Expr::Weighted(weighted) => {
                let known = weighted.iter().filter_map(|(operand, weight)| Some((Twelve::of(self.number(operand)?)?, *weight)));
                let known: smallvec::SmallVec<[_; 8]> = known.collect();
                Twelve::weighted(known.iter().copied())
            }
            Expr::Users(figure) => {
                self.with_members(|members| self.figure(figure.kind, present(members).map(|member| (self.of_user(member.user), &**figure))))
            }
            Expr::Products(by_product) => self.figure(
                by_product.first()?.kind,
                self.entitled().map(|(index, product)| {
                    let view = Self { at_hand: Some((index, Some(product))), ..*self };
                    (view, &by_product[usize::from(index.0)])
                }),
            ),
            Expr::Primary(_) | Expr::Either(_) | Expr::Choice(_) => match self.value(expr) {
                Value::Number(number) => Some(number),
                _ => None,
            },
            Expr::Text(_) | Expr::Boolean(_) | Expr::List(_) | Expr::Truth(_) => None,
        }
    }

    /// A measure of the account, of a product, or of the user at hand.
    pub fn measure(&self, measure: u16, product: Option<ProductIndex>) -> Option<Number> {
        /// Places after the point.
        const PLACES: u32 = 6;
        let compute = || self.number(self.plan.measure(measure, product)).and_then(Number::to_places::<PLACES>);
        match self.memo.filter(|_| self.user.is_none()) {
            Some(memo) => memo.number(memo.place(measure, product), compute),
            None => compute(),
        }
    }

    /// Reads the account's users who are nobody else, in the order in which they were first seen.
    pub fn with_members<T>(&self, read: impl FnOnce(&[Member]) -> T) -> T {
        match self.memo {
            Some(memo) => read(&memo.members(self.account)),
            None => {
                let mut members = Vec::new();
                self.account.add_members(&mut members);
                read(&members)
            }
        }
    }

    /// The days on which a user used any product that the playbook names.
    pub fn days_of(&self, user: UserIndex) -> RecentDays {
        let known = self.memo.filter(|memo| memo.knows_members.get()).and_then(|memo| {
            let members = memo.members.borrow();
            let place = members.binary_search_by_key(&user, |member| member.user).ok()?;
            Some(members[place].days)
        });
        known.unwrap_or_else(|| self.account.days_of(user))
    }

    /// Of the users who are present those of whom a condition is true, of all of whom another one is.
    pub fn share_of_users(&self, of: &'a Logic, among: &'a Logic) -> Option<Number> {
        self.with_members(|members| {
            let (mut all, mut held) = (0, 0);
            for view in present(members).map(|member| self.of_user(member.user)) {
                if view.truth(among) == Truth::True {
                    all += 1;
                    held += u64::from(view.truth(of) == Truth::True);
                }
            }
            Twelve::share(held, all)
        })
    }

    /// The playbook's products whose `entitled` rung holds.
    pub fn entitled(&self) -> impl Iterator<Item = (ProductIndex, &'a AccountProduct)> + use<'a> {
        let account = self.account;
        let products = account.products.iter().enumerate();
        products.filter(|(position, _)| entitled_stage(account, *position).0).filter_map(|(_, product)| Some((product.index?, product)))
    }

    fn figure(&self, kind: FigureKind, each: impl Iterator<Item = (Self, &'a FigureOf)>) -> Option<Number> {
        let (mut all, mut held) = (0u64, 0u64);
        let mut numbers: smallvec::SmallVec<[Number; 8]> = smallvec::SmallVec::new();
        for (view, figure) in each {
            if figure.among.as_ref().is_some_and(|among| view.truth(among) != Truth::True) {
                continue;
            }
            all += 1;
            match &figure.of {
                FigureValue::Truth(of) => held += u64::from(view.truth(of) == Truth::True),
                FigureValue::Number(of) => numbers.extend(view.number(of)),
            }
        }
        let twelve = || numbers.iter().filter_map(|number| Twelve::of(*number));
        match kind {
            FigureKind::Count => Some(Number::integer(held as i64)),
            FigureKind::Share => Twelve::share(held, all),
            FigureKind::Mean => Twelve::mean(twelve()),
            FigureKind::Sum => Twelve::sum(twelve()),
            FigureKind::Least => Number::extreme(numbers.iter().copied(), false),
            FigureKind::Greatest => Number::extreme(numbers.iter().copied(), true),
        }
    }

    /// Whether a condition holds.
    pub fn truth(&self, logic: &'a Logic) -> Truth {
        match logic {
            Logic::Constant(truth) => *truth,
            Logic::Flag(expr) => match self.value(expr) {
                Value::Boolean(value) => value.into(),
                _ => Truth::Unknown,
            },
            Logic::Compare(compare) => self.holds(compare),
            Logic::Known(expr) => (!matches!(self.value(expr), Value::Missing)).into(),
            Logic::HasAny(expr, texts) => match self.value(expr) {
                Value::Texts(held) => held.iter().any(|text| texts.iter().any(|wanted| wanted == text)).into(),
                _ => Truth::Unknown,
            },
            Logic::Not(inner) => !self.truth(inner),
            Logic::And(parts) => {
                let mut all = Truth::True;
                for part in parts {
                    match self.truth(part) {
                        Truth::False => return Truth::False,
                        Truth::Unknown => all = Truth::Unknown,
                        Truth::True => {}
                    }
                }
                all
            }
            Logic::Or(parts) => {
                let mut any = Truth::False;
                for part in parts {
                    match self.truth(part) {
                        Truth::True => return Truth::True,
                        Truth::Unknown => any = Truth::Unknown,
                        Truth::False => {}
                    }
                }
                any
            }
            Logic::Either(sides) => match self.truth(&sides[0]) {
                Truth::Unknown => self.truth(&sides[1]),
                known => known,
            },
            Logic::Choice(parts) => match self.truth(&parts[0]) {
                Truth::True => self.truth(&parts[1]),
                Truth::False => self.truth(&parts[2]),
                Truth::Unknown => Truth::Unknown,
            },
        }
    }

    /// Whether a comparison holds; unknown where a side is missing.
    pub fn holds(&self, compare: &'a Compare) -> Truth {
        let left = self.value(&compare.left);
        if matches!(left, Value::Missing) {
            return Truth::Unknown;
        }
        match self.value(&compare.right) {
            Value::Missing => Truth::Unknown,
            Value::List(items) => items.iter().any(|item| order(&left, &self.value(item)) == Some(Ordering::Equal)).into(),
            right => {
                let order = order(&left, &right);
                Truth::from(match compare.operator {
                    Operator::Equal | Operator::In => order == Some(Ordering::Equal),
                    Operator::NotEqual => order != Some(Ordering::Equal),
                    Operator::Less => order == Some(Ordering::Less),
                    Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                    Operator::Greater => order == Some(Ordering::Greater),
                    Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
                })
            }
        }
    }

    /// How far an account is with a product on its way to `adopted`.
    pub fn progress(&self, progress: &'a Progress) -> Option<Number> {
        Some(match progress {
            Progress::Ratio { of, threshold, above, holds } => {
                way_to(self.number(of), *threshold, *above && self.truth(holds) != Truth::True)?
            }
            Progress::Mean(parts) => Twelve::mean(parts.iter().filter_map(|part| self.progress(part).and_then(Twelve::of)))?,
            Progress::Greatest(parts) => {
                let parts: smallvec::SmallVec<[Number; 4]> = parts.iter().filter_map(|part| self.progress(part)).collect();
                Number::extreme(parts.into_iter(), true)?
            }
            Progress::Flag(condition) => Number::integer((self.truth(condition) == Truth::True).into()),
        })
    }

    /// The value of a metric.
    pub fn reading(&self, reading: &'a Reading) -> Value<'a> {
        match reading.def.value {
            Of::ProductFlag(holds) => self.of_product(reading, holds).flatten().map_or(Value::Missing, Value::Boolean),
            Of::ProductText(text) => self.of_product(reading, text).flatten().map_or(Value::Missing, Value::Text),
            Of::ProductList(list) => self.of_product(reading, list).flatten().map_or(Value::Missing, Value::Texts),
            Of::AccountFlag(holds) => holds(&OfAccount { view: *self, reading }).map_or(Value::Missing, Value::Boolean),
            Of::AccountText(text) => text(&OfAccount { view: *self, reading }).map_or(Value::Missing, Value::Text),
            Of::AccountList(list) => list(&OfAccount { view: *self, reading }).map_or(Value::Missing, Value::Texts),
            Of::UserFlag(holds) => self.of_user_at_hand(reading).and_then(|of| holds(&of)).map_or(Value::Missing, Value::Boolean),
            Of::UserText(text) => self.of_user_at_hand(reading).and_then(|of| text(&of)).map_or(Value::Missing, Value::Text),
            Of::Product(_) | Of::Account(_) | Of::User(_) => self.number_of(reading).map_or(Value::Missing, Value::Number),
        }
    }

    /// The value of a metric that is a number; `None` where it is missing.
    fn number_of(&self, reading: &'a Reading) -> Option<Number> {
        let compute = || match reading.def.value {
            Of::Product(value) => self.of_product(reading, value)?,
            Of::Account(value) => value(&OfAccount { view: *self, reading }),
            Of::User(value) => value(&self.of_user_at_hand(reading)?),
            _ => None,
        };
        match (self.memo, reading.memo) {
            (Some(memo), Some(place)) => memo.number(&memo.readings[usize::from(place)], compute),
            _ => compute(),
        }
    }

    fn of_user_at_hand(&self, reading: &'a Reading) -> Option<OfUser<'a>> {
        Some(OfUser { view: *self, user: self.user?, reading })
    }

    /// Reads something of the product that a reading is of; `None` where it is of none.
    fn of_product<T>(&self, reading: &'a Reading, read: impl FnOnce(&OfProduct<'a>) -> T) -> Option<T> {
        /// Of which nothing is known: what the metrics are without any fact.
        static BLANK: LazyLock<AccountProduct> = LazyLock::new(|| AccountProduct::new(NameId(u32::MAX), None));
        let index = reading.product?;
        let product = self.product(index).unwrap_or_else(|| &BLANK);
        Some(read(&OfProduct { view: *self, index, product, reading }))
    }

    /// The days that a metric reads, both ends included.
    pub fn window(&self, reading: &Reading) -> Option<(Day, Day)> {
        let today = self.account.day;
        let (from, to) = reading.def.window.days(&reading.metric, today, self.plan.complete(reading.product, today))?;
        let longest = match (reading.def.window, reading.product) {
            (Window::Effective, Some(index)) => self.plan.catalogue_of(index).effective_days,
            _ => 0,
        };
        Some((from.min((to - longest + 1).max(today - (HELD_DAYS - 1))), to))
    }

    /// Where a slot's source stands now, and by how much an integer may rise and stay there; `before`: where it stood.
    pub fn slot(&self, source: &'a Source, before: Slot) -> (Slot, u16) {
        match source {
            Source::Number { expr, constants, gaps, step } => {
                let value = self.number(expr);
                let Some(number) = value.filter(|_| step.is_none()).and_then(integer) else {
                    let at = position(value, constants);
                    return (at, step.and_then(|step| room_of(value?, constants, at, step)).unwrap_or(0));
                };
                let within =
                    |slot: Slot| gaps.get(usize::from(slot)).filter(|gap| (i128::from(gap.0)..=i128::from(gap.1)).contains(&number));
                // Most values stay in their gap.
                let at = if within(before).is_some() { before } else { position(value, constants) };
                let room = within(at).map_or(0, |gap| (i128::from(gap.1) - number).min(ROOM_MAX.into()));
                (at, room as u16)
            }
            Source::Truth(logic) => match self.truth(logic) {
                Truth::Unknown => (UNKNOWN, 0),
                truth => (Slot::from(truth == Truth::True), 0),
            },
        }
    }

    /// The first day after D on which a source may stand in another slot than `at`, where it stands, although nothing happens
    /// until then; never later than the true one. `None`: it stays.
    pub fn due(&self, source: &'a Source, at: Slot) -> Option<Day> {
        let today = self.account.day;
        match source {
            Source::Number { expr: Expr::Metric(reading), gaps, .. } if reading.metric.signature.through.is_none() => {
                // Where the value is missing the gap is of no use, and no rising or falling metric asks for it.
                let (low, high) = gaps.get(usize::from(at)).copied().unwrap_or((i64::MIN, i64::MAX));
                self.reading_due(reading, low, high)
            }
            Source::Truth(Logic::Flag(Expr::Metric(reading))) if reading.metric.signature.through.is_none() => {
                self.reading_due(reading, i64::MIN, i64::MAX)
            }
            Source::Truth(Logic::Compare(compare)) => match (&compare.left, &compare.right) {
                // A text or a boolean: it is another when the metric is.
                (Expr::Metric(reading), Expr::Text(_) | Expr::Boolean(_) | Expr::List(_))
                    if reading.metric.signature.through.is_none() && reading.metric.signature.kind != Kind::Number =>
                {
                    self.reading_due(reading, i64::MIN, i64::MAX)
                }
                _ => Some(today + 1),
            },
            Source::Number { expr: Expr::Either(sides), gaps, .. } => match &**sides {
                // It is the one or the other until something happens: no day alone makes such a one known, or missing.
                [Expr::Metric(first), Expr::Metric(second)] if [first, second].iter().all(|of| matches!(of.def.due, Due::Rises)) => {
                    let (low, high) = gaps.get(usize::from(at)).copied().unwrap_or((i64::MIN, i64::MAX));
                    self.reading_due(if self.number_of(first).is_some() { first } else { second }, low, high)
                }
                _ => Some(today + 1),
            },
            _ => Some(today + 1),
        }
    }

    /// The first day after D on which a metric may be below `low` or above `high`.
    fn reading_due(&self, reading: &'a Reading, low: i64, high: i64) -> Option<Day> {
        let today = self.account.day;
        let (def, metric) = (reading.def, &reading.metric);
        let value = || integer(self.number_of(reading)?);
        let rises = || if high == i64::MAX { None } else { Some(after(today, i128::from(high) - value()?)) };
        let falls = || if low == i64::MIN { None } else { Some(after(today, value()? - i128::from(low))) };
        let product = reading.product.and_then(|index| self.product(index));
        // Of a product of which nothing is known nothing falls due.
        if metric.signature.of == Whose::Product && product.is_none() {
            return None;
        }
        let change = |product: &AccountProduct| product.facts.entitlements.next_change(today, self.plan.grace_days);
        let terms = || product.and_then(change);
        if metric.complete {
            // Each day, while there is anything in the window or behind it.
            let (from, _) = self.window(reading)?;
            let facts = &product?.facts;
            let is_used = facts.last_use >= from || facts.workflows().iter().any(|workflow| workflow.runs.any(from, today));
            return [is_used.then_some(today + 1), terms()].into_iter().flatten().min();
        }
        match def.due {
            Due::Never => None,
            Due::Rises => rises(),
            Due::Falls => falls(),
            Due::Term => terms(),
            Due::RisesOrTerm => [rises(), terms()].into_iter().flatten().min(),
            Due::FallsOrTerm => [falls(), terms()].into_iter().flatten().min(),
            Due::AnyTerm => self.account.products.iter().filter_map(change).min(),
            Due::WhileUsed => {
                let (from, _) = self.window(reading)?;
                let last_use = match metric.signature.of {
                    Whose::Product => product?.facts.last_use,
                    Whose::Account => self.account.last_use(),
                    Whose::User => self.of_user_at_hand(reading)?.days().last,
                };
                (last_use >= from).then_some(today + 1)
            }
            Due::Tomorrow => Some(today + 1),
            Due::Calendar => self.plan.calendar(metric.name.as_deref()?).next_change(today, metric.number),
            Due::Facts(due) => self.of_product(reading, |of| due(of, Gap { low }))?,
            Due::OfAccount(due) => due(&OfAccount { view: *self, reading }, Gap { low }),
            Due::OfUser(due) => due(&self.of_user_at_hand(reading)?, Gap { low }),
        }
    }
}

/// Those who are present.
pub fn present(members: &[Member]) -> impl Iterator<Item = &Member> {
    members.iter().filter(|member| member.is_present())
}

/// How far a number, nothing where it is missing, is on its way to a positive threshold: 0 to 1. `just_missed`: it must pass the threshold, and does
/// not, so that it has not got there.
pub fn way_to(value: Option<Number>, threshold: Number, just_missed: bool) -> Option<Number> {
    const ONE: Number = Number::Fraction { numerator: 1, denominator: 1 };
    const NONE: Number = Number::Fraction { numerator: 0, denominator: 1 };
    const NEARLY: Number = Number::Fraction { numerator: 99, denominator: 100 };
    let reached = value.and_then(|value| value.calculate(Arithmetic::Divide, threshold)).unwrap_or(NONE);
    let most = if just_missed { NEARLY } else { ONE };
    Number::extreme([Number::extreme([reached, NONE].into_iter(), true)?, most].into_iter(), false)
}

/// How many steps a number may rise and stay in its slot, at least; `None`: that is not known.
fn room_of(value: Number, constants: &[Constant], at: Slot, step: Number) -> Option<u16> {
    let is_between = at.is_multiple_of(2);
    let steps = match constants.get(usize::from(at / 2)) {
        None => return Some(ROOM_MAX),
        Some(next) if is_between => next.number.calculate(Arithmetic::Subtract, value)?.calculate(Arithmetic::Divide, step)?,
        Some(_) => return None,
    };
    let Number::Fraction { numerator, denominator } = steps else { return None };
    // It must not get there, and may have been rounded up.
    Some((numerator.div_euclid(denominator) - 1).clamp(0, ROOM_MAX.into()) as u16)
}

/// The value of a number that is an integer.
pub fn integer(number: Number) -> Option<i128> {
    match number {
        Number::Fraction { numerator, denominator: 1 } => Some(numerator),
        _ => None,
    }
}

/// The day after so many more days than today, at least tomorrow.
fn after(today: Day, days: i128) -> Day {
    today + 1 + days.clamp(0, 1 << 20) as Day
}

fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.compare(*right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::Decimal;

    #[test]
    fn a_number_that_need_not_be_an_integer_has_room_for_steps_up_to_the_next_constant() {
        let decimal = |digits, scale| Constant::new(Decimal { digits, scale });
        let constants = [decimal(10, 0), decimal(205, 1)];
        let room = |value, step| room_of(value, &constants, position(Some(value), &constants), step);
        let ratio = |numerator, denominator| Number::ratio(numerator, denominator).expect("a number");
        // Between 10 and 20.5: seven steps of one from 12.5 on end at 19.5, eight would get there.
        assert_eq!(room(ratio(25, 2), Number::integer(1)), Some(7));
        assert_eq!(room(ratio(25, 2), ratio(1, 3)), Some(23));
        assert_eq!(room(ratio(-25, 2), Number::integer(1)), Some(21));
        // Just below, at a constant, and above all of them.
        assert_eq!(room(ratio(401, 20), Number::integer(1)), Some(0));
        assert_eq!(room(ratio(10, 1), Number::integer(1)), None);
        assert_eq!(room(ratio(22, 1), Number::integer(1)), Some(ROOM_MAX));
        assert_eq!(room(Number::Double(12.5), Number::integer(1)), None);
    }
}
