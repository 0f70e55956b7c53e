//! Usage and gauges are decoded without an allocation, and an event in steady state is applied without one: counted by the allocator
//! itself.

#[expect(dead_code, reason = "shared with tests that ask for more")]
mod counting_allocator;

use std::sync::Arc;

use adoption_tracker::engine::{CauseRef, Engine, EngineSettings};
use adoption_tracker::input::{Limits, decode};
use adoption_tracker::playbook::Playbook;
use counting_allocator::allocations;

fn allocations_of(value: &str) -> usize {
    let limits = Limits::default();
    // The first record of a thread makes room for where its strings end.
    let _ = decode(None, &[b' '; 1000], Vec::new, &limits);
    let before = allocations();
    let event = decode(Some(b"acme"), value.as_bytes(), Vec::new, &limits);
    let after = allocations();
    assert!(event.is_ok(), "{value}");
    after - before
}

#[test]
fn usage_and_gauges_allocate_nothing() {
    for value in [
        r#"{"type":"usage","id":"e","time":"2026-10-03T10:15:30.123Z","account":"acme","product":"crm","user":"u","feature":"f","quantity":3}"#,
        r#"{"type":"usage","time":1791022530123,"account":"acme","product":"crm","extra":{"deep":[[{"x":"\n"}]]},"more":"\ud800"}"#,
        r#"{"type":"gauge","time":"2026-10-03T10:15:30+02:00","account":"acme","product":"crm","name":"contacts","value":-1.5e3}"#,
        r#"{"type":"touchpoint","time":946684800000,"account":"acme","kind":"call"}"#,
    ] {
        assert_eq!(allocations_of(value), 0, "{value}");
    }
}

/// The counter counts: an escape in a string that is read needs a place of its own.
#[test]
fn an_escape_allocates() {
    assert_eq!(allocations_of(r#"{"type":"usage","time":946684800000,"account":"acme","product":"\u0063rm"}"#), 1);
}

/// One day's round: every user of every account uses every feature.
fn round(day: i64) -> Vec<String> {
    let mut lines = Vec::new();
    for account in 0..20 {
        for user in 0..40 {
            for feature in ["contact.created", "activity.logged", "not.in.the.catalogue"] {
                lines.push(format!(
                    r#"{{"type":"usage","id":"e","time":{},"account":"account-{account}","product":"crm","user":"user-{user}","feature":"{feature}"}}"#,
                    1_767_225_600_000 + day * 86_400_000 + account
                ));
            }
        }
    }
    lines
}

#[test]
fn an_event_in_steady_state_allocates_nothing() {
    let mut engine = Engine::new(Arc::new(Playbook::shipped()), EngineSettings::default());
    let limits = Limits { check_key: false, ..Limits::default() };
    let mut effects = Vec::new();
    let mut number = 0;
    let mut apply = |engine: &mut Engine, line: &str, effects: &mut Vec<_>| {
        let event = decode(None, line.as_bytes(), Vec::new, &limits).expect("a valid event");
        number += 1;
        engine.apply(&event, CauseRef::Line(number), i64::MAX, number, effects);
    };
    // Until every window is full: 95 days.
    for day in 0..95 {
        for line in &round(day) {
            apply(&mut engine, line, &mut effects);
        }
        engine.roll(1000, &mut effects);
    }
    effects.clear();
    // The day goes on.
    let lines = round(94);
    let before = allocations();
    for line in &lines {
        apply(&mut engine, line, &mut effects);
    }
    let allocated = allocations() - before;
    assert_eq!((allocated, effects.len()), (0, 0), "allocations and outputs of {} events", lines.len());
    // The count does count.
    drop(std::hint::black_box(Box::new(1u8)));
    assert!(allocations() > before);
}
