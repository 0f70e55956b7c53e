//! What was concluded, read as it stands.

use super::definition::{Def, Due, Heading, Of, OfAccount, count};
use crate::engine::account::Account;
use crate::engine::day::{Day, NEVER};
use crate::engine::plan::Reading;
use crate::engine::plan::family::{DAY, VERDICTS};
use crate::engine::subject::Subject;
use crate::playbook::ProductIndex;
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature, Verdict};

/// Of what is named by its id.
const fn named(name: &'static str, usage: &'static str, of: Whose, kind: Kind, naming: Naming) -> Signature {
    Signature { naming: Some((naming, Needed::Required)), usage, ..Signature::plain(name, of, kind) }
}

pub static SEGMENT: Def = Def::new(
    Heading::Verdicts,
    named("segment", "segment(id)", Whose::Account, Kind::Boolean, Naming::Verdict(Verdict::Segment)),
    VERDICTS,
    Due::Never,
    Of::AccountFlag(|of| Some(of.reading.place.is_some_and(|segment| of.account().is_in(segment)))),
    "whether the account is in the segment. A boolean, never missing",
)
.shown("segment(\"id\")");

/// The day on which a milestone was reached, of the account or of a product.
fn reached(account: &Account, reading: &Reading, product: Option<ProductIndex>) -> Option<Day> {
    let milestone = reading.place?;
    account.milestones.iter().find(|known| (known.milestone, known.product) == (milestone, product)).map(|known| known.day)
}

const MILESTONE_DOC: &str = "whether the milestone has been reached. A boolean, never missing";
const DAYS_SINCE_DOC: &str = "since the milestone was reached; missing if it was not";

const fn milestone(of: Whose) -> Signature {
    named("milestone", "milestone(id)", of, Kind::Boolean, Naming::Verdict(Verdict::Milestone))
}

const fn days_since_milestone(of: Whose) -> Signature {
    named("days_since_milestone", "days_since_milestone(id)", of, Kind::Number, Naming::Verdict(Verdict::Milestone))
}

pub static MILESTONE: Def = Def::new(
    Heading::Verdicts,
    milestone(Whose::Account),
    VERDICTS,
    Due::Never,
    Of::AccountFlag(|of| Some(reached(of.account(), of.reading, None).is_some())),
    MILESTONE_DOC,
)
.shown("milestone(\"id\")");

pub static MILESTONE_OF_PRODUCT: Def = Def::new(
    Heading::Verdicts,
    milestone(Whose::Product),
    VERDICTS,
    Due::Never,
    Of::ProductFlag(|of| Some(reached(of.view.account, of.reading, Some(of.index)).is_some())),
    MILESTONE_DOC,
)
.shown("milestone(\"id\")");

pub static DAYS_SINCE_MILESTONE: Def = Def::new(
    Heading::Verdicts,
    days_since_milestone(Whose::Account),
    VERDICTS | DAY,
    Due::Rises,
    Of::Account(|of| of.days_since(reached(of.account(), of.reading, None).unwrap_or(NEVER))),
    DAYS_SINCE_DOC,
)
.shown("days_since_milestone(\"id\")");

pub static DAYS_SINCE_MILESTONE_OF_PRODUCT: Def = Def::new(
    Heading::Verdicts,
    days_since_milestone(Whose::Product),
    VERDICTS | DAY,
    Due::Rises,
    Of::Product(|of| of.days_since(reached(of.view.account, of.reading, Some(of.index)).unwrap_or(NEVER))),
    DAYS_SINCE_DOC,
)
.shown("days_since_milestone(\"id\")");

/// Whether an alert or a play is open of one of these subjects.
fn is_open(account: &Account, reading: &Reading, of: impl Fn(Subject) -> bool) -> bool {
    account.open_incidents().any(|(key, _)| Some(key.rule) == reading.place && of(key.subject))
}

const OPEN_DOC: &str = "whether it is open of this subject, or of its account. A boolean, never missing";
const OPEN_OF_ANY_DOC: &str = "whether it is open of the account, of a product or of a user. A boolean, never missing";

/// Of the account, or of any of its subjects.
const fn open_of_any(name: &'static str, usage: &'static str, verdict: Verdict) -> Def {
    let signature = named(name, usage, Whose::Account, Kind::Boolean, Naming::Verdict(verdict));
    let value = Of::AccountFlag(|of| Some(is_open(of.account(), of.reading, |_| true)));
    Def::new(Heading::Verdicts, signature, VERDICTS, Due::Never, value, OPEN_OF_ANY_DOC)
}

const fn open_of_product(name: &'static str, usage: &'static str, verdict: Verdict) -> Def {
    let signature = named(name, usage, Whose::Product, Kind::Boolean, Naming::Verdict(verdict));
    let value = Of::ProductFlag(|of| {
        let is_meant = |subject| subject == Subject::Account || subject == Subject::Product(of.index);
        Some(is_open(of.view.account, of.reading, is_meant))
    });
    Def::new(Heading::Verdicts, signature, VERDICTS, Due::Never, value, OPEN_DOC)
}

const fn open_of_user(name: &'static str, usage: &'static str, verdict: Verdict) -> Def {
    let signature = named(name, usage, Whose::User, Kind::Boolean, Naming::Verdict(verdict));
    let value = Of::UserFlag(|of| {
        let is_meant = |subject: Subject| subject == Subject::Account || subject.user() == Some(of.user);
        Some(is_open(of.view.account, of.reading, is_meant))
    });
    Def::new(Heading::Verdicts, signature, VERDICTS, Due::Never, value, OPEN_DOC)
}

pub static ALERT_OPEN: Def = open_of_any("alert_open", "alert_open(id)", Verdict::Alert).shown("alert_open(\"id\")");
pub static ALERT_OPEN_OF_PRODUCT: Def = open_of_product("alert_open", "alert_open(id)", Verdict::Alert).shown("alert_open(\"id\")");
pub static ALERT_OPEN_OF_USER: Def = open_of_user("alert_open", "alert_open(id)", Verdict::Alert).shown("alert_open(\"id\")");
pub static PLAY_OPEN: Def = open_of_any("play_open", "play_open(id)", Verdict::Play).shown("play_open(\"id\")");
pub static PLAY_OPEN_OF_PRODUCT: Def = open_of_product("play_open", "play_open(id)", Verdict::Play).shown("play_open(\"id\")");
pub static PLAY_OPEN_OF_USER: Def = open_of_user("play_open", "play_open(id)", Verdict::Play).shown("play_open(\"id\")");

/// Of plays, of one group or of all.
const fn of_plays(name: &'static str, usage: &'static str) -> Signature {
    let naming = Some((Naming::Group, Needed::Optional));
    Signature { naming, usage, ..Signature::plain(name, Whose::Account, Kind::Number) }
}

/// The plays that are meant: those of the group that is named, or all.
fn plays_meant<'a>(of: &OfAccount<'a>) -> &'a [u16] {
    let plan = of.view.plan;
    of.reading.place.map_or(&plan.plays, |group| &plan.groups[usize::from(group)])
}

pub static OPEN_PLAYS: Def = Def::new(
    Heading::Verdicts,
    of_plays("open_plays", "open_plays(group?)"),
    VERDICTS,
    Due::Never,
    Of::Account(|of| {
        let plays = plays_meant(of);
        count(of.account().open_incidents().filter(|(key, _)| plays.contains(&key.rule)).count() as u64)
    }),
    "open plays (of that group) of the account, of its products and of its users. Guardrails and campaigns read it",
)
.shown("open_plays(\"group\")");

pub static DAYS_SINCE_PLAY: Def = Def::new(
    Heading::Verdicts,
    of_plays("days_since_play", "days_since_play(group?)"),
    VERDICTS | DAY,
    Due::Rises,
    Of::Account(|of| {
        let plays = plays_meant(of);
        let openings = of.account().plays.as_ref().map_or(&[] as &[_], |plays| &plays.openings);
        let opened = openings.iter().filter(|(play, _)| plays.contains(play)).map(|(_, day)| *day);
        of.days_since(opened.max().unwrap_or(NEVER))
    }),
    "since a play (of that group) last opened, of the account, of a product or of a user; missing if none ever did. Guardrails and campaigns read it",
)
.shown("days_since_play(\"group\")");

pub static BENCHMARK: Def = Def::new(
    Heading::Verdicts,
    named("benchmark", "benchmark(name)", Whose::Account, Kind::Number, Naming::Benchmark),
    VERDICTS,
    Due::Never,
    Of::Account(|of| {
        let segments = &of.view.plan.benchmarks[usize::from(of.reading.place?)];
        segments.iter().find(|(segment, _)| of.account().is_in(*segment)).map(|(_, number)| *number)
    }),
    "the benchmark of that name of the first segment in file order that the account is in and that names it; missing without one",
)
.shown("benchmark(\"name\")");
