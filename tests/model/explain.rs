//! Explanations: of one account of a file, which must be those of a replay of all of it; what they say, against what is judged and what comes
//! about; and how they read, of the walkthrough's history. `UPDATE_EXPLAIN=1 cargo test --test model explain::` writes the latter anew.
//!
//! `PROPERTY_SEEDS=500 cargo test --release --test model explain::` widens the run; `PROPERTY_SEED=42` runs one seed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use crate::oracle::{stream, until_instant};
use crate::seeds::{load, seeds};
use adoption_tracker::engine::metric::derive_stage;
use adoption_tracker::engine::{Day, Engine, EngineSettings};
use adoption_tracker::playbook::{Ladder, Playbook, ProductIndex, SHIPPED};
use adoption_tracker::replay::{Division, Input, One, Replay, ReplayOptions, replay_one};
use adoption_tracker::view::Date;
use adoption_tracker::view::explain::{Change, Explanation, ProductReason, Question, explain};

/// Whose seeds, and how many where nothing is said.
const SEEDS: (&str, u64) = ("PROPERTY", 30);

fn options(seed: u64, until_ms: Option<i64>) -> ReplayOptions {
    ReplayOptions {
        until_ms,
        latest_ms: 4_000_000_000_000,
        max_record_bytes: 1 << 20,
        engine: EngineSettings {
            dedupe_ids: if seed.is_multiple_of(3) { 8 } else { 0 },
            clock_witnesses: stream::witnesses(seed),
            ..EngineSettings::default()
        },
        portfolio: false,
    }
}

/// All accounts, and the ids of what was told of each.
fn replay_all(playbook: &Arc<Playbook>, options: ReplayOptions, lines: &[String]) -> (Replay, BTreeMap<String, Vec<String>>) {
    let mut replay = Replay::new(Arc::clone(playbook), options);
    lines.iter().for_each(|line| _ = replay.line(line.as_bytes()));
    replay.finish();
    let mut told = BTreeMap::<String, Vec<String>>::new();
    replay.drain(|event| {
        let data: serde_json::Value = serde_json::from_str(&event.data).expect("JSON");
        told.entry(data["account"].as_str().expect("an account").to_owned()).or_default().push(event.id);
    });
    (replay, told)
}

/// A product, a rule, and all of the account.
fn questions(seed: u64, playbook: &Playbook) -> [Question; 3] {
    let product = ProductIndex((seed % playbook.products.len() as u64) as u16);
    [Question::Account, Question::Product(product), Question::Rule((seed % playbook.rules.len() as u64) as u16)]
}

#[test]
fn one_account_alone_is_as_all_of_the_file_leave_it() {
    let shipped = load(SHIPPED, "shipped");
    let mut count = 0;
    for seed in seeds(SEEDS.0, SEEDS.1) {
        let yaml = stream::whole_playbook(seed);
        let until = until_instant(&yaml, &stream::until(seed)).expect("the stream has an end");
        let lines = stream::whole_lines(seed, 300, true);
        let text = lines.join("\n");
        // With the end of the stream, with an earlier one, and without any.
        for (place, until_ms) in [Some(until), Some(until - 60 * 86_400_000), None].into_iter().enumerate() {
            let playbook = if place == 0 { load(&yaml, &format!("seed {seed}")) } else { Arc::clone(&shipped) };
            let options = options(seed, until_ms);
            let (whole, mut told) = replay_all(&playbook, options, &lines);
            for account in whole.engine().accounts().iter() {
                let division = Division { block_bytes: [64, 1_000, 1 << 20][(seed % 3) as usize], ..Division::default() };
                let input = Input::AsItIs(Box::new(std::io::Cursor::new(text.clone().into_bytes())));
                let One { engine, effects, .. } =
                    replay_one(Arc::clone(&playbook), options, division, &account.id, input).expect("memory can be read");
                let what = format!("seed {seed}, run {place}, account {}", account.id);
                assert_eq!(engine.accounts().len(), 1, "{what}");
                let changes: Vec<Change> = effects.iter().map(|(effect, day)| Change::of(effect, *day, &playbook)).collect();
                let ids: Vec<String> = changes.iter().map(|change| change.id.clone()).collect();
                assert_eq!(ids, told.remove(account.id.as_str()).unwrap_or_default(), "{what}");
                count += ids.len();
                let of = |engine: &Engine| engine.account_index(&account.id).expect("it is there");
                let (alone, index) = (of(&engine), of(whole.engine()));
                for question in questions(seed, &playbook) {
                    let [ours, theirs] = [explain(&engine, alone, question, &changes), explain(whole.engine(), index, question, &changes)];
                    assert_eq!(ours, theirs, "{what}, {question:?}");
                }
            }
            let input = Input::AsItIs(Box::new(std::io::Cursor::new(text.clone().into_bytes())));
            let nobody = replay_one(Arc::clone(&playbook), options, Division::default(), "nobody", input).expect("memory can be read");
            assert!(nobody.engine.accounts().is_empty() && nobody.effects.is_empty());
        }
    }
    assert!(count > 1_000 || seeds(SEEDS.0, SEEDS.1).len() < 10, "little was told: {count}");
}

/// What the comparisons say of a product's ladder is what was judged by.
fn assert_ladder(what: &str, playbook: &Playbook, product: &ProductReason) -> bool {
    let holds: Vec<bool> = product.ladder.iter().map(|rung| rung.condition.holds.holds == Some(true)).collect();
    let derived = derive_stage(playbook.ladder == Ladder::Cumulative, holds[0], [holds[1], holds[2], holds[3], holds[4]]);
    let stage = serde_json::to_value(product.stage).expect("a name");
    if product.hold.is_none() {
        assert_eq!(stage, derived.as_str(), "{what}: {product:?}");
    }
    let lapse = product.ladder.iter().filter(|rung| rung.stage <= product.stage).filter_map(|rung| rung.condition.holds.lapses_on).min();
    for rung in &product.ladder {
        // On the cumulative ladder nothing falls that did not lapse, at or below it, as many days before as it is held.
        if playbook.ladder == Ladder::Cumulative && product.hold.is_none() {
            let held = Day::from(playbook.hold_days);
            let is_ended = product.ladder[0].condition.holds.lapses_on;
            let is_late = |falls: Date| lapse.is_some_and(|lapse| falls.0 >= lapse.0 + held) || is_ended.is_some_and(|day| day <= falls);
            assert!(rung.falls.is_none_or(is_late), "{what}: {product:?}");
        }
        let is_reached = rung.stage <= product.stage;
        assert!(rung.falls.is_none() || is_reached, "{what}: {rung:?}");
        assert!(rung.reached.is_none() || !is_reached, "{what}: {rung:?}");
    }
    product.hold.is_some()
}

#[test]
fn comparisons_say_what_is_judged() {
    let (mut ladders, mut held, mut lapses) = (0, 0, 0);
    for seed in seeds(SEEDS.0, SEEDS.1) {
        let yaml = stream::whole_playbook(seed);
        let playbook = load(&yaml, &format!("seed {seed}"));
        let until = until_instant(&yaml, &stream::until(seed)).expect("the stream has an end");
        let (whole, _) = replay_all(&playbook, options(seed, Some(until)), &stream::whole_lines(seed, 300, false));
        for (index, account) in whole.engine().accounts().numbered() {
            let what = format!("seed {seed}, account {}", account.id);
            let explanation = explain(whole.engine(), index, Question::Account, &[]);
            // What has ended is at `none` at once, whatever its conditions say.
            for product in explanation.products.iter().filter(|_| !account.is_closed()) {
                ladders += 1;
                held += usize::from(assert_ladder(&what, &playbook, product));
                lapses += product.ladder.iter().filter(|rung| rung.condition.holds.lapses_on.is_some()).count();
            }
            for rule in &explanation.rules {
                assert_eq!(rule.closes_on.is_some(), rule.closes_on.is_some_and(|day| day > explanation.day && day <= explanation.until));
            }
            let json = serde_json::to_string(&explanation).expect("plain data");
            assert_eq!(serde_json::from_str::<Explanation>(&json).expect("it is read back"), explanation, "{what}");
        }
    }
    assert!(
        (ladders > 50 && held > 3 && lapses > 50) || seeds(SEEDS.0, SEEDS.1).len() < 10,
        "{ladders} ladders, {held} held, {lapses} lapses"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .arg("explain")
        .args(words)
        .arg("deploy/examples/history.jsonl")
        .current_dir(root())
        .env_clear()
        .output()
        .expect("the program of this crate can be run")
}

fn explained(words: &[&str]) -> String {
    let output = run(words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Each file of the folder, and the words that give it.
const TOLD: [(&str, &[&str]); 4] = [
    ("account.txt", &["--account", "cobalt", "--at", "2026-04-15"]),
    ("product.txt", &["--account", "cobalt", "--product", "crm", "--at", "2026-05-14"]),
    ("rule.txt", &["--account", "cobalt", "--rule", "usage_drop", "--at", "2026-04-22"]),
    ("product.json", &["--account", "cobalt", "--product", "crm", "--at", "2026-05-14", "--format", "json"]),
];

#[test]
fn the_history_is_explained_as_told() {
    let folder: PathBuf = root().join("tests/explained");
    for (name, words) in TOLD {
        let found = explained(words);
        if std::env::var_os("UPDATE_EXPLAIN").is_some() {
            std::fs::write(folder.join(name), &found).expect("it can be written");
        }
        let expected = std::fs::read_to_string(folder.join(name)).expect("it can be read");
        assert!(
            found == expected,
            "{name} is not what the command says, {words:?}: UPDATE_EXPLAIN=1 cargo test --test model explain::\n{found}"
        );
    }
}

/// What documents show of a file of the folder stands in it.
#[test]
fn excerpts_in_the_documents_are_as_told() {
    let text = std::fs::read_to_string(root().join("docs/writing-rules.md")).expect("the document");
    let excerpts: Vec<(&str, &str)> = text
        .split("<!-- explained: ")
        .skip(1)
        .map(|part| {
            let (name, rest) = part.split_once(" -->\n```text\n").expect("a fence of text follows");
            (name, rest.split_once("```").expect("it ends").0)
        })
        .collect();
    assert!(!excerpts.is_empty());
    for (name, excerpt) in excerpts {
        let told = std::fs::read_to_string(root().join("tests/explained").join(name)).expect("it can be read");
        assert!(told.contains(excerpt), "docs/writing-rules.md shows of {name} what is not in it:\n{excerpt}");
    }
}

fn schema_of_explanations() -> serde_json::Value {
    let schemas = adoption_tracker::view::schemas();
    schemas.into_iter().find(|(file, _)| *file == "explanation.v1.json").expect("it is among them").1
}

#[test]
fn its_json_is_as_the_schema_says() {
    let schema = jsonschema::validator_for(&schema_of_explanations()).expect("a valid schema");
    for (name, _) in TOLD.iter().filter(|(name, _)| name.ends_with(".json")) {
        let text = std::fs::read_to_string(root().join("tests/explained").join(name)).expect("it can be read");
        let told: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(schema.is_valid(&told), "{name}: {:?}", schema.iter_errors(&told).map(|error| error.to_string()).collect::<Vec<_>>());
        assert!(!schema.is_valid(&serde_json::json!({"account": "cobalt"})), "what is lacking is missed");
    }
}

#[test]
fn who_is_not_there_is_told_with_the_nearest_name() {
    for (words, status, message) in [
        (&["--account", "cobolt"] as &[&str], 3, "unknown account `cobolt` in these events: expected "),
        (&["--account", "cobalt", "--at", "2026-01-01"], 3, "no record of the account `cobalt` is applied until then\n"),
        (&["--account", "cobalt", "--product", "cmr"], 1, "unknown product `cmr` of the playbook: expected "),
        (
            &["--account", "cobalt", "--rule", "usage_drp"],
            1,
            "unknown alert or play `usage_drp` of the playbook: did you mean `usage_drop`?\n",
        ),
    ] {
        let output = run(words);
        let (found, told) = (output.status.code(), String::from_utf8_lossy(&output.stderr));
        assert!(
            found == Some(status) && output.stdout.is_empty() && told.starts_with(&format!("error: {message}")),
            "{words:?}: {found:?} {told}"
        );
    }
}
