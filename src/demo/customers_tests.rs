use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;
use crate::demo::story::STORY_DAYS;
use crate::engine::day_of_date;
use crate::playbook::Playbook;
use crate::replay::{Replay, ReplayOptions};

/// A Monday.
fn monday() -> Day {
    day_of_date(jiff::civil::date(2026, 1, 5))
}

#[test]
fn the_stream_is_ordered_and_the_same_for_the_same_seed() {
    let told: Vec<Item> = stream(7, 30, monday(), 40).collect();
    assert!(told.len() > 5_000, "{}", told.len());
    assert!(told.is_sorted_by_key(|(_, time_ms, _)| *time_ms));
    assert!(told.iter().eq(stream(7, 30, monday(), 40).collect::<Vec<_>>().iter()));
    assert!(!told.iter().eq(stream(8, 30, monday(), 40).collect::<Vec<_>>().iter()));
    // A longer stream goes on where a shorter one ends, and more accounts change nothing for the others.
    let mut longer = stream(7, 40, monday(), 60);
    let cast: BTreeSet<String> = cast(7, 30).map(|(id, _)| id).collect();
    let mut of_cast = longer.by_ref().filter(|(id, ..)| cast.contains(&**id));
    let first: Vec<Item> = of_cast.by_ref().take(told.len() / 2).collect();
    assert!(told.iter().take(told.len() / 2).eq(first.iter()));
    assert!(longer.count() > told.len() / 2);
}

#[test]
fn every_kind_of_record_is_valid_and_carries_its_key_and_time() {
    let limits = crate::input::Limits { max_record_bytes: 1 << 20, check_key: true, record_ms: None };
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for (account, time_ms, json) in stream(7, 21, monday(), STORY_DAYS) {
        let event = crate::input::decode(Some(account.as_bytes()), json.as_bytes(), Vec::new, &limits)
            .unwrap_or_else(|reject| panic!("{json}: {reject}"));
        assert_eq!(event.time_ms, time_ms, "{json}");
        *kinds.entry(event.body.input_type().as_str()).or_default() += 1;
        assert!(ids.insert(event.id.expect("each has one").into_owned()), "{json}");
    }
    let told: Vec<&str> = kinds.keys().copied().collect();
    assert_eq!(told, ["account", "entitlement", "gauge", "integration", "nps", "outcome", "touchpoint", "usage", "user", "workflow"]);
}

#[test]
fn weekends_are_quiet() {
    let mut by_weekday = [0u64; 7];
    for (_, time_ms, _) in stream(7, 30, monday(), 98).filter(|(_, time_ms, _)| *time_ms > i64::from(monday() + 21) * 86_400_000) {
        by_weekday[(time_ms.div_euclid(86_400_000) - i64::from(monday())).rem_euclid(7) as usize] += 1;
    }
    let working_day = by_weekday[..5].iter().min().expect("five");
    assert!(by_weekday[5..].iter().all(|weekend| weekend * 3 < *working_day), "{by_weekday:?}");
}

/// What became of one account: lines as `crm none>entitled`, `account not_adopted>single_product`, `crm usage_drop opened`.
fn told(seed: u64, accounts: usize) -> BTreeMap<String, Vec<String>> {
    let end_ms = crate::engine::start_of_day(&jiff::tz::TimeZone::UTC, date_of(monday() + STORY_DAYS as Day));
    let options = ReplayOptions {
        until_ms: Some(end_ms),
        latest_ms: end_ms,
        max_record_bytes: 1 << 20,
        engine: Default::default(),
        portfolio: false,
    };
    let mut replay = Replay::new(Arc::new(Playbook::shipped()), options);
    let mut outputs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut take = |event: crate::output::CloudEvent| {
        // The stories are told in stages, alerts and plays.
        if event.topic == crate::topics::Topic::Signals {
            return;
        }
        let data: Value = serde_json::from_str(&event.data).expect("JSON");
        let text = |name: &str| data[name].as_str().unwrap_or("account").to_owned();
        let line = match event.event_type.rsplit('.').next().expect("dots") {
            "changed" => format!("{} {}>{}", text("product"), text("from"), text("to")),
            end @ ("cleared" | "closed") => format!("{} {} {end} {}", text("product"), text("rule"), text("reason")),
            end => format!("{} {} {end}", text("product"), text("rule")),
        };
        outputs.entry(text("account")).or_default().push(line);
    };
    for (_, time_ms, json) in stream(seed, accounts, monday(), STORY_DAYS).filter(|(_, time_ms, _)| *time_ms < end_ms) {
        replay.line(json.as_bytes()).unwrap_or_else(|reject| panic!("{time_ms} {json}: {reject}"));
        replay.drain(&mut take);
    }
    replay.finish();
    replay.drain(&mut take);
    outputs
}

/// The parts in their order, other lines between them. `*` stands for the product that the account began with.
fn contains(lines: &[String], parts: &[&str]) -> bool {
    let primary = lines.iter().find_map(|line| line.strip_suffix(" none>entitled")).unwrap_or("*").to_owned();
    // Of a play that an account is held out of, nothing is told but that.
    let held_out = |part: &str| Some([part.strip_suffix(" opened")?, " held_out"].concat()).filter(|told| lines.contains(told));
    let is_silent = |part: &str| part.split_once(" closed").is_some_and(|(play, _)| held_out(&[play, " opened"].concat()).is_some());
    let parts = parts.iter().map(|part| part.replace('*', &primary)).filter(|part| !is_silent(part));
    let mut told = lines.iter();
    parts.map(|part| held_out(&part).unwrap_or(part)).all(|part| told.by_ref().any(|line| *line == part))
}

#[test]
fn every_archetype_reaches_the_outputs_of_its_story() {
    for seed in [7, DEMO_SEED] {
        every_story_is_told(seed);
    }
}

fn every_story_is_told(seed: u64) {
    // Enough that each story is told with every product to begin with, and in its variants.
    let accounts = 140;
    let outputs = told(seed, accounts);
    let up: &[&str] = &["* none>entitled", "* entitled>activated", "* activated>adopted", "account not_adopted>single_product"];
    let mut wrong: Vec<String> = Vec::new();
    for (number, (id, archetype)) in cast(seed, accounts).enumerate() {
        let even = (number / Archetype::ALL.len()).is_multiple_of(2);
        let lines = &outputs[&id];
        let wrong = std::cell::RefCell::new(&mut wrong);
        let expect = |parts: &[&str]| {
            if !contains(lines, parts) {
                wrong.borrow_mut().push(format!("{id}, {archetype:?}, expected {parts:?}, found {lines:#?}"));
            }
        };
        let never = |part: &str| {
            if lines.iter().any(|line| line.contains(part)) {
                wrong.borrow_mut().push(format!("{id}, {archetype:?}, expected no {part}, found {lines:#?}"));
            }
        };
        match archetype {
            Archetype::Steady => {
                expect(&[up, &["account second_product opened"]].concat());
                never("usage_drop");
                never("low_license");
                if even {
                    expect(&["* adopted>proficient"]);
                } else {
                    never("proficient");
                }
            }
            Archetype::Expander => {
                let second =
                    ["account second_product opened", "account single_product>multi_product", "account second_product closed condition"];
                expect(&[up, &second].concat());
                never("usage_drop");
            }
            Archetype::Comeback => {
                expect(&[up, &["* usage_drop opened", "* adopted>activated", "* activated>adopted"]].concat());
                expect(&["* usage_drop opened", "* adopted>activated", "* usage_drop cleared condition"]);
                expect(&["account not_adopted>single_product", "account single_product>not_adopted", "account not_adopted>single_product"]);
                never(">none");
            }
            Archetype::Lapser => {
                expect(&["* usage_drop opened", "* recover_usage opened"]);
                let down = ["* usage_drop opened", "* adopted>activated", "account single_product>not_adopted", "* activated>none"];
                expect(&[up, &down, &["* usage_drop cleared no_longer_applies"]].concat());
            }
            Archetype::SeatWaster => {
                expect(&[up, &["* low_license_utilization opened", "* raise_utilization opened"]].concat());
                if even {
                    expect(&["* low_license_utilization opened", "* low_license_utilization cleared condition"]);
                } else {
                    never("low_license_utilization cleared");
                }
            }
            Archetype::IdleTrial => {
                let stages: Vec<&String> = lines.iter().filter(|line| line.contains('>')).collect();
                let product = lines[0].split(' ').next().expect("a word");
                assert_eq!(stages, [&format!("{product} none>entitled"), &format!("{product} entitled>none")], "{id}");
                expect(&["account few_log_in opened", "* activate_product opened", "* activate_product closed no_longer_applies"]);
            }
            Archetype::Integrator => {
                let stages = ["single_product", "multi_product", "platform", "full_platform"];
                let account: Vec<String> = stages.windows(2).map(|pair| format!("account {}>{}", pair[0], pair[1])).collect();
                expect(&account.iter().map(String::as_str).collect::<Vec<_>>());
                for product in &PRODUCTS {
                    expect(&[&format!("{} none>entitled", product.id), &format!("{} proficient>integrated", product.id)]);
                }
                never("usage_drop");
                never("second_product");
                if even {
                    expect(&["portal integrated>proficient"]);
                } else {
                    never("integrated>proficient");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "seed {seed}, {} problems with {accounts} accounts:\n{}", wrong.len(), wrong.join("\n"));
}
