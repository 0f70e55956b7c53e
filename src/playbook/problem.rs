//! What is wrong with a playbook or a mapping, and where.

use std::fmt;

/// A place in a file. Lines and columns count from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub line: u32,
    pub column: u32,
}

/// One thing that is wrong with a playbook or a mapping. Displayed as `file:line:column: message`, which editors make a link of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Problem {
    /// The name that it was loaded under.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What was wrong, what was expected, and the nearest known name where there is one.
    pub message: String,
}

/// Lists that are longer are not written out where a near name says more.
const LISTED_NAMES_MAX: usize = 8;

/// Names that differ more than this (normalized Damerau–Levenshtein similarity) are not offered as what was meant.
const SIMILARITY_MIN: f64 = 0.6;

/// `unknown feature `contact.crated` of product `crm`: did you mean `contact.created`?`
pub(crate) fn unknown<'a>(what: impl fmt::Display, name: &str, context: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let meant = nearest(name, known.iter().copied());
    let mut message = format!("unknown {what} {}{context}", quoted(name));
    if known.is_empty() {
        message.push_str(": there is none");
    } else if known.len() <= LISTED_NAMES_MAX {
        message.push_str(": expected ");
        message.push_str(&listed(&known));
        // Of one name, it has just been said.
        if let Some(meant) = meant.filter(|_| known.len() > 1) {
            message.push_str(&format!("; did you mean `{meant}`?"));
        }
    } else if let Some(meant) = meant {
        message.push_str(&format!(": did you mean `{meant}`?"));
    } else {
        message.push_str(&format!(": expected {} … ({} in all)", listed(&known[..LISTED_NAMES_MAX]), known.len()));
    }
    message
}

/// The known name that is most like `name`, if any is like it at all. Ties: the earlier.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    let name = name.to_lowercase();
    let length = name.chars().count();
    for candidate in known {
        let lower = candidate.to_lowercase();
        // A beginning of some length is near to what it begins, however long that is.
        let begun = if name.len() >= 3 && lower.starts_with(&name) { SIMILARITY_MIN } else { 0.0 };
        // No two texts are more alike than their lengths, and to compare them takes the product of both in time and memory: what a record holds
        // may be very long.
        let other = lower.chars().count();
        let may_be_alike = 2 * length.min(other) >= length.max(other);
        let alike = if may_be_alike { strsim::normalized_damerau_levenshtein(&name, &lower) } else { 0.0 };
        let similarity = alike.max(begun);
        if similarity >= SIMILARITY_MIN && best.is_none_or(|(highest, _)| similarity > highest) {
            best = Some((similarity, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `` `a`, `b` or `c` ``
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// The text in backticks, cut where it is long: a message is one line.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 40;
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > SHOWN_CHARS_MAX {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_told_with_what_was_expected() {
        let few = ["name", "features", "adopted"];
        assert_eq!(
            unknown("key", "featurs", " in product `crm`", few),
            "unknown key `featurs` in product `crm`: expected `name`, `features` or `adopted`; did you mean `features`?"
        );
        assert_eq!(unknown("key", "x", "", few), "unknown key `x`: expected `name`, `features` or `adopted`");
        assert_eq!(unknown("feature", "x", " of product `crm`", []), "unknown feature `x` of product `crm`: there is none");
        let many = ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "seats"];
        assert_eq!(unknown("metric", "seat", "", many), "unknown metric `seat`: did you mean `seats`?");
        assert_eq!(
            unknown("metric", "xyz", "", many),
            "unknown metric `xyz`: expected `aa`, `bb`, `cc`, `dd`, `ee`, `ff`, `gg` or `hh` … (9 in all)"
        );
    }

    #[test]
    fn a_problem_is_displayed_as_a_link() {
        let problem = Problem { file: "p.yaml".into(), line: 3, column: 7, message: "no".into() };
        assert_eq!(problem.to_string(), "p.yaml:3:7: no");
    }

    #[test]
    fn what_is_quoted_is_one_short_line() {
        assert_eq!(quoted("a\nb"), "`a b`");
        assert_eq!(quoted(&"x".repeat(41)), format!("`{}…`", "x".repeat(40)));
    }
}
