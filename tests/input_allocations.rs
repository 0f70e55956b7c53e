//! The decoder's promise that usage and gauges cost no allocation, counted by the allocator itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use adoption_tracker::input::{Limits, decode};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(value: &str) -> usize {
    let limits = Limits::default();
    let before = ALLOCATIONS.get();
    let event = decode(Some(b"acme"), value.as_bytes(), &[], &limits);
    let after = ALLOCATIONS.get();
    assert!(event.is_ok(), "{value}");
    after - before
}

#[test]
fn usage_and_gauges_allocate_nothing() {
    for value in [
        r#"{"type":"usage","id":"e","time":"2026-10-03T10:15:30.123Z","account":"acme","product":"crm","user":"u","feature":"f","quantity":3}"#,
        r#"{"type":"usage","time":1791022530123,"account":"acme","product":"crm","extra":{"deep":[[{"x":"\n"}]]},"more":"\ud800"}"#,
        r#"{"type":"gauge","time":"2026-10-03T10:15:30+02:00","account":"acme","product":"crm","name":"contacts","value":-1.5e3}"#,
        r#"{"type":"touchpoint","time":0,"account":"acme","kind":"call"}"#,
    ] {
        assert_eq!(allocations(value), 0, "{value}");
    }
}

/// The counter counts: an escape in a string that is read needs a place of its own.
#[test]
fn an_escape_allocates() {
    assert_eq!(allocations(r#"{"type":"usage","time":0,"account":"acme","product":"\u0063rm"}"#), 1);
}
