//! How the vendor and the account stand to each other: what was told of it, what people answered, what became of it.

use super::definition::{Def, Due, Heading, Of, OfAccount, Window, count};
use super::{Limit, N_UP_TO_D};
use crate::engine::day::Day;
use crate::engine::evaluate::present;
use crate::engine::facts::{Answer, Outcomes, Profile};
use crate::engine::number::Number;
use crate::engine::plan::family::{ANSWERS, DAY, OUTCOMES, PEOPLE, PROFILE, TOUCHPOINT};
use crate::input::TouchpointKind;
use crate::playbook::Arithmetic;
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature};

pub static DAYS_SINCE_TOUCHPOINT: Def = Def::new(
    Heading::Relations,
    Signature {
        naming: Some((Naming::Word(TouchpointKind::WORDS), Needed::Optional)),
        usage: "days_since_touchpoint(kind?)",
        ..Signature::plain("days_since_touchpoint", Whose::Account, Kind::Number)
    },
    TOUCHPOINT | DAY,
    Due::Rises,
    Of::Account(|of| of.days_since(of.account().signals.as_ref()?.touched(of.reading.metric.name.as_deref())?)),
    "since the latest day of a touchpoint, of that kind (`email`, `meeting`, `call`, `qbr`, `training`) or of any, however late it was read; missing \
     without one",
);

pub static HEALTH: Def = Def::new(
    Heading::Relations,
    Signature {
        naming: Some((Naming::Word(&["relationship", "service", "financial"]), Needed::Required)),
        usage: "health(part)",
        ..Signature::plain("health", Whose::Account, Kind::Number)
    },
    PROFILE,
    Due::Never,
    Of::Account(|of| {
        let profile: &Profile = of.account().profile.as_deref()?;
        let health = profile.health.as_ref()?;
        let part = match of.reading.metric.name.as_deref()? {
            "relationship" => health.relationship,
            "service" => health.service,
            _ => health.financial,
        };
        part.map(Number::Double)
    }),
    "of the account's `health`: `relationship`, `service` or `financial`, as told, a double; missing if not told",
)
.shown("health(\"service\")");

/// The latest answers of the users who are present.
fn with_answers<T>(of: &OfAccount<'_>, read: impl FnOnce(&mut dyn Iterator<Item = &Answer>) -> T) -> T {
    of.view.with_members(|members| {
        let mut answers = of.account().users.answers().peekable();
        let answer = |user| {
            while answers.next_if(|(other, _)| *other < user).is_some() {}
            answers.next_if(|(other, _)| *other == user).map(|(_, answer)| answer)
        };
        read(&mut present(members).map(|member| member.user).filter_map(answer))
    })
}

/// A metric over answers of the window.
const fn of_answers(name: &'static str, usage: &'static str) -> Signature {
    Signature::windowed(name, usage, N_UP_TO_D).of(Whose::Account).daily()
}

/// Answers leave the window.
fn an_answer_leaves(of: &OfAccount<'_>) -> Option<Day> {
    let first = with_answers(of, |answers| answers.map(|answer| answer.day).filter(|day| *day >= of.from()).min());
    first.map(|day| day + of.number())
}

pub static NPS: Def = Def::new(
    Heading::Relations,
    of_answers("nps", "nps(N?)"),
    ANSWERS | PEOPLE | DAY,
    Due::OfAccount(|of, _| an_answer_leaves(of)),
    Of::Account(|of| {
        let side = |answer: &Answer| i128::from(answer.score >= 9) - i128::from(answer.score <= 6);
        let score = |(sum, all): (i128, i128), answer: &Answer| (sum + side(answer), all + 1);
        let (sum, all) = with_answers(of, |answers| answers.filter(|answer| answer.day >= of.from()).fold((0, 0), score));
        Number::ratio(100 * sum, all)
    }),
    "100 × (share of scores of 9 and 10 − share of scores up to 6) over the latest answer of each user, as far as its day lies in the window; missing \
     without any",
)
.over(Window::Trailing);

pub static NPS_ANSWERS: Def = Def::new(
    Heading::Relations,
    of_answers("nps_answers", "nps_answers(N?)"),
    ANSWERS | PEOPLE | DAY,
    Due::OfAccount(|of, _| an_answer_leaves(of)),
    Of::Account(|of| count(with_answers(of, |answers| answers.filter(|answer| answer.day >= of.from()).count()) as u64)),
    "the number of those answers",
)
.over(Window::Trailing);

pub static DAYS_SINCE_NPS: Def = Def::new(
    Heading::Relations,
    Signature::plain("days_since_nps", Whose::Account, Kind::Number).daily(),
    ANSWERS | PEOPLE | DAY,
    Due::Rises,
    Of::Account(|of| of.days_since(with_answers(of, |answers| answers.map(|answer| answer.day).max())?)),
    "since the latest answer of any user; missing without one",
);

fn outcomes<'a>(of: &OfAccount<'a>) -> Option<&'a Outcomes> {
    of.account().signals.as_ref().map(|signals| &signals.outcomes)
}

pub static MRR: Def = Def::new(
    Heading::Relations,
    Signature::plain("mrr", Whose::Account, Kind::Number),
    OUTCOMES,
    Due::Never,
    Of::Account(|of| outcomes(of)?.mrr_on(Day::MAX).map(Number::Double)),
    "the latest level of recurring revenue by event time, a double; 0 from a churn until a later level; missing if none was told",
);

pub static MRR_CHANGE: Def = Def::new(
    Heading::Relations,
    Signature::windowed("mrr_change", "mrr_change(N)", Limit { needed: Needed::Required, ..N_UP_TO_D }).of(Whose::Account),
    OUTCOMES | DAY,
    // Each day as long as something was told after the day that it looks back to.
    Due::OfAccount(|of, _| outcomes(of)?.any_after(of.today() - of.number()).then_some(of.today() + 1)),
    Of::Account(|of| mrr_change(outcomes(of)?, of.today() - of.number())),
    "(`mrr` − that of the end of D − N) ÷ the latter, in doubles; missing where there is none, or it is 0",
)
.over(Window::Since)
.shown("mrr_change(90)");

fn mrr_change(outcomes: &Outcomes, before: Day) -> Option<Number> {
    let [now, then] = [outcomes.mrr_on(Day::MAX)?, outcomes.mrr_on(before)?].map(Number::Double);
    now.calculate(Arithmetic::Subtract, then)?.calculate(Arithmetic::Divide, then)
}

pub static CHURNED: Def = Def::new(
    Heading::Relations,
    Signature::plain("churned", Whose::Account, Kind::Boolean),
    OUTCOMES,
    Due::Never,
    Of::AccountFlag(|of| Some(outcomes(of).is_some_and(Outcomes::churned))),
    "whether a churn was told that is later, by event time, than every renewal and every `mrr` above 0. A boolean, never missing",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::facts::Outcome;

    #[test]
    fn revenue_changes_against_what_it_was_at_the_end_of_a_day() {
        let told = |levels: &[(&str, Day, Option<f64>)]| {
            let mut outcomes = Outcomes::default();
            for &(kind, day, amount) in levels {
                let outcome = Outcome { kind: kind.to_owned(), amount, day, time_ms: i64::from(day) * 86_400_000, ..Outcome::default() };
                outcomes.tell(outcome, 1_000);
            }
            outcomes
        };
        for (levels, before, expected) in [
            (&[][..], 10, None),
            (&[("mrr", 11, Some(100.0))], 10, None),
            (&[("mrr", 10, Some(100.0))], 10, Some(0.0)),
            (&[("mrr", 10, Some(100.0)), ("mrr", 11, Some(150.0))], 10, Some(0.5)),
            (&[("mrr", 10, Some(100.0)), ("churn", 11, None)], 10, Some(-1.0)),
            // From nothing no change is reckoned.
            (&[("mrr", 9, Some(100.0)), ("churn", 10, None), ("mrr", 11, Some(50.0))], 10, None),
            (&[("mrr", 10, Some(-8.0)), ("mrr", 12, Some(-4.0))], 10, Some(-0.5)),
        ] {
            assert_eq!(mrr_change(&told(levels), before), expected.map(Number::Double), "{levels:?}");
        }
    }
}
