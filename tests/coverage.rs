//! docs/coverage.md: each row of the five sources, and what shows it. What is named there exists: a test that is renamed or a rule that is dropped is
//! followed there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use adoption_tracker::playbook::{Playbook, RuleKind};

/// Rows of each source.
const SOURCES: [(&str, usize); 5] = [("000", 73), ("001", 65), ("002", 34), ("003", 20), ("004", 31)];

/// What a row may wait for.
const WAITS_FOR: [&str; 1] = ["waits for the pages"];
const NOT_DONE: &str = "not done: ";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

struct Row {
    id: String,
    /// What stands in the last cell.
    shown: String,
}

fn rows() -> Vec<Row> {
    let page = read("docs/coverage.md");
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let is_row = cells[0].len() == "000-01".len() && cells[0].chars().all(|c| c.is_ascii_digit() || c == '-');
        is_row.then(|| {
            let [id, what, shown] = cells[..] else { panic!("{line}: expected an id, what it is, and what shows it") };
            assert!(!what.is_empty() && !shown.is_empty(), "{line}");
            Row { id: id.to_owned(), shown: shown.to_owned() }
        })
    });
    rows.collect()
}

/// Whether a file has a test of this name.
fn is_test(file: &str, name: &str) -> bool {
    let path = root().join(file);
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    if file.ends_with(".mjs") {
        return text.contains(&format!("\ntest(\"{name}\""));
    }
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else { return false };
    // Its attributes stand between it and what is before.
    before.rsplit_once("\n\n").map_or(before, |(_, own)| own).contains("#[test]")
}

/// The ids of the shipped playbook, by what the page calls them.
fn shipped() -> BTreeMap<&'static str, BTreeSet<String>> {
    let playbook = Playbook::shipped();
    let ids = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<BTreeSet<String>>();
    let rules = |kind| ids(playbook.rules.iter().filter(|rule| rule.head.kind == kind).map(|rule| rule.head.id.as_str()).collect());
    BTreeMap::from([
        ("account stage", ids(playbook.account_stages.iter().map(|stage| stage.name.as_str()).collect())),
        ("alert", rules(RuleKind::Alert)),
        ("play", rules(RuleKind::Play)),
        ("campaign", ids(playbook.campaigns.iter().map(|campaign| campaign.id.as_str()).collect())),
        ("segment", ids(playbook.segments.iter().map(|segment| segment.id.as_str()).collect())),
        ("milestone", ids(playbook.milestones.iter().map(|milestone| milestone.id.as_str()).collect())),
        ("guardrail", ids(playbook.guardrails.iter().map(|guardrail| guardrail.id.as_str()).collect())),
        ("target", ids(playbook.targets.iter().map(|target| target.id.as_str()).collect())),
        ("band", ids(playbook.measures.iter().filter(|measure| !measure.bands.is_empty()).map(|measure| measure.id.as_str()).collect())),
    ])
}

/// What is wrong with a reference, of which this stands before it on the line.
fn problem(before: &str, reference: &str, shipped: &BTreeMap<&str, BTreeSet<String>>) -> Option<String> {
    if let Some(story) = reference.strip_suffix(".story") {
        return (!root().join(format!("tests/golden/{story}.story")).exists()).then(|| format!("no story {reference}"));
    }
    if let Some((file, name)) = reference.split_once("::") {
        return (!is_test(file, name)).then(|| format!("{file} has no test {name}"));
    }
    match shipped.iter().find(|(kind, _)| before.ends_with(&format!("{kind} "))) {
        Some((kind, ids)) => (!ids.contains(reference)).then(|| format!("the shipped playbook has no {kind} {reference}")),
        None => Some(format!("{reference}: neither a story, nor a test, nor an entry of the shipped playbook")),
    }
}

#[test]
fn each_row_is_there_once() {
    let wanted: Vec<String> = SOURCES.iter().flat_map(|(source, rows)| (1..=*rows).map(move |row| format!("{source}-{row:02}"))).collect();
    let found: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    assert_eq!(found, wanted);
}

#[test]
fn what_rows_name_exists() {
    let shipped = shipped();
    let mut problems = Vec::new();
    for Row { id, shown } in rows() {
        let parts: Vec<&str> = shown.split('`').collect();
        assert!(parts.len() % 2 == 1, "{id}: a backtick is left open");
        let references = parts.chunks_exact(2).filter_map(|pair| problem(pair[0], pair[1], &shipped));
        problems.extend(references.map(|problem| format!("{id}: {problem}")));
    }
    assert!(problems.is_empty(), "docs/coverage.md:\n  {}", problems.join("\n  "));
}

/// A row names what shows it, or what it waits for, or why it cannot be done; and the page counts them.
#[test]
fn rows_say_how_far_they_are() {
    let [mut whole, mut part, mut waiting, mut not_done] = [0; 4];
    for Row { id, shown } in rows() {
        let waits = WAITS_FOR.iter().any(|wait| shown.contains(wait));
        assert_eq!(shown.contains("waits"), waits, "{id}: {shown}: rows wait for one of {WAITS_FOR:?}");
        let is_shown = shown.contains('`') && !WAITS_FOR.iter().any(|wait| shown.starts_with(wait));
        match (shown.starts_with(NOT_DONE), is_shown, waits) {
            (true, false, false) => not_done += 1,
            (false, true, false) => whole += 1,
            (false, true, true) => part += 1,
            (false, false, true) => waiting += 1,
            state => panic!("{id}: {shown}: {state:?}"),
        }
    }
    let all = whole + part + waiting + not_done;
    let sentence = format!(
        "Of {all} rows {whole} are shown, {part} in part, the rest of each waiting, {waiting} wait as a whole, {not_done} cannot be done."
    );
    assert!(read("docs/coverage.md").contains(&sentence), "docs/coverage.md says: {sentence}");
}

#[test]
fn what_does_not_exist_is_found() {
    let shipped = shipped();
    for (before, reference, wanted) in [
        ("", "stages-up.story", None),
        ("", "stages-upp.story", Some("no story stages-upp.story")),
        ("", "tests/coverage.rs::each_row_is_there_once", None),
        ("", "tests/coverage.rs::rows", Some("tests/coverage.rs has no test rows")),
        ("", "tests/cover.rs::rows", Some("tests/cover.rs has no test rows")),
        ("", "tests/console/console.test.mjs::figures are those of the API", None),
        ("", "tests/console/console.test.mjs::figures", Some("tests/console/console.test.mjs has no test figures")),
        ("the list waits; alert ", "usage_drop", None),
        ("play ", "usage_drop", Some("the shipped playbook has no play usage_drop")),
        ("account stage ", "platform", None),
        ("by ", "usage_drop", Some("usage_drop: neither a story, nor a test, nor an entry of the shipped playbook")),
    ] {
        assert_eq!(problem(before, reference, &shipped).as_deref(), wanted, "{before}{reference}");
    }
}
