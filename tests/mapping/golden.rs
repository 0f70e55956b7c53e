//! Shipped mappings on what tools wrote. What is expected stands in `golden`, a file for each mapping; `UPDATE_GOLDEN=1` writes what comes out,
//! and what is committed was looked through.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use adoption_tracker::engine::EngineSettings;
use adoption_tracker::mapping::{Mapping, Measured, Outcome};
use adoption_tracker::playbook::{Comparison, Condition, MetricRef, Operand, Playbook};
use adoption_tracker::replay::{Replay, ReplayOptions};
use serde_json::{Value, json};

use super::{mapping, outcomes, told};

/// By mapping: files of `tests/samples`, or of `records`, which were not measured.
const FILES: [(&str, &[&str]); 22] = [
    (
        "segment",
        &[
            "segment-python-track.json",
            "segment-python-group.json",
            "segment-python-identify.json",
            "segment-node-track.json",
            "segment-node-group.json",
        ],
    ),
    ("rudderstack", &["rudder-python-track.json", "rudder-python-group.json", "segment-python-track.json"]),
    ("posthog", &["posthog-capture.json", "posthog-groupidentify.json"]),
    ("mixpanel", &["mixpanel-track.json", "mixpanel-track-datetime.json"]),
    ("amplitude", &["amplitude.json", "amplitude-groupidentify.json"]),
    ("snowplow", &["snowplow.json", "snowplow-truetime.json"]),
    ("stripe", &["stripe-event.json", "records/stripe.jsonl", "records/stripe-mock.json"]),
    ("salesforce-cdc", &["records/salesforce-cdc.jsonl"]),
    ("delighted", &["records/delighted.jsonl"]),
    ("openmeter", &["records/openmeter.jsonl"]),
    ("debezium", &["debezium.json", "debezium-schema.json"]),
    ("connect", &["connect-json.json", "connect-json-schema.json"]),
    (
        "cloudevents",
        &[
            "cloudevents-go-structured.json",
            "cloudevents-java-structured.json",
            "cloudevents-node-structured.json",
            "cloudevents-node-structured-buffer.json",
            "cloudevents-python1-structured.json",
            "cloudevents-python1-structured-bytes.json",
            "cloudevents-python2-structured.json",
            "cloudevents-python2-structured-bytes.json",
        ],
    ),
    ("duckdb", &["duckdb.jsonl"]),
    ("pandas", &["pandas.jsonl", "pandas-2.jsonl", "pandas-iso.jsonl"]),
    ("polars", &["polars.jsonl"]),
    ("clickhouse", &["clickhouse.jsonl", "clickhouse-iso.jsonl"]),
    ("postgres", &["postgres.jsonl"]),
    ("pyspark", &["pyspark.jsonl"]),
    ("sqlite", &["sqlite.jsonl"]),
    ("bigquery", &["records/bigquery.jsonl"]),
    ("snowflake", &["records/snowflake.jsonl"]),
];

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A sample; of one that came back from Kafka, the value.
fn sample(name: &str) -> String {
    let text = read(&match name.strip_prefix("records/") {
        Some(name) => folder().join("mapping/records").join(name),
        None => folder().join("samples").join(name),
    });
    if !name.starts_with("cloudevents-") {
        return text;
    }
    let record: Value = serde_json::from_str(&text).expect("JSON");
    record["value"].as_str().expect("a text").to_owned()
}

fn load(name: &str) -> Mapping {
    Mapping::load(name).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn shipped_mappings_make_this_of_the_samples() {
    for (name, files) in FILES {
        let mut text = String::new();
        for file in files {
            let _ = writeln!(text, "# {file}");
            for (line, outcome) in outcomes(load(name), sample(file).as_bytes()) {
                let _ = writeln!(text, "{line}: {}", told(&outcome));
            }
        }
        let path = folder().join("mapping/golden").join(format!("{name}.txt"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).expect("a file can be written");
        }
        assert_eq!(text, read(&path), "{name}: UPDATE_GOLDEN=1 writes it anew");
    }
}

#[test]
fn every_mapping_that_ships_and_every_sample_is_here() {
    let names = || Mapping::shipped().map(|shipped| shipped.name).collect::<BTreeSet<_>>();
    assert_eq!(names(), FILES.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), "shipped, and here");
    let entries = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/mappings")).expect("mappings");
    let files: BTreeSet<String> = entries.map(|entry| entry.expect("a file").file_name().into_string().expect("UTF-8")).collect();
    assert_eq!(files, names().iter().map(|name| format!("{name}.yaml")).collect::<BTreeSet<_>>(), "files of deploy/mappings, and shipped");
    // Binary CloudEvents are taken by the service itself, and so are those without time and twice of one template; a subscription is no record.
    let is_elsewhere = |name: &str| {
        name == "README.md" || name == "stripe-subscription.json" || name.starts_with("cloudevents-") && !name.contains("structured")
    };
    let here: BTreeSet<&str> = FILES.iter().flat_map(|(_, files)| *files).copied().collect();
    for entry in std::fs::read_dir(folder().join("samples")).expect("samples") {
        let name = entry.expect("a file").file_name().into_string().expect("UTF-8");
        assert!(is_elsewhere(&name) || here.contains(name.as_str()), "{name} is mapped by none");
    }
    for shipped in Mapping::shipped() {
        assert_eq!(load(shipped.name).name(), shipped.name);
        assert!(shipped.about().len() > 20 && shipped.about().ends_with('.'), "{}: {:?}", shipped.name, shipped.about());
        let is_measured = FILES.iter().any(|(name, files)| *name == shipped.name && files.iter().all(|file| !file.starts_with("records/")));
        assert_eq!(matches!(shipped.measured, Measured::By(_)), is_measured, "{}", shipped.name);
    }
}

/// What the comment of a mapping shows to edit is so.
#[test]
fn the_table_in_the_comment_of_a_mapping() {
    let shipped = Mapping::shipped().find(|shipped| shipped.name == "segment").expect("it ships");
    let shown: Vec<&str> = shipped.yaml.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    let [product, feature, tables @ ..] = &shown[..] else { panic!("{shown:?}") };
    let fields = |product: &str, feature: &str| format!("    {product}\n    user: /userId\n    {feature}\n");
    let track = fields("product: /properties/product", "feature: /event");
    assert!(shipped.yaml.contains(&track));
    let edited = shipped.yaml.replacen(&track, &fields(product, feature), 1) + &tables.join("\n");
    let found = outcomes(mapping(&edited), sample("segment-node-track.json").as_bytes());
    let [(_, Outcome::Native(native))] = &found[..] else { panic!("{found:?}") };
    assert!(native.json.contains(r#""product":"crm","user":"ann","feature":"contact.created""#), "{}", native.json);
}

/// Nine records, and 26 contacts created: what eve, who is internal, created counts nothing.
#[test]
fn every_export_of_the_table_comes_to_the_same() {
    let yaml = "version: 1\nproducts:\n  crm: {features: {contact.created: {}}}\nalerts:\n  a: {scope: product, open: 'events(\"contact.created\", 61) >= 1'}\n";
    for (name, file) in FILES.iter().flat_map(|(name, files)| files.iter().map(move |file| (*name, *file))) {
        let is_of_the_table = file.ends_with(".jsonl") && !["stripe", "salesforce-cdc", "delighted", "openmeter"].contains(&name);
        if !is_of_the_table {
            continue;
        }
        let playbook = Playbook::load("p.yaml", yaml).expect("a valid playbook");
        let metric = match &playbook.rules[0].open {
            Condition::Compare(Comparison { left: Operand::Metric(metric), .. }) => MetricRef::clone(metric),
            other => panic!("{other:?}"),
        };
        let engine = EngineSettings::default();
        let options = ReplayOptions { until_ms: None, latest_ms: i64::MAX, max_record_bytes: 1 << 20, engine, portfolio: false };
        let mut replay = Replay::new(Arc::new(playbook), options);
        for (line, outcome) in outcomes(load(name), sample(file).as_bytes()) {
            let Outcome::Native(native) = outcome else { panic!("{file}:{line}: {}", told(&outcome)) };
            replay.line(native.json.as_bytes()).unwrap_or_else(|reject| panic!("{file}:{line}: {reject}"));
        }
        assert_eq!(replay.summary().applied, 9, "{file}");
        assert_eq!(replay.engine().metric("acme", Some("crm"), &metric), Some(json!(26)), "{file}");
    }
}
