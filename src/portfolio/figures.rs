//! What follows from counts; docs/reference/portfolio.md defines each figure.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::counts::Counts;
use super::exact::Exact;
use super::group::{Group, Kept, products_of};
use super::histogram::Histogram;
use super::outline::Outline;
use super::survival::survival;
use crate::engine::{Number, Stage, Twelve};
use crate::playbook::{Arithmetic, FleetFigure};

/// By name, in an order of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

/// Figures over some accounts. Those that are divided by nothing are `null`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Figures {
    /// Accounts that have not churned and are entitled to a product.
    pub accounts: i64,
    pub by_account_stage: Named<i64>,
    /// Accounts by product and its stage.
    pub by_product_stage: Named<Named<i64>>,
    /// Accounts with 0, 1, …, 10 products adopted, and with more.
    #[schemars(length(equal = 12))]
    pub by_products_adopted: Vec<i64>,
    pub in_segment: Named<i64>,
    /// Accounts by measure and band as published last; products, of a product's measure.
    pub in_band: Named<Named<i64>>,
    pub by_quadrant: Quadrants<i64>,
    /// Accounts with two adopted products or more ÷ `accounts`.
    pub multi_product_rate: Exact,
    /// Accounts with a connection ÷ `accounts`.
    pub integration_rate: Exact,
    /// Adopted products ÷ (`accounts` × products of the playbook).
    pub penetration: Exact,
    /// Entitled products with an active day in `window_days` ÷ entitled products.
    pub activation_rate: Exact,
    /// Of products with seats, active users ÷ seats.
    pub utilization: Exact,
    /// The mean of their `license_utilization`.
    pub utilization_mean: Exact,
    /// Accounts whose own users ÷ seats is below 0.6.
    pub below_60: i64,
    /// Accounts whose utilization of a product rose by 0.1 or more in 30 days.
    pub utilization_up: i64,
    /// Accounts with use in the last seven days ÷ `accounts`.
    pub weekly: Exact,
    /// Their number as of D − 85, …, D.
    #[schemars(length(equal = 86))]
    pub weekly_by_day: Vec<i64>,
    /// Users of D.
    pub dau: i64,
    /// Users of the 30 days that end with D.
    pub mau: i64,
    /// The mean of a day's users over those 30 days ÷ `mau`.
    pub dau_mau: Exact,
    /// Of accounts that began before D − 90, those with a product adopted since ÷ these.
    pub expansion_90: Exact,
    /// Recurring revenue now ÷ that of the end of D − 365, of accounts that had any then.
    pub nrr: Exact,
    pub second_product: SecondProduct,
    /// By the beginnings of one to four products, as `a > b`, of accounts' orders of adoption.
    pub sequences: Named<Adopted>,
    /// By two products, as `a + b`, in the playbook's order, of accounts that ever adopted both.
    pub pairs: Named<Pair>,
    /// By metric or measure of the account.
    pub percentiles: Named<Percentiles>,
}

/// Accounts by whether at least half of what they are entitled to is adopted, and at least half of the features of what is adopted is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Quadrants<T> {
    pub broad_deep: T,
    pub broad_shallow: T,
    pub narrow_deep: T,
    pub narrow_shallow: T,
}

/// When those that adopted a product adopted a second one, by the estimator of Kaplan and Meier.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SecondProduct {
    /// Accounts that ever adopted a product.
    pub of: i64,
    /// Days after which a quarter, half and three quarters have a second one; `null` where so many have none.
    pub quartiles: [Option<u32>; 3],
    /// The share with a second one within 180 days; `null` where that is not known of anybody.
    pub within_180: Exact,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Adopted {
    pub accounts: i64,
    /// Of those that adopted first a year ago or earlier, the share without a churn within the year.
    pub retention: Exact,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Pair {
    pub accounts: i64,
    /// Of those that adopted first a year ago or earlier, the share without a churn within the year.
    pub retention: Exact,
    /// `retention` ÷ that of the accounts that ever adopted one product only.
    pub lift: Exact,
}

/// Of accounts in which the number is not missing.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Percentiles {
    pub of: i64,
    /// `null` of fewer than five, as the quartiles.
    pub mean: Exact,
    pub quartiles: [Exact; 3],
}

/// The figures of all accounts, and by segment those of the accounts in it.
pub fn figures(counts: &Counts, outline: &Outline) -> (Figures, Named<Figures>) {
    let segments = outline.playbook.segments.iter().zip(&counts.segments);
    let segments = segments.map(|(segment, group)| (segment.id.clone(), Figures::of(group, outline)));
    (Figures::of(&counts.all, outline), Named(segments.collect()))
}

impl Figures {
    fn of(group: &Group, outline: &Outline) -> Self {
        let (playbook, sums) = (&*outline.playbook, &group.sums);
        let accounts = sums.accounts;
        let survival = survival(&group.waits);
        let segments = playbook.segments.iter().map(|segment| segment.id.clone());
        Self {
            accounts,
            by_account_stage: Named(
                playbook.account_stages.iter().map(|stage| stage.name.clone()).zip(group.account_stages.iter().copied()).collect(),
            ),
            by_product_stage: by_product_stage(group, outline),
            by_products_adopted: group.products_adopted.into(),
            in_segment: Named(segments.zip(group.segments.iter().copied()).collect()),
            in_band: in_band(group, outline),
            by_quadrant: Quadrants::of(group.quadrants),
            multi_product_rate: Exact::ratio(sums.multi_product, accounts),
            integration_rate: Exact::ratio(sums.integrated, accounts),
            penetration: Exact::ratio(sums.products_adopted, i128::from(accounts) * playbook.products.len() as i128),
            activation_rate: Exact::ratio(sums.products_active, sums.products_entitled),
            utilization: Exact::ratio(sums.users, sums.seats),
            utilization_mean: Twelve::mean_of_units(group.utilization, sums.with_seats.into()).into(),
            below_60: sums.below_60,
            utilization_up: sums.utilization_up,
            weekly: Exact::ratio(group.weekly.last().copied().unwrap_or(0), accounts),
            weekly_by_day: group.weekly.clone(),
            dau: sums.daily,
            mau: sums.monthly,
            dau_mau: Exact::ratio(sums.user_days, 30 * i128::from(sums.monthly)),
            expansion_90: Exact::ratio(sums.expanded, sums.established),
            nrr: Exact::ratio(group.revenue[0], group.revenue[1]),
            second_product: SecondProduct { of: survival.of, quartiles: survival.quartiles, within_180: survival.within },
            sequences: sequences(group, outline),
            pairs: pairs(group, outline),
            percentiles: Named(
                outline
                    .spread
                    .iter()
                    .zip(&group.spread)
                    .map(|((name, scale), histogram)| (name.clone(), Percentiles::of(histogram, scale)))
                    .collect(),
            ),
        }
    }

    /// A figure that is a number.
    pub fn number(&self, figure: FleetFigure, outline: &Outline) -> Exact {
        let count = |count: i64| Exact::integer(count);
        match figure {
            FleetFigure::Accounts => count(self.accounts),
            FleetFigure::MultiProductRate => self.multi_product_rate.clone(),
            FleetFigure::IntegrationRate => self.integration_rate.clone(),
            FleetFigure::Penetration => self.penetration.clone(),
            FleetFigure::ActivationRate => self.activation_rate.clone(),
            FleetFigure::Utilization => self.utilization.clone(),
            FleetFigure::UtilizationMean => self.utilization_mean.clone(),
            FleetFigure::Below60 => count(self.below_60),
            FleetFigure::UtilizationUp => count(self.utilization_up),
            FleetFigure::Weekly => self.weekly.clone(),
            FleetFigure::Dau => count(self.dau),
            FleetFigure::Mau => count(self.mau),
            FleetFigure::DauMau => self.dau_mau.clone(),
            FleetFigure::Expansion90 => self.expansion_90.clone(),
            FleetFigure::Nrr => self.nrr.clone(),
            FleetFigure::SecondProduct180 => self.second_product.within_180.clone(),
            FleetFigure::Segment(segment) => count(self.in_segment.0[segment].1),
            FleetFigure::Band(measure, band) => {
                let id = &outline.playbook.measures[usize::from(measure.0)].id;
                self.in_band.get(id).map_or(Exact::Missing, |bands| count(bands.0[band].1))
            }
        }
    }
}

fn by_product_stage(group: &Group, outline: &Outline) -> Named<Named<i64>> {
    let by_stage = |stages: &[i64; Stage::ALL.len()]| {
        let mut counts = *stages;
        // Whoever has no stage of it.
        counts[Stage::None as usize] = group.sums.accounts - stages.iter().sum::<i64>();
        Named(Stage::ALL.map(|stage| stage.as_str().to_owned()).into_iter().zip(counts).collect())
    };
    Named(outline.playbook.products.iter().map(|product| product.id.clone()).zip(group.product_stages.iter().map(by_stage)).collect())
}

/// Of measures that have bands.
fn in_band(group: &Group, outline: &Outline) -> Named<Named<i64>> {
    let measures = outline.playbook.measures.iter().zip(&group.bands).filter(|(measure, _)| !measure.bands.is_empty());
    let by_band = measures.map(|(measure, counts)| {
        let bands = measure.bands.iter().map(|band| band.name.clone());
        (measure.id.clone(), Named(bands.zip(counts.iter().copied()).collect()))
    });
    Named(by_band.collect())
}

fn sequences(group: &Group, outline: &Outline) -> Named<Adopted> {
    let sequences = group.sequences.iter().map(|(sequence, kept)| {
        (ids(products_of(sequence), " > ", outline), Adopted { accounts: kept.accounts, retention: retention(kept).into() })
    });
    Named(sequences.collect())
}

fn pairs(group: &Group, outline: &Outline) -> Named<Pair> {
    let one_product = retention(&group.one_product);
    let lift = |retention: Option<Number>| retention?.calculate(Arithmetic::Divide, one_product?);
    let pairs = group.pairs.iter().map(|(pair, kept)| {
        let retention = retention(kept);
        (ids(pair, " + ", outline), Pair { accounts: kept.accounts, retention: retention.into(), lift: lift(retention).into() })
    });
    Named(pairs.collect())
}

fn retention(kept: &Kept) -> Option<Number> {
    Number::ratio(kept.kept.into(), kept.due.into())
}

fn ids(products: &[u16], between: &str, outline: &Outline) -> String {
    let ids: Vec<&str> = products.iter().map(|index| &*outline.playbook.products[usize::from(*index)].id).collect();
    ids.join(between)
}

impl Percentiles {
    fn of(histogram: &Histogram, scale: &super::histogram::Scale) -> Self {
        let (mean, quartiles) = histogram.spread(scale).map(|spread| (spread.mean, spread.quartiles)).unwrap_or_default();
        Self { of: histogram.of, mean, quartiles }
    }
}

impl<T: Copy> Quadrants<T> {
    /// Broad or not, deep or not.
    pub fn of([[narrow_shallow, narrow_deep], [broad_shallow, broad_deep]]: [[T; 2]; 2]) -> Self {
        Self { broad_deep, broad_shallow, narrow_deep, narrow_shallow }
    }

    pub fn counts(&self) -> [[T; 2]; 2] {
        [[self.narrow_shallow, self.narrow_deep], [self.broad_shallow, self.broad_deep]]
    }
}

impl<T> Named<T> {
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
        map.end()
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("NamedOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": generator.subschema_for::<T>()})
    }
}
