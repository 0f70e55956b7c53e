//! Who of an account's people uses its products, all together.

use hashbrown::HashSet;

use super::change::{self, Compared};
use super::definition::{Def, Due, Heading, Of, OfAccount, Window, count};
use super::{Limit, N_OF_CHANGE, N_UP_TO_D};
use crate::engine::account::AccountProduct;
use crate::engine::day::Day;
use crate::engine::evaluate::present;
use crate::engine::facts::{UserIndex, UserProfile};
use crate::engine::number::Number;
use crate::engine::people::Member;
use crate::engine::plan::family::{ACTIVE_DAY, DAILY_USERS, DAY, PAST, PEOPLE, PROFILE, TERM, USERS};
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature, Through};

/// What moves what is read of the days of all users.
const DAYS: u32 = USERS | DAILY_USERS | ACTIVE_DAY | PAST | PEOPLE | DAY;

/// A metric over the trailing window.
const fn windowed(name: &'static str, usage: &'static str) -> Signature {
    Signature::windowed(name, usage, N_UP_TO_D).of(Whose::Account).daily()
}

const fn plain(name: &'static str) -> Signature {
    Signature::plain(name, Whose::Account, Kind::Number).daily()
}

pub static USERS_KNOWN: Def = Def::new(
    Heading::Audience,
    plain("users_known"),
    PEOPLE,
    Due::Never,
    Of::Account(|of| count(of.view.with_members(|members| present(members).count() as u64))),
    "users: those whom an event ever named, who are present: not internal, not gone, and nobody else",
);

pub static ACTIVE_USERS: Def = Def::new(
    Heading::Audience,
    windowed("active_users", "active_users(N?)"),
    DAYS,
    Due::WhileUsed,
    Of::Account(|of| count(active_users(of))),
    "distinct users with usage of a named product in the window",
)
.over(Window::Trailing);

fn active_users(of: &OfAccount<'_>) -> u64 {
    of.view.with_members(|members| present(members).filter(|member| is_active(member, of.number())).count() as u64)
}

/// Whether a user is active on one of the last so many days.
fn is_active(member: &Member, days: Day) -> bool {
    member.days.count(days, 0) > 0
}

pub static LOGIN_RATE: Def = Def::new(
    Heading::Audience,
    windowed("login_rate", "login_rate(N?)"),
    DAYS,
    Due::WhileUsed,
    Of::Account(|of| {
        let (active, all) = of.view.with_members(|members| {
            let active = |(active, all), member: &Member| (active + i128::from(is_active(member, of.number())), all + 1);
            present(members).fold((0, 0), active)
        });
        Number::ratio(active, all)
    }),
    "`active_users(N)` ÷ `users_known`; missing at 0",
)
.over(Window::Trailing);

pub static EXPOSURE: Def = Def::new(
    Heading::Audience,
    windowed("exposure", "exposure(N?)"),
    DAYS | PROFILE | TERM,
    Due::OfAccount(|of, _| {
        let change = |product: &AccountProduct| {
            product.facts.entitlements.next_change(of.today(), of.view.plan.grace_days)
        };
        let is_used = (of.account().last_use() >= of.from()).then_some(of.today() + 1);
        of.named().filter_map(change).chain(is_used).min()
    }),
    Of::Account(|of| {
        let employees = of.account().profile.as_ref().and_then(|profile| profile.employees).filter(|employees| *employees > 0);
        let seats = || of.named().filter_map(|product| product.facts.entitlements.seats()).map(|(seats, _)| seats).max();
        let people = employees.map(u64::from).or_else(seats)?;
        Number::ratio(active_users(of).into(), people.into())
    }),
    "`active_users(N)` ÷ `employees`, or where those are not told, or none, ÷ the greatest `seats` of a product; missing without either, and at 0",
)
.over(Window::Trailing);

pub static STICKINESS: Def = Def::new(
    Heading::Audience,
    windowed("stickiness", "stickiness(N?)"),
    DAYS,
    Due::WhileUsed,
    Of::Account(|of| {
        let (days, active) = of.view.with_members(|members| {
            let counts = present(members).map(|member| member.days.count(of.number(), 0)).filter(|days| *days > 0);
            counts.fold((0, 0), |(sum, active), days| (sum + i128::from(days), active + 1))
        });
        Number::ratio(days, i128::from(of.number()) * active)
    }),
    "mean over the N days of that day's distinct users ÷ `active_users(N)`; missing at 0 users",
)
.over(Window::Trailing);

pub static USERS_CHANGE: Def = Def::new(
    Heading::Audience,
    Signature::windowed("users_change", "users_change(N)", N_OF_CHANGE).of(Whose::Account).daily(),
    DAYS,
    Due::OfAccount(|of, _| change::due(of.account().first_use(), of.account().last_use(), of.complete() - 2 * of.number() + 1, of.today())),
    Of::Account(|of| {
        let days = Compared::new(of.number(), of.complete()).since(of.account().first_use())?;
        days.change(|(from, to)| {
            let within = |member: &&Member| member.days.count(to - from + 1, of.today() - to) > 0;
            of.view.with_members(|members| present(members).filter(within).count() as u64)
        })
    }),
    "`usage_change` of distinct users; missing where previous has none, and where the first use of any product lies after previous began",
)
.over(Window::Two)
.shown("users_change(14)");

/// How many different texts users have, of those who are active within so many days, or of all; missing where nobody has one.
fn distinct(of: &OfAccount<'_>, active_within: Option<Day>, text: fn(&UserProfile) -> Option<&str>) -> Option<Number> {
    of.view.with_members(|members| {
        let mut profiles = of.account().users.profiles().peekable();
        let (mut texts, mut is_any) = (HashSet::new(), false);
        for member in members {
            // Users who are somebody else have profiles, too.
            while profiles.next_if(|(user, _)| *user < member.user).is_some() {}
            let Some((_, profile)) = profiles.next_if(|(user, _)| *user == member.user) else { continue };
            if let Some(text) = text(profile).filter(|_| member.is_present()) {
                is_any = true;
                if active_within.is_none_or(|days| is_active(member, days)) {
                    texts.insert(text);
                }
            }
        }
        if is_any { count(texts.len() as u64) } else { None }
    })
}

fn department(profile: &UserProfile) -> Option<&str> {
    profile.department.as_deref()
}

fn level(profile: &UserProfile) -> Option<&str> {
    profile.level.as_deref()
}

pub static DEPARTMENTS: Def = Def::new(
    Heading::Audience,
    plain("departments"),
    PEOPLE,
    Due::Never,
    Of::Account(|of| distinct(of, None, department)),
    "distinct departments of users; missing where nobody has one",
);

pub static DEPARTMENTS_ACTIVE: Def = Def::new(
    Heading::Audience,
    windowed("departments_active", "departments_active(N?)"),
    DAYS,
    Due::WhileUsed,
    Of::Account(|of| distinct(of, Some(of.number()), department)),
    "those of users who are active in the window; missing where no user has one, active or not",
)
.over(Window::Trailing);

pub static LEVELS: Def = Def::new(
    Heading::Audience,
    plain("levels"),
    PEOPLE,
    Due::Never,
    Of::Account(|of| distinct(of, None, level)),
    "distinct levels of users; missing where nobody has one",
);

pub static LEVELS_ACTIVE: Def = Def::new(
    Heading::Audience,
    windowed("levels_active", "levels_active(N?)"),
    DAYS,
    Due::WhileUsed,
    Of::Account(|of| distinct(of, Some(of.number()), level)),
    "those of users who are active in the window; missing where no user has one, active or not",
)
.over(Window::Trailing);

pub static PERSONA: Def = Def::new(
    Heading::Audience,
    Signature {
        naming: Some((Naming::Persona, Needed::Required)),
        usage: "persona(id)",
        ..Signature::plain("persona", Whose::Account, Kind::Number)
    }
    .daily()
    .through(Through::Persona),
    PEOPLE,
    Due::Tomorrow,
    Of::Account(|of| {
        let persona = &of.view.plan.personas[usize::from(of.reading.place?)];
        of.view.share_of_users(&persona.keeps, &persona.among)
    }),
    "the share of the users of whom the persona's `among` is true of whom its `keeps` is; missing where there are none",
)
.shown("persona(\"id\")");

/// Days D−2N ..= D are read.
const N_OF_GONE: Limit = Limit { days: 2, beside: 1, ..N_UP_TO_D };

pub static KEY_USERS_GONE: Def = Def::new(
    Heading::Audience,
    Signature::windowed("key_users_gone", "key_users_gone(N?)", N_OF_GONE).of(Whose::Account).daily(),
    DAYS,
    // Who has left may leave the window, too.
    Due::Tomorrow,
    Of::Account(|of| count(key_users_gone(of))),
    "users whose profile has `key`, those who are gone, too, but none who are internal: whose `left` lies in the window, or who, without `left`, were \
     active on at least 4 of the days D − 2N to D − N − 1, and on none since",
)
.over(Window::SinceTwice);

fn key_users_gone(of: &OfAccount<'_>) -> u64 {
    /// Who was active on fewer days is not missed.
    const ACTIVE_DAYS_MIN: u32 = 4;
    let (account, number) = (of.account(), of.number());
    let is_gone = |(user, profile): &(UserIndex, &UserProfile)| match profile.left {
        Some(left) => (of.from()..=of.today()).contains(&left),
        None => {
            let days = of.view.days_of(*user);
            days.count(number + 1, 0) == 0 && days.count(number, number + 1) >= ACTIVE_DAYS_MIN
        }
    };
    let key_users = account
        .users
        .profiles()
        .filter(|(user, profile)| profile.is_key() && !profile.is_internal() && account.users.merged(*user) == *user);
    key_users.filter(is_gone).count() as u64
}
