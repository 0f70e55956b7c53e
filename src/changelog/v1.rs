//! Values of version 1 that are others since, and how they are taken for the present ones.

use std::borrow::Cow;

use serde::Deserialize;

use super::record::{self, AsOfRecord, ConclusionsRecord, Incident, PageProduct, PageUser, ProductVerdict, SmallProduct, StateDue, Text};
use crate::engine::facts::{Entitlements, PageRows, UserProfile, WrittenCells, v1_page};
use crate::engine::{AccountNumber, Day, NEVER, Stage};

#[derive(Debug, Deserialize)]
pub struct VerdictRecord<'a> {
    playbook: u64,
    number: AccountNumber,
    day: Day,
    began: Day,
    #[serde(borrow)]
    stage: Text<'a>,
    stage_changed: Day,
    #[serde(borrow)]
    products: Vec<ProductVerdict<'a>>,
    #[serde(borrow)]
    incidents: Vec<Incident<'a>>,
    state_due: Option<StateDue>,
}

impl<'a> From<VerdictRecord<'a>> for record::VerdictRecord<'a> {
    fn from(v1: VerdictRecord<'a>) -> Self {
        let VerdictRecord { playbook, number, day, began, stage, stage_changed, products, incidents, state_due } = v1;
        let has_fallen = |product: &&ProductVerdict<'_>| product.adopted_day != NEVER && product.stage < Stage::Adopted as u8;
        // The last change is all that is known of a fall.
        let falls = products.iter().filter(has_fallen).map(|product| (product.product, product.stage_changed)).collect();
        let conclusions = ConclusionsRecord { falls, ..ConclusionsRecord::default() };
        Self { playbook, number, day, began, stage, stage_changed, products, incidents, state_due, conclusions }
    }
}

#[derive(Debug, Deserialize)]
pub struct SmallRecord<'a> {
    #[serde(borrow)]
    as_of: AsOfRecord<'a>,
    #[serde(borrow)]
    products: Vec<(Text<'a>, ProductRecord<'a>)>,
    #[serde(borrow)]
    users: UserPageRecord<'a>,
}

#[derive(Debug, Deserialize)]
pub struct ProductRecord<'a> {
    first_use: Day,
    last_use: Day,
    became_internal: Day,
    #[serde(borrow)]
    events: WrittenCells<'a>,
    #[serde(borrow)]
    features: Vec<FeatureCounts<'a>>,
    #[serde(borrow)]
    gauges: Vec<GaugeLevel<'a>>,
    #[serde(borrow)]
    workflows: Vec<(&'a str, WrittenCells<'a>)>,
    entitlements: Cow<'a, Entitlements>,
}

#[derive(Debug, Deserialize)]
struct FeatureCounts<'a> {
    #[serde(borrow)]
    feature: Text<'a>,
    #[expect(dead_code, reason = "the counts tell")]
    last_use: Day,
    #[serde(borrow)]
    counts: WrittenCells<'a>,
}

/// The latest level alone.
#[derive(Debug, Deserialize)]
struct GaugeLevel<'a> {
    gauge: &'a str,
    time_ms: i64,
    day: Day,
    value: f64,
}

#[derive(Debug, Deserialize)]
pub struct UserPageRecord<'a> {
    #[serde(borrow)]
    users: Vec<(Text<'a>, Option<Cow<'a, Box<UserProfile>>>)>,
    #[serde(borrow)]
    products: Vec<Rows<'a>>,
}

/// A row for each of the page's users up to the last who used the product.
#[derive(Debug, Deserialize)]
struct Rows<'a> {
    #[serde(borrow)]
    product: Text<'a>,
    stride: u32,
    feature_days: bool,
    #[serde(with = "serde_bytes", borrow)]
    rows: &'a [u8],
}

impl<'a> From<SmallRecord<'a>> for record::SmallRecord<'a> {
    fn from(SmallRecord { as_of, products, users }: SmallRecord<'a>) -> Self {
        let products = products.into_iter().map(|(product, facts)| SmallProduct { product, facts: facts.into() }).collect();
        Self { as_of, products, users: users.into() }
    }
}

impl<'a> From<ProductRecord<'a>> for record::ProductRecord<'a> {
    fn from(old: ProductRecord<'a>) -> Self {
        let counts = |FeatureCounts { feature, counts, .. }| record::FeatureCounts { feature, first_use: NEVER, counts };
        let level = |level: GaugeLevel<'a>| record::GaugeLevel {
            gauge: level.gauge,
            time_ms: level.time_ms,
            day: level.day,
            value: level.value,
            days: Cow::Borrowed(&[]),
        };
        Self {
            first_use: old.first_use,
            last_use: old.last_use,
            became_internal: old.became_internal,
            events: old.events,
            features: old.features.into_iter().map(counts).collect(),
            gauges: old.gauges.into_iter().map(level).collect(),
            workflows: old.workflows,
            led: Vec::new(),
            entitlements: old.entitlements,
        }
    }
}

impl<'a> From<UserPageRecord<'a>> for record::UserPageRecord<'a> {
    fn from(UserPageRecord { users, products }: UserPageRecord<'a>) -> Self {
        let users = users.into_iter().map(|(id, profile)| PageUser { id, seen: NEVER, profile, told: None }).collect();
        Self { users, products: products.into_iter().map(Into::into).collect() }
    }
}

impl<'a> From<Rows<'a>> for PageProduct<'a> {
    fn from(Rows { product, stride, feature_days, rows }: Rows<'a>) -> Self {
        // Rows that are none become such as are refused with the others.
        const NONE: PageRows<'_> =
            PageRows { users: 0, columns: u8::MAX, feature_days: false, rows: Cow::Borrowed(&[]), pairs: Cow::Borrowed(&[]) };
        let block = v1_page(stride as usize, feature_days, rows);
        Self { product, rows: block.map_or(NONE, |block| block.page(0).into_owned()) }
    }
}
