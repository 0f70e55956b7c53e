//! The metrics of conditions in words.

use super::{Words, capital, title};

/// What a metric's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Of one; told in per cent.
    Share,
    /// Likewise, with its sign.
    Change,
    /// 0 to 100.
    Score,
    Days,
    Figure,
}

/// What a metric is called: before its window, and what its value is. `{}` stands for the feature, workflow, rule or milestone that it names, and
/// what follows `|` is told where none is named.
const PHRASES: &[(&str, &str, Unit)] = &[
    ("events", "{}|Uses", Unit::Figure),
    ("gauge", "{}", Unit::Figure),
    ("active_users", "Active users", Unit::Figure),
    ("users_of", "Users of {}", Unit::Figure),
    ("active_days", "Days with use", Unit::Figure),
    ("active_weeks", "Weeks with use", Unit::Figure),
    ("features_used", "{} features used|Features used", Unit::Figure),
    ("feature_share", "Share of {} features in use|Share of features in use", Unit::Share),
    ("enabled_share", "Share of switched-on features in use", Unit::Share),
    ("unused_features", "{} features not used|Features not used", Unit::Figure),
    ("seats", "Seats", Unit::Figure),
    ("seats_days", "Seats unchanged for", Unit::Days),
    ("seats_added", "Seats added", Unit::Figure),
    ("entitled", "Licensed", Unit::Figure),
    ("entitled_days", "Licensed for", Unit::Days),
    ("trialing", "On trial", Unit::Figure),
    ("term_days_left", "Contract ends in", Unit::Days),
    ("license_utilization", "Seats in use", Unit::Share),
    ("utilization_change", "Seats in use, change", Unit::Change),
    ("days_since_use", "Last used", Unit::Days),
    ("days_since_first_use", "First used", Unit::Days),
    ("stage", "Stage", Unit::Figure),
    ("stage_days", "At this stage for", Unit::Days),
    ("usage_change", "Use", Unit::Change),
    ("usage_shift", "How sure the change of use is", Unit::Figure),
    ("users_change", "Active users", Unit::Change),
    ("frequency_change", "Days with use", Unit::Change),
    ("feature_change", "Use of {}", Unit::Change),
    ("stickiness", "Users on a day, of all who come", Unit::Share),
    ("dau_mau", "Users on a day, of all who come", Unit::Share),
    ("concentration", "Done with one feature", Unit::Share),
    ("integrations", "Connections", Unit::Figure),
    ("integrations_active", "Connections", Unit::Figure),
    ("integration_score", "Integration score", Unit::Score),
    ("workflow_runs", "Runs of “{}”|Workflow runs", Unit::Figure),
    ("addons_unused", "Add-ons not used", Unit::Figure),
    ("value_realized", "Value realised", Unit::Figure),
    ("hours_saved", "Hours saved", Unit::Figure),
    ("adopted_days", "Adopted for", Unit::Days),
    ("lost_days", "Lost for", Unit::Days),
    ("criteria_progress", "On the way to adopted", Unit::Share),
    ("fit", "Fits what they do", Unit::Figure),
    ("milestone", "The milestone “{}” is reached", Unit::Figure),
    ("days_since_milestone", "Since the milestone “{}”", Unit::Days),
    ("alert_open", "The alert “{}” is open", Unit::Figure),
    ("play_open", "The play “{}” is open", Unit::Figure),
    ("open_plays", "Open plays of “{}”|Open plays", Unit::Figure),
    ("days_since_play", "Since the last play of “{}”|Since the last play", Unit::Days),
    ("observed_days", "Known for", Unit::Days),
    ("onboarded_days", "Onboarded for", Unit::Days),
    ("employees", "Employees", Unit::Figure),
    ("arr", "Recurring revenue a year", Unit::Figure),
    ("days_to_renewal", "Renewal in", Unit::Days),
    ("days_since_touchpoint", "Last contact ({})|Last contact", Unit::Days),
    ("login_rate", "Of known users, those who came", Unit::Share),
    ("users_known", "Known users", Unit::Figure),
    ("known_days", "Known for", Unit::Days),
    ("breadth", "Products adopted, of those licensed", Unit::Share),
    ("exposure", "Employees who use it", Unit::Share),
    ("executive_adoption", "Executives who come each week", Unit::Share),
    ("departments_active", "Departments that use it", Unit::Figure),
    ("levels_active", "Levels that use it", Unit::Figure),
    ("products_adopted", "Products adopted", Unit::Figure),
    ("products_active", "Products in use", Unit::Figure),
    ("products_added", "Products added", Unit::Figure),
    ("products_lost", "Products lost", Unit::Figure),
    ("products_used", "Products used", Unit::Figure),
    ("account_stage_days", "At this stage for", Unit::Days),
    ("first_product_days", "First product adopted for", Unit::Days),
    ("synergies_untapped", "Untapped synergies", Unit::Figure),
    ("key_users_gone", "Key users who left", Unit::Figure),
    ("gone_days", "Gone for", Unit::Days),
    ("key", "A key user", Unit::Figure),
    ("nps", "NPS", Unit::Figure),
    ("nps_answers", "NPS answers", Unit::Figure),
    ("nps_score", "NPS score", Unit::Figure),
    ("days_since_nps", "NPS answer given", Unit::Days),
    ("segment", "In the segment “{}”", Unit::Figure),
    ("persona", "Persona “{}”", Unit::Share),
    ("health", "{} health", Unit::Score),
    ("benchmark", "Benchmark “{}”", Unit::Figure),
    ("churned", "Churned", Unit::Figure),
    ("adoption_score", "Adoption score", Unit::Score),
    ("account_score", "Adoption score", Unit::Score),
    ("account_health", "Health", Unit::Score),
    ("four_elements", "Four elements", Unit::Score),
    ("depth", "Depth", Unit::Score),
    ("feature_breadth", "Feature breadth", Unit::Score),
    ("frequency", "Frequency", Unit::Score),
    ("exposure_score", "Exposure", Unit::Score),
];

const AGGREGATES: [(&str, &str); 3] =
    [("products.mean(", "mean of products"), ("products.min(", "of the lowest product"), ("products.max(", "of the highest product")];

/// Against the days before, where their number is told.
const CHANGES: [&str; 5] = ["usage_change", "users_change", "frequency_change", "feature_change", "usage_shift"];

/// A metric in words, and what its value is; `None`: it is reckoned from several.
pub fn phrase(words: &Words<'_>, metric: &str) -> Option<(String, Unit)> {
    // What stands in for it where it is missing is for the playbook's reader, as is a factor.
    if let Some((first, _)) = metric.strip_prefix("or(").and_then(|rest| rest.strip_suffix(')')?.rsplit_once(", ")) {
        return phrase(words, first);
    }
    if let Some(factor) = metric.strip_prefix("100 * ") {
        return phrase(words, factor);
    }
    for (call, told) in AGGREGATES {
        if let Some(of) = metric.strip_prefix(call).and_then(|rest| rest.strip_suffix(')')) {
            return phrase(words, of).map(|(what, unit)| (format!("{what}, {told}"), unit));
        }
    }
    let (call, arguments) = match metric.split_once('(') {
        Some((call, rest)) => (call, rest.strip_suffix(')')?),
        None => (metric, ""),
    };
    if !call.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte)) || arguments.contains(['(', ')']) {
        return None;
    }
    let mut qualifiers: Vec<&str> = call.split('.').collect();
    let name = qualifiers.pop().filter(|name| !name.is_empty())?;
    let (named, number) = read(arguments)?;
    let (told, unit) = match PHRASES.iter().find(|(known, ..)| *known == name) {
        Some((_, told, unit)) => ((*told).to_owned(), *unit),
        // A measure of the playbook.
        None if arguments.is_empty() && words.playbook.measures.iter().any(|measure| measure.id == name) => (title(name), Unit::Figure),
        None => return None,
    };
    let (with_name, without) = told.split_once('|').unwrap_or((&told, &told));
    let mut out = match named {
        Some(named) => capital(&with_name.replace("{}", &named_thing(words, name, named))),
        None => without.to_owned(),
    };
    if let Some(number) = number {
        let window = match name {
            name if CHANGES.contains(&name) => format!(", against the {number} days before"),
            "license_utilization" | "stickiness" => format!(", of {number} days"),
            "active_weeks" => format!(", of {number} weeks"),
            _ => format!(" in {number} days"),
        };
        out.push_str(&window);
    }
    qualifiers.retain(|qualifier| *qualifier != "complete");
    if !qualifiers.is_empty() {
        let of: Vec<String> =
            qualifiers.into_iter().map(|of| if of == "primary" { "first product".to_owned() } else { words.product(of) }).collect();
        out.push_str(&format!(" ({})", of.join(", ")));
    }
    Some((out, unit))
}

/// A name and a number, each of which may be left out.
fn read(arguments: &str) -> Option<(Option<&str>, Option<u32>)> {
    let (mut named, mut number) = (None, None);
    for argument in arguments.split(", ").filter(|argument| !argument.is_empty()) {
        match argument.strip_prefix('"').and_then(|argument| argument.strip_suffix('"')) {
            Some(text) if named.is_none() => named = Some(text),
            // More than these two are thresholds of data, which people need not read.
            None if number.is_none() => number = Some(argument.parse().ok()?),
            _ => {}
        }
    }
    Some((named, number))
}

/// What a metric names.
fn named_thing(words: &Words<'_>, metric: &str, named: &str) -> String {
    match metric {
        "events" | "users_of" | "feature_change" => words.feature(named),
        "gauge" | "workflow_runs" => named.replace(['.', '_'], " "),
        _ => title(named),
    }
}
