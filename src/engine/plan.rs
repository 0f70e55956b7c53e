//! The playbook compiled for incremental judging.
//!
//! A condition is a tree over comparisons. A comparison of one number with a constant becomes a test of a **slot**: for each
//! metric that occurs, the constants it is compared with are sorted, and the slot says where among them the metric's present
//! value lies (`2k` below constant k, `2k+1` at it). All rules that read a metric share its slot. An event moves few metrics, a
//! moved metric seldom leaves the gap between its two nearest constants, and only then do the rules that read the slot run.
//! A thousand rules cost what ten do until one of their constants is crossed.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::day::Day;
use super::names::{NameId, Names};
use super::number::Number;
use crate::playbook::{Comparison, Condition, Decimal, Metric, MetricRef, Operator, Playbook, ProductIndex, Scope, Term};

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
    /// How far the metric may rise, at least, and stay in the slot: usage that raises it by less needs no look at it.
    pub room: u16,
}

impl SlotState {
    /// Days ahead that `due` can tell apart. What is due later is looked at then, and put off again.
    const AHEAD_MAX: Day = 1 << 14;

    pub fn new(at: Slot, room: u16, due: Option<Day>, today: Day) -> Self {
        let latest = today + Self::AHEAD_MAX;
        Self { at, due: due.unwrap_or(latest).min(latest) as u16, room }
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
    /// What usage on D may change; usage on an earlier day has [`PAST`] beside.
    pub const USAGE_TODAY: u32 = EVENTS | ACTIVE_DAY | USERS | DAILY_USERS | FEATURE_DAYS | FEATURE_COUNTS;
}

/// Which array a slot is in: a product's, or the account's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Account,
    Product(ProductIndex),
}

#[derive(Debug)]
pub struct Plan {
    pub account: SlotGroup,
    /// By product index.
    pub products: Vec<SlotGroup>,
    /// By product index: the conditions of activated, adopted, proficient, integrated.
    pub stages: Vec<[Node; 4]>,
    /// In the order of outputs: rule by rule, within a rule product by product.
    pub instances: Vec<Instance>,
    /// By product index: the instances judged for it.
    pub instances_of: Vec<Vec<u32>>,
    /// By product index: the tiers of each catalogue feature.
    pub catalogue: Vec<HashMap<NameId, u8>>,
}

/// A rule as judged for one subject.
#[derive(Debug)]
pub struct Instance {
    pub rule: u16,
    pub product: Option<ProductIndex>,
    pub open: Node,
    pub clear: Option<Node>,
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
    /// All of them together.
    pub all_families: u32,
    /// Slots by bit of the family.
    pub by_family: [Vec<u16>; 17],
    /// Slots that read one feature's counts and slots that read its users.
    pub by_feature: HashMap<NameId, FeatureSlots>,
    /// Account group only: slots that read a product's metrics beside others, by product index.
    pub by_product: Vec<Vec<u16>>,
}

#[derive(Debug, Default)]
pub struct FeatureSlots {
    pub counts: Vec<u16>,
    pub users: Vec<u16>,
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
    pub guard: Option<(u16, Test)>,
}

/// The readers whose test may come out otherwise once a slot has moved.
pub fn between<T>(readers: &[(Slot, T)], from: Slot, to: Slot) -> impl Iterator<Item = &T> {
    let (low, high) = if from == UNKNOWN || to == UNKNOWN { (0, UNKNOWN) } else { (from.min(to), from.max(to)) };
    let first = readers.partition_point(|(at, _)| *at < low);
    readers[first..].iter().take_while(move |(at, _)| *at <= high).map(|(_, reader)| reader)
}

#[derive(Debug)]
pub enum Source {
    /// A number against constants, ascending; `name` is that of the feature, gauge or workflow that the metric names. `gaps`: by
    /// slot the lowest and the highest integer in it.
    Number { metric: MetricRef, name: Option<NameId>, constants: Vec<Constant>, gaps: Vec<(i64, i64)> },
    /// A comparison of another shape: 0 does not hold, 1 holds.
    Comparison(Comparison),
    /// A boolean metric.
    Flag(MetricRef),
}

/// A constant in the forms it is compared in.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    number: Number,
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

impl Constant {
    fn new(decimal: Decimal) -> Self {
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

/// The families that move a metric. `ONE_FEATURE` stands for the feature that the metric names.
pub fn families_of(metric: &Metric) -> u32 {
    use family::*;
    match metric {
        Metric::Events { feature: None, .. } => EVENTS | DAY,
        Metric::Events { feature: Some(_), .. } | Metric::UsersOf { .. } => ONE_FEATURE | DAY,
        Metric::Gauge { .. } => GAUGE | DAY,
        Metric::ActiveUsers { .. } => USERS | DAY,
        Metric::ActiveDays { .. } | Metric::ActiveWeeks { .. } => ACTIVE_DAY | DAY,
        Metric::FeaturesUsed { .. } | Metric::FeatureShare { .. } => FEATURE_DAYS | DAY,
        Metric::Seats | Metric::EntitledDays | Metric::Entitled | Metric::ProductsEntitled => TERM | DAY,
        Metric::LicenseUtilization { .. } => USERS | TERM | DAY,
        Metric::DaysSinceUse | Metric::DaysSinceFirstUse => ACTIVE_DAY | DAY,
        Metric::StageDays => STAGE | DAY,
        Metric::UsageChange { .. } | Metric::FrequencyChange { .. } => PAST | ACTIVE_DAY | DAY,
        Metric::Stickiness { .. } => USERS | DAILY_USERS | DAY,
        Metric::Concentration { .. } => FEATURE_COUNTS | DAY,
        Metric::Integrations => CONNECTION,
        Metric::WorkflowRuns { .. } => WORKFLOW | DAY,
        Metric::ProductsActive { .. } => ACTIVE_DAY | DAY,
        Metric::ProductsAdopted => STAGE,
        Metric::Breadth => STAGE | TERM | DAY,
        Metric::AccountStageDays => ACCOUNT_STAGE | DAY,
        Metric::ObservedDays => DAY,
        Metric::FirstProductDays | Metric::DaysToSecondProduct => STAGE | DAY,
        Metric::DaysSinceTouchpoint => TOUCHPOINT | DAY,
        Metric::Employees | Metric::Industry | Metric::Region | Metric::Arr | Metric::Owner | Metric::SuccessRole => PROFILE,
        Metric::DaysToRenewal | Metric::OnboardedDays => PROFILE | DAY,
    }
}

/// What a usage event on D can do to a metric at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Raise it by the event's quantity, as the passing of days can only lower it. So usage that leaves the metric in its gap does not
    /// bring the day nearer on which it falls out of it.
    Quantity,
    /// The same, by one.
    One,
    /// The same, by some fraction.
    Fraction,
    /// Anything.
    Unknown,
}

/// What usage on D can do to a metric.
fn growth(metric: &Metric) -> Growth {
    match metric {
        Metric::Events { .. } => Growth::Quantity,
        Metric::ActiveUsers { .. } | Metric::UsersOf { .. } | Metric::ActiveDays { .. } | Metric::FeaturesUsed { .. } => Growth::One,
        Metric::FeatureShare { .. } | Metric::LicenseUtilization { .. } => Growth::Fraction,
        _ => Growth::Unknown,
    }
}

/// Whether the metric is the account's rather than a product's.
pub fn is_account_metric(metric: &Metric) -> bool {
    matches!(
        metric,
        Metric::ProductsEntitled
            | Metric::ProductsActive { .. }
            | Metric::ProductsAdopted
            | Metric::Breadth
            | Metric::AccountStageDays
            | Metric::ObservedDays
            | Metric::FirstProductDays
            | Metric::DaysToSecondProduct
            | Metric::DaysSinceTouchpoint
            | Metric::Employees
            | Metric::Industry
            | Metric::Region
            | Metric::Arr
            | Metric::DaysToRenewal
            | Metric::OnboardedDays
            | Metric::Owner
            | Metric::SuccessRole
    )
}

/// Whether the metric's value is a number.
fn is_number(metric: &Metric) -> bool {
    !matches!(metric, Metric::Entitled | Metric::Industry | Metric::Region | Metric::Owner | Metric::SuccessRole)
}

/// The reference with its subject written out: product metrics name their product, account metrics none.
pub fn resolve(reference: &MetricRef, subject: Option<ProductIndex>) -> MetricRef {
    let product = if is_account_metric(&reference.metric) { None } else { reference.product.or(subject) };
    MetricRef { product, metric: reference.metric.clone() }
}

impl Plan {
    /// Compiles a playbook. Catalogue names are interned first to last, so that product index and name id agree.
    pub fn new(playbook: &Playbook, names: &mut Names) -> Self {
        for product in &playbook.products {
            names.intern(&product.id);
        }
        let catalogue = playbook
            .products
            .iter()
            .map(|product| {
                let mask = |tiers: &[_]| tiers.iter().fold(0u8, |mask, &tier| mask | 1 << tier as u8);
                product.features.iter().map(|feature| (names.intern(&feature.id), mask(&feature.tiers))).collect()
            })
            .collect();
        let mut builder = Builder { playbook, names, constants: BTreeMap::new(), groups: BTreeMap::new() };
        builder.collect();
        builder.build(catalogue)
    }

    pub fn group(&self, group: Group) -> &SlotGroup {
        match group {
            Group::Account => &self.account,
            Group::Product(product) => &self.products[usize::from(product.0)],
        }
    }
}

/// Conditions of the whole playbook, each with its subject.
fn conditions(playbook: &Playbook) -> Vec<(&Condition, Option<ProductIndex>)> {
    let mut all = Vec::new();
    for (index, product) in playbook.products.iter().enumerate() {
        let subject = Some(ProductIndex(index as u16));
        for condition in [&product.activated, &product.adopted, &product.proficient, &product.integrated] {
            all.push((condition, subject));
        }
    }
    for rule in &playbook.rules {
        for subject in subjects(playbook, rule.scope) {
            all.push((&rule.open, subject));
            all.extend(rule.clear.as_ref().map(|clear| (clear, subject)));
        }
    }
    all
}

fn subjects(playbook: &Playbook, scope: Scope) -> Vec<Option<ProductIndex>> {
    match scope {
        Scope::Account => vec![None],
        Scope::Product => (0..playbook.products.len()).map(|index| Some(ProductIndex(index as u16))).collect(),
    }
}

struct Builder<'a> {
    playbook: &'a Playbook,
    names: &'a mut Names,
    /// The constants each metric is compared with, in text form so that they sort and dedupe.
    constants: BTreeMap<String, (MetricRef, Vec<Decimal>)>,
    /// Slots by the text of what they hold.
    groups: BTreeMap<(Group, String), u16>,
}

impl Builder<'_> {
    fn collect(&mut self) {
        for (condition, subject) in conditions(self.playbook) {
            visit_comparisons(condition, &mut |comparison| {
                if let Some((reference, decimal, _)) = number_test(comparison) {
                    let reference = resolve(reference, subject);
                    let entry = self.constants.entry(format!("{reference:?}")).or_insert_with(|| (reference, Vec::new()));
                    entry.1.push(decimal);
                }
            });
        }
    }

    fn build(mut self, catalogue: Vec<HashMap<NameId, u8>>) -> Plan {
        let products = self.playbook.products.len();
        let empty = || SlotGroup { by_product: vec![Vec::new(); products], ..SlotGroup::default() };
        let mut plan = Plan {
            account: empty(),
            products: (0..products).map(|_| empty()).collect(),
            stages: Vec::new(),
            instances: Vec::new(),
            instances_of: vec![Vec::new(); products],
            catalogue,
        };
        for (index, product) in self.playbook.products.iter().enumerate() {
            let subject = Some(ProductIndex(index as u16));
            let nodes = [&product.activated, &product.adopted, &product.proficient, &product.integrated]
                .map(|condition| self.node(condition, subject, &mut plan));
            plan.stages.push(nodes);
        }
        for (index, rule) in self.playbook.rules.iter().enumerate() {
            for product in subjects(self.playbook, rule.scope) {
                let open = self.node(&rule.open, product, &mut plan);
                let clear = rule.clear.as_ref().map(|clear| self.node(clear, product, &mut plan));
                if let Some(product) = product {
                    plan.instances_of[usize::from(product.0)].push(plan.instances.len() as u32);
                }
                plan.instances.push(Instance { rule: index as u16, product, open, clear });
            }
        }
        register_readers(&mut plan);
        plan
    }

    fn node(&mut self, condition: &Condition, subject: Option<ProductIndex>, plan: &mut Plan) -> Node {
        match condition {
            Condition::Constant(value) => Node::Constant((*value).into()),
            Condition::Flag(reference) => {
                let reference = resolve(reference, subject);
                let (group, slot) = self.slot(format!("flag {reference:?}"), Source::Flag(reference), plan);
                Node::Test { group, slot, test: Test::Is(1) }
            }
            Condition::Compare(comparison) => self.comparison(comparison, subject, plan),
            Condition::Not(inner) => Node::Not(Box::new(self.node(inner, subject, plan))),
            Condition::And(parts) => Node::And(parts.iter().map(|part| self.node(part, subject, plan)).collect()),
            Condition::Or(parts) => Node::Or(parts.iter().map(|part| self.node(part, subject, plan)).collect()),
        }
    }

    fn comparison(&mut self, comparison: &Comparison, subject: Option<ProductIndex>, plan: &mut Plan) -> Node {
        let Some((reference, decimal, operator)) = number_test(comparison) else {
            let resolved = resolve_comparison(comparison, subject);
            let (group, slot) = self.slot(format!("truth {resolved:?}"), Source::Comparison(resolved), plan);
            return Node::Test { group, slot, test: Test::Is(1) };
        };
        let reference = resolve(reference, subject);
        let text = format!("{reference:?}");
        let mut constants: Vec<Constant> = self
            .constants
            .get(&text)
            .map(|(_, decimals)| decimals.iter().map(|&decimal| Constant::new(decimal)).collect())
            .unwrap_or_default();
        constants.sort_by(|a, b| a.number.compare(b.number).unwrap_or(Ordering::Equal));
        constants.dedup_by(|a, b| a.number.compare(b.number) == Some(Ordering::Equal));
        let number = Number::from(decimal);
        let index = constants.iter().position(|constant| constant.number.compare(number) == Some(Ordering::Equal));
        let at = 2 * index.expect("every constant was collected") as Slot + 1;
        let name = match &reference.metric {
            Metric::Events { feature: Some(feature), .. } | Metric::UsersOf { feature, .. } => Some(self.names.intern(feature)),
            Metric::Gauge { name, .. } | Metric::WorkflowRuns { name: Some(name), .. } => Some(self.names.intern(name)),
            _ => None,
        };
        let gaps = gaps(&constants);
        let (group, slot) = self.slot(format!("number {text}"), Source::Number { metric: reference, name, constants, gaps }, plan);
        let test = match operator {
            Operator::Less => Test::Below(at),
            Operator::LessOrEqual => Test::AtMost(at),
            Operator::Greater => Test::Above(at),
            Operator::GreaterOrEqual => Test::AtLeast(at),
            Operator::NotEqual => Test::IsNot(at),
            Operator::Equal | Operator::In => Test::Is(at),
        };
        Node::Test { group, slot, test }
    }

    fn slot(&mut self, text: String, source: Source, plan: &mut Plan) -> (Group, u16) {
        let references = references_of(&source);
        let mut owners: Vec<Option<ProductIndex>> = references.iter().map(|reference| reference.product).collect();
        owners.sort();
        owners.dedup();
        let group = match owners[..] {
            [Some(product)] => Group::Product(product),
            _ => Group::Account,
        };
        if let Some(&slot) = self.groups.get(&(group, text.clone())) {
            return (group, slot);
        }
        let target = match group {
            Group::Account => &mut plan.account,
            Group::Product(product) => &mut plan.products[usize::from(product.0)],
        };
        let slot = target.sources.len() as u16;
        let families = references.iter().fold(0, |mask, reference| mask | families_of(&reference.metric));
        for (bit, slots) in target.by_family.iter_mut().enumerate() {
            if families >> bit & 1 == 1 {
                slots.push(slot);
            }
        }
        match &source {
            Source::Number { metric: MetricRef { metric: Metric::Events { .. }, .. }, name: Some(feature), .. } => {
                target.by_feature.entry(*feature).or_default().counts.push(slot);
            }
            Source::Number { metric: MetricRef { metric: Metric::UsersOf { .. }, .. }, name: Some(feature), .. } => {
                target.by_feature.entry(*feature).or_default().users.push(slot);
            }
            _ => {
                for reference in &references {
                    match &reference.metric {
                        Metric::Events { feature: Some(feature), .. } => {
                            target.by_feature.entry(self.names.intern(feature)).or_default().counts.push(slot);
                        }
                        Metric::UsersOf { feature, .. } => {
                            target.by_feature.entry(self.names.intern(feature)).or_default().users.push(slot);
                        }
                        _ => {}
                    }
                }
            }
        }
        if group == Group::Account {
            for product in owners.into_iter().flatten() {
                target.by_product[usize::from(product.0)].push(slot);
            }
        }
        target.growth.push(match &source {
            Source::Number { metric, .. } => growth(&metric.metric),
            Source::Comparison(_) | Source::Flag(_) => Growth::Unknown,
        });
        target.families.push(families);
        target.all_families |= families;
        target.sources.push(source);
        target.readers.push(Readers::default());
        self.groups.insert((group, text), slot);
        (group, slot)
    }
}

/// The metrics a slot reads.
pub fn references_of(source: &Source) -> Vec<MetricRef> {
    match source {
        Source::Number { metric, .. } | Source::Flag(metric) => vec![metric.clone()],
        Source::Comparison(comparison) => {
            let mut references = Vec::new();
            for term in [&comparison.left, &comparison.right] {
                visit_metrics(term, &mut |reference| references.push(reference.clone()));
            }
            references
        }
    }
}

pub fn visit_metrics(term: &Term, visit: &mut impl FnMut(&MetricRef)) {
    match term {
        Term::Metric(reference) => visit(reference),
        Term::Negate(inner) => visit_metrics(inner, visit),
        Term::Arithmetic(left, _, right) => {
            visit_metrics(left, visit);
            visit_metrics(right, visit);
        }
        Term::Number(_) | Term::Text(_) | Term::Boolean(_) | Term::List(_) => {}
    }
}

/// Every comparison of a condition, in the order written.
pub fn visit_comparisons<'a>(condition: &'a Condition, visit: &mut impl FnMut(&'a Comparison)) {
    match condition {
        Condition::Constant(_) | Condition::Flag(_) => {}
        Condition::Compare(comparison) => visit(comparison),
        Condition::Not(inner) => visit_comparisons(inner, visit),
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| visit_comparisons(part, visit)),
    }
}

/// The comparison as a number against a constant, turned round where the constant stands on the left.
fn number_test(comparison: &Comparison) -> Option<(&MetricRef, Decimal, Operator)> {
    match (&comparison.left, &comparison.right) {
        (Term::Metric(reference), Term::Number(decimal)) if is_number(&reference.metric) => {
            Some((reference, *decimal, comparison.operator))
        }
        (Term::Number(decimal), Term::Metric(reference)) if is_number(&reference.metric) => {
            let turned = match comparison.operator {
                Operator::Less => Operator::Greater,
                Operator::LessOrEqual => Operator::GreaterOrEqual,
                Operator::Greater => Operator::Less,
                Operator::GreaterOrEqual => Operator::LessOrEqual,
                same => same,
            };
            Some((reference, *decimal, turned))
        }
        _ => None,
    }
}

fn resolve_comparison(comparison: &Comparison, subject: Option<ProductIndex>) -> Comparison {
    Comparison {
        left: resolve_term(&comparison.left, subject),
        operator: comparison.operator,
        right: resolve_term(&comparison.right, subject),
    }
}

/// A term with the subject of each of its metrics written out.
pub fn resolve_term(term: &Term, subject: Option<ProductIndex>) -> Term {
    match term {
        Term::Metric(reference) => Term::Metric(resolve(reference, subject)),
        Term::Negate(inner) => Term::Negate(Box::new(resolve_term(inner, subject))),
        Term::Arithmetic(left, operation, right) => {
            Term::Arithmetic(Box::new(resolve_term(left, subject)), *operation, Box::new(resolve_term(right, subject)))
        }
        literal => literal.clone(),
    }
}

fn register_readers(plan: &mut Plan) {
    enum Reader {
        Stage(ProductIndex),
        Instance(InstanceReader),
    }
    let mut reads: Vec<(Group, u16, Slot, Reader)> = Vec::new();
    for (index, nodes) in plan.stages.iter().enumerate() {
        for node in nodes {
            node.tests(&mut |group, slot, at| reads.push((group, slot, at, Reader::Stage(ProductIndex(index as u16)))));
        }
    }
    for (index, instance) in plan.instances.iter().enumerate() {
        for node in std::iter::once(&instance.open).chain(&instance.clear) {
            // A condition is a test, or most often some that must all hold.
            let parts = if let Node::And(parts) = node { &**parts } else { std::slice::from_ref(node) };
            for (place, part) in parts.iter().enumerate() {
                part.tests(&mut |group, slot, at| {
                    let beside = parts.iter().enumerate().filter(|&(other, _)| other != place);
                    let guard = beside.into_iter().find_map(|(_, part)| match part {
                        Node::Test { group: other, slot: guard, test } if *other == group && *guard != slot => Some((*guard, *test)),
                        _ => None,
                    });
                    reads.push((group, slot, at, Reader::Instance(InstanceReader { instance: index as u32, guard })));
                });
            }
        }
    }
    for (group, slot, at, reader) in reads {
        let target = match group {
            Group::Account => &mut plan.account,
            Group::Product(product) => &mut plan.products[usize::from(product.0)],
        };
        let readers = &mut target.readers[usize::from(slot)];
        match reader {
            Reader::Stage(product) => readers.stages_of.push((at, product)),
            Reader::Instance(instance) => readers.instances.push((at, instance)),
        }
    }
    for group in std::iter::once(&mut plan.account).chain(&mut plan.products) {
        for readers in &mut group.readers {
            readers.stages_of.sort_unstable();
            readers.stages_of.dedup();
            readers.instances.sort_unstable();
            readers.instances.dedup();
        }
    }
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
