//! Golden stories: one file for each rule of `docs/reference`, in `tests/golden/`. `UPDATE_GOLDEN=1 cargo test --test golden` writes what
//! the service says into them; what is committed was derived from those pages by hand.
//!
//! A story is prose, then sections:
//!
//! | section | holds |
//! |---|---|
//! | `== playbook` | YAML without its `version`; `== playbook shipped`, or no such section, is the shipped one, and below it `only: RULE, RULE` leaves these alone |
//! | `== settings` | `dedupe_ids: N`, `clock_witnesses: N`; of the latter 1 where it is not said |
//! | `== input` | one event a line, below |
//! | `== output` | what comes out, with evidence; `== output without evidence`; `== output in full` shows whole CloudEvents |
//!
//! A line of input is `TIME TYPE ACCOUNT WORDS… KEY=VALUE… xN #ID`: values are JSON or else text, `xN` is the quantity, `#ID` the
//! event's id. The words are the fields that the type cannot do without:
//!
//! ```text
//! 2026-03-01T09:00Z usage acme crm contact.created user=ann x25 #e1      product, feature
//! 2026-03-01 gauge acme marketing campaigns.active 3                     product, name, value; a date alone is noon in UTC
//! 2026-03-01 entitlement acme crm active seats=10 ends=2026-12-31        product, status
//! 2026-03-01 account acme time_zone=Europe/Berlin clear=["employees"]
//! 2026-03-01 user acme ann internal=true
//! 2026-03-01 integration acme crm>marketing connected
//! 2026-03-01 workflow acme lead-to-cash crm>marketing x3
//! 2026-03-01..2026-03-28 usage acme crm x10 #use                         an event a day: use-2026-03-01 …; also 2026-03-28T09:00Z
//! 2026-03-01..2026-03-28/7 usage acme crm x10 #use                       every seventh day
//! 2026-03-01 tick                                                        an event of the account `clock`, of which nothing is shown
//! 2026-03-01 ask acme crm.events(7); crm.seats                           a tick, then these metrics or measures are shown with the day D
//! ask acme crm.events(7)                                                 the same without a tick
//! ask acme/ann crm.active_days(7)                                        the same of a user
//! {"type":"usage", …}                                                    any JSON, as it is
//! raw not JSON, \xff                                                     any bytes
//! until 2026-05-01                                                       --until: a date in the playbook's zone, or an instant
//! # a comment
//! ```
//!
//! Lines count from the one after `== input`, comments and blank ones included; a series counts as many as it has events.
//!
//! An output is `TIME  SUBJECT  WHAT  (CAUSE)`, then a line for each evidence: `METRIC = VALUE  OPERATOR THRESHOLD  WINDOW`.

mod story;

use std::collections::BTreeSet;

use adoption_tracker::engine::metric::METRICS;
use adoption_tracker::playbook::Of;
use story::Told;

const OUTPUT: &str = "\n== output";

#[test]
fn stories_come_out_as_told() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for file in story::files() {
        let text = std::fs::read_to_string(&file).expect("a story");
        let name = file.file_name().expect("a file").to_string_lossy().into_owned();
        assert!(name.ends_with(".story"), "{name}: only stories belong here");
        let (head, expected) = parts(&text).unwrap_or_else(|| panic!("{name}: expected a section == output"));
        let run = story::run(&text);
        let found: String = run.told.iter().map(|told| run.text(told) + "\n").collect();
        if found != expected {
            if update {
                std::fs::write(&file, format!("{head}{found}")).expect("a story can be written");
            }
            wrong.push(format!("{name}\n{}", difference(expected, &found)));
        }
    }
    assert!(update || wrong.is_empty(), "{} stories come out otherwise (- told, + found):\n\n{}", wrong.len(), wrong.join("\n"));
}

/// The metrics whose values are shown, and of whom they may be: of an evidence, or of a question and its answer.
fn metrics_shown(told: &Told) -> Vec<(Of, String)> {
    let shown = |of: Of, written: &str| {
        let written = written.split(['(', ' ']).next().unwrap_or_default();
        let (owner, name) = written.rsplit_once('.').unwrap_or(("", written));
        let of = match owner {
            _ if of == Of::User => Of::User,
            "" => of,
            "account" => Of::Account,
            _ => Of::Product,
        };
        (of, name.to_owned())
    };
    match told {
        Told::Output(event) => {
            let of = ["user", "product"].into_iter().find(|key| event["data"][*key].is_string());
            let of = of.map_or(Of::Account, |key| if key == "user" { Of::User } else { Of::Product });
            let evidence = event["data"]["evidence"].as_array().into_iter().flatten();
            evidence.filter_map(|evidence| evidence["metric"].as_str()).map(|written| shown(of, written)).collect()
        }
        // `2026-03-07  acme  crm.events("a", 7) = 5`
        Told::Answer(text) => {
            let mut parts = text.splitn(3, "  ").skip(1);
            let of = parts.next().map_or(Of::Account, |account| if account.contains('/') { Of::User } else { Of::Account });
            parts.map(|written| shown(of, written)).collect()
        }
        Told::Dead(_) => Vec::new(),
    }
}

/// A comment does not make a metric told, nor a condition that decides nothing: a value that was reckoned by hand does.
#[test]
fn each_metric_has_a_value_in_a_story() {
    let stories = story::files().into_iter().map(|file| std::fs::read_to_string(file).expect("a story"));
    let shown: BTreeSet<(Of, String)> = stories.flat_map(|text| story::run(&text).told).flat_map(|told| metrics_shown(&told)).collect();
    // In what is about a product a bare name may be the account's.
    let is_shown = |of: Of, name: &str| {
        let is_product = METRICS.iter().any(|def| def.signature.name == name && def.signature.of == Of::Product);
        shown.contains(&(of, name.to_owned())) || of == Of::Account && !is_product && shown.contains(&(Of::Product, name.to_owned()))
    };
    let untold: Vec<_> =
        METRICS.iter().map(|def| (def.signature.of, def.signature.name)).filter(|(of, name)| !is_shown(*of, name)).collect();
    assert!(untold.is_empty(), "no story of tests/golden shows a value of {untold:?}");
}

/// The story up to the heading of its output, and the output.
fn parts(text: &str) -> Option<(&str, &str)> {
    let heading = text.find(OUTPUT)? + 1;
    let end = heading + text[heading..].find('\n')? + 1;
    Some(text.split_at(end))
}

/// The lines of both texts, those of only one marked: the longest common subsequence is left unmarked.
fn difference(expected: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        let (mark, line) = if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
            (' ', old[i - 1])
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            i += 1;
            ('-', old[i - 1])
        } else {
            j += 1;
            ('+', new[j - 1])
        };
        text.push_str(&format!("{mark} {line}\n"));
    }
    text
}

#[test]
fn a_difference_marks_the_lines_of_only_one_side() {
    for (expected, found, difference_told) in [
        ("a\nb\nc\n", "a\nb\nc\n", "  a\n  b\n  c\n"),
        ("a\nb\nc\n", "a\nx\nc\n", "  a\n- b\n+ x\n  c\n"),
        ("a\n", "", "- a\n"),
        ("", "a\n", "+ a\n"),
        ("a\nb\n", "b\na\n", "- a\n  b\n+ a\n"),
    ] {
        assert_eq!(difference(expected, found), difference_told, "{expected:?} {found:?}");
    }
}
