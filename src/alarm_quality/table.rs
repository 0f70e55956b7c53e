//! What is printed: Markdown.

use std::fmt::Write as _;

use super::{CHANGES, Changing, FALLS, Falling, MEAN_OF_FALLS, MEANS, Report, Steady, SteadyTeam, changing_teams};

/// Within how many days a fall is to be told.
const WITHIN: [i32; 3] = [14, 28, 42];

/// The tables of a report.
pub fn text(report: &Report) -> String {
    let Report { digest, by_rule: is_by_rule, product, rules, accounts, seed, steady, falling, teams, changing } = report;
    let rules_named: Vec<String> = rules.iter().map(|rule| format!("`{rule}`")).collect();
    let mut text = format!(
        "Playbook `{digest}`, product `{product}`, rules {}; {accounts} accounts for each figure, seed {seed}.\n",
        rules_named.join(", ")
    );
    if *is_by_rule {
        text.push_str(&each_by_itself(steady, teams, rules, *accounts));
        if !changing.is_empty() {
            text.push_str(&of_changing(changing, rules));
        }
        return text;
    }
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
    let mut row = |name: &str, count: &dyn Fn(&Vec<usize>) -> usize| {
        let _ = writeln!(text, "| {name} | {} |", average_and_most(&of_products(steady, count), accounts));
    };
    for (place, rule) in rules.iter().enumerate() {
        row(&format!("`{rule}`"), &|by_rule| by_rule[place]);
    }
    row("all", &|by_rule| by_rule.iter().sum());
    text
}

/// Of each shape and mean what is counted of its openings by rule, and which it is.
fn of_products(steady: &[Steady], count: &dyn Fn(&Vec<usize>) -> usize) -> Vec<(usize, String)> {
    let of_shape = |of: &Steady| {
        of.openings.iter().zip(MEANS).map(|(by_rule, mean)| (count(by_rule), format!("{}, {mean} a day", of.shape))).collect()
    };
    steady.iter().flat_map::<Vec<_>, _>(of_shape).collect()
}

/// Cells: how often on average, how often at most, and of whom.
fn average_and_most(counts: &[(usize, String)], accounts: usize) -> String {
    let sum: usize = counts.iter().map(|(count, _)| count).sum();
    // Of several that have the most, the first.
    let (most, of) = counts.iter().fold((0, "–"), |most, (count, of)| if *count > most.0 { (*count, of) } else { most });
    format!("{} | {} | {of}", per_account(sum, accounts * counts.len()), per_account(most, accounts))
}

/// Each rule by itself.
fn each_by_itself(steady: &[Steady], teams: &[SteadyTeam], rules: &[String], accounts: usize) -> String {
    let mut text = "\nFalse alerts a year and account, of a product's use that does not change, and of teams that do not:\n\n".to_owned();
    let columns = ["rule", "use, on average", "at most", "of", "teams, on average", "at most", "of"];
    text.push_str(&head(columns.map(str::to_owned).into_iter()));
    for (place, rule) in rules.iter().enumerate() {
        let of_products = of_products(steady, &|by_rule| by_rule[place]);
        let of_teams: Vec<(usize, String)> = teams.iter().map(|team| (team.openings[place], team.team.to_string())).collect();
        let _ = writeln!(text, "| `{rule}` | {} | {} |", average_and_most(&of_products, accounts), average_and_most(&of_teams, accounts));
    }
    text
}

fn of_changing(changing: &[Changing], rules: &[String]) -> String {
    let of: Vec<String> = changing_teams().iter().map(ToString::to_string).collect();
    let mut text = format!(
        "\nWhat becomes of a team ({}): of 100, those told by the rule within {} days; the median of the days until then:\n\n",
        of.join("; "),
        WITHIN.map(|days| days.to_string()).join(", ")
    );
    text.push_str(&head(std::iter::once("rule".to_owned()).chain(CHANGES.iter().map(ToString::to_string))));
    for (place, rule) in rules.iter().enumerate() {
        let cells: Vec<String> = changing.iter().map(|changing| fall(&changing.told_after[place])).collect();
        let _ = writeln!(text, "| `{rule}` | {} |", cells.join(" | "));
    }
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
