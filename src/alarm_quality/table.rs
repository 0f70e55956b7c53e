//! What is printed: Markdown.

use std::fmt::Write as _;

use super::{FALLS, Falling, MEAN_OF_FALLS, MEANS, Report, Steady};

/// Within how many days a fall is to be told.
const WITHIN: [i32; 3] = [14, 28, 42];

/// The tables of a report.
pub fn text(report: &Report) -> String {
    let Report { digest, product, rules, accounts, seed, steady, falling } = report;
    let rules_named: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
    let mut text = format!(
        "Playbook `{digest}`, product `{product}`, rules {}; {accounts} accounts for each figure, seed {seed}.\n",
        rules_named.join(", ")
    );
    if !steady.is_empty() {
        text.push_str(&of_steady(steady, *accounts));
        text.push_str(&by_rule(steady, rules, *accounts));
    }
    if !falling.is_empty() {
        text.push_str(&of_falling(falling));
    }
    text
}

fn head(columns: impl Iterator<Item = String>) -> String {
    let columns: Vec<String> = columns.collect();
    format!("| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()))
}

fn of_steady(steady: &[Steady], accounts: usize) -> String {
    let mut text = "\nFalse alerts a year and account, of use that does not change, by actions on a day with use:\n\n".to_owned();
    text.push_str(&head(std::iter::once("use".to_owned()).chain(MEANS.map(|mean| mean.to_string()))));
    for Steady { shape, openings } in steady {
        let cells: Vec<String> = openings.iter().map(|by_rule| per_account(by_rule.iter().sum(), accounts)).collect();
        let _ = writeln!(text, "| {shape} | {} |", cells.join(" | "));
    }
    text
}

fn by_rule(steady: &[Steady], rules: &[String], accounts: usize) -> String {
    let mut text = "\nBy rule, over all shapes and means:\n\n".to_owned();
    text.push_str(&head(["rule", "on average", "at most", "of"].map(str::to_owned).into_iter()));
    let cells = || {
        steady.iter().flat_map(|of_shape| {
            of_shape.openings.iter().zip(MEANS).map(move |(by_rule, mean)| (by_rule, format!("{}, {mean} a day", of_shape.shape)))
        })
    };
    let mut row = |name: &str, count: &dyn Fn(&Vec<usize>) -> usize| {
        let sum: usize = cells().map(|(by_rule, _)| count(by_rule)).sum();
        let average = per_account(sum, accounts * cells().count());
        // Of several that have the most, the first.
        let (most, of) =
            cells().map(|(by_rule, of)| (count(by_rule), of)).fold((0, String::new()), |most, one| if one.0 > most.0 { one } else { most });
        let of = if most == 0 { "–".to_owned() } else { of };
        let _ = writeln!(text, "| {name} | {average} | {} | {of} |", per_account(most, accounts));
    };
    for (place, rule) in rules.iter().enumerate() {
        row(&format!("`{rule}`"), &|by_rule| by_rule[place]);
    }
    row("all", &|by_rule| by_rule.iter().sum());
    text
}

fn of_falling(falling: &[Falling]) -> String {
    let mut text = format!(
        "\nFalls of use at {MEAN_OF_FALLS} actions on a day with use: of 100, those told within {} days of their beginning; the median of the days \
         until then:\n\n",
        WITHIN.map(|days| days.to_string()).join(", ")
    );
    text.push_str(&head(std::iter::once("use".to_owned()).chain(FALLS.iter().map(ToString::to_string))));
    for Falling { shape, told_after } in falling {
        let cells: Vec<String> = told_after.iter().map(|accounts| fall(accounts)).collect();
        let _ = writeln!(text, "| {shape} | {} |", cells.join(" | "));
    }
    text
}

/// `96, 100, 100; 9`
fn fall(told_after: &[Option<i32>]) -> String {
    let within = WITHIN.map(|within| {
        let told = told_after.iter().flatten().filter(|&&days| days <= within).count();
        (100 * told / told_after.len().max(1)).to_string()
    });
    let mut days: Vec<i32> = told_after.iter().map(|days| days.unwrap_or(i32::MAX)).collect();
    days.sort_unstable();
    let median = days.get(days.len().saturating_sub(1) / 2).filter(|&&days| days < i32::MAX);
    format!("{}; {}", within.join(", "), median.map_or("–".to_owned(), i32::to_string))
}

fn per_account(count: usize, accounts: usize) -> String {
    if count == 0 {
        return "0".to_owned();
    }
    format!("{:.2}", count as f64 / accounts.max(1) as f64)
}
