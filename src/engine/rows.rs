//! Rows: what lists of accounts and of users show, and what worklists choose by and are in order of. Their fields, and the figures of an account
//! or a user as it stands on the account's day D, read by the metrics that there are.

use smallvec::SmallVec;

use super::account::{Account, Stage};
use super::day::Day;
use super::evaluate::{Value, View, integer, present};
use super::facts::UserIndex;
use super::metric::{OfAccount, features_by_day};
use super::number::Number;
use super::plan::Reading;
use super::{AccountIndex, Engine};
use crate::playbook::vocabulary::{Kind, Signature};
use crate::playbook::{Of, ProductIndex, RuleKind};

const fn of_account(name: &'static str, kind: Kind) -> Signature {
    Signature::plain(name, Of::Account, kind)
}

const fn of_user(name: &'static str, kind: Kind) -> Signature {
    Signature::plain(name, Of::User, kind)
}

/// Of a row of an account, in the reference's order.
pub static ACCOUNT_ROW: [Signature; 25] = [
    of_account("account", Kind::Text),
    of_account("name", Kind::Text),
    of_account("owner", Kind::Text),
    of_account("success_role", Kind::Text),
    of_account("segment", Kind::Text),
    of_account("stage", Kind::Text),
    of_account("products", Kind::List),
    of_account("products_entitled", Kind::Number),
    of_account("products_adopted", Kind::Number),
    of_account("breadth", Kind::Number),
    of_account("adoption_score", Kind::Number),
    of_account("band", Kind::Text),
    of_account("health", Kind::Number),
    of_account("license_utilization", Kind::Number),
    of_account("active_users", Kind::Number),
    of_account("features_used_14d", Kind::Number),
    of_account("modules_used_14d", Kind::Number),
    of_account("usage_change_30", Kind::Number),
    of_account("days_since_use", Kind::Number),
    of_account("days_since_touchpoint", Kind::Number),
    of_account("days_to_renewal", Kind::Number),
    of_account("arr", Kind::Number),
    of_account("open_alerts", Kind::Number),
    of_account("open_plays", Kind::Number),
    // A date, `2026-12-24`.
    of_account("next_due", Kind::Text),
];

/// Of a row of a user, in the reference's order.
pub static USER_ROW: [Signature; 13] = [
    of_user("account", Kind::Text),
    of_user("user", Kind::Text),
    of_user("name", Kind::Text),
    of_user("role", Kind::Text),
    of_user("level", Kind::Text),
    of_user("department", Kind::Text),
    of_user("key", Kind::Boolean),
    of_user("products_used", Kind::Number),
    of_user("features_used_14d", Kind::Number),
    of_user("active_days", Kind::Number),
    of_user("days_since_use", Kind::Number),
    of_user("days_since_touchpoint", Kind::Number),
    of_user("nps_score", Kind::Number),
];

/// Days of which a row tells the features that were used on each.
pub const DAYS_SHOWN: usize = 14;

/// Days over which features and modules are counted.
const FORTNIGHT: u16 = 14;
/// Days by which use is compared.
const MONTH: u16 = 30;

/// The figures of an account's row. What is not known is missing.
#[derive(Clone, Debug)]
pub struct AccountFigures<'a> {
    pub account: &'a str,
    pub name: Option<&'a str>,
    pub owner: Option<&'a str>,
    pub success_role: Option<&'a str>,
    /// The first in file order that the account is in, by its index in the playbook.
    pub segment: Option<u16>,
    /// The account stage's index in the playbook.
    pub stage: u8,
    /// Those whose stage is not `none`, in the playbook's order.
    pub products: SmallVec<[ProductIndex; 8]>,
    pub products_entitled: Option<Number>,
    pub products_adopted: Option<Number>,
    pub breadth: Option<Number>,
    /// The measure that the playbook's view names.
    pub adoption_score: Option<Number>,
    /// Of that measure, as it was published last.
    pub band: Option<&'a str>,
    /// Likewise a measure.
    pub health: Option<Number>,
    /// Users ÷ seats, of products with seats, all together.
    pub license_utilization: Option<Number>,
    pub active_users: Option<Number>,
    pub features_used: Option<Number>,
    /// On D − 13, …, D.
    pub features_by_day: [u32; DAYS_SHOWN],
    pub modules_used: Option<Number>,
    pub usage_change: Option<Number>,
    pub days_since_use: Option<Number>,
    pub days_since_touchpoint: Option<Number>,
    pub days_to_renewal: Option<Number>,
    pub arr: Option<Number>,
    pub open_alerts: u32,
    pub open_plays: u32,
    /// The earliest day by which an open play, or an open task of one, is due.
    pub next_due: Option<Day>,
}

/// The figures of a user's row.
#[derive(Clone, Debug)]
pub struct UserFigures<'a> {
    pub account: &'a str,
    pub user: &'a str,
    pub name: Option<&'a str>,
    pub role: Option<&'a str>,
    pub level: Option<&'a str>,
    pub department: Option<&'a str>,
    pub key: bool,
    pub products_used: Option<Number>,
    pub features_used: Option<Number>,
    pub active_days: Option<Number>,
    pub days_since_use: Option<Number>,
    pub days_since_touchpoint: Option<Number>,
    pub nps_score: Option<Number>,
}

/// The readings of one playbook's rows.
#[derive(Debug)]
pub struct RowReadings {
    name: Reading,
    owner: Reading,
    success_role: Reading,
    products_entitled: Reading,
    products_adopted: Reading,
    breadth: Reading,
    active_users: Reading,
    features_used: Reading,
    modules_used: Reading,
    usage_change: Reading,
    days_since_use: Reading,
    days_since_touchpoint: Reading,
    days_to_renewal: Reading,
    arr: Reading,
    /// Of each product users and seats.
    products: Vec<[Reading; 2]>,
    users: UserReadings,
}

#[derive(Debug)]
struct UserReadings {
    name: Reading,
    role: Reading,
    level: Reading,
    department: Reading,
    key: Reading,
    products_used: Reading,
    features_used: Reading,
    active_days: Reading,
    days_since_use: Reading,
    days_since_touchpoint: Reading,
    nps_score: Reading,
}

impl Engine {
    /// Hands over the accounts that have changed since it was called last: at first all. Whoever shows one as it stands says so by
    /// [`Engine::mark_listed`].
    pub fn take_unlisted(&mut self) -> Vec<AccountIndex> {
        std::mem::take(&mut self.followers.unlisted)
    }

    /// From now on a change of the account is one that lists do not show.
    pub fn mark_listed(&mut self, index: AccountIndex) {
        self.accounts[index as usize].unlisted = false;
    }

    pub fn row_readings(&self) -> RowReadings {
        let playbook = &self.playbook;
        let reading = |of: Of, product: Option<ProductIndex>, name: &str, number: Option<u16>| {
            let signature = playbook.vocabulary.signature(name, of).expect("it is among the engine's metrics");
            Reading::of(signature, product, number, playbook)
        };
        let account = |name, number| reading(Of::Account, None, name, number);
        let user = |name, number| reading(Of::User, None, name, number);
        let of_product = |index| ["active_users", "seats"].map(|name| reading(Of::Product, Some(ProductIndex(index)), name, None));
        RowReadings {
            name: account("name", None),
            owner: account("owner", None),
            success_role: account("success_role", None),
            products_entitled: account("products_entitled", None),
            products_adopted: account("products_adopted", None),
            breadth: account("breadth", None),
            active_users: account("active_users", None),
            features_used: account("features_used", Some(FORTNIGHT)),
            modules_used: account("modules_used", Some(FORTNIGHT)),
            usage_change: account("usage_change", Some(MONTH)),
            days_since_use: account("days_since_use", None),
            days_since_touchpoint: account("days_since_touchpoint", None),
            days_to_renewal: account("days_to_renewal", None),
            arr: account("arr", None),
            products: (0..playbook.products.len() as u16).map(of_product).collect(),
            users: UserReadings {
                name: user("name", None),
                role: user("role", None),
                level: user("level", None),
                department: user("department", None),
                key: user("key", None),
                products_used: user("products_used", None),
                features_used: user("features_used", Some(FORTNIGHT)),
                active_days: user("active_days", None),
                days_since_use: user("days_since_use", None),
                days_since_touchpoint: user("days_since_touchpoint", None),
                nps_score: user("nps_score", None),
            },
        }
    }

    /// What is shown of an account, as it stands. The readings are this engine's.
    pub fn account_figures<'a>(&'a self, index: AccountIndex, readings: &'a RowReadings) -> AccountFigures<'a> {
        Asked { engine: self, view: self.view_of(index), readings }.account()
    }

    /// What is shown of an account's users who are present, in the order in which they were first seen.
    pub fn user_figures<'a>(&'a self, index: AccountIndex, readings: &'a RowReadings) -> Vec<UserFigures<'a>> {
        let asked = Asked { engine: self, view: self.view_of(index), readings };
        asked.view.with_members(|members| present(members).map(|member| asked.user(member.user)).collect())
    }

    fn view_of(&self, index: AccountIndex) -> View<'_> {
        self.memo.forget();
        let account = &self.accounts[index as usize];
        View { account, names: &self.names, plan: &self.plan, user: None, at_hand: None, memo: Some(&self.memo) }
    }
}

/// An account, and what is read of it.
struct Asked<'a> {
    engine: &'a Engine,
    view: View<'a>,
    readings: &'a RowReadings,
}

impl<'a> Asked<'a> {
    fn account(&self) -> AccountFigures<'a> {
        let (account, readings, shown) = (self.view.account, self.readings, &self.engine.playbook.view);
        let number = |reading: &'a Reading| number(self.view, reading);
        let text = |reading: &'a Reading| text(self.view, reading);
        let measure = |measure: Option<crate::playbook::MeasureIndex>| self.view.measure(measure?.0, None);
        let mut products: SmallVec<[ProductIndex; 8]> =
            account.products.iter().filter(|product| product.stage != Stage::None).filter_map(|product| product.index).collect();
        products.sort_unstable();
        let (open_alerts, open_plays, next_due) = self.open();
        AccountFigures {
            account: &account.id,
            name: text(&readings.name),
            owner: text(&readings.owner),
            success_role: text(&readings.success_role),
            segment: account.segments.iter().filter(|known| known.is_in).map(|known| known.segment).min(),
            // Until it is judged by an edited playbook it may have a stage that there is no longer.
            stage: account.stage.min((self.view.plan.account_stages.len() - 1) as u8),
            products,
            products_entitled: number(&readings.products_entitled),
            products_adopted: number(&readings.products_adopted),
            breadth: number(&readings.breadth),
            adoption_score: measure(shown.account_score),
            band: shown.account_score.and_then(|measure| self.band(measure.0)),
            health: measure(shown.health),
            license_utilization: self.license_utilization(),
            active_users: number(&readings.active_users),
            features_used: number(&readings.features_used),
            features_by_day: features_by_day(&OfAccount { view: self.view, reading: &readings.features_used }),
            modules_used: number(&readings.modules_used),
            usage_change: number(&readings.usage_change),
            days_since_use: number(&readings.days_since_use),
            days_since_touchpoint: number(&readings.days_since_touchpoint),
            days_to_renewal: number(&readings.days_to_renewal),
            arr: number(&readings.arr),
            open_alerts,
            open_plays,
            next_due,
        }
    }

    fn user(&self, user: UserIndex) -> UserFigures<'a> {
        let (view, readings) = (self.view.of_user(user), &self.readings.users);
        UserFigures {
            account: &self.view.account.id,
            user: self.view.account.users.id(user),
            name: text(view, &readings.name),
            role: text(view, &readings.role),
            level: text(view, &readings.level),
            department: text(view, &readings.department),
            key: matches!(view.reading(&readings.key), Value::Boolean(true)),
            products_used: number(view, &readings.products_used),
            features_used: number(view, &readings.features_used),
            active_days: number(view, &readings.active_days),
            days_since_use: number(view, &readings.days_since_use),
            days_since_touchpoint: number(view, &readings.days_since_touchpoint),
            nps_score: number(view, &readings.nps_score),
        }
    }

    /// The band of an account's measure that was published last.
    fn band(&self, measure: u16) -> Option<&'a str> {
        let told = self.view.account.bands.iter().find(|told| told.measure == measure && told.product.is_none());
        told.map(|told| self.view.names.text(told.band))
    }

    fn license_utilization(&self) -> Option<Number> {
        let (mut users, mut seats) = (0, 0);
        for product in &self.view.account.products {
            let Some(index) = product.index else { continue };
            let view = View { at_hand: Some((index, Some(product))), ..self.view };
            let [of_users, of_seats] = &self.readings.products[usize::from(index.0)];
            let count = |reading: &'a Reading| number(view, reading).and_then(integer).unwrap_or(0);
            let of_product = count(of_seats);
            if of_product >= 1 {
                seats += of_product;
                users += count(of_users);
            }
        }
        Number::ratio(users, seats)
    }

    /// Open alerts and plays, and the earliest day by which something of the plays is due.
    fn open(&self) -> (u32, u32, Option<Day>) {
        let account = self.view.account;
        let (mut alerts, mut plays, mut due) = (0, 0, None::<Day>);
        for (key, open) in account.open_incidents() {
            let rule = &self.engine.playbook.rules[usize::from(key.rule)];
            if rule.head.kind == RuleKind::Alert {
                alerts += 1;
                continue;
            }
            plays += 1;
            let is_open = |task: &usize| !is_worked(account, open.id, *task);
            let of_task = |task: usize| rule.play.tasks[task].due_days.map(|days| open.opened_day + Day::from(days));
            let of_tasks = (0..rule.play.tasks.len()).filter(is_open).filter_map(of_task);
            due = of_tasks.chain(open.due()).chain(due).min();
        }
        (alerts, plays, due)
    }
}

/// Whether a task of an open play is done or dismissed.
fn is_worked(account: &Account, incident: u128, task: usize) -> bool {
    let Some(plays) = &account.plays else { return false };
    plays.worked[plays.worked_of(incident)].iter().any(|worked| usize::from(worked.task) == task)
}

fn number<'a>(view: View<'a>, reading: &'a Reading) -> Option<Number> {
    match view.reading(reading) {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

fn text<'a>(view: View<'a>, reading: &'a Reading) -> Option<&'a str> {
    match view.reading(reading) {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
