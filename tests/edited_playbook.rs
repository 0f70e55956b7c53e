//! The first start with another playbook: every account is judged once, on its current day, over its whole window, before its
//! next event. The facts come from the changelog; no event is read again.

use std::sync::Arc;
use std::time::Instant;

use adoption_tracker::engine::EngineSettings;
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use adoption_tracker::topics::Topic;
use serde_json::{Value, json};

const INPUT: &str = "adoption.inputs.v1";

type KeyValue = (Vec<u8>, Vec<u8>);
/// 2026-06-30T12:00:00Z.
const NOW_MS: i64 = 1_782_820_800_000;

const BEFORE: &str = r#"
version: 1
products:
  crm: {features: {contact.created: {}}, adopted: events("contact.created") >= 100}
  portal: {features: {ticket.created: {}}, adopted: events >= 1}
stages: {hold_days: 7}
alerts:
  busy: {scope: product, open: events >= 20, clear: events < 5}
  quiet: {scope: product, open: days_since_use >= 3}
plays:
  grow: {scope: account, open: products_adopted == 1, due_days: 10}
"#;

fn load(yaml: &str) -> Arc<Playbook> {
    Arc::new(Playbook::load("playbook.yaml", yaml).unwrap_or_else(|problems| panic!("{}", problems[0])))
}

fn task(yaml: &str) -> Partition {
    let settings = PartitionSettings {
        engine: EngineSettings::default(),
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        time_from_record: false,
        redo_seconds: 60,
        redo_events: 1_000_000,
        dead_letter_bytes_max: 1 << 20,
        states: StateBeat::default(),
    };
    Partition::new(0, &[INPUT.to_owned()], load(yaml), settings)
}

/// The changelog and the outputs of a commit, each output as `type subject (from → to or rule: reason) because`.
fn commit(task: &mut Partition) -> (Vec<KeyValue>, Vec<String>) {
    let (mut changelog, mut outputs) = (Vec::new(), Vec::new());
    task.prepare_commit(Checkpoint::All { in_time: &|| true }, Instant::now());
    for publish in task.outbox().iter() {
        if publish.topic == Topic::Changelog {
            changelog.push((publish.key.unwrap_or_default().to_vec(), publish.value.unwrap_or_default().to_vec()));
            continue;
        }
        if publish.topic == Topic::Accounts {
            continue;
        }
        let data: Value = serde_json::from_slice(publish.value.unwrap_or_default()).expect("data is JSON");
        let header = |wanted: &str| {
            let value = publish.headers.clone().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_vec());
            String::from_utf8(value.unwrap_or_default()).expect("text")
        };
        let text = |field: &str| data[field].as_str().unwrap_or_default().to_owned();
        let what = if data["rule"].is_null() {
            format!("{} → {}", text("from"), text("to"))
        } else {
            format!("{} {}", text("rule"), text("reason"))
        };
        let cause = data["cause"].as_object().and_then(|cause| cause.keys().next().cloned()).unwrap_or_default();
        outputs.push(format!("{} {} {} [{cause}]", header("ce_type").trim_start_matches("adoption."), header("ce_subject"), what.trim()));
    }
    task.post_commit();
    (changelog, outputs)
}

fn usage(product: &str, feature: &str, day: &str, quantity: u32) -> Value {
    json!({"type": "usage", "time": format!("{day}T09:00:00Z"), "account": "acme", "product": product, "feature": feature, "user": "ann", "quantity": quantity})
}

fn restore(task: &mut Partition, changelog: &[(Vec<u8>, Vec<u8>)]) {
    let records: Vec<_> = changelog.iter().map(|(key, value)| Record::bare(0, key, Some(value))).collect();
    task.restore(&records).unwrap_or_else(|refused| panic!("{refused}"));
}

fn feed(task: &mut Partition, offset: i64, events: &[Value]) {
    for (place, event) in events.iter().enumerate() {
        let value = event.to_string();
        let offset = offset + place as i64;
        task.process(0, &[Record::bare(offset, b"acme", Some(value.as_bytes()))], NOW_MS);
    }
}

/// Lives under one playbook up to 2026-06-30, and starts again under another. Returns what the second start publishes at once, and
/// the task.
fn restarted(after: &str) -> (Vec<String>, Partition) {
    let mut first = task(BEFORE);
    first.restored(&Inputs::committed(&[None])).expect("a new partition");
    first.run();
    feed(
        &mut first,
        0,
        &[
            usage("crm", "contact.created", "2026-06-05", 30),
            usage("portal", "ticket.created", "2026-06-25", 2),
            usage("crm", "contact.created", "2026-06-29", 1),
        ],
    );
    first.caught_up(NOW_MS);
    while first.roll(10) {}
    let (changelog, _) = commit(&mut first);
    let mut second = task(after);
    restore(&mut second, &changelog);
    second.restored(&Inputs::committed(&[Some(3)])).expect("no refusal");
    second.run();
    while second.roll(10) {}
    let (_, outputs) = commit(&mut second);
    (outputs, second)
}

#[test]
fn the_same_playbook_publishes_nothing() {
    assert_eq!(restarted(BEFORE).0, [""; 0]);
    // Comments, spacing and defaults written out do not make another one.
    assert_eq!(restarted(&BEFORE.replace("{hold_days: 7}", "{hold_days: 7, ladder: cumulative} # as before")).0, [""; 0]);
}

#[test]
fn an_edited_threshold_is_right_over_its_whole_window_at_once() {
    let (outputs, _) = restarted(&BEFORE.replace(">= 100", ">= 31"));
    assert_eq!(
        outputs,
        [
            "product_stage.changed acme/crm activated → adopted [playbook]",
            "account_stage.changed acme single_product → multi_product [playbook]",
            "play.closed acme grow condition [playbook]",
        ]
    );
}

#[test]
fn a_new_rule_sees_the_window_that_lies_behind_it() {
    let (outputs, _) = restarted(&BEFORE.replace("plays:", "  steady: {scope: product, open: events(26) >= 31}\nplays:"));
    assert_eq!(outputs, ["alert.opened acme/crm steady [playbook]"]);
}

/// Of a user's days with a feature the last one is kept, until a playbook asks for more.
#[test]
fn complete_days_that_are_newly_asked_for_are_read_as_far_as_they_are_known() {
    let rules = "  events: {scope: account, open: crm.complete.events(26) >= 31}
  users: {scope: account, open: crm.complete.active_users(7) >= 1}
  users_of: {scope: account, open: 'crm.complete.users_of(\"contact.created\", 7) >= 1'}
plays:";
    let (outputs, mut second) = restarted(&BEFORE.replace("plays:", rules));
    let opened = |rule: &str| format!("alert.opened acme {rule} [playbook]");
    assert_eq!(outputs, ["events", "users", "users_of"].map(opened));
    // From her next use on, the last one before is known beside it: 06-29, the last complete day.
    feed(&mut second, 3, &[usage("crm", "contact.created", "2026-06-30", 1)]);
    assert_eq!(commit(&mut second).1, [""; 0]);
}

#[test]
fn what_the_new_playbook_lacks_is_closed() {
    let without_rule = BEFORE.replace("  busy: {scope: product, open: events >= 20, clear: events < 5}\n", "");
    assert_eq!(restarted(&without_rule).0, ["alert.cleared acme/crm busy rule_removed [playbook]"]);
    let without_product = BEFORE.replace("  crm: {features: {contact.created: {}}, adopted: events(\"contact.created\") >= 100}\n", "");
    // The stage of the product is dropped without an event; its open incident no longer applies.
    assert_eq!(restarted(&without_product).0, ["alert.cleared acme/crm busy no_longer_applies [playbook]"]);
}

#[test]
fn a_product_that_is_named_later_has_its_history() {
    let without_portal = BEFORE.replace("  portal: {features: {ticket.created: {}}, adopted: events >= 1}\n", "");
    let mut first = task(&without_portal);
    first.restored(&Inputs::committed(&[None])).expect("a new partition");
    first.run();
    feed(&mut first, 0, &[usage("portal", "ticket.created", "2026-06-29", 2)]);
    first.caught_up(NOW_MS);
    while first.roll(10) {}
    let (changelog, outputs) = commit(&mut first);
    assert_eq!(outputs, [""; 0]);
    let mut second = task(BEFORE);
    restore(&mut second, &changelog);
    second.restored(&Inputs::committed(&[Some(1)])).expect("no refusal");
    second.run();
    while second.roll(10) {}
    assert_eq!(
        commit(&mut second).1,
        [
            "product_stage.changed acme/portal none → adopted [playbook]",
            "account_stage.changed acme not_adopted → single_product [playbook]",
            "play.opened acme grow [playbook]",
        ]
    );
}

#[test]
fn an_account_is_judged_by_an_edited_playbook_once_and_before_its_next_event() {
    let after = BEFORE.replace(">= 100", ">= 31");
    let (_, mut second) = restarted(&after);
    feed(&mut second, 3, &[usage("crm", "contact.created", "2026-06-30", 1)]);
    while second.roll(10) {}
    assert_eq!(commit(&mut second).1, [""; 0]);
}

/// Days of grace are the playbook's: what is in force may be another under the next one, and it counts on from where it ended.
#[test]
fn other_days_of_grace_are_looked_at_once() {
    let rule = "  long: {scope: product, open: \"entitled_days >= 170 && seats_days == 0\"}\nplays:";
    let graceful = |days: u32| BEFORE.replace("hold_days: 7", &format!("hold_days: 7, grace_days: {days}")).replace("plays:", rule);
    let mut changelog: Vec<KeyValue> = Vec::new();
    let mut lived = |days: u32| {
        let mut task = task(&graceful(days));
        restore(&mut task, &changelog);
        task.restored(&Inputs::committed(&[(!changelog.is_empty()).then_some(1)])).expect("no refusal");
        task.run();
        if changelog.is_empty() {
            let term = json!({"type": "entitlement", "time": "2026-06-01T09:00:00Z", "account": "acme", "product": "portal",
                "status": "active", "seats": 5, "starts": "2026-01-01", "ends": "2026-06-20"});
            feed(&mut task, 0, &[term]);
        }
        task.caught_up(NOW_MS);
        while task.roll(10) {}
        let (written, outputs) = commit(&mut task);
        changelog.extend(written);
        outputs
    };
    let outputs = lived(0);
    assert_eq!(
        outputs,
        ["product_stage.changed acme/portal none → entitled [record]", "product_stage.changed acme/portal entitled → none [day]"]
    );
    // In force again, for ten days are not over: entitled since the first of January, with seats since today.
    let outputs = lived(10);
    assert_eq!(outputs, ["product_stage.changed acme/portal none → entitled [playbook]", "alert.opened acme/portal long [playbook]"]);
    let outputs = lived(9);
    assert_eq!(
        outputs,
        ["product_stage.changed acme/portal entitled → none [playbook]", "alert.cleared acme/portal long no_longer_applies [playbook]",]
    );
}
