//! What the portfolio counts of an account, read of it by the metrics that there are.
//!
//! An [`Entry`] says all that is counted of an account as it stands on its own day D, in integers, so that entries add up. What an account is
//! divided by, and what follows from all of them, is the portfolio's.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::account::{AccountProduct, Stage};
use super::day::Day;
use super::evaluate::{Value, View, integer};
use super::metric::{OfAccount, days_of_use};
use super::names::NameId;
use super::number::{Number, Twelve};
use super::plan::{Plan, Reading};
use super::{AccountIndex, Engine};
use crate::playbook::{HELD_DAYS, Of, Playbook, ProductIndex};

/// An account as it is counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The segments that it is in, by their indexes in the playbook.
    pub segments: SmallVec<[u16; 8]>,
    /// The products ever adopted, by their indexes, in the order of adoption.
    pub order: SmallVec<[u16; 8]>,
    /// Whether there was no churn on the day of the first adoption or in the [`YEAR`] after it; `None` before that has passed, and without an
    /// adoption.
    pub kept: Option<bool>,
    /// Recurring revenue now, and at the end of D − 365 where it was not 0, in units of [`Twelve`].
    pub revenue: Option<[i128; 2]>,
    /// `None` of one that has churned, or is entitled to nothing.
    pub live: Option<Box<Live>>,
}

/// What is counted of accounts alone that have not churned and are entitled to a product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// By its index in the playbook.
    pub account_stage: u8,
    /// By product, but for those at `none`.
    pub product_stages: SmallVec<[(u16, u8); 8]>,
    /// Measure and band, by their indexes, as published last; of a product's measure once for each product.
    pub bands: SmallVec<[(u16, u16); 16]>,
    /// `breadth` is at least one half.
    pub is_broad: bool,
    /// The mean `feature_share` of the adopted products is at least one half.
    pub is_deep: bool,
    pub is_integrated: bool,
    pub products_adopted: u16,
    pub products_entitled: u16,
    /// Those of them with an active day.
    pub products_active: u16,
    /// Of products with seats: their number, users, seats, and the sum of their utilizations, in units of [`Twelve`].
    pub with_seats: u16,
    pub users: u64,
    pub seats: u64,
    pub utilization: i128,
    pub is_gaining: bool,
    /// Bit n: there was use on one of the seven days that end with D − 85 + n.
    pub weeks: u128,
    /// Users of D, of the 30 days that end with it, and of each of those, added up.
    pub daily: u64,
    pub monthly: u64,
    pub user_days: u64,
    /// Whether products were adopted in the last 90 days; `None` where the account began in them.
    pub expanded: Option<bool>,
    /// Days from the first adoption to the second, or to D, and whether there was a second.
    pub second: Option<(u32, bool)>,
}

/// Days as of which it is known whether an account was in use in a week: those whose week is held.
pub const WEEKS_DAYS: usize = HELD_DAYS as usize - 6;

/// Days after which it is told who is still there, and of how long ago revenue is compared with.
pub const YEAR: Day = 365;

/// The readings of one playbook's entries.
#[derive(Debug)]
pub struct Census {
    churned: Reading,
    breadth: Reading,
    products_adopted: Reading,
    integrations_active: Reading,
    integration_score: Reading,
    active_days: Reading,
    daily_users: Reading,
    monthly_users: Reading,
    stickiness: Reading,
    observed_days: Reading,
    products_added: Reading,
    mrr: Reading,
    products: Vec<OfOneProduct>,
    /// The account's, by their indexes.
    measures: Vec<u16>,
    /// By measure, the bands' names.
    bands: Vec<Box<[NameId]>>,
}

#[derive(Debug)]
struct OfOneProduct {
    active_days: Reading,
    active_users: Reading,
    seats: Reading,
    license_utilization: Reading,
    utilization_change: Reading,
    feature_share: Reading,
}

impl Census {
    fn new(playbook: &Playbook, plan: &Plan) -> Self {
        let reading = |of: Of, product: Option<ProductIndex>, name: &str, number: Option<u16>| {
            let signature = playbook.vocabulary.signature(name, of).expect("it is among the engine's metrics");
            Reading::of(signature, product, number, playbook)
        };
        let account = |name, number| reading(Of::Account, None, name, number);
        let product = |index| {
            let product = |name, number| reading(Of::Product, Some(ProductIndex(index)), name, number);
            OfOneProduct {
                active_days: product("active_days", None),
                active_users: product("active_users", None),
                seats: product("seats", None),
                license_utilization: product("license_utilization", None),
                utilization_change: product("utilization_change", Some(30)),
                feature_share: product("feature_share", None),
            }
        };
        let names =
            |measure: u16| plan.bands.iter().find(|band| band.measure == measure).map(|band| band.names.clone()).unwrap_or_default();
        let measures = playbook.measures.iter().zip(0..);
        Self {
            churned: account("churned", None),
            breadth: account("breadth", None),
            products_adopted: account("products_adopted", None),
            integrations_active: account("integrations_active", None),
            integration_score: account("integration_score", None),
            active_days: account("active_days", Some(7)),
            daily_users: account("active_users", Some(1)),
            monthly_users: account("active_users", Some(MONTH)),
            stickiness: account("stickiness", Some(MONTH)),
            observed_days: account("observed_days", None),
            products_added: account("products_added", Some(QUARTER)),
            mrr: account("mrr", None),
            products: (0..playbook.products.len() as u16).map(product).collect(),
            bands: measures.clone().map(|(_, index)| names(index)).collect(),
            measures: measures.filter(|(measure, _)| measure.of == Of::Account).map(|(_, index)| index).collect(),
        }
    }
}

const MONTH: u16 = 30;
const QUARTER: u16 = 90;

impl Engine {
    /// Hands over the accounts that have changed since it was called last: at first all. Each is to be looked at by [`Engine::count_anew`].
    pub fn take_uncounted(&mut self) -> Vec<AccountIndex> {
        std::mem::take(&mut self.followers.uncounted)
    }

    /// [`Engine::entry`]; from now on a change of the account is one that it does not have. `None`: the account is erased.
    pub fn count_anew(&mut self, index: AccountIndex, census: &Census) -> Option<(Entry, Vec<Option<Number>>)> {
        let account = &mut self.accounts[index as usize];
        account.uncounted = false;
        (!account.is_erased()).then(|| self.entry(index, census))
    }

    pub fn census(&self) -> Census {
        Census::new(&self.playbook, &self.plan)
    }

    /// What an account is counted as, as it stands, and the numbers whose spread among accounts is asked for where it is live: `products_adopted`,
    /// `integration_score`, the account's measures in the playbook's order.
    pub fn entry(&self, index: AccountIndex, census: &Census) -> (Entry, Vec<Option<Number>>) {
        Asked { census, view: self.view(index) }.entry()
    }
}

/// An account, and what is read of it.
struct Asked<'a> {
    census: &'a Census,
    view: View<'a>,
}

impl<'a> Asked<'a> {
    fn entry(&self) -> (Entry, Vec<Option<Number>>) {
        let account = self.view.account;
        let order = account.adoption_order();
        let segments = account.segments.iter().filter(|known| known.is_in).map(|known| known.segment);
        let is_entitled = self.view.entitled().next().is_some();
        let is_live = is_entitled && !self.holds(&self.census.churned);
        let live = is_live.then(|| Box::new(self.live(&order)));
        let values = if is_live { self.values() } else { Vec::new() };
        let entry = Entry {
            segments: segments.collect(),
            order: order.iter().map(|(_, product)| product.0).collect(),
            kept: order.first().and_then(|(first, _)| self.kept(*first)),
            revenue: self.revenue(),
            live,
        };
        (entry, values)
    }

    fn holds(&self, reading: &'a Reading) -> bool {
        matches!(self.view.reading(reading), Value::Boolean(true))
    }

    fn number(&self, reading: &'a Reading) -> Option<Number> {
        number(self.view, reading)
    }

    fn count(&self, reading: &'a Reading) -> u64 {
        count(self.view, reading)
    }

    fn kept(&self, first: Day) -> Option<bool> {
        let account = self.view.account;
        let churns = account.signals.iter().flat_map(|signals| signals.outcomes.churns());
        (first <= account.day - YEAR).then(|| !churns.into_iter().any(|day| (first..=first + YEAR).contains(&day)))
    }

    fn revenue(&self) -> Option<[i128; 2]> {
        let account = self.view.account;
        let then = account.signals.as_ref()?.outcomes.mrr_on(account.day - YEAR).filter(|level| *level != 0.0)?;
        let [now, then] = [self.number(&self.census.mrr)?, Number::Double(then)].map(Twelve::of);
        Some([now?.units(), then?.units()])
    }

    fn values(&self) -> Vec<Option<Number>> {
        let measures = self.census.measures.iter().map(|measure| self.view.measure(*measure, None));
        [&self.census.products_adopted, &self.census.integration_score]
            .map(|reading| self.number(reading))
            .into_iter()
            .chain(measures)
            .collect()
    }

    fn live(&self, order: &[(Day, ProductIndex)]) -> Live {
        let (census, account) = (self.census, self.view.account);
        let from = account.day - (HELD_DAYS - 1);
        let used = days_of_use(&OfAccount { view: self.view, reading: &census.active_days }, (from, account.day));
        let weeks = (0..7).fold(0, |weeks, days| weeks | used >> days) & ((1 << WEEKS_DAYS) - 1);
        let [daily, monthly] = [&census.daily_users, &census.monthly_users].map(|reading| self.count(reading));
        let second = order.first().map(|(first, _)| match order.get(1) {
            Some((second, _)) => ((second - first) as u32, true),
            None => ((account.day - first) as u32, false),
        });
        let is_established = self.number(&census.observed_days).and_then(integer).is_some_and(|days| days > i128::from(QUARTER));
        let mut live = Live {
            // Until it is judged by an edited playbook it may have a stage that there is no longer.
            account_stage: account.stage.min((self.view.plan.account_stages.len() - 1) as u8),
            bands: self.bands(),
            is_broad: is_half(self.number(&census.breadth)),
            is_integrated: self.count(&census.integrations_active) >= 1,
            products_adopted: self.count(&census.products_adopted) as u16,
            weeks,
            daily,
            monthly,
            user_days: self.user_days(monthly),
            expanded: is_established.then(|| self.count(&census.products_added) >= 1),
            second,
            ..Live::default()
        };
        self.add_products(&mut live);
        live
    }

    /// The users of each of the last 30 days, added up: what `stickiness` is a share of.
    fn user_days(&self, monthly: u64) -> u64 {
        let share = self.number(&self.census.stickiness).map_or((0, 1), |share| match share {
            Number::Fraction { numerator, denominator } => (numerator, denominator),
            Number::Double(_) => (0, 1),
        });
        (share.0 * i128::from(MONTH) * i128::from(monthly) / share.1) as u64
    }

    /// As they are published.
    fn bands(&self) -> SmallVec<[(u16, u16); 16]> {
        let told = self.view.account.bands.iter();
        // The present playbook may not have one that was published under another.
        let place = |measure: u16, name: NameId| self.census.bands[usize::from(measure)].iter().position(|known| *known == name);
        told.filter_map(|told| Some((told.measure, place(told.measure, told.band)? as u16))).collect()
    }

    fn add_products(&self, live: &mut Live) {
        for (index, product) in self.view.entitled() {
            live.products_entitled += 1;
            live.products_active += u16::from(count(self.of(index, product), &self.readings(index).active_days) >= 1);
        }
        let mut shares: SmallVec<[Twelve; 8]> = SmallVec::new();
        for product in &self.view.account.products {
            let Some(index) = product.index else { continue };
            let (view, readings) = (self.of(index, product), self.readings(index));
            if product.stage != Stage::None {
                live.product_stages.push((index.0, product.stage as u8));
            }
            if product.stage >= Stage::Adopted {
                shares.extend(number(view, &readings.feature_share).and_then(Twelve::of));
            }
            let seats = count(view, &readings.seats);
            if seats >= 1 {
                live.with_seats += 1;
                live.seats += seats;
                live.users += count(view, &readings.active_users);
                live.utilization += number(view, &readings.license_utilization).and_then(Twelve::of).map_or(0, Twelve::units);
                let change = number(view, &readings.utilization_change);
                live.is_gaining |= change.is_some_and(|change| change.is_at_least(1, 10));
            }
        }
        live.is_deep = is_half(Twelve::mean(shares.into_iter()));
    }

    fn readings(&self, index: ProductIndex) -> &'a OfOneProduct {
        &self.census.products[usize::from(index.0)]
    }

    fn of(&self, index: ProductIndex, product: &'a AccountProduct) -> View<'a> {
        View { at_hand: Some((index, Some(product))), ..self.view }
    }
}

fn number<'a>(view: View<'a>, reading: &'a Reading) -> Option<Number> {
    match view.reading(reading) {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// 0 where it is missing.
fn count<'a>(view: View<'a>, reading: &'a Reading) -> u64 {
    number(view, reading).and_then(integer).map_or(0, |count| count as u64)
}

/// Whether it is one half or more; not of what is missing.
pub fn is_half(number: Option<Number>) -> bool {
    number.is_some_and(|number| number.is_at_least(1, 2))
}
