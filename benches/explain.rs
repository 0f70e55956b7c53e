//! What it costs to explain one account of a file, beside a replay of the file: both in turn, several times, with the playbook that ships.
//!
//! `cargo bench --bench explain`; `EXPLAIN_EVENTS` (500000) and `EXPLAIN_ACCOUNTS` (20000) are the size of the file. The accounts that are explained
//! are the busiest one and one in the middle.

#[path = "load/mod.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks")]
mod load;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use adoption_tracker::engine::{EngineSettings, rfc3339};
use adoption_tracker::playbook::Playbook;
use adoption_tracker::replay::{Division, Input, ReplayOptions, replay, replay_one};
use adoption_tracker::view::explain::{Change, Question, explain};
use load::{BACKLOG, Drawn, PRODUCTS, Shape, number};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 3;

fn main() {
    let shape = Shape { accounts: number("EXPLAIN_ACCOUNTS", BACKLOG.accounts), ..BACKLOG };
    let events = number("EXPLAIN_EVENTS", 500_000);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("events.jsonl");
    let mut counts = vec![0_u64; shape.accounts as usize];
    let mut text = BufWriter::new(File::create(&file).expect("a file"));
    for (place, event) in load::events(shape, events, 1).enumerate() {
        counts[event.account as usize] += 1;
        writeln!(text, "{}", line(place, &event)).expect("the disk takes it");
    }
    text.into_inner().expect("the disk takes it");
    let mut by_count: Vec<u64> = (0..shape.accounts).filter(|account| counts[*account as usize] > 0).collect();
    by_count.sort_by_key(|account| std::cmp::Reverse(counts[*account as usize]));
    let playbook = Arc::new(Playbook::shipped());
    for account in [by_count[0], by_count[by_count.len() / 2]] {
        let mut ratios: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let whole = seconds(|| replayed(&playbook, &file));
                seconds(|| explained(&playbook, &file, account)) / whole
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        let told: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.3}")).collect();
        println!("| explain ÷ replay, {events} events, an account with {} of them | {} |", counts[account as usize], told.join(", "));
    }
}

fn line(place: usize, event: &Drawn) -> String {
    let Drawn { id, user, product, feature, time_ms, .. } = event;
    let (time, product) = (rfc3339(*time_ms), PRODUCTS[*product as usize]);
    format!(
        r#"{{"type":"usage","id":"event-{place}","time":"{time}","account":"{id}","product":"{product}","user":"user-{user}","feature":"feature-{feature}","quantity":1}}"#
    )
}

fn options() -> ReplayOptions {
    let engine = EngineSettings::default();
    ReplayOptions { until_ms: None, latest_ms: i64::MAX, max_record_bytes: 1 << 20, engine, portfolio: false }
}

fn input(file: &Path) -> Input {
    Input::AsItIs(Box::new(File::open(file).expect("it is there")))
}

fn replayed(playbook: &Arc<Playbook>, file: &Path) {
    let dead = |_: &_| Ok(());
    let (summary, _) =
        replay(Arc::clone(playbook), options(), Division::default(), input(file), io::sink(), dead, |_, _| {}).expect("a replay");
    assert!(summary.applied == summary.lines && summary.outputs > 0);
}

fn explained(playbook: &Arc<Playbook>, file: &Path, account: u64) {
    let one = replay_one(Arc::clone(playbook), options(), Division::default(), &load::account_id(account), input(file)).expect("a replay");
    let published: Vec<Change> = one.effects.iter().map(|(effect, day)| Change::of(effect, *day, playbook)).collect();
    let explanation = explain(&one.engine, 0, Question::Account, &published);
    assert!(!explanation.products.is_empty());
}

fn seconds(run: impl FnOnce()) -> f64 {
    let began = Instant::now();
    run();
    began.elapsed().as_secs_f64()
}
