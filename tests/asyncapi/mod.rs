//! `schemas/asyncapi.yaml`: the topics and what they carry, from the one table [`topics`].

pub mod yaml;

use adoption_tracker::config;
use adoption_tracker::ingest;
use adoption_tracker::input::wire;
use adoption_tracker::kafka::topic_settings::{Wanted, created};
use adoption_tracker::output::{self, SOURCE};
use adoption_tracker::task::{ORIGINAL_BYTES, ORIGINAL_HEADERS, ORIGINAL_KEY_BYTES};
use adoption_tracker::topics;
use serde_json::{Map, Value, json};

/// What a topic carries.
enum Carries {
    /// Schema files, each a message.
    Messages(&'static [&'static str]),
    /// Bytes as they came, with headers.
    DeadLetters,
    IngestDeadLetters,
    /// Outputs of any type, with further headers.
    Undelivered,
    /// Told here only so that nobody wonders: no one else reads or writes it.
    Private,
}

struct Topic {
    /// In `operations` and references.
    name: &'static str,
    address: String,
    /// Whether the last record of each key is kept for ever.
    compacted: bool,
    description: &'static str,
    carries: Carries,
}

const INPUTS: &str = "inputs";

/// For whoever reads outputs: clients differ in what they show of aborted transactions.
const HOW_TO_READ: &str =
    "Read committed records only, drop by ce_id what you have seen, and ignore records that have none (docs/reference/outputs.md).";

/// Every topic, inputs first.
fn topics() -> Vec<Topic> {
    let defaults = config::Topics::default();
    let topic = |name, written: topics::Topic, description, carries| {
        let settings = created(written.kind(), &Wanted { partitions: 1, replication: 1, input_retention_days: 1 });
        let compacted = settings.contains(&("cleanup.policy", "compact".to_owned()));
        Topic { name, address: written.name(&defaults.prefix), compacted, description, carries }
    };
    vec![
        Topic {
            name: INPUTS,
            address: defaults.inputs[0].clone(),
            compacted: false,
            description: "One JSON object a record, plain or as the data of a CloudEvent. The key is the account.",
            carries: Carries::Messages(&[
                "usage.v1.json",
                "gauge.v1.json",
                "entitlement.v1.json",
                "account.v1.json",
                "user.v1.json",
                "integration.v1.json",
                "workflow.v1.json",
                "touchpoint.v1.json",
                "nps.v1.json",
                "task.v1.json",
                "outcome.v1.json",
                "erase.v1.json",
            ]),
        },
        topic(
            "stageChanges",
            topics::Topic::StageChanges,
            "Stages of products and accounts that changed.",
            Carries::Messages(&["product-stage-changed.v1.json", "account-stage-changed.v1.json"]),
        ),
        topic(
            "signals",
            topics::Topic::Signals,
            "Measures that moved to another band, segments entered and exited, milestones achieved, targets of the fleet crossed.",
            Carries::Messages(&[
                "band-changed.v1.json",
                "segment-entered.v1.json",
                "segment-exited.v1.json",
                "milestone-achieved.v1.json",
                "target-crossed.v1.json",
            ]),
        ),
        topic(
            "alerts",
            topics::Topic::Alerts,
            "Alerts opened and cleared.",
            Carries::Messages(&["alert-opened.v1.json", "alert-cleared.v1.json"]),
        ),
        topic(
            "plays",
            topics::Topic::Plays,
            "Plays opened, held out, suppressed, worked and closed, and their outcomes.",
            Carries::Messages(&[
                "play-opened.v1.json",
                "play-held-out.v1.json",
                "play-suppressed.v1.json",
                "play-updated.v1.json",
                "play-closed.v1.json",
                "play-outcome.v1.json",
            ]),
        ),
        topic(
            "campaigns",
            topics::Topic::Campaigns,
            "Campaigns triggered for users, and their goals reached and missed.",
            Carries::Messages(&["campaign-triggered.v1.json", "campaign-reached.v1.json", "campaign-missed.v1.json"]),
        ),
        topic(
            "accounts",
            topics::Topic::Accounts,
            "The last state of each account that something was published about.",
            Carries::Messages(&["account-updated.v1.json"]),
        ),
        topic(
            "portfolio",
            topics::Topic::Portfolio,
            "The figures of all accounts, and the counts of each partition's.",
            Carries::Messages(&["portfolio-updated.v1.json", "partition-owned.v1.json"]),
        ),
        topic(
            "deadLetters",
            topics::Topic::DeadLetters,
            "Records that were not applied: the original bytes, key and headers, with headers for the reason.",
            Carries::DeadLetters,
        ),
        topic(
            "undelivered",
            topics::Topic::Undelivered,
            "Outputs that `adoption-tracker deliver` could not deliver: key, value and headers as they were, with headers for target and reason.",
            Carries::Undelivered,
        ),
        topic(
            "ingestDeadLetters",
            topics::Topic::IngestDeadLetters,
            "Records of others that `adoption-tracker ingest` could not map: the original bytes, key and headers, with headers for source and reason.",
            Carries::IngestDeadLetters,
        ),
        topic(
            "changelog",
            topics::Topic::Changelog,
            "Private: the service's own state, in a format of its own that may change with any version. Neither read nor write it.",
            Carries::Private,
        ),
    ]
}

/// The file.
pub fn text() -> String {
    yaml::text(&document())
}

fn document() -> Value {
    let topics = topics();
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for topic in &topics {
        channels.insert(topic.name.to_owned(), channel(topic));
        if let Carries::Messages(_) | Carries::DeadLetters | Carries::IngestDeadLetters | Carries::Undelivered = topic.carries {
            let action = if topic.name == INPUTS { "receive" } else { "send" };
            let name = format!("{action}{}{}", topic.name[..1].to_uppercase(), &topic.name[1..]);
            operations.insert(name, json!({"action": action, "channel": {"$ref": format!("#/channels/{}", topic.name)}}));
        }
        match topic.carries {
            Carries::Messages(files) => {
                for file in files {
                    messages.insert(message_name(file), message(file, topic.name == INPUTS));
                }
            }
            Carries::DeadLetters => {
                messages.insert("dead-letter".to_owned(), dead_letter());
            }
            Carries::IngestDeadLetters => {
                messages.insert("ingest-dead-letter".to_owned(), ingest_dead_letter());
            }
            Carries::Undelivered => {
                messages.insert("undelivered".to_owned(), undelivered());
            }
            Carries::Private => {}
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Adoption tracker",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Product-adoption stages, alerts and plays from usage events. Names of topics are those of the default settings.",
            "license": {"name": env!("CARGO_PKG_LICENSE")},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"CloudEventHeaders": cloud_event_headers()}},
    })
}

fn channel(topic: &Topic) -> Value {
    let is_output = topic.name != INPUTS && matches!(topic.carries, Carries::Messages(_));
    let description = if is_output { format!("{} {HOW_TO_READ}", topic.description) } else { topic.description.to_owned() };
    let mut channel = json!({"address": topic.address, "description": description});
    let reference = |name: String| (name.clone(), json!({"$ref": format!("#/components/messages/{name}")}));
    let messages: Map<String, Value> = match topic.carries {
        Carries::Messages(files) => files.iter().map(|file| reference(message_name(file))).collect(),
        Carries::DeadLetters => Map::from_iter([reference("dead-letter".to_owned())]),
        Carries::IngestDeadLetters => Map::from_iter([reference("ingest-dead-letter".to_owned())]),
        Carries::Undelivered => Map::from_iter([reference("undelivered".to_owned())]),
        Carries::Private => Map::new(),
    };
    if !messages.is_empty() {
        channel["messages"] = Value::Object(messages);
    }
    if topic.name != INPUTS {
        let policy = if topic.compacted { "compact" } else { "delete" };
        channel["bindings"] = json!({"kafka": {"topicConfiguration": {"cleanup.policy": [policy]}, "bindingVersion": "0.5.0"}});
    }
    channel
}

/// `usage`, `alert-opened`
fn message_name(file: &str) -> String {
    file.trim_end_matches(".v1.json").to_owned()
}

fn message(file: &str, is_input: bool) -> Value {
    let (_, schema) =
        wire::schemas().into_iter().chain(output::schemas()).find(|(name, _)| *name == file).expect("every file has a schema");
    let key = match file {
        "portfolio-updated.v1.json" => "The partition's number, or `fleet`.",
        "partition-owned.v1.json" => "`owner/`, and the partition's number.",
        "target-crossed.v1.json" => "`fleet`.",
        _ => "The account's id.",
    };
    let mut message = json!({
        "name": schema["title"],
        "summary": schema["description"],
        "contentType": "application/json",
        "payload": {"$ref": format!("./{file}")},
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, "bindingVersion": "0.5.0"}},
    });
    if !is_input {
        message["headers"] = json!({"$ref": "#/components/schemas/CloudEventHeaders"});
    }
    message
}

/// CloudEvents in Kafka's binary mode.
fn cloud_event_headers() -> Value {
    let text = || json!({"type": "string"});
    json!({
        "type": "object",
        "properties": {
            "ce_specversion": {"type": "string", "const": "1.0"},
            "ce_id": {
                "type": "string",
                "description": "The same however often the output is made: drop what you have seen, and ignore records without one.",
            },
            "ce_source": {"type": "string", "const": SOURCE},
            "ce_type": text(),
            "ce_subject": text(),
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_dataschema": {"type": "string", "format": "uri"},
            "content-type": {"type": "string", "const": "application/json"},
        },
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_dataschema", "content-type"],
    })
}

fn dead_letter() -> Value {
    let reason = ["topic", "partition", "offset", "stage", "exception.class.name", "exception.message"]
        .map(|name| (format!("__connect.errors.{name}"), json!({"type": "string"})));
    let cut = [
        (ORIGINAL_BYTES, "Where the value was cut to what the topic takes: how many bytes it had."),
        (ORIGINAL_HEADERS, "Where the original headers were left out: how many there were."),
        (ORIGINAL_KEY_BYTES, "Where the key was left out: how many bytes it had."),
    ]
    .map(|(name, description)| (name.to_owned(), json!({"type": "string", "pattern": "^[0-9]+$", "description": description})));
    json!({
        "name": "dead-letter",
        "summary": "The original bytes of a record that was not applied.",
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "properties": Map::from_iter(reason.into_iter().chain(cut))},
        "payload": {"description": "Whatever was sent.", "type": "string", "format": "binary"},
    })
}

fn ingest_dead_letter() -> Value {
    let mut letter = dead_letter();
    letter["name"] = json!("ingest-dead-letter");
    letter["summary"] = json!("The original bytes of a record that could not be mapped.");
    let headers = letter["headers"]["properties"].as_object_mut().expect("it has some");
    headers.insert(ingest::SOURCE.to_owned(), json!({"type": "string", "description": "A name of the settings' `[[sources]]`."}));
    let of_several = "Where several elements of the record were refused: how many. The reason is that of the first.";
    headers.insert(ingest::REJECTED.to_owned(), json!({"type": "string", "pattern": "^[0-9]+$", "description": of_several}));
    letter
}

fn undelivered() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let reason = ["timeout", "connection", "status", "settings"];
    let added = json!({
        "adoption.target": text("A name of the settings' `deliver.targets`."),
        "adoption.person": text("Where the URL was a person's: whose."),
        "adoption.attempts": {"type": "string", "pattern": "^[0-9]+$"},
        "adoption.status": {"type": "string", "pattern": "^[0-9]{3}$", "description": "Of the last answer, where there was one."},
        "__connect.errors.topic": text("Of the output."),
        "__connect.errors.partition": text("Of the output."),
        "__connect.errors.offset": text("Of the output."),
        "__connect.errors.stage": {"type": "string", "const": "deliver"},
        "__connect.errors.exception.class.name": {"type": "string", "enum": reason},
        "__connect.errors.exception.message": text("In words."),
    });
    json!({
        "name": "undelivered",
        "summary": "An output that could not be delivered.",
        "contentType": "application/json",
        "headers": {"allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}, {"type": "object", "properties": added}]},
        "payload": {"type": "object", "description": "The data of the output, of whichever type."},
    })
}

#[test]
fn every_topic_of_the_service_and_every_schema_is_told() {
    let defaults = config::Topics::default();
    let mut expected = defaults.inputs.clone();
    expected.extend(topics::Topic::ALL.map(|topic| topic.name(&defaults.prefix)));
    let told: Vec<String> = topics().into_iter().map(|topic| topic.address).collect();
    assert_eq!(told, expected);

    let mut files: Vec<&str> = wire::schemas().into_iter().chain(output::schemas()).map(|(file, _)| file).collect();
    let mut carried: Vec<&str> = Vec::new();
    for topic in topics() {
        if let Carries::Messages(files) = topic.carries {
            carried.extend(files);
        }
    }
    files.sort_unstable();
    carried.sort_unstable();
    assert_eq!(carried, files, "each schema is carried by one topic");
}

#[test]
fn the_document_is_sound() {
    let document = document();
    assert_eq!(yaml::parsed(&text()), document, "the text says the same");
    let object = |pointer: &str| document.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer}"));
    for (name, operation) in object("/operations") {
        assert!(["send", "receive"].map(Value::from).contains(&operation["action"]), "{name}");
    }
    for (name, channel) in object("/channels") {
        assert!(channel["address"].is_string() && channel["description"].is_string(), "{name}");
    }
    for (name, message) in object("/components/messages") {
        assert!(["name", "summary", "contentType"].iter().all(|key| message[*key].is_string()), "{name}");
        assert!(message["payload"].is_object(), "{name}");
    }
    let files: Vec<String> = wire::schemas().into_iter().chain(output::schemas()).map(|(file, _)| format!("./{file}")).collect();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 30, "{references:?}");
    for reference in references {
        let resolves = match reference.strip_prefix('#') {
            Some(pointer) => document.pointer(pointer).is_some(),
            None => files.iter().any(|file| file == reference),
        };
        assert!(resolves, "{reference}");
    }
}

fn collect_references<'v>(value: &'v Value, references: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| collect_references(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        _ => {}
    }
}
