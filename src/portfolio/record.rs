//! Counts by name, as they are handed from partition to partition: what a playbook does not name, or measures by another range, is left out when
//! they are taken in.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::Counts;
use super::digits;
use super::figures::Quadrants;
use super::group::{Group, Kept, PRODUCTS_ADOPTED, products_of, sequence_of};
use super::histogram::{BINS, Histogram};
use super::outline::Outline;
use super::sums::Sums;
use super::survival::Waits;
use crate::engine::{Stage, WEEKS_DAYS};
use crate::playbook::{Playbook, ProductIndex};

type ByName<T> = BTreeMap<String, T>;

/// The counts of a partition's accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CountsRecord {
    pub all: GroupRecord,
    /// By segment, of the accounts in it.
    pub segments: ByName<GroupRecord>,
}

/// Counts that add up; docs/reference/portfolio.md says of which figures. Names that nothing is counted of are absent. Integers that may be larger
/// than 2^53 are texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupRecord {
    pub sums: Sums,
    /// Utilizations of products with seats, added up, in units of 10^-12.
    pub utilization: String,
    /// Recurring revenue now and a year ago, of accounts that had any then, in units of 10^-12.
    pub revenue: [String; 2],
    /// Products in the order of adoption; accounts, those of them whose first adoption was a year ago, and of these those that did not churn.
    pub sequences: Vec<(Vec<String>, [i64; 3])>,
    /// Two products that an account adopted, likewise.
    pub pairs: Vec<([String; 2], [i64; 3])>,
    /// Accounts that adopted one product only, likewise.
    pub one_product: [i64; 3],
    pub by_account_stage: ByName<i64>,
    /// By product and stage, but for `none`.
    pub by_product_stage: ByName<ByName<i64>>,
    pub by_products_adopted: [i64; PRODUCTS_ADOPTED],
    pub by_quadrant: Quadrants<i64>,
    /// As of D − 85, …, D.
    pub weekly_by_day: Vec<i64>,
    pub in_segment: ByName<i64>,
    /// By measure and band.
    pub in_band: ByName<ByName<i64>>,
    /// By days since the first adoption: how many days more than the one before, from 0; accounts that then adopted a second product; such as have
    /// not, after so many days. In Base64 as source maps have it.
    pub second_product: String,
    /// By name.
    pub percentiles: ByName<HistogramRecord>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HistogramRecord {
    /// As written in the playbook.
    pub range: [String; 2],
    /// Of each of the thousand bins with numbers in it: how many bins further than the one before it, from the first; how many numbers. Likewise.
    pub bins: String,
}

impl CountsRecord {
    pub fn of(counts: &Counts, outline: &Outline) -> Self {
        let segments = outline.playbook.segments.iter().zip(&counts.segments);
        let segments = segments.map(|(segment, group)| (segment.id.clone(), GroupRecord::of(group, outline)));
        Self { all: GroupRecord::of(&counts.all, outline), segments: segments.collect() }
    }

    /// By the present playbook.
    pub fn counts(&self, outline: &Outline) -> Counts {
        let segments = outline.playbook.segments.iter();
        let segments =
            segments.map(|segment| self.segments.get(&segment.id).map_or_else(|| Group::new(outline), |group| group.group(outline)));
        Counts { all: self.all.group(outline), segments: segments.collect() }
    }
}

impl GroupRecord {
    fn of(group: &Group, outline: &Outline) -> Self {
        let playbook = &*outline.playbook;
        let product = |index: &u16| playbook.products[usize::from(*index)].id.clone();
        let stages = |stages: &[i64; Stage::ALL.len()]| named(Stage::ALL.map(Stage::as_str).into_iter().zip(stages.iter().copied()));
        let by_product = playbook.products.iter().map(|product| &*product.id).zip(group.product_stages.iter().map(stages));
        let bands = playbook
            .measures
            .iter()
            .zip(&group.bands)
            .map(|(measure, counts)| (&*measure.id, named(measure.bands.iter().map(|band| &*band.name).zip(counts.iter().copied()))));
        let spread = outline.spread.iter().zip(&group.spread).filter(|(_, histogram)| histogram.of > 0);
        Self {
            sums: group.sums.clone(),
            utilization: group.utilization.to_string(),
            revenue: group.revenue.map(|sum| sum.to_string()),
            sequences: group
                .sequences
                .iter()
                .map(|(sequence, kept)| (products_of(sequence).iter().map(product).collect(), kept.counts()))
                .collect(),
            pairs: group.pairs.iter().map(|(pair, kept)| (pair.each_ref().map(product), kept.counts())).collect(),
            one_product: group.one_product.counts(),
            by_account_stage: named(playbook.account_stages.iter().map(|stage| &*stage.name).zip(group.account_stages.iter().copied())),
            by_product_stage: filled(by_product),
            by_products_adopted: group.products_adopted,
            by_quadrant: Quadrants::of(group.quadrants),
            weekly_by_day: group.weekly.clone(),
            in_segment: named(playbook.segments.iter().map(|segment| &*segment.id).zip(group.segments.iter().copied())),
            in_band: filled(bands),
            second_product: written_waits(&group.waits),
            percentiles: spread
                .map(|((name, scale), histogram)| (name.clone(), HistogramRecord::of(histogram, scale.range.map(|end| end.to_string()))))
                .collect(),
        }
    }

    fn group(&self, outline: &Outline) -> Group {
        let playbook = &*outline.playbook;
        let product = |id: &String| playbook.product(id).map(|ProductIndex(index)| index);
        let mut group = Group::new(outline);
        group.sums = self.sums.clone();
        group.utilization = self.utilization.parse().unwrap_or_default();
        group.revenue = self.revenue.each_ref().map(|sum| sum.parse().unwrap_or_default());
        for (products, counts) in &self.sequences {
            let products: Option<Vec<u16>> = products.iter().map(product).collect();
            if let Some(sequence) = products.and_then(|products| sequence_of(&products)) {
                group.sequences.insert(sequence, Kept::of(*counts));
            }
        }
        for ([one, other], counts) in &self.pairs {
            if let (Some(one), Some(other)) = (product(one), product(other)) {
                group.pairs.insert([one.min(other), one.max(other)], Kept::of(*counts));
            }
        }
        group.one_product = Kept::of(self.one_product);
        take(&mut group.account_stages, &self.by_account_stage, playbook.account_stages.iter().map(|stage| &*stage.name));
        for (product, counts) in playbook.products.iter().zip(&mut group.product_stages) {
            if let Some(stages) = self.by_product_stage.get(&*product.id) {
                take(counts, stages, Stage::ALL.map(Stage::as_str).into_iter());
            }
        }
        group.products_adopted = self.by_products_adopted;
        group.quadrants = self.by_quadrant.counts();
        group.weekly = self.weekly_by_day.clone();
        group.weekly.resize(WEEKS_DAYS, 0);
        take(&mut group.segments, &self.in_segment, playbook.segments.iter().map(|segment| &*segment.id));
        self.take_bands(&mut group, playbook);
        group.waits = read_waits(&self.second_product);
        for ((name, scale), histogram) in outline.spread.iter().zip(&mut group.spread) {
            let own = self.percentiles.get(name).filter(|own| own.range == scale.range.map(|end| end.to_string()));
            own.into_iter().for_each(|own| own.add_to(histogram));
        }
        group
    }

    fn take_bands(&self, group: &mut Group, playbook: &Playbook) {
        for (measure, counts) in playbook.measures.iter().zip(&mut group.bands) {
            if let Some(bands) = self.in_band.get(&measure.id) {
                take(counts, bands, measure.bands.iter().map(|band| &*band.name));
            }
        }
    }
}

impl HistogramRecord {
    fn of(histogram: &Histogram, range: [String; 2]) -> Self {
        let mut before = 0;
        let bins = histogram.counted().flat_map(|(bin, count)| {
            let further = bin - before;
            before = bin;
            [further as u64, count as u64]
        });
        Self { range, bins: digits::written(bins) }
    }

    fn add_to(&self, histogram: &mut Histogram) {
        let (mut numbers, mut bin) = (digits::read(&self.bins), 0);
        while let Some((further, count)) = numbers.next().zip(numbers.next()) {
            bin += further as usize;
            if bin < BINS {
                histogram.change(bin, count as i64);
            }
        }
    }
}

fn written_waits(waits: &Waits) -> String {
    let mut before = 0;
    let numbers = waits.iter().flat_map(|(days, [events, lost])| {
        let further = days - before;
        before = *days;
        [further.into(), *events as u64, *lost as u64]
    });
    digits::written(numbers)
}

fn read_waits(text: &str) -> Waits {
    let (mut numbers, mut days, mut waits) = (digits::read(text), 0u32, Waits::new());
    while let (Some(further), Some(events), Some(lost)) = (numbers.next(), numbers.next(), numbers.next()) {
        days = days.saturating_add(further as u32);
        waits.insert(days, [events as i64, lost as i64]);
    }
    waits
}

impl Kept {
    fn counts(&self) -> [i64; 3] {
        [self.accounts, self.due, self.kept]
    }

    fn of([accounts, due, kept]: [i64; 3]) -> Self {
        Self { accounts, due, kept }
    }
}

/// Those that there are any of.
fn named<'a>(counts: impl Iterator<Item = (&'a str, i64)>) -> ByName<i64> {
    counts.filter(|(_, count)| *count != 0).map(|(name, count)| (name.to_owned(), count)).collect()
}

fn filled<'a>(counts: impl Iterator<Item = (&'a str, ByName<i64>)>) -> ByName<ByName<i64>> {
    counts.filter(|(_, counts)| !counts.is_empty()).map(|(name, counts)| (name.to_owned(), counts)).collect()
}

fn take<'a>(counts: &mut [i64], from: &ByName<i64>, names: impl Iterator<Item = &'a str>) {
    for (count, name) in counts.iter_mut().zip(names) {
        *count = from.get(name).copied().unwrap_or(0);
    }
}
