//! Bytes of every changelog version ever released restore to the state they stood for.
//!
//! `tests/changelog/v<N>.txt` holds records, a line each: key and value in hexadecimal; a blank line is between two states. They are written
//! once, when a version is released (`WRITE_CHANGELOG=1`), and never again. `v<N>.outputs.txt` is what follows from these states in the 100 days
//! after them: every count in them shows there, as evidence. `v<N>.facts.txt` is what is known of the accounts besides.

mod told_facts;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use adoption_tracker::changelog::VERSION;
use adoption_tracker::engine::EngineSettings;
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use adoption_tracker::topics::Topic;
use serde_json::json;
use told_facts::told_facts;

const PLAYBOOK: &str = r#"
version: 1
min_active_days: 1
products:
  crm:
    features: {contact.created: {tier: core}, workflow.automated: {tier: advanced}}
    adopted: events("contact.created") >= 20
  marketing: {features: {campaign.sent: {}}, adopted: gauge("campaigns.active") >= 1}
alerts:
  usage_drop: {scope: product, open: usage_change(14) <= -0.3, clear: usage_change(14) >= -0.15}
  fewer_users: {scope: product, open: active_users < 3 && users_of("contact.created") >= 0 && stickiness >= 0 && concentration >= 0}
  unused_seats: {scope: product, open: license_utilization < 0.6 && entitled_days >= 10}
  users_of_days: {scope: account, open: crm.complete.users_of("contact.created") > 100}
  runs: {scope: product, open: workflow_runs("sync") >= 1 && integrations >= 1}
plays:
  talk: {scope: account, open: days_since_touchpoint >= 30 && employees >= 10, due_days: 5}
"#;
/// What plays and campaigns remember, since they do.
const PLAYS: &str = r#"
guardrails:
  small: {holds_back: employees < 100}
  called: {holds_back: days_since_touchpoint < 100}
plays:
  seats: {scope: product, open: seats >= 1, due_days: 50, tasks: [{id: call, title: Call}, {id: note, title: Note}], outcome: {metric: license_utilization, days: [5, 60, 90], better: up, by: 0.1}}
  held: {scope: account, open: employees >= 10, guards: [small, called]}
  done: {scope: account, open: employees >= 10, tasks: [{id: t, title: T}]}
  out: {scope: product, open: seats >= 1, holdout: 0.5, outcome: {metric: seats, days: [70], better: down, by: 5}}
campaigns:
  back: {open: days_since_use >= 3, goal: days_since_use <= 1, goal_days: 60, tokens: {days: days_since_use, said: {text: hello}}}
  once: {open: products_used >= 1, cooldown_days: 300}
"#;
/// What keeps the days of each feature of each user, and not the last one alone.
const FEATURE_DAYS: &str = "  users_of_days: {scope: account, open: crm.complete.users_of(\"contact.created\") > 100}\n";
const INPUT: &str = "adoption.inputs.v1";

type KeyValue = (Vec<u8>, Vec<u8>);
const DAY_MS: i64 = 86_400_000;
/// 2026-03-01T12:00:00Z.
const START_MS: i64 = 1_772_366_400_000;
const END_MS: i64 = START_MS + 40 * DAY_MS;

fn task() -> Partition {
    task_with(PLAYBOOK)
}

fn task_with(yaml: &str) -> Partition {
    let playbook = Playbook::load("playbook.yaml", yaml).unwrap_or_else(|problems| panic!("{}", problems[0]));
    let settings = PartitionSettings {
        engine: EngineSettings { dedupe_ids: 4, ..EngineSettings::default() },
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        time_from_record: false,
        redo_seconds: 60,
        redo_events: 1_000_000,
        dead_letter_bytes_max: 1 << 20,
        states: StateBeat::default(),
    };
    Partition::new(0, &[INPUT.to_owned()], Arc::new(playbook), settings)
}

/// States in which every kind of record and most of their fields are in use.
fn written_now() -> Vec<Vec<KeyValue>> {
    let without = PLAYBOOK.replace(FEATURE_DAYS, "");
    assert_ne!(without, PLAYBOOK);
    [PLAYBOOK, &without, &with_plays()].into_iter().map(written_with).collect()
}

/// The playbook of a version's third state, where it has one.
fn with_plays() -> String {
    let (before, _) = PLAYBOOK.split_once("plays:").expect("its plays come last");
    [before, PLAYS.trim_start()].concat()
}

fn written_with(yaml: &str) -> Vec<KeyValue> {
    let mut events = vec![
        json!({"type": "account", "name": "Acme", "employees": 50, "time_zone": "Europe/Berlin", "use_cases": ["a", "b"], "contract": {"arr": 5.5}, "closed": "2026-07-15",
            "ids": {"stripe": "cus_123", "salesforce": "001xx"}}),
        json!({"type": "entitlement", "product": "crm", "status": "active", "seats": 40, "plan": "pro", "addons": ["x"]}),
        json!({"type": "entitlement", "product": "crm", "status": "trialing", "seats": 50, "starts": "2026-05-01"}),
        json!({"type": "entitlement", "product": "crm", "term": "order-2", "status": "active", "seats": 8, "starts": "2026-03-02",
            "ends": "2026-04-20"}),
        json!({"type": "entitlement", "product": "crm", "term": "order-3", "status": "ended"}),
        json!({"type": "user", "user": "u1", "level": "manager", "key": true}),
        json!({"type": "integration", "from": "crm", "to": "marketing", "status": "connected"}),
        json!({"type": "touchpoint", "kind": "qbr", "user": "u1"}),
        json!({"type": "nps", "user": "u1", "score": 9, "comment": "fine"}),
        json!({"type": "outcome", "kind": "mrr", "amount": 12.5}),
        json!({"type": "task", "play": "done", "task": "t", "status": "done"}),
        json!({"type": "task", "play": "seats", "product": "crm", "task": "note", "status": "dismissed", "reason": "later"}),
        json!({"type": "gauge", "product": "marketing", "name": "campaigns.active", "value": 2.0}),
        json!({"type": "workflow", "name": "sync", "products": ["crm", "marketing"], "quantity": 300}),
        json!({"type": "entitlement", "product": "portal", "status": "active", "seats": 3, "features": []}),
        json!({"type": "touchpoint", "kind": "email", "user": "guest"}),
        json!({"type": "nps", "user": "guest", "score": 4}),
        json!({"type": "nps", "user": "guest-2", "score": 7, "time": START_MS - DAY_MS}),
        json!({"type": "user", "user": "guest", "merged_into": "guest-2"}),
    ];
    // Features beyond those that have a column, and of a user of the second page.
    for (user, feature) in (0..40).map(|feature| ("u1", feature)).chain([("u36", 33), ("u36", 35)]) {
        events
            .push(json!({"type": "usage", "product": "portal", "user": user, "feature": format!("f{feature}"), "time": START_MS + DAY_MS}));
    }
    for (day, value) in [(3, 5.0), (1, 4.0), (9, 1.0)] {
        let time = START_MS + day * DAY_MS;
        events.push(json!({"type": "gauge", "product": "marketing", "name": "campaigns.active", "value": value, "time": time}));
        events.push(json!({"type": "outcome", "kind": "mrr", "amount": value, "time": time}));
        events.push(json!({"type": "entitlement", "product": "portal", "status": "active", "seats": day, "time": time}));
    }
    events.push(json!({"type": "outcome", "kind": "churn", "time": START_MS + 20 * DAY_MS}));
    for day in 0..40i64 {
        for user in 0..(40 - day) {
            let feature = if user % 7 == 0 { "workflow.automated" } else { "contact.created" };
            let mut event = json!({"type": "usage", "product": "crm", "user": format!("u{user}"), "feature": feature});
            event["time"] = json!(START_MS + day * DAY_MS);
            events.push(event);
        }
    }
    // One account stays small, with a user and a feature, and the other has been small.
    for account in ["acme", "tiny"] {
        events.insert(2, json!({"type": "usage", "account": account, "product": "crm", "user": "u1", "feature": "contact.created"}));
    }
    let mut task = task_with(yaml);
    task.restored(&Inputs::committed(&[None])).expect("a new partition");
    task.run();
    let mut written = Vec::new();
    for (offset, mut event) in events.into_iter().enumerate() {
        if event["account"].is_null() {
            event["account"] = json!("acme");
        }
        event["id"] = json!(format!("e{offset}"));
        if event["time"].is_null() {
            event["time"] = json!(START_MS);
        }
        let (key, value) = (event["account"].as_str().unwrap_or_default().to_owned(), event.to_string());
        task.process(0, &[Record::bare(offset as i64, key.as_bytes(), Some(value.as_bytes()))], END_MS);
        if offset == 10 {
            written.extend(commit(&mut task).0);
        }
    }
    written.extend(commit(&mut task).0);
    written
}

/// The changelog and the outputs of a commit.
fn commit(task: &mut Partition) -> (Vec<KeyValue>, String) {
    let (mut changelog, mut outputs) = (Vec::new(), String::new());
    task.prepare_commit(Checkpoint::All { in_time: &|| true }, Instant::now());
    for publish in task.outbox().iter() {
        // What has no value is for the brokers.
        let Some(value) = publish.value else { continue };
        match publish.topic {
            Topic::Changelog => changelog.push((publish.key.unwrap_or_default().to_vec(), value.to_vec())),
            Topic::DeadLetters => panic!("a dead letter: {}", String::from_utf8_lossy(value)),
            Topic::Accounts => {}
            _ => writeln!(outputs, "{}", String::from_utf8_lossy(value)).expect("writing to a String"),
        }
    }
    task.post_commit();
    (changelog, outputs)
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "changelog", name].iter().collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn lines_of(states: &[Vec<KeyValue>]) -> String {
    let lines = |records: &Vec<KeyValue>| records.iter().map(|(key, value)| format!("{} {}\n", hex(key), hex(value))).collect::<String>();
    states.iter().map(lines).collect::<Vec<_>>().join("\n")
}

/// What a state leads to in the 100 days that follow, and what is known before.
fn outputs_of(records: &[KeyValue], yaml: &str) -> (String, String) {
    let mut task = task_with(yaml);
    let records: Vec<_> = records.iter().map(|(key, value)| Record::bare(0, key, Some(value))).collect();
    task.restore(&records).unwrap_or_else(|refused| panic!("{refused}"));
    let redo = task.restored(&Inputs::committed(&[None])).expect("no refusal");
    assert_eq!(redo.from, redo.to, "everything was written");
    task.run();
    let facts = told_facts(task.engine());
    let mut all = String::new();
    for day in 1..=100 {
        task.caught_up(END_MS + day * DAY_MS);
        while task.roll(10) {}
        all.push_str(&commit(&mut task).1);
    }
    (all, facts)
}

/// Compares with what is there, or writes it where it is a version of which nothing was written yet.
fn expect(version: u8, what: &str, found: &str) {
    let path = file(&format!("v{version}.{what}"));
    if std::env::var_os("WRITE_CHANGELOG").is_some() && !path.exists() {
        std::fs::create_dir_all(file("")).expect("the folder can be made");
        std::fs::write(&path, found).expect("it can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let differ = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert!(expected == found, "version {version}, {what}: {differ:#?}");
}

#[test]
fn every_version_restores_to_the_state_it_stood_for() {
    for version in 1..=VERSION {
        if version == VERSION && std::env::var_os("WRITE_CHANGELOG").is_some() {
            expect(version, "txt", &lines_of(&written_now()));
        }
        let text = std::fs::read_to_string(file(&format!("v{version}.txt"))).expect("each version has its file");
        let record = |line: &str| line.split_once(' ').map(|(key, value)| (unhex(key), unhex(value)));
        let states: Vec<Vec<_>> = text.split("\n\n").map(|state| state.lines().filter_map(record).collect()).collect();
        assert!(states.iter().all(|records| records.len() >= 6), "every kind of record");
        let yaml = |place| if place < 2 { PLAYBOOK.to_owned() } else { with_plays() };
        let (outputs, facts): (Vec<_>, Vec<_>) =
            states.iter().enumerate().map(|(place, records)| outputs_of(records, &yaml(place))).unzip();
        assert!(outputs.iter().all(|outputs| outputs.lines().count() >= 5), "a state that leads to nothing proves nothing");
        expect(version, "outputs.txt", &outputs.join("\n"));
        expect(version, "facts.txt", &facts.join("\n"));
    }
}

#[test]
fn what_is_written_now_is_the_newest_version() {
    let text = std::fs::read_to_string(file(&format!("v{VERSION}.txt"))).expect("the newest version has its file");
    assert!(text == lines_of(&written_now()), "the encoding changed: it needs a new version");
}

#[test]
fn a_record_that_cannot_be_restored_is_named_by_its_offset() {
    let written = written_with(PLAYBOOK);
    let sound: Vec<_> = written.iter().cycle().zip(100..140).map(|((key, value), offset)| Record::bare(offset, key, Some(value))).collect();
    let refusal = |place: usize, record: fn(Record<'static>) -> Record<'static>| {
        let mut records = sound.clone();
        records[place] = record(Record::bare(records[place].offset, b"v\0\x04acme", Some(&[])));
        task().restore(&records).expect_err("a damaged record").to_string()
    };
    task().restore(&sound).unwrap_or_else(|refused| panic!("{refused}"));
    let because = "the changelog of partition 0 cannot be restored:";
    for place in [0, 15, 16, 39] {
        let offset = 100 + place;
        assert_eq!(
            refusal(place, |record| record),
            format!("offset {offset}: {because} the verdict record of account \"acme\": the value is empty")
        );
        assert_eq!(refusal(place, |record| Record { key: None, ..record }), format!("offset {offset}: {because} the record has no key"));
    }
}

/// What a later build added to a record is written again with it.
#[test]
fn fields_that_are_not_known_are_kept() {
    // Tag 200, three bytes.
    const ADDED: [u8; 6] = [200, 1, 3, 7, 8, 9];
    let mut records = written_with(PLAYBOOK);
    let is_added_to = |key: &[u8]| matches!(key[0], b'p' | b'c');
    for (_, value) in records.iter_mut().filter(|(key, _)| is_added_to(key)) {
        // A version, the number of fields, the fields.
        value[1] += 1;
        value.extend(ADDED);
    }
    let mut task = task();
    task.restore(&records.iter().map(|(key, value)| Record::bare(0, key, Some(value))).collect::<Vec<_>>())
        .unwrap_or_else(|refused| panic!("{refused}"));
    task.restored(&Inputs::committed(&[None])).expect("no refusal");
    task.run();
    let event = json!({"type": "touchpoint", "kind": "call", "account": "acme", "time": END_MS}).to_string();
    task.process(0, &[Record::bare(task.next_offsets()[0], b"acme", Some(event.as_bytes()))], END_MS);
    let written = commit(&mut task).0;
    let kept: Vec<u8> = written.iter().filter(|(key, value)| is_added_to(key) && value.ends_with(&ADDED)).map(|(key, _)| key[0]).collect();
    assert_eq!(kept, *b"cp");
}

/// Brokers refuse a record that is too long, and an account that cannot be written would end every process that reads its input.
#[test]
fn an_account_of_few_facts_and_long_texts_is_written_in_parts() {
    let mut task = task();
    task.restored(&Inputs::committed(&[None])).expect("a new partition");
    task.run();
    let features: Vec<String> = (0..3_000).map(|number| format!("{number:0>130}")).collect();
    for (offset, product) in ["crm", "marketing", "portal"].into_iter().enumerate() {
        let event = json!({
            "type": "entitlement", "account": "acme", "time": START_MS, "product": product, "status": "active", "features": features
        });
        task.process(0, &[Record::bare(offset as i64, b"acme", Some(event.to_string().as_bytes()))], END_MS);
    }
    let written = commit(&mut task).0;
    let kinds: Vec<u8> = written.iter().map(|(key, _)| key[0]).collect();
    assert_eq!(String::from_utf8(kinds).expect("letters"), "vfffapt");
    assert!(written.iter().all(|(_, value)| value.len() < 500_000), "a product's record holds its own texts");
}
