use serde_json::{Value, json};

use super::*;
use crate::playbook::Playbook;

const PLAYBOOK: &str = "version: 1\nproducts: {crm: {name: Core CRM & more}}\n";

/// The text of the message about it.
fn text(event_type: &str, data: Value) -> String {
    let playbook = Playbook::load("p.yaml", PLAYBOOK).expect("a playbook");
    let told =
        Told { id: "1".into(), event_type: event_type.into(), subject: "acme".into(), data: serde_json::from_value(data).expect("data") };
    let message = Words { playbook: &playbook, console_url: Some("https://adoption.example/") }.message(&told);
    let text = message["blocks"][0]["text"]["text"].as_str().expect("a text").to_owned();
    assert!(text.starts_with(message["text"].as_str().expect("what notifications show")), "{message}");
    text
}

#[test]
fn an_alert_says_what_happened_to_whom_and_why() {
    let alert = json!({
        "account": "acme", "product": "crm", "incident": "1", "rule": "usage_drop", "severity": "warning", "opened": "2026-10-03T00:00:00Z",
        "route": "ann@x.test",
        "evidence": [
            {"metric": "usage_change(14)", "value": -0.389_999, "operator": "<=", "threshold": -0.3},
            {"metric": "days_since_first_use", "value": 31, "operator": "<", "threshold": 56},
            {"metric": "nps", "value": null, "operator": ">=", "threshold": 50.0},
        ],
        "cause": {"day": "2026-10-03"}, "playbook": "sha256:0",
    });
    assert_eq!(
        text("adoption.alert.opened", alert),
        ":warning: *Usage drop*: *acme*, Core CRM &amp; more\n\
         • usage change(14) is -0.39 (at most -0.3)\n\
         • days since first use is 31 (below 56)\n\
         • nps is unknown (at least 50)\n\
         For ann@x.test\n\
         <https://adoption.example/accounts/acme|Open acme>"
    );
    let cleared = json!({"account": "acme", "product": "crm", "rule": "usage_drop", "reason": "condition", "open_days": 1,
        "evidence": [{"metric": "usage_change(14)", "value": -0.1, "operator": ">=", "threshold": -0.15}]});
    assert_eq!(
        text("adoption.alert.cleared", cleared),
        ":white_check_mark: *Usage drop* is over: *acme*, Core CRM &amp; more\nIt has recovered after 1 day\n\
         <https://adoption.example/accounts/acme|Open acme>"
    );
}

#[test]
fn a_play_lists_its_tasks() {
    let tasks = (1..=7).map(|n| json!({"id": format!("t_{n}"), "title": format!("Task {n}"), "assignee": "bob", "due": "2026-10-09"}));
    let play =
        json!({"account": "acme", "rule": "second_product", "severity": "info", "due": "2026-11-02", "tasks": tasks.collect::<Vec<_>>()});
    let told = text("adoption.play.opened", play);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], ":clipboard: *Second product*: *acme*");
    assert_eq!(lines[1], ":white_medium_square: Task 1 – bob, by 2026-10-09");
    assert_eq!(lines[6..], ["… and 2 more", "Due 2026-11-02", "<https://adoption.example/accounts/acme|Open acme>"]);
    let worked = json!({"account": "acme", "rule": "rescue", "severity": "info", "overdue": true,
        "tasks": [{"id": "call_them", "state": "done"}, {"id": "b", "state": "open"}]});
    let told = text("adoption.play.updated", worked);
    assert!(
        told.starts_with(":hourglass: *Rescue* is overdue: *acme*\n:ballot_box_with_check: call them\n:white_medium_square: b\n"),
        "{told}"
    );
}

#[test]
fn names_of_customers_are_words_and_nothing_else() {
    let hostile = "<!channel> & <https://evil.test|Acme>\n*b* \u{202e}x";
    let told = text("adoption.alert.opened", json!({"account": hostile, "user": "<@U1>", "rule": "r", "route": "<!here>"}));
    let (message, link) = told.rsplit_once('\n').expect("the last line is the link");
    assert!(!message.contains(['<', '>', '\u{202e}']), "{message}");
    assert_eq!(message.lines().count(), 2, "a name adds no line: {message}");
    assert!(message.contains("&lt;!channel&gt; &amp; &lt;https://evil.test|Acme&gt; ∗b∗"), "{message}");
    let inside = link.strip_prefix("<https://adoption.example/accounts/%3C%21channel%3E").expect(link);
    assert_eq!(inside.matches(['<', '>', '|']).count(), 2, "one bar parts address and name, one bracket ends it: {link}");
    let long = text("adoption.segment.entered", json!({"account": "ä".repeat(5_000), "segment": "at_risk"}));
    assert!(long.contains(&format!("{}…*", "ä".repeat(NAME_MAX))) && long.ends_with(&format!("{}…>", "ä".repeat(NAME_MAX))), "{long}");
}

#[test]
fn every_type_of_output_has_words() {
    let data = json!({"account": "acme", "rule": "r", "from": "adopted", "to": "activated", "measure": "m", "segment": "s",
        "milestone": "m",
        "target": "t", "met": false, "guards": ["called_lately"], "verdict": "better", "day": 30, "baseline": 2, "value": 4.5});
    let mut seen = Vec::new();
    for output in crate::output::types() {
        let headline = text(output.name, data.clone()).lines().next().expect("a headline").to_owned();
        assert!(!headline.contains('?') && !seen.contains(&headline), "{}: {headline}", output.name);
        seen.push(headline);
    }
    assert!(text("adoption.play.suppressed", data.clone()).contains("\nBecause of: called lately\n"));
    assert!(text("adoption.play.outcome", data.clone()).contains("\nBetter after 30 days: from 2 to 4.5\n"));
    assert!(text("adoption.product_stage.changed", data).starts_with(":chart_with_downwards_trend: *acme*: adopted → *activated*\n"));
}
