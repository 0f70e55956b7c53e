//! How the report writes texts and numbers.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use crate::view::account::ComparisonView;

/// Stands for what is missing.
pub const UNKNOWN: &str = "–";

/// A text as it is, whatever it holds: nothing of it is taken for Markdown or HTML.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '&' => escaped.push_str("&amp;"),
            // A line of the report ends where the report says so.
            character if character.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

/// With at most so many places after the point.
pub fn number(number: &Number, places: usize) -> String {
    let Some(value) = number.as_f64() else { return number.to_string() };
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    grouped(if text == "-0" { "0" } else { &text })
}

/// Thousands apart, as in 12,000.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, rest) = digits.split_once('.').map_or((digits, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{sign}{out}{rest}")
}

/// A share in whole per cent.
pub fn percent(share: &Number) -> String {
    share.as_f64().map_or_else(|| UNKNOWN.to_owned(), |share| format!("{:.0}%", 100.0 * share))
}

pub fn money(amount: &Number, currency: Option<&str>) -> String {
    currency.map_or_else(|| number(amount, 2), |currency| format!("{} {}", number(amount, 2), escaped(currency)))
}

pub fn plural(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// `events("contact.created", 30) 31 >= 25: true`
pub fn comparison(shown: &ComparisonView) -> String {
    let value = |value: &Option<Value>| match value {
        None => UNKNOWN.to_owned(),
        Some(Value::Number(value)) => number(value, 4),
        Some(Value::String(text)) => escaped(text),
        Some(other) => escaped(&other.to_string()),
    };
    let holds = match shown.holds {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    };
    format!(
        "`{}` {} {} {}: {holds}",
        shown.metric.replace('`', "'"),
        value(&shown.value),
        escaped(&shown.operator),
        value(&shown.threshold)
    )
}

pub fn table(out: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = writeln!(out, "| {} |", heads.join(" | "));
    let _ = writeln!(out, "|{}", "---|".repeat(heads.len()));
    rows.for_each(|row| {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let of = |value: f64| Number::from_f64(value).expect("finite");
        for (value, places, text) in [
            (0.0, 2, "0"),
            (12_000.0, 0, "12,000"),
            (1_234_567.891, 2, "1,234,567.89"),
            (-0.001, 2, "0"),
            (99.5, 0, "100"),
            (0.5, 2, "0.5"),
            (-4_321.0, 0, "-4,321"),
        ] {
            assert_eq!(number(&of(value), places), text, "{value}");
        }
        assert_eq!(percent(&of(0.666_666_666_667)), "67%");
    }

    #[test]
    fn no_text_breaks_out_of_its_place() {
        assert_eq!(escaped("a|b <script>*x*\n# y"), r"a\|b \<script>\*x\* # y");
    }
}
