//! Which outputs a target gets.

use anyhow::bail;

use super::told::Told;
use crate::config::{DeliverKind, DeliverTarget};
use crate::output::{self, FLEET, OutputType};
use crate::topics::Topic;

/// What Slack is told of where the settings do not say: what somebody is to act on, and that it is over.
const OF_SLACK: [&str; 3] = ["adoption.alert.opened", "adoption.alert.cleared", "adoption.play.opened"];

/// Of one target. What is empty asks for nothing.
#[derive(Debug)]
pub struct Filter {
    types: Vec<&'static OutputType>,
    rules: Vec<String>,
    severities: Vec<String>,
    people: Vec<String>,
}

impl Filter {
    /// # Errors
    ///
    /// A type that there is not.
    pub fn new(name: &str, target: &DeliverTarget) -> anyhow::Result<Self> {
        let known = output::types();
        for wanted in &target.types {
            if !known.iter().any(|known| known.name == *wanted) {
                let likeness = |known: &&OutputType| strsim::jaro_winkler(known.name, wanted);
                let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).map_or("", |nearest| nearest.name);
                bail!("`deliver.targets.{name}.types` has {wanted:?}, which is no type of an output; the nearest one is `{nearest}`");
            }
        }
        let wanted = |output: &&OutputType| match target.kind {
            _ if !target.types.is_empty() => target.types.iter().any(|wanted| wanted == output.name),
            Some(DeliverKind::Slack) => OF_SLACK.contains(&output.name),
            _ => !matches!(output.topic, Topic::Accounts | Topic::Portfolio),
        };
        Ok(Self {
            types: known.into_iter().filter(wanted).collect(),
            rules: target.rules.clone(),
            severities: target.severities.clone(),
            people: target.people.clone(),
        })
    }

    /// The topics that have outputs of the types.
    pub fn topics(&self) -> Vec<Topic> {
        Topic::ALL.into_iter().filter(|topic| self.types.iter().any(|output| output.topic == *topic)).collect()
    }

    pub fn admits(&self, told: &Told) -> bool {
        let within = |asked: &[String], found: Option<&String>| asked.is_empty() || found.is_some_and(|found| asked.contains(found));
        self.types.iter().any(|output| output.name == told.event_type && (output.name != PORTFOLIO || told.subject == FLEET))
            && within(&self.rules, told.data.rule.as_ref())
            && within(&self.severities, told.data.severity.as_ref())
            && (self.people.is_empty() || told.people().into_iter().any(|person| self.is_asked_for(person)))
    }

    /// Whether what is for this person is for the target.
    pub fn is_asked_for(&self, person: &str) -> bool {
        self.people.is_empty() || self.people.iter().any(|asked| asked == person)
    }
}

/// Beside the figures of all accounts it has counts of partitions, which are for the service itself.
const PORTFOLIO: &str = "adoption.portfolio.updated";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(event_type: &str, data: Value) -> Told {
        let subject = data["account"].as_str().unwrap_or(FLEET).to_owned();
        Told { id: "1".into(), event_type: event_type.into(), subject, data: serde_json::from_value(data).expect("data") }
    }

    fn target(kind: DeliverKind) -> DeliverTarget {
        DeliverTarget { kind: Some(kind), ..DeliverTarget::default() }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    #[test]
    fn without_types_each_kind_gets_what_it_is_for() {
        let slack = Filter::new("team", &target(DeliverKind::Slack)).expect("a filter");
        let webhook = Filter::new("crm", &target(DeliverKind::Webhook)).expect("a filter");
        assert_eq!(slack.topics(), [Topic::Alerts, Topic::Plays]);
        assert_eq!(webhook.topics(), [Topic::StageChanges, Topic::Signals, Topic::Alerts, Topic::Plays, Topic::Campaigns]);
        for (event_type, of_slack, of_webhook) in [
            ("adoption.alert.opened", true, true),
            ("adoption.play.opened", true, true),
            ("adoption.play.held_out", false, true),
            ("adoption.product_stage.changed", false, true),
            ("adoption.account.updated", false, false),
            ("adoption.partition.owned", false, false),
        ] {
            let told = told(event_type, json!({"account": "acme"}));
            assert_eq!((slack.admits(&told), webhook.admits(&told)), (of_slack, of_webhook), "{event_type}");
        }
    }

    #[test]
    fn every_part_that_is_asked_for_must_hold() {
        let asks = DeliverTarget {
            types: texts(&["adoption.alert.opened", "adoption.play.opened", "adoption.alert.cleared"]),
            rules: texts(&["usage_drop", "rescue"]),
            severities: texts(&["critical"]),
            people: texts(&["ann@x.test"]),
            ..target(DeliverKind::Slack)
        };
        let filter = Filter::new("team", &asks).expect("a filter");
        let alert = |rule: &str, severity: &str, route: Value| {
            told("adoption.alert.opened", json!({"account": "a", "rule": rule, "severity": severity, "route": route}))
        };
        assert!(filter.admits(&alert("usage_drop", "critical", json!("ann@x.test"))));
        assert!(!filter.admits(&alert("low_usage", "critical", json!("ann@x.test"))));
        assert!(!filter.admits(&alert("usage_drop", "warning", json!("ann@x.test"))));
        assert!(!filter.admits(&alert("usage_drop", "critical", json!("bob@x.test"))));
        assert!(!filter.admits(&alert("usage_drop", "critical", Value::Null)), "nobody was told to have the role");
        let tasks = json!([{"id": "t", "title": "T", "assignee": null}, {"id": "u", "title": "U", "assignee": "ann@x.test"}]);
        let play = told("adoption.play.opened", json!({"account": "a", "rule": "rescue", "severity": "critical", "tasks": tasks}));
        assert!(filter.admits(&play), "one of its tasks is theirs");
        let cleared = told("adoption.alert.cleared", json!({"account": "a", "rule": "usage_drop", "severity": "critical"}));
        assert!(!filter.admits(&cleared), "a clearing names nobody");
        let updated = told("adoption.play.updated", json!({"account": "a", "rule": "rescue", "severity": "critical", "tasks": []}));
        assert!(!filter.admits(&updated));
    }

    #[test]
    fn of_the_portfolio_only_the_fleet() {
        let asks = DeliverTarget { types: texts(&["adoption.portfolio.updated"]), ..target(DeliverKind::Webhook) };
        let filter = Filter::new("bi", &asks).expect("a filter");
        assert_eq!(filter.topics(), [Topic::Portfolio]);
        let mut figures = told("adoption.portfolio.updated", json!({}));
        assert!(filter.admits(&figures));
        figures.subject = "3".to_owned();
        assert!(!filter.admits(&figures));
    }

    #[test]
    fn a_type_that_there_is_not_is_refused_with_the_nearest() {
        let asks = DeliverTarget { types: texts(&["adoption.alert.open"]), ..target(DeliverKind::Slack) };
        let error = Filter::new("team", &asks).expect_err("no such type").to_string();
        assert!(error.contains("`deliver.targets.team.types`") && error.ends_with("the nearest one is `adoption.alert.opened`"), "{error}");
    }
}
