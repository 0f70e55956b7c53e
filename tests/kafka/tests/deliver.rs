//! `deliver` on a real broker, with a real receiver that fails now and then, while it and the service are killed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;

use crate::process::free_port;
use crate::receiver::{Received, Receiver, SECRET, is_refused};
use crate::scenario::{Options, Playbook, Scenario, with_each_protocol};
use crate::service::Service;
use crate::stream::Random;
use crate::tests::crashes::prepare;
use crate::topics::{Reader, Record};

const OPTIONS: Options =
    Options { partitions: 3, input_topics: 1, accounts: 60, playbook: Playbook::Lively, workers: 1, broken_per_mille: 1 };

/// What an endpoint gets that asks for nothing in particular.
const TOPICS: [&str; 5] = ["stage-changes.v1", "signals.v1", "alerts.v1", "plays.v1", "campaigns.v1"];

/// Live events a second: what follows from them is delivered one by one.
const RATE: u64 = 60;

/// By id, what is published in these topics.
fn published(scenario: &Scenario, topics: &[&str]) -> Result<BTreeMap<String, (String, Record)>> {
    let mut all = BTreeMap::new();
    for topic in topics {
        for record in Reader::read_committed(&scenario.brokers, &scenario.topic(topic)).read_to_end()? {
            let id = record.header("ce_id").context("an output has an id")?.to_owned();
            all.insert(id, ((*topic).to_owned(), record));
        }
    }
    Ok(all)
}

fn sections(scenario: &Scenario, receiver: &Receiver, dead_port: u16, retry_seconds: u32) -> Result<String> {
    let file = scenario.directory.join("secret");
    // The receiver knows the second one only: a secret is being rotated.
    fs::write(&file, format!("whsec_{}\nwhsec_{}\n", STANDARD.encode([1; 24]), STANDARD.encode(SECRET)))?;
    let url_file = scenario.directory.join("slack-url");
    fs::write(&url_file, format!("{}\n", receiver.url("/slack")))?;
    let (file, url_file) = (file.display(), url_file.display());
    let url = receiver.url("/hooks");
    Ok(format!(
        "[deliver]\nconsole_url = \"https://adoption.example\"\nretry_seconds = {retry_seconds}\n\
         [deliver.targets.crm]\nkind = \"webhook\"\nurl = \"{url}\"\nsecret_file = \"{file}\"\n\
         [deliver.targets.dead]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{dead_port}/\"\nsecret_file = \"{file}\"\n\
         [deliver.targets.team]\nkind = \"slack\"\nurl_file = \"{url_file}\"\n"
    ))
}

/// Waits until the group has an offset of each partition of the topics: from there on, everything is to be delivered.
fn wait_begun(scenario: &Scenario, target: &str, topics: &[&str]) -> Result<()> {
    let group = format!("{}-app-deliver-{target}", scenario.prefix);
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", &scenario.brokers).set("group.id", &group).create()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut list = TopicPartitionList::new();
        for topic in topics {
            for partition in 0..scenario.options.partitions {
                list.add_partition(&scenario.topic(topic), partition);
            }
        }
        let committed = consumer.committed_offsets(list, Duration::from_secs(10))?;
        if committed.elements().iter().all(|element| matches!(element.offset(), Offset::Offset(_))) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{group} has not begun: {committed:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Kills service and deliverer in turn, and starts them again.
fn kill_in_turn(scenario: &Scenario, sections: &str, service: Service, deliverer: Service) -> Result<(Service, Service)> {
    let mut random = Random::new(scenario.seed ^ 5);
    let (mut service, mut deliverer) = (service, deliverer);
    for round in 0..4 {
        thread::sleep(Duration::from_millis(random.between(500, 2_500) as u64));
        deliverer.kill_nine()?;
        deliverer = Service::deliver(&scenario.settings("d"), sections, &scenario.directory)?;
        if round % 2 == 1 {
            service.kill_nine()?;
            service = scenario.start("a")?;
        }
    }
    Ok((service, deliverer))
}

/// The ids that a receiver has taken.
fn taken(received: &[Received]) -> BTreeSet<&str> {
    received.iter().filter(|request| request.taken).map(|request| request.id.as_str()).collect()
}

/// Waits until each of these outputs was taken, or stands among what was not delivered.
fn wait_delivered(scenario: &Scenario, receiver: &Receiver, expected: &BTreeSet<&String>) -> Result<Vec<Record>> {
    let deadline = Instant::now() + Duration::from_secs(150);
    loop {
        receiver.expect_good()?;
        let received = receiver.received("/hooks");
        let taken = taken(&received);
        let letters = Reader::read_committed(&scenario.brokers, &scenario.topic("undelivered.v1")).read_to_end()?;
        let given_up: BTreeSet<&str> = letters.iter().filter_map(|letter| letter.header("ce_id")).collect();
        let missing = expected.iter().filter(|id| !taken.contains(id.as_str()) && !given_up.contains(id.as_str())).count();
        if missing == 0 {
            return Ok(letters);
        }
        ensure!(Instant::now() < deadline, "{missing} of {} outputs were neither delivered nor given up", expected.len());
        thread::sleep(Duration::from_millis(300));
    }
}

/// What was taken first of each partition follows the partition's order, and what came twice was the same.
fn expect_order(received: &[Received], published: &BTreeMap<String, (String, Record)>) -> Result<usize> {
    let mut last: BTreeMap<(&str, i32), i64> = BTreeMap::new();
    let mut bodies: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut seen, mut again) = (BTreeSet::new(), 0);
    for request in received {
        let (topic, record) = published.get(&request.id).with_context(|| format!("{} was published by nobody", request.id))?;
        let event: Value = serde_json::from_str(&request.body)?;
        ensure!(event["id"] == request.id.as_str(), "webhook-id {} is of the event {}", request.id, event["id"]);
        let data: Value = serde_json::from_slice(record.payload.as_deref().unwrap_or_default())?;
        ensure!(event["data"] == data && event["specversion"] == "1.0", "{}: not the event that was published", request.id);
        if let Some(before) = bodies.insert(&request.id, &request.body) {
            again += 1;
            ensure!(before == request.body, "{} came with two bodies", request.id);
        }
        if !request.taken || !seen.insert(request.id.as_str()) {
            continue;
        }
        let before = last.insert((topic.as_str(), record.partition), record.offset).unwrap_or(-1);
        ensure!(before < record.offset, "{topic}/{}: {} was taken after {before}", record.partition, record.offset);
    }
    Ok(again)
}

fn expect_letters(
    scenario: &Scenario,
    letters: &[Record],
    published: &BTreeMap<String, (String, Record)>,
    expected: &BTreeSet<&String>,
) -> Result<()> {
    let refused: BTreeSet<&str> = expected.iter().map(|id| id.as_str()).filter(|id| is_refused(id)).collect();
    ensure!(!refused.is_empty(), "the test proves nothing: no output was to be refused");
    let mut found = BTreeSet::new();
    for letter in letters {
        let header = |name: &str| letter.header(name).unwrap_or("?");
        let id = header("ce_id");
        let (topic, original) = &published[id];
        ensure!(refused.contains(id), "{id} was given up: {letter:?}");
        ensure!((&letter.key, &letter.payload) == (&original.key, &original.payload), "{id} is not as it was");
        ensure!(letter.headers.starts_with(&original.headers), "{id}: headers {:?}", letter.headers);
        let told = ["adoption.target", "adoption.status", "adoption.attempts", "__connect.errors.exception.class.name"].map(header);
        ensure!(told[..2] == ["crm", "400"] && told[3] == "status" && told[2].parse::<u32>()? >= 1, "{id}: {told:?}");
        let place = ["topic", "partition", "offset"].map(|part| header(&format!("__connect.errors.{part}")).to_owned());
        ensure!(place == [scenario.topic(topic), original.partition.to_string(), original.offset.to_string()], "{id}: {place:?}");
        found.insert(id);
    }
    ensure!(found == refused, "{} of {} refused outputs stand among what was not delivered", found.len(), refused.len());
    Ok(())
}

/// Each alert, and each play that opened, is a message; which, its text says.
fn wait_messages(receiver: &Receiver, published: &BTreeMap<String, (String, Record)>, before: &BTreeSet<String>) -> Result<usize> {
    let kinds = ["adoption.alert.opened", "adoption.alert.cleared", "adoption.play.opened"];
    let of_slack =
        published.iter().filter(|(id, (_, record))| !before.contains(*id) && kinds.contains(&record.header("ce_type").unwrap_or("")));
    let expected: Vec<&str> = of_slack.filter_map(|(_, (_, record))| record.key_text().ok()).collect();
    ensure!(!expected.is_empty(), "the test proves nothing: no message was to be sent");
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let received = receiver.received("/slack");
        let mut messages: BTreeMap<String, usize> = BTreeMap::new();
        for request in received.iter().filter(|request| request.taken) {
            let body: Value = serde_json::from_str(&request.body)?;
            let text = body["blocks"][0]["text"]["text"].as_str().context("a text")?;
            let link = text.rsplit_once("<https://adoption.example/accounts/").context("a link to the account")?.1;
            let account = link.split('|').next().unwrap_or_default().to_owned();
            *messages.entry(account).or_default() += 1;
        }
        let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
        expected.iter().for_each(|account| *wanted.entry((*account).to_owned()).or_default() += 1);
        let missing = wanted.iter().filter(|(account, count)| messages.get(*account).is_none_or(|found| found < count)).count();
        if missing == 0 {
            return Ok(expected.len());
        }
        ensure!(Instant::now() < deadline, "of {missing} accounts there are too few messages");
        thread::sleep(Duration::from_millis(300));
    }
}

#[test]
fn everything_arrives_at_least_once_and_in_order() {
    with_each_protocol("deliver", OPTIONS, |scenario| {
        let receiver = Receiver::start(scenario.seed)?;
        let dead_port = free_port()?;
        prepare(scenario, 5_000)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(60))?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        let before: BTreeSet<String> = published(scenario, &TOPICS)?.into_keys().collect();
        ensure!(!before.is_empty(), "the test proves nothing: nothing was published before");

        let sections_of_hours = sections(scenario, &receiver, dead_port, 3_600)?;
        let deliverer = Service::deliver(&scenario.settings("d"), &sections_of_hours, &scenario.directory)?;
        wait_begun(scenario, "crm", &TOPICS)?;
        wait_begun(scenario, "team", &["alerts.v1", "plays.v1"])?;
        let feeder = scenario.feed(RATE)?;
        let (service, mut deliverer) = kill_in_turn(scenario, &sections_of_hours, service, deliverer)?;
        scenario.stop_feeding(feeder)?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        scenario.wait_for_expected_outputs(Duration::from_secs(60))?;

        let published_now = published(scenario, &TOPICS)?;
        let expected: BTreeSet<&String> = published_now.keys().filter(|id| !before.contains(*id)).collect();
        ensure!(expected.len() >= 100, "the test proves little: {} outputs", expected.len());
        let letters = wait_delivered(scenario, &receiver, &expected)?;
        let received = receiver.received("/hooks");
        let old = received.iter().filter(|request| before.contains(&request.id)).count();
        ensure!(old == 0, "a new group begins at the end: {old} requests are of before");
        let again = expect_order(&received, &published_now)?;
        expect_letters(scenario, &letters, &published_now, &expected)?;
        let messages = wait_messages(&receiver, &published_now, &before)?;
        deliverer.wait_ready(Duration::from_secs(5))?;
        ensure!(deliverer.value("adoption_deliver_failed_attempts_total", "target=\"dead\"")? >= 1.0, "nobody tried the dead target");
        let oldest = |target: &str, is: fn(f64) -> bool| {
            deliverer.wait_value("adoption_deliver_oldest_seconds", &format!("target=\"{target}\""), Duration::from_secs(20), is)
        };
        oldest("crm", |seconds| seconds == 0.0)?;
        oldest("dead", |seconds| seconds > 1.0)?;
        deliverer.wait_value("adoption_deliver_lag_records", "target=\"crm\"", Duration::from_secs(60), |lag| lag == 0.0)?;
        println!(
            "deliver: {} outputs, {} requests, {again} of them again, {} given up; {messages} messages",
            expected.len(),
            received.len(),
            letters.len()
        );
        stops_cleanly_and_gives_up(scenario, &receiver, deliverer, dead_port)?;
        service.terminate()
    });
}

/// After a clean stop nothing is delivered again; and what a dead target does not take in its time is given up.
fn stops_cleanly_and_gives_up(scenario: &mut Scenario, receiver: &Receiver, deliverer: Service, dead_port: u16) -> Result<()> {
    deliverer.terminate()?;
    let before = receiver.received("/hooks").len();
    let sections = sections(scenario, receiver, dead_port, 2)?;
    let mut deliverer = Service::deliver(&scenario.settings("d"), &sections, &scenario.directory)?;
    deliverer.wait_ready(Duration::from_secs(30))?;
    let deadline = Instant::now() + Duration::from_secs(60);
    let letter = loop {
        let letters = Reader::read_committed(&scenario.brokers, &scenario.topic("undelivered.v1")).read_to_end()?;
        if let Some(letter) = letters.into_iter().find(|letter| letter.header("adoption.target") == Some("dead")) {
            break letter;
        }
        ensure!(Instant::now() < deadline, "the dead target's outputs are not given up");
        thread::sleep(Duration::from_millis(200));
    };
    let told = ["__connect.errors.exception.class.name", "adoption.status"].map(|name| letter.header(name));
    ensure!(told == [Some("connection"), None], "{letter:?}");
    ensure!(letter.header("adoption.attempts").context("attempts")?.parse::<u32>()? >= 2, "{letter:?}");
    deliverer.wait_value("adoption_deliver_undelivered_total", "target=\"dead\"", Duration::from_secs(20), |count| count >= 1.0)?;
    ensure!(receiver.received("/hooks").len() == before, "what was delivered before a clean stop came again");
    receiver.expect_good()?;
    deliverer.terminate()
}
