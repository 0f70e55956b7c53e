//! The playbook compiled for incremental judging.
//!
//! A condition is a tree over comparisons. A comparison of one number with a constant becomes a test of a **slot**: for each
//! metric that occurs, the constants it is compared with are sorted, and the slot says where among them the metric's present
//! value lies (`2k` below constant k, `2k+1` at it). All rules that read a metric share its slot. An event moves few metrics, a
//! moved metric seldom leaves the gap between its two nearest constants, and only then do the rules that read the slot run.
//! A thousand rules cost what ten do until one of their constants is crossed.

mod calendar;
mod catalogue;
mod compile;
mod conditions;
mod expression;

use std::cmp::Ordering;
use std::sync::Arc;

use hashbrown::HashMap;

use super::aliases::Aliases;
use super::day::Day;
use super::names::NameId;
use super::number::Number;
use super::subject::{IncidentKey, Subject};
use crate::playbook::{Decimal, MetricRef, Of, Playbook, ProductIndex};

pub use calendar::Calendar;
pub use catalogue::{Catalogue, CatalogueFeature, Module, Worth};
pub use conditions::{Clause, Conditioned, Conditions, Part, Seen};
pub use expression::{Asked, Compare, Expr, Extent, FigureKind, FigureOf, FigureValue, Logic, Progress, Reading, Synergy};

/// Where a metric lies among its constants, or [`UNKNOWN`].
pub type Slot = u16;

/// The metric is missing.
pub const UNKNOWN: Slot = Slot::MAX;

/// A slot as an account keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotState {
    pub at: Slot,
    /// The low bits of the first day on which it may be another although nothing happens: see [`View::due`].
    ///
    /// [`View::due`]: super::metric::View::due
    due: u16,
    /// How far the metric may rise, at least, and stay in the slot: usage that raises it by less needs no look at it. [`PUT_OFF`]: where it
    /// stands is not known, since nothing was decided by it when it was due.
    pub room: u16,
}

/// See [`SlotState::room`] and [`SlotGroup::guards`].
pub const PUT_OFF: u16 = u16::MAX;
/// The most [`SlotState::room`] that is told.
pub const ROOM_MAX: u16 = PUT_OFF - 1;

impl SlotState {
    /// Days ahead that `due` can tell apart. What is due later is looked at then, and put off again.
    const AHEAD_MAX: Day = 1 << 14;

    pub fn new(at: Slot, room: u16, due: Option<Day>, today: Day) -> Self {
        let latest = today + Self::AHEAD_MAX;
        Self { at, due: due.unwrap_or(latest).min(latest) as u16, room }
    }

    /// It is to be looked at on a day at the latest.
    pub fn due_by(&mut self, day: Day, today: Day) {
        if self.due(today) > day {
            self.due = day as u16;
        }
    }

    /// Seen from a day before it, or from one less than [`Self::AHEAD_MAX`] after it.
    pub fn due(self, today: Day) -> Day {
        today + Day::from(self.due.wrapping_sub(today as u16) as i16)
    }
}

/// What a cause may have changed. A metric names those that it reads.
pub mod family {
    pub const DAY: u32 = 1;
    pub const EVENTS: u32 = 1 << 1;
    /// A day before D got usage: what compares complete days.
    pub const PAST: u32 = 1 << 2;
    pub const ACTIVE_DAY: u32 = 1 << 3;
    pub const USERS: u32 = 1 << 4;
    pub const DAILY_USERS: u32 = 1 << 5;
    pub const FEATURE_DAYS: u32 = 1 << 6;
    pub const FEATURE_COUNTS: u32 = 1 << 7;
    pub const GAUGE: u32 = 1 << 8;
    pub const WORKFLOW: u32 = 1 << 9;
    pub const CONNECTION: u32 = 1 << 10;
    pub const TERM: u32 = 1 << 11;
    pub const STAGE: u32 = 1 << 12;
    pub const ACCOUNT_STAGE: u32 = 1 << 13;
    pub const PROFILE: u32 = 1 << 14;
    pub const TOUCHPOINT: u32 = 1 << 15;
    /// One feature's counts or users; found by the feature's name.
    pub const ONE_FEATURE: u32 = 1 << 16;
    /// Answers to NPS questions.
    pub const ANSWERS: u32 = 1 << 17;
    /// Revenue, churns and renewals.
    pub const OUTCOMES: u32 = 1 << 18;
    /// Who the users are: one who is new, a profile, who comes, goes or turns out to be another.
    pub const PEOPLE: u32 = 1 << 19;
    /// Segments, milestones, and what is open of alerts and plays.
    pub const VERDICTS: u32 = 1 << 20;
    /// A user's last use of a feature.
    pub const USER_FEATURES: u32 = 1 << 21;
    /// A feature has one more day of use.
    pub const FEATURE_DAY: u32 = 1 << 22;
    /// How many there are.
    pub const COUNT: usize = 23;
    /// What a user who comes into the counts, or leaves them, may change: of any day.
    pub const PRESENCE: u32 = USERS | DAILY_USERS | ONE_FEATURE | PAST;
    /// What usage on D may change; usage on an earlier day has [`PAST`] beside.
    pub const USAGE_TODAY: u32 = EVENTS | ACTIVE_DAY | USERS | DAILY_USERS | FEATURE_DAYS | FEATURE_DAY | FEATURE_COUNTS | USER_FEATURES;
}

/// Which array a slot is in: a product's, or the account's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Account,
    Product(ProductIndex),
    /// Each user has one.
    Users,
}

#[derive(Debug)]
pub struct Plan {
    pub account: SlotGroup,
    /// By product index.
    pub products: Vec<SlotGroup>,
    pub users: SlotGroup,
    /// By product index: the conditions of activated, adopted, proficient, integrated.
    pub stages: Vec<[Judged; 4]>,
    /// In the order of outputs: measure by measure, within one product by product.
    pub bands: Vec<Band>,
    /// In the order of outputs: segments, milestones, rule by rule, within each product by product.
    pub instances: Vec<Instance>,
    /// By rule: its first instance.
    pub of_rule: Vec<u32>,
    /// By campaign: its instance.
    pub of_campaign: Vec<u32>,
    /// By product index: the instances judged for it.
    pub instances_of: Vec<Vec<u32>>,
    /// The instances judged for each user.
    pub of_users: Vec<u32>,
    /// Whether any of them is looked at daily.
    pub asks_users_daily: bool,
    /// The instances that are looked at daily.
    pub daily: Vec<u32>,
    /// Whether something is judged of products that an account has nothing of.
    pub asks_of_absent: bool,
    pub aliases: Aliases,
    /// By product index.
    pub catalogue: Vec<Catalogue>,
    /// The days of the shortest window that asks whether a feature was used.
    pub feature_days: Day,
    /// Whether a condition asks for more of a user's days with a feature than the last one.
    pub days_of_users: bool,
    /// By product index: the days that are left to a feed that delivers late.
    settle_days: Vec<Day>,
    /// Those of the account.
    settle_days_shared: Day,
    calendars: HashMap<String, Calendar>,
    pub measures: Vec<Measure>,
    /// How many have a place in the memo.
    pub readings: usize,
    /// By product index.
    pub criteria: Vec<Progress>,
    /// By product index.
    pub fit: Vec<Option<Logic>>,
    pub synergies: Vec<Synergy>,
    pub personas: Vec<Persona>,
    /// By the name's place among those of the playbook: of each segment that names the benchmark, in file order, its index and the number.
    pub benchmarks: Vec<Vec<(u16, Number)>>,
    /// Of all plays, the index among the rules, ascending.
    pub plays: Vec<u16>,
    /// By the group's place among those of the playbook: its plays.
    pub groups: Vec<Vec<u16>>,
    /// Connections that may be: from, to.
    pub integrations: Vec<(ProductIndex, ProductIndex)>,
    /// What champions are the first by: see [`champions_by`].
    ///
    /// [`champions_by`]: super::metric::champions_by
    pub champions_by: [Reading; 3],
    /// Orders of adoption.
    pub paths: Vec<Box<[ProductIndex]>>,
    /// By index: the account stages' names.
    pub account_stages: Vec<Box<str>>,
    /// The playbook's days of grace after a term.
    pub grace_days: Day,
}

/// What is judged beside stages and bands, by its index in the playbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Segment(u16),
    Milestone(u16),
    Rule(u16),
    Campaign(u16),
}

/// A measure's bands, of the account or of a product.
#[derive(Debug)]
pub struct Band {
    pub measure: u16,
    pub product: Option<ProductIndex>,
    pub group: Group,
    pub slot: u16,
    /// By band the place of its lower end among the slot's constants.
    pub from: Box<[Slot]>,
    pub names: Box<[NameId]>,
}

/// Something as judged for one subject, or for each user.
#[derive(Debug)]
pub struct Instance {
    pub item: Item,
    pub subject: Subject,
    pub is_daily: bool,
    pub open: Judged,
    /// Of a campaign, its goal.
    pub clear: Option<Judged>,
    /// The slots of both that may have been put off.
    pub deferrable: Box<[(Group, u16)]>,
    /// Of plays and campaigns.
    pub attached: Attached,
}

/// What is asked of a subject once something happens: nobody waits for it to move.
#[derive(Debug, Default)]
pub struct Attached {
    /// In the play's order.
    pub guards: Box<[Guardrail]>,
    pub tokens: Box<[(Box<str>, TokenOf)]>,
    /// The metric of a play's outcome.
    pub outcome: Option<Expr>,
}

/// What holds a play back while it is true.
#[derive(Debug)]
pub struct Guardrail {
    pub holds_back: Logic,
    pub comparisons: Box<[Shown]>,
}

#[derive(Debug)]
pub enum TokenOf {
    Text(Box<str>),
    Read(Expr),
}

/// A condition as judged for one subject.
#[derive(Debug)]
pub struct Judged {
    pub node: Node,
    /// Its comparisons in the order written, for the evidence.
    pub comparisons: Box<[Shown]>,
}

/// A comparison as evidence shows it.
#[derive(Debug)]
pub struct Shown {
    /// Canonical text of the left side.
    pub metric: Arc<str>,
    pub compare: Compare,
}

/// A measure with its subject written out: by product, or once.
#[derive(Debug)]
pub struct Measure {
    pub of: Of,
    exprs: Box<[Expr]>,
}

/// A persona, as it is asked of a user.
#[derive(Debug)]
pub struct Persona {
    pub among: Logic,
    pub keeps: Logic,
}

#[derive(Debug, Default)]
pub struct SlotGroup {
    pub sources: Vec<Source>,
    /// By slot.
    pub readers: Vec<Readers>,
    /// By slot: the families that move it.
    pub families: Vec<u32>,
    /// By slot.
    pub growth: Vec<Growth>,
    /// By slot, what is tested beside it by each of its readers: while none of that holds, the slot decides nothing, and a day that may move it
    /// puts it off. Empty: it is never put off.
    pub guards: Vec<Box<[Guard]>>,
    /// Slots that may be put off.
    pub deferrable: Vec<u16>,
    /// All of them together, but for those that are looked at daily.
    pub all_families: u32,
    /// Slots that are looked at daily, and the families that move them, all together.
    pub daily: Vec<u16>,
    pub daily_families: u32,
    /// By slot.
    pub is_daily: Vec<bool>,
    /// The families of all slots.
    pub all_reads: u32,
    /// Of slots of users: families that are not the user's own; without that of days.
    pub families_beyond: u32,
    /// Slots by bit of the family.
    pub by_family: [Vec<u16>; family::COUNT],
    /// Slots that read one feature's counts and slots that read its users.
    pub by_feature: HashMap<NameId, FeatureSlots>,
    /// Account group only: slots that read one feature of a product beside others, by product index.
    pub by_product: Vec<Vec<u16>>,
}

#[derive(Debug, Default)]
pub struct FeatureSlots {
    pub counts: Vec<u16>,
    pub users: Vec<u16>,
}

/// A slot and what is tested of it.
pub type Guard = (u16, Test);

impl SlotGroup {
    /// Whether a slot that may be put off decides anything, as what is tested beside it stands.
    pub fn decides(&self, number: u16, slots: &[SlotState]) -> bool {
        self.guards[usize::from(number)].iter().any(|(guard, test)| test.holds(slots[usize::from(*guard)].at) != Truth::False)
    }
}

/// Who tests a slot, each with the place of the constant tested against, in the order of these: a move past some constants changes
/// what is tested against these and nothing else.
#[derive(Debug, Default)]
pub struct Readers {
    pub stages_of: Vec<(Slot, ProductIndex)>,
    pub instances: Vec<(Slot, InstanceReader)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstanceReader {
    pub instance: u32,
    /// Another slot of the same group that is tested beside this one: while that does not hold, a move of this one decides nothing.
    pub guard: Option<Guard>,
}

/// The readers whose test may come out otherwise once a slot has moved.
pub fn between<T>(readers: &[(Slot, T)], from: Slot, to: Slot) -> impl Iterator<Item = &T> {
    let (low, high) = if from == UNKNOWN || to == UNKNOWN { (0, UNKNOWN) } else { (from.min(to), from.max(to)) };
    let first = readers.partition_point(|(at, _)| *at < low);
    readers[first..].iter().take_while(move |(at, _)| *at <= high).map(|(_, reader)| reader)
}

#[derive(Debug)]
pub enum Source {
    /// A number against constants, ascending. `gaps`: by slot the lowest and the highest integer in it. `step`: what a rise by one, as
    /// [`Growth`] counts it, raises it by at most, where it need not be an integer.
    Number { expr: Expr, constants: Vec<Constant>, gaps: Vec<(i64, i64)>, step: Option<Number> },
    /// A condition of another shape: 0 does not hold, 1 holds.
    Truth(Logic),
}

impl Source {
    /// How many places there are for where it may stand, but for [`UNKNOWN`].
    pub fn places(&self) -> usize {
        match self {
            Self::Number { constants, .. } => 2 * constants.len() + 1,
            Self::Truth(_) => 2,
        }
    }

    /// Whether it is a metric of the user at hand, and nothing else.
    pub fn is_metric_of_user(&self) -> bool {
        match self {
            Self::Number { expr: Expr::Metric(reading), .. } | Self::Truth(Logic::Flag(Expr::Metric(reading))) => {
                reading.metric.signature.of == Of::User
            }
            _ => false,
        }
    }
}

/// A constant in the forms it is compared in.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    pub number: Number,
    floor: i64,
    is_integer: bool,
    double: f64,
}

/// A condition over slots.
#[derive(Clone, Debug)]
pub enum Node {
    Constant(Truth),
    Test { group: Group, slot: u16, test: Test },
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    Below(Slot),
    AtMost(Slot),
    Is(Slot),
    IsNot(Slot),
    AtLeast(Slot),
    Above(Slot),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    False,
    Unknown,
    True,
}

impl Plan {
    /// The last complete day of a product.
    pub fn complete(&self, product: Option<ProductIndex>, today: Day) -> Day {
        today - 1 - product.map_or(self.settle_days_shared, |index| self.settle_days[usize::from(index.0)])
    }

    /// Of a product's measure the product's, of another the one that there is.
    pub fn measure(&self, measure: u16, product: Option<ProductIndex>) -> &Expr {
        &self.measures[usize::from(measure)].exprs[product.map_or(0, |index| usize::from(index.0))]
    }

    /// Whether a name is that of a product of the playbook.
    pub fn is_named(&self, name: NameId) -> bool {
        (name.0 as usize) < self.products.len()
    }

    /// What the playbook says of a product's features.
    pub fn catalogue_of(&self, product: ProductIndex) -> &Catalogue {
        &self.catalogue[usize::from(product.0)]
    }

    pub fn calendar(&self, name: &str) -> &Calendar {
        self.calendars.get(name).expect("conditions name calendars that there are")
    }

    /// The instance of a rule for a subject, where the playbook has it.
    pub fn instance_of(&self, key: IncidentKey) -> Option<u32> {
        let first = *self.of_rule.get(usize::from(key.rule))?;
        let subject = if key.subject.user().is_some() { Subject::SOME_USER } else { key.subject };
        let of_rule = self.instances[first as usize..].iter().take_while(|instance| instance.item == Item::Rule(key.rule));
        of_rule.enumerate().find(|(_, instance)| instance.subject == subject).map(|(offset, _)| first + offset as u32)
    }
}

impl Constant {
    pub fn new(decimal: Decimal) -> Self {
        let number = Number::from(decimal);
        let scale = 10i128.checked_pow(u32::from(decimal.scale)).unwrap_or(i128::MAX);
        let floor = decimal.digits.div_euclid(scale).clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
        Self { number, floor, is_integer: i128::from(floor) * scale == decimal.digits, double: number.to_f64() }
    }

    fn compare(&self, value: Number) -> Option<Ordering> {
        match value {
            // Against an integer a constant is its floor and whether it is one.
            Number::Fraction { numerator, denominator: 1 } => {
                Some(numerator.cmp(&i128::from(self.floor)).then(if self.is_integer { Ordering::Equal } else { Ordering::Less }))
            }
            Number::Double(value) => value.partial_cmp(&self.double),
            value => value.compare(self.number),
        }
    }
}

/// By slot the lowest and the highest integer that lie in it; none where the first is above the second.
fn gaps(constants: &[Constant]) -> Vec<(i64, i64)> {
    let mut gaps = Vec::with_capacity(2 * constants.len() + 1);
    let mut low = i64::MIN;
    for constant in constants {
        let above = constant.floor.saturating_add(1);
        let at = if constant.is_integer { (constant.floor, constant.floor) } else { (i64::MAX, i64::MIN) };
        gaps.extend([(low, if constant.is_integer { constant.floor.saturating_sub(1) } else { constant.floor }), at]);
        low = above;
    }
    gaps.push((low, i64::MAX));
    gaps
}

/// The slot of a value among ascending constants.
pub fn position(value: Option<Number>, constants: &[Constant]) -> Slot {
    let Some(value) = value else { return UNKNOWN };
    let below = constants.partition_point(|constant| constant.compare(value) == Some(Ordering::Greater));
    let at = constants.get(below).is_some_and(|constant| constant.compare(value) == Some(Ordering::Equal));
    (2 * below + usize::from(at)) as Slot
}

impl Test {
    /// The place tested against.
    fn at(self) -> Slot {
        match self {
            Self::Below(at) | Self::AtMost(at) | Self::Is(at) | Self::IsNot(at) | Self::AtLeast(at) | Self::Above(at) => at,
        }
    }

    pub fn holds(self, slot: Slot) -> Truth {
        if slot == UNKNOWN {
            return Truth::Unknown;
        }
        Truth::from(match self {
            Self::Below(at) => slot < at,
            Self::AtMost(at) => slot <= at,
            Self::Is(at) => slot == at,
            Self::IsNot(at) => slot != at,
            Self::AtLeast(at) => slot >= at,
            Self::Above(at) => slot > at,
        })
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl Node {
    pub fn evaluate(&self, slot_of: &impl Fn(Group, u16) -> Slot) -> Truth {
        match self {
            Self::Constant(truth) => *truth,
            Self::Test { group, slot, test } => test.holds(slot_of(*group, *slot)),
            Self::Not(inner) => !inner.evaluate(slot_of),
            Self::And(parts) => {
                let mut all = Truth::True;
                for part in parts {
                    match part.evaluate(slot_of) {
                        Truth::False => return Truth::False,
                        Truth::Unknown => all = Truth::Unknown,
                        Truth::True => {}
                    }
                }
                all
            }
            Self::Or(parts) => {
                let mut any = Truth::False;
                for part in parts {
                    match part.evaluate(slot_of) {
                        Truth::True => return Truth::True,
                        Truth::Unknown => any = Truth::Unknown,
                        Truth::False => {}
                    }
                }
                any
            }
        }
    }

    fn tests(&self, visit: &mut impl FnMut(Group, u16, Slot)) {
        match self {
            Self::Constant(_) => {}
            Self::Test { group, slot, test } => visit(*group, *slot, test.at()),
            Self::Not(inner) => inner.tests(visit),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.tests(visit)),
        }
    }
}

/// What a usage event on D can do to a metric at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Raise it by so many times the event's quantity, as the passing of days can only lower it. So usage that leaves the metric in its gap does
    /// not bring the day nearer on which it falls out of it.
    Quantity(u32),
    /// Raise it by the event's quantity times what one use of a feature brings: a product's slots know how much that is at most.
    Worth(Worth),
    /// Raise it by one.
    One,
    /// Raise it by some fraction.
    Fraction,
    /// Nothing before the next day: it looks at complete days.
    Tomorrow,
    /// Anything.
    Unknown,
}

/// The reference with its subject written out, and by present names: product metrics name their product, account metrics none.
pub fn resolve(reference: &MetricRef, subject: Subject, playbook: &Playbook) -> MetricRef {
    let product = if reference.metric.signature.of == Of::Account { None } else { reference.product.or(subject.product()) };
    let mut metric = reference.metric.clone();
    let of_product = product.zip(metric.feature());
    if let Some(feature) = of_product.and_then(|(index, name)| playbook.products[usize::from(index.0)].feature_behind(name)) {
        metric.name = Some(feature.id.clone());
    }
    MetricRef { product, metric }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(decimals: &[(i128, u8)]) -> Vec<Constant> {
        decimals.iter().map(|&(digits, scale)| Constant::new(Decimal { digits, scale })).collect()
    }

    #[test]
    fn a_slot_says_where_a_value_lies() {
        let at = constants(&[(-3, 1), (5, 1), (2, 0)]);
        for (value, slot) in [
            (Number::integer(-1), 0),
            (Number::ratio(-3, 10).expect("a ratio"), 1),
            (Number::integer(0), 2),
            (Number::Double(0.5), 3),
            (Number::integer(1), 4),
            (Number::integer(2), 5),
            (Number::integer(3), 6),
        ] {
            assert_eq!(position(Some(value), &at), slot, "{value:?}");
        }
        assert_eq!(position(None, &at), UNKNOWN);
    }

    #[test]
    fn gaps_hold_the_integers_of_each_slot() {
        let at = constants(&[(-3, 1), (5, 1), (2, 0)]);
        let gaps = gaps(&at);
        for value in -3..5 {
            let slot = position(Some(Number::integer(value)), &at);
            for (other, (low, high)) in gaps.iter().enumerate() {
                assert_eq!((*low..=*high).contains(&value), other == usize::from(slot), "{value} in {other}");
            }
        }
    }

    #[test]
    fn a_due_day_is_found_again_from_near_it() {
        for today in [-3, 0, 20_000, 65_530] {
            for ahead in [1, 7, 90, 10_000] {
                let state = SlotState::new(0, 0, Some(today + ahead), today);
                assert_eq!(
                    (state.due(today), state.due(today + ahead), state.due(today + ahead + 5)),
                    (today + ahead, today + ahead, today + ahead)
                );
            }
            assert_eq!(SlotState::new(0, 0, None, today).due(today), today + (1 << 14));
        }
    }

    #[test]
    fn unknown_follows_kleene() {
        let unknown = || Node::Test { group: Group::Account, slot: 0, test: Test::Is(1) };
        let slots = |_, _| UNKNOWN;
        for (node, expected) in [
            (Node::And([unknown(), Node::Constant(Truth::False)].into()), Truth::False),
            (Node::And([unknown(), Node::Constant(Truth::True)].into()), Truth::Unknown),
            (Node::Or([unknown(), Node::Constant(Truth::True)].into()), Truth::True),
            (Node::Or([unknown(), Node::Constant(Truth::False)].into()), Truth::Unknown),
            (Node::Not(Box::new(unknown())), Truth::Unknown),
        ] {
            assert_eq!(node.evaluate(&slots), expected, "{node:?}");
        }
    }
}
