//! What is foreseen of accounts against what becomes of them: over random playbooks and streams a copy of each account lives on, then all of
//! them do, and what is told on each day must be alike, to the letter.
//!
//! `PROPERTY_SEEDS=500 cargo test --release --test model foresight::` widens the run; `PROPERTY_SEED=42` runs one seed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::oracle::stream;
use crate::seeds::{load, seeds};
use adoption_tracker::engine::{Account, AccountIndex, Cause, CauseRef, Day, Effect, Engine, EngineSettings};
use adoption_tracker::input::{Limits, decode};
use adoption_tracker::playbook::{Playbook, SHIPPED};

/// Whose seeds, and how many where nothing is said.
const SEEDS: (&str, u64) = ("PROPERTY", 20);

const LATEST_MS: i64 = 4_000_000_000_000;
const DAY_MS: i64 = 86_400_000;
/// Days that are foreseen.
const AHEAD: Day = 92;

/// An engine that has taken in lines, whose accounts have all lived up to its clock.
fn lived(playbook: &Arc<Playbook>, witnesses: usize, lines: &[String]) -> Engine {
    let settings = EngineSettings { dedupe_ids: 8, clock_witnesses: witnesses, ..EngineSettings::default() };
    let mut engine = Engine::new(Arc::clone(playbook), settings);
    let limits = Limits { check_key: false, ..Limits::default() };
    let mut effects = Vec::new();
    for (number, line) in (1..).zip(lines) {
        let Ok(event) = decode(None, line.as_bytes(), Vec::new, &limits) else { continue };
        engine.apply(&event, CauseRef::Line(number), LATEST_MS, number, &mut effects);
        while engine.roll(usize::MAX / 2, &mut effects) {}
    }
    engine
}

/// What an account has concluded, in words.
fn verdicts(account: &Account) -> String {
    let stages: Vec<_> = account
        .products
        .iter()
        .map(|product| (product.index, product.stage, product.stage_changed, product.below_since, product.adopted_day, product.lost_day))
        .collect();
    let Account { stage, stage_changed, incidents, segments, milestones, bands, plays, .. } = account;
    format!("{stages:?} {stage} {stage_changed} {incidents:?} {segments:?} {milestones:?} {bands:?} {plays:?}")
}

/// What is told on the days to come, and how the account stands on the last of them.
fn foreseen(engine: &Engine, index: AccountIndex) -> (Vec<Effect>, Account) {
    let mut foresight = engine.foresight(index);
    let mut effects = foresight.effects().to_vec();
    for day in 1..=AHEAD {
        foresight.next_day();
        assert_eq!(foresight.account().day, engine.accounts()[index as usize].day + day);
        effects.extend_from_slice(foresight.effects());
    }
    (effects, foresight.account().clone())
}

/// Compares what is foreseen of all accounts with what comes about. Returns how much that was.
fn compare(what: &str, mut engine: Engine) -> usize {
    let before = format!("{engine:?}");
    let seen: Vec<_> = engine.accounts().numbered().map(|(index, _)| foreseen(&engine, index)).collect();
    assert!(format!("{engine:?}") == before, "{what}: the engine is as it was");
    let from: Vec<Day> = engine.accounts().iter().map(|account| account.day).collect();
    let mut told = BTreeMap::<String, Vec<Effect>>::new();
    let mut stood = vec![None; seen.len()];
    // Some accounts are days behind others, and none is to be led through several days at once.
    let Some((first, last)) = from.iter().min().copied().zip(from.iter().max().copied()) else { return 0 };
    let mut clock_ms = i64::from(first) * DAY_MS;
    while engine.accounts().iter().any(|account| account.day <= last + AHEAD) {
        let mut effects = Vec::new();
        engine.roll_all(&mut effects);
        effects.into_iter().for_each(|effect| told.entry(effect.account.to_string()).or_default().push(effect));
        for (index, account) in engine.accounts().iter().enumerate().filter(|(index, account)| account.day == from[*index] + AHEAD) {
            stood[index] = Some(verdicts(account));
        }
        clock_ms += DAY_MS / 2;
        engine.advance_clock(clock_ms);
    }
    let mut count = 0;
    for (index, (foreseen, stands)) in seen.into_iter().enumerate() {
        let account = engine.accounts().iter().nth(index).expect("it is there");
        let until = from[index] + AHEAD;
        let is_until = |effect: &Effect| !matches!(effect.cause, Cause::Day(day) if day > until);
        let came: Vec<Effect> = told.remove(account.id.as_str()).into_iter().flatten().filter(is_until).collect();
        count += came.len();
        for place in 0..came.len().max(foreseen.len()) {
            assert_eq!(foreseen.get(place), came.get(place), "{what}: {} of {}", place, account.id);
        }
        let Some(stood) = &stood[index] else { panic!("{what}: {} was never on that day", account.id) };
        assert!(verdicts(&stands) == *stood, "{what}: {}\nforeseen: {}\ncame: {stood}", account.id, verdicts(&stands));
    }
    count
}

#[test]
fn what_is_foreseen_comes_about() {
    let shipped = load(SHIPPED, "shipped");
    let mut counts = [0; 3];
    for seed in seeds(SEEDS.0, SEEDS.1) {
        let (plain, whole) =
            (load(&stream::playbook(seed), &format!("seed {seed}")), load(&stream::whole_playbook(seed), &format!("seed {seed}")));
        let (lines, whole_lines) = (stream::lines(seed, 300, false), stream::whole_lines(seed, 300, true));
        for (kind, (playbook, lines)) in [(&plain, &lines), (&whole, &whole_lines), (&shipped, &whole_lines)].into_iter().enumerate() {
            let until = [100, 200, 300][(seed % 3) as usize].min(lines.len());
            let engine = lived(playbook, stream::witnesses(seed), &lines[..until]);
            counts[kind] += compare(&format!("seed {seed}, playbook {kind}, {until} lines"), engine);
        }
    }
    assert!(counts.iter().all(|count| *count >= 100 || seeds(SEEDS.0, SEEDS.1).len() < 10), "little came about: {counts:?}");
}

/// One that was restored under another playbook is judged by it first.
#[test]
fn an_edited_playbook_is_foreseen_too() {
    let mut count = 0;
    for seed in seeds(SEEDS.0, SEEDS.1) {
        let lines = stream::whole_lines(seed, 200, false);
        let mut engine = lived(&load(&stream::whole_playbook(seed), &format!("seed {seed}")), stream::witnesses(seed), &lines);
        let accounts: Vec<AccountIndex> = engine.accounts().numbered().map(|(index, _)| index).collect();
        for index in accounts {
            engine.account_mut(index).playbook_changed = true;
        }
        engine.hear_witnesses();
        count += compare(&format!("seed {seed}, judged anew"), engine);
    }
    assert!(count >= 100 || seeds(SEEDS.0, SEEDS.1).len() < 10, "little came about: {count}");
}
