//! docs/alarm-quality.md holds what `adoption-tracker alarm-quality` prints of the shipped playbook. A full run takes minutes and is no test: its
//! digest and some of its rows are. `UPDATE_ALARM_QUALITY=1 cargo test --test alarm_quality` runs all of it and writes the page anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use adoption_tracker::playbook::{Playbook, SHIPPED};

/// The shipped alerts that speak of a fall of all that is done with a product: measured together.
const RULES: [&str; 4] = ["usage_drop", "usage_decline", "weekly_usage_decline", "weeks_missed"];
/// Whatever else of what ships speaks of a drop, of idle seats or of going quiet: each measured by itself.
const BY_THEMSELVES: [&str; 22] = [
    "frequency_drop",
    "low_license_utilization",
    "contacts_drop",
    "activities_drop",
    "nice_to_have",
    "low_stickiness",
    "lost_product",
    "breadth_loss",
    "small_circle",
    "few_log_in",
    "departments_missing",
    "levels_missing",
    "executives_absent",
    "cadence_lost",
    "losing_the_customer",
    "low_usage",
    "raise_utilization",
    "recover_usage",
    "show_value_after_drop",
    "key_user_left",
    "low_engagement_after_onboarding",
    "key_user_left_after_onboarding",
];
/// Rule, product and feature of those that are `contacts_drop` but for these.
const LIKE_CONTACTS_DROP: [(&str, &str, &str); 4] = [
    ("activities_drop", "crm", "activity.logged"),
    ("emails_drop", "sales_engagement", "email.sent"),
    ("reports_drop", "analytics", "report.viewed"),
    ("tickets_drop", "portal", "ticket.created"),
];
/// What ships and speaks of something else.
const OF_SOMETHING_ELSE: [&str; 30] = [
    "entitled_not_adopted",
    "one_sided",
    "unused_addons",
    "enabled_unused",
    "breadth_without_depth",
    "no_contact",
    "review_overdue",
    "super_adopter",
    "power_user",
    "not_contacted",
    "train_main_features",
    "build_on_rise",
    "answer_feedback",
    "calm_detractor",
    "old_contact_elsewhere",
    "low_growth",
    "activate_product",
    "nearly_adopted",
    "deepen_product",
    "connect_products",
    "train_milestone",
    "second_product",
    "third_product",
    "the_moment",
    "ready_to_expand",
    "single_too_long",
    "behind_benchmark",
    "cross_sell",
    "renew_early",
    "more_seats",
];

/// A part of the page that is printed by the command.
struct Part {
    begin: &'static str,
    rules: &'static [&'static str],
    words: &'static [&'static str],
}

const END: &str = "\n<!-- end of what is printed -->";
const TOGETHER: Part = Part { begin: "<!-- printed by `adoption-tracker alarm-quality` -->\n\n", rules: &RULES, words: &[] };
const EACH: Part = Part {
    begin: "<!-- printed by `adoption-tracker alarm-quality --by-rule` -->\n\n",
    rules: &BY_THEMSELVES,
    words: &["--by-rule", "--accounts", "100"],
};

fn page() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/alarm-quality.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (path, text)
}

impl Part {
    /// What stands before it, between its marks, and behind.
    fn split<'a>(&self, page: &'a str) -> [&'a str; 3] {
        let (before, rest) = page.split_once(self.begin).expect("the page says where the print begins");
        let (printed, after) = rest.split_once(END).expect("and where it ends");
        [before, printed, after]
    }

    /// As it is written on the page.
    fn command(&self) -> String {
        let rules: String = self.rules.iter().map(|rule| format!(" --rule {rule}")).collect();
        let words: String = self.words.iter().map(|word| format!(" {word}")).collect();
        format!("cargo run -- alarm-quality{words}{rules}\n")
    }

    fn print(&self, more: &[&str]) -> String {
        print(&[self.words, &self.rules.iter().flat_map(|rule| ["--rule", rule]).collect::<Vec<_>>(), more].concat())
    }
}

fn print(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_adoption-tracker"))
        .arg("alarm-quality")
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
    let (path, mut page) = page();
    if std::env::var_os("UPDATE_ALARM_QUALITY").is_some() {
        for part in [TOGETHER, EACH] {
            let [before, _, after] = part.split(&page);
            page = [before, part.begin, &*part.print(&[]), END, after].concat();
        }
        std::fs::write(&path, page).expect("the page can be written");
        return;
    }
    let digest = Playbook::shipped().digest;
    for part in [TOGETHER, EACH] {
        assert!(page.contains(&part.command()), "the page shows how it is written: {}", part.command());
        assert!(
            part.split(&page)[1].starts_with(&format!("Playbook `{digest}`")),
            "the page is of another playbook: write it anew as the head of this file says"
        );
    }
    let [_, printed, _] = TOGETHER.split(&page);
    for only in ["every 13 days, exactly", "once a week, variation 0.3"] {
        let print = TOGETHER.print(&["--only", only]);
        let rows: Vec<&str> = print.lines().filter(|line| line.starts_with(&format!("| {only}"))).collect();
        assert!(!rows.is_empty(), "{print}");
        for row in rows {
            assert!(printed.lines().any(|line| line == row), "the page lacks {row}");
        }
    }
    let [_, printed, _] = EACH.split(&page);
    let print = print(&[EACH.words, &["--rule", "contacts_drop", "--only", "people"]].concat());
    let [whole, of_teams] =
        [printed, &*print].map(|print| rows(print, "False alerts a year").swap_remove(row_of(print, "False", "contacts_drop")));
    assert_eq!(whole[4..], of_teams[4..]);
    let [whole, of_teams] = [printed, &*print].map(|print| rows(print, "What becomes").swap_remove(row_of(print, "What", "contacts_drop")));
    assert_eq!(whole, of_teams);
}

/// The place of a rule's row below the line that begins so.
fn row_of(print: &str, head: &str, rule: &str) -> usize {
    rows(print, head).iter().position(|row| row[0].trim_matches('`') == rule).unwrap_or_else(|| panic!("{rule} has a row"))
}

/// Whoever adds a rule says of which kind it is, and measures it where it speaks of a drop.
#[test]
fn each_shipped_rule_is_measured_or_speaks_of_something_else() {
    let like = LIKE_CONTACTS_DROP.iter().map(|(rule, ..)| *rule);
    let known: BTreeSet<&str> = RULES.into_iter().chain(BY_THEMSELVES).chain(like).chain(OF_SOMETHING_ELSE).collect();
    let playbook = Playbook::shipped();
    let shipped: BTreeSet<&str> = playbook.rules.iter().map(|rule| rule.head.id.as_str()).collect();
    assert_eq!(known, shipped);
}

/// Their figures are those of `contacts_drop`, which are measured.
#[test]
fn drops_of_single_features_differ_by_the_feature_alone() {
    let block = |rule: &str| {
        let (_, rest) = SHIPPED.split_once(&format!("\n  {rule}:\n")).unwrap_or_else(|| panic!("{rule} ships"));
        rest.lines().take_while(|line| line.starts_with("    ")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let contacts = block("contacts_drop");
    for (rule, product, feature) in LIKE_CONTACTS_DROP {
        let own = contacts.replace("contact.created", feature).replace("[crm]", &format!("[{product}]"));
        assert_eq!(block(rule), own, "{rule}");
    }
}

/// What rules that are measured by themselves are to reach.
#[test]
fn each_rule_by_itself_reaches_what_is_asked_of_it() {
    let (_, page) = page();
    let [_, printed, _] = EACH.split(&page);
    let number = |cell: &str| cell.parse::<f64>().expect("a number");
    for row in rows(printed, "False alerts a year") {
        // Use that hovers at what adoption asks for, or pauses for longer than regular use may; one who leads and comes now and then; forty users;
        // whatever is false of the alerts that the play follows.
        let (of_use, of_teams) = match row[0].trim_matches('`') {
            "lost_product" | "breadth_loss" => (3.0, 1.0),
            "executives_absent" => (0.5, 1.3),
            "low_usage" => (0.5, 6.0),
            "recover_usage" => (0.9, 0.5),
            _ => (0.5, 0.5),
        };
        assert!(number(row[2]) <= of_use && number(row[5]) <= of_teams, "{row:?}");
    }
    let told = rows(printed, "What becomes");
    // Rule, column, within 14, 28 or 42 days, at least so many of 100.
    for (rule, column, place, at_least) in [
        ("low_license_utilization", 1, 2, 95),
        ("raise_utilization", 1, 2, 95),
        ("low_engagement_after_onboarding", 2, 2, 95),
        ("few_log_in", 2, 2, 95),
        ("frequency_drop", 4, 0, 95),
        ("nice_to_have", 4, 2, 95),
        ("lost_product", 4, 0, 95),
        ("breadth_loss", 4, 0, 95),
        ("recover_usage", 4, 1, 95),
        ("losing_the_customer", 4, 1, 95),
        ("low_usage", 4, 2, 95),
        ("key_user_left", 5, 2, 95),
        ("key_user_left_after_onboarding", 5, 2, 95),
        ("executives_absent", 6, 1, 95),
        ("contacts_drop", 7, 1, 65),
        ("frequency_drop", 8, 1, 90),
    ] {
        let row = &told[row_of(printed, "What becomes", rule)];
        let shares: Vec<u32> = row[column].split([',', ';']).filter_map(|share| share.trim().parse().ok()).collect();
        assert!(shares[place] >= at_least, "{row:?}");
    }
}

/// A change of the shipped rules that makes them worse than what they are to reach is seen once the page is written anew.
#[test]
fn the_shipped_rules_reach_what_is_asked_of_them() {
    let (_, page) = page();
    let [_, printed, _] = TOGETHER.split(&page);
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
