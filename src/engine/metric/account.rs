//! What is known of an account as a whole.

use super::N_UP_TO_D;
use super::definition::{Def, Due, Heading, Of, OfAccount, Window};
use crate::engine::account::Account;
use crate::engine::day::Day;
use crate::engine::facts::Profile;
use crate::engine::number::Number;
use crate::engine::plan::family::{ACTIVE_DAY, DAY, PROFILE};
use crate::playbook::vocabulary::{Kind, Naming, Needed, Of as Whose, Signature};

pub static PRODUCTS_ACTIVE: Def = Def::new(
    Heading::Account,
    Signature::plain("products_active", Whose::Account, Kind::Number),
    ACTIVE_DAY | DAY,
    Due::Tomorrow,
    Of::Account(|of| {
        let from = of.today() - Day::from(of.reading.metric.number) + 1;
        Some(Number::integer(of.named().filter(|product| product.facts.events.any(from, of.today())).count() as i64))
    }),
    "products with usage within `window_days`",
)
.over(Window::Trailing);

pub static OBSERVED_DAYS: Def = Def::new(
    Heading::Account,
    Signature::plain("observed_days", Whose::Account, Kind::Number),
    DAY,
    Due::Rises,
    Of::Account(|of| of.days_since(of.account().began)),
    "since the account began",
);

fn profile(account: &Account) -> Option<&Profile> {
    account.profile.as_deref()
}

pub static EMPLOYEES: Def = Def::new(
    Heading::Account,
    Signature::plain("employees", Whose::Account, Kind::Number),
    PROFILE,
    Due::Never,
    Of::Account(|of| Some(Number::integer(profile(of.account())?.employees?.into()))),
    "missing if not told",
);

/// A text of the profile.
const fn text(name: &'static str, value: for<'a> fn(&OfAccount<'a>) -> Option<&'a str>) -> Def {
    let signature = Signature::plain(name, Whose::Account, Kind::Text);
    Def::new(Heading::Account, signature, PROFILE, Due::Never, Of::AccountText(value), "text; missing if not told")
}

pub static NAME: Def = text("name", |of| profile(of.account())?.name.as_deref());
pub static INDUSTRY: Def = text("industry", |of| profile(of.account())?.industry.as_deref());
pub static REGION: Def = text("region", |of| profile(of.account())?.region.as_deref());
pub static OWNER: Def = text("owner", |of| profile(of.account())?.owner.as_deref());
pub static ACCOUNT_EXECUTIVE: Def = text("account_executive", |of| profile(of.account())?.account_executive.as_deref());
pub static SUCCESS_ROLE: Def = text("success_role", |of| profile(of.account())?.success_role.as_deref());

pub static USE_CASES: Def = Def::new(
    Heading::Account,
    Signature::plain("use_cases", Whose::Account, Kind::List),
    PROFILE,
    Due::Never,
    Of::AccountList(|of| Some(profile(of.account())?.use_cases.as_ref()?.iter().map(String::as_str).collect())),
    "list; missing if not told",
);

pub static ARR: Def = Def::new(
    Heading::Account,
    Signature::plain("arr", Whose::Account, Kind::Number),
    PROFILE,
    Due::Never,
    Of::Account(|of| Some(Number::Double(profile(of.account())?.contract.as_ref()?.arr?))),
    "of the account's `contract`; a double",
);

pub static DAYS_TO_RENEWAL: Def = Def::new(
    Heading::Account,
    Signature::plain("days_to_renewal", Whose::Account, Kind::Number),
    PROFILE | DAY,
    Due::Falls,
    Of::Account(|of| {
        let renewal = profile(of.account())?.contract.as_ref()?.renewal?;
        Some(Number::integer(i64::from(renewal) - i64::from(of.today())))
    }),
    "of the account's `contract`; negative once past",
);

pub static ONBOARDED_DAYS: Def = Def::new(
    Heading::Account,
    Signature::plain("onboarded_days", Whose::Account, Kind::Number),
    PROFILE | DAY,
    Due::Rises,
    Of::Account(|of| of.days_since(profile(of.account())?.onboarding_completed?)),
    "since `onboarding_completed`; negative before it",
);

pub static HOLIDAY: Def = Def::new(
    Heading::Account,
    Signature {
        of: Whose::Account,
        kind: Kind::Boolean,
        ..Signature::named("holiday", "holiday(calendar, N?)", (Naming::Calendar, Needed::Required), N_UP_TO_D)
    },
    DAY,
    Due::Calendar,
    Of::AccountFlag(|of| {
        let calendar = of.reading.metric.name.as_deref().map(|name| of.view.plan.calendar(name));
        let to = of.today();
        Some(calendar.is_some_and(|calendar| calendar.has_day_within(to - Day::from(of.reading.metric.number) + 1, to)))
    }),
    "whether a day of the window is in that calendar of the playbook, whose periods include both ends. A boolean, never missing",
)
.over(Window::Trailing)
.shown("holiday(\"calendar\")");
