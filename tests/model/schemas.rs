//! `schemas/` holds what the types say: `UPDATE_SCHEMAS=1 cargo test --test model schemas::` writes it anew.
//!
//! | file | from |
//! |---|---|
//! | one for each input type | `input::wire` |
//! | one for each output type | `output::types()` |
//! | one for each answer about accounts | `view::schemas()` |
//! | `cloudevent.v1.json`, the envelope in structured mode | [`envelope`] |
//! | `asyncapi.yaml`, the topics | [`asyncapi`], from [`topics`] |
//! | `openapi.yaml`, the HTTP API | `api::openapi`, from the table of routes |
//!
//! Every output of the golden stories and of random streams is validated against envelope and `dataschema`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::story::Told;
use crate::{asyncapi, oracle, story};
use adoption_tracker::api::openapi;
use adoption_tracker::engine::{Cause, day_in};
use adoption_tracker::input::wire;
use adoption_tracker::output::{self, CloudEvent, PartitionOwned, SCHEMA_BASE, SOURCE};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::portfolio::Outline;
use adoption_tracker::replay::{Replay, ReplayOptions};
use adoption_tracker::view;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

const ENVELOPE: &str = "cloudevent.v1.json";
const ASYNCAPI: &str = "asyncapi.yaml";
const OPENAPI: &str = "openapi.yaml";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// CloudEvents 1.0 in structured mode, as `replay` writes it: stricter than the specification, which leaves more open. All outputs in one file, each
/// told apart by its type, with what several have in common once: the one to generate code from.
fn envelope() -> Value {
    let mut definitions = Map::new();
    let mut define = |name: &str, definition: Value| {
        let before = definitions.insert(name.to_owned(), definition.clone());
        assert!(before.is_none_or(|before| before == definition), "{name} is two things");
    };
    let mut of_types = Vec::new();
    for (file, mut schema) in output::schemas() {
        let (name, title) = (in_camel_case(file), schema["title"].clone());
        let object = schema.as_object_mut().expect("an object's schema");
        object.shift_remove("$schema");
        object.shift_remove("$id");
        object.insert("title".to_owned(), json!(name));
        if let Some(Value::Object(shared)) = object.shift_remove("$defs") {
            shared.into_iter().for_each(|(name, definition)| define(&name, definition));
        }
        define(&name, schema);
        of_types.push(json!({
            "title": format!("{name}Event"),
            "type": "object",
            "properties": {
                "type": {"type": "string", "enum": [title]},
                "dataschema": {"type": "string", "enum": [format!("{SCHEMA_BASE}{file}")]},
                "data": {"$ref": format!("#/$defs/{name}")},
            },
            "required": ["type", "dataschema", "data"],
        }));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{SCHEMA_BASE}{ENVELOPE}"),
        "title": "CloudEvent",
        "description": "An output as a CloudEvents 1.0 object in structured mode. In Kafka the mode is binary: the attributes are headers \
            `ce_…`, the value is `data`. Later versions may add types, attributes and members: pass over those that you do not know.",
        "type": "object",
        "properties": {
            "specversion": {"type": "string", "enum": ["1.0"]},
            "id": {
                "description": "A function of type, subject, cause, and the rule, measure, segment, milestone or target.",
                "type": "string",
                "pattern": "^[0-9a-f]{32}$",
            },
            "source": {"type": "string", "enum": [SOURCE]},
            "subject": {
                "description": "account, account/product or account/user; a partition or `fleet`",
                "type": "string",
                "minLength": 1,
            },
            "time": {
                "description": "The event's time, or the start of the day whose boundary was the cause.",
                "type": "string",
                "format": "date-time",
            },
            "datacontenttype": {"type": "string", "enum": ["application/json"]},
        },
        "required": ["specversion", "id", "source", "subject", "time", "datacontenttype"],
        "oneOf": of_types,
        "$defs": definitions,
    })
}

/// `ProductStageChanged` of `product-stage-changed.v1.json`.
fn in_camel_case(file: &str) -> String {
    let words = file.trim_end_matches(".v1.json").split('-');
    words.map(|word| format!("{}{}", word[..1].to_uppercase(), &word[1..])).collect()
}

/// Every JSON Schema with the name of its file.
fn schemas() -> BTreeMap<&'static str, Value> {
    let all: Vec<(&str, Value)> =
        wire::schemas().into_iter().chain(output::schemas()).chain(view::schemas()).chain([(ENVELOPE, envelope())]).collect();
    let count = all.len();
    let by_name: BTreeMap<_, _> = all.into_iter().collect();
    assert_eq!(by_name.len(), count, "two schemas share a name");
    by_name
}

/// Everything that belongs into `schemas/`.
fn files() -> BTreeMap<&'static str, String> {
    let pretty = |schema: &Value| serde_json::to_string_pretty(schema).expect("JSON serializes") + "\n";
    let schemas = schemas();
    let mut files: BTreeMap<_, _> = schemas.iter().map(|(name, schema)| (*name, pretty(schema))).collect();
    files.insert(ASYNCAPI, asyncapi::text());
    files.insert(OPENAPI, asyncapi::yaml::text(&openapi::document()));
    files
}

#[test]
fn the_folder_holds_what_the_types_say() {
    let files = files();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        if folder().exists() {
            std::fs::remove_dir_all(folder()).expect("schemas/ can be emptied");
        }
        std::fs::create_dir(folder()).expect("schemas/ can be made");
        for (name, text) in &files {
            std::fs::write(folder().join(name), text).expect("a schema can be written");
        }
    }
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).expect("schemas/") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        found.insert(name, std::fs::read_to_string(&path).expect("a text"));
    }
    assert!(found.keys().map(String::as_str).eq(files.keys().copied()), "found {:?}, expected {:?}", found.keys(), files.keys());
    for (name, text) in &files {
        assert!(found[*name] == *text, "schemas/{name} is not what the types say: UPDATE_SCHEMAS=1 cargo test --test model schemas::");
    }
}

#[test]
fn the_api_document_is_read_back_as_it_was_written() {
    let document = openapi::document();
    assert_eq!(asyncapi::yaml::parsed(&asyncapi::yaml::text(&document)), document);
    let schemas = document["components"]["schemas"].as_object().expect("schemas by name");
    for (name, schema) in schemas {
        assert!(jsonschema::meta::is_valid(schema), "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{name}");
    }
}

#[test]
fn every_schema_is_valid_and_named_by_its_file() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("{SCHEMA_BASE}{name}"), "{name}");
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
    }
}

/// What follows no rule of `src/schema.rs`: each with where it stands.
fn faults_for_tools(schema: &Value, at: &str, faults: &mut Vec<String>) {
    const NAMED: [&str; 2] = ["properties", "$defs"];
    const SCHEMAS: [&str; 3] = ["items", "additionalProperties", "propertyNames"];
    const LISTED: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];
    let Value::Object(object) = schema else {
        if schema != &json!(false) {
            faults.push(format!("{at} is anything"));
        }
        return;
    };
    if !["type", "$ref", "anyOf", "oneOf"].iter().any(|key| object.contains_key(*key)) {
        faults.push(format!("{at} has no type"));
    }
    if object.get("format").is_some_and(|format| format != "date-time") {
        faults.push(format!("{at} has the format {}", object["format"]));
    }
    if ["if", "then", "else", "not"].iter().any(|key| object.contains_key(*key)) {
        faults.push(format!("{at} has a condition"));
    }
    if object.get("$ref").and_then(Value::as_str).is_some_and(|to| !to.starts_with("#/$defs/")) {
        faults.push(format!("{at} is elsewhere"));
    }
    for key in NAMED {
        for (name, part) in object.get(key).and_then(Value::as_object).into_iter().flatten() {
            faults_for_tools(part, &format!("{at}/{key}/{name}"), faults);
        }
    }
    for key in SCHEMAS {
        object.get(key).into_iter().for_each(|part| faults_for_tools(part, &format!("{at}/{key}"), faults));
    }
    for key in LISTED {
        for part in object.get(key).and_then(Value::as_array).into_iter().flatten() {
            faults_for_tools(part, &format!("{at}/{key}"), faults);
        }
    }
}

#[test]
fn every_schema_is_plain_enough_for_tools() {
    for (name, schema) in schemas() {
        let mut faults = Vec::new();
        faults_for_tools(&schema, name, &mut faults);
        assert!(faults.is_empty(), "{faults:#?}");
    }
    let mut faults = Vec::new();
    let bad =
        json!({"type": "object", "properties": {"a": true, "b": {"const": 1}, "c": {"type": "integer", "format": "uint32"}}, "if": {}});
    faults_for_tools(&bad, "", &mut faults);
    let expected =
        [" has a condition", "/properties/a is anything", "/properties/b has no type", "/properties/c has the format \"uint32\""];
    assert_eq!(faults, expected);
}

#[test]
fn what_is_open_to_grow_is_told() {
    let told = |schema: &Value, what: &str| schema["description"].as_str().is_some_and(|description| description.contains(what));
    let inputs: Vec<&str> = wire::schemas().into_iter().map(|(file, _)| file).collect();
    for (name, schema) in schemas() {
        let is_input = inputs.contains(&name);
        assert!(told(&schema, if is_input { "Other members are ignored." } else { "Later versions may add" }), "{name}");
        assert_ne!(schema["additionalProperties"], json!(false), "{name}");
        for (definition, of) in schema["$defs"].as_object().into_iter().flatten() {
            assert!(of["enum"].is_null() || told(of, "Later versions may add words."), "{name}: {definition}");
        }
    }
}

/// What describes all of what we write today: a member more is a fault of ours, though none for a reader.
fn closed(schema: &mut Value) {
    match schema {
        Value::Array(parts) => parts.iter_mut().for_each(closed),
        Value::Object(object) => {
            object.values_mut().for_each(closed);
            // Of a field of that name this is the schema.
            if object.get("properties").is_some_and(|properties| properties["type"].is_null() || properties["type"].is_object()) {
                object.insert("unevaluatedProperties".to_owned(), json!(false));
                for variant in object.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
                    variant.as_object_mut().and_then(|variant| variant.remove("unevaluatedProperties"));
                }
            }
        }
        _ => {}
    }
}

/// Validates envelopes, and data by their `dataschema`.
struct Judge {
    by_id: BTreeMap<String, Validator>,
}

impl Judge {
    fn new() -> Self {
        let mut schemas = schemas();
        schemas.values_mut().for_each(closed);
        let registry = schemas.values().fold(jsonschema::Registry::new(), |registry, schema| {
            let id = schema["$id"].as_str().expect("every schema has an id");
            registry.add(id, schema).expect("every id is a URI")
        });
        let registry = registry.prepare().expect("references resolve");
        let options = jsonschema::options().should_validate_formats(true).with_registry(&registry);
        let validator = |schema: &Value| options.build(schema).expect("a valid schema");
        Self { by_id: schemas.iter().map(|(name, schema)| (format!("{SCHEMA_BASE}{name}"), validator(schema))).collect() }
    }

    fn faults(&self, event: &Value) -> Vec<String> {
        let Some(of_data) = event["dataschema"].as_str().and_then(|id| self.by_id.get(id)) else {
            return vec![format!("no schema {}", event["dataschema"])];
        };
        let envelope = &self.by_id[&format!("{SCHEMA_BASE}{ENVELOPE}")];
        envelope.iter_errors(event).chain(of_data.iter_errors(&event["data"])).map(|error| error.to_string()).collect()
    }
}

#[test]
fn outputs_of_the_stories_are_valid() {
    let judge = Judge::new();
    for file in story::files() {
        let run = story::run(&std::fs::read_to_string(&file).expect("a story"));
        for told in &run.told {
            if let Told::Output(event) = told {
                let faults = judge.faults(event);
                assert!(faults.is_empty(), "{}: {}\n{faults:?}\n{event:#}", file.display(), run.text(told));
            }
        }
    }
}

#[test]
fn outputs_of_random_streams_are_valid() {
    let judge = Judge::new();
    let mut types = BTreeMap::<String, usize>::new();
    // Some of each type, for the tools of tests/schemas/run.sh.
    let mut kept = String::new();
    for seed in 1..=200 {
        let is_whole = seed % 4 == 3;
        let yaml = if is_whole { oracle::stream::whole_playbook(seed) } else { oracle::stream::playbook(seed) };
        let yaml = yaml + "targets: {any: {figure: accounts, at_least: 1}}\n";
        let playbook = Arc::new(Playbook::load("random.yaml", &yaml).expect("random playbooks load"));
        let until_ms = oracle::until_instant(&yaml, &oracle::stream::until(seed)).expect("the stream has an end");
        let options = ReplayOptions {
            until_ms: Some(until_ms),
            latest_ms: until_ms,
            max_record_bytes: 1 << 20,
            engine: adoption_tracker::engine::EngineSettings::default(),
            portfolio: true,
        };
        let mut replay = Replay::new(playbook, options);
        let lines =
            if is_whole { oracle::stream::whole_lines(seed, 300, false) } else { oracle::stream::lines(seed, 300, seed.is_multiple_of(2)) };
        for line in lines {
            // Bad lines are part of the streams; here only what comes out counts.
            drop(replay.line(line.as_bytes()));
        }
        replay.finish();
        let mut check = |event: CloudEvent| {
            let event: Value = serde_json::from_str(&event.structured()).expect("outputs are JSON");
            let faults = judge.faults(&event);
            assert!(faults.is_empty(), "seed {seed}: {faults:?}\n{event:#}");
            let of_type = types.entry(event["type"].as_str().expect("a type").to_owned()).or_default();
            *of_type += 1;
            if *of_type <= 20 {
                kept += &format!("{event}\n");
            }
        };
        replay.drain(&mut check);
        // What the service publishes with its commits, beside what a replay does.
        for account in replay.engine().accounts().iter() {
            check(CloudEvent::account_updated(account, replay.engine(), &Cause::Day(account.day), until_ms));
        }
        let outline = Outline::new(replay.engine().playbook());
        let counts = replay.summary().counts.as_deref().expect("they were asked for");
        let day = day_in(&outline.playbook.time_zone, until_ms);
        check(output::partition(3, counts, day, &outline));
        let (fleet, targets) = output::fleet(counts, day, &outline);
        check(fleet);
        check(output::owned(&PartitionOwned { partition: 3, instance: "a".to_owned(), url: Some("http://a:9596".to_owned()) }, until_ms));
        targets.iter().filter_map(|state| output::target_crossed(state, day, &outline.playbook)).for_each(&mut check);
    }
    let expected: Vec<String> = output::schemas().iter().map(|(_, schema)| schema["title"].as_str().expect("a title").to_owned()).collect();
    let missing: Vec<&String> = expected.iter().filter(|name| !types.contains_key(*name)).collect();
    assert!(missing.is_empty(), "none of {missing:?} comes of the streams, of which come {types:?}");
    if let Some(file) = std::env::var_os("ADOPTION_OUTPUTS") {
        std::fs::write(file, kept).expect("the outputs can be written");
    }
}

#[test]
fn what_is_no_output_is_refused() {
    let judge = Judge::new();
    let run = story::run("\n== playbook shipped\n== input\n2026-03-01 usage acme crm\n== output\n");
    let Some(Told::Output(good)) = run.told.first() else { panic!("an output") };
    assert_eq!(judge.faults(good), Vec::<String>::new());
    for (pointer, value) in [
        ("/specversion", json!("0.3")),
        ("/id", json!("1")),
        ("/type", json!("adoption.product_stage.gone")),
        ("/type", json!("adoption.alert.opened")),
        ("/time", json!("yesterday")),
        ("/subject", json!("")),
        ("/data", json!([])),
        ("/data/to", json!("abandoned")),
        ("/data/entitled", Value::Null),
        ("/data/evidence/0/window/from", json!("2026-1-1")),
        ("/data/cause", json!({"moon": 1})),
        ("/data/cause", json!({"day": "2026-03-01", "moon": 1})),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("the field is there") = value;
        assert!(!judge.faults(&bad).is_empty(), "{pointer}: {bad}");
    }
}
