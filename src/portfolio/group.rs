//! The counts of some accounts, by the places of products, stages, segments and measures in the playbook.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;

use super::contribution::Parts;
use super::histogram::Histogram;
use super::outline::Outline;
use super::sums::Sums;
use super::survival::Waits;
use crate::engine::{Live, Stage, WEEKS_DAYS};

/// Beginnings of orders of adoption are counted up to so many products.
pub const SEQUENCE_PRODUCTS: usize = 4;

/// Accounts by products adopted: 0 to 10, and more.
pub const PRODUCTS_ADOPTED: usize = 12;

/// Stands behind the last product of a sequence.
const NO_PRODUCT: u16 = u16::MAX;

/// The first products that an account adopted, padded.
pub type Sequence = [u16; SEQUENCE_PRODUCTS];

/// Accounts, those of them whose first adoption was a year ago, and of these those that did not churn in that year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub accounts: i64,
    pub due: i64,
    pub kept: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub sums: Sums,
    /// Of products with seats, in units of twelve places.
    pub utilization: i128,
    /// Now and a year ago, likewise; of all accounts, as what follows them.
    pub revenue: [i128; 2],
    pub sequences: BTreeMap<Sequence, Kept>,
    /// In the playbook's order.
    pub pairs: BTreeMap<[u16; 2], Kept>,
    pub one_product: Kept,
    /// Of live ones, as what follows.
    pub account_stages: Vec<i64>,
    /// By product, but for `none`.
    pub product_stages: Vec<[i64; Stage::ALL.len()]>,
    pub products_adopted: [i64; PRODUCTS_ADOPTED],
    /// Broad or not, deep or not.
    pub quadrants: [[i64; 2]; 2],
    pub weekly: Vec<i64>,
    pub segments: Vec<i64>,
    /// By measure.
    pub bands: Vec<Vec<i64>>,
    pub waits: Waits,
    /// In the order of [`Outline::spread`].
    pub spread: Vec<Histogram>,
}

impl Group {
    pub fn new(outline: &Outline) -> Self {
        let playbook = &outline.playbook;
        Self {
            account_stages: vec![0; playbook.account_stages.len()],
            product_stages: vec![[0; Stage::ALL.len()]; playbook.products.len()],
            weekly: vec![0; WEEKS_DAYS],
            segments: vec![0; playbook.segments.len()],
            bands: playbook.measures.iter().map(|measure| vec![0; measure.bands.len()]).collect(),
            spread: vec![Histogram::default(); outline.spread.len()],
            ..Self::default()
        }
    }

    /// An account once more, or once less.
    pub(super) fn change(&mut self, parts: &Parts, by: i64) {
        let Parts { entry, bins } = parts;
        self.sums.add(&Sums::of(entry), by);
        for (sum, revenue) in self.revenue.iter_mut().zip(entry.revenue.into_iter().flatten()) {
            *sum += i128::from(by) * revenue;
        }
        self.change_order(&entry.order, Kept { accounts: by, due: i64::from(entry.kept.is_some()) * by, kept: by_true(entry.kept, by) });
        if let Some(live) = &entry.live {
            entry.segments.iter().for_each(|segment| self.segments[usize::from(*segment)] += by);
            self.change_live(live, by);
            for (spread, bin) in self.spread.iter_mut().zip(bins).filter(|(_, bin)| **bin > 0) {
                spread.change(usize::from(bin - 1), by);
            }
        }
    }

    fn change_order(&mut self, order: &[u16], by: Kept) {
        let mut sequence = [NO_PRODUCT; SEQUENCE_PRODUCTS];
        for (place, product) in order.iter().take(SEQUENCE_PRODUCTS).enumerate() {
            sequence[place] = *product;
            change(&mut self.sequences, sequence, by);
        }
        for (place, one) in order.iter().enumerate() {
            for other in &order[..place] {
                change(&mut self.pairs, [*one.min(other), *one.max(other)], by);
            }
        }
        if order.len() == 1 {
            self.one_product.add(by);
        }
    }

    fn change_live(&mut self, live: &Live, by: i64) {
        self.utilization += i128::from(by) * live.utilization;
        self.account_stages[usize::from(live.account_stage)] += by;
        for (product, stage) in &live.product_stages {
            self.product_stages[usize::from(*product)][usize::from(*stage)] += by;
        }
        self.products_adopted[usize::from(live.products_adopted).min(PRODUCTS_ADOPTED - 1)] += by;
        self.quadrants[usize::from(live.is_broad)][usize::from(live.is_deep)] += by;
        for (day, weekly) in self.weekly.iter_mut().enumerate() {
            *weekly += by * (live.weeks >> day & 1) as i64;
        }
        live.bands.iter().for_each(|(measure, band)| self.bands[usize::from(*measure)][usize::from(*band)] += by);
        if let Some((days, has_second)) = live.second {
            change_waits(&mut self.waits, days, if has_second { [by, 0] } else { [0, by] });
        }
    }

    /// Takes in the counts of other accounts, by the same playbook.
    pub fn merge(&mut self, other: &Self) {
        self.sums.add(&other.sums, 1);
        self.utilization += other.utilization;
        add_each(&mut self.revenue, &other.revenue);
        other.sequences.iter().for_each(|(sequence, kept)| change(&mut self.sequences, *sequence, *kept));
        other.pairs.iter().for_each(|(pair, kept)| change(&mut self.pairs, *pair, *kept));
        self.one_product.add(other.one_product);
        add_each(&mut self.account_stages, &other.account_stages);
        self.product_stages.iter_mut().zip(&other.product_stages).for_each(|(own, other)| add_each(own, other));
        add_each(&mut self.products_adopted, &other.products_adopted);
        self.quadrants.iter_mut().zip(&other.quadrants).for_each(|(own, other)| add_each(own, other));
        add_each(&mut self.weekly, &other.weekly);
        add_each(&mut self.segments, &other.segments);
        self.bands.iter_mut().zip(&other.bands).for_each(|(own, other)| add_each(own, other));
        other.waits.iter().for_each(|(days, accounts)| change_waits(&mut self.waits, *days, *accounts));
        self.spread.iter_mut().zip(&other.spread).for_each(|(own, other)| own.add(other));
    }
}

/// The products of a sequence.
pub fn products_of(sequence: &Sequence) -> &[u16] {
    let count = sequence.iter().take_while(|product| **product != NO_PRODUCT).count();
    &sequence[..count]
}

/// The sequence of some products, of which there may be too many.
pub fn sequence_of(products: &[u16]) -> Option<Sequence> {
    let mut sequence = [NO_PRODUCT; SEQUENCE_PRODUCTS];
    sequence.get_mut(..products.len())?.copy_from_slice(products);
    Some(sequence)
}

impl Kept {
    pub fn add(&mut self, other: Self) {
        self.accounts += other.accounts;
        self.due += other.due;
        self.kept += other.kept;
    }
}

fn by_true(kept: Option<bool>, by: i64) -> i64 {
    if kept == Some(true) { by } else { 0 }
}

fn add_each<T: Copy + std::ops::AddAssign>(own: &mut [T], other: &[T]) {
    own.iter_mut().zip(other).for_each(|(own, other)| *own += *other);
}

/// What has come to nothing is not kept.
fn change<K: Ord>(counts: &mut BTreeMap<K, Kept>, key: K, by: Kept) {
    match counts.entry(key) {
        Place::Vacant(place) => _ = place.insert(by),
        Place::Occupied(mut place) => {
            place.get_mut().add(by);
            if *place.get() == Kept::default() {
                place.remove();
            }
        }
    }
}

fn change_waits(waits: &mut Waits, days: u32, by: [i64; 2]) {
    match waits.entry(days) {
        Place::Vacant(place) => _ = place.insert(by),
        Place::Occupied(mut place) => {
            add_each(place.get_mut(), &by);
            if *place.get() == [0, 0] {
                place.remove();
            }
        }
    }
}
