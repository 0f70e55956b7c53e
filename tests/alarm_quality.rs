//! docs/alarm-quality.md holds what `adoption-tracker alarm-quality` prints of the shipped playbook. A full run takes minutes and is no test: its
//! digest and some of its rows are. `UPDATE_ALARM_QUALITY=1 cargo test --test alarm_quality` runs all of it and writes the page anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use adoption_tracker::playbook::Playbook;

const BEGIN: &str = "<!-- printed by `adoption-tracker alarm-quality` -->\n\n";
const END: &str = "\n<!-- end of what is printed -->";
/// The shipped alerts that speak of a fall of all that is done with a product.
const RULES: [&str; 4] = ["usage_drop", "usage_decline", "weekly_usage_decline", "weeks_missed"];

fn page() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/alarm-quality.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (path, text)
}

/// What stands between the marks.
fn printed(page: &str) -> &str {
    let (_, rest) = page.split_once(BEGIN).expect("the page says where the print begins");
    rest.split_once(END).expect("and where it ends").0
}

fn command(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .arg("alarm-quality")
        .args(RULES.iter().flat_map(|rule| ["--rule", rule]))
        .args(words)
        .env_clear()
        .output()
        .expect("the program of this crate can be run");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("tables are UTF-8")
}

/// The rows of a table, each its cells: those from the line that begins so up to the next empty one.
fn rows<'a>(printed: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let (_, rest) = printed.split_once(head).unwrap_or_else(|| panic!("{head:?} is printed"));
    let rows = rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn the_page_holds_what_the_command_prints() {
    let (path, page) = page();
    if std::env::var_os("UPDATE_ALARM_QUALITY").is_some() {
        let (before, rest) = page.split_once(BEGIN).expect("the page says where the print begins");
        let (_, after) = rest.split_once(END).expect("and where it ends");
        std::fs::write(&path, [before, BEGIN, &*command(&[]), END, after].concat()).expect("the page can be written");
        return;
    }
    let named: String = RULES.map(|rule| format!(" --rule {rule}")).concat();
    assert!(page.contains(&format!("cargo run -- alarm-quality{named}\n")), "the page shows how it is written");
    let printed = printed(&page);
    let digest = Playbook::shipped().digest;
    assert!(
        printed.starts_with(&format!("Playbook `{digest}`")),
        "the page is of another playbook: write it anew as the head of this file says"
    );
    for only in ["every 13 days, exactly", "once a week, variation 0.3"] {
        let command = command(&["--only", only]);
        let rows: Vec<&str> = command.lines().filter(|line| line.starts_with(&format!("| {only}"))).collect();
        assert!(!rows.is_empty(), "{command}");
        for row in rows {
            assert!(printed.lines().any(|line| line == row), "the page lacks {row}");
        }
    }
}

/// A change of the shipped rules that makes them worse than what they are to reach is seen once the page is written anew.
#[test]
fn the_shipped_rules_reach_what_is_asked_of_them() {
    let (_, page) = page();
    let printed = printed(&page);
    let steady = rows(printed, "False alerts a year");
    assert!(steady.len() > 40, "{}", steady.len());
    for row in steady {
        // Wild use with a feed that is late needs `settle_days`, as the page says.
        let bound = if row[0].ends_with("variation 1.0, late feed") { 0.7 } else { 0.5 };
        for cell in &row[1..] {
            assert!(cell.parse::<f64>().expect("a number") <= bound, "{row:?}");
        }
    }
    let falls = rows(printed, "Falls of use");
    // Falls by half at once, told within 14, 28, 42 days.
    for (shape, place, at_least) in [
        ("daily, variation 0.3", 0, 95),
        ("weekdays, variation 0.5", 1, 90),
        ("daily, variation 1.0", 2, 60),
        ("weekdays, variation 1.0", 2, 55),
        ("twice a week, variation 0.3", 2, 80),
        ("once a week, variation 0.3", 2, 60),
    ] {
        let row = falls.iter().find(|row| row[0] == shape).unwrap_or_else(|| panic!("{shape} is printed"));
        let told: Vec<u32> = row[2].split([',', ';']).filter_map(|told| told.trim().parse().ok()).collect();
        assert!(told[place] >= at_least, "{row:?}");
    }
}
