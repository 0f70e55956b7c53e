//! The HTTP API on a real broker: what was published is read back once each and the newest first, changes arrive and go on where a reader was,
//! and what is reported is taken in by the partition that holds the account.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::scenario::{Options, Scenario, on_shared_broker};
use crate::service::{Service, run_to_end};
use crate::stream::{DAY_MS, HOUR_MS, now_ms, rfc3339};

/// Types that the scenario's readers leave alone.
const COMPARED_ELSEWHERE: [&str; 2] = ["adoption.account.updated", "adoption.campaign."];

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn api() {
    on_shared_broker("api", Options { broken_per_mille: 20, accounts: 60, ..Options::default() }, |scenario| {
        scenario.create_topics()?;
        let now = now_ms();
        let before = scenario.stream().backlog(8_000, now - 40 * DAY_MS, now - 2 * DAY_MS);
        scenario.write(&before)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(LIMIT)?;
        scenario.wait_caught_up(LIMIT)?;

        partitions(&service)?;
        let letters = service.ask_api("/v1/dead-letters")?.1;
        let letters = letters["data"].as_array().context("a list")?;
        ensure!(!letters.is_empty() && letters.iter().all(|letter| letter["reason"].is_string()), "{letters:?}");

        let published = scenario.published()?;
        let busiest = published.iter().max_by_key(|(_, outputs)| outputs.len()).context("something was published")?;
        let account = busiest.0.1.clone();
        let of_account = published.iter().filter(|((_, of), _)| *of == account).flat_map(|(_, outputs)| outputs);
        let expected: BTreeSet<String> = of_account.map(|output| output.attribute("id").to_owned()).collect();
        history(&service, &account, &expected)?;

        let mut lines = service.stream_api("/v1/changes", "")?;
        next_of(&mut lines, "id: ").context("where the stream begins")?;
        let later = scenario.stream().steady(now - 2 * DAY_MS, now - HOUR_MS);
        scenario.write(&later)?;
        let (first, event) = change(&mut lines)?;
        let (_, second) = change(&mut lines)?;
        ensure!(event["specversion"] == "1.0" && event["data"].is_object(), "{event}");
        let mut again = service.stream_api("/v1/changes", &format!("Last-Event-ID: {first}\r\n"))?;
        ensure!(change(&mut again)?.1 == second, "a stream goes on behind the event that its reader has seen");
        let mut lost = service.stream_api("/v1/changes", "Last-Event-ID: 1.2\r\n")?;
        ensure!(next_of(&mut lost, "event: ")? == "reset", "a reader from elsewhere is told to begin anew");

        scenario.wait_caught_up(LIMIT)?;
        commands(scenario, &service, &account)?;
        report(&service, &account, now)?;
        service.terminate()
    });
}

/// Each tells its figures once a second, from when its worker has it.
fn partitions(service: &Service) -> Result<()> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let (status, answer) = service.ask_api("/v1/partitions")?;
        let rows = answer["data"].as_array().context("a list")?;
        ensure!(status == 200, "{answer}");
        let is_told = |row: &Value| row["state"] == "running" && row["owner"]["instance"].is_string() && row["clock"].is_string();
        if rows.len() == 4 && rows.iter().all(is_told) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{answer}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Every page of an account's history holds what was published, each once; states of accounts are beside it.
fn history(service: &Service, account: &str, expected: &BTreeSet<String>) -> Result<()> {
    let (mut found, mut times, mut token) = (BTreeSet::new(), Vec::new(), String::new());
    loop {
        let (status, page) = service.ask_api(&format!("/v1/accounts/{account}/history?page_size=7{token}"))?;
        ensure!(status == 200, "{page}");
        for event in page["data"].as_array().context("a list")? {
            let subject = event["subject"].as_str().context("a subject")?;
            ensure!(subject.split('/').next() == Some(account), "{event} is not about {account}");
            let event_type = event["type"].as_str().context("a type")?;
            if !COMPARED_ELSEWHERE.iter().any(|begin| event_type.starts_with(begin)) {
                ensure!(found.insert(event["id"].as_str().context("an id")?.to_owned()), "{event} comes twice");
                times.push(event["time"].as_str().context("a time")?.to_owned());
            }
        }
        match page["next_page_token"].as_str() {
            Some(next) => token = format!("&page_token={next}"),
            None => break,
        }
    }
    ensure!(found == *expected, "{} of {} outputs of {account} were found", found.len(), expected.len());
    ensure!(times.first() >= times.last(), "the newest comes first: {times:?}");
    Ok(())
}

/// `report` and `explain` ask a running service.
fn commands(scenario: &Scenario, service: &Service, account: &str) -> Result<()> {
    let url = format!("http://127.0.0.1:{}", service.api_port());
    let run = |words: &[&str]| {
        let arguments: Vec<&str> = words.iter().copied().chain(["--api", &url]).collect();
        run_to_end(&arguments, &scenario.directory, LIMIT)
    };
    let reported = run(&["report", "--account", account, "--format", "json"])?;
    let viewed = service.ask_api(&format!("/v1/accounts/{account}"))?.1;
    ensure!(reported.status.success() && serde_json::from_str::<Value>(&reported.stdout)? == viewed["data"], "{}", reported.stderr);
    let markdown = run(&["report", "--account", account])?;
    ensure!(markdown.stdout.contains(account) && markdown.stdout.starts_with('#'), "{}{}", markdown.stdout, markdown.stderr);

    let explained = run(&["explain", "--account", account, "--format", "json"])?;
    let asked = service.ask_api(&format!("/v1/accounts/{account}/explain"))?.1;
    ensure!(explained.status.success() && serde_json::from_str::<Value>(&explained.stdout)? == asked["data"], "{}", explained.stderr);
    let in_force = run(&["explain", "--account", account, "--at", "2100-01-01", "--format", "json"])?;
    let newest = service.ask_api(&format!("/v1/accounts/{account}/history?page_size=1"))?.1["data"][0].clone();
    let events = in_force.stdout.lines().map(serde_json::from_str::<Value>).collect::<Result<Vec<Value>, _>>()?;
    ensure!(events.first() == Some(&newest), "{newest} is not the first of {}{}", in_force.stdout, in_force.stderr);
    let before = run(&["explain", "--account", account, "--at", "2000-01-01"])?;
    ensure!(before.status.success() && before.stdout.is_empty(), "{}{}", before.stdout, before.stderr);

    let nobody = run(&["report", "--account", "nobody-of-this-name"])?;
    ensure!(nobody.status.code() == Some(3) && nobody.stderr.contains("no account"), "{:?} {}", nobody.status, nobody.stderr);
    let product = run(&["explain", "--account", account, "--product", "crn"])?;
    ensure!(product.status.code() == Some(1) && product.stderr.contains("`crm`"), "{:?} {}", product.status, product.stderr);
    Ok(())
}

/// What is reported goes where the account is, and is taken in.
fn report(service: &Service, account: &str, now: i64) -> Result<()> {
    let time = rfc3339(now);
    let record = format!(r#"{{"type":"touchpoint","time":"{time}","account":"{account}","kind":"call","id":"api-1"}}"#);
    let (status, answer) = service.report(&record)?;
    ensure!(status == 202, "{answer}");
    let place = answer["data"]["record"].as_str().context("a record")?;
    ensure!(place.split('/').count() == 3, "{place}");
    service.wait_value("adoption_events_total", "type=\"touchpoint\"", LIMIT, |count| count >= 1.0)?;
    ensure!(service.value("adoption_split_accounts", "")? == 0.0, "{account} is in another partition than {place}");
    Ok(())
}

/// The rest of the next line that begins so.
fn next_of(lines: &mut impl Iterator<Item = std::io::Result<String>>, begin: &str) -> Result<String> {
    for line in lines {
        if let Some(rest) = line?.strip_prefix(begin) {
            return Ok(rest.to_owned());
        }
    }
    anyhow::bail!("the stream ended without a line {begin:?}")
}

/// Id and data of the next change.
fn change(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Result<(String, Value)> {
    let mut id = String::new();
    for line in lines {
        let line = line?;
        if let Some(new) = line.strip_prefix("id: ") {
            id = new.to_owned();
        }
        if let Some(data) = line.strip_prefix("data: ") {
            return Ok((id, serde_json::from_str(data)?));
        }
    }
    anyhow::bail!("the stream ended without a change")
}
