//! An output as a subscriber reads it, and as one line for people.

use serde_json::Value;

use super::story::CENTRAL;
use crate::engine::Stage;

/// What an output tells, as far as the table and the summary tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    ProductUp,
    ProductDown,
    AccountUp,
    AccountDown,
    BandChanged,
    SegmentEntered,
    SegmentExited,
    MilestoneAchieved,
    AlertOpened,
    AlertCleared,
    PlayOpened,
    PlayClosed,
    /// Whatever else the topics carry.
    Other,
}

/// What is listed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Stages,
    Bands,
    Segments,
    Milestones,
    /// Alerts and plays, and whatever else the topics carry.
    Incidents,
}

impl Kind {
    pub fn family(self) -> Family {
        match self {
            Kind::ProductUp | Kind::ProductDown | Kind::AccountUp | Kind::AccountDown => Family::Stages,
            Kind::BandChanged => Family::Bands,
            Kind::SegmentEntered | Kind::SegmentExited => Family::Segments,
            Kind::MilestoneAchieved => Family::Milestones,
            Kind::AlertOpened | Kind::AlertCleared | Kind::PlayOpened | Kind::PlayClosed | Kind::Other => Family::Incidents,
        }
    }

    /// Whether it is the end of what another began.
    pub fn is_end(self) -> bool {
        matches!(self, Kind::SegmentExited | Kind::AlertCleared | Kind::PlayClosed)
    }

    /// The ones that somebody should look at.
    pub fn is_bad_news(self) -> bool {
        matches!(self, Kind::ProductDown | Kind::AccountDown | Kind::AlertOpened)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// CloudEvents type.
    pub event_type: String,
    pub kind: Kind,
    /// The rule, measure, segment or milestone.
    pub name: Option<String>,
    /// `2026-03-04 acme/crm activated → adopted: events("contact.created", 30) 25 >= 25`.
    pub line: String,
}

impl Output {
    /// Whether it is about what the stories are about. Changes of stages always are.
    pub fn is_central(&self) -> bool {
        self.name.as_deref().is_none_or(|name| CENTRAL.contains(&name))
    }

    /// From the headers and the value of a record. `account_stages`: lowest first.
    pub fn read(event_type: &str, subject: &str, time: &str, data: &Value, account_stages: &[String]) -> Self {
        let text = |name: &str| data[name].as_str().unwrap_or_default();
        let (from, to) = (text("from"), text("to"));
        let rank = |stage: &str| {
            let of_account = || account_stages.iter().position(|name| name == stage);
            Stage::ALL.iter().position(|known| known.as_str() == stage).or_else(of_account)
        };
        let is_up = rank(to) > rank(from);
        let name = ["rule", "measure", "segment", "milestone"].iter().find_map(|key| data[key].as_str()).map(str::to_owned);
        let (kind, what) = match event_type {
            "adoption.product_stage.changed" => {
                (if is_up { Kind::ProductUp } else { Kind::ProductDown }, format!("{from} → {to}{}", stage_reason(from, to, data)))
            }
            "adoption.account_stage.changed" => (
                if is_up { Kind::AccountUp } else { Kind::AccountDown },
                format!("account {from} → {to}: {}", evidence(&data["evidence"]).unwrap_or_default()),
            ),
            "adoption.band.changed" => {
                let band = |name: &'static str| data[name].as_str().unwrap_or("no band");
                let at = if data["value"].is_null() { String::new() } else { format!(" at {}", shown(&data["value"])) };
                (Kind::BandChanged, format!("{} {} → {}{at}", text("measure"), band("from"), band("to")))
            }
            "adoption.segment.entered" => (Kind::SegmentEntered, format!("enters {}{}", text("segment"), because(data))),
            "adoption.segment.exited" => (Kind::SegmentExited, format!("leaves {}{}", text("segment"), because(data))),
            "adoption.milestone.achieved" => (Kind::MilestoneAchieved, format!("achieves {}{}", text("milestone"), because(data))),
            "adoption.alert.opened" => (Kind::AlertOpened, format!("{} opened{}", text("rule"), because(data))),
            "adoption.alert.cleared" => {
                (Kind::AlertCleared, format!("{} cleared after {}{}", text("rule"), open_days(data), because(data)))
            }
            "adoption.play.opened" => (Kind::PlayOpened, format!("play {} opened, due {}{}", text("rule"), text("due"), because(data))),
            "adoption.play.closed" => {
                (Kind::PlayClosed, format!("play {} closed after {}{}", text("rule"), open_days(data), because(data)))
            }
            other => (Kind::Other, other.strip_prefix("adoption.").unwrap_or(other).to_owned()),
        };
        Self { event_type: event_type.to_owned(), kind, name, line: format!("{} {subject} {what}", day(time, data)) }
    }
}

/// The account's own day where the boundary of one was the cause, else that of the event's instant.
fn day<'a>(time: &'a str, data: &'a Value) -> &'a str {
    data["cause"]["day"].as_str().unwrap_or_else(|| time.get(..10).unwrap_or(time))
}

fn stage_reason(from: &str, to: &str, data: &Value) -> String {
    match evidence(&data["evidence"]) {
        Some(evidence) => format!(": {evidence}"),
        // These two have no evidence: they follow from the term alone.
        None if to == "entitled" && from == "none" => ": a term began".to_owned(),
        None if to == "none" => ": the term ended".to_owned(),
        None => String::new(),
    }
}

fn because(data: &Value) -> String {
    match (evidence(&data["evidence"]), data["reason"].as_str()) {
        (Some(evidence), _) => format!(": {evidence}"),
        (None, Some(reason)) => format!(": {}", reason.replace('_', " ")),
        (None, None) => String::new(),
    }
}

fn open_days(data: &Value) -> String {
    match data["open_days"].as_i64().unwrap_or_default() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// `events("contact.created", 30) 25 >= 25, active_days(7) 4 >= 1`; `None` where there is none.
fn evidence(evidence: &Value) -> Option<String> {
    let comparisons: Vec<String> = evidence
        .as_array()?
        .iter()
        .map(|comparison| {
            let (metric, operator) = (comparison["metric"].as_str().unwrap_or("?"), comparison["operator"].as_str().unwrap_or("?"));
            format!("{metric} {} {operator} {}", shown(&comparison["value"]), shown(&comparison["threshold"]))
        })
        .collect();
    (!comparisons.is_empty()).then(|| comparisons.join(", "))
}

/// Fractions to two digits; the record has them all.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if !number.is_i64() && !number.is_u64() => {
            let rounded = format!("{:.2}", number.as_f64().unwrap_or_default());
            rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_output_is_one_line_with_its_reason() {
        let stages = ["not_adopted", "single_product", "multi_product"].map(str::to_owned);
        let contacts = json!({"metric": "events(\"contact.created\", 30)", "value": 25, "operator": ">=", "threshold": 25});
        let drop = json!({"metric": "usage_change(14)", "value": -0.342_857, "operator": "<=", "threshold": -0.3});
        let table = [
            (
                ("adoption.product_stage.changed", "acme/crm", json!({"from": "activated", "to": "adopted", "evidence": [contacts]})),
                (Kind::ProductUp, "acme/crm activated → adopted: events(\"contact.created\", 30) 25 >= 25"),
            ),
            (
                ("adoption.product_stage.changed", "acme/crm", json!({"from": "adopted", "to": "none", "evidence": []})),
                (Kind::ProductDown, "acme/crm adopted → none: the term ended"),
            ),
            (
                (
                    "adoption.account_stage.changed",
                    "acme",
                    json!({"from": "single_product", "to": "not_adopted",
                    "evidence": [{"metric": "products_adopted", "value": 0, "operator": ">=", "threshold": 1}]}),
                ),
                (Kind::AccountDown, "acme account single_product → not_adopted: products_adopted 0 >= 1"),
            ),
            (
                ("adoption.alert.opened", "acme/crm", json!({"rule": "usage_drop", "evidence": [drop]})),
                (Kind::AlertOpened, "acme/crm usage_drop opened: usage_change(14) -0.34 <= -0.3"),
            ),
            (
                (
                    "adoption.alert.cleared",
                    "acme/crm",
                    json!({"rule": "usage_drop", "reason": "no_longer_applies", "open_days": 1, "evidence": []}),
                ),
                (Kind::AlertCleared, "acme/crm usage_drop cleared after 1 day: no longer applies"),
            ),
            (
                (
                    "adoption.play.opened",
                    "acme",
                    json!({"rule": "second_product", "due": "2026-05-01",
                    "evidence": [{"metric": "breadth", "value": null, "operator": "<", "threshold": 0.5}]}),
                ),
                (Kind::PlayOpened, "acme play second_product opened, due 2026-05-01: breadth missing < 0.5"),
            ),
            (
                (
                    "adoption.band.changed",
                    "acme/crm",
                    json!({"measure": "adoption_score", "from": "poor", "to": "fair", "value": 41.256, "evidence": []}),
                ),
                (Kind::BandChanged, "acme/crm adoption_score poor → fair at 41.26"),
            ),
            (
                ("adoption.band.changed", "acme", json!({"measure": "depth", "from": "fair", "to": null, "value": null, "evidence": []})),
                (Kind::BandChanged, "acme depth fair → no band"),
            ),
            (
                ("adoption.segment.entered", "acme", json!({"segment": "growing", "evidence": [contacts]})),
                (Kind::SegmentEntered, "acme enters growing: events(\"contact.created\", 30) 25 >= 25"),
            ),
            (
                ("adoption.segment.exited", "acme", json!({"segment": "growing", "evidence": []})),
                (Kind::SegmentExited, "acme leaves growing"),
            ),
            (
                ("adoption.milestone.achieved", "acme/crm", json!({"milestone": "first_value", "user": "ann", "evidence": [contacts]})),
                (Kind::MilestoneAchieved, "acme/crm achieves first_value: events(\"contact.created\", 30) 25 >= 25"),
            ),
            (("adoption.portfolio.updated", "fleet", json!({})), (Kind::Other, "fleet portfolio.updated")),
        ];
        for ((event_type, subject, data), (kind, line)) in table {
            let output = Output::read(event_type, subject, "2026-03-04T10:15:30Z", &data, &stages);
            assert_eq!((output.kind, output.line.as_str()), (kind, format!("2026-03-04 {line}").as_str()));
        }
    }

    #[test]
    fn the_day_is_the_accounts_own_where_its_boundary_was_the_cause() {
        let data = json!({"rule": "usage_drop", "evidence": [], "cause": {"day": "2026-03-05"}});
        let output = Output::read("adoption.alert.opened", "acme/crm", "2026-03-04T23:00:00Z", &data, &[]);
        assert_eq!(output.line, "2026-03-05 acme/crm usage_drop opened");
    }
}
