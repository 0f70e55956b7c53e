//! Accounts and users that are erased: what is published afterwards is what `replay` says of the same lines, whoever is killed meanwhile, no
//! restart revives them, and `erase --prove` tells what the topics hold still.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::scenario::{Options, Playbook, Scenario, on_shared_broker};
use crate::service::{Outcome, Service, run_to_end};
use crate::stream::{Event, Random, now_ms, rfc3339};
use crate::tests::crashes::prepare;
use crate::topics::{Reader, alter_topic};

const OPTIONS: Options =
    Options { partitions: 3, input_topics: 1, accounts: 60, playbook: Playbook::Lively, workers: 1, broken_per_mille: 0 };

fn erasing(number: usize, account: usize, user: Option<usize>) -> Event {
    let account = format!("acct-{account:04}");
    let mut line = json!({"type": "erase", "id": format!("erase-{number}"), "time": rfc3339(now_ms()), "account": account});
    if let Some(user) = user {
        line["user"] = json!(format!("user-{user}"));
    }
    Event { account, line: line.to_string(), broken: false }
}

/// By key, the last value in a topic; `None` of one that has none any more.
fn last_values(scenario: &Scenario, topic: &str) -> Result<BTreeMap<Vec<u8>, Option<Vec<u8>>>> {
    let records = Reader::read_committed(&scenario.brokers, &scenario.topic(topic)).read_to_end()?;
    Ok(records.into_iter().map(|record| (record.key.unwrap_or_default(), record.payload)).collect())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// What of an account, and of a text in it, stands in the changelog and in the states as the last of its key.
fn standing(scenario: &Scenario, account: &str, text: &str) -> Result<usize> {
    let mut count = 0;
    for topic in ["changelog.v1", "accounts.v1"] {
        for (key, value) in last_values(scenario, topic)? {
            count += usize::from(holds(&key, account) && value.is_some_and(|value| text.is_empty() || holds(&value, text)));
        }
    }
    Ok(count)
}

#[test]
fn erased_while_processes_are_killed() {
    on_shared_broker("erase_kill", OPTIONS, |scenario| {
        let mut random = Random::new(scenario.seed ^ 3);
        prepare(scenario, 20_000)?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(60))?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        let mut erased = BTreeSet::new();
        for round in 0..8 {
            let mut events: Vec<Event> = (0..300).map(|_| scenario.stream().live(now_ms())).collect();
            for number in 0..5 {
                let account = random.between(0, OPTIONS.accounts as i64 - 1) as usize;
                let user = (number > 0).then(|| random.between(0, 8) as usize);
                let at = random.between(0, events.len() as i64) as usize;
                events.insert(at, erasing(round * 10 + number, account, user));
                if user.is_none() {
                    erased.insert(account);
                }
            }
            scenario.write(&events)?;
            thread::sleep(Duration::from_millis(random.between(20, 900) as u64));
            service.kill_nine()?;
            service = scenario.start("a")?;
        }
        // The last word about one of them is that it is erased.
        let last = *erased.first().context("accounts were erased")?;
        scenario.write(&[erasing(1_000, last, None)])?;
        scenario.wait_caught_up(Duration::from_secs(90))?;
        let account = format!("acct-{last:04}");
        ensure!(standing(scenario, &account, "")? == 0, "of {account} something is left");
        scenario.conclude(vec![service])
    });
}

fn erase(scenario: &Scenario, arguments: &[&str]) -> Result<Outcome> {
    let config = scenario.settings("erase").write(&scenario.directory, 0)?;
    let config = config.to_str().context("test paths are UTF-8")?;
    let all: Vec<&str> = ["erase"].iter().chain(arguments).copied().chain(["--config", config]).collect();
    run_to_end(&all, &scenario.directory, Duration::from_secs(90))
}

fn expect_status(outcome: &Outcome, status: i32) -> Result<()> {
    ensure!(outcome.status.code() == Some(status), "expected {status}, found {}:\n{}{}", outcome.status, outcome.stdout, outcome.stderr);
    Ok(())
}

/// Asks until all partitions answer, after a start.
fn ask(service: &Service, path: &str) -> Result<(u16, Value)> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (status, answer) = service.ask_api(path)?;
        if status != 503 {
            return Ok((status, answer));
        }
        ensure!(Instant::now() < deadline, "{path}: {answer}");
        thread::sleep(Duration::from_millis(200));
    }
}

fn expect_no_account(service: &Service, account: &str) -> Result<()> {
    let (status, answer) = ask(service, &format!("/v1/accounts/{account}"))?;
    ensure!(status == 404, "{account} is there: {status} {answer}");
    let (_, listed) = ask(service, &format!("/v1/accounts?q={account}"))?;
    ensure!(listed["total"] == 0, "{account} is listed: {listed}");
    Ok(())
}

#[test]
fn erasing_is_proven() {
    on_shared_broker("erase_prove", OPTIONS, |scenario| {
        prepare(scenario, 12_000)?;
        alter_topic(&scenario.brokers, &scenario.input(0), &[("retention.ms", "864000000")])?;
        let mut service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(60))?;
        scenario.wait_caught_up(Duration::from_secs(60))?;
        let (gone, kept) = ("acct-0001", "acct-0002");
        let (_, before) = ask(&service, &format!("/v1/accounts/{kept}/users"))?;
        let users = before["data"].as_array().context("the account has users")?;
        let user = users[0]["user"].as_str().context("a user has an id")?.to_owned();
        ensure!(standing(scenario, kept, &user)? > 0, "nothing of {user} stands anywhere: the test proves nothing");

        expect_status(&erase(scenario, &["--account", "nobody"])?, 0)?;
        let outcome = erase(scenario, &["--account", gone])?;
        expect_status(&outcome, 0)?;
        ensure!(outcome.stdout.starts_with(&format!("erased: {}/", scenario.input(0))), "{}", outcome.stdout);
        expect_no_account(&service, gone)?;
        let outcome = erase(scenario, &["--account", kept, "--user", &user, "--prove"])?;
        expect_status(&outcome, 3)?;
        // The inputs hold both, as long as they are kept; no state does.
        let of_inputs =
            outcome.stdout.lines().find(|line| line.trim_start().starts_with(&scenario.input(0))).context("the inputs hold it")?;
        ensure!(of_inputs.contains(", gone by 20") && of_inputs.contains("retention.ms 864000000"), "{of_inputs}");
        ensure!(!outcome.stdout.contains("as long as no later record"), "{}", outcome.stdout);
        ensure!(outcome.stdout.contains("that later ones have replaced, gone by 20"), "{}", outcome.stdout);

        service.kill_nine()?;
        service = scenario.start("a")?;
        service.wait_ready(Duration::from_secs(60))?;
        expect_no_account(&service, gone)?;
        ensure!(standing(scenario, gone, "")? + standing(scenario, kept, &user)? == 0, "a restart revived them");
        let (_, after) = ask(&service, &format!("/v1/accounts/{kept}/users"))?;
        let ids: Vec<&str> = after["data"].as_array().context("a list")?.iter().filter_map(|row| row["user"].as_str()).collect();
        ensure!(ids.len() + 1 == users.len() && !ids.contains(&user.as_str()), "{ids:?} after {user} of {} was erased", users.len());

        // What comes later begins it anew, by the API's own route, too.
        let usage = json!({"type": "usage", "time": rfc3339(now_ms()), "account": gone, "product": "crm", "user": "new"});
        scenario.write(&[Event { account: gone.to_owned(), line: usage.to_string(), broken: false }])?;
        scenario.wait_caught_up(Duration::from_secs(30))?;
        let (status, users) = ask(&service, &format!("/v1/accounts/{gone}/users"))?;
        ensure!(status == 200 && users["data"].as_array().is_some_and(|rows| rows.len() == 1), "{status} {users}");
        let (status, told) = service.post("/v1/erase", &json!({"account": gone}).to_string())?;
        ensure!(status == 202 && told["data"]["record"].is_string(), "{status} {told}");
        scenario.wait_caught_up(Duration::from_secs(30))?;
        expect_no_account(&service, gone)?;
        let (status, told) = service.post("/v1/erase", &json!({"account": gone}).to_string())?;
        ensure!(status == 404, "{status} {told}");
        let outcome = erase(scenario, &["--account", "acct-9999", "--only-prove"])?;
        expect_status(&outcome, 0)?;
        ensure!(outcome.stdout.starts_with("nothing holds account \"acct-9999\": read whole were "), "{}", outcome.stdout);
        let log = fs::read_to_string(scenario.directory.join("a.log"))?;
        ensure!(!log.contains("panicked"), "it panicked");
        service.terminate()
    });
}
