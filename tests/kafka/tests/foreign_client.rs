//! Another client, in another language, reads the output: plain Kafka records with CloudEvents headers.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::outputs::Channel;
use crate::scenario::{Options, on_shared_broker};
use crate::tests::crashes::prepare;

#[test]
fn foreign_client() {
    on_shared_broker("foreign_client", Options::default(), |scenario| {
        prepare(scenario, 10_000)?;
        let service = scenario.start("a")?;
        scenario.conclude(vec![service])?;

        let topic = scenario.topic(Channel::StageChanges.suffix());
        let text = kcat(&scenario.brokers, &topic)?;
        let mut ids = BTreeSet::new();
        for record in text.split_terminator('\u{1e}') {
            let fields: Vec<&str> = record.split('\u{1f}').collect();
            let [key, headers, payload] = fields[..] else {
                anyhow::bail!("kcat printed {record:?}");
            };
            check(key, headers, payload).with_context(|| record.to_owned())?;
            let id = header_map(headers).remove("ce_id").unwrap_or_default();
            ensure!(ids.insert(id.clone()), "id {id} twice");
        }
        let expected: BTreeSet<String> = scenario
            .expected()?
            .iter()
            .filter(|((channel, _), _)| *channel == Channel::StageChanges)
            .flat_map(|(_, outputs)| outputs)
            .map(|output| output.attribute("id").to_owned())
            .collect();
        ensure!(ids == expected, "kcat read {} events of {}", ids.len(), expected.len());
        println!("foreign_client: kcat read {} stage changes", ids.len());
        Ok(())
    });
}

fn kcat(brokers: &str, topic: &str) -> Result<String> {
    let output = Command::new("kcat")
        .args(["-C", "-q", "-e", "-o", "beginning", "-b", brokers, "-t", topic])
        .args(["-X", "isolation.level=read_committed", "-f", "%k\\x1f%h\\x1f%s\\x1e"])
        .output()
        .context("`kcat` cannot be run: run tests/kafka-broker/fetch.sh as root, or install kcat")?;
    ensure!(output.status.success(), "kcat ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// kcat joins headers with commas, `name=value`. No header of ours holds a comma.
fn header_map(headers: &str) -> BTreeMap<&str, String> {
    headers.split(',').filter_map(|header| header.split_once('=')).map(|(name, value)| (name, value.to_owned())).collect()
}

fn check(key: &str, headers: &str, payload: &str) -> Result<()> {
    let headers = header_map(headers);
    let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    ensure!(header("ce_specversion") == "1.0", "CloudEvents 1.0");
    ensure!(header("content-type").starts_with("application/json"), "the value is JSON");
    ensure!(!header("ce_source").is_empty() && !header("ce_id").is_empty(), "source and id");
    ensure!(header("ce_time").parse::<jiff::Timestamp>().is_ok(), "ce_time is an RFC 3339 instant");
    ensure!(!payload.contains("\"specversion\""), "in binary mode the attributes stand in the headers alone");
    let data: Value = serde_json::from_str(payload).context("the value is JSON")?;
    ensure!(data["account"] == key, "the key is the account");
    let subject = match header("ce_type") {
        "adoption.product_stage.changed" => {
            ensure!(header("ce_dataschema").ends_with("product-stage-changed.v1.json"), "the schema is named");
            format!("{key}/{}", data["product"].as_str().unwrap_or_default())
        }
        "adoption.account_stage.changed" => {
            ensure!(!header("ce_dataschema").is_empty(), "the schema is named");
            key.to_owned()
        }
        other => anyhow::bail!("type {other} in the topic of stage changes"),
    };
    ensure!(header("ce_subject") == subject, "the subject is {subject}");
    ensure!(data["from"] != data["to"], "a change");
    Ok(())
}
