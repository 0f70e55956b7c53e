//! Builds an explanation: what is watched is decided first, then a copy of the account lives on, then what was seen is put together.

use super::{
    AccountStageReason, Change, ComparisonReason, ConditionReason, Explanation, GuardReason, Hold, Holds, IncidentReason, MilestoneReason,
    NextStage, ProductReason, Question, RuleReason, RuleState, Rung, SegmentReason, Wait,
};
use crate::engine::facts::{Standing, UserIndex};
use crate::engine::metric::entitled_stage;
use crate::engine::{
    Account, AccountIndex, Clause, Conditioned, Day, Engine, Foresight, IncidentKey, IncidentState, Item, NEVER, Seen, Stage, Subject,
    Truth, View, is_judged_of, rfc3339,
};
use crate::output::stage_name;
use crate::playbook::{Playbook, ProductIndex, Rule, RuleKind};
use crate::view::Date;
use crate::view::account::Days;

/// Days that are looked ahead to.
pub const AHEAD: Day = 92;

/// Most users of whom a rule is told, beside those of whom something is remembered.
const USERS_MAX: usize = 100;

/// Explains an account of an engine as it stands on its day. `published`: the outputs about it, as far as they are at hand.
pub fn explain(engine: &Engine, index: AccountIndex, question: Question, published: &[Change]) -> Explanation {
    let mut foresight = engine.foresight(index);
    let account = foresight.account().clone();
    let mut build =
        Build { engine, playbook: engine.playbook(), account: &account, published, watched: Vec::new(), ahead: Ahead::default() };
    let plan = build.plan(question);
    build.look_ahead(&mut foresight);
    build.explanation(question, plan)
}

/// What is told, by the places of what is watched.
#[derive(Default)]
struct Plan {
    products: Vec<(ProductIndex, [usize; 4])>,
    segments: Vec<(u16, usize)>,
    milestones: Vec<(u16, Subject, usize)>,
    rules: Vec<RulePlan>,
    users_left_out: u64,
}

struct RulePlan {
    key: IncidentKey,
    open: usize,
    clear: Option<usize>,
    guards: Vec<usize>,
}

/// A condition of someone, from D on.
struct Watched<'e> {
    clause: &'e Clause,
    user: Option<UserIndex>,
    holds: Turn,
    parts: Vec<(Seen, Turn)>,
}

/// What it was on D, and the first day on which it is true where it was not, or the reverse.
#[derive(Clone, Copy)]
struct Turn {
    truth: Truth,
    day: Option<Day>,
}

/// How the copy of the account moves.
#[derive(Default)]
struct Ahead {
    changes: Vec<Change>,
    /// By the product's place in the account, and by stage: the first day below it where it was not, or not below it where it was.
    stages: Vec<[Option<Day>; Stage::ALL.len()]>,
    /// By the product's place: whether it was entitled, and the first day on which that is otherwise.
    entitled: Vec<(bool, Option<Day>)>,
}

struct Build<'e, 'b> {
    engine: &'e Engine,
    playbook: &'e Playbook,
    /// On D.
    account: &'b Account,
    published: &'b [Change],
    watched: Vec<Watched<'e>>,
    ahead: Ahead,
}

impl<'e> Build<'e, '_> {
    fn watch(&mut self, clause: &'e Clause, user: Option<UserIndex>) -> usize {
        let holds = Turn { truth: Truth::Unknown, day: None };
        self.watched.push(Watched { clause, user, holds, parts: Vec::new() });
        self.watched.len() - 1
    }

    fn plan(&mut self, question: Question) -> Plan {
        let mut plan = Plan::default();
        let conditions = self.engine.conditions();
        for index in (0..self.playbook.products.len() as u16).map(ProductIndex) {
            let is_asked = match question {
                Question::Account => {
                    self.account.product(index).is_some_and(|product| product.stage != Stage::None) || self.is_entitled(index)
                }
                Question::Product(asked) => asked == index,
                Question::Rule(_) => false,
            };
            if is_asked {
                plan.products.push((index, conditions.stages(index).each_ref().map(|clause| self.watch(clause, None))));
            }
        }
        for of in conditions.items() {
            match of.item {
                Item::Segment(segment) if question == Question::Account => plan.segments.push((segment, self.watch(&of.open, None))),
                Item::Milestone(milestone) if is_about(question, of.subject) => {
                    plan.milestones.push((milestone, of.subject, self.watch(&of.open, None)));
                }
                Item::Rule(rule) => self.plan_rule(question, rule, of, &mut plan),
                Item::Segment(_) | Item::Milestone(_) | Item::Campaign(_) => {}
            }
        }
        plan
    }

    /// The subjects of a rule that are asked for.
    fn plan_rule(&mut self, question: Question, rule: u16, of: &'e Conditioned, plan: &mut Plan) {
        let remembered = |key: &IncidentKey| self.state_of(*key).is_some() || self.is_held_back(*key) || self.is_worked_off(*key);
        let users = || (0..self.account.users.len() as u32).map(|user| IncidentKey { rule, subject: Subject::User(UserIndex(user)) });
        let is_of_users = of.subject.user().is_some();
        let mut keys: Vec<IncidentKey> = match question {
            Question::Account if is_of_users => users().filter(remembered).collect(),
            Question::Account => Some(IncidentKey { rule, subject: of.subject }).into_iter().filter(remembered).collect(),
            Question::Product(product) if of.subject == Subject::Product(product) => vec![IncidentKey { rule, subject: of.subject }],
            Question::Rule(asked) if asked == rule && !is_of_users => vec![IncidentKey { rule, subject: of.subject }],
            Question::Rule(asked) if asked == rule => users().filter(remembered).collect(),
            Question::Product(_) | Question::Rule(_) => Vec::new(),
        };
        if is_of_users && question == Question::Rule(rule) {
            let own = &self.playbook.rules[usize::from(rule)];
            let others: Vec<_> = users().filter(|key| is_judged_of(self.account, own, key.subject) && !remembered(key)).collect();
            plan.users_left_out = others.len().saturating_sub(USERS_MAX) as u64;
            keys.extend(others.into_iter().take(USERS_MAX));
        }
        for key in keys {
            let user = key.subject.user();
            let open = self.watch(&of.open, user);
            let clear = of.clear.as_ref().map(|clear| self.watch(clear, user));
            let (conditions, guards) = (self.engine.conditions(), &self.playbook.rules[usize::from(rule)].play.guards);
            let guards = guards.iter().map(|guard| self.watch(conditions.guardrail(*guard, key.subject), None)).collect();
            plan.rules.push(RulePlan { key, open, clear, guards });
        }
    }

    fn look_ahead(&mut self, foresight: &mut Foresight<'e>) {
        for watched in &mut self.watched {
            watched.begin(foresight.view());
        }
        let places = 0..self.account.products.len();
        self.ahead.stages = places.clone().map(|_| [None; Stage::ALL.len()]).collect();
        self.ahead.entitled = places.map(|place| (entitled_stage(self.account, place).0, None)).collect();
        self.note(foresight);
        for _ in 0..AHEAD {
            foresight.next_day();
            self.note(foresight);
            for watched in &mut self.watched {
                watched.look(foresight.view());
            }
        }
    }

    /// What is told on the day, and where stages stand.
    fn note(&mut self, foresight: &Foresight<'e>) {
        let now = foresight.account();
        self.ahead.changes.extend(foresight.effects().iter().map(|effect| Change::of(effect, now.day, self.playbook)));
        for (place, before) in self.account.products.iter().enumerate() {
            let stage = now.products[place].stage;
            for rung in Stage::ALL {
                let turned = &mut self.ahead.stages[place][rung as usize];
                if turned.is_none() && (stage >= rung) != (before.stage >= rung) {
                    *turned = Some(now.day);
                }
            }
            let (was, turned) = &mut self.ahead.entitled[place];
            if turned.is_none() && entitled_stage(now, place).0 != *was {
                *turned = Some(now.day);
            }
        }
    }

    fn explanation(&self, question: Question, plan: Plan) -> Explanation {
        let account = self.account;
        let is_asked = |change: &&Change| match question {
            Question::Account => true,
            Question::Product(product) => change.product.as_deref() == Some(&*self.playbook.products[usize::from(product.0)].id),
            Question::Rule(rule) => change.of.as_deref() == Some(&*self.playbook.rules[usize::from(rule)].head.id),
        };
        Explanation {
            account: account.id.to_string(),
            day: Date(account.day),
            until: Date(account.day + AHEAD),
            closed: (account.closed != Day::MAX).then_some(Date(account.closed)),
            stage: self.account_stage(),
            products: plan.products.iter().map(|(index, watched)| self.product(*index, watched)).collect(),
            segments: plan.segments.iter().map(|(segment, watched)| self.segment(*segment, *watched)).collect(),
            milestones: plan
                .milestones
                .iter()
                .map(|(milestone, subject, watched)| self.milestone(*milestone, *subject, *watched))
                .collect(),
            rules: plan.rules.iter().map(|rule| self.rule(rule)).collect(),
            users_left_out: (plan.users_left_out > 0).then_some(plan.users_left_out),
            foreseen: self.ahead.changes.iter().filter(is_asked).cloned().collect(),
            playbook: self.playbook.digest.clone(),
        }
    }

    fn account_stage(&self) -> AccountStageReason {
        let (account, stages) = (self.account, &self.playbook.account_stages);
        let place = usize::from(account.stage);
        AccountStageReason {
            stage: stages[place].name.clone(),
            since: Date(if account.stage_changed == NEVER { account.began } else { account.stage_changed }),
            products_adopted: account.products_adopted(),
            next: stages.get(place + 1).map(|next| NextStage { stage: next.name.clone(), products_adopted: next.from }),
            output: self.output("adoption.account_stage.changed", |_| true),
        }
    }

    fn product(&self, index: ProductIndex, watched: &[usize; 4]) -> ProductReason {
        let id = &*self.playbook.products[usize::from(index.0)].id;
        let place = self.account.products.iter().position(|product| product.index == Some(index));
        let product = place.map(|place| &self.account.products[place]);
        let stage = product.map_or(Stage::None, |product| product.stage);
        let hold = product.filter(|product| product.below_since != NEVER).map(|product| Hold {
            since: Date(product.below_since),
            falls: Date(product.below_since + Day::from(self.playbook.hold_days)),
        });
        let turned = |rung: Stage| place.and_then(|place| self.ahead.stages[place][rung as usize]).map(Date);
        let rung = |rung: Stage, condition: ConditionReason| Rung {
            stage: stage_name(rung),
            condition,
            falls: turned(rung).filter(|_| stage >= rung),
            reached: turned(rung).filter(|_| stage < rung),
        };
        let (is_entitled, day) = place.map_or((false, None), |place| self.ahead.entitled[place]);
        let holds = Turn { truth: is_entitled.into(), day }.holds();
        let entitled = rung(Stage::Entitled, ConditionReason { condition: "entitled".to_owned(), holds, comparisons: Vec::new() });
        let above = Stage::ALL[2..].iter().zip(watched).map(|(stage, watched)| rung(*stage, self.condition(*watched)));
        ProductReason {
            product: id.to_owned(),
            stage: stage_name(stage),
            since: product.and_then(|product| Date::known(product.stage_changed)),
            hold,
            ladder: [entitled].into_iter().chain(above).collect(),
            output: self.output("adoption.product_stage.changed", |change| change.product.as_deref() == Some(id)),
        }
    }

    fn segment(&self, index: u16, watched: usize) -> SegmentReason {
        let segment = &self.playbook.segments[usize::from(index)];
        let state = self.account.segments.iter().find(|known| known.segment == index);
        let is_in = state.is_some_and(|state| state.is_in);
        let days = if is_in { segment.clear_days } else { segment.for_days };
        let moves = if is_in { "adoption.segment.exited" } else { "adoption.segment.entered" };
        SegmentReason {
            segment: segment.id.clone(),
            is_in,
            when: self.condition(watched),
            wait: wait(state.map_or(NEVER, |state| state.since), days),
            moves_on: self.foreseen(&[moves], |change| change.of.as_deref() == Some(&*segment.id)),
        }
    }

    fn milestone(&self, index: u16, subject: Subject, watched: usize) -> MilestoneReason {
        let milestone = &self.playbook.milestones[usize::from(index)];
        let product = self.product_id(subject);
        let mut known = self.account.milestones.iter();
        let reached = known.find(|known| (known.milestone, known.product) == (index, subject.product())).map(|known| Date(known.day));
        let is_it = |change: &Change| change.of.as_deref() == Some(&*milestone.id) && change.product == product;
        MilestoneReason {
            milestone: milestone.id.clone(),
            reached,
            when: reached.is_none().then(|| self.condition(watched)),
            reached_on: self.foreseen(&["adoption.milestone.achieved"], is_it),
            product,
        }
    }

    fn rule(&self, plan: &RulePlan) -> RuleReason {
        let (account, key) = (self.account, plan.key);
        let rule = &self.playbook.rules[usize::from(key.rule)];
        let state = self.state_of(key).unwrap_or(&IncidentState::EMPTY);
        let (product, user) = (self.product_id(key.subject), key.subject.user().map(|user| account.users.id(user).to_owned()));
        let is_it = |change: &Change| change.of.as_deref() == Some(&*rule.head.id) && change.product == product && change.user == user;
        let not_judged = self.not_judged(rule, key.subject);
        let cooldown =
            Some(state.last_clear).filter(|day| *day != NEVER && state.open.is_none()).map(|day| day + Day::from(rule.cooldown_days));
        let cooldown_until = cooldown.filter(|day| *day > account.day).map(Date);
        let incident = state.open.as_ref().map(|open| {
            let id = format!("{:032x}", open.id);
            let opened = |change: &Change| change.incident.as_deref() == Some(&*id);
            IncidentReason {
                opened: Date(open.opened_day),
                opened_at: rfc3339(open.opened_ms),
                due: open.due().filter(|_| rule.head.kind == RuleKind::Play).map(Date),
                output: self.published.iter().find(|change| opened(change)).map(|change| change.id.clone()),
                incident: id.clone(),
            }
        });
        let guards = plan.guards.iter().zip(&rule.play.guards).map(|(watched, guard)| {
            let guardrail = &self.playbook.guardrails[usize::from(guard.0)];
            GuardReason { guardrail: guardrail.id.clone(), reason: guardrail.reason.clone(), condition: self.condition(*watched) }
        });
        RuleReason {
            rule: rule.head.id.clone(),
            kind: rule.head.kind.name().to_owned(),
            severity: rule.head.severity.clone(),
            state: self.rule_state(plan, state, not_judged.is_some(), cooldown_until.is_some()),
            wait: wait(state.since, if state.open.is_some() { rule.clear_days } else { rule.for_days }),
            incident,
            not_judged,
            cooldown_until,
            open: self.condition(plan.open),
            clear: plan.clear.map(|clear| self.condition(clear)),
            guards: guards.collect(),
            opens_on: self.foreseen(&["adoption.alert.opened", "adoption.play.opened", "adoption.play.held_out"], is_it),
            closes_on: self.foreseen(&["adoption.alert.cleared", "adoption.play.closed"], is_it),
            product,
            user,
        }
    }

    fn rule_state(&self, plan: &RulePlan, state: &IncidentState, is_not_judged: bool, is_cooling: bool) -> RuleState {
        match &state.open {
            Some(open) if self.account.is_held_out(open) => RuleState::HeldOut,
            Some(_) => RuleState::Open,
            None if is_not_judged => RuleState::NotJudged,
            None if self.is_held_back(plan.key) => RuleState::HeldBack,
            None if self.watched[plan.open].holds.truth != Truth::True => RuleState::NotOpen,
            None if self.is_worked_off(plan.key) => RuleState::WorkedOff,
            None if is_cooling => RuleState::CoolingDown,
            None => RuleState::Waiting,
        }
    }

    /// Why a rule is not judged of a subject as it is.
    fn not_judged(&self, rule: &Rule, subject: Subject) -> Option<String> {
        if self.account.is_closed() {
            return Some("the account is closed".to_owned());
        }
        if is_judged_of(self.account, rule, subject) {
            return None;
        }
        Some(match subject {
            Subject::User(user) if self.account.users.merged(user) != user => "the user has turned out to be another one".to_owned(),
            Subject::User(user) => match self.account.users.standing(user, self.account.day) {
                Standing::Internal => "the user is the vendor's own".to_owned(),
                Standing::Gone => "the user is gone".to_owned(),
                Standing::Present => "it is about users who are gone".to_owned(),
            },
            _ if rule.absent => "it is about products whose stage is none".to_owned(),
            _ => "the product's stage is none".to_owned(),
        })
    }

    fn condition(&self, watched: usize) -> ConditionReason {
        let watched = &self.watched[watched];
        let comparisons = watched.parts.iter().zip(&watched.clause.parts).map(|((seen, turn), part)| ComparisonReason {
            metric: part.text.clone(),
            value: (!seen.value.is_null()).then(|| seen.value.clone()),
            operator: seen.compared.as_ref().map(|(operator, _)| (*operator).to_owned()),
            threshold: seen.compared.as_ref().map(|(_, threshold)| threshold.clone()).filter(|threshold| !threshold.is_null()),
            window: seen.window.map(|(from, to)| Days { from: Date(from), to: Date(to) }),
            holds: turn.holds(),
        });
        ConditionReason { condition: watched.clause.text.clone(), holds: watched.holds.holds(), comparisons: comparisons.collect() }
    }

    /// The first day on which one of these types is told of something.
    fn foreseen(&self, types: &[&str], is_it: impl Fn(&Change) -> bool) -> Option<Date> {
        self.ahead.changes.iter().find(|change| types.contains(&&*change.event_type) && is_it(change)).map(|change| change.day)
    }

    /// The id of the last output of a type about something.
    fn output(&self, event_type: &str, is_it: impl Fn(&Change) -> bool) -> Option<String> {
        self.published.iter().rfind(|change| change.event_type == event_type && is_it(change)).map(|change| change.id.clone())
    }

    fn product_id(&self, subject: Subject) -> Option<String> {
        subject.product().map(|index| self.playbook.products[usize::from(index.0)].id.clone())
    }

    fn is_entitled(&self, index: ProductIndex) -> bool {
        let place = self.account.products.iter().position(|product| product.index == Some(index));
        place.is_some_and(|place| entitled_stage(self.account, place).0)
    }

    fn state_of(&self, key: IncidentKey) -> Option<&IncidentState> {
        let incidents = &self.account.incidents;
        incidents.binary_search_by_key(&key, |(key, _)| *key).ok().map(|place| &incidents[place].1)
    }

    fn is_held_back(&self, key: IncidentKey) -> bool {
        self.account.plays.as_ref().is_some_and(|plays| plays.held_back(key).is_ok_and(|place| plays.held_back[place].is_held))
    }

    fn is_worked_off(&self, key: IncidentKey) -> bool {
        self.account.plays.as_ref().is_some_and(|plays| plays.worked_off.binary_search(&key).is_ok())
    }
}

/// Whether a question asks for what is of a subject.
fn is_about(question: Question, subject: Subject) -> bool {
    match question {
        Question::Account => subject == Subject::Account,
        Question::Product(product) => subject == Subject::Product(product),
        Question::Rule(_) => false,
    }
}

fn wait(since: Day, days: u16) -> Option<Wait> {
    (since != NEVER).then(|| Wait { since: Date(since), until: Date(since + Day::from(days)) })
}

impl Watched<'_> {
    /// On D.
    fn begin(&mut self, view: View<'_>) {
        let view = View { user: self.user, ..view };
        let turn = |truth| Turn { truth, day: None };
        self.holds = turn(self.clause.truth(view));
        self.parts = self.clause.parts.iter().map(|part| (part.seen(view), turn(part.truth(view)))).collect();
    }

    /// On a later day.
    fn look(&mut self, view: View<'_>) {
        let view = View { user: self.user, ..view };
        self.holds.look(view.account.day, || self.clause.truth(view));
        for ((_, turn), part) in self.parts.iter_mut().zip(&self.clause.parts) {
            turn.look(view.account.day, || part.truth(view));
        }
    }
}

impl Turn {
    fn look(&mut self, today: Day, truth: impl FnOnce() -> Truth) {
        if self.day.is_none() && (truth() == Truth::True) != (self.truth == Truth::True) {
            self.day = Some(today);
        }
    }

    fn holds(self) -> Holds {
        let is_true = self.truth == Truth::True;
        let day = self.day.map(Date);
        Holds {
            holds: (self.truth != Truth::Unknown).then_some(is_true),
            lapses_on: day.filter(|_| is_true),
            holds_from: day.filter(|_| !is_true),
        }
    }
}
