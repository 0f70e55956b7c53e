//! An output in words, as a message for Slack.
//!
//! Everything that comes from customers or from a playbook is escaped as Slack asks (`&`, `<`, `>`), so that a name can neither link nor call a
//! channel, and is cut, so that one name cannot fill a channel.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};

use super::told::{Data, Evidence, Told};
use crate::playbook::Playbook;

/// Characters of a name that are shown.
const NAME_MAX: usize = 120;
/// Tasks, and comparisons, that are shown.
const LINES_MAX: usize = 5;

/// What a path keeps as it is.
const PATH: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What messages are made with.
pub struct Words<'a> {
    pub playbook: &'a Playbook,
    pub console_url: Option<&'a str>,
}

impl Words<'_> {
    /// The body of a request to an incoming webhook.
    pub fn message(&self, told: &Told) -> Json {
        let headline = self.headline(told);
        let mut lines = vec![headline.clone()];
        lines.extend(self.details(told));
        lines.extend(self.link(&told.data));
        let text = lines.join("\n");
        json!({
            // What notifications show.
            "text": headline,
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
            "unfurl_links": false,
            "unfurl_media": false,
        })
    }

    fn headline(&self, told: &Told) -> String {
        let data = &told.data;
        let (about, rule) = (self.about(data), strong(&capital(&words(data.rule.as_deref().unwrap_or("?")))));
        match told.event_type.trim_start_matches("adoption.") {
            "alert.opened" => format!("{} {rule}: {about}", sign(data.severity.as_deref())),
            "alert.cleared" => format!(":white_check_mark: {rule} is over: {about}"),
            "play.opened" => format!(":clipboard: {rule}: {about}"),
            "play.updated" if data.overdue == Some(true) => format!(":hourglass: {rule} is overdue: {about}"),
            "play.updated" => format!(":clipboard: {rule} goes on: {about}"),
            "play.closed" => format!(":white_check_mark: {rule} is closed: {about}"),
            "play.suppressed" => format!(":no_entry_sign: {rule} was held back: {about}"),
            "play.held_out" => format!(":microscope: {rule} would have opened, but the account is held out of it: {about}"),
            "play.outcome" => format!(":bar_chart: What came of {rule}: {about}"),
            "product_stage.changed" => format!("{} {about}: {}", direction(told), moved(data)),
            "account_stage.changed" => format!(":office: {about} as a whole: {}", moved(data)),
            "band.changed" => format!(":bar_chart: {} of {about}: {}", strong(&words(data.measure.as_deref().unwrap_or("?"))), moved(data)),
            "segment.entered" => format!(":arrow_right: {about} is now in {}", strong(&words(data.segment.as_deref().unwrap_or("?")))),
            "segment.exited" => format!(":arrow_left: {about} is no longer in {}", strong(&words(data.segment.as_deref().unwrap_or("?")))),
            "milestone.achieved" => format!(":star: {about} has reached {}", strong(&words(data.milestone.as_deref().unwrap_or("?")))),
            "campaign.triggered" => format!(":mailbox: {rule} goes to {about}"),
            "campaign.reached" => format!(":white_check_mark: {rule} has reached its goal with {about}"),
            "campaign.missed" => format!(":heavy_minus_sign: {rule} has missed its goal with {about}"),
            "target.crossed" => {
                let target = strong(&words(data.target.as_deref().unwrap_or("?")));
                if data.met == Some(true) {
                    format!(":dart: The target {target} is met")
                } else {
                    format!(":warning: The target {target} is missed")
                }
            }
            "account.updated" => format!(":information_source: {about} has changed"),
            other => format!(":information_source: {}: {}", escaped(&words(&other.replace('.', " "))), escaped(&told.subject)),
        }
    }

    /// The account, and within it the product or the user.
    fn about(&self, data: &Data) -> String {
        let account = strong(data.account.as_deref().unwrap_or("all accounts"));
        match (&data.product, &data.user) {
            (Some(product), _) => format!("{account}, {}", escaped(self.product(product))),
            (_, Some(user)) => format!("{account}, {}", escaped(user)),
            _ => account,
        }
    }

    /// As the playbook calls it.
    fn product<'a>(&'a self, id: &'a str) -> &'a str {
        self.playbook.products.iter().find(|product| product.id == id).map_or(id, |product| &product.name)
    }

    fn details(&self, told: &Told) -> Vec<String> {
        let data = &told.data;
        let mut lines = Vec::new();
        if let Some(reason) = data.reason.as_deref() {
            let days = data.open_days.map(|days| format!(" after {days} {}", if days == 1 { "day" } else { "days" })).unwrap_or_default();
            lines.push(format!("{}{days}", closing(reason)));
        }
        if !data.guards.is_empty() {
            let guards: Vec<String> = data.guards.iter().map(|guard| escaped(&words(guard))).collect();
            lines.push(format!("Because of: {}", guards.join(", ")));
        }
        if let Some(verdict) = &data.verdict {
            let shown = |value: &Option<Json>| value.as_ref().map_or_else(|| "unknown".to_owned(), number);
            let day = data.day.as_ref().and_then(Json::as_i64).map(|day| format!(" after {day} days")).unwrap_or_default();
            lines.push(format!("{}{day}: from {} to {}", capital(&escaped(verdict)), shown(&data.baseline), shown(&data.value)));
        }
        if let Some(action) = &data.action {
            lines.push(escaped(action));
        }
        if told.event_type.ends_with(".opened") {
            lines.extend(shortened(data.evidence.iter().filter_map(compared).map(|line| format!("• {line}")).collect()));
        }
        let task = |task: &super::told::Task| {
            let sign = match task.state.as_deref() {
                Some("done") => ":ballot_box_with_check:",
                Some("dismissed") => ":heavy_multiplication_x:",
                _ => ":white_medium_square:",
            };
            let assignee = task.assignee.as_deref().map(|who| format!(" – {}", escaped(who))).unwrap_or_default();
            let due = task.due.as_deref().map(|due| format!(", by {}", escaped(due))).unwrap_or_default();
            format!("{sign} {}{assignee}{due}", escaped(task.title.as_deref().unwrap_or(&words(&task.id))))
        };
        lines.extend(shortened(data.tasks.iter().map(task).collect()));
        lines.extend(data.route.as_deref().map(|who| format!("For {}", escaped(who))));
        lines.extend(data.due.as_deref().filter(|_| told.event_type.ends_with(".opened")).map(|due| format!("Due {}", escaped(due))));
        lines
    }

    fn link(&self, data: &Data) -> Option<String> {
        let (console, account) = (self.console_url?.trim_end_matches('/'), data.account.as_deref()?);
        Some(format!("<{console}/accounts/{}|Open {}>", utf8_percent_encode(account, &PATH), escaped(&account.replace('|', "/"))))
    }
}

fn sign(severity: Option<&str>) -> &'static str {
    match severity {
        Some("critical") => ":rotating_light:",
        Some("info") => ":information_source:",
        _ => ":warning:",
    }
}

/// Up or down the ladder, as far as the name tells.
fn direction(told: &Told) -> &'static str {
    const LADDER: [&str; 6] = ["none", "entitled", "activated", "adopted", "proficient", "integrated"];
    let rung = |name: &Option<String>| name.as_deref().and_then(|name| LADDER.iter().position(|rung| *rung == name));
    match (rung(&told.data.from), rung(&told.data.to)) {
        (Some(from), Some(to)) if to < from => ":chart_with_downwards_trend:",
        (Some(_), Some(_)) => ":chart_with_upwards_trend:",
        _ => ":information_source:",
    }
}

fn moved(data: &Data) -> String {
    let name = |name: &Option<String>| name.as_deref().map_or_else(|| "none".to_owned(), words);
    format!("{} → {}", escaped(&name(&data.from)), strong(&name(&data.to)))
}

fn closing(reason: &str) -> String {
    match reason {
        "condition" => "It has recovered".to_owned(),
        "no_longer_applies" => "It no longer applies".to_owned(),
        "account_closed" => "The account is closed".to_owned(),
        "tasks_done" => "All tasks are done".to_owned(),
        "rule_removed" => "The rule is no longer in the playbook".to_owned(),
        other => escaped(&words(other)),
    }
}

/// What was found against what it was held against; `None` of what is no comparison of numbers or texts.
fn compared(evidence: &Evidence) -> Option<String> {
    let than = match evidence.operator.as_str() {
        "<" => "below",
        "<=" => "at most",
        ">" => "above",
        ">=" => "at least",
        "==" => "equal to",
        "!=" => "other than",
        _ => return None,
    };
    let value = if evidence.value.is_null() { "unknown".to_owned() } else { number(&evidence.value) };
    Some(format!("{} is {value} ({than} {})", escaped(&words(&evidence.metric)), number(&evidence.threshold)))
}

/// Fractions to two places: people compare them, and the API has them whole.
fn number(value: &Json) -> String {
    match value {
        Json::Number(number) => match number.as_f64() {
            Some(fraction) if !number.is_i64() && !number.is_u64() => {
                let text = format!("{fraction:.2}");
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            _ => number.to_string(),
        },
        Json::String(text) => escaped(text),
        Json::Null => "unknown".to_owned(),
        other => escaped(&other.to_string()),
    }
}

fn shortened(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    if more > 0 {
        lines.push(format!("… and {more} more"));
    }
    lines
}

/// `usage_drop` in words.
fn words(id: &str) -> String {
    id.replace('_', " ")
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What is in asterisks ends with the first of them.
fn strong(text: &str) -> String {
    format!("*{}*", escaped(&text.replace('*', "∗")))
}

/// As Slack asks, on one line, and not longer than a name is.
fn escaped(text: &str) -> String {
    let mut shown: String = text.chars().take(NAME_MAX).map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c }).collect();
    if text.chars().nth(NAME_MAX).is_some() {
        shown.push('…');
    }
    shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Turns the direction of what follows, or parts lines.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
#[path = "slack_tests.rs"]
mod tests;
