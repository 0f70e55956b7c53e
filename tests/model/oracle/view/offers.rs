//! What an account may do next: synergies, cross-sells, recommendations, and what they are worth.

use super::super::eval::mean;
use super::super::expr::{Expr, Func, Of, Op, Value as Found};
use super::super::facts::{ADOPTED, Subject};
use super::super::metric::{STAGES, flattened, is_of};
use super::super::number::Frac;
use super::super::playbook::{Feature, Rule, Synergy};
use super::product::{level, worthiest};
use super::{Seen, object};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// In the order of their priority.
const KINDS: [&str; 4] = ["activate", "deepen", "connect", "cross_sell"];
/// The play of each kind, by its id.
const PLAYS: [&str; 4] = ["activate_product", "deepen_product", "connect_products", "cross_sell"];
/// Those whose unused features are worth a word.
const WORTHY: [&str; 3] = ["core", "main", "high_value"];

#[derive(Clone, Default)]
struct Recommendation {
    /// An index into [`KINDS`].
    kind: usize,
    id: String,
    products: Vec<usize>,
    gap: Option<String>,
    action: Option<String>,
    expected: Option<String>,
    value: Option<Frac>,
    currency: Option<String>,
    effort: Option<String>,
    held_back_by: Vec<String>,
    /// Of a cross-sell.
    fit_score: Option<Found>,
    use_cases: Vec<String>,
}

pub struct Offers<'a, 's> {
    seen: &'s Seen<'a>,
    all: Vec<Recommendation>,
}

/// The parts of a condition, however `&&` and `||` put them together.
fn parts(condition: &Expr) -> Vec<&Expr> {
    match condition {
        Expr::Binary(op @ (Op::And | Op::Or), ..) => flattened(condition, *op).into_iter().flat_map(parts).collect(),
        other => vec![other],
    }
}

/// Use cases that a condition asks for.
fn use_cases_of(condition: &Expr) -> Vec<String> {
    let mut named = Vec::new();
    condition.each(&mut |part| {
        if let Expr::Call(Func::HasAny, args) = part
            && matches!(&args[0], Expr::Read(read) if read.name == "use_cases")
            && let Expr::List(items) = &args[1]
        {
            named.extend(items.iter().filter_map(|item| if let Expr::Text(text) = item { Some(text.clone()) } else { None }));
        }
    });
    named
}

impl<'a, 's> Offers<'a, 's> {
    pub fn new(seen: &'s Seen<'a>) -> Self {
        let mut offers = Offers { seen, all: Vec::new() };
        let mut all = [offers.activate(), offers.deepen(), offers.connect(), offers.cross_sell()].concat();
        all.sort_by(by_priority);
        offers.all = all;
        offers
    }

    fn is_adopted(&self, p: usize) -> bool {
        self.seen.stage(p) >= ADOPTED
    }

    /// A year, for the whole account.
    fn price(&self, p: usize) -> (Option<Frac>, Option<String>) {
        let Some(price) = &self.seen.playbook().products[p].price else { return (None, None) };
        let most = self.seen.products().filter_map(|p| self.seen.view.seats(p)).max();
        let value = if price.per_seat { most.map(|seats| price.amount.times(&Frac::int(seats))) } else { Some(price.amount.clone()) };
        let currency = value.is_some().then(|| price.currency.clone());
        (value, currency)
    }

    /// The playbook's play of a kind.
    fn play(&self, kind: usize, p: Option<usize>) -> Option<&Rule> {
        let is_meant = |rule: &&Rule| match p {
            Some(p) => rule.of == Of::Product && rule.products.contains(&p),
            None => rule.of == Of::Account,
        };
        self.seen.playbook().rules.iter().filter(|rule| rule.play && rule.id == PLAYS[kind]).find(is_meant)
    }

    fn of_product(&self, kind: usize, p: usize) -> Recommendation {
        let play = self.play(kind, Some(p));
        let (value, currency) = self.price(p);
        Recommendation {
            kind,
            id: self.seen.id(p).to_owned(),
            products: vec![p],
            action: play.and_then(action),
            expected: self.expected(play, Some(p)),
            value,
            currency,
            held_back_by: self.guards(play, Some(p)),
            ..Recommendation::default()
        }
    }

    /// What a play is to bring about.
    fn expected(&self, play: Option<&Rule>, p: Option<usize>) -> Option<String> {
        let outcome = play?.outcome.as_ref()?;
        let metric = self.seen.view.of(p.map_or(Subject::Account, Subject::Product)).canonical(&outcome.metric, None);
        let (direction, by) = (if outcome.up { "up" } else { "down" }, Found::Exact(outcome.by.clone()).to_json());
        Some(format!("{metric} {direction} by {by} in {} days", outcome.days.last()?))
    }

    /// Those of a play that are true.
    fn guards(&self, play: Option<&Rule>, p: Option<usize>) -> Vec<String> {
        let guardrails = play.iter().flat_map(|play| &play.guards).map(|guard| &self.seen.playbook().guardrails[*guard]);
        let subject = |of: Of| p.filter(|_| of == Of::Product).map_or(Subject::Account, Subject::Product);
        let holds = guardrails.filter(|guardrail| self.seen.view.of(subject(guardrail.of)).holds(&guardrail.holds_back));
        holds.map(|guardrail| guardrail.id.clone()).collect()
    }

    /// What is done is the plan for the reason, without one the play's.
    fn activate(&self) -> Vec<Recommendation> {
        let mut out = Vec::new();
        for p in self.seen.products().filter(|p| self.seen.is_entitled(*p) && !self.is_adopted(*p)) {
            let (reason, offer) = (self.seen.reason(p), self.of_product(0, p));
            let plan = reason.and_then(|reason| self.seen.playbook().plans.get(reason)).map(|plan| plan.join("; "));
            out.push(Recommendation { gap: reason.map(in_words), action: plan.or(offer.action.clone()), ..offer });
        }
        out
    }

    fn deepen(&self) -> Vec<Recommendation> {
        let mut out = Vec::new();
        for p in self.seen.products().filter(|p| self.is_adopted(*p)) {
            let unused = self.seen.unused(p);
            let worthy: Vec<&Feature> = unused.into_iter().filter(|feature| WORTHY.iter().any(|tier| is_of(feature, tier))).collect();
            let Some(first) = worthiest(worthy.iter().copied()) else { continue };
            let names: Vec<&str> = worthy.iter().map(|feature| feature.name.as_str()).collect();
            let (gap, effort, offer) = (Some(names.join(", ")), first.effort.clone(), self.of_product(1, p));
            out.push(Recommendation { gap, effort, action: first.recommendation.clone().or(offer.action.clone()), ..offer });
        }
        out
    }

    fn is_unlocked(&self, synergy: &Synergy) -> bool {
        self.seen.view.holds(&synergy.by)
    }

    fn untapped(&self) -> impl Iterator<Item = &Synergy> {
        let could = |synergy: &&Synergy| synergy.products.iter().all(|p| self.seen.is_entitled(*p));
        self.seen.playbook().synergies.iter().filter(|synergy| !self.is_unlocked(synergy)).filter(could)
    }

    fn connect(&self) -> Vec<Recommendation> {
        let play = self.play(2, None);
        let this = Recommendation {
            kind: 2,
            action: play.and_then(action),
            expected: self.expected(play, None),
            held_back_by: self.guards(play, None),
            ..Recommendation::default()
        };
        let of_synergy = |synergy: &Synergy| Recommendation {
            id: synergy.id.clone(),
            products: synergy.products.clone(),
            value: synergy.value.clone(),
            effort: synergy.effort.clone(),
            ..this.clone()
        };
        let mut out: Vec<Recommendation> = self.untapped().map(of_synergy).collect();
        for &(from, to) in self.seen.playbook().integrations.iter().flatten() {
            let ids = (self.seen.id(from).to_owned(), self.seen.id(to).to_owned());
            if self.is_adopted(from) && self.is_adopted(to) && !self.seen.account().connections.contains(&ids) {
                out.push(Recommendation { id: format!("{} to {}", ids.0, ids.1), products: vec![from, to], ..this.clone() });
            }
        }
        out
    }

    fn fit_score(&self, p: usize, fit: &Expr) -> Found {
        let parts = parts(fit);
        let true_parts = parts.iter().filter(|part| self.seen.view.holds(part)).count();
        let next = match self.seen.view.matched_path() {
            None => Found::Missing,
            Some(_) => Found::int(i64::from(self.seen.view.next_product() == Some(p))),
        };
        let adopting = self.seen.peers().map_or(Found::Missing, |(_, figures)| {
            let stages = &figures["by_product_stage"][self.seen.id(p)];
            let adopted = STAGES[ADOPTED..].iter().filter_map(|stage| stages[*stage].as_i64()).sum();
            Found::ratio(adopted, figures["accounts"].as_i64().expect("a number"))
        });
        mean([Found::ratio(true_parts as i64, parts.len() as i64), next, adopting].into_iter())
    }

    fn cross_sell(&self) -> Vec<Recommendation> {
        let mut out = Vec::new();
        for p in self.seen.products().filter(|p| !self.seen.is_entitled(*p)) {
            let product = &self.seen.playbook().products[p];
            let Some(fit) = product.fit.as_ref().filter(|fit| self.seen.view.holds(fit)) else { continue };
            let named = use_cases_of(fit);
            let mut use_cases: Vec<String> =
                self.seen.account().use_cases.iter().flatten().filter(|case| named.contains(case)).cloned().collect();
            if use_cases.is_empty() {
                use_cases.extend(product.problem.clone());
            }
            let gap = (!use_cases.is_empty()).then(|| use_cases.join(", "));
            out.push(Recommendation { fit_score: Some(self.fit_score(p, fit)), use_cases, gap, ..self.of_product(3, p) });
        }
        out
    }

    pub fn cross_sold(&self) -> Vec<usize> {
        self.all.iter().filter(|offer| offer.kind == 3).map(|offer| offer.products[0]).collect()
    }

    fn synergy(&self, synergy: &Synergy) -> Value {
        let value = Found::or_missing(synergy.value.clone(), Found::Exact).to_json();
        let products = self.seen.ids(&synergy.products);
        object(json!({"synergy": synergy.id, "products": products, "value": value, "effort": synergy.effort}))
    }

    fn cross_sell_view(&self, offer: &Recommendation) -> Value {
        let product = &self.seen.playbook().products[offer.products[0]];
        object(json!({
            "product": product.id,
            "name": product.name,
            "fit_score": offer.fit_score.as_ref().map(Found::to_json),
            "use_cases": some(&offer.use_cases),
            "value": Found::or_missing(offer.value.clone(), Found::Exact).to_json(),
            "currency": offer.currency,
            "held_back_by": some(&offer.held_back_by),
        }))
    }

    fn recommendation(&self, offer: &Recommendation) -> Value {
        object(json!({
            "kind": KINDS[offer.kind],
            "id": offer.id,
            "products": self.seen.ids(&offer.products),
            "gap": offer.gap,
            "action": offer.action,
            "expected": offer.expected,
            "value": Found::or_missing(offer.value.clone(), Found::Exact).to_json(),
            "currency": offer.currency,
            "effort": offer.effort,
            "held_back_by": some(&offer.held_back_by),
        }))
    }

    pub fn json(&self) -> Value {
        let unlocked = self.seen.playbook().synergies.iter().filter(|synergy| self.is_unlocked(synergy));
        let mut cross_sell: Vec<&Recommendation> = self.all.iter().filter(|offer| offer.kind == 3).collect();
        cross_sell.sort_by_key(|offer| offer.products[0]);
        cross_sell.sort_by(|a, b| number(b).partial_cmp(&number(a)).expect("numbers"));
        let counted = self.all.iter().filter(|offer| offer.kind >= 2 && offer.held_back_by.is_empty());
        let total = counted.filter_map(|offer| offer.value.as_ref()).fold(Frac::int(0), |sum, value| sum.plus(value));
        json!({
            "synergies": {
                "unlocked": unlocked.map(|synergy| self.synergy(synergy)).collect::<Vec<_>>(),
                "untapped": self.untapped().map(|synergy| self.synergy(synergy)).collect::<Vec<_>>(),
            },
            "cross_sell": cross_sell.into_iter().map(|offer| self.cross_sell_view(offer)).collect::<Vec<_>>(),
            "total_expansion": Found::Exact(total).to_json(),
            "recommendations": self.all.iter().map(|offer| self.recommendation(offer)).collect::<Vec<_>>(),
        })
    }
}

/// A reason why a product is not adopted, for people.
fn in_words(reason: &str) -> String {
    let words = match reason {
        "no_seats" => "it has no seats",
        "never_used" => "it was never used",
        "addon_unknown" => "an add-on was never used",
        "tried_once" => "it was used on one day only",
        "champion_left" => "a key user has left, and usage falls",
        "stalled" => "it is no nearer to its criteria than four weeks ago",
        _ => "it is on its way",
    };
    words.to_owned()
}

/// What a play asks for.
fn action(play: &Rule) -> Option<String> {
    let titles: Vec<&str> = play.tasks.iter().map(|task| task.title.as_str()).collect();
    (!titles.is_empty()).then(|| titles.join("; "))
}

/// Of a cross-sell how well it fits; what is missing is below all.
fn number(offer: &Recommendation) -> f64 {
    offer.fit_score.as_ref().and_then(|score| score.to_json().as_f64()).unwrap_or(-1.0)
}

fn some(texts: &[String]) -> Value {
    if texts.is_empty() { Value::Null } else { json!(texts) }
}

/// By kind; then what is worth most, what takes the least, and the id.
fn by_priority(a: &Recommendation, b: &Recommendation) -> Ordering {
    let worth = |offer: &Recommendation| offer.value.clone().unwrap_or(Frac::int(0));
    let effort = |offer: &Recommendation| level(offer.effort.as_ref()).unwrap_or(usize::MAX);
    let by_worth = || worth(b).compare(&worth(a));
    a.kind.cmp(&b.kind).then_with(by_worth).then_with(|| effort(a).cmp(&effort(b))).then_with(|| a.id.cmp(&b.id))
}
