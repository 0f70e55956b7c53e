//! The task layer against a fake transactional log, seeded and single-threaded: crashes before, between and after each step,
//! commits whose outcome is unknown, commits that the group refuses and that are sent again, commit markers that a broker lost, redo from
//! whatever point was left, compacted and not.
//!
//! Whatever happens, a `read_committed` reader sees each account's outputs once, in order, as an uninterrupted run gives them, and after the last
//! commit the state that the account's last output left, and the counts of all accounts as they stand.
//!
//! `RESTART_SEEDS=2000 cargo test --test model restarts::` widens the run; `RESTART_SEED=7` runs one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::oracle::{decode, stream, until_instant};
use crate::seeds::seeds;
use crate::told_facts::told_facts;
use adoption_tracker::engine::{EngineSettings, Entry, Live};
use adoption_tracker::partition::{Checkpoint, Inputs, PartitionTask as _, Record, Resume};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::portfolio::{Contribution, Counts, CountsRecord, Outline};
use adoption_tracker::random::Random;
use adoption_tracker::replay::{Replay, ReplayOptions};
use adoption_tracker::task::{FleetNews, Partition, PartitionSettings, Request, StateBeat};
use adoption_tracker::topics::Topic;
use serde_json::Value;

/// Whose seeds, and how many where nothing is said.
const SEEDS: (&str, u64) = ("RESTART", 150);

const INPUT: &str = "adoption.inputs.v1";
const SKEW_MS: i64 = 3_600_000;

/// What the brokers hold: only committed records are visible.
#[derive(Default)]
struct Log {
    changelog: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    outputs: Vec<Output>,
    states: Vec<Output>,
    /// The last record of the portfolio.
    counts: Value,
    group: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Output {
    key: String,
    id: String,
    event_type: String,
    time: String,
    data: Value,
}

/// A transaction not yet committed.
#[derive(Default)]
struct Staged {
    changelog: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    outputs: Vec<Output>,
    states: Vec<Output>,
    counts: Option<Value>,
    next_offset: i64,
}

struct Story {
    seed: u64,
    playbook: Arc<Playbook>,
    settings: PartitionSettings,
    records: Vec<(String, String)>,
    until_ms: i64,
}

impl Story {
    fn new(seed: u64) -> Self {
        let (yaml, lines) = match seed % 2 {
            0 => (stream::playbook(seed), stream::lines(seed, 250, false)),
            _ => (stream::whole_playbook(seed), stream::whole_lines(seed, 250, false)),
        };
        if std::env::var_os("RESTART_SEED").is_some() {
            // To be tried by hand, with `replay`.
            let folder = std::env::temp_dir();
            std::fs::write(folder.join("restarts.yaml"), &yaml).expect("the playbook is written");
            std::fs::write(folder.join("restarts.jsonl"), lines.join("\n")).expect("the stream is written");
        }
        let playbook = Playbook::load("random.yaml", &yaml).unwrap_or_else(|problems| panic!("seed {seed}: {}", problems[0]));
        let records = lines.into_iter().filter_map(|line| {
            let account = decode::decode(line.as_bytes()).ok()?.account;
            Some((account, line))
        });
        let engine = EngineSettings {
            dedupe_ids: if seed.is_multiple_of(3) { 8 } else { 0 },
            clock_witnesses: stream::witnesses(seed),
            ..EngineSettings::default()
        };
        let redo_events = 1 + seed % 90;
        Self {
            seed,
            playbook: Arc::new(playbook),
            settings: PartitionSettings {
                engine,
                max_skew_ms: SKEW_MS,
                max_record_bytes: 1 << 20,
                time_from_record: false,
                redo_seconds: 3600,
                redo_events,
                dead_letter_bytes_max: 1 << 20,
                // Some are published with their commit, others wait for each other for long.
                states: StateBeat { few: 2 * (seed % 2) as usize, most: 4 + (seed % 7) as usize, within: Duration::from_secs(3600) },
            },
            records: records.collect(),
            until_ms: until_instant(&yaml, &stream::until(seed)).expect("the stream has an end") + 100 * 86_400_000,
        }
    }

    fn wall_ms(&self) -> i64 {
        self.until_ms - SKEW_MS
    }

    fn task(&self) -> Partition {
        let task = Partition::new(3, &[INPUT.to_owned()], Arc::clone(&self.playbook), self.settings);
        task.with_portfolio(Duration::ZERO, usize::MAX)
    }

    /// A task with the state of a changelog.
    fn restored(&self, changelog: &[(Vec<u8>, Option<Vec<u8>>)]) -> Partition {
        let records: Vec<_> = changelog.iter().zip(0..).map(|((key, value), offset)| Record::bare(offset, key, value.as_deref())).collect();
        let mut task = self.task();
        task.restore(&records).unwrap_or_else(|refused| panic!("seed {}: {refused}", self.seed));
        task
    }

    fn process(&self, task: &mut Partition, offset: i64) {
        task.process(0, &[self.record(offset)], self.wall_ms());
    }

    fn record(&self, offset: i64) -> Record<'_> {
        let (key, value) = &self.records[offset as usize];
        Record::bare(offset, key.as_bytes(), Some(value.as_bytes()))
    }
}

fn stage(task: &mut Partition, checkpoint: Checkpoint) -> Staged {
    let mut staged = Staged::default();
    task.prepare_commit(checkpoint, Instant::now());
    for publish in task.outbox().iter() {
        let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap_or_default().to_vec()).expect("text");
        match publish.topic {
            Topic::Changelog => {
                staged.changelog.push((publish.key.unwrap_or_default().to_vec(), publish.value.map(<[u8]>::to_vec)));
            }
            Topic::StageChanges | Topic::Signals | Topic::Alerts | Topic::Plays | Topic::Campaigns | Topic::Accounts => {
                let header = |wanted: &str| {
                    publish.headers.clone().find(|(name, _)| *name == wanted).map(|(_, value)| text(Some(value))).unwrap_or_default()
                };
                let list = if publish.topic == Topic::Accounts { &mut staged.states } else { &mut staged.outputs };
                list.push(Output {
                    key: text(publish.key),
                    id: header("ce_id"),
                    event_type: header("ce_type"),
                    time: header("ce_time"),
                    // Of an account that is erased its state has no value.
                    data: publish.value.map_or(Value::Null, |value| serde_json::from_slice(value).expect("data is JSON")),
                });
            }
            Topic::Portfolio => staged.counts = Some(serde_json::from_str(&text(publish.value)).expect("data is JSON")),
            Topic::DeadLetters | Topic::Undelivered | Topic::IngestDeadLetters | Topic::Fed => {}
        }
    }
    staged.next_offset = task.next_offsets()[0];
    staged
}

impl Log {
    fn commit(&mut self, mut staged: Staged) {
        self.changelog.append(&mut staged.changelog);
        self.commit_without_changelog(staged);
    }

    /// The broker lost the marker of the changelog's partition: the rest of the transaction is committed.
    fn commit_without_changelog(&mut self, staged: Staged) {
        self.outputs.extend(staged.outputs);
        self.states.extend(staged.states);
        self.counts = staged.counts.unwrap_or(std::mem::take(&mut self.counts));
        self.group = Some(staged.next_offset);
    }

    /// Keeps the last record of each key, where it stood; those without a value for a time.
    fn compact(&mut self, keeps_tombstones: bool) {
        let mut last = BTreeMap::new();
        for (place, (key, _)) in self.changelog.iter().enumerate() {
            last.insert(key.clone(), place);
        }
        let mut place = 0;
        self.changelog.retain(|(key, value)| {
            place += 1;
            last[key] == place - 1 && (keeps_tombstones || value.is_some())
        });
    }

    /// A new owner of the partition: restored, redone, running, and where it reads on from.
    fn take_over(&self, story: &Story) -> (Partition, i64) {
        let mut task = story.restored(&self.changelog);
        let redo = task.restored(&Inputs::committed(&[self.group])).unwrap_or_else(|refusal| panic!("seed {}: {refusal}", story.seed));
        let redone: Vec<_> = (redo.from[0]..redo.to[0]).map(|offset| story.record(offset)).collect();
        task.redo(0, &redone);
        task.run();
        let next = match redo.resume[0] {
            Resume::Offset(offset) => offset,
            Resume::Beginning => 0,
        };
        (task, next)
    }
}

/// How often something happened.
#[derive(Default)]
struct Happened {
    crashes: u32,
    refusals: u32,
}

/// Runs a story with crashes and hands back what a reader of the log sees.
fn run(story: &Story, random: &mut Random, crash_in: usize, markers_get_lost: bool) -> (Log, Happened) {
    let mut log = Log::default();
    let (mut task, mut next) = log.take_over(story);
    let mut happened = Happened::default();
    let end = story.records.len() as i64;
    loop {
        let batch = 1 + random.below(40) as i64;
        for offset in next..(next + batch).min(end) {
            story.process(&mut task, offset);
            if random.below(5) == 0 {
                task.roll(random.below(4));
            }
        }
        next = (next + batch).min(end);
        let finished = next == end;
        if finished {
            task.caught_up(story.until_ms);
            while task.roll(2) {
                if random.below(6) == 0 {
                    log.commit(stage(&mut task, Checkpoint::Slice));
                    task.post_commit();
                }
            }
        }
        // A worker commits nothing while it is quiet: that would move the group's offset back.
        if log.group.is_some_and(|group| next < group) {
            if crash_in > 0 && random.below(crash_in) == 0 {
                happened.crashes += 1;
                (task, next) = log.take_over(story);
            }
            continue;
        }
        let checkpoint = if random.below(12) == 0 { Checkpoint::All { in_time: &|| true } } else { Checkpoint::Slice };
        let crash = crash_in > 0 && random.below(crash_in) == 0;
        // Refused, once or several times in a row: the next transaction begins with the same.
        if !crash && crash_in > 0 && random.below(3) == 0 {
            stage(&mut task, checkpoint);
            happened.refusals += 1;
            continue;
        }
        match (crash, random.below(4)) {
            (true, 0) => drop(task),
            (true, 1) => drop(stage(&mut task, checkpoint)),
            // The commit succeeded and the answer was lost.
            (true, 2) => log.commit(stage(&mut task, checkpoint)),
            (true, _) if markers_get_lost && log.group.is_some() && !finished => {
                log.commit_without_changelog(stage(&mut task, checkpoint));
            }
            (true, _) => drop(task),
            (false, _) => {
                log.commit(stage(&mut task, checkpoint));
                task.post_commit();
                if finished {
                    log.commit(stage(&mut task, Checkpoint::All { in_time: &|| true }));
                    return (log, happened);
                }
                continue;
            }
        }
        happened.crashes += 1;
        match random.below(4) {
            0 => log.compact(true),
            1 => log.compact(false),
            _ => {}
        }
        (task, next) = log.take_over(story);
    }
}

/// After a lost commit marker a boundary of a silent account may be published again, with the same id: readers drop it by that.
fn once_by_id(outputs: Vec<Output>) -> Vec<Output> {
    let mut seen = BTreeMap::<(String, String), Vec<Output>>::new();
    let mut once = Vec::new();
    for output in outputs {
        // Of several outputs that share an id, as their causes do, each is one of its own.
        let before = seen.entry((output.event_type.clone(), output.id.clone())).or_default();
        if before.contains(&output) {
            assert!(output.data["cause"]["day"].is_string(), "only a boundary may come twice: {output:#?}");
        } else {
            before.push(output.clone());
            once.push(output);
        }
    }
    once
}

/// The state of each account that has one: when and by which cause it was published last.
fn last_states(log: &Log) -> BTreeMap<&str, (&str, &Value)> {
    let mut last = BTreeMap::new();
    for state in &log.states {
        match &state.data {
            Value::Null => last.remove(&*state.key),
            data => last.insert(&*state.key, (&*state.time, &data["cause"])),
        };
    }
    last
}

/// Each account that something was published about has the state that this left, and none is published twice. Where an account or a user of it was
/// erased, the state is as an uninterrupted run leaves it.
fn check_states(what: &str, story: &Story, log: &Log, calm: &Log, markers_get_lost: bool) {
    assert_eq!(last_states(log), last_states(calm), "{what}");
    let erased: BTreeSet<&str> =
        story.records.iter().filter(|(_, line)| line.contains(r#""erase""#)).map(|(account, _)| &**account).collect();
    let outputs = log.outputs.iter().map(|output| (&*output.key, (&*output.time, &output.data["cause"])));
    let states = last_states(log).into_iter();
    let of_others = |(account, _): &(&str, (&str, &Value))| !erased.contains(account);
    assert_eq!(states.filter(of_others).collect::<BTreeMap<_, _>>(), outputs.filter(of_others).collect::<BTreeMap<_, _>>(), "{what}");
    // Streams have events with one id at several times: each is a cause of its own.
    let states = || log.states.iter().filter(|state| !state.data.is_null());
    let told: BTreeSet<_> = states().map(|state| (&state.id, &state.time)).collect();
    assert!(markers_get_lost || told.len() == states().count(), "{what}: {} of {} states are told apart", told.len(), states().count());
}

fn check_facts(what: &str, expected: &str, found: &str) {
    let differ = expected.lines().zip(found.lines()).find(|(expected, found)| expected != found);
    assert!(expected == found, "{what}: {differ:#?}");
}

fn by_account(outputs: Vec<Output>) -> BTreeMap<String, Vec<Output>> {
    let mut all = BTreeMap::<String, Vec<Output>>::new();
    for output in outputs {
        all.entry(output.key.clone()).or_default().push(output);
    }
    all
}

#[test]
fn crashes_change_nothing_that_a_reader_sees() {
    let (mut crashes, mut refusals) = (0, 0);
    for seed in seeds(SEEDS.0, SEEDS.1) {
        let story = Story::new(seed);
        let (calm_log, _) = run(&story, &mut Random::new(0), 0, false);
        let facts = told_facts(calm_log.take_over(&story).0.engine());
        let calm = by_account(calm_log.outputs.clone());
        for round in 0..3 {
            let markers_get_lost = round == 2;
            let (log, happened) = run(&story, &mut Random::new(seed * 1000 + round), 3, markers_get_lost);
            check_states(&format!("seed {seed}, round {round}"), &story, &log, &calm_log, markers_get_lost);
            if seed.is_multiple_of(2) {
                check_facts(&format!("seed {seed}, round {round}"), &facts, &told_facts(log.take_over(&story).0.engine()));
            }
            assert_eq!(log.counts, calm_log.counts, "seed {seed}, round {round}");
            let mut outputs = log.outputs;
            crashes += happened.crashes;
            refusals += happened.refusals;
            if markers_get_lost {
                outputs = once_by_id(outputs);
            }
            let outputs = by_account(outputs);
            for account in calm.keys().chain(outputs.keys()) {
                let (expected, seen) = (calm.get(account), outputs.get(account));
                let at = (0..).find(|&at| {
                    expected.and_then(|all| all.get(at)) != seen.and_then(|all| all.get(at)) || expected.is_none_or(|all| at >= all.len())
                });
                let at = at.expect("the lists end");
                assert!(
                    expected == seen,
                    "seed {seed}, round {round}, account {account}, output {at}:\nexpected {:#?}\nseen     {:#?}",
                    expected.and_then(|all| all.get(at)),
                    seen.and_then(|all| all.get(at))
                );
            }
        }
    }
    if std::env::var_os("RESTART_SEED").is_none() {
        assert!(crashes > 100, "the run crashed {crashes} times only");
        assert!(refusals > 100, "the run was refused {refusals} commits only");
    }
    println!("{crashes} crashes, {refusals} refused commits");
}

#[test]
fn a_run_and_a_replay_of_the_same_input_agree() {
    for seed in seeds(SEEDS.0, SEEDS.1) {
        let story = Story::new(seed);
        let calm = run(&story, &mut Random::new(seed), 0, false).0;
        let mut replay = Replay::new(
            Arc::clone(&story.playbook),
            ReplayOptions {
                until_ms: Some(story.until_ms),
                latest_ms: 0,
                max_record_bytes: 1 << 20,
                engine: story.settings.engine,
                portfolio: true,
            },
        );
        for (_, line) in &story.records {
            let _ = replay.line(line.as_bytes());
        }
        replay.finish();
        let mut replayed = BTreeMap::<String, Vec<Value>>::new();
        replay.drain(|event| {
            let data: Value = serde_json::from_str(&event.data).expect("data is JSON");
            replayed.entry(data["account"].as_str().expect("an account").to_owned()).or_default().push(without_position(data));
        });
        let (outline, counts) = (Outline::new(&story.playbook), replay.summary().counts.as_deref().expect("they were asked for"));
        let counts = serde_json::to_value(CountsRecord::of(counts, &outline)).expect("counts are JSON");
        assert_eq!((&calm.counts["counts"], calm.counts["counts"]["all"].is_object()), (&counts, true), "seed {seed}");
        let ran: BTreeMap<String, Vec<Value>> = by_account(calm.outputs)
            .into_iter()
            .map(|(account, outputs)| (account, outputs.into_iter().map(|output| without_position(output.data)).collect()))
            .collect();
        assert_eq!(ran, replayed, "seed {seed}");
    }
}

/// A record is named by its offset in a topic and by its line in a file; incident ids follow from that.
fn without_position(mut data: Value) -> Value {
    let object = data.as_object_mut().expect("data is an object");
    object.remove("incident");
    if let Some(cause) = object.get_mut("cause")
        && (cause.get("record").is_some() || cause.get("line").is_some())
    {
        *cause = Value::Null;
    }
    data
}

/// What a task was told and did not commit is told to the next again; what it committed is not said twice.
#[test]
fn a_target_crosses_once_whoever_has_the_partition() {
    let mut story = Story::new(1);
    let yaml = "version: 1\nproducts: {crm: {adopted: events >= 1}}\ntargets: {any: {figure: accounts, at_least: 1}}\n";
    story.playbook = Arc::new(Playbook::load("targets.yaml", yaml).expect("it loads"));
    let outline = Outline::new(&story.playbook);
    let news = |day, accounts| {
        let entry = Entry { live: Some(Box::new(Live::default())), ..Entry::default() };
        let mut counts = Counts::new(&outline);
        (0..accounts).for_each(|_| counts.add(&Contribution::new(&entry, &[], &outline)));
        FleetNews::new(&counts, day, &outline)
    };
    let mut log = Log::default();
    // Day, accounts, and whether the commit is made before the partition goes to somebody else.
    for (day, accounts, is_committed) in [(10, 0, true), (11, 2, false), (11, 2, true), (11, 0, true), (12, 2, true), (13, 0, true)] {
        let (mut task, next) = log.take_over(&story);
        if next == 0 {
            story.process(&mut task, 0);
        }
        task.answer(Request::Fleet(Box::new(news(day, accounts))));
        let staged = stage(&mut task, Checkpoint::Slice);
        if is_committed {
            log.commit(staged);
        }
    }
    let crossed = log.outputs.iter().filter(|output| output.event_type == "adoption.target.crossed");
    let crossed: Vec<_> = crossed.map(|output| (&*output.key, &output.data["cause"]["day"], output.data["met"] == true)).collect();
    assert_eq!(crossed, [("fleet", &Value::from("1970-01-12"), true), ("fleet", &Value::from("1970-01-14"), false)]);
}

/// The test itself is tested: a task that starts from an older changelog without redoing must be caught.
#[test]
fn a_redo_left_out_is_caught() {
    let differs = (1..40).any(|seed| {
        let story = Story::new(seed);
        let calm = by_account(run(&story, &mut Random::new(0), 0, false).0.outputs);
        let mut log = Log::default();
        let (mut task, mut next) = log.take_over(&story);
        let end = story.records.len() as i64;
        let mut outputs_end = false;
        while !outputs_end {
            for offset in next..(next + 20).min(end) {
                story.process(&mut task, offset);
            }
            next = (next + 20).min(end);
            if next == end {
                task.caught_up(story.until_ms);
                while task.roll(64) {}
                outputs_end = true;
            }
            log.commit(stage(&mut task, Checkpoint::Slice));
            // The broken owner: restored, and straight on.
            task = story.restored(&log.changelog);
            task.restored(&Inputs::committed(&[log.group])).expect("no refusal");
            task.run();
        }
        by_account(log.outputs) != calm
    });
    assert!(differs, "40 stories came out right although facts were lost");
}
