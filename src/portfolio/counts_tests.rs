use std::sync::Arc;

use super::*;
use crate::engine::{Entry, Live, Number, Stage, WEEKS_DAYS};
use crate::playbook::Playbook;
use crate::portfolio::{CountsRecord, figures};
use crate::random::Random;

fn outline() -> Outline {
    Outline::new(&Arc::new(Playbook::shipped()))
}

fn index(random: &mut Random, end: usize) -> u16 {
    random.below(end) as u16
}

fn is(random: &mut Random) -> bool {
    random.below(2) == 0
}

fn live(random: &mut Random, outline: &Outline) -> Live {
    let playbook = &outline.playbook;
    let measures: Vec<u16> =
        (0..playbook.measures.len()).filter(|measure| !playbook.measures[*measure].bands.is_empty()).map(|at| at as u16).collect();
    let band = |random: &mut Random, measure: u16| (measure, index(random, playbook.measures[usize::from(measure)].bands.len()));
    Live {
        account_stage: random.below(playbook.account_stages.len()) as u8,
        product_stages: (0..playbook.products.len() as u16)
            .filter(|product| product % 2 == 0)
            .map(|product| (product, 1 + random.below(Stage::ALL.len() - 1) as u8))
            .collect(),
        bands: measures.iter().filter(|measure| *measure % 3 > 0).map(|measure| band(random, *measure)).collect(),
        is_broad: is(random),
        is_deep: is(random),
        is_integrated: is(random),
        products_adopted: index(random, 14),
        products_entitled: index(random, 6),
        products_active: index(random, 6),
        with_seats: index(random, 6),
        users: random.below(1 << 40) as u64,
        seats: random.below(1 << 40) as u64,
        utilization: i128::from(random.draw()) << 20,
        is_gaining: is(random),
        weeks: u128::from(random.draw()) | (u128::from(random.draw()) << 64) & ((1 << WEEKS_DAYS) - 1),
        daily: random.below(100) as u64,
        monthly: random.below(1000) as u64,
        user_days: random.below(1000) as u64,
        expanded: is(random).then(|| is(random)),
        second: is(random).then(|| (random.below(500) as u32, is(random))),
    }
}

/// Anything that an account may be.
fn contribution(random: &mut Random, outline: &Outline) -> Contribution {
    let products = outline.playbook.products.len();
    let mut order: Vec<u16> = (0..products as u16).collect();
    (1..products).for_each(|at| order.swap(at, random.below(at + 1)));
    order.truncate(random.below(products + 1));
    let segments = (0..outline.playbook.segments.len() as u16).filter(|_| random.below(5) == 0);
    let entry = Entry {
        segments: segments.collect(),
        kept: (!order.is_empty() && is(random)).then(|| is(random)),
        order: order.into_iter().collect(),
        revenue: is(random).then(|| [i128::from(random.draw()) << 40, -(i128::from(random.draw()) << 40)]),
        live: is(random).then(|| Box::new(live(random, outline))),
    };
    let values = outline.spread.iter().map(|_| is(random).then(|| Number::Double(random.share() * 120.0 - 10.0))).collect::<Vec<_>>();
    let values = if entry.live.is_some() { values } else { Vec::new() };
    Contribution::new(&entry, &values, outline)
}

fn counted<'c>(contributions: impl IntoIterator<Item = &'c Contribution>, outline: &Outline) -> Counts {
    let mut counts = Counts::new(outline);
    contributions.into_iter().for_each(|contribution| counts.add(contribution));
    counts
}

#[test]
fn what_was_added_is_taken_out_without_a_trace() {
    let (outline, mut random) = (outline(), Random::new(1));
    let all: Vec<_> = (0..300).map(|_| contribution(&mut random, &outline)).collect();
    let (stay, go) = all.split_at(120);
    let mut counts = counted(&all, &outline);
    assert_ne!(counts, counted(stay, &outline));
    go.iter().rev().for_each(|contribution| counts.subtract(contribution));
    assert_eq!(counts, counted(stay, &outline));
    stay.iter().for_each(|contribution| counts.subtract(contribution));
    assert_eq!(counts, Counts::new(&outline));
}

#[test]
fn counts_of_parts_add_up_and_come_back_from_their_record() {
    let (outline, mut random) = (outline(), Random::new(2));
    let all: Vec<_> = (0..300).map(|_| contribution(&mut random, &outline)).collect();
    let mut merged = Counts::new(&outline);
    for part in all.chunks(70) {
        let part = counted(part, &outline);
        let text = serde_json::to_string(&CountsRecord::of(&part, &outline)).expect("counts are JSON");
        let record: CountsRecord = serde_json::from_str(&text).expect("counts come back");
        assert_eq!(record.counts(&outline), part);
        merged.merge(&part);
    }
    assert_eq!(merged, counted(&all, &outline));
}

#[test]
fn what_another_playbook_does_not_name_is_left_out() {
    let (outline, mut random) = (outline(), Random::new(3));
    let all: Vec<_> = (0..50).map(|_| contribution(&mut random, &outline)).collect();
    let record = CountsRecord::of(&counted(&all, &outline), &outline);
    let yaml = "version: 1\nproducts: {portal: {adopted: events >= 1}, crm: {adopted: events >= 1}}\n\
                measures:\n  depth: {of: account, value: events}\n  velocity: {of: account, value: events, range: [0, 1]}\n\
                segments: {smb: {when: employees < 5}}\n";
    let other = Outline::new(&Arc::new(Playbook::load("other.yaml", yaml).expect("it loads")));
    let (before, after) = (figures(&record.counts(&outline), &outline), figures(&record.counts(&other), &other));
    assert_eq!(after.0.accounts, before.0.accounts);
    assert_eq!(after.1.get("smb").map(|figures| figures.nrr.clone()), before.1.get("smb").map(|figures| figures.nrr.clone()));
    let of = |name: &str| (before.0.percentiles.get(name).map(|spread| spread.of), after.0.percentiles.get(name).map(|spread| spread.of));
    let (depth, velocity) = (of("depth"), of("velocity"));
    assert!(depth.0 == depth.1 && depth.0 > Some(0), "{depth:?}");
    assert!(velocity.0 > Some(0) && velocity.1 == Some(0), "another range: {velocity:?}");
    // Pairs are in the order of the present playbook.
    let pairs: Vec<&str> = after.0.pairs.0.iter().map(|(name, _)| &**name).collect();
    assert_eq!(pairs, ["portal + crm"]);
}

#[test]
fn a_contribution_is_small() {
    let (outline, mut random) = (outline(), Random::new(4));
    let most = (0..200).map(|_| contribution(&mut random, &outline).bytes()).max();
    assert!(most.is_some_and(|bytes| (100..=240).contains(&bytes)), "{most:?}");
}
