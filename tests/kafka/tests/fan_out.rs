//! Any process of the group answers for all accounts, while others are killed and partitions move: never that there is no account which there
//! is, never of state that is not committed, and what cannot answer is named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::scenario::{Options, on_shared_broker};
use crate::service::{SESSION_TIMEOUT, Service, ask_api_at};
use crate::stream::{DAY_MS, HOUR_MS, now_ms};
use crate::tests::crashes::rate;

const LIMIT: Duration = Duration::from_secs(60);
const KILLS: usize = 3;

#[test]
fn any_process_answers_for_all() {
    on_shared_broker("fan_out", Options { accounts: 60, ..Options::default() }, |scenario| {
        scenario.create_topics()?;
        let now = now_ms();
        let before = scenario.stream().backlog(8_000, now - 40 * DAY_MS, now - HOUR_MS);
        scenario.write(&before)?;
        let mut stays = scenario.start("a")?;
        stays.wait_ready(LIMIT)?;
        scenario.wait_caught_up(LIMIT)?;
        let accounts = wait_for_accounts(&stays, |listed| listed.len() > 50)?;

        let mut goes = scenario.start("b")?;
        goes.wait_ready(LIMIT)?;
        wait_divided(&[&stays, &goes])?;
        for account in &accounts {
            let views = [&stays, &goes].map(|service| service.ask_api(&format!("/v1/accounts/{account}")));
            let [Ok((200, of_one)), Ok((200, of_other))] = &views else { bail!("{account}: {views:?}") };
            // A partition's clock moves while nothing comes.
            let [as_of_one, as_of_other] = [of_one, of_other].map(|view| &view["as_of"][0]["offsets"]);
            ensure!(as_of_one.is_object() && as_of_one == as_of_other, "{account}: {as_of_one} is not {as_of_other}");
            ensure!(of_one["data"] == of_other["data"], "{account} is told of in two ways");
        }
        for service in [&stays, &goes] {
            let (status, nobody) = service.ask_api("/v1/accounts/nobody-of-this-name")?;
            ensure!(status == 404, "every partition said no: {nobody}");
            let listed = wait_for_accounts(service, |listed| listed.len() == accounts.len())?;
            ensure!(listed == accounts, "{listed:?} are not {accounts:?}");
        }

        let feeder = scenario.feed(rate())?;
        let ended = Arc::new(AtomicBool::new(false));
        let changing = Arc::new(AtomicU16::new(goes.api_port()));
        let ports = [Arc::new(AtomicU16::new(stays.api_port())), Arc::clone(&changing)];
        let askers: Vec<Asker> = ports.iter().map(|port| Asker::start(port, &accounts, &ended)).collect();
        let pagers: Vec<Pager> = ports.iter().map(|port| Pager::start(port, &accounts, &ended)).collect();
        for _ in 0..KILLS {
            thread::sleep(Duration::from_secs(3));
            goes.kill_nine()?;
            // Until the other has its partitions, and a while after that.
            thread::sleep(SESSION_TIMEOUT + Duration::from_secs(3));
            goes = scenario.start("b")?;
            changing.store(goes.api_port(), Ordering::Relaxed);
            goes.wait_ready(LIMIT)?;
        }
        thread::sleep(Duration::from_secs(2));
        ended.store(true, Ordering::Relaxed);
        let asked = askers.into_iter().map(Asker::join).collect::<Result<Vec<Asked>>>()?;
        let walks = pagers.into_iter().map(Pager::join).collect::<Result<Vec<u64>>>()?;
        scenario.stop_feeding(feeder)?;
        println!("fan_out: {asked:?}; whole walks through all pages: {walks:?}");
        // How many, the machine says: four tests may go at a time.
        let is_enough = asked.iter().all(|asked| asked.views > 20) && walks.iter().all(|walks| *walks > 0);
        ensure!(is_enough, "too few answers to say anything");
        let reasons: BTreeSet<&str> = asked.iter().flat_map(|asked| asked.missing.keys()).map(|(reason, _)| reason.as_str()).collect();
        ensure!(reasons.contains("peer-unreachable"), "nobody missed the one that was killed: {reasons:?}");

        scenario.wait_caught_up(LIMIT)?;
        wait_divided(&[&stays, &goes])?;
        for service in [&stays, &goes] {
            let listed = wait_for_accounts(service, |listed| listed.is_superset(&accounts))?;
            for account in listed {
                let (status, view) = service.ask_api(&format!("/v1/accounts/{account}"))?;
                ensure!(status == 200, "{account}: {view}");
            }
        }
        scenario.conclude(vec![stays, goes])
    });
}

fn texts(answer: &Value, member: &str) -> Result<Vec<String>> {
    let rows = answer["data"].as_array().with_context(|| format!("a list: {answer}"))?;
    rows.iter().map(|row| Ok(row[member].as_str().with_context(|| format!("{member} of {row}"))?.to_owned())).collect()
}

/// The ids of all accounts, once they are so.
fn wait_for_accounts(service: &Service, are: impl Fn(&BTreeSet<String>) -> bool) -> Result<BTreeSet<String>> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let (status, answer) = service.ask_api("/v1/accounts?page_size=500&fields=account")?;
        ensure!(status == 200, "{answer}");
        let listed: BTreeSet<String> = texts(&answer, "account")?.into_iter().collect();
        if answer["incomplete"] == Value::Array(Vec::new()) && are(&listed) {
            return Ok(listed);
        }
        ensure!(Instant::now() < deadline, "{answer}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Waits until all partitions run, not all in one process, and both say so of each other.
fn wait_divided(services: &[&Service]) -> Result<()> {
    let deadline = Instant::now() + LIMIT;
    loop {
        let answers = services.iter().map(|service| Ok(service.ask_api("/v1/partitions")?.1)).collect::<Result<Vec<Value>>>()?;
        let is_divided = |answer: &Value| {
            let rows = answer["data"].as_array().map(Vec::as_slice).unwrap_or_default();
            let owners: BTreeSet<&str> = rows.iter().filter_map(|row| row["owner"]["instance"].as_str()).collect();
            rows.len() == 4 && rows.iter().all(|row| row["state"] == "running") && owners.len() == services.len()
        };
        if answers.iter().all(is_divided) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{answers:?}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// What somebody learned who asked for one account after the other.
#[derive(Debug, Default)]
struct Asked {
    views: u64,
    /// How often a partition could not answer, by reason and partition.
    missing: BTreeMap<(String, i64), u64>,
}

struct Asker(JoinHandle<Result<Asked>>);

impl Asker {
    fn start(port: &Arc<AtomicU16>, accounts: &BTreeSet<String>, ended: &Arc<AtomicBool>) -> Self {
        let (port, accounts, ended) = (Arc::clone(port), accounts.clone(), Arc::clone(ended));
        Self(thread::spawn(move || asked(&port, &accounts, &ended)))
    }

    fn join(self) -> Result<Asked> {
        self.0.join().expect("it does not panic")
    }
}

fn asked(port: &AtomicU16, accounts: &BTreeSet<String>, ended: &AtomicBool) -> Result<Asked> {
    let mut asked = Asked::default();
    // By partition, the offset up to which the last answer knew.
    let mut known: BTreeMap<i64, i64> = BTreeMap::new();
    for account in accounts.iter().cycle() {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        // Nobody answers at the port of a process that was killed.
        let Ok((status, answer)) = ask_api_at(port.load(Ordering::Relaxed), &format!("/v1/accounts/{account}")) else { continue };
        match status {
            200 => {
                asked.views += 1;
                let as_of = &answer["as_of"][0];
                let partition = as_of["partition"].as_i64().context("a partition")?;
                let offsets = as_of["offsets"].as_object().context("offsets")?;
                let offset = offsets.values().next().and_then(Value::as_i64).context("an offset")?;
                // State that was never committed would be told of, and gone again after a kill.
                let before = known.insert(partition, offset).unwrap_or(0);
                ensure!(offset >= before, "{account} was known of up to {before} of {partition}, and now up to {offset}");
            }
            503 => {
                let reason = answer["type"].as_str().and_then(|name| name.rsplit('/').next()).context("a type")?.to_owned();
                let progress = answer["progress"].as_array().with_context(|| format!("which partitions cannot answer: {answer}"))?;
                ensure!(!progress.is_empty(), "{answer}");
                for partition in progress {
                    let partition = partition["partition"].as_i64().context("a partition")?;
                    *asked.missing.entry((reason.clone(), partition)).or_default() += 1;
                }
            }
            _ => bail!("{account} is there: {status} {answer}"),
        }
    }
    Ok(asked)
}

/// Walks through all pages again and again, and returns how often it saw everything.
struct Pager(JoinHandle<Result<u64>>);

impl Pager {
    fn start(port: &Arc<AtomicU16>, accounts: &BTreeSet<String>, ended: &Arc<AtomicBool>) -> Self {
        let (port, accounts, ended) = (Arc::clone(port), accounts.clone(), Arc::clone(ended));
        Self(thread::spawn(move || {
            let mut walks = 0;
            while !ended.load(Ordering::Relaxed) {
                walks += u64::from(walk(&port, &accounts)?);
            }
            Ok(walks)
        }))
    }

    fn join(self) -> Result<u64> {
        self.0.join().expect("it does not panic")
    }
}

/// Whether every page said that nothing was missing: then each account was there, once.
fn walk(port: &AtomicU16, accounts: &BTreeSet<String>) -> Result<bool> {
    let (mut listed, mut token, mut is_whole) = (Vec::new(), String::new(), true);
    loop {
        let path = format!("/v1/accounts?page_size=7&fields=account{token}");
        let Ok((status, page)) = ask_api_at(port.load(Ordering::Relaxed), &path) else { return Ok(false) };
        // The token is whichever process's it was before.
        ensure!(status == 200, "{status} {page}");
        is_whole &= page["incomplete"].as_array().is_some_and(Vec::is_empty);
        listed.extend(texts(&page, "account")?);
        match page["next_page_token"].as_str() {
            Some(next) => token = format!("&page_token={next}"),
            None => break,
        }
    }
    let once: BTreeSet<&String> = listed.iter().collect();
    ensure!(once.len() == listed.len() && listed.is_sorted(), "each comes once, in order: {listed:?}");
    ensure!(!is_whole || accounts.iter().all(|account| once.contains(account)), "{listed:?} are said to be all of {accounts:?}");
    Ok(is_whole)
}
