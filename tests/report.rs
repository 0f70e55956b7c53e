//! `report`: what it prints of an account, against what is committed in `tests/report/`; `UPDATE_GOLDEN=1` writes it anew. Its figures are those of
//! the account view, which `tests/model/view.rs` holds against the oracle.

#[path = "story/lines.rs"]
mod lines;
#[path = "story/notation.rs"]
mod notation;

use std::path::{Path, PathBuf};
use std::process::Command;

use adoption_tracker::view::account::AccountView;
use serde_json::Value;

/// What the first thing that this service was asked for wants to see, in that order.
const SECTIONS: [&str; 34] = [
    "## Multi-Product Adoption Report",
    "**Account**: ",
    "**Products Licensed**: ",
    "**Products Adopted**: ",
    "**Overall Adoption Score**: ",
    "### Product Portfolio Overview",
    "### Product-by-Product Analysis",
    "| Product | Stage | Adoption | Users | Value Realized |",
    "### Detailed Product Breakdown",
    "**Status**: ",
    "**Adoption Score**: ",
    "**License Utilization**: ",
    "**Feature Adoption**",
    "| Feature | Adoption | Users | Trend |",
    "**Value Realized**",
    "**Adoption Gaps**",
    "| Gap | Impact | Effort | Recommendation |",
    "**Reason for Non-Adoption**: ",
    "**Activation Plan**",
    "### Cross-Product Integration",
    "**Integration Matrix**",
    "**Active Integrations**: ",
    "**Integration Score**: ",
    "**Cross-Product Workflows**",
    "### Synergy Opportunities",
    "**Unlocked Synergies**",
    "**Untapped Synergies**",
    "### Cross-Sell Opportunities",
    "**Total Expansion Opportunity**: ",
    "### Adoption Recommendations",
    "### Adoption Journey Map",
    "**Current State**",
    "**Target State**",
    "### Peer Comparison",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The story's lines, in order of time, as a file.
fn events() -> PathBuf {
    let text = std::fs::read_to_string(root().join("tests/report/everything.txt")).expect("the story");
    let lines = lines::lines(&text);
    let time = |line: &[u8]| serde_json::from_slice::<Value>(line).expect("JSON")["time"].as_str().expect("a time").to_owned();
    let mut lines: Vec<(String, Vec<u8>)> = lines.map(|line| (time(&line), line)).collect();
    lines.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut written: Vec<u8> = Vec::new();
    lines.into_iter().for_each(|(_, line)| written.extend([line, b"\n".to_vec()].concat()));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("everything.jsonl");
    std::fs::write(&file, written).expect("the events can be written");
    file
}

fn report(words: &[&str], file: &Path) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"));
    command.arg("report").args(words).args(["--until", "2026-06-01"]).arg(file).current_dir(root()).env_clear();
    command.output().expect("the program of this crate can be run")
}

fn printed(words: &[&str], file: &Path) -> String {
    let output = report(words, file);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn a_report_says_everything_in_its_order() {
    let found = printed(&["--account", "lumen"], &events());
    let golden = root().join("tests/report/everything.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &found).expect("the report can be written");
    }
    let expected = std::fs::read_to_string(&golden).expect("tests/report/everything.md");
    assert!(found == expected, "the report is another than in {}: UPDATE_GOLDEN=1 writes it anew\n{found}", golden.display());
    let mut from = 0;
    for section in SECTIONS {
        let at = found[from..].find(section).unwrap_or_else(|| panic!("{section:?} is not where it is looked for, behind {from}"));
        from += at;
    }
    for kind in ["Activate", "Deepen", "Connect", "Offer"] {
        assert!(found.contains(&format!(": {kind} ")), "no recommendation to {kind}");
    }
}

/// The page shows the same figures, and what a customer is called is no markup.
#[test]
fn a_page_holds_the_report() {
    let file = events();
    let page = printed(&["--account", "lumen", "--format", "html"], &file);
    assert!(page.starts_with("<!doctype html>") && page.contains("<table>"), "{page}");
    assert!(page.contains("Lumen | Optics &lt;Labs") && !page.contains("<Labs"), "{page}");
}

#[test]
fn json_is_the_view_itself() {
    let text = printed(&["--account", "lumen", "--format", "json"], &events());
    let view: AccountView = serde_json::from_str(&text).expect("an account view");
    let again = serde_json::to_value(&view).expect("JSON");
    assert_eq!(again, serde_json::from_str::<Value>(&text).expect("JSON"), "what is read of it is what is written");
    let schema = std::fs::read_to_string(root().join("schemas/account-view.v1.json")).expect("the schema");
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(&again).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn an_account_that_nobody_told_of_is_named_with_the_nearest() {
    let output = report(&["--account", "lumenn"], &events());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(3) && error.contains("unknown account `lumenn`") && error.contains("did you mean `lumen`?"),
        "{error}"
    );
}
