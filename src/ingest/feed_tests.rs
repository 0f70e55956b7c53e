//! A feed by itself: what it publishes, counts and commits.

use super::*;
use crate::mapping::Mapping;
use crate::ops::{Health, Metrics};
use crate::topics::Topic;

const MAPPING: &str = include_str!("../../tests/mapping/clicks.yaml");

fn feed(bytes_max: usize) -> (Feed, Arc<Metrics>) {
    let mapping = Mapping::parse("clicks.yaml", MAPPING).expect("it is good");
    let metrics = Arc::new(Metrics::new(""));
    let report = Arc::new(Report::new("clicks", 0, &metrics, &Health::new(1)));
    let source = Arc::new(Source { name: "clicks".to_owned(), topic: "clicks-of-others".to_owned(), mapping });
    (Feed::new(3, source, bytes_max, report), metrics)
}

fn click(id: u32, account: &str, feature: &str) -> String {
    format!(r#"{{"kind":"click","id":"{id}","at":1790000000000,"account":"{account}","feature":"{feature}"}}"#)
}

/// Topic, key, value and headers.
type Published = (Topic, String, String, Vec<(String, String)>);

/// The records in the outbox.
fn published(feed: &Feed) -> Vec<Published> {
    let text = |bytes: Option<&[u8]>| bytes.map_or("-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned());
    let record = |publish: crate::partition::Publish<'_>| {
        let headers = publish.headers.map(|(name, value)| (name.to_owned(), text(Some(value)))).collect();
        (publish.topic, text(publish.key), text(publish.value), headers)
    };
    feed.outbox().iter().map(record).collect()
}

fn process(feed: &mut Feed, offset: i64, value: &str) {
    feed.process(0, &[Record::bare(offset, b"any", Some(value.as_bytes()))], 0);
}

#[test]
fn a_record_becomes_native_ones_and_one_letter() {
    let (mut feed, metrics) = feed(1_000_000);
    let redo = feed.restored(&Inputs::committed(&[Some(7)])).expect("it goes on");
    assert_eq!((redo.resume, feed.next_offsets()), (vec![Resume::Offset(7)], &[7][..]));
    let clicks =
        [click(1, "acme", "/contacts"), click(2, "acme", "/unheard-of"), r#"{"kind":"scroll"}"#.to_owned(), click(3, "", "/contacts")];
    process(&mut feed, 9, &format!(r#"{{"items":[{}]}}"#, clicks.join(",")));
    let found = published(&feed);
    assert_eq!(found.len(), 2, "{found:?}");
    let (topic, key, value, headers) = &found[0];
    assert_eq!((*topic, &**key, headers.len()), (Topic::Fed, "acme", 0));
    let native = r#"{"type":"usage","id":"1","time":1790000000000,"account":"acme","product":"crm","feature":"contact.created"}"#;
    let (found_json, expected): (serde_json::Value, serde_json::Value) =
        (serde_json::from_str(value).expect("JSON"), serde_json::from_str(native).expect("JSON"));
    assert_eq!(found_json, expected);
    let (topic, key, value, headers) = &found[1];
    assert_eq!((*topic, &**key), (Topic::IngestDeadLetters, "any"));
    assert!(value.starts_with(r#"{"items":["#), "the original: {value}");
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    for (name, expected) in [
        ("__connect.errors.topic", "clicks-of-others"),
        ("__connect.errors.partition", "3"),
        ("__connect.errors.offset", "9"),
        ("__connect.errors.stage", "ingest"),
        ("__connect.errors.exception.class.name", "not_listed"),
        (SOURCE, "clicks"),
        (REJECTED, "2"),
    ] {
        assert_eq!(header(name), Some(expected), "{name}");
    }
    let message = header("__connect.errors.exception.message").expect("it says why");
    assert!(message.starts_with("/items/1/feature: "), "{message}");
    assert_eq!((feed.next_offsets(), feed.has_changes()), (&[10][..], true));
    let counted = |metrics: &Metrics| metrics.ingest_records.with_label_values(&["clicks"]).get();
    assert_eq!(counted(&metrics), 0, "what is not committed is not counted");
    feed.post_commit();
    assert!(published(&feed).is_empty() && !feed.has_changes());
    assert_eq!(counted(&metrics), 1);
    assert_eq!(metrics.ingest_events.with_label_values(&["clicks", "usage"]).get(), 1);
    assert_eq!(metrics.ingest_left_out.with_label_values(&["clicks", "unmapped"]).get(), 1);
    assert_eq!(metrics.ingest_dead_letters.with_label_values(&["clicks", "not_listed"]).get(), 1);
    assert_eq!(metrics.ingest_dead_letters.with_label_values(&["clicks", "missing_field"]).get(), 1);
}

#[test]
fn tombstones_and_framed_values_and_what_is_no_record() {
    let (mut feed, _) = feed(1_000_000);
    assert_eq!(feed.restored(&Inputs::committed(&[None])).expect("it begins").resume, [Resume::Beginning]);
    feed.process(0, &[Record::bare(0, b"any", None)], 0);
    assert!(published(&feed).is_empty() && feed.has_changes(), "unmapped, and read");
    process(&mut feed, 1, &format!("\0\0\0\0\u{7}{{\"items\":[{}]}}", click(1, "acme", "/contacts")));
    assert_eq!(published(&feed).len(), 1);
    feed.post_commit();
    feed.skip(0, 5);
    assert_eq!((feed.next_offsets(), feed.has_changes()), (&[5][..], true));
}

#[test]
fn what_the_topics_would_not_take_is_cut_or_refused() {
    let (mut feed, metrics) = feed(600);
    process(&mut feed, 0, &format!(r#"{{"items":[{}]}}"#, click(1, &"a".repeat(250), "/contacts")));
    let found = published(&feed);
    assert_eq!(found.iter().map(|(topic, ..)| *topic).collect::<Vec<_>>(), [Topic::IngestDeadLetters]);
    assert!(found[0].2.len() < 600 && found[0].3.iter().any(|(name, _)| name == crate::task::ORIGINAL_BYTES), "{found:?}");
    feed.post_commit();
    assert_eq!(metrics.ingest_dead_letters.with_label_values(&["clicks", "too_large"]).get(), 1);
}
