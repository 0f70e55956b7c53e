//! From a playbook to its plan.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{
    Calendar, Constant, Group, Growth, Guard, Instance, InstanceReader, Judged, Node, Plan, Readers, Shown, Slot, SlotGroup, Source, Test,
    gaps, resolve,
};
use crate::engine::aliases::Aliases;
use crate::engine::day::Day;
use crate::engine::metric::{FeatureFacts, def};
use crate::engine::names::{NameId, Names};
use crate::engine::number::Number;
use crate::engine::subject::{IncidentKey, Subject};
use crate::playbook::{
    Comparison, Condition, Decimal, HELD_DAYS, Metric, MetricRef, Operand, Operator, Playbook, ProductIndex, Scope, canonical_operand,
};

impl Plan {
    /// Compiles a playbook. Catalogue names are interned first to last, so that product index and name id agree.
    pub fn new(playbook: &Playbook, names: &mut Names) -> Self {
        for product in &playbook.products {
            names.intern(&product.id);
        }
        let aliases = Aliases::new(playbook, names);
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
        builder.build(catalogue, aliases)
    }

    fn group(&self, group: Group) -> &SlotGroup {
        match group {
            Group::Account => &self.account,
            Group::Product(product) => &self.products[usize::from(product.0)],
        }
    }

    fn group_mut(&mut self, group: Group) -> &mut SlotGroup {
        match group {
            Group::Account => &mut self.account,
            Group::Product(product) => &mut self.products[usize::from(product.0)],
        }
    }
}

/// Conditions of the whole playbook, each with its subject.
fn conditions(playbook: &Playbook) -> Vec<(&Condition, Subject)> {
    let mut all = Vec::new();
    for (index, product) in playbook.products.iter().enumerate() {
        let subject = Subject::Product(ProductIndex(index as u16));
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

/// Every metric that a comparison of the playbook reads.
fn visit_all(playbook: &Playbook, mut visit: impl FnMut(&Metric)) {
    for (condition, _) in conditions(playbook) {
        visit_comparisons(condition, &mut |comparison| {
            for term in [&comparison.left, &comparison.right] {
                visit_metrics(term, &mut |reference| visit(&reference.metric));
            }
        });
    }
}

/// See [`Plan::feature_days`]; any where nothing asks.
fn feature_days(playbook: &Playbook) -> Day {
    let mut shortest = HELD_DAYS;
    visit_all(playbook, |metric| {
        if def(metric).asks_for_feature_days(metric) {
            shortest = shortest.min(Day::from(metric.number));
        }
    });
    shortest
}

/// See [`Plan::days_of_users`].
fn days_of_users(playbook: &Playbook) -> bool {
    let mut asked = false;
    visit_all(playbook, |metric| asked |= def(metric).asks_for_days_of_users(metric));
    asked
}

fn subjects(playbook: &Playbook, scope: Scope) -> Vec<Subject> {
    match scope {
        Scope::Account => vec![Subject::Account],
        Scope::Product => (0..playbook.products.len()).map(|index| Subject::Product(ProductIndex(index as u16))).collect(),
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
                    let reference = resolve(reference, subject, self.playbook);
                    let entry = self.constants.entry(format!("{reference:?}")).or_insert_with(|| (reference, Vec::new()));
                    entry.1.push(decimal);
                }
            });
        }
    }

    fn build(mut self, catalogue: Vec<HashMap<NameId, u8>>, aliases: Aliases) -> Plan {
        let products = self.playbook.products.len();
        let empty = || SlotGroup { by_product: vec![Vec::new(); products], ..SlotGroup::default() };
        let mut plan = Plan {
            account: empty(),
            products: (0..products).map(|_| empty()).collect(),
            stages: Vec::new(),
            instances: Vec::new(),
            instances_of: vec![Vec::new(); products],
            aliases,
            catalogue,
            feature_days: feature_days(self.playbook),
            days_of_users: days_of_users(self.playbook),
            settle_days: self.playbook.products.iter().map(|product| product.settle_days.into()).collect(),
            calendars: self.playbook.calendars.iter().map(|calendar| (calendar.name.clone(), Calendar::new(calendar))).collect(),
            grace_days: self.playbook.grace_days.into(),
        };
        for (index, product) in self.playbook.products.iter().enumerate() {
            let subject = Subject::Product(ProductIndex(index as u16));
            let conditions = [&product.activated, &product.adopted, &product.proficient, &product.integrated]
                .map(|condition| self.judged(condition, subject, &mut plan));
            plan.stages.push(conditions);
        }
        for (index, rule) in self.playbook.rules.iter().enumerate() {
            for subject in subjects(self.playbook, rule.scope) {
                let open = self.judged(&rule.open, subject, &mut plan);
                let clear = rule.clear.as_ref().map(|clear| self.judged(clear, subject, &mut plan));
                if let Some(product) = subject.product() {
                    plan.instances_of[usize::from(product.0)].push(plan.instances.len() as u32);
                }
                plan.instances.push(Instance { key: IncidentKey { rule: index as u16, subject }, open, clear, deferrable: Box::default() });
            }
        }
        register_guards(&mut plan);
        register_readers(&mut plan);
        plan
    }

    fn judged(&mut self, condition: &Condition, subject: Subject, plan: &mut Plan) -> Judged {
        let mut comparisons = Vec::new();
        visit_comparisons(condition, &mut |comparison| {
            let comparison = resolve_comparison(comparison, subject, self.playbook);
            let metric = canonical_operand(&comparison.left, subject.product(), self.playbook).into();
            comparisons.push(Shown { metric, comparison });
        });
        Judged { node: self.node(condition, subject, plan), comparisons: comparisons.into() }
    }

    fn node(&mut self, condition: &Condition, subject: Subject, plan: &mut Plan) -> Node {
        match condition {
            Condition::Constant(value) => Node::Constant((*value).into()),
            Condition::Flag(reference) => {
                let reference = resolve(reference, subject, self.playbook);
                let (group, slot) = self.slot(format!("flag {reference:?}"), Source::Flag(reference), plan);
                Node::Test { group, slot, test: Test::Is(1) }
            }
            Condition::Compare(comparison) => self.comparison(comparison, subject, plan),
            Condition::Not(inner) => Node::Not(Box::new(self.node(inner, subject, plan))),
            Condition::And(parts) => Node::And(parts.iter().map(|part| self.node(part, subject, plan)).collect()),
            Condition::Or(parts) => Node::Or(parts.iter().map(|part| self.node(part, subject, plan)).collect()),
        }
    }

    fn comparison(&mut self, comparison: &Comparison, subject: Subject, plan: &mut Plan) -> Node {
        let Some((reference, decimal, operator)) = number_test(comparison) else {
            let resolved = resolve_comparison(comparison, subject, self.playbook);
            let (group, slot) = self.slot(format!("truth {resolved:?}"), Source::Comparison(resolved), plan);
            return Node::Test { group, slot, test: Test::Is(1) };
        };
        let reference = resolve(reference, subject, self.playbook);
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
        let name = reference.metric.name.as_ref().map(|name| self.names.intern(name));
        let gaps = gaps(&constants);
        let (group, slot) = self.slot(
            format!("number {text}"),
            Source::Number { def: def(&reference.metric), metric: reference, name, constants, gaps },
            plan,
        );
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
        let target = plan.group_mut(group);
        let slot = target.sources.len() as u16;
        let families = references.iter().fold(0, |mask, reference| mask | def(&reference.metric).families(&reference.metric));
        for (bit, slots) in target.by_family.iter_mut().enumerate() {
            if families >> bit & 1 == 1 {
                slots.push(slot);
            }
        }
        for reference in &references {
            // What reads complete days is found by the families.
            let Some(feature) = reference.metric.feature().filter(|_| !reference.metric.complete) else { continue };
            let of_feature = target.by_feature.entry(self.names.intern(feature)).or_default();
            match def(&reference.metric).feature_facts() {
                FeatureFacts::Counts => of_feature.counts.push(slot),
                FeatureFacts::Users => of_feature.users.push(slot),
            }
        }
        if group == Group::Account {
            for product in owners.into_iter().flatten() {
                target.by_product[usize::from(product.0)].push(slot);
            }
        }
        target.growth.push(match &source {
            Source::Number { def, metric, .. } => def.growth(&metric.metric),
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
fn references_of(source: &Source) -> Vec<MetricRef> {
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

pub fn visit_metrics(operand: &Operand, visit: &mut impl FnMut(&MetricRef)) {
    match operand {
        Operand::Metric(reference) => visit(reference),
        Operand::Negate(inner) => visit_metrics(inner, visit),
        Operand::Arithmetic(left, _, right) => {
            visit_metrics(left, visit);
            visit_metrics(right, visit);
        }
        Operand::Number(_) | Operand::Text(_) | Operand::Boolean(_) | Operand::List(_) => {}
    }
}

/// Every comparison of a condition, in the order written.
fn visit_comparisons<'a>(condition: &'a Condition, visit: &mut impl FnMut(&'a Comparison)) {
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
        (Operand::Metric(reference), Operand::Number(decimal)) if def(&reference.metric).is_number() => {
            Some((reference, *decimal, comparison.operator))
        }
        (Operand::Number(decimal), Operand::Metric(reference)) if def(&reference.metric).is_number() => {
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

fn resolve_comparison(comparison: &Comparison, subject: Subject, playbook: &Playbook) -> Comparison {
    let [left, right] = [&comparison.left, &comparison.right].map(|side| resolve_operand(side, subject, playbook));
    Comparison { left, operator: comparison.operator, right }
}

/// A term with the subject of each of its metrics written out.
fn resolve_operand(operand: &Operand, subject: Subject, playbook: &Playbook) -> Operand {
    let resolved = |inner: &Operand| Box::new(resolve_operand(inner, subject, playbook));
    match operand {
        Operand::Metric(reference) => Operand::Metric(resolve(reference, subject, playbook)),
        Operand::Negate(inner) => Operand::Negate(resolved(inner)),
        Operand::Arithmetic(left, operation, right) => Operand::Arithmetic(resolved(left), *operation, resolved(right)),
        literal => literal.clone(),
    }
}

/// The parts of a condition: a condition is a test, or most often some that must all hold.
fn parts_of(node: &Node) -> &[Node] {
    if let Node::And(parts) = node { parts } else { std::slice::from_ref(node) }
}

/// What else of a group is tested by itself beside a part of a condition: the first that is admitted, by its place among the parts and its slot.
fn guard_beside(parts: &[Node], place: usize, (group, slot): (Group, u16), admits: impl Fn(usize, u16) -> bool) -> Option<Guard> {
    let beside = parts.iter().enumerate().filter(|&(other, _)| other != place);
    beside.into_iter().find_map(|(at, part)| match part {
        Node::Test { group: other, slot: guard, test } if *other == group && *guard != slot && admits(at, *guard) => Some((*guard, *test)),
        _ => None,
    })
}

/// Finds the slots that cost much to compute and decide nothing while what is tested beside them does not hold.
fn register_guards(plan: &mut Plan) {
    // `None`: a reader asks for it by itself.
    let mut guards: HashMap<(Group, u16), Option<Vec<Guard>>> = HashMap::new();
    let mut note = |plan: &Plan, group: Group, slot: u16, guard: Option<Guard>| {
        if is_costly(&plan.group(group).sources[usize::from(slot)]) {
            let all = guards.entry((group, slot)).or_insert_with(|| Some(Vec::new()));
            match (all.as_mut(), guard) {
                (Some(all), Some(guard)) => all.push(guard),
                _ => *all = None,
            }
        }
    };
    for Judged { node, .. } in plan.stages.iter().flatten() {
        node.tests(&mut |group, slot, _| note(plan, group, slot, None));
    }
    for instance in &plan.instances {
        for Judged { node, .. } in std::iter::once(&instance.open).chain(&instance.clear) {
            let parts = parts_of(node);
            for (place, part) in parts.iter().enumerate() {
                part.tests(&mut |group, slot, _| {
                    // The first test of a condition is computed, whatever it costs.
                    let admits = |at, guard| place > 0 && (at == 0 || !is_costly(&plan.group(group).sources[usize::from(guard)]));
                    note(plan, group, slot, guard_beside(parts, place, (group, slot), admits));
                });
            }
        }
    }
    // What guards others is known at all times.
    let guarding: Vec<(Group, u16)> =
        guards.iter().flat_map(|((group, _), guards)| guards.iter().flatten().map(|(guard, _)| (*group, *guard))).collect();
    for group in std::iter::once(&mut plan.account).chain(&mut plan.products) {
        group.guards = vec![Box::default(); group.sources.len()];
    }
    for ((group, slot), guards) in guards {
        if let Some(mut guards) = guards.filter(|guards| !guards.is_empty() && !guarding.contains(&(group, slot))) {
            guards.sort_unstable();
            guards.dedup();
            let target = plan.group_mut(group);
            target.guards[usize::from(slot)] = guards.into();
            target.deferrable.push(slot);
        }
    }
    for group in std::iter::once(&mut plan.account).chain(&mut plan.products) {
        group.deferrable.sort_unstable();
    }
    for index in 0..plan.instances.len() {
        let mut deferrable = Vec::new();
        let instance = &plan.instances[index];
        for Judged { node, .. } in std::iter::once(&instance.open).chain(&instance.clear) {
            node.tests(&mut |group, slot, _| {
                if !plan.group(group).guards[usize::from(slot)].is_empty() {
                    deferrable.push((group, slot));
                }
            });
        }
        deferrable.sort_unstable();
        deferrable.dedup();
        plan.instances[index].deferrable = deferrable.into();
    }
}

/// Whether a slot is looked at each day, and reads many.
fn is_costly(source: &Source) -> bool {
    match source {
        Source::Number { def, metric, .. } => {
            (metric.metric.complete || def.is_costly) && matches!(def.growth(&metric.metric), Growth::Tomorrow)
        }
        Source::Comparison(_) => true,
        Source::Flag(_) => false,
    }
}

fn register_readers(plan: &mut Plan) {
    enum Reader {
        Stage(ProductIndex),
        Instance(InstanceReader),
    }
    let mut reads: Vec<(Group, u16, Slot, Reader)> = Vec::new();
    for (index, conditions) in plan.stages.iter().enumerate() {
        for Judged { node, .. } in conditions {
            node.tests(&mut |group, slot, at| reads.push((group, slot, at, Reader::Stage(ProductIndex(index as u16)))));
        }
    }
    for (index, instance) in plan.instances.iter().enumerate() {
        for Judged { node, .. } in std::iter::once(&instance.open).chain(&instance.clear) {
            let parts = parts_of(node);
            for (place, part) in parts.iter().enumerate() {
                part.tests(&mut |group, slot, at| {
                    // One that may be put off tells nothing.
                    let admits = |_, guard| plan.group(group).guards[usize::from(guard)].is_empty();
                    let guard = guard_beside(parts, place, (group, slot), admits);
                    reads.push((group, slot, at, Reader::Instance(InstanceReader { instance: index as u32, guard })));
                });
            }
        }
    }
    for (group, slot, at, reader) in reads {
        let target = plan.group_mut(group);
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
