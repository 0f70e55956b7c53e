//! Prints each change of a stage once. Needs: cargo add rdkafka@0.39 serde_json@1

use std::collections::{HashSet, VecDeque};
use std::error::Error;

use rdkafka::ClientConfig;
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{BorrowedMessage, Headers};
use serde_json::Value;

fn header<'m>(message: &'m BorrowedMessage<'_>, name: &str) -> &'m str {
    let headers = message.headers().into_iter().flat_map(Headers::iter);
    let value = headers.filter(|header| header.key == name).find_map(|header| header.value);
    value.and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
}

fn main() -> Result<(), Box<dyn Error>> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", std::env::var("KAFKA_BROKERS").unwrap_or("127.0.0.1:9092".into()))
        .set("group.id", "stage-changes-rust")
        .set("isolation.level", "read_committed")
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&["adoption.stage-changes.v1"])?;
    let (mut seen, mut order) = (HashSet::new(), VecDeque::new()); // the last ids, the oldest first
    for message in consumer.iter() {
        let message = message?;
        let id = header(&message, "ce_id");
        if !id.is_empty() && seen.insert(id.to_owned()) {
            let change: Value = serde_json::from_slice(message.payload().unwrap_or_default())?;
            let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
            println!("{} {} {} -> {}", header(&message, "ce_time"), header(&message, "ce_subject"), text("from"), text("to"));
            order.push_back(id.to_owned());
            if order.len() > 100_000 {
                order.pop_front().map(|oldest| seen.remove(&oldest));
            }
        }
        // After the work: what a crash interrupts is read again.
        consumer.commit_message(&message, CommitMode::Async)?;
    }
    Ok(())
}
