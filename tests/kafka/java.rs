//! Kafka's own tools: Java's producer behind a command, and what operators use.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};

use crate::broker::prepared;

/// Runs a class of the broker's jars to its end, with these lines on its standard input.
pub fn java(class: &str, arguments: &[&str], input: &str) -> Result<Output> {
    let mut child = Command::new("java")
        .args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"])
        .arg(prepared().join("lib").join("*"))
        .arg(class)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("java {class}"))?;
    child.stdin.take().expect("it is piped").write_all(input.as_bytes())?;
    Ok(child.wait_with_output()?)
}

/// Writes `key → value` by Java's producer, with its default partitioner.
pub fn produce(brokers: &str, topic: &str, records: &[(String, String)]) -> Result<()> {
    let input: String = records.iter().map(|(key, value)| format!("{key}\t{value}\n")).collect();
    let arguments = ["--bootstrap-server", brokers, "--topic", topic, "--property", "parse.key=true"];
    let output = java("org.apache.kafka.tools.ConsoleProducer", &arguments, &input)?;
    ensure!(output.status.success(), "the console producer: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// `kafka-consumer-groups.sh`: its exit status and what it said.
pub fn consumer_groups(brokers: &str, arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let arguments = [&["--bootstrap-server", brokers], arguments].concat();
    let output = java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", &arguments, "")?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok((output.status.code(), said))
}
