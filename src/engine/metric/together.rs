//! How the products that the playbook names belong together.

use smallvec::SmallVec;

use super::definition::{Def, Due, Gap, Heading, Of, OfAccount, Window, count};
use super::{N_UP_TO_D, entitled_due};
use crate::engine::day::Day;
use crate::engine::facts::Led;
use crate::engine::names::NameId;
use crate::engine::number::Number;
use crate::engine::plan::family::{ACTIVE_DAY, CONNECTION, DAY, TERM, WORKFLOW};
use crate::engine::plan::{Synergy, Truth};
use crate::playbook::ProductIndex;
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature, Through};

/// What moves which products an account is entitled to.
const ENTITLED: u32 = TERM | ACTIVE_DAY | DAY;

const fn plain(name: &'static str) -> Signature {
    Signature::plain(name, Whose::Account, Kind::Number)
}

pub static INTEGRATIONS_ACTIVE: Def = Def::new(
    Heading::Account,
    plain("integrations_active"),
    CONNECTION,
    Due::Never,
    Of::Account(|of| count(active(of))),
    "directed connections in place between named products: those of the playbook's `integrations`, without any there all",
);

pub static INTEGRATIONS_POSSIBLE: Def = Def::new(
    Heading::Account,
    plain("integrations_possible"),
    ENTITLED,
    Due::OfAccount(another_is_entitled),
    Of::Account(|of| count(possible(of))),
    "ordered pairs of products whose `entitled` rung holds: those of the playbook's `integrations`, without any there all",
);

pub static INTEGRATION_SCORE: Def = Def::new(
    Heading::Account,
    plain("integration_score"),
    CONNECTION | ENTITLED,
    Due::OfAccount(another_is_entitled),
    Of::Account(|of| score(active(of), possible(of))),
    "100 × `integrations_active` ÷ `integrations_possible`, at most 100; missing at 0 possible",
);

pub static SYNERGIES_UNLOCKED: Def = Def::new(
    Heading::Account,
    plain("synergies_unlocked").through(Through::Synergies),
    0,
    Due::Tomorrow,
    Of::Account(|of| {
        let is_unlocked = |synergy: &&Synergy| of.view.truth(&synergy.by) == Truth::True;
        count(of.view.plan.synergies.iter().filter(is_unlocked).count() as u64)
    }),
    "the playbook's synergies whose `by` holds",
);

pub static SYNERGIES_UNTAPPED: Def = Def::new(
    Heading::Account,
    plain("synergies_untapped").through(Through::Synergies),
    ENTITLED,
    Due::Tomorrow,
    Of::Account(|of| {
        let entitled = entitled(of);
        let synergies = of.view.plan.synergies.iter().filter(|synergy| synergy.products.iter().all(|product| entitled.contains(product)));
        count(synergies.filter(|synergy| of.view.truth(&synergy.by) != Truth::True).count() as u64)
    }),
    "those whose `by` does not hold, of products whose `entitled` rung holds, of all of them",
);

pub static WORKFLOW_RUNS: Def = Def::new(
    Heading::Account,
    Signature::named("workflow_runs", "workflow_runs(name?, N?)", (Naming::Workflow, Needed::Optional), N_UP_TO_D).of(Whose::Account),
    WORKFLOW | DAY,
    Due::OfAccount(|of, _| runs(of).any(|led| led.runs.any(of.from(), of.today())).then_some(of.today() + 1)),
    Of::Account(|of| {
        let wanted = of.reading.metric.name.as_ref().map(|_| of.reading.name);
        let runs = runs(of).filter(|led| wanted.is_none_or(|name| name == Some(led.name)));
        count(runs.fold(0, |sum, led| sum.saturating_add(led.runs.sum(of.from(), of.today()))))
    }),
    "sum of `quantity` of the workflow runs in the window that include a named product, each once",
)
.over(Window::Trailing);

/// Runs that include a product which the playbook names.
fn runs<'a>(of: &OfAccount<'a>) -> impl Iterator<Item = &'a Led> + use<'a> {
    let plan = of.view.plan;
    let is_named = |name: &NameId| plan.is_named(plan.aliases.product(*name));
    let products = of.account().products.iter();
    products
        .flat_map(move |product| product.facts.led().iter().filter(move |led| product.index.is_some() || led.others.iter().any(is_named)))
}

fn entitled(of: &OfAccount<'_>) -> SmallVec<[ProductIndex; 16]> {
    of.view.entitled().map(|(index, _)| index).collect()
}

fn another_is_entitled(of: &OfAccount<'_>, _: Gap) -> Option<Day> {
    of.named().filter_map(|product| entitled_due(product, of.today(), of.view.plan.grace_days)).min()
}

fn active(of: &OfAccount<'_>) -> u64 {
    let plan = of.view.plan;
    // The names of the playbook's products are its product indexes.
    let named = |name: NameId| plan.is_named(name).then_some(ProductIndex(name.0 as u16));
    let between_named = of.account().connections.iter().filter_map(|(from, to)| named(*from).zip(named(*to)));
    between_named.filter(|pair| plan.integrations.is_empty() || plan.integrations.contains(pair)).count() as u64
}

fn possible(of: &OfAccount<'_>) -> u64 {
    let (plan, entitled) = (of.view.plan, entitled(of));
    if plan.integrations.is_empty() {
        return (entitled.len() * entitled.len().saturating_sub(1)) as u64;
    }
    plan.integrations.iter().filter(|(from, to)| entitled.contains(from) && entitled.contains(to)).count() as u64
}

fn score(active: u64, possible: u64) -> Option<Number> {
    // More may be connected than are possible: connections outlast terms.
    Number::ratio(100 * i128::from(active.min(possible)), possible.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_hundred_at_most_and_missing_where_nothing_is_possible() {
        for (active, possible, expected) in
            [(0, 0, None), (3, 0, None), (0, 6, Some(0)), (3, 6, Some(50)), (6, 6, Some(100)), (7, 6, Some(100))]
        {
            let found = score(active, possible).map(|score| score.compare(Number::integer(expected.unwrap_or(-1))));
            assert_eq!(found, expected.map(|_| Some(std::cmp::Ordering::Equal)), "{active} of {possible}");
        }
        assert_eq!(score(1, 6), Number::ratio(100, 6));
    }
}
