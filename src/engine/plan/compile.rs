//! From a playbook to its plan.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::expression::{Extent, NamesOf, Resolver};
use super::{
    Asked, Attached, Band, Calendar, Catalogue, Constant, Expr, Group, Growth, Guard, Guardrail, Instance, InstanceReader, Item, Judged,
    Measure, Node, Persona, Plan, Readers, Shown, Slot, SlotGroup, Source, Synergy, Test, TokenOf, family, gaps, resolve,
};
use crate::engine::aliases::Aliases;
use crate::engine::day::Day;
use crate::engine::metric::{FeatureFacts, champions_by};
use crate::engine::names::{NameId, Names};
use crate::engine::number::Number;
use crate::engine::subject::Subject;
use crate::playbook::vocabulary::Through;
use crate::playbook::{
    About, Aggregate, Campaign, Comparison, Condition, Decimal, Figure, HELD_DAYS, Milestone, Of, Operand, Operator, PlayFields, Playbook,
    ProductIndex, Rule, RuleKind, Scope, Segment, Token, TokenValue, canonical_operand,
};

impl Plan {
    /// Compiles a playbook. Catalogue names are interned first to last, so that product index and name id agree.
    pub fn new(playbook: &Playbook, names: &mut Names) -> Self {
        for product in &playbook.products {
            names.intern(&product.id);
        }
        let aliases = Aliases::new(playbook, names);
        let catalogue = playbook.products.iter().map(|product| Catalogue::new(product, names)).collect();
        let resolver = Resolver { playbook, names: NamesOf::Compiled(names), remembered: HashMap::new() };
        let mut builder = Builder { playbook, resolver, constants: BTreeMap::new(), known: BTreeMap::new() };
        builder.collect();
        builder.build(catalogue, aliases)
    }

    pub fn group(&self, group: Group) -> &SlotGroup {
        match group {
            Group::Account => &self.account,
            Group::Product(product) => &self.products[usize::from(product.0)],
            Group::Users => &self.users,
        }
    }

    /// What no slot holds reads facts as slots do: those are kept that it asks for.
    fn note_asked(&mut self) {
        let mut asks = false;
        let mut note = |asked: Asked<'_>| {
            asks |= matches!(asked, Asked::Of(reading) if reading.def.asks_for_days_of_users(&reading.metric));
        };
        let extent = Extent { plan: self, primary: None };
        // Measures are counted in the portfolio, whoever reads them.
        self.measures.iter().flat_map(|measure| &measure.exprs).for_each(|expr| expr.visit(extent, &mut note));
        for Attached { guards, tokens, outcome } in self.instances.iter().map(|instance| &instance.attached) {
            guards.iter().for_each(|guard| guard.holds_back.visit(extent, &mut note));
            let read = tokens.iter().filter_map(|(_, token)| if let TokenOf::Read(expr) = token { Some(expr) } else { None });
            read.chain(outcome).for_each(|expr| expr.visit(extent, &mut note));
        }
        self.days_of_users |= asks;
    }

    fn groups_mut(&mut self) -> impl Iterator<Item = &mut SlotGroup> {
        [&mut self.account, &mut self.users].into_iter().chain(&mut self.products)
    }

    fn group_mut(&mut self, group: Group) -> &mut SlotGroup {
        match group {
            Group::Account => &mut self.account,
            Group::Product(product) => &mut self.products[usize::from(product.0)],
            Group::Users => &mut self.users,
        }
    }
}

/// The products as subjects, in file order.
pub(super) fn each_product(playbook: &Playbook) -> impl Iterator<Item = Subject> + use<> {
    (0..playbook.products.len() as u16).map(|index| Subject::Product(ProductIndex(index)))
}

/// Of whom something is judged; of users once, for all of them.
pub(super) fn subjects(playbook: &Playbook, of: Of, products: Option<&[ProductIndex]>) -> Vec<Subject> {
    match of {
        Of::Account => vec![Subject::Account],
        Of::Product => {
            let is_meant = |subject: &Subject| subject.product().is_some_and(|product| Playbook::is_of(products, product));
            each_product(playbook).filter(is_meant).collect()
        }
        Of::User => vec![Subject::SOME_USER],
    }
}

/// Which rules are plays that are so.
fn plays(playbook: &Playbook, is_so: impl Fn(&Rule) -> bool) -> Vec<u16> {
    let rules = playbook.rules.iter().zip(0..);
    rules.filter(|(rule, _)| rule.head.kind == RuleKind::Play && is_so(rule)).map(|(_, index)| index).collect()
}

/// Whom an expression of a subject is about.
pub(super) fn about(subject: Subject) -> About {
    match subject {
        Subject::Account => About::ACCOUNT,
        Subject::Product(product) => About::product(product),
        Subject::User(_) | Subject::UserOfProduct { .. } => About::USER,
    }
}

/// What is judged in the order of outputs, as it is compiled.
pub(super) struct Draft<'p> {
    pub item: Item,
    pub subject: Subject,
    is_daily: bool,
    pub open: &'p Condition,
    pub clear: Option<&'p Condition>,
}

/// Segments, milestones by product, rules by product, campaigns.
pub(super) fn drafts(playbook: &Playbook) -> Vec<Draft<'_>> {
    let mut drafts = Vec::new();
    for (index, segment) in playbook.segments.iter().enumerate() {
        let Segment { when, is_daily, .. } = segment;
        drafts.push(Draft { item: Item::Segment(index as u16), subject: Subject::Account, is_daily: *is_daily, open: when, clear: None });
    }
    for (index, milestone) in playbook.milestones.iter().enumerate() {
        let Milestone { of, products, when, is_daily, .. } = milestone;
        for subject in subjects(playbook, *of, products.as_deref()) {
            drafts.push(Draft { item: Item::Milestone(index as u16), subject, is_daily: *is_daily, open: when, clear: None });
        }
    }
    for (index, rule) in playbook.rules.iter().enumerate() {
        for subject in subjects(playbook, rule.scope.of(), rule.products.as_deref()) {
            let (open, clear) = (&rule.open, rule.clear.as_ref());
            drafts.push(Draft { item: Item::Rule(index as u16), subject, is_daily: rule.is_daily, open, clear });
        }
    }
    for (index, campaign) in playbook.campaigns.iter().enumerate() {
        let Campaign { open, goal, is_daily, .. } = campaign;
        let item = Item::Campaign(index as u16);
        drafts.push(Draft { item, subject: Subject::SOME_USER, is_daily: *is_daily, open, clear: goal.as_ref() });
    }
    drafts
}

struct Builder<'a> {
    playbook: &'a Playbook,
    resolver: Resolver<'a>,
    /// The constants that each number is compared with, by the text of what it is.
    constants: BTreeMap<String, Vec<Decimal>>,
    /// Slots by the text of what they hold, and by who reads them: who is looked at daily, or all others.
    known: BTreeMap<(Group, bool, String), u16>,
}

impl Builder<'_> {
    fn collect(&mut self) {
        let playbook = self.playbook;
        for (index, product) in playbook.products.iter().enumerate() {
            for condition in [&product.activated, &product.adopted, &product.proficient, &product.integrated] {
                self.collect_constants(condition, Subject::Product(ProductIndex(index as u16)));
            }
        }
        for draft in drafts(playbook) {
            [Some(draft.open), draft.clear].into_iter().flatten().for_each(|condition| self.collect_constants(condition, draft.subject));
        }
        for (index, measure) in playbook.measures.iter().enumerate() {
            for subject in subjects(playbook, measure.of, None) {
                let text = format!("{:?}", measure_of(index, subject));
                self.constants.entry(text).or_default().extend(measure.bands.iter().map(|band| band.from));
            }
        }
    }

    fn collect_constants(&mut self, condition: &Condition, subject: Subject) {
        visit_comparisons(condition, &mut |comparison| {
            if let Some((of, decimal, _)) = number_test(comparison) {
                let text = format!("{:?}", self.resolver.expr(of, subject));
                self.constants.entry(text).or_default().push(decimal);
            }
        });
    }

    /// A plan without anything that is judged.
    fn bare(&mut self, catalogue: Vec<Catalogue>, aliases: Aliases) -> Plan {
        let playbook = self.playbook;
        let products = playbook.products.len();
        let empty = || SlotGroup { by_product: vec![Vec::new(); products], ..SlotGroup::default() };
        Plan {
            account: empty(),
            products: (0..products).map(|_| empty()).collect(),
            users: empty(),
            stages: Vec::new(),
            bands: Vec::new(),
            instances: Vec::new(),
            of_rule: Vec::new(),
            of_campaign: Vec::new(),
            instances_of: vec![Vec::new(); products],
            of_users: Vec::new(),
            asks_users_daily: playbook.rules.iter().any(|rule| rule.scope == Scope::User && rule.is_daily)
                || playbook.campaigns.iter().any(|campaign| campaign.is_daily),
            daily: Vec::new(),
            asks_of_absent: playbook.rules.iter().any(|rule| rule.absent),
            aliases,
            catalogue,
            feature_days: HELD_DAYS,
            days_of_users: false,
            settle_days: playbook.products.iter().map(|product| product.settle_days.into()).collect(),
            settle_days_shared: playbook.settle_days.into(),
            calendars: playbook.calendars.iter().map(|calendar| (calendar.name.clone(), Calendar::new(calendar))).collect(),
            grace_days: playbook.grace_days.into(),
            measures: self.measures(),
            readings: 0,
            criteria: Vec::new(),
            fit: Vec::new(),
            synergies: Vec::new(),
            personas: Vec::new(),
            benchmarks: playbook.benchmark_names().into_iter().map(|name| self.benchmark(name)).collect(),
            plays: plays(playbook, |_| true),
            groups: playbook.group_names().into_iter().map(|name| plays(playbook, |play| play.group.as_deref() == Some(name))).collect(),
            integrations: playbook.integrations.iter().map(|integration| (integration.from, integration.to)).collect(),
            champions_by: champions_by(playbook),
            paths: playbook.paths.iter().map(|path| path.products.as_slice().into()).collect(),
            account_stages: playbook.account_stages.iter().map(|stage| stage.name.as_str().into()).collect(),
        }
    }

    fn build(mut self, catalogue: Vec<Catalogue>, aliases: Aliases) -> Plan {
        let playbook = self.playbook;
        let mut plan = self.bare(catalogue, aliases);
        self.catalogue(&mut plan);
        for (product, subject) in playbook.products.iter().zip(each_product(playbook)) {
            let conditions = [&product.activated, &product.adopted, &product.proficient, &product.integrated]
                .map(|condition| self.judged(condition, subject, false, &mut plan));
            plan.stages.push(conditions);
        }
        self.bands(&mut plan);
        for Draft { item, subject, is_daily, open, clear } in drafts(playbook) {
            let number = plan.instances.len() as u32;
            let open = self.judged(open, subject, is_daily, &mut plan);
            let clear = clear.map(|clear| self.judged(clear, subject, is_daily, &mut plan));
            match subject {
                Subject::Product(product) => plan.instances_of[usize::from(product.0)].push(number),
                Subject::User(_) | Subject::UserOfProduct { .. } => plan.of_users.push(number),
                Subject::Account => {}
            }
            if is_daily {
                plan.daily.push(number);
            }
            match item {
                Item::Rule(rule) => plan.of_rule.resize(usize::from(rule) + 1, number),
                Item::Campaign(_) => plan.of_campaign.push(number),
                Item::Segment(_) | Item::Milestone(_) => {}
            }
            let attached = self.attached(item, subject);
            plan.instances.push(Instance { item, subject, is_daily, open, clear, deferrable: Box::default(), attached });
        }
        plan.of_rule.resize(playbook.rules.len(), plan.instances.len() as u32);
        plan.note_asked();
        register_guards(&mut plan);
        register_readers(&mut plan);
        plan.readings = self.resolver.remembered.len();
        plan
    }

    /// What is asked of a subject once something happens.
    fn attached(&mut self, item: Item, subject: Subject) -> Attached {
        let playbook = self.playbook;
        match item {
            Item::Rule(rule) => {
                let PlayFields { guards, tokens, outcome, .. } = &playbook.rules[usize::from(rule)].play;
                Attached {
                    guards: guards.iter().map(|guard| self.guardrail(&playbook.guardrails[usize::from(guard.0)], subject)).collect(),
                    tokens: self.tokens(tokens, subject),
                    outcome: outcome.as_ref().map(|outcome| self.resolver.expr(&outcome.metric, subject)),
                }
            }
            Item::Campaign(campaign) => {
                let tokens = &playbook.campaigns[usize::from(campaign)].tokens;
                Attached { tokens: self.tokens(tokens, subject), ..Attached::default() }
            }
            Item::Segment(_) | Item::Milestone(_) => Attached::default(),
        }
    }

    /// Of a play's product, or of the account, whoever the play is about.
    fn guardrail(&mut self, guardrail: &crate::playbook::Guardrail, subject: Subject) -> Guardrail {
        let subject = if guardrail.of == Of::Product { subject } else { Subject::Account };
        let comparisons = self.shown(&guardrail.holds_back, subject);
        Guardrail { holds_back: self.resolver.logic(&guardrail.holds_back, subject), comparisons }
    }

    fn tokens(&mut self, tokens: &[Token], subject: Subject) -> Box<[(Box<str>, TokenOf)]> {
        let mut of = |value: &TokenValue| match value {
            TokenValue::Text(text) => TokenOf::Text(text.as_str().into()),
            TokenValue::Read(operand) => TokenOf::Read(self.resolver.expr(operand, subject)),
        };
        tokens.iter().map(|token| (token.name.as_str().into(), of(&token.value))).collect()
    }

    /// What conditions ask for by name beside facts.
    fn catalogue(&mut self, plan: &mut Plan) {
        let playbook = self.playbook;
        for (product, subject) in playbook.products.iter().zip(each_product(playbook)) {
            plan.criteria.push(self.resolver.progress(&product.criteria, subject));
            plan.fit.push(product.fit.as_ref().map(|fit| self.resolver.logic(fit, Subject::Account)));
        }
        for synergy in &playbook.synergies {
            let by = self.resolver.logic(&synergy.by, Subject::Account);
            plan.synergies.push(Synergy { products: synergy.products.as_slice().into(), by });
        }
        for persona in &playbook.personas {
            let [among, keeps] = [&persona.among, &persona.keeps].map(|condition| self.resolver.logic(condition, Subject::SOME_USER));
            plan.personas.push(Persona { among, keeps });
        }
    }

    /// The segments that name a benchmark.
    fn benchmark(&self, name: &str) -> Vec<(u16, Number)> {
        let segments = self.playbook.segments.iter().zip(0..);
        let number = |segment: &Segment| segment.benchmarks.iter().find(|(known, _)| known == name).map(|(_, number)| (*number).into());
        segments.filter_map(|(segment, index)| Some((index, number(segment)?))).collect()
    }

    fn measures(&mut self) -> Vec<Measure> {
        let playbook = self.playbook;
        let mut resolve = |measure: &crate::playbook::Measure| {
            let subjects = subjects(playbook, measure.of, None).into_iter();
            Measure { of: measure.of, exprs: subjects.map(|subject| self.resolver.expr(&measure.value, subject)).collect() }
        };
        playbook.measures.iter().map(&mut resolve).collect()
    }

    fn bands(&mut self, plan: &mut Plan) {
        let playbook = self.playbook;
        for (index, measure) in playbook.measures.iter().enumerate().filter(|(_, measure)| !measure.bands.is_empty()) {
            for subject in subjects(playbook, measure.of, None) {
                let expr = measure_of(index, subject);
                let (source, constants) = self.number(expr);
                let place = |band: &crate::playbook::Band| place_of(band.from, &constants);
                let from = measure.bands.iter().map(place).collect();
                let (group, slot) = self.slot(source, true, plan);
                let names = measure.bands.iter().filter_map(|band| self.resolver.names.id(&band.name)).collect();
                plan.bands.push(Band { measure: index as u16, product: subject.product(), group, slot, from, names });
            }
        }
    }

    fn judged(&mut self, condition: &Condition, subject: Subject, is_daily: bool, plan: &mut Plan) -> Judged {
        let comparisons = self.shown(condition, subject);
        Judged { node: self.node(condition, subject, is_daily, plan), comparisons }
    }

    /// The comparisons of a condition as evidence shows them.
    fn shown(&mut self, condition: &Condition, subject: Subject) -> Box<[Shown]> {
        let mut comparisons = Vec::new();
        visit_comparisons(condition, &mut |comparison| {
            let left = present_names(&comparison.left, subject, self.playbook);
            let metric = canonical_operand(&left, about(subject), self.playbook).into();
            comparisons.push(Shown { metric, compare: self.resolver.compare(comparison, subject) });
        });
        comparisons.into()
    }

    fn node(&mut self, condition: &Condition, subject: Subject, is_daily: bool, plan: &mut Plan) -> Node {
        let mut all = |parts: &[Condition]| parts.iter().map(|part| self.node(part, subject, is_daily, plan)).collect();
        match condition {
            Condition::Constant(value) => Node::Constant((*value).into()),
            Condition::And(parts) => Node::And(all(parts)),
            Condition::Or(parts) => Node::Or(all(parts)),
            Condition::Not(inner) => Node::Not(Box::new(self.node(inner, subject, is_daily, plan))),
            Condition::Compare(comparison) if number_test(comparison).is_some() => self.number_test(comparison, subject, is_daily, plan),
            _ => {
                let logic = self.resolver.logic(condition, subject);
                let (group, slot) = self.slot(Source::Truth(logic), is_daily, plan);
                Node::Test { group, slot, test: Test::Is(1) }
            }
        }
    }

    /// A number, and the constants that it is compared with anywhere.
    fn number(&self, expr: Expr) -> (Source, Vec<Constant>) {
        let decimals = self.constants.get(&format!("{expr:?}")).into_iter().flatten();
        let mut constants: Vec<Constant> = decimals.map(|&decimal| Constant::new(decimal)).collect();
        constants.sort_by(|a, b| a.number.compare(b.number).unwrap_or(Ordering::Equal));
        constants.dedup_by(|a, b| a.number.compare(b.number) == Some(Ordering::Equal));
        let gaps = gaps(&constants);
        (Source::Number { expr, constants: constants.clone(), gaps, step: None }, constants)
    }

    fn number_test(&mut self, comparison: &Comparison, subject: Subject, is_daily: bool, plan: &mut Plan) -> Node {
        let (of, decimal, operator) = number_test(comparison).expect("the caller has found it");
        let expr = self.resolver.expr(of, subject);
        let (source, constants) = self.number(expr);
        let at = place_of(decimal, &constants);
        let (group, slot) = self.slot(source, is_daily, plan);
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

    fn slot(&mut self, mut source: Source, is_daily: bool, plan: &mut Plan) -> (Group, u16) {
        let (group, reads, beside) = reads_of(&source, plan);
        let key = (group, is_daily, format!("{source:?}"));
        if let Some(&slot) = self.known.get(&key) {
            return (group, slot);
        }
        for read in &reads {
            plan.feature_days = plan.feature_days.min(read.feature_days.unwrap_or(Day::MAX));
            plan.days_of_users |= read.asks_for_days_of_users;
        }
        let growth = match &mut source {
            Source::Number { expr: Expr::Metric(reading), step, .. } => match (reading.metric.signature.through, reading.product) {
                (None, Some(product)) if let Growth::Worth(worth) = reading.def.growth(&reading.metric) => {
                    *step = Some(Number::integer(1));
                    Growth::Quantity(plan.catalogue_of(product).worth_most(worth))
                }
                (None, _) => reading.def.growth(&reading.metric),
                (Some(Through::Criteria), Some(product)) if let Some(most) = plan.criteria[usize::from(product.0)].step() => {
                    *step = Some(most);
                    Growth::Quantity(1)
                }
                _ => Growth::Unknown,
            },
            _ => Growth::Unknown,
        };
        plan.group_mut(group).add(source, (&reads, beside), growth, is_daily, group == Group::Account);
        let slot = (plan.group(group).sources.len() - 1) as u16;
        self.known.insert(key, slot);
        (group, slot)
    }
}

/// What a slot reads of one metric.
struct Read {
    of: Of,
    product: Option<ProductIndex>,
    families: u32,
    /// What moves it at any usage, be it of another feature.
    all_families: u32,
    /// Of a single feature, and which facts of it.
    feature: Option<(NameId, FeatureFacts)>,
    /// The days of a window into which a feature may come.
    feature_days: Option<Day>,
    asks_for_days_of_users: bool,
}

/// In which array a source's slot is, and what it reads.
fn reads_of(source: &Source, plan: &Plan) -> (Group, Vec<Read>, u32) {
    let (mut reads, mut beside) = (Vec::new(), 0);
    let mut add = |asked: Asked<'_>| {
        beside |= asked.families();
        let Asked::Of(reading) = asked else { return };
        let (def, metric) = (reading.def, &reading.metric);
        // What reads complete days is found by the families.
        let feature = reading.name.filter(|_| metric.feature().is_some() && !metric.complete);
        reads.push(Read {
            of: metric.signature.of,
            product: reading.product,
            families: def.families(metric),
            all_families: def.reads
                | if metric.complete { def.families(metric) } else { 0 }
                | if metric.feature().is_some() { family::FEATURE_COUNTS } else { 0 },
            feature: feature.map(|name| (name, def.feature_facts())),
            feature_days: def.feature_days(metric),
            asks_for_days_of_users: def.asks_for_days_of_users(metric),
        });
    };
    let extent = Extent { plan, primary: None };
    let is_of_user = match source {
        Source::Number { expr, .. } => {
            expr.visit(extent, &mut add);
            expr.is_of_user(plan)
        }
        Source::Truth(logic) => {
            logic.visit(extent, &mut add);
            logic.is_of_user(plan)
        }
    };
    let mut owners: Vec<Option<ProductIndex>> = reads.iter().map(|read| read.product).collect();
    owners.sort();
    owners.dedup();
    let group = match owners[..] {
        _ if is_of_user => Group::Users,
        // Who the users are, or which products there are, is the account's, be it asked of a product that the account has nothing of.
        _ if beside != 0 => Group::Account,
        [Some(product)] => Group::Product(product),
        _ => Group::Account,
    };
    (group, reads, beside)
}

impl SlotGroup {
    /// `beside`: families that move it through no metric.
    fn add(&mut self, source: Source, (reads, beside): (&[Read], u32), growth: Growth, is_daily: bool, is_mixed: bool) {
        let slot = self.sources.len() as u16;
        let families = reads.iter().fold(beside, |mask, read| mask | if is_daily { read.all_families } else { read.families });
        if is_daily {
            // Whatever happened since is looked at then.
            self.daily.push(slot);
            self.daily_families |= families;
            self.by_family[family::DAY.trailing_zeros() as usize].push(slot);
        } else {
            for (bit, slots) in self.by_family.iter_mut().enumerate() {
                if families >> bit & 1 == 1 {
                    slots.push(slot);
                }
            }
            for (name, facts) in reads.iter().filter_map(|read| read.feature) {
                let of_feature = self.by_feature.entry(name).or_default();
                match facts {
                    FeatureFacts::Counts => of_feature.counts.push(slot),
                    FeatureFacts::Users => of_feature.users.push(slot),
                }
            }
            if is_mixed {
                let of_feature = reads.iter().filter(|read| read.feature.is_some());
                let mut products: Vec<ProductIndex> = of_feature.filter_map(|read| read.product).collect();
                products.sort();
                products.dedup();
                products.into_iter().for_each(|product| self.by_product[usize::from(product.0)].push(slot));
            }
            self.all_families |= families;
        }
        self.all_reads |= families;
        // An answer may take the place of another user's.
        let own = |read: &Read| if read.of == Of::User { family::ANSWERS } else { u32::MAX };
        let beyond = reads.iter().fold(beside, |mask, read| mask | read.all_families & own(read));
        self.families_beyond |= beyond & !family::DAY;
        self.is_daily.push(is_daily);
        self.growth.push(growth);
        self.families.push(families);
        self.sources.push(source);
        self.readers.push(Readers::default());
    }
}

fn measure_of(index: usize, subject: Subject) -> Expr {
    Expr::Measure { measure: index as u16, product: subject.product() }
}

/// The place of a constant among those that a number is compared with.
fn place_of(decimal: Decimal, constants: &[Constant]) -> Slot {
    let number = Number::from(decimal);
    let index = constants.iter().position(|constant| constant.number.compare(number) == Some(Ordering::Equal));
    2 * index.expect("every constant was collected") as Slot + 1
}

/// Every comparison of a condition, in the order written; what is compared within a number is none of it.
fn visit_comparisons<'a>(condition: &'a Condition, visit: &mut impl FnMut(&'a Comparison)) {
    match condition {
        Condition::Compare(comparison) => visit(comparison),
        Condition::Not(inner) => visit_comparisons(inner, visit),
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| visit_comparisons(part, visit)),
        Condition::Either(parts) => parts.iter().for_each(|part| visit_comparisons(part, visit)),
        Condition::Choice(parts) => parts.iter().for_each(|part| visit_comparisons(part, visit)),
        Condition::Known(Operand::Truth(inner)) => visit_comparisons(inner, visit),
        Condition::Constant(_) | Condition::Flag(_) | Condition::Known(_) | Condition::HasAny(..) => {}
    }
}

/// The comparison as a number against a constant, turned round where the constant stands on the left.
fn number_test(comparison: &Comparison) -> Option<(&Operand, Decimal, Operator)> {
    match (&comparison.left, &comparison.right) {
        (Operand::Number(_), Operand::Number(_)) => None,
        (of, Operand::Number(decimal)) => Some((of, *decimal, comparison.operator)),
        (Operand::Number(decimal), of) => {
            let turned = match comparison.operator {
                Operator::Less => Operator::Greater,
                Operator::LessOrEqual => Operator::GreaterOrEqual,
                Operator::Greater => Operator::Less,
                Operator::GreaterOrEqual => Operator::LessOrEqual,
                same => same,
            };
            // `1 in […]` is no test of a number.
            (!matches!(of, Operand::List(_))).then_some((of, *decimal, turned))
        }
        _ => None,
    }
}

/// An operand with the present names of features, where it is known of which product they are.
fn present_names(operand: &Operand, subject: Subject, playbook: &Playbook) -> Operand {
    let named = |inner: &Operand| present_names(inner, subject, playbook);
    match operand {
        Operand::Metric(reference) => Operand::Metric(resolve(reference, subject, playbook)),
        Operand::Negate(inner) => Operand::Negate(Box::new(named(inner))),
        Operand::Arithmetic(left, operation, right) => Operand::Arithmetic(Box::new(named(left)), *operation, Box::new(named(right))),
        Operand::Call(function, operands) => Operand::Call(*function, operands.iter().map(named).collect()),
        Operand::Weighted(weighted) => Operand::Weighted(weighted.iter().map(|(operand, weight)| (named(operand), *weight)).collect()),
        Operand::Either(sides) => Operand::Either(Box::new(sides.each_ref().map(named))),
        Operand::Choice(choice) => {
            let (condition, yes, no) = &**choice;
            Operand::Choice(Box::new((present_condition(condition, subject, playbook), named(yes), named(no))))
        }
        Operand::Truth(condition) => Operand::Truth(Box::new(present_condition(condition, subject, playbook))),
        Operand::Aggregate(aggregate) => Operand::Aggregate(Box::new(present_aggregate(aggregate, subject, playbook))),
        other => other.clone(),
    }
}

fn present_aggregate(Aggregate { over, figure, among }: &Aggregate, subject: Subject, playbook: &Playbook) -> Aggregate {
    let named = |operand: &Operand| present_names(operand, subject, playbook);
    let asked = |condition: &Condition| present_condition(condition, subject, playbook);
    let figure = match figure {
        Figure::Count(of) => Figure::Count(asked(of)),
        Figure::Share(of) => Figure::Share(asked(of)),
        Figure::Mean(of) => Figure::Mean(named(of)),
        Figure::Least(of) => Figure::Least(named(of)),
        Figure::Greatest(of) => Figure::Greatest(named(of)),
        Figure::Sum(of) => Figure::Sum(named(of)),
    };
    Aggregate { over: *over, figure, among: among.as_ref().map(asked) }
}

pub(super) fn present_condition(condition: &Condition, subject: Subject, playbook: &Playbook) -> Condition {
    let named = |operand: &Operand| present_names(operand, subject, playbook);
    let part = |part: &Condition| present_condition(part, subject, playbook);
    match condition {
        Condition::Constant(value) => Condition::Constant(*value),
        Condition::Flag(operand) => Condition::Flag(named(operand)),
        Condition::Compare(Comparison { left, operator, right }) => {
            Condition::Compare(Comparison { left: named(left), operator: *operator, right: named(right) })
        }
        Condition::Known(operand) => Condition::Known(named(operand)),
        Condition::HasAny(list, texts) => Condition::HasAny(named(list), texts.clone()),
        Condition::Not(inner) => Condition::Not(Box::new(part(inner))),
        Condition::And(parts) => Condition::And(parts.iter().map(part).collect()),
        Condition::Or(parts) => Condition::Or(parts.iter().map(part).collect()),
        Condition::Either(sides) => Condition::Either(Box::new(sides.each_ref().map(part))),
        Condition::Choice(parts) => Condition::Choice(Box::new(parts.each_ref().map(part))),
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
        // Of users all are looked at at once.
        if group != Group::Users && is_costly(&plan.group(group).sources[usize::from(slot)]) {
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
    for band in &plan.bands {
        note(plan, band.group, band.slot, None);
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
    for group in plan.groups_mut() {
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
    for group in plan.groups_mut() {
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
        Source::Number { expr: Expr::Metric(reading), .. } if reading.metric.signature.through.is_none() => {
            (reading.metric.complete || reading.def.is_costly) && matches!(reading.def.growth(&reading.metric), Growth::Tomorrow)
        }
        Source::Number { .. } => true,
        Source::Truth(logic) => !matches!(logic, super::Logic::Flag(Expr::Metric(_))),
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
    for group in plan.groups_mut() {
        for readers in &mut group.readers {
            readers.stages_of.sort_unstable();
            readers.stages_of.dedup();
            readers.instances.sort_unstable();
            readers.instances.dedup();
        }
    }
}
