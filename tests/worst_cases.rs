//! Loads at the edge of what is meant: rules that cross with every event, an account with a fifth of all events, an account with a
//! hundred thousand users. What comes out is compared with plain sets and sums, and what it costs is counted, never timed.

mod counting_allocator;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use adoption_tracker::engine::{Bounds, CauseRef, Effect, EffectKind, Engine, EngineSettings, EventOutcome};
use adoption_tracker::input::{Limits, decode};
use adoption_tracker::partition::{Checkpoint, Inputs, Record};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::random::Random;
use adoption_tracker::task::{Partition, PartitionSettings, StateBeat};
use adoption_tracker::topics::Topic;
use counting_allocator::{allocations, held};
use serde_json::Value;

const FIRST_MS: i64 = 1_767_225_600_000;
const DAY_MS: i64 = 86_400_000;

/// Alerts whose evidence tells what the engine counts, opened by a gauge.
const ASKING: &str = r#"
version: 1
products:
  crm:
    features: {f: {tier: core}}
alerts:
  asked:
    scope: product
    open: gauge("ask") >= 1 && events >= 0 && active_users >= 0 && users_of("f") >= 0 && active_days >= 0
"#;

fn playbook(yaml: &str) -> Arc<Playbook> {
    Arc::new(Playbook::load("worst_cases.yaml", yaml).unwrap_or_else(|problems| panic!("{}", problems[0])))
}

fn usage(account: &str, time_ms: i64, user: u64) -> String {
    format!(r#"{{"type":"usage","time":{time_ms},"account":"{account}","product":"crm","user":"user-{user}","feature":"f"}}"#)
}

fn gauge(account: &str, time_ms: i64, name: &str, value: u64) -> String {
    format!(r#"{{"type":"gauge","time":{time_ms},"account":"{account}","product":"crm","name":"{name}","value":{value}}}"#)
}

struct Fed {
    engine: Engine,
    effects: Vec<Effect>,
    line: u64,
}

impl Fed {
    fn new(yaml: &str) -> Self {
        Self::with(yaml, EngineSettings::default())
    }

    fn with(yaml: &str, settings: EngineSettings) -> Self {
        Self { engine: Engine::new(playbook(yaml), settings), effects: Vec::new(), line: 0 }
    }

    fn apply(&mut self, line: &str) -> EventOutcome {
        let limits = Limits { check_key: false, ..Limits::default() };
        let event = decode(None, line.as_bytes(), Vec::new, &limits).expect("a valid event");
        self.line += 1;
        self.engine.apply(&event, CauseRef::Line(self.line), i64::MAX, self.line, &mut self.effects)
    }

    /// The values of the evidence in the effects, by account.
    fn told(&self) -> BTreeMap<String, Vec<Value>> {
        let opened = self.effects.iter().filter(|effect| matches!(effect.kind, EffectKind::IncidentOpened { .. }));
        let values = |effect: &Effect| effect.evidence.iter().skip(1).map(|evidence| evidence.value.clone()).collect();
        opened.map(|effect| (effect.account.to_string(), values(effect))).collect()
    }
}

/// What the oldest way of counting says: every event is kept.
#[derive(Default)]
struct Kept(Vec<(i32, u64)>);

impl Kept {
    /// Events, users, users of the feature and active days of the last 30 days up to `today`.
    fn counts(&self, today: i32) -> Vec<Value> {
        let within: Vec<_> = self.0.iter().filter(|(day, _)| (today - 29..=today).contains(day)).collect();
        let users = within.iter().map(|(_, user)| user).collect::<BTreeSet<_>>().len();
        let days = within.iter().map(|(day, _)| day).collect::<BTreeSet<_>>().len();
        [within.len(), users, users, days].map(Value::from).to_vec()
    }
}

#[test]
fn every_rule_crosses_with_every_event() {
    const RULES: usize = 100;
    const EVENTS: usize = 1_000;
    let mut yaml = String::from("version: 1\nproducts:\n  crm: {}\nalerts:\n");
    for rule in 0..RULES {
        yaml.push_str(&format!("  rule_{rule}: {{scope: product, open: gauge(\"level\") >= 1}}\n"));
    }
    let mut fed = Fed::new(&yaml);
    fed.apply(&usage("acme", FIRST_MS, 1));
    fed.effects.clear();
    let mut allocated = Vec::with_capacity(EVENTS);
    for number in 1..=EVENTS {
        let opens = number % 2 == 1;
        let line = gauge("acme", FIRST_MS + number as i64, "level", u64::from(opens));
        let before = allocations();
        fed.apply(&line);
        allocated.push(allocations() - before);
        let rules: Vec<&str> = fed
            .effects
            .iter()
            .map(|effect| match &effect.kind {
                EffectKind::IncidentOpened { rule, .. } if opens => rule.id.as_str(),
                EffectKind::IncidentClosed { rule, .. } if !opens => rule.id.as_str(),
                other => panic!("event {number}: {other:?}"),
            })
            .collect();
        let expected: Vec<String> = (0..RULES).map(|rule| format!("rule_{rule}")).collect();
        assert_eq!(rules, expected, "event {number}");
        fed.effects.clear();
    }
    // What has opened and cleared often costs what it cost the first times, and a rule a bounded part of it.
    let cost = |events: &[usize]| events.iter().sum::<usize>();
    let (early, late) = (cost(&allocated[100..200]), cost(&allocated[EVENTS - 100..]));
    assert!(late <= early, "{early} allocations in events 100 to 200, {late} in the last hundred");
    assert!(late <= 100 * RULES * 20, "{late} allocations for {} outputs", 100 * RULES);
}

#[test]
fn one_account_has_a_fifth_of_all_events() {
    const DAYS: i32 = 40;
    let mut fed = Fed::new(ASKING);
    let mut kept: BTreeMap<String, Kept> = BTreeMap::new();
    let mut random = Random::new(1);
    let mut draw = |bound: usize| random.below(bound) as u64;
    let mut last = Vec::new();
    for day in 0..DAYS {
        for number in 0..2_000 {
            let (account, user) = if draw(5) == 0 { ("hot".to_owned(), draw(2_000)) } else { (format!("cold-{}", draw(200)), draw(20)) };
            let line = usage(&account, FIRST_MS + i64::from(day) * DAY_MS + number, user);
            fed.apply(&line);
            kept.entry(account).or_default().0.push((day, user));
            if day == DAYS - 1 {
                last.push(line);
            }
        }
        while fed.engine.roll(32, &mut fed.effects) {}
    }
    let share = kept["hot"].0.len() as f64 / kept.values().map(|kept| kept.0.len()).sum::<usize>() as f64;
    assert!((0.19..0.21).contains(&share), "the hot account has {share} of all events");
    fed.effects.clear();
    for account in kept.keys() {
        fed.apply(&gauge(account, FIRST_MS + i64::from(DAYS) * DAY_MS - 1, "ask", 1));
    }
    let expected: BTreeMap<_, _> = kept.iter().map(|(account, kept)| (account.clone(), kept.counts(DAYS - 1))).collect();
    assert_eq!(fed.told(), expected);

    // The last day again and again: nothing is new, once the counters that the repetition outgrows have widened.
    (0..3).for_each(|_| {
        last.iter().for_each(|line| {
            fed.apply(line);
        })
    });
    fed.effects.clear();
    let before = allocations();
    last.iter().for_each(|line| {
        fed.apply(line);
    });
    assert_eq!((allocations() - before, fed.effects.len()), (0, 0), "allocations and outputs of {} events", last.len());
}

/// A task, and the offset of its next record.
struct OnePartition {
    task: Partition,
    offset: i64,
}

/// What one commit published.
#[derive(Default)]
struct Committed {
    alerts: Vec<Value>,
    changelog_records: usize,
    changelog_bytes: usize,
}

impl OnePartition {
    fn new() -> Self {
        let settings = PartitionSettings {
            engine: EngineSettings::default(),
            max_skew_ms: i64::MAX / 2,
            max_record_bytes: 1 << 20,
            time_from_record: false,
            redo_seconds: 3600,
            redo_events: u64::MAX / 2,
            dead_letter_bytes_max: 1 << 20,
            states: StateBeat::default(),
        };
        let mut task = Partition::new(0, &["adoption.inputs.v1".to_owned()], playbook(ASKING), settings);
        task.restored(&Inputs::committed(&[None])).expect("a new partition");
        task.run();
        Self { task, offset: 0 }
    }

    fn process(&mut self, line: &str) {
        self.task.process(0, &[Record::bare(self.offset, b"huge", Some(line.as_bytes()))], FIRST_MS);
        self.offset += 1;
    }

    fn commit(&mut self) -> Committed {
        let mut committed = Committed::default();
        self.task.prepare_commit(Checkpoint::All { in_time: &|| true }, Instant::now());
        for publish in self.task.outbox().iter() {
            let value = publish.value.unwrap_or_default();
            match publish.topic {
                Topic::Changelog => {
                    committed.changelog_records += 1;
                    committed.changelog_bytes += value.len();
                }
                Topic::Alerts => committed.alerts.push(serde_json::from_slice(value).expect("JSON")),
                _ => {}
            }
        }
        self.task.post_commit();
        committed
    }

    /// Events, users, users of the feature and active days, as an alert opened at that time tells them.
    fn ask(&mut self, time_ms: i64) -> Vec<Value> {
        self.process(&gauge("huge", time_ms, "ask", 1));
        self.process(&gauge("huge", time_ms + 1, "ask", 0));
        let told = self.commit().alerts;
        let evidence = told.first().expect("an alert opened")["evidence"].as_array().expect("a list").clone();
        evidence.iter().skip(1).map(|evidence| evidence["value"].clone()).collect()
    }
}

#[test]
fn one_account_has_a_hundred_thousand_users() {
    const USERS: u64 = 100_000;
    let mut partition = OnePartition::new();
    let mut kept = Kept::default();
    let use_it = |partition: &mut OnePartition, day: i32, user: u64| {
        partition.process(&usage("huge", FIRST_MS + i64::from(day) * DAY_MS, user));
    };
    for user in 0..USERS {
        use_it(&mut partition, 0, user);
        kept.0.push((0, user));
    }
    // A tenth of them comes back, and a tenth of that again.
    for (day, users) in [(20, USERS / 10), (35, USERS / 100)] {
        for user in 0..users {
            use_it(&mut partition, day, user);
            kept.0.push((day, user));
        }
        assert_eq!(partition.ask(FIRST_MS + i64::from(day) * DAY_MS + 1_000), kept.counts(day), "day {day}");
    }

    // One more event of a known user writes a few records of bounded size, not the account.
    partition.commit();
    use_it(&mut partition, 35, USERS / 2);
    let committed = partition.commit();
    assert!(committed.changelog_records <= 5, "{} changelog records for one event", committed.changelog_records);
    assert!(committed.changelog_bytes <= 4_096, "{} changelog bytes for one event", committed.changelog_bytes);

    // And events of known users allocate nothing, once the first after a commit has noted what is unsaved. Their lines are made before.
    let lines: Vec<String> = (0..1_000).map(|user| usage("huge", FIRST_MS + 35 * DAY_MS, user)).collect();
    partition.process(&lines[0]);
    let before = allocations();
    lines.iter().for_each(|line| partition.process(line));
    assert_eq!(allocations() - before, 0, "allocations of {} events", lines.len());
}

/// Each user of a large account does something else: uses another feature, or another product. What is kept is kept for what was done, and not
/// for what each of so many users might have done.
#[test]
fn each_of_three_hundred_thousand_users_does_something_else() {
    const USERS: u64 = 300_000;
    const NAMES: u64 = 1_024;
    let catalogue: String = (0..NAMES).map(|feature| format!("f{feature}: {{}}, ")).collect();
    let last_days = format!(
        "version: 1\nproducts:\n  crm:\n    features: {{{catalogue}}}\nalerts:\n  asked:\n    scope: product\n    open: {}\n",
        r#"gauge("ask") >= 1 && events >= 0 && active_users >= 0 && users_of("f3") >= 0 && users_of("f1023") >= 0"#
    );
    let all_days = last_days.replace("users_of(\"f1023\")", "complete.users_of(\"f1023\")");
    let event = |user: u64, product: &str, feature: &str, day: i64| {
        let time_ms = FIRST_MS + day * DAY_MS;
        format!(r#"{{"type":"usage","time":{time_ms},"account":"huge","product":"{product}","user":"user-{user}","feature":"{feature}"}}"#)
    };
    // What was done of late is done again on the second day, by every tenth.
    let another_feature = |user: u64, day: i64| event(user, "crm", &format!("f{}", user % NAMES), day);
    let another_product = |user: u64, day: i64| {
        let product = if user % NAMES == 3 { "crm".to_owned() } else { format!("product-{}", user % NAMES) };
        event(user, &product, &format!("f{}", user / NAMES), day)
    };
    let of_name = |name: u64| (0..USERS).filter(|user| user % NAMES == name).count();
    for (what, yaml, done, expected, megabytes) in [
        ("features", &last_days, &another_feature as &dyn Fn(u64, i64) -> String, [330_000, 300_000, of_name(3), of_name(1_023)], 30),
        ("features, with their days", &all_days, &another_feature, [330_000, 300_000, of_name(3), of_name(1_023)], 30),
        ("products", &last_days, &another_product, [of_name(3), of_name(3), 1, 0], 100),
    ] {
        let before = held();
        let mut fed = Fed::new(yaml);
        (0..USERS).for_each(|user| _ = fed.apply(&done(user, 0)));
        (0..USERS).step_by(10).for_each(|user| _ = fed.apply(&done(user, 1)));
        let bytes = held() - before;
        assert!(bytes < megabytes << 20, "{what}: {bytes} bytes");
        fed.apply(&gauge("huge", FIRST_MS + DAY_MS, "ask", 1));
        assert_eq!(fed.told()["huge"], expected.map(Value::from), "{what}");
    }
}

/// An account in which everybody does everything comes to the bound, and is a bounded one.
#[test]
fn uses_beyond_the_bound_are_nobodys() {
    const USES: usize = 100_000;
    let yaml =
        ASKING.replace("features: {f: {tier: core}}", "features: {f: {}, f99: {}}").replace("active_days >= 0", "users_of(\"f99\") >= 0");
    let with_days = yaml.replace("users_of(\"f99\")", "complete.users_of(\"f99\")");
    for (yaml, bytes_of_a_use) in [(&yaml, 12), (&with_days, 30)] {
        let bounds = Bounds { uses_per_account: USES, ..Bounds::default() };
        let before = held();
        let mut fed = Fed::with(yaml, EngineSettings { bounds, ..EngineSettings::default() });
        let mut hits = 0;
        // Whether the bound was met.
        let use_it = |fed: &mut Fed, user: u64, feature: &str, day: i64| {
            let time_ms = FIRST_MS + day * DAY_MS;
            let line =
                format!(r#"{{"type":"usage","time":{time_ms},"account":"a","product":"crm","user":"user-{user}","feature":"{feature}"}}"#);
            let EventOutcome::Applied(applied) = fed.apply(&line) else { panic!("it is applied: {line}") };
            assert!(applied.bound_hit.is_none_or(|bound| bound == "uses"));
            applied.bound_hit.is_some()
        };
        // Each user of a product is a use, and each feature of each.
        (0..2_000).for_each(|user| hits += usize::from(use_it(&mut fed, user, "f", 0)));
        for user in 0..2_000 {
            (0..100).for_each(|feature| hits += usize::from(use_it(&mut fed, user, &format!("f{feature}"), 0)));
        }
        let bytes = held() - before;
        assert!(bytes < (USES * bytes_of_a_use) as isize, "{bytes} bytes");
        assert_eq!(hits, 2_000 + 2_000 * 100 + 2_000 - USES);
        // Somebody new, who is nobody to the product; somebody who is known, with a feature that is and one that is not.
        assert_eq!(
            [(5_000, "f"), (0, "f99"), (1_999, "f99")].map(|(user, feature)| use_it(&mut fed, user, feature, 1)),
            [true, false, true]
        );
        fed.apply(&gauge("a", FIRST_MS + 2 * DAY_MS, "ask", 1));
        // So many have all of their features.
        let whole = (USES - 2 * 2_000) / 100;
        assert_eq!(fed.told()["a"], [202_003, 2_000, 2_000, whole].map(Value::from));
    }
}

#[test]
fn made_up_names_beyond_the_bounds_are_not_kept() {
    let bounds =
        Bounds { features_per_product: 4, users_per_account: 100, names_per_account: 4, terms_per_product: 4, ..Bounds::default() };
    let mut fed = Fed::with(ASKING, EngineSettings { bounds, ..EngineSettings::default() });
    let round = |fed: &mut Fed, number: u64| {
        let line = |rest: &str| format!(r#"{{"time":{FIRST_MS},"account":"a",{rest}}}"#);
        fed.apply(&line(&format!(r#""type":"usage","product":"crm","user":"u","feature":"feature-{number}""#)));
        fed.apply(&line(&format!(r#""type":"usage","product":"product-{number}","user":"u","feature":"other-{number}""#)));
        fed.apply(&line(&format!(r#""type":"gauge","product":"crm","name":"gauge-{number}","value":1"#)));
        fed.apply(&line(&format!(r#""type":"workflow","name":"flow-{number}","products":["crm","made-up-{number}"],"user":"u""#)));
        fed.apply(&line(&format!(r#""type":"integration","from":"from-{number}","to":"to-{number}","status":"connected""#)));
    };
    fed.apply(&gauge("a", FIRST_MS, "ask", 0));
    let before = fed.engine.names().count();
    for number in 0..20 {
        round(&mut fed, number);
    }
    let full = fed.engine.names().count();
    assert!(full > before, "names within the bounds are kept");
    for number in 20..2_000 {
        round(&mut fed, number);
    }
    assert_eq!(fed.engine.names().count(), full, "a name that its account has no room for is not kept");

    // What there is no room for by name is still counted for its product.
    fed.apply(&gauge("a", FIRST_MS, "ask", 1));
    assert_eq!(fed.told()["a"][0], Value::from(2_000), "events of the product that the playbook names");
}

#[test]
fn made_up_orders_beyond_the_bound_are_dropped_and_counted() {
    let yaml = ASKING.replace("&& events >= 0", "&& seats >= 0");
    let bounds = Bounds { terms_per_product: 4, ..Bounds::default() };
    let mut fed = Fed::with(&yaml, EngineSettings { bounds, ..EngineSettings::default() });
    for number in 0..2_000 {
        let order = format!(r#""type":"entitlement","product":"crm","term":"order-{number}","status":"active","seats":1"#);
        let outcome = fed.apply(&format!(r#"{{"time":{FIRST_MS},"account":"a",{order}}}"#));
        let EventOutcome::Applied(applied) = outcome else { panic!("expected an applied event, found {outcome:?}") };
        assert_eq!(applied.bound_hit, (number >= 4).then_some("terms"), "order {number}");
    }
    fed.apply(&gauge("a", FIRST_MS, "ask", 1));
    assert_eq!(fed.told()["a"][0], Value::from(4), "seats");
}
