//! Stories: a playbook, input that can be checked by eye, and what the service says to it. The format is told in `golden.rs`.

mod notation;
mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use adoption_tracker::engine::{EngineSettings, Subject, start_of_day};
use adoption_tracker::playbook::{Comparison, Condition, Operand, Playbook, SHIPPED};
use adoption_tracker::replay::{Replay, ReplayOptions};
use jiff::Timestamp;
use notation::{CLOCK, Step};
use serde_json::Value;

pub use told::Told;

use told::Show;

/// The wall clock of every story, 2100-01-01: only a story about the future notices it.
const WALL_MS: i64 = 4_102_444_800_000;

/// Every story, in the order of their names.
pub fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("tests/golden").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// What the service says to a story's input, in order.
pub struct Run {
    pub told: Vec<Told>,
    show: Show,
}

impl Run {
    /// As the story shows it.
    pub fn text(&self, told: &Told) -> String {
        told.text(self.show)
    }
}

pub fn run(text: &str) -> Run {
    let yaml = playbook_of(text);
    let mut playbook = load(&yaml);
    if let Some(rules) = only(text) {
        leave_alone(&mut playbook, &rules);
    }
    let playbook = Arc::new(playbook);
    let steps = notation::steps(section(text, "input").expect("a story has an input"));
    let until_ms = steps.iter().find_map(|step| match step {
        Step::Until(until) => Some(instant(until, &playbook)),
        _ => None,
    });
    // One witness, so that a tick moves the clock of all.
    let mut engine = EngineSettings { clock_witnesses: 1, ..EngineSettings::default() };
    for setting in section(text, "settings").unwrap_or_default().lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = setting.split_once(": ").expect("a setting is NAME: N");
        let value = value.parse().expect("a setting is a number");
        match name {
            "dedupe_ids" => engine.dedupe_ids = value,
            "clock_witnesses" => engine.clock_witnesses = value,
            other => panic!("{other}: the settings of stories are dedupe_ids and clock_witnesses"),
        }
    }
    let options = ReplayOptions { until_ms, latest_ms: WALL_MS, max_record_bytes: 1 << 20, engine, portfolio: false };
    let mut teller = Teller { replay: Replay::new(playbook, options), line: 0, told: Vec::new() };
    for step in &steps {
        teller.take(step, &yaml);
    }
    teller.replay.finish();
    teller.drain();
    Run { told: teller.told, show: show(text) }
}

/// How the heading of the output says that it is shown.
fn show(text: &str) -> Show {
    match text.lines().find(|line| line.starts_with("== output")) {
        Some("== output") => Show::WithEvidence,
        Some("== output without evidence") => Show::WithoutEvidence,
        Some("== output in full") => Show::InFull,
        other => panic!("{other:?}: expected == output, == output without evidence or == output in full"),
    }
}

struct Teller {
    replay: Replay,
    line: u64,
    told: Vec<Told>,
}

impl Teller {
    fn take(&mut self, step: &Step, yaml: &str) {
        match step {
            Step::Nothing | Step::Until(_) => self.line(b""),
            Step::Lines(lines) => lines.iter().for_each(|line| self.line(line)),
            Step::Ask { tick, account, questions } => {
                self.line(tick.as_deref().unwrap_or_default().as_bytes());
                let (name, user) = account.split_once('/').map_or((&**account, None), |(name, user)| (name, Some(user)));
                let engine = self.replay.engine();
                for question in questions {
                    let of = asked(yaml, question, user.is_some());
                    let value = user.map_or_else(|| engine.asked(name, Subject::Account, &of), |user| engine.of_user(name, user, &of));
                    let answer = engine
                        .day_of_account(name)
                        .zip(value)
                        .map_or(format!("{account} is not known"), |(day, value)| format!("{day}  {account}  {question} = {value}"));
                    self.told.push(Told::Answer(answer));
                }
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        self.line += 1;
        let result = self.replay.line(line);
        self.drain();
        if let Err(reject) = result {
            self.told.push(Told::Dead(format!("dead line {}: {} {reject}", self.line, reject.reason)));
        }
    }

    fn drain(&mut self) {
        let told = &mut self.told;
        self.replay.drain(|event| {
            let event: Value = serde_json::from_str(&event.structured()).expect("outputs are JSON");
            if event["data"]["account"] != CLOCK {
                told.push(Told::Output(event));
            }
        });
    }
}

/// The text between a section's heading and the next one.
fn section<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let heading = format!("\n== {name}");
    let start = text.find(&heading)?;
    let body = &text[start + 1..];
    let body = &body[body.find('\n')? + 1..];
    // The newline before the next heading belongs to it.
    Some(body.find("\n== ").map_or(body, |end| &body[..end + 1]))
}

fn playbook_of(text: &str) -> String {
    match section(text, "playbook") {
        Some(snippet) if !text.contains("\n== playbook shipped\n") => format!("version: 1\n{snippet}"),
        _ => SHIPPED.to_owned(),
    }
}

/// Of the shipped playbook, the rules that a story is about.
fn only(text: &str) -> Option<Vec<&str>> {
    let told = section(text, "playbook shipped")?.lines().find_map(|line| line.strip_prefix("only: "))?;
    Some(told.split(", ").collect())
}

/// Without all others, and without bands, segments and milestones.
fn leave_alone(playbook: &mut Playbook, rules: &[&str]) {
    playbook.rules.retain(|rule| rules.contains(&rule.head.id.as_str()));
    assert_eq!(playbook.rules.len(), rules.len(), "the shipped playbook has rules {rules:?}");
    playbook.segments.clear();
    playbook.milestones.clear();
    playbook.measures.iter_mut().for_each(|measure| measure.bands.clear());
}

fn load(yaml: &str) -> Playbook {
    Playbook::load("story.yaml", yaml).unwrap_or_else(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}\n{yaml}", problems.join("\n"))
    })
}

/// The metric or measure as a condition of the story's playbook would name it: in a play that comes after all others.
fn asked(yaml: &str, question: &str, of_user: bool) -> Operand {
    let scope = if of_user { "user" } else { "account" };
    let load_with = |open: &str| {
        let play = format!("  question: {{scope: {scope}, open: '{open}'}}\n");
        let (before, rest) = yaml.split_once("\nplays:\n").unwrap_or((yaml.trim_end(), ""));
        // Its plays end where the next section begins.
        let lines: Vec<&str> = rest.lines().collect();
        let end = lines.iter().position(|line| line.starts_with(|first: char| first.is_alphabetic())).unwrap_or(lines.len());
        let [own, others] = [&lines[..end], &lines[end..]].map(|lines| lines.join("\n"));
        Playbook::load("story.yaml", &format!("{before}\nplays:\n{own}\n{play}{others}\n"))
    };
    let compared = load_with(&format!("{question} == {question}"));
    // Of what is open of groups of plays guardrails may ask, and no play.
    let guardrail = || {
        let (before, own) = yaml.split_once("\nguardrails:\n").unwrap_or((yaml, ""));
        format!("{before}\nguardrails:\n  question: {{holds_back: '{question} == {question}'}}\n{own}\n")
    };
    if compared.is_err()
        && let Ok(guarded) = Playbook::load("story.yaml", &guardrail())
        && let Condition::Compare(Comparison { left, .. }) = &guarded.guardrails[0].holds_back
    {
        return left.clone();
    }
    // Lists are compared with nothing.
    let playbook = compared
        .or_else(|_| load_with(&format!("has_any({question}, [\"\"])")))
        .unwrap_or_else(|problems| panic!("{question}: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")));
    match &playbook.rules.last().expect("the question").open {
        Condition::Compare(Comparison { left, .. }) | Condition::HasAny(left, _) => left.clone(),
        other => panic!("{question}: not a metric or a measure: {other:?}"),
    }
}

fn instant(until: &str, playbook: &Playbook) -> i64 {
    match until.parse() {
        Ok(date) if until.len() == "2026-03-01".len() => start_of_day(&playbook.time_zone, date),
        _ => notation::time(until).parse::<Timestamp>().expect("until is a date or an instant").as_millisecond(),
    }
}
