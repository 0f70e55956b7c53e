//! What SDKs and export tools really write (`tests/samples`), through the decoder and the engine.

use std::path::Path;
use std::sync::Arc;

use adoption_tracker::engine::{CauseRef, Engine, EngineSettings, EventOutcome};
use adoption_tracker::input::{Body, Event, InputType, Limits, Reject, decode};
use adoption_tracker::playbook::{Comparison, Condition, MetricRef, Operand, Playbook};
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::{Value, json};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Decodes a record as it came back from Kafka and shows it to `look`.
fn decoded<T>(record: &Value, record_ms: Option<i64>, look: impl FnOnce(Event<'_>) -> T) -> Result<T, Reject> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let headers: Vec<(String, String)> = match &record["headers"] {
        Value::Object(headers) => headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        _ => panic!("{record}: no headers"),
    };
    let headers = || headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let (key, value) = (text(&record["key"]), text(&record["value"]));
    let limits = Limits { record_ms, ..Limits::default() };
    decode(Some(key.as_bytes()), value.as_bytes(), headers, &limits).map(look).map_err(|reject| *reject)
}

const CLOUD_EVENTS: [&str; 15] = [
    "go-binary",
    "go-structured",
    "java-binary",
    "java-binary-no-time",
    "java-structured",
    "node-binary",
    "node-structured",
    "node-structured-buffer",
    "python1-binary",
    "python1-structured",
    "python1-structured-bytes",
    "python2-binary",
    "python2-structured",
    "python2-structured-bytes",
    "rust-binary",
];

/// All say the same: ann created a contact. Also where the data does not name the account, which is their subject.
#[test]
fn cloud_events() {
    for sdk in CLOUD_EVENTS {
        let mut record: Value = serde_json::from_str(&read(&format!("cloudevents-{sdk}.json"))).expect("JSON");
        let record_ms = sdk.ends_with("no-time").then_some(1_795_888_000_000);
        for account in [r#""account":"acme","#, r#""account": "acme", "#] {
            let look = |event: Event<'_>| {
                let Body::Usage { product, user, feature, quantity } = event.body else { panic!("{sdk}: not usage") };
                let told =
                    (event.account.into_owned(), product.into_owned(), user.as_deref() == Some("ann"), feature.map(|f| f.into_owned()));
                assert!(event.id.is_some_and(|id| id.len() > 5), "{sdk}");
                // 2026-11-28, the day on which they were written.
                assert!((1_795_824_000_000..1_795_910_400_000).contains(&event.time_ms), "{sdk}: {}", event.time_ms);
                (told, quantity)
            };
            let told = decoded(&record, record_ms, look).unwrap_or_else(|reject| panic!("{sdk}: {reject}"));
            assert_eq!(told, (("acme".into(), "crm".into(), true, Some("contact.created".into())), 1), "{sdk}");
            record["value"] = json!(record["value"].as_str().expect("a text").replace(account, ""));
        }
        // With a version in its type, and a product in its subject.
        let mut versioned = record.to_string();
        for (is, becomes) in [("com.acme.usage", "com.acme.usage.v1"), (r#"_subject":"acme""#, r#"_subject":"acme/crm""#)] {
            versioned = versioned.replace(is, becomes);
        }
        for space in ["", " "] {
            let subject = |of: &str| format!(r#"\"subject\":{space}\"{of}\""#);
            versioned = versioned.replace(&subject("acme"), &subject("acme/crm"));
        }
        assert!(versioned.contains("usage.v1") && versioned.contains("acme/crm"), "{sdk}: {versioned}");
        let versioned = serde_json::from_str(&versioned).expect("JSON");
        let look = |event: Event<'_>| (event.body.input_type(), event.account.into_owned());
        let told = decoded(&versioned, record_ms, look).unwrap_or_else(|reject| panic!("{sdk}: {reject}"));
        assert_eq!(told, (InputType::Usage, "acme".to_owned()), "{sdk}");
    }
}

/// The SDK for Python, from 2 on, writes id and time into the attributes that it is handed: two events of one template are one, to whoever goes
/// by ids.
#[test]
fn two_cloud_events_from_one_template() {
    let records: [Value; 2] = serde_json::from_str(&read("cloudevents-python2-two-from-one-template.json")).expect("JSON");
    for (dedupe_ids, expected) in [(0, [1, 2]), (10, [1, 1])] {
        let playbook = Playbook::load("samples.yaml", "version: 1\nproducts: {crm: }\n").expect("a valid playbook");
        let settings = EngineSettings { dedupe_ids, ..EngineSettings::default() };
        let (mut engine, mut effects, mut applied) = (Engine::new(Arc::new(playbook), settings), Vec::new(), 0);
        for (line, expected) in (1..).zip(expected) {
            let outcome = |event: Event<'_>| engine.apply(&event, CauseRef::Line(line), i64::MAX, line, &mut effects);
            match decoded(&records[line as usize - 1], None, outcome).expect("each is read") {
                EventOutcome::Applied(_) => applied += 1,
                EventOutcome::Duplicate(_) => {}
                other => panic!("{other:?}"),
            }
            assert_eq!(applied, expected, "the last {dedupe_ids} ids are known");
        }
    }
}

/// Each file of that kind is read by a test.
#[test]
fn every_sample_of_a_cloud_event_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let names =
        std::fs::read_dir(folder).expect("the samples").map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let mut found: Vec<String> =
        names.filter_map(|name| Some(name.strip_prefix("cloudevents-")?.strip_suffix(".json")?.to_owned())).collect();
    found.sort();
    let mut known = [CLOUD_EVENTS.as_slice(), &["python2-two-from-one-template"]].concat();
    known.sort_unstable();
    assert_eq!(found, known);
}

#[test]
fn a_cloud_event_without_time() {
    let record: Value = serde_json::from_str(&read("cloudevents-java-binary-no-time.json")).expect("JSON");
    let reject = decoded(&record, None, |_| ()).expect_err("no time");
    let expected = "/time: required, but absent; with engine.time_from_record it would be that of the Kafka record";
    assert_eq!(reject.to_string(), expected);
}

#[test]
fn wrappings_are_named() {
    let cases = [("connect-json-schema.json", "value.converter.schemas.enable=false"), ("debezium.json", "ExtractNewRecordState")];
    for (name, mend) in cases {
        let reject = decode(None, read(name).as_bytes(), Vec::new, &Limits::default()).expect_err("wrapped");
        assert_eq!(reject.pointer, "/type", "{name}");
        assert!(reject.message.contains(mend), "{name}: {reject}");
    }
}

/// The line, and how its message ends.
type Dead = (u64, &'static str);

/// Replays an export, of which some lines are dead, and tells how many contacts were created.
fn contacts(name: &str, text: &str, dead: &[Dead]) -> Value {
    let yaml = "version: 1\nproducts:\n  crm: {features: {contact.created: {}}}\nalerts:\n  a: {scope: product, open: 'events(\"contact.created\", 61) >= 1'}\n";
    let playbook = Playbook::load("samples.yaml", yaml).expect("a valid playbook");
    let metric = match &playbook.rules[0].open {
        Condition::Compare(Comparison { left: Operand::Metric(metric), .. }) => MetricRef::clone(metric),
        other => panic!("{other:?}"),
    };
    let engine = EngineSettings::default();
    let options = ReplayOptions { until_ms: None, latest_ms: i64::MAX, max_record_bytes: 1 << 20, engine, portfolio: false };
    let mut replay = Replay::new(Arc::new(playbook), options);
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Err(reject) = replay.line(line.as_bytes()) {
            found.push((number, reject.to_string()));
        }
    }
    let is_as_expected = found.len() == dead.len()
        && found.iter().zip(dead).all(|((number, message), (expected, end))| number == expected && message.ends_with(end));
    assert!(is_as_expected, "{name}: {found:#?}");
    replay.engine().metric("acme", Some("crm"), &metric).expect("acme is known")
}

/// Twenty-six contacts, where eve stays internal though a later row writes `null` for that.
#[test]
fn exports() {
    let no_offset = "it has no offset: append Z where it is UTC, else one such as +02:00";
    let unquoted = [(2, "found \"48000.00\"; write the number without quotes")];
    let cases: [(&str, &[Dead]); 4] = [("duckdb", &[]), ("postgres", &[]), ("pyspark", &[]), ("polars", &unquoted)];
    for (name, dead) in cases {
        assert_eq!(contacts(name, &read(&format!("{name}.jsonl")), dead), json!(26), "{name}");
    }
    // Decimals are texts, and dates milliseconds.
    let pandas = read("pandas.jsonl");
    assert_eq!(contacts("pandas", &pandas, &unquoted), json!(26));
    let with_numbers = pandas.replace("\"48000.00\"", "48000.0");
    assert_eq!(contacts("pandas", &with_numbers, &[(2, "where these are milliseconds, write 2026-09-01")]), json!(26));
    // No line has an offset. With one, which ClickHouse's iso format writes, all is well.
    for name in ["clickhouse", "sqlite"] {
        let text = read(&format!("{name}.jsonl"));
        let (lines, mut rest) = (text.lines().count() as u64, text.lines());
        let is_told = |line: &str| {
            decode(None, line.as_bytes(), Vec::new, &Limits::default()).is_err_and(|reject| reject.message.ends_with(no_offset))
        };
        assert!(lines == 9 && rest.all(is_told), "{name}");
        let mended: String = text.lines().map(with_offset).collect();
        let flags = [(3, "found 0; write false"), (4, "found 1; write true")];
        let (contacts, expected) =
            if name == "sqlite" { (contacts(name, &mended, &flags), 33) } else { (contacts(name, &mended, &[]), 26) };
        assert_eq!(contacts, json!(expected), "{name}");
    }
}

/// The line with ` UTC` behind its time.
fn with_offset(line: &str) -> String {
    let (before, rest) = line.split_once("\"time\":\"").expect("a time");
    let (time, after) = rest.split_once('"').expect("its end");
    format!("{before}\"time\":\"{time} UTC\"{after}\n")
}
