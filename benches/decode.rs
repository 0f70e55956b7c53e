//! What decoding one usage event costs, beside the same fields read by a serde_json derive that borrows; and what it costs to map a record of
//! others to a native one, which decodes it.
//!
//! The derive neither parses the time nor checks lengths, zones or keys: it is the floor of the usual way, not an equal.

use std::borrow::Cow;
use std::hint::black_box;

use adoption_tracker::input::{Body, Limits, decode};
use adoption_tracker::mapping::{Mapping, Outcome};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;

/// 187 bytes: what a lean producer sends.
const LEAN: &str = r#"{"type":"usage","id":"01JA8ZQ3V7M2K4N6P8R0T2W4Y6","time":"2026-10-03T10:15:30.123Z","account":"acct-000184","product":"crm","user":"u-000184-007","feature":"contact.created","quantity":3}"#;

/// 350 bytes: the same with members that nobody reads, one of them nested.
const PADDED: &str = r#"{"type":"usage","id":"01JA8ZQ3V7M2K4N6P8R0T2W4Y6","time":"2026-10-03T10:15:30.123+02:00","account":"acct-000184","product":"marketing-automation","user":"user-000184-0007@example.com","feature":"workflow.automated","quantity":3,"source":{"app":"web","flags":["beta","eu"]},"session":"5f0c2f9e-8a54-4b6a-9d1e-3c1c0f2b7a11","ip":"198.51.100.17","v":12}"#;

/// As Segment's library for Python wrote it.
const TRACK: &str = include_str!("../tests/samples/segment-python-track.json");

/// A row of an export, whose type says which of eleven plans is followed.
const ROW: &str = include_str!("../tests/samples/duckdb.jsonl");

const GAUGE: &str =
    r#"{"type":"gauge","time":1791022530123,"account":"acct-000184","product":"marketing","name":"active_campaigns","value":12.5}"#;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Tagged<'a> {
    #[serde(borrow)]
    Usage(Usage<'a>),
}

#[derive(Deserialize)]
struct Usage<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    account: Cow<'a, str>,
    #[serde(borrow)]
    product: Cow<'a, str>,
    #[serde(borrow)]
    user: Option<Cow<'a, str>>,
    #[serde(borrow)]
    feature: Option<Cow<'a, str>>,
    quantity: Option<u32>,
}

/// Both readers must have understood the same, or the comparison is none.
fn assert_same(value: &str) {
    let usage: Usage<'_> = serde_json::from_str(value).expect("valid");
    let event = decode(Some(b"acct-000184"), value.as_bytes(), Vec::new, &Limits::default()).expect("valid");
    assert_eq!(usage.time.parse::<jiff::Timestamp>().expect("an instant").as_millisecond(), event.time_ms);
    assert_eq!((usage.id, usage.account), (event.id, event.account));
    let quantity = usage.quantity.unwrap_or(1);
    assert_eq!(event.body, Body::Usage { product: usage.product, user: usage.user, feature: usage.feature, quantity });
}

fn benchmark(criterion: &mut Criterion) {
    assert_eq!((LEAN.len(), PADDED.len()), (187, 350));
    let limits = Limits::default();
    for (name, value) in [("usage_187", LEAN), ("usage_350", PADDED)] {
        assert_same(value);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(value.len() as u64));
        group.bench_function("decode", |bencher| {
            bencher.iter(|| decode(Some(b"acct-000184"), black_box(value.as_bytes()), Vec::new, &limits).expect("valid"));
        });
        group.bench_function("serde_json_known_type", |bencher| {
            bencher.iter(|| serde_json::from_slice::<Usage<'_>>(black_box(value.as_bytes())).expect("valid"));
        });
        group.bench_function("serde_json_tagged", |bencher| {
            bencher.iter(|| {
                let Tagged::Usage(usage) = serde_json::from_slice(black_box(value.as_bytes())).expect("valid");
                usage
            });
        });
        group.bench_function("from_utf8_alone", |bencher| {
            bencher.iter(|| std::str::from_utf8(black_box(value.as_bytes())).expect("valid"));
        });
        group.finish();
    }
    let row = ROW.lines().nth(5).expect("a row of usage");
    for (name, value) in [("segment", TRACK.trim_end()), ("duckdb", row)] {
        let mapping = Mapping::load(name).expect("it ships");
        let mut outcomes = Vec::new();
        criterion.bench_function(&format!("map/{name}_{}", value.len()), |bencher| {
            bencher.iter(|| {
                outcomes.clear();
                mapping.map(black_box(value.as_bytes()), &mut outcomes);
                assert!(matches!(outcomes[..], [Outcome::Native(_)]));
            });
        });
    }
    criterion.bench_function("gauge/decode", |bencher| {
        bencher.iter(|| decode(Some(b"acct-000184"), black_box(GAUGE.as_bytes()), Vec::new, &limits).expect("valid"));
    });
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
