//! The first start with another playbook: every account is judged once, on its current day, over its whole window, before its
//! next event. The facts come from the changelog; no event is read again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use crate::oracle::decode::{self, Body};
use crate::oracle::{Line, Options, Oracle, compare_key, stream, until_instant};
use adoption_tracker::engine::EngineSettings;
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::{Comparison, Condition, MetricRef, Operand, Playbook};
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use adoption_tracker::topics::Topic;
use serde_json::{Value, json};

const INPUT: &str = "adoption.inputs.v1";

type KeyValue = (Vec<u8>, Option<Vec<u8>>);
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

fn settings(engine: EngineSettings) -> PartitionSettings {
    PartitionSettings {
        engine,
        max_skew_ms: 0,
        max_record_bytes: 1 << 20,
        time_from_record: false,
        redo_seconds: 60,
        redo_events: 1_000_000,
        dead_letter_bytes_max: 1 << 20,
        states: StateBeat::default(),
    }
}

fn task(yaml: &str) -> Partition {
    Partition::new(0, &[INPUT.to_owned()], load(yaml), settings(EngineSettings::default()))
}

/// The changelog and the outputs of a commit, each output as `type subject (from → to or rule: reason) because`.
fn commit(task: &mut Partition) -> (Vec<KeyValue>, Vec<String>) {
    commit_as(task, ALL)
}

const ALL: Checkpoint<'static> = Checkpoint::All { in_time: &|| true };

fn commit_as(task: &mut Partition, checkpoint: Checkpoint) -> (Vec<KeyValue>, Vec<String>) {
    let (mut changelog, mut outputs) = (Vec::new(), Vec::new());
    task.prepare_commit(checkpoint, Instant::now());
    for publish in task.outbox().iter() {
        if publish.topic == Topic::Changelog {
            changelog.push((publish.key.unwrap_or_default().to_vec(), publish.value.map(<[u8]>::to_vec)));
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

fn restore(task: &mut Partition, changelog: &[KeyValue]) {
    let records: Vec<_> = changelog.iter().map(|(key, value)| Record::bare(0, key, value.as_deref())).collect();
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
    let (_, outputs, second) = edited(BEFORE, after);
    (outputs, second)
}

/// Two starts as of [`restarted`], the first one under another playbook: the changelog of both, what the second publishes, and its task.
fn edited(before: &str, after: &str) -> (Vec<KeyValue>, Vec<String>, Partition) {
    let mut first = task(before);
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
    let (mut changelog, _) = commit(&mut first);
    let mut second = task(after);
    restore(&mut second, &changelog);
    second.restored(&Inputs::committed(&[Some(3)])).expect("no refusal");
    second.run();
    while second.roll(10) {}
    let (written, outputs) = commit(&mut second);
    changelog.extend(written);
    (changelog, outputs, second)
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

const RENAMED: &str = "desk: {aliases: [portal], ";

#[test]
fn a_renamed_product_keeps_its_stage_and_its_incidents() {
    let (outputs, mut second) = restarted(&BEFORE.replace("portal: {", RENAMED));
    assert_eq!(outputs, [""; 0]);
    feed(&mut second, 3, &[usage("portal", "ticket.created", "2026-06-30", 1)]);
    assert_eq!(commit(&mut second).1, ["alert.cleared acme/desk quiet condition [record]"]);
}

#[test]
fn of_two_products_that_become_one_the_present_one_keeps_its_own() {
    let portal = "  portal: {features: {ticket.created: {}}, adopted: events >= 1}\n";
    let joined = |before: &str| before.replace(portal, "").replace("crm: {", "crm: {aliases: [portal], ");
    // Its stage is its own, `activated`. Of `quiet` only the other had an incident, which is its own now; crm was used yesterday.
    assert_eq!(
        restarted(&joined(BEFORE)).0,
        [
            "account_stage.changed acme single_product → not_adopted [playbook]",
            "alert.cleared acme/crm quiet condition [playbook]",
            "play.closed acme grow condition [playbook]",
        ]
    );
    // Where both have one, the other's no longer applies.
    let before = BEFORE.replace("days_since_use >= 3", "days_since_use >= 1");
    assert_eq!(
        edited(&before, &joined(&before)).1,
        [
            "account_stage.changed acme single_product → not_adopted [playbook]",
            "alert.cleared acme/portal quiet no_longer_applies [playbook]",
            "play.closed acme grow condition [playbook]",
        ]
    );
}

#[test]
fn what_was_counted_under_an_alias_stays_where_it_is_once_the_alias_is_gone() {
    let (changelog, _, _) = edited(BEFORE, &BEFORE.replace("portal: {", RENAMED));
    let apart = BEFORE.replace("  portal: {", "  portal: {}\n  desk: {");
    let mut third = task(&apart);
    restore(&mut third, &changelog);
    third.restored(&Inputs::committed(&[Some(3)])).expect("no refusal");
    third.run();
    while third.roll(10) {}
    feed(&mut third, 3, &[usage("portal", "ticket.created", "2026-06-30", 5)]);
    let asking = load(&apart.replace("plays:", "  asks: {scope: account, open: desk.events > 0 && portal.events > 0}\nplays:"));
    let Condition::And(parts) = &asking.rule("asks").expect("a rule").open else { panic!("two comparisons") };
    let events = parts.iter().map(|part| match part {
        Condition::Compare(Comparison { left: Operand::Metric(reference), .. }) => third.engine().metric("acme", None, reference),
        other => panic!("not a comparison of a metric: {other:?}"),
    });
    assert_eq!(events.collect::<Vec<_>>(), [Some(json!(2)), Some(json!(5))]);
}

/// The playbook of a seed, and one of the same products without aliases, stages or rules of its own.
fn with_and_without_aliases(seed: u64) -> (String, String) {
    let yaml = stream::playbook(seed);
    let mut without: String = yaml.lines().take_while(|line| *line != "products:").map(|line| format!("{line}\n")).collect();
    let playbook = load(&yaml);
    without += &format!("stages: {{grace_days: {}}}\nproducts:\n", playbook.grace_days);
    for product in &playbook.products {
        let features: Vec<String> = product.features.iter().map(|feature| format!("{}: ", feature.id)).collect();
        without += &format!("  {}: {{settle_days: {}, features: {{{}}}}}\n", product.id, product.settle_days, features.join(", "));
    }
    // All of a user's days with a feature are kept.
    if let Some((product, feature)) = playbook.products.iter().find_map(|product| Some((product, product.features.first()?))) {
        let open = format!("{}.complete.users_of(\"{}\") >= 1000", product.id, feature.id);
        without += &format!("alerts: {{asks: {{scope: account, open: '{open}'}}}}\n");
    }
    (yaml, without)
}

/// What facts tell by themselves, of the playbook's probes.
fn probes(seed: u64, yaml: &str) -> Vec<(Option<String>, String, MetricRef)> {
    let of_stages = ["products_adopted", "breadth", "account_stage_days", "first_product_days", "days_to_second_product", "stage_days"];
    // What was seen of terms day by day is known of each name by itself.
    let of_looks = ["seats_days", "entitled_days"];
    let told = |text: &str| !of_stages.iter().chain(&of_looks).any(|name| text == *name);
    let head: String = yaml.lines().take_while(|line| *line != "alerts:").map(|line| format!("{line}\n")).collect();
    let probes: Vec<_> = stream::probes(seed).into_iter().filter(|(_, text)| told(text)).collect();
    let name = |product: &Option<String>, text: &str| product.as_ref().map_or(text.to_owned(), |product| format!("{product}.{text}"));
    let rule = |(index, (product, text)): (usize, &(Option<String>, String))| {
        let name = name(product, text);
        format!("  probe_{index}: {{scope: account, open: '{name} == {name}'}}\n")
    };
    let asking: String = probes.iter().enumerate().map(rule).collect();
    let playbook = load(&format!("{head}alerts:\n{asking}"));
    let reference = |index: usize| match &playbook.rules[index].open {
        Condition::Compare(Comparison { left: Operand::Metric(reference), .. }) => reference.clone(),
        other => panic!("not a comparison of a metric: {other:?}"),
    };
    probes.into_iter().enumerate().map(|(index, (product, text))| (product, text, reference(index))).collect()
}

/// Records of a seed, by their accounts, but for those of which facts do not tell in which order they came under two names: connections
/// that end, workflows that have a product twice. Half of the seeds have an account with many users, whose facts are written in parts.
fn records(seed: u64, playbook: &Playbook) -> Vec<(String, String)> {
    let mut records = Vec::new();
    for line in stream::lines(seed, 300, false) {
        let Ok(event) = decode::decode(line.as_bytes()) else { continue };
        let hides_the_order = match &event.body {
            Body::Integration { connected, .. } => !connected,
            Body::Workflow { products, .. } => {
                let named: Vec<_> = products.iter().filter_map(|name| playbook.product(name)).collect();
                named.iter().enumerate().any(|(place, index)| named[..place].contains(index))
            }
            _ => false,
        };
        if hides_the_order {
            continue;
        }
        if seed.is_multiple_of(2) && records.len() % 3 == 0 {
            let product = &playbook.products[records.len() % playbook.products.len()];
            let names: Vec<&String> = product.aliases.iter().chain([&product.id]).collect();
            let features: Vec<&String> = product.features.iter().flat_map(|feature| feature.aliases.iter().chain([&feature.id])).collect();
            let number = records.len() / 3;
            let feature = features.get(number % features.len().max(1));
            let (product, user) = (names[number % names.len()], format!("v{}", number * 7 % 80));
            let usage = json!({"type": "usage", "time": event.time, "account": event.account, "product": product, "feature": feature,
                "user": user});
            records.push((event.account.clone(), usage.to_string()));
        }
        records.push((event.account, line));
    }
    records
}

fn take_in(task: &mut Partition, records: &[(String, String)], from: usize, to: usize, now_ms: i64) {
    for (offset, (key, value)) in records.iter().enumerate().take(to).skip(from) {
        task.process(0, &[Record::bare(offset as i64, key.as_bytes(), Some(value.as_bytes()))], now_ms);
    }
    while task.roll(10) {}
}

fn assert_same_metrics(what: &str, one: &Partition, other: &Partition, probes: &[(Option<String>, String, MetricRef)]) {
    let accounts: Vec<&str> = one.engine().accounts().iter().map(|account| account.id.as_str()).collect();
    assert!(!accounts.is_empty(), "{what}");
    for account in accounts {
        assert_eq!(one.engine().day_of_account(account), other.engine().day_of_account(account), "{what}: {account}");
        for (product, text, reference) in probes {
            let [one, other] = [one, other].map(|task| task.engine().metric(account, product.as_deref(), reference));
            assert_eq!(one, other, "{what}: {account} {product:?} {text}");
        }
    }
}

/// An alias that an edit adds: what stands under the old name in the changelog is the present one's at once, over the whole window.
#[test]
fn an_alias_counts_for_what_was_told_before_it() {
    for seed in 1..=80 {
        let (with, without) = with_and_without_aliases(seed);
        let playbook = load(&with);
        let (records, probes) = (records(seed, &playbook), probes(seed, &with));
        let (now_ms, half) = (4_000_000_000_000, records.len() / 2);
        let started = |yaml: &str, changelog: &[KeyValue], next: usize| {
            let mut task = task(yaml);
            restore(&mut task, changelog);
            let committed = (!changelog.is_empty()).then_some(next as i64);
            let redo = task.restored(&Inputs::committed(&[committed])).expect("no refusal");
            for offset in redo.from[0]..redo.to[0] {
                let (key, value) = &records[offset as usize];
                task.redo(0, &[Record::bare(offset, key.as_bytes(), Some(value.as_bytes()))]);
            }
            task.run();
            while task.roll(10) {}
            task
        };
        let mut all_along = started(&with, &[], 0);
        take_in(&mut all_along, &records, 0, half, now_ms);
        let mut before = started(&without, &[], 0);
        take_in(&mut before, &records, 0, half, now_ms);
        let (mut changelog, _) = commit_as(&mut before, if seed.is_multiple_of(3) { Checkpoint::Slice } else { ALL });
        let mut edited = started(&with, &changelog, half);
        assert_same_metrics(&format!("seed {seed}, at once"), &all_along, &edited, &probes);
        take_in(&mut edited, &records, half, half + 1, now_ms);
        // Restored again from what was written of both, and what was not.
        changelog.extend(commit_as(&mut edited, Checkpoint::Slice).0);
        let mut again = started(&with, &changelog, half + 1);
        for task in [&mut all_along, &mut again] {
            let from = task.next_offsets()[0] as usize;
            take_in(task, &records, from, records.len(), now_ms);
        }
        assert_same_metrics(&format!("seed {seed}, restarted"), &all_along, &again, &probes);
        changelog.extend(commit_as(&mut again, ALL).0);
        let last = started(&with, &changelog, records.len());
        assert_same_metrics(&format!("seed {seed}, in the end"), &all_along, &last, &probes);
    }
}

/// What a task publishes, by account and in order, as the oracle tells it.
fn published(task: &mut Partition, all: &mut BTreeMap<String, Vec<Value>>) -> Vec<KeyValue> {
    let mut changelog = Vec::new();
    task.prepare_commit(ALL, Instant::now());
    for publish in task.outbox().iter() {
        match publish.topic {
            Topic::Changelog => changelog.push((publish.key.unwrap_or_default().to_vec(), publish.value.map(<[u8]>::to_vec))),
            Topic::StageChanges | Topic::Signals | Topic::Alerts | Topic::Plays | Topic::Campaigns => {
                let header = |wanted: &str| {
                    let value = publish.headers.clone().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_vec());
                    String::from_utf8(value.unwrap_or_default()).expect("text")
                };
                let mut data: Value = serde_json::from_slice(publish.value.unwrap_or_default()).expect("data is JSON");
                if let Some(record) = data["cause"]["record"].as_str() {
                    let offset: u64 = record.rsplit('/').next().and_then(|offset| offset.parse().ok()).expect("an offset");
                    data["cause"] = json!({"line": offset + 1});
                }
                for addition in ["primary_product", "second_product", "days_to_second_product"] {
                    data.as_object_mut().expect("data is an object").remove(addition);
                }
                let account = data["account"].as_str().expect("an account").to_owned();
                let [event_type, subject, time] = ["ce_type", "ce_subject", "ce_time"].map(header);
                all.entry(account).or_default().push(json!({"type": event_type, "subject": subject, "time": time, "data": data}));
            }
            Topic::Accounts | Topic::Portfolio | Topic::DeadLetters | Topic::Undelivered | Topic::IngestDeadLetters | Topic::Fed => {}
        }
    }
    task.post_commit();
    changelog
}

/// Keeps all of a user's days with a feature, as an edit may ask for them.
fn asking_for_days(yaml: &str) -> String {
    let playbook = load(yaml);
    let feature = playbook.products.iter().find_map(|product| Some((&product.id, &product.features.first()?.id)));
    let Some((product, feature)) = feature else { return yaml.to_owned() };
    let asks = format!("alerts:\n  asks: {{scope: account, open: '{product}.complete.users_of(\"{feature}\") >= 1000'}}\n");
    yaml.replacen("alerts:\n", &asks, 1)
}

fn edit_seeds() -> Vec<u64> {
    match std::env::var("EDIT_SEED") {
        Ok(seed) => vec![seed.parse().expect("EDIT_SEED is a number")],
        Err(_) => (1..=std::env::var("EDIT_SEEDS").map_or(60, |count| count.parse().expect("EDIT_SEEDS is a number"))).collect(),
    }
}

/// Playbooks of the whole language, edited in the middle of a stream: `EDIT_SEEDS=500` widens the run, `EDIT_SEED=42` runs one seed and
/// leaves its playbooks and its stream where they can be looked at.
#[test]
fn an_edited_playbook_of_the_whole_language_goes_on_as_the_oracle_says() {
    for seed in edit_seeds() {
        let before = asking_for_days(&stream::whole_playbook(seed));
        let after = stream::edited_playbook(seed, |yaml| Playbook::load("playbook.yaml", yaml).is_ok());
        let after = asking_for_days(&after);
        let decoded = |line: &String| decode::decode(line.as_bytes()).ok().map(|event| (event.account, line.clone()));
        let records: Vec<(String, String)> = stream::whole_lines(seed, 300, false).iter().filter_map(decoded).collect();
        if std::env::var_os("EDIT_SEED").is_some() {
            let folder = std::env::temp_dir();
            let lines: String = records.iter().map(|(_, line)| format!("{line}\n")).collect();
            for (name, text) in [("before.yaml", &before), ("after.yaml", &after), ("stream.jsonl", &lines)] {
                std::fs::write(folder.join(name), text).expect("it is written");
            }
        }
        let until = until_instant(&before, &stream::until(seed)).expect("the stream has an end");
        let (dedupe_ids, clock_witnesses) = (if seed.is_multiple_of(3) { 8 } else { 0 }, stream::witnesses(seed));
        let settings = settings(EngineSettings { dedupe_ids, clock_witnesses, ..EngineSettings::default() });
        let options = Options { until: Some(until), wall_ms: until, max_skew_ms: 0, dedupe_ids, clock_witnesses };
        let mut oracle = Oracle::new(&before, options).unwrap_or_else(|problem| panic!("seed {seed}: {problem}"));
        let (mut ours, mut changelog) = (BTreeMap::new(), Vec::new());
        let edited_at = records.len() * (1 + seed as usize % 5) / 6;
        for (yaml, from, to) in [(&before, 0, edited_at), (&after, edited_at, records.len())] {
            let mut task = Partition::new(0, &[INPUT.to_owned()], load(yaml), settings);
            restore(&mut task, &changelog);
            let redo = task.restored(&Inputs::committed(&[(from > 0).then_some(from as i64)])).expect("no refusal");
            assert_eq!(redo.from[0], redo.to[0], "seed {seed}: all was written");
            task.run();
            if from > 0 {
                // What says nothing else is no edit.
                if load(&before).digest != load(&after).digest {
                    oracle.edit(yaml).unwrap_or_else(|problem| panic!("seed {seed}: {problem}"));
                }
                while task.roll(10) {}
            }
            for (offset, (_, line)) in records.iter().enumerate().take(to).skip(from) {
                oracle.line(Line { number: offset as u64 + 1, text: line.as_bytes() });
            }
            take_in(&mut task, &records, from, to, until);
            if to == records.len() {
                oracle.finish();
                task.caught_up(until);
                while task.roll(10) {}
            }
            changelog.extend(published(&mut task, &mut ours));
        }
        let mut theirs = BTreeMap::<String, Vec<Value>>::new();
        for output in oracle.outputs() {
            let account = output["data"]["account"].as_str().expect("an account").to_owned();
            theirs.entry(account).or_default().push(output.clone());
        }
        let told = |outputs: Option<&Vec<Value>>, place: usize| outputs.and_then(|outputs| outputs.get(place)).map(comparable);
        for account in theirs.keys().chain(ours.keys()) {
            let (ours, theirs) = (ours.get(account), theirs.get(account));
            let most = ours.map_or(0, Vec::len).max(theirs.map_or(0, Vec::len));
            for place in 0..most {
                let (engine, oracle) = (told(ours, place), told(theirs, place));
                assert_eq!(engine, oracle, "seed {seed}, account {account}, output {place}, edited at record {edited_at}");
            }
        }
    }
}

/// Of an output what both tell.
fn comparable(output: &Value) -> String {
    let of = |key: &str| output[key].clone();
    compare_key(&json!({"type": of("type"), "subject": of("subject"), "time": of("time"), "data": of("data")})).to_string()
}
